"""The cheapest plan at city size: the solver sees few candidates, the proof all of them.

1. A largest matching says how many can be served, and splits the city for good (Dulmage and Mendelsohn 1958): in the
   short part, which unmatched elders reach, every place is filled; elsewhere every elder is served. No candidate
   across the split is in any largest matching, and within the parts what an unmatched elder costs plays no role.
2. Auctions from each part's scarce side, ever finer over ever fewer candidates, give prices near the truth. Candidates
   that are dearer at these prices than the elder's best by more than a few steps are laid aside.
3. The min-cost flow over the rest is optimal for the rest, and has exact prices. They price *all* candidates. Where
   many elders could pay less by one laid aside, those are let in and the flow solved anew; the last few elders are led
   to their places by shortest paths over all candidates (``repair.py``). Then no reduced cost is below 0: the optimum.

Where places differ (load costs, limited elders) or unmatched costs do, step 2 chooses candidates as if they did not,
and step 3 sees them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.compiled import auctions, kernels
from matcher.assignment.compiled.least_prices import least_prices
from matcher.assignment.compiled.repair import repair
from matcher.assignment.flow import displacement_bound, min_cost_assignment, split_min_cost
from matcher.assignment.prices import gates, limits, load_costs
from matcher.assignment.problem import AssignmentProblem, Index, Start, counts
from matcher.assignment.rows import Groups, Rows, joined

Mask = NDArray[np.bool_]

STAGES = ((12, 1.5), (36, 1.5))
"""Auctions: steps to the range of costs, and the steps within which candidates stay. Measured on a city of 205,000."""
MOST_REPAIRS = 1 / 30
"""Share of elders up to which their places are repaired one by one; beyond, the flow is solved anew."""
_MOST_BIDS = 100
"""Bids per elder at which an auction is stopped: it chooses candidates only, the proof does not rest on it."""
_MOST_SCANS = 200
"""Times all candidates are looked at, at which a repair is given up: the flow is solved anew with what it found."""
_MOST_SCANS_FROM_START = 2
"""The same from another month's plan: where more has changed than so few looks mend, a fresh solution is sooner."""
_CLOSED = 2**60
"""Price of a volunteer whose places are not to be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A largest matching, and the short part: masks of its elders and volunteers."""

    partner: Index
    elders: Mask
    volunteers: Mask

    @classmethod
    def of(cls, rows: Rows, capacity: Index) -> Split:
        """The split, which is the same whatever largest matching shows it."""
        n = len(capacity)
        first, elder_at = kernels.elders_at(rows.start, rows.volunteer, n)
        partner = kernels.most_served(rows.start, rows.volunteer, first, elder_at, capacity)
        del first, elder_at
        reach = kernels.alternating_reach(rows.start, rows.volunteer, *_held(partner, n), partner < 0, n)
        return cls(partner, *reach)


class Network:
    """The problem as the compiled loops take it, and the plan and prices found so far."""

    def __init__(self, problem: AssignmentProblem, unmatched_cost: Index) -> None:
        self.problem, self.rows = problem, Rows.of(problem)
        self.unmatched_cost = unmatched_cost.astype(np.int64)
        n = problem.n_volunteers
        self.capacity = np.minimum(problem.capacity, problem.n_elders + 1)  # more are never filled
        self.gate_of, self.load_cost, self.limit = gates(problem), load_costs(problem), limits(problem)
        self.own = np.full(problem.n_elders, kernels.NOBODY, dtype=np.int64)
        self.price = np.zeros(2 * n, dtype=np.int64)

    def take(self, partner: Index, price: Index) -> None:
        """Hold a plan and prices, (2 n,) or (n,), for gates; of elders beyond capacities or limits the first stay."""
        self.own = self.rows.find(partner)
        for who, most in ((self.gate_of > 0, self.limit), (np.ones(len(self.own), dtype=bool), self.capacity)):
            held = np.flatnonzero((self.own >= 0) & who)
            volunteer = self.rows.volunteer[self.own[held]]
            order = np.argsort(volunteer, kind="stable")
            rank = np.arange(len(held)) - np.searchsorted(volunteer[order], volunteer[order])
            self.own[held[order][rank >= most[volunteer[order]]]] = kernels.NOBODY
        self.price = price.astype(np.int64) if len(price) == 2 * len(self.capacity) else np.tile(price, 2)
        self.price = np.where(self._closed(), _CLOSED, self.price)

    def take_up(self, start: Start) -> None:
        """Hold a plan and prices of another month: who was dear by what an unmatched elder cost is so by today's."""
        prices = start.prices.astype(np.int64)
        if start.unmatched_cost:
            rise = int(self.unmatched_cost.max(initial=0)) - start.unmatched_cost
            prices = np.where(prices > start.unmatched_cost // 2, prices + rise, prices)
        self.take(start.volunteer, prices)
        n, rows = len(self.capacity), self.rows
        served = self.own >= 0
        held = counts(rows.volunteer[self.own[served]], n)
        # of a volunteer who is new or had nobody no price is known: what a first place would save those around
        new = np.tile((held == 0) & (self.capacity > 0), 2)
        known = np.where(new, _CLOSED, self.price)
        pays = kernels.least_pays(rows.start, rows.volunteer, rows.cost, self.gate_of, known, self.unmatched_cost)
        worth = kernels.worth(rows.start, rows.volunteer, rows.cost, self.gate_of, pays, new)
        worth[:n] = np.maximum(worth[:n], worth[n:])
        worth[:n] = np.maximum(worth[:n], self.load_cost[:, 0])
        self.price = np.where(new & ~self._closed(), np.tile(worth[:n], 2), self.price)

    def pays(self) -> Index:
        """What each elder pays, (n_elders,)."""
        served = self.own >= 0
        arc = self.own[served]
        pays = self.unmatched_cost.copy()
        pays[served] = self.rows.cost[arc] + self.price[self.gate_of[served] + self.rows.volunteer[arc]]
        return pays

    def repair(self, most_scans: int = _MOST_SCANS) -> bool:
        """Make the plan the best one; False where that was given up: then the plan is none any more."""
        rows = self.rows
        _, done = repair(
            rows.start,
            rows.volunteer,
            rows.cost,
            self.unmatched_cost,
            self.gate_of,
            self.capacity,
            self.load_cost,
            self.limit,
            self.own,
            self.price,
            most_scans * max(len(rows.cost), 1),
        )
        return bool(done)

    def answer(self) -> tuple[Index, Index, Index]:
        """Chosen candidates, prices, and prices for limited elders: of closed gates what a first place would save."""
        problem, rows, n = self.problem, self.rows, len(self.capacity)
        closed = self._closed()
        saved = kernels.worth(rows.start, rows.volunteer, rows.cost, self.gate_of, self.pays(), closed)
        price = np.where(closed, saved, self.price)
        price[n:] = np.maximum(price[n:], price[:n])
        # without places the gate's limit is worth nothing, only the place
        price[:n] = np.where(self.capacity == 0, price[n:], price[:n])
        partner = self.own.copy()
        partner[self.own >= 0] = rows.volunteer[self.own[self.own >= 0]]
        if problem.by_elder:
            return np.asarray(kernels.found(rows.start, problem.volunteer, partner)), price[:n], price[n:]
        chosen = np.full(problem.n_elders, kernels.NOBODY, dtype=np.int64)
        index = np.flatnonzero(problem.volunteer == partner[problem.elder])
        chosen[problem.elder[index]] = index
        return chosen, price[:n], price[n:]

    def _closed(self) -> Mask:
        """Gates that lead nowhere."""
        full = self.capacity == 0
        return np.concatenate((full, full | (self.limit == 0)))


def cheapest(
    problem: AssignmentProblem, unmatched_cost: Index, start: Start | None = None
) -> tuple[Index, Index, Index]:
    """Chosen candidates, (n_elders,), prices and prices for limited elders, (n_volunteers,).

    Costs must fit 32 bits.
    """
    network = Network(problem, unmatched_cost)
    if start is not None:
        network.take_up(start)
        if network.repair(_MOST_SCANS_FROM_START):
            return network.answer()
    rows = network.rows
    # more places than candidates are never filled
    capacity = np.minimum(problem.capacity, counts(problem.volunteer, problem.n_volunteers))
    split = Split.of(rows, capacity)
    some = _likely(rows, split, capacity)
    full = int(unmatched_cost.max(initial=0))
    most_first = problem.is_plain and (unmatched_cost == full).all() and full >= displacement_bound(problem)
    groups = Groups.of(rows) if most_first else None
    while True:
        if groups is not None:
            some, partner = _by_split(some, groups, split, capacity)
        else:
            partner = _by_flow(some, network)
        network.take(partner, _exact_prices(some, partner, network))
        dear = rows.below(network.gate_of, network.price, network.pays())
        new = rows.where(dear)
        concerned = int((np.diff(new.start) > 0).sum())
        if concerned <= MOST_REPAIRS * problem.n_elders and network.repair():
            return network.answer()
        some = joined(some, new)


def _likely(rows: Rows, split: Split, capacity: Index) -> Rows:
    """The candidates that are near the cheapest at rough prices, and those of the matching."""
    n_elders, n = len(rows.start) - 1, len(capacity)
    low, high = min(int(rows.cost.min(initial=0)), 0), int(rows.cost.max(initial=0))
    short, spare = np.flatnonzero(split.elders), np.flatnonzero(~split.elders)
    # prices by part: those of the spare part first, then those of the short one
    part = np.where(split.elders, n, 0).astype(np.int64)
    open_spare, open_short = np.where(split.volunteers, 0, capacity), np.where(split.volunteers, capacity, 0)
    some, most_bids = rows, _MOST_BIDS * n_elders
    # the volunteers' rows are the largest arrays of all: costs above the lowest in 16 bits where they fit
    base, kind = (low, np.uint16) if high - low < 2**16 else (0, np.int32)
    for steps, margin in STAGES:
        step = max(1, (high - low) // steps)
        spare_price = auctions.elders_bid(some.start, some.volunteer, some.cost, spare, open_spare, step, most_bids)
        size = int(np.diff(some.start)[short].sum())
        elder_at, cost = np.empty(size, np.int32), np.empty(size, kind)
        first = kernels.transposed(some.start, some.volunteer, some.cost, short, n, base, elder_at, cost)
        kernels.sort_rows(first, elder_at, cost)
        paid, level = auctions.places_bid(first, elder_at, cost, open_short, n_elders, step, most_bids)
        del first, elder_at, cost
        price = np.concatenate(
            (np.where(open_spare > 0, spare_price, _CLOSED), np.where(open_short > 0, -level - base, _CLOSED))
        )
        least = kernels.least_totals(some.start, some.volunteer, some.cost, part, np.maximum(price, 0))
        least = np.where(split.elders, -paid, least)
        keep = some.below(part, price, least + int(margin * step) + 1)
        own = some.find(split.partner)
        keep[own[own >= 0]] = True
        some = some.where(keep)
    return some


def _by_split(some: Rows, groups: Groups, split: Split, capacity: Index) -> tuple[Rows, Index]:
    """Each elder's volunteer in the cheapest largest plan of some candidates, and these: a group's are all members'."""
    rows = groups.united(some, len(capacity))
    group = rows.elder
    short = split.elders[groups.members[groups.edges[:-1]]]
    size = np.diff(groups.edges)
    units = split_min_cost(group, rows.volunteer, rows.cost, size, capacity, short, split.volunteers)
    return groups.spelt_out(rows), groups.hand_out(group.astype(np.int64), rows.volunteer.astype(np.int64), units)


def _by_flow(some: Rows, network: Network) -> Index:
    """Each elder's volunteer in the cheapest plan of some candidates."""
    problem = network.problem
    few = problem.replace(
        elder=some.elder, volunteer=some.volunteer, cost=some.cost, unmatched_cost=network.unmatched_cost
    )
    chosen = min_cost_assignment(few, network.unmatched_cost)
    partner = chosen.copy()
    partner[chosen >= 0] = some.volunteer[chosen[chosen >= 0]]
    return partner


def _exact_prices(some: Rows, partner: Index, network: Network) -> Index:
    """The least prices of gates that support a plan of some candidates."""
    return np.asarray(
        least_prices(
            some.start,
            some.volunteer,
            some.cost,
            some.find(partner),
            network.unmatched_cost,
            network.gate_of,
            network.capacity,
            network.load_cost,
            network.limit,
            100 + 1000 * len(partner),
        )
    )


def _held(partner: Index, n_volunteers: int) -> tuple[Index, Index]:
    """The elders of each volunteer v: ``held[start[v]:start[v + 1]]``."""
    held = np.argsort(partner, kind="stable")
    return np.searchsorted(partner[held], np.arange(n_volunteers + 1)), held
