"""A month's plan held in memory with its problem solved: what questions about it are asked of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Solved
from matcher.assignment.flow.duals import compute_least_duals
from matcher.assignment.row_changes import AddElder, AddVolunteer
from matcher.features import Features
from matcher.matching.build_problem import NumberedProblem, build_problem
from matcher.matching.candidates import Candidates, compute_cost_terms, find_candidates, find_eligible_people
from matcher.matching.capacity import CapacityAfterPins, CapacityLeft, compute_further_cost_m, compute_load_cost_m
from matcher.matching.homes import join_pinned_homes, number_groups
from matcher.matching.objective import price_goals
from matcher.matching.precedence import rank_elders
from matcher.month import MonthData
from matcher.plan import Precedence
from matcher.roster.model import PairList
from matcher.rules import RULES, Rule, measure_pairs

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Unpriced = Literal["", "units", "homes", "budget"]
"""Why nothing is known of the plan by paths: units or minutes, one volunteer a home, a change budget; empty: it is."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldPlan:
    """A month's pairs, and the best plan by the same goals with its proof."""

    features: Features
    """The month; pairs that no rule allows are among its pins."""
    rules: tuple[Rule, ...]
    eligible: tuple[Mask, Mask]
    """Which elders and which volunteers take part."""
    capacity: CapacityAfterPins
    """What pins leave."""
    precedence: Precedence
    """Who comes first."""
    given: Index
    """Each elder's volunteer by the pairs as given, -1 for none, (n_elders,)."""
    numbered: NumberedProblem | None
    """The problem without the pinned; None where no pair but the pins may be."""
    solved: Solved | None
    """It solved by all goals, at the given pairs where these are a best plan; None where paths do not price it."""
    unpriced: Unpriced = ""

    @property
    def month(self) -> MonthData:
        """Return the month's inputs."""
        return self.features.month

    @property
    def volunteer_of(self) -> Index:
        """Return each elder's volunteer in the best plan, pins among them, (n_elders,); the given where not known."""
        if self.solved is None or self.numbered is None:
            return self.given
        return self.spread(self.solved)

    @property
    def is_best(self) -> bool:
        """Return whether the given pairs are a best plan."""
        return bool((self.volunteer_of == self.given).all())

    def spread(self, solved: Solved) -> Index:
        """Return each elder's volunteer, pins among them, (n_elders,), by the problem's plan without people added."""
        assert self.numbered is not None
        out = np.where(self.features.pinned_volunteer >= 0, self.features.pinned_volunteer, -1)
        mine = solved.volunteer_of[: len(self.numbered.elders)]
        there = (mine >= 0) & (mine < len(self.numbered.volunteers))
        out[self.numbered.elders[there]] = self.numbered.volunteers[mine[there]]
        return out

    def compute_cost_m(self, elder: Index, volunteer: Index) -> Index:
        """Return what pairs cost, metres, (n,)."""
        terms = compute_cost_terms(self.features, measure_pairs(self.features, elder, volunteer), self.rules)
        return sum(terms.values(), np.zeros(len(elder), dtype=np.int64))

    def sum_other_cost_m(self, volunteer_of: Index) -> int:
        """Return what uneven loads and those left out cost, metres, beside the pairs; volunteers are (n_elders,)."""
        load = np.bincount(volunteer_of[volunteer_of >= 0], minlength=self.features.n_volunteers)
        loads = compute_load_cost_m(self.features, load, self.eligible[1])
        return int(loads.sum()) + int(self.precedence.leaving_out_m[volunteer_of < 0].sum())

    def find_capacity_left(self) -> CapacityLeft:
        """Return what the given pairs leave."""
        given = np.where(self.features.pinned_volunteer >= 0, -1, self.given)
        return CapacityLeft.of(self.features, self.capacity, given)

    def find_home_volunteers(self, elder: int) -> Index:
        """Return whom others of an elder's home have by the given pairs; nobody where homes do not matter."""
        if self.features.settings.household.mode == "off" or self.features.shared_home[elder] < 0:
            return np.empty(0, dtype=np.int64)
        home = self.features.shared_home
        return np.unique(self.given[(home == home[elder]) & (self.given >= 0)])

    def number(self, elder: int, volunteer: int) -> tuple[Solved, int, int]:
        """Return the solved problem with two people in it, who may be in no pair that is allowed, and their numbers.

        Somebody added changes nothing: they have no candidate, or no place that pays.
        """
        assert self.solved is not None
        assert self.numbered is not None
        solved, (elders, volunteers) = self.solved, (self.numbered.elders, self.numbered.volunteers)
        e, v = int(np.searchsorted(elders, elder)), int(np.searchsorted(volunteers, volunteer))
        if v == len(volunteers) or volunteers[v] != volunteer:
            left = int(self.capacity.left[volunteer])
            loads = compute_further_cost_m(self.features, self.capacity.pinned) if solved.has_load_costs else None
            limit = int(self.capacity.max_high_risk[volunteer])
            none = np.empty(0, dtype=np.int64)
            solved = solved.change(AddVolunteer(none, none, left, None if loads is None else loads[volunteer], limit))
            v = len(volunteers)
        if e == len(elders) or elders[e] != elder:
            e = len(elders)
            unmatched = int(solved.sides.unmatched_cost[: len(elders)].max(initial=0))
            high_risk = bool(self.features.high_risk[elder] and solved.sides.limited.any())
            solved = solved.change(AddElder([], [], unmatched, high_risk))
        return solved, e, v


def hold_plan(
    month: MonthData,
    pairs: PairList,
    dual_m: Index | None = None,
    rules: Sequence[Rule] = RULES,
    *,
    joined: Mask | None = None,
) -> HeldPlan:
    """Return a month's plan in memory.

    Args:
        month: The month, pins and never-pairs included.
        pairs: The pairs as they stand, those that pause left out.
        dual_m: The dual of each volunteer's places by the run that made them, (n_volunteers,); None: not known.
        rules: The rules by which they were made.
        joined: Elders who have joined since, (n_elders,): the best plan is that of the others.
    """
    features = Features(month)
    eligible = find_eligible_people(features, rules)
    against = _find_against_rules(features, pairs, eligible, rules)
    if against.any():
        more = pairs.where(against & (features.pinned_volunteer[pairs.elder] < 0))
        features = Features(replace(month, pins=_join(month.pins, more)))
        eligible = find_eligible_people(features, rules)
    given = np.full(features.n_elders, -1, dtype=np.int64)
    given[pairs.elder] = pairs.volunteer
    pinned = features.pinned_volunteer >= 0
    capacity = CapacityAfterPins.of(features, eligible[1])
    asked = eligible[0] & ~pinned if joined is None else eligible[0] & ~pinned & ~joined
    candidates = join_pinned_homes(features, find_candidates(features, asked, eligible[1], rules), capacity)
    precedence = rank_elders(features, eligible, capacity, rules)
    held = HeldPlan(features, tuple(rules), eligible, capacity, precedence, given, None, None)
    if not len(candidates):
        return held
    numbered = build_problem(features, candidates, capacity, precedence)
    concerned = numbered.elders if joined is None else np.union1d(numbered.elders, np.flatnonzero(joined))
    held = replace(held, numbered=numbered, unpriced=_find_unpriced(features, numbered, concerned))
    if held.unpriced:
        return held
    return replace(held, solved=_solve(numbered, held, candidates, dual_m))


def _find_unpriced(features: Features, numbered: NumberedProblem, elders: Index) -> Unpriced:
    """Return why paths do not price a month's plan; ``elders`` are the problem's and those who have joined."""
    settings = features.settings
    if settings.capacity.unit != "elders":
        return "units"
    if settings.household.mode != "off" and (number_groups(features, elders) >= 0).any():
        return "homes"
    return "budget" if settings.keep.compute_most_broken(int(numbered.existing.sum())) is not None else ""


def _find_against_rules(
    features: Features, pairs: PairList, eligible: tuple[Mask, Mask], rules: Sequence[Rule]
) -> Mask:
    """Return which of the pairs a rule bars, (n,)."""
    barred = ~eligible[0][pairs.elder] | ~eligible[1][pairs.volunteer]
    block = measure_pairs(features, pairs.elder, pairs.volunteer)
    barred |= np.isnan(block.straight_m)
    for rule in rules:
        if (mask := rule.bar_pairs(features, block)) is not None:
            barred |= mask
    return barred


def _join(pins: PairList, more: PairList) -> PairList:
    """Return pins and further pairs as pins."""
    return PairList(
        np.concatenate((pins.elder, more.elder)),
        np.concatenate((pins.volunteer, more.volunteer)),
        (*pins.elder_id, *more.elder_id),
        (*pins.volunteer_id, *more.volunteer_id),
        np.concatenate((pins.row, more.row)),
        pins.file or more.file,
    )


def _solve(numbered: NumberedProblem, held: HeldPlan, candidates: Candidates, dual_m: Index | None) -> Solved:
    """Return the problem solved, at the given pairs where these are a best plan."""
    features = held.features
    problem = price_goals(numbered, features.settings.keep)
    volunteer_of = held.given[numbered.elders]
    chosen = np.full(problem.n_elders, -1, dtype=np.int64)
    mine = np.flatnonzero(candidates.volunteer == held.given[candidates.elder])
    chosen[problem.elder[mine]] = mine
    chosen[_find_beyond(held, numbered, volunteer_of)] = -1
    if dual_m is not None:
        solved = Solved.of(problem, chosen, dual_m[numbered.volunteers])
        if _stands(solved, problem.volunteer, chosen):
            return solved
    else:
        solved = Solved.of(problem, chosen, np.zeros(problem.n_volunteers, dtype=np.int64))
    # prices that are not exact move people at no gain: exact ones are found for the plan where it is a best one
    if solved.cost == _sum_cost(solved, problem, chosen):
        assert problem.unmatched_cost is not None
        return Solved.of(problem, chosen, *compute_least_duals(problem, chosen, problem.unmatched_cost))
    return solved


def _find_beyond(held: HeldPlan, numbered: NumberedProblem, volunteer_of: Index) -> Index:
    """Return the problem's elders who have no place beside others: beyond their volunteer's places or limit."""
    order = np.argsort(volunteer_of, kind="stable")
    order = order[volunteer_of[order] >= 0]
    beyond = np.zeros(len(volunteer_of), dtype=bool)
    high_risk = held.features.high_risk[numbered.elders]
    for group, most in ((order[high_risk[order]], held.capacity.max_high_risk), (order, held.capacity.left)):
        who = group[~beyond[group]]
        rank = np.arange(len(who)) - np.searchsorted(volunteer_of[who], volunteer_of[who])
        beyond[who[rank >= most[volunteer_of[who]]]] = True
    return np.flatnonzero(beyond)


def _stands(solved: Solved, volunteer: Index, chosen: Index) -> bool:
    """Return whether everybody has the volunteer of the candidates chosen."""
    return bool((solved.volunteer_of == np.where(chosen >= 0, volunteer[chosen], -1)).all())


def _sum_cost(solved: Solved, problem: AssignmentProblem, chosen: Index) -> int:
    """Return what a choice of candidates costs in a problem."""
    served = chosen >= 0
    total = int(problem.cost[chosen[served]].sum()) + int(solved.sides.unmatched_cost[~served].sum())
    if solved.has_load_costs:
        load = np.bincount(problem.volunteer[chosen[served]], minlength=problem.n_volunteers)
        total += int(solved.sides.load_cost[np.arange(solved.sides.load_cost.shape[1]) < load[:, None]].sum())
    return total
