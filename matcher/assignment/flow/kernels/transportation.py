"""Transportation of units from hubs to places at the least cost, by a primal-dual method in bulk, compiled.

Hubs (groups of elders who are alike) have units, volunteers have places. A unit of hub h at volunteer v costs c, and a
volunteer's places, filled in order, cost ever more (load costs; mostly all nothing). Prices p of volunteers and
payments y of hubs keep c + p - y >= 0 on every candidate. A unit may stay on a candidate that exceeds that by no more
than a slack. The next place of a volunteer costs as much as their price less the floor, or more, else it *must be
filled*; the last place filled as much or less. All places of some volunteers must be filled.

Theorem (complementary slackness): with a slack of 0, a plan without free units, and without places that must be filled,
is the cheapest.

The method is the Hungarian one with many sources at once (Kuhn 1955; Hopcroft and Karp 1973; Gabow and Tarjan 1989):

1. Search backward from all holes (places without a unit) at once, over what may change, by Dijkstra's algorithm with
   buckets (Dial 1969), until each hub with free units is reached, the last at distance D. Those of one distance are
   taken in layers, by how many displacements they are from a hole.
2. Lower what lies nearer than D by the difference: now a path of no reduced cost leads from each free unit to a hole.
3. Lead units along such paths from layer to lower layer, depth first, until there are none (a blocking flow, Dinic
   1970).

Where no unit is free any more, places that must be filled are left. From each of them the same search leads to the
nearest volunteer whose price comes down to what their last place costs: a unit of theirs moves on, and their place
stays empty.

Costs count in steps of 2**shift: a stage with rough costs leaves prices near those of the next, finer one.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.kernels.hub_flow import (
    FAR,
    NONE,
    bid,
    find_excess,
    find_gap,
    free_units,
    pay,
)
from matcher.compiling import loop, step


class Near(NamedTuple):
    """How far hubs and volunteers are from a hole, in which layer, and lists of those that a search came to.

    A hub has a layer when its distance is final.
    """

    hub_distance: NDArray[np.int64]
    volunteer_distance: NDArray[np.int64]
    hub_layer: NDArray[np.int32]
    volunteer_layer: NDArray[np.int32]
    hubs: NDArray[np.int64]
    volunteers: NDArray[np.int64]


class Buckets(NamedTuple):
    """Lists, one a distance, of hubs that a search may take next, and of volunteers whose next place is so far."""

    hub: NDArray[np.int64]
    hub_after: NDArray[np.int64]
    hub_before: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    volunteer_after: NDArray[np.int64]


class Walk(NamedTuple):
    """Where leading goes on, and the path on which it is.

    ``hub_begun`` and ``volunteer_begun`` say in which leading a pointer was last set: to a hub's next candidate, to a
    volunteer's next place.
    """

    hub_begun: NDArray[np.int64]
    hub_next: NDArray[np.int64]
    volunteer_begun: NDArray[np.int64]
    volunteer_next: NDArray[np.int64]
    hole_next: NDArray[np.int64]
    unit_next: NDArray[np.int64]
    hub: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    place: NDArray[np.int64]


TOO_FAR, TOO_DEAR = -1, -2
"""Answers of a stage that did not end: distances were beyond the buckets, many places are empty at too high a price."""
_NO_LAYER = np.int32(2**31 - 1)


@step
def _put(h, d, buckets):
    """Put a hub in the bucket of its distance."""
    buckets.hub_after[h], buckets.hub_before[h] = buckets.hub[d], NONE
    if buckets.hub[d] >= 0:
        buckets.hub_before[buckets.hub[d]] = h
    buckets.hub[d] = h


@step
def _drop(h, d, buckets):
    """Take a hub out of the bucket of its distance."""
    if buckets.hub_before[h] >= 0:
        buckets.hub_after[buckets.hub_before[h]] = buckets.hub_after[h]
    else:
        buckets.hub[d] = buckets.hub_after[h]
    if buckets.hub_after[h] >= 0:
        buckets.hub_before[buckets.hub_after[h]] = buckets.hub_before[h]


@step
def _scan(v, d, columns, flow, shift, pays, near, n_touched, buckets):
    """Offer the hubs of a volunteer the way over it, which is at distance ``d``; return how many hubs were touched."""
    base = d + flow.price[v]
    for i in range(columns.start[v], columns.start[v + 1]):
        h = columns.hub[i]
        reach = base + (columns.cost[i] >> shift) - pays[h]
        if reach < near.hub_distance[h]:
            if near.hub_distance[h] == FAR:
                near.hubs[n_touched] = h
                n_touched += 1
            elif near.hub_distance[h] < len(buckets.hub):
                _drop(h, near.hub_distance[h], buckets)
            near.hub_distance[h] = reach
            if reach < len(buckets.hub):
                _put(h, reach, buckets)
    return n_touched


@step
def _see(v, d, layer, near, n_seen):
    """Note a volunteer at their distance; return how many were seen."""
    if near.volunteer_distance[v] < FAR:
        return n_seen
    near.volunteer_distance[v], near.volunteer_layer[v] = d, layer
    near.volunteers[n_seen] = v
    return n_seen + 1


@step
def _search(columns, flow, shift, pays, holes, free, n_free, dear, floor, near, buckets):
    """Search backward from holes; return the distance D, -1 beyond the buckets, and how many were touched and seen.

    With free hubs it begins at all holes, each as far as its place is too dear, and ends when all such hubs are
    reached. Without, it begins at the volunteer ``dear`` alone, and ends when some volunteer's price, less what D is
    beyond them, comes down to what their last place costs: there it may as well stay empty.

    Invariant: distances of hubs taken from the buckets, and of volunteers seen, are final, and none is above ``d``.
    Layers rise with distance, and within one distance with displacements.
    """
    n_buckets = len(buckets.hub)
    n_touched, n_seen, reached, d, at, nearest, layer = 0, 0, 0, 0, 0, FAR, np.int32(0)
    if n_free == 0:
        n_seen = _see(dear, 0, layer, near, n_seen)
        if not flow.is_full[dear]:
            nearest = -find_gap(dear, flow, shift, holes, floor)
    else:
        for v in range(len(holes)):
            if holes[v] > 0:
                gap = find_gap(v, flow, shift, holes, floor)
                if gap <= 0:
                    n_seen = _see(v, 0, layer, near, n_seen)
                elif gap < n_buckets:
                    buckets.volunteer_after[v] = buckets.volunteer[gap]
                    buckets.volunteer[gap] = v
    while True:
        # all volunteers seen are scanned before the next layer is taken
        while at < n_seen:
            v = near.volunteers[at]
            at += 1
            if n_free == 0 and v != dear and not flow.is_full[v]:
                nearest = min(nearest, d + max(find_excess(v, flow, shift, holes, floor), 0))
            n_touched = _scan(v, d, columns, flow, shift, pays, near, n_touched, buckets)
        if n_free > 0 and reached == n_free:
            return d, n_touched, n_seen
        while d < n_buckets and buckets.hub[d] < 0 and buckets.volunteer[d] < 0:
            d += 1
        if n_free == 0 and nearest <= d:
            return nearest, n_touched, n_seen
        if d == n_buckets:
            return -1, n_touched, n_seen
        layer += 1
        v = buckets.volunteer[d]
        buckets.volunteer[d] = NONE
        while v >= 0:
            n_seen = _see(v, d, layer, near, n_seen)
            v = buckets.volunteer_after[v]
        h = buckets.hub[d]
        buckets.hub[d] = NONE
        while h >= 0:
            near.hub_layer[h] = layer
            reached += free[h] > 0
            for u in range(flow.first_unit[h], flow.first_unit[h + 1]):
                q = flow.place_of_unit[u]
                if q >= 0:
                    n_seen = _see(flow.volunteer_of_place[q], d, layer, near, n_seen)
            h = buckets.hub_after[h]


@step
def _find_path(rows, flow, shift, pays, holes, floor, most_gap, near, turn, walk):
    """Find a path of no reduced cost down the layers to a hole with no more than that gap; return its depth, or -1.

    It begins with the first step of ``walk``: a hub, or a volunteer without one. Invariants: steps 0 to ``depth`` are
    such a path; nothing that a pointer has passed leads to a hole in this turn, for layers leave no circles.
    """
    depth = 0
    while depth >= 0:
        v = walk.volunteer[depth]
        if v < 0:
            h = walk.hub[depth]
            if walk.hub_begun[h] != turn:
                walk.hub_begun[h], walk.hub_next[h] = turn, rows.start[h]
            k, end = walk.hub_next[h], rows.start[h + 1]
            while k < end:
                v = rows.volunteer[k]
                if near.volunteer_layer[v] < near.hub_layer[h] and (rows.cost[k] >> shift) + flow.price[v] == pays[h]:
                    break
                k += 1
            walk.hub_next[h] = k
            if k == end:
                depth -= 1
                if depth >= 0:
                    walk.volunteer_next[walk.volunteer[depth]] += 1
                continue
            walk.volunteer[depth] = v
            if holes[v] > 0 and find_gap(v, flow, shift, holes, floor) <= most_gap:
                return depth
        if walk.volunteer_begun[v] != turn:
            walk.volunteer_begun[v], walk.volunteer_next[v] = turn, flow.first_place[v]
        q, end = walk.volunteer_next[v], flow.first_place[v + 1]
        other = NONE
        while q < end:
            u = flow.unit_at_place[q]
            if u >= 0:
                other = flow.hub_of_unit[u]
                if near.hub_layer[other] <= near.volunteer_layer[v]:
                    break
            q += 1
        walk.volunteer_next[v] = q
        if q == end:
            if walk.hub[depth] < 0:
                return -1
            walk.volunteer[depth] = NONE
            walk.hub_next[walk.hub[depth]] += 1
            continue
        depth += 1
        walk.hub[depth], walk.volunteer[depth], walk.place[depth] = other, NONE, q
    return -1


@step
def _move(flow, holes, depth, walk):
    """Move units along the path found."""
    v = walk.volunteer[depth]
    q = walk.hole_next[v]
    while flow.unit_at_place[q] >= 0:
        q += 1
    walk.hole_next[v] = q
    holes[v] -= 1
    for j in range(depth, -1, -1):
        h = walk.hub[j]
        if h < 0:
            v = walk.volunteer[0]
            flow.unit_at_place[q] = NONE
            walk.hole_next[v] = min(walk.hole_next[v], q)
            holes[v] += 1
            return
        if j > 0:
            u = flow.unit_at_place[walk.place[j]]
        else:
            u = walk.unit_next[h]
            while flow.place_of_unit[u] >= 0:
                u += 1
            walk.unit_next[h] = u
        flow.place_of_unit[u] = q
        flow.unit_at_place[q] = u
        q = walk.place[j]


@step
def _lead_units(rows, flow, shift, pays, free, holes, floor, waiting, n_waiting, near, turn, walk):
    """Lead free units to holes, as many as are found; return how many arrived."""
    arrived = 0
    for i in range(n_waiting):
        root = waiting[i]
        while free[root] > 0:
            walk.hub[0], walk.volunteer[0], walk.place[0] = root, NONE, NONE
            depth = _find_path(rows, flow, shift, pays, holes, floor, 0, near, turn, walk)
            if depth < 0:
                break
            _move(flow, holes, depth, walk)
            free[root] -= 1
            arrived += 1
    return arrived


@step
def _lower(flow, pays, d, n_touched, n_seen, near):
    """Lower what lies nearer than ``d`` by the difference."""
    for i in range(n_seen):
        v = near.volunteers[i]
        flow.price[v] -= max(d - near.volunteer_distance[v], 0)
    for i in range(n_touched):
        h = near.hubs[i]
        pays[h] -= max(d - near.hub_distance[h], 0)


@step
def _forget(n_touched, n_seen, near, buckets):
    """Make ready for the next search."""
    for i in range(n_touched):
        h = near.hubs[i]
        if near.hub_distance[h] < len(buckets.hub):
            buckets.hub[near.hub_distance[h]] = NONE
        near.hub_distance[h], near.hub_layer[h] = FAR, _NO_LAYER
    for i in range(n_seen):
        v = near.volunteers[i]
        near.volunteer_distance[v], near.volunteer_layer[v] = FAR, _NO_LAYER


@step
def _empty_places(rows, columns, flow, shift, pays, holes, free, floor, near, buckets, turn, walk):
    """Fill places that must be with units whose own place may be empty, or bring their prices down.

    Each volunteer's are filled by searches from there alone, which end near by. Returns whether the buckets sufficed.
    """
    for dear in range(len(holes)):
        while holes[dear] > 0 and find_gap(dear, flow, shift, holes, floor) < 0:
            d, n_touched, n_seen = _search(columns, flow, shift, pays, holes, free, 0, dear, floor, near, buckets)
            if d < 0:
                _forget(n_touched, n_seen, near, buckets)
                return False
            _lower(flow, pays, d, n_touched, n_seen, near)
            turn += 1
            for i in range(n_seen):
                v = near.volunteers[i]
                if holes[dear] == 0 or find_gap(dear, flow, shift, holes, floor) >= 0:
                    break
                if v != dear and not flow.is_full[v] and find_excess(v, flow, shift, holes, floor) <= 0:
                    walk.hub[0], walk.volunteer[0], walk.place[0] = NONE, v, NONE
                    depth = _find_path(rows, flow, shift, pays, holes, floor, -1, near, turn, walk)
                    if depth >= 0:
                        _move(flow, holes, depth, walk)
            _forget(n_touched, n_seen, near, buckets)
    return True


@loop
def run_stage(rows, columns, flow, floor, shift, slack, n_buckets, most_phases, most_reads, most_dear, pays):
    """Lead units to places until none is free and no place is empty in vain, for at most so many phases.

    Places that must be filled are left where more than ``most_dear`` volunteers have such: ``TOO_DEAR`` is returned.

    ``flow`` is changed in place; ``pays``, (n_hubs,), is set. ``floor`` is the price at which places that cost nothing
    may stay empty, (1,), changed in place. Where there is slack, free units bid for places first. Returns how many
    units are free, ``TOO_FAR`` where buckets did not suffice.
    """
    n_hubs, n = len(rows.start) - 1, len(columns.start) - 1
    free, holes = np.zeros(n_hubs, np.int64), np.zeros(n, np.int64)
    pay(rows, flow.price, shift, pays)
    total = free_units(rows, flow, shift, slack, pays, free, holes, floor[0])
    if slack > 0 and total > 0:
        bid(rows, flow, shift, slack, holes, floor[0], most_reads)
        pay(rows, flow.price, shift, pays)
        total = free_units(rows, flow, shift, slack, pays, free, holes, floor[0])
    near = Near(
        np.full(n_hubs, FAR, np.int64),
        np.full(n, FAR, np.int64),
        np.full(n_hubs, _NO_LAYER, np.int32),
        np.full(n, _NO_LAYER, np.int32),
        np.empty(n_hubs, np.int64),
        np.empty(n, np.int64),
    )
    buckets = Buckets(
        np.full(n_buckets, NONE, np.int64),
        np.empty(n_hubs, np.int64),
        np.empty(n_hubs, np.int64),
        np.full(n_buckets, NONE, np.int64),
        np.empty(n, np.int64),
    )
    walk = Walk(
        np.zeros(n_hubs, np.int64),
        np.empty(n_hubs, np.int64),
        np.zeros(n, np.int64),
        np.empty(n, np.int64),
        flow.first_place[:-1].copy(),
        flow.first_unit[:-1].copy(),
        np.empty(n_hubs + 2, np.int64),
        np.empty(n_hubs + 2, np.int64),
        np.empty(n_hubs + 2, np.int64),
    )
    waiting = np.empty(n_hubs, np.int64)
    phase = 0
    while total > 0 and phase < most_phases:
        phase += 1
        n_waiting = 0
        for h in range(n_hubs):
            if free[h] > 0:
                waiting[n_waiting] = h
                n_waiting += 1
        d, n_touched, n_seen = _search(
            columns, flow, shift, pays, holes, free, n_waiting, NONE, floor[0], near, buckets
        )
        if d < 0:
            return TOO_FAR
        _lower(flow, pays, d, n_touched, n_seen, near)
        floor[0] -= d
        total -= _lead_units(rows, flow, shift, pays, free, holes, floor[0], waiting, n_waiting, near, phase, walk)
        _forget(n_touched, n_seen, near, buckets)
        # volunteers whose next place was further than the search went
        buckets.volunteer[:] = NONE
    if total > 0:
        return total
    n_dear = 0
    for v in range(n):
        n_dear += holes[v] > 0 and find_gap(v, flow, shift, holes, floor[0]) < 0
    if n_dear > most_dear:
        return TOO_DEAR
    filled = _empty_places(rows, columns, flow, shift, pays, holes, free, floor[0], near, buckets, phase, walk)
    return 0 if filled else TOO_FAR


@loop
def lower_prices(rows, flow, floor, pays):
    """Lower exact prices, in place, to the least that prove the plan.

    Dijkstra's algorithm on reduced costs. A price may fall as far as the floor, where places may stay empty; a way out
    not at all; any other as far as the hubs that have units there let what they pay fall, which is as far as the
    candidate that undercuts first. Invariant: who left the heap may fall by just its distance.
    """
    n_hubs, n = len(rows.start) - 1, len(flow.price)
    fall, hub_fall = np.full(n, FAR, np.int64), np.full(n_hubs, FAR, np.int64)
    heap = [(np.int64(0), np.int64(NONE))]
    for v in range(n):
        if not flow.is_full[v]:
            first, end = flow.first_place[v], flow.first_place[v + 1]
            load = 0
            for q in range(first, end):
                load += flow.unit_at_place[q] >= 0
            fall[v] = flow.price[v] - floor
            if end > first:
                fall[v] -= flow.place_cost[first + max(load - 1, 0)]
        elif flow.is_way_out[v]:
            fall[v] = 0
        if fall[v] < FAR:
            heappush(heap, (fall[v], np.int64(v)))
    while len(heap) > 0:
        d, v = heappop(heap)
        if v < 0 or d > fall[v]:
            continue
        for q in range(flow.first_place[v], flow.first_place[v + 1]):
            u = flow.unit_at_place[q]
            if u < 0:
                continue
            h = flow.hub_of_unit[u]
            if hub_fall[h] < FAR:
                continue
            hub_fall[h] = d
            for k in range(rows.start[h], rows.start[h + 1]):
                w = rows.volunteer[k]
                reach = d + rows.cost[k] + flow.price[w] - pays[h]
                if reach < fall[w]:
                    fall[w] = reach
                    heappush(heap, (reach, np.int64(w)))
    for v in range(n):
        if fall[v] < FAR:
            flow.price[v] -= fall[v]
    for h in range(n_hubs):
        if hub_fall[h] < FAR:
            pays[h] -= hub_fall[h]
