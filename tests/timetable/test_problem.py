"""Problems: parts of them, and all weekly patterns."""

from math import comb

import numpy as np

from matcher.timetable.problem import VISIT, enumerate_weekly_patterns
from matcher.timetable.solve import list_contacts, solve_timetable
from tests.helpers.timetables import join, problem


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


def test_volunteers_are_planned_alone_as_they_are_beside_others():
    windows, fixed = [(540, 690), (840, 1020)], [(0, 540, 585, VISIT, 1, 0)]
    near = problem([windows] * 2, np.ones((3, 3)) * 5, days=7, due=2)
    far = problem([windows] * 3, np.arange(16).reshape(4, 4) % 7 * 9, days=7, due=3, fixed=fixed)
    last = problem([windows], np.ones((2, 2)), days=7)
    alone = [solve_timetable(each, lambda _: None, 1) for each in (near, far, last)]
    both = join(near, far, last)
    whole = solve_timetable(both, lambda _: None, 1)
    assert np.array_equal(whole.grid, np.concatenate([each.grid for each in alone]))
    assert whole.points.tolist() == [int(each.points[0]) for each in alone]
    assert (whole.points <= whole.bound).all()
    for v, each in enumerate((near, far, last)):
        part = both.select_volunteers(v, v + 1)
        assert part.travel_start.tolist() == each.travel_start.tolist()
        assert list_contacts(part, alone[v].grid).tolist() == list_contacts(each, alone[v].grid).tolist()
