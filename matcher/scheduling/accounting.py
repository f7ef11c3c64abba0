"""The account of a month: contacts made and contacts missing are those due, week by week and kind by kind.

Every command ends with it, whatever planned the contacts; so what is due is one number in every file.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.schedule import Schedule, Unscheduled
from matcher.scheduling.below_floor import find_below_floor, find_free_days
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.past_weeks import PastWeeks
from matcher.scheduling.timetabling import count_beyond_due
from matcher.scheduling.unscheduled import list_unscheduled
from matcher.timetable.problem import NONE


def account(
    plan: Plan, schedule: Schedule, due: Demand, past: PastWeeks, stay: tuple[Unscheduled, ...] = ()
) -> Schedule:
    """Return a month's contacts with what is missing of ``due``, a row a pair of the plan, and why.

    In ``past`` weeks that is due which was due then, and what was missing then is missing, of pairs that have ended as
    well. Reasons that ``schedule`` has already, for the same elder, week and kind, stay as they are, and so do those of
    ``stay``: missing contacts of elders of whom nothing was planned anew.
    """
    may_contact = due.may_contact
    due, due_then = past.restore_due(due, schedule)
    more_stand = past.find_more_standing(due, schedule)
    month, order = plan.month, np.lexsort((plan.elder, plan.volunteer))
    due = due.select_pairs(order)
    elder, volunteer = plan.elder[order], plan.volunteer[order]
    template = ProblemTemplate.build(month.roster, elder, volunteer, month.horizon, month.settings, due)
    problem = template.add_fixed(schedule)
    nothing = np.full((len(elder), month.horizon.days), NONE, dtype=np.int8)
    free, own = (mask[order] for mask in find_free_days(plan, schedule, past, may_contact))
    known = {(row.elder, row.week_start, row.kind): row.reason for row in (*schedule.unscheduled, *past.missing, *stay)}
    below_floor = find_below_floor(template, problem, free, own)
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
