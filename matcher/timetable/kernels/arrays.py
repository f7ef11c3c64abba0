"""What the compiled loops are given: a problem as plain arrays, and one volunteer's part of it.

The first run on a machine compiles the loops, and everybody waits. So every array is C-contiguous, writable and of the
type named here, whatever it was made from: another layout or type would have all loops compiled a second time. Whole
numbers begin as ``np.int64(0)``, for a plain 0 is a type of its own while types are worked out. Loops keep to indexing
and assigning: NumPy's other functions (``full``, ``reshape``, ``argsort``, fancy indices), and a slice of one array put
into another, each take half a second or more. A loop compiles anew all that it calls, so few call deeply.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import step
from matcher.timetable.problem import Index, Mask, SharedArrays, TimetableProblem


class ProblemArrays(NamedTuple):
    """All volunteers' pairs: volunteer v has ``pair_start[v]`` to ``pair_start[v + 1]``; see ``PairData``."""

    pair_start: Index
    fixed_start: Index
    travel_start: Index
    places: Index
    allowed: Mask
    windows: NDArray[np.int32]
    fixed_kind: NDArray[np.int8]
    daily: Mask
    due: Index
    visits_due: Index
    fullest_week: Index
    pattern_size: Index
    cost_class: Index
    max_gap: Index
    last_contact: Index
    on_programme: Index
    repeat_cost: Index
    least_visits: Index
    fixed: Index
    travel_min: Index


class VolunteerArrays(NamedTuple):
    """One volunteer's pairs, a row each, fixed contacts, and walks in minutes, (places, places)."""

    allowed: Mask
    windows: NDArray[np.int32]
    fixed_kind: NDArray[np.int8]
    daily: Mask
    due: Index
    visits_due: Index
    fullest_week: Index
    pattern_size: Index
    cost_class: Index
    max_gap: Index
    last_contact: Index
    on_programme: Index
    repeat_cost: Index
    least_visits: Index
    fixed: Index
    travel_min: Index


def make_plain(values: NDArray[Any], kind: type = np.int64) -> NDArray[Any]:
    """Return an array as the loops take it, copied only where it is not so already."""
    is_plain = values.dtype == kind and values.flags.carray
    return values if is_plain else np.require(values, kind, ["C", "W"])


def make_arrays(problem: TimetableProblem) -> tuple[ProblemArrays, SharedArrays]:
    """Return a problem as the loops take it."""
    pairs, shared = problem.pairs, problem.shared
    arrays = ProblemArrays(
        make_plain(problem.pair_start),
        make_plain(problem.fixed_start),
        make_plain(problem.travel_start),
        make_plain(problem.places),
        make_plain(pairs.allowed, np.bool_),
        make_plain(pairs.windows, np.int32),
        make_plain(pairs.fixed_kind, np.int8),
        make_plain(pairs.daily, np.bool_),
        make_plain(pairs.due),
        make_plain(pairs.visits_due),
        make_plain(pairs.fullest_week),
        make_plain(pairs.pattern_size),
        make_plain(pairs.cost_class),
        make_plain(pairs.max_gap),
        make_plain(pairs.last_contact),
        make_plain(pairs.on_programme),
        make_plain(pairs.repeat_cost),
        make_plain(pairs.least_visits),
        make_plain(problem.fixed),
        make_plain(problem.travel_min),
    )
    plain = (make_plain(part) if isinstance(part, np.ndarray) else part for part in shared)
    return arrays, SharedArrays._make(plain)


@step
def select_volunteer(problem, v):
    """Return one volunteer's part of the problem."""
    a, b = problem.pair_start[v], problem.pair_start[v + 1]
    n = problem.places[v]
    travel_min = np.empty((n, n), np.int64)
    for i in range(n):
        for j in range(n):
            travel_min[i, j] = problem.travel_min[problem.travel_start[v] + i * n + j]
    return VolunteerArrays(
        problem.allowed[a:b],
        problem.windows[a:b],
        problem.fixed_kind[a:b],
        problem.daily[a:b],
        problem.due[a:b],
        problem.visits_due[a:b],
        problem.fullest_week[a:b],
        problem.pattern_size[a:b],
        problem.cost_class[a:b],
        problem.max_gap[a:b],
        problem.last_contact[a:b],
        problem.on_programme[a:b],
        problem.repeat_cost[a:b],
        problem.least_visits[a:b],
        problem.fixed[problem.fixed_start[v] : problem.fixed_start[v + 1]],
        travel_min,
    )
