"""Solve an assignment problem and prove the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.assignment.certificate import certify
from matcher.assignment.flow.duals import compute_least_duals
from matcher.assignment.flow.min_cost_flow import bound_displacement, solve_min_cost_flow
from matcher.assignment.flow.tie_breaking import break_ties
from matcher.assignment.hall import find_hall_sets, find_reached
from matcher.assignment.problem import AssignmentProblem, HallSet, Index, Outcome, Status
from matcher.assignment.row_problem import RowProblem

GROW_FROM = 500_000
"""Candidates beyond which the solver is shown a few of them first; below, the flow over all takes a second or two."""


@dataclass(frozen=True, slots=True, eq=False)
class FlowSolution:
    """A solver's answer, not proved yet: candidates chosen, and prices of places, for limited elders too."""

    chosen: Index
    prices: Index
    limited_prices: Index


def solve(
    problem: AssignmentProblem | RowProblem,
    *,
    time_limit_s: float | None = None,
    seed: int = 0,
    workers: int | None = None,
) -> Outcome:
    """Return the cheapest assignment, with prices and certificate; ``infeasible`` with its proof.

    Of plans that cost the same it is the first: see ``tie_breaking.py``; with ``use`` the one that the search came to.
    ``infeasible`` comes only where everyone must be served (``unmatched_cost`` None). Without ``use`` the problem is a
    flow: the answer is always optimal, and the other arguments are not needed.

    Args:
        problem: What to solve. Candidates chosen in a ``RowProblem`` are told by where they stand in its rows.
        time_limit_s: With ``use``: when to stop and return the best plan so far with its gap; None: at the optimum.
        seed: With ``use``: of the search. Same seed, same answer, unless the time limit cuts it short.
        workers: With ``use``: processes; None: as many as there are cores.
    """
    if isinstance(problem, RowProblem):
        return _solve_rows(problem)
    if problem.use is not None:
        from matcher.assignment.generalised.solve import solve_generalised

        return solve_generalised(problem, time_limit_s=time_limit_s, seed=seed, workers=workers)
    must_serve = problem.unmatched_cost is None
    priced = problem.with_unmatched_cost(bound_displacement(problem)) if must_serve else problem
    answer = _solve_flow(priced)
    chosen = break_ties(priced, answer.chosen, answer.prices, answer.limited_prices)
    if must_serve and (chosen < 0).any():
        return Outcome("infeasible", chosen, hall=_prove_shortage(priced, chosen))
    return _prove(priced, chosen, answer)


def _solve_rows(problem: RowProblem) -> Outcome:
    """Return the cheapest assignment by rows; a small problem is spelt out."""
    if problem.n_pairs <= GROW_FROM:
        outcome = solve(problem.expand())
        return replace(outcome, chosen=problem.find(outcome.chosen))
    from matcher.assignment.flow.column_generation import solve_by_columns

    answer = FlowSolution(*solve_by_columns(problem))
    return _prove(problem, break_ties(problem, answer.chosen, answer.prices, answer.limited_prices), answer)


def _prove(problem: AssignmentProblem | RowProblem, chosen: Index, answer: FlowSolution) -> Outcome:
    """Return the outcome with its certificate, at the prices of a solution."""
    certificate = certify(problem, chosen, answer.prices, answer.limited_prices)
    status: Status = "optimal" if certificate.optimal else "feasible"
    return Outcome(
        status,
        chosen,
        certificate.cost,
        certificate.bound,
        answer.prices,
        certificate,
        limited_prices=answer.limited_prices,
    )


def _solve_flow(problem: AssignmentProblem) -> FlowSolution:
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


def _prove_shortage(problem: AssignmentProblem, chosen: Index) -> HallSet:
    """Return the largest shortage, or the first elder without any candidate."""
    sets = find_hall_sets(problem, chosen)
    if sets:
        return max(sets, key=lambda hall: hall.missing)
    return HallSet(np.flatnonzero(chosen < 0)[:1], np.empty(0, dtype=np.int64), 0)
