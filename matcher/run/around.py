"""The month around what stands: what is held of an earlier run, first visits and who comes along, then all the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from matcher.month import Month
from matcher.plan import Plan
from matcher.run.before import Before
from matcher.run.firsts import Firsts, arrange_firsts
from matcher.schedule.demand import Demand
from matcher.schedule.planner import plan_visits
from matcher.schedule.visits import VISIT, Visits

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_ROUNDS = 6
"""How often first visits are arranged anew where somebody's own contacts are lost."""


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """Plans contacts of a plan's pairs around what stands."""

    month: Month
    plan: Plan
    before: Before
    progress: Callable[[int, int], None] | None = None

    def around(
        self, demand: Demand, standing: Visits, held: Visits, unknown: Mask, start: date | None, backups: Index
    ) -> tuple[Visits, Firsts]:
        """The month, and how first visits were arranged.

        Args:
            demand: What the pairs are due, and when anything may be planned.
            standing: Contacts that stand whatever comes.
            held: Contacts that stay unless a volunteer's month holds more without them.
            unknown: Pairs who have not met, (pairs,).
            start: The day from which the month is planned anew; None: its first.
            backups: Each elder's second volunteer, (n_elders,), -1 where there is none.
        """
        fixed = standing.and_also(held) if len(held) else standing
        firsts = self._arranged(demand, fixed, unknown, start, backups)
        made = self.planned(demand, fixed.and_also(firsts.visits) if len(firsts.visits) else fixed, firsts.beside)
        if len(held):
            made = self._better(made, demand, fixed, held, firsts, start)
            made = replace(made, points_bound=0)  # how far it is from the best month is not known: what is held is held
        return made, firsts

    def _arranged(self, demand: Demand, fixed: Visits, unknown: Mask, start: date | None, backups: Index) -> Firsts:
        """First visits at hours for which nobody loses a contact of their own, as far as a few rounds find them.

        People who share nobody who could come along do not concern each other: only circles in which somebody loses
        are arranged anew.
        """
        settled = self._firsts(demand, fixed, np.zeros_like(unknown), start, backups)
        open_, most, alone = unknown, dict[int, int](), set[int]()
        without: dict[int, int] = {}
        for left in reversed(range(_ROUNDS)):
            firsts = self._firsts(demand, fixed, open_, start, backups, most, alone).less(settled.beside)
            theirs, own = (Counter(each.volunteer.tolist()) for each in (firsts.beside, firsts.visits))
            losers: set[int] = set()
            if left and own:
                rows = np.flatnonzero(np.isin(self.plan.volunteer, [*theirs, *own, *without]))
                if not without:
                    without = _worth(self.planned(demand, fixed, settled.beside, rows))
                beside = settled.beside.and_also(firsts.beside)
                rows = np.flatnonzero(np.isin(self.plan.volunteer, [*theirs, *own]))
                worth = _worth(self.planned(demand, fixed.and_also(firsts.visits), beside, rows))
                losers = {who for who in {*theirs, *own} if worth.get(who, 0) < without.get(who, 0)}
            again = _circles_of(losers, firsts.circle)
            settled = settled.and_also(firsts.only(set(firsts.circle) - again))
            if not again:
                break
            open_ = open_ & np.isin(self.plan.elder, list(again))
            for who in losers:
                if theirs[who]:
                    most[who] = theirs[who] - 1
                else:
                    alone.add(max(firsts.visits.elder[firsts.visits.volunteer == who].tolist()))
        return settled

    def _firsts(
        self,
        demand: Demand,
        fixed: Visits,
        unknown: Mask,
        start: date | None,
        backups: Index,
        most: dict[int, int] | None = None,
        alone: Collection[int] = (),
    ) -> Firsts:
        return arrange_firsts(self.plan, self.before, demand, unknown, start, fixed, backups, most=most, alone=alone)

    def planned(self, demand: Demand, fixed: Visits, beside: Visits, rows: Index | None = None) -> Visits:
        """The contacts of the plan's pairs, or of some ``rows`` of them.

        ``fixed`` stands; ``beside`` are hours that others' contacts take of volunteers' days. They are not given back.
        """
        month, plan = self.month, self.plan
        tell = self.progress if rows is None else None  # the steps of some rows are too few to count
        rows = np.arange(len(plan.elder)) if rows is None else rows
        elder = plan.elder[rows]
        taken = fixed.and_also(beside) if len(beside) else fixed
        made = plan_visits(
            month.roster,
            elder,
            plan.volunteer[rows],
            month.horizon,
            month.settings,
            last_contact=self.before.last_contact(month.horizon.start, elder),
            fixed=taken if len(taken) else None,
            demand=demand.of_pairs(rows),
            progress=tell,
        )
        return made.less(beside) if len(beside) else made

    def _better(
        self, made: Visits, demand: Demand, fixed: Visits, held: Visits, firsts: Firsts, start: date | None
    ) -> Visits:
        """``made``, with the months of volunteers that hold more where nothing of them is held."""
        since = (start or self.month.horizon.start) - timedelta(days=6)
        short = np.unique([row.volunteer for row in made.unscheduled if row.week_start >= since]).astype(np.int64)
        rows = np.flatnonzero(np.isin(self.plan.volunteer, short))
        if not len(rows):
            return made
        own = np.full(self.month.n_elders, -1, dtype=np.int64)
        own[self.plan.elder] = self.plan.volunteer
        accompanied = np.array([key in firsts.along for key in held.labels()], dtype=bool)
        free = held.where(np.isin(held.volunteer, short) & (own[held.elder] == held.volunteer) & ~accompanied)
        firm = fixed.less(free).and_also(firsts.visits)
        again = self.planned(demand, firm, firsts.beside, rows)
        return _best_of(made, again, short)


def _circles_of(people: Collection[int], circle: Mapping[int, tuple[int, ...]]) -> set[int]:
    """The elders of circles in which some volunteers are: those with a volunteer in common, and theirs, and so on."""
    parent: dict[int, int] = {}

    def root(who: int) -> int:
        while parent.setdefault(who, who) != who:
            parent[who] = who = parent[parent[who]]
        return who

    for volunteers in circle.values():
        for who in volunteers[1:]:
            parent[root(who)] = root(volunteers[0])
    roots = {root(who) for who in people}
    return {elder for elder, volunteers in circle.items() if root(volunteers[0]) in roots}


_CONTACT = 1 << 20


def _worth(visits: Visits) -> dict[int, int]:
    """What each volunteer's month holds: contacts first, then the visits among them."""
    who, place = np.unique(visits.volunteer, return_inverse=True)
    worth = np.bincount(place, _CONTACT + (visits.kind == VISIT), len(who)).astype(np.int64)
    return dict(zip(who.tolist(), worth.tolist(), strict=True))


def _best_of(made: Visits, again: Visits, volunteers: Index) -> Visits:
    """``made``, but of those volunteers who have more contacts, or as many and more visits, what ``again`` has."""
    was, now = _worth(made), _worth(again)
    better = [who for who in volunteers.tolist() if now.get(who, 0) > was.get(who, 0)]
    parts = made.where(~np.isin(made.volunteer, better)), again.where(np.isin(again.volunteer, better))
    both = parts[0].and_also(parts[1])
    told = [row for row in made.unscheduled if row.volunteer not in better]
    told += [row for row in again.unscheduled if row.volunteer in better]
    told.sort(key=lambda row: (row.elder, row.week_start, row.kind))
    return replace(
        both,
        unscheduled=tuple(told),
        contacts_due=made.contacts_due,
        calendar_announced=made.calendar_announced,
        unproven=again.unproven,
        points=made.points,
        walking_min=made.walking_min,
    )
