"""Recruits where paths price no plan: units, minutes, one volunteer a home, a limit of changes.

They are found by hand, so to say; a bound is proved, in parts small enough for an integer program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from matcher.demand.pair_use import compute_pair_use
from matcher.features import Features
from matcher.matching.candidates import Candidates
from matcher.matching.held_plan import HeldPlan

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
MOST_PAIRS = 100_000
"""Pairs up to which the program is asked."""
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Takers:
    """Those who can take elders: volunteers, or recruits by site; a row a pair.

    Attributes:
        elder: Number of each pair's elder.
        taker: Who would take them.
        use: What the pair takes of the room.
        room: What each has.
        limit: Elders at high risk whom each may have at most.
    """

    elder: Index
    taker: Index
    use: Index
    room: Index
    limit: Index


def bound_unpriced(
    volunteers: Takers, sites: Takers, high_risk: Mask, most: Sequence[int], time_limit_s: float
) -> list[int] | None:
    """Return how many elders are served at most, with so many recruits each; None where there are too many pairs.

    An integer program in which only the recruits at each site are whole: elders may be shared, pairs may change as they
    like, and an elder's home may have several volunteers. So no plan serves more. Where time runs out, the program's
    own bound counts.
    """
    m, k = len(volunteers.elder), len(sites.elder)
    if m + k > MOST_PAIRS:
        return None
    n, n_volunteers, n_sites = len(high_risk), len(volunteers.room), len(sites.room)
    of_volunteer, of_site = np.arange(m), m + np.arange(k)
    recruits = m + k + np.arange(n_sites)
    at = np.cumsum([0, n, n_volunteers, n_volunteers, n_sites, n_sites])
    risk, site_risk = np.flatnonzero(high_risk[volunteers.elder]), np.flatnonzero(high_risk[sites.elder])
    entries = [
        (volunteers.elder, of_volunteer, np.ones(m)),
        (sites.elder, of_site, np.ones(k)),
        (at[1] + volunteers.taker, of_volunteer, volunteers.use),
        (at[2] + volunteers.taker[risk], risk, np.ones(len(risk))),
        (at[3] + sites.taker, of_site, sites.use),
        (at[3] + np.arange(n_sites), recruits, -sites.room),
        (at[4] + sites.taker[site_risk], m + site_risk, np.ones(len(site_risk))),
        (at[4] + np.arange(n_sites), recruits, -sites.limit),
        (np.full(n_sites, at[5]), recruits, np.ones(n_sites)),
    ]
    row, column, value = (np.concatenate([np.asarray(one[i], np.float64) for one in entries]) for i in range(3))
    size = (int(at[5]) + 1, m + k + n_sites)
    matrix = coo_array((value, (row.astype(np.int64), column.astype(np.int64))), shape=size).tocsr()
    above = np.concatenate((np.ones(n), volunteers.room, volunteers.limit, np.zeros(2 * n_sites), [0.0]))
    bounds: list[int] = []
    for recruited in most:
        above[-1] = recruited
        found = milp(
            np.concatenate((-np.ones(m + k), np.zeros(n_sites))),
            constraints=LinearConstraint(matrix, ub=above),
            bounds=Bounds(0, np.concatenate((np.ones(m + k), np.full(n_sites, float(recruited))))),
            integrality=np.concatenate((np.zeros(m + k), np.ones(n_sites))),
            options={"time_limit": time_limit_s / len(most), "mip_rel_gap": 0.0},
        )
        served = -found.mip_dual_bound if found.mip_dual_bound is not None else math.inf
        bounds.append(math.floor(served + _TOLERANCE) if math.isfinite(served) else n)
    return bounds


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
