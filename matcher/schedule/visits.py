"""The schedule as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

VISIT, CALL = 0, 1
KINDS = ("visit", "call")
"""Codes of the contact kinds, by number."""


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
    """Contacts that the cadence asks for, of all pairs."""
    calendar_announced: bool = True
    """False where the year's make-up workdays are not known yet."""
    unproven: int = 0
    """Volunteers for whom it is not proved that no schedule holds more contacts, or as many and more visits."""
    points: int = 0
    """What the months are worth: see ``points``."""
    walking_min: int = 0
    """Minutes walked in the month, from home to the visits and back."""

    @classmethod
    def none(cls) -> Visits:
        """No contacts."""
        nobody = np.empty(0, dtype=np.int64)
        return cls(nobody, nobody, np.empty(0, dtype="datetime64[D]"), nobody, nobody, nobody, nobody)

    def __len__(self) -> int:
        return len(self.elder)
