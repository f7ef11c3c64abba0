"""Where people live, read anew from their rows: what speaks against it that two live in one place.

The rosters' keys of buildings, lanes and committees are claims here. A claim counts only where the two rows name no
different areas, roads or numbers, and their own coordinates lie within reach of each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import Roster
from matcher.verify.cells import Cells
from matcher.verify.words import city, committee, district, room, spell_address, town

_NUMBER = re.compile(r"(\d+)[甲乙丙丁]?(支?弄|号|幢|组|队)", re.ASCII)
_DIGIT = re.compile(r"\d", re.ASCII)
_TAIL = 3
"""So many characters before the first number tell one road from another, whatever stands before them."""
_APART_M = {"building": 3_500.0, "lane": 4_500.0, "neighbourhood": 25_000.0}
_DEGREE_M = 111_700.0
"""Metres of a degree of latitude or longitude at most, anywhere on the WGS-84 ellipsoid."""
_COLUMNS = (
    *("building", "address", "district", "subdistrict", "committee"),
    *("place_quality", "lat", "lng"),
)
_UNITS = {"building": ("弄", "支弄", "号", "幢", "组", "队"), "lane": ("弄",), "neighbourhood": ()}


@dataclass(frozen=True, slots=True)
class Home:
    """What one row says of where its person lives; texts are empty where it says nothing."""

    building: str
    """The key of the building."""
    areas: tuple[str, str, str, str]
    road: str
    numbers: Mapping[str, str]
    room: str
    point: tuple[float, float] | None
    """Latitude and longitude of the home itself, degrees."""

    @classmethod
    def read(cls, row: Mapping[Any, Any]) -> Home:
        """Read one row of a roster."""
        address = spell_address(str(row["address"]))
        found = _NUMBER.findall(address)
        point = float(row["lat"]), float(row["lng"])
        measured = row["place_quality"] == "point" and not any(map(math.isnan, point))
        return cls(
            building=str(row["building"]),
            areas=(
                city(str(row["district"])) or city(str(row["address"])),
                district(str(row["district"])),
                town(str(row["subdistrict"])),
                committee(str(row["committee"])),
            ),
            road=_DIGIT.split(address, maxsplit=1)[0] if found else "",
            numbers={unit: number.lstrip("0") for number, unit in reversed(found)},
            room=room(str(row["address"])),
            point=point if measured else None,
        )


class Homes:
    """The homes of one roster, each read when it is first asked for."""

    def __init__(self, people: pd.DataFrame) -> None:
        self._people, self._cells = people, Cells(people)
        self._read: dict[int, Home] = {}
        self._rooms: dict[int, str] = {}

    def __getitem__(self, person: int) -> Home:
        if person not in self._read:
            self._read[person] = Home.read({name: self._cells[name][person] for name in _COLUMNS})
        return self._read[person]

    def get_room(self, person: int) -> str:
        """Return somebody's room; empty where there is none. Most homes are told apart by it before they are read."""
        if person not in self._rooms:
            self._rooms[person] = room(str(self._cells["address"][person]))
        return self._rooms[person]

    def get_key(self, name: str, person: int) -> str:
        """Return somebody's key of that name; empty where there is none."""
        return str(self._cells[name][person])

    def get_keys(self, name: str) -> NDArray[np.object_]:
        """Return everybody's key of that name."""
        return self._people[name].astype(object).to_numpy(dtype=object)

    def get_building(self, person: int) -> str:
        """Return the name of somebody's building; empty where there is none."""
        return _name_building(self.get_key("building", person))


class HomeClaims:
    """The homes of both rosters."""

    def __init__(self, roster: Roster) -> None:
        self._elders, self.volunteers = Homes(roster.elders), Homes(roster.volunteers)

    def are_one(self, name: str, elder: int, volunteer: int) -> bool:
        """Tell whether two have one key of that name, and nothing in their rows speaks against it."""
        if not self._elders.get_key(name, elder) == self.volunteers.get_key(name, volunteer) != "":
            return False
        return not _is_contradicted(name, self._elders[elder], self.volunteers[volunteer])

    def find_one(self, name: str, pairs: pd.DataFrame) -> NDArray[np.bool_]:
        """Return of which pairs ``are_one`` is true; most have different keys, and are not read further."""
        elder, volunteer = pairs["elder"].to_numpy(), pairs["volunteer"].to_numpy()
        mine, theirs = self._elders.get_keys(name)[elder], self.volunteers.get_keys(name)[volunteer]
        one = np.asarray((mine == theirs) & (mine != ""), dtype=bool)
        for row in np.flatnonzero(one).tolist():
            one[row] = self.are_one(name, int(elder[row]), int(volunteer[row]))
        return one

    def are_one_household(self, elder: int, volunteer: int) -> bool:
        """Tell whether an elder and a volunteer live behind one door."""
        names = self._elders.get_building(elder), self.volunteers.get_building(volunteer)
        if all(names) and names[0] != names[1]:
            return False
        if self._elders.get_room(elder) != self.volunteers.get_room(volunteer):
            return False
        return have_one_door(self._elders[elder], self.volunteers[volunteer])


def have_one_door(one: Home, other: Home) -> bool:
    """Tell whether two have one room of one house; a house whose key is in doubt is known by its road and numbers."""
    if one.room != other.room or not one.room:
        return False
    names = [_name_building(home.building) for home in (one, other)]
    if all(names):
        return names[0] == names[1]
    return bool(one.road and other.road) and one.numbers == other.numbers and _is_one_road(one.road, other.road)


def _name_building(key: str) -> str:
    """Return what a building's key calls it within its area."""
    return key.rpartition("|")[2]


def _is_contradicted(name: str, one: Home, other: Home) -> bool:
    """Tell whether two rows name different areas, roads or numbers, or lie too far apart for one place of that name."""
    if any(_are_apart(here, there) for here, there in zip(one.areas, other.areas, strict=True)):
        return True
    units = _UNITS[name]
    if any(one.numbers[unit] != other.numbers[unit] for unit in units if unit in one.numbers and unit in other.numbers):
        return True
    if units and one.road and other.road and not _is_one_road(one.road, other.road):
        return True
    if one.point is None or other.point is None or one.point == other.point:
        return False
    return are_beyond(_APART_M[name], one.point, other.point)


def are_beyond(metres: float, one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Tell whether two points lie farther apart; a way along the meridian and the parallel is no shorter."""
    if _DEGREE_M * (abs(one[0] - other[0]) + abs(one[1] - other[1])) <= metres:
        return False
    from geopy.distance import geodesic  # noqa: PLC0415 - it loads all of geopy

    return bool(geodesic(one, other).m > metres)


def _are_apart(here: str, there: str) -> bool:
    """Tell whether two names are of different areas; the one may be written out further than the other."""
    return bool(here and there) and here not in there and there not in here


def _is_one_road(here: str, there: str) -> bool:
    length = min(_TAIL, len(here), len(there))
    return here[-length:] == there[-length:]
