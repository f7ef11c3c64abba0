"""Month after month: where nobody comes or goes nothing changes; where people do, nobody who may stay is dropped."""

import numpy as np
import pytest

import matcher
from tests.helpers.people import LAT, LNG, METRE_LAT, roster

MONTHS = [f"2026-{m:02}" for m in range(1, 13)] + ["2027-01"]


def people(rng, n, places):
    """Elders within a kilometre, of whom one in ten must wait at least: so many places are there."""

    def home():
        east, north = rng.uniform(-600, 600, 2)
        return {"lat": LAT + north * METRE_LAT, "lng": LNG + east * METRE_LAT * 1.17}

    elders = [
        home()
        | {"risk": rng.choice(["high", "medium", "low", ""], p=[0.1, 0.2, 0.5, 0.2])}
        | {"birth_date": f"{rng.integers(1930, 1950)}-05-05", "joined": f"{rng.integers(2020, 2026)}-03-01"}
        for _ in range(n)
    ]
    volunteers = [home() | {"capacity": 4.0} for _ in range(places // 4)]
    everybody = roster(elders, volunteers)
    drop = ["row", "file"]
    return everybody.elders.drop(columns=drop), everybody.volunteers.drop(columns=drop)


def run_month(elders, volunteers, month, last, **settings):
    """A month's plan and its tables, from last month's tables."""
    asked = matcher.Settings.model_validate(settings)
    before = {} if last is None else {"unmatched": last["unmatched"], "capacity": last["capacity"]}
    plan = matcher.match(elders, volunteers, asked, None if last is None else last["pairs"], month=month, **before)
    return plan, matcher.frames(plan)


def list_pairs(tables):
    return list(zip(tables["pairs"]["elder_id"], tables["pairs"]["volunteer_id"], strict=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "settings", [{}, {"keep": {"most_changes": "1"}}, {"keep": {"fewest_broken": True}}], ids=["", "changes", "fewest"]
)
def test_where_nobody_comes_or_goes_nothing_changes(seed, settings):
    elders, volunteers = people(np.random.default_rng(seed), 30, 24)
    tables, first = None, None
    for month in MONTHS:
        plan, tables = run_month(elders, volunteers, month, tables, **settings)
        first = first or list_pairs(tables)
        assert list_pairs(tables) == first
        assert not plan.changes
    assert len(first) < 30


def test_who_waits_came_first_before_and_pairs_swapped_back():
    """The goals as they were: months of waiting, then risk and age, before pairs."""
    elders, volunteers = people(np.random.default_rng(0), 30, 24)
    tables, changed = None, 0
    asked = {"priority": {"order": ["waiting", "risk", "age"], "lost_months": 0}, "keep": {"worth_m": 800}}
    for month in MONTHS:
        plan, tables = run_month(elders, volunteers, month, tables, **asked)
        changed += len(plan.changes)
    assert changed > 24


@pytest.mark.parametrize("seed", range(3))
def test_who_has_a_volunteer_who_stays_keeps_a_place(seed):
    """Each month a volunteer and two elders leave and as many come."""
    rng = np.random.default_rng(seed)
    elders, volunteers = people(rng, 60, 48)
    here, there = np.arange(30), np.arange(8)
    tables = None
    for i, month in enumerate(MONTHS[:6]):
        before = {} if tables is None else dict(list_pairs(tables))
        plan, tables = run_month(elders.iloc[here], volunteers.iloc[there], month, tables)
        now, on_roster = dict(list_pairs(tables)), set(volunteers["id"].iloc[there])
        assert all(elder in now for elder in elders["id"].iloc[here] if before.get(elder) in on_roster)
        assert matcher.verify_plan(plan).ok
        here = np.append(np.delete(here, rng.choice(len(here), 2, replace=False)), [30 + 2 * i, 31 + 2 * i])
        there = np.append(np.delete(there, rng.integers(len(there))), min(8 + i, len(volunteers) - 1))
        there = np.unique(there)
