"""Solve an assignment problem and prove the answer."""

from __future__ import annotations

import numpy as np

from matcher.assignment.certificate import certify
from matcher.assignment.flow import displacement_bound, min_cost_assignment
from matcher.assignment.hall import alternating_reach, hall_sets
from matcher.assignment.prices import place_prices
from matcher.assignment.problem import AssignmentProblem, HallSet, Index, Outcome, Status

GROW_FROM = 500_000
"""Candidates beyond which the solver is shown a few of them first; below, the flow over all takes a second or two."""


def solve(problem: AssignmentProblem) -> Outcome:
    """The cheapest assignment, with prices and certificate; ``infeasible`` with its proof.

    ``infeasible`` comes only where everyone must be served (``unmatched_cost`` None).
    """
    must_serve = problem.unmatched_cost is None
    priced = problem.priced(displacement_bound(problem)) if must_serve else problem
    unmatched_cost = priced.unmatched_cost
    assert unmatched_cost is not None
    chosen, prices = _most_first(priced, unmatched_cost)
    if must_serve and (chosen < 0).any():
        return Outcome("infeasible", chosen, hall=_proof(priced, chosen))
    certificate = certify(priced.elder, priced.volunteer, priced.cost, priced.capacity, unmatched_cost, chosen, prices)
    status: Status = "optimal" if certificate.optimal else "feasible"
    return Outcome(status, chosen, certificate.cost, certificate.bound, prices, certificate)


def _most_first(problem: AssignmentProblem, unmatched_cost: Index) -> tuple[Index, Index]:
    """Chosen candidates and prices, where an unmatched cost above any displacement is reached step by step.

    Cost scaling takes time with the logarithm of the largest cost, and a small unmatched cost mostly serves as many
    already. Whether it does is seen from the answer: no free place can be reached from an unmatched elder. Then it
    is also the cheapest at the full cost, whose prices are higher by the difference for the volunteers reached: all
    of them full, and all that the elders reached may have.
    """
    full = int(unmatched_cost.max(initial=0))
    if (unmatched_cost != full).any() or full < displacement_bound(problem):
        chosen = min_cost_assignment(problem, unmatched_cost)
        return chosen, place_prices(problem, chosen, unmatched_cost)
    if len(problem.cost) > GROW_FROM and problem.cost.min() >= -(2**31) and problem.cost.max() < 2**31:
        from matcher.assignment.growing import cheapest_of_most

        return cheapest_of_most(problem, full)
    trial = 2 * int(problem.cost.max(initial=1))
    while 0 < trial < full:
        cost = np.full(problem.n_elders, trial, dtype=np.int64)
        chosen = min_cost_assignment(problem, cost)
        _, volunteers = alternating_reach(problem, chosen, chosen < 0)
        taken = problem.volunteer[chosen[chosen >= 0]]
        load = np.bincount(taken, minlength=problem.n_volunteers)
        if (load >= problem.capacity)[volunteers].all():
            return chosen, place_prices(problem, chosen, cost) + np.where(volunteers, full - trial, 0)
        trial *= 8
    chosen = min_cost_assignment(problem, unmatched_cost)
    return chosen, place_prices(problem, chosen, unmatched_cost)


def _proof(problem: AssignmentProblem, chosen: Index) -> HallSet:
    """The largest shortage, or the first elder without any candidate."""
    sets = hall_sets(problem, chosen)
    if sets:
        return max(sets, key=lambda hall: hall.missing)
    return HallSet(np.flatnonzero(chosen < 0)[:1], np.empty(0, dtype=np.int64), 0)
