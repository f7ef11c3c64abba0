"""Solve a grouped problem: the network without groups, plans around split groups, better prices, then what is left.

1. The network without groups is solved: a bound. Where it splits no group it is the best plan.
2. Around each split group a neighbourhood is planned anew by CP-SAT, all others as they are.
3. The duals of the linear relaxation near the split groups are prices that raise the bound (``prices.py``). The bound
   itself is computed from them over all candidates, in whole numbers (``bound.py``).
4. A candidate whose excess over the bound is more than the plan's is in no better plan. Without these the problem falls
   into components; those where the plan is not at its bound are solved exactly, where they are small enough.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.assignment.groups.bound import SCALE, Prices, compute_bound, compute_place_costs
from matcher.assignment.groups.exact import Part, solve_part
from matcher.assignment.groups.neighbourhoods import Neighbourhoods
from matcher.assignment.groups.prices import improve_prices
from matcher.assignment.groups.problem import GroupedOutcome, GroupedProblem
from matcher.assignment.problem import Index, WarmStart
from matcher.assignment.solve import solve

Mask = NDArray[np.bool_]

_SIZES = (16, 40)
"""Volunteers of a neighbourhood, pass after pass."""
_EFFORT, _EXACT_EFFORT = 2.0, 20.0
"""CP-SAT's deterministic time, about seconds, for a neighbourhood and for a component."""
_MOST_SHOWN = 150_000
"""Candidates of a linear relaxation."""
_MOST_EXACT = 8_000
"""Candidates of a component that is solved exactly."""
_ROUNDS = 4


def solve_grouped(
    grouped: GroupedProblem, start: WarmStart | None = None, time_limit_s: float | None = None
) -> GroupedOutcome:
    """Return the best plan that was found, and a bound for all.

    Args:
        grouped: What to solve.
        start: As in ``solve``.
        time_limit_s: After so many seconds, beside the network's, the best plan so far is returned.
    """
    relaxed = solve(grouped.problem, start=start)
    assert relaxed.bound is not None
    assert relaxed.prices is not None
    served = int((relaxed.chosen >= 0).sum())
    if not grouped.count_further_volunteers(relaxed.chosen).any():
        cost = grouped.compute_cost(relaxed.chosen)
        return GroupedOutcome(relaxed.chosen, cost, relaxed.bound, relaxed.prices, served)
    limited = relaxed.prices if relaxed.limited_prices is None else relaxed.limited_prices
    prices = Prices(SCALE * relaxed.prices.astype(np.int64), SCALE * limited.astype(np.int64))
    until = np.inf if time_limit_s is None else time.monotonic() + time_limit_s
    search = _Search(grouped, prices, relaxed.chosen, until)
    search.run()
    lower = min(max(search.lower, relaxed.bound), search.cost)
    return GroupedOutcome(search.chosen, search.cost, lower, relaxed.prices, served)


class _Search:
    """The search for a plan and a bound that meet."""

    def __init__(self, grouped: GroupedProblem, prices: Prices, relaxed: Index, until: float) -> None:
        self.grouped, self.prices, self.until = grouped, prices, until
        self.bound = compute_bound(grouped, prices)
        self.lower = self.bound.whole
        self.chosen = relaxed if grouped.split_cost is not None else _keep_one_volunteer(grouped, relaxed)
        self.cost = grouped.compute_cost(self.chosen)
        self.in_question = np.flatnonzero(grouped.count_further_volunteers(relaxed))

    @property
    def is_over(self) -> bool:
        """Return whether the plan is proved or the time is up."""
        return self.lower >= self.cost or time.monotonic() > self.until

    def run(self) -> None:
        """Search until plan and bound meet, or nothing helps any more."""
        for size in _SIZES:
            self._search_neighbourhoods(size)
        for _round in range(_ROUNDS):
            if self.is_over:
                return
            cost, lower = self.cost, self.lower
            self._raise_bound()
            self._solve_components()
            if not self.is_over and self.cost == cost and self.lower == lower:
                self._search_neighbourhoods(_SIZES[-1])
                if self.cost == cost:
                    return

    def _search_neighbourhoods(self, size: int) -> None:
        """Plan anew around each group that the network splits."""
        nearby = Neighbourhoods.of(self.grouped, self.bound)
        for group in self.in_question.tolist():
            if self.is_over:
                return
            part = nearby.extract(group, self.chosen, size)
            self._take(part, solve_part(self.grouped, self.prices, self.bound, part, self.chosen, _EFFORT).chosen)

    def _take(self, part: Part, better: Index | None) -> None:
        """Take in the plan of a part where it is cheaper."""
        if better is None:
            return
        chosen = self.chosen.copy()
        chosen[part.elders] = better
        cost = self.grouped.compute_cost(chosen)
        if cost < self.cost and self.grouped.is_allowed(chosen):
            self.chosen, self.cost = chosen, cost

    def _raise_bound(self) -> None:
        """Find better prices near the groups."""
        shown, _complete = self._show(_MOST_SHOWN)
        component, open_ = self._find_open_components(shown)
        shown &= open_[component[self.grouped.problem.elder]]
        if not shown.any():
            return
        left_s = min(self.until - time.monotonic(), 1e6)
        prices = improve_prices(self.grouped, self.prices, self.bound, shown, left_s)
        bound = compute_bound(self.grouped, prices)
        if bound.total > self.bound.total:
            self.prices, self.bound = prices, bound
            self.lower = max(self.lower, bound.whole)

    def _show(self, most: int) -> tuple[Mask, bool]:
        """Return the candidates that a better plan may have, and the plan's; and whether these are all.

        Where they are too many, those that lie nearest to the bound.
        """
        room = SCALE * self.cost - self.bound.total
        excess = self.bound.excess
        shown = excess <= room
        complete = int(shown.sum()) <= most
        if not complete:
            shown = excess <= np.partition(excess, most)[most]
        shown[self.chosen[self.chosen >= 0]] = True
        return shown, complete

    def _find_open_components(self, shown: Mask) -> tuple[Index, Mask]:
        """Return the component of each elder, and which components the plan has above the bound.

        Components are those of the ``shown`` candidates, elders of a group joined. Volunteers follow the elders.
        """
        grouped, problem, n = self.grouped, self.grouped.problem, self.grouped.problem.n_elders
        arcs = np.flatnonzero(shown)
        members = np.flatnonzero(grouped.group >= 0)
        first = np.full(grouped.n_groups, -1, dtype=np.int64)
        first[grouped.group[members][::-1]] = members[::-1]
        row = np.concatenate([problem.elder[arcs], members])
        column = np.concatenate([n + problem.volunteer[arcs], first[grouped.group[members]]])
        size = n + problem.n_volunteers
        graph = coo_array((np.ones(len(row), dtype=np.int8), (row, column)), shape=(size, size))
        count, label = connected_components(graph, directed=False)
        above = np.zeros(count, dtype=np.int64)
        for who, excess in self._measure_excess(first):
            np.add.at(above, label[who], excess)
        return label[:n].astype(np.int64), above > 0

    def _measure_excess(self, first: Index) -> list[tuple[Index, Index]]:
        """Return what the plan costs above the bound: by elder and group, and by volunteer, as places of the graph."""
        grouped, problem, bound, chosen = self.grouped, self.grouped.problem, self.bound, self.chosen
        assert problem.unmatched_cost is not None
        n, served = problem.n_elders, chosen >= 0
        own = SCALE * problem.unmatched_cost.astype(np.int64) - bound.least
        own[served] = bound.priced[chosen[served]] - bound.least[served]
        members = np.flatnonzero(grouped.group >= 0)
        of_group = SCALE * (grouped.split_cost or 0) * grouped.count_further_volunteers(chosen)
        np.add.at(of_group, grouped.group[members], own[members] + bound.least[members])
        of_group -= bound.least_of_group
        alone = np.flatnonzero(grouped.group < 0)
        gain = compute_place_costs(grouped, self.prices)
        volunteer = problem.volunteer[chosen[served]]
        load = np.bincount(volunteer, minlength=problem.n_volunteers)
        taken = np.where(np.arange(gain.shape[1]) < load[:, None], gain, 0)
        free = taken.sum(axis=1) - np.minimum(gain, 0).sum(axis=1)
        if problem.limit is not None and problem.limited is not None:
            limited = np.bincount(volunteer[problem.limited[np.flatnonzero(served)]], minlength=problem.n_volunteers)
            free = free + (problem.limit - limited) * (self.prices.limited - self.prices.place)
        return [(alone, own[alone]), (first, of_group), (n + np.arange(problem.n_volunteers), free)]

    def _solve_components(self) -> None:
        """Solve the components exactly where the plan is above its bound, and raise the bound by what they cost."""
        shown, complete = self._show(_MOST_SHOWN)
        component, open_ = self._find_open_components(shown)
        problem = self.grouped.problem
        of_arc = component[problem.elder]
        room, raised = SCALE * self.cost - self.bound.total, 0
        for label in np.flatnonzero(open_).tolist():
            if self.is_over:
                return
            arcs = np.flatnonzero(shown & (of_arc == label))
            if not len(arcs) or len(arcs) > _MOST_EXACT:
                continue  # its share of the bound stays as it is
            elders = np.flatnonzero(component == label)
            may = (self.bound.unmatched_excess[elders] <= room) | (self.chosen[elders] < 0)
            part = Part(elders, np.unique(problem.volunteer[arcs]).astype(np.int64), arcs, may)
            found = solve_part(self.grouped, self.prices, self.bound, part, self.chosen, _EXACT_EFFORT)
            raised += self._lift(part, found.bound)
            self._take(part, found.chosen)
        # a plan with a candidate that is not shown costs more than the plan did
        if complete:
            self.lower = max(self.lower, min(self.cost, -(-(self.bound.total + raised) // SCALE)))

    def _lift(self, part: Part, least: int) -> int:
        """Return how far a component's plans lie above its share of the bound.

        ``least`` counts each elder from its own least cost; a group's may lie above the sum of those.
        """
        group = self.grouped.group[part.elders]
        groups = np.unique(group[group >= 0])
        own = int(self.bound.least[part.elders[group >= 0]].sum())
        return max(least - (int(self.bound.least_of_group[groups].sum()) - own), 0)


def _keep_one_volunteer(grouped: GroupedProblem, chosen: Index) -> Index:
    """Return a plan where each group keeps the volunteer who serves most of it, the first of several such."""
    problem = grouped.problem
    out = chosen.copy()
    for group in np.flatnonzero(grouped.count_further_volunteers(chosen)).tolist():
        members = np.flatnonzero((grouped.group == group) & (chosen >= 0))
        volunteer = problem.volunteer[chosen[members]]
        who, count = np.unique(volunteer, return_counts=True)
        out[members[volunteer != who[count.argmax()]]] = -1
    return out
