"""Who can be served at all, compiled: a largest matching, the best one by tier, and what depends on too few places.

Rows are as in ``row_scans.py``. Nothing here looks at costs.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from matcher.assignment.kernels.row_scans import NOBODY
from matcher.compiling import loop, parallel_loop, step

_FAR = np.int64(2**61)
"""A level above all."""


@loop
def list_rows(first, last, volunteer, n_volunteers):
    """Return which rows have each volunteer v, in order: ``row_at[start[v]:start[v + 1]]``."""
    start = np.zeros(n_volunteers + 1, np.int64)
    for r in range(len(first)):
        for k in range(first[r], last[r]):
            start[volunteer[k] + 1] += 1
    start = np.cumsum(start)
    at = start[:-1].copy()
    row_at = np.empty(start[-1], np.int32)
    for r in range(len(first)):
        for k in range(first[r], last[r]):
            row_at[at[volunteer[k]]] = r
            at[volunteer[k]] += 1
    return start, row_at


@step
def _count_hops(start, row_at, edges, members, partner, load, capacity):
    """Return how many displacements lead from each volunteer to a free place (breadth-first search); far if none."""
    n_volunteers = len(capacity)
    hops = np.full(n_volunteers, n_volunteers + 1, np.int32)
    queue = np.empty(n_volunteers, np.int32)
    seen = np.zeros(len(edges) - 1, np.bool_)
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
        for k in range(start[v], start[v + 1]):
            r = row_at[k]
            if seen[r]:
                continue
            seen[r] = True
            for i in range(edges[r], edges[r + 1]):
                u = partner[members[i]]
                if u >= 0 and hops[u] > n_volunteers:
                    hops[u] = hops[v] + 1
                    queue[count] = u
                    count += 1
    return hops


@loop
def find_max_cardinality_matching(first, last, row, volunteer, start, row_at, edges, members, capacity, order):
    """Return each elder's volunteer in a largest matching.

    Push-relabel (Goldberg and Tarjan 1988) with exact labels.

    ``start`` and ``row_at`` are as of ``list_rows``, ``edges`` and ``members`` say who shares a row, ``order`` who asks
    first. A label says how far a place is
    from a free one at least; an elder takes the place with the smallest, and who held it looks on. Labels are made
    exact whenever as many candidates have been read as there are.
    """
    n_elders, n_volunteers = len(row), len(capacity)
    place = np.zeros(n_volunteers + 1, np.int64)
    place[1:] = np.cumsum(capacity)
    holder = np.full(place[-1], NOBODY, np.int64)
    label = np.zeros(place[-1], np.int32)
    load = np.zeros(n_volunteers, np.int64)
    partner = np.full(n_elders, NOBODY, np.int64)
    waiting = np.empty(n_elders, np.int64)
    count = 0
    for e in order:
        for k in range(first[row[e]], last[row[e]]):
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
        hops = _count_hops(start, row_at, edges, members, partner, load, capacity)
        for v in range(n_volunteers):
            label[place[v] : place[v + 1]] = hops[v]
        head, reads = 0, 0
        while count > 0 and reads <= len(volunteer):
            e = waiting[head]
            head = head + 1 if head + 1 < n_elders else 0
            count -= 1
            best, second, v = far, far, NOBODY
            for k in range(first[row[e]], last[row[e]]):
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


@step
def _exchange(e, v, weight, place, holder, partner, via):
    """Serve ``e`` along the path that found ``v``, in place of ``v``'s elder of the least weight."""
    free = place[v]
    for i in range(place[v], place[v + 1]):
        if weight[holder[i]] < weight[holder[free]]:
            free = i
    partner[holder[free]] = NOBODY
    while True:
        mover = via[v]
        before = partner[mover]
        partner[mover] = v
        holder[free] = mover
        if mover == e:
            return
        for i in range(place[before], place[before + 1]):
            if holder[i] == mover:
                free = i
        v = before


@step
def _find_lighter(e, first, last, row, volunteer, weight, place, holder, level, seen, row_seen, turn, via, stack):
    """Return a volunteer on an alternating path from ``e`` who has an elder of less weight; -1 where there is none."""
    stack[0] = e
    count = 1
    while count > 0:
        count -= 1
        mover = stack[count]
        if row_seen[row[mover]] == turn:
            continue
        for k in range(first[row[mover]], last[row[mover]]):
            v = volunteer[k]
            if seen[v] == turn or level[v] > 0:
                continue
            seen[v], via[v] = turn, mover
            for i in range(place[v], place[v + 1]):
                if weight[holder[i]] < weight[e]:
                    return v
            for i in range(place[v], place[v + 1]):
                stack[count] = holder[i]
                count += 1
        row_seen[row[mover]] = turn
    return np.int64(NOBODY)


@loop
def find_max_weight_served_set(first, last, row, volunteer, capacity, weight, partner):
    """Turn a largest matching into one that is best by weight, and return the levels.

    Greedy over a transversal matroid, the heaviest elders first (Edmonds 1971).

    Who can be served together is independent in a matroid, so that exchanges of one elder for a lighter one reach the
    best set (``partner`` is changed in place); where none is left, the volunteers reached from an unmatched elder are
    full for good, of elders at least as heavy. A volunteer's level, (n_volunteers,), is the weight of the heaviest
    unmatched elder who reaches them, 0 where nobody does. Weights are whole and above 0. Returned with the levels is
    the elder by whom the last step went, of volunteers above level 0.
    """
    n_volunteers = len(capacity)
    place = np.zeros(n_volunteers + 1, np.int64)
    place[1:] = np.cumsum(capacity)
    holder, load = np.full(place[-1], NOBODY, np.int64), np.zeros(n_volunteers, np.int64)
    for e in range(len(partner)):
        v = partner[e]
        if v >= 0:
            holder[place[v] + load[v]] = e
            load[v] += 1
    level, seen, via = (
        np.zeros(n_volunteers, np.int64),
        np.zeros(n_volunteers, np.int64),
        np.empty(n_volunteers, np.int64),
    )
    stack, row_seen = np.empty(len(row) + 1, np.int64), np.zeros(len(first), np.int64)
    turn = 0
    for now in range(weight.max() if len(weight) else 0, 0, -1):
        left_out = np.flatnonzero((partner < 0) & (weight == now))
        gained = len(left_out) > 0
        while gained:
            gained, turn = False, turn + 1
            for e in left_out:
                if partner[e] < 0:
                    v = _find_lighter(
                        e, first, last, row, volunteer, weight, place, holder, level, seen, row_seen, turn, via, stack
                    )
                    if v >= 0:
                        _exchange(e, v, weight, place, holder, partner, via)
                        gained = True
            if not gained:
                for v in range(n_volunteers):
                    if seen[v] == turn:
                        level[v] = now
    return level, via


@parallel_loop
def compute_elder_levels(first, last, row, volunteer, level, weight):
    """Return the least level of each elder's volunteers, or the elder's weight where less, (n_elders,)."""
    of_row = np.full(len(first), _FAR, np.int64)
    for r in prange(len(first)):
        for k in range(first[r], last[r]):
            of_row[r] = min(of_row[r], level[volunteer[k]])
    return np.minimum(of_row[row], weight)
