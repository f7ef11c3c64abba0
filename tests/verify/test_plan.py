"""Each rule on pairs by itself: one planted fault is found with its amount, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.verify import Violation
from tests.helpers.people import north, pairs
from tests.helpers.verify_month import Cases, Month, found_after

CASES = Cases()
fault = CASES.fault


@fault()
def nothing(m):
    pass


@fault(Violation("unknown_person", volunteer_id="V999", row=5))
def pair_with_unknown_volunteer(m):
    m.pairs = pd.concat([m.pairs, pd.DataFrame([{"elder_id": "E003", "volunteer_id": "V999", "row": 5}])])


@fault(Violation("unknown_person", elder_id="E999", row=99))
def unknown_elder_in_several_tables(m):
    m.add_visit(0, 0, 3, "call", elder_id="E999")
    m.add_visit(0, 0, 6, "call", elder_id="E999", visit_id="added too")
    m.list_unscheduled(1, "call", 1.0)
    m.unscheduled["elder_id"] = "E999"


@fault(Violation("unknown_person"))
def unmatched_without_an_id(m):
    m.unmatched = pd.DataFrame({"elder_id": ["E003", None]})


@fault(Violation("elder_twice", "E001", amount=2, row=3))
def a_pair_twice(m):
    m.pairs = pd.concat([m.pairs, m.pairs.loc[[1]].assign(row=9)])


@fault(Violation("capacity", volunteer_id="V000", amount=1))
def too_little_capacity(m):
    m.volunteer(0, "capacity", 1.0)


@fault(Violation("capacity", volunteer_id="V000", amount=2))
def too_little_capacity_by_default(m):
    m.volunteer(0, "capacity", np.nan)
    m.volunteer(1, "capacity", 1.0)
    m.set(capacity={"default": 0})


def move_far(m, index=2, metres=1700):
    for name, value in north(metres).items():
        m.elder(index, name, value)


@fault(Violation("no_place", "E002", "V001", row=4))
def nobody_knows_where(m):
    for name in ("lat", "lng"):
        m.elder(2, name, np.nan)
    m.pairs = m.pairs.drop(columns=["distance_m", "walking_cost_m", "cost_m"])


@fault(Violation("distance", "E002", "V001", amount=560, row=4))
def beyond_the_limit(m):
    move_far(m)
    m.rewrite_pairs()


@fault()
def far_in_the_country(m):
    m.elder(2, "area", "rural")
    beyond_the_limit(m)


@fault(Violation("distance", "E002", "V001", amount=1560, row=4))
def too_far_in_the_country(m):
    m.elder(2, "area", "rural")
    move_far(m, metres=500 + 4560 / 1.3)
    m.rewrite_pairs()


@fault()
def pinned_beyond_the_limit(m):
    move_far(m)
    m.lists["pins"] = pairs((2, 1))
    m.rewrite_pairs(pins=[(2, 1)])


@fault()
def kept_beyond_the_limit(m):
    move_far(m)
    m.lists["previous"] = pairs((2, 1))
    m.rewrite_pairs(previous=[(2, 1)])


@fault(Violation("distance", "E002", "V001", amount=560, row=4))
def not_to_be_kept_beyond_the_limit(m):
    kept_beyond_the_limit(m)
    m.set(keep={"beyond_limit": False})


@fault(Violation("consent", "E001", "V000", row=3))
def without_consent(m):
    m.elder(1, "consent", "")


@fault()
def consent_not_required(m):
    without_consent(m)
    m.set(consent={"required": False})


@fault(Violation("dates", "E001", "V000", row=3))
def paused_elder(m):
    m.elder(1, "status", "paused")


def pause(m, **dates):
    """Let the pair of E003 with V002 pause in the table of pairs."""
    row = {"elder_id": "E003", "volunteer_id": "V002", "status": "paused", "row": 5} | dates
    m.pairs = pd.concat([m.pairs, pd.DataFrame([row])], ignore_index=True)


def send_away(m):
    """Let E003, whom V002 had last month, be away for the month."""
    m.elder(3, "status", "paused")
    m.unmatched["reason"] = "absent"
    m.lists["previous"] = pairs((3, 2))
    m.rewrite_pairs(previous=[(3, 2)])


@fault()
def a_pair_pauses(m):
    send_away(m)
    pause(m, since=pd.Timestamp(2026, 11, 1), paused_since=pd.Timestamp(2026, 12, 1))


@fault(Violation("paused", "E003", "V002"))
def nobody_is_away_and_a_pair_pauses(m):
    pause(m)


@fault(Violation("paused_missing", "E003", "V002"))
def a_pair_that_pauses_is_not_there(m):
    send_away(m)


@fault()
def no_pair_waits_for_an_elder_whose_volunteer_leaves(m):
    send_away(m)
    m.volunteer(2, "left", pd.Timestamp(2026, 12, 13))


@fault(Violation("wrong_amount", "E003", "V002", amount=1, what="paused_since"))
def paused_since_the_wrong_month(m):
    send_away(m)
    pause(m, paused_since=pd.Timestamp(2026, 11, 1))


@fault(Violation("paused", "E003", "V002"))
def paused_pairs_where_none_may(m):
    send_away(m)
    m.set(keep={"paused_months": 0})
    pause(m)


@fault(Violation("dates", "E002", "V001", row=4))
def volunteer_who_left(m):
    m.volunteer(1, "status", "left")


@fault(Violation("dates", "E002", "V001", row=4))
def volunteer_leaves_before_the_end(m):
    m.volunteer(1, "left", pd.Timestamp(2026, 12, 30))  # the last contact's day


@fault()
def joins_in_time(m):
    m.volunteer(1, "joined", pd.Timestamp(2026, 12, 2))
    m.volunteer(1, "left", pd.Timestamp(2026, 12, 31))
    m.elder(2, "left", pd.Timestamp(2026, 12, 30))
    m.visit(2, 30, kind="call", end=855.0)  # so few days are due no visit


@fault(Violation("dates", "E002", "V001", row=4))
def elder_joins_later(m):
    m.elder(2, "joined", pd.Timestamp(2027, 1, 1))
    m.visits = None


@fault(Violation("never", "E000", "V000", row=2))
def a_never_pair(m):
    m.lists["never"] = pairs((0, 0), (0, 1))


@fault(Violation("pins", "E003", "V002"))
def pin_missing(m):
    m.lists["pins"] = pairs((3, 2))


@fault(Violation("pins", "E000", "V999"))
def pin_of_nobody(m):
    m.lists["pins"] = pairs((0, -1))


@fault(Violation("wrong_amount", "E000", "V000", amount=7, what="distance_m", row=2))
def wrong_distance(m):
    m.pair(0, "distance_m", m.pairs["distance_m"][0] + 7)


@fault(Violation("wrong_amount", "E001", "V000", amount=1, what="same_building", row=3))
def wrong_building(m):
    m.pair(1, "same_building", "no")


@fault(Violation("wrong_amount", "E000", "V000", amount=1, what="same_building", row=2))
def empty_buildings_are_not_one(m):
    m.volunteer(0, "building", "")
    m.elder(1, "building", "")
    m.rewrite_pairs()
    m.pair(0, "same_building", "yes")


@fault(Violation("wrong_amount", "E000", "V000", amount=3, what="cost_m", row=2))
def cost_is_not_its_terms(m):
    m.pair(0, "cost_m", m.pairs["cost_m"][0] - 3)


@fault(Violation("wrong_amount", "E000", "V000", amount=3, what="cost_m", row=2))
def wrong_cost_without_terms(m):
    cost_is_not_its_terms(m)
    m.pairs = m.pairs.drop(columns=["walking_cost_m", "keep_cost_m"])


@fault(Violation("wrong_amount", "E000", "V000", amount=3, what="cost_m", row=2))
def wrong_cost_beside_terms_left_empty(m):
    """Files have columns for the terms that count somewhere alone; as read, the others are empty."""
    cost_is_not_its_terms(m)
    m.pairs[["sex_cost_m", "stairs_cost_m"]] = np.nan


@fault()
def a_cost_whose_keeping_nobody_knows(m):
    m.lists["previous"] = None
    m.pair(0, "cost_m", m.pairs["cost_m"][0] - 1600)
    m.pair(0, "keep_cost_m", np.nan)


@fault(Violation("wrong_amount", "E000", "V000", amount=2, what="walking_cost_m", row=2))
def wrong_walking(m):
    m.pair(0, "walking_cost_m", m.pairs["walking_cost_m"][0] + 2)
    m.pair(0, "cost_m", m.pairs["cost_m"][0] + 2)


@fault(Violation("wrong_amount", "E000", "V000", amount=1600, what="keep_cost_m", row=2))
def kept_without_having_been(m):
    m.pair(0, "keep_cost_m", -1600.0)
    m.pair(0, "cost_m", m.pairs["cost_m"][0] - 1600)


@fault(Violation("wrong_amount", "E000", "V000", amount=1600, what="keep_cost_m", row=2))
def keeping_is_not_counted(m):
    m.lists["previous"] = pairs((0, 0))
    m.rewrite_pairs(previous=[(0, 0)])
    m.pair(0, "keep_cost_m", 0.0)
    m.pair(0, "cost_m", m.pairs["cost_m"][0] + 1600)


@fault(Violation("wrong_amount", "E002", "V001", amount=1, what="status", row=4))
def wrong_status(m):
    m.pair(2, "status", "kept")


@fault()
def every_status(m):
    m.lists["previous"] = pairs((0, 0), (1, -1))
    m.lists["pins"] = pairs((2, 1))
    m.rewrite_pairs(previous=[(0, 0), (1, -1)], pins=[(2, 1)])
    assert m.pairs["status"].tolist() == ["kept", "changed", "pinned"]


@fault()
def empty_amounts_claim_nothing(m):
    m.pairs[["distance_m", "cost_m", "walking_cost_m", "keep_cost_m"]] = np.nan
    m.pairs[["status", "same_building"]] = ""


# how well the two fit


def fit(m, elder, volunteer, term=None, amount=0, **sections):
    """E002 and V001 made so, and the table with what they then cost."""
    for name, value in elder.items():
        m.elder(2, name, value)
    for name, value in volunteer.items():
        m.volunteer(1, name, value)
    m.set(**sections)
    if term:
        m.pairs[f"{term}_cost_m"] = [0.0, 0.0, float(amount)]
        m.pair(2, "cost_m", m.pairs["cost_m"][2] + amount)


HOME = {"building": "徐汇|零陵路300弄5号", "address": "徐汇区零陵路300弄5号0602室"}
CHILD = {"emergency_contact": "王芳（女儿）", "emergency_contact_phone": "154 0000 0001, 64380001"}
AREA = {"district": "徐汇区", "subdistrict": "天平街道", "committee": "宛平居委会"}
CLIMBER = {"floor": 6.0, "lift": "no"}, {"max_floor": 4.0}
FITS = {
    "own_limit": ({}, {"max_walk_m": 200.0}, 60, 60),
    "boundary": (AREA, {**AREA, "committee": "安亭"}, None, 500),
    "family": (HOME, {**HOME, "address": "徐汇区零陵路300弄5号602"}, None, 2000),
    "sex": ({"wanted_sex": "female"}, {"sex": "male"}, None, 400),
    "wanted_language": ({"wanted_languages": ("沪语",)}, {"languages": ("普通话",)}, None, 500),
    "common_language": ({"languages": ("粤语",)}, {"languages": ("普通话",)}, None, 500),
    "dementia_training": ({"health": ("早期失智",)}, {"training": ("急救",)}, None, 300),
    "high_risk_training": ({"risk": "high"}, {"training": ("急救",)}, None, 300),
    "stairs": (*CLIMBER, 2, 500),
    "common_time": ({}, {"availability": 1}, None, 1000),
    "least_visits": ({}, {"availability": 1 << 5, "clock": "2:840-880"}, None, 3000),
    "silence": ({}, {"availability": 1 << 5}, None, 3000),
}
MISSED = {"common_time": 9 * 200 + 5 * 60, "least_visits": 4 * 200 + 5 * 60, "silence": 4 * 200}
"""What the contacts cost for which these pairs have no time."""
MODES = {
    "own_limit": ("distance", "own_limit"),
    "wanted_language": ("language", "wanted"),
    "common_language": ("language", "common"),
    "dementia_training": ("training", "dementia"),
    "high_risk_training": ("training", "high_risk"),
    "common_time": ("availability", "mode"),
    "least_visits": ("availability", "least_visits"),
    "silence": ("availability", "silence"),
}


def under(name, mode):
    section, key = MODES.get(name, (name, "mode"))
    level = {"level": "committee"} if name == "boundary" else {}
    return {section: {key: mode, **level}}


def plant_fit(name, mode, told):
    def plant(m):
        elder, volunteer, _, price = FITS[name]
        climbed = 100 if name == "stairs" and mode != "off" else 0
        cost = price if mode == "soft" else climbed
        term = name if told or climbed else None
        fit(m, elder, volunteer, term, cost if told else 0, **under(name, mode))
        m.visits = None
        if missed := MISSED.get(name):
            m.miss(missed)
        near = {"same_building": -100} if name == "family" else {}
        near |= {"same_committee": -50} if name == "committee" else {}
        for extra, worth in near.items():
            m.pairs[f"{extra}_cost_m"] += [0.0, 0.0, worth]
            m.pair(2, "cost_m", m.pairs["cost_m"][2] + worth)
            m.pair(2, "same_building", "yes")

    plant.__name__ = f"{name}_{mode}_{'told' if told else 'untold'}"
    return plant


for _name, (_elder, _volunteer, _amount, _price) in FITS.items():
    fault(Violation(_name, "E002", "V001", amount=_amount, row=4))(plant_fit(_name, "hard", told=True))
    fault()(plant_fit(_name, "soft", told=True))
    fault()(plant_fit(_name, "off", told=True))
    fault(
        *(
            Violation("wrong_amount", "E002", "V001", amount=_price, what=what, row=4)
            for what in ([f"{_name}_cost_m"] if _name == "stairs" else ["cost_m"])
        )
    )(plant_fit(_name, "soft", told=False))


@fault()
def pinned_against_all_of_it(m):
    for elder, volunteer, *_ in (FITS["sex"], FITS["wanted_language"], FITS["dementia_training"]):
        fit(m, elder | {"served_elsewhere": "长护险"}, volunteer)
    m.lists["pins"] = pairs((2, 1))
    m.pair(2, "status", "pinned")


@fault(Violation("served_elsewhere", "E002", "V001", row=4))
def served_by_another_programme(m):
    m.elder(2, "served_elsewhere", "居家养老")
    m.elder(1, "served_elsewhere", "无")


@fault()
def served_elsewhere_and_matched_all_the_same(m):
    served_by_another_programme(m)
    m.set(consent={"served_elsewhere": True})


@fault(Violation("family", "E002", "V001", row=4))
def the_emergency_contact_is_the_volunteer(m):
    fit(m, CHILD, {"name": "王芳", "phone": "15400000001"})


@fault()
def the_emergency_contact_has_the_volunteers_name_alone(m):
    fit(m, CHILD, {"name": "王芳", "phone": "15400000009"})


@fault()
def the_emergency_contact_has_the_volunteers_phone_alone(m):
    fit(m, CHILD, {"name": "王方", "phone": "15400000001"})


@fault()
def nothing_against_any_of_it(m):
    fit(m, FITS["sex"][0] | FITS["wanted_language"][0] | FITS["dementia_training"][0] | {"risk": "high"}, {})
    fit(m, {"floor": 4.0, "lift": "no"}, {"max_floor": 4.0, "sex": "female", "languages": ("上海话",)})
    fit(m, {}, {"training": ("认知症照护", "失能照护")}, "stairs", 60, training={"high_risk": "hard"})


@fault(Violation("wrong_amount", "E002", "V001", amount=400, what="sex_cost_m", row=4))
def a_preference_is_not_counted(m):
    fit(m, {"wanted_sex": "female_preferred"}, {"sex": "male"}, "sex", 0)


WORTHS = {
    "same_lane": ({"lane": "a"}, {"lane": "a"}, -50),
    "same_compound": ({"compound": "杏苑", "district": "徐汇"}, {"compound": "杏苑", "district": "徐汇区"}, -30),
    "same_committee": (AREA, {**AREA, "committee": "宛平"}, -50),
    "acquainted": ({}, {"acquainted": ("E002",)}, -300),
    "interests": ({"interests": ("象棋", "a", "b", "c")}, {"interests": ("a", "b", "chess", "c")}, -150),
    "needs": ({"needs": ("读报", "理发")}, {"skills": ("listening", "haircuts")}, -200),
}


def plant_worth(name, off):
    def plant(m):
        elder, volunteer, worth = WORTHS[name]
        fit(m, elder, volunteer, name, worth + off)

    plant.__name__ = f"{name}_off_by_{off}"
    return plant


for _name in WORTHS:
    fault()(plant_worth(_name, 0))
    fault(Violation("wrong_amount", "E002", "V001", amount=7, what=f"{_name}_cost_m", row=4))(plant_worth(_name, 7))


def stood_in(m, worth):
    m.lists["previous"] = replace(pairs((1, 1)), backup=np.array([0]))
    m.rewrite_pairs(previous=[(1, 1)])
    m.pair(1, "acquainted_cost_m", worth)
    m.pair(1, "cost_m", m.pairs["cost_m"][1] + worth)


@fault()
def last_months_second_volunteer_is_known(m):
    stood_in(m, -300)


@fault(Violation("wrong_amount", "E001", "V000", amount=300, what="acquainted_cost_m", row=3))
def last_months_second_volunteer_is_forgotten(m):
    stood_in(m, 0)


@fault(Violation("wrong_amount", "E000", "V000", amount=3, what="since", row=2))
def kept_for_longer_than_last_month_knew(m):
    m.lists["previous"] = pairs((0, 0))
    m.rewrite_pairs(previous=[(0, 0)])
    m.pair(0, "since", pd.Timestamp(2026, 8, 1))


@fault(Violation("wrong_amount", "E001", "V000", amount=11, what="since", row=3))
def new_pair_that_claims_a_year(m):
    m.lists["previous"] = pairs((0, 0))
    m.rewrite_pairs(previous=[(0, 0)])
    m.pair(1, "since", pd.Timestamp(2026, 1, 1))


@fault(Violation("wrong_amount", "E000", "V000", amount=40, what="keep_cost_m", row=2))
def three_months_are_worth_more_than_one(m):
    m.lists["previous"] = replace(pairs((0, 0)), months=np.array([3.0]))
    m.rewrite_pairs(previous=[(0, 0)])
    m.pair(0, "since", pd.Timestamp(2026, 9, 30))


@fault(Violation("change_budget", amount=1))
def one_pair_more_is_broken_than_allowed(m):
    m.lists["previous"] = pairs((0, 1))
    m.rewrite_pairs(previous=[(0, 1)])
    m.set(keep={"budget": "0"})


@fault(Violation("unaccounted", "E003"))
def elder_forgotten(m):
    m.unmatched = m.unmatched[:0]


@fault(Violation("accounted_twice", "E001"))
def paired_and_unmatched(m):
    m.unmatched = pd.DataFrame({"elder_id": ["E003", "E001"]})


@fault(Violation("accounted_twice", "E003"))
def unmatched_twice(m):
    m.unmatched = pd.DataFrame({"elder_id": ["E003", "E003"]})


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_one_fault_is_found_and_nothing_else(plant, expected):
    assert found_after(plant) == expected


def test_what_is_not_known_of_last_month_and_of_pins_is_not_judged():
    month = Month()
    month.rewrite_pairs((0, 0), (1, 0), (2, 1), previous=[(0, 0)], pins=[(1, 0)])
    assert {v.what for v in month.violations()} == {"keep_cost_m", "status"}
    month.lists = {}
    assert not month.violations()
    month.lists = {"previous": pairs((0, 0))}
    assert not month.violations()
