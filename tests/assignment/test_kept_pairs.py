"""The cheapest plan that keeps so many pairs, against an integer program; rounds between plans; gaps that are told."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.assignment import AssignmentProblem, kept_pairs, solve
from matcher.assignment.exchange_cycles import _choose_exactly, find_cycles
from matcher.assignment.kept_pairs import count_most_kept, solve_keeping
from tests.helpers.effort import some


@st.composite
def problems(draw):
    n_elders, n_volunteers = draw(st.integers(1, 8)), draw(st.integers(1, 4))
    every = [(e, v) for e in range(n_elders) for v in range(n_volunteers)]
    two = sorted(draw(st.sets(st.sampled_from(every), min_size=1)))
    elder, volunteer = np.array(two).T
    capacity = np.array(draw(st.lists(st.integers(0, 4), min_size=n_volunteers, max_size=n_volunteers)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cost = rng.integers(-9, 10, len(two))
    loads = np.sort(rng.integers(-5, 6, (n_volunteers, 4)), axis=1) if draw(st.booleans()) else None
    limited = rng.random(n_elders) < 0.5 if draw(st.booleans()) else None
    problem = AssignmentProblem(
        elder,
        volunteer,
        cost,
        capacity,
        unmatched_cost=rng.integers(0, 40, n_elders),
        load_cost=loads,
        limited=limited,
        limit=None if limited is None else rng.integers(0, 3, n_volunteers),
    )
    pairs = np.zeros(len(two), dtype=bool)
    for e in range(n_elders):
        mine = np.flatnonzero(elder == e)
        if len(mine) and rng.random() < 0.8:
            pairs[rng.choice(mine)] = True
    return problem, pairs


def by_integer_program(problem, pairs, least):
    """The least cost of a plan that keeps at least so many, and the most that any keeps."""
    n, most = len(problem.elder), int(problem.capacity.max(initial=0))
    loads = np.zeros((problem.n_volunteers, most)) if problem.load_cost is None else problem.load_cost[:, :most]
    places = [(v, k) for v in range(problem.n_volunteers) for k in range(problem.capacity[v])]
    columns = n + len(places)
    elders, volunteers = (np.zeros((size, columns)) for size in (problem.n_elders, problem.n_volunteers))
    gates = np.zeros((problem.n_volunteers, columns))
    for i, (e, v) in enumerate(zip(problem.elder, problem.volunteer, strict=True)):
        elders[e, i] = volunteers[v, i] = 1
        gates[v, i] = problem.limited is not None and problem.limited[e]
    for i, (v, _) in enumerate(places):
        volunteers[v, n + i] = -1
    kept = np.concatenate((pairs, np.zeros(len(places))))
    rules = [LinearConstraint(elders, ub=1), LinearConstraint(volunteers, 0, 0)]
    if problem.limit is not None:
        rules.append(LinearConstraint(gates, ub=problem.limit))
    costs = np.concatenate((problem.cost - problem.unmatched_cost[problem.elder], [loads[v, k] for v, k in places]))
    common = {"integrality": np.ones(columns), "bounds": Bounds(0, 1)}
    cheapest = milp(costs, constraints=[*rules, LinearConstraint(kept[None], lb=least)], **common)
    most_pairs = round(-milp(-kept, constraints=rules, **common).fun)
    return (None if cheapest.fun is None else round(cheapest.fun) + problem.unmatched_cost.sum()), most_pairs


@given(problems(), st.integers(0, 8))
@settings(deadline=None, max_examples=some(250))
def test_it_is_the_cheapest_that_keeps_enough(case, least):
    problem, pairs = case
    most = count_most_kept(problem, pairs)
    least = min(least, most)
    cost, most_by_program = by_integer_program(problem, pairs, least)
    assert most == most_by_program
    found = solve_keeping(problem, pairs, least)
    assert found.kept >= least
    assert pairs[found.chosen[found.chosen >= 0]].sum() == found.kept
    assert found.certificate.bound <= cost <= found.certificate.cost
    assert found.certificate.optimal, "small problems are always closed"


@given(problems(), st.integers(0, 8))
@settings(deadline=None, max_examples=some(100))
def test_gaps_that_are_not_closed_are_told(case, least):
    problem, pairs = case
    least = min(least, count_most_kept(problem, pairs))
    cost, _ = by_integer_program(problem, pairs, least)
    closed, kept_pairs.MOST_STEPS = kept_pairs.MOST_STEPS, 0
    try:
        found = solve_keeping(problem, pairs, least)
    finally:
        kept_pairs.MOST_STEPS = closed
    assert found.kept >= least
    assert found.certificate.bound <= cost <= found.certificate.cost


def test_two_who_can_only_be_kept_together_leave_a_gap_until_it_is_closed(monkeypatch):
    """Keeping one of two swapped pairs is dear: the price of both, halved, bounds it from below."""
    problem = AssignmentProblem(
        [0, 0, 1, 1, 1], [0, 1, 0, 1, 2], [10, 0, 0, 10, 40], [1, 1, 1], unmatched_cost=[1000, 1000]
    )
    pairs = np.array([True, False, False, True, False])
    found = solve_keeping(problem, pairs, 1)
    assert (found.certificate.cost, found.kept, found.certificate.optimal) == (20, 2, True)
    monkeypatch.setattr(kept_pairs, "MOST_STEPS", 0)
    told = solve_keeping(problem, pairs, 1).certificate
    assert (told.cost, told.bound, told.optimal) == (20, 10, False)
    assert told.gap == pytest.approx(0.5)


@pytest.mark.parametrize("least", range(7))
def test_of_changes_that_save_as_much_each_just_enough_are_made(monkeypatch, least):
    """Six alike: at one price none or all are kept; a plan between the two is proved without any pair being fixed."""
    monkeypatch.setattr(kept_pairs, "MOST_STEPS", 0)
    elder, volunteer = np.divmod(np.arange(12), 2)
    problem = AssignmentProblem(elder, volunteer, volunteer * 7, [6, 6], unmatched_cost=[1000] * 6)
    found = solve_keeping(problem, volunteer == 1, least)
    assert (found.kept, found.certificate.cost, found.certificate.optimal) == (least, 7 * least, True)
    assert found.multiplier == (7 if least else 0)


@given(problems(), st.integers(0, 50))
@settings(deadline=None, max_examples=some(150))
@example((AssignmentProblem([0], [0], [0], [1], unmatched_cost=[5]), np.array([True])), 0)
def test_rounds_can_each_be_made_or_not(case, worth):
    problem, pairs = case
    low = solve(problem).chosen
    high = solve(problem.replace(cost=problem.cost - worth * pairs)).chosen
    rounds = find_cycles(problem, pairs, low, high)
    assert sorted(e for one in rounds for e in one.elders) == np.flatnonzero(low != high).tolist()

    def kept(chosen):
        return int(pairs[chosen[chosen >= 0]].sum())

    assert sum(one.more for one in rounds) == kept(high) - kept(low)
    for one in rounds:
        chosen = low.copy()
        chosen[list(one.elders)] = high[list(one.elders)]
        assert kept(chosen) == kept(low) + one.more
        load = np.bincount(problem.volunteer[chosen[chosen >= 0]], minlength=problem.n_volunteers)
        assert (load <= problem.capacity).all()


@given(st.lists(st.integers(-4, 4), max_size=8), st.integers(1, 12))
def test_the_sum_is_the_least_that_is_enough(more, need):
    sums = {0}
    for number in more:
        sums |= {total + number for total in sums}
    enough = [total for total in sums if total >= need]
    if enough:
        made = _choose_exactly(more, need)
        assert sum(number for number, is_made in zip(more, made, strict=True) if is_made) == min(enough)
