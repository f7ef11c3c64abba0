"""Contacts of the months before as they happened: planned ones by their records, and those that were not planned."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from matcher.columns import VISITS
from matcher.outcomes import IS_CONTACT

_TEXTS = [column.name for column in VISITS if column.kind in ("id", "text", "choice")]
_UNPLANNED = {"start": 0.0, "end": 0.0, "order_of_day": 1.0, "revision": 0.0}
"""What nobody knows of a contact that was not planned; nothing asks it of months gone."""


def apply_records(
    visits: pd.DataFrame, records: pd.DataFrame, unconfirmed: Literal["done", "missed"], before: date
) -> pd.DataFrame:
    """Return the contacts of visits files, those before a date as they happened.

    A planned contact that was made has the date, kind and volunteer of its record; one that was not is gone; one of
    which no record says anything counts by ``unconfirmed``. Contacts that were not planned come after all others.

    Args:
        visits: Contacts as ``load_file`` gives them.
        records: See ``file.Records``.
        unconfirmed: The setting ``records.unconfirmed``.
        before: The first day of the month that is to be planned.
    """
    start = pd.Timestamp(before)
    records = records[records["date"] < start]
    past = visits["date"] < start
    if not len(records) and not (past.any() and unconfirmed == "missed"):
        return visits
    planned, rest = visits[past], visits[~past]
    known = records[records["visit_id"] != ""].drop_duplicates("visit_id", keep="last").set_index("visit_id")
    at = known.index.get_indexer(pd.Index(planned["visit_id"]))
    made = np.append(known["outcome"].isin(IS_CONTACT).to_numpy(), unconfirmed == "done")[at]
    told = planned[made & (at >= 0)]
    record = known.iloc[at[made & (at >= 0)]]
    by = record["by_id"].to_numpy(dtype=object)
    is_stand_in = (record["outcome"] == "swapped").to_numpy()
    own = told["volunteer_id"].to_numpy(dtype=object)
    told = told.assign(
        date=record["date"].to_numpy(),
        kind=record["kind"].to_numpy(dtype=object),
        volunteer_id=np.where(is_stand_in, by, own),
        in_place_of=np.where(is_stand_in, own, told["in_place_of"].to_numpy(dtype=object)),
    )
    others = records[~records["visit_id"].isin(planned["visit_id"]) & records["outcome"].isin(IS_CONTACT)]
    parts = [planned[made & (at < 0)], told, _make_contacts(others, visits), rest]
    joined = pd.concat([part for part in parts if len(part)] or [visits.iloc[:0]], ignore_index=True)
    return joined.astype(dict.fromkeys(_TEXTS, "str"))


def _make_contacts(records: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Return records of contacts that no visits file has, with the columns of one."""
    by, own = records["by_id"].to_numpy(dtype=object), records["volunteer_id"].to_numpy(dtype=object)
    is_stand_in = (records["outcome"] == "swapped").to_numpy()
    made = records[["visit_id", "date", "kind", "elder_id", "row", "file"]].assign(
        volunteer_id=np.where(is_stand_in, by, own), in_place_of=np.where(is_stand_in, own, ""), **_UNPLANNED
    )
    for name in like.columns:
        if name not in made:
            made[name] = "" if name in _TEXTS else np.nan
    return made[like.columns.tolist()]
