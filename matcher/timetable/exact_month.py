"""The exact month of one volunteer: floors first, rank by rank, then contacts, then visits, each proved by CP-SAT.

Weeks depend on each other in the floors, so whoever misses one is planned as a whole: a choice among all that each day
can hold (``kernels/day_patterns.py``), one goal after another (lexicographic optimisation), each kept while the next
is sought. Where a goal is at its bound already nothing is solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from matcher.timetable.floors import RANKS, Grid, find_silence_start, measure_missed
from matcher.timetable.kernels.arrays import make_arrays
from matcher.timetable.kernels.week_search import list_day_patterns
from matcher.timetable.problem import NONE, VISIT, Index, PairData, TimetableProblem

_MAX_ELDERS, _MAX_PATTERNS = 7, 3**7
_MAX_CHOICES = 12_000
"""Ways of all days together that are put into one model, at most."""
_EFFORT = 1.0
"""Units of the solver for one goal, each about 1.3 seconds of one processor, the same on any machine."""
_SEED = 1


@dataclass(frozen=True, slots=True)
class ExactMonth:
    """A month, (pairs, days), and whether every goal of it is proved."""

    grid: Grid
    proved: bool


def solve_exact_month(problem: TimetableProblem, grid: Grid, bounds: Sequence[int]) -> ExactMonth:
    """Return the best month of the one volunteer of a problem, no worse than ``grid``.

    ``bounds`` are what the goals of ``floors.sum_by_rank`` cannot be below.
    """
    model = _Model.build(problem)
    if model is None:
        return ExactMonth(grid, proved=False)
    return model.solve(grid, bounds)


@dataclass(frozen=True, slots=True)
class _Goal:
    """Something to make as small as can be."""

    what: str
    rank: int
    expression: cp_model.LinearExprT
    pairs: PairData

    def measure(self, kinds: Index) -> int:
        """Return what a month, (pairs, days), comes to."""
        if self.what == "contacts":
            return -int((kinds >= 0).sum())
        if self.what == "of which visits":
            return -int((kinds == VISIT).sum())
        missed = measure_missed(kinds.astype(np.int8), self.pairs)
        part = missed.visits if self.what == "least visits" else missed.silent_days
        return int(part[self.pairs.rank == self.rank].sum())


class _Model:
    """The month as a CP-SAT model."""

    def __init__(self, problem: TimetableProblem, patterns: list[list[tuple[int, ...]]]) -> None:
        self._problem, self._model = problem, cp_model.CpModel()
        self._patterns = patterns
        pairs = problem.pairs
        self._size, self._days = len(pairs), problem.n_days
        self._fixed = pairs.fixed_kind
        kinds = [[tuple(code % 2 if code >= 0 else NONE for code in way) for way in day] for day in patterns]
        self._codes = [dict(zip(day, ways, strict=True)) for day, ways in zip(kinds, patterns, strict=True)]
        self._made: dict[tuple[int, int, int], cp_model.IntVar] = {}
        for day, ways in enumerate(kinds):
            self._add_day(day, ways)
        self._add_weeks()
        self.goals = self._make_goals()

    @classmethod
    def build(cls, problem: TimetableProblem) -> _Model | None:
        """Return the model, or None where it would be too large."""
        size = len(problem.pairs)
        if not 0 < size <= _MAX_ELDERS:
            return None
        codes = np.empty((problem.n_days, min(3**size, _MAX_PATTERNS), size), dtype=np.int8)
        counts = np.zeros(problem.n_days, dtype=np.int64)
        list_day_patterns(codes, counts, *make_arrays(problem))
        if (counts < 0).any() or counts.sum() > _MAX_CHOICES:
            return None
        return cls(problem, [list(map(tuple, codes[d, : counts[d]].tolist())) for d in range(problem.n_days)])

    def solve(self, grid: Grid, bounds: Sequence[int]) -> ExactMonth:
        """Solve one goal after another from a month that is known; a goal at its bound is proved as it is."""
        kinds, proved = np.where(grid >= 0, grid % 2, NONE).astype(np.int64), True
        for goal, bound in zip(self.goals, [*bounds, None, None], strict=True):
            value = goal.measure(kinds)
            if bound is None or value > bound:
                found, is_proved = self._minimise(goal.expression, kinds)
                proved = proved and is_proved
                if found is not None and goal.measure(found) < value:
                    kinds, value = found, goal.measure(found)
                if not is_proved:  # what comes later is less
                    break
            self._model.add(goal.expression <= value)
        out = np.full_like(grid, NONE)
        for day in range(self._days):
            out[:, day] = self._codes[day][tuple(kinds[:, day].tolist())]
        return ExactMonth(out, proved)

    def _minimise(self, expression: cp_model.LinearExprT, kinds: Index) -> tuple[Index | None, bool]:
        """Return the best kinds found, (pairs, days), and whether they are proved the best."""
        self._model.minimize(expression)
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        for (e, d, kind), variable in self._made.items():
            self._model.add_hint(variable, int(kinds[e, d] == kind))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = _SEED
        solver.parameters.max_deterministic_time = _EFFORT
        # the solver's handler would outlive it and end the program where the user only stops it
        solver.parameters.catch_sigint_signal = False
        status = solver.solve(self._model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, False
        found = np.full_like(kinds, NONE)
        for (e, d, kind), variable in self._made.items():
            if solver.boolean_value(variable):
                found[e, d] = kind
        return found, status == cp_model.OPTIMAL

    def _add_day(self, day: int, ways: list[tuple[int, ...]]) -> None:
        """Add what the day can hold: one of its ways, and each contact that it has."""
        chosen = {way: self._model.new_bool_var("") for way in ways}
        self._model.add_exactly_one(chosen.values())
        for e in range(self._size):
            for kind in range(2):
                having = [variable for way, variable in chosen.items() if way[e] == kind]
                if having:
                    self._made[e, day, kind] = self._model.new_bool_var("")
                    self._model.add(sum(having) == self._made[e, day, kind])

    def _add_weeks(self) -> None:
        """Add that no week holds more contacts, or visits, than are due."""
        pairs, week = self._problem.pairs, self._problem.shared.week
        for e in range(self._size):
            for number in range(pairs.due.shape[1]):
                days = set(np.flatnonzero(week == number).tolist())
                here = self._fixed[e, week == number]
                left = max(int(pairs.due[e, number]) - int((here >= 0).sum()), 0)
                visits_left = max(int(pairs.visits_due[e, number]) - int((here == VISIT).sum()), 0)
                made = [(kind, v) for (f, d, kind), v in self._made.items() if f == e and d in days]
                self._model.add(sum(v for _, v in made) <= left)
                self._model.add(sum(v for kind, v in made if kind == VISIT) <= visits_left)

    def _make_goals(self) -> list[_Goal]:
        """Return the goals, the weightiest first."""
        pairs, begin = self._problem.pairs, find_silence_start(self._problem.pairs)
        visits: list[list[cp_model.LinearExprT]] = [[] for _ in range(RANKS)]
        silent: list[list[cp_model.LinearExprT]] = [[] for _ in range(RANKS)]
        for e in range(self._size):
            rank = int(pairs.rank[e])
            missing = self._model.new_int_var(0, int(pairs.least_visits[e]), "")
            fixed = int((self._fixed[e] == VISIT).sum())
            made = sum(v for (f, _, kind), v in self._made.items() if f == e and kind == VISIT)
            self._model.add(missing >= int(pairs.least_visits[e]) - fixed - made)
            visits[rank].append(missing)
            if pairs.due[e].any():
                silent[rank] += self._add_silence(e, int(begin[e]))
        goals = []
        for rank in range(RANKS):
            goals.append(_Goal("least visits", rank, sum(visits[rank]), pairs))
            goals.append(_Goal("silence", rank, sum(silent[rank]), pairs))
        goals.append(_Goal("contacts", -1, -sum(self._made.values()), pairs))
        of_visits = -sum(v for (_, _, kind), v in self._made.items() if kind == VISIT)
        return [*goals, _Goal("of which visits", -1, of_visits, pairs)]

    def _add_silence(self, e: int, begin: int) -> list[cp_model.LinearExprT]:
        """Return a variable for each run of days, one longer than the longest gap, 1 where it holds no contact.

        A gap of n days holds n less the longest gap such runs, so their number is that of silent days. Runs that end
        before the month are silent whatever is planned: their number comes last.
        """
        gap, end = int(self._problem.pairs.max_gap[e]), int(self._problem.pairs.on_programme[e, 1])
        found: list[cp_model.LinearExprT] = []
        for first in range(max(begin + 1, -gap), end - gap + 1):
            days = range(max(first, 0), first + gap + 1)
            if any(self._fixed[e, d] >= 0 for d in days):
                continue
            silent = self._model.new_bool_var("")
            made = [self._made[e, d, kind] for d in days for kind in range(2) if (e, d, kind) in self._made]
            self._model.add(sum(made) + silent >= 1)
            found.append(silent)
        return [*found, max(-gap - 1 - begin, 0)]
