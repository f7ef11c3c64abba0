"""Schedules are as full as can be: held to a search over all schedules and to a model with clock times."""

from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model
from people import roster
from schedule_checker import dues, faults, gap, is_free, is_open, is_there, wants, windows

from matcher.horizon import Horizon
from matcher.roster.model import ANY_TIME
from matcher.schedule import months
from matcher.schedule.cadence import Cadence
from matcher.schedule.calendar import Calendar
from matcher.schedule.caseload import CONTACT, Caseload, score
from matcher.schedule.exact import Exact, best_plan
from matcher.schedule.limits import DayLimits
from matcher.schedule.openness import Openness
from matcher.schedule.planner import plan_visits
from matcher.schedule.visits import CALL, VISIT
from matcher.settings import Settings

HOURS = st.one_of(
    st.just(ANY_TIME),
    st.integers(1, ANY_TIME),
    st.tuples(*[st.integers(0, 13)] * 2).map(lambda bits: 1 << bits[0] | 1 << bits[1]),
    st.sampled_from([0b01_01_01_01_01, 0b11, 0b1111]),
)


def people_of(horizon):
    day = st.integers(0, horizon.days - 1).map(lambda i: horizon.start + timedelta(days=i))
    stamp = st.none() | day.map(pd.Timestamp)
    return {
        "availability": HOURS,
        "days_off": st.lists(day, max_size=2).map(tuple),
        "joined": st.one_of(st.none(), st.none(), stamp),
        "left": st.one_of(st.none(), st.none(), stamp),
    }


def worlds(horizon, elders, volunteers=1):
    base = people_of(horizon)
    per_week = st.none() | st.integers(0, 7).map(float)
    elder = st.fixed_dictionaries(base | {"contacts_per_week": per_week, "visits_per_month": per_week})
    volunteer = st.fixed_dictionaries(base)
    people = st.builds(
        roster, st.lists(elder, min_size=1, max_size=elders), st.lists(volunteer, min_size=1, max_size=volunteers)
    )
    days = st.lists(st.sampled_from(horizon.dates()), max_size=2).map(tuple)
    schedule = st.fixed_dictionaries(
        {
            "contacts_per_week": st.integers(0, 4),
            "visits_per_month": st.integers(0, 5),
            "min_gap_days": st.integers(1, 4),
            "max_contacts_per_day": st.integers(1, 4),
            "max_visits_per_day": st.integers(0, 3),
            "holidays": st.sampled_from(["skip", "keep"]),
            "weekends": st.booleans(),
            "closed_days": days,
            "morning": st.sampled_from(["09:00-10:00", "09:00-11:30", "09:00-09:30"]),
            "afternoon": st.sampled_from(["14:00-15:15", "14:00-17:00", "11:35-12:40", "10:30-12:00"]),
            "visit_min": st.sampled_from([45, 30, 15]),
            "call_min": st.sampled_from([15, 20, 45]),
            "between_min": st.sampled_from([0, 10, 15]),
        }
    )
    return st.tuples(people, schedule.map(lambda values: Settings.model_validate({"schedule": values})))


def planned(people, horizon, asked, partner):
    visits = plan_visits(people, np.arange(len(partner)), np.array(partner), horizon, asked)
    assert faults(people, dict(enumerate(partner)), horizon, asked, visits) == []
    return visits


def found(visits):
    return len(visits), int((visits.kind == VISIT).sum())


def choices(people, horizon, asked, elder):
    """For each date the half-days in which the elder and volunteer 0 can meet."""
    one, other, schedule = people.elders.loc[elder], people.volunteers.loc[0], asked.schedule
    return [
        [half for half in (0, 1) if is_free(one, day, half) and is_free(other, day, half)]
        if is_open(day, schedule) and is_there(one, day) and is_there(other, day)
        else []
        for day in horizon.dates()
    ]


def fits(contacts, schedule):
    """Whether one day's (half, kind) can be timed: as early as possible, the window that opens first first."""
    if len(contacts) > schedule.max_contacts_per_day:
        return False
    if sum(kind == VISIT for _, kind in contacts) > schedule.max_visits_per_day:
        return False
    clock = 0
    for (opens, closes), half in sorted(zip(windows(schedule), (0, 1), strict=True)):
        for kind in (kind for where, kind in contacts if where == half):
            start = max(clock, opens)
            end = start + (schedule.visit_min, schedule.call_min)[kind]
            if end > closes:
                return False
            clock = end + schedule.between_min
    return True


def most_by_search(people, horizon, asked):
    """The most contacts, then visits, of volunteer 0 with all elders: every schedule is tried."""
    count, schedule = len(people.elders), asked.schedule
    own = [wants(people.elders.loc[e], schedule) for e in range(count)]
    due = [dues(horizon, *own[e]) for e in range(count)]
    least = [gap(horizon, *own[e], schedule.min_gap_days) for e in range(count)]
    halves = [choices(people, horizon, asked, e) for e in range(count)]
    week_of = [w for w, week in enumerate(horizon.weeks()) for _ in range(week.days)]

    @cache
    def best(day, state):
        if day == horizon.days:
            return 0, 0
        if day and week_of[day] != week_of[day - 1]:
            state = tuple((wait, 0, 0) for wait, _, _ in state)
        options = []
        for e, (wait, contacts, visits) in enumerate(state):
            mine = [None]
            if not wait and contacts < due[e][week_of[day]][0]:
                mine += [(half, CALL) for half in halves[e][day]]
                mine += [(half, VISIT) for half in halves[e][day] if visits < due[e][week_of[day]][1]]
            options.append(mine)
        most = (0, 0)
        for today in product(*options):
            made = [contact for contact in today if contact]
            if fits(made, schedule):
                then = tuple(
                    (least[e] - 1, contacts + 1, visits + (today[e][1] == VISIT))
                    if today[e]
                    else (max(wait - 1, 0), contacts, visits)
                    for e, (wait, contacts, visits) in enumerate(state)
                )
                later = best(day + 1, then)
                visits_today = sum(kind == VISIT for _, kind in made)
                most = max(most, (later[0] + len(made), later[1] + visits_today))
        return most

    return best(0, ((0, 0, 0),) * count)


TINY = Horizon(date(2026, 10, 8), date(2026, 10, 16))  # holds a make-up workday and a week's end


@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(worlds(TINY, elders=3))
def test_as_many_as_a_search_over_all_schedules_finds(world):
    people, asked = world
    visits = planned(people, TINY, asked, [0] * len(people.elders))
    assert visits.unproven == 0
    assert found(visits) == most_by_search(people, TINY, asked)


def most_by_exact_model(people, horizon, asked):
    """What the exact model finds for volunteer 0 with all elders, with no plan to start from and no bound."""
    elder = np.arange(len(people.elders))
    volunteer = np.zeros_like(elder)
    calendar = Calendar.of(horizon, asked.schedule)
    own = np.array([wants(people.elders.loc[e], asked.schedule) for e in elder])
    caseload = Caseload(
        Openness.of(people, elder, volunteer, calendar).free,
        volunteer,
        Cadence.of(horizon, own[:, 0], own[:, 1], asked.schedule.min_gap_days),
        calendar.weekday,
        calendar.week,
        DayLimits.of(asked.schedule),
    )
    no_bound = len(elder) * horizon.days * (CONTACT + 1)
    exact = best_plan(caseload, caseload.empty_grid(), no_bound, 1.0)
    assert exact.proven
    return divmod(int(score(exact.grid).sum()), CONTACT)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(worlds(TINY, elders=3))
def test_the_exact_model_alone_finds_as_many(world):
    assert most_by_exact_model(world[0], TINY, world[1]) == most_by_search(world[0], TINY, world[1])


@pytest.mark.parametrize(("afternoon", "visits"), [("10:00-10:45", 2), ("09:59-10:44", 1)])
def test_the_exact_model_keeps_the_pause_between_windows(afternoon, visits):
    people = roster([{"availability": 0b01, "contacts_per_week": 1.0}, {"availability": 0b10}], [{}])
    schedule = {"morning": "09:00-09:45", "afternoon": afternoon, "contacts_per_week": 1, "visits_per_month": 1}
    week, asked = Horizon(date(2026, 12, 7), date(2026, 12, 13)), Settings.model_validate({"schedule": schedule})
    assert most_by_exact_model(people, week, asked) == (2, visits) == most_by_search(people, week, asked)


@pytest.mark.parametrize(
    ("hours", "schedule", "most"),
    [
        ([304, 281], {"morning": "09:00-10:00"}, (4, 4)),
        ([536, 20, 76], {"max_contacts_per_day": 2}, (5, 5)),
        ([276, 36, 196, 116], {}, (7, 7)),
    ],
)
def test_the_exact_model_serves_whom_the_quick_plan_leaves_short(monkeypatch, hours, schedule, most):
    people = roster([{"availability": mask} for mask in hours], [{}])
    asked = Settings.model_validate({"schedule": {"visits_per_month": 2, **schedule}})
    week, partner = Horizon(date(2026, 12, 7), date(2026, 12, 13)), [0] * len(hours)
    assert found(planned(people, week, asked, partner)) == most == most_by_search(people, week, asked)
    monkeypatch.setattr(months, "best_plan", lambda caseload, start, bound, effort: Exact(start, proven=True))
    assert found(planned(people, week, asked, partner)) < most


def most_by_clock(people, horizon, asked, elders):
    """The most contacts, then visits, of volunteer 0 with ``elders``: a model with a start time for each contact."""
    model, schedule = cp_model.CpModel(), asked.schedule
    contacts, all_visits, worth = [], [], 1000
    today, calls = defaultdict(list), defaultdict(list)
    for e in elders:
        own = wants(people.elders.loc[e], schedule)
        halves, here = choices(people, horizon, asked, e), {}
        for day, half, kind in ((d, h, k) for d, open_halves in enumerate(halves) for h in open_halves for k in (0, 1)):
            opens, closes = windows(schedule)[half]
            length = (schedule.visit_min, schedule.call_min)[kind]
            if closes - opens >= length:
                made = model.new_bool_var("")
                start = model.new_int_var(opens, closes - length, "")
                # the pause after a contact belongs to it
                size = length + schedule.between_min
                today[day].append(model.new_optional_fixed_size_interval_var(start, size, made, ""))
                here.setdefault(day, []).append((made, kind))
                calls[day].append((made, kind))
        contacts += [made for day in here.values() for made, _ in day]
        all_visits += [made for day in here.values() for made, kind in day if kind == VISIT]
        least = gap(horizon, *own, schedule.min_gap_days)
        for day in range(horizon.days):
            near = [made for d in range(day, day + least) for made, _ in here.get(d, [])]
            model.add(sum(near) <= 1)
        first = 0
        for week, (contacts_due, visits_due) in zip(horizon.weeks(), dues(horizon, *own), strict=True):
            mine = [item for d in range(first, first + week.days) for item in here.get(d, [])]
            model.add(sum(made for made, _ in mine) <= contacts_due)
            model.add(sum(made for made, kind in mine if kind == VISIT) <= visits_due)
            first += week.days
    for day, intervals in today.items():
        model.add_no_overlap(intervals)
        model.add(sum(made for made, _ in calls[day]) <= schedule.max_contacts_per_day)
        model.add(sum(made for made, kind in calls[day] if kind == VISIT) <= schedule.max_visits_per_day)
    model.maximize(worth * sum(contacts) + sum(all_visits))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return divmod(round(solver.objective_value), worth)


FORTNIGHT = Horizon(date(2026, 2, 12), date(2026, 3, 1))  # the Spring Festival, two make-up workdays


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(worlds(FORTNIGHT, elders=5))
def test_as_many_as_a_model_with_clock_times_finds(world):
    people, asked = world
    elders = list(range(len(people.elders)))
    visits = planned(people, FORTNIGHT, asked, [0] * len(elders))
    assert found(visits) == most_by_clock(people, FORTNIGHT, asked, elders)


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(worlds(Horizon.of_month("2026-10"), elders=9, volunteers=2), st.randoms(use_true_random=False))
def test_every_schedule_keeps_every_rule_whatever_the_order_of_pairs(world, random):
    people, asked = world
    horizon = Horizon.of_month("2026-10")
    partner = [random.randrange(len(people.volunteers)) for _ in range(len(people.elders))]
    visits = planned(people, horizon, asked, partner)
    order = np.array(random.sample(range(len(partner)), len(partner)), dtype=np.int64)
    again = plan_visits(people, order, np.array(partner)[order], horizon, asked)
    for name in ("elder", "volunteer", "day", "start_min", "end_min", "kind", "order_of_day"):
        assert np.array_equal(getattr(visits, name), getattr(again, name))
    assert visits.unscheduled == again.unscheduled


def crowded(count=6):
    """A volunteer of two half-days a week and elders who are free in one of them or both."""
    hours = [0b01, 0b01_00_01, 0b01_00_01, 0b01_00_00, 0b01_00_01, 0b01]
    elders = [{"availability": hours[i % 6], "contacts_per_week": 2.0, "visits_per_month": 6.0} for i in range(count)]
    return roster(elders, [{"availability": 0b01_00_01}])


def test_the_exact_model_is_asked_only_where_bounds_leave_doubt(monkeypatch):
    asked = []
    monkeypatch.setattr(months, "best_plan", lambda *args: asked.append(1) or pytest.fail("no model is needed"))
    plan_visits(roster([{}] * 5, [{}]), np.arange(5), np.zeros(5, dtype=np.int64), FORTNIGHT, Settings())
    assert asked == []


def test_running_out_of_effort_is_owned_up_to(monkeypatch):
    monkeypatch.setattr(months, "best_plan", lambda caseload, start, bound, effort: Exact(start, proven=False))
    partner = [0] * 6
    visits = planned(crowded(), FORTNIGHT, Settings(), partner)
    assert visits.unproven == 1


def test_no_effort_at_all_keeps_the_quick_plan(monkeypatch):
    monkeypatch.setattr(months, "_WEEK_EFFORT", 0.0)
    monkeypatch.setattr(months, "_MONTH_EFFORT", 0.0)
    quick = found(planned(crowded(), FORTNIGHT, Settings(), [0] * 6))
    monkeypatch.undo()
    assert found(planned(crowded(), FORTNIGHT, Settings(), [0] * 6)) >= quick
