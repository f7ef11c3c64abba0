"""Cadence: how many contacts are due in each week, and whether each is planned or listed as unscheduled."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings
from matcher.verify.calendar import CheckedCalendar

Counts = NDArray[np.int64]
_MONDAY = date(2001, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """Visits and contacts that each elder is due in each week, (n elders, weeks)."""

    visits: Counts
    contacts: Counts
    seldom: tuple[tuple[bool, bool], ...]
    """Whether contacts, and visits, of each elder are due less than once a week, (n elders,)."""

    @property
    def is_contacted(self) -> NDArray[np.bool_]:
        """Return which elders are due any contact at all, (n elders,)."""
        return np.asarray(self.contacts.any(axis=1))

    @property
    def is_visited(self) -> NDArray[np.bool_]:
        """Return which elders are due any visit, (n elders,)."""
        return np.asarray(self.visits.any(axis=1))


@dataclass(frozen=True, eq=False)
class Rates:
    """Frequency of an elder's contacts: rates a day, and a number of visits a month where the row says so.

    Rows that are alike share one, so ``is`` tells whether two are the same.
    """

    contacts: Fraction
    visits: Fraction
    visits_per_month: int | None
    least_visits: Fraction

    @cached_property
    def seldom(self) -> tuple[bool, bool]:
        """Return whether contacts, and visits, are due less than once a week."""
        by_week = self.visits if self.visits_per_month is None else Fraction(0)
        return self.contacts * 7 < 1, max(by_week, self.least_visits) * 7 < 1

    @cached_property
    def need_phase(self) -> bool:
        """Return whether one of them needs more than a week to come round."""
        return any(rate.denominator not in (1, 7) for rate in (self.contacts, self.visits, self.least_visits))


class _RatesOfRows:
    """The rates of rows, which are few: rows that are alike are read once."""

    def __init__(self, schedule: ScheduleSettings) -> None:
        self._schedule = schedule
        self._known: dict[tuple[float | str | None, ...], Rates] = {}

    def read(self, contacts: float, visits: float, monthly: float, risk: str) -> Rates:
        """Return a row's rates, the same of rows that are alike."""
        cells = *(None if math.isnan(cell) else cell for cell in (contacts, visits, monthly)), risk
        if cells not in self._known:
            self._known[cells] = _read_rates(contacts, visits, monthly, risk, self._schedule)
        return self._known[cells]


class Span(NamedTuple):
    """The days of the horizon on which an elder can be asked, by their positions, both included."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return max(self.last - self.first + 1, 0)


class MeetDays(NamedTuple):
    """The days of each week on which two have time for a visit, and for any contact; (weeks,) each."""

    visit: tuple[int, ...]
    contact: tuple[int, ...]


def compute_due(
    elders: pd.DataFrame,
    horizon: Horizon,
    schedule: ScheduleSettings,
    begin: Counts | None = None,
    meet: Callable[[int], MeetDays | None] = lambda _elder: None,
) -> Due:
    """Return the contacts due in each week of the horizon, elder by elder; like rows are reckoned once.

    Nothing is due before ``begin``, the position in the horizon from which each elder has a pair, nor outside the
    elder's dates. What is due less than once a week is due where the elder and the volunteer ``meet``, by the elder's
    place; None: anybody might come. Where statutory holidays are to ``add``, the week of a break's first day is due one
    contact more.
    """
    weeks = [week.days for week in horizon.weeks()]
    calendar = CheckedCalendar.of(horizon, schedule)
    open_days = [schedule.due_when_closed or not shut for shut in calendar.closed.tolist()]
    begins = np.zeros(len(elders), dtype=np.int64) if begin is None else begin
    columns = ["contacts_per_week", "visits_per_week", "visits_per_month", "risk", "id"]
    known: dict[tuple[Rates, int, Span, MeetDays | None], tuple[list[int], list[int]]] = {}
    rows = _RatesOfRows(schedule)
    visits, contacts, seldom = [], [], []
    spans = _find_spans(elders, begins, horizon)
    for elder, (week_rate, visit_rate, monthly, risk, name, span) in enumerate(
        zip(*(elders[column].tolist() for column in columns), spans, strict=True)
    ):
        rates = rows.read(week_rate, visit_rate, monthly, risk)
        # rates that need more than a week to come round begin at different days for different elders
        phase = zlib.crc32(name.encode()) if rates.need_phase else 0
        seldom.append(rates.seldom)
        days = meet(elder) if any(rates.seldom) else None
        if (rates, phase, span, days) not in known:
            reckoning = _Reckoning(horizon, weeks, open_days, span, phase)
            due = reckoning.count_by_week(rates, schedule.min_visits_per_month)
            if days is not None:
                due = put_where_they_meet(*due, days, rates.seldom)
            known[rates, phase, span, days] = reckoning.add_breaks(*due, calendar.first_of_break.tolist())
        contacts_due, visits_due = known[rates, phase, span, days]
        contacts.append(contacts_due)
        visits.append(visits_due)
    shape = (len(elders), len(weeks))
    visits_by_week, contacts_by_week = (np.array(due, dtype=np.int64).reshape(shape) for due in (visits, contacts))
    return Due(visits_by_week, contacts_by_week, tuple(seldom))


def put_where_they_meet(
    contacts: list[int], visits: list[int], meet: MeetDays, seldom: tuple[bool, bool]
) -> tuple[list[int], list[int]]:
    """Return the contacts and the visits due in each week, those due less than once a week where two can meet.

    A week without the days gives to the next that has them, else to the last before: visits to weeks with contacts
    beside them, then contacts, visits and all, to weeks without any. What fits nowhere stays.
    """
    contacts, visits = list(contacts), list(visits)

    def list_others(week: int) -> list[int]:
        return [*range(week + 1, len(contacts)), *reversed(range(week))]

    if seldom[1]:
        room = [min(due, days) for due, days in zip(contacts, meet.visit, strict=True)]
        for week in range(len(contacts)):
            for other in list_others(week):
                more = min(visits[week] - meet.visit[week], room[other] - visits[other])
                if more > 0:
                    visits[week], visits[other] = visits[week] - more, visits[other] + more
    for days in (meet.visit, meet.contact) if seldom[0] else ():
        for week in range(len(contacts)):
            can = days if visits[week] else meet.contact
            empty = [one for one in list_others(week) if not contacts[one] and can[one]]
            if contacts[week] == 1 and not can[week] and empty:
                contacts[empty[0]], visits[empty[0]] = contacts[week], visits[week]
                contacts[week] = visits[week] = 0
    return contacts, visits


def compute_longest_gaps(elders: pd.DataFrame, due: Due, horizon: Horizon, schedule: ScheduleSettings) -> list[int]:
    """Return the most days on end that each elder may be without a contact; rarer contacts have their own interval."""
    most = {str(tier): days for tier, days in schedule.max_gap_days_by_risk.items()}
    weeks = [week.days for week in horizon.weeks()]
    calendar = CheckedCalendar.of(horizon, schedule)
    open_days = [schedule.due_when_closed or not shut for shut in calendar.closed.tolist()]
    columns = ["contacts_per_week", "visits_per_week", "visits_per_month", "risk", "id"]
    spans = _find_spans(elders, np.zeros(len(elders), dtype=np.int64), horizon)
    rows = zip(*(elders[column].tolist() for column in columns), spans, due.visits.sum(axis=1).tolist(), strict=True)
    gaps, rates = [], _RatesOfRows(schedule)
    for week_rate, visit_rate, monthly, risk, name, span, visits in rows:
        rate = rates.read(week_rate, visit_rate, monthly, risk).contacts
        if visits > sum(_Reckoning(horizon, weeks, open_days, span, zlib.crc32(name.encode())).spread_rate(rate)):
            rate = max(rate, Fraction(visits, horizon.days))
        interval = (1 / rate).__ceil__() if rate else 366
        gaps.append(max(most.get(risk, schedule.max_gap_days), interval))
    return gaps


def _find_spans(elders: pd.DataFrame, since: Counts, horizon: Horizon) -> list[Span]:
    """Return each elder's days between joining and leaving, none before the position ``since``."""
    start = np.datetime64(horizon.start, "D")
    joined, left = (elders[name].to_numpy("datetime64[D]") for name in ("joined", "left"))
    first = np.where(np.isnat(joined), 0, (joined - start).astype(np.int64))
    last = np.where(np.isnat(left), horizon.days, (left - start).astype(np.int64))
    first, last = np.maximum(first, np.maximum(since, 0)), np.minimum(last, horizon.days - 1)
    return [Span(*span) for span in zip(first.tolist(), last.tolist(), strict=True)]


def _read_rates(contacts: float, visits: float, monthly: float, risk: str, schedule: ScheduleSettings) -> Rates:
    """Return an elder's rates: the row's own, else those of the elder's risk, else everybody's.

    Where the row says how often contacts are, but nothing of visits, there are no more visits than that.
    """

    def compute_daily_rate(own: float, by_risk: dict[str, float], everybody: float) -> Fraction:
        return _divide_by_days(by_risk.get(risk, everybody) if math.isnan(own) else own)

    contacts_by_risk = {str(tier): rate for tier, rate in schedule.contacts_per_week_by_risk.items()}
    visits_by_risk = {str(tier): rate for tier, rate in schedule.visits_per_week_by_risk.items()}
    least_by_risk = {str(tier): rate for tier, rate in schedule.min_visits_per_week_by_risk.items()}
    contact_rate = compute_daily_rate(contacts, contacts_by_risk, schedule.contacts_per_week)
    visit_rate = compute_daily_rate(visits, visits_by_risk, schedule.visits_per_week)
    if math.isnan(visits) and not math.isnan(contacts):
        visit_rate = min(visit_rate, contact_rate)
    return Rates(
        contact_rate,
        visit_rate,
        int(monthly) if math.isnan(visits) and not math.isnan(monthly) else None,
        compute_daily_rate(np.nan, least_by_risk, 0.0),
    )


@cache
def _divide_by_days(rate: float) -> Fraction:
    """Return a rate a week as one a day; rosters know few."""
    return Fraction(rate / 7).limit_denominator(366)


@dataclass(frozen=True, slots=True)
class _Reckoning:
    """Reckoning of one elder's weeks."""

    horizon: Horizon
    week_days: list[int]
    open_days: list[bool]
    span: Span
    phase: int

    @property
    def weeks(self) -> list[range]:
        """Return the elder's days of each week, by their positions in the horizon."""
        found, start = [], 0
        for days in self.week_days:
            first = max(start, self.span.first)
            found.append(range(first, max(first, min(start + days, self.span.last + 1))))
            start += days
        return found

    @property
    def room(self) -> list[int]:
        """Return how many of these days can be asked, in each week."""
        return [sum(self.open_days[day] for day in days) for days in self.weeks]

    def count_by_week(self, rates: Rates, min_visits_per_month: int) -> tuple[list[int], list[int]]:
        """Return the contacts and the visits due in each week."""
        room = self.room
        if not rates.contacts:
            return [0] * len(room), [0] * len(room)
        contacts = self.spread_rate(rates.contacts)
        by_week = rates.visits if rates.visits_per_month is None else Fraction(0)
        asked = self.spread_rate(max(by_week, rates.least_visits))
        number = max(self._share_month(rates.visits_per_month or 0), self._share_month(min_visits_per_month))
        if sum(asked) < number:
            # among the contacts where they are enough
            asked = _spread_number(number, contacts if number <= sum(contacts) else room)
        visits = [min(due, most) for due, most in zip(asked, room, strict=True)]
        return [min(max(due, visit), most) for due, visit, most in zip(contacts, visits, room, strict=True)], visits

    def add_breaks(
        self, contacts: list[int], visits: list[int], first_of_break: list[bool]
    ) -> tuple[list[int], list[int]]:
        """Return both with a contact more for each first day of a break, if the elder is due any."""
        if not any(contacts):
            return contacts, visits
        added = [sum(first_of_break[day] and self.open_days[day] for day in days) for days in self.weeks]
        return [min(due + more, most) for due, more, most in zip(contacts, added, self.room, strict=True)], visits

    def _share_month(self, number: int) -> int:
        """Return the elder's share of a number a month, rounded half up."""
        return (Fraction(number * self.span.days, self.horizon.days) + Fraction(1, 2)).__floor__()

    def spread_rate(self, rate: Fraction) -> list[int]:
        """Return what a daily rate makes due in each week.

        What is due up to a day, counted from a Monday long ago, is rounded half up; a week is due the difference.
        """
        if not rate:
            return [0] * len(self.week_days)
        period = rate.denominator
        # where the period is whole weeks, a week that the month's edge cuts is due where four of its days or more lie
        in_weeks = period % 7 == 0
        offset = 7 * (self.phase % (period // 7)) + (-(-period // 2) - 4) % 7 if in_weeks else self.phase % period
        from_monday = self.horizon.start.toordinal() - _MONDAY + offset

        def count_up_to(position: int) -> int:
            return (rate * (position + from_monday) + Fraction(1, 2)).__floor__()

        due = [count_up_to(days.stop) - count_up_to(days.start) for days in self.weeks]
        if rate * 7 >= 1:
            return [min(number, most) for number, most in zip(due, self.room, strict=True)]
        return _put_beside(due, [min(most, 1) for most in self.room])


def _put_beside(due: list[int], room: list[int]) -> list[int]:
    """Return what is due; what a week has no room for is due in the next that has, else in the last before."""
    out = [min(number, most) for number, most in zip(due, room, strict=True)]
    waiting = 0
    for week, number in enumerate(due):
        waiting += number - out[week]
        if waiting and out[week] < room[week]:
            more = min(waiting, room[week] - out[week])
            out[week], waiting = out[week] + more, waiting - more
    for week in reversed(range(len(due))):
        more = min(waiting, room[week] - out[week])
        out[week], waiting = out[week] + more, waiting - more
    return out


def _spread_number(number: int, weights: list[int]) -> list[int]:
    """Return what a number a month makes due in each week, in proportion to the weights gone, rounded half up."""
    gone, counted, counts = 0, 0, []
    for weight in weights:
        gone += weight
        so_far = (Fraction(number * gone, max(sum(weights), 1)) + Fraction(1, 2)).__floor__()
        counts.append(so_far - counted)
        counted = so_far
    return counts
