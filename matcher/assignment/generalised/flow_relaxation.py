"""The linear relaxation of a component as a flow, where each elder takes as much of one volunteer as of another.

An elder of two units is two copies of one unit, each at half the cost. A cheapest flow of copies is an optimum of the
relaxation, for copies may part. So a city takes as long as a city in places, where the simplex method does not end.

What limits on those left out are worth, cutting planes find (Kelley 1960), over a sample of the component.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from matcher.assignment.flow.solve_flow import solve_flow
from matcher.assignment.generalised.components import Component
from matcher.assignment.generalised.lagrangian import compute_first_bound
from matcher.assignment.generalised.lp_relaxation import LpSolution, solve_lp_relaxation
from matcher.assignment.problem import AssignmentProblem, Index

Reals = NDArray[np.float64]

_MOST_COPIES = 12
"""Copies of an elder at most, and least common multiple of their numbers: in its parts costs of copies are whole."""
_DIVISORS = np.array([copies for copies in range(1, _MOST_COPIES + 1) if _MOST_COPIES % copies == 0])
_MEDIAN_COPIES = 4
"""Copies of the median elder where uses are levelled."""
_LARGEST = 2**58
_FINEST = 2**24
"""Times as much as costs that decide ties leaving out counts at most."""
_MOST_CUTS, _CLOSE = 20, 1e-5
"""Cuts at most, and the share of the value by which the cuts may stand above the best prices met."""


def can_flow(component: Component) -> bool:
    """Return whether the relaxation is a flow of copies, within the range of whole numbers."""
    use = _spell_out_use(component)
    size = _find_sizes(component, use)
    if component.limits is not None or not (use == size[component.elder]).all():
        return False
    sizes = np.unique(size)
    if int(sizes[-1]) > _MOST_COPIES:
        return False
    parts = int(np.lcm.reduce(sizes))
    people = int(size.sum()) + len(component.capacity) + 2
    return parts <= _MOST_COPIES and _find_largest(component) * parts * people < _LARGEST


def _spell_out_use(component: Component) -> Index:
    """Return what each candidate takes in units that are the same for all volunteers, (n,)."""
    return component.use * component.unit[component.volunteer]


def _find_sizes(component: Component, use: Index) -> Index:
    """Return the least that each elder takes, at least 1, (n_elders,)."""
    size = np.full(component.n_elders, np.iinfo(np.int64).max)
    np.minimum.at(size, component.elder, use)
    return np.asarray(np.maximum(size, 1))


def _find_largest(component: Component) -> int:
    """Return the largest cost, at least 1."""
    return max(int(np.abs(component.cost).max()), int(np.abs(component.unmatched_cost).max()), 1)


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """A component whose elders are copies of one unit each.

    Attributes:
        problem: The copies on places of volunteers, costs in parts.
        parts: Parts of a unit of cost.
        size: Copies of each elder, (n_elders,).
        owner: Each copy's elder, (n_copies,).
        first: Elder e has the copies ``first[e]`` to before ``first[e + 1]``, (n_elders + 1,).
        rows: The candidate of the component that each of the problem's is, (n,).
    """

    problem: AssignmentProblem
    parts: int
    size: Index
    owner: Index
    first: Index
    rows: Index

    @classmethod
    def of(cls, component: Component) -> Copies:
        """Return the copies of a component of which ``can_flow`` holds."""
        size = _find_sizes(component, _spell_out_use(component))
        parts = int(np.lcm.reduce(np.unique(size)))
        owner = np.repeat(np.arange(component.n_elders), size)
        degree = np.diff(component.start)[owner]
        first = np.concatenate(([0], np.cumsum(degree)))
        rows = np.arange(first[-1]) - np.repeat(first[:-1] - component.start[owner], degree)
        weight = parts // size
        problem = AssignmentProblem(
            np.repeat(np.arange(len(owner)), degree),
            component.volunteer[rows],
            component.cost[rows] * weight[component.elder[rows]],
            component.capacity * component.unit,
            None,
            (component.unmatched_cost * weight)[owner],
        )
        return cls(problem, parts, size, owner, np.concatenate(([0], np.cumsum(size))), rows)


def relax_by_flow(component: Component) -> LpSolution:
    """Return the optimum of the relaxation of a component of which ``can_flow`` holds."""
    copies = Copies.of(component)
    found, size, owner = solve_flow(copies.problem), copies.size, copies.owner
    served = found.chosen >= 0
    taken = found.chosen[served]
    share = np.zeros(len(component.cost))
    np.add.at(share, copies.rows[taken], 1 / size[owner[served]])
    left_out = np.zeros(component.n_elders)
    np.add.at(left_out, owner[~served], 1 / size[owner[~served]])
    unit_price = found.prices / copies.parts * component.unit
    value = float(share @ component.cost + left_out @ component.unmatched_cost)
    return LpSolution(unit_price, share, left_out, np.zeros(0), value)


def relax_levelled(component: Component) -> LpSolution:
    """Return a relaxation like a component's, where elders take as much of one volunteer as of another.

    Each takes the least that they may, or what they take of the cheapest volunteer, whichever prices prove more. Its
    value is no bound.
    """
    cheapest = component.use[np.lexsort((component.cost, component.elder))[component.start[:-1]]]
    relaxed = [_relax_at(component, typical) for typical in (np.maximum(component.size, 1), cheapest)]
    bounds = [compute_first_bound(component, each.unit_price).value for each in relaxed]
    return relaxed[int(np.argmax(bounds))]


def _relax_at(component: Component, typical: Index) -> LpSolution:
    """Return the relaxation where each elder takes about ``typical`` of whichever volunteer, (n_elders,).

    It is a number of copies that divides the most copies.
    """
    unit = max(float(np.median(typical)) / _MEDIAN_COPIES, 1.0)
    size = _DIVISORS[np.abs(typical[:, None] / unit - _DIVISORS).argmin(axis=1)]
    capacity = np.rint(component.capacity / unit).astype(np.int64)
    same = np.ones_like(component.unit)
    level = replace(component, use=size[component.elder], capacity=capacity, unit=same, counts=None, limits=None)
    relaxed = relax_by_flow(level)
    return replace(relaxed, unit_price=relaxed.unit_price / unit)


def relax_goal_by_flow(component: Component, tie_cost: Index) -> LpSolution:
    """Return the optimum of a component whose candidates cost nothing, the cheapest by ``tie_cost``, (n,).

    A flow without costs takes many times as long. So what leaving out counts is made so large that costs decide ties
    alone.
    """
    tied = replace(component, cost=tie_cost)
    scale = 1
    while scale < _FINEST and _can_scale(tied, 2 * scale):
        scale *= 2
    relaxed = relax_by_flow(replace(tied, unmatched_cost=component.unmatched_cost * scale))
    value = float(relaxed.left_out @ component.unmatched_cost)
    return replace(relaxed, unit_price=relaxed.unit_price / scale, value=value)


def _can_scale(component: Component, scale: int) -> bool:
    """Return whether the flow stays within range where leaving out counts so many times as much."""
    return can_flow(replace(component, unmatched_cost=component.unmatched_cost * scale))


def price_limits(component: Component, spare: Reals, most: Index) -> Index:
    """Return what limits on those left out are worth in the relaxation, about, whole numbers >= 0, (n_limits,).

    Where the relaxation is a flow, cutting planes find it: the bound is concave in the prices, and each price tried
    cuts off what lies above its slope (Kelley 1960).

    Args:
        component: With ``counts``; its limits are not looked at.
        spare: How much more may be left out, by each count, than the relaxation leaves out at the prices ``most``,
            >= 0, (n_limits,).
        most: Prices at most, (n_limits,).
    """
    counts = component.counts
    assert counts is not None
    free = replace(component, counts=None, limits=None)
    dearest = replace(free, unmatched_cost=free.unmatched_cost + most @ counts)
    flows = can_flow(dearest)
    least = relax_by_flow(dearest) if flows else solve_lp_relaxation(dearest)
    if least is None:
        return most
    limits = counts @ least.left_out + spare
    if not flows:
        relaxed = solve_lp_relaxation(replace(component, limits=np.ceil(limits).astype(np.int64)))
        return most if relaxed is None else np.minimum(np.rint(relaxed.limit_price).astype(np.int64), most)
    n = len(most)
    cuts, values = list[Reals](), list[float]()
    best, best_value, tried = most, -np.inf, np.zeros(n)
    for _cut in range(_MOST_CUTS):
        prices = np.rint(tried).astype(np.int64)
        relaxed = relax_by_flow(replace(free, unmatched_cost=free.unmatched_cost + prices @ counts))
        value = relaxed.value - float(prices @ limits)
        slope = counts @ relaxed.left_out - limits
        cuts.append(np.append(-slope, 1.0))
        values.append(value - float(slope @ prices))
        if value > best_value:
            best, best_value = prices, value
        bounds = [*((0.0, float(price)) for price in most), (None, None)]
        answer = linprog(np.append(np.zeros(n), -1.0), np.array(cuts), values, bounds=bounds)
        if answer.x is None or answer.x[n] - best_value <= _CLOSE * abs(best_value):
            break
        tried = answer.x[:n]
    return best
