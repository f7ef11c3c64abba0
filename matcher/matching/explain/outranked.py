"""Who comes first where places run out: the last tier that holds a place which an elder could be given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.matching.candidates import Candidates
from matcher.matching.capacity_left import Spare
from matcher.month import MonthData

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_NAMED = 3
"""How many of those who came first are named."""


class Rivals:
    """The pairs that may be among the elders of shortages, to ask who holds the places of whom.

    Args:
        month: The month, with the elders' tiers.
        candidates: Every pair that may be.
        volunteer_of: Each elder's volunteer in a best plan, without pins, -1 for none, (n_elders,).
        short: Elders of shortages, (n_elders,).
        spare: The room that the plan leaves: where it is tight, only an elder of high risk makes room for another.
    """

    def __init__(
        self, month: MonthData, candidates: Candidates, volunteer_of: Index, short: Mask, spare: Spare
    ) -> None:
        self._tier = month.tier
        self._n_volunteers = month.n_volunteers
        self._volunteer_of = volunteer_of
        self._short = short
        self._spare = spare
        arcs = short[candidates.elder]
        self._elder, self._volunteer = candidates.elder[arcs], candidates.volunteer[arcs]

    def last_tier(self) -> Index:
        """The last tier of those of whom any one could make room for each elder of a shortage; 0 where nobody could.

        Whoever could is served, and reached from the elder by an alternating path: to a volunteer whom the elder may
        have, to one whom that volunteer serves, to another volunteer whom that one may have, and so on. In a best plan
        none of them is of a later tier than an elder left out. So each node's answer is the last tier that it
        reaches, and is found backwards from those of the last tier, then those of the one before, each node once.
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
                partly = self._spare.tight[there] & ~self._spare.limited[leaving]
                reached = []
                for some, mask in enumerate((~partly, partly)):
                    front = np.unique(there[mask])
                    front = front[~seen[0, front] & ~seen[some, front]]
                    seen[some, front] = True
                    near = by_volunteer[_ranges(start[front], start[front + 1])]
                    reached.append(near[~self._spare.limited[near]] if some else near)
                new = np.unique(np.concatenate(reached))
                new = new[found[new] == 0]
                found[new] = tier
                leaving = new[served[new]]
        return found

    def holders(self, elder: int) -> tuple[Index, Index]:
        """Those who hold the places of the volunteers whom an elder may have; a few of them, last tiers first."""
        volunteers = self._volunteer[slice(*np.searchsorted(self._elder, [elder, elder + 1]))]
        mine = np.zeros(self._n_volunteers + 1, dtype=bool)
        mine[volunteers] = True
        holders = np.flatnonzero(mine[self._volunteer_of])
        return holders, holders[np.argsort(-self._tier[holders], kind="stable")][:_NAMED]


def _ranges(start: Index, end: Index) -> Index:
    """All whole numbers from each start to before its end, one after the other."""
    size = end - start
    return np.asarray(np.arange(size.sum()) + np.repeat(start - np.cumsum(size) + size, size), dtype=np.int64)
