"""New pairs: a visit within the first days, with somebody who comes along, and more contacts in the first weeks.

A pair is new for some weeks after its ``since``. Where every pair is as old as every other (a first run, or lists that
do not say since when) nobody knows who is new, and nothing is asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.messages import Issue
from matcher.month import Month
from matcher.plan import Plan
from matcher.run.before import Before
from matcher.schedule.calendar import Calendar
from matcher.schedule.demand import Demand
from matcher.schedule.first_visits import Agenda, Asked, Meeting, Why, arrange
from matcher.schedule.hours import free_in_half, minutes
from matcher.schedule.visits import VISIT, Key, Visits

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_HOURS = ("start_min", "end_min")


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


def arrange_firsts(
    plan: Plan,
    before: Before,
    demand: Demand,
    unknown: Mask,
    start: date | None,
    standing: Visits,
    backups: Index,
    most: Mapping[int, int] | None = None,
    alone: Collection[int] = (),
) -> Firsts:
    """Hours for the first visits of pairs who have not met, with who comes along.

    Args:
        plan: The pairs.
        before: Contacts of earlier runs: who came along to those that stand still does.
        demand: What the pairs are due (``asked_of_new_pairs``), and on which days it may be.
        unknown: Pairs who have not met.
        start: The day from which the month is planned anew; None: its first.
        standing: Contacts that stand.
        backups: Each elder's second volunteer, (n_elders,), -1 where there is none.
        most: To how many of these visits a volunteer may come along at most, where not to any number.
        alone: Elders whose first visit is left to the planner, with nobody along.
    """
    month = plan.month
    told = _told(before, month)
    arranged = np.array([told.get(key, -1) for key in standing.labels()], dtype=np.int64)
    along = {key: told[key] for key in standing.labels() if key in told}
    beside = _by(standing, arranged >= 0, arranged)
    if not month.settings.new_pair.accompanied:
        return Firsts(Visits.none(), beside, along)
    window = first_days(plan, start)
    volunteers = _Volunteers(month)
    rows = [
        row
        for row in np.flatnonzero(unknown & demand.visits.any(axis=1)).tolist()
        if not volunteers.leads(int(plan.volunteer[row]))  # who leads a team knows how, and goes alone
    ]
    elder, volunteer = plan.elder[rows].astype(np.int64), plan.volunteer[rows].astype(np.int64)
    both = zip(elder.tolist(), volunteer.tolist(), strict=True)
    companions = [volunteers.may_come(one, other, backups) for one, other in both]
    may = demand.may_contact[rows] & demand.may_visit[rows] & window
    taken = _days_with_contacts(month, elder, standing)
    made = elder[_visited(plan, standing, window)[rows]].tolist()
    asked = Asked(elder, volunteer, companions, may, taken, demand.hot_min, most or {}, {*alone, *made})
    busy = standing.and_also(beside)
    meetings, why = arrange(asked, busy, month.roster, month.horizon, month.settings)
    place = np.array([one.place for one in meetings], dtype=np.int64)
    day = np.array(month.horizon.dates(), dtype="datetime64[D]")[[one.day for one in meetings]]
    start_min, end_min = (np.array([getattr(m, name) for m in meetings], dtype=np.int64) for name in _HOURS)
    one = np.ones(len(meetings), dtype=np.int64)
    visits = Visits(elder[place], volunteer[place], day, start_min, end_min, one * VISIT, one)
    companion = np.array([meeting.companion for meeting in meetings], dtype=np.int64)
    along |= dict(zip(visits.labels(), companion.tolist(), strict=True))
    everybody = np.ones(len(visits), dtype=bool)
    beside = beside.and_also(_by(visits, everybody, companion))
    return Firsts(visits, beside, along, {int(elder[i]): reason for i, reason in why.items()})


def _long_ago(plan: Plan) -> np.datetime64:
    """The month since which the oldest pair is: of these nobody says that they are new."""
    return plan.since.min() if len(plan.since) else np.datetime64("NaT", "M")


def _have_met(plan: Plan, before: Before, until: np.datetime64) -> Mask:
    """Which pairs had a visit before a date."""
    rows = before.contacts[(before.contacts["date"] < until) & (before.contacts["kind"] == "visit")]
    met = pd.MultiIndex.from_arrays([rows["elder"], rows["volunteer"]])
    return np.asarray(pd.MultiIndex.from_arrays([plan.elder, plan.volunteer]).isin(met))


def _days_with_contacts(month: Month, elder: Index, standing: Visits) -> Mask:
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


def companions(
    visits: Visits, firsts: Firsts, plan: Plan, before: Before, backups: Index, start: date | None
) -> tuple[Index, list[Issue]]:
    """Who comes along to each contact, roster index, else -1; and first visits to which nobody does.

    What was arranged holds while who was to come still can; before ``start`` it is history. For first visits that
    nobody has arranged (their hour was given, or the companion is away now) somebody is asked whose day holds it.
    """
    month, along = plan.month, np.full(len(visits), -1, dtype=np.int64)
    agreed = {**_told(before, month), **firsts.along}
    asked = _first_visits(visits, plan, before) if month.settings.new_pair.accompanied else along[:0]
    if not agreed and not len(asked):
        return along, []
    volunteers, keys, issues = _Volunteers(month), visits.labels(), []
    candidates = {i: volunteers.may_come(keys[i][0], keys[i][1], backups) for i in asked.tolist()}
    told = {i: agreed[keys[i]] for i in np.flatnonzero(visits.kind == VISIT).tolist() if keys[i] in agreed}
    days = _Days(visits, {i: [who, *candidates.get(i, ())] for i, who in told.items()} | candidates, month)
    for i, who in told.items():
        if keys[i][2] < (start or date.min) or (
            volunteers.is_free(who, keys[i][2], days.span(i)) and days.hold(i, who)
        ):
            along[i] = who
            days.add(i, who)
    for i in asked[along[asked] < 0].tolist():
        elder, volunteer, day, _start = keys[i]
        if volunteers.leads(volunteer):
            continue  # who leads a team knows how, and goes alone
        who = next(
            (one for one in candidates[i] if volunteers.is_free(one, day, days.span(i)) and days.hold(i, one)), -1
        )
        if who >= 0:
            along[i] = who
            days.add(i, who)
            continue
        if day < (start or date.min):
            continue  # it is over
        why = firsts.why.get(elder, "full" if candidates[i] else "nobody")
        header = column("visits", "elder_id").header()
        elder_id = str(month.roster.elders["id"].iloc[elder])
        issues.append(Issue(f"first_visit_{why}", "visits.csv", None, header, elder_id, {"date": day.isoformat()}))
    return along, issues


def _first_visits(visits: Visits, plan: Plan, before: Before) -> Index:
    """Places of the first visits of new pairs who have not met, by their own volunteer."""
    unknown = strangers(plan, before, None)
    pairs = pd.MultiIndex.from_arrays([plan.elder[unknown], plan.volunteer[unknown]])
    table = pd.DataFrame({"elder": visits.elder, "volunteer": visits.volunteer, "day": visits.day})
    theirs = table[(visits.kind == VISIT) & pd.MultiIndex.from_frame(table[["elder", "volunteer"]]).isin(pairs)]
    first = theirs.sort_values("day", kind="stable").drop_duplicates("elder")
    return np.sort(np.asarray(first.index, dtype=np.int64))


def _told(before: Before, month: Month) -> dict[Key, int]:
    """Who comes along to which contact by an earlier run of the month."""
    rows = before.of_horizon(month.horizon).known()
    rows = rows[rows["accompanied_by"] != ""]
    who = pd.Index(month.roster.volunteers["id"]).get_indexer(pd.Index(rows["accompanied_by"]))
    keys = zip(rows["elder"].tolist(), rows["volunteer"].tolist(), rows["date"].dt.date, rows["start"], strict=True)
    told = zip(keys, who.tolist(), strict=True)
    return {(elder, volunteer, day, int(start)): one for (elder, volunteer, day, start), one in told if one >= 0}


class _Volunteers:
    """Who leads whom, and who is free when."""

    def __init__(self, month: Month) -> None:
        people, schedule = month.roster.volunteers, month.settings.schedule
        self._hours = list(zip(people["availability"].tolist(), people["clock"].tolist(), strict=True))
        self._off = people["days_off"].tolist()
        self._from, self._to = (people[name].to_numpy().astype("datetime64[D]") for name in ("joined", "left"))
        self._active = people["status"].isin(["", "active"]).to_numpy()
        self._team = list(zip(people["subdistrict"].tolist(), people["team"].tolist(), strict=True))
        self._leaders: dict[tuple[str, str], list[int]] = defaultdict(list)
        for who in np.flatnonzero((people["role"] == "leader").to_numpy()).tolist():
            self._leaders[self._team[who]].append(who)
        self._windows = [minutes(schedule.morning), minutes(schedule.afternoon)]
        calendar = Calendar.of(month.horizon, schedule)
        days = zip(calendar.weekday.tolist(), calendar.stands_for.tolist(), strict=True)
        self._weekdays = {day: tuple(sorted(set(both))) for day, both in zip(calendar.day.tolist(), days, strict=True)}

    def leads(self, volunteer: int) -> bool:
        """Whether somebody leads the team that they are in."""
        return volunteer in self._leaders_of(volunteer)

    def may_come(self, elder: int, volunteer: int, backups: Index) -> list[int]:
        """Who may come along: the elder's second volunteer, then the leaders of the volunteer's team, by id."""
        asked = dict.fromkeys([int(backups[elder]), *self._leaders_of(volunteer)])
        return [who for who in asked if who not in (-1, volunteer) and self._active[who]]

    def _leaders_of(self, volunteer: int) -> list[int]:
        team = self._team[volunteer]
        return self._leaders.get(team, []) if team[1] else []

    def is_free(self, who: int, day: date, span: tuple[int, int]) -> bool:
        """Whether somebody is there and free on a day of the month from when to when."""
        stamp = np.datetime64(day)
        if not self._active[who] or day in self._off[who] or day not in self._weekdays:
            return False
        if self._from[who] > stamp or self._to[who] < stamp:  # comparisons with NaT are False
            return False
        mask, clock = self._hours[who]
        halves = (free_in_half(mask, clock, self._weekdays[day], half, *self._windows[half]) for half in range(2))
        return any(opens <= span[0] and span[1] <= closes for opens, closes in chain(*halves))


class _Days:
    """What those who may come along to some contacts have in their days, and whether these hold the contact too."""

    def __init__(self, visits: Visits, who: Mapping[int, Sequence[int]], month: Month) -> None:
        self._place = {i: place for place, i in enumerate(who)}
        at = np.array(list(who), dtype=np.int64)
        self._most = month.settings.new_pair.most_accompanied_per_day
        day = (visits.day[at].astype("datetime64[D]") - np.datetime64(month.horizon.start)).astype(np.int64).tolist()
        spans = zip(day, visits.start_min[at].tolist(), visits.end_min[at].tolist(), strict=True)
        self._at = {i: Meeting(self._place[i], -1, *span) for i, span in zip(who, spans, strict=True)}
        none = np.zeros((len(at), month.horizon.days), dtype=bool)
        asked = Asked(visits.elder[at], visits.volunteer[at], list(who.values()), none, none, none[:0].astype(np.int64))
        pairs = [(self._place[i], one) for i, each in who.items() for one in each]
        theirs = visits.where(np.isin(visits.volunteer, [one for _, one in pairs]))
        self._agenda = Agenda(asked, pairs, theirs, month.roster, month.horizon, month.settings)
        self._along: Counter[tuple[int, int]] = Counter()

    def span(self, i: int) -> tuple[int, int]:
        """From and to of a contact."""
        return self._at[i].start_min, self._at[i].end_min

    def hold(self, i: int, who: int) -> bool:
        """Whether somebody's day holds a contact too."""
        at = self._at[i]
        if self._along[who, at.day] >= self._most:
            return False
        return self._agenda.more_walking(who, at.day, at.place, at.start_min) is not None

    def add(self, i: int, who: int) -> None:
        """Somebody comes along to a contact."""
        self._agenda.add(who, self._at[i])
        self._along[who, self._at[i].day] += 1
