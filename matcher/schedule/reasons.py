"""Why contacts have no place: the restriction that leaves too little of the week."""

from __future__ import annotations

import numpy as np

from matcher.messages import UNSCHEDULED
from matcher.schedule.cadence import Cadence
from matcher.schedule.calendar import Calendar
from matcher.schedule.caseload import Caseload, Index, Mask
from matcher.schedule.limits import EMPTY, Grid, kind_of
from matcher.schedule.openness import Openness
from matcher.schedule.single import NEVER, best_months
from matcher.schedule.visits import CALL, VISIT

REASONS = tuple(UNSCHEDULED)
"""Codes of the reasons, by number."""


def missing(grid: Grid, cadence: Cadence, week: Index) -> Index:
    """How many contacts of each kind no place was found for, (pairs, weeks, kind).

    Visits due less visits planned; calls due less calls planned, at least 0: a call more may stand for a visit.
    """
    planned = np.stack([_per_week((grid != EMPTY) & (kind_of(grid) == kind), week) for kind in (VISIT, CALL)], axis=2)
    due = np.stack([cadence.visits, cadence.contacts - cadence.visits], axis=2)
    return np.maximum(due - planned, 0)


def reasons(grid: Grid, openness: Openness, caseload: Caseload, calendar: Calendar) -> Index:
    """Why each pair's week holds fewer contacts than due: places in ``REASONS``, (pairs, weeks).

    Where n contacts are due, and fewer than n of the week's days are open, with both present (on the programme, no day
    off) and free in a common half-day, the first of these that is so:

    - closed: fewer than n days are open; or n days would do if closed days were open
    - absent: on fewer than n open days both are present; or n days would do if both always were
    - no_common_half_day: all the rest

    Where n days or more are left, the first of these that is so:

    - too_close: n contacts on these can't keep the gap, to each other and to the elder's contacts in other weeks
    - day_full: all the rest. The volunteer's days hold too much already, or can't hold a visit at all

    A week that has its n contacts and lacks only visits is ``day_full``: calls stand where visits had no room.
    """
    cadence, due = caseload.cadence, caseload.cadence.contacts
    present, common, is_open = openness.present, openness.common, calendar.is_open
    free_days: Mask = present & common & is_open

    def days(mask: Mask) -> Index:
        return _per_week(np.broadcast_to(mask, present.shape), caseload.week)

    too_few = days(free_days) < due
    tests = {
        "closed": too_few & ((days(is_open) < due) | (days(present & common) >= due)),
        "absent": too_few & ((days(present & is_open) < due) | (days(common & is_open) >= due)),
        "no_common_half_day": too_few,
        "too_close": _spaced(grid, free_days, cadence, caseload.week) < due,
    }
    complete = days(grid != EMPTY) >= due
    reason = np.select(list(tests.values()), [REASONS.index(name) for name in tests], REASONS.index("day_full"))
    return np.where(complete, REASONS.index("day_full"), reason)


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
