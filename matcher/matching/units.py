"""The month where pairs take units or minutes of a capacity: no network, so searched, with bound and gap.

It is a generalised assignment problem: see ``assignment/generalised``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, Outcome, solve
from matcher.assignment.generalised.solve import bound_unmatched
from matcher.matching.build_problem import NumberedProblem
from matcher.matching.objective import UnmatchedCost
from matcher.plan import ChangeBudget, SearchReport

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SEARCH, _COUNT_S = 0.85, 30.0
"""The search's share of the time; seconds at most for the proof, after it, of how many can be served."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitSolution:
    """The best plan found, and what is proved of it."""

    chosen: Index
    """The candidate of each of the problem's elders, -1 for none."""
    certificate: Certificate
    prices: Index
    """What a unit of each of the problem's volunteers is worth."""
    budget: ChangeBudget
    """What became of last month's pairs."""
    search: SearchReport


def solve_units(numbered: NumberedProblem, served: Index, time_limit_s: float | None) -> UnitSolution:
    """Return the best plan that the time allows.

    Args:
        numbered: The problem, with ``use``.
        served: What serving each elder counts when as many as possible are served, (n_elders,).
        time_limit_s: Seconds; None: until the plan is proved.

    Raises:
        OverflowError: the sum of costs would leave 64 bits.
    """
    existing = numbered.existing
    unmatched = UnmatchedCost.of(numbered.problem, numbered.tier, served)
    problem = numbered.problem.replace(unmatched_cost=unmatched.cost)
    until = None if time_limit_s is None else time.monotonic() + time_limit_s
    outcome = solve(problem, time_limit_s=None if time_limit_s is None else time_limit_s * _SEARCH)
    assert outcome.certificate is not None
    assert outcome.prices is not None
    assert outcome.cost is not None
    assert outcome.bound is not None
    proof = outcome.certificate
    left_s = _COUNT_S if until is None else min(_COUNT_S, until - time.monotonic())
    least = _bound_left_out(problem, unmatched, outcome, left_s)
    left_out = int(served[outcome.chosen < 0].sum())
    pairs_cost = outcome.cost - unmatched.base * left_out + int(numbered.leaving_out_m.sum())
    search = SearchReport(
        status="optimal" if outcome.cost == outcome.bound else "feasible",
        certified_bound=proof.bound,
        gap=(outcome.cost - outcome.bound) / max(abs(pairs_cost), 1),
        most_more=left_out - min(least, left_out),
    )
    certificate = Certificate(outcome.cost, outcome.bound, proof.eligible_pairs, proof.unmatched_cost)
    taken = outcome.chosen[outcome.chosen >= 0]
    pairs = int(existing.sum())
    unavoidable = pairs - _count_can_stand(problem, existing)
    budget = ChangeBudget(pairs, unavoidable, pairs - int(existing[taken].sum()))
    return UnitSolution(outcome.chosen, certificate, outcome.prices, budget, search)


def _bound_left_out(problem: AssignmentProblem, unmatched: UnmatchedCost, outcome: Outcome, left_s: float) -> int:
    """Return a lower bound on what any plan leaves out, elders or what they count.

    A plan that leaves out less would cost less than the bound of the search. Where that is not enough, the relaxation
    that asks for nothing but the count says so, component by component, in whole numbers.
    """
    assert outcome.bound is not None
    highest = np.zeros(problem.n_elders, dtype=np.int64)
    np.maximum.at(highest, problem.elder, problem.cost)
    most = int(np.maximum(highest, unmatched.tiers).sum())
    least = max(0, -(-(outcome.bound - most) // unmatched.base))
    if outcome.cost == outcome.bound or not (outcome.chosen < 0).any():
        return least
    return max(least, bound_unmatched(problem, unmatched.served, left_s))


def _count_can_stand(problem: AssignmentProblem, existing: Mask) -> int:
    """Return how many of last month's pairs fit together: of each volunteer's those that take least."""
    use = np.ones(len(problem.cost), dtype=np.int64) if problem.use is None else problem.use
    rows = np.flatnonzero(existing)
    rows = rows[np.lexsort((use[rows], problem.volunteer[rows]))]
    volunteer = problem.volunteer[rows]
    total = np.cumsum(use[rows])
    first = np.searchsorted(volunteer, volunteer)
    before = np.where(first > 0, total[first - 1], 0)
    return int((total - before <= problem.capacity[volunteer]).sum())
