"""The objective of the match: goals in order become one sum, by what leaving an elder out and breaking a pair costs.

The goals, the weightiest first; docs/plan.md has the reasons and the proofs:

1. who has a pair that may go on keeps a place, 2. as many elders as possible, 3. high risk first: ``price_tiers``;
4. the least metres, what leaving elders out costs among them: ``build_problem`` takes that off the candidates' cost.

Other goals come in between where settings ask for them: ``price_changes`` (most changes for one elder more, in place of
2), ``price_broken_pairs`` (the fewest broken, before 4), a change budget (``budget``, before 1). Each takes a problem
and returns one whose cheapest plans are the best ones by that goal among the cheapest of the problem before. What a
goal costs must outweigh all later ones. How high is high enough depends on the problem:

- places alone: one path of displacements (``compute_step``);
- places within a change budget: all pairs at once (``compute_budget_tier_costs``);
- units or minutes: no sum is high enough, goals are solved one after the other (``units.py``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem
from matcher.assignment.flow.min_cost_flow import bound_exchange
from matcher.matching.build_problem import NumberedProblem
from matcher.settings import KeepSettings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LARGEST = 2**57


def price_goals(
    numbered: NumberedProblem, keep: KeepSettings, bound: Callable[[AssignmentProblem], int] = bound_exchange
) -> AssignmentProblem:
    """Return the problem whose cheapest plans are best by all goals but a change budget.

    ``bound`` gives what no path of displacements changes costs by; it is another where people are still to be added.
    """
    problem = numbered.problem
    if keep.fewest_broken:
        problem = price_broken_pairs(problem, numbered.existing, bound)
    if keep.most_changes:
        return price_changes(numbered, problem, int(keep.most_changes))
    return price_tiers(problem, numbered.tier, bound)


def price_tiers(
    problem: AssignmentProblem, tier: Index, bound: Callable[[AssignmentProblem], int] = bound_exchange
) -> AssignmentProblem:
    """Return the problem where as many as possible are served, of the earliest tiers, at the least cost.

    Leaving an elder out costs one step, and one more for each tier among them that comes later. With a step above any
    displacement a cheapest plan serves as many elders as any can. Of those plans it is lexicographically best by tier:
    no other leaves out fewer of the first tier, or as many of the first and fewer of the second, and so on. The proof,
    in short:

    - As many: if one more could be served, an augmenting path serves one more and leaves nobody out. It changes the
      pairs' cost by less than a step, and saves at least one.
    - Best by tier: the sets of elders who can be served together are the independent sets of a matroid (a transversal
      one; with limits on elders of high risk, a gammoid). Any two largest ones can be turned into each other by
      exchanges of one elder for another. Were the served set not of the greatest weight (an elder's weight is the
      number of steps), some exchange would serve a heavier one. The alternating path that brings it about costs less
      than a step and saves at least one. In a matroid the sets of greatest weight are the same for all weights in
      the same order: those that the greedy algorithm finds, which takes the tiers one after the other. So the number
      of steps decides nothing, their order everything.
    - A tier all of whose elders can be served together, as those are who have a pair that may go on, is served wholly,
      wherever the order puts the count: some largest set holds them all.

    Raises:
        OverflowError: the sum would leave 64 bits.
    """
    return problem.replace(unmatched_cost=_rank_from_last(tier) * _check_step(compute_step(problem, bound), tier))


def price_broken_pairs(
    problem: AssignmentProblem, existing: Mask, bound: Callable[[AssignmentProblem], int] = bound_exchange
) -> AssignmentProblem:
    """Return the problem where each of the ``existing`` pairs, a mask of candidates, is worth keeping at any metres.

    Keeping one saves more than any change along one path or cycle. Two plans differ by such; so a plan that could break
    fewer pairs for nothing but metres would not be cheapest.
    """
    return problem.replace(cost=problem.cost - existing * np.int64(compute_step(problem, bound)))


def price_changes(numbered: NumberedProblem, problem: AssignmentProblem, most: int) -> AssignmentProblem:
    """Return the problem where one elder more is served if that breaks at most so many pairs more.

    In order: who comes before the count is served, by tier; then the least of broken pairs, and ``most`` and a half for
    each elder left out; then the other tiers; then the problem's own costs. Each step is above what a path or cycle of
    displacements can change by all that come later: were another plan better by an earlier goal, some path or cycle of
    those by which the two differ would be, and cost less.

    Raises:
        OverflowError: the sum would leave 64 bits.
    """
    tier, first = numbered.tier, numbered.comes_before_count
    unmatched = np.zeros(problem.n_elders, dtype=np.int64)
    if not first.all():
        unmatched[~first] = (_rank_from_last(tier[~first]) - 1) * _check_step(compute_step(problem), tier)
    half = _round_up(bound_exchange(problem) + int(unmatched.max(initial=0)))
    problem = problem.replace(
        cost=problem.cost - 2 * half * numbered.existing.astype(np.int64),
        unmatched_cost=unmatched + (2 * most + 1) * half,
    )
    step = _round_up(bound_exchange(problem) + int(unmatched.max(initial=0)) + (2 * most + 1) * half)
    unmatched = unmatched + (2 * most + 1) * half
    if first.any():
        unmatched[first] += _rank_from_last(tier[first]) * _check_step(step, tier)
    return problem.replace(unmatched_cost=unmatched)


def compute_step(problem: AssignmentProblem, bound: Callable[[AssignmentProblem], int] = bound_exchange) -> int:
    """Return a cost above any change of pairs along one augmenting or alternating path, a power of two.

    An alternating path adds as many pairs as it drops. Rounding keeps prices comparable from one month to the next.
    """
    return _round_up(bound(problem))


def _round_up(cost: int) -> int:
    """Return a power of two above a cost."""
    return 1 << cost.bit_length()


def _rank_from_last(tier: Index) -> Index:
    """Return each elder's rank by tier, 1 for the last among them."""
    tiers, place = np.unique(tier, return_inverse=True)
    return np.asarray(len(tiers) - place, dtype=np.int64)


def _check_step(step: int, tier: Index) -> np.int64:
    """Check that as many steps as there are tiers fit 64 bits, and return the step."""
    tiers = len(np.unique(tier))
    if step * (tiers + 1) >= 2**62:
        raise OverflowError(f"a step of {step} is too large for {tiers} tiers")
    return np.int64(step)


def compute_budget_tier_costs(problem: AssignmentProblem, tier: Index, step: int) -> Index:
    """Return what leaving each elder out costs within a change budget.

    A budget ties all pairs together: serving one elder more may move many. So a step is above anything that all pairs
    together can cost, and an elder more or less counts above all steps of tiers, as far as 64 bits hold both (they do
    for 20,000 elders and 36 tiers); for more, above as many as they hold.
    """
    tiers, place = np.unique(tier, return_inverse=True)
    n, below = problem.n_elders, len(tiers) - 1 - place
    spread = int(problem.cost.max()) - int(problem.cost.min())
    if problem.load_cost is not None:
        spread += int(problem.load_cost.max(initial=0)) - int(problem.load_cost.min(initial=0))
    most = _LARGEST // (n + problem.n_volunteers + 2)
    step = min(max(step, n * spread + 1), max(step, most // (len(tiers) + 1)))
    base = max(1, min(n * (len(tiers) - 1) + 1, most // step - len(tiers)))
    return np.asarray((base + below) * np.int64(step), dtype=np.int64)
