"""Timetable problems of one volunteer, as arrays alone."""

from dataclasses import fields, replace

import numpy as np

from matcher.timetable.objective import GAPS, Objective
from matcher.timetable.problem import (
    NONE,
    UNKNOWN,
    Fixed,
    Limits,
    PairData,
    SharedArrays,
    TimetableProblem,
    enumerate_weekly_patterns,
)

OBJECTIVE = Objective(weekly_pattern=30, uneven=3, close=50, long_gap=100, repeat=10, walking=1)
LIMITS = Limits(contacts=9, visits=9, minutes=1440, pause_min=15, visit_min=45, call_min=15)


def problem(windows, travel_min, *, days=1, due=1, visits_due=1, fixed=(), limits=LIMITS):
    """One volunteer with elders who are free in ``windows``, (elders, slots, 2), on each of the days of one week.

    Slots belong to the half-day before or after noon. ``fixed`` has rows of ``Fixed``.
    """
    windows = np.array(windows, dtype=np.int32)
    n = len(windows)
    patterns, pattern_start = enumerate_weekly_patterns()
    pairs = PairData(
        allowed=np.ones((n, days, 2), dtype=bool),
        windows=windows[:, None],
        fixed_kind=np.full((n, days), NONE, dtype=np.int8),
        daily=np.zeros((n, days, 2), dtype=bool),
        due=np.full((n, 1), due),
        visits_due=np.full((n, 1), visits_due),
        keeps_weekdays=np.ones((n, 2), dtype=bool),
        cost_class=np.zeros(n, dtype=np.int64),
        repeat_cost=np.zeros((n, 2), dtype=np.int64),
        max_gap=np.full(n, 31),
        last_contact=np.full(n, UNKNOWN),
        on_programme=np.tile([0, days - 1], (n, 1)),
        least_visits=np.zeros(n, dtype=np.int64),
        rank=np.full(n, 2),
    )
    shared = SharedArrays(
        week=np.zeros(days, dtype=np.int64),
        weekday=np.arange(days) % 7,
        day_type=np.zeros(days, dtype=np.int64),
        half=(windows[0, :, 0] >= 720).astype(np.int64),
        no_visit_min=np.zeros((days, 2), dtype=np.int64),
        gap_cost=np.zeros((1, GAPS), dtype=np.int64),
        floor_gap_cost=np.zeros((1, GAPS), dtype=np.int64),
        patterns=patterns,
        pattern_start=pattern_start,
        limits=limits,
        objective=OBJECTIVE,
    )
    travel_min = np.array(travel_min, dtype=np.int64)
    return TimetableProblem(
        pairs=pairs,
        pair_start=np.array([0, n]),
        fixed=np.array(fixed, dtype=np.int64).reshape(-1, len(Fixed)),
        fixed_start=np.array([0, len(fixed)]),
        travel_min=travel_min.ravel(),
        travel_start=np.array([0, travel_min.size]),
        places=np.array([len(travel_min)]),
        shared=shared,
    )


def join(*problems):
    """Problems of one volunteer each as one problem."""

    def start(sizes):
        return np.cumsum([0, *sizes])

    names = [part.name for part in fields(PairData)]
    return replace(
        problems[0],
        pairs=PairData(**{name: np.concatenate([getattr(p.pairs, name) for p in problems]) for name in names}),
        pair_start=start(len(p.pairs) for p in problems),
        fixed=np.concatenate([p.fixed for p in problems]),
        fixed_start=start(len(p.fixed) for p in problems),
        travel_min=np.concatenate([p.travel_min for p in problems]),
        travel_start=start(p.travel_min.size for p in problems),
        places=np.concatenate([p.places for p in problems]),
    )
