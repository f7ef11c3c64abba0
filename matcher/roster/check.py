"""What only a whole row, or all rows of a roster, can show: twins, places swapped, dates reversed, cadence, IDs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.columns import Column
from matcher.messages import Issue
from matcher.roster.cells import matching
from matcher.roster.convert import convert
from matcher.roster.coordinates import convert_to_wgs84, find_datums
from matcher.roster.cross_checks import RosterSide
from matcher.roster.home_keys import KEYS
from matcher.roster.identity import NationalIds, check_identity
from matcher.roster.table import Table
from matcher.roster.two_in_one import split_cells
from matcher.settings import Settings
from matcher.settings.schedule import Risk

_DAYS_OF_LONGEST_MONTH = 31
_LIVES = "(?:现[住居搬址]|[实暂寄]住|实际居住|搬[至到]|户籍|户口)"
_NUMBER = "[0-9一二三四五六七八九十百]+(?:支?弄|号|幢|[组队])"
_TWO_ADDRESSES = (
    rf"(?s){_NUMBER}.*{_LIVES}.*{_NUMBER}"
    rf"|号[^号、,，]{{0,12}}[/／;；\n]\s*\p{{Han}}{{2,}}{_NUMBER}"
    rf"|号[^号]{{0,12}}[、和及或]\s*\p{{Han}}{{1,8}}(?:路|街|村|里|苑|园|坊|大道){_NUMBER}"
)
"""Addresses of two homes, a pattern of RE2: 零陵路300弄5号（户籍），现住龙华路100弄3号."""


def check(table: Table, settings: Settings, on: date | None = None) -> tuple[RosterSide, list[Issue]]:
    """Check one roster.

    Args:
        table: The roster as text.
        settings: What is asked of it.
        on: The date that ages are reckoned at; None: they are not checked.

    Returns:
        All rows, for the checks across both rosters and for ``take_sound_rows``; all issues, those of the header
        first, then by row.
    """
    table = _take_registered_homes(split_cells(table))
    frame, _faulty, issues = convert(table, settings, on)
    frame, unplaced = convert_to_wgs84(table, frame, settings)
    frame = _add_columns(frame)
    ids = NationalIds.of(table.cells("national_id"))
    swapped = _find_swapped(table, frame)
    issues = [
        *_drop_swapped(table, issues, swapped),
        *unplaced,
        *_tell_swapped(table, swapped),
        *check_identity(table, frame, ids, on),
        *_find_two_addresses(table),
        *table.twins("id_duplicate", "id", frame["id"].tolist()),
        *_find_reversed_dates(table, frame),
    ]
    if table.kind == "elders":
        issues += [*_ask_for_consent(table, settings), *_compare_cadence(table, frame, settings)]
    faulty = table.rows_of(issues)
    return RosterSide(table, frame, ids, faulty, find_datums(table, settings)), table.in_order(issues)


def take_sound_rows(people: RosterSide, settings: Settings) -> tuple[pd.DataFrame, frozenset[str]]:
    """Return the rows without a fault, in order of id, typed as ``model.Roster`` says; and the ids set aside.

    Capacities that are not told are the default's. National IDs are dropped.
    """
    set_aside = frozenset(people.frame.loc[people.faulty, "id"]) - {""}
    frame = people.frame[~people.faulty].sort_values("id", kind="stable", ignore_index=True)
    frame = frame.drop(columns="national_id")
    if "capacity" in frame:
        frame["capacity"] = frame["capacity"].fillna(float(settings.capacity.default))
    return frame, set_aside


def _take_registered_homes(table: Table) -> Table:
    """Take the registered address where a source has no address of homes, with a warning."""
    lacking = [
        part
        for part, reading in enumerate(table.readings)
        if "registered_address" in reading.headers and "address" not in reading.headers
    ]
    if not lacking:
        return table
    registered = pa.array(np.isin(table.part, lacking))
    homes = pc.if_else(registered, table.cells("registered_address"), table.cells("address"))
    accepted = {"headers": table.column("address").list_headers()}
    issues = [
        Issue("registered_address_used", reading.file, column=reading.headers["registered_address"], params=accepted)
        for reading in (table.readings[part] for part in lacking)
    ]
    headers = {"address": table.header("registered_address"), **table.headers}
    columns = {**table.columns, "address": homes}
    return replace(table, columns=columns, headers=headers, issues=(*table.issues, *issues))


def _add_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with empty columns for the keys of homes, which both rosters together tell."""
    names = frame.columns.tolist()
    at = names.index("file") + 1
    return frame.assign(**dict.fromkeys(KEYS, ""))[[*names[:at], *KEYS, *names[at:]]]


def _find_swapped(table: Table, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the rows whose longitude can only be a latitude, and the other way round."""
    swapped = table.filled("lng") & frame["lng"].isna().to_numpy()
    for i in np.flatnonzero(swapped).tolist():
        swapped[i] = _is_within(table.text("lng", i), table.column("lat")) and _is_within(
            table.text("lat", i), table.column("lng")
        )
    return swapped


def _is_within(text: str, column: Column) -> bool:
    """Tell whether a cell of another column could be one of this."""
    assert column.low is not None
    assert column.high is not None
    try:
        return column.low <= float(text) <= column.high
    except ValueError:
        return False


def _drop_swapped(table: Table, issues: list[Issue], swapped: NDArray[np.bool_]) -> Iterator[Issue]:
    """Return the issues but those that ``place_swapped`` says better."""
    rows = {(table.readings[table.part[i]].file, int(table.row[i])) for i in np.flatnonzero(swapped)}
    places = {reading.headers.get(name) or table.header(name) for reading in table.readings for name in ("lng", "lat")}
    for issue in issues:
        if not ((issue.file, issue.row) in rows and issue.column in places):
            yield issue


def _tell_swapped(table: Table, swapped: NDArray[np.bool_]) -> Iterator[Issue]:
    for i in np.flatnonzero(swapped).tolist():
        yield table.issue("place_swapped", "lng", i, f"{table.text('lng', i)}, {table.text('lat', i)}")


def _find_two_addresses(table: Table) -> Iterator[Issue]:
    """Tell of cells that hold two addresses: where somebody is registered and lives, or lived and lives."""
    for i in np.flatnonzero(matching(table.cells("address"), _TWO_ADDRESSES)).tolist():
        yield table.issue("address_of_two", "address", i, table.text("address", i))


def _find_reversed_dates(table: Table, frame: pd.DataFrame) -> Iterator[Issue]:
    for i in np.flatnonzero(frame["left"] < frame["joined"]).tolist():
        yield table.issue("dates_reversed", "left", i, table.text("left", i))


def _ask_for_consent(table: Table, settings: Settings) -> Iterator[Issue]:
    column = table.column("consent")
    headers = {"headers": column.list_headers()}
    for reading in table.readings if settings.consent.required else ():
        if "consent" not in reading.headers:
            yield Issue("consent_column_missing", reading.file, column=column.header(), params=headers)


def _compare_cadence(table: Table, frame: pd.DataFrame, settings: Settings) -> Iterator[Issue]:
    """Tell of more visits than contacts; said only where the row itself asks for it."""
    names = ["visits_per_week", "visits_per_month", "contacts_per_week"]
    asked, risk = settings.schedule, frame["risk"]
    own = frame[names].notna().any(axis=1)
    contacts = _choose_cadence(
        frame["contacts_per_week"], risk, asked.contacts_per_week, asked.contacts_per_week_by_risk
    )
    a_month = frame["visits_per_month"] * 7 / _DAYS_OF_LONGEST_MONTH
    own_visits = frame["visits_per_week"].fillna(a_month)
    visits = _choose_cadence(own_visits, risk, asked.visits_per_week, asked.visits_per_week_by_risk)
    # the programme's visits never raise what the row asks for: there are only fewer of them
    visits = visits.mask(own_visits.isna() & frame["contacts_per_week"].notna(), visits.clip(upper=contacts))
    for i in np.flatnonzero(own & (contacts > 0) & (visits > contacts + 1e-9)).tolist():
        name = next((name for name in names if name in table.headers and not np.isnan(frame[name].iloc[i])), names[2])
        how_often = {"visits": f"{visits.iloc[i]:.3g}", "contacts": f"{contacts.iloc[i]:.3g}"}
        yield table.issue("visits_exceed_contacts", name, i, f"{frame[name].iloc[i]:.3g}", **how_often)


def _choose_cadence(own: pd.Series, risk: pd.Series, everybody: float, by_risk: Mapping[Risk, float]) -> pd.Series:
    """Return times a week: the row's own, its risk tier's, everybody's."""
    return own.fillna(risk.map(dict(by_risk)).astype(float)).fillna(float(everybody))
