"""Prices of places for groups: the duals of the linear relaxation over the candidates near split groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array

from matcher.assignment.groups.bound import SCALE, GroupBound, Prices, compute_place_costs
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.problem import Index

Mask = NDArray[np.bool_]


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


def improve_prices(
    grouped: GroupedProblem, prices: Prices, bound: GroupBound, shown: Mask, time_limit_s: float
) -> Prices:
    """Return the prices of the linear relaxation over the ``shown`` candidates; those given where it finds none.

    x_ev <= y_gv says that elder e of group g has volunteer v only where the group does. A group that may not be split
    has at most one such y; else each beyond the first costs. Volunteers without shown candidates keep their prices.
    Costs are those above ``bound``: small numbers, whatever leaving an elder out costs.
    """
    problem, group = grouped.problem, grouped.group
    assert problem.unmatched_cost is not None
    arcs = np.flatnonzero(shown)
    elders, e = np.unique(problem.elder[arcs], return_inverse=True)
    volunteers, v = np.unique(problem.volunteer[arcs], return_inverse=True)
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
    at = len(elders)
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
    upper = np.full(n, np.inf)
    upper[w0:z0] = 1.0
    solution = linprog(  # type: ignore[call-overload]  # the stubs know of no sparse matrices
        cost,
        A_ub=most.build((len(in_group) + len(groups), n)),
        b_ub=np.concatenate([np.zeros(len(in_group)), np.ones(len(groups))]),
        A_eq=equal.build((sum(map(len, right)), n)),
        b_eq=np.concatenate(right),
        bounds=np.column_stack([np.zeros(n), upper]),
        method="highs",
        options={"time_limit": max(time_limit_s, 0.1)},
    )
    if solution.status != 0:
        return prices
    dual = np.rint(solution.eqlin.marginals).astype(np.int64)
    place_price, limited_price = prices.place.copy(), prices.limited.copy()
    change = dual[at : at + len(volunteers)]
    place_price[volunteers] -= change
    limited_price[volunteers] -= change
    if n_limits:
        limited_price[volunteers] -= dual[at + len(volunteers) :]
    return Prices(place_price, np.maximum(limited_price, place_price))
