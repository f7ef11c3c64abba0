"""The best assignment of one month's candidates, and the proof: solved as places or as units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate, HallSet, find_hall_sets
from matcher.assignment.groups.joining import JoiningCost
from matcher.demand.pair_use import compute_base_use
from matcher.errors import InputError
from matcher.features import Features
from matcher.matching.budget import BudgetedSolution, solve_within_budget
from matcher.matching.build_problem import NumberedProblem, build_problem
from matcher.matching.candidates import Candidates
from matcher.matching.capacity import CapacityAfterPins, compute_load_cost_m
from matcher.matching.homes import number_groups, price_homes, solve_with_homes
from matcher.matching.one_more import find_least_budgets, find_least_limits, find_placeable
from matcher.matching.units import solve_units
from matcher.messages import Issue
from matcher.plan import ChangeBudget, Loosening, Precedence, SearchReport

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who is matched with whom, in roster indices, and why no plan is better."""

    volunteer_of: Index
    """Each elder's volunteer, -1 for none, (n_elders,)."""
    certificate: Certificate | None = None
    """The proof; None where there is no candidate."""
    shortages: tuple[HallSet, ...] = ()
    price_m: Index | None = None
    """Worth of a place of each volunteer in metres, (n_volunteers,), -1 where one more would serve an elder more.

    None where no candidate is, and where more than tiers and metres decides."""
    dual_m: Index | None = None
    """The dual of each volunteer's places, (n_volunteers,); None where no candidate is or no places count."""
    budget: ChangeBudget | None = None
    """How many of last month's pairs were broken, of how many that might be."""
    held_back: Index | None = None
    """Elders left out who could be served if more of last month's pairs were broken, or homes had two volunteers."""
    search: SearchReport | None = None
    """What is known of the plan where a search found it: units, minutes, one volunteer a home; else None."""
    one_more: Mapping[int, Loosening] = field(default_factory=dict)
    """What a setting would have to be so that one elder more could be served, and it could be this one."""
    joining: Mapping[int, JoiningCost] = field(default_factory=dict)
    """What it would cost to join each home that has several volunteers, by its first elder; roster indices."""


def assign(
    features: Features, candidates: Candidates, capacity: CapacityAfterPins, precedence: Precedence
) -> Assignment:
    """Return the best plan of some candidates within a capacity.

    Raises:
        InputError: pairs cost so much that sums would leave 64 bits.
    """
    if not len(candidates):
        return Assignment(np.full(features.n_elders, -1, dtype=np.int64))
    try:
        numbered = build_problem(features, candidates, capacity, precedence)
        solve_goals = _assign_places if features.settings.capacity.unit == "elders" else _assign_units
        assignment = solve_goals(features, candidates, numbered)
    except OverflowError as error:
        largest = max(abs(int(candidates.cost_m.max(initial=0))), abs(int(candidates.cost_m.min(initial=0))))
        elders = len(np.unique(candidates.elder))
        raise InputError([Issue("costs_too_large", value=str(largest), params={"elders": elders})]) from error
    assert assignment.certificate is not None
    # what every plan costs before anybody is matched: leaving all out, and loads
    base = int(precedence.leaving_out_m.sum())
    base += int(compute_load_cost_m(features, capacity.pinned, capacity.volunteers).sum())
    return replace(assignment, certificate=assignment.certificate.shifted(base))


def _assign_places(features: Features, candidates: Candidates, numbered: NumberedProblem) -> Assignment:
    """Return the best plan where each elder takes one place, within the change budget."""
    group = number_groups(features, numbered.elders)
    search = None
    if features.settings.household.mode != "off" and (group >= 0).any():
        solution, search = solve_with_homes(features, numbered, group)
    else:
        solution = solve_within_budget(numbered, features.settings.keep)
    joining = {} if search else price_homes(numbered, solution, group)
    shortages, held_back = _find_shortages(numbered.problem, solution.chosen, numbered)
    # where an elder more is at stake, metres do not say what one change more is worth
    budget = replace(solution.budget, worth_m=0) if len(held_back) else solution.budget
    one_more = {}
    if search is None and budget.allowed is None:
        limits = find_least_limits(features, numbered, solution.chosen)
        one_more = {e: Loosening("capacity", "", "capacity.most_high_risk", str(most)) for e, most in limits.items()}
    elif search is None and len(held_back):
        can_stand = budget.pairs - budget.unavoidable
        budgets = find_least_budgets(numbered, solution.chosen, held_back, can_stand)
        one_more = {e: Loosening("change_budget", "", "keep.budget", str(most)) for e, most in budgets.items()}
    return Assignment(
        _index_volunteers(features, candidates, numbered, solution.chosen),
        solution.certificate,
        shortages,
        None if solution.priced is None else _price_places(features, numbered, solution, shortages),
        _spread(features, numbered, solution.prices),
        budget,
        held_back,
        search,
        one_more,
        joining,
    )


def _assign_units(features: Features, candidates: Candidates, numbered: NumberedProblem) -> Assignment:
    """Return the best plan found in time where elders take units or minutes."""
    served = np.ones(len(numbered.elders), dtype=np.int64)
    if features.settings.priority.as_many == "use":
        # who takes nothing counts too
        served = np.maximum(compute_base_use(features)[numbered.elders], 1)
    time_limit_s = features.settings.capacity.time_limit_s or None
    solution = solve_units(numbered, served, time_limit_s)
    return Assignment(
        _index_volunteers(features, candidates, numbered, solution.chosen),
        solution.certificate,
        budget=solution.budget,
        search=solution.search,
    )


def _index_volunteers(features: Features, candidates: Candidates, numbered: NumberedProblem, chosen: Index) -> Index:
    """Return each elder's volunteer, -1 for none, (n_elders,), by the candidates chosen."""
    volunteer_of = np.full(features.n_elders, -1, dtype=np.int64)
    is_served = chosen >= 0
    volunteer_of[numbered.elders[is_served]] = candidates.volunteer[chosen[is_served]]
    return volunteer_of


def _price_places(
    features: Features, numbered: NumberedProblem, solution: BudgetedSolution, shortages: tuple[HallSet, ...]
) -> Index:
    """Return what a place of each volunteer is worth in metres, (n_volunteers,), -1 where it is told in no metres.

    That is where one more would serve an elder more, as in a shortage; or where a dual has a step in it, so that one
    fewer may leave an elder out. A dual is that of the volunteer's next place, what its load costs included: a place is
    worth what is above the last one's, and nothing where one is free.
    """
    problem, priced = numbered.problem, solution.priced
    assert priced is not None
    assert priced.unmatched_cost is not None
    worth = solution.prices
    if problem.load_cost is not None:
        load = np.bincount(problem.volunteer[solution.chosen[solution.chosen >= 0]], minlength=problem.n_volunteers)
        last = np.maximum(problem.capacity - 1, 0)
        above = worth - np.take_along_axis(problem.load_cost, last[:, None], axis=1)[:, 0]
        worth = np.where(load >= problem.capacity, np.maximum(above, 0), 0)
    step = int(np.diff(np.unique(priced.unmatched_cost), prepend=0).min())
    price_m = _spread(features, numbered, np.where(worth < step, worth, -1))
    for hall in shortages:
        price_m[hall.volunteers] = -1
    return price_m


def _spread(features: Features, numbered: NumberedProblem, of_numbered: Index) -> Index:
    """Return a figure of the problem's volunteers for all volunteers, 0 for those without candidates."""
    of_all = np.zeros(features.n_volunteers, dtype=np.int64)
    of_all[numbered.volunteers] = of_numbered
    return of_all


def _find_shortages(
    problem: AssignmentProblem, chosen: Index, numbered: NumberedProblem
) -> tuple[tuple[HallSet, ...], Index]:
    """Return the shortages in roster indices; and elders left out though a place is in reach: the budget forbids it."""
    halls, held_back = find_hall_sets(problem, chosen), np.zeros(problem.n_elders, dtype=bool)
    if any(int((chosen[hall.elders] < 0).sum()) != hall.missing for hall in halls):
        limit = problem.capacity if problem.limit is None else problem.limit
        left_out, could = chosen < 0, find_placeable(problem, chosen, limit)
        held_back = left_out & could
        halls = find_hall_sets(problem, chosen, left_out & ~could)
    shortages = [
        HallSet(numbered.elders[hall.elders], numbered.volunteers[hall.volunteers], hall.places) for hall in halls
    ]
    return tuple(shortages), numbered.elders[held_back]


def explain_by_all(
    features: Features,
    candidates: Candidates,
    capacity: CapacityAfterPins,
    precedence: Precedence,
    assignment: Assignment,
) -> Assignment:
    """Return the assignment with the shortages among all candidates, where it was found among some of them."""
    numbered = build_problem(features, candidates, capacity, precedence)
    rows = np.flatnonzero(assignment.volunteer_of[candidates.elder] == candidates.volunteer)
    chosen = np.full(numbered.problem.n_elders, -1, dtype=np.int64)
    chosen[numbered.problem.elder[rows]] = rows
    shortages, held_back = _find_shortages(numbered.problem, chosen, numbered)
    return replace(assignment, shortages=shortages, held_back=held_back)
