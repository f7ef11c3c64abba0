"""Elders whom somebody may serve, but nobody with units or minutes enough left: what can be said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.i18n import N_
from matcher.matching.candidates import Candidates
from matcher.matching.capacity_left import Spare
from matcher.matching.pair_use import uses
from matcher.month import MonthData
from matcher.plan import Search

Index = NDArray[np.int64]
_UNITS = {"units": N_("units"), "minutes": N_("minutes")}


@dataclass(frozen=True, slots=True, eq=False)
class Cramped:
    """Such elders, an entry each, in ascending order.

    Places that run out are proved by counting them. Units are not: they may be there and lie in pieces too small. So
    it is told what the elder would take at least and how much is lacking, and whether a plan that serves more is
    ruled out.
    """

    elder: Index
    volunteers: Index
    """How many volunteers may serve each."""
    needed: Index
    """The least that each takes of any of them."""
    lacking: Index
    """How much the one who comes nearest to having room for each has too little."""
    unit: str
    proved: bool

    @classmethod
    def of(
        cls, month: MonthData, candidates: Candidates, volunteer_of: Index, spare: Spare, search: Search | None
    ) -> Cramped:
        """Those left out who have candidates; nobody where no units or minutes are counted (no ``search``)."""
        none = np.empty(0, dtype=np.int64)
        if search is None:
            return cls(none, none, none, none, "", proved=True)
        arcs = volunteer_of[candidates.elder] < 0
        who, whom = candidates.elder[arcs].astype(np.int64), candidates.volunteer[arcs].astype(np.int64)
        elder, first, count = np.unique(who, return_index=True, return_counts=True)
        if not len(elder):
            return cls(none, none, none, none, "", proved=True)
        # candidates come in order of elder
        use = uses(month, who, whom)
        needed, lacking = np.minimum.reduceat(use, first), np.minimum.reduceat(use - spare.left[whom], first)
        return cls(elder, count, needed, lacking, _UNITS[month.settings.capacity.unit], search.most_more == 0)

    def reasons(self) -> dict[int, tuple[str, dict[str, object]]]:
        """Reason and evidence of each."""
        code = "no_room" if self.proved else "no_room_unproven"
        rows = zip(*(x.tolist() for x in (self.elder, self.volunteers, self.needed, self.lacking)), strict=True)
        return {
            elder: (code, {"volunteers": volunteers, "needed": needed, "lacking": lacking, "unit": self.unit})
            for elder, volunteers, needed, lacking in rows
        }
