"""Compiled loops: all that one volunteer's day can hold, as kinds of contact by elder."""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step
from matcher.timetable.kernels.day_route import MOST, ROWS, shortest_walk
from matcher.timetable.kernels.day_windows import (
    BETWEEN,
    MAX_CONTACTS,
    MAX_MINUTES,
    MAX_VISITS,
    VISIT,
    VISIT_MIN,
    fill_day,
    window,
)

_MOST_PARTS = 6000
TOO_LARGE = -1


@step
def _parts(d, only, own, world, parts, takes):
    """All that a half-day, or with ``only`` below 0 a whole day, can hold; returns how many, or TOO_LARGE.

    ``parts`` (n, elders) gets ``2 * slot + kind`` or -1, ``takes`` (n, 6) the contacts, visits and minutes, what stands
    among them; a number for the kinds of contact whatever their slots; the elders as bits, and the visits planned. The
    first part has nothing planned; no other has where what stands is too near each other.
    """
    may, half, limits = own.may, world.half, world.limits
    k = len(may)
    day = np.empty((ROWS, MOST + 1), np.int64)
    order, start = np.empty(MOST, np.int64), np.empty(MOST, np.int64)
    parts[0] = -1
    takes[0] = 0
    n, visits, minutes = fill_day(day, parts[0], d, np.int64(-1), only, own, world)
    walked = np.int64(0)
    if n > 0:
        walked = shortest_walk(day, n, own.walk, limits[BETWEEN], order, start)
    takes[0, 0], takes[0, 1], takes[0, 2] = n, visits, minutes + walked
    if walked < 0:
        takes[0, 2] = -1
    count = np.int64(1)
    unit = np.int64(1)
    for e in range(k if walked >= 0 else 0):
        before = count
        for i in range(before):
            for slot in range(len(half)):
                if only >= 0 and half[slot] != only:
                    continue
                for kind in range(2):
                    if not may[e, d, kind]:
                        continue
                    opens, closes = window(e, d, slot, kind, own, world)
                    if closes - opens < limits[VISIT_MIN + kind]:
                        continue
                    if count >= len(parts):
                        return np.int64(TOO_LARGE)
                    for other in range(k):
                        parts[count, other] = parts[i, other]
                    parts[count, e] = 2 * slot + kind
                    n, visits, minutes = fill_day(day, parts[count], d, np.int64(-1), only, own, world)
                    if n > limits[MAX_CONTACTS] or (kind == VISIT and visits > limits[MAX_VISITS]):
                        continue
                    walked = shortest_walk(day, n, own.walk, limits[BETWEEN], order, start)
                    if walked < 0 or minutes + walked > limits[MAX_MINUTES]:
                        continue
                    takes[count, 0], takes[count, 1], takes[count, 2] = n, visits, minutes + walked
                    takes[count, 3] = takes[i, 3] + unit * (1 + kind)
                    takes[count, 4] = takes[i, 4] | (np.int64(1) << e)
                    takes[count, 5] = takes[i, 5] + np.int64(kind == VISIT)
                    count += 1
        unit *= 3
    return count


@step
def _halves_apart(d, own, world):
    """Whether what one half-day holds leaves the other's free: the pause and any walk fit between their windows.

    What stands counts as a window of its own.
    """
    windows, half, walk, stands = own.windows, world.half, own.walk, own.stands
    span = np.empty((2, 2), np.int64)
    span[:, 0] = 1 << 20
    span[:, 1] = 0
    pause = world.limits[BETWEEN]
    for e in range(len(windows)):
        for slot in range(len(half)):
            opens, closes = windows[e, world.day_type[d], slot, 0], windows[e, world.day_type[d], slot, 1]
            if closes > opens:
                span[half[slot], 0] = min(span[half[slot], 0], opens)
                span[half[slot], 1] = max(span[half[slot], 1], closes)
    for f in range(len(stands)):
        if stands[f, 0] == d:
            span[stands[f, 5], 0] = min(span[stands[f, 5], 0], stands[f, 1])
            span[stands[f, 5], 1] = max(span[stands[f, 5], 1], stands[f, 2])
    for i in range(len(walk)):
        for j in range(len(walk)):
            pause = max(pause, walk[i, j])
    only_one = span[0, 1] == 0 or span[1, 1] == 0
    return only_one or span[1, 0] - span[0, 1] >= pause or span[0, 0] - span[1, 1] >= pause


@step
def _stands_on(d, stands):
    """Whether a contact stands on the day."""
    here = False
    for f in range(len(stands)):
        here = here or stands[f, 0] == d
    return here


@step
def day_ways(d, own, world, ways):
    """All that a day can hold: for each elder ``2 * slot + kind`` or -1, (n, elders). Returns n, or TOO_LARGE.

    Of ways that differ only in slots one is kept. Half-days that lie apart are looked at one by one.
    """
    k, limits = len(own.may), world.limits
    whole = not _halves_apart(d, own, world)
    parts, takes = np.empty((2, _MOST_PARTS, k), np.int64), np.empty((2, _MOST_PARTS, 6), np.int64)
    counts = np.empty(2, np.int64)
    for h in range(2):
        if whole and h == 1:  # the first holds the whole day: nothing is added
            parts[h, 0] = -1
            takes[h, 0] = 0
            counts[h] = 1
        else:
            counts[h] = _parts(d, np.int64(-1) if whole else np.int64(h), own, world, parts[h], takes[h])
        if counts[h] < 0:
            return np.int64(TOO_LARGE)
    crowded = takes[0, 0, 2] < 0 or takes[1, 0, 2] < 0
    seen = np.empty(3**k, np.bool_)
    seen[:] = False
    n = np.int64(0)
    for i in range(counts[0]):
        for j in range(counts[1]):
            code = takes[0, i, 3] + takes[1, j, 3]
            if takes[0, i, 4] & takes[1, j, 4] or seen[code]:
                continue
            if i > 0 or j > 0:  # nothing planned can always be
                planned = takes[0, i, 5] + takes[1, j, 5]
                if crowded or takes[0, i, 0] + takes[1, j, 0] > limits[MAX_CONTACTS]:
                    continue
                if planned > 0 and takes[0, i, 1] + takes[1, j, 1] > limits[MAX_VISITS]:
                    continue
                if takes[0, i, 2] + takes[1, j, 2] > limits[MAX_MINUTES]:
                    continue
            if n >= len(ways):
                return np.int64(TOO_LARGE)
            seen[code] = True
            for e in range(k):
                ways[n, e] = max(parts[0, i, e], parts[1, j, e])
            n += 1
    return n


@step
def day_alike(d, known, own, world):
    """A day before that can hold the same, and whose ways are known; or -1."""
    may, hot, day_type = own.may, world.hot, world.day_type
    found = np.int64(-1)
    for other in range(0 if _stands_on(d, own.stands) else d):
        if known[other] < 0 or day_type[other] != day_type[d] or _stands_on(other, own.stands):
            continue
        same = hot[other, 0] == hot[d, 0] and hot[other, 1] == hot[d, 1]
        for e in range(len(may)):
            for kind in range(2):
                same = same and may[e, other, kind] == may[e, d, kind]
        if same:
            found = other
            break
    return found
