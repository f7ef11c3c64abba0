"""Which dates are open, held to the announced calendar. What is due: see tests/demand."""

from datetime import date

import numpy as np
import pytest

from matcher.demand.calendar import Calendar as Planned
from matcher.horizon import Horizon
from matcher.settings import ScheduleSettings
from matcher.verify.calendar import CheckedCalendar


def calendar(month, **schedule):
    horizon = Horizon.of_month(month)
    return CheckedCalendar.of(horizon, ScheduleSettings(**schedule))


def closed(month, **schedule):
    return [i + 1 for i, shut in enumerate(calendar(month, **schedule).closed) if shut]


def test_statutory_holidays_are_closed_unless_kept():
    assert closed("2026-10") == [1, 2, 3, 4, 5, 6, 7]
    assert closed("2026-10", holidays="keep") == []
    assert closed("2026-12", closed_days=[date(2026, 12, 24), date(2026, 11, 30)]) == [24]


# the State Council's notices of the breaks of each year, its days off by month
ANNOUNCED = {
    "2024": {2: (10, 17), 4: (4, 6), 5: (1, 5), 6: (8, 10), 9: (15, 17), 10: (1, 7)},
    "2025": {4: (4, 6), 5: (1, 5), 10: (1, 8)},
    "2026": {1: (1, 3), 2: (15, 23), 4: (4, 6), 5: (1, 5), 6: (19, 21), 9: (25, 27), 10: (1, 7)},
}


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [(f"{year}-{month:02}", *span) for year, breaks in ANNOUNCED.items() for month, span in breaks.items()],
)
def test_breaks_are_those_announced_weekends_among_them(month, first, last):
    open_days = ~calendar(month).closed
    next_break = [31] if month == "2025-05" else []  # 31 May to 2 June
    assert closed(month) == [*range(first, last + 1), *next_break]
    assert (Planned.build(Horizon.of_month(month), ScheduleSettings()).is_open == open_days).all()


def test_weekends_are_closed_where_asked_but_for_make_up_workdays():
    assert closed("2026-12", weekends=False) == [5, 6, 12, 13, 19, 20, 26, 27]
    assert closed("2026-05", weekends=False)[:6] == [1, 2, 3, 4, 5, 10]
    assert closed("2026-05", weekends=False, closed_days=[date(2026, 5, 9)])[:7] == [1, 2, 3, 4, 5, 9, 10]


@pytest.mark.parametrize(
    ("month", "day", "weekday"),
    [("2026-01", 4, 4), ("2026-10", 10, 2), ("2026-09", 20, 1), ("2026-02", 28, 0), ("2011-12", 31, 1)],
)
def test_a_make_up_workday_stands_for_the_day_off_also_across_new_year(month, day, weekday):
    found = calendar(month)
    assert found.stands_for[day - 1] == weekday
    assert found.weekday[day - 1] == date.fromisoformat(f"{month}-{day:02}").weekday()
    others = np.arange(len(found.weekday)) != day - 1
    if month != "2026-02":  # it has a second one
        assert (found.stands_for == found.weekday)[others].all()


def test_on_a_make_up_workday_free_on_either_weekday_is_free():
    # 10 October 2026, a Saturday (5), is worked for Wednesday the 7th (2)
    wednesday_am, saturday_am, saturday_pm, friday = 1 << 4, 1 << 10, 1 << 11, 3 << 8
    masks = np.array([wednesday_am, saturday_am, saturday_pm, friday])
    october = calendar("2026-10")
    assert october.is_free(masks, np.full(4, 9), 0).tolist() == [True, True, False, False]
    assert october.is_free(masks, np.full(4, 9), 1).tolist() == [False, False, True, False]
    assert october.is_free(masks, np.full(4, 16), 0).tolist() == [False, True, False, False]
