"""Compiled loops over all candidates of a city: rows, the most that can be served, reduced costs, exact prices.

Candidates come as rows, one an elder: ``start`` int64 (n_elders + 1,), ``volunteer`` and ``cost`` int32 (n,), each row
in order of cost. Where prices are not below 0, a row need not be read beyond the first cost that is too high by itself.
Nothing here is trusted: ``certificate.py`` proves the answer in its own way.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

NOBODY = -1
"""An elder's volunteer where there is none."""


@njit(cache=True, parallel=True)
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


@njit(cache=True)
def elders_at(start, volunteer, n_volunteers):
    """Who may be served by each volunteer v, in order: ``elder[first[v]:first[v + 1]]``."""
    first = np.zeros(n_volunteers + 1, np.int64)
    for k in range(len(volunteer)):
        first[volunteer[k] + 1] += 1
    first = np.cumsum(first)
    at = first[:-1].copy()
    elder = np.empty(first[-1], np.int32)
    for e in range(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            elder[at[volunteer[k]]] = e
            at[volunteer[k]] += 1
    return first, elder


@njit(cache=True)
def transposed(start, volunteer, cost, rows, n_volunteers, base, elder, by_cost):
    """Fill ``elder`` and ``by_cost`` (above ``base``) with the rows of the volunteers from those of ``rows``.

    Elders come in order. Returns where the rows start.
    """
    first = np.zeros(n_volunteers + 1, np.int64)
    for e in rows:
        for k in range(start[e], start[e + 1]):
            first[volunteer[k] + 1] += 1
    first = np.cumsum(first)
    at = first[:-1].copy()
    for e in rows:
        for k in range(start[e], start[e + 1]):
            v = volunteer[k]
            elder[at[v]] = e
            by_cost[at[v]] = cost[k] - base
            at[v] += 1
    return first


@njit(cache=True)
def _hops(first, elder_at, partner, load, capacity):
    """How many displacements lead from each volunteer to a free place, by breadth-first search; far where none does."""
    n_volunteers = len(capacity)
    hops = np.full(n_volunteers, n_volunteers + 1, np.int32)
    queue = np.empty(n_volunteers, np.int32)
    seen = np.zeros(len(partner), np.bool_)
    count = 0
    for v in range(n_volunteers):
        if load[v] < capacity[v]:
            hops[v] = 0
            queue[count] = v
            count += 1
    head = 0
    while head < count:
        v = queue[head]
        head += 1
        for k in range(first[v], first[v + 1]):
            e = elder_at[k]
            if not seen[e]:
                seen[e] = True
                u = partner[e]
                if u >= 0 and hops[u] > n_volunteers:
                    hops[u] = hops[v] + 1
                    queue[count] = u
                    count += 1
    return hops


@njit(cache=True)
def most_served(start, volunteer, first, elder_at, capacity):
    """Each elder's volunteer in a largest matching, by push-relabel (Goldberg and Tarjan 1988) with exact labels.

    ``first`` and ``elder_at`` are the volunteers' rows. A label says how far a place is from a free one at least; an
    elder takes the place with the smallest, and who held it looks on. Labels are made exact whenever as many
    candidates have been read as there are.
    """
    n_elders, n_volunteers = len(start) - 1, len(capacity)
    place = np.zeros(n_volunteers + 1, np.int64)
    place[1:] = np.cumsum(capacity)
    holder = np.full(place[-1], NOBODY, np.int64)
    label = np.zeros(place[-1], np.int32)
    load = np.zeros(n_volunteers, np.int64)
    partner = np.full(n_elders, NOBODY, np.int64)
    waiting = np.empty(n_elders, np.int64)
    count = 0
    for e in range(n_elders):
        for k in range(start[e], start[e + 1]):
            v = volunteer[k]
            if load[v] < capacity[v]:
                holder[place[v] + load[v]] = e
                load[v] += 1
                partner[e] = v
                break
        if partner[e] == NOBODY:
            waiting[count] = e
            count += 1
    far = n_volunteers + 1
    while count > 0:
        hops = _hops(first, elder_at, partner, load, capacity)
        for v in range(n_volunteers):
            label[place[v] : place[v + 1]] = hops[v]
        head, reads = 0, 0
        while count > 0 and reads <= len(volunteer):
            e = waiting[head]
            head = head + 1 if head + 1 < n_elders else 0
            count -= 1
            best, second, v = far, far, NOBODY
            for k in range(start[e], start[e + 1]):
                reads += 1
                w = volunteer[k]
                if hops[w] < best:
                    best, second, v = hops[w], best, w
                    if best == 0:
                        break
                elif hops[w] < second:
                    second = hops[w]
            if v == NOBODY:
                continue
            if load[v] < capacity[v]:
                slot = place[v] + load[v]
                load[v] += 1
            else:
                slot = place[v]
                for i in range(place[v] + 1, place[v + 1]):
                    if label[i] < label[slot]:
                        slot = i
                partner[holder[slot]] = NOBODY
                waiting[(head + count) % n_elders] = holder[slot]
                count += 1
            holder[slot] = e
            partner[e] = v
            if load[v] == capacity[v]:
                label[slot] = max(label[slot], min(second + 1, far))
                least = label[place[v]]
                for i in range(place[v] + 1, place[v + 1]):
                    least = min(least, label[i])
                # while a place was free the label was 0
                hops[v] = max(least, 1)
        waiting = np.roll(waiting, -head)
    return partner


@njit(cache=True)
def alternating_reach(start, volunteer, held_start, held, short, n_volunteers):
    """Masks of elders and volunteers reached from the ``short`` elders by candidates there and matched pairs back."""
    elder_in = short.copy()
    volunteer_in = np.zeros(n_volunteers, np.bool_)
    stack = np.empty(len(start), np.int64)
    count = 0
    for e in np.flatnonzero(short):
        stack[count] = e
        count += 1
    while count > 0:
        count -= 1
        e = stack[count]
        for k in range(start[e], start[e + 1]):
            v = volunteer[k]
            if not volunteer_in[v]:
                volunteer_in[v] = True
                for i in range(held_start[v], held_start[v + 1]):
                    if not elder_in[held[i]]:
                        elder_in[held[i]] = True
                        stack[count] = held[i]
                        count += 1
    return elder_in, volunteer_in


@njit(cache=True, parallel=True)
def least_totals(start, volunteer, cost, gate_of, price):
    """What each elder pays at least at the prices of gates; far where there is no candidate. Prices are not below 0."""
    least = np.full(len(start) - 1, 2**62, np.int64)
    for e in prange(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            if cost[k] >= least[e]:
                break
            least[e] = min(least[e], cost[k] + price[gate_of[e] + volunteer[k]])
    return least


@njit(cache=True, parallel=True)
def below(start, volunteer, cost, gate_of, price, limit):
    """Mask of the candidates whose cost and price of the gate are below their elder's ``limit``."""
    keep = np.zeros(len(cost), np.bool_)
    for e in prange(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            keep[k] = cost[k] + price[gate_of[e] + volunteer[k]] < limit[e]
    return keep


@njit(cache=True)
def where(start, volunteer, cost, mask):
    """The candidates of a mask, as rows."""
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


@njit(cache=True, parallel=True)
def found(start, volunteer, partner):
    """Where in its row each elder's partner stands, -1 where they have none or none such."""
    own = np.full(len(partner), NOBODY, np.int64)
    for e in prange(len(partner)):
        if partner[e] >= 0:
            for k in range(start[e], start[e + 1]):
                if volunteer[k] == partner[e]:
                    own[e] = k
                    break
    return own


@njit(cache=True, parallel=True)
def in_order(start, other, cost):
    """Whether each row is in order of cost, then of ``other``."""
    off = 0
    for row in prange(len(start) - 1):
        for k in range(start[row] + 1, start[row + 1]):
            if cost[k] < cost[k - 1] or (cost[k] == cost[k - 1] and other[k] < other[k - 1]):
                off += 1
    return off == 0


@njit(cache=True)
def worth(start, volunteer, cost, gate_of, pays, gates):
    """What a first place would save at each gate of the mask, not below 0; 0 at the others."""
    most = np.zeros(len(gates), np.int64)
    for e in range(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            g = gate_of[e] + volunteer[k]
            if gates[g]:
                most[g] = max(most[g], pays[e] - cost[k])
    return most


@njit(cache=True)
def stands_twice(elder, volunteer, n_volunteers):
    """Whether an elder has a volunteer twice, the elders in order."""
    seen_by = np.full(n_volunteers, NOBODY, np.int64)
    for k in range(len(elder)):
        if seen_by[volunteer[k]] == elder[k]:
            return True
        seen_by[volunteer[k]] = elder[k]
    return False


@njit(cache=True, parallel=True)
def row_keys(start, volunteer, cost):
    """A number for each row: equal rows have equal ones, and others mostly others (a polynomial modulo 2**31 - 1)."""
    keys = np.empty(len(start) - 1, np.int64)
    for row in prange(len(start) - 1):
        key = np.int64(0)
        for k in range(start[row], start[row + 1]):
            key = (key * 1_103_515_245 + np.int64(volunteer[k]) * 65_599 + cost[k]) % 2_147_483_647
        keys[row] = key
    return keys


@njit(cache=True, parallel=True)
def as_first(start, volunteer, cost, first):
    """Whether each row is, to the last entry, as the row ``first`` of it."""
    same = np.ones(len(first), np.bool_)
    for row in prange(len(first)):
        other = first[row]
        if start[row + 1] - start[row] != start[other + 1] - start[other]:
            same[row] = False
            continue
        for i in range(start[row + 1] - start[row]):
            a, b = start[row] + i, start[other] + i
            if volunteer[a] != volunteer[b] or cost[a] != cost[b]:
                same[row] = False
                break
    return same


@njit(cache=True)
def united(start, volunteer, cost, edges, members, n_volunteers):
    """Rows of groups, each all that is in a row of its ``members[edges[g]:edges[g + 1]]``, once."""
    first = np.zeros(len(edges), np.int64)
    to, by = np.empty(len(volunteer), np.int32), np.empty(len(volunteer), np.int32)
    seen_by = np.full(n_volunteers, NOBODY, np.int64)
    at = 0
    for g in range(len(edges) - 1):
        for i in range(edges[g], edges[g + 1]):
            for k in range(start[members[i]], start[members[i] + 1]):
                if seen_by[volunteer[k]] != g:
                    seen_by[volunteer[k]] = g
                    to[at], by[at] = volunteer[k], cost[k]
                    at += 1
        first[g + 1] = at
    return first, to[:at].copy(), by[:at].copy()


@njit(cache=True, parallel=True)
def least_pays(start, volunteer, cost, gate_of, price, unmatched_cost):
    """What each elder pays at least at the prices of gates, unmatched or not; rows in any order, prices of any sign."""
    least = unmatched_cost.copy()
    for e in prange(len(least)):
        for k in range(start[e], start[e + 1]):
            least[e] = min(least[e], cost[k] + price[gate_of[e] + volunteer[k]])
    return least
