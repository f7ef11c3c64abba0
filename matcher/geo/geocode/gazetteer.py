"""A list of places of one's own, as a geopy geocoder: nothing is sent anywhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

from matcher.datum import DATUMS, convert
from matcher.errors import InputError
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
"""Keys of entries: ``district|name``, or ``name`` alone where the district is unknown; empty where it is no place."""


class Gazetteer(Geocoder):  # type: ignore[misc]
    """A geopy geocoder over a CSV list of buildings, lanes, compounds and committees; results are WGS-84.

    Args:
        entries: The list, as ``read_entries`` gives it.
        key: Makes keys of entries as the caller makes those of its queries.
    """

    def __init__(self, entries: Sequence[Entry], key: KeyMaker) -> None:
        super().__init__()
        self._points: dict[tuple[str, str], set[tuple[float, float]]] = {}
        for entry, name in zip(entries, key(entries), strict=True):
            if name:
                for form in {name, f"*|{_short(name)}"}:
                    self._points.setdefault((entry.kind, form), set()).add((entry.lng, entry.lat))

    def geocode(
        self, query: str, *, exactly_one: bool = True, timeout: object = DEFAULT_SENTINEL, kind: Quality = "building"
    ) -> Any:  # noqa: ANN401 - a Location, a list of them, or None, as geopy has it
        """Find a place by its key. Where only one of query and list names the district, the name alone decides.

        A name that the list has at several points is not found: guessing between them helps nobody.
        """
        del timeout
        forms = (query, _short(query)) if "|" in query else (query, f"*|{query}")
        points: set[tuple[float, float]] = next((p for form in forms if (p := self._points.get((kind, form)))), set())
        if len(points) != 1:
            return None
        ((lng, lat),) = points
        found = Location(query, (lat, lng), {"kind": kind, "place": query})
        return found if exactly_one else [found]

    def point(self, kind: Quality, query: str) -> tuple[float, float] | None:
        """Longitude and latitude of a place, None where the list has none or several."""
        found = self.geocode(query, kind=kind) if query else None
        return None if found is None else (found.longitude, found.latitude)


def read_entries(path: Path) -> list[Entry]:
    """Read a list of places: CSV, UTF-8 or GB18030, headers as ``HEADERS``, the datum named in every row.

    Raises:
        InputError: with an issue for every fault.
    """
    rows = list(csv.reader(io.StringIO(_text(path), newline="")))
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
            issues += _faults(given, path.name, number)
            cells.append(given)
    if issues:
        raise InputError(issues)
    return _entries(cells)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError([Issue("file_missing", path.name)]) from error
    except OSError as error:
        raise InputError([Issue("file_unreadable", path.name, params={"problem": error.strerror or ""})]) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _faults(given: dict[str, str], file: str, row: int) -> list[Issue]:
    issues = []
    for name, allowed in (("kind", tuple(KINDS)), ("datum", DATUMS)):
        value = given[name] if name == "kind" else _datum(given[name])
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


def _datum(text: str) -> str:
    return text.lower().replace("-", "").replace(" ", "")


def _entries(cells: list[dict[str, str]]) -> list[Entry]:
    lng = np.array([float(given["lng"]) for given in cells])
    lat = np.array([float(given["lat"]) for given in cells])
    datum = np.array([_datum(given["datum"]) for given in cells])
    for name in DATUMS:
        rows = datum == name
        lng[rows], lat[rows] = convert(lng[rows], lat[rows], name, "wgs84")
    return [
        Entry(KINDS[given["kind"]], given["place"], given.get("district", ""), east, north)
        for given, east, north in zip(cells, cast("list[float]", lng.tolist()), lat.tolist(), strict=True)
    ]


def _short(name: str) -> str:
    """The name without the district."""
    return name.rpartition("|")[2]
