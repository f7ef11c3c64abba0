"""The schedule: the contacts of a month, as an earlier run left them, as a draft or as planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.i18n import _

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
VISIT, CALL = 0, 1
KINDS = ("visit", "call")
"""Codes of the contact kinds, by number."""
NOBODY, UNKNOWN = -1, -2
"""In place of a roster index: nobody at all, and somebody who is on no roster."""
_NOT_GIVEN: Index = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """Contacts of one kind that a pair's week could not hold.

    Indices into the roster; ``reason`` is a code of ``messages.UNSCHEDULED``; ``week_start`` is the first date of the
    week within the month.
    """

    elder: int
    volunteer: int
    week_start: date
    kind: int
    missing: int
    """Contacts that have no place."""
    reason: str
    as_calls: int = 0
    """Visits in whose place there are calls."""


@dataclass(frozen=True, slots=True)
class BelowFloor:
    """A pair whose month misses a floor: the least visits, or a contact before a silence gets too long.

    Indices into the roster; ``reason`` is a code of ``messages.UNSCHEDULED``.
    """

    elder: int
    volunteer: int
    visits_missing: int
    silent_days: int
    """Days without a contact beyond the longest gap."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Schedule:
    """Contacts, one entry each, and what is known of the month that they make.

    A contact is a visit or a call. A planned schedule is ordered by volunteer, day and order of the day; one that is
    read from files has their order. Numbers are int64, people are roster indices. Columns that are not given are
    ``NOBODY`` throughout, or None where they say so.
    """

    elder: Index
    volunteer: Index
    """Who makes the contact."""
    day: NDArray[np.datetime64]
    """datetime64[D]."""
    start_min: Index
    end_min: Index
    """Minutes after midnight."""
    kind: Index
    """``VISIT`` or ``CALL``."""
    order_of_day: Index
    """Position among the volunteer's contacts of the day, from 1."""
    unscheduled: tuple[Unscheduled, ...] = ()
    below_floor: tuple[BelowFloor, ...] = ()
    """Pairs whose month misses a floor, those at higher risk first."""
    due_then: Mapping[int, date] = field(default_factory=dict)
    """Elders, by their index, whose weeks before a day are due what was due then, which would be another number now."""
    more_stand: Mapping[int, date] = field(default_factory=dict)
    """Elders, by their index, of whom more contacts stand from a day on than are due now: nobody planned them anew."""
    stands_until: Mapping[int, date] = field(default_factory=dict)
    """Elders, by their index, of whom nothing was planned anew before the later day of an earlier command, that day."""
    contacts_due: int = 0
    """Contacts that the cadence asks for, of all pairs, and those that stand beyond that."""
    calendar_announced: bool = True
    """False where the year's make-up workdays are not known yet."""
    unproven: int | None = None
    """Volunteers for whom it is not proved that no schedule holds more contacts, or as many and more visits; None
    where nothing of the kind is known: a surge or stand-ins changed a month only where they had to."""
    points: int = 0
    """Worth of the months: see ``points``; 0 where only a part of them was planned."""
    points_bound: int = 0
    """What no months of these volunteers are worth more than: see ``bounds``; 0 where that is not known."""
    walking_min: int = 0
    """Minutes walked in the month, from home to the visits and back."""
    unaccompanied: Mapping[int, str] = field(default_factory=dict)
    """Elders to whose first visit nobody comes along, with the end of a code ``first_visit_…`` of ``messages``."""
    companion: Index = field(default_factory=lambda: _NOT_GIVEN)
    """Who comes along."""
    stands_in_for: Index = field(default_factory=lambda: _NOT_GIVEN)
    """The volunteer of the elder's pair, where another makes the contact."""
    change: NDArray[np.object_] | None = None
    """What a surge does to each contact, a code of ``columns.SUPPLEMENT_CHANGE`` or empty; None: no surge came."""
    visit_id: NDArray[np.object_] | None = None
    """The id of each contact, visit or call; None: they have none yet."""
    revision: Index | None = None
    """How often each contact has changed since it was first planned; None as for ``visit_id``."""

    def __post_init__(self) -> None:
        for name in ("companion", "stands_in_for"):
            if getattr(self, name) is _NOT_GIVEN:
                object.__setattr__(self, name, np.broadcast_to(np.int64(NOBODY), len(self)))

    @classmethod
    def empty(cls) -> Schedule:
        """Return a schedule without contacts."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, np.empty(0, dtype="datetime64[D]"), none, none, none, none)

    def __len__(self) -> int:
        return len(self.elder)

    def __repr__(self) -> str:
        """Return how many contacts there are, of how many that are due."""
        visits = int((self.kind == VISIT).sum())
        return f"<Schedule: {len(self)} contacts of {self.contacts_due} due, {visits} visits>"

    def _repr_html_(self) -> str:
        """Return how many contacts there are, and how many have no place, as a table, for a notebook."""
        visits, missing = int((self.kind == VISIT).sum()), [0, 0]
        for row in self.unscheduled:
            missing[row.kind] += row.missing
        table = pd.DataFrame(
            {_("planned"): [visits, len(self) - visits], _("without a place"): missing},
            index=[_("visits"), _("calls")],
        )
        return table.to_html(border=0)

    @property
    def has_companion(self) -> Mask:
        """Return to which contacts somebody of the roster comes along."""
        return np.asarray(self.companion >= 0)

    def select(self, which: Mask | Index) -> Schedule:
        """Return some of the contacts, and nothing of what is known of the month."""
        return Schedule(**self._select_columns(which))

    def merged_with(self, other: Schedule) -> Schedule:
        """Return the contacts of both by volunteer, day and time, each volunteer's day counted anew.

        Optional columns that one of the two has not are None.
        """
        parts: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS}
        parts["day"] = parts["day"].astype("datetime64[D]")
        for name in _OPTIONAL:
            both = [getattr(self, name), getattr(other, name)]
            parts[name] = None if any(column is None for column in both) else np.concatenate(both)
        order = np.lexsort(tuple(parts[name] for name in ("elder", "end_min", "start_min", "day", "volunteer")))
        return Schedule(**parts).select(order).number_contacts()

    def without(self, other: Schedule) -> Schedule:
        """Return the contacts that another schedule does not hold; what is known of the month stays as it is."""
        return replace(self, **self._select_columns(self.find_in(other) < 0)).number_contacts()

    def name_due_then(self, elder_ids: Sequence[str]) -> tuple[dict[str, date], dict[str, date]]:
        """Return ``due_then`` and ``more_stand`` by the elders' ids."""
        then, more = (name_elders(days, elder_ids) for days in (self.due_then, self.more_stand))
        return then, more

    def find_standing(self, earlier: Schedule) -> Mask:
        """Return which contacts of an earlier run lie before the day in ``stands_until``; people may be unknown."""
        until = np.full(max(self.stands_until, default=-1) + 2, np.datetime64("NaT", "D"))
        until[list(self.stands_until)] = np.array(list(self.stands_until.values()), dtype="datetime64[D]")
        known = (earlier.elder >= 0) & (earlier.elder < len(until))
        return np.asarray(earlier.day < until[np.where(known, earlier.elder, -1)])  # the last is NaT: False

    def without_points(self) -> Schedule:
        """Return the same where only a part of the month was planned: what the whole of it is worth is not known."""
        return replace(self, points=0, points_bound=0)

    def find_in(self, other: Schedule) -> Index:
        """Return each contact's position in another schedule, the last if there are several; -1 where it is not there.

        Contacts are the same where elder, volunteer, day and start are.
        """
        mine, theirs = _encode_contacts(self, other)
        order = np.argsort(theirs, kind="stable")
        last = np.searchsorted(theirs[order], mine, side="right") - 1
        position = np.append(order, -1)[last]  # before the first: the -1 at the end
        return np.where(np.append(theirs, -1)[position] == mine, position, -1)

    def number_contacts(self) -> Schedule:
        """Return the schedule with each volunteer's contacts of a day counted from 1, in the order that they have."""
        new_day = np.diff(self.volunteer, prepend=-1) != 0
        new_day[1:] |= self.day[1:] != self.day[:-1]
        first = np.flatnonzero(new_day)
        position = np.arange(len(self)) - np.repeat(first, np.diff(first, append=len(self))) + 1
        return replace(self, order_of_day=position.astype(np.int64))

    def _select_columns(self, which: Mask | Index) -> dict[str, Any]:
        columns = {name: getattr(self, name) for name in (*_COLUMNS, *_OPTIONAL)}
        return {name: None if column is None else column[which] for name, column in columns.items()}

    def list_companion_hours(self) -> Schedule:
        """Return the contacts to which somebody comes along, as if that person made them: their hours."""
        theirs = self.select(self.has_companion)
        return replace(theirs, volunteer=theirs.companion, companion=np.full(len(theirs), NOBODY))


def name_elders(days: Mapping[int, date], elder_ids: Sequence[str]) -> dict[str, date]:
    """Return elders' days by their ids."""
    return {elder_ids[elder]: day for elder, day in days.items()}


_COLUMNS = (
    "elder",
    "volunteer",
    "day",
    "start_min",
    "end_min",
    "kind",
    "order_of_day",
    "companion",
    "stands_in_for",
)
_OPTIONAL = ("change", "visit_id", "revision")


def _encode_contacts(one: Schedule, other: Schedule) -> tuple[Index, Index]:
    """Return a number for each contact of both, the same where elder, volunteer, day and start are."""
    code = np.zeros(len(one) + len(other), dtype=np.int64)
    size = 1
    for name in ("elder", "volunteer", "day", "start_min"):
        parts = [getattr(each, name) for each in (one, other)]
        if name == "day":
            parts = [part.astype("datetime64[D]").astype(np.int64) for part in parts]
        column = np.concatenate(parts)
        if len(column):
            column = column - column.min()
            size *= int(column.max()) + 1
            assert size < 1 << 63, "too many people to tell contacts apart by number"
            code = code * (int(column.max()) + 1) + column
    return code[: len(one)], code[len(one) :]
