"""The month where pairs take units or minutes of a volunteer's room: no network, so searched, with bound and gap."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, Outcome, solve
from matcher.assignment.generalised.solve import bound_unmatched
from matcher.plan import ChangeBudget, Search

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_STRICT = 2**22
"""What leaving one elder out may cost so that metres still count beside it in sums of floating point."""
_SEARCH, _COUNT_S = 0.85, 30.0
"""The search's share of the time; seconds at most for the proof, after it, of how many can be served."""
_LARGEST = 2**57


@dataclass(frozen=True, slots=True, eq=False)
class LeavingOut:
    """What leaving elders out costs: ``base`` for each of their units of service, and the steps of their tiers."""

    base: int
    served: Index
    """What serving each counts when as many as possible are served, (n_elders,)."""
    tiers: Index
    """What the tier adds, (n_elders,)."""

    @property
    def cost(self) -> Index:
        """Of each elder, (n_elders,)."""
        return self.base * self.served + self.tiers

    @classmethod
    def of(cls, problem: AssignmentProblem, tier: Index, served: Index) -> LeavingOut:
        """Costs by which serving as many as possible comes before tiers, and tiers before metres.

        Where uses differ there is no matroid and no path of displacements: to serve one elder more may move many. As
        long as the numbers stay small, ``base`` is above all that tiers and pairs can come to together, and a step of
        the tiers above all that pairs can. In larger months that would drown the metres in sums of floating point, by
        which the search is guided: there a step is above twice the largest difference between two pairs, and ``base``
        above four elders' tiers; how many more any plan could serve is proved apart (``_least_left_out``).
        """
        tiers, place = np.unique(tier, return_inverse=True)
        n, below = problem.n_elders, len(tiers) - 1 - place
        dearest = max(int(problem.cost.max(initial=0)), 0)
        spread = dearest - min(int(problem.cost.min(initial=0)), 0) + 1
        step = n * spread
        base = step * int(below.sum()) + n * spread + dearest
        if base > _STRICT:
            step = 1 << (2 * spread).bit_length()
            base = 4 * (step * len(tiers) + dearest)
        most = int(served.max(initial=1))
        if base * max(most, 1) * (n + problem.n_volunteers + 2) >= _LARGEST:
            raise OverflowError(f"costs up to {dearest} are too large for {n} elders in {len(tiers)} tiers")
        return cls(base, served, np.asarray(below * np.int64(step), dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The best plan found, what is proved of it, prices of units, and what became of last month's pairs."""

    chosen: Index
    certificate: Certificate
    prices: Index
    budget: ChangeBudget
    search: Search


def solve_weighed(
    problem: AssignmentProblem, existing: Mask, tier: Index, served: Index, time_limit_s: float | None
) -> Weighed:
    """The best plan that the time allows.

    Args:
        problem: With ``use``; what leaving elders out costs is still to be said.
        existing: Candidates that are last month's pairs, a mask.
        tier: Of each elder, 1 comes first, (n_elders,).
        served: What serving each counts when as many as possible are served, (n_elders,).
        time_limit_s: Seconds; None: until the plan is proved.
    """
    leaving = LeavingOut.of(problem, tier, served)
    whole = problem.replace(unmatched_cost=leaving.cost)
    until = None if time_limit_s is None else time.monotonic() + time_limit_s
    outcome = solve(whole, time_limit_s=None if time_limit_s is None else time_limit_s * _SEARCH)
    assert outcome.certificate is not None
    assert outcome.prices is not None
    assert outcome.cost is not None
    assert outcome.bound is not None
    proof = outcome.certificate
    left_s = _COUNT_S if until is None else min(_COUNT_S, until - time.monotonic())
    least = _least_left_out(whole, leaving, outcome, left_s)
    left_out = int(served[outcome.chosen < 0].sum())
    bare = outcome.cost - leaving.base * left_out
    search = Search(
        status="optimal" if outcome.cost == outcome.bound else "feasible",
        certified_bound=proof.bound,
        gap=(outcome.cost - outcome.bound) / max(abs(bare), 1),
        most_more=left_out - min(least, left_out),
    )
    certificate = Certificate(outcome.cost, outcome.bound, proof.eligible_pairs, proof.unmatched_cost)
    taken = outcome.chosen[outcome.chosen >= 0]
    pairs = int(existing.sum())
    forced = pairs - _can_stand(problem, existing)
    budget = ChangeBudget(pairs, forced, pairs - int(existing[taken].sum()))
    return Weighed(outcome.chosen, certificate, outcome.prices, budget, search)


def _least_left_out(problem: AssignmentProblem, leaving: LeavingOut, outcome: Outcome, left_s: float) -> int:
    """No plan leaves out less than so much, elders or what they count.

    One that leaves out less would cost less than the bound; or the relaxation that asks for nothing else says so, part
    by part, in whole numbers.
    """
    assert outcome.bound is not None
    highest = np.zeros(problem.n_elders, dtype=np.int64)
    np.maximum.at(highest, problem.elder, problem.cost)
    most = int(np.maximum(highest, leaving.tiers).sum())
    least = max(0, -(-(outcome.bound - most) // leaving.base))
    if outcome.cost == outcome.bound or not (outcome.chosen < 0).any():
        return least
    return max(least, bound_unmatched(problem, leaving.served, left_s))


def _can_stand(problem: AssignmentProblem, existing: Mask) -> int:
    """How many of last month's pairs fit together: of each volunteer's those that take least."""
    use = np.ones(len(problem.cost), dtype=np.int64) if problem.use is None else problem.use
    rows = np.flatnonzero(existing)
    rows = rows[np.lexsort((use[rows], problem.volunteer[rows]))]
    volunteer = problem.volunteer[rows]
    total = np.cumsum(use[rows])
    first = np.searchsorted(volunteer, volunteer)
    before = np.where(first > 0, total[first - 1], 0)
    return int((total - before <= problem.capacity[volunteer]).sum())
