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
FAR = np.int64(2**61)
"""More than anybody pays."""


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
def find_partners(first, last, row, volunteer, partner):
    """Return where in their row each elder's partner stands, -1 where they have none or none such."""
    own = np.full(len(partner), NOBODY, np.int64)
    for e in prange(len(partner)):
        if partner[e] >= 0:
            for k in range(first[row[e]], last[row[e]]):
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
def value_gates(first, last, volunteer, cost, pays, gates, most):
    """Raise ``most``, in place, to what a place at each gate of the mask would save; ``pays`` is the most of a row."""
    for r in range(len(first)):
        for k in range(first[r], last[r]):
            if gates[volunteer[k]]:
                most[volunteer[k]] = max(most[volunteer[k]], pays[r] - cost[k])


@loop
def count_pairs(first, last, volunteer, size, n_volunteers):
    """Return how often each volunteer is a candidate, where row r stands for ``size[r]`` elders."""
    count = np.zeros(n_volunteers, np.int64)
    for r in range(len(first)):
        for k in range(first[r], last[r]):
            count[volunteer[k]] += size[r]
    return count


@loop
def repeats_volunteer(start, volunteer, n_volunteers):
    """Return whether some row has a volunteer twice."""
    seen_by = np.full(n_volunteers, NOBODY, np.int64)
    for r in range(len(start) - 1):
        for k in range(start[r], start[r + 1]):
            if seen_by[volunteer[k]] == r:
                return True
            seen_by[volunteer[k]] = r
    return False


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
def price_rows(first, last, volunteer, cost, price):
    """Return the least cost and price of each row's candidates, ``FAR`` where it is empty; any order, any sign."""
    least = np.full(len(first), FAR, np.int64)
    for r in prange(len(first)):
        for k in range(first[r], last[r]):
            least[r] = min(least[r], cost[k] + price[volunteer[k]])
    return least


@loop
def find_tight_pairs(first, last, row, volunteer, cost, gate_of, price, pays):
    """Return pairs of an elder and a candidate that costs just what the elder pays, in order of elder."""
    count = 0
    for e in range(len(row)):
        for k in range(first[row[e]], last[row[e]]):
            count += cost[k] + price[gate_of[e] + volunteer[k]] == pays[e]
    elder, tight = np.empty(count, np.int64), np.empty(count, np.int64)
    count = 0
    for e in range(len(row)):
        for k in range(first[row[e]], last[row[e]]):
            if cost[k] + price[gate_of[e] + volunteer[k]] == pays[e]:
                elder[count], tight[count] = e, k
                count += 1
    return elder, tight
