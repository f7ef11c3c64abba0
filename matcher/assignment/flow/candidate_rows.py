"""Candidates as rows, one an elder, and elders with the same row as groups: how compiled loops take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, count_occurrences

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
        volunteer, cost = volunteer.astype(np.int32, copy=False), cost.astype(np.int32, copy=False)
        if not row_scans.is_in_order(start, volunteer, cost):
            volunteer, cost = volunteer.copy(), cost.copy()
            row_scans.sort_rows(start, volunteer, cost)
        return cls(start, volunteer, cost)

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
        return np.asarray(row_scans.find_partners(self.start, self.volunteer, partner))


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Elders with the same candidates at the same costs, but for a constant: ``members[edges[g]:edges[g + 1]]``."""

    edges: Index
    members: Index

    @classmethod
    def of(cls, rows: Rows, kind: Index) -> Groups:
        """Return the groups of one kind each, by their first members; their order is that of these."""
        arrays = rows.start, rows.volunteer, rows.cost
        keys = (kind << 31) + row_scans.hash_rows(*arrays)
        _, first, number = np.unique(keys, return_index=True, return_inverse=True)
        like = first[number]
        like = np.where(row_scans.equals_first(*arrays, like), like, np.arange(len(like)))
        members = np.argsort(like, kind="stable")
        return cls(np.append(np.flatnonzero(np.diff(like[members], prepend=-1)), len(members)), members)

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
