"""Cadence: how many contacts are due in each week, and whether each is planned or listed as unscheduled."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
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

    @property
    def is_contacted(self) -> NDArray[np.bool_]:
        """Return which elders are due any contact at all, (n elders,)."""
        return np.asarray(self.contacts.any(axis=1))

    @property
    def is_visited(self) -> NDArray[np.bool_]:
        """Return which elders are due any visit, (n elders,)."""
        return np.asarray(self.visits.any(axis=1))


class Rates(NamedTuple):
    """How often an elder is due contacts: rates a day, and a number of visits a month where the row says so."""

    contacts: Fraction
    visits: Fraction
    visits_per_month: int | None
    least_visits: Fraction


def compute_due(elders: pd.DataFrame, horizon: Horizon, schedule: ScheduleSettings) -> Due:
    """Return the contacts due in each week of the horizon, elder by elder; like rows are reckoned once.

    Where statutory holidays are to ``add``, the week of a break's first day is due one contact more.
    """
    days = [week.days for week in horizon.weeks()]
    breaks = CheckedCalendar.of(horizon, schedule).first_of_break.astype(np.int64)
    added = np.add.reduceat(breaks, np.cumsum([0, *days[:-1]]))
    columns = ["contacts_per_week", "visits_per_week", "visits_per_month", "risk", "id"]
    known: dict[tuple[Rates, int], tuple[list[int], list[int]]] = {}
    visits, contacts = [], []
    for week_rate, visit_rate, monthly, risk, name in zip(
        *(elders[column].tolist() for column in columns), strict=True
    ):
        rates = _read_rates(week_rate, visit_rate, monthly, risk, schedule)
        spans = {rate.denominator for rate in rates if isinstance(rate, Fraction) and rate.denominator != 7}
        # rates that need more than a week to come round begin at different days for different elders
        phase = zlib.crc32(name.encode()) if spans - {1} else 0
        if (rates, phase) not in known:
            known[rates, phase] = _count_by_week(rates, phase, horizon, schedule.min_visits_per_month)
        contacts_due, visits_due = known[rates, phase]
        contacts.append(contacts_due)
        visits.append(visits_due)
    shape = (len(elders), len(days))
    made = np.array(contacts, dtype=np.int64).reshape(shape)
    raised = np.minimum(made + added, np.array(days)) if len(made) else made
    return Due(np.array(visits, dtype=np.int64).reshape(shape), np.where(made.any(axis=1, keepdims=True), raised, 0))


def compute_longest_gaps(elders: pd.DataFrame, due: Due, horizon: Horizon, schedule: ScheduleSettings) -> list[int]:
    """Return the most days on end that each elder may be without a contact; rarer contacts have their own interval."""
    most = {str(tier): days for tier, days in schedule.max_gap_days_by_risk.items()}
    columns = ["contacts_per_week", "visits_per_week", "visits_per_month", "risk", "id"]
    rows = zip(*(elders[column].tolist() for column in columns), due.visits.sum(axis=1).tolist(), strict=True)
    gaps = []
    for week_rate, visit_rate, monthly, risk, name, visits in rows:
        rate = _read_rates(week_rate, visit_rate, monthly, risk, schedule).contacts
        if visits > sum(_spread_rate(rate, zlib.crc32(name.encode()), horizon)):
            rate = max(rate, Fraction(visits, horizon.days))
        interval = (1 / rate).__ceil__() if rate else 366
        gaps.append(max(most.get(risk, schedule.max_gap_days), interval))
    return gaps


def _read_rates(contacts: float, visits: float, monthly: float, risk: str, schedule: ScheduleSettings) -> Rates:
    """Return an elder's rates: the row's own, else those of the elder's risk, else everybody's."""

    def compute_daily_rate(own: float, by_risk: dict[str, float], everybody: float) -> Fraction:
        rate = by_risk.get(risk, everybody) if np.isnan(own) else own
        return Fraction(rate / 7).limit_denominator(366)

    contacts_by_risk = {str(tier): rate for tier, rate in schedule.contacts_per_week_by_risk.items()}
    visits_by_risk = {str(tier): rate for tier, rate in schedule.visits_per_week_by_risk.items()}
    least_by_risk = {str(tier): rate for tier, rate in schedule.min_visits_per_week_by_risk.items()}
    return Rates(
        compute_daily_rate(contacts, contacts_by_risk, schedule.contacts_per_week),
        compute_daily_rate(visits, visits_by_risk, schedule.visits_per_week),
        int(monthly) if np.isnan(visits) and not np.isnan(monthly) else None,
        compute_daily_rate(np.nan, least_by_risk, 0.0),
    )


def _count_by_week(
    rates: Rates, phase: int, horizon: Horizon, min_visits_per_month: int
) -> tuple[list[int], list[int]]:
    """Return the contacts and the visits due in each week."""
    days = [week.days for week in horizon.weeks()]
    if not rates.contacts:
        return [0] * len(days), [0] * len(days)
    if rates.visits_per_month is None:
        asked = _spread_rate(max(rates.visits, rates.least_visits), phase, horizon)
        if sum(asked) < min_visits_per_month:
            asked = _spread_over_month(min_visits_per_month, horizon)
    else:
        number = max(rates.visits_per_month, min_visits_per_month)
        often_enough = Fraction(number, horizon.days) >= rates.least_visits
        asked = (
            _spread_over_month(number, horizon) if often_enough else _spread_rate(rates.least_visits, phase, horizon)
        )
    visits = [min(due, most) for due, most in zip(asked, days, strict=True)]
    contacts = _spread_rate(rates.contacts, phase, horizon)
    return [min(max(due, visit), most) for due, visit, most in zip(contacts, visits, days, strict=True)], visits


def _spread_rate(rate: Fraction, phase: int, horizon: Horizon) -> list[int]:
    """Return what a daily rate makes due in each week.

    What is due up to a day, counted from a Monday long ago, is rounded half up; a week is due the difference.
    """
    if not rate:
        return [0] * len(horizon.weeks())
    span = rate.denominator
    # where the span is whole weeks, a week that the month's edge cuts is due where four of its days or more lie
    offset = phase % span if span % 7 else 7 * (phase % (span // 7)) + (-(-span // 2) - 4) % 7

    def count_up_to(ordinal: int) -> int:
        return (rate * (ordinal - _MONDAY + offset) + Fraction(1, 2)).__floor__()

    return [count_up_to(week.end.toordinal() + 1) - count_up_to(week.start.toordinal()) for week in horizon.weeks()]


def _spread_over_month(number: int, horizon: Horizon) -> list[int]:
    """Return what a number a month makes due in each week, in proportion to the days gone, rounded half up."""
    days_gone, counted, counts = 0, 0, []
    for week in horizon.weeks():
        days_gone += week.days
        so_far = (Fraction(number * days_gone, horizon.days) + Fraction(1, 2)).__floor__()
        counts.append(so_far - counted)
        counted = so_far
    return counts
