"""Places that differ and elders who do: load costs, limited elders, tiers; small and city path against HiGHS."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.assignment import AssignmentProblem, certify, find_hall_sets, solve
from matcher.assignment.flow.min_cost_flow import bound_displacement, bound_exchange
from tests.helpers.effort import some


@st.composite
def networks(draw):
    """Problems with load costs that rise, with some limited elders, or both; unmatched costs by tier or at random."""
    n_elders, n = draw(st.integers(1, 10)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    elder, volunteer = np.nonzero(rng.random((n_elders, n)) < draw(st.floats(0.2, 1)))
    capacity = rng.integers(0, 4, n)
    parts = {}
    if draw(st.booleans()):
        parts["load_cost"] = np.sort(rng.integers(-30, 60, (n, 4)), axis=1)
    if draw(st.booleans()):
        parts["limited"] = rng.random(n_elders) < 0.5
        parts["limit"] = rng.integers(0, 3, n)
    cost = rng.integers(-20, 21, len(elder))
    bare = AssignmentProblem(elder, volunteer, cost, capacity, unmatched_cost=np.zeros(n_elders, int), **parts)
    step = bound_displacement(bare)
    kind = draw(st.sampled_from(["tiers", "near tiers", "one", "random"]))
    unmatched = {
        "tiers": bound_exchange(bare) * (1 + rng.integers(0, 4, n_elders)),
        "near tiers": step * (1 + rng.integers(0, 3, n_elders)),
        "one": np.full(n_elders, step),
        "random": rng.integers(-5, 60, n_elders),
    }[kind]
    return bare.replace(unmatched_cost=unmatched)


def least_cost(problem: AssignmentProblem) -> int:
    """By HiGHS: binaries for candidates, for elders left out, and for each place of each volunteer."""
    m, n_elders, n = len(problem.elder), problem.n_elders, problem.n_volunteers
    places = [(v, k) for v in range(n) for k in range(problem.capacity[v])]
    load = [0 if problem.load_cost is None else int(problem.load_cost[v, k]) for v, k in places]
    columns = m + n_elders + len(places)
    served, filled, limited = np.zeros((n_elders, columns)), np.zeros((n, columns)), np.zeros((n, columns))
    served[problem.elder, np.arange(m)] = 1
    served[np.arange(n_elders), m + np.arange(n_elders)] = 1
    filled[problem.volunteer, np.arange(m)] = 1
    for i, (v, _) in enumerate(places):
        filled[v, m + n_elders + i] = -1
    rules = [LinearConstraint(served, 1, 1), LinearConstraint(filled, 0, 0)]
    if problem.limited is not None:
        of = np.flatnonzero(problem.limited[problem.elder])
        limited[problem.volunteer[of], of] = 1
        rules.append(LinearConstraint(limited, ub=problem.limit))
    cost = np.concatenate((problem.cost, problem.unmatched_cost, load)).astype(float)
    found = milp(cost, constraints=rules, integrality=np.ones(columns), bounds=Bounds(0, 1))
    return round(found.fun)


@pytest.fixture(params=[False, True], ids=["small", "city"])
def path(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", 0)
    return request.param


FUNCTION_FIXTURE = __import__("hypothesis").HealthCheck.function_scoped_fixture


@given(problem=networks())
@settings(deadline=None, max_examples=some(50), suppress_health_check=[FUNCTION_FIXTURE])
def test_the_least_cost_is_that_of_an_integer_program(path, problem):
    outcome = solve(problem)
    assert outcome.status == "optimal"
    assert outcome.cost == outcome.bound == least_cost(problem)
    assert certify(problem, outcome.chosen, outcome.prices, outcome.limited_prices) == outcome.certificate


@given(problem=networks())
@settings(deadline=None, max_examples=some(40), suppress_health_check=[FUNCTION_FIXTURE])
def test_shortages_with_limits_hold_too_many_elders(path, problem):
    problem = problem.with_unmatched_cost(bound_displacement(problem))
    chosen = solve(problem).chosen
    has_any = np.isin(np.arange(problem.n_elders), problem.elder)
    halls = find_hall_sets(problem, chosen)
    assert sum(hall.missing for hall in halls) == ((chosen < 0) & has_any).sum()
    for hall in halls:
        inside = np.isin(problem.elder, hall.elders)
        assert set(problem.volunteer[inside].tolist()) <= set(hall.volunteers.tolist())


def test_higher_tiers_displace_lower_ones_and_as_many_as_possible_are_served():
    """One place, three elders: the highest tier has it, however dear; a second place goes to the next."""
    bare = AssignmentProblem([0, 1, 2], [0, 0, 0], [900, 5, 1], [1])
    step = bound_displacement(bare)
    tiers = np.array([3, 2, 1]) * step
    assert solve(bare.replace(unmatched_cost=tiers)).chosen.tolist() == [0, -1, -1]
    assert solve(bare.replace(unmatched_cost=tiers, capacity=[2])).chosen.tolist() == [0, 1, -1]


def test_fair_loads_spread_elders():
    bare = AssignmentProblem([0, 0, 1, 1], [0, 1, 0, 1], [10, 50, 10, 50], [2, 2])
    assert solve(bare.with_unmatched_cost(10**6)).chosen.tolist() == [0, 2]
    fair = bare.replace(load_cost=[[0, 60], [0, 60]])
    outcome = solve(fair.with_unmatched_cost(10**6))
    assert (outcome.cost, sorted(fair.volunteer[outcome.chosen])) == (60, [0, 1])
