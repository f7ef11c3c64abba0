"""Compiled loops: what no month of a volunteer's can be worth more than.

Each elder is planned as if alone, with every contact on a usual half-day, and visits on the least of the walks that
they can be part of; the days' limits count only in what the search over weeks proved of contacts and visits. What is
left out only takes points away, so the sum is a bound; it is cheap: two dynamic programmes an elder.
"""

from __future__ import annotations

import numpy as np

from matcher.timetable.kernels.arrays import step
from matcher.timetable.kernels.day_windows import MAX_VISITS, VISIT, VISIT_MIN, window
from matcher.timetable.kernels.elder_dp import CONTACT_W, DAILY_W, HABIT_W, NEVER, VISIT_W, WALK_W, best_month


@step
def _least_walks(own, world, share):
    """Points that a visit to each elder costs at least: its even part of an outing's walk, the best outing for it.

    An outing's visits share its walk evenly, so no outing costs less than its visits together. All outings of up to
    three are gone through; in longer ones a visit has at least half its two shortest legs, and its part of home's.
    """
    walk, w, k = own.walk, world.weights[WALK_W], len(share)
    most = min(world.limits[MAX_VISITS], k)
    nearest_home = np.int64(1 << 40)
    for a in range(1, k + 1):
        nearest_home = min(nearest_home, walk[0, a])
    for a in range(1, k + 1):
        least = w * 2 * walk[0, a]
        one, two = walk[0, a], np.int64(1 << 40)  # the two shortest legs
        for b in range(1, k + 1):
            if b == a:
                continue
            leg = walk[a, b]
            two = min(two, max(one, leg))
            one = min(one, leg)
            if most < 2:
                continue
            least = min(least, w * (walk[0, a] + leg + walk[b, 0]) // 2)
            for c in range(1, k + 1):
                if most > 2 and c not in (a, b):
                    least = min(least, w * (walk[0, a] + leg + walk[b, c] + walk[c, 0]) // 3)
                    least = min(least, w * (walk[0, b] + leg + walk[a, c] + walk[c, 0]) // 3)
        if most > 3:
            least = min(least, (w * (one + two) * most + 2 * w * nearest_home) // (2 * most))
        share[a - 1] = least


@step
def _alone(gain, e, own, world, walks, made):
    """The gain of each contact if the volunteer had nobody else, (days, kind), of its own worth too with ``made`` 1."""
    may, w = own.may, world.weights
    for d in range(len(gain)):
        walked = walks
        for f in range(len(own.stands)):
            if own.stands[f, 0] == d:
                walked = np.int64(0)  # on the way to a visit that stands, perhaps
        for kind in range(2):
            gain[d, kind] = NEVER
            if not may[e, d, kind]:
                continue
            for slot in range(len(world.half)):
                opens, closes = window(e, d, slot, kind, own, world)
                if closes - opens >= world.limits[VISIT_MIN + kind]:
                    g = np.int64(0)
                    if own.usual[e, kind] > 0:
                        g += w[HABIT_W]
                    if own.daily[e, d]:
                        g += w[DAILY_W]
                    if kind == VISIT:
                        g -= walked
                    if made > 0:
                        g += w[CONTACT_W]
                        if kind == VISIT:
                            g += w[VISIT_W]
                    gain[d, kind] = g
                    break


@step
def bound_of_month(most, own, world, gain, kinds):
    """What no month of the volunteer's is worth more than.

    ``most`` is what no month's contacts, and the visits among them, are worth more than by themselves.
    """
    k = len(own.may)
    share = np.empty(k, np.int64)
    _least_walks(own, world, share)
    bound, worth = np.int64(0), np.int64(0)
    for e in range(k):
        _alone(gain, e, own, world, share[e], np.int64(1))
        bound += best_month(gain, e, own, world, kinds)
        for d in range(len(kinds)):
            if own.forced[e, d] < 0 and kinds[d] >= 0:
                worth += world.weights[CONTACT_W]
                if kinds[d] == VISIT:
                    worth += world.weights[VISIT_W]
    if worth > most:  # together they can't have what each could alone
        beside = most
        for e in range(k):
            _alone(gain, e, own, world, share[e], np.int64(0))
            beside += best_month(gain, e, own, world, kinds)
        bound = min(bound, beside)
    return bound
