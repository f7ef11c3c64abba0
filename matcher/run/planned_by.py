"""Checksums of what each volunteer's month was planned by, after a command that planned everybody's or only some."""

from __future__ import annotations

from dataclasses import replace

from matcher.outputs import tables
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan
from matcher.run.inputs import LoadedInputs
from matcher.schedule import Schedule
from matcher.scheduling.planned_by import PlannedBy, sum_contacts, sum_inputs


def find_planned_by(inputs: LoadedInputs, plan: Plan, schedule: Schedule, *, everybody: bool) -> PlannedBy:
    """Return by what each volunteer's month was planned.

    Whose month a command did not plan wholly has what it was planned by before, but for what the command is told.
    ``everybody``: everybody's was planned wholly.
    """
    known = inputs.earlier.planned_by
    now = sum_inputs(plan.month, plan.elder, plan.volunteer)
    missing = tables.make_unscheduled_frame(schedule, PeopleNames.of(plan.month.roster))
    contacts = sum_contacts(plan, schedule, missing)
    if everybody:
        return PlannedBy(now, contacts)
    settings = inputs.month.settings.model_copy(update={"surge": inputs.surge_before})
    before = sum_inputs(replace(inputs.month, settings=settings), inputs.pairs.elder, inputs.pairs.volunteer)
    by_now = known.find_same(before) | (now.keys() - before.keys())
    inputs_of = {who: code if who in by_now else known.inputs.get(who, "") for who, code in now.items()}
    return PlannedBy(inputs_of, contacts)
