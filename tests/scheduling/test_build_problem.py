"""People become arrays: fixed contacts, places and limits."""

import numpy as np

from matcher.demand.demand import Demand
from matcher.schedule import CALL, VISIT, Schedule
from matcher.scheduling.build_problem import ProblemTemplate, make_limits, make_objective
from matcher.settings import Settings
from matcher.timetable.problem import NONE, Fixed
from tests.helpers.people import DECEMBER, north, roster


def contacts(*rows):
    """Elder, volunteer, day of December (or of November, below 1), start, end, kind."""
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6).T
    day = np.datetime64("2026-12-01") + (columns[2] - 1)
    return Schedule(columns[0], columns[1], day, columns[3], columns[4], columns[5], np.ones(len(rows), dtype=np.int64))


def template(people, elder, volunteer):
    elder, volunteer = np.array(elder), np.array(volunteer)
    demand = Demand.compute_usual(people, elder, DECEMBER, Settings())
    return ProblemTemplate.build(people, elder, volunteer, DECEMBER, Settings(), demand)


def test_fixed_contacts_fill_the_days_of_elder_and_volunteer():
    people = roster([north(100 * i) for i in range(4)], [{}, {}, {}])
    pairs = template(people, [0, 2, 1], [0, 0, 1])
    problem = pairs.add_fixed(
        contacts(
            (2, 0, 3, 540, 585, VISIT),
            (3, 0, 2, 900, 945, VISIT),  # nobody's pair: a place more
            (1, 2, 5, 600, 615, CALL),  # of a pair's elder, by a volunteer without pairs
            (0, 0, 0, 600, 615, CALL),  # the day before the month
        )
    )
    assert problem.fixed.tolist() == [[1, 900, 945, VISIT, 3, 1], [2, 540, 585, VISIT, 2, 0]]
    assert problem.fixed_start.tolist() == [0, 2, 2]
    assert problem.places.tolist() == [4, 2]
    kinds = {(e, d): problem.pairs.fixed_kind[e, d] for e, d in np.argwhere(problem.pairs.fixed_kind != NONE).tolist()}
    assert kinds == {(1, 2): VISIT, (2, 4): CALL}
    for e, d in kinds:
        assert not problem.pairs.allowed[e, d].any()
    assert problem.pairs.allowed.sum() == pairs.pairs.allowed.sum() - 2 * len(kinds)
    assert problem.fixed[:, Fixed.KIND].tolist() == [VISIT, VISIT]


def test_some_of_the_pairs_are_a_problem_of_their_own():
    people = roster([north(100 * i) for i in range(4)], [{}, {}])
    whole = template(people, [0, 1, 2, 3], [0, 0, 1, 1])
    part = whole.select(np.array([2, 3])).add_fixed(Schedule.empty())
    own = template(people, [2, 3], [1, 1]).add_fixed(Schedule.empty())
    assert np.array_equal(part.travel_min, own.travel_min)
    assert np.array_equal(part.pairs.allowed, own.pairs.allowed)
    assert part.pair_start.tolist() == own.pair_start.tolist() == [0, 2]


def test_numbers_of_the_settings_enter_as_they_are():
    settings = Settings.model_validate(
        {
            "schedule": {
                "max_contacts_per_day": 5,
                "max_visits_per_day": 2,
                "max_minutes_per_day": 99,
                "visit_min": 40,
            },
            "worth": {"habit": 1, "even": 2, "close": 3, "long_gap": 4, "alternate": 5, "walking": 6},
        }
    )
    limits = make_limits(settings.schedule)
    assert limits._asdict() == {
        "contacts": 5,
        "visits": 2,
        "minutes": 99,
        "pause_min": settings.schedule.between_min,
        "visit_min": 40,
        "call_min": settings.schedule.call_min,
    }
    worth = make_objective(settings.worth)
    assert (worth.weekly_pattern, worth.uneven, worth.close, worth.long_gap, worth.repeat, worth.walking) == (
        1,
        2,
        3,
        4,
        5,
        6,
    )
