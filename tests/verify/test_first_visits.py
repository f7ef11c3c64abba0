"""First visits as the verifier sees them: one planted fault is found, and nothing else."""

import pandas as pd
import pytest

from matcher.verify import Planning, Violation
from tests.helpers.people import ANY_TIME, north
from tests.helpers.verify_month import Cases, Month, contact, dec, found_after

CASES = Cases()
fault = CASES.fault


def new_pair(m):
    """E000 and V000 are new; the others have been pairs since November."""
    m.pairs["since"] = [pd.Timestamp(2026, 12, 1), *[pd.Timestamp(2026, 11, 1)] * 2]
    m.lists = {}


def accompanied(m, *days):
    """V002 leads the team of V000 and comes along to the visits to E000 on these days."""
    for volunteer in (0, 2):
        m.volunteer(volunteer, "team", "甲队")
    m.volunteer(2, "role", "leader")
    m.visits["companion"] = ""
    for day in days:
        m.visit(0, day, companion="V002")


def late(m):
    """E000's first visit comes in the second week: the week's are a call."""
    new_pair(m)
    m.drop_visit(0, 1)
    m.list_unscheduled(1, "visit", 1, elder=0, volunteer=0)
    m.unscheduled["week_start"] = pd.Timestamp(2026, 12, 28)
    m.unscheduled = m.unscheduled.iloc[:0]


def test_a_visit_in_the_first_days_is_enough():
    m = Month()
    new_pair(m)
    assert m.violations() == []


@fault(
    Violation("first_visit", "E000", "V000", amount=7.0, row=2),
    Violation("cadence", "E000", "V000", dec(1), 1.0, "visits"),
)
def first_visit_in_the_second_week(m):
    late(m)


@fault()
def first_visit_as_a_call_where_only_calls_are_allowed(m):
    first_visit_by_an_elders_own_cadence(m)
    m.visit(0, 15, kind="call", end=615.0)  # the month's visit is the first
    m.set(surge={"calls_only": "2026-12-01"})


@fault(Violation("first_visit", "E000", "V000", amount=7.0, row=2))
def first_visit_by_an_elders_own_cadence(m):
    """One visit a month, in the third week: a new pair who can meets in the first."""
    new_pair(m)
    m.elder(0, "visits_per_month", 1.0)
    for day in (1, 8, 22, 29):
        m.visit(0, day, kind="call", end=615.0)


def test_one_that_is_due_later_may_come_later_where_the_two_cannot_meet_before():
    m = Month()
    first_visit_by_an_elders_own_cadence(m)
    m.volunteer(0, "days_off", tuple(dec(day) for day in range(1, 8)))
    m.lists = {}
    assert "first_visit" not in {one.rule for one in m.violations()}
    m.volunteer(0, "days_off", tuple(dec(day) for day in range(1, 7) if day != 3))
    assert "first_visit" in {one.rule for one in m.violations()}


def test_one_that_is_listed_as_missing_is_no_fault():
    m = Month()
    new_pair(m)
    m.drop_visit(0, 1)
    m.list_unscheduled(1, "visit", 1, elder=0, volunteer=0)
    assert m.violations() == []


def test_two_who_met_last_month_need_none():
    m = Month()
    late(m)
    m.lists = {}
    earlier = pd.DataFrame([contact(0, 0, 1, "visit") | {"date": pd.Timestamp(2026, 11, 24)}])
    for known, rules in ((earlier, {"cadence"}), (None, {"cadence", "first_visit"})):
        m.lists = {"earlier": known}
        assert {one.rule for one in m.violations()} == rules
    m.lists = {"earlier": earlier.assign(kind="call")}
    assert "first_visit" in {one.rule for one in m.violations()}


def test_a_month_planned_anew_has_first_days_of_its_own():
    m = Month()
    late(m)
    m.planning = Planning(dec(5))
    assert {one.rule for one in m.violations()} == {"cadence"}


def test_where_all_are_new_all_are():
    m = Month()
    late(m)
    m.pairs["since"] = pd.Timestamp(2026, 12, 1)
    assert {one.rule for one in m.violations()} == {"cadence", "first_visit"}


@fault(Violation("companion", "E000", "V002", dec(1), row=2))
def companion_on_a_half_day_that_is_not_theirs(m):
    accompanied(m, 1)
    m.volunteer(2, "availability", ANY_TIME & ~(1 << 2))


@fault(Violation("companion", "E000", "V002", dec(1), row=2))
def companion_who_has_left(m):
    accompanied(m, 1)
    m.volunteer(2, "status", "left")


@fault(Violation("companion", "E000", "V002", dec(4), row=3))
def companion_on_a_call(m):
    accompanied(m, 1, 4)


@fault(Violation("companion", "E000", "V002", dec(1), row=2))
def companion_at_other_clock_times(m):
    accompanied(m, 1)
    m.volunteer(2, "clock", "1:540-630")


@fault(Violation("companion", "E000", "V002", dec(1), row=2))
def companion_with_too_long_a_walk(m):
    """V002 stands in for V001 with E002, 4 km away, until a quarter of an hour before."""
    accompanied(m, 1)
    m.set(schedule={"max_minutes_per_day": 1440}, distance={"urban_limit_m": 6000})
    m.people.elders.loc[2, ["lat", "lng"]] = list(north(4000).values())
    m.volunteer(1, "lat", north(4000)["lat"])
    m.rewrite_pairs()
    m.elder(2, "availability", ANY_TIME)
    m.visits["in_place_of"] = ""
    m.drop_visit(2, 2)
    m.add_visit(2, 2, 1, "visit", 540, 1, in_place_of="V001", companion="", visit_id="20261202-E002")
    m.visits.loc[m.visits["visit_id"] == "20261202-E002", ["start", "end"]] = [540.0, 585.0]


@fault(Violation("companion", "E000", "V002", dec(1), row=2), Violation("companion", "E001", "V002", dec(1), row=11))
def companion_too_often_on_a_day(m):
    accompanied(m, 1)
    m.set(new_pair={"most_accompanied_per_day": 1})
    m.visit(1, 2, date=pd.Timestamp(2026, 12, 1), start=840.0, end=885.0, order_of_day=2.0, companion="V002")


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_planted_fault_is_found(plant, expected):
    assert sorted(found_after(plant), key=str) == sorted(expected, key=str)


class TestHistory:
    """Limits that are tightened in the middle of the month do not reach back."""

    def _judged(self, m, start=None, kept=None):
        m.planning = Planning(start, kept)
        return m.verify()

    def test_what_stood_is_told_and_not_held_against_the_month(self):
        m = Month()
        m.set(schedule={"closed_days": ["2026-12-01", "2026-12-22"]})
        before = self._judged(m)
        assert [(one.rule, one.date) for one in before.violations] == [("closed_day", dec(1)), ("closed_day", dec(22))]
        after = self._judged(m, start=dec(10))
        assert [(one.rule, one.date) for one in after.violations] == [("closed_day", dec(22))]
        assert [(one.rule, one.date) for one in after.notes] == [("closed_day", dec(1))]

    def test_a_day_is_history_only_as_a_whole(self):
        """Two visits on one day where one is allowed: told while both stood, a fault once one was added."""
        m = Month()
        m.visit(1, 2, date=pd.Timestamp(2026, 12, 1), start=840.0, end=885.0, order_of_day=2.0)
        m.set(schedule={"max_visits_per_day": 1, "min_gap_days": 1})
        both = m.visits[m.visits["date"] == pd.Timestamp(2026, 12, 1)]
        after = self._judged(m, kept=both)
        assert [one.rule for one in after.notes] == ["day_full"]
        assert after.ok
        after = self._judged(m, kept=both.iloc[:1])
        assert [one.rule for one in after.violations] == ["day_full"]
        assert after.notes == ()
