"""The search for a city's plan, region by region: each is a component of its own, whose search ends in a second.

The relaxation of the whole says to which region an elder belongs, and in what region somebody is left out. In each
round the borders are drawn anew, so that what one round could not move across a border the next one may. A region
begins with what the rounds before came to, so that no round makes the plan dearer.

Where each elder takes as much of one volunteer as of another, the first plan is found by dives from the relaxation of
very large regions, and HiGHS searches small ones to the end. Elsewhere ejection chains anneal regions, and longer after
some rounds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.assignment.generalised import lagrangian
from matcher.assignment.generalised.annealing import Annealing
from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.diving import dive
from matcher.assignment.generalised.flow_relaxation import can_flow, relax_by_flow, relax_levelled
from matcher.assignment.generalised.kernels import local_search
from matcher.assignment.generalised.lp_relaxation import LpSolution
from matcher.assignment.generalised.neighbourhoods import Neighbourhoods, restrict_choice, search_cluster
from matcher.assignment.generalised.regions import split_into_regions
from matcher.assignment.generalised.search import Search
from matcher.assignment.problem import Index

_DIVED = 1_000
"""Volunteers of a region of the first plan, where the relaxation is a flow."""
_TO_THE_END, _NEAR_TO_THE_END = 60, 15
"""Volunteers of a region that is searched to the end, and candidates of each elder that its search is shown."""
_ANNEALED, _NEAR_ANNEALED = 200, 25
"""The same of a region that is annealed."""
_CHAINS, _DOUBLE_AFTER, _MOST_CHAINS = 9_000, 4, 72_000
"""Nodes of chains an elder, rounds after which they double, and at most."""
_RELAX_EVERY, _REHEAT = 4, 0.5
"""Rounds in each of which regions' relaxations are solved, and the share of the heat with which others begin."""
_MOST_IDLE = 3
"""Rounds in a row that find nothing, after which the search ends."""
_STEPS, _BATCHES, _SHORT_STEP = 50, 3, 0.01
"""Subgradient steps in a batch, batches beside the regions of a round, and the step at which they end."""


@dataclass(slots=True, eq=False)
class RegionalSearch:
    """A large component and the best plan met: the same for the rounds of a search as ``Search``.

    Attributes:
        component: What to solve; where it has limits, no region leaves out more by any count than before.
        seed: Of what is drawn.
        deadline: When to stop.
        start: A plan to better; None: there is none yet.
        known_price: Prices of units near those of the relaxation; None: it is solved.
        deterrent: What leaving each elder out counts in regions; None: what it costs.
        is_guide: Whether the plan is asked for, and no bound of it; it ends where nobody is left out.
        most_rounds: Rounds after which the search ends; None: no limit.
        chosen: The best plan, candidates of the component, -1 left out.
        lower: No plan costs less.
        unit_price: Prices of units.
        begun: Whether there is a plan.
        round: The number of the round.
    """

    component: Component
    seed: int
    deadline: Deadline
    start: Index | None = None
    known_price: lagrangian.Reals | None = None
    deterrent: Index | None = None
    is_guide: bool = False
    most_rounds: int | None = None
    chosen: Index = field(init=False)
    lower: int | None = field(init=False)
    unit_price: lagrangian.Reals = field(init=False)
    begun: bool = False
    round: int = 0
    _bound: lagrangian.Bound = field(init=False)
    _searched: Component = field(init=False)
    _nearby: Neighbourhoods = field(init=False)
    _homes: Index | None = field(init=False)
    _ends: bool = field(init=False)
    _before: int = field(init=False)
    _idle: int = 0
    _raises: bool = field(init=False)

    def begin(self) -> None:
        """Find prices, a bound and a first plan: what the relaxation takes most of, as far as there is room."""
        component, relaxed = self.component, None
        free = replace(component, counts=None, limits=None)
        self._searched = free if self.deterrent is None else replace(free, unmatched_cost=self.deterrent)
        self._ends = can_flow(self._searched)
        self.unit_price = np.zeros(len(component.capacity)) if self.known_price is None else self.known_price
        if self.known_price is None and not self.deadline.over:
            relaxed = relax_by_flow(self._searched) if self._ends else relax_levelled(self._searched)
            self.unit_price = relaxed.unit_price
        if not self._ends and not self.deadline.over:
            self.unit_price = lagrangian.estimate_unit_prices(component, self.unit_price)
        self._bound = lagrangian.compute_first_bound(component, self.unit_price)
        self.lower, self._raises = self._bound.value, not self.is_guide
        self._homes = None if self.start is not None or relaxed is None else _find_largest_shares(component, relaxed)
        self.chosen = self._assign_first() if self.start is None else self.start
        self._before = self._searched.compute_cost(self.chosen)
        near = _NEAR_TO_THE_END if self._ends else _NEAR_ANNEALED
        self._nearby = Neighbourhoods.of(component, self.unit_price, shown=near)
        self.begun = True

    def _assign_first(self) -> Index:
        """Return a plan with the candidates that the relaxation likes, as far as there is room, and the best others."""
        component = self.component
        first = np.empty(0, dtype=np.int64) if self._homes is None else self._homes[self._homes >= 0]
        chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
        arrays = component.start, component.volunteer, component.cost, component.use, component.capacity
        others = np.argsort(-component.size, kind="stable")
        local_search.assign_greedily(*arrays, self.unit_price, first, component.elder, others, chosen)
        return chosen

    def ensure_begun(self) -> None:
        """Begin, unless that was done."""
        if not self.begun:
            self.begin()

    @property
    def has_ended(self) -> bool:
        """Return whether the plan is proved, rounds find nothing any more, or a guide leaves nobody out."""
        is_over = self.most_rounds is not None and self.round >= self.most_rounds
        if is_over or (self.is_guide and self.round and bool((self.chosen >= 0).all())):
            return True
        return self.lower == self.component.compute_cost(self.chosen) or self._idle >= _MOST_IDLE

    def raise_bound(self) -> None:
        """Begin a round."""
        cost = self._searched.compute_cost(self.chosen)
        if self.round:
            self._idle = self._idle + 1 if cost == self._before else 0
            self._homes = None
        self._before = cost
        self.round += 1

    def list_work(self) -> list[Callable[[], Callable[[], None]]]:
        """Return a piece of work for each region, with borders of this round; each returns how to take its result."""
        rng = np.random.default_rng([self.seed, self.round])
        flowing = _TO_THE_END if self._homes is None else _DIVED
        regions = split_into_regions(self._nearby.shared, flowing if self._ends else _ANNEALED, rng)
        parts = self._nearby.extract_clusters(regions, self.chosen if self._homes is None else self._homes)
        raising = [self._raise_in_batches] if self._raises else []
        return [*raising, *(functools.partial(self._search_region, region, rows) for region, rows in parts)]

    def _raise_in_batches(self) -> Callable[[], None]:
        """Find a better bound, until steps are short."""
        upper = self.component.compute_cost(self.chosen)
        for _batch in range(_BATCHES):
            if self.deadline.over:
                break
            lagrangian.raise_bound(self.component, self._bound, upper, _STEPS)
            self._raises = self._bound.step > _SHORT_STEP

        def take() -> None:
            self.lower = self._bound.value

        return take

    def _search_region(self, region: Component, rows: Index) -> Callable[[], None]:
        """Search one region for a better plan; in the first round each finds one, however short the time."""
        is_first = self._homes is not None
        if self.deadline.over and not is_first:
            return lambda: None
        free = replace(region, counts=None, limits=None, unmatched_cost=self._searched.unmatched_cost[region.elders])
        now = None if is_first else restrict_choice(rows, region.elders, self.chosen)
        unit_price = None
        if not self._ends:
            better, unit_price = self._anneal(free, now)
        elif now is None:
            better = dive(free, np.random.default_rng([self.seed, int(region.elders[0])]), self.deadline)
        else:
            better = search_cluster(free, now, self.deadline)[0]
        if now is not None:
            is_better = free.compute_cost(better) < free.compute_cost(now) and region.is_within_limits(better)
            better = better if is_better else now
        return lambda: self._take(region, rows, better, unit_price)

    def _anneal(self, region: Component, now: Index | None) -> tuple[Index, lagrangian.Reals | None]:
        """Return the best plan that chains meet, and prices of units where the region's relaxation was solved.

        They go on from ``now``, in some rounds from what the relaxation comes to where that is better: at city size it
        takes as long as they do.
        """
        seed, chains = self.seed + self.round, min(_CHAINS * 2 ** ((self.round - 1) // _DOUBLE_AFTER), _MOST_CHAINS)
        if now is not None and self.round % _RELAX_EVERY:
            annealing = Annealing.of(region, self.unit_price[region.volunteers])
            return annealing.improve(now, chains * region.n_elders, _REHEAT, seed, self.deadline), None
        search = Search(region, seed, self.deadline, start=now, first_chains=chains, is_guide=True)
        search.begin()
        search.fill_up()
        return search.chosen, search.unit_price

    def _take(self, region: Component, rows: Index, better: Index, unit_price: lagrangian.Reals | None) -> None:
        """Take in what the search of a region found: its prices are nearer than those of the levelled relaxation."""
        if unit_price is not None:
            self.unit_price = self.unit_price.copy()
            self.unit_price[region.volunteers] = unit_price
        self.chosen = self.chosen.copy()
        self.chosen[region.elders] = np.where(better >= 0, rows[better], NOBODY)

    def stop(self) -> None:
        """End work under way: regions look at the deadline by themselves."""

    def fill_up(self) -> None:
        """Leave nobody out for whom there is room in another region."""
        component, chosen = self.component, self.chosen.copy()
        order = np.argsort(-component.unmatched_cost, kind="stable")
        arrays = component.start, component.volunteer, component.cost, component.use, component.capacity
        local_search.fill_gaps(*arrays, component.unmatched_cost, order, chosen)
        self.chosen = chosen


def _find_largest_shares(component: Component, relaxed: LpSolution) -> Index:
    """Return the candidate of which the relaxation takes most, of each elder, -1 left out, (n_elders,)."""
    order = np.lexsort((-relaxed.share, component.elder))
    best = order[component.start[:-1]]
    return np.where(relaxed.share[best] > 0, best, NOBODY)
