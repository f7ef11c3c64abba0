"""New pairs: a visit within the first days, with somebody who comes along, and more contacts in the first weeks.

A pair is new for some weeks after its ``since``. Where every pair is as old as every other (a first run, or lists that
do not say since when) nobody knows who is new, and nothing is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Key, Visits
from matcher.scheduling.earlier import Before
from matcher.scheduling.first_visits.companion_pool import Volunteers
from matcher.scheduling.first_visits.finder import Requests, Why

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Firsts:
    """First visits as arranged before the month is planned."""

    visits: Visits
    """The visits themselves, by the pairs' own volunteers."""
    beside: Visits
    """The same hours of those who come along: to first visits, and to contacts that stand."""
    along: dict[Key, int] = field(default_factory=dict)
    """Who comes along to which contact."""
    why: dict[int, Why] = field(default_factory=dict)
    """Elders to whose first visit nobody comes along, and why."""

    @classmethod
    def none(cls) -> Firsts:
        """Nothing is arranged."""
        return cls(Visits.none(), Visits.none())


def new_pairs(plan: Plan) -> Mask:
    """Which pairs are of this month while others are older, (pairs,)."""
    this = np.datetime64(plan.month.horizon.start, "M")
    new = plan.since == this
    return new if not new.all() else np.zeros(len(new), dtype=bool)


def strangers(plan: Plan, before: Before, start: date | None, concerned: Mask | None = None) -> Mask:
    """Which new pairs have not met before the month, or the day from which it is planned anew, (pairs,)."""
    day = np.datetime64(start or plan.month.horizon.start)
    who = np.ones(plan.month.n_elders, dtype=bool) if concerned is None else concerned
    return new_pairs(plan) & ~_have_met(plan, before, day) & who[plan.elder]


def first_days(plan: Plan, start: date | None) -> Mask:
    """The days on which first visits are due, (days,): the month's first, or the first that are planned anew."""
    dates = np.array(plan.month.horizon.dates(), dtype="datetime64[D]")
    first = np.datetime64(start or plan.month.horizon.start)
    return np.asarray((dates >= first) & (dates < first + plan.month.settings.new_pair.first_visit_days))


def asked_of_new_pairs(usual: Demand, plan: Plan, unknown: Mask, start: date | None) -> Demand:
    """``usual`` with more contacts in a new pair's first weeks, and a visit in its first days.

    Args:
        usual: What the pairs are due, a row a pair of the plan.
        plan: The pairs, and since when they are.
        unknown: Pairs who have not met: see ``strangers``.
        start: The day from which the month is planned anew; None: its first.
    """
    horizon, rules = plan.month.horizon, plan.month.settings.new_pair
    weeks = horizon.weeks()
    starts = np.array([week.start for week in weeks], dtype="datetime64[D]")
    days_old = (starts - plan.since.astype("datetime64[D]")[:, None]).astype(np.int64)
    young = (days_old < 7 * rules.weeks) & (plan.since > _long_ago(plan))[:, None]
    length = np.array([week.days for week in weeks], dtype=np.int64)
    asked = usual.contacts.any(axis=1, keepdims=True)
    more = np.where(young & asked, (2 * rules.contacts_per_week * length + 7) // 14, 0)
    contacts, visits = np.maximum(usual.contacts, more), usual.visits.copy()
    may_visit = usual.may_visit.copy()
    window = first_days(plan, start)
    week = _week_of_the_first(usual, window)
    due = unknown & usual.visits.any(axis=1)
    visits[due, week] = np.maximum(visits[due, week], 1)
    contacts = np.maximum(contacts, visits)
    one = due & (visits[:, week] == 1)
    may_visit[np.ix_(one, (usual.week == week) & ~window)] = False
    return replace(usual, contacts=contacts, visits=visits, may_visit=may_visit)


def weeks_of_firsts(usual: Demand, plan: Plan, unknown: Mask, start: date | None, standing: Visits) -> Mask:
    """The weeks of pairs, (pairs, weeks), that are to hold a first visit which an earlier run has not planned."""
    weeks = np.zeros(usual.visits.shape, dtype=bool)
    window = first_days(plan, start)
    weeks[unknown & ~_visited(plan, standing, window), _week_of_the_first(usual, window)] = True
    return weeks


def _visited(plan: Plan, standing: Visits, window: Mask) -> Mask:
    """Which pairs have a visit on one of the first days already."""
    day = (standing.day.astype("datetime64[D]") - np.datetime64(plan.month.horizon.start)).astype(np.int64)
    theirs = standing.where((standing.kind == VISIT) & window[day])
    made = pd.MultiIndex.from_arrays([theirs.elder, theirs.volunteer])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(made))


def _week_of_the_first(usual: Demand, window: Mask) -> int:
    """The week that holds most of the first days: it is due the visit."""
    return int(np.bincount(usual.week[window], minlength=usual.contacts.shape[1]).argmax())


def agreed_company(before: Before, month: MonthData, standing: Visits) -> Firsts:
    """Who comes along to contacts that stand by an earlier run, and their hours."""
    agreed = told(before, month)
    if not agreed:
        return Firsts.none()
    keys = standing.labels()
    along = {key: agreed[key] for key in keys if key in agreed}
    companion = np.array([along.get(key, -1) for key in keys], dtype=np.int64)
    return Firsts(Visits.none(), _by(standing, companion >= 0, companion), along)


def asked_firsts(
    plan: Plan, demand: Demand, unknown: Mask, start: date | None, standing: Visits, backups: Index
) -> tuple[Requests, Mask]:
    """First visits of pairs who have not met, with who could come along; and which of them stand already.

    Args:
        plan: The pairs.
        demand: What the pairs are due (``asked_of_new_pairs``), and on which days it may be.
        unknown: Pairs who have not met.
        start: The day from which the month is planned anew; None: its first.
        standing: Contacts that stand.
        backups: Each elder's second volunteer, (n_elders,), -1 where there is none.
    """
    window, volunteers = first_days(plan, start), Volunteers(plan.month)
    rows = [
        row
        for row in np.flatnonzero(unknown & demand.visits.any(axis=1)).tolist()
        if not volunteers.leads(int(plan.volunteer[row]))  # who leads a team knows how, and goes alone
    ]
    elder, volunteer = plan.elder[rows].astype(np.int64), plan.volunteer[rows].astype(np.int64)
    both = zip(elder.tolist(), volunteer.tolist(), strict=True)
    companions = [volunteers.may_come(one, other, backups) for one, other in both]
    may = demand.may_contact[rows] & demand.may_visit[rows] & window
    taken = _days_with_contacts(plan.month, elder, standing)
    dates = np.array(plan.month.horizon.dates(), dtype="datetime64[D]")
    asked = Requests(elder, volunteer, companions, may, taken, demand.hot_min, dates)
    return asked, _visited(plan, standing, window)[rows]


def first_weeks(usual: Demand, plan: Plan, start: date | None) -> tuple[int, int]:
    """From which to which week the first days are."""
    weeks = usual.week[first_days(plan, start)]
    return (int(weeks[0]), int(weeks[-1]) + 1) if len(weeks) else (0, 0)


def _long_ago(plan: Plan) -> np.datetime64:
    """The month since which the oldest pair is: of these nobody says that they are new."""
    return plan.since.min() if len(plan.since) else np.datetime64("NaT", "M")


def _have_met(plan: Plan, before: Before, until: np.datetime64) -> Mask:
    """Which pairs had a visit before a date."""
    rows = before.contacts[(before.contacts["date"] < until) & (before.contacts["kind"] == "visit")]
    met = pd.MultiIndex.from_arrays([rows["elder"], rows["volunteer"]])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(met))


def _days_with_contacts(month: MonthData, elder: Index, standing: Visits) -> Mask:
    """On which days each of these elders has something that stands, (n, days)."""
    taken = np.zeros((len(elder), month.horizon.days), dtype=bool)
    row = pd.Index(elder).get_indexer(pd.Index(standing.elder))
    day = (standing.day.astype("datetime64[D]") - np.datetime64(month.horizon.start)).astype(np.int64)
    there = (row >= 0) & (day >= 0) & (day < month.horizon.days)
    taken[row[there], day[there]] = True
    return taken


def _by(visits: Visits, which: Mask, volunteer: Index) -> Visits:
    """Some of the contacts as if other volunteers made them."""
    return replace(visits, volunteer=volunteer).where(which)


def told(before: Before, month: MonthData) -> dict[Key, int]:
    """Who comes along to which contact by an earlier run of the month."""
    rows = before.of_horizon(month.horizon).known()
    rows = rows[rows["accompanied_by"] != ""]
    who = pd.Index(month.roster.volunteers["id"]).get_indexer(pd.Index(rows["accompanied_by"]))
    keys = zip(rows["elder"].tolist(), rows["volunteer"].tolist(), rows["date"].dt.date, rows["start"], strict=True)
    told = zip(keys, who.tolist(), strict=True)
    return {(elder, volunteer, day, int(start)): one for (elder, volunteer, day, start), one in told if one >= 0}
