"""Pairs that are to be talked with in a month: new ones after their first weeks, others after 3, 6 and 12 months."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from matcher.horizon import Horizon
from matcher.messages import explain_listing
from matcher.settings.month import RecordsSettings


def list_reviews(pairs: pd.DataFrame, horizon: Horizon, asked: RecordsSettings) -> pd.DataFrame:
    """Return the trials and reviews that fall in a month, by date.

    Args:
        pairs: ``elder_id``, ``volunteer_id``, ``since``.
        horizon: The month.
        asked: After how many weeks and months.
    """
    none = pairs.iloc[:0][["elder_id", "volunteer_id", "since"]]
    parts = [none.assign(kind="", due=none["since"], latest=none["since"], why="")]
    known = pairs[pairs["since"].notna()]
    for since in sorted(known["since"].unique()):
        day = pd.Timestamp(since).date()
        due = list(_find_due(day, horizon, asked))
        rows = known[known["since"] == since]
        parts += [
            rows[["elder_id", "volunteer_id", "since"]].assign(
                kind=kind, due=pd.Timestamp(first), latest=pd.Timestamp(last), why=why
            )
            for kind, first, last, why in due
        ]
    frame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    frame = frame.astype({"why": "str"})
    return frame.sort_values(["due", "elder_id"], kind="stable", ignore_index=True)


def _find_due(since: date, horizon: Horizon, asked: RecordsSettings) -> list[tuple[str, date, date, str]]:
    """Return what falls due in a month of pairs since a day: kind, first and last day, sentence."""
    found = []
    first, last = (since + timedelta(weeks=weeks) for weeks in (asked.trial_from_weeks, asked.trial_to_weeks))
    if first <= last and first <= horizon.end and horizon.start <= last:
        why = explain_listing("trial", since=since.isoformat(), weeks=asked.trial_from_weeks)
        found.append(("trial", first, last, why))
    for months in asked.review_months:
        due = (pd.Timestamp(since) + pd.DateOffset(months=months)).date()
        if horizon.start <= due <= horizon.end:
            found.append(("review", due, horizon.end, explain_listing("review", months=months)))
    return found
