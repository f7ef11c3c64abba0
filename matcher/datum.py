"""Datums met in China: WGS-84 (phones, OpenStreetMap), GCJ-02 (Amap, Tencent) and BD-09 (Baidu), converted either way.

GCJ-02 and BD-09 have no published definition. The forward formulas here are the ones that everyone uses (eviltransform
by googollee, MIT; PRCoords by Artoria2e5, CC0; coordtransform by wandergis, MIT); the inverses have no closed form and
are iterated, where those libraries' default inverses are off by up to metres.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: tuple[Datum, ...] = ("wgs84", "gcj02", "bd09")

FloatArray = NDArray[np.float64]
Points = tuple[FloatArray, FloatArray]
"""Longitudes and latitudes, degrees."""

_NAMES: dict[Datum, str] = {
    "wgs84": r"wgs-?84|gps|cgcs-?2000|天地图",
    "gcj02": r"gcj-?02|火星|高德|腾讯|amap|tencent",
    "bd09": r"bd-?09(?:ll)?|百度|baidu",
}
"""What headers call the datums; CGCS2000 is WGS-84 to within centimetres."""
_ANY_NAME = re.compile(rf"[\s_(（\[【]*(?:{'|'.join(_NAMES.values())})(?:坐标系?)?[)）\]】]*", re.IGNORECASE)

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_A_M = 6_378_245.0
"""Semi-major axis of Krasovsky's ellipsoid of 1940, which GCJ-02's offset is turned into degrees with."""
_E2 = 0.00669342162296594323
_BAIDU_LNG, _BAIDU_LAT = 0.0065, 0.006
_WAVE = np.pi * 3000 / 180
_ROUNDS = 6
"""Each round leaves about 1/100 of the error (measured: 17 m, 0.15 m, 1 mm, 0.01 mm …): 1e-8 m after six, the floor."""


def find_datums_in(header: str) -> list[Datum]:
    """Find the datums that a header names: ``经度(GCJ-02)``, ``lng_gcj02`` and ``高德经度`` name GCJ-02."""
    plain = re.sub(r"[\s_]", "", unicodedata.normalize("NFKC", header))
    return [datum for datum, words in _NAMES.items() if re.search(words, plain, re.IGNORECASE)]


def strip_datum(header: str) -> str:
    """Return a header without the datum that it names."""
    return _ANY_NAME.sub("", header)


def convert(lng: ArrayLike, lat: ArrayLike, source: Datum, target: Datum) -> Points:
    """Convert longitudes and latitudes [degrees] of points from datum ``source`` to datum ``target``.

    Any shapes that broadcast; the inputs stay as they are. NaN stays NaN. A round trip is exact to below 1e-6 m.
    Outside the box that ``lies_in_china`` names, the three datums are one, as map providers have it, and points pass
    unchanged.

    Raises:
        ValueError: ``source`` or ``target`` is not one of ``DATUMS``.
    """
    if source not in DATUMS or target not in DATUMS:
        raise ValueError(f"datum {source!r} or {target!r} is not one of {', '.join(DATUMS)}")
    first, last = DATUMS.index(source), DATUMS.index(target)
    east, north = np.broadcast_arrays(np.asarray(lng, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    points = (east.copy(), north.copy())
    for step in range(first, last):
        points = _shift(points, _FORWARD[step])
    for step in range(first, last, -1):
        points = _shift_back(points, _FORWARD[step - 1])
    return points


def lies_in_china(lng: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell whether points lie in the box where the public formulas shift: 72.004–137.8347° E, 0.8293–55.8271° N.

    The box is coarse: Hong Kong, Macau, Taiwan and neighbouring countries are inside, though providers shift some of
    them differently or not at all. For rosters of mainland cities that does not matter.
    """
    east, north = np.asarray(lng, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    return (east >= _WEST) & (east <= _EAST) & (north >= _SOUTH) & (north <= _NORTH)


def _shift(points: Points, forward: Callable[[Points], Points]) -> Points:
    moved = forward(points)
    inside = lies_in_china(*points)
    return np.where(inside, moved[0], points[0]), np.where(inside, moved[1], points[1])


def _shift_back(points: Points, forward: Callable[[Points], Points]) -> Points:
    """Return the points that ``forward`` moves to ``points``.

    By fixed-point iteration, for offsets change slowly with place.
    """
    lng, lat = points
    for _ in range(_ROUNDS):
        there = forward((lng, lat))
        lng, lat = lng - (there[0] - points[0]), lat - (there[1] - points[1])
    inside = lies_in_china(lng, lat)
    return np.where(inside, lng, points[0]), np.where(inside, lat, points[1])


def _shift_to_gcj02(points: Points) -> Points:
    """Add GCJ-02's offset: polynomials and sines of the place in metres, turned into degrees."""
    lng, lat = points
    x, y = lng - 105.0, lat - 35.0
    pi = np.pi
    ripple = 20 * np.sin(6 * pi * x) + 20 * np.sin(2 * pi * x)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north_m += (ripple + 20 * np.sin(pi * y) + 40 * np.sin(pi * y / 3)) * 2 / 3
    north_m += (160 * np.sin(pi * y / 12) + 320 * np.sin(pi * y / 30)) * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east_m += (ripple + 20 * np.sin(pi * x) + 40 * np.sin(pi * x / 3)) * 2 / 3
    east_m += (150 * np.sin(pi * x / 12) + 300 * np.sin(pi * x / 30)) * 2 / 3
    phi = np.radians(lat)
    bulge = 1 - _E2 * np.sin(phi) ** 2
    degree_north_m = np.radians(_A_M * (1 - _E2) / bulge**1.5)
    degree_east_m = np.radians(_A_M * np.cos(phi) / np.sqrt(bulge))
    return lng + east_m / degree_east_m, lat + north_m / degree_north_m


def _shift_to_bd09(points: Points) -> Points:
    """Add BD-09's offset: a ripple in polar coordinates of the degrees, and a fixed step."""
    lng, lat = points
    radius = np.hypot(lng, lat) + 0.00002 * np.sin(lat * _WAVE)
    angle = np.arctan2(lat, lng) + 0.000003 * np.cos(lng * _WAVE)
    return radius * np.cos(angle) + _BAIDU_LNG, radius * np.sin(angle) + _BAIDU_LAT


_FORWARD: tuple[Callable[[Points], Points], ...] = (_shift_to_gcj02, _shift_to_bd09)
