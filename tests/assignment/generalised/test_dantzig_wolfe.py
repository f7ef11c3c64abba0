"""The relaxation over columns, against linear programs over all columns; plans near it, against integer programs."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.generalised import dantzig_wolfe, lagrangian
from matcher.assignment.generalised.column_rounding import round_columns
from matcher.assignment.generalised.components import split_components
from matcher.assignment.generalised.dantzig_wolfe import dive, solve_by_columns
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.kernels import knapsacks
from matcher.assignment.generalised.lp_relaxation import solve_lp_relaxation
from matcher.assignment.generalised.neighbourhoods import Neighbourhoods
from matcher.compiling import choose_form
from tests.assignment.generalised.test_solve import by_milp, check_plan, city
from tests.helpers.effort import some


def make_component(seed, must_serve=False):
    """Return a component of eight elders and three volunteers, uses of their own."""
    rng = np.random.default_rng(seed)
    elder, volunteer = np.nonzero(rng.random((8, 3)) < 0.8)
    n = len(elder)
    use = rng.integers(1, 5, n)
    capacity = rng.integers(30, 40, 3) if must_serve else rng.integers(2, 9, 3)
    unmatched_cost = None if must_serve else rng.integers(100, 400, 8)
    problem = AssignmentProblem(elder, volunteer, rng.integers(-50, 300, n), capacity, use, unmatched_cost)
    return max(split_components(problem), key=lambda component: component.n_elders)


def list_columns(component):
    """Return every set of candidates that one volunteer can hold."""
    out = []
    for v, room in enumerate(component.capacity.tolist()):
        mine = np.flatnonzero(component.volunteer == v)
        for size in range(1, len(mine) + 1):
            out += [list(x) for x in combinations(mine.tolist(), size) if component.use[list(x)].sum() <= room]
    return out


def solve_over_all_columns(component):
    """Return the optimum of the relaxation over every column there is."""
    columns, n, m = list_columns(component), component.n_elders, len(component.capacity)
    k = len(columns)
    serve, hold = np.zeros((n, k + n)), np.zeros((m, k + n))
    for i, column in enumerate(columns):
        serve[component.elder[column], i] = 1
        hold[component.volunteer[column[0]], i] = 1
    serve[np.arange(n), k + np.arange(n)] = 1
    limit, most = hold, np.ones(m)
    if component.counts is not None:
        counted = np.zeros((len(component.limits), k + n))
        counted[:, k:] = component.counts
        limit, most = np.vstack((hold, counted)), np.concatenate((most, component.limits))
    cost = [component.cost[column].sum() for column in columns]
    bounds = [(0, None)] * k + [(0, 0 if component.must_serve else None)] * n
    found = linprog(
        [*cost, *component.unmatched_cost], A_ub=limit, b_ub=most, A_eq=serve, b_eq=np.ones(n), bounds=bounds
    )
    return found.fun if found.status == 0 else None


def solve_from_relaxation(component, limit_price=()):
    """Return the relaxation over columns, begun at the prices of that over candidates."""
    prices = np.asarray(limit_price, dtype=float)
    price = lagrangian.price_elders(component, solve_lp_relaxation(component).unit_price)
    nobody = np.full(component.n_elders, -1, dtype=np.int64)
    return solve_by_columns(component, price, prices, nobody, 0, Deadline(None))


@pytest.mark.parametrize("seed", range(some(24)))
@pytest.mark.parametrize("must_serve", [False, True])
def test_bound_is_the_optimum_over_all_columns(seed, must_serve):
    component = make_component(seed, must_serve)
    least = solve_over_all_columns(component)
    if least is None:
        return
    solved = solve_from_relaxation(component)
    bound = lagrangian.compute_bound_at(component, solved.price)
    assert least - 0.4 <= bound.exact / bound.scale <= least + 0.05
    held = np.zeros(len(component.capacity))
    for share, column in zip(solved.share, solved.columns, strict=True):
        held[component.volunteer[column[0]]] += share
    assert (held <= 1 + 1e-6).all()


@pytest.mark.parametrize("seed", range(some(16)))
def test_prices_of_limits_are_those_of_all_columns(seed):
    component = replace(make_component(seed), unmatched_cost=np.zeros(8, dtype=np.int64))
    counts = np.array([np.ones(8), np.arange(8) % 3 == 0], dtype=np.int64)
    least_left_out = next(
        number
        for number in range(9)
        if solve_over_all_columns(replace(component, counts=counts[:1], limits=np.array([number]))) is not None
    )
    component = replace(component, counts=counts, limits=np.array([least_left_out + 1, 2]))
    solved = solve_from_relaxation(component, [200, 10])
    priced = replace(component, unmatched_cost=np.rint(1000 * solved.limit_price @ counts).astype(np.int64))
    thousandths = replace(priced, cost=component.cost * 1000, counts=None, limits=None)
    bound = lagrangian.compute_bound_at(thousandths, solved.price * 1000)
    proved = bound.exact / bound.scale / 1000 - float(solved.limit_price @ component.limits)
    least = solve_over_all_columns(component)
    if least is None:
        assert solve_over_all_columns(replace(component, limits=np.array([8, 8]))) is not None
    else:
        assert least - 0.4 <= proved <= least + 0.05


def find_cheapest(component, price, find):
    """Return what ``find`` says of the best columns, at whole prices."""
    o = component.by_volunteer
    n, m, most = len(o), len(component.capacity), int(component.capacity.max())
    member, count = np.empty(n, dtype=np.int64), np.empty(m, dtype=np.int64)
    room = np.empty((n, most + 1), dtype=bool), np.empty(most + 1, dtype=np.int64)
    arrays = o, component.elder[o], component.cost[o], component.use[o], component.capacity, price
    total = find(component.first, *arrays, *room, member, count)
    return total, [member[a : a + some].tolist() for a, some in zip(component.first[:-1], count, strict=True)]


@pytest.mark.parametrize("as_python", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_cheapest_columns_are_those_of_trying_all(seed, as_python):
    find = choose_form(knapsacks.find_cheapest_columns, is_small=as_python)
    component = make_component(seed)
    price = np.random.default_rng(seed).integers(0, 300, 8)
    total, columns = find_cheapest(component, price, find)
    value = component.cost - price[component.elder]
    every = list_columns(component)
    for v, column in enumerate(columns):
        least = min((value[x].sum() for x in every if component.volunteer[x[0]] == v), default=0)
        assert value[column].sum() == min(least, 0)
        assert component.use[column].sum() <= component.capacity[v]
        assert (component.volunteer[column] == v).all()
        assert len(set(component.elder[column].tolist())) == len(column)
    assert total == sum(value[column].sum() for column in columns)


def test_too_fine_and_too_late_are_left_to_others():
    component = make_component(1)
    assert solve_from_relaxation(replace(component, capacity=component.capacity * 10_000)) is None
    price = np.zeros(component.n_elders)
    nobody = np.full(component.n_elders, -1, dtype=np.int64)
    assert solve_by_columns(component, price, np.zeros(0), nobody, 0, Deadline(0)) is None


def test_a_search_cut_short_still_proves(monkeypatch):
    monkeypatch.setattr(dantzig_wolfe, "_MOST_ROUNDS", 1)
    component = make_component(3)
    solved = solve_from_relaxation(component)
    bound = lagrangian.compute_bound_at(component, solved.price)
    assert bound.exact / bound.scale <= solve_over_all_columns(component) + 0.05
    assert len(solved.columns) == len(solved.share)
    monkeypatch.setattr(dantzig_wolfe, "_MOST_ROUNDS", 0)
    assert not solve_from_relaxation(component).columns


@pytest.mark.parametrize("n_elders", [250, 280])
def test_a_city_in_units_is_proved(n_elders):
    problem = city(3, n_elders=n_elders, n_volunteers=75)
    problem = problem.replace(unmatched_cost=np.full(n_elders, 5000))
    outcome = solve(problem, time_limit_s=60)
    check_plan(problem, outcome)
    assert outcome.status == "optimal"
    assert outcome.cost == by_milp(problem)


def test_rounded_plan_is_within_the_limits_or_none():
    component = split_components(city(3, n_elders=180, n_volunteers=40))[0]
    least = int(np.ceil(solve_lp_relaxation(component).left_out.sum() - 1e-6))
    counts = np.ones((1, component.n_elders), dtype=np.int64)
    for limit in (least + 3, 0):
        priced = replace(component, unmatched_cost=counts[0] * 2000)
        limited = replace(component, unmatched_cost=counts[0] * 0, counts=counts, limits=np.array([limit]))
        price = lagrangian.price_elders(priced, solve_lp_relaxation(priced).unit_price)
        nobody = np.full(component.n_elders, -1, dtype=np.int64)
        solved = solve_by_columns(limited, price, np.array([2000.0]), nobody, 0, Deadline(None))
        chosen = round_columns(limited, solved, Deadline(20))
        assert (chosen is None) == (limit == 0)
        if chosen is not None:
            assert limited.is_within_limits(chosen)
            taken = chosen[chosen >= 0]
            used = np.bincount(component.volunteer[taken], component.use[taken], minlength=40)
            assert (used <= component.capacity).all()


def make_hard(seed):
    """Return a component of type D, 10 volunteers and 60 elders: what takes more units costs less."""
    rng = np.random.default_rng(seed)
    use = rng.integers(1, 101, (60, 10))
    elder, volunteer = np.divmod(np.arange(600), 10)
    capacity = (0.8 * use.sum(axis=0) / 10).astype(int)
    cost = (111 - use + rng.integers(-10, 11, use.shape)).ravel()
    return split_components(AssignmentProblem(elder, volunteer, cost, capacity, use.ravel()))[0]


def test_dives_end_near_the_bound_each_elsewhere():
    component = make_hard(1)
    solved = solve_from_relaxation(component)
    bound = lagrangian.compute_bound_at(component, solved.price)
    plans = [dive(component, solved, seed, Deadline(None)) for seed in range(6)]
    for chosen in plans:
        taken = chosen[chosen >= 0]
        np.testing.assert_array_equal(component.elder[taken], np.flatnonzero(chosen >= 0))
        used = np.bincount(component.volunteer[taken], component.use[taken], minlength=10)
        assert (used <= component.capacity).all()
    whole = [component.compute_cost(chosen) for chosen in plans if (chosen >= 0).all()]
    assert len({chosen.tobytes() for chosen in plans}) > 3
    assert min(whole) <= 1.03 * bound.value
    np.testing.assert_array_equal(plans[2], dive(component, solved, 2, Deadline(None)))


def test_a_dive_out_of_time_takes_nobody():
    component = make_hard(2)
    solved = solve_from_relaxation(component)
    assert (dive(component, solved, 0, Deadline(0)) < 0).all()


def test_columns_of_volunteers_wanted_most_are_given_up_first():
    component = split_components(city(3, n_elders=330, n_volunteers=75))[0]
    nearby = Neighbourhoods.of(component, np.zeros(len(component.capacity)))
    whole = solve_from_relaxation(component).take_whole()
    held = nearby.give_up(whole, 0)
    fewer = nearby.give_up(whole, 5)
    lost = np.flatnonzero((held >= 0) & (fewer < 0))
    assert len(np.unique(component.volunteer[held[lost]])) == 5
    count = np.bincount(
        component.volunteer[nearby.good & (held < 0)[component.elder]], minlength=len(component.capacity)
    )
    given_up = np.unique(component.volunteer[held[lost]])
    kept = np.unique(component.volunteer[fewer[fewer >= 0]])
    assert count[given_up].min() >= count[kept].max()
