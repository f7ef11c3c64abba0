"""What can stay of a month that is planned anew: contacts of the earlier run that break no rule now.

People have told each other when they will meet. So a month that is planned anew, because somebody fell ill or a day was
closed, moves what has to move and nothing else. The rules are the verifier's: a contact that it has nothing against
stays. Where the rest then finds no place, the volunteers concerned are planned wholly anew, and the better month counts
(see ``contacts``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Visits
from matcher.scheduling.earlier import Before, visits_of
from matcher.verify import Violation, broken_by_contacts

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_OF_A_DAY = frozenset({"day_full", "overlap", "walk_time"})
"""Rules on all that a volunteer has on a day: none of it stays."""


def may_stay(month: MonthData, plan: Plan, before: Before, demand: Demand, stands: Mask, first_week: Mask) -> Visits:
    """Contacts of the earlier run that can stay where they are, those that stand in any case aside.

    Args:
        month: Rosters, dates and settings as they are now.
        plan: The pairs as they are now.
        before: Contacts of earlier runs.
        demand: What the pairs are due now, a row a pair.
        stands: Which contacts of the month, as ``visits_of`` orders them, stand whatever they break.
        first_week: Weeks of pairs, (pairs, weeks), that are planned anew: a first visit has to come into them.
    """
    rows = before.of_horizon(month.horizon).known()
    rows = rows.sort_values(["volunteer", "date", "start", "order_of_day"], kind="stable", ignore_index=True)
    rows = rows.assign(row=np.arange(len(rows)), stands=stands)
    pairs = pd.DataFrame(
        {
            "elder_id": month.roster.elders["id"].to_numpy()[plan.elder],
            "volunteer_id": month.roster.volunteers["id"].to_numpy()[plan.volunteer],
        }
    )
    left = rows[stands | ~_too_many(rows, plan, demand, stands, first_week)]
    while True:
        kept = left[left["stands"]]
        found = broken_by_contacts(
            month.roster, month.horizon, month.settings, pairs, left, never=month.never, kept=kept
        )
        stays = left["stands"].to_numpy() | ~_concerned(left, found)
        if stays.all():
            return visits_of(left[~left["stands"]])
        left = left[stays]


def _concerned(rows: pd.DataFrame, found: tuple[Violation, ...]) -> Mask:
    """Which contacts break a rule, or are part of a day that does."""
    days = {(one.volunteer_id, one.date) for one in found if one.rule in _OF_A_DAY}
    own = {(one.elder_id, one.date) for one in found if one.rule not in _OF_A_DAY and one.elder_id}
    dates = rows["date"].dt.date.tolist()
    volunteers = zip(rows["volunteer_id"].tolist(), dates, strict=True)
    elders = zip(rows["elder_id"].tolist(), dates, strict=True)
    return np.array([one in days or other in own for one, other in zip(volunteers, elders, strict=True)], dtype=bool)


def _too_many(rows: pd.DataFrame, plan: Plan, demand: Demand, stands: Mask, first_week: Mask) -> Mask:
    """Contacts of weeks that are due fewer now, or are to hold a first visit."""
    pair = pd.Index(plan.elder).get_indexer(pd.Index(rows["elder"]))
    first = np.datetime64(plan.month.horizon.start)
    week = demand.week[(rows["date"].to_numpy().astype("datetime64[D]") - first).astype(np.int64)]
    known = pair >= 0
    made = np.zeros((*demand.contacts.shape, 2), dtype=np.int64)
    visit = (rows["kind"] == "visit").to_numpy()
    for kind, which in ((VISIT, visit), (1 - VISIT, ~visit)):
        np.add.at(made[..., kind], (pair[known & which], week[known & which]), 1)
    over = (made.sum(axis=2) > demand.contacts) | (made[..., VISIT] > demand.visits) | first_week
    return np.asarray(~known | over[pair, week], dtype=bool) & ~stands
