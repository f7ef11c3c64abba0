"""Which dates are open, held to the State Council's notices."""

from datetime import date, datetime

import holidays
import numpy as np
import pytest
from xlsxwriter import Workbook

from matcher.demand import calendar as dates
from matcher.demand.calendar import Calendar, _Holidays
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
    assert not days.doubts


def announced_blind(year):
    """Return the days in doubt of a year, were nothing of it announced, and what was announced then."""
    horizon = Horizon(date(year - 1, 12, 1), date(year + 1, 1, 31))
    known = _Holidays.find(horizon, "")
    named = holidays.country_holidays("CN", years=[year - 1, year, year + 1], language="en_US")
    in_lieu = {day for day, name in named.items() if "substituted" in name}
    blind = _Holidays(known.off - in_lieu, {}, known.given, set())
    doubts = blind.find_doubts(horizon)
    return doubts, {day for day in in_lieu if day.year == year}, {day for day in known.make_up if day.year == year}


@pytest.mark.parametrize("year", [2015, 2016, 2017, 2018, 2019, 2024, 2025, 2026])
def test_whatever_was_announced_was_in_doubt_before(year):
    """From 2020 to 2023 the break of May was five days for one by law; the law gives it two since 2025."""
    doubts, off, work = announced_blind(year)
    assert off <= {day for one in doubts for day in one.off}
    assert work <= {day for one in doubts for day in one.work}


@pytest.mark.parametrize("holidays", ["skip", "keep", "add"])
@pytest.mark.parametrize("month", [f"{year}-{month:02}" for year in (2027, 2028, 2031) for month in range(1, 13)])
def test_the_checker_has_the_same_days_and_the_same_in_doubt(month, holidays):
    horizon, schedule = Horizon.of_month(month), ScheduleSettings(holidays=holidays, weekends=False)
    made, checked = Calendar.build(horizon, schedule), Checker.of(horizon, schedule)
    np.testing.assert_array_equal(made.is_open, ~checked.closed)
    assert tuple(one.explain("") for one in made.doubts) == checked.warnings


def test_next_years_statutory_days_are_closed_before_anything_is_announced():
    assert closed("2027-01") == [1, 2, 3]
    assert closed("2027-02") == [5, 6, 7, 8, 9, 10]
    assert closed("2028-01") == [1, 2, 3, 25, 26, 27, 28, 29, 30]


def days_in_doubt(month, **schedule):
    return [
        (one.year, [d.day for d in one.off], [d.day for d in one.work]) for one in calendar(month, **schedule).doubts
    ]


def test_days_in_doubt_are_those_that_the_announcement_may_change():
    assert days_in_doubt("2027-01") == [(2027, [], [30, 31])]  # the Spring Festival is from 5 February
    assert days_in_doubt("2027-02") == [(2027, [2, 3, 4, 11, 12], [13, 14, 20, 21])]
    assert days_in_doubt("2028-04") == [(2028, [3, 5, 6, 28], [1, 2, 8, 9, 15, 22, 23, 29, 30])]
    assert days_in_doubt("2027-03") == days_in_doubt("2026-12") == []


def test_a_whole_break_is_told_though_nothing_is_in_doubt():
    horizon = Horizon(date(2027, 4, 1), date(2027, 4, 10))  # Monday the 5th: its weekend makes the three days
    (doubts,) = Calendar.build(horizon, ScheduleSettings()).doubts
    assert (doubts.off, doubts.work) == ((), ())
    assert "(none)" in doubts.explain("").message()


@pytest.mark.parametrize("of", [Calendar.build, Checker.of])
@pytest.mark.parametrize("holidays", ["skip", "add"])
def test_a_year_that_nobody_knows_names_the_file_to_supply(of, holidays):
    october = Horizon(date(2101, 10, 1), date(2101, 10, 31))
    with pytest.raises(InputError) as error:
        of(october, ScheduleSettings(holidays=holidays))
    (issue,) = error.value.issues
    assert (issue.code, issue.value) == ("calendar_missing", "2101")
    assert "holidays_file" in issue.advice()
    of(october, ScheduleSettings(holidays="keep"))


def holidays_file(tmp_path, *lines, header="date,kind,for"):
    path = tmp_path / "holidays.csv"
    path.write_text(header + "\n" + "\n".join(lines), "utf-8")
    return str(path)


def closed_by_both(month, file, **schedule):
    horizon, asked = Horizon.of_month(month), ScheduleSettings(holidays_file=str(file), **schedule)
    made, checked = Calendar.build(horizon, asked), Checker.of(horizon, asked)
    np.testing.assert_array_equal(made.is_open, ~checked.closed)
    np.testing.assert_array_equal(made.stands_for, checked.stands_for)
    assert tuple(one.explain(str(file)) for one in made.doubts) == checked.warnings
    return [day.item().day for day in made.day[~made.is_open]], made


def test_a_date_of_the_own_file_is_what_the_file_says(tmp_path):
    file = holidays_file(tmp_path, "2030-10-04,holiday", "2030-10-02,班", "2030-10-12,workday,2030-10-04", "")
    days, october = closed_by_both("2030-10", file, weekends=False)
    # the law names the 1st to 3rd, Tuesday to Thursday; Saturday the 12th is worked for Friday
    assert days == [1, 3, 4, 5, 6, 13, 19, 20, 26, 27]
    assert october.stands_for[11] == 4
    assert not october.doubts  # who knows one make-up workday of a year knows all


def test_a_file_of_days_off_alone_announces_nothing(tmp_path):
    days, january = closed_by_both("2027-01", holidays_file(tmp_path, "2027/1/1,节假日", header="日期,类型"))
    assert days == [1, 2, 3]
    assert len(january.doubts) == 1


@pytest.mark.parametrize(
    "lines",
    [
        ("日期,类型,补哪天的班", "2027/2/11,放假,", "2027年2月12日,休,", "2027/2/20,上班,2027/2/11"),
        ("放假日期,类别", "2027年2月11日至12日,法定节假日", "2027年2月20日,调休上班"),
        ("日期,安排", "2月11日-2月12日,调休", "2月20日,调休"),
        ("日期,类型", "2月11日（农历正月初六、周四）至2月12日（周五）,放假调休", "2月20日（周六）,上班"),
        ("日期,类型", "2027-02-11 00:00:00,放假调休", "2027-02-12T00:00,调休放假", "2027-02-20,调休补班"),
    ],
)
def test_own_files_are_read_as_people_write_them(tmp_path, lines):
    path = tmp_path / "节假日.csv"
    path.write_text("\n".join(lines), "gb18030")
    days, february = closed_by_both("2027-02", path, weekends=False)
    assert days == [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 21, 27, 28]
    assert february.stands_for[19] == (3 if "补" in lines[0] else 5)


def test_a_date_that_is_a_day_off_and_a_workday_is_named(tmp_path):
    file = holidays_file(tmp_path, "2030-10-01至2030-10-03,放假", "2030-10-02,放假", "2030-10-03,上班")
    with pytest.raises(InputError) as error:
        Calendar.build(Horizon.of_month("2030-10"), ScheduleSettings(holidays_file=file))
    (issue,) = error.value.issues
    assert (issue.code, issue.row, issue.value) == ("holiday_contradicts", 4, "2030-10-03")


def test_a_workbook_with_true_dates_is_read(tmp_path):
    path = tmp_path / "节假日.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        look = book.add_format({"num_format": "yyyy/m/d"})
        sheet.write_row(0, 0, ["日期", "类型"])
        for row, (day, kind) in enumerate([(datetime(2027, 2, 11), "放假"), (datetime(2027, 2, 20), "上班")], 1):
            sheet.write_datetime(row, 0, day, look)
            sheet.write_string(row, 1, kind)
    assert closed_by_both("2027-02", path)[0] == [5, 6, 7, 8, 9, 10, 11]


def test_a_file_of_holidays_at_fault_is_named_row_by_row(tmp_path):
    lines = ("2030-13-01,holiday", "2030-10-01,party", "2030-10-02", "2030-10-03,holiday", "2030-10-12,workday,soon")
    file = holidays_file(tmp_path, *lines)
    for of in (Calendar.build, Checker.of):
        with pytest.raises(InputError) as error:
            of(Horizon.of_month("2030-10"), ScheduleSettings(holidays_file=file))
        assert sorted(issue.row for issue in error.value.issues) == [2, 3, 4, 6]
        assert {issue.file for issue in error.value.issues} == {file}
        with pytest.raises(InputError) as error:
            of(Horizon.of_month("2030-10"), ScheduleSettings(holidays_file=str(tmp_path / "none.csv")))
        assert [issue.code for issue in error.value.issues] == ["file_missing"]


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


def test_holidays_of_china_alone_are_those_of_the_whole_library():
    years = range(2015, 2035)
    alone = dates._load_china()(years=years, language="en_US")
    assert dict(alone.items()) == dict(holidays.country_holidays("CN", years=years, language="en_US").items())


def test_a_library_without_a_file_of_china_is_asked_as_a_whole(monkeypatch):
    monkeypatch.setattr(dates, "find_spec", lambda _name: None)
    alone = dates._load_china.__wrapped__()(years=2026, language="en_US")
    assert dict(alone.items()) == dict(holidays.country_holidays("CN", years=2026, language="en_US").items())
