"""Compiled loops: volunteers' months: elder after elder the best beside the others', until none gets better.

The points are those of ``objective.py``; ``weights`` there gives them. A volunteer's plan holds for each day and elder
``2 * slot + kind`` or -1.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import loop, own_of, step
from matcher.timetable.kernels.bounds import bound_of_month
from matcher.timetable.kernels.day_route import LABEL, LENGTH, MOST, OPENS, ROWS, drop, put, shortest_walk
from matcher.timetable.kernels.day_windows import (
    BETWEEN,
    CALL,
    MAX_CONTACTS,
    MAX_MINUTES,
    MAX_VISITS,
    VISIT,
    VISIT_MIN,
    fill_day,
    window,
)
from matcher.timetable.kernels.elder_dp import NEVER, WALK_W, best_month
from matcher.timetable.kernels.weekly_patterns import TRIES, month_value, promising, usual_times, with_habit

_PASSES = 8


@step
def _extra_walks(extra, e, plan, own, world, day, order, start):
    """Minutes more to walk for each contact that an elder could have, (days, slots, kind); -1 where it can't be."""
    may, walk, limits = own.may, own.walk, world.limits
    extra[:] = -1
    for d in range(len(plan)):
        if not (may[e, d, VISIT] or may[e, d, CALL]):
            continue
        n, visits, minutes = fill_day(day, plan[d], d, e, np.int64(-1), own, world)
        if n >= limits[MAX_CONTACTS] or n >= MOST:
            continue
        before = np.int64(0)
        if n > 0:
            before = shortest_walk(day, n, walk, limits[BETWEEN], order, start)
            if before < 0:
                continue
        for slot in range(extra.shape[1]):
            for kind in range(2):
                if not may[e, d, kind] or (kind == VISIT and visits >= limits[MAX_VISITS]):
                    continue
                opens, closes = window(e, d, slot, kind, own, world)
                length = limits[VISIT_MIN + kind]
                if closes - opens < length:
                    continue
                if n == 0:
                    after = 2 * walk[0, e + 1] if kind == VISIT else np.int64(0)
                else:
                    at = put(day, n, opens, closes, length, e + 1 if kind == VISIT else -1, world.half[slot], e)
                    after = shortest_walk(day, n + 1, walk, limits[BETWEEN], order, start)
                    drop(day, n + 1, at)
                if after >= 0 and minutes + length + after <= limits[MAX_MINUTES]:
                    extra[d, slot, kind] = max(after - before, 0)


@step
def _by_room(may, turns):
    """The elders in order of the days and kinds that they may have: whoever is free least first."""
    count = len(turns)
    room = np.empty(count, np.int64)
    for e in range(count):
        room[e] = 0
        for d in range(may.shape[1]):
            room[e] += np.int64(may[e, d, VISIT]) + np.int64(may[e, d, CALL])
        at = e
        while at > 0 and room[turns[at - 1]] > room[e]:
            turns[at] = turns[at - 1]
            at -= 1
        turns[at] = e


@loop
def descend(grid, which, tries, people, world):
    """Make the months of the volunteers ``which`` better: their elders in turn, while somebody's gets better.

    Changes ``grid``, (pairs, days). ``tries``: how many promising habits are worked out for an elder in a turn, up to
    ``TRIES``; each takes as long as the turn without.
    """
    days, slots = grid.shape[1], people.windows.shape[2]
    day = np.empty((ROWS, MOST + 1), np.int64)
    sequence, start = np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    extra = np.empty((days, slots, 2), np.int64)
    gain, slot = np.empty((days, 2), np.int64), np.empty((days, 2), np.int64)
    kinds, codes = np.empty(days, np.int64), np.empty(days, np.int64)
    habits = np.empty((TRIES + 1, 2), np.int64)
    slot[:] = 0
    for i in range(len(which)):
        v = which[i]
        a = people.pair_start[v]
        count = people.pair_start[v + 1] - a
        own = own_of(people, v)
        forced, usual = own.forced, own.usual
        turns, stale = np.empty(count, np.int64), np.empty(count, np.bool_)
        _by_room(own.may, turns)
        stale[:] = True
        plan = np.empty((days, count), np.int64)
        for e in range(count):
            for d in range(days):
                plan[d, e] = grid[a + e, d]
        for _ in range(_PASSES):
            changed = False
            for turn in range(count):
                e = turns[turn]
                if not stale[e]:
                    continue
                stale[e] = False
                _extra_walks(extra, e, plan, own, world, day, sequence, start)
                for d in range(days):
                    codes[d] = plan[d, e]
                best = month_value(codes, extra, e, own, world, kinds)
                tried = np.int64(0)
                if tries > 0:
                    tried = min(promising(habits, extra, e, own, world), tries)
                for kind in range(2):
                    habits[tried, kind] = usual_times(codes, kind, usual[e, kind], world)[0]
                for h in range(tried + 1):
                    reached = np.int64(NEVER)
                    for _again in range(3):
                        with_habit(gain, slot, extra, e, own, world, habits[h])
                        best_month(gain, e, own, world, kinds)
                        for d in range(days):
                            codes[d] = -1
                            if kinds[d] >= 0 and forced[e, d] < 0:
                                codes[d] = 2 * slot[d, kinds[d]] + kinds[d]
                        value = month_value(codes, extra, e, own, world, kinds)
                        if value > best:
                            best = value
                            for d in range(days):
                                plan[d, e] = codes[d]
                            changed = True
                            for other in range(count):
                                stale[other] = other != e or stale[other]
                        if value <= reached:
                            break
                        reached = value
                        for kind in range(2):
                            habits[h, kind] = usual_times(codes, kind, usual[e, kind], world)[0]
            if not changed:
                break
        for e in range(count):
            for d in range(days):
                grid[a + e, d] = plan[d, e]


@loop
def values(grid, most, points, bound, people, world):
    """Points of the volunteers' whole months, and what no months of theirs are worth more than; fills both, (V,).

    ``most`` is as ``fill_weeks`` has it.
    """
    days = grid.shape[1]
    day = np.empty((ROWS, MOST + 1), np.int64)
    sequence, start = np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    kinds, codes = np.empty(days, np.int64), np.empty(days, np.int64)
    gain = np.empty((days, 2), np.int64)
    no_walk = np.empty((days, people.windows.shape[2], 2), np.int64)
    no_walk[:] = 0
    for v in range(len(points)):
        a = people.pair_start[v]
        count = people.pair_start[v + 1] - a
        own = own_of(people, v)
        today = np.empty(count, np.int64)
        points[v] = 0
        bound[v] = bound_of_month(most[v], own, world, gain, kinds)
        for e in range(count):
            for d in range(days):
                codes[d] = grid[a + e, d]
            points[v] += month_value(codes, no_walk, e, own, world, kinds)
        for d in range(days if count else 0):
            for e in range(count):
                today[e] = grid[a + e, d]
            n, visits, _ = fill_day(day, today, d, np.int64(-1), np.int64(-1), own, world)
            if visits > 0:
                walked = shortest_walk(day, n, own.walk, world.limits[BETWEEN], sequence, start)
                points[v] -= world.weights[WALK_W] * max(walked, 0)


@loop
def timetable(grid, people, world):
    """Every contact, a row each, in order.

    Volunteer, day, order of the day, pair (or -1 - its row in ``stands``), start, end, kind, and on a day's first the
    minutes walked on it.
    """
    total = len(people.stands)
    for e in range(len(grid)):
        for d in range(grid.shape[1]):
            total += grid[e, d] >= 0
    out = np.empty((total, 8), np.int64)
    day = np.empty((ROWS, MOST + 1), np.int64)
    order, start = np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    at = 0
    for v in range(len(people.pair_start) - 1):
        a = people.pair_start[v]
        count = people.pair_start[v + 1] - a
        own = own_of(people, v)
        today = np.empty(count, np.int64)
        for d in range(grid.shape[1]):
            for e in range(count):
                today[e] = grid[a + e, d]
            n, _, _ = fill_day(day, today, d, np.int64(-1), np.int64(-1), own, world)
            if n == 0:
                continue
            walked = shortest_walk(day, n, own.walk, world.limits[BETWEEN], order, start)
            if walked < 0:  # contacts that stand overlap each other: nothing is planned beside them
                for i in range(n):
                    order[i] = i
                    start[i] = day[OPENS, i]
            for i in range(n):
                label = day[LABEL, order[i]]
                out[at, 0], out[at, 1], out[at, 2] = v, d, i + 1
                out[at, 3] = a + label if label >= 0 else label - people.stand_start[v]
                out[at, 4], out[at, 5] = start[i], start[i] + day[LENGTH, order[i]]
                out[at, 6] = today[label] % 2 if label >= 0 else own.stands[-1 - label, 3]
                out[at, 7] = max(walked, 0) if i == 0 else 0
                at += 1
    return out
