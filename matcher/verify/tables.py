"""Tables that the checks can rely on, read from frames made by whatever hand.

A *table* here has int64 roster indices ``elder`` and ``volunteer`` and float64 ``row`` (NaN: unknown); numbers are
float64 with NaN for empty or unreadable, choices and ids are text, and ``day`` is float64 days since 1970 with NaN for
no date. Rows come in an order of their own, not the file's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import PAIRS
from matcher.verify.dates import to_day
from matcher.verify.people import People
from matcher.verify.violations import Findings

COST_TERMS = tuple(column.name for column in PAIRS if column.name.endswith("_cost_m"))
PAIR_AMOUNTS = ("distance_m", "cost_m", *COST_TERMS)
VOLUNTEER_AMOUNTS = ("places", "load", "used", "high_risk", "missing", "load_cost_m")
KINDS = {"visit": 0, "call": 1}
VISIT, CALL, NO_KIND = 0, 1, -1
_FIRST_DAY, _LAST_DAY = to_day(date.min), to_day(date.max)


@dataclass(frozen=True, slots=True, eq=False)
class MonthTables:
    """Tables that say what happens in a month: pairs, contacts, and what is listed as unscheduled."""

    pairs: pd.DataFrame
    """Pairs of known people."""
    contacts: pd.DataFrame
    """All contacts, also those of unknown people."""
    unscheduled: pd.DataFrame | None
    kept: pd.DataFrame | None
    """Contacts that had to stand."""
    earlier: pd.DataFrame | None
    """Contacts of the month before, of known people."""
    start: NDArray[np.int64]
    """The day from which each elder of the roster was planned anew, since 1970; the month's first where none was."""
    known_from: float = float("nan")
    """The first day, since 1970, of the month before of which the contacts are given; NaN: none are."""


def read_pairs(frame: pd.DataFrame, people: People, findings: Findings) -> pd.DataFrame:
    """Return the pairs of known people, with the optional columns that a frame has, any rule's cost among them."""
    table = _keep_known(_find_people(frame, people), ("elder", "volunteer"), findings)
    for name in PAIR_AMOUNTS:
        if name in frame:
            table[name] = read_numbers(frame, name).loc[table.index]
    for name in frame.columns:
        if str(name).endswith("_cost_m") and name not in PAIR_AMOUNTS:
            table[name] = read_numbers(frame, name).loc[table.index]
    for name in ("since", "waiting_since"):
        if name in frame:
            table[name] = read_days(frame, name).loc[table.index]
    for name in ("same_building", "status", "place_quality"):
        if name in frame:
            table[name] = read_texts(frame, name).loc[table.index]
    return _sort_rows(table)


def read_backups(frame: pd.DataFrame, people: People, findings: Findings) -> pd.DataFrame:
    """Return elders with their second volunteers, as pairs; ``first`` is the first volunteer's index."""
    second = read_texts(frame, "backup_volunteer_id")
    named = (second != "").to_numpy()
    swapped = frame.loc[:, ~frame.columns.duplicated()].reset_index(drop=True)[named]
    first = _find_people(swapped, people)["volunteer"].to_numpy()
    table = _find_people(swapped.assign(volunteer_id=second[named]), people).assign(first=first)
    if "backup_distance_m" in frame:
        table["backup_distance_m"] = read_numbers(frame, "backup_distance_m")[named].to_numpy()
    return _sort_rows(_keep_known(table, ("elder", "volunteer"), findings))


def read_unmatched(frame: pd.DataFrame, people: People, findings: Findings) -> pd.DataFrame:
    """Return the elders listed as unmatched, with the optional columns that a frame has."""
    table = _keep_known(_find_people(frame, people), ("elder",), findings)
    if "tier" in frame:
        table["tier"] = read_numbers(frame, "tier").loc[table.index]
    for name in ("waiting_since", "counted_since"):
        if name in frame:
            table[name] = read_days(frame, name).loc[table.index]
    return _sort_rows(table)


def read_capacity(frame: pd.DataFrame, people: People, findings: Findings) -> pd.DataFrame:
    """Return volunteers, with those columns of places and loads that a frame has."""
    table = _keep_known(_find_people(frame, people), ("volunteer",), findings)
    for name in VOLUNTEER_AMOUNTS:
        if name in frame:
            table[name] = read_numbers(frame, name).loc[table.index]
    return _sort_rows(table)


def read_contacts(frame: pd.DataFrame, people: People, findings: Findings) -> pd.DataFrame:
    """Return all contacts, also those of unknown people, who have the index -1; ``kind`` is a number."""
    table = _find_people(frame, people)
    _keep_known(table, ("elder", "volunteer"), findings)
    table["visit_id"] = read_texts(frame, "visit_id")
    for name in ("in_place_of", "companion"):
        ids = read_texts(frame, name)
        table[name] = people.volunteers.find(ids)
        unknown = (ids != "") & (table[name] < 0)
        findings.add_unknown("volunteer", ids[unknown], table["row"][unknown])
    table["day"] = read_days(frame, "date")
    for name in ("start", "end", "order_of_day"):
        table[name] = read_numbers(frame, name)
    table["kind"] = read_texts(frame, "kind").map(KINDS).fillna(NO_KIND).astype(np.int64)
    return _sort_rows(table)


def read_unscheduled(frame: pd.DataFrame, people: People, findings: Findings) -> pd.DataFrame:
    """Return what is listed as unscheduled: ``day`` in the week, ``kind``, ``missing`` (0 where it is no count)."""
    table = _keep_known(_find_people(frame, people), ("elder", "volunteer"), findings)
    table["day"] = read_days(frame, "week_start").loc[table.index]
    table["kind"] = read_texts(frame, "kind").loc[table.index].map(KINDS).fillna(NO_KIND).astype(np.int64)
    missing = read_numbers(frame, "missing").loc[table.index]
    table["missing"] = missing.where(np.isfinite(missing) & (missing > 0), 0.0)
    if "as_calls" in frame:
        as_calls = read_numbers(frame, "as_calls").loc[table.index]
        table["as_calls"] = as_calls.where(np.isfinite(as_calls) & (as_calls > 0), 0.0)
    return table


def find_known(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose elder and volunteer are both on the roster."""
    return rows[(rows["elder"] >= 0) & (rows["volunteer"] >= 0)]


def count_by(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return one row for each distinct values of some numeric columns, ordered by them.

    ``amount`` is how many rows have these values, ``row`` the least of theirs.
    """
    values = [table[name].to_numpy() for name in names]
    order = np.lexsort(values[::-1])
    first = np.ones(len(table), dtype=bool)
    if len(table):
        first[1:] = np.any([value[order][1:] != value[order][:-1] for value in values], axis=0)
    starts = np.flatnonzero(first)
    amount = np.diff(starts, append=len(table))
    row = np.fmin.reduceat(table["row"].to_numpy()[order], starts)
    return table.iloc[order[starts]].assign(amount=amount, row=row)


def count_elders(pairs: pd.DataFrame, people: People) -> NDArray[np.int64]:
    """Return how many of the pairs each volunteer has, (n volunteers,)."""
    return np.bincount(pairs["volunteer"], minlength=len(people.volunteers.ids)).astype(np.int64)


def _find_people(frame: pd.DataFrame, people: People) -> pd.DataFrame:
    """Return the ids of a frame's people, their roster indices (-1: unknown) and the rows."""
    elder_id, volunteer_id = read_texts(frame, "elder_id"), read_texts(frame, "volunteer_id")
    return pd.DataFrame(
        {
            "elder_id": elder_id,
            "volunteer_id": volunteer_id,
            "elder": people.elders.find(elder_id),
            "volunteer": people.volunteers.find(volunteer_id),
            "row": read_numbers(frame, "row"),
        }
    )


def _keep_known(table: pd.DataFrame, sides: tuple[str, ...], findings: Findings) -> pd.DataFrame:
    """Return the rows whose people are all on the roster; each other id becomes a violation."""
    known = np.ones(len(table), dtype=bool)
    for side in sides:
        unknown = table[table[side] < 0].sort_values([f"{side}_id", "row"])
        findings.add_unknown(side, unknown[f"{side}_id"], unknown["row"])
        known &= table[side].to_numpy() >= 0
    return table[known].copy()


def _sort_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in an order of its own, without the ids."""
    keys = [name for name in ("volunteer", "elder", "day", "start", "end", "row") if name in table]
    return table.drop(columns=["elder_id", "volunteer_id"]).sort_values(keys, ignore_index=True)


def _read_column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column with an index from 0; of two of that name the first; empty where there is none."""
    if name not in frame:
        return pd.Series(np.nan, index=range(len(frame)), dtype=object)
    column = frame[name]
    return (column if isinstance(column, pd.Series) else column.iloc[:, 0]).reset_index(drop=True)


def read_texts(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as text; empty where nothing is."""
    column = _read_column(frame, name)
    if not isinstance(column.dtype, pd.StringDtype):
        column = column.astype(object).where(column.notna(), "").map(str)
    return column.astype("str").fillna("")


def read_numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as numbers; NaN where it holds none."""
    column = _read_column(frame, name)
    if not pd.api.types.is_numeric_dtype(column):
        column = pd.to_numeric(column.astype(object).map(str), errors="coerce")
    return column.astype(np.float64)


def read_days(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of dates as days since 1970; NaN where it holds none."""
    column = _read_column(frame, name)
    if not pd.api.types.is_datetime64_dtype(column):
        text = column.astype(object).map(lambda value: str(value)[:10])
        column = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    days = pd.Series(column.to_numpy("datetime64[D]").astype(np.int64).astype(float))
    return days.where(column.notna() & days.between(_FIRST_DAY, _LAST_DAY))
