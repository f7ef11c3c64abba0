"""Compiled loops: the most that one volunteer's week can hold, contacts and then visits, and a week that holds it.

Exact. What a week holds does not depend on other weeks: gaps and habits only cost. So the days of a week are gone
through one by one; a state is what each elder is still due, and it is dropped where even all that its elders could have
on later days does not lead beyond what is known to be possible.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from matcher.schedule.volunteer_month import BETWEEN, MAX_CONTACTS, MAX_VISITS, VISIT, VISIT_MIN, window
from matcher.schedule.week_ways import TOO_LARGE, ways_of

CALL = 1
_MOST_STATES, _MOST_ELDERS = 200_000, 10
FIRST = 4096
"""A contact against a visit: more than all visits of a week."""


@njit(cache=True, nogil=True)
def best_week(days, ways, ways_count, due, visits_due, known, contact_w, visit_w, week):
    """The best value of a week beyond ``known``, or ``known``; fills ``week``, (elders, days), where it is beyond.

    ``ways`` (days, n, elders) and ``ways_count`` are those of ``day_ways``; ``due`` and ``visits_due`` (elders,) what
    is still due. Returns TOO_LARGE where the states are too many.
    """
    k = len(due)
    size = np.empty(k, np.int64)
    total = 1
    for e in range(k):
        size[e] = (due[e] + 1) * (visits_due[e] + 1)
        total *= size[e]
        if total > _MOST_STATES:
            return np.int64(TOO_LARGE)
    can = np.zeros((days + 1, k, 2), np.int64)
    for d in range(days - 1, -1, -1):
        for e in range(k):
            visit = call = 0
            for i in range(ways_count[d]):
                if ways[d, i, e] >= 0:
                    call = 1
                    if ways[d, i, e] % 2 == VISIT:
                        visit = 1
            can[d, e, 0] = can[d + 1, e, 0] + visit
            can[d, e, 1] = can[d + 1, e, 1] + call
    later = np.zeros((days + 1, 3), np.int64)  # contacts, visits and worth that later days can hold
    for d in range(days - 1, -1, -1):
        for i in range(ways_count[d]):
            contacts = visits = 0
            for e in range(k):
                if ways[d, i, e] >= 0:
                    contacts += 1
                    visits += ways[d, i, e] % 2 == VISIT
            later[d, 0] = max(later[d, 0], contacts)
            later[d, 1] = max(later[d, 1], visits)
            later[d, 2] = max(later[d, 2], contacts * contact_w + visits * visit_w)
        later[d] += later[d + 1]
    value = np.full((days + 1, total), -1, np.int64)
    came = np.full((days + 1, total), -1, np.int32)
    came_way = np.full((days + 1, total), -1, np.int32)
    value[0, total - 1] = 0
    left = np.empty(k, np.int64)
    best = known
    best_state = -1
    best_day = -1
    for d in range(days):
        for state in range(total):
            if value[d, state] < 0:
                continue
            rest = state
            contacts = visits = 0
            for e in range(k):
                left[e] = rest % size[e]
                rest //= size[e]
                c = left[e] // (visits_due[e] + 1)
                v = left[e] % (visits_due[e] + 1)
                c = min(c, can[d, e, 1])
                contacts += c
                visits += min(v, can[d, e, 0], c)
            hope = contact_w * min(contacts, later[d, 0]) + visit_w * min(visits, later[d, 1])
            if value[d, state] + min(hope, later[d, 2]) <= best:
                continue
            for i in range(ways_count[d]):
                gain = np.int64(0)
                to = np.int64(0)
                base = np.int64(1)
                fits = True
                for e in range(k):
                    x = left[e]
                    code = ways[d, i, e]
                    if code >= 0:
                        v = x % (visits_due[e] + 1)
                        if x < visits_due[e] + 1 or (code % 2 == VISIT and v == 0):
                            fits = False
                            break
                        x -= visits_due[e] + 1
                        gain += contact_w
                        if code % 2 == VISIT:
                            x -= 1
                            gain += visit_w
                    to += base * x
                    base *= size[e]
                if fits and value[d, state] + gain > value[d + 1, to]:
                    value[d + 1, to] = value[d, state] + gain
                    came[d + 1, to] = state
                    came_way[d + 1, to] = i
                    if value[d + 1, to] > best:
                        best = value[d + 1, to]
                        best_state = to
                        best_day = d + 1
    if best_state >= 0:
        week[:] = -1
        state = best_state
        for d in range(best_day, 0, -1):
            for e in range(k):
                week[e, d - 1] = ways[d - 1, came_way[d, state], e]
            state = came[d, state]
    return best


@njit(cache=True, nogil=True)
def made_in_week(grid, a, b, contact_w, visit_w):
    """What the contacts of a volunteer's plan are worth on the days from a to b."""
    value = np.int64(0)
    for e in range(len(grid)):
        for d in range(a, b):
            if grid[e, d] >= 0:
                value += contact_w + (visit_w if grid[e, d] % 2 == VISIT else 0)
    return value


@njit(cache=True, nogil=True)
def bound_of_week(a, b, due, visits_due, may, windows, day_type, half, hot, limits, contact_w, visit_w):
    """A value that no plan of the days from a to b can beat.

    No elder has more contacts, or visits, than are due or than there are days for them; no half-day more than fit
    between the first opening and the last closing in it. Room is counted in units of the lengths' common divisor.
    """
    takes = limits[VISIT_MIN : VISIT_MIN + 2] + limits[BETWEEN]
    x, y = takes[0], takes[1]
    while y:
        x, y = y, x % y
    unit = max(x, 1)
    k = len(may)
    days_for = np.zeros((k, 2), np.int64)
    room = contacts = visits = np.int64(0)
    for d in range(a, b):
        opens = np.full((2, 2), 1 << 20, np.int64)
        closes = np.zeros((2, 2), np.int64)
        today = np.zeros(2, np.int64)
        for e in range(k):
            any_kind = False
            for kind in range(2):
                fits = False
                if may[e, d, kind]:
                    for slot in range(windows.shape[2]):
                        o, c = window(windows[e, day_type[d]], d, slot, kind, hot)
                        if c - o >= limits[VISIT_MIN + kind]:
                            fits = True
                            opens[kind, half[slot]] = min(opens[kind, half[slot]], o)
                            closes[kind, half[slot]] = max(closes[kind, half[slot]], c)
                any_kind = any_kind or fits
                if kind == VISIT and fits:
                    days_for[e, 0] += 1
                    today[0] += 1
            days_for[e, 1] += any_kind
            today[1] += any_kind
        fit_visits = fit_room = np.int64(0)
        for h in range(2):
            if closes[VISIT, h] > 0:
                fit_visits += (closes[VISIT, h] - opens[VISIT, h] + limits[BETWEEN]) // max(takes[VISIT], 1)
            first, last = min(opens[0, h], opens[1, h]), max(closes[0, h], closes[1, h])
            if last > 0:
                fit_room += (last - first + limits[BETWEEN]) // unit
        contacts += min(today[1], limits[MAX_CONTACTS], fit_room * unit // max(min(takes[0], takes[1]), 1))
        visits += min(today[0], limits[MAX_VISITS], fit_visits)
        room += min(fit_room, today[1] * max(takes[0], takes[1]) // unit)
    alone = alone_visits = np.int64(0)
    for e in range(k):
        c = min(due[e], days_for[e, 1])
        alone += c
        alone_visits += min(visits_due[e], days_for[e, 0], c)
    contacts = min(contacts, alone)
    visits = min(visits, alone_visits, contacts)
    if takes[CALL] < takes[VISIT]:
        visits = min(visits, max(room * unit - contacts * takes[CALL], 0) // (takes[VISIT] - takes[CALL]))
    return contact_w * contacts + visit_w * visits


@njit(cache=True, nogil=True)
def fill_weeks(grid, may, windows, day_type, half, hot, limits, stands, walk, forced, due, visits_due, week):
    """Put the fullest week in place of each that could hold more.

    Returns how many weeks changed, and how many could not be searched whole though their elders, each alone, could
    have more.
    """
    days = len(week)
    k = len(grid)
    changed = unproven = 0
    size = min(3**k, 2187) if k <= _MOST_ELDERS else 0
    ways = np.empty((days, size, k), np.int8)
    known = np.full(days, -2, np.int64)  # ways of each day, once asked for
    left = np.empty(k, np.int64)
    visits_left = np.empty(k, np.int64)
    a = 0
    while a < days:
        b = a
        while b < days and week[b] == week[a]:
            b += 1
        for e in range(k):
            left[e] = due[e, week[a]]
            visits_left[e] = visits_due[e, week[a]]
            for d in range(a, b):
                left[e] -= forced[e, d] >= 0
                visits_left[e] -= forced[e, d] == VISIT
            open_days = visit_days = 0
            for d in range(a, b):
                open_days += may[e, d, VISIT] or may[e, d, CALL]
                visit_days += may[e, d, VISIT]
            left[e] = max(min(left[e], open_days), 0)
            visits_left[e] = max(min(visits_left[e], left[e], visit_days), 0)
        now = made_in_week(grid, a, b, FIRST, 1)
        alone = bound_of_week(a, b, left, visits_left, may, windows, day_type, half, hot, limits, FIRST, 1)
        if now < alone:
            searched = ways.shape[1] > 0
            if searched:
                for d in range(a, b):
                    known[d] = ways_of(d, known, ways, may, windows, day_type, half, hot, limits, stands, walk)
                    if known[d] < 0:
                        searched = False
                        break
            if searched:
                found = np.full((k, b - a), -1, np.int8)
                best = best_week(b - a, ways[a:b], known[a:b], left, visits_left, now, FIRST, 1, found)
                if best > now:
                    grid[:, a:b] = found
                    changed += 1
                searched = best != TOO_LARGE
            unproven += not searched
        a = b
    return changed, unproven
