"""Straight lines between homes on the WGS-84 ellipsoid, computed otherwise than the planner does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_A_M, _E2 = 6_378_137.0, 0.006_694_379_990_141_3
_NEAR_M = 100_000.0
"""Up to here the arc over the chord is the geodesic to a centimetre."""

Degrees = NDArray[np.float64]


def measure_lines_m(one_deg: Degrees, other_deg: Degrees) -> NDArray[np.float64]:
    """Return the metres between n points and n others, latitude and longitude of each, (n, 2).

    The chord between the two, and the arc over it on a circle that bends as the ellipsoid does at the middle in that
    direction (Euler's theorem). Those who live far apart are measured by geopy's geodesic.
    """
    one, other = np.radians(one_deg), np.radians(other_deg)
    chord_m = np.sqrt(((_find_points(one) - _find_points(other)) ** 2).sum(axis=1))
    middle = (one[:, 0] + other[:, 0]) / 2
    bend = 1 - _E2 * np.sin(middle) ** 2
    along_meridian, across = _A_M * (1 - _E2) / bend**1.5, _A_M / np.sqrt(bend)
    north = along_meridian * (other[:, 0] - one[:, 0])
    east = across * np.cos(middle) * (other[:, 1] - one[:, 1])
    share = np.divide(north**2, north**2 + east**2, out=np.zeros(len(north)), where=(north != 0) | (east != 0))
    radius_m = 1 / (share / along_meridian + (1 - share) / across)
    metres = np.asarray(2 * radius_m * np.arcsin(np.minimum(chord_m / (2 * radius_m), 1.0)), dtype=np.float64)
    for i in np.flatnonzero(chord_m > _NEAR_M).tolist():
        from geopy.distance import geodesic  # noqa: PLC0415 - it loads all of geopy, and few live so far apart

        metres[i] = geodesic(one_deg[i], other_deg[i]).m
    return metres


def measure_nearest_lines_m(one_deg: Degrees, others_deg: Degrees) -> NDArray[np.float64]:
    """Return the metres from each of n points to the nearest of others; NaN where no two of them are known."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - questions about a plan measure nothing, and it takes long to load

    metres, known = np.full(len(one_deg), np.nan), ~np.isnan(one_deg).any(axis=1)
    others_deg = others_deg[~np.isnan(others_deg).any(axis=1)]
    if known.any() and len(others_deg):
        _chord_m, nearest = KDTree(_find_points(np.radians(others_deg))).query(_find_points(np.radians(one_deg[known])))
        metres[known] = measure_lines_m(one_deg[known], others_deg[nearest])
    return metres


def _find_points(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points of latitude and longitude, radians, as seen from the middle of the Earth, metres, (n, 3)."""
    lat, lng = place.T
    across = _A_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    return np.stack(
        [across * np.cos(lat) * np.cos(lng), across * np.cos(lat) * np.sin(lng), across * (1 - _E2) * np.sin(lat)],
        axis=1,
    )
