"""Candidates as rows, in order of cost, as compiled loops take them: one an elder, or one for all who are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.kernels import hub_rows
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, count_occurrences
from matcher.assignment.row_problem import RowProblem

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Candidates in order of elder, then cost: ``start`` int64 (n_elders + 1,), the others int32, one entry each."""

    start: Index
    volunteer: NDArray[np.int32]
    cost: NDArray[np.int32]

    def __post_init__(self) -> None:
        """Make the arrays read-only, as a problem's are: compiled loops take both kinds, each compiled anew."""
        for array in (self.start, self.volunteer, self.cost):
            array.setflags(write=False)

    @classmethod
    def of(cls, problem: AssignmentProblem) -> Rows:
        """Return the problem's candidates, alike in whatever order they come; no copy where they are rows already."""
        start = np.concatenate(([0], np.cumsum(count_occurrences(problem.elder, problem.n_elders))))
        volunteer: NDArray[Any] = problem.volunteer
        cost: NDArray[Any] = problem.cost
        if not problem.by_elder:
            order = np.argsort(problem.elder, kind="stable")
            volunteer, cost = volunteer[order], cost[order]
        return cls(start, *_sort(start, volunteer, cost))

    @property
    def elder(self) -> NDArray[np.int32]:
        """Return each candidate's elder."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))

    def where(self, mask: Mask) -> Rows:
        """Return the candidates of the mask."""
        return Rows(*row_scans.select_rows(self.start, self.volunteer, self.cost, mask))

    def below(self, gate_of: Index, price: Index, limit: Index) -> Mask:
        """Return the candidates whose cost and price are below their elder's limit."""
        return np.asarray(row_scans.find_below(self.start, self.volunteer, self.cost, gate_of, price, limit))

    def find(self, partner: Index) -> Index:
        """Return where each elder's partner stands in the rows; -1 where they have none."""
        everybody = np.arange(len(self.start) - 1)
        return np.asarray(row_scans.find_partners(self.start[:-1], self.start[1:], everybody, self.volunteer, partner))


@dataclass(frozen=True, slots=True, eq=False)
class SharedRows:
    """Rows that elders share who have the same candidates at the same costs, but for a constant.

    Attributes:
        first: Where each row begins, int64 (n_rows,).
        last: Where it ends, int64 (n_rows,).
        volunteer: Of each candidate, int32.
        cost: Of each candidate, int32.
        row: Each elder's, int64 (n_elders,).
        surcharge: What an elder's candidates cost beside, int64 (n_elders,).
        edges: Elders of row r are ``members[edges[r]:edges[r + 1]]``.
        members: Elders by row.
    """

    first: Index
    last: Index
    volunteer: NDArray[np.int32]
    cost: NDArray[np.int32]
    row: Index
    surcharge: Index
    edges: Index
    members: Index

    @classmethod
    def make(
        cls,
        first: Index,
        last: Index,
        volunteer: NDArray[np.int32],
        cost: NDArray[np.int32],
        row: Index,
        surcharge: Index,
    ) -> SharedRows:
        """Return rows, and who shares each."""
        for array in (volunteer, cost):
            array.setflags(write=False)
        edges = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(first)))))
        first, last = np.ascontiguousarray(first), np.ascontiguousarray(last)
        return cls(first, last, volunteer, cost, row, surcharge, edges, np.argsort(row, kind="stable"))

    @classmethod
    def of(cls, problem: AssignmentProblem | RowProblem) -> SharedRows:
        """Return a problem's rows; where elders have their own, those of the first of each who are alike, no copy."""
        if isinstance(problem, RowProblem):
            volunteer, cost = _sort(problem.start, problem.volunteer, problem.cost)
            return cls.make(problem.start[:-1], problem.start[1:], volunteer, cost, problem.row, problem.surcharge)
        rows = Rows.of(problem)
        arrays = rows.start, rows.volunteer, rows.cost
        _, first, number = np.unique(row_scans.hash_rows(*arrays), return_index=True, return_inverse=True)
        like = first[number]
        like = np.where(row_scans.equals_first(*arrays, like), like, np.arange(len(like)))
        heads, row = np.unique(like, return_inverse=True)
        dearest = np.zeros(len(like), dtype=np.int64)
        dearest[np.diff(rows.start) > 0] = rows.cost[rows.start[1:][np.diff(rows.start) > 0] - 1]
        surcharge = dearest - dearest[like]
        return cls.make(rows.start[heads], rows.start[heads + 1], rows.volunteer, rows.cost, row.reshape(-1), surcharge)

    @classmethod
    def each_own(cls, rows: Rows) -> SharedRows:
        """Return rows that nobody shares."""
        n = len(rows.start) - 1
        everybody, nothing = np.arange(n), np.zeros(n, dtype=np.int64)
        return cls.make(rows.start[:-1], rows.start[1:], rows.volunteer, rows.cost, everybody, nothing)

    @property
    def n_elders(self) -> int:
        """Return the number of elders."""
        return len(self.row)

    @property
    def dearest(self) -> Index:
        """Return the cost of each elder's dearest candidate, 0 where there is none, (n_elders,)."""
        return self._get_ends(self.last - 1)

    @property
    def cheapest(self) -> Index:
        """Return the cost of each elder's cheapest candidate, 0 where there is none, (n_elders,)."""
        return self._get_ends(self.first)

    def find(self, partner: Index) -> Index:
        """Return where each elder's partner stands in the rows; -1 where they have none."""
        return np.asarray(row_scans.find_partners(self.first, self.last, self.row, self.volunteer, partner))

    def count_pairs(self, n_volunteers: int) -> Index:
        """Return how many elders have each volunteer as a candidate, (n_volunteers,)."""
        size = np.diff(self.edges)
        return np.asarray(row_scans.count_pairs(self.first, self.last, self.volunteer, size, n_volunteers))

    def price_elders(self, gate_of: Index, price: Index, unmatched_cost: Index) -> Index:
        """Return what each elder pays at least at the prices of gates, (2 n_volunteers,), unmatched or not."""
        least = unmatched_cost.copy()
        for gate, who in _split_by_gate(gate_of):
            of_row = row_scans.price_rows(self.first, self.last, self.volunteer, self.cost, price[gate:])
            least[who] = np.minimum(least[who], of_row[self.row[who]] + self.surcharge[who])
        return least

    def value_gates(self, gate_of: Index, pays: Index, gates: Mask, least: Index) -> Index:
        """Return the most that a place at each gate of the mask would save an elder, not below ``least``."""
        most, n = least.copy(), len(gates) // 2
        for gate, who in _split_by_gate(gate_of):
            of_row = np.full(len(self.first), -row_scans.FAR)
            np.maximum.at(of_row, self.row[who], pays[who] - self.surcharge[who])
            arrays = self.first, self.last, self.volunteer, self.cost, of_row
            row_scans.value_gates(*arrays, gates[gate : gate + n], most[gate : gate + n])
        return most

    def split_by_limit(self, limited: Mask) -> SharedRows:
        """Return rows where volunteer v is two: 2 v has places that limited elders may not take, 2 v + 1 the others."""
        key, row = np.unique(2 * self.row + limited, return_inverse=True)
        at = key >> 1
        arrays = self.first[at], self.last[at], self.volunteer, self.cost
        start, volunteer, cost = hub_rows.split_by_limit(*arrays, key & 1 > 0)
        return self.make(start[:-1], start[1:], volunteer, cost, row.reshape(-1), self.surcharge)

    def _get_ends(self, at: Index) -> Index:
        """Return what elders pay for one candidate of their row, 0 where it is empty."""
        has_any = self.last > self.first
        cost = np.zeros(len(self.first), dtype=np.int64)
        cost[has_any] = self.cost[at[has_any]]
        return np.where(has_any[self.row], cost[self.row] + self.surcharge, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Elders who are alike: ``members[edges[g]:edges[g + 1]]``."""

    edges: Index
    members: Index

    @classmethod
    def of(cls, key: Index) -> tuple[Groups, Index]:
        """Return the groups of one key each, in its order, and each elder's group."""
        _, number = np.unique(key, return_inverse=True)
        number = number.reshape(-1)
        members = np.argsort(number, kind="stable")
        return cls(np.concatenate(([0], np.cumsum(np.bincount(number)))), members), number

    def distribute(self, group: Index, volunteer: Index, units: Index) -> Index:
        """Return each elder's volunteer where units of a group go to a volunteer; members take them in order."""
        place = np.arange(units.sum()) - np.repeat(np.cumsum(units) - units, units)
        group_units = np.concatenate(([0], np.cumsum(units)))
        before = group_units[:-1] - group_units[np.searchsorted(group, group)]
        who = self.members[np.repeat(self.edges[group] + before, units) + place]
        partner = np.full(len(self.members), row_scans.NOBODY, dtype=np.int64)
        partner[who] = np.repeat(volunteer, units)
        return partner


def merge_rows(some: Rows, new: Rows) -> Rows:
    """Return both in order of elder; ``new`` are none of ``some`` and not below what their elder pays."""
    order = np.argsort(np.concatenate((some.elder, new.elder)), kind="stable")
    volunteer, cost = (
        np.concatenate((getattr(some, name), getattr(new, name)))[order] for name in ("volunteer", "cost")
    )
    return Rows(some.start + new.start, volunteer, cost)


def _sort(start: Index, volunteer: NDArray[Any], cost: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return candidates with each row in order of cost, in 32 bits; no copy where they are so already."""
    volunteer, cost = volunteer.astype(np.int32, copy=False), cost.astype(np.int32, copy=False)
    if not row_scans.is_in_order(start, volunteer, cost):
        volunteer, cost = volunteer.copy(), cost.copy()
        row_scans.sort_rows(start, volunteer, cost)
    return volunteer, cost


def _split_by_gate(gate_of: Index) -> list[tuple[int, Mask]]:
    """Return each gate's offset, and the mask of elders who pass gates of that."""
    return [(int(gate), gate_of == gate) for gate in np.unique(gate_of)]
