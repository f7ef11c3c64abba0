"""Dates as numbers: days since 1970, positions in the horizon, weeks and months."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon

EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def to_day(when: date) -> int:
    """Return the days since 1970."""
    return when.toordinal() - EPOCH_ORDINAL


def to_date(day: float) -> date | None:
    """Return the date of a day since 1970; None where it is no finite number."""
    return date.fromordinal(int(day) + EPOCH_ORDINAL) if math.isfinite(day) else None


def count_months(when: date) -> int:
    """Return the number of a date's month, counted from the year 0."""
    return 12 * when.year + when.month


@dataclass(frozen=True, slots=True, eq=False)
class MonthDates:
    """The ``D`` dates of a horizon and their ``W`` weeks, from Monday to Sunday, cut at the horizon's edges."""

    horizon: Horizon
    first: int
    """The first date, in days since 1970."""
    week_of_date: NDArray[np.int64]
    """The week of each date, (D,)."""
    week_starts: NDArray[np.int64]
    """The first date of each week, in days since 1970, (W,)."""
    week_days: NDArray[np.int64]
    """How many dates each week has, (W,)."""

    @classmethod
    def of(cls, horizon: Horizon) -> MonthDates:
        """Return the dates of a horizon."""
        weeks = horizon.weeks()
        days = np.array([week.days for week in weeks], dtype=np.int64)
        starts = np.array([to_day(week.start) for week in weeks], dtype=np.int64)
        return cls(horizon, to_day(horizon.start), np.repeat(np.arange(len(weeks)), days), starts, days)

    @property
    def last(self) -> int:
        """Return the last date, in days since 1970."""
        return self.first + self.horizon.days - 1

    @property
    def month(self) -> int:
        """Return the number of the first date's month, counted from the year 0."""
        return count_months(self.horizon.start)

    def contain(self, day: pd.Series) -> pd.Series:
        """Return which days since 1970 are dates of the horizon."""
        return day.between(self.first, self.last)

    def find_index(self, day: pd.Series) -> NDArray[np.int64]:
        """Return the position in the horizon of each of its dates, which are given as days since 1970."""
        return np.asarray((day.to_numpy() - self.first).astype(np.int64), dtype=np.int64)

    def find_week(self, day: pd.Series) -> NDArray[np.int64]:
        """Return the week of each of the horizon's dates, which are given as days since 1970."""
        return np.asarray(self.week_of_date[self.find_index(day)], dtype=np.int64)

    def find_span(self, span: str) -> list[int]:
        """Return the dates of the horizon that a setting names, as days since 1970.

        A span is ``all``, one date, or two with a colon between them, or several such with commas; an empty one names
        no date.
        """
        found: set[int] = set()
        for part in filter(None, span.split(",")):
            ends = (date.min, date.max) if part == "all" else [date.fromisoformat(end) for end in part.split(":")]
            found |= {to_day(day) for day in self.horizon.dates() if ends[0] <= day <= ends[-1]}
        return sorted(found)
