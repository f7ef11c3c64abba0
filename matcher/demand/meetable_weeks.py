"""Weeks in which two can meet: what is due less than once a week lies in these, beside those in which they cannot.

How much is due in the month stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.time_windows import TimeWindows, find_present
from matcher.roster.model import Roster
from matcher.settings import ScheduleSettings

Counts = NDArray[np.signedinteger[Any]]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_EACH = slice(None)
"""Every week for itself."""


def count_meetable_days(
    roster: Roster, elder: Index, volunteer: Index, askable: Mask, calendar: Calendar, schedule: ScheduleSettings
) -> tuple[Index, Index]:
    """Return on how many days of each week n pairs have time for a visit, and for any contact, (n, weeks) each.

    These are open days, ``askable``, (n, days), on which both are there; absences told in the course of the month move
    nothing. ``elder`` and ``volunteer`` are (n,) indices into the roster.
    """
    hours = TimeWindows.find(roster, elder, volunteer, calendar, schedule)
    longest = np.diff(hours.windows, axis=3)[..., 0].max(axis=2, initial=0)
    visit, call = (
        (longest >= length) & (length <= schedule.max_minutes_per_day)
        for length in (schedule.visit_min, schedule.call_min)
    )
    visit = visit & (schedule.max_visits_per_day > 0)
    there = askable & calendar.is_open
    for people, who in ((roster.elders, elder), (roster.volunteers, volunteer)):
        there = there & find_present(people, who, calendar, as_agreed=True)
    in_week = (calendar.week[:, None] == np.arange(int(calendar.week[-1]) + 1)).astype(np.int64)
    visits, contacts = ((there & fits[:, hours.day_type]).astype(np.int64) @ in_week for fits in (visit, visit | call))
    return visits, contacts


@dataclass(frozen=True, slots=True, eq=False)
class HeldWeeks:
    """Contacts that the weeks of n pairs hold already, or are due since an earlier plan."""

    visits: Counts
    """Visits that are there in any case, (n, weeks)."""
    contacts: Counts
    """Contacts that are, (n, weeks)."""
    is_over: Mask
    """Weeks that are over: they hold what was due then, and nothing more, (n, weeks)."""
    visits_then: Counts
    """Visits that were due then, of weeks that are not over those that are known, (n, weeks)."""
    contacts_then: Counts
    """Contacts that were, likewise, (n, weeks)."""

    def select(self, rows: Index) -> Self:
        """Return some of the pairs."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))

    def limit_days(self, visit_days: Counts, contact_days: Counts) -> tuple[tuple[Counts, Counts], ...]:
        """Return the days of each week that count: for what its own week gives away, and for what a week over gives.

        Each are those for visits and those for any contact. What a week over gave away once is still due where it was
        due then, also where the two cannot meet by now.
        """
        pairs = (visit_days, self.visits, self.visits_then), (contact_days, self.contacts, self.contacts_then)
        usual = tuple(np.where(self.is_over, then, np.maximum(days, held)) for days, held, then in pairs)
        of_over = tuple(np.maximum(days, then) for days, (*_, then) in zip(usual, pairs, strict=True))
        return (usual[0], usual[1]), (of_over[0], of_over[1])


def move_to_meetable_weeks(
    contacts: Counts,
    visits: Counts,
    visit_days: Counts,
    contact_days: Counts,
    seldom: Mask,
    held: HeldWeeks | None = None,
) -> tuple[Counts, Counts]:
    """Return the contacts due in each week, and the visits among them, (…, weeks), where the two can meet.

    A week that cannot hold what is due gives it to the next that can, else to the last before that can: visits among
    the contacts that are due anyway, and else contacts with their visits, to weeks that are due none. Of a visit for
    which no week has time the contact goes where there is time for a call. What no week can hold stays.

    Args:
        contacts: Contacts due.
        visits: Visits among them.
        visit_days: Days of each week with time for a visit, of the same shape as far as they broadcast.
        contact_days: Days with time for any contact, likewise.
        seldom: Whether contacts, and visits, are due less than once a week, (…, 2).
        held: What the weeks hold already; None: nothing, and none is over.
    """
    shape = np.broadcast_shapes(contacts.shape, visit_days.shape)
    contacts, visits = (np.broadcast_to(counts, shape).copy() for counts in (contacts, visits))
    usual = (np.broadcast_to(visit_days, shape), np.broadcast_to(contact_days, shape))
    of_over = usual
    is_over: Mask = np.broadcast_to(np.False_, shape)
    if held is not None:
        usual, of_over = held.limit_days(*usual)
        is_over = held.is_over
    days = _Days(usual, of_over, is_over)
    # of a city's pairs few have a week that gives anything away
    gives = ((visits > usual[0]) | ((contacts == 1) & (days.find(1, _EACH, _EACH) == 0))).any(axis=-1)
    rows = np.nonzero(gives & seldom.any(axis=-1))
    some = np.broadcast_to(seldom, (*shape[:-1], 2))[rows]
    contacts[rows], visits[rows] = _move(contacts[rows], visits[rows], days.select(rows), some)
    return contacts, visits


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """Days of each week that count for visits (0), and for any contact (1), (…, weeks) each."""

    usual: tuple[Counts, Counts]
    of_over: tuple[Counts, Counts]
    """Days that count for what a week over gives away."""
    is_over: Mask

    def find(self, kind: int, here: int | slice, there: int | slice) -> Counts:
        """Return the days of weeks ``there`` that count for what ``here`` gives away."""
        return np.where(self.is_over[..., here], self.of_over[kind][..., there], self.usual[kind][..., there])

    def select(self, rows: tuple[Index, ...]) -> Self:
        """Return some of the pairs."""
        usual, of_over = ((days[0][rows], days[1][rows]) for days in (self.usual, self.of_over))
        return type(self)(usual, of_over, self.is_over[rows])


def _move(contacts: Counts, visits: Counts, days: _Days, seldom: Mask) -> tuple[Counts, Counts]:
    """Return the contacts and visits of n pairs, (n, weeks) each, that move: in place."""
    for here, there, may in _list_moves(days.is_over):
        excess = np.where(may, np.maximum(visits[:, here] - days.usual[0][:, here], 0), 0)
        room = np.minimum(contacts[:, there], days.find(0, here, there))
        fits = np.maximum(room - visits[:, there], 0)
        more = np.where(seldom[:, 1], np.minimum(excess, fits), 0).astype(visits.dtype)
        visits[:, here] -= more
        visits[:, there] += more
    for kind in (0, 1):
        for here, there, may in _list_moves(days.is_over):
            is_visit = visits[:, here] > 0
            # a week over whose visit a first visit took along to a later one had its contact all the same
            weeks = ((is_visit & ~days.is_over[:, here], here), (is_visit, there))
            can = [np.where(one, days.find(kind, here, week), days.find(1, here, week)) for one, week in weeks]
            moves = may & seldom[:, 0] & (contacts[:, here] == 1) & (contacts[:, there] == 0)
            moves = moves & (can[0] == 0) & (can[1] > 0)
            for counts in (contacts, visits):
                counts[:, there] = np.where(moves, counts[:, here], counts[:, there])
                counts[:, here] = np.where(moves, 0, counts[:, here])
    return contacts, visits


def _list_moves(is_over: Mask) -> Iterator[tuple[int, int, Mask]]:
    """Yield from which week to which, and of which pairs, (…).

    They are to those after it, the next first, then to those before it, the last first. Between weeks that are over
    they come first: what one lacks and another has beyond its own is no more due in a later one.
    """
    weeks = is_over.shape[-1]
    moves = [(here, there) for here in range(weeks) for there in (*range(here + 1, weeks), *range(here - 1, -1, -1))]
    if is_over.any():
        yield from ((here, there, is_over[..., here] & is_over[..., there]) for here, there in moves)
    yield from ((here, there, np.array(True)) for here, there in moves)
