"""Places for those who have no coordinates: of their building's other residents, else of what is next nearest.

Both rosters together are the map. Nothing is guessed: each place says in ``place_quality`` what it was taken from.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.cells import arrow

_AT_HOME = ("point", "building")
"""Coordinates of these qualities are good enough to place others of one building by."""
_AT_LANE = (*_AT_HOME, "lane", "compound")
"""And these of one lane, compound or wider."""
NAMES = ("building", "lane", "neighbourhood")
"""Columns by which two people are known to live near each other where no coordinates are; the narrowest first."""


_QUALITY = {
    "building": "building",
    "lane": "lane",
    "compound_key": "compound",
    "neighbourhood": "committee",
    "subdistrict_key": "subdistrict",
}
"""What a home is placed by, as ``place_quality`` says it, for each of ``home_keys.KEYS``."""
_PASSING = ["compound_key", "subdistrict_key"]
"""Columns of no use once everybody has a place."""
_USED = ("lng", "lat", "place_quality", *_QUALITY)


def place_homes(elders: pd.DataFrame, volunteers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both rosters with a place for everyone for whom one is known.

    ``lng`` and ``lat`` that are missing become the centroid of the coordinates that people of the same building, lane,
    compound, committee or subdistrict have: of the first of these in which anyone has any. ``place_quality`` becomes
    that one; ``point`` where a row has coordinates of its own and does not say otherwise; ``unmapped`` where there are
    no coordinates near but one of ``NAMES`` is known; ``none`` where nothing is. Coordinates that are only those of a
    subdistrict give way to anything narrower.
    """
    used = [name for name in _USED if name in elders and name in volunteers]
    everyone = pd.concat([elders[used], volunteers[used]], ignore_index=True)
    points = everyone[["lng", "lat"]].to_numpy(np.float64, copy=True)
    quality = everyone["place_quality"].to_numpy(dtype=object, copy=True)
    missing = np.isnan(points).any(axis=1)
    quality[~missing & np.isin(quality.astype(str), ["", "unmapped", "none"])] = "point"
    coarse = ~missing & (quality == "subdistrict")
    quality[missing] = "none"
    own = points[coarse]
    _fill(everyone, points, quality, missing | coarse)
    unplaced = np.isin(quality[coarse].astype(str), ["subdistrict", "unmapped", "none"])
    at = np.flatnonzero(coarse)[unplaced]
    points[at], quality[at] = own[unplaced], "subdistrict"
    cut = len(elders)
    return _put(elders, points[:cut], quality[:cut]), _put(volunteers, points[cut:], quality[cut:])


def tell_unplaced(people: pd.DataFrame, code: str) -> Iterator[Issue]:
    """Warn about each of whom nothing says where they live."""
    unplaced = people.loc[people["place_quality"] == "none", ["file", "row", "id"]]
    for person in unplaced.itertuples():
        yield Issue(code, str(person.file), int(str(person.row)), value=str(person.id))


def _fill(
    everyone: pd.DataFrame, points: NDArray[np.float64], quality: NDArray[np.object_], missing: NDArray[np.bool_]
) -> None:
    """Fill ``points`` and ``quality`` of those who are ``missing``."""
    of = quality.astype(str)
    left = missing.copy()
    for column, name in _QUALITY.items():
        if not left.any():
            return
        known = ~missing & np.isin(of, _AT_HOME if column == "building" else _AT_LANE)
        key = arrow(everyone[column]).to_numpy(zero_copy_only=False)
        centre = _find_centroids(key[known], points[known])
        where = pd.Index(centre.index).get_indexer(pd.Index(key[left]))
        found = np.flatnonzero(left)[where >= 0]
        points[found] = centre.to_numpy()[where[where >= 0]]
        quality[found] = name
        left[found] = False
    named = (everyone[list(NAMES)] != "").any(axis=1).to_numpy(dtype=bool)
    quality[left & named] = "unmapped"


def _find_centroids(key: NDArray[np.object_], points: NDArray[np.float64]) -> pd.DataFrame:
    """Return the mean of each key's distinct points, each as one, however many live there."""
    frame = pd.DataFrame({"key": key, "lng": points[:, 0], "lat": points[:, 1]})
    # sorted, so that the order of rows changes no last digit
    frame = frame[frame["key"] != ""].drop_duplicates().sort_values(["key", "lng", "lat"])
    return frame.groupby("key")[["lng", "lat"]].mean()


def _put(people: pd.DataFrame, points: NDArray[np.float64], quality: NDArray[np.object_]) -> pd.DataFrame:
    placed = people.assign(lng=points[:, 0], lat=points[:, 1], place_quality=pd.Series(quality, dtype=str))
    return placed.drop(columns=_PASSING, errors="ignore")
