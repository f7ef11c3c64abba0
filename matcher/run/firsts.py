"""New pairs: a visit within the first days, with somebody who comes along, and more contacts in the first weeks.

A pair is new for some weeks after its ``since``. Where every pair is as old as every other (a first run, or lists that
do not say since when) nobody knows who is new, and nothing is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import FILES
from matcher.messages import Issue
from matcher.month import Month
from matcher.plan import Plan
from matcher.run.before import Before
from matcher.schedule.demand import Demand
from matcher.schedule.visits import VISIT, Visits

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_HALF_DAY_BITS = 2


def new_pairs(plan: Plan) -> Mask:
    """Which pairs are of this month while others are older, (pairs,)."""
    this = np.datetime64(plan.month.horizon.start, "M")
    new = plan.since == this
    return new if not new.all() else np.zeros(len(new), dtype=bool)


def asked_of_new_pairs(usual: Demand, plan: Plan, before: Before, start: date | None) -> Demand:
    """``usual`` with more contacts in a new pair's first weeks, and a visit in its first days.

    Args:
        usual: What the pairs are due, a row a pair of the plan.
        plan: The pairs, and since when they are.
        before: Contacts of earlier runs: who has met already needs no first visit.
        start: The day from which the month is planned anew, where the pairs of this month begin then; None: its first.
    """
    horizon, rules = plan.month.horizon, plan.month.settings.new_pair
    dates = np.array(horizon.dates(), dtype="datetime64[D]")
    weeks = horizon.weeks()
    new = new_pairs(plan)
    starts = np.array([week.start for week in weeks], dtype="datetime64[D]")
    days_old = (starts - plan.since.astype("datetime64[D]")[:, None]).astype(np.int64)
    young = (days_old < 7 * rules.weeks) & (plan.since > _long_ago(plan))[:, None]
    length = np.array([week.days for week in weeks], dtype=np.int64)
    asked = usual.contacts.any(axis=1, keepdims=True)
    more = np.where(young & asked, (2 * rules.contacts_per_week * length + 7) // 14, 0)
    contacts, visits = np.maximum(usual.contacts, more), usual.visits.copy()
    may_visit = usual.may_visit.copy()
    first = np.datetime64(start or horizon.start)
    window = (dates >= first) & (dates < first + np.timedelta64(rules.first_visit_days, "D"))
    # the week that holds most of these days is the one that is due the visit
    days_in = np.bincount(usual.week[window], minlength=len(weeks))
    week = int(days_in.argmax())
    strangers = new & usual.visits.any(axis=1) & ~_have_met(plan, before, first)
    visits[strangers, week] = np.maximum(visits[strangers, week], 1)
    contacts = np.maximum(contacts, visits)
    one = strangers & (visits[:, week] == 1)
    may_visit[np.ix_(one, (usual.week == week) & ~window)] = False
    if rules.accompanied:
        may_visit[one] &= _with_a_leader(plan, np.flatnonzero(one), dates) | (usual.week != week)
    return replace(usual, contacts=contacts, visits=visits, may_visit=may_visit)


def _with_a_leader(plan: Plan, rows: Index, dates: NDArray[np.datetime64]) -> Mask:
    """On which dates each of some pairs shares a half-day with a leader of the team; every date where there is none."""
    volunteers = _Volunteers(plan.month)
    elder_mask = plan.month.roster.elders["availability"].to_numpy().astype(np.int64)[plan.elder[rows]]
    weekday = (dates.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    shared = np.zeros((len(rows), len(dates)), dtype=bool)
    for place, volunteer in enumerate(plan.volunteer[rows].tolist()):
        for leader in volunteers.leaders_of(volunteer):
            if leader != volunteer:
                both = volunteers.mask[leader] & volunteers.mask[volunteer] & elder_mask[place]
                shared[place] |= (both >> (2 * weekday) & 3) > 0
    shared[~shared.any(axis=1)] = True
    return shared


def _long_ago(plan: Plan) -> np.datetime64:
    """The month since which the oldest pair is: of these nobody says that they are new."""
    return plan.since.min() if len(plan.since) else np.datetime64("NaT", "M")


def _have_met(plan: Plan, before: Before, until: np.datetime64) -> Mask:
    """Which pairs had a contact before a date."""
    rows = before.contacts[before.contacts["date"] < until]
    met = pd.MultiIndex.from_arrays([rows["elder"], rows["volunteer"]])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(met))


def companions(visits: Visits, plan: Plan, before: Before, backups: Index) -> tuple[Index, list[Issue]]:
    """Who comes along to each contact, roster index, else -1; and first visits for which nobody is free.

    The elder's second volunteer comes first, then leaders of the volunteer's team: who is free for that half-day and
    has nothing else to do then. What an earlier run arranged for a contact that is the same stands.
    """
    month = plan.month
    along = _arranged(visits, before, month)
    firsts = _first_visits(visits, plan, before)
    if not month.settings.new_pair.accompanied or not len(firsts):
        return along, []
    busy = _Busy(visits, along, month.settings.schedule.between_min)
    volunteers = _Volunteers(month)
    issues = []
    for i in firsts[along[firsts] < 0].tolist():
        elder, volunteer = int(visits.elder[i]), int(visits.volunteer[i])
        day: date = visits.day[i].astype("datetime64[D]").item()
        span = int(visits.start_min[i]), int(visits.end_min[i])
        leaders = volunteers.leaders_of(volunteer)
        if volunteer in leaders:
            continue  # who leads a team knows how, and goes alone
        asked = [int(backups[elder]), *leaders]
        free = (who for who in asked if who not in (-1, volunteer) and volunteers.is_free(who, day, span))
        who = next((who for who in free if busy.has_room(who, day, span)), -1)
        if who >= 0:
            along[i] = who
            busy.add(who, day, span)
        else:
            header = next(column for column in FILES["visits"] if column.name == "elder_id").header()
            elder_id = str(month.roster.elders["id"].iloc[elder])
            issues.append(Issue("first_visit_alone", "visits.csv", None, header, elder_id, {"date": day.isoformat()}))
    return along, issues


def _first_visits(visits: Visits, plan: Plan, before: Before) -> Index:
    """Places of the first visits of new pairs who have not met, by their own volunteer."""
    horizon = plan.month.horizon
    strangers = new_pairs(plan) & ~_have_met(plan, before, np.datetime64(horizon.start))
    pairs = pd.MultiIndex.from_arrays([plan.elder[strangers], plan.volunteer[strangers]])
    table = pd.DataFrame({"elder": visits.elder, "volunteer": visits.volunteer, "day": visits.day})
    theirs = table[(visits.kind == VISIT) & pd.MultiIndex.from_frame(table[["elder", "volunteer"]]).isin(pairs)]
    first = theirs.sort_values("day", kind="stable").drop_duplicates("elder")
    return np.sort(np.asarray(first.index, dtype=np.int64))


def _arranged(visits: Visits, before: Before, month: Month) -> Index:
    """Who comes along by an earlier run to contacts that are the same now."""
    along = np.full(len(visits), -1, dtype=np.int64)
    rows = before.of_horizon(month.horizon).known()
    rows = rows[rows["accompanied_by"] != ""]
    if len(rows):
        who = pd.Index(month.roster.volunteers["id"]).get_indexer(pd.Index(rows["accompanied_by"]))
        keys = ["elder", "volunteer", "date", "start"]
        was = dict(zip(rows[keys].itertuples(index=False, name=None), who.tolist(), strict=True))
        days = pd.to_datetime(visits.day.astype("datetime64[s]"))
        now = zip(visits.elder.tolist(), visits.volunteer.tolist(), days, visits.start_min.tolist(), strict=True)
        along[:] = [was.get(key, -1) for key in now]
    return along


class _Volunteers:
    """Who leads whom, and who is free when."""

    def __init__(self, month: Month) -> None:
        people = month.roster.volunteers
        self.mask = people["availability"].to_numpy().astype(np.int64)
        clock = people["clock"] if "clock" in people else pd.Series("", index=people.index)
        self._timed = (clock != "").to_numpy()  # only a whole half-day is sure to hold the visit
        self._off = people["days_off"].tolist()
        self._from, self._to = (people[name].to_numpy().astype("datetime64[D]") for name in ("joined", "left"))
        self._active = people["status"].isin(["", "active"]).to_numpy()
        self._team = list(zip(people["subdistrict"].tolist(), people["team"].tolist(), strict=True))
        self._leaders: dict[tuple[str, str], list[int]] = defaultdict(list)
        for who in np.flatnonzero((people["role"] == "leader").to_numpy()).tolist():
            self._leaders[self._team[who]].append(who)
        schedule = month.settings.schedule
        self._windows = [_minutes(schedule.morning), _minutes(schedule.afternoon)]

    def leaders_of(self, volunteer: int) -> list[int]:
        """The leaders of a volunteer's team, in order of id."""
        team = self._team[volunteer]
        return self._leaders.get(team, []) if team[1] else []

    def is_free(self, who: int, day: date, span: tuple[int, int]) -> bool:
        """Whether somebody is there and free on a day from when to when."""
        stamp = np.datetime64(day)
        if not self._active[who] or self._timed[who] or day in self._off[who]:
            return False
        if self._from[who] > stamp or self._to[who] < stamp:  # comparisons with NaT are False
            return False
        halves = [half for half, (opens, closes) in enumerate(self._windows) if opens <= span[0] and span[1] <= closes]
        return any(self.mask[who] >> (_HALF_DAY_BITS * day.weekday() + half) & 1 for half in halves)


class _Busy:
    """When each volunteer has something to do; grows as companions are found."""

    def __init__(self, visits: Visits, along: Index, between_min: int) -> None:
        self._between_min = between_min
        self._spans: dict[tuple[int, date], list[tuple[int, int]]] = defaultdict(list)
        for who in (visits.volunteer, along):
            columns = (who, visits.day.astype("datetime64[D]"), visits.start_min, visits.end_min)
            for person, day, start, end in zip(*(column.tolist() for column in columns), strict=True):
                if person >= 0:
                    self.add(person, day, (start, end))

    def add(self, who: int, day: date, span: tuple[int, int]) -> None:
        """Somebody has something to do then."""
        self._spans[who, day].append(span)

    def has_room(self, who: int, day: date, span: tuple[int, int]) -> bool:
        """Whether nothing else is then, with the pause between contacts before and after."""
        pause = self._between_min
        return all(span[1] + pause <= start or end + pause <= span[0] for start, end in self._spans[who, day])


def _minutes(window: str) -> tuple[int, int]:
    opens, closes = (time.fromisoformat(clock) for clock in window.split("-"))
    return opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
