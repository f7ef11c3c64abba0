"""The joint bound: how far a plan and its month are from the best that any match with any month could come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.demand.meetings import get_meetings
from matcher.joint import JointOutcome, solve_joint
from matcher.matching.build_joint import build_joint_problem
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule

Index = NDArray[np.int64]

_LEFT_OUT_M = 100_000
"""What leaving one elder out costs: more than any elder's walk and contacts, so that as many as can be are served."""


@dataclass(frozen=True, slots=True, eq=False)
class JointGap:
    """What a plan with its month costs in metres, contacts that are missing among them, and what none undercuts."""

    cost_m: int
    bound_m: int
    best: JointOutcome
    volunteer_of: Index | None
    """Each elder's volunteer in the joint problem's best plan, -1 for none, (n_elders,); None where none was found."""

    @property
    def gap_m(self) -> int:
        """Return the metres above the bound."""
        return self.cost_m - self.bound_m


def measure_joint_gap(plan: Plan, schedule: Schedule, *, time_limit_s: float | None = None) -> JointGap:
    """Return the gap of a plan of places, without pins, and its month, made from nothing, to the joint problem.

    Contacts of the month count where the pair's own volunteer makes them.
    """
    features = plan.features
    eligible = find_eligible_people(features, plan.rules)
    found = find_candidates(features, *eligible, plan.rules)
    unmatched = np.where(eligible[0], _LEFT_OUT_M, 0).astype(np.int64)
    problem = build_joint_problem(features, found.elder.astype(np.int64), found.volunteer.astype(np.int64), unmatched)
    best = solve_joint(problem, time_limit_s=time_limit_s)
    volunteer_of = None
    if best.chosen is not None:
        volunteer_of = np.where(best.chosen >= 0, found.volunteer[best.chosen], -1).astype(np.int64)
    return JointGap(_compute_cost_m(plan, schedule, unmatched), best.bound, best, volunteer_of)


def _compute_cost_m(plan: Plan, schedule: Schedule, unmatched_cost: Index) -> int:
    """Return what a plan costs with its month, as the joint problem counts."""
    features, worth = plan.features, plan.month.settings.match
    missed = plan.cost_terms.get("missed_contacts", np.zeros(len(plan.elder), dtype=np.int64))
    is_left_out = np.ones(features.n_elders, dtype=bool)
    is_left_out[plan.elder] = False
    contacts = np.bincount(schedule.elder, minlength=features.n_elders)
    visits = np.bincount(schedule.elder[schedule.kind == VISIT], minlength=features.n_elders)
    best = get_meetings(features).best
    missing = worth.missed_contact_m * (best.contacts - contacts) + worth.missed_visit_m * (best.visits - visits)
    return int((plan.cost_m - missed).sum() + unmatched_cost[is_left_out].sum() + missing[plan.elder].sum())
