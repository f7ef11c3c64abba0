"""Problems whose elders share rows, against the same ones spelt out."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.assignment import RowProblem, certify, solve
from matcher.assignment.flow.kernels import bipartite_matching, hub_flow, hub_rows
from matcher.assignment.flow.kernels import transportation as transportation_kernels
from matcher.assignment.kernels import row_scans
from tests.helpers.effort import some

MODULES = (transportation_kernels, hub_flow, hub_rows, row_scans, bipartite_matching)


@st.composite
def row_problems(draw):
    """Few rows and many elders, with a surcharge of their own, load costs and limits, and rows in no order of cost."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_elders, n, n_rows = draw(st.integers(1, 30)), draw(st.integers(1, 10)), draw(st.integers(1, 12))
    low, high = draw(st.sampled_from([(0, 0), (0, 5), (-800, 1000), (0, 10**6)]))
    is_candidate = rng.random((n_rows, n)) < draw(st.floats(0.05, 1))
    cost = rng.integers(low, high + 1, is_candidate.sum())
    unmatched_cost = {
        "above all": np.full(n_elders, 10**7),
        "tiers": 10**7 * rng.integers(1, 5, n_elders),
        "any": rng.integers(0, 3_000, n_elders),
    }[draw(st.sampled_from(["above all", "tiers", "any"]))]
    more = {}
    kind = draw(st.sampled_from(["", "load", "limit", "both"]))
    if kind in ("load", "both"):
        more["load_cost"] = np.sort(rng.integers(-5, 30, (n, 4)), axis=1)
    if kind in ("limit", "both"):
        more |= {"limited": rng.random(n_elders) < 0.5, "limit": rng.integers(0, 3, n)}
    return RowProblem(
        np.concatenate(([0], np.cumsum(is_candidate.sum(axis=1)))),
        np.nonzero(is_candidate)[1],
        cost,
        rng.integers(0, n_rows, n_elders),
        rng.integers(0, 5, n).clip(max=4),
        unmatched_cost,
        surcharge=rng.integers(0, draw(st.sampled_from([1, 3])), n_elders),
        **more,
    )


def _list_partners(problem, chosen):
    return [int(problem.volunteer[k]) if k >= 0 else -1 for k in chosen.tolist()]


@pytest.mark.parametrize("grow_from", [0, 10**9])
@given(row_problems())
@settings(deadline=None, max_examples=some(60))
def test_the_answer_is_that_of_the_problem_spelt_out(grow_from, problem):
    spelt = problem.expand()
    with pytest.MonkeyPatch.context() as patch:
        expected = solve(spelt)
        patch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", grow_from)
        outcome = solve(problem)
    assert outcome.status == "optimal"
    assert outcome.certificate == expected.certificate
    assert _list_partners(problem, outcome.chosen) == _list_partners(spelt, expected.chosen)
    assert outcome.certificate == certify(spelt, expected.chosen, outcome.prices, outcome.limited_prices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("matcher.assignment.certificate"), "_BLOCK", 3)
        assert certify(problem, outcome.chosen, outcome.prices, outcome.limited_prices) == outcome.certificate


@given(row_problems())
@settings(deadline=None, max_examples=some(15))
def test_compiled_kernels_do_what_is_written(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", 0)
        compiled = solve(problem)
        for module in MODULES:
            for name, kernel in list(vars(module).items()):
                if hasattr(kernel, "py_func"):
                    patch.setattr(module, name, kernel.py_func)
        plain = solve(problem)
    assert plain.chosen.tolist() == compiled.chosen.tolist()
    assert plain.prices.tolist() == compiled.prices.tolist()


GOOD = {
    "start": [0, 2, 3],
    "volunteer": [0, 1, 1],
    "cost": [5, 6, 7],
    "row": [0, 0, 1],
    "capacity": [1, 1],
    "unmatched_cost": [9, 9, 9],
}


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("start", [0, 2, 2], "start must"),
        ("start", [0, 4, 3], "start must"),
        ("start", [], "start must"),
        ("cost", [5, 6], "one length"),
        ("row", [0, 1], "one length"),
        ("row", [0, 0, 2], "row must be from 0 to 1"),
        ("volunteer", [0, 1, 2], "volunteer must be from 0 to 1"),
        ("volunteer", [1, 1, 1], "twice in a row"),
        ("volunteer", [0, 1, 0.5], "whole numbers"),
    ],
)
def test_what_is_no_problem_is_refused(part, value, message):
    with pytest.raises(ValueError, match=message):
        RowProblem(**GOOD | {part: value})


def test_limited_says_something_of_each_elder():
    with pytest.raises(ValueError, match="limited must have one entry"):
        RowProblem(**GOOD, limited=[True], limit=[1, 1])


@pytest.mark.parametrize("cost", [[0, 0, 2**30], [0, 0, 2**40], [0, 0, -(2**30)]])
def test_costs_beyond_what_the_solver_counts_in_are_refused(cost):
    with pytest.raises(OverflowError):
        RowProblem(**GOOD | {"cost": cost})


def test_a_compiled_loop_looks_for_who_stands_twice_in_a_large_problem(monkeypatch):
    monkeypatch.setattr(import_module("matcher.assignment.row_problem"), "_LARGE", 0)
    RowProblem(**GOOD)
    with pytest.raises(ValueError, match="twice"):
        RowProblem(**GOOD | {"volunteer": [1, 1, 1]})


def test_a_candidate_of_another_row_is_no_assignment():
    problem = RowProblem(**GOOD)
    with pytest.raises(ValueError, match="somebody else"):
        certify(problem, np.array([2, -1, -1]), np.zeros(2, dtype=np.int64))
