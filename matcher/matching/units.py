"""The month where pairs take units or minutes of a capacity: no network, so searched, each goal with bound and gap.

It is a generalised assignment problem: see ``assignment/generalised``. Where each pair takes one unit, units are
places, and the month is solved as with places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, solve
from matcher.matching.build_problem import NumberedProblem
from matcher.matching.objective import price_tiers
from matcher.plan import ChangeBudget, Goal, SearchReport

if TYPE_CHECKING:
    from matcher.assignment.generalised.lexicographic import LexicographicOutcome

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class UnitSolution:
    """The best plan found, and what is proved of it."""

    chosen: Index
    """The candidate of each of the problem's elders, -1 for none."""
    certificate: Certificate
    """The cost, and its bound among plans that are as good by the goals before."""
    budget: ChangeBudget
    """What became of last month's pairs."""
    search: SearchReport


def solve_units(numbered: NumberedProblem, served: Index, time_limit_s: float | None) -> UnitSolution:
    """Return the best plan that the time allows.

    Args:
        numbered: The problem, in units or minutes.
        served: What serving each elder counts when as many as possible are served, (n_elders,).
        time_limit_s: Seconds; None: until the plan is proved.

    Raises:
        OverflowError: the sum of costs would leave 64 bits.
    """
    from matcher.assignment.generalised.lexicographic import (  # noqa: PLC0415 - its solvers take long to load
        solve_lexicographic,
    )

    problem, existing = numbered.problem, numbered.existing
    tiers, goals = list_goals(numbered.tier, served, numbered.comes_before_count)
    if problem.use is None and (served == 1).all():
        found = _solve_places(numbered, goals)
    else:
        found = solve_lexicographic(problem, goals, time_limit_s=time_limit_s)
    base = int(numbered.leaving_out_m.sum())
    cost, bound = found.cost.value + base, found.cost.bound + base
    counted = found.goals[tiers.index(0)]
    report = SearchReport(
        status="optimal" if found.is_optimal else "feasible",
        certified_bound=found.certified_cost + base,
        gap=(cost - bound) / max(_sum_pair_costs(numbered, found.chosen), 1),
        most_more=counted.value - counted.bound,
        goals=tuple(Goal(tier, goal.value, goal.bound) for tier, goal in zip(tiers, found.goals, strict=True)),
    )
    certificate = Certificate(cost, bound, len(problem.elder), 0)
    taken = found.chosen[found.chosen >= 0]
    pairs = int(existing.sum())
    unavoidable = pairs - _count_can_stand(problem, existing)
    budget = ChangeBudget(pairs, unavoidable, pairs - int(existing[taken].sum()))
    return UnitSolution(found.chosen, certificate, budget, report)


def list_goals(tier: Index, served: Index, before_count: Mask) -> tuple[list[int], Index]:
    """Return the tier of each goal, 0 for all elders, and what leaving each elder out counts by it, a row a goal.

    The tiers of those who come before the count come first, one after the other; then all elders count, then the other
    tiers. The last one's row follows from the others and is left out.
    """
    first, others = np.unique(tier[before_count]), np.unique(tier[~before_count])
    tiers = [*first.tolist(), 0, *others[:-1].tolist()]
    return tiers, np.array([served * ((tier == number) | (number == 0)) for number in tiers], dtype=np.int64)


def _solve_places(numbered: NumberedProblem, goals: Index) -> LexicographicOutcome:
    """Return the best plan where each pair takes one unit: a flow, by whose certificate each goal is proved."""
    from matcher.assignment.generalised.lexicographic import (  # noqa: PLC0415 - as above
        GoalProof,
        LexicographicOutcome,
    )

    problem = numbered.problem
    outcome = solve(price_tiers(problem, numbered.tier))
    assert outcome.certificate is not None
    assert outcome.certificate.optimal
    left_out = outcome.chosen < 0
    counted = [GoalProof(count, count) for count in goals[:, left_out].sum(axis=1).tolist()]
    cost = int(problem.cost[outcome.chosen[~left_out]].sum())
    return LexicographicOutcome(outcome.chosen, tuple(counted), GoalProof(cost, cost), cost)


def _sum_pair_costs(numbered: NumberedProblem, chosen: Index) -> int:
    """Return what the pairs cost, each as a positive figure: sums in which keeping pays may come to nothing."""
    served = np.flatnonzero(chosen >= 0)
    cost_m = numbered.problem.cost[chosen[served]] + numbered.leaving_out_m[served]
    return int(np.abs(cost_m).sum())


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
