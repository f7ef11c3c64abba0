"""Elders who share a home with one volunteer, soft and hard: against every plan there is, goal after goal."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.features import Features
from matcher.matching import check_pins, match
from matcher.matching.candidates import find_candidates
from matcher.outputs import tables
from matcher.outputs.left_out import make_unmatched_frame
from matcher.settings import Settings
from matcher.verify import Case, Lists, Tables, Violation, verify
from tests.helpers.effort import some
from tests.helpers.people import month, north, pairs
from tests.helpers.verify_month import Cases, found_after

CASES = Cases()
fault = CASES.fault
HOME = {"building": "b", "address": "零陵路1号101室"}
ON = {"mode": "hard"}


@fault(Violation("shared_home", "E002", "V001", row=4))
def one_home_with_two_volunteers(m):
    for elder in (0, 2):
        m.elder(elder, "building", "b")
        m.elder(elder, "address", "零陵路1号101室")
    m.set(household=ON)


@pytest.mark.parametrize(("plant", "expected"), CASES)
def test_one_fault_is_found(plant, expected):
    assert found_after(plant) == expected


def home(number):
    return {"building": f"b{number}", "address": f"零陵路{number + 1}号101室"}


@st.composite
def months(draw):
    at = st.integers(0, 1000)
    where = draw(st.lists(at, min_size=1, max_size=3))
    elders = [
        north(metres) | home(number) for number, metres in enumerate(where) for _ in range(draw(st.integers(1, 3)))
    ]
    elders += [north(metres) for metres in draw(st.lists(at, max_size=2))]
    elders = [elder | {"risk": draw(st.sampled_from(["low", "medium", "high"]))} for elder in elders[:6]]
    volunteers = [
        north(metres) | {"capacity": float(draw(st.integers(1, 3)))}
        for metres in draw(st.lists(at, min_size=1, max_size=3))
    ]
    who, whom = st.integers(0, len(elders) - 1), st.integers(0, len(volunteers) - 1)
    return month(
        elders,
        volunteers,
        previous=pairs(*draw(st.dictionaries(who, whom, max_size=3)).items()),
        pins=pairs(*draw(st.dictionaries(who, whom, max_size=1)).items()),
        household={"mode": draw(st.sampled_from(["soft", "hard"])), "worth_m": draw(st.sampled_from([0, 60, 700]))},
        distance={"urban_limit_m": draw(st.sampled_from([500, 1500]))},
        capacity={"fair_m": draw(st.sampled_from([0, 50])), "most_high_risk": draw(st.sampled_from([1, 50]))},
    )


def count_further(m, volunteer_of):
    """Volunteers of each home beyond the first, in all."""
    homes = {}
    for building, volunteer in zip(m.roster.elders["building"], volunteer_of, strict=True):
        if building and volunteer >= 0:
            homes.setdefault(building, set()).add(volunteer)
    return sum(len(volunteers) - 1 for volunteers in homes.values())


def rank(m, features, cost, precedence, volunteer_of):
    """What of a plan counts, goal after goal; less is better. None where it is none."""
    household, asked = m.settings.household, m.settings.capacity
    load = [volunteer_of.count(v) for v in range(m.n_volunteers)]
    if any(n > most for n, most in zip(load, features.max_elders.tolist(), strict=True)):
        return None
    frail = features.high_risk.tolist()
    for v in range(m.n_volunteers):
        if sum(one == v and high for one, high in zip(volunteer_of, frail, strict=True)) > asked.most_high_risk:
            return None
    split = count_further(m, volunteer_of)
    if household.mode == "hard" and split:
        return None
    metres = sum(cost[e, v] for e, v in enumerate(volunteer_of) if v >= 0) + household.worth_m * split
    metres += sum(asked.fair_m * n * (n - 1) // 2 for n in load)
    left = [e for e, v in enumerate(volunteer_of) if v < 0]
    metres += int(precedence.leaving_out_m[left].sum())
    tiers = precedence.tier[left].tolist()
    by_tier = [tiers.count(tier) for tier in sorted(set(precedence.tier.tolist()))]
    return (int(precedence.comes_before_count[left].sum()), len(left), *by_tier, metres)


def find_best(m, precedence):
    """The rank of the best plan, by trying all."""
    features = Features(m)
    everybody = np.ones(m.n_elders, dtype=bool), np.ones(m.n_volunteers, dtype=bool)
    found = find_candidates(features, *everybody)
    cost = dict(
        zip(zip(found.elder.tolist(), found.volunteer.tolist(), strict=True), found.cost_m.tolist(), strict=True)
    )
    pinned = dict(zip(m.pins.elder.tolist(), m.pins.volunteer.tolist(), strict=True))
    choices = [
        [pinned[e]] if e in pinned else [-1, *(v for v in range(m.n_volunteers) if (e, v) in cost)]
        for e in range(m.n_elders)
    ]
    ranks = (rank(m, features, cost, precedence, list(plan)) for plan in product(*choices))
    return min(one for one in ranks if one is not None), features, cost


@given(months())
@settings(deadline=None, max_examples=some(30))
def test_a_plan_is_as_good_as_any(m):
    if any(issue.severity == "error" for issue in check_pins(m)):
        return
    features = Features(m)
    everybody = np.ones(m.n_elders, dtype=bool), np.ones(m.n_volunteers, dtype=bool)
    found = find_candidates(features, *everybody)
    known = set(zip(found.elder.tolist(), found.volunteer.tolist(), strict=True))
    if not known or any(two not in known for two in zip(m.pins.elder.tolist(), m.pins.volunteer.tolist(), strict=True)):
        return
    plan = match(m)
    best, features, cost = find_best(m, plan.precedence)
    assert plan.certificate is None or plan.certificate.optimal
    assert rank(m, features, cost, plan.precedence, plan.volunteer_of.tolist()) == best
    people = tables.PeopleNames.of(m.roster)
    frame = tables.make_pairs_frame(plan, people)[["elder_id", "volunteer_id"]]
    case = Case(m.roster, m.horizon, m.settings, Tables(frame), Lists(m.previous, m.pins, m.never))
    assert not verify(case).violations


def test_where_nobody_can_take_both_one_is_served_and_the_other_waits():
    m = month([HOME, HOME], [{"capacity": 1.0}, {"capacity": 1.0}], household=ON)
    plan = match(m)
    assert plan.elder.tolist() == [0]
    assert [(row.elder, row.reason) for row in plan.unmatched] == [(1, "shared_home")]
    assert len(match(month([HOME, HOME], [{"capacity": 1.0}, {"capacity": 1.0}])).elder) == 2


def test_who_loses_a_volunteer_to_the_home_rule_counts_as_having_lost_one():
    """Nobody can take both, and a third takes the other's place; without the rule both would keep theirs."""
    volunteers = [{"capacity": 1.0}, {"capacity": 1.0}]
    m = month([HOME, HOME, {}], volunteers, previous=pairs((0, 0), (1, 1)), household=ON)
    plan = match(m)
    assert plan.volunteer_of.tolist() == [0, -1, 1]
    assert [(row.elder, row.reason) for row in plan.unmatched] == [(1, "shared_home")]
    assert [(row.elder, row.reason) for row in plan.changes] == [(1, "shared_home")]
    people = tables.PeopleNames.of(m.roster)
    frame = make_unmatched_frame(plan, people)
    assert frame["waiting_since"].astype(str).tolist() == ["2026-12-01"]
    assert frame["counted_since"].astype(str).tolist() == ["2026-06-01"]
    made = tables.make_pairs_frame(plan, people)[["elder_id", "volunteer_id"]]

    def judge(unmatched):
        lists = Lists(m.previous, m.pins, m.never)
        return verify(Case(m.roster, m.horizon, m.settings, Tables(made, unmatched=unmatched), lists)).violations

    assert judge(frame) == ()
    (wrong,) = judge(frame.assign(counted_since=frame["waiting_since"]))
    assert (wrong.rule, wrong.what, wrong.amount) == ("wrong_amount", "counted_since", 6)


def test_a_pin_decides_for_the_home():
    m = month([HOME, HOME], [north(0), north(100)], pins=pairs((0, 1)), household=ON)
    assert match(m).volunteer.tolist() == [1, 1]
    soft = month([HOME, HOME], [north(0), north(100)], pins=pairs((0, 1)), household={"mode": "soft", "worth_m": 100})
    assert match(soft).volunteer.tolist() == [1, 0]
    full = month([HOME, HOME], [north(0), north(100) | {"capacity": 1.0}], pins=pairs((0, 1)), household=ON)
    assert [(row.elder, row.reason) for row in match(full).unmatched] == [(1, "shared_home")]
    assert match(full).shortages == ()


def test_two_of_a_home_at_one_volunteer_beside_the_pin_are_one_further_volunteer():
    at = [0, 233, 233, 233, 0, 0]
    risks = ["low", "medium", "low", "medium", "low", "low"]
    elders = [
        north(metres) | home(number) | {"risk": risk}
        for metres, number, risk in zip(at, [0, 1, 1, 1, 2, 2], risks, strict=True)
    ]
    m = month(
        elders,
        [{"capacity": 1.0}, {"capacity": 1.0}, {"capacity": 2.0}],
        pins=pairs((2, 0)),
        household={"mode": "soft", "worth_m": 700},
        distance={"urban_limit_m": 500},
        capacity={"most_high_risk": 1},
    )
    plan = match(m)
    assert plan.certificate.optimal
    assert plan.volunteer_of.tolist() == [1, 2, 0, 2, -1, -1]


def test_pins_that_split_a_home_cost_nothing_and_full_volunteers_count():
    elders = [north(0) | HOME, north(0) | HOME, north(0) | HOME, north(0) | HOME]
    volunteers = [north(300) | {"capacity": 2.0}, north(0) | {"capacity": 1.0}, north(100) | {"capacity": 2.0}]
    soft = {"mode": "soft", "worth_m": 150}
    m = month(elders, volunteers, pins=pairs((0, 0), (1, 1)), household=soft, capacity={"fair_m": 10})
    plan = match(m)
    # two at the third: 2 × 100 and 150 once; one of them with the first: 300, 100 and 150
    assert plan.volunteer_of.tolist() == [0, 1, 2, 2]
    assert plan.certificate.optimal


def test_by_default_such_homes_are_listed_with_what_joining_them_costs():
    m = month([north(0) | HOME, north(0) | HOME], [north(10) | {"capacity": 1.0}, north(110)])
    plan = match(m)
    assert plan.split_homes == ((0, 1),)
    assert plan.joining[0].cost == plan.joining[0].least == 130
    frame = tables.make_shared_homes_frame(plan, tables.PeopleNames.of(m.roster))
    assert frame["join_volunteer_id"].tolist() == ["V001", "V001"]
    assert match(month([HOME, HOME], [{}])).split_homes == ()


def test_joining_that_leaves_somebody_out_is_told_in_no_metres():
    elders = [north(0) | HOME, north(0) | HOME, north(60)]
    plan = match(month(elders, [north(10) | {"capacity": 1.0}, north(50) | {"capacity": 2.0}, north(5000)]))
    assert len(plan.elder) == 3
    one = match(month(elders[:2], [north(10) | {"capacity": 1.0}, north(50) | {"capacity": 1.0}]))
    assert (one.joining[0].volunteer, one.joining[0].cost, one.joining[0].least) == (-1, -1, -1)


@pytest.mark.parametrize("section", [{"capacity": {"unit": "units"}}, {"keep": {"budget": "5%"}}])
def test_one_volunteer_a_home_is_refused_beside_units_and_a_budget(section):
    with pytest.raises(ValueError, match=r"household\.mode"):
        Settings.model_validate({"household": ON, **section})


def test_who_waits_for_a_place_that_a_pin_holds_waits_for_no_home():
    m = month([HOME, HOME], [{"capacity": 1.0}], pins=pairs((0, 0)), household=ON)
    assert [(row.elder, row.reason) for row in match(m).unmatched] == [(1, "shortage")]


def test_without_current_in_the_order_nobody_comes_before_the_count():
    elders = [HOME | {"risk": "high"}, HOME | {"risk": "low"}, HOME | {"risk": "medium"}]
    m = month(
        elders,
        [{"capacity": 2.0}],
        previous=pairs((1, 0)),
        household=ON,
        priority={"order": ("risk",)},
        keep={"worth_m": 0},
    )
    assert match(m).elder.tolist() == [0, 2]
