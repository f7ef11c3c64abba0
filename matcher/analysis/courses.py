"""Courses: which volunteers to train, so that most elders more may be served. Not submodular, so an integer program.

Training one volunteer may help nobody and training two serve an elder more: one takes who displaces another's. So
there is no greedy bound; the program says its gap where time ran out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from matcher.analysis.html import Ids, write_table
from matcher.assignment import AssignmentProblem, solve
from matcher.features import Features
from matcher.i18n import _, join_words
from matcher.matching.candidates import Candidates, find_candidates
from matcher.matching.held_plan import HeldPlan
from matcher.month import MonthData

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
MOST_PAIRS = 400_000
"""Pairs up to which the program is asked."""
TIME_LIMIT_S = 60.0
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class CoursePlan:
    """Volunteers to send to a course."""

    course: str
    volunteers: Index
    """Roster indices, in order."""
    served_more: int
    """Elders more who can be served then, by solving anew."""
    bound: int
    """No choice of so many volunteers serves more."""
    ids: Ids = field(repr=False, compare=False)

    @property
    def is_most(self) -> bool:
        """Return whether it is proved that no choice of so many serves more."""
        return self.served_more >= self.bound

    def _repr_html_(self) -> str:
        """Return whom to send and what it brings as a table, for a notebook."""
        titles = (_("course"), _("volunteers"), _("elders more served"), _("at most"))
        names = join_words(map(str, self.ids.volunteers[self.volunteers]))
        return write_table(titles, [(self.course, names, self.served_more, self.bound)])


class TooLargeError(ValueError):
    """A month with more pairs than the program is asked for."""


def plan_courses(held: HeldPlan, course: str, most: int, time_limit_s: float = TIME_LIMIT_S) -> CoursePlan:
    """Return which volunteers to send to a course so that most elders more are served.

    Args:
        held: The plan.
        course: ``dementia``, ``high_risk``, or the language that is learnt.
        most: How many volunteers at most.
        time_limit_s: For the program.

    Raises:
        TooLargeError: the month has too many pairs.
        ValueError: places do not count alike, as with units or minutes.
    """
    if held.features.settings.capacity.unit != "elders" or held.unpriced:
        raise ValueError("courses are planned where each elder takes a place, and nothing limits changes")
    asked = held.eligible[0] & (held.features.pinned_volunteer < 0)
    now = find_candidates(held.features, asked, held.eligible[1], held.rules)
    trained = Features(_train_all(held.month, course))
    then = find_candidates(trained, asked, held.eligible[1], held.rules)
    if len(then) > MOST_PAIRS:
        raise TooLargeError(f"{len(then)} pairs are more than {MOST_PAIRS}")
    n_volunteers = held.features.n_volunteers
    keys = [pairs.elder.astype(np.int64) * n_volunteers + pairs.volunteer for pairs in (now, then)]
    only_then = ~np.isin(keys[1], keys[0])
    served = _count_served(held, now, np.zeros(n_volunteers, dtype=bool), np.zeros(len(now), dtype=bool))
    if not only_then.any():
        return CoursePlan(course, np.empty(0, dtype=np.int64), 0, 0, Ids.of(held.month))
    chosen, bound = _choose(held, then, only_then, most, time_limit_s)
    most_served = _count_served(held, then, chosen, only_then)
    bound = min(bound, _count_served(held, then, np.ones(n_volunteers, dtype=bool), only_then))
    # whoever adds nothing stays at home
    for v in np.flatnonzero(chosen).tolist():
        fewer = chosen.copy()
        fewer[v] = False
        if _count_served(held, then, fewer, only_then) == most_served:
            chosen = fewer
    most_more = max(bound, most_served) - served
    return CoursePlan(course, np.flatnonzero(chosen), most_served - served, most_more, Ids.of(held.month))


def _train_all(month: MonthData, course: str) -> MonthData:
    """Return the month with every volunteer trained, or speaking the language too."""
    training = month.settings.training
    column = "languages" if course not in ("dementia", "high_risk") else "training"
    words = {"dementia": training.dementia_courses[:1], "high_risk": training.high_risk_courses[:1]}
    word = tuple(words.get(course, (course,)))
    volunteers = month.roster.volunteers.copy()
    volunteers[column] = [(*told, *word) for told in volunteers[column]]
    if column == "training":
        volunteers["training_expires"] = np.datetime64("NaT", "ns")
    return replace(month, roster=replace(month.roster, volunteers=volunteers))


def _list_limits(held: HeldPlan) -> tuple[Mask, Index]:
    """Return elders of whom a volunteer may have only so many, and how many, (n_elders,) and (n_volunteers,)."""
    return held.features.high_risk, held.capacity.max_high_risk


def _count_served(held: HeldPlan, pairs: Candidates, trained: Mask, only_then: Mask) -> int:
    """Return how many elders can be served by pairs, those of a course only where the volunteer is trained."""
    may = ~only_then | trained[pairs.volunteer]
    limited, limit = _list_limits(held)
    problem = AssignmentProblem(
        pairs.elder[may],
        pairs.volunteer[may],
        np.zeros(int(may.sum()), dtype=np.int64),
        held.capacity.left,
        unmatched_cost=np.ones(held.features.n_elders, dtype=np.int64),
        limited=limited,
        limit=limit,
    )
    return int((solve(problem).chosen >= 0).sum())


def _choose(held: HeldPlan, pairs: Candidates, only_then: Mask, most: int, time_limit_s: float) -> tuple[Mask, int]:
    """Return who is trained, (n_volunteers,), and how many are served at most.

    A variable a pair, and one a volunteer whom the course concerns: only these need be whole, the rest is a flow.
    """
    m, volunteers = len(pairs), np.unique(pairs.volunteer[only_then]).astype(np.int64)
    n, n_volunteers = held.features.n_elders, held.features.n_volunteers
    number = np.full(n_volunteers, -1, dtype=np.int64)
    number[volunteers] = np.arange(len(volunteers))
    limited, limit = _list_limits(held)
    pair, extra = np.arange(m), np.flatnonzero(only_then)
    high = np.flatnonzero(limited[pairs.elder])
    at = np.cumsum([0, n, n_volunteers, n_volunteers, len(extra)])
    own = number[pairs.volunteer[extra]]
    rows = [pairs.elder.astype(np.int64), at[1] + pairs.volunteer, at[2] + pairs.volunteer[high]]
    columns = [pair, pair, high]
    rows += [at[3] + np.arange(len(extra)), at[3] + np.arange(len(extra)), np.full(len(volunteers), at[4])]
    columns += [extra, m + own, m + np.arange(len(volunteers))]
    value = [np.ones(len(each)) for each in rows]
    value[4] = -value[4]
    entries = [np.concatenate(each) for each in (value, rows, columns)]
    matrix = coo_array((entries[0], (entries[1], entries[2])), shape=(int(at[4]) + 1, m + len(volunteers))).tocsr()
    above = np.concatenate((np.ones(n), held.capacity.left, limit, np.zeros(len(extra)), [most]))
    found = milp(
        np.concatenate((-np.ones(m), np.zeros(len(volunteers)))),
        constraints=LinearConstraint(matrix, ub=above),
        bounds=Bounds(0, 1),
        integrality=np.concatenate((np.zeros(m), np.ones(len(volunteers)))),
        options={"time_limit": time_limit_s, "mip_rel_gap": 0.0},
    )
    chosen = np.zeros(n_volunteers, dtype=bool)
    if found.x is not None:
        chosen[volunteers[found.x[m:] > 0.5]] = True
    bound = -found.mip_dual_bound if found.mip_dual_bound is not None else math.inf
    return chosen, math.floor(bound + _TOLERANCE) if math.isfinite(bound) else n
