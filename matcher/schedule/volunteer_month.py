"""Compiled loops: one volunteer's month: elder after elder the best beside the others', until none gets better.

The points are those of ``points.py``; ``Weights`` there gives them as ``w``. Grids hold, for each elder and day,
``2 * slot + kind`` or -1.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from matcher.schedule.day_order import MOST, ROWS, drop, put, shortest_walk
from matcher.schedule.elder_month import NEVER, best_month
from matcher.schedule.habits import LONG_W, TRIES, WALK_W, month_value, promising, usual_times, with_habit

VISIT, CALL = 0, 1
MAX_CONTACTS, MAX_VISITS, MAX_MINUTES, BETWEEN, VISIT_MIN, CALL_MIN = 0, 1, 2, 3, 4, 5


@njit(cache=True, nogil=True)
def window(windows, d, slot, kind, hot):
    """From and to of a slot, less the hot hours for a visit: the longer part that they leave."""
    opens, closes = windows[slot, 0], windows[slot, 1]
    if kind == VISIT and hot[d, 0] < hot[d, 1] and opens < hot[d, 1] and closes > hot[d, 0]:
        before = min(closes, hot[d, 0]) - opens
        after = closes - max(opens, hot[d, 1])
        if before >= after:
            closes = min(closes, hot[d, 0])
        else:
            opens = max(opens, hot[d, 1])
    return opens, closes


@njit(cache=True, nogil=True)
def fill_day(day, d, without, grid, windows, day_type, half, hot, limits, stands):
    """The contacts of a day but for one elder's; returns how many, the visits among them, and their minutes."""
    n = 0
    visits = 0
    minutes = 0
    for e in range(len(grid)):
        code = grid[e, d]
        if e != without and code >= 0 and n < MOST:
            kind = code % 2
            opens, closes = window(windows[e, day_type[d]], d, code // 2, kind, hot)
            length = limits[VISIT_MIN + kind]
            put(day, n, opens, closes, length, e + 1 if kind == VISIT else -1, half[code // 2], e)
            n += 1
            visits += kind == VISIT
            minutes += length
    for f in range(len(stands)):
        if stands[f, 0] == d and n < MOST:
            opens, closes = stands[f, 1], stands[f, 2]
            put(day, n, opens, closes, closes - opens, stands[f, 4], stands[f, 5], -1 - f)
            n += 1
            visits += stands[f, 3] == VISIT
            minutes += closes - opens
    return n, visits, minutes


@njit(cache=True, nogil=True)
def extra_walks(extra, e, grid, may, windows, day_type, half, hot, limits, stands, walk, day, order, start):
    """Minutes more to walk for each contact that an elder could have, (days, slots, kind); -1 where it can't be."""
    for d in range(grid.shape[1]):
        extra[d] = -1
        if not (may[e, d, VISIT] or may[e, d, CALL]):
            continue
        n, visits, minutes = fill_day(day, d, e, grid, windows, day_type, half, hot, limits, stands)
        if n >= limits[MAX_CONTACTS] or n >= MOST:
            continue
        before = 0
        if n > 0:
            before = shortest_walk(day, n, walk, limits[BETWEEN], order, start)
            if before < 0:
                continue
        for slot in range(windows.shape[2]):
            for kind in range(2):
                if not may[e, d, kind] or (kind == VISIT and visits >= limits[MAX_VISITS]):
                    continue
                opens, closes = window(windows[e, day_type[d]], d, slot, kind, hot)
                length = limits[VISIT_MIN + kind]
                if closes - opens < length:
                    continue
                place = e + 1 if kind == VISIT else -1
                if n == 0:
                    after = 2 * walk[0, e + 1] if kind == VISIT else 0
                else:
                    at = put(day, n, opens, closes, length, place, half[slot], e)
                    after = shortest_walk(day, n + 1, walk, limits[BETWEEN], order, start)
                    drop(day, n + 1, at)
                if after >= 0 and minutes + length + after <= limits[MAX_MINUTES]:
                    extra[d, slot, kind] = max(after - before, 0)


@njit(cache=True, nogil=True)
def descend(
    grid,
    order,
    passes,
    may,
    windows,
    day_type,
    half,
    hot,
    limits,
    stands,
    walk,
    forced,
    daily,
    due,
    visits_due,
    per_week,
    usual,
    week,
    weekday,
    costs,
    max_gap,
    last,
    first,
    end,
    twice,
    ways,
    ways_start,
    w,
):
    """Plan the elders in turn, again and again while somebody's month gets better; changes ``grid``."""
    days = grid.shape[1]
    slots = windows.shape[2]
    day = np.empty((ROWS, MOST + 1), np.int64)
    sequence = np.empty(MOST, np.int64)
    start = np.empty(MOST, np.int64)
    extra = np.empty((days, slots, 2), np.int64)
    gain = np.empty((days, 2), np.int64)
    slot = np.zeros((days, 2), np.int64)
    kinds = np.empty(days, np.int64)
    habits = np.empty((TRIES + 1, 2), np.int64)
    codes = np.empty(days, np.int64)
    stale = np.ones(len(order), np.bool_)
    for _ in range(passes):
        changed = False
        for turn in range(len(order)):
            e = order[turn]
            if not stale[turn]:
                continue
            stale[turn] = False
            extra_walks(extra, e, grid, may, windows, day_type, half, hot, limits, stands, walk, day, sequence, start)
            now = month_value(
                grid[e],
                extra,
                forced[e],
                daily[e],
                weekday,
                half,
                usual[e],
                costs[e],
                max_gap[e],
                last[e],
                first[e],
                end[e],
                twice[e],
                w,
                kinds,
            )
            best = now
            tried = promising(
                habits, extra, weekday, half, per_week[e, 0], per_week[e, 1], usual[e], ways, ways_start, costs[e], w
            )
            for kind in range(2):
                habits[tried, kind] = usual_times(grid[e], kind, weekday, half, usual[e, kind])[0]
            for i in range(tried + 1):
                reached = np.int64(NEVER)
                for _again in range(3):
                    with_habit(gain, slot, extra, daily[e], weekday, half, habits[i], w)
                    best_month(
                        gain,
                        forced[e],
                        due[e],
                        visits_due[e],
                        week,
                        costs[e],
                        w[LONG_W],
                        max_gap[e],
                        last[e],
                        first[e],
                        end[e],
                        twice[e],
                        kinds,
                    )
                    for d in range(days):
                        codes[d] = 2 * slot[d, kinds[d]] + kinds[d] if kinds[d] >= 0 and forced[e, d] < 0 else -1
                    value = month_value(
                        codes,
                        extra,
                        forced[e],
                        daily[e],
                        weekday,
                        half,
                        usual[e],
                        costs[e],
                        max_gap[e],
                        last[e],
                        first[e],
                        end[e],
                        twice[e],
                        w,
                        kinds,
                    )
                    if value > best:
                        best = value
                        for d in range(days):
                            grid[e, d] = codes[d]
                        changed = True
                        for other in range(len(order)):
                            if other != turn:
                                stale[other] = True
                    if value <= reached:
                        break
                    reached = value
                    for kind in range(2):
                        habits[i, kind] = usual_times(codes, kind, weekday, half, usual[e, kind])[0]
        if not changed:
            break


@njit(cache=True, nogil=True)
def total_value(
    grid,
    windows,
    day_type,
    half,
    hot,
    limits,
    stands,
    walk,
    forced,
    daily,
    usual,
    weekday,
    costs,
    max_gap,
    last,
    first,
    end,
    twice,
    w,
):
    """Points of a volunteer's whole month."""
    days = grid.shape[1]
    day = np.empty((ROWS, MOST + 1), np.int64)
    sequence = np.empty(MOST, np.int64)
    start = np.empty(MOST, np.int64)
    kinds = np.empty(days, np.int64)
    no_walk = np.zeros((days, windows.shape[2], 2), np.int64)
    value = np.int64(0)
    for e in range(len(grid)):
        value += month_value(
            grid[e],
            no_walk,
            forced[e],
            daily[e],
            weekday,
            half,
            usual[e],
            costs[e],
            max_gap[e],
            last[e],
            first[e],
            end[e],
            twice[e],
            w,
            kinds,
        )
    for d in range(days):
        n, visits, _ = fill_day(day, d, -1, grid, windows, day_type, half, hot, limits, stands)
        if visits > 0:
            value -= w[WALK_W] * max(shortest_walk(day, n, walk, limits[BETWEEN], sequence, start), 0)
    return value
