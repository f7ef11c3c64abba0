"""The calendar: which dates of the horizon are open, and what weekday a make-up workday stands for.

Holidays are the library ``holidays``' (China): statutory days, days off in lieu and the make-up workdays that pay for
them. Years that the file ``schedule.holidays_file`` names are that file's instead: a column ``date``, a column ``kind``
(``holiday`` or ``workday``) and, for a workday, ``for``: the day off that it pays for.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import holidays
import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.settings import ScheduleSettings

_HOLIDAY, _WORKDAY = ("holiday", "假日", "休"), ("workday", "调休上班", "班")
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
    is_added: NDArray[np.bool_]
    """First days of statutory breaks, on which a contact more is due while ``holidays`` is ``add``."""

    @classmethod
    def build(cls, horizon: Horizon, schedule: ScheduleSettings) -> Calendar:
        """Return the calendar of ``horizon``.

        A date is closed if it is one of ``closed_days``; part of a statutory break while ``holidays`` is ``skip``; or
        a Saturday or Sunday while ``weekends`` is false, unless it is a make-up workday.

        Raises:
            InputError: ``holidays_file`` can't be read; or a year's holidays are not known and matter.
        """
        dates = horizon.dates()
        days = _Holidays.find(horizon, schedule.holidays_file)
        statutory, make_up = days.off, days.make_up
        unknown = sorted({day.year for day in dates if day in statutory} - days.known)
        if unknown and schedule.holidays != "keep":
            raise InputError([Issue("calendar_missing", schedule.holidays_file, value=str(year)) for year in unknown])
        closed = set(schedule.closed_days)
        breaks = _find_breaks(statutory, make_up)
        if schedule.holidays == "skip":
            closed |= breaks
        first = (
            {day for day in breaks if day - timedelta(days=1) not in breaks} if schedule.holidays == "add" else set()
        )
        if not schedule.weekends:
            closed |= {day for day in dates if day.weekday() >= 5 and day not in make_up}
        return cls(
            day=np.array(dates, dtype="datetime64[D]"),
            weekday=np.array([day.weekday() for day in dates], dtype=np.int64),
            stands_for=np.array([make_up.get(day, day.weekday()) for day in dates], dtype=np.int64),
            week=index_weeks(horizon),
            is_open=np.array([day not in closed for day in dates], dtype=bool),
            announced=not unknown,
            is_added=np.array([day in first for day in dates], dtype=bool),
        )


def index_days(days: NDArray[np.datetime64], horizon: Horizon) -> NDArray[np.int64]:
    """Return the place in the horizon of each date; below 0 before it, its length and more after it."""
    return np.asarray((days.astype("datetime64[D]") - np.datetime64(horizon.start)).astype(np.int64))


def index_weeks(horizon: Horizon) -> NDArray[np.int64]:
    """Return the place in ``Horizon.weeks()`` of each date's week, (D,)."""
    return np.repeat(np.arange(len(horizon.weeks())), [week.days for week in horizon.weeks()]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Holidays:
    """Holidays and make-up workdays of some years."""

    off: set[date]
    """Statutory days and days off in lieu."""
    make_up: dict[date, int] = field(default_factory=dict)
    """Make-up workdays, and the weekday of the day off that each pays for."""
    known: set[int] = field(default_factory=set)
    """Years of which all of them are known."""

    @classmethod
    def find(cls, horizon: Horizon, file: str) -> _Holidays:
        """Return those of the horizon's years and their neighbours, which may pay for each other's days."""
        years = range(horizon.start.year - 1, horizon.end.year + 2)
        named = dict(holidays.country_holidays("CN", years=years, language="en_US").items())
        make_up = _find_make_up_workdays(named)
        known = {off.year for off, name in named.items() if _IN_LIEU.search(name)}
        if not file:
            return cls(set(named), make_up, known)
        own = _read_holidays(file)
        return cls(
            {day for day in named if day.year not in own.known} | own.off,
            {day: weekday for day, weekday in make_up.items() if day.year not in own.known} | own.make_up,
            known | own.known,
        )


def _read_holidays(file: str) -> _Holidays:
    """Return what a file of holidays says; every row at fault is named."""
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Issue("holidays_unreadable", file, params={"problem": str(error)})]) from error
    days = _Holidays(set())
    issues = []
    for number, row in enumerate(rows, 1):
        if not any(row) or (number == 1 and row[0].casefold() in {"date", "日期"}):
            continue
        try:
            day, kind = date.fromisoformat(row[0]), row[1]
            if kind in _HOLIDAY:
                days.off.add(day)
            elif kind in _WORKDAY:
                paid_for = row[2] if len(row) > 2 else ""
                days.make_up[day] = date.fromisoformat(paid_for).weekday() if paid_for else day.weekday()
            days.known.add(day.year)
        except (ValueError, IndexError):
            kind = ""
        if kind not in {*_HOLIDAY, *_WORKDAY}:
            issues.append(Issue("holidays_row", file, number, value=",".join(row)))
    if issues:
        raise InputError(issues)
    return days


def _find_make_up_workdays(statutory: dict[date, str]) -> dict[date, int]:
    """Return each make-up workday and the weekday of the day off that it pays for."""
    return {
        date(int(year), int(month), int(day)): off.weekday()
        for off, name in statutory.items()
        for month, day, year in _IN_LIEU.findall(name)
    }


def _find_breaks(statutory: set[date], make_up: dict[date, int]) -> set[date]:
    """Return statutory days, days off in lieu, and the weekends that join them: 1 to 7 October with its Sunday.

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
