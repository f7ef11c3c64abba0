"""The caseload: everything that the plans of some pairs depend on, as one value of arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.travel_times import Walks
from matcher.settings import Schedule
from matcher.timetable.objective import Spacing

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

VISIT, CALL = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """What n pairs, by volunteer, may and are due; every field has a row a pair."""

    may: Mask
    """Whether a visit, and a call, may be planned on a day, (n, days, kind)."""
    windows: NDArray[np.int32]
    """From and to of each slot of each type of day, (n, types, slots, 2)."""
    forced: NDArray[np.int8]
    """The kind of a contact that stands on a day, whoever makes it, or -1, (n, days)."""
    daily: Mask
    """Days on which a contact is due, (n, days)."""
    due: Index
    """Contacts due in each week, (n, weeks)."""
    visits_due: Index
    """Visits among them, (n, weeks)."""
    cost_class: Index
    """The row of ``Rules.costs``, (n,)."""
    twice: Index
    """What two visits, and two calls, running cost, (n, 2)."""
    max_gap: Index
    """Most days on end without a contact, (n,)."""
    last: Index
    """Day of the last contact before the first, negative, or UNKNOWN, (n,)."""
    there: Index
    """First and last day that the elder is there, (n, 2)."""

    def __len__(self) -> int:
        return len(self.due)

    def rows(self, rows: Index | slice) -> Pairs:
        """Some of the pairs."""
        return replace(self, **{part.name: getattr(self, part.name)[rows] for part in fields(self)})

    @property
    def per_week(self) -> Index:
        """Contacts, and visits among them, of the fullest week, (n, 2)."""
        most = np.column_stack([self.due.max(axis=1), self.visits_due.max(axis=1)])
        return np.asarray(np.minimum(most, 7), dtype=np.int64)

    @property
    def usual(self) -> Index:
        """How many half-days of the week a habit has for visits, and for calls, (n, 2)."""
        calls = (self.due - self.visits_due).max(axis=1)
        return np.column_stack([self.visits_due.max(axis=1), calls]).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What holds for all."""

    week: Index
    """Each day's week, (days,)."""
    weekday: Index
    """Monday 0 to Sunday 6, (days,)."""
    day_type: Index
    """Each day's row of ``Pairs.windows``, (days,)."""
    half: Index
    """Each slot's half-day, (slots,)."""
    hot: Index
    """From and to of the hours without visits, (days, 2)."""
    limits: Index
    """Most contacts, visits and minutes a day, pause, length of a visit and of a call."""
    costs: Index
    """What gaps cost, (classes, GAPS)."""
    weights: Index
    """Points: see ``points.weights``."""

    @staticmethod
    def limits_of(schedule: Schedule) -> Index:
        """The limits that the settings give."""
        most = (schedule.max_contacts_per_day, schedule.max_visits_per_day, schedule.max_minutes_per_day)
        return np.array([*most, schedule.between_min, schedule.visit_min, schedule.call_min], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Caseload:
    """The pairs of V volunteers and the contacts that stand."""

    pairs: Pairs
    pair_start: Index
    """Where each volunteer's pairs begin, (V + 1,)."""
    stands: Index
    """Contacts that stand: day, from, to, kind, place (-1 for a call), half-day; by volunteer, (m, 6)."""
    stand_start: Index
    """Where each volunteer's begin, (V + 1,)."""
    walks: Walks
    rules: Rules

    @property
    def volunteers(self) -> int:
        """How many volunteers."""
        return len(self.pair_start) - 1

    def part(self, first: int, end: int) -> Caseload:
        """The volunteers from one to another."""
        a, b = self.pair_start[[first, end]]
        c, d = self.stand_start[[first, end]]
        walks = self.walks
        e, f = walks.start[[first, end]]
        return Caseload(
            self.pairs.rows(slice(a, b)),
            self.pair_start[first : end + 1] - a,
            self.stands[c:d],
            self.stand_start[first : end + 1] - c,
            Walks(walks.minutes[e:f], walks.start[first : end + 1] - e, walks.places[first:end]),
            self.rules,
        )


@cache
def ways() -> tuple[Index, Index]:
    """All ways to spread a week's contacts over its weekdays: bits of the days and of the visits among them.

    Those of c contacts and v visits stand from ``start[8 * c + v]`` to ``start[8 * c + v + 1]``.
    """
    found: list[tuple[int, int]] = []
    start = [0]
    for contacts in range(8):
        for visits in range(8):
            if visits <= contacts:
                for days in combinations(range(7), contacts):
                    found += [(_bits(days), _bits(some)) for some in combinations(days, visits)]
            start.append(len(found))
    return np.array(found, dtype=np.int64), np.array(start, dtype=np.int64)


def _bits(days: tuple[int, ...]) -> int:
    return sum(1 << day for day in days)


__all__ = ["CALL", "VISIT", "Caseload", "Index", "Mask", "Pairs", "Rules", "Spacing", "ways"]
