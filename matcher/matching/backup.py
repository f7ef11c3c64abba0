"""A second volunteer for each elder, planned after the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, solve
from matcher.candidates import Candidates, find_candidates, takes_part
from matcher.explain.unmatched import pair_m
from matcher.matching.assign import numbered, tier_costs, tier_step
from matcher.month import Month
from matcher.plan import Backups, Plan
from matcher.roster.model import PairList
from matcher.rules import Rule
from matcher.traits.kin import households

Index = NDArray[np.int64]


def plan_backups(plan: Plan, rules: Sequence[Rule]) -> Backups:
    """As many second volunteers as can be, earlier tiers first, at the least cost; proved as the first.

    Every rule of the month holds, but that places are those for stand-ins. A second volunteer is another person, of
    another household, than the first. Pins are about the first and say nothing here.
    """
    month = plan.month
    others = [rule for rule in rules if rule.name != "capacity"]
    elders, volunteers = takes_part(month, others)
    places = np.where(volunteers, month.backup_capacity, 0)
    paired = np.zeros(month.n_elders, dtype=bool)
    paired[plan.elder] = True
    found = find_candidates(month, elders & paired, places > 0, others)
    allowed = _of_another_household(plan, found)
    candidates = Candidates(found.elder[allowed], found.volunteer[allowed], found.cost_m[allowed])
    backup_of = np.full(month.n_elders, -1, dtype=np.int64)
    certificate = None
    if len(candidates):
        who, elder = numbered(candidates.elder, month.n_elders)
        whom, volunteer = numbered(candidates.volunteer, month.n_volunteers)
        bare = AssignmentProblem(elder, volunteer, candidates.cost_m, places[whom])
        outcome = solve(bare.replace(unmatched_cost=tier_costs(month.tier[who], tier_step(bare))))
        served = outcome.chosen >= 0
        backup_of[who[served]] = candidates.volunteer[outcome.chosen[served]]
        certificate = outcome.certificate
    backup = backup_of[plan.elder]
    return Backups(backup, _distance_m(month, plan.elder, backup), int(places.sum()), certificate)


def backups_by_hand(plan: Plan, pairs: PairList) -> Backups | None:
    """Those that a list of pairs names; None where it names none."""
    month = plan.month
    if pairs.backup is None or not (pairs.backup >= 0).any():
        return None
    backup_of = np.full(month.n_elders, -1, dtype=np.int64)
    backup_of[pairs.elder] = pairs.backup
    backup = backup_of[plan.elder]
    return Backups(backup, _distance_m(month, plan.elder, backup), int(month.backup_capacity.sum()))


def _of_another_household(plan: Plan, candidates: Candidates) -> NDArray[np.bool_]:
    """Which candidates are neither the elder's first volunteer nor live with them."""
    month = plan.month
    first = np.full(month.n_elders, -1, dtype=np.int64)
    first[plan.elder] = plan.volunteer
    home = households(month.roster.volunteers)
    mine, other = first[candidates.elder], candidates.volunteer
    together = (home[mine] == home[other]) & (home[other] >= 0)
    return np.asarray((mine != other) & ~together)


def _distance_m(month: Month, elder: Index, backup: Index) -> NDArray[np.float64]:
    metres = np.full(len(elder), np.nan)
    there = backup >= 0
    metres[there] = pair_m(month, elder[there], backup[there])
    return metres
