"""The account of a month: contacts made and contacts missing are those due, week by week and kind by kind.

Every command ends with it, whatever planned the contacts; so what is due is one number in every file.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.schedule import Schedule
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.timetabling import count_beyond_due
from matcher.scheduling.unscheduled import list_unscheduled
from matcher.timetable.problem import NONE


def account(plan: Plan, schedule: Schedule, due: Demand) -> Schedule:
    """Return a month's contacts with what is missing of ``due``, a row a pair of the plan, and why.

    Reasons that ``schedule`` has already, for the same elder, week and kind, stay as they are.
    """
    month, order = plan.month, np.lexsort((plan.elder, plan.volunteer))
    due = due.select_pairs(order)
    elder, volunteer = plan.elder[order], plan.volunteer[order]
    template = ProblemTemplate.build(month.roster, elder, volunteer, month.horizon, month.settings, due)
    problem = template.add_fixed(schedule)
    nothing = np.full((len(elder), month.horizon.days), NONE, dtype=np.int8)
    known = {(row.elder, row.week_start, row.kind): row.reason for row in schedule.unscheduled}
    rows = list_unscheduled(template, problem, nothing, due)
    return replace(
        schedule,
        unscheduled=tuple(
            replace(row, reason=known.get((row.elder, row.week_start, row.kind), row.reason)) for row in rows
        ),
        contacts_due=int(due.contacts.sum()) + count_beyond_due(elder, due, schedule, month.horizon),
    )
