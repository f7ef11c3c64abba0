"""The horizon: the dates that are planned."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Horizon:
    """Dates from ``start`` to ``end``, both included."""

    start: date
    end: date

    @classmethod
    def of_month(cls, month: str) -> Horizon:
        """Return the calendar month written ``YYYY-MM``.

        Raises:
            ValueError: ``month`` is not written so.
        """
        if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month):
            raise ValueError(month)
        year, number = int(month[:4]), int(month[5:])
        return cls(date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))

    @property
    def days(self) -> int:
        """Return how many dates it has."""
        return (self.end - self.start).days + 1

    def dates(self) -> list[date]:
        """Return all its dates, in order."""
        return [self.start + timedelta(days=i) for i in range(self.days)]

    def weeks(self) -> list[Horizon]:
        """Return its weeks, Monday to Sunday, the first and last cut at its edges."""
        weeks, start = [], self.start
        while start <= self.end:
            end = min(start + timedelta(days=6 - start.weekday()), self.end)
            weeks.append(Horizon(start, end))
            start = end + timedelta(days=1)
        return weeks
