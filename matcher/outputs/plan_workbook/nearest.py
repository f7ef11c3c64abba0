"""Volunteers with places left near each elder who has none, as a drop-down names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.demand.pair_use import sum_pair_use
from matcher.i18n import _
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_capacity
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan

Index = NDArray[np.int64]
MOST = 8
"""Volunteers in a drop-down."""


def list_nearest_free(plan: Plan, people: PeopleNames) -> Mapping[str, Sequence[str]]:
    """Return up to ``MOST`` volunteers with places left, the nearest first, by the id of each elder without one."""
    features = plan.features
    left = compute_capacity(features) - sum_pair_use(features, plan.elder, plan.volunteer)
    free = np.flatnonzero((left > 0) & find_eligible_people(features, plan.rules)[1])
    elders = np.flatnonzero(plan.volunteer_of < 0)
    found: dict[str, Sequence[str]] = {}
    for elder, volunteers in zip(elders.tolist(), _find_nearest(plan, elders, free), strict=True):
        metres = features.measure_straight_m(np.full(len(volunteers), elder), volunteers)
        known = np.isfinite(metres)
        order = np.argsort(metres[known], kind="stable")
        near = zip(volunteers[known][order].tolist(), metres[known][order].tolist(), strict=True)
        found[people.elder_id[elder]] = [
            _("{id} {name} {metres} m").format(
                id=people.volunteer_id[volunteer], name=people.volunteer_name[volunteer], metres=round(metre)
            )
            for volunteer, metre in near
        ][:MOST]
    return found


def _find_nearest(plan: Plan, elders: Index, free: Index) -> list[Index]:
    """Return the free volunteers nearest to each elder; of elders without coordinates, all who may share a name."""
    features = plan.features
    mapped = free[features.volunteer_mapped[free]]
    others = free[~features.volunteer_mapped[free]]
    near: list[Index] = [others] * len(elders)
    here = np.flatnonzero(features.elder_mapped[elders])
    if len(here) and len(mapped):
        from scipy.spatial import cKDTree  # noqa: PLC0415 - loading takes longer than most questions about a plan

        tree = cKDTree(features.volunteer_xyz[mapped])
        _metres, where = tree.query(features.elder_xyz[elders[here]], k=min(MOST, len(mapped)))
        for at, chosen in zip(here.tolist(), np.reshape(where, (len(here), -1)), strict=True):
            near[at] = mapped[chosen]
    return near
