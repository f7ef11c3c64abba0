"""How a month of contacts comes about: what stands, what is retained, what is planned anew, what a surge changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.plan import Plan
from matcher.schedule import Schedule
from matcher.scheduling.accounting import account
from matcher.scheduling.agreed import find_changed_elders, find_history, find_possible, keep_claims
from matcher.scheduling.around_fixed import Planner
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.first_visits.new_pairs import FirstDays, FirstVisits, ask_as_at_first, compute_demand
from matcher.scheduling.past_weeks import PastWeeks, list_missing_of
from matcher.scheduling.planned_by import sum_contacts, sum_inputs
from matcher.scheduling.retained import find_retainable_contacts, find_unbroken
from matcher.scheduling.surge import SurgeDays, apply_surge, ask_in_surge, limit_visits

Mask = NDArray[np.bool_]
Progress = Callable[[int, int], None] | None


def schedule_month(
    plan: Plan,
    earlier: EarlierContacts,
    start: date | None = None,
    concerned: Mask | None = None,
    progress: Progress = None,
    surge_start: date | None = None,
    *,
    is_surge_told: bool = False,
) -> Schedule:
    """Return the contacts of a plan's pairs.

    1. What is due: the cadence, and a visit in the first days to pairs who have not met.
    2. What stands: contacts before ``start``, those before their pair was one on days on which both people are there
       still, and those of elders who are not ``concerned``. Concerned are also those whose contacts rest on a pair
       that is one no more (``agreed``).
    3. What is retained: contacts of an earlier run of this month that break no rule now (``schedule.keep_planned``).
    4. The rest is planned around both, first visits before all else.
    5. A surge then changes what it must. Where it comes into a month that is planned already, nothing else changes.

    Args:
        plan: The pairs, with rosters, dates and settings.
        earlier: Contacts of earlier runs, of last month and of this one; all people of this one's known.
        start: The day from which the month is planned anew; None: its first.
        concerned: Elders who are planned wholly anew from ``start``, (n_elders,); all contacts of others stand. None:
            all are planned anew as far as they have to be.
        progress: Called now and then with steps done and steps in all.
        surge_start: The first day of a surge that comes into a month that is planned already; None: none comes.
        is_surge_told: Whether an earlier command was told of the surge: it asked for its days before ``start`` as well.
    """
    month = plan.month
    first_day = start or surge_start or month.horizon.start
    planned = earlier.in_horizon(month.horizon).known().schedule
    days = SurgeDays.find(month, start, surge_start)
    everybody = np.ones(month.n_elders, dtype=bool)
    if concerned is not None:
        concerned = concerned | find_changed_elders(planned, plan, first_day)
    only_adds = surge_start is not None and start is None and len(planned) > 0
    settled = np.zeros(month.n_elders, dtype=bool)
    if concerned is None and not only_adds:
        settled = find_settled(plan, earlier, planned, start)
    who = everybody if concerned is None else concerned
    over_on = first_day if start or only_adds else None
    brought = days.lasting | days.calls_only if only_adds else None
    past = PastWeeks.find(plan, earlier, over_on, who & ~settled if start else None, brought)
    holds = _find_holding(planned, past, concerned) | only_adds
    demand = compute_demand(plan, past.find_held(planned.select(holds)))
    demand = replace(demand, no_visit_min=days.find_hours_without_visits(demand, month))
    since = past.day if start else None  # of who is settled the later day from which the first visit was planned
    first = FirstDays.find(plan, earlier, demand.askable, since, concerned, all_stay=only_adds)
    if settled.any():
        first = replace(first, is_open=first.is_open & ~settled[plan.elder])
    planner = Planner(plan, earlier, progress)
    anew = np.array([day >= (start or month.horizon.start) for day in month.horizon.dates()])
    if not only_adds:
        open_ = anew & (who & ~settled)[plan.elder, None]
        planned = _plan_anew(planner, planned, demand.only_on(open_), first, start, concerned, settled)
    elif (changed := find_changed_elders(planned, plan, first_day)).any():
        late = np.array([day >= first_day for day in month.horizon.dates()])
        late_demand = demand.only_on(late & changed[plan.elder, None])
        first = FirstDays.find(plan, earlier, demand.askable, first_day, changed)
        planned = _plan_anew(planner, planned, late_demand, first, first_day, changed)
    last_contact = earlier.find_last_contact(month.horizon.start, plan.elder)
    at_first = FirstDays.find(plan, earlier, demand.askable, since, who, all_stay=only_adds, begin_anew=False)

    def ask(contacts: Schedule) -> Demand:
        """Return what is due without a surge, where these are the month's contacts."""
        return replace(ask_as_at_first(plan, contacts, demand, first, at_first), last_contact=last_contact)

    if days:
        planned, due = apply_surge(planner, planned, ask, days, who & ~settled, is_told=only_adds)
    else:
        due = ask(planned)
    if is_surge_told:
        days = SurgeDays.find(month, None)
        due = ask_in_surge(ask(planned), planned, plan, days)
    due = limit_visits(due, planned, plan, days)
    stay = list_missing_of(plan, earlier, settled)
    made = keep_claims(account(plan, planned, due.only_on(anew & who[plan.elder, None]), past, stay))
    made = replace(made, stands_until=find_later_days(earlier, plan, settled, start))
    return made if concerned is None and not days else made.without_points()


def _find_holding(planned: Schedule, past: PastWeeks, concerned: Mask | None) -> Mask:
    """Return which contacts hold their weeks in any case.

    They are over, or from before their pair, or made in somebody's place for elders who are not ``concerned``.
    """
    plan = past.plan
    covered = planned.stands_in_for >= 0
    if concerned is not None:
        covered &= ~concerned[planned.elder]
    possible = (covered | find_history(planned, plan)) & find_possible(planned, plan.month)
    return np.asarray((planned.day < past.day[planned.elder]) | possible)


def _plan_anew(
    planner: Planner,
    planned: Schedule,
    demand: Demand,
    first: FirstDays,
    start: date | None,
    concerned: Mask | None,
    settled: Mask | None = None,
) -> Schedule:
    """Return the month planned anew from ``start`` around what stands and what is retained.

    All contacts of elders who are ``settled``, (n_elders,), are.
    """
    plan, month = planner.plan, planner.plan.month
    begin = start or month.horizon.start
    who = np.ones(month.n_elders, dtype=bool) if concerned is None else concerned
    history = find_history(planned, plan) & find_possible(planned, month)
    stands = (planned.day < np.datetime64(begin)) | ~who[planned.elder] | history
    if settled is not None:
        stands |= settled[planned.elder]
    retained = Schedule.empty()
    if concerned is None and len(planned) and month.settings.schedule.keep_planned:
        visited = FirstVisits.find(plan, planned, first, demand)
        asked = first.ask(demand, visited)
        missed = first.find_missed_weeks(demand, visited)
        retained = planned.select(find_retainable_contacts(plan, planned, asked, stands, missed))
    return planner.plan_around(demand, planned.select(stands), retained, first, start)


def find_settled(plan: Plan, earlier: EarlierContacts, planned: Schedule, start: date | None) -> Mask:
    """Return elders of whose volunteer's month nothing is to be planned anew, and who had and have none, (n_elders,).

    Nothing that it was planned by has changed, nobody has changed a contact by hand, and no contact from ``start`` on
    breaks a rule.
    """
    month, known = plan.month, earlier.planned_by
    settled = plan.is_still_without
    if not (len(planned) and month.settings.schedule.keep_planned and earlier.missing is not None):
        return settled
    same = known.find_same(sum_inputs(month, plan.elder, plan.volunteer), sum_contacts(plan, planned, earlier.missing))
    is_same = np.array([who in same for who in month.roster.volunteers["id"].tolist()], dtype=bool)
    over = (planned.day < np.datetime64(start or month.horizon.start)) | (
        find_history(planned, plan) & find_possible(planned, month)
    )
    broken = planned.select(~over & ~find_unbroken(plan, planned))
    own = plan.volunteer_of[broken.elder]
    is_same[own[own >= 0]] = False
    is_same[broken.volunteer] = False
    settled[plan.elder] = is_same[plan.volunteer]
    return settled


def find_later_days(earlier: EarlierContacts, plan: Plan, settled: Mask, start: date | None) -> dict[int, date]:
    """Return elders who are ``settled``, and had been planned anew from a later day than ``start`` on, with that day.

    What an earlier command settled from its day on stays in force from that day, and nothing before it is due anew.
    """
    if start is None:
        return {}
    horizon = plan.month.horizon
    day = earlier.replanned.find_days(plan.month.roster.elders["id"].tolist(), horizon.start)
    who = np.flatnonzero(settled & (day > np.datetime64(start)))
    return dict(zip(who.tolist(), day[who].tolist(), strict=True))
