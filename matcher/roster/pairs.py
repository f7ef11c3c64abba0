"""Files about pairs and what follows from them: last month's pairs, pins, never-pairs, hand-made pairs, visits."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.roster.convert import convert
from matcher.roster.header import Aliases
from matcher.roster.model import PairList, Roster
from matcher.roster.read import read_table, table_of_frame
from matcher.roster.table import Table

_IDS = ("elder_id", "volunteer_id")
_LASTED = ("since", "months")
_BACKUP = "backup_volunteer_id"
_BESIDE = {"unmatched": ("elder_id", "waiting_since"), "capacity": ("volunteer_id", "place_price_m")}


def load_pairs(path: Path, roster: Roster | None, kind: str, aliases: Aliases = ()) -> tuple[PairList, list[Issue]]:
    """Read a list of pairs; only its ids count, and of pairs that stood before, for how long they have.

    Args:
        path: The file.
        roster: Whose ids they are; None where the rosters can't be read: nobody is known, and nobody told unknown.
        kind: ``pairs``, ``previous`` (last month's), ``pins`` or ``never``.
        aliases: Headers of the user's own.

    Returns:
        The pairs without the rows at fault, and the issues. Last month's pairs keep people who are on the roster no
        more, with index -1; rows of theirs without a volunteer are passed over.

    Raises:
        InputError: the file can't be read.
    """
    return _pairs(read_table(path, kind, aliases), roster)


def pairs_from_frame(frame: pd.DataFrame, roster: Roster, kind: str) -> tuple[PairList, list[Issue]]:
    """As ``load_pairs``, from a frame with columns ``elder_id`` and ``volunteer_id``; rows are positions plus 2."""
    return _pairs(table_of_frame(frame, kind), roster)


def load_visits(path: Path) -> tuple[pd.DataFrame, list[Issue]]:
    """Read visits, made by any hand; as ``load_file``."""
    return load_file(path, "visits")


def load_file(path: Path, kind: str) -> tuple[pd.DataFrame, list[Issue]]:
    """Read a file of any kind of ``columns.FILES`` into typed columns (``convert``), rows at fault left out.

    Raises:
        InputError: the file can't be read.
    """
    frame, faulty, issues = convert(read_table(path, kind))
    return frame[~faulty].reset_index(drop=True), issues


def load_beside(path: Path, kind: str) -> tuple[pd.DataFrame, list[Issue]]:
    """What the next run needs of a file of the last one: since when elders wait (``unmatched``), ``capacity``.

    Other columns may hold anything; rows at fault in these are left out.

    Raises:
        InputError: the file can't be read.
    """
    table = read_table(path, kind)
    names = [name for name in _BESIDE[kind] if name in table.headers]
    headers = {name: table.headers[name] for name in names}
    columns = {name: table.columns[name] for name in names}
    issues = tuple(issue for issue in table.issues if issue.column in headers.values())
    frame, faulty, found = convert(replace(table, columns=columns, headers=headers, unknown=(), issues=issues))
    return frame[~faulty].reset_index(drop=True), found


def waited_since(unmatched: pd.DataFrame, roster: Roster, horizon: Horizon) -> NDArray[np.datetime64]:
    """The month since which each elder has waited, datetime64[M] (n_elders,), by a list of the last run's unmatched.

    ``unmatched`` has ``elder_id`` and perhaps ``waiting_since`` (datetime64). Who is on the list and did not wait then,
    for want of consent perhaps, waits from this month on; NaT for those who are not on it.
    """
    this = np.datetime64(horizon.start, "M")
    since = np.full(len(roster.elders), np.datetime64("NaT", "M"))
    elder = pd.Index(roster.elders["id"], dtype=str).get_indexer(pd.Index(unmatched["elder_id"], dtype=str))
    told = np.full(len(unmatched), this - 1)
    if "waiting_since" in unmatched:
        told = unmatched["waiting_since"].to_numpy().astype("datetime64[M]")
    since[elder[elder >= 0]] = np.where(np.isnat(told), this, told)[elder >= 0]
    return since


def place_prices(capacity: pd.DataFrame, roster: Roster) -> NDArray[np.int64]:
    """What a place of each volunteer was worth in the last run, metres (n_volunteers,); 0 where it does not say.

    ``capacity`` has ``volunteer_id`` and perhaps ``place_price_m``.
    """
    found = np.zeros(len(roster.volunteers), dtype=np.int64)
    volunteer = pd.Index(roster.volunteers["id"], dtype=str).get_indexer(pd.Index(capacity["volunteer_id"], dtype=str))
    if "place_price_m" in capacity:
        told = capacity["place_price_m"].to_numpy(np.float64)
        known = (volunteer >= 0) & np.isfinite(told)
        found[volunteer[known]] = np.clip(told[known], 0, 2**52).astype(np.int64)
    return found


def _pairs(table: Table, roster: Roster | None) -> tuple[PairList, list[Issue]]:
    last_month = table.kind == "previous"
    table = _ids_only(table)
    frame, _faulty, issues = convert(table)
    if table.kind != "never":
        issues += table.twins("pair_elder_twice", "elder_id", frame["elder_id"].tolist())
    keep = ~table.rows_of(issues)
    index: dict[str, NDArray[np.int64]] = {}
    for name, side in zip(_IDS, ("elders", "volunteers"), strict=True):
        ids = getattr(roster, side)["id"] if roster else ()
        index[name] = pd.Index(ids, dtype=str).get_indexer(pd.Index(frame[name])).astype(np.int64)
        if roster:
            set_aside = getattr(roster, f"set_aside_{side}")
            issues += _strangers(table, name, frame[name].tolist(), index[name], set_aside)
        if not last_month:
            keep &= index[name] >= 0
    elder_id, volunteer_id = (tuple(frame.loc[keep, name].tolist()) for name in _IDS)
    backup = None
    if _BACKUP in table.headers:
        backup = pd.Index(roster.volunteers["id"] if roster else (), dtype=str).get_indexer(pd.Index(frame[_BACKUP]))
        if roster:
            issues += _strangers(table, _BACKUP, frame[_BACKUP].tolist(), backup, roster.set_aside_volunteers)
    lasted = {
        name: frame.loc[keep, name].to_numpy("datetime64[M]" if name == "since" else np.float64)
        for name in _LASTED
        if name in table.headers
    }
    pairs = PairList(
        index["elder_id"][keep],
        index["volunteer_id"][keep],
        elder_id,
        volunteer_id,
        table.row[keep],
        table.file,
        **lasted,
        backup=None if backup is None else backup[keep].astype(np.int64),
    )
    return pairs, sorted(issues, key=lambda issue: issue.row or 0)


def _ids_only(table: Table) -> Table:
    """The table without other columns; last month's without the rows that name no volunteer."""
    headers = {name: table.headers[name] for name in (*_IDS, *_LASTED, _BACKUP) if name in table.headers}
    read = {*headers.values(), *(table.header(name) for name in _IDS)}
    issues = tuple(issue for issue in table.issues if issue.column in read)
    keep = np.ones(len(table.row), dtype=bool)
    if table.kind == "previous" and "volunteer_id" in headers:
        keep = table.filled("volunteer_id")
    columns = {name: table.columns[name].filter(pa.array(keep)) for name in headers}
    return replace(
        table, columns=columns, row=table.row[keep], part=table.part[keep], headers=headers, unknown=(), issues=issues
    )


def _strangers(
    table: Table, name: str, ids: list[str], index: NDArray[np.int64], set_aside: Set[str]
) -> Iterator[Issue]:
    """An issue for everyone of a list who is not on the roster: set aside there, or unknown."""
    side = name.removeprefix("backup_").removesuffix("_id")
    unknown = f"{'previous' if table.kind == 'previous' else 'pair'}_unknown_{side}"
    for i in np.flatnonzero(index < 0).tolist():
        if ids[i]:
            yield table.issue("pair_set_aside" if ids[i] in set_aside else unknown, name, i, ids[i])
