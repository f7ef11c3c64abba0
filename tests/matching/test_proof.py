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
        ({"capacity": USES, "priority": {"as_many": "use"}}, ("most_use", "first_use", "least_cost")),
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


HOME = {"building": "b", "address": "零陵路1号101室"}


@pytest.mark.parametrize(
    ("elders", "volunteers", "sections", "claims"),
    [
        # both of a home keep a place with the second, where two others could be served beside one of them
        (
            [HOME, HOME, north(1500), north(1500)],
            [{"capacity": 1.0}, {**north(700), "capacity": 2.0}],
            {"previous": pairs((0, 0), (1, 1)), "household": {"mode": "hard"}, "distance": {"urban_limit_m": 1300}},
            ("most_kept", "most_elders", "weighed_tiers", "least_cost"),
        ),
        # who has waited long takes the place of somebody who has a pair, and of two
        (
            [{"risk": "low"}, {"risk": "low"}, {"risk": "high", "joined": "2026-01-01"}],
            [{"capacity": 2.0}],
            {
                "previous": pairs((0, 0), (1, 0)),
                "capacity": {"unit": "units"},
                "priority": {"high_risk_after_months": 2},
            },
            ("most_first_in_turn", "most_elders", "first_tiers", "least_cost"),
        ),
        # one of three units of the first tier is served, where two of one unit of it could be, beside a third
        (
            [
                {"risk": "high", "birth_date": "1930-01-01"},
                {"birth_date": "1930-01-01"},
                {"birth_date": "1930-01-01"},
                {"birth_date": "1960-01-01"},
            ],
            [{"capacity": 3.0}],
            {"capacity": USES, "priority": {"order": ["age"], "as_many": "use"}},
            ("most_use", "first_use", "least_cost"),
        ),
        # the pair is kept at any walk
        (
            [{}],
            [north(300), {}],
            {"previous": pairs((0, 0)), "keep": {"most_changes": "1", "worth_m": 0}},
            ("most_kept", "changes_for_more", "fewest_of_as_many", "least_cost"),
        ),
    ],
)
def test_a_goal_that_comes_before_is_claimed_before(elders, volunteers, sections, claims):
    assert list_claims(match(month(elders, volunteers, **sections))) == claims


def test_what_another_plan_may_serve_is_told_beside_who_comes_before():
    elders = [{"risk": "low"}, {"risk": "low"}, {"risk": "high", "joined": "2026-01-01"}]
    urgent = {"high_risk_after_months": 2}
    m = month(elders, [{"capacity": 2.0}], previous=pairs((0, 0)), capacity={"unit": "units"}, priority=urgent)
    assert {row.evidence["more"] for row in match(m).unmatched} == {
        "more elders and as many of each tier that comes before the count"
    }


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
