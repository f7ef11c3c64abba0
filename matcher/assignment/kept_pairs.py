"""The cheapest plan that keeps at least so many of a set of pairs: one side constraint on a flow, by its price.

A multiplier of L for each pair kept turns the constraint into costs (Lagrange): for every L >= 0 no plan that keeps
``least`` costs less than the cheapest plan at costs less L, plus L times ``least``. The larger the multiplier, the more
pairs are kept; at one multiplier L* the cheapest plans keep too few and enough at once. What sets two such plans apart
falls into exchange cycles that cost nothing at L*, and each may be made or not: those are chosen that keep just enough.
If some choice keeps exactly ``least``, cost and bound meet and the plan is proved optimal. Otherwise pairs are
fixed one at a time, kept or not (branch and bound), until bound and cost meet or the steps are used up; what gap is
left is told.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import count
from math import gcd

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.certificate import certify
from matcher.assignment.exchange_cycles import combine
from matcher.assignment.flow.solve_flow import GROW_FROM
from matcher.assignment.problem import AssignmentProblem, Certificate, Index
from matcher.assignment.solve import solve

Mask = NDArray[np.bool_]
MOST_STEPS = 40
"""Pairs fixed to close a gap; fewer in large problems."""
_MOST_LOOKED_AT = 500_000
"""Candidates of all problems together that are solved to close a gap."""
_MOST_WORTHS = 60
"""Worths tried for one problem; a dozen are usual."""


@dataclass(frozen=True, slots=True, eq=False)
class BudgetedPlan:
    """A plan that keeps enough pairs.

    Attributes:
        chosen: Candidate index of each elder, -1 unmatched, (n_elders,).
        certificate: Its cost, and a bound for all plans that keep enough.
        prices: Of places at the multiplier at which the constraint holds, (n_volunteers,).
        multiplier: What one pair fewer to be kept would save, to the unit; 0 where the constraint costs nothing.
        kept: How many pairs it keeps.
    """

    chosen: Index
    certificate: Certificate
    prices: Index
    multiplier: int
    kept: int


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """A plan, with its true cost, and the prices that came with it."""

    chosen: Index
    cost: int
    kept: int
    prices: Index


def count_most_kept(problem: AssignmentProblem, pairs: Mask) -> int:
    """Return how many of the ``pairs`` (a mask, one an elder at most) capacities and limits allow at once."""
    volunteer, n = problem.volunteer[pairs], problem.n_volunteers
    wanted = np.bincount(volunteer, minlength=n)
    if problem.limited is not None and problem.limit is not None:
        limited = np.bincount(volunteer[problem.limited[problem.elder[pairs]]], minlength=n)
        wanted = wanted - limited + np.minimum(limited, problem.limit)
    return int(np.minimum(wanted, problem.capacity).sum())


def solve_keeping(problem: AssignmentProblem, pairs: Mask, least: int) -> BudgetedPlan:
    """Return the cheapest plan that keeps at least ``least`` of the ``pairs``, a mask, one an elder at most.

    Args:
        problem: With ``unmatched_cost``, and without ``use``.
        pairs: Those that count.
        least: At most ``count_most_kept``.
    """
    root = _Search(problem, pairs, least).run()
    best, bound = root.best, root.bound
    if best.cost > bound:
        best, bound = _branch(problem, pairs, least, root)
    proof = certify(problem, best.chosen, np.zeros(problem.n_volunteers, dtype=np.int64))
    certificate = replace(proof, cost=best.cost, bound=min(bound, best.cost))
    return BudgetedPlan(best.chosen, certificate, root.best.prices, root.multiplier, best.kept)


@dataclass(frozen=True, slots=True, eq=False)
class _SearchResult:
    """What a search comes to: the best plan, the bound, the multiplier, and a pair to fix next (or -1)."""

    best: _Point
    bound: int
    multiplier: int
    undecided: int


class _Search:
    """The search for the multiplier at which enough pairs are kept."""

    def __init__(self, problem: AssignmentProblem, pairs: Mask, least: int) -> None:
        self.problem, self.pairs, self.least = problem, pairs, least
        self.bound = -(2**200)

    def run(self) -> _SearchResult:
        """Return the best plan that keeps enough, and a bound."""
        low = self.solve_at(0, 1)
        if low.kept >= self.least:
            return _SearchResult(low, self.bound, 0, -1)
        # mostly pairs need not be multiplier more than an elder, and no more than 32 bits hold, which is sooner solved
        high = self.solve_at(self._bound_detour(), 1)
        if high.kept < self.least:
            low, high = high, self.solve_at(self.find_most_multiplier(), 1)
        multiplier, scale = 0, 1
        for _ in range(_MOST_WORTHS):
            multiplier, scale = self._intersect(low, high)
            at = self.solve_at(multiplier, scale)
            done = scale * at.cost - multiplier * at.kept >= scale * low.cost - multiplier * low.kept
            if at.kept >= self.least:
                high = at if not done or at.kept < high.kept else high
            else:
                low = at if not done or at.kept > low.kept else low
            if done:
                break
        chosen = combine(self.problem, self.pairs, low.chosen, high.chosen, self.least - low.kept)
        middle = self.make_point(chosen, high.prices)
        best = middle if middle.kept >= self.least and middle.cost <= high.cost else high
        return _SearchResult(best, self.bound, -(-multiplier // scale), self._find_undecided(low, high))

    def solve_at(self, multiplier: int, scale: int) -> _Point:
        """Return the cheapest plan where each pair kept is multiplier ``multiplier / scale``; the bound follows."""
        problem = self.problem
        assert problem.unmatched_cost is not None
        scaled = problem.replace(
            cost=problem.cost.astype(np.int64) * scale - multiplier * self.pairs,
            unmatched_cost=problem.unmatched_cost * scale,
            load_cost=None if problem.load_cost is None else problem.load_cost * scale,
        )
        outcome = solve(scaled)
        assert outcome.bound is not None
        assert outcome.prices is not None
        # costs are whole numbers: the bound may be rounded up
        self.bound = max(self.bound, -(-(outcome.bound + multiplier * self.least) // scale))
        return self.make_point(outcome.chosen, outcome.prices // scale)

    def make_point(self, chosen: Index, prices: Index) -> _Point:
        """Return a plan of this problem with its true cost."""
        kept = int(self.pairs[chosen[chosen >= 0]].sum())
        cost = certify(self.problem, chosen, np.zeros(self.problem.n_volunteers, dtype=np.int64)).cost
        return _Point(chosen, cost, kept, prices)

    def _bound_detour(self) -> int:
        """Return a multiplier above what a kept pair adds to the cost of pairs while nobody else is left out for it."""
        spread = int(self.problem.cost.max()) - int(self.problem.cost.min())
        return min(4 * spread + 1, 2**30)

    def find_most_multiplier(self) -> int:
        """Return a multiplier at which the cheapest plan keeps as many as can be.

        If it did not, some pair could be made by moving its elder there and leaving at most one other elder out.
        """
        problem = self.problem
        assert problem.unmatched_cost is not None
        spread = int(problem.cost.max()) - int(problem.cost.min())
        if problem.load_cost is not None:
            spread += int(problem.load_cost.max(initial=0)) - int(problem.load_cost.min(initial=0))
        return int(problem.unmatched_cost.max()) + 2 * spread + abs(int(problem.cost.max())) + 1

    def _intersect(self, low: _Point, high: _Point) -> tuple[int, int]:
        """Return the multiplier at which both plans cost the same, as a fraction, no finer than 64 bits hold.

        Costs of a city stay within 32 bits, which are sooner solved.
        """
        problem = self.problem
        assert problem.unmatched_cost is not None
        saved, more = high.cost - low.cost, high.kept - low.kept
        common = gcd(saved, more)
        saved, more = saved // common, more // common
        dearest = abs(saved // more) + int(np.abs(problem.cost).max()) + 1
        largest = max(dearest, int(problem.unmatched_cost.max())) * 2 + 1
        finest = max(1, (2**61 // (problem.n_elders + problem.n_volunteers + 2)) // largest)
        if len(problem.cost) > GROW_FROM:
            finest = max(1, min(finest, 2**30 // dearest))
        if more <= finest:
            return saved, more
        return -(-saved * finest // more), finest

    def _find_undecided(self, low: _Point, high: _Point) -> int:
        """Return a pair that one of the two plans keeps and the other does not, -1 where there is none."""
        here, there = (np.isin(np.flatnonzero(self.pairs), point.chosen) for point in (low, high))
        apart = np.flatnonzero(here != there)
        return int(np.flatnonzero(self.pairs)[apart[0]]) if len(apart) else -1


def _branch(problem: AssignmentProblem, pairs: Mask, least: int, root: _SearchResult) -> tuple[_Point, int]:
    """Return the best plan and bound after fixing pairs one at a time, the problem with the least bound first."""
    best, order = root.best, count()
    weight = 3 * _Search(problem, pairs, least).find_most_multiplier()
    nodes: list[tuple[int, int, _SearchResult, Mask, Mask]] = []
    nothing = np.zeros(len(pairs), dtype=bool)
    heapq.heappush(nodes, (root.bound, next(order), root, nothing, nothing))
    for _ in range(min(MOST_STEPS, _MOST_LOOKED_AT // len(problem.elder))):
        if not nodes or nodes[0][0] >= best.cost or nodes[0][2].undecided < 0:
            break
        _bound, _order, node, kept, broken = heapq.heappop(nodes)
        for side in (True, False):
            fixed = np.zeros(len(pairs), dtype=bool)
            fixed[node.undecided] = True
            more = (kept | fixed, broken) if side else (kept, broken | fixed)
            found = _search_with_fixed(problem, pairs, least, weight, *more)
            if found is None:
                continue
            if found.best.cost < best.cost:
                best = found.best
            heapq.heappush(nodes, (max(found.bound, node.bound), next(order), found, *more))
    return best, min([best.cost, *(node[0] for node in nodes)])


def _search_with_fixed(
    problem: AssignmentProblem, pairs: Mask, least: int, weight: int, kept: Mask, broken: Mask
) -> _SearchResult | None:
    """Return the search where some pairs must be kept and others broken; None where too few can be kept."""
    free, must = pairs & ~broken, int(kept.sum())
    if count_most_kept(problem, free) < least or count_most_kept(problem, kept) < must:
        return None
    # so cheap that the best plans take what is to be kept, so dear that they leave what is to be broken
    forced = problem.replace(cost=problem.cost - weight * (kept.astype(np.int64) - broken))
    found = _Search(forced, free, max(least, must)).run()
    # whatever was forced, the plan is one of the whole problem; and all plans that obey cost so much less
    best = _Search(problem, pairs, least).make_point(found.best.chosen, found.best.prices)
    return replace(found, best=best, bound=found.bound + weight * must)
