"""Since when a month was planned anew, all of it or some elders': what lies before stands, whatever it breaks now.

A run folder keeps it in replanned.csv, so that whoever goes on from the month or verifies it need not remember it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

import pandas as pd

from matcher.horizon import Horizon


@dataclass(frozen=True, slots=True)
class Replanned:
    """The days from which a month was planned anew last."""

    everybody: date | None = None
    """The day of all elders who have none of their own; None: their month is as it was planned first, or not known."""
    elders: Mapping[str, date] = field(default_factory=dict)
    """The days of elders who were planned anew apart from the others, by their ids."""

    @classmethod
    def read(cls, told: pd.DataFrame | None, horizon: Horizon) -> Self:
        """Return what the rows of replanned.csv tell of a month: of several days for the same people the first."""
        if told is None:
            return cls()
        ids = told["elder_id"].fillna("").astype(str) if "elder_id" in told else pd.Series("", told.index, dtype=str)
        days: dict[str, date] = {}
        for elder, when in zip(ids.tolist(), told["from"].tolist(), strict=True):
            if not pd.isna(when) and horizon.start <= (day := when.date()) <= horizon.end:
                days[elder] = min(days.get(elder, day), day)
        return cls(days.pop("", None), days)

    def __bool__(self) -> bool:
        """Return whether anything was planned anew."""
        return self.everybody is not None or bool(self.elders)

    def plan_anew(self, day: date, elders: Iterable[str]) -> Self:
        """Return it after some elders were planned anew from a day on; the days of others stay."""
        return type(self)(self.everybody, {**self.elders, **dict.fromkeys(elders, day)})

    def no_later_than(self, day: date, besides: Iterable[str]) -> Self:
        """Return it with no day later than this one, from which something came into the month.

        The days of elders ``besides``, by their ids, stay.
        """
        if self.everybody is None:
            everybody, stay = None, {elder: self.elders[elder] for elder in besides if elder in self.elders}
        else:
            everybody = min(self.everybody, day)
            stay = {elder: self.elders.get(elder, self.everybody) for elder in besides}
        return type(self)(everybody, {elder: min(own, day) for elder, own in self.elders.items()} | stay)

    def make_frame(self) -> pd.DataFrame:
        """Return the days as the rows of replanned.csv, everybody's first."""
        days = {} if self.everybody is None else {"": self.everybody}
        days |= {elder: self.elders[elder] for elder in sorted(self.elders)}
        return pd.DataFrame({"from": pd.to_datetime(list(days.values())), "elder_id": list(days)})
