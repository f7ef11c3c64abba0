"""The cadence: how many contacts, and how many of them visits, are due in each week, and how they should be spaced.

This is the one place that counts what is usually due. Only what can be asked is: nothing before an elder joins, after
they leave or before their pair is one, and no more in a week than it has open days.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar, index_days, index_weeks
from matcher.frequency import in_days
from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings
from matcher.settings.schedule import Risk

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

_A_MONDAY = date(2001, 1, 1)
"""Days are counted from here, so that what is due in a week does not depend on where months are cut."""
_FAR = 1 << 20
"""Days from any horizon, more than any date on a roster is away."""


@dataclass(frozen=True, slots=True, eq=False)
class AskableDays:
    """The days on which contacts of n elders can be asked."""

    first: Counts
    last: Counts
    """The first and the last day of each elder in the horizon; the last is before the first for nobody's days, (n,)."""
    is_askable: Mask
    """Those of them that are open, or all while ``due_when_closed`` is set, (n, days)."""
    week: Counts
    """Each day's week, (days,)."""

    @classmethod
    def find(
        cls,
        elders: pd.DataFrame,
        horizon: Horizon,
        schedule: ScheduleSettings,
        begins: NDArray[np.datetime64] | None = None,
    ) -> AskableDays:
        """Return the days of some elders, by their rows; ``begins``: the day from which each one's pair is one."""
        joined, left = (
            np.where(elders[name].isna(), at, index_days(elders[name].to_numpy(), horizon))
            for name, at in (("joined", -_FAR), ("left", _FAR))
        )
        if begins is not None:
            joined = np.maximum(joined, np.where(np.isnat(begins), -_FAR, index_days(begins, horizon)))
        first, last = np.maximum(joined, 0).astype(np.int64), np.minimum(left, horizon.days - 1).astype(np.int64)
        day = np.arange(horizon.days)
        askable = (day >= first[:, None]) & (day <= last[:, None])
        if not schedule.due_when_closed:
            askable = askable & Calendar.build(horizon, schedule).is_open
        return cls(first, last, askable, index_weeks(horizon))

    @property
    def days(self) -> Counts:
        """Return how many days each elder has in the horizon, open or not, (n,)."""
        return np.asarray(np.maximum(self.last - self.first + 1, 0))

    def count_by_week(self) -> Counts:
        """Return how many days of each week can be asked, (n, weeks)."""
        starts = np.flatnonzero(np.diff(self.week, prepend=-1))
        return np.add.reduceat(self.is_askable.astype(np.int64), starts, axis=1)

    def find_week_edges(self) -> tuple[Counts, Counts]:
        """Return the first day of each elder in each week, and the day after the last, equal for none, (n, weeks)."""
        starts = np.flatnonzero(np.diff(self.week, prepend=-1))
        ends = np.append(starts[1:], len(self.week))
        begin = np.clip(self.first[:, None], starts, ends)
        return begin, np.maximum(np.clip(self.last[:, None] + 1, starts, ends), begin)


@dataclass(frozen=True, slots=True, eq=False)
class Cadence:
    """How often, and how evenly, n elders are due contacts."""

    contacts: Counts
    """Contacts due, (n, weeks)."""
    visits: Counts
    """Visits among them, (n, weeks)."""
    least_visits: Counts
    """Visits in the horizon that no elder is to go without, some of those due, (n,)."""
    interval_days: NDArray[np.float64]
    """Days from one contact to the next if all were evenly spaced, (n,); infinite where none are due."""
    min_gap_days: Counts
    """Days from one contact to the next that are not to be undercut without need, (n,)."""
    max_gap_days: Counts
    """Most days on end without a contact, (n,)."""
    keeps_weekdays: Mask
    """Whether visits, and calls, come so many times in whole weeks, and so on the same weekdays, (n, 2)."""
    is_seldom: Mask
    """Whether contacts, and visits, are due less than once a week, (n, 2)."""

    @classmethod
    def compute(
        cls,
        elders: pd.DataFrame,
        who: Counts,
        horizon: Horizon,
        schedule: ScheduleSettings,
        begins: NDArray[np.datetime64] | None = None,
    ) -> Cadence:
        """Return what the elders ``who``, (n,) indices into ``elders``, are due by their rows and the settings.

        - how often: the elder's own ``contacts_per_week``; else the risk tier's; else everybody's. Visits likewise:
          ``visits_per_week``, else ``visits_per_month``, else the tier's, else everybody's. These defaults are no more
          than the contacts that the elder's own row asks for. Visits are never fewer than ``min_visits_per_month`` and
          the tier's ``min_visits_per_week_by_risk``
        - due in a week, whole or cut by the horizon, by joining, leaving or ``begins``: so many times in so many days,
          counted from a Monday and rounded half up at both ends of the week. What the two parts of a cut week are due
          adds up to a whole week's. Intervals that are no weeks begin on a day of the elder's own, a hash of the id
        - so many a month, of part of a month its share, rounded half up, are spread over the contacts due; where they
          are more than these, over the days that can be asked
        - no week is due more than it has days that can be asked. Who is due less than once a week gets what a closed
          week can't hold in the next week that is due none, else in the one before
        - contacts are raised to the visits; both are at most one a day; who is due no contacts is due no visits
        - spacing: the interval is the days a contact; ``min_gap_days`` is no more than that rounded down, and
          ``max_gap_days`` no less than that rounded up

        Raises ``InputError`` as ``Calendar.build``.
        """
        own = elders.iloc[who]
        risk = own["risk"].to_numpy().astype(str)
        contacts = _choose_rate(
            own["contacts_per_week"], risk, schedule.contacts_per_week, schedule.contacts_per_week_by_risk
        )
        visits = _choose_rate(own["visits_per_week"], risk, schedule.visits_per_week, schedule.visits_per_week_by_risk)
        own_contacts, own_visits = (
            own["contacts_per_week"].notna().to_numpy(),
            own["visits_per_week"].notna().to_numpy(),
        )
        visits = np.where(own_contacts & ~own_visits, np.minimum(visits, contacts), visits)
        monthly = np.where(own_visits, np.nan, own["visits_per_month"].to_numpy(float))
        least = _choose_rate(pd.Series(np.nan, index=own.index), risk, 0.0, schedule.min_visits_per_week_by_risk)
        asked = _Asked(contacts, visits, monthly, least, np.zeros(len(who), dtype=np.int64))
        for rate in (contacts, asked.visits_by_week):
            rows = np.flatnonzero(_has_phase(rate) & (asked.phase == 0))
            asked.phase[rows] = [zlib.crc32(name.encode()) for name in own["id"].iloc[rows].tolist()]
        return cls._count(AskableDays.find(own, horizon, schedule, begins), horizon, schedule, asked, risk)

    @classmethod
    def _count(
        cls, days: AskableDays, horizon: Horizon, schedule: ScheduleSettings, asked: _Asked, risk: NDArray[np.str_]
    ) -> Cadence:
        """Return the cadence of elders who are asked so many contacts and visits."""
        can = days.count_by_week()
        own = _count_due(asked.contacts, horizon, days, asked.phase)
        month_share = (2 * schedule.min_visits_per_month * days.days + horizon.days) // (2 * horizon.days)
        visits = _count_visits(asked, own, month_share, horizon, days)
        visits = np.minimum(np.where(asked.contacts[:, None] > 0, visits, 0), can)
        due = np.minimum(np.maximum(own, visits), can)
        raised = np.where(visits.sum(axis=1) > own.sum(axis=1), visits.sum(axis=1) / horizon.days, 0.0)
        with np.errstate(divide="ignore"):
            interval = 1 / np.maximum(asked.contacts / 7, raised)
        interval = np.where(asked.contacts > 0, np.maximum(interval, 1.0), np.inf)
        most = np.full(len(risk), schedule.max_gap_days, dtype=np.int64)
        for tier, gap in schedule.max_gap_days_by_risk.items():
            most[risk == tier] = gap
        finite = np.minimum(interval, 366.0)
        least = np.minimum(schedule.min_gap_days, np.floor(finite + 1e-9)).astype(np.int64)
        in_weeks = _are_in_weeks(asked.contacts)
        visits_in_weeks = np.where(np.isnan(asked.monthly), _are_in_weeks(asked.visits), True)
        return cls(
            due,
            visits,
            np.minimum(month_share, visits.sum(axis=1)),
            interval,
            np.maximum(least, 1),
            np.maximum(most, np.ceil(finite - 1e-9).astype(np.int64)),
            np.column_stack([in_weeks & visits_in_weeks, in_weeks]),
            np.column_stack([asked.contacts < 1, asked.visits_by_week < 1]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """How often n elders are to be contacted: times a week, or visits a month where not NaN."""

    contacts: NDArray[np.float64]
    visits: NDArray[np.float64]
    monthly: NDArray[np.float64]
    least_visits: NDArray[np.float64]
    phase: Counts
    """A number of the elder's own, where it matters (``_has_phase``)."""

    @property
    def visits_by_week(self) -> NDArray[np.float64]:
        """Return the visits asked by the week, (n,): the tier's least of elders who ask for so many a month."""
        return np.maximum(np.where(np.isfinite(self.monthly), 0.0, self.visits), self.least_visits)


def _count_visits(asked: _Asked, contacts: Counts, month_share: Counts, horizon: Horizon, days: AskableDays) -> Counts:
    """Return the visits due in each week, (n, weeks): by the week, or so many a month where these are more."""
    weekly = _count_due(asked.visits_by_week, horizon, days, asked.phase)
    of_month = np.nan_to_num(asked.monthly).astype(np.int64)
    number = (2 * of_month * days.days + horizon.days) // (2 * horizon.days)
    number = np.maximum(number, month_share)
    fits = number <= contacts.sum(axis=1)
    spread = _spread(number, np.where(fits[:, None], contacts, days.count_by_week()))
    return np.where((weekly.sum(axis=1) >= number)[:, None], weekly, spread)


def _choose_rate(
    column: pd.Series, risk: NDArray[np.str_], everybody: float, by_risk: Mapping[Risk, float]
) -> NDArray[np.float64]:
    """Return times a week: the elder's own, else the tier's, else everybody's."""
    of_tier = np.full(len(risk), float(everybody))
    for tier, rate in by_risk.items():
        of_tier[risk == tier] = rate
    own = column.to_numpy(float)
    return np.where(np.isfinite(own), own, of_tier)


def _read_spans(per_week: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Return how many times in how many days, (n,) each."""
    rates, place = np.unique(per_week, return_inverse=True)
    times, span = np.array([in_days(rate) for rate in rates.tolist()], dtype=np.int64).reshape(-1, 2)[place].T
    return times, span


def _has_phase(per_week: NDArray[np.float64]) -> Mask:
    """Return which rates hang on the elder's own number: all but so many times a week or a day."""
    _, span = _read_spans(per_week)
    return np.asarray((span != 7) & (span != 1))


def _are_in_weeks(per_week: NDArray[np.float64]) -> Mask:
    """Return which rates come in whole weeks, or daily: others are intervals of days."""
    _, span = _read_spans(per_week)
    return np.asarray((span % 7 == 0) | (span == 1))


def _count_due(per_week: NDArray[np.float64], horizon: Horizon, days: AskableDays, phase: Counts) -> Counts:
    """Return what is due in each week at so many times a week, (n, weeks).

    The count from a Monday to a day is the times times the days, rounded half up; a week is due what the count gains
    in it, as far as it can be asked.
    """
    times, span = (part[:, None] for part in _read_spans(per_week))
    # so many weeks: a cut week's visit goes to the longer part, whichever of the weeks it is
    phase = phase[:, None]
    weekly = 7 * (phase % np.maximum(span // 7, 1)) + ((span + 1) // 2 - 4) % 7
    offset = np.where(span % 7 == 0, weekly, phase % span) + (horizon.start - _A_MONDAY).days
    begin, end = ((2 * times * (edge + offset) + span) // (2 * span) for edge in days.find_week_edges())
    can = days.count_by_week()
    rare = times * 7 < span
    return _move_beside(end - begin, np.where(rare, np.minimum(can, 1), can), rare[:, 0])


def _move_beside(due: Counts, most: Counts, may_move: Mask) -> Counts:
    """Return what is due, at most ``most`` a week, (n, weeks); what is more goes to the next week, else the last."""
    out = np.minimum(due, most)
    carried = np.zeros(len(due), dtype=np.int64)
    for w in range(due.shape[1]):  # invariant: ``carried`` is what the weeks up to w could not hold
        carried += np.where(may_move, due[:, w] - out[:, w], 0)
        more = np.minimum(carried, most[:, w] - out[:, w])
        out[:, w] += more
        carried -= more
    for w in range(due.shape[1] - 1, -1, -1):
        more = np.minimum(carried, most[:, w] - out[:, w])
        out[:, w] += more
        carried -= more
    return out


def _spread(number: Counts, weight: Counts) -> Counts:
    """Return V spread by weights, (n, weeks): V c / C are due to the c-th of C, rounded half up."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1)
    to_end = (2 * number[:, None] * np.cumsum(weight, axis=1) + total) // (2 * total)
    return np.asarray(np.diff(to_end, axis=1, prepend=0), dtype=np.int64)
