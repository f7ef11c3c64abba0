"""The floors of a month: each elder's least visits, and no silence beyond the longest gap; higher risk first.

They come before all totals. What a month misses of them is measured here, and what it would miss at least if the
volunteer had nobody else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.timetable.kernels.arrays import make_plain
from matcher.timetable.kernels.silence import Silences, bound_silence
from matcher.timetable.problem import CALL, NONE, UNKNOWN, VISIT, Index, Mask, PairData, SharedArrays, TimetableProblem

Grid = NDArray[np.int8]
RANKS = 3
"""Ranks of risk: see ``PairData.rank``."""


class Missed(NamedTuple):
    """What elders miss of their floors, (n,) each."""

    visits: Index
    """Visits below the month's least."""
    silent_days: Index
    """Days of silence beyond the longest gap."""

    def select(self, rows: Index | slice) -> Missed:
        """Return what some of the elders miss."""
        return Missed(self.visits[rows], self.silent_days[rows])


def measure_missed(grid: Grid, pairs: PairData) -> Missed:
    """Return what each pair's month misses; ``grid`` has what is planned beside the fixed contacts."""
    kinds = np.where(grid >= 0, grid % 2, pairs.fixed_kind)
    visits = np.maximum(pairs.least_visits - (kinds == VISIT).sum(axis=1), 0)
    return Missed(visits, _count_silent_days(kinds >= 0, pairs))


def find_silence_start(pairs: PairData) -> Index:
    """Return the day before the first that counts as silent, (n,): the last contact, or the day before they came."""
    first = pairs.on_programme[:, 0]
    known = np.where(first > 0, np.maximum(pairs.last_contact, first - 1), pairs.last_contact)
    return np.where(pairs.last_contact == UNKNOWN, first - 1, known)


def _count_silent_days(contacts: Mask, pairs: PairData) -> Index:
    """Count the days beyond the longest gap, (n,), by gaps from contact to contact; of who is due none, nothing."""
    before, end = find_silence_start(pairs), pairs.on_programme[:, 1]
    silent = np.zeros(len(pairs), dtype=np.int64)
    for day in range(contacts.shape[1]):  # invariant: ``before`` is the last contact before the day
        here = contacts[:, day]
        silent += np.where(here, np.maximum(day - before - 1 - pairs.max_gap, 0), 0)
        before = np.where(here, day, before)
    silent += np.maximum(np.maximum(end - before, 0) - pairs.max_gap, 0)
    return np.where(pairs.due.any(axis=1), silent, 0)


def bound_missed(pairs: PairData, shared: SharedArrays) -> Missed:
    """Return what pairs miss at least of each floor by itself, each alone with the volunteer."""
    week = shared.week
    possible = pairs.allowed & find_possible_contacts(pairs, shared)
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    fixed_visits = np.add.reduceat((pairs.fixed_kind == VISIT).astype(np.int64), starts, axis=1)
    could = np.add.reduceat(possible[:, :, VISIT].astype(np.int64), starts, axis=1)
    most = np.minimum(could, np.maximum(pairs.visits_due - fixed_visits, 0)) + fixed_visits
    visits = np.maximum(pairs.least_visits - most.sum(axis=1), 0)
    return Missed(visits, _bound_silence(pairs, week, possible))


def _bound_silence(pairs: PairData, week: Index, possible: Mask) -> Index:
    """Return the fewest silent days of each elder alone, (n,)."""
    fewest = np.zeros(len(pairs), dtype=np.int64)
    silences = Silences(
        make_plain(pairs.fixed_kind != NONE, np.bool_),
        make_plain(np.asarray(possible.any(axis=2)), np.bool_),
        make_plain(week),
        make_plain(pairs.due),
        make_plain(pairs.max_gap),
        make_plain(find_silence_start(pairs)),
        make_plain(pairs.on_programme[:, 1]),
    )
    bound_silence(silences, fewest)
    return fewest


def find_possible_contacts(pairs: PairData, shared: SharedArrays) -> Mask:
    """Return whether a contact of a kind fits into what two have free on a day, (pairs, days, kind)."""
    opens, closes = (pairs.windows[:, shared.day_type][..., i].astype(np.int64) for i in range(2))
    fits = []
    for kind in (VISIT, CALL):
        length_min = closes - opens
        if kind == VISIT:
            hot = shared.no_visit_min[None, :, :]
            touched = (hot[..., [0]] < hot[..., [1]]) & (opens < hot[..., [1]]) & (closes > hot[..., [0]])
            before = np.minimum(closes, hot[..., [0]]) - opens
            after = closes - np.maximum(opens, hot[..., [1]])
            length_min = np.where(touched, np.maximum(before, after), length_min)
            between = np.minimum(closes, hot[..., [0]]) - np.maximum(opens, hot[..., [1]])
            length_min = np.where(hot[..., [0]] > hot[..., [1]], between, length_min)
        needed_min = shared.limits.visit_min if kind == VISIT else shared.limits.call_min
        fits.append((length_min >= needed_min).any(axis=2))
    return np.stack(fits, axis=2)


def sum_by_rank(missed: Missed, problem: TimetableProblem) -> Index:
    """Return what each volunteer's elders miss, (V, 2 * RANKS): visits, then silent days, rank by rank."""
    columns = [
        np.where(problem.pairs.rank == rank, part, 0)
        for rank in range(RANKS)
        for part in (missed.visits, missed.silent_days)
    ]
    each = np.column_stack(columns).astype(np.int64)
    to = np.concatenate([np.zeros((1, each.shape[1]), dtype=np.int64), np.cumsum(each, axis=0)])
    return np.asarray(np.diff(to[problem.pair_start], axis=0), dtype=np.int64)
