"""A list of places of one's own, as a geopy geocoder: nothing is sent anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import numpy as np
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

from matcher.datum import DATUMS, convert
from matcher.errors import InputError, explain_system_error
from matcher.evidence import read_input
from matcher.geo.geocode.answers import QUALITIES, Quality
from matcher.messages import Issue

HEADERS = {
    "kind": ("kind", "类别"),
    "place": ("place", "名称"),
    "district": ("district", "区"),
    "lng": ("lng", "经度"),
    "lat": ("lat", "纬度"),
    "datum": ("datum", "坐标系"),
}
"""Headers of the file by name; ``district`` may be missing, ``datum`` (wgs84, gcj02 or bd09) may not."""
KINDS: dict[str, Quality] = {
    **{kind: kind for kind in QUALITIES[:-1]},
    "楼栋": "building",
    "弄": "lane",
    "小区": "compound",
    "居委会": "committee",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the list, as text but for its kind and its point (WGS-84 degrees)."""

    kind: Quality
    place: str
    district: str
    lng: float
    lat: float


KeyMaker = Callable[[Sequence[Entry]], Sequence[str]]
"""Makes keys of entries: ``district/town/committee|name``, without what is unknown; empty where it is no place."""
Area = tuple[str, ...]
Point = tuple[float, float]
"""Longitude and latitude, degrees, WGS-84."""


class Gazetteer(Geocoder):  # type: ignore[misc]
    """A geopy geocoder over a CSV list of buildings, lanes, compounds and committees; results are WGS-84.

    Args:
        entries: The list, as ``read_entries`` gives it.
        key: Makes keys of entries as the caller makes those of its queries.
    """

    def __init__(self, entries: Sequence[Entry], key: KeyMaker) -> None:
        super().__init__()
        self._listed: dict[tuple[str, str], list[tuple[Area, Point]]] = {}
        for entry, text in zip(entries, key(entries), strict=True):
            area, name = _split_key(text)
            if name:
                self._listed.setdefault((entry.kind, name), []).append((area, (entry.lng, entry.lat)))

    def geocode(
        self, query: str, *, exactly_one: bool = True, timeout: object = DEFAULT_SENTINEL, kind: Quality = "building"
    ) -> Any:  # noqa: ANN401 - a Location, a list of them, or None, as geopy has it
        """Find a place by its key, among those of its name whose district, town and committee are no others.

        Those of which most are the same go first. A name that the list then has at several points is not found:
        guessing between them helps nobody.
        """
        del timeout
        mine, name = _split_key(query)
        ranked: dict[int, set[Point]] = {}
        for area, point in self._listed.get((kind, name), []):
            parts = list(zip_longest(mine, area, fillvalue=""))
            if all(here == there or not (here and there) for here, there in parts):
                ranked.setdefault(sum(here == there != "" for here, there in parts), set()).add(point)
        points = ranked[max(ranked)] if ranked else set()
        if len(points) != 1:
            return None
        ((lng, lat),) = points
        found = Location(query, (lat, lng), {"kind": kind, "place": query})
        return found if exactly_one else [found]

    def point(self, kind: Quality, query: str) -> tuple[float, float] | None:
        """Return longitude and latitude of a place, None where the list has none or several."""
        found = self.geocode(query, kind=kind) if query else None
        return None if found is None else (found.longitude, found.latitude)


def read_entries(path: Path) -> list[Entry]:
    """Read a list of places: CSV, UTF-8 or GB18030, headers as ``HEADERS``, the datum named in every row.

    Raises:
        InputError: with an issue for every fault.
    """
    rows = list(csv.reader(io.StringIO(_read_text(path), newline="")))
    header = [cell.strip() for cell in rows[0]] if rows else []
    at = {name: header.index(known) for name, forms in HEADERS.items() for known in forms if known in header}
    missing = [name for name in HEADERS if name not in at and name != "district"]
    if missing:
        issues = [
            Issue("column_missing", path.name, column=name, params={"headers": ", ".join(HEADERS[name])})
            for name in missing
        ]
        raise InputError(issues)
    issues, cells = [], []
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            given = {name: row[i].strip() if i < len(row) else "" for name, i in at.items()}
            issues += _find_faults(given, path.name, number)
            cells.append(given)
    if issues:
        raise InputError(issues)
    return _make_entries(cells)


def _read_text(path: Path) -> str:
    try:
        content = read_input(path)
    except FileNotFoundError as error:
        raise InputError([Issue("file_missing", path.name)]) from error
    except OSError as error:
        raise InputError(
            [Issue("file_unreadable", path.name, params={"problem": explain_system_error(error)})]
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _find_faults(given: dict[str, str], file: str, row: int) -> list[Issue]:
    issues = []
    for name, allowed in (("kind", tuple(KINDS)), ("datum", DATUMS)):
        value = given[name] if name == "kind" else _spell_datum(given[name])
        if value not in allowed:
            params = {"choices": ", ".join(allowed)}
            issues.append(Issue("value_not_choice", file, row, name, given[name], params))
    if not given["place"]:
        issues.append(Issue("value_missing", file, row, "place"))
    for name, example, limit in (("lng", "121.4737", 180), ("lat", "31.2304", 90)):
        try:
            good = abs(float(given[name])) <= limit
        except ValueError:
            good = False
        if not good:
            issues.append(Issue("value_not_number", file, row, name, given[name], {"example": example}))
    return issues


def _spell_datum(text: str) -> str:
    return text.lower().replace("-", "").replace(" ", "")


def _make_entries(cells: list[dict[str, str]]) -> list[Entry]:
    lng = np.array([float(given["lng"]) for given in cells])
    lat = np.array([float(given["lat"]) for given in cells])
    datum = np.array([_spell_datum(given["datum"]) for given in cells])
    for name in DATUMS:
        rows = datum == name
        lng[rows], lat[rows] = convert(lng[rows], lat[rows], name, "wgs84")
    return [
        Entry(KINDS[given["kind"]], given["place"], given.get("district", ""), east, north)
        for given, east, north in zip(cells, cast("list[float]", lng.tolist()), lat.tolist(), strict=True)
    ]


def _split_key(key: str) -> tuple[Area, str]:
    """Split a key into the names of areas, as far as they are known, and the name of the place."""
    area, _bar, name = key.rpartition("|")
    return tuple(area.split("/")), name
