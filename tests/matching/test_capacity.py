"""Least loads, fair loads and the limit on elders of high risk: each by itself, with its amount."""

import numpy as np
import pandas as pd
import pytest

from matcher.features import Features
from matcher.matching import check_pins, match, plan_from_pairs
from matcher.matching.capacity import compute_further_cost_m, compute_load_cost_m, find_after_moves
from matcher.outputs import tables
from matcher.verify import Violation
from matcher.verify.people import People
from tests.helpers.people import month, north, pairs
from tests.helpers.verify_month import Cases, Month, found_after

BOTH = np.array([True, True])
SIX = [north(10 * i) for i in range(6)]
"""Six elders next to the first volunteer; the second lives 300 m further: 390 m on foot."""
NEAR_AND_FAR = [north(0) | {"capacity": 6.0}, north(350) | {"capacity": 6.0}]


def loads(elders, volunteers, **capacity):
    plan = match(month(elders, volunteers, capacity=capacity))
    assert plan.certificate.optimal
    return plan.load.tolist()


# the amounts


def test_further_elders_cost_more_and_missing_ones_their_price():
    m = month([], NEAR_AND_FAR, capacity={"fair_m": 10, "minimum": 2, "minimum_penalty_m": 70})
    assert compute_load_cost_m(Features(m), np.array([0, 1]), BOTH).tolist() == [140, 70]
    assert compute_load_cost_m(Features(m), np.array([4, 2]), BOTH).tolist() == [10 * (1 + 2 + 3), 10]
    assert compute_load_cost_m(Features(m), np.array([0, 0]), ~BOTH).tolist() == [0, 0]


def test_who_has_fewer_places_is_not_held_to_the_minimum():
    m = month([], [{"capacity": 1.0}], capacity={"minimum": 3, "minimum_penalty_m": 70})
    assert compute_load_cost_m(Features(m), np.array([0]), np.array([True])).tolist() == [70]


@pytest.mark.parametrize("capacity", [{}, {"minimum": 3, "minimum_penalty_m": 0}])
def test_nothing_is_asked_of_loads_where_they_cost_nothing(capacity):
    assert (
        compute_further_cost_m(Features(month([], NEAR_AND_FAR, capacity=capacity)), np.zeros(2, dtype=np.int64))
        is None
    )


def test_further_costs_are_the_steps_of_the_whole():
    m = month([], NEAR_AND_FAR, capacity={"fair_m": 7, "minimum": 2, "minimum_penalty_m": 50})
    for before in ([0, 0], [1, 3]):
        steps = compute_further_cost_m(Features(m), np.array(before))
        whole = [compute_load_cost_m(Features(m), np.array(before) + k, BOTH) for k in range(7)]
        assert (steps == np.diff(whole, axis=0).T).all()
        assert (np.diff(steps, axis=1) >= 0).all()


# the plans


@pytest.mark.parametrize(("fair_m", "expected"), [(0, [6, 0]), (80, [5, 1]), (130, [4, 2]), (1000, [3, 3])])
def test_fair_loads_even_out_as_far_as_they_are_worth_the_walk(fair_m, expected):
    # the last elder moved walks up to 390 m more; it saves fair_m times the loads' difference less one
    assert loads(SIX, NEAR_AND_FAR, fair_m=fair_m) == expected


@pytest.mark.parametrize(("price_m", "expected"), [(300, [6, 0]), (500, [4, 2])])
def test_the_minimum_is_reached_as_far_as_its_price_is_worth_the_walk(price_m, expected):
    assert loads(SIX, NEAR_AND_FAR, minimum=2, minimum_penalty_m=price_m) == expected


def test_the_minimum_is_told_where_it_can_not_be_reached():
    m = month(SIX[:3], NEAR_AND_FAR, capacity={"minimum": 3, "minimum_penalty_m": 5000})
    plan = match(m)
    frame = tables.make_capacity_frame(plan, tables.PeopleNames.of(m.roster))
    assert sorted(frame["load"] + frame["missing"]) == [3, 3]
    assert frame["load_cost_m"].sum() == 3 * 5000
    assert plan.certificate.optimal
    assert plan.certificate.cost == plan.cost_m.sum() + 3 * 5000


def test_serving_everybody_comes_before_fair_loads():
    assert loads(SIX, [north(0) | {"capacity": 6.0}], fair_m=1_000_000) == [6]


def test_pinned_elders_count_in_the_load():
    m = month(SIX, NEAR_AND_FAR, pins=pairs((0, 1), (1, 1)), capacity={"fair_m": 130})
    assert match(m).load.tolist() == [4, 2]
    assert match(m).certificate.optimal
    everyone = match(month(SIX, NEAR_AND_FAR, pins=pairs(*((e, 0) for e in range(6))), capacity={"fair_m": 10}))
    assert everyone.certificate is None
    assert everyone.load.tolist() == [6, 0]


FRAIL = [north(10 * i) | {"risk": "high" if i < 4 else "low"} for i in range(6)]


def test_no_volunteer_has_more_of_high_risk_than_allowed():
    m = month(FRAIL, NEAR_AND_FAR, capacity={"most_high_risk": 2})
    plan = match(m)
    partner = dict(zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True))
    assert sorted(partner[e] for e in range(4)) == [0, 0, 1, 1]
    assert [partner[4], partner[5]] == [0, 0]
    assert plan.certificate.optimal


def test_who_cannot_look_after_themselves_counts_as_of_high_risk():
    m = month([{"self_care": "unable"}, {"risk": "high"}], [{}], capacity={"most_high_risk": 1})
    assert len(match(m).elder) == 1


def test_the_limit_leaves_some_out_and_the_shortage_says_how_many():
    plan = match(month(FRAIL, NEAR_AND_FAR[:1], capacity={"most_high_risk": 3}))
    assert [row.reason for row in plan.unmatched] == ["shortage"]
    assert plan.unmatched[0].evidence["missing"] == 1


def test_pins_over_the_limit_are_named_each():
    issues = check_pins(month(FRAIL, NEAR_AND_FAR, pins=pairs((0, 0), (1, 0), (4, 0)), capacity={"most_high_risk": 1}))
    assert [(issue.code, issue.row, issue.params) for issue in issues] == [
        ("pin_over_high_risk", 2, {"pins": 2, "most": 1}),
        ("pin_over_high_risk", 3, {"pins": 2, "most": 1}),
    ]


def test_pins_use_up_the_limit():
    m = month(FRAIL, NEAR_AND_FAR, pins=pairs((3, 0), (2, 0)), capacity={"most_high_risk": 2})
    plan = match(m)
    assert dict(zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True)) == {0: 1, 1: 1, 2: 0, 3: 0, 4: 0, 5: 0}


def test_pairs_made_by_hand_have_loads_and_no_prices():
    m = month(SIX, NEAR_AND_FAR)
    frame = tables.make_capacity_frame(plan_from_pairs(m, pairs((0, 0))), tables.PeopleNames.of(m.roster))
    assert frame["load"].tolist() == [1, 0]
    assert frame["place_price_m"].isna().all()


# the verifier

CASES = Cases()
fault = CASES.fault


@fault(Violation("high_risk", volunteer_id="V000", amount=1))
def too_many_of_high_risk(m):
    m.elder(0, "risk", "high")
    m.elder(1, "self_care", "unable")
    m.set(capacity={"most_high_risk": 1})


@fault()
def as_many_as_allowed(m):
    too_many_of_high_risk(m)
    m.set(capacity={"most_high_risk": 2})


@fault(Violation("wrong_amount", volunteer_id="V001", amount=1, what="load"))
def no_row_for_who_has_elders(m):
    m.capacity = pd.DataFrame({"volunteer_id": ["V000", "V002"], "load": [2.0, 0.0], "row": [2.0, 3.0]})


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_verifier_counts_those_of_high_risk(plant, expected):
    assert found_after(plant) == expected


@pytest.mark.parametrize("name", ["places", "load", "high_risk", "missing", "load_cost_m"])
def test_the_verifier_reckons_loads_and_their_cost_anew(name):
    m = Month()
    m.elder(0, "risk", "high")
    m.set(capacity={"fair_m": 30, "minimum": 2, "minimum_penalty_m": 90})
    rows = {
        "volunteer_id": ["V000", "V001", "V002"],
        "places": [5.0, 5.0, 5.0],
        "load": [2.0, 1.0, 0.0],
        "high_risk": [1.0, 0.0, 0.0],
        "missing": [0.0, 1.0, 2.0],
        "load_cost_m": [30.0, 90.0, 180.0],
        "row": [2.0, 3.0, 4.0],
    }
    m.capacity = pd.DataFrame(rows)
    assert not m.violations()
    m.capacity.loc[1, name] += 4
    assert m.violations() == [Violation("wrong_amount", volunteer_id="V001", amount=4.0, what=name, row=3)]
    m.capacity.loc[1, name] = np.nan
    assert not m.violations()


def test_the_verifier_expects_nothing_of_who_takes_no_part():
    m = Month()
    m.volunteer(2, "status", "left")
    m.set(capacity={"minimum": 2})
    m.capacity = pd.DataFrame({"volunteer_id": ["V002"], "missing": [0.0]})
    assert not m.violations()
    assert not People.of(m.people, m.horizon, m.settings).find_serving(np.empty(0, dtype=np.int64))[2]


@pytest.mark.parametrize("seed", range(50))
def test_who_has_room_after_moves_is_found_by_paths(seed):
    """From each volunteer by itself: to those whom that one's elders may have too, until one has a place left."""
    rng = np.random.default_rng(seed)
    elder, volunteer = rng.integers(0, 12, 30).astype(np.int32), rng.integers(0, 8, 30).astype(np.int32)
    volunteer_of, left = rng.integers(-1, 8, 12), (rng.random(8) < 0.2).astype(np.int64)
    has_room = []
    for first in range(8):
        reached, front = {first}, [first]
        while front:
            mine = np.flatnonzero(volunteer_of == front.pop())
            new = set(volunteer[np.isin(elder, mine)].tolist()) - reached
            reached |= new
            front += new
        has_room.append(any(left[v] > 0 for v in reached))
    assert find_after_moves(elder, volunteer, volunteer_of, left).tolist() == has_room


def test_a_place_is_worth_what_is_above_its_load_and_nothing_where_one_is_free():
    near = [north(0), north(100)]
    for capacity, fair_m in ((2.0, 100), (3.0, 100), (2.0, 0), (1.0, 30)):
        volunteers = [{**north(0), "capacity": capacity}, {**north(300), "capacity": 2.0}]
        plan = match(month(near, volunteers, capacity={"fair_m": fair_m}))
        price_m = plan.price_m.tolist()[0]
        costs = {}
        for places in (capacity - 1, capacity, capacity + 1):
            again = [{**volunteers[0], "capacity": places}, volunteers[1]]
            costs[places] = match(month(near, again, capacity={"fair_m": fair_m})).certificate.cost
        saved, lost = costs[capacity] - costs[capacity + 1], costs[capacity - 1] - costs[capacity]
        assert saved <= price_m <= lost


def test_where_one_place_more_serves_an_elder_more_no_metres_are_told():
    m = month([{}, {}], [{"capacity": 1.0}, {**north(5000)}])
    frame = tables.make_capacity_frame(match(m), tables.PeopleNames.of(m.roster))
    assert frame["place_price_m"].isna().tolist() == [True, False]
    assert (frame["place_dual_m"] >= 0).all()
