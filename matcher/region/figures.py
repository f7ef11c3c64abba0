"""A city's figures: what the region adds up, counted as the city's own files count it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.pair_use import sum_pair_use
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_capacity
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule

Mask = NDArray[np.bool_]
Figures = Mapping[str, Any]
"""Figures ready for JSON: a few kilobytes."""


def count_city(plan: Plan, schedule: Schedule | None, elders: Mask, volunteers: Mask) -> dict[str, Any]:
    """Return the figures of the masked people of a plan: elders where they live, volunteers likewise."""
    takes_part, serves = find_eligible_people(plan.features, plan.rules)
    takes_part, serves = takes_part & elders, serves & volunteers
    volunteer_of = plan.volunteer_of
    matched = (volunteer_of >= 0) & elders
    own = elders[plan.elder]
    from_outside = own & ~volunteers[plan.volunteer]
    places = np.where(serves, compute_capacity(plan.features), 0)
    used = np.where(volunteers, sum_pair_use(plan.features, plan.elder, plan.volunteer), 0)
    return {
        "elders": {
            "on_roster": int(elders.sum()),
            "taking_part": int(takes_part.sum()),
            "matched": int(matched.sum()),
            "unmatched": int((elders & ~matched).sum()),
            "from_outside": int(from_outside.sum()),
        },
        "volunteers": {
            "on_roster": int(volunteers.sum()),
            "taking_part": int(serves.sum()),
            "places": int(places.sum()),
            "used": int(used.sum()),
        },
        "cost_m": int(plan.cost_m[own].sum()),
        "tiers": _count_tiers(plan, takes_part, matched),
        "districts": _count_districts(
            plan, elders, {"taking_part": takes_part, "matched": matched}, serves, places, used
        ),
        "shortages": _list_shortages(plan, elders),
        "schedule": None if schedule is None else _count_contacts(schedule, elders),
    }


def _count_tiers(plan: Plan, takes_part: Mask, matched: Mask) -> list[dict[str, int]]:
    """Return how many elders of each tier take part and are matched, first tiers first."""
    tier = plan.precedence.tier
    top = int(tier.max(initial=0)) + 1
    there, found = np.bincount(tier[takes_part], minlength=top), np.bincount(tier[matched], minlength=top)
    return [
        {"tier": number, "taking_part": int(there[number]), "matched": int(found[number])}
        for number in np.flatnonzero(there + found).tolist()
    ]


def _count_districts(
    plan: Plan, elders: Mask, of_elders: Mapping[str, Mask], serves: Mask, places: NDArray[Any], used: NDArray[Any]
) -> list[dict[str, Any]]:
    """Return the people of each district, in the order of their names."""
    roster, takes_part, matched = plan.month.roster, of_elders["taking_part"], of_elders["matched"]
    own = {"elders": elders, "taking_part": takes_part, "matched": matched, "waiting": takes_part & ~matched}
    parts = (
        _sum(roster.elders["district"], own),
        _sum(
            roster.volunteers["district"],
            {"volunteers": serves, "places": places, "places_free": np.where(serves, np.maximum(places - used, 0), 0)},
        ),
    )
    table = pd.concat(parts, axis=1).fillna(0).astype(np.int64).sort_index()
    table = table[(table != 0).any(axis=1)].rename_axis("district").reset_index()
    rows = table.to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _sum(district: pd.Series[str], figures: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """Return the sums of people's figures by district."""
    table = pd.DataFrame({name: np.asarray(values).astype(np.int64) for name, values in figures.items()})
    return table.groupby(district.astype(object).to_numpy(), sort=False).sum()


def _list_shortages(plan: Plan, elders: Mask) -> list[dict[str, int | str]]:
    """Return the shortages that elders of the city belong to, with those elders counted."""
    return [
        {
            "shortage_id": row.id,
            "elders": int(elders[row.hall.elders].sum()),
            "unmatched": int(elders[row.unmatched].sum()),
            "missing_places": int(row.hall.missing),
            "missing_volunteers": int(row.missing_volunteers),
        }
        for row in plan.shortages
        if elders[row.hall.elders].any()
    ]


def _count_contacts(schedule: Schedule, elders: Mask) -> dict[str, int]:
    """Return the contacts of the month that were planned, and those that have no place."""
    own = elders[schedule.elder]
    return {
        "contacts_planned": int(own.sum()),
        "visits": int((own & (schedule.kind == VISIT)).sum()),
        "visits_missing": sum(row.missing for row in schedule.unscheduled if elders[row.elder] and row.kind == VISIT),
        "calls_missing": sum(row.missing for row in schedule.unscheduled if elders[row.elder] and row.kind != VISIT),
    }
