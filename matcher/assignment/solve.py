"""Solve an assignment problem and prove the answer."""

from __future__ import annotations

import numpy as np

from matcher.assignment.certificate import certify
from matcher.assignment.flow import displacement_bound, min_cost_assignment
from matcher.assignment.hall import hall_sets
from matcher.assignment.prices import place_prices
from matcher.assignment.problem import AssignmentProblem, HallSet, Index, Outcome, Status


def solve(problem: AssignmentProblem) -> Outcome:
    """The cheapest assignment, with prices and certificate; ``infeasible`` with its proof.

    ``infeasible`` comes only where everyone must be served (``unmatched_cost`` None).
    """
    must_serve = problem.unmatched_cost is None
    priced = problem.priced(displacement_bound(problem)) if must_serve else problem
    unmatched_cost = priced.unmatched_cost
    assert unmatched_cost is not None
    chosen = min_cost_assignment(priced, unmatched_cost)
    if must_serve and (chosen < 0).any():
        return Outcome("infeasible", chosen, hall=_proof(priced, chosen))
    prices = place_prices(priced, chosen, unmatched_cost)
    certificate = certify(
        problem.elder, problem.volunteer, problem.cost, problem.capacity, unmatched_cost, chosen, prices
    )
    status: Status = "optimal" if certificate.optimal else "feasible"
    return Outcome(status, chosen, certificate.cost, certificate.bound, prices, certificate)


def _proof(problem: AssignmentProblem, chosen: Index) -> HallSet:
    """The largest shortage, or the first elder without any candidate."""
    sets = hall_sets(problem, chosen)
    if sets:
        return max(sets, key=lambda hall: hall.missing)
    return HallSet(np.flatnonzero(chosen < 0)[:1], np.empty(0, dtype=np.int64), 0)
