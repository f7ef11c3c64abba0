"""What room a plan leaves: places, and places for elders of high risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.loads import high_risk
from matcher.month import Month

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Spare:
    """Who could still take an elder."""

    free: Mask
    """Volunteers with a place left, (n_volunteers,)."""
    tight: Mask
    """Volunteers who may have no further elder of high risk, (n_volunteers,)."""
    limited: Mask
    """Elders of high risk, (n_elders,)."""

    @classmethod
    def of(cls, month: Month, volunteer_of: Index, places: Index, most_high_risk: Index) -> Spare:
        """What is left of ``places``, and of those for elders of high risk, after ``volunteer_of``, -1 for none."""
        limited, served = high_risk(month), volunteer_of >= 0
        load = np.bincount(volunteer_of[served], minlength=month.n_volunteers)
        frail = np.bincount(volunteer_of[served & limited], minlength=month.n_volunteers)
        return cls(places > load, frail >= most_high_risk, limited)

    def takes(self, elder: Index, volunteer: Index) -> Mask:
        """Whether each volunteer could take the elder of the same entry, (n,)."""
        return np.asarray(self.free[volunteer] & ~(self.limited[elder] & self.tight[volunteer]))
