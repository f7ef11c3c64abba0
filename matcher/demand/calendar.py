"""The calendar: which dates of the horizon are open, and what weekday a make-up workday stands for.

Holidays are the library ``holidays``' (China): statutory days, which the law fixes and of which the library computes
those of the lunar calendar; days off in lieu and the make-up workdays that pay for them, which the State Council
announces in the November before. A date that the file ``schedule.holidays_file`` names is what that file says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import holidays
import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import _, join_words
from matcher.messages import Issue
from matcher.roster.holidays import read_holidays
from matcher.settings import ScheduleSettings
from matcher.settings.month import is_within

_IN_LIEU = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")
"""How the library names a day off that a make-up workday pays for, in English."""
_OBSERVED = "(observed)"
"""How it names a workday that the law gives for a statutory day on a Saturday or Sunday."""
_MAKE_UP_WITHIN = 11
"""No make-up workday since 2015 has lain more days from the statutory days of its break."""


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
    doubts: tuple[Doubts, ...]
    """Years whose make-up workdays are not known yet, as far as that matters in the horizon."""
    is_added: NDArray[np.bool_]
    """First days of statutory breaks, on which a contact more is due while ``holidays`` is ``add``."""

    @classmethod
    def build(cls, horizon: Horizon, schedule: ScheduleSettings) -> Calendar:
        """Return the calendar of ``horizon``.

        A date is closed if it is one of ``closed_days``; part of a statutory break while ``holidays`` is ``skip``; or
        a Saturday or Sunday while ``weekends`` is false, unless it is a make-up workday.

        Raises:
            InputError: ``holidays_file`` can't be read; or a year's statutory days are not known and matter.
        """
        dates = horizon.dates()
        days = _Holidays.find(horizon, schedule.holidays_file)
        statutory, make_up = days.off, days.make_up
        unknown = sorted({day.year for day in dates} - {day.year for day in statutory})
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
            doubts=days.find_doubts(horizon),
            is_added=np.array([day in first for day in dates], dtype=bool),
        )


def index_days(days: NDArray[np.datetime64], horizon: Horizon) -> NDArray[np.int64]:
    """Return the place in the horizon of each date; below 0 before it, its length and more after it."""
    return np.asarray((days.astype("datetime64[D]") - np.datetime64(horizon.start)).astype(np.int64))


def mark_days(span: str, horizon: Horizon) -> NDArray[np.bool_]:
    """Return which dates of the horizon a span of the settings holds, (days,)."""
    return np.array([is_within(day, span) for day in horizon.dates()], dtype=bool)


def index_weeks(horizon: Horizon) -> NDArray[np.int64]:
    """Return the place in ``Horizon.weeks()`` of each date's week, (D,)."""
    return np.repeat(np.arange(len(horizon.weeks())), [week.days for week in horizon.weeks()]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Doubts:
    """Dates of the horizon that a year's announcement may still change."""

    year: int
    off: tuple[date, ...]
    """Workdays that may become days off."""
    work: tuple[date, ...]
    """Saturdays and Sundays that may become make-up workdays."""

    def explain(self, file: str) -> Issue:
        """Return the warning about them."""
        parts = {"off": self.off, "work": self.work}
        days = {name: join_words(map(str, dates)) or _("none") for name, dates in parts.items()}
        return Issue("calendar_unannounced", file, value=str(self.year), params=days)


@dataclass(frozen=True, slots=True)
class _Holidays:
    """Holidays and make-up workdays of some years."""

    off: set[date]
    """Statutory days and days off in lieu."""
    make_up: dict[date, int] = field(default_factory=dict)
    """Make-up workdays, and the weekday of the day off that each pays for."""
    given: dict[date, int] = field(default_factory=dict)
    """How many days the law gives for each of its dates: two where festivals meet. Those for weekends are no dates."""
    announced: set[int] = field(default_factory=set)
    """Years whose make-up workdays are known: of whom one is known, all are, for a year is announced at once."""

    @classmethod
    def find(cls, horizon: Horizon, file: str) -> _Holidays:
        """Return those of the horizon's years and their neighbours, which may pay for each other's days."""
        known = _know_holidays(horizon.start.year - 1, horizon.end.year + 1)
        days = cls(set(known.off), dict(known.make_up), known.given, set(known.announced))
        for row in read_holidays(file, horizon.start).rows:
            days._enter(row.day, row.kind, row.paid_for)
        return days

    def _enter(self, day: date, kind: str, paid_for: date | None) -> None:
        """Enter a date of the user's file. 调休 makes a workday of a Saturday or Sunday, and a day off of another."""
        if kind == "workday" or (kind == "in_lieu" and day.weekday() >= 5):
            self.off.discard(day)
            self.make_up[day] = (paid_for or day).weekday()
            self.announced.add((paid_for or day).year)
        else:
            self.off.add(day)
            self.make_up.pop(day, None)

    def find_doubts(self, horizon: Horizon) -> tuple[Doubts, ...]:
        """Return what is in doubt of the years whose make-up workdays are not known.

        A break for which the law gives n days has lasted 2n + 1 days at most: three for one, nine for the four of the
        Spring Festival. One that its weekends make so long gets no day more.
        """
        dates = set(horizon.dates())
        weekdays = {day for day in dates if day.weekday() < 5}
        off: dict[int, set[date]] = {}
        work: dict[int, set[date]] = {}
        for run in _find_runs(_find_breaks(self.off, {})):
            days = [day for day in run if day in self.off]
            if days[0].year in self.announced:
                continue
            may_be_off, may_be_work = (part.setdefault(days[0].year, set()) for part in (off, work))
            most = 2 * sum(self.given.get(day, 0) for day in days) + 1
            if len(run) < most:
                may_be_off |= weekdays & _reach(days, most - len(days)) - self.off
                may_be_work |= dates & _reach(days, _MAKE_UP_WITHIN) - weekdays - self.off
        held = {day.year for day in dates & self.off}
        found = [Doubts(year, *(tuple(sorted(part[year])) for part in (off, work))) for year in sorted(off)]
        return tuple(one for one in found if one.off or one.work or one.year in held)


@cache
def _know_holidays(first: int, last: int) -> _Holidays:
    """Return what the library knows of some years. A month asks for them again and again; nobody may change them."""
    named = dict(_load_china()(years=range(first, last + 1), language="en_US").items())
    given = {
        day: len(name.split(";")) for day, name in named.items() if not _IN_LIEU.search(name) and _OBSERVED not in name
    }
    announced = {off.year for off, name in named.items() if _IN_LIEU.search(name)}
    return _Holidays(set(named), _find_make_up_workdays(named), given, announced)


@cache
def _load_china() -> Any:  # noqa: ANN401 - a class of the library, found at run time
    """Return the library's holidays of China, without those of 250 other countries, which take long to load."""
    spec = find_spec("holidays")
    path = Path(spec.origin or "").parent / "countries" / "china.py" if spec else Path()
    if not path.is_file():  # of a version that is built otherwise
        return partial(holidays.country_holidays, "CN")
    alone = spec_from_file_location("holidays_of_china", path)
    assert alone is not None
    assert alone.loader is not None
    module = module_from_spec(alone)
    alone.loader.exec_module(module)
    return module.China


def _find_runs(days: set[date]) -> list[list[date]]:
    """Return dates in runs that no other date parts."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _reach(days: list[date], step: int) -> set[date]:
    """Return the dates from so many days before the first to so many after the last."""
    first = days[0] - timedelta(days=step)
    return {first + timedelta(days=i) for i in range((days[-1] - days[0]).days + 2 * step + 1)}


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
