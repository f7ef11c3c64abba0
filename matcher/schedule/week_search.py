"""Compiled loops: the most that one volunteer's week can hold, contacts and then visits, and a week that holds it.

Exact. What a week holds does not depend on other weeks: gaps and habits only cost. So the days of a week are gone
through one by one; a state is what each elder is still due, and it is dropped where even all that its elders could have
on later days does not lead beyond what is known to be possible.
"""

from __future__ import annotations

import numpy as np

from matcher.schedule.arrays import loop, own_of, step
from matcher.schedule.days import BETWEEN, CALL, MAX_CONTACTS, MAX_VISITS, VISIT, VISIT_MIN, window
from matcher.schedule.elder_month import CONTACT_W, VISIT_W
from matcher.schedule.week_ways import TOO_LARGE, day_alike, day_ways

_MOST_STATES, _MOST_ELDERS = 200_000, 10
FIRST = 4096
"""A contact against a visit: more than all visits of a week."""


@step
def _best_week(days, ways, ways_count, due, visits_due, known, contact_w, visit_w, week):
    """The best value of a week beyond ``known``, or ``known``; fills ``week``, (days, elders), where it is beyond.

    ``ways`` (days, n, elders) and ``ways_count`` are those of ``day_ways``; ``due`` and ``visits_due`` (elders,) what
    is still due. Returns TOO_LARGE where the states are too many.
    """
    k = len(due)
    size = np.empty(k, np.int64)
    total = np.int64(1)
    for e in range(k):
        size[e] = (due[e] + 1) * (visits_due[e] + 1)
        total = min(total * size[e], _MOST_STATES + 1)
    if total > _MOST_STATES:
        return np.int64(TOO_LARGE)
    can = np.empty((days + 1, k, 2), np.int64)
    can[days] = 0
    later = np.empty((days + 1, 3), np.int64)  # contacts, visits and worth that later days can hold
    later[days] = 0
    for d in range(days - 1, -1, -1):
        for e in range(k):
            visit, call = np.int64(0), np.int64(0)
            for i in range(ways_count[d]):
                if ways[d, i, e] >= 0:
                    call = np.int64(1)
                    if ways[d, i, e] % 2 == VISIT:
                        visit = np.int64(1)
            can[d, e, 0] = can[d + 1, e, 0] + visit
            can[d, e, 1] = can[d + 1, e, 1] + call
        most, most_visits, worth = np.int64(0), np.int64(0), np.int64(0)
        for i in range(ways_count[d]):
            contacts, visits = np.int64(0), np.int64(0)
            for e in range(k):
                if ways[d, i, e] >= 0:
                    contacts += 1
                    visits += ways[d, i, e] % 2 == VISIT
            most = max(most, contacts)
            most_visits = max(most_visits, visits)
            worth = max(worth, contacts * contact_w + visits * visit_w)
        later[d, 0] = later[d + 1, 0] + most
        later[d, 1] = later[d + 1, 1] + most_visits
        later[d, 2] = later[d + 1, 2] + worth
    value = np.empty((days + 1, total), np.int64)
    came = np.empty((days + 1, total), np.int32)
    came_way = np.empty((days + 1, total), np.int32)
    value[:] = -1
    value[0, total - 1] = 0
    left = np.empty(k, np.int64)
    best = known
    best_state, best_day = np.int64(-1), np.int64(-1)
    for d in range(days):
        for state in range(total):
            if value[d, state] < 0:
                continue
            rest = state
            contacts, visits = np.int64(0), np.int64(0)
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
                week[d - 1, e] = ways[d - 1, came_way[d, state], e]
            state = np.int64(came[d, state])
    return best


@step
def _bound_of_week(a, b, due, visits_due, own, world):
    """Contacts, and visits, that no plan of the days from a to b has more of.

    No elder has more contacts, or visits, than are due or than there are days for them; no half-day more than fit
    between the first opening and the last closing in it. Room is counted in units of the lengths' common divisor.
    """
    may, half, limits = own.may, world.half, world.limits
    takes = np.empty(2, np.int64)
    takes[VISIT], takes[CALL] = limits[VISIT_MIN] + limits[BETWEEN], limits[VISIT_MIN + 1] + limits[BETWEEN]
    longest, shortest = max(takes[VISIT], takes[CALL]), min(takes[VISIT], takes[CALL])
    x, y = takes[VISIT], takes[CALL]
    while y:
        x, y = y, x % y
    unit = max(x, 1)
    k = len(may)
    days_for = np.empty((k, 2), np.int64)
    days_for[:] = 0
    opens, closes = np.empty((2, 2), np.int64), np.empty((2, 2), np.int64)
    room, contacts, visits = np.int64(0), np.int64(0), np.int64(0)
    for d in range(a, b):
        opens[:] = 1 << 20
        closes[:] = 0
        today, today_visits = np.int64(0), np.int64(0)
        for e in range(k):
            any_kind = False
            for kind in range(2):
                fits = False
                if may[e, d, kind]:
                    for slot in range(len(half)):
                        o, c = window(e, d, slot, kind, own, world)
                        if c - o >= limits[VISIT_MIN + kind]:
                            fits = True
                            opens[kind, half[slot]] = min(opens[kind, half[slot]], o)
                            closes[kind, half[slot]] = max(closes[kind, half[slot]], c)
                any_kind = any_kind or fits
                if kind == VISIT and fits:
                    days_for[e, 0] += 1
                    today_visits += 1
            days_for[e, 1] += any_kind
            today += any_kind
        fit_visits, fit_room = np.int64(0), np.int64(0)
        for h in range(2):
            if closes[VISIT, h] > 0:
                fit_visits += (closes[VISIT, h] - opens[VISIT, h] + limits[BETWEEN]) // max(takes[VISIT], 1)
            first, last = min(opens[0, h], opens[1, h]), max(closes[0, h], closes[1, h])
            if last > 0:
                fit_room += (last - first + limits[BETWEEN]) // unit
        contacts += min(today, limits[MAX_CONTACTS], fit_room * unit // max(shortest, 1))
        visits += min(today_visits, limits[MAX_VISITS], fit_visits)
        room += min(fit_room, today * longest // unit)
    alone, alone_visits = np.int64(0), np.int64(0)
    for e in range(k):
        c = min(due[e], days_for[e, 1])
        alone += c
        alone_visits += min(visits_due[e], days_for[e, 0], c)
    contacts = min(contacts, alone)
    visits = min(visits, alone_visits, contacts)
    if takes[CALL] < takes[VISIT]:
        visits = min(visits, max(room * unit - contacts * takes[CALL], 0) // (takes[VISIT] - takes[CALL]))
    return contacts, visits


@step
def _left_in_week(a, b, own, world, left, visits_left):
    """What each elder is still due in the days from a to b beside what stands, as far as there are days for it."""
    may, forced = own.may, own.forced
    for e in range(len(may)):
        left[e], visits_left[e] = own.due[e, world.week[a]], own.visits_due[e, world.week[a]]
        open_days, visit_days = np.int64(0), np.int64(0)
        for d in range(a, b):
            left[e] -= forced[e, d] >= 0
            visits_left[e] -= forced[e, d] == VISIT
            open_days += may[e, d, VISIT] or may[e, d, CALL]
            visit_days += may[e, d, VISIT]
        left[e] = max(min(left[e], open_days), 0)
        visits_left[e] = max(min(visits_left[e], left[e], visit_days), 0)


@loop
def fill_weeks(grid, changed, unproven, most, people, world):
    """Put the fullest week in place of each that could hold more; ``grid`` is (pairs, days).

    Fills, for each volunteer, how many weeks changed; how many could not be searched whole though their elders, each
    alone, could have more; and the points that no month's contacts, and visits, are worth more than by themselves.
    """
    contact_points, visit_points = world.weights[CONTACT_W], world.weights[VISIT_W]
    days = grid.shape[1]
    contact_w, visit_w = np.int64(FIRST), np.int64(1)
    known = np.empty(days, np.int64)  # ways of each day, once asked for
    for v in range(len(changed)):
        first = people.pair_start[v]
        k = people.pair_start[v + 1] - first
        own = own_of(people, v)
        size = min(3**k, 2187) if k <= _MOST_ELDERS else 0
        ways = np.empty((days, size, k), np.int8)
        left, visits_left = np.empty(k, np.int64), np.empty(k, np.int64)
        known[:] = -2
        changed[v] = unproven[v] = most[v] = 0
        a = np.int64(0)
        while a < days and k > 0:
            b = a
            now = np.int64(0)
            while b < days and world.week[b] == world.week[a]:
                for e in range(k):
                    if grid[first + e, b] >= 0:
                        now += contact_w
                        if grid[first + e, b] % 2 == VISIT:
                            now += visit_w
                b += 1
            _left_in_week(a, b, own, world, left, visits_left)
            contacts, visits = _bound_of_week(a, b, left, visits_left, own, world)
            if now < contacts * contact_w + visits * visit_w:
                searched = size > 0
                for d in range(a, b if searched else a):
                    alike = day_alike(d, known, own, world)
                    if alike >= 0:
                        known[d] = known[alike]
                        for i in range(known[d]):
                            for e in range(k):
                                ways[d, i, e] = ways[alike, i, e]
                    else:
                        known[d] = day_ways(d, own, world, ways[d])
                    searched = searched and known[d] >= 0
                if searched:
                    week = np.empty((b - a, k), np.int8)
                    best = _best_week(b - a, ways[a:b], known[a:b], left, visits_left, now, contact_w, visit_w, week)
                    if best > now:
                        for e in range(k):
                            for d in range(a, b):
                                grid[first + e, d] = week[d - a, e]
                        changed[v] += 1
                    searched = best != TOO_LARGE
                    if searched:  # a contact fewer may leave room for more visits
                        contacts, fewer, more = best // contact_w, best // contact_w - 1, visits
                        visits = best % contact_w
                        if (
                            fewer * contact_points + more * visit_points
                            > contacts * contact_points + visits * visit_points
                        ):
                            contacts, visits = fewer, more
                unproven[v] += not searched
            most[v] += contacts * contact_points + visits * visit_points
            a = b
