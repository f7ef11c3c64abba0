"""One volunteer for elders who share a home: what of it the candidates, the costs and the solver must know.

Hard: no home has two volunteers. As many elders as can be are served all the same: where no volunteer can take all of a
home, some of it are served and the others wait. Soft: each volunteer of a home beyond the first costs
``household.worth_m``.
"""

from __future__ import annotations

from dataclasses import replace

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

    Whoever lives with a pinned elder has that volunteer, where places are left, or, where that is soft, pays for
    another.
    """
    household, pinned, home = features.settings.household, features.pinned_volunteer, features.shared_home
    with_pin = np.unique(home[(home >= 0) & (pinned >= 0)])
    concerned = np.isin(home[candidates.elder], with_pin) if len(with_pin) else np.zeros(len(candidates), dtype=bool)
    if household.mode == "off" or not concerned.any():
        return candidates
    n = features.n_volunteers
    there = (home >= 0) & (pinned >= 0)
    known = home[there] * n + pinned[there]
    elsewhere = concerned & ~np.isin(home[candidates.elder] * n + candidates.volunteer, known)
    if household.mode == "hard":
        kept = ~(elsewhere | (concerned & (capacity.left[candidates.volunteer] == 0)))
        return Candidates(candidates.elder[kept], candidates.volunteer[kept], candidates.cost_m[kept])
    return replace(candidates, cost_m=candidates.cost_m.astype(np.int64) + elsewhere * np.int64(household.worth_m))


def number_groups(features: Features, elders: Index) -> Index:
    """Return the group of each of the problem's elders: those of one home; ALONE for the rest, (n_elders,).

    Who lives with a pinned elder is in none: the pin says already whose volunteer theirs is.
    """
    home, pinned = features.shared_home, features.pinned_volunteer
    with_pin = np.unique(home[(home >= 0) & (pinned >= 0)])
    mine = np.where(np.isin(home[elders], with_pin), ALONE, home[elders])
    shared = (mine >= 0) & (np.bincount(mine[mine >= 0], minlength=int(mine.max(initial=0)) + 1)[mine] > 1)
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
    problem = numbered.problem
    if split_cost is None:
        unmatched, counts_first = _order_strictly(problem, numbered.tier, numbered.comes_before_count)
    else:
        counts_first = True
        unmatched = _order_by_paths(problem, numbered.tier, split_cost * int((group >= 0).sum()))
    problem = problem.replace(unmatched_cost=unmatched)
    outcome = solve_grouped(GroupedProblem(problem, group, split_cost), household.time_limit_s or None)
    certificate = Certificate(outcome.cost, outcome.bound, len(problem.elder), int(unmatched.max(initial=0)))
    existing = numbered.existing
    is_served = outcome.chosen >= 0
    pairs = int(existing.sum())
    budget = ChangeBudget(pairs, 0, pairs - int(existing[outcome.chosen[is_served]].sum()))
    solution = BudgetedSolution(outcome.chosen, certificate, outcome.prices, budget)
    pairs_cost = outcome.cost - int(unmatched[~is_served].sum()) + int(numbered.leaving_out_m.sum())
    proved = certificate.optimal
    report = SearchReport(
        status="optimal" if proved else "feasible",
        certified_bound=outcome.bound,
        gap=(outcome.cost - outcome.bound) / max(abs(pairs_cost), 1),
        most_more=0 if proved and counts_first else outcome.most_served - int(is_served.sum()),
    )
    return solution, report


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


def _order_strictly(problem: AssignmentProblem, tier: Index, first: Mask) -> tuple[Index, bool]:
    """Return what leaving each elder out costs, (n_elders,), where no path can decide; and whether the count is safe.

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
    if int((steps + above_count).max(initial=0)) <= most:
        steps = steps + above_count
    return np.asarray(steps * np.int64(step), dtype=np.int64), counts_first
