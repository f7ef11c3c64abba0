"""Goals in order: what leaving elders out counts, goal after goal, and then the cost (lexicographic optimisation).

No weights stand in for the order. Each goal is a problem of its own, in which the goals before it are limits: no plan
may leave out more, by their counts, than the plan at hand. So each goal has its own value and its own bound, and all
goals are proved where each bound is met (Ehrgott 2005, section 5.1).

A weighted sum comes first, as a guide: rounding its relaxation gives a plan that is good by all goals at once. Then
each goal that no relaxation proves is searched by itself.

Components share nobody, so that a plan is best where it is best in each. As long as a goal is not proved in one of
them, that one may give room to another: the bounds of later goals then hold over all components together, with one
price for each earlier goal (Lagrange).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numba import get_num_threads

from matcher.assignment.generalised.components import NOBODY, Component, join_components, split_components
from matcher.assignment.generalised.dantzig_wolfe import ColumnSolution, solve_by_columns
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.fine_certificate import certify_finely
from matcher.assignment.generalised.flow_relaxation import can_flow, price_limits, relax_by_flow, relax_goal_by_flow
from matcher.assignment.generalised.kernels import local_search
from matcher.assignment.generalised.lagrangian import Reals, price_elders
from matcher.assignment.generalised.lp_relaxation import choose_near_columns, solve_lp_relaxation
from matcher.assignment.generalised.regional_search import RegionalSearch
from matcher.assignment.generalised.regions import draw_sample
from matcher.assignment.generalised.rounds import run_searches, run_together
from matcher.assignment.generalised.search import Search
from matcher.assignment.generalised.single_units import has_sizes
from matcher.assignment.problem import AssignmentProblem, Index

_LARGEST = 2**57
_FINE = 2**8
"""Fractions of an elder in which prices of units count where a goal is searched by itself, unless counts are large."""
_MOST_COUNT = 2**15
"""Counts in such fractions stay below this, so that HiGHS can be trusted with them."""
_LARGE, _GUIDE_ROUNDS = 60, 8
"""Volunteers beyond which the weighted sum is searched by regions, and rounds, unless the cost is too."""
_SHORT = 150
"""Elders for each second there is, beyond which the cost is searched by regions."""
_REGIONAL = 1_500
"""Volunteers of a component beyond which the cost is searched by regions."""
_MOST_TRIED = 4
_GUIDE, _GOAL = 0.4, 0.25
"""Shares of the time that is left: for the weighted sum, and for each goal that is searched by itself."""


@dataclass(frozen=True, slots=True)
class GoalProof:
    """What a plan comes to by one goal, and what is proved: no plan as good by the goals before it comes to less."""

    value: int
    bound: int

    @property
    def is_met(self) -> bool:
        """Return whether value and bound meet."""
        return self.value == self.bound


@dataclass(frozen=True, slots=True, eq=False)
class LexicographicOutcome:
    """The best plan found, goal by goal.

    Attributes:
        chosen: Candidate index of each elder, -1 left out, (n_elders,).
        goals: Value and bound of each goal.
        cost: The same of the cost of the chosen candidates.
        certified_cost: A bound of that cost from prices alone, computed apart from the solver.
    """

    chosen: Index
    goals: tuple[GoalProof, ...]
    cost: GoalProof
    certified_cost: int

    @property
    def is_optimal(self) -> bool:
        """Return whether it is proved that no plan is better by any goal and as good by those before it."""
        return self.cost.is_met and all(goal.is_met for goal in self.goals)


def solve_lexicographic(
    problem: AssignmentProblem,
    goals: Index,
    *,
    time_limit_s: float | None = None,
    seed: int = 0,
    workers: int | None = None,
) -> LexicographicOutcome:
    """Return the plan that leaves out least by the first goal, then by the second …, then costs least.

    Args:
        problem: With ``use``; ``unmatched_cost`` is not looked at.
        goals: What leaving each elder out counts by each goal, integers >= 0, (n_goals, n_elders). By some goal each
            elder counts.
        time_limit_s: Seconds after which the best plan so far is returned; None: when all goals are proved.
        seed: Of the search.
        workers: Threads; None: as many as there are cores.

    Raises:
        OverflowError: sums would leave 64 bits.
    """
    dearest = int(np.abs(problem.cost).max(initial=0)) + 1
    priced = problem.replace(unmatched_cost=np.full(problem.n_elders, dearest))
    components = split_components(priced)
    is_regional = _is_regional(components, time_limit_s)
    if is_regional:
        # as one part, so that what limits are worth is the same everywhere
        components = [whole] if (whole := join_components(priced)) else []
    fractions = [max(1, min(_FINE, _MOST_COUNT // max(int(most), 1))) for most in goals.max(axis=1, initial=1)]
    parts = [_Part(_free(part), goals[:, part.elders], [*fractions, 1], is_regional) for part in components]
    for part in parts:
        part.check_range(problem.n_elders + problem.n_volunteers)
    _Runner(parts, Deadline(time_limit_s), seed, workers or get_num_threads()).run(len(goals))
    return _make_outcome(problem, goals, parts)


def _is_regional(components: Sequence[Component], time_limit_s: float | None) -> bool:
    """Return whether there is so little time for so many that all are searched by regions."""
    n_elders = sum(component.n_elders for component in components)
    is_short = time_limit_s is not None and n_elders > _SHORT * time_limit_s
    return is_short or any(len(component.capacity) > _REGIONAL for component in components)


def _free(component: Component) -> Component:
    """Return the component where leaving out costs nothing."""
    return replace(component, unmatched_cost=np.zeros(component.n_elders, dtype=np.int64))


@dataclass(slots=True, eq=False)
class _Part:
    """A component on its way through the goals.

    Attributes:
        component: Its candidates at their cost; leaving out costs nothing.
        goals: What leaving its elders out counts, (n_goals, n_elders).
        fractions: In which fractions each goal, and last the cost, counts where it is a problem of its own.
        is_regional: Whether the cost is searched by regions too.
        chosen: The best plan met, candidates of the component.
        bounds: What is proved of each goal, and last of the cost, over plans of this component that are as good by
            the goals before; None: not looked at yet.
        unit_price, goal_price: Prices of units and of the goals before, in the problem that each goal is.
        searched_price: Prices of the goals before at which each goal is searched.
    """

    component: Component
    goals: Index
    fractions: Sequence[int]
    is_regional: bool
    chosen: Index = field(init=False)
    bounds: list[int | None] = field(init=False)
    unit_price: list[Reals] = field(init=False)
    goal_price: list[Index] = field(init=False)
    searched_price: list[Index] = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.goals) + 1
        self.chosen = np.full(self.component.n_elders, NOBODY, dtype=np.int64)
        self.bounds = [None] * n
        self.unit_price = [np.zeros(len(self.component.capacity)) for _ in range(n)]
        self.goal_price = [np.zeros(number, dtype=np.int64) for number in range(n)]
        self.searched_price = list(self.goal_price)

    def check_range(self, n_people: int) -> None:
        """Raise OverflowError where sums of weights would leave 64 bits."""
        most = int(self.make_guide().unmatched_cost.max(initial=0))
        if most * (n_people + 2) >= _LARGEST:
            raise OverflowError(f"leaving out may cost {most}: too large for {n_people} people")

    @property
    def values(self) -> list[int]:
        """Return what the plan comes to by each goal, and last by cost."""
        return [*self.count(self.chosen), self.component.compute_cost(self.chosen)]

    def count(self, chosen: Index) -> list[int]:
        """Return what a plan leaves out by each goal."""
        counted: list[int] = self.goals[:, chosen < 0].sum(axis=1).tolist()
        return counted

    def take(self, chosen: Index) -> bool:
        """Take a plan in where it is better, goal by goal; return whether it was."""
        rank = [*self.count(chosen), self.component.compute_cost(chosen)]
        if rank >= self.values:
            return False
        self.chosen = chosen
        return True

    def fill_up(self) -> None:
        """Leave nobody out for whom there is room; whom earlier goals count comes first."""
        component, chosen = self.component, self.chosen.copy()
        above_all = np.full(component.n_elders, int(component.cost.max(initial=0)) + 1)
        order = np.lexsort((component.size, *-self.goals[::-1]))
        arrays = component.start, component.volunteer, component.cost, component.use, component.capacity
        local_search.fill_gaps(*arrays, above_all, order, chosen)
        self.take(chosen)

    # the guide: a weighted sum of all goals

    def weigh(self) -> Index:
        """Return the weights of the goals in the guide, (n_goals,)."""
        return _weigh(self.goals, self.component.cost)

    @property
    def is_large(self) -> bool:
        """Return whether volunteers are so many that goals are not searched to the end by themselves."""
        return len(self.component.capacity) > _LARGE

    def open_guide(self, seed: int, deadline: Deadline) -> Search | RegionalSearch:
        """Return the search of the weighted sum."""
        if not (self.is_large or self.is_regional):
            return Search(self.make_guide(), seed, deadline, is_guide=True)
        most_rounds = None if self.is_regional else _GUIDE_ROUNDS
        return RegionalSearch(self.make_guide(), seed, deadline, is_guide=True, most_rounds=most_rounds)

    def make_guide(self) -> Component:
        """Return the component at the weighted sum of all goals and the cost."""
        return replace(self.component, unmatched_cost=self.weigh() @ self.goals)

    def take_guide(self, search: Search | RegionalSearch) -> None:
        """Take in the plan and the prices of the weighted sum."""
        if search.begun:
            self.take(search.chosen)
            weights = self.weigh()
            self.unit_price[-1], self.goal_price[-1] = search.unit_price, weights
            # the sum's prices, in the coin of each goal, prove something of it where no time is left for its own
            for goal, (weight, fraction) in enumerate(zip(weights.tolist(), self.fractions, strict=False)):
                self.unit_price[goal] = search.unit_price * (fraction / weight)
                self.goal_price[goal] = np.rint(weights[:goal] * (fraction / weight)).astype(np.int64)
        self.fill_up()

    # one goal after the other

    def open_stage(self, goal: int, seed: int, deadline: Deadline) -> Search | RegionalSearch | None:
        """Bound one goal by its relaxation; return the search for it where that is not enough."""
        is_count = goal < len(self.goals)
        if is_count and self.values[goal] == 0:
            self.bounds[goal] = 0
            return None
        if self.is_regional:
            return self._open_regional_stage(goal, seed, deadline)
        component = self._make_stage(goal)
        self.searched_price[goal] = self.goal_price[goal]
        self._prove_by_prices(goal)
        if self.bounds[goal] == self.values[goal]:
            return None
        if not is_count and self.is_large and not any(self.values[:goal]):
            # nobody is left out, so that the weighted sum's relaxation is this one
            by_columns = self._solve_by_columns(component, seed, deadline)
            priced = self.price_stage(goal, self.searched_price[goal])
            known_price = self.unit_price[goal]
            return Search(priced, seed, deadline, start=self.chosen, known_price=known_price, by_columns=by_columns)
        near = choose_near_columns(self.component, self.unit_price[-1], self.chosen)
        relaxed = None if deadline.over else solve_lp_relaxation(component, deadline.left_s, near)
        if relaxed is not None:
            self.unit_price[goal] = relaxed.unit_price
            self.goal_price[goal] = np.rint(relaxed.limit_price).astype(np.int64)
            self._prove_by_prices(goal)
            self.searched_price[goal] = self.goal_price[goal]
        if relaxed is None or self.bounds[goal] == self.values[goal]:
            return None
        by_columns = None if is_count else self._solve_by_columns(component, seed, deadline)
        component = self.price_stage(goal, self.searched_price[goal])
        first, fraction = self.goals[: goal + 1], self.fractions[goal]
        deterrent = fraction * _weigh(first, component.cost) @ first
        return Search(
            component,
            seed,
            deadline,
            start=self.chosen,
            relaxed=relaxed,
            step=fraction,
            deterrent=deterrent,
            by_columns=by_columns,
        )

    def _open_regional_stage(self, goal: int, seed: int, deadline: Deadline) -> RegionalSearch | None:
        """Bound one goal of a city; return the search for the cost, which is by all goals at once as the guide's."""
        stage, known_price = self._make_stage(goal), self.unit_price[-1]
        if goal and any(self.values[:goal]) and not deadline.over:
            sample = draw_sample(stage, known_price, self.chosen, seed)
            # what the plan leaves out beyond the least is spread over the city
            known = [bound or 0 for bound in self.bounds[:goal]]
            spare = (np.array(self.values[:goal]) - known) * (sample.n_elders / stage.n_elders)
            self.goal_price[goal] = price_limits(sample, spare, self.weigh()[:goal] * self.fractions[goal])
        priced = self.price_stage(goal, self.goal_price[goal])
        free = replace(priced, counts=None, limits=None)
        if can_flow(free) and not deadline.over:
            is_count = goal < len(self.goals)
            relaxed = relax_goal_by_flow(free, self.component.cost) if is_count else relax_by_flow(free)
            self.unit_price[goal] = relaxed.unit_price
        self._prove_by_prices(goal)
        if goal < len(self.goals):
            self.bounds[goal] = max(self.bounds[goal] or 0, 0)
        self.searched_price[goal] = self.goal_price[goal]
        if goal < len(self.goals) or self.bounds[goal] == self.values[goal]:
            return None
        deterrent = self.make_guide().unmatched_cost
        return RegionalSearch(
            priced, seed + 1, deadline, start=self.chosen, known_price=self.unit_price[goal], deterrent=deterrent
        )

    def _solve_by_columns(self, stage: Component, seed: int, deadline: Deadline) -> ColumnSolution | None:
        """Solve the relaxation of a large part's cost in units over columns; keep the prices of goals that it finds."""
        if not (self.is_large and has_sizes(self.component)):
            return None
        prices = self.goal_price[-1]
        price = price_elders(self.price_stage(len(self.goals), prices), self.unit_price[-1])
        solved = solve_by_columns(stage, price, prices.astype(np.float64), self.chosen, seed, deadline.take_share(0.5))
        if solved is not None:
            self.searched_price[-1] = np.rint(solved.limit_price).astype(np.int64)
        return solved

    def take_stage(self, goal: int, search: Search | RegionalSearch) -> None:
        """Take in what the search of one goal found."""
        if not search.begun:
            return
        assert search.lower is not None
        assert search.component.limits is not None or not goal
        limits = [] if search.component.limits is None else search.component.limits.tolist()
        self.take(search.chosen)
        self.fill_up()
        self._prove(goal, search.lower, self.searched_price[goal], limits)

    def _make_stage(self, goal: int) -> Component:
        """Return the component of one goal, with limits where there are goals before it."""
        component = self.component
        if goal < len(self.goals):
            nothing = np.zeros_like(component.cost)
            component = replace(component, cost=nothing, unmatched_cost=self.goals[goal] * self.fractions[goal])
        if goal:
            limits = np.array(self.values[:goal], dtype=np.int64)
            component = replace(component, counts=self.goals[:goal], limits=limits)
        return component

    def price_stage(self, goal: int, prices: Index) -> Component:
        """Return the component of one goal, where what the goals before count has prices."""
        component = self._make_stage(goal)
        return replace(component, unmatched_cost=component.unmatched_cost + prices @ self.goals[:goal])

    def certify_cost(self) -> int:
        """Return a bound of the cost, over plans as good by all goals, from prices alone."""
        prices, limits = self.goal_price[-1], self.values[:-1]
        alone = bound_by_prices(self.price_stage(len(self.goals), prices), self.unit_price[-1])
        return alone - sum(int(price) * limit for price, limit in zip(prices, limits, strict=True))

    def _prove_by_prices(self, goal: int) -> None:
        """Take in the bound of a goal that its prices prove by themselves."""
        prices = self.goal_price[goal]
        alone = bound_by_prices(self.price_stage(goal, prices), self.unit_price[goal])
        self._prove(goal, alone, prices, self.values[:goal])

    def _prove(self, goal: int, lower: int, prices: Index, limits: Sequence[int]) -> None:
        """Take in that no plan within the limits costs less than ``lower`` in the priced problem of a goal."""
        priced = sum(price * limit for price, limit in zip(prices.tolist(), limits, strict=True))
        bound = -((priced - lower) // self.fractions[goal])
        known = self.bounds[goal]
        self.bounds[goal] = bound if known is None else max(known, bound)


def _weigh(goals: Index, cost: Index) -> Index:
    """Return weights of goals for a sum that guides a search, (n_goals,).

    They are above what an exchange of an elder or two may save by later goals and cost; larger ones would drown the
    cost in sums of floating point.
    """
    dearest = max(int(cost.max()), 0)
    step = 1 << (2 * (dearest - min(int(cost.min()), 0) + 1)).bit_length()
    weights, later = [step], goals[-1] > 0
    for counts in goals[-2::-1]:
        overlaps = (later & (counts > 0)).any()
        weights.append(4 * (weights[-1] + dearest) if overlaps else weights[-1] + step)
        later = later | (counts > 0)
    return np.array(weights[::-1], dtype=np.int64)


def bound_by_prices(component: Component, unit_price: Reals) -> int:
    """Return what no plan of a component undercuts, by weak duality at some prices of units."""
    problem = AssignmentProblem(
        component.elder,
        component.volunteer,
        component.cost,
        component.capacity,
        component.use,
        component.unmatched_cost,
    )
    return certify_finely(problem, np.full(component.n_elders, NOBODY), unit_price).bound


class _Runner:
    """All components on their way through the goals, side by side."""

    def __init__(self, parts: Sequence[_Part], deadline: Deadline, seed: int, workers: int) -> None:
        self._parts, self._deadline, self._seed, self._workers = parts, deadline, seed, workers

    def run(self, n_goals: int) -> None:
        """Search the weighted sum, then each goal in turn, then the cost; after Ctrl-C what is left is bounded only."""
        deadline = self._deadline.take_share(_GUIDE)
        guides = [part.open_guide(self._seed, deadline) for part in self._parts]
        self._run(guides, deadline)
        for part, search in zip(self._parts, guides, strict=True):
            part.take_guide(search)
        for goal in range(n_goals + 1):
            self._run_stage(goal, self._deadline.take_share(_GOAL if goal < n_goals else 1.0))

    def _run_stage(self, goal: int, deadline: Deadline) -> None:
        """Search for one goal where it is not proved."""
        open_ = [part for part in self._parts if part.bounds[goal] is None]
        with ThreadPoolExecutor(self._workers) as pool:
            pieces = [functools.partial(part.open_stage, goal, self._seed, deadline) for part in open_]
            found = run_together(pool, pieces)
        searches = [(part, search) for part, search in zip(open_, found, strict=True) if search is not None]
        self._run([search for _, search in searches], deadline)
        for part, search in searches:
            part.take_stage(goal, search)

    def _run(self, searches: Sequence[Search | RegionalSearch], deadline: Deadline) -> None:
        try:
            run_searches(searches, deadline, self._workers)
        except KeyboardInterrupt:
            self._deadline.stopped.set()


def _make_outcome(problem: AssignmentProblem, goals: Index, parts: Sequence[_Part]) -> LexicographicOutcome:
    """Return the outcome that the components come to together."""
    chosen = np.full(problem.n_elders, NOBODY, dtype=np.int64)
    elsewhere = np.ones(problem.n_elders, dtype=bool)
    for part in parts:
        served = part.chosen >= 0
        chosen[part.component.elders[served]] = part.component.candidates[part.chosen[served]]
        elsewhere[part.component.elders] = False
    never = [*goals[:, elsewhere].sum(axis=1).tolist(), 0]
    proofs, is_proved = [], True
    for goal, outside in enumerate(never):
        value = sum(part.values[goal] for part in parts)
        # one component by itself has nobody to give room to
        apart = is_proved or len(parts) == 1
        bound = sum(part.bounds[goal] or 0 for part in parts) if apart else _bound_jointly(parts, goal)
        proofs.append(GoalProof(value + outside, bound + outside))
        is_proved = is_proved and all(part.bounds[goal] == part.values[goal] for part in parts)
    certified = _bound_jointly(parts, len(goals))
    if is_proved or len(parts) == 1:
        certified = max(certified, sum(part.certify_cost() for part in parts))
    return LexicographicOutcome(chosen, tuple(proofs[:-1]), proofs[-1], min(certified, proofs[-1].bound))


def _bound_jointly(parts: Sequence[_Part], goal: int) -> int:
    """Return the bound of a goal over all components, at prices of the goals before that are the same in each.

    Those of each component are tried, and the largest of each goal; the highest bound stays.
    """
    if not parts:
        return 0
    limits = np.array([part.values[:goal] for part in parts], dtype=np.int64).reshape(len(parts), goal).sum(axis=0)
    tried = {tuple(part.goal_price[goal].tolist()) for part in parts}
    largest = tuple(map(max, zip(*tried, strict=True)))
    likely = sorted(tried, key=lambda prices: -sum(prices))[:: max(1, len(tried) // _MOST_TRIED)]
    bounds = []
    for prices in dict.fromkeys([largest, *likely]):
        each = [
            bound_by_prices(part.price_stage(goal, np.array(prices, dtype=np.int64)), part.unit_price[goal])
            for part in parts
        ]
        priced = sum(price * int(limit) for price, limit in zip(prices, limits.tolist(), strict=True))
        bounds.append(-((priced - sum(each)) // parts[0].fractions[goal]))
    return max(bounds, default=0)
