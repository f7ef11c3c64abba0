"""The month's contacts: what stands, what is planned anew, and what a surge adds to it.

A heat wave comes when the month is planned already. So a surge changes nothing but what it must: contacts outside it
stand, visits become calls where only calls are allowed, visits in hot hours move, and calls are added. The list of
that is the supplement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.roster.model import ANY_TIME
from matcher.schedule import CALL, VISIT, Visits
from matcher.scheduling.around_fixed import Planner
from matcher.scheduling.earlier import Before, visits_of
from matcher.scheduling.first_visits.requests import (
    Firsts,
    agreed_company,
    asked_of_new_pairs,
    strangers,
    weeks_of_firsts,
)
from matcher.scheduling.retained import may_stay
from matcher.settings.month import is_within

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Progress = Callable[[int, int], None] | None


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """A month's contacts, and what is told of each beside the schedule."""

    visits: Visits
    own: Index
    """The volunteer of each contact's elder's pair, roster index; -1 where the elder has none."""
    change: NDArray[np.object_] | None = None
    """What the surge does to each contact, a code of ``columns.SUPPLEMENT_CHANGE`` or empty; None without one."""
    accompanied_by: Index | None = None
    """Who comes along to each contact, roster index, else -1; None: nobody to any."""
    firsts: Firsts = field(default_factory=Firsts.none)
    """First visits as they were arranged."""

    @property
    def accompanied(self) -> int:
        """To how many contacts somebody comes along."""
        return 0 if self.accompanied_by is None else int((self.accompanied_by >= 0).sum())

    @property
    def in_place_of(self) -> Index:
        """That volunteer where another makes the contact, else -1."""
        return np.where(self.own == self.visits.volunteer, -1, self.own)


def plan_contacts(
    month: MonthData,
    plan: Plan,
    before: Before,
    start: date | None,
    progress: Progress = None,
    concerned: Mask | None = None,
    backups: Index | None = None,
) -> Contacts:
    """The contacts of a plan's pairs.

    What an earlier run of this month holds stays as it is where no rule is against it (``schedule.keep_planned``).

    Args:
        month: Rosters, dates, settings: a surge too.
        plan: The pairs.
        before: Contacts of earlier runs, of last month and of this one; all people of this one's known.
        start: The day from which the month is planned anew, everything before it standing. None: all of it; but with
            a surge the contacts of an earlier run of this month stand where it does not touch them.
        progress: Called now and then with steps done and steps in all.
        concerned: Elders who are planned wholly anew from ``start``, (n_elders,); all contacts of others stand. None:
            all are planned anew as far as they have to be.
        backups: Each elder's second volunteer, (n_elders,), -1 where there is none; None: nobody has one.
    """
    horizon, surge = month.horizon, month.settings.surge
    dates = horizon.dates()
    anew = np.array([day >= (start or horizon.start) for day in dates])
    lasting, calls_only = (
        np.array([is_within(day, span) for day in dates]) & anew for span in (surge.days, surge.calls_only)
    )
    backups = np.full(month.n_elders, -1, dtype=np.int64) if backups is None else backups
    unknown = strangers(plan, before, start, concerned)
    usual = Demand.compute_usual(month.roster, plan.elder, horizon, month.settings)
    if concerned is not None:  # of the others too it is told where a first visit is missing
        usual = asked_of_new_pairs(usual, plan, strangers(plan, before, None) & ~concerned[plan.elder], None)
    usual = asked_of_new_pairs(usual, plan, unknown, start)
    planner = Planner(month, plan, before, progress)
    standing = visits_of(before.of_horizon(horizon).known())
    who = np.ones(month.n_elders, dtype=bool) if concerned is None else concerned
    of_them = who[plan.elder, None]
    in_surge = bool(lasting.any() or calls_only.any())
    if in_surge and start is None and len(standing):
        base, firsts = standing, agreed_company(before, month, standing)
    else:
        stands = ~anew[_place(standing, dates)] | ~who[standing.elder]
        open_ = usual.only_on(anew & of_them)
        held = Visits.none()
        if concerned is None and len(standing) and month.settings.schedule.keep_planned:
            first_week = weeks_of_firsts(usual, plan, unknown, start, standing)
            held = may_stay(month, plan, before, usual, stands, first_week)
        base, firsts = planner.around(open_, standing.where(stands), held, unknown, start, backups)
    if not in_surge:
        return Contacts(base, own_volunteers(month, plan, base), firsts=firsts)
    theirs = who & np.isin(np.arange(month.n_elders), plan.elder)  # of who has no pair now what stands is history
    turned = _as_calls(base, calls_only[_place(base, dates)] & theirs[base.elder], month.settings.schedule.call_min)
    hot_min = _minutes(surge.hot_hours)
    # a call that takes longer than the visit did is made anew: its hour need not hold it
    touches_heat = lasting[_place(turned, dates)] & theirs[turned.elder] & _hot(turned, hot_min)
    stays = ~touches_heat & (turned.end_min <= base.end_min)
    as_calls = _count(stays & (base.kind != turned.kind), base, plan, usual, dates)
    demand = replace(usual, visits=np.maximum(usual.visits - as_calls, 0)).calls_only(calls_only & of_them)
    demand = _surging(demand, lasting & of_them, surge.contacts_per_week, hot_min)
    touched = np.isin(usual.week, usual.week[lasting]) | calls_only
    # what a surge adds are calls; only a visit that can't stay is made another time
    moves = _count(~stays, turned, plan, usual, dates)[:, usual.week] > 0
    demand = replace(demand, may_visit=demand.may_visit & (moves | ~touched))
    # what the week's other days hold already is not counted against the surge
    beside = _count(stays & ~lasting[_place(turned, dates)], turned, plan, usual, dates)
    daily = demand.daily.astype(np.int64) @ (usual.week[:, None] == np.arange(beside.shape[1])).astype(np.int64)
    demand = replace(demand, contacts=np.where(daily, np.maximum(usual.contacts, beside + daily), demand.contacts))
    with_company = _among(firsts.beside, turned.where(stays & (turned.kind == VISIT)))
    hours = firsts.beside.where(with_company)  # who was to come along to what moves, or is a call now, is free
    made = planner.planned(demand.only_on(touched & anew & of_them), turned.where(stays), hours)
    if daily.any():
        beside = _count(~lasting[_place(made, dates)], made, plan, usual, dates)
        asked = np.where(daily, np.maximum(usual.contacts, beside + daily), demand.contacts)
        made = _called(planner, replace(demand, contacts=asked), lasting & of_them, made, hours)
    return Contacts(made, own_volunteers(month, plan, made), _changes(base, made), firsts=firsts)


def _called(planner: Planner, demand: Demand, lasting: Mask, made: Visits, beside: Visits) -> Visits:
    """``made``, with calls on ``lasting`` days, (pairs, days), on which an elder has nothing yet.

    In a heat wave everybody is called every day, also at half-days that are not people's own: a call takes a quarter
    of an hour, and can be made from anywhere.
    """
    month = planner.month
    elders, volunteers = (
        people.assign(availability=ANY_TIME, clock="") for people in (month.roster.elders, month.roster.volunteers)
    )
    roster = replace(month.roster, elders=elders, volunteers=volunteers)
    at_any_time = month.settings.surge.calls_at_any_time
    reachable = replace(planner, month=replace(month, roster=roster)) if at_any_time else planner
    calls = replace(demand.only_on(lasting), may_visit=np.zeros_like(demand.may_visit))
    more = reachable.planned(calls, made, beside)
    touched = {
        month.horizon.weeks()[week].start for week in np.unique(demand.week[np.asarray(lasting.any(axis=0))]).tolist()
    }
    told = [row for row in made.unscheduled if row.kind == VISIT or row.week_start not in touched]
    why = {(row.elder, row.week_start): row.reason for row in made.unscheduled if row.kind == CALL}
    for row in more.unscheduled:
        if row.kind == CALL and row.week_start in touched:
            # what is missing on the week's other days is so for the reason that held before
            reason = why.get((row.elder, row.week_start)) if row.reason == "not_replanned" else None
            told.append(replace(row, reason=reason or row.reason))
    told.sort(key=lambda row: (row.elder, row.week_start, row.kind))
    return replace(more, unscheduled=tuple(told))


def _surging(usual: Demand, days: Mask, contacts_per_week: int, hot_min: tuple[int, int]) -> Demand:
    """So many contacts a week on ``days``, (pairs, days), and as usual on the others; on all, where it is one a day."""
    if contacts_per_week >= 7:
        return usual.with_daily(days, hot_min)
    in_week = (usual.week[:, None] == np.arange(usual.contacts.shape[1])).astype(np.int64)
    length, many = in_week.sum(axis=0), days.astype(np.int64) @ in_week
    share = usual.contacts * (length - many) / length + contacts_per_week * many / 7
    contacts = np.where(usual.contacts.any(axis=1, keepdims=True), np.floor(share + 0.5).astype(np.int64), 0)
    hot = np.where(np.asarray(days.any(axis=0))[:, None], np.array(hot_min, dtype=np.int64), usual.hot_min)
    return replace(usual, contacts=np.minimum(np.maximum(contacts, usual.contacts), length), hot_min=hot)


def _as_calls(visits: Visits, where: Mask, call_min: int) -> Visits:
    """Calls in place of the visits of some places, at the same hour."""
    turned = where & (visits.kind == VISIT)
    end_min = np.where(turned, visits.start_min + call_min, visits.end_min)
    return replace(visits, kind=np.where(turned, CALL, visits.kind), end_min=end_min)


def _among(visits: Visits, others: Visits) -> Mask:
    """Which contacts are at the elder and hour of one of the others, whoever makes them."""
    keys = [(one.elder, one.day.astype("datetime64[D]"), one.start_min) for one in (visits, others)]
    mine, theirs = (pd.MultiIndex.from_arrays(key) for key in keys)
    return np.asarray(mine.isin(theirs))


def _hot(visits: Visits, hot_min: tuple[int, int]) -> Mask:
    """Which visits touch these hours."""
    inside = (visits.start_min < hot_min[1]) & (visits.end_min > hot_min[0])
    return np.asarray(inside & (visits.kind == VISIT))


def _count(which: Mask, visits: Visits, plan: Plan, usual: Demand, dates: Sequence[date]) -> Index:
    """How many of ``which`` contacts each of the plan's elders has in each week, (pairs, weeks)."""
    pair = pd.Index(plan.elder).get_indexer(pd.Index(visits.elder[which]))
    week = usual.week[_place(visits, dates)[which]]
    count = np.zeros(usual.visits.shape, dtype=np.int64)
    np.add.at(count, (pair[pair >= 0], week[pair >= 0]), 1)
    return count


def _changes(base: Visits, made: Visits) -> NDArray[np.object_]:
    """What became of each contact, against what there was on the elder's day or in the elder's week before."""
    was, now = (
        pd.DataFrame(
            {
                "elder": visits.elder,
                "day": visits.day.astype("datetime64[D]").astype(np.int64),
                "kind": visits.kind,
                "start": visits.start_min,
            }
        )
        for visits in (base, made)
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


def own_volunteers(month: MonthData, plan: Plan, visits: Visits) -> Index:
    """The volunteer of each contact's elder's pair, -1 where there is none."""
    volunteer_of = np.full(month.n_elders, -1, dtype=np.int64)
    volunteer_of[plan.elder] = plan.volunteer
    return volunteer_of[visits.elder]


def _place(visits: Visits, dates: Sequence[date]) -> Index:
    """Each contact's place among the dates."""
    return np.asarray((visits.day.astype("datetime64[D]") - np.datetime64(dates[0])).astype(np.int64))


def _minutes(window: str) -> tuple[int, int]:
    opens, closes = (time.fromisoformat(clock) for clock in window.split("-"))
    return opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
