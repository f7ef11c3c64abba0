"""The cheapest plan at city size: the solver sees few candidates, the proof all of them.

A city is a transportation problem (``transportation.py``), which gives a plan and exact prices:

1. A largest matching that is best by tier says who can be served, and splits the city for good into levels
   (``levels.py``). Within them what an unmatched elder costs plays no role.
2. Prices of all candidates are held against the plan. Where unmatched costs are too low beside chains of displacements
   to decide who is served, levels can be wrong, and prices tell so: then everybody has a way out at their own cost.

A volunteer who may have only so many of some elders is as good as two: one with so many places, one with the others,
which those elders may not take. With load costs beside, which of the two is filled first would matter. That is not
done; there, and where no plan was proved, the last resort is slower:

3. Candidates near what elders pay at the best prices known are let in. The min-cost flow over them is optimal for them,
   and has exact prices. They price *all* candidates. Those by which an elder could pay less are let in, until there are
   none: where they concern few elders these are led to their places by shortest paths, else the flow is solved anew.
   Then no reduced cost is below 0: the optimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.candidate_rows import Rows, merge_rows
from matcher.assignment.flow.duals import get_limits, get_load_costs, number_gates
from matcher.assignment.flow.kernels import hub_rows
from matcher.assignment.flow.kernels.least_duals import find_least_duals
from matcher.assignment.flow.kernels.shortest_paths import augment_by_shortest_paths
from matcher.assignment.flow.levels import DulmageMendelsohn
from matcher.assignment.flow.min_cost_flow import SolverError, solve_min_cost_flow
from matcher.assignment.flow.transportation import SPAN, TransportationPlan, find_dearest, solve_transportation
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, count_occurrences

Mask = NDArray[np.bool_]

MOST_REPAIRS = 1 / 20
"""Share of elders up to which their places are repaired one by one; beyond, the flow is solved anew."""
_MOST_SCANS = 20
"""Times all candidates let in are looked at, at which a repair is given up: the flow is solved anew with them."""
_NEAR = 30
"""Share of the range of costs by which candidates near the cheapest at another plan's prices may be dearer."""
_CLOSED = 2**60
"""Price of a volunteer whose places are not to be had."""
_MOST_RANKS = 1_000
"""Ranks of unmatched costs beyond which levels would be too many."""


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

    def choose_near(self) -> Rows:
        """Return the plan's candidates, and those near what each elder pays at least at the prices."""
        rows = self.rows
        least = row_scans.price_elders(
            rows.start, rows.volunteer, rows.cost, self.gate_of, self.price, self.unmatched_cost
        )
        margin = (int(rows.cost.max(initial=0)) - int(rows.cost.min(initial=0))) // _NEAR + 1
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
        """Return chosen candidates, prices, and those of limited gates.

        A gate by which nobody can go, or whose places those by the other gate hold, costs what a place more would save.
        """
        problem, n = self.problem, len(self.capacity)
        held, limited_held = self._count_held()
        has_no_place, has_room = self.capacity == 0, limited_held < self.limit
        is_unused = np.concatenate((has_no_place | ((limited_held >= self.capacity) & ~has_room), self.limit == 0))
        is_unused[n:] |= has_no_place
        least = np.append(np.zeros(n, dtype=np.int64), np.full(n, -_CLOSED))
        index = np.flatnonzero(self.capacity > 0)
        row = index if len(self.load_cost) > 1 else np.zeros_like(index)
        least[index] = self.load_cost[row, np.maximum(held[index] - 1, 0)]
        price = np.where(is_unused, self._value_gates(self.price_elders(), is_unused, least), self.price)
        price[n:] = np.maximum(price[n:], price[:n])
        # where the limit leaves room, a first place is worth what it is to limited elders
        price[:n] = np.where(has_no_place & has_room, price[n:], price[:n])
        partner = self.partner
        if problem.by_elder:
            return (
                np.asarray(row_scans.find_partners(self.rows.start, problem.volunteer, partner)),
                price[:n],
                price[n:],
            )
        chosen = np.full(problem.n_elders, row_scans.NOBODY, dtype=np.int64)
        index = np.flatnonzero(problem.volunteer == partner[problem.elder])
        chosen[problem.elder[index]] = index
        return chosen, price[:n], price[n:]

    def is_proved(self) -> bool:
        """Return whether no elder could pay less at the prices, and gates are filled as far as they are worth it."""
        rows = self.rows
        arrays = rows.start, rows.volunteer, rows.cost, self.gate_of, self.price, self.unmatched_cost
        n = len(self.capacity)
        held, limited_held = self._count_held()
        index = np.flatnonzero(self.capacity > 0)
        limited_held = limited_held[index]
        price, held, most = self.price[index], held[index], self.capacity[index]
        row = index if len(self.load_cost) > 1 else np.zeros_like(index)
        last = self.load_cost[row, np.maximum(held - 1, 0)]
        following = self.load_cost[row, np.minimum(held, most - 1)]
        more = (self.price[n + index] - price)[self.limit[index] > 0]
        fits = (more >= 0).all() and (more == 0)[(limited_held < self.limit[index])[self.limit[index] > 0]].all()
        fits &= (price[held > 0] >= last[held > 0]).all() and (price <= following)[held < most].all()
        return bool(fits and (row_scans.price_elders(*arrays) == self.price_elders()).all())

    def _value_gates(self, pays: Index, gates: Mask, least: Index) -> Index:
        """Return the most that a place at each gate of the mask would save an elder, not below ``least``."""
        rows = self.rows
        arrays = rows.start, rows.volunteer, rows.cost, self.gate_of
        return np.asarray(row_scans.value_gates(*arrays, pays, gates, least))

    def _count_held(self) -> tuple[Index, Index]:
        """Return how many elders each volunteer has, and how many limited ones."""
        volunteer, n = self.rows.volunteer, len(self.capacity)
        is_limited = (self.own >= 0) & (self.gate_of > 0)
        held, limited_held = (count_occurrences(volunteer[self.own[who]], n) for who in (self.own >= 0, is_limited))
        return held, limited_held

    def _find_closed_gates(self) -> Mask:
        """Return the mask of gates that lead nowhere."""
        full = self.capacity == 0
        return np.concatenate((full, full | (self.limit == 0)))


def solve_by_columns(problem: AssignmentProblem, unmatched_cost: Index) -> tuple[Index, Index, Index]:
    """Return chosen candidates, (n_elders,), prices and prices for limited elders, (n_volunteers,).

    Costs must fit 32 bits.
    """
    network = RestrictedProblem(problem, unmatched_cost)
    # more places than candidates are never filled; of the first the cost is a price
    n_candidates = count_occurrences(problem.volunteer, problem.n_volunteers)
    capacity = np.minimum(problem.capacity, np.maximum(n_candidates, 1))
    if _solve_as_transportation(network, capacity):
        return network.get_solution()
    some = network.choose_near()
    done = False
    while not done:
        partner = _solve_by_flow(some, network)
        network.take(partner, _compute_exact_prices(some, partner, network))
        some, done = _price_in_columns(network, some)
    _lower_prices(network, some)
    return network.get_solution()


def _solve_as_transportation(network: RestrictedProblem, capacity: Index) -> bool:
    """Let the network hold the cheapest plan and exact prices; return False where no such were found."""
    rank = _rank_unmatched_costs(network.rows, network.unmatched_cost)
    for by_levels in (True, False) if rank is not None else (False,):
        plan = _try_transportation(network, capacity, rank if by_levels else None)
        if plan is None:
            continue
        network.take(plan.partner, plan.price)
        if network.is_proved():
            return True
    return False


def _try_transportation(network: RestrictedProblem, capacity: Index, rank: Index | None) -> TransportationPlan | None:
    """Return the plan by levels of the ``rank``, or with a way out for all; None where costs are too far apart."""
    problem, rows, unmatched_cost = network.problem, network.rows, network.unmatched_cost
    base = np.zeros_like(unmatched_cost) if rank is None else unmatched_cost
    has_both = problem.limited is not None and problem.load_cost is not None
    if has_both or not len(rows.cost) or not len(unmatched_cost):
        return None
    out_cost = unmatched_cost - base - find_dearest(rows)
    spans = (int(costs.max()) - int(costs.min()) for costs in (rows.cost, network.load_cost))
    if max(int(abs(out_cost).max()), *spans) >= SPAN:
        return None
    if problem.limited is not None:
        rows, capacity = _split_by_limit(rows, capacity, problem.limited, network.limit)
    split = DulmageMendelsohn.of(rows, capacity, np.ones_like(network.own) if rank is None else rank)
    try:
        plan = solve_transportation(
            rows, capacity, network.load_cost, split.partner, None if rank is None else split, unmatched_cost, base
        )
    except SolverError:
        return None
    return plan if problem.limited is None else _unite_halves(plan, capacity)


def _split_by_limit(rows: Rows, capacity: Index, limited: Mask, limit: Index) -> tuple[Rows, Index]:
    """Return rows and places where each volunteer is two: without, and with the places that limited elders may take."""
    open_to_all = np.minimum(limit, capacity)
    halves = np.column_stack((capacity - open_to_all, open_to_all)).ravel()
    return Rows(*hub_rows.split_by_limit(rows.start, rows.volunteer, rows.cost, limited)), halves


def _unite_halves(plan: TransportationPlan, capacity: Index) -> TransportationPlan:
    """Return the plan of volunteers who are one each, with prices of gates.

    A place that all may take costs no less than one that some may not: else nobody would take the latter.
    """
    partner = np.where(plan.partner >= 0, plan.partner // 2, row_scans.NOBODY)
    closed, open_to_all = plan.price.reshape(-1, 2).T
    price = np.where(capacity[::2] > 0, np.minimum(closed, open_to_all), open_to_all)
    price = np.where(capacity[1::2] > 0, price, closed)
    return TransportationPlan(partner, np.concatenate((price, np.maximum(open_to_all, price))))


def _price_in_columns(network: RestrictedProblem, some: Rows) -> tuple[Rows, bool]:
    """Let in missing candidates by their prices and repair the plan, until it is the best of all.

    Returns the candidates let in, and whether it came so far: not where much is missing.
    """
    rows = network.rows
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
        new = network.rows.where(network.rows.below(network.gate_of, network.price, network.price_elders()))
        if not len(new.cost):
            return
        some = merge_rows(some, new)


def _rank_unmatched_costs(rows: Rows, unmatched_cost: Index) -> Index | None:
    """Return each elder's rank by what leaving them out costs, from 1; None where costs do not stand in ranks.

    Ranks decide alone where they differ by more than any displacement changes (``price_tiers`` in
    matching/objective.py has the proof), and mostly where they differ by more than one candidate from another.
    """
    costs, rank = np.unique(unmatched_cost, return_inverse=True)
    if not len(rows.cost) or not len(costs) or len(costs) > _MOST_RANKS:
        return None
    highest, lowest = int(rows.cost.max()), int(rows.cost.min())
    stands = costs[0] > highest and (np.diff(costs) > highest - lowest).all()
    return rank.reshape(-1) + 1 if stands else None


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
