"""The exact month of one volunteer: floors first, rank by rank, then contacts, then visits, each proved.

Weeks depend on each other in the floors, so whoever misses one is planned as a whole: a choice among all that each day
can hold (``kernels/day_patterns.py``). Nearly always the floors can be kept as well as if each elder were alone, and
then a search finds the month (``month_search.py``). Otherwise it is sought by HiGHS, one goal after another
(lexicographic optimisation), each kept while the next is sought. Where a goal is at its bound already nothing is
solved.

There the choice is a set partitioning: a column for each way of each day. Its linear relaxation nearly always proves
the known month, or another vertex of what it leaves is a month; only otherwise is it branched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csc_array, csr_array, vstack

from matcher.timetable.floors import RANKS, Grid, Missed, find_silence_start, measure_missed, sum_by_rank
from matcher.timetable.kernels.arrays import make_arrays
from matcher.timetable.kernels.own_months import MAX_ELDERS
from matcher.timetable.kernels.week_search import list_day_patterns
from matcher.timetable.kernels.whole_months import MAX_WAYS
from matcher.timetable.problem import NONE, VISIT, Index, Mask, TimetableProblem

Reals = NDArray[np.float64]
_linprog: Any = linprog  # its stubs know no sparse rows
_NODES = 200
"""Nodes of the branching for one step, at most: the same on any machine."""
_MAX_BRANCHED = 3_000
"""Columns of a program that is branched on, at most: one of 2,800 took 0.7 s, one of 5,300 7 s."""
_ABOVE_ALL = 256
"""What one of a goal is worth beside the goal after it: a month has fewer contacts than this, and fewer silent days."""
_NEARLY_WHOLE = 1e-6
_INFEASIBLE = 2
"""The status of HiGHS where no columns keep all rows."""
_STEP = 2
"""Goals that are sought together: least visits and silence of a rank, contacts and visits."""


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


def solve_exact_month(problem: TimetableProblem, grid: Grid, alone: Missed, *, branches: bool = True) -> ExactMonth:
    """Return the best month of the one volunteer of a problem by an integer program, no worse than ``grid``.

    ``alone`` is what each elder misses of the floors at least, without the others. Without ``branches`` a relaxation
    that is not whole is only rounded: branching may take seconds.
    """
    ways = list_ways(problem, grid)
    if ways is None:
        return ExactMonth(grid, proved=False)
    return _Model(problem, ways, branches=branches).solve(grid, sum_by_rank(alone, problem)[0].tolist())


def list_ways(problem: TimetableProblem, grid: Grid) -> Ways | None:
    """Return all that each day of the month can hold, or None where that is too much.

    Of ways that differ only in slots it is the one of ``grid``, a month that can be, or any.
    """
    size = len(problem.pairs)
    if not 0 < size <= MAX_ELDERS:
        return None
    codes = np.empty((problem.n_days, 3**size, size), dtype=np.int8)
    counts = np.zeros(problem.n_days, dtype=np.int64)
    if not 0 <= list_day_patterns(codes, counts, *make_arrays(problem)) <= MAX_WAYS:
        return None
    listed, day = (
        np.concatenate([codes[d, : counts[d]] for d in range(problem.n_days)]),
        np.repeat(np.arange(problem.n_days), counts),
    )
    was = grid.T[day]
    alike = (_find_kinds(listed) == _find_kinds(was)).all(axis=1)
    listed[alike] = was[alike]
    return Ways(listed, day)


def _find_kinds(codes: Grid) -> Grid:
    """Return the kinds of contacts, or NONE."""
    return np.where(codes >= 0, codes % 2, NONE).astype(np.int8)


class _Relaxed(NamedTuple):
    """The linear relaxation of a program."""

    shares: Reals
    reduced_cost: Reals
    """Cost that 1 of each column without a share adds to the program at least."""


@dataclass(frozen=True, slots=True, eq=False)
class _Program:
    """An integer program: columns between 0 and what each is at most, rows between two limits."""

    cost: Reals
    rows: csc_array
    least: Reals
    most: Reals
    upper: Reals

    def solve(
        self, fixed: Mask | None = None, ones: Index | None = None, *, is_whole: bool = False
    ) -> tuple[Reals | None, bool]:
        """Return the columns that HiGHS finds, whole or shares of them, and whether nothing is better.

        Columns that are ``fixed`` are left out of what it sees: they are 0, but for those of ``ones``.
        """
        shares = np.zeros(len(self.cost))
        free = np.arange(len(shares)) if fixed is None else np.flatnonzero(~fixed)
        if ones is not None:
            shares[ones] = 1
        taken = self.rows @ shares
        result = milp(
            self.cost[free],
            integrality=np.full(len(free), is_whole, dtype=np.int64),
            bounds=Bounds(0, self.upper[free]),
            constraints=LinearConstraint(self.rows[:, free], self.least - taken, self.most - taken),
            options={"mip_rel_gap": 0.0, "node_limit": _NODES},
        )
        if result.x is None:
            return None, result.status == _INFEASIBLE
        shares[free] = result.x
        return shares, result.status == 0

    def relax(self) -> _Relaxed | None:
        """Return the best shares of the columns; None: none keep the rows."""
        even, below, above = self.least == self.most, np.isfinite(self.most), np.isfinite(self.least)
        result = _linprog(
            self.cost,
            vstack([self.rows[below & ~even], -self.rows[above & ~even]]),
            np.concatenate([self.most[below & ~even], -self.least[above & ~even]]),
            self.rows[even],
            self.most[even],
            np.column_stack([np.zeros(len(self.cost)), self.upper]),
            method="highs-ds",
            options={"presolve": False},  # it takes longer than it saves: half of all that programs took
        )
        return _Relaxed(result.x, result.lower.marginals + result.upper.marginals) if result.status == 0 else None

    def limit(self, most: float, cost: Reals) -> _Program:
        """Return the program with another cost in which its own comes to no more than so much."""
        rows = vstack([self.rows, csr_array(self.cost[None])], format="csc")
        return _Program(cost, rows, np.append(self.least, -np.inf), np.append(self.most, most), self.upper)


class _Model:
    """The month as an integer program: a column for each way of a day, then what is missed of the floors.

    Attributes:
        codes: What the ways are, (ways, pairs): slot and kind, or NONE.
        day: The day of each.
        goals: What to make as small as can be, the weightiest first, (goals, columns): least visits and silence by
            rank, contacts, visits.
        offset: What the goals are worth beside their columns.
    """

    def __init__(self, problem: TimetableProblem, ways: Ways, *, branches: bool = True) -> None:
        codes, day = ways.codes, ways.day
        self._problem, self._branches, self.codes, self.day = problem, branches, codes, day
        self._kinds = _find_kinds(codes)
        self._rows: list[csr_array] = []
        self._least: list[Reals] = []
        self._most: list[Reals] = []
        self._n_columns = len(day)
        self._upper = [np.ones(len(day))]
        self._add_days()
        self._add_weeks()
        missing_visits = self._add_least_visits()
        silent, silent_before = self._add_silence()
        self.goals = np.zeros((2 * RANKS + 2, self._n_columns))
        self.offset = np.zeros(len(self.goals), dtype=np.int64)
        for e, rank in enumerate(problem.pairs.rank.tolist()):
            self.goals[2 * rank, missing_visits[e]] = 1
            self.goals[2 * rank + 1, silent[e]] = 1
            self.offset[2 * rank + 1] += silent_before[e]
        self.goals[-2, : len(day)] = -(self._kinds != NONE).sum(axis=1)
        self.goals[-1, : len(day)] = -(self._kinds == VISIT).sum(axis=1)

    def solve(self, grid: Grid, bounds: Sequence[int]) -> ExactMonth:
        """Solve one step after another from a month that is known; goals at their bounds are proved as they are.

        Of the best months it is the one that changes as few contacts of the known one as a search finds: that one keeps
        what was promised and what people are used to.
        """
        begun, known, proved = grid, self.measure(grid), True
        for first in range(0, len(self.goals), _STEP):
            goals = slice(first, first + _STEP)
            if first >= len(bounds) or (known[goals] > bounds[goals]).any():
                worth = _ABOVE_ALL ** np.arange(_STEP)[::-1]
                to_beat = int(worth @ (known[goals] - self.offset[goals]))
                found, is_proved = self._minimise(worth @ self.goals[goals], to_beat, grid)
                proved = proved and is_proved
                if found is not None and tuple(self.measure(found)) < tuple(known):
                    grid, known = found, self.measure(found)
                if not is_proved:  # what comes later is less
                    break
            self._add_rows(csr_array(self.goals[goals]), -np.inf, known[goals] - self.offset[goals])
        if proved and (grid != begun).any():
            stands = int(((grid == begun) & (grid != NONE)).sum())
            found, _ = self._minimise(self._count_standing(begun), -stands, begun)
            grid = grid if found is None else found
        return ExactMonth(grid, proved)

    def _count_standing(self, grid: Grid) -> Reals:
        """Return what each column costs where a contact that stands as in ``grid`` is worth 1."""
        cost = np.zeros(self._n_columns)
        stands = (self.codes == grid.T[self.day]) & (self.codes != NONE)
        cost[: len(self.day)] = -stands.sum(axis=1)
        return cost

    def measure(self, grid: Grid) -> Index:
        """Return what a month, (pairs, days), comes to by each goal."""
        floors = measure_missed(grid, self._problem.pairs)
        rank = self._problem.pairs.rank
        by_rank = [int(part[rank == r].sum()) for r in range(RANKS) for part in (floors.visits, floors.silent_days)]
        contacts, visits = int((grid >= 0).sum()), int(((grid >= 0) & (grid % 2 == VISIT)).sum())
        return np.array([*by_rank, -contacts, -visits])

    def _minimise(self, cost: Reals, to_beat: int, known: Grid) -> tuple[Grid | None, bool]:
        """Return the cheapest month found, and whether no month costs less than both it and ``to_beat``.

        All costs are whole. Columns whose reduced costs say that no month with them costs less than ``to_beat`` are
        left out. Of all shares that cost no more than the relaxation, rounded up, those that keep most of the ``known``
        month are nearly always whole. Otherwise they are rounded a few days at a time, and solved again for the days
        that are left (diving), and so is the relaxation itself. What fails there too is branched on.
        """
        program = _Program(
            cost,
            vstack([self._widen(part) for part in self._rows], format="csc"),
            np.concatenate(self._least),
            np.concatenate(self._most),
            np.concatenate(self._upper),
        )
        relaxed = program.relax()
        if relaxed is None:
            return None, False
        least, slack = float(cost @ relaxed.shares), _NEARLY_WHOLE * _ABOVE_ALL
        bound = float(np.ceil(least - slack))
        if bound >= to_beat:
            return None, True
        program = replace(program, upper=np.where(relaxed.reduced_cost > to_beat - 1 - least + slack, 0, program.upper))
        for aim in (self._count_standing(known), cost):
            cheap = program.limit(bound + slack, aim)
            begun = relaxed if aim is cost else cheap.relax()
            for share_of_days in (0.5, 0.0):
                chosen = None if begun is None else self._dive(cheap, begun.shares, share_of_days)
                if chosen is not None:
                    return np.ascontiguousarray(self.codes[chosen].T), True
        branches = self._branches and np.count_nonzero(program.upper) <= _MAX_BRANCHED
        found, proved = program.solve(is_whole=True) if branches else (None, False)
        if found is None:
            return None, proved
        return np.ascontiguousarray(self.codes[np.flatnonzero(found[: len(self.day)] > 0.5)].T), proved

    def _dive(self, program: _Program, relaxed: Reals, share_of_days: float) -> Index | None:
        """Return a way of each day that keeps the rows of a program; None: none was found.

        A share of the days that are not whole, and one at least, is rounded to the way that has most of each, those
        that have most of one first.
        """
        ways, n_days = len(self.day), self._problem.n_days
        while True:  # invariant: the days that are whole stay as they are, and they become more
            most = np.zeros(n_days)
            np.maximum.at(most, self.day, relaxed[:ways])
            whole = most > 1 - _NEARLY_WHOLE
            if whole.all():
                return np.flatnonzero(relaxed[:ways] > 1 - _NEARLY_WHOLE)
            open_days = np.flatnonzero(~whole)
            rounded = open_days[np.argsort(-most[open_days], kind="stable")]
            whole[rounded[: max(1, int(share_of_days * len(rounded)))]] = True
            fixed = np.zeros(len(relaxed), dtype=bool)
            fixed[:ways] = whole[self.day]
            chosen = np.lexsort((-relaxed[:ways], self.day))[np.searchsorted(self.day, np.flatnonzero(whole))]
            shares, _ = program.solve(fixed, chosen)
            if shares is None:
                return None
            relaxed = shares

    def _widen(self, rows: csr_array) -> csr_array:
        """Return rows with all columns that there are."""
        return csr_array((rows.data, rows.indices, rows.indptr), shape=(rows.shape[0], self._n_columns))

    def _add_rows(self, rows: csr_array, least: float | Reals | Index, most: float | Reals | Index) -> None:
        """Add constraints."""
        self._rows.append(rows)
        for part, limit in ((self._least, least), (self._most, most)):
            part.append(np.broadcast_to(np.asarray(limit, dtype=float), rows.shape[:1]))

    def _add_columns(self, upper: Index) -> Index:
        """Add columns between 0 and what each is at most; return their indices."""
        first, self._n_columns = self._n_columns, self._n_columns + len(upper)
        self._upper.append(upper.astype(float))
        return np.arange(first, self._n_columns)

    def _add_days(self) -> None:
        """Add that each day holds one of its ways."""
        ways = np.arange(len(self.day))
        rows = coo_array((np.ones(len(ways)), (self.day, ways)), shape=(self._problem.n_days, len(ways)))
        self._add_rows(rows.tocsr(), 1, 1)

    def _add_weeks(self) -> None:
        """Add that no week holds more contacts, or visits, than are due."""
        pairs, week = self._problem.pairs, self._problem.shared.week
        n_weeks = pairs.due.shape[1]
        in_week = week == np.arange(n_weeks)[:, None]
        for due, had, made in (
            (pairs.due, pairs.fixed_kind >= 0, self._kinds != NONE),
            (pairs.visits_due, pairs.fixed_kind == VISIT, self._kinds == VISIT),
        ):
            left = np.maximum(due - had.astype(np.int64) @ in_week.T, 0)
            way, e = np.nonzero(made)
            row = e * n_weeks + week[self.day[way]]
            rows = coo_array((np.ones(len(way)), (row, way)), shape=(left.size, self._n_columns))
            self._add_rows(rows.tocsr(), -np.inf, left.ravel())

    def _add_least_visits(self) -> Index:
        """Add how many visits each elder misses of the least; return the columns, (pairs,)."""
        pairs = self._problem.pairs
        missing = self._add_columns(pairs.least_visits)
        way, e = np.nonzero(self._kinds == VISIT)
        row, column = np.append(e, np.arange(len(pairs))), np.append(way, missing)
        rows = coo_array((np.ones(len(row)), (row, column)), shape=(len(pairs), self._n_columns))
        self._add_rows(rows.tocsr(), pairs.least_visits - (pairs.fixed_kind == VISIT).sum(axis=1), np.inf)
        return missing

    def _add_silence(self) -> tuple[list[Index], list[int]]:
        """Add a column for each run of days, one longer than the longest gap, 1 where it holds no contact.

        A gap of n days holds n less the longest gap such runs, so their number is that of silent days. Return each
        elder's columns, and the runs that end before the month: these are silent whatever is planned.
        """
        pairs, begin = self._problem.pairs, find_silence_start(self._problem.pairs)
        columns: list[Index] = []
        before: list[int] = []
        for e in range(len(pairs)):
            gap, end, start = int(pairs.max_gap[e]), int(pairs.on_programme[e, 1]), int(begin[e])
            first = np.arange(max(start + 1, -gap), end - gap + 1)
            fixed = np.flatnonzero(pairs.fixed_kind[e] >= 0)[:, None]
            first = first[~((first <= fixed) & (fixed <= first + gap)).any(axis=0)]
            if not pairs.due[e].any():
                first = first[:0]
            columns.append(self._add_columns(np.ones(len(first), dtype=np.int64)))
            before.append(max(-gap - 1 - start, 0) if pairs.due[e].any() else 0)
            made = np.flatnonzero(self._kinds[:, e] != NONE)
            run, which = np.nonzero((first[:, None] <= self.day[made]) & (self.day[made] <= first[:, None] + gap))
            row, column = np.append(run, np.arange(len(first))), np.append(made[which], columns[-1])
            rows = coo_array((np.ones(len(row)), (row, column)), shape=(len(first), self._n_columns))
            self._add_rows(rows.tocsr(), 1, np.inf)
        return columns, before
