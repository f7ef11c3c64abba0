"""What room a plan leaves: places, units or minutes, and places for elders of high risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.matching.loads import high_risk
from matcher.matching.pair_use import used, uses
from matcher.month import MonthData

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Spare:
    """Who could still take an elder."""

    month: MonthData
    left: Index
    """Places, units or minutes that each volunteer has left, (n_volunteers,)."""
    tight: Mask
    """Volunteers who may have no further elder of high risk, (n_volunteers,)."""
    limited: Mask
    """Elders of high risk, (n_elders,)."""

    @classmethod
    def of(cls, month: MonthData, volunteer_of: Index, places: Index, most_high_risk: Index) -> Spare:
        """What is left of ``places``, and of those for elders of high risk, after ``volunteer_of``, -1 for none."""
        limited, served = high_risk(month), volunteer_of >= 0
        taken = used(month, np.flatnonzero(served), volunteer_of[served])
        frail = np.bincount(volunteer_of[served & limited], minlength=month.n_volunteers)
        return cls(month, places - taken, frail >= most_high_risk, limited)

    def takes(self, elder: Index, volunteer: Index) -> Mask:
        """Whether each volunteer could take the elder of the same entry, (n,)."""
        fits = uses(self.month, elder, volunteer) <= self.left[volunteer]
        return np.asarray(fits & ~(self.limited[elder] & self.tight[volunteer]))
