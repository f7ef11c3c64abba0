"""What one more volunteer would be worth, by where they live: so many elders more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.outputs.page.squares import METRES_A_DEGREE, Squares

Index = NDArray[np.int64]
Degrees = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """Squares of the map, by column and row, in which one more volunteer would help."""

    x: Index
    y: Index
    elders: Index
    """How many more one could serve who lives there, at most."""


def find_worth(
    squares: Squares,
    lng: Degrees,
    lat: Degrees,
    reach_m: Degrees,
    shortages: Sequence[tuple[Index, int]],
    usual_capacity: int,
) -> Worth:
    """Return where one more volunteer would serve elders who are left out.

    Whoever frees a place for anybody of a shortage's elders lets one more of them be served, for a path of
    displacements leads from one who is left out to each of them (Dulmage and Mendelsohn, 1958). So a volunteer adds as
    many as places are missing, elders are near, or places are usual: the least of these.

    Args:
        squares: The squares of the map.
        lng: Where elders are shown; NaN where they are not.
        lat: Likewise.
        reach_m: From how far away each may be served, in a straight line.
        shortages: The elders of each, and its missing places.
        usual_capacity: Places of a volunteer.
    """
    known = np.isfinite(lng) & np.isfinite(lat)
    x, y = squares.get_smallest(lng[known], lat[known])
    sites = np.unique(_join(x, y))
    rows, columns, counts = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, (elders, _missing) in enumerate(shortages):
        mine = elders[known[elders]]
        for reach in np.unique(reach_m[mine]).tolist():
            who = mine[reach_m[mine] == reach]
            homes, near = np.unique(_join(*squares.get_smallest(lng[who], lat[who])), return_counts=True)
            for step in _list_steps(squares, reach, lat[who]):
                at = np.minimum(np.searchsorted(sites, homes + step), len(sites) - 1)
                inside = sites[at] == homes + step
                rows.append(at[inside])
                columns.append(np.full(int(inside.sum()), number, dtype=np.int64))
                counts.append(near[inside])
    places = (np.concatenate(rows), np.concatenate(columns))
    from scipy import sparse  # noqa: PLC0415 - loading takes longer than most questions about a plan

    near_by = sparse.csr_array((np.concatenate(counts), places), shape=(len(sites), len(shortages)))
    missing = np.array([lacking for _elders, lacking in shortages], dtype=np.int64)
    near_by.data = np.minimum(near_by.data, missing[near_by.indices])
    more = np.minimum(np.asarray(near_by.sum(axis=1)).ravel(), usual_capacity).astype(np.int64)
    helps = more > 0
    x, y = _part(sites[helps])
    return Worth(x, y, more[helps])


def _join(x: Index, y: Index) -> Index:
    return np.asarray((x << 32) + (y + (1 << 31)))


def _part(key: Index) -> tuple[Index, Index]:
    return key >> 32, (key & ((1 << 32) - 1)) - (1 << 31)


def _list_steps(squares: Squares, reach_m: float, lat: Degrees) -> list[int]:
    """Return the steps in key to all squares whose middle is within reach."""
    up_m = squares.size_lat * METRES_A_DEGREE
    across_m = squares.size_lng * METRES_A_DEGREE * float(np.cos(np.radians(lat.mean())))
    most = int(reach_m // min(up_m, across_m)) + 1
    return [
        (dx << 32) + dy
        for dx in range(-most, most + 1)
        for dy in range(-most, most + 1)
        if np.hypot(dx * across_m, dy * up_m) <= reach_m
    ]
