"""Weeks that were over when a month was changed: what was due in them is what was due then.

By now the roster may ask for another number of contacts, or the pair may have ended. What the earlier run made and what
it listed as missing are together what was due by the roster, the settings and the pairs of then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import index_days, index_weeks, mark_days
from matcher.demand.demand import Demand
from matcher.demand.meetable_weeks import HeldWeeks
from matcher.plan import Plan
from matcher.schedule import KINDS, VISIT, Schedule, Unscheduled
from matcher.scheduling.earlier import EarlierContacts

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PastWeeks:
    """The weeks of a plan's elders that were over, and what the earlier run listed as missing in them."""

    plan: Plan
    day: NDArray[np.datetime64]
    """The day before which whole weeks of each elder are over, (n_elders,)."""
    is_over: Mask
    """The weeks that are, (n_elders, weeks)."""
    stays: Mask
    """Elders who are not planned anew, (n_elders,)."""
    was_anew: Mask
    """Elders whom an earlier command planned anew in the course of the month, (n_elders,)."""
    made: Schedule
    """The contacts of the earlier run."""
    missing: tuple[Unscheduled, ...]
    """Contacts listed in them, also of pairs that have ended since."""
    all_missing: tuple[Unscheduled, ...]
    """Contacts listed in any week, of pairs that are still some."""

    @classmethod
    def find(
        cls,
        plan: Plan,
        earlier: EarlierContacts,
        first_day: date | None,
        concerned: Mask | None = None,
        besides: Mask | None = None,
    ) -> Self:
        """Return the weeks that were over on the first day that a command may change.

        Of elders whom an earlier command planned anew from a later day on, they are those before that day.

        Args:
            plan: The pairs.
            earlier: Contacts of earlier runs, with what this month's listed as missing.
            first_day: The day; None: the whole month is planned, and no week is over.
            concerned: Elders who are planned anew from that day on, (n_elders,); None: nobody.
            besides: Days of a surge that the command brings, (days,), whose weeks are due by it; None: none.
        """
        month = plan.month
        weeks = month.horizon.weeks()
        day = np.full(month.n_elders, np.datetime64(first_day or month.horizon.start))
        stays = np.zeros(len(day), dtype=bool)
        if first_day is not None:
            own = earlier.replanned.find_days(month.roster.elders["id"].tolist(), month.horizon.start)
            stays = np.ones(len(day), dtype=bool) if concerned is None else ~concerned | plan.is_still_without
            day = np.where(stays, np.maximum(day, own), day)
        ends = np.array([week.end for week in weeks], dtype="datetime64[D]")
        is_over = (ends < day[:, None]) & (earlier.missing is not None)
        if besides is not None:
            is_over &= np.bincount(index_weeks(month.horizon), besides, len(weeks)) == 0
        made = earlier.in_horizon(month.horizon).known().schedule
        missing = tuple(_read_missing(plan, earlier.missing, day, is_over))
        was_anew = earlier.replanned.find_anew(month.roster.elders["id"].tolist())
        return cls(
            plan, day, is_over, stays, was_anew, made, missing, list_missing_of(plan, earlier, np.ones_like(stays))
        )

    def find_held(self, schedule: Schedule) -> HeldWeeks:
        """Return what weeks of the plan's pairs hold, a row a pair, where they hold ``schedule`` in any case.

        In weeks with days of calls only, any contact may stand for a visit.
        """
        month = self.plan.month
        contacts, visits = self._count(schedule)
        contacts_then, visits_then = self._count_then(self.all_missing)
        calls_only = mark_days(month.settings.surge.calls_only, month.horizon)
        by_calls = np.bincount(index_weeks(month.horizon), calls_only, contacts.shape[1]) > 0
        visits_then = np.where(by_calls, contacts_then, visits_then)
        return HeldWeeks(visits, contacts, self._are_over(), visits_then, contacts_then)

    def restore_due(self, due: Demand, schedule: Schedule) -> tuple[Demand, dict[int, date]]:
        """Return what is due, a row a pair of the plan, in past weeks what was due then; and whose is other than now.

        These are elders of whom weeks of their pair were due another number of contacts, or all of them together of
        visits, each with the day before which weeks are past. Of others it is what is due now: a first visit that moves
        takes with it in which week a visit is due.
        """
        contacts, visits = self._count_then(self.missing)
        of_pair = self._are_over()
        # a visit more than are due stands for a call
        more_visits = np.maximum(due.visits, self._count(schedule)[1]) - visits
        other = (of_pair & (due.contacts != contacts)).any(axis=1) | (
            np.where(of_pair, more_visits, 0).sum(axis=1) != 0
        )
        then = of_pair & other[:, None]
        elders = self.plan.elder[other]
        days = dict(zip(elders.tolist(), self.day[elders].tolist(), strict=True))
        restored = replace(
            due, contacts=np.where(then, contacts, due.contacts), visits=np.where(then, visits, due.visits)
        )
        return restored, days

    def find_more_standing(self, due: Demand, schedule: Schedule) -> dict[int, date]:
        """Return elders of whom more contacts stand than are due by now, as nobody planned them anew, and their days.

        Those that the elder's own volunteer was to make count, in weeks that are not over.
        """
        theirs = schedule.select(
            (schedule.volunteer == self.plan.volunteer_of[schedule.elder]) & self.stays[schedule.elder]
        )
        contacts, visits = self._count(theirs.select(theirs.find_in(self.made) >= 0))
        of_pair = ~self.is_over[self.plan.elder]
        more = (of_pair & ((contacts > due.contacts) | (visits > due.visits))).any(axis=1)
        elders = self.plan.elder[more]
        return dict(zip(elders.tolist(), self.day[elders].tolist(), strict=True))

    def list_of_ended(self) -> tuple[Unscheduled, ...]:
        """Return what is listed of pairs that are none any more."""
        own = self.plan.volunteer_of
        return tuple(row for row in self.missing if own[row.elder] != row.volunteer)

    def _are_over(self) -> Mask:
        """Return the weeks of each pair that are over and hold no contact from before it began, (pairs, weeks)."""
        plan, weeks = self.plan, self.plan.month.horizon.weeks()
        starts, ends = (np.array([getattr(week, name) for week in weeks], "datetime64[D]") for name in ("start", "end"))
        first = plan.first_day[:, None]
        began = np.full(plan.month.n_elders, np.datetime64("NaT", "D"))
        began[plan.elder] = plan.first_day
        before = self._count(self.made.select(self.made.day < began[self.made.elder]))[0] > 0
        return np.asarray(self.is_over[plan.elder] & ((starts >= first) | ((ends >= first) & ~before)))

    def _count_then(self, missing: tuple[Unscheduled, ...]) -> tuple[Index, Index]:
        """Return how many contacts, and visits, the earlier run made, or listed as ``missing``, (pairs, weeks) each."""
        contacts, visits = self._count(self.made)
        for row, pair, week in self._list_of_pairs(missing):
            contacts[pair, week] += row.missing
            visits[pair, week] += (row.missing if row.kind == VISIT else 0) + row.as_calls
        return contacts, visits

    def _list_of_pairs(self, missing: tuple[Unscheduled, ...]) -> list[tuple[Unscheduled, int, int]]:
        """Return what is listed of the plan's pairs, with the place of the pair and of the week."""
        own, horizon = self.plan.volunteer_of, self.plan.month.horizon
        rows = [row for row in missing if own[row.elder] == row.volunteer]
        pair = pd.Index(self.plan.elder).get_indexer(pd.Index([row.elder for row in rows]))
        starts = np.array([row.week_start for row in rows], dtype="datetime64[D]")
        return list(zip(rows, pair.tolist(), index_weeks(horizon)[index_days(starts, horizon)].tolist(), strict=True))

    def _count(self, schedule: Schedule) -> tuple[Index, Index]:
        """Return how many contacts, and visits among them, each week of each pair's elder holds, (pairs, weeks)."""
        horizon = self.plan.month.horizon
        contacts = np.zeros((len(self.plan.elder), self.is_over.shape[1]), dtype=np.int64)
        visits = contacts.copy()
        pair = pd.Index(self.plan.elder).get_indexer(pd.Index(schedule.elder))
        week = index_weeks(horizon)[index_days(schedule.day, horizon)]
        known = pair >= 0
        np.add.at(contacts, (pair[known], week[known]), 1)
        known &= schedule.kind == VISIT
        np.add.at(visits, (pair[known], week[known]), 1)
        return contacts, visits


def list_missing_of(plan: Plan, earlier: EarlierContacts, who: Mask) -> tuple[Unscheduled, ...]:
    """Return what the earlier run listed as missing of the pairs of some elders, (n_elders,)."""
    if not who.any():
        return ()
    weeks, after = plan.month.horizon.weeks(), plan.month.horizon.end + timedelta(days=1)
    day, every = np.full(len(who), np.datetime64(after)), np.ones((len(who), len(weeks)), dtype=bool)
    rows = _read_missing(plan, earlier.missing, day, every)
    return tuple(row for row in rows if who[row.elder] and plan.volunteer_of[row.elder] == row.volunteer)


def _read_missing(
    plan: Plan, listed: pd.DataFrame | None, day: NDArray[np.datetime64], is_over: Mask
) -> list[Unscheduled]:
    """Return what is listed in weeks that are over; of pairs that have ended, also of those before the present one."""
    if listed is None or not len(listed):
        return []
    month, week = plan.month, index_weeks(plan.month.horizon)
    began = np.full(month.n_elders, np.datetime64("NaT", "D"))
    began[plan.elder] = plan.first_day
    until, own = np.fmax(day, began), plan.volunteer_of
    elders, volunteers = (
        pd.Index(people["id"]).get_indexer(pd.Index(listed[f"{side}_id"]))
        for side, people in (("elder", month.roster.elders), ("volunteer", month.roster.volunteers))
    )
    rows = []
    columns = (listed[name].tolist() for name in ("week_start", "kind", "missing", "reason"))
    as_calls = listed["as_calls"].fillna(0).tolist() if "as_calls" in listed else [0] * len(listed)
    for elder, volunteer, start, kind, missing, reason, calls in zip(
        elders.tolist(), volunteers.tolist(), *columns, as_calls, strict=True
    ):
        first = start.date()
        if elder < 0 or volunteer < 0 or not month.horizon.start <= first <= month.horizon.end:
            continue
        if own[elder] == volunteer:
            counts = is_over[elder, week[(first - month.horizon.start).days]]
        else:
            counts = np.datetime64(first + timedelta(days=6 - first.weekday())) < until[elder]
        if counts:
            rows.append(Unscheduled(elder, volunteer, first, KINDS.index(kind), int(missing), reason, int(calls)))
    return rows
