"""Coordinates in WGS-84, whatever datum each source has: its headers or a setting tell which, it is never guessed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from matcher.columns import column
from matcher.datum import DATUMS, Datum, convert, named_in
from matcher.messages import Issue
from matcher.roster.table import Reading, Table
from matcher.settings import Settings

_PLACE = ("lng", "lat")


def to_wgs84(table: Table, frame: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, list[Issue]]:
    """The roster's frame with ``lng`` and ``lat`` in WGS-84, both NaN where half of a place is missing; and the faults.

    Args:
        table: The rows as text.
        frame: The same rows, typed.
        settings: ``place.elders_datum`` and ``place.volunteers_datum`` speak where headers are silent.
    """
    issues = [*_alone(table), *_half(table)]
    points = frame[list(_PLACE)].to_numpy(np.float64, copy=True)
    points[np.isnan(points).any(axis=1)] = np.nan
    filled = table.filled("lng") | table.filled("lat")
    for part, reading in enumerate(table.readings):
        here = table.part == part
        if not filled[here].any():
            continue
        datum = datum_of(reading, settings, issues)
        if datum is not None and datum != "wgs84":
            points[here] = np.column_stack(convert(points[here, 0], points[here, 1], datum, "wgs84"))
    return frame.assign(lng=points[:, 0], lat=points[:, 1]), issues


def declared(table: Table, settings: Settings) -> tuple[Datum | None, ...]:
    """The datum of each source of a table; None where it declares none."""
    return tuple(datum_of(reading, settings, []) for reading in table.readings)


def datum_of(reading: Reading, settings: Settings, issues: list[Issue]) -> Datum | None:
    """The datum that headers or the setting declare; an issue is added where none does, or they contradict."""
    headers = [reading.headers[name] for name in _PLACE if name in reading.headers]
    setting = getattr(settings.place, f"{reading.kind}_datum")
    told = {header: datum for header in headers for datum in named_in(header)}
    if setting:
        told[f"place.{reading.kind}_datum"] = setting
    declared = set(told.values())
    if len(declared) == 1:
        return declared.pop()
    columns = ", ".join(headers)
    if declared:
        sources = "; ".join(f"{where}: {datum}" for where, datum in told.items())
        issues.append(Issue("datum_contradiction", reading.file, column=columns, params={"told": sources}))
    elif headers:
        params = {
            "headers": ", ".join(column(reading.kind, name).header() for name in _PLACE),
            "setting": f"place.{reading.kind}_datum",
            "datums": ", ".join(DATUMS),
        }
        issues.append(Issue("datum_undeclared", reading.file, column=columns, params=params))
    return None


def _alone(table: Table) -> Iterator[Issue]:
    """One of the two columns without the other."""
    for reading in table.readings:
        missing = [name for name in _PLACE if name not in reading.headers]
        if len(missing) == 1:
            wanted = table.column(missing[0])
            headers = {"headers": ", ".join(wanted.headers)}
            yield Issue("column_missing", reading.file, column=wanted.header(), params=headers)


def _half(table: Table) -> Iterator[Issue]:
    """One of the two cells without the other, where there are both columns."""
    if any(name not in table.headers for name in _PLACE):
        return
    whole = np.array([set(_PLACE) <= reading.headers.keys() for reading in table.readings])[table.part]
    empty = {name: ~table.filled(name) for name in _PLACE}
    for i in np.flatnonzero(whole & (empty["lng"] ^ empty["lat"])).tolist():
        yield table.issue("place_half", "lng" if empty["lng"][i] else "lat", i, "")
