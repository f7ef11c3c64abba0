"""The month of one volunteer in which every elder's floors are kept as well as if there were nobody else.

No month misses less, so of these it is the one with the most contacts, then visits, then contacts that stay as they
were: goal by goal what ``exact_month.py`` seeks, for a fraction of the time. Nearly all volunteers have such a month.

It is found by dynamic programming day by day (``kernels/own_months.py``): first with few paths from day to day, those
that may be worth most, then with more, which may only be worth more than what is known. Where no path had to be left
out the best is proved, and where it holds as many contacts, and visits, as the elders could have each alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.timetable.floors import Grid, Missed, find_silence_start
from matcher.timetable.kernels.arrays import make_plain
from matcher.timetable.kernels.own_months import (
    ACTIONS,
    STATE_BITS,
    WORTHLESS,
    Aim,
    Days,
    Graphs,
    OwnDays,
    follow_paths,
    list_own_months,
)
from matcher.timetable.problem import NONE, VISIT, Index, TimetableProblem

_WIDTHS = (50, 500, 4_000)
"""Paths that are followed from a day to the next, at most: one try after another."""
_SPARED = (0, 2)
"""Days of silence that those of the last rank may have beyond what each would have alone: one try after another."""
_MAX_STATES = 1 << STATE_BITS
_CONTACT, _VISIT, _STANDS = 1 << 16, 1 << 8, 1
"""Worth of a contact, of a visit beside that, of one that stays: a month has fewer of each than make up the next."""
_WITHOUT_END = 1 << 20
"""Days on end without a contact that are none too many."""


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """All that each day of a volunteer's month can hold."""

    codes: NDArray[np.int8]
    """Slot and kind, or NONE, (ways, pairs)."""
    day: Index
    """The day of each, in order, (ways,)."""


@dataclass(frozen=True, slots=True)
class ExactMonth:
    """A month, (pairs, days), and whether every goal of it is proved."""

    grid: Grid
    proved: bool


def search_month(problem: TimetableProblem, ways: Ways, grid: Grid, alone: Missed) -> ExactMonth | None:
    """Return the best month of a problem's one volunteer that was found; None: there is none, or too much to search.

    ``alone`` is what each elder would miss at least without the others; of as good months it is the one that changes
    fewest contacts of ``grid``.
    """
    stands = (ways.codes == grid.T[ways.day]) & (ways.codes != NONE)
    kinds = np.where(ways.codes >= 0, ways.codes % 2 + 1, 0).astype(np.int8)
    worth = (_CONTACT * (kinds > 0) + _VISIT * (kinds == VISIT + 1) + _STANDS * stands).sum(axis=1)
    half = kinds.shape[1] // 2
    parts = (kinds[:, :half], kinds[:, half:])
    head, tail = (part @ ACTIONS ** np.arange(part.shape[1])[::-1] for part in parts)
    days = Days(kinds, head, tail, worth, np.searchsorted(ways.day, np.arange(problem.n_days + 1)))
    for spared in _SPARED:
        found = _list_months(problem, kinds, ways.day, grid, alone, spared)
        best, proved = (None, False) if found is None else _search(*found, days)
        if best is not None:
            return ExactMonth(np.ascontiguousarray(ways.codes[best].T), proved)
    return None


def _search(graphs: Graphs, first: int, days: Days) -> tuple[Index | None, bool]:
    """Return the ways of the month worth most that was found, or None, and whether none holds more."""
    size = days.kinds.shape[1]
    states = first >> STATE_BITS * np.arange(size)[::-1] & (_MAX_STATES - 1)
    most = int(graphs.best[np.arange(size), 0, states].sum())
    known, best, proved = WORTHLESS, None, False
    for width in _WIDTHS:
        chosen = np.empty(len(days.start) - 1, dtype=np.int64)
        value, is_whole = follow_paths(first, graphs, days, known, width, chosen)
        if value > WORTHLESS:
            known, best = value, chosen
        proved = best is not None and (is_whole or known // _VISIT == most // _VISIT)
        if proved or is_whole or best is None:  # where none is found soon there most likely is none
            break
    return best, proved


def _list_months(
    problem: TimetableProblem, kinds: Grid, day: Index, grid: Grid, alone: Missed, spared: int
) -> tuple[Graphs, int] | None:
    """Return the graphs of the elders' own months, and all their first states as one number."""
    pairs, week, n_days = problem.pairs, problem.shared.week, problem.n_days
    graphs = Graphs(
        np.empty((len(pairs), n_days, _MAX_STATES, ACTIONS), dtype=np.int16),
        np.empty((len(pairs), n_days + 1, _MAX_STATES), dtype=np.int64),
    )
    in_week = (week[:, None] == np.arange(problem.n_weeks)).astype(np.int64)
    left = [
        np.maximum(due - had.astype(np.int64) @ in_week, 0)[:, week]
        for due, had in ((pairs.due, pairs.fixed_kind >= 0), (pairs.visits_due, pairs.fixed_kind == VISIT))
    ]
    is_due, begin = np.asarray(pairs.due.any(axis=1)), find_silence_start(pairs)
    spare = np.where(is_due & (pairs.rank == pairs.rank[is_due].max(initial=0)), spared, 0)
    actions = np.arange(ACTIONS)
    may = np.zeros((len(pairs), n_days, ACTIONS), dtype=np.bool_)
    may[np.arange(len(pairs)), day[:, None], kinds] = True
    may[:, :, 1:] &= (pairs.fixed_kind == NONE)[:, :, None]
    was = np.where(grid >= 0, grid % 2 + 1, NONE)
    worth = _CONTACT * (actions > 0) + _VISIT * (actions == VISIT + 1) + _STANDS * (was[:, :, None] == actions)
    own = OwnDays(
        may,
        make_plain(worth),
        make_plain(pairs.fixed_kind, np.int8),
        np.stack(left, axis=2),
        np.diff(week, append=-1) != 0,
    )
    aims = {
        "begin": begin,
        "gap": np.where(is_due, pairs.max_gap, _WITHOUT_END),
        "end": pairs.on_programme[:, 1],
        "silent": alone.silent_days + spare,
        "spared": spare,
        "visits": np.maximum(pairs.least_visits - alone.visits, 0),
        "week_contacts": left[0].max(axis=1),
        "week_visits": left[1].max(axis=1),
    }
    first = list_own_months(own, make_plain(np.column_stack([aims[name] for name in Aim._fields])), graphs)
    return None if first < 0 else (graphs, first)
