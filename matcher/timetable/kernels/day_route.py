"""Compiled loops: the order of one volunteer's day, by shortest walk, with every contact inside its window.

A contact has a window, a length, a place (-1 for a call, which is made from anywhere) and a half-day. Walks are whole
minutes between the places of one volunteer, of which 0 is home; an outing is the visits of one half-day: from home to
the first, on to the next, from the last back home.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step

MOST = 64
"""The most contacts that a day may hold."""
_NODES = 3000
"""How many steps a search may take: seven contacts that all fit everywhere are searched whole, more are not."""
ROWS = 12
OPENS, CLOSES, LENGTH, PLACE, HALF, LABEL = 0, 1, 2, 3, 4, 5
_END, _FROM, _FROM_HALF, _WALKED, _NEXT, _FREE = 6, 7, 8, 9, 10, 11


@step
def put(day, n, opens, closes, length, place, half, label):
    """Add a contact to a day of n, (ROWS, MOST + 1), in order of opening, visits before calls, then closing, label."""
    at = n
    key = ((opens * 2 + (place < 0)) * 2048 + closes) * 4096 + label
    while at > 0:
        o, c = day[OPENS, at - 1], day[CLOSES, at - 1]
        if ((o * 2 + (day[PLACE, at - 1] < 0)) * 2048 + c) * 4096 + day[LABEL, at - 1] <= key:
            break
        for row in range(6):
            day[row, at] = day[row, at - 1]
        at -= 1
    day[OPENS, at] = opens
    day[CLOSES, at] = closes
    day[LENGTH, at] = length
    day[PLACE, at] = place
    day[HALF, at] = half
    day[LABEL, at] = label
    return at


@step
def drop(day, n, at):
    """Take the contact at a place out of a day of n."""
    for other in range(at, n - 1):
        for row in range(6):
            day[row, other] = day[row, other + 1]


@step
def shortest_walk(day, n, walk, between, order, start):
    """Minutes walked on the day's shortest way round, or -1 where no order fits; fills its ``order`` and ``start``."""
    best = 1 << 30
    used = np.int64(0)
    chosen = np.empty(n, np.int64)
    begin = np.empty(n, np.int64)
    day[_NEXT, 0] = 0
    day[_FROM, 0] = -1
    day[_WALKED, 0] = 0
    day[_FROM_HALF, 0] = -1
    day[_FREE, 0] = 0
    depth = 0
    nodes = 0
    while depth >= 0:
        if depth == n:
            total = day[_WALKED, n]
            if day[_FROM, n] >= 0:
                total += walk[day[_FROM, n], 0]
            if total < best:
                best = total
                for at in range(n):
                    order[at] = chosen[at]
                    start[at] = begin[at]
            depth -= 1
            used ^= np.int64(1) << chosen[depth]
            continue
        i = day[_NEXT, depth]
        while i < n and (used >> i) & 1:
            i += 1
        if i >= n or nodes > _NODES:
            depth -= 1
            if depth >= 0:
                used ^= np.int64(1) << chosen[depth]
            continue
        day[_NEXT, depth] = i + 1
        nodes += 1
        here = day[PLACE, i]
        if here < 0:  # of calls that are alike only the first is tried
            twin = False
            for j in range(i):
                if not (used >> j) & 1 and day[PLACE, j] < 0:
                    same = day[OPENS, j] == day[OPENS, i] and day[CLOSES, j] == day[CLOSES, i]
                    if same and day[LENGTH, j] == day[LENGTH, i]:
                        twin = True
            if twin:
                continue
        at = day[OPENS, i]
        before = day[_FROM, depth]
        if depth > 0:
            at = max(at, day[_END, depth] + between)
            if here >= 0 and before >= 0:
                same = day[_FROM_HALF, depth] == day[HALF, i]
                at = max(at, (day[_END, depth] if same else day[_FREE, depth]) + walk[before, here])
        if at + day[LENGTH, i] > day[CLOSES, i]:
            continue
        walked = day[_WALKED, depth]
        if here >= 0:
            if before < 0:
                walked += walk[0, here]
            elif day[_FROM_HALF, depth] == day[HALF, i]:
                walked += walk[before, here]
            else:
                walked += walk[before, 0] + walk[0, here]
        if walked >= best:
            continue
        chosen[depth] = i
        begin[depth] = at
        used |= np.int64(1) << i
        depth += 1
        day[_END, depth] = at + day[LENGTH, i]
        # to the next half-day's first visit one also walks in pauses between calls: so half-days apart do not touch
        day[_FREE, depth] = day[_END, depth] if here >= 0 else day[_FREE, depth - 1] + day[LENGTH, i]
        day[_FROM, depth] = here if here >= 0 else before
        day[_FROM_HALF, depth] = day[HALF, i] if here >= 0 else day[_FROM_HALF, depth - 1]
        day[_WALKED, depth] = walked
        day[_NEXT, depth] = 0
    return best if best < 1 << 30 else -1
