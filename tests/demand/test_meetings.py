"""What pairs and volunteers can hold by themselves, held against the verifier's own reckoning, minute by minute."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.demand import meetings as module
from matcher.demand.meetings import Meetings, get_meetings
from matcher.demand.volunteer_hours import get_volunteer_hours
from matcher.features import Features
from matcher.horizon import Horizon
from matcher.roster.model import ANY_TIME, TOLD_DAYS_OFF
from matcher.rules import CommonTime, Dates, LeastVisits, MissedContacts, Silence, measure_pairs
from matcher.verify.case import Lists
from matcher.verify.reference import Reference
from tests.helpers.effort import some
from tests.helpers.people import month, north, pairs

WED_MORNING = {"availability": 1 << 4, "clock": "2:540-600"}
CLOCKS = ["", "", "", "2:540-600", "2:630-690", "0:540-700,1:840-900,4:600-640", "2:830-860,2:860-900", "3:560-590"]
DAYS = st.integers(0, 40).map(lambda day: date(2026, 9, 26) + timedelta(days=day))


@st.composite
def people(draw):
    mask = draw(st.sampled_from([ANY_TIME, ANY_TIME, 0, 0b11, 1 << 4 | 1 << 5, 0b0101 << 4, 3 << 12, 0b1010101010]))
    clock = draw(st.sampled_from(CLOCKS)) if mask else ""
    for day in (item.split(":")[0] for item in clock.split(",") if item):
        mask |= 3 << 2 * int(day)
    off = draw(st.sets(DAYS, max_size=3))
    if draw(st.integers(0, 9)) == 0:
        off = {date(2026, 10, 1) + timedelta(days=day) for day in range(31)}
    person = {"availability": mask, "clock": clock, "days_off": tuple(sorted(off))}
    if draw(st.integers(0, 5)) == 0:
        person["joined"] = pd.Timestamp(draw(DAYS))
    if draw(st.integers(0, 5)) == 0:
        person["left"] = pd.Timestamp(draw(DAYS))
    return person | north(draw(st.sampled_from([0, 300, 2000])))


@st.composite
def elders(draw):
    asked = st.sampled_from([np.nan, np.nan, 0.0, 1.0, 3.0, 0.7])
    risk = draw(st.sampled_from(["", "high", "low"]))
    return draw(people()) | {"risk": risk, "contacts_per_week": draw(asked), "visits_per_month": draw(asked) // 1}


@st.composite
def rosters(draw):
    schedule = {
        "weekends": draw(st.booleans()),
        "holidays": draw(st.sampled_from(["skip", "keep", "add"])),
        "visit_min": draw(st.sampled_from([45, 60, 10])),
        "call_min": draw(st.sampled_from([15, 40])),
        "max_minutes_per_day": draw(st.sampled_from([240, 240, 90])),
        "max_visits_per_day": draw(st.sampled_from([3, 0])),
        "min_visits_per_month": draw(st.sampled_from([1, 0, 3])),
        "min_visits_per_week_by_risk": {"high": draw(st.sampled_from([1.0, 2.0]))},
    }
    some, others = (draw(st.lists(side, min_size=1, max_size=5)) for side in (elders(), people()))
    modes = {"mode": "soft", "least_visits": "soft", "silence": "soft"}
    m = month(some, others, schedule=schedule, availability=modes)
    return replace(m, horizon=Horizon(date(2026, 10, 1), date(2026, 10, 31)))


def every_pair(m):
    elder, volunteer = np.divmod(np.arange(m.n_elders * m.n_volunteers), m.n_volunteers)
    return measure_pairs(Features(m), elder, volunteer)


@given(rosters(), st.booleans())
@settings(deadline=None, max_examples=some(60))
def test_pairs_hold_what_the_verifier_says(m, pair_by_pair):
    features, block = Features(m), every_pair(m)
    cells, module._MOST_CELLS = module._MOST_CELLS, 0 if pair_by_pair else module._MOST_CELLS
    module._recent.clear()
    try:
        costs = {rule.name: rule.compute_cost_m(features, block) for rule in (CommonTime(), LeastVisits(), Silence())}
        missed = MissedContacts().compute_cost_m(features, block)
    finally:
        module._MOST_CELLS = cells
    reference = Reference.read(m.roster, m.horizon, m.settings, Lists())
    frame = pd.DataFrame({"elder": block.elder, "volunteer": block.volunteer, "straight_m": block.straight_m})
    right = reference.meetings.measure_against(frame, "soft")
    for name, cost in costs.items():
        amount, price = right[name]
        assert (np.zeros(len(frame)) if cost is None else cost).tolist() == (amount * price).tolist(), name
    expected = reference.meetings.compute_missed_m(frame).tolist()
    assert (np.zeros(len(frame)) if missed is None else missed).tolist() == expected
    away = [reference.meetings.find_away(side) for side in (reference.people.elders, reference.people.volunteers)]
    assert [get_meetings(features).elders_away.tolist(), get_meetings(features).volunteers_away.tolist()] == [
        each.tolist() for each in away
    ]


@given(rosters())
@settings(deadline=None, max_examples=some(40))
def test_volunteers_hold_what_the_verifier_says(m):
    m = replace(m, settings=m.settings.model_copy(update={"availability": month([{}], [{}]).settings.availability}))
    hours = get_volunteer_hours(Features(m))
    reference = Reference.read(m.roster, m.horizon, m.settings, Lists())
    lacking = hours.compute_lacking_m(6)
    for volunteer in range(m.n_volunteers):
        row = np.zeros(7) if lacking is None else lacking[volunteer]
        assert (np.diff(row, 2) >= 0).all()
        assert row[:2].tolist() == [0, 0]
        told = [reference.volunteer_hours.compute_lacking_m(volunteer, k) for k in range(7)]
        assert np.abs(row - told).max() <= 6
    held = reference.volunteer_hours.count_elders_held(np.zeros(m.n_volunteers, dtype=np.int64))
    assert (hours.elders_held is None) == (held is None)
    assert held is None or held.tolist() == hours.elders_held.tolist()


def test_where_nobody_tells_of_hours_nothing_is_said():
    m = month([{}, {"risk": "high"}], [{}, {"capacity": 40.0}])
    features, block = Features(m), every_pair(m)
    for rule in (CommonTime(), LeastVisits(), Silence()):
        assert rule.find_breaches(features, block) is None
    assert MissedContacts().compute_cost_m(features, block) is None
    assert get_volunteer_hours(features).compute_lacking_m(40) is None
    assert get_volunteer_hours(features).elders_held is None


def test_hours_that_only_overlap_for_a_call_hold_no_visit():
    m = month([WED_MORNING], [WED_MORNING | {"clock": "2:580-640"}])
    hours, none = Meetings(Features(m)), np.zeros(1, dtype=np.int64)
    assert hours.find_never_meeting(none, none).tolist() == [False]
    assert hours.find_short_of_visits(none, none, np.zeros(1)).tolist() == [True]
    # somebody always free could visit on each of the five Wednesdays; these two have a call then
    assert [each.tolist() for each in hours.find_shortfall(none, none, np.zeros(1))] == [[0], [5]]


def test_a_walk_longer_than_the_day_holds_no_visit():
    m = month([{"area": "rural"}], [north(2300)], schedule={"max_minutes_per_day": 100})
    block = every_pair(m)
    assert LeastVisits().bar_pairs(Features(m), block).tolist() == [True]
    assert LeastVisits().bar_pairs(Features(month([{}], [{}])), block) is None


def test_absences_told_since_the_pairs_were_made_change_nothing():
    days = tuple(date(2026, 12, day) for day in range(1, 32))
    m = month([{}], [{"days_off": days}])
    assert Meetings(Features(m)).volunteers_away.tolist() == [True]
    told = m.roster.volunteers.assign(**{TOLD_DAYS_OFF: pd.Series([days], dtype=object)})
    m = replace(m, roster=replace(m.roster, volunteers=told))
    assert Meetings(Features(m)).volunteers_away.tolist() == [False]
    reference = Reference.read(m.roster, m.horizon, m.settings, Lists())
    assert reference.meetings.find_away(reference.people.volunteers).tolist() == [False]


def test_who_is_away_stays_so_whatever_a_rule_makes_of_it():
    days = tuple(date(2026, 12, day) for day in range(1, 32))
    m = month([{}], [{"days_off": days}], pins=pairs((0, 0)))
    assert Dates().bar_volunteers(Features(m)).tolist() == [False]
    assert Dates().bar_volunteers(Features(replace(m, pins=pairs()))).tolist() == [True]


def test_few_hours_cost_more_with_every_elder():
    two_hours = {"availability": 1 << 2 | 1 << 6, "clock": "1:540-660,3:540-660"}  # Tuesday and Thursday, 9 to 11
    hours = get_volunteer_hours(Features(month([{}] * 5, [two_hours, {}])))
    lacking = hours.compute_lacking_m(5)
    assert lacking[1].tolist() == [0] * 6
    # four hours a week hold 9 calls and no visit beside, or fewer with visits among them
    assert (np.diff(lacking[0]) >= 0).all()
    assert lacking[0][2] == 0 < lacking[0][4]
    assert hours.elders_held[0] == 20  # two visits on each of ten days
