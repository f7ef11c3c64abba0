"""The joint problem of a month: people, hours and demand become its arrays here, and nowhere else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.demand import Demand
from matcher.demand.meetings import get_meetings
from matcher.demand.time_windows import TimeWindows, find_free_spans, find_present, parse_window
from matcher.features import Features
from matcher.joint import JointProblem, VolunteerWeek
from matcher.matching.candidates import compute_cost_terms
from matcher.matching.capacity import compute_capacity
from matcher.rules import RULES, measure_pairs

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_PRICED = "missed_contacts"
"""The cost term that stands for what the joint problem plans itself."""


def build_joint_problem(features: Features, elder: Index, volunteer: Index, unmatched_cost: Index) -> JointProblem:
    """Return the joint problem of some candidates, (n,) roster indices, where places count elders.

    ``unmatched_cost`` is what leaving each elder out costs, (n_elders,). Loads cost nothing of their own in it.
    """
    settings, meetings = features.settings, get_meetings(features)
    terms = compute_cost_terms(features, measure_pairs(features, elder, volunteer), RULES)
    cost = sum((term for name, term in terms.items() if name != _PRICED), np.zeros(len(elder), dtype=np.int64))
    best = meetings.best
    schedule = settings.schedule
    return JointProblem(
        elder=elder,
        volunteer=volunteer,
        cost=cost,
        capacity=compute_capacity(features),
        unmatched_cost=unmatched_cost,
        contacts_best=best.contacts.astype(np.int64),
        visits_best=best.visits.astype(np.int64),
        weeks=tuple(_list_weeks(features, elder, volunteer)),
        contact_cost=settings.match.missed_contact_m,
        visit_cost=settings.match.missed_visit_m,
        visit_min=schedule.visit_min,
        call_min=schedule.call_min,
        pause_min=schedule.between_min,
        max_contacts=schedule.max_contacts_per_day,
        max_visits=schedule.max_visits_per_day,
        max_minutes=schedule.max_minutes_per_day,
    )


def _list_weeks(features: Features, elder: Index, volunteer: Index) -> list[VolunteerWeek]:
    """Return the weeks of every volunteer who has candidates; those that are alike are one."""
    calendar = Calendar.build(features.horizon, features.settings.schedule)
    may = _find_when(features, elder, volunteer, calendar)
    due = Demand.compute_usual(features.roster, elder, features.horizon, features.settings, volunteer=volunteer)
    weeks = []
    for one in np.unique(volunteer).tolist():
        rows = np.flatnonzero(volunteer == one)
        minutes, spans = _measure_days(features, one, calendar)
        alike: dict[bytes, list[VolunteerWeek]] = {}
        for number in range(int(calendar.week[-1]) + 1):
            days = np.flatnonzero(calendar.week == number)
            week = VolunteerWeek(
                1,
                rows,
                may[rows][:, days],
                due.contacts[rows, number],
                due.visits[rows, number],
                minutes[days],
                spans[days],
            )
            parts = (week.may, week.contacts_due, week.visits_due, week.minutes, week.spans)
            alike.setdefault(b"|".join(part.tobytes() for part in parts), []).append(week)
        for same in alike.values():
            first = same[0]
            weeks.append(
                VolunteerWeek(
                    len(same),
                    first.candidates,
                    first.may,
                    first.contacts_due,
                    first.visits_due,
                    first.minutes,
                    first.spans,
                )
            )
    return weeks


def _find_when(features: Features, elder: Index, volunteer: Index, calendar: Calendar) -> Mask:
    """Return whether each pair may have a contact on a day, in a half-day, of a kind, (n, D, 2, 2)."""
    schedule = features.settings.schedule
    windows = TimeWindows.find(features.roster, elder, volunteer, calendar, schedule)
    length = windows.windows[..., 1] - windows.windows[..., 0]
    may = np.zeros((len(elder), len(calendar.day), 2, 2), dtype=bool)
    there = windows.present & calendar.is_open
    for kind, (needed, limit) in enumerate(
        ((schedule.visit_min, schedule.max_visits_per_day), (schedule.call_min, schedule.max_contacts_per_day))
    ):
        fits = (length >= needed) & (limit > 0)
        for half in range(2):
            by_type = np.asarray(fits[:, :, windows.half == half].any(axis=2))
            may[:, :, half, kind] = by_type[:, windows.day_type] & there
    return may


def _measure_days(features: Features, volunteer: int, calendar: Calendar) -> tuple[Index, Index]:
    """Return a volunteer's free minutes, and the number of spans they lie in, by day and half-day, (D, 2) each."""
    people, schedule = features.roster.volunteers, features.settings.schedule
    mask, clock = int(people["availability"].iloc[volunteer]), str(people["clock"].iloc[volunteer])
    there = find_present(people, np.array([volunteer]), calendar)[0] & calendar.is_open
    minutes, spans = (np.zeros((len(calendar.day), 2), dtype=np.int64) for _ in range(2))
    for day in np.flatnonzero(there).tolist():
        weekdays = tuple(sorted({int(calendar.weekday[day]), int(calendar.stands_for[day])}))
        for half, window in enumerate((schedule.morning, schedule.afternoon)):
            free = find_free_spans(mask, clock, weekdays, half, *parse_window(window))
            minutes[day, half] = sum(end - start for start, end in free)
            spans[day, half] = len(free)
    return minutes, spans
