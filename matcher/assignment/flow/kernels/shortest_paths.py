"""Successive shortest paths from a good plan to the best one, for the few elders who do not have their cheapest place.

Prices of places support a plan where every elder has a place that is cheapest for them at these prices, and a
volunteer's places are taken as far as they are worth their price. ``augment_by_shortest_paths`` takes any plan and
any prices and frees the elders for whom that is not so. Each is led along a shortest path of displacements to a place
left free; all others stay as they should be (reduced costs: Edmonds and Karp 1972; Ahuja, Magnanti and Orlin 1993,
9.7). An elder's own old place is never further than what they overpaid, so that searches end soon.

The network: an elder goes by a gate to a volunteer and from there to the sink, or straight to the sink, unmatched.
Gates 0 … n - 1 are the volunteers themselves; gate n + v, for limited elders, leads to volunteer v and lets only so
many by. Rows are as in ``row_scans.py``, in any order of cost.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_FAR = np.int64(2**62)
"""A distance that no path has."""
_NOBODY = -1
_SIZE, _SEEN = 0, 1
_ELDER, _ARC, _ORIGIN = 0, 1, 2


@njit(cache=True)
def _offer(node, reach, elder, arc, origin, dist, via, heap, place, seen, count):
    """Note that ``node`` can be reached: by an elder who moves there from ``origin`` by a candidate, or by nobody.

    ``heap`` is a binary one of nodes by distance, then number; ``place`` is where in it each stands. ``seen`` lists all
    that were ever in it.
    """
    if reach >= dist[node]:
        return
    if dist[node] == _FAR:
        seen[count[_SEEN]] = node
        count[_SEEN] += 1
        place[node] = count[_SIZE]
        count[_SIZE] += 1
    dist[node] = reach
    via[_ELDER, node], via[_ARC, node], via[_ORIGIN, node] = elder, arc, origin
    i = place[node]
    while i > 0:
        up = heap[(i - 1) >> 1]
        if dist[up] < reach or (dist[up] == reach and up < node):
            break
        heap[i], place[up] = up, i
        i = (i - 1) >> 1
    heap[i], place[node] = node, i


@njit(cache=True)
def _pop_nearest(dist, heap, place, count):
    """Take the nearest node out of the heap and return it."""
    top = heap[0]
    count[_SIZE] -= 1
    size = count[_SIZE]
    node = heap[size]
    i = 0
    while 2 * i + 1 < size:
        down = 2 * i + 1
        if down + 1 < size:
            left, right = heap[down], heap[down + 1]
            if dist[right] < dist[left] or (dist[right] == dist[left] and right < left):
                down += 1
        below = heap[down]
        if dist[node] < dist[below] or (dist[node] == dist[below] and node < below):
            break
        heap[i], place[below] = below, i
        i = down
    heap[i], place[node] = node, i
    return top


@njit(cache=True)
def _count_loads(volunteer, gate_of, own, n):
    """Return how many elders each volunteer has, and how many limited ones."""
    load, limited_load = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for e in range(len(own)):
        if own[e] >= 0:
            load[volunteer[own[e]]] += 1
            if gate_of[e] > 0:
                limited_load[volunteer[own[e]]] += 1
    return load, limited_load


@njit(cache=True)
def _fit_prices(price, load, limited_load, capacity, load_cost, limit, hole):
    """Fit prices and loads: taken places cost no less than the last one; places worth their price are holes."""
    n = len(capacity)
    for v in range(n):
        row = 0 if len(load_cost) == 1 else v
        if load[v] > 0:
            price[v] = max(price[v], load_cost[row, load[v] - 1])
        while load[v] < capacity[v] and price[v] > load_cost[row, load[v]]:
            load[v] += 1
            hole[v] += 1
        price[n + v] = max(price[n + v], price[v])
        if limited_load[v] < limit[v]:
            price[n + v] = price[v]


@njit(cache=True)
def _price_elder(e, start, volunteer, cost, gate, price, unmatched):
    """Return what elder ``e`` pays at least."""
    least = unmatched
    for k in range(start[e], start[e + 1]):
        least = min(least, cost[k] + price[gate + volunteer[k]])
    return least


@njit(cache=True)
def _free_overpaying(start, volunteer, cost, unmatched_cost, gate_of, load_cost, own, price, load, limited_load, hole):
    """Free the elders who could pay less elsewhere, leave a hole where a place is worth filling, and return them."""
    n, freed = len(load), np.empty(len(own), np.int64)
    sink, count = 2 * n, 0
    for e in range(len(own)):
        k, gate = own[e], gate_of[e]
        pays = unmatched_cost[e] if k < 0 else cost[k] + price[gate + volunteer[k]]
        if pays <= _price_elder(e, start, volunteer, cost, gate, price, unmatched_cost[e]):
            continue
        freed[count] = e
        count += 1
        own[e] = _NOBODY
        if k < 0:
            hole[sink] += 1
            continue
        v = volunteer[k]
        if gate > 0 and price[n + v] > price[v]:
            hole[n + v] += 1
            continue
        if gate > 0:
            limited_load[v] -= 1
        if price[v] > load_cost[0 if len(load_cost) == 1 else v, load[v] - 1]:
            hole[v] += 1
            continue
        load[v] -= 1
        hole[sink] += 1
    return freed[:count]


@njit(cache=True)
def _list_held(volunteer, gate_of, own, freed, n):
    """Return who is held by each gate and by the sink (unmatched) as linked lists: the first, and who comes next."""
    first = np.full(2 * n + 1, _NOBODY, np.int64)
    after, before = np.full(len(own), _NOBODY, np.int64), np.full(len(own), _NOBODY, np.int64)
    is_free = np.zeros(len(own), np.bool_)
    is_free[freed] = True
    for e in range(len(own) - 1, -1, -1):
        if not is_free[e]:
            _link(e, 2 * n if own[e] < 0 else gate_of[e] + volunteer[own[e]], first, after, before)
    return first, after, before


@njit(cache=True)
def _link(e, g, first, after, before):
    """Put ``e`` on the list of ``g``."""
    after[e], before[e] = first[g], _NOBODY
    if first[g] >= 0:
        before[first[g]] = e
    first[g] = e


@njit(cache=True)
def _unlink(e, g, first, after, before):
    """Take ``e`` off the list of ``g``."""
    if before[e] >= 0:
        after[before[e]] = after[e]
    else:
        first[g] = after[e]
    if after[e] >= 0:
        before[after[e]] = before[e]


@njit(cache=True)
def augment_by_shortest_paths(
    start, volunteer, cost, unmatched_cost, gate_of, capacity, load_cost, limit, own, price, most_scans
):
    """Return the best plan, from any plan and prices, by successive shortest paths.

    Args:
        start: Rows of all candidates, with the next two.
        volunteer: See ``start``.
        cost: See ``start``.
        unmatched_cost: Of each elder, int64.
        gate_of: 0 for an elder who goes straight to the volunteer, the number of volunteers for a limited one, int64.
        capacity: Places, int64 (n,).
        load_cost: int64 (n, most places), or (1, most places) for all alike.
        limit: How many limited elders each volunteer may have, int64 (n,).
        own: Each elder's candidate, -1 unmatched: within capacities and limits. Changed in place.
        price: Of each gate, int64 (2 n,). Changed in place, first of all to what the loads allow.
        most_scans: Candidates to look at before giving up.

    Returns:
        How many elders' places were sought anew, and whether all were found; where not, ``own`` is no plan any more.
    """
    n = len(capacity)
    sink = 2 * n
    load, limited_load = _count_loads(volunteer, gate_of, own, n)
    hole = np.zeros(2 * n + 1, np.int64)
    _fit_prices(price, load, limited_load, capacity, load_cost, limit, hole)
    freed = _free_overpaying(
        start, volunteer, cost, unmatched_cost, gate_of, load_cost, own, price, load, limited_load, hole
    )
    first, after, before = _list_held(volunteer, gate_of, own, freed, n)
    dist, place = np.full(2 * n + 1, _FAR, np.int64), np.empty(2 * n + 1, np.int64)
    heap, seen = np.empty(2 * n + 1, np.int64), np.empty(2 * n + 1, np.int64)
    via, count = np.empty((3, 2 * n + 1), np.int64), np.zeros(2, np.int64)
    sink_price, scans = np.int64(0), 0
    # where more places are to be filled than elders are free, as many units come back from the sink: by an unmatched
    # elder, or as a place that is left empty after all
    hole[sink] += len(freed) - hole.sum()
    back = max(-hole[sink], 0)
    hole[sink] = max(hole[sink], 0)
    for turn in range(len(freed) + back):
        source = freed[turn] if turn < len(freed) else np.int64(-1)
        root = np.int64(-1) if turn < len(freed) else np.int64(sink)
        count[:] = 0
        g, at, target = root, np.int64(0), np.int64(-1)  # first whom or what is sought for, then gates
        if root == sink:
            _offer(sink, at, -1, -1, -1, dist, via, heap, place, seen, count)
            _pop_nearest(dist, heap, place, count)
        while scans <= most_scans:
            e = source if g < 0 else first[g]
            while e >= 0:
                gate, unmatched = gate_of[e], unmatched_cost[e] + sink_price
                if g < 0:
                    pays = _price_elder(e, start, volunteer, cost, gate, price, unmatched)
                else:
                    pays = unmatched if g == sink else cost[own[e]] + price[g]
                for k in range(start[e], start[e + 1]):
                    w = gate + volunteer[k]
                    _offer(w, at + cost[k] + price[w] - pays, e, k, g, dist, via, heap, place, seen, count)
                _offer(sink, at + unmatched - pays, e, -1, g, dist, via, heap, place, seen, count)
                scans += start[e + 1] - start[e]
                e = after[e] if g >= 0 else np.int64(-1)
            # ways along which nobody moves: from gate to volunteer, to the sink, and back where something flows
            if g == sink:
                for v in range(n):
                    if load[v] > 0:
                        last = load_cost[0 if len(load_cost) == 1 else v, load[v] - 1]
                        _offer(v, at + price[v] - last - sink_price, -1, -1, g, dist, via, heap, place, seen, count)
                scans += n
            elif g >= n:
                if limited_load[g - n] < limit[g - n]:
                    _offer(g - n, at + price[g - n] - price[g], -1, -1, g, dist, via, heap, place, seen, count)
            elif g >= 0:
                if limited_load[g] > 0:
                    _offer(g + n, at + price[g + n] - price[g], -1, -1, g, dist, via, heap, place, seen, count)
                if load[g] < capacity[g]:
                    following = load_cost[0 if len(load_cost) == 1 else g, load[g]]
                    _offer(sink, at + following + sink_price - price[g], -1, -1, g, dist, via, heap, place, seen, count)
            if count[_SIZE] == 0:
                break
            g = _pop_nearest(dist, heap, place, count)
            at = dist[g]
            if hole[g] > 0:
                target = g
                break
        if target < 0:
            return len(freed), False
        for j in range(count[_SEEN]):  # what lies nearer than the place found is dearer now
            w = seen[j]
            rise = max(at - dist[w], 0)
            dist[w] = _FAR
            if w == sink:
                sink_price += rise
            else:
                price[w] += rise
        hole[target] -= 1
        g = target
        while g != root:  # along the path, from its end
            e, arc, origin = via[_ELDER, g], via[_ARC, g], via[_ORIGIN, g]
            if e >= 0:
                if origin >= 0:
                    _unlink(e, origin, first, after, before)
                own[e] = arc
                _link(e, g, first, after, before)
            elif g == sink:
                load[origin] += 1
            elif origin == sink:
                load[g] -= 1
            elif origin >= n:
                limited_load[g] += 1
            else:
                limited_load[origin] -= 1
            g = origin
    price -= sink_price
    return len(freed), True
