"""The joint problem as a mixed-integer program, solved by HiGHS (Huangfu and Hall 2018).

A binary variable for each candidate (the pair is made) and, in each of its weeks, for each day, half-day and kind (a
contact is made). Rows say: one volunteer an elder; capacity; one contact a day, of a pair that is made; what is due in
a week; and what a volunteer's day and half-day hold. Weeks of a volunteer that are alike are one, counted as many
times: nothing ties one week to another but the pairs.

Walks, and the place of clock times within a half-day, are not in it. So its optimum is a bound: no match with any month
costs less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from matcher.joint.problem import CALL, HALVES, KINDS, VISIT, JointProblem, VolunteerWeek

Index = NDArray[np.int64]
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class JointOutcome:
    """What is known of the joint problem."""

    chosen: Index | None
    """The candidate of each elder in the best plan found, -1 for none, (E,); None where none was found in time."""
    cost: int | None
    """What that plan costs."""
    bound: int
    """No plan costs less."""

    @property
    def optimal(self) -> bool:
        """Return whether the plan is proved to be the best."""
        return self.cost is not None and self.cost <= self.bound


class _Rows:
    """Rows of constraints ``sum of coefficients x variables <= most``, put together piece by piece."""

    def __init__(self) -> None:
        self._row: list[Index] = []
        self._column: list[Index] = []
        self._value: list[NDArray[np.float64]] = []
        self._most: list[NDArray[np.float64]] = []
        self.n = 0

    def add(self, most: NDArray[np.float64] | Index, *terms: tuple[Index, Index, float | NDArray[np.float64]]) -> None:
        """Add rows; a term is the rows, counted from the first of these, the variables and their coefficients."""
        for row, column, value in terms:
            self._row.append(self.n + row.ravel())
            self._column.append(column.ravel())
            self._value.append(np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape).ravel())
        self._most.append(np.asarray(most, dtype=np.float64).ravel())
        self.n += len(self._most[-1])

    def build(self, width: int) -> LinearConstraint:
        """Return them as one constraint."""
        parts = (np.concatenate(part) for part in (self._value, self._row, self._column))
        value, row, column = parts
        matrix = coo_array((value, (row, column)), shape=(self.n, width)).tocsr()
        return LinearConstraint(matrix, ub=np.concatenate(self._most))


def solve_joint(problem: JointProblem, *, time_limit_s: float | None = None) -> JointOutcome:
    """Return the best plan found, and a bound that no plan undercuts."""
    n, n_elders = len(problem.elder), len(problem.unmatched_cost)
    if not n:
        cost = int(problem.unmatched_cost.sum())
        return JointOutcome(np.full(n_elders, -1, dtype=np.int64), cost, cost)
    rows, made = _Rows(), np.arange(n)
    rows.add(np.ones(n_elders), (problem.elder, made, 1.0))
    rows.add(problem.capacity, (problem.volunteer, made, 1.0))
    missing = problem.contact_cost * problem.contacts_best + problem.visit_cost * problem.visits_best
    objective = [(problem.cost + (missing - problem.unmatched_cost)[problem.elder]).astype(np.float64)]
    width = n
    for week in problem.weeks:
        worth = _add_week(rows, week, problem, width)
        objective.append(-worth)
        width += len(worth)
    limit = {} if time_limit_s is None else {"time_limit": time_limit_s}
    answer = milp(
        np.concatenate(objective),
        constraints=rows.build(width),
        integrality=np.ones(width, dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, **limit},  # type: ignore[arg-type]
    )
    base = int(problem.unmatched_cost.sum())
    bound = -math.inf if answer.mip_dual_bound is None else answer.mip_dual_bound
    # every part of the cost is whole: so is the optimum
    least = base + (math.ceil(bound - _TOLERANCE) if math.isfinite(bound) else -_sum_gains(objective))
    if answer.x is None:
        return JointOutcome(None, None, least)
    chosen = np.full(n_elders, -1, dtype=np.int64)
    taken = np.flatnonzero(answer.x[:n] > 0.5)
    chosen[problem.elder[taken]] = taken
    return JointOutcome(chosen, base + round(answer.fun), least)


def _sum_gains(objective: list[NDArray[np.float64]]) -> int:
    """Return more than all variables together can save: the bound where the solver gives none."""
    return math.ceil(sum(float(-part[part < 0].sum()) for part in objective))


def _add_week(rows: _Rows, week: VolunteerWeek, problem: JointProblem, first: int) -> NDArray[np.float64]:
    """Add the rows of a week whose variables begin at ``first``; return what each of these saves."""
    pair, day, half, kind = (index.astype(np.int64) for index in np.nonzero(week.may))
    m, days = week.may.shape[:2]
    variable = first + np.arange(len(pair))
    is_visit = kind == VISIT
    made = week.candidates
    # one contact a day, and none of a pair that is not made
    rows.add(
        np.zeros(m * days),
        (pair * days + day, variable, 1.0),
        (np.arange(m * days), np.repeat(made, days), -1.0),
    )
    # what is due
    rows.add(np.zeros(m), (pair, variable, 1.0), (np.arange(m), made, -week.contacts_due.astype(np.float64)))
    visits = pair[is_visit], variable[is_visit], 1.0
    rows.add(np.zeros(m), visits, (np.arange(m), made, -week.visits_due.astype(np.float64)))
    # what days hold
    length = np.where(kind == CALL, problem.call_min, problem.visit_min).astype(np.float64)
    rows.add(np.full(days, problem.max_contacts), (day, variable, 1.0))
    rows.add(np.full(days, problem.max_visits), (day[is_visit], variable[is_visit], 1.0))
    rows.add(np.full(days, problem.max_minutes), (day, variable, length))
    held = week.minutes + problem.pause_min * week.spans
    rows.add(held, (day * HALVES + half, variable, length + problem.pause_min))
    assert week.may.shape[2:] == (HALVES, KINDS)
    return np.where(is_visit, problem.contact_cost + problem.visit_cost, problem.contact_cost) * float(week.times)
