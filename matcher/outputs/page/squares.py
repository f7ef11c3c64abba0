"""Where people are shown: in squares that several elders share, never at their homes.

A square of ``size_m`` is shown where at least ``least`` elders live in it. Those who are left over are looked at
together in squares of twice the size, and so on, as in a quadtree; who shares no square of ``_LEVELS`` doublings is
shown nowhere. Within the square a point is drawn by the person's rank among all ids: it says nothing of the home.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Degrees = NDArray[np.float64]

METRES_A_DEGREE = 111_195.0
"""Of latitude, on the mean sphere."""
_LEVELS = 7
_MARGIN = 0.06
"""Share of a square along each side that stays empty, so that points of two squares stand apart."""
_NOWHERE = -1
_DECIMALS = 12
"""Of a square's size in degrees: the page's script counts squares by the same number."""


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """The squares of a map, and who lives in which."""

    size_lng: float
    size_lat: float
    """Of the smallest squares, degrees; they are counted from 0° and 0°."""
    shown: tuple[Index, ...]
    """The squares of each level that are shown, sorted keys."""

    @classmethod
    def of(cls, lng: Degrees, lat: Degrees, size_m: float, least: int) -> Squares:
        """Return the squares that at least so many of these people share."""
        known = np.isfinite(lng) & np.isfinite(lat)
        # a whole degree: the grid does not follow the people
        middle = float(np.rint(np.median(lat[known]))) if known.any() else 0.0
        size_lat = size_m / METRES_A_DEGREE
        size_lng = size_lat / max(float(np.cos(np.radians(middle))), 0.05)
        bare = cls(round(size_lng, _DECIMALS), round(size_lat, _DECIMALS), ())
        left = np.flatnonzero(known)
        shown = []
        for level in range(_LEVELS):
            keys, where, counts = np.unique(
                bare._make_keys(lng[left], lat[left], level), return_inverse=True, return_counts=True
            )
            is_shown = counts >= least
            shown.append(keys[is_shown])
            left = left[~is_shown[where]]
        return cls(bare.size_lng, bare.size_lat, tuple(shown))

    def _make_keys(self, lng: Degrees, lat: Degrees, level: int) -> Index:
        """Return a number for the square of each point; all points are known."""
        x, y = (np.floor(deg / size).astype(np.int64) for deg, size in ((lng, self.size_lng), (lat, self.size_lat)))
        return np.asarray(((x >> level) << 32) + ((y >> level) + (1 << 31)))

    def find_levels(self, lng: Degrees, lat: Degrees) -> Index:
        """Return the level of the smallest shown square that holds each point; -1 for none."""
        found = np.full(len(lng), _NOWHERE, dtype=np.int64)
        left = np.flatnonzero(np.isfinite(lng) & np.isfinite(lat))
        for level, keys in enumerate(self.shown):
            if not len(keys):
                continue
            mine = self._make_keys(lng[left], lat[left], level)
            at = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
            inside = keys[at] == mine
            found[left[inside]] = level
            left = left[~inside]
        return found

    def blur(self, lng: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
        """Return where each is shown, in order of the given people; NaN for who is shown nowhere."""
        level = self.find_levels(lng, lat)
        where = level >= 0
        shown = []
        for axis, (deg, size) in enumerate(((lng, self.size_lng), (lat, self.size_lat))):
            out = np.full(len(deg), np.nan)
            number = np.floor(deg[where] / size).astype(np.int64) >> level[where]
            within = _MARGIN + (1 - 2 * _MARGIN) * _draw(np.flatnonzero(where), axis)
            out[where] = (number + within) * size * np.exp2(level[where])
            shown.append(out)
        return shown[0], shown[1]

    def get_smallest(self, lng: Degrees, lat: Degrees) -> tuple[Index, Index]:
        """Return column and row of the smallest square of each point."""
        x, y = (np.floor(deg / size).astype(np.int64) for deg, size in ((lng, self.size_lng), (lat, self.size_lat)))
        return x, y


def _draw(rank: Index, stream: int) -> Degrees:
    """Return numbers from 0 to 1 that follow from ranks alone (SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = (rank.astype(np.uint64) * np.uint64(2) + np.uint64(stream + 1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return np.asarray((z >> np.uint64(11)).astype(np.float64) / (1 << 53))
