"""The planner: pairs become dated, timed contacts, and what has no place is named with its reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule.cadence import Cadence
from matcher.schedule.calendar import Calendar
from matcher.schedule.caseload import Caseload, Index
from matcher.schedule.demand import Demand
from matcher.schedule.limits import DayLimits, Grid
from matcher.schedule.months import plan_months
from matcher.schedule.openness import Openness
from matcher.schedule.reasons import REASONS, missing, reasons
from matcher.schedule.timetable import order_contacts, start_times
from matcher.schedule.visits import Unscheduled, Visits
from matcher.settings import Settings


def plan_visits(
    roster: Roster,
    elder: Index,
    volunteer: Index,
    horizon: Horizon,
    settings: Settings,
    *,
    last_contact: NDArray[np.datetime64] | None = None,  # noqa: ARG001 - gaps become costs
    fixed: Visits | None = None,  # noqa: ARG001 - the same
    demand: Demand | None = None,
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
        last_contact: The date of each pair's elder's last contact before the horizon, whoever made it, (pairs,)
            datetime64, NaT where unknown: the gap across the month's border counts as any other. None: all unknown.
        fixed: Contacts that stand: before the day from which a month is planned anew, or pinned by hand. They come
            back as they are (people, day, times, kind), among the others in order. They count towards what their
            elder is due in the week and in the elder's gaps, whichever volunteer makes them, and they fill the day of
            their volunteer, also with elders who are not among the pairs. Their elders get nothing else on that day.
        demand: What is due and when it may be, a row a pair as in ``elder``; None: ``Demand.usual``.
        progress: Called now and then with steps done and steps in all.
    """
    order = np.lexsort((elder, volunteer))
    demand = (demand or Demand.usual(roster, elder, horizon, settings)).of_pairs(order)
    elder, volunteer = elder[order], volunteer[order]
    assert len(np.unique(elder)) == len(elder), "an elder has one volunteer"
    schedule = settings.schedule
    calendar = Calendar.of(horizon, schedule)
    openness = Openness.of(roster, elder, volunteer, calendar)
    gap_days = Cadence.usual(roster.elders, elder, horizon, schedule).gap_days
    caseload = Caseload(
        free=openness.free & demand.may_contact[:, :, None],
        volunteer=np.unique(volunteer, return_inverse=True)[1].astype(np.int64),
        cadence=Cadence(demand.contacts, demand.visits, gap_days),
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
