"""Places for recruits: committees by the middle of the homes known there, buildings, or places from a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import Roster

Index = NDArray[np.int64]
_SQUARE_DEGREES = 0.01
"""Width of a square of the map, about a kilometre: its homes make a place where no committee is known."""
_COLUMNS = ("district", "subdistrict", "committee", "compound", "address", "lng", "lat", "place_quality")
_KEYS = ("building", "lane", "neighbourhood")


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places where a recruit could live, the first first."""

    names: tuple[str, ...]
    """Name of each; it may stand in outputs."""
    homes: pd.DataFrame
    """Home of each, as columns of a roster."""
    capacity: Index
    """Elders that a recruit there takes, (n,)."""

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self.names)


def list_committees(roster: Roster, capacity: int) -> Places:
    """Return a place a committee: the median of the homes known there, of both rosters.

    Where no committee is known, the homes of a square of the map are taken together.
    """
    people = _list_homes(roster)
    square = _name_squares(people)
    known = people["neighbourhood"] != ""
    return _group(people, people["neighbourhood"].where(known, "square " + square), capacity, square.where(~known, ""))


def list_buildings(roster: Roster, committees: Places, chosen: Index, capacity: int) -> Places:
    """Return the buildings of some committees, each where its homes are; those without a known building stay out."""
    people = _list_homes(roster)
    wanted = set(committees.homes["neighbourhood"].iloc[chosen]) - {""}
    people = people[people["neighbourhood"].isin(wanted) & (people["building"] != "")]
    return _group(people, people["building"], capacity, people["building"].str.rpartition("|")[2])


def take_places(frame: pd.DataFrame, capacity: int) -> Places:
    """Return the places of a file, read as a roster of volunteers; ``capacity`` where the file says none.

    Those without coordinates stay out: nobody could say whom a recruit there reaches.
    """
    frame = frame[frame[["lng", "lat"]].notna().all(axis=1)].reset_index(drop=True)
    places = frame["capacity"].fillna(float(capacity)).to_numpy().astype(np.int64)
    return Places(tuple(frame["name"].where(frame["name"] != "", frame["id"])), frame, np.maximum(places, 1))


def _list_homes(roster: Roster) -> pd.DataFrame:
    """Return all homes with coordinates."""
    names = [*_COLUMNS, *_KEYS]
    people = pd.concat([roster.elders[names], roster.volunteers[names]], ignore_index=True)
    return people[people[["lng", "lat"]].notna().all(axis=1)]


def _name_squares(people: pd.DataFrame) -> pd.Series:
    """Return the square of the map of each home, by its middle."""
    low = np.floor(people[["lat", "lng"]].to_numpy(np.float64) / _SQUARE_DEGREES)
    middle = (low + 0.5) * _SQUARE_DEGREES
    return pd.Series([f"{lat:.3f}, {lng:.3f}" for lat, lng in middle.tolist()], index=people.index, dtype=object)


def _group(people: pd.DataFrame, key: pd.Series, capacity: int, detail: pd.Series) -> Places:
    """Return a place for each key, in order: the median of its homes, called by its area and a detail."""
    people = people.assign(key=key, detail=detail).sort_values(["key", "lng", "lat"], kind="stable")
    by_key = people.groupby("key", sort=True)
    homes = by_key[[*_COLUMNS, *_KEYS]].first()
    homes[["lng", "lat"]] = by_key[["lng", "lat"]].median()
    homes = homes.assign(compound="", address="", place_quality="committee", building="", lane="")
    parts = homes[["district", "subdistrict", "committee"]].assign(detail=by_key["detail"].first())
    names = tuple(" ".join(filter(None, map(str, row))) for row in parts.itertuples(index=False))
    return Places(names, homes.reset_index(drop=True), np.full(len(homes), capacity, dtype=np.int64))
