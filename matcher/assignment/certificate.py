"""The proof of optimality: a lower bound from prices over all eligible pairs, computed apart from the solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

_BLOCK = 4_000_000
"""Candidates priced in one go: bounds the memory."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an assignment costs and what none can undercut, unmatched elders' cost included.

    Attributes:
        cost: Of the chosen candidates and the unmatched.
        bound: By weak duality no assignment costs less.
        eligible_pairs: How many candidates the bound was taken over: all of them.
        unmatched_cost: What one unmatched elder counts (the largest, where elders differ).
    """

    cost: int
    bound: int
    eligible_pairs: int
    unmatched_cost: int

    @property
    def optimal(self) -> bool:
        """Whether cost and bound meet."""
        return self.cost == self.bound

    @property
    def gap(self) -> float:
        """(cost - bound) / max(|cost|, 1)."""
        return (self.cost - self.bound) / max(abs(self.cost), 1)


def certify(
    elder: Index,
    volunteer: Index,
    cost: Index,
    capacity: Index,
    unmatched_cost: Index,
    chosen: Index,
    prices: Index,
) -> Certificate:
    """Check an assignment and prove a bound for it, from the problem's arrays alone.

    For any prices p >= 0, sum over elders of min(unmatched_cost_e, min over candidates (cost_ev + p_v)) minus
    sum(capacity_v * p_v) is at most the cost of every assignment (weak duality). So the bound holds whatever the solver
    did; only its tightness rests on good prices.

    Raises:
        ValueError: ``chosen`` is no assignment: an elder with another's candidate, or a volunteer over capacity.
    """
    n_elders = len(unmatched_cost)
    matched = np.flatnonzero(chosen >= 0)
    taken = chosen[matched]
    if len(taken) and not (elder[taken] == matched).all():
        raise ValueError("an elder is given a candidate of somebody else")
    load = np.bincount(volunteer[taken], minlength=len(capacity))
    if (load > capacity).any():
        raise ValueError("a volunteer is given more elders than places")
    if len(prices) and prices.min() < 0:
        raise ValueError("a price is below 0")
    total = int(cost[taken].sum()) + int(unmatched_cost[chosen < 0].sum())

    least = unmatched_cost.copy()
    by_elder = None if (elder[:-1] <= elder[1:]).all() else np.argsort(elder, kind="stable")
    for begin in range(0, len(elder), _BLOCK):
        block = slice(begin, begin + _BLOCK) if by_elder is None else by_elder[begin : begin + _BLOCK]
        first = np.flatnonzero(np.diff(elder[block], prepend=-1))
        cheapest = np.minimum.reduceat(cost[block] + prices[volunteer[block]], first)
        who = elder[block][first]
        least[who] = np.minimum(least[who], cheapest)
    # Python integers: capacity times price may leave 64 bits where prices are not the least ones
    rent = sum(int(c) * int(p) for c, p in zip(capacity, prices, strict=True) if p)
    bound = int(least.sum()) - rent if n_elders else -rent
    return Certificate(total, bound, len(elder), int(unmatched_cost.max(initial=0)))
