"""The schedule as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

VISIT, CALL = 0, 1
KINDS = ("visit", "call")
"""Codes of the contact kinds, by number."""
Key = tuple[int, int, date, int]
"""A contact: elder, volunteer, day, start."""


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
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """All contacts of the month, one entry each, ordered by volunteer, date and order of the day.

    ``elder`` and ``volunteer`` are int64 indices into the roster; ``day`` datetime64[D]; ``start_min`` and
    ``end_min`` int64 minutes after midnight; ``kind`` int64 (``KINDS``); ``order_of_day`` int64 from 1.
    """

    elder: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    day: NDArray[np.datetime64]
    start_min: NDArray[np.int64]
    end_min: NDArray[np.int64]
    kind: NDArray[np.int64]
    order_of_day: NDArray[np.int64]
    unscheduled: tuple[Unscheduled, ...] = ()
    contacts_due: int = 0
    """Contacts that the cadence asks for, of all pairs, and those that stand beyond that."""
    calendar_announced: bool = True
    """False where the year's make-up workdays are not known yet."""
    unproven: int = 0
    """Volunteers for whom it is not proved that no schedule holds more contacts, or as many and more visits."""
    points: int = 0
    """What the months are worth: see ``points``."""
    points_bound: int = 0
    """What no months of these volunteers are worth more than: see ``bounds``; 0 where that is not known."""
    walking_min: int = 0
    """Minutes walked in the month, from home to the visits and back."""

    @classmethod
    def none(cls) -> Visits:
        """No contacts."""
        nobody = np.empty(0, dtype=np.int64)
        return cls(nobody, nobody, np.empty(0, dtype="datetime64[D]"), nobody, nobody, nobody, nobody)

    def where(self, which: NDArray[np.bool_]) -> Visits:
        """Some of the contacts, and nothing of what is missing."""
        return Visits(**{name: getattr(self, name)[which] for name in _COLUMNS})

    def and_also(self, other: Visits) -> Visits:
        """The contacts of both, by volunteer, day and hour, each volunteer's day counted anew."""
        parts: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in _COLUMNS}
        parts["day"] = parts["day"].astype("datetime64[D]")
        order = np.lexsort(tuple(parts[name] for name in ("elder", "end_min", "start_min", "day", "volunteer")))
        return Visits(**{name: part[order] for name, part in parts.items()}).counted()

    def less(self, other: Visits) -> Visits:
        """Without the contacts of another schedule; all else that is told stays."""
        mine, others = _codes(self, other)
        stays = ~np.isin(mine, others)
        parts: dict[str, Any] = {name: getattr(self, name)[stays] for name in _COLUMNS}
        return replace(self, **parts).counted()

    def labels(self) -> list[Key]:
        """What tells each contact from the others of a month: elder, volunteer, day, start."""
        day = self.day.astype("datetime64[D]")
        return list(
            zip(self.elder.tolist(), self.volunteer.tolist(), day.tolist(), self.start_min.tolist(), strict=True)
        )

    def counted(self) -> Visits:
        """With each volunteer's contacts of a day counted from 1, in the order in which they stand."""
        new_day = np.diff(self.volunteer, prepend=-1) != 0
        new_day[1:] |= self.day[1:] != self.day[:-1]
        first = np.flatnonzero(new_day)
        place = np.arange(len(self)) - np.repeat(first, np.diff(first, append=len(self))) + 1
        return replace(self, order_of_day=place.astype(np.int64))

    def __len__(self) -> int:
        return len(self.elder)


_COLUMNS = ("elder", "volunteer", "day", "start_min", "end_min", "kind", "order_of_day")


def _codes(one: Visits, other: Visits) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A number for each contact of both, the same where elder, volunteer, day and start are."""
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
