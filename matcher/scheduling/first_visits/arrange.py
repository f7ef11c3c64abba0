"""First visits with company, at hours for which nobody loses a contact of their own.

In each round hours are found for the first visits that have none yet, as if nobody had anything else to do. Then it is
counted what the weeks of everybody concerned hold with them and without. Who holds less gives up one of those that are
not settled, and that half-day is not tried again. So nobody loses in the end, and rounds get smaller: what did not
change is not counted anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.schedule import Visits
from matcher.scheduling.first_visits.day_plans import NO
from matcher.scheduling.first_visits.finder import Asked, Finder
from matcher.scheduling.first_visits.kernels.appointments import AT, DAY, ROW
from matcher.scheduling.week_capacity import Room
from matcher.timetable.solve import MOST_OF_A_VISIT

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_ROUNDS = 40
"""How often hours are found anew where somebody's own contacts were lost; after that they are only given up."""


def arrange(asked: Asked, finder: Finder, room: Room, standing: Visits, wanted: Mask) -> Index:
    """First visits for which nobody holds fewer contacts, or as many and fewer visits, than without company.

    Args:
        asked: First visits.
        finder: Finds hours for them.
        room: The weeks in which they may be, of all who have elders of their own.
        standing: What stands whatever is arranged.
        wanted: Those that are to be arranged, (n,).

    Returns:
        Rows as ``Finder.arrange`` gives them, (n, 3).
    """
    rounds = _Rounds(asked, finder, room, standing)
    made = np.full((len(asked), 3), NO, dtype=np.int64)
    firm = np.zeros(len(asked), dtype=bool)
    losers = np.zeros(room.people, dtype=bool)
    turn = 0
    while True:
        was = made
        if turn < _ROUNDS:  # but nothing more for those who lose as it is
            made = finder.arrange(wanted, was, rounds.barred | rounds.choices_of(losers))
        touched = losers | rounds.part_in(made, made[:, ROW] != was[:, ROW])
        if not touched.any():
            return made
        losers = rounds.losers(made, touched)
        firm |= ~rounds.with_any(made, losers)
        firm &= made[:, ROW] != NO
        drop = rounds.last_of_each(made, ~firm, losers)
        rounds.bar(made, drop, losers)
        made[drop] = NO
        turn += 1


class _Rounds:
    """What is known from round to round, and who is in what."""

    def __init__(self, asked: Asked, finder: Finder, room: Room, standing: Visits) -> None:
        self._asked, self._finder, self._room, self._standing = asked, finder, room, standing
        self._companion = finder.pairs[:, 1]
        self.barred = np.zeros(len(finder.choices.spans), dtype=bool)
        """Choices that have led to a loss."""
        self._without = np.full((room.people, room.weeks), NO, dtype=np.int64)

    def part_in(self, made: Index, which: Mask) -> Mask:
        """Who takes part in some of the first visits, (V,)."""
        part = np.zeros(self._room.people, dtype=bool)
        part[self._asked.volunteer[which]] = True
        part[self._companion[made[which, ROW]]] = True
        return part

    def with_any(self, made: Index, volunteers: Mask) -> Mask:
        """First visits in which some of these volunteers, (V,), take part, (n,)."""
        there = np.flatnonzero(made[:, ROW] != NO)
        out = np.zeros(len(made), dtype=bool)
        out[there] = volunteers[self._asked.volunteer[there]] | volunteers[self._companion[made[there, ROW]]]
        return out

    def choices_of(self, volunteers: Mask) -> Mask:
        """Choices in which some of these volunteers, (V,), would take part."""
        finder = self._finder
        place, companion = finder.pairs[finder.choices.spans[:, ROW]].T
        return np.asarray(volunteers[self._asked.volunteer[place]] | volunteers[companion])

    def last_of_each(self, made: Index, which: Mask, volunteers: Mask) -> Index:
        """Of ``which`` first visits the last to which each of the volunteers, (V,), comes along, or else their own."""
        place = np.flatnonzero(which & (made[:, ROW] != NO))
        last = np.full(len(volunteers), NO, dtype=np.int64)
        last[self._asked.volunteer[place]] = place
        last[self._companion[made[place, ROW]]] = place
        return np.unique(last[volunteers])

    def bar(self, made: Index, drop: Index, losers: Mask) -> None:
        """Do not try again the half-days of first visits given up: for companions who lose, of any of theirs."""
        finder, spans = self._finder, self._finder.choices.spans
        row, rows = made[drop, ROW], spans[:, ROW]
        gone, half_days = (
            2 * day + finder.half(at) for day, at in ((made[drop, DAY], made[drop, AT]), spans[:, 1:3].T)
        )
        size = 2 * len(self._asked.dates)
        along = losers[self._companion[row]]
        self.barred |= np.isin(rows * size + half_days, (row * size + gone)[~along])
        self.barred |= np.isin(self._companion[rows] * size + half_days, (self._companion[row] * size + gone)[along])

    def losers(self, made: Index, who: Mask) -> Mask:
        """Which of some volunteers, (V,), hold less in a week with these first visits than without, (V,)."""
        room, asked = self._room, self._asked
        new = who & (self._without[:, 0] == NO)
        if new.any():
            self._without[new] = room.most(new, self._standing)[new]
        there = self._finder.meetings(made)
        least = self._without.copy()
        np.subtract.at(least, (asked.volunteer[there.place], room.week(there.day)), MOST_OF_A_VISIT)
        visits, beside = asked.visits(there)
        held = room.most(who, self._standing.and_also(visits).and_also(beside), np.maximum(least, 0))
        return np.asarray(who & (held < least).any(axis=1))
