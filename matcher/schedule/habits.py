"""Compiled loops: what an elder's month is worth, and the weekly habits that promise most."""

from __future__ import annotations

import numpy as np
from numba import njit

from matcher.schedule.elder_month import NEVER, spacing_value

VISIT, CALL = 0, 1
CONTACT_W, VISIT_W, DAILY_W, HABIT_W, WALK_W, LONG_W = 0, 1, 2, 3, 4, 5
TRIES = 3
"""Habits that are worked out for an elder in a turn, the most promising ones."""


@njit(cache=True, nogil=True)
def usual_times(codes, kind, weekday, half, most):
    """The habit for a kind that a month shows, and how many contacts keep it.

    It is its ``most`` most frequent half-days of the week, as 14 bits.
    """
    times = np.zeros(14, np.int64)
    for d in range(len(codes)):
        if codes[d] >= 0 and codes[d] % 2 == kind:
            times[2 * weekday[d] + half[codes[d] // 2]] += 1
    habit = 0
    kept = 0
    for _ in range(most):
        best = -1
        for at in range(14):
            if times[at] > 0 and (best < 0 or times[at] > times[best]):
                best = at
        if best < 0:
            break
        habit |= 1 << best
        kept += times[best]
        times[best] = 0
    return habit, kept


@njit(cache=True, nogil=True)
def month_value(codes, extra, forced, daily, weekday, half, usual, costs, max_gap, last, first, end, twice, w, kinds):
    """Points of an elder's month, the walks that it adds among them."""
    value = np.int64(0)
    for d in range(len(codes)):
        kinds[d] = forced[d]
        code = codes[d]
        if code >= 0:
            kinds[d] = code % 2
            value += w[CONTACT_W] + (w[VISIT_W] if code % 2 == VISIT else 0) + (w[DAILY_W] if daily[d] else 0)
            value -= w[WALK_W] * extra[d, code // 2, code % 2]
    for kind in range(2):
        value += w[HABIT_W] * usual_times(codes, kind, weekday, half, usual[kind])[1]
    return value + spacing_value(kinds, costs, w[LONG_W], max_gap, last, first, end, twice)


@njit(cache=True, nogil=True)
def with_habit(gain, slot, extra, daily, weekday, half, habit, w):
    """The gain of each contact for a given habit, (days, kind), and the slot that is best for it."""
    for d in range(len(gain)):
        for kind in range(2):
            gain[d, kind] = NEVER
            for s in range(extra.shape[1]):
                if extra[d, s, kind] >= 0:
                    g = w[CONTACT_W] + (w[VISIT_W] if kind == VISIT else 0) + (w[DAILY_W] if daily[d] else 0)
                    g -= w[WALK_W] * extra[d, s, kind]
                    if (habit[kind] >> (2 * weekday[d] + half[s])) & 1:
                        g += w[HABIT_W]
                    if g > gain[d, kind]:
                        gain[d, kind] = g
                        slot[d, kind] = s


@njit(cache=True, nogil=True)
def promising(habits, extra, weekday, half, contacts, visits, usual, ways, ways_start, costs, w):
    """The habits that promise most, (tries, kind): ways to spread a week's contacts over its weekdays."""
    worth = np.zeros((7, 2, 2), np.int64)
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
    top = np.full(tried, NEVER)
    top_at = np.zeros(tried, np.int64)
    for i in range(a, b):
        score = np.int64(0)
        before = -1
        opening = -1
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
                if not visit or usual[CALL] > contacts - visits:
                    habits[i, CALL] |= 1 << (2 * day + (1 if worth[day, CALL, 1] > worth[day, CALL, 0] else 0))
    return tried
