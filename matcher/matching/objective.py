"""The objective of the match: count against tiers against metres, and what leaving an elder out costs.

Goals come in order: as many elders as possible, earlier tiers first, then the fewest metres. They become one sum: what
leaving an elder out costs is so high that no saving of metres outweighs it, and the higher the earlier the tier. How
high is high enough depends on the problem:

- places alone: one path of displacements (``compute_tier_costs``);
- places within a change budget: all pairs at once (``compute_budget_tier_costs``);
- units or minutes: no sum is high enough, goals are solved one after the other (``units.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem
from matcher.assignment.flow.min_cost_flow import bound_exchange

Index = NDArray[np.int64]

_LARGEST = 2**57


def compute_tier_costs(tier: Index, step: int) -> Index:
    """Return what leaving each elder out costs: one step, and one more for each tier among them that comes later.

    With a step above any displacement (``compute_tier_step``) a cheapest plan serves as many elders as any can. Of
    those plans it is lexicographically best by tier: no other leaves out fewer of the first tier, or as many of the
    first and fewer of the second, and so on. The proof, in short:

    - As many: if one more could be served, an augmenting path serves one more and leaves nobody out. It changes the
      pairs' cost by less than a step, and saves at least one.
    - Best by tier: the sets of elders who can be served together are the independent sets of a matroid (a transversal
      one; with limits on elders of high risk, a gammoid). Any two largest ones can be turned into each other by
      exchanges of one elder for another. Were the served set not of the greatest weight (an elder's weight is the
      number of steps), some exchange would serve a heavier one. The alternating path that brings it about costs less
      than a step and saves at least one. In a matroid the sets of greatest weight are the same for all weights in
      the same order: those that the greedy algorithm finds, which takes the tiers one after the other. So the number
      of steps decides nothing, their order everything.

    Raises:
        OverflowError: the sum would leave 64 bits.
    """
    tiers, place = np.unique(tier, return_inverse=True)
    if step * (len(tiers) + 1) >= 2**62:
        raise OverflowError(f"a step of {step} is too large for {len(tiers)} tiers")
    return (len(tiers) - place) * np.int64(step)


def compute_tier_step(problem: AssignmentProblem) -> int:
    """Return a cost above any change of pairs along one augmenting or alternating path, a power of two.

    An alternating path adds as many pairs as it drops. Rounding keeps prices comparable from one month to the next.
    """
    return 1 << bound_exchange(problem).bit_length()


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
