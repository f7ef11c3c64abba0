"""The lists: who is on them, in what order, and why; confirmed contacts alone count."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from matcher.columns import FILES
from matcher.i18n import use_language
from matcher.records.file import NAMES
from matcher.records.list_files import LIST_FILES
from matcher.records.lists import Situation, make_lists
from matcher.roster.convert import empty_frame
from matcher.settings import Settings
from tests.helpers.people import roster
from tests.helpers.records import VISITS, plan_month, visit_id

NOTHING = empty_frame("records")
PEOPLE = {(day, elder): (volunteer, kind) for day, elder, volunteer, kind in VISITS}


def records_of(*told, extra=()):
    """Records of planned contacts (day, elder, outcome), and of others (date, elder, volunteer, kind, outcome)."""
    rows = [
        (visit_id(day, elder), f"2026-12-{day:02}", elder, *PEOPLE[day, elder], outcome) for day, elder, outcome in told
    ]
    rows += [("", *one) for one in extra]
    names = ["visit_id", "date", "elder_id", "volunteer_id", "kind", "outcome"]
    frame = pd.DataFrame(rows, columns=names).assign(minutes=np.nan, remark="", by_id="", source="a.csv:2")
    return frame.assign(date=pd.to_datetime(frame["date"]))[NAMES]


def lists_of(told, *, before=NOTHING, today=date(2026, 12, 20), since="2026-12-01", volunteers=({},), **sections):
    people = roster(
        [
            {"id": "E001", "risk": "low"},
            {"id": "E002", "risk": "high"},
            {"id": "E003", "status": "active"},
            {"id": "0040", "risk": "medium"},
        ],
        [{"id": "V01", "team": "一队", **volunteers[0]}, {"id": "V02", "team": "二队", **volunteers[-1]}],
    )
    settings = Settings.model_validate(sections)
    situation = Situation.of(plan_month(today=today, since=since), told, before, people, settings)
    lists = make_lists(situation)
    for kind, frame in lists.items():
        named = {"elder_name", "volunteer_name", "person_name"}
        assert {column.name for column in FILES[kind]} - named <= set(frame.columns), kind
        assert not frame["why"].str.contains("{", regex=False).any()
    return lists


def test_every_list_has_its_line():
    assert [one.kind for one in LIST_FILES] == [*lists_of(records_of()), "issues"]
    assert all(one.kind in FILES for one in LIST_FILES)


def test_elders_to_check_at_once_high_risk_first():
    told = records_of(
        (1, "E001", "no_answer"),
        (4, "E001", "volunteer_absent"),
        (8, "E001", "missed"),
        (2, "E002", "no_answer"),
        (9, "E002", "no_answer"),
        (3, "E003", "no_answer"),
        (10, "E003", "in_hospital"),
        (11, "0040", "no_answer"),
    )
    found = lists_of(told)["check_now"]
    assert found[["elder_id", "misses", "volunteer_id"]].to_numpy().tolist() == [["E002", 2, "V01"], ["E001", 3, "V01"]]
    assert found["first_missed"].dt.day.tolist() == [2, 1]
    assert "2026-12-02" in found["why"][0]
    assert "nobody answered" in found["why"][0]
    assert lists_of(told, records={"misses": 3})["check_now"]["elder_id"].tolist() == ["E001"]


def test_a_call_of_the_same_day_ends_a_run_of_misses():
    extra = [("2026-12-08", "E001", "V02", "call", "done")]
    told = records_of((1, "E001", "no_answer"), (8, "E001", "no_answer"), extra=extra)
    assert not len(lists_of(told)["check_now"])


def test_misses_run_on_from_the_month_before():
    before = records_of(extra=[("2026-11-28", "E001", "V01", "visit", "no_answer")])
    told = records_of((1, "E001", "no_answer"))
    assert not len(lists_of(told)["check_now"])
    assert lists_of(told, before=before)["check_now"]["elder_id"].tolist() == ["E001"]


def test_elders_without_a_confirmed_contact():
    told = records_of((1, "E001", "done"), (9, "E002", "in_hospital"), (10, "E003", "died"), (11, "0040", "done"))
    found = lists_of(told)["silent"]
    assert found[["elder_id", "days", "unconfirmed"]].to_numpy().tolist() == [
        ["E002", 19, 1],
        ["0040", 9, 0],
        ["E001", 19, 2],
    ]
    assert found["last_contact"].dt.day.fillna(0).tolist() == [0, 11, 1]
    assert "in hospital" in found["why"][0]
    assert "2 planned contacts" in found["why"][2]
    assert lists_of(told, records={"silent_days": 10})["silent"]["elder_id"].tolist() == ["E002", "E001"]


def test_volunteers_who_have_not_reported():
    found = lists_of(records_of((1, "E001", "done"), (2, "E002", "refused")))["not_reported"]
    assert found[["volunteer_id", "planned", "reported", "missing", "team"]].to_numpy().tolist() == [
        ["V02", 3, 0, 3, "二队"],
        ["V01", 5, 2, 3, "一队"],
    ]
    assert found["first_missing"].dt.day.tolist() == [3, 4]
    early = lists_of(records_of((1, "E001", "done")), today=date(2026, 12, 1))
    assert not len(early["not_reported"])


def test_pairs_that_never_met():
    told = records_of((1, "E001", "done"), (2, "E002", "no_answer"), (3, "E003", "refused"), (10, "E003", "missed"))
    found = lists_of(told)["never_met"]
    assert found[["elder_id", "planned", "unconfirmed"]].to_numpy().tolist() == [["E002", 1, 0], ["E003", 2, 0]]
    assert not len(lists_of(told, since="2026-10-01")["never_met"])
    silent = lists_of(records_of())["never_met"]
    assert silent["why"].str.contains("none of").all()


@pytest.mark.parametrize(
    ("outcome", "changes"),
    [
        ("died", [("status", "left"), ("left", "2026-12-08")]),
        ("moved", [("status", "left"), ("left", "2026-12-08")]),
        ("refused", [("consent", "no")]),
        ("in_hospital", [("status", "paused")]),
        ("elder_away", []),
        ("no_answer", []),
    ],
)
def test_suggested_roster_changes(outcome, changes):
    found = lists_of(records_of((1, "E001", "done"), (8, "E001", outcome)))["roster_changes"]
    assert list(found[["column", "suggested"]].itertuples(index=False, name=None)) == changes
    assert (found["confirm"] == "").all()


def test_a_later_report_takes_a_suggestion_back_but_a_death_is_asked_about():
    assert not len(lists_of(records_of((1, "E001", "in_hospital"), (8, "E001", "done")))["roster_changes"])
    found = lists_of(records_of((1, "E001", "died"), (8, "E001", "done")))["roster_changes"]
    assert found["column"].tolist() == ["status", "left"]
    assert found["why"].str.contains("ask at once").all()


def test_what_the_roster_says_already_is_not_suggested():
    use_language("zh")
    found = lists_of(records_of(extra=[("2026-12-08", "X999", "V01", "visit", "died")]))["roster_changes"]
    assert not len(found)
    found = lists_of(records_of((8, "E001", "in_hospital")))["roster_changes"]
    assert found[["column", "now", "suggested"]].to_numpy().tolist() == [["状态", "", "暂停"]]


@pytest.mark.parametrize(
    ("since", "due"),
    [
        ("2026-11-01", [("trial", "2026-11-29", "2026-12-13")]),
        ("2026-09-01", [("review", "2026-12-01", "2026-12-31")]),
        ("2026-06-15", [("review", "2026-12-15", "2026-12-31")]),
        ("2025-12-01", [("review", "2026-12-01", "2026-12-31")]),
        ("2026-12-01", [("trial", "2026-12-29", "2027-01-12")]),
        ("2026-08-01", []),
    ],
)
def test_reviews_due(since, due):
    found = lists_of(records_of(), since=since)["reviews"]
    of_one = found[found["elder_id"] == "E001"]
    dates = [tuple(str(row[name])[:10] for name in ("kind", "due", "latest")) for row in of_one.to_dict("records")]
    assert dates == due
    assert len(found) == 4 * len(due)


def test_courses_and_checks_that_expire():
    one = {"training_expires": "2027-01-10", "health_check_expires": "2026-12-01"}
    two = {"training_expires": "2027-06-01", "background_check_expires": "2027-02-18", "status": "active"}
    found = lists_of(records_of(), volunteers=(one, two))["expiries"]
    assert found[["volunteer_id", "what", "days"]].to_numpy().tolist() == [
        ["V01", "health_check_expires", -19],
        ["V01", "training_expires", 21],
        ["V02", "background_check_expires", 60],
    ]
    assert found["why"][0] == "expired 19 days ago"
    gone = lists_of(records_of(), volunteers=(one | {"left": "2026-12-05"}, two), records={"expiry_days": 30})
    assert not len(gone["expiries"])


def test_paused_pairs_are_left_out():
    people = roster([{"id": "E001"}], [{"id": "V01"}])
    planned = plan_month([(1, "E001", "V01", "visit")])
    object.__setattr__(planned, "pairs", planned.pairs.assign(status="paused"))
    lists = make_lists(Situation.of(planned, NOTHING, NOTHING, people, Settings()))
    assert not len(lists["silent"])
    assert not len(lists["never_met"])
