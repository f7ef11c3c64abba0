"""The assignment problem and its outcome, as plain arrays: no people, no rules, no places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Index = NDArray[np.int64]
Status = Literal["optimal", "feasible", "infeasible", "unknown"]

_BLOCK = 1_000_000
"""Candidates looked at in one go: bounds the memory."""
_PARTS = ("elder", "volunteer", "cost", "capacity", "use", "unmatched_cost", "load_cost", "limited", "limit")


class AssignmentProblem:
    """The problem of giving each elder at most one volunteer, within capacities, at the least total cost.

    Args:
        elder: Elder of each candidate, integers >= 0, (n,).
        volunteer: Volunteer of each candidate, integers >= 0, (n,). No pair may stand twice.
        cost: Cost of each candidate, integers of any sign, (n,).
        capacity: Most units of each volunteer, integers >= 0, (n_volunteers,). With a use of 1: most elders.
        use: Units of the volunteer's capacity that each candidate takes, integers >= 0, (n,); None: 1 each.
        unmatched_cost: What leaving each elder out costs, (n_elders,); None: everyone must be served.
        load_cost: What a volunteer's first, second, … elder costs beside the candidate's own cost, integers of any sign
            that do not fall along a row, (n_volunteers, at least the largest capacity); None: nothing. Without ``use``.
        limited: Elders of whom a volunteer may have only so many, mask (n_elders,); None: nobody. Without ``use``.
        limit: So many, integers >= 0, (n_volunteers,); given where ``limited`` is.

    Arrays that are int32 or int64 already and read-only are kept as they are, others are copied. ``by_elder`` tells
    whether candidates come in order of elder.

    Raises:
        ValueError: arrays of unfitting shapes, values that are no whole numbers or are out of range, a pair twice,
            load costs that fall.
        OverflowError: costs so large that sums would leave 64 bits.
    """

    __slots__ = (*_PARTS, "by_elder")

    def __init__(
        self,
        elder: ArrayLike,
        volunteer: ArrayLike,
        cost: ArrayLike,
        capacity: ArrayLike,
        use: ArrayLike | None = None,
        unmatched_cost: ArrayLike | None = None,
        *,
        load_cost: ArrayLike | None = None,
        limited: ArrayLike | None = None,
        limit: ArrayLike | None = None,
    ) -> None:
        self.elder = check_integers("elder", elder)
        self.volunteer = check_integers("volunteer", volunteer)
        self.cost = check_integers("cost", cost)
        self.capacity = check_integers("capacity", capacity).astype(np.int64)
        units = None if use is None else check_integers("use", use)
        self.use = None if units is None or (units == 1).all() else units
        self.unmatched_cost = None if unmatched_cost is None else check_integers("unmatched_cost", unmatched_cost)
        self.load_cost = None if load_cost is None else check_integers("load_cost", load_cost, dimensions=2)
        self.limited = None if limited is None else np.asarray(limited, dtype=bool)
        self.limit = None if limit is None else check_integers("limit", limit)
        self._check()

    def with_unmatched_cost(self, unmatched_cost: int) -> AssignmentProblem:
        """Return the same problem, where leaving out any elder costs ``unmatched_cost``.

        Raises:
            OverflowError: as the constructor.
        """
        return self.replace(unmatched_cost=np.full(self.n_elders, unmatched_cost, dtype=np.int64))

    def replace(self, **parts: ArrayLike | None) -> AssignmentProblem:
        """Return the same problem with other arrays for the named parts; raise as the constructor does."""
        return AssignmentProblem(**{name: getattr(self, name) for name in _PARTS} | parts)

    @property
    def n_elders(self) -> int:
        """Return the number of elders: of ``unmatched_cost`` or ``limited``, or up to the highest candidate's."""
        for per_elder in (self.unmatched_cost, self.limited):
            if per_elder is not None:
                return len(per_elder)
        return int(self.elder.max()) + 1 if len(self.elder) else 0

    @property
    def n_volunteers(self) -> int:
        """Return the number of volunteers."""
        return len(self.capacity)

    @property
    def is_plain(self) -> bool:
        """Return whether places are all alike: no load costs and no limited elders (and no ``use``)."""
        return self.use is None and self.load_cost is None and self.limited is None

    def _check(self) -> None:
        if not len(self.elder) == len(self.volunteer) == len(self.cost):
            raise ValueError("elder, volunteer and cost must be of one length")
        _check_range("elder", self.elder, self.n_elders)
        _check_range("volunteer", self.volunteer, self.n_volunteers)
        _check_range("capacity", self.capacity, None)
        self._check_loads()
        self.by_elder = _is_ascending(self.elder)
        if self._find_duplicate():
            raise ValueError("a pair of elder and volunteer stands twice among the candidates")
        largest = max((max(int(x.max()), -int(x.min())) for x in self._check_costs() if x.size), default=0)
        times = self.n_elders + self.n_volunteers + 2
        if self.use is not None and self.unmatched_cost is None:
            times *= 2 * (self.n_elders + 1)  # leaving somebody out counts as more than all displacements
        if largest * times >= (2**61 if self.use is None else 2**59):
            raise OverflowError(f"costs up to {largest} are too large for {self.n_elders} elders")

    def _check_loads(self) -> None:
        if self.use is not None:
            if len(self.use) != len(self.elder):
                raise ValueError("use must have one entry a candidate")
            _check_range("use", self.use, None)
            if self.load_cost is not None or self.limited is not None:
                raise ValueError("load_cost and limited can't be had together with use")
        if self.load_cost is not None:
            if len(self.load_cost) != self.n_volunteers or self.load_cost.shape[1] < self.capacity.max(initial=0):
                raise ValueError("load_cost must have one row a volunteer, as long as the largest capacity")
            if (np.diff(self.load_cost, axis=1) < 0).any():
                raise ValueError("load_cost must not fall along a row: a further elder never costs less")
        if (self.limited is None) != (self.limit is None):
            raise ValueError("limited and limit go together")
        if self.limit is not None:
            if len(self.limit) != self.n_volunteers:
                raise ValueError("limit must have one entry a volunteer")
            _check_range("limit", self.limit, None)

    def _find_duplicate(self) -> bool:
        if self.by_elder and len(self.elder) > _BLOCK:
            from matcher.assignment.kernels.row_scans import has_duplicates

            return bool(has_duplicates(self.elder, self.volunteer, self.n_volunteers))
        key = np.sort(self.elder.astype(np.int64) * max(self.n_volunteers, 1) + self.volunteer)
        return bool((key[1:] == key[:-1]).any())

    def _check_costs(self) -> list[Index]:
        return [x for x in (self.cost, self.unmatched_cost, self.load_cost) if x is not None]


def check_integers(name: str, values: ArrayLike, dimensions: int = 1) -> Index:
    """Return a read-only array of whole numbers, a copy unless it is one already; 1.999 is an error, not a 1."""
    array: NDArray[Any] = np.asarray(values)
    if array.ndim != dimensions:
        raise ValueError(
            f"{name} must have {'one dimension' if dimensions == 1 else 'two dimensions'}, not {array.ndim}"
        )
    if array.dtype in (np.int64, np.int32):
        if array.flags.writeable:
            array = array.copy()
            array.setflags(write=False)
        return array
    if array.size and array.dtype.kind not in "iu":
        whole = array.dtype.kind == "f" and bool(np.isfinite(array).all() and (array == np.rint(array)).all())
        if not whole or bool((np.abs(array) >= 2**53).any()):
            raise ValueError(f"{name} must be whole numbers")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 2**63:
        raise OverflowError(f"{name} does not fit 64 bits")
    whole_numbers = array.astype(np.int64)
    whole_numbers.setflags(write=False)
    return whole_numbers


def count_occurrences(numbers: NDArray[Any], n: int) -> Index:
    """Return how often each number from 0 to n - 1 occurs, (n,); NumPy alone would copy all in 64 bits."""
    total = np.zeros(n, dtype=np.int64)
    for begin in range(0, len(numbers), _BLOCK):
        total += np.bincount(numbers[begin : begin + _BLOCK], minlength=n)
    return total


def _is_ascending(values: Index) -> bool:
    """Return whether no value is below the one before it."""
    blocks = (values[begin : begin + _BLOCK + 1] for begin in range(0, len(values), _BLOCK))
    return all(bool((block[:-1] <= block[1:]).all()) for block in blocks)


def _check_range(name: str, values: Index, below: int | None) -> None:
    """Check that all values are from 0 to below a limit."""
    if len(values) and (int(values.min()) < 0 or (below is not None and int(values.max()) >= below)):
        raise ValueError(f"{name} must be from 0 to {'' if below is None else below - 1}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an assignment costs and what none can undercut, unmatched elders' cost included.

    Attributes:
        cost: Of the chosen candidates and the unmatched.
        bound: By weak duality no assignment costs less.
        eligible_pairs: How many candidates the bound was taken over: all of them.
        unmatched_cost: What one unmatched elder counts (the largest, where elders differ).
    """

    cost: int
    bound: int
    eligible_pairs: int
    unmatched_cost: int

    @property
    def optimal(self) -> bool:
        """Return whether cost and bound meet."""
        return self.cost == self.bound

    def shifted(self, base: int) -> Certificate:
        """Return the proof of the same problem where every plan costs so much more."""
        return replace(self, cost=self.cost + base, bound=self.bound + base)

    @property
    def gap(self) -> float:
        """Return the gap: (cost - bound) over the cost's absolute value, at least 1."""
        return (self.cost - self.bound) / max(abs(self.cost), 1)


@dataclass(frozen=True, slots=True, eq=False)
class HallSet:
    """Elders who together may be served only by volunteers with fewer places than they are: a proof of shortage."""

    elders: Index
    volunteers: Index
    places: int

    @property
    def missing(self) -> int:
        """Return the number of places missing: at least so many of the elders are left out in any plan."""
        return len(self.elders) - self.places


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What the solver found.

    Attributes:
        status: ``optimal`` only where cost and bound meet; ``unknown``: neither a plan nor a proof that there is none.
        chosen: Candidate index of each elder, -1 unmatched, (n_elders,).
        cost: Of the chosen candidates, the loads and the unmatched; None where not everyone who must be served is.
        bound: No plan costs less.
        prices: What a unit of each volunteer's capacity is worth, (n_volunteers,): between what one more would save
            and what one fewer would cost.
        certificate: The proof, computed apart from the solver.
        hall: For ``infeasible``: elders and volunteers that prove it; with ``use`` None where only the search does.
        limited_prices: What a place for a limited elder is worth, (n_volunteers,).
    """

    status: Status
    chosen: Index
    cost: int | None = None
    bound: int | None = None
    prices: Index | None = None
    certificate: Certificate | None = None
    hall: HallSet | None = None
    limited_prices: Index | None = None
