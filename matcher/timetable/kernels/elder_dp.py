"""Compiled loops: one elder's best month beside what the volunteer's days hold already, for a given weekly pattern.

A longest path in an acyclic graph, by dynamic programming in the order of days (Bellman 1957): a node is a contact on
a day, of a kind, the c-th of its week and the v-th visit of it; an arc leads from one contact to the next and costs
what their spacing and kinds cost. So the month is exact for the pattern and for what the days hold.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step
from matcher.timetable.objective import GAPS
from matcher.timetable.problem import UNKNOWN, VISIT

NEVER = -(1 << 40)
"""The value of what can't be. No month is worth as little: some 1,000 contacts of some 1,000 points at most."""
_BASE = 16
"""Contacts, and visits, of a week in a node's number: at most seven, below it."""


@step
def compute_gap_cost(costs, gap, per_day):
    """Return what the days from one contact to the next cost."""
    if gap < GAPS:
        return costs[gap]
    return costs[GAPS - 1] + (gap - GAPS + 1) * per_day


@step
def compute_open_gap_cost(idle, max_gap, per_day):
    """Return what days without a contact cost whose other end is not known: only those beyond the most."""
    return max(0, idle - max_gap) * per_day


@step
def find_gap_start(last_contact, first):
    """Return the day from which the gap before the first contact counts: days before an elder came do not."""
    return max(last_contact, first - 1) if first > 0 else last_contact


@step
def solve_elder_month(gain, e, own, shared, row):
    """Find the month of the greatest value for elder ``e``; ``row`` gets each day's kind or -1. Return the value.

    ``gain`` is (days, kind), NEVER where a contact can't be. A fixed contact gains nothing and is never passed over.
    """
    fixed, due, visits_due, repeat_cost = own.fixed_kind[e], own.due[e], own.visits_due[e], own.repeat_cost[e]
    max_gap, last, first, end = own.max_gap[e], own.last_contact[e], own.on_programme[e, 0], own.on_programme[e, 1]
    week, costs, per_day = shared.week, shared.gap_cost[own.cost_class[e]], shared.objective.long_gap
    days = len(week)
    most = np.int64(1)
    for w in range(len(due)):
        most = max(most, due[w])
    in_week = np.int64(0)
    for d in range(days):
        row[d] = -1
        if d and week[d] != week[d - 1]:
            in_week = np.int64(0)
        in_week += fixed[d] >= 0
        most = max(most, in_week)
    value = np.empty((days, 2, most + 1, most + 1), np.int64)
    came = np.empty((days, 2, most + 1, most + 1), np.int64)
    top = np.empty((days, 2), np.int64)
    top_at = np.empty((days, 2), np.int64)
    value[:] = NEVER
    came[:] = -1
    top[:] = NEVER
    top_at[:] = 0
    floor = np.int64(-1)  # the last fixed contact
    monday, seen, seen_visits = np.int64(0), np.int64(0), np.int64(0)
    # invariant: ``value[p, k, c, v]`` of every day p before d is the best of all paths that end there, passing over no
    # fixed contact; ``top[p, k]`` is the best of them whatever c and v, ``top_at`` which; ``came`` leads back
    for d in range(days):
        if d and week[d] != week[d - 1]:
            monday, seen, seen_visits = d, np.int64(0), np.int64(0)
        is_fixed = fixed[d] >= 0
        cap = min(due[week[d]], most)
        vcap = min(visits_due[week[d]], most)
        if is_fixed:
            seen += 1
            seen_visits += fixed[d] == VISIT
        cap = max(cap, seen)
        vcap = max(vcap, seen_visits)
        for kind in range(2):
            if is_fixed:
                if fixed[d] != kind:
                    continue
                g = np.int64(0)
            else:
                g = gain[d, kind]
                if g <= NEVER:
                    continue
            v = 1 if kind == VISIT else 0
            if cap < 1 or vcap < v:
                continue
            best = np.int64(NEVER)
            arg = -1
            if floor < 0:  # the first of all
                if last == UNKNOWN:
                    best = -compute_open_gap_cost(d - first, max_gap, per_day)
                else:
                    best = -compute_gap_cost(costs, d - find_gap_start(last, first), per_day)
                arg = -2
            for p in range(max(floor, 0), monday):  # the first of its week: earlier weeks' counts do not matter
                for k in range(2):
                    if top[p, k] > NEVER:
                        x = top[p, k] - compute_gap_cost(costs, d - p, per_day)
                        if k == kind:
                            x -= repeat_cost[kind]
                        if x > best:
                            best = x
                            arg = ((p * 2 + k) * _BASE + top_at[p, k] // _BASE) * _BASE + top_at[p, k] % _BASE
            if best > NEVER and floor < monday:
                value[d, kind, 1, v] = best + g
                came[d, kind, 1, v] = arg
            for c in range(2, cap + 1):
                for v2 in range(v, min(vcap, c) + 1):
                    best = np.int64(NEVER)
                    arg = -1
                    for p in range(max(floor, monday), d):
                        for k in range(2):
                            y = value[p, k, c - 1, v2 - v]
                            if y > NEVER:
                                x = y - compute_gap_cost(costs, d - p, per_day)
                                if k == kind:
                                    x -= repeat_cost[kind]
                                if x > best:
                                    best = x
                                    arg = ((p * 2 + k) * _BASE + c - 1) * _BASE + v2 - v
                    if best > NEVER:
                        value[d, kind, c, v2] = best + g
                        came[d, kind, c, v2] = arg
            for c in range(1, cap + 1):
                for v2 in range(min(vcap, c) + 1):
                    if value[d, kind, c, v2] > top[d, kind]:
                        top[d, kind] = value[d, kind, c, v2]
                        top_at[d, kind] = c * _BASE + v2
        if is_fixed:
            floor = d
    best = np.int64(NEVER)
    node = -1
    if floor < 0:
        if last == UNKNOWN:
            best = -compute_open_gap_cost(end - first + 1, max_gap, per_day)
        else:
            best = -compute_open_gap_cost(end - find_gap_start(last, first), max_gap, per_day)
    for d in range(max(floor, 0), days):
        for kind in range(2):
            if top[d, kind] > NEVER:
                x = top[d, kind] - compute_open_gap_cost(max(end - d, 0), max_gap, per_day)
                if x > best:
                    best = x
                    node = ((d * 2 + kind) * _BASE + top_at[d, kind] // _BASE) * _BASE + top_at[d, kind] % _BASE
    while node >= 0:  # invariant: ``node`` is on the best path, and ``row`` has all of it on later days
        v2 = node % _BASE
        c = node // _BASE % _BASE
        kind = node // (_BASE * _BASE) % 2
        d = node // (_BASE * _BASE * 2)
        row[d] = kind
        node = came[d, kind, c, v2]
    return best


@step
def compute_spacing_value(row, e, own, shared):
    """Return the cost of a month's spacing and kinds, at most 0; ``row`` is as ``solve_elder_month`` fills it."""
    repeat_cost = own.repeat_cost[e]
    max_gap, last, first, end = own.max_gap[e], own.last_contact[e], own.on_programme[e, 0], own.on_programme[e, 1]
    costs, per_day = shared.gap_cost[own.cost_class[e]], shared.objective.long_gap
    value = np.int64(0)
    before = -1
    for d in range(len(row)):  # invariant: ``before`` is the last contact before d; gaps up to it are counted
        if row[d] < 0:
            continue
        if before >= 0:
            value -= compute_gap_cost(costs, d - before, per_day)
            if row[before] == row[d]:
                value -= repeat_cost[row[d]]
        elif last == UNKNOWN:
            value -= compute_open_gap_cost(d - first, max_gap, per_day)
        else:
            value -= compute_gap_cost(costs, d - find_gap_start(last, first), per_day)
        before = d
    if before >= 0:
        return value - compute_open_gap_cost(max(end - before, 0), max_gap, per_day)
    if last == UNKNOWN:
        return -compute_open_gap_cost(end - first + 1, max_gap, per_day)
    return -compute_open_gap_cost(end - find_gap_start(last, first), max_gap, per_day)
