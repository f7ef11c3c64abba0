"""Requests: which pairs are to have a first visit with a companion, when it may be, and who could come along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import index_days
from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import Schedule
from matcher.scheduling.first_visits.companion_pool import CompanionPool
from matcher.scheduling.first_visits.new_pairs import FirstDays, FirstVisits

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """First visits that n pairs are to have."""

    elder: Index
    volunteer: Index
    """Roster indices, (n,)."""
    companions: Sequence[Sequence[int]]
    """Who could come along to each, roster indices of volunteers, the first choice first."""
    allowed: Mask
    """On which days each may be, (n, D)."""
    taken: Mask
    """On which of them the elder has a contact already, (n, D)."""
    no_visit_min: Index
    """The hours of each day that no visit may touch, (D, 2)."""
    dates: NDArray[np.datetime64]
    """The D dates."""

    def __len__(self) -> int:
        return len(self.elder)


def find_requests(
    plan: Plan, demand: Demand, first: FirstDays, standing: Schedule, visited: FirstVisits
) -> tuple[Requests, Mask]:
    """Return first visits of pairs who have not met, with who could come along; and which of them stand already.

    Args:
        plan: The pairs.
        demand: What the pairs are due (``FirstDays.ask``), and on which days it may be.
        first: Pairs who have not met, and their first days.
        standing: Contacts that stand.
        visited: The first visits among them.
    """
    pool = CompanionPool(plan)
    # a first visit that stands later, and is the next that is due, is not made twice
    later = (visited.day >= 0) & ~visited.is_early
    later &= first.count_visits_left(demand)[np.arange(len(later)), first.find_weeks(demand)] == 0
    rows = [
        row
        for row in np.flatnonzero(first.is_open & demand.visits.any(axis=1) & ~later).tolist()
        if not pool.leads(int(plan.volunteer[row]))  # who leads a team knows how, and goes alone
    ]
    elder, volunteer = plan.elder[rows].astype(np.int64), plan.volunteer[rows].astype(np.int64)
    both = zip(elder.tolist(), volunteer.tolist(), strict=True)
    companions = [pool.list_companions(one, other) for one, other in both]
    taken = _find_days_with_contacts(plan.month, elder, standing)
    # a week holds no more than it is due, whatever stands in it
    has_room = taken.astype(np.int64) @ demand.mark_weeks() < demand.contacts[rows]
    may = demand.may_contact[rows] & demand.may_visit[rows] & first.days[rows] & has_room[:, demand.week]
    dates = np.array(plan.month.horizon.dates(), dtype="datetime64[D]")
    requests = Requests(elder, volunteer, companions, may, taken, demand.no_visit_min, dates)
    return requests, visited.is_early[rows]


def _find_days_with_contacts(month: MonthData, elder: Index, standing: Schedule) -> Mask:
    """Return on which days each of these elders has something that stands, (n, days)."""
    taken = np.zeros((len(elder), month.horizon.days), dtype=bool)
    row = pd.Index(elder).get_indexer(pd.Index(standing.elder))
    day = index_days(standing.day, month.horizon)
    there = (row >= 0) & (day >= 0) & (day < month.horizon.days)
    taken[row[there], day[there]] = True
    return taken
