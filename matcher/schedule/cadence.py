"""The cadence: how many contacts, and how many of them visits, are due in each week, and how far apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import Schedule

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cadence:
    """What n elders are due."""

    contacts: Counts
    """Contacts due, (n, weeks)."""
    visits: Counts
    """Visits among them, (n, weeks)."""
    gap_days: Counts
    """Days from one contact to the next, at least, (n,); 1 is the next day."""

    @classmethod
    def of(cls, horizon: Horizon, contacts_per_week: Counts, visits_per_month: Counts, min_gap_days: int) -> Cadence:
        """The cadence of n elders from their contacts a week and visits a month, both (n,).

        Weeks are Monday to Sunday, cut by the horizon. With D days in it, d in a week and c from its start to the
        week's end, rounding half up:

        - visits due to the week's end: V * c / D; a week is due what that adds, at most one a day
        - contacts due: C * d / 7, raised to the visits due, at most one a day
        - gap: 7 / (contacts of the busiest week), rounded down, at most ``min_gap_days``, at least 1

        Nothing is due to an elder of 0 contacts a week, whatever the visits.
        """
        days = np.array([week.days for week in horizon.weeks()], dtype=np.int64)
        wanted = np.where(contacts_per_week > 0, visits_per_month, 0)
        to_end = (2 * wanted[:, None] * np.cumsum(days) + horizon.days) // (2 * horizon.days)
        visits = np.minimum(np.diff(to_end, axis=1, prepend=0), days)
        contacts = np.minimum(np.maximum((2 * contacts_per_week[:, None] * days + 7) // 14, visits), days)
        busiest = np.maximum(contacts.max(axis=1), 1)
        gap = np.maximum(1, np.minimum(min_gap_days, 7 // busiest))
        return cls(contacts, visits, gap)

    @classmethod
    def usual(cls, elders: pd.DataFrame, who: Counts, horizon: Horizon, schedule: Schedule) -> Cadence:
        """What each elder is due: their own numbers, or the settings' where they have none."""

        def own(column: str, default: int) -> Counts:
            return elders[column].fillna(default).to_numpy().astype(np.int64)[who]

        contacts = own("contacts_per_week", schedule.contacts_per_week)
        visits = own("visits_per_month", schedule.visits_per_month)
        return cls.of(horizon, contacts, visits, schedule.min_gap_days)

    def of_pairs(self, pairs: Counts | slice) -> Cadence:
        """The cadence of some of the n."""
        return Cadence(self.contacts[pairs], self.visits[pairs], self.gap_days[pairs])
