"""Cities as transportation problems, forced on small ones, against OR-Tools' flow over all candidates at once."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from matcher.assignment import AssignmentProblem, solve
from matcher.assignment.certificate import compute_cost
from matcher.assignment.flow import column_generation, held_plan, transportation
from matcher.assignment.flow.duals import compute_least_duals
from matcher.assignment.flow.min_cost_flow import SolverError, bound_displacement, bound_exchange, solve_min_cost_flow
from tests.helpers.effort import some


@pytest.fixture(autouse=True, scope="module")
def _always_grow():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("matcher.assignment.flow.solve_flow"), "GROW_FROM", 0)
        yield


@pytest.fixture
def ways(monkeypatch):
    """Each try to solve a problem as transportation: by levels or not, and whether it was proved."""
    taken = []
    find, prove = column_generation._try_transportation, held_plan.HeldPlan.is_proved

    def spy(held, capacity, rank):
        taken.append("one way out" if rank is None else "levels")
        return find(held, capacity, rank)

    def spy_on_proof(held):
        proved = prove(held)
        taken.append(proved)
        return proved

    monkeypatch.setattr(column_generation, "_try_transportation", spy)
    monkeypatch.setattr(held_plan.HeldPlan, "is_proved", spy_on_proof)
    return taken


@st.composite
def towns(draw):
    """Problems with several elders at one door, a constant of their own beside, and unmatched costs of all kinds."""
    n_elders, n_volunteers = draw(st.integers(1, 30)), draw(st.integers(1, 10))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    low, high = draw(st.sampled_from([(0, 0), (0, 5), (-800, 1000), (0, 1000), (0, 10**6), (-5, -1)]))
    n_doors = max(n_elders // 3, 1)
    is_candidate = rng.random((n_doors, n_volunteers)) < draw(st.floats(0.1, 1))
    cost = rng.integers(low, high + 1, (n_doors, n_volunteers))
    door = rng.integers(0, n_doors, n_elders)
    own = rng.integers(0, draw(st.sampled_from([1, 3])), (n_elders, 1))
    elder, volunteer = np.nonzero(is_candidate[door])
    capacity = rng.integers(0, draw(st.sampled_from([2, 4, 9])), n_volunteers)
    bare = AssignmentProblem(
        elder, volunteer, (cost[door] + own)[elder, volunteer], capacity, unmatched_cost=np.zeros(n_elders, int)
    )
    unmatched_cost = {
        "above all": np.full(n_elders, bound_displacement(bare)),
        "tiers": bound_displacement(bare) + rng.integers(0, 5, n_elders) * bound_exchange(bare),
        "tiers of unlike waits": bound_displacement(bare)
        + rng.integers(0, 3, n_elders) * (bound_exchange(bare) + 2_400)
        + rng.integers(0, 13, n_elders) * 200,
        "alike": np.full(n_elders, rng.integers(0, 3_000)),
        "any": rng.integers(0, 3_000, n_elders),
    }[draw(st.sampled_from(["above all", "tiers", "tiers of unlike waits", "alike", "any"]))]
    return bare.replace(unmatched_cost=unmatched_cost)


@given(towns())
@settings(deadline=None, max_examples=some(150))
def test_plan_and_prices_are_those_of_all_candidates_at_once(problem):
    outcome = solve(problem)
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    cost = problem.cost[chosen[chosen >= 0]].sum() + problem.unmatched_cost[chosen < 0].sum()
    assert (outcome.status, outcome.cost, outcome.bound) == ("optimal", cost, cost)
    least, _ = compute_least_duals(problem, chosen, problem.unmatched_cost)
    assert outcome.prices[problem.capacity > 0].tolist() == least[problem.capacity > 0].tolist()


def _make_chain(length, unmatched_cost):
    """Return a problem where serving everybody takes a chain of displacements, each dearer by 10."""
    elder = np.repeat(np.arange(length), 2)
    volunteer = np.minimum(elder + np.tile([0, 1], length), length - 1)
    keep = np.append(np.diff(elder * length + volunteer) > 0, True)
    cost = np.tile([0, 10], length)
    capacity = np.ones(length, int)
    extra = np.array([length])
    return AssignmentProblem(
        np.concatenate((elder[keep][:-1], extra)),
        np.concatenate((volunteer[keep][:-1], [0])),
        np.concatenate((cost[keep][:-1], [0])),
        capacity,
        unmatched_cost=np.full(length + 1, unmatched_cost),
    )


@pytest.mark.parametrize(
    ("unmatched_cost", "expected"),
    [(1_000, ["levels", True]), (40, ["levels", False, "one way out", True]), (5, ["one way out", True])],
)
def test_each_way_is_taken_where_it_must(ways, unmatched_cost, expected):
    """Levels serve as many as can be, by ten displacements of 10 each: too dear where leaving out costs 40."""
    problem = _make_chain(10, unmatched_cost)
    outcome = solve(problem)
    assert ways == expected
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    assert outcome.cost == problem.cost[chosen[chosen >= 0]].sum() + problem.unmatched_cost[chosen < 0].sum()
    assert outcome.status == "optimal"


@pytest.mark.parametrize("n_closed", [0, 2])
def test_levels_do_where_leaving_out_costs_unlike_within_a_tier(ways, n_closed):
    """Elders of one tier who wait unlike long are of one rank: the dearest to leave out are served."""
    capacity = np.append(np.zeros(n_closed, int), np.ones(10 - n_closed, int))
    problem = _make_chain(10, 0).replace(unmatched_cost=1_000 + 5 * np.arange(11), capacity=capacity)
    outcome = solve(problem)
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    assert ways == ["levels", True]
    assert (outcome.status, outcome.cost) == ("optimal", compute_cost(problem, chosen))


@pytest.mark.parametrize(
    ("unmatched_cost", "expected"), [(1_000, ["levels", True]), (40, ["levels", False, "one way out", True])]
)
@pytest.mark.parametrize("kind", ["load", "limit"])
def test_each_way_is_taken_where_places_differ(ways, kind, unmatched_cost, expected):
    """The same chain: a first place costs something, or a volunteer may have one limited elder at most."""
    problem = _make_chain(10, unmatched_cost)
    if kind == "load":
        problem = problem.replace(load_cost=np.ones((10, 1), int))
    else:
        problem = problem.replace(limited=np.arange(11) % 2 == 0, limit=np.ones(10, int))
    outcome = solve(problem)
    assert ways == expected
    chosen = solve_min_cost_flow(problem, problem.unmatched_cost)
    assert outcome.cost == compute_cost(problem, chosen)
    assert outcome.status == "optimal"


@pytest.mark.parametrize("limit", [1, 0])
def test_load_costs_and_a_limit_are_halves_of_a_volunteer(ways, limit):
    """Whether the limit changes nothing or much, the plan is proved without the general way."""
    problem = _make_chain(10, 1_000).replace(
        load_cost=np.ones((10, 1), int), limited=np.arange(11) % 2 == 0, limit=np.full(10, limit)
    )
    outcome = solve(problem)
    assert ways[-1] is True
    assert (outcome.status, outcome.cost) == (
        "optimal",
        compute_cost(problem, solve_min_cost_flow(problem, problem.unmatched_cost)),
    )


@given(towns())
@settings(deadline=None, max_examples=some(20))
def test_where_the_method_gives_up_the_flow_over_all_candidates_answers(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_generation, "solve_transportation", _give_up)
        alone = solve(problem)
    assert (alone.status, alone.chosen.tolist()) == ("optimal", solve(problem).chosen.tolist())


def _give_up(*_):
    raise SolverError("no plan")


@given(towns())
@settings(deadline=None, max_examples=some(20))
def test_a_first_stage_begun_anew_ends_with_the_same_plan(problem):
    begun = []
    with pytest.MonkeyPatch.context() as patch:
        drop = transportation.Transportation._drop_plan
        patch.setattr(transportation.Transportation, "_drop_plan", lambda self: begun.append(drop(self)))
        patch.setattr(transportation, "_NEAREST", 0)  # so that others are let in
        patch.setattr(transportation, "_MOST_DEAR", -1)
        anew = solve(problem)
    event("begun anew" if begun else "at once")
    assert (anew.status, anew.chosen.tolist()) == ("optimal", solve(problem).chosen.tolist())


def test_distances_beyond_the_buckets_ask_for_more(monkeypatch):
    problem = _make_chain(10, 1_000)
    monkeypatch.setattr(transportation, "_BUCKETS", 1)
    assert solve(problem).status == "optimal"
    monkeypatch.setattr(transportation, "_MOST_BUCKETS", 1)
    assert solve(problem).status == "optimal"


@pytest.mark.parametrize("span", [0, 1, 7, 8, 1_000, 100_000, 2**29])
@pytest.mark.parametrize("share", [0, 0.01, 1])
def test_stages_end_with_exact_costs(span, share):
    spread = int(span * share)
    stages = transportation.list_stages(spread, span)
    assert stages[-1] == (0, 0)
    shifts = [shift for shift, _ in stages]
    assert shifts == sorted(shifts, reverse=True)
    assert len(shifts) == 1 or spread >> shifts[0] < 8
    assert span >> shifts[0] <= transportation._MOST_BUCKETS


def test_a_few_costs_far_from_the_others_do_not_make_the_first_steps_long(monkeypatch):
    """Such as those of pairs worth keeping: an elder's cheapest candidate costs far less than the others."""
    stages, seen = transportation.list_stages, []
    monkeypatch.setattr(transportation, "list_stages", lambda *costs: seen.append(costs) or stages(*costs))
    n, cost = 8, np.tile([-(10**6), 100, 200, 300, 400, 500, 600, 700], (8, 1))
    elder, volunteer = np.repeat(np.arange(n), n), (np.arange(n) + np.arange(n)[:, None]) % n
    problem = AssignmentProblem(elder, volunteer.ravel(), cost.ravel(), np.ones(n, int))
    assert solve(problem.with_unmatched_cost(10**7)).cost == -n * 10**6
    assert seen == [(400, 10**6 + 700)]
