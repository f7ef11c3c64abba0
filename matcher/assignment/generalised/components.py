"""Connected components of a generalised assignment problem: no candidate joins one to another; each is solved alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.assignment.problem import AssignmentProblem, Index

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A connected component, candidates in order of elder and volunteer.

    Attributes:
        elders: The component's elders, numbers of the problem, (n_elders,).
        volunteers: Its volunteers, (n_volunteers,).
        candidates: Its candidates, (n,).
        start: Elder e of the component has candidates ``start[e]:start[e + 1]``, (n_elders + 1,).
        elder, volunteer, cost, use: Of each candidate, numbers of the component, (n,).
        capacity: Units, (n_volunteers,).
        unmatched_cost: What leaving an elder out costs, (n_elders,); where everyone must be served, more than any plan
            saves.
        unit: Units of the problem that a unit of the component is, (n_volunteers,).
        must_serve: Whether everyone must be served.
        counts, limits: Each row of ``counts``, summed over those left out, may come to its limit at most: what earlier
            goals ask, (n_limits, n_elders) and (n_limits,).
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
    counts: Index | None = None
    limits: Index | None = None
    by_volunteer: Index = field(init=False)
    first: Index = field(init=False)

    def __post_init__(self) -> None:
        by_volunteer = np.argsort(self.volunteer, kind="stable")
        edges = np.searchsorted(self.volunteer[by_volunteer], np.arange(len(self.capacity) + 1))
        object.__setattr__(self, "by_volunteer", by_volunteer)
        object.__setattr__(self, "first", edges)

    @property
    def n_elders(self) -> int:
        """Return how many elders the component has."""
        return len(self.elders)

    @property
    def size(self) -> Index:
        """Return the least units that each elder takes, 0 without candidates, (n_elders,)."""
        least = np.full(self.n_elders, np.iinfo(np.int64).max)
        np.minimum.at(least, self.elder, self.use)
        return np.where(np.diff(self.start) > 0, least, 0)

    def compute_cost(self, chosen: Index) -> int:
        """Return what a plan costs, those left out included; ``chosen`` are the component's candidates, (n_elders,)."""
        served = chosen >= 0
        return int(self.cost[chosen[served]].sum()) + int(self.unmatched_cost[~served].sum())

    def is_within_limits(self, chosen: Index) -> bool:
        """Return whether a plan leaves out no more than the limits allow."""
        if self.counts is None or self.limits is None:
            return True
        return bool((self.counts[:, chosen < 0].sum(axis=1) <= self.limits).all())

    def serves_all(self, chosen: Index) -> bool:
        """Return whether a plan leaves nobody out who must be served."""
        return not self.must_serve or bool((chosen >= 0).all())


def find_usable(problem: AssignmentProblem) -> NDArray[np.bool_]:
    """Return the candidates that fit their volunteer's capacity alone and cost no more than leaving the elder out."""
    fits = _get_use(problem) <= problem.capacity[problem.volunteer]
    if problem.unmatched_cost is not None:
        fits &= problem.cost <= problem.unmatched_cost[problem.elder]
    return fits


def _get_use(problem: AssignmentProblem) -> Index:
    """Return what each candidate takes, (n,)."""
    return np.ones(len(problem.cost), dtype=np.int64) if problem.use is None else problem.use


def split_components(problem: AssignmentProblem) -> list[Component]:
    """Return the components by usable candidates, in order of first elder; elders without candidate are in none."""
    index = np.flatnonzero(find_usable(problem))
    index = index[np.lexsort((problem.volunteer[index], problem.elder[index]))]
    if not len(index):
        return []
    elder, volunteer = problem.elder[index].astype(np.int64), problem.volunteer[index].astype(np.int64)
    n = problem.n_elders
    graph = coo_array(
        (np.ones(len(index), dtype=np.int8), (elder, n + volunteer)), shape=(n + problem.n_volunteers,) * 2
    )
    _, label = connected_components(graph, directed=False)
    # candidates come in order of elder, so that a stable sort by label keeps that order within a component
    order = np.argsort(label[elder], kind="stable")
    cuts = np.flatnonzero(np.diff(label[elder[order]])) + 1
    groups = sorted(np.split(order, cuts), key=lambda group: int(elder[group[0]]))
    return [_make_component(problem, index[group]) for group in groups]


def join_components(problem: AssignmentProblem) -> Component | None:
    """Return all of a problem's components as one; None: nobody has a usable candidate."""
    index = np.flatnonzero(find_usable(problem))
    index = index[np.lexsort((problem.volunteer[index], problem.elder[index]))]
    return _make_component(problem, index) if len(index) else None


def _make_component(problem: AssignmentProblem, candidates: Index) -> Component:
    """Return the component of some candidates."""
    elders, elder = np.unique(problem.elder[candidates], return_inverse=True)
    volunteers, volunteer = np.unique(problem.volunteer[candidates], return_inverse=True)
    cost = problem.cost[candidates].astype(np.int64)
    use = _get_use(problem)[candidates].astype(np.int64)
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
    divisor = _find_common_divisors(volunteer, use, len(volunteers))
    return Component(
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


def _find_common_divisors(volunteer: Index, use: Index, n_volunteers: int) -> Index:
    """Return the greatest common divisor of each volunteer's uses, at least 1: 30, 45, 60 minutes are 2, 3, 4 units."""
    divisor = np.zeros(n_volunteers, dtype=np.int64)
    np.gcd.at(divisor, volunteer, use)
    return np.maximum(divisor, 1)
