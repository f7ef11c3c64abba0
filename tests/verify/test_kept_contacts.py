"""Stand-ins, contacts that had to stand, companions and surges: one planted fault is found, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from matcher.verify import Violation
from tests.helpers import people
from tests.helpers.verify_month import WED_SAT_PM, Cases, Month, contact, dec, found_after
from tests.verify.test_plan import FITS, under

CASES = Cases()
fault = CASES.fault


def in_place(m, elder, day, volunteer, **values):
    """Another volunteer makes the contact of that day in place of the elder's own."""
    was = m.visits.loc[m.visits["visit_id"] == f"202612{day:02}-E{elder:03}", "volunteer_id"].iloc[0]
    m.visits["in_place_of"] = m.visits.get("in_place_of", "")
    m.visit(elder, day, volunteer_id=f"V{volunteer:03}", in_place_of=was, **values)


def surge(m, days="2026-12-02:2026-12-03", **others):
    """Two days of a surge, on which everybody is called who has nothing else."""
    m.set(schedule={"min_gap_days": 1}, surge={"days": days, "hot_hours": "11:00-16:00", **others})
    order = {(0, 2): 2, (0, 3): 1, (1, 3): 2, (2, 3): 1}
    for (elder, day), place in order.items():
        volunteer = 1 if elder == 2 else 0
        start = 840 if elder == 2 else 540 if (elder, day) == (0, 3) else 660
        m.add_visit(elder, volunteer, day, "call", start, place, visit_id=f"202612{day:02}-E{elder:03}")
    m.visit(2, 2, start=970.0, end=1015.0)  # out of the hot hours
    m.elder(2, "availability", (1 << 14) - 1)


def clean_month_with_a_stand_in():
    m = Month()
    in_place(m, 0, 8, 1)
    return m


def test_a_stand_in_is_no_fault_and_counts_for_the_pair():
    assert clean_month_with_a_stand_in().violations() == []


def test_a_surge_that_is_met_is_no_fault():
    m = Month()
    surge(m)
    assert m.violations() == []


def test_what_was_kept_may_be_anybodys():
    m = Month()
    m.visit(0, 1, volunteer_id="V002")
    m.keep(m.visits.iloc[:1].copy())
    m.visits["in_place_of"] = ""
    m.visits.loc[m.visits["visit_id"] == "20261201-E000", "in_place_of"] = "V000"
    assert m.violations() == []
    m.visits["in_place_of"] = ""
    m.rewrite_pairs((1, 0), (2, 1))
    m.visits = m.visits[(m.visits["elder_id"] != "E000") | (m.visits["visit_id"] == "20261201-E000")]
    m.unmatched = pd.DataFrame({"elder_id": ["E000", "E003"]})
    assert m.violations() == []


def test_calls_on_days_of_calls_only_stand_for_visits():
    m = Month()
    m.set(surge={"calls_only": "2026-12-01:2026-12-02"})
    for elder, day in ((0, 1), (1, 2), (2, 2)):
        start = 840 if elder == 2 else 600
        m.visit(elder, day, kind="call", end=float(start + 15))
    assert m.violations() == []


def test_a_week_is_due_no_more_visits_than_days_on_which_they_are_allowed():
    m = Month()
    m.set(schedule={"visits_per_week_by_risk": {"high": 7}, "min_gap_days": 1}, surge={"calls_only": "2026-12-14"})
    m.elder(0, "risk", "high")
    m.visits = m.visits[m.visits["elder_id"] != "E000"]
    more = [contact(0, 0, day, "visit", 840) for day in range(1, 32) if day not in (14, 15)]
    m.visits = pd.concat([m.visits, pd.DataFrame(more)], ignore_index=True)
    m.add_visit(0, 0, 15, "call", 840)
    m.list_unscheduled(14, "visit", 1.0, elder=0, volunteer=0)
    assert not [one for one in m.violations() if one.rule == "cadence"]


def extra_beside_a_surge(m):
    """A contact more than due on a day beside the surge's."""
    surge(m)
    m.add_visit(0, 0, 6, "call", visit_id="202612006-E000")


def test_what_had_to_stand_beside_a_surge_is_not_more_than_due():
    m = Month()
    extra_beside_a_surge(m)
    assert [(one.rule, one.elder_id, one.amount) for one in m.violations()] == [("more_than_due", "E000", 1.0)]
    m.keep(m.visits[~m.visits["date"].dt.day.isin([2, 3])].copy())
    assert m.violations() == []


@fault(Violation("never", "E000", "V001", dec(8), row=4))
def stand_in_of_a_never_pair(m):
    in_place(m, 0, 8, 1)
    m.lists["never"] = people.pairs((0, 1))


def unfit(rule, mode):
    """A stand-in against whom a rule on the two speaks."""

    def plant(m):
        elder, volunteer, *_ = FITS[rule]
        for name, value in elder.items():
            m.elder(2, name, value)
        m.volunteer(0, "availability", (1 << 14) - 1)  # whoever stands in is free then; V001 is the elder's own
        for name, value in volunteer.items():
            m.volunteer(2, name, value)
        for name in ("languages", "training"):
            m.volunteer(1, name, ("沪语", "粤语", "认知症照护", "失能照护"))
        m.volunteer(1, "sex", "female")
        m.set(**under(rule, mode))
        m.pairs = m.pairs[["elder_id", "volunteer_id", "row"]]
        in_place(m, 2, 9, 2)

    plant.__name__ = f"stand_in_against_{rule}_{mode}"
    return plant


for _rule, (_elder, _volunteer, _amount, _price) in FITS.items():
    if _rule in {"common_time", "least_visits", "silence"}:  # when the two have time is asked of each contact by itself
        continue
    _off = {"own_limit": 190}.get(_rule, _amount)  # V002 lives 300 m away
    fault(Violation(_rule, "E002", "V002", dec(9), _off, row=22))(unfit(_rule, "hard"))
    fault()(unfit(_rule, "soft"))


@fault(Violation("distance", "E002", "V002", dec(9), 1054, row=22))
def stand_in_from_too_far(m):
    for name, value in people.north(-1280).items():
        m.volunteer(2, name, value)
    in_place(m, 2, 9, 2)


@fault(Violation("no_place", "E002", "V002", dec(9), row=22))
def stand_in_from_nobody_knows_where(m):
    m.volunteer(2, "lat", np.nan)
    in_place(m, 2, 9, 2)


@fault(Violation("dates", "E000", "V001", dec(8), row=4))
def stand_in_who_has_left(m):
    m.volunteer(1, "status", "left")
    m.rewrite_pairs((0, 0), (1, 0))
    m.visits = m.visits[m.visits["elder_id"] != "E002"]
    m.unmatched = pd.DataFrame({"elder_id": ["E002", "E003"]})
    in_place(m, 0, 8, 1)


@fault(Violation("wrong_amount", "E000", "V000", dec(8), 1, "in_place_of", row=4))
def stand_in_for_themselves(m):
    m.visits["in_place_of"] = ""
    m.visit(0, 8, in_place_of="V000")


@fault(Violation("visit_without_pair", "E000", "V001", dec(15), row=6))
def who_stood_in_once_makes_another_visit_too(m):
    in_place(m, 0, 8, 1)
    m.visit(0, 15, volunteer_id="V001")
    m.list_unscheduled(14, "visit", 1.0, elder=0, volunteer=0)


def test_a_stand_in_who_stood_before_the_rule_is_history():
    m = clean_month_with_a_stand_in()
    m.keep(m.visits.copy())
    m.elder(0, "wanted_sex", "female")
    m.volunteer(1, "sex", "male")
    m.volunteer(0, "sex", "female")
    result = m.verify()
    assert result.ok
    assert [note.rule for note in result.notes] == ["sex"]


@fault(Violation("visit_without_pair", "E000", "V001", dec(6), row=99))
def stand_in_for_somebody_else(m):
    m.add_visit(0, 1, 6, "call", in_place_of="V002")


def test_history_ends_before_the_day_on_which_a_pair_begins():
    m = Month()
    m.pairs["since"] = [pd.Timestamp(2026, 12, 8), *[pd.Timestamp(2026, 11, 1)] * 2]
    for day in (1, 4):
        m.visit(0, day, volunteer_id="V001")
    assert "visit_without_pair" not in {one.rule for one in m.violations()}
    m.visit(0, 8, volunteer_id="V001")
    foreign = [one for one in m.violations() if one.rule == "visit_without_pair"]
    assert foreign == [Violation("visit_without_pair", "E000", "V001", dec(8), row=4)]


@fault(Violation("kept_missing", "E000", "V000", dec(1)))
def kept_contact_at_another_hour(m):
    m.keep(m.visits.iloc[:1].copy())
    m.visit(0, 1, start=615.0, end=660.0)


@fault(Violation("visit_in_calls_only", "E000", "V000", dec(8), row=4))
def visit_where_calls_were_asked_for(m):
    m.set(surge={"calls_only": "2026-12-08"})


@fault(Violation("visit_in_calls_only", "E000", "V000", dec(8), row=4))
def visit_on_the_last_of_several_days_of_calls(m):
    m.set(surge={"calls_only": "2026-12-05:2026-12-06,2026-12-07:2026-12-08"})


@fault(Violation("hot_hours", "E000", "V000", dec(8), row=4))
def visit_in_the_heat(m):
    m.set(surge={"days": "2026-12-08", "contacts_per_week": 3, "hot_hours": "10:30-16:00"})


@fault(Violation("cold_hours", "E000", "V000", dec(8), row=4))
def visit_in_the_cold_of_the_morning(m):
    cold = {"kind": "cold", "warm_hours": "10:30-16:00"}
    m.set(surge={"days": "2026-12-08", "contacts_per_week": 3, **cold})


def accompanied(m, day=1, **values):
    """V002 leads the team of V000 and comes along to the visit to E000 on that day."""
    for volunteer in (0, 2):
        m.volunteer(volunteer, "team", "甲队")
    m.volunteer(2, "role", "leader")
    m.visits["companion"] = ""
    m.visit(0, day, companion="V002", **values)


def test_the_leader_of_the_team_may_come_along():
    m = Month()
    accompanied(m)
    assert m.violations() == []


def test_the_second_volunteer_may_come_along():
    m = Month()
    accompanied(m)
    m.visit(0, 1, companion="V001")
    m.pairs["backup_volunteer_id"] = ["V001", "", ""]
    assert m.violations() == []


@fault(Violation("companion", "E000", "V002", dec(1), row=2))
def companion_of_another_team(m):
    accompanied(m)
    m.volunteer(2, "team", "乙队")


@fault(Violation("companion", "E000", "V002", dec(1), row=2))
def companion_who_is_away(m):
    accompanied(m)
    m.volunteer(2, "days_off", (dec(1),))


@fault(Violation("companion", "E001", "V001", dec(2), row=11))
def companion_with_a_visit_of_their_own(m):
    accompanied(m)
    m.visits["companion"] = ""
    m.volunteer(1, "team", "甲队")
    m.volunteer(1, "role", "leader")
    m.visit(1, 2, companion="V001", start=845.0, end=890.0)


@fault(Violation("surge", "E000", "V000", dec(1), 1.0))
def day_of_a_surge_without_a_contact(m):
    m.set(schedule={"min_gap_days": 1}, surge={"days": "2026-12-02", "hot_hours": "12:00-13:00"})


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_planted_fault_is_found(plant, expected):
    assert found_after(plant) == expected


def test_a_surge_day_that_is_listed_as_missing_is_no_fault():
    m = Month()
    m.set(schedule={"min_gap_days": 1}, surge={"days": "2026-12-02", "hot_hours": "12:00-13:00"})
    m.list_unscheduled(1, "call", 1, elder=0, volunteer=0)
    assert m.violations() == []


def test_unknown_companions_are_told():
    m = Month()
    m.visits["companion"] = ["V999", *[""] * (len(m.visits) - 1)]
    assert [(row.rule, row.volunteer_id) for row in m.violations()] == [("unknown_person", "V999")]


def test_a_frame_without_the_new_columns_is_as_before():
    assert Month().violations() == []
    assert "in_place_of" not in contact(0, 0, 1, "visit")


class TestCallsAtAnyTime:
    """In a surge calls are made at half-days that are not the two's; nobody visits then, and days off hold."""

    def _called(self, kind="call", **others):
        m = Month()
        surge(m, **others)
        m.volunteer(1, "availability", WED_SAT_PM & ~(1 << 5))  # V001 has Saturday afternoons, and calls on Thursday
        m.visits = m.visits[m.visits["volunteer_id"] != "V001"]
        m.list_unscheduled(1, "visit", 1)
        m.unscheduled = pd.concat(
            [
                m.unscheduled.assign(week_start=pd.Timestamp(2026, 12, day), kind=what, missing=n)
                for day, calls in ((1, 0), (7, 1), (14, 1), (21, 1), (28, 0))
                for what, n in (("visit", 1), ("call", calls))
            ]
        )
        m.add_visit(2, 1, 3, kind, 840, visit_id="20261203-E002")
        m.miss(1060)
        return m

    def test_a_call_outside_the_volunteers_hours_is_no_fault(self):
        assert self._called().violations() == []

    def test_it_is_one_where_the_setting_says_so(self):
        m = self._called(calls_at_any_time=False)
        assert [one.rule for one in m.violations()] == ["availability"]

    def test_a_visit_then_is_one(self):
        m = self._called(kind="visit", hot_hours="11:00-12:00")
        assert "availability" in [one.rule for one in m.violations()]

    def test_nor_need_they_be_the_elders(self):
        m = self._called()
        m.elder(2, "availability", WED_SAT_PM)
        m.elder(2, "clock", "2:840-900")
        assert m.violations() == []

    def test_elders_rest_at_noon(self):
        m = self._called()
        m.visit(2, 3, start=720.0, end=735.0)
        assert [one.rule for one in m.violations()] == ["window"]

    def test_a_day_off_is_one(self):
        m = self._called()
        m.volunteer(1, "days_off", (dec(3),))
        assert [one.rule for one in m.violations()] == ["absent"]
