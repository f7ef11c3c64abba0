"""Schedules are as full as can be: held to a search over all schedules; their points to an exact model's."""

from datetime import date, timedelta
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.schedule import FIRST, Exact
from matcher.compiling import choose_form
from matcher.horizon import Horizon
from matcher.roster.model import ANY_TIME
from matcher.schedule import CALL, VISIT
from matcher.scheduling import timetabling
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import Settings
from matcher.timetable import exact_month, month_search, solve
from matcher.timetable.floors import bound_missed, measure_missed, sum_by_rank
from matcher.timetable.problem import NONE
from tests.helpers.effort import some
from tests.helpers.people import north, roster
from tests.helpers.schedule_checker import dues, faults, free_minutes, is_open, is_there, walk

HOURS = st.one_of(
    st.just((ANY_TIME, "")),
    st.tuples(st.integers(1, ANY_TIME), st.just("")),
    st.tuples(*[st.integers(0, 13)] * 2).map(lambda bits: (1 << bits[0] | 1 << bits[1], "")),
    st.sampled_from(
        [(0b01_01_01_01_01, ""), (0b11, ""), (0b1111, "0:540-600,0:610-690"), (0b11, "0:560-650,0:840-960")]
    ),
)


def people_of(horizon):
    day = st.integers(0, horizon.days - 1).map(lambda i: horizon.start + timedelta(days=i))
    stamp = st.none() | day.map(pd.Timestamp)
    return {
        "hours": HOURS,
        "metres": st.sampled_from([0, 0, 300, 700]),
        "days_off": st.lists(day, max_size=2).map(tuple),
        "joined": st.one_of(st.none(), st.none(), stamp),
        "left": st.one_of(st.none(), st.none(), stamp),
    }


def person(told):
    (mask, clock), metres = told.pop("hours"), told.pop("metres")
    return told | north(metres) | {"availability": mask, "clock": clock}


def worlds(horizon, elders, volunteers=1):
    base = people_of(horizon)
    per_week = st.none() | st.sampled_from([0.0, 0.5, 0.7, 1.0, 2.0, 3.0, 7.0])
    risk = st.sampled_from(["", "low", "high"])
    elder = st.fixed_dictionaries(
        base | {"contacts_per_week": per_week, "visits_per_month": st.none() | st.just(2.0), "risk": risk}
    ).map(person)
    volunteer = st.fixed_dictionaries(base).map(person)
    people = st.builds(
        roster, st.lists(elder, min_size=1, max_size=elders), st.lists(volunteer, min_size=1, max_size=volunteers)
    )
    days = st.lists(st.sampled_from(horizon.dates()), max_size=2).map(tuple)
    schedule = st.fixed_dictionaries(
        {
            "contacts_per_week": st.integers(0, 4),
            "visits_per_week": st.integers(0, 2),
            "max_gap_days": st.integers(1, 6),
            "max_minutes_per_day": st.sampled_from([240, 100, 60]),
            "max_contacts_per_day": st.integers(1, 4),
            "max_visits_per_day": st.integers(0, 3),
            "holidays": st.sampled_from(["skip", "keep", "add"]),
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
    """For each date what the elder and volunteer 0 can have: half-day, kind, and the spans of minutes for it."""
    one, other, schedule = people.elders.loc[elder], people.volunteers.loc[0], asked.schedule
    out = []
    for day in horizon.dates():
        today = []
        if is_open(day, schedule) and is_there(one, day) and is_there(other, day):
            for half in (0, 1):
                minutes = free_minutes(one, day, half, schedule) & free_minutes(other, day, half, schedule)
                for span in spans(minutes):
                    for kind, length in ((VISIT, schedule.visit_min), (CALL, schedule.call_min)):
                        if span[1] - span[0] >= length:
                            today.append((half, kind, span))
        out.append(today)
    return out


def spans(minutes):
    starts = sorted(m for m in minutes if m - 1 not in minutes)
    ends = sorted(m + 1 for m in minutes if m + 1 not in minutes)
    return list(zip(starts, ends, strict=True))


def fits(contacts, people, asked):
    """Whether one day's (elder, half, kind, span) can be done in some order."""
    schedule = asked.schedule
    visits = [c for c in contacts if c[2] == VISIT]
    if len(contacts) > schedule.max_contacts_per_day or len(visits) > schedule.max_visits_per_day:
        return False
    lengths = (schedule.visit_min, schedule.call_min)
    busy = sum(lengths[kind] for _, _, kind, _ in contacts)
    home = people.volunteers.loc[0]
    for order in permutations(contacts):
        clock, before, half_before, walked, ok = None, None, None, 0, True
        for elder, half, kind, (opens, closes) in order:
            who, pause = people.elders.loc[elder], schedule.between_min
            if kind == VISIT:
                if before is None:
                    walked += ceil_min(home, who, asked)
                elif half == half_before:
                    walked += ceil_min(before, who, asked)
                else:
                    walked += ceil_min(before, home, asked) + ceil_min(home, who, asked)
                if before is not None:
                    pause = max(pause, ceil_min(before, who, asked))
            start = opens if clock is None else max(opens, clock + pause)
            clock = start + lengths[kind]
            ok = ok and clock <= closes
            if kind == VISIT:
                before, half_before = who, half
        if before is not None:
            walked += ceil_min(before, home, asked)
        if ok and busy + walked <= schedule.max_minutes_per_day:
            return True
    return False


def ceil_min(one, other, asked):
    return int(np.ceil(walk(one, other, asked) - 1e-6))


def most_by_search(people, horizon, asked):
    """The most contacts, then visits, of volunteer 0 with all elders: every schedule is tried."""
    count, total = len(people.elders), (0, 0)
    due = [dues(people.elders.loc[e], horizon, asked.schedule) for e in range(count)]
    can = [choices(people, horizon, asked, e) for e in range(count)]
    first = 0
    for w, week in enumerate(horizon.weeks()):
        days = range(first, first + week.days)
        first += week.days
        states = {tuple(due[e][w] for e in range(count)): (0, 0)}
        for day in days:
            ways = {}
            for today in product(*([None, *can[e][day]] for e in range(count))):
                kinds = tuple(None if c is None else c[1] for c in today)
                made = [(e, *c) for e, c in enumerate(today) if c]
                if kinds not in ways and fits(made, people, asked):
                    ways[kinds] = (len(made), sum(c[2] == VISIT for c in made))
            after = {}
            for state, held in states.items():
                for kinds, gain in ways.items():
                    left = tuple(
                        (c - (k is not None), v - (k == VISIT)) for (c, v), k in zip(state, kinds, strict=True)
                    )
                    if all(c >= 0 and v >= 0 for c, v in left):
                        sums = (held[0] + gain[0], held[1] + gain[1])
                        after[left] = max(after.get(left, (0, 0)), sums)
            states = after
        best = max(states.values())
        total = (total[0] + best[0], total[1] + best[1])
    return total


def without_floors(asked=None):
    """The settings where no floor is missed, so that contacts come first."""
    schedule = {"max_gap_days": 62, "max_gap_days_by_risk": {}, "min_visits_per_month": 0}
    asked = asked or Settings()
    return asked.model_copy(update={"schedule": asked.schedule.model_copy(update=schedule)})


def best_by_search(people, horizon, asked, pairs):
    """The best that volunteer 0 can do: floors by rank, contacts, visits; every schedule is tried, day by day.

    ``pairs`` says how long gaps may be, how many visits are the least, and who comes first.
    """
    count, days = len(people.elders), horizon.days
    due = [dues(people.elders.loc[e], horizon, asked.schedule) for e in range(count)]
    can = [choices(people, horizon, asked, e) for e in range(count)]
    starts = {(week.start - horizon.start).days: w for w, week in enumerate(horizon.weeks())}
    before = [int(pairs.on_programme[e, 0]) - 1 for e in range(count)]
    is_due = [any(c for c, _ in due[e]) for e in range(count)]
    states = {tuple((0, 0, 0, before[e]) for e in range(count)): (0,) * 8}
    for day in range(days):
        if day in starts:
            week = starts[day]
            fresh = {}
            for state, held in states.items():
                key = tuple((*due[e][week], one[2], one[3]) for e, one in enumerate(state))
                fresh[key] = min(held, fresh.get(key, held))
            states = fresh
        ways = set()
        for today in product(*([None, *can[e][day]] for e in range(count))):
            kinds = tuple(None if c is None else c[1] for c in today)
            if kinds not in ways and fits([(e, *c) for e, c in enumerate(today) if c], people, asked):
                ways.add(kinds)
        after = {}
        for state, held in states.items():
            for kinds in ways:
                to, value = [], list(held)
                for e, (one, kind) in enumerate(zip(state, kinds, strict=True)):
                    left, visits, made, last = one
                    if kind is not None:
                        left, visits, made = left - 1, visits - (kind == VISIT), made + (kind == VISIT)
                        value[2 * int(pairs.rank[e]) + 1] += is_due[e] * max(day - last - 1 - int(pairs.max_gap[e]), 0)
                        value[6] -= 1
                        value[7] -= kind == VISIT
                        last = day
                    to.append((left, visits, made, last))
                key = tuple(to)
                if all(left >= 0 and visits >= 0 for left, visits, _, _ in to):
                    after[key] = min(tuple(value), after.get(key, tuple(value)))
        states = after
    best = None
    for state, held in states.items():
        value = list(held)
        for e, (_, _, made, last) in enumerate(state):
            end = max(int(pairs.on_programme[e, 1]) - last, 0)
            value[2 * int(pairs.rank[e])] += max(int(pairs.least_visits[e]) - made, 0)
            value[2 * int(pairs.rank[e]) + 1] += is_due[e] * max(end - int(pairs.max_gap[e]), 0)
        best = tuple(value) if best is None else min(best, tuple(value))
    return best


TINY = Horizon(date(2026, 10, 6), date(2026, 10, 12))  # holidays, a make-up workday and a week's end


@settings(deadline=None, max_examples=some(50), suppress_health_check=list(HealthCheck))
@given(worlds(TINY, elders=3))
def test_as_many_as_a_search_over_all_schedules_finds(world):
    people, asked = world[0], without_floors(world[1])
    visits = planned(people, TINY, asked, [0] * len(people.elders))
    assert visits.unproven == 0
    assert found(visits) == most_by_search(people, TINY, asked)


@settings(deadline=None, max_examples=some(25), suppress_health_check=list(HealthCheck))
@given(worlds(TINY, elders=2), st.sampled_from(["search", "program", "branches"]))
def test_floors_come_first_and_then_as_much_as_a_search_over_all_months_finds(world, way):
    """Also by the program, and where none of its relaxations is rounded, and all of it is branched on."""
    people, asked = world
    with pytest.MonkeyPatch.context() as patch:
        if way != "search":
            patch.setattr(solve, "search_whole_months", find_nothing)
        if way == "branches":
            patch.setattr(exact_month._Model, "_dive", lambda *_: None)
        problem, made = problem_of(patch, people, TINY, asked)
    missed = sum_by_rank(measure_missed(made.grid, problem.pairs), problem)[0]
    kinds = made.grid[made.grid >= 0] % 2
    assert made.unproven == 0
    found = (*missed.tolist(), -len(kinds), -int((kinds == VISIT).sum()))
    assert found == best_by_search(people, TINY, asked, problem.pairs)


def find_nothing(_problem, which, grid, _alone):
    """A search that finds no month."""
    return month_search.WholeMonths(grid.copy(), np.zeros(len(which), dtype=bool))


MONTH = Horizon(date(2026, 11, 2), date(2026, 11, 22))


@pytest.fixture(params=["compiled", "as plain Python"])
def form(request, monkeypatch):
    """Loops, as compiled or as they are written."""
    if request.param != "compiled":
        plain = choose_form(month_search.search_months, is_small=True)
        monkeypatch.setattr(month_search, "search_months", plain)
        monkeypatch.setattr(month_search, "_WIDTHS", (4, 200, 4_000))


def draw_three_elders(seed):
    """Three elders and a volunteer, with few hours in common."""
    masks = np.random.default_rng(seed).integers(1, ANY_TIME, 4).tolist()
    elders = [{"contacts_per_week": 2.0, "risk": "high", "availability": mask} for mask in masks[:3]]
    return roster(elders, [{"availability": 0b0110_1001_11}])


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_what_the_program_finds(monkeypatch, seed):
    """Of the best months one that changes as few contacts, whatever the way."""
    people = draw_three_elders(seed)
    monkeypatch.setattr(solve, "search_whole_months", find_nothing)
    monkeypatch.setattr(solve, "_MOST_PROGRAMS", 0)
    problem, made = problem_of(monkeypatch, people, MONTH, Settings())
    alone = bound_missed(problem.pairs, problem.shared)

    def search(grid):
        return month_search.search_whole_months(problem, np.zeros(1, dtype=np.int64), grid, alone)

    found, anew = search(made.grid), search(np.full_like(made.grid, NONE))
    program = exact_month.solve_exact_month(problem, made.grid, alone)
    measure = exact_month._Model(problem, exact_month.list_ways(problem, made.grid)).measure
    assert found.proved.all()
    assert anew.proved.all()
    assert program.proved
    assert measure(found.grid).tolist() == measure(anew.grid).tolist() == measure(program.grid).tolist()
    assert count_standing(found.grid, made.grid) == count_standing(program.grid, made.grid)
    monkeypatch.setattr(month_search, "_WIDTHS", (2,))
    few = search(made.grid)  # paths are left out: proved by the bound, or not
    assert measure(few.grid).tolist() == measure(found.grid).tolist() or not few.proved.all()


def test_a_program_that_is_too_large_to_be_branched_on_proves_nothing(monkeypatch):
    """The month stays as it was, where nothing is rounded either."""
    problem, made = problem_of(monkeypatch, draw_three_elders(0), MONTH, Settings())
    empty, alone = np.full_like(made.grid, NONE), bound_missed(problem.pairs, problem.shared)
    monkeypatch.setattr(exact_month._Model, "_dive", lambda *_: None)
    assert exact_month.solve_exact_month(problem, empty, alone).proved
    monkeypatch.setattr(exact_month, "_MAX_BRANCHED", 0)
    left = exact_month.solve_exact_month(problem, empty, alone)
    assert not left.proved
    assert (left.grid == NONE).all()


def count_standing(grid, before):
    """Contacts that are as they were."""
    return int(((grid == before) & (grid != NONE)).sum())


def test_a_week_that_was_filled_at_the_price_of_a_floor_is_filled_without():
    """Five visits fit into the last days: the one on Wednesday ends a silence that another day would let grow."""
    hours = [ANY_TIME, ANY_TIME ^ 0b100000, ANY_TIME, 0b11110011, ANY_TIME]
    elders = [north(0) | {"availability": mask, "risk": "medium"} for mask in hours]
    elders[0]["risk"] = "high"
    people = roster(elders, [north(0) | {"availability": 0b0101010101}])
    visits = planned(people, Horizon(date(2026, 12, 23), date(2026, 12, 31)), Settings(), [0] * 5)
    assert (found(visits), visits.below_floor, visits.unproven) == ((10, 10), (), 0)


@settings(deadline=None, max_examples=some(40), suppress_health_check=list(HealthCheck))
@given(worlds(TINY, elders=3))
def test_reasons_are_so(world):
    people, asked = world
    visits = planned(people, TINY, asked, [0] * len(people.elders))
    for row in visits.unscheduled:
        (week,) = [week for week in TINY.weeks() if week.start == row.week_start]
        number = TINY.weeks().index(week)
        contacts, visits_due = dues(people.elders.loc[row.elder], TINY, asked.schedule)[number]
        due = visits_due if row.kind == VISIT else contacts
        one, other = people.elders.loc[row.elder], people.volunteers.loc[0]
        there = {day for day in week.dates() if is_there(one, day) and is_there(other, day)}
        is_held = {day for day in week.dates() if is_open(day, asked.schedule)}
        can = choices(people, TINY, asked.model_copy(), row.elder)
        free = {
            day
            for day, today in zip(TINY.dates(), can, strict=True)
            if any(kind == VISIT or row.kind == CALL for _, kind, _ in today)
        } & set(week.dates())
        if row.reason == "day_full":
            assert len(free) >= due or asked.schedule.max_visits_per_day == 0
        else:
            assert len(free) < due
        if row.reason == "closed":
            assert len(is_held) < len(week.dates())
        if row.reason == "absent":
            assert len(there) < len(week.dates())


FORTNIGHT = Horizon(date(2026, 2, 12), date(2026, 3, 1))  # the Spring Festival, two make-up workdays


@settings(deadline=None, max_examples=some(25), suppress_health_check=list(HealthCheck))
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
    assert visits.points <= visits.points_bound == again.points_bound


def problem_of(monkeypatch, people, horizon, asked):
    """What the planner is given for volunteer 0 with all elders, and what it makes of it."""
    kept, real = {}, solve.solve_timetable

    def listen(problem, *args, **more):
        kept["problem"], kept["solution"] = problem, real(problem, *args, **more)
        return kept["solution"]

    monkeypatch.setattr(timetabling, "solve_timetable", listen)
    count = len(people.elders)
    plan_visits(people, np.arange(count), np.zeros(count, dtype=np.int64), horizon, asked)
    return kept["problem"], kept["solution"]


@pytest.mark.parametrize("masks", [[ANY_TIME] * 3, [0b01_00_01, 0b11, 0b01_00_01], [0b1100, 0b1001, 0b0110]])
def test_points_are_within_two_percent_of_an_exact_model(monkeypatch, masks):
    elders = [north(200 * i) | {"availability": mask} for i, mask in enumerate(masks)]
    problem, made = problem_of(monkeypatch, roster(elders, [{}]), FORTNIGHT, Settings())
    exact = Exact(problem)
    proven, best, _, contacts = exact.solve(50)
    assert proven
    assert made.points.sum() <= best
    assert made.points.sum() >= 0.98 * best
    assert best <= made.bound.sum() <= 1.02 * best
    assert (made.grid >= 0).sum() >= contacts


def test_who_has_one_elder_next_door_reaches_the_bound(monkeypatch):
    _, made = problem_of(monkeypatch, roster([{}], [{}]), FORTNIGHT, Settings())
    assert made.points.tolist() == made.bound.tolist()


@settings(deadline=None, max_examples=some(30), suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([0, 100, 880, 900]), min_size=1, max_size=5), st.integers(1, 5), st.integers(1, 5))
@example([900] * 5, 5, 5)
def test_no_outing_costs_less_than_the_bound_has_its_visits_cost(metres, most, worth):
    """One visit each, all on one day that has room for ``most``: the bound can't ask for more walking than there is."""
    day = Horizon(date(2026, 10, 12), date(2026, 10, 12))
    elders = [north(at) | {"contacts_per_week": 7.0, "visits_per_month": 1.0} for at in metres]
    asked = Settings.model_validate(
        {"schedule": {"max_visits_per_day": most, "visit_min": 15}, "worth": {"walking": worth}}
    )
    visits = plan_visits(
        roster(elders, [{}]), np.arange(len(metres)), np.zeros(len(metres), dtype=np.int64), day, asked
    )
    assert visits.points <= visits.points_bound


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_do_not_matter(monkeypatch, workers):
    monkeypatch.setattr(solve, "_PART", 1)
    people = roster([{}] * 4, [{}] * 2)
    problem, made = problem_of(monkeypatch, people, FORTNIGHT, Settings())
    again = solve.solve_timetable(problem, lambda _: None, workers)
    assert np.array_equal(again.grid, made.grid)


def crowded(count=6):
    """A volunteer of two half-days a week and elders who are free in one of them or both."""
    hours = [0b01, 0b01_00_01, 0b01_00_01, 0b01_00_00, 0b01_00_01, 0b01]
    elders = [{"availability": hours[i % 6], "contacts_per_week": 2.0, "visits_per_month": 6.0} for i in range(count)]
    return roster(elders, [{"availability": 0b01_00_01}])


def test_a_week_too_large_to_search_is_owned_up_to():
    people = crowded(14)
    visits = planned(people, FORTNIGHT, Settings(), [0] * 14)
    assert visits.unproven == 1


@pytest.mark.parametrize(("count", "contacts", "visits"), [(5, 2.0, 4.0), (6, 2.0, 3.0), (8, 2.0, 2.0)])
def test_crowded_weeks_are_searched_whole_and_hold_what_the_exact_model_holds(monkeypatch, count, contacts, visits):
    hours = [0b01_00_01, 0b01_01_01, 0b01_00_11, 0b11_00_01, 0b01_01_00]
    asked = {"contacts_per_week": contacts, "visits_per_month": visits}
    elders = [north(90 * i) | {"availability": hours[i % 5]} | asked for i in range(count)]
    people = roster(elders, [{"availability": 0b01_01_11}])
    problem, made = problem_of(monkeypatch, people, FORTNIGHT, without_floors())
    assert made.unproven == 0
    exact = Exact(problem, contacts_alone=True)
    proven, most, _, _ = exact.solve(50)
    assert proven
    assert (made.grid >= 0).sum() < problem.pairs.due.sum()
    assert ((made.grid >= 0) * FIRST + ((made.grid >= 0) & (made.grid % 2 == VISIT))).sum() == most


@pytest.mark.long
def test_calls_for_everybody_where_visits_would_leave_somebody_out():
    people = crowded()
    week = Horizon(date(2026, 3, 2), date(2026, 3, 8))
    asked = without_floors()
    assert found(planned(people, week, asked, [0] * 6))[0] == most_by_search(people, week, asked)[0]
