"""The month of a volunteer who is away or has left: stand-ins or another match, written anew, and who is to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from matcher.errors import UsageError
from matcher.i18n import _
from matcher.matching.rematch import rematch_elders_of
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan
from matcher.run.inputs import LoadedInputs
from matcher.run.issues import tell_nothing_handed_over
from matcher.run.pipeline import Mask, Pipeline, RunRequest, RunResult
from matcher.run.prepared import (
    PreparedPlan,
    find_listed,
    leave_out_gone,
    list_ended,
    list_left_out,
    take_given_pairs,
)
from matcher.run.stages import Stages
from matcher.schedule import Schedule
from matcher.scheduling.absences import Absence, add_absence, apply_absences
from matcher.scheduling.agreed import begin_changed_pairs, find_changed_elders, find_fallen
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.replanned import Replanned
from matcher.scheduling.schedule_month import Progress, schedule_month
from matcher.scheduling.stand_ins import find_affected, find_stand_ins, hand_over


def substitute(request: RunRequest, absence: Absence, stages: Stages | None = None) -> RunResult:
    """Find who stands in for a volunteer, and write the month anew with it.

    ``request.inputs`` has the pairs and this month's visits.

    Raises:
        InputError: inputs are at fault.
        UsageError: the volunteer is on no roster; the folder can't be written.
        VerificationError: the files as written break a rule.
    """
    kind = LeavingSubstitution if absence.left else AbsenceSubstitution
    return kind(request, absence, stages).run()


class Substitution(Pipeline):
    """A month that is planned, in which one volunteer's contacts go to others."""

    command = "substitute"
    asks_surge = False

    def __init__(self, request: RunRequest, absence: Absence, stages: Stages | None = None) -> None:
        super().__init__(request, stages)
        self.absence = absence

    def identify(self, inputs: LoadedInputs) -> Absence:
        """Put the volunteer's id in the place of a name, for all that follows, and return the absence."""
        volunteers = inputs.month.roster.volunteers
        who = self.absence.find_volunteer(inputs.month.roster)
        self.absence = replace(self.absence, volunteer_id=volunteers["id"].iloc[who])
        return self.absence

    @property
    def until(self) -> date:
        """Return the day after the month: all contacts stand but those that are handed over."""
        return self.request.horizon.end + timedelta(days=1)

    @property
    def first_day(self) -> date:
        """Return the first day away."""
        return self.absence.first

    def find_replanned(self, inputs: LoadedInputs, prepared: PreparedPlan, _schedule: Schedule) -> Replanned:
        """Return since when the month was planned anew; for elders whose pair is gone now, from the absence on."""
        return inputs.replanned.plan_anew(self.absence.first, list_ended(inputs, prepared))

    def list_absences(self, inputs: LoadedInputs) -> pd.DataFrame:
        """Return the absences told before, and this one."""
        return add_absence(inputs.absences, self.absence)

    def must_stand(self, prepared: PreparedPlan, earlier: Schedule) -> Mask:
        """Return the contacts that the absence does not touch, and whose pair is still one."""
        fallen = find_fallen(earlier, prepared.plan, self.absence.first)
        return ~find_affected(earlier, prepared.month.roster, self.absence) & ~fallen


class AbsenceSubstitution(Substitution):
    """The volunteer is away for some days: stand-ins make the contacts of these days."""

    def prepare(self, inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
        """Return the pairs as they stand, in a month in which the volunteer has days off."""
        own = add_absence(inputs.absences, self.identify(inputs))
        month = apply_absences(inputs.month, own)
        prepared = take_given_pairs(replace(inputs, month=month), people)
        contacts = inputs.earlier.in_horizon(month.horizon).known().schedule
        plan = begin_changed_pairs(prepared.plan, contacts, self.absence.first)
        changed = find_changed_elders(contacts, plan, self.absence.first)
        if changed.any() or find_affected(contacts, month.roster, self.absence).any():
            return replace(prepared, plan=plan)
        return replace(prepared, plan=plan, issues=(*prepared.issues, tell_nothing_handed_over(self.absence)))

    def plan(self, prepared: PreparedPlan, earlier: EarlierContacts, progress: Progress) -> Schedule:
        """Return the month with stand-ins."""
        return find_stand_ins(prepared.plan, earlier, self.absence, progress)


class LeavingSubstitution(Substitution):
    """The volunteer has left: the elders concerned are matched anew, and their month is planned anew from that day."""

    @property
    def start(self) -> date:
        """Return the first day without the volunteer."""
        return self.absence.first

    def prepare(self, inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
        """Return the pairs with others for the elders of who left, and who is left out now."""
        absence = self.identify(inputs)
        who = absence.find_volunteer(inputs.month.roster)
        _refuse_leaving_before_joining(inputs, who, absence)
        pairs, issues = leave_out_gone(inputs, besides=who)
        contacts = inputs.earlier.in_horizon(inputs.month.horizon).known().schedule
        if not (pairs.volunteer == who).any() and not find_affected(contacts, inputs.month.roster, absence).any():
            issues.append(tell_nothing_handed_over(absence))
        plan = rematch_elders_of(inputs.month, pairs, who, absence.first)
        paused = inputs.paused.where(inputs.paused.volunteer != who)
        plan = replace(plan, paused=paused, had_no_pair=find_listed(inputs))
        unmatched, left_out_now = list_left_out(inputs, plan, people)
        return PreparedPlan(plan.month, plan, unmatched, (*issues, *left_out_now))

    def plan(self, prepared: PreparedPlan, earlier: EarlierContacts, progress: Progress) -> Schedule:
        """Return the month with the elders of who left planned anew."""
        plan = prepared.plan
        contacts = earlier.in_horizon(plan.month.horizon).known().schedule
        concerned = np.zeros(plan.month.n_elders, dtype=bool)
        affected = find_affected(contacts, plan.month.roster, self.absence)
        concerned[contacts.elder[affected & ~self._find_stood_in(contacts, plan)]] = True
        concerned[[row.elder for row in plan.changes if row.elder >= 0]] = True
        made = schedule_month(plan, earlier, self.absence.first, concerned, progress, is_surge_told=True)
        stood_in = self._find_stood_in(made, plan)
        return hand_over(plan, earlier, made, stood_in, self.absence) if stood_in.any() else made

    def _find_stood_in(self, contacts: Schedule, plan: Plan) -> Mask:
        """Return which contacts who left would have made in place of somebody whose pair goes on."""
        who = self.absence.find_volunteer(plan.month.roster)
        claim, own = contacts.stands_in_for, plan.volunteer_of[contacts.elder]
        theirs = (contacts.volunteer == who) & (claim >= 0) & (claim == own)
        return np.asarray(theirs & self.absence.includes(contacts))


def _refuse_leaving_before_joining(inputs: LoadedInputs, who: int, absence: Absence) -> None:
    """Raise ``UsageError`` where a volunteer would leave before their first day: later commands could not know it."""
    joined = inputs.month.roster.volunteers["joined"].iloc[who]
    if joined >= pd.Timestamp(absence.first):  # False of NaT
        text = _(
            "{value} joins on {joined}, and nobody leaves before the day after. If they never come, change the status "
            "in the roster, then run old-partners schedule --from {first} --fill"
        )
        told = {"value": absence.volunteer_id, "joined": f"{joined:%Y-%m-%d}", "first": f"{absence.first}"}
        raise UsageError(text.format(**told))
