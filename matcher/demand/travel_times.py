"""Travel times: minutes on foot between the homes to which one volunteer's visits lead, and the volunteer's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.features.straight_line import Locations
from matcher.roster.model import Roster
from matcher.settings import Settings

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """A matrix of minutes for each of V volunteers, one after another."""

    minutes: Index
    """Whole minutes, rounded up; matrix after matrix, row by row."""
    start: Index
    """Where each volunteer's matrix begins, (V + 1,)."""
    places: Index
    """How many places it has: home, then the pairs' elders, then others', (V,)."""

    @classmethod
    def compute(cls, homes: Homes, settings: Settings, home: Index, elder: Index, places: Index) -> TravelTimes:
        """Return the walks of volunteers ``home``, (V,), with ``places`` - 1 elders each, in a row in ``elder``.

        Straight line x detour factor / walking speed; none inside a building. Two without coordinates are as far
        apart as the settings say for the lane or the committee that they share; where that is not known either, the
        walk counts as none, and only the pause between contacts is kept.
        """
        at = np.concatenate(([0], np.cumsum(places)))
        who = np.empty(at[-1], dtype=np.int64)
        is_home = np.zeros(at[-1], dtype=bool)
        is_home[at[:-1]] = True
        who[is_home] = homes.n_elders + home
        who[~is_home] = elder
        size = places * places
        start = np.concatenate(([0], np.cumsum(size)))
        cell = np.arange(start[-1]) - np.repeat(start[:-1], size)
        width, first = np.repeat(places, size), np.repeat(at[:-1], size)
        a, b = who[first + cell // width], who[first + cell % width]
        distance_m = homes.measure_m(a, b) * settings.distance.detour_factor
        return cls(compute_walk_min(distance_m, settings), start, places)


def compute_walk_min(walked_m: NDArray[np.float64], settings: Settings) -> Index:
    """Return the whole minutes, rounded up, that so many metres on foot take."""
    return np.maximum(np.ceil(walked_m / settings.schedule.walking_m_per_s / 60 - 1e-6), 0).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """The homes of everybody, elders and then volunteers."""

    locations: Locations
    n_elders: int
    """How many of them are elders."""

    @classmethod
    def find(cls, roster: Roster, settings: Settings) -> Homes:
        """Return the homes of a roster."""
        return cls(Locations.of(roster, settings), len(roster.elders))

    def measure_m(self, a: Index, b: Index) -> NDArray[np.float64]:
        """Return the straight lines between people a and b: 0 inside a building, and where nobody knows."""
        distance_m = self.locations.measure_m(a, b)
        here, there = self.locations.names[a, 0], self.locations.names[b, 0]
        distance_m[(here >= 0) & (here == there)] = 0.0
        distance_m[a == b] = 0.0
        return np.nan_to_num(distance_m)
