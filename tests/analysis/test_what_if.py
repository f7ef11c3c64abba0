"""What if, and two plans side by side."""

import numpy as np
import pytest

import matcher
from matcher.analysis.compare import compare
from matcher.matching import match, plan_from_pairs
from tests.helpers.people import month, north, pairs


@pytest.fixture(scope="module")
def plan():
    sample = matcher.make_sample(80, 14, 5)
    return matcher.match(sample.elders, sample.volunteers, previous=sample.previous, month="2026-12")


def test_what_if_is_what_matching_anew_gives(plan):
    sample = matcher.make_sample(80, 14, 5)
    settings = matcher.Settings(keep={"worth_m": 0}, distance={"urban_limit_m": 700})
    anew = matcher.match(sample.elders, sample.volunteers, settings, sample.previous, month="2026-12")
    asked = matcher.what_if(plan, {"distance.urban_limit_m": 700}, keep={"worth_m": 0})
    assert asked.month.settings == settings
    assert asked.elder.tolist() == anew.elder.tolist()
    assert asked.volunteer.tolist() == anew.volunteer.tolist()
    assert asked.certificate.optimal
    assert plan.month.settings == matcher.Settings()
    assert matcher.what_if(plan).volunteer.tolist() == plan.volunteer.tolist()


def test_what_if_keeps_the_rules_of_the_plan_unless_told_others(plan):
    class Nobody(matcher.Rule):
        name = "odd"
        sentence = "only every other elder"

        def bar_elders(self, features):
            return np.arange(features.n_elders) % 2 == 1

    other = matcher.what_if(plan, rules=(*matcher.RULES, Nobody()))
    assert (other.elder % 2 == 0).all()
    assert (matcher.what_if(other, keep={"worth_m": 0}).elder % 2 == 0).all()
    assert (matcher.what_if(other, rules=matcher.RULES).elder % 2 == 1).any()


def test_what_cannot_be_asked_is_said(plan):
    with pytest.raises(matcher.InputError) as caught:
        matcher.what_if(plan, keep={"worthm": 3}, distance={"urban_limit_m": 0})
    assert {issue.code for issue in caught.value.issues} == {"setting_unknown_near", "setting_invalid"}
    with pytest.raises(ValueError, match=r"capacity\.default"):
        matcher.what_if(plan, capacity={"default": 9})
    with pytest.raises(matcher.NoPlanError):
        matcher.what_if(plan, rules=(*matcher.RULES, _Nothing()))


class _Nothing(matcher.Rule):
    name = "nothing"
    sentence = "no pair may be"

    def bar_pairs(self, features, block):
        return np.ones(len(block.elder), dtype=bool)


def test_pins_that_the_change_forbids_are_named():
    m = month([{}], [{}], pins=pairs((0, 0)))

    class NoPins(matcher.Rule):
        name = "no_pins"
        sentence = "nobody"

        def bar_pairs(self, features, block):
            return np.ones(len(block.elder), dtype=bool)

    with pytest.raises(matcher.InputError) as caught:
        matcher.what_if(match(m), rules=(*matcher.RULES, NoPins()))
    assert [issue.code for issue in caught.value.issues] == ["pin_not_eligible"]


def test_the_loosening_that_the_reasons_name_serves_the_elder():
    m = month([{}, north(-300)], [{**north(899.5)}, {**north(-300), "capacity": 1.0}], never=pairs((0, 1)))
    plan = match(m)
    cells = matcher.frames(plan)["unmatched"].iloc[0]
    after = matcher.what_if(plan, {cells["loosen_setting"]: int(cells["loosen_to"])})
    assert len(after.elder) == 2


def test_only_settings_by_which_rosters_are_read_need_them_read_again():
    plan = match(month([{}], [{"capacity": 1.0}]))
    fewer = matcher.what_if(plan, capacity={"unit": "minutes", "default_minutes": 900})
    assert fewer.features.capacity.tolist() == [900]
    with pytest.raises(ValueError, match=r"read by capacity\.default:"):
        matcher.what_if(plan, capacity={"default": 3})


def test_two_plans_term_by_term_and_elder_by_elder():
    m = month([{}, north(100), north(3000)], [north(10), north(90)])
    a, b = plan_from_pairs(m, pairs((0, 1), (1, 1))), plan_from_pairs(m, pairs((0, 0), (2, 1)))
    seen = compare(a, b)
    assert seen.elders.to_dict("list") == {
        "elder_id": ["E000", "E001", "E002"],
        "volunteer_a": ["V001", "V001", ""],
        "volunteer_b": ["V000", "", "V001"],
        "distance_a_m": pytest.approx([90, 10, np.nan], rel=1e-3, nan_ok=True),
        "distance_b_m": pytest.approx([10, np.nan, 2910], rel=1e-3, nan_ok=True),
        "cost_a_m": [*a.cost_m, pytest.approx(np.nan, nan_ok=True)],
        "cost_b_m": [b.cost_m[0], pytest.approx(np.nan, nan_ok=True), b.cost_m[1]],
        "change": ["moved", "left_out", "served"],
    }
    assert seen.pairs == {"kept": 0, "moved": 1, "served": 1, "left_out": 1}
    assert seen.costs["difference"].sum() == seen.terms.loc["total_m", "difference"]
    assert seen.costs.loc["walking", ["moved", "left_out"]].tolist() == [b.cost_m[0] - a.cost_m[0], -a.cost_m[1]]
    terms = seen.terms
    assert terms.loc["served"].tolist() == [2, 2, 0]
    assert terms.loc["mean_m", "a"] == pytest.approx(50, rel=1e-3)
    assert terms.loc["longest_m", "b"] == pytest.approx(2910, rel=1e-3)
    assert terms.loc["most_elders"].tolist() == [2, 1, -1]
    assert terms.loc["cost_walking_m", "difference"] == b.cost_terms["walking"].sum() - a.cost_terms["walking"].sum()
    assert terms.loc["cost_m", "a"] == a.cost_m.sum()
    costs = terms.index.str.startswith("cost_") & (terms.index != "cost_m")
    assert terms[costs].sum().tolist() == terms.loc["cost_m"].tolist()


def test_a_plan_differs_in_nothing_from_itself(plan):
    seen = compare(plan, plan)
    assert not len(seen.elders)
    assert not seen.terms["difference"].any()


def test_reasons_of_one_plan_alone_count_as_none_in_the_other():
    m = month([{}, {}], [{"capacity": 1.0}])
    a, b = match(m), match(month([{}, {}], [{"capacity": 2.0}]))
    terms = compare(a, b).terms
    assert terms.loc["unmatched_shortage"].tolist() == [1, 0, -1]
    assert terms.loc["missing_places"].tolist() == [1, 0, -1]
    for one, other in ((a, b), (b, a)):
        assert list(compare(one, other).terms.index)[:3] == ["served", "unmatched", "unmatched_shortage"]
