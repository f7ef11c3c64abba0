"""Of all plans of least cost the first, whatever the order of candidates, the path and the start."""

from importlib import import_module
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.flow import duals, tie_breaking
from matcher.assignment.flow.tie_breaking import break_ties
from tests.helpers.effort import some


@st.composite
def tied(draw, most_elders=5, most_volunteers=3):
    """Problems of a few equal costs, with load costs, limited elders, or both."""
    n_elders, n = draw(st.integers(1, most_elders)), draw(st.integers(1, most_volunteers))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    elder, volunteer = np.nonzero(rng.random((n_elders, n)) < draw(st.floats(0.4, 1)))
    parts = {"unmatched_cost": rng.integers(0, 4, n_elders)}
    if draw(st.booleans()):
        parts["load_cost"] = np.sort(rng.integers(0, 3, (n, 3)), axis=1)
    if draw(st.booleans()):
        parts |= {"limited": rng.random(n_elders) < 0.5, "limit": rng.integers(0, 3, n)}
    return AssignmentProblem(elder, volunteer, rng.integers(0, 3, len(elder)), rng.integers(0, 4, n), **parts)


def volunteers(problem, chosen):
    return [int(problem.volunteer[k]) if k >= 0 else -1 for k in chosen]


def first_by_trying_all(problem):
    """The least by cost, then by the elders' volunteers in turn, being left out last."""
    cost = dict(zip(zip(problem.elder.tolist(), problem.volunteer.tolist(), strict=True), problem.cost, strict=True))
    n_elders, n = problem.n_elders, problem.n_volunteers
    best = None
    for plan in product(range(n + 1), repeat=n_elders):
        total = 0
        load, limited_load = [0] * n, [0] * n
        for e, v in enumerate(plan):
            if v == n:
                total += problem.unmatched_cost[e]
                continue
            load[v] += 1
            limited_load[v] += problem.limited is not None and problem.limited[e]
            total += cost.get((e, v), 10**6)
        if any(load > problem.capacity):
            continue
        if problem.limit is not None and any(limited_load > problem.limit):
            continue
        if problem.load_cost is not None:
            total += sum(problem.load_cost[v, : load[v]].sum() for v in range(n))
        if best is None or (total, plan) < best:
            best = total, plan
    return [v if v < n else -1 for v in best[1]]


@given(tied())
@settings(max_examples=some(150), deadline=None)
def test_it_is_the_first_of_all_plans_of_least_cost(problem):
    assert volunteers(problem, solve(problem).chosen) == first_by_trying_all(problem)


@given(tied(30, 8))
@settings(max_examples=some(50), deadline=None)
def test_plain_loops_answer_as_compiled_ones(problem):
    """With and without what small problems do: duals and the first plan, by plain Python or not."""
    plain = solve(problem)
    with pytest.MonkeyPatch.context() as patch:
        for module in (duals, tie_breaking):
            patch.setattr(module, "SMALL", -1)
        compiled = solve(problem)
        patch.setattr(duals, "SMALL", 10**6)
        patch.setattr(duals, "_FEW_SCANS", 0)  # given up, and done again by the compiled loop
        again = solve(problem)
    for other in (compiled, again):
        assert other.chosen.tolist() == plain.chosen.tolist()
        assert other.prices.tolist() == plain.prices.tolist()
        assert other.limited_prices.tolist() == plain.limited_prices.tolist()


def city_path(monkeypatch):
    monkeypatch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", 0)


@given(tied(30, 8), st.randoms(use_true_random=False))
@settings(max_examples=some(50), deadline=None)
def test_neither_order_nor_path_changes_the_plan(problem, random):
    found = solve(problem)
    plan = volunteers(problem, found.chosen)
    order = random.sample(range(len(problem.elder)), len(problem.elder))
    names = ("elder", "volunteer", "cost")
    other = problem.replace(**{name: getattr(problem, name)[order] for name in names})
    assert volunteers(other, solve(other).chosen) == plan
    with pytest.MonkeyPatch.context() as patch:
        city_path(patch)
        assert volunteers(problem, solve(problem).chosen) == plan
        assert volunteers(other, solve(other).chosen) == plan


def test_where_all_cost_the_same_places_are_filled_in_order():
    elder, volunteer = np.divmod(np.arange(60), 3)
    problem = AssignmentProblem(elder, volunteer, np.full(60, 7), [4, 9, 5], unmatched_cost=np.full(20, 100))
    assert volunteers(problem, solve(problem).chosen) == [0] * 4 + [1] * 9 + [2] * 5 + [-1] * 2


def test_an_elder_makes_way_only_along_a_round_of_displacements():
    # the first elder may have volunteer 0 if the second goes to 1 and the third to the place that the first leaves
    pairs = [(0, 0), (0, 2), (1, 0), (1, 1), (2, 1), (2, 2)]
    elder, volunteer = np.transpose(pairs)
    problem = AssignmentProblem(elder, volunteer, np.zeros(6, int), [1, 1, 1], unmatched_cost=[9, 9, 9])
    last = np.array([1, 2, 4])
    assert volunteers(problem, last) == [2, 0, 1]
    none = np.zeros(3, dtype=np.int64)
    assert volunteers(problem, break_ties(problem, last, none, none)) == [0, 1, 2]


def test_edges_of_blocks(monkeypatch):
    elder, volunteer = np.divmod(np.arange(60), 3)
    problem = AssignmentProblem(elder, volunteer, np.full(60, 7), [4, 9, 5], unmatched_cost=np.full(20, 100))
    whole = solve(problem).chosen
    monkeypatch.setattr("matcher.assignment.flow.tie_breaking._BLOCK", 7)
    assert (solve(problem).chosen == whole).all()


def test_whom_a_shortage_leaves_out_does_not_depend_on_the_order_of_candidates():
    rng = np.random.default_rng(8)
    for _ in range(40):
        elder, volunteer = np.nonzero(rng.random((9, 4)) < 0.5)
        problem = AssignmentProblem(elder, volunteer, rng.integers(0, 3, len(elder)), [1, 1, 2, 1])
        order = rng.permutation(len(elder))
        other = problem.replace(elder=elder[order], volunteer=volunteer[order], cost=problem.cost[order])
        one, two = solve(problem), solve(other)
        assert one.status == two.status == "infeasible"
        assert volunteers(problem, one.chosen) == volunteers(other, two.chosen)
        assert one.hall.elders.tolist() == two.hall.elders.tolist()
