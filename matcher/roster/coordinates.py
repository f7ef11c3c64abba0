"""Coordinates in WGS-84, whatever datum each source has: its headers or a setting tell which, it is never guessed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.datum import DATUMS, Datum, convert, find_datums_in
from matcher.i18n import join_words
from matcher.messages import Issue
from matcher.roster.cells import matching
from matcher.roster.table import Reading, Table
from matcher.settings import Settings

_PLACE = ("lng", "lat")
_FINE = r"\.[0-9]{3}"
_FEWEST_PLACES = 3


def convert_to_wgs84(table: Table, frame: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, list[Issue]]:
    """Return the roster's frame with ``lng`` and ``lat`` in WGS-84, both NaN where one is missing; and the faults.

    Coordinates of a source that gives too few decimals are taken for those of the subdistrict.

    Args:
        table: The rows as text.
        frame: The same rows, typed.
        settings: ``place.elders_datum`` and ``place.volunteers_datum`` speak where headers are silent.
    """
    issues = [*_find_lone_columns(table), *_find_half_places(table)]
    points = frame[list(_PLACE)].to_numpy(np.float64, copy=True)
    points[np.isnan(points).any(axis=1)] = np.nan
    filled = table.filled("lng") | table.filled("lat")
    for part, reading in enumerate(table.readings):
        here = table.part == part
        if not filled[here].any():
            continue
        datum = find_datum(reading, settings, issues)
        if datum is not None and datum != "wgs84":
            points[here] = np.column_stack(convert(points[here, 0], points[here, 1], datum, "wgs84"))
    coarse = _find_coarse(table, points) & frame["place_quality"].isin(["", "point", "building"]).to_numpy()
    for i in np.flatnonzero(coarse).tolist():
        issues.append(table.issue("place_coarse", "lng", i, spell_place(table, i)))
    quality = frame["place_quality"].mask(coarse, "subdistrict")
    return frame.assign(lng=points[:, 0], lat=points[:, 1], place_quality=quality), issues


def _find_coarse(table: Table, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find the rows of sources in which no coordinate is written to a thousandth of a degree, some 100 m.

    One row may be coarse by chance, for Excel drops zeros at the end; all of several places are not.
    """
    fine = matching(table.cells("lng"), _FINE) | matching(table.cells("lat"), _FINE)
    coarse = np.zeros(len(table), dtype=bool)
    for part in range(len(table.readings)):
        here = (table.part == part) & ~np.isnan(points).any(axis=1)
        if not fine[here].any() and len(np.unique(points[here], axis=0)) >= _FEWEST_PLACES:
            coarse |= here
    return coarse


def spell_place(table: Table, i: int) -> str:
    """Return the coordinates of the i-th row as they are written."""
    return f"{table.text('lng', i)}, {table.text('lat', i)}"


def find_datums(table: Table, settings: Settings) -> tuple[Datum | None, ...]:
    """Return the datum of each source of a table; None where it declares none."""
    return tuple(find_datum(reading, settings, []) for reading in table.readings)


def find_datum(reading: Reading, settings: Settings, issues: list[Issue]) -> Datum | None:
    """Return the datum that headers or the setting declare; add an issue where none does, or they contradict."""
    headers = [reading.headers[name] for name in _PLACE if name in reading.headers]
    setting = getattr(settings.place, f"{reading.kind}_datum")
    told = {header: datum for header in headers for datum in find_datums_in(header)}
    if setting:
        told[f"place.{reading.kind}_datum"] = setting
    declared = set(told.values())
    if len(declared) == 1:
        return declared.pop()
    columns = join_words(headers)
    if declared:
        sources = "; ".join(f"{where}: {datum}" for where, datum in told.items())
        issues.append(Issue("datum_contradiction", reading.file, column=columns, params={"told": sources}))
    elif headers:
        params = {
            "headers": join_words(column(reading.kind, name).header() for name in _PLACE),
            "setting": f"place.{reading.kind}_datum",
            "datums": join_words(DATUMS),
        }
        issues.append(Issue("datum_undeclared", reading.file, column=columns, params=params))
    return None


def _find_lone_columns(table: Table) -> Iterator[Issue]:
    """Find sources with one of the two columns."""
    for reading in table.readings:
        missing = [name for name in _PLACE if name not in reading.headers]
        if len(missing) == 1:
            wanted = table.column(missing[0])
            headers = {"headers": wanted.list_headers()}
            yield Issue("column_missing", reading.file, column=wanted.header(), params=headers)


def _find_half_places(table: Table) -> Iterator[Issue]:
    """Find rows with one of the two cells, where there are both columns."""
    if any(name not in table.headers for name in _PLACE):
        return
    whole = np.array([set(_PLACE) <= reading.headers.keys() for reading in table.readings])[table.part]
    empty = {name: ~table.filled(name) for name in _PLACE}
    for i in np.flatnonzero(whole & (empty["lng"] ^ empty["lat"])).tolist():
        yield table.issue("place_half", "lng" if empty["lng"][i] else "lat", i, "")
