"""Compiled loops: what one volunteer's week can hold at most, by counting alone.

No elder has more contacts, or visits, than are due or than there are days for them. A half-day holds no more contacts,
with so many visits among them, than fit between the first opening and the last closing in it, the least walks between
visits among them; a day no more than its limits. Which elder has which day is left open.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step
from matcher.timetable.kernels.day_windows import (
    BETWEEN,
    CALL,
    CALL_MIN,
    MAX_CONTACTS,
    MAX_MINUTES,
    MAX_VISITS,
    VISIT,
    VISIT_MIN,
    window,
)

_NONE = -(1 << 20)


@step
def shortest_legs(own):
    """The fewest minutes from home to an elder, and from one elder to another."""
    k, walk = len(own.may), own.walk
    home, leg = np.int64(1 << 20), np.int64(1 << 20)
    for a in range(1, k + 1):
        home = min(home, walk[0, a])
        for b in range(1, k + 1):
            if a != b:
                leg = min(leg, walk[a, b])
    return home, leg


@step
def _room_of_day(d, own, world, days_for, room, able):
    """Minutes from the first opening to the last closing of each half-day; who could have a visit, or a contact, in it.

    ``able`` (3, 2): elders by half-day, the last row for the whole day; visits, and contacts of either kind. Counts
    the day in ``days_for`` (elders, 2), likewise.
    """
    able[:] = 0
    first, last = np.empty(2, np.int64), np.empty(2, np.int64)
    first[:] = 1 << 20
    last[:] = 0
    for e in range(len(days_for)):
        fits = np.int64(0)  # bits: a visit, a contact by half-day
        for kind in range(2):
            if not own.may[e, d, kind]:
                continue
            for slot in range(len(world.half)):
                opens, closes = window(e, d, slot, kind, own, world)
                if closes - opens >= world.limits[VISIT_MIN + kind]:
                    h = world.half[slot]
                    first[h], last[h] = min(first[h], opens), max(last[h], closes)
                    fits |= np.int64(4) << h
                    if kind == VISIT:
                        fits |= np.int64(1) << h
        for h in range(2):
            able[h, VISIT] += (fits >> h) & 1
            able[h, CALL] += (fits >> (2 + h)) & 1
        for kind in range(2):
            if (fits >> (2 * kind)) & 3:
                able[2, kind] += 1
                days_for[e, kind] += 1
    for h in range(2):
        room[h] = max(last[h] - first[h], -world.limits[BETWEEN])


@step
def _most_of_day(room, able, home, leg, limits, most):
    """``most[v]``: contacts that a day with v visits can hold at most, or _NONE."""
    visit, call, between = limits[VISIT_MIN], limits[CALL_MIN], limits[BETWEEN]
    most[:] = _NONE
    for v in range(min(len(most) - 1, able[0, VISIT]) + 1):
        spare = room[0] + between - v * (visit + between) - max(v - 1, 0) * max(leg - between, 0)
        if spare < 0:
            break
        contacts = min(able[0, CALL], v + spare // max(call + between, 1))
        for v1 in range(min(len(most) - 1 - v, able[1, VISIT], able[2, VISIT] - v) + 1):
            spare = room[1] + between - v1 * (visit + between) - max(v1 - 1, 0) * max(leg - between, 0)
            if spare < 0:
                break
            both = v + v1
            minutes = both * visit + max(v - 1, 0) * leg + max(v1 - 1, 0) * leg
            minutes += 2 * home * ((v > 0) + (v1 > 0))
            held = contacts + min(able[1, CALL], v1 + spare // max(call + between, 1))
            held = min(held, able[2, CALL], limits[MAX_CONTACTS])
            held = min(held, both + (limits[MAX_MINUTES] - minutes) // max(call, 1))
            if held >= both:
                most[both] = max(most[both], held)


@step
def bound_of_week(a, b, due, visits_due, own, world, home, leg, contact_w, visit_w):
    """Contacts, and then visits, that no plan of the days from a to b has more of; and the most that both are worth.

    ``due`` and ``visits_due`` (elders,) are those of ``left_in_week``; ``home`` and ``leg`` those of ``shortest_legs``.
    """
    k, limits = len(due), world.limits
    days_for, room, able = np.empty((k, 2), np.int64), np.empty(2, np.int64), np.empty((3, 2), np.int64)
    days_for[:] = 0
    today = np.empty(min(limits[MAX_VISITS], k) + 1, np.int64)
    cap = np.int64(0)
    for e in range(k):
        cap += visits_due[e]
    total, before = np.empty(cap + 1, np.int64), np.empty(cap + 1, np.int64)
    total[:] = _NONE
    total[0] = 0
    for d in range(a, b):
        _room_of_day(d, own, world, days_for, room, able)
        _most_of_day(room, able, home, leg, limits, today)
        for v in range(cap + 1):
            before[v], total[v] = total[v], _NONE
        for v in range(len(today)):
            for was in range(cap + 1 - v):
                total[was + v] = max(total[was + v], before[was] + today[v])
    alone, alone_visits = np.int64(0), np.int64(0)
    for e in range(k):
        c = min(due[e], days_for[e, CALL])
        alone += c
        alone_visits += min(visits_due[e], days_for[e, VISIT], c)
    contacts, visits, worth = np.int64(0), np.int64(0), np.int64(0)
    for v in range(alone_visits + 1):
        c = min(total[v], alone)
        if c >= contacts and c >= v:
            contacts, visits = c, v
        if c >= v:
            worth = max(worth, c * contact_w + v * visit_w)
    return contacts, visits, worth
