"""What a surge changes in a month that is planned: a heat wave, a cold wave, an epidemic.

A heat wave comes when the month is planned already. So a surge changes nothing but what it must:

1. visits become calls on days on which only calls are allowed
2. visits in the hot hours, or outside the warm ones, move to another time
3. calls are added on the days of the surge until everybody has as many contacts as it asks for; where the elder's own
   volunteer is away, by others

Contacts outside it stay. The list of changes is the supplement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import index_days, mark_days
from matcher.demand.demand import Demand
from matcher.demand.time_windows import parse_window
from matcher.features import Features
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import CALL, NOBODY, VISIT, Schedule
from matcher.scheduling.around_fixed import Planner
from matcher.scheduling.surge_demand import find_beside, raise_demand_by_week
from matcher.scheduling.surge_stand_ins import add_contacts_by_others, free_at_any_time
from matcher.settings.month import SurgeSettings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class SurgeDays:
    """The days of a horizon on which a surge may change contacts, (days,) each."""

    lasting: Mask
    """Days with more contacts, and with visits at some hours only."""
    calls_only: Mask
    """Days on which calls stand in for visits."""
    open: Mask
    """Days on which anything may be planned anew."""

    @classmethod
    def find(cls, month: MonthData, start: date | None, surge_start: date | None = None) -> SurgeDays:
        """Return the days of the month's surge, none before ``start``; before ``surge_start`` all are over."""
        surge, horizon = month.settings.surge, month.horizon
        known, open_ = (
            np.array([day >= first for day in horizon.dates()])
            for first in (start or horizon.start, start or surge_start or horizon.start)
        )
        lasting, calls_only = (mark_days(span, horizon) for span in (surge.days, surge.calls_only))
        return cls(lasting & known, calls_only & known, open_)

    def find_hours_without_visits(self, demand: Demand, month: MonthData) -> Index:
        """Return the hours of each day that no visit may touch, (days, 2): the surge's on its days."""
        hours = np.array(find_hours_without_visits(month.settings.surge), dtype=np.int64)
        return np.where(self.lasting[:, None], hours, demand.no_visit_min)

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.lasting.any() or self.calls_only.any())


def apply_surge(
    planner: Planner,
    planned: Schedule,
    ask: Callable[[Schedule], Demand],
    days: SurgeDays,
    concerned: Mask,
    *,
    is_told: bool,
) -> tuple[Schedule, Demand]:
    """Return the month as planned with what a surge changes, ``change`` telling what became of each; and what is due.

    Args:
        planner: Plans contacts of the plan's pairs.
        planned: The month without the surge.
        ask: Returns what the pairs are due without it, where these are the month's contacts.
        days: The days of the surge.
        concerned: Elders whose contacts may change, (n_elders,).
        is_told: Whether people know the month as planned, and no contact goes for the surge's sake.
    """
    month, plan = planner.plan.month, planner.plan
    settings, usual = month.settings, ask(planned)
    no_visit_min = find_hours_without_visits(settings.surge)
    of_them = concerned[plan.elder, None]
    theirs = concerned & (plan.volunteer_of >= 0)  # contacts of who has no pair now are planned at no other time
    turned = _turn_into_calls(
        planned,
        days.calls_only[index_days(planned.day, month.horizon)] & concerned[planned.elder],
        settings.schedule.call_min,
    )
    lasting = days.lasting[index_days(turned.day, month.horizon)]
    # a call that takes longer than the visit did is made anew: its time need not hold it
    stays = ~(lasting & theirs[turned.elder] & _find_touching(turned, no_visit_min)) & (
        turned.end_min <= planned.end_min
    )

    again = np.zeros(usual.contacts.shape, dtype=bool)
    if not is_told:
        # a first visit after the first days is none as a call: what was due with it is due in its own weeks again
        now = ask(turned)
        lost = (now.contacts < usual.contacts) & (_count_by_week(turned, stays, plan, usual) > now.contacts)
        stays &= ~((turned.kind != planned.kind) & _find_in_weeks(turned, lost, plan, usual))
        again = (now.contacts > usual.contacts) & lost.any(axis=1, keepdims=True)
        usual = now if lost.any() else usual
    as_calls = _count_calls_for_visits(turned, days.calls_only, plan, usual)

    def raise_demand(usual: Demand, as_calls: Index = as_calls) -> Demand:
        """Return what is due in the surge where so much is usual, and calls stand for so many visits of each week."""
        demand = replace(usual, visits=np.maximum(usual.visits - as_calls, 0)).calls_only(days.calls_only & of_them)
        return raise_demand_by_week(demand, days.lasting & of_them, settings.surge.contacts_per_week, no_visit_min)

    touched = np.isin(usual.week, usual.week[days.lasting]) | days.calls_only | again[:, usual.week]
    # what a surge adds are calls; only a visit that can't stay is made another time
    moves = ((_count_by_week(turned, ~stays, plan, usual) > 0) | again)[:, usual.week]

    def plan_rest(usual: Demand) -> tuple[Demand, Schedule]:
        """Return what is due in the surge where so much is usual, and the month so, calls more of the surge apart."""
        demand = raise_demand(usual)
        may_call = demand.may_call & (days.lasting | days.calls_only | again[:, usual.week])
        # a week that holds what is usual beside the surge has nothing more on other days than its own
        is_full = (due_daily > 0) & (beside >= usual.contacts)
        demand = demand.only_on(days.lasting | ~is_full[:, usual.week])
        demand = replace(demand, may_visit=demand.may_visit & (moves | ~touched), may_call=may_call)
        asked = _ask_beside(demand, usual, beside, due_daily).only_on(touched & days.open & of_them)
        return demand, planner.plan_rest(asked, turned.select(stays))

    due_daily = raise_demand(usual).daily.astype(np.int64) @ usual.mark_weeks()
    beside = _count_by_week(turned, stays & find_beside(turned, days.lasting, plan, usual), plan, usual)
    demand, made = plan_rest(usual)
    visits_stay = _count_by_week(turned, stays & (turned.kind == VISIT), plan, usual)
    most_visits = np.maximum(ask(made).visits, visits_stay)
    if (_count_by_week(made, made.kind == VISIT, plan, usual) > most_visits).any():
        # a first visit left the first days: what was due with it is due in its own weeks again
        demand, made = plan_rest(ask(made))
    if days.lasting.any():
        beside = _count_by_week(made, find_beside(made, days.lasting, plan, usual), plan, usual)
        demand = _ask_beside(demand, usual, beside, due_daily)
        made = _add_calls(planner, demand, days.lasting & days.open & of_them, made)
        made = add_contacts_by_others(plan, demand, days.lasting & days.open & of_them, made)
    # a first visit that moved may be on none of the first days any more, or on one of them now
    usual = ask(made)
    # calls that the surge added stand for visits that are lacking, too
    due = raise_demand(usual, _count_calls_for_visits(made, days.calls_only, plan, usual))
    if days.lasting.any():
        due = _ask_beside(due, usual, beside, due_daily)
    demand = replace(demand, contacts=due.contacts, visits=due.visits)
    changed = replace(made, change=_find_changes(planned, made), unaccompanied=planned.unaccompanied, unproven=None)
    return changed, demand


def ask_in_surge(usual: Demand, schedule: Schedule, plan: Plan, days: SurgeDays) -> Demand:
    """Return what is due in a surge that a month was planned with, where these are its contacts."""
    if not days:
        return usual
    surge = plan.month.settings.surge
    as_calls = _count_calls_for_visits(schedule, days.calls_only, plan, usual)
    every = np.ones((len(plan.elder), 1), dtype=bool)
    demand = replace(usual, visits=np.maximum(usual.visits - as_calls, 0)).calls_only(days.calls_only & every)
    demand = raise_demand_by_week(
        demand, days.lasting & every, surge.contacts_per_week, find_hours_without_visits(surge)
    )
    beside = _count_by_week(schedule, find_beside(schedule, days.lasting, plan, usual), plan, usual)
    return _ask_beside(demand, usual, beside, demand.daily.astype(np.int64) @ usual.mark_weeks())


def _count_calls_for_visits(schedule: Schedule, calls_only: Mask, plan: Plan, usual: Demand) -> Index:
    """Return how many calls on days of calls only stand for visits that their week lacks, (pairs, weeks)."""
    days = calls_only[index_days(schedule.day, plan.month.horizon)]
    lacking = np.maximum(usual.visits - _count_by_week(schedule, schedule.kind == VISIT, plan, usual), 0)
    return np.asarray(np.minimum(_count_by_week(schedule, days & (schedule.kind == CALL), plan, usual), lacking))


def limit_visits(due: Demand, schedule: Schedule, plan: Plan, days: SurgeDays) -> Demand:
    """Return what is due where days are of calls only, also those before the month was planned anew.

    A week is due no more visits than it has other days, beside those that stand on days of calls only: they were
    planned before it was said that calls stand in for them. Calls on such days that ``days`` leaves alone, as they were
    before the month was planned anew, stand for visits as well.
    """
    month = plan.month
    calls_only = mark_days(month.settings.surge.calls_only, month.horizon)  # those that are over, too
    as_calls = _count_calls_for_visits(schedule, calls_only & ~days.calls_only, plan, due)
    due = replace(due, visits=np.maximum(due.visits - as_calls, 0))
    left = np.asarray(due.askable & ~calls_only).astype(np.int64) @ due.mark_weeks()
    stand = (schedule.kind == VISIT) & calls_only[index_days(schedule.day, month.horizon)]
    return replace(due, visits=np.minimum(due.visits, left + _count_by_week(schedule, stand, plan, due)))


def find_hours_without_visits(surge: SurgeSettings) -> tuple[int, int]:
    """Return from and to of the hours that no visit may touch; in a cold wave they go round midnight."""
    if surge.kind == "heat":
        return parse_window(surge.hot_hours)
    opens, closes = parse_window(surge.warm_hours)
    return closes, opens


def _turn_into_calls(schedule: Schedule, which: Mask, call_min: int) -> Schedule:
    """Return the schedule with calls in place of some visits, at the same time; nobody comes along to a call."""
    turned = which & (schedule.kind == VISIT)
    kind = np.where(turned, CALL, schedule.kind)
    end_min = np.where(turned, schedule.start_min + call_min, schedule.end_min)
    return replace(schedule, kind=kind, end_min=end_min, companion=np.where(kind == CALL, NOBODY, schedule.companion))


def _find_touching(schedule: Schedule, no_visit_min: tuple[int, int]) -> Mask:
    """Return which contacts are visits that touch these hours."""
    before, after = schedule.start_min < no_visit_min[1], schedule.end_min > no_visit_min[0]
    inside = before & after if no_visit_min[0] < no_visit_min[1] else before | after
    return np.asarray(inside & (schedule.kind == VISIT))


def _ask_beside(demand: Demand, usual: Demand, beside: Index, due_daily: Index) -> Demand:
    """Return the demand of weeks with a daily contact: these days', and ``beside``, what the week's other days hold.

    So what other days hold already is not counted against the surge.
    """
    return replace(
        demand, contacts=np.where(due_daily, np.maximum(usual.contacts, beside + due_daily), demand.contacts)
    )


def _add_calls(planner: Planner, demand: Demand, lasting: Mask, made: Schedule) -> Schedule:
    """Return ``made`` with calls on ``lasting`` days, (pairs, days), on which an elder has nothing yet.

    In a heat wave everybody is called every day, also at half-days that are not people's own: a call takes a quarter
    of an hour, and can be made from anywhere.
    """
    month = planner.plan.month
    if month.settings.surge.calls_at_any_time:
        roster = free_at_any_time(month.roster)
        planner = replace(planner, plan=replace(planner.plan, features=Features(replace(month, roster=roster))))
    calls = replace(demand.only_on(lasting), may_visit=np.zeros_like(demand.may_visit))
    more = planner.plan_rest(calls, made)
    weeks = month.horizon.weeks()
    touched = {weeks[week].start for week in np.unique(demand.week[np.asarray(lasting.any(axis=0))]).tolist()}
    short = [row for row in made.unscheduled if row.kind == VISIT or row.week_start not in touched]
    why = {(row.elder, row.week_start): row.reason for row in made.unscheduled if row.kind == CALL}
    for row in more.unscheduled:
        if row.kind == CALL and row.week_start in touched:
            # what is missing on the week's other days is so for the reason that held before
            reason = why.get((row.elder, row.week_start)) if row.reason == "not_replanned" else None
            short.append(replace(row, reason=reason or row.reason))
    short.sort(key=lambda row: (row.elder, row.week_start, row.kind))
    return replace(more, unscheduled=tuple(short))


def _count_by_week(schedule: Schedule, which: Mask, plan: Plan, usual: Demand) -> Index:
    """Return how many of ``which`` contacts each of the plan's elders has in each week, (pairs, weeks)."""
    pair = pd.Index(plan.elder).get_indexer(pd.Index(schedule.elder[which]))
    week = usual.week[index_days(schedule.day, plan.month.horizon)[which]]
    count = np.zeros(usual.visits.shape, dtype=np.int64)
    np.add.at(count, (pair[pair >= 0], week[pair >= 0]), 1)
    return count


def _find_in_weeks(schedule: Schedule, weeks: Mask, plan: Plan, usual: Demand) -> Mask:
    """Return which contacts lie in one of ``weeks``, (pairs, weeks), of their elder's pair."""
    pair = pd.Index(plan.elder).get_indexer(pd.Index(schedule.elder))
    week, known = usual.week[index_days(schedule.day, plan.month.horizon)], pair >= 0
    found = np.zeros(len(pair), dtype=bool)
    found[known] = weeks[pair[known], week[known]]
    return found


def _find_changes(planned: Schedule, made: Schedule) -> NDArray[np.object_]:
    """Return what became of each contact, against what there was on the elder's day or in the elder's week before."""
    was, now = (
        pd.DataFrame(
            {
                "elder": schedule.elder,
                "day": schedule.day.astype("datetime64[D]").astype(np.int64),
                "kind": schedule.kind,
                "start": schedule.start_min,
            }
        )
        for schedule in (planned, made)
    )
    both = now.merge(was.drop_duplicates(["elder", "day"]), "left", on=["elder", "day"], suffixes=("", "_was"))
    there = both["kind_was"].notna()
    gone = was.merge(now[["elder", "day", "kind"]], "left", on=["elder", "day"], suffixes=("", "_now"))
    # a visit whose day has nothing or only a call now has moved, if the week has another
    gone = gone[gone["kind_now"].isna() | ((gone["kind"] == VISIT) & (gone["kind_now"] == CALL))]
    weeks = set(zip(gone["elder"], (gone["day"] + 3) // 7, gone["kind"], strict=True))
    moved_here = [key in weeks for key in zip(now["elder"], (now["day"] + 3) // 7, now["kind"], strict=True)]
    change = np.select(
        [
            there & (both["kind"] == CALL) & (both["kind_was"] == VISIT),
            there & (both["start"] == both["start_was"]),
            there | np.array(moved_here, dtype=bool),
        ],
        ["call_for_visit", "", "moved"],
        "added",
    )
    return change.astype(object)
