"""Problems with a use of their own for each pair, against integer programs in HiGHS, and what proofs must hold."""

import _thread
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.generalised import lp_relaxation
from matcher.assignment.generalised.branch_and_cut import branch_and_cut
from matcher.assignment.generalised.components import split_components
from matcher.assignment.generalised.lagrangian import (
    compute_first_bound,
    estimate_unit_prices,
    find_promising,
    raise_bound,
)
from matcher.assignment.generalised.lp_relaxation import solve_lp_relaxation
from tests.helpers.effort import some


@st.composite
def problems(draw):
    """Small sparse problems: zero uses, uses above capacity, elders without candidate, ties and negative costs."""
    n_elders, n_volunteers = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    every = [(e, v) for e in range(n_elders) for v in range(n_volunteers)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    if draw(st.booleans()):
        chosen = every
    n = len(chosen)
    cost = draw(st.lists(st.integers(-20, 60), min_size=n, max_size=n))
    use = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    capacity = draw(st.lists(st.integers(0, 22), min_size=n_volunteers, max_size=n_volunteers))
    unmatched = draw(st.lists(st.integers(-5, 60), min_size=n_elders, max_size=n_elders))
    elder, volunteer = np.array(chosen).T
    use = np.where(np.arange(n) == 0, 2, use)  # not 1 everywhere: that would be a flow
    return AssignmentProblem(
        elder, volunteer, cost, capacity, use=use, unmatched_cost=unmatched if draw(st.booleans()) else None
    )


def by_milp(problem: AssignmentProblem) -> int | None:
    """The least cost; None: not everyone can be served."""
    m, n = len(problem.elder), problem.n_elders
    must = problem.unmatched_cost is None
    serve = np.zeros((n, m + n))
    serve[problem.elder, np.arange(m)] = 1
    serve[np.arange(n), m + np.arange(n)] = 1
    load = np.zeros((problem.n_volunteers, m + n))
    load[problem.volunteer, np.arange(m)] = problem.use
    cost = np.concatenate((problem.cost, np.zeros(n) if must else problem.unmatched_cost))
    upper = np.concatenate((np.ones(m), np.full(n, 0 if must else 1)))
    answer = milp(
        cost,
        constraints=[LinearConstraint(serve, 1, 1), LinearConstraint(load, ub=problem.capacity)],
        integrality=np.ones(m + n),
        bounds=Bounds(0, upper),
    )
    return round(answer.fun) if answer.status == 0 else None


def random_problem(seed: int, n_elders=60, n_volunteers=6, share=0.8) -> AssignmentProblem:
    """Everyone may be served by everyone, costs fall with use: the hard kind (type D of the literature)."""
    rng = np.random.default_rng(seed)
    elder, volunteer = np.divmod(np.arange(n_elders * n_volunteers), n_volunteers)
    use = rng.integers(1, 101, len(elder))
    cost = 111 - use + rng.integers(-10, 11, len(elder))
    capacity = np.full(n_volunteers, int(share * use.sum() / n_volunteers**2))
    return AssignmentProblem(elder, volunteer, cost, capacity, use=use)


def check_plan(problem: AssignmentProblem, outcome) -> None:
    """From first principles: each elder has one of their own candidates, loads fit, costs add up."""
    served = np.flatnonzero(outcome.chosen >= 0)
    taken = outcome.chosen[served]
    assert (problem.elder[taken] == served).all()
    load = np.bincount(problem.volunteer[taken], weights=problem.use[taken], minlength=problem.n_volunteers)
    assert (load <= problem.capacity).all()
    left = 0 if problem.unmatched_cost is None else int(problem.unmatched_cost[outcome.chosen < 0].sum())
    assert outcome.cost == int(problem.cost[taken].sum()) + left
    assert outcome.certificate.bound <= outcome.bound <= outcome.cost


@given(problems())
@settings(deadline=None, max_examples=some(150))
def test_cost_and_status_are_those_of_an_integer_program(problem):
    outcome = solve(problem)
    expected = by_milp(problem)
    if expected is None:
        assert (outcome.status, outcome.cost) == ("infeasible", None)
        if outcome.hall is not None:
            hall = outcome.hall
            own = np.isin(problem.elder, hall.elders) & (problem.use <= problem.capacity[problem.volunteer])
            assert set(problem.volunteer[own]) <= set(hall.volunteers)
            assert hall.missing > 0
    else:
        assert (outcome.status, outcome.cost, outcome.bound) == ("optimal", expected, expected)
        check_plan(problem, outcome)


@given(problems())
@settings(deadline=None, max_examples=some(80))
def test_no_bound_is_above_the_optimum_and_none_of_its_pairs_is_dropped(problem):
    optimum = by_milp(problem)
    if optimum is None:
        return
    for part in split_components(problem):
        of_part = AssignmentProblem(
            part.elder,
            part.volunteer,
            part.cost,
            part.capacity,
            use=part.use,
            unmatched_cost=None if part.must_serve else part.unmatched_cost,
        )
        if of_part.use is None:
            continue
        least = by_milp(of_part)
        for price in (estimate_unit_prices(part), solve_lp_relaxation(part).unit_price):
            bound = compute_first_bound(part, price)
            raise_bound(part, bound, least, 60)
            assert bound.value <= least
        taken = solve(of_part).chosen
        candidates, left_out = find_promising(part, bound, least + 1)
        assert candidates[taken[taken >= 0]].all()
        assert left_out[taken < 0].all()


@pytest.mark.long
def test_same_plan_with_any_number_of_workers_and_any_order_of_candidates():
    problem = random_problem(5, n_elders=30, n_volunteers=4)
    order = np.random.default_rng(0).permutation(len(problem.elder))
    other = AssignmentProblem(
        problem.elder[order], problem.volunteer[order], problem.cost[order], problem.capacity, use=problem.use[order]
    )
    one, two, shuffled = solve(problem, workers=1), solve(problem, workers=3), solve(other)
    assert one.status == "optimal"
    np.testing.assert_array_equal(one.chosen, two.chosen)
    np.testing.assert_array_equal(problem.volunteer[one.chosen], other.volunteer[shuffled.chosen])
    assert one.cost == by_milp(problem)


def city(seed: int, n_elders=420, n_volunteers=90) -> AssignmentProblem:
    """One part with many volunteers, each for those around: few candidates an elder, uses of one or two units."""
    rng = np.random.default_rng(seed)
    home, other = rng.random((n_elders, 2)), rng.random((n_volunteers, 2))
    metres = np.rint(1000 * np.hypot(*(home[:, None] - other[None]).transpose(2, 0, 1))).astype(int)
    elder, volunteer = np.nonzero(metres <= np.maximum(250, metres.min(axis=1))[:, None])
    use = 1 + (rng.random(n_elders) < 0.3).astype(int)
    return AssignmentProblem(
        elder, volunteer, metres[elder, volunteer], [5] * n_volunteers, use[elder], np.full(n_elders, 10**7)
    )


@pytest.mark.long
def test_large_parts_come_near_the_optimum_by_clusters():
    problem = city(3)
    assert len(split_components(problem)) == 1
    outcome = solve(problem, time_limit_s=8)
    check_plan(problem, outcome)
    least = np.ceil(solve_lp_relaxation(split_components(problem)[0]).left_out.sum() - 1e-6)
    assert (outcome.chosen < 0).sum() <= least + 2
    best = by_milp(problem)
    assert outcome.bound <= best <= outcome.cost


def test_columns_let_in_give_the_relaxation_over_all(monkeypatch):
    part = split_components(city(4))[0]
    whole = solve_lp_relaxation(part)
    monkeypatch.setattr(lp_relaxation, "_ALL_UP_TO", 0)
    grown = solve_lp_relaxation(part)
    cost = [float((x.share * part.cost).sum() + (x.left_out * part.unmatched_cost).sum()) for x in (whole, grown)]
    assert cost[1] == pytest.approx(cost[0], rel=1e-3)


def test_any_number_of_nodes_may_be_asked_for():
    part = split_components(random_problem(0, n_elders=6, n_volunteers=2))[0]
    everything = np.ones(len(part.cost), dtype=bool), np.zeros(part.n_elders, dtype=bool)
    answer = branch_and_cut(part, *everything, 0, nodes=2**40, time_s=None, stopped=threading.Event())
    assert answer.done


def test_published_instance_is_within_a_permille():
    """Type D, 5 x 100: the best known cost is 6353."""
    numbers = np.array((Path(__file__).parents[2] / "data" / "gap_d_5x100.txt").read_text().split(), dtype=np.int64)
    m, n = numbers[:2]
    cost, use = numbers[2 : 2 + 2 * m * n].reshape(2, m, n)
    elder, volunteer = np.divmod(np.arange(m * n), m)
    problem = AssignmentProblem(elder, volunteer, cost.T.ravel(), numbers[-m:], use=use.T.ravel())
    outcome = solve(problem, time_limit_s=3)
    check_plan(problem, outcome)
    assert outcome.bound <= 6353 <= outcome.cost <= 6353 * 1.005


def test_nothing_but_our_own_words_reaches_standard_output():
    code = (
        "import os, threading; from matcher.assignment.generalised.mute_stdout import mute_stdout\n"
        "print('before')\n"
        "with mute_stdout():\n"
        "    with mute_stdout(): os.write(1, b'noise')\n"
        "    os.system('echo noise')\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "before\nafter\n"


def test_branch_and_cut_agrees_with_an_integer_program():
    problem = random_problem(7, n_elders=24, n_volunteers=4)
    part = split_components(problem)[0]
    everything, nobody = np.ones(len(part.cost), dtype=bool), np.zeros(part.n_elders, dtype=bool)
    stopped = threading.Event()
    answer = branch_and_cut(part, everything, nobody, 0, nodes=100_000, time_s=None, stopped=stopped)
    assert answer.done
    assert part.compute_cost(answer.chosen) == answer.bound == by_milp(problem)
    cut_short = branch_and_cut(part, everything, nobody, 5, nodes=0, time_s=None, stopped=stopped)
    assert not cut_short.done
    assert 5 <= cut_short.bound <= answer.bound
    tight = replace(part, capacity=part.capacity * 0 + 1)
    assert branch_and_cut(tight, everything, nobody, 0, nodes=100, time_s=None, stopped=stopped).bound is None
    stopped.set()
    assert branch_and_cut(part, everything, nobody, 5, nodes=10**6, time_s=None, stopped=stopped).bound >= 5


def test_time_limit_returns_the_best_plan_so_far_with_its_gap():
    problem = random_problem(1, n_elders=200, n_volunteers=20)
    outcome = solve(problem, time_limit_s=2)
    assert outcome.status in {"feasible", "unknown"}
    if outcome.status == "feasible":
        check_plan(problem, outcome)
    assert solve(problem, time_limit_s=0).status in {"feasible", "unknown"}


def test_interrupt_returns_the_best_plan_so_far():
    problem = random_problem(2, n_elders=200, n_volunteers=20, share=0.95)
    solve(problem, time_limit_s=1)  # compiled by now
    done = threading.Event()

    def interrupt():
        seconds = 2
        while not done.wait(seconds):
            _thread.interrupt_main()
            seconds = 20  # Python may lose an interrupt that falls into a callback: a person would press again, too

    pressing = threading.Thread(target=interrupt)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background shells ignore it
    pressing.start()
    try:
        outcome = solve(problem)
    finally:
        done.set()
        pressing.join()
        signal.signal(signal.SIGINT, before)
    assert outcome.status == "feasible"
    check_plan(problem, outcome)


def test_shortage_of_units_is_proved_by_counting():
    # two elders of 5 units each for 9 units: no count of places tells, units do
    problem = AssignmentProblem([0, 0, 1, 1, 2, 2], [0, 1] * 3, [1] * 6, [7, 7], use=[5] * 6)
    outcome = solve(problem)
    assert outcome.status == "infeasible"
    assert outcome.hall.missing == 1
    assert outcome.hall.places == 2


def test_infeasible_without_hall_set_is_proved_by_search():
    # 3 + 3 + 2 + 2 + 2 = 12 = 6 + 6 fits by units; one volunteer of 5 and one of 7 can't hold 4, 4 and 4
    problem = AssignmentProblem([0, 0, 1, 1, 2, 2], [0, 1] * 3, [1] * 6, [5, 7], use=[4] * 6)
    assert solve(problem).status == "infeasible"
    problem = AssignmentProblem(np.repeat(np.arange(4), 2), [0, 1] * 4, [1] * 8, [9, 9], use=np.repeat([5, 5, 5, 3], 2))
    outcome = solve(problem)
    assert (outcome.status, outcome.cost) == ("infeasible", None)


def test_large_capacities_and_costs_keep_the_proof_exact():
    rng = np.random.default_rng(3)
    elder, volunteer = np.divmod(np.arange(24 * 3), 3)
    use = rng.integers(10**6, 10**7, 72)
    cost = rng.integers(-(10**11), 10**11, 72)
    problem = AssignmentProblem(elder, volunteer, cost, [5 * 10**7] * 3, use=use)
    outcome = solve(problem, time_limit_s=60)
    assert (outcome.status, outcome.cost) == ("optimal", by_milp(problem))


def test_zero_use_and_no_candidates():
    nobody = AssignmentProblem([], [], [], [3], use=[], unmatched_cost=[7, 8])
    assert solve(nobody).cost == 15
    free = AssignmentProblem([0, 1, 2], [0, 0, 0], [5, 6, 7], [0], use=[0, 0, 3], unmatched_cost=[9, 9, 9])
    assert solve(free).chosen.tolist() == [0, 1, -1]


@pytest.mark.parametrize("seed", range(3))
def test_loose_parts_are_solved_apart(seed):
    rng = np.random.default_rng(seed)
    apart = [random_problem(seed * 10 + i, n_elders=int(rng.integers(4, 9)), n_volunteers=2) for i in range(4)]
    elders = np.cumsum([0] + [p.n_elders for p in apart])
    problem = AssignmentProblem(
        np.concatenate([p.elder + elders[i] for i, p in enumerate(apart)]),
        np.concatenate([p.volunteer + 2 * i for i, p in enumerate(apart)]),
        np.concatenate([p.cost for p in apart]),
        np.concatenate([p.capacity for p in apart]),
        use=np.concatenate([p.use for p in apart]),
        unmatched_cost=np.full(elders[-1], 500),
    )
    each = [
        by_milp(AssignmentProblem(p.elder, p.volunteer, p.cost, p.capacity, p.use, np.full(p.n_elders, 500)))
        for p in apart
    ]
    assert solve(problem).cost == sum(each)


def least_by_trying_all(problem):
    arrays = (problem.elder, problem.volunteer, problem.cost, problem.use)
    candidates = {(e, v): (cost, use) for e, v, cost, use in zip(*(x.tolist() for x in arrays), strict=True)}
    choices = [[-1, *(v for who, v in candidates if who == e)] for e in range(problem.n_elders)]
    best = None
    for plan in product(*choices):
        used = [0] * problem.n_volunteers
        total = 0
        for e, v in enumerate(plan):
            total += int(problem.unmatched_cost[e]) if v < 0 else candidates[e, v][0]
            used[v] += 0 if v < 0 else candidates[e, v][1]
        if all(np.array(used) <= problem.capacity) and (best is None or total < best):
            best = total
    return best


def test_huge_costs_are_counted_to_the_last_metre():
    rng = np.random.default_rng(11)
    for _ in range(some(60)):
        pairs = [(e, v) for e in range(7) for v in range(3) if rng.random() < 0.7]
        elder, volunteer = np.transpose(pairs)
        cost = rng.integers(-(2**40), 2**40, len(pairs))
        unmatched = rng.integers(0, 2**41, 7)
        use, capacity = rng.integers(1, 5, len(pairs)), rng.integers(1, 6, 3)
        problem = AssignmentProblem(elder, volunteer, cost, capacity, use=use, unmatched_cost=unmatched)
        found = solve(problem)
        assert (found.status, found.cost, found.bound) == ("optimal", found.bound, least_by_trying_all(problem))
