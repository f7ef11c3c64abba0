"""New pairs: who they are, and what they are due: a visit in the first days, more contacts in the first weeks.

A pair is new for some weeks after its ``since``. Where every pair is as old as every other (a first run, or lists that
do not say since when) nobody knows who is new, and nothing is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import index_days
from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.earlier import EarlierContacts

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def find_new_pairs(plan: Plan) -> Mask:
    """Return which pairs are of this month while others are older, (pairs,)."""
    this = np.datetime64(plan.month.horizon.start, "M")
    new = plan.since == this
    # where all are of this month, those are new that began in the course of it
    return new if not new.all() else plan.first_day > np.datetime64(plan.month.horizon.start)


def find_strangers(plan: Plan, earlier: EarlierContacts, start: date | None, concerned: Mask | None = None) -> Mask:
    """Return which new pairs have not met before the month, or the day from which it is planned anew, (pairs,)."""
    day = np.datetime64(start or plan.month.horizon.start)
    who = np.ones(plan.month.n_elders, dtype=bool) if concerned is None else concerned
    return find_new_pairs(plan) & ~_have_met(plan, earlier, day) & who[plan.elder]


def find_first_days(plan: Plan, start: date | None) -> Mask:
    """Return the days on which first visits are due, (days,): the month's first, or the first that are planned anew."""
    dates = np.array(plan.month.horizon.dates(), dtype="datetime64[D]")
    first = np.datetime64(start or plan.month.horizon.start)
    return np.asarray((dates >= first) & (dates < first + plan.month.settings.new_pair.first_visit_days))


def raise_demand(usual: Demand, plan: Plan, unknown: Mask, start: date | None) -> Demand:
    """Return ``usual`` with more contacts in a new pair's first weeks, and a visit in its first days.

    Args:
        usual: What the pairs are due, a row a pair of the plan.
        plan: The pairs, and since when they are.
        unknown: Pairs who have not met: see ``find_strangers``.
        start: The day from which the month is planned anew; None: its first.
    """
    horizon, rules = plan.month.horizon, plan.month.settings.new_pair
    weeks = horizon.weeks()
    starts = np.array([week.start for week in weeks], dtype="datetime64[D]")
    days_old = (starts - plan.since.astype("datetime64[D]")[:, None]).astype(np.int64)
    young = (days_old < 7 * rules.weeks) & (plan.since > _find_oldest(plan))[:, None]
    length = np.array([week.days for week in weeks], dtype=np.int64)
    asked = usual.contacts.any(axis=1, keepdims=True)
    more = np.where(young & asked, (2 * rules.contacts_per_week * length + 7) // 14, 0)
    contacts, visits = np.maximum(usual.contacts, more), usual.visits.copy()
    may_visit = usual.may_visit.copy()
    window = find_first_days(plan, start)
    week = _find_first_week(usual, window)
    due = unknown & usual.visits.any(axis=1)
    visits[due, week] = np.maximum(visits[due, week], 1)
    contacts = np.maximum(contacts, visits)
    one = due & (visits[:, week] == 1)
    may_visit[np.ix_(one, (usual.week == week) & ~window)] = False
    return replace(usual, contacts=contacts, visits=visits, may_visit=may_visit)


def find_weeks_with_first_visit(
    usual: Demand, plan: Plan, unknown: Mask, start: date | None, standing: Schedule
) -> Mask:
    """Return the weeks of pairs, (pairs, weeks), to hold a first visit that an earlier run has not planned."""
    weeks = np.zeros(usual.visits.shape, dtype=bool)
    window = find_first_days(plan, start)
    weeks[unknown & ~find_visited(plan, standing, window), _find_first_week(usual, window)] = True
    return weeks


def find_visited(plan: Plan, standing: Schedule, window: Mask) -> Mask:
    """Return which pairs have a visit on one of the first days already."""
    day = index_days(standing.day, plan.month.horizon)
    theirs = standing.select((standing.kind == VISIT) & window[day])
    made = pd.MultiIndex.from_arrays([theirs.elder, theirs.volunteer])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(made))


def _find_first_week(usual: Demand, window: Mask) -> int:
    """Return the week that holds most of the first days: it is due the visit."""
    return int(np.bincount(usual.week[window], minlength=usual.contacts.shape[1]).argmax())


def find_week_span(usual: Demand, plan: Plan, start: date | None) -> tuple[int, int]:
    """Return from which to which week the first days are."""
    weeks = usual.week[find_first_days(plan, start)]
    return (int(weeks[0]), int(weeks[-1]) + 1) if len(weeks) else (0, 0)


def _find_oldest(plan: Plan) -> np.datetime64:
    """Return the month since which the oldest pair is: of these nobody says that they are new."""
    return plan.since.min() if len(plan.since) else np.datetime64("NaT", "M")


def _have_met(plan: Plan, earlier: EarlierContacts, until: np.datetime64) -> Mask:
    """Return which pairs had a visit before a date."""
    contacts = earlier.schedule
    visits = contacts.select((contacts.day < until) & (contacts.kind == VISIT))
    met = pd.MultiIndex.from_arrays([visits.elder, visits.volunteer])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(met))
