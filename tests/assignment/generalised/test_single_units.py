"""Whoever takes one unit is placed as well as an integer program would, all others as they are; roundings are plans."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.assignment import AssignmentProblem
from matcher.assignment.generalised.components import split_components
from matcher.assignment.generalised.lp_relaxation import solve_lp_relaxation
from matcher.assignment.generalised.single_units import (
    has_single_left_out,
    list_larger_by_gain,
    may_replace_single_units,
    replace_single_units,
    round_by_size,
)


def make_component(seed, n_elders=30, n_volunteers=6, largest=900):
    """One component in which a third of the elders take two units or three; some are left out."""
    rng = np.random.default_rng(seed)
    elder, volunteer = np.nonzero(rng.random((n_elders, n_volunteers)) < 0.6)
    size = rng.choice([1, 1, 1, 2, 3], n_elders)
    problem = AssignmentProblem(
        elder,
        volunteer,
        rng.integers(-300, largest, len(elder)),
        np.full(n_volunteers, 5),
        size[elder],
        np.full(n_elders, 5 * largest),
    )
    return split_components(problem)[0]


def find_least(component, held):
    """What an integer program finds the least cost to be, the candidates ``held`` in the plan."""
    k, n = len(component.cost), component.n_elders
    serve, load = np.zeros((n, k + n)), np.zeros((len(component.capacity), k + n))
    serve[component.elder, np.arange(k)] = 1
    serve[np.arange(n), k + np.arange(n)] = 1
    load[component.volunteer, np.arange(k)] = component.use
    single = np.concatenate((component.use == 1, np.ones(n, dtype=bool)))
    taken = np.isin(np.arange(k + n), held)
    found = milp(
        np.concatenate((component.cost, component.unmatched_cost)),
        constraints=[LinearConstraint(serve, 1, 1), LinearConstraint(load, ub=component.capacity)],
        integrality=np.ones(k + n),
        bounds=Bounds(taken, single | taken),
    )
    return round(found.fun)


def check_plan(component, chosen):
    taken = chosen[chosen >= 0]
    assert (component.elder[taken] == np.flatnonzero(chosen >= 0)).all()
    load = np.bincount(component.volunteer[taken], weights=component.use[taken], minlength=len(component.capacity))
    assert (load <= component.capacity).all()


@pytest.mark.parametrize("seed", range(6))
def test_single_units_are_placed_as_an_integer_program_says(seed):
    component = make_component(seed)
    relaxed = solve_lp_relaxation(component)
    chosen = round_by_size(component, relaxed.left_out, relaxed.unit_price)
    check_plan(component, chosen)
    assert component.compute_cost(chosen) >= relaxed.value - 1e-6
    held = chosen[chosen >= 0]
    held = held[component.use[held] > 1]
    assert component.compute_cost(chosen) == find_least(component, held)
    # who takes more leaves: the others are placed anew, nobody else moves
    larger = list_larger_by_gain(component, chosen, relaxed.unit_price)
    assert set(larger.tolist()) == set(component.elder[held].tolist())
    without = chosen.copy()
    without[larger[0]] = -1
    after = replace_single_units(component, without)
    check_plan(component, after)
    assert after[larger[0]] == -1
    assert (after[larger[1:]] == chosen[larger[1:]]).all()
    assert component.compute_cost(after) == find_least(component, chosen[larger[1:]])


def test_whose_use_differs_by_volunteer_or_costs_too_much_is_left_to_others():
    component = make_component(0)
    relaxed = solve_lp_relaxation(component)
    arguments = relaxed.left_out, relaxed.unit_price
    other = component.use.copy()
    other[0] += 1
    assert round_by_size(replace(component, use=other), *arguments) is None
    assert round_by_size(replace(component, cost=component.cost * 2**50), *arguments) is None
    assert may_replace_single_units(component)
    assert not may_replace_single_units(replace(component, cost=component.cost * 2**50))
    assert not may_replace_single_units(_all_of_two(component))


def _all_of_two(component):
    return replace(component, use=np.full(len(component.use), 2))


def test_who_is_left_out_is_seen():
    component = make_component(2)
    nobody = np.full(component.n_elders, -1)
    assert has_single_left_out(component, nobody)
    assert not has_single_left_out(_all_of_two(component), nobody)
