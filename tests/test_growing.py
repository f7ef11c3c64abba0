"""The growing path of the solver, forced on small problems, against the path that shows the solver everything."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from matcher.assignment import AssignmentProblem, growing, hall_sets, solve
from matcher.assignment.compiled import auctions, kernels, least_prices, repair
from matcher.assignment.flow import displacement_bound, min_cost_assignment
from matcher.assignment.rows import Rows


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
    bare = AssignmentProblem(elder[order], volunteer[order], cost, capacity)
    return bare.replace(unmatched_cost=np.full(n_elders, displacement_bound(bare)))


def _arrays(problem):
    return problem.elder, problem.volunteer, problem.cost, problem.capacity


@pytest.fixture(autouse=True, scope="module")
def _always_grow():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("matcher.assignment.solve"), "GROW_FROM", 0)
        yield


@given(problems())
@settings(deadline=None, max_examples=100)
def test_the_optimum_is_that_of_all_candidates_at_once(problem):
    outcome = solve(problem)
    chosen = min_cost_assignment(problem, problem.unmatched_cost)
    cost = problem.cost[chosen[chosen >= 0]].sum() + problem.unmatched_cost[chosen < 0].sum()
    assert (outcome.status, outcome.cost, outcome.bound) == ("optimal", cost, cost)
    assert outcome.certificate.eligible_pairs == len(problem.cost)
    halls, others = hall_sets(problem, outcome.chosen), hall_sets(problem, chosen)
    assert sorted(hall.elders.tolist() for hall in halls) == sorted(hall.elders.tolist() for hall in others)


@given(problems())
@settings(deadline=None, max_examples=40)
def test_however_poor_the_first_candidates_are_the_rest_is_let_in(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "STAGES", ((1, -9.0),))  # nothing but the matching's own
        patch.setattr(growing, "_MOST_BIDS", 0)
        poor = solve(problem)
    assert poor.status == "optimal"
    assert poor.cost == solve(problem).cost


@given(problems(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
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
@settings(deadline=None, max_examples=40)
def test_the_matching_is_a_largest_one(problem):
    rows = Rows.of(problem)
    capacity = np.minimum(problem.capacity, np.bincount(problem.volunteer, minlength=problem.n_volunteers))
    split = growing.Split.of(rows, capacity)
    assert (np.bincount(split.partner[split.partner >= 0], minlength=len(capacity)) <= capacity).all()
    seat = np.concatenate(([0], np.cumsum(capacity)))
    arcs = [(e, s) for e, v in zip(rows.elder, rows.volunteer, strict=True) for s in range(seat[v], seat[v + 1])]
    shape = (problem.n_elders, max(seat[-1], 1))
    table = coo_array((np.ones(len(arcs)), np.array(arcs, dtype=int).reshape(-1, 2).T), shape=shape)
    assert (split.partner >= 0).sum() == (maximum_bipartite_matching(table.tocsr(), perm_type="column") >= 0).sum()


KERNELS = [
    (module, name, kernel)
    for module in (auctions, kernels, least_prices, repair)
    for name, kernel in vars(module).items()
    if hasattr(kernel, "py_func")
]


@given(problems())
@settings(deadline=None, max_examples=25)
def test_compiled_kernels_do_what_is_written(problem):
    """The same answer where every kernel runs as plain Python, which coverage sees, too."""
    compiled = solve(problem)
    with pytest.MonkeyPatch.context() as patch:
        for module, name, kernel in KERNELS:
            patch.setattr(module, name, kernel.py_func)
        plain = solve(problem)
    assert plain.chosen.tolist() == compiled.chosen.tolist()
    assert plain.prices.tolist() == compiled.prices.tolist()


def test_costs_beyond_32_bits_take_the_plain_way():
    bare = AssignmentProblem([0, 0], [0, 1], [2**31, 5], [1, 1])
    assert solve(bare.priced(displacement_bound(bare))).cost == 5
