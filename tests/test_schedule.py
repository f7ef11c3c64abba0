"""The schedule as a value, against plain loops over random contacts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from matcher.schedule import NOBODY, UNKNOWN, Schedule

FIRST = date(2026, 12, 1)


def random_schedule(rng, n):
    elder, volunteer, day = rng.integers(0, 4, n), rng.integers(0, 3, n), rng.integers(0, 5, n)
    start = rng.choice([540, 600, 840], n)
    companion = rng.choice([NOBODY, NOBODY, UNKNOWN, 0, 2], n)
    days = np.datetime64(FIRST) + day
    kind = rng.integers(0, 2, n)
    return Schedule(elder, volunteer, days, start, start + 45, kind, np.ones(n, np.int64), companion=companion)


def index_days(schedule):
    return (schedule.day - np.datetime64(FIRST)).astype(np.int64)


def keys(schedule):
    columns = (schedule.elder, schedule.volunteer, index_days(schedule), schedule.start_min)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_columns_that_are_not_given_say_nobody_or_none():
    made = Schedule.empty()
    assert len(made) == len(made.companion) == len(made.stands_in_for) == 0
    assert made.visit_id is made.revision is made.change is None
    rows = random_schedule(np.random.default_rng(0), 5)
    assert rows.stands_in_for.tolist() == [NOBODY] * 5


@pytest.mark.parametrize("seed", range(20))
def test_contacts_are_found_by_people_day_and_start(seed):
    rng = np.random.default_rng(seed)
    one, other = random_schedule(rng, 12), random_schedule(rng, rng.integers(0, 30))
    theirs = keys(other)
    last = [max((i for i, key in enumerate(theirs) if key == mine), default=-1) for mine in keys(one)]
    assert one.find_in(other).tolist() == last
    known = replace(one, unproven=3).without(other)
    assert keys(known) == [key for key in keys(one) if key not in theirs]
    assert known.unproven == 3


@pytest.mark.parametrize("seed", range(20))
def test_merged_contacts_are_in_order_and_counted_by_day(seed):
    rng = np.random.default_rng(seed)
    one, other = random_schedule(rng, 9), random_schedule(rng, 6)
    both = one.merged_with(other)
    assert sorted(keys(both)) == sorted(keys(one) + keys(other))
    places = list(zip(both.volunteer.tolist(), index_days(both).tolist(), both.start_min.tolist(), strict=True))
    assert places == sorted(places)
    seen: dict[tuple[int, int], int] = {}
    for (volunteer, day, _), number in zip(places, both.order_of_day.tolist(), strict=True):
        seen[volunteer, day] = seen.get((volunteer, day), 0) + 1
        assert number == seen[volunteer, day]
    companions = sorted(zip(keys(one) + keys(other), [*one.companion.tolist(), *other.companion.tolist()], strict=True))
    assert sorted(zip(keys(both), both.companion.tolist(), strict=True)) == companions


def test_an_optional_column_is_merged_only_if_both_have_it():
    rng = np.random.default_rng(1)
    one, other = random_schedule(rng, 3), random_schedule(rng, 2)
    named = [replace(each, visit_id=np.array(list("abc")[: len(each)], dtype=object)) for each in (one, other)]
    assert named[0].merged_with(other).visit_id is None
    both = named[0].merged_with(named[1]).visit_id
    assert both is not None
    assert sorted(both) == ["a", "a", "b", "b", "c"]


def test_the_hours_of_companions_are_theirs_and_nobody_comes_along_to_them():
    made = random_schedule(np.random.default_rng(2), 30)
    hours = made.list_companion_hours()
    expected = [
        (elder, companion, day, start)
        for (elder, _, day, start), companion in zip(keys(made), made.companion.tolist(), strict=True)
        if companion >= 0
    ]
    assert keys(hours) == expected
    assert not hours.has_companion.any()
