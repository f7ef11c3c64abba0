"""Frames that hold anything never raise; whole random schedules are judged as plain loops judge them."""

from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.api import verify_plan
from matcher.i18n import LANGUAGES, in_language
from matcher.matching import plan_from_pairs
from matcher.settings import Settings
from matcher.verify import Case, Lists, Tables, verify
from tests.helpers.effort import some
from tests.helpers.pairs_by_loops import is_borderline, judged, months
from tests.helpers.people import DECEMBER, pairs, roster
from tests.helpers.verify_month import Month, contact

MONTH = Month()
ODD_IDS = st.sampled_from(["X999", "", None, np.nan, 7, 2.5])
ELDER_IDS = st.sampled_from(["E000", "E001", "E002", "E003"]) | ODD_IDS
VOLUNTEER_IDS = st.sampled_from(["V000", "V001", "V002"]) | ODD_IDS
NUMBERS = st.sampled_from([0, 1, -3, 540.0, 585.0, 1e300, np.nan, np.inf, -np.inf, None, "12", "noon", True])
DATES = st.sampled_from(
    [
        *(pd.Timestamp(2026, 12, day) for day in (1, 3, 8)),
        *(pd.Timestamp(text) for text in ("1677-12-01", "9999-12-31", "2026-12-04 09:30+08:00")),
        *(date(2026, 12, 2), "2026-12-03", "12/2026", 20261201, pd.NaT, None, np.nan),
    ]
)
WORDS = st.sampled_from(["visit", "call", "yes", "no", "kept", "new", "上门", "", None, np.nan, 3, True])


def frames(**columns):
    """Frames with all but a few of these columns, of any cells."""

    def of(names):
        rows = st.lists(st.tuples(*(columns[name] for name in names)), max_size=6)
        return rows.map(lambda cells: pd.DataFrame(cells, columns=list(names)))

    left_out = st.sets(st.sampled_from(sorted(columns)), max_size=2)
    return left_out.map(lambda names: sorted(columns.keys() - names)).flatmap(of)


PEOPLE = {"elder_id": ELDER_IDS, "volunteer_id": VOLUNTEER_IDS, "row": NUMBERS}
PAIRS = frames(
    **PEOPLE,
    distance_m=NUMBERS,
    cost_m=NUMBERS,
    walking_cost_m=NUMBERS,
    keep_cost_m=NUMBERS,
    status=WORDS,
    same_building=WORDS,
    since=DATES,
    needs_cost_m=NUMBERS,
)
VISITS = frames(**PEOPLE, visit_id=ODD_IDS, date=DATES, start=NUMBERS, end=NUMBERS, kind=WORDS, order_of_day=NUMBERS)
UNMATCHED = st.none() | frames(elder_id=ELDER_IDS, reason=WORDS)
UNSCHEDULED = st.none() | frames(**PEOPLE, week_start=DATES, kind=WORDS, missing=NUMBERS)


@settings(deadline=None, max_examples=some(20))
@given(PAIRS, VISITS, UNMATCHED, UNSCHEDULED, st.randoms(use_true_random=False))
def test_nothing_that_a_frame_may_hold_raises(two, visits, unmatched, unscheduled, random):

    def violations(pairs_frame, visits_frame):
        tables = Tables(pairs_frame, visits_frame, unmatched=unmatched, unscheduled=unscheduled)
        lists = Lists(previous=pairs((0, 0), (1, -1)), pins=pairs((2, 1)))
        return verify(Case(MONTH.people, DECEMBER, MONTH.settings, tables, lists)).violations

    def shuffled(frame):
        return frame.iloc[random.sample(range(len(frame)), len(frame))]

    found = violations(two, visits)
    assert found == violations(shuffled(two), shuffled(visits))
    for language in LANGUAGES:
        with in_language(language):
            assert all(violation.message() for violation in found)


TIMES = st.sampled_from([535, 540, 555, 570, 600, 615, 660, 700, 840, 870, 900, 1010])
ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(1, 9), st.sampled_from(["visit", "call"]), TIMES),
    max_size=14,
)
MASKS = st.integers(0, (1 << 14) - 1) | st.just((1 << 14) - 1)
DAYS_OFF = st.sets(st.integers(1, 9), max_size=2).map(lambda days: tuple(date(2026, 12, day) for day in days))
TIMETABLES = st.lists(st.tuples(MASKS, DAYS_OFF), min_size=7, max_size=7)


def half_of(row):
    windows = ((540, 690), (840, 1020))
    return next((h for h, (a, b) in enumerate(windows) if a <= row["start"] and row["end"] <= b), None)


def by_loops(rows, elders, volunteers):
    """The rules on days and times as plain loops, each violation as rule, ids, date and amount."""
    found = Counter()
    for row in rows:
        e, v, day = row["elder_id"], row["volunteer_id"], row["date"].date()
        both = [elders[int(e[1:])], volunteers[int(v[1:])]]
        half = half_of(row)
        if any(day in person["days_off"] for person in both):
            found["absent", e, v, day, None] += 1
        if half is None:
            found["window", e, v, day, None] += 1
        elif not all(person["availability"] >> (2 * day.weekday() + half) & 1 for person in both):
            found["availability", e, v, day, None] += 1
    for e in {row["elder_id"] for row in rows}:
        load = Counter(row["date"].date() for row in rows if row["elder_id"] == e)
        found.update(("same_day", e, "", day, times) for day, times in load.items() if times > 1)
    for v, day in {(row["volunteer_id"], row["date"].date()) for row in rows}:
        mine = [row for row in rows if (row["volunteer_id"], row["date"].date()) == (v, day)]
        visits = sum(row["kind"] == "visit" for row in mine)
        found.update(("day_full", "", v, day, load) for load, cap in ((len(mine), 3), (visits, 1)) if load > cap)
        mine.sort(key=lambda row: (row["start"], row["end"], row["elder_id"]))
        for i, row in enumerate(mine[1:], 1):
            short = 15 - (row["start"] - max(other["end"] for other in mine[:i]))
            if short > 0:
                found["overlap", row["elder_id"], v, day, short] += 1
    return found


@settings(deadline=None, max_examples=some(35))
@given(ROWS, TIMETABLES)
def test_random_schedules_are_judged_as_by_plain_loops(rows, timetables):
    people = [{"availability": mask, "days_off": days} for mask, days in timetables]
    elders, volunteers = people[:5], people[5:]
    rows = [contact(*row) for row in rows]
    asked = Settings.model_validate(
        {"schedule": {"max_contacts_per_day": 3, "max_visits_per_day": 1, "max_minutes_per_day": 1440}}
    )
    no_pairs = pd.DataFrame({"elder_id": [], "volunteer_id": []})
    result = verify(Case(roster(elders, volunteers), DECEMBER, asked, Tables(no_pairs, pd.DataFrame(rows))))
    expected = by_loops(rows, elders, volunteers)
    rules = {"absent", "window", "availability", "same_day", "day_full", "overlap"}
    found = Counter(
        (v.rule, v.elder_id, v.volunteer_id, v.date, v.amount) for v in result.violations if v.rule in rules
    )
    assert found == expected
    assert sum(v.rule == "visit_without_pair" for v in result.violations) == len(rows)


@settings(deadline=None, max_examples=some(35))
@given(months(), st.data())
def test_random_pairs_are_judged_as_by_plain_loops(m, data):
    """Whatever two a hand puts together: the rules it breaks, and every cost term of a table that is true."""
    volunteer = st.integers(0, m.n_volunteers - 1)
    two = [(e, data.draw(volunteer)) for e in range(m.n_elders)]
    assume(not any(is_borderline(m, *both) for both in two))
    plan = plan_from_pairs(m, pairs(*two))
    expected = Counter()
    for i, (e, v) in enumerate(two):
        broken, costs = judged(m, e, v)
        expected.update((rule, e, v) for rule in broken)
        assert {name: int(term[i]) for name, term in plan.cost_terms.items() if term[i]} == costs
    found = Counter(
        (v.rule, int(v.elder_id[1:]), int(v.volunteer_id[1:])) for v in verify_plan(plan).violations if v.elder_id
    )
    assert found == expected
