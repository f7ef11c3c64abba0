"""What is retained of a month that is planned anew: contacts of the earlier run that break no rule now.

What stands in any case (before the day, of other people) is decided in ``schedule_month``.

People have told each other when they will meet. So a month that is planned anew, because somebody fell ill or a day was
closed, moves what has to move and nothing else. The rules are the planner's own, asked of contacts at given times; a
test holds them against ``verify``. Where the rest then finds no place, the volunteers concerned are planned wholly
anew, and the better month counts (see ``around_fixed``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar, index_days, mark_days
from matcher.demand.demand import Demand
from matcher.demand.time_windows import TimeWindows, parse_window
from matcher.demand.travel_times import Homes
from matcher.features import Features
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.rules import RULES, measure_pairs
from matcher.schedule import CALL, VISIT, Schedule
from matcher.scheduling.agreed import find_grounded
from matcher.scheduling.surge_demand import find_overfull_weeks

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_TOLERANCE_MIN = 0.04
"""Walks may be so much longer than there is time for them, two or three seconds: distances are no more exact."""


def find_retainable_contacts(plan: Plan, earlier: Schedule, demand: Demand, standing: Mask, first_week: Mask) -> Mask:
    """Return which contacts of the earlier run can stay where they are, those that stand in any case aside.

    A contact goes if it breaks a rule by itself. All of a volunteer's day goes if the day breaks one. Then the rest is
    asked again, until nothing is broken.

    Args:
        plan: The pairs, rosters, dates and settings as they are now.
        earlier: Contacts of the month, of people on the roster, by volunteer, day and time.
        demand: What the pairs are due now, a row a pair.
        standing: Which of them stand whatever they break.
        first_week: Weeks of pairs, (pairs, weeks), that are planned anew: a first visit has to come into them.
    """
    rules = _Rules(plan.month, earlier)
    may = rules.check_hours() & ~_find_unfit(earlier, plan) & find_grounded(earlier, plan)
    left = standing | ~_find_excess(earlier, plan, demand, first_week)
    while True:
        kept = standing | (left & may & rules.check_days(left))
        if (kept == left).all():
            return left & ~standing
        left = kept


def find_unbroken(plan: Plan, earlier: Schedule) -> Mask:
    """Return which contacts break no rule, neither by themselves nor by the days that they are part of."""
    rules = _Rules(plan.month, earlier)
    may = rules.check_hours() & ~_find_unfit(earlier, plan) & find_grounded(earlier, plan)
    return np.asarray(may & rules.check_days(np.ones(len(earlier), dtype=bool)))


def _find_excess(earlier: Schedule, plan: Plan, demand: Demand, first_week: Mask) -> Mask:
    """Return which contacts lie in weeks that are due fewer now, or that are to hold a first visit."""
    pair = pd.Index(plan.elder).get_indexer(pd.Index(earlier.elder))
    week = demand.week[index_days(earlier.day, plan.month.horizon)]
    paired = pair >= 0
    over = find_overfull_weeks(plan, earlier, demand) | first_week
    excess = ~paired
    excess[paired] |= over[pair[paired], week[paired]]
    return excess


def _find_unfit(earlier: Schedule, plan: Plan) -> Mask:
    """Return which contacts are made by a stand-in whom a rule bars from the elder, or who takes part no more.

    Nobody stands in for themselves.
    Rules on capacity are not asked: who stands in has no pair more. The days on which they are there are.
    """
    unfit = (earlier.stands_in_for >= 0) & (earlier.stands_in_for == earlier.volunteer)
    claims = np.flatnonzero((earlier.stands_in_for >= 0) & (plan.volunteer_of[earlier.elder] != earlier.volunteer))
    if not len(claims):
        return np.asarray(unfit)
    features = Features(plan.month)
    block = measure_pairs(features, earlier.elder[claims], earlier.volunteer[claims])
    status = plan.month.roster.volunteers["status"].to_numpy().astype(str)[block.volunteer]
    unfit[claims] |= ~np.isin(status, ["", "active"])
    for rule in RULES:
        if rule.concerns != "capacity" and (barred := rule.bar_pairs(features, block)) is not None:
            unfit[claims] |= barred
    return np.asarray(unfit)


class _Rules:
    """The rules on hours and days, asked of contacts at given times.

    Args:
        month: Rosters, dates and settings.
        earlier: The contacts, by volunteer, day and time.
    """

    def __init__(self, month: MonthData, earlier: Schedule) -> None:
        self._month, self._schedule, self._contacts = month, month.settings.schedule, earlier
        self._day = index_days(earlier.day, month.horizon)
        self._of_elder = earlier.elder * month.horizon.days + self._day
        self._of_volunteer = earlier.volunteer * month.horizon.days + self._day
        self._lasts = earlier.end_min - earlier.start_min
        halves = [parse_window(window) for window in (self._schedule.morning, self._schedule.afternoon)]
        self._in_half = [(opens <= earlier.start_min) & (earlier.end_min <= closes) for opens, closes in halves]
        self._homes = Homes.find(month.roster, month.settings)

    def check_hours(self) -> Mask:
        """Return which contacts keep the rules on one contact: its day, its time, its length."""
        contacts, schedule, month = self._contacts, self._schedule, self._month
        calendar = Calendar.build(month.horizon, schedule)
        pairs, pair = np.unique(np.column_stack([contacts.elder, contacts.volunteer]), axis=0, return_inverse=True)
        pair = pair.ravel()
        windows_of = TimeWindows.find(month.roster, pairs[:, 0], pairs[:, 1], calendar, schedule)
        windows = windows_of.windows[pair, windows_of.day_type[self._day]]
        starts, ends = contacts.start_min[:, None], contacts.end_min[:, None]
        free = ((windows[..., 0] <= starts) & (ends <= windows[..., 1])).any(axis=1)
        surge = month.settings.surge
        if surge.calls_at_any_time:
            lasting = mark_days(surge.days, month.horizon)
            free |= (self._in_half[0] | self._in_half[1]) & (contacts.kind == CALL) & lasting[self._day]
        length = np.where(contacts.kind == VISIT, schedule.visit_min, schedule.call_min)
        there = windows_of.present[pair, self._day] & calendar.is_open[self._day]
        return np.asarray(free & there & (self._lasts == length))

    def check_days(self, left: Mask) -> Mask:
        """Return which contacts are part of days that keep the rules, if these are ``left``.

        An elder has one contact a day. A volunteer's day keeps its limits, its pauses and its walks.
        """
        i, cell = np.flatnonzero(left), self._of_volunteer
        keeps = np.zeros(len(left), dtype=bool)
        keeps[i] = np.bincount(self._of_elder[i])[self._of_elder[i]] == 1
        broken = np.zeros(int(cell.max(initial=0)) + 1, dtype=bool)
        broken[self._find_full_days(i)] = True
        broken[self._find_short_pauses(i)] = True
        return np.asarray(keeps & ~broken[cell])

    def _find_full_days(self, i: Index) -> Index:
        """Return volunteers' days with more contacts, visits or minutes, walks among them, than a day may have."""
        schedule, cell = self._schedule, self._of_volunteer[i]
        days = int(cell.max(initial=0)) + 1
        visits = np.bincount(cell[self._contacts.kind[i] == VISIT], minlength=days)
        total = np.bincount(cell, self._lasts[i].astype(float), days) + self._sum_walks(i, days)
        full = (np.bincount(cell) > schedule.max_contacts_per_day) | (visits > schedule.max_visits_per_day)
        return np.flatnonzero(full | (total > schedule.max_minutes_per_day + _TOLERANCE_MIN))

    def _sum_walks(self, i: Index, days: int) -> NDArray[np.float64]:
        """Return the minutes walked on each volunteer's day, from home to home for each half-day with visits."""
        i = self._sort_by_time(i)
        i = i[self._contacts.kind[i] == VISIT]
        cell = self._of_volunteer[i]
        afternoon = ~self._in_half[0][i] & self._in_half[1][i]
        goes_on = np.zeros(len(i), dtype=bool)
        goes_on[1:] = (cell[1:] == cell[:-1]) & (afternoon[1:] == afternoon[:-1])
        returns = np.append(~goes_on[1:], True)[: len(i)]
        home = self._walk_min(self._contacts.elder[i], len(self._month.roster.elders) + self._contacts.volunteer[i])
        walked = np.where(goes_on, 0.0, home) + np.where(returns, home, 0.0)
        to = np.flatnonzero(goes_on)
        walked[to] += self._walk_min(self._contacts.elder[i[to - 1]], self._contacts.elder[i[to]])
        return np.bincount(cell, walked, days).astype(np.float64)

    def _find_short_pauses(self, i: Index) -> Index:
        """Return volunteers' days on which two contacts lie too close, or a walk between two visits is too long."""
        contacts, between = self._contacts, self._schedule.between_min
        i = self._sort_by_time(i)
        cell = self._of_volunteer[i]
        # days one after another on one line, so that the latest end so far never reaches the next day
        line = cell * (48 * 60)
        latest_end = np.maximum.accumulate(line + contacts.end_min[i])
        same_day = cell[1:] == cell[:-1]
        close = same_day & ((line + contacts.start_min[i])[1:] - latest_end[:-1] < between)
        calls = np.cumsum(np.where(contacts.kind[i] == CALL, self._lasts[i], 0))
        at = np.flatnonzero(contacts.kind[i] == VISIT)
        here, there = at[:-1], at[1:]
        same = cell[here] == cell[there]
        here, there = here[same], there[same]
        free = contacts.start_min[i[there]] - contacts.end_min[i[here]] - (calls[there] - calls[here])
        walk = self._walk_min(contacts.elder[i[here]], contacts.elder[i[there]])
        late = walk > free + _TOLERANCE_MIN
        return np.concatenate([cell[1:][close], cell[there[late]]])

    def _sort_by_time(self, i: Index) -> Index:
        """Return contacts in order of volunteer, day and time."""
        contacts = self._contacts
        return i[np.lexsort((contacts.elder[i], contacts.end_min[i], contacts.start_min[i], self._of_volunteer[i]))]

    def _walk_min(self, one: Index, other: Index) -> NDArray[np.float64]:
        """Return minutes on foot between people, elders and then volunteers, not rounded: the times are given."""
        walked_m = self._homes.measure_m(one, other) * self._month.settings.distance.detour_factor
        return walked_m / self._schedule.walking_m_per_s / 60
