"""What only a whole row, or all rows of a roster, can show: twins, places swapped, dates reversed, cadence, IDs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.address import area_keys, home_keys
from matcher.roster.convert import convert
from matcher.roster.coordinates import to_wgs84
from matcher.roster.numbers import national_id_problem
from matcher.roster.table import Table
from matcher.settings import Settings

_DAYS_OF_LONGEST_MONTH = 31


def checked(table: Table, settings: Settings) -> tuple[pd.DataFrame, frozenset[str], list[Issue]]:
    """One roster, checked.

    Returns:
        The rows without a fault, in order of id, typed as ``model.Roster`` says; the ids set aside; all issues, those
        of the header first, then by row.
    """
    frame, _faulty, issues = convert(table)
    frame, unplaced = to_wgs84(table, frame, settings)
    swapped = _swapped(table)
    issues = [
        *_without_places(table, issues, swapped),
        *unplaced,
        *_places(table, swapped),
        *_national_ids(table),
        *table.twins("id_duplicate", "id", frame["id"].tolist()),
        *_reversed(table, frame),
    ]
    if table.kind == "elders":
        issues += [*_consent(table, settings), *_cadence(table, frame, settings)]
    faulty = table.rows_of(issues)
    kept = _finished(frame[~faulty], settings)
    set_aside = frozenset(frame.loc[faulty, "id"]) - {""}
    return kept, set_aside, table.in_order(issues)


def _finished(frame: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """In order of id, with keys of the home and default capacities, without national IDs."""
    frame = frame.sort_values("id", kind="stable", ignore_index=True)
    frame = frame.drop(columns="national_id")
    building, lane = home_keys(frame)
    keys = {"building": building, "lane": lane, "neighbourhood": area_keys(frame, "subdistrict", "committee")}
    for at, (name, values) in enumerate(keys.items(), start=frame.columns.tolist().index("file") + 1):
        frame.insert(at, name, pd.Series(values, dtype=str))
    if "capacity" in frame:
        frame["capacity"] = frame["capacity"].fillna(float(settings.capacity.default))
    return frame


def _swapped(table: Table) -> NDArray[np.bool_]:
    """Rows whose longitude can only be a latitude, and the other way round."""
    lng, lat = (pd.to_numeric(pd.Series(table.texts(name)), errors="coerce") for name in ("lng", "lat"))
    return (_within(lng, table, "lat") & _within(lat, table, "lng")).to_numpy(dtype=bool)


def _within(values: pd.Series, table: Table, name: str) -> pd.Series:
    column = table.column(name)
    return (values >= column.low) & (values <= column.high)


def _without_places(table: Table, issues: list[Issue], swapped: NDArray[np.bool_]) -> Iterator[Issue]:
    """The issues but those that ``place_swapped`` says better."""
    rows = set(zip(table.files()[swapped].tolist(), table.row[swapped].tolist(), strict=True))
    places = {reading.headers.get(name) or table.header(name) for reading in table.readings for name in ("lng", "lat")}
    for issue in issues:
        if not ((issue.file, issue.row) in rows and issue.column in places and issue.code == "value_out_of_range"):
            yield issue


def _places(table: Table, swapped: NDArray[np.bool_]) -> Iterator[Issue]:
    lng, lat = table.texts("lng"), table.texts("lat")
    for i in np.flatnonzero(swapped).tolist():
        yield table.issue("place_swapped", "lng", i, f"{lng[i]}, {lat[i]}")


def _national_ids(table: Table) -> Iterator[Issue]:
    for i, text in enumerate(table.texts("national_id")):
        if text and (problem := national_id_problem(text)):
            yield table.issue("national_id_invalid", "national_id", i, text, problem=problem)


def _reversed(table: Table, frame: pd.DataFrame) -> Iterator[Issue]:
    left = table.texts("left")
    for i in np.flatnonzero(frame["left"] < frame["joined"]).tolist():
        yield table.issue("dates_reversed", "left", i, left[i])


def _consent(table: Table, settings: Settings) -> Iterator[Issue]:
    column = table.column("consent")
    headers = {"headers": ", ".join(column.headers)}
    for reading in table.readings if settings.consent.required else ():
        if "consent" not in reading.headers:
            yield Issue("consent_column_missing", reading.file, column=column.header(), params=headers)


def _cadence(table: Table, frame: pd.DataFrame, settings: Settings) -> Iterator[Issue]:
    """More visits a month than contacts a week leave room for; said only where the row itself asks for it."""
    own = frame[["contacts_per_week", "visits_per_month"]].notna().any(axis=1)
    contacts = frame["contacts_per_week"].fillna(settings.schedule.contacts_per_week)
    visits = frame["visits_per_month"].fillna(settings.schedule.visits_per_month)
    for i in np.flatnonzero(own & (contacts > 0) & (visits > contacts * _DAYS_OF_LONGEST_MONTH / 7)).tolist():
        name = "visits_per_month" if "visits_per_month" in table.headers else "contacts_per_week"
        yield table.issue("visits_exceed_contacts", name, i, f"{visits.iloc[i]:g}")
