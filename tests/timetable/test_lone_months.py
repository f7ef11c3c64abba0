"""The least that single pairs miss of the floors, against every month there is."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.timetable.floors import measure_missed
from matcher.timetable.lone_months import find_least_missed
from matcher.timetable.problem import CALL, NONE, VISIT
from tests.helpers.timetables import join, problem

WEEK = np.array([0, 0, 0, 1, 1, 1, 1])


def search(pairs, possible):
    """Return what one pair misses in the best of all months that hold no more a week than is due."""
    months = [np.full(7, NONE)]
    for day in range(7):
        kinds = [kind for kind in (VISIT, CALL) if possible[0, day, kind] and pairs.fixed_kind[0, day] == NONE]
        months += [np.where(np.arange(7) == day, kind, month) for month in months for kind in kinds]
    fixed = pairs.fixed_kind[0]

    def fits(month):
        for week in range(2):
            here, there = month[week == WEEK], fixed[week == WEEK]
            more, more_visits = (here != NONE).sum(), (here == VISIT).sum()
            if more > max(pairs.due[0, week] - (there != NONE).sum(), 0):
                return False
            if more_visits > max(pairs.visits_due[0, week] - (there == VISIT).sum(), 0):
                return False
        return True

    fit = np.array([month for month in months if fits(month)], dtype=np.int8)
    each = measure_missed(fit, pairs.select(np.zeros(len(fit), dtype=np.int64)))
    return min(zip(each.visits.tolist(), each.silent_days.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_no_month_misses_less(seed):
    rng = np.random.default_rng(seed)
    n = 30
    pairs = join(*(problem([[[540, 690], [840, 1020]]], np.zeros((2, 2)), days=7) for _ in range(n))).pairs
    due = rng.integers(0, 4, (n, 2))
    begin = rng.integers(0, 2, n)
    pairs = replace(
        pairs,
        fixed_kind=rng.choice([NONE, NONE, NONE, NONE, VISIT, CALL], (n, 7)).astype(np.int8),
        due=due,
        visits_due=np.minimum(due, rng.integers(0, 3, (n, 2))),
        max_gap=rng.integers(0, 4, n),
        last_contact=rng.choice([-1, -3, -(1 << 20)], n),
        on_programme=np.column_stack([begin, rng.integers(4, 7, n)]),
        least_visits=rng.integers(0, 4, n),
    )
    possible = rng.random((n, 7, 2)) < [0.3, 0.6]
    found = find_least_missed(pairs, WEEK, possible)
    expected = [search(pairs.select([row]), possible[[row]]) for row in range(n)]
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected
    assert len(set(expected)) > 5
