"""The change budget: how many of last month's pairs a plan may break."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, solve
from matcher.assignment.kept_pairs import count_most_kept, solve_keeping
from matcher.matching.build_problem import NumberedProblem
from matcher.matching.objective import compute_budget_tier_costs, compute_step, price_goals
from matcher.plan import ChangeBudget
from matcher.settings import KeepSettings

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class BudgetedSolution:
    """A best plan of a problem within the change budget."""

    chosen: Index
    """The candidate of each of the problem's elders, -1 for none."""
    certificate: Certificate
    prices: Index
    """What a place of each of the problem's volunteers is worth."""
    budget: ChangeBudget
    """What became of last month's pairs."""
    priced: AssignmentProblem | None = None
    """The problem of which it is a cheapest plan at the prices; None where more than tiers and metres decides."""


def solve_within_budget(numbered: NumberedProblem, keep: KeepSettings) -> BudgetedSolution:
    """Return the best plan that breaks no more of last month's pairs than the budget allows.

    The budget comes first: an elder who could be served only by breaking more pairs is left out. Within it as many as
    possible are served, then tiers count, then metres. Pairs that can't all stand, because the volunteer has fewer
    places or may have fewer elders of high risk than before, are broken anyway and do not count against the budget.

    Raises:
        OverflowError: the sum of costs would leave 64 bits.
    """
    existing = numbered.existing
    problem = price_goals(numbered, keep)
    pairs, can_stand = int(existing.sum()), count_most_kept(problem, existing)
    allowed = keep.compute_most_broken(pairs)
    outcome = solve(problem)
    assert outcome.certificate is not None
    assert outcome.prices is not None
    kept = int(existing[outcome.chosen[outcome.chosen >= 0]].sum())
    if allowed is None or kept >= can_stand - allowed:
        budget = ChangeBudget(pairs, pairs - can_stand, pairs - kept, allowed)
        metres_alone = allowed is None and not keep.most_changes and not keep.fewest_broken
        priced = problem if metres_alone else None
        return BudgetedSolution(outcome.chosen, outcome.certificate, outcome.prices, budget, priced)
    unmatched_cost = compute_budget_tier_costs(problem, numbered.tier, compute_step(problem))
    found = solve_keeping(problem.replace(unmatched_cost=unmatched_cost), existing, can_stand - allowed)
    # what one change more saves is reported where it is metres, not elders of an earlier tier
    least_step = int(np.diff(np.unique(unmatched_cost), prepend=0).min())
    worth_m = found.multiplier if 2 * found.multiplier < least_step and not keep.fewest_broken else 0
    budget = ChangeBudget(pairs, pairs - can_stand, pairs - found.kept, allowed, worth_m)
    return BudgetedSolution(found.chosen, found.certificate, found.prices, budget)
