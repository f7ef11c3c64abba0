"""Volunteers' hours: how many contacts they hold, and what many elders lack beside what each lacks by itself.

Only volunteers whose row says when they are free are counted: of the others nothing is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.meetings import get_meetings
from matcher.demand.time_windows import find_free_spans, find_present, parse_window
from matcher.features import Features
from matcher.roster.model import ANY_TIME

Index = NDArray[np.int64]
Amounts = NDArray[np.float64]

_recent: list[VolunteerHours] = []
"""Those asked for last."""


class _DayCapacity(NamedTuple):
    """What each kind of day of each pattern of hours holds, (patterns, kinds of day)."""

    visits: Index
    """Visits at most."""
    contacts: Index
    """Contacts at most, were they all calls."""
    minutes: Index
    """Minutes of its windows, with the pause after each."""


class VolunteerHours:
    """What the hours of a month's volunteers hold."""

    def __init__(self, features: Features) -> None:
        self.features = features
        self.meetings = get_meetings(features)
        self._number, self._patterns = _number_hours(features.roster.volunteers)
        self._beside: Amounts | None = None

    def compute_lacking_m(self, most: int) -> Amounts | None:
        """Return what a volunteer with so many elders lacks beside what each of them lacks alone.

        Entry k of a row is for k elders who are due as much as the roster's elders are on average, in usual weeks of
        the volunteer's own hours, (n_volunteers, most + 1); whole metres by ``match.missed_*``. None where nobody's
        hours say anything, or nothing is lacking. Rows are convex: each further elder costs no less than the one
        before.

        A week holds N contacts and x visits among them: no more than are due, than its days hold (an elder has one
        contact a day), and than its minutes hold. Contacts come first, then visits, as in the month's plan.
        """
        if self._beside is None or self._beside.shape[1] <= most:
            self._beside = self._lack_by_pattern(most)
        beside = self._beside[:, : most + 1]
        return beside[self._number] if beside.any() else None

    def _lack_by_pattern(self, most: int) -> Amounts:
        """Return what up to ``most`` elders lack by each pattern of hours, (patterns, most + 1)."""
        schedule, worth = self.features.settings.schedule, self.features.settings.match
        contacts, visits = self.meetings.usual_due_per_week
        if not contacts or not any(self._patterns):
            return np.zeros((len(self._patterns), most + 1))
        days = self._measure_days([(day,) for day in range(7 if schedule.weekends else 5)])
        k = np.arange(most + 1)
        held_contacts = np.minimum(days.contacts[:, :, None], k).sum(axis=1)
        held_visits = np.minimum(days.visits[:, :, None], k).sum(axis=1)
        minutes = days.minutes.sum(axis=1)[:, None]
        visit_min, call_min = (length + schedule.between_min for length in (schedule.visit_min, schedule.call_min))
        made = np.minimum(np.minimum(held_contacts, k * contacts), minutes / call_min)
        visited = np.minimum(np.minimum(held_visits, k * visits), made)
        if visit_min > call_min:
            visited = np.minimum(visited, np.maximum(minutes - made * call_min, 0.0) / (visit_min - call_min))
        lacking = (k * contacts - made) * worth.missed_contact_m + (k * visits - visited) * worth.missed_visit_m
        lacking *= self.features.horizon.days / 7
        beside = lacking - k * lacking[:, 1:2] if most else lacking
        steps = np.maximum.accumulate(np.maximum(np.rint(np.diff(beside, axis=1)), 0.0), axis=1)
        steps[[pattern is None for pattern in self._patterns]] = 0.0
        return np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)

    @cached_property
    def elders_held(self) -> Index | None:
        """Return how many elders' least visits each volunteer's days of the month hold, (n_volunteers,), at least 1.

        Those of elders who are due the fewest; whether they hold one elder's is asked of each pair. None where no visit
        is asked of anybody, or nobody's hours say anything.
        """
        features, least = self.features, self.meetings.least_visits_in_month
        asked = least[least > 0]
        people, everybody = features.roster.volunteers, np.arange(features.n_volunteers)
        calendar = Calendar.build(features.horizon, features.settings.schedule)
        present = find_present(people, everybody, calendar, as_agreed=True) & calendar.is_open
        if not len(asked) or not (any(self._patterns) or (present != calendar.is_open).any()):
            return None
        types, kind = np.unique(np.column_stack([calendar.weekday, calendar.stands_for]), axis=0, return_inverse=True)
        days = self._measure_days([tuple(sorted(set(row))) for row in types.tolist()])
        held = np.zeros(features.n_volunteers, dtype=np.int64)
        for day, of_kind in enumerate(kind.ravel().tolist()):
            held += np.where(present[:, day], days.visits[self._number, of_kind], 0)
        return np.maximum(held // int(asked.min()), 1)

    def _measure_days(self, kinds: Sequence[tuple[int, ...]]) -> _DayCapacity:
        """Return what days by the hours of some weekdays hold, of each pattern of hours."""
        schedule = self.features.settings.schedule
        pause, day_min = schedule.between_min, schedule.max_minutes_per_day
        windows = [parse_window(window) for window in (schedule.morning, schedule.afternoon)]
        shape = len(self._patterns), len(kinds)
        visits, contacts, minutes = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        for i, pattern in enumerate(self._patterns):
            for j, weekdays in enumerate(kinds):
                spans = [
                    end - start
                    for half, window in enumerate(windows)
                    for start, end in find_free_spans(*(pattern or (ANY_TIME, "")), weekdays, half, *window)
                ]
                visits[i, j] = _fit(spans, schedule.visit_min, pause, day_min, schedule.max_visits_per_day)
                contacts[i, j] = _fit(spans, schedule.call_min, pause, day_min, schedule.max_contacts_per_day)
                minutes[i, j] = sum(length + pause for length in spans if length >= schedule.call_min)
        visits = np.minimum(visits, schedule.max_contacts_per_day)
        return _DayCapacity(visits, np.maximum(contacts, visits), minutes)


def get_volunteer_hours(features: Features) -> VolunteerHours:
    """Return what the hours of a month's volunteers hold; those asked for last are not computed again.

    Raises ``InputError`` as ``Calendar.build``.
    """
    if not (_recent and _recent[0].meetings is get_meetings(features)):
        _recent[:] = [VolunteerHours(features)]
    return _recent[0]


def _number_hours(volunteers: pd.DataFrame) -> tuple[Index, list[tuple[int, str] | None]]:
    """Return the pattern of each volunteer's hours, (n,), and the patterns; None for one that says nothing."""
    hours = list(zip(volunteers["availability"].tolist(), volunteers["clock"].tolist(), strict=True))
    known = {pattern: i for i, pattern in enumerate(dict.fromkeys(hours))}
    patterns = [None if pattern == (ANY_TIME, "") else (int(pattern[0]), str(pattern[1])) for pattern in known]
    return np.array([known[each] for each in hours], dtype=np.int64), patterns


def _fit(spans: list[int], length_min: int, pause_min: int, day_min: int, most: int) -> int:
    """Return how many contacts of a length fit into free spans of one day, a pause after each."""
    return min(sum((span + pause_min) // (length_min + pause_min) for span in spans), day_min // length_min, most)
