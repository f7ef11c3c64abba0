"""Straight lines between homes, and what counts as one where neither home has coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.geo.distance import measure_arcs_m, to_ecef
from matcher.roster.model import Roster
from matcher.roster.places import NAMES
from matcher.settings import Settings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Metres = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Locations:
    """Where everybody lives: elders by their roster indices, then volunteers, n people in all."""

    xyz: NDArray[np.float64]
    """ECEF metres, (n, 3), column by column in memory; NaN without coordinates."""
    names: Index
    """Numbers of building, lane and neighbourhood, (n, 3); equal numbers of a column are one place, -1 is unknown."""
    shared_name_m: Metres
    """Straight line that counts between two without coordinates who share a building, lane or neighbourhood, (3,)."""
    n_elders: int

    @classmethod
    def of(cls, roster: Roster, settings: Settings) -> Locations:
        """Return the locations of a roster's people."""
        columns = ["lat", "lng", *NAMES]
        both = pd.concat([roster.elders[columns], roster.volunteers[columns]], ignore_index=True)
        xyz = np.asfortranarray(to_ecef(both["lat"].to_numpy(np.float64), both["lng"].to_numpy(np.float64)))
        names = np.column_stack([pd.factorize(both[name].where(both[name] != ""))[0] for name in NAMES])
        place = settings.place
        shared_name_m = np.array([0, place.same_lane_m, place.same_committee_m], dtype=np.float64)
        return cls(xyz, names.astype(np.int64), shared_name_m, len(roster.elders))

    @property
    def mapped(self) -> Mask:
        """Return who has coordinates, (n,)."""
        return np.asarray(np.isfinite(self.xyz).all(axis=1))

    def measure_m(self, a: Index, b: Index) -> Metres:
        """Return the straight line between people a and b; by name where neither has coordinates, else NaN."""
        return self.fill_by_name(a, b, measure_arcs_m(*(line[a] - line[b] for line in self.xyz.T)))

    def fill_by_name(self, a: Index, b: Index, metres: Metres) -> Metres:
        """Return ``metres`` between people a and b, filled where neither has coordinates.

        The narrowest name that the two share says how far apart they count. NaN stays where they share none, or where
        only one has coordinates: nobody knows how far those two live apart.
        """
        unknown = np.flatnonzero(np.isnan(metres))
        unknown = unknown[np.isnan(self.xyz[a[unknown], 0]) & np.isnan(self.xyz[b[unknown], 0])]
        if not len(unknown):
            return metres
        here, there = self.names[a[unknown]], self.names[b[unknown]]
        shared = (here == there) & (here >= 0)
        filled = metres.copy()
        filled[unknown] = np.where(shared.any(axis=1), self.shared_name_m[shared.argmax(axis=1)], np.nan)
        return filled
