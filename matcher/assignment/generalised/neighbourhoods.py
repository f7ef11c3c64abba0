"""Large neighbourhoods: volunteers who share elders, in clusters that share nobody, each searched anew by HiGHS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from matcher.assignment.generalised.branch_and_cut import branch_and_cut
from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]
_BEST = 8
"""Candidates of each elder by which volunteers are neighbours, and which a cluster's search is shown."""

_NODES, _MOST_S = 300, 5.0
"""Nodes and seconds at most of a cluster's search by HiGHS."""
_NO_BOUND = -(2**62)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhoods:
    """A component's candidates by reduced cost, and which volunteers are neighbours by them.

    Attributes:
        component: The component.
        good: The best few candidates of each elder, a mask, (n,).
        shared: How many elders two volunteers share by the very best, (n_volunteers, n_volunteers).
    """

    component: Component
    good: NDArray[np.bool_]
    shared: csr_array

    @classmethod
    def of(cls, component: Component, unit_price: Reals, best: int = _BEST, shown: int | None = None) -> Neighbourhoods:
        """Rank candidates by their cost with what units are worth: each elder's ``best`` make neighbours.

        ``shown`` of each elder are good; None: the same.
        """
        reduced = component.cost + component.use * unit_price[component.volunteer]
        order = np.lexsort((component.volunteer, reduced, component.elder))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - component.start[component.elder]
        joins = rank < best
        shape = component.n_elders, len(component.capacity)
        by_elder = coo_array(
            (np.ones(joins.sum()), (component.elder[joins], component.volunteer[joins])), shape=shape
        ).tocsr()
        return cls(component, joins if shown is None else rank < shown, csr_array(by_elder.T @ by_elder))

    def draw_clusters(self, size: int, chosen: Index, rng: np.random.Generator) -> list[Index]:
        """Return all volunteers in clusters of about ``size`` neighbours, each grown from one at random.

        The first grow around elders whom the plan ``chosen`` leaves out.
        """
        m = len(self.component.capacity)
        open_arcs = np.flatnonzero(self.good & (chosen < 0)[self.component.elder])
        wanted = self.component.volunteer[rng.permutation(open_arcs)]
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

    def give_up(self, columns: Sequence[Index], n_given_up: int) -> Index:
        """Return the plan of some volunteers' columns, less those whose elders others would take first.

        Given up are the columns of volunteers who are good for most elders in no column.
        """
        component = self.component
        chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
        for column in columns:
            chosen[component.elder[column]] = column
        wanted = self.good & (chosen < 0)[component.elder]
        count = np.bincount(component.volunteer[wanted], minlength=len(component.capacity))
        order = np.argsort([-count[component.volunteer[column[0]]] for column in columns], kind="stable")
        for i in order[:n_given_up].tolist():
            chosen[component.elder[columns[i]]] = NOBODY
        return chosen

    def leave_fixed(self, fixed: Index, share: Reals) -> tuple[Component, Index]:
        """Return the component of those whom ``fixed`` leaves out, with the room that it leaves, and its candidates.

        Candidates are the best few and those of which the relaxation takes a share.
        """
        component = self.component
        held = np.flatnonzero(fixed >= 0)
        room = component.capacity.copy()
        np.subtract.at(room, component.volunteer[fixed[held]], component.use[fixed[held]])
        free = fixed < 0
        rows = np.flatnonzero(
            (self.good | (share > 0)) & free[component.elder] & (component.use <= room[component.volunteer])
        )
        rest = _make_component(component, rows, np.arange(len(component.capacity)))
        if component.counts is not None and component.limits is not None:
            others = free.copy()
            others[rest.elders] = False
            rest = replace(rest, limits=component.limits - component.counts[:, others].sum(axis=1))
        return replace(rest, capacity=room), rows

    def extract_clusters(self, clusters: Sequence[Index], chosen: Index) -> list[tuple[Component, Index]]:
        """Return a component of its own for each cluster, and the numbers of its candidates in the whole.

        Its elders are those of the cluster's volunteers; each left out goes to the cluster where most of
        their best candidates are. Candidates are the best few and those chosen.
        """
        component = self.component
        of_volunteer = np.empty(len(component.capacity), dtype=np.int64)
        for number, members in enumerate(clusters):
            of_volunteer[members] = number
        served = chosen >= 0
        of_elder = np.empty(component.n_elders, dtype=np.int64)
        of_elder[served] = of_volunteer[component.volunteer[chosen[served]]]
        open_arcs = np.flatnonzero(self.good & ~served[component.elder])
        shape = component.n_elders, len(clusters)
        at = component.elder[open_arcs], of_volunteer[component.volunteer[open_arcs]]
        count = coo_array((np.ones(len(open_arcs)), at), shape=shape).tocsr()
        of_elder[~served] = np.asarray(count.argmax(axis=1)).ravel()[~served]
        shown = self.good.copy()
        shown[chosen[served]] = True
        inside = np.flatnonzero(shown & (of_volunteer[component.volunteer] == of_elder[component.elder]))
        cluster = of_elder[component.elder[inside]]
        order = np.argsort(cluster, kind="stable")
        cuts = np.searchsorted(cluster[order], np.arange(len(clusters) + 1))
        groups = zip(clusters, np.split(inside[order], cuts[1:-1]), strict=True)
        out = [(_make_component(component, rows, members), rows) for members, rows in groups if len(rows)]
        return [(_limit_to_now(part, ~served[part.elders]), rows) for part, rows in out]


def _make_component(component: Component, rows: Index, members: Index) -> Component:
    """Return some candidates and members as a component of their own."""
    elders, elder = np.unique(component.elder[rows], return_inverse=True)
    return replace(
        component,
        elders=elders,
        volunteers=members,
        candidates=rows,
        start=np.searchsorted(elder, np.arange(len(elders) + 1)),
        elder=elder.astype(np.int64),
        volunteer=np.searchsorted(members, component.volunteer[rows]),
        cost=component.cost[rows],
        use=component.use[rows],
        capacity=component.capacity[members],
        unmatched_cost=component.unmatched_cost[elders],
        counts=None if component.counts is None else component.counts[:, elders],
        unit=component.unit[members],
    )


def _limit_to_now(component: Component, left_out: NDArray[np.bool_]) -> Component:
    """Return the component where no more may be left out, by any count, than is now."""
    if component.counts is None:
        return component
    return replace(component, limits=component.counts[:, left_out].sum(axis=1))


def search_cluster(component: Component, now: Index, deadline: Deadline) -> tuple[Index, bool]:
    """Return the best plan found of a cluster's component, ``now`` or a cheaper one, and whether the search ended."""
    answer = branch_and_cut(
        component,
        np.ones(len(component.cost), dtype=bool),
        np.full(component.n_elders, not component.must_serve) | (now < 0),
        _NO_BOUND,
        nodes=_NODES,
        time_s=min(_MOST_S, deadline.left_s or _MOST_S),
        stopped=deadline.stopped,
    )
    better, cost = answer.chosen, component.compute_cost(now)
    if better is None or component.compute_cost(better) >= cost or not component.is_within_limits(better):
        return now, answer.done
    return better, answer.done


def restrict_choice(rows: Index, elders: Index, chosen: Index) -> Index:
    """Return the plan of the whole as candidates of a cluster's component, -1 left out, (n_elders of the cluster,)."""
    here = chosen[elders]
    at = np.searchsorted(rows, here)
    return np.where(here >= 0, at, NOBODY)
