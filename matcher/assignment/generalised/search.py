"""The search for a part's best plan: rounds of work that do not depend on how many workers share it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from matcher.assignment.generalised import lagrangian
from matcher.assignment.generalised.branch_and_cut import branch_and_cut, suits
from matcher.assignment.generalised.components import NOBODY, Part
from matcher.assignment.generalised.cp_sat import Answer, Exact, Mask
from matcher.assignment.generalised.deadline import Clock
from matcher.assignment.generalised.kernels import local_search
from matcher.assignment.generalised.lp_relaxation import Relaxed, relax
from matcher.assignment.generalised.neighbourhoods import Nearby, own_choice
from matcher.assignment.problem import Index

_SLICE = 2_000_000
"""Units of work (search nodes) between two looks at the clock: about a tenth of a second."""
_MOST_NODES = 20_000
_LEVELS = 2048
"""Most capacity levels of the tables of an exchange."""
_SHARPEN = 30
"""Subgradient steps before an exchange is searched: the bound they give ends most exchanges at once."""
_EXACT_UP_TO = 60_000
"""Candidates left over by the bound up to which CP-SAT is asked."""
_MANY = 100_000
"""Candidates from which on subgradient steps are few: they take long and gain little on the relaxation."""
_CUTS_UP_TO = 3_000
_NODES = 4_000
"""Candidates left over up to which HiGHS is asked, and its nodes; four times as many each time."""
_KICK = 2.0
"""What a move out of a dead end may cost on average."""
_CLUSTERS_FROM = 60
"""Volunteers of a part from which on clusters of them are searched."""
_LEAST_CLUSTER, _CLUSTER_NODES, _CLUSTER_S = 12, 300, 5.0
"""Volunteers of a cluster at least; nodes and seconds at most of its search by HiGHS."""
_MOST_END = 0.8
"""Share of searches that end, above which clusters grow."""
_ROUNDING_EFFORT = 4.0
_WHOLE = 1 - 1e-6
_NO_BOUND = -(2**62)
_PATIENCE = 3
"""Slices without a better plan after which exchanges start anew near the best."""


@dataclass(slots=True, eq=False)
class Search:
    """A part, the best plan met and the best bound proved.

    Attributes:
        chosen: The best plan, candidates of the part, -1 left out.
        cost: What it costs, ceilings of those left out included.
        lower: No plan costs less; None: nobody's plan can serve everyone.
        unit_price: Prices of units.
    """

    part: Part
    seed: int
    clock: Clock
    chosen: Index = field(init=False)
    cost: int = field(init=False)
    lower: int | None = field(init=False)
    unit_price: lagrangian.Reals = field(init=False)
    bound: lagrangian.Bound = field(init=False)
    begun: bool = field(init=False)
    round: int = 0
    _width: float = 3.0
    _under_way: set[Exact] = field(default_factory=set)
    _nearby: Nearby | None = None
    _idle: int = 0
    _cut_rounds: int = 0
    _cluster: int = 40
    _ended: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """A first plan and bound; when time is up already, the quickest."""
        part, clock = self.part, self.clock
        relaxed = None if clock.over else relax(part, clock.left_s)
        if relaxed is not None:
            self.unit_price = relaxed.unit_price
        else:
            self.unit_price = np.zeros(len(part.capacity)) if clock.over else lagrangian.linear_prices(part)
        self.bound = lagrangian.first_bound(part, self.unit_price)
        self.lower = self.bound.value
        self.chosen = self._first_plan(np.empty(0, dtype=np.int64), np.argsort(-part.size, kind="stable"))
        self.cost = part.total(self.chosen)
        if relaxed is not None:
            self._take(self._rounded(relaxed))
        self._prove(self.bound.value)
        self.begun = True

    def _first_plan(self, first: Index, order: Index) -> Index:
        """Some candidates as far as there is room, then elders in ``order``, the best at the prices of units."""
        part = self.part
        chosen = np.full(part.n_elders, NOBODY, dtype=np.int64)
        arrays = part.start, part.volunteer, part.cost, part.use, part.capacity
        local_search.greedy(*arrays, self.unit_price, first, part.elder, order, chosen)
        return chosen

    def _rounded(self, relaxed: Relaxed) -> Index:
        """Candidates that are taken whole; for the others, and the room that those leave, CP-SAT's best."""
        part, share = self.part, relaxed.share
        whole = np.flatnonzero(share > _WHOLE)
        chosen = self._first_plan(whole, np.empty(0, dtype=np.int64))
        self._nearby = Nearby.of(part, self.unit_price)
        rest, rows = self._nearby.beside(chosen, share)
        if len(rows):
            now = np.full(rest.n_elders, NOBODY, dtype=np.int64)
            answer = self._exactly(rest, now, None, _ROUNDING_EFFORT)
            if answer.chosen is not None:
                chosen[rest.elders] = np.where(answer.chosen >= 0, rows[answer.chosen], NOBODY)
        others = np.lexsort((-part.size, -part.unmatched_cost, np.rint(relaxed.left_out * 8)))
        return self._first_plan(chosen[chosen >= 0], others)

    def _exactly(self, part: Part, now: Index, upper: int | None, effort: float) -> Answer:
        """CP-SAT's best of a part of the part, whoever is left out ``now`` may stay so."""
        exact = Exact()
        self._under_way.add(exact)
        shown = np.ones(len(part.cost), dtype=bool)
        left_out = np.full(part.n_elders, not part.must_serve) | (now < 0)
        answer = exact.solve(
            part, shown, left_out, _NO_BOUND, upper, now, effort=effort, time_s=self.clock.left_s, seed=self.seed
        )
        self._under_way.discard(exact)
        return answer

    def begin_at_least(self) -> None:
        """``begin``, unless that was done."""
        if not self.begun:
            self.begin()

    def settle(self) -> None:
        """Leave nobody out for whom there is room: searches that were cut short may."""
        part = self.part
        chosen = self.chosen.copy()
        order = np.argsort(-part.unmatched_cost, kind="stable")
        local_search.fill(
            part.start, part.volunteer, part.cost, part.use, part.capacity, part.unmatched_cost, order, chosen
        )
        self.chosen, self.cost = chosen, part.total(chosen)

    @property
    def serves(self) -> bool:
        """Whether the plan leaves nobody out who must be served."""
        return self.part.serves(self.chosen)

    @property
    def done(self) -> bool:
        """Whether the plan is proved the best, or that there is none."""
        return self.lower is None or (self.serves and self.lower >= self.cost)

    def raise_bound(self) -> None:
        """Begin a round: a better bound."""
        self.round += 1
        steps, times = (20, 1) if len(self.part.cost) > _MANY else (50, 10 if self.round <= 3 else 2)
        for _ in range(times):
            if self.clock.over or self.done:
                return
            lagrangian.raise_bound(self.part, self.bound, self.cost if self.serves else None, steps)
            self._prove(self.bound.value)

    def work(self) -> list[Callable[[], Callable[[], None]]]:
        """This round's pieces of work, which may run side by side; each returns how to take its result in."""
        if self.done:
            return []
        if len(self.part.capacity) > _CLUSTERS_FROM:
            return self._search_clusters()
        candidates, left_out = self._open()
        number, budget = self.round, _SLICE * min(4 ** (self.round - 1), 16)
        open_ = int(candidates.sum())
        likely_best = number > 2 and (bool(self._idle) or open_ <= 3 * self.part.n_elders)
        if likely_best and open_ <= _CUTS_UP_TO and suits(self.part, candidates, left_out):
            self._cut_rounds += 1
            return [lambda: self._cut(candidates, left_out), self._last_piece(candidates, left_out, budget)]
        pieces: list[Callable[[], Callable[[], None]]] = [lambda: self._exchange(budget, 2 * number)]
        hopeless = open_ > 2000 and open_ > 5 * self.part.n_elders and self.serves
        if open_ <= _EXACT_UP_TO and not hopeless:
            effort = 0.25 * 4.0 ** min(number - 1, 12)
            pieces.append(lambda: self._ask_exact(candidates, left_out, effort))
        else:
            pieces.append(lambda: self._exchange(budget, 2 * number + 1))
        return pieces

    def _last_piece(self, candidates: Mask, left_out: Mask, budget: int) -> Callable[[], Callable[[], None]]:
        """Beside branch and cut: CP-SAT and exchanges in turn."""
        if self._cut_rounds % 2 == 0:
            return functools.partial(self._ask_exact, candidates, left_out, 4.0**self._cut_rounds)
        return functools.partial(self._exchange, budget, 2 * self.round)

    def _cut(self, candidates: Mask, left_out: Mask) -> Callable[[], None]:
        assert self.lower is not None
        asked = self.cost if self.serves else None
        answer = branch_and_cut(
            self.part,
            candidates,
            left_out,
            self.lower,
            nodes=_NODES * 4 ** (self._cut_rounds - 1),
            time_s=self.clock.left_s,
            stopped=self.clock.stopped,
        )
        return lambda: self._take_exact(answer, asked)

    def _search_clusters(self) -> list[Callable[[], Callable[[], None]]]:
        """Clusters of volunteers, a piece of work each, which share nobody; larger ones once their searches end."""
        rng = np.random.default_rng([self.seed, self.round])
        nearby = self._nearby or Nearby.of(self.part, self.unit_price)
        if ended := self._ended:
            share = sum(ended) / len(ended)
            self._cluster = max(_LEAST_CLUSTER, int(self._cluster * (1.5 if share > _MOST_END else 1 / 1.5)))
        self._ended = []
        own = nearby.within(nearby.clusters(self._cluster, self.chosen, rng), self.chosen)
        return [functools.partial(self._search_cluster, part, rows) for part, rows in own]

    def _search_cluster(self, part: Part, rows: Index) -> Callable[[], None]:
        if self.clock.over:
            return lambda: None
        now = own_choice(rows, part.elders, self.chosen)
        shown, left_out = np.ones(len(rows), dtype=bool), np.full(part.n_elders, not part.must_serve) | (now < 0)
        answer = branch_and_cut(
            part,
            shown,
            left_out,
            _NO_BOUND,
            nodes=_CLUSTER_NODES,
            time_s=min(_CLUSTER_S, self.clock.left_s or _CLUSTER_S),
            stopped=self.clock.stopped,
        )
        better = answer.chosen
        if better is None or part.total(better) >= part.total(now):
            better = now
        return lambda: self._take_cluster(part, rows, better, answer.done)

    def _take_cluster(self, part: Part, rows: Index, better: Index, ended: bool) -> None:
        self._ended.append(ended)
        self.chosen = self.chosen.copy()
        self.chosen[part.elders] = np.where(better >= 0, rows[better], NOBODY)
        self.cost = self.part.total(self.chosen)

    def stop(self) -> None:
        """End work under way."""
        for exact in list(self._under_way):
            exact.stop()

    def _prove(self, lower: int) -> None:
        """Take in a bound; above what the dearest candidates of all cost, it says that nobody can serve all."""
        self.lower = lower if self.lower is None else max(self.lower, lower)
        part = self.part
        if not self.serves and self.lower > int(np.maximum.reduceat(part.cost, part.start[:-1]).sum()):
            self.lower = None

    def _open(self) -> tuple[Mask, Mask]:
        if self.serves:
            return lagrangian.may_help(self.part, self.bound, self.cost)
        return np.ones(len(self.part.cost), dtype=bool), np.zeros(self.part.n_elders, dtype=bool)

    def _ask_exact(self, candidates: Mask, left_out: Mask, effort: float) -> Callable[[], None]:
        assert self.lower is not None
        exact = Exact()
        if self.clock.over:
            return lambda: None
        self._under_way.add(exact)
        asked = self.cost if self.serves else None
        answer = exact.solve(
            self.part,
            candidates,
            left_out,
            self.lower,
            None if asked is None else asked - 1,
            self.chosen,
            effort=effort,
            time_s=self.clock.left_s,
            seed=self.seed,
        )
        self._under_way.discard(exact)
        return lambda: self._take_exact(answer, asked)

    def _take_exact(self, answer: Answer, asked: int | None) -> None:
        """Take in what CP-SAT says of plans cheaper than ``asked``; None: of any that serve everyone."""
        if answer.chosen is not None:
            self._take(answer.chosen)
        if answer.bound is not None:
            self._prove(answer.bound if asked is None else min(answer.bound, asked))
        elif asked is not None:
            self._prove(asked)
        else:
            self.lower = None

    def _exchange(self, budget: int, number: int) -> Callable[[], None]:
        """Exchanges from the best plan; where they find nothing for long, from the best plan with some elders moved."""
        part = self.part
        best, cost, width = self.chosen, self.cost, self._width
        chosen = best.copy()
        seed = (self.seed * 1_000_003 + number * 7919) % 2**31
        size, price = part.size, self.bound.price_m
        spent, idle = 0, _PATIENCE if self._idle else 0
        while spent < budget and not self.clock.over:
            kick = idle >= _PATIENCE
            if kick:
                chosen, idle = best.copy(), 0
            work = _SLICE // 40 if kick else _SLICE
            _, width = local_search.improve(
                part.start,
                part.volunteer,
                part.cost,
                part.use,
                part.first,
                part.by_volunteer,
                part.elder,
                part.capacity,
                part.unmatched_cost,
                price,
                chosen,
                size,
                width,
                (seed + spent) % 2**31,
                work,
                _MOST_NODES,
                _KICK if kick else 0.0,
                _SHARPEN,
                _LEVELS,
            )
            spent += work
            idle += 1
            total = part.total(chosen)
            if total < cost:
                cost, best, idle = total, chosen.copy(), 0
        return lambda: self._take(best, width)

    def _take(self, chosen: Index, width: float | None = None) -> None:
        if width is not None:
            self._width = width
        cost = self.part.total(chosen)
        if cost < self.cost:
            self.cost, self.chosen = cost, chosen
            self._idle = 0
        elif width is not None:
            self._idle += 1
