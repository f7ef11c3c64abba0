"""A second volunteer for each elder, planned after the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import solve
from matcher.features import Features
from matcher.features.households import number_households
from matcher.matching.build_problem import build_backup_problem
from matcher.matching.candidates import Candidates, find_candidates, find_eligible_people
from matcher.matching.explain.unmatched import measure_geodesic_m
from matcher.matching.objective import price_tiers
from matcher.plan import Backups, Plan
from matcher.roster.model import PairList
from matcher.rules import Rule

Index = NDArray[np.int64]


def plan_backups(plan: Plan, rules: Sequence[Rule], kept: Index | None = None) -> Backups:
    """Return as many second volunteers as can be, earlier tiers first, at the least cost; proved as the first.

    Every rule of the month holds, but that places are those for second volunteers. A second volunteer is another
    person, of another household, than the first. Pins are about the first and say nothing here.

    Args:
        plan: The pairs.
        rules: The month's.
        kept: Each elder's second volunteer who stays whatever the rules say, (n_elders,), -1 for nobody; None: all
            are sought. With some there is no proof: it would be one for the others.
    """
    features = plan.features
    others = [rule for rule in rules if rule.concerns != "capacity"]
    elders, volunteers = find_eligible_people(features, others)
    backup_of = np.full(features.n_elders, -1, dtype=np.int64) if kept is None else kept.copy()
    places = np.where(volunteers, features.backup_capacity, 0)
    left = np.maximum(places - np.bincount(backup_of[backup_of >= 0], minlength=features.n_volunteers), 0)
    without = np.zeros(features.n_elders, dtype=bool)
    without[plan.elder] = True
    without &= backup_of < 0
    found = find_candidates(features, elders & without, left > 0, others)
    allowed = _is_of_another_household(plan, found.elder.astype(np.int64), found.volunteer.astype(np.int64))
    candidates = Candidates(found.elder[allowed], found.volunteer[allowed], found.cost_m[allowed])
    certificate = None
    if len(candidates):
        numbered = build_backup_problem(features, candidates, left)
        outcome = solve(price_tiers(numbered.problem, numbered.tier))
        is_served = outcome.chosen >= 0
        backup_of[numbered.elders[is_served]] = candidates.volunteer[outcome.chosen[is_served]]
        if kept is None and outcome.certificate is not None:
            certificate = outcome.certificate.shifted(int(numbered.leaving_out_m.sum()))
    backup = backup_of[plan.elder]
    return Backups(backup, _measure_m(features, plan.elder, backup), int(places.sum()), certificate)


def update_backups(plan: Plan, before: Index, rules: Sequence[Rule]) -> Backups | None:
    """Return second volunteers of pairs some of which are new: who may stay stays.

    Others are sought where settings say so. ``before`` is each elder's second volunteer so far, (n_elders,), -1 for
    nobody. None where nobody has one.
    """
    kept = np.full(plan.features.n_elders, -1, dtype=np.int64)
    had = plan.elder[before[plan.elder] >= 0]
    had = had[_is_of_another_household(plan, had, before[had])]
    kept[had] = before[had]
    if plan.month.settings.backup.planned:
        return plan_backups(plan, rules, kept)
    return _take_given(plan, kept) if (kept >= 0).any() else None


def take_listed_backups(plan: Plan, pairs: PairList, rules: Sequence[Rule]) -> Backups | None:
    """Return the second volunteers that a list of pairs names; None where it names none.

    A second volunteer who became the first, or lives with the first, is none any more: for these elders others are
    sought where settings say so.
    """
    if pairs.backup is None or not (pairs.backup >= 0).any():
        return None
    backup_of = np.full(plan.features.n_elders, -1, dtype=np.int64)
    backup_of[pairs.elder] = pairs.backup
    fallen = pairs.elder[find_seconds_with_the_first(plan, pairs)]
    backup_of[fallen] = -1
    if len(fallen) and plan.month.settings.backup.planned:
        found = np.full_like(backup_of, -1)
        found[plan.elder] = plan_backups(plan, rules, backup_of).volunteer
        backup_of[fallen] = found[fallen]
    return _take_given(plan, backup_of)


def find_seconds_with_the_first(plan: Plan, pairs: PairList) -> NDArray[np.bool_]:
    """Return which rows of a list name a second volunteer who is the plan's first, or lives with the first, (n,)."""
    if pairs.backup is None:
        return np.zeros(len(pairs), dtype=bool)
    return np.asarray((pairs.backup >= 0) & ~_is_of_another_household(plan, pairs.elder, pairs.backup))


def _take_given(plan: Plan, backup_of: Index) -> Backups:
    """Return second volunteers that no solver chose."""
    features, backup = plan.features, backup_of[plan.elder]
    return Backups(backup, _measure_m(features, plan.elder, backup), int(features.backup_capacity.sum()))


def _is_of_another_household(plan: Plan, elder: Index, other: Index) -> NDArray[np.bool_]:
    """Return which volunteers, one beside each elder, are neither the elder's first nor live with them, (n,)."""
    first = np.full(plan.features.n_elders, -1, dtype=np.int64)
    first[plan.elder] = plan.volunteer
    home = number_households(plan.month.roster.volunteers)
    mine = first[elder]
    together = (home[mine] == home[other]) & (home[other] >= 0)
    return np.asarray((mine != other) & ~together)


def _measure_m(features: Features, elder: Index, backup: Index) -> NDArray[np.float64]:
    """Return the straight line of each elder to the second volunteer, NaN for nobody."""
    metres = np.full(len(elder), np.nan)
    there = backup >= 0
    metres[there] = measure_geodesic_m(features, elder[there], backup[there])
    return metres
