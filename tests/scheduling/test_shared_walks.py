"""Visits to elders who share a home and a volunteer on the same days: more often than by chance, at nobody's cost."""

import random
from dataclasses import replace

import numpy as np

from matcher.matching import plan_from_pairs
from matcher.outputs import tables
from matcher.schedule import VISIT
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.schedule_month import schedule_month
from matcher.scheduling.shared_walks import count_joint_visits, find_joint_homes
from matcher.settings import changed
from matcher.verify import Case, Lists, Planning, Tables, verify
from tests.helpers.people import month, north, pairs


def home(number):
    return {"building": f"b{number}", "address": f"零陵路{number + 1}号101室"}


def make_month(seed):
    """Two volunteers, each with a home of two and an elder alone, all with hours of their own."""
    rng = random.Random(seed)

    def hours():
        return sum(1 << half for half in range(14) if rng.random() < 0.6)

    elders = [north(100 * number) | home(number) | {"availability": hours()} for number in (0, 1) for _ in (0, 1)]
    elders += [north(rng.randint(0, 400)) | {"availability": hours()} for _ in (0, 1)]
    volunteers = [north(0) | {"availability": hours()}, north(300) | {"availability": hours()}]
    keep = {"schedule": {"visits_per_week": rng.choice([1, 2]), "contacts_per_week": rng.choice([2, 3])}}
    two = pairs((0, 0), (1, 0), (4, 0), (2, 1), (3, 1), (5, 1))
    return month(
        elders, volunteers, previous=two, household={"mode": "soft"}, new_pair={"accompanied": False}, **keep
    ), two


def count_held(schedule, m):
    """What each elder has, kind by kind."""
    return np.bincount(2 * schedule.elder + (schedule.kind == VISIT), minlength=2 * m.n_elders).tolist()


def plan_both(seed):
    m, two = make_month(seed)
    nothing = EarlierContacts.none()
    off = replace(m, settings=changed(m.settings, {"household.mode": "off"}))
    plans = [plan_from_pairs(each, two) for each in (m, off)]
    return plans[0], *(schedule_month(plan, nothing) for plan in plans)


def find_broken(plan, schedule):
    """The rules that the verifier finds broken: none by the walks."""
    m, people = plan.month, tables.PeopleNames.of(plan.month.roster)
    two = tables.make_pairs_frame(plan, people)[["elder_id", "volunteer_id"]]
    visits, unscheduled = (make(schedule, people) for make in (tables.make_visits_frame, tables.make_unscheduled_frame))
    case = Case(
        m.roster,
        m.horizon,
        m.settings,
        Tables(two, visits, unscheduled=unscheduled),
        Lists(m.previous),
        Planning(first_visits=False),
    )
    return sorted({(one.rule, one.elder_id) for one in verify(case).violations})


def test_visits_are_joined_and_nobody_loses_any():
    more = 0
    for seed in range(6):
        plan, on, off = plan_both(seed)
        m, homes = plan.month, find_joint_homes(plan)
        assert [plan.elder[rows].tolist() for rows in homes] == [[0, 1], [2, 3]]
        assert count_held(on, m) == count_held(off, m)
        assert sum(row.missing for row in on.unscheduled) == sum(row.missing for row in off.unscheduled)
        joined = count_joint_visits(plan, on, homes) - count_joint_visits(plan, off, homes)
        assert joined >= 0
        more += joined
        assert find_broken(plan, on) == find_broken(plan, off)
    assert more > 0
