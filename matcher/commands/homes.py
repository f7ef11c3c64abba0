"""A roster's rows as homes to be located, and located homes as a roster: what is sent, and what is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import PLACE_QUALITY, column
from matcher.datum import Datum, convert
from matcher.errors import InputError
from matcher.geo.geocode import City, Gazetteer, Homes, Places, Quality
from matcher.geo.geocode.gazetteer import Entry, read_entries
from matcher.messages import Issue
from matcher.outputs.localised import guard_formulas
from matcher.roster.address import home_keys
from matcher.roster.coordinates import datum_of
from matcher.roster.table import Table
from matcher.settings import Settings

_INSIDE = re.compile(r"\d+[A-Za-z]?\s*(?:室|层|房).*", re.DOTALL)
"""A room or floor, and all after it."""
_NUMBERS = re.compile(r"\d{7,}")
"""Telephone numbers and the like."""


def declared_datum(table: Table, settings: Settings) -> Datum | None:
    """The datum of a roster's coordinates, None where it has none.

    Raises:
        InputError: there are coordinates, and nothing says in which datum.
    """
    if not any(table.filled(name).any() for name in ("lng", "lat")):
        return None
    issues: list[Issue] = []
    datum = datum_of(table.readings[0], settings, issues)
    if issues:
        raise InputError(issues)
    return datum


def homes_of(frame: pd.DataFrame, datum: Datum = "wgs84") -> Homes:
    """The homes of a roster's rows, whose coordinates are in ``datum``; those that are no numbers are unknown."""
    empty = pd.Series([""] * len(frame), dtype=str)

    def text(name: str) -> list[str]:
        return frame.get(name, empty).tolist()

    def number(name: str) -> NDArray[np.float64]:
        return pd.to_numeric(frame.get(name, empty), errors="coerce").to_numpy(np.float64)

    districts = text("district")
    people = zip(text("address"), text("name"), text("emergency_contact"), strict=True)
    cut = {"address": [_outside(*row) for row in people], "district": districts, "compound": text("compound")}
    building = home_keys(pd.DataFrame(cut, dtype=str))[0].to_pylist()
    return Homes(
        *convert(number("lng"), number("lat"), datum, "wgs84"),
        building,
        [_lane(key) for key in building],
        [_area_key(*names) for names in zip(districts, empty.tolist(), cut["compound"], strict=True)],
        [_area_key(*names) for names in zip(districts, text("subdistrict"), text("committee"), strict=True)],
    )


def sent(key: str, city: City) -> str:
    """What a provider is sent for a building: city, district and building, in one."""
    district, _bar, house = key.rpartition("|")
    if district == "浦东":
        district = "浦东新区"
    elif district and not district.endswith(("县", "市")):
        district += "区"
    return f"{city.name}{district}{house}"


def filled(table: Table, kind: str, homes: Homes, places: Places, datum: Datum | None = None) -> pd.DataFrame:
    """The roster's own columns, with coordinates where there were none and their quality, as text to be written.

    New coordinates are in the roster's own ``datum``; where it has none, in WGS-84, and the headers say so.
    National IDs are left out, as in every file written. A row whose coordinates can't be read keeps them as they are.
    """
    frame = table.frame.drop(columns=["national_id"], errors="ignore")
    empty = np.ones(len(frame), dtype=bool)
    for name in ("lng", "lat"):
        empty &= frame[name].eq("").to_numpy() if name in frame else True
    new = empty & ~np.isnan(places.lng)
    points = convert(places.lng, places.lat, "wgs84", datum or "wgs84")
    for name, values in zip(("lng", "lat"), points, strict=True):
        before = frame[name] if name in frame else pd.Series([""] * len(frame), dtype=str)
        frame[name] = before.mask(new, pd.Series([f"{value:.7f}" for value in values], dtype=str))
    faulty = ~empty & homes.without_place()
    codes = ["none" if wrong else code for wrong, code in zip(faulty, places.quality, strict=True)]
    frame[PLACE_QUALITY.name] = [PLACE_QUALITY.choice_label(code) for code in codes]
    headers = {**table.headers, PLACE_QUALITY.name: PLACE_QUALITY.header()}
    for name in ("lng", "lat"):
        if datum is None or name not in headers:
            headers[name] = column(kind, name).header()
    return frame.apply(guard_formulas).rename(columns=headers)


def _outside(address: str, *people: str) -> str:
    """The address without what is inside the building, and without these people's names and any numbers."""
    for person in people:
        if len(person) > 1 and person in address:  # 张杨 may live in 张杨路
            address = re.sub(rf"{re.escape(person)}(?![路街道弄巷村镇])", "", address)
    return _INSIDE.sub("", _NUMBERS.sub("", address))


def _lane(building: str) -> str:
    lane = re.match(r".*?\d+[甲乙丙丁]?弄", building)
    return lane[0] if lane else ""


def _area_key(district: str, subdistrict: str, name: str) -> str:
    """``district|subdistrict/name``, without what is unknown; empty where the name is."""
    if not name:
        return ""
    bare = re.sub(r"^.*市|(?:新区|区)$", "", district)
    return (f"{bare}|" if bare else "") + (f"{subdistrict}/" if subdistrict else "") + name


def listed_in(gazetteer: Path | None) -> Callable[[Quality, str], tuple[float, float] | None]:
    """Points of the list of places; committees are listed without their subdistrict."""
    if gazetteer is None:
        return lambda _kind, _key: None
    places = Gazetteer(read_entries(gazetteer), _entry_keys)
    return lambda kind, key: places.point(kind, re.sub(r"[^|/]*/", "", key))


def _entry_keys(entries: Sequence[Entry]) -> list[str]:
    """Keys of the list's entries, made as those of homes are."""
    # a lane alone is no building; any number in it makes it one
    addresses = [_outside(e.place) + ("1号" if e.kind == "lane" else "") for e in entries]
    frame = pd.DataFrame({"address": addresses, "district": [e.district for e in entries]}, dtype=str)
    keys = []
    for entry, building in zip(entries, home_keys(frame)[0].to_pylist(), strict=True):
        match entry.kind:
            case "building":
                keys.append(building)
            case "lane":
                keys.append(_lane(building))
            case _:
                keys.append(_area_key(entry.district, "", entry.place))
    return keys
