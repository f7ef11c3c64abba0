"""Contacts as far as they are known: planned ones with what became of them, and those that were not planned."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.outcomes import BY_CODE, IS_CONTACT
from matcher.records.planned import PlannedMonth

_COLUMNS = ["elder_id", "volunteer_id", "date", "kind", "outcome", "by_id"]
_KNOWN = frozenset(outcome.code for outcome in BY_CODE.values() if outcome.elder_known)


def list_contacts(planned: PlannedMonth, records: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return contacts up to today by date: planned ones, those of records, and those of earlier months' records.

    Columns are those of records and ``planned`` (bool), ``is_contact`` (confirmed), ``elder_known``; ``outcome`` is
    empty where nobody has reported.
    """
    visits = planned.visits[planned.visits["date"] <= pd.Timestamp(planned.last_day)]
    reported = pd.Index(records["visit_id"])
    open_ = visits[~visits["visit_id"].isin(reported)].assign(outcome="", by_id="")
    parts = [before[_COLUMNS].assign(planned=False), records[_COLUMNS].assign(planned=records["visit_id"] != "")]
    parts.append(open_[_COLUMNS].assign(planned=True))
    contacts = pd.concat([part for part in parts if len(part)] or parts[-1:], ignore_index=True)
    contacts["is_contact"] = contacts["outcome"].isin(IS_CONTACT)
    contacts["elder_known"] = contacts["outcome"].isin(_KNOWN)
    return contacts.sort_values(["date", "elder_known"], kind="stable", ignore_index=True)


def find_last(contacts: pd.DataFrame, elders: pd.Series) -> pd.Series:
    """Return the date of each elder's last confirmed contact, in their order; NaT where there is none."""
    last = contacts[contacts["is_contact"]].groupby("elder_id")["date"].max()
    return pd.Series(last.reindex(elders.to_numpy()).to_numpy().astype("datetime64[us]"), index=elders.index)


def count_days(until: object, since: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the days from dates until one."""
    end = np.datetime64(str(until))
    return np.asarray((end - since.to_numpy().astype("datetime64[D]")).astype(np.int64))
