"""Datums, held to points that well-known libraries publish, and to themselves."""

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.datum import DATUMS, convert, lies_in_china
from tests.helpers.effort import some

# googollee/eviltransform, javascript/test.js: wgs lat, lng → gcj lat, lng
EVILTRANSFORM = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
]
# hujiulong/gcoord, test/fixtures/china-cities.json: WGS84, GCJ02, BD09 as lng, lat
GCOORD = {
    "杭州市": ((120.1503589, 30.2764043), (120.1550722, 30.274088), (120.1616149, 30.2799982)),
    "泰州市": ((119.9183831, 32.4580023), (119.9231242, 32.4557802), (119.9296902, 32.4615531)),
    "辽阳市": ((123.2312099, 41.2651725), (123.2369518, 41.2672464), (123.2433178, 41.2736074)),
    "海口市": ((110.1939936, 20.046109), (110.1983008, 20.0440074), (110.2048302, 20.049869)),
    "昌吉回族自治州": ((87.3051259, 44.0098727), (87.308234, 44.0111892), (87.3148362, 44.0169423)),
}


def metres(a, b):
    return geodesic((float(a[1]), float(a[0])), (float(b[1]), float(b[0]))).m


@pytest.mark.parametrize(("lat", "lng", "gcj_lat", "gcj_lng"), EVILTRANSFORM)
def test_gcj02_agrees_with_eviltransform(lat, lng, gcj_lat, gcj_lng):
    assert metres(convert(lng, lat, "wgs84", "gcj02"), (gcj_lng, gcj_lat)) < 1e-4
    assert metres(convert(gcj_lng, gcj_lat, "gcj02", "wgs84"), (lng, lat)) < 1e-4


@pytest.mark.parametrize(
    ("source", "target", "lng", "lat", "within_m"),
    [  # wandergis/coordtransform, test/app.js, all of (116.404, 39.915)
        ("wgs84", "gcj02", 116.41024449916938, 39.91640428150164, 1e-6),
        ("gcj02", "bd09", 116.41036949371029, 39.92133699351021, 1e-6),
        # its inverses take one step: off by the size of what is left, as LIBRARIES says of all of them
        ("bd09", "gcj02", 116.39762729119315, 39.90865673957631, 0.1),
        ("gcj02", "wgs84", 116.39775550083061, 39.91359571849836, 0.1),
    ],
)
def test_agrees_with_coordtransform(source, target, lng, lat, within_m):
    assert metres(convert(116.404, 39.915, source, target), (lng, lat)) < within_m


@pytest.mark.parametrize("city", GCOORD)
def test_agrees_with_points_of_gcoord(city):
    wgs, gcj, bd = GCOORD[city]
    assert metres(convert(*gcj, "gcj02", "bd09"), bd) < 0.05
    assert metres(convert(*bd, "bd09", "gcj02"), gcj) < 0.05
    assert metres(convert(*wgs, "wgs84", "gcj02"), gcj) < 2  # the fixture's WGS-84 are the map provider's, rounded
    assert metres(convert(*bd, "bd09", "wgs84"), wgs) < 2


places = st.tuples(st.floats(73, 136), st.floats(3, 54))


@given(place=places, source=st.sampled_from(DATUMS), target=st.sampled_from(DATUMS))
@settings(deadline=None, max_examples=some(300))
def test_a_round_trip_comes_back_within_a_micrometre(place, source, target):
    there = convert(*place, source, target)
    back = convert(*there, target, source)
    # degrees, not geodesics, whose own iteration stops earlier
    assert np.hypot(back[0] - place[0], back[1] - place[1]) * 111_320 < 1e-6


@given(place=places)
@settings(deadline=None)
def test_two_steps_are_one(place):
    assert convert(*convert(*place, "wgs84", "gcj02"), "gcj02", "bd09") == convert(*place, "wgs84", "bd09")


@pytest.mark.parametrize("place", [(2.35, 48.85), (-0.13, 51.5), (151.2, -33.9), (72.0, 30.0), (121.0, 0.8)])
@pytest.mark.parametrize(("source", "target"), [("wgs84", "bd09"), ("bd09", "wgs84"), ("gcj02", "bd09")])
def test_outside_china_points_pass_unchanged(place, source, target):
    assert not lies_in_china(*place)
    assert convert(*place, source, target) == place


def test_offsets_in_shanghai():
    rng = np.random.default_rng(7)
    lng, lat = rng.uniform(120.9, 122.0, 300), rng.uniform(30.7, 31.8, 300)
    datum = {name: np.column_stack(convert(lng, lat, "wgs84", name)) for name in DATUMS}

    def apart(a, b):
        return [metres(p, q) for p, q in zip(datum[a], datum[b], strict=True)]

    assert 455 < min(apart("wgs84", "gcj02")) < max(apart("wgs84", "gcj02")) < 502
    assert 880 < min(apart("gcj02", "bd09")) < max(apart("gcj02", "bd09")) < 938
    assert 1_078 < min(apart("wgs84", "bd09")) < max(apart("wgs84", "bd09")) < 1_171


def test_arrays_keep_their_shape_and_input():
    lng, lat = np.array([121.47, np.nan, 2.35]), np.array([31.23, 31.0, 48.85])
    given = lng.copy()
    east, north = convert(lng, lat, "bd09", "wgs84")
    assert east.shape == north.shape == (3,)
    assert np.isnan(east[1])
    assert north[1] == 31.0  # where half a point is missing, nothing is moved
    assert np.array_equal(lng, given, equal_nan=True)
    east[:] = 0  # a result is the caller's own, even where nothing was converted
    same, _ = convert(lng, lat, "wgs84", "wgs84")
    same[:] = 0
    assert np.array_equal(lng, given, equal_nan=True)
    assert convert([], [], "wgs84", "gcj02")[0].shape == (0,)


@pytest.mark.parametrize(("source", "target"), [("wgs", "gcj02"), ("gcj02", "GCJ02")])
def test_an_unknown_datum_is_refused(source, target):
    with pytest.raises(ValueError, match="not one of wgs84, gcj02, bd09"):
        convert(121.47, 31.23, source, target)
