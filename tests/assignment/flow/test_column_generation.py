"""The growing path of the solver, forced on small problems, against the path that shows the solver everything."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from benchmarks.cities import CASES, MAKES, SEED
from matcher.assignment import AssignmentProblem, find_hall_sets, solve
from matcher.assignment.flow import transportation
from matcher.assignment.flow.candidate_rows import SharedRows
from matcher.assignment.flow.kernels import bipartite_matching, hub_flow, hub_rows, least_duals, shortest_paths
from matcher.assignment.flow.kernels import transportation as transportation_kernels
from matcher.assignment.flow.levels import DulmageMendelsohn
from matcher.assignment.flow.min_cost_flow import bound_displacement, bound_exchange, solve_min_cost_flow
from matcher.assignment.kernels import row_scans
from tests.helpers.effort import some


@st.composite
def problems(draw):
    """Sparse problems that everyone should be served in, with shortages, ties, closed volunteers, negative costs."""
    n_elders, n_volunteers = draw(st.integers(1, 25)), draw(st.integers(1, 10))
    seed, density = draw(st.integers(0, 2**32)), draw(st.floats(0.05, 1))
    low, high = draw(st.sampled_from([(0, 0), (0, 5), (-800, 1000), (0, 1000), (-5, -1), (-(2**31), 2**31 - 1)]))
    rng = np.random.default_rng(seed)
    elder, volunteer = np.nonzero(rng.random((n_elders, n_volunteers)) < density)
    order = rng.permutation(len(elder))
    cost = rng.integers(low, high + 1, len(elder))
    capacity = rng.integers(0, draw(st.sampled_from([2, 4, 10**9])), n_volunteers)
    bare = AssignmentProblem(elder[order], volunteer[order], cost, capacity, unmatched_cost=np.zeros(n_elders, int))
    tier = rng.integers(0, draw(st.sampled_from([1, 1, 2, 5])), n_elders)
    return bare.replace(unmatched_cost=bound_displacement(bare) + tier * bound_exchange(bare))


def _arrays(problem):
    return problem.elder, problem.volunteer, problem.cost, problem.capacity


@pytest.fixture(autouse=True, scope="module")
def _always_grow():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", 0)
        yield


@given(problems())
@settings(deadline=None, max_examples=some(60))
def test_the_optimum_is_that_of_all_candidates_at_once(problem):
    outcome = solve(problem)
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    cost = problem.cost[chosen[chosen >= 0]].sum() + problem.unmatched_cost[chosen < 0].sum()
    assert (outcome.status, outcome.cost, outcome.bound) == ("optimal", cost, cost)
    assert outcome.certificate.eligible_pairs == len(problem.cost)
    halls, others = find_hall_sets(problem, outcome.chosen), find_hall_sets(problem, chosen)
    assert sorted(hall.elders.tolist() for hall in halls) == sorted(hall.elders.tolist() for hall in others)


@given(problems())
@settings(deadline=None, max_examples=some(25))
def test_however_poor_the_first_candidates_are_the_rest_is_let_in(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transportation, "_NEAREST", 0)  # nothing but the matching's own
        poor = solve(problem)
    assert poor.status == "optimal"
    assert poor.cost == solve(problem).cost


@given(problems(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=some(25))
def test_the_order_of_candidates_changes_nothing(problem, random):
    order = list(range(len(problem.elder)))
    random.shuffle(order)
    arrays = (x[order] for x in (problem.elder, problem.volunteer, problem.cost))
    other = AssignmentProblem(*arrays, problem.capacity, unmatched_cost=problem.unmatched_cost)

    def partners(of):
        chosen = solve(of).chosen
        return np.where(chosen >= 0, of.volunteer[chosen], -1).tolist() if len(of.volunteer) else []

    assert partners(problem) == partners(other)


@given(problems())
@settings(deadline=None, max_examples=some(60))
def test_the_matching_is_a_largest_one_and_best_by_tier(problem):
    """The greedy algorithm takes elders by tier, each who can be served beside those taken: the best by tier."""
    _, split, weight, capacity = _split(problem)
    assert (np.bincount(split.partner[split.partner >= 0], minlength=len(capacity)) <= capacity).all()
    pairs = set(zip(problem.elder.tolist(), problem.volunteer.tolist(), strict=True))
    assert all((e, v) in pairs for e, v in enumerate(split.partner.tolist()) if v >= 0)
    seat = np.concatenate(([0], np.cumsum(np.minimum(capacity, problem.n_elders))))
    arcs = [(e, s) for e, v in sorted(pairs) for s in range(seat[v], seat[v + 1])]
    graph = coo_array(
        (np.ones(len(arcs)), np.array(arcs, dtype=int).reshape(-1, 2).T), (problem.n_elders, max(seat[-1], 1))
    ).tocsr()

    def served(elders):
        return (maximum_bipartite_matching(graph[elders], perm_type="column") >= 0).sum() if elders else 0

    taken = []
    for e in np.argsort(-weight, kind="stable").tolist():
        if served([*taken, e]) > len(taken):
            taken.append(e)
    assert sorted(weight[split.partner >= 0].tolist()) == sorted(weight[taken].tolist())


@given(problems())
@settings(deadline=None, max_examples=some(60))
def test_levels_are_the_first_tier_that_reaches(problem):
    """Found anew by sets; and no plan that is best crosses them or leaves out who is not optional."""
    rows, split, weight, capacity = _split(problem)
    level = np.zeros(len(capacity), dtype=int)
    for e in np.flatnonzero(split.partner < 0):
        elders, volunteers = {e}, set()
        while True:
            reached = {int(v) for x in elders for v in rows.volunteer[rows.first[rows.row[x]] : rows.last[rows.row[x]]]}
            if reached == volunteers:
                break
            volunteers = reached
            elders |= set(np.flatnonzero(np.isin(split.partner, list(volunteers))).tolist())
        level[list(volunteers)] = np.maximum(level[list(volunteers)], weight[e])
    assert split.volunteers.tolist() == level.tolist()
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    own = chosen >= 0
    assert (split.elders[own] == level[problem.volunteer[chosen[own]]]).all()
    assert split.optional[~own].all()
    held = np.bincount(problem.volunteer[chosen[own]], minlength=len(capacity))
    assert (held >= problem.capacity)[level > 0].all()


def _split(problem):
    rows = SharedRows.of(problem)
    capacity = np.minimum(problem.capacity, np.bincount(problem.volunteer, minlength=problem.n_volunteers))
    weight = np.unique(problem.unmatched_cost, return_inverse=True)[1] + 1
    return rows, DulmageMendelsohn.of(rows, capacity, weight), weight, capacity


KERNELS = [
    (module, name, kernel)
    for module in (
        transportation_kernels,
        hub_flow,
        hub_rows,
        row_scans,
        bipartite_matching,
        least_duals,
        shortest_paths,
    )
    for name, kernel in vars(module).items()
    if hasattr(kernel, "py_func")
]


@given(problems())
@settings(deadline=None, max_examples=some(25))
def test_compiled_kernels_do_what_is_written(problem):
    """The same answer where every kernel runs as plain Python, which coverage sees, too."""
    compiled = solve(problem)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, kernel in KERNELS:
            patch.setattr(module, name, kernel.py_func)
        plain = solve(problem)
    assert plain.chosen.tolist() == compiled.chosen.tolist()
    assert plain.prices.tolist() == compiled.prices.tolist()


@given(problems(), st.integers(0, 2**32), st.sampled_from(["load", "limit", "both"]))
@settings(deadline=None, max_examples=some(25))
def test_compiled_kernels_do_what_is_written_where_places_differ(problem, seed, kind):
    """The same with load costs and limited elders: places in turn, volunteers of two halves, the general way."""
    rng = np.random.default_rng(seed)
    most, n = int(np.minimum(problem.capacity, problem.n_elders).max(initial=0)), problem.n_volunteers
    problem = problem.replace(capacity=np.minimum(problem.capacity, most))
    if kind != "limit":
        problem = problem.replace(load_cost=np.sort(rng.integers(-5, 30, (n, most)), axis=1))
    if kind != "load":
        problem = problem.replace(limited=rng.random(problem.n_elders) < 0.5, limit=rng.integers(0, 3, n))
    compiled = solve(problem)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, kernel in KERNELS:
            patch.setattr(module, name, kernel.py_func)
        plain = solve(problem)
    assert plain.chosen.tolist() == compiled.chosen.tolist()
    assert plain.prices.tolist() == compiled.prices.tolist()
    assert plain.limited_prices.tolist() == compiled.limited_prices.tolist()


def test_costs_beyond_32_bits_take_the_plain_way():
    bare = AssignmentProblem([0, 0], [0, 1], [2**31, 5], [1, 1])
    assert solve(bare.with_unmatched_cost(bound_displacement(bare))).cost == 5


def test_loads_beside_a_limit_are_proved_at_size():
    # of some 250 cities the one where repaired prices, taken for exact, proved next to nothing
    city = CASES["limited, fair loads"](MAKES["dense centre"](10_000, SEED))
    parts = {name: getattr(city, name) for name in city.__slots__ if getattr(city, name) is not None}
    outcome = solve(AssignmentProblem(**parts))
    assert (outcome.status, outcome.bound) == ("optimal", outcome.cost)
