"""Sheets merged with what is on record: the same sheet twice changes nothing, two that contradict are asked about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.messages import Issue
from matcher.records.file import NAMES, join_texts

Mask = NDArray[np.bool_]
_SAID = ("date", "kind", "outcome", "minutes", "remark", "by_id")
"""What a record says of its contact, beside who and which."""
_ORDER = ["date", "volunteer_id", "elder_id", "visit_id", "kind"]


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """Records after sheets came in: the records, what contradicts, and how much of the sheets was new."""

    records: pd.DataFrame
    issues: tuple[Issue, ...]
    new: int
    """Contacts that had no record."""
    changed: int
    """Contacts whose record says more or other now."""
    known: int
    """Rows that say nothing new."""


def merge_records(before: pd.DataFrame, sheets: pd.DataFrame, *, replace: bool = False) -> Merged:
    """Return the records of both.

    A contact is known by its visit id; one that was not planned by date, elder, kind and who made it. Rows of one
    contact are one record where they agree in all that both say; what only one says is taken.

    Args:
        before: The records so far.
        sheets: What sheets report, with ``file`` and ``row``.
        replace: Whether a sheet counts where it contradicts the records so far.

    Returns:
        The records, in order of date and volunteer; rows that contradict each other are left out, with an issue each,
        and where they contradict the records so far, these stand.
    """
    both = pd.concat([before[[*NAMES, "file", "row"]], sheets[[*NAMES, "file", "row"]]], ignore_index=True)
    is_new = np.arange(len(both)) >= len(before)
    key = pd.factorize(_make_keys(both))[0]
    keys, _first, counts = np.unique(key, return_index=True, return_counts=True)
    several = np.isin(key, keys[counts > 1])
    if not several.any():
        records = both[NAMES].sort_values(_ORDER, kind="stable", ignore_index=True)
        return Merged(records, (), int(is_new.sum()), 0, 0)
    rows = both[several].assign(key=key[several], is_new=is_new[several])
    against, among = _find_contradictions(rows)
    issues = _tell(rows[among], "record_contradicts", _find_others(rows, among))
    if not replace:
        issues += _tell(rows[against & ~among], "record_contradicts_file", _find_standing(rows, against & ~among))
    dropped = among | (against & (not replace))
    if replace:  # what stood gives way wholly: half of it would be nobody's word
        dropped |= ~rows["is_new"].to_numpy() & rows["key"].isin(rows.loc[against & ~among, "key"]).to_numpy()
    joined = _join_rows(rows[~dropped])
    alone = both[~several]
    records = pd.concat([alone[NAMES], joined[NAMES]], ignore_index=True)
    records = records.sort_values(_ORDER, kind="stable", ignore_index=True)
    new, changed = _count(rows, joined, int(is_new[~several].sum()))
    taken = int(is_new[~several].sum()) + int((rows["is_new"] & ~dropped).sum())
    return Merged(records, tuple(issues), new, changed, taken - new - changed)


def _make_keys(rows: pd.DataFrame) -> pd.Series:
    """Return a text that tells each row's contact from all others."""
    planned = rows["visit_id"] != ""
    keys = rows["visit_id"].astype("str").copy()
    other = rows[~planned]
    if len(other):
        made_by = other["volunteer_id"].where(other["by_id"] == "", other["by_id"])
        day = other["date"].dt.strftime("%Y-%m-%d")
        keys[~planned] = join_texts(day, other["elder_id"], other["kind"], made_by)
    return keys


def _find_contradictions(rows: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return which new rows contradict what is on record, and which contradict another new one."""
    against = np.zeros(len(rows), dtype=bool)
    among = np.zeros(len(rows), dtype=bool)
    fresh = rows["is_new"].to_numpy()
    for name in _SAID:
        code = pd.factorize(rows[name])[0]
        if name not in {"minutes", "date"}:
            code = np.where(rows[name].to_numpy(dtype=object) == "", -1, code)
        said = pd.DataFrame({"key": rows["key"].to_numpy(), "code": code, "fresh": fresh})[code >= 0]
        of_fresh = said[said["fresh"]].groupby("key")["code"].nunique()
        among |= fresh & rows["key"].isin(of_fresh.index[of_fresh > 1]).to_numpy()
        standing = said[~said["fresh"]].drop_duplicates("key").set_index("key")["code"]
        stood = rows["key"].map(standing).to_numpy(dtype=float)
        against |= fresh & (code >= 0) & ~np.isnan(stood) & (stood != code)
    return against, among


def _join_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a contact: of each column what stands says, else the first new row that says anything."""
    ordered = rows.sort_values(["key", "is_new", "file", "row"], kind="stable")
    blank = ordered[list(_SAID)].replace("", np.nan) if len(ordered) else ordered[list(_SAID)]
    filled = blank.groupby(ordered["key"]).first()
    firsts = ordered.drop_duplicates("key").set_index("key")
    for name in _SAID:
        values = filled[name]
        firsts[name] = values.fillna("").astype("str") if name not in ("minutes", "date") else values
    return firsts.reset_index()


def _count(rows: pd.DataFrame, joined: pd.DataFrame, alone: int) -> tuple[int, int]:
    """Return how many contacts are new, and how many records say more or other than before."""
    standing = rows[~rows["is_new"]].drop_duplicates("key").set_index("key")
    known = joined["key"].isin(standing.index)
    now = joined[known].set_index("key")
    before = standing.loc[now.index]
    differs = np.zeros(len(now), dtype=bool)
    for name in _SAID:
        one, other = now[name], before[name]
        differs |= ~((one == other) | (one.isna() & other.isna())).to_numpy(dtype=bool)
    return alone + int((~known).sum()), int(differs.sum())


def _find_others(rows: pd.DataFrame, among: Mask) -> list[str]:
    """Return, for each row that contradicts another new one, where that one is."""
    fresh = rows[rows["is_new"]]
    firsts = fresh.drop_duplicates("key").set_index("key")["source"]
    lasts = fresh.drop_duplicates("key", keep="last").set_index("key")["source"]
    told = rows[among]
    return [
        lasts[key] if source == firsts[key] else firsts[key]
        for key, source in zip(told["key"], told["source"], strict=True)
    ]


def _find_standing(rows: pd.DataFrame, against: Mask) -> list[str]:
    """Return where what stands comes from, for each row that contradicts it."""
    standing = rows[~rows["is_new"]].drop_duplicates("key").set_index("key")["source"]
    return [standing[key] for key in rows.loc[against, "key"]]


def _tell(rows: pd.DataFrame, code: str, others: list[str]) -> list[Issue]:
    header, outcome = column("record_sheets", "outcome").header(), column("records", "outcome")
    return [
        Issue(code, row["file"], int(row["row"]), header, outcome.choice_label(row["outcome"]), {"other": other})
        for row, other in zip(rows.to_dict("records"), others, strict=True)
    ]
