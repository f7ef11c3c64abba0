"""Nobody is shown where fewer than so many live, nor where the home can be told from the point."""

from collections import Counter

import numpy as np
import pytest

from matcher.outputs.page.squares import METRES_A_DEGREE, Squares


def _people(n, spread_m, seed):
    rng = np.random.default_rng(seed)
    return 121.47 + rng.normal(0, spread_m / 95_000, n), 31.23 + rng.normal(0, spread_m / METRES_A_DEGREE, n)


@pytest.mark.parametrize("least", [2, 5, 9])
@pytest.mark.parametrize("spread_m", [30, 600, 4000])
def test_each_square_is_shared_by_enough(least, spread_m):
    lng, lat = _people(150, spread_m, least)
    squares = Squares.of(lng, lat, 250, least)
    level = squares.find_levels(lng, lat)
    assert (level >= 0).any()
    # by plain loops: who is told to be in a square of a level shares it with enough others who are told the same
    told = Counter()
    for x, y, step in zip(lng, lat, level, strict=True):
        if step >= 0:
            told[step, int(x // (squares.size_lng * 2**step)), int(y // (squares.size_lat * 2**step))] += 1
    assert min(told.values()) >= least


def test_points_stay_in_their_square_and_tell_no_more():
    lng, lat = _people(400, 900, 1)
    squares = Squares.of(lng, lat, 250, 5)
    shown = squares.blur(lng, lat)
    level = squares.find_levels(lng, lat)
    for deg, out, size in ((lng, shown[0], squares.size_lng), (lat, shown[1], squares.size_lat)):
        there = level >= 0
        assert (np.isnan(out) == ~there).all()
        wide = size * 2.0 ** level[there]
        assert (deg[there] // wide == out[there] // wide).all()
    # elsewhere in the same square: the same point
    moved = (lng // squares.size_lng + 0.5) * squares.size_lng
    assert np.array_equal(squares.blur(moved, lat)[0], shown[0], equal_nan=True)


def test_who_lives_alone_far_away_is_shown_nowhere():
    lng, lat = _people(30, 100, 2)
    lng[0] += 1.5
    lng[1] = np.nan
    squares = Squares.of(lng, lat, 250, 5)
    assert np.isnan(squares.blur(lng, lat)[0][:2]).all()
    assert np.isnan(squares.blur(np.array([100.0]), np.array([20.0]))[0]).all()


def test_nobody_at_all():
    squares = Squares.of(np.array([np.nan]), np.array([np.nan]), 250, 5)
    assert np.isnan(squares.blur(np.array([121.0]), np.array([31.0]))[1]).all()
