"""Why contacts have no place: the first restriction, in a fixed order, that leaves too little of the week."""

from __future__ import annotations

import numpy as np

from matcher.schedule.cadence import Cadence
from matcher.schedule.calendar import Calendar
from matcher.schedule.caseload import Caseload, Index, Mask
from matcher.schedule.limits import EMPTY, Grid, kind_of
from matcher.schedule.openness import Openness
from matcher.schedule.single import NEVER, best_months
from matcher.schedule.visits import CALL, VISIT

REASONS = ("closed", "absent", "no_common_half_day", "too_close", "day_full")
"""In the order in which they are asked; codes of ``messages.UNSCHEDULED``."""


def missing(grid: Grid, cadence: Cadence, week: Index) -> Index:
    """How many contacts of each kind no place was found for, (pairs, weeks, kind).

    Visits due less visits planned; calls due less calls planned, at least 0: a call more may stand for a visit.
    """
    planned = np.stack([_per_week((grid != EMPTY) & (kind_of(grid) == kind), week) for kind in (VISIT, CALL)], axis=2)
    due = np.stack([cadence.visits, cadence.contacts - cadence.visits], axis=2)
    return np.maximum(due - planned, 0)


def reasons(grid: Grid, openness: Openness, caseload: Caseload, calendar: Calendar) -> Index:
    """Why each pair's week holds fewer contacts than due: places in ``REASONS``, (pairs, weeks).

    With n contacts due in the week, the first of these that is so:

    - closed: fewer than n days are open
    - absent: on fewer than n of these both are on the programme and have no day off
    - no_common_half_day: on fewer than n of these both are free in the same half-day
    - too_close: on these, n contacts can't keep the gap, to each other and to the elder's contacts in other weeks
    - day_full: all the rest. The volunteer's days hold too much already, or can't hold a visit at all

    A week that has its n contacts and lacks only visits is ``day_full``: calls stand where visits had no room.
    """
    cadence, week = caseload.cadence, caseload.week
    due = cadence.contacts
    is_open: Mask = np.broadcast_to(calendar.is_open, openness.present.shape)
    free_days: Mask = np.asarray(caseload.free.any(axis=2))
    tests = [
        _per_week(is_open, week) < due,
        _per_week(openness.present & is_open, week) < due,
        _per_week(free_days, week) < due,
        _spaced(grid, free_days, cadence, week) < due,
        np.ones(due.shape, dtype=bool),
    ]
    complete = _per_week(grid != EMPTY, week) >= due
    return np.where(complete, len(REASONS) - 1, np.argmax(np.stack(tests), axis=0))


def _spaced(grid: Grid, free_days: Mask, cadence: Cadence, week: Index) -> Index:
    """The most contacts that each week could hold beside the elder's contacts in other weeks, (pairs, weeks)."""
    most = np.empty_like(cadence.contacts)
    made = grid != EMPTY
    for number in range(most.shape[1]):
        days = week == number
        near = _near(made & ~days, cadence.gap_days)
        gain = np.where((free_days & ~near)[:, days], 1, NEVER)
        dues = Cadence(cadence.contacts[:, [number]], np.zeros_like(most[:, [number]]), cadence.gap_days)
        alone = best_months(np.repeat(gain[:, :, None], 2, axis=2), dues, np.zeros(days.sum(), dtype=np.int64))
        most[:, number] = (alone != EMPTY).sum(axis=1)
    return most


def _near(made: Mask, gap_days: Index) -> Mask:
    """Days less than the gap from a contact, (pairs, days)."""
    near = made.copy()
    for distance in range(1, int(gap_days.max(initial=1))):
        reach = (gap_days > distance)[:, None]
        near[:, distance:] |= made[:, :-distance] & reach
        near[:, :-distance] |= made[:, distance:] & reach
    return near


def _per_week(mask: Mask, week: Index) -> Index:
    """How many of each week's days are set, (pairs, weeks)."""
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    return np.add.reduceat(mask.astype(np.int64), starts, axis=1)
