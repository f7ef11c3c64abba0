"""Compiled loops: an upper bound on what one volunteer's week can hold, by counting alone.

No elder has more contacts, or visits, than are due or than there are days for them. A half-day holds no more contacts,
with so many visits among them, than fit between the first opening and the last closing in it, the least walks between
visits among them; a day no more than its limits. Which elder has which day is left open. Days are joined by a max-plus
convolution over the number of visits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.compiling import scalar_step, step
from matcher.timetable.kernels.day_windows import find_window, get_length
from matcher.timetable.problem import CALL, VISIT, Index

_IMPOSSIBLE = -(1 << 20)
"""Contacts of a day, or a week, that can't be; seven of them stay far from -2**63."""
_LATE = 1 << 20
"""After any minute of a day."""


class Week(NamedTuple):
    """Days of one volunteer, and what is still due on them."""

    first: int
    end: int
    """The first day, and the day after the last."""
    due: Index
    visits_due: Index
    """What each elder is still due beside what is fixed, (elders,)."""


class ShortestLegs(NamedTuple):
    """The fewest minutes from home to an elder, and from one elder to another."""

    home: int
    between: int


@scalar_step
def find_shortest_legs(own):
    """Return the fewest minutes of walks between a volunteer's places."""
    k, travel = len(own.allowed), own.travel_min
    home, leg = np.int64(1 << 20), np.int64(1 << 20)
    for a in range(1, k + 1):
        home = min(home, travel[0, a])
        for b in range(1, k + 1):
            if a != b:
                leg = min(leg, travel[a, b])
    return ShortestLegs(home, leg)


@scalar_step
def _measure_day(d, own, shared, days_for, span, able):
    """Fill the minutes from first opening to last closing of each half-day; who could have a visit, or a contact.

    ``able`` (3, 2): elders by half-day, the last row for the whole day; visits, and contacts of either kind. Counts
    the day in ``days_for`` (elders, 2), likewise.
    """
    for row in range(3):
        able[row, VISIT] = able[row, CALL] = 0
    first, last, first_late, last_late = np.int64(_LATE), np.int64(0), np.int64(_LATE), np.int64(0)
    for e in range(len(days_for)):
        fits = np.int64(0)  # bits: a visit in half-day 0, 1; a contact in half-day 0, 1
        for kind in range(2):
            if not own.allowed[e, d, kind]:
                continue
            for slot in range(len(shared.half)):
                opens, closes = find_window(e, d, slot, kind, own, shared)
                if closes - opens >= get_length(kind, shared):
                    h = shared.half[slot]
                    if h == 0:
                        first, last = min(first, opens), max(last, closes)
                    else:
                        first_late, last_late = min(first_late, opens), max(last_late, closes)
                    fits |= np.int64(4) << h
                    if kind == VISIT:
                        fits |= np.int64(1) << h
        for h in range(2):
            able[h, VISIT] += (fits >> h) & 1
            able[h, CALL] += (fits >> (2 + h)) & 1
        for kind in range(2):
            if (fits >> (2 * kind)) & 3:
                able[2, kind] += 1
                days_for[e, kind] += 1
    span[0] = max(last - first, -shared.limits.pause_min)
    span[1] = max(last_late - first_late, -shared.limits.pause_min)


@scalar_step
def _bound_day(span, able, legs, limits, most):
    """Fill ``most[v]``: contacts that a day with v visits can hold at most, or _IMPOSSIBLE."""
    visit, call, pause = limits.visit_min, limits.call_min, limits.pause_min
    home, leg = legs.home, legs.between
    most[:] = _IMPOSSIBLE
    for v in range(min(len(most) - 1, able[0, VISIT]) + 1):  # v visits in the first half-day, v1 in the second
        left = span[0] + pause - v * (visit + pause) - max(v - 1, 0) * max(leg - pause, 0)
        if left < 0:
            break
        contacts = min(able[0, CALL], v + left // max(call + pause, 1))
        for v1 in range(min(len(most) - 1 - v, able[1, VISIT], able[2, VISIT] - v) + 1):
            left = span[1] + pause - v1 * (visit + pause) - max(v1 - 1, 0) * max(leg - pause, 0)
            if left < 0:
                break
            both = v + v1
            minutes = both * visit + max(v - 1, 0) * leg + max(v1 - 1, 0) * leg
            minutes += 2 * home * ((v > 0) + (v1 > 0))
            held = contacts + min(able[1, CALL], v1 + left // max(call + pause, 1))
            held = min(held, able[2, CALL], limits.contacts)
            held = min(held, both + (limits.minutes - minutes) // max(call, 1))
            if held >= both:
                most[both] = max(most[both], held)


@step
def bound_week(week, own, shared, legs):
    """Return contacts, and then visits, that no plan of the week has more of; and the most points that both have."""
    due, visits_due = week.due, week.visits_due
    k, limits = len(due), shared.limits
    days_for, span, able = np.empty((k, 2), np.int64), np.empty(2, np.int64), np.empty((3, 2), np.int64)
    days_for[:] = 0
    today = np.empty(min(limits.visits, k) + 1, np.int64)
    cap = np.int64(0)
    for e in range(k):
        cap += visits_due[e]
    total, before = np.empty(cap + 1, np.int64), np.empty(cap + 1, np.int64)
    total[:] = _IMPOSSIBLE
    total[0] = 0
    for d in range(week.first, week.end):  # invariant: ``total[v]``: most contacts of the days before, v visits in all
        _measure_day(d, own, shared, days_for, span, able)
        _bound_day(span, able, legs, limits, today)
        for v in range(cap + 1):
            before[v], total[v] = total[v], _IMPOSSIBLE
        for v in range(len(today)):
            for was in range(cap + 1 - v):
                total[was + v] = max(total[was + v], before[was] + today[v])
    alone, alone_visits = np.int64(0), np.int64(0)
    for e in range(k):
        c = min(due[e], days_for[e, CALL])
        alone += c
        alone_visits += min(visits_due[e], days_for[e, VISIT], c)
    contacts, visits, worth = np.int64(0), np.int64(0), np.int64(0)
    for v in range(alone_visits + 1):
        c = min(total[v], alone)
        if c >= contacts and c >= v:
            contacts, visits = c, v
        if c >= v:
            worth = max(worth, c * shared.objective.contact + v * shared.objective.visit)
    return contacts, visits, worth
