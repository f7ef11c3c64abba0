"""The planner: pairs become dated, timed contacts, and what has no place is named with its reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule.cadence import Cadence
from matcher.schedule.calendar import Calendar
from matcher.schedule.caseload import Caseload, Index
from matcher.schedule.limits import DayLimits, Grid
from matcher.schedule.months import plan_months
from matcher.schedule.openness import Openness
from matcher.schedule.reasons import REASONS, missing, reasons
from matcher.schedule.timetable import order_contacts, start_times
from matcher.schedule.visits import Unscheduled, Visits
from matcher.settings import Schedule, Settings


def plan_visits(
    roster: Roster,
    elder: Index,
    volunteer: Index,
    horizon: Horizon,
    settings: Settings,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Visits:
    """The contacts of all pairs in the horizon.

    Every rule of the settings' ``schedule`` section is kept. Each volunteer's contacts are as many as can be, then the
    visits among them; see ``months`` for what is proved and ``Visits.unproven`` for where it is not. Same pairs, same
    result, in whatever order they come.

    Args:
        roster: The people.
        elder: Each pair's elder, index into the roster; no elder comes twice.
        volunteer: Each pair's volunteer, index into the roster.
        horizon: The dates to plan.
        settings: What is due, when and how long.
        progress: Called now and then with steps done and steps in all.
    """
    order = np.lexsort((elder, volunteer))
    elder, volunteer = elder[order], volunteer[order]
    assert len(np.unique(elder)) == len(elder), "an elder has one volunteer"
    schedule = settings.schedule
    calendar = Calendar.of(horizon, schedule)
    openness = Openness.of(roster, elder, volunteer, calendar)
    caseload = Caseload(
        free=openness.free,
        volunteer=np.unique(volunteer, return_inverse=True)[1].astype(np.int64),
        cadence=_cadence(roster.elders, elder, horizon, schedule),
        weekday=calendar.weekday,
        week=calendar.week,
        limits=DayLimits.of(schedule),
    )
    months = plan_months(caseload, _steps(progress, 2 * len(elder)))
    row, day, half, kind = order_contacts(
        months.grid, caseload.volunteer, _neighbours(roster.elders, elder), caseload.limits.first_half
    )
    whose_day = caseload.volunteer[row] * horizon.days + day
    order_of_day, start_min = start_times(whose_day, half, kind, caseload.limits)
    return Visits(
        elder=elder[row],
        volunteer=volunteer[row],
        day=calendar.day[day],
        start_min=start_min,
        end_min=start_min + np.array(caseload.limits.length_min)[kind],
        kind=kind,
        order_of_day=order_of_day,
        unscheduled=_unscheduled(elder, volunteer, months.grid, openness, caseload, calendar),
        contacts_due=int(caseload.cadence.contacts.sum()),
        calendar_announced=calendar.announced,
        unproven=months.unproven,
    )


def _steps(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None]:
    """Something that adds up steps and tells ``progress``."""
    done = 0

    def tell(steps: int) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    return tell


def _cadence(elders: pd.DataFrame, who: Index, horizon: Horizon, schedule: Schedule) -> Cadence:
    """What each elder is due: their own numbers, or the settings' where they have none."""

    def own(column: str, default: int) -> Index:
        return elders[column].fillna(default).to_numpy().astype(np.int64)[who]

    contacts = own("contacts_per_week", schedule.contacts_per_week)
    visits = own("visits_per_month", schedule.visits_per_month)
    return Cadence.of(horizon, contacts, visits, schedule.min_gap_days)


def _neighbours(elders: pd.DataFrame, who: Index) -> Index:
    """One number for each building; people without one are each their own."""
    building = elders["building"].to_numpy().astype(str)[who]
    _, number = np.unique(building, return_inverse=True)
    return np.where(building == "", len(who) + np.arange(len(who)), number).astype(np.int64)


def _unscheduled(
    elder: Index,
    volunteer: Index,
    grid: Grid,
    openness: Openness,
    caseload: Caseload,
    calendar: Calendar,
) -> tuple[Unscheduled, ...]:
    """Every gap between due and planned, by elder, week and kind."""
    short = missing(grid, caseload.cadence, caseload.week)
    why = reasons(grid, openness, caseload, calendar)
    week_start = calendar.day[np.flatnonzero(np.diff(caseload.week, prepend=-1))].tolist()
    pair, week, kind = np.nonzero(short)
    order = np.lexsort((kind, week, elder[pair]))
    pair, week, kind = pair[order], week[order], kind[order]
    return tuple(
        Unscheduled(who, whom, week_start[number], what, amount, REASONS[reason])
        for who, whom, number, what, amount, reason in zip(
            elder[pair].tolist(),
            volunteer[pair].tolist(),
            week.tolist(),
            kind.tolist(),
            short[pair, week, kind].tolist(),
            why[pair, week].tolist(),
            strict=True,
        )
    )
