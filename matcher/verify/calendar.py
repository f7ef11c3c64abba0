"""Calendar of the dates: which are closed, and which weekday each counts as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

import holidays
import numpy as np
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.i18n import _, join_words
from matcher.messages import Issue
from matcher.roster.holidays import HolidayRow, read_holidays
from matcher.settings import ScheduleSettings
from matcher.verify.half_days import find_half_day

_SUBSTITUTED = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")
_LONGEST_BREAK_DAYS = {0: 0, 1: 3, 2: 5, 3: 7}
"""How many days a break has had at most, by how many days the law gives it; nine where it gives more."""
_FARTHEST_MAKE_UP_DAYS = 11


@dataclass(frozen=True, slots=True, eq=False)
class CheckedCalendar:
    """Calendar of the ``D`` dates of a horizon. Weekdays count from Monday, 0."""

    closed: NDArray[np.bool_]
    weekday: NDArray[np.int64]
    stands_for: NDArray[np.int64]
    """The weekday that a make-up workday stands for; any other date's own."""
    first_of_break: NDArray[np.bool_]
    """First days of statutory breaks that bring a contact more."""
    warnings: tuple[Issue, ...]
    """Years whose make-up workdays are not announced yet, with the dates that may still change."""

    @classmethod
    def of(cls, horizon: Horizon, schedule: ScheduleSettings) -> CheckedCalendar:
        """Return the calendar of mainland China over a horizon; of a year that the file names, the file's.

        Raises:
            InputError: the file can't be read, or the law's days of a year are not known.
        """
        # a day off may be made up for across New Year
        china = _name_holidays(horizon.start.year - 1, horizon.end.year + 1)
        rows = read_holidays(schedule.holidays_file, horizon.start).rows
        statutory, substitute = _replace_by_file(set(china), _find_make_up_workdays(china), rows)
        workdays = set(substitute)
        dates = horizon.dates()
        unknown = sorted({day.year for day in dates} - {day.year for day in statutory})
        if unknown and schedule.holidays != "keep":
            raise InputError([Issue("calendar_missing", schedule.holidays_file, value=str(year)) for year in unknown])
        before = [dates[0] - timedelta(days=1), *dates]
        inside = _find_breaks(before, statutory, workdays)
        holiday = dict(zip(before, inside.tolist(), strict=True))
        given = [
            day
            for day, name in china.items()
            if "observed" not in name and not _SUBSTITUTED.search(name)
            for _festival in name.split("; ")
        ]
        announced = {day.year for day, name in china.items() if _SUBSTITUTED.search(name)}
        announced |= {(row.paid_for or row.day).year for row in rows if _is_worked(row)}

        def is_closed(day: date) -> bool:
            if day in schedule.closed_days or (schedule.holidays == "skip" and holiday[day]):
                return True
            return day.weekday() >= 5 and not schedule.weekends and day not in workdays

        return cls(
            np.array([is_closed(day) for day in dates]),
            np.array([day.weekday() for day in dates]),
            np.array([substitute.get(day, day.weekday()) for day in dates]),
            inside[1:] & ~inside[:-1] & (schedule.holidays == "add"),
            _warn_of_years(dates, statutory, given, announced, schedule.holidays_file),
        )

    def is_free(self, mask: NDArray[np.int64], date_index: NDArray[np.int64], half: int) -> NDArray[np.bool_]:
        """Return whether people with these availability masks are free in a half-day (0, 1) of these dates."""
        own = mask >> (2 * self.weekday[date_index] + half)
        made_up = mask >> (2 * self.stands_for[date_index] + half)
        return ((own | made_up) & 1).astype(bool)

    def is_free_at(self, mask: int, clock: str, date_index: int, span: tuple[float, float], halves: list[int]) -> bool:
        """Return whether a person is free on a date for the whole of a span of minutes.

        Args:
            mask: The person's half-days.
            clock: The person's clock times. Half-days in which they give some count only by these.
            date_index: The date's position in the horizon.
            span: From which minute after midnight to which.
            halves: The half-days, 0 or 1, that hold the span.
        """
        weekdays = {int(self.weekday[date_index]), int(self.stands_for[date_index])}
        times: list[tuple[int, int]] = []
        timed = set()
        for item in filter(None, clock.split(",")):
            day, start, end = (int(number) for number in re.split("[:-]", item))
            timed.add((day, find_half_day(start)))
            if day in weekdays:
                times.append((start, end))
        if any(mask >> (2 * day + half) & 1 and (day, half) not in timed for day in weekdays for half in halves):
            return True
        reach, to = span
        for start, end in sorted(times):  # clock times that touch may cover the span together
            if start <= reach:
                reach = max(reach, end)
        return reach >= to


def _is_worked(row: HolidayRow) -> bool:
    """Return whether a row names a workday: one that swaps days does so of a Saturday or Sunday."""
    return row.kind == "workday" or (row.kind == "in_lieu" and row.day.weekday() in (5, 6))


def _replace_by_file(
    statutory: set[date], substitute: dict[date, int], rows: tuple[HolidayRow, ...]
) -> tuple[set[date], dict[date, int]]:
    """Return holidays and make-up workdays; a date that the file names is what the file says."""
    worked = {row.day: (row.paid_for or row.day).weekday() for row in rows if _is_worked(row)}
    said_last = {row.day: _is_worked(row) for row in rows}
    off = {day for day in statutory if day not in said_last} | {day for day, is_on in said_last.items() if not is_on}
    made_up = {day: weekday for day, weekday in {**substitute, **worked}.items() if said_last.get(day, True)}
    return off, made_up


def _warn_of_years(
    dates: list[date], statutory: set[date], given: list[date], announced: set[int], file: str
) -> tuple[Issue, ...]:
    """Return a warning for each year that is not announced and has statutory days, or days in doubt, among the dates.

    Args:
        dates: The horizon.
        statutory: All statutory days, with the workdays given for those that fall on a weekend.
        given: The days that the law names, once for each festival.
        announced: Years whose make-up workdays are known.
        file: The user's file of holidays.
    """
    doubts: dict[int, tuple[set[date], set[date]]] = {}
    seen: set[date] = set()
    for day in sorted(statutory):
        if day in seen or day.year in announced:
            continue
        whole = [day]  # the break: on from its first statutory day, and the weekend before that
        while (after := whole[-1] + timedelta(days=1)) in statutory or after.weekday() >= 5:
            whole.append(after)
        while (ahead := whole[0] - timedelta(days=1)).weekday() >= 5:
            whole.insert(0, ahead)
        seen.update(whole)
        own = [one for one in whole if one in statutory]
        away, at_work = doubts.setdefault(day.year, (set(), set()))
        longest = _LONGEST_BREAK_DAYS.get(sum(one in whole for one in given), 9)
        if len(whole) >= longest:
            continue
        for date_ in dates:
            beside = max((own[0] - date_).days, (date_ - own[-1]).days)
            if date_ in statutory:
                continue
            if date_.weekday() < 5 and beside <= longest - len(own):
                away.add(date_)
            elif date_.weekday() >= 5 and beside <= _FARTHEST_MAKE_UP_DAYS:
                at_work.add(date_)
    years = {date_.year for date_ in dates if date_ in statutory}
    told = [(year, *doubts[year]) for year in sorted(doubts) if year in years or any(doubts[year])]
    return tuple(
        Issue("calendar_unannounced", file, value=str(year), params={"off": _list(away), "work": _list(at_work)})
        for year, away, at_work in told
    )


def _list(days: set[date]) -> str:
    return join_words(str(day) for day in sorted(days)) or _("none")


def _find_breaks(dates: list[date], china: set[date], workdays: set[date]) -> NDArray[np.bool_]:
    """Return which dates lie in a run of days off that holds a statutory one: weekends join the holidays beside."""
    margin = [timedelta(days=i) for i in range(1, 15)]  # no break is longer
    around = [*(dates[0] - step for step in reversed(margin)), *dates, *(dates[-1] + step for step in margin)]
    statutory = np.array([day in china for day in around])
    off = statutory | np.array([day.weekday() >= 5 and day not in workdays for day in around])
    run = np.cumsum(~off)  # the same number all along a run of days off
    inside = off & np.isin(run, run[statutory])
    return np.asarray(inside[len(margin) : -len(margin)])


@cache
def _name_holidays(first: int, last: int) -> Mapping[date, str]:
    """Return the holidays of some years by the library, which takes long over them."""
    return MappingProxyType(dict(holidays.country_holidays("CN", years=range(first, last + 1), language="en_US")))


def _find_make_up_workdays(china: Mapping[date, str]) -> dict[date, int]:
    """Return, for each make-up workday, the weekday of the day off that it makes up for."""
    made_up = {}
    for day_off, name in china.items():
        for month, day, year in _SUBSTITUTED.findall(name):
            made_up[date(int(year), int(month), int(day))] = day_off.weekday()
    return made_up
