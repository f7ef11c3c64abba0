"""Dives: plans within capacities, near the relaxation, and never better than an integer program finds."""

from unittest import mock

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.assignment import AssignmentProblem
from matcher.assignment.generalised import diving
from matcher.assignment.generalised.components import NOBODY, Component, join_components
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.diving import dive
from matcher.assignment.generalised.flow_relaxation import can_flow, relax_by_flow
from tests.assignment.generalised.test_single_units import check_plan, make_component


def dive_once(component: Component, seed: int = 0, deadline: Deadline | None = None) -> np.ndarray:
    return dive(component, np.random.default_rng(seed), deadline or Deadline(None))


def find_least(component: Component) -> int:
    """The least cost of any plan, by an integer program."""
    k, n = len(component.cost), component.n_elders
    serve, load = np.zeros((n, k + n)), np.zeros((len(component.capacity), k + n))
    serve[component.elder, np.arange(k)] = 1
    serve[np.arange(n), k + np.arange(n)] = 1
    load[component.volunteer, np.arange(k)] = component.use
    found = milp(
        np.concatenate((component.cost, component.unmatched_cost)),
        constraints=[LinearConstraint(serve, 1, 1), LinearConstraint(load, ub=component.capacity)],
        integrality=np.ones(k + n),
        bounds=Bounds(0, 1),
    )
    return round(found.fun)


def make_whole(use: list[int], capacity: list[int]) -> Component:
    """Elders who may go to every volunteer, at costs that differ."""
    n, m = len(use), len(capacity)
    elder, volunteer = np.divmod(np.arange(n * m), m)
    whole = join_components(
        AssignmentProblem(elder, volunteer, np.arange(n * m) * 7 % 30, capacity, np.array(use)[elder], np.full(n, 900))
    )
    assert whole is not None
    return whole


def test_dives_come_near_the_integer_program():
    over, least = 0, 0
    for seed in range(16):
        component = make_component(seed)
        assert can_flow(component)
        chosen = dive_once(component, seed)
        check_plan(component, chosen)
        cost, best = component.compute_cost(chosen), find_least(component)
        assert relax_by_flow(component).value - 1e-6 <= best <= cost
        over, least = over + cost - best, least + abs(best)
    assert over <= 0.1 * least


@pytest.mark.parametrize("seed", range(4))
def test_where_all_take_one_unit_a_dive_is_the_best_plan(seed):
    rng = np.random.default_rng(seed)
    component = make_whole([1] * 12, rng.integers(1, 4, 4).tolist())
    assert component.compute_cost(dive_once(component)) == find_least(component)


@pytest.mark.parametrize("patience", [0, 1, 10])
def test_whoever_cannot_be_whole_is_left_out(patience):
    """Units that would serve somebody in part: three of two elders who take two each, seven of four, six of 3, 3, 2."""
    with mock.patch.object(diving, "_PATIENCE", patience):
        for use, capacity, served in (([2, 2], [3], 1), ([2, 2, 2, 2], [3, 4], 3), ([3, 3, 2], [2, 4], 2)):
            component = make_whole(use, capacity)
            chosen = dive_once(component)
            check_plan(component, chosen)
            assert (chosen != NOBODY).sum() == served


def test_after_the_deadline_only_those_are_served_who_are_so_without_a_choice():
    component = make_component(3)
    chosen = dive_once(component, deadline=Deadline(0))
    check_plan(component, chosen)
    share = relax_by_flow(component).share
    assert (chosen != NOBODY).any()
    assert share[chosen[chosen != NOBODY]] == pytest.approx(1.0)
    assert component.compute_cost(chosen) > component.compute_cost(dive_once(component))
