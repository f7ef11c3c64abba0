"""Plans found region by region: whole, within limits, never dearer, and with bounds that hold."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.sparse import csr_array

from matcher.assignment import AssignmentProblem
from matcher.assignment.generalised import lexicographic, regional_search, regions
from matcher.assignment.generalised.components import NOBODY, Component, join_components
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.lexicographic import solve_lexicographic
from matcher.assignment.generalised.regional_search import RegionalSearch
from matcher.assignment.generalised.regions import draw_sample, split_into_regions
from matcher.assignment.generalised.rounds import run_searches
from tests.assignment.generalised.test_lexicographic import Program, problems
from tests.helpers.effort import some


def make_city(seed: int, *, alike: bool, n_elders: int = 160, n_volunteers: int = 40) -> AssignmentProblem:
    """People along a road, short of room; whether elders take as much of one volunteer as of another."""
    rng = np.random.default_rng(seed)
    home, other = np.sort(rng.random(n_elders)), np.sort(rng.random(n_volunteers))
    metres = np.abs(home[:, None] - other) * 10_000
    elder, volunteer = np.nonzero(metres < 1200)
    size = rng.integers(1, 3, n_elders)[elder]
    use = size if alike else size * 60 + rng.integers(0, 40, len(elder))
    capacity = np.full(n_volunteers, 5 if alike else 400)
    cost = metres[elder, volunteer].astype(np.int64)
    return AssignmentProblem(elder, volunteer, cost, capacity, use, np.full(n_elders, 20_000))


def make_small_regions():
    """Regions of a few volunteers, so that a small city has several."""
    return mock.patch.multiple(regional_search, _TO_THE_END=8, _ANNEALED=16, _CHAINS=200)


def check_plan(component: Component, chosen: np.ndarray) -> None:
    served = np.flatnonzero(chosen >= 0)
    assert (component.elder[chosen[served]] == served).all()
    used = np.bincount(component.volunteer[chosen[served]], component.use[chosen[served]], len(component.capacity))
    assert (used <= component.capacity).all()


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_no_round_makes_the_plan_dearer_and_the_bound_holds(alike, seed):
    component = join_components(make_city(seed, alike=alike))
    with make_small_regions():
        search = RegionalSearch(component, seed, Deadline(None))
        search.begin()
        check_plan(component, search.chosen)
        costs = []
        for _round in range(4):
            search.raise_bound()
            for take in [piece() for piece in search.list_work()]:
                take()
            check_plan(component, search.chosen)
            costs.append(component.compute_cost(search.chosen))
    assert costs == sorted(costs, reverse=True)
    assert search.lower <= costs[-1]
    assert not alike or costs[-1] - search.lower < 0.1 * costs[-1]


def test_a_search_ends_by_itself_and_the_answer_does_not_depend_on_workers():
    component = join_components(make_city(5, alike=True))
    found = []
    for workers in (1, 2):
        with make_small_regions():
            search = RegionalSearch(component, 0, Deadline(None))
            run_searches([search], search.deadline, workers)
        found.append(search.chosen)
    assert (found[0] == found[1]).all()


@pytest.mark.parametrize("alike", [True, False])
def test_without_any_time_there_is_a_plan_all_the_same(alike):
    component = join_components(make_city(6, alike=alike))
    search = RegionalSearch(component, 0, Deadline(0))
    search.ensure_begun()
    search.fill_up()
    check_plan(component, search.chosen)
    assert (search.chosen >= 0).any()


def test_time_that_ends_before_the_first_round_leaves_nobody_in_two_places():
    component = join_components(make_city(7, alike=True))
    deadline = Deadline(None)
    with make_small_regions():
        search = RegionalSearch(component, 0, deadline)
        search.begin()
        search.raise_bound()
        pieces = search.list_work()
        results = [piece() for piece in pieces[: len(pieces) // 2]]
        deadline.stopped.set()
        for take in [*results, *(piece() for piece in pieces[len(pieces) // 2 :])]:
            take()
    check_plan(component, search.chosen)


@given(problems())
@settings(deadline=None, max_examples=some(60))
def test_goals_by_regions_are_never_claimed_below_what_is_true(drawn):
    problem, goals = drawn
    with mock.patch.object(lexicographic, "_REGIONAL", 0), make_small_regions():
        found = solve_lexicographic(problem, goals, workers=1)
    program, m = Program(problem), len(problem.elder)
    served = found.chosen >= 0
    assert (problem.elder[found.chosen[served]] == np.flatnonzero(served)).all()
    for number, goal in enumerate(goals):
        row = np.concatenate((np.zeros(m), goal))
        proof = found.goals[number]
        assert proof.value == goal[~served].sum()
        assert proof.bound <= program.least(row) <= proof.value
        program.hold(row, proof.value)
    least = program.least(np.concatenate((problem.cost, np.zeros(problem.n_elders))))
    assert found.cost.bound <= least <= found.cost.value
    assert found.certified_cost <= found.cost.bound


def test_where_time_is_short_all_parts_are_one_and_searched_by_regions():
    city = make_city(3, alike=True, n_elders=48, n_volunteers=12)
    goals = np.ones((1, city.n_elders), dtype=np.int64)
    with mock.patch.object(lexicographic, "_SHORT", 1), make_small_regions():
        quick = solve_lexicographic(city, goals, time_limit_s=20.0, workers=1)
    slow = solve_lexicographic(city, goals, workers=1)
    assert slow.is_optimal
    assert slow.goals[0].value <= quick.goals[0].value <= slow.goals[0].value + 3
    assert quick.goals[0].bound <= slow.goals[0].value
    if quick.goals[0].value == slow.goals[0].value:
        assert quick.cost.bound <= slow.cost.value <= quick.cost.value


def test_regions_are_all_volunteers_once_and_small_enough():
    rng = np.random.default_rng(0)
    near = np.abs(np.subtract.outer(np.arange(100), np.arange(100))) <= 2
    near[:50, 50:] = near[50:, :50] = False  # two parts that do not touch
    near[99, :] = near[:, 99] = False  # and one by itself
    found = split_into_regions(csr_array(near.astype(float)), 13, rng)
    assert sorted(np.concatenate(found).tolist()) == list(range(100))
    assert max(map(len, found)) <= 13
    assert all((np.diff(region) > 0).all() for region in found)


def test_a_sample_keeps_the_limits_of_the_plan_there():
    component = join_components(make_city(9, alike=True))
    search = RegionalSearch(component, 0, Deadline(None))
    search.begin()
    counts = np.ones((1, component.n_elders), dtype=np.int64)
    limited = replace(component, counts=counts, limits=np.array([(search.chosen == NOBODY).sum()]))
    assert draw_sample(limited, search.unit_price, search.chosen, 0) is limited
    with mock.patch.multiple(regions, _SAMPLE=20, _SAMPLED=2):
        sample = draw_sample(limited, search.unit_price, search.chosen, 0)
    assert 0 < sample.n_elders < component.n_elders
    assert 0 <= int(sample.limits[0]) <= int(limited.limits[0])
