"""The demand: which contacts are due to each pair, and on which days they may be.

``Demand.compute_usual`` is what the elders' rows and the settings ask for. A caller who wants something else (a surge,
calls instead of visits, only some of the days) changes that and hands it to ``plan_visits``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.cadence import Cadence
from matcher.demand.calendar import Calendar
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.settings import Settings

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
    hot_min: Index
    """For each date the minutes after midnight, from and to, that no visit may touch, (D, 2); equal: none."""
    week: Index
    """Each date's place in ``Horizon.weeks()``, (D,)."""
    last_contact: NDArray[np.datetime64]
    """The date of each elder's last contact before the horizon, whoever made it; NaT where unknown, (n,)."""

    @classmethod
    def compute_usual(cls, roster: Roster, elder: Index, horizon: Horizon, settings: Settings) -> Demand:
        """Return what the rows of ``elder``, (n,) indices into the roster, and the settings ask for, on any day.

        Raises ``InputError`` as ``Calendar.build``.
        """
        cadence = Cadence.compute(roster.elders, elder, horizon, settings.schedule)
        calendar = Calendar.build(horizon, settings.schedule)
        in_week = calendar.week[:, None] == np.arange(len(horizon.weeks()))
        added = (calendar.is_added[:, None] & in_week).sum(axis=0)
        is_due = cadence.contacts.sum(axis=1, keepdims=True) > 0
        contacts = np.where(is_due, np.minimum(cadence.contacts + added, in_week.sum(axis=0)), 0)
        any_day = np.ones((len(elder), horizon.days), dtype=bool)
        hot = np.zeros((horizon.days, 2), dtype=np.int64)
        daily = np.logical_and(np.broadcast_to(calendar.is_added, any_day.shape), is_due)
        unknown = np.full(len(elder), np.datetime64("NaT", "D"))
        return cls(contacts, cadence.visits, daily, any_day, any_day, hot, calendar.week, unknown)

    def with_daily(self, days: Mask, hot_min: tuple[int, int] = (0, 0)) -> Demand:
        """Return it with a contact due on every one of ``days``, (D,) or (n, D), and as usual on the others.

        A week of d days, m of them such days, is due m contacts and the share (d - m) / d of its usual ones, rounded
        half up; visits stay as they are. Who is due nothing at all stays so. ``hot_min`` holds on these days.
        """
        days = np.broadcast_to(days, self.daily.shape) & np.asarray(self.contacts > 0).any(axis=1, keepdims=True)
        in_week = (self.week[:, None] == np.arange(self.contacts.shape[1])).astype(np.int64)
        length = in_week.sum(axis=0)
        many = days.astype(np.int64) @ in_week
        contacts = many + (2 * self.contacts * (length - many) + length) // (2 * length)
        contacts = np.minimum(np.maximum(contacts, self.contacts), length)
        hot = np.where(days.any(axis=0, keepdims=True).T, np.array(hot_min, dtype=np.int64), self.hot_min)
        return replace(self, contacts=contacts, daily=self.daily | days, hot_min=hot)

    def calls_only(self, days: Mask) -> Demand:
        """Return it with calls instead of visits on ``days``, (D,) or (n, D).

        Weeks are due as many contacts, but only as many visits as there are other days.
        """
        may_visit = self.may_visit & ~np.broadcast_to(days, self.may_visit.shape)
        in_week = (self.week[:, None] == np.arange(self.contacts.shape[1])).astype(np.int64)
        return replace(self, may_visit=may_visit, visits=np.minimum(self.visits, may_visit.astype(np.int64) @ in_week))

    def only_on(self, days: Mask) -> Demand:
        """Return it with nothing planned anew except on ``days``, (D,) or (n, D). What is due stays."""
        return replace(self, may_contact=self.may_contact & np.broadcast_to(days, self.may_contact.shape))

    def select_pairs(self, pairs: Index) -> Demand:
        """Return some of the pairs, in that order."""
        names = ("contacts", "visits", "daily", "may_contact", "may_visit", "last_contact")
        rows = {name: getattr(self, name)[pairs] for name in names}
        return replace(self, **rows)

    def select_weeks(self, first: int, end: int) -> Demand:
        """Return the weeks from ``first`` to before ``end`` alone."""
        days = slice(*np.searchsorted(self.week, (first, end)).tolist())
        return Demand(
            self.contacts[:, first:end],
            self.visits[:, first:end],
            self.daily[:, days],
            self.may_contact[:, days],
            self.may_visit[:, days],
            self.hot_min[days],
            self.week[days] - first,
            self.last_contact,
        )
