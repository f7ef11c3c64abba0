"""A roster's rows as homes to be located, and located homes as a roster: what is sent, and what is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray

from matcher.columns import PLACE_QUALITY, column
from matcher.datum import Datum, convert
from matcher.errors import InputError
from matcher.geo.geocode import City, Gazetteer, HomesToLocate, Places, Quality
from matcher.geo.geocode.gazetteer import Entry, read_entries
from matcher.messages import Issue
from matcher.outputs.localised import guard_formulas, show_controls
from matcher.outputs.text import make_cells, wrap_as_text
from matcher.privacy import hide_national_ids, hide_numbers
from matcher.roster.address import (
    is_country_town,
    is_group,
    parse,
    read_homes,
    strip_committee,
    strip_district,
    strip_town,
)
from matcher.roster.coordinates import find_datum
from matcher.roster.home_keys import find_keys
from matcher.roster.table import Table
from matcher.settings import Settings

_INSIDE = re.compile(r"\d+[A-Za-z]?\s*(?:室|层|房).*", re.DOTALL)
"""A room or floor, and all after it."""
_CITY_AND_DISTRICT = re.compile(r"^.*[市区](?=..)")
_MANY_CELLS = 1_000_000
_MASKED = re.compile(r"\d*\*+\d*")
"""What is left of a telephone number or the like."""


def find_declared_datum(table: Table, settings: Settings) -> Datum | None:
    """Return the datum of a roster's coordinates, None where it has none.

    Raises:
        InputError: there are coordinates, and nothing says in which datum.
    """
    if not any(table.filled(name).any() for name in ("lng", "lat")):
        return None
    issues: list[Issue] = []
    datum = find_datum(table.readings[0], settings, issues)
    if issues:
        raise InputError(issues)
    return datum


def read_known(table: Table) -> pd.DataFrame:
    """Return the columns of a roster that the program knows, as a frame of text."""
    return replace(table, columns={name: table.columns[name] for name in table.headers}).frame


def find_homes(frame: pd.DataFrame, datum: Datum = "wgs84", city: str = "") -> HomesToLocate:
    """Return the homes of a roster's rows, whose coordinates are in ``datum``; what is no number is unknown.

    Keys of homes in ``city`` do not name it, also where the roster has homes of several cities.
    """
    empty = pd.Series([""] * len(frame), dtype=str)
    told = {name: frame.get(name, empty) for name in ("district", "subdistrict", "committee", "compound")}
    people = zip(*(frame.get(name, empty) for name in ("address", "name", "emergency_contact")), strict=True)
    east, north = (pd.to_numeric(frame.get(name, empty), errors="coerce") for name in ("lng", "lat"))
    lng, lat = convert(east.to_numpy(np.float64), north.to_numpy(np.float64), datum, "wgs84")
    told["address"] = pd.Series([_cut_address(*row) for row in people], dtype=str)
    keys = find_keys(pd.DataFrame({**told, "lng": lng, "lat": lat})).texts
    names = ("building", "lane", "compound_key", "neighbourhood")
    own = f"{city.removesuffix('市')}市/"
    return HomesToLocate(lng, lat, *([key.removeprefix(own) for key in keys[name].to_pylist()] for name in names))


def spell_queries(frame: pd.DataFrame, homes: HomesToLocate, city: City) -> dict[str, str]:
    """Return what a provider is sent for each building that needs a place: city, district, country town, building.

    A subdistrict's name would tell more of who lives there and find nothing more.
    """
    towns: dict[str, str] = {}
    told = frame.get("subdistrict", pd.Series([""] * len(frame), dtype=str))
    for key, town, address in zip(homes.building, told, frame.get("address", told), strict=True):
        named = town or parse(address).town
        if is_country_town(named):
            towns.setdefault(key, _CITY_AND_DISTRICT.sub("", named))
    return {key: _spell_query(key, towns.get(key, ""), city) for key in homes.find_unknown_buildings()}


def _spell_query(key: str, town: str, city: City) -> str:
    area, _bar, house = key.rpartition("|")
    first, _slash, rest = area.partition("/")
    named, area = (first, rest) if first.endswith("市") else (city.name, area)
    district = area.split("/")[0]
    if district == "浦东":
        district = "浦东新区"
    elif district and not district.endswith(("县", "市")):
        district += "区"
    return f"{named}{district}{town}{house}"


def fill_coordinates(
    table: Table, kind: str, homes: HomesToLocate, places: Places, datum: Datum | None = None
) -> pd.DataFrame:
    """Return the roster's own columns as text, with coordinates where there were none, and their quality.

    New coordinates are in the roster's own ``datum``; where it has none, in WGS-84, and the headers say so. The column
    of national IDs is left out, and those in other cells are stars. A row whose coordinates can't be read keeps them.
    """
    written = {name: cells for name, cells in table.columns.items() if name != "national_id"}
    empty = ~table.filled("lng") & ~table.filled("lat")
    new = empty & ~np.isnan(places.lng)
    points = convert(places.lng, places.lat, "wgs84", datum or "wgs84")
    for name, values in zip(("lng", "lat"), points, strict=True):
        found = pa.array([f"{value:.7f}" for value in values], pa.string())
        written[name] = pc.if_else(pa.array(new), found, table.cells(name))
    faulty = ~empty & homes.without_place()
    codes = ["none" if wrong else code for wrong, code in zip(faulty, places.quality, strict=True)]
    written[PLACE_QUALITY.name] = pa.array([PLACE_QUALITY.choice_label(code) for code in codes], pa.string())
    headers = {**table.headers, PLACE_QUALITY.name: PLACE_QUALITY.header()}
    for name in ("lng", "lat"):
        if datum is None or name not in headers:
            headers[name] = column(kind, name).header()
    safe = dict(zip(written, _make_safe(list(written.values()), len(table)), strict=True))
    return pd.DataFrame(safe, index=range(len(table))).rename(columns=headers)


def _make_safe(columns: Sequence[pa.Array], n: int) -> Iterator[ExtensionArray]:
    """Yield columns of text without national IDs, formulas and control characters.

    Each text is looked at once for as many columns as have a million cells: a sheet may have thousands of short ones.
    """
    many = max(1, _MANY_CELLS // max(n, 1))
    for start in range(0, len(columns), many):
        some = columns[start : start + many]
        coded = pa.concat_arrays([one.cast(pa.string()) for one in some]).dictionary_encode()
        words = pd.Series([hide_national_ids(text) for text in coded.dictionary.to_pylist()], dtype=str)
        cells = make_cells(guard_formulas(show_controls(words))).take(coded.indices)
        for i in range(len(some)):
            yield wrap_as_text(cells.slice(i * n, n))


def _cut_address(address: str, *people: str) -> str:
    """Return an address without what is inside the building, without these people's names and any numbers."""
    for person in people:
        if len(person) > 1 and person in address:  # 张杨 may live in 张杨路
            address = re.sub(rf"{re.escape(person)}(?![路街道弄巷村镇])", "", address)
    return _INSIDE.sub("", _MASKED.sub("", hide_numbers(address)))


def read_list(gazetteer: Path | None) -> Callable[[Quality, str], tuple[float, float] | None]:
    """Return a function that finds a place of a kind by its key in the list; it finds nothing without a list."""
    if gazetteer is None:
        return lambda _kind, _key: None
    return Gazetteer(read_entries(gazetteer), _spell_keys).point


def _spell_keys(entries: Sequence[Entry]) -> list[str]:
    """Return keys of the list's entries, as ``find_keys`` makes those of homes."""
    # a lane alone is no building; any number in it makes it one
    addresses = [_cut_address(e.place) + ("1号" if e.kind == "lane" else "") for e in entries]
    homes = read_homes(pd.DataFrame({"address": addresses}, dtype=str))
    rows = zip(entries, *(cells.to_pylist() for cells in homes), strict=True)
    return [_spell_entry_key(*row) for row in rows]


def _spell_entry_key(
    entry: Entry, _city: str, district: str, town: str, village: str, road: str, lane: str, building: str
) -> str:
    """Return one key; committees and compounds are listed by their names alone."""
    within = [strip_district(entry.district or district)]
    if entry.kind in ("committee", "compound"):
        name = strip_committee(entry.place) if entry.kind == "committee" else entry.place
    else:
        within += [strip_town(town), strip_committee(village)]
        name = lane if entry.kind == "lane" else building
        if name and is_group(road):
            name = within[-1] + name if within[-1] else ""
    area = "/".join(within).rstrip("/")
    return f"{area}|{name}" if area and name else name
