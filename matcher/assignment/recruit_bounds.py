"""Bounds that no recruits can exceed: over the shortage parts, and how many recruits it takes to serve all.

A shortage part is a Hall set: its elders may have its volunteers alone, all of whose places are taken. Whatever
recruits do, a part gains no more elders than they take of its own. So much flows from sites to parts: a relaxation,
whose optimum bounds what so many recruits serve, and below which no number of recruits serves all who can be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array

from matcher.assignment.hall import find_hall_sets
from matcher.assignment.problem import AssignmentProblem, Index
from matcher.assignment.recruits import Recruiting, Sites
from matcher.assignment.solve import solve

_TOLERANCE = 1e-6
_ROUNDS = 50
"""Programs solved one after the other, each for whoever those before have left out."""


@dataclass(frozen=True, slots=True, eq=False)
class ShortageParts:
    """Most that recruits can add: to each shortage part, and from each site."""

    gain: Index
    """Elders more that each part serves with any number of recruits, (n_parts,)."""
    left_out: int
    """Elders who have nobody."""
    site: Index
    """Of each site and part that it reaches, (n,)."""
    part: Index
    in_reach: Index
    """Elders of the part that the site reaches, (n,)."""
    capacity: Index
    """Places of a recruit at each site, (n_sites,)."""

    @property
    def most(self) -> int:
        """Return how many elders more all recruits together can serve."""
        return int(self.gain.sum())

    @property
    def beyond(self) -> int:
        """Return how many elders who are left out no recruit can help, at none of the sites."""
        return self.left_out - self.most

    def sum_in_reach(self) -> Index:
        """Return how many elders of parts each site reaches, (n_sites,)."""
        return np.bincount(self.site, self.in_reach, len(self.capacity)).astype(np.int64)

    def bound_served(self, most: int) -> Index:
        """Return how many elders more 0, 1, … ``most`` recruits serve at most, (most + 1,).

        The relaxation is solved for a few numbers. Its optimum is concave in the number: a price of a recruit that
        supports it there bounds it everywhere.
        """
        recruits = np.arange(most + 1)
        bound = np.minimum(recruits * int(self.capacity.max(initial=0)), self.most)
        if not len(self.site):
            return np.zeros(most + 1, dtype=np.int64)
        gains, rows = self._build()
        for number in sorted({most, most // 2, most // 4, most // 10, 1} - {0}):
            found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrix
                np.concatenate((-np.ones(len(self.site)), np.zeros(len(self.capacity)))),
                A_ub=rows,
                b_ub=np.concatenate((gains, np.zeros(len(self.capacity)), [number])),
                bounds=np.column_stack((np.zeros(rows.shape[1]), self._list_most())),
                method="highs",
            )
            if found.status == 0:
                price = max(-float(found.ineqlin.marginals[-1]), 0.0)
                line = -found.fun + price * (recruits - number)
                bound = np.minimum(bound, np.floor(line + _TOLERANCE).astype(np.int64))
        return np.asarray(np.maximum(bound, 0), dtype=np.int64)

    def cover(self, time_limit_s: float) -> tuple[int, Index]:
        """Return how many recruits it takes at least to add all that can be, and recruits a site that nearly do.

        An integer program over parts; where time runs out the number is its bound.
        """
        n = len(self.site)
        if not n:
            return 0, np.zeros(len(self.capacity), dtype=np.int64)
        gains, rows = self._build()
        least = coo_array((np.ones(n), (self.part, np.arange(n))), shape=(len(gains), rows.shape[1])).tocsr()
        found = milp(
            np.concatenate((np.zeros(n), np.ones(len(self.capacity)))),
            constraints=[
                LinearConstraint(rows[len(gains) : -1], ub=np.zeros(len(self.capacity))),
                LinearConstraint(least, lb=gains.astype(np.float64)),
            ],
            bounds=Bounds(0, self._list_most()),
            integrality=np.concatenate((np.zeros(n), np.ones(len(self.capacity)))),
            options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
        )
        bound = found.mip_dual_bound
        places = max(int(self.capacity.max(initial=1)), 1)
        lower = -(-self.most // places)
        if bound is not None and math.isfinite(bound):
            lower = max(lower, math.ceil(bound - _TOLERANCE))
        if found.x is None:
            return lower, np.zeros(len(self.capacity), dtype=np.int64)
        return lower, np.rint(found.x[n:]).astype(np.int64)

    def _build(self) -> tuple[Index, csr_array]:
        """Return the gains, and the rows of parts, of sites, and of all recruits; sites' variables come last."""
        n, n_parts, n_sites = len(self.site), len(self.gain), len(self.capacity)
        flow, site = np.arange(n), np.arange(n_sites)
        row = (self.part, n_parts + self.site, n_parts + site, np.full(n_sites, n_parts + n_sites))
        column = (flow, flow, n + site, n + site)
        value = (np.ones(n), np.ones(n), -self.capacity.astype(np.float64), np.ones(n_sites))
        entries = [np.concatenate(each) for each in (value, row, column)]
        shape = (n_parts + n_sites + 1, n + n_sites)
        return self.gain, coo_array((entries[0], (entries[1], entries[2])), shape=shape).tocsr()

    def _list_most(self) -> NDArray[np.float64]:
        """Return the most of each variable: elders in reach; of recruits, all together are limited."""
        return np.concatenate((self.in_reach, np.full(len(self.capacity), np.inf)))


def find_parts(problem: AssignmentProblem, chosen: Index, sites: Sites) -> ShortageParts:
    """Return the shortage parts of a plan that serves as many as possible, and what sites can add to them."""
    sites = _drop_barred(problem, sites)
    halls = find_hall_sets(problem, chosen)
    n = problem.n_elders
    part_of = np.full(n, -1, dtype=np.int64)
    for number, hall in enumerate(halls):
        part_of[hall.elders] = number
    alone = np.flatnonzero((chosen < 0) & (part_of < 0))
    part_of[alone] = len(halls) + np.arange(len(alone))
    n_parts = len(halls) + len(alone)
    reached = np.zeros(n, dtype=bool)
    reached[sites.elder] = True
    # with recruits without end all in reach are served by these, the others as far as own volunteers have places
    inside = (part_of >= 0) & ~reached
    kept = inside[problem.elder]
    rest = problem.replace(
        elder=problem.elder[kept],
        volunteer=problem.volunteer[kept],
        cost=np.zeros(int(kept.sum()), dtype=np.int64),
        unmatched_cost=np.ones(n, dtype=np.int64),
        load_cost=None,
    )
    served_then = (solve(rest).chosen >= 0) | reached
    mine = part_of >= 0
    gain = np.bincount(part_of[mine & served_then], minlength=n_parts)
    gain = gain - np.bincount(part_of[mine & (chosen >= 0)], minlength=n_parts)
    at = part_of[sites.elder]
    keys, in_reach = np.unique(sites.site[at >= 0] * max(n_parts, 1) + at[at >= 0], return_counts=True)
    site, part = np.divmod(keys, max(n_parts, 1))
    useful = gain[part] > 0
    return ShortageParts(
        gain, int((chosen < 0).sum()), site[useful], part[useful], in_reach[useful].astype(np.int64), sites.capacity
    )


def _drop_barred(problem: AssignmentProblem, sites: Sites) -> Sites:
    """Return the sites without limited elders whom no recruit there may have."""
    if problem.limited is None or sites.limit is None:
        return sites
    kept = ~problem.limited[sites.elder] | (sites.limit[sites.site] > 0)
    return replace(sites, site=sites.site[kept], elder=sites.elder[kept], cost=sites.cost[kept])


def serve_all(
    problem: AssignmentProblem, chosen: Index, sites: Sites, parts: ShortageParts, time_limit_s: float
) -> tuple[int, Index]:
    """Return how many recruits it takes at least to serve all who can be, and the sites of recruits who do.

    Each round covers what the shortage parts as they are then still lack; what a round falls short of comes up in the
    next. A round that adds nothing is left to single recruits, the best first.

    Args:
        problem: As ``Recruiting.of`` takes it.
        chosen: A cheapest plan.
        sites: Where recruits could live.
        parts: The shortage parts of that plan.
        time_limit_s: For each round.
    """
    recruiting = Recruiting.of(problem, chosen, sites, parts.most)
    lower, wanted = parts.cover(time_limit_s)
    now = parts
    for _ in range(_ROUNDS):
        if not now.most:
            break
        for site in np.repeat(np.arange(len(sites)), wanted).tolist():
            if recruiting.evaluate(site).served:
                recruiting.take(site)
        before, now = now.most, find_parts(*recruiting.join(), sites)
        wanted = now.cover(time_limit_s)[1]
        if now.most == before or not wanted.any():
            best = max(np.unique(now.site).tolist(), key=lambda site: recruiting.evaluate(site).served, default=None)
            wanted = np.bincount([] if best is None else [best], minlength=len(sites)).astype(np.int64)
    return lower, np.array([one.site for one in recruiting.taken], dtype=np.int64)
