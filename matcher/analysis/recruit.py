"""Recruit: where the next volunteers should live so that most elders more are served, then at the least cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matcher.analysis.html import write_table
from matcher.analysis.recruit_places import Places
from matcher.analysis.recruit_unpriced import Takers, bound_unpriced, recruit_around
from matcher.assignment import AssignmentProblem
from matcher.assignment.recruit_bounds import find_parts, serve_all
from matcher.assignment.recruits import (
    Commit,
    Recruiting,
    Sites,
    bound_greedily,
    bound_with_recruits,
    recruit_greedily,
)
from matcher.columns import RECRUITS
from matcher.demand.pair_use import compute_pair_use
from matcher.features import Features
from matcher.matching.build_problem import NumberedProblem
from matcher.matching.candidates import Candidates, find_candidates
from matcher.matching.capacity import compute_further_cost_m
from matcher.matching.explain.shortage import make_recruit_month
from matcher.matching.held_plan import HeldPlan
from matcher.matching.objective import price_goals
from matcher.rules import Rule
from matcher.rules.near import SamePlace

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Basis = Literal["", "units", "homes", "budget", "changes"]
"""Why nothing is proved: as ``held_plan.Unpriced``, or a limit of changes for one elder more; empty: it is."""

TIME_LIMIT_S = 30.0
"""For each program that covers what is missing."""


@dataclass(frozen=True, slots=True)
class Step:
    """The plan with so many recruits: the one who comes last, and what all of them bring."""

    place: int
    """Number of the place where this one lives."""
    more: int
    """Elders more than with one recruit fewer."""
    served_more: int
    """Elders more than with none."""
    bound: int | None
    """No choice of so many serves more beyond those served now; None: not known."""
    cost_m: int
    """Cost of all pairs, metres."""
    mean_m: float
    """Mean straight line of the pairs where it is known; NaN where none is."""


@dataclass(frozen=True, slots=True, eq=False)
class RecruitPlan:
    """Places where the next volunteers should live.

    Elders are served by the best plan with the recruits. Where several plans of recruits serve as many, it is one of
    them; that no other costs less is not proved.
    """

    places: Places
    steps: tuple[Step, ...]
    served: int
    """Elders with a volunteer as it is."""
    left_out: int
    """Elders without one who take part."""
    start: Step
    """The plan without recruits."""
    out_of_reach: Index
    """Elders left out whom no recruit at any of the places could visit, roster indices."""
    beyond: int | None
    """Number of those left out whom no recruits at these places can help; None: not known."""
    for_all: tuple[int, int] | None
    """Recruits who serve all others, from a bound to a plan that was found; None: not asked, or not known."""
    unproved: Basis = ""

    @property
    def is_most(self) -> bool:
        """Return whether no choice of so many recruits at these places serves more."""
        return bool(self.steps) and self.steps[-1].served_more == self.steps[-1].bound

    def count_recruits(self) -> list[tuple[int, int, int]]:
        """Return each place with its recruits and the elders more by them, the first taken first."""
        found: dict[int, tuple[int, int]] = {}
        for step in self.steps:
            recruits, more = found.get(step.place, (0, 0))
            found[step.place] = recruits + 1, more + step.more
        return [(place, *counts) for place, counts in found.items()]

    def list_rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the curve, a row a recruit, by ``columns.RECRUITS``."""
        for number, step in enumerate(self.steps, start=1):
            mean_m = None if np.isnan(step.mean_m) else round(step.mean_m)
            name = self.places.names[step.place]
            yield number, name, step.more, step.served_more, step.bound, step.cost_m, mean_m

    def _repr_html_(self) -> str:
        """Return the curve as a table, for a notebook."""
        return write_table((one.header() for one in RECRUITS), self.list_rows())


def plan_recruits(held: HeldPlan, places: Places, recruits: int, *, for_all: bool = True) -> RecruitPlan:
    """Return where so many recruits should live.

    Of a recruit only where they live, and how many places they have, is asked: in all else somebody can be found who
    suits. The best plan counts, not pairs changed by hand.

    Args:
        held: The plan.
        places: Where they could live.
        recruits: How many, at most: none is taken who adds nothing.
        for_all: Whether to say how many it takes to serve all who can be served.

    Raises:
        OverflowError: pairs cost so much that sums would leave 64 bits.
    """
    case = Case.of(held, places)
    if basis := _find_basis(held):
        return _plan_unproved(case, recruits, basis)
    problem, chosen = case.price(recruits)
    recruiting = Recruiting.of(problem, chosen, case.sites, recruits)
    parts = find_parts(problem, chosen, case.sites)
    bound, in_reach = parts.bound_served(recruits), parts.sum_in_reach()
    served = [0]
    for commit, gains in recruit_greedily(recruiting, recruits):
        served.append(served[-1] + commit.gain.served)
        at = len(recruiting.taken)
        bound[at:] = np.minimum(bound[at:], served[-1] + bound_greedily(gains, in_reach, recruits - at))
    measured = case.measure(recruiting.taken)
    start = Step(-1, 0, 0, 0, *measured[0])
    steps = tuple(
        Step(commit.site, commit.gain.served, served[i], int(bound[i]), *measured[i])
        for i, commit in enumerate(recruiting.taken, start=1)
    )
    least: tuple[int, int] | None = None
    if for_all:
        problem, chosen = case.price(max(parts.most, 1))
        lower, taken = serve_all(problem, chosen, case.sites, parts, TIME_LIMIT_S)
        least = lower, len(taken)
    before = int((held.volunteer_of >= 0).sum())
    left_out = len(case.elders) - int((chosen >= 0).sum())
    return RecruitPlan(places, steps, before, left_out, start, case.find_out_of_reach(), parts.beyond, least)


def find_recruit_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Return the rules that are asked of somebody of whom only the home is known."""
    return [rule for rule in rules if rule.concerns == "location" or isinstance(rule, SamePlace)]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A plan's problem with all elders who take part, and the places as sites."""

    held: HeldPlan
    places: Places
    beside: Features
    """The month with a recruit at each place in place of its volunteers."""
    numbered: NumberedProblem
    elders: Index
    """Roster index of each of the problem's elders."""
    sites: Sites
    pairs: Candidates
    """Whom each site could serve, in roster indices and places; what each pair costs."""

    @classmethod
    def of(cls, held: HeldPlan, places: Places) -> Case:
        """Return a held plan's case."""
        features = held.features
        beside = Features(make_recruit_month(held.month, places.homes, places.capacity))
        asked = held.eligible[0] & (features.pinned_volunteer < 0)
        everywhere = np.ones(len(places), dtype=bool)
        pairs = find_candidates(beside, asked, everywhere, find_recruit_rules(held.rules))
        order = np.lexsort((pairs.elder, pairs.volunteer))
        pairs = Candidates(pairs.elder[order], pairs.volunteer[order], pairs.cost_m[order])
        numbered = held.numbered or _make_empty()
        listed = np.zeros(features.n_elders, dtype=bool)
        listed[numbered.elders] = True
        elders = np.concatenate((numbered.elders, np.flatnonzero(asked & ~listed)))
        number = np.full(features.n_elders, -1, dtype=np.int64)
        number[elders] = np.arange(len(elders))
        most = held.features.settings.capacity.most_high_risk
        load_cost = compute_further_cost_m(beside, np.zeros(len(places), dtype=np.int64))
        if load_cost is None and numbered.problem.load_cost is not None:
            load_cost = np.zeros((len(places), int(places.capacity.max(initial=1))), dtype=np.int64)
        leaving_out_m = held.precedence.leaving_out_m
        sites = Sites(
            pairs.volunteer.astype(np.int64),
            number[pairs.elder],
            pairs.cost_m.astype(np.int64) - leaving_out_m[pairs.elder],
            places.capacity,
            np.full(len(places), most, dtype=np.int64),
            load_cost,
        )
        return cls(held, places, beside, numbered, elders, sites, pairs)

    def price(self, recruits: int) -> tuple[AssignmentProblem, Index]:
        """Return the problem priced for so many recruits, all elders in it, and its best plan."""
        held, numbered, sites = self.held, self.numbered, self.sites
        problem, more = numbered.problem, self.elders[len(numbered.elders) :]
        features, limited = held.features, numbered.problem.limited
        if problem.load_cost is None and sites.load_cost is not None:
            most = int(problem.capacity.max(initial=1))
            problem = problem.replace(load_cost=np.zeros((problem.n_volunteers, most), dtype=np.int64))
        if limited is not None or (sites.limit is not None and (sites.limit < sites.capacity).any()):
            limit = held.capacity.max_high_risk[numbered.volunteers]
            problem = problem.replace(limited=features.high_risk[self.elders], limit=limit)
        elif len(more):
            problem = problem.replace(unmatched_cost=np.zeros(len(self.elders), dtype=np.int64))
        tier = held.precedence.tier[self.elders]
        grown = replace(numbered, problem=problem, elders=self.elders, tier=tier)
        priced = price_goals(grown, features.settings.keep, lambda one: bound_with_recruits(one, sites, recruits))
        chosen = np.full(len(self.elders), -1, dtype=np.int64)
        if held.solved is not None:
            mine = held.solved.volunteer_of[: len(numbered.elders)]
            matched = np.flatnonzero(mine[problem.elder] == problem.volunteer)
            chosen[problem.elder[matched]] = matched
        return priced, chosen

    def find_out_of_reach(self) -> Index:
        """Return elders left out whom no site could serve, roster indices."""
        reached = np.zeros(self.held.features.n_elders, dtype=bool)
        reached[self.pairs.elder] = True
        alone = self.held.volunteer_of[self.elders] < 0
        return np.sort(self.elders[alone & ~reached[self.elders]])

    def measure(self, taken: Sequence[Commit]) -> list[tuple[int, float]]:
        """Return what all pairs cost, and their mean straight line, with 0, 1, … of the recruits."""
        held = self.held
        volunteer_of = held.volunteer_of.copy()
        n = len(self.numbered.volunteers)
        site_of = np.full(held.features.n_elders, -1, dtype=np.int64)
        at = np.array([commit.site for commit in taken], dtype=np.int64)
        out = []
        cost_m, straight_m = self._measure_pairs(volunteer_of, site_of, np.arange(len(volunteer_of)))
        for commit in [None, *taken]:
            if commit is not None:
                who = self.elders[commit.elders]
                is_recruit = commit.volunteers >= n
                to = np.full(len(who), -1, dtype=np.int64)
                own = ~is_recruit & (commit.volunteers >= 0)
                to[own] = self.numbered.volunteers[commit.volunteers[own]]
                volunteer_of[who] = to
                site_of[who] = -1
                site_of[who[is_recruit]] = at[commit.volunteers[is_recruit] - n]
                cost_m[who], straight_m[who] = self._measure_pairs(volunteer_of, site_of, who)
            out.append(_sum_up(cost_m, straight_m))
        return out

    def _measure_pairs(self, volunteer_of: Index, site_of: Index, elders: Index) -> tuple[Index, NDArray[np.float64]]:
        """Return what the pairs of some elders cost and their straight lines; 0 and NaN for who has nobody."""
        held = self.held
        cost_m, straight_m = np.zeros(len(elders), dtype=np.int64), np.full(len(elders), np.nan)
        own, new = volunteer_of[elders] >= 0, site_of[elders] >= 0
        who, whom = elders[own], volunteer_of[elders[own]]
        cost_m[own] = held.compute_cost_m(who, whom)
        straight_m[own] = held.features.measure_straight_m(who, whom)
        who, whom = elders[new], site_of[elders[new]]
        key = self.pairs.volunteer.astype(np.int64) * held.features.n_elders + self.pairs.elder
        cost_m[new] = self.pairs.cost_m[np.searchsorted(key, whom * held.features.n_elders + who)]
        straight_m[new] = self.beside.measure_straight_m(who, whom)
        return cost_m, straight_m


def _make_empty() -> NumberedProblem:
    """Return the problem of a month in which no pair may be."""
    none = np.empty(0, dtype=np.int64)
    bare = AssignmentProblem(none, none, none, none, unmatched_cost=none)
    nobody = np.empty(0, dtype=bool)
    return NumberedProblem(bare, none, none, none, nobody, nobody, none)


def _find_basis(held: HeldPlan) -> Basis:
    """Return why recruits of a plan are not proved."""
    if held.unpriced:
        return held.unpriced
    if held.features.settings.capacity.unit != "elders":
        return "units"
    return "changes" if held.features.settings.keep.most_changes else ""


def _plan_unproved(case: Case, recruits: int, basis: Basis) -> RecruitPlan:
    """Return recruits for elders who have nobody, while all others stay as they are."""
    held = case.held
    alone = held.volunteer_of < 0
    taken = recruit_around(held, case.beside, case.pairs, case.places.capacity, alone, recruits)
    bound = _bound_unproved(case, len(taken))
    served, steps = 0, []
    volunteer_of, site_of = held.volunteer_of, np.full(len(alone), -1, dtype=np.int64)
    everybody = np.arange(len(alone))
    start = Step(-1, 0, 0, None, *_sum_up(*case._measure_pairs(volunteer_of, site_of, everybody)))
    for number, (site, elders) in enumerate(taken):
        site_of[elders] = site
        served += len(elders)
        figures = _sum_up(*case._measure_pairs(volunteer_of, site_of, everybody))
        # pairs made by hand may be more than fit
        steps.append(Step(site, len(elders), served, max(bound[number], served) if bound else None, *figures))
    left_out = int((held.volunteer_of[case.elders] < 0).sum())
    before = int((~alone).sum())
    return RecruitPlan(case.places, tuple(steps), before, left_out, start, case.find_out_of_reach(), None, None, basis)


def _bound_unproved(case: Case, recruits: int) -> list[int] | None:
    """Return how many elders more are served at most by 1, 2, … recruits; None: not known."""
    held, problem, sites = case.held, case.numbered.problem, case.sites
    volunteers = case.numbered.volunteers
    use = np.ones(len(problem.elder), dtype=np.int64) if problem.use is None else problem.use
    own = Takers(problem.elder, problem.volunteer, use, problem.capacity, held.capacity.max_high_risk[volunteers])
    in_minutes = held.features.settings.capacity.unit == "minutes"
    elder, site = case.pairs.elder.astype(np.int64), sites.site
    room = case.beside.capacity if in_minutes else sites.capacity
    limit = np.full(len(room), held.features.settings.capacity.most_high_risk)
    new = Takers(sites.elder, site, compute_pair_use(case.beside, elder, site), room, limit)
    high_risk = held.features.high_risk[case.elders]
    most = bound_unpriced(own, new, high_risk, range(1, recruits + 1), TIME_LIMIT_S)
    # who is served by a pair that the program does not have may be served beside what it says
    mine = held.volunteer_of[case.elders]
    served = np.flatnonzero(mine[problem.elder] == volunteers[problem.volunteer])
    now = len(np.unique(problem.elder[served]))
    return [one - now for one in most] if most else None


def _sum_up(cost_m: Index, straight_m: NDArray[np.float64]) -> tuple[int, float]:
    """Return what pairs cost in all, and their mean straight line."""
    known = straight_m[~np.isnan(straight_m)]
    return int(cost_m.sum()), float(known.mean()) if len(known) else float("nan")
