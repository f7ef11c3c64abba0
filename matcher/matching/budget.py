"""The change budget: how many of last month's pairs a plan may break."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, WarmStart, solve
from matcher.assignment.kept_pairs import count_most_kept, solve_keeping
from matcher.plan import ChangeBudget
from matcher.settings import Keep

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A plan of a problem: candidates chosen, the proof, prices of places, and what became of last month's pairs."""

    chosen: Index
    certificate: Certificate
    prices: Index
    budget: ChangeBudget


def solve_within(
    problem: AssignmentProblem, existing: Mask, keep: Keep, tier: Index, step: int, start: WarmStart | None
) -> Answer:
    """The best plan that breaks no more of the ``existing`` pairs, a mask of candidates, than the budget allows.

    The budget comes first: an elder who could be served only by breaking more pairs is left out. Within it as many as
    possible are served, then tiers count, then metres. Pairs that can't all stand, because the volunteer has fewer
    places or may have fewer elders of high risk than before, are broken anyway and do not count against the budget.
    """
    pairs, can_stand = int(existing.sum()), count_most_kept(problem, existing)
    allowed = keep.most_broken(pairs)
    outcome = solve(problem, start=start)
    assert outcome.certificate is not None
    assert outcome.prices is not None
    kept = int(existing[outcome.chosen[outcome.chosen >= 0]].sum())
    if allowed is None or kept >= can_stand - allowed:
        budget = ChangeBudget(pairs, pairs - can_stand, pairs - kept, allowed)
        return Answer(outcome.chosen, outcome.certificate, outcome.prices, budget)
    near = WarmStart(np.where(outcome.chosen >= 0, problem.volunteer[outcome.chosen], -1), outcome.prices)
    unmatched_cost = _most_first(problem, tier, step)
    found = solve_keeping(problem.replace(unmatched_cost=unmatched_cost), existing, can_stand - allowed, near)
    # what one change more saves is told where it is metres, not elders of an earlier tier
    least_step = int(np.diff(np.unique(unmatched_cost), prepend=0).min())
    worth_m = found.multiplier if 2 * found.multiplier < least_step else 0
    budget = ChangeBudget(pairs, pairs - can_stand, pairs - found.kept, allowed, worth_m)
    return Answer(found.chosen, found.certificate, found.prices, budget)


def _most_first(problem: AssignmentProblem, tier: Index, step: int) -> Index:
    """What leaving each elder out costs within a budget.

    A budget ties all pairs together: serving one elder more may move many. So a step is above anything that all pairs
    together can cost, and an elder more or less counts above all steps of tiers, as far as 64 bits hold both (they do
    for 20,000 elders and 36 tiers); for more, above as many as they hold.
    """
    tiers, place = np.unique(tier, return_inverse=True)
    n, below = problem.n_elders, len(tiers) - 1 - place
    spread = int(problem.cost.max()) - int(problem.cost.min())
    if problem.load_cost is not None:
        spread += int(problem.load_cost.max(initial=0)) - int(problem.load_cost.min(initial=0))
    room = 2**57 // (n + problem.n_volunteers + 2)
    step = min(max(step, n * spread + 1), max(step, room // (len(tiers) + 1)))
    base = max(1, min(n * (len(tiers) - 1) + 1, room // step - len(tiers)))
    return np.asarray((base + below) * np.int64(step), dtype=np.int64)
