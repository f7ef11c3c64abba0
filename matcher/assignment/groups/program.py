"""The integer program of groups over some candidates, in HiGHS: plans, and duals of its relaxation as prices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import coo_array, csr_array

from matcher.assignment.groups.bound import SCALE, GroupBound, Prices, compute_place_costs
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.problem import Index

Mask = NDArray[np.bool_]
_DEAR = 4_000_000
"""Costs above the bound are cut off here, in units of 1 / SCALE: floating point tells larger ones badly apart."""

_WHOLE = 1e-5
"""As near to a whole number HiGHS' entries have to be."""


class _Rows:
    """The rows of a sparse matrix, filled entry by entry."""

    def __init__(self) -> None:
        self.row: list[Index] = []
        self.column: list[Index] = []
        self.value: list[NDArray[np.float64]] = []

    def add(self, row: Index, column: Index, value: float) -> None:
        """Add entries of one value."""
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.full(len(row), value))

    def build(self, shape: tuple[int, int]) -> csr_array:
        """Return the matrix."""
        parts = (np.concatenate(part) for part in (self.value, self.row, self.column))
        value, row, column = parts
        return coo_array((value, (row, column)), shape=shape).tocsr()


class GroupProgram:
    """The integer program over some candidates.

    x_ev <= y_gv says that elder e of group g has volunteer v only where the group does. A group that may not be split
    has at most one such y; else each beyond the first costs. With whole y all else is a network and whole by
    itself. Costs are those above a bound: small numbers, whatever leaving an elder out costs.
    """

    def __init__(self, grouped: GroupedProblem, prices: Prices, bound: GroupBound, shown: Mask) -> None:
        problem, group = grouped.problem, grouped.group
        assert problem.unmatched_cost is not None
        self.grouped, self.prices = grouped, prices
        arcs = np.flatnonzero(shown)
        elders, e = np.unique(problem.elder[arcs], return_inverse=True)
        volunteers, v = np.unique(problem.volunteer[arcs], return_inverse=True)
        self.arcs, self.elders, self.volunteers = arcs, elders, volunteers
        of_group = group[elders][e]
        in_group = np.flatnonzero(of_group >= 0)
        pairs, y = np.unique(of_group[in_group] * len(volunteers) + v[in_group], return_inverse=True)
        groups, t = np.unique(pairs // max(len(volunteers), 1), return_inverse=True)
        places = compute_place_costs(grouped, prices)[volunteers]
        place_of, place = np.nonzero(np.arange(places.shape[1]) < problem.capacity[volunteers][:, None])
        limited = np.zeros(len(arcs), dtype=bool) if problem.limited is None else problem.limited[elders][e]
        n_limits = len(volunteers) if problem.limit is not None else 0
        sizes = [len(arcs), len(elders), len(pairs), len(groups), len(place_of), n_limits]
        x0, u0, y0, t0, w0, z0, n = np.concatenate(([0], np.cumsum(sizes))).tolist()
        cost = np.zeros(n)
        cost[x0:u0] = bound.priced[arcs] - bound.least[elders][e]
        cost[u0:y0] = SCALE * problem.unmatched_cost[elders].astype(np.int64) - bound.least[elders]
        cost[t0:w0] = SCALE * (grouped.split_cost or 0)
        cost[w0:z0] = places[place_of, place]
        equal, most = _Rows(), _Rows()
        equal.add(e, x0 + np.arange(len(arcs)), 1.0)
        equal.add(np.arange(len(elders)), u0 + np.arange(len(elders)), 1.0)
        self.at = at = len(elders)
        equal.add(at + v, x0 + np.arange(len(arcs)), 1.0)
        equal.add(at + place_of, w0 + np.arange(len(place_of)), -1.0)
        right = [np.ones(len(elders)), np.zeros(len(volunteers))]
        if n_limits:
            assert problem.limit is not None
            cost[z0:] = (prices.limited - prices.place)[volunteers]
            equal.add(at + len(volunteers) + v[limited], x0 + np.flatnonzero(limited), 1.0)
            equal.add(at + len(volunteers) + np.arange(n_limits), z0 + np.arange(n_limits), 1.0)
            right.append(problem.limit[volunteers].astype(float))
        most.add(np.arange(len(in_group)), x0 + in_group, 1.0)
        most.add(np.arange(len(in_group)), y0 + y, -1.0)
        most.add(len(in_group) + t, y0 + np.arange(len(pairs)), 1.0)
        if grouped.split_cost is not None:
            most.add(len(in_group) + np.arange(len(groups)), t0 + np.arange(len(groups)), -1.0)
        self.cost = np.clip(cost, -_DEAR, _DEAR)
        self.upper = np.full(n, np.inf)
        self.upper[w0:z0] = 1.0
        self.whole = np.zeros(n)
        self.whole[y0:t0] = 1
        self.upper[y0:t0] = 1.0
        self.equal, self.right = equal.build((sum(map(len, right)), n)), np.concatenate(right)
        self.most = most.build((len(in_group) + len(groups), n))
        self.most_right = np.concatenate([np.zeros(len(in_group)), np.ones(len(groups))])

    def improve_prices(self, time_limit_s: float) -> Prices:
        """Return the prices of the linear relaxation; those given where it finds none. Others keep theirs."""
        solution = self._relax(self._bounds, "highs", time_limit=max(time_limit_s, 0.1))
        if solution.status != 0:
            return self.prices
        dual = np.rint(solution.eqlin.marginals).astype(np.int64)
        place_price, limited_price = self.prices.place.copy(), self.prices.limited.copy()
        change = dual[self.at : self.at + len(self.volunteers)]
        place_price[self.volunteers] -= change
        limited_price[self.volunteers] -= change
        if self.grouped.problem.limit is not None:
            limited_price[self.volunteers] -= dual[self.at + len(self.volunteers) :]
        return Prices(place_price, np.maximum(limited_price, place_price))

    def find_plan(self, chosen: Index, time_limit_s: float) -> Index | None:
        """Return the best plan that was found, elders who are not shown as in ``chosen``; None where none was."""
        solution = milp(
            self.cost,
            integrality=self.whole,
            bounds=Bounds(np.zeros(len(self.cost)), self.upper),
            constraints=[
                LinearConstraint(self.most, -np.inf, self.most_right),
                LinearConstraint(self.equal, self.right, self.right),
            ],
            options={"time_limit": max(time_limit_s, 0.1), "mip_rel_gap": 0.0},
        )
        if solution.x is None:
            return None
        x = self._move_to_corner(solution.x)
        if x is None:
            return None
        taken = self.arcs[x[: len(self.arcs)] > 0.5]
        found = chosen.copy()
        found[self.elders] = -1
        found[self.grouped.problem.elder[taken]] = taken
        return found

    def _move_to_corner(self, x: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return a plan as cheap whose entries are all whole; None where none is found.

        HiGHS may end between several plans of one cost: whole y, but parts of elders. With these y the rest is a
        network, whose corners are whole, and the simplex method ends at a corner.
        """
        if np.abs(x - np.rint(x)).max(initial=0.0) < _WHOLE:
            return x
        is_whole, bounds = self.whole > 0, self._bounds
        bounds[is_whole] = np.rint(x[is_whole])[:, None]
        solution = self._relax(bounds, "highs-ds")
        if solution.status != 0 or np.abs(solution.x - np.rint(solution.x)).max(initial=0.0) >= _WHOLE:
            return None
        return np.asarray(solution.x)

    @property
    def _bounds(self) -> NDArray[np.float64]:
        """Return the least and the most of each entry, a new array, (n, 2)."""
        return np.column_stack([np.zeros(len(self.cost)), self.upper])

    def _relax(self, bounds: NDArray[np.float64], method: str, **options: float) -> OptimizeResult:
        """Return the optimum within some bounds, whole or not."""
        return linprog(  # type: ignore[call-overload, no-any-return]  # the stubs know of no sparse matrices
            self.cost,
            A_ub=self.most,
            b_ub=self.most_right,
            A_eq=self.equal,
            b_eq=self.right,
            bounds=bounds,
            method=method,
            options=options,
        )
