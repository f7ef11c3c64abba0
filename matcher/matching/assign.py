"""The month as an assignment problem: places and tiers as numbers, its best answer and the proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, HallSet, hall_sets, solve
from matcher.assignment.flow import displacement_bound
from matcher.candidates import Candidates
from matcher.month import Month

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """Who is matched with whom, in roster indices, and why no plan is better."""

    volunteer_of: Index
    """Each elder's volunteer, -1 for none, (n_elders,)."""
    certificate: Certificate | None = None
    """The proof; None where there is no candidate."""
    shortages: tuple[HallSet, ...] = ()


def assign(month: Month, candidates: Candidates, places: Index) -> Assigned:
    """The best plan of some candidates, within ``places`` of each volunteer, (n_volunteers,)."""
    volunteer_of = np.full(month.n_elders, -1, dtype=np.int64)
    if not len(candidates):
        return Assigned(volunteer_of)
    # the solver numbers only those who have a candidate
    elders, elder = _numbered(candidates.elder, month.n_elders)
    volunteers, volunteer = _numbered(candidates.volunteer, month.n_volunteers)
    bare = AssignmentProblem(elder, volunteer, candidates.cost_m, places[volunteers])
    problem = AssignmentProblem(
        elder,
        volunteer,
        candidates.cost_m,
        places[volunteers],
        unmatched_cost=tier_costs(month.tier[elders], tier_step(bare)),
    )
    outcome = solve(problem)
    served = outcome.chosen >= 0
    volunteer_of[elders[served]] = candidates.volunteer[outcome.chosen[served]]
    shortages = [
        HallSet(elders[hall.elders], volunteers[hall.volunteers], hall.places)
        for hall in hall_sets(problem, outcome.chosen)
    ]
    return Assigned(volunteer_of, outcome.certificate, tuple(shortages))


def tier_costs(tier: Index, step: int) -> Index:
    """What leaving each elder out costs: one step, and one more for each tier among them that comes after theirs.

    With a step above any displacement (``tier_step``) a cheapest plan serves as many elders as any can, and of those
    plans one that is lexicographically best by tier: no other leaves out fewer of the first tier, or as many of the
    first and fewer of the second, and so on. The proof, in short:

    - As many: if one more could be served, an augmenting path serves one more and leaves nobody out. It changes the
      pairs' cost by less than a step, and saves at least one.
    - Best by tier: the sets of elders who can be served together are the independent sets of a transversal matroid, and
      any two largest ones can be turned into each other by exchanges of one elder for another. Were the served set not
      of the greatest weight (an elder's weight is the number of steps), some exchange would serve a heavier one; the
      alternating path that brings it about costs less than a step and saves at least one. And in a matroid the sets of
      greatest weight are the same for all weights in the same order: those that the greedy algorithm finds, which
      takes the tiers one after the other. So the number of steps decides nothing, their order everything.
    """
    tiers, place = np.unique(tier, return_inverse=True)
    return (len(tiers) - place) * np.int64(step)


def tier_step(problem: AssignmentProblem) -> int:
    """A cost above any change of pairs along one path, be it augmenting or alternating, rounded up to a power of two.

    An alternating path through k volunteers adds k pairs and drops k. Rounding keeps prices comparable from one month
    to the next.
    """
    spread = max(0, -int(problem.cost.min(initial=0)))
    return 1 << (displacement_bound(problem) + spread).bit_length()


def _numbered(who: NDArray[np.int32], n: int) -> tuple[Index, Index]:
    """Who occurs, in order, and each entry's number among them."""
    occurs = np.zeros(n, dtype=bool)
    occurs[who] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[who]
