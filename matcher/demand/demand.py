"""The demand: which contacts are due to each pair, and on which days they may be.

``Demand.compute_usual`` is what the elders' rows and the settings ask for. A caller who wants something else (a surge,
calls instead of visits, only some of the days) changes that and hands it to ``plan_visits``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.cadence import AskableDays, Cadence
from matcher.demand.calendar import Calendar
from matcher.demand.meetable_weeks import HeldWeeks, count_meetable_days, move_to_meetable_weeks
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.settings import ScheduleSettings, Settings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What n pairs are due over the D dates and W weeks of a horizon; rows in the caller's order of pairs."""

    contacts: Index
    """Contacts due in each week, visits and fixed contacts among them, (n, W)."""
    visits: Index
    """Visits among them, (n, W)."""
    daily: Mask
    """Days on which a contact is due that very day, (n, D). It is one of the week's ``contacts``."""
    may_contact: Mask
    """Days on which anything may be planned, (n, D); the calendar and both people's hours still apply."""
    may_visit: Mask
    """Days on which a visit may be planned, (n, D); on others a call stands in for it."""
    may_call: Mask
    """Days on which a call may be planned, (n, D)."""
    timely: Mask
    """Days on which a visit had better be, (n, D): a wish, which never stands against a later one."""
    askable: Mask
    """Days on which anything can be asked, (n, D): see ``AskableDays``."""
    no_visit_min: Index
    """For each date the minutes after midnight, from and to, that no visit may touch, (D, 2); equal: none.

    Where from is after to, they go round midnight: visits are then between to and from.
    """
    week: Index
    """Each date's place in ``Horizon.weeks()``, (D,)."""
    last_contact: NDArray[np.datetime64]
    """The date of each elder's last contact before the horizon, whoever made it; NaT where unknown, (n,)."""

    @classmethod
    def compute_usual(
        cls,
        roster: Roster,
        elder: Index,
        horizon: Horizon,
        settings: Settings,
        begins: NDArray[np.datetime64] | None = None,
        volunteer: Index | None = None,
        held: HeldWeeks | None = None,
        *,
        cadence: Cadence | None = None,
    ) -> Demand:
        """Return what the rows of ``elder``, (n,) indices into the roster, and the settings ask for, on any day.

        Nothing is due, and nothing planned, before ``begins``, (n,), the day from which each pair is one; None: all are
        older. What is due less than once a week lies in weeks in which elder and ``volunteer``, (n,), can meet; None:
        anybody might. What a week has already, ``held``, is there in any case, and a week that is over holds nothing
        more. ``cadence`` is that of ``elder``, where the caller has it.

        Raises ``InputError`` as ``Calendar.build``.
        """
        schedule = settings.schedule
        cadence = cadence or Cadence.compute(roster.elders, elder, horizon, schedule, begins)
        calendar = Calendar.build(horizon, schedule)
        askable = AskableDays.find(roster.elders.iloc[elder], horizon, schedule, begins).is_askable
        due = cadence.contacts, cadence.visits
        if volunteer is not None:
            due = _move_seldom(roster, elder, volunteer, cadence, askable, calendar, schedule, held)
        in_week = (calendar.week[:, None] == np.arange(len(horizon.weeks()))).astype(np.int64)
        is_due = cadence.contacts.sum(axis=1, keepdims=True) > 0
        daily = calendar.is_added & askable & is_due
        contacts = np.minimum(due[0] + daily.astype(np.int64) @ in_week, askable.astype(np.int64) @ in_week)
        any_day = np.ones((len(elder), horizon.days), dtype=bool)
        since = any_day
        if begins is not None:
            dates = np.array(horizon.dates(), dtype="datetime64[D]")
            since = np.asarray(np.isnat(begins)[:, None] | (dates >= begins[:, None]))
        hot = np.zeros((horizon.days, 2), dtype=np.int64)
        unknown = np.full(len(elder), np.datetime64("NaT", "D"))
        return cls(
            contacts,
            due[1],
            daily,
            since,
            any_day,
            any_day,
            ~any_day,
            askable,
            hot,
            calendar.week,
            unknown,
        )

    def with_daily(self, days: Mask, no_visit_min: tuple[int, int] = (0, 0)) -> Demand:
        """Return it with a contact due on every one of ``days``, (D,) or (n, D), and as usual on the others.

        A week of d days that can be asked, m of them such days, is due m contacts and the share (d - m) / d of its
        usual ones, rounded half up; visits stay as they are. Who is due nothing at all stays so, and nothing is due
        where nothing can be asked. ``no_visit_min`` holds on these days.
        """
        days = np.broadcast_to(days, self.daily.shape) & np.asarray(self.contacts > 0).any(axis=1, keepdims=True)
        days = days & self.askable
        in_week = self.mark_weeks()
        length = np.maximum(self.count_askable(), 1)
        many = days.astype(np.int64) @ in_week
        contacts = many + (2 * self.contacts * (length - many) + length) // (2 * length)
        contacts = np.minimum(np.maximum(contacts, self.contacts), self.count_askable())
        hot = np.where(days.any(axis=0, keepdims=True).T, np.array(no_visit_min, dtype=np.int64), self.no_visit_min)
        return replace(self, contacts=contacts, daily=self.daily | days, no_visit_min=hot)

    def calls_only(self, days: Mask) -> Demand:
        """Return it with calls instead of visits on ``days``, (D,) or (n, D).

        Weeks are due as many contacts, but only as many visits as there are other days.
        """
        may_visit = self.may_visit & ~np.broadcast_to(days, self.may_visit.shape)
        left = np.asarray(may_visit & self.askable).astype(np.int64) @ self.mark_weeks()
        return replace(self, may_visit=may_visit, visits=np.minimum(self.visits, left))

    def only_on(self, days: Mask) -> Demand:
        """Return it with nothing planned anew except on ``days``, (D,) or (n, D). What is due stays."""
        return replace(self, may_contact=self.may_contact & np.broadcast_to(days, self.may_contact.shape))

    def mark_weeks(self) -> Index:
        """Return 1 where a day is in a week, (D, W)."""
        return np.asarray((self.week[:, None] == np.arange(self.contacts.shape[1])).astype(np.int64))

    def count_askable(self) -> Index:
        """Return how many days of each week can be asked, (n, W)."""
        return np.asarray(self.askable.astype(np.int64) @ self.mark_weeks())

    def select_pairs(self, pairs: Index) -> Demand:
        """Return some of the pairs, in that order."""
        rows = {name: getattr(self, name)[pairs] for name in (*_BY_WEEK, *_BY_DAY, "last_contact")}
        return replace(self, **rows)

    def select_weeks(self, first: int, end: int) -> Demand:
        """Return the weeks from ``first`` to before ``end`` alone."""
        days = slice(*np.searchsorted(self.week, (first, end)).tolist())
        columns = {name: getattr(self, name)[:, first:end] for name in _BY_WEEK}
        columns |= {name: getattr(self, name)[:, days] for name in _BY_DAY}
        return replace(self, **columns, no_visit_min=self.no_visit_min[days], week=self.week[days] - first)


def _move_seldom(
    roster: Roster,
    elder: Index,
    volunteer: Index,
    cadence: Cadence,
    askable: Mask,
    calendar: Calendar,
    schedule: ScheduleSettings,
    held: HeldWeeks | None,
) -> tuple[Index, Index]:
    """Return contacts and visits due in each week, (n, W), those less than once a week where the two can meet."""
    contacts, visits = cadence.contacts.copy(), cadence.visits.copy()
    rows = np.flatnonzero(cadence.is_seldom.any(axis=1) & contacts.any(axis=1))
    days = count_meetable_days(roster, elder[rows], volunteer[rows], askable[rows], calendar, schedule)
    theirs = None if held is None else held.select(rows)
    seldom = cadence.is_seldom[rows]
    contacts[rows], visits[rows] = move_to_meetable_weeks(contacts[rows], visits[rows], *days, seldom, theirs)
    return contacts, visits


_BY_WEEK = ("contacts", "visits")
_BY_DAY = ("daily", "may_contact", "may_visit", "may_call", "timely", "askable")
