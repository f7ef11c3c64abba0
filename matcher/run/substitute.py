"""The month of a volunteer who is away or has left: stand-ins or another match, written anew, and who is to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.matching import plan_from_pairs
from matcher.matching.rematch import rematch_elders_of
from matcher.outputs import left_out
from matcher.outputs.tables import People
from matcher.run.inputs import Gathered
from matcher.run.pipeline import Done, Job, Prepared, Steps, produce, still_left_out
from matcher.run.stages import Stages
from matcher.schedule import Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.notices import find_notices_of_absence, find_notices_of_leaving
from matcher.scheduling.schedule_month import Progress, schedule_month
from matcher.scheduling.stand_ins import Absence, find_affected, find_stand_ins, give_days_off


def substitute(job: Job, absence: Absence, stages: Stages | None = None) -> Done:
    """Find who stands in for a volunteer, and write the month anew with it.

    ``job.inputs`` has the pairs and this month's visits.

    Raises:
        InputError: inputs are at fault.
        UsageError: the volunteer is on no roster or has nothing to hand over; the folder can't be written.
        VerificationError: the files as written break a rule.
    """

    def identify(gathered: Gathered) -> Absence:
        """Put the volunteer's id in the place of a name, for all that follows."""
        nonlocal absence
        volunteers = gathered.month.roster.directory("volunteers")
        who = volunteers.find(absence.volunteer_id, _("no volunteer has the id {value}"))
        absence = replace(absence, volunteer_id=volunteers.ids[who])
        return absence

    steps = Steps(
        "substitute",
        lambda gathered, people: _prepare_absence(gathered, people, identify(gathered)),
        lambda prepared, earlier, progress: find_stand_ins(prepared.plan, earlier, absence, progress),
        until=job.horizon.end + timedelta(days=1),
        surging=False,
        stands=lambda prepared, earlier: ~find_affected(earlier, prepared.month.roster, absence),
        notify=lambda prepared, schedule, earlier: find_notices_of_absence(prepared.plan, schedule, earlier, absence),
    )
    if absence.left:
        steps = replace(
            steps,
            prepare=lambda gathered, people: _prepare_leaving(gathered, people, identify(gathered)),
            contacts=lambda prepared, earlier, progress: _plan_anew(prepared, earlier, absence, progress),
            start=absence.first,
            notify=lambda prepared, _schedule, _earlier: find_notices_of_leaving(prepared.plan, absence),
        )
    return produce(job, steps, stages or Stages())


def _prepare_absence(gathered: Gathered, people: People, absence: Absence) -> Prepared:
    """Return the pairs as they stand, in a month in which the volunteer has days off."""
    month = give_days_off(gathered.month, absence)
    plan = plan_from_pairs(month, gathered.pairs)
    return Prepared(month, plan, still_left_out(gathered, plan, people))


def _prepare_leaving(gathered: Gathered, people: People, absence: Absence) -> Prepared:
    """Return the pairs with others for the elders of who left, and who is left out now."""
    who = absence.find_volunteer(gathered.month.roster)
    if not (gathered.pairs.volunteer == who).any():
        raise UsageError(_("{volunteer} has no pairs: nothing to do").format(volunteer=absence.volunteer_id))
    plan = rematch_elders_of(gathered.month, gathered.pairs, who, absence.first)
    listed = still_left_out(gathered, plan, people)
    if listed is not None:
        mine = left_out.unmatched_frame(plan, people)
        listed = pd.concat([listed[~listed["elder_id"].isin(mine["elder_id"])], mine]).sort_values("elder_id")
    return Prepared(plan.month, plan, listed)


def _plan_anew(prepared: Prepared, earlier: EarlierContacts, absence: Absence, progress: Progress) -> Schedule:
    """Return the month with the elders of who left planned anew."""
    plan = prepared.plan
    contacts = earlier.in_horizon(plan.month.horizon).known().schedule
    concerned = np.zeros(plan.month.n_elders, dtype=bool)
    concerned[contacts.elder[find_affected(contacts, plan.month.roster, absence)]] = True
    concerned[[row.elder for row in plan.changes if row.elder >= 0]] = True
    return schedule_month(plan, earlier, absence.first, concerned, progress)
