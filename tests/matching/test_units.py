"""Capacity in units and in minutes a month: amounts, plans against integer programs, and the verifier by itself."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from geopy.distance import geodesic
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.api import verify_plan, what_if
from matcher.demand.pair_use import compute_base_use, compute_pair_use, sum_pair_use
from matcher.errors import InputError, NoPlanError
from matcher.features import Features
from matcher.i18n import in_language
from matcher.matching import check_pins, match
from matcher.matching.explain.proof import list_claims
from matcher.outputs import tables
from matcher.outputs.left_out import make_unmatched_frame
from matcher.plan import Goal
from matcher.settings import load
from matcher.verify import Violation
from tests.helpers.effort import some
from tests.helpers.people import month, north, pairs
from tests.helpers.verify_month import Cases, Month, found_after

UNITS, MINUTES = {"unit": "units"}, {"unit": "minutes"}
DUE_MIN = 5 * 45 + 4 * 15
"""December 2026 asks for five visits and four calls."""


# the amounts


def test_units_are_those_of_the_risk_tier():
    elders = [{"risk": risk} for risk in ("low", "medium", "high", "")] + [{"self_care": "unable"}]
    capacity = UNITS | {"units_by_risk": {"high": 3, "medium": 2}}
    m = month(elders, [{}], capacity=capacity)
    assert compute_base_use(Features(m)).tolist() == [1, 2, 3, 1, 3]
    assert compute_base_use(Features(month(elders, [{}], capacity=UNITS))).tolist() == [1, 1, 2, 1, 2]
    assert compute_base_use(Features(month(elders, [{}]))).tolist() == [1] * 5
    assert compute_pair_use(Features(m), np.array([2, 0]), np.array([0, 0])).tolist() == [3, 1]


def test_minutes_are_contacts_and_the_walk_to_each_visit_and_back():
    elders = [north(0), north(500), {"contacts_per_week": 0.0}]
    m = month(elders, [north(0)], capacity=MINUTES)
    walk_min = math.ceil(500 * 1.3 / 0.8 / 60)
    assert compute_pair_use(Features(m), np.arange(3), np.zeros(3, dtype=np.int64)).tolist() == [
        DUE_MIN,
        DUE_MIN + 10 * walk_min,
        0,
    ]
    assert compute_base_use(Features(m)).tolist() == [DUE_MIN, DUE_MIN, 0]
    slower = {"walking_m_per_s": 0.4, "visit_min": 30, "call_min": 5}
    m = month(elders, [north(0)], capacity=MINUTES, schedule=slower, distance={"detour_factor": 1.0})
    walk_min = math.ceil(500 / 0.4 / 60)
    assert compute_pair_use(Features(m), np.array([1]), np.array([0])).tolist() == [5 * (30 + 2 * walk_min) + 4 * 5]


def test_what_volunteers_have_is_the_roster_s_or_as_set():
    volunteers = [{"capacity": 3.0, "minutes_per_month": 600.0}, {}]
    minutes = month([], volunteers, capacity=MINUTES | {"default_minutes": 900})
    assert Features(minutes).capacity.tolist() == [600, 900]
    assert Features(month([], volunteers, capacity=UNITS)).capacity.tolist() == [3, 5]


# the plans


def test_an_elder_of_two_units_takes_two():
    plan = match(
        month([{"risk": "high"}, {"risk": "high"}, {}], [{"capacity": 3.0}, {"capacity": 2.0}], capacity=UNITS)
    )
    assert len(plan.elder) == 3
    assert sum_pair_use(plan.features, plan.elder, plan.volunteer).tolist() == [3, 2]
    assert plan.search.status == "optimal"


def test_as_many_elders_as_possible_or_as_much_as_they_take():
    elders = [{"risk": "high"}, {"risk": "low"}, {"risk": "low"}]
    few = month(elders, [{"capacity": 2.0}], capacity=UNITS)
    assert match(few).elder.tolist() == [1, 2]
    assert match(month(elders, [{"capacity": 2.0}], capacity=UNITS, priority={"as_many": "use"})).elder.tolist() == [0]


def test_a_longer_walk_takes_minutes():
    for left, served in ((2.0 * DUE_MIN, 1), (2.0 * DUE_MIN + 170, 2)):
        plan = match(month([north(0), north(600)], [north(0) | {"minutes_per_month": left}], capacity=MINUTES))
        assert len(plan.elder) == served


def test_who_has_no_minutes_takes_no_part():
    m = month([{}, {}], [{"minutes_per_month": 0.0}, {}], capacity=MINUTES)
    plan = match(m)
    assert plan.volunteer.tolist() == [1, 1]
    assert plan.places == 1800


def test_pins_take_their_units_and_too_many_are_told():
    elders = [{"risk": "high"}, {"risk": "high"}, {}]
    m = month(elders, [{"capacity": 3.0}], pins=pairs((0, 0)), capacity=UNITS)
    assert match(m).elder.tolist() == [0, 2]
    m = month(elders, [{"capacity": 3.0}], pins=pairs((0, 0), (1, 0)), capacity=UNITS)
    assert [(i.code, i.params) for i in check_pins(m)] == [("pin_over_units", {"pins": 4, "capacity": 3})] * 2
    m = month(elders, [{"minutes_per_month": 300.0}], pins=pairs((0, 0), (1, 0)), capacity=MINUTES)
    assert {(i.code, i.params["pins"]) for i in check_pins(m)} == {("pin_over_minutes", 2 * DUE_MIN)}


def test_last_month_s_pairs_that_do_not_fit_are_told_apart():
    elders = [{"risk": "high"}, {"risk": "high"}, {}, {}]
    plan = match(month(elders, [{"capacity": 3.0}, {}], previous=pairs((0, 0), (1, 0), (2, 0)), capacity=UNITS))
    assert (plan.budget.pairs, plan.budget.unavoidable, plan.budget.broken) == (3, 1, 1)
    assert [row.reason for row in plan.changes] == ["capacity"]


def test_backups_have_places_of_their_own():
    elders = [{"risk": "high"}, {}]
    plan = match(month(elders, [{"capacity": 3.0}, {"capacity": 1.0}], capacity=UNITS, backup={"planned": True}))
    assert len(plan.elder) == 2
    assert (plan.backups.volunteer != plan.volunteer).all()


@pytest.mark.parametrize(
    ("override", "path", "other"),
    [
        ("capacity.fair_m=10", "capacity.fair_m", "capacity.unit"),
        ("capacity.minimum=2", "capacity.minimum", "capacity.unit"),
        ("capacity.most_high_risk=3", "capacity.most_high_risk", "capacity.unit"),
        ("keep.budget='5%'", "keep.budget", "capacity.unit"),
    ],
)
def test_settings_that_count_elders_contradict_units(override, path, other):
    for unit in ("units", "minutes"):
        with pytest.raises(InputError) as caught:
            load(None, [f"capacity.unit={unit}", override])
        assert [(i.code, i.column, i.params["other"]) for i in caught.value.issues] == [
            ("settings_contradict", path, other)
        ]
    load(None, [override])


def test_what_if_capacity_were_in_units():
    plan = match(month([{"risk": "high"}, {}], [{"capacity": 2.0}]))
    assert len(plan.elder) == 2
    assert len(what_if(plan, capacity={"unit": "units"}).elder) == 1


def test_reasons_say_what_is_lacking_and_what_is_proved():
    elders = [{"risk": "high"}, {"risk": "high"}, {"risk": "high"}, north(5000)]
    m = month(elders, [{"capacity": 3.0}, {"capacity": 2.0}], capacity=UNITS)
    plan = match(m)
    assert [row.reason for row in plan.unmatched] == ["no_room", "no_volunteer_in_reach"]
    lacking = {"volunteers": 2, "needed": 2, "lacking": 1, "unit": "units", "more": "more elders"}
    assert plan.unmatched[0].evidence == lacking
    for language in ("en", "zh"):
        with in_language(language):
            assert "{" not in "".join(make_unmatched_frame(plan, tables.PeopleNames.of(m.roster))["detail"])


# against integer programs

PLACES = st.tuples(st.integers(-900, 900), st.integers(-900, 900))


@st.composite
def months(draw):
    risks = st.sampled_from(["", "low", "medium", "high"])
    visits = st.sampled_from([np.nan, 0.0, 1.0, 3.0])

    def at(place):
        return {"lat": 31.23 + place[1] * 1e-5, "lng": 121.47 + place[0] * 1e-5}

    elders = [
        at(place) | {"risk": draw(risks), "contacts_per_week": draw(visits)}
        for place in draw(st.lists(PLACES, min_size=1, max_size=9))
    ]
    volunteers = [
        at(place) | {"capacity": float(draw(st.integers(0, 5))), "minutes_per_month": 50.0 * draw(st.integers(0, 30))}
        for place in draw(st.lists(PLACES, min_size=1, max_size=4))
    ]
    who, whom = st.integers(0, len(elders) - 1), st.integers(0, len(volunteers) - 1)
    return month(
        elders,
        volunteers,
        previous=pairs(*draw(st.dictionaries(who, whom, max_size=8)).items()),
        pins=pairs(*draw(st.dictionaries(who, whom, max_size=2)).items()),
        keep={"worth_m": draw(st.sampled_from([0, 500])), "month_worth_m": 0},
        capacity={
            "unit": draw(st.sampled_from(["units", "minutes"])),
            "units_by_risk": {"high": draw(st.integers(1, 3)), "medium": draw(st.integers(0, 2))},
        },
        priority={
            "order": draw(st.sampled_from([(), ("risk",), ("current", "high_risk")])),
            "as_many": draw(st.sampled_from(["elders", "use"])),
        },
    )


class Program:
    """The month as an integer program, over every pair within the limit."""

    def __init__(self, m):
        self.m, asked = m, m.settings
        elders, volunteers = m.roster.elders, m.roster.volunteers
        last = dict(zip(m.previous.elder.tolist(), m.previous.volunteer.tolist(), strict=True))
        pins = dict(zip(m.pins.elder.tolist(), m.pins.volunteer.tolist(), strict=True))
        self.arcs, self.cost, self.own, use = [], [], [], []
        for e, a in elders.iterrows():
            often = 2.0 if math.isnan(a.contacts_per_week) else a.contacts_per_week
            visits = {0.0: 0, 1.0: 5, 2.0: 5, 3.0: 5}[often]
            contacts = {0.0: 0, 1.0: 5, 2.0: 9, 3.0: 14}[often]
            for v, b in volunteers.iterrows():
                walk, kept = geodesic((a.lat, a.lng), (b.lat, b.lng)).m * 1.3, last.get(e) == v
                minutes = visits * 45 + (contacts - visits) * 15
                units = asked.capacity.units_by_risk.get(a.risk or "low", 1)
                own = units if asked.capacity.unit == "units" else minutes
                walked = 0 if asked.capacity.unit == "units" else 2 * visits * math.ceil(walk / 0.8 / 60)
                has = b.capacity if asked.capacity.unit == "units" else b.minutes_per_month
                if pins[e] == v if e in pins else b.capacity and has and (walk <= 1000 or kept):
                    self.arcs.append((e, v))
                    self.cost.append(round(walk) - asked.keep.worth_m * kept)
                    self.own.append(max(own, 1))
                    use.append(own + walked)
        one, load = np.zeros((len(elders), len(use))), np.zeros((len(volunteers), len(use)))
        for i, (e, v) in enumerate(self.arcs):
            one[e, i], load[v, i] = 1, use[i]
        column = "capacity" if asked.capacity.unit == "units" else "minutes_per_month"
        pinned = np.array([[float(e in pins) for e, _ in self.arcs]])
        self.rules = [LinearConstraint(one, ub=1), LinearConstraint(load, ub=volunteers[column])]
        self.rules.append(LinearConstraint(pinned, len(pins), len(pins)))

    def best(self, gain):
        """The most of something over pairs, held from now on."""
        row = np.array(gain, dtype=float)
        found = milp(-row, integrality=np.ones(len(row)), bounds=Bounds(0, 1), constraints=self.rules)
        self.rules.append(LinearConstraint(row[None], round(-found.fun) - 0.5))
        return round(-found.fun)


@given(months())
@settings(deadline=None, max_examples=some(30), phases=(Phase.explicit, Phase.reuse, Phase.generate))
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
        assert program.best(np.ones(len(program.arcs))) == 0
        return
    by_use, precedence = m.settings.priority.as_many == "use", plan.precedence
    of_arc = dict(zip(program.arcs, program.own, strict=True))
    chosen = list(zip(plan.elder.tolist(), plan.volunteer.tolist(), strict=True))
    who = np.array([e for e, _ in program.arcs])
    counted = np.array(program.own if by_use else [1] * len(who))
    tiers = np.unique(precedence.tier).tolist()
    kept = [
        one
        for one in tiers
        if "current" in m.settings.priority.order and precedence.current[precedence.tier == one].all()
    ]
    for one in [*kept, 0, *(one for one in tiers if one not in kept)]:
        mine = [two for two in chosen if one in (0, precedence.tier[two[0]])]
        gain = counted * ((precedence.tier[who] == one) | (one == 0))
        assert sum(of_arc[two] if by_use else 1 for two in mine) == program.best(gain)
    saved = precedence.leaving_out_m
    gain = saved[who] - np.array(program.cost)
    assert saved[plan.elder].sum() - plan.cost_m.sum() == program.best(gain)
    if plan.search is not None:
        assert (plan.search.status, plan.search.gap, plan.search.most_more) == ("optimal", 0, 0)
        assert all(goal.left_out == goal.bound for goal in plan.search.goals)
        assert plan.search.certified_bound <= plan.certificate.bound == plan.certificate.cost
    left = Features(m).capacity - sum_pair_use(Features(m), plan.elder, plan.volunteer)
    assert (left >= 0).all()
    assert not verify_plan(plan).violations


def test_no_plan_claims_more_than_it_knows_when_time_is_up():
    rng = np.random.default_rng(0)
    elders = [north(x) | {"risk": ("low", "high")[i % 2]} for i, x in enumerate(rng.integers(-400, 400, 60))]
    volunteers = [north(x) for x in rng.integers(-400, 400, 12)]
    plan = match(month(elders, volunteers, capacity=UNITS | {"time_limit_s": 1e-9}))
    best = match(month(elders, volunteers, capacity=UNITS))
    assert (plan.search.status, best.search.status) == ("feasible", "optimal")
    assert plan.certificate.bound <= best.certificate.cost <= plan.certificate.cost
    assert len(best.elder) <= len(plan.elder) + plan.search.most_more
    assert not verify_plan(plan).violations
    assert {row.reason for row in plan.unmatched} == {"no_room_unproven"}


def make_row(n, units):
    """Villages in a row, a volunteer each, the last with room for one more: one elder more moves everybody by one."""
    elders = [north(2000 * i) | {"risk": "high", "waiting_since": f"2026-{1 + i % 12:02}-01"} for i in range(n)]
    volunteers = [north(2000 * i) | {"capacity": units * (1.0 + (i == n - 1))} for i in range(n)]
    return month(
        [*elders, north(0) | {"risk": "high"}],
        volunteers,
        previous=pairs(*((i, i) for i in range(n))),
        capacity=UNITS | {"units_by_risk": {"high": units}},
        distance={"urban_limit_m": 3000, "rural_limit_m": 3000},
    )


@pytest.mark.parametrize("units", [1, 2, 3])
def test_one_more_elder_is_served_however_many_move(units):
    """Each who moves walks far and breaks a pair: no weight of one elder outweighs the metres of sixty."""
    plan = match(make_row(60, units))
    assert len(plan.elder) == 61
    assert plan.search.status == "optimal"
    assert plan.cost_m.sum() > 60 * 2000


def test_the_last_elder_of_an_early_tier_counts_more_than_any_saving():
    """Units of two kinds, so that no flow helps: one elder of tier 1 or of tier 2 for the last place."""
    rng = np.random.default_rng(4)
    elders = [north(x) | {"risk": ("low", "medium", "high")[i % 3]} for i, x in enumerate(rng.integers(0, 2000, 40))]
    volunteers = [north(x) | {"capacity": 4.0} for x in rng.integers(0, 2000, 11)]
    m = month(elders, volunteers, capacity=UNITS, priority={"order": ("risk",)})
    plan = match(m)
    tier = plan.precedence.tier
    assert [goal.tier for goal in plan.search.goals] == [0, 1, 2]
    out = np.setdiff1d(np.arange(40), plan.elder)
    assert [goal.left_out for goal in plan.search.goals] == [len(out), *((tier[out] == k).sum() for k in (1, 2))]
    assert plan.search.status == "optimal"


def test_a_plan_is_optimal_only_where_every_goal_is():
    rng = np.random.default_rng(0)
    elders = [north(x) | {"risk": ("low", "high")[i % 2]} for i, x in enumerate(rng.integers(-400, 400, 60))]
    volunteers = [north(x) for x in rng.integers(-400, 400, 12)]
    plan = match(month(elders, volunteers, capacity=UNITS | {"time_limit_s": 1e-9}))
    proof = plan.search
    assert (proof.status == "optimal") == (
        plan.certificate.optimal and all(goal.left_out == goal.bound for goal in proof.goals)
    )
    assert proof.most_more > 0
    assert proof.status == "feasible"


def test_what_counted_is_told():
    elders = [{"risk": "high"}, {}, {}]
    for counted, as_many, served in (("elders", "elders", [1, 2]), ("units", "use", [0])):
        capacity = UNITS | {"units_by_risk": {"high": 3}}
        m = month(elders, [{"capacity": 3.0}], capacity=capacity, priority={"as_many": as_many})
        plan = match(m)
        assert plan.elder.tolist() == served
        assert list_claims(plan)[0] == {"elders": "most_elders", "units": "most_use"}[counted]
        sentences = make_unmatched_frame(plan, tables.PeopleNames.of(m.roster))["detail"]
        more = {"elders": "no plan serves more elders", "units": "no plan serves more units of service"}[counted]
        with in_language("en"):
            assert all(sentence.endswith(more) for sentence in sentences)


def test_who_has_a_pair_keeps_a_place_before_others_count():
    """One of two units with a pair, two of one unit without: the count alone would take the two."""
    elders = [{"risk": "high"}, {}, {}]
    for order, served, claims in (
        (("current", "high_risk"), [0], ["most_kept", "most_elders", "first_tiers", "least_cost"]),
        (("high_risk",), [1, 2], ["most_elders", "first_tiers", "least_cost"]),
    ):
        m = month(elders, [{"capacity": 2.0}], previous=pairs((0, 0)), capacity=UNITS, priority={"order": order})
        plan = match(m)
        assert plan.elder.tolist() == served
        assert list(list_claims(plan)) == claims
    reasons = make_unmatched_frame(plan, tables.PeopleNames.of(m.roster))["detail"].tolist()
    assert not any("keeps" in reason for reason in reasons)


def test_who_takes_no_units_keeps_a_pair_where_none_are_left():
    """The verifier reckons tiers likewise: a pair that takes nothing may go on, but not with who has no capacity."""
    elders = [{"risk": risk} for risk in ("high", "medium", "low", "medium")]
    m = month(
        elders,
        [{"capacity": 1.0}, {"capacity": 0.0}],
        previous=pairs((0, 0), (1, 0), (3, 1)),
        capacity=UNITS | {"units_by_risk": {"high": 1, "medium": 0}},
        priority={"order": ("risk", "current")},
    )
    plan = match(m)
    assert plan.precedence.current.tolist() == [True, True, False, False]
    assert plan.precedence.tier.tolist() == [1, 2, 4, 3]
    assert not verify_plan(plan).violations


def test_what_is_open_is_claimed_of_no_plan():
    plan = match(month([{"risk": "high"}, {}, {}], [{"capacity": 2.0}], capacity=UNITS))
    first, count, second = Goal(1, 1, 1), Goal(0, 2, 2), Goal(2, 1, 1)
    for goals, claims in (
        ((replace(first, bound=0), count, second), ("more_kept_possible",)),
        ((first, replace(count, bound=1), second), ("most_kept", "more_possible")),
        ((first, count, replace(second, bound=0)), ("most_kept", "most_elders", "more_first_possible")),
        ((first, count, second), ("most_kept", "most_elders", "first_tiers", "gap")),
    ):
        more = goals[1].left_out - goals[1].bound
        search = replace(plan.search, status="feasible", goals=goals, most_more=more)
        assert list_claims(replace(plan, search=search)) == claims


def test_units_have_no_price():
    m = month([{"risk": "high"}, {"risk": "high"}], [{"capacity": 3.0}], capacity=UNITS)
    plan = match(m)
    assert tables.make_capacity_frame(plan, tables.PeopleNames.of(m.roster))["place_price_m"].isna().all()


# the verifier

CASES = Cases()
fault = CASES.fault


@fault(Violation("units", volunteer_id="V000", amount=1))
def more_units_than_there_are(m):
    m.elder(0, "risk", "high")
    m.elder(1, "self_care", "unable")
    m.volunteer(0, "capacity", 3.0)
    m.set(capacity=UNITS)


@fault()
def as_many_units_as_there_are(m):
    more_units_than_there_are(m)
    m.set(capacity=UNITS | {"units_by_risk": {"high": 1}})


MINUTES_OF_BOTH = 2 * DUE_MIN + 10 * math.ceil(130 / 48) + 10 * math.ceil(260 / 48)


@fault(Violation("minutes", volunteer_id="V000", amount=7))
def more_minutes_than_there_are(m):
    m.volunteer(0, "minutes_per_month", MINUTES_OF_BOTH - 7.0)
    m.set(capacity=MINUTES)


@fault()
def as_many_minutes_as_there_are(m):
    m.volunteer(0, "minutes_per_month", float(MINUTES_OF_BOTH))
    m.set(capacity=MINUTES)


@fault(Violation("minutes", volunteer_id="V001", amount=DUE_MIN + 10 * math.ceil(260 / 48) - 100))
def the_default_holds_for_who_says_nothing(m):
    m.volunteer(0, "minutes_per_month", 5000.0)
    m.set(capacity=MINUTES | {"default_minutes": 100})


@pytest.mark.parametrize(("plant", "expected"), CASES, ids=CASES.names())
def test_the_verifier_sums_up_units_and_minutes_by_itself(plant, expected):
    assert found_after(plant) == expected


@pytest.mark.parametrize(("capacity", "right"), [({}, 2.0), (UNITS, 3.0), (MINUTES, float(MINUTES_OF_BOTH))])
def test_the_verifier_reckons_what_is_used(capacity, right):
    m = Month()
    m.elder(0, "risk", "high")
    m.set(capacity=capacity)
    m.capacity = pd.DataFrame({"volunteer_id": ["V000"], "used": [right]})
    assert not m.violations()
    m.capacity.loc[0, "used"] += 90
    assert m.violations() == [Violation("wrong_amount", volunteer_id="V000", amount=90.0, what="used")]
