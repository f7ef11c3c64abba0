"""Recruits where paths price no plan: units, minutes, one volunteer a home, a limit of changes. Nothing is proved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.features import Features
from matcher.matching.candidates import Candidates
from matcher.matching.capacity import compute_pair_use
from matcher.matching.held_plan import HeldPlan

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def recruit_around(
    held: HeldPlan, beside: Features, pairs: Candidates, capacity: Index, alone: Mask, most: int
) -> list[tuple[int, Index]]:
    """Return sites, and whom a recruit at each serves of the elders who have nobody; all others stay as they are.

    Each goes where most elders are served, then where it costs least; who takes least goes first.
    """
    limit = held.features.settings.capacity.most_high_risk
    elder, site = pairs.elder.astype(np.int64), pairs.volunteer.astype(np.int64)
    use = compute_pair_use(beside, elder, site)
    room = beside.capacity if held.features.settings.capacity.unit == "minutes" else capacity
    open_, out = alone.copy(), []
    for _ in range(most):
        at = np.flatnonzero(open_[elder])
        best: tuple[int, int, int, Index] | None = None
        order = at[np.lexsort((pairs.cost_m[at], use[at], site[at]))]
        edges = np.flatnonzero(np.diff(site[order], prepend=-1))
        for near in np.split(order, edges[1:]) if len(order) else []:
            high_risk = held.features.high_risk[elder[near]]
            may = near[~high_risk | (np.cumsum(high_risk) <= limit)]
            mine = may[np.cumsum(use[may]) <= room[site[may[0]]]] if len(may) else may
            key = (-len(mine), int(pairs.cost_m[mine].sum()), int(site[mine[0]]) if len(mine) else 0)
            if len(mine) and (best is None or key < best[:3]):
                best = (*key, elder[mine])
        if best is None:
            break
        open_[best[3]] = False
        out.append((best[2], best[3]))
    return out
