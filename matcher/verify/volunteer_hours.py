"""Volunteers' own hours: how many elders' least visits they hold, and what many elders lack for want of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.settings import ScheduleSettings
from matcher.verify.meetings import ANY_TIME, MeetingTimes, get_hours


@dataclass(frozen=True, slots=True)
class _Day:
    """What a day holds at most: visits, contacts were all calls, and minutes with the pause after each span."""

    visits: int
    contacts: int
    minutes: int


@dataclass(frozen=True, eq=False)
class VolunteerHours:
    """The hours of volunteers whose rows say when they are free."""

    meetings: MeetingTimes

    def compute_lacking_m(self, volunteer: int, elders: int) -> int:
        """Return what so many elders lack beside what each lacks by itself, metres; 0 where no hours are told.

        Each further elder costs no less than the one before.
        """
        hours = get_hours(self.meetings.people.volunteers, volunteer)
        if hours == (ANY_TIME, "") or self.meetings.settings.capacity.unit != "elders" or elders < 2:
            return 0
        if (hours, elders) not in self._known_lacking:
            self._known_lacking[hours, elders] = self._add_up_lacking(hours, elders)
        return self._known_lacking[hours, elders]

    @cached_property
    def _known_lacking(self) -> dict[tuple[tuple[int, str], int], int]:
        return {}

    def _add_up_lacking(self, hours: tuple[int, str], elders: int) -> int:
        """Return what so many elders lack of some hours beside what each lacks by itself, metres."""
        days = self._measure_week(hours)
        lacking = [self._lack_m(days, k) for k in range(elders + 1)]
        beside = [each - k * lacking[1] for k, each in enumerate(lacking)]
        total = highest = 0
        for before, now in zip(beside, beside[1:], strict=False):
            highest = max(highest, round(now - before))
            total += highest
        return total

    def count_elders_held(self, pinned: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Return how many elders' least visits each volunteer's month holds, at least 1 and as many as are ``pinned``.

        None where that limits nobody: least visits are no hard rule, or nobody's row says anything of hours.
        """
        meetings, settings = self.meetings, self.meetings.settings
        if settings.availability.least_visits != "hard" or settings.capacity.unit != "elders":
            return None
        least = [visits for visits in meetings.least_visits if visits]
        side = meetings.people.volunteers
        there = meetings.find_there(side)
        hours = [get_hours(side, volunteer) for volunteer in range(len(side.ids))]
        if not least or ({*hours} <= {(ANY_TIME, "")} and bool((there == ~meetings.calendar.closed).all())):
            return None
        fewest = min(least)  # once for all: it goes through all elders
        weekdays = list(zip(meetings.calendar.weekday.tolist(), meetings.calendar.stands_for.tolist(), strict=True))
        kinds, kind_of_date = np.unique(np.array(weekdays, dtype=np.int64), axis=0, return_inverse=True)
        days_of_kind = np.stack([there[:, kind_of_date == kind].sum(axis=1) for kind in range(len(kinds))], axis=1)
        visits_of = {
            own: [self._measure_day(own, (int(day), int(other))).visits for day, other in kinds] for own in {*hours}
        }
        visits = np.array([visits_of[own] for own in hours], dtype=np.int64)
        held = (visits * days_of_kind).sum(axis=1) // fewest
        return np.asarray(np.maximum(np.maximum(held, pinned), 1))

    @cached_property
    def _usual_due(self) -> tuple[float, float]:
        """Return the contacts and the visits a week that those who are due any are due on average."""
        due, weeks = self.meetings.due, self.meetings.dates.horizon.days / 7
        who = due.is_contacted
        if not who.any():
            return 0.0, 0.0
        contacts, visits = (float(counts[who].sum()) / int(who.sum()) for counts in (due.contacts, due.visits))
        return contacts / weeks, visits / weeks

    def _measure_week(self, hours: tuple[int, str]) -> list[_Day]:
        """Return what each day of a usual week holds by some hours."""
        days = range(7 if self.meetings.settings.schedule.weekends else 5)
        return [self._measure_day(hours, (day, day)) for day in days]

    def _lack_m(self, days: list[_Day], elders: int) -> float:
        """Return what so many usual elders lack in a month of usual weeks of such days, metres."""
        settings, (contacts, visits) = self.meetings.settings, self._usual_due
        schedule, weeks = settings.schedule, self.meetings.dates.horizon.days / 7
        minutes = sum(day.minutes for day in days)
        visit_min, call_min = schedule.visit_min + schedule.between_min, schedule.call_min + schedule.between_min
        made = min(sum(min(day.contacts, elders) for day in days), elders * contacts, minutes / call_min)
        visited = min(sum(min(day.visits, elders) for day in days), elders * visits, made)
        if visit_min > call_min:
            visited = min(visited, max(minutes - made * call_min, 0.0) / (visit_min - call_min))
        missed_m = (elders * contacts - made) * settings.match.missed_contact_m
        return (missed_m + (elders * visits - visited) * settings.match.missed_visit_m) * weeks

    def _measure_day(self, hours: tuple[int, str], weekdays: tuple[int, int]) -> _Day:
        """Return what a day by the hours of some weekdays holds."""
        known = self._known
        if (hours, weekdays) not in known:
            schedule = self.meetings.settings.schedule
            halves = self.meetings.find_free_minutes(hours, weekdays)
            spans = [length for minutes in halves for length in _measure_runs(minutes)]
            known[hours, weekdays] = _fill_day(spans, schedule)
        return known[hours, weekdays]

    @cached_property
    def _known(self) -> dict[tuple[tuple[int, str], tuple[int, int]], _Day]:
        return {}


def _fill_day(spans: list[int], schedule: ScheduleSettings) -> _Day:
    """Return what free spans of one day hold."""
    pause = schedule.between_min

    def count(length: int, most: int) -> int:
        fit = sum((span + pause) // (length + pause) for span in spans)
        return min(fit, schedule.max_minutes_per_day // length, most)

    visits = min(count(schedule.visit_min, schedule.max_visits_per_day), schedule.max_contacts_per_day)
    contacts = max(count(schedule.call_min, schedule.max_contacts_per_day), visits)
    return _Day(visits, contacts, sum(span + pause for span in spans if span >= schedule.call_min))


def _measure_runs(minutes: int) -> list[int]:
    """Return the lengths of the runs of minutes one after the other in a set."""
    return [len(run) for run in f"{minutes:b}".split("0") if run]
