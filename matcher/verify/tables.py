"""Frames made by whatever hand, brought into a shape that the checks can rely on.

A *table* here has int64 roster indices ``elder`` and ``volunteer`` and float64 ``row`` (NaN: unknown); numbers are
float64 with NaN for empty or unreadable, choices and ids are text, and ``day`` is float64 days since 1970 with NaN for
no date. Rows come in an order of their own, not the file's.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import PAIRS
from matcher.roster.model import PairList
from matcher.verify.people import People
from matcher.verify.violations import EPOCH_ORDINAL, Findings

COST_TERMS = tuple(column.name for column in PAIRS if column.name.endswith("_cost_m"))
PAIR_AMOUNTS = ("distance_m", "cost_m", *COST_TERMS)
VOLUNTEER_AMOUNTS = ("places", "load", "used", "high_risk", "missing", "load_cost_m")
KINDS = {"visit": 0, "call": 1}
VISIT, CALL, NO_KIND = 0, 1, -1
_FIRST_DAY, _LAST_DAY = date.min.toordinal() - EPOCH_ORDINAL, date.max.toordinal() - EPOCH_ORDINAL


def pairs_table(frame: pd.DataFrame, people: People, found: Findings) -> pd.DataFrame:
    """Pairs whose two are known, with the optional columns that ``frame`` has, cost terms of others' rules too."""
    table = _known(_people_columns(frame, people), ("elder", "volunteer"), found)
    for name in PAIR_AMOUNTS:
        if name in frame:
            table[name] = _numbers(frame, name).loc[table.index]
    for name in frame.columns:
        if str(name).endswith("_cost_m") and name not in PAIR_AMOUNTS:
            table[name] = _numbers(frame, name).loc[table.index]
    if "since" in frame:
        table["since"] = _days(frame, "since").loc[table.index]
    for name in ("same_building", "status", "place_quality"):
        if name in frame:
            table[name] = _texts(frame, name).loc[table.index]
    return _in_order(table)


def backups_table(frame: pd.DataFrame, people: People, found: Findings) -> pd.DataFrame:
    """Elders and their second volunteers, as pairs, where the pairs name any; ``first`` is the first one's index."""
    second = _texts(frame, "backup_volunteer_id")
    named = (second != "").to_numpy()
    swapped = frame.loc[:, ~frame.columns.duplicated()].reset_index(drop=True)[named]
    first = _people_columns(swapped, people)["volunteer"].to_numpy()
    table = _people_columns(swapped.assign(volunteer_id=second[named]), people).assign(first=first)
    if "backup_distance_m" in frame:
        table["backup_distance_m"] = _numbers(frame, "backup_distance_m")[named].to_numpy()
    return _in_order(_known(table, ("elder", "volunteer"), found))


def unmatched_table(frame: pd.DataFrame, people: People, found: Findings) -> pd.DataFrame:
    """Elders listed as unmatched, with the optional columns that ``frame`` has."""
    table = _known(_people_columns(frame, people), ("elder",), found)
    if "tier" in frame:
        table["tier"] = _numbers(frame, "tier").loc[table.index]
    if "waiting_since" in frame:
        table["waiting_since"] = _days(frame, "waiting_since").loc[table.index]
    return _in_order(table)


def capacity_table(frame: pd.DataFrame, people: People, found: Findings) -> pd.DataFrame:
    """Volunteers with their places and loads, with the columns that ``frame`` has."""
    table = _known(_people_columns(frame, people), ("volunteer",), found)
    for name in VOLUNTEER_AMOUNTS:
        if name in frame:
            table[name] = _numbers(frame, name).loc[table.index]
    return _in_order(table)


def contacts_table(frame: pd.DataFrame, people: People, found: Findings) -> pd.DataFrame:
    """All contacts, also those of unknown people, who have the index -1; ``kind`` is a number."""
    table = _people_columns(frame, people)
    _known(table, ("elder", "volunteer"), found)
    table["visit_id"] = _texts(frame, "visit_id")
    for name in ("in_place_of", "companion"):
        ids = _texts(frame, name)
        table[name] = people.volunteers.find(ids.tolist())
        told = pd.DataFrame({f"{name}_id": ids, "row": table["row"]})[(ids != "") & (table[name] < 0)]
        found.add_unknown("volunteer", told[f"{name}_id"], told["row"])
    table["day"] = _days(frame, "date")
    for name in ("start", "end", "order_of_day"):
        table[name] = _numbers(frame, name)
    table["kind"] = _texts(frame, "kind").map(KINDS).fillna(NO_KIND).astype(np.int64)
    return _in_order(table)


def unscheduled_table(frame: pd.DataFrame, people: People, found: Findings) -> pd.DataFrame:
    """Listed gaps of known people: ``day`` in the week, ``kind``, ``missing`` (0 where it is no count)."""
    table = _known(_people_columns(frame, people), ("elder", "volunteer"), found)
    table["day"] = _days(frame, "week_start").loc[table.index]
    table["kind"] = _texts(frame, "kind").loc[table.index].map(KINDS).fillna(NO_KIND).astype(np.int64)
    missing = _numbers(frame, "missing").loc[table.index]
    table["missing"] = missing.where(np.isfinite(missing) & (missing > 0), 0.0)
    return table


def of_known(contacts: pd.DataFrame) -> pd.DataFrame:
    """Those contacts whose two are both on the roster."""
    return contacts[(contacts["elder"] >= 0) & (contacts["volunteer"] >= 0)]


def tally(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The first row for each distinct values of the numeric columns ``names``, ordered by them.

    ``amount`` is how many rows there are of it, ``row`` the least of theirs.
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


def listed(pairs: PairList, people: People) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Roster indices of a pair list's two, by their ids; -1 where the roster has no such id."""
    return people.elders.find(pairs.elder_id), people.volunteers.find(pairs.volunteer_id)


def _people_columns(frame: pd.DataFrame, people: People) -> pd.DataFrame:
    elder_id, volunteer_id = _texts(frame, "elder_id"), _texts(frame, "volunteer_id")
    return pd.DataFrame(
        {
            "elder_id": elder_id,
            "volunteer_id": volunteer_id,
            "elder": people.elders.find(elder_id.tolist()),
            "volunteer": people.volunteers.find(volunteer_id.tolist()),
            "row": _numbers(frame, "row"),
        }
    )


def _known(table: pd.DataFrame, sides: tuple[str, ...], found: Findings) -> pd.DataFrame:
    """Rows whose people are all on the roster; the others' ids are told."""
    known = np.ones(len(table), dtype=bool)
    for side in sides:
        unknown = table[table[side] < 0].sort_values([f"{side}_id", "row"])
        found.add_unknown(side, unknown[f"{side}_id"], unknown["row"])
        known &= table[side].to_numpy() >= 0
    return table[known].copy()


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in ("volunteer", "elder", "day", "start", "end", "row") if name in table]
    return table.drop(columns=["elder_id", "volunteer_id"]).sort_values(keys, ignore_index=True)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column with an index from 0; of two of that name the first; empty where there is none."""
    if name not in frame:
        return pd.Series(np.nan, index=range(len(frame)), dtype=object)
    column = frame[name]
    return (column if isinstance(column, pd.Series) else column.iloc[:, 0]).reset_index(drop=True)


def _texts(frame: pd.DataFrame, name: str) -> pd.Series:
    column = _column(frame, name)
    if not isinstance(column.dtype, pd.StringDtype):
        column = column.astype(object).where(column.notna(), "").map(str)
    return column.astype("str").fillna("")


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    column = _column(frame, name)
    if not pd.api.types.is_numeric_dtype(column):
        column = pd.to_numeric(column.astype(object).map(str), errors="coerce")
    return column.astype(np.float64)


def _days(frame: pd.DataFrame, name: str) -> pd.Series:
    column = _column(frame, name)
    if not pd.api.types.is_datetime64_dtype(column):
        text = column.astype(object).map(lambda value: str(value)[:10])
        column = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    days = pd.Series(column.to_numpy("datetime64[D]").astype(np.int64).astype(float))
    return days.where(column.notna() & days.between(_FIRST_DAY, _LAST_DAY))
