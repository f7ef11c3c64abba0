"""Courses and checks of volunteers that have expired or soon will."""

from __future__ import annotations

from datetime import date

import pandas as pd

from matcher.columns import column
from matcher.messages import explain_listing
from matcher.records.contacts import count_days

_COLUMNS = ("training_expires", "health_check_expires", "background_check_expires")


def list_expiries(volunteers: pd.DataFrame, today: date, window_days: int) -> pd.DataFrame:
    """Return what expires within so many days, or has expired, of volunteers who have not left; the first first."""
    there = volunteers[(volunteers["status"] != "left") & ~(volunteers["left"] < pd.Timestamp(today))]
    parts = []
    for name in _COLUMNS:
        rows = there[there[name].notna()]
        days = -count_days(today, rows[name])
        rows = rows.assign(
            volunteer_id=rows["id"], what=column("volunteers", name).header(), expires=rows[name], days=days
        )
        parts.append(rows.loc[days <= window_days, ["volunteer_id", "team", "what", "expires", "days"]])
    frame = pd.concat(parts, ignore_index=True)
    texts = ["expired" if days < 0 else "expires" for days in frame["days"]]
    frame["why"] = pd.Series(
        [explain_listing(text, days=abs(days)) for text, days in zip(texts, frame["days"], strict=True)],
        index=frame.index,
        dtype=str,
    )
    return frame.sort_values(["days", "volunteer_id", "what"], ignore_index=True)
