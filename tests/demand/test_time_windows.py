"""When two are free, minute by minute."""

import random
from datetime import date

import numpy as np
import pytest

from matcher.demand.calendar import Calendar, index_days, index_weeks
from matcher.demand.time_windows import TimeWindows, find_half_days, parse_window
from matcher.horizon import Horizon
from matcher.settings import Settings
from tests.helpers.people import roster
from tests.helpers.schedule_checker import free_minutes, is_there

OCTOBER = Horizon(date(2026, 10, 1), date(2026, 10, 18))  # a make-up workday on the tenth
CLOCKS = ["", "", "0:540-600,2:850-900", "6:540-600,6:840-930", "5:530-555,5:560-700"]


@pytest.mark.parametrize("seed", range(40))
def test_windows_hold_the_minutes_that_both_have_free(seed):
    rng = random.Random(seed)

    def person():
        days_off = tuple(rng.sample(OCTOBER.dates(), 2))
        joined = rng.choice([None, date(2026, 10, 5)])
        return {
            "availability": rng.getrandbits(14),
            "clock": rng.choice(CLOCKS),
            "days_off": days_off,
            "joined": joined,
        }

    people, schedule = roster([person()], [person()]), Settings().schedule
    calendar = Calendar.build(OCTOBER, schedule)
    zero = np.zeros(1, dtype=np.int64)
    found = TimeWindows.find(people, zero, zero, calendar, schedule)
    one, other = people.elders.loc[0], people.volunteers.loc[0]
    for d, day in enumerate(OCTOBER.dates()):
        assert found.present[0, d] == (is_there(one, day) and is_there(other, day))
        for half in (0, 1):
            spans = found.windows[0, found.day_type[d], found.half == half].tolist()
            minutes = {minute for opens, closes in spans for minute in range(opens, closes)}
            assert minutes == free_minutes(one, day, half, schedule) & free_minutes(other, day, half, schedule)
    first = 0 if one["joined"] != one["joined"] else 4
    assert found.on_programme.tolist() == [[first, 17]]


def test_a_window_is_read_as_minutes():
    assert parse_window("09:05-11:30") == (545, 690)


@pytest.mark.parametrize(
    ("morning", "afternoon", "halves"),
    [
        ("09:00-11:30", "14:00-17:00", {540: 0, 689: 0, 719: 0, 720: 1, 840: 1, 1200: 1, 0: 0}),
        ("09:00-12:45", "13:00-17:00", {760: 0, 764: 0, 770: 1, 790: 1}),
        ("09:00-10:00", "11:00-12:00", {560: 0, 650: 0, 660: 1, 700: 1, 719: 1, 730: 1}),
    ],
)
def test_the_half_day_of_a_minute_is_that_of_its_window_or_else_before_or_after_noon(morning, afternoon, halves):
    schedule = Settings.model_validate({"schedule": {"morning": morning, "afternoon": afternoon}}).schedule
    assert find_half_days(np.array(list(halves)), schedule).tolist() == list(halves.values())


def test_days_and_weeks_are_counted_from_the_horizons_first():
    days = np.array(["2026-09-30", "2026-10-01", "2026-10-05", "2026-10-18"], dtype="datetime64[D]")
    assert index_days(days, OCTOBER).tolist() == [-1, 0, 4, 17]
    weeks = index_weeks(OCTOBER).tolist()
    assert weeks == [w for w, week in enumerate(OCTOBER.weeks()) for day in OCTOBER.dates() if day in week.dates()]
