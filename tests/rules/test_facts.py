"""What is known of a rule stands in the rule; the tables of sentences and columns hold a row for each of its codes."""

import pytest

from matcher.columns import CHANGE_REASON, PAIRS, UNMATCHED_REASON
from matcher.matching import check_pins, match
from matcher.messages import CHANGES, ISSUES, UNMATCHED, VIOLATIONS
from matcher.rules import RULES, ModedRule, Rule
from matcher.settings.model import table
from tests.helpers.people import month, north, pairs

by_name = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def overrides(rule, *methods):
    return any(getattr(type(rule), name) is not getattr(Rule, name) for name in methods)


def test_names_are_unique():
    assert len({rule.name for rule in RULES}) == len(RULES)


@by_name
def test_a_rule_reads_settings_that_there_are(rule):
    assert set(rule.reads) <= {setting.path for setting in table()}
    if isinstance(rule, ModedRule):
        assert rule.mode_path in rule.reads
        assert rule.sentence


@by_name
def test_a_rule_that_forbids_has_a_violation_of_its_name(rule):
    if overrides(rule, "bar_elders", "bar_volunteers", "bar_pairs"):
        assert rule.name in VIOLATIONS


@by_name
def test_a_rule_that_costs_has_a_column(rule):
    if overrides(rule, "compute_cost_m"):
        assert f"{rule.name}_cost_m" in {column.name for column in PAIRS}


@by_name
def test_a_rule_that_ends_pairs_has_a_reason_of_change(rule):
    if overrides(rule, "bar_elders", "bar_pairs"):
        assert rule.change_reason in CHANGES
        assert rule.change_reason in {choice.code for choice in CHANGE_REASON}


@by_name
def test_a_rule_that_bars_elders_has_a_reason_of_theirs(rule):
    if overrides(rule, "bar_elders"):
        assert rule.unmatched_reason in UNMATCHED
        assert rule.unmatched_reason in {choice.code for choice in UNMATCHED_REASON}


@by_name
def test_the_issue_of_a_pin_is_as_grave_as_the_rule_says(rule):
    if rule.pin_issue:
        assert ISSUES[rule.pin_issue].severity == ("warning" if rule.yields_to_pins else "error")


class NotUpHill(Rule):
    """A rule of a coordinator's own that borrows codes of others."""

    name = "not_up_hill"
    sentence = "nobody walks up the hill"
    yields_to_pins = True
    pin_issue = "pin_place_unknown"
    unmatched_reason = "absent"
    change_reason = "stairs"

    def bar_elders(self, features):
        return features.roster.elders["floor"].to_numpy() == 9

    def bar_pairs(self, features, block):
        return features.roster.elders["lat"].to_numpy()[block.elder] > north(100)["lat"]


def test_reasons_are_those_that_the_rule_names():
    rules = (*RULES, NotUpHill())
    elders = [{}, {"floor": 9.0}, north(200)]
    plan = match(month(elders, [{}], previous=pairs((0, 0), (1, 0), (2, 0))), rules)
    assert {row.elder: row.reason for row in plan.unmatched}[1] == "absent"
    assert {row.elder: row.reason for row in plan.changes} == {1: "stairs", 2: "stairs"}
    issues = check_pins(month(elders, [{}], pins=pairs((2, 0))), rules)
    assert [issue.code for issue in issues] == ["pin_place_unknown"]


def test_the_general_reasons_are_for_rules_that_name_none():
    class Plain(NotUpHill):
        pin_issue = unmatched_reason = change_reason = ""

    rules = (*RULES, Plain())
    elders = [{}, {"floor": 9.0}, north(200)]
    plan = match(month(elders, [{}], previous=pairs((0, 0), (1, 0), (2, 0))), rules)
    assert {row.elder: row.reason for row in plan.unmatched}[1] == "not_eligible"
    assert {row.elder: row.reason for row in plan.changes} == {1: "elder_not_eligible", 2: "ruled_out"}
    issues = check_pins(month(elders, [{}], pins=pairs((2, 0))), rules)
    assert [issue.code for issue in issues] == ["pin_against"]
