"""A problem of places as a flow: at once, or by columns where candidates are many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.assignment.flow.duals import compute_least_duals
from matcher.assignment.flow.min_cost_flow import bound_displacement, solve_min_cost_flow
from matcher.assignment.hall import find_reached
from matcher.assignment.problem import AssignmentProblem, Index

GROW_FROM = 500_000
"""Candidates beyond which the solver is shown a few of them first; below, the flow over all takes a second or two."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowSolution:
    """A solver's answer, not proved yet: candidates chosen, and prices of places, for limited elders too."""

    chosen: Index
    prices: Index
    limited_prices: Index


def solve_flow(problem: AssignmentProblem) -> FlowSolution:
    """Solve the problem as a flow, at once or by columns, as its size asks."""
    unmatched_cost = problem.unmatched_cost
    assert unmatched_cost is not None
    if len(problem.cost) > GROW_FROM and problem.cost.min() >= -(2**31) and problem.cost.max() < 2**31:
        from matcher.assignment.flow.column_generation import solve_by_columns

        return FlowSolution(*solve_by_columns(problem))
    full = int(unmatched_cost.max(initial=0))
    if problem.is_plain and (unmatched_cost == full).all() and full >= bound_displacement(problem):
        return _serve_most(problem, full)
    chosen = solve_min_cost_flow(problem, unmatched_cost)
    return FlowSolution(chosen, *compute_least_duals(problem, chosen, unmatched_cost))


def _serve_most(problem: AssignmentProblem, full: int) -> FlowSolution:
    """Return chosen candidates and prices, where an unmatched cost above any displacement is reached step by step.

    Cost scaling takes time with the logarithm of the largest cost, and a small unmatched cost mostly serves as many
    already. Whether it does is seen from the answer: no free place can be reached from an unmatched elder. Then it
    is also the cheapest at the full cost, whose prices are higher by the difference for the volunteers reached: all
    of them full, and all that the elders reached may have.
    """
    trial = 2 * int(problem.cost.max(initial=1))
    while 0 < trial < full:
        cost = np.full(problem.n_elders, trial, dtype=np.int64)
        chosen = solve_min_cost_flow(problem, cost)
        _, volunteers, _ = find_reached(problem, chosen, chosen < 0)
        taken = problem.volunteer[chosen[chosen >= 0]]
        load = np.bincount(taken, minlength=problem.n_volunteers)
        if (load >= problem.capacity)[volunteers].all():
            prices = compute_least_duals(problem, chosen, cost)[0] + np.where(volunteers, full - trial, 0)
            return FlowSolution(chosen, prices, prices)
        trial *= 8
    cost = np.full(problem.n_elders, full, dtype=np.int64)
    chosen = solve_min_cost_flow(problem, cost)
    return FlowSolution(chosen, *compute_least_duals(problem, chosen, cost))
