"""How much of a volunteer's room a pair takes: a place, units by the elder's risk, or minutes a month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.demand.travel_times import walk_min
from matcher.features.priority import RISKS, risk_rank
from matcher.matching.candidates import measured
from matcher.month import MonthData

Index = NDArray[np.int64]


def uses(month: MonthData, elder: Index, volunteer: Index) -> Index:
    """What each of n pairs takes of the volunteer's ``MonthData.room``, (n,).

    Minutes are those of the month's visits and calls as they are usually due, with the walk there and back for each
    visit; what a surge or a new pair adds is not in them. A walk that is not known counts as none.
    """
    if month.settings.capacity.unit != "minutes":
        return base_use(month)[elder]
    visits, contact_min = _contacts(month)
    straight_m = np.nan_to_num(measured(month, elder, volunteer).straight_m)
    one_way = walk_min(straight_m * month.settings.distance.detour_factor, month.settings)
    return np.asarray(contact_min[elder] + 2 * visits[elder] * one_way, dtype=np.int64)


def base_use(month: MonthData) -> Index:
    """What each elder takes wherever the volunteer lives, (n_elders,): minutes without the walks."""
    capacity = month.settings.capacity
    if capacity.unit == "elders":
        return np.ones(month.n_elders, dtype=np.int64)
    if capacity.unit == "minutes":
        return _contacts(month)[1]
    of_rank = np.array([capacity.units_by_risk.get(risk, 1) for risk in RISKS], dtype=np.int64)
    return of_rank[risk_rank(month.roster.elders)]


def used(month: MonthData, elder: Index, volunteer: Index) -> Index:
    """How much of each volunteer's ``MonthData.room`` these pairs take, (n_volunteers,)."""
    total = np.zeros(month.n_volunteers, dtype=np.int64)
    np.add.at(total, volunteer, uses(month, elder, volunteer))
    return total


def _contacts(month: MonthData) -> tuple[Index, Index]:
    """Each elder's visits, and minutes of visits and calls, in the month, (n_elders,) each."""
    schedule = month.settings.schedule
    due = Demand.usual(month.roster, np.arange(month.n_elders), month.horizon, month.settings)
    visits, contacts = due.visits.sum(axis=1), due.contacts.sum(axis=1)
    return visits, visits * schedule.visit_min + (contacts - visits) * schedule.call_min
