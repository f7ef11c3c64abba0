"""The linear relaxation of a component: prices of units, and the shares of candidates, where a plan is rounded from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ALL_UP_TO = 20_000
"""Candidates up to which all are columns from the start; beyond, the cheapest few of each elder come first."""
_FIRST, _MORE = 10, 10
_MOST_ELDERS = 20_000
"""Elders of a component beyond which the simplex method takes too long: there prices come by subgradient steps."""
_EPS = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class LpSolution:
    """The optimum of the relaxation.

    Attributes:
        unit_price: What a unit of each volunteer's capacity is worth, >= 0, (n_volunteers,).
        share: How much of each candidate is taken, 0 to 1, (n,).
        left_out: How much of each elder is left out, (n_elders,).
        value: What it costs, as floating point has it.
        limit_price: What the component's limits on those left out are worth, >= 0, (n_limits,).
    """

    unit_price: Reals
    share: Reals
    left_out: Reals
    limit_price: Reals
    value: float


def solve_lp_relaxation(
    component: Component, left_s: float | None = None, first: Mask | None = None
) -> LpSolution | None:
    """Solve the relaxation by column generation with the simplex method; None: too large, or no time.

    Args:
        component: What to solve.
        left_s: Seconds left; None: no limit.
        first: The candidates to begin with, a plan within the component's limits among them; None: the cheapest.
    """
    if component.n_elders > _MOST_ELDERS or (left_s is not None and left_s <= 0):
        return None
    shown = _choose_initial_columns(component) if first is None else first.copy()
    found = None
    for _round in range(8):
        answer = _solve_restricted_lp(component, shown, left_s)
        if answer is None:
            return found
        found, price = answer
        reduced = component.cost + component.use * found.unit_price[component.volunteer] - price[component.elder]
        missing = np.flatnonzero(~shown & (reduced < -_EPS))
        if not len(missing) or (len(component.cost) > _ALL_UP_TO and len(missing) <= component.n_elders // 100):
            return found
        shown[missing[_rank_by_value(component.elder[missing], reduced[missing]) < _MORE]] = True
    return found


def choose_near_columns(component: Component, unit_price: Reals, chosen: Index) -> Mask:
    """Return each elder's candidates that are cheapest at prices of units, and those of a plan."""
    if len(component.cost) <= _ALL_UP_TO:
        return np.ones(len(component.cost), dtype=bool)
    reduced = component.cost + component.use * unit_price[component.volunteer]
    near = np.asarray(_rank_by_value(component.elder, reduced) < _FIRST)
    near[chosen[chosen >= 0]] = True
    return near


def _choose_initial_columns(component: Component) -> Mask:
    """Return the candidates that the first simplex sees."""
    nobody = np.full(component.n_elders, NOBODY)
    return choose_near_columns(component, np.zeros(len(component.capacity)), nobody)


def _rank_by_value(elder: Index, value: Reals | Index) -> Index:
    """Return each entry's place among those of its elder, by value, (n,); elders in order."""
    order = np.lexsort((value, elder))
    rank = np.empty(len(elder), dtype=np.int64)
    rank[order] = np.arange(len(elder)) - np.searchsorted(elder, elder)
    return rank


def _solve_restricted_lp(component: Component, shown: Mask, left_s: float | None) -> tuple[LpSolution, Reals] | None:
    """Return the optimum over the candidates shown, and the prices of elders."""
    index = np.flatnonzero(shown)
    k, n, m = len(index), component.n_elders, len(component.capacity)
    rows = np.concatenate((component.elder[index], np.arange(n)))
    serve = coo_array((np.ones(k + n), (rows, np.arange(k + n))), shape=(n, k + n)).tocsr()
    row, column, value = component.volunteer[index], np.arange(k), component.use[index].astype(np.float64)
    limit = component.capacity.astype(np.float64)
    if component.counts is not None and component.limits is not None:
        number, who = np.nonzero(component.counts)
        row, column = np.concatenate((row, m + number)), np.concatenate((column, k + who))
        value = np.concatenate((value, component.counts[number, who]))
        limit = np.concatenate((limit, component.limits))
    load = coo_array((value, (row, column)), shape=(len(limit), k + n)).tocsr()
    answer = linprog(  # type: ignore[call-overload]  # the stubs know of no sparse matrices
        np.concatenate((component.cost[index], component.unmatched_cost)).astype(np.float64),
        A_ub=load,
        b_ub=limit,
        A_eq=serve,
        b_eq=np.ones(n),
        method="highs",
        options={} if left_s is None else {"time_limit": max(left_s, 0.1)},
    )
    if answer.status != 0:
        return None
    of_rows = np.maximum(-np.asarray(answer.ineqlin.marginals, dtype=np.float64), 0.0)
    share = np.zeros(len(component.cost))
    share[index] = np.clip(answer.x[:k], 0.0, 1.0)
    found = LpSolution(of_rows[:m], share, np.clip(answer.x[k:], 0.0, 1.0), of_rows[m:], float(answer.fun))
    return found, np.asarray(answer.eqlin.marginals, dtype=np.float64)
