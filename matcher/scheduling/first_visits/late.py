"""First visits that come later than the first days, and why: what a coordinator is to know before the elder waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.demand.cadence import AskableDays
from matcher.demand.calendar import Calendar, index_days, index_weeks
from matcher.demand.time_windows import TimeWindows
from matcher.messages import LATE_FIRST_VISITS, Issue
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.new_pairs import count_calls_as_visits, find_strangers

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def find_late_first_visits(
    schedule: Schedule, plan: Plan, earlier: EarlierContacts, start: date | None
) -> tuple[Issue, ...]:
    """Return an issue for each pair whose first visit, by its own volunteer, comes after the pair's first days.

    The first days begin with the first that can be asked since the pair began, whenever the month was planned anew: the
    elder waits since then. On days of calls only a call is a first visit. What is before ``start`` is over, and
    nothing is told of it.

    Args:
        schedule: The month's contacts, with what is unscheduled.
        plan: The pairs.
        earlier: Contacts of earlier runs.
        start: The day from which the month is planned anew; None: its first.
    """
    month = plan.month
    horizon, n_days = month.horizon, month.settings.new_pair.first_visit_days
    visit = _find_own_visits(schedule, plan)
    begins = np.maximum(index_days(plan.first_day, horizon), 0)
    is_open = find_strangers(plan, earlier, start) & (visit >= _index_start(start, plan))
    rows = np.flatnonzero(is_open & (visit - begins >= n_days))
    if not len(rows):
        return ()
    elders = month.roster.elders.iloc[plan.elder[rows]]
    askable = AskableDays.find(elders, horizon, month.settings.schedule, plan.first_day[rows]).is_askable
    first = np.where(askable.any(axis=1), askable.argmax(axis=1), horizon.days)
    day = np.arange(horizon.days)
    days = askable & (day >= first[:, None]) & (day < first[:, None] + n_days)
    late = np.flatnonzero(visit[rows] >= first + n_days)
    why = _FirstDays(schedule, plan, rows[late], days[late]).explain(start)
    dates, header = horizon.dates(), column("visits", "elder_id").header()
    return tuple(
        Issue(
            "first_visit_late",
            "visits.csv",
            None,
            header,
            str(elders["id"].iloc[i]),
            {"date": dates[visit[rows[i]]].isoformat(), "days": n_days, "reason": LATE_FIRST_VISITS[reason]},
        )
        for i, reason in zip(late.tolist(), why, strict=True)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _FirstDays:
    """The first days of some pairs, on none of which they meet."""

    schedule: Schedule
    plan: Plan
    rows: Index
    """The pairs, by their place in the plan, (n,)."""
    days: Mask
    """Their first days, (n, days)."""

    def explain(self, start: date | None) -> list[str]:
        """Return why each pair does not meet on its first days, a code of ``messages.LATE_FIRST_VISITS``.

        What is listed as unscheduled in their weeks says it; otherwise no visit was due in them.
        """
        month, schedule = self.plan.month, self.plan.month.settings.schedule
        calendar = Calendar.build(month.horizon, schedule)
        elder, volunteer = self.plan.elder[self.rows], self.plan.volunteer[self.rows]
        hours = TimeWindows.find(month.roster, elder, volunteer, calendar, schedule)
        fits = np.asarray((np.diff(hours.windows, axis=3)[..., 0] >= schedule.visit_min).any(axis=2))[:, hours.day_type]
        open_ = self.days & calendar.is_open
        anew = np.arange(month.horizon.days) >= _index_start(start, self.plan)
        tests = {
            "closed": ~open_.any(axis=1),
            "absent": ~(open_ & hours.present).any(axis=1),
            "no_common_half_day": ~(open_ & hours.present & fits).any(axis=1),
            "not_replanned": ~(open_ & hours.present & fits & anew).any(axis=1),
            "day_full": self._lack_visits(),
        }
        return np.select(list(tests.values()), list(tests), "seldom_due").tolist()  # type: ignore[no-any-return]

    def _lack_visits(self) -> Mask:
        """Return which pairs miss a visit in a week of their first days, (n,)."""
        horizon = self.plan.month.horizon
        week = index_weeks(horizon)
        missing = {
            (row.elder, int(week[(row.week_start - horizon.start).days]))
            for row in self.schedule.unscheduled
            if row.kind == VISIT
        }
        weeks = [np.unique(week[days]).tolist() for days in self.days]
        pairs = zip(self.plan.elder[self.rows].tolist(), weeks, strict=True)
        return np.array([any((elder, one) in missing for one in each) for elder, each in pairs], dtype=bool)


def _find_own_visits(schedule: Schedule, plan: Plan) -> Index:
    """Return the day of each pair's first visit by its own volunteer, its place in the month, (pairs,); -1: none."""
    if not len(plan.elder):
        return np.empty(0, dtype=np.int64)
    contacts = count_calls_as_visits(schedule, plan.month)
    own = (contacts.kind == VISIT) & (contacts.volunteer == plan.volunteer_of[contacts.elder])
    own &= contacts.day >= plan.first_day[pd.Index(plan.elder).get_indexer(pd.Index(contacts.elder))]
    found = pd.Series(index_days(contacts.day[own], plan.month.horizon)).groupby(contacts.elder[own]).min()
    return found.reindex(plan.elder, fill_value=-1).to_numpy(np.int64)


def _index_start(start: date | None, plan: Plan) -> int:
    """Return the place of ``start`` in the month, 0 for none."""
    return 0 if start is None else (start - plan.month.horizon.start).days
