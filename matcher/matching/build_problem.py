"""The month as arrays: people who have candidates become the elders and volunteers of an assignment problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem
from matcher.demand.pair_use import compute_pair_use
from matcher.features import Features
from matcher.matching.candidates import Candidates
from matcher.matching.capacity import CapacityAfterPins, compute_further_cost_m
from matcher.matching.precedence import rank_for_backups
from matcher.plan import Precedence

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Costs = NDArray[np.int32] | Index


@dataclass(frozen=True, slots=True, eq=False)
class NumberedProblem:
    """An assignment problem over those who have candidates, and who they are.

    Serving an elder saves the metres that leaving out costs: they are taken off the candidates' cost. What else leaving
    an elder out costs, by tier, is still to be said: see ``objective``.
    """

    problem: AssignmentProblem
    elders: Index
    """Roster index of each of the problem's elders."""
    volunteers: Index
    """Roster index of each of the problem's volunteers."""
    tier: Index
    """Tier of each of the problem's elders, 1 comes first."""
    existing: Mask
    """Which candidates are last month's pairs."""
    comes_before_count: Mask
    """Which of the problem's elders no limit of changes concerns: see ``Precedence``."""
    leaving_out_m: Index
    """What was taken off the cost of each of the problem's elders' candidates, metres."""


def build_problem(
    features: Features, candidates: Candidates, capacity: CapacityAfterPins, precedence: Precedence
) -> NumberedProblem:
    """Return the problem of serving elders by some candidates within a capacity."""
    elders, elder = number_people(candidates.elder, features.n_elders)
    volunteers, volunteer = number_people(candidates.volunteer, features.n_volunteers)
    existing = features.previous_volunteer[candidates.elder] == candidates.volunteer
    left, leaving_out_m = capacity.left[volunteers], precedence.leaving_out_m[elders]
    cost_m = _subtract_leaving_out(candidates.cost_m, elder, leaving_out_m)
    ranks = precedence.tier[elders], existing, precedence.comes_before_count[elders], leaving_out_m
    if features.settings.capacity.unit != "elders":
        use = compute_pair_use(features, candidates.elder.astype(np.int64), candidates.volunteer.astype(np.int64))
        problem = AssignmentProblem(elder, volunteer, cost_m, left, use)
        return NumberedProblem(problem, elders, volunteers, *ranks)
    load_cost = compute_further_cost_m(features, capacity.pinned)
    limited, limit = features.high_risk[elders], capacity.max_high_risk[volunteers]
    # where places run out first, the limit on elders of high risk says nothing
    matters = bool(limited.any() and (limit < left).any())
    problem = AssignmentProblem(
        elder,
        volunteer,
        cost_m,
        left,
        load_cost=None if load_cost is None else load_cost[volunteers],
        limited=limited if matters else None,
        limit=limit if matters else None,
    )
    return NumberedProblem(problem, elders, volunteers, *ranks)


def build_backup_problem(features: Features, candidates: Candidates, left: Index) -> NumberedProblem:
    """Return the problem of giving elders a second volunteer; ``left`` are the places for that, (n_volunteers,)."""
    elders, elder = number_people(candidates.elder, features.n_elders)
    volunteers, volunteer = number_people(candidates.volunteer, features.n_volunteers)
    tier, leaving_out_m = (of_all[elders] for of_all in rank_for_backups(features))
    cost_m = _subtract_leaving_out(candidates.cost_m, elder, leaving_out_m)
    problem = AssignmentProblem(elder, volunteer, cost_m, left[volunteers])
    none, nobody = np.zeros(len(candidates), dtype=bool), np.zeros(len(elders), dtype=bool)
    return NumberedProblem(problem, elders, volunteers, tier, none, nobody, leaving_out_m)


def _subtract_leaving_out(cost_m: Costs, elder: Index, leaving_out_m: Index) -> Costs:
    """Return the candidates' cost less what leaving their elder out costs; in 32 bits where they are and it fits."""
    if not leaving_out_m.any():
        return cost_m
    fits = cost_m.dtype == np.int32 and int(cost_m.min()) - int(leaving_out_m.max()) >= -(2**31)
    kind = np.int32 if fits else np.int64
    less: Costs = np.subtract(cost_m, leaving_out_m.astype(kind)[elder], dtype=kind)
    less.setflags(write=False)
    return less


def number_people(who: NDArray[np.int32], n: int) -> tuple[Index, Index]:
    """Return who of n people occurs in ``who``, in order, and each entry's number among them."""
    occurs = np.zeros(n, dtype=bool)
    occurs[who] = True
    number = (np.cumsum(occurs, dtype=np.int32) - np.int32(1))[who]
    number.setflags(write=False)
    return np.flatnonzero(occurs), number
