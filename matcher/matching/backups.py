"""A second volunteer for each elder, planned after the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, solve
from matcher.features.households import households
from matcher.matching.build_problem import numbered, tier_costs, tier_step
from matcher.matching.candidates import Candidates, eligible_people, find_candidates
from matcher.matching.explain.unmatched import pair_m
from matcher.month import MonthData
from matcher.plan import Backups, Plan
from matcher.roster.model import PairList
from matcher.rules import Rule

Index = NDArray[np.int64]


def plan_backups(plan: Plan, rules: Sequence[Rule], standing: Index | None = None) -> Backups:
    """As many second volunteers as can be, earlier tiers first, at the least cost; proved as the first.

    Every rule of the month holds, but that places are those for stand-ins. A second volunteer is another person, of
    another household, than the first. Pins are about the first and say nothing here.

    Args:
        plan: The pairs.
        rules: The month's.
        standing: Each elder's second volunteer who stays whatever the rules say, (n_elders,), -1 for nobody; None: all
            are sought. With some there is no proof: it would be one for the others.
    """
    month = plan.month
    others = [rule for rule in rules if rule.name != "capacity"]
    elders, volunteers = eligible_people(month, others)
    backup_of = np.full(month.n_elders, -1, dtype=np.int64) if standing is None else standing.copy()
    places = np.where(volunteers, month.backup_capacity, 0)
    left = np.maximum(places - np.bincount(backup_of[backup_of >= 0], minlength=month.n_volunteers), 0)
    without = np.zeros(month.n_elders, dtype=bool)
    without[plan.elder] = True
    without &= backup_of < 0
    found = find_candidates(month, elders & without, left > 0, others)
    allowed = _of_another_household(plan, found.elder.astype(np.int64), found.volunteer.astype(np.int64))
    candidates = Candidates(found.elder[allowed], found.volunteer[allowed], found.cost_m[allowed])
    certificate = None
    if len(candidates):
        who, elder = numbered(candidates.elder, month.n_elders)
        whom, volunteer = numbered(candidates.volunteer, month.n_volunteers)
        bare = AssignmentProblem(elder, volunteer, candidates.cost_m, left[whom])
        outcome = solve(bare.replace(unmatched_cost=tier_costs(month.tier[who], tier_step(bare))))
        served = outcome.chosen >= 0
        backup_of[who[served]] = candidates.volunteer[outcome.chosen[served]]
        certificate = outcome.certificate if standing is None else None
    backup = backup_of[plan.elder]
    return Backups(backup, _distance_m(month, plan.elder, backup), int(places.sum()), certificate)


def backups_after(plan: Plan, before: Index, rules: Sequence[Rule]) -> Backups | None:
    """Second volunteers of pairs some of which are new: who may stay stays, others are sought where settings say so.

    ``before`` is each elder's second volunteer so far, (n_elders,), -1 for nobody. None where nobody has one.
    """
    month = plan.month
    stays = np.full(month.n_elders, -1, dtype=np.int64)
    had = plan.elder[before[plan.elder] >= 0]
    had = had[_of_another_household(plan, had, before[had])]
    stays[had] = before[had]
    if month.settings.backup.planned:
        return plan_backups(plan, rules, stays)
    return _named(plan, stays) if (stays >= 0).any() else None


def backups_by_hand(plan: Plan, pairs: PairList) -> Backups | None:
    """Those that a list of pairs names; None where it names none."""
    month = plan.month
    if pairs.backup is None or not (pairs.backup >= 0).any():
        return None
    backup_of = np.full(month.n_elders, -1, dtype=np.int64)
    backup_of[pairs.elder] = pairs.backup
    return _named(plan, backup_of)


def _named(plan: Plan, backup_of: Index) -> Backups:
    """Second volunteers that no solver chose."""
    month, backup = plan.month, backup_of[plan.elder]
    return Backups(backup, _distance_m(month, plan.elder, backup), int(month.backup_capacity.sum()))


def _of_another_household(plan: Plan, elder: Index, other: Index) -> NDArray[np.bool_]:
    """Which of some volunteers, one beside each elder, are neither the elder's first nor live with them, (n,)."""
    month = plan.month
    first = np.full(month.n_elders, -1, dtype=np.int64)
    first[plan.elder] = plan.volunteer
    home = households(month.roster.volunteers)
    mine = first[elder]
    together = (home[mine] == home[other]) & (home[other] >= 0)
    return np.asarray((mine != other) & ~together)


def _distance_m(month: MonthData, elder: Index, backup: Index) -> NDArray[np.float64]:
    metres = np.full(len(elder), np.nan)
    there = backup >= 0
    metres[there] = pair_m(month, elder[there], backup[there])
    return metres
