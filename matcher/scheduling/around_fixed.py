"""The month around what stands: what is held of an earlier run, first visits and who comes along, then all the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Visits
from matcher.scheduling.earlier import Before
from matcher.scheduling.first_visits.arrange import arrange_first_visits
from matcher.scheduling.first_visits.finder import AppointmentFinder
from matcher.scheduling.first_visits.requests import Firsts, agreed_company, asked_firsts, first_weeks
from matcher.scheduling.timetabling import plan_visits
from matcher.scheduling.week_capacity import WeekCapacity

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """Plans contacts of a plan's pairs around what stands."""

    month: MonthData
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
        """Company for what stands, as an earlier run has it; and first visits with company for which nobody loses."""
        month, plan = self.month, self.plan
        agreed = agreed_company(self.before, month, fixed)
        if not month.settings.new_pair.accompanied:
            return agreed
        asked, stand = asked_firsts(plan, demand, unknown, start, fixed, backups)
        if not len(asked):
            return agreed
        standing, settings = fixed.and_also(agreed.beside), month.settings
        finder = AppointmentFinder(asked, standing, month.roster, month.horizon, settings)
        weeks = first_weeks(demand, plan, start)
        capacity = WeekCapacity(month.roster, plan.elder, plan.volunteer, month.horizon, settings, demand, weeks)
        made = arrange_first_visits(asked, finder, capacity, standing, ~stand)
        appointments = finder.list_appointments(made)
        visits, beside = asked.make_visits(appointments)
        along = dict(zip(visits.labels(), appointments.companion.tolist(), strict=True))
        why = {int(asked.elder[which]): reason for which, reason in finder.explain_missing(made).items()}
        return Firsts(visits, agreed.beside.and_also(beside), agreed.along | along, why)

    def planned(self, demand: Demand, fixed: Visits, beside: Visits, rows: Index | None = None) -> Visits:
        """The contacts of the plan's pairs, or of some ``rows`` of them.

        ``fixed`` stands; ``beside`` are hours that others' contacts take of volunteers' days. They are not given back.
        """
        month, plan = self.month, self.plan
        tell = self.progress if rows is None else None  # the steps of some rows are too few to count
        rows = np.arange(len(plan.elder)) if rows is None else rows
        elder = plan.elder[rows]
        taken = fixed.and_also(beside) if len(beside) else fixed
        last_contact = self.before.last_contact(month.horizon.start, elder)
        made = plan_visits(
            month.roster,
            elder,
            plan.volunteer[rows],
            month.horizon,
            month.settings,
            fixed=taken if len(taken) else None,
            demand=replace(demand.select_pairs(rows), last_contact=last_contact),
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
