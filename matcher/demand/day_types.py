"""The days of a month by week, and the types of days that differ in hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class DayTypes:
    """The horizon's open days by week, and the types of days that differ in hours."""

    types: Index
    """Weekdays by whose hours a day of each type goes, (types, 2); the first seven are the usual weekdays."""
    kind: Index
    """Type of each of the horizon's days, (D,)."""
    week: Index
    bit: NDArray[np.uint8]
    """Week of each day, and the bit of the day in it, (D,)."""
    is_open: Mask
    """(D,)."""
    usual: Mask
    """Weekdays with contacts in a usual week, (7,)."""

    @classmethod
    def of(cls, calendar: Calendar, weekends: bool) -> DayTypes:
        """Return the days of a calendar."""
        own = np.column_stack([calendar.weekday, calendar.stands_for])
        usual = np.column_stack([np.arange(7), np.arange(7)])
        others = np.unique(own[own[:, 0] != own[:, 1]], axis=0)
        types = np.concatenate([usual, others]).astype(np.int64)
        kind = np.array([int(np.flatnonzero((types == day).all(axis=1))[0]) for day in own], dtype=np.int64)
        return cls(
            types,
            kind,
            calendar.week,
            (1 << calendar.weekday).astype(np.uint8),
            calendar.is_open,
            np.arange(7) < (7 if weekends else 5),
        )

    def pack(self, on: Mask) -> Bits:
        """Return masks over the days, (n, D), as bits of the weeks' open days, (n, weeks)."""
        packed = np.zeros((len(on), int(self.week[-1]) + 1), dtype=np.uint8)
        for day in np.flatnonzero(self.is_open).tolist():
            packed[:, self.week[day]] |= np.where(on[:, day], self.bit[day], 0).astype(np.uint8)
        return packed
