"""Which dates are open, held to the State Council's notices."""

from datetime import date

import holidays
import numpy as np
import pytest

from matcher.horizon import Horizon
from matcher.schedule.calendar import Calendar
from matcher.settings import Schedule


def calendar(month, **schedule):
    return Calendar.of(Horizon.of_month(month), Schedule(**schedule))


def closed(month, **schedule):
    days = calendar(month, **schedule)
    return [day.item().day for day in days.day[~days.is_open]]


def test_holidays_are_closed_by_date():
    assert closed("2026-10") == [1, 2, 3, 4, 5, 6, 7]
    assert closed("2026-02") == [15, 16, 17, 18, 19, 20, 21, 22, 23]
    assert closed("2026-01") == [1, 2, 3]
    assert closed("2026-11") == []


def test_holidays_may_be_kept_as_any_other_day():
    assert closed("2026-10", holidays="keep") == []


def test_closed_days_are_closed_even_if_worked():
    assert closed("2026-11", closed_days=["2026-11-09", "2026-12-01"]) == [9]
    assert 10 in closed("2026-10", weekends=False, closed_days=["2026-10-10"])


def test_weekends_are_closed_but_for_make_up_workdays():
    assert closed("2026-02", weekends=False) == [1, 7, 8, 15, 16, 17, 18, 19, 20, 21, 22, 23]  # 14 and 28 are worked
    assert closed("2026-10", weekends=False, holidays="keep") == [3, 4, 11, 17, 18, 24, 25, 31]


@pytest.mark.parametrize(
    ("day", "stands_for"),
    [("2026-10-10", 2), ("2026-02-14", 4), ("2026-02-28", 0), ("2026-09-20", 1), ("2026-10-11", 6)],
)
def test_make_up_workdays_stand_for_the_day_they_pay_for(day, stands_for):
    days = calendar(day[:7])
    assert days.stands_for[days.day == np.datetime64(day)] == stands_for


def test_a_day_off_of_one_month_is_paid_for_in_another():
    september = calendar("2026-09")
    assert september.day[september.stands_for != september.weekday].tolist() == [date(2026, 9, 20)]


@pytest.mark.parametrize("year", range(2015, 2027))
def test_make_up_workdays_are_the_librarys(year):
    known = {day for day in holidays.country_holidays("CN", years=year).weekend_workdays if day.year == year}
    days = Calendar.of(Horizon(date(year, 1, 1), date(year, 12, 31)), Schedule(weekends=False))
    weekend_open = days.day[days.is_open & (days.weekday >= 5)].tolist()
    assert set(weekend_open) == known
    assert days.announced


def test_a_year_is_announced_once_a_day_in_lieu_is_known():
    assert not calendar("2099-10").announced
    assert calendar("2099-11").announced  # no statutory holiday in it
    assert not Calendar.of(Horizon(date(2026, 12, 15), date(2099, 1, 15)), Schedule()).announced


def test_weeks_and_weekdays_follow_the_horizon():
    days = calendar("2026-12")
    assert days.week.tolist() == [0] * 6 + [1] * 7 + [2] * 7 + [3] * 7 + [4] * 4
    assert days.weekday[:7].tolist() == [1, 2, 3, 4, 5, 6, 0]
