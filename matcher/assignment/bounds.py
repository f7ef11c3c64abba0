"""Lower bounds of a part: prices of units from the linear relaxation, prices of elders from knapsacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from matcher.assignment.compiled import knapsacks
from matcher.assignment.parts import Part
from matcher.assignment.problem import Index

Reals = NDArray[np.float64]

SIMPLEX_UP_TO = 60_000
"""Candidates of a part up to which HiGHS solves the linear relaxation (a second or two); beyond, subgradient steps."""
_SHARE = 2**8
"""Prices of elders are whole multiples of 1 / this of a metre, unless costs are huge."""
_LARGEST = 2**60
_NONE = -(2**62)


@dataclass(slots=True, eq=False)
class Bound:
    """What is known of a part from below.

    Attributes:
        scale: Parts of a metre in which prices count.
        price: Of each elder, in those, int64 (n_elders,).
        value: The bound in metres, rounded up: costs are whole.
        exact: The bound in those parts.
    """

    scale: int
    price: Index
    value: int
    exact: int

    @property
    def price_m(self) -> Reals:
        """Prices of elders in metres."""
        return self.price / self.scale


def linear_prices(part: Part) -> Reals:
    """The price of a unit of each volunteer's capacity in the linear relaxation, >= 0, (n_volunteers,)."""
    m = len(part.capacity)
    if len(part.cost) <= SIMPLEX_UP_TO:
        n, k = part.n_elders, len(part.cost)
        column = np.arange(k)
        rows, columns = np.concatenate((part.elder, np.arange(n))), np.arange(k + n)
        serve = coo_array((np.ones(k + n), (rows, columns)), shape=(n, k + n)).tocsr()
        load = coo_array((part.use.astype(np.float64), (part.volunteer, column)), shape=(m, k + n)).tocsr()
        answer = linprog(  # type: ignore[call-overload]  # the stubs know of no sparse matrices
            np.concatenate((part.cost, part.ceiling)).astype(np.float64),
            A_ub=load,
            b_ub=part.capacity.astype(np.float64),
            A_eq=serve,
            b_eq=np.ones(n),
            method="highs",
        )
        if answer.status == 0:
            return np.maximum(-np.asarray(answer.ineqlin.marginals, dtype=np.float64), 0.0)
    price = np.zeros(m)
    arrays = part.start, part.volunteer, part.cost, part.use, part.capacity, part.ceiling
    zero = knapsacks.linear_prices(*arrays, np.inf, 1, price)
    target = zero + max(abs(zero) * 0.1, 1.0)
    for _ in range(6):
        # towards a guess of the optimum: when steps stall short of it, it was too high
        best = knapsacks.linear_prices(*arrays, target, 150, price)
        target = best + max((target - best) * 0.5, 1.0) if best < target else target + 2 * (target - zero)
    return price


def first_bound(part: Part, unit_price: Reals) -> Bound:
    """The bound at the prices of elders that go with these prices of units; sharpened by ``raise_bound``."""
    largest = max(int(np.abs(part.cost).max()), int(np.abs(part.ceiling).max()), 1)
    scale = _SHARE
    while scale > 1 and largest * scale * 2 * (part.n_elders + 1) >= _LARGEST:
        scale //= 2
    total = part.cost + part.use * unit_price[part.volunteer]
    least = np.minimum(np.minimum.reduceat(total, part.start[:-1]), part.ceiling.astype(np.float64))
    price = np.minimum(np.rint(least * scale).astype(np.int64), part.ceiling * scale)
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
    exact, _ = knapsacks.subgradient(
        part.first,
        part.elder[o],
        part.cost[o] * scale,
        part.use[o],
        part.capacity,
        part.ceiling * scale,
        price,
        target,
        steps,
        kept,
        least,
    )
    if exact > bound.exact:
        bound.price, bound.exact, bound.value = price, int(exact), -(-int(exact) // scale)


def may_help(part: Part, bound: Bound, upper: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What a plan cheaper than ``upper`` may have: masks of candidates, and of elders left out."""
    scale = bound.scale
    o = part.by_volunteer
    rise = np.empty(len(o), dtype=np.int64)
    _, least = _rooms(part, choices=False)
    knapsacks.forced(
        part.first, part.elder[o], part.cost[o] * scale, part.use[o], part.capacity, bound.price, least, rise
    )
    most = (upper - 1) * scale - bound.exact
    candidates = np.empty(len(o), dtype=bool)
    candidates[o] = rise <= most
    left_out = part.ceiling * scale - bound.price <= most
    return candidates, left_out & (not part.must_serve)


def _rooms(part: Part, choices: bool = True) -> tuple[NDArray[np.bool_], Index]:
    """Scratch for the knapsacks: choices of one volunteer, and a row of sums."""
    most = int(min(part.capacity.max(initial=0), knapsacks.LEVELS)) + 1
    widest = int(np.diff(part.first).max(initial=0)) if choices else 0
    return np.empty((widest, most), dtype=bool), np.empty(most, dtype=np.int64)
