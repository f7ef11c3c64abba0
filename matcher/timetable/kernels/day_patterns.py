"""Compiled loops: all that one volunteer's day can hold, as kinds of contact by elder.

A day pattern gives each elder a contact, ``2 * slot + kind``, or NONE. It is enumerated: every set of contacts of a
half-day that has an order (``day_route``) is kept, and joined with every set of the other half-day. Where a walk could
reach from one half-day into the other, the whole day is enumerated at once.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from matcher.compiling import scalar_step, step
from matcher.timetable.kernels.day_route import find_shortest_route, insert_contact, make_workspace, remove_contact
from matcher.timetable.kernels.day_windows import fill_day, find_window, get_length
from matcher.timetable.problem import VISIT, Fixed

_MAX_SETS = 6000
"""Sets of contacts of a half-day that are kept, at most."""
TOO_LARGE = -1
"""In place of a number: there is more than can be searched."""
_KINDS = 3
"""What an elder can have on a day: nothing, a visit, a call. A day's kinds are a number of so many to each digit."""
_LATE = 1 << 20
"""After any minute of a day."""


class Takes(IntEnum):
    """Columns of what a set of contacts takes of a day."""

    CONTACTS = 0
    VISITS = 1
    MINUTES = 2
    """Contacts and walks; the first three with what is fixed. Below 0: fixed contacts overlap."""
    KINDS = 3
    """Each elder's kind as a digit: 0 nothing, 1 a visit, 2 a call."""
    ELDERS = 4
    """The elders as bits."""
    PLANNED_VISITS = 5
    """Visits that are planned, not fixed."""


_N_TAKES = len(Takes)


@scalar_step
def _enumerate_sets(d, only_half, own, shared, sets, takes, space):
    """Enumerate all that a half-day, or with ``only_half`` below 0 a day, can hold; return how many, or TOO_LARGE.

    ``sets`` (n, elders) gets ``2 * slot + kind`` or NONE, ``takes`` (n, 6) what each takes of the day: see ``Takes``.
    The first set has nothing planned; there is no other where fixed contacts are too near each other.
    """
    allowed, half, limits = own.allowed, shared.half, shared.limits
    k = len(allowed)
    day = space.day
    for e in range(k):
        sets[0, e] = -1
    for column in range(_N_TAKES):
        takes[0, column] = 0
    n, visits, minutes = fill_day(day, sets[0], d, np.int64(-1), only_half, own, shared)
    walked = np.int64(0)
    if n > 0:
        walked = find_shortest_route(space, n, own.travel_min, limits.pause_min)
    takes[0, Takes.CONTACTS], takes[0, Takes.VISITS], takes[0, Takes.MINUTES] = n, visits, minutes + walked
    if walked < 0:
        takes[0, Takes.MINUTES] = -1
    count = np.int64(1)
    unit = np.int64(1)
    for e in range(k if walked >= 0 else 0):  # invariant: ``sets[:count]`` are all sets of the elders before e
        before = count
        for i in range(before):
            filled = False
            for slot in range(len(half)):
                if only_half >= 0 and half[slot] != only_half:
                    continue
                for kind in range(2):
                    if not allowed[e, d, kind]:
                        continue
                    opens, closes = find_window(e, d, slot, kind, own, shared)
                    length = get_length(kind, shared)
                    if closes - opens < length:
                        continue
                    if count >= len(sets):
                        return np.int64(TOO_LARGE)
                    n, visits = takes[i, Takes.CONTACTS] + 1, takes[i, Takes.VISITS] + np.int64(kind == VISIT)
                    if n > limits.contacts or (kind == VISIT and visits > limits.visits):
                        continue
                    if not filled:  # invariant: from here on ``day`` holds the contacts of set i
                        _, _, minutes = fill_day(day, sets[i], d, np.int64(-1), only_half, own, shared)
                        filled = True
                    place = e + 1 if kind == VISIT else -1
                    at = insert_contact(day, n - 1, opens, closes, length, place, half[slot], e)
                    walked = find_shortest_route(space, n, own.travel_min, limits.pause_min)
                    remove_contact(day, n, at)
                    if walked < 0 or minutes + length + walked > limits.minutes:
                        continue
                    for other in range(k):
                        sets[count, other] = sets[i, other]
                    sets[count, e] = 2 * slot + kind
                    takes[count, Takes.CONTACTS], takes[count, Takes.VISITS] = n, visits
                    takes[count, Takes.MINUTES] = minutes + length + walked
                    takes[count, Takes.KINDS] = takes[i, Takes.KINDS] + unit * (1 + kind)
                    takes[count, Takes.ELDERS] = takes[i, Takes.ELDERS] | (np.int64(1) << e)
                    takes[count, Takes.PLANNED_VISITS] = takes[i, Takes.PLANNED_VISITS] + np.int64(kind == VISIT)
                    count += 1
        unit *= _KINDS
    return count


@step
def _are_halves_apart(d, own, shared):
    """Return whether what one half-day holds leaves the other's free: pause and any walk fit between their windows.

    A fixed contact counts as a window of its own.
    """
    windows, half, travel, fixed = own.windows, shared.half, own.travel_min, own.fixed
    span = np.empty((2, 2), np.int64)
    span[:, 0] = _LATE
    span[:, 1] = 0
    pause = shared.limits.pause_min
    for e in range(len(windows)):
        for slot in range(len(half)):
            opens, closes = windows[e, shared.day_type[d], slot, 0], windows[e, shared.day_type[d], slot, 1]
            if closes > opens:
                span[half[slot], 0] = min(span[half[slot], 0], opens)
                span[half[slot], 1] = max(span[half[slot], 1], closes)
    for f in range(len(fixed)):
        if fixed[f, Fixed.DAY] == d:
            h = fixed[f, Fixed.HALF]
            span[h, 0] = min(span[h, 0], fixed[f, Fixed.START])
            span[h, 1] = max(span[h, 1], fixed[f, Fixed.END])
    for i in range(len(travel)):
        for j in range(len(travel)):
            pause = max(pause, travel[i, j])
    only_one = span[0, 1] == 0 or span[1, 1] == 0
    return only_one or span[1, 0] - span[0, 1] >= pause or span[0, 0] - span[1, 1] >= pause


@scalar_step
def _has_fixed(d, fixed):
    """Return whether a contact is fixed on the day."""
    here = False
    for f in range(len(fixed)):
        here = here or fixed[f, Fixed.DAY] == d
    return here


@step
def enumerate_day_patterns(d, own, shared, space, patterns):
    """Enumerate all that a day can hold: for each elder ``2 * slot + kind`` or NONE, (n, elders).

    Return n, or TOO_LARGE. Of patterns that differ only in slots one is kept.
    """
    k, limits = len(own.allowed), shared.limits
    whole = not _are_halves_apart(d, own, shared)
    sets, takes = np.empty((2, _MAX_SETS, k), np.int64), np.empty((2, _MAX_SETS, _N_TAKES), np.int64)
    counts = np.empty(2, np.int64)
    for h in range(2):
        if whole and h == 1:  # the first holds the whole day: nothing is added
            sets[h, 0] = -1
            takes[h, 0] = 0
            counts[h] = 1
        else:
            counts[h] = _enumerate_sets(
                d, np.int64(-1) if whole else np.int64(h), own, shared, sets[h], takes[h], space
            )
        if counts[h] < 0:
            return np.int64(TOO_LARGE)
    crowded = takes[0, 0, Takes.MINUTES] < 0 or takes[1, 0, Takes.MINUTES] < 0
    seen = np.empty(_KINDS**k, np.bool_)
    seen[:] = False
    n = np.int64(0)
    for i in range(counts[0]):  # invariant: ``seen`` has the kinds of the n patterns, one pattern each
        for j in range(counts[1]):
            kinds = takes[0, i, Takes.KINDS] + takes[1, j, Takes.KINDS]
            if takes[0, i, Takes.ELDERS] & takes[1, j, Takes.ELDERS] or seen[kinds]:
                continue
            if i > 0 or j > 0:  # nothing planned can always be
                planned = takes[0, i, Takes.PLANNED_VISITS] + takes[1, j, Takes.PLANNED_VISITS]
                if crowded or takes[0, i, Takes.CONTACTS] + takes[1, j, Takes.CONTACTS] > limits.contacts:
                    continue
                if planned > 0 and takes[0, i, Takes.VISITS] + takes[1, j, Takes.VISITS] > limits.visits:
                    continue
                if takes[0, i, Takes.MINUTES] + takes[1, j, Takes.MINUTES] > limits.minutes:
                    continue
            if n >= len(patterns):
                return np.int64(TOO_LARGE)
            seen[kinds] = True
            for e in range(k):
                patterns[n, e] = max(sets[0, i, e], sets[1, j, e])
            n += 1
    return n


@scalar_step
def find_day_alike(d, known, own, shared):
    """Return a day before that can hold the same, and whose patterns are known; or -1."""
    allowed, no_visit_min, day_type = own.allowed, shared.no_visit_min, shared.day_type
    alike = np.int64(-1)
    for other in range(0 if _has_fixed(d, own.fixed) else d):
        if known[other] < 0 or day_type[other] != day_type[d] or _has_fixed(other, own.fixed):
            continue
        same = no_visit_min[other, 0] == no_visit_min[d, 0] and no_visit_min[other, 1] == no_visit_min[d, 1]
        for e in range(len(allowed)):
            for kind in range(2):
                same = same and allowed[e, other, kind] == allowed[e, d, kind]
        if same:
            alike = other
            break
    return alike


@step
def list_month_patterns(codes, counts, own, shared):
    """Fill all that each day of a month can hold, (days, n, elders), and how many; return the sum.

    Where a day can hold too much, its number and what is returned are TOO_LARGE.
    """
    total, space = np.int64(0), make_workspace()
    for d in range(len(counts)):
        counts[d] = TOO_LARGE
    for d in range(len(counts)):  # invariant: the days before d are listed, and ``total`` is how many they have
        alike = find_day_alike(d, counts, own, shared)
        if alike >= 0:
            counts[d] = counts[alike]
            for i in range(counts[d]):
                for e in range(codes.shape[2]):
                    codes[d, i, e] = codes[alike, i, e]
        else:
            counts[d] = enumerate_day_patterns(d, own, shared, space, codes[d])
        if counts[d] == TOO_LARGE:
            return np.int64(TOO_LARGE)
        total += counts[d]
    return total
