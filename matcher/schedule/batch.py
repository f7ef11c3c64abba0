"""Compiled loops: many volunteers' months one after another, and their timetables.

Pairs come by volunteer: volunteer v has the pairs ``pair_start[v]`` to ``pair_start[v + 1]``; contacts that stand and
walks likewise. Fields of ``elders`` and ``world`` are described in ``caseload.py``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from matcher.schedule.day_order import MOST, ROWS, shortest_walk
from matcher.schedule.volunteer_month import BETWEEN, descend, fill_day, total_value
from matcher.schedule.week_search import FIRST, fill_weeks, made_in_week

_PASSES = 8
LABEL = 5


@njit(cache=True, nogil=True)
def _slice_walk(walks, walk_start, places, v):
    n = places[v]
    return walks[walk_start[v] : walk_start[v + 1]].reshape((n, n))


@njit(cache=True, nogil=True)
def plan_volunteers(
    grid,
    points,
    status,
    pair_start,
    stand_start,
    walk_start,
    places,
    may,
    windows,
    stands,
    walks,
    forced,
    daily,
    due,
    visits_due,
    per_week,
    usual,
    cost_class,
    max_gap,
    last,
    first,
    end,
    twice,
    day_type,
    half,
    hot,
    limits,
    week,
    weekday,
    costs,
    ways,
    ways_start,
    w,
):
    """Plan every volunteer; fills ``grid``, ``points``, and ``status``: weeks that could not be searched whole."""
    for v in range(len(pair_start) - 1):
        a, b = pair_start[v], pair_start[v + 1]
        if a == b:
            continue
        s = slice(a, b)
        mine = stands[stand_start[v] : stand_start[v + 1]]
        walk = _slice_walk(walks, walk_start, places, v)
        mine_costs = costs[cost_class[s]]
        room = np.empty(b - a, np.int64)
        for e in range(b - a):
            room[e] = may[a + e].sum()
        order = np.argsort(room, kind="mergesort")
        plan = np.full((b - a, grid.shape[1]), -1, np.int8)
        for again in range(2):
            held = plan.copy()
            descend(
                plan,
                order,
                _PASSES,
                may[s],
                windows[s],
                day_type,
                half,
                hot,
                limits,
                mine,
                walk,
                forced[s],
                daily[s],
                due[s],
                visits_due[s],
                per_week[s],
                usual[s],
                week,
                weekday,
                mine_costs,
                max_gap[s],
                last[s],
                first[s],
                end[s],
                twice[s],
                ways,
                ways_start,
                w,
            )
            days = len(week)
            if again:
                if made_in_week(plan, 0, days, FIRST, 1) < made_in_week(held, 0, days, FIRST, 1):
                    plan[:] = held  # no points make up for a contact
                break
            changed, unproven = fill_weeks(
                plan,
                may[s],
                windows[s],
                day_type,
                half,
                hot,
                limits,
                mine,
                walk,
                forced[s],
                due[s],
                visits_due[s],
                week,
            )
            status[v] = unproven
            if not changed:
                break
        if status[v] > 0:  # not searched whole: perhaps calls for everybody first, which take less time, hold more
            calls = may[s].copy()
            calls[:, :, 0] = False
            other = np.full((b - a, grid.shape[1]), -1, np.int8)
            for allowed in (calls, may[s]):
                descend(
                    other,
                    order,
                    _PASSES,
                    allowed,
                    windows[s],
                    day_type,
                    half,
                    hot,
                    limits,
                    mine,
                    walk,
                    forced[s],
                    daily[s],
                    due[s],
                    visits_due[s],
                    per_week[s],
                    usual[s],
                    week,
                    weekday,
                    mine_costs,
                    max_gap[s],
                    last[s],
                    first[s],
                    end[s],
                    twice[s],
                    ways,
                    ways_start,
                    w,
                )
            if made_in_week(other, 0, len(week), FIRST, 1) > made_in_week(plan, 0, len(week), FIRST, 1):
                plan[:] = other
        points[v] = total_value(
            plan,
            windows[s],
            day_type,
            half,
            hot,
            limits,
            mine,
            walk,
            forced[s],
            daily[s],
            usual[s],
            weekday,
            mine_costs,
            max_gap[s],
            last[s],
            first[s],
            end[s],
            twice[s],
            w,
        )
        grid[s] = plan


@njit(cache=True, nogil=True)
def timetable(grid, pair_start, stand_start, walk_start, places, windows, stands, walks, day_type, half, hot, limits):
    """Every contact, a row each, in order.

    Volunteer, day, order of the day, pair (or -1 - its row in ``stands``), start, end, kind, and on a day's first the
    minutes walked on it.
    """
    total = len(stands)
    for e in range(len(grid)):
        for d in range(grid.shape[1]):
            total += grid[e, d] >= 0
    out = np.zeros((total, 8), np.int64)
    day = np.empty((ROWS, MOST + 1), np.int64)
    order = np.empty(MOST, np.int64)
    start = np.empty(MOST, np.int64)
    at = 0
    for v in range(len(pair_start) - 1):
        a, b = pair_start[v], pair_start[v + 1]
        mine = stands[stand_start[v] : stand_start[v + 1]]
        walk = _slice_walk(walks, walk_start, places, v)
        for d in range(grid.shape[1]):
            n, _, _ = fill_day(day, d, -1, grid[a:b], windows[a:b], day_type, half, hot, limits, mine)
            if n == 0:
                continue
            walked = shortest_walk(day, n, walk, limits[BETWEEN], order, start)
            if walked < 0:  # contacts that stand overlap each other: nothing is planned beside them
                for i in range(n):
                    order[i] = i
                    start[i] = day[0, i]
            for i in range(n):
                label = day[LABEL, order[i]]
                out[at, 0] = v
                out[at, 1] = d
                out[at, 2] = i + 1
                out[at, 3] = a + label if label >= 0 else -1 - (stand_start[v] + (-1 - label))
                out[at, 4] = start[i]
                out[at, 5] = start[i] + day[2, order[i]]
                if label >= 0:
                    out[at, 6] = grid[a + label, d] % 2
                else:
                    out[at, 6] = mine[-1 - label, 3]
                out[at, 7] = max(walked, 0) if i == 0 else 0
                at += 1
    return out
