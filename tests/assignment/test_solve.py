"""The assignment solver against independent methods, and its proofs against first principles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp

from matcher.assignment import AssignmentProblem, certify, find_hall_sets, solve
from matcher.assignment.flow.min_cost_flow import bound_displacement
from tests.helpers.effort import some


@st.composite
def problems(draw, priced=True):
    """Small sparse problems, dense enough in shortages, ties and negative costs."""
    n_elders, n_volunteers = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    every = [(e, v) for e in range(n_elders) for v in range(n_volunteers)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    cost = draw(st.lists(st.integers(-20, 20), min_size=len(chosen), max_size=len(chosen)))
    capacity = draw(st.lists(st.integers(0, 3), min_size=n_volunteers, max_size=n_volunteers))
    unmatched = draw(st.lists(st.integers(-5, 60), min_size=n_elders, max_size=n_elders)) if priced else None
    elder, volunteer = np.array(chosen).T
    return AssignmentProblem(elder, volunteer, cost, capacity, unmatched_cost=unmatched)


def by_matching(problem: AssignmentProblem, unmatched: np.ndarray) -> int:
    """The least cost by a dense linear sum assignment over places: shares no idea with a flow on a sparse graph."""
    seats = np.repeat(np.arange(problem.n_volunteers), problem.capacity)
    n = problem.n_elders
    forbidden = 10**6
    table = np.full((n, len(seats) + n), forbidden)
    for e, v, c in zip(problem.elder, problem.volunteer, problem.cost, strict=True):
        table[e, np.flatnonzero(seats == v)] = c
    table[np.arange(n), len(seats) + np.arange(n)] = unmatched
    rows, columns = linear_sum_assignment(table)
    return int(table[rows, columns].sum())


def by_milp(problem: AssignmentProblem) -> tuple[int, int]:
    """(most elders served, least cost of serving so many) by two integer programs in HiGHS."""
    m = len(problem.elder)
    a = np.zeros((problem.n_elders + problem.n_volunteers, m))
    a[problem.elder, np.arange(m)] = 1
    a[problem.n_elders + problem.volunteer, np.arange(m)] = 1
    limit = np.concatenate((np.ones(problem.n_elders), problem.capacity))
    at_most = LinearConstraint(a, ub=limit)
    common = {"integrality": np.ones(m), "bounds": Bounds(0, 1)}
    most = milp(-np.ones(m), constraints=[at_most], **common)
    served = round(-most.fun)
    least = milp(problem.cost, constraints=[at_most, LinearConstraint(np.ones((1, m)), served, served)], **common)
    return served, round(least.fun)


@given(problems())
@settings(deadline=None, max_examples=some(300))
def test_cost_is_that_of_a_dense_matching(problem):
    outcome = solve(problem)
    assert outcome.status == "optimal"
    assert outcome.cost == outcome.bound == by_matching(problem, problem.unmatched_cost)


@given(problems(priced=False))
@settings(deadline=None, max_examples=some(200))
def test_unmatched_above_displacement_serves_most_then_costs_least(problem):
    unmatched = np.full(problem.n_elders, bound_displacement(problem))
    priced = AssignmentProblem(
        problem.elder, problem.volunteer, problem.cost, problem.capacity, unmatched_cost=unmatched
    )
    outcome = solve(priced)
    chosen = outcome.chosen[outcome.chosen >= 0]
    assert (len(chosen), int(problem.cost[chosen].sum())) == by_milp(problem)
    assert outcome.certificate.optimal


@given(problems(priced=False))
@settings(deadline=None, max_examples=some(200))
def test_must_serve_everyone_or_say_which_hall_set_forbids(problem):
    outcome = solve(problem)
    served, cost = by_milp(problem)
    if served == problem.n_elders:
        assert (outcome.status, outcome.cost) == ("optimal", cost)
        return
    assert outcome.status == "infeasible"
    assert outcome.cost is None
    elders, volunteers = set(outcome.hall.elders.tolist()), set(outcome.hall.volunteers.tolist())
    reach = {int(v) for e, v in zip(problem.elder, problem.volunteer, strict=True) if e in elders}
    assert reach <= volunteers
    assert sum(int(problem.capacity[v]) for v in volunteers) < len(elders)


@given(problems())
@settings(deadline=None, max_examples=some(150))
def test_prices_and_costs_are_complementary(problem):
    """Optimality from first principles: feasible duals, and slackness only where nothing is used."""
    outcome = solve(problem)
    prices, chosen = outcome.prices, outcome.chosen
    assert (prices >= 0).all()
    partner = np.where(chosen >= 0, problem.volunteer[chosen], -1)
    load = np.bincount(partner[partner >= 0], minlength=problem.n_volunteers)
    assert (load <= problem.capacity).all()
    # capacity 0 has a price but no free place
    assert (prices[load < problem.capacity] == 0).all()
    arcs = zip(problem.elder, problem.volunteer, problem.cost, strict=True)
    pays = [problem.cost[c] + prices[partner[e]] if c >= 0 else problem.unmatched_cost[e] for e, c in enumerate(chosen)]
    assert all(y <= u for y, u in zip(pays, problem.unmatched_cost, strict=True))
    assert all(pays[e] <= c + prices[v] for e, v, c in arcs)


@given(problems(priced=False))
@settings(deadline=None, max_examples=some(200))
def test_hall_sets_hold_every_missing_place_once(problem):
    unmatched = np.full(problem.n_elders, bound_displacement(problem))
    priced = AssignmentProblem(
        problem.elder, problem.volunteer, problem.cost, problem.capacity, unmatched_cost=unmatched
    )
    chosen = solve(priced).chosen
    halls = find_hall_sets(priced, chosen)
    asked = np.isin(np.arange(problem.n_elders), problem.elder)
    assert sum(hall.missing for hall in halls) == int(((chosen < 0) & asked).sum())
    for hall in halls:
        reach = problem.volunteer[np.isin(problem.elder, hall.elders)]
        assert np.isin(reach, hall.volunteers).all()
        assert hall.places == problem.capacity[hall.volunteers].sum() < len(hall.elders)
    members = np.concatenate([hall.elders for hall in halls]) if halls else np.empty(0)
    assert len(np.unique(members)) == len(members)


def test_order_of_candidates_does_not_change_the_plan():
    rng = np.random.default_rng(5)
    elder, volunteer = np.divmod(rng.choice(60 * 20, 500, replace=False), 20)
    cost, capacity, unmatched = rng.integers(0, 9, 500), rng.integers(0, 4, 20), np.full(60, 1000)
    first = solve(AssignmentProblem(elder, volunteer, cost, capacity, unmatched_cost=unmatched))
    order = rng.permutation(500)
    second = solve(AssignmentProblem(elder[order], volunteer[order], cost[order], capacity, None, unmatched))
    assert first.cost == second.cost == second.bound
    served = first.chosen >= 0
    assert (served == (second.chosen >= 0)).all()
    assert (volunteer[first.chosen[served]] == volunteer[order][second.chosen[served]]).all()


def test_blocks_change_nothing(monkeypatch):
    """Sizes of blocks that cut through the candidates of an elder, in order and not."""
    rng = np.random.default_rng(6)
    elder, volunteer = np.divmod(np.sort(rng.choice(30 * 9, 120, replace=False)), 9)
    cost, capacity, unmatched = rng.integers(0, 99, 120), rng.integers(0, 4, 9), np.full(30, 500)
    whole = solve(AssignmentProblem(elder, volunteer, cost, capacity, unmatched_cost=unmatched)).certificate
    for module in ("certificate", "problem"):
        monkeypatch.setattr(f"matcher.assignment.{module}._BLOCK", 7)
    for order in (np.arange(120), rng.permutation(120)):
        arrays = (elder[order], volunteer[order], cost[order], capacity, None, unmatched)
        assert solve(AssignmentProblem(*arrays)).certificate == whole
    for begin in (6, 7, 50):  # across an edge of blocks, too
        twice = np.insert(np.arange(120), begin, begin)
        with pytest.raises(ValueError, match="stands twice"):
            AssignmentProblem(elder[twice], volunteer[twice], cost[twice], capacity, None, unmatched)


def test_nobody_and_nothing():
    empty = solve(AssignmentProblem([], [], [], []))
    assert (empty.status, empty.cost, empty.bound) == ("optimal", 0, 0)
    alone = solve(AssignmentProblem([], [], [], [3], None, [7, 8]))
    assert (alone.status, alone.cost, alone.chosen.tolist()) == ("optimal", 15, [-1, -1])
    full = solve(AssignmentProblem([0, 0], [0, 1], [1, 2], [0, 0]))
    assert full.status == "infeasible"
    assert full.hall.missing == 1


@pytest.mark.parametrize(
    ("arrays", "error", "text"),
    [
        (([0], [0], [1.5], [1], None, [1]), ValueError, "cost must be whole"),
        (([0], [0], [float("nan")], [1], None, [1]), ValueError, "cost must be whole"),
        (([0], [0], ["a"], [1], None, [1]), ValueError, "cost must be whole"),
        (([0], [0], [1, 2], [1], None, [1]), ValueError, "one length"),
        (([[0]], [0], [1], [1], None, [1]), ValueError, "one dimension"),
        (([0, 0], [0, 0], [1, 2], [1], None, [1]), ValueError, "stands twice"),
        (([2], [0], [1], [1], None, [1]), ValueError, "elder must be from 0 to 0"),
        (([0], [-1], [1], [1], None, [1]), ValueError, "volunteer must be"),
        (([0], [0], [1], [-1], None, [1]), ValueError, "capacity must be"),
        (([0], [0], [2**61], [1], None, [1]), OverflowError, "too large"),
        (([0], [0], [-(2**63)], [1], None, [1]), OverflowError, "too large"),
        (([0], [0], [1], [1], None, [2**62]), OverflowError, "too large"),
        (([0], [0], np.array([2**63], dtype=np.uint64), [1], None, [1]), OverflowError, "64 bits"),
    ],
)
def test_bad_arrays_are_refused(arrays, error, text):
    with pytest.raises(error, match=text):
        AssignmentProblem(*arrays)


def test_bad_loads_are_refused():
    good = {"elder": [0], "volunteer": [0], "cost": [1], "capacity": [2]}
    for parts, text in (
        ({"use": [1, 2]}, "use must have one entry"),
        ({"use": [-1]}, "use must be"),
        ({"use": [2], "load_cost": [[0, 1]]}, "together with use"),
        ({"load_cost": [[0]]}, "one row a volunteer"),
        ({"load_cost": [0, 0]}, "two dimensions"),
        ({"load_cost": [[1, 0]]}, "must not fall"),
        ({"limited": [True]}, "go together"),
        ({"limit": [1]}, "go together"),
        ({"limited": [True], "limit": [1, 1]}, "one entry a volunteer"),
        ({"limited": [True], "limit": [-1]}, "limit must be"),
    ):
        with pytest.raises(ValueError, match=text):
            AssignmentProblem(**good, **parts)


def test_a_wrong_answer_gets_no_certificate():
    bare = AssignmentProblem([0, 0, 1], [0, 1, 0], [5, 9, 1], [1, 1])
    problem, prices, right = bare.with_unmatched_cost(50), np.array([4, 0]), np.array([1, 2])
    good = certify(problem, right, prices)
    assert (good.cost, good.bound, good.optimal, good.gap) == (10, 10, True, 0.0)
    worse = certify(problem, np.array([0, -1]), prices)
    assert (worse.cost, worse.bound, worse.optimal) == (55, 10, False)
    loose = certify(problem, right, np.array([0, 0]))
    assert (loose.bound, loose.gap) == (6, 0.4)
    assert certify(problem, right, np.array([4, -1])).bound == 9
    for chosen, text in (([2, 1], "somebody else"), ([0, 2], "more elders than places")):
        with pytest.raises(ValueError, match=text):
            certify(problem, np.array(chosen), prices)
    with pytest.raises(ValueError, match="below"):
        certify(problem, right, prices, prices - 1)
    limited = bare.replace(unmatched_cost=[50, 50], limited=[True, True], limit=[0, 5])
    with pytest.raises(ValueError, match="more limited"):
        certify(limited, right, prices, prices)


def test_one_more_is_served_however_long_the_chain_of_displaced():
    """A newcomer fits only where five others each move on by 10 m: dearer than any pair, and still done."""
    elder = [0, *(e for i in range(5) for e in (i + 1, i + 1))]
    volunteer = [0, *(v for i in range(5) for v in (i, i + 1))]
    cost = [10, *(c for _ in range(5) for c in (0, 10))]
    bare = AssignmentProblem(elder, volunteer, cost, np.ones(6, dtype=int))
    outcome = solve(bare.with_unmatched_cost(bound_displacement(bare)))
    assert (outcome.chosen >= 0).all()
    assert (outcome.status, outcome.cost) == ("optimal", 60)
