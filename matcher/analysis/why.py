"""Why: what a pair costs and what else could be, what forcing a pair would take, why an elder is left out.

Each answer about what would be is the best plan under one condition more, found by one shortest path of displacements
(``assignment/solved.py``). Its price is told in metres and in people; who is left out and who comes in is read from the
path, for somebody else may be left out although as many are served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.analysis.html import Ids, write_table
from matcher.assignment import NoPlanLeftError, Solved
from matcher.assignment.hall import find_reached
from matcher.assignment.row_changes import Pin, RemoveVolunteer, SetCapacity
from matcher.columns import FILES, column
from matcher.demand.pair_use import compute_pair_use
from matcher.i18n import _
from matcher.matching.candidates import compute_cost_terms
from matcher.matching.capacity import compute_further_cost_m
from matcher.matching.explain.unmatched import explain_without_volunteers, measure_geodesic_m
from matcher.matching.held_plan import HeldPlan
from matcher.plan import Loosening, Unmatched
from matcher.rules import measure_pairs

Index = NDArray[np.int64]

Unit = Literal["elders", "units", "minutes"]
"""Measures of what a volunteer can take."""

CHOICES = 3
"""Other choices that are told."""
_MOST_TRIED = 60
"""Candidates whose exact price is sought for them."""


@dataclass(frozen=True, slots=True)
class Move:
    """An elder who goes from one volunteer to another; roster indices, -1 for none."""

    elder: int
    before: int
    after: int
    metres: int
    """What the pair after costs more than the one before."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The difference that a condition makes: the best plan with it against the best without."""

    moves: tuple[Move, ...]
    """In the order of the path: each takes the place that the next one leaves."""
    metres: int
    """All pairs, loads and those left out: what the plan costs more."""
    left_out: tuple[int, ...]
    """Elders who have a volunteer without the condition and none with it."""
    taken_in: tuple[int, ...]
    """Elders who have one only with it."""
    broken: int
    """Last month's pairs that end with it, less those that end without it."""
    tiers: tuple[int, int] | None = None
    """The first tier of those left out and of those taken in, where the one comes before the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A volunteer whom an elder could have, and what that would take."""

    volunteer: int
    cost_m: int
    """What the pair itself costs."""
    distance_m: float
    """Straight line; NaN where it is not known."""
    effect: Effect


@dataclass(frozen=True, slots=True, eq=False)
class WhyPair:
    """Why a pair is: each term of its cost, and the next best choices of the elder."""

    elder: int
    volunteer: int
    pinned: bool
    barred: tuple[Loosening, ...]
    """Rules that the pair stands against, by a pin or by somebody's hand."""
    terms: Mapping[str, int]
    """The pair's cost by rule, metres; their sum is its cost."""
    distance_m: float
    best_volunteer: int
    """The elder's volunteer in the best plan, -1 for none: another where people changed the plan."""
    choices: tuple[Choice, ...]
    """The cheapest first; none where the pair is pinned or paths do not price it."""
    ids: Ids = field(repr=False)

    def _repr_html_(self) -> str:
        """Return the terms and the choices as tables, for a notebook."""
        pair = (self.elder, self.volunteer, self.distance_m)
        return _write_pair(self.ids, *pair, self.terms) + _write_choices(self.ids, self.choices)


@dataclass(frozen=True, slots=True, eq=False)
class WhyNotPair:
    """Why a pair is not: the rules that bar it, or what forcing it would take."""

    elder: int
    volunteer: int
    barred: tuple[Loosening, ...]
    """Every rule that bars the pair, and how far it would have to give way."""
    person_barred: bool
    """Whether one of the two takes no part at all."""
    refuses_pin: bool
    """True where a rule bars the pair that yields to no pin."""
    terms: Mapping[str, int]
    distance_m: float
    choice: Choice | None
    """What the pair would take as a pin; None where it cannot be had, or paths do not price it."""
    ids: Ids = field(repr=False)

    def _repr_html_(self) -> str:
        """Return the rules that bar the pair, the terms, and what it would take as tables, for a notebook."""
        bars = [(_(bar.sentence), bar.path, bar.value) for bar in self.barred]
        titles = (_("rule"), _("would hold with"), "")
        pair = _write_pair(self.ids, self.elder, self.volunteer, self.distance_m, self.terms)
        return write_table(titles, bars) + pair + _write_choices(self.ids, [self.choice] if self.choice else [])


@dataclass(frozen=True, slots=True, eq=False)
class WhyLeftOut:
    """Why an elder has no volunteer: a rule bars them, nobody may serve them, or places run out: then the proof."""

    elder: int
    unmatched: Unmatched | None
    """The reason where a rule bars the elder or no volunteer may serve them; None where places run out."""
    volunteers: tuple[int, ...]
    """Whom the elder may have; roster indices."""
    shortage: tuple[Index, Index, int] | None
    """Elders who may have no other places, volunteers, and these places, all of them taken."""
    choices: tuple[Choice, ...]
    """What it would take to serve this elder all the same, the cheapest first."""
    with_room: tuple[int, ...]
    """Volunteers among ``volunteers`` who have room for this elder, the pairs as they stand."""
    best_volunteer: int
    """The elder's volunteer in the best plan, -1 for none: somebody where people changed the plan."""
    ids: Ids = field(repr=False)

    def _repr_html_(self) -> str:
        """Return the reason or the proof, and the choices, as tables, for a notebook."""
        told: dict[str, object] = {column("unmatched", "elder_id").header(): self.ids.elders[self.elder]}
        if self.unmatched is not None:
            told[column("unmatched", "reason").header()] = self.unmatched.reason
        if self.shortage is not None:
            elders, volunteers, places = self.shortage
            counts = {"elders": len(elders), "volunteers": len(volunteers), "places": places}
            told |= {column("shortages", name).header(): count for name, count in counts.items()}
        return write_table(told, [told.values()]) + _write_choices(self.ids, self.choices)


@dataclass(frozen=True, slots=True, eq=False)
class WhyVolunteer:
    """A volunteer's elders, and what a place more, or the volunteer, is worth."""

    volunteer: int
    takes_part: bool
    unit: Unit
    used: int
    """Number of these that the elders take."""
    places: int
    elders: tuple[tuple[int, int], ...]
    """Each elder of the plan, and what the pair costs."""
    one_more: Effect | None
    """What one place more would bring; None where paths do not price it."""
    gone: Effect | None
    """What the volunteer's leaving would take; None where paths do not price it."""
    ids: Ids = field(repr=False)

    def _repr_html_(self) -> str:
        """Return the elders, and what a place more and the volunteer are worth, as tables, for a notebook."""
        titles = (column("pairs", name).header() for name in ("elder_id", "cost_m"))
        pairs = write_table(titles, ((self.ids.elders[elder], cost) for elder, cost in self.elders))
        effects = ((_("With one place more:"), self.one_more), (_("Without this volunteer:"), self.gone))
        rows = ((text, *_list_cells(self.ids, effect)) for text, effect in effects if effect is not None)
        return pairs + write_table(("", *_name_effects()), rows)


def explain_pair(held: HeldPlan, elder: int, volunteer: int) -> WhyPair | WhyNotPair:
    """Return why two are a pair in the plan as given, or why they are none; roster indices."""
    if held.given[elder] != volunteer:
        return _explain_no_pair(held, elder, volunteer)
    pinned = bool(held.features.pinned_volunteer[elder] == volunteer)
    terms, distance_m = _list_terms(held, elder, volunteer)
    barred = list_bars(held, elder, volunteer)[0] if pinned else ()
    choices = () if pinned else find_choices(held, elder)
    best = int(held.volunteer_of[elder])
    return WhyPair(elder, volunteer, pinned, barred, terms, distance_m, best, choices, Ids.of(held.month))


def explain_elder(held: HeldPlan, elder: int) -> WhyPair | WhyLeftOut:
    """Return why an elder has the volunteer of the plan as given, or none; roster indices."""
    if held.given[elder] >= 0:
        found = explain_pair(held, elder, int(held.given[elder]))
        assert isinstance(found, WhyPair)
        return found
    mine, ids = _find_volunteers(held, elder), Ids.of(held.month)
    if not len(mine):
        reason = explain_without_volunteers(elder, held.rules, held.eligible[1], held.find_capacity_left())
        return WhyLeftOut(elder, reason, (), None, (), (), -1, ids)
    shortage = _find_shortage(held, elder) if held.solved is not None else None
    takes = held.find_capacity_left().can_take(np.full(len(mine), elder), mine)
    there = held.find_home_volunteers(elder)
    if len(there) and held.features.settings.household.mode == "hard":
        takes &= np.isin(mine, there)
    choices = find_choices(held, elder)
    room, best = tuple(mine[takes].tolist()), int(held.volunteer_of[elder])
    return WhyLeftOut(elder, None, tuple(mine.tolist()), shortage, choices, room, best, ids)


def explain_volunteer(held: HeldPlan, volunteer: int) -> WhyVolunteer:
    """Return whom a volunteer has, and what a place more, or the volunteer, is worth; roster indices."""
    elders = np.flatnonzero(held.given == volunteer)
    costs = held.compute_cost_m(elders, np.full(len(elders), volunteer))
    takes_part = bool(held.eligible[1][volunteer])
    pinned = np.flatnonzero(held.features.pinned_volunteer == volunteer)
    used, taken_by_pins = (
        int(compute_pair_use(held.features, who, np.full(len(who), volunteer)).sum()) for who in (elders, pinned)
    )
    places = int(held.capacity.left[volunteer]) + taken_by_pins if takes_part else 0
    one_more = gone = None
    if held.solved is not None and takes_part:
        one_more, gone = _price_place(held, volunteer)
    return WhyVolunteer(
        volunteer,
        takes_part,
        held.features.settings.capacity.unit,
        used,
        places,
        tuple(zip(elders.tolist(), costs.tolist(), strict=True)),
        one_more,
        gone,
        Ids.of(held.month),
    )


def find_choices(held: HeldPlan, elder: int, most: int = CHOICES) -> tuple[Choice, ...]:
    """Return the volunteers whom an elder could have beside the plan's, the cheapest for the plan as a whole first.

    A candidate's reduced cost is what the pair takes at least. Candidates are priced exactly in this order, until the
    best found are no dearer than what is still to come.
    """
    solved, numbered = held.solved, held.numbered
    if solved is None or numbered is None:
        return ()
    e = int(np.searchsorted(numbered.elders, elder))
    if e == len(numbered.elders) or numbered.elders[e] != elder:
        return ()
    mine, costs = solved.get_candidates(e)
    own = int(solved.volunteer_of[e])
    price = np.where(solved.sides.limited[e] > 0, solved.limited_prices, solved.prices)
    pays = int(solved.plan.cost[e] + price[own]) if own >= 0 else int(solved.sides.unmatched_cost[e])
    least = costs + price[mine] - pays
    order = np.lexsort((mine, costs, least))
    order = order[(mine[order] != own) & (numbered.volunteers[mine[order]] != held.given[elder])][:_MOST_TRIED]
    found: list[tuple[int, int, Solved]] = []
    for k in order.tolist():
        if len(found) >= most and least[k] >= sorted(found, key=lambda one: one[:2])[most - 1][0]:
            break
        try:
            after = solved.change(Pin(e, int(mine[k])))
        except NoPlanLeftError:  # all places are pinned
            continue
        found.append((after.cost - solved.cost, int(mine[k]), after))
    found = sorted(found, key=lambda one: one[:2])[:most]
    return tuple(_make_choice(held, elder, int(numbered.volunteers[v]), solved, after) for _, v, after in found)


def _explain_no_pair(held: HeldPlan, elder: int, volunteer: int) -> WhyNotPair:
    """Return what bars a pair, or what forcing it would take."""
    barred, by_person = list_bars(held, elder, volunteer)
    terms, distance_m = _list_terms(held, elder, volunteer)
    choice = None
    pinned = held.features.pinned_volunteer[elder] >= 0
    if held.solved is not None and not by_person and not pinned:
        cost_m = sum(terms.values())
        before, e, v = held.number(elder, volunteer)
        cost = cost_m - int(held.precedence.leaving_out_m[elder])
        mine, costs = before.get_candidates(e)
        known = costs[mine == v]
        try:
            after = before.change(Pin(e, v, int(known[0]) if len(known) else cost))
        except NoPlanLeftError:
            after = None
        if after is not None:
            choice = _make_choice(held, elder, volunteer, before, after, (elder, volunteer))
    names = {bar.rule for bar in barred}
    refuses_pin = any(rule.name in names and not rule.yields_to_pins for rule in held.rules)
    return WhyNotPair(elder, volunteer, barred, by_person, refuses_pin, terms, distance_m, choice, Ids.of(held.month))


def list_bars(held: HeldPlan, elder: int, volunteer: int) -> tuple[tuple[Loosening, ...], bool]:
    """Return every rule that bars a pair and how far it would have to give way; and whether one bars a person."""
    features = held.features
    block = measure_pairs(features, np.array([elder]), np.array([volunteer]))
    bars, by_person = [], False
    for rule in held.rules:
        elders, volunteers, pairs = (
            rule.bar_elders(features),
            rule.bar_volunteers(features),
            rule.bar_pairs(features, block),
        )
        person = (elders is not None and bool(elders[elder])) or (
            volunteers is not None and bool(volunteers[volunteer])
        )
        by_person |= person
        if not person and (pairs is None or not pairs[0]):
            continue
        dial = None if person else rule.loosen(features, block)
        path, value = "", ""
        if dial is not None and dial.path[0]:
            path = str(dial.path[0])
            value = f"{dial.value[0]:.0f}" if dial.word is None else str(dial.word[0])
        bars.append(Loosening(rule.name, rule.sentence, path, value))
    return tuple(bars), by_person


def _list_terms(held: HeldPlan, elder: int, volunteer: int) -> tuple[dict[str, int], float]:
    """Return a pair's cost by rule, without terms of 0 but the walk, and its straight line."""
    one, other = np.array([elder]), np.array([volunteer])
    terms = compute_cost_terms(held.features, measure_pairs(held.features, one, other), held.rules)
    listed = {name: int(cost[0]) for name, cost in terms.items() if cost[0] or name == "walking"}
    return listed, float(measure_geodesic_m(held.features, one, other)[0])


def _make_choice(
    held: HeldPlan, elder: int, volunteer: int, before: Solved, after: Solved, forced: tuple[int, int] | None = None
) -> Choice:
    """Return a choice by the problem solved without it and with it."""
    _, distance_m = _list_terms(held, elder, volunteer)
    cost_m = int(held.compute_cost_m(np.array([elder]), np.array([volunteer]))[0])
    return Choice(volunteer, cost_m, distance_m, compute_effect(held, before, after, forced or (elder, volunteer)))


def compute_effect(held: HeldPlan, before: Solved, after: Solved, forced: tuple[int, int] | None = None) -> Effect:
    """Return the difference between two solved problems of a month; ``forced`` is a pair that the second has."""
    assert held.numbered is not None
    was, now = held.spread(before), held.spread(after)
    if forced is not None:
        now[forced[0]] = forced[1]
    # an elder without a candidate was added for the pair
    elders = np.append(held.numbered.elders, held.numbered.elders[:0] if forced is None else [forced[0]])
    order = [int(elders[e]) for path in after.paths for e in path[:, 0].tolist() if 0 <= e < len(elders)]
    moved = np.flatnonzero(was != now)
    ordered = [*dict.fromkeys(e for e in order if was[e] != now[e])]
    ordered += [e for e in moved.tolist() if e not in ordered]
    who = np.array(ordered, dtype=np.int64)
    cost_was, cost_now = (np.zeros(len(who), dtype=np.int64) for _ in range(2))
    for cost, volunteer_of in ((cost_was, was), (cost_now, now)):
        there = volunteer_of[who] >= 0
        cost[there] = held.compute_cost_m(who[there], volunteer_of[who[there]])
    moves = tuple(
        Move(e, int(was[e]), int(now[e]), metres)
        for e, metres in zip(ordered, (cost_now - cost_was).tolist(), strict=True)
    )
    previous = held.features.previous_volunteer[who]
    broken = int((previous == was[who])[was[who] >= 0].sum()) - int((previous == now[who])[now[who] >= 0].sum())
    left_out, taken_in = (tuple(e for e in ordered if some[e] < 0) for some in (now, was))
    tiers = None
    if left_out and taken_in:
        lost, gained = (int(held.precedence.tier[list(some)].min()) for some in (left_out, taken_in))
        tiers = (lost, gained) if lost < gained else None
    return Effect(
        moves,
        sum(move.metres for move in moves) + held.sum_other_cost_m(now) - held.sum_other_cost_m(was),
        left_out,
        taken_in,
        broken,
        tiers,
    )


def _price_place(held: HeldPlan, volunteer: int) -> tuple[Effect | None, Effect | None]:
    """Return what a place more of a volunteer would bring, and what the volunteer's leaving would take."""
    assert held.solved is not None
    assert held.numbered is not None
    v = int(np.searchsorted(held.numbered.volunteers, volunteer))
    if v == len(held.numbered.volunteers) or held.numbered.volunteers[v] != volunteer:
        return None, None
    places = int(held.solved.sides.capacity[v])
    load_cost = None
    if held.solved.has_load_costs:
        load_cost = _extend_load_cost(held, volunteer, places + 1)
    more = held.solved.change(SetCapacity(v, places + 1, load_cost))
    gone = held.solved.change(RemoveVolunteer(v))
    return compute_effect(held, held.solved, more), compute_effect(held, held.solved, gone)


def _extend_load_cost(held: HeldPlan, volunteer: int, places: int) -> Index:
    """Return a volunteer's load costs for so many places; one more costs what the rule for even loads says."""
    rows = compute_further_cost_m(held.features, held.capacity.pinned)
    assert rows is not None
    row = rows[volunteer]
    if len(row) >= places:
        return np.asarray(row[:places])
    step = held.features.settings.capacity.fair_m
    return np.append(row, row[-1] + step * np.arange(1, places - len(row) + 1))


def _find_volunteers(held: HeldPlan, elder: int) -> Index:
    """Return whom an elder may have, roster indices."""
    numbered = held.numbered
    if numbered is None:
        return np.empty(0, dtype=np.int64)
    e = int(np.searchsorted(numbered.elders, elder))
    if e == len(numbered.elders) or numbered.elders[e] != elder:
        return np.empty(0, dtype=np.int64)
    problem = numbered.problem
    return np.asarray(numbered.volunteers[np.sort(problem.volunteer[problem.elder == e])])


def _find_shortage(held: HeldPlan, elder: int) -> tuple[Index, Index, int] | None:
    """Return who depends on the same places as an elder left out (a Hall set); None where a place is in reach."""
    assert held.solved is not None
    assert held.numbered is not None
    problem, solved = held.numbered.problem, held.solved
    e = int(np.searchsorted(held.numbered.elders, elder))
    if solved.volunteer_of[e] >= 0:
        return None
    chosen = np.full(problem.n_elders, -1, dtype=np.int64)
    mine = np.flatnonzero(solved.volunteer_of[problem.elder] == problem.volunteer)
    chosen[problem.elder[mine]] = mine
    short = np.zeros(problem.n_elders, dtype=bool)
    short[e] = True
    elders, volunteers, gates = find_reached(problem, chosen, short)
    places = int(problem.capacity[volunteers].sum())
    if problem.limit is not None:
        places += int(problem.limit[gates & ~volunteers].sum())
    # all depend on these places who have no other candidate, not those alone who are reached from this one
    within = volunteers[problem.volunteer]
    if problem.limited is not None:
        within |= problem.limited[problem.elder] & gates[problem.volunteer]
    has_other = np.bincount(problem.elder, ~within, minlength=problem.n_elders) > 0
    has_any = np.bincount(problem.elder, minlength=problem.n_elders) > 0
    elders_in = np.flatnonzero(elders | (has_any & ~has_other))
    reached = held.numbered.volunteers[np.flatnonzero(volunteers | gates)]
    if len(elders_in) <= places:
        return None
    return held.numbered.elders[elders_in], reached, places


def _write_pair(ids: Ids, elder: int, volunteer: int, distance_m: float, terms: Mapping[str, int]) -> str:
    """Return a pair with what it costs, term by term, as a table."""
    headers = {one.name: one.header() for one in FILES["pairs"]}
    names = ("elder_id", "volunteer_id", "distance_m", "cost_m")
    titles = [headers[name] for name in names] + [headers.get(f"{name}_cost_m", name) for name in terms]
    cells = (ids.elders[elder], ids.name_volunteer(volunteer), distance_m, sum(terms.values()), *terms.values())
    return write_table(titles, [cells])


def _write_choices(ids: Ids, choices: Sequence[Choice]) -> str:
    """Return choices, with what each takes, as a table."""
    titles = (column("pairs", name).header() for name in ("volunteer_id", "distance_m", "cost_m"))
    rows = (
        (ids.name_volunteer(one.volunteer), one.distance_m, one.cost_m, *_list_cells(ids, one.effect))
        for one in choices
    )
    return write_table((*titles, *_name_effects()), rows)


def _name_effects() -> tuple[str, ...]:
    """Return the titles of what a condition takes."""
    return _("the plan costs more, m"), _("elders who move"), _("left out"), _("taken in")


def _list_cells(ids: Ids, effect: Effect) -> tuple[object, ...]:
    """Return what a condition takes, by ``_name_effects``."""
    return effect.metres, len(effect.moves), ids.name_elders(effect.left_out), ids.name_elders(effect.taken_in)
