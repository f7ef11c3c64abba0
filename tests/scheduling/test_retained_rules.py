"""What may stay by the planner's own rules, against the checker's word on the same contacts, on random months."""

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from matcher.demand.demand import Demand
from matcher.matching import plan_from_pairs
from matcher.outputs import tables
from matcher.roster.model import ANY_TIME
from matcher.schedule import CALL, VISIT, Schedule
from matcher.scheduling.retained import find_retainable_contacts
from matcher.verify import Case, Lists, Planning, Tables, verify
from tests.helpers import people
from tests.helpers.effort import some
from tests.helpers.people import DECEMBER

OF_A_DAY = {"day_full", "overlap", "walk_time"}
OF_A_CONTACT = {
    *("never", "visit_without_pair", "absent", "closed_day", "availability", "window", "duration", "same_day"),
    *("wrong_amount", "dates", "sex", "distance", "no_place", "common_time", "stairs"),
}
ELDERS, VOLUNTEERS = 9, 3


def random_month(rng):
    """A month with all that may forbid a contact, and its plan."""

    def person():
        clock = rng.choice(["", "", "", "1:570-690", "2:840-1000,3:540-600"])
        mask = ANY_TIME if rng.random() < 0.8 else rng.getrandbits(14)
        for item in filter(None, clock.split(",")):
            day, start = item.split(":")[0], int(item.split(":")[1].split("-")[0])
            mask |= 1 << (2 * int(day) + (start >= 720))
        off = tuple(date(2026, 12, day) for day in rng.sample(range(1, 32), 2))
        home = {} if rng.random() < 0.7 else {"lat": np.nan, "lng": np.nan, "lane": rng.choice(["一弄", "二弄"])}
        joined = date(2026, 12, 4) if rng.random() < 0.2 else pd.NaT
        about = {"availability": mask, "clock": clock, "days_off": off, "joined": joined}
        about |= {"wanted_sex": rng.choice(["", "", "male"]), "sex": rng.choice(["male", "male", "female"])}
        about |= {"status": "left"} if rng.random() < 0.1 else {}
        about |= {"floor": 3.0, "lift": "no", "max_floor": rng.choice([2.0, np.nan, np.nan])}
        return people.north(rng.choice([0, 40, 300, 700])) | about | home

    schedule = {
        "max_contacts_per_day": rng.choice([2, 4, 9]),
        "max_visits_per_day": rng.choice([1, 3, 6]),
        "max_minutes_per_day": rng.choice([130, 200, 240, 600]),
        "between_min": rng.choice([0, 0, 15]),
        "afternoon": rng.choice(["13:30-17:00", "11:00-17:00", "13:30-16:00"]),
        "walking_m_per_s": rng.choice([0.4, 1.0]),
        "weekends": rng.random() < 0.5,
        "closed_days": [date(2026, 12, rng.randint(1, 31))],
    }
    surge = {"days": rng.choice(["", "2026-12-02:2026-12-09"]), "calls_at_any_time": rng.random() < 0.5}
    month = people.month(
        [person() for _ in range(ELDERS)], [person() for _ in range(VOLUNTEERS)], schedule=schedule, surge=surge
    )
    month = replace(month, never=people.pairs(*((elder, elder % VOLUNTEERS) for elder in range(4))))
    pairs = [(elder, rng.randrange(VOLUNTEERS)) for elder in range(ELDERS) if rng.random() < 0.9]
    return month, plan_from_pairs(month, people.pairs(*pairs))


def random_contacts(rng, plan):
    """Contacts as hands may have written them, by volunteer, day and time."""
    rows = []
    for elder in range(ELDERS):
        for day in [day for day in range(12) for _ in range(rng.choice([0, 1, 1, 1 + (rng.random() < 0.06)]))]:
            own = int(plan.volunteer_of[elder])
            who = own if own >= 0 and rng.random() < 0.85 else rng.randrange(VOLUNTEERS)
            stands_in_for = own if who != own and rng.random() < 0.7 else who if rng.random() < 0.02 else -1
            kind = rng.choice([VISIT, CALL])
            start = rng.choice([540, 585, 600, 615, 630, 645, 660, 675, 810, 825, 855, 900, 915, 930, 975])
            lasts = (45 if kind == VISIT else 15) + rng.choice([0] * 12 + [5])
            rows.append((elder, who, day, start, start + lasts, kind, stands_in_for))
    rows.sort(key=lambda row: (row[1], row[2], row[3], row[4], row[0]))
    columns = np.array(rows, dtype=np.int64).T
    day = np.datetime64(DECEMBER.start) + columns[2]
    return Schedule(*columns[:2], day, *columns[3:6], columns[0], stands_in_for=columns[6]).number_contacts()


def find_by_checker(plan, contacts, standing):
    """The same by what ``verify`` says: all that it has something against goes, again and again.

    Places in the day are numbered anew in the end.
    """
    month = plan.month
    shown = tables.PeopleNames.of(month.roster)
    frame = tables.make_visits_frame(contacts, shown).assign(row=np.arange(2, 2 + len(contacts)), standing=standing)
    frame = frame[standing | (plan.volunteer_of[contacts.elder] >= 0)]  # of others the planner keeps nothing
    pairs = tables.make_pairs_frame(plan, shown)[["elder_id", "volunteer_id"]]
    while True:
        written, lists = Tables(pairs, frame), Lists(never=month.never)
        planning = Planning(kept=frame[frame["standing"]], surge_calls=False)
        judged = verify(Case(month.roster, month.horizon, month.settings, written, lists, planning))
        broken = [one for one in (*judged.violations, *judged.notes) if one.what != "order_of_day"]
        days = {(one.volunteer_id, one.date) for one in broken if one.rule in OF_A_DAY}
        own = {(one.elder_id, one.date) for one in broken if one.rule in OF_A_CONTACT}
        dates = frame["date"].dt.date
        faulty = [
            (volunteer, day) in days or (elder, day) in own
            for elder, volunteer, day in zip(frame["elder_id"], frame["volunteer_id"], dates, strict=True)
        ]
        stays = frame["standing"] | ~np.array(faulty, dtype=bool)
        if stays.all():
            return np.isin(np.arange(2, 2 + len(contacts)), frame.loc[~frame["standing"], "row"])
        frame = frame[stays]


def ask_any_demand(plan):
    """Demand that no number of contacts exceeds."""
    demand = Demand.compute_usual(plan.month.roster, plan.elder, DECEMBER, plan.month.settings)
    many = np.full_like(demand.contacts, 99)
    return replace(demand, contacts=many, visits=many), np.zeros(many.shape, dtype=bool)


@pytest.mark.parametrize("seed", range(some(25)))
def test_the_planner_and_the_checker_agree_on_what_may_stay(seed):
    rng = random.Random(seed)
    month, plan = random_month(rng)
    contacts = random_contacts(rng, plan)
    standing = np.asarray(contacts.day < np.datetime64(month.horizon.start + timedelta(days=rng.choice([0, 0, 3]))))
    demand, first_week = ask_any_demand(plan)
    may_stay = find_retainable_contacts(plan, contacts, demand, standing, first_week)
    assert may_stay.tolist() == find_by_checker(plan, contacts, standing).tolist()


def test_random_months_hold_contacts_that_stay_and_contacts_that_go():
    kept = []
    for seed in range(some(20)):
        rng = random.Random(seed)
        _, plan = random_month(rng)
        contacts = random_contacts(rng, plan)
        demand, first_week = ask_any_demand(plan)
        kept.append(find_retainable_contacts(plan, contacts, demand, np.zeros(len(contacts), dtype=bool), first_week))
    share = np.concatenate(kept).mean()
    assert 0.05 < share < 0.95


@pytest.mark.parametrize(
    ("schedule", "rows", "stays"),
    [
        # 600 m are 13 minutes: walk, call and walk don't fit between two visits of different homes
        ({"between_min": 0}, [(0, 540, 585, VISIT), (2, 590, 605, CALL), (1, 612, 657, VISIT)], False),
        ({"between_min": 0}, [(0, 540, 585, VISIT), (2, 590, 605, CALL), (1, 613, 658, VISIT)], True),
        # a morning and an afternoon are two ways from home and back: 4 * 13 + 2 * 45 minutes
        ({"max_minutes_per_day": 141}, [(1, 540, 585, VISIT), (3, 840, 885, VISIT)], False),
        ({"max_minutes_per_day": 142}, [(1, 540, 585, VISIT), (3, 840, 885, VISIT)], True),
        # a visit that both windows hold is one of the morning
        ({"max_minutes_per_day": 116, "afternoon": "10:00-17:00"}, [(1, 540, 585, VISIT), (3, 600, 645, VISIT)], True),
        ({"max_minutes_per_day": 115, "afternoon": "10:00-17:00"}, [(1, 540, 585, VISIT), (3, 600, 645, VISIT)], False),
    ],
)
def test_walks_of_a_day_count_as_the_checker_counts_them(schedule, rows, stays):
    elders = [people.north(metres) for metres in (0, 600, 0, 600)]
    month = people.month(elders, [{}], schedule={"walking_m_per_s": 1.0, **schedule})
    plan = plan_from_pairs(month, people.pairs(*((elder, 0) for elder in range(4))))
    elder, start, end, kind = np.array(rows, dtype=np.int64).T
    day = np.full(len(rows), np.datetime64("2026-12-08"))
    contacts = Schedule(elder, np.zeros_like(elder), day, start, end, kind, np.arange(1, len(rows) + 1))
    nothing = np.zeros(len(rows), dtype=bool)
    demand, first_week = ask_any_demand(plan)
    may_stay = find_retainable_contacts(plan, contacts, demand, nothing, first_week)
    assert may_stay.tolist() == find_by_checker(plan, contacts, nothing).tolist() == [stays] * len(rows)
