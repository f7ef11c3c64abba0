"""The solver: the months of all volunteers, in parts, in threads; and for those who may be served short, proofs.

1. Coordinate descent: a volunteer's elders in turn, each with the best month beside the others'
   (``kernels/coordinate_descent.py``).
2. Weeks that hold less than a bound are searched whole, and filled (``kernels/week_search.py``); then descent again.
3. Months that miss floors which they could keep are planned as a whole, by a search; where it does not do, and those
   are not too many, by an integer program (``exact_month.py``).
4. What no month can be worth more than (``kernels/bounds.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import get_num_threads
from numpy.typing import NDArray

from matcher.timetable.floors import RANKS, Missed, bound_missed, measure_missed, sum_by_rank
from matcher.timetable.kernels import coordinate_descent
from matcher.timetable.kernels.arrays import ProblemArrays, make_arrays
from matcher.timetable.kernels.coordinate_descent import evaluate_months, improve_by_coordinate_descent
from matcher.timetable.kernels.week_search import CONTACT_UNIT, UNPRICED, fill_weeks
from matcher.timetable.kernels.weekly_patterns import MAX_PATTERNS
from matcher.timetable.month_search import search_whole_months
from matcher.timetable.objective import MISSING_VISIT, SILENT_DAY
from matcher.timetable.problem import NONE, VISIT, Index, Mask, SharedArrays, TimetableProblem

Grid = NDArray[np.int8]
"""A plan, (pairs, days) of ``2 * slot + kind`` or NONE."""

_NOT_AS_FULL = -1
"""In place of the weeks that are not proved: the floors leave fewer contacts than the weeks could hold."""
_MOST_PROGRAMS = 12
"""Volunteers whose month is sought by an integer program, at most: those who miss most."""
_PART = 200
"""Volunteers planned in one go, at most."""
_MOST_BRANCHED = 4
"""Volunteers left without a proof, at most, for whom programs are branched on: that may take a second each."""
VISIT_UNITS = CONTACT_UNIT + 1
"""A visit, as ``compute_most_held`` counts contacts."""


@dataclass(frozen=True, slots=True, eq=False)
class TimetableSolution:
    """A plan, and how good it is, by volunteer."""

    grid: Grid
    points: Index
    bound: Index
    """What no month of the volunteer's is worth more than: see ``kernels/bounds.py``."""
    unproven: int
    """Volunteers of whom a week could not be searched whole."""


def solve_timetable(
    problem: TimetableProblem, on_progress: Callable[[int], None], workers: int | None = None
) -> TimetableSolution:
    """Return the best months that were found; ``on_progress`` is called with each number of pairs done."""
    from matcher.timetable.exact_month import solve_exact_month  # noqa: PLC0415 - its solver takes long to load

    grid = _make_empty_grid(problem)
    points = np.zeros(problem.n_volunteers, dtype=np.int64)
    bound, unproven, most = np.zeros_like(points), np.zeros_like(points), np.zeros_like(points)
    more = np.zeros((len(points), 2 * RANKS), dtype=np.int64)
    alone = Missed(*np.zeros((2, len(grid)), dtype=np.int64))

    def solve_part(first: int, end: int) -> None:
        """Fill the rows of some volunteers."""
        rows, here = slice(problem.pair_start[first], problem.pair_start[end]), slice(first, end)
        part = problem.select_volunteers(first, end)
        least = np.zeros((part.n_volunteers, part.n_weeks), dtype=np.int64)
        arrays, most[here] = _fill_months(part, grid[rows], unproven[here], least, MAX_PATTERNS)
        for column, fewest in zip(alone, _bound_alone(grid[rows], part), strict=True):
            column[rows] = fewest
        own_alone = alone.select(rows)
        more[here] = _count_in_vain(grid[rows], own_alone, part)
        # a month that misses nothing in vain is proved as it is
        which = np.flatnonzero((more[here] != 0).any(axis=1) | (unproven[here] < 0))
        months = search_whole_months(part, which, grid[rows], own_alone)
        proved = _find_pairs_of(which[months.proved], part)
        grid[rows][proved] = months.grid[proved]
        _take_months(grid[rows], months.grid, part)
        unproven[first + which] = ~months.proved
        improve_months(first, part, which)
        evaluate_months(grid[rows], most[here], points[here], bound[here], *arrays)

    def improve_months(first: int, part: TimetableProblem, which: Index) -> None:
        """Make months of some of a part's volunteers that were planned as a whole as good as they can be."""
        arrays, shared = make_arrays(part)
        rows = slice(problem.pair_start[first], problem.pair_start[first + part.n_volunteers])
        better = grid[rows].copy()
        improve_by_coordinate_descent(better, which, MAX_PATTERNS, arrays, _put_floors_first(shared))
        _take_months(grid[rows], better, part, if_as_many=True)
        more[first : first + part.n_volunteers] = _count_in_vain(grid[rows], alone.select(rows), part)

    def plan_by_program(v: int, *, branches: bool) -> None:
        """Plan a volunteer's month by an integer program."""
        rows, here = slice(problem.pair_start[v], problem.pair_start[v + 1]), slice(v, v + 1)
        part = problem.select_volunteers(v, v + 1)
        exact = solve_exact_month(part, grid[rows], alone.select(rows), branches=branches)
        grid[rows], unproven[v] = exact.grid, not exact.proved
        improve_months(v, part, np.zeros(1, np.int64))
        evaluate_months(grid[rows], most[here], points[here], bound[here], *make_arrays(part))

    _run_in_parts(problem, solve_part, on_progress, workers)
    missing = np.flatnonzero(unproven > 0)
    missing = missing[np.lexsort((missing, *(-more[missing]).T[::-1]))]  # who misses most comes first, by rank
    with ThreadPoolExecutor(workers or get_num_threads()) as pool:
        list(pool.map(partial(plan_by_program, branches=False), missing[:_MOST_PROGRAMS].tolist()))
        left = np.flatnonzero(unproven > 0)
        if len(left) <= _MOST_BRANCHED:
            list(pool.map(partial(plan_by_program, branches=True), left.tolist()))
    return TimetableSolution(grid, points, bound, int((unproven > 0).sum()))


def compute_most_held(problem: TimetableProblem, least: Index | None = None) -> Index:
    """Return the most contacts, and then visits, that each volunteer's weeks hold beside what is fixed, (V, weeks).

    A contact counts CONTACT_UNIT and a visit 1 more. It is what the months of ``solve_timetable`` hold, for a fraction
    of the time: no points are sought. With ``least``, (V, weeks), a week that can hold so much holds it, but perhaps
    no more. As there, an answer is a month that was found, and where not all could be searched there may be a fuller
    one.
    """
    grid = _make_empty_grid(problem)
    held = np.zeros((problem.n_volunteers, problem.n_weeks), dtype=np.int64)
    least = np.full_like(held, UNPRICED) if least is None else least

    def measure_part(first: int, end: int) -> None:
        """Fill the rows of some volunteers."""
        rows = slice(problem.pair_start[first], problem.pair_start[end])
        part = problem.select_volunteers(first, end)
        _fill_months(part, grid[rows], np.zeros(end - first, dtype=np.int64), least[first:end], 0)
        held[first:end] = _count_by_week(grid[rows], part)

    _run_in_parts(problem, measure_part, lambda _: None, None)
    return held


def list_contacts(problem: TimetableProblem, grid: Grid) -> Index:
    """Return every contact of a plan, fixed ones too, a row each, in order: see ``problem.Planned``."""
    return np.asarray(coordinate_descent.list_contacts(np.ascontiguousarray(grid), *make_arrays(problem)))


def _make_empty_grid(problem: TimetableProblem) -> Grid:
    return np.full((len(problem.pairs), problem.n_days), NONE, dtype=np.int8)


def _run_in_parts(
    problem: TimetableProblem,
    work: Callable[[int, int], None],
    on_progress: Callable[[int], None],
    workers: int | None,
) -> None:
    """Run some work for all volunteers, so many from one to another in one go, in threads."""
    workers = workers or get_num_threads()  # the cores that the process may use, on any system
    size = min(_PART, problem.n_volunteers // (4 * workers) + 1)

    def run_from(first: int) -> int:
        """Run the work for the volunteers from ``first`` on; return how many pairs they have."""
        end = min(first + size, problem.n_volunteers)
        work(first, end)
        return int(problem.pair_start[end] - problem.pair_start[first])

    with ThreadPoolExecutor(workers) as pool:
        for job in as_completed([pool.submit(run_from, first) for first in range(0, problem.n_volunteers, size)]):
            on_progress(job.result())


def _fill_months(
    part: TimetableProblem, grid: Grid, unproven: Index, least: Index, max_patterns: int
) -> tuple[tuple[ProblemArrays, SharedArrays], Index]:
    """Fill the months of a part, as full as they can be or as ``least`` asks, and as good as ``max_patterns`` finds.

    ``unproven`` gets the weeks that could not be searched whole, by volunteer, or _NOT_AS_FULL. Return the arrays of
    the part, and what no month's contacts, and visits, are worth more than by themselves, (V,).
    """
    problem, shared = make_arrays(part)
    floors = _put_floors_first(shared)
    changed, most = np.zeros_like(unproven), np.zeros_like(unproven)
    improve_by_coordinate_descent(
        grid, np.arange(part.n_volunteers), max_patterns, problem, floors if max_patterns else shared
    )
    before = grid.copy()
    fill_weeks(grid, np.ascontiguousarray(least), changed, unproven, most, problem, shared)
    fullest = _count_by_week(grid, part).sum(axis=1)
    if max_patterns and changed.any():  # better anew, but not at the price of a contact: no points make up for one
        better = grid.copy()
        improve_by_coordinate_descent(better, np.flatnonzero(changed), MAX_PATTERNS, problem, floors)
        _take_months(grid, better, part, if_as_many=True)
    short = np.flatnonzero(unproven)
    if len(short):  # not searched whole: perhaps calls for everybody first, which take less time, hold more
        calls = problem.allowed.copy()
        calls[:, :, VISIT] = False
        other = np.where(_find_pairs_of(short, part)[:, None], NONE, grid).astype(np.int8)
        first = floors if max_patterns else shared
        improve_by_coordinate_descent(other, short, MAX_PATTERNS, problem._replace(allowed=calls), first)
        improve_by_coordinate_descent(other, short, MAX_PATTERNS, problem, first)
        _take_months(grid, other, part)
    if max_patterns:  # the weeks may have been filled at the price of a floor, which no contact makes up for
        fullest = np.maximum(fullest, _count_by_week(grid, part).sum(axis=1))
        _take_months(grid, before, part)
        unproven[_count_by_week(grid, part).sum(axis=1) < fullest] = _NOT_AS_FULL
    return (problem, shared), most


def _put_floors_first(shared: SharedArrays) -> SharedArrays:
    """Return what holds for all with the floors as the weightiest part of the objective."""
    objective = shared.objective._replace(long_gap=SILENT_DAY, floor_visit=MISSING_VISIT)
    return shared._replace(gap_cost=shared.floor_gap_cost, objective=objective)


def _count_in_vain(grid: Grid, alone: Missed, part: TimetableProblem) -> Index:
    """Return what the volunteers' months miss of the floors beyond what their elders would each alone, by rank."""
    return sum_by_rank(measure_missed(grid, part.pairs), part) - sum_by_rank(alone, part)


def _bound_alone(grid: Grid, part: TimetableProblem) -> Missed:
    """Return what each elder misses of the floors at least, alone with the volunteer; nothing if ``grid`` does."""
    missed = measure_missed(grid, part.pairs)
    rows = np.flatnonzero((missed.visits > 0) | (missed.silent_days > 0))
    alone = Missed(*(np.zeros_like(column) for column in missed))
    for column, least in zip(alone, bound_missed(part.pairs.select(rows), part.shared), strict=True):
        column[rows] = least
    return alone


def _take_months(grid: Grid, other: Grid, part: TimetableProblem, *, if_as_many: bool = False) -> None:
    """Take from another plan the months of the volunteers that are better: floors, rank by rank, then contacts.

    With ``if_as_many`` those that are as good too.
    """
    now, then = (
        np.column_stack([-sum_by_rank(measure_missed(each, part.pairs), part), _count_by_week(each, part).sum(axis=1)])
        for each in (grid, other)
    )
    differs = now != then
    first = differs.argmax(axis=1)
    volunteer = np.arange(len(now))
    better = np.where(differs.any(axis=1), then[volunteer, first] > now[volunteer, first], if_as_many)
    rows = _find_pairs_of(np.flatnonzero(better), part)
    grid[rows] = other[rows]


def _count_by_week(grid: Grid, part: TimetableProblem) -> Index:
    """Return the contacts, and then visits, of each week of each volunteer as one number, (V, weeks)."""
    days = (grid >= 0) * CONTACT_UNIT + ((grid >= 0) & (grid % 2 == VISIT))
    weeks = np.add.reduceat(days, np.flatnonzero(np.diff(part.shared.week, prepend=-1)), axis=1)
    to = np.concatenate([np.zeros((1, weeks.shape[1]), dtype=np.int64), np.cumsum(weeks, axis=0)])
    return np.asarray(np.diff(to[part.pair_start], axis=0), dtype=np.int64)


def _find_pairs_of(volunteers: Index, part: TimetableProblem) -> Mask:
    """Return which pairs are those of some volunteers, (pairs,)."""
    mine = np.zeros(part.n_volunteers, dtype=bool)
    mine[volunteers] = True
    return np.repeat(mine, np.diff(part.pair_start))
