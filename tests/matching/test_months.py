"""Month after month: where nobody comes or goes nothing changes; where people do, nobody who may stay is dropped."""

from dataclasses import replace

import numpy as np
import pytest

from matcher.horizon import Horizon
from matcher.matching import match
from matcher.month import LastRun, MonthData
from matcher.outputs import tables
from matcher.outputs.left_out import make_unmatched_frame
from matcher.roster.model import PairList
from matcher.settings import Settings
from matcher.verify import Case, Lists, Tables, verify
from tests.helpers.effort import long
from tests.helpers.people import LAT, LNG, METRE_LAT, roster

MONTHS = [f"2026-{m:02}" for m in range(7, 13)] + ["2027-01"]
"""Over New Year; after six months who waits has waited long."""
YEAR = [f"2026-{m:02}" for m in range(1, 13)] + ["2027-01"]
AS_IT_WAS = {"priority": {"order": ["waiting", "risk", "age"], "lost_months": 0}, "keep": {"worth_m": 800}}


def people(rng, elders, volunteers):
    """Elders and volunteers, of four places each, within 600 m of the middle."""

    def home():
        east, north = rng.uniform(-600, 600, 2)
        return {"lat": LAT + north * METRE_LAT, "lng": LNG + east * METRE_LAT * 1.17}

    risks = ["high", "medium", "low", ""]
    return roster(
        [
            home()
            | {"risk": rng.choice(risks, p=[0.1, 0.2, 0.5, 0.2]), "birth_date": f"{rng.integers(1930, 1950)}-05-05"}
            | {"joined": f"{rng.integers(2020, 2026)}-03-01"}
            for _ in range(elders)
        ],
        [home() | {"capacity": 4.0} for _ in range(volunteers)],
    )


def next_month(everybody, month, plan=None, **settings):
    """A month's plan, after last month's."""
    m = MonthData(everybody, Horizon.of_month(month), Settings.model_validate(settings))
    if plan is None:
        return match(m)
    ids = (everybody.elders["id"].to_numpy()[plan.elder], everybody.volunteers["id"].to_numpy()[plan.volunteer])
    pairs = PairList(
        plan.elder, plan.volunteer, *(tuple(each) for each in ids), np.arange(len(plan.elder)) + 2, since=plan.since
    )
    listed = plan.volunteer_of < 0
    since, counted = (
        np.where(listed & ~np.isnat(months), months, np.datetime64("NaT", "M"))
        for months in (plan.precedence.waiting_since, plan.precedence.counted_since)
    )
    return match(replace(m, previous=pairs, last_run=LastRun(since, counted)))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "settings", [{}, {"keep": {"most_changes": "1"}}, {"keep": {"fewest_broken": True}}], ids=["", "changes", "fewest"]
)
def test_where_nobody_comes_or_goes_nothing_changes(seed, settings):
    everybody, plan = people(np.random.default_rng(seed), 30, 6), None
    first = None
    for month in YEAR:
        plan = next_month(everybody, month, plan, **settings)
        first = plan if first is None else first
        assert plan.volunteer_of.tolist() == first.volunteer_of.tolist()
        assert not plan.changes
    assert len(first.elder) == 24


def test_who_waits_took_places_from_who_had_one():
    """The goals as they were: months of waiting, then risk and age, before pairs."""
    everybody, plan, changed = people(np.random.default_rng(0), 30, 6), None, 0
    for month in MONTHS:
        plan = next_month(everybody, month, plan, **AS_IT_WAS)
        changed += len(plan.changes)
    assert changed > 24


@pytest.mark.parametrize("seed", [0, *long(1, 2)])
@pytest.mark.parametrize("most_high_risk", [1, *long(50)])
def test_who_has_a_volunteer_who_stays_keeps_a_place(seed, most_high_risk):
    """Each month a volunteer and two elders leave, as many come, and one volunteer has a place fewer."""
    rng = np.random.default_rng(seed)
    everybody, plan = people(rng, 52, 18), None
    here, there = set(range(30)), set(range(7))
    for i, month in enumerate(MONTHS):
        if plan is not None:
            here -= set(rng.choice(sorted(here), 2, replace=False).tolist())
            there -= {rng.choice(sorted(there))}
            here, there = here | {28 + 2 * i, 29 + 2 * i}, there | {6 + i}
        elders, volunteers = everybody.elders.copy(), everybody.volunteers.copy()
        elders["consent"] = ["yes" if e in here else "no" for e in range(52)]
        volunteers["capacity"] = [4.0 if v in there else 0.0 for v in range(18)]
        volunteers.loc[rng.choice(sorted(there)), "capacity"] = 3.0
        now = replace(everybody, elders=elders, volunteers=volunteers)
        before = plan
        plan = next_month(now, month, plan, capacity={"most_high_risk": most_high_risk})
        assert plan.certificate.optimal
        if before is not None:
            dropped = (before.volunteer_of >= 0) & (plan.volunteer_of < 0)
            assert not (dropped & plan.precedence.current).any()
            gone = [e not in here or v not in there for e, v in enumerate(before.volunteer_of.tolist())]
            full = dropped & ~np.array(gone)  # their volunteer has a place fewer now, or one of high risk too many
            load = np.bincount(before.volunteer, minlength=18) > now.volunteers["capacity"].to_numpy()
            limited = most_high_risk == 1
            assert all(limited or load[before.volunteer_of[e]] for e in np.flatnonzero(full))
            assert plan.precedence.months_waiting[full].tolist() == [6] * int(full.sum())
        assert not check(plan)


def check(plan):
    """What the verifier finds in a plan and its list of those left out."""
    m, names = plan.month, tables.PeopleNames.of(plan.month.roster)
    frame = tables.make_pairs_frame(plan, names)
    frame["same_building"] = "no"
    lists = Lists(m.previous, m.pins, m.never, m.last_run.waited_since, m.last_run.counted_since)
    written = Tables(frame, unmatched=make_unmatched_frame(plan, names))
    return verify(Case(m.roster, m.horizon, m.settings, written, lists)).violations


def test_the_verifier_finds_a_wrong_month_of_waiting():
    everybody = people(np.random.default_rng(3), 30, 6)
    plan = next_month(everybody, "2026-02", next_month(everybody, "2026-01"))
    assert not check(plan)
    left_out = int(np.flatnonzero(plan.volunteer_of < 0)[0])
    counted = plan.precedence.counted_since.copy()
    counted[left_out] -= np.timedelta64(6, "M")
    wrong = replace(plan, precedence=replace(plan.precedence, counted_since=counted))
    found = check(wrong)
    assert [(row.rule, row.what, row.amount) for row in found] == [("wrong_amount", "counted_since", 6)]
