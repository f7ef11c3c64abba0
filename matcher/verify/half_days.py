"""Half-days: the morning and the afternoon, and which of them a time lies in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.settings import ScheduleSettings

NOON_MIN = 12 * 60


@cache
def read_window_min(window: str) -> tuple[int, int]:
    """Return the start and the end of a window such as ``09:00-11:30``, as minutes after midnight."""
    start, end = (time.fromisoformat(part) for part in window.split("-"))
    return start.hour * 60 + start.minute, end.hour * 60 + end.minute


def find_half_day(start_min: int) -> int:
    """Return the half-day, 0 or 1, of a person's clock time: the morning ends at noon."""
    return int(start_min >= NOON_MIN)


@dataclass(frozen=True, slots=True)
class HalfDays:
    """The windows of the morning and of the afternoon, minutes after midnight. They may overlap."""

    morning_min: tuple[int, int]
    afternoon_min: tuple[int, int]

    @classmethod
    def of(cls, schedule: ScheduleSettings) -> HalfDays:
        """Return the windows of the settings."""
        return cls(read_window_min(schedule.morning), read_window_min(schedule.afternoon))

    def contain(self, contacts: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which contacts lie wholly inside the morning, and which inside the afternoon."""
        start, end = contacts["start"].to_numpy(), contacts["end"].to_numpy()
        morning, afternoon = (
            (opens <= start) & (start <= end) & (end <= closes)
            for opens, closes in (self.morning_min, self.afternoon_min)
        )
        return morning, afternoon
