"""The calendar: which dates of the horizon are open, and what weekday a make-up workday stands for.

Holidays are the library ``holidays``' (China): statutory days, days off in lieu and the make-up workdays that pay for
them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import Schedule

_IN_LIEU = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")
"""How the library names a day off that a make-up workday pays for, in English."""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The horizon day by day; every array has one entry a date."""

    day: NDArray[np.datetime64]
    """The date, datetime64[D]."""
    weekday: NDArray[np.int64]
    """Monday 0 to Sunday 6."""
    stands_for: NDArray[np.int64]
    """The weekday whose hours a make-up workday keeps; any other date's own weekday."""
    week: NDArray[np.int64]
    """Place of its week in ``Horizon.weeks()``."""
    is_open: NDArray[np.bool_]
    """Whether contacts may be planned on it."""
    announced: bool
    """False where the horizon holds a statutory holiday of a year whose make-up workdays the library does not know.

    It knows a year's as soon as it names one day off in lieu for it: the State Council announces a year at once, in
    the November before. A horizon without statutory holidays needs no announcement.
    """

    @classmethod
    def of(cls, horizon: Horizon, schedule: Schedule) -> Calendar:
        """The calendar of ``horizon``.

        A date is closed if it is one of ``closed_days``; part of a statutory break while ``holidays`` is ``skip``; or
        a Saturday or Sunday while ``weekends`` is false, unless it is a make-up workday.
        """
        dates = horizon.dates()
        statutory = _statutory(horizon)
        make_up = _make_up_workdays(statutory)
        closed = set(schedule.closed_days)
        if schedule.holidays == "skip":
            closed |= _breaks(statutory, make_up)
        if not schedule.weekends:
            closed |= {day for day in dates if day.weekday() >= 5 and day not in make_up}
        weeks = [week for week, span in enumerate(horizon.weeks()) for _ in range(span.days)]
        return cls(
            day=np.array(dates, dtype="datetime64[D]"),
            weekday=np.array([day.weekday() for day in dates], dtype=np.int64),
            stands_for=np.array([make_up.get(day, day.weekday()) for day in dates], dtype=np.int64),
            week=np.array(weeks, dtype=np.int64),
            is_open=np.array([day not in closed for day in dates], dtype=bool),
            announced=_announced(dates, statutory),
        )


def _statutory(horizon: Horizon) -> dict[date, str]:
    """Holidays and days off of the horizon's years and their neighbours, which may pay for each other's days."""
    years = range(horizon.start.year - 1, horizon.end.year + 2)
    return dict(holidays.country_holidays("CN", years=years, language="en_US").items())


def _make_up_workdays(statutory: dict[date, str]) -> dict[date, int]:
    """Each make-up workday and the weekday of the day off that it pays for."""
    return {
        date(int(year), int(month), int(day)): off.weekday()
        for off, name in statutory.items()
        for month, day, year in _IN_LIEU.findall(name)
    }


def _breaks(statutory: dict[date, str], make_up: dict[date, int]) -> set[date]:
    """Statutory days, days off in lieu, and the weekends that join them: 1 to 7 October with its Sunday.

    So the State Council counts a break; the library names only the days that the law or the notice adds.
    """
    whole = set(statutory)
    for day in statutory:
        for step in (timedelta(days=-1), timedelta(days=1)):
            beside = day + step
            while beside.weekday() >= 5 and beside not in make_up:
                whole.add(beside)
                beside += step
    return whole


def _announced(dates: list[date], statutory: dict[date, str]) -> bool:
    known = {off.year for off, name in statutory.items() if _IN_LIEU.search(name)}
    return {day.year for day in dates if day in statutory} <= known
