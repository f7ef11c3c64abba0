"""The month of a volunteer in which every elder's floors are kept as well as if there were nobody else.

No month misses less, so of these it is the one with the most contacts, then visits, then contacts that stay as they
were: goal by goal what ``exact_month.py`` seeks, for a fraction of the time. Nearly all volunteers have such a month.

It is found by dynamic programming day by day (``kernels/own_months.py``): first with few paths from day to day, those
that may be worth most, then with more, which may only be worth more than what is known. Where no path had to be left
out the best is proved, and where it holds as many contacts, and visits, as the elders could have each alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.timetable.floors import Grid, Missed, find_silence_start
from matcher.timetable.kernels.arrays import make_arrays, make_plain
from matcher.timetable.kernels.whole_months import NOT_FOUND, PROVED, Floors, search_months
from matcher.timetable.problem import Index, Mask, TimetableProblem

_WIDTHS = (50, 500, 4_000)
"""Paths that are followed from a day to the next, at most: one try after another."""


@dataclass(frozen=True, slots=True)
class WholeMonths:
    """Months of volunteers, each planned as a whole."""

    grid: Grid
    """(pairs, days)."""
    proved: Mask
    """Of the volunteers asked about those of whom no month holds more that keeps the floors as if each were alone."""


def search_whole_months(problem: TimetableProblem, which: Index, grid: Grid, alone: Missed) -> WholeMonths:
    """Return ``grid`` with the best month that is found in place of that of each of the volunteers ``which``.

    ``alone`` is what each elder would miss at least without the others; of as good months it is the one that changes
    fewest contacts of ``grid``.
    """
    pairs = problem.pairs
    begin = find_silence_start(pairs)
    floors = Floors(*(make_plain(each) for each in (pairs.rank, begin, alone.visits, alone.silent_days)))
    best, outcomes = np.array(grid, dtype=np.int8), np.full(len(which), NOT_FOUND, dtype=np.int64)
    search_months(best, make_plain(which), outcomes, floors, np.array(_WIDTHS, dtype=np.int64), *make_arrays(problem))
    return WholeMonths(best, outcomes == PROVED)
