"""Elders of one group with one volunteer: against every plan there is, on small random problems."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from matcher.assignment.groups.bound import SCALE, Prices, compute_bound
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.groups.solve import solve_grouped
from matcher.assignment.problem import AssignmentProblem


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
    for _case in range(5):
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
