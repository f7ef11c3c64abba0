"""Visits to elders who share a home and have one volunteer: on the same days, where nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from matcher.demand.calendar import index_days, index_weeks
from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule
from matcher.timetable.problem import Index

PlanRows = Callable[[Demand, Schedule, Index], Schedule]
"""Plans the contacts of some of the plan's pairs, rows of it, around fixed ones."""


def find_joint_homes(plan: Plan) -> list[Index]:
    """Return the rows of the plan's pairs of each home that several elders share with one volunteer."""
    home = plan.features.shared_home[plan.elder]
    rows = np.flatnonzero(home >= 0)
    key = home[rows] * plan.month.n_volunteers + plan.volunteer[rows]
    order = np.argsort(key, kind="stable")
    parts = np.split(rows[order], np.flatnonzero(np.diff(key[order])) + 1)
    return [mine for mine in parts if len(mine) > 1]


def join_walks(
    plan: Plan, made: Schedule, fixed: Schedule, demand: Demand, plan_rows: PlanRows
) -> Iterator[tuple[int, Schedule]]:
    """Yield volunteers whose elders who share a home can be visited on the same days, each with the month that does so.

    One elder's visits stand, of who has most; those of the others may be on their days alone. The volunteer's month is
    planned again so. It is taken where each week holds as many contacts and visits of each, and nobody is longer
    without a contact than before or than the settings allow. On one day the shortest walk puts those of one home one
    after another: there is no way between them.

    Args:
        plan: The pairs.
        made: The month as planned.
        fixed: What of it may not move.
        demand: What the pairs are due.
        plan_rows: Plans a volunteer's pairs again.
    """
    by_volunteer: dict[int, list[Index]] = {}
    for rows in find_joint_homes(plan):
        by_volunteer.setdefault(int(plan.volunteer[rows[0]]), []).append(rows)
    for volunteer, homes in by_volunteer.items():
        mine = np.flatnonzero(plan.volunteer == volunteer)
        best, held, asked = made.select(made.volunteer == volunteer), fixed, demand
        before = best
        for rows in homes:
            trial, narrowed = _narrow(plan, best, held, asked, rows)
            again = plan_rows(narrowed, trial, mine)
            own = again.select(again.volunteer == volunteer)
            joined = count_joint_visits(plan, own, [rows]) > count_joint_visits(plan, best, [rows])
            if joined and _is_as_good(plan, best, own):
                best, held, asked = own, trial, narrowed
        if best is not before:
            yield volunteer, best


def count_joint_visits(plan: Plan, schedule: Schedule, homes: list[Index]) -> int:
    """Return how many visits are on a day on which the volunteer visits another elder of the home, the first aside."""
    total = 0
    for rows in homes:
        of_home = np.isin(schedule.elder, plan.elder[rows]) & (schedule.kind == VISIT)
        of_home &= schedule.volunteer == plan.volunteer[rows[0]]
        day = schedule.day[of_home]
        total += len(day) - len(np.unique(day))
    return total


def _narrow(plan: Plan, made: Schedule, fixed: Schedule, demand: Demand, rows: Index) -> tuple[Schedule, Demand]:
    """Return what may not move, the leading elder's visits among it, and the demand with visits on their days alone."""
    visits = made.select(made.kind == VISIT)
    counts = [int((visits.elder == elder).sum()) for elder in plan.elder[rows].tolist()]
    leader = int(plan.elder[rows[int(np.argmax(counts))]])
    leading = visits.select(visits.elder == leader)
    new = leading.select(leading.find_in(fixed) < 0)
    days = index_days(leading.day, plan.month.horizon)
    others = rows[plan.elder[rows] != leader]
    may_visit = demand.may_visit.copy()
    on_days = np.zeros(may_visit.shape[1], dtype=bool)
    on_days[days[(days >= 0) & (days < len(on_days))]] = True
    may_visit[others] &= on_days
    held = fixed.merged_with(new) if len(fixed) else new
    return (held if len(new) else fixed), replace(demand, may_visit=may_visit)


def _is_as_good(plan: Plan, before: Schedule, after: Schedule) -> bool:
    """Return whether all have as many contacts and visits each week, and nobody is longer without one than allowed."""
    limit, week = plan.month.settings.schedule.max_gap_days, index_weeks(plan.month.horizon)
    for elder in np.union1d(before.elder, after.elder).tolist():
        was, now = (each.select(each.elder == elder) for each in (before, after))
        counts = []
        for each in (was, now):
            of_week = week[index_days(each.day, plan.month.horizon)]
            counts.append(np.bincount(2 * of_week + (each.kind == VISIT), minlength=2 * int(week[-1]) + 2))
        if (counts[0] != counts[1]).any():
            return False
        if _measure_longest_gap(plan, now) > max(_measure_longest_gap(plan, was), limit):
            return False
    return True


def _measure_longest_gap(plan: Plan, schedule: Schedule) -> int:
    """Return the most days on end without a contact between the first and the last day of the month."""
    day = index_days(schedule.day, plan.month.horizon)
    return int(np.diff(np.sort(np.concatenate([[-1], day, [plan.month.horizon.days]]))).max()) - 1
