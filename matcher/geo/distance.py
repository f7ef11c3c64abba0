"""Distances on the WGS-84 ellipsoid: by chords for choosing, geodesics for reporting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_A_M = 6_378_137.0
"""Semi-major axis of WGS-84."""
_F = 1 / 298.257223563
"""Flattening of WGS-84."""
_E2 = _F * (2 - _F)
_R_M = 6_371_008.8
"""Mean radius (IUGG), for the small step from chord to arc."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MOST_ROUNDS = 20
_SETTLED_RAD = 1e-13
"""A change of longitude by which an arc changes by less than a micrometre."""


def to_ecef(lat_deg: FloatArray, lng_deg: FloatArray) -> FloatArray:
    """Return earth-centred coordinates in metres, shape (n, 3), of points on the ellipsoid (height 0).

    The standard geodetic-to-ECEF formula (EPSG guidance note 7-2, 4.1.1). A straight chord between two such points
    is never longer than the geodesic, so a ball around one misses no neighbour, anywhere on Earth.
    """
    lat, lng = np.radians(lat_deg), np.radians(lng_deg)
    normal = _A_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    return np.column_stack(
        (
            normal * np.cos(lat) * np.cos(lng),
            normal * np.cos(lat) * np.sin(lng),
            normal * (1 - _E2) * np.sin(lat),
        )
    )


def straight_m(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return geodesic metres between ECEF points ``a`` and ``b``, both (n, 3), from their chord.

    The chord c of an arc s on a circle of radius R is 2 R sin(s / 2R). The ellipsoid's radius of curvature differs
    from R by under 1 %, and the whole correction is 1e-7 at 10 km: the error there is below 1e-8.
    """
    return measure_arcs_m(*(here - there for here, there in zip(a.T, b.T, strict=True)))


def measure_arcs_m(x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """Return geodesic metres of chords by their components, (n,) each, which are used up: a city has millions."""
    x *= x
    y *= y
    z *= z
    x += y
    x += z
    np.sqrt(x, out=x)
    x /= 2 * _R_M
    np.minimum(x, 1.0, out=x)
    np.arcsin(x, out=x)
    x *= 2 * _R_M
    return x


def geodesic_m(lat1_deg: FloatArray, lng1_deg: FloatArray, lat2_deg: FloatArray, lng2_deg: FloatArray) -> FloatArray:
    """Return the geodesic in metres between n pairs of points, by Vincenty's inverse formula.

    T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with application of nested equations",
    Survey Review 23 (176), 1975. It is geopy's geodesic to well below a millimetre; where it does not converge, at
    points nearly opposite on Earth, geopy is asked.
    """
    u1, u2 = (np.arctan((1 - _F) * np.tan(np.radians(lat))) for lat in (lat1_deg, lat2_deg))
    sin1, cos1, sin2, cos2 = np.sin(u1), np.cos(u1), np.sin(u2), np.cos(u2)
    apart = (np.radians(np.subtract(lng2_deg, lng1_deg)) + np.pi) % (2 * np.pi) - np.pi
    turn, settled = apart, np.zeros(len(apart), dtype=np.bool_)
    with np.errstate(invalid="ignore", divide="ignore"):
        for _round in range(_MOST_ROUNDS):
            sin_arc = np.hypot(cos2 * np.sin(turn), cos1 * sin2 - sin1 * cos2 * np.cos(turn))
            cos_arc = sin1 * sin2 + cos1 * cos2 * np.cos(turn)
            arc = np.arctan2(sin_arc, cos_arc)
            sin_azimuth = np.where(sin_arc > 0, cos1 * cos2 * np.sin(turn) / sin_arc, 0.0)
            cos2_azimuth = 1 - sin_azimuth**2
            # of an arc along the equator the middle is anywhere: the terms with it vanish
            middle = np.where(cos2_azimuth > 0, cos_arc - 2 * sin1 * sin2 / cos2_azimuth, 0.0)
            c = _F / 16 * cos2_azimuth * (4 + _F * (4 - 3 * cos2_azimuth))
            bend = arc + c * sin_arc * (middle + c * cos_arc * (2 * middle**2 - 1))
            turn, before = apart + (1 - c) * _F * sin_azimuth * bend, turn
            settled = np.abs(turn - before) < _SETTLED_RAD
            if settled.all():
                break
        square = cos2_azimuth * _E2 / (1 - _E2)
        a = 1 + square / 16384 * (4096 + square * (-768 + square * (320 - 175 * square)))
        b = square / 1024 * (256 + square * (-128 + square * (74 - 47 * square)))
        last = b / 6 * middle * (4 * sin_arc**2 - 3) * (4 * middle**2 - 3)
        less = b * sin_arc * (middle + b / 4 * (cos_arc * (2 * middle**2 - 1) - last))
    metres = np.asarray(_A_M * (1 - _F) * a * (arc - less), dtype=np.float64)
    settled &= np.abs(turn) < np.pi
    for i in np.flatnonzero(~settled).tolist():
        from geopy.distance import geodesic  # noqa: PLC0415 - it loads all of geopy, and such points are rare

        metres[i] = geodesic((lat1_deg[i], lng1_deg[i]), (lat2_deg[i], lng2_deg[i])).m
    return metres
