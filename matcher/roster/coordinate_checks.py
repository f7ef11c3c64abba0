"""Points that can't be where their people live: outside the city, or in another datum than their neighbours.

A datum can only be told from neighbours: where most of a building's, or of a compact committee's, points lie together
and one lies off by the known distance and direction between two datums. In a committee as wide as the datums' distance
(490 m at Shanghai) one point may lie anywhere, and does not show. A whole file in a wrong datum has no neighbours to
differ from: ``wrong_datums`` holds it against the other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.datum import DATUMS, Datum, convert
from matcher.messages import Issue
from matcher.roster.cells import arrow
from matcher.roster.coordinates import spell_place
from matcher.roster.keys import make_keys
from matcher.roster.table import Table

_CITY_M = 100_000.0
_FEWEST_FOR_CITY = 10
"""Fewer points have no bulk."""
_FEWEST_NEIGHBOURS = {"building": 3, "committee": 10}
LABELS: dict[Datum, str] = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
_SPREAD, _NOISE_M = 3.0, 30.0
"""Neighbours lie within so many times their median distance from their centre, and the noise of a phone's GPS."""
_CLEARLY = 4
"""A point so many times further off than its neighbours is no neighbour."""
_DEGREE_M = 111_000.0

Floats = NDArray[np.float64]


def check_coordinates(table: Table, frame: pd.DataFrame) -> Iterator[Issue]:
    """Find points outside the city and points in a wrong datum.

    Args:
        table: The roster as text.
        frame: Its typed columns and keys of homes, all rows, with coordinates in one datum.
    """
    lng, lat = (frame[name].to_numpy(dtype=np.float64) for name in ("lng", "lat"))
    far_m = _measure_from_bulk_m(lng, lat)
    for i in np.flatnonzero(far_m > _CITY_M).tolist():
        value = spell_place(table, i)
        yield table.issue("place_far", "lng", i, value, distance_km=f"{far_m[i] / 1000:.0f}")
    shifted = _find_shifted(frame, lng, lat, far_m <= _CITY_M)
    for i, (told, right, off_m) in sorted(shifted.items()):
        params = {"told": LABELS[told], "right": LABELS[right], "distance_m": f"{off_m:.0f}"}
        yield table.issue("place_datum", "lng", i, spell_place(table, i), **params)


def _measure_from_bulk_m(lng: Floats, lat: Floats) -> Floats:
    """Return the metres from the roster's median point; 0 where there are too few points, or none."""
    known = ~(np.isnan(lng) | np.isnan(lat))
    if np.count_nonzero(known) < _FEWEST_FOR_CITY:
        return np.zeros(len(lng))
    middle = np.median(lng[known]), np.median(lat[known])
    distance = metres(lng - middle[0], lat - middle[1], (lat + middle[1]) / 2)
    return np.where(known, distance, 0.0)


def _find_shifted(
    frame: pd.DataFrame, lng: Floats, lat: Floats, usable: NDArray[np.bool_]
) -> dict[int, tuple[Datum, Datum, float]]:
    """Return by row the datum that its point was taken for, the one that it is in, and how many metres off it lies."""
    found: dict[int, tuple[Datum, Datum, float]] = {}
    usable = usable & ~(np.isnan(lng) | np.isnan(lat))
    keys = {"building": make_keys(drop_committees(frame)), "committee": make_keys(arrow(frame["neighbourhood"]))}
    for group, key in keys.items():
        rows = np.flatnonzero(usable & (key >= 0))
        rows = rows[np.bincount(key[rows])[key[rows]] >= _FEWEST_NEIGHBOURS[group]]
        if not len(rows):
            continue
        points = pd.DataFrame({"key": key[rows], "lng": lng[rows], "lat": lat[rows]})
        by_key = points.groupby("key", sort=False)
        centre = by_key[["lng", "lat"]].transform("median")
        off = metres(points["lng"] - centre["lng"], points["lat"] - centre["lat"], points["lat"])
        points["off"] = off
        radius = _SPREAD * by_key["off"].transform("median").to_numpy() + _NOISE_M
        at = np.flatnonzero(off > _CLEARLY * radius)
        for told, right in permutations(DATUMS, 2):
            east, north = convert(points["lng"].to_numpy()[at], points["lat"].to_numpy()[at], right, told)
            left_m = metres(east - centre["lng"].to_numpy()[at], north - centre["lat"].to_numpy()[at], north)
            for j in at[left_m <= radius[at]].tolist():
                found.setdefault(int(rows[j]), (told, right, float(off[j])))
    return found


def drop_committees(frame: pd.DataFrame) -> pa.Array:
    """Return the keys of buildings without the committee: of one town, a volunteer may name another than the elders."""
    return pc.replace_substring_regex(arrow(frame["building"]), r"^([^/|]*/[^/|]*)/[^|]*\|", r"\1|")


def measure_m(a_deg: Floats, b_deg: Floats) -> Floats:
    """Return metres between points of longitude and latitude [degrees], both (n, 2), as ``metres`` does."""
    return metres(a_deg[:, 0] - b_deg[:, 0], a_deg[:, 1] - b_deg[:, 1], a_deg[:, 1])


def metres(lng: object, lat: object, at_lat: object) -> Floats:
    """Return the length of a short way given in degrees, precise enough to tell 490 m from 30 m."""
    east = np.asarray(lng, dtype=np.float64) * np.cos(np.radians(np.asarray(at_lat, dtype=np.float64)))
    return np.asarray(np.hypot(east, np.asarray(lat, dtype=np.float64)) * _DEGREE_M)
