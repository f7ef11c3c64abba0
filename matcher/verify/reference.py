"""The reference: what every check holds the tables against, read anew from the rosters, the settings and the lists."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import PairList, Roster
from matcher.settings import Settings
from matcher.settings.matching import Mode
from matcher.verify.cadence import Due, compute_due
from matcher.verify.calendar import CheckedCalendar
from matcher.verify.case import Case, Lists
from matcher.verify.dates import MonthDates, count_months
from matcher.verify.meetings import MeetingTimes
from matcher.verify.people import People
from matcher.verify.volunteer_hours import VolunteerHours

Keys = NDArray[np.int64]
"""Pairs, each as one number. See ``People.pair_keys``."""


@dataclass(frozen=True, slots=True, eq=False)
class ListedPairs:
    """The pairs of last month and those that people fixed or barred."""

    previous: Keys
    pins: Keys
    never: Keys
    paired_before: NDArray[np.int64]
    """Elders of last month's pairs, also where the volunteer has gone since."""
    keeping_known: bool
    """Whether last month's pairs are known: otherwise nobody can say what a kept pair is worth."""
    status_known: bool
    """Whether the pins are known too: otherwise nobody can say what a pair's status must be."""
    second_before: Keys
    """Elders with last month's second volunteers."""
    since_month: dict[int, int]
    """By key, the month since which each of last month's pairs stands, counted from the year 0."""
    lent: Keys
    """Pairs in a place that was lent: keeping them is worth nothing."""
    status_this_month: dict[int, str]
    """By key, the status of pairs that began in this month, where the list is of this month itself."""

    @classmethod
    def of(cls, lists: Lists, people: People, month: int) -> ListedPairs:
        """Find the people of the lists by their ids; rows with people of no roster are left out."""
        before, pins = lists.previous or PairList.empty(), lists.pins or PairList.empty()
        since_month = _find_since_month(before, people, month)
        return cls(
            previous=_find_keys(before, people),
            pins=_find_keys(pins, people),
            never=_find_keys(lists.never, people),
            paired_before=people.elders.find(before.elder_id),
            keeping_known=lists.previous is not None,
            status_known=lists.previous is not None and lists.pins is not None,
            second_before=_find_second_keys(before, people),
            since_month=since_month,
            lent=np.empty(0, dtype=np.int64),
            status_this_month=_find_status_this_month(before, since_month, people, month),
        )


@dataclass(frozen=True, eq=False)
class Reference:
    """What tables are held against: the people, the dates, the settings, and the pairs known beforehand."""

    roster: Roster
    settings: Settings
    people: People
    dates: MonthDates
    pairs: ListedPairs

    @classmethod
    def of(cls, case: Case, people: People) -> Reference:
        """Read what a case is to be held against, beside its people."""
        return cls._gather(case.roster, case.settings, people, MonthDates.of(case.horizon), case.lists)

    @classmethod
    def read(cls, roster: Roster, horizon: Horizon, settings: Settings, lists: Lists) -> Reference:
        """Read rosters, dates, settings and lists."""
        return cls._gather(roster, settings, People.of(roster, horizon, settings), MonthDates.of(horizon), lists)

    @classmethod
    def _gather(cls, roster: Roster, settings: Settings, people: People, dates: MonthDates, lists: Lists) -> Reference:
        return cls(roster, settings, people, dates, ListedPairs.of(lists, people, dates.month))

    def with_lent(self, lent: Keys) -> Reference:
        """Return the same with pairs in a place that was lent."""
        return replace(self, pairs=replace(self.pairs, lent=lent))

    @cached_property
    def calendar(self) -> CheckedCalendar:
        """Return the calendar of the dates; raise ``InputError`` where its file can't be read."""
        return CheckedCalendar.of(self.dates.horizon, self.settings.schedule)

    @cached_property
    def due(self) -> Due:
        """Return what each elder is due; raise ``InputError`` where the calendar's file can't be read."""
        return compute_due(self.roster.elders, self.dates.horizon, self.settings.schedule)

    @cached_property
    def meetings(self) -> MeetingTimes:
        """Return when pairs can meet; raise ``InputError`` where the calendar's file can't be read."""
        return MeetingTimes(self.people, self.dates, self.calendar, self.due, self.settings, self.roster.elders)

    @cached_property
    def volunteer_hours(self) -> VolunteerHours:
        """Return what volunteers' own hours hold; raise ``InputError`` as ``meetings``."""
        return VolunteerHours(self.meetings)

    @cached_property
    def room(self) -> NDArray[np.int64]:
        """Return the room of each volunteer: no more elders than their own hours hold the least visits of."""
        pinned = np.bincount(self.pairs.pins % self.people.n_volunteers, minlength=len(self.people.volunteers.ids))
        held = self.volunteer_hours.count_elders_held(pinned)
        return self.people.room if held is None else np.minimum(self.people.room, held)

    def measure_against(self, pairs: pd.DataFrame, mode: Mode) -> dict[str, tuple[NDArray[np.float64], int]]:
        """Return, by rule of a mode, by how much each pair is against it, and what 1 of that costs if it is soft.

        ``pairs`` has roster indices ``elder`` and ``volunteer``, and ``straight_m``.
        """
        return self.people.fit.measure_against(pairs, mode) | self.meetings.measure_against(pairs, mode)


def _find_keys(pairs: PairList, people: People) -> Keys:
    """Return the keys of a list's pairs whose people are on the rosters."""
    elder, volunteer = people.find_pairs(pairs)
    known = (elder >= 0) & (volunteer >= 0)
    return people.pair_keys(elder[known], volunteer[known])


def _find_second_keys(before: PairList, people: People) -> Keys:
    """Return the keys of last month's second volunteers with their elders."""
    if before.backup is None:
        return np.empty(0, dtype=np.int64)
    elder, _first = people.find_pairs(before)
    known = (elder >= 0) & (before.backup >= 0)
    return people.pair_keys(elder[known], before.backup[known])


def _find_since_month(before: PairList, people: People, month: int) -> dict[int, int]:
    """Return the month since which each of last month's pairs stands.

    The list's date counts first, then its number of months. Where it has neither, that is last month. A list of this
    month, which was planned before, may name this month.
    """
    elder, volunteer = people.find_pairs(before)
    keys = people.pair_keys(elder, volunteer).tolist()
    none = [None] * len(keys)
    since = none if before.since is None else before.since.astype("datetime64[D]").tolist()
    months = none if before.months is None else before.months.tolist()
    since_month = {}
    for pair, day, lasted, known in zip(keys, since, months, (elder >= 0) & (volunteer >= 0), strict=True):
        if known:
            begun = month - 1
            if day is not None:
                begun = count_months(day)
            elif lasted is not None and not math.isnan(lasted):
                begun = month - int(lasted)
            since_month[pair] = min(begun, month)
    return since_month


def _find_status_this_month(
    before: PairList, since_month: dict[int, int], people: People, month: int
) -> dict[int, str]:
    """Return the status of a list's pairs that began in this month: new, unless the list says that they changed."""
    elder, volunteer = people.find_pairs(before)
    keys = people.pair_keys(elder, volunteer).tolist()
    listed = before.status or ("",) * len(keys)
    return {
        pair: "changed" if status == "changed" else "new"
        for pair, status, known in zip(keys, listed, (elder >= 0) & (volunteer >= 0), strict=True)
        if known and since_month[pair] == month
    }
