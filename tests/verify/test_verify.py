"""The verifier as a whole: its words, its counts, its order, and frames that hold anything."""

import re
from pathlib import Path

import pandas as pd
import pytest

from matcher.i18n import in_language
from matcher.messages import VIOLATIONS
from matcher.roster.model import PairList
from matcher.rules import RULES
from matcher.rules.base import Rule
from matcher.settings import Settings
from matcher.verify import Violation
from matcher.verify.cadence import Due
from tests.features import test_priority
from tests.helpers.people import roster
from tests.helpers.verify_month import Month, dec
from tests.matching import test_backups, test_capacity, test_shared_homes, test_units
from tests.verify import (
    test_calendar_files,
    test_cancelled,
    test_contacts,
    test_figures,
    test_first_visits,
    test_kept_contacts,
    test_plan,
)

MATCHING = (test_backups, test_capacity, test_priority, test_shared_homes, test_units)
OF_MONTHS = (test_contacts, test_cancelled, test_first_visits, test_kept_contacts)
VERIFY = (test_calendar_files, test_plan, test_figures, *OF_MONTHS)
EXPECTED = [expected for module in (*MATCHING, *VERIFY) for _plant, expected in module.CASES]
EVIDENCE = {
    "person": set(),
    "elder": {"elder_id"},
    "volunteer": {"volunteer_id"},
    "pair": {"elder_id", "volunteer_id"},
    "plan": set(),
    "pair_week": {"elder_id", "volunteer_id", "date"},
    "contact": {"elder_id", "volunteer_id"},
    "elder_day": {"elder_id", "date"},
    "volunteer_day": {"volunteer_id", "date"},
    "id": set(),
    "cell": {"what"},
    "figure": {"what"},
    "calendar": set(),
}
"""By scope, what a violation must name; more it may."""


INSEPARABLE = {"first_visit": {"cadence"}}
"""Kinds that nothing breaks alone: a first visit that is not there is one that is due in its week."""


@pytest.mark.parametrize("kind", VIOLATIONS)
def test_a_plan_made_by_hand_breaks_just_this_and_it_is_found(kind):
    """Each case is a clean month in which one thing is spoiled; test_one_fault_is_found holds that it is found."""
    also = INSEPARABLE.get(kind, set())
    found = [expected for expected in EXPECTED if kind in {one.rule for one in expected}]
    assert any(len(one) == 1 + len(also) and {other.rule for other in one} == {kind, *also} for one in found)


NO_RULE = {
    "goals, and what they cost": {
        *("priority.waiting_month_m", "priority.most_waiting_months", "priority.medium_risk_m", "priority.age_band_m"),
        *("priority.as_many", "keep.most_changes", "keep.fewest_broken"),
    },
    "wishes for the month": {
        *("schedule.min_gap_days", "schedule.keep_planned"),
        *("worth.habit", "worth.even", "worth.long_gap", "worth.alternate"),
    },
    "what the report page blurs": {"page.square_m", "page.least_people"},
    "how long is sought": {"capacity.time_limit_s", "household.time_limit_s"},
    "lists of people to look after": {
        *("records.silent_days", "records.misses", "records.trial_from_weeks", "records.trial_to_weeks"),
        *("records.review_months", "records.expiry_days"),
    },
    "how files are read, and what they say of themselves": {
        *("calendar.organizer_name", "calendar.organizer_email", "files.encoding", "columns.aliases"),
        *("files.query_seconds", "place.elders_datum", "place.volunteers_datum"),
    },
    "how large files may be": {  # those whose keys are no words of the verifier
        *("limits.cell_bytes", "limits.cell_characters", "limits.days_characters", "limits.unpacked_mb"),
        "limits.workbook_memory_mb",
    },
}
"""Settings that no plan can break, by why."""


def test_the_verifier_reads_every_setting_that_a_plan_can_break():
    """A setting is read there or told here: a new one that is forgotten fails, and so does one that is told in vain."""
    rooms = Path(__file__).parents[2] / "matcher" / "verify"
    words = set(re.findall(r"\w+", "\n".join(path.read_text("utf-8") for path in rooms.glob("*.py"))))
    settings = Settings()
    unread = {
        f"{section}.{key}"
        for section in type(settings).model_fields
        for key in type(getattr(settings, section)).model_fields
        if key not in words
    }
    assert unread == set().union(*NO_RULE.values())


def test_each_side_of_a_rule_that_has_several_is_broken_by_a_case():
    """A check that says what is broken (visits or calls, too few or too many) has a case for each that it can say."""
    rooms = Path(__file__).parents[2] / "matcher" / "verify"
    source = "\n".join(path.read_text("utf-8") for path in rooms.glob("*.py"))
    said = set(re.findall(r'findings\.add\(\s*"(\w+)"[^\n]*?,\s*"(\w+)"\)', source))
    said |= {("cadence", what) for what in ("visits", "calls")}
    said |= {("day_full", what) for what in ("contacts", "visits", "minutes")}
    found = {(one.rule, one.what) for expected in EXPECTED for one in expected}
    assert said
    assert said <= found


def bars(rule):
    """Return whether a rule can forbid a person or a pair."""
    return any(
        getattr(type(rule), method) is not getattr(Rule, method)
        for method in ("bar_elders", "bar_volunteers", "bar_pairs")
    )


@pytest.mark.parametrize("rule", [rule.name for rule in RULES if bars(rule)])
def test_the_verifier_knows_every_rule_that_forbids(rule):
    assert rule in VIOLATIONS


@pytest.mark.parametrize("term", [rule.name for rule in RULES if type(rule).compute_cost_m is not Rule.compute_cost_m])
def test_the_verifier_reckons_every_cost_of_a_rule(term):
    """A pair whose cell of that cost is wrong is found, by itself or as part of the sum."""
    month = Month()
    month.lists = {"previous": PairList.empty(), "pins": PairList.empty()}
    month.pairs[f"{term}_cost_m"] = month.pairs.get(f"{term}_cost_m", 0.0)
    month.pairs.loc[0, f"{term}_cost_m"] += 7777.0
    month.pair(0, "cost_m", month.pairs["cost_m"][0] + 7777)
    faults = [one for one in month.violations() if one.elder_id == "E000"]
    assert [(one.rule, one.what, one.amount) for one in faults] == [("wrong_amount", f"{term}_cost_m", 7777.0)]


@pytest.mark.parametrize("page", ["schedule.md", "schedule.zh-CN.md"])
def test_every_hard_rule_of_the_page_is_one_that_the_verifier_says(page):
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    table = text.split("\n## ")[1]
    said = {
        code
        for row in table.splitlines()[4:]
        if row.startswith("|")
        for code in re.findall("`(.+?)`", row.split("|")[3])
    }
    assert said
    assert said <= set(VIOLATIONS)
    of_contacts = {kind for kind, one in VIOLATIONS.items() if one.scope in {"contact", "elder_day", "volunteer_day"}}
    assert of_contacts - {"kept_missing", "outside_month"} <= said


def test_violations_carry_what_their_kind_says():
    for one in (one for expected in EXPECTED for one in expected):
        kind = VIOLATIONS[one.rule]
        named = {name for name in ("elder_id", "volunteer_id", "date", "what") if getattr(one, name)}
        assert named >= EVIDENCE[kind.scope], one
        assert (one.amount is not None) == bool(kind.measure), one


def test_amounts_and_words_are_shown_as_people_write_them():
    with in_language("en"):
        assert Violation("capacity", amount=2.0).message() == "the volunteer has 2 elders more than places"
        assert "560.3 m" in Violation("distance", amount=560.2501).message()
        assert Violation("cadence", amount=1.0, what="calls").message().startswith("1 call of the week")
        assert Violation("wrong_amount", amount=0.26, what="distance_m").message() == "distance_m is off by 0.3"
        assert Violation("duration").message() == "the contact is ? min shorter or longer than set"
    with in_language("zh"):
        assert "直线距离(米)" in Violation("wrong_amount", amount=5.0, what="distance_m").message()
        assert "当日次序" in Violation("wrong_amount", amount=5.0, what="order_of_day").message()


def test_a_rule_of_every_code_has_a_sentence():
    for rule, kind in VIOLATIONS.items():
        assert bool(kind.measure) == ("{amount}" in kind.message) or rule == "unknown_person"
        assert "{" not in Violation(rule, what="visits", amount=1.0).message()


def test_what_was_looked_at_is_counted():
    month = Month()
    month.lists = {}
    result = month.verify()
    assert result.ok
    assert result.checked == {"pairs": 3, "elders": 4, "contacts": 27, "weeks": 15, "longest_gap_days": 3}
    month.visits = month.unmatched = None
    assert month.verify().checked == {"pairs": 3}
    month.lists = {"pins": PairList.empty()}
    assert month.verify().checked["pins"] == 0


def test_an_empty_plan_is_checked_too():
    month = Month()
    nobody = pd.DataFrame({"elder_id": [], "volunteer_id": []})
    month.pairs, month.visits, month.unmatched = nobody, pd.DataFrame(), nobody
    assert [v.rule for v in month.violations()] == ["unaccounted"] * 4
    month.people, month.visits = roster([], []), nobody
    assert month.verify().ok


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


def test_who_is_due_contacts_is_asked_for_all_at_once(monkeypatch):
    """Asked pair by pair it goes through all elders each time."""
    asked, answer = [], Due.is_contacted.fget
    monkeypatch.setattr(Due, "is_contacted", property(lambda due: asked.append(due) or answer(due)))
    month = Month()
    month.set(availability={"least_visits": "hard", "silence": "hard"})
    month.violations()
    assert 1 <= len(asked) < len(month.pairs)
