"""Elders outranked where places run out: who of which tiers holds the places that they could have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.matching.candidates import Candidates
from matcher.matching.capacity import CapacityLeft

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_NAMED = 3
"""How many of those who come first are named."""


class PlaceHolders:
    """The holders of places in shortages, by the pairs that may be among the elders of shortages.

    Args:
        candidates: Every pair that may be.
        volunteer_of: Each elder's volunteer in a best plan, without pins, -1 for none, (n_elders,).
        short: Elders of shortages, (n_elders,).
        capacity_left: What the plan leaves; where a volunteer may have no further elder of high risk, only one such
            elder makes room for another.
        tier: Each elder's, (n_elders,).
    """

    def __init__(
        self, candidates: Candidates, volunteer_of: Index, short: Mask, capacity_left: CapacityLeft, tier: Index
    ) -> None:
        features = capacity_left.features
        self._tier = tier
        self._high_risk = features.high_risk
        self._n_volunteers = features.n_volunteers
        self._volunteer_of = volunteer_of
        self._short = short
        self._no_more_high_risk = capacity_left.no_more_high_risk
        arcs = short[candidates.elder]
        self._elder, self._volunteer = candidates.elder[arcs], candidates.volunteer[arcs]

    def find_last_tier(self) -> Index:
        """Return the last tier of those who could make room for each elder of a shortage; 0 where nobody could.

        Whoever could is served, and reached from the elder by an alternating path: to a volunteer whom the elder may
        have, to one whom that volunteer serves, to another volunteer whom that one may have, and so on. In a best plan
        none of them is of a later tier than an elder left out. So each elder's answer is the last tier that the elder
        reaches. A breadth-first search finds it backwards from those of the last tier, then from those of the one
        before, and so on; it visits each elder once.
        """
        found = np.zeros(len(self._tier), dtype=np.int64)
        served = self._short & (self._volunteer_of >= 0)
        order = np.argsort(self._volunteer, kind="stable")
        by_volunteer = self._elder[order]
        start = np.concatenate(([0], np.cumsum(np.bincount(self._volunteer, minlength=self._n_volunteers))))
        # volunteers seen: with somebody who could make room for all, with somebody for those not of high risk only
        seen = np.zeros((2, self._n_volunteers), dtype=bool)
        for tier in np.unique(self._tier[served])[::-1]:
            leaving = np.flatnonzero(served & (self._tier == tier))
            while len(leaving):
                there = self._volunteer_of[leaving]
                partly = self._no_more_high_risk[there] & ~self._high_risk[leaving]
                reached = []
                for some, mask in enumerate((~partly, partly)):
                    front = np.unique(there[mask])
                    front = front[~seen[0, front] & ~seen[some, front]]
                    seen[some, front] = True
                    near = by_volunteer[_list_ranges(start[front], start[front + 1])]
                    reached.append(near[~self._high_risk[near]] if some else near)
                new = np.unique(np.concatenate(reached))
                new = new[found[new] == 0]
                found[new] = tier
                leaving = new[served[new]]
        return found

    def find_holders(self, elder: int) -> tuple[Index, Index]:
        """Return who holds the places of the volunteers whom an elder may have; and a few of them, last tiers first.

        Where a volunteer may have no further elder of high risk, only those of high risk hold one from such an elder.
        """
        volunteers = self._volunteer[slice(*np.searchsorted(self._elder, [elder, elder + 1]))]
        mine = np.zeros(self._n_volunteers + 1, dtype=bool)
        mine[volunteers] = True
        holders = np.flatnonzero(mine[self._volunteer_of])
        if self._high_risk[elder]:
            partly = self._no_more_high_risk[self._volunteer_of[holders]] & ~self._high_risk[holders]
            holders = holders[~partly]
        return holders, holders[np.argsort(-self._tier[holders], kind="stable")][:_NAMED]


def _list_ranges(start: Index, end: Index) -> Index:
    """Return all whole numbers from each start to before its end, one after the other."""
    size = end - start
    return np.asarray(np.arange(size.sum()) + np.repeat(start - np.cumsum(size) + size, size), dtype=np.int64)
