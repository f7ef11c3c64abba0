"""Every reason why an elder has no volunteer, checked by solving again."""

from dataclasses import replace
from itertools import combinations
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import NoPlanError
from matcher.features import Features
from matcher.i18n import in_language
from matcher.matching import match
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.matching.explain import ruled_out
from matcher.matching.explain.shortage import cover_greedily
from matcher.matching.precedence import rank_elders
from matcher.outputs.left_out import count_areas, make_shortages_frame, make_unmatched_frame
from matcher.outputs.tables import PeopleNames
from matcher.rules import RULES, Rule, measure_pairs
from tests.helpers.effort import some
from tests.helpers.people import month, north, pairs, roster

FULL = {**north(-300), "capacity": 1.0}
"""A volunteer for the elder beside, who keeps the plan from being empty."""


LEVELS = {"none": "district", "district": "subdistrict", "subdistrict": "committee"}
"""Each level of the boundary, and the next narrower one."""


def reasons(plan):
    return {row.elder: row for row in plan.unmatched}


def steps(way):
    return [(step.rule, step.path, step.value) for step in way.steps]


def told(plan, lang="en"):
    with in_language(lang):
        return make_unmatched_frame(plan, PeopleNames.of(plan.month.roster)).set_index("elder_id")


def turned(m, way):
    """The month with every step of a way taken: in the settings, or in the volunteer's row of the roster."""
    volunteers, tree = m.roster.volunteers.copy(), m.settings.model_dump()
    for step in way.steps:
        section, key = step.path.split(".")
        if section == "volunteers":
            volunteers.loc[way.volunteer, key] = float(step.value)
        else:
            tree[section][key] = step.value
    return replace(m, roster=replace(m.roster, volunteers=volunteers), settings=type(m.settings).model_validate(tree))


def not_quite(way):
    """The way with one of its numbers one less, for each of its numbers."""
    for i, step in enumerate(way.steps):
        narrower = LEVELS.get(step.value, "")
        if step.value.isdigit() or narrower not in ("", "committee"):
            less = replace(step, value=narrower or str(int(step.value) - 1))
            yield replace(way, steps=(*way.steps[:i], less, *way.steps[i + 1 :]))


def eligible(m, elder):
    found = find_candidates(Features(m), *find_eligible_people(Features(m)))
    return set(found.volunteer[found.elder == elder].tolist())


# nobody eligible


@pytest.mark.parametrize(
    ("elder", "volunteer", "expected"),
    [
        ({}, north(899.5), ("distance", "distance.urban_limit_m", "1170")),
        ({"area": "rural"}, north(2999.5), ("distance", "distance.rural_limit_m", "3900")),
        ({}, {**north(499.5), "max_walk_m": 300.0}, ("own_limit", "volunteers.max_walk_m", "650")),
        ({"wanted_sex": "female"}, {"sex": "male"}, ("sex", "sex.mode", "soft")),
        ({"floor": 6.0, "lift": "no"}, {"max_floor": 2.0}, ("stairs", "stairs.spare_floors", "4")),
        ({"committee": "甲"}, {"committee": "乙"}, ("boundary", "boundary.level", "subdistrict")),
        (
            {"subdistrict": "一", "committee": "甲"},
            {"subdistrict": "二", "committee": "乙"},
            ("boundary", "boundary.level", "district"),
        ),
        (
            {"district": "东", "subdistrict": "一", "committee": "甲"},
            {"district": "西", "subdistrict": "一", "committee": "乙"},
            ("boundary", "boundary.level", "none"),
        ),
    ],
)
def test_the_one_rule_that_must_give_way_and_by_how_much(elder, volunteer, expected):
    m = month([elder, north(-300)], [volunteer, FULL], never=pairs((0, 1)), boundary={"level": "committee"})
    plan = match(m)
    (row,) = plan.unmatched
    (way, *_) = row.remedies
    assert (row.elder, steps(way), way.volunteer, way.free) == (0, [expected], 0, True)
    assert 0 in eligible(turned(m, way), 0)
    assert len(match(turned(m, way)).elder) == 2
    assert all(0 not in eligible(turned(m, less), 0) for less in not_quite(way))
    cells = told(plan).loc["E000"]
    assert (cells["loosen_rule"], cells["loosen_setting"], cells["loosen_to"]) == expected
    assert (cells["loosen_volunteer_id"], cells["loosen_free"]) == ("V000", "yes")
    assert "{" not in cells["detail"]
    assert expected[2] in cells["detail"]


def test_each_rule_is_counted_and_every_way_named():
    elder = {"wanted_sex": "female", "risk": "low"}
    volunteers = [{"sex": "male"}, {"sex": "male"}, {**north(899.5), "sex": "female"}, {"sex": "female"}, FULL]
    m = month([elder, north(-300)], volunteers, never=pairs((0, 3), (0, 4)))
    row = reasons(match(m))[0]
    assert row.reason == "ruled_out"
    assert row.evidence == {"limit_m": 1000, "looked_at": 5, "in_reach": 4}
    # the one who keeps the plan from being empty has no sex on record, and is a never-pair too
    assert [(r.rule, r.volunteers, r.alone) for r in row.ruled_out] == [
        ("distance", 1, 1),
        ("never", 2, 1),
        ("sex", 3, 2),
    ]
    assert [steps(way) for way in row.remedies] == [
        [("distance", "distance.urban_limit_m", "1170")],
        [("sex", "sex.mode", "soft")],
        [("never", "", "")],
    ]
    cells = told(match(m)).loc["E000"]
    assert cells["ruled_out_by"] == "distance=1; never=2; sex=3"
    assert cells["ruled_out_alone"] == "distance=1; never=1; sex=2"
    assert cells["loosen_else"] == "sex.mode=soft"
    assert (
        "distance loosened (distance.urban_limit_m=1170) or sex loosened (sex.mode=soft) or to do without “the two are"
        in cells["detail"]
    )
    chinese = told(match(m), "zh").loc["E000"]
    assert "放宽“步行距离”（distance.urban_limit_m=1170） 或 放宽“性别要求”（sex.mode=soft） 或 不" in chinese["detail"]
    assert chinese["ruled_out_by"] == "步行距离=1; 不宜结对=2; 性别要求=3"
    assert chinese["loosen_rule"] == "步行距离"


def test_a_volunteer_with_a_place_comes_before_a_nearer_one_without():
    m = month([{}, north(790)], [{**north(799.5), "capacity": 1.0}, north(-899.5)])
    (row,) = match(m).unmatched
    assert row.reason == "no_volunteer_in_reach"
    (way,) = row.remedies
    assert (steps(way), way.volunteer, way.free) == ([("distance", "distance.urban_limit_m", "1170")], 1, True)
    assert len(match(turned(m, way)).elder) == 2
    full = month([{}, north(790), north(-890)], [{**north(799.5), "capacity": 1.0}, {**north(-899.5), "capacity": 1.0}])
    (row,) = match(full).unmatched
    assert [(steps(way)[0][2], way.free) for way in row.remedies] == [("1040", False)]
    assert "no place left" in told(match(full)).loc["E000", "detail"]


def test_the_fewest_rules_together_where_no_single_one_helps():
    elder = {"wanted_sex": "female", "floor": 6.0, "lift": "no"}
    volunteers = [
        {"sex": "male", "max_floor": 1.0, **north(899.5)},
        {"sex": "male", "max_floor": 3.0},
        FULL,
    ]
    m = month([elder, north(-300)], volunteers, never=pairs((0, 2)))
    (row,) = match(m).unmatched
    (way,) = row.remedies
    assert steps(way) == [("sex", "sex.mode", "soft"), ("stairs", "stairs.spare_floors", "3")]
    assert eligible(turned(m, way), 0) == {1}
    for fewer in combinations(way.steps, 1):
        assert not eligible(turned(m, replace(way, steps=fewer)), 0)
    cells = told(match(m)).loc["E000"]
    assert cells["loosen_rule"] == "sex + stairs"
    assert cells["loosen_setting"] == "sex.mode + stairs.spare_floors"
    assert cells["loosen_to"] == "soft + 3"
    assert "only together" in cells["detail"]
    assert "sex loosened (sex.mode=soft) and stairs loosened (stairs.spare_floors=3)" in cells["detail"]


def test_settings_that_help_only_beside_what_no_setting_does_are_not_named_alone():
    elder, volunteers = {"wanted_sex": "female"}, [{"sex": "male"}, FULL]
    m = month([elder, north(-300)], volunteers, never=pairs((0, 0), (0, 1)))
    cells = told(match(m)).loc["E000"]
    assert cells["loosen_rule"] == "never + sex"
    assert (cells["loosen_setting"], cells["loosen_to"]) == ("", "")
    assert "(no setting does) and sex loosened (sex.mode=soft)" in cells["detail"]


def test_those_who_take_no_part_are_counted_and_no_setting_brings_them_in():
    m = month([{}, north(-300)], [{"status": "paused"}, {"capacity": 0.0}, FULL], never=pairs((0, 2)))
    (row,) = match(m).unmatched
    assert [(r.rule, r.volunteers, r.alone) for r in row.ruled_out] == [
        ("dates", 1, 1),
        ("capacity", 1, 1),
        ("never", 1, 1),
    ]
    assert not any(way.is_settable for way in row.remedies)
    cells = told(match(m)).loc["E000"]
    assert (cells["loosen_setting"], cells["loosen_to"], cells["loosen_else"]) == ("", "", "")
    assert cells["loosen_rule"] in {"dates", "capacity"}


def test_a_rule_of_ones_own_is_told_as_any_other():
    class NotNine(Rule):
        name = "nine"
        sentence = "not on the ninth floor"

        def bar_elders(self, features):
            return features.roster.elders["floor"].to_numpy() == 9

        def bar_pairs(self, features, block):
            return (features.roster.elders["floor"].to_numpy() == 8)[block.elder]

    plan = match(month([{"floor": 9.0}, {"floor": 8.0}, {}], [{}]), rules=(*RULES, NotNine()))
    found = reasons(plan)
    assert (found[0].reason, found[0].evidence) == ("not_eligible", {"rule": NotNine.sentence})
    assert found[1].reason == "ruled_out"
    assert [steps(way) for way in found[1].remedies] == [[("nine", "", "")]]
    assert told(plan)["tier"].isna().tolist() == [True, False]
    assert "not on the ninth floor" in told(plan).loc["E000", "detail"]


def test_the_answer_does_not_depend_on_the_size_of_blocks(monkeypatch):
    rng = np.random.default_rng(1)
    elders = [{**north(y), "wanted_sex": "female"} for y in rng.uniform(-3000, 3000, 40)]
    volunteers = [{**north(y), "sex": "male"} for y in rng.uniform(-3000, 3000, 60)] + [{**north(0), "sex": "female"}]
    m = month(elders, volunteers)
    whole = match(m).unmatched
    assert {row.reason for row in whole} >= {"ruled_out"}
    monkeypatch.setattr(ruled_out, "_BLOCK", 7)
    assert match(m).unmatched == whole


# shortages


def with_recruits(m, plan, count=None):
    """The month with volunteers at the homes that the plan's shortages name, each with the usual places."""
    found = [recruit for short in plan.shortages for recruit in short.recruits][:count]
    homes = m.roster.elders.iloc[[recruit.home for recruit in found]]
    rows = [dict(home[["lat", "lng", "committee"]]) for _, home in homes.iterrows()]
    capacity = plan.shortages[0].usual_capacity
    more = roster([], [{**row, "capacity": float(capacity)} for row in rows]).volunteers
    more["id"] = [f"W{i:03}" for i in range(len(more))]
    frame = pd.concat([m.roster.volunteers, more], ignore_index=True)
    return replace(m, roster=replace(m.roster, volunteers=frame))


def test_a_shortage_says_who_where_and_how_many_volunteers():
    here = {"subdistrict": "枫林路街道", "committee": "一居"}
    there = {"subdistrict": "枫林路街道", "committee": "二居"}
    elders = [{**north(i), **here} for i in range(7)] + [{**north(600 + i), **there} for i in range(2)]
    m = month(elders, [{**north(300), "capacity": 2.0}, {**north(250), "capacity": 2.0}, north(9000), north(9001)])
    plan = match(m)
    (short,) = plan.shortages
    assert (short.id, len(short.hall.elders), short.hall.volunteers.tolist(), short.hall.places) == ("S1", 9, [0, 1], 4)
    assert (short.hall.missing, short.usual_capacity, short.missing_volunteers) == (5, 3, 2)
    frame = make_shortages_frame(plan, PeopleNames.of(m.roster))
    row = frame.iloc[0]
    assert row["subdistricts"] == "枫林路街道 9"
    assert row["committees"] == "枫林路街道 一居 7; 枫林路街道 二居 2"
    assert (row["lng"], row["lat"]) == pytest.approx((121.475, 31.23))
    assert row["radius_m"] == 700
    assert row["recruits"] == len(short.recruits) == 2
    assert row["unmatched"].count("E") == 5
    assert "at least 2 volunteers" in told(plan).iloc[0]["detail"]
    assert "至少还需 2 名志愿者" in told(plan, "zh").iloc[0]["detail"]
    assert not match(with_recruits(m, plan)).unmatched
    assert match(with_recruits(m, plan, 1)).unmatched


def test_elders_far_apart_need_more_volunteers_than_their_number_tells():
    elders, volunteers = [{}, north(700), north(1400)], [{**north(705), "capacity": 1.0}]
    m = month(elders, [*volunteers, *[{**north(9000), "capacity": 2.0}] * 2])
    plan = match(m)
    (short,) = plan.shortages
    assert (short.hall.missing, short.usual_capacity, short.missing_volunteers) == (2, 2, 1)
    assert [recruit.home for recruit in short.recruits] == [0, 2]
    assert not match(with_recruits(m, plan)).unmatched


def test_places_held_by_pins_are_a_shortage():
    m = month([north(3000), {}, {}], [{"capacity": 1.0}], pins=pairs((0, 0)))
    plan = match(m)
    assert {row.reason for row in plan.unmatched} == {"shortage"}
    (short,) = plan.shortages
    assert (short.hall.volunteers.tolist(), short.hall.places, short.hall.missing) == ([0], 0, 2)
    assert not match(with_recruits(m, plan)).unmatched


def test_recruits_do_not_cross_a_hard_boundary():
    elders = [{"committee": name} for name in "甲甲乙"]
    volunteers = [{"committee": "甲", "capacity": 0.0}, {"committee": "丙"}, {"committee": "甲", "capacity": 1.0}]
    volunteers += [{"committee": "乙", "capacity": 1.0}]
    m = month([*elders, {"committee": "乙"}], volunteers, boundary={"level": "committee"})
    plan = match(m)
    assert [len(short.recruits) for short in plan.shortages] == [1, 1]
    assert [row.shortage for row in plan.unmatched] == ["S1", "S2"]
    assert not match(with_recruits(m, plan)).unmatched


def test_names_of_areas_are_few_enough_for_a_cell():
    people = pd.DataFrame({"committee": [f"居{i:03}" for i in range(60)] + ["居000", ""]})
    told = count_areas(people, ("committee",), np.arange(62))
    assert told.startswith("居000 2; 居001 1")
    assert told.endswith("; …")
    assert told.count(";") == 50


@given(
    st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))),
    st.integers(1, 4),
    st.sets(st.integers(0, 7)),
    st.integers(0, 3),
)
@settings(deadline=None, max_examples=some(40))
def test_a_cover_serves_everybody_once_within_capacity(reach, capacity, frail, limit):
    reach |= {(i, i) for i in range(8)}
    site, elder = np.array(sorted(reach)).T
    found = cover_greedily(site, elder, 8, capacity, np.isin(np.arange(8), list(frail)), limit)
    wanted = set(range(8)) - (frail if not limit else set())
    assert sorted(e for _site, served in found for e in served.tolist()) == sorted(wanted)
    assert all(len(frail & set(served.tolist())) <= limit for _site, served in found)
    assert all((s, e) in reach for s, served in found for e in served.tolist())
    assert all(len(served) <= capacity for _site, served in found)


def test_a_cover_takes_no_more_than_it_must_where_all_are_neighbours():
    site, elder = np.divmod(np.arange(144), 12)
    assert len(cover_greedily(site, elder, 12, 5, np.zeros(12, dtype=bool), 0)) == 3


# who comes first


def match_at_tier(m, elder, double):
    """The plan of the month where all tiers are doubled, and one elder's set apart."""

    def rank(*given):
        found = rank_elders(*given)
        tier = 2 * found.tier
        tier[elder] = double
        return replace(found, tier=tier)

    with patch("matcher.matching.match.rank_elders", rank):
        return match(m)


def test_outranked_by_whom_and_at_what_tier():
    elders = [{"risk": "low"}, {"risk": "high"}, {"risk": "medium", **north(5)}, {"risk": "high", **north(8)}]
    m = month(elders, [{"capacity": 3.0}], priority={"order": ["risk"]})
    plan = match(m)
    (row,) = plan.unmatched
    assert (row.elder, row.reason, row.shortage) == (0, "outranked", "S1")
    assert row.evidence["tier"] == 3
    assert row.evidence["last_tier"] == 2
    assert row.evidence["holders"] == 3
    assert row.outranked_by == (2, 1, 3)
    cells = told(plan).loc["E000"]
    assert (cells["outranked_tier"], cells["outranked_by"], cells["shortage_id"]) == (2, "E002; E001; E003", "S1")
    assert "E002, E001, E003 among them" in cells["detail"]
    assert match_at_tier(m, 0, 3).unmatched[0].elder == 2
    assert match_at_tier(m, 0, 5).unmatched[0].elder == 0


def test_among_equals_it_is_a_shortage():
    m = month([{"risk": "low"}, {"risk": "high"}, {"risk": "low", **north(5)}], [{"capacity": 2.0}])
    (row,) = match(m).unmatched
    assert row.reason == "shortage"


# whole months


@st.composite
def months(draw):
    def person(**more):
        return {"lat": 31.23 + draw(st.integers(-14, 14)) * 1e-3, "lng": 121.47, **more}

    def some(values):
        return draw(st.sampled_from(values))

    elders = [
        person(
            wanted_sex=some(["", "", "female", "male"]),
            floor=float(some([1, 3, 6])),
            lift="no",
            risk=some(["", "high", "medium"]),
            subdistrict=some(["", "一", "二"]),
            committee=some(["甲", "乙"]),
        )
        for _ in range(draw(st.integers(1, 8)))
    ]
    volunteers = [
        person(
            sex=some(["female", "male"]),
            max_floor=some([np.nan, 2.0]),
            max_walk_m=some([np.nan, 500.0]),
            capacity=float(some([0, 1, 1, 2])),
            subdistrict=some(["", "一", "二"]),
            committee=some(["甲", "乙"]),
            status=some(["active", "active", "paused"]),
        )
        for _ in range(draw(st.integers(1, 5)))
    ]
    who, whom = st.integers(0, len(elders) - 1), st.integers(0, len(volunteers) - 1)
    never = draw(st.sets(st.tuples(who, whom), max_size=4))
    return month(
        elders,
        volunteers,
        never=pairs(*sorted(never)),
        boundary={"level": some(["none", "committee"])},
        capacity={"most_high_risk": some([0, 1, 50])},
    )


@given(months())
@settings(deadline=None, max_examples=some(20))
def test_every_reason_holds_when_solved_again(m):
    try:
        plan = match(m)
    except NoPlanError:
        return
    high = (m.roster.elders["risk"] == "high").to_numpy()
    load, frail = plan.load, np.bincount(plan.volunteer[high[plan.elder]], minlength=m.n_volunteers)

    def free(elder, volunteer):
        tight = high[elder] and frail[volunteer] >= m.settings.capacity.most_high_risk
        return bool(Features(m).max_elders[volunteer] > load[volunteer] and not tight)

    for row in plan.unmatched:
        closed = bool(high[row.elder] and not m.settings.capacity.most_high_risk)
        assert closed == (row.reason == "high_risk_closed")
        if closed:
            continue
        if row.shortage:
            assert eligible(m, row.elder)
            _hold_least_limit(m, plan, row)
            last_tier = row.evidence.get("last_tier", int(plan.precedence.tier[row.elder]))
            assert row.elder in match_at_tier(m, row.elder, 2 * last_tier - 1).elder
            if row.reason == "outranked":
                assert last_tier < plan.precedence.tier[row.elder]
                assert row.elder not in match_at_tier(m, row.elder, 2 * last_tier + 1).elder
            continue
        assert row.reason in {"ruled_out", "no_volunteer_in_reach"}
        assert not eligible(m, row.elder)
        assert row.evidence["looked_at"] == m.n_volunteers
        for way in row.remedies:
            assert way.free == free(row.elder, way.volunteer) or not way.is_settable
            if way.is_settable:
                after = turned(m, way)
                assert way.volunteer in eligible(after, row.elder)
                assert not way.free or len(match(after).elder) > len(plan.elder)
                assert not way.free or _serves_beside_all(after, plan, row.elder)
                for less in not_quite(way):
                    having = eligible(turned(m, less), row.elder)
                    assert not any(free(row.elder, v) for v in having) if way.free else not having
        _no_fewer(m, row)


def _serves_beside_all(m, plan, elder, **sections):
    """Whether an elder can be served beside all whom a plan serves, under other settings."""
    tree = m.settings.model_dump()
    for section, keys in sections.items():
        tree[section] |= keys
    elders = m.roster.elders.copy()
    served = {*plan.elder.tolist(), elder}
    elders.loc[[e for e in range(m.n_elders) if e not in served], "consent"] = "no"
    month_ = replace(m, roster=replace(m.roster, elders=elders), settings=type(m.settings).model_validate(tree))
    try:
        return len(match(month_).elder) == len(served)
    except NoPlanError:
        return False


def _hold_least_limit(m, plan, row):
    """The limit on elders of high risk that is named lets one elder more be served, and one less would not."""
    if not row.remedies:
        assert not _serves_beside_all(m, plan, row.elder, capacity={"most_high_risk": 50})
        return
    ((path, value),) = [(step.path, int(step.value)) for step in row.remedies[0].steps]
    assert path == "capacity.most_high_risk"
    assert _serves_beside_all(m, plan, row.elder, capacity={"most_high_risk": value})
    assert not _serves_beside_all(m, plan, row.elder, capacity={"most_high_risk": value - 1})


@given(months(), st.data())
@settings(deadline=None, max_examples=some(25))
def test_the_least_budget_that_would_serve_one_more(m, data):
    """Held by a plan of just those who are served and the one held back, with the budget named and one less."""
    last = data.draw(st.dictionaries(st.integers(0, m.n_elders - 1), st.integers(0, m.n_volunteers - 1)))
    m = replace(m, previous=pairs(*sorted(last.items())))
    tree = m.settings.model_dump()
    tree["keep"]["budget"] = "0"
    tree["boundary"]["level"] = "none"
    m = replace(m, settings=type(m.settings).model_validate(tree))
    try:
        plan = match(m)
    except NoPlanError:
        return
    for row in plan.unmatched:
        if row.reason == "change_budget" and row.remedies:
            ((path, value),) = [(step.path, int(step.value)) for step in row.remedies[0].steps]
            assert path == "keep.budget"
            # elders of no consent take their pairs out of the count: broken pairs are counted by hand
            assert _fewest_broken(m, plan, row.elder) == value


def _fewest_broken(m, plan, elder):
    """The fewest avoidable breaks with which an elder is served beside all who are, by trying all plans."""
    served = sorted({*plan.elder.tolist(), elder})
    found = find_candidates(Features(m), *find_eligible_people(Features(m)))
    allowed = {e: set(found.volunteer[found.elder == e].tolist()) for e in range(m.n_elders)}
    last = dict(zip(m.previous.elder.tolist(), m.previous.volunteer.tolist(), strict=True))
    existing = {e for e, v in last.items() if v in allowed[e]}
    features, most = Features(m), m.settings.capacity.most_high_risk

    def most_kept(left, places, frail):
        if not left:
            return 0
        e, *others = left
        best = -99
        for v in allowed[e]:
            if places[v] and not (features.high_risk[e] and frail[v] >= most):
                after = {**places, v: places[v] - 1}, {**frail, v: frail[v] + int(features.high_risk[e])}
                best = max(best, most_kept(others, *after) + int(e in existing and last[e] == v))
        return best

    def can_stand():
        total = 0
        for v in range(m.n_volunteers):
            mine = [e for e in existing if last[e] == v]
            frail = sum(bool(features.high_risk[e]) for e in mine)
            total += min(len(mine) - frail + min(frail, most), int(features.max_elders[v]))
        return total

    everybody = range(m.n_volunteers)
    places = {v: int(features.max_elders[v]) for v in everybody}
    return can_stand() - most_kept(served, places, dict.fromkeys(everybody, 0))


def _no_fewer(m, row):
    """Where rules must give way together, no volunteer is kept from the elder by fewer."""
    together = min(len(way.steps) for way in row.remedies)
    for volunteer in range(m.n_volunteers):
        one = np.array([row.elder]), np.array([volunteer])
        block = measure_pairs(Features(m), *one)
        against = 0
        for rule in RULES:
            pairs_, volunteers = rule.bar_pairs(Features(m), block), rule.bar_volunteers(Features(m))
            against += bool((pairs_ is not None and pairs_[0]) or (volunteers is not None and volunteers[volunteer]))
        assert against >= together


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=12), st.lists(st.integers(-20, 20), min_size=1, max_size=3))
@settings(deadline=None, max_examples=some(25))
def test_with_the_missing_volunteers_there_nobody_is_left_out(elders, volunteers):
    at = [{"lat": 31.23 + y * 1e-3, "lng": 121.47} for y in elders]
    m = month(at, [{"lat": 31.23 + y * 1e-3, "lng": 121.47, "capacity": 2.0} for y in volunteers])
    try:
        plan = match(m)
    except NoPlanError:
        return
    short = {row.elder for row in plan.unmatched if row.shortage}
    assert sum(each.hall.missing for each in plan.shortages) == len(short)
    if not short:
        return
    after = match(with_recruits(m, plan))
    assert len(after.elder) >= len(plan.elder) + len(short)
    # those whom nobody could reach before may now come to a recruit; without them, all of the set are served
    beyond = [row.elder for row in plan.unmatched if not row.shortage]
    m.roster.elders.loc[beyond, "consent"] = "no"
    after = match(with_recruits(m, plan))
    assert not short & {row.elder for row in after.unmatched}
    least = sum(each.missing_volunteers for each in plan.shortages)
    fewer = match(with_recruits(m, plan, max(0, -(-len(short) // 2) - 1)))
    assert any(row.shortage for row in fewer.unmatched)
    assert least <= sum(len(each.recruits) for each in plan.shortages)


def test_only_those_of_high_risk_hold_a_place_from_an_elder_of_high_risk_at_a_full_gate():
    elders = [{"risk": "low"}, {"risk": "high"}, {"risk": "high", "joined": "2026-06-01"}]
    m = month(
        elders,
        [{"capacity": 4.0}],
        capacity={"most_high_risk": 1},
        priority={"order": ("waiting", "risk")},
    )
    (left,) = match(m).unmatched
    assert (left.elder, left.reason, left.outranked_by) == (1, "outranked", (2,))
    assert left.evidence["holders"] == 1


def test_a_shortage_for_high_risk_tells_the_places_that_are_closed_and_who_would_serve_them():
    m = month([{"risk": "high"}] * 4, [{"capacity": 5.0}], capacity={"most_high_risk": 1})
    (shortage,) = match(m).shortages
    assert (shortage.hall.places, shortage.closed) == (1, 4)
    assert [len(recruit.elders) for recruit in shortage.recruits] == [1, 1, 1]
    sentences = make_unmatched_frame(match(m), PeopleNames.of(m.roster))["detail"]
    assert all("4 further places of theirs are closed to elders of high risk" in sentence for sentence in sentences)
