"""Compiled loops: volunteers' months by coordinate descent: one elder's month after another, the others' held.

Block coordinate descent (ascent, as points are maximised): an elder's month is a block, and is set to the best beside
the others' by the dynamic programme in ``elder_dp``. Points never fall, so it ends; where it ends no elder's month
alone can be better for the patterns that were tried. That is a local optimum: ``week_search`` and ``bounds`` say how
far from the best one.

A volunteer's plan holds for each day and elder ``2 * slot + kind`` or NONE.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.compiling import loop, scalar_step, step
from matcher.timetable.kernels.arrays import select_volunteer
from matcher.timetable.kernels.bounds import bound_month
from matcher.timetable.kernels.day_route import (
    MAX_CONTACTS,
    Row,
    find_shortest_route,
    insert_contact,
    make_workspace,
    remove_contact,
)
from matcher.timetable.kernels.day_windows import fill_day, find_window, get_length
from matcher.timetable.kernels.elder_dp import NEVER, make_month_space, solve_elder_month
from matcher.timetable.kernels.weekly_patterns import (
    EVERY_HALF_DAY,
    MAX_PATTERNS,
    compute_month_value,
    fill_gains,
    rank_patterns,
)
from matcher.timetable.problem import CALL, NONE, VISIT, Fixed, Index, Planned

_PASSES = 8
"""How often all elders of a volunteer have their turn, at most."""
_REPEATS = 3
"""How often a month is worked out for the pattern that it shows itself."""
_MAX_TRIED = (MAX_PATTERNS + 1) * _REPEATS
_N_PLANNED = len(Planned)


class Tried(NamedTuple):
    """Weekly patterns that were worked out in an elder's turn: none is worked out twice."""

    patterns: Index
    """(n, kind)."""
    value: Index
    """Worth of the best month for each, (n,)."""
    shown: Index
    """The patterns that this month shows itself, (n, kind)."""


@scalar_step
def _fill_extra_walks(extra_min, stale, e, plan, own, shared, space):
    """Fill the minutes more to walk for each contact that an elder could have, (days, slots, kind), on ``stale`` days.

    It is -1 where there can't be a contact: outside windows, beyond the day's limits, or where no order fits.
    """
    allowed, travel_min, limits, day = own.allowed, own.travel_min, shared.limits, space.day
    for d in range(len(plan)):
        if not stale[d]:
            continue
        stale[d] = False
        extra_min[d] = -1
        if not (allowed[e, d, VISIT] or allowed[e, d, CALL]):
            continue
        n, visits, minutes = fill_day(day, plan[d], d, e, np.int64(-1), own, shared)
        if n >= limits.contacts or n >= MAX_CONTACTS:
            continue
        before = np.int64(0)
        if n > 0:
            before = find_shortest_route(space, n, travel_min, limits.pause_min)
            if before < 0:
                continue
        for slot in range(extra_min.shape[1]):  # invariant: ``day`` holds the n contacts without the elder's
            for kind in range(2):
                if not allowed[e, d, kind] or (kind == VISIT and visits >= limits.visits):
                    continue
                opens, closes = find_window(e, d, slot, kind, own, shared)
                length = get_length(kind, shared)
                if closes - opens < length:
                    continue
                if n == 0:
                    after = 2 * travel_min[0, e + 1] if kind == VISIT else np.int64(0)
                else:
                    place = e + 1 if kind == VISIT else -1
                    at = insert_contact(day, n, opens, closes, length, place, shared.half[slot], e)
                    after = find_shortest_route(space, n + 1, travel_min, limits.pause_min)
                    remove_contact(day, n + 1, at)
                if after >= 0 and minutes + length + after <= limits.minutes:
                    extra_min[d, slot, kind] = max(after - before, 0)


@step
def _order_elders(allowed, turns):
    """Order the elders by the days and kinds that they may have: whoever is free least comes first."""
    count = len(turns)
    free = np.empty(count, np.int64)
    for e in range(count):
        free[e] = 0
        for d in range(allowed.shape[1]):
            free[e] += np.int64(allowed[e, d, VISIT]) + np.int64(allowed[e, d, CALL])
        at = e
        while (
            at > 0 and free[turns[at - 1]] > free[e]
        ):  # invariant: ``turns[:e]`` is ordered, but for the gap at ``at``
            turns[at] = turns[at - 1]
            at -= 1
        turns[at] = e


@step
def _leave_out_busy(patterns, count, extra_min, shared):
    """Leave half-days on which there can be no contact out of weekly patterns: so those that come to one are one."""
    free = np.empty(2, np.int64)
    free[:] = 0
    for d in range(len(extra_min)):
        for slot in range(extra_min.shape[1]):
            for kind in range(2):
                if extra_min[d, slot, kind] >= 0:
                    free[kind] |= np.int64(1) << (2 * shared.weekday[d] + shared.half[slot])
    for i in range(count):
        for kind in range(2):
            patterns[i, kind] &= free[kind]


@scalar_step
def _find_tried(tried, count, pattern):
    """Return where a pattern stands among those that were tried, or ``count`` where it does not."""
    at = np.int64(0)
    while at < count and (tried.patterns[at, VISIT] != pattern[VISIT] or tried.patterns[at, CALL] != pattern[CALL]):
        at += 1
    return at


@scalar_step
def _has_any(mask):
    """Return whether any is true."""
    found = False
    for is_so in mask:
        found = found or is_so
    return found


@scalar_step
def _bound_elder(gain, slot, extra_min, e, own, shared, more, space, kinds):
    """Return what no month of an elder's is worth more than: the best one if every contact kept a weekly pattern.

    ``more`` is as ``fill_gains`` has it. A visit more makes up for one that is missing; so what is missed with no
    visit planned is taken off, where visits gain it back.
    """
    pattern = (
        np.int64(EVERY_HALF_DAY if own.pattern_size[e, VISIT] > 0 else 0),
        np.int64(EVERY_HALF_DAY if own.pattern_size[e, CALL] > 0 else 0),
    )
    fill_gains(gain, slot, extra_min, e, own, shared, pattern, more)
    missed = own.least_visits[e]
    for d in range(len(gain)):
        missed -= own.fixed_kind[e, d] == VISIT
    return solve_elder_month(gain, e, own, shared, space, kinds) - more * missed


@loop
def improve_by_coordinate_descent(grid, which, max_patterns, problem, shared):
    """Make the months of the volunteers ``which`` better: their elders in turn, while somebody's gets better.

    Changes ``grid``, (pairs, days). ``max_patterns``: how many promising weekly patterns are worked out for an elder
    in a turn, up to MAX_PATTERNS; each takes as long as the turn without.
    """
    days, slots = grid.shape[1], problem.windows.shape[2]
    space, month_space = make_workspace(), make_month_space(days)
    gain, slot = np.empty((days, 2), np.int64), np.empty((days, 2), np.int64)
    kinds, codes, shown = np.empty(days, np.int64), np.empty(days, np.int64), np.empty(2, np.int64)
    patterns = np.empty((MAX_PATTERNS + 1, 2), np.int64)
    done = Tried(
        np.empty((_MAX_TRIED, 2), np.int64), np.empty(_MAX_TRIED, np.int64), np.empty((_MAX_TRIED, 2), np.int64)
    )
    slot[:] = 0
    for i in range(len(which)):
        v = which[i]
        a = problem.pair_start[v]
        count = problem.pair_start[v + 1] - a
        own = select_volunteer(problem, v)
        fixed = own.fixed_kind
        turns, stale = np.empty(count, np.int64), np.empty((count, days), np.bool_)
        walks_min = np.empty((count, days, slots, 2), np.int64)
        _order_elders(own.allowed, turns)
        stale[:] = True
        plan = np.empty((days, count), np.int64)
        for e in range(count):
            for d in range(days):
                plan[d, e] = grid[a + e, d]
        for _ in range(_PASSES):  # invariant: on days not ``stale`` nobody else's month changed since the elder's turn
            changed = False
            for turn in range(count):
                e = turns[turn]
                if not _has_any(stale[e]):
                    continue
                extra_min = walks_min[e]
                _fill_extra_walks(extra_min, stale[e], e, plan, own, shared, space)
                for d in range(days):
                    codes[d] = plan[d, e]
                best = compute_month_value(codes, extra_min, e, own, shared, kinds, shown)
                visits = np.int64(0)
                for d in range(days):
                    visits += kinds[d] == VISIT
                more = shared.objective.floor_visit if visits < own.least_visits[e] else np.int64(0)
                hope = _bound_elder(gain, slot, extra_min, e, own, shared, more, month_space, kinds)
                if best >= hope:
                    continue
                tried = np.int64(0)
                if max_patterns > 0:
                    tried = min(rank_patterns(patterns, extra_min, e, own, shared), max_patterns)
                    _leave_out_busy(patterns, tried, extra_min, shared)
                for kind in range(2):  # the last to try is the pattern that the month shows as it is
                    patterns[tried, kind] = shown[kind]
                n_done = np.int64(0)
                for h in range(tried + 1):
                    if best >= hope:
                        break
                    reached = np.int64(NEVER)
                    for _again in range(_REPEATS):  # invariant: ``best`` is the value of ``plan[:, e]``
                        at = _find_tried(done, n_done, patterns[h])
                        if at == n_done:
                            n_done += 1
                            fill_gains(gain, slot, extra_min, e, own, shared, patterns[h], more)
                            solve_elder_month(gain, e, own, shared, month_space, kinds)
                            for d in range(days):
                                codes[d] = NONE
                                if kinds[d] >= 0 and fixed[e, d] < 0:
                                    codes[d] = 2 * slot[d, kinds[d]] + kinds[d]
                            done.value[at] = compute_month_value(codes, extra_min, e, own, shared, kinds, shown)
                            for kind in range(2):
                                done.patterns[at, kind] = patterns[h, kind]
                                done.shown[at, kind] = shown[kind]
                            if done.value[at] > best:
                                best = done.value[at]
                                changed = True
                                for d in range(days):
                                    if plan[d, e] != codes[d]:
                                        plan[d, e] = codes[d]
                                        for other in range(count):
                                            stale[other, d] = other != e or stale[other, d]
                        if done.value[at] <= reached:
                            break
                        reached = done.value[at]
                        for kind in range(2):
                            patterns[h, kind] = done.shown[at, kind]
            if not changed:
                break
        for e in range(count):
            for d in range(days):
                grid[a + e, d] = plan[d, e]


@loop
def evaluate_months(grid, most, points, bound, problem, shared):
    """Fill the points of the volunteers' whole months, and what no months of theirs are worth more than, both (V,).

    ``most`` is as ``fill_weeks`` has it.
    """
    days = grid.shape[1]
    space, month_space = make_workspace(), make_month_space(days)
    kinds, codes, shown = np.empty(days, np.int64), np.empty(days, np.int64), np.empty(2, np.int64)
    gain = np.empty((days, 2), np.int64)
    no_walk = np.empty((days, problem.windows.shape[2], 2), np.int64)
    no_walk[:] = 0
    for v in range(len(points)):
        a = problem.pair_start[v]
        count = problem.pair_start[v + 1] - a
        own = select_volunteer(problem, v)
        today = np.empty(count, np.int64)
        points[v] = 0
        bound[v] = bound_month(most[v], own, shared, gain, month_space, kinds)
        for e in range(count):  # elders without walks, which they share; then each day's walk
            for d in range(days):
                codes[d] = grid[a + e, d]
            points[v] += compute_month_value(codes, no_walk, e, own, shared, kinds, shown)
        for d in range(days if count else 0):
            for e in range(count):
                today[e] = grid[a + e, d]
            n, visits, _ = fill_day(space.day, today, d, np.int64(-1), np.int64(-1), own, shared)
            if visits > 0:
                walked = find_shortest_route(space, n, own.travel_min, shared.limits.pause_min)
                points[v] -= shared.objective.walking * max(walked, 0)


@loop
def list_contacts(grid, problem, shared):
    """Return every contact, a row each, in order: see ``Planned``."""
    total = len(problem.fixed)
    for e in range(len(grid)):
        for d in range(grid.shape[1]):
            total += grid[e, d] >= 0
    out = np.empty((total, _N_PLANNED), np.int64)
    space = make_workspace()
    day, order, start = space.day, space.order, space.start
    at = 0
    for v in range(len(problem.pair_start) - 1):
        a = problem.pair_start[v]
        count = problem.pair_start[v + 1] - a
        own = select_volunteer(problem, v)
        today = np.empty(count, np.int64)
        for d in range(grid.shape[1]):  # invariant: ``out[:at]`` has the contacts of the volunteers and days before
            for e in range(count):
                today[e] = grid[a + e, d]
            n, _, _ = fill_day(day, today, d, np.int64(-1), np.int64(-1), own, shared)
            if n == 0:
                continue
            walked = find_shortest_route(space, n, own.travel_min, shared.limits.pause_min)
            if walked < 0:  # fixed contacts overlap each other: nothing is planned beside them
                for i in range(n):
                    order[i] = i
                    start[i] = day[Row.OPENS, i]
            for i in range(n):
                label = day[Row.LABEL, order[i]]
                out[at, Planned.VOLUNTEER], out[at, Planned.DAY], out[at, Planned.ORDER] = v, d, i + 1
                out[at, Planned.PAIR] = a + label if label >= 0 else label - problem.fixed_start[v]
                out[at, Planned.START], out[at, Planned.END] = start[i], start[i] + day[Row.LENGTH, order[i]]
                out[at, Planned.KIND] = today[label] % 2 if label >= 0 else own.fixed[-1 - label, Fixed.KIND]
                out[at, Planned.WALK_MIN] = max(walked, 0) if i == 0 else 0
                at += 1
    return out
