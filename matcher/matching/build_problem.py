"""The month as an assignment problem: places, loads and tiers as numbers, its best answer and the proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, HallSet, WarmStart, find_hall_sets
from matcher.assignment.flow.min_cost_flow import bound_exchange
from matcher.errors import InputError
from matcher.matching.budget import solve_within
from matcher.matching.candidates import Candidates
from matcher.matching.loads import further_cost_m, high_risk, load_cost_m
from matcher.matching.pair_use import base_use, used, uses
from matcher.matching.units import Weighed, solve_weighed
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.plan import ChangeBudget, Search

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """What pins leave for the others, (n_volunteers,) each."""

    volunteers: Mask
    """Who takes part."""
    pinned: Index
    """How many elders are pinned to each."""
    places: Index
    """Places, units or minutes that no pin holds, 0 for those who take no part."""
    high_risk: Index
    """How many elders of high risk may come to each."""

    @classmethod
    def of(cls, month: MonthData, volunteers: Mask) -> Room:
        """The room that a month's volunteers have."""
        held = month.pinned_volunteer >= 0
        pinned = np.bincount(month.pinned_volunteer[held], minlength=month.n_volunteers)
        taken = used(month, np.flatnonzero(held), month.pinned_volunteer[held])
        frail = np.bincount(month.pinned_volunteer[held & high_risk(month)], minlength=month.n_volunteers)
        left = np.where(volunteers, np.maximum(month.room - taken, 0), 0)
        most = np.maximum(month.settings.capacity.most_high_risk - frail, 0)
        return cls(volunteers, pinned, left, most)


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """Who is matched with whom, in roster indices, and why no plan is better."""

    volunteer_of: Index
    """Each elder's volunteer, -1 for none, (n_elders,)."""
    certificate: Certificate | None = None
    """The proof; None where there is no candidate."""
    shortages: tuple[HallSet, ...] = ()
    price_m: Index | None = None
    """What a place of each volunteer is worth, (n_volunteers,); None where there is no candidate."""
    budget: ChangeBudget | None = None
    """How many of last month's pairs were broken, of how many that might be."""
    held_back: Index | None = None
    """Elders left out who could be served if more of last month's pairs were broken."""
    search: Search | None = None
    """What is known of the plan where units or minutes are counted; None where places are."""


def assign(month: MonthData, candidates: Candidates, room: Room) -> Assigned:
    """The best plan of some candidates within the room that volunteers have.

    Raises:
        InputError: pairs cost so much that sums would leave 64 bits.
    """
    try:
        return _assigned(month, candidates, room)
    except OverflowError as error:
        largest = max(abs(int(candidates.cost_m.max(initial=0))), abs(int(candidates.cost_m.min(initial=0))))
        elders = len(np.unique(candidates.elder))
        raise InputError([Issue("costs_too_large", value=str(largest), params={"elders": elders})]) from error


def _assigned(month: MonthData, candidates: Candidates, room: Room) -> Assigned:
    if not len(candidates):
        return Assigned(np.full(month.n_elders, -1, dtype=np.int64))
    # the solver numbers only those who have a candidate
    elders, elder = numbered(candidates.elder, month.n_elders)
    volunteers, volunteer = numbered(candidates.volunteer, month.n_volunteers)
    existing = month.previous_volunteer[candidates.elder] == candidates.volunteer
    if month.settings.capacity.unit != "elders":
        use = uses(month, candidates.elder.astype(np.int64), candidates.volunteer.astype(np.int64))
        weighed = AssignmentProblem(elder, volunteer, candidates.cost_m, room.places[volunteers], use)
        return _weighed(month, candidates, elders, volunteers, _solved(month, weighed, existing, elders))
    bare = _problem(month, elders, elder, volunteers, volunteer, candidates.cost_m, room)
    tier, step = month.tier[elders], tier_step(bare)
    problem = bare.replace(unmatched_cost=tier_costs(tier, step))
    start = _start(month, elders, volunteers)
    answer = solve_within(problem, existing, month.settings.keep, tier, step, start)
    shortages, held_back = _shortages(problem, answer.chosen, elders, volunteers)
    # an elder more is not told in metres
    budget = replace(answer.budget, worth_m=0) if len(held_back) else answer.budget
    return Assigned(
        _volunteer_of(month, candidates, elders, answer.chosen),
        _with_loads(month, answer.certificate, room),
        shortages,
        _of_all(month, volunteers, answer.prices),
        budget,
        held_back,
    )


def _solved(month: MonthData, problem: AssignmentProblem, existing: Mask, elders: Index) -> Weighed:
    served = np.ones(len(elders), dtype=np.int64)
    if month.settings.priority.as_many == "use":
        served = np.maximum(base_use(month)[elders], 1)  # who takes nothing counts too
    time_limit_s = month.settings.capacity.time_limit_s or None
    return solve_weighed(problem, existing, month.tier[elders], served, time_limit_s)


def _weighed(month: MonthData, candidates: Candidates, elders: Index, volunteers: Index, answer: Weighed) -> Assigned:
    return Assigned(
        _volunteer_of(month, candidates, elders, answer.chosen),
        answer.certificate,
        price_m=_of_all(month, volunteers, answer.prices),
        budget=answer.budget,
        search=answer.search,
    )


def _volunteer_of(month: MonthData, candidates: Candidates, elders: Index, chosen: Index) -> Index:
    """Each elder's volunteer, -1 for none, (n_elders,), by the candidates chosen for some of them."""
    volunteer_of = np.full(month.n_elders, -1, dtype=np.int64)
    served = chosen >= 0
    volunteer_of[elders[served]] = candidates.volunteer[chosen[served]]
    return volunteer_of


def _of_all(month: MonthData, volunteers: Index, prices: Index) -> Index:
    """Prices of some volunteers as those of all, 0 for the others, (n_volunteers,)."""
    price_m = np.zeros(month.n_volunteers, dtype=np.int64)
    price_m[volunteers] = prices
    return price_m


def _problem(
    month: MonthData, elders: Index, elder: Index, volunteers: Index, volunteer: Index, cost_m: NDArray[Any], room: Room
) -> AssignmentProblem:
    """The problem over those who have candidates: ``elders`` and ``volunteers``, to whose entries the others point.

    What leaving an elder out costs is still to be said.
    """
    places = room.places[volunteers]
    load_cost = further_cost_m(month, room.pinned)
    limited, limit = high_risk(month)[elders], room.high_risk[volunteers]
    # where places run out first, the limit says nothing
    matters = bool(limited.any() and (limit < places).any())
    return AssignmentProblem(
        elder,
        volunteer,
        cost_m,
        places,
        load_cost=None if load_cost is None else load_cost[volunteers],
        limited=limited if matters else None,
        limit=limit if matters else None,
    )


def _start(month: MonthData, elders: Index, volunteers: Index) -> WarmStart | None:
    """Last month's pairs and prices, where these are known."""
    price_m = month.last_run.price_m
    if price_m is None:
        return None
    number = np.full(month.n_volunteers + 2, -1, dtype=np.int64)  # two more for those of the previous list who are none
    number[volunteers] = np.arange(len(volunteers))
    return WarmStart(number[month.previous_volunteer[elders]], price_m[volunteers])


def _with_loads(month: MonthData, certificate: Certificate, room: Room) -> Certificate:
    """The proof with what the loads cost before anybody is matched, on both sides."""
    base = int(load_cost_m(month, room.pinned, room.volunteers).sum())
    return replace(certificate, cost=certificate.cost + base, bound=certificate.bound + base)


def _shortages(
    problem: AssignmentProblem, chosen: Index, elders: Index, volunteers: Index
) -> tuple[tuple[HallSet, ...], Index]:
    """The shortages in roster indices; and those left out though a place could be reached: the budget forbids it."""
    shortages, held_back = [], [np.empty(0, dtype=np.int64)]
    for hall in find_hall_sets(problem, chosen):
        left_out = hall.elders[chosen[hall.elders] < 0]
        if len(left_out) == hall.missing:
            shortages.append(HallSet(elders[hall.elders], volunteers[hall.volunteers], hall.places))
        else:
            held_back.append(elders[left_out])
    return tuple(shortages), np.sort(np.concatenate(held_back))


def tier_costs(tier: Index, step: int) -> Index:
    """What leaving each elder out costs: one step, and one more for each tier among them that comes after theirs.

    With a step above any displacement (``tier_step``) a cheapest plan serves as many elders as any can, and of those
    plans one that is lexicographically best by tier: no other leaves out fewer of the first tier, or as many of the
    first and fewer of the second, and so on. The proof, in short:

    - As many: if one more could be served, an augmenting path serves one more and leaves nobody out. It changes the
      pairs' cost by less than a step, and saves at least one.
    - Best by tier: the sets of elders who can be served together are the independent sets of a matroid (a transversal
      one; with limits on elders of high risk, a gammoid), and any two largest ones can be turned into each other by
      exchanges of one elder for another. Were the served set not of the greatest weight (an elder's weight is the
      number of steps), some exchange would serve a heavier one; the alternating path that brings it about costs less
      than a step and saves at least one. And in a matroid the sets of greatest weight are the same for all weights in
      the same order: those that the greedy algorithm finds, which takes the tiers one after the other. So the number
      of steps decides nothing, their order everything.
    """
    tiers, place = np.unique(tier, return_inverse=True)
    if step * (len(tiers) + 1) >= 2**62:
        raise OverflowError(f"a step of {step} is too large for {len(tiers)} tiers")
    return (len(tiers) - place) * np.int64(step)


def tier_step(problem: AssignmentProblem) -> int:
    """A cost above any change of pairs along one path, be it augmenting or alternating, rounded up to a power of two.

    An alternating path adds as many pairs as it drops. Rounding keeps prices comparable from one month to the next.
    """
    return 1 << bound_exchange(problem).bit_length()


def numbered(who: NDArray[np.int32], n: int) -> tuple[Index, Index]:
    """Who occurs, in order, and each entry's number among them."""
    occurs = np.zeros(n, dtype=bool)
    occurs[who] = True
    number = (np.cumsum(occurs, dtype=np.int32) - np.int32(1))[who]
    number.setflags(write=False)
    return np.flatnonzero(occurs), number
