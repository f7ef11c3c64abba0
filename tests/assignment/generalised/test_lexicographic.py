"""Goals in order, against integer programs that ask for each goal in turn; bounds, by code of their own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matcher.assignment import AssignmentProblem
from matcher.assignment.generalised import lp_relaxation
from matcher.assignment.generalised.lexicographic import solve_lexicographic
from tests.helpers.effort import long, some


@st.composite
def problems(draw):
    """Small sparse problems with uses of their own, and goals: all elders, then tier by tier."""
    n_elders, n_volunteers = draw(st.integers(1, 10)), draw(st.integers(1, 5))
    every = [(e, v) for e in range(n_elders) for v in range(n_volunteers)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    n = len(chosen)
    largest = draw(st.sampled_from([20, 3000, 10**6]))
    cost = draw(st.lists(st.integers(-largest // 2, largest), min_size=n, max_size=n))
    use = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    capacity = draw(st.lists(st.integers(0, 9), min_size=n_volunteers, max_size=n_volunteers))
    elder, volunteer = np.array(chosen).T
    problem = AssignmentProblem(
        elder, volunteer, cost, capacity, use=use, unmatched_cost=np.zeros(n_elders, dtype=np.int64)
    )
    counts = st.lists(st.integers(1, 3), min_size=n_elders, max_size=n_elders)
    tier = np.array(draw(st.lists(st.integers(1, 4), min_size=n_elders, max_size=n_elders)))
    served = np.array(draw(counts)) if draw(st.booleans()) else np.ones(n_elders, dtype=np.int64)
    return problem, np.array([served, *(served * (tier == k) for k in np.unique(tier)[:-1])])


class Program:
    """A problem as an integer program; each goal that was asked for is held from then on."""

    def __init__(self, problem: AssignmentProblem) -> None:
        self.problem, m, n = problem, len(problem.elder), problem.n_elders
        serve, load = np.zeros((n, m + n)), np.zeros((problem.n_volunteers, m + n))
        serve[problem.elder, np.arange(m)] = 1
        serve[np.arange(n), m + np.arange(n)] = 1
        load[problem.volunteer, np.arange(m)] = 1 if problem.use is None else problem.use
        self.serve, self.rows, self.limits = serve, [*load], [*problem.capacity]

    def hold(self, row, limit):
        self.rows.append(np.asarray(row, dtype=float))
        self.limits.append(limit)

    def least(self, row):
        rules = [LinearConstraint(self.serve, 1, 1), LinearConstraint(np.array(self.rows), ub=np.array(self.limits))]
        found = milp(row, constraints=rules, integrality=np.ones(len(row)), bounds=Bounds(0, 1))
        return round(found.fun)

    def relaxed(self, row):
        found = linprog(
            row,
            A_ub=np.array(self.rows),
            b_ub=np.array(self.limits),
            A_eq=self.serve,
            b_eq=np.ones(len(self.serve)),
            bounds=(0, 1),
        )
        return found.fun


def list_rows(problem, goals):
    """What each variable adds to each goal, and last to the cost: candidates first, then elders left out."""
    m, n = len(problem.elder), problem.n_elders
    return [*(np.concatenate((np.zeros(m), counts)) for counts in goals), np.concatenate((problem.cost, np.zeros(n)))]


def solve_in_turn(problem, goals):
    program, values = Program(problem), []
    for row in list_rows(problem, goals):
        values.append(program.least(row))
        program.hold(row, values[-1] + 0.3)
    return values


def check_outcome(problem, goals, outcome):
    """From first principles: a plan, its values, and bounds not above them."""
    served = np.flatnonzero(outcome.chosen >= 0)
    taken = outcome.chosen[served]
    assert (problem.elder[taken] == served).all()
    use = np.ones(len(taken)) if problem.use is None else problem.use[taken]
    load = np.bincount(problem.volunteer[taken], weights=use, minlength=problem.n_volunteers)
    assert (load <= problem.capacity).all()
    out = outcome.chosen < 0
    assert [goal.value for goal in outcome.goals] == goals[:, out].sum(axis=1).tolist()
    assert outcome.cost.value == problem.cost[taken].sum()
    assert all(proof.bound <= proof.value for proof in (*outcome.goals, outcome.cost))
    assert outcome.certified_cost <= outcome.cost.bound


@given(problems())
@settings(deadline=None, max_examples=some(40))
def test_each_goal_is_what_an_integer_program_says(drawn):
    problem, goals = drawn
    outcome = solve_lexicographic(problem, goals)
    check_outcome(problem, goals, outcome)
    assert [*(goal.value for goal in outcome.goals), outcome.cost.value] == solve_in_turn(problem, goals)
    assert outcome.is_optimal


def make_mixed(seed, n_elders=26, n_volunteers=6):
    """Sparse, short of units, in four tiers."""
    rng = np.random.default_rng(seed)
    use = rng.integers(2, 6, n_elders)
    shown = rng.random((n_elders, n_volunteers)) < 0.5
    elder, volunteer = np.nonzero(shown)
    cost = rng.integers(-1600, 1500, len(elder))
    problem = AssignmentProblem(
        elder,
        volunteer,
        cost,
        np.full(n_volunteers, 11),
        use=use[elder],
        unmatched_cost=np.zeros(n_elders, dtype=np.int64),
    )
    tier = rng.integers(1, 5, n_elders)
    return problem, np.array([np.ones(n_elders, dtype=np.int64), *((tier == k).astype(np.int64) for k in (1, 2, 3))])


@pytest.mark.parametrize("seed", [0, *long(1, 2, 3)])
@pytest.mark.parametrize("time_limit_s", [1e-9, None])
def test_bounds_hold_whenever_the_search_ends(seed, time_limit_s):
    """Each is held to the least by an integer program, over plans as good by the goals before."""
    problem, goals = make_mixed(seed)
    outcome = solve_lexicographic(problem, goals, time_limit_s=time_limit_s)
    check_outcome(problem, goals, outcome)
    program = Program(problem)
    for row, proof in zip(list_rows(problem, goals), (*outcome.goals, outcome.cost), strict=True):
        least = program.least(row)
        assert proof.bound <= least
        if time_limit_s is None:
            assert proof.value == least
        program.hold(row, proof.value + 0.3)
    if time_limit_s is None:
        assert outcome.is_optimal
        # the certified bound is that of a linear program, up to rounding
        *rows, cost = list_rows(problem, goals)
        exact = Program(problem)
        for row, proof in zip(rows, outcome.goals, strict=True):
            exact.hold(row, proof.value)
        assert outcome.certified_cost <= exact.relaxed(cost) + 1


def join(problems):
    """Several problems side by side, nobody shared."""
    parts, all_goals = zip(*problems, strict=True)
    first = np.cumsum([0, *(part.n_elders for part in parts)])
    own = np.cumsum([0, *(part.n_volunteers for part in parts)])
    return AssignmentProblem(
        np.concatenate([part.elder + first[i] for i, part in enumerate(parts)]),
        np.concatenate([part.volunteer + own[i] for i, part in enumerate(parts)]),
        np.concatenate([part.cost for part in parts]),
        np.concatenate([part.capacity for part in parts]),
        use=np.concatenate([part.use for part in parts]),
        unmatched_cost=np.zeros(first[-1], dtype=np.int64),
    ), np.concatenate(all_goals, axis=1)


@pytest.mark.parametrize("time_limit_s", [1e-9, None])
def test_parts_give_each_other_room_where_a_goal_is_not_proved(time_limit_s):
    """One part may serve one more, another one fewer for its metres: bounds of all parts together allow for it."""
    problem, goals = join([make_mixed(seed, n_elders=9, n_volunteers=2) for seed in range(5)])
    outcome = solve_lexicographic(problem, goals, time_limit_s=time_limit_s)
    check_outcome(problem, goals, outcome)
    program = Program(problem)
    for row, proof in zip(list_rows(problem, goals), (*outcome.goals, outcome.cost), strict=True):
        assert proof.bound <= program.least(row)
        program.hold(row, proof.value + 0.3)
    assert outcome.is_optimal == (time_limit_s is None)


def make_type_d(seed, n_volunteers, n_elders):
    """Type D of the literature: cost falls with use. Everybody may be left out, a third comes first."""
    rng = np.random.default_rng(seed)
    elder, volunteer = np.divmod(np.arange(n_elders * n_volunteers), n_volunteers)
    use = rng.integers(1, 101, len(elder))
    cost = 111 - use + rng.integers(-10, 11, len(elder))
    capacity = np.full(n_volunteers, int(0.8 * use.sum() / n_volunteers**2))
    problem = AssignmentProblem(elder, volunteer, cost, capacity, use, np.zeros(n_elders, dtype=np.int64))
    return problem, np.array([np.ones(n_elders, dtype=np.int64), np.arange(n_elders) % 3 == 0])


@pytest.mark.long
@pytest.mark.parametrize("seed", [0])
def test_hard_problems_come_near_the_optimum(seed):
    problem, goals = make_type_d(seed, 5, 60)
    outcome = solve_lexicographic(problem, goals, time_limit_s=5)
    check_outcome(problem, goals, outcome)
    assert [goal.value for goal in outcome.goals] == [goal.bound for goal in outcome.goals] == [0, 0]
    assert outcome.cost.value - outcome.cost.bound <= 0.01 * outcome.cost.value
    *rows, cost = list_rows(problem, goals)
    program = Program(problem)
    for row in rows:
        program.hold(row, 0)
    assert program.relaxed(cost) <= outcome.cost.bound <= outcome.cost.value


@pytest.mark.long
def test_columns_let_in_are_enough_where_limits_are_tight(monkeypatch):
    """A plan's own candidates are columns from the start: without them nobody might leave out as few."""
    problem, goals = make_mixed(3)
    whole = solve_lexicographic(problem, goals)
    monkeypatch.setattr(lp_relaxation, "_ALL_UP_TO", 0)
    monkeypatch.setattr(lp_relaxation, "_FIRST", 1)
    grown = solve_lexicographic(problem, goals)
    assert grown.is_optimal
    assert [*grown.goals, grown.cost] == [*whole.goals, whole.cost]


def test_same_plan_with_any_number_of_workers():
    problem, goals = make_mixed(7)
    one, three = (solve_lexicographic(problem, goals, workers=workers) for workers in (1, 3))
    np.testing.assert_array_equal(one.chosen, three.chosen)


def test_costs_too_large_are_refused():
    problem, goals = make_mixed(1)
    with pytest.raises(OverflowError):
        solve_lexicographic(problem.replace(cost=problem.cost * 2**45), goals)


def test_nobody_to_serve():
    problem = AssignmentProblem([], [], [], [3], use=[], unmatched_cost=[0, 0])
    outcome = solve_lexicographic(problem, np.ones((1, 2), dtype=np.int64))
    assert outcome.chosen.tolist() == [-1, -1]
    assert (outcome.goals[0].value, outcome.is_optimal) == (2, True)
