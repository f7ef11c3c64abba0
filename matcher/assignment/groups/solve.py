"""Solve a grouped problem: the network without groups, better prices, a plan near the bound, then what is left.

1. The network without groups is solved: a bound. Where it splits no group it is the best plan.
2. The duals of the linear relaxation with groups are prices that raise the bound (``program.py``). The bound itself is
   computed from them over all candidates, in whole numbers (``bound.py``).
   Where the whole is large, a program around each split group finds a plan before that.
3. The integer program over the candidates nearest to the bound finds a plan.
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
from matcher.assignment.groups.problem import GroupedOutcome, GroupedProblem
from matcher.assignment.groups.program import GroupProgram
from matcher.assignment.problem import Index
from matcher.assignment.solve import solve

Mask = NDArray[np.bool_]

_EFFORT = 20.0
"""CP-SAT's deterministic time, about seconds, for a component."""
_FIRST = 12
"""Candidates an elder that the first program is shown."""
_MOST_SHOWN = 200_000
"""Candidates of a program."""
_MOST_EXACT = 8_000
"""Candidates of a component that is solved exactly."""
_NEAR, _NEAR_SHARE = 16, 0.8
"""Volunteers of a neighbourhood; the share of the time that neighbourhoods may take."""
_ROUNDS, _COLUMNS = 4, 8
"""Rounds of bound and plan, and of column generation in each."""


def solve_grouped(grouped: GroupedProblem, time_limit_s: float | None = None) -> GroupedOutcome:
    """Return the best plan that was found, and a bound for all.

    Args:
        grouped: What to solve.
        time_limit_s: After so many seconds, beside the network's, the best plan so far is returned.
    """
    relaxed = solve(grouped.problem)
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
        if len(self.grouped.problem.elder) > _MOST_SHOWN:
            self._improve_near_groups()
        for _round in range(_ROUNDS):
            cost, lower = self.cost, self.lower
            self._raise_bound()
            self._find_plan()
            if not self.is_over:
                self._solve_components()
            if self.is_over or (self.cost == cost and self.lower == lower):
                return

    @property
    def left_s(self) -> float:
        """Return the seconds that are left."""
        return min(self.until - time.monotonic(), 1e6)

    def _take(self, chosen: Index) -> None:
        """Take in a plan where it is cheaper."""
        if self.grouped.is_allowed(chosen) and (cost := self.grouped.compute_cost(chosen)) < self.cost:
            self.chosen, self.cost = chosen, cost

    def _improve_near_groups(self) -> None:
        """Plan anew around each split group, all others as they are: a plan to start from where the whole is large."""
        nearby = Neighbourhoods.of(self.grouped, self.bound)
        until = time.monotonic() + _NEAR_SHARE * self.left_s
        for group in self.in_question.tolist():
            if time.monotonic() > until:
                return
            shown = np.zeros(len(self.grouped.problem.elder), dtype=bool)
            shown[nearby.list_candidates(group, self.chosen, _NEAR)] = True
            found = GroupProgram(self.grouped, self.prices, self.bound, shown).find_plan(self.chosen, self.left_s)
            if found is not None:
                self._take(found)

    def _raise_bound(self) -> None:
        """Find better prices by column generation: the program is shown what its prices make cheap, until they hold."""
        shown = self._show_open(self._count_first())
        if shown is None:
            return
        start, at = self.bound, self.prices
        for _columns in range(_COLUMNS):
            if self.is_over:
                return
            prices = GroupProgram(self.grouped, at, start, shown).improve_prices(self.left_s)
            bound = compute_bound(self.grouped, prices)
            if bound.total > self.bound.total:
                self.prices, self.bound = prices, bound
                self.lower = max(self.lower, bound.whole)
            more = (bound.priced < bound.least_shown(self.grouped, shown)) & ~shown
            if not more.any():
                return
            shown = shown | more

    def _find_plan(self) -> None:
        """Search the integer program over the candidates nearest to the bound."""
        shown = self._show_open(self._count_first())
        if shown is not None and not self.is_over:
            program = GroupProgram(self.grouped, self.prices, self.bound, shown)
            found = program.find_plan(self.chosen, self.left_s)
            if found is not None:
                self._take(found)

    def _count_first(self) -> int:
        """Return how many candidates a program is shown at first."""
        return min(_FIRST * self.grouped.problem.n_elders, _MOST_SHOWN)

    def _show_open(self, most: int) -> Mask | None:
        """Return the candidates of the components where the plan is above its bound; None where there are none."""
        shown, _complete = self._show(most)
        component, open_ = self._find_open_components(shown)
        shown &= open_[component[self.grouped.problem.elder]]
        return shown if shown.any() else None

    def _show(self, most: int) -> tuple[Mask, bool]:
        """Return the candidates that a better plan may have, and the plan's; and whether these are all.

        Where they are too many, those that lie nearest to the bound.
        """
        room = SCALE * self.cost - self.bound.total
        excess = self.bound.excess
        shown = excess <= room
        complete = int(shown.sum()) <= most
        if not complete:
            shown = excess <= np.partition(excess, most - 1)[most - 1]
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
            found = solve_part(self.grouped, self.prices, self.bound, part, self.chosen, _EFFORT)
            raised += self._lift(part, found.bound)
            if found.chosen is not None:
                chosen = self.chosen.copy()
                chosen[part.elders] = found.chosen
                self._take(chosen)
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
