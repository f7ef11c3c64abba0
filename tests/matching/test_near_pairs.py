"""The grid's loop, as plain Python, finds the pairs that measuring each finds, however short what it writes to is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.compiling import choose_form
from matcher.matching.candidates import _Grid
from matcher.matching.kernels.near_pairs import list_near

REACHES = st.lists(st.sampled_from([0.0, 20.0, 45.0, 200.0]), min_size=12, max_size=12)
POINTS = st.lists(st.tuples(*[st.integers(-60, 60)] * 3), min_size=1, max_size=12)


@given(POINTS, POINTS, REACHES, st.integers(1, 30))
@settings(deadline=None)
def test_a_grid_finds_what_measuring_finds(elders, volunteers, reaches, spare):
    here, there = (np.array(points, dtype=float) for points in (elders, volunteers))
    reach = np.array(reaches[: len(here)])
    elder, people = np.arange(len(here)) * 2, np.arange(len(there)) * 3 + 1
    grid, n = _Grid.of(there, people, reach), 100
    found, start = [], 0
    while start < len(elder):
        out = np.empty(len(there) + spare, dtype=np.int64)
        form = choose_form(list_near, is_small=True)
        count, start = form(start, elder, here, reach, *grid, n, out)
        found += out[:count].tolist()
    away = np.sqrt(((here[:, None] - there) ** 2).sum(axis=2))
    i, j = np.nonzero(away <= reach[:, None])
    assert sorted(found) == sorted((elder[i] * n + people[j]).tolist())


@pytest.mark.parametrize("reach_m", [0.0, 1.0, 50_000.0])
def test_cubes_can_be_numbered_all_over_the_earth(reach_m):
    across = np.array([[-6.4e6] * 3, [6.4e6] * 3])
    grid = _Grid.of(across, np.arange(2), np.array([reach_m, 1_000.0]))
    assert int(np.prod(grid.shape.astype(object))) < 2**62
    assert grid.cube.tolist() == [0, int(np.prod(grid.shape.astype(object))) - 1]
