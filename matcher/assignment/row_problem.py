"""The assignment problem where elders share rows of candidates: one row a building in place of one an elder."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matcher.assignment.problem import AssignmentProblem, Index, check_integers

_LARGE = 1_000_000
"""Candidates from which a compiled loop looks for volunteers who stand twice."""
_LARGEST = 2**30
"""Costs of candidates, with the surcharge, stay below: the solver counts in 32 bits."""


class RowProblem:
    """The problem of ``AssignmentProblem``, its candidates by row: a city takes a fraction of the memory so.

    An elder's candidates are those of their row, each at the row's cost and the elder's surcharge. Elders of one
    building mostly have the same; who has something of their own, such as a pair worth keeping, has a row of their own.

    Args:
        start: Where each row begins in ``volunteer`` and ``cost``, and where the last one ends, (n_rows + 1,).
        volunteer: Of each candidate of each row, (n,). Nobody stands twice in a row.
        cost: Of each candidate of each row, (n,), below ``2**30`` with any surcharge.
        row: Each elder's row, (n_elders,).
        capacity: As there.
        unmatched_cost: As there, but must be given.
        surcharge: What each elder's candidates cost beside, (n_elders,); None: nothing.
        load_cost: As there.
        limited: As there.
        limit: As there.

    Arrays of candidates that are int32 already and read-only are kept as they are, others are copied.

    Raises:
        ValueError: arrays of unfitting shapes, values that are no whole numbers or out of range, a volunteer twice in a
            row, load costs that fall.
        OverflowError: costs out of range.
    """

    __slots__ = (
        "capacity", "cost", "limit", "limited", "load_cost", "row", "start", "surcharge", "unmatched_cost", "volunteer",
    )  # fmt: skip

    def __init__(
        self,
        start: ArrayLike,
        volunteer: ArrayLike,
        cost: ArrayLike,
        row: ArrayLike,
        capacity: ArrayLike,
        unmatched_cost: ArrayLike,
        *,
        surcharge: ArrayLike | None = None,
        load_cost: ArrayLike | None = None,
        limited: ArrayLike | None = None,
        limit: ArrayLike | None = None,
    ) -> None:
        self.start = check_integers("start", start).astype(np.int64)
        self.row = check_integers("row", row).astype(np.int64)
        self.volunteer = _narrow(check_integers("volunteer", volunteer))
        self.cost = _narrow(check_integers("cost", cost))
        nothing = np.zeros(len(self.row), dtype=np.int64)
        self.surcharge = nothing if surcharge is None else check_integers("surcharge", surcharge).astype(np.int64)
        none = np.empty(0, dtype=np.int64)
        sides = AssignmentProblem(  # checks what is not about candidates
            none, none, none, capacity, None, unmatched_cost, load_cost=load_cost, limited=limited, limit=limit
        )
        assert sides.unmatched_cost is not None
        self.capacity, self.unmatched_cost = sides.capacity, sides.unmatched_cost
        self.load_cost, self.limited, self.limit = sides.load_cost, sides.limited, sides.limit
        self._check()

    @property
    def n_elders(self) -> int:
        """Return the number of elders."""
        return len(self.row)

    @property
    def n_volunteers(self) -> int:
        """Return the number of volunteers."""
        return len(self.capacity)

    @property
    def n_pairs(self) -> int:
        """Return the number of pairs of an elder and a candidate."""
        return int(np.diff(self.start)[self.row].sum())

    def expand(self) -> AssignmentProblem:
        """Return the problem with each elder's candidates spelt out, elders in order."""
        size = np.diff(self.start)[self.row]
        at = np.arange(size.sum()) + np.repeat(self.start[self.row] - np.cumsum(size) + size, size)
        elder = np.repeat(np.arange(self.n_elders, dtype=np.int32), size)
        cost = self.cost[at] + self.surcharge.astype(np.int32)[elder]
        parts = {"load_cost": self.load_cost, "limited": self.limited, "limit": self.limit}
        return AssignmentProblem(
            elder, self.volunteer[at], cost, self.capacity, unmatched_cost=self.unmatched_cost, **parts
        )

    def find(self, chosen: Index) -> Index:
        """Return where the candidates that are chosen in the expanded problem stand in the rows, (n_elders,)."""
        size = np.diff(self.start)[self.row]
        return np.where(chosen >= 0, chosen - (np.cumsum(size) - size) + self.start[self.row], -1)

    def _check(self) -> None:
        start, n_rows = self.start, len(self.start) - 1
        if n_rows < 0 or start[0] != 0 or (np.diff(start) < 0).any() or start[-1] != len(self.volunteer):
            raise ValueError("start must begin with 0, not fall, and end with the number of candidates")
        if len(self.volunteer) != len(self.cost):
            raise ValueError("volunteer and cost must be of one length")
        if not len(self.row) == len(self.surcharge) == len(self.unmatched_cost):
            raise ValueError("row, surcharge and unmatched_cost must be of one length")
        if self.limited is not None and len(self.limited) != len(self.row):
            raise ValueError("limited must have one entry an elder")
        for name, values, below in (("row", self.row, n_rows), ("volunteer", self.volunteer, self.n_volunteers)):
            if len(values) and not 0 <= values.min() <= values.max() < below:
                raise ValueError(f"{name} must be from 0 to {below - 1}")
        if self._repeats_volunteer():
            raise ValueError("a volunteer stands twice in a row")
        dearest = sum(max(int(x.max(initial=0)), -int(x.min(initial=0))) for x in (self.cost, self.surcharge))
        if dearest >= _LARGEST:
            raise OverflowError(f"costs up to {dearest} are too large")

    def _repeats_volunteer(self) -> bool:
        if len(self.volunteer) > _LARGE:
            from matcher.assignment.kernels.row_scans import repeats_volunteer

            return bool(repeats_volunteer(self.start, self.volunteer, self.n_volunteers))
        row = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        key = np.sort(row * max(self.n_volunteers, 1) + self.volunteer)
        return bool((key[1:] == key[:-1]).any())


def _narrow(values: Index) -> NDArray[np.int32]:
    """Return whole numbers in 32 bits, read-only; no copy where they are so already."""
    if values.dtype != np.int32 and values.size and not -(2**31) <= values.min() <= values.max() < 2**31:
        raise OverflowError("candidates must fit 32 bits")
    narrow = values.astype(np.int32, copy=False)
    narrow.setflags(write=False)
    return narrow
