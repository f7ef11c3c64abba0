"""Reasons why an elder falls below a floor, each held to searching for a better month without it, and with it."""

import json
from datetime import date

import numpy as np
import pytest

from matcher.demand.demand import Demand
from matcher.horizon import Horizon
from matcher.roster.model import ANY_TIME
from matcher.schedule import CALL, VISIT
from matcher.scheduling.below_floor import find_below_floor
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import Settings
from tests.helpers.effort import long
from tests.helpers.office import Office
from tests.helpers.people import roster
from tests.helpers.schedule_checker import dues, free_minutes, is_open, is_there

WEEKS = Horizon(date(2026, 10, 2), date(2026, 10, 18))  # holidays, a make-up workday, week's ends
HOURS = [ANY_TIME, 0b11, 0b1100, 0b11000011, 0b0100_0000_0001, 0b10_00_00_01_00]


def draw_month(seed):
    """Elders of one volunteer, who has too little time for them."""
    rng = np.random.default_rng(seed)

    def draw_person():
        first, length = rng.integers(0, WEEKS.days), rng.choice([0, 0, 2, 8])
        days = tuple(WEEKS.dates())[first : first + length]
        return {"availability": int(rng.choice(HOURS)), "days_off": days}

    elders = [draw_person() | {"contacts_per_week": float(rng.choice([0.5, 1, 2, 7]))} for _ in range(4)]
    schedule = {"max_gap_days": int(rng.integers(1, 6)), "max_contacts_per_day": int(rng.integers(1, 3))}
    schedule |= {"min_visits_per_month": int(rng.integers(0, 3)), "weekends": bool(rng.random() < 0.5)}
    return roster(elders, [draw_person()]), Settings.model_validate({"schedule": schedule})


def search(due, can, gap, least):
    """Return what the best month of one elder misses, visits before silence; ``can`` has the kinds of each day."""
    ways = {(-1, 0, 0, 0): 0}  # last contact, contacts and visits of the week, visits of the month: days of silence
    weeks = [number for number, week in enumerate(WEEKS.weeks()) for _ in range(week.days)]
    for day, week in enumerate(weeks):
        if day and week != weeks[day - 1]:
            fresh = {}
            for (last, _, _, all_visits), silent in ways.items():
                key = last, 0, 0, all_visits
                fresh[key] = min(silent, fresh.get(key, silent))
            ways = fresh
        for (last, contacts, visits, all_visits), silent in list(ways.items()):
            for kind in can[day]:
                key = (day, contacts + 1, visits + (kind == VISIT), all_visits + (kind == VISIT))
                if key[1] <= due[week][0] and key[2] <= due[week][1]:
                    value = silent + max(day - last - 1 - gap, 0)
                    ways[key] = min(value, ways.get(key, value))
    ends = ((max(least - way[3], 0), silent + max(len(weeks) - 1 - way[0] - gap, 0)) for way, silent in ways.items())
    return min(ends)


def list_days(people, elder, schedule, without):
    """The kinds of contact that each day can hold, restrictions ``without`` left out."""
    one, other = people.elders.loc[elder], people.volunteers.loc[0]
    lengths = ((VISIT, schedule.visit_min), (CALL, schedule.call_min))
    can = []
    for day in WEEKS.dates():
        there = "absent" in without or (is_there(one, day) and is_there(other, day))
        opened = "closed" in without or is_open(day, schedule)
        free = [free_minutes(one, day, half, schedule) & free_minutes(other, day, half, schedule) for half in (0, 1)]
        kinds = [
            kind
            for kind, length in lengths
            if "no_common_half_day" in without or any(len(minutes) >= length for minutes in free)
        ]
        can.append(kinds if there and opened else [])
    return can


REASONS = ["day_full", "no_common_half_day", "closed", "absent"]


def test_without_its_reason_and_those_before_it_less_would_be_missed_and_with_it_no_less():
    told = set()
    for seed in range(25):
        people, settings = draw_month(seed)
        n, schedule = len(people.elders), settings.schedule
        elder, volunteer = np.arange(n), np.zeros(n, dtype=np.int64)
        due = Demand.compute_usual(people, elder, WEEKS, settings)
        made = plan_visits(people, elder, volunteer, WEEKS, settings, demand=due)
        template = ProblemTemplate.build(people, elder, volunteer, WEEKS, settings, due)
        free = np.ones((n, WEEKS.days), dtype=bool)
        for row in find_below_floor(template, template.add_fixed(made), free, free):
            asked = dues(people.elders.loc[row.elder], WEEKS, schedule)
            least = min(schedule.min_visits_per_month, sum(visits for _, visits in asked))
            missed = row.visits_missing, row.silent_days
            for number, reason in enumerate(REASONS):
                can = list_days(people, row.elder, schedule, REASONS[: number + 1])
                better = search(asked, can, int(template.pairs.max_gap[row.elder]), least) < missed
                assert better == (reason == row.reason), (seed, row, reason)
                if better:
                    break
            else:
                assert row.reason == "seldom_due"
            told.add(row.reason)
    assert told >= {*REASONS}


def below_floor(folder):
    rows = json.loads((folder / "summary.json").read_text("utf-8-sig"))["schedule"]["below_floor"]
    return [(row["elder_id"], row["silent_days"], row["reason"]) for row in rows]


@pytest.fixture
def office(tmp_path):
    """An elder whom the volunteer meets on Mondays, or else on Thursdays; never nine days without."""
    office = Office(tmp_path, elders=1, volunteers=1)
    office.change("elders", "E1", contacts_per_week="每周1次")
    office.change("volunteers", "V1", availability="周一上午、周四上午")
    return office


GAP = ("--set", "schedule.max_gap_days=8", "--set", "new_pair.contacts_per_week=1")


@pytest.mark.parametrize("start", [*long("2026-12-01"), "2026-12-08"])
def test_what_was_agreed_is_told_as_such(office, start):
    """The day of a contact is closed; a contact of the week before would have to move as well."""
    month = office.month("2026-12", *GAP)
    closed = "--set", 'schedule.closed_days=["2026-12-14"]'
    out = office.go_on("schedule", month, "--from", start, *closed, *GAP)
    assert below_floor(month) == []
    assert below_floor(out) == [("E1", 1, "agreed")]
    assert below_floor(office.go_on("schedule", out, "--from", start, *closed, *GAP)) == [("E1", 1, "agreed")]


def test_days_on_which_nothing_is_planned_anew_are_no_full_days(office):
    """Nobody stands in for the volunteer, who is there on Thursday and has nobody else."""
    month = office.month("2026-12", *GAP)
    away = "--volunteer", "V1", "--from", "2026-12-14", "--to", "2026-12-14"
    out = office.go_on("substitute", month, *away, *GAP)
    assert below_floor(out) == [("E1", 5, "agreed")]
