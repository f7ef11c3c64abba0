"""Time windows: on which days, and from when to when, two people can have a contact, before anything is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.roster import availability
from matcher.roster.model import TOLD_DAYS_OFF, Roster
from matcher.settings import ScheduleSettings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Spans = tuple[tuple[int, int], ...]
_NOON_MIN = 12 * 60


@dataclass(frozen=True, slots=True, eq=False)
class TimeWindows:
    """When n pairs can have a contact on each of the horizon's D days."""

    present: Mask
    """Whether both are on the programme and neither has the day off, (n, D)."""
    day_type: Index
    """Each day's type: days of one type have the same windows, (D,)."""
    windows: NDArray[np.int32]
    """From and to, minutes after midnight, of what both have free, (n, types, slots, 2); from = to: nothing."""
    half: Index
    """The half-day of each slot, (slots,)."""
    on_programme: Index
    """First and last day of the horizon on which the elder is on the programme, (n, 2)."""

    @classmethod
    def find(
        cls, roster: Roster, elder: Index, volunteer: Index, calendar: Calendar, schedule: ScheduleSettings
    ) -> TimeWindows:
        """Return the windows of the pairs ``elder[i]``, ``volunteer[i]``, both (n,) indices into the roster.

        Both are free in a half-day's window, or in the clock times that they give, as far as these lie in it. On a
        make-up workday that is by the weekday's own hours or by those of the weekday stood for.
        """
        present = find_present(roster.elders, elder, calendar) & find_present(roster.volunteers, volunteer, calendar)
        days = np.column_stack([calendar.weekday, calendar.stands_for])
        types, day_type = np.unique(days, axis=0, return_inverse=True)
        windows = _find_windows(roster, elder, volunteer, types, (schedule.morning, schedule.afternoon))
        half = np.repeat(np.arange(2), windows.shape[2] // 2).astype(np.int64)
        on_programme = _find_days_on_programme(roster.elders, elder, calendar)
        return cls(present, day_type.ravel().astype(np.int64), windows, half, on_programme)


def parse_window(window: str) -> tuple[int, int]:
    """Return from and to of ``HH:MM-HH:MM``, minutes after midnight."""
    opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in window.split("-"))
    return opens, closes


def find_half_days(start_min: Index, schedule: ScheduleSettings) -> Index:
    """Return the half-day in which something begins: that of the window that holds it, else before or after noon.

    Half-day 0 is the morning, 1 the afternoon.
    """
    morning, afternoon = parse_window(schedule.morning), parse_window(schedule.afternoon)
    in_morning = (morning[0] <= start_min) & (start_min < morning[1])
    in_afternoon = (afternoon[0] <= start_min) & (start_min < afternoon[1])
    return np.where(in_morning, 0, np.where(in_afternoon, 1, start_min >= _NOON_MIN)).astype(np.int64)


def find_present(people: pd.DataFrame, who: Index, calendar: Calendar, *, as_agreed: bool = False) -> Mask:
    """Return whether each of ``who`` is on the programme and has no day off, (n, days).

    ``as_agreed``: as it was known when the month's pairs were made, without absences told since then.
    """
    joined = people["joined"].to_numpy().astype("datetime64[D]")[who, None]
    left = people["left"].to_numpy().astype("datetime64[D]")[who, None]
    # comparisons with NaT (an empty date) are False, so empty bars nobody
    present = np.asarray(~((calendar.day < joined) | (calendar.day > left)))
    place = {day: i for i, day in enumerate(calendar.day.tolist())}
    days_off, told = people["days_off"].tolist(), get_told_days_off(people)
    has_days_off = np.fromiter(map(bool, days_off), dtype=bool, count=len(days_off))
    for row in np.flatnonzero(has_days_off[who]).tolist():  # few have any
        person = int(who[row])
        for day in days_off[person]:
            if day in place and not (as_agreed and day in told[person]):
                present[row, place[day]] = False
    return present


def get_told_days_off(people: pd.DataFrame) -> list[tuple[date, ...]]:
    """Return each one's days off that were told in the course of the month: see ``model.TOLD_DAYS_OFF``."""
    told = people.get(TOLD_DAYS_OFF)
    return [()] * len(people) if told is None else told.tolist()


def _find_days_on_programme(people: pd.DataFrame, who: Index, calendar: Calendar) -> Index:
    """Return the first and last day of the horizon on which each of ``who`` is on the programme, (n, 2)."""
    start, last = calendar.day[0], len(calendar.day) - 1
    joined = people["joined"].to_numpy().astype("datetime64[D]")[who]
    left = people["left"].to_numpy().astype("datetime64[D]")[who]
    first = np.where(np.isnat(joined), 0, (joined - start).astype(np.int64))
    end = np.where(np.isnat(left), last, (left - start).astype(np.int64))
    return np.asarray(np.clip(np.column_stack([first, end]), 0, last), dtype=np.int64)


def _find_windows(
    roster: Roster, elder: Index, volunteer: Index, types: Index, half_days: tuple[str, str]
) -> NDArray[np.int32]:
    """Return what both have free, (n, types, slots, 2): the half-days' windows, or the clock times inside them."""
    halves = np.array([parse_window(window) for window in half_days], dtype=np.int32)
    sides = ((roster.elders, elder), (roster.volunteers, volunteer))
    free = np.ones((len(elder), len(types), 2), dtype=bool)
    timed = np.zeros(len(elder), dtype=bool)
    for people, who in sides:
        mask = people["availability"].to_numpy().astype(np.int64)[who, None, None]
        own, stood_for = (2 * types[:, [i]] + np.arange(2) for i in range(2))
        free &= (((mask >> own) | (mask >> stood_for)) & 1).astype(bool)
        timed |= people["clock"].to_numpy().astype(str)[who] != ""
    spans = _find_timed_spans(sides, np.flatnonzero(timed), types, halves.tolist())
    most = max((len(span) for week in spans.values() for span in week), default=1) or 1
    windows = np.zeros((len(elder), len(types), 2, most, 2), dtype=np.int32)
    windows[:, :, :, 0] = np.where(free[..., None], halves, 0)
    for row, week in spans.items():
        windows[row] = np.array([[*span, *[(0, 0)] * (most - len(span))] for span in week]).reshape(windows.shape[1:])
    return windows.reshape(len(elder), len(types), 2 * most, 2)


def _find_timed_spans(
    sides: tuple[tuple[pd.DataFrame, Index], ...], rows: Index, types: Index, halves: list[list[int]]
) -> dict[int, list[Spans]]:
    """Return what both have free, by type of day and half-day, where one of them gives clock times."""
    weeks = [
        list(
            zip(
                people["availability"].to_numpy()[who[rows]].tolist(),
                people["clock"].to_numpy()[who[rows]].tolist(),
                strict=True,
            )
        )
        for people, who in sides
    ]
    days = [tuple(sorted(set(row))) for row in types.tolist()]
    return {
        row: [
            _find_common(
                find_free_spans(*one, day, half, *halves[half]), find_free_spans(*other, day, half, *halves[half])
            )
            for day in days
            for half in range(2)
        ]
        for row, one, other in zip(rows.tolist(), *weeks, strict=True)
    }


@lru_cache(maxsize=1 << 17)
def find_free_spans(mask: int, clock: str, days: tuple[int, ...], half: int, opens: int, closes: int) -> Spans:
    """Return when a person is free in a half-day's window by the hours of some weekdays."""
    timed = availability.windows(clock)
    spans = []
    for day in days:
        if mask >> (2 * day + half) & 1 and 2 * day + half not in timed:
            spans.append((opens, closes))
        for start, end in (*timed.get(2 * day, ()), *timed.get(2 * day + 1, ())):
            if max(start, opens) < min(end, closes):
                spans.append((max(start, opens), min(end, closes)))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _find_common(one: Spans, other: Spans) -> Spans:
    """Return when both are free."""
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return tuple((start, end) for start, end in both if start < end)
