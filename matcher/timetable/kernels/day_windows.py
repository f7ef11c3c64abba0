"""Compiled loops: the contacts of one volunteer's day, with their windows."""

from __future__ import annotations

import numpy as np

from matcher.compiling import scalar_step
from matcher.timetable.kernels.day_route import MAX_CONTACTS, insert_contact
from matcher.timetable.problem import VISIT, Fixed


@scalar_step
def get_length(kind, shared):
    """Return the minutes that a contact of a kind takes."""
    return shared.limits.visit_min if kind == VISIT else shared.limits.call_min


@scalar_step
def find_window(e, d, slot, kind, own, shared):
    """Return from and to of an elder's slot, for a visit less the hours without visits: the longer part left."""
    day_type = shared.day_type[d]
    opens, closes = np.int64(own.windows[e, day_type, slot, 0]), np.int64(own.windows[e, day_type, slot, 1])
    hot_from, hot_to = shared.no_visit_min[d, 0], shared.no_visit_min[d, 1]
    if kind == VISIT and hot_from < hot_to and opens < hot_to and closes > hot_from:
        before = min(closes, hot_from) - opens
        after = closes - max(opens, hot_to)
        if before >= after:
            closes = min(closes, hot_from)
        else:
            opens = max(opens, hot_to)
    elif kind == VISIT and hot_from > hot_to:  # the hours without visits go round midnight
        opens, closes = max(opens, hot_to), min(closes, hot_from)
    return opens, closes


@scalar_step
def fill_day(day, codes, d, without, only_half, own, shared):
    """Fill a day with its contacts but for one elder's; return how many, the visits among them, and their minutes.

    ``codes`` (elders,) has ``2 * slot + kind`` or NONE for each. Fixed contacts are added: all of the day with
    ``only_half`` below 0, else those of that half-day.
    """
    n, visits, minutes = np.int64(0), np.int64(0), np.int64(0)
    for e in range(len(codes)):  # invariant: the first n columns are ordered, and hold ``visits`` and ``minutes``
        code = codes[e]
        if e != without and code >= 0 and n < MAX_CONTACTS:
            kind = code % 2
            opens, closes = find_window(e, d, code // 2, kind, own, shared)
            length = get_length(kind, shared)
            insert_contact(day, n, opens, closes, length, e + 1 if kind == VISIT else -1, shared.half[code // 2], e)
            n += 1
            visits += kind == VISIT
            minutes += length
    fixed = own.fixed
    for f in range(len(fixed)):
        if fixed[f, Fixed.DAY] == d and n < MAX_CONTACTS and (only_half < 0 or fixed[f, Fixed.HALF] == only_half):
            opens, closes = fixed[f, Fixed.START], fixed[f, Fixed.END]
            insert_contact(day, n, opens, closes, closes - opens, fixed[f, Fixed.PLACE], fixed[f, Fixed.HALF], -1 - f)
            n += 1
            visits += fixed[f, Fixed.KIND] == VISIT
            minutes += closes - opens
    return n, visits, minutes
