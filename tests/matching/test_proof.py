"""What is said to be proved of a plan is true under the settings by which it was made."""

import numpy as np
import pytest

from matcher.errors import NoPlanError
from matcher.matching import match, plan_from_pairs
from matcher.matching.explain.proof import list_claims, list_scope
from matcher.messages import PROOF, PROOF_SCOPE
from tests.helpers.people import month, north, pairs

RISKS = [{"risk": "high"}, {"risk": "low"}, {"risk": "low"}]
USES = {"unit": "units", "units_by_risk": {"high": 3}}


@pytest.mark.parametrize(
    ("sections", "claims"),
    [
        ({}, ("most_elders", "first_tiers", "least_cost")),
        ({"capacity": USES}, ("most_elders", "first_tiers", "least_cost")),
        ({"capacity": USES, "priority": {"as_many": "use"}}, ("most_use", "first_tiers", "least_cost")),
        ({"priority": {"order": []}}, ("most_elders", "least_cost")),
    ],
)
def test_each_goal_is_a_claim(sections, claims):
    plan = match(month(RISKS, [{"capacity": 3.0}], **sections))
    assert tuple(claim for claim in list_claims(plan) if claim != "bonds") == claims
    assert list_scope(plan) == ("rules",)
    assert set(list_claims(plan)) <= PROOF.keys()


def test_where_use_counts_fewer_elders_are_served_and_nothing_says_that_none_more_could():
    plan = match(month(RISKS, [{"capacity": 3.0}], capacity=USES, priority={"as_many": "use"}))
    assert plan.elder.tolist() == [0]
    assert "most_elders" not in list_claims(plan)
    assert {row.evidence["more"] for row in plan.unmatched} == {"more units of service"}


def test_pins_and_budgets_are_the_scope():
    m = month([{}, {}], [{}, north(50)], previous=pairs((0, 0)), pins=pairs((1, 1)), keep={"budget": "0"})
    assert list_scope(match(m)) == ("rules", "pins", "change_budget")
    assert set(list_scope(match(m))) <= PROOF_SCOPE.keys()


def test_where_there_is_nothing_to_choose_nothing_is_claimed():
    assert list_claims(match(month([{}], [{}], pins=pairs((0, 0))))) == ("pins_only",)
    assert list_claims(plan_from_pairs(month([{}], [{}]), pairs((0, 0)))) == ("by_hand",)
    with pytest.raises(NoPlanError) as caught:
        match(month([{}], [north(5000)]))
    assert list_claims(caught.value.plan) == ("no_pair",)


def test_measured_and_assumed_distances_are_told_apart():
    lane = {"lat": np.nan, "lng": np.nan, "place_quality": "unmapped", "lane": "甲", "neighbourhood": "一"}
    m = month([north(100), lane], [{"capacity": 1.0}, {**lane, "capacity": 1.0}])
    plan = match(m)
    assert dict(zip(plan.elder.tolist(), plan.distance_basis.tolist(), strict=True)) == {0: "measured", 1: "assumed"}
