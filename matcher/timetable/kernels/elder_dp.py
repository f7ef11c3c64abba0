"""Compiled loops: one elder's best month beside what the volunteer's days hold already, for a given habit.

A dynamic programme over the elder's contacts: a node is a contact on a day, of a kind, the c-th of its week and the
v-th visit of it; an arc leads from one contact to the next and costs what their spacing and kinds cost.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step

VISIT, CALL = 0, 1
CONTACT_W, VISIT_W, DAILY_W, HABIT_W, WALK_W, LONG_W = 0, 1, 2, 3, 4, 5
NEVER = -(1 << 40)
UNKNOWN = -(1 << 20)
"""Day of a last contact that is not known."""
GAPS = 100
"""Gaps in days from which on all cost as the last but for the long gap's cost a day."""


@step
def gap_cost(costs, gap, per_day):
    """What the days from one contact to the next cost."""
    if gap < GAPS:
        return costs[gap]
    return costs[GAPS - 1] + (gap - GAPS + 1) * per_day


@step
def edge_cost(idle, max_gap, per_day):
    """What days without a contact cost whose other end is not known: only those beyond the most."""
    return max(0, idle - max_gap) * per_day


@step
def since(last, first):
    """The day from which a gap counts that is open before the first contact: days before an elder came do not."""
    return max(last, first - 1) if first > 0 else last


@step
def best_month(gain, e, own, world, row):
    """The month of the greatest value for elder ``e``; ``row`` gets each day's kind or -1. Returns the value.

    ``gain`` is (days, kind), NEVER where a contact can't be. A contact that stands gains nothing and is never passed
    over.
    """
    forced, due, visits_due, twice = own.forced[e], own.due[e], own.visits_due[e], own.twice[e]
    max_gap, last, first, end = own.max_gap[e], own.last[e], own.there[e, 0], own.there[e, 1]
    week, costs, per_day = world.week, world.costs[own.cost_class[e]], world.weights[LONG_W]
    days = len(week)
    most = np.int64(1)
    for w in range(len(due)):
        most = max(most, due[w])
    in_week = np.int64(0)
    for d in range(days):
        row[d] = -1
        if d and week[d] != week[d - 1]:
            in_week = np.int64(0)
        in_week += forced[d] >= 0
        most = max(most, in_week)
    value = np.empty((days, 2, most + 1, most + 1), np.int64)
    came = np.empty((days, 2, most + 1, most + 1), np.int64)
    top = np.empty((days, 2), np.int64)
    top_at = np.empty((days, 2), np.int64)
    value[:] = NEVER
    came[:] = -1
    top[:] = NEVER
    top_at[:] = 0
    floor = np.int64(-1)  # the last contact that stands
    monday, seen, seen_visits = np.int64(0), np.int64(0), np.int64(0)
    for d in range(days):
        if d and week[d] != week[d - 1]:
            monday, seen, seen_visits = d, np.int64(0), np.int64(0)
        stands = forced[d] >= 0
        cap = min(due[week[d]], most)
        vcap = min(visits_due[week[d]], most)
        if stands:
            seen += 1
            seen_visits += forced[d] == VISIT
        cap = max(cap, seen)
        vcap = max(vcap, seen_visits)
        for kind in range(2):
            if stands:
                if forced[d] != kind:
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
                    best = -edge_cost(d - first, max_gap, per_day)
                else:
                    best = -gap_cost(costs, d - since(last, first), per_day)
                arg = -2
            for p in range(max(floor, 0), monday):
                for k in range(2):
                    if top[p, k] > NEVER:
                        x = top[p, k] - gap_cost(costs, d - p, per_day)
                        if k == kind:
                            x -= twice[kind]
                        if x > best:
                            best = x
                            arg = ((p * 2 + k) * 16 + top_at[p, k] // 16) * 16 + top_at[p, k] % 16
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
                                x = y - gap_cost(costs, d - p, per_day)
                                if k == kind:
                                    x -= twice[kind]
                                if x > best:
                                    best = x
                                    arg = ((p * 2 + k) * 16 + c - 1) * 16 + v2 - v
                    if best > NEVER:
                        value[d, kind, c, v2] = best + g
                        came[d, kind, c, v2] = arg
            for c in range(1, cap + 1):
                for v2 in range(min(vcap, c) + 1):
                    if value[d, kind, c, v2] > top[d, kind]:
                        top[d, kind] = value[d, kind, c, v2]
                        top_at[d, kind] = c * 16 + v2
        if stands:
            floor = d
    best = np.int64(NEVER)
    node = -1
    if floor < 0:
        if last == UNKNOWN:
            best = -edge_cost(end - first + 1, max_gap, per_day)
        else:
            best = -edge_cost(end - since(last, first), max_gap, per_day)
    for d in range(max(floor, 0), days):
        for kind in range(2):
            if top[d, kind] > NEVER:
                x = top[d, kind] - edge_cost(max(end - d, 0), max_gap, per_day)
                if x > best:
                    best = x
                    node = ((d * 2 + kind) * 16 + top_at[d, kind] // 16) * 16 + top_at[d, kind] % 16
    while node >= 0:
        v2 = node % 16
        c = node // 16 % 16
        kind = node // 256 % 2
        d = node // 512
        row[d] = kind
        node = came[d, kind, c, v2]
    return best


@step
def spacing_value(row, e, own, world):
    """What the spacing and the kinds of a month cost, as a value below or at 0; ``row`` as ``best_month`` fills it."""
    twice = own.twice[e]
    max_gap, last, first, end = own.max_gap[e], own.last[e], own.there[e, 0], own.there[e, 1]
    costs, per_day = world.costs[own.cost_class[e]], world.weights[LONG_W]
    value = np.int64(0)
    before = -1
    for d in range(len(row)):
        if row[d] < 0:
            continue
        if before >= 0:
            value -= gap_cost(costs, d - before, per_day)
            if row[before] == row[d]:
                value -= twice[row[d]]
        elif last == UNKNOWN:
            value -= edge_cost(d - first, max_gap, per_day)
        else:
            value -= gap_cost(costs, d - since(last, first), per_day)
        before = d
    if before >= 0:
        return value - edge_cost(max(end - before, 0), max_gap, per_day)
    if last == UNKNOWN:
        return -edge_cost(end - first + 1, max_gap, per_day)
    return -edge_cost(end - since(last, first), max_gap, per_day)
