"""The months of all volunteers: planned in parts, in threads; and for those who may be served short, proofs."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.schedule import volunteer_month
from matcher.schedule.arrays import People, World, arrays_of
from matcher.schedule.caseload import VISIT, Caseload, Index, Mask
from matcher.schedule.volunteer_month import descend, values
from matcher.schedule.week_search import FIRST, fill_weeks

_PART = 200
"""Volunteers planned in one go."""
EMPTY = -1


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
    grid = np.full((len(caseload.pairs), len(caseload.rules.week)), EMPTY, dtype=np.int8)
    points = np.zeros(caseload.volunteers, dtype=np.int64)
    bound, status = np.zeros_like(points), np.zeros_like(points)
    workers = workers or len(os.sched_getaffinity(0))

    def plan(first: int) -> int:
        end = min(first + _PART, caseload.volunteers)
        part = caseload.part(first, end)
        rows = slice(caseload.pair_start[first], caseload.pair_start[end])
        plan_part(part, grid[rows], points[first:end], bound[first:end], status[first:end])
        return len(part.pairs)

    with ThreadPoolExecutor(workers) as pool:
        for job in as_completed([pool.submit(plan, first) for first in range(0, caseload.volunteers, _PART)]):
            tell(job.result())
    return Months(grid, points, bound, int((status > 0).sum()))


def plan_part(part: Caseload, grid: NDArray[np.int8], points: Index, bound: Index, status: Index) -> None:
    """Make each volunteer's month better while an elder's can be made better beside the others'; fills the arrays.

    ``status`` gets the weeks that could not be searched whole, by volunteer.
    """
    people, world = arrays_of(part)
    changed, most = np.zeros_like(status), np.zeros_like(status)
    descend(grid, np.arange(part.volunteers), people, world)
    fill_weeks(grid, changed, status, most, people, world)
    _again(grid, np.flatnonzero(changed), people, world, part)
    short = np.flatnonzero(status)
    if len(short):  # not searched whole: perhaps calls for everybody first, which take less time, hold more
        calls = people.may.copy()
        calls[:, :, VISIT] = False
        other = np.where(_rows_of(short, part)[:, None], EMPTY, grid).astype(np.int8)
        descend(other, short, people._replace(may=calls), world)
        descend(other, short, people, world)
        _take(grid, other, part)
    values(grid, most, points, bound, people, world)


def _again(grid: NDArray[np.int8], which: Index, people: People, world: World, part: Caseload) -> None:
    """Make some months better anew, but not at the price of a contact: no points make up for one."""
    if len(which):
        better = grid.copy()
        descend(better, which, people, world)
        _take(grid, better, part, as_many=True)


def _take(grid: NDArray[np.int8], other: NDArray[np.int8], part: Caseload, *, as_many: bool = False) -> None:
    """Take from another plan the months of the volunteers who have more in it, or as many where that does."""
    held, found = _held(grid, part), _held(other, part)
    rows = _rows_of(np.flatnonzero(found >= held if as_many else found > held), part)
    grid[rows] = other[rows]


def _held(grid: NDArray[np.int8], part: Caseload) -> Index:
    """Contacts, and then visits, of each volunteer's plan, as one number."""
    rows = ((grid >= 0) * FIRST + ((grid >= 0) & (grid % 2 == VISIT))).sum(axis=1)
    to = np.concatenate(([0], np.cumsum(rows)))
    return np.asarray(np.diff(to[part.pair_start]), dtype=np.int64)


def _rows_of(which: Index, part: Caseload) -> Mask:
    """The pairs of some volunteers, (pairs,)."""
    mine = np.zeros(part.volunteers, dtype=bool)
    mine[which] = True
    return np.repeat(mine, np.diff(part.pair_start))


def timetable(part: Caseload, grid: NDArray[np.int8]) -> Index:
    """Every contact of a plan in order: see ``volunteer_month.timetable``."""
    return np.asarray(volunteer_month.timetable(np.ascontiguousarray(grid), *arrays_of(part)))
