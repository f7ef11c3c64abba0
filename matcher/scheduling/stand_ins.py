"""Stand-ins: who makes the contacts of a volunteer who is away for some days.

Each contact goes to the elder's second volunteer, then to the nearest volunteer whom the rules allow and whose day has
room. It keeps its date and its kind; nothing else moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import index_days, mark_days
from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.roster.model import Roster
from matcher.schedule import CALL, NOBODY, VISIT, Schedule
from matcher.scheduling.absences import Absence
from matcher.scheduling.accounting import account
from matcher.scheduling.agreed import find_changed_elders, keep_claims
from matcher.scheduling.choices import rank_choices
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.new_pairs import FirstDays, FirstVisits, compute_demand
from matcher.scheduling.past_weeks import PastWeeks
from matcher.scheduling.schedule_month import schedule_month
from matcher.scheduling.surge import (
    SurgeDays,
    ask_in_surge,
    find_hours_without_visits,
    limit_visits,
)
from matcher.scheduling.surge_stand_ins import free_at_any_time
from matcher.scheduling.timetabling import plan_visits

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def find_affected(schedule: Schedule, roster: Roster, absence: Absence) -> Mask:
    """Return which contacts the volunteer can't make; if they left, all later ones of their own elders too."""
    who = absence.find_volunteer(roster)
    dates = absence.includes(schedule)
    theirs = dates & (schedule.volunteer == who)
    if not absence.left:
        return np.asarray(theirs)
    own = theirs & (schedule.stands_in_for == NOBODY)
    return np.asarray(
        theirs | (dates & (np.isin(schedule.elder, schedule.elder[own]) | (schedule.stands_in_for == who)))
    )


def find_stand_ins(
    plan: Plan, earlier: EarlierContacts, absence: Absence, progress: Callable[[int, int], None] | None = None
) -> Schedule:
    """Return the month with the contacts of the absence in other hands, as far as there are any free.

    All elders' first choices are tried, then all second ones, and so on, until every contact is placed or nobody is
    left to ask.

    Args:
        plan: The pairs; who is away has these days off.
        earlier: The contacts as they were planned.
        absence: Who is away, and when.
        progress: Called now and then with steps done and steps in all.
    """
    month = plan.month
    contacts = earlier.in_horizon(month.horizon).known().schedule
    if (changed := find_changed_elders(contacts, plan, absence.first)).any():
        contacts = schedule_month(plan, earlier, absence.first, changed)
    theirs = find_affected(contacts, month.roster, absence)
    return hand_over(plan, earlier, contacts, theirs, absence, progress)


def hand_over(
    plan: Plan,
    earlier: EarlierContacts,
    contacts: Schedule,
    theirs: Mask,
    absence: Absence,
    progress: Callable[[int, int], None] | None = None,
) -> Schedule:
    """Return the month's ``contacts`` with ``theirs`` in other hands, as far as there are any free."""
    month, standing, open_ = plan.month, contacts.select(~theirs), contacts.select(theirs)
    who = np.array([absence.find_volunteer(month.roster)])
    for elder, volunteer in rank_choices(plan, np.unique(open_.elder), absence.first, absence.last, who):
        still = np.isin(elder, open_.elder)
        if not len(open_):
            break
        if still.any():
            standing, open_ = _try_choices(plan, elder[still], volunteer[still], standing, open_)
    past = PastWeeks.find(plan, earlier, absence.first)
    return keep_claims(_count_missing(plan, earlier, standing, past, progress))


def _try_choices(
    plan: Plan, elder: Index, volunteer: Index, standing: Schedule, open_: Schedule
) -> tuple[Schedule, Schedule]:
    """Return what stands, and what is still open, after one choice for each elder is tried.

    On the days of a surge visits keep to its hours, and calls need not be at people's own.
    """
    month, surge = plan.month, plan.month.settings.surge
    standing, open_ = _hand_over(plan, month.roster, elder, volunteer, standing, open_)
    lasting = mark_days(surge.days, month.horizon)
    calls = (open_.kind == CALL) & lasting[index_days(open_.day, month.horizon)]
    if not (surge.calls_at_any_time and calls.any()):
        return standing, open_
    roster = free_at_any_time(month.roster)
    standing, still = _hand_over(plan, roster, elder, volunteer, standing, open_.select(calls))
    return standing, open_.select(~calls).merged_with(still)


def _hand_over(
    plan: Plan, roster: Roster, elder: Index, volunteer: Index, standing: Schedule, open_: Schedule
) -> tuple[Schedule, Schedule]:
    """Return what stands, and what is still open, after each elder's contacts are offered to one volunteer."""
    month = plan.month
    row = pd.Index(elder).get_indexer(pd.Index(open_.elder))
    wanted = row >= 0
    day = index_days(open_.day, month.horizon)
    usual = Demand.compute_usual(month.roster, elder, month.horizon, month.settings)
    shape = usual.may_contact.shape
    may, may_visit = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    may[row[wanted], day[wanted]] = True
    visit = wanted & (open_.kind == VISIT)
    may_visit[row[visit], day[visit]] = True
    contacts, visits = np.zeros_like(usual.contacts), np.zeros_like(usual.visits)
    for one, which in ((open_, wanted), (standing, np.isin(standing.elder, elder))):
        who = pd.Index(elder).get_indexer(pd.Index(one.elder[which]))
        week = usual.week[index_days(one.day, month.horizon)[which]]
        np.add.at(contacts, (who, week), 1)
        np.add.at(visits, (who, week), (one.kind[which] == VISIT).astype(np.int64))
    hot = np.zeros_like(usual.no_visit_min)
    hot[mark_days(month.settings.surge.days, month.horizon)] = find_hours_without_visits(month.settings.surge)
    demand = replace(
        usual,
        contacts=contacts,
        visits=visits,
        daily=may,
        may_contact=may,
        may_visit=may_visit,
        no_visit_min=hot,
    )
    near = standing.select(np.isin(standing.volunteer, volunteer) | np.isin(standing.elder, elder))
    made = plan_visits(roster, elder, volunteer, month.horizon, month.settings, fixed=near, demand=demand)
    was = pd.MultiIndex.from_arrays([open_.elder, open_.day.astype("datetime64[D]"), open_.kind])
    now = pd.MultiIndex.from_arrays([made.elder, made.day.astype("datetime64[D]"), made.kind])
    placed = now.isin(was)
    stood_in = made.select(placed)
    whose = np.where(open_.stands_in_for >= 0, open_.stands_in_for, open_.volunteer)  # of before the pair: another's
    stood_in = replace(stood_in, stands_in_for=whose[was.get_indexer(now[placed])])
    return standing.merged_with(stood_in), open_.select(~was.isin(now[placed]))


def _count_missing(
    plan: Plan,
    earlier: EarlierContacts,
    standing: Schedule,
    past: PastWeeks,
    progress: Callable[[int, int], None] | None,
) -> Schedule:
    """Return ``standing`` with what is missing now, and why; nothing more is planned."""
    month = plan.month
    usual = compute_demand(plan, past.find_held(standing))
    first = FirstDays.find(plan, earlier, usual.askable, all_stay=True)
    visited = FirstVisits.find(plan, standing, first, usual)
    days = SurgeDays.find(month, None)
    due = limit_visits(ask_in_surge(first.ask(usual, visited), standing, plan, days), standing, plan, days)
    none = due.only_on(np.zeros(month.horizon.days, dtype=bool))
    last_contact = earlier.find_last_contact(month.horizon.start, plan.elder)
    made = plan_visits(
        month.roster,
        plan.elder,
        plan.volunteer,
        month.horizon,
        month.settings,
        fixed=standing,
        demand=replace(none, last_contact=last_contact),
        progress=progress,
    )
    made = account(plan, made, replace(none, last_contact=last_contact), past)
    return replace(made, unproven=None).without_points()
