"""Contacts that fell away: none of them stands in the same calendar still, and each is listed once."""

from __future__ import annotations

import pandas as pd

from matcher.verify.dates import to_date
from matcher.verify.tables import read_days, read_numbers, read_texts
from matcher.verify.violations import Findings, Violation


def check_cancelled(cancelled: pd.DataFrame, visits: pd.DataFrame, findings: Findings) -> None:
    """Check that no contact is listed as fallen away twice, or of somebody who makes it or comes along.

    Whose calendar an entry is in tells it apart: a contact that somebody else makes now falls away for the one before.
    """
    ids = read_texts(visits, "visit_id")
    seen = {
        entry for side in ("volunteer_id", "companion") for entry in zip(ids, read_texts(visits, side), strict=True)
    }
    columns = (read_texts(cancelled, name) for name in ("visit_id", "volunteer_id", "elder_id"))
    days, rows = read_days(cancelled, "date"), read_numbers(cancelled, "row")
    for visit_id, owner, elder, day, row in zip(*columns, days, rows, strict=True):
        if visit_id and (visit_id, owner) in seen:
            findings.add_one(Violation("cancelled", elder, owner, to_date(day), row=None if pd.isna(row) else int(row)))
        seen.add((visit_id, owner))
