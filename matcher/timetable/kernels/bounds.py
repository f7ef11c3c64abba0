"""Compiled loops: an upper bound, what no month of a volunteer's can be worth more than.

A relaxation: each elder is planned as if alone, with every contact on the weekly pattern, and visits on the least of
the walks that they can be part of; the days' limits count only in what the search over weeks proved of contacts and
visits. What is left out only takes points away, so the sum is a bound; it is cheap: two dynamic programmes an elder.
"""

from __future__ import annotations

import numpy as np

from matcher.compiling import scalar_step, step
from matcher.timetable.kernels.day_windows import find_window, get_length
from matcher.timetable.kernels.elder_dp import NEVER, solve_elder_month
from matcher.timetable.problem import VISIT, Fixed

_FAR = 1 << 40
"""More minutes than any walk; times points a minute, at most 10, it stays below 2**63."""


@scalar_step
def _fill_least_walks(own, shared, share):
    """Fill the points that a visit to each elder costs at least: its even part of the best outing's walk for it.

    An outing's visits share its walk evenly, so no outing costs less than its visits together. All outings of up to
    three are gone through; in longer ones a visit has at least half its two shortest legs, and its part of home's.
    """
    travel, w, k = own.travel_min, shared.objective.walking, len(share)
    most = min(shared.limits.visits, k)
    nearest_home = np.int64(_FAR)
    for a in range(1, k + 1):
        nearest_home = min(nearest_home, travel[0, a])
    for a in range(1, k + 1):
        least = w * 2 * travel[0, a]
        one, two = travel[0, a], np.int64(_FAR)  # the two shortest legs
        for b in range(1, k + 1):  # invariant: ``least`` bounds the outings with elders before b
            if b == a:
                continue
            leg = travel[a, b]
            two = min(two, max(one, leg))
            one = min(one, leg)
            if most < 2:
                continue
            least = min(least, w * (travel[0, a] + leg + travel[b, 0]) // 2)
            for c in range(1, k + 1):
                if most > 2 and c not in (a, b):
                    least = min(least, w * (travel[0, a] + leg + travel[b, c] + travel[c, 0]) // 3)
                    least = min(least, w * (travel[0, b] + leg + travel[a, c] + travel[c, 0]) // 3)
        if most > 3:
            least = min(least, (w * (one + two) * most + 2 * w * nearest_home) // (2 * most))
        share[a - 1] = least


@scalar_step
def _fill_gains_alone(gain, e, own, shared, walk_cost, count_contacts):
    """Fill the gain of each contact if the volunteer had nobody else, (days, kind).

    With ``count_contacts`` 1 what a contact, and a visit, is worth by itself is in it.
    """
    allowed, objective = own.allowed, shared.objective
    for d in range(len(gain)):
        cost = walk_cost
        for f in range(len(own.fixed)):
            if own.fixed[f, Fixed.DAY] == d:
                cost = np.int64(0)  # on the way to a fixed visit, perhaps
        for kind in range(2):
            gain[d, kind] = NEVER
            if not allowed[e, d, kind]:
                continue
            for slot in range(len(shared.half)):
                opens, closes = find_window(e, d, slot, kind, own, shared)
                if closes - opens >= get_length(kind, shared):
                    g = np.int64(0)
                    if own.pattern_size[e, kind] > 0:
                        g += objective.weekly_pattern
                    if own.daily[e, d, kind]:
                        g += objective.daily
                    if kind == VISIT:
                        g -= cost
                    if count_contacts > 0:
                        g += objective.contact
                        if kind == VISIT:
                            g += objective.visit
                    gain[d, kind] = g
                    break


@step
def bound_month(most, own, shared, gain, space, kinds):
    """Return what no month of the volunteer's is worth more than.

    ``most`` is what no month's contacts, and the visits among them, are worth more than by themselves.
    """
    k, objective = len(own.allowed), shared.objective
    share = np.empty(k, np.int64)
    _fill_least_walks(own, shared, share)
    bound, worth = np.int64(0), np.int64(0)
    for e in range(k):  # invariant: ``bound`` is the sum of the elders' months before e, ``worth`` its contacts' part
        _fill_gains_alone(gain, e, own, shared, share[e], np.int64(1))
        bound += solve_elder_month(gain, e, own, shared, space, kinds)
        for d in range(len(kinds)):
            if own.fixed_kind[e, d] < 0 and kinds[d] >= 0:
                worth += objective.contact
                if kinds[d] == VISIT:
                    worth += objective.visit
    if worth > most:  # together they can't have what each could alone
        beside = most
        for e in range(k):
            _fill_gains_alone(gain, e, own, shared, share[e], np.int64(0))
            beside += solve_elder_month(gain, e, own, shared, space, kinds)
        bound = min(bound, beside)
    return bound
