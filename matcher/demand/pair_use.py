"""The use that a pair makes of the volunteer's capacity: a place, units by the elder's risk, or minutes a month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.demand.travel_times import compute_walk_min
from matcher.features import Features
from matcher.features.priority import RISKS, rank_risk

Index = NDArray[np.int64]


def compute_pair_use(features: Features, elder: Index, volunteer: Index) -> Index:
    """Return what each of n pairs takes of the volunteer's ``Features.capacity``, (n,).

    Minutes are those of the month's visits and calls as they are usually due, with the walk there and back for each
    visit. What a surge or a new pair adds is not in them. A walk that is not known counts as none.
    """
    settings = features.settings
    if settings.capacity.unit != "minutes":
        return compute_base_use(features)[elder]
    visits, contact_min = _compute_contact_min(features)
    straight_m = np.nan_to_num(features.measure_straight_m(elder, volunteer))
    one_way = compute_walk_min(straight_m * settings.distance.detour_factor, settings)
    return np.asarray(contact_min[elder] + 2 * visits[elder] * one_way, dtype=np.int64)


def compute_base_use(features: Features) -> Index:
    """Return what each elder takes wherever the volunteer lives, (n_elders,): minutes without the walks."""
    capacity = features.settings.capacity
    if capacity.unit == "elders":
        return np.ones(features.n_elders, dtype=np.int64)
    if capacity.unit == "minutes":
        return _compute_contact_min(features)[1]
    of_rank = np.array([capacity.units_by_risk.get(risk, 1) for risk in RISKS], dtype=np.int64)
    return of_rank[rank_risk(features.roster.elders)]


def sum_pair_use(features: Features, elder: Index, volunteer: Index) -> Index:
    """Return how much of each volunteer's ``Features.capacity`` these pairs take, (n_volunteers,)."""
    total = np.zeros(features.n_volunteers, dtype=np.int64)
    np.add.at(total, volunteer, compute_pair_use(features, elder, volunteer))
    return total


def _compute_contact_min(features: Features) -> tuple[Index, Index]:
    """Return each elder's visits, and minutes of visits and calls, in the month, (n_elders,) each."""
    schedule = features.settings.schedule
    due = Demand.compute_usual(features.roster, np.arange(features.n_elders), features.horizon, features.settings)
    visits, contacts = due.visits.sum(axis=1), due.contacts.sum(axis=1)
    return visits, visits * schedule.visit_min + (contacts - visits) * schedule.call_min
