"""Areas as a frame: a row a residents' committee, with who lives there, who waits, and whom to recruit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.pair_use import sum_pair_use
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_capacity
from matcher.plan import Plan

_AREA = ["district", "subdistrict", "committee"]


def make_areas_frame(plan: Plan) -> pd.DataFrame:
    """Return ``areas``: a row for each committee in which somebody lives, in the order of their names.

    People are counted where they live: the places of an area are those of its volunteers, wherever their elders are, in
    elders, units or minutes a month as ``capacity.unit`` says.
    """
    elders, volunteers = plan.month.roster.elders, plan.month.roster.volunteers
    takes_part, serves = find_eligible_people(plan.features, plan.rules)
    matched = plan.volunteer_of >= 0
    used = sum_pair_use(plan.features, plan.elder, plan.volunteer)
    places = np.where(serves, compute_capacity(plan.features), 0)
    homes = np.array([one.home for row in plan.shortages for one in row.recruits], dtype=np.int64)
    served = [len(one.elders) for row in plan.shortages for one in row.recruits]
    parts = (
        _sum(elders, {"elders": 1, "taking_part": takes_part, "matched": matched, "waiting": takes_part & ~matched}),
        _sum(volunteers, {"volunteers": serves, "places": places, "places_free": np.maximum(places - used, 0)}),
        _sum(elders.iloc[homes], {"recruits": 1, "recruits_serve": np.array(served, dtype=np.int64)}),
    )
    return pd.concat(parts, axis=1).fillna(0).astype(np.int64).sort_index().reset_index()


def _sum(people: pd.DataFrame, figures: dict[str, int | NDArray[np.generic]]) -> pd.DataFrame:
    """Return the sums of figures of people, by the area where they live."""
    areas = people[_AREA].astype(object).reset_index(drop=True)
    return areas.assign(**figures).groupby(_AREA, sort=False).sum().astype(np.int64)
