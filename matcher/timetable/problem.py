"""The problem: what the months of some volunteers may hold, and what is due, as one value of arrays.

A contact that is to be planned has a slot (one of the spans of a day that two people have free) and a kind. A plan
writes both as one number, ``2 * slot + kind``; ``NONE`` is no contact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.timetable.objective import Objective

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

VISIT, CALL = 0, 1
"""Kinds of contact."""
NONE = -1
UNKNOWN = -(1 << 20)
"""Day of a last contact that is not known."""
MAX_PER_WEEK = 7
"""Contacts that a week of one elder can hold: one a day."""


class Fixed(IntEnum):
    """Columns of ``TimetableProblem.fixed``: a contact that may not move."""

    DAY = 0
    START = 1
    END = 2
    KIND = 3
    PLACE = 4
    """The volunteer's place to which a visit leads; NONE for a call."""
    HALF = 5


class Planned(IntEnum):
    """Columns of what ``solve.list_contacts`` returns."""

    VOLUNTEER = 0
    DAY = 1
    ORDER = 2
    """Place in the volunteer's day, from 1."""
    PAIR = 3
    """The pair; of a fixed contact -1 less its row in ``TimetableProblem.fixed``."""
    START = 4
    END = 5
    KIND = 6
    WALK_MIN = 7
    """Minutes walked on the day, with the day's first contact; else 0."""


class Limits(NamedTuple):
    """What a volunteer's day may hold at most, and how long contacts take."""

    contacts: int
    visits: int
    minutes: int
    """Contacts and walks together."""
    pause_min: int
    """Least time from the end of one contact to the start of the next."""
    visit_min: int
    call_min: int


class SharedArrays(NamedTuple):
    """What holds for all volunteers."""

    week: Index
    """Each day's week, (days,)."""
    weekday: Index
    """Monday 0 to Sunday 6, (days,)."""
    day_type: Index
    """Each day's row of ``PairData.windows``, (days,)."""
    half: Index
    """Each slot's half-day, (slots,)."""
    no_visit_min: Index
    """From and to of the hours without visits, (days, 2); equal: none; from after to: round midnight."""
    gap_cost: Index
    """What each gap costs, (classes, GAPS): see ``objective.SpacingCosts``."""
    floor_gap_cost: Index
    """The same where silence beyond the longest gap costs ``objective.SILENT_DAY`` a day."""
    patterns: Index
    """Every weekly pattern as bits of its days, and of the visits among them, (patterns, 2)."""
    pattern_start: Index
    """Where the patterns of c contacts and v visits begin, at ``8 * c + v``, (65,)."""
    limits: Limits
    objective: Objective


@dataclass(frozen=True, slots=True, eq=False)
class PairData:
    """What n pairs, ordered by volunteer, may have and are due; every field has a row a pair."""

    allowed: Mask
    """Whether a visit, and a call, may be planned on a day, (n, days, kind)."""
    windows: NDArray[np.int32]
    """From and to of each slot of each type of day, (n, types, slots, 2)."""
    fixed_kind: NDArray[np.int8]
    """The kind of the elder's fixed contact on a day, whoever makes it, or NONE, (n, days)."""
    daily: Mask
    """Whether a visit, and a call, is due on a day, or had better be on it than on another, (n, days, kind)."""
    due: Index
    """Contacts due in each week, (n, weeks)."""
    visits_due: Index
    """Visits among them, (n, weeks)."""
    keeps_weekdays: Mask
    """Whether visits, and calls, have a weekly pattern, (n, kind): others come at intervals of days."""
    cost_class: Index
    """The row of ``SharedArrays.gap_cost``, (n,)."""
    repeat_cost: Index
    """What two visits, and two calls, running cost, (n, 2)."""
    max_gap: Index
    """Most days on end without a contact, (n,)."""
    last_contact: Index
    """Day of the last contact before the first day, so negative; or UNKNOWN, (n,)."""
    on_programme: Index
    """First and last day on which the elder is on the programme, (n, 2)."""
    least_visits: Index
    """Visits that the month is to have whatever else it has not, (n,)."""
    rank: Index
    """Whose floors come first: 0 before 1 before 2, (n,)."""

    def __len__(self) -> int:
        return len(self.due)

    def select(self, rows: Index | slice) -> PairData:
        """Return some of the pairs."""
        return replace(self, **{part.name: getattr(self, part.name)[rows] for part in fields(self)})

    @property
    def fullest_week(self) -> Index:
        """Return the contacts, and the visits among them, due in the fullest week, (n, 2)."""
        most = np.column_stack([self.due.max(axis=1), self.visits_due.max(axis=1)])
        return np.asarray(np.minimum(most, MAX_PER_WEEK), dtype=np.int64)

    @property
    def pattern_size(self) -> Index:
        """Return how many half-days of the week the pattern for visits, and for calls, has, (n, 2)."""
        calls = (self.due - self.visits_due).max(axis=1)
        size = np.column_stack([self.visits_due.max(axis=1), calls])
        return np.where(self.keeps_weekdays, size, 0).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class TimetableProblem:
    """The pairs of V volunteers, what is fixed in their days, and the walks between their places.

    Place 0 of a volunteer is home, place e + 1 where the e-th of the volunteer's pairs' elders lives; further places
    are those of other elders to whom fixed visits lead.
    """

    pairs: PairData
    pair_start: Index
    """Where each volunteer's pairs begin, (V + 1,)."""
    fixed: Index
    """Contacts that may not move, ordered by volunteer, (m, 6): see ``Fixed``."""
    fixed_start: Index
    """Where each volunteer's fixed contacts begin, (V + 1,)."""
    travel_min: Index
    """Minutes on foot, a square matrix of places a volunteer, row by row, one after another."""
    travel_start: Index
    """Where each volunteer's matrix begins, (V + 1,)."""
    places: Index
    """How many places each volunteer's matrix has, (V,)."""
    shared: SharedArrays

    @property
    def n_volunteers(self) -> int:
        """Return how many volunteers there are."""
        return len(self.pair_start) - 1

    @property
    def n_days(self) -> int:
        """Return how many days there are."""
        return len(self.shared.week)

    @property
    def n_weeks(self) -> int:
        """Return how many weeks there are."""
        return int(self.shared.week[-1]) + 1

    def select_volunteers(self, first: int, end: int) -> TimetableProblem:
        """Return the problem of the volunteers from ``first`` to before ``end``."""
        a, b = self.pair_start[[first, end]]
        c, d = self.fixed_start[[first, end]]
        e, f = self.travel_start[[first, end]]
        return replace(
            self,
            pairs=self.pairs.select(slice(a, b)),
            pair_start=self.pair_start[first : end + 1] - a,
            fixed=self.fixed[c:d],
            fixed_start=self.fixed_start[first : end + 1] - c,
            travel_min=self.travel_min[e:f],
            travel_start=self.travel_start[first : end + 1] - e,
            places=self.places[first:end],
        )


@cache
def enumerate_weekly_patterns() -> tuple[Index, Index]:
    """Return all ways to spread a week's contacts over its weekdays: see ``SharedArrays.patterns``.

    Those of c contacts and v visits stand from ``start[8 * c + v]`` to ``start[8 * c + v + 1]``.
    """
    patterns: list[tuple[int, int]] = []
    start = [0]
    for contacts in range(MAX_PER_WEEK + 1):
        for visits in range(MAX_PER_WEEK + 1):
            if visits <= contacts:
                for days in combinations(range(7), contacts):
                    patterns += [(_encode_days(days), _encode_days(some)) for some in combinations(days, visits)]
            start.append(len(patterns))
    return np.array(patterns, dtype=np.int64), np.array(start, dtype=np.int64)


def _encode_days(days: tuple[int, ...]) -> int:
    """Return weekdays as bits."""
    return sum(1 << day for day in days)
