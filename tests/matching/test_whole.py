"""Whole random months, with every goal of the match, against an integer program that asks for each goal in turn."""

from dataclasses import replace

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.errors import NoPlanError
from matcher.features import Features
from matcher.matching import check_pins, match
from matcher.outputs import tables
from matcher.outputs.left_out import make_unmatched_frame
from matcher.verify import Case, Lists, Tables, verify
from tests.helpers.effort import some
from tests.helpers.people import month, pairs

ORDERS = [(), ("risk",), ("age", "risk"), ("risk", "waiting", "age"), ("current",), ("waiting", "current", "age")]
METRES = [{}, {}, {"waiting_month_m": 0, "medium_risk_m": 0, "age_band_m": 0}, {"most_waiting_months": 3}]
PLACES = st.tuples(st.integers(-900, 900), st.integers(-900, 900))


def person(at, **more):
    return {"lat": 31.23 + at[1] * 1e-5, "lng": 121.47 + at[0] * 1e-5, **more}


@st.composite
def months(draw):
    risks, born = st.sampled_from(["", "low", "medium", "high"]), st.sampled_from([1930, 1940, 1950])
    elders = [
        person(at, risk=draw(risks), birth_date=f"{draw(born)}-05-01", joined=draw(st.sampled_from(["", "2026-10-01"])))
        for at in draw(st.lists(PLACES, min_size=1, max_size=8))
    ]
    for elder in elders:
        elder["joined"] = elder["joined"] or None
    volunteers = [
        person(at, capacity=float(draw(st.integers(0, 4)))) for at in draw(st.lists(PLACES, min_size=1, max_size=4))
    ]
    who, whom = st.integers(0, len(elders) - 1), st.integers(0, len(volunteers) - 1)
    capacity = {
        "fair_m": draw(st.sampled_from([0, 0, 100, 600])),
        "minimum": draw(st.integers(0, 2)),
        "minimum_penalty_m": draw(st.sampled_from([0, 300, 5000])),
        "most_high_risk": draw(st.sampled_from([0, 1, 2, 50])),
    }
    order = draw(st.sampled_from([*[("current", "high_risk")] * 4, *ORDERS]))
    after, budget, most_changes = 0, draw(st.sampled_from(["", "", "0", "1", "2", "40%"])), ""
    if order[:1] == ("current",):
        after = draw(st.sampled_from([0, 0, 2]))
        most_changes = "" if budget else draw(st.sampled_from(["", "", "0", "1", "2"]))
    before = draw(st.dictionaries(who, st.integers(-1, len(volunteers) - 1), max_size=8))
    lasted = np.array([float(draw(st.integers(1, 3))) for _ in before])
    return month(
        elders,
        volunteers,
        previous=replace(pairs(*before.items()), months=lasted) if before else pairs(),
        pins=pairs(*draw(st.dictionaries(who, whom, max_size=2)).items()),
        never=pairs(*sorted(draw(st.sets(st.tuples(who, whom), max_size=2)))),
        keep={
            "worth_m": draw(st.sampled_from([0, 500])),
            "month_worth_m": 0,
            "budget": budget,
            "most_changes": most_changes,
            "fewest_broken": draw(st.sampled_from([False, False, True])),
        },
        capacity=capacity,
        priority={"order": order, "high_risk_after_months": after, **draw(st.sampled_from(METRES))},
    )


def find_current(m, arcs, before):
    """Who keeps a place: volunteer by volunteer, those of higher risk first, then the longest pairs, then the id."""
    pinned = m.pins.elder.tolist()
    lasted = dict(zip(m.previous.elder.tolist(), m.previous.months.tolist() if len(m.previous) else [], strict=True))
    risk = m.roster.elders.risk.tolist()
    current = set()
    for v, row in m.roster.volunteers.iterrows():
        theirs = [e for e, whom in zip(m.pins.elder.tolist(), m.pins.volunteer.tolist(), strict=True) if whom == v]
        room = row.capacity - len(theirs)
        frail = m.settings.capacity.most_high_risk - sum(risk[e] == "high" for e in theirs)
        stay = [e for (e, whom), kept in zip(arcs, before, strict=True) if whom == v and kept and e not in pinned]
        for e in sorted(stay, key=lambda e: (rank_risk(risk[e]), -lasted[e], e)):
            if room > 0 and (risk[e] != "high" or frail > 0):
                current.add(e)
                room, frail = room - 1, frail - (risk[e] == "high")
    return current


def rank_risk(risk):
    return {"high": 0, "medium": 1}.get(risk, 2)


def find_keys(m, current):
    """Who comes before the count, what decides who comes first (the least does), and what leaving each out costs."""
    asked, had_one = m.settings.priority, set(m.previous.elder.tolist())
    after = asked.high_risk_after_months
    first, keys, leaving_out_m = [], [], []
    waiting, urgent = {}, set()
    for e, row in m.roster.elders.iterrows():
        waits = 2 if e not in had_one and row.joined == row.joined else 0  # October to December; NaT is not itself
        waiting[e] = 0 if e in current else 6 if e in had_one else waits
        if e not in current and rank_risk(row.risk) == 0 and 0 < after <= waiting[e]:
            urgent.add(e)
    for e, row in m.roster.elders.iterrows():
        age, risk, waits = 2026 - row.birth_date.year, rank_risk(row.risk), waiting[e]
        place = (2 if risk == 2 and urgent else 0) if e in current else 1 if e in urgent else 3
        parts = {
            "current": place,
            "high_risk": risk > 0,
            "risk": risk,
            "age": sum(age < band for band in (80, 90)),
            "waiting": sum(waits < band for band in (1, 3, 6)),
        }
        first.append(place < 3)
        keys.append(tuple(parts[name] for name in asked.order))
        bands = sum(age >= band for band in (80, 90))
        metres = asked.waiting_month_m * min(waits, asked.most_waiting_months) + asked.age_band_m * bands
        closed = risk == 0 and not m.settings.capacity.most_high_risk  # nobody may have them: they take no part
        leaving_out_m.append(0 if closed or e in m.pins.elder.tolist() else metres + asked.medium_risk_m * (risk == 1))
    return first, keys, np.array(leaving_out_m)


class Program:
    """The month as an integer program: pairs, and places of volunteers in the order in which they fill."""

    def __init__(self, m):
        self.m, asked = m, m.settings
        elders, volunteers = m.roster.elders, m.roster.volunteers
        never = set(zip(m.never.elder.tolist(), m.never.volunteer.tolist(), strict=True))
        last = dict(zip(m.previous.elder.tolist(), m.previous.volunteer.tolist(), strict=True))
        pins = dict(zip(m.pins.elder.tolist(), m.pins.volunteer.tolist(), strict=True))
        self.arcs, self.cost, self.before, self.pinned = [], [], [], []
        for e, a in elders.iterrows():
            for v, b in volunteers.iterrows():
                walk, kept = geodesic((a.lat, a.lng), (b.lat, b.lng)).m * 1.3, last.get(e) == v
                may_be = (e, v) not in never and (walk <= 1000 or kept)
                if b.capacity > 0 and (pins[e] == v if e in pins else may_be):
                    self.arcs.append((e, v))
                    self.cost.append(round(walk) - asked.keep.worth_m * kept)
                    self.before.append(kept and e not in pins)
                    self.pinned.append(e in pins)
        steps = []
        for v, b in volunteers.iterrows():
            wanted = min(asked.capacity.minimum, b.capacity)
            for k in range(int(b.capacity)):
                price = asked.capacity.minimum_penalty_m if k < wanted else 0
                steps.append((v, asked.capacity.fair_m * k - price))
        n, self.places = len(self.arcs), steps
        self.n, width = n, n + len(steps)
        shape = (len(elders), width), (len(volunteers), width), (len(volunteers), width)
        one, load, frail = (np.zeros(size) for size in shape)
        for i, (e, v) in enumerate(self.arcs):
            one[e, i] = load[v, i] = 1
            frail[v, i] = elders.risk[e] == "high"
        for i, (v, _) in enumerate(steps):
            load[v, n + i] = -1
        held = np.concatenate((np.array(self.pinned, dtype=float), np.zeros(len(steps))))
        self.rules = [
            LinearConstraint(one, ub=1),
            LinearConstraint(load, 0, 0),
            LinearConstraint(frail, ub=asked.capacity.most_high_risk),
            LinearConstraint(held[None], len(pins), len(pins)),
        ]

    def best(self, gain):
        """The most of something over pairs, held from now on."""
        row = np.concatenate((gain, np.zeros(len(self.places))))
        found = milp(-row, integrality=np.ones(len(row)), bounds=Bounds(0, 1), constraints=[*self.rules])
        most = round(-found.fun)
        self.rules.append(LinearConstraint(row[None], most - 0.5))
        return most

    def at_least(self, gain, least):
        row = np.concatenate((gain, np.zeros(len(self.places))))
        self.rules.append(LinearConstraint(row[None], least - 0.5))

    def least_cost(self, leaving_out_m):
        saved = leaving_out_m[[e for e, _ in self.arcs]]
        cost = np.concatenate((self.cost - saved, [metres for _, metres in self.places]))
        found = milp(cost, integrality=np.ones(len(cost)), bounds=Bounds(0, 1), constraints=self.rules)
        asked = self.m.settings.capacity
        base = sum(min(asked.minimum, c) for c in Features(self.m).max_elders.tolist()) * asked.minimum_penalty_m
        return round(found.fun) + base + leaving_out_m.sum()


@given(months())
@settings(deadline=None, max_examples=some(50))
def test_a_month_is_as_good_as_an_integer_program_says(m):
    if any(issue.severity == "error" for issue in check_pins(m)):
        return
    program = Program(m)
    if not program.arcs:
        with pytest.raises(NoPlanError):
            match(m)
        return
    try:
        plan = match(m)
    except NoPlanError:
        assert program.best(np.ones(program.n)) == 0
        return
    before = np.array(program.before, dtype=float)
    limits = program.rules.copy()
    can_stand = program.best(before)
    program.rules = limits
    keep = m.settings.keep
    allowed = keep.compute_most_broken(int(before.sum()))
    first, keys, leaving_out_m = find_keys(m, find_current(m, program.arcs, program.before))
    tiers = plan.precedence.tier
    place = [sorted(set(keys)).index(key) for key in keys]
    assert (np.array(place) + 1).tolist() == tiers.tolist()
    of_pair, one = np.array([place[e] for e, _ in program.arcs]), np.ones(program.n)
    if allowed is not None:
        program.at_least(before, can_stand - allowed)
    in_order = range(len(set(place)))
    count = len(plan.elder)
    if keep.most_changes:
        in_front = [tier for tier in in_order if first[place.index(tier)]]
        in_order = [tier for tier in in_order if tier not in in_front]
        for tier in in_front:
            assert (tiers[plan.elder] == tier + 1).sum() == program.best((of_pair == tier).astype(float))
        kept = before[find_arcs(program, plan)].sum()
        found = program.best((2 * int(keep.most_changes) + 1) * one + 2 * before)
        assert (2 * int(keep.most_changes) + 1) * count + 2 * kept == found
    else:
        if m.settings.priority.order[:1] == ("current",) and allowed is None:
            in_front = [tier for tier in in_order if first[place.index(tier)]]
            for tier in in_front:
                assert (tiers[plan.elder] == tier + 1).sum() == program.best((of_pair == tier).astype(float))
        assert count == program.best(one)
    if plan.budget is None or (plan.budget.worth_m == 0 and allowed is None):
        for tier in in_order:
            assert (tiers[plan.elder] == tier + 1).sum() == program.best((of_pair == tier).astype(float))
    else:
        return_of_tiers = program.best((len(set(place)) - of_pair).astype(float))
        assert return_of_tiers == (len(set(place)) - (tiers[plan.elder] - 1)).sum()
    if keep.fewest_broken:
        assert before[find_arcs(program, plan)].sum() == program.best(before)
    loads, asked = plan.load.tolist(), m.settings.capacity
    load_cost = sum(asked.fair_m * load * (load - 1) // 2 for load in loads)
    load_cost += sum(
        asked.minimum_penalty_m * max(min(asked.minimum, c) - load, 0)
        for load, c in zip(loads, Features(m).max_elders.tolist(), strict=True)
    )
    assert plan.leaving_out_m == leaving_out_m[plan.volunteer_of < 0].sum()
    assert plan.cost_m.sum() + load_cost + plan.leaving_out_m == program.least_cost(leaving_out_m)
    if plan.certificate is not None:
        assert plan.certificate.optimal
    result = verify_again(m, plan)
    assert not result.violations


def find_arcs(program, plan):
    """Return where the plan's pairs are among the program's."""
    return [program.arcs.index(pair) for pair in zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True)]


def verify_again(m, plan):
    people = tables.PeopleNames.of(m.roster)
    frame = tables.make_pairs_frame(plan, people)
    frame["same_building"] = "no"
    written = Tables(
        frame, unmatched=make_unmatched_frame(plan, people), capacity=tables.make_capacity_frame(plan, people)
    )
    return verify(Case(m.roster, m.horizon, m.settings, written, Lists(m.previous, m.pins, m.never)))
