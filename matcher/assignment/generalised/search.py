"""The search for a component's best plan: rounds of work that do not depend on how many workers share it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from matcher.assignment.generalised import lagrangian
from matcher.assignment.generalised.annealing import Annealing
from matcher.assignment.generalised.branch_and_cut import branch_and_cut, is_exact_in_floats
from matcher.assignment.generalised.column_rounding import round_columns
from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.cp_sat import CpSatSearch, CpSatSolution, Mask
from matcher.assignment.generalised.dantzig_wolfe import ColumnSolution, dive, solve_by_columns
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.exchanges import exchange
from matcher.assignment.generalised.kernels import local_search
from matcher.assignment.generalised.lp_relaxation import LpSolution, solve_lp_relaxation
from matcher.assignment.generalised.neighbourhoods import Neighbourhoods, restrict_choice, search_cluster
from matcher.assignment.generalised.single_units import (
    has_single_left_out,
    has_sizes,
    list_larger_by_gain,
    may_replace_single_units,
    replace_single_units,
    round_by_size,
)
from matcher.assignment.problem import Index

_SLICE, _MOST_SLICES = 2_000_000, 64
"""Units of work in a round's exchanges, at first, and how many times that at most."""
_FIRST_EXCHANGES = 100_000_000
"""Units of work of exchanges from a large component's first plan: seconds, in which they serve almost everybody."""
_FIRST_CHAINS, _CHAINS, _MOST_CHAINS = 3_000, 20_000, 80_000
"""Nodes of ejection chains an elder: for a first plan, in the first round, after which they double, and at most."""
_SHORT_COLUMN = 15
"""Elders of a volunteer at most where a small component is dived for: a longer column spoils too many others."""
_DIVES_AFTER, _DIVE_CHAINS, _DIVE_HEAT, _DIVE_WORK = 3, 10_000, 0.3, 60_000_000
"""Rounds before a small component is dived for; nodes an elder and heat of chains after a dive, work of exchanges."""
_REHEAT = 0.5
"""Share of the greatest heat at which chains begin after the first round."""
_EXACT_UP_TO = 60_000
"""Candidates left over by the bound up to which CP-SAT is asked."""
_MAKE_ROOM = 4
"""How many of those who take more than one unit are tried out of the plan in a round, so that others find room."""
_STEPS, _BATCHES, _STILL = 50, 6, 0.002
"""Subgradient steps in a batch; batches of a large component in a round; a step that raises a small one's no more."""
_WORTH_RAISING, _SHORT_STEP = 100, 0.1
"""In a large component steps end where they are short, or chains want their time, and close less than 1 / this."""
_CUTS_UP_TO, _OPEN_PER_ELDER, _NODES = 3_000, 5, 4_000
"""Candidates left over up to which HiGHS is asked, and by elder; its nodes, later four times them."""
_CLUSTERS_FROM = 60
"""Volunteers of a component from which on clusters of them are searched."""
_LEAST_CLUSTER, _MOST_END = 12, 0.8
"""Volunteers of a cluster at least, and the share of searches that end, above which clusters grow."""
_COLUMNS_SHARE = 0.5
"""Share of the time that the relaxation over columns may take."""
_ROUNDING_EFFORT = 4.0
_WHOLE = 1 - 1e-6
_NO_BOUND = -(2**62)


@dataclass(slots=True, eq=False)
class Search:
    """A component, the best plan met and the best bound proved.

    Attributes:
        chosen: The best plan, candidates of the component, -1 left out.
        cost: What it costs, ceilings of those left out included.
        lower: No plan costs less; None: nobody's plan can serve everyone.
        unit_price: Prices of units.
        start: A plan within the component's limits; None: there are none.
        relaxed: The relaxation's optimum, where it is known.
        known_price: Prices of units of that optimum, where ``start`` is a plan to better and not to round anew.
        step: By how much a plan must be cheaper to be worth finding.
        is_guide: Whether the plan is asked for, and no bound of it.
        deterrent: What leaving each elder out counts in exchanges, where limits ask for more than its cost does.
        by_columns: The optimum of the relaxation over columns, where it is known.
        first_chains: Nodes of ejection chains an elder, for a first plan.
    """

    component: Component
    seed: int
    deadline: Deadline
    start: Index | None = None
    relaxed: LpSolution | None = None
    known_price: lagrangian.Reals | None = None
    step: int = 1
    deterrent: Index | None = None
    by_columns: ColumnSolution | None = None
    first_chains: int = _FIRST_CHAINS
    is_guide: bool = False
    chosen: Index = field(init=False)
    cost: int = field(init=False)
    lower: int | None = field(init=False)
    unit_price: lagrangian.Reals = field(init=False)
    bound: lagrangian.Bound = field(init=False)
    begun: bool = field(init=False)
    round: int = 0
    _width: float = 3.0
    _under_way: set[CpSatSearch] = field(default_factory=set)
    _nearby: Neighbourhoods | None = None
    _annealing: Annealing | None = None
    _chains: bool = True
    _idle: int = 0
    _cut_rounds: int = 0
    _cluster: int = 40
    _ended: list[bool] = field(default_factory=list)
    _raises: bool = field(init=False)

    def __post_init__(self) -> None:
        self.begun = False
        self._raises = not self.is_guide

    def begin(self) -> None:
        """Find a first plan and bound; when time is up already, the quickest."""
        component = self.component
        self._chains = not has_sizes(component)
        relaxed = self._price_units()
        self.bound = lagrangian.compute_first_bound(component, self.unit_price)
        if self.start is None:
            self.chosen = self._assign_first(np.empty(0, dtype=np.int64), np.argsort(-component.size, kind="stable"))
        else:
            self.chosen = self.start
        self.cost = component.compute_cost(self.chosen)
        if self.asks_for_columns and self.by_columns is None and component.limits is None:
            self._solve_by_columns()
        if self.by_columns is not None:
            self._take_bound(self.by_columns)
            if (rounded := round_columns(component, self.by_columns, self.deadline)) is not None:
                self._take(rounded)
        elif relaxed is not None:
            self._take(self._round_lp(relaxed))
            if self.is_large:
                self._place_single_units()
            if self._chains and self.is_large:
                self._chain(self.first_chains * component.n_elders, 1.0, 0)()
            elif self.is_large:
                self._exchange(_FIRST_EXCHANGES, 0)()
        self.lower = self.bound.value
        self._prove(self.bound.value)
        self.begun = True

    def _price_units(self) -> LpSolution | None:
        """Find prices of units; return the relaxation that says them, None: known or estimated."""
        component, deadline = self.component, self.deadline
        relaxed = self.relaxed
        if relaxed is None and self.known_price is None and not deadline.over:
            relaxed = solve_lp_relaxation(component, deadline.left_s)
        if relaxed is not None:
            self.unit_price = relaxed.unit_price
        elif self.known_price is not None:
            self.unit_price = self.known_price
        elif deadline.over:
            self.unit_price = np.zeros(len(component.capacity))
        else:
            self.unit_price = lagrangian.estimate_unit_prices(component)
        return relaxed

    def _solve_by_columns(self) -> None:
        """Solve the relaxation over columns where there are no limits."""
        given = self.bound.price_m, np.zeros(0), self.chosen, self.seed
        self.by_columns = solve_by_columns(self.component, *given, self.deadline.take_share(_COLUMNS_SHARE))
        if self.by_columns is not None:
            self._take_bound(self.by_columns)

    def _take_bound(self, solved: ColumnSolution) -> None:
        """Take in the bound of the relaxation over columns."""
        sharper = lagrangian.compute_bound_at(self.component, solved.price)
        self.bound = max(self.bound, sharper, key=lambda bound: bound.exact)

    def _assign_first(self, first: Index, order: Index) -> Index:
        """Take some candidates as far as there is room, then elders in ``order``, the best at the prices of units."""
        component = self.component
        chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
        arrays = component.start, component.volunteer, component.cost, component.use, component.capacity
        local_search.assign_greedily(*arrays, self.unit_price, first, component.elder, order, chosen)
        return chosen

    def _round_lp(self, relaxed: LpSolution) -> Index:
        """Round the relaxation: in a large component size by size, if that can be.

        Otherwise it is what the relaxation takes whole, in a small one CP-SAT's best for the rest, and the room left
        filled up.
        """
        component, share = self.component, relaxed.share
        self._nearby = Neighbourhoods.of(component, self.unit_price)
        by_size = round_by_size(component, relaxed.left_out, relaxed.unit_price) if self.is_large else None
        if by_size is not None:
            return by_size
        whole = np.flatnonzero(share > _WHOLE)
        chosen = self._assign_first(whole, np.empty(0, dtype=np.int64))
        rest, rows = self._nearby.leave_fixed(chosen, share)
        if len(rows) and not self.is_large:
            now = np.full(rest.n_elders, NOBODY, dtype=np.int64)
            answer = self._solve_part(rest, now, None, _ROUNDING_EFFORT)
            if answer.chosen is not None:
                chosen[rest.elders] = np.where(answer.chosen >= 0, rows[answer.chosen], NOBODY)
        others = np.lexsort((-component.size, -component.unmatched_cost, np.rint(relaxed.left_out * 8)))
        return self._assign_first(chosen[chosen >= 0], others)

    def _solve_part(self, component: Component, now: Index, upper: int | None, effort: float) -> CpSatSolution:
        """Return CP-SAT's best of a part of the component; whoever is left out ``now`` may stay so."""
        exact = CpSatSearch()
        self._under_way.add(exact)
        shown = np.ones(len(component.cost), dtype=bool)
        left_out = np.full(component.n_elders, not component.must_serve) | (now < 0)
        answer = exact.solve(
            component,
            shown,
            left_out,
            _NO_BOUND,
            upper,
            now,
            effort=effort,
            time_s=self.deadline.left_s,
            seed=self.seed,
        )
        self._under_way.discard(exact)
        return answer

    def ensure_begun(self) -> None:
        """Begin, unless that was done."""
        if not self.begun:
            self.begin()

    def fill_up(self) -> None:
        """Leave nobody out for whom there is room: searches that were cut short may."""
        component = self.component
        chosen = self.chosen.copy()
        order = np.argsort(-component.unmatched_cost, kind="stable")
        arrays = component.start, component.volunteer, component.cost, component.use, component.capacity
        local_search.fill_gaps(*arrays, component.unmatched_cost, order, chosen)
        self.chosen, self.cost = chosen, component.compute_cost(chosen)

    @property
    def serves_all(self) -> bool:
        """Return whether the plan leaves nobody out who must be served."""
        return self.component.serves_all(self.chosen)

    @property
    def has_ended(self) -> bool:
        """Return whether there is nothing more to do."""
        return self.is_done

    @property
    def is_done(self) -> bool:
        """Return whether the plan is proved the best, or that there is none."""
        return self.lower is None or (self.serves_all and self.lower > self.cost - self.step)

    def raise_bound(self) -> None:
        """Begin a round: in a small component find a better bound, in a large one place single units anew."""
        self.round += 1
        if self.is_large:
            self._place_single_units()
        else:
            if self.round == _DIVES_AFTER and self.may_dive:
                self._solve_by_columns()
            for _ in range(10 if self.round <= 3 else 2):
                if self.deadline.over or self.is_done or self.bound.step < _STILL:
                    return
                lagrangian.raise_bound(self.component, self.bound, self.cost if self.serves_all else None, _STEPS)
                self._prove(self.bound.value)

    @property
    def asks_for_columns(self) -> bool:
        """Return whether the relaxation over columns is worth its time."""
        return self.is_large and not self.is_guide and has_sizes(self.component)

    @property
    def may_dive(self) -> bool:
        """Return whether dives into the relaxation over columns may help: short ones, uses differ, all are free."""
        is_short = self.component.n_elders <= _SHORT_COLUMN * len(self.component.capacity)
        return is_short and not self.is_guide and self._chains and self.component.limits is None

    @property
    def is_large(self) -> bool:
        """Return whether volunteers are so many that clusters of them are searched."""
        return len(self.component.capacity) > _CLUSTERS_FROM

    def _place_single_units(self) -> None:
        """Take in the best plan for whoever takes one unit, and see whether somebody larger had better make room."""
        component = self.component
        if not may_replace_single_units(component):
            return
        self._take(replace_single_units(component, self.chosen))
        if not has_single_left_out(component, self.chosen):
            return
        for elder in list_larger_by_gain(component, self.chosen, self.unit_price)[:_MAKE_ROOM].tolist():
            if self.deadline.over:
                return
            without = self.chosen.copy()
            without[elder] = NOBODY
            self._take(replace_single_units(component, without))

    def _raise_in_batches(self) -> Callable[[], None]:
        """Find a better bound of a large component, as long as that pays."""
        upper = self.cost if self.serves_all else None
        for _ in range(_BATCHES):
            if self.deadline.over:
                break
            before = self.bound.value
            lagrangian.raise_bound(self.component, self.bound, upper, _STEPS)
            gained = self.bound.value - before
            is_short = self.bound.step < _SHORT_STEP or (self._chains and not gained)
            if is_short and gained * _WORTH_RAISING < self.cost - before:
                self._raises = False
                break
        return lambda: self._prove(self.bound.value)

    def list_work(self) -> list[Callable[[], Callable[[], None]]]:
        """Return this round's pieces of work, which may run side by side; each returns how to take its result in."""
        if self.is_done:
            return []
        if self.is_large:
            raising = [self._raise_in_batches] if self._raises else []
            if self._chains and not self._idle:
                return [*raising, *self._list_chains(2 - len(raising))]
            return [*raising, *(self._list_cut() or self._search_clusters())]
        if self.by_columns is not None and self.round % 2:
            return [functools.partial(self._dive, self.round - i) for i in (1, 0)]
        candidates, left_out = self._find_open()
        number, budget = self.round, _SLICE * min(4 ** (self.round - 1), _MOST_SLICES)
        open_ = int(candidates.sum())
        hopeless = open_ > _OPEN_PER_ELDER * self.component.n_elders and self.serves_all and number > 2
        likely_best = number > 2 and (bool(self._idle) or open_ <= 3 * self.component.n_elders) and not hopeless
        if likely_best and open_ <= _CUTS_UP_TO and is_exact_in_floats(self.component, candidates, left_out):
            self._cut_rounds += 1
            return [lambda: self._cut(candidates, left_out), self._make_last_piece(candidates, left_out, budget)]
        pieces: list[Callable[[], Callable[[], None]]] = [lambda: self._exchange(budget, 2 * number)]
        if open_ <= _EXACT_UP_TO and not hopeless:
            pieces.append(lambda: self._ask_cp_sat(candidates, left_out, 0.25 * 4.0 ** min(number - 1, 12)))
        else:
            pieces.append(lambda: self._exchange(budget, 2 * number + 1))
        return pieces

    def _dive(self, seed: int) -> Callable[[], None]:
        """Dive, anneal the plan where that ends, and exchange: the best plans met come from unlike ones."""
        assert self.by_columns is not None
        chosen = dive(self.component, self.by_columns, seed, self.deadline)
        annealing = Annealing.of(self.component, self.unit_price)
        annealed = annealing.improve(chosen, _DIVE_CHAINS * self.component.n_elders, _DIVE_HEAT, seed, self.deadline)
        price, out = self.bound.price_m, self.component.unmatched_cost
        given = self._width, price, out, _DIVE_WORK, seed, self.deadline
        exchanged, _ = exchange(self.component, annealed, *given, kicks_first=False)
        return lambda: self._take(exchanged, self._width)

    def _list_cut(self) -> list[Callable[[], Callable[[], None]]]:
        """Return the search by branch and cut of all that a better plan may have, where the bound leaves little."""
        if self.by_columns is None or not self.serves_all or self.round % 2 == 0:
            return []
        candidates, left_out = self._find_open()
        is_little = candidates.sum() <= _OPEN_PER_ELDER * self.component.n_elders
        if not (is_little and is_exact_in_floats(self.component, candidates, left_out)):
            return []
        self._cut_rounds += 1
        return [functools.partial(self._cut, candidates, left_out)]

    def _make_last_piece(self, candidates: Mask, left_out: Mask, budget: int) -> Callable[[], Callable[[], None]]:
        """Return the piece of work beside branch and cut: CP-SAT and exchanges in turn."""
        if self._cut_rounds % 2 == 0:
            return functools.partial(self._ask_cp_sat, candidates, left_out, 4.0**self._cut_rounds)
        return functools.partial(self._exchange, budget, 2 * self.round)

    def _cut(self, candidates: Mask, left_out: Mask) -> Callable[[], None]:
        """Search by branch and cut over the candidates that may help."""
        assert self.lower is not None
        asked = self.cost - self.step + 1 if self.serves_all else None
        answer = branch_and_cut(
            self.component,
            candidates,
            left_out,
            self.lower,
            nodes=_NODES * 4 ** (self._cut_rounds - 1),
            time_s=self.deadline.left_s,
            stopped=self.deadline.stopped,
        )
        return lambda: self._take_cp_sat(answer, asked)

    def _list_chains(self, number: int) -> list[Callable[[], Callable[[], None]]]:
        """Return so many pieces of work that anneal the plan by ejection chains, each in its own way."""
        nodes = min(_CHAINS * 2 ** min(self.round - 1, 9), _MOST_CHAINS) * self.component.n_elders
        share = 1.0 if self.round == 1 else _REHEAT
        return [functools.partial(self._chain, nodes, share, 2 * self.round + i) for i in range(number)]

    def _chain(self, nodes: int, share: float, number: int) -> Callable[[], None]:
        """Anneal the best plan by ejection chains; where it gets no better, clusters have the next round."""
        if self._annealing is None:
            self._annealing = Annealing.of(self.component, self.unit_price)
        seed = (self.seed * 1_000_003 + number * 7919) % 2**31
        chosen = self._annealing.improve(self.chosen, nodes, share, seed, self.deadline)
        return lambda: self._take(chosen, self._width)

    def _search_clusters(self) -> list[Callable[[], Callable[[], None]]]:
        """Return a piece of work for each cluster of volunteers; they share nobody and grow once their searches end."""
        rng = np.random.default_rng([self.seed, self.round])
        self._idle = 0
        nearby = self._nearby or Neighbourhoods.of(self.component, self.unit_price)
        if ended := self._ended:
            share = sum(ended) / len(ended)
            self._cluster = max(_LEAST_CLUSTER, int(self._cluster * (1.5 if share > _MOST_END else 1 / 1.5)))
        self._ended = []
        own = nearby.extract_clusters(nearby.draw_clusters(self._cluster, self.chosen, rng), self.chosen)
        return [functools.partial(self._search_cluster, component, rows) for component, rows in own]

    def _search_cluster(self, component: Component, rows: Index) -> Callable[[], None]:
        """Search one cluster for a better plan."""
        if self.deadline.over:
            return lambda: None
        better, ended = search_cluster(component, restrict_choice(rows, component.elders, self.chosen), self.deadline)
        return lambda: self._take_cluster(component, rows, better, ended)

    def _take_cluster(self, component: Component, rows: Index, better: Index, ended: bool) -> None:
        """Take in what the search of a cluster found."""
        self._ended.append(ended)
        self.chosen = self.chosen.copy()
        self.chosen[component.elders] = np.where(better >= 0, rows[better], NOBODY)
        self.cost = self.component.compute_cost(self.chosen)

    def stop(self) -> None:
        """End work under way."""
        for exact in list(self._under_way):
            exact.stop()

    def _prove(self, lower: int) -> None:
        """Take in a bound; above what the dearest candidates of all cost, it says that nobody can serve all."""
        self.lower = lower if self.lower is None else max(self.lower, lower)
        component = self.component
        if not self.serves_all and self.lower > int(np.maximum.reduceat(component.cost, component.start[:-1]).sum()):
            self.lower = None

    def _find_open(self) -> tuple[Mask, Mask]:
        """Return the candidates and elders left out that a better plan may have."""
        if self.serves_all:
            return lagrangian.find_promising(self.component, self.bound, self.cost - self.step + 1)
        return np.ones(len(self.component.cost), dtype=bool), np.zeros(self.component.n_elders, dtype=bool)

    def _ask_cp_sat(self, candidates: Mask, left_out: Mask, effort: float) -> Callable[[], None]:
        """Ask CP-SAT for a plan cheaper than the best one."""
        assert self.lower is not None
        exact = CpSatSearch()
        if self.deadline.over:
            return lambda: None
        self._under_way.add(exact)
        asked = self.cost - self.step + 1 if self.serves_all else None
        answer = exact.solve(
            self.component,
            candidates,
            left_out,
            self.lower,
            None if asked is None else asked - 1,
            self.chosen,
            effort=effort,
            time_s=self.deadline.left_s,
            seed=self.seed,
        )
        self._under_way.discard(exact)
        return lambda: self._take_cp_sat(answer, asked)

    def _take_cp_sat(self, answer: CpSatSolution, asked: int | None) -> None:
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
        """Exchange from the best plan; where that finds nothing for long, from it with some elders moved."""
        unmatched_cost = self.component.unmatched_cost if self.deterrent is None else self.deterrent
        seed = (self.seed * 1_000_003 + number * 7919) % 2**31
        best, width = exchange(
            self.component,
            self.chosen,
            self._width,
            self.bound.price_m,
            unmatched_cost,
            budget,
            seed,
            self.deadline,
            kicks_first=bool(self._idle),
        )
        return lambda: self._take(best, width)

    def _take(self, chosen: Index, width: float | None = None) -> None:
        """Take in a plan where it is better than the best one."""
        if width is not None:
            self._width = width
        cost = self.component.compute_cost(chosen)
        if cost < self.cost and self.component.is_within_limits(chosen):
            self.cost, self.chosen = cost, chosen
            self._idle = 0
        elif width is not None:
            self._idle += 1
