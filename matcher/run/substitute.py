"""A volunteer is away for some days, or has left: who makes the contacts, and who is to be told.

Away: each contact of these days goes to the elder's second volunteer, then to the nearest volunteer whom the rules
allow and whose day has room. It keeps its date and its kind; nothing else moves. Left: the elders concerned are matched
anew, everybody else's pair stands, and the month of these elders is planned anew from that day on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.errors import UsageError
from matcher.features import Features
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.matching import match, plan_from_pairs, update_backups
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.month import MonthData
from matcher.outputs import left_out
from matcher.outputs.tables import People
from matcher.plan import Plan
from matcher.roster.model import PairList
from matcher.rules import RULES, Rule
from matcher.run.inputs import Gathered
from matcher.run.notices import away_frame, left_frame
from matcher.run.pipeline import Done, Job, Prepared, Steps, produce, still_left_out
from matcher.run.stages import Stages
from matcher.schedule import VISIT, Visits
from matcher.scheduling.earlier import Before, visits_of
from matcher.scheduling.first_visits.requests import asked_of_new_pairs, strangers
from matcher.scheduling.schedule_month import Contacts, Progress, own_volunteers, plan_contacts
from matcher.scheduling.stand_ins import Absence
from matcher.scheduling.timetabling import plan_visits
from matcher.settings import changed

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def substitute(job: Job, absence: Absence, stages: Stages | None = None) -> Done:
    """Find who stands in for a volunteer, and write the month anew with it.

    ``job.inputs`` has the pairs and this month's visits.

    Raises:
        InputError: inputs are at fault.
        UsageError: the volunteer is on no roster or has nothing to hand over; the folder can't be written.
        VerificationError: the files as written break a rule.
    """
    end = job.horizon.end + timedelta(days=1)

    def identify(gathered: Gathered) -> Absence:
        """Put the volunteer's id in the place of a name, for all that follows."""
        nonlocal absence
        who = _who(gathered.month, absence)
        absence = replace(absence, volunteer_id=gathered.month.roster.volunteers["id"].iloc[who])
        return absence

    if absence.left:
        steps = Steps(
            "substitute",
            lambda gathered, people: _rematched(gathered, people, identify(gathered)),
            lambda prepared, before, progress: _planned_anew(prepared, before, absence, progress),
            until=end,
            start=absence.first,
            surging=False,
            stands=lambda prepared, rows: rows[~_of_the_absent(rows, prepared.month, absence)],
            tell=lambda prepared, _contacts, before, people: left_frame(prepared, before, absence, people, job.names),
        )
    else:
        steps = Steps(
            "substitute",
            lambda gathered, people: _away(gathered, people, identify(gathered)),
            lambda prepared, before, progress: _handed_over(prepared, before, absence, progress),
            until=end,
            surging=False,
            stands=lambda prepared, rows: rows[~_of_the_absent(rows, prepared.month, absence)],
            tell=lambda prepared, contacts, before, people: away_frame(
                prepared, contacts, before, absence, people, job.names
            ),
        )
    return produce(job, steps, stages or Stages())


def _who(month: MonthData, absence: Absence) -> int:
    return month.roster.directory("volunteers").find(absence.volunteer_id, _("no volunteer has the id {value}"))


def _of_the_absent(rows: pd.DataFrame, month: MonthData, absence: Absence) -> pd.Series[bool]:
    """Which contacts the volunteer can't make, and where they left all others of the same elders from then on."""
    dates = rows["date"].between(np.datetime64(absence.first), np.datetime64(absence.last))
    theirs = dates & (rows["volunteer_id"] == absence.volunteer_id)
    if not absence.left:
        return theirs
    del month
    return dates & (rows["elder_id"].isin(rows.loc[theirs, "elder_id"]) | (rows["in_place_of"] == absence.volunteer_id))


def _away(gathered: Gathered, people: People, absence: Absence) -> Prepared:
    """The pairs as they stand; the volunteer has days off."""
    month = gathered.month
    who = _who(month, absence)
    days = Horizon(absence.first, absence.last).dates()
    volunteers = month.roster.volunteers.copy()
    off = volunteers["days_off"].tolist()
    off[who] = tuple(sorted({*off[who], *days}))
    volunteers["days_off"] = pd.Series(off, index=volunteers.index, dtype=object)
    month = replace(month, roster=replace(month.roster, volunteers=volunteers))
    plan = plan_from_pairs(month, gathered.pairs)
    return Prepared(month, plan, still_left_out(gathered, plan, people))


def _handed_over(prepared: Prepared, before: Before, absence: Absence, progress: Progress) -> Contacts:
    """The month with the contacts of these days in other hands, as far as there are any free."""
    month, plan = prepared.month, prepared.plan
    rows = before.of_horizon(month.horizon).known()
    theirs = _of_the_absent(rows, month, absence)
    if not theirs.any():
        raise UsageError(
            _("{volunteer} has no contacts from {first} to {last}: nothing to hand over").format(
                volunteer=absence.volunteer_id, first=absence.first, last=absence.last
            )
        )
    standing, open_ = visits_of(rows[~theirs]), visits_of(rows[theirs])
    for elder, volunteer in _rounds(prepared, np.unique(open_.elder), absence):
        still = np.isin(elder, open_.elder)
        if not len(open_):
            break
        if still.any():
            standing, open_ = _tried(month, elder[still], volunteer[still], standing, open_)
    # nothing more is planned: this counts what is missing now, and why
    usual = Demand.compute_usual(month.roster, plan.elder, month.horizon, month.settings)
    usual = asked_of_new_pairs(usual, plan, strangers(plan, before, None), None)
    last_contact = before.last_contact(month.horizon.start, plan.elder)
    nothing = replace(usual.only_on(np.zeros(month.horizon.days, dtype=bool)), last_contact=last_contact)
    made = plan_visits(
        month.roster,
        plan.elder,
        plan.volunteer,
        month.horizon,
        month.settings,
        fixed=standing,
        demand=nothing,
        progress=progress,
    )
    return Contacts(made, own_volunteers(month, plan, made))


def _rounds(prepared: Prepared, elders: Index, absence: Absence) -> Iterator[tuple[Index, Index]]:
    """Whom to ask for each elder, the first choice of all, then the second, and so on: elders and volunteers."""
    month = replace(prepared.month, horizon=Horizon(absence.first, absence.last))
    # who stands in for some days has no pair more
    rules: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.concerns != "capacity")
    features = Features(month)
    asked = np.zeros(month.n_elders, dtype=bool)
    asked[elders] = True
    may = find_eligible_people(features, rules)[1]
    may[_who(month, absence)] = False
    found = find_candidates(features, asked, may, rules)
    second = prepared.plan.second_of[found.elder] == found.volunteer
    order = np.lexsort((found.volunteer, found.cost_m, ~second, found.elder))
    elder, volunteer = found.elder[order].astype(np.int64), found.volunteer[order].astype(np.int64)
    choice = np.arange(len(elder)) - np.searchsorted(elder, elder)
    for number in range(int(choice.max(initial=-1)) + 1):
        yield elder[choice == number], volunteer[choice == number]


def _tried(month: MonthData, elder: Index, volunteer: Index, standing: Visits, open_: Visits) -> tuple[Visits, Visits]:
    """One choice for each elder: what then stands, and what is still open."""
    dates, week_of = np.array(month.horizon.dates(), dtype="datetime64[D]"), _weeks(month)
    row = pd.Index(elder).get_indexer(pd.Index(open_.elder))
    wanted = row >= 0
    day = (open_.day.astype("datetime64[D]") - dates[0]).astype(np.int64)
    usual = Demand.compute_usual(month.roster, elder, month.horizon, month.settings)
    shape = usual.may_contact.shape
    may, may_visit = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    may[row[wanted], day[wanted]] = True
    visit = wanted & (open_.kind == VISIT)
    may_visit[row[visit], day[visit]] = True
    contacts, visits = np.zeros_like(usual.contacts), np.zeros_like(usual.visits)
    for one, which in ((open_, wanted), (standing, np.isin(standing.elder, elder))):
        who = pd.Index(elder).get_indexer(pd.Index(one.elder[which]))
        week = week_of[(one.day[which].astype("datetime64[D]") - dates[0]).astype(np.int64)]
        np.add.at(contacts, (who, week), 1)
        np.add.at(visits, (who, week), (one.kind[which] == VISIT).astype(np.int64))
    demand = replace(usual, contacts=contacts, visits=visits, daily=may, may_contact=may, may_visit=may_visit)
    near = np.isin(standing.volunteer, volunteer) | np.isin(standing.elder, elder)
    made = plan_visits(
        month.roster, elder, volunteer, month.horizon, month.settings, fixed=standing.where(near), demand=demand
    )
    was = pd.MultiIndex.from_arrays([open_.elder, open_.day.astype("datetime64[D]"), open_.kind])
    now = pd.MultiIndex.from_arrays([made.elder, made.day.astype("datetime64[D]"), made.kind])
    placed = now.isin(was)
    return standing.and_also(made.where(placed)), open_.where(~was.isin(now[placed]))


def _weeks(month: MonthData) -> Index:
    """Each date's place among the horizon's weeks."""
    weeks = month.horizon.weeks()
    return np.repeat(np.arange(len(weeks)), [week.days for week in weeks]).astype(np.int64)


class _OnlyThese(Rule):
    """Only the elders concerned get another volunteer."""

    name = "only_these"
    sentence = ""

    def __init__(self, elders: Mask) -> None:
        self.elders = elders

    def bar_elders(self, features: Features) -> Mask:
        """Everybody else whose pair is not pinned."""
        return ~self.elders & (features.pinned_volunteer < 0)


def _rematched(gathered: Gathered, people: People, absence: Absence) -> Prepared:
    """The pairs, with others for the elders of who left; those of everybody else as they stand."""
    who = _who(gathered.month, absence)
    volunteers = gathered.month.roster.volunteers.copy()
    volunteers.loc[volunteers.index[who], "left"] = pd.Timestamp(absence.first - timedelta(days=1))
    pairs = gathered.pairs
    concerned = np.zeros(gathered.month.n_elders, dtype=bool)
    concerned[pairs.elder[pairs.volunteer == who]] = True
    if not concerned.any():
        raise UsageError(_("{volunteer} has no pairs: nothing to do").format(volunteer=absence.volunteer_id))
    pins = gathered.month.pins
    month = replace(
        gathered.month,
        settings=changed(gathered.month.settings, {"keep.budget": ""}),  # that somebody leaves is nobody's choice
        roster=replace(gathered.month.roster, volunteers=volunteers),
        pins=pins.where(pins.volunteer != who),
    )
    others = pairs.where(~concerned[pairs.elder])
    made = match(replace(month, previous=pairs, pins=others), (*RULES, _OnlyThese(concerned)))
    plan = plan_from_pairs(month, _of_plan(made, others, people))
    seconds = plan_from_pairs(gathered.month, pairs).second_of
    plan = replace(
        plan,
        backups=update_backups(plan, np.where(seconds == who, -1, seconds), RULES),
        changes=tuple(row for row in made.changes if row.elder >= 0 and concerned[row.elder]),
        unmatched=tuple(row for row in made.unmatched if concerned[row.elder]),
        shortages=made.shortages,
    )
    listed = still_left_out(gathered, plan, people)
    if listed is not None:
        mine = left_out.unmatched_frame(plan, people)
        listed = pd.concat([listed[~listed["elder_id"].isin(mine["elder_id"])], mine]).sort_values("elder_id")
    return Prepared(month, plan, listed)


def _of_plan(plan: Plan, others: PairList, people: People) -> PairList:
    """A plan's pairs as a list: ``others`` since when they are, those matched anew since this month.

    Where no list says that any pair is older, the others are taken for a month old, so that it is known who is new.
    """
    this = np.datetime64(plan.month.horizon.start, "M")
    told = others.told_since(this)
    told = np.where(np.isnat(told), this, told)
    since = np.full(plan.month.n_elders, this)
    since[others.elder] = told if (told < this).any() else this - 1
    return PairList(
        plan.elder,
        plan.volunteer,
        tuple(people.elder_id[plan.elder]),
        tuple(people.volunteer_id[plan.volunteer]),
        np.arange(2, 2 + len(plan.elder)),
        since=since[plan.elder],
    )


def _planned_anew(prepared: Prepared, before: Before, absence: Absence, progress: Progress) -> Contacts:
    rows = before.of_horizon(prepared.month.horizon).known()
    concerned = np.zeros(prepared.month.n_elders, dtype=bool)
    concerned[rows.loc[_of_the_absent(rows, prepared.month, absence), "elder"]] = True
    concerned[[row.elder for row in prepared.plan.changes if row.elder >= 0]] = True
    return plan_contacts(
        prepared.month, prepared.plan, before, absence.first, progress, concerned, prepared.plan.second_of
    )
