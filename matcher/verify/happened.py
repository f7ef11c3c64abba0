"""Contacts of the months before as they happened, worked out from their plans and records."""

from __future__ import annotations

from datetime import date

import pandas as pd

from matcher.outcomes import IS_CONTACT

_WANTED = ["visit_id", "date", "kind", "elder_id", "volunteer_id", "in_place_of", "companion"]


def find_made_contacts(
    planned: pd.DataFrame | None, records: pd.DataFrame | None, unconfirmed: str, before: date
) -> pd.DataFrame | None:
    """Return the contacts that were made before a date; None where neither plans nor records tell.

    They are those that records say were made, and, where ``unconfirmed`` is ``done``, planned ones of which no record
    says anything.
    """
    if records is None:
        return planned
    records = records[records["date"] < pd.Timestamp(before)]
    made = records[records["outcome"].isin(IS_CONTACT)]
    swapped = made["outcome"] == "swapped"
    volunteer = made["volunteer_id"].mask(swapped, made["by_id"])
    owner = made["volunteer_id"].where(swapped, "")
    told = made.assign(volunteer_id=volunteer, in_place_of=owner, companion="")
    if planned is None or unconfirmed == "missed":
        return told.reindex(columns=[*_WANTED, "row"])
    silent = planned[~planned["visit_id"].isin(set(records["visit_id"]) - {""})]
    both = [part.reindex(columns=[*_WANTED, "row"]) for part in (silent, told) if len(part)]
    return pd.concat(both, ignore_index=True) if both else silent
