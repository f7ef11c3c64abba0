"""Compiled loops: the order of one volunteer's day, by shortest walk, with every contact inside its window.

This is the travelling salesman's problem with time windows for one day, solved by depth-first branch and bound (Baker
1983): a partial order is left as soon as it walks no less than the best whole order found. Up to seven contacts it is
exact; a day of more is left after ``_MAX_STEPS`` steps with the best order found by then. The dynamic programme of Held
and Karp (1962) keeps a value for every subset and last contact; days are short enough to do without.

A contact has a window, a length, a place (NONE for a call, which is made from anywhere) and a half-day. Walks are whole
minutes between the places of one volunteer, of which 0 is home; an outing is the visits of one half-day: from home to
the first, on to the next, from the last back home.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from matcher.compiling import scalar_step, step
from matcher.timetable.problem import Index

MAX_CONTACTS = 64
"""The most contacts that a day may hold: ``used`` in the search is a set of as many bits."""
_MAX_STEPS = 3000
"""Steps of a search: seven contacts that all fit everywhere are searched whole, more are not."""
_MINUTE_BASE = 1 << 11
"""Minutes of a day, at most 1,440, are below it."""
_LABEL_BASE = 1 << 12
"""Labels differ by less: a volunteer has below 2,048 elders, and as few fixed contacts in a month of 31 days of 64."""
_INFINITE = 1 << 30


class Row(IntEnum):
    """Rows of ``Workspace.day``, a column a contact. Those from END on belong to the search, a column a depth."""

    OPENS = 0
    CLOSES = 1
    LENGTH = 2
    PLACE = 3
    HALF = 4
    LABEL = 5
    """An elder's place among the volunteer's pairs; of a fixed contact -1 less its row in ``fixed``."""
    END = 6
    """When the last contact of the partial order ends."""
    FROM = 7
    """Place of its last visit, or NONE."""
    FROM_HALF = 8
    """Half-day of its last visit."""
    WALKED = 9
    """Minutes that it walks, without the way home."""
    NEXT = 10
    """The contact to try next at this depth."""
    FREE = 11
    """When its last visit ends, and as many minutes later as calls after it take."""
    CHOSEN = 12
    """The contact that is next in the partial order, at each depth above its own."""
    BEGIN = 13
    """When that begins."""


_CONTACT_ROWS, _ROWS = 6, 14


class Workspace(NamedTuple):
    """Arrays to work in: a day's contacts, and the order and the starts that were found for them."""

    day: Index
    """See ``Row``, (14, MAX_CONTACTS + 1)."""
    order: Index
    start: Index


@step
def make_workspace():
    """Return arrays to work in."""
    day = np.empty((_ROWS, MAX_CONTACTS + 1), np.int64)
    return Workspace(day, np.empty(MAX_CONTACTS, np.int64), np.empty(MAX_CONTACTS, np.int64))


@scalar_step
def insert_contact(day, n, opens, closes, length, place, half, label):
    """Add a contact to a day of n, ordered by opening, visits before calls, closing, label; return where it stands."""
    at = n
    key = ((opens * 2 + (place < 0)) * _MINUTE_BASE + closes) * _LABEL_BASE + label
    while at > 0:  # invariant: contacts from ``at`` on, moved one to the right, come after the new one
        o, c = day[Row.OPENS, at - 1], day[Row.CLOSES, at - 1]
        other = ((o * 2 + (day[Row.PLACE, at - 1] < 0)) * _MINUTE_BASE + c) * _LABEL_BASE + day[Row.LABEL, at - 1]
        if other <= key:
            break
        for row in range(_CONTACT_ROWS):
            day[row, at] = day[row, at - 1]
        at -= 1
    day[Row.OPENS, at] = opens
    day[Row.CLOSES, at] = closes
    day[Row.LENGTH, at] = length
    day[Row.PLACE, at] = place
    day[Row.HALF, at] = half
    day[Row.LABEL, at] = label
    return at


@scalar_step
def remove_contact(day, n, at):
    """Take the contact at a place out of a day of n."""
    for other in range(at, n - 1):
        for row in range(_CONTACT_ROWS):
            day[row, other] = day[row, other + 1]


@scalar_step
def find_shortest_route(space, n, travel_min, pause_min):
    """Return the minutes walked on the day's shortest way round, or -1 where no order fits.

    Fills ``order`` and ``start`` of the workspace, if there is an order.
    """
    day = space.day
    best = _INFINITE
    used = np.int64(0)
    day[Row.NEXT, 0] = 0
    day[Row.FROM, 0] = -1
    day[Row.WALKED, 0] = 0
    day[Row.FROM_HALF, 0] = -1
    day[Row.FREE, 0] = 0
    depth = 0
    steps = 0
    # invariant: the first ``depth`` of CHOSEN are the bits of ``used``, fit their windows in this order, and walk less
    # than ``best``; all orders that begin so with a contact before ``NEXT`` at this depth are done with
    while depth >= 0:
        if depth == n:
            total = day[Row.WALKED, n]
            if day[Row.FROM, n] >= 0:
                total += travel_min[day[Row.FROM, n], 0]
            if total < best:
                best = total
                for at in range(n):
                    space.order[at] = day[Row.CHOSEN, at]
                    space.start[at] = day[Row.BEGIN, at]
            depth -= 1
            used ^= np.int64(1) << day[Row.CHOSEN, depth]
            continue
        i = day[Row.NEXT, depth]
        while i < n and (used >> i) & 1:
            i += 1
        if i >= n or steps > _MAX_STEPS:
            depth -= 1
            if depth >= 0:
                used ^= np.int64(1) << day[Row.CHOSEN, depth]
            continue
        day[Row.NEXT, depth] = i + 1
        steps += 1
        here = day[Row.PLACE, i]
        if here < 0:  # of calls that are alike only the first is tried
            twin = False
            for j in range(i):
                if not (used >> j) & 1 and day[Row.PLACE, j] < 0:
                    same = day[Row.OPENS, j] == day[Row.OPENS, i] and day[Row.CLOSES, j] == day[Row.CLOSES, i]
                    if same and day[Row.LENGTH, j] == day[Row.LENGTH, i]:
                        twin = True
            if twin:
                continue
        at = day[Row.OPENS, i]
        before = day[Row.FROM, depth]
        if depth > 0:
            at = max(at, day[Row.END, depth] + pause_min)
            if here >= 0 and before >= 0:
                same = day[Row.FROM_HALF, depth] == day[Row.HALF, i]
                at = max(at, (day[Row.END, depth] if same else day[Row.FREE, depth]) + travel_min[before, here])
        if at + day[Row.LENGTH, i] > day[Row.CLOSES, i]:
            continue
        walked = day[Row.WALKED, depth]
        if here >= 0:
            if before < 0:
                walked += travel_min[0, here]
            elif day[Row.FROM_HALF, depth] == day[Row.HALF, i]:
                walked += travel_min[before, here]
            else:
                walked += travel_min[before, 0] + travel_min[0, here]
        if walked >= best:
            continue
        day[Row.CHOSEN, depth] = i
        day[Row.BEGIN, depth] = at
        used |= np.int64(1) << i
        depth += 1
        day[Row.END, depth] = at + day[Row.LENGTH, i]
        # to the next half-day's first visit one also walks in pauses between calls: so half-days apart do not touch
        day[Row.FREE, depth] = day[Row.END, depth] if here >= 0 else day[Row.FREE, depth - 1] + day[Row.LENGTH, i]
        day[Row.FROM, depth] = here if here >= 0 else before
        day[Row.FROM_HALF, depth] = day[Row.HALF, i] if here >= 0 else day[Row.FROM_HALF, depth - 1]
        day[Row.WALKED, depth] = walked
        day[Row.NEXT, depth] = 0
    return best if best < _INFINITE else -1
