"""One volunteer for elders who share a home: what of it the candidates, the costs and the solver must know.

Hard: no home has two volunteers. As many elders as can be are served all the same: where no volunteer can take all of a
home, some of it are served and the others wait. Soft: each volunteer of a home beyond the first costs
``household.worth_m``. A pin counts: whoever lives with a pinned elder has that volunteer, or where that is soft another
who is one further volunteer, however many of the home they visit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, Certificate
from matcher.assignment.flow.min_cost_flow import bound_exchange
from matcher.assignment.groups.joining import JoiningCost, price_joinings
from matcher.assignment.groups.problem import ALONE, GroupedProblem
from matcher.features import Features
from matcher.matching.budget import BudgetedSolution
from matcher.matching.build_problem import NumberedProblem
from matcher.matching.candidates import Candidates
from matcher.matching.capacity import CapacityAfterPins
from matcher.plan import ChangeBudget, SearchReport

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_LARGEST = 2**57


def join_pinned_homes(features: Features, candidates: Candidates, capacity: CapacityAfterPins) -> Candidates:
    """Return the candidates as the pins of those who share a home leave them.

    Where no home may have two volunteers, whoever lives with a pinned elder has that volunteer, where places are left.
    """
    if features.settings.household.mode != "hard":
        return candidates
    pinned, home = features.pinned_volunteer, features.shared_home
    there = (home >= 0) & (pinned >= 0)
    concerned = np.isin(home[candidates.elder], home[there])
    if not concerned.any():
        return candidates
    n = features.n_volunteers
    elsewhere = ~np.isin(home[candidates.elder] * n + candidates.volunteer, home[there] * n + pinned[there])
    kept = ~concerned | ~(elsewhere | (capacity.left[candidates.volunteer] == 0))
    return Candidates(candidates.elder[kept], candidates.volunteer[kept], candidates.cost_m[kept])


def number_groups(features: Features, elders: Index) -> Index:
    """Return the group of each of the problem's elders: those of one home; ALONE for the rest, (n_elders,).

    Who lives with a pinned elder is in one only where a home may have two volunteers for a price: else the pin says
    already whose volunteer theirs is.
    """
    mine = features.shared_home[elders]
    there = features.shared_home[(features.shared_home >= 0) & (features.pinned_volunteer >= 0)]
    with_pin = np.isin(mine, there)
    shared = (mine >= 0) & (np.bincount(mine[mine >= 0], minlength=int(mine.max(initial=0)) + 1)[mine] > 1)
    shared = shared | with_pin if features.settings.household.mode == "soft" else shared & ~with_pin
    group = np.full(len(elders), ALONE, dtype=np.int64)
    group[shared] = np.unique(mine[shared], return_inverse=True)[1]
    return group


def price_homes(numbered: NumberedProblem, solution: BudgetedSolution, group: Index) -> dict[int, JoiningCost]:
    """Return what it would cost to join each home that has several volunteers, by its first elder; roster indices.

    To leave somebody else out, or one of an earlier tier, is no way to join a home: that is not told in metres.
    """
    if solution.priced is None or solution.priced.unmatched_cost is None:
        return {}
    step = int(np.diff(np.unique(solution.priced.unmatched_cost), prepend=0).min())
    found = price_joinings(solution.priced, solution.chosen, solution.prices, group)
    first = {number: int(numbered.elders[np.flatnonzero(group == number)[0]]) for number in found}
    out = {}
    for number, cost in found.items():
        can = 0 <= cost.cost < step // 2
        out[first[number]] = JoiningCost(
            int(numbered.volunteers[cost.volunteer]) if can else -1,
            cost.cost if can else -1,
            cost.least if cost.least < step // 2 else -1,
        )
    return out


def solve_with_homes(
    features: Features, numbered: NumberedProblem, group: Index
) -> tuple[BudgetedSolution, SearchReport | None]:
    """Return the best plan that was found with one volunteer a home, and what is known where that is not proved.

    Raises:
        OverflowError: the sum of costs would leave 64 bits.
    """
    from matcher.assignment.groups.solve import solve_grouped  # noqa: PLC0415 - its solvers take long to load

    household = features.settings.household
    split_cost = household.worth_m if household.mode == "soft" else None
    seated = SeatedProblem.of(features, numbered, group)
    problem = seated.problem
    if split_cost is None:
        unmatched, counts, puts_first = _order_strictly(problem, seated.tier, numbered.comes_before_count)
    else:
        counts, puts_first = True, False
        unmatched = _order_by_paths(problem, seated.tier, split_cost * int((seated.group >= 0).sum()))
    problem = problem.replace(unmatched_cost=unmatched)
    outcome = solve_grouped(GroupedProblem(problem, seated.group, split_cost), household.time_limit_s or None)
    chosen, prices = outcome.chosen[: seated.n_elders], outcome.prices[: seated.n_volunteers]
    base = seated.places_m + (split_cost or 0) * seated.n_further
    cost, bound = outcome.cost - base, outcome.bound - base
    certificate = Certificate(cost, bound, len(numbered.problem.elder), int(unmatched.max(initial=0)))
    existing = numbered.existing
    is_served = chosen >= 0
    pairs = int(existing.sum())
    budget = ChangeBudget(pairs, 0, pairs - int(existing[chosen[is_served]].sum()))
    solution = BudgetedSolution(chosen, certificate, prices, budget)
    left_out = int(unmatched[: seated.n_elders][~is_served].sum())
    pairs_cost = cost - left_out + int(numbered.leaving_out_m.sum())
    proved = certificate.optimal
    most_served = outcome.most_served - (len(outcome.chosen) - seated.n_elders)
    report = SearchReport(
        status="optimal" if proved else "feasible",
        certified_bound=bound,
        gap=(cost - bound) / max(abs(pairs_cost), 1),
        most_more=0 if proved and counts else most_served - int(is_served.sum()),
        first_before_count=proved and puts_first,
    )
    return solution, report


@dataclass(frozen=True, slots=True, eq=False)
class SeatedProblem:
    """A problem of homes in which their pins stand too, after all others, so that a home knows its volunteers.

    Each volunteer whom pins give a home of the groups has one elder more there, who can have nobody else and comes
    before all, and a place more. So every best plan seats them, and a further volunteer is one beside them.
    """

    problem: AssignmentProblem
    group: Index
    """Group of each elder, those who are seated last, (n_elders + seated,)."""
    tier: Index
    """Tier of each likewise."""
    n_elders: int
    """Elders without those who are seated."""
    n_volunteers: int
    """Volunteers without those who have pins and no further place."""
    places_m: int
    """Cost of the loads of the places more, the same in every plan."""
    n_further: int
    """Further volunteers whom the pins alone make."""

    @classmethod
    def of(cls, features: Features, numbered: NumberedProblem, group: Index) -> SeatedProblem:
        """Return the problem of some groups; where none has a pin, as it was."""
        problem, n = numbered.problem, numbered.problem.n_volunteers
        home_of_group = np.full(int(group.max(initial=ALONE)) + 1, -1, dtype=np.int64)
        home_of_group[group[group >= 0]] = features.shared_home[numbered.elders[group >= 0]]
        there = np.flatnonzero((features.pinned_volunteer >= 0) & np.isin(features.shared_home, home_of_group))
        there = there[features.shared_home[there] >= 0]
        of_pin = np.searchsorted(home_of_group, features.shared_home[there])
        known = np.unique(np.column_stack([of_pin, features.pinned_volunteer[there]]), axis=0)
        if not len(known):
            return cls(problem, group, numbered.tier, problem.n_elders, n, 0, 0)
        number = np.full(features.n_volunteers, -1, dtype=np.int64)
        number[numbered.volunteers] = np.arange(n)
        full = np.setdiff1d(known[:, 1], numbered.volunteers)
        number[full] = n + np.arange(len(full))
        volunteer, more = number[known[:, 1]], len(known)
        seats = np.bincount(volunteer, minlength=n + len(full))
        load_cost, places_m = _add_places(problem.load_cost, seats, len(full))
        arrays = {
            "elder": np.concatenate([problem.elder, problem.n_elders + np.arange(more)]),
            "volunteer": np.concatenate([problem.volunteer, volunteer]),
            "cost": np.concatenate([problem.cost, np.zeros(more, dtype=np.int64)]),
            "capacity": np.pad(problem.capacity, (0, len(full))) + seats,
            "load_cost": load_cost,
            "limited": None if problem.limited is None else np.pad(problem.limited, (0, more)),
            "limit": None if problem.limit is None else np.pad(problem.limit, (0, len(full))),
        }
        tier = np.pad(numbered.tier, (0, more), constant_values=int(numbered.tier.min()) - 1)
        n_further = more - len(np.unique(known[:, 0]))
        group = np.concatenate([group, known[:, 0]])
        return cls(problem.replace(**arrays), group, tier, len(numbered.elders), n, places_m, n_further)


def _add_places(load_cost: Index | None, seats: Index, n_full: int) -> tuple[Index | None, int]:
    """Return load costs with places more that cost as the first does, and what these cost in all.

    Args:
        load_cost: Of each volunteer's places, (n_volunteers, most places); None: nothing.
        seats: Places more of each volunteer, (n_volunteers + n_full,).
        n_full: Volunteers who come to those of ``load_cost``: their places cost nothing.
    """
    if load_cost is None:
        return None, 0
    rows = np.pad(load_cost.astype(np.int64), ((0, n_full), (0, 0)))
    place = np.arange(rows.shape[1] + int(seats.max())) - seats[:, None]
    more = np.take_along_axis(rows, np.clip(place, 0, rows.shape[1] - 1), axis=1)
    return more, int((rows[:, 0] * seats).sum())


def _order_by_paths(problem: AssignmentProblem, tier: Index, split_m: int) -> Index:
    """Return what leaving each elder out costs, (n_elders,), with split homes among the metres.

    Elders are ranked by tier as ``objective`` has it. A step is above what one path of displacements and all split
    homes can cost together: then the proof there, path by path, holds with them.
    """
    step = 1 << (bound_exchange(problem) + split_m).bit_length()
    tiers, place = np.unique(tier, return_inverse=True)
    if step * (len(tiers) + 1) * (problem.n_elders + problem.n_volunteers + 2) >= _LARGEST:
        raise OverflowError(f"a step of {step} is too large for {len(tiers)} tiers")
    return np.asarray((len(tiers) - place) * np.int64(step), dtype=np.int64)


def _order_strictly(problem: AssignmentProblem, tier: Index, first: Mask) -> tuple[Index, bool, bool]:
    """Return what leaving each elder out costs, (n_elders,), where no path can decide; and what is safe of the order.

    That is whether the count comes before all tiers, and whether the ``first`` ones come before the count.

    To serve one elder more may move many, and the sets that can be served are no matroid. So a step is above what all
    pairs together can cost, the step of a tier above all of the later ones, and one elder more above all tiers, and
    the ``first`` ones, who have a pair that may go on, above that. What 64 bits do not hold is left out, from the end.

    Raises:
        OverflowError: 64 bits do not hold even that.
    """
    n = problem.n_elders
    spread = max(int(problem.cost.max()), 0) - min(int(problem.cost.min()), 0)
    step = n * spread + 1
    if problem.load_cost is not None:
        filled = np.arange(problem.load_cost.shape[1]) < problem.capacity[:, None]
        step += int(np.abs(problem.load_cost * filled).sum())
    tiers, place, count = np.unique(tier, return_inverse=True, return_counts=True)
    most = _LARGEST // ((n + problem.n_volunteers + 2) * step)
    weight, total = [0], 0
    for later in count[:0:-1].tolist():
        total += later * weight[-1]
        weight.append(total + 1)
    base = total + int(count[0]) * weight[-1] + 1
    if base + weight[-1] > most:
        weight = list(range(len(tiers)))
        base = min(n * (len(tiers) - 1) + 1, most - len(tiers))
    if base < 1:
        raise OverflowError(f"costs up to {spread} are too large for {n} elders in {len(tiers)} tiers")
    steps = base + np.array(weight[::-1], dtype=np.int64)[place]
    above_count = (int(steps.sum()) + 1) * first.astype(np.int64)
    counts_first = base > int((steps - base).sum())
    puts_first = bool(first.any()) and int((steps + above_count).max(initial=0)) <= most
    if puts_first:
        steps = steps + above_count
    return np.asarray(steps * np.int64(step), dtype=np.int64), counts_first, puts_first
