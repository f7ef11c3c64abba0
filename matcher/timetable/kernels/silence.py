"""A compiled loop: the fewest days of silence that each elder could have alone with the volunteer.

Dynamic programming over days: of all ways to come to a last contact and a number of contacts in its week, the one with
the fewest silent days.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.compiling import loop
from matcher.timetable.problem import Index, Mask

_NO_WAY = 1 << 40
"""More days than any silence has."""


class Silences(NamedTuple):
    """Days and limits on which n elders' silence depends."""

    fixed: Mask
    """Days of fixed contacts, (n, days)."""
    possible: Mask
    """Days on which there could be another, (n, days)."""
    week: Index
    """Each day's week, (days,)."""
    due: Index
    """Contacts due, (n, weeks); who is due none is never silent."""
    gap: Index
    """Most days on end without a contact, (n,)."""
    begin: Index
    """The day before the first that counts as silent, (n,)."""
    end: Index
    """The last day on the programme, (n,)."""


@loop
def bound_silence(silences, fewest):
    """Fill the fewest silent days of each elder, (n,)."""
    fixed, possible, week, due, gap, begin, end = silences
    days = len(week)
    width = np.int64(1)
    for e in range(len(due)):
        for w in range(due.shape[1]):
            width = max(width, due[e, w] + 1)
    best = np.empty((days + 1, width), np.int64)  # by the last contact, 0: none yet, and contacts of its week
    for e in range(len(due)):
        total = np.int64(0)
        for w in range(due.shape[1]):
            total += due[e, w]
        fewest[e] = 0
        if total == 0:
            continue
        best[:] = _NO_WAY
        best[0, 0] = 0
        left = np.int64(0)
        for d in range(days):  # invariant: rows up to d have the fewest silent days up to that contact
            if d == 0 or week[d] != week[d - 1]:
                left = due[e, week[d]]
                for other in range(d, days):
                    if week[other] == week[d] and fixed[e, other]:
                        left -= 1
                for last in range(d + 1):
                    for count in range(1, width):
                        best[last, 0] = min(best[last, 0], best[last, count])
                        best[last, count] = _NO_WAY
            if not fixed[e, d] and not possible[e, d]:
                continue
            more = np.int64(not fixed[e, d])
            for last in range(d + 1):
                silent = max(d - (last - 1 if last > 0 else begin[e]) - 1 - gap[e], 0)
                for count in range(width if more == 0 else max(min(left, width - 1), 0)):
                    best[d + 1, count + more] = min(best[d + 1, count + more], best[last, count] + silent)
                    if more == 0:
                        best[last, count] = _NO_WAY
        fewest[e] = _NO_WAY
        for last in range(days + 1):
            tail = max(max(end[e] - (last - 1 if last > 0 else begin[e]), 0) - gap[e], 0)
            for count in range(width):
                fewest[e] = min(fewest[e], best[last, count] + tail)
