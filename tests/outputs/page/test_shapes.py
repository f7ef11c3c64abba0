"""Outlines, worth of one more volunteer, and coarse metres, each beside an independent method."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial import ConvexHull

from matcher.outputs.page.coarse import hide_metres, round_up
from matcher.outputs.page.outlines import draw_outlines
from matcher.outputs.page.squares import METRES_A_DEGREE, Squares
from matcher.outputs.page.worth import find_worth


def test_outlines_are_convex_hulls():
    rng = np.random.default_rng(5)
    lng, lat, group = 121 + rng.random(200), 31 + rng.random(200), rng.integers(-1, 6, 200)
    lng[:9] = np.nan
    group[group == 4] = 5
    rings = draw_outlines(group, 6, lng, lat).list_rings()
    for number, ring in enumerate(rings):
        mine = np.column_stack([lng, lat])[(group == number) & ~np.isnan(lng)]
        if len(mine) < 3:
            assert len(ring) == 0
            continue
        hull = ConvexHull(mine)
        assert {*map(tuple, ring.tolist())} == {*map(tuple, mine[hull.vertices].tolist())}
        area = 0.5 * np.sum(ring[:, 0] * np.roll(ring[:, 1], -1) - np.roll(ring[:, 0], -1) * ring[:, 1])
        assert area == pytest.approx(hull.volume)  # anticlockwise


def test_points_in_a_line_have_no_outline():
    assert draw_outlines(np.zeros(3, int), 1, np.arange(3.0), np.arange(3.0)).length.tolist() == [0]


@pytest.mark.parametrize("seed", range(8))
def test_one_more_volunteer_serves_as_many_as_told(seed):
    """One place more anywhere in reach of a shortage serves one more; held to the best matching without and with it."""
    rng = np.random.default_rng(seed)
    n, places = 14, 9  # all may have one another: one shortage of 5 places
    lng, lat = 121.47 + rng.normal(0, 0.006, n), 31.23 + rng.normal(0, 0.006, n)
    squares = Squares.of(lng, lat, 250, 2)
    shown = squares.blur(lng, lat)
    reach = np.full(n, 700.0)
    worth = find_worth(squares, *shown, reach, [(np.arange(n), n - places)], 3)
    found = dict(zip(zip(worth.x.tolist(), worth.y.tolist(), strict=True), worth.elders.tolist(), strict=True))
    known = ~np.isnan(shown[0])
    x, y = squares.get_smallest(shown[0][known], shown[1][known])
    for site in {*zip(x.tolist(), y.tolist(), strict=True)}:
        across = (x - site[0]) * squares.size_lng * METRES_A_DEGREE * np.cos(np.radians(shown[1][known].mean()))
        up = (y - site[1]) * squares.size_lat * METRES_A_DEGREE
        near = np.zeros(n, bool)
        near[known] = np.hypot(across, up) <= 700
        may = np.ones((n, places + 3), int)
        may[:, places:] = near[:, None]
        rows, columns = linear_sum_assignment(-may)
        assert found.get(site, 0) == may[rows, columns].sum() - places


def test_metres_are_rounded_up_to_hundreds():
    assert round_up(np.array([0.0, 1.0, 100.0, 100.1])).tolist() == [100, 100, 100, 200]
    assert np.isnan(round_up(np.array([np.nan])))[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "within the limit of 1000 m on foot; the nearest would walk 1234 m; 3 volunteers",
            "within the limit of 1000 m on foot; the nearest would walk 1300 m; 3 volunteers",
        ),
        (
            "步行 1000 米以内没有志愿者；最近的要走 1,234 米；E000123",
            "步行 1000 米以内没有志愿者；最近的要走 1,300 米；E000123",
        ),
        ("distance loosened (distance.urban_limit_m=1034)", "distance loosened (distance.urban_limit_m=1100)"),
        ("max_walk_m of V000012 raised to 634", "max_walk_m of V000012 raised to 700"),
        ("名册中 V000012 的“最远步行”放宽到 634", "名册中 V000012 的“最远步行”放宽到 700"),
        ("places run out: 191 elders, 12 minutes", "places run out: 191 elders, 12 minutes"),
    ],
)
def test_sentences_tell_coarse_metres(text, told):
    assert hide_metres(text) == told
