"""Fairness: what the longest walk, even loads and equal shares of areas would cost, as a front of proved points.

Each point is a problem of its own: the month's, with one limit more (the epsilon-constraint method, Haimes 1971),
solved and certified over all candidates. A limit on the walk leaves candidates out; one on loads leaves places out; one
on how many of an area may have nobody is a place a head in a volunteer who stands for nobody. So each stays a flow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.analysis.html import write_table
from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.flow.min_cost_flow import bound_exchange
from matcher.i18n import N_, _
from matcher.matching.held_plan import HeldPlan
from matcher.matching.objective import price_goals

Index = NDArray[np.int64]
Kind = Literal["longest_walk", "loads", "districts"]
KINDS: dict[Kind, str] = {
    "longest_walk": N_("walk of any pair at most, m"),
    "loads": N_("elders of any volunteer at most"),
    "districts": N_("of each area's elders served at least, %"),
}
"""Limits that a front can turn."""
FIGURES = (
    ("limit", N_("limit")),
    ("served", N_("elders with a volunteer")),
    ("high_risk", N_("of them high risk")),
    ("cost_m", N_("cost of the plan, m")),
    ("mean_m", N_("mean straight line, m")),
    ("longest_m", N_("longest walk, m")),
    ("largest_load", N_("most elders of a volunteer")),
    ("least_share", N_("least share of an area, %")),
    ("is_proved", N_("proved")),
)
"""The figures of a point: name and title."""
_LEVELS = ("district", "subdistrict", "committee")


class UnpricedError(ValueError):
    """A month whose plans are no flow: units, minutes, one volunteer a home, a change budget."""


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """The best plan under one limit."""

    limit: float
    """By ``KINDS``; NaN for the plan as it is."""
    served: int
    high_risk: int
    """Those of the served who are of high risk."""
    cost_m: int
    """Cost of all pairs, of uneven loads and of those left out, metres: what a tighter limit never makes less."""
    mean_m: float
    """Mean straight line of the pairs where it is known."""
    longest_m: float
    """Longest walk of any pair, where it is known."""
    largest_load: int
    """The most elders of any volunteer."""
    least_share: float
    """The least share of an area's elders who take part that has a volunteer."""
    is_proved: bool
    """True where no plan within the limit is better by any goal of the month."""


@dataclass(frozen=True, slots=True)
class Front:
    """Points from the plan as it is, the first, to the tightest limit under which as many are served, the last."""

    kind: Kind
    points: tuple[FrontPoint, ...]
    level: str = ""
    """The column of the areas that are compared, for ``districts``."""
    tightest: float = field(default=float("nan"))
    """The limit of the last point: any tighter one serves fewer, or cannot be kept."""

    def list_rows(self) -> list[list[str]]:
        """Return the points as texts, by ``FIGURES``."""
        return [[_format(name, getattr(point, name), self.kind) for name, _title in FIGURES] for point in self.points]

    def _repr_html_(self) -> str:
        """Return the points as a table, for a notebook."""
        table = write_table((_(title) for _name, title in FIGURES), self.list_rows())
        return f"<p>{escape(_(KINDS[self.kind]))}</p>{table}"


def trace_front(held: HeldPlan, kind: Kind, points: int = 5) -> Front:
    """Return what a limit costs: the plan as it is, and so many points up to the tightest limit.

    All points serve as many elders as can be served. The tightest limit is found by bisection over maximum flows.

    Args:
        held: The plan.
        kind: What is limited.
        points: How many beside the plan as it is.

    Raises:
        UnpricedError: the month's plans are no flow.
    """
    if held.unpriced or held.solved is None or held.numbered is None:
        raise UnpricedError(held.unpriced or "nobody")
    tracer = _Tracer.of(held)
    make: dict[Kind, Callable[[int], AssignmentProblem]] = {
        "longest_walk": tracer.limit_walk,
        "loads": tracer.limit_loads,
        "districts": tracer.limit_shares,
    }
    now = tracer.measure(held.volunteer_of, float("nan"), is_proved=held.solved.certify().optimal)
    grid = {"longest_walk": tracer.list_walks, "loads": tracer.list_loads, "districts": tracer.list_shares}[kind](now)
    low, high = 0, len(grid) - 1
    while low < high:  # invariant: grid[high:] can be kept with as many served, grid[:low] cannot
        middle = (low + high) // 2
        if tracer.serves_as_many(make[kind](grid[middle])):
            high = middle
        else:
            low = middle + 1
    chosen = np.unique(np.linspace(high, len(grid) - 1, max(points, 1)).round().astype(int))[::-1]
    found = [now, *(tracer.solve(make[kind](grid[i]), kind, grid[i]) for i in chosen.tolist())]
    return Front(kind, tuple(found), tracer.level if kind == "districts" else "", found[-1].limit)


@dataclass(frozen=True, slots=True, eq=False)
class _Tracer:
    """A plan's problem as arrays, with what is limited."""

    held: HeldPlan
    problem: AssignmentProblem
    """Priced by all goals."""
    walk_m: Index
    """Walk of each candidate in whole metres, rounded up; 0 where it is not known, (n,)."""
    area: Index
    """Number of each roster elder's area, -1 unknown, (n_elders,)."""
    level: str
    most: int
    """Most of the problem's elders that can be served."""

    @classmethod
    def of(cls, held: HeldPlan) -> _Tracer:
        assert held.numbered is not None
        assert held.solved is not None
        features, numbered = held.features, held.numbered
        problem = price_goals(numbered, features.settings.keep)
        straight_m = features.measure_straight_m(numbered.elders[problem.elder], numbered.volunteers[problem.volunteer])
        walk_m = np.ceil(np.nan_to_num(straight_m) * features.settings.distance.detour_factor).astype(np.int64)
        level, area = _choose_level(held)
        most = int((held.solved.volunteer_of >= 0).sum())
        return cls(held, problem, walk_m, area, level, most)

    # what is limited

    def list_walks(self, now: FrontPoint) -> list[int]:
        """Return the walks that candidates have, up to the longest of the plan."""
        longest = int(np.ceil(np.nan_to_num(now.longest_m)))
        return [int(walk) for walk in np.unique(np.append(self.walk_m[self.walk_m < longest], longest))]

    def limit_walk(self, most_m: int) -> AssignmentProblem:
        """Return the problem without pairs of a longer walk."""
        kept = self.walk_m <= most_m
        problem = self.problem
        return problem.replace(
            elder=problem.elder[kept],
            volunteer=problem.volunteer[kept],
            cost=problem.cost[kept],
        )

    def list_loads(self, now: FrontPoint) -> list[int]:
        """Return all loads up to the largest of the plan."""
        return list(range(1, now.largest_load + 1)) or [0]

    def limit_loads(self, most: int) -> AssignmentProblem:
        """Return the problem with no more places of anybody than so many, pinned elders among them."""
        assert self.held.numbered is not None
        room = np.maximum(most - self.held.capacity.pinned[self.held.numbered.volunteers], 0)
        return self.problem.replace(capacity=np.minimum(self.problem.capacity, room))

    def list_shares(self, now: FrontPoint) -> list[int]:
        """Return shares in thousandths, the tightest first: from what every area could have to the plan's least."""
        takes, outside = self._count_areas()[0], self._count_outside()
        most = int(np.floor(1000 * ((takes - outside)[takes > 0] / takes[takes > 0]).min(initial=1)))
        return list(range(most, min(int(np.floor(now.least_share * 10)), most) - 1, -1))

    def limit_shares(self, thousandths: int) -> AssignmentProblem:
        """Return the problem where of each area's elders at least such a share is served.

        Those who have nobody take a place of somebody who stands for that, in their area; there are only so many.
        """
        takes, _pinned = self._count_areas()
        n_areas, who = len(takes), self.area[self._elders()]
        free = takes - np.ceil(takes * thousandths / 1000 - 1e-9).astype(np.int64) - self._count_outside()
        problem, n = self.problem, self.problem.n_volunteers
        unmatched = problem.unmatched_cost
        assert unmatched is not None
        stand_in = np.flatnonzero(who >= 0)
        dear = bound_exchange(problem) + 2 * (n_areas + 1) * int(np.abs(unmatched).max(initial=0))
        capacity = np.concatenate((problem.capacity, np.clip(free, 0, None)))
        load_cost, limit = problem.load_cost, problem.limit
        if load_cost is not None:
            widest = max(load_cost.shape[1], int(capacity.max(initial=1)))
            load_cost = np.pad(load_cost, ((0, n_areas), (0, widest - load_cost.shape[1])), mode="edge")
            load_cost[n:] = 0
        if limit is not None:
            limit = np.concatenate((limit, capacity[n:]))
        return problem.replace(
            elder=np.concatenate((problem.elder, stand_in)),
            volunteer=np.concatenate((problem.volunteer, n + who[stand_in])),
            cost=np.concatenate((problem.cost.astype(np.int64), unmatched[stand_in])),
            capacity=capacity,
            unmatched_cost=np.where(who >= 0, dear, unmatched),
            load_cost=load_cost,
            limit=limit,
        )

    def _count_areas(self) -> tuple[Index, Index]:
        """Return how many elders of each area take part, and how many of them have a pin."""
        held, known = self.held, self.area >= 0
        n_areas = int(self.area.max(initial=-1)) + 1
        pinned = held.features.pinned_volunteer >= 0
        takes = np.bincount(self.area[known & (held.eligible[0] | pinned)], minlength=n_areas)
        return takes, np.bincount(self.area[known & pinned], minlength=n_areas)

    def _count_outside(self) -> Index:
        """Return how many elders of each area take part whom no volunteer may have."""
        takes, pinned = self._count_areas()
        who = self.area[self._elders()]
        return takes - np.bincount(who[who >= 0], minlength=len(takes)) - pinned

    # solving

    def serves_as_many(self, problem: AssignmentProblem) -> bool:
        """Return whether a problem with a limit has a plan, and it serves as many."""
        n, assured = self.problem.n_volunteers, problem.n_volunteers > self.problem.n_volunteers
        is_real = problem.volunteer < n
        # metres say nothing here: only who must be served, then whom somebody real serves
        bare = problem.replace(
            cost=np.where(is_real, 0, 1),
            unmatched_cost=np.full(problem.n_elders, problem.n_elders + 2 if assured else 1),
            load_cost=None,
        )
        chosen = solve(bare).chosen
        served = chosen >= 0
        if assured and not served[self.area[self._elders()] >= 0].all():
            return False
        return int(is_real[chosen[served]].sum()) >= self.most

    def solve(self, problem: AssignmentProblem, kind: Kind, limit: int) -> FrontPoint:
        """Return the best plan of a problem with a limit."""
        assert self.held.numbered is not None
        outcome = solve(problem)
        volunteer_of = np.where(self.held.features.pinned_volunteer >= 0, self.held.features.pinned_volunteer, -1)
        served = np.flatnonzero(outcome.chosen >= 0)
        mine = problem.volunteer[outcome.chosen[served]]
        real = mine < self.problem.n_volunteers
        volunteer_of[self._elders()[served[real]]] = self.held.numbered.volunteers[mine[real]]
        proved = outcome.certificate is not None and outcome.certificate.optimal
        return self.measure(volunteer_of, limit / 10 if kind == "districts" else float(limit), is_proved=proved)

    def _elders(self) -> Index:
        """Return the roster index of each of the problem's elders."""
        assert self.held.numbered is not None
        return self.held.numbered.elders

    def measure(self, volunteer_of: Index, limit: float, *, is_proved: bool) -> FrontPoint:
        """Return the figures of a plan."""
        features = self.held.features
        elder = np.flatnonzero(volunteer_of >= 0)
        straight_m = features.measure_straight_m(elder, volunteer_of[elder])
        known = straight_m[~np.isnan(straight_m)]
        takes, _pinned = self._count_areas()
        at = self.area[elder]
        served = np.bincount(at[at >= 0], minlength=len(takes))
        share = served[takes > 0] / takes[takes > 0]
        load = np.bincount(volunteer_of[elder], minlength=1)
        return FrontPoint(
            limit,
            len(elder),
            int(features.high_risk[elder].sum()),
            int(self.held.compute_cost_m(elder, volunteer_of[elder]).sum()) + self.held.sum_other_cost_m(volunteer_of),
            float(known.mean()) if len(known) else float("nan"),
            float(known.max()) * features.settings.distance.detour_factor if len(known) else float("nan"),
            int(load.max(initial=0)),
            100 * float(share.min()) if len(share) else float("nan"),
            is_proved,
        )


def _choose_level(held: HeldPlan) -> tuple[str, Index]:
    """Return the widest level of areas of which there are several, and each elder's area, -1 unknown."""
    elders = held.month.roster.elders
    area = np.full(len(elders), -1, dtype=np.int64)
    for level in _LEVELS:
        names = elders[level].to_numpy(dtype=object)
        found, number = np.unique(names[names != ""].astype(str), return_inverse=True)
        area[names != ""] = number
        if len(found) > 1:
            return level, area
    return _LEVELS[0], area


def _format(name: str, value: float, kind: Kind) -> str:
    """Return a figure as people write it."""
    if name == "is_proved":
        return _("yes") if value else _("no")
    if np.isnan(value):
        return _("as it is") if name == "limit" else ""
    return f"{value:,.1f}" if name == "least_share" or (name == "limit" and kind == "districts") else f"{value:,.0f}"
