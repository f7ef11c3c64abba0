"""The account of a month: contacts made and contacts missing are those due, week by week and kind by kind.

Every command ends with it, whatever planned the contacts; so what is due is one number in every file.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.schedule import BelowFloor, Schedule, Unscheduled
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.past_weeks import PastWeeks
from matcher.scheduling.timetabling import count_beyond_due
from matcher.scheduling.unscheduled import list_unscheduled
from matcher.timetable.floors import Missed, bound_missed, find_possible_contacts, measure_missed
from matcher.timetable.problem import NONE, TimetableProblem


def account(
    plan: Plan, schedule: Schedule, due: Demand, past: PastWeeks, stay: tuple[Unscheduled, ...] = ()
) -> Schedule:
    """Return a month's contacts with what is missing of ``due``, a row a pair of the plan, and why.

    In ``past`` weeks that is due which was due then, and what was missing then is missing, of pairs that have ended as
    well. Reasons that ``schedule`` has already, for the same elder, week and kind, stay as they are, and so do those of
    ``stay``: missing contacts of elders of whom nothing was planned anew.
    """
    due, due_then = past.restore_due(due, schedule)
    more_stand = past.find_more_standing(due, schedule)
    month, order = plan.month, np.lexsort((plan.elder, plan.volunteer))
    due = due.select_pairs(order)
    elder, volunteer = plan.elder[order], plan.volunteer[order]
    template = ProblemTemplate.build(month.roster, elder, volunteer, month.horizon, month.settings, due)
    problem = template.add_fixed(schedule)
    nothing = np.full((len(elder), month.horizon.days), NONE, dtype=np.int8)
    known = {(row.elder, row.week_start, row.kind): row.reason for row in (*schedule.unscheduled, *past.missing, *stay)}
    below_floor = find_below_floor(template, problem)
    rows = list_unscheduled(template, problem, nothing, due)
    ended = past.list_of_ended()
    return replace(
        schedule,
        unscheduled=_sort_rows(
            *(_keep_reason(row, known.get((row.elder, row.week_start, row.kind), row.reason)) for row in rows), *ended
        ),
        below_floor=below_floor,
        due_then=due_then,
        more_stand=more_stand,
        contacts_due=int(due.contacts.sum())
        + count_beyond_due(elder, due, schedule, month.horizon)
        + sum(row.missing for row in ended),
    )


def _keep_reason(row: Unscheduled, reason: str) -> Unscheduled:
    """Return what is missing with a reason."""
    return row if row.reason == reason else replace(row, reason=reason)


def _sort_rows(*rows: Unscheduled) -> tuple[Unscheduled, ...]:
    """Return what is missing by elder, week and kind."""
    return tuple(sorted(rows, key=lambda row: (row.elder, row.week_start, row.kind)))


def find_below_floor(template: ProblemTemplate, problem: TimetableProblem) -> tuple[BelowFloor, ...]:
    """Return the pairs whose month, all of it fixed in ``problem``, misses a floor, and why.

    The reason is what would have to be otherwise for the two alone: their common half-days, closed days, days on which
    one is away. Where the two alone could keep more of it, the volunteer's days are full; where no day would help, what
    is due comes too seldom.
    """
    nothing = np.full((len(problem.pairs), problem.n_days), NONE, dtype=np.int8)
    missed = measure_missed(nothing, problem.pairs)
    rows = np.flatnonzero((missed.visits > 0) | (missed.silent_days > 0))
    if not len(rows):
        return ()
    pairs, shared = template.pairs.select(rows), template.shared
    missed = Missed(*(column[rows] for column in missed))
    open_, present = template.calendar.is_open[None, :], template.present[rows]
    days = [
        (open_ & present)[:, :, None] & find_possible_contacts(pairs, shared),
        np.repeat((open_ & present)[:, :, None], 2, axis=2),
        np.repeat(present[:, :, None], 2, axis=2),
        np.ones((*present.shape, 2), dtype=bool),
    ]
    could_do = [_is_better(bound_missed(pairs, shared, mask), missed) for mask in days]
    why = np.select(could_do, ["day_full", "no_common_half_day", "closed", "absent"], "seldom_due").tolist()
    order = np.lexsort((template.elder[rows], -missed.silent_days, -missed.visits, pairs.rank))
    return tuple(
        BelowFloor(
            int(template.elder[rows[i]]),
            int(template.volunteer[rows[i]]),
            int(missed.visits[i]),
            int(missed.silent_days[i]),
            str(why[i]),
        )
        for i in order.tolist()
    )


def _is_better(could: Missed, does: Missed) -> NDArray[np.bool_]:
    """Return which pairs could miss less than they do."""
    return np.asarray((could.visits < does.visits) | (could.silent_days < does.silent_days))
