"""Each rule of the schedule alone, on a month made for it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from matcher.demand.demand import Demand
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.schedule import Schedule
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import Settings
from tests.helpers.people import DECEMBER, north, roster
from tests.helpers.schedule_checker import faults


def slots(*texts):
    """Availability from ``Mon am`` and the like."""
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    return sum(1 << (2 * names.index(text[:3]) + (text[4:] == "pm")) for text in texts)


def plan(elders=({},), volunteers=({},), partner=None, horizon=DECEMBER, people=None, **schedule):
    """The schedule of elders who all have volunteer 0 unless said otherwise; checked against every rule."""
    people = people or roster(list(elders), list(volunteers))
    count = len(people.elders)
    partner = np.array(partner if partner is not None else [0] * count, dtype=np.int64)
    settings = Settings.model_validate({"schedule": {"min_visits_per_month": 0, **schedule}})
    visits = plan_visits(people, np.arange(count), partner, horizon, settings)
    assert faults(people, dict(enumerate(partner.tolist())), horizon, settings, visits) == []
    assert visits.unproven == 0
    return visits


def days(visits, elder=0):
    return [day.item().day for day in visits.day[visits.elder == elder]]


def missing(visits):
    return [(u.elder, u.week_start.day, u.kind, u.missing, u.reason) for u in visits.unscheduled]


def week(first, last=None):
    """Dates of December 2026; the 7th is a Monday."""
    return Horizon(date(2026, 12, first), date(2026, 12, last or first + 6))


def test_an_ordinary_month_keeps_a_weekly_pattern():
    visits = plan()
    assert len(visits) == visits.contacts_due == 9
    assert (visits.kind == 0).sum() == 5
    assert len({(day.item().weekday(), start) for day, start in zip(visits.day, visits.start_min, strict=True)}) == 2
    assert missing(visits) == []


def test_nobody_to_plan_for():
    visits = plan_visits(roster([{}], [{}]), *[np.empty(0, dtype=np.int64)] * 2, DECEMBER, Settings())
    assert (len(visits), visits.contacts_due, visits.unscheduled) == (0, 0, ())


def test_an_elder_of_no_contacts_has_none():
    assert len(plan([{"contacts_per_week": 0.0}])) == 0


def test_own_numbers_go_before_the_settings():
    visits = plan([{"contacts_per_week": 1.0, "visits_per_month": 1.0}], contacts_per_week=3)
    assert (len(visits), int((visits.kind == 0).sum())) == (5, 1)


def test_contacts_are_not_lost_to_their_spacing():
    free = {"availability": slots("Mon am", "Tue am")}
    assert days(plan([free], horizon=week(7), visits_per_week=0)) == [7, 8]


def test_contacts_are_spread_where_they_can_be():
    free = {"availability": slots("Mon am", "Tue am", "Thu am")}
    assert days(plan([free], horizon=week(7), visits_per_week=0)) == [7, 10]


def test_the_gap_across_the_months_border():
    free = {"availability": slots("Tue am", "Wed am", "Thu am", "Fri am", "Sat am")}
    people = roster([free], [{}])
    settings = Settings.model_validate({"schedule": {"contacts_per_week": 1, "visits_per_week": 0}})

    def first(last):
        one, last_contact = np.array([0]), np.array([last], dtype="datetime64[D]")
        demand = replace(Demand.compute_usual(people, one, week(1, 6), settings), last_contact=last_contact)
        return plan_visits(people, one, one, week(1, 6), settings, demand=demand).day[0].item().day

    assert first("2026-11-24") == 1  # seven days before
    assert first("2026-11-27") == 4
    assert first("NaT") <= 5


def test_no_long_gap_where_another_day_is_free():
    visits = plan([{"contacts_per_week": 2.0}], visits_per_week=0, max_gap_days=4)
    made = [0, *days(visits), 32]
    assert max(b - a - 1 for a, b in zip(made, made[1:], strict=False)) <= 4


def test_every_ten_days():
    visits = plan([{"contacts_per_week": 0.7, "visits_per_week": 0.0}])
    made = days(visits)
    assert len(made) == 3
    assert all(abs(b - a - 10) <= 2 for a, b in zip(made, made[1:], strict=False))


def test_every_second_week():
    visits = plan([{"visits_per_week": 0.5}], horizon=week(7, 20))
    assert int((visits.kind == 0).sum()) == 1
    assert len(visits) == 4


def test_a_risk_tier_has_its_own_cadence():
    high = {"risk": "high", "visits_per_week": 0.0}
    visits = plan([high, {}], contacts_per_week_by_risk={"high": 3}, horizon=week(7))
    assert len(days(visits)) == 3
    assert len(days(visits, 1)) == 2
    assert int((visits.kind[visits.elder == 0] == 0).sum()) == 1  # by rule, whatever the row says


def test_a_visit_a_month_at_least():
    visits = plan([{"visits_per_week": 0.0}], min_visits_per_month=1)
    assert int((visits.kind == 0).sum()) == 1


def test_seven_contacts_a_week_are_one_a_day():
    assert days(plan([{"contacts_per_week": 7.0}], visits_per_week=0)) == list(range(1, 32))


@pytest.mark.parametrize("who", ["elder", "volunteer"])
def test_both_must_be_free_in_the_half_day(who):
    few, any_time = {"availability": slots("Tue pm", "Fri am")}, {}
    visits = plan(*(([few], [any_time]) if who == "elder" else ([any_time], [few])), horizon=week(7))
    assert days(visits) == [8, 11]
    assert (visits.start_min >= 14 * 60).tolist() == [True, False]


def test_no_common_half_day():
    visits = plan([{"availability": slots("Tue am")}], [{"availability": slots("Tue pm")}], horizon=week(7))
    assert missing(visits) == [(0, 7, kind, 1, "no_common_half_day") for kind in (0, 1)]


@pytest.mark.parametrize(
    ("clock", "made"), [("0:600-645", [(600, 0)]), ("0:600-644", [(600, 1)]), ("0:600-614", []), ("0:650-690", [])]
)
def test_clock_times_of_both(clock, made):
    timed = {"availability": slots("Mon am"), "clock": clock}
    elder = {"availability": slots("Mon am", "Mon pm"), "clock": "0:540-660", "contacts_per_week": 1.0}
    visits = plan([elder], [timed], horizon=week(7))
    assert list(zip(visits.start_min.tolist(), visits.kind.tolist(), strict=True)) == made


def test_clock_times_and_half_days_together():
    timed = {"availability": slots("Mon am", "Tue pm"), "clock": "0:555-615"}
    visits = plan([timed | {"contacts_per_week": 2.0}], horizon=week(7))
    assert days(visits) == [7, 8]
    assert visits.start_min.tolist() == [555, 840]


@pytest.mark.parametrize("who", ["elder", "volunteer"])
def test_days_off_and_dates_on_the_programme(who):
    away = {
        "availability": slots("Tue am", "Thu am"),
        "days_off": (date(2026, 12, 8),),
        "joined": pd.Timestamp(2026, 12, 3),
        "left": pd.Timestamp(2026, 12, 17),
    }
    visits = plan(*(([away], [{}]) if who == "elder" else ([{}], [away])), visits_per_week=0)
    if who == "elder":  # who is not on the programme is due nothing
        assert days(visits) == [3, 10, 15]
        assert missing(visits) == [(0, 7, 1, 1, "absent")]
    else:
        assert days(visits) == [3, 10, 15, 17]
        assert missing(visits) == [(0, first, 1, n, "absent") for first, n in ((1, 1), (7, 1), (21, 2), (28, 1))]


def test_holidays_are_skipped_or_kept():
    october, thursday = Horizon.of_month("2026-10"), {"availability": slots("Thu am")}
    calls = {"contacts_per_week": 1, "visits_per_week": 0}
    skipped = plan([thursday], horizon=october, **calls)
    assert days(skipped) == [8, 15, 22, 29]
    assert missing(skipped) == []
    kept_due = plan([thursday], horizon=october, due_when_closed=True, **calls)
    assert missing(kept_due) == [(0, 1, 1, 1, "closed")]
    assert days(plan([thursday], horizon=october, holidays="keep", **calls)) == [1, 8, 15, 22, 29]


def test_no_contact_on_a_holiday_of_the_spring_festival():
    visits = plan([{"contacts_per_week": 7.0}], horizon=Horizon.of_month("2026-02"), visits_per_week=0)
    assert set(range(1, 29)) - set(days(visits)) == set(range(15, 24))


@pytest.mark.parametrize("weekends", [True, False])
def test_a_make_up_workday_takes_the_hours_of_the_day_it_stands_for(weekends):
    # Saturday 10 October 2026 is worked for Wednesday the 7th
    wednesday = {"availability": slots("Wed pm")}
    for other in ({}, {"availability": slots("Sat pm")}):
        visits = plan([wednesday], [other], horizon=Horizon(date(2026, 10, 5), date(2026, 10, 11)), weekends=weekends)
        assert days(visits) == [10]


def test_closed_days_and_weekends():
    assert days(plan(horizon=week(12, 13), visits_per_week=1, weekends=False)) == []
    wednesday = {"visits_per_week": 0, "closed_days": ["2026-12-09"]}
    for due, rows in ((False, []), (True, [(0, 7, 1, 1, "closed")])):
        visits = plan([{"contacts_per_week": 7.0}], horizon=week(7), due_when_closed=due, **wednesday)
        assert days(visits) == [7, 8, 10, 11, 12, 13]
        assert missing(visits) == rows


def test_most_contacts_a_day():
    monday = {"availability": slots("Mon am", "Mon pm"), "contacts_per_week": 1.0, "visits_per_week": 0.0}
    visits = plan([monday] * 4, horizon=week(7), max_contacts_per_day=3)
    assert len(visits) == 3
    assert [row[2:] for row in missing(visits)] == [(1, 1, "day_full")]


def test_most_minutes_a_day():
    monday = {"availability": slots("Mon am", "Mon pm"), "contacts_per_week": 1.0}
    # a visit of 45 minutes and 25 minutes there and back; 923 m walk 25 minutes at 0.8 m/s and a detour of 1.3
    far = monday | north(461)
    assert len(plan([far] * 2, horizon=week(7), max_minutes_per_day=96, max_visits_per_day=1)) == 2
    visits = plan([far] * 2, [north(0)], horizon=week(7), max_minutes_per_day=84, max_visits_per_day=1)
    assert sorted(visits.kind.tolist()) == [1, 1] or len(visits) == 1


def test_walks_between_visits_take_time():
    monday = {"availability": slots("Mon am"), "contacts_per_week": 1.0}
    homes = [north(0) | monday, north(900) | monday]  # 25 minutes apart
    visits = plan(homes, horizon=week(7))
    assert sorted(visits.start_min.tolist()) == [540, 540 + 45 + 25]


def test_no_walk_inside_a_building():
    monday = {"availability": slots("Mon am"), "contacts_per_week": 1.0, "building": "5号"}
    visits = plan([north(0) | monday, north(900) | monday], horizon=week(7))
    assert sorted(visits.start_min.tolist()) == [540, 600]


def test_the_shortest_way_round():
    monday = {"availability": slots("Mon am"), "contacts_per_week": 1.0}
    homes = [north(metres) | monday for metres in (300, 100, 200)]
    visits = plan(homes, horizon=week(7), morning="09:00-12:30")
    assert visits.elder.tolist() in ([1, 2, 0], [0, 2, 1])
    assert visits.walking_min == 2 + 3 + 3 + 9 or visits.walking_min <= 18


def test_most_visits_a_day_and_calls_in_their_place():
    monday = {"availability": slots("Mon am", "Mon pm"), "contacts_per_week": 1.0, "visits_per_week": 1.0}
    visits = plan([monday] * 4, horizon=week(7), max_visits_per_day=3)
    assert sorted(visits.kind.tolist()) == [0, 0, 0, 1]
    assert [row[2:] for row in missing(visits)] == [(0, 0, "day_full")]
    assert [row.as_calls for row in visits.unscheduled] == [1]


def test_no_visits_a_day_leaves_calls():
    visits = plan(max_visits_per_day=0)
    assert len(visits) == 9
    assert set(visits.kind.tolist()) == {1}
    assert {row[4] for row in missing(visits)} == {"day_full"}


@pytest.mark.parametrize(
    ("window", "fits"), [("09:00-09:44", 0), ("09:00-09:45", 1), ("09:00-10:44", 1), ("09:00-10:45", 2)]
)
def test_visits_lie_inside_the_window(window, fits):
    monday = {"availability": slots("Mon am"), "contacts_per_week": 1.0, "visits_per_week": 1.0}
    visits = plan([monday] * 2, horizon=week(7), morning=window, call_min=45)
    assert int((visits.kind == 0).sum()) == fits


def test_calls_are_made_where_visits_would_leave_somebody_out():
    monday = {"availability": slots("Mon am"), "contacts_per_week": 1.0, "visits_per_week": 1.0}
    visits = plan([monday] * 5, horizon=week(7))  # two and a half hours: five calls, or two visits and a call
    assert visits.kind.tolist() == [1] * 5
    assert visits.start_min.tolist() == [540, 570, 600, 630, 660]
    assert visits.order_of_day.tolist() == [1, 2, 3, 4, 5]


def test_visits_come_first_and_neighbours_together():
    monday = {"availability": slots("Mon am"), "contacts_per_week": 1.0}
    homes = [north(400) | {"building": "b"}, north(0) | {"building": "a"}] * 2
    elders = [monday | home | {"visits_per_week": float(i < 3)} for i, home in enumerate(homes)]
    visits = plan(elders, horizon=week(7), morning="09:00-12:30")
    assert visits.elder.tolist() in ([1, 0, 2, 3], [0, 2, 1, 3])
    assert visits.start_min.tolist() == [540, 600, 660, 720]
    assert visits.end_min.tolist() == [585, 645, 705, 735]


@pytest.mark.parametrize("afternoon", ["11:00-13:00", "11:30-13:00", "11:40-13:10"])
def test_windows_that_touch_keep_the_pause(afternoon):
    elders = [{"availability": slots(half), "contacts_per_week": 1.0} for half in ["Mon am"] * 3 + ["Mon pm"] * 2]
    plan(elders, horizon=week(7), afternoon=afternoon, visits_per_week=1)


def test_windows_too_near_for_both():
    elders = [{"availability": slots(half), "contacts_per_week": 1.0} for half in ("Mon am", "Mon pm")]
    near = {"morning": "09:00-09:45", "horizon": week(7), "visits_per_week": 1}
    assert plan(elders, afternoon="10:00-10:45", **near).start_min.tolist() == [540, 600]
    visits = plan(elders, afternoon="09:59-10:44", **near)  # a visit and, after the pause, time for a call
    assert sorted(visits.kind.tolist()) == [0, 1]


def test_an_afternoon_before_the_morning():
    visits = plan([{}] * 4, morning="14:00-17:00", afternoon="09:00-11:30")
    assert len(visits) == visits.contacts_due


def test_visits_share_outings():
    home = north(300) | {"building": "5号"}
    visits = plan([home | {"availability": slots("Wed pm", "Fri pm")}, home])
    outings = [
        {(day.item(), start >= 720) for day, start in zip(visits.day[mine], visits.start_min[mine], strict=True)}
        for mine in ((visits.elder == elder) & (visits.kind == 0) for elder in (0, 1))
    ]
    assert len(outings[0]) == 5
    assert outings[0] == outings[1]


def test_progress_reaches_its_end():
    told = []
    people = roster([{"availability": slots("Mon am")}] * 7, [{}] * 2)
    partner = np.array([0] * 6 + [1])
    plan_visits(people, np.arange(7), partner, DECEMBER, Settings(), progress=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1] == (7, 7)


def test_a_year_whose_holidays_are_not_known_is_an_error():
    asked = (roster([{}], [{}]), np.array([0]), np.array([0]), Horizon(date(2101, 10, 1), date(2101, 10, 31)))
    with pytest.raises(InputError) as error:
        plan_visits(*asked, Settings())
    assert [issue.code for issue in error.value.issues] == ["calendar_missing"]
    kept = Settings.model_validate({"schedule": {"holidays": "keep"}})
    assert plan_visits(*asked, kept).calendar_announced  # no day is in doubt where none is known


def test_a_year_that_is_not_announced_is_planned_and_told():
    asked = (roster([{}], [{}]), np.array([0]), np.array([0]), Horizon.of_month("2030-10"))
    made = plan_visits(*asked, Settings())
    assert not made.calendar_announced
    assert not set(range(1, 4)) & {day.item().day for day in made.day}


def test_a_contact_more_on_the_first_day_of_a_break():
    visits = plan(horizon=Horizon(date(2026, 9, 28), date(2026, 10, 4)), holidays="add", visits_per_week=0)
    assert len(visits) == 3
    assert 1 in days(visits)


def test_contacts_that_stand_come_back_and_count():
    people = roster([{"availability": slots("Tue am", "Wed am", "Fri am")}, {}], [{}, {}])
    settings = Settings.model_validate({"schedule": {"max_contacts_per_day": 1}})
    both, none = np.array([0, 1]), np.zeros(2, dtype=np.int64)
    first = plan_visits(people, both, none, week(7), settings)
    early = first.day < np.datetime64("2026-12-09")
    fields = ("elder", "volunteer", "day", "start_min", "end_min", "kind", "order_of_day")
    stands = Schedule(*(getattr(first, name)[early] for name in fields))
    usual = Demand.compute_usual(people, both, week(7), settings)
    later = np.arange(7) >= 2
    again = plan_visits(people, both, none, week(7), settings, fixed=stands, demand=usual.only_on(later))
    for name in fields:
        assert getattr(again, name).tolist() == getattr(first, name).tolist()
    # with another volunteer: the day of the contact is taken, the week counts it
    other = replace(stands, volunteer=np.ones_like(stands.volunteer))
    again = plan_visits(people, both, none, week(7), settings, fixed=other)
    assert len(again) == len(first)
    assert len({(e, d) for e, d in zip(again.elder.tolist(), again.day.tolist(), strict=True)}) == len(again)


def test_a_stranger_who_stands_fills_the_day():
    people = roster([{"availability": slots("Mon am"), "contacts_per_week": 1.0}, north(900)], [{}])
    one = np.array([0])
    stands = Schedule(
        np.array([1]), one, np.array(["2026-12-07"], dtype="datetime64[D]"), np.array([555]), np.array([600]), one, one
    )
    visits = plan_visits(people, one, one, week(7), Settings(), fixed=stands)
    mine = visits.elder == 0
    assert visits.start_min[mine].tolist() == [625]  # 25 minutes on foot from the other's home
    assert visits.order_of_day.tolist() == [1, 2]


def test_no_visits_in_the_hot_hours():
    people = roster([{"availability": slots("Mon am", "Tue am"), "contacts_per_week": 2.0}], [{}])
    one = np.array([0])
    surge = Demand.compute_usual(people, one, week(7), Settings()).with_daily(np.arange(7) < 2, (600, 1000))
    visits = plan_visits(people, one, one, week(7), Settings(), demand=surge)
    assert len(visits) == 2
    assert (visits.end_min[visits.kind == 0] <= 600).all()
    surge = Demand.compute_usual(people, one, week(7), Settings()).with_daily(np.arange(7) < 2, (570, 1000))
    visits = plan_visits(people, one, one, week(7), Settings(), demand=surge)
    assert visits.kind.tolist() == [1, 1]
    assert [row[2:] for row in missing(visits)] == [(0, 1, "no_common_half_day")]


@pytest.mark.parametrize("pairs", [[0, 0], [0, 1, 0]])
def test_an_elder_has_one_volunteer(pairs):
    with pytest.raises(AssertionError, match="one volunteer"):
        plan_visits(roster([{}] * 2, [{}]), np.array(pairs), np.zeros(len(pairs), dtype=np.int64), DECEMBER, Settings())


def test_a_call_between_visits_of_two_half_days_takes_nothing_from_the_walk():
    """The morning's visit is 18 minutes from one that stands in the afternoon, with room for two calls before it."""
    elders = [north(650) | {"availability": slots("Wed am"), "contacts_per_week": 1.0}]
    elders += [{"availability": slots("Wed pm"), "contacts_per_week": 1.0, "visits_per_week": 0.0}] * 2
    elders += [north(-800) | {"availability": slots("Wed pm"), "contacts_per_week": 1.0}, {}]
    people, day = roster(elders, [{}, {}]), np.array(["2026-12-09"], dtype="datetime64[D]")
    four, one = np.arange(4), np.array([0])
    stands = Schedule(np.array([4]), one, day, np.array([902]), np.array([947]), one, one + 1)
    settings = Settings.model_validate({"schedule": {"min_visits_per_month": 0, "max_minutes_per_day": 300}})
    visits = plan_visits(people, four, four * 0, week(7), settings, fixed=stands)
    assert visits.unscheduled == ()
    assert list(zip(visits.elder.tolist(), visits.start_min.tolist(), strict=True)) == [
        (0, 540),
        (1, 840),
        (2, 870),
        (4, 902),
        (3, 969),
    ]
