"""Giving up appointments for first visits, so that nobody loses a contact of their own.

In each round appointments are found for the first visits that have none yet, as if nobody had anything else to do. Then
it is counted what the weeks of everybody concerned hold with them and without. Who holds less gives up one of those
that are not settled, and that half-day is not tried again. So nobody loses in the end, and rounds get smaller: what did
not change is not counted anew.

Giving one up may make its volunteer lose, too: the visit is due all the same, and the others may leave no day for it.
Then none of that volunteer's are settled any more. After some rounds nothing new is tried, so there is an end to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.schedule import Schedule
from matcher.scheduling.first_visits.appointments import AppointmentFinder
from matcher.scheduling.first_visits.kernels.appointments import N_APPOINTMENT, Appointment, Span
from matcher.scheduling.first_visits.kernels.day_plans import NO
from matcher.scheduling.first_visits.requests import Requests
from matcher.scheduling.week_capacity import WeekCapacity
from matcher.timetable.solve import VISIT_UNITS

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_ROUNDS = 40
"""How often appointments are found anew where somebody lost own contacts; after that they are only given up."""


def arrange_first_visits(
    requests: Requests, finder: AppointmentFinder, capacity: WeekCapacity, standing: Schedule, wanted: Mask
) -> Index:
    """Arrange first visits so that nobody holds fewer contacts, or as many and fewer visits, than without companions.

    Args:
        requests: First visits.
        finder: Finds appointments for them.
        capacity: The weeks in which they may be, of all who have elders of their own.
        standing: What is fixed whatever is arranged.
        wanted: Those that are to be arranged, (n,).

    Returns:
        Rows as ``AppointmentFinder.arrange`` gives them, (n, 3).
    """
    rounds = _Rounds(requests, finder, capacity, standing)
    made = np.full((len(requests), N_APPOINTMENT), NO, dtype=np.int64)
    settled = np.zeros(len(requests), dtype=bool)
    losers = np.zeros(capacity.n_volunteers, dtype=bool)
    parted = losers  # who took part in what was given up last
    turn = 0
    while True:  # invariant: who is no loser holds with ``made`` what they hold without companions
        was = made
        if turn < _ROUNDS:  # but nothing more for those who lose as it is
            made = finder.arrange(wanted, was, rounds.excluded | rounds.find_choices_of(losers))
        changed = made[:, Appointment.PAIR] != was[:, Appointment.PAIR]
        touched = parted | rounds.find_people_in(made, changed)
        if not touched.any():
            return made
        there = made[:, Appointment.PAIR] != NO
        losers = rounds.find_losers(made, touched) & rounds.find_people_in(made, there)
        settled = there & (settled | ~rounds.find_visits_of(made, losers))
        stuck = losers & ~rounds.find_people_in(made, there & ~settled)
        settled &= ~rounds.find_visits_of(made, stuck)
        dropped = rounds.find_last_of_each(made, ~settled, losers)
        rounds.exclude_half_days(made, dropped, losers)
        parted = rounds.find_people_in(made, dropped)
        made[dropped] = NO
        turn += 1


class _Rounds:
    """What is known from round to round, and who is in what."""

    def __init__(
        self, requests: Requests, finder: AppointmentFinder, capacity: WeekCapacity, standing: Schedule
    ) -> None:
        self._requests, self._finder, self._capacity, self._standing = requests, finder, capacity, standing
        self._companion = finder.pairs[:, 1]
        self.excluded = np.zeros(len(finder.choices.spans), dtype=bool)
        """Choices that have led to a loss."""
        self._without = np.full((capacity.n_volunteers, capacity.n_weeks), NO, dtype=np.int64)
        """What weeks hold without companions, NO where that is not counted yet."""

    def find_people_in(self, made: Index, which: Mask | Index) -> Mask:
        """Return who takes part in some of the first visits, (V,)."""
        part = np.zeros(self._capacity.n_volunteers, dtype=bool)
        part[self._requests.volunteer[which]] = True
        part[self._companion[made[which, Appointment.PAIR]]] = True
        return part

    def find_visits_of(self, made: Index, volunteers: Mask) -> Mask:
        """Return the first visits in which some of these volunteers, (V,), take part, (n,)."""
        there = np.flatnonzero(made[:, Appointment.PAIR] != NO)
        out = np.zeros(len(made), dtype=bool)
        companion = self._companion[made[there, Appointment.PAIR]]
        out[there] = volunteers[self._requests.volunteer[there]] | volunteers[companion]
        return out

    def find_choices_of(self, volunteers: Mask) -> Mask:
        """Return the choices in which some of these volunteers, (V,), would take part."""
        finder = self._finder
        which, companion = finder.pairs[finder.choices.spans[:, Span.PAIR]].T
        return np.asarray(volunteers[self._requests.volunteer[which]] | volunteers[companion])

    def find_last_of_each(self, made: Index, among: Mask, volunteers: Mask) -> Index:
        """Return the last first visit to which each of the volunteers, (V,), comes along, or else their own last."""
        which = np.flatnonzero(among & (made[:, Appointment.PAIR] != NO))
        last = np.full(len(volunteers), NO, dtype=np.int64)
        last[self._requests.volunteer[which]] = which
        last[self._companion[made[which, Appointment.PAIR]]] = which
        return np.unique(last[volunteers])

    def exclude_half_days(self, made: Index, dropped: Index, losers: Mask) -> None:
        """Exclude the half-days of first visits given up: for companions who lose, of any of theirs."""
        finder, spans = self._finder, self._finder.choices.spans
        pair, pairs = made[dropped, Appointment.PAIR], spans[:, Span.PAIR]
        gone = finder.index_half_days(made[dropped, Appointment.DAY], made[dropped, Appointment.START])
        half_days = finder.index_half_days(spans[:, Span.DAY], spans[:, Span.OPENS])
        size = 2 * len(self._requests.dates)
        along = losers[self._companion[pair]]
        self.excluded |= np.isin(pairs * size + half_days, (pair * size + gone)[~along])
        of_companion = self._companion[pairs] * size + half_days
        self.excluded |= np.isin(of_companion, (self._companion[pair] * size + gone)[along])

    def find_losers(self, made: Index, who: Mask) -> Mask:
        """Return which of some volunteers, (V,), hold less in a week with these first visits than without, (V,)."""
        capacity, requests = self._capacity, self._requests
        new = who & (self._without[:, 0] == NO)
        if new.any():
            self._without[new] = capacity.compute_most(new, self._standing)[new]
        there = self._finder.list_appointments(made)
        least = self._without.copy()
        week = capacity.index_weeks(there.day)
        np.subtract.at(least, (requests.volunteer[there.which], week), VISIT_UNITS)
        visits = there.make_schedule(requests)
        fixed = self._standing.merged_with(visits).merged_with(visits.list_companion_hours())
        held = capacity.compute_most(who, fixed, np.maximum(least, 0))
        return np.asarray(who & (held < least).any(axis=1))
