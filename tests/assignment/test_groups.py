"""Elders of one group with one volunteer: against every plan there is, on small random problems."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, milp

from matcher.assignment.groups.bound import SCALE, Prices, compute_bound
from matcher.assignment.groups.joining import price_joinings
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.groups.program import GroupProgram
from matcher.assignment.groups.solve import solve_grouped
from matcher.assignment.problem import AssignmentProblem
from matcher.assignment.solve import solve
from tests.helpers.effort import some


def make_problem(rng: np.random.Generator, split_cost: int | None, *, loads: bool, limits: bool) -> GroupedProblem:
    """Return a random problem of up to 7 elders and 4 volunteers, with places for most."""
    elders, volunteers = int(rng.integers(3, 8)), int(rng.integers(2, 5))
    pairs = [(e, v) for e in range(elders) for v in range(volunteers) if rng.random() < 0.7] or [(0, 0)]
    elder, volunteer = np.array(pairs).T
    capacity = rng.integers(1, 4, volunteers)
    group = np.full(elders, -1)
    members = rng.permutation(elders)
    group[:] = -1
    for number in range(int(rng.integers(1, elders // 2 + 1))):
        group[members[2 * number : 2 * number + 2]] = number
    if elders > 2 * (group.max() + 1) and rng.random() < 0.3:
        group[members[2 * (group.max() + 1)]] = group.max()
    problem = AssignmentProblem(
        elder,
        volunteer,
        rng.integers(-5, 40, len(elder)),
        capacity,
        unmatched_cost=rng.choice([200, 400, 5000], elders),
        load_cost=np.sort(rng.integers(-10, 30, (volunteers, 3)), axis=1) if loads else None,
        limited=rng.random(elders) < 0.5 if limits else None,
        limit=rng.integers(0, 3, volunteers) if limits else None,
    )
    return GroupedProblem(problem, group.astype(np.int64), split_cost)


def find_least_cost(grouped: GroupedProblem) -> int:
    """Return the cost of the cheapest plan, by trying all."""
    problem = grouped.problem
    choices = [[-1, *np.flatnonzero(problem.elder == elder).tolist()] for elder in range(problem.n_elders)]
    best = None
    for plan in product(*choices):
        chosen = np.array(plan, dtype=np.int64)
        volunteer = [int(problem.volunteer[arc]) for arc in plan if arc >= 0]
        if any(volunteer.count(v) > problem.capacity[v] for v in set(volunteer)):
            continue
        try:
            cost = grouped.compute_cost(chosen)
        except ValueError:
            continue
        if grouped.is_allowed(chosen) and (best is None or cost < best):
            best = cost
    assert best is not None
    return best


@pytest.mark.parametrize("split_cost", [None, 0, 7, 30])
@pytest.mark.parametrize(("loads", "limits"), [(False, False), (True, False), (False, True), (True, True)])
def test_the_plan_is_the_cheapest_and_the_bound_says_so(split_cost: int | None, loads: bool, limits: bool) -> None:
    rng = np.random.default_rng([split_cost or 1, loads, limits])
    for _case in range(some(5)):
        grouped = make_problem(rng, split_cost, loads=loads, limits=limits)
        outcome = solve_grouped(grouped)
        assert grouped.is_allowed(outcome.chosen)
        assert outcome.cost == grouped.compute_cost(outcome.chosen)
        assert outcome.cost == outcome.bound == find_least_cost(grouped)


@pytest.mark.parametrize("split_cost", [None, 20])
def test_the_bound_holds_at_any_prices(split_cost: int | None) -> None:
    rng = np.random.default_rng(5)
    for _case in range(5):
        grouped = make_problem(rng, split_cost, loads=True, limits=True)
        least, n = find_least_cost(grouped), grouped.problem.n_volunteers
        for _prices in range(5):
            place = rng.integers(-50, 400, n)
            bound = compute_bound(grouped, Prices(place, place + rng.integers(0, 100, n)))
            assert bound.total <= SCALE * least


@pytest.mark.parametrize("loads", [False, True])
def test_joining_one_group_costs_what_solving_anew_says(loads: bool) -> None:
    """The path's cost is that of the cheapest plan where the group is held to one of its volunteers."""
    rng, looked_at, exact = np.random.default_rng(8), 0, 0
    while looked_at < 60:
        problem = make_problem(rng, None, loads=loads, limits=False).problem
        outcome = solve(problem)
        served = np.flatnonzero(outcome.chosen >= 0)
        if len(served) < 2:
            continue
        two = rng.choice(served, 2, replace=False)
        partner = problem.volunteer[outcome.chosen[two]]
        if partner[0] == partner[1]:
            continue
        looked_at += 1
        group = np.full(problem.n_elders, -1)
        group[two] = 0
        found = price_joinings(problem, outcome.chosen, outcome.prices, group)[0]
        costs = {v: hold_to(problem, two, v) for v in range(problem.n_volunteers)}
        costs = {v: cost - outcome.cost for v, cost in costs.items() if cost is not None}
        own = {v: cost for v, cost in costs.items() if v in partner}
        assert found.cost == min(own.values(), default=-1)
        assert found.least <= min(costs.values(), default=0)
        exact += found.cost == found.least == min(costs.values(), default=-1)
    assert exact > 30


def hold_to(problem: AssignmentProblem, members: np.ndarray, volunteer: int) -> int | None:
    """Return the least cost of plans where this volunteer serves both, None where there is none."""
    dear = 10**6
    unmatched = problem.unmatched_cost.copy()
    unmatched[members] = dear
    kept = ~np.isin(problem.elder, members) | (problem.volunteer == volunteer)
    held = AssignmentProblem(
        problem.elder[kept],
        problem.volunteer[kept],
        problem.cost[kept],
        problem.capacity,
        unmatched_cost=unmatched,
        load_cost=problem.load_cost,
    )
    cost = solve(held).cost
    return cost if cost < dear // 2 else None


def make_tied() -> tuple[GroupProgram, list[int]]:
    """Return a program in which two elders may change places at no cost, and both their candidates."""
    elder, volunteer = [0, 0, 1, 1, 2, 3], [0, 1, 0, 1, 2, 2]
    problem = AssignmentProblem(elder, volunteer, [5, 5, 5, 5, 9, 9], [1, 1, 2], unmatched_cost=[90] * 4)
    grouped = GroupedProblem(problem, np.array([-1, -1, 0, 0]), 7)
    nothing = np.zeros(3, dtype=np.int64)
    prices = Prices(nothing, nothing)
    program = GroupProgram(grouped, prices, compute_bound(grouped, prices), np.ones(6, dtype=bool))
    return program, [0, 1, 2, 3]


@pytest.mark.parametrize("is_found", [True, False])
def test_a_point_between_two_plans_becomes_a_plan_or_none(monkeypatch, is_found):
    program, tied = make_tied()

    def end_between(*args, **options):
        solution = milp(*args, **options)
        solution.x[tied] = 0.5
        return solution

    monkeypatch.setattr("matcher.assignment.groups.program.milp", end_between)
    if not is_found:
        lost = OptimizeResult(status=4, x=None)
        monkeypatch.setattr("matcher.assignment.groups.program.linprog", lambda *_args, **_options: lost)
    chosen = program.find_plan(np.full(4, -1), 5.0)
    assert (chosen is not None) == is_found
    if is_found:
        assert sorted(chosen[:2].tolist()) in ([0, 3], [1, 2])
        assert program.grouped.compute_cost(chosen) == 28
