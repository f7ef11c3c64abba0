"""Outlines of groups of people: the convex hulls of where they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Degrees = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """Closed rings, one after the other; a group of fewer than three places has none."""

    lng: Degrees
    lat: Degrees
    length: Index
    """Corners of each group's ring."""

    @classmethod
    def of(cls, rings: Sequence[Degrees]) -> Outlines:
        """Return rings of corners, (n, 2) each, as one value."""
        corners = np.concatenate([np.empty((0, 2)), *rings])
        return cls(corners[:, 0], corners[:, 1], np.array([len(ring) for ring in rings], dtype=np.int64))

    def list_rings(self) -> list[Degrees]:
        """Return the corners of each ring, (n, 2)."""
        ends = np.cumsum(self.length)
        corners = np.column_stack([self.lng, self.lat])
        return [corners[end - n : end] for end, n in zip(ends.tolist(), self.length.tolist(), strict=True)]


def draw_outlines(group: Index, n_groups: int, lng: Degrees, lat: Degrees) -> Outlines:
    """Return the hull of each group's points; points without a group (-1) or a place (NaN) count for none."""
    known = (group >= 0) & np.isfinite(lng) & np.isfinite(lat)
    order = np.flatnonzero(known)
    order = order[np.lexsort((lat[order], lng[order], group[order]))]
    ends = np.searchsorted(group[order], np.arange(n_groups), side="right").tolist()
    points = np.column_stack([lng, lat])[order]
    rings, start = [], 0
    for end in ends:
        rings.append(find_hull(points[start:end]))
        start = end
    return Outlines.of(rings)


def find_hull(points: Degrees) -> Degrees:
    """Return the corners of the convex hull, anticlockwise (Andrew's monotone chain, 1979).

    Args:
        points: (n, 2), sorted by the first and then the second coordinate.
    """
    listed = list(dict.fromkeys(map(tuple, points.tolist())))
    if len(listed) < 3:
        return np.empty((0, 2))
    halves = []
    for run in (listed, listed[::-1]):
        half: list[tuple[float, float]] = []
        for x, y in run:
            # invariant: the corners in half turn left throughout
            while len(half) > 1 and (
                (half[-1][0] - half[-2][0]) * (y - half[-2][1]) <= (half[-1][1] - half[-2][1]) * (x - half[-2][0])
            ):
                half.pop()
            half.append((x, y))
        halves.append(half[:-1])
    ring = [*halves[0], *halves[1]]
    return np.array(ring) if len(ring) > 2 else np.empty((0, 2))
