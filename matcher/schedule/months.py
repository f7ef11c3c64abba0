"""The months of all volunteers: planned in parts, in threads; and for those who may be served short, proofs."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.schedule import batch
from matcher.schedule.caseload import Caseload, Index, ways

_PART = 200
"""Volunteers planned in one go."""
EMPTY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """A plan, (pairs, days) of ``2 * slot + kind`` or -1, and how good it is, by volunteer."""

    grid: NDArray[np.int8]
    points: Index
    unproven: int
    modelled: int


def plan_months(caseload: Caseload, tell: Callable[[int], None], workers: int | None = None) -> Months:
    """The best months of all volunteers; ``tell`` is called with each number of pairs done."""
    grid = np.full((len(caseload.pairs), len(caseload.rules.week)), EMPTY, dtype=np.int8)
    points = np.zeros(caseload.volunteers, dtype=np.int64)
    status = np.zeros(caseload.volunteers, dtype=np.int64)
    workers = workers or len(os.sched_getaffinity(0))

    def plan(first: int) -> int:
        end = min(first + _PART, caseload.volunteers)
        part = caseload.part(first, end)
        rows = slice(caseload.pair_start[first], caseload.pair_start[end])
        plan_part(part, grid[rows], points[first:end], status[first:end])
        return len(part.pairs)

    with ThreadPoolExecutor(workers) as pool:
        for job in as_completed([pool.submit(plan, first) for first in range(0, caseload.volunteers, _PART)]):
            tell(job.result())
    return Months(grid, points, int((status > 0).sum()), 0)


def plan_part(part: Caseload, grid: NDArray[np.int8], points: Index, status: Index) -> None:
    """Make each volunteer's month better while an elder's can be made better beside the others'; fills the arrays."""
    pairs, rules, walks = part.pairs, part.rules, part.walks
    patterns, patterns_start = ways()
    batch.plan_volunteers(
        grid,
        points,
        status,
        part.pair_start,
        part.stand_start,
        walks.start,
        walks.places,
        pairs.may,
        pairs.windows,
        part.stands,
        walks.minutes,
        pairs.forced,
        pairs.daily,
        pairs.due,
        pairs.visits_due,
        pairs.per_week,
        pairs.usual,
        pairs.cost_class,
        pairs.max_gap,
        pairs.last,
        pairs.there[:, 0].copy(),
        pairs.there[:, 1].copy(),
        pairs.twice,
        rules.day_type,
        rules.half,
        rules.hot,
        rules.limits,
        rules.week,
        rules.weekday,
        rules.costs,
        patterns,
        patterns_start,
        rules.weights,
    )


def timetable(part: Caseload, grid: NDArray[np.int8]) -> Index:
    """Every contact of a plan in order: see ``batch.timetable``."""
    pairs, rules, walks = part.pairs, part.rules, part.walks
    return np.asarray(
        batch.timetable(
            grid,
            part.pair_start,
            part.stand_start,
            walks.start,
            walks.places,
            pairs.windows,
            part.stands,
            walks.minutes,
            rules.day_type,
            rules.half,
            rules.hot,
            rules.limits,
        )
    )
