"""Calendar of the dates: which are closed, and which weekday each counts as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.settings import ScheduleSettings
from matcher.verify.half_days import find_half_day

_SUBSTITUTED = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")


@dataclass(frozen=True, slots=True, eq=False)
class CheckedCalendar:
    """Calendar of the ``D`` dates of a horizon. Weekdays count from Monday, 0."""

    closed: NDArray[np.bool_]
    weekday: NDArray[np.int64]
    stands_for: NDArray[np.int64]
    """The weekday that a make-up workday stands for; any other date's own."""
    first_of_break: NDArray[np.bool_]
    """First days of statutory breaks that bring a contact more."""

    @classmethod
    def of(cls, horizon: Horizon, schedule: ScheduleSettings) -> CheckedCalendar:
        """Return the calendar of mainland China over a horizon; of a year that the file names, the file's.

        Raises:
            InputError: the file can't be read.
        """
        years = range(horizon.start.year - 1, horizon.end.year + 2)  # a day off may be made up for across New Year
        china = holidays.country_holidays("CN", years=years, language="en_US")
        statutory, substitute = _replace_by_file(set(china), _find_make_up_workdays(china), schedule.holidays_file)
        workdays = set(substitute)
        dates = horizon.dates()
        before = [dates[0] - timedelta(days=1), *dates]
        inside = _find_breaks(before, statutory, workdays)
        holiday = dict(zip(before, inside.tolist(), strict=True))

        def is_closed(day: date) -> bool:
            if day in schedule.closed_days or (schedule.holidays == "skip" and holiday[day]):
                return True
            return day.weekday() >= 5 and not schedule.weekends and day not in workdays

        return cls(
            np.array([is_closed(day) for day in dates]),
            np.array([day.weekday() for day in dates]),
            np.array([substitute.get(day, day.weekday()) for day in dates]),
            inside[1:] & ~inside[:-1] & (schedule.holidays == "add"),
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


def _replace_by_file(statutory: set[date], substitute: dict[date, int], file: str) -> tuple[set[date], dict[date, int]]:
    """Return holidays and make-up workdays; those of the years that a file names are the file's."""
    if not file:
        return statutory, substitute
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, header=None, names=["date", "kind", "for"])
        table = table[~table["date"].str.strip().str.casefold().isin(["date", "日期", ""])]
        days = [date.fromisoformat(text.strip()) for text in table["date"]]
        paid = [date.fromisoformat(text.strip() or day) for text, day in zip(table["for"], table["date"], strict=True)]
    except (OSError, ValueError) as error:
        raise InputError([Issue("holidays_unreadable", file, params={"problem": str(error)})]) from error
    years = {day.year for day in days}
    off = {day for day in statutory if day.year not in years}
    made_up = {day: weekday for day, weekday in substitute.items() if day.year not in years}
    for day, other, kind in zip(days, paid, table["kind"].str.strip(), strict=True):
        if kind in {"workday", "调休上班", "班"}:
            made_up[day] = other.weekday()
        else:
            off.add(day)
    return off, made_up


def _find_breaks(dates: list[date], china: set[date], workdays: set[date]) -> NDArray[np.bool_]:
    """Return which dates lie in a run of days off that holds a statutory one: weekends join the holidays beside."""
    margin = [timedelta(days=i) for i in range(1, 15)]  # no break is longer
    around = [*(dates[0] - step for step in reversed(margin)), *dates, *(dates[-1] + step for step in margin)]
    statutory = np.array([day in china for day in around])
    off = statutory | np.array([day.weekday() >= 5 and day not in workdays for day in around])
    run = np.cumsum(~off)  # the same number all along a run of days off
    inside = off & np.isin(run, run[statutory])
    return np.asarray(inside[len(margin) : -len(margin)])


def _find_make_up_workdays(china: holidays.HolidayBase) -> dict[date, int]:
    """Return, for each make-up workday, the weekday of the day off that it makes up for."""
    made_up = {}
    for day_off, name in china.items():
        for month, day, year in _SUBSTITUTED.findall(name):
            made_up[date(int(year), int(month), int(day))] = day_off.weekday()
    return made_up
