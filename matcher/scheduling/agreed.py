"""What was agreed and why it still holds: a contact rests on the elder's pair, or on a stand-in for its volunteer.

Where a pair is changed, by hand or by ``substitute --left``, contacts that rested on it fall from that day on. Those
before it are history: they were made by whoever was the elder's volunteer then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar, index_days
from matcher.demand.time_windows import find_present
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import NOBODY, VISIT, Schedule
from matcher.settings.month import is_within

Mask = NDArray[np.bool_]


def find_grounded(schedule: Schedule, plan: Plan) -> Mask:
    """Return which contacts rest on the elder's pair: its volunteer makes them, or somebody in this one's place."""
    own = plan.volunteer_of[schedule.elder]
    return np.asarray((own >= 0) & ((own == schedule.volunteer) | (schedule.stands_in_for == own)))


def find_history(schedule: Schedule, plan: Plan) -> Mask:
    """Return which contacts lie before the day from which the elder's pair is one.

    Of an elder without a pair they are those up to the day on which one of the two left in this month.
    """
    roster, day = plan.month.roster, schedule.day.astype("datetime64[D]")
    began = np.full(plan.month.n_elders, np.datetime64("NaT", "D"))
    began[plan.elder] = plan.first_day
    left = np.fmin(
        roster.elders["left"].to_numpy().astype("datetime64[D]")[schedule.elder],
        roster.volunteers["left"].to_numpy().astype("datetime64[D]")[schedule.volunteer],
    )
    ended = (plan.volunteer_of[schedule.elder] < 0) & (left <= np.datetime64(plan.month.horizon.end)) & (day <= left)
    return np.asarray((day < began[schedule.elder]) | ended)  # comparisons with NaT (no pair, no date) are False


def find_possible(schedule: Schedule, month: MonthData) -> Mask:
    """Return which contacts lie on open days on which both people are there; what was told since then counts."""
    calendar = Calendar.build(month.horizon, month.settings.schedule)
    day = index_days(schedule.day, month.horizon)
    possible = calendar.is_open[day]
    sides = ((month.roster.elders, schedule.elder), (month.roster.volunteers, schedule.volunteer))
    for people, who in sides:
        possible = possible & find_present(people, np.arange(len(people)), calendar)[who, day]
    return np.asarray(possible)


def find_changed_elders(schedule: Schedule, plan: Plan, start: date) -> Mask:
    """Return the elders of whose contacts from a day on some rest on a pair that is one no more, (n_elders,).

    Who had no pair already when the month was planned last keeps what was left: it is of days before the pair ended.
    """
    changed = np.zeros(plan.month.n_elders, dtype=bool)
    fallen = ~find_grounded(schedule, plan) & ~find_history(schedule, plan)
    fallen &= ~plan.is_still_without[schedule.elder]
    changed[schedule.elder[fallen & (schedule.day >= np.datetime64(start))]] = True
    return changed


def find_fallen(schedule: Schedule, plan: Plan, start: date) -> Mask:
    """Return which contacts from a day on are those of elders whose pair has changed; people may be unknown."""
    known = (schedule.elder >= 0) & (schedule.volunteer >= 0)
    changed = find_changed_elders(schedule.select(known), plan, start)
    fallen = np.zeros(len(schedule), dtype=bool)
    fallen[known] = changed[schedule.elder[known]] & (schedule.day[known] >= np.datetime64(start))
    return fallen


def find_touched(schedule: Schedule, plan: Plan) -> Mask:
    """Return which contacts a surge may change; people may be unknown.

    They are visits on its days. Those of elders who had no pair and have none stand, unless only calls are allowed.
    """
    surge, days = plan.month.settings.surge, schedule.day.astype("datetime64[D]").tolist()
    touched = np.array([surge.touches(day) for day in days], dtype=bool)
    to_calls = np.array([is_within(day, surge.calls_only) for day in days], dtype=bool)
    is_without = (schedule.elder >= 0) & plan.is_still_without[schedule.elder]
    return np.asarray((schedule.kind == VISIT) & touched & (to_calls | ~is_without))


def begin_changed_pairs(plan: Plan, schedule: Schedule, start: date) -> Plan:
    """Return the plan in which pairs that took the place of others begin on the day from which it is planned anew.

    Somebody else was the elder's own volunteer in the contacts before that day; the row in which a coordinator wrote
    another name still says since when that one was. Who made the last of them that is in nobody's place was it already.
    """
    before = schedule.select(schedule.day < np.datetime64(start))
    before = before.select(np.argsort(before.day, kind="stable"))
    fallen = ~find_grounded(before, plan) & ~find_history(before, plan)
    last_own = np.full(plan.month.n_elders, NOBODY)
    in_nobodys_place = before.stands_in_for == NOBODY
    last_own[before.elder[in_nobodys_place]] = before.volunteer[in_nobodys_place]  # the latest comes last, and stays
    changed = np.isin(plan.elder, before.elder[fallen]) & (last_own[plan.elder] != plan.volunteer)
    if not changed.any():
        return plan
    this = np.datetime64(plan.month.horizon.start, "M")
    knows = len(plan.month.previous) > 0  # then the status is that against last month's pairs already
    status = tuple(
        "changed" if not knows and anew and was != "pinned" else was
        for anew, was in zip(changed.tolist(), plan.status, strict=True)
    )
    return replace(
        plan,
        since=np.where(changed, this, plan.since),
        began=np.where(changed, np.datetime64(start), plan.first_day),
        status=status,
    )


def keep_claims(schedule: Schedule) -> Schedule:
    """Return the schedule in which nobody stands in for themselves, nor for somebody who is on no roster."""
    claim = schedule.stands_in_for
    true = (claim >= 0) & (claim != schedule.volunteer)
    return replace(schedule, stands_in_for=np.where(true, claim, NOBODY))
