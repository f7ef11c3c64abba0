"""Distances against geopy's geodesic."""

import numpy as np
from geopy.distance import distance as geopy_distance
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.geo.distance import geodesic_m, straight_m, to_ecef


@given(
    lat=st.floats(-89.9, 89.9),
    lng=st.floats(-180, 180),
    bearing=st.floats(0, 360),
    metres=st.floats(0.01, 10_000),
)
@settings(deadline=None, max_examples=300)
def test_straight_is_geopys_geodesic_up_to_ten_kilometres(lat, lng, bearing, metres):
    other = geopy_distance(meters=metres).destination((lat, lng), bearing)
    a = to_ecef(np.array([lat]), np.array([lng]))
    b = to_ecef(np.array([other.latitude]), np.array([other.longitude]))
    true_m = geodesic((lat, lng), (other.latitude, other.longitude)).m
    # the issue asks for 0.01 %; the chord keeps a ten-thousandth of that, and a micrometre of rounding
    assert abs(straight_m(a, b)[0] - true_m) <= 1e-8 * true_m + 1e-6


def test_geodesic_is_geopys_own_and_keeps_order():
    rng = np.random.default_rng(1)
    lat, lng = rng.uniform(30.7, 31.8, (2, 40)), rng.uniform(120.9, 122, (2, 40))
    lat[:, 20:], lng[:, 20:] = lat[:, :20], lng[:, :20]  # every pair twice
    got = geodesic_m(lat[0], lng[0], lat[1], lng[1])
    assert got.tolist() == [
        geodesic(*ends).m
        for ends in zip(zip(lat[0], lng[0], strict=True), zip(lat[1], lng[1], strict=True), strict=True)
    ]
    assert geodesic_m(*np.empty((4, 0))).shape == (0,)
