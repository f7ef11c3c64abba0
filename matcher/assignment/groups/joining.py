"""What it would cost to give one group one volunteer, all else as good as then can be: paths in the residual network.

In a cheapest plan an elder who moves from volunteer a to b sets off one path of displacements from b back to a: at b
somebody leaves or a place is free, at a somebody comes or a place stays free. At the prices of the plan every step of
it costs at least 0, so Dijkstra's algorithm finds the cheapest (Ahuja, Magnanti and Orlin 1993, 9.7). Its length is
exactly what the move costs. To bring all of a group to a third volunteer takes several paths; that is only bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

import numpy as np

from matcher.assignment.groups.problem import ALONE
from matcher.assignment.problem import AssignmentProblem, Index

_NOBODY = -1
_MOST_SETTLED = 1000
"""Volunteers whom a search looks at; a path that is longer is not told."""


@dataclass(frozen=True, slots=True)
class JoiningCost:
    """What it costs to join a group.

    Attributes:
        volunteer: The one of the group's volunteers with whom it costs least, -1 where it can be joined with none.
        cost: So much; -1 where it can be joined with none of them, or no path was found in few steps.
        least: No way costs less, a third volunteer included; -1 where there is none at all.
    """

    volunteer: int
    cost: int
    least: int


class ResidualNetwork:
    """The residual network of a cheapest plan at its prices: volunteers, and one node where places and waiting meet."""

    def __init__(self, problem: AssignmentProblem, chosen: Index, prices: Index) -> None:
        assert problem.unmatched_cost is not None
        assert problem.limited is None
        self.problem, self.chosen, self.prices = problem, chosen, prices
        # a city's candidates come in order of elder: their arrays are as large as memory bears, and are not copied
        self.by_elder = None if problem.by_elder else np.argsort(problem.elder, kind="stable")
        elder = problem.elder if self.by_elder is None else problem.elder[self.by_elder]
        self.start = np.searchsorted(elder, np.arange(problem.n_elders + 1))
        self.partner = np.full(problem.n_elders, _NOBODY, dtype=np.int64)
        served = chosen >= 0
        self.partner[served] = problem.volunteer[chosen[served]]
        # at the prices of a cheapest plan nobody has anything cheaper than what the plan gives
        self.least = problem.unmatched_cost.astype(np.int64)
        self.least[served] = self._price(chosen[served])
        self.load = np.bincount(self.partner[served], minlength=problem.n_volunteers)
        self.held = np.argsort(self.partner, kind="stable")
        self.held_start = np.searchsorted(self.partner[self.held], np.arange(problem.n_volunteers + 1))
        self.hub = problem.n_volunteers

    def price_joining(self, members: Index) -> JoiningCost:
        """Return what it costs to give the ``members`` of a group, all served, one volunteer."""
        own = np.unique(self.partner[members]).tolist()
        best, volunteer = -1, _NOBODY
        for to in own:
            movers = members[self.partner[members] != to]
            if len(movers) != 1:
                continue
            mover = int(movers[0])
            arc = self._find_arc(mover, to)
            if arc < 0:
                continue
            first = int(self._price(np.array([arc]))[0] - self.least[mover])
            path = self._find_path(to, int(self.partner[mover]), members, best - first if best >= 0 else None)
            if path is not None and (best < 0 or first + path < best):
                best, volunteer = first + path, to
        bounds = [cost for to, cost in self._bound_by_volunteer(members).items() if to not in own or best < 0]
        least = min([*bounds, *([best] if best >= 0 else [])], default=-1)
        return JoiningCost(volunteer, best, least)

    def _bound_by_volunteer(self, members: Index) -> dict[int, int]:
        """Return what joining the members with each volunteer who may serve and hold them all costs at least."""
        total: dict[int, int] = {}
        count: dict[int, int] = {}
        for member in members.tolist():
            arcs = self._list_arcs(member)
            for to, cost in zip(self.problem.volunteer[arcs].tolist(), self._price(arcs).tolist(), strict=True):
                total[to] = total.get(to, 0) + cost - int(self.least[member])
                count[to] = count.get(to, 0) + 1
        n = len(members)
        return {to: cost for to, cost in total.items() if count[to] == n <= self.problem.capacity[to]}

    def _find_path(self, source: int, target: int, fixed: Index, below: int | None) -> int | None:
        """Return the length of the shortest path; None where none is found, or none shorter than ``below``."""
        distance = np.full(self.hub + 1, np.iinfo(np.int64).max)
        distance[source] = 0
        queue, settled = [(0, source)], 0
        while queue:
            length, node = heappop(queue)
            if length > distance[node]:
                continue
            if node == target:
                return length
            if below is not None and length >= below:
                return None
            settled += 1
            if settled > _MOST_SETTLED:
                return None
            to, cost = self._list_steps(node, fixed)
            better = cost + length < distance[to]
            for other, total in zip(to[better].tolist(), (cost[better] + length).tolist(), strict=True):
                if total < distance[other]:
                    distance[other] = total
                    heappush(queue, (total, other))
        return None

    def _list_steps(self, node: int, fixed: Index) -> tuple[Index, Index]:
        """Return the nodes that one step leads to, and what each costs; elders who are ``fixed`` do not move."""
        problem = self.problem
        assert problem.unmatched_cost is not None
        if node == self.hub:
            return self._from_hub
        mine = self.held[self.held_start[node] : self.held_start[node + 1]]
        mine = mine[~np.isin(mine, fixed)]
        arcs = self._collect_arcs(mine)
        steps = [
            (problem.volunteer[arcs], self._price(arcs) - self.least[problem.elder[arcs]]),
            (np.full(len(mine), self.hub), problem.unmatched_cost[mine] - self.least[mine]),
        ]
        if self.load[node] < problem.capacity[node]:
            further = 0 if problem.load_cost is None else int(problem.load_cost[node, self.load[node]])
            steps.append((np.array([self.hub]), np.array([further - int(self.prices[node])])))
        to, costs = zip(*steps, strict=True)
        return np.concatenate(to), np.maximum(np.concatenate(costs), 0)

    @cached_property
    def _from_hub(self) -> tuple[Index, Index]:
        """Return the steps from the hub: an elder who waits comes to a volunteer, or a place falls free."""
        problem = self.problem
        arcs = self._collect_arcs(np.flatnonzero(self.partner == _NOBODY))
        busy = np.flatnonzero(self.load > 0)
        last = np.zeros(len(busy), dtype=np.int64)
        if problem.load_cost is not None:
            last = problem.load_cost[busy, self.load[busy] - 1]
        cost = np.concatenate([self._price(arcs) - self.least[problem.elder[arcs]], self.prices[busy] - last])
        return np.concatenate([problem.volunteer[arcs], busy]), np.maximum(cost, 0)

    def _collect_arcs(self, elders: Index) -> Index:
        parts = [self._list_arcs(elder) for elder in elders.tolist()]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def _list_arcs(self, elder: int) -> Index:
        if self.by_elder is None:
            return np.arange(self.start[elder], self.start[elder + 1])
        return self.by_elder[self.start[elder] : self.start[elder + 1]]

    def _price(self, arcs: Index) -> Index:
        """Return the cost of candidates with the price of their places."""
        return np.asarray(self.problem.cost[arcs].astype(np.int64) + self.prices[self.problem.volunteer[arcs]])

    def _find_arc(self, elder: int, volunteer: int) -> int:
        """Return the candidate of two, -1 where there is none."""
        arcs = self._list_arcs(elder)
        found = arcs[self.problem.volunteer[arcs] == volunteer]
        return int(found[0]) if len(found) else -1


def price_joinings(problem: AssignmentProblem, chosen: Index, prices: Index, group: Index) -> dict[int, JoiningCost]:
    """Return what joining each group costs that is wholly served and has several volunteers, by group.

    Each is priced by itself, with all others as the plan has them. Nothing where elders are limited: places are not
    alike then.
    """
    if problem.limited is not None or not (group != ALONE).any():
        return {}
    network = ResidualNetwork(problem, chosen, prices)
    members = np.flatnonzero(group >= 0)
    members = members[np.argsort(group[members], kind="stable")]
    out = {}
    for mine in np.split(members, np.flatnonzero(np.diff(group[members])) + 1):
        partner = network.partner[mine]
        if (partner >= 0).all() and len(np.unique(partner)) > 1:
            out[int(group[mine[0]])] = network.price_joining(mine)
    return out
