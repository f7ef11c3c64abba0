"""Compiled loops: what an elder's month is worth, and the weekly patterns that promise most.

A weekly pattern is a set of half-days of the week, as 14 bits: 2 * weekday + half-day. There is one for visits and one
for calls.
"""

from __future__ import annotations

import numpy as np

from matcher.compiling import scalar_step, step
from matcher.timetable.kernels.elder_dp import NEVER, compute_spacing_value
from matcher.timetable.problem import CALL, VISIT

MAX_PATTERNS = 6
"""Patterns that are worked out for an elder in a turn: the most promising ones."""
_COUNT_BITS = 8
"""Bits of a number of contacts on one weekday: those of all weekdays are one number."""
_COUNT = (1 << _COUNT_BITS) - 1
EVERY_HALF_DAY = (1 << 14) - 1
"""The pattern that every contact keeps."""
_FAR_MIN = 1000
"""Minutes, more than any walk that a day holds."""


@scalar_step
def _pick_half_days(mornings, afternoons, size):
    """Return the weekly pattern of the ``size`` most frequent half-days, and how many contacts they have.

    Of half-days that are as frequent it is the earliest. ``mornings`` and ``afternoons`` count contacts, _COUNT_BITS a
    weekday.
    """
    pattern, kept = np.int64(0), np.int64(0)
    for _ in range(size):  # invariant: ``pattern`` has the most frequent half-days; they count 0 from here on
        best, most = np.int64(0), np.int64(0)
        for day in range(7):
            for half in range(2):
                times = ((afternoons if half else mornings) >> (_COUNT_BITS * day)) & _COUNT
                if times > most:
                    best, most = np.int64(2 * day + half), times
        if most == 0:
            break
        pattern |= np.int64(1) << best
        kept += most
        taken = most << (_COUNT_BITS * (best // 2))
        if best % 2:
            afternoons -= taken
        else:
            mornings -= taken
    return pattern, kept


@scalar_step
def compute_month_value(codes, extra_min, e, own, shared, kinds, shown):
    """Return the points of an elder's month, (days,) of ``2 * slot + kind`` or NONE.

    The walks that it adds, ``extra_min``, are among them. Fills ``kinds`` with each day's kind or -1, and ``shown``
    with the weekly pattern for each kind that the month shows: its most frequent half-days, as many as are due.
    """
    fixed, daily, size, objective = own.fixed_kind[e], own.daily[e], own.pattern_size[e], shared.objective
    weekday, half = shared.weekday, shared.half
    value, visits = np.int64(0), np.int64(0)
    visit_mornings, visit_afternoons = np.int64(0), np.int64(0)
    call_mornings, call_afternoons = np.int64(0), np.int64(0)
    for d in range(len(codes)):
        kinds[d] = fixed[d]
        code = codes[d]
        if code >= 0:
            kind, once = code % 2, np.int64(1) << (_COUNT_BITS * weekday[d])
            kinds[d] = kind
            value += objective.contact - objective.walking * extra_min[d, code // 2, kind]
            if kind == VISIT:
                value += objective.visit
            if daily[d, kind]:
                value += objective.daily
            if kind == VISIT:
                if half[code // 2] == 0:
                    visit_mornings += once
                else:
                    visit_afternoons += once
            elif half[code // 2] == 0:
                call_mornings += once
            else:
                call_afternoons += once
        visits += kinds[d] == VISIT
    value -= objective.floor_visit * max(own.least_visits[e] - visits, 0)
    shown[VISIT], kept = _pick_half_days(visit_mornings, visit_afternoons, size[VISIT])
    shown[CALL], calls_kept = _pick_half_days(call_mornings, call_afternoons, size[CALL])
    value += objective.weekly_pattern * (kept + calls_kept)
    return value + compute_spacing_value(kinds, e, own, shared)


@scalar_step
def fill_gains(gain, slot, extra_min, e, own, shared, pattern, more):
    """Fill the gain of each contact for given patterns, (days, kind), and the slot that is best for it.

    A visit gains ``more`` beside what it is worth: what a visit below the month's least costs, where one is missing.
    """
    daily, weekday, half, objective = own.daily[e], shared.weekday, shared.half, shared.objective
    for d in range(len(gain)):
        for kind in range(2):
            gain[d, kind] = NEVER
            for s in range(extra_min.shape[1]):  # invariant: ``gain`` is the most of the slots before s
                if extra_min[d, s, kind] >= 0:
                    g = objective.contact - objective.walking * extra_min[d, s, kind]
                    if kind == VISIT:
                        g += objective.visit + more
                    if daily[d, kind]:
                        g += objective.daily
                    if (pattern[kind] >> (2 * weekday[d] + half[s])) & 1:
                        g += objective.weekly_pattern
                    if g > gain[d, kind]:
                        gain[d, kind] = g
                        slot[d, kind] = s


@step
def rank_patterns(patterns, extra_min, e, own, shared):
    """Fill the weekly patterns that promise most, (MAX_PATTERNS, kind); return how many there are.

    A heuristic: all ways to spread the fullest week's contacts over its weekdays are scored by how often each half-day
    is free, how little it walks, and what the gaps within a week and over Sunday cost.
    """
    weekday, half, objective = shared.weekday, shared.half, shared.objective
    costs = shared.gap_cost[own.cost_class[e]]
    contacts, visits = own.fullest_week[e, 0], own.fullest_week[e, 1]
    worth = np.empty((7, 2, 2), np.int64)
    worth[:] = 0
    for d in range(len(weekday)):  # ``worth``: (weekday, kind, half-day), a sum over the month's days
        for h in range(2):
            for kind in range(2):
                best = np.int64(-1)
                for s in range(extra_min.shape[1]):
                    if half[s] == h and extra_min[d, s, kind] >= 0:
                        best = max(best, _FAR_MIN - extra_min[d, s, kind])
                if best >= 0:
                    worth[weekday[d], kind, h] += (
                        objective.weekly_pattern + objective.contact // 4 - objective.walking * (_FAR_MIN - best)
                    )
    weeks = len(weekday) // 7
    group = contacts * 8 + visits
    a, b = shared.pattern_start[group], shared.pattern_start[group + 1]
    tried = min(MAX_PATTERNS, b - a)
    top, top_at = np.empty(tried, np.int64), np.empty(tried, np.int64)
    top[:] = NEVER
    top_at[:] = 0
    for i in range(a, b):  # invariant: ``top`` has the best scores of the patterns before i, the highest first
        score, before, opening = np.int64(0), np.int64(-1), np.int64(-1)
        for day in range(7):
            if (shared.patterns[i, 0] >> day) & 1:
                kind = VISIT if (shared.patterns[i, 1] >> day) & 1 else CALL
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
        patterns[i] = 0
        for day in range(7):
            if (shared.patterns[top_at[i], 0] >> day) & 1:
                visit = (shared.patterns[top_at[i], 1] >> day) & 1
                if visit:
                    patterns[i, VISIT] |= 1 << (2 * day + (1 if worth[day, VISIT, 1] > worth[day, VISIT, 0] else 0))
                if not visit or own.pattern_size[e, CALL] > contacts - visits:
                    patterns[i, CALL] |= 1 << (2 * day + (1 if worth[day, CALL, 1] > worth[day, CALL, 0] else 0))
    return tried
