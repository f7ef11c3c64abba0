"""The cadence: how many contacts, and how many of them visits, are due in each week, and how they should be spaced."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.frequency import in_days
from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings
from matcher.settings.schedule import Risk

Counts = NDArray[np.int64]

_A_MONDAY = date(2001, 1, 1)
"""Days are counted from here, so that what is due in a week does not depend on where months are cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Cadence:
    """How often, and how evenly, n elders are due contacts."""

    contacts: Counts
    """Contacts due, (n, weeks)."""
    visits: Counts
    """Visits among them, (n, weeks)."""
    interval_days: NDArray[np.float64]
    """Days from one contact to the next if all were evenly spaced, (n,); infinite where none are due."""
    min_gap_days: Counts
    """Days from one contact to the next that are not to be undercut without need, (n,)."""
    max_gap_days: Counts
    """Most days on end without a contact, (n,)."""

    @classmethod
    def compute(cls, elders: pd.DataFrame, who: Counts, horizon: Horizon, schedule: ScheduleSettings) -> Cadence:
        """Return what the elders ``who``, (n,) indices into ``elders``, are due by their rows and the settings.

        - how often: the elder's own ``contacts_per_week``; else the risk tier's; else everybody's. Visits likewise:
          ``visits_per_week``, else ``visits_per_month``, else the tier's, else everybody's; but never fewer than
          ``min_visits_per_month`` and the tier's ``min_visits_per_week_by_risk``
        - due in a week, whole or cut by the horizon: so many times in so many days, counted from a Monday and rounded
          half up at both ends of the week. What the two parts of a cut week are due adds up to a whole week's.
          Intervals that are no weeks begin on a day of the elder's own, a hash of the id; so many a month are spread
          over the horizon
        - contacts are raised to the visits; both are at most one a day; who is due no contacts is due no visits
        - spacing: the interval is the days a contact; ``min_gap_days`` is no more than that rounded down, and
          ``max_gap_days`` no less than that rounded up
        """
        own = elders.iloc[who]
        risk = own["risk"].to_numpy().astype(str)
        contacts = _choose_rate(
            own["contacts_per_week"], risk, schedule.contacts_per_week, schedule.contacts_per_week_by_risk
        )
        visits = _choose_rate(own["visits_per_week"], risk, schedule.visits_per_week, schedule.visits_per_week_by_risk)
        monthly = own["visits_per_month"].to_numpy(float)
        monthly = np.where(own["visits_per_week"].notna(), np.nan, monthly)
        least = _choose_rate(pd.Series(np.nan, index=own.index), risk, 0.0, schedule.min_visits_per_week_by_risk)
        phase = np.array([zlib.crc32(name.encode()) for name in own["id"].tolist()], dtype=np.int64)
        return cls._count(horizon, schedule, contacts, _VisitRates(visits, monthly, least), phase, risk)

    @classmethod
    def _count(
        cls,
        horizon: Horizon,
        schedule: ScheduleSettings,
        contacts: NDArray[np.float64],
        rates: _VisitRates,
        phase: Counts,
        risk: NDArray[np.str_],
    ) -> Cadence:
        """Return the cadence of elders with so many contacts and visits."""
        days = np.array([week.days for week in horizon.weeks()], dtype=np.int64)
        visits = rates.count_due(horizon, days, phase, schedule.min_visits_per_month)
        visits = np.minimum(np.where(contacts[:, None] > 0, visits, 0), days)
        own = _count_due(contacts, horizon, days, phase)
        due = np.minimum(np.maximum(own, visits), days)
        raised = np.where(visits.sum(axis=1) > own.sum(axis=1), visits.sum(axis=1) / horizon.days, 0.0)
        with np.errstate(divide="ignore"):
            interval = 1 / np.maximum(contacts / 7, raised)
        interval = np.where(contacts > 0, np.maximum(interval, 1.0), np.inf)
        most = np.array(
            [schedule.max_gap_days_by_risk.get(tier, schedule.max_gap_days) for tier in risk], dtype=np.int64
        )
        finite = np.minimum(interval, 366.0)
        least = np.minimum(schedule.min_gap_days, np.floor(finite + 1e-9)).astype(np.int64)
        return cls(
            due, visits, interval, np.maximum(least, 1), np.maximum(most, np.ceil(finite - 1e-9).astype(np.int64))
        )


@dataclass(frozen=True, slots=True, eq=False)
class _VisitRates:
    """How often n elders are to be visited: times a week, or times a month where not NaN; and at least."""

    per_week: NDArray[np.float64]
    per_month: NDArray[np.float64]
    at_least_per_week: NDArray[np.float64]

    def count_due(self, horizon: Horizon, days: Counts, phase: Counts, at_least: int) -> Counts:
        """Return the visits due in each week, (n, weeks)."""
        by_week = np.maximum(self.per_week, self.at_least_per_week)
        weekly = _count_due(by_week, horizon, days, phase)
        month = np.nan_to_num(np.maximum(self.per_month, at_least), nan=float(at_least)).astype(np.int64)
        spread = _spread_over_horizon(month, horizon, days)
        in_month = np.isfinite(self.per_month) & (month * 7 >= self.at_least_per_week * horizon.days)
        in_month |= ~np.isfinite(self.per_month) & (weekly.sum(axis=1) < at_least)
        floor = _count_due(self.at_least_per_week, horizon, days, phase)
        return np.where(in_month[:, None], spread, np.where(np.isfinite(self.per_month)[:, None], floor, weekly))


def _choose_rate(
    column: pd.Series, risk: NDArray[np.str_], everybody: float, by_risk: Mapping[Risk, float]
) -> NDArray[np.float64]:
    """Return times a week: the elder's own, else the tier's, else everybody's."""
    of_tier = np.full(len(risk), float(everybody))
    for tier, rate in by_risk.items():
        of_tier[risk == tier] = rate
    own = column.to_numpy(float)
    return np.where(np.isfinite(own), own, of_tier)


def _count_due(per_week: NDArray[np.float64], horizon: Horizon, days: Counts, phase: Counts) -> Counts:
    """Return what is due in each week at so many times a week, (n, weeks).

    The count from a Monday to a day is the times times the days, rounded half up; a week is due what the count gains
    in it.
    """
    rates, place = np.unique(per_week, return_inverse=True)
    times, span = np.array([in_days(rate) for rate in rates.tolist()], dtype=np.int64).reshape(-1, 2)[place].T
    weekly = span % 7 == 0
    # so many weeks: a cut week's visit goes to the longer part, whichever of the weeks it is
    offset = np.where(weekly, 7 * (phase % np.maximum(span // 7, 1)) + ((span + 1) // 2 - 4) % 7, phase % span)
    start = (horizon.start - _A_MONDAY).days
    edges = start + np.concatenate(([0], np.cumsum(days)))
    counted = (2 * times[:, None] * (edges + offset[:, None]) + span[:, None]) // (2 * span[:, None])
    return np.asarray(np.diff(counted, axis=1), dtype=np.int64)


def _spread_over_horizon(per_month: Counts, horizon: Horizon, days: Counts) -> Counts:
    """Return what is due in each week of V a month: V c / D are due to the c-th of D days, rounded half up."""
    to_end = (2 * per_month[:, None] * np.cumsum(days) + horizon.days) // (2 * horizon.days)
    return np.asarray(np.diff(to_end, axis=1, prepend=0), dtype=np.int64)
