"""Elders of last month's pairs whom nobody met, by what happened: since when they wait."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import PairList


def find_unmet_since(
    previous: PairList, made: pd.DataFrame, span: tuple[np.datetime64, date], n_elders: int
) -> NDArray[np.datetime64]:
    """Return the month since which each elder of last month's pairs waits, datetime64[M] (n_elders,); NaT for others.

    The elder of a pair that has never met waits on until the first visit of its volunteer. Who had met the volunteer,
    and with whom nobody had a contact in the whole month, waits since that month. While a pair pauses nothing changes.

    Args:
        previous: Last month's pairs, with the month that their list tells of who was not met before.
        made: Contacts that were made, with the columns of a visits file.
        span: The month of which they are, datetime64[M], and the day before which they lie.
        n_elders: How many elders are on the roster.
    """
    month, before = span
    made = made[made["date"] < pd.Timestamp(before)]
    visits = made[made["kind"] == "visit"]
    pairs = pd.MultiIndex.from_arrays([previous.elder_id, previous.volunteer_id])
    met = pairs.isin(pd.MultiIndex.from_arrays([visits["elder_id"], visits["volunteer_id"]]))
    reached = pd.Index(previous.elder_id, dtype=str).isin(made["elder_id"])
    none = np.full(len(previous), np.datetime64("NaT", "M"))
    told = none if previous.waiting_since is None else previous.waiting_since.astype("datetime64[M]")
    since = previous.told_since(month + np.timedelta64(1, "M"))
    # comparisons with NaT (not told) are False
    is_new = (since >= month) | (told <= since)
    begun = np.where(np.where(is_new, met, reached), none, np.where(np.isnat(told), month, told))
    begun = np.where(previous.is_paused, told, begun)
    unmet = np.full(n_elders, np.datetime64("NaT", "M"))
    for pauses in (True, False):  # who stands in for a paused pair is the elder's volunteer now
        rows = (previous.elder >= 0) & (previous.is_paused == pauses)
        unmet[previous.elder[rows]] = begun[rows]
    return unmet
