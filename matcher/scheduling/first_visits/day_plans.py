"""Day plans: what people have in their days, whoever's contact it is, as arrays for the compiled loops."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import index_days
from matcher.demand.time_windows import find_half_days
from matcher.demand.travel_times import Homes, TravelTimes
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.build_problem import make_limits
from matcher.scheduling.first_visits.kernels.day_plans import N_ENTRY, NO, DayEntry, DayPlans
from matcher.settings import Settings
from matcher.timetable.kernels.arrays import make_plain
from matcher.timetable.kernels.day_route import MAX_CONTACTS

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_DAY_MIN = 24 * 60


def build_day_plans(
    who: Index, whom: Index, days: Mask, standing: Schedule, roster: Roster, horizon: Horizon, settings: Settings
) -> tuple[DayPlans, Index, Index]:
    """Return the day plans of ``who``; who the P people are; and the place to which each visit would lead.

    The people are roster indices in order; a place is one in the matrix of who would walk to it, (n,).

    Args:
        who: Volunteers who may get a visit more, roster indices, (n,).
        whom: The elder to be visited, likewise.
        days: On which days, (n, D).
        standing: What all have in their days.
        roster: The people.
        horizon: The D dates.
        settings: Limits, windows, walks.
    """
    people = np.unique(who)
    day = index_days(standing.day, horizon)
    theirs = np.flatnonzero(np.isin(standing.volunteer, people) & (day >= 0) & (day < horizon.days))
    is_visit = standing.kind[theirs] == VISIT
    person, holder = np.searchsorted(people, who), np.searchsorted(people, standing.volunteer[theirs])
    size = max(len(roster.elders), 1)
    asked, held = person * size + whom, holder * size + standing.elder[theirs]
    homes = np.unique(np.concatenate([asked, held[is_visit]]))
    first = np.searchsorted(homes // size, np.arange(len(people) + 1))
    people_homes = Homes.find(roster, settings)
    travel = TravelTimes.compute(people_homes, settings, people, homes % size, np.diff(first) + 1)
    place = np.searchsorted(homes, asked) - first[person] + 1
    cell = holder * horizon.days + day[theirs]
    cells = len(people) * horizon.days
    count = np.bincount(cell, minlength=cells).astype(np.int64)
    row, on = np.nonzero(days)
    more = np.bincount(person[row] * horizon.days + on, minlength=cells)
    limits = make_limits(settings.schedule)
    room = count + np.minimum(more, np.maximum(min(limits.contacts, MAX_CONTACTS) - count, 0))
    cell_start = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    entries = np.full((int(cell_start[-1]), N_ENTRY), NO, dtype=np.int64)
    order = np.argsort(cell, kind="stable")
    at = cell_start[cell[order]] + np.arange(len(order)) - (np.cumsum(count) - count)[cell[order]]
    entries[at, DayEntry.START] = standing.start_min[theirs][order]
    entries[at, DayEntry.END] = standing.end_min[theirs][order]
    held_place = np.where(is_visit, np.searchsorted(homes, held) - first[holder] + 1, NO)
    entries[at, DayEntry.PLACE] = held_place[order]
    plans = DayPlans(
        cell_start=make_plain(cell_start),
        filled=make_plain(count),
        entries=make_plain(entries),
        matrices=make_plain(np.column_stack([travel.start[:-1], travel.places])),
        travel_min=make_plain(travel.minutes),
        half=find_half_days(np.arange(_DAY_MIN), settings.schedule),
        accompanied=np.zeros(cells, dtype=np.int64),
        n_days=horizon.days,
        max_accompanied=settings.new_pair.most_accompanied_per_day,
        limits=limits,
    )
    return plans, people, place
