"""Compiled loops: all that one volunteer's day can hold, as kinds of contact by elder."""

from __future__ import annotations

import numpy as np
from numba import njit

from matcher.schedule.day_order import MOST, ROWS, put, shortest_walk
from matcher.schedule.volunteer_month import BETWEEN, MAX_CONTACTS, MAX_MINUTES, MAX_VISITS, VISIT, VISIT_MIN, window

_MOST_PARTS = 6000
TOO_LARGE = -1


@njit(cache=True, nogil=True)
def _parts(d, only, may, windows, day_type, half, hot, limits, stands, walk, parts, takes):
    """All that a half-day, or with ``only`` below 0 a whole day, can hold; returns how many, or TOO_LARGE.

    ``parts`` (n, elders) gets ``2 * slot + kind`` or -1, ``takes`` (n, 3) the contacts, visits and minutes.
    """
    k = len(may)
    day = np.empty((ROWS, MOST + 1), np.int64)
    order = np.empty(MOST, np.int64)
    start = np.empty(MOST, np.int64)
    parts[0] = -1
    takes[0] = 0
    count = 1
    for e in range(k):
        before = count
        for i in range(before):
            for slot in range(windows.shape[2]):
                if only >= 0 and half[slot] != only:
                    continue
                for kind in range(2):
                    if not may[e, d, kind]:
                        continue
                    opens, closes = window(windows[e, day_type[d]], d, slot, kind, hot)
                    if closes - opens < limits[VISIT_MIN + kind]:
                        continue
                    if count >= len(parts):
                        return TOO_LARGE
                    parts[count] = parts[i]
                    parts[count, e] = 2 * slot + kind
                    n, visits, minutes = _fill(day, d, parts[count], windows, day_type, half, hot, limits, stands)
                    if n > limits[MAX_CONTACTS] or (kind == VISIT and visits > limits[MAX_VISITS]):
                        continue
                    walked = shortest_walk(day, n, walk, limits[BETWEEN], order, start)
                    if walked < 0 or minutes + walked > limits[MAX_MINUTES]:
                        continue
                    takes[count, 0], takes[count, 1], takes[count, 2] = n, visits, minutes + walked
                    count += 1
    return count


@njit(cache=True, nogil=True)
def _fill(day, d, part, windows, day_type, half, hot, limits, stands):
    n = 0
    visits = 0
    minutes = 0
    for e in range(len(part)):
        code = np.int64(part[e])
        if code >= 0:
            kind = code % 2
            opens, closes = window(windows[e, day_type[d]], d, code // 2, kind, hot)
            length = limits[VISIT_MIN + kind]
            put(day, n, opens, closes, length, e + 1 if kind == VISIT else -1, half[code // 2], e)
            n += 1
            visits += kind == VISIT
            minutes += length
    for f in range(len(stands)):
        if stands[f, 0] == d and n < MOST:
            opens, closes = stands[f, 1], stands[f, 2]
            put(day, n, opens, closes, closes - opens, stands[f, 4], stands[f, 5], -1 - f)
            n += 1
            visits += stands[f, 3] == VISIT
            minutes += closes - opens
    return n, visits, minutes


@njit(cache=True, nogil=True)
def _code(part):
    """A number for the kinds of a day's contacts, whatever their slots."""
    code = 0
    for e in range(len(part)):
        code = code * 3 + (0 if part[e] < 0 else 1 + part[e] % 2)
    return code


@njit(cache=True, nogil=True)
def _halves_apart(d, windows, day_type, half, limits, walk):
    """Whether what one half-day holds leaves the other's free: the pause and any walk fit between their windows."""
    span = np.array([[1 << 20, 0], [1 << 20, 0]])
    for e in range(len(windows)):
        for slot in range(windows.shape[2]):
            opens, closes = windows[e, day_type[d], slot]
            if closes > opens:
                span[half[slot], 0] = min(span[half[slot], 0], opens)
                span[half[slot], 1] = max(span[half[slot], 1], closes)
    if span[0, 1] == 0 or span[1, 1] == 0:
        return True
    pause = max(limits[BETWEEN], walk.max())
    return span[1, 0] - span[0, 1] >= pause or span[0, 0] - span[1, 1] >= pause


@njit(cache=True, nogil=True)
def day_ways(d, may, windows, day_type, half, hot, limits, stands, walk, ways):
    """All that a day can hold: for each elder ``2 * slot + kind`` or -1, (n, elders). Returns n, or TOO_LARGE.

    Of ways that differ only in slots one is kept. Half-days that lie apart are looked at one by one.
    """
    k = len(may)
    one = np.empty((_MOST_PARTS, k), np.int8)
    takes = np.zeros((_MOST_PARTS, 3), np.int64)
    seen = np.zeros(3**k, np.bool_)
    n = 0
    stands_here = False
    for f in range(len(stands)):
        if stands[f, 0] == d:
            stands_here = True
    if stands_here or not _halves_apart(d, windows, day_type, half, limits, walk):
        count = _parts(d, -1, may, windows, day_type, half, hot, limits, stands, walk, one, takes)
        for i in range(count):
            code = _code(one[i])
            if not seen[code]:
                if n >= len(ways):
                    return TOO_LARGE
                seen[code] = True
                ways[n] = one[i]
                n += 1
        return n if count >= 0 else TOO_LARGE
    other = np.empty((_MOST_PARTS, k), np.int8)
    other_takes = np.zeros((_MOST_PARTS, 3), np.int64)
    count = _parts(d, 0, may, windows, day_type, half, hot, limits, stands, walk, one, takes)
    others = _parts(d, 1, may, windows, day_type, half, hot, limits, stands, walk, other, other_takes)
    if count < 0 or others < 0:
        return TOO_LARGE
    codes = np.empty(others, np.int64)
    masks = np.zeros(others, np.int64)
    for j in range(others):
        codes[j] = _code(other[j])
        for e in range(k):
            masks[j] |= (other[j, e] >= 0) << e
    for i in range(count):
        code = _code(one[i])
        mask = 0
        for e in range(k):
            mask |= (one[i, e] >= 0) << e
        for j in range(others):
            if mask & masks[j] or seen[code + codes[j]]:
                continue
            if takes[i, 0] + other_takes[j, 0] > limits[MAX_CONTACTS]:
                continue
            if takes[i, 1] + other_takes[j, 1] > limits[MAX_VISITS] and other_takes[j, 1] and takes[i, 1]:
                continue
            if takes[i, 2] + other_takes[j, 2] > limits[MAX_MINUTES]:
                continue
            if n >= len(ways):
                return TOO_LARGE
            seen[code + codes[j]] = True
            for e in range(k):
                ways[n, e] = max(one[i, e], other[j, e])
            n += 1
    return n


@njit(cache=True, nogil=True)
def ways_of(d, known, ways, may, windows, day_type, half, hot, limits, stands, walk):
    """The ways of a day, copied from a day that is alike where there is one."""
    alone = True
    for f in range(len(stands)):
        if stands[f, 0] == d:
            alone = False
    if alone:
        for other in range(d):
            if known[other] < 0 or day_type[other] != day_type[d]:
                continue
            same = hot[other, 0] == hot[d, 0] and hot[other, 1] == hot[d, 1]
            for f in range(len(stands)):
                if stands[f, 0] == other:
                    same = False
            for e in range(len(may)):
                if may[e, other, 0] != may[e, d, 0] or may[e, other, 1] != may[e, d, 1]:
                    same = False
            if same:
                ways[d] = ways[other]
                return known[other]
    return day_ways(d, may, windows, day_type, half, hot, limits, stands, walk, ways[d])
