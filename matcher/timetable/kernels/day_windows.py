"""Compiled loops: the contacts of one volunteer's day, with their windows and limits."""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step
from matcher.timetable.kernels.day_route import MOST, put

VISIT, CALL = 0, 1
MAX_CONTACTS, MAX_VISITS, MAX_MINUTES, BETWEEN, VISIT_MIN, CALL_MIN = 0, 1, 2, 3, 4, 5


@step
def window(e, d, slot, kind, own, world):
    """From and to of an elder's slot, less the hot hours for a visit: the longer part that they leave."""
    at = world.day_type[d]
    opens, closes = own.windows[e, at, slot, 0], own.windows[e, at, slot, 1]
    hot_from, hot_to = world.hot[d, 0], world.hot[d, 1]
    if kind == VISIT and hot_from < hot_to and opens < hot_to and closes > hot_from:
        before = min(closes, hot_from) - opens
        after = closes - max(opens, hot_to)
        if before >= after:
            closes = min(closes, hot_from)
        else:
            opens = max(opens, hot_to)
    return opens, closes


@step
def fill_day(day, codes, d, without, only, own, world):
    """The contacts of a day but for one elder's; returns how many, the visits among them, and their minutes.

    ``codes`` (elders,) has ``2 * slot + kind`` or -1 for each; contacts that stand are added, with ``only`` at or
    above 0 those of that half-day.
    """
    n, visits, minutes = np.int64(0), np.int64(0), np.int64(0)
    for e in range(len(codes)):
        code = codes[e]
        if e != without and code >= 0 and n < MOST:
            kind = code % 2
            opens, closes = window(e, d, code // 2, kind, own, world)
            length = world.limits[VISIT_MIN + kind]
            put(day, n, opens, closes, length, e + 1 if kind == VISIT else -1, world.half[code // 2], e)
            n += 1
            visits += kind == VISIT
            minutes += length
    stands = own.stands
    for f in range(len(stands)):
        if stands[f, 0] == d and n < MOST and (only < 0 or stands[f, 5] == only):
            opens, closes = stands[f, 1], stands[f, 2]
            put(day, n, opens, closes, closes - opens, stands[f, 4], stands[f, 5], -1 - f)
            n += 1
            visits += stands[f, 3] == VISIT
            minutes += closes - opens
    return n, visits, minutes
