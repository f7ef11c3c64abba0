"""The limits of a volunteer's day: what fits a half-day's window, and how many contacts a day may hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.schedule.visits import VISIT
from matcher.settings import Schedule

Mask = NDArray[np.bool_]
Grid = NDArray[np.int8]
"""A plan of n elders, (n, days): ``EMPTY``, or ``2 * half + kind`` of the day's one contact."""

EMPTY = -1


def half_of(grid: Grid) -> Grid:
    """The half-day, 0 or 1, of each contact in a grid or a code of one; meaningless for ``EMPTY``."""
    return grid >> 1


def kind_of(grid: Grid) -> Grid:
    """The kind, ``VISIT`` or ``CALL``, of each contact in a grid or a code of one; meaningless for ``EMPTY``."""
    return grid & 1


@dataclass(frozen=True, slots=True, eq=False)
class DayLimits:
    """What one day of one volunteer can hold.

    A contact takes up its length and the pause after it, so n contacts fit a window if what they take up is no longer
    than the window and one pause. Contacts of the window that opens first go first; where the pause between the
    windows is shorter than that between contacts, the two share what lies between the first's opening and the
    second's closing.
    """

    opens_min: tuple[int, int]
    """When each half-day's window opens, minutes after midnight."""
    room_min: tuple[int, int]
    """What the contacts of each half-day may take up."""
    day_room_min: int
    """What those of both may take up together."""
    takes_min: tuple[int, int]
    """What a contact of each kind takes up."""
    length_min: tuple[int, int]
    """How long a contact of each kind lasts."""
    max_contacts: int
    max_visits: int

    @classmethod
    def of(cls, schedule: Schedule) -> DayLimits:
        """The limits that the settings give."""
        windows = [_minutes(schedule.morning), _minutes(schedule.afternoon)]
        pause = schedule.between_min
        (first_opens, _), (_, last_closes) = sorted(windows)
        return cls(
            opens_min=(windows[0][0], windows[1][0]),
            room_min=(windows[0][1] - windows[0][0] + pause, windows[1][1] - windows[1][0] + pause),
            day_room_min=last_closes - first_opens + pause,
            takes_min=(schedule.visit_min + pause, schedule.call_min + pause),
            length_min=(schedule.visit_min, schedule.call_min),
            max_contacts=schedule.max_contacts_per_day,
            max_visits=schedule.max_visits_per_day,
        )

    @property
    def first_half(self) -> int:
        """The half-day whose window opens first."""
        return int(self.opens_min[1] < self.opens_min[0])


class Load:
    """What n volunteers' days hold already; the one value here that changes as a plan grows."""

    def __init__(self, volunteers: int, days: int, limits: DayLimits) -> None:
        self.limits = limits
        self.taken_min = np.zeros((volunteers, days, 2), dtype=np.int64)
        self.visits = np.zeros((volunteers, days, 2), dtype=np.int64)
        self.contacts = np.zeros((volunteers, days), dtype=np.int64)

    def add(self, volunteers: NDArray[np.int64], grid: Grid) -> None:
        """Book one elder's month for each of ``volunteers``, (n,) and all different; ``grid`` is (n, days)."""
        self._book(volunteers, grid, 1)

    def remove(self, volunteers: NDArray[np.int64], grid: Grid) -> None:
        """Undo ``add``."""
        self._book(volunteers, grid, -1)

    def _book(self, volunteers: NDArray[np.int64], grid: Grid, times: int) -> None:
        row, day = np.nonzero(grid != EMPTY)
        code = grid[row, day]
        who, half, kind = volunteers[row], half_of(code), kind_of(code)
        # an elder has one contact a day and the volunteers differ: no index comes twice
        self.taken_min[who, day, half] += times * np.array(self.limits.takes_min)[kind]
        self.visits[who, day, half] += times * (kind == VISIT)
        self.contacts[who, day] += times

    def has_room(self, volunteers: NDArray[np.int64]) -> Mask:
        """Where one contact more fits, (n, days, half-day, kind), for ``volunteers``, (n,)."""
        limits, taken = self.limits, self.taken_min[volunteers]
        room = np.minimum(np.array(limits.room_min) - taken, limits.day_room_min - taken.sum(axis=2, keepdims=True))
        fits = room[..., None] >= np.array(limits.takes_min)
        fits &= (self.contacts[volunteers] < limits.max_contacts)[:, :, None, None]
        fits[..., VISIT] &= (self.visits[volunteers].sum(axis=2) < limits.max_visits)[:, :, None]
        return np.asarray(fits)


def _minutes(window: str) -> tuple[int, int]:
    """Opening and closing of ``HH:MM-HH:MM``, minutes after midnight."""
    opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in window.split("-"))
    return opens, closes
