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
from matcher.schedule import Visits
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
    fixed: Visits | None = None,
    demand: Demand | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Visits:
    """The contacts of all pairs in the horizon.

    Every hard rule of the settings' ``schedule`` section is kept. Each volunteer's contacts are as many as can be, then
    the visits among them, then the points of ``points`` are as high as was found; see ``Visits.unproven`` for where
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
    fixed = fixed if fixed is not None else Visits.none()
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


def _beyond(elder: Index, demand: Demand, fixed: Visits, horizon: Horizon) -> int:
    """How many contacts stand that nobody would be due now: of elders who are no pair's, or more than the week's."""
    day = (fixed.day.astype("datetime64[D]") - np.datetime64(horizon.start)).astype(np.int64)
    who, day = np.unique(np.column_stack([fixed.elder, day]), axis=0).reshape(-1, 2).T
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
    elder: Index, volunteer: Index, caseload: Caseload, months: Months, calendar: Calendar, fixed: Visits
) -> Visits:
    """All contacts in order: those planned, and those that stand as they are."""
    rows = timetable(caseload, months.grid)
    walking = int(rows[:, 7].sum())
    rows = rows[rows[:, 3] >= 0]
    pair = rows[:, 3]
    columns = {
        "elder": np.concatenate([elder[pair], fixed.elder]),
        "volunteer": np.concatenate([volunteer[pair], fixed.volunteer]),
        "day": np.concatenate([calendar.day[rows[:, 1]], fixed.day.astype("datetime64[D]")]),
        "start_min": np.concatenate([rows[:, 4], fixed.start_min]),
        "end_min": np.concatenate([rows[:, 5], fixed.end_min]),
        "kind": np.concatenate([rows[:, 6], fixed.kind]),
    }
    order = np.lexsort(tuple(columns[name] for name in ("elder", "end_min", "start_min", "day", "volunteer")))
    columns = {name: column[order] for name, column in columns.items()}
    new_day = np.diff(columns["volunteer"], prepend=-1) != 0
    new_day[1:] |= columns["day"][1:] != columns["day"][:-1]
    first = np.flatnonzero(new_day)
    place = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order))) + 1
    return Visits(
        columns["elder"],
        columns["volunteer"],
        columns["day"],
        columns["start_min"],
        columns["end_min"],
        columns["kind"],
        place.astype(np.int64),
        walking_min=walking,
    )
