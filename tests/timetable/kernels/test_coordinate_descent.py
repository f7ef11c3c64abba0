"""Coordinate descent against the same without a bound, and the parts of a month's value against plain counts."""

from collections import Counter
from types import FunctionType

import numpy as np
import pytest

from matcher.compiling import choose_form
from matcher.timetable.kernels import coordinate_descent, weekly_patterns
from matcher.timetable.kernels.arrays import make_arrays
from tests.helpers.timetables import problem


def draw_problem(rng):
    """Two elders on up to 14 days, with hours at random."""
    opens = rng.integers(540, 700, (2, 2))
    opens[:, 1] += 300
    drawn = problem(
        np.stack([opens, opens + rng.integers(20, 120, (2, 2))], axis=2),
        rng.integers(1, 30, (3, 3)),
        days=7,
        due=int(rng.integers(1, 4)),
        visits_due=1,
    )
    drawn.shared.gap_cost[0, :8] = rng.integers(0, 60, 8)
    drawn.pairs.allowed[:] = rng.random(drawn.pairs.allowed.shape) < 0.7
    drawn.pairs.least_visits[:] = rng.integers(0, 2, 2)
    return drawn


@pytest.mark.parametrize("seed", range(6))
def test_a_turn_that_ends_at_the_bound_could_not_have_found_more(seed):
    drawn = draw_problem(np.random.default_rng(seed))
    arrays, shared = make_arrays(drawn)
    shared = shared._replace(objective=shared.objective._replace(floor_visit=1 << 20))
    plain = choose_form(coordinate_descent.improve_by_coordinate_descent, is_small=True)
    names = {**plain.__globals__, "_bound_elder": lambda *_: 1 << 60}
    without = FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__, plain.__closure__)
    grids = [np.full((2, 7), -1, dtype=np.int8) for _ in range(2)]
    for improve, grid in zip((plain, without), grids, strict=True):
        improve(grid, np.zeros(1, dtype=np.int64), 3, arrays, shared)
    assert grids[0].tolist() == grids[1].tolist()
    assert (grids[0] >= 0).any()


@pytest.mark.parametrize("seed", range(20))
def test_a_pattern_has_the_most_frequent_half_days_the_earliest_first(seed):
    rng = np.random.default_rng(seed)
    half_days, size = rng.integers(0, 14, int(rng.integers(0, 20))).tolist(), int(rng.integers(0, 5))
    mornings, afternoons = (
        np.int64(sum(1 << weekly_patterns._COUNT_BITS * (at // 2) for at in half_days if at % 2 == half))
        for half in range(2)
    )
    pick = choose_form(weekly_patterns._pick_half_days, is_small=True)
    first = sorted(Counter(half_days).items(), key=lambda each: (-each[1], each[0]))[:size]
    assert pick(mornings, afternoons, size) == (sum(1 << at for at, _ in first), sum(times for _, times in first))
