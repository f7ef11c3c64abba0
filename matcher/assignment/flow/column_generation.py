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

from matcher.assignment.flow.candidate_rows import Groups, Rows, merge_rows
from matcher.assignment.flow.duals import get_limits, get_load_costs, number_gates
from matcher.assignment.flow.kernels import auctions, bipartite_matching
from matcher.assignment.flow.kernels.least_duals import find_least_duals
from matcher.assignment.flow.kernels.shortest_paths import augment_by_shortest_paths
from matcher.assignment.flow.min_cost_flow import (
    bound_displacement,
    bound_exchange,
    solve_grouped_flow,
    solve_min_cost_flow,
)
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, WarmStart, count_occurrences

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
class DulmageMendelsohn:
    """A best matching by weight, and the level of everybody: 0 for those who depend on no scarce place."""

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
    def of(cls, rows: Rows, capacity: Index, weight: Index) -> DulmageMendelsohn:
        """Return the decomposition, which is the same whatever best matching shows it."""
        first, elder_at = bipartite_matching.list_elders(rows.start, rows.volunteer, len(capacity))
        order = np.argsort(-weight, kind="stable")
        partner = bipartite_matching.find_max_cardinality_matching(
            rows.start, rows.volunteer, first, elder_at, capacity, order
        )
        level, reached_by = bipartite_matching.find_max_weight_served_set(
            rows.start, rows.volunteer, capacity, weight, partner
        )
        reached_by = np.where(level > 0, reached_by, row_scans.NOBODY)
        elder_level = bipartite_matching.compute_elder_levels(rows.start, rows.volunteer, level, weight)
        return cls(partner, elder_level, level, reached_by, elder_level == weight)


class RestrictedProblem:
    """The problem as the compiled loops take it, and the plan and prices found so far."""

    def __init__(self, problem: AssignmentProblem, unmatched_cost: Index) -> None:
        self.problem, self.rows = problem, Rows.of(problem)
        self.unmatched_cost = unmatched_cost.astype(np.int64)
        n = problem.n_volunteers
        self.capacity = np.minimum(problem.capacity, problem.n_elders + 1)  # more are never filled
        self.gate_of, self.load_cost, self.limit = number_gates(problem), get_load_costs(problem), get_limits(problem)
        self.own = np.full(problem.n_elders, row_scans.NOBODY, dtype=np.int64)
        self.price = np.zeros(2 * n, dtype=np.int64)

    def take(self, partner: Index, price: Index) -> None:
        """Hold a plan and prices, (2 n,) or (n,), for gates; of elders beyond capacities or limits keep the first."""
        self.own = self.rows.find(partner)
        for who, most in ((self.gate_of > 0, self.limit), (np.ones(len(self.own), dtype=bool), self.capacity)):
            held = np.flatnonzero((self.own >= 0) & who)
            volunteer = self.rows.volunteer[self.own[held]]
            order = np.argsort(volunteer, kind="stable")
            rank = np.arange(len(held)) - np.searchsorted(volunteer[order], volunteer[order])
            self.own[held[order][rank >= most[volunteer[order]]]] = row_scans.NOBODY
        self.price = price.astype(np.int64) if len(price) == 2 * len(self.capacity) else np.tile(price, 2)
        self.price = np.where(self._find_closed_gates(), _CLOSED, self.price)

    def start_from(self, start: WarmStart) -> Rows:
        """Hold another plan and its prices; return its candidates and those near the cheapest at these."""
        self.take(start.volunteer, start.prices)
        n, rows = len(self.capacity), self.rows
        held = count_occurrences(rows.volunteer[self.own[self.own >= 0]], n)
        # of a volunteer who is new or had nobody no price is known: what a first place would save those around
        new = np.tile((held == 0) & (self.capacity > 0), 2)
        known = np.where(new, _CLOSED, self.price)
        pays = row_scans.price_elders(rows.start, rows.volunteer, rows.cost, self.gate_of, known, self.unmatched_cost)
        worth = row_scans.value_gates(rows.start, rows.volunteer, rows.cost, self.gate_of, pays, new)
        worth[:n] = np.maximum(worth[:n], worth[n:])
        worth[:n] = np.maximum(worth[:n], self.load_cost[:, 0])
        self.price = np.where(new & ~self._find_closed_gates(), np.tile(worth[:n], 2), self.price)
        least = row_scans.price_elders(
            rows.start, rows.volunteer, rows.cost, self.gate_of, self.price, self.unmatched_cost
        )
        margin = (int(rows.cost.max()) - int(rows.cost.min())) // _NEAR
        near = rows.below(self.gate_of, self.price, least + margin)
        near[self.own[self.own >= 0]] = True
        return rows.where(near)

    def price_elders(self) -> Index:
        """Return what each elder pays, (n_elders,)."""
        who = self.own >= 0
        arc = self.own[who]
        pays = self.unmatched_cost.copy()
        pays[who] = self.rows.cost[arc] + self.price[self.gate_of[who] + self.rows.volunteer[arc]]
        return pays

    def repair(self, some: Rows) -> bool:
        """Make the plan the best one of some candidates; return False where that took too long and the plan is lost."""
        partner = self.partner
        own = some.find(partner)
        _, done = augment_by_shortest_paths(
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
        """Return each elder's volunteer, -1 for none."""
        partner = self.own.copy()
        partner[self.own >= 0] = self.rows.volunteer[self.own[self.own >= 0]]
        return partner

    def get_solution(self) -> tuple[Index, Index, Index]:
        """Return chosen candidates, prices, and those of limited gates; a closed gate's is what a first place saves."""
        problem, rows, n = self.problem, self.rows, len(self.capacity)
        closed = self._find_closed_gates()
        saved = row_scans.value_gates(rows.start, rows.volunteer, rows.cost, self.gate_of, self.price_elders(), closed)
        price = np.where(closed, saved, self.price)
        price[n:] = np.maximum(price[n:], price[:n])
        # without places the gate's limit is worth nothing, only the place
        price[:n] = np.where(self.capacity == 0, price[n:], price[:n])
        partner = self.partner
        if problem.by_elder:
            return np.asarray(row_scans.find_partners(rows.start, problem.volunteer, partner)), price[:n], price[n:]
        chosen = np.full(problem.n_elders, row_scans.NOBODY, dtype=np.int64)
        index = np.flatnonzero(problem.volunteer == partner[problem.elder])
        chosen[problem.elder[index]] = index
        return chosen, price[:n], price[n:]

    def _find_closed_gates(self) -> Mask:
        """Return the mask of gates that lead nowhere."""
        full = self.capacity == 0
        return np.concatenate((full, full | (self.limit == 0)))


def solve_by_columns(
    problem: AssignmentProblem, unmatched_cost: Index, start: WarmStart | None = None
) -> tuple[Index, Index, Index]:
    """Return chosen candidates, (n_elders,), prices and prices for limited elders, (n_volunteers,).

    Costs must fit 32 bits.
    """
    network = RestrictedProblem(problem, unmatched_cost)
    if start is not None:
        some = network.start_from(start)
        if network.repair(some) and _price_in_columns(network, some, None)[1]:
            return network.get_solution()
    rows = network.rows
    # more places than candidates are never filled
    capacity = np.minimum(problem.capacity, count_occurrences(problem.volunteer, problem.n_volunteers))
    weight = _rank_unmatched_costs(problem, unmatched_cost)
    split = DulmageMendelsohn.of(rows, capacity, np.ones_like(network.own) if weight is None else weight)
    some = _choose_initial_columns(rows, split, capacity)
    groups = None if weight is None else Groups.of(rows, 2 * split.elders + split.optional)
    done = False
    while not done:
        if groups is not None:
            some, partner = _solve_by_levels(some, groups, split, problem)
        else:
            partner = _solve_by_flow(some, network)
        network.take(partner, _compute_exact_prices(some, partner, network))
        some, done = _price_in_columns(network, some, None if groups is None else split)
    return network.get_solution()


def _price_in_columns(network: RestrictedProblem, some: Rows, split: DulmageMendelsohn | None) -> tuple[Rows, bool]:
    """Let in missing candidates by their prices and repair the plan, until it is the best of all.

    Returns the candidates let in, and whether it came so far: not where much is missing.
    """
    rows = network.rows
    while True:
        new = rows.where(rows.below(network.gate_of, network.price, network.price_elders()))
        if split is not None:
            # between levels nobody is ever matched; where prices say so, a candidate of the elder's own level does too
            new = new.where(split.elders[new.elder] == split.volunteers[new.volunteer])
        if not len(new.cost):
            return some, True
        some = merge_rows(some, new)
        concerned = int((np.diff(new.start) > 0).sum())
        if concerned > MOST_REPAIRS * len(network.own) or not network.repair(some):
            return some, False


def _rank_unmatched_costs(problem: AssignmentProblem, unmatched_cost: Index) -> Index | None:
    """Return each elder's rank by what leaving them out costs, from 1; None where ranks alone do not decide.

    They do where costs rise by more than any displacement changes (``price_tiers`` in matching/objective.py
    has the proof).
    """
    costs, rank = np.unique(unmatched_cost, return_inverse=True)
    if problem.limited is not None or not len(costs) or costs[0] < bound_displacement(problem):
        return None
    return rank.reshape(-1) + 1 if (np.diff(costs) >= bound_exchange(problem)).all() else None


def _choose_initial_columns(rows: Rows, split: DulmageMendelsohn, capacity: Index) -> Rows:
    """Return the candidates near the cheapest at rough prices, and those of the matching."""
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
            spare_price = beside.submit(auctions.bid_as_elders, *arrays, spare, open_spare, steps[-1], most_bids)
            first, elder_at, cost = _transpose_rows(some, short, split, base, kind)
            for step in steps:
                paid = np.maximum(paid - _STEPS_BACK * before, 0)
                before = step
                level = auctions.bid_as_places(first, elder_at, cost, open_short, paid, step, most_bids)
            del first, elder_at, cost
        price = np.where(full, -level - base + _LEVEL * split.volunteers, spare_price.result())
        price = np.where(capacity > 0, price, _CLOSED)
        least = row_scans.find_least_totals(*arrays, direct, np.maximum(price, 0))
        least = np.where(split.elders > 0, _LEVEL * split.elders - paid, least)
        keep = some.below(direct, price, least + int(margin * steps[-1]) + 1)
        own = some.find(split.partner)
        keep[own[own >= 0]] = True
        row_scans.mark_candidates(some.start, some.volunteer, split.reached_by, keep)
        some = some.where(keep)
    return some


def _transpose_rows(
    some: Rows, elders: Index, split: DulmageMendelsohn, base: int, kind: type[np.integer]
) -> tuple[Index, NDArray[np.int32], NDArray[np.integer]]:
    """Return rows of the volunteers: where each starts, elders of the volunteer's own level, costs above ``base``."""
    size = int(np.diff(some.start)[elders].sum())
    elder_at, cost = np.empty(size, np.int32), np.empty(size, kind)
    arrays = some.start, some.volunteer, some.cost
    first = row_scans.transpose_rows(*arrays, elders, split.elders, split.volunteers, base, elder_at, cost)
    elder_at, cost = elder_at[: first[-1]], cost[: first[-1]]
    row_scans.sort_rows(first, elder_at, cost)
    return first, elder_at, cost


def _solve_by_levels(
    some: Rows, groups: Groups, split: DulmageMendelsohn, problem: AssignmentProblem
) -> tuple[Rows, Index]:
    """Return each elder's volunteer in the cheapest best plan of some candidates, and these for all group members."""
    rows = groups.unite(some, problem.n_volunteers)
    group = rows.elder
    optional = split.optional[groups.members[groups.edges[:-1]]]
    size = np.diff(groups.edges)
    units = solve_grouped_flow(group, rows.volunteer, rows.cost, size, optional, split.volunteers > 0, problem)
    return groups.expand(rows), groups.distribute(group.astype(np.int64), rows.volunteer.astype(np.int64), units)


def _solve_by_flow(some: Rows, network: RestrictedProblem) -> Index:
    """Return each elder's volunteer in the cheapest plan of some candidates."""
    problem = network.problem
    few = problem.replace(
        elder=some.elder, volunteer=some.volunteer, cost=some.cost, unmatched_cost=network.unmatched_cost
    )
    chosen = solve_min_cost_flow(few, network.unmatched_cost)
    partner = chosen.copy()
    partner[chosen >= 0] = some.volunteer[chosen[chosen >= 0]]
    return partner


def _compute_exact_prices(some: Rows, partner: Index, network: RestrictedProblem) -> Index:
    """Return the least prices of gates that support a plan of some candidates."""
    price, _ = find_least_duals(
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
    return np.asarray(price)
