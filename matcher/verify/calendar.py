"""Which dates are closed, and which weekday each date counts as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import Schedule

_SUBSTITUTED = re.compile(r"substituted from (\d\d)/(\d\d)/(\d{4})")


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The ``D`` dates of a horizon. Weekdays count from Monday, 0."""

    closed: NDArray[np.bool_]
    weekday: NDArray[np.int64]
    stands_for: NDArray[np.int64]
    """The weekday that a make-up workday stands for; any other date's own."""

    @classmethod
    def of(cls, horizon: Horizon, schedule: Schedule) -> Calendar:
        """The calendar of mainland China over a horizon."""
        years = range(horizon.start.year - 1, horizon.end.year + 2)  # a day off may be made up for across New Year
        china = holidays.country_holidays("CN", years=years, language="en_US")
        workdays = set(china.weekend_workdays)
        substitute = _weekdays_made_up(china)
        dates = horizon.dates()
        holiday = dict(zip(dates, _in_break(dates, china, workdays).tolist(), strict=True))

        def closed(day: date) -> bool:
            if day in schedule.closed_days or (schedule.holidays == "skip" and holiday[day]):
                return True
            return day.weekday() >= 5 and not schedule.weekends and day not in workdays

        return cls(
            np.array([closed(day) for day in dates]),
            np.array([day.weekday() for day in dates]),
            np.array([substitute.get(day, day.weekday()) for day in dates]),
        )

    def free(self, mask: NDArray[np.int64], date_index: NDArray[np.int64], half: int) -> NDArray[np.bool_]:
        """Whether people with these availability masks are free in a half (0, 1) of these dates."""
        own = mask >> (2 * self.weekday[date_index] + half)
        made_up = mask >> (2 * self.stands_for[date_index] + half)
        return ((own | made_up) & 1).astype(bool)


def _in_break(dates: list[date], china: holidays.HolidayBase, workdays: set[date]) -> NDArray[np.bool_]:
    """Which dates lie in a run of days off that holds a statutory one: weekends join the holidays beside them."""
    margin = [timedelta(days=i) for i in range(1, 15)]  # no break is longer
    around = [*(dates[0] - step for step in reversed(margin)), *dates, *(dates[-1] + step for step in margin)]
    statutory = np.array([day in china for day in around])
    off = statutory | np.array([day.weekday() >= 5 and day not in workdays for day in around])
    run = np.cumsum(~off)  # the same number all along a run of days off
    inside = off & np.isin(run, run[statutory])
    return np.asarray(inside[len(margin) : -len(margin)])


def _weekdays_made_up(china: holidays.HolidayBase) -> dict[date, int]:
    """For each make-up workday the weekday of the day off that it makes up for."""
    made_up = {}
    for day_off, name in china.items():
        for month, day, year in _SUBSTITUTED.findall(name):
            made_up[date(int(year), int(month), int(day))] = day_off.weekday()
    return made_up
