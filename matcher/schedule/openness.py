"""Openness: on which days and half-days two people can have a contact, before anything is planned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import Roster
from matcher.schedule.calendar import Calendar

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Openness:
    """What n pairs can do on each of the horizon's days."""

    present: Mask
    """Whether both are on the programme and neither has the day off, (n, days)."""
    common: Mask
    """Whether both are free in some half-day by the hours of their week, (n, days)."""
    free: Mask
    """Whether the day is open, both are present and both are free in the half-day, (n, days, 2)."""

    @classmethod
    def of(cls, roster: Roster, elder: Index, volunteer: Index, calendar: Calendar) -> Openness:
        """The openness of the pairs ``elder[i]``, ``volunteer[i]``, both (n,) indices into the roster."""
        present = _present(roster.elders, elder, calendar) & _present(roster.volunteers, volunteer, calendar)
        hours = _hours(roster.elders, elder, calendar) & _hours(roster.volunteers, volunteer, calendar)
        return cls(present, np.asarray(hours.any(axis=2)), hours & (present & calendar.is_open)[:, :, None])


def _present(people: pd.DataFrame, who: Index, calendar: Calendar) -> Mask:
    """Whether each of ``who`` is on the programme and has no day off, (n, days)."""
    joined = people["joined"].to_numpy().astype("datetime64[D]")[who, None]
    left = people["left"].to_numpy().astype("datetime64[D]")[who, None]
    # comparisons with NaT (an empty date) are False, so empty bars nobody
    present = np.asarray(~((calendar.day < joined) | (calendar.day > left)))
    place = {day: i for i, day in enumerate(calendar.day.tolist())}
    days_off = people["days_off"].tolist()
    for row, person in enumerate(who.tolist()):
        for day in days_off[person]:
            if day in place:
                present[row, place[day]] = False
    return present


def _hours(people: pd.DataFrame, who: Index, calendar: Calendar) -> Mask:
    """Whether each of ``who`` is free by the hours of the weekday, (n, days, 2).

    On a make-up workday that is the weekday's own hours or those of the weekday stood for.
    """
    mask = people["availability"].to_numpy().astype(np.int64)[who, None, None]
    half = np.arange(2)
    own = 2 * calendar.weekday[:, None] + half
    stood_for = 2 * calendar.stands_for[:, None] + half
    return np.asarray(((mask >> own) | (mask >> stood_for)) & 1, dtype=bool)
