"""Lower bounds of a part: prices of units from the linear relaxation, prices of elders from knapsacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.generalised.components import Part
from matcher.assignment.generalised.kernels import knapsacks
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]

_SHARE = 2**8
"""Prices of elders are whole multiples of 1 / this of a metre, unless costs are huge."""
_LARGEST = 2**60
_LEAST_LEVELS, _MOST_LEVELS, _CELLS = 128, 4096, 40_000_000
_NONE = -(2**62)


@dataclass(slots=True, eq=False)
class Bound:
    """What is known of a part from below.

    Attributes:
        scale: Parts of a metre in which prices count.
        price: Of each elder, in those, int64 (n_elders,).
        value: The bound in metres, rounded up: costs are whole.
        exact: The bound in those parts.
        step: Factor of the subgradient steps: it falls where they overshoot.
    """

    scale: int
    price: Index
    value: int
    exact: int
    step: float = 1.0

    @property
    def price_m(self) -> Reals:
        """Prices of elders in metres."""
        return self.price / self.scale


def linear_prices(part: Part) -> Reals:
    """Prices near those of the linear relaxation, by subgradient steps, >= 0, (n_volunteers,): for parts too large."""
    m = len(part.capacity)
    price = np.zeros(m)
    arrays = part.start, part.volunteer, part.cost, part.use, part.capacity, part.unmatched_cost
    zero = knapsacks.linear_prices(*arrays, np.inf, 1, price)
    target = zero + max(abs(zero) * 0.1, 1.0)
    for _ in range(6):
        # towards a guess of the optimum: when steps stall short of it, it was too high
        best = knapsacks.linear_prices(*arrays, target, 150, price)
        target = best + max((target - best) * 0.5, 1.0) if best < target else target + 2 * (target - zero)
    return price


def first_bound(part: Part, unit_price: Reals) -> Bound:
    """The bound at the prices of elders that go with these prices of units; sharpened by ``raise_bound``."""
    largest = max(int(np.abs(part.cost).max()), int(np.abs(part.unmatched_cost).max()), 1)
    scale = _SHARE
    while scale > 1 and largest * scale * 2 * (part.n_elders + 1) >= _LARGEST:
        scale //= 2
    total = part.cost + part.use * unit_price[part.volunteer]
    least = np.minimum(np.minimum.reduceat(total, part.start[:-1]), part.unmatched_cost.astype(np.float64))
    price = np.minimum(np.rint(least * scale).astype(np.int64), part.unmatched_cost * scale)
    bound = Bound(scale, price, _NONE, _NONE)
    raise_bound(part, bound, None, 1)
    return bound


def raise_bound(part: Part, bound: Bound, upper: int | None, steps: int) -> None:
    """Take subgradient steps towards ``upper`` (a plan's cost; None: a guess), in place."""
    scale = bound.scale
    if bound.exact == _NONE:
        target = _LARGEST
    else:
        target = (upper if upper is not None else bound.value + max(1, abs(bound.value) // 200)) * scale
    kept, least = _rooms(part)
    o = part.by_volunteer
    price = bound.price.copy()
    exact, step = knapsacks.subgradient(
        part.first,
        part.elder[o],
        part.cost[o] * scale,
        part.use[o],
        part.capacity,
        part.unmatched_cost * scale,
        price,
        target,
        steps,
        bound.step,
        kept,
        least,
        _levels(part),
    )
    if steps > 1:
        bound.step = max(step, 1e-3)
    if exact > bound.exact:
        bound.price, bound.exact, bound.value = price, int(exact), -(-int(exact) // scale)


def may_help(part: Part, bound: Bound, upper: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What a plan cheaper than ``upper`` may have: masks of candidates, and of elders left out."""
    scale = bound.scale
    o = part.by_volunteer
    rise = np.empty(len(o), dtype=np.int64)
    _, least = _rooms(part, choices=False)
    knapsacks.forced(
        part.first,
        part.elder[o],
        part.cost[o] * scale,
        part.use[o],
        part.capacity,
        bound.price,
        least,
        rise,
        _levels(part),
    )
    most = (upper - 1) * scale - bound.exact
    candidates = np.empty(len(o), dtype=bool)
    candidates[o] = rise <= most
    left_out = part.unmatched_cost * scale - bound.price <= most
    return candidates, left_out & (not part.must_serve)


def _levels(part: Part) -> int:
    """Most capacity levels of a knapsack: fewer where there are many candidates, so that a step takes its time."""
    return max(_LEAST_LEVELS, min(_MOST_LEVELS, _CELLS // max(len(part.cost), 1)))


def _rooms(part: Part, choices: bool = True) -> tuple[NDArray[np.bool_], Index]:
    """Scratch for the knapsacks: choices of one volunteer, and a row of sums."""
    most = int(min(part.capacity.max(initial=0), _levels(part))) + 1
    widest = int(np.diff(part.first).max(initial=0)) if choices else 0
    return np.empty((widest, most), dtype=bool), np.empty(most, dtype=np.int64)
