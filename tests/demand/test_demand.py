"""What is due in place of the usual: surges, calls only, some days only."""

from datetime import date

import numpy as np
import pytest

from matcher.demand.demand import Demand
from matcher.horizon import Horizon
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import Settings
from tests.helpers.people import DECEMBER, roster

ELDERS = np.arange(2)


def usual(people=None, horizon=DECEMBER):
    people = people or roster([{}, {"contacts_per_week": 0.0}], [{}])
    return people, Demand.compute_usual(people, ELDERS, horizon, Settings())


def days(*numbers):
    return np.isin(np.arange(1, 32), numbers)


def test_a_surge_adds_a_contact_a_day_and_leaves_the_visits():
    _, before = usual()
    after = before.with_daily(days(8, 9, 10, 11), (600, 960))
    assert before.contacts[0].tolist() == [2, 2, 2, 2, 1]
    assert after.contacts[0].tolist() == [2, 5, 2, 2, 1]  # three days of the week are left for 2 * 3/7, rounded
    assert (after.visits == before.visits).all()
    assert not after.contacts[1].any()
    assert not after.daily[1].any()
    assert after.no_visit_min[7:11].tolist() == [[600, 960]] * 4
    assert not after.no_visit_min[:7].any()


def test_calls_only_leaves_the_visits_for_which_days_are_left():
    _, before = usual()
    assert before.visits[0].tolist() == [1, 1, 1, 1, 1]
    after = before.calls_only(np.array([day >= 7 for day in range(1, 32)]))
    assert after.visits[0].tolist() == [1, 0, 0, 0, 0]
    assert (after.contacts == before.contacts).all()


def test_calls_stand_in_for_visits():
    people, before = usual()
    visits = plan_visits(
        people, ELDERS, np.zeros(2, dtype=np.int64), DECEMBER, Settings(), demand=before.calls_only(days(*range(1, 32)))
    )
    assert len(visits) == 9
    assert set(visits.kind.tolist()) == {1}
    assert visits.unscheduled == ()


def test_nothing_is_planned_on_other_days():
    people, before = usual()
    visits = plan_visits(
        people, ELDERS, np.zeros(2, dtype=np.int64), DECEMBER, Settings(), demand=before.only_on(days(9, 10))
    )
    assert set(visits.day.tolist()) <= {date(2026, 12, 9), date(2026, 12, 10)}
    assert sum(row.missing for row in visits.unscheduled) == 9 - len(visits)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_rows_are_those_of_the_pairs(order):
    people = roster([{}, {}], [{}])
    demand = Demand.compute_usual(people, np.array(order), DECEMBER, Settings()).calls_only(
        np.array([[True] * 31, [False] * 31])
    )
    visits = plan_visits(people, np.array(order), np.zeros(2, dtype=np.int64), DECEMBER, Settings(), demand=demand)
    assert set(visits.elder[visits.kind == 0].tolist()) == {order[1]}


def test_a_horizon_may_be_any_dates():
    _, demand = usual(horizon=Horizon(date(2026, 12, 3), date(2026, 12, 9)))
    assert demand.contacts.shape == (2, 2)
