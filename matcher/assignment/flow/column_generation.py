"""The cheapest plan at city size: the solver sees few candidates, the proof all of them.

1. A largest matching that is best by tier says who can be served, and splits the city for good into levels: a
   volunteer's is that of the first tier among the unmatched elders who reach them (Dulmage and Mendelsohn 1958, a level
   each tier). Above level 0 every place is taken, and of each level only elders of its own tier may be left out. No
   candidate from level to level is in any best plan, and within them what an unmatched elder costs plays no role.
2. Auctions from each level's scarce side, ever finer over ever fewer candidates, give prices near the truth. Candidates
   that are dearer at these prices than the elder's best by more than a few steps are laid aside.
3. The min-cost flow over the rest is optimal for the rest, and has exact prices. They price *all* candidates. Those by
   which an elder could pay less are let in, until there are none: where they concern few elders these are led to their
   places by shortest paths, else the flow is solved anew. Then no reduced cost is below 0: the optimum.

Where places differ by load costs step 2 chooses candidates as if they did not, and step 3 sees them as they are. Where
elders are limited, or unmatched costs too near each other to decide alone who is served, there are no levels: step 3
solves the flow with the unmatched costs as they are.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.candidate_rows import Groups, Rows, joined
from matcher.assignment.flow.duals import gates, limits, load_costs
from matcher.assignment.flow.kernels import auctions, bipartite_matching
from matcher.assignment.flow.kernels.least_duals import least_prices
from matcher.assignment.flow.kernels.shortest_paths import repair
from matcher.assignment.flow.min_cost_flow import (
    displacement_bound,
    exchange_bound,
    min_cost_assignment,
    split_min_cost,
)
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, WarmStart, counts

Mask = NDArray[np.bool_]

STAGES = (((4, 12), 1.5), ((60,), 2))
"""Auctions over the same candidates: steps to the range of costs, and the last steps within which candidates stay.

Measured on a city of 205,000.
"""
MOST_REPAIRS = 1 / 20
"""Share of elders up to which their places are repaired one by one; beyond, the flow is solved anew."""
_STEPS_BACK = 3
"""Steps of an auction by which the next one begins below the payments it ended with."""
_MOST_BIDS = 100
"""Bids per elder at which an auction is stopped: it chooses candidates only, the proof does not rest on it."""
_MOST_SCANS = 20
"""Times all candidates let in are looked at, at which a repair is given up: the flow is solved anew with them."""
_NEAR = 30
"""Share of the range of costs by which candidates near the cheapest at another plan's prices may be dearer."""
_CLOSED = 2**60
"""Price of a volunteer whose places are not to be had."""
_LEVEL = 2**40
"""What rough prices rise by from one level to the next: more than any candidate costs more than another."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A best matching by weight, and the levels of those who depend on too few places: 0 for those who do not."""

    partner: Index
    """Each elder's volunteer, -1 for none."""
    elders: Index
    """Each elder's level."""
    volunteers: Index
    """Each volunteer's level: above 0 all places are taken."""
    reached_by: Index
    """The elder by whom each volunteer above level 0 is reached from one left out; they may be paired."""
    optional: Mask
    """Elders who weigh no more than their level: of them alone some are left out."""

    @classmethod
    def of(cls, rows: Rows, capacity: Index, weight: Index) -> Split:
        """The split, which is the same whatever best matching shows it."""
        first, elder_at = bipartite_matching.elders_at(rows.start, rows.volunteer, len(capacity))
        order = np.argsort(-weight, kind="stable")
        partner = bipartite_matching.most_served(rows.start, rows.volunteer, first, elder_at, capacity, order)
        level, reached_by = bipartite_matching.heaviest_served(rows.start, rows.volunteer, capacity, weight, partner)
        reached_by = np.where(level > 0, reached_by, row_scans.NOBODY)
        elder_level = bipartite_matching.elder_levels(rows.start, rows.volunteer, level, weight)
        return cls(partner, elder_level, level, reached_by, elder_level == weight)


class Network:
    """The problem as the compiled loops take it, and the plan and prices found so far."""

    def __init__(self, problem: AssignmentProblem, unmatched_cost: Index) -> None:
        self.problem, self.rows = problem, Rows.of(problem)
        self.unmatched_cost = unmatched_cost.astype(np.int64)
        n = problem.n_volunteers
        self.capacity = np.minimum(problem.capacity, problem.n_elders + 1)  # more are never filled
        self.gate_of, self.load_cost, self.limit = gates(problem), load_costs(problem), limits(problem)
        self.own = np.full(problem.n_elders, row_scans.NOBODY, dtype=np.int64)
        self.price = np.zeros(2 * n, dtype=np.int64)

    def take(self, partner: Index, price: Index) -> None:
        """Hold a plan and prices, (2 n,) or (n,), for gates; of elders beyond capacities or limits the first stay."""
        self.own = self.rows.find(partner)
        for who, most in ((self.gate_of > 0, self.limit), (np.ones(len(self.own), dtype=bool), self.capacity)):
            held = np.flatnonzero((self.own >= 0) & who)
            volunteer = self.rows.volunteer[self.own[held]]
            order = np.argsort(volunteer, kind="stable")
            rank = np.arange(len(held)) - np.searchsorted(volunteer[order], volunteer[order])
            self.own[held[order][rank >= most[volunteer[order]]]] = row_scans.NOBODY
        self.price = price.astype(np.int64) if len(price) == 2 * len(self.capacity) else np.tile(price, 2)
        self.price = np.where(self._closed(), _CLOSED, self.price)

    def take_up(self, start: WarmStart) -> Rows:
        """Hold another plan and its prices; the candidates that are near the cheapest at these, and the plan's own."""
        self.take(start.volunteer, start.prices)
        n, rows = len(self.capacity), self.rows
        held = counts(rows.volunteer[self.own[self.own >= 0]], n)
        # of a volunteer who is new or had nobody no price is known: what a first place would save those around
        new = np.tile((held == 0) & (self.capacity > 0), 2)
        known = np.where(new, _CLOSED, self.price)
        pays = row_scans.least_pays(rows.start, rows.volunteer, rows.cost, self.gate_of, known, self.unmatched_cost)
        worth = row_scans.worth(rows.start, rows.volunteer, rows.cost, self.gate_of, pays, new)
        worth[:n] = np.maximum(worth[:n], worth[n:])
        worth[:n] = np.maximum(worth[:n], self.load_cost[:, 0])
        self.price = np.where(new & ~self._closed(), np.tile(worth[:n], 2), self.price)
        least = row_scans.least_pays(
            rows.start, rows.volunteer, rows.cost, self.gate_of, self.price, self.unmatched_cost
        )
        margin = (int(rows.cost.max()) - int(rows.cost.min())) // _NEAR
        near = rows.below(self.gate_of, self.price, least + margin)
        near[self.own[self.own >= 0]] = True
        return rows.where(near)

    def pays(self) -> Index:
        """What each elder pays, (n_elders,)."""
        who = self.own >= 0
        arc = self.own[who]
        pays = self.unmatched_cost.copy()
        pays[who] = self.rows.cost[arc] + self.price[self.gate_of[who] + self.rows.volunteer[arc]]
        return pays

    def repair(self, some: Rows) -> bool:
        """Make the plan the best one of some candidates; False where that took too long: then it is none any more."""
        partner = self.partner
        own = some.find(partner)
        _, done = repair(
            some.start,
            some.volunteer,
            some.cost,
            self.unmatched_cost,
            self.gate_of,
            self.capacity,
            self.load_cost,
            self.limit,
            own,
            self.price,
            _MOST_SCANS * max(len(some.cost), 1),
        )
        if done:
            partner[:] = row_scans.NOBODY
            partner[own >= 0] = some.volunteer[own[own >= 0]]
            self.own = self.rows.find(partner)
        return bool(done)

    @property
    def partner(self) -> Index:
        """Each elder's volunteer, -1 for none."""
        partner = self.own.copy()
        partner[self.own >= 0] = self.rows.volunteer[self.own[self.own >= 0]]
        return partner

    def answer(self) -> tuple[Index, Index, Index]:
        """Chosen candidates, prices, and prices for limited elders: of closed gates what a first place would save."""
        problem, rows, n = self.problem, self.rows, len(self.capacity)
        closed = self._closed()
        saved = row_scans.worth(rows.start, rows.volunteer, rows.cost, self.gate_of, self.pays(), closed)
        price = np.where(closed, saved, self.price)
        price[n:] = np.maximum(price[n:], price[:n])
        # without places the gate's limit is worth nothing, only the place
        price[:n] = np.where(self.capacity == 0, price[n:], price[:n])
        partner = self.partner
        if problem.by_elder:
            return np.asarray(row_scans.found(rows.start, problem.volunteer, partner)), price[:n], price[n:]
        chosen = np.full(problem.n_elders, row_scans.NOBODY, dtype=np.int64)
        index = np.flatnonzero(problem.volunteer == partner[problem.elder])
        chosen[problem.elder[index]] = index
        return chosen, price[:n], price[n:]

    def _closed(self) -> Mask:
        """Gates that lead nowhere."""
        full = self.capacity == 0
        return np.concatenate((full, full | (self.limit == 0)))


def cheapest(
    problem: AssignmentProblem, unmatched_cost: Index, start: WarmStart | None = None
) -> tuple[Index, Index, Index]:
    """Chosen candidates, (n_elders,), prices and prices for limited elders, (n_volunteers,).

    Costs must fit 32 bits.
    """
    network = Network(problem, unmatched_cost)
    if start is not None:
        some = network.take_up(start)
        if network.repair(some) and _mended(network, some, None)[1]:
            return network.answer()
    rows = network.rows
    # more places than candidates are never filled
    capacity = np.minimum(problem.capacity, counts(problem.volunteer, problem.n_volunteers))
    weight = _weights(problem, unmatched_cost)
    split = Split.of(rows, capacity, np.ones_like(network.own) if weight is None else weight)
    some = _likely(rows, split, capacity)
    groups = None if weight is None else Groups.of(rows, 2 * split.elders + split.optional)
    done = False
    while not done:
        if groups is not None:
            some, partner = _by_split(some, groups, split, problem)
        else:
            partner = _by_flow(some, network)
        network.take(partner, _exact_prices(some, partner, network))
        some, done = _mended(network, some, None if groups is None else split)
    return network.answer()


def _mended(network: Network, some: Rows, split: Split | None) -> tuple[Rows, bool]:
    """Let in whatever is missing among some candidates and repair the plan, until it is the best of all.

    Returns the candidates let in, and whether it came so far: not where much is missing.
    """
    rows = network.rows
    while True:
        new = rows.where(rows.below(network.gate_of, network.price, network.pays()))
        if split is not None:
            # between levels nobody is ever matched; where prices say so, a candidate of the elder's own level does too
            new = new.where(split.elders[new.elder] == split.volunteers[new.volunteer])
        if not len(new.cost):
            return some, True
        some = joined(some, new)
        concerned = int((np.diff(new.start) > 0).sum())
        if concerned > MOST_REPAIRS * len(network.own) or not network.repair(some):
            return some, False


def _weights(problem: AssignmentProblem, unmatched_cost: Index) -> Index | None:
    """Each elder's rank by what leaving them out costs, from 1; None where not the ranks alone decide who is served.

    They do where costs rise by more than any displacement changes (``tier_costs`` in matching/build_problem.py
    has the proof).
    """
    costs, rank = np.unique(unmatched_cost, return_inverse=True)
    if problem.limited is not None or not len(costs) or costs[0] < displacement_bound(problem):
        return None
    return rank.reshape(-1) + 1 if (np.diff(costs) >= exchange_bound(problem)).all() else None


def _likely(rows: Rows, split: Split, capacity: Index) -> Rows:
    """The candidates that are near the cheapest at rough prices, and those of the matching."""
    low, high = min(int(rows.cost.min(initial=0)), 0), int(rows.cost.max(initial=0))
    short, spare = np.flatnonzero(split.elders > 0), np.flatnonzero(split.elders == 0)
    full = split.volunteers > 0
    open_spare, open_short = np.where(full, 0, capacity), np.where(full, capacity, 0)
    direct = np.zeros(len(split.elders), dtype=np.int64)
    paid, before = np.zeros_like(direct), 0
    some, most_bids = rows, _MOST_BIDS * len(split.elders)
    # the volunteers' rows are the largest arrays of all: costs above the lowest in 16 bits where they fit
    base, kind = (low, np.uint16) if high - low < 2**16 else (0, np.int32)
    for finer, margin in STAGES:
        steps = [max(1, (high - low) // parts) for parts in finer]
        with ThreadPoolExecutor(1) as beside:
            arrays = some.start, some.volunteer, some.cost
            spare_price = beside.submit(auctions.elders_bid, *arrays, spare, open_spare, steps[-1], most_bids)
            first, elder_at, cost = _volunteers_rows(some, short, split, base, kind)
            for step in steps:
                paid = np.maximum(paid - _STEPS_BACK * before, 0)
                before = step
                level = auctions.places_bid(first, elder_at, cost, open_short, paid, step, most_bids)
            del first, elder_at, cost
        price = np.where(full, -level - base + _LEVEL * split.volunteers, spare_price.result())
        price = np.where(capacity > 0, price, _CLOSED)
        least = row_scans.least_totals(*arrays, direct, np.maximum(price, 0))
        least = np.where(split.elders > 0, _LEVEL * split.elders - paid, least)
        keep = some.below(direct, price, least + int(margin * steps[-1]) + 1)
        own = some.find(split.partner)
        keep[own[own >= 0]] = True
        row_scans.mark(some.start, some.volunteer, split.reached_by, keep)
        some = some.where(keep)
    return some


def _volunteers_rows(
    some: Rows, elders: Index, split: Split, base: int, kind: type[np.integer]
) -> tuple[Index, NDArray[np.int32], NDArray[np.integer]]:
    """Rows of the volunteers: where each starts, some elders of the volunteer's own level, costs above ``base``."""
    size = int(np.diff(some.start)[elders].sum())
    elder_at, cost = np.empty(size, np.int32), np.empty(size, kind)
    arrays = some.start, some.volunteer, some.cost
    first = row_scans.transposed(*arrays, elders, split.elders, split.volunteers, base, elder_at, cost)
    elder_at, cost = elder_at[: first[-1]], cost[: first[-1]]
    row_scans.sort_rows(first, elder_at, cost)
    return first, elder_at, cost


def _by_split(some: Rows, groups: Groups, split: Split, problem: AssignmentProblem) -> tuple[Rows, Index]:
    """Each elder's volunteer in the cheapest best plan of some candidates, and these: a group's are all members'."""
    rows = groups.united(some, problem.n_volunteers)
    group = rows.elder
    optional = split.optional[groups.members[groups.edges[:-1]]]
    size = np.diff(groups.edges)
    units = split_min_cost(group, rows.volunteer, rows.cost, size, optional, split.volunteers > 0, problem)
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
