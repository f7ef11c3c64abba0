"""Problems: parts of them, and all weekly patterns."""

from math import comb

import numpy as np

from matcher.timetable.problem import enumerate_weekly_patterns
from matcher.timetable.solve import solve_timetable
from tests.helpers.timetables import problem


def test_weekly_patterns_are_all_there_are_each_once():
    patterns, start = enumerate_weekly_patterns()
    assert len({tuple(row) for row in patterns.tolist()}) == len(patterns) == start[-1]
    for contacts in range(8):
        for visits in range(8):
            rows = patterns[start[8 * contacts + visits] : start[8 * contacts + visits + 1]]
            assert len(rows) == (comb(7, contacts) * comb(contacts, visits) if visits <= contacts else 0)
            for days, of_them in rows.tolist():
                assert days.bit_count() == contacts
                assert of_them.bit_count() == visits
                assert of_them & ~days == 0


def test_a_part_is_planned_as_the_whole_is():
    one = problem([[(540, 690), (840, 1020)]] * 2, np.ones((3, 3)) * 5, days=7, due=2)
    part = one.select_volunteers(0, 1)
    whole, again = (solve_timetable(each, lambda _: None, 1) for each in (one, part))
    assert np.array_equal(whole.grid, again.grid)
    assert (whole.grid >= 0).sum(axis=1).tolist() == [2, 2]
    assert whole.points <= whole.bound
