"""Prices on the city path are the least that prove the plan, whatever places cost and elders are limited to."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.flow import column_generation
from matcher.assignment.flow.duals import compute_least_duals
from matcher.assignment.flow.min_cost_flow import SolverError, bound_displacement, bound_exchange, solve_min_cost_flow
from tests.helpers.effort import some

KINDS = ("plain", "load", "limit", "both")


@pytest.fixture(autouse=True, scope="module")
def _always_grow():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", 0)
        yield


def make_problem(seed, kind):
    """Return a random problem: shortages, volunteers without places or candidates, unmatched costs of all kinds."""
    rng = np.random.default_rng(seed)
    n_elders, n = int(rng.integers(1, 20)), int(rng.integers(1, 7))
    elder, volunteer = np.nonzero(rng.random((n_elders, n)) < rng.uniform(0.1, 1))
    low, high = ((0, 5), (0, 1000), (-800, 1000))[rng.integers(3)]
    capacity = rng.integers(0, (2, 4, 9)[rng.integers(3)], n)
    parts = {}
    if kind in ("load", "both"):
        parts["load_cost"] = np.sort(rng.integers(-5, (20, 500)[rng.integers(2)], (n, int(capacity.max()))), axis=1)
    if kind in ("limit", "both"):
        parts |= {"limited": rng.random(n_elders) < 0.5, "limit": rng.integers(0, 4, n)}
    cost = rng.integers(low, high + 1, len(elder))
    bare = AssignmentProblem(elder, volunteer, cost, capacity, unmatched_cost=np.zeros(n_elders, int), **parts)
    unmatched_cost = (
        np.full(n_elders, bound_displacement(bare)),
        bound_displacement(bare) + rng.integers(0, 4, n_elders) * bound_exchange(bare),
        np.full(n_elders, rng.integers(0, 3_000)),
        rng.integers(0, 3_000, n_elders),
    )[rng.integers(4)]
    return bare.replace(unmatched_cost=unmatched_cost)


def _hold_to_least_prices(problem):
    outcome = solve(problem)
    assert outcome.status == "optimal"
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    least, limited_least = compute_least_duals(problem, chosen, problem.unmatched_cost)
    assert outcome.prices.tolist() == least.tolist()
    assert outcome.limited_prices.tolist() == limited_least.tolist()


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=some(25))
def test_prices_are_the_least_of_all(kind, seed):
    """As a search from another plan finds them, which knows neither levels nor halves."""
    _hold_to_least_prices(make_problem(seed, kind))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=some(12))
def test_the_general_way_ends_with_the_least_prices_too(kind, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_generation, "solve_transportation", _give_up)
        patch.setattr(column_generation, "_NEAR", 10**9)  # few candidates at first, so that others are priced in
        patch.setattr(column_generation, "MOST_REPAIRS", 1)
        _hold_to_least_prices(make_problem(seed, kind))


def _give_up(*_):
    raise SolverError("no plan")


@pytest.mark.parametrize("kind", ["plain", "limit"])
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=some(12))
def test_a_price_is_what_a_place_more_saves(kind, seed):
    """By solving anew with a place more of each volunteer."""
    problem = make_problem(seed, kind)
    outcome = solve(problem)
    saved = []
    for v in range(problem.n_volunteers):
        more = problem.replace(capacity=problem.capacity + (np.arange(problem.n_volunteers) == v))
        chosen = solve_min_cost_flow(more, more.unmatched_cost)
        cost = more.cost[chosen[chosen >= 0]].sum() + more.unmatched_cost[chosen < 0].sum()
        saved.append(outcome.cost - int(cost))
    assert outcome.prices.tolist() == saved
