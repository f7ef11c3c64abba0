"""Places for homes that have none: of the building, else of what is next nearest, and which of them it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.geo.geocode.answers import QUALITIES, Answer, Quality

FloatArray = NDArray[np.float64]
Point = tuple[float, float]
"""Longitude and latitude, degrees, WGS-84."""


@dataclass(frozen=True, slots=True, eq=False)
class HomesToLocate:
    """The homes of a roster: WGS-84 degrees, NaN where unknown, and keys of what they lie in, empty where unknown."""

    lng: FloatArray
    lat: FloatArray
    building: Sequence[str]
    lane: Sequence[str]
    compound: Sequence[str]
    committee: Sequence[str]

    def keys(self, quality: Quality) -> Sequence[str]:
        """Return the keys of one kind."""
        return {
            "building": self.building,
            "lane": self.lane,
            "compound": self.compound,
            "committee": self.committee,
        }[quality]

    def without_place(self) -> NDArray[np.bool_]:
        """Tell which homes have no place."""
        return np.isnan(self.lng) | np.isnan(self.lat)

    def find_unknown_buildings(self) -> list[str]:
        """Return the buildings in which a home has no place and no neighbour has one either."""
        missing = self.without_place()
        known = {key for key, none in zip(self.building, missing, strict=True) if not none}
        return sorted({key for key, none in zip(self.building, missing, strict=True) if none and key} - known)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """A place for each home, and how near it is; NaN and ``none`` where nothing is known."""

    lng: FloatArray
    lat: FloatArray
    quality: list[Quality]


def fill(
    homes: HomesToLocate,
    answers: Mapping[str, Answer],
    listed: Callable[[Quality, str], Point | None] = lambda _k, _n: None,
) -> Places:
    """Give homes without a place the best that is known, in the order of ``QUALITIES``.

    For each kind: what was answered about the building, what a list has, and else the centroid of the homes in it
    whose building is known. Homes that have a place keep it.

    Args:
        homes: The homes.
        answers: Usable answers by building.
        listed: A list's point of a kind by key, None where it has none.
    """
    lng, lat = homes.lng.copy(), homes.lat.copy()
    missing = homes.without_place()
    lng[missing], lat[missing] = np.nan, np.nan
    quality: list[Quality] = ["none" if none else "building" for none in missing]
    left = np.flatnonzero(missing).tolist()
    known = ~missing
    for kind in QUALITIES[:-1]:
        keys = homes.keys(kind)
        centre = _find_centroids(keys, lng, lat, known)
        still = []
        for i in left:
            answer = answers.get(homes.building[i])
            point = (answer.lng, answer.lat) if answer and answer.quality == kind else None
            if point is None and (key := keys[i]):
                point = listed(kind, key) or centre.get(key)
            if point is None:
                still.append(i)
            else:
                lng[i], lat[i] = point
                quality[i] = kind
        left = still
        if kind == "building":
            known = ~np.isnan(lng)
    return Places(lng, lat, quality)


def _find_centroids(
    keys: Sequence[str], lng: FloatArray, lat: FloatArray, known: NDArray[np.bool_]
) -> dict[str, Point]:
    """Return the mean of each key's distinct points, whatever the order of rows."""
    points: dict[str, set[Point]] = {}
    for i in np.flatnonzero(known).tolist():
        if keys[i]:
            points.setdefault(keys[i], set()).add((float(lng[i]), float(lat[i])))
    return {key: tuple(np.mean(sorted(found), axis=0).tolist()) for key, found in points.items()}
