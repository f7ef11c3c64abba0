"""The caseload: everything that the plans of some pairs depend on, as one value."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.schedule.cadence import Cadence
from matcher.schedule.limits import EMPTY, DayLimits, Grid, kind_of
from matcher.schedule.visits import VISIT

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

CONTACT = 1 << 20
"""A contact in a score: more than all visits of a volunteer's horizon."""


@dataclass(frozen=True, slots=True, eq=False)
class Caseload:
    """Pairs and their days."""

    free: Mask
    """When each pair can meet, (pairs, days, half-day)."""
    volunteer: Index
    """Each pair's volunteer, numbered 0, 1, … without a hole, (pairs,)."""
    cadence: Cadence
    """What the elders are due."""
    weekday: Index
    """Monday 0 to Sunday 6, (days,)."""
    week: Index
    """Each day's place among the cadence's weeks, (days,)."""
    limits: DayLimits
    """What a volunteer's day holds."""

    @property
    def volunteers(self) -> int:
        """How many volunteers."""
        return int(self.volunteer.max(initial=-1)) + 1

    def empty_grid(self) -> Grid:
        """A plan without contacts."""
        return np.full(self.free.shape[:2], EMPTY, dtype=np.int8)

    def of_pairs(self, pairs: Index) -> Caseload:
        """Some of the pairs; volunteers are numbered anew, in the same order."""
        _, volunteer = np.unique(self.volunteer[pairs], return_inverse=True)
        return replace(
            self,
            free=self.free[pairs],
            volunteer=volunteer.astype(np.int64),
            cadence=self.cadence.of_pairs(pairs),
        )

    def of_week(self, week: int) -> Caseload:
        """One week of it, as if there were no other."""
        days = self.week == week
        cadence = self.cadence
        return replace(
            self,
            free=self.free[:, days],
            cadence=Cadence(cadence.contacts[:, [week]], cadence.visits[:, [week]], cadence.gap_days),
            weekday=self.weekday[days],
            week=np.zeros(int(days.sum()), dtype=np.int64),
        )

    def by_volunteer(self, scores: Index) -> Index:
        """Sums of the pairs' ``scores`` over each volunteer."""
        total = np.zeros(self.volunteers, dtype=np.int64)
        np.add.at(total, self.volunteer, scores)
        return total


def score(grid: Grid) -> Index:
    """How good each row of a plan is, (pairs,): contacts first, then visits, as one number."""
    made = grid != EMPTY
    visits = made & (kind_of(grid) == VISIT)
    return np.asarray(made.sum(axis=1) * CONTACT + visits.sum(axis=1), dtype=np.int64)
