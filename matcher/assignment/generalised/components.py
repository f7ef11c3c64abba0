"""Parts of a weighted problem: volunteers and elders that no candidate joins to others, each solved by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.assignment.problem import AssignmentProblem, Index

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A connected part, candidates in order of elder and volunteer.

    Attributes:
        elders: The part's elders, numbers of the problem, (n_elders,).
        volunteers: Its volunteers, (n_volunteers,).
        candidates: Its candidates, (n,).
        start: Elder e of the part has candidates ``start[e]:start[e + 1]``, (n_elders + 1,).
        elder, volunteer, cost, use: Of each candidate, numbers of the part, (n,).
        capacity: Units, (n_volunteers,).
        unmatched_cost: What leaving an elder out costs, (n_elders,); where everyone must be served, more than any plan
            saves.
        unit: Units of the problem that a unit of the part is, (n_volunteers,).
        must_serve: Whether everyone must be served.
    """

    elders: Index
    volunteers: Index
    candidates: Index
    start: Index
    elder: Index
    volunteer: Index
    cost: Index
    use: Index
    capacity: Index
    unmatched_cost: Index
    unit: Index
    must_serve: bool
    by_volunteer: Index = field(init=False)
    first: Index = field(init=False)

    def __post_init__(self) -> None:
        by_volunteer = np.argsort(self.volunteer, kind="stable")
        edges = np.searchsorted(self.volunteer[by_volunteer], np.arange(len(self.capacity) + 1))
        object.__setattr__(self, "by_volunteer", by_volunteer)
        object.__setattr__(self, "first", edges)

    @property
    def n_elders(self) -> int:
        """Elders of the part."""
        return len(self.elders)

    @property
    def size(self) -> Index:
        """The least units that each elder takes, 0 without candidates, (n_elders,)."""
        least = np.full(self.n_elders, np.iinfo(np.int64).max)
        np.minimum.at(least, self.elder, self.use)
        return np.where(np.diff(self.start) > 0, least, 0)

    def total(self, chosen: Index) -> int:
        """What a plan costs, those left out included; ``chosen`` are candidates of the part, (n_elders,)."""
        served = chosen >= 0
        return int(self.cost[chosen[served]].sum()) + int(self.unmatched_cost[~served].sum())

    def serves(self, chosen: Index) -> bool:
        """Whether a plan leaves nobody out who must be served."""
        return not self.must_serve or bool((chosen >= 0).all())


def usable(problem: AssignmentProblem) -> NDArray[np.bool_]:
    """The candidates that fit their volunteer's capacity alone and do not cost more than leaving the elder out."""
    assert problem.use is not None
    fits = problem.use <= problem.capacity[problem.volunteer]
    if problem.unmatched_cost is not None:
        fits &= problem.cost <= problem.unmatched_cost[problem.elder]
    return fits


def split(problem: AssignmentProblem) -> list[Part]:
    """The connected parts by usable candidates, in order of their first elder; elders without candidate are in none."""
    index = np.flatnonzero(usable(problem))
    index = index[np.lexsort((problem.volunteer[index], problem.elder[index]))]
    if not len(index):
        return []
    elder, volunteer = problem.elder[index].astype(np.int64), problem.volunteer[index].astype(np.int64)
    n = problem.n_elders
    graph = coo_array(
        (np.ones(len(index), dtype=np.int8), (elder, n + volunteer)), shape=(n + problem.n_volunteers,) * 2
    )
    _, label = connected_components(graph, directed=False)
    # candidates come in order of elder, so that a stable sort by label keeps that order within a part
    order = np.argsort(label[elder], kind="stable")
    cuts = np.flatnonzero(np.diff(label[elder[order]])) + 1
    groups = sorted(np.split(order, cuts), key=lambda group: int(elder[group[0]]))
    return [_part(problem, index[group]) for group in groups]


def _part(problem: AssignmentProblem, candidates: Index) -> Part:
    assert problem.use is not None
    elders, elder = np.unique(problem.elder[candidates], return_inverse=True)
    volunteers, volunteer = np.unique(problem.volunteer[candidates], return_inverse=True)
    cost = problem.cost[candidates].astype(np.int64)
    use = problem.use[candidates].astype(np.int64)
    start = np.searchsorted(elder, np.arange(len(elders) + 1))
    if problem.unmatched_cost is None:
        # above any plan that serves everyone, less any plan that does not
        highest, lowest = np.maximum.reduceat(cost, start[:-1]), np.minimum.reduceat(cost, start[:-1])
        unmatched_cost = highest + int((highest - lowest).sum()) + 1
    else:
        unmatched_cost = problem.unmatched_cost[elders].astype(np.int64)
    all_use = np.bincount(volunteer, weights=use.astype(np.float64), minlength=len(volunteers))
    capacity = problem.capacity[volunteers]
    capacity = np.where(all_use < capacity, all_use.astype(np.int64), capacity)
    divisor = _common_divisor(volunteer, use, len(volunteers))
    return Part(
        elders,
        volunteers,
        candidates,
        start,
        elder.astype(np.int64),
        volunteer.astype(np.int64),
        cost,
        use // divisor[volunteer],
        capacity // divisor,
        unmatched_cost,
        divisor,
        problem.unmatched_cost is None,
    )


def _common_divisor(volunteer: Index, use: Index, n_volunteers: int) -> Index:
    """The greatest common divisor of each volunteer's uses, 1 at least: 30, 45, 60 minutes are 2, 3, 4 units."""
    divisor = np.zeros(n_volunteers, dtype=np.int64)
    np.gcd.at(divisor, volunteer, use)
    return np.maximum(divisor, 1)
