"""What the compiled loops are given: a caseload as plain arrays, and one volunteer's part of it.

The first run on a machine compiles the loops, and everybody waits. So every array is C-contiguous, writable and of the
type named here, whatever it was made from: another layout or type would have all loops compiled a second time. Whole
numbers begin as ``np.int64(0)``, for a plain 0 is a type of its own while types are worked out. Loops keep to indexing
and assigning: NumPy's other functions (``full``, ``reshape``, ``argsort``, fancy indices), and a slice of one array put
into another, each take half a second or more. A loop compiles anew all that it calls, so few call deeply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matcher.timetable.problem import Caseload, ways

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def loop(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile what Python calls."""
    return cast(Callable[..., Any], njit(cache=True, nogil=True)(function))


def step(function: Compiled) -> Compiled:
    """Compile what only loops and other steps call: it has no door to Python, which takes time to compile too."""
    options: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(Compiled, njit(cache=True, nogil=True, **options)(function))


class World(NamedTuple):
    """What holds for all: see ``caseload.Rules``; and all ways to spread a week's contacts."""

    week: Index
    weekday: Index
    day_type: Index
    half: Index
    hot: Index
    limits: Index
    costs: Index
    weights: Index
    ways: Index
    ways_start: Index


class People(NamedTuple):
    """Pairs by volunteer: volunteer v has ``pair_start[v]`` to ``pair_start[v + 1]``; see ``caseload.Pairs``."""

    pair_start: Index
    stand_start: Index
    walk_start: Index
    places: Index
    may: Mask
    windows: NDArray[np.int32]
    forced: NDArray[np.int8]
    daily: Mask
    due: Index
    visits_due: Index
    per_week: Index
    usual: Index
    cost_class: Index
    max_gap: Index
    last: Index
    there: Index
    twice: Index
    stands: Index
    walks: Index


class Own(NamedTuple):
    """One volunteer's pairs, a row each, contacts that stand, and walks in minutes, (places, places)."""

    may: Mask
    windows: NDArray[np.int32]
    forced: NDArray[np.int8]
    daily: Mask
    due: Index
    visits_due: Index
    per_week: Index
    usual: Index
    cost_class: Index
    max_gap: Index
    last: Index
    there: Index
    twice: Index
    stands: Index
    walk: Index


def arrays_of(load: Caseload) -> tuple[People, World]:
    """A caseload as the loops take it."""
    pairs, rules, walks = load.pairs, load.rules, load.walks
    people = People(
        _plain(load.pair_start),
        _plain(load.stand_start),
        _plain(walks.start),
        _plain(walks.places),
        np.require(pairs.may, np.bool_, ["C", "W"]),
        np.require(pairs.windows, np.int32, ["C", "W"]),
        np.require(pairs.forced, np.int8, ["C", "W"]),
        np.require(pairs.daily, np.bool_, ["C", "W"]),
        *(_plain(a) for a in (pairs.due, pairs.visits_due, pairs.per_week, pairs.usual, pairs.cost_class)),
        *(_plain(a) for a in (pairs.max_gap, pairs.last, pairs.there, pairs.twice, load.stands, walks.minutes)),
    )
    fields = (rules.week, rules.weekday, rules.day_type, rules.half, rules.hot, rules.limits, rules.costs)
    return people, World(*(_plain(a) for a in (*fields, rules.weights, *ways())))


def _plain(values: Index) -> Index:
    return np.require(values, np.int64, ["C", "W"])


@step
def own_of(people: People, v: int) -> Own:
    """One volunteer's part."""
    a, b = people.pair_start[v], people.pair_start[v + 1]
    n = people.places[v]
    walk = np.empty((n, n), np.int64)
    for i in range(n):
        for j in range(n):
            walk[i, j] = people.walks[people.walk_start[v] + i * n + j]
    return Own(
        people.may[a:b],
        people.windows[a:b],
        people.forced[a:b],
        people.daily[a:b],
        people.due[a:b],
        people.visits_due[a:b],
        people.per_week[a:b],
        people.usual[a:b],
        people.cost_class[a:b],
        people.max_gap[a:b],
        people.last[a:b],
        people.there[a:b],
        people.twice[a:b],
        people.stands[people.stand_start[v] : people.stand_start[v + 1]],
        walk,
    )
