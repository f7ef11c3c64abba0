"""Compiled loops: the most that one volunteer's week can hold, contacts and then visits, and a week that holds it.

Exact. What a week holds does not depend on other weeks: gaps and habits only cost. So the days of a week are gone
through one by one; a state is what each elder is still due, and it is dropped where even all that its elders could have
on later days does not lead beyond what is known to be possible.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import loop, own_of, step
from matcher.timetable.kernels.day_patterns import TOO_LARGE, day_alike, day_ways
from matcher.timetable.kernels.day_windows import CALL, VISIT
from matcher.timetable.kernels.elder_dp import CONTACT_W, VISIT_W
from matcher.timetable.kernels.week_bound import bound_of_week, shortest_legs

_MOST_STATES, _MOST_TRIES, _MOST_ELDERS = 500_000, 2_000_000, 10
_MOST_PARTS = 36
"""States of one elder: what is left of seven contacts and as many visits."""
LEFT, VISITS_LEFT = 2, 3
_KEPT = 1024
"""A visit against a contact that stays as it is: more than all contacts of a week."""
FIRST = 4096
"""A contact against a visit: more than all visits of a week."""
UNPRICED = -1


@step
def _states_of(due, visits_due, parts):
    """What an elder can still be due in a week: contacts, and visits, of which there are never more.

    ``parts`` (states, 4) gets the state after a visit and after a call, -1 where that is not due; and both amounts.
    The last state is all that is due. Returns how many there are.
    """
    n = np.int64(0)
    for c in range(due + 1):
        for v in range(min(visits_due, c) + 1):
            parts[n, LEFT], parts[n, VISITS_LEFT] = c, v
            n += 1
    for i in range(n):
        parts[i, VISIT], parts[i, CALL] = -1, -1
        for j in range(i):
            c, v = parts[j, LEFT], parts[j, VISITS_LEFT]
            if c == parts[i, LEFT] - 1:
                if v == parts[i, VISITS_LEFT] - 1:
                    parts[i, VISIT] = j
                if v == min(parts[i, VISITS_LEFT], c):
                    parts[i, CALL] = j
    return n


@step
def _few_states(due, visits_due):
    """Whether the states of a week's search are few enough."""
    total = np.int64(1)
    for e in range(len(due)):
        size = np.int64(0)
        for c in range(due[e] + 1):
            size += min(visits_due[e], c) + 1
        total = min(total * size, _MOST_STATES + 1)
    return total <= _MOST_STATES


@step
def _best_week(days, ways, ways_count, kept, due, visits_due, known, contact_w, visit_w, week):
    """The best value of a week beyond ``known``, or ``known``; fills ``week``, (days, elders), where it is beyond.

    ``ways`` (days, n, elders) and ``ways_count`` are those of ``day_ways``, ``kept`` (days, n) what each is worth
    beside its contacts; ``due`` and ``visits_due`` (elders,) what is still due. Returns TOO_LARGE where the search
    takes too many steps.
    """
    k = len(due)
    size, parts = np.empty(k, np.int64), np.empty((k, _MOST_PARTS, 4), np.int64)
    total = np.int64(1)
    for e in range(k):
        size[e] = _states_of(due[e], visits_due[e], parts[e])
        total *= size[e]
    can = np.empty((days + 1, k, 2), np.int64)
    can[days] = 0
    later = np.empty((days + 1, 4), np.int64)  # contacts, visits, worth and what is kept that later days can hold
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
        most, most_visits, worth, most_kept = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for i in range(ways_count[d]):
            contacts, visits = np.int64(0), np.int64(0)
            for e in range(k):
                if ways[d, i, e] >= 0:
                    contacts += 1
                    visits += ways[d, i, e] % 2 == VISIT
            most = max(most, contacts)
            most_visits = max(most_visits, visits)
            worth = max(worth, contacts * contact_w + visits * visit_w + kept[d, i])
            most_kept = max(most_kept, kept[d, i])
        later[d, 0] = later[d + 1, 0] + most
        later[d, 1] = later[d + 1, 1] + most_visits
        later[d, 2] = later[d + 1, 2] + worth
        later[d, 3] = later[d + 1, 3] + most_kept
    value = np.empty((days + 1, total), np.int64)
    came = np.empty((days + 1, total), np.int32)
    came_way = np.empty((days + 1, total), np.int32)
    value[:] = -1
    value[0, total - 1] = 0
    left = np.empty(k, np.int64)
    best = known
    best_state, best_day = np.int64(-1), np.int64(-1)
    tries = np.int64(0)
    for d in range(days):
        for state in range(total):
            if value[d, state] < 0:
                continue
            rest = state
            contacts, visits = np.int64(0), np.int64(0)
            for e in range(k):
                left[e] = rest % size[e]
                rest //= size[e]
                c = min(parts[e, left[e], LEFT], can[d, e, 1])
                contacts += c
                visits += min(parts[e, left[e], VISITS_LEFT], can[d, e, 0], c)
            hope = contact_w * min(contacts, later[d, 0]) + visit_w * min(visits, later[d, 1])
            if value[d, state] + min(hope + later[d, 3], later[d, 2]) <= best:
                continue
            tries += ways_count[d]
            if tries > _MOST_TRIES:
                return np.int64(TOO_LARGE)
            for i in range(ways_count[d]):
                gain, to, base = kept[d, i], np.int64(0), np.int64(1)
                for e in range(k):
                    x = left[e]
                    code = ways[d, i, e]
                    if code >= 0:
                        gain += contact_w
                        if code % 2 == VISIT:
                            gain += visit_w
                        x = parts[e, x, code % 2]
                        if x < 0:
                            gain = np.int64(-1)
                            break
                    to += base * x
                    base *= size[e]
                if gain >= 0 and value[d, state] + gain > value[d + 1, to]:
                    value[d + 1, to] = value[d, state] + gain
                    came[d + 1, to] = state
                    came_way[d + 1, to] = i
                    if value[d + 1, to] > best:
                        best = value[d + 1, to]
                        best_state, best_day = to, np.int64(d + 1)
    if best_state >= 0:
        week[:] = -1
        state = best_state
        for d in range(best_day, 0, -1):
            for e in range(k):
                week[d - 1, e] = ways[d - 1, came_way[d, state], e]
            state = np.int64(came[d, state])
    return best


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


@step
def _kept_of(grid, first, a, ways, ways_count, kept):
    """How many contacts of the plan each way of a day leaves as they are, whatever their slots; fills ``kept``."""
    for d in range(len(ways)):
        for i in range(ways_count[d]):
            kept[d, i] = 0
            for e in range(ways.shape[2]):
                code, was = ways[d, i, e], grid[first + e, a + d]
                kept[d, i] += code >= 0 and was >= 0 and code % 2 == was % 2


@loop
def fill_weeks(grid, least, changed, unproven, most, people, world):
    """Put the fullest week in place of each that could hold more; ``grid`` is (pairs, days).

    Fills, for each volunteer, how many weeks changed; how many could not be searched whole though their elders, each
    alone, could have more; and the points that no month's contacts, and visits, are worth more than by themselves.

    ``least``, (V, weeks): 0, or UNPRICED for weeks of which no points matter; or how much at least a week is to hold,
    contacts and visits counted as ``FIRST`` has it: it is then filled only where it holds less and can hold as much.
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
        home, leg = shortest_legs(own)
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
            goal = least[v, world.week[a]]
            if 0 < goal <= now:
                a = b
                continue
            _left_in_week(a, b, own, world, left, visits_left)
            contacts, visits, worth = bound_of_week(
                a, b, left, visits_left, own, world, home, leg, contact_points, visit_points
            )
            if max(now, goal - 1) < contacts * contact_w + visits * visit_w:
                searched = size > 0 and _few_states(left, visits_left)
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
                    week, kept = np.empty((b - a, k), np.int8), np.empty((b - a, size), np.int64)
                    kept[:] = 0
                    few = ways[a:b], known[a:b], kept, left, visits_left
                    now = max(now, goal - 1)
                    best = _best_week(b - a, *few, now, contact_w, visit_w, week)
                    if best > now:
                        if goal == 0:  # of the fullest weeks the one that leaves most as it is, for the sake of habits
                            _kept_of(grid, first, a, ways[a:b], known[a:b], kept)
                            _best_week(b - a, *few, best * _KEPT - 1, contact_w * _KEPT, visit_w * _KEPT, week)
                            kept[:] = 0
                        for e in range(k):
                            for d in range(a, b):
                                grid[first + e, d] = week[d - a, e]
                        changed[v] += 1
                    searched = best != TOO_LARGE
                    now = best // contact_w * contact_points + best % contact_w * visit_points
                    if searched and now < worth and goal == 0:  # a contact less may leave room for more visits
                        other = _best_week(b - a, *few, now, contact_points, visit_points, week)
                        worth = min(worth, other) if other != TOO_LARGE else worth
                unproven[v] += not searched
            most[v] += worth
            a = b
