"""The cheapest of the plans that serve most, at city size: the solver sees few candidates, the proof all of them.

1. A largest matching says how many can be served, and splits the city for good (Dulmage and Mendelsohn 1958): in the
   short part, which unmatched elders reach, every place is filled; elsewhere every elder is served. No candidate
   across the split is in any largest matching, and within the parts what an unmatched elder costs plays no role.
2. Auctions from each part's scarce side, ever finer over ever fewer candidates, give prices near the truth. Candidates
   that are dearer at these prices than the elder's best by more than a few steps are laid aside.
3. The min-cost flow over the rest is optimal for the rest, and has exact prices. They price *all* candidates: any
   that costs less than its elder pays now is let in, and the flow solved anew. When there is none, the optimum of the
   few is the optimum of all (no reduced cost is below 0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import auctions, kernels
from matcher.assignment.flow import split_min_cost
from matcher.assignment.problem import AssignmentProblem, Index

Mask = NDArray[np.bool_]

STAGES = ((10, 1.5), (30, 3.0))
"""Auctions: steps to the range of costs, and the steps within which candidates stay. Measured on a city of 205,000."""
_MOST_BIDS = 100
"""Bids per elder at which an auction is stopped: it chooses candidates only, the proof does not rest on it."""
_CLOSED = 2**60
"""Price of a volunteer whose places are not to be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Candidates in order of elder, then cost: ``start`` (n_elders + 1,), the others one entry a candidate."""

    start: Index
    elder: NDArray[np.int32]
    volunteer: NDArray[np.int32]
    cost: NDArray[np.int32]

    @classmethod
    def of(cls, problem: AssignmentProblem) -> Rows:
        """The problem's candidates that have a place; the same whatever order they come in."""
        start = np.concatenate(([0], np.cumsum(np.bincount(problem.elder, minlength=problem.n_elders))))
        elder, volunteer, cost = (x.astype(np.int32) for x in (problem.elder, problem.volunteer, problem.cost))
        if (np.diff(elder) < 0).any():
            order = np.argsort(elder, kind="stable")
            elder, volunteer, cost = elder[order], volunteer[order], cost[order]
        kernels.sort_rows(start, volunteer, cost)
        return cls(start, elder, volunteer, cost)

    def where(self, mask: Mask) -> Rows:
        """The candidates of the mask."""
        elder = self.elder[mask]
        start = np.searchsorted(elder, np.arange(len(self.start), dtype=np.int32))
        return Rows(start, elder, self.volunteer[mask], self.cost[mask])


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A largest matching, and the short part: masks of its elders and volunteers."""

    partner: Index
    elders: Mask
    volunteers: Mask

    @classmethod
    def of(cls, rows: Rows, capacity: Index) -> Split:
        """The split, which is the same whatever largest matching shows it."""
        first, elder_at, _ = kernels.transposed(
            rows.start, rows.volunteer, rows.cost, np.arange(len(rows.start) - 1), len(capacity)
        )
        partner = kernels.most_served(rows.start, rows.volunteer, first, elder_at, capacity)
        reach = kernels.alternating_reach(
            rows.start, rows.volunteer, *_held(partner, len(capacity)), partner < 0, len(capacity)
        )
        return cls(partner, *reach)

    def within(self, rows: Rows, capacity: Index) -> Rows:
        """The candidates that do not go across and have a place."""
        return rows.where((self.elders[rows.elder] | ~self.volunteers[rows.volunteer]) & (capacity[rows.volunteer] > 0))


def cheapest_of_most(problem: AssignmentProblem, unmatched_cost: int) -> tuple[Index, Index]:
    """Chosen candidates, (n_elders,), and prices, (n_volunteers,); ``unmatched_cost`` is above any displacement.

    Costs must fit 32 bits.
    """
    rows = Rows.of(problem)
    # more places than candidates are never filled
    capacity = np.minimum(problem.capacity, np.bincount(problem.volunteer, minlength=problem.n_volunteers))
    split = Split.of(rows, capacity)
    some = _likely(rows, split, capacity)
    while True:
        taken = split_min_cost(some.elder, some.volunteer, some.cost, capacity, split.elders, split.volunteers)
        partner, price, pays = _priced(some, taken, capacity, unmatched_cost)
        new = kernels.below(rows.start, rows.volunteer, rows.cost, np.where(capacity > 0, price, _CLOSED), pays)
        if not new.any():
            break
        some = _joined(some, rows.where(new))
    price = np.where(capacity > 0, price, _closed_prices(rows, capacity, pays))
    chosen = np.full(problem.n_elders, -1, dtype=np.int64)
    index = np.flatnonzero(problem.volunteer == partner[problem.elder])
    chosen[problem.elder[index]] = index
    return chosen, price


def _likely(rows: Rows, split: Split, capacity: Index) -> Rows:
    """The candidates that are near the cheapest at rough prices, and those of the matching."""
    n_elders = len(rows.start) - 1
    cost_range = int(rows.cost.max()) - min(int(rows.cost.min()), 0)
    short = np.flatnonzero(split.elders)
    spare = np.flatnonzero(~split.elders)
    some = split.within(rows, capacity)
    for steps, margin in STAGES:
        step = max(1, cost_range // steps)
        most_bids = _MOST_BIDS * n_elders
        open_ = np.where(split.volunteers, 0, capacity)
        price = auctions.elders_bid(some.start, some.volunteer, some.cost, spare, open_, step, most_bids)
        first, elder_at, cost = kernels.transposed(some.start, some.volunteer, some.cost, short, len(capacity))
        kernels.sort_rows(first, elder_at, cost)
        open_ = np.where(split.volunteers, capacity, 0)
        paid, level = auctions.places_bid(first, elder_at, cost, open_, n_elders, step, most_bids)
        price = np.where(split.volunteers, -level, price)
        least = np.where(split.elders, -paid, kernels.least_totals(some.start, some.volunteer, some.cost, price))
        keep = kernels.below(some.start, some.volunteer, some.cost, price, least + int(margin * step) + 1)
        some = some.where(keep | (some.volunteer == split.partner[some.elder]))
    return some


def _priced(some: Rows, taken: Index, capacity: Index, unmatched_cost: int) -> tuple[Index, Index, Index]:
    """Each elder's volunteer, the least prices that support that, and what each elder pays at them."""
    n_elders = len(some.start) - 1
    partner = np.full(n_elders, kernels.NOBODY, dtype=np.int64)
    own_cost = np.full(n_elders, unmatched_cost, dtype=np.int64)
    partner[some.elder[taken]] = some.volunteer[taken]
    own_cost[some.elder[taken]] = some.cost[taken]
    most_scans = 1000 * n_elders
    price = kernels.exact_prices(
        some.start, some.volunteer, some.cost, own_cost, *_held(partner, len(capacity)), len(capacity), most_scans
    )
    return partner, price, own_cost + np.where(partner >= 0, price[partner], 0)


def _held(partner: Index, n_volunteers: int) -> tuple[Index, Index]:
    """The elders of each volunteer v: ``held[start[v]:start[v + 1]]``."""
    held = np.argsort(partner, kind="stable")
    return np.searchsorted(partner[held], np.arange(n_volunteers + 1)), held


def _joined(some: Rows, new: Rows) -> Rows:
    """Both, in order of elder; ``new`` are none of ``some``: these are not below what their elder pays."""
    order = np.argsort(np.concatenate((some.elder, new.elder)), kind="stable")
    elder, volunteer, cost = (
        np.concatenate((getattr(some, name), getattr(new, name)))[order] for name in ("elder", "volunteer", "cost")
    )
    return Rows(some.start + new.start, elder, volunteer, cost)


def _closed_prices(rows: Rows, capacity: Index, pays: Index) -> Index:
    """What a first place of each volunteer without any would save."""
    price = np.zeros(len(capacity), dtype=np.int64)
    closed = np.flatnonzero(capacity[rows.volunteer] == 0)
    np.maximum.at(price, rows.volunteer[closed], pays[rows.elder[closed]] - rows.cost[closed])
    return price
