"""A solved assignment after changes of one row, against solving anew: loads, limits, tiers, pins; taking back."""

import numpy as np
import pytest

from matcher.assignment import AssignmentProblem, NoPlanLeftError, certify, draft, solve, solved
from matcher.assignment.kernels.residual_paths import FAR
from matcher.assignment.row_changes import (
    AddElder,
    AddVolunteer,
    Bar,
    LeaveOut,
    Pin,
    RemoveElder,
    RemoveVolunteer,
    ReplaceRow,
    SetCapacity,
    SetLimit,
)
from matcher.assignment.solved import Solved

TIER = 2**40


def make_problem(rng, *, loads, limited, tiers, most_elders):
    """Return a random problem, and the width of its load costs (0: none)."""
    n_elders, n = int(rng.integers(1, most_elders)), int(rng.integers(1, 6))
    every = np.argwhere(rng.random((n_elders, n)) < rng.uniform(0.2, 1))
    rng.shuffle(every)
    cost = rng.integers(-9, 30, len(every))
    unmatched = rng.integers(0, 40, n_elders)
    if tiers:
        unmatched = TIER * rng.integers(1, 4, n_elders)
    return AssignmentProblem(
        every[:, 0],
        every[:, 1],
        cost,
        rng.integers(0, 4, n),
        unmatched_cost=unmatched,
        load_cost=np.sort(rng.integers(-5, 20, (n, 6)), axis=1) if loads else None,
        limited=rng.random(n_elders) < 0.5 if limited else None,
        limit=rng.integers(0, 3, n) if limited else None,
    )


def make_change(rng, now, *, loads, limited, tiers):
    """Return a random change of a solved problem."""
    n_elders, n = len(now.volunteer_of), len(now.prices)
    elder, v = int(rng.integers(n_elders)), int(rng.integers(n))
    some_v = np.flatnonzero(rng.random(n) < 0.6)
    some_e = np.flatnonzero(rng.random(n_elders) < 0.6)
    row = np.sort(rng.integers(-5, 20, 6)) if loads else None
    limit = int(rng.integers(0, 3)) if limited else None
    cost = int(rng.integers(-9, 30))
    unmatched = int(TIER * rng.integers(1, 4) if tiers else rng.integers(0, 40))
    of_v, of_e = rng.integers(-9, 30, len(some_v)), rng.integers(-9, 30, len(some_e))
    is_limited = bool(limited and rng.random() < 0.5)
    changes = [
        AddElder(some_v, of_v, unmatched, is_limited),
        RemoveElder(elder),
        AddVolunteer(some_e, of_e, int(rng.integers(0, 5)), row, limit),
        RemoveVolunteer(v),
        Pin(elder, v, cost),
        Bar(elder, v),
        LeaveOut(elder),
        ReplaceRow(elder, some_v, of_v),
        SetCapacity(v, int(rng.integers(0, 6)), row if rng.random() < 0.5 else None),
        SetLimit(v, int(rng.integers(0, 3))),
    ]
    return changes[int(rng.integers(len(changes)))]


def start(problem):
    """Return a problem solved, from the plan and prices of ``solve``."""
    outcome = solve(problem)
    return Solved.of(problem, outcome.chosen, outcome.prices, outcome.limited_prices)


def pairs_of(now):
    """Return the candidates chosen by their place in ``to_problem``."""
    problem = now.to_problem()
    chosen = np.full(problem.n_elders, -1)
    mine = now.volunteer_of[problem.elder] == problem.volunteer
    chosen[problem.elder[mine]] = np.flatnonzero(mine)
    return problem, chosen


def hold_to_solving_anew(now):
    """Hold cost, plan and proof to the problem solved anew, and to the certificate of all arrays."""
    problem, chosen = pairs_of(now)
    anew = solve(problem)
    must = now.sides.unmatched_cost == FAR
    assert (anew.chosen[must] >= 0).all()
    assert now.cost == anew.cost
    proof = now.certify()
    assert proof.optimal
    assert proof.cost == anew.cost
    assert proof.eligible_pairs == len(problem.elder)
    if not must.any():
        assert certify(problem, chosen, now.prices, now.limited_prices).optimal


def follow(rng, changes, most_elders=10, **kinds):
    """Change a random problem several times, and hold each state to solving anew."""
    now = start(make_problem(rng, most_elders=most_elders, **kinds))
    hold_to_solving_anew(now)
    for _ in range(changes):
        change = make_change(rng, now, **kinds)
        before = now.cost, now.volunteer_of.copy(), now.plan.price.copy()
        try:
            after = now.change(change)
        except NoPlanLeftError:
            assert (solve_with(now, change).chosen[now.pinned] < 0).any() or isinstance(change, Pin)
            continue
        except ValueError as error:
            if "is pinned" in str(error) or "load costs for" in str(error):
                continue
            raise
        assert now.cost == before[0]
        assert (now.volunteer_of == before[1]).all()
        assert (now.plan.price == before[2]).all()
        hold_to_solving_anew(after)
        now = after


def solve_with(now, change):
    """Return the outcome of solving anew where a change leaves pinned elders out."""
    problem = now.to_problem()
    capacity, limit = problem.capacity.copy(), None if problem.limit is None else problem.limit.copy()
    if isinstance(change, (RemoveVolunteer, SetCapacity)):
        capacity[change.volunteer] = getattr(change, "capacity", 0)
    if isinstance(change, SetLimit) and limit is not None:
        limit[change.volunteer] = change.limit
    return solve(problem.replace(capacity=capacity, limit=limit))


@pytest.mark.parametrize("loads", [False, True])
@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("tiers", [False, True])
def test_each_change_gives_what_solving_anew_gives(loads, limited, tiers):
    """Some hundred changes of random problems, one after the other; the benchmark makes thousands."""
    for seed in range(6):
        follow(np.random.default_rng(seed), 8, loads=loads, limited=limited, tiers=tiers)


@pytest.mark.parametrize("seed", range(3))
def test_compiled_loops_do_as_plain_python(seed, monkeypatch):
    """Plans, prices and paths are the same, compiled or not."""
    kinds = {"loads": seed == 0, "limited": seed == 1, "tiers": seed == 2}
    results = []
    for small in (draft.SMALL, -1):
        for module in (solved, draft):
            monkeypatch.setattr(module, "SMALL", small)
        rng = np.random.default_rng(seed)
        now = start(make_problem(rng, most_elders=15, **kinds))
        now = now.change(AddElder([0], [1], TIER), RemoveElder(0), SetCapacity(0, 1), AddElder([0], [0], 2 * TIER))
        results.append((now.cost, now.certify(), *now.plan, *now.paths))
    for one, other in zip(*results, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("seed", range(8))
def test_any_plan_and_prices_are_a_start(seed):
    """A start without a pair, at prices made up, ends at the optimum: it does not matter who solved the problem."""
    rng = np.random.default_rng(seed)
    problem = make_problem(rng, loads=seed % 2 == 1, limited=seed % 4 > 1, tiers=seed > 3, most_elders=15)
    prices = rng.integers(-5, 30, problem.n_volunteers)
    now = Solved.of(problem, np.full(problem.n_elders, -1), prices, prices + rng.integers(0, 5))
    assert now.cost == solve(problem).cost
    assert now.certify().optimal
    assert now.paths == ()


def test_paths_tell_who_is_displaced_by_whom():
    """Two volunteers with a place each: a pin moves the other elder, and the second elder's place is taken in turn."""
    problem = AssignmentProblem([0, 0, 1, 1], [0, 1, 0, 1], [1, 5, 2, 9], [1, 1], unmatched_cost=[100, 100])
    now = start(problem)
    assert now.volunteer_of.tolist() == [1, 0]
    after = now.change(Pin(0, 0))
    assert after.volunteer_of.tolist() == [0, 1]
    (path,) = after.paths
    assert path.tolist() == [[0, -1, 1], [1, 1, 3]]
    assert after.cost == 1 + 9


def test_what_does_not_fit_is_refused():
    """Numbers of nobody, shapes, pins that are there, costs beyond 64 bits; the problem stays as it was."""
    problem = AssignmentProblem([0, 1], [0, 0], [1, 2], [1], unmatched_cost=[9, 9])
    now = start(problem)
    faults = [
        (RemoveElder(2), "elder must be from 0 to 1"),
        (RemoveVolunteer(1), "volunteer must be from 0 to 0"),
        (Pin(0, 3), "volunteer must be from 0 to 0"),
        (ReplaceRow(0, [1], [1]), "volunteer must be from 0 to 0"),
        (ReplaceRow(0, [0], [1, 2]), "of one length"),
        (ReplaceRow(0, [0, 0], [1, 2]), "stands twice"),
        (AddVolunteer([5], [1], 1), "elder must be from 0 to 1"),
        (AddVolunteer([0], [1, 2], 1), "of one length"),
        (AddVolunteer([0], [1], 1, load_cost=[0]), "load_cost is given just where"),
        (SetCapacity(0, 1, load_cost=[0]), "load_cost is given just where"),
        (SetCapacity(0, -1), "capacity must not be below 0"),
        (SetLimit(0, -1), "limit must not be below 0"),
    ]
    for change, text in faults:
        with pytest.raises(ValueError, match=text):
            now.change(change)
    with pytest.raises(ValueError, match="give the cost of the pair"):
        now.change(Bar(0, 0), Pin(0, 0))
    with pytest.raises(ValueError, match="elder 0 is pinned"):
        now.change(Pin(0, 0), Bar(0, 0))
    with pytest.raises(NoPlanLeftError):
        now.change(Pin(0, 0), Pin(1, 0))
    with pytest.raises(OverflowError):
        now.change(AddElder([0], [1], 2**60))
    assert now.cost == solve(problem).cost
    loads = start(problem.replace(load_cost=[[0, 3]], capacity=[1]))
    for change, text in [
        (SetCapacity(0, 3), "for 2 elders alone"),
        (SetCapacity(0, 2, load_cost=[3, 0]), "must not fall"),
        (AddVolunteer([0], [1], 1), "load_cost is given just where"),
    ]:
        with pytest.raises(ValueError, match=text):
            loads.change(change)
    for unfit in (problem.replace(unmatched_cost=None), problem.replace(use=[2, 1])):
        with pytest.raises(ValueError, match="solved along paths"):
            Solved.of(unfit, np.array([0, -1]), np.zeros(1, dtype=np.int64))


def test_costs_that_need_64_bits():
    """A cost beyond 32 bits in one row lets all of them stand in 64."""
    now = start(AssignmentProblem([0, 1], [0, 0], [1, 2], [1], unmatched_cost=[2**40, 2**40]))
    after = now.change(ReplaceRow(0, [0], [2**35]))
    hold_to_solving_anew(after)
    assert after.volunteer_of.tolist() == [-1, 0]


def test_a_plan_that_is_none_is_not_certified():
    """The proof checks the plan apart from the search."""
    now = start(AssignmentProblem([0, 1], [0, 1], [1, 2], [1, 1], unmatched_cost=[9, 9]))
    now.plan.volunteer[0] = 1
    with pytest.raises(ValueError, match="no candidate at that cost"):
        now.certify()
    now.plan.volunteer[0] = 0
    now.sides.capacity[0] = 0
    with pytest.raises(ValueError, match="more elders than places"):
        now.certify()
