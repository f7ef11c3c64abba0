"""Which dates are open, held to the State Council's notices."""

from datetime import date

import holidays
import numpy as np
import pytest

from matcher.demand.calendar import Calendar
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings
from matcher.verify.calendar import CheckedCalendar as Checker


def calendar(month, **schedule):
    return Calendar.build(Horizon.of_month(month), ScheduleSettings(**schedule))


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
    days = Calendar.build(Horizon(date(year, 1, 1), date(year, 12, 31)), ScheduleSettings(weekends=False))
    weekend_open = days.day[days.is_open & (days.weekday >= 5)].tolist()
    assert set(weekend_open) == known
    assert days.announced


def test_a_year_is_announced_once_a_day_in_lieu_is_known():
    assert not calendar("2099-10", holidays="keep").announced
    assert calendar("2099-11").announced  # no statutory holiday in it
    assert not Calendar.build(
        Horizon(date(2026, 12, 15), date(2099, 1, 15)), ScheduleSettings(holidays="keep")
    ).announced


@pytest.mark.parametrize("holidays", ["skip", "add"])
def test_a_year_not_announced_names_the_file_to_supply(holidays):
    with pytest.raises(InputError) as error:
        calendar("2099-10", holidays=holidays)
    (issue,) = error.value.issues
    assert (issue.code, issue.value) == ("calendar_missing", "2099")
    assert "holidays_file" in issue.advice()


def holidays_file(tmp_path, *lines):
    path = tmp_path / "holidays.csv"
    path.write_text("date,kind,for\n" + "\n".join(lines), "utf-8")
    return str(path)


@pytest.mark.parametrize("of", [Calendar.build, Checker.of])
def test_a_file_of_holidays_overrides_its_years(tmp_path, of):
    file = holidays_file(tmp_path, "2099-10-01,holiday", "2099-10-02,休", "2099-10-10,workday,2099-10-02", "")
    october = of(Horizon.of_month("2099-10"), ScheduleSettings(holidays_file=file, weekends=False))
    closed = ~october.is_open if isinstance(october, Calendar) else october.closed
    # Thursday and Friday off, the weekend joins them, Saturday the 10th is worked for Friday
    assert [i + 1 for i in range(12) if closed[i]] == [1, 2, 3, 4, 11]
    assert october.stands_for[9] == 4


def test_a_file_of_holidays_at_fault_is_named_row_by_row(tmp_path):
    file = holidays_file(tmp_path, "2099-13-01,holiday", "2099-10-01,party", "2099-10-02", "2099-10-03,holiday")
    with pytest.raises(InputError) as error:
        calendar("2099-10", holidays_file=file)
    assert [(issue.code, issue.row) for issue in error.value.issues] == [("holidays_row", row) for row in (2, 3, 4)]
    for of in (Calendar.build, Checker.of):
        with pytest.raises(InputError) as error:
            of(Horizon.of_month("2099-10"), ScheduleSettings(holidays_file=str(tmp_path / "none.csv")))
        assert [issue.code for issue in error.value.issues] == ["holidays_unreadable"]


def test_breaks_begin_on_their_first_day():
    assert [i + 1 for i, first in enumerate(calendar("2026-02", holidays="add").is_added) if first] == [15]
    assert Checker.of(Horizon.of_month("2026-02"), ScheduleSettings(holidays="add")).first_of_break.nonzero()[
        0
    ].tolist() == [14]
    assert not calendar("2026-02").is_added.any()


def test_weeks_and_weekdays_follow_the_horizon():
    days = calendar("2026-12")
    assert days.week.tolist() == [0] * 6 + [1] * 7 + [2] * 7 + [3] * 7 + [4] * 4
    assert days.weekday[:7].tolist() == [1, 2, 3, 4, 5, 6, 0]
