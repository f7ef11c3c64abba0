"""Contacts due less than once a week are due where the two can meet; how many they are stays the same."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.demand.calendar import Calendar
from matcher.demand.demand import Demand
from matcher.demand.meetable_weeks import HeldWeeks, move_to_meetable_weeks
from matcher.settings import Settings
from matcher.verify.cadence import MeetDays, put_where_they_meet
from tests.helpers.office import Office, read
from tests.helpers.people import DECEMBER, month

WEEKS = st.lists(st.tuples(*[st.integers(0, 2)] * 4), min_size=1, max_size=6)


@given(WEEKS, st.booleans(), st.booleans())
def test_the_planner_moves_what_the_verifier_moves_and_loses_nothing(weeks, contacts_seldom, visits_seldom):
    contacts = [due for due, *_ in weeks]
    visits = [min(due, visits) for due, visits, *_ in weeks]
    days = MeetDays(tuple(can for *_, can, _more in weeks), tuple(can + more for *_, can, more in weeks))
    seldom = contacts_seldom, visits_seldom
    rows = (np.array([row]) for row in (contacts, visits, days.visit, days.contact, seldom))
    moved = move_to_meetable_weeks(*rows)
    assert [row[0].tolist() for row in moved] == list(put_where_they_meet(contacts, visits, days, seldom))
    assert [int(row.sum()) for row in moved] == [sum(contacts), sum(visits)]
    assert (moved[1] <= moved[0]).all()
    if not any(seldom):
        assert [row[0].tolist() for row in moved] == [contacts, visits]


def test_what_a_week_that_is_over_has_beyond_its_own_is_due_in_no_later_one():
    """The first visit came a week before the visit was due; the month is planned anew from the fourth week on."""
    contacts, visits, days, then = (np.array([row]) for row in ([3] * 5, [0, 1, 0, 1, 0], [1] * 5, [1, 0, 0, 1, 0]))
    over = np.array([[True, True, True, False, False]])
    held = HeldWeeks(np.array([[1, 0, 0, 0, 0]]), np.array([[1, 1, 1, 0, 0]]), over, then, contacts)
    moved = move_to_meetable_weeks(contacts, visits, days, days, np.array([[False, True]]), held)
    assert [row.tolist() for row in moved] == [contacts.tolist(), then.tolist()]


def test_a_week_that_is_over_keeps_the_contact_whose_visit_was_the_first():
    """The two met a week after the visit was due: then the week itself was due a call, and no later one is now."""
    due, then = np.array([[0, 1, 1, 0, 0]]), np.array([[0, 0, 1, 1, 1]])
    over = np.array([[True, True, True, False, False]])
    held = HeldWeeks(np.array([[0, 0, 1, 0, 0]]), due, over, then, np.array([[0, 1, 1, 1, 1]]))
    days = np.ones_like(due)
    moved = move_to_meetable_weeks(due, due, days, days, np.array([[True, False]]), held)
    assert [row.tolist() for row in moved] == [due.tolist(), due.tolist()]


def due_in(often, elder, volunteer):
    """The weeks in which contacts and visits are due to a pair."""
    people = month([{"contacts_per_week": often, **elder}], [volunteer]).roster
    one = np.array([0])
    due = Demand.compute_usual(people, one, DECEMBER, Settings(), volunteer=one)
    return [np.flatnonzero(counts[0]).tolist() for counts in (due.contacts, due.visits)]


def days_off(first, last):
    return {"days_off": tuple(day for day in DECEMBER.dates() if first <= day.day <= last)}


@pytest.mark.parametrize("side", [0, 1])
def test_who_is_away_in_the_week_that_is_due_is_met_in_the_next(side):
    (week,), _ = due_in(0.25, {}, {})
    calendar = Calendar.build(DECEMBER, Settings().schedule)
    days = [day.item().day for day in calendar.day[calendar.week == week]]
    rows = [{}, {}]
    rows[side] = days_off(days[0], days[-1])
    assert due_in(0.25, *rows) == [[week + 1], [week + 1]]
    rows[side] = days_off(days[0], 31)
    assert due_in(0.25, *rows) == [[week - 1], [week - 1]]
    rows[side] = days_off(1, 31)
    assert due_in(0.25, *rows) == [[week], [week]]


def test_weekly_contacts_stay_in_their_weeks():
    assert due_in(1.0, days_off(7, 13), {}) == due_in(1.0, {}, {})


def test_an_elder_due_once_a_month_has_the_visit_in_a_week_with_room(tmp_path, capsys):
    office = Office(tmp_path, elders=3, volunteers=1, capacity=3)
    office.elders["contacts_per_week"] = ["每月1次", "每四周1次", "每两周1次"]
    office.volunteers["availability"] = "周二"
    usual = read(office.month(), "visits").query("elder_id != 'E3'")["date"].tolist()
    office.volunteers["days_off"] = "、".join(usual)
    out = office.month()
    visits = read(out, "visits")
    assert visits["elder_id"].value_counts().to_dict() == {"E1": 1, "E2": 1, "E3": 2}
    assert read(out, "unscheduled").empty
    assert not set(visits["date"]) & set(usual)
    assert office.holds(out), capsys.readouterr().out


@pytest.mark.long
def test_who_is_stood_in_for_lacks_nothing_although_the_roster_has_the_days_off_too(tmp_path, capsys):
    office = Office(tmp_path, elders=3, volunteers=2, capacity=3)
    office.elders["contacts_per_week"] = "每月1次"
    before = office.month("2026-11")
    last = ["--previous", before / "pairs.csv", "--previous-visits", before / "visits.csv"]
    month = office.month("2026-12", *last)
    elder, volunteer, day = read(month, "visits")[["elder_id", "volunteer_id", "date"]].iloc[0]
    week = pd.Timestamp(day).to_period("W-SUN")
    start, end = (f"{day:%Y-%m-%d}" for day in (week.start_time, week.end_time))
    office.change("volunteers", volunteer, days_off=f"{start}至{end}")
    out = office.go_on("substitute", month, "--volunteer", volunteer, "--from", start, "--to", end, *last)
    for folder in (out, office.go_on("schedule", out, "--from", start, *last)):
        visits = read(folder, "visits")
        theirs = visits[visits["elder_id"] == elder]
        assert theirs[["date", "in_place_of"]].to_numpy().tolist() == [[day, volunteer]]
        assert read(folder, "unscheduled").empty
        assert office.holds(folder, *last), capsys.readouterr().out


def count_due(folder):
    """Contacts of the month that are made or listed as missing, as its summary counts them."""
    return json.loads((folder / "summary.json").read_text("utf-8-sig"))["schedule"]["contacts_due"]


def plan_while_away(tmp_path, hours, away, *surge):
    """A contact that is moved to the week of the 14th; then the volunteer is away in that week, too."""
    office = Office(tmp_path, elders=1, volunteers=2)
    office.elders["contacts_per_week"] = "每四周1次"
    office.volunteers["availability"], office.volunteers["days_off"] = hours, "2026-12-07至2026-12-13"
    month = office.month()
    moved = office.go_on("schedule", month, *surge) if surge else month
    office.change("volunteers", read(month)["volunteer_id"][0], days_off=away)
    return office, month, office.go_on("schedule", moved, "--from", "2026-12-14")


@pytest.mark.parametrize(
    ("hours", "away", "missing"),
    [
        ("周一上午", "2026-12-14至2026-12-31", ["2026-12-14", "2026-12-28"]),
        ("周一、周三上午", "2026-12-14至2026-12-31", ["2026-12-28"]),
        ("周一上午", "2026-12-07至2026-12-27", ["2026-12-14"]),
    ],
)
def test_a_contact_moved_on_from_a_week_that_is_over_stays_due(tmp_path, hours, away, missing):
    """The week in which it would be due is over, and the one to which it was moved can no more hold it."""
    office, month, out = plan_while_away(tmp_path, hours, away)
    assert read(out, "unscheduled")["week_start"].tolist() == missing
    assert count_due(out) == count_due(month)
    assert office.holds(out)


def test_a_contact_moved_on_stays_due_where_somebody_calls_in_a_surge(tmp_path):
    """The plan was refused: ``verify`` counted the visit as due in the week of the call, and the planner nowhere."""
    surge = "--surge", "2026-12-14:2026-12-14"
    office, month, out = plan_while_away(tmp_path, "周一上午", "2026-12-07至2026-12-27", *surge)
    assert read(out, "unscheduled")[["week_start", "missing", "as_calls"]].to_numpy().tolist() == [
        ["2026-12-14", "0", "1"]
    ]
    assert count_due(out) == count_due(month)
    assert office.holds(out)
