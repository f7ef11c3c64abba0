"""Compiled loops: the most that one volunteer's week can hold, contacts and then visits, and a week that holds it.

Exact. What a week holds does not depend on other weeks: gaps and patterns only cost. So the days of a week are gone
through one by one, by dynamic programming with bounds (Morin and Marsten 1976): a state is what each elder is still
due, and it is left where even all that its elders could have on later days does not lead beyond what is known to be
possible.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import loop, scalar_step, step
from matcher.timetable.kernels.arrays import select_volunteer
from matcher.timetable.kernels.day_patterns import (
    TOO_LARGE,
    enumerate_day_patterns,
    find_day_alike,
    list_month_patterns,
)
from matcher.timetable.kernels.day_route import make_workspace
from matcher.timetable.kernels.own_months import ACTIONS
from matcher.timetable.kernels.week_bound import Week, bound_week, find_shortest_legs
from matcher.timetable.problem import CALL, VISIT, Index

_MAX_STATES, _MAX_STEPS, _MAX_ELDERS = 500_000, 2_000_000, 10
"""What is searched whole: states of a week, steps between them, and elders. States fit into 32 bits."""
_MAX_DAY_PATTERNS = 3**7
_MAX_ELDER_STATES = 36
"""States of one elder: what is left of seven contacts and as many visits, 8 * 9 / 2."""
_WORD_BITS = 32
"""Bits of a word: a set of states is kept in words, half of whose bits are used, so that none is the sign."""
_NO_WAY = -(1 << 50)
"""In place of what an action gains that can't be: with all that others gain it is less than any week is worth."""
_KEPT_UNIT = 1 << 10
"""A visit against a contact that stays as it is: more than all contacts of a week, 7 days of 64."""
CONTACT_UNIT = 1 << 12
"""A contact against a visit: more than all visits of a week. Times _KEPT_UNIT and 448 contacts it is below 2**31."""
UNPRICED = -1
"""In place of what a week is to hold at least: it is to hold the most, and no points matter."""


class State(IntEnum):
    """Columns of an elder's states; the first two are the state after a visit (0), and after a call (1), or -1."""

    AFTER_VISIT = 0
    AFTER_CALL = 1
    LEFT = 2
    VISITS_LEFT = 3


class Later(IntEnum):
    """Columns of what later days can hold."""

    CONTACTS = 0
    VISITS = 1
    WORTH = 2
    KEPT = 3


_N_STATE, _N_LATER = len(State), len(Later)


class DayPatterns(NamedTuple):
    """What the days of a week can hold: see ``enumerate_day_patterns``."""

    codes: NDArray[np.int8]
    """Each elder's contact, (days, n, elders)."""
    counts: Index
    """How many patterns each day has, (days,)."""
    kept: Index
    """What each is worth beside its contacts, (days, n)."""


class Units(NamedTuple):
    """What counts: a contact, and a visit beside that."""

    contact: int
    visit: int


@scalar_step
def _list_states(due, visits_due, states):
    """List what an elder can still be due in a week: contacts, and visits, of which there are never more.

    ``states`` (n, 4): see ``State``. The last state is all that is due. Return how many there are.
    """
    n = np.int64(0)
    for c in range(due + 1):
        for v in range(min(visits_due, c) + 1):
            states[n, State.LEFT], states[n, State.VISITS_LEFT] = c, v
            n += 1
    for i in range(n):
        states[i, State.AFTER_VISIT], states[i, State.AFTER_CALL] = -1, -1
        for j in range(i):
            c, v = states[j, State.LEFT], states[j, State.VISITS_LEFT]
            if c == states[i, State.LEFT] - 1:
                if v == states[i, State.VISITS_LEFT] - 1:
                    states[i, State.AFTER_VISIT] = j
                if v == min(states[i, State.VISITS_LEFT], c):
                    states[i, State.AFTER_CALL] = j
    return n


@scalar_step
def _has_few_states(due, visits_due):
    """Return whether the states of a week's search are few enough."""
    total = np.int64(1)
    for e in range(len(due)):
        size = np.int64(0)
        for c in range(due[e] + 1):
            size += min(visits_due[e], c) + 1
        total = min(total * size, _MAX_STATES + 1)
    return total <= _MAX_STATES


@scalar_step
def _find_next(bits, first, end):
    """Return the first of the numbers from ``first`` to before ``end`` whose bit is set, or ``end``."""
    at = first
    while at < end:  # invariant: no bit from ``first`` to before ``at`` is set
        left = bits[at // _WORD_BITS] >> (at % _WORD_BITS)
        if left & 1:
            break
        at = at + 1 if left else (at // _WORD_BITS + 1) * _WORD_BITS
    return min(at, end)


@scalar_step
def _list_actions(codes, counts, head, tail):
    """Fill the actions of each half of the elders in each pattern as one number, a digit each, (days, n)."""
    k = codes.shape[2]
    for d in range(len(counts)):
        for i in range(counts[d]):
            first, last = np.int64(0), np.int64(0)
            for e in range(k):
                action = np.int64(codes[d, i, e] % 2 + 1 if codes[d, i, e] >= 0 else 0)
                if e < k // 2:
                    first = first * ACTIONS + action
                else:
                    last = last * ACTIONS + action
            head[d, i], tail[d, i] = first, last


@scalar_step
def _list_week_steps(state_of, states, size, units, gains, leads):
    """Fill what each action gains an elder, and where it leads as a part of a state's number, both (elders, actions).

    An action that can't be gains _NO_WAY.
    """
    base = np.int64(1)
    for e in range(len(size)):
        here = state_of[e]
        gains[e, 0], leads[e, 0] = 0, base * here
        for kind in range(2):
            to = states[e, here, kind]
            gains[e, kind + 1] = units.contact + (units.visit if kind == VISIT else 0) if to >= 0 else _NO_WAY
            leads[e, kind + 1] = base * max(to, 0)
        base *= size[e]


@scalar_step
def _add_up(parts, first, end, value, sums):
    """Fill ``sums`` with ``value`` and the parts of all combined actions of some elders, by these as one number."""
    sums[0] = value
    size = 1
    for e in range(first, end):  # invariant: ``sums[:size]`` are those of the elders before e
        for code in range(size - 1, -1, -1):
            before = sums[code]
            for action in range(ACTIONS):
                sums[code * ACTIONS + action] = before + parts[e, action]
        size *= ACTIONS


@step
def _search_week(patterns, left, known, units, week):
    """Return the best value of a week beyond ``known``, or ``known``, or TOO_LARGE after too many steps.

    Fills ``week``, (days, elders), with a week of that value where it is beyond. ``left`` is what is still due.
    """
    codes, counts, kept = patterns
    days, k = len(counts), len(left.due)
    contact_w, visit_w = units
    size, states = np.empty(k, np.int64), np.empty((k, _MAX_ELDER_STATES, _N_STATE), np.int64)
    total = np.int64(1)
    for e in range(k):
        size[e] = _list_states(left.due[e], left.visits_due[e], states[e])
        total *= size[e]
    can = np.empty((days + 1, k, 2), np.int64)  # how many days from one on could have a visit, or any contact
    can[days] = 0
    later = np.empty((days + 1, _N_LATER), np.int64)
    later[days] = 0
    for d in range(days - 1, -1, -1):  # invariant: rows after d bound what the days after d can hold
        for e in range(k):
            visit, call = np.int64(0), np.int64(0)
            for i in range(counts[d]):
                if codes[d, i, e] >= 0:
                    call = np.int64(1)
                    if codes[d, i, e] % 2 == VISIT:
                        visit = np.int64(1)
            can[d, e, VISIT] = can[d + 1, e, VISIT] + visit
            can[d, e, CALL] = can[d + 1, e, CALL] + call
        most, most_visits, worth, most_kept = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for i in range(counts[d]):
            contacts, visits = np.int64(0), np.int64(0)
            for e in range(k):
                if codes[d, i, e] >= 0:
                    contacts += 1
                    visits += codes[d, i, e] % 2 == VISIT
            most = max(most, contacts)
            most_visits = max(most_visits, visits)
            worth = max(worth, contacts * contact_w + visits * visit_w + kept[d, i])
            most_kept = max(most_kept, kept[d, i])
        later[d, Later.CONTACTS] = later[d + 1, Later.CONTACTS] + most
        later[d, Later.VISITS] = later[d + 1, Later.VISITS] + most_visits
        later[d, Later.WORTH] = later[d + 1, Later.WORTH] + worth
        later[d, Later.KEPT] = later[d + 1, Later.KEPT] + most_kept
    value = np.empty((days + 1, total), np.int64)
    came = np.empty((days + 1, total), np.int32)
    came_by = np.empty((days + 1, total), np.int32)
    reached = np.empty((days + 1, total // _WORD_BITS + 1), np.int64)  # bits of states
    reached[:] = 0
    value[0, total - 1] = 0
    reached[0, (total - 1) // _WORD_BITS] = np.int64(1) << ((total - 1) % _WORD_BITS)
    state_of = np.empty(k, np.int64)
    head, tail = np.empty(kept.shape, np.int64), np.empty(kept.shape, np.int64)
    _list_actions(codes, counts, head, tail)
    gains, leads = np.empty((k, ACTIONS), np.int64), np.empty((k, ACTIONS), np.int64)
    half = k // 2  # two sums and not one an elder: there are more patterns than combined actions of half of them
    heads, heads_lead = np.empty(ACTIONS**half, np.int64), np.empty(ACTIONS**half, np.int64)
    tails, tails_lead = np.empty(ACTIONS ** (k - half), np.int64), np.empty(ACTIONS ** (k - half), np.int64)
    best = known
    best_state, best_day = np.int64(-1), np.int64(-1)
    steps = np.int64(0)
    # invariant: ``value[d, s]`` is the most that the days before d hold where s is left, if ``reached`` has its bit;
    # ``came`` and ``came_by`` are the state before and the day's pattern; ``best`` is the most of all, with its day and
    # state
    for d in range(days):
        state, here, rest_worth = np.int64(-1), reached[d], later[d + 1, Later.WORTH]
        while True:
            state = _find_next(here, state + 1, total)
            if state >= total:
                break
            rest = state
            contacts, visits = np.int64(0), np.int64(0)
            for e in range(k):  # a state's number has a digit an elder, ``size[e]`` its base
                state_of[e] = rest % size[e]
                rest //= size[e]
                c = min(states[e, state_of[e], State.LEFT], can[d, e, CALL])
                contacts += c
                visits += min(states[e, state_of[e], State.VISITS_LEFT], can[d, e, VISIT], c)
            hope = contact_w * min(contacts, later[d, Later.CONTACTS]) + visit_w * min(visits, later[d, Later.VISITS])
            if value[d, state] + min(hope + later[d, Later.KEPT], later[d, Later.WORTH]) <= best:
                continue
            steps += counts[d]
            if steps > _MAX_STEPS:
                return np.int64(TOO_LARGE)
            _list_week_steps(state_of, states, size, units, gains, leads)
            _add_up(gains, 0, half, value[d, state], heads)
            _add_up(gains, half, k, np.int64(0), tails)
            _add_up(leads, 0, half, np.int64(0), heads_lead)
            _add_up(leads, half, k, np.int64(0), tails_lead)
            for i in range(counts[d]):
                worth = kept[d, i] + heads[head[d, i]] + tails[tail[d, i]]
                if worth + rest_worth <= best:  # what can't be is worth less than anything
                    continue
                to = heads_lead[head[d, i]] + tails_lead[tail[d, i]]
                word, bit = to // _WORD_BITS, np.int64(1) << (to % _WORD_BITS)
                if reached[d + 1, word] & bit == 0 or worth > value[d + 1, to]:
                    reached[d + 1, word] |= bit
                    value[d + 1, to] = worth
                    came[d + 1, to] = state
                    came_by[d + 1, to] = i
                    if value[d + 1, to] > best:
                        best = value[d + 1, to]
                        best_state, best_day = to, np.int64(d + 1)
    if best_state >= 0:
        week[:] = -1
        state = best_state
        for d in range(best_day, 0, -1):
            for e in range(k):
                week[d - 1, e] = codes[d - 1, came_by[d, state], e]
            state = np.int64(came[d, state])
    return best


@scalar_step
def _fill_left(week, own, shared):
    """Fill what each elder is still due in a week beside what is fixed, as far as there are days for it."""
    allowed, fixed, number = own.allowed, own.fixed_kind, shared.week[week.first]
    left, visits_left = week.due, week.visits_due
    for e in range(len(allowed)):
        left[e], visits_left[e] = own.due[e, number], own.visits_due[e, number]
        open_days, visit_days = np.int64(0), np.int64(0)
        for d in range(week.first, week.end):
            left[e] -= fixed[e, d] >= 0
            visits_left[e] -= fixed[e, d] == VISIT
            open_days += allowed[e, d, VISIT] or allowed[e, d, CALL]
            visit_days += allowed[e, d, VISIT]
        left[e] = max(min(left[e], open_days), 0)
        visits_left[e] = max(min(visits_left[e], left[e], visit_days), 0)


@scalar_step
def _count_kept(grid, first_pair, first_day, patterns):
    """Count how many contacts of the plan each pattern of a day leaves as they are, whatever their slots."""
    codes, counts, kept = patterns
    for d in range(len(counts)):
        for i in range(counts[d]):
            kept[d, i] = 0
            for e in range(codes.shape[2]):
                code, was = codes[d, i, e], grid[first_pair + e, first_day + d]
                kept[d, i] += code >= 0 and was >= 0 and code % 2 == was % 2


@loop
def list_day_patterns(codes, counts, problem, shared):
    """Fill all that each day of one volunteer's month can hold: see ``list_month_patterns``; return the sum."""
    return list_month_patterns(codes, counts, select_volunteer(problem, 0), shared)


@loop
def fill_weeks(grid, least, changed, unproven, most, problem, shared):
    """Put the fullest week in place of each that could hold more; ``grid`` is (pairs, days).

    Fills, for each volunteer, how many weeks changed; how many could not be searched whole though their elders, each
    alone, could have more; and the points that no month's contacts, and visits, are worth more than by themselves.

    ``least``, (V, weeks): 0, or UNPRICED for weeks of which no points matter; or how much at least a week is to hold,
    contacts and visits counted in CONTACT_UNIT: it is then filled only where it holds less and can hold as much.
    """
    days = grid.shape[1]
    points = Units(shared.objective.contact, shared.objective.visit)
    units = Units(np.int64(CONTACT_UNIT), np.int64(1))
    kept_units = Units(np.int64(CONTACT_UNIT * _KEPT_UNIT), np.int64(_KEPT_UNIT))
    known = np.empty(days, np.int64)  # patterns of each day, once asked for
    space = make_workspace()
    for v in range(len(changed)):
        first = problem.pair_start[v]
        k = problem.pair_start[v + 1] - first
        own = select_volunteer(problem, v)
        size = min(3**k, _MAX_DAY_PATTERNS) if k <= _MAX_ELDERS else 0
        codes = np.empty((days, size, k), np.int8)
        left, visits_left = np.empty(k, np.int64), np.empty(k, np.int64)
        known[:] = -2
        legs = find_shortest_legs(own)
        changed[v] = unproven[v] = most[v] = 0
        a = np.int64(0)
        while a < days and k > 0:  # invariant: the weeks before day a hold the most, or count as unproven
            b = a
            now = np.int64(0)
            while b < days and shared.week[b] == shared.week[a]:
                for e in range(k):
                    if grid[first + e, b] >= 0:
                        now += units.contact
                        if grid[first + e, b] % 2 == VISIT:
                            now += units.visit
                b += 1
            goal = least[v, shared.week[a]]
            if 0 < goal <= now:
                a = b
                continue
            here = Week(a, b, left, visits_left)
            _fill_left(here, own, shared)
            contacts, visits, worth = bound_week(here, own, shared, legs)
            if max(now, goal - 1) < contacts * units.contact + visits * units.visit:
                searched = size > 0 and _has_few_states(left, visits_left)
                for d in range(a, b if searched else a):
                    alike = find_day_alike(d, known, own, shared)
                    if alike >= 0:
                        known[d] = known[alike]
                        for i in range(known[d]):
                            for e in range(k):
                                codes[d, i, e] = codes[alike, i, e]
                    else:
                        known[d] = enumerate_day_patterns(d, own, shared, space, codes[d])
                    searched = searched and known[d] >= 0
                if searched:
                    week, kept = np.empty((b - a, k), np.int8), np.empty((b - a, size), np.int64)
                    kept[:] = 0
                    patterns = DayPatterns(codes[a:b], known[a:b], kept)
                    now = max(now, goal - 1)
                    most_units = contacts * units.contact + visits * units.visit
                    best = _search_week(patterns, here, max(now, most_units - 1), units, week)
                    if best < most_units and best != TOO_LARGE and now < most_units - 1:  # so full it cannot be
                        best = _search_week(patterns, here, now, units, week)
                    if best > now:
                        if goal == 0:  # of the fullest weeks the one that leaves most as it is: patterns last
                            _count_kept(grid, first, a, patterns)
                            _search_week(patterns, here, best * _KEPT_UNIT - 1, kept_units, week)
                            kept[:] = 0
                        for e in range(k):
                            for d in range(a, b):
                                grid[first + e, d] = week[d - a, e]
                        changed[v] += 1
                    searched = best != TOO_LARGE
                    now = best // units.contact * points.contact + best % units.contact * points.visit
                    if searched and now < worth and goal == 0:  # a contact less may leave room for more visits
                        other = _search_week(patterns, here, now, points, week)
                        worth = min(worth, other) if other != TOO_LARGE else worth
                unproven[v] += not searched
            most[v] += worth
            a = b
