"""The least prices that support an assignment, compiled. Gates and rows are as in ``shortest_paths.py``."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def find_least_duals(start, volunteer, cost, own, unmatched_cost, gate_of, capacity, load_cost, limit, most_scans):
    """Return the least prices of all gates that support an assignment, int64 (2 n,).

    Arguments are as of ``augment_by_shortest_paths``.

    A label-correcting search, first in, first out, over gates (an elder is contracted into theirs): whenever a price
    rises, the elders held there can pay more elsewhere.
    """
    n, n_elders = len(capacity), len(start) - 1
    load, limited_load = np.zeros(n, np.int64), np.zeros(n, np.int64)
    first = np.zeros(2 * n + 1, np.int64)
    for e in range(n_elders):
        if own[e] >= 0:
            v = volunteer[own[e]]
            load[v] += 1
            limited_load[v] += gate_of[e] > 0
            first[gate_of[e] + v + 1] += 1
    first = np.cumsum(first)
    held, at = np.empty(first[-1], np.int64), first[:-1].copy()
    for e in range(n_elders):
        if own[e] >= 0:
            g = gate_of[e] + volunteer[own[e]]
            held[at[g]] = e
            at[g] += 1
    price = np.zeros(2 * n, np.int64)
    for v in range(n):
        row = 0 if len(load_cost) == 1 else v
        if load[v] > 0:
            price[v] = load_cost[row, load[v] - 1]
        elif capacity[v] > 0:
            price[v] = load_cost[row, 0]
        price[n + v] = price[v]
    waiting, is_waiting = np.empty(2 * n + 1, np.int64), np.ones(2 * n, np.bool_)
    waiting[: 2 * n] = np.arange(2 * n)
    head, count, scans = 0, 2 * n, 0
    g = -1  # first of all the unmatched
    while True:
        members = n_elders if g < 0 else first[g + 1] - first[g]
        for i in range(members):
            e = i if g < 0 else held[first[g] + i]
            if g < 0 and own[e] >= 0:
                continue
            pays = unmatched_cost[e] if g < 0 else cost[own[e]] + price[g]
            scans += 1
            for k in range(start[e], start[e + 1]):
                w = gate_of[e] + volunteer[k]
                if pays - cost[k] > price[w]:
                    price[w] = pays - cost[k]
                    if not is_waiting[w]:
                        is_waiting[w] = True
                        waiting[(head + count) % (2 * n)] = w
                        count += 1
        if g >= 0:  # the two gates of a volunteer: a limited elder's is never cheaper, and no dearer while open
            other = g + n if g < n else g - n
            if price[g] > price[other] and (g < n or limited_load[other] < limit[other]):
                price[other] = price[g]
                if not is_waiting[other]:
                    is_waiting[other] = True
                    waiting[(head + count) % (2 * n)] = other
                    count += 1
        if count == 0 or scans > most_scans:
            break
        g = waiting[head]
        head = head + 1 if head + 1 < 2 * n else 0
        count -= 1
        is_waiting[g] = False
    for v in range(n):  # where it was stopped short
        price[n + v] = max(price[n + v], price[v])
    return price
