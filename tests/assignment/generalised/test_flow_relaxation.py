"""The relaxation as a flow of copies, against the simplex method over the same candidates."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.assignment import AssignmentProblem
from matcher.assignment.generalised.components import Component, join_components
from matcher.assignment.generalised.flow_relaxation import (
    can_flow,
    price_limits,
    relax_by_flow,
    relax_goal_by_flow,
    relax_levelled,
)
from matcher.assignment.generalised.lexicographic import bound_by_prices
from matcher.assignment.generalised.lp_relaxation import solve_lp_relaxation


def make_component(seed: int, largest: int = 3) -> Component:
    """Random elders who take the same of each volunteer, some volunteers with elders of two units only."""
    rng = np.random.default_rng(seed)
    elder, volunteer = np.nonzero(rng.random((24, 8)) < 0.4)
    size = rng.integers(1, largest + 1, 24)
    size[elder[volunteer == 0]] = 2
    whole = join_components(
        AssignmentProblem(
            elder, volunteer, rng.integers(-50, 900, len(elder)), rng.integers(2, 6, 8), size[elder], np.full(24, 1000)
        )
    )
    assert whole is not None
    return whole


@pytest.mark.parametrize("seed", range(20))
def test_the_flow_is_an_optimum_of_the_relaxation(seed):
    component = make_component(seed)
    assert can_flow(component)
    found, expected = relax_by_flow(component), solve_lp_relaxation(component)
    assert found.value == pytest.approx(expected.value, abs=1e-6)
    served = np.bincount(component.elder, found.share, component.n_elders)
    assert served + found.left_out == pytest.approx(np.ones(component.n_elders))
    used = np.bincount(component.volunteer, found.share * component.use, len(component.capacity))
    assert (used <= component.capacity + 1e-9).all()
    assert found.share @ component.cost + found.left_out @ component.unmatched_cost == pytest.approx(found.value)
    assert bound_by_prices(component, found.unit_price) == pytest.approx(found.value, abs=1.0)


@pytest.mark.parametrize("seed", range(10))
def test_of_a_goal_without_costs_the_optimum_is_found_and_proved(seed):
    component = make_component(seed)
    goal = replace(component, cost=np.zeros_like(component.cost), unmatched_cost=np.full(component.n_elders, 256))
    found, expected = relax_goal_by_flow(goal, component.cost), solve_lp_relaxation(goal)
    assert found.value == pytest.approx(expected.value, abs=1e-6)
    assert bound_by_prices(goal, found.unit_price) == pytest.approx(found.value, abs=1.0)


@pytest.mark.parametrize("seed", range(10))
def test_prices_of_limits_prove_what_the_relaxation_with_limits_comes_to(seed):
    component = make_component(seed)
    n = component.n_elders
    component = replace(component, unmatched_cost=np.zeros(n, dtype=np.int64))
    counts = np.array([np.ones(n, dtype=np.int64), np.random.default_rng(seed).integers(0, 2, n)])
    strict = relax_by_flow(replace(component, unmatched_cost=counts.sum(axis=0) * 10_000))
    limits = np.ceil(counts @ strict.left_out).astype(np.int64) + 1
    limited = replace(component, counts=counts, limits=limits)
    expected = solve_lp_relaxation(limited).value
    prices = price_limits(limited, limits - counts @ strict.left_out, np.full(2, 5000))
    value = relax_by_flow(replace(component, unmatched_cost=prices @ counts)).value - float(prices @ limits)
    assert value <= expected + 1e-6
    assert value == pytest.approx(expected, abs=2 + 0.01 * abs(expected))


def test_where_uses_differ_by_volunteer_there_is_no_flow_but_one_like_it():
    component = make_component(1)
    use = component.use.copy()
    use[0] += 1
    mixed = replace(component, use=use)
    assert not can_flow(mixed)
    level = relax_levelled(mixed)
    assert (level.unit_price >= 0).all()
    assert bound_by_prices(mixed, level.unit_price) >= 0.9 * solve_lp_relaxation(mixed).value
    counts = np.ones((1, mixed.n_elders), dtype=np.int64)
    limited = replace(mixed, counts=counts, limits=np.array([3]))
    assert (price_limits(limited, np.array([0.5]), np.array([100])) <= 100).all()


def test_huge_sizes_and_huge_costs_do_not_flow():
    component = make_component(2)
    assert not can_flow(replace(component, use=component.use * 100))
    assert not can_flow(replace(component, unmatched_cost=np.full(component.n_elders, 2**55)))
