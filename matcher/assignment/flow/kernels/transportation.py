"""Transportation of units from hubs to places at the least cost, by a primal-dual method in bulk, compiled.

Hubs (groups of elders who are alike) have units, volunteers have places. A unit of hub h at volunteer v costs c. Prices
p of volunteers and payments y of hubs keep c + p - y >= 0 on every candidate. A unit may stay on a candidate that
exceeds that by no more than a slack. A place may stay empty at the floor price alone, which is the lowest there is;
places of some volunteers never. With a slack of 0 a plan without free units and holes is the cheapest (complementary
slackness).

The method is the Hungarian one with many sources at once (Kuhn 1955; Hopcroft and Karp 1973; Gabow and Tarjan 1989):

1. Search backward from all holes (places without a unit) at once, over what may change, by Dijkstra's algorithm with
   buckets (Dial 1969), until each hub with free units is reached, the last at distance D.
2. Lower what lies nearer than D by the difference: now a path of no reduced cost leads from each free unit to a hole.
3. Lead units along such paths, depth first, as many as are found (a blocking flow).

Where no unit is free any more, holes above the floor price are left. From each of them the same search leads to the
nearest volunteer whose price comes down to the floor: a unit of theirs moves on, and their place stays empty.

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
_AGAIN = 8
"""Units are led again before the next search where one in so many of those that were free arrived."""


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
    price: NDArray[np.int64]
    is_full: NDArray[np.bool_]
    """Mask of volunteers no place of whom may stay empty."""
    is_way_out: NDArray[np.bool_]
    """Mask of those who stand for being left out."""


class Near(NamedTuple):
    """How far hubs and volunteers are from a hole, and lists of those that a search came to."""

    hub_distance: NDArray[np.int64]
    volunteer_distance: NDArray[np.int64]
    hubs: NDArray[np.int64]
    volunteers: NDArray[np.int64]


class Walk(NamedTuple):
    """Where leading goes on, and the path on which it is.

    ``hub_on`` and ``volunteer_on`` say in which phase somebody was last come to, ``hub_begun`` and ``volunteer_begun``
    in which their pointer was set: to a hub's next candidate, to a volunteer's next place.
    """

    hub_on: NDArray[np.int64]
    hub_begun: NDArray[np.int64]
    hub_next: NDArray[np.int64]
    volunteer_on: NDArray[np.int64]
    volunteer_begun: NDArray[np.int64]
    volunteer_next: NDArray[np.int64]
    hole_next: NDArray[np.int64]
    unit_next: NDArray[np.int64]
    hub: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    place: NDArray[np.int64]


@step
def _pay(rows, price, shift, pays):
    """Set what each hub pays at least."""
    for h in range(len(rows.start) - 1):
        least = _FAR
        for k in range(rows.start[h], rows.start[h + 1]):
            least = min(least, (rows.cost[k] >> shift) + price[rows.volunteer[k]])
        pays[h] = least


@step
def _free(rows, flow, shift, slack, pays, free, holes):
    """Take units off candidates beyond the slack; count free units and holes."""
    total = 0
    for v in range(len(holes)):
        holes[v] = 0
    at_cost = np.empty(len(holes), np.int64)
    seen = np.full(len(holes), _NONE, np.int64)
    for h in range(len(rows.start) - 1):
        held = False
        free[h] = 0
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
                    q = _NONE
            if q < 0:
                free[h] += 1
                total += 1
    for q in range(len(flow.unit_at_place)):
        if flow.unit_at_place[q] < 0:
            holes[flow.volunteer_of_place[q]] += 1
    return total


@step
def _put(h, d, head, after, before):
    """Put a hub in the bucket of its distance."""
    after[h], before[h] = head[d], _NONE
    if head[d] >= 0:
        before[head[d]] = h
    head[d] = h


@step
def _drop(h, d, head, after, before):
    """Take a hub out of the bucket of its distance."""
    if before[h] >= 0:
        after[before[h]] = after[h]
    else:
        head[d] = after[h]
    if after[h] >= 0:
        before[after[h]] = before[h]


@step
def _scan(v, d, columns, flow, shift, pays, near, n_touched, buckets):
    """Offer the hubs of a volunteer the way over it, which is at distance ``d``; return how many hubs were touched."""
    head, after, before = buckets
    base = d + flow.price[v]
    for i in range(columns.start[v], columns.start[v + 1]):
        h = columns.hub[i]
        reach = base + (columns.cost[i] >> shift) - pays[h]
        if reach < near.hub_distance[h]:
            if near.hub_distance[h] == _FAR:
                near.hubs[n_touched] = h
                n_touched += 1
            elif near.hub_distance[h] < len(head):
                _drop(h, near.hub_distance[h], head, after, before)
            near.hub_distance[h] = reach
            if reach < len(head):
                _put(h, reach, head, after, before)
    return n_touched


@step
def _search(columns, flow, shift, pays, holes, free, n_free, dear, floor, near, buckets):
    """Search backward from holes; return the distance D, -1 beyond the buckets, and how many were touched and seen.

    With free hubs it begins at all holes and ends when all such hubs are reached. Without, it begins at the volunteer
    ``dear`` alone, and ends when some volunteer's price, less what D is beyond them, comes down to the floor: there a
    place may as well stay empty.

    Invariant: distances of hubs taken from the buckets, and of volunteers seen, are final, and none is above ``d``.
    """
    head = buckets[0]
    n_touched, n_seen, reached, d, at, nearest = 0, 0, 0, 0, 0, _FAR
    if n_free == 0:
        near.volunteer_distance[dear] = 0
        near.volunteers[0] = dear
        n_seen = 1
    else:
        for v in range(len(holes)):
            if holes[v] > 0:
                near.volunteer_distance[v] = 0
                near.volunteers[n_seen] = v
                n_seen += 1
    while True:
        # all volunteers seen at distance d are scanned before the next hub is taken
        while at < n_seen:
            v = near.volunteers[at]
            at += 1
            if not flow.is_full[v]:
                nearest = min(nearest, d + flow.price[v] - floor)
            n_touched = _scan(v, d, columns, flow, shift, pays, near, n_touched, buckets)
        if n_free > 0 and reached == n_free:
            return d, n_touched, n_seen
        while d < len(head) and head[d] < 0:
            d += 1
        if n_free == 0 and nearest <= d:
            return nearest, n_touched, n_seen
        if d == len(head):
            return -1, n_touched, n_seen
        h = head[d]
        _drop(h, d, head, buckets[1], buckets[2])
        reached += free[h] > 0
        for u in range(flow.first_unit[h], flow.first_unit[h + 1]):
            q = flow.place_of_unit[u]
            if q >= 0:
                v = flow.volunteer_of_place[q]
                if near.volunteer_distance[v] == _FAR:
                    near.volunteer_distance[v] = d
                    near.volunteers[n_seen] = v
                    n_seen += 1


@step
def _find_path(rows, flow, shift, pays, holes, above, near, phase, walk):
    """Find a path of no reduced cost to a hole priced ``above`` that, depth first; return its depth, or -1.

    It begins with the first step of ``walk``: a hub, or a volunteer without one. Who leads nowhere stays marked with
    the phase, and is not come to again. Invariant: steps 0 to ``depth`` are a path of no reduced cost, and all on it
    are marked.
    """
    depth = 0
    while depth >= 0:
        v = walk.volunteer[depth]
        if v < 0:
            h = walk.hub[depth]
            if walk.hub_begun[h] != phase:
                walk.hub_begun[h], walk.hub_next[h] = phase, rows.start[h]
            k, end = walk.hub_next[h], rows.start[h + 1]
            while k < end:
                v = rows.volunteer[k]
                if (
                    walk.volunteer_on[v] != phase
                    and (rows.cost[k] >> shift) + flow.price[v] == pays[h]
                    and near.volunteer_distance[v] < _FAR
                ):
                    break
                k += 1
            walk.hub_next[h] = k
            if k == end:
                depth -= 1
                continue
            walk.volunteer[depth] = v
            walk.volunteer_on[v] = phase
            if holes[v] > 0 and flow.price[v] > above:
                return depth
        if walk.volunteer_begun[v] != phase:
            walk.volunteer_begun[v], walk.volunteer_next[v] = phase, flow.first_place[v]
        q, end = walk.volunteer_next[v], flow.first_place[v + 1]
        other = _NONE
        while q < end:
            u = flow.unit_at_place[q]
            if u >= 0:
                other = flow.hub_of_unit[u]
                if walk.hub_on[other] != phase:
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
        walk.hub_on[other] = phase
    return -1


@step
def _move(flow, holes, depth, walk):
    """Move units along the path found. Its hubs and volunteers may be come to again."""
    v = walk.volunteer[depth]
    q = walk.hole_next[v]
    while flow.unit_at_place[q] >= 0:
        q += 1
    walk.hole_next[v] = q
    holes[v] -= 1
    for j in range(depth, -1, -1):
        h = walk.hub[j]
        walk.volunteer_on[walk.volunteer[j]] = 0
        if h < 0:
            v = walk.volunteer[0]
            flow.unit_at_place[q] = _NONE
            walk.hole_next[v] = min(walk.hole_next[v], q)
            holes[v] += 1
            return
        walk.hub_on[h] = 0
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
def _lead_units(rows, flow, shift, pays, free, holes, waiting, n_waiting, near, phase, walk):
    """Lead free units to holes, as many as are found; return how many arrived."""
    arrived = 0
    for i in range(n_waiting):
        root = waiting[i]
        while free[root] > 0:
            walk.hub[0], walk.volunteer[0], walk.place[0] = root, _NONE, _NONE
            walk.hub_on[root] = phase
            depth = _find_path(rows, flow, shift, pays, holes, -_FAR, near, phase, walk)
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
        if near.hub_distance[h] < len(buckets[0]):
            buckets[0][near.hub_distance[h]] = _NONE
        near.hub_distance[h] = _FAR
    for i in range(n_seen):
        near.volunteer_distance[near.volunteers[i]] = _FAR


@step
def _empty_places(rows, columns, flow, shift, pays, holes, free, floor, near, buckets, mark, walk):
    """Fill holes above the floor price with units of volunteers at it, or bring their prices down to it.

    Each volunteer's holes are filled by searches from there alone, which end near by. Returns the last mark used and
    whether the buckets sufficed.
    """
    for dear in range(len(holes)):
        while holes[dear] > 0 and flow.price[dear] > floor:
            d, n_touched, n_seen = _search(columns, flow, shift, pays, holes, free, 0, dear, floor, near, buckets)
            if d < 0:
                _forget(n_touched, n_seen, near, buckets)
                return mark, False
            _lower(flow, pays, d, n_touched, n_seen, near)
            mark += 1
            for i in range(n_seen):
                v = near.volunteers[i]
                if holes[dear] == 0 or flow.price[dear] <= floor:
                    break
                if flow.price[v] == floor and not flow.is_full[v] and walk.volunteer_on[v] != mark:
                    walk.hub[0], walk.volunteer[0], walk.place[0] = _NONE, v, _NONE
                    walk.volunteer_on[v] = mark
                    depth = _find_path(rows, flow, shift, pays, holes, floor, near, mark, walk)
                    if depth >= 0:
                        _move(flow, holes, depth, walk)
            _forget(n_touched, n_seen, near, buckets)
    return mark, True


@loop
def run_stage(rows, columns, flow, floor, shift, slack, n_buckets, most_phases, pays):
    """Lead units to places until none is free and no place is empty in vain, for at most so many phases.

    ``flow`` is changed in place; ``pays``, (n_hubs,), is set. ``floor`` is the price at which places may stay empty,
    (1,), changed in place. Returns how many units are free, -1 where buckets did not suffice.
    """
    n_hubs, n = len(rows.start) - 1, len(columns.start) - 1
    free, holes = np.zeros(n_hubs, np.int64), np.zeros(n, np.int64)
    _pay(rows, flow.price, shift, pays)
    total = _free(rows, flow, shift, slack, pays, free, holes)
    near = Near(
        np.full(n_hubs, _FAR, np.int64),
        np.full(n, _FAR, np.int64),
        np.empty(n_hubs, np.int64),
        np.empty(n, np.int64),
    )
    buckets = np.full(n_buckets, _NONE, np.int64), np.empty(n_hubs, np.int64), np.empty(n_hubs, np.int64)
    walk = Walk(
        np.zeros(n_hubs, np.int64),
        np.zeros(n_hubs, np.int64),
        np.empty(n_hubs, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.empty(n, np.int64),
        flow.first_place[:-1].copy(),
        flow.first_unit[:-1].copy(),
        np.empty(n_hubs + 2, np.int64),
        np.empty(n_hubs + 2, np.int64),
        np.empty(n_hubs + 2, np.int64),
    )
    waiting = np.empty(n_hubs, np.int64)
    phase, mark = 0, 0
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
        # again while it pays: a search takes about as long as one leading of many
        arrived = total
        while arrived > 0 and total > 0 and _AGAIN * arrived >= total:
            mark += 1
            arrived = _lead_units(rows, flow, shift, pays, free, holes, waiting, n_waiting, near, mark, walk)
            total -= arrived
        _forget(n_touched, n_seen, near, buckets)
    if total == 0:
        _, done = _empty_places(rows, columns, flow, shift, pays, holes, free, floor[0], near, buckets, mark, walk)
        if not done:
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
            fall[v] = flow.price[v] - floor
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
