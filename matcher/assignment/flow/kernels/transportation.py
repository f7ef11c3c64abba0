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

from matcher.compiling import loop, step

_FAR = np.int64(2**62)
_NONE = -1


class Rows(NamedTuple):
    """Candidates of hubs: those of hub h are ``start[h]`` to ``start[h + 1]``, in order of cost."""

    start: NDArray[np.int64]
    volunteer: NDArray[np.int32]
    cost: NDArray[np.int32]


class Columns(NamedTuple):
    """The same candidates by volunteer."""

    start: NDArray[np.int64]
    hub: NDArray[np.int32]
    cost: NDArray[np.int32]


class Flow(NamedTuple):
    """Which unit has which place, and what places cost.

    Units of hub h are ``first_unit[h]`` to ``first_unit[h + 1]``, places of volunteer v ``first_place[v]`` to
    ``first_place[v + 1]``.
    """

    first_unit: NDArray[np.int64]
    first_place: NDArray[np.int64]
    hub_of_unit: NDArray[np.int32]
    volunteer_of_place: NDArray[np.int32]
    place_of_unit: NDArray[np.int32]
    unit_at_place: NDArray[np.int32]
    place_cost: NDArray[np.int64]
    """Of a volunteer's first, second, ... place to be filled, whichever that is; it does not fall."""
    price: NDArray[np.int64]
    is_full: NDArray[np.bool_]
    """Mask of volunteers all of whose places must be filled."""
    is_way_out: NDArray[np.bool_]
    """Mask of those who stand for being left out."""


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


_HIGHEST_BID = 64
"""By how much a bid exceeds a price at most: without a next best it could be any."""
_NO_LAYER = np.int32(2**31 - 1)


@step
def _pay(rows, price, shift, pays):
    """Set what each hub pays at least."""
    for h in range(len(rows.start) - 1):
        least = _FAR
        for k in range(rows.start[h], rows.start[h + 1]):
            least = min(least, (rows.cost[k] >> shift) + price[rows.volunteer[k]])
        pays[h] = least


@step
def _find_gap(v, flow, shift, holes, floor):
    """Return by how much a volunteer's price is too low for their next place; below 0 where that must be filled."""
    if flow.is_full[v]:
        return np.int64(-1)
    return (flow.place_cost[flow.first_place[v + 1] - holes[v]] >> shift) + floor - flow.price[v]


@step
def _find_excess(v, flow, shift, holes, floor):
    """Return by how much a volunteer's price is above what their last filled place costs."""
    return flow.price[v] - floor - (flow.place_cost[flow.first_place[v + 1] - holes[v] - 1] >> shift)


@step
def _free(rows, flow, shift, slack, pays, free, holes, floor):
    """Take units off candidates and places beyond the slack; count free units and holes."""
    for v in range(len(holes)):
        holes[v] = 0
    at_cost = np.empty(len(holes), np.int64)
    seen = np.full(len(holes), _NONE, np.int64)
    for h in range(len(rows.start) - 1):
        held = False
        for u in range(flow.first_unit[h], flow.first_unit[h + 1]):
            held |= flow.place_of_unit[u] >= 0
        if held:
            for k in range(rows.start[h], rows.start[h + 1]):
                at_cost[rows.volunteer[k]] = rows.cost[k] >> shift
                seen[rows.volunteer[k]] = h
        for u in range(flow.first_unit[h], flow.first_unit[h + 1]):
            q = flow.place_of_unit[u]
            if q >= 0:
                v = flow.volunteer_of_place[q]
                if seen[v] != h or at_cost[v] + flow.price[v] - pays[h] > slack:
                    flow.unit_at_place[q] = _NONE
                    flow.place_of_unit[u] = _NONE
    for q in range(len(flow.unit_at_place)):
        holes[flow.volunteer_of_place[q]] += flow.unit_at_place[q] < 0
    for v in range(len(holes)):
        n_places = flow.first_place[v + 1] - flow.first_place[v]
        for q in range(flow.first_place[v], flow.first_place[v + 1]):
            if flow.is_full[v] or holes[v] == n_places or _find_excess(v, flow, shift, holes, floor) >= -slack:
                break
            u = flow.unit_at_place[q]
            if u >= 0:
                flow.unit_at_place[q] = _NONE
                flow.place_of_unit[u] = _NONE
                holes[v] += 1
    total = 0
    for h in range(len(rows.start) - 1):
        free[h] = 0
        for u in range(flow.first_unit[h], flow.first_unit[h + 1]):
            free[h] += flow.place_of_unit[u] < 0
        total += free[h]
    return total


@step
def _bid(rows, flow, shift, slack, holes, floor, most_reads):
    """Let free units bid for places (auction, Bertsekas and Castañon 1989), until none is free or too much was read.

    A unit takes the cheapest place; where all are taken it drives the lowest bidder out. Its bid is the price at which
    its next best would be cheaper, and the slack more. Invariant: a price is no higher than any bid there, so that all
    who have a place pay the least but for the slack.
    """
    n_units = len(flow.place_of_unit)
    waiting, bid = np.empty(n_units, np.int64), flow.price[flow.volunteer_of_place]
    next_hole, least = flow.first_place[:-1].copy(), flow.price.min()
    head, count, reads = 0, 0, 0
    for u in range(n_units):
        if flow.place_of_unit[u] < 0:
            waiting[count] = u
            count += 1
    while count > 0 and reads < most_reads:
        u = waiting[head]
        h = flow.hub_of_unit[u]
        head = head + 1 if head + 1 < n_units else 0
        count -= 1
        best, second, v = _FAR, _FAR, np.int64(_NONE)
        for k in range(rows.start[h], rows.start[h + 1]):
            total = np.int64(rows.cost[k] >> shift)
            if total + least >= second:
                break
            reads += 1
            w = np.int64(rows.volunteer[k])
            total += flow.price[w]
            if holes[w] > 0:
                total += max(_find_gap(w, flow, shift, holes, floor), 0)
            if total < best:
                best, second, v = total, best, w
            elif total < second:
                second = total
        if v < 0:
            continue
        first, end = flow.first_place[v], flow.first_place[v + 1]
        if holes[v] > 0:
            flow.price[v] += max(_find_gap(v, flow, shift, holes, floor), 0)
            q = next_hole[v]
            while flow.unit_at_place[q] >= 0:
                q += 1
            next_hole[v] = q
            holes[v] -= 1
        else:
            q = first
            for i in range(first + 1, end):
                if bid[i] < bid[q]:
                    q = i
            reads += end - first
            out = flow.unit_at_place[q]
            flow.place_of_unit[out] = _NONE
            waiting[(head + count) % n_units] = out
            count += 1
        flow.place_of_unit[u] = q
        flow.unit_at_place[q] = u
        bid[q] = flow.price[v] + min(second - best, _HIGHEST_BID) + slack
        if holes[v] == 0:
            lowest = bid[first]
            for i in range(first + 1, end):
                lowest = min(lowest, bid[i])
            flow.price[v] = max(flow.price[v], lowest)


@step
def _put(h, d, buckets):
    """Put a hub in the bucket of its distance."""
    buckets.hub_after[h], buckets.hub_before[h] = buckets.hub[d], _NONE
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
            if near.hub_distance[h] == _FAR:
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
    if near.volunteer_distance[v] < _FAR:
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
    n_touched, n_seen, reached, d, at, nearest, layer = 0, 0, 0, 0, 0, _FAR, np.int32(0)
    if n_free == 0:
        n_seen = _see(dear, 0, layer, near, n_seen)
        if not flow.is_full[dear]:
            nearest = -_find_gap(dear, flow, shift, holes, floor)
    else:
        for v in range(len(holes)):
            if holes[v] > 0:
                gap = _find_gap(v, flow, shift, holes, floor)
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
                nearest = min(nearest, d + max(_find_excess(v, flow, shift, holes, floor), 0))
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
        buckets.volunteer[d] = _NONE
        while v >= 0:
            n_seen = _see(v, d, layer, near, n_seen)
            v = buckets.volunteer_after[v]
        h = buckets.hub[d]
        buckets.hub[d] = _NONE
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
            if holes[v] > 0 and _find_gap(v, flow, shift, holes, floor) <= most_gap:
                return depth
        if walk.volunteer_begun[v] != turn:
            walk.volunteer_begun[v], walk.volunteer_next[v] = turn, flow.first_place[v]
        q, end = walk.volunteer_next[v], flow.first_place[v + 1]
        other = _NONE
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
            walk.volunteer[depth] = _NONE
            walk.hub_next[walk.hub[depth]] += 1
            continue
        depth += 1
        walk.hub[depth], walk.volunteer[depth], walk.place[depth] = other, _NONE, q
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
            flow.unit_at_place[q] = _NONE
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
            walk.hub[0], walk.volunteer[0], walk.place[0] = root, _NONE, _NONE
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
            buckets.hub[near.hub_distance[h]] = _NONE
        near.hub_distance[h], near.hub_layer[h] = _FAR, _NO_LAYER
    for i in range(n_seen):
        v = near.volunteers[i]
        near.volunteer_distance[v], near.volunteer_layer[v] = _FAR, _NO_LAYER


@step
def _empty_places(rows, columns, flow, shift, pays, holes, free, floor, near, buckets, turn, walk):
    """Fill places that must be with units whose own place may be empty, or bring their prices down.

    Each volunteer's are filled by searches from there alone, which end near by. Returns whether the buckets sufficed.
    """
    for dear in range(len(holes)):
        while holes[dear] > 0 and _find_gap(dear, flow, shift, holes, floor) < 0:
            d, n_touched, n_seen = _search(columns, flow, shift, pays, holes, free, 0, dear, floor, near, buckets)
            if d < 0:
                _forget(n_touched, n_seen, near, buckets)
                return False
            _lower(flow, pays, d, n_touched, n_seen, near)
            turn += 1
            for i in range(n_seen):
                v = near.volunteers[i]
                if holes[dear] == 0 or _find_gap(dear, flow, shift, holes, floor) >= 0:
                    break
                if v != dear and not flow.is_full[v] and _find_excess(v, flow, shift, holes, floor) <= 0:
                    walk.hub[0], walk.volunteer[0], walk.place[0] = _NONE, v, _NONE
                    depth = _find_path(rows, flow, shift, pays, holes, floor, -1, near, turn, walk)
                    if depth >= 0:
                        _move(flow, holes, depth, walk)
            _forget(n_touched, n_seen, near, buckets)
    return True


@loop
def run_stage(rows, columns, flow, floor, shift, slack, n_buckets, most_phases, most_reads, pays):
    """Lead units to places until none is free and no place is empty in vain, for at most so many phases.

    ``flow`` is changed in place; ``pays``, (n_hubs,), is set. ``floor`` is the price at which places that cost nothing
    may stay empty, (1,), changed in place. Where there is slack, free units bid for places first. Returns how many
    units are free, -1 where buckets did not suffice.
    """
    n_hubs, n = len(rows.start) - 1, len(columns.start) - 1
    free, holes = np.zeros(n_hubs, np.int64), np.zeros(n, np.int64)
    _pay(rows, flow.price, shift, pays)
    total = _free(rows, flow, shift, slack, pays, free, holes, floor[0])
    if slack > 0 and total > 0:
        _bid(rows, flow, shift, slack, holes, floor[0], most_reads)
        _pay(rows, flow.price, shift, pays)
        total = _free(rows, flow, shift, slack, pays, free, holes, floor[0])
    near = Near(
        np.full(n_hubs, _FAR, np.int64),
        np.full(n, _FAR, np.int64),
        np.full(n_hubs, _NO_LAYER, np.int32),
        np.full(n, _NO_LAYER, np.int32),
        np.empty(n_hubs, np.int64),
        np.empty(n, np.int64),
    )
    buckets = Buckets(
        np.full(n_buckets, _NONE, np.int64),
        np.empty(n_hubs, np.int64),
        np.empty(n_hubs, np.int64),
        np.full(n_buckets, _NONE, np.int64),
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
            columns, flow, shift, pays, holes, free, n_waiting, _NONE, floor[0], near, buckets
        )
        if d < 0:
            return -1
        _lower(flow, pays, d, n_touched, n_seen, near)
        floor[0] -= d
        total -= _lead_units(rows, flow, shift, pays, free, holes, floor[0], waiting, n_waiting, near, phase, walk)
        _forget(n_touched, n_seen, near, buckets)
        # volunteers whose next place was further than the search went
        buckets.volunteer[:] = _NONE
    if total == 0 and not _empty_places(
        rows, columns, flow, shift, pays, holes, free, floor[0], near, buckets, phase, walk
    ):
        return -1
    return total


@loop
def lower_prices(rows, flow, floor, pays):
    """Lower exact prices, in place, to the least that prove the plan.

    Dijkstra's algorithm on reduced costs. A price may fall as far as the floor, where places may stay empty; a way out
    not at all; any other as far as the hubs that have units there let what they pay fall, which is as far as the
    candidate that undercuts first. Invariant: who left the heap may fall by just its distance.
    """
    n_hubs, n = len(rows.start) - 1, len(flow.price)
    fall, hub_fall = np.full(n, _FAR, np.int64), np.full(n_hubs, _FAR, np.int64)
    heap = [(np.int64(0), np.int64(_NONE))]
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
        if fall[v] < _FAR:
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
            if hub_fall[h] < _FAR:
                continue
            hub_fall[h] = d
            for k in range(rows.start[h], rows.start[h + 1]):
                w = rows.volunteer[k]
                reach = d + rows.cost[k] + flow.price[w] - pays[h]
                if reach < fall[w]:
                    fall[w] = reach
                    heappush(heap, (reach, np.int64(w)))
    for v in range(n):
        if fall[v] < _FAR:
            flow.price[v] -= fall[v]
    for h in range(n_hubs):
        if hub_fall[h] < _FAR:
            pays[h] -= hub_fall[h]
