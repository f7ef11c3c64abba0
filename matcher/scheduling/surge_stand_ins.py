"""Stand-ins in a surge: who calls an elder whose own volunteer is away on one of its days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar, index_days
from matcher.demand.demand import Demand
from matcher.demand.time_windows import find_present
from matcher.plan import Plan
from matcher.roster.model import ANY_TIME, Roster
from matcher.schedule import Schedule
from matcher.scheduling.choices import rank_choices
from matcher.scheduling.timetabling import plan_visits

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_NOBODY: Index = np.empty(0, dtype=np.int64)


def free_at_any_time(roster: Roster) -> Roster:
    """Return the roster in which nobody's hours bar a call; days off do."""
    elders, volunteers = (
        people.assign(availability=ANY_TIME, clock="") for people in (roster.elders, roster.volunteers)
    )
    return replace(roster, elders=elders, volunteers=volunteers)


def add_contacts_by_others(plan: Plan, demand: Demand, days: Mask, made: Schedule) -> Schedule:
    """Return ``made`` with contacts by stand-ins on days on which the elder's own volunteer is away.

    Whoever stands in for an elder already is asked first.

    Args:
        plan: The pairs.
        demand: What they are due in the surge, a row a pair.
        days: Days of the surge on which calls may be added, (pairs, days).
        made: The month with all calls that the pairs' own volunteers can make.
    """
    month, pair_of = plan.month, pd.Index(plan.elder)
    calendar = Calendar.build(month.horizon, month.settings.schedule)
    here = find_present(month.roster.elders, plan.elder, calendar)
    away = ~find_present(month.roster.volunteers, plan.volunteer, calendar)
    asked = days & away & here & calendar.is_open & demand.askable & demand.contacts.any(axis=1, keepdims=True)
    open_ = _find_open_days(plan, demand, asked, made)
    if not open_.any():
        return made
    found = np.flatnonzero(open_.any(axis=0))
    first, last = (month.horizon.dates()[int(day)] for day in found[[0, -1]])
    stand_ins = made.select(made.stands_in_for >= 0)
    known = stand_ins.elder * month.n_volunteers + stand_ins.volunteer
    concerned = plan.elder[open_.any(axis=1)]
    for elder, volunteer in rank_choices(plan, concerned, first, last, _NOBODY, known):
        pair = pair_of.get_indexer(pd.Index(elder))
        still = open_[pair].any(axis=1) & (plan.volunteer[pair] != volunteer)
        for is_at_any_time in (False, True):
            if still.any():
                made = _ask(plan, demand, open_, made, pair[still], volunteer[still], is_at_any_time=is_at_any_time)
                open_ = _find_open_days(plan, demand, asked, made)
            still &= open_[pair].any(axis=1) & month.settings.surge.calls_at_any_time
        if not open_.any():
            break
    return made


def _find_open_days(plan: Plan, demand: Demand, asked: Mask, made: Schedule) -> Mask:
    """Return which of the ``asked`` days, (pairs, days), have no contact, in weeks that lack one."""
    pair = pd.Index(plan.elder).get_indexer(pd.Index(made.elder))
    day = index_days(made.day, plan.month.horizon)
    has_contact = np.zeros(asked.shape, dtype=bool)
    has_contact[pair[pair >= 0], day[pair >= 0]] = True
    short = has_contact.astype(np.int64) @ demand.mark_weeks() < demand.contacts
    return asked & ~has_contact & short[:, demand.week]


def _ask(
    plan: Plan, demand: Demand, open_: Mask, made: Schedule, pair: Index, volunteer: Index, *, is_at_any_time: bool
) -> Schedule:
    """Return ``made`` with what some volunteers can take over of the ``open_`` days of some pairs.

    Calls at any time are calls alone; else a visit that the surge took away may come as well.
    """
    month = plan.month
    roster = free_at_any_time(month.roster) if is_at_any_time else month.roster
    calls = demand.only_on(open_).select_pairs(pair)
    calls = replace(calls, may_call=np.ones_like(calls.may_call))
    if is_at_any_time:
        calls = replace(calls, may_visit=np.zeros_like(calls.may_visit))
    elder = plan.elder[pair]
    near = made.select(np.isin(made.volunteer, volunteer) | np.isin(made.elder, elder))
    hours = made.list_companion_hours()
    near = near.merged_with(hours.select(np.isin(hours.volunteer, volunteer)))
    all_ = plan_visits(roster, elder, volunteer, month.horizon, month.settings, fixed=near, demand=calls)
    more = all_.select(all_.find_in(near) < 0)
    more = replace(more, stands_in_for=plan.volunteer_of[more.elder])
    return replace(
        made.merged_with(more),
        unscheduled=made.unscheduled,
        calendar_announced=made.calendar_announced,
        points=made.points,
        points_bound=made.points_bound,
        walking_min=made.walking_min,
    )
