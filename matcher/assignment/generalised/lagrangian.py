"""Lower bounds of a component: prices of units from the linear relaxation, prices of elders from knapsacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.generalised.components import Component
from matcher.assignment.generalised.kernels import knapsacks
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]

_SHARE = 2**8
"""Prices of elders are whole multiples of 1 / this of a metre, unless costs are huge."""
_LARGEST = 2**60
_MOST_LEVELS = 4096
"""Most capacity levels of a knapsack: a coarser one holds more than the volunteer can take, and proves less."""
_NONE = -(2**62)
_FAR, _NEAR = 0.1, 0.01
"""Share of the bound by which the first guess of the optimum stands above it: from no prices on, and from near ones."""


@dataclass(slots=True, eq=False)
class Bound:
    """What is known of a component from below.

    Attributes:
        scale: Parts of a metre in which prices count.
        price: Of each elder, in those, int64 (n_elders,).
        value: The bound in metres, rounded up: costs are whole.
        exact: The bound in those components.
        step: Factor of the subgradient steps: it falls where they overshoot.
    """

    scale: int
    price: Index
    value: int
    exact: int
    step: float = 1.0

    @property
    def price_m(self) -> Reals:
        """Return the prices of elders in metres."""
        return self.price / self.scale


def estimate_unit_prices(component: Component, start: Reals | None = None) -> Reals:
    """Return prices near the linear relaxation's by subgradient steps, >= 0, (n_volunteers,), for large components.

    Args:
        component: The component.
        start: Prices near them already; None: there are none.
    """
    price = np.zeros(len(component.capacity)) if start is None else start.copy()
    arrays = (
        component.start,
        component.volunteer,
        component.cost,
        component.use,
        component.capacity,
        component.unmatched_cost,
    )
    zero = knapsacks.price_units_by_subgradient(*arrays, np.inf, 1, price)
    target = zero + max(abs(zero) * (_FAR if start is None else _NEAR), 1.0)
    for _ in range(6):
        # towards a guess of the optimum: when steps stall short of it, it was too high
        best = knapsacks.price_units_by_subgradient(*arrays, target, 150, price)
        target = best + max((target - best) * 0.5, 1.0) if best < target else target + 2 * (target - zero)
    return price


def compute_first_bound(component: Component, unit_price: Reals) -> Bound:
    """Return the bound at the prices of elders that go with these prices of units; ``raise_bound`` sharpens it."""
    return compute_bound_at(component, price_elders(component, unit_price))


def price_elders(component: Component, unit_price: Reals) -> Reals:
    """Return what each elder costs at prices of units: the cheapest candidate, or to be left out, (n_elders,)."""
    total = component.cost + component.use * unit_price[component.volunteer]
    return np.minimum(np.minimum.reduceat(total, component.start[:-1]), component.unmatched_cost.astype(np.float64))


def compute_bound_at(component: Component, price_m: Reals) -> Bound:
    """Return the bound at prices of elders in metres, (n_elders,)."""
    scale = find_scale(component)
    price = np.minimum(np.rint(price_m * scale).astype(np.int64), component.unmatched_cost * scale)
    bound = Bound(scale, price, _NONE, _NONE)
    raise_bound(component, bound, None, 1)
    return bound


def find_scale(component: Component) -> int:
    """Return in how many parts of a metre prices can count."""
    largest = max(int(np.abs(component.cost).max()), int(np.abs(component.unmatched_cost).max()), 1)
    scale = _SHARE
    while scale > 1 and largest * scale * 2 * (component.n_elders + 1) >= _LARGEST:
        scale //= 2
    return scale


def raise_bound(component: Component, bound: Bound, upper: int | None, steps: int) -> None:
    """Take subgradient steps towards ``upper`` (a plan's cost; None: a guess), in place."""
    scale = bound.scale
    if bound.exact == _NONE:
        target = _LARGEST
    else:
        target = (upper if upper is not None else bound.value + max(1, abs(bound.value) // 200)) * scale
    kept, least = _make_workspace(component)
    o = component.by_volunteer
    price = bound.price.copy()
    exact, step = knapsacks.raise_by_subgradient(
        component.first,
        component.elder[o],
        component.cost[o] * scale,
        component.use[o],
        component.capacity,
        component.unmatched_cost * scale,
        price,
        target,
        steps,
        bound.step,
        kept,
        least,
        _MOST_LEVELS,
    )
    if steps > 1:
        bound.step = max(step, 1e-3)
    if exact > bound.exact:
        bound.price, bound.exact, bound.value = price, int(exact), -(-int(exact) // scale)


def find_promising(component: Component, bound: Bound, upper: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what a plan cheaper than ``upper`` may have: masks of candidates, and of elders left out."""
    scale = bound.scale
    o = component.by_volunteer
    rise = np.empty(len(o), dtype=np.int64)
    _, least = _make_workspace(component, choices=False)
    knapsacks.bound_if_taken(
        component.first,
        component.elder[o],
        component.cost[o] * scale,
        component.use[o],
        component.capacity,
        bound.price,
        least,
        rise,
        _MOST_LEVELS,
    )
    most = (upper - 1) * scale - bound.exact
    candidates = np.empty(len(o), dtype=bool)
    candidates[o] = rise <= most
    left_out = component.unmatched_cost * scale - bound.price <= most
    return candidates, left_out & (not component.must_serve)


def _make_workspace(component: Component, choices: bool = True) -> tuple[NDArray[np.bool_], Index]:
    """Return scratch arrays for the knapsacks: choices of one volunteer, and a row of sums."""
    most = int(min(component.capacity.max(initial=0), _MOST_LEVELS)) + 1
    widest = int(np.diff(component.first).max(initial=0)) if choices else 0
    return np.empty((widest, most), dtype=bool), np.empty(most, dtype=np.int64)
