"""Large neighbourhoods: volunteers who share elders, in clusters that share nobody, each searched anew by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from matcher.assignment.generalised.components import NOBODY, Part
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]
_BEST = 8
"""Candidates of each elder by which volunteers are neighbours, and which a cluster's search is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearby:
    """A part's candidates by reduced cost, and which volunteers are neighbours by them.

    Attributes:
        part: The part.
        good: The best few candidates of each elder, a mask, (n,).
        shared: How many elders two volunteers share by these, (n_volunteers, n_volunteers).
    """

    part: Part
    good: NDArray[np.bool_]
    shared: csr_array

    @classmethod
    def of(cls, part: Part, unit_price: Reals) -> Nearby:
        """By the cost of candidates with what their units are worth."""
        reduced = part.cost + part.use * unit_price[part.volunteer]
        order = np.lexsort((part.volunteer, reduced, part.elder))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - part.start[part.elder]
        good = rank < _BEST
        shape = part.n_elders, len(part.capacity)
        by_elder = coo_array((np.ones(good.sum()), (part.elder[good], part.volunteer[good])), shape=shape).tocsr()
        return cls(part, good, csr_array(by_elder.T @ by_elder))

    def clusters(self, size: int, chosen: Index, rng: np.random.Generator) -> list[Index]:
        """All volunteers in clusters of about ``size`` neighbours, each grown from one at random.

        The first grow around elders whom the plan ``chosen`` leaves out.
        """
        m = len(self.part.capacity)
        open_arcs = np.flatnonzero(self.good & (chosen < 0)[self.part.elder])
        wanted = self.part.volunteer[rng.permutation(open_arcs)]
        free = np.ones(m, dtype=bool)
        out = []
        seeds: list[int] = np.concatenate((wanted, rng.permutation(m))).tolist()
        for seed in seeds:
            if not free[seed]:
                continue
            score = np.zeros(m)
            members: list[int] = []
            best = seed
            while len(members) < size:
                members.append(best)
                free[best] = False
                row = slice(int(self.shared.indptr[best]), int(self.shared.indptr[best + 1]))
                score[self.shared.indices[row]] += self.shared.data[row]
                open_ = np.where(free, score, 0.0)
                best = int(open_.argmax())
                if open_[best] <= 0:
                    break
            out.append(np.sort(np.array(members, dtype=np.int64)))
        return out

    def beside(self, fixed: Index, share: Reals) -> tuple[Part, Index]:
        """The part of those whom ``fixed`` leaves out, with the room that it leaves, and its candidates' numbers.

        Candidates are the best few and those of which the relaxation takes a share.
        """
        part = self.part
        held = np.flatnonzero(fixed >= 0)
        room = part.capacity.copy()
        np.subtract.at(room, part.volunteer[fixed[held]], part.use[fixed[held]])
        free = fixed < 0
        rows = np.flatnonzero((self.good | (share > 0)) & free[part.elder] & (part.use <= room[part.volunteer]))
        rest = _part_of(part, rows, np.arange(len(part.capacity)))
        return replace(rest, capacity=room), rows

    def within(self, clusters: Sequence[Index], chosen: Index) -> list[tuple[Part, Index]]:
        """A part of its own for each cluster, and the numbers of its candidates in the whole part.

        Its elders are those of the cluster's volunteers; each left out goes to the cluster where most of
        their best candidates are. Candidates are the best few and those chosen.
        """
        part = self.part
        of_volunteer = np.empty(len(part.capacity), dtype=np.int64)
        for number, members in enumerate(clusters):
            of_volunteer[members] = number
        served = chosen >= 0
        of_elder = np.empty(part.n_elders, dtype=np.int64)
        of_elder[served] = of_volunteer[part.volunteer[chosen[served]]]
        open_arcs = np.flatnonzero(self.good & ~served[part.elder])
        shape = part.n_elders, len(clusters)
        at = part.elder[open_arcs], of_volunteer[part.volunteer[open_arcs]]
        count = coo_array((np.ones(len(open_arcs)), at), shape=shape).tocsr()
        of_elder[~served] = np.asarray(count.argmax(axis=1)).ravel()[~served]
        shown = self.good.copy()
        shown[chosen[served]] = True
        inside = np.flatnonzero(shown & (of_volunteer[part.volunteer] == of_elder[part.elder]))
        cluster = of_elder[part.elder[inside]]
        order = np.argsort(cluster, kind="stable")
        cuts = np.searchsorted(cluster[order], np.arange(len(clusters) + 1))
        groups = zip(clusters, np.split(inside[order], cuts[1:-1]), strict=True)
        return [(_part_of(part, rows, members), rows) for members, rows in groups if len(rows)]


def _part_of(part: Part, rows: Index, members: Index) -> Part:
    elders, elder = np.unique(part.elder[rows], return_inverse=True)
    return replace(
        part,
        elders=elders,
        volunteers=members,
        candidates=rows,
        start=np.searchsorted(elder, np.arange(len(elders) + 1)),
        elder=elder.astype(np.int64),
        volunteer=np.searchsorted(members, part.volunteer[rows]),
        cost=part.cost[rows],
        use=part.use[rows],
        capacity=part.capacity[members],
        unmatched_cost=part.unmatched_cost[elders],
        unit=part.unit[members],
    )


def own_choice(rows: Index, elders: Index, chosen: Index) -> Index:
    """The plan of the whole part as candidates of a cluster's part, -1 left out, (n_elders of the cluster,)."""
    here = chosen[elders]
    at = np.searchsorted(rows, here)
    return np.where(here >= 0, at, NOBODY)
