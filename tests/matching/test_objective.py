"""Count before tiers before metres: what leaving an elder out costs."""

import numpy as np

from matcher.assignment import AssignmentProblem
from matcher.matching import match
from matcher.matching.objective import compute_budget_tier_costs, compute_step, price_tiers
from tests.helpers.people import month, north


def test_serving_more_comes_before_serving_the_first_tier():
    """The far volunteer can serve only the first elder, of the last tier; both places are used."""
    elders = [north(0) | {"risk": "low"}, north(400) | {"risk": "high"}, north(410) | {"risk": "high"}]
    plan = match(month(elders, [north(300) | {"capacity": 1.0}, north(-700) | {"capacity": 1.0}]))
    assert plan.precedence.tier.tolist() == [2, 1, 1]
    assert dict(zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True)) == {0: 1, 1: 0}
    assert plan.certificate.optimal


def test_a_step_outweighs_any_exchange_of_one_elder_for_another():
    """Pairs worth having: exchanging along a path costs more than lengthening it."""
    problem = AssignmentProblem([0, 0, 1], [0, 1, 1], [-1000, 0, -1000], [1, 1])
    step = compute_step(problem)
    assert step > 2 * 1000
    assert price_tiers(problem, np.array([9, 4])).unmatched_cost.tolist() == [step, 2 * step]


def test_within_a_budget_the_count_outweighs_all_tiers_and_a_tier_all_pairs():
    problem = AssignmentProblem([0, 0, 1, 2], [0, 1, 1, 1], [900, 0, 400, 700], [1, 1])
    cost = compute_budget_tier_costs(problem, np.array([1, 2, 2]), compute_step(problem))
    step = int(cost[0] - cost[1])
    assert cost[1] == cost[2]
    assert step > 3 * 900
    # any one elder counts above the steps of all
    assert cost.min() > 3 * step
