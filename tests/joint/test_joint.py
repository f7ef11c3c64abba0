"""Match and hours at once: the bound is one, and the match comes near it where hours are scarce."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from matcher.analysis.joint_bound import _LEFT_OUT_M, _compute_cost_m, measure_joint_gap
from matcher.features import Features
from matcher.joint import JointProblem, VolunteerWeek, solve_joint
from matcher.matching import match, plan_from_pairs
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.scheduling.timetabling import plan_visits
from tests.helpers.people import month, north, pairs

HOURS = [
    {"availability": 1 << 2, "clock": "1:540-600"},
    {"availability": 1 << 2 | 1 << 6, "clock": "1:540-660,3:540-660"},
    {"availability": 0b0101},
    {"availability": 1 << 9 | 1 << 5},
    {"availability": 0b1111111111},
]


def make_month(seed, n_elders=4, n_volunteers=2):
    """A programme of a few people with little time."""
    rng = np.random.default_rng(seed)
    elders = [north(float(rng.integers(0, 400))) | _draw(rng, 0.5) for _ in range(n_elders)]
    volunteers = [
        north(float(rng.integers(0, 400))) | _draw(rng, 0.1) | {"capacity": float(rng.integers(1, n_elders + 1))}
        for _ in range(n_volunteers)
    ]
    return month(elders, volunteers)


def _draw(rng, any_time):
    return {} if rng.random() < any_time else HOURS[rng.integers(len(HOURS))]


def plan_month(plan):
    return plan_visits(plan.month.roster, plan.elder, plan.volunteer, plan.month.horizon, plan.month.settings)


def find_every_matching(m):
    """Yield every way to serve as many elders as can be, by the candidates."""
    features = Features(m)
    found = find_candidates(features, *find_eligible_people(features))
    allowed = set(zip(found.elder.tolist(), found.volunteer.tolist(), strict=True))
    choices = [[v for v in range(m.n_volunteers) if (e, v) in allowed] + [-1] for e in range(m.n_elders)]
    capacity = m.roster.volunteers["capacity"].to_numpy()
    fitting = [
        chosen for chosen in product(*choices) if all(chosen.count(v) <= capacity[v] for v in range(m.n_volunteers))
    ]
    most = max(m.n_elders - chosen.count(-1) for chosen in fitting)
    return [chosen for chosen in fitting if m.n_elders - chosen.count(-1) == most]


@pytest.fixture(scope="module")
def judged():
    """Of some small programmes: what the match costs, what the best matching of all costs, the bound."""
    rows = []
    for seed in range(8):
        m = make_month(seed)
        plan = match(m)
        schedule = plan_month(plan)
        gap = measure_joint_gap(plan, schedule)
        best = min(_cost_of(m, chosen) for chosen in find_every_matching(m))
        blind = match(replace(m, settings=m.settings.model_copy(update={"match": _nothing_missed()})))
        chosen = [int(blind.volunteer_of[e]) for e in range(m.n_elders)]
        rows.append((gap.cost_m, best, gap.bound_m, _cost_of(m, chosen), gap.best.optimal))
    return np.array(rows)


def _nothing_missed():
    free = month([{}], [{}], match={"missed_contact_m": 0, "missed_visit_m": 0})
    return free.settings.match


def _cost_of(m, chosen):
    """What a matching costs with its best month."""
    plan = plan_from_pairs(m, pairs(*((e, v) for e, v in enumerate(chosen) if v >= 0)))
    unmatched = np.full(m.n_elders, _LEFT_OUT_M, dtype=np.int64)
    return _compute_cost_m(plan, plan_month(plan), unmatched)


def test_no_matching_with_its_month_costs_less_than_the_bound(judged):
    cost, best, bound, _, optimal = judged.T
    assert (bound <= best).all()
    assert (best <= cost).all()
    assert optimal.all()
    # the relaxation leaves out walks and clock times within half-days alone
    assert (best - bound).mean() <= 150


def test_the_match_is_beaten_by_little_and_far_better_than_one_blind_to_hours(judged):
    cost, best, _, blind, _ = judged.T
    assert (cost - best).mean() <= 0.35 * (blind - best).mean()
    assert (cost == best).mean() >= 0.5


def test_a_little_problem_by_hand():
    # two elders want one contact a week each; the first volunteer has time for one call, the second for none
    def week(candidates, minutes):
        may = np.zeros((len(candidates), 1, 2, 2), dtype=bool)
        may[:, 0, 0, 1] = minutes > 0
        ones = np.ones(len(candidates), dtype=np.int64)
        return VolunteerWeek(
            4,
            np.array(candidates),
            may,
            ones,
            0 * ones,
            np.array([[minutes, 0]]),
            np.array([[1, 0]]),
        )

    problem = JointProblem(
        elder=np.array([0, 0, 1, 1]),
        volunteer=np.array([0, 1, 0, 1]),
        cost=np.array([0, 100, 0, 150]),
        capacity=np.array([2, 2]),
        unmatched_cost=np.array([10_000, 10_000]),
        contacts_best=np.array([4, 4]),
        visits_best=np.array([0, 0]),
        weeks=(week([0, 2], 20), week([1, 3], 0)),
        contact_cost=200,
        visit_cost=60,
        visit_min=45,
        call_min=15,
        pause_min=15,
        max_contacts=6,
        max_visits=3,
        max_minutes=240,
    )
    outcome = solve_joint(problem)
    # both with the first: one of them has no contact at all, as with the second
    assert outcome.optimal
    assert outcome.cost == outcome.bound == 4 * 200
    assert outcome.chosen.tolist() == [0, 2]
    nobody = replace(problem, capacity=np.zeros(2, dtype=np.int64))
    assert solve_joint(nobody).cost == 20_000
    none = np.empty(0, dtype=np.int64)
    empty = replace(problem, elder=none, volunteer=none, cost=none, weeks=())
    assert solve_joint(empty).chosen.tolist() == [-1, -1]
    assert solve_joint(problem, time_limit_s=1e-9).bound <= 4 * 200
