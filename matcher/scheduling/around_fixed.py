"""The month around what is fixed: retained contacts, first visits and their companions, then all the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import index_days, mark_days
from matcher.demand.demand import Demand
from matcher.month import MonthData
from matcher.plan import Plan
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.appointments import AppointmentFinder
from matcher.scheduling.first_visits.new_pairs import FirstDays, FirstVisits, count_visits, find_week_span
from matcher.scheduling.first_visits.protect_contacts import arrange_first_visits
from matcher.scheduling.first_visits.requests import find_requests
from matcher.scheduling.shared_walks import join_walks
from matcher.scheduling.surge_demand import find_overfull_weeks
from matcher.scheduling.timetabling import plan_visits
from matcher.scheduling.week_capacity import WeekCapacity
from matcher.timetable.floors import Missed, measure_missed, sum_by_rank
from matcher.timetable.problem import NONE

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Planner:
    """Plans contacts of a plan's pairs around what is fixed."""

    plan: Plan
    earlier: EarlierContacts
    progress: Callable[[int, int], None] | None = None

    def plan_around(
        self, demand: Demand, standing: Schedule, retained: Schedule, first: FirstDays, start: date | None
    ) -> Schedule:
        """Return the month, first visits of new pairs in it.

        Args:
            demand: What the pairs are due, first visits apart, and when anything may be planned.
            standing: Contacts that stand whatever comes.
            retained: Contacts that stay unless a volunteer's month holds more without them.
            first: Pairs who have not met, and their first days.
            start: The day from which the month is planned anew; None: its first.
        """
        fixed = standing.merged_with(retained) if len(retained) else standing
        first_visits, asked = self._plan_first_visits(demand, fixed, first)
        both = fixed.merged_with(first_visits) if len(first_visits) else fixed
        made = self.plan_rest(asked, both)
        late, asked = self._find_late(made, demand, asked, first)
        placed = first_visits
        if len(late):
            placed = first_visits.merged_with(late.without(both))
            both = fixed.merged_with(placed)
            made = self._plan_beside_late(made, asked, both, late)
        if len(retained):
            made = self._improve(made, asked, fixed, retained, placed, start)
            made = replace(made, points_bound=0)  # the bound is of a month in which nothing is retained
        if self.plan.month.settings.household.mode != "off":
            made = self._join_walks(made, asked, both)
        return replace(made, unaccompanied=first_visits.unaccompanied)

    def _plan_first_visits(self, demand: Demand, fixed: Schedule, first: FirstDays) -> tuple[Schedule, Demand]:
        """Return the first visits with a companion, and what is due with all first visits.

        Who is due none so early wishes for one. The months of their volunteers are planned for a try, with all wishes:
        where it finds no early day, the visit stays due later; and so it does where a floor would be missed for it,
        whether on the day arranged with a companion or on any other, or where what it is due instead of stays.
        """
        plan = self.plan
        there = FirstVisits.find(plan, fixed, first, demand)
        wishes = first.find_wishes(demand, there)
        # a wish takes nothing from a week whose contacts stay
        full = find_overfull_weeks(plan, fixed, first.ask(demand, there, wishes))
        wishes &= ~(full & ~find_overfull_weeks(plan, fixed, first.ask(demand, there))).any(axis=1)
        first_visits = self._arrange(first.ask(demand, there, wishes), fixed, first, there)
        while True:
            arranged = FirstVisits.find(plan, first_visits, first, demand)
            visited = there.beside(arranged)
            # a first visit with a companion is the first
            before = np.arange(demand.may_visit.shape[1]) < arranged.day[:, None]
            rest = replace(demand, may_visit=demand.may_visit & ~before)
            open_ = wishes & (visited.day < 0)
            if not wishes.any():
                return first_visits, first.ask(rest, visited, open_)
            rows = np.flatnonzero(np.isin(plan.volunteer, plan.volunteer[wishes]))
            asked = first.ask(rest, visited, open_)
            tried = self.plan_rest(asked, fixed.merged_with(first_visits), rows)
            costly = wishes & self._miss_more(tried, asked, fixed, first.ask(demand, there), rows)
            if not costly.any():
                early = FirstVisits.find(plan, tried, first, rest)
                in_week = rest.week[early.day] == first.find_weeks(rest)
                granted = open_ & (early.is_early | ((early.day >= 0) & in_week))
                return first_visits, first.ask(rest, visited, granted)
            # another day of the first may cost nothing: who comes along is found afterwards
            has_day = np.isin(plan.elder, first_visits.elder)
            wishes = wishes & ~(costly & ~has_day)
            given_up = np.isin(first_visits.elder, plan.elder[costly])
            first_visits = replace(first_visits.select(~given_up), unaccompanied=first_visits.unaccompanied)

    def _find_late(self, made: Schedule, demand: Demand, asked: Demand, first: FirstDays) -> tuple[Schedule, Demand]:
        """Return first visits in later weeks than those of ``asked``, with which more visits are due than there are.

        And what is due to all: with such a visit come those of the weeks before it, in which the two had not met.
        """
        plan = self.plan
        visited = FirstVisits.find(plan, made, first, demand)
        due = first.ask(demand, visited)
        short = (due.visits > asked.visits) & (count_visits(plan, made) < due.visits)
        late = visited.is_early & short.any(axis=1)
        day_of = np.full(plan.month.n_elders, -1)
        day_of[plan.elder[late]] = visited.day[late]
        visits = made.select(day_of[made.elder] == index_days(made.day, plan.month.horizon))
        before = late[:, None] & (np.arange(asked.may_visit.shape[1]) < visited.day[:, None])
        return visits, replace(
            asked,
            contacts=np.where(late[:, None], due.contacts, asked.contacts),
            visits=np.where(late[:, None], due.visits, asked.visits),
            may_visit=asked.may_visit & ~before,
        )

    def _plan_beside_late(self, made: Schedule, asked: Demand, fixed: Schedule, late: Schedule) -> Schedule:
        """Return ``made`` with the months of who makes ``late`` first visits, where they hold more around these."""
        volunteers = np.unique(self.plan.volunteer_of[late.elder])
        again = self.plan_rest(asked, fixed, np.flatnonzero(np.isin(self.plan.volunteer, volunteers)))
        both = _choose_better(made, again, volunteers, self.plan.month)
        return replace(both, unproven=(made.unproven or 0) + (again.unproven or 0))

    def _miss_more(self, tried: Schedule, asked: Demand, fixed: Schedule, usual: Demand, rows: Index) -> Mask:
        """Return which pairs miss more of their floors in months that were tried than in the usual ones, (pairs,).

        Where none of a volunteer's does, but those at higher risk, all of them together, it is all of the volunteer's.
        """
        worse = np.zeros(len(self.plan.elder), dtype=bool)
        missed, _sums, of = self._measure_missed(tried, asked, rows)
        suspects = np.isin(of, of[(missed.visits > 0) | (missed.silent_days > 0)])
        rows = rows[suspects]
        if not len(rows):
            return worse  # nobody misses anything
        missed, sums, of = self._measure_missed(tried, asked, rows)
        was, were, _of = self._measure_missed(self.plan_rest(usual, fixed, rows), usual, rows)
        less_visited, silent = missed.visits - was.visits, missed.silent_days - was.silent_days
        worse[rows] = (less_visited > 0) | ((less_visited == 0) & (silent > 0))
        for place in np.flatnonzero(np.bincount(of[worse[rows]], minlength=len(sums)) == 0).tolist():
            worse[rows[of == place]] = sums[place].tolist() > were[place].tolist()
        return worse

    def _measure_missed(self, made: Schedule, demand: Demand, rows: Index) -> tuple[Missed, Index, Index]:
        """Return what some pairs of the plan miss of their floors, what each volunteer's miss, and whose each is.

        The sums are by rank (``sum_by_rank``), the volunteers' places those in the order of their indices.
        """
        month, plan = self.plan.month, self.plan
        order = np.lexsort((plan.elder[rows], plan.volunteer[rows]))
        elder, volunteer = plan.elder[rows][order], plan.volunteer[rows][order]
        last_contact = self.earlier.find_last_contact(month.horizon.start, elder)
        theirs = replace(demand.select_pairs(rows[order]), last_contact=last_contact)
        template = ProblemTemplate.build(month.roster, elder, volunteer, month.horizon, month.settings, theirs)
        problem = template.add_fixed(made)
        missed = measure_missed(np.full((len(rows), month.horizon.days), NONE, dtype=np.int8), problem.pairs)
        of = np.unique(plan.volunteer[rows], return_inverse=True)[1]
        return missed.select(np.argsort(order)), sum_by_rank(missed, problem), np.asarray(of, dtype=np.int64)

    def _arrange(self, demand: Demand, fixed: Schedule, first: FirstDays, there: FirstVisits) -> Schedule:
        """Return first visits with a companion for which nobody loses a contact, and who is ``unaccompanied``."""
        month, plan = self.plan.month, self.plan
        if not month.settings.new_pair.accompanied:
            return Schedule.empty()
        requests, stand = find_requests(plan, demand, first, fixed, there)
        if not len(requests):
            return Schedule.empty()
        standing, settings = fixed.merged_with(fixed.list_companion_hours()), month.settings
        finder = AppointmentFinder(requests, standing, month.roster, month.horizon, settings)
        weeks = find_week_span(demand, first.days & first.is_open[:, None])
        capacity = WeekCapacity(month.roster, plan.elder, plan.volunteer, month.horizon, settings, demand, weeks)
        made = arrange_first_visits(requests, finder, capacity, standing, ~stand)
        why = {int(requests.elder[which]): reason for which, reason in finder.explain_missing(made).items()}
        return replace(finder.list_appointments(made).make_schedule(requests), unaccompanied=why)

    def plan_rest(self, demand: Demand, fixed: Schedule, rows: Index | None = None) -> Schedule:
        """Return the contacts of the plan's pairs, or of some ``rows`` of them, and ``fixed`` as it is.

        The hours of companions in ``fixed`` are taken too.
        """
        month, plan = self.plan.month, self.plan
        progress = self.progress if rows is None else None  # the steps of some rows are too few to count
        rows = np.arange(len(plan.elder)) if rows is None else rows
        elder = plan.elder[rows]
        hours = fixed.list_companion_hours()
        taken = fixed.merged_with(hours) if len(hours) else fixed
        last_contact = self.earlier.find_last_contact(month.horizon.start, elder)
        made = plan_visits(
            month.roster,
            elder,
            plan.volunteer[rows],
            month.horizon,
            month.settings,
            fixed=taken if len(taken) else None,
            demand=replace(demand.select_pairs(rows), last_contact=last_contact),
            progress=progress,
        )
        return made.without(hours) if len(hours) else made

    def _join_walks(self, made: Schedule, demand: Demand, fixed: Schedule) -> Schedule:
        """Return ``made`` with visits to those who share a home on the same days, volunteer by volunteer."""
        months = dict(join_walks(self.plan, made, fixed, demand, self.plan_rest))
        if not months:
            return made
        both = made.select(~np.isin(made.volunteer, list(months)))
        for month in months.values():
            both = both.merged_with(month)
        return replace(
            both,
            unscheduled=made.unscheduled,
            contacts_due=made.contacts_due,
            calendar_announced=made.calendar_announced,
            unproven=made.unproven,
            points=made.points,
            walking_min=made.walking_min,
        )

    def _improve(
        self,
        made: Schedule,
        demand: Demand,
        fixed: Schedule,
        retained: Schedule,
        first_visits: Schedule,
        start: date | None,
    ) -> Schedule:
        """Return ``made`` with the months of volunteers that hold more where nothing of them is retained."""
        since = (start or self.plan.month.horizon.start) - timedelta(days=6)
        short = np.unique([row.volunteer for row in made.unscheduled if row.week_start >= since]).astype(np.int64)
        rows = np.flatnonzero(np.isin(self.plan.volunteer, short))
        if not len(rows):
            return made
        own = self.plan.volunteer_of[retained.elder] == retained.volunteer
        free = retained.select(np.isin(retained.volunteer, short) & own & ~retained.has_companion)
        again = self.plan_rest(demand, fixed.without(free).merged_with(first_visits), rows)
        return _choose_better(made, again, short, self.plan.month)


_CONTACT = 1 << 20


def _count_worth(schedule: Schedule, month: MonthData) -> dict[int, int]:
    """Return what each volunteer's month holds: contacts first, then the visits that no day of calls only takes."""
    who, place = np.unique(schedule.volunteer, return_inverse=True)
    calls_only = mark_days(month.settings.surge.calls_only, month.horizon)
    lasting = (schedule.kind == VISIT) & ~calls_only[index_days(schedule.day, month.horizon)]
    worth = np.bincount(place, _CONTACT + lasting, len(who)).astype(np.int64)
    return dict(zip(who.tolist(), worth.tolist(), strict=True))


def _choose_better(made: Schedule, again: Schedule, volunteers: Index, month: MonthData) -> Schedule:
    """Return ``made``, with ``again`` for those volunteers who have more contacts in it, or as many and more visits."""
    was, now = _count_worth(made, month), _count_worth(again, month)
    better = [who for who in volunteers.tolist() if now.get(who, 0) > was.get(who, 0)]
    kept = made.select(~np.isin(made.volunteer, better))
    both = kept.merged_with(again.select(np.isin(again.volunteer, better)))
    short = [row for row in made.unscheduled if row.volunteer not in better]
    short += [row for row in again.unscheduled if row.volunteer in better]
    short.sort(key=lambda row: (row.elder, row.week_start, row.kind))
    return replace(
        both,
        unscheduled=tuple(short),
        contacts_due=made.contacts_due,
        calendar_announced=made.calendar_announced,
        unproven=again.unproven,
        points=made.points,
        walking_min=made.walking_min,
    )
