"""The planner: pairs become dated, timed contacts, and what has no place is named with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.demand import Demand
from matcher.demand.time_windows import Hours
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import Schedule
from matcher.scheduling.build_problem import Free
from matcher.scheduling.unscheduled import unscheduled
from matcher.settings import Settings
from matcher.timetable.problem import Caseload, Index
from matcher.timetable.solve import Months, plan_months, timetable


def plan_visits(
    roster: Roster,
    elder: Index,
    volunteer: Index,
    horizon: Horizon,
    settings: Settings,
    *,
    last_contact: NDArray[np.datetime64] | None = None,
    fixed: Schedule | None = None,
    demand: Demand | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Schedule:
    """The contacts of all pairs in the horizon.

    Every hard rule of the settings' ``schedule`` section is kept. Each volunteer's contacts are as many as can be, then
    the visits among them, then the points of ``points`` are as high as was found; see ``Schedule.unproven`` for where
    the first two are not proved. Same pairs, same result, in whatever order they come.

    Args:
        roster: The people.
        elder: Each pair's elder, index into the roster; no elder comes twice.
        volunteer: Each pair's volunteer, index into the roster.
        horizon: The dates to plan.
        settings: What is due, when and how long.
        last_contact: The date of each pair's elder's last contact before the horizon, whoever made it, (pairs,)
            datetime64, NaT where unknown: the gap across the month's border counts as any other. None: all unknown.
        fixed: Contacts that stand: before the day from which a month is planned anew, or pinned by hand. They come
            back as they are (people, day, times, kind), among the others in order. They count towards what their
            elder is due in the week and in the elder's gaps, whichever volunteer makes them, and they fill the day of
            their volunteer, also with elders who are not among the pairs. Their elders get nothing else on that day.
        demand: What is due and when it may be, a row a pair as in ``elder``; None: ``Demand.usual``.
        progress: Called now and then with steps done and steps in all.

    Raises:
        InputError: the holidays of a year are not known, or their file is at fault.
    """
    order = np.lexsort((elder, volunteer))
    demand = (demand or Demand.usual(roster, elder, horizon, settings)).of_pairs(order)
    if last_contact is None:
        last_contact = np.full(len(elder), np.datetime64("NaT", "D"))
    last_contact = last_contact.astype("datetime64[D]")[order]
    elder, volunteer = elder[order], volunteer[order]
    assert len(np.unique(elder)) == len(elder), "an elder has one volunteer"
    fixed = fixed if fixed is not None else Schedule.empty()
    calendar = Calendar.of(horizon, settings.schedule)
    hours = Hours.of(roster, elder, volunteer, calendar, settings.schedule)
    free = Free.of(roster, elder, volunteer, horizon, settings, calendar, hours, demand, last_contact)
    caseload = free.beside(fixed)
    months = plan_months(caseload, _steps(progress, len(elder)))
    visits = _visits(elder, volunteer, caseload, months, calendar, fixed)
    return replace(
        visits,
        unscheduled=unscheduled(elder, volunteer, months.grid, caseload, hours, demand, calendar),
        contacts_due=int(demand.contacts.sum()) + _beyond(elder, demand, fixed, horizon),
        calendar_announced=calendar.announced,
        unproven=months.unproven,
        points=int(months.points.sum()),
        points_bound=int(months.bound.sum()),
    )


def _beyond(elder: Index, demand: Demand, fixed: Schedule, horizon: Horizon) -> int:
    """How many contacts stand that nobody would be due now: of elders who are no pair's, or more than the week's."""
    who, day = np.unique(np.column_stack([fixed.elder, fixed.index_days(horizon.start)]), axis=0).reshape(-1, 2).T
    row_of = np.full(max(elder.max(initial=0), who.max(initial=0)) + 1, -1, dtype=np.int64)
    row_of[elder] = np.arange(len(elder))
    row = row_of[who]
    stand = np.zeros_like(demand.contacts)
    np.add.at(stand, (row[row >= 0], demand.week[day[row >= 0]]), 1)
    return int(np.maximum(stand - demand.contacts, 0).sum() + (row < 0).sum())


def _steps(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None]:
    """Something that adds up steps and tells ``progress``."""
    done = 0

    def tell(steps: int) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    return tell


def _visits(
    elder: Index, volunteer: Index, caseload: Caseload, months: Months, calendar: Calendar, fixed: Schedule
) -> Schedule:
    """All contacts in order: those planned, and those that stand as they are."""
    rows = timetable(caseload, months.grid)
    walking = int(rows[:, 7].sum())
    rows = rows[rows[:, 3] >= 0]
    pair = rows[:, 3]
    day, start_min, end_min, kind = calendar.day[rows[:, 1]], rows[:, 4], rows[:, 5], rows[:, 6]
    made = Schedule(elder[pair], volunteer[pair], day, start_min, end_min, kind, order_of_day=np.zeros_like(pair))
    return replace(made.merged_with(fixed), walking_min=walking)
