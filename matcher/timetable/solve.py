"""The months of all volunteers: planned in parts, in threads; and for those who may be served short, proofs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numba import get_num_threads
from numpy.typing import NDArray

from matcher.timetable.kernels import coordinate_descent
from matcher.timetable.kernels.arrays import People, World, arrays_of
from matcher.timetable.kernels.coordinate_descent import descend, values
from matcher.timetable.kernels.week_search import FIRST, UNPRICED, fill_weeks
from matcher.timetable.kernels.weekly_patterns import TRIES
from matcher.timetable.problem import VISIT, Caseload, Index, Mask

_PART = 200
"""Volunteers planned in one go, at most."""
EMPTY = -1
MOST_OF_A_VISIT = FIRST + 1
"""A visit as ``most_held`` counts contacts."""


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """A plan, (pairs, days) of ``2 * slot + kind`` or -1, and how good it is, by volunteer."""

    grid: NDArray[np.int8]
    points: Index
    bound: Index
    """What no month of the volunteer's is worth more than: see ``bounds``."""
    unproven: int


def plan_months(caseload: Caseload, tell: Callable[[int], None], workers: int | None = None) -> Months:
    """The best months of all volunteers; ``tell`` is called with each number of pairs done."""
    grid = _empty(caseload)
    points = np.zeros(caseload.volunteers, dtype=np.int64)
    bound, status = np.zeros_like(points), np.zeros_like(points)

    def plan(first: int, end: int) -> None:
        rows = slice(caseload.pair_start[first], caseload.pair_start[end])
        part = caseload.part(first, end)
        plan_part(part, grid[rows], points[first:end], bound[first:end], status[first:end])

    _in_parts(caseload, plan, tell, workers)
    return Months(grid, points, bound, int((status > 0).sum()))


def most_held(caseload: Caseload, least: Index | None = None) -> Index:
    """The most contacts, and then visits, that each volunteer's weeks can hold beside what stands, (V, weeks).

    A contact counts ``FIRST`` and a visit 1 more. It is what ``plan_months``' months hold, for a fraction of the time:
    no points are sought. With ``least``, (V, weeks), a week that can hold so much holds it, but perhaps no more. As
    there, an answer is a month that was found, and where not all could be searched there may be a fuller one.
    """
    grid = _empty(caseload)
    held = np.zeros((caseload.volunteers, int(caseload.rules.week[-1]) + 1), dtype=np.int64)
    least = np.full_like(held, UNPRICED) if least is None else least

    def measure(first: int, end: int) -> None:
        rows = slice(caseload.pair_start[first], caseload.pair_start[end])
        part = caseload.part(first, end)
        _fill(part, grid[rows], np.zeros(end - first, dtype=np.int64), least[first:end], 0)
        held[first:end] = _held_by_week(grid[rows], part)

    _in_parts(caseload, measure, lambda _: None, None)
    return held


def _empty(caseload: Caseload) -> NDArray[np.int8]:
    return np.full((len(caseload.pairs), len(caseload.rules.week)), EMPTY, dtype=np.int8)


def _in_parts(
    caseload: Caseload, work: Callable[[int, int], None], tell: Callable[[int], None], workers: int | None
) -> None:
    """Do some work for all volunteers, so many from one to another in one go, in threads."""
    workers = workers or get_num_threads()  # the cores that the process may use, on any system
    size = min(_PART, caseload.volunteers // (4 * workers) + 1)

    def part(first: int) -> int:
        end = min(first + size, caseload.volunteers)
        work(first, end)
        return int(caseload.pair_start[end] - caseload.pair_start[first])

    with ThreadPoolExecutor(workers) as pool:
        for job in as_completed([pool.submit(part, first) for first in range(0, caseload.volunteers, size)]):
            tell(job.result())


def plan_part(part: Caseload, grid: NDArray[np.int8], points: Index, bound: Index, status: Index) -> None:
    """Make each volunteer's month better while an elder's can be made better beside the others'; fills the arrays.

    ``status`` gets the weeks that could not be searched whole, by volunteer.
    """
    least = np.zeros((part.volunteers, int(part.rules.week[-1]) + 1), dtype=np.int64)
    people, world, most = _fill(part, grid, status, least, TRIES)
    values(grid, most, points, bound, people, world)


def _fill(
    part: Caseload, grid: NDArray[np.int8], status: Index, least: Index, tries: int
) -> tuple[People, World, Index]:
    """The months of a part as full as they can be, or as ``least`` asks, and with ``tries`` as good as was found."""
    people, world = arrays_of(part)
    changed, most = np.zeros_like(status), np.zeros_like(status)
    descend(grid, np.arange(part.volunteers), tries, people, world)
    fill_weeks(grid, np.ascontiguousarray(least), changed, status, most, people, world)
    if tries:
        _again(grid, np.flatnonzero(changed), people, world, part)
    short = np.flatnonzero(status)
    if len(short):  # not searched whole: perhaps calls for everybody first, which take less time, hold more
        calls = people.may.copy()
        calls[:, :, VISIT] = False
        other = np.where(_rows_of(short, part)[:, None], EMPTY, grid).astype(np.int8)
        descend(other, short, TRIES, people._replace(may=calls), world)
        descend(other, short, TRIES, people, world)
        _take(grid, other, part)
    return people, world, most


def _again(grid: NDArray[np.int8], which: Index, people: People, world: World, part: Caseload) -> None:
    """Make some months better anew, but not at the price of a contact: no points make up for one."""
    if len(which):
        better = grid.copy()
        descend(better, which, TRIES, people, world)
        _take(grid, better, part, as_many=True)


def _take(grid: NDArray[np.int8], other: NDArray[np.int8], part: Caseload, *, as_many: bool = False) -> None:
    """Take from another plan the months of the volunteers who have more in it, or as many where that does."""
    held, found = _held(grid, part), _held(other, part)
    rows = _rows_of(np.flatnonzero(found >= held if as_many else found > held), part)
    grid[rows] = other[rows]


def _held(grid: NDArray[np.int8], part: Caseload) -> Index:
    """Contacts, and then visits, of each volunteer's plan, as one number."""
    return np.asarray(_held_by_week(grid, part).sum(axis=1), dtype=np.int64)


def _held_by_week(grid: NDArray[np.int8], part: Caseload) -> Index:
    """The same of each week, (V, weeks)."""
    days = (grid >= 0) * FIRST + ((grid >= 0) & (grid % 2 == VISIT))
    weeks = np.add.reduceat(days, np.flatnonzero(np.diff(part.rules.week, prepend=-1)), axis=1)
    to = np.concatenate([np.zeros((1, weeks.shape[1]), dtype=np.int64), np.cumsum(weeks, axis=0)])
    return np.asarray(np.diff(to[part.pair_start], axis=0), dtype=np.int64)


def _rows_of(which: Index, part: Caseload) -> Mask:
    """The pairs of some volunteers, (pairs,)."""
    mine = np.zeros(part.volunteers, dtype=bool)
    mine[which] = True
    return np.repeat(mine, np.diff(part.pair_start))


def timetable(part: Caseload, grid: NDArray[np.int8]) -> Index:
    """Every contact of a plan in order: see ``volunteer_month.timetable``."""
    return np.asarray(coordinate_descent.timetable(np.ascontiguousarray(grid), *arrays_of(part)))
