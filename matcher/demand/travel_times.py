"""Walks: minutes on foot between the homes that one volunteer's visits lead to, and from and to the volunteer's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.geo.distance import straight_m, to_ecef
from matcher.roster.model import Roster
from matcher.roster.places import NAMES
from matcher.settings import Settings

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """A matrix of minutes for each of V volunteers, one after another."""

    minutes: Index
    """Whole minutes, rounded up; matrix after matrix, row by row."""
    start: Index
    """Where each volunteer's matrix begins, (V + 1,)."""
    places: Index
    """How many places it has: home, then the pairs' elders, then others', (V,)."""

    @classmethod
    def of(cls, homes: Homes, settings: Settings, home: Index, elder: Index, places: Index) -> Walks:
        """The walks of volunteers ``home``, (V,), with ``places`` - 1 elders each, who stand in ``elder`` in a row.

        Straight line x detour factor / walking speed; none inside a building. Two without coordinates are as far
        apart as the settings say for the lane or the committee that they share; where that is not known either, the
        walk counts as none, and only the pause between contacts is kept.
        """
        at = np.concatenate(([0], np.cumsum(places)))
        who = np.empty(at[-1], dtype=np.int64)
        is_home = np.zeros(at[-1], dtype=bool)
        is_home[at[:-1]] = True
        who[is_home] = homes.elders + home
        who[~is_home] = elder
        size = places * places
        start = np.concatenate(([0], np.cumsum(size)))
        cell = np.arange(start[-1]) - np.repeat(start[:-1], size)
        width, first = np.repeat(places, size), np.repeat(at[:-1], size)
        a, b = who[first + cell // width], who[first + cell % width]
        metres = homes.metres(a, b) * settings.distance.detour_factor
        return cls(walk_min(metres, settings), start, places)


def walk_min(walked_m: NDArray[np.float64], settings: Settings) -> Index:
    """Whole minutes, rounded up, that so many metres on foot take."""
    return np.maximum(np.ceil(walked_m / settings.schedule.walking_m_per_s / 60 - 1e-6), 0).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Where everybody lives, elders and then volunteers."""

    xyz: NDArray[np.float64]
    elders: int
    """How many of them are elders."""
    names: Index
    """Numbers of building, lane and neighbourhood, -1 where unknown."""
    named_m: tuple[float, ...]

    @classmethod
    def of(cls, roster: Roster, settings: Settings) -> Homes:
        """The homes of a roster."""
        both = pd.concat([roster.elders, roster.volunteers], ignore_index=True)
        xyz = to_ecef(both["lat"].to_numpy(float), both["lng"].to_numpy(float))
        names = np.column_stack([pd.factorize(both[name].where(both[name] != ""))[0] for name in NAMES])
        place = settings.place
        return cls(
            xyz,
            len(roster.elders),
            names.astype(np.int64),
            (0.0, float(place.same_lane_m), float(place.same_committee_m)),
        )

    def metres(self, a: Index, b: Index) -> NDArray[np.float64]:
        """Straight lines between people a and b."""
        metres = straight_m(self.xyz[a], self.xyz[b])
        unmapped = np.isnan(self.xyz[:, 0])
        neither = unmapped[a] & unmapped[b]
        for i in reversed(range(len(self.named_m))):
            share = (self.names[a, i] >= 0) & (self.names[a, i] == self.names[b, i])
            metres[share & (neither if i else True)] = self.named_m[i]
        metres[a == b] = 0.0
        return np.nan_to_num(metres)
