"""The cheapest plan at city size: the solver sees few candidates, the proof all of them.

A city is a transportation problem (``transportation.py``), which gives a plan and exact prices:

1. A largest matching that is best by tier says who can be served, and splits the city for good into levels
   (``levels.py``). Within them all unmatched elders are of one tier: what one costs counts beside the least of it.
2. Prices of all candidates are held against the plan. Where unmatched costs are too low beside chains of displacements
   to decide who is served, levels can be wrong, and prices tell so: then everybody has a way out at their own cost.

A volunteer who may have only so many of some elders is as good as two: one with the first so many places, one with the
others, which those elders may not take. Places cost no less in turn, so that of a cheapest plan of the halves no open
place is left for a dearer closed one, and limited elders who fit the limit fit the first places (``_unite_halves`` has
the prices). Where no plan was proved, the last resort is slower:

3. Candidates near what elders pay at the best prices known are let in. The min-cost flow over them is optimal for them,
   and has exact prices. They price *all* candidates. Those by which an elder could pay less are let in, until there are
   none: where they concern few elders these are led to their places by shortest paths, else the flow is solved anew.
   Then no reduced cost is below 0: the optimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.candidate_rows import Rows, SharedRows, merge_rows
from matcher.assignment.flow.held_plan import HeldPlan
from matcher.assignment.flow.kernels.least_duals import find_least_duals
from matcher.assignment.flow.kernels.shortest_paths import augment_by_shortest_paths
from matcher.assignment.flow.levels import DulmageMendelsohn
from matcher.assignment.flow.min_cost_flow import SolverError, solve_min_cost_flow
from matcher.assignment.flow.transportation import SPAN, TransportationPlan, solve_transportation
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index
from matcher.assignment.row_problem import RowProblem

Mask = NDArray[np.bool_]

MOST_REPAIRS = 3 / 10
"""Share of elders up to which their places are repaired one by one; beyond, the flow is solved anew."""
_MOST_SCANS = 300
"""Times all candidates let in are looked at, at which a repair is given up: the flow is solved anew with them."""
_NEAR = 30
"""Share of the range of costs by which candidates near the cheapest at another plan's prices may be dearer."""
_MOST_RANKS = 1_000
"""Ranks of unmatched costs beyond which levels would be too many."""


class RestrictedProblem(HeldPlan):
    """The problem with each elder's candidates spelt out, of which few are let in, and the plan and prices so far."""

    def __init__(self, held: HeldPlan) -> None:
        """Begin with a plan and prices."""
        problem = held.problem
        self.spelt = problem.expand() if isinstance(problem, RowProblem) else problem
        self.every = Rows.of(self.spelt)
        super().__init__(problem, SharedRows.each_own(self.every))
        self.take(held.partner, held.price)

    def choose_near(self) -> Rows:
        """Return the plan's candidates, and those near what each elder pays at least at the prices."""
        rows = self.every
        least = self.rows.price_elders(self.gate_of, self.price, self.unmatched_cost)
        margin = (int(rows.cost.max(initial=0)) - int(rows.cost.min(initial=0))) // _NEAR + 1
        near = rows.below(self.gate_of, self.price, least + margin)
        near[self.own[self.own >= 0]] = True
        return rows.where(near)

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


def solve_by_columns(problem: AssignmentProblem | RowProblem) -> tuple[Index, Index, Index]:
    """Return chosen candidates, (n_elders,), prices and prices for limited elders, (n_volunteers,).

    Costs must fit 32 bits.

    Args:
        problem: With ``unmatched_cost``, without ``use``.
    """
    held = HeldPlan(problem, SharedRows.of(problem))
    if _solve_as_transportation(held):
        return held.get_solution()
    network, done = RestrictedProblem(held), False
    some = network.choose_near()
    while not done:
        partner = _solve_by_flow(some, network)
        network.take(partner, _compute_exact_prices(some, partner, network))
        some, done = _price_in_columns(network, some)
    _lower_prices(network, some)
    return network.get_solution()


def _solve_as_transportation(held: HeldPlan) -> bool:
    """Let the cheapest plan and exact prices be held; return False where no such were found."""
    # more places than candidates are never filled; of the first the cost is a price
    n_candidates = held.rows.count_pairs(len(held.capacity))
    capacity = np.minimum(held.problem.capacity, np.maximum(n_candidates, 1))
    rank = _rank_unmatched_costs(held.rows, held.unmatched_cost)
    for tried in (rank, None) if rank is not None else (None,):
        plan = _try_transportation(held, capacity, tried)
        if plan is None:
            continue
        held.take(plan.partner, plan.price)
        if held.is_proved():
            return True
    return False


def _try_transportation(held: HeldPlan, capacity: Index, rank: Index | None) -> TransportationPlan | None:
    """Return the plan by levels of the ``rank``, or with a way out for all; None where costs are too far apart."""
    rows, unmatched_cost = held.rows, held.unmatched_cost
    base = np.zeros_like(unmatched_cost) if rank is None else _find_least_by_rank(unmatched_cost, rank)
    load_cost, limited = held.load_cost, held.problem.limited
    if not len(rows.cost) or not len(unmatched_cost):
        return None
    spans = (int(costs.max()) - int(costs.min()) for costs in (rows.cost, held.load_cost))
    if max(int(abs(unmatched_cost - base - rows.dearest).max()), *spans) >= SPAN:
        return None
    if limited is not None:
        rows, (capacity, load_cost) = rows.split_by_limit(limited), _split_places(capacity, load_cost, held.limit)
    split = DulmageMendelsohn.of(rows, capacity, np.ones_like(held.own) if rank is None else rank)
    try:
        plan = solve_transportation(
            rows, capacity, load_cost, split.partner, None if rank is None else split, unmatched_cost, base
        )
    except SolverError:
        return None
    return plan if limited is None else _unite_halves(plan, capacity, load_cost)


def _split_places(capacity: Index, load_cost: Index, limit: Index) -> tuple[Index, Index]:
    """Return places and load costs where each volunteer is two: the dearer places are closed to limited elders.

    Returns:
        capacity: Of 2 v the closed places, of 2 v + 1 the open ones, (2 n_volunteers,).
        load_cost: What those cost in turn, (2 n_volunteers, most places); one row where they cost nothing.
    """
    open_to_all = np.minimum(limit, capacity)
    halves = np.column_stack((capacity - open_to_all, open_to_all)).ravel()
    if not load_cost.any():
        return halves, load_cost[:1]
    most = load_cost.shape[1]
    closed = np.minimum(open_to_all[:, None] + np.arange(most), most - 1)
    both = np.stack((np.take_along_axis(load_cost, closed, axis=1), load_cost), axis=1)
    return halves, both.reshape(-1, most)


def _unite_halves(plan: TransportationPlan, capacity: Index, load_cost: Index) -> TransportationPlan:
    """Return the plan of volunteers who are one each, with prices of gates, the least where those of halves are.

    With c the cost of the last open place, q the price of open places, r that of closed ones: whoever may take both
    pays p = min(q, max(r, c)). A price below c says that no place from the last open one on is taken, so that r may be
    c as well. Then what places earn is the same for halves and for gates: max(0, q - c_k) = max(0, p - c_k) + q - p for
    each open place k, as p is q or no c_k is above it.
    """
    partner = np.where(plan.partner >= 0, plan.partner // 2, row_scans.NOBODY)
    closed, open_to_all = plan.price.reshape(-1, 2).T
    n_closed, n_open = capacity.reshape(-1, 2).T
    row = 2 * np.arange(len(n_open)) + 1 if len(load_cost) > 1 else np.zeros(len(n_open), dtype=np.int64)
    last = load_cost[row, np.maximum(n_open - 1, 0)]
    price = np.where(n_closed > 0, np.minimum(open_to_all, np.maximum(closed, last)), open_to_all)
    price = np.where(n_open > 0, price, closed)
    return TransportationPlan(partner, np.concatenate((price, np.maximum(open_to_all, price))))


def _price_in_columns(network: RestrictedProblem, some: Rows) -> tuple[Rows, bool]:
    """Let in missing candidates by their prices and repair the plan, until it is the best of all.

    Returns the candidates let in, and whether it came so far: not where much is missing.
    """
    rows = network.every
    while True:
        new = rows.where(rows.below(network.gate_of, network.price, network.price_elders()))
        if not len(new.cost):
            return some, True
        some = merge_rows(some, new)
        concerned = int((np.diff(new.start) > 0).sum())
        if concerned > MOST_REPAIRS * len(network.own) or not network.repair(some):
            return some, False


def _lower_prices(network: RestrictedProblem, some: Rows) -> None:
    """Lower prices that prove the plan to the least that do: repairs leave them anywhere.

    Candidates let in only keep prices up, so that this ends.
    """
    while True:
        network.take(network.partner, _compute_exact_prices(some, network.partner, network))
        new = network.every.where(network.every.below(network.gate_of, network.price, network.price_elders()))
        if not len(new.cost):
            return
        some = merge_rows(some, new)


def _rank_unmatched_costs(rows: SharedRows, unmatched_cost: Index) -> Index | None:
    """Return each elder's rank by what leaving them out costs, from 1; None where that may cost less than a candidate.

    Costs are of one rank where they differ by no more than one candidate from another, as by how long somebody waits.
    Ranks decide alone where they differ by more than any displacement changes (``price_tiers`` in
    matching/objective.py has the proof), and mostly where they differ by more than one candidate from another.
    """
    costs, place = np.unique(unmatched_cost, return_inverse=True)
    served = (rows.last > rows.first)[rows.row]
    if not served.any():
        return None
    highest, lowest = int(rows.dearest[served].max()), int(rows.cheapest[served].min())
    rank = np.cumsum(np.diff(costs, prepend=costs[0]) > highest - lowest) + 1
    return rank[place.reshape(-1)] if costs[0] > highest and rank[-1] <= _MOST_RANKS else None


def _find_least_by_rank(unmatched_cost: Index, rank: Index) -> Index:
    """Return the least that leaving out somebody of the same rank costs, (n_elders,)."""
    least = np.full(rank.max() + 1, unmatched_cost.max())
    np.minimum.at(least, rank, unmatched_cost)
    return np.asarray(least[rank])


def _solve_by_flow(some: Rows, network: RestrictedProblem) -> Index:
    """Return each elder's volunteer in the cheapest plan of some candidates."""
    few = network.spelt.replace(
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
