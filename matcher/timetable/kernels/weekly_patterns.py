"""Compiled loops: what an elder's month is worth, and the weekly habits that promise most."""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step
from matcher.timetable.kernels.elder_dp import CONTACT_W, DAILY_W, HABIT_W, NEVER, VISIT_W, WALK_W, spacing_value

VISIT, CALL = 0, 1
TRIES = 6
"""Habits that are worked out for an elder in a turn, the most promising ones."""


@step
def usual_times(codes, kind, most, world):
    """The habit for a kind that a month shows, and how many contacts keep it.

    It is its ``most`` most frequent half-days of the week, as 14 bits.
    """
    times = np.empty(14, np.int64)
    times[:] = 0
    for d in range(len(codes)):
        if codes[d] >= 0 and codes[d] % 2 == kind:
            times[2 * world.weekday[d] + world.half[codes[d] // 2]] += 1
    habit, kept = np.int64(0), np.int64(0)
    for _ in range(most):
        best = 0
        for at in range(1, 14):
            if times[at] > times[best]:
                best = at
        if times[best] == 0:
            break
        habit |= 1 << best
        kept += times[best]
        times[best] = 0
    return habit, kept


@step
def month_value(codes, extra, e, own, world, kinds):
    """Points of an elder's month, (days,) of ``2 * slot + kind`` or -1, the walks that it adds among them."""
    forced, daily, usual, w = own.forced[e], own.daily[e], own.usual[e], world.weights
    value = np.int64(0)
    for d in range(len(codes)):
        kinds[d] = forced[d]
        code = codes[d]
        if code >= 0:
            kinds[d] = code % 2
            value += w[CONTACT_W] - w[WALK_W] * extra[d, code // 2, code % 2]
            if code % 2 == VISIT:
                value += w[VISIT_W]
            if daily[d]:
                value += w[DAILY_W]
    for kind in range(2):
        value += w[HABIT_W] * usual_times(codes, kind, usual[kind], world)[1]
    return value + spacing_value(kinds, e, own, world)


@step
def with_habit(gain, slot, extra, e, own, world, habit):
    """The gain of each contact for a given habit, (days, kind), and the slot that is best for it."""
    daily, weekday, half, w = own.daily[e], world.weekday, world.half, world.weights
    for d in range(len(gain)):
        for kind in range(2):
            gain[d, kind] = NEVER
            for s in range(extra.shape[1]):
                if extra[d, s, kind] >= 0:
                    g = w[CONTACT_W] - w[WALK_W] * extra[d, s, kind]
                    if kind == VISIT:
                        g += w[VISIT_W]
                    if daily[d]:
                        g += w[DAILY_W]
                    if (habit[kind] >> (2 * weekday[d] + half[s])) & 1:
                        g += w[HABIT_W]
                    if g > gain[d, kind]:
                        gain[d, kind] = g
                        slot[d, kind] = s


@step
def promising(habits, extra, e, own, world):
    """The habits that promise most, (tries, kind): ways to spread a week's contacts over its weekdays."""
    weekday, half, costs, w = world.weekday, world.half, world.costs[own.cost_class[e]], world.weights
    ways, ways_start = world.ways, world.ways_start
    contacts, visits = own.per_week[e, 0], own.per_week[e, 1]
    worth = np.empty((7, 2, 2), np.int64)
    worth[:] = 0
    for d in range(len(weekday)):
        for h in range(2):
            for kind in range(2):
                best = np.int64(-1)
                for s in range(extra.shape[1]):
                    if half[s] == h and extra[d, s, kind] >= 0:
                        best = max(best, 1000 - extra[d, s, kind])
                if best >= 0:
                    worth[weekday[d], kind, h] += w[HABIT_W] + w[CONTACT_W] // 4 - w[WALK_W] * (1000 - best)
    weeks = len(weekday) // 7
    group = contacts * 8 + visits
    a, b = ways_start[group], ways_start[group + 1]
    tried = min(TRIES, b - a)
    top, top_at = np.empty(tried, np.int64), np.empty(tried, np.int64)
    top[:] = NEVER
    top_at[:] = 0
    for i in range(a, b):
        score, before, opening = np.int64(0), np.int64(-1), np.int64(-1)
        for day in range(7):
            if (ways[i, 0] >> day) & 1:
                kind = VISIT if (ways[i, 1] >> day) & 1 else CALL
                score += max(worth[day, kind, 0], worth[day, kind, 1])
                if before >= 0:
                    score -= weeks * costs[day - before]
                else:
                    opening = day
                before = day
        if contacts > 1:
            score -= weeks * costs[opening + 7 - before]
        at = tried
        while at > 0 and score > top[at - 1]:
            at -= 1
        if at < tried:
            for j in range(tried - 1, at, -1):
                top[j] = top[j - 1]
                top_at[j] = top_at[j - 1]
            top[at] = score
            top_at[at] = i
    for i in range(tried):
        habits[i] = 0
        for day in range(7):
            if (ways[top_at[i], 0] >> day) & 1:
                visit = (ways[top_at[i], 1] >> day) & 1
                if visit:
                    habits[i, VISIT] |= 1 << (2 * day + (1 if worth[day, VISIT, 1] > worth[day, VISIT, 0] else 0))
                if not visit or own.usual[e, CALL] > contacts - visits:
                    habits[i, CALL] |= 1 << (2 * day + (1 if worth[day, CALL, 1] > worth[day, CALL, 0] else 0))
    return tried
