"""Why and suggest, each answer held to pinning and matching anew, or to all chains one by one."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from matcher.analysis.compare import compare
from matcher.analysis.suggest import suggest_volunteers
from matcher.analysis.why import (
    WhyLeftOut,
    WhyNotPair,
    WhyPair,
    explain_elder,
    explain_pair,
    explain_volunteer,
)
from matcher.api import hold
from matcher.horizon import Horizon
from matcher.matching.candidates import find_candidates
from matcher.matching.capacity import compute_load_cost_m
from matcher.matching.held_plan import hold_plan
from matcher.matching.match import match_as_far_as_possible
from matcher.matching.pin_prices import compare_plans
from matcher.month import MonthData
from matcher.roster import make_roster
from matcher.roster.model import PairList
from matcher.sample import make_sample
from matcher.settings import Settings
from tests.helpers.people import month, north, pairs

SETTINGS = (
    {},
    {"capacity": {"fair_m": 60}},
    {"capacity": {"most_high_risk": 1}},
    {"priority": {"order": ["risk"]}},
    {"keep": {"fewest_broken": True}},
)


def make_month(seed, elders, volunteers):
    """A random month; places run out in most."""
    sample = make_sample(elders, volunteers, seed)
    settings = Settings.model_validate(SETTINGS[seed % len(SETTINGS)])
    roster = make_roster(sample.elders, sample.volunteers, settings)
    return MonthData(roster, Horizon.of_month("2026-12"), settings)


def list_pairs(data, elder, volunteer):
    """Pairs of roster indices as a list."""
    elder, volunteer = np.asarray(elder, dtype=np.int64), np.asarray(volunteer, dtype=np.int64)
    ids = (data.roster.elders["id"].to_numpy()[elder], data.roster.volunteers["id"].to_numpy()[volunteer])
    return PairList(elder, volunteer, tuple(ids[0]), tuple(ids[1]), np.arange(2, 2 + len(elder)), "pairs.csv")


def hold_to_matching_anew(data, plan, elder, choice):
    """Hold a choice to the plan that has the pair pinned: metres, how many are served, the elder served."""
    pinned = match_as_far_as_possible(replace(data, pins=list_pairs(data, [elder], [choice.volunteer])))
    price = compare_plans(pinned, plan)
    effect = choice.effect
    assert effect.metres == price.metres
    assert len(effect.left_out) - len(effect.taken_in) == price.elders
    now = plan.volunteer_of
    for move in effect.moves:
        assert now[move.elder] == move.before
        now[move.elder] = move.after
    assert now[elder] == choice.volunteer
    assert (np.bincount(now[now >= 0], minlength=data.n_volunteers) <= plan.features.capacity).all()
    assert effect.left_out == tuple(m.elder for m in effect.moves if m.after < 0)


@pytest.mark.parametrize("seed", range(5))
def test_each_price_is_that_of_pinning_and_matching_anew(seed):
    rng = np.random.default_rng(seed)
    data = make_month(seed, int(rng.integers(25, 50)), int(rng.integers(4, 9)))
    plan = match_as_far_as_possible(data)
    held = hold(plan)
    assert held.is_best
    assert held.solved.certify().optimal
    left_out = np.flatnonzero((plan.volunteer_of < 0) & held.eligible[0])
    asked = [*rng.choice(plan.elder, 1).tolist(), *left_out[:1].tolist()]
    for elder in asked:
        found = explain_elder(held, elder)
        if isinstance(found, WhyPair):
            assert sum(found.terms.values()) == plan.cost_m[plan.elder == elder][0]
        costs = [choice.effect.metres for choice in found.choices if not choice.effect.left_out]
        assert costs == sorted(costs) or any(choice.effect.left_out for choice in found.choices)
        for choice in found.choices[:1]:
            hold_to_matching_anew(data, plan, elder, choice)
        why = explain_pair(held, elder, int(rng.integers(data.n_volunteers)))
        if isinstance(why, WhyNotPair) and why.choice is not None:
            hold_to_matching_anew(data, plan, elder, why.choice)


@pytest.mark.parametrize("seed", [1, 4])
def test_prices_hold_with_lists_too(seed, monkeypatch):
    """Last month's pairs, pins and never-pairs; who comes first is taken as it is in the plan, when matched anew too.

    Matching anew would rank anew: who loses a pair of last month by the pin waits for another.
    """
    rng = np.random.default_rng(seed)
    data = make_month(seed, 30, 6)
    drawn = rng.permutation(data.n_elders)
    kept, pinned, never = (list_pairs(data, who, rng.integers(0, 6, len(who))) for who in np.split(drawn, [22, 25]))
    data = replace(data, previous=kept, pins=pinned, never=never)
    plan = match_as_far_as_possible(data)
    held = hold(plan)
    monkeypatch.setattr(sys.modules["matcher.matching.match"], "rank_elders", lambda *_args: plan.precedence)
    for elder in kept.elder[:3].tolist():
        for choice in explain_elder(held, elder).choices[:1]:
            pins = list_pairs(data, [*pinned.elder, elder], [*pinned.volunteer, choice.volunteer])
            price = compare_plans(match_as_far_as_possible(replace(data, pins=pins)), plan)
            assert choice.effect.metres == price.metres
            assert len(choice.effect.left_out) - len(choice.effect.taken_in) == price.elders


@pytest.mark.parametrize("seed", range(1))
def test_the_next_best_choice_is_the_best_of_all(seed):
    data = make_month(seed, 20, 5)
    plan = match_as_far_as_possible(data)
    elder = int(plan.elder[seed])
    (best, *_) = explain_elder(hold(plan), elder).choices
    own = np.zeros(data.n_elders, dtype=bool)
    own[elder] = True
    found = find_candidates(plan.features, own, np.ones(data.n_volunteers, dtype=bool))
    prices = []
    for volunteer in found.volunteer.tolist():
        if volunteer != plan.volunteer_of[elder]:
            pinned = match_as_far_as_possible(replace(data, pins=list_pairs(data, [elder], [volunteer])))
            price = compare_plans(pinned, plan)
            prices.append((price.elders, price.metres))
    assert (len(best.effect.left_out) - len(best.effect.taken_in), best.effect.metres) == min(prices)


@pytest.mark.parametrize("seed", range(2))
def test_a_volunteer_s_worth_is_that_of_matching_anew(seed):
    data = make_month(seed, 30, 6)
    plan = match_as_far_as_possible(data)
    volunteer = int(plan.volunteer[0])
    found = explain_volunteer(hold(plan), volunteer)
    assert [elder for elder, _ in found.elders] == np.flatnonzero(plan.volunteer_of == volunteer).tolist()
    for effect, places in ((found.one_more, found.places + 1), (found.gone, 0)):
        people = data.roster.volunteers.copy()
        people.loc[people.index[volunteer], "capacity"] = float(places)
        anew = match_as_far_as_possible(replace(data, roster=replace(data.roster, volunteers=people)))
        price = compare_plans(anew, plan)
        assert (effect.metres, len(effect.left_out) - len(effect.taken_in)) == (price.metres, price.elders)


def test_the_proof_that_places_run_out():
    """Three elders, one volunteer with two places: who is left out, whom they depend on, who would give way."""
    data = month([north(10), north(20), north(30)], [{**north(0), "capacity": 2.0}])
    plan = match_as_far_as_possible(data)
    held = hold(plan)
    (left_out,) = np.flatnonzero(plan.volunteer_of < 0).tolist()
    found = explain_elder(held, left_out)
    assert isinstance(found, WhyLeftOut)
    elders, volunteers, places = found.shortage
    assert (elders.tolist(), volunteers.tolist(), places) == ([0, 1, 2], [0], 2)
    (choice,) = found.choices
    assert choice.effect.moves[0].elder == left_out
    assert len(choice.effect.left_out) == len(choice.effect.taken_in) == 1
    assert choice.effect.taken_in == (left_out,)


def test_the_proof_counts_all_who_depend_on_the_same_places():
    """Two of four are left out: either's proof says that two must do without."""
    data = month([north(10), north(20), north(30), north(40)], [{**north(0), "capacity": 2.0}])
    plan = match_as_far_as_possible(data)
    held = hold(plan)
    for left_out in np.flatnonzero(plan.volunteer_of < 0).tolist():
        elders, _volunteers, places = explain_elder(held, left_out).shortage
        assert (elders.tolist(), places) == ([0, 1, 2, 3], 2)


def test_the_proof_does_not_count_whom_somebody_else_may_serve():
    """Two neighbours with one place; a third elder has it in reach, but another volunteer's too."""
    people = [{**north(0), "capacity": 1.0}, {**north(1400), "capacity": 1.0}]
    plan = match_as_far_as_possible(month([north(0), north(10), north(700)], people))
    (left_out,) = np.flatnonzero(plan.volunteer_of < 0).tolist()
    elders, _volunteers, places = explain_elder(hold(plan), left_out).shortage
    assert (elders.tolist(), places) == ([0, 1], 1)


def test_who_comes_first_is_said_where_that_costs_more():
    """One place: an elder of high risk far away goes before a neighbour of low risk."""
    data = month([{**north(400), "risk": "high"}, {**north(10), "risk": "low"}], [{**north(0), "capacity": 1.0}])
    held = hold(match_as_far_as_possible(data))
    (choice,) = explain_elder(held, 1).choices
    assert choice.effect.left_out == (0,)
    assert choice.effect.metres < 0
    lost, gained = choice.effect.tiers
    assert lost < gained


def test_every_rule_that_bars_a_pair_is_named():
    """A never-pair who lives too far away: both rules, the dial of the one that has one, and what a pin would take."""
    data = month(
        [north(0), north(10)], [{**north(0)}, {**north(2000)}], never=pairs((0, 1)), distance={"urban_limit_m": 1000}
    )
    held = hold(match_as_far_as_possible(data))
    found = explain_pair(held, 0, 1)
    assert isinstance(found, WhyNotPair)
    assert {bar.rule for bar in found.barred} == {"distance", "never"}
    (distance,) = [bar for bar in found.barred if bar.rule == "distance"]
    assert distance.path == "distance.urban_limit_m"
    assert int(distance.value) >= 2000
    assert not found.person_barred
    assert found.refuses_pin
    assert not explain_pair(hold(match_as_far_as_possible(replace(data, never=PairList.empty()))), 0, 1).refuses_pin
    assert found.choice.effect.moves[0].after == 1
    assert found.choice.effect.metres == sum(found.terms.values())


def test_who_takes_no_part_has_no_price():
    data = month([{**north(0), "consent": "no"}, north(5)], [{**north(0), "capacity": 0.0}, north(1)])
    held = hold(match_as_far_as_possible(data))
    found = explain_pair(held, 0, 1)
    assert found.person_barred
    assert found.choice is None
    assert explain_elder(held, 0).unmatched.reason == "no_consent"
    volunteer = explain_volunteer(held, 0)
    assert not volunteer.takes_part
    assert volunteer.one_more is None


@pytest.mark.parametrize(
    ("sections", "code"),
    [({"capacity": {"unit": "units"}}, "units"), ({"keep": {"budget": "1"}}, "budget")],
)
def test_what_no_path_prices(sections, code):
    """Cost and rules are told, no prices of other pairs; suggestions move nobody."""
    data = month([north(0), north(10)], [{**north(0), "capacity": 9.0}, north(5)], previous=pairs((0, 0)), **sections)
    held = hold(match_as_far_as_possible(data))
    assert held.unpriced == code
    assert explain_elder(held, 0).choices == ()
    assert explain_volunteer(held, 0).gone is None
    alone = hold_plan(data, pairs((0, 0)))
    assert explain_elder(alone, 1).with_room == tuple(
        sorted(one.volunteer for one in suggest_volunteers(alone, 1).found)
    )
    with pytest.raises(ValueError, match="nobody else is moved"):
        suggest_volunteers(alone, 1, 1)


def test_pairs_changed_by_hand_are_said_to_be_so():
    """Two elders swapped: the best plan would swap them back; a pair against a rule stands as a pin."""
    data = month([north(0), north(500)], [{**north(0), "capacity": 1.0}, {**north(500), "capacity": 1.0}])
    held = hold_plan(data, pairs((0, 1), (1, 0)))
    assert not held.is_best
    found = explain_elder(held, 0)
    assert (found.volunteer, found.best_volunteer) == (1, 0)
    assert explain_elder(hold_plan(data, pairs((1, 0))), 0).best_volunteer == 0
    never = replace(data, never=pairs((0, 1)))
    against = hold_plan(never, pairs((0, 1)))
    found = explain_elder(against, 0)
    assert found.pinned
    assert [bar.rule for bar in found.barred] == ["never"]


def test_what_a_volunteer_takes_on_is_told_in_its_unit():
    """Elders of high risk take two units, one of them pinned."""
    people = [{**north(metres), "risk": "high"} for metres in (0, 5)]
    capacity = {"unit": "units", "units_by_risk": {"high": 2}}
    data = month(people, [{**north(0), "capacity": 5.0}], pins=pairs((0, 0)), capacity=capacity)
    found = explain_volunteer(hold_plan(data, pairs((0, 0), (1, 0))), 0)
    assert (found.unit, found.used, found.places, len(found.elders)) == ("units", 4, 5, 2)


def sum_cost(held, of):
    served = np.flatnonzero(of >= 0)
    load = np.bincount(of[served], minlength=held.features.n_volunteers)
    loads = compute_load_cost_m(held.features, load, held.eligible[1])
    return int(held.compute_cost_m(served, of[served]).sum()) + int(loads.sum())


def find_saved(held, moves):
    """Return the most that the last moves save by themselves, 0 or below, each plan summed anew."""
    least, of = 0, held.given.copy()
    for move in moves[::-1]:
        of[move.elder] = move.after
        least = min(least, sum_cost(held, of) - sum_cost(held, held.given))
    return least


def list_chains(held, elder, most_moves):
    """What the cheapest simple chain by each first volunteer costs more, by trying them all; five of them."""
    features = held.features
    row = {}
    for e in [elder, *np.flatnonzero(held.given >= 0).tolist()]:
        who = np.zeros(features.n_elders, dtype=bool)
        who[e] = True
        row[e] = find_candidates(features, who, held.eligible[1], held.rules).volunteer.tolist()

    def keeps_limit(of):
        high = np.bincount(of[(of >= 0) & features.high_risk], minlength=features.n_volunteers)
        return bool((high <= features.settings.capacity.most_high_risk).all())

    def lead(e, of, chain, moves):
        for v in row[e]:
            if v in chain:
                continue
            now, longer = of.copy(), (*chain, v)
            now[e] = v
            load = np.bincount(now[now >= 0], minlength=features.n_volunteers)
            if (load <= features.capacity).all() and keeps_limit(now):
                best[longer[0]] = min(best.get(longer[0], 2**40), sum_cost(held, now) - before)
            elif moves:
                for other in np.flatnonzero(of == v).tolist():
                    without = now.copy()
                    without[other] = -1
                    if keeps_limit(without):
                        lead(other, without, longer, moves - 1)

    best, before = {}, sum_cost(held, held.given)
    lead(elder, held.given, (), most_moves)
    return sorted(best.values())[:5]


@pytest.mark.parametrize("seed", range(4))
def test_suggestions_are_the_cheapest_of_all_chains(seed):
    """Places around an elder who joins; nobody moves, one does, two do."""
    data = make_month(seed, 14, 4)
    plan = match_as_far_as_possible(data)
    elder = int(plan.elder[seed])
    of = plan.volunteer_of
    of[elder] = -1
    joined = np.zeros(data.n_elders, dtype=bool)
    joined[elder] = True
    served = np.flatnonzero(of >= 0)
    held = hold_plan(data, list_pairs(data, served, of[served]), plan.dual_m, joined=joined)
    for moves in (0, 2):
        found = suggest_volunteers(held, elder, moves).found
        assert [one.metres for one in found] == list_chains(held, elder, moves)
        assert all(len(one.moves) <= moves for one in found)
        for one in found:
            assert one.mends_m == find_saved(held, one.moves)
    nobody = suggest_volunteers(replace(held, given=held.given), elder, 0, most=1).found
    assert len(nobody) <= 1


def test_what_a_suggestion_mends_elsewhere_is_told_apart():
    """Of a plan changed by hand the last moves of a chain may be worth it without the elder who joins."""
    people = [{}, north(300), north(10)]
    volunteers = [{**north(310), "capacity": 1.0}, {**north(0), "capacity": 1.0}, {**north(290), "capacity": 1.0}]
    data = month(people, volunteers, never=pairs((2, 1), (2, 2)))
    joined = np.array([False, False, True])
    held = hold_plan(data, pairs((0, 2), (1, 0)), None, joined=joined)  # the first would be nearer to the second
    found = suggest_volunteers(held, 2, 2).found
    chain = next(one for one in found if len(one.moves) == 2)
    assert [(move.elder, move.before, move.after) for move in chain.moves] == [(1, 0, 2), (0, 2, 1)]
    elders = np.arange(2)
    before, after = (held.compute_cost_m(elders, np.array(of)).sum() for of in ((2, 0), (1, 0)))
    assert (chain.mends_from, chain.mends_m) == (1, after - before)
    assert chain.mends_m < 0
    pair = held.compute_cost_m(np.array([2, 1, 1]), np.array([0, 2, 0]))
    assert chain.metres - chain.mends_m == pair[0] + pair[1] - pair[2]


def test_notebooks_show_tables_with_ids():
    """Of every kind of answer; ids are texts, never markup."""
    data = month([{}, north(10), north(20), {"consent": "no"}], [{"capacity": 1.0}, {**north(30), "capacity": 1.0}])
    data.roster.volunteers["id"] = ["<V0>", "V1"]
    held = hold_plan(data, pairs((0, 0), (1, 1)))
    shown = {
        "pair": explain_pair(held, 0, 0)._repr_html_(),
        "no pair": explain_pair(held, 1, 0)._repr_html_(),
        "left out": explain_elder(held, 2)._repr_html_(),
        "without consent": explain_elder(held, 3)._repr_html_(),
        "volunteer": explain_volunteer(held, 0)._repr_html_(),
        "joins": suggest_volunteers(held, 2, 0)._repr_html_(),
        "compared": compare(match_as_far_as_possible(data), match_as_far_as_possible(data))._repr_html_(),
    }
    assert all("<table>" in text and "<V0>" not in text for text in shown.values())
    assert all("&lt;V0&gt;" in shown[name] for name in ("pair", "no pair", "left out"))
    assert "E002" in shown["left out"]
    assert "no_consent" in shown["without consent"]
    assert "E000" in shown["volunteer"]


def test_with_units_nobody_moves_for_who_joins():
    """A volunteer with some units left, but too few, is none of those suggested, and no elder of theirs moves."""
    units = {"unit": "units", "units_by_risk": {"low": 1, "high": 3}}
    volunteers = [{**north(0), "capacity": 3.0}, {**north(5), "capacity": 9.0}]
    data = month([{**north(10), "risk": "low"}, {**north(20), "risk": "high"}], volunteers, capacity=units)
    held = hold_plan(data, pairs((0, 0)))
    left = held.find_capacity_left()
    assert left.left[0] > 0
    assert left.can_take(np.array([1, 1]), np.array([0, 1])).tolist() == [False, True]
    found = suggest_volunteers(held, 1).found
    assert [(one.volunteer, one.moves) for one in found] == [(1, ())]


@pytest.mark.parametrize(("mode", "expected"), [("hard", [0]), ("soft", [0, 1]), ("off", [1, 0])])
def test_a_home_keeps_its_volunteer_where_that_is_asked(mode, expected):
    """The other of a home joins: hard, only the home's volunteer; soft, another costs what a further one does."""
    home = {"building": "b", "address": "零陵路1号101室"}
    people = [{**north(30), **home}, {**north(30), **home}]
    data = month(people, [north(0), north(20)], household={"mode": mode})
    joined = np.array([False, True])
    found = suggest_volunteers(hold_plan(data, pairs((0, 0)), joined=joined), 1)
    assert [one.volunteer for one in found.found] == expected
    assert found.of_home == ((0,) if mode == "hard" else ())
    if mode == "hard":
        assert explain_elder(hold_plan(data, pairs((0, 0))), 1).with_room == (0,)
    further_m = data.settings.household.worth_m if mode == "soft" else 0
    by_volunteer = {one.volunteer: one.metres - one.cost_m for one in found.found}
    assert by_volunteer.get(1, further_m) == further_m
    assert by_volunteer[0] == 0
