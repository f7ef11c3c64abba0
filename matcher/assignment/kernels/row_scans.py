"""Compiled loops over all candidates of a city: rows, groups of them, reduced costs.

Candidates come as rows, one an elder: ``start`` int64 (n_elders + 1,), ``volunteer`` and ``cost`` int32 (n,), each row
in order of cost. Where prices are not below 0, a row need not be read beyond the first cost that is too high by itself.
Nothing here is trusted: ``certificate.py`` proves the answer in its own way.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from matcher.compiling import loop, parallel_loop

NOBODY = -1
"""An elder's volunteer where there is none."""


@parallel_loop
def sort_rows(start, other, cost):
    """Put each row in order of cost, then of ``other``, in place."""
    for row in prange(len(start) - 1):
        a, b = start[row], start[row + 1]
        keys = np.empty(b - a, np.int64)
        for k in range(a, b):
            keys[k - a] = (np.int64(cost[k]) << 32) + other[k]
        keys.sort()
        for k in range(a, b):
            cost[k] = keys[k - a] >> 32
            other[k] = keys[k - a] & 0xFFFFFFFF


@parallel_loop
def find_below(start, volunteer, cost, gate_of, price, limit):
    """Return the mask of candidates whose cost and price of the gate are below their elder's ``limit``."""
    keep = np.zeros(len(cost), np.bool_)
    for e in prange(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            keep[k] = cost[k] + price[gate_of[e] + volunteer[k]] < limit[e]
    return keep


@loop
def select_rows(start, volunteer, cost, mask):
    """Return the candidates of a mask, as rows."""
    some = np.zeros(len(start), np.int64)
    for e in range(len(start) - 1):
        some[e + 1] = some[e]
        for k in range(start[e], start[e + 1]):
            some[e + 1] += mask[k]
    to, by = np.empty(some[-1], volunteer.dtype), np.empty(some[-1], cost.dtype)
    at = 0
    for k in range(len(mask)):
        if mask[k]:
            to[at], by[at] = volunteer[k], cost[k]
            at += 1
    return some, to, by


@parallel_loop
def find_partners(start, volunteer, partner):
    """Return where in its row each elder's partner stands, -1 where they have none or none such."""
    own = np.full(len(partner), NOBODY, np.int64)
    for e in prange(len(partner)):
        if partner[e] >= 0:
            for k in range(start[e], start[e + 1]):
                if volunteer[k] == partner[e]:
                    own[e] = k
                    break
    return own


@parallel_loop
def is_in_order(start, other, cost):
    """Return whether each row is in order of cost, then of ``other``."""
    off = 0
    for row in prange(len(start) - 1):
        for k in range(start[row] + 1, start[row + 1]):
            if cost[k] < cost[k - 1] or (cost[k] == cost[k - 1] and other[k] < other[k - 1]):
                off += 1
    return off == 0


@loop
def value_gates(start, volunteer, cost, gate_of, pays, gates, least):
    """Return the most that a place at each gate of the mask would save, not below ``least``; that at the others."""
    most = least.copy()
    for e in range(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            g = gate_of[e] + volunteer[k]
            if gates[g]:
                most[g] = max(most[g], pays[e] - cost[k])
    return most


@loop
def has_duplicates(elder, volunteer, n_volunteers):
    """Return whether an elder has a volunteer twice, the elders in order."""
    seen_by = np.full(n_volunteers, NOBODY, np.int64)
    for k in range(len(elder)):
        if seen_by[volunteer[k]] == elder[k]:
            return True
        seen_by[volunteer[k]] = elder[k]
    return False


@parallel_loop
def hash_rows(start, volunteer, cost):
    """Return a number for each row: rows that are equal but for a constant have equal ones, others mostly others.

    It is a polynomial modulo 2**31 of what costs differ from the dearest: a mask is sooner had than a remainder.
    """
    keys = np.empty(len(start) - 1, np.int64)
    for row in prange(len(start) - 1):
        key = np.int64(0)
        for k in range(start[row], start[row + 1]):
            less = np.int64(cost[start[row + 1] - 1]) - cost[k]
            key = (key * 1_103_515_245 + np.int64(volunteer[k]) * 65_599 + less) & 0x7FFFFFFF
        keys[row] = key
    return keys


@parallel_loop
def equals_first(start, volunteer, cost, first):
    """Return whether each row is, to the last entry, as the row ``first`` of it, but for a constant."""
    same = np.ones(len(first), np.bool_)
    for row in prange(len(first)):
        other = first[row]
        size = start[row + 1] - start[row]
        if size != start[other + 1] - start[other]:
            same[row] = False
            continue
        for i in range(size):
            a, b = start[row] + i, start[other] + i
            more = np.int64(cost[start[row + 1] - 1]) - cost[start[other + 1] - 1]
            if volunteer[a] != volunteer[b] or np.int64(cost[a]) - cost[b] != more:
                same[row] = False
                break
    return same


@parallel_loop
def price_elders(start, volunteer, cost, gate_of, price, unmatched_cost):
    """Return what each elder pays at least at the prices of gates, unmatched or not; any order, any sign."""
    least = unmatched_cost.copy()
    for e in prange(len(least)):
        for k in range(start[e], start[e + 1]):
            least[e] = min(least[e], cost[k] + price[gate_of[e] + volunteer[k]])
    return least
