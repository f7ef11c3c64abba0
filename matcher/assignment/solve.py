"""Solve an assignment problem and prove the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.assignment.certificate import certify
from matcher.assignment.flow import solve_flow as flow
from matcher.assignment.flow.min_cost_flow import bound_displacement
from matcher.assignment.flow.solve_flow import FlowSolution, solve_flow
from matcher.assignment.flow.tie_breaking import break_ties
from matcher.assignment.hall import find_hall_sets
from matcher.assignment.problem import AssignmentProblem, HallSet, Index, Outcome, Status
from matcher.assignment.row_problem import RowProblem


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
    answer = solve_flow(priced)
    chosen = break_ties(priced, answer.chosen, answer.prices, answer.limited_prices)
    if must_serve and (chosen < 0).any():
        return Outcome("infeasible", chosen, hall=_prove_shortage(priced, chosen))
    return _prove(priced, chosen, answer)


def _solve_rows(problem: RowProblem) -> Outcome:
    """Return the cheapest assignment by rows; a small problem is spelt out."""
    if problem.n_pairs <= flow.GROW_FROM:
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


def _prove_shortage(problem: AssignmentProblem, chosen: Index) -> HallSet:
    """Return the largest shortage, or the first elder without any candidate."""
    sets = find_hall_sets(problem, chosen)
    if sets:
        return max(sets, key=lambda hall: hall.missing)
    return HallSet(np.flatnonzero(chosen < 0)[:1], np.empty(0, dtype=np.int64), 0)
