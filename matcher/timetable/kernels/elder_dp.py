"""Compiled loops: one elder's best month beside what the volunteer's days hold already, for a given weekly pattern.

A longest path in an acyclic graph, by dynamic programming in the order of days (Bellman 1957): a node is a contact on
a day, of a kind, the c-th of its week and the v-th visit of it; an arc leads from one contact to the next and costs
what their spacing and kinds cost. So the month is exact for the pattern and for what the days hold.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.compiling import scalar_step, step
from matcher.timetable.objective import GAPS
from matcher.timetable.problem import CALL, MAX_PER_WEEK, UNKNOWN, VISIT, Index

NEVER = -(1 << 40)
"""The value of what can't be. No month is worth as little: some 1,000 contacts of some 1,000 points at most."""
_BASE = 16
"""Contacts, and visits, of a week in a node's number: at most MAX_PER_WEEK, below it."""


class MonthSpace(NamedTuple):
    """Arrays to work in, for months of so many days: what the paths of ``solve_elder_month`` come to."""

    value: Index
    came: Index
    """By contacts and visits of the week, day and kind."""
    top: Index
    top_at: Index
    """By day and kind."""
    before: Index
    before_at: Index
    """By kind."""
    nodes: Index
    """Days."""


@scalar_step
def compute_gap_cost(costs, gap, per_day):
    """Return what the days from one contact to the next cost."""
    if gap < GAPS:
        return costs[gap]
    return costs[GAPS - 1] + (gap - GAPS + 1) * per_day


@scalar_step
def compute_open_gap_cost(idle, max_gap, per_day):
    """Return what days without a contact cost whose other end is not known: only those beyond the most."""
    return max(0, idle - max_gap) * per_day


@scalar_step
def find_gap_start(last_contact, first):
    """Return the day from which the gap before the first contact counts: days before an elder came do not."""
    return max(last_contact, first - 1) if first > 0 else last_contact


@scalar_step
def _find_most_before(values, nodes, first, end, d, costs, per_day, most, most_at):
    """Fill the best way to come to day ``d``, but for what kinds running cost, from the visits, and calls, before.

    ``values`` (days, kind) are the best of paths that end on a day; those of ``nodes[first:end]`` count. Of ways that
    are as good it is the one from the first day.
    """
    for k in range(2):
        most[k], most_at[k] = NEVER, -1
    for i in range(first, end):
        p = nodes[i]
        cost = compute_gap_cost(costs, d - p, per_day)
        for k in range(2):
            if values[p, k] > NEVER and values[p, k] - cost > most[k]:
                most[k], most_at[k] = values[p, k] - cost, p


@scalar_step
def _choose_kind_before(most, most_at, kind, repeat_cost):
    """Return the better of two kinds before a contact of a kind, the earlier of two as good; and what it is worth."""
    cost = repeat_cost[kind]
    one, other = most[0], most[1]
    if kind == VISIT and one > NEVER:
        one -= cost
    if kind != VISIT and other > NEVER:
        other -= cost
    if other > one or (other == one and most_at[1] < most_at[0]):
        return np.int64(1), other
    return np.int64(0), one


@step
def make_month_space(days):
    """Return arrays to work in."""
    return MonthSpace(
        np.empty((MAX_PER_WEEK + 1, MAX_PER_WEEK + 1, days, 2), np.int64),
        np.empty((MAX_PER_WEEK + 1, MAX_PER_WEEK + 1, days, 2), np.int64),
        np.empty((days, 2), np.int64),
        np.empty((days, 2), np.int64),
        np.empty(2, np.int64),
        np.empty(2, np.int64),
        np.empty(days, np.int64),
    )


@scalar_step
def solve_elder_month(gain, e, own, shared, space, row):
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
    most = min(most, MAX_PER_WEEK)
    value, came, top, top_at = space.value, space.came, space.top, space.top_at
    before, before_at, nodes = space.before, space.before_at, space.nodes
    for d in range(days):
        for kind in range(2):
            top[d, kind] = NEVER
    n_nodes, n_monday, n_floor = np.int64(0), np.int64(0), np.int64(0)
    floor = np.int64(-1)  # the last fixed contact
    monday, seen, seen_visits = np.int64(0), np.int64(0), np.int64(0)
    # invariant: ``value[c, v, p, k]`` of every day p of ``nodes[:n_nodes]``, those before d with a path, is the best of
    # all paths that end there, passing over no fixed contact; ``top[p, k]`` is the best of them whatever c and v,
    # ``top_at`` which; ``came`` leads back. Nodes before Monday, or the last fixed contact, are the first
    # ``n_monday``, or ``n_floor``
    for d in range(days):
        if d and week[d] != week[d - 1]:
            monday, seen, seen_visits, n_monday = np.int64(d), np.int64(0), np.int64(0), n_nodes
        is_fixed = fixed[d] >= 0
        if is_fixed:
            seen += 1
            seen_visits += fixed[d] == VISIT
        cap = max(min(due[week[d]], most), seen)
        vcap = max(min(visits_due[week[d]], most), seen_visits)
        can_visit = fixed[d] == VISIT if is_fixed else gain[d, VISIT] > NEVER
        can_call = fixed[d] == CALL if is_fixed else gain[d, CALL] > NEVER
        can_visit = can_visit and vcap > 0
        if cap > 0 and (can_visit or can_call):
            for c in range(most + 1):
                for v in range(c + 1):
                    value[c, v, d, 0], value[c, v, d, 1] = NEVER, NEVER
            if floor < monday:  # the first of its week: earlier weeks' counts do not matter
                _find_most_before(top, nodes, n_floor, n_monday, d, costs, per_day, before, before_at)
                for kind in range(2):
                    if not (can_visit if kind == VISIT else can_call):
                        continue
                    best, arg = np.int64(NEVER), np.int64(-1)
                    if floor < 0:  # the first of all
                        if last == UNKNOWN:
                            best = -compute_open_gap_cost(d - first, max_gap, per_day)
                        else:
                            best = -compute_gap_cost(costs, d - find_gap_start(last, first), per_day)
                        arg = np.int64(-2)
                    k, x = _choose_kind_before(before, before_at, kind, repeat_cost)
                    if x > best:
                        best, arg = x, (before_at[k] * 2 + k) * _BASE * _BASE + top_at[before_at[k], k]
                    if best > NEVER:
                        v = np.int64(kind == VISIT)
                        value[1, v, d, kind] = best + (np.int64(0) if is_fixed else gain[d, kind])
                        came[1, v, d, kind] = arg
            for c in range(1, cap):  # those after c contacts, u of them visits, of the same week
                for u in range(min(vcap, c) + 1):
                    _find_most_before(
                        value[c, u], nodes, max(n_floor, n_monday), n_nodes, d, costs, per_day, before, before_at
                    )
                    for kind in range(2):
                        v = u + np.int64(kind == VISIT)
                        if v > vcap or not (can_visit if kind == VISIT else can_call):
                            continue
                        k, x = _choose_kind_before(before, before_at, kind, repeat_cost)
                        if x > NEVER:
                            value[c + 1, v, d, kind] = x + (np.int64(0) if is_fixed else gain[d, kind])
                            came[c + 1, v, d, kind] = ((before_at[k] * 2 + k) * _BASE + c) * _BASE + u
            for c in range(1, cap + 1):
                for v in range(min(vcap, c) + 1):
                    for kind in range(2):
                        if value[c, v, d, kind] > top[d, kind]:
                            top[d, kind] = value[c, v, d, kind]
                            top_at[d, kind] = c * _BASE + v
        if is_fixed:
            floor, n_floor = np.int64(d), n_nodes
        if top[d, 0] > NEVER or top[d, 1] > NEVER:
            nodes[n_nodes] = d
            n_nodes += 1
    best = np.int64(NEVER)
    node = np.int64(-1)
    if floor < 0:
        if last == UNKNOWN:
            best = -compute_open_gap_cost(end - first + 1, max_gap, per_day)
        else:
            best = -compute_open_gap_cost(end - find_gap_start(last, first), max_gap, per_day)
    for i in range(n_floor, n_nodes):
        d = nodes[i]
        for kind in range(2):
            if top[d, kind] > NEVER:
                x = top[d, kind] - compute_open_gap_cost(max(end - d, 0), max_gap, per_day)
                if x > best:
                    best = x
                    node = (d * 2 + kind) * _BASE * _BASE + top_at[d, kind]
    while node >= 0:  # invariant: ``node`` is on the best path, and ``row`` has all of it on later days
        v = node % _BASE
        c = node // _BASE % _BASE
        kind = node // (_BASE * _BASE) % 2
        d = node // (_BASE * _BASE * 2)
        row[d] = kind
        node = came[c, v, d, kind]
    return best


@scalar_step
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
