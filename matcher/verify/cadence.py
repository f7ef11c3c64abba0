"""How many contacts are due, and whether each is planned or owned up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.verify.people import People
from matcher.verify.plan import key
from matcher.verify.tables import CALL, VISIT
from matcher.verify.violations import EPOCH_ORDINAL, Findings


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """What each elder is due in each week, (n elders, weeks), int64."""

    visits: NDArray[np.int64]
    contacts: NDArray[np.int64]

    def gap_days(self, min_gap_days: int) -> NDArray[np.int64]:
        """The least days from one contact of each elder to the next."""
        fullest_week = np.maximum(self.contacts.max(axis=1), 1)
        gaps: NDArray[np.int64] = np.clip(7 // fullest_week, 1, min_gap_days)
        return gaps


def due(horizon: Horizon, contacts_per_week: NDArray[np.int64], visits_per_month: NDArray[np.int64]) -> Due:
    """Contacts due in each week, cut by the month, rounded half up in whole numbers.

    Visits are spread over the month: by the end of a week, ``visits_per_month`` times the share of days gone by are
    due. Contacts follow the week's share of seven days, and are never fewer than its visits nor more than its days.
    """
    days = np.array([week.days for week in horizon.weeks()])
    by_end = np.cumsum(days)
    total = horizon.days
    wanted = np.where(contacts_per_week > 0, visits_per_month, 0)
    visits_by_end = (2 * wanted[:, None] * by_end + total) // (2 * total)
    visits = np.minimum(np.diff(visits_by_end, axis=1, prepend=0), days)
    contacts = (2 * contacts_per_week[:, None] * days + 7) // 14
    return Due(visits, np.minimum(np.maximum(contacts, visits), days))


def check_cadence(
    pairs: pd.DataFrame,
    contacts: pd.DataFrame,
    unscheduled: pd.DataFrame | None,
    people: People,
    horizon: Horizon,
    expected: Due,
    found: Findings,
) -> int:
    """Each pair's due visits and calls of each week are planned or listed as unscheduled.

    Returns how many pair-weeks were looked at.
    """
    weeks = horizon.weeks()
    pairs = pairs.drop_duplicates(["elder", "volunteer"])
    elder, volunteer = pairs["elder"].to_numpy(), pairs["volunteer"].to_numpy()
    shape = (len(pairs), len(weeks))
    keys = pd.Index(key(elder, volunteer, people))
    visits_due = expected.visits[elder]
    for kind, what, due_of_kind in (
        (VISIT, "visits", visits_due),
        (CALL, "calls", expected.contacts[elder] - visits_due),
    ):
        missing = due_of_kind - _sums(contacts.assign(missing=1.0), kind, keys, people, horizon, shape)
        if unscheduled is not None:
            missing = missing - _sums(unscheduled, kind, keys, people, horizon, shape)
        pair, week = np.nonzero(missing > 0)
        starts = np.array([item.start.toordinal() - EPOCH_ORDINAL for item in weeks])
        faults = {
            "elder": elder[pair],
            "volunteer": volunteer[pair],
            "day": starts[week],
            "amount": missing[pair, week],
        }
        found.add("cadence", pd.DataFrame(faults), what)
    return len(pairs) * len(weeks)


def _sums(
    table: pd.DataFrame, kind: int, keys: pd.Index, people: People, horizon: Horizon, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """The column ``missing`` of one kind, summed by pair and week; rows of no pair or week are left out."""
    first = horizon.start.toordinal() - EPOCH_ORDINAL
    week_of_date = np.repeat(np.arange(shape[1]), [week.days for week in horizon.weeks()])
    rows = table[(table["kind"] == kind) & table["day"].between(first, first + horizon.days - 1)]
    pair = keys.get_indexer(pd.Index(key(rows["elder"], rows["volunteer"], people)))
    week = week_of_date[(rows["day"] - first).to_numpy(np.int64)]
    known = pair >= 0
    cell = pair[known] * shape[1] + week[known]
    weights = rows["missing"].to_numpy()[known]
    return np.bincount(cell, weights, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
