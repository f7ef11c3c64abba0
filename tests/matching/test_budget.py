"""The change budget: by itself, with its amount; against capacity, limits and pins; and the verifier's own count."""

import numpy as np
import pytest

from matcher.assignment import kept_pairs
from matcher.matching import match
from matcher.plan import ChangeBudget
from matcher.settings import KeepSettings
from matcher.verify import Violation
from tests.helpers.people import month, north, pairs
from tests.helpers.verify_month import Month

FOUR = [north(10 * i) for i in range(4)]
"""Four elders next to the first volunteer; last month all had the second, who lives 400 m further."""
VOLUNTEERS = [north(0), north(430)]
ALL_FAR = pairs((0, 1), (1, 1), (2, 1), (3, 1))


def kept(plan):
    return [e for e, v in zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True) if v == 1]


def planned(elders, volunteers, previous, budget, **sections):
    worth = {"worth_m": 0, "month_worth_m": 0, "budget": budget}
    plan = match(month(elders, volunteers, previous=previous, keep=worth, **sections))
    assert plan.certificate.optimal
    return plan


@pytest.mark.parametrize(
    ("budget", "stay"), [("", []), (4, []), ("3", [3]), (1, [1, 2, 3]), ("0", [0, 1, 2, 3]), ("50%", [2, 3])]
)
def test_no_more_are_broken_than_allowed(budget, stay):
    """Those stay who gain least by the change: the furthest from the first volunteer."""
    assert kept(planned(FOUR, VOLUNTEERS, ALL_FAR, budget)) == stay


def test_the_budget_says_what_became_of_last_months_pairs():
    plan = planned(FOUR, VOLUNTEERS, ALL_FAR, 1)
    # the next to be broken would be the second elder's pair: (430 - 10) * 1.3 m against 13 m
    assert plan.budget == ChangeBudget(4, 0, 1, 1, worth_m=round(420 * 1.3) - 13)
    assert planned(FOUR, VOLUNTEERS, ALL_FAR, "").budget == ChangeBudget(4, 0, 4, None)


@pytest.mark.parametrize(("text", "of_30"), [("", None), ("7", 7), ("10%", 3), ("12.5%", 3), ("0%", 0), ("100%", 30)])
def test_budgets_are_numbers_or_shares_rounded_down(text, of_30):
    assert KeepSettings(budget=text).compute_most_broken(30) == of_30


@pytest.mark.parametrize("text", ["-1", "101%", "5 %", "many", "1.5", True])
def test_other_budgets_are_refused(text):
    with pytest.raises(ValueError, match="budget"):
        KeepSettings(budget=text)


def test_the_budget_comes_before_serving_as_many_as_possible():
    """The second elder can have the only volunteer near; that needs the first to move away from there."""
    elders, volunteers = [north(0), north(700)], [north(0) | {"capacity": 1.0}, north(-700)]
    served = planned(elders, [volunteers[0] | north(50), volunteers[1]], pairs((0, 0)), "")
    assert len(served.elder) == 2
    plan = planned(elders, [volunteers[0] | north(50), volunteers[1]], pairs((0, 0)), "0")
    assert plan.elder.tolist() == [0]
    assert [(row.elder, row.reason, row.evidence) for row in plan.unmatched] == [(1, "change_budget", {"allowed": 0})]
    assert plan.budget.broken == 0
    assert plan.budget.worth_m == 0
    ((step,),) = [way.steps for row in plan.unmatched for way in row.remedies]
    assert (step.path, step.value) == ("keep.budget", "1")


def test_pairs_that_cannot_all_stand_do_not_use_up_the_budget():
    plan = planned(FOUR, [VOLUNTEERS[0], VOLUNTEERS[1] | {"capacity": 1.0}], ALL_FAR, 1)
    assert plan.budget == ChangeBudget(4, 3, 4, 1)
    strict = planned(FOUR, [VOLUNTEERS[0], VOLUNTEERS[1] | {"capacity": 1.0}], ALL_FAR, 0)
    assert (strict.budget.unavoidable, strict.budget.broken) == (3, 3)


def test_the_limit_on_high_risk_breaks_pairs_too():
    frail = [home | {"risk": "high"} for home in FOUR]
    plan = planned(frail, VOLUNTEERS, ALL_FAR, 0, capacity={"most_high_risk": 2})
    assert (plan.budget.unavoidable, plan.budget.broken) == (2, 2)
    assert kept(plan) == [2, 3]


def test_only_pairs_that_may_still_be_count():
    elders = [{"consent": "no"}, *FOUR[1:]]
    gone = pairs((0, 1), (1, -1), (2, 1), (3, 1))
    worth = {"worth_m": 0, "month_worth_m": 0, "budget": "0"}
    plan = match(month(elders, VOLUNTEERS, previous=gone, pins=pairs((3, 0)), keep=worth))
    assert plan.budget == ChangeBudget(1, 0, 0, 0, plan.budget.worth_m)
    assert kept(plan) == [2]


def test_what_a_change_saves_is_told_in_metres_only():
    """One change more would serve the elder of high risk in place of another."""
    elders = [north(0) | {"risk": "low"}, north(5) | {"risk": "high"}]
    plan = planned(elders, [{"capacity": 1.0}], pairs((0, 0)), "0", priority={"order": ["risk"]})
    assert plan.elder.tolist() == [0]
    assert plan.budget == ChangeBudget(1, 0, 0, 0, worth_m=0)


def test_gaps_that_are_not_closed_are_told(monkeypatch):
    """Two who were swapped: each move alone is barred by the places, so that one change is none."""
    monkeypatch.setattr(kept_pairs, "MOST_STEPS", 0)
    elders, one = [north(0), north(300)], {"capacity": 1.0}
    spare = north(-500) | one
    worth = {"worth_m": 0, "month_worth_m": 0, "budget": "1"}
    plan = match(month(elders, [north(0) | one, north(300) | one, spare], previous=pairs((0, 1), (1, 0)), keep=worth))
    assert plan.budget.broken <= 1
    assert not plan.certificate.optimal
    assert plan.certificate.bound < plan.certificate.cost


@pytest.mark.parametrize(("budget", "over"), [("0", 2), ("1", 1), ("50%", 1), ("2", 0), ("", 0)])
def test_the_verifier_counts_broken_pairs_anew(budget, over):
    m = Month()
    m.lists["previous"] = pairs((0, 1), (1, 1), (3, 1))  # the last lives beyond the limit
    m.set(keep={"budget": budget, "beyond_limit": False})
    m.pairs = m.pairs.drop(columns=["status"])
    found = [v for v in m.violations() if v.rule == "change_budget"]
    assert found == ([Violation("change_budget", amount=float(over))] if over else [])


def test_the_verifier_forgives_what_places_and_pins_force():
    m = Month()
    m.lists = {"previous": pairs((0, 1), (1, 1), (2, 1)), "pins": pairs((0, 0))}
    m.volunteer(1, "capacity", 1.0)
    m.set(keep={"budget": "0"})
    assert not [v for v in m.violations() if v.rule == "change_budget"]
    m.volunteer(1, "capacity", 2.0)
    assert [v.amount for v in m.violations() if v.rule == "change_budget"] == [1]
    m.elder(1, "risk", "high")
    m.elder(2, "risk", "high")
    m.set(keep={"budget": "0"}, capacity={"most_high_risk": 1})
    assert not [v for v in m.violations() if v.rule == "change_budget"]
    assert np.array(m.pairs["row"]).tolist() == [2, 3, 4]
