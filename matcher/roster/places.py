"""Places for those who have no coordinates: of their building's other residents, else of what is next nearest.

Both rosters together are the map. Nothing is guessed: each place says in ``place_quality`` what it was taken from.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.address import area_keys
from matcher.roster.cells import arrow

_AT_HOME = ("point", "building")
"""Coordinates of these qualities are good enough to place others by."""
NAMES = ("building", "lane", "neighbourhood")
"""Columns by which two people are known to live near each other where no coordinates are; the narrowest first."""


_USED = ("district", "subdistrict", "compound", "lng", "lat", "place_quality", *NAMES)


def placed(elders: pd.DataFrame, volunteers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both rosters with a place for everyone for whom one is known.

    ``lng`` and ``lat`` that are missing become the centroid of the coordinates that people of the same building, lane,
    compound, committee or subdistrict have: of the first of these in which anyone has any. ``place_quality`` becomes
    that one; ``point`` where a row has coordinates of its own and does not say otherwise; ``unmapped`` where there are
    no coordinates near but one of ``NAMES`` is known; ``none`` where nothing is.
    """
    used = [name for name in _USED if name in elders and name in volunteers]
    everyone = pd.concat([elders[used], volunteers[used]], ignore_index=True)
    points = everyone[["lng", "lat"]].to_numpy(np.float64, copy=True)
    missing = np.isnan(points).any(axis=1)
    quality = everyone["place_quality"].to_numpy(dtype=object, copy=True)
    quality[~missing & np.isin(quality.astype(str), ["", "unmapped", "none"])] = "point"
    quality[missing] = "none"
    if missing.any():
        known = ~missing & np.isin(quality.astype(str), _AT_HOME)
        _fill(everyone, points, quality, missing, known)
    cut = len(elders)
    return _with(elders, points[:cut], quality[:cut]), _with(volunteers, points[cut:], quality[cut:])


def unknown_places(people: pd.DataFrame, code: str) -> Iterator[Issue]:
    """A warning for each of whom nothing says where they live."""
    for person in people[people["place_quality"] == "none"].itertuples():
        yield Issue(code, str(person.file), int(str(person.row)), value=str(person.id))


def _fill(
    everyone: pd.DataFrame,
    points: NDArray[np.float64],
    quality: NDArray[np.object_],
    missing: NDArray[np.bool_],
    known: NDArray[np.bool_],
) -> None:
    """Fill ``points`` and ``quality`` of those who are ``missing``."""
    keys = {
        "building": arrow(everyone["building"]),
        "lane": arrow(everyone["lane"]),
        "compound": area_keys(everyone, "compound"),
        "committee": arrow(everyone["neighbourhood"]),
        "subdistrict": area_keys(everyone, "subdistrict"),
    }
    left = missing.copy()
    for name, cells in keys.items():
        key = cells.to_numpy(zero_copy_only=False)
        centre = _centroids(key[known], points[known])
        where = pd.Index(centre.index).get_indexer(pd.Index(key[left]))
        found = np.flatnonzero(left)[where >= 0]
        points[found] = centre.to_numpy()[where[where >= 0]]
        quality[found] = name
        left[found] = False
    named = (everyone[list(NAMES)] != "").any(axis=1).to_numpy(dtype=bool)
    quality[left & named] = "unmapped"


def _centroids(key: NDArray[np.object_], points: NDArray[np.float64]) -> pd.DataFrame:
    """Mean of each key's distinct points: each as one, however many live there, whatever the order of rows."""
    frame = pd.DataFrame({"key": key, "lng": points[:, 0], "lat": points[:, 1]})
    frame = frame[frame["key"] != ""].drop_duplicates().sort_values(["key", "lng", "lat"])
    return frame.groupby("key")[["lng", "lat"]].mean()


def _with(people: pd.DataFrame, points: NDArray[np.float64], quality: NDArray[np.object_]) -> pd.DataFrame:
    return people.assign(lng=points[:, 0], lat=points[:, 1], place_quality=pd.Series(quality, dtype=str))
