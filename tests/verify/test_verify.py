"""The verifier as a whole: its words, its counts, its order, and frames that hold anything."""

import pandas as pd

from matcher.i18n import in_language
from matcher.messages import VIOLATIONS
from matcher.roster.model import PairList
from matcher.settings import Settings
from matcher.verify import Violation, verify
from tests.helpers.people import DECEMBER, roster
from tests.helpers.verify_month import Month, dec
from tests.matching import test_backups, test_loads, test_tiers, test_units
from tests.verify import test_calendars, test_contacts, test_first_visits, test_plan, test_standing


def test_every_rule_has_a_case_of_its_own():
    matching = (test_backups, test_loads, test_tiers, test_units)
    modules = (*matching, test_calendars, test_plan, test_contacts, test_first_visits, test_standing)
    cases = [case for module in modules for case in module.CASES]
    # the budget is one of a whole month: tests/matching/test_budget.py holds it
    assert {expected[0].rule for _, expected in cases if len(expected) == 1} == set(VIOLATIONS) - {"change_budget"}


def test_amounts_and_words_are_shown_as_people_write_them():
    with in_language("en"):
        assert Violation("capacity", amount=2.0).message() == "the volunteer has 2 elders more than places"
        assert "560.3 m" in Violation("distance", amount=560.2501).message()
        assert Violation("cadence", amount=1.0, what="calls").message().startswith("1 calls of the week")
        assert Violation("wrong_amount", amount=0.26, what="distance_m").message() == "distance_m is off by 0.3"
        assert Violation("duration").message() == "the contact is ? min shorter or longer than set"
    with in_language("zh"):
        assert "直线距离(米)" in Violation("wrong_amount", amount=5.0, what="distance_m").message()
        assert "当日次序" in Violation("wrong_amount", amount=5.0, what="order_of_day").message()


def test_a_rule_of_every_code_has_a_sentence():
    for rule in VIOLATIONS:
        assert "{" not in Violation(rule, what="visits", amount=1.0).message()


def test_what_was_looked_at_is_counted():
    month = Month()
    result = verify(month.people, DECEMBER, month.settings, month.pairs, month.visits, unmatched=month.unmatched)
    assert result.ok
    assert result.checked == {"pairs": 3, "elders": 4, "contacts": 27, "weeks": 15, "longest_gap_days": 3}
    assert verify(month.people, DECEMBER, month.settings, month.pairs).checked == {"pairs": 3}
    assert verify(month.people, DECEMBER, month.settings, month.pairs, pins=PairList.empty()).checked["pins"] == 0


def test_an_empty_plan_is_checked_too():
    month = Month()
    nobody = pd.DataFrame({"elder_id": [], "volunteer_id": []})
    found = verify(month.people, DECEMBER, month.settings, nobody, pd.DataFrame(), unmatched=nobody)
    assert [v.rule for v in found.violations] == ["unaccounted"] * 4
    none = roster([], [])
    assert verify(none, DECEMBER, Settings(), nobody, nobody, unmatched=nobody, pins=PairList.empty()).ok


def test_unscheduled_weeks_are_found_by_any_of_their_dates():
    month = Month()
    month.drop_visit(2, 30)
    month.list_unscheduled(31, "visit", 1.0)
    assert not month.violations()
    month.unscheduled["week_start"] = pd.Timestamp(2027, 1, 1)
    assert [v.rule for v in month.violations()] == ["cadence"]


def test_violations_come_by_rule_then_ids_then_date():
    month = Month()
    month.visits["visit_id"] = "one for all"
    month.visits["volunteer_id"] = "V002"
    month.elder(1, "consent", "no")
    month.elder(0, "consent", "no")
    month.elder(0, "days_off", tuple(month.visits["date"].dt.date))
    found = month.violations()
    rules = list(VIOLATIONS)
    keys = [(rules.index(v.rule), v.elder_id, v.volunteer_id, v.date or dec(1)) for v in found]
    assert keys == sorted(keys)
    assert [v.elder_id for v in found[:2]] == ["E000", "E001"]
    assert found[-1] == Violation("visit_twice", "E000", amount=27, row=2)
    assert len({v.rule for v in found}) == 6
