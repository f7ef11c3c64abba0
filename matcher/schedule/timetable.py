"""The timetable: contacts of a day in order, each with its start and end."""

from __future__ import annotations

import numpy as np

from matcher.schedule.caseload import Index
from matcher.schedule.limits import EMPTY, DayLimits, Grid, half_of, kind_of


def order_contacts(
    grid: Grid, volunteer: Index, neighbours: Index, first_half: int
) -> tuple[Index, Index, Index, Index]:
    """Every contact of a plan, in the order in which the volunteers make them.

    By volunteer, day and half-day; visits before calls, so that a caller is back home; visits of ``neighbours`` (people
    whose numbers are equal, such as those of one building) one after another.

    Returns:
        Row of ``grid``, day, half-day and kind of each contact, int64.
    """
    row, day = (place.astype(np.int64) for place in np.nonzero(grid != EMPTY))
    half, kind = (part(grid[row, day]).astype(np.int64) for part in (half_of, kind_of))
    order = np.lexsort((row, neighbours[row], kind, half != first_half, day, volunteer[row]))
    return row[order], day[order], half[order], kind[order]


def start_times(whose_day: Index, half: Index, kind: Index, limits: DayLimits) -> tuple[Index, Index]:
    """Place of each contact in its day, from 1, and its start in minutes after midnight.

    A half-day's first contact starts as its window opens, unless the pause after the other half-day's is not over.

    Args:
        whose_day: One number for each volunteer's day; contacts are in order, so equal numbers stand together.
        half: Each contact's half-day.
        kind: Each contact's kind.
        limits: Windows, lengths and pauses.
    """
    takes = np.array(limits.takes_min)[kind]
    later = (half != limits.first_half).astype(np.int64)
    before_in_day = _before(whose_day, takes)
    before_in_half = _before(2 * whose_day + later, takes)
    first_opens, later_opens = (limits.opens_min[limits.first_half], limits.opens_min[1 - limits.first_half])
    first_over = first_opens + before_in_day - before_in_half
    opens = np.where(
        later == 0, first_opens, np.maximum(later_opens, np.where(before_in_day > before_in_half, first_over, 0))
    )
    return _before(whose_day, np.ones_like(takes)) + 1, opens + before_in_half


def _before(group: Index, amount: Index) -> Index:
    """Sum of the amounts before each entry within its group; groups stand together."""
    before = np.cumsum(amount) - amount
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    lengths = np.diff(np.append(starts, len(group)))
    return np.asarray(before - np.repeat(before[starts], lengths), dtype=np.int64)
