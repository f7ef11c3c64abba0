"""The day from which a month was planned anew: what lies before it stands, whatever it breaks now.

A run folder keeps it in replanned.csv, so that whoever goes on from the month or verifies it need not remember it.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from matcher.horizon import Horizon


def find_replanned_from(told: pd.DataFrame | None, horizon: Horizon) -> date | None:
    """Return the day that rows of replanned.csv tell of a month, the first if they are several; None where none is."""
    days = [] if told is None else [day.date() for day in told["from"] if not pd.isna(day)]
    return min((day for day in days if horizon.start <= day <= horizon.end), default=None)


def make_replanned_frame(day: date) -> pd.DataFrame:
    """Return the day as the rows of replanned.csv."""
    return pd.DataFrame({"from": [pd.Timestamp(day)]})
