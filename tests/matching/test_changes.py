"""Why pairs changed: each reason names its own cause, held by looking at the month without that cause."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import NoPlanError
from matcher.features import Features
from matcher.matching import check_pins, match, plan_from_pairs
from matcher.matching.rematch import rematch_elders_of
from tests.helpers.effort import some
from tests.helpers.pairs_by_loops import judged, months
from tests.helpers.people import month, north, pairs


def reasons(plan):
    return {change.elder: change.reason for change in plan.changes}


def test_no_place_is_no_absence():
    people = [{}, {}], [{"capacity": 0.0}, north(50), {"status": "paused"}]
    for paused_months, reason in ((3, "paused"), (0, "volunteer_absent")):
        m = month(*people, previous=pairs((0, 0), (1, 2)), keep={"paused_months": paused_months})
        assert reasons(match(m)) == {0: "capacity", 1: reason}


def test_a_pair_that_had_to_end_anyway_takes_nobodys_place():
    # V0 has two places and had three elders, one of whom asks for another sex now: the others fit
    elders = [{"wanted_sex": "female"}, {}, north(900)]
    m = month(
        elders,
        [{"capacity": 2.0, "sex": "male"}, {**north(900), "sex": "female"}],
        previous=pairs((0, 0), (1, 0), (2, 0)),
        keep={"worth_m": 10, "month_worth_m": 0},
    )
    assert reasons(match(m)) == {0: "sex", 2: "better_plan"}


def test_a_pin_takes_a_place():
    m = month(
        [{}, {}, {}],
        [{"capacity": 2.0}, north(50)],
        previous=pairs((0, 0), (1, 0)),
        pins=pairs((2, 0)),
    )
    assert set(reasons(match(m)).values()) == {"capacity"}


def test_too_many_of_high_risk():
    m = month(
        [{"risk": "high"}, {"risk": "high"}],
        [{}, north(50)],
        previous=pairs((0, 0), (1, 0)),
        capacity={"most_high_risk": 1},
    )
    assert list(reasons(match(m)).values()) == ["high_risk_limit"]


def test_a_place_for_high_risk_is_made_as_any_other():
    # V1 is E1's only one, and may have one of high risk: E0 goes on to V0, though V1 has places left
    m = month(
        [{"risk": "high", **north(400)}, {"risk": "high", **north(900)}],
        [north(0), north(800)],
        previous=pairs((0, 1)),
        capacity={"most_high_risk": 1},
        distance={"urban_limit_m": 700},
    )
    assert {(c.elder, c.reason, c.place_for) for c in match(m).changes} == {(0, "made_room", 1)}


def test_who_moves_so_that_another_has_a_place_is_told_for_whom():
    # E1 can go to V0 alone; E0 and E2 move on along the row
    m = month(
        [north(300), north(0), north(1200)],
        [{**north(0), "capacity": 1.0}, {**north(900), "capacity": 1.0}, {**north(1800), "capacity": 1.0}],
        previous=pairs((0, 0), (2, 1)),
    )
    plan = match(m)
    assert len(plan.elder) == 3
    assert {(c.elder, c.reason, c.place_for) for c in plan.changes} == {(0, "made_room", 1), (2, "made_room", 1)}


def test_what_hands_changed_is_their_choice():
    m = month([{}, {}], [{}, north(50)], previous=pairs((0, 0), (1, 0)))
    plan = plan_from_pairs(m, pairs((0, 0), (1, 1)))
    assert reasons(plan) == {1: "by_hand"}


@given(months(), st.sampled_from([1, 50]))
@settings(deadline=None, max_examples=some(40))
def test_every_reason_of_a_change_is_its_cause(m, most_high_risk):
    tree = m.settings.model_dump() | {"capacity": {"most_high_risk": most_high_risk}}
    m = replace(m, settings=type(m.settings).model_validate(tree))
    try:
        plan = match(m)
    except NoPlanError as nobody:
        plan = nobody.plan
    features, volunteer_of = Features(m), plan.volunteer_of
    last = dict(zip(m.previous.elder.tolist(), m.previous.volunteer.tolist(), strict=True))
    may = {e for e, v in last.items() if v >= 0 and not judged(m, e, v)[0] and features.max_elders[v] > 0}
    for change in plan.changes:
        if change.elder < 0:
            continue
        mine = last[change.elder]
        together = {e for e in may if last[e] == mine}
        frail = {e for e in together if features.high_risk[e]}
        match change.reason:
            case "capacity":
                assert len(together) > features.max_elders[mine] or features.max_elders[mine] <= 0
            case "high_risk_limit":
                assert change.elder in frail
                assert len(frail) > most_high_risk
            case "better_plan":
                # kept by a pin, as many are served, and it costs no less
                assert change.elder in together
                pinned = replace(m, pins=pairs((change.elder, mine)))
                assert not [issue for issue in check_pins(pinned) if issue.severity == "error"]
                again = match(pinned)
                assert len(again.elder) == len(plan.elder)
                assert again.cost_m.sum() >= plan.cost_m.sum()
            case "made_room" | "gave_way":
                # whom the place is for has one in this plan, and none to go back to
                whom = change.place_for
                assert volunteer_of[whom] >= 0
                assert whom not in may or last[whom] == volunteer_of[whom] or _must_go(m, plan, whom)
                assert (change.volunteer >= 0) == (change.reason == "made_room")
            case _:
                assert change.elder not in may


def _must_go(m, plan, elder):
    """Whether the elder's own change has a reason beyond the plan's choice."""
    return any(c.elder == elder and c.reason in {"capacity", "high_risk_limit"} for c in plan.changes)


@pytest.mark.long
def test_the_reasons_are_all_met():
    """Enough random months hold each of the plan's own reasons: the test above could fail."""
    rng, met = np.random.default_rng(3), set()
    for _ in range(40):
        at = [
            {**north(float(y)), "risk": str(r)}
            for y, r in zip(rng.integers(0, 3000, 9), rng.choice(["high", "low"], 9), strict=True)
        ]
        volunteers = [
            {**north(float(y)), "capacity": float(c)}
            for y, c in zip(rng.integers(0, 3000, 5), rng.integers(0, 3, 5), strict=True)
        ]
        last = [(e, int(rng.integers(0, 5))) for e in range(6)]
        m = month(
            at,
            volunteers,
            previous=pairs(*last),
            capacity={"most_high_risk": 1},
            keep={"worth_m": 20, "month_worth_m": 0},
        )
        try:
            met |= {c.reason for c in match(m).changes}
        except NoPlanError:
            continue
    assert met >= {"capacity", "high_risk_limit", "better_plan", "made_room"}


@pytest.mark.parametrize(
    ("priority", "risk"),
    [({"order": ["high_risk"]}, "high"), ({"high_risk_after_months": 12}, "high"), ({"order": []}, "low")],
)
def test_who_gives_way_has_the_place_again_without_whom_it_goes_to(priority, risk):
    elders = [{**north(100), "waiting_since": "2024-12", "risk": risk}, north(100), north(150)]
    last = pairs((1, 0), (2, 1))
    volunteers = [{"capacity": 1.0}, {**north(900), "capacity": 1.0}]
    m = month(elders, volunteers, previous=last, priority=priority)
    (change,) = match(m).changes
    assert (change.reason, change.volunteer, change.place_for) == ("gave_way", -1, 0)
    without = month([elders[0] | {"consent": "no"}, *elders[1:]], volunteers, previous=last, priority=priority)
    assert match(without).changes == ()
    assert match(month(elders, volunteers, previous=last)).changes == ()  # bonds come first by default


def test_one_of_two_units_takes_the_places_of_two():
    elders = [{"risk": "low"}, {"risk": "low"}, {"risk": "high", "joined": "2026-01-01"}]
    m = month(
        elders,
        [{"capacity": 2.0}],
        previous=pairs((0, 0), (1, 0)),
        capacity={"unit": "units"},
        priority={"high_risk_after_months": 2},
    )
    assert [(c.elder, c.reason, c.place_for) for c in match(m).changes] == [(0, "gave_way", 2), (1, "gave_way", 2)]


def test_a_home_that_has_one_volunteer_now_is_the_reason_why_a_pair_ended():
    home = {"building": "b", "address": "零陵路1号101室"}
    volunteers = [{"capacity": 1.0}, {**north(700), "capacity": 2.0}]
    m = month([home, home], volunteers, previous=pairs((0, 0), (1, 1)), household={"mode": "hard"})
    assert reasons(match(m)) == {0: "shared_home"}


@pytest.mark.parametrize(
    ("left", "until"), [(None, "2026-12-20"), ("2026-12-13", "2026-12-13"), ("2026-12-30", "2026-12-20")]
)
def test_who_left_before_stays_gone_where_a_later_day_is_told(left, until):
    m = month([{}], [{"left": pd.Timestamp(left)}, north(50)])
    plan = rematch_elders_of(m, pairs((0, 0)), 0, date(2026, 12, 21))
    assert plan.month.roster.volunteers["left"][0] == pd.Timestamp(until)
    assert plan.volunteer.tolist() == [1]
