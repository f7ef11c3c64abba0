"""Who comes first when places run out: each part of the order by itself, its bands, and since when elders wait."""

import numpy as np
import pandas as pd
import pytest

import matcher
from matcher.features.priority import compute_ages
from matcher.matching import match, plan_from_pairs
from matcher.outputs import tables
from matcher.outputs.left_out import make_unmatched_frame
from matcher.roster.pairs import read_waiting
from matcher.verify import Violation
from tests.helpers.people import DECEMBER, month, north, pairs, roster
from tests.helpers.verify_month import Cases, found_after

ONE_PLACE = [{"capacity": 1.0}]
SINCE = {"priority": {"order": ["waiting"]}}


def served(*elders, order, **more):
    """The elder whom the only place goes to; each lives 10 m further than the one before. Leaving out costs nothing."""
    placed = [elder | north(10 * i) for i, elder in enumerate(elders)]
    priority = {"order": order, "waiting_month_m": 0, "medium_risk_m": 0, "age_band_m": 0}
    return match(month(placed, ONE_PLACE, priority=priority, **more)).elder.tolist()


def find_precedence(elders, volunteers=(), kept=(), **more):
    m = month(elders, list(volunteers), **more)
    return plan_from_pairs(m, pairs(*kept)).precedence  # who comes first needs no pair


@pytest.mark.parametrize(
    ("near", "far"),
    [
        ({"risk": "medium"}, {"risk": "high"}),
        ({"risk": "low"}, {"risk": "medium"}),
        ({"risk": ""}, {"risk": "medium"}),
        ({"risk": "medium"}, {"risk": "", "self_care": "unable"}),
    ],
)
def test_higher_risk_comes_first(near, far):
    assert served(near, far, order=["risk"]) == [1]
    assert served(near, far, order=[]) == [0]


def test_unknown_risk_is_as_low():
    assert served({"risk": ""}, {"risk": "low"}, order=["risk"]) == [0]


@pytest.mark.parametrize(
    ("born", "first"), [("1946-12-01", True), ("1946-12-02", False)]
)  # 80 on the first day, or not
def test_who_has_reached_an_age_band_comes_first(born, first):
    young = {"birth_date": "1957-01-01"}
    assert served(young, {"birth_date": born}, order=["age"]) == [int(first)]
    assert served(young, {"age": 79.0 + first}, order=["age"]) == [int(first)]


def test_ages_are_whole_years_and_nothing_told_is_nothing():
    elders = roster([{"birth_date": "1946-12-15", "age": 99.0}, {"age": 81.0}, {}], []).elders
    assert compute_ages(elders, DECEMBER.start).tolist()[:2] == [79, 81]
    assert np.isnan(compute_ages(elders, DECEMBER.start)[2])


@pytest.mark.parametrize(
    ("waits", "first"),
    [
        ({"waiting_since": "2026-06-30"}, True),
        ({"waiting_since": "2026-07-01"}, False),  # five months: of one band with the other
        ({"joined": "2026-05-01"}, True),
        ({"waiting_since": "2026-11-01", "joined": "2001-01-01"}, False),
    ],
)
def test_who_waits_longer_comes_first(waits, first):
    assert served({"waiting_since": "2026-09-01"}, waits, order=["waiting"]) == [int(first)]


def test_the_first_part_of_the_order_weighs_most():
    old, frail = {"birth_date": "1930-01-01", "risk": "low"}, {"birth_date": "1955-01-01", "risk": "high"}
    assert served(old, frail, order=["risk", "age"]) == [1]
    assert served(frail, old, order=["age", "risk"]) == [1]


def test_tiers_are_numbered_from_one_without_holes():
    elders = [{"risk": "low"}, {"risk": "high", "birth_date": "1930-01-01"}, {"risk": "high"}]
    assert find_precedence(elders, priority={"order": ["risk", "age"]}).tier.tolist() == [3, 1, 2]
    assert find_precedence(elders).tier.tolist() == [2, 1, 1]
    assert find_precedence(elders, priority={"order": []}).tier.tolist() == [1, 1, 1]
    assert find_precedence([]).tier.tolist() == []


def test_waiting_is_nothing_for_who_had_a_volunteer_and_never_in_the_future():
    elders = [{"joined": "2020-01-01"}, {"joined": "2026-12-09"}, {"waiting_since": "2027-03-01"}, {}]
    found = find_precedence([*elders, {"joined": "2020-01-01"}], [{}], [(0, 0)], previous=pairs((0, 0), (4, -1)))
    assert found.months_waiting.tolist() == [0, 0, 0, 0, 6]
    assert np.isnat(found.waiting_since[[0, 3]]).all()
    assert [f"{day:%Y-%m}" for day in found.waiting_since[[1, 2, 4]].tolist()] == ["2026-12"] * 3


def test_the_last_runs_list_says_who_has_waited():
    people = roster([{}, {}, {"joined": "2020-01-01"}, {}], [])
    listed = pd.DataFrame({"elder_id": ["E000", "E002", "E999"], "waiting_since": ["2026-08-01", None, "2026-01-01"]})
    listed["waiting_since"] = pd.to_datetime(listed["waiting_since"])
    since = read_waiting(listed, people, "waiting_since").tolist()
    assert [day and f"{day:%Y-%m}" for day in since] == ["2026-08", None, None, None]
    assert np.isnat(read_waiting(listed[["elder_id"]], people, "waiting_since")).all()


def test_who_was_on_the_list_without_a_date_waits_since_joining():
    """For want of consent, say: the list does not take the waiting away."""
    people = roster([{"joined": "2025-12-01"}, {"joined": "2026-12-01"}], ONE_PLACE)
    listed = pd.DataFrame({"elder_id": ["E000", "E001"], "waiting_since": pd.to_datetime([None, "2026-12-01"])})
    for asked in ({}, {"priority": {"order": ["waiting"]}}):
        chosen = matcher.Settings.model_validate(asked)
        plan = matcher.match(*frames(people), chosen, month="2027-01", unmatched=listed)
        assert plan.elder.tolist() == [0]
        assert plan.precedence.months_waiting.tolist() == [13, 1]


def frames(people):
    elders, volunteers = people.elders, people.volunteers
    return elders.drop(columns=["row", "file"]), volunteers.drop(columns=["row", "file"])


def test_waiting_is_handed_from_month_to_month():
    """Each month's unmatched.csv says since when; the next month's match reads it."""
    people = roster([{"joined": "2026-10-05"}, north(5) | {"joined": "2026-12-05"}, {"consent": "no"}], ONE_PLACE)
    asked = matcher.Settings.model_validate({"priority": {"order": []}, "keep": {"worth_m": 0}})
    plan = matcher.match(*frames(people), asked, month="2026-12")
    left_out = matcher.frames(plan)["unmatched"]
    assert left_out["elder_id"].tolist() == ["E001", "E002"]
    assert left_out["tier"].tolist()[0] == 1
    assert left_out["waiting_since"].dropna().astype(str).tolist() == ["2026-12-01"]
    later = matcher.match(*frames(people), asked, matcher.frames(plan)["pairs"], month="2027-04", unmatched=left_out)
    assert later.precedence.months_waiting.tolist() == [0, 4, 0]
    assert matcher.verify_plan(later).ok


def test_unmatched_elders_whom_a_rule_bars_have_no_tier():
    plan = match(month([{}, {"consent": "no"}, north(5)], ONE_PLACE))
    frame = make_unmatched_frame(plan, tables.PeopleNames.of(plan.month.roster))
    assert frame["tier"].isna().tolist() == [True, False]


# the verifier

CASES = Cases()
fault = CASES.fault


def listing(m, **cells):
    m.unmatched = pd.DataFrame({"elder_id": ["E003"], "reason": ["no_volunteer_in_reach"], "row": [2.0], **cells})


@fault()
def a_true_list(m):
    m.elder(0, "risk", "high")
    m.elder(1, "self_care", "unable")
    m.elder(2, "birth_date", pd.Timestamp(1930, 1, 1))
    m.elder(3, "waiting_since", pd.Timestamp(2026, 9, 17))
    m.set(priority={"order": ["risk", "age", "waiting"]})
    listing(m, tier=[3.0], waiting_since=[pd.Timestamp(2026, 9, 1)])


@fault(Violation("wrong_amount", "E003", amount=1, what="tier", row=2))
def wrong_tier(m):
    a_true_list(m)
    m.unmatched["tier"] = 2.0


@fault(Violation("wrong_amount", "E003", amount=3, what="waiting_since", row=2))
def wrong_waiting(m):
    a_true_list(m)
    m.unmatched["waiting_since"] = pd.Timestamp(2026, 6, 1)


@fault()
def empty_cells_claim_nothing(m):
    listing(m, tier=[np.nan], waiting_since=[pd.NaT])


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_verifier_reckons_tiers_anew(plant, expected):
    assert found_after(plant) == expected
