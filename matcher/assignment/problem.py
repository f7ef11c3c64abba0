"""The assignment problem and its outcome, as plain arrays: no people, no rules, no places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matcher.assignment.certificate import Certificate

Index = NDArray[np.int64]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]

_BLOCK = 4_000_000
"""Candidates looked at in one go: bounds the memory."""


class AssignmentProblem:
    """Give each elder at most one volunteer, within capacities, at the least total cost.

    Args:
        elder: Elder of each candidate, integers >= 0, (n,).
        volunteer: Volunteer of each candidate, integers >= 0, (n,). No pair may stand twice.
        cost: Cost of each candidate, integers of any sign, (n,).
        capacity: Most elders of each volunteer, integers >= 0, (n_volunteers,).
        unmatched_cost: What leaving each elder out costs, (n_elders,); None: everyone must be served.

    Raises:
        ValueError: arrays of unfitting shapes, values that are no whole numbers or are out of range, a pair twice.
        OverflowError: costs so large that sums would leave 64 bits.
    """

    __slots__ = ("capacity", "cost", "elder", "unmatched_cost", "volunteer")

    def __init__(
        self,
        elder: ArrayLike,
        volunteer: ArrayLike,
        cost: ArrayLike,
        capacity: ArrayLike,
        unmatched_cost: ArrayLike | None = None,
    ) -> None:
        self.elder = _integers("elder", elder)
        self.volunteer = _integers("volunteer", volunteer)
        self.cost = _integers("cost", cost)
        self.capacity = _integers("capacity", capacity)
        self.unmatched_cost = None if unmatched_cost is None else _integers("unmatched_cost", unmatched_cost)
        self._check()

    def priced(self, unmatched_cost: int) -> AssignmentProblem:
        """The same problem, where leaving out any elder costs ``unmatched_cost``.

        Raises:
            OverflowError: as the constructor.
        """
        every = np.full(self.n_elders, unmatched_cost, dtype=np.int64)
        return AssignmentProblem(self.elder, self.volunteer, self.cost, self.capacity, every)

    @property
    def n_elders(self) -> int:
        """Elders: those of ``unmatched_cost``, or up to the highest one among the candidates."""
        if self.unmatched_cost is not None:
            return len(self.unmatched_cost)
        return int(self.elder.max()) + 1 if len(self.elder) else 0

    @property
    def n_volunteers(self) -> int:
        """Volunteers."""
        return len(self.capacity)

    def _check(self) -> None:
        if not len(self.elder) == len(self.volunteer) == len(self.cost):
            raise ValueError("elder, volunteer and cost must be of one length")
        _within("elder", self.elder, self.n_elders)
        _within("volunteer", self.volunteer, self.n_volunteers)
        _within("capacity", self.capacity, None)
        if not self._in_order():
            key = np.sort(self.elder * max(self.n_volunteers, 1) + self.volunteer)
            if (key[1:] == key[:-1]).any():
                raise ValueError("a pair of elder and volunteer stands twice among the candidates")
        largest = max((max(int(x.max()), -int(x.min())) for x in self._costs() if len(x)), default=0)
        if largest * (self.n_elders + self.n_volunteers + 2) >= 2**62:
            raise OverflowError(f"costs up to {largest} are too large for {self.n_elders} elders")

    def _in_order(self) -> bool:
        """Whether candidates stand in order of elder, then volunteer, each once, as they mostly come: quick to see."""
        for begin in range(0, len(self.elder), _BLOCK):
            block = slice(begin, begin + _BLOCK + 1)
            key = self.elder[block] * max(self.n_volunteers, 1) + self.volunteer[block]
            if not (key[1:] > key[:-1]).all():
                return False
        return True

    def _costs(self) -> list[Index]:
        return [self.cost] if self.unmatched_cost is None else [self.cost, self.unmatched_cost]


def _integers(name: str, values: ArrayLike) -> Index:
    """A read-only int64 array in one dimension, a copy unless it is one already; 1.999 is an error, not a 1."""
    array: NDArray[Any] = np.asarray(values)
    if array.ndim == 1 and array.dtype == np.int64 and not array.flags.writeable:
        return array
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if array.size and array.dtype.kind not in "iu":
        whole = array.dtype.kind == "f" and bool(np.isfinite(array).all() and (array == np.rint(array)).all())
        if not whole or bool((np.abs(array) >= 2**53).any()):
            raise ValueError(f"{name} must be whole numbers")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 2**63:
        raise OverflowError(f"{name} does not fit 64 bits")
    integers = array.astype(np.int64)
    integers.setflags(write=False)
    return integers


def _within(name: str, values: Index, below: int | None) -> None:
    if len(values) and (int(values.min()) < 0 or (below is not None and int(values.max()) >= below)):
        raise ValueError(f"{name} must be from 0 to {'' if below is None else below - 1}")


@dataclass(frozen=True, slots=True, eq=False)
class HallSet:
    """Elders who together may be served only by volunteers with fewer places than they are: a proof of shortage."""

    elders: Index
    volunteers: Index
    places: int

    @property
    def missing(self) -> int:
        """Places missing: at least so many of the elders are left out in any plan."""
        return len(self.elders) - self.places


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What the solver found.

    Attributes:
        status: ``optimal`` only with a certificate whose bound meets the cost.
        chosen: Candidate index of each elder, -1 unmatched, (n_elders,).
        cost: Of the chosen candidates and of the unmatched, None where not everyone who must be served is.
        bound: No plan costs less.
        prices: What one more place of each volunteer would save, (n_volunteers,).
        certificate: The proof, computed apart from the solver.
        hall: For ``infeasible``: elders and volunteers that prove it.
    """

    status: Status
    chosen: Index
    cost: int | None = None
    bound: int | None = None
    prices: Index | None = None
    certificate: Certificate | None = None
    hall: HallSet | None = None
