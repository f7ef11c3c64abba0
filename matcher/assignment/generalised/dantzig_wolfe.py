"""Dantzig-Wolfe decomposition of a component: a column is a set of elders whom one volunteer can hold.

The linear relaxation over candidates lets a volunteer hold two and a half pairs of two units; a column holds whole
ones. The relaxation over columns has the greatest Lagrangian bound as its optimum (Geoffrion 1974), and shares that
are nearly whole. The simplex method solves it over the columns met so far, the master; at its prices a knapsack a
volunteer finds what column to add (Savelsbergh 1997, for generalised assignment).

Prices of a degenerate master leap about. Here they stay within a box around the best ones met, which is moved once
they meet its sides (Marsten, Hogan and Blankenship 1975): for 947 elders 1 CPU second instead of 97.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.kernels import knapsacks
from matcher.assignment.generalised.lagrangian import find_scale
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]

_MOST_CAPACITY, _MOST_WORK = 4096, 200_000_000
"""Units of a volunteer, and steps of all knapsacks at one price of each, beyond which columns take too long."""
_MOST_ROUNDS = 400
_SEEDS = 6
"""Columns of each volunteer at random prices in the box, to begin with."""
_BOX, _LEAST_BOX = 0.5, 1.0
"""Half the box's width, as a share of what an elder's second-best candidate costs more: the median; in metres."""
_DIVE_ROUNDS, _BLUR = 40, 0.3
"""Rounds of columns after each column that a dive takes; by how much shares are blurred at most."""
_OUTSIDE = 4.0
"""Times the dearest candidate that an elder whom no column of a dive holds costs."""
_CLOSE = 0.3
"""Metres by which the master may stand above the bound."""
_EPS = 1e-6
_WHOLE = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class ColumnSolution:
    """The optimum over columns, or what the time allowed.

    Attributes:
        price: What each elder costs, in metres, (n_elders,).
        limit_price: What the component's limits on those left out are worth, >= 0, (n_limits,).
        columns: Candidates of one volunteer each.
        share: How much of each column is taken, (n_columns,).
    """

    price: Reals
    limit_price: Reals
    columns: tuple[Index, ...]
    share: Reals

    def take_whole(self) -> list[Index]:
        """Return the columns that are taken whole."""
        return [self.columns[i] for i in np.flatnonzero(self.share > _WHOLE).tolist()]


def solve_by_columns(
    component: Component, price: Reals, limit_price: Reals, chosen: Index, seed: int, deadline: Deadline
) -> ColumnSolution | None:
    """Solve the relaxation over columns; None: capacities are too fine, or there is no time.

    Args:
        component: What to solve.
        price: Prices of elders to begin with, in metres, near those of the optimum, (n_elders,).
        limit_price: The same of the component's limits, (n_limits,).
        chosen: A plan whose columns the master begins with.
        seed: Of the first columns.
        deadline: When to stop.
    """
    if not _is_within_reach(component) or deadline.over:
        return None
    master = _Master(component, price, limit_price)
    for v in np.unique(component.volunteer[chosen[chosen >= 0]]).tolist():
        mine = chosen[chosen >= 0]
        master.add(mine[component.volunteer[mine] == v])
    master.seed_columns(np.random.default_rng(seed))
    for _round in range(_MOST_ROUNDS):
        if deadline.over or not master.improve():
            break
    return master.read()


def dive(component: Component, solved: ColumnSolution, seed: int, deadline: Deadline) -> Index:
    """Return a plan that takes column after column whole, the largest share first; -1: left out, (n_elders,).

    After each the others are solved anew, with columns of their own (Sadykov, Vanderbeck, Pessoa, Tahiri and Uchoa
    2019). With seeds beyond 0 shares are blurred, so that each dive ends elsewhere.
    """
    master = _Master(component, solved.price, solved.limit_price)
    for column in solved.columns:
        master.add(column)
    master.leave_box()
    rng = np.random.default_rng(seed)
    blur = _BLUR if seed else 0.0
    while master.has_open and not deadline.over:
        for _round in range(_DIVE_ROUNDS):
            if deadline.over or not master.improve():
                break
        if deadline.over or not master.take_largest(blur, rng):
            break
    return master.chosen


def _is_within_reach(component: Component) -> bool:
    """Return whether knapsacks at full resolution are quick enough."""
    work = int((np.diff(component.first) * component.capacity).sum())
    return int(component.capacity.max(initial=0)) <= _MOST_CAPACITY and work <= _MOST_WORK


def _measure_box(component: Component, price: Reals) -> float:
    """Return half the width of the box."""
    reduced = component.cost - price[component.elder]
    order = np.lexsort((reduced, component.elder))
    first = order[component.start[:-1]]
    second = np.minimum(component.start[:-1] + 1, component.start[1:] - 1)
    return max(_BOX * float(np.median(reduced[order[second]] - reduced[first])), _LEAST_BOX)


class _Master:
    """The relaxation over the columns met so far, with prices in a box."""

    def __init__(self, component: Component, price: Reals, limit_price: Reals) -> None:
        self._component, self._scale = component, find_scale(component)
        solver = pywraplp.Solver.CreateSolver("GLOP")
        self._solver, self._columns, self._variables = solver, list[Index](), list[pywraplp.Variable]()
        self._met: set[bytes] = set()
        n, m = component.n_elders, len(component.capacity)
        far = solver.infinity()
        self._serve = [solver.Constraint(1, 1) for _ in range(n)]
        self._hold = [solver.Constraint(0, 1) for _ in range(m)]
        limits = np.zeros(0) if component.limits is None else component.limits
        self._counts = np.zeros((0, n), dtype=np.int64) if component.counts is None else component.counts
        self._limits = limits.astype(np.float64)
        self._limit = [solver.Constraint(-far, float(limit)) for limit in limits]
        self._goal = solver.Objective()
        self._goal.SetMinimization()
        self._above, self._below = self._add_unmatched(far)
        o = component.by_volunteer
        self._sorted = o, component.elder[o], component.cost[o] * self._scale, component.use[o]
        most = int(component.capacity.max(initial=0)) + 1
        widest = int(np.diff(component.first).max(initial=0))
        self._room = np.empty((widest, most), dtype=bool), np.empty(most, dtype=np.int64)
        self._member, self._count = np.empty(len(o), dtype=np.int64), np.empty(m, dtype=np.int64)
        self.chosen = np.full(n, NOBODY, dtype=np.int64)
        self._share, self._goal_value = np.zeros(0), np.inf
        self._is_open = np.diff(component.first) > 0
        self._best_bound = -np.inf
        self._best = self._centre = price, limit_price
        self._half_m, self._has_box = _measure_box(component, price), True
        self._move_box()

    def _add_unmatched(self, far: float) -> tuple[list[pywraplp.Variable], list[pywraplp.Variable]]:
        """Add leaving each elder out, and the sides of the box, which are paid for by being outside."""
        component = self._component
        above, below = list[pywraplp.Variable](), list[pywraplp.Variable]()
        for e in range(component.n_elders):
            if not component.must_serve:
                out = self._solver.NumVar(0, far, "")
                self._serve[e].SetCoefficient(out, 1)
                self._goal.SetCoefficient(out, float(component.unmatched_cost[e]))
                for limit, counts in zip(self._limit, self._counts, strict=True):
                    limit.SetCoefficient(out, float(counts[e]))
            for sides, sign in ((above, 1), (below, -1)):
                side = self._solver.NumVar(0, far, "")
                self._serve[e].SetCoefficient(side, sign)
                sides.append(side)
        return above, below

    def _move_box(self) -> None:
        """Put the box around the best prices met."""
        self._centre = self._best
        for price, above, below in zip(self._centre[0].tolist(), self._above, self._below, strict=True):
            self._goal.SetCoefficient(above, price + self._half_m)
            self._goal.SetCoefficient(below, self._half_m - price)

    def leave_box(self) -> None:
        """Let prices go anywhere, and whoever is in no column cost more than any candidate."""
        self._has_box = False
        dearest = _OUTSIDE * (float(np.abs(self._component.cost).max()) + 1.0)
        for above, below in zip(self._above, self._below, strict=True):
            self._goal.SetCoefficient(above, dearest)
            below.SetUb(0.0)

    @property
    def has_open(self) -> bool:
        """Return whether a volunteer's column is still to be taken."""
        return bool(self._is_open.any())

    def take_largest(self, blur: float, rng: np.random.Generator) -> bool:
        """Take whole the column of the largest share, and all that are whole already; return whether there was one."""
        component, share = self._component, self._share
        volunteers = np.array([component.volunteer[column[0]] for column in self._columns[: len(share)]])
        shown = np.flatnonzero((share > _EPS) & self._is_open[volunteers])
        if not len(shown):
            return False
        blurred = share[shown] + blur * rng.random(len(shown))
        first = shown[blurred.argmax()]
        for i in dict.fromkeys([int(first), *shown[share[shown] > _WHOLE].tolist()]):
            column, v = self._columns[i], volunteers[i]
            if self._is_open[v] and (self.chosen[component.elder[column]] < 0).all():
                self.chosen[component.elder[column]] = column
                self._is_open[v] = False
                self._variables[i].SetLb(1.0)
        for column, taken in zip(self._columns, self._variables, strict=True):
            is_over = not self._is_open[component.volunteer[column[0]]]
            if taken.lb() < 1 and (is_over or (self.chosen[component.elder[column]] >= 0).any()):
                taken.SetUb(0.0)
        return True

    def add(self, column: Index) -> bool:
        """Add a column, candidates of one volunteer; return whether it is new."""
        component = self._component
        column = np.sort(column)
        if not len(column) or column.tobytes() in self._met:
            return False
        self._met.add(column.tobytes())
        taken = self._solver.NumVar(0, self._solver.infinity(), "")
        self._hold[int(component.volunteer[column[0]])].SetCoefficient(taken, 1)
        self._goal.SetCoefficient(taken, float(component.cost[column].sum()))
        for e in component.elder[column].tolist():
            self._serve[e].SetCoefficient(taken, 1)
        self._columns.append(column)
        self._variables.append(taken)
        return True

    def seed_columns(self, rng: np.random.Generator) -> None:
        """Add the columns of the first prices, and of some at random around them."""
        price, columns = self._take_bound(*self._centre)
        for _ in range(_SEEDS):
            columns += self._price(price + rng.uniform(-self._half_m, self._half_m, len(price)))[0]
        for column in columns:
            self.add(column)

    def improve(self) -> bool:
        """Solve the master and add the columns that its prices ask for; return whether there is more to do."""
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return False
        price = np.array([row.dual_value() for row in self._serve])
        limit_price = np.maximum([-row.dual_value() for row in self._limit], 0.0)
        hold = np.array([row.dual_value() for row in self._hold])
        is_outside = any(side.solution_value() > _EPS for side in (*self._above, *self._below))
        self._read_share()
        _, columns = self._take_bound(price, limit_price)
        between, _ = self._price((price + self._centre[0]) / 2)
        added = 0
        for column in columns + between:
            v = int(self._component.volunteer[column[0]]) if len(column) else NOBODY
            if len(column) and self._is_open[v]:
                worth = price[self._component.elder[column]].sum() + hold[v] - self._component.cost[column].sum()
                added += worth > _EPS and self.add(column)
        if added and self._goal_value - self._best_bound > _CLOSE:
            return True
        meets_side = is_outside and self._has_box
        if meets_side:
            self._move_box()
        return meets_side

    def _read_share(self) -> None:
        """Keep the optimum of the master: OR-Tools forgets it once a column is added."""
        self._goal_value = self._goal.Value()
        self._share = np.array([taken.solution_value() for taken in self._variables])

    def _price(self, price: Reals) -> tuple[list[Index], int]:
        """Return each volunteer's best column at prices of elders, and the sum of their values in parts of a metre."""
        component, member, count = self._component, self._member, self._count
        candidate, elder, cost, use = self._sorted
        # elders whom a dive has placed are worth nothing
        whole = np.where(self.chosen >= 0, -(2**61), np.rint(price * self._scale).astype(np.int64))
        total = knapsacks.find_cheapest_columns(
            component.first, candidate, elder, cost, use, component.capacity, whole, *self._room, member, count
        )
        ends = component.first[:-1] + count
        return [member[a:b].copy() for a, b in zip(component.first[:-1].tolist(), ends.tolist(), strict=True)], total

    def _take_bound(self, price: Reals, limit_price: Reals) -> tuple[Reals, list[Index]]:
        """Keep prices where their bound is the best; return them, such as prove it, and the columns that do."""
        component = self._component
        if not component.must_serve:
            price = np.minimum(price, component.unmatched_cost + limit_price @ self._counts)
        columns, value = self._price(price)
        bound = float(price.sum()) + value / self._scale - float(limit_price @ self._limits)
        if bound > self._best_bound:
            self._best_bound, self._best = bound, (price, limit_price)
        return price, columns

    def read(self) -> ColumnSolution:
        """Return the best prices met and the shares of the last master."""
        columns = tuple(self._columns[: len(self._share)])
        return ColumnSolution(*self._best, columns, self._share)
