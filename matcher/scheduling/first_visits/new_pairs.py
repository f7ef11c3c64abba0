"""New pairs: who they are, and what they are due: a visit in the first days, more contacts in the first weeks.

A pair is new for some weeks from the day on which it began. That depends on nobody else: in a first run all are new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar, index_days, index_weeks, mark_days
from matcher.demand.demand import Demand
from matcher.demand.meetable_weeks import HeldWeeks
from matcher.demand.time_windows import TimeWindows
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.agreed import find_possible
from matcher.scheduling.earlier import EarlierContacts

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Days = NDArray[np.datetime64]


def find_new_pairs(plan: Plan) -> Mask:
    """Return which pairs began in this month, (pairs,)."""
    return np.asarray(plan.first_day >= np.datetime64(plan.month.horizon.start))


def find_strangers(plan: Plan, earlier: EarlierContacts, start: date | Days | None) -> Mask:
    """Return which pairs have not met before the month, or the day from which it is planned anew, (pairs,).

    They began in this month, or in earlier ones of which all contacts are known, or never met in the months since.
    ``start`` is that day, or each elder's, (n_elders,); None: the month's first.
    """
    first = np.datetime64(plan.month.horizon.start)
    since = first if np.isnat(earlier.known_from) else min(first, earlier.known_from)
    return ((plan.first_day >= since) | plan.is_unmet) & ~_have_met(plan, earlier.schedule, _spread(start, plan))


@dataclass(frozen=True, slots=True, eq=False)
class FirstVisits:
    """The first visits that n pairs have."""

    day: Index
    """The place of its day in the month, (n,): one on the first days, else the first since by whomever, else -1."""
    is_early: Mask
    """Whether it is one of the first days, and the pair's own, (n,)."""

    @classmethod
    def find(cls, plan: Plan, schedule: Schedule, first: FirstDays, demand: Demand) -> FirstVisits:
        """Return the first visits among contacts; where first days are of calls only, a call will do.

        A call that comes beside the visits that are due is none: with it, weeks would hold more visits than are due.

        Args:
            plan: The pairs.
            schedule: The contacts.
            first: The pairs' first days.
            demand: What the pairs are due, first visits apart, a row a pair.
        """
        visits = cls._find(plan, schedule, schedule, first)
        either = cls._find(plan, schedule, count_calls_as_visits(schedule, plan.month), first)
        if (either.day == visits.day).all() and (either.is_early == visits.is_early).all():
            return visits
        made = count_visits(plan, schedule)
        beyond, beyond_with_calls = (
            np.maximum(made - first.ask(demand, one).visits, 0).sum(axis=1) for one in (visits, either)
        )
        calls = beyond_with_calls <= beyond
        return cls(np.where(calls, either.day, visits.day), np.where(calls, either.is_early, visits.is_early))

    @classmethod
    def _find(cls, plan: Plan, schedule: Schedule, enough: Schedule, first: FirstDays) -> FirstVisits:
        """Return the first visits among contacts; on the first days one in ``enough`` will do."""
        begun = np.asarray(np.maximum.accumulate(first.days, axis=1))
        early = _find_first_visit(plan, enough, first.days, by_others=False)
        later = _find_first_visit(plan, schedule, begun, by_others=True)
        return cls(np.where(early >= 0, early, later), early >= 0)

    def beside(self, others: FirstVisits) -> FirstVisits:
        """Return these, and others where they are early and these are not."""
        better = others.is_early & ~self.is_early
        return FirstVisits(np.where(better, others.day, self.day), self.is_early | others.is_early)


@dataclass(frozen=True, slots=True, eq=False)
class FirstDays:
    """The first days of pairs who had not met before the month: one visit of theirs is to be on one of them.

    Whose pair began in an earlier month, and who should have met then, have theirs at this month's beginning.
    """

    is_new: Mask
    """Pairs who had not met before the month, (pairs,)."""
    is_open: Mask
    """Those of them whose first visit is to be planned: who have not met before the day of planning anew, (pairs,)."""
    days: Mask
    """The first days of each pair, (pairs, days).

    They begin with the first day that can be asked of the pair; where it is planned anew and no visit stands on these,
    with the first of those planned anew.
    """
    meetable: Mask
    """Those of them on which both have time for a visit, (pairs, days)."""
    gone: Index
    """Visits in the week in which the first days begin, before they begin, (pairs, weeks)."""

    @classmethod
    def find(
        cls,
        plan: Plan,
        earlier: EarlierContacts,
        askable: Mask,
        start: date | Days | None = None,
        concerned: Mask | None = None,
        *,
        all_stay: bool = False,
        begin_anew: bool = True,
    ) -> FirstDays:
        """Return the first days of a plan's pairs.

        Args:
            plan: The pairs.
            earlier: Contacts of earlier runs.
            askable: Days on which anything can be asked of each pair, (pairs, days).
            start: The day from which the month is planned anew, or each elder's, (n_elders,); None: its first.
            concerned: Elders who are planned anew, (n_elders,); None: all.
            all_stay: Whether every contact known stays, also one that could not be asked for any more.
            begin_anew: Whether they begin anew with ``start`` where no visit stands on those of the pair.
        """
        horizon = plan.month.horizon
        known, since = earlier.in_horizon(horizon).known().schedule, _spread(start, plan)
        called = _have_met(plan, count_calls_as_visits(known, plan.month), since)
        open_ = find_strangers(plan, earlier, start) & ~called
        if concerned is not None:
            open_ = open_ & concerned[plan.elder]
        staying = known
        if not all_stay:
            is_over = known.day < since[known.elder]
            staying = known.select(is_over | find_possible(known, plan.month))
        begins = np.maximum(plan.first_day, np.datetime64(horizon.start))
        days = _find_first_days(plan, askable, begins)
        anew = open_ & (since[plan.elder] > begins)
        if begin_anew and anew.any():
            if concerned is None and plan.month.settings.schedule.keep_planned:
                # a first visit that is one since the pair began stays one, whatever is planned anew before it
                enough = count_calls_as_visits(staying, plan.month)
                anew &= _find_first_visit(plan, enough, days, by_others=False) < 0
            begins = np.where(anew, since[plan.elder], begins)
            days = _find_first_days(plan, askable, begins)
        gone = _count_visits_gone(plan, staying, days)
        return cls(find_strangers(plan, earlier, None), open_, days, _find_meetable_days(plan, days), gone)

    def count_visits_left(self, demand: Demand) -> Index:
        """Return how many visits each week is due beside those that were made before the first days, (pairs, weeks)."""
        return np.asarray(np.maximum(demand.visits - self.gone, 0))

    def find_weeks(self, demand: Demand) -> Index:
        """Return the week in which each pair's first visit is due.

        It is one that is due a visit, if the two can meet then on one of the first days; else that of most of these
        days on which they can meet, or of most that can be asked.
        """
        weeks = demand.mark_weeks()
        most = len(weeks) + 1
        meetable = (self.meetable & demand.askable).astype(np.int64) @ weeks
        askable = (self.days & demand.askable).astype(np.int64) @ weeks
        due = (self.count_visits_left(demand) > 0) & (meetable > 0)
        return np.asarray((most * (most * due + meetable) + askable).argmax(axis=1))

    def find_wishes(self, demand: Demand, visited: FirstVisits) -> Mask:
        """Return the pairs without a visit, due none in the week of their first days but later ones, (pairs,)."""
        this, later = self._find_due(demand)
        return np.asarray(self._are_due(demand) & self.is_open & (visited.day < 0) & ~this & later)

    def ask(self, demand: Demand, visited: FirstVisits, wishes: Mask | None = None) -> Demand:
        """Return the demand with the first visit one of those that are due anyway, where there is one.

        It is due in the week in which it is; the next that is due later counts for it. Weeks before a first visit on
        the first days are due calls in place of visits, as the two have not met: these visits are due with the first,
        as far as its week is due contacts. Where there is none, nothing changes, so that nobody loses one whom nobody
        can visit so early; but for ``wishes``, of whom the next is due in the week of ``find_weeks``.

        Args:
            demand: What the pairs are due, a row a pair.
            visited: The first visits that there are.
            wishes: Pairs, of those of ``find_wishes``, whose first visit is to be early, (pairs,); None: nobody's.
        """
        contacts, visits = demand.contacts.copy(), demand.visits.copy()
        due, is_placed = self._are_due(demand), visited.day >= 0
        number, begins = np.arange(visits.shape[1]), demand.week[self.days.argmax(axis=1)]
        weeks = np.where(is_placed, demand.week[visited.day], self.find_weeks(demand))
        before = (due & visited.is_early)[:, None] & (number >= begins[:, None]) & (number < weeks[:, None])
        left = self.count_visits_left(demand)
        moved = np.where(before, left, 0).sum(axis=1)
        visits = np.where(before, visits - left, visits)
        for pair in np.flatnonzero(due & (is_placed if wishes is None else is_placed | wishes)).tolist():
            week = int(weeks[pair])
            if left[pair, week] == 0:
                later = np.flatnonzero((visits[pair] > 0) & (number > week))[:1]
                visits[pair, later] -= 1
                visits[pair, week] = self.gone[pair, week] + 1
                if contacts[pair, week] < visits[pair, week]:
                    contacts[pair, later] -= 1
                    contacts[pair, week] = visits[pair, week]
            elif moved[pair]:
                visits[pair, week] = min(visits[pair, week] + moved[pair], contacts[pair, week])
        return replace(demand, contacts=contacts, visits=visits, timely=demand.timely | (self.days & due[:, None]))

    def _are_due(self, demand: Demand) -> Mask:
        """Return which pairs are due a first visit, (pairs,)."""
        return np.asarray(self.is_new & demand.visits.any(axis=1) & (self.days & demand.askable).any(axis=1))

    def _find_due(self, demand: Demand) -> tuple[Mask, Mask]:
        """Return which pairs are due a visit in the week of ``find_weeks``, and which in later ones, (pairs,) each."""
        week, number = self.find_weeks(demand)[:, None], np.arange(demand.visits.shape[1])
        is_due = demand.visits > 0
        this, later = ((is_due & weeks).any(axis=1) for weeks in (number == week, number > week))
        return np.asarray(this), np.asarray(later)

    def find_missed_weeks(self, demand: Demand, visited: FirstVisits) -> Mask:
        """Return the weeks of pairs, (pairs, weeks), that are to hold a first visit, where there is none at all.

        One that is later was as early as could be, or was moved by hand: it stands. Where no visit is due from these
        weeks on, none is to come.
        """
        weeks = np.zeros(demand.visits.shape, dtype=bool)
        this, later = self._find_due(demand)
        missed = np.flatnonzero(self.is_open & (visited.day < 0) & (this | later))
        weeks[missed, self.find_weeks(demand)[missed]] = True
        return weeks


def ask_as_at_first(plan: Plan, contacts: Schedule, demand: Demand, first: FirstDays, at_first: FirstDays) -> Demand:
    """Return what pairs are due where these are their contacts: by the first days they had when their pair began.

    So planning anew, from whatever day, changes nothing of it. Where weeks would hold more than is due so, it is what
    the contacts were planned by.

    Args:
        plan: The pairs.
        contacts: The contacts.
        demand: What the pairs are due, first visits apart.
        first: The first days by which the contacts were planned.
        at_first: Those when the pairs began.
    """
    planned, due = (one.ask(demand, FirstVisits.find(plan, contacts, one, demand)) for one in (first, at_first))
    visits, all_ = (
        count_visits(plan, contacts),
        count_visits(plan, replace(contacts, kind=np.full(len(contacts), VISIT))),
    )
    beyond_planned, beyond = (
        np.maximum(visits - one.visits, 0).sum(axis=1) + np.maximum(all_ - one.contacts, 0).sum(axis=1)
        for one in (planned, due)
    )
    fits = (beyond <= beyond_planned)[:, None]
    return replace(
        planned,
        contacts=np.where(fits, due.contacts, planned.contacts),
        visits=np.where(fits, due.visits, planned.visits),
    )


def count_visits(plan: Plan, contacts: Schedule) -> Index:
    """Return how many visits each week of each pair's elder holds, by whomever, (pairs, weeks)."""
    week = index_weeks(plan.month.horizon)
    visits = contacts.select((contacts.kind == VISIT) & np.isin(contacts.elder, plan.elder))
    pair = pd.Index(plan.elder).get_indexer(pd.Index(visits.elder))
    count = np.zeros((len(plan.elder), int(week[-1]) + 1), dtype=np.int64)
    np.add.at(count, (pair, week[index_days(visits.day, plan.month.horizon)]), 1)
    return count


def _count_visits_gone(plan: Plan, contacts: Schedule, days: Mask) -> Index:
    """Return how many visits the week in which ``days`` begin holds before them, by whomever, (pairs, weeks)."""
    week = index_weeks(plan.month.horizon)
    first = np.where(days.any(axis=1), days.argmax(axis=1), 0)
    theirs = contacts.select(np.isin(contacts.elder, plan.elder))
    pair = pd.Index(plan.elder).get_indexer(pd.Index(theirs.elder))
    before = index_days(theirs.day, plan.month.horizon) < first[pair]
    gone = count_visits(plan, theirs.select(before))
    return np.where(np.arange(gone.shape[1]) == week[first][:, None], gone, 0)


def _find_first_days(plan: Plan, askable: Mask, begins: NDArray[np.datetime64]) -> Mask:
    """Return each pair's first days, (pairs, days), from the first that can be asked since ``begins``, (pairs,)."""
    dates = np.array(plan.month.horizon.dates(), dtype="datetime64[D]")
    from_then = askable & (dates >= begins[:, None])
    first = np.where(from_then.any(axis=1), dates[from_then.argmax(axis=1)], np.datetime64("NaT", "D"))[:, None]
    until = first + np.timedelta64(plan.month.settings.new_pair.first_visit_days, "D")
    return np.asarray((dates >= first) & (dates < until))


def _find_meetable_days(plan: Plan, days: Mask) -> Mask:
    """Return which of ``days``, (pairs, days), have time for a visit in both people's hours."""
    month = plan.month
    schedule, found = month.settings.schedule, np.zeros(days.shape, dtype=bool)
    rows = np.flatnonzero(days.any(axis=1))
    calendar = Calendar.build(month.horizon, schedule)
    hours = TimeWindows.find(month.roster, plan.elder[rows], plan.volunteer[rows], calendar, schedule)
    long_enough = np.asarray(np.diff(hours.windows, axis=3)[..., 0] >= schedule.visit_min)
    fits = np.asarray(long_enough.any(axis=2))
    found[rows] = days[rows] & hours.present & calendar.is_open & fits[:, hours.day_type]
    return found


def compute_demand(plan: Plan, held: HeldWeeks) -> Demand:
    """Return what the pairs are due, first visits apart: the usual, and more contacts in a new pair's first weeks.

    Whose own row says how often gets that. What is due in a week that is ``held`` is due there, also where the two
    cannot meet by now.
    """
    month, rules = plan.month, plan.month.settings.new_pair
    begins = np.where(find_new_pairs(plan), plan.first_day, np.datetime64("NaT", "D"))
    usual = Demand.compute_usual(month.roster, plan.elder, month.horizon, month.settings, begins, plan.volunteer, held)
    dates = np.array(month.horizon.dates(), dtype="datetime64[D]")
    days_old = (dates - plan.first_day[:, None]).astype(np.int64)
    young = (days_old >= 0) & (days_old < 7 * rules.weeks) & usual.askable
    days = young.astype(np.int64) @ usual.mark_weeks()
    own = month.roster.elders["contacts_per_week"].notna().to_numpy()[plan.elder]
    asked = usual.contacts.any(axis=1) & ~own
    more = np.where(asked[:, None], (2 * rules.contacts_per_week * days + 7) // 14, 0)
    return replace(usual, contacts=np.maximum(usual.contacts, more))


def _find_first_visit(plan: Plan, schedule: Schedule, days: Mask, *, by_others: bool) -> Index:
    """Return the first of ``days``, (pairs, days), with a visit of each pair, or of a stand-in for it; -1: none."""
    first = np.full(len(plan.elder), -1, dtype=np.int64)
    row_of = np.full(plan.month.n_elders, -1, dtype=np.int64)
    asked = np.flatnonzero(days.any(axis=1))
    row_of[plan.elder[asked]] = asked
    row = np.where(schedule.elder >= 0, row_of[schedule.elder], -1)
    own = plan.volunteer_of[schedule.elder]
    theirs = (row >= 0) & (schedule.kind == VISIT)
    theirs &= (own == schedule.volunteer) | (by_others & (schedule.stands_in_for == own))
    row, day = row[theirs], index_days(schedule.day[theirs], plan.month.horizon)
    on_day = days[row, day]
    row, day = row[on_day], day[on_day]
    order = np.argsort(-day, kind="stable")
    first[row[order]] = day[order]  # the earliest comes last, and stays
    return first


def count_calls_as_visits(schedule: Schedule, month: MonthData) -> Schedule:
    """Return the contacts with visits in place of calls on days of calls only: there a call is enough."""
    calls_only = mark_days(month.settings.surge.calls_only, month.horizon)[index_days(schedule.day, month.horizon)]
    return replace(schedule, kind=np.where(calls_only, VISIT, schedule.kind))


def find_week_span(demand: Demand, window: Mask) -> tuple[int, int]:
    """Return from which to which week any of these days, (pairs, days), are."""
    weeks = demand.week[window.any(axis=0)]
    return (int(weeks[0]), int(weeks[-1]) + 1) if len(weeks) else (0, 0)


def _spread(start: date | Days | None, plan: Plan) -> Days:
    """Return each elder's day, (n_elders,), of one for all or of each; None: the month's first."""
    days = np.asarray(plan.month.horizon.start if start is None else start, dtype="datetime64[D]")
    return np.broadcast_to(days, plan.month.n_elders)


def _have_met(plan: Plan, contacts: Schedule, until: Days) -> Mask:
    """Return which pairs had a visit before a day of each elder, (n_elders,)."""
    known = contacts.select((contacts.elder >= 0) & (contacts.kind == VISIT))
    visits = known.select(known.day < until[known.elder])
    met = pd.MultiIndex.from_arrays([visits.elder, visits.volunteer])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(met))
