"""A plan and prices of gates, held over all candidates: whether they are the cheapest, and what comes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.candidate_rows import SharedRows
from matcher.assignment.flow.duals import get_limits, get_load_costs, number_gates
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, count_occurrences
from matcher.assignment.row_problem import RowProblem

Mask = NDArray[np.bool_]

_CLOSED = 2**60
"""Price of a volunteer whose places are not to be had."""


class HeldPlan:
    """A plan and prices found, with the problem as compiled loops take it."""

    def __init__(self, problem: AssignmentProblem | RowProblem, rows: SharedRows) -> None:
        """Begin with nobody served at prices of 0."""
        assert problem.unmatched_cost is not None
        self.problem, self.rows = problem, rows
        self.unmatched_cost = problem.unmatched_cost.astype(np.int64)
        self.capacity = np.minimum(problem.capacity, rows.n_elders + 1)  # more are never filled
        self.gate_of, self.load_cost, self.limit = number_gates(problem), get_load_costs(problem), get_limits(problem)
        self.own = np.full(rows.n_elders, row_scans.NOBODY, dtype=np.int64)
        self.price = np.zeros(2 * len(self.capacity), dtype=np.int64)

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

    def price_elders(self) -> Index:
        """Return what each elder pays, (n_elders,)."""
        who = self.own >= 0
        arc = self.own[who]
        pays = self.unmatched_cost.copy()
        gate = self.gate_of[who] + self.rows.volunteer[arc]
        pays[who] = self.rows.cost[arc] + self.rows.surcharge[who] + self.price[gate]
        return pays

    @property
    def partner(self) -> Index:
        """Return each elder's volunteer, -1 for none."""
        partner = self.own.copy()
        partner[self.own >= 0] = self.rows.volunteer[self.own[self.own >= 0]]
        return partner

    def get_solution(self) -> tuple[Index, Index, Index]:
        """Return chosen candidates, prices, and those of limited gates.

        A gate by which nobody can go, or nobody goes beside limited elders, costs what a place more would save.
        """
        n = len(self.capacity)
        held, limited_held = self._count_held()
        has_no_place, has_room = self.capacity == 0, limited_held < self.limit
        is_unused = np.concatenate((has_no_place | ((limited_held == held) & ~has_room), self.limit == 0))
        is_unused[n:] |= has_no_place
        least = np.append(np.zeros(n, dtype=np.int64), np.full(n, -_CLOSED))
        index = np.flatnonzero(self.capacity > 0)
        row = index if len(self.load_cost) > 1 else np.zeros_like(index)
        least[index] = self.load_cost[row, np.maximum(held[index] - 1, 0)]
        worth = self.rows.value_gates(self.gate_of, self.price_elders(), is_unused, least)
        price = np.where(is_unused, worth, self.price)
        price[n:] = np.maximum(price[n:], price[:n])
        # where the limit leaves room, a first place is worth what it is to limited elders
        price[:n] = np.where(has_no_place & has_room, price[n:], price[:n])
        return _find_candidates(self.problem, self.partner), price[:n], price[n:]

    def is_proved(self) -> bool:
        """Return whether no elder could pay less at the prices, and gates are filled as far as they are worth it."""
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
        least = self.rows.price_elders(self.gate_of, self.price, self.unmatched_cost)
        return bool(fits and (least == self.price_elders()).all())

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


def _find_candidates(problem: AssignmentProblem | RowProblem, partner: Index) -> Index:
    """Return where each elder's partner stands in the problem, -1 for none."""
    if isinstance(problem, RowProblem):
        first, last, row = problem.start[:-1], problem.start[1:], problem.row
        return np.asarray(row_scans.find_partners(first, last, row, problem.volunteer, partner))
    if problem.by_elder:
        start = np.concatenate(([0], np.cumsum(count_occurrences(problem.elder, problem.n_elders))))
        everybody = np.arange(problem.n_elders)
        return np.asarray(row_scans.find_partners(start[:-1], start[1:], everybody, problem.volunteer, partner))
    chosen = np.full(problem.n_elders, row_scans.NOBODY, dtype=np.int64)
    index = np.flatnonzero(problem.volunteer == partner[problem.elder])
    chosen[problem.elder[index]] = index
    return chosen
