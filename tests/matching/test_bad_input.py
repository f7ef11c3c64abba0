"""Settings, costs, rosters and pins that leave nothing to plan: a clear error, or an honest plan; never a wrong one."""

import numpy as np
import pandas as pd
import pytest

from matcher.assignment import AssignmentProblem
from matcher.errors import InputError, NoPlanError
from matcher.i18n import LANGUAGES, in_language
from matcher.matching import check_pins, match
from matcher.matching.objective import price_tiers
from matcher.roster.pairs import load_beside, pairs_from_frame, read_place_duals
from matcher.rules import RULES, Rule
from matcher.settings import load
from tests.helpers.people import DECEMBER, month, north, pairs, roster


def refused(*overrides):
    with pytest.raises(InputError) as caught:
        load(None, overrides)
    return [(issue.code, issue.column) for issue in caught.value.issues]


# settings


def test_a_minimum_above_the_usual_capacity_is_a_contradiction():
    assert refused("capacity.minimum=6") == [("settings_contradict", "capacity.minimum")]
    assert refused("capacity.minimum=3", "capacity.default=2") == [("settings_contradict", "capacity.minimum")]
    assert load(None, ["capacity.minimum=6", "capacity.default=6"]).capacity.minimum == 6
    with pytest.raises(InputError) as caught:
        load(None, ["capacity.minimum=6"])
    for language in LANGUAGES:
        with in_language(language):
            told = caught.value.issues[0].message()
            assert "capacity.minimum" in told
            assert "capacity.default" in told
            assert "6" in told


@pytest.mark.parametrize(
    ("override", "path"),
    [
        ("priority.age_bands=[90, 80]", "priority.age_bands"),
        ("priority.age_bands=[80, 80]", "priority.age_bands"),
        ("priority.waiting_bands=[-1]", "priority.waiting_bands.0"),
        ('priority.order=["risk", "risk"]', "priority.order"),
        ('priority.order=["wealth"]', "priority.order.0"),
        ("keep.budget=-3", "keep.budget"),
        ("keep.budget=120%", "keep.budget"),
        ("capacity.most_high_risk=51", "capacity.most_high_risk"),
        ("backup.capacity=-1", "backup.capacity"),
    ],
)
def test_settings_that_mean_nothing_are_named(override, path):
    assert refused(override) == [("setting_invalid", path)]


# costs


def costing(metres):
    class Dear(Rule):
        name = "dear"
        sentence = "dear"

        def compute_cost_m(self, features, block):
            return np.full(len(block.elder), metres)

    return (*RULES, Dear())


@pytest.mark.parametrize("metres", [2**57, 2**58, 2**61, -(2**58)])
def test_costs_that_sums_cannot_hold_are_an_error(metres):
    elders = [{"risk": "high"}, {"risk": "medium"}, {"risk": "low"}]
    with pytest.raises(InputError) as caught:
        match(month(elders, [{}]), costing(metres))
    assert [(issue.code, issue.value) for issue in caught.value.issues] == [("costs_too_large", str(abs(metres)))]
    assert "3 elders" in caught.value.issues[0].message()


def test_large_costs_that_fit_are_reckoned_exactly():
    plan = match(month([{}, north(10)], [{"capacity": 1.0}]), costing(10**12))
    assert plan.cost_m.tolist() == [10**12]
    assert plan.certificate.optimal


def test_a_step_that_tiers_would_carry_beyond_64_bits_is_refused():
    with pytest.raises(OverflowError):
        price_tiers(AssignmentProblem(np.arange(36), np.zeros(36, int), np.full(36, 2**55), [1]), np.arange(36))


# rosters


@pytest.mark.parametrize(("elders", "volunteers"), [([], []), ([{}], []), ([], [{}])])
@pytest.mark.parametrize("sections", [{}, {"backup": {"planned": True}}, {"keep": {"budget": "0"}}])
def test_empty_rosters_are_no_plan(elders, volunteers, sections):
    with pytest.raises(NoPlanError):
        match(month(elders, volunteers, **sections))


def test_nobody_with_a_place_is_no_plan():
    nobody = [{"capacity": 0.0}, {"capacity": 0.0}]
    with pytest.raises(NoPlanError, match="0 volunteers"):
        match(month([{}, {}], nobody))
    with pytest.raises(NoPlanError):
        match(month([{}], nobody, previous=pairs((0, 0)), keep={"budget": "0"}))


def test_a_limit_of_none_of_high_risk_leaves_them_out_and_says_so():
    plan = match(month([{"risk": "high"}, {}], [{}], capacity={"most_high_risk": 0}))
    assert plan.elder.tolist() == [1]
    assert [(row.elder, row.reason) for row in plan.unmatched] == [(0, "high_risk_closed")]
    with pytest.raises(NoPlanError):
        match(month([{"risk": "high"}], [{}], capacity={"most_high_risk": 0}))


@pytest.mark.parametrize("elders", [200, 230])
def test_everyone_at_one_point(elders):
    m = month([{}] * elders, [{}] * 40, capacity={"fair_m": 5}, backup={"planned": True})
    plan = match(m)
    assert len(plan.elder) == 200
    assert plan.certificate.optimal
    assert plan.load.tolist() == [5] * 40
    assert {row.reason for row in plan.unmatched} == ({"shortage"} if elders > 200 else set())
    assert (plan.backups.volunteer >= 0).all()
    assert (plan.backups.volunteer != plan.volunteer).all()


def test_islands_without_a_volunteer_are_told_apart_from_shortages():
    here, island = [north(i) for i in range(6)], [north(50_000 + i) for i in range(3)]
    plan = match(month([*here, *island], [north(0)]))
    reasons = {row.elder: row.reason for row in plan.unmatched}
    assert reasons == {5: "shortage", **dict.fromkeys((6, 7, 8), "no_volunteer_in_reach")}
    assert plan.certificate.optimal


# pins


@pytest.mark.parametrize(
    ("elders", "pins", "never", "codes"),
    [
        ([{}, {}], ((0, 0), (1, 0)), (), ["pin_over_capacity"] * 2),
        ([{"risk": "high"}] * 2, ((0, 1), (1, 1)), (), ["pin_over_high_risk"] * 2),
        ([{}], ((0, 1),), ((0, 1),), ["pin_never"]),
        ([{"consent": "no"}], ((0, 1),), (), ["pin_not_eligible"]),
    ],
)
def test_pins_against_a_rule_or_each_other_are_named(elders, pins, never, codes):
    m = month(elders, [{"capacity": 1.0}, {}], pins=pairs(*pins), never=pairs(*never), capacity={"most_high_risk": 1})
    issues = check_pins(m)
    assert [issue.code for issue in issues] == codes
    assert all(issue.severity == "error" and issue.row for issue in issues)
    for language in LANGUAGES:
        with in_language(language):
            assert not any("{" in issue.message() + issue.advice() for issue in issues)


def test_pins_of_the_unknown_and_of_one_elder_twice_are_named():
    people = roster([{}, {}], [{}])
    elders, volunteers = ["E000", "E000", "E777", "E001"], ["V000", "V000", "V000", "V777"]
    rows = pd.DataFrame({"elder_id": elders, "volunteer_id": volunteers})
    found = {(issue.code, issue.row) for issue in pairs_from_frame(rows, people, "pins")[1]}
    assert found >= {("pair_elder_twice", 3), ("pair_unknown_elder", 4), ("pair_unknown_volunteer", 5)}


# what lies beside last month's pairs


def test_files_of_the_last_run_may_hold_anything_in_columns_that_are_not_read(tmp_path):
    people = roster([{}], [{}, {}])
    (tmp_path / "capacity.csv").write_text(
        "volunteer_id,load,place_dual_m\nV001,many,12\nV999,1,7\nV000,1,\n", encoding="utf-8"
    )
    frame, issues = load_beside(tmp_path / "capacity.csv", "capacity")
    assert not issues
    assert read_place_duals(frame, people).tolist() == [0, 12]
    assert read_place_duals(frame[["volunteer_id"]], people).tolist() == [0, 0]
    (tmp_path / "unmatched.csv").write_text(
        "elder_id,reason,waiting_since\nE000,no longer a reason,2026-13-01\n", encoding="utf-8"
    )
    frame, issues = load_beside(tmp_path / "unmatched.csv", "unmatched")
    assert [(issue.code, issue.row) for issue in issues] == [("value_not_date", 2)]
    assert not len(frame)
    assert DECEMBER.start.year == 2026
