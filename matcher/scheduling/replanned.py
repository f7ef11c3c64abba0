"""Since when a month was planned anew, all of it or some elders': what lies before stands, whatever it breaks now.

A run folder keeps it in replanned.csv, so that whoever goes on from the month or verifies it need not remember it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon


@dataclass(frozen=True, slots=True)
class Replanned:
    """The days from which a month was planned anew last."""

    everybody: date | None = None
    """The day of all elders who have none of their own; None: their month is as it was planned first, or not known."""
    elders: Mapping[str, date] = field(default_factory=dict)
    """The days of elders who were planned anew apart from the others, by their ids."""
    due_then: frozenset[str] = frozenset()
    """Elders among them whose weeks before their day are due what was due then, which would be another number now."""
    more_stand: frozenset[str] = frozenset()
    """Elders among them of whom more contacts stand after their day than are due now: nobody planned them anew."""

    @classmethod
    def read(cls, told: pd.DataFrame | None, horizon: Horizon) -> Self:
        """Return what the rows of replanned.csv tell of a month: of several days for the same people the first."""
        if told is None:
            return cls()
        ids = told["elder_id"].fillna("").astype(str) if "elder_id" in told else pd.Series("", told.index, dtype=str)
        days: dict[str, date] = {}
        then, more = (
            (told.get(name, pd.Series("no", told.index)) == "yes").to_numpy() for name in ("due_then", "more_stand")
        )
        for elder, when in zip(ids.tolist(), told["from"].tolist(), strict=True):
            if not pd.isna(when) and horizon.start <= (day := when.date()) <= horizon.end:
                days[elder] = min(days.get(elder, day), day)
        everybody = days.pop("", None)
        return cls(everybody, days, frozenset(ids[then]) & days.keys(), frozenset(ids[more]) & days.keys())

    @classmethod
    def of(cls, start: date, later: Mapping[int, date], elder_ids: Sequence[str]) -> Self:
        """Return it after everybody was planned anew from ``start`` on, but elders, by their index, from a later day.

        The day of most is everybody's.
        """
        days = {name: later.get(elder, start) for elder, name in enumerate(elder_ids)}
        everybody, _number = Counter([start, *days.values()]).most_common(1)[0]
        return cls(everybody, {name: day for name, day in days.items() if day != everybody})

    def __bool__(self) -> bool:
        """Return whether anything was planned anew."""
        return self.everybody is not None or bool(self.elders)

    def plan_anew(self, day: date, elders: Iterable[str]) -> Self:
        """Return it after some elders were planned anew from a day on; the days of others stay."""
        return type(self)(self.everybody, {**self.elders, **dict.fromkeys(elders, day)})

    def with_due_then(self, days: Mapping[str, date], more_stand: Mapping[str, date]) -> Self:
        """Return it with the days of elders whose weeks before are due what was due then, and of nobody else.

        ``more_stand``: the days of elders of whom more contacts stand after these days than are due now.
        """
        return type(self)(self.everybody, {**self.elders, **more_stand, **days}, frozenset(days), frozenset(more_stand))

    def find_days(self, elder_ids: Sequence[str], first: date) -> NDArray[np.datetime64]:
        """Return the day of each elder, (n,); ``first``, the month's first, where there is none."""
        rest = self.everybody or first
        return np.array([self.elders.get(elder, rest) for elder in elder_ids], dtype="datetime64[D]")

    def find_anew(self, elder_ids: Sequence[str]) -> NDArray[np.bool_]:
        """Return which elders were planned anew, (n,)."""
        return np.array([self.everybody is not None or elder in self.elders for elder in elder_ids], dtype=bool)

    def make_frame(self) -> pd.DataFrame:
        """Return the days as the rows of replanned.csv, everybody's first."""
        days = {} if self.everybody is None else {"": self.everybody}
        days |= {elder: self.elders[elder] for elder in sorted(self.elders)}
        told = {
            "due_then": [elder in self.due_then for elder in days],
            "more_stand": [elder in self.more_stand for elder in days],
        }
        return pd.DataFrame({"from": pd.to_datetime(list(days.values())), "elder_id": list(days), **told})
