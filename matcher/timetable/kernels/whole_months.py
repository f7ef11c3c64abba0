"""A compiled loop: whole months of volunteers in which each elder's floors are kept as well as if alone.

For each volunteer all ways of all days are listed (``day_patterns``), then the elders' own months as graphs, and then
paths through all of these at once (``own_months``). See ``month_search.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import loop, step
from matcher.timetable.kernels.arrays import select_volunteer
from matcher.timetable.kernels.day_patterns import TOO_LARGE, list_month_patterns
from matcher.timetable.kernels.own_months import (
    ACTIONS,
    AIMS,
    MAX_ELDERS,
    MAX_STATES,
    STATE_BITS,
    WORD_BITS,
    WORTHLESS,
    Days,
    Graphs,
    OwnDays,
    follow_paths,
    list_own_months,
)
from matcher.timetable.problem import VISIT, Index

NOT_FOUND, FOUND, PROVED = 0, 1, 2
"""Outcomes of a search; proved is that no month in which the floors are kept so holds more."""
MAX_WAYS = 12_000
"""Ways of all days together that are searched, at most."""
_SPARED = 2
"""Days of silence that those of the last rank may have beyond what each would have alone, in a second try."""
_MOVED = (2, 8, 255)
"""Contacts that do not stay as they were, at most: one try after another."""
_CONTACT, _VISIT, _STANDS = 1 << 16, 1 << 8, 1
"""Worth of a contact, of a visit beside that, of one that stays: a month has fewer of each than make up the next."""
_WITHOUT_END = 1 << 20
"""Days on end without a contact that are none too many."""


class Floors(NamedTuple):
    """Data on which the floors of n pairs hang, beside ``ProblemArrays``; every field (n,)."""

    rank: Index
    begin: Index
    """The day before the first that counts as silent."""
    visits: Index
    """Visits below the month's least, and days of silence, that each misses alone with the volunteer."""
    silent_days: Index


class Ways(NamedTuple):
    """The ways of a volunteer's days, with their contacts: see ``Days``."""

    codes: NDArray[np.int8]
    """Slot and kind, or NONE, (ways, elders)."""
    days: Days


@step
def _list_ways(codes, counts, first, grid):
    """Return the ways of a month's days; of ways that differ only in slots it is the one of ``grid``, or any."""
    total, k, words = np.int64(0), codes.shape[2], np.int64(0)
    for d in range(len(counts)):
        total += counts[d]
        words = max(words, (counts[d] - 1) // WORD_BITS + 1)
    ways = Ways(
        np.empty((total, k), np.int8),
        Days(
            np.empty((total, k), np.int8),
            np.empty(total, np.int64),
            np.empty((k, len(counts), ACTIONS), np.int64),
            np.empty(len(counts) + 1, np.int64),
            np.empty((words * len(counts), k, ACTIONS), np.int64),
            words,
        ),
    )
    kinds, having = ways.days.kinds, ways.days.having
    having[:] = 0
    w = np.int64(0)
    for d in range(len(counts)):  # invariant: the ways before w are those of the days before d
        ways.days.start[d] = w
        for i in range(counts[d]):
            alike = True
            for e in range(k):
                code, was = codes[d, i, e], grid[first + e, d]
                kinds[w, e] = code % 2 + 1 if code >= 0 else 0
                alike = alike and kinds[w, e] == (was % 2 + 1 if was >= 0 else 0)
            worth, word, bit = np.int64(0), d * words + i // WORD_BITS, np.int64(1) << (i % WORD_BITS)
            for e in range(k):
                was = grid[first + e, d]
                ways.codes[w, e] = was if alike else codes[d, i, e]
                if kinds[w, e] > 0:
                    worth += _CONTACT + _STANDS * np.int64(ways.codes[w, e] == was)
                    if kinds[w, e] == VISIT + 1:
                        worth += _VISIT
                having[word, e, kinds[w, e]] |= bit
            ways.days.worth[w] = worth
            w += 1
    ways.days.start[len(counts)] = w
    return ways


@step
def _list_own_days(days, own, first, grid, week):
    """Return what each elder's days can hold in some way, and what they are worth."""
    k, n = own.fixed_kind.shape
    may, worth = np.empty((k, n, ACTIONS), np.bool_), days.action_worth
    left, ends_week = np.empty((k, n, 2), np.int64), np.empty(n, np.bool_)
    may[:] = False
    for d in range(n):
        ends_week[d] = d + 1 == n or week[d + 1] != week[d]
        for w in range(days.start[d], days.start[d + 1]):
            for e in range(k):
                action = days.kinds[w, e]
                if action == 0 or own.fixed_kind[e, d] < 0:
                    may[e, d, action] = True
    for e in range(k):
        for d in range(n):
            was = grid[first + e, d]
            for action in range(ACTIONS):
                worth[e, d, action] = 0
                if action > 0:
                    worth[e, d, action] = _CONTACT + _STANDS * np.int64(was >= 0 and was % 2 + 1 == action)
                if action == VISIT + 1:
                    worth[e, d, action] += _VISIT
            left[e, d, 0], left[e, d, 1] = own.due[e, week[d]], own.visits_due[e, week[d]]
            for other in range(n):
                if week[other] == week[d] and own.fixed_kind[e, other] >= 0:
                    left[e, d, 0] -= 1
                    left[e, d, 1] -= np.int64(own.fixed_kind[e, other] == VISIT)
            left[e, d, 0], left[e, d, 1] = max(left[e, d, 0], 0), max(left[e, d, 1], 0)
    return OwnDays(may, worth, own.fixed_kind, left, ends_week)


@step
def _list_aims(own, left, floors, first, spared):
    """Return the aims of the elders' months, (elders, AIMS); see ``own_months.Aim``.

    ``spared`` days of silence are added to those of the last rank of whom anything is due.
    """
    k = len(own.due)
    aims, is_due = np.empty((k, AIMS), np.int64), np.empty(k, np.bool_)
    last_rank = np.int64(0)
    for e in range(k):
        is_due[e] = False
        for w in range(own.due.shape[1]):
            is_due[e] = is_due[e] or own.due[e, w] != 0
        if is_due[e]:
            last_rank = max(last_rank, floors.rank[first + e])
    for e in range(k):
        spare = spared if is_due[e] and floors.rank[first + e] == last_rank else np.int64(0)
        contacts, visits = np.int64(0), np.int64(0)
        for d in range(left.shape[1]):
            contacts, visits = max(contacts, left[e, d, 0]), max(visits, left[e, d, 1])
        aims[e, 0] = floors.begin[first + e]
        aims[e, 1] = own.max_gap[e] if is_due[e] else _WITHOUT_END
        aims[e, 2] = own.on_programme[e, 1]
        aims[e, 3] = floors.silent_days[first + e] + spare
        aims[e, 4] = spare
        aims[e, 5] = max(own.least_visits[e] - floors.visits[first + e], 0)
        aims[e, 6], aims[e, 7] = contacts, visits
    return aims


@step
def _search(first, graphs, days, widths, chosen):
    """Fill the ways of the month worth most that was found; return the outcome."""
    k = days.kinds.shape[1]
    most = np.int64(0)
    for e in range(k):
        most += graphs.best[e, 0, (first >> (STATE_BITS * (k - 1 - e))) & (MAX_STATES - 1)]
    short = (
        most // _VISIT * _VISIT - 1
    )  # nearly always a month has all contacts, and visits, that each alone could have
    for moved in _MOVED:
        known = max(most - moved - 1, short)
        if follow_paths(first, most, graphs, days, known, widths[0], chosen)[0] > WORTHLESS:
            return np.int64(PROVED)
    known, outcome = np.int64(WORTHLESS), np.int64(NOT_FOUND)
    for i in range(len(widths)):  # invariant: ``chosen`` is a month worth ``known``, if there is an outcome
        value, is_whole = follow_paths(first, most, graphs, days, known, widths[i], chosen)
        if value > WORTHLESS:
            known, outcome = value, np.int64(FOUND)
        if outcome == FOUND and (is_whole or known // _VISIT == most // _VISIT):
            return np.int64(PROVED)
        if is_whole or outcome == NOT_FOUND:  # where none is found soon there most likely is none
            break
    return outcome


@loop
def search_months(grid, which, outcomes, floors, widths, problem, shared):
    """Put the best month that is found in place of each of the volunteers ``which``; ``grid`` is (pairs, days).

    Fills the outcome of each. ``floors`` has a row a pair, see ``Floors``. From a day to the next so many paths are
    followed as ``widths`` say at most, one try after another.
    """
    days = grid.shape[1]
    graphs = Graphs(
        np.empty((MAX_ELDERS, days, MAX_STATES, ACTIONS), np.int16),
        np.empty((MAX_ELDERS, days + 1, MAX_STATES), np.int64),
    )
    counts, chosen = np.empty(days, np.int64), np.empty(days, np.int64)
    for i in range(len(which)):
        v = which[i]
        first = problem.pair_start[v]
        k = problem.pair_start[v + 1] - first
        outcomes[i] = NOT_FOUND
        if k == 0 or k > MAX_ELDERS:
            continue
        own = select_volunteer(problem, v)
        codes = np.empty((days, ACTIONS**k, k), np.int8)
        total = list_month_patterns(codes, counts, own, shared)
        if total == TOO_LARGE or total > MAX_WAYS:
            continue
        ways = _list_ways(codes, counts, first, grid)
        own_days = _list_own_days(ways.days, own, first, grid, shared.week)
        for spared in (0, _SPARED):
            aims = _list_aims(own, own_days.left, floors, first, np.int64(spared))
            begin = list_own_months(own_days, aims, graphs)
            if begin >= 0:
                outcomes[i] = _search(begin, graphs, ways.days, widths, chosen)
            if outcomes[i] != NOT_FOUND:
                break
        if outcomes[i] != NOT_FOUND:
            for d in range(days):
                for e in range(k):
                    grid[first + e, d] = ways.codes[chosen[d], e]
