"""Units of hubs on places of volunteers, what hubs pay, and the auction that begins a stage, compiled.

See ``transportation`` for the problem, the theorem and the method that these steps serve.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import step

FAR = np.int64(2**62)
NONE = -1

_HIGHEST_BID = 64
"""By how much a bid exceeds a price at most: without a next best it could be any."""


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


@step
def pay(rows, price, shift, pays):
    """Set what each hub pays at least."""
    for h in range(len(rows.start) - 1):
        least = FAR
        for k in range(rows.start[h], rows.start[h + 1]):
            least = min(least, (rows.cost[k] >> shift) + price[rows.volunteer[k]])
        pays[h] = least


@step
def find_gap(v, flow, shift, holes, floor):
    """Return by how much a volunteer's price is too low for their next place; below 0 where that must be filled."""
    if flow.is_full[v]:
        return np.int64(-1)
    return (flow.place_cost[flow.first_place[v + 1] - holes[v]] >> shift) + floor - flow.price[v]


@step
def find_excess(v, flow, shift, holes, floor):
    """Return by how much a volunteer's price is above what their last filled place costs."""
    return flow.price[v] - floor - (flow.place_cost[flow.first_place[v + 1] - holes[v] - 1] >> shift)


@step
def free_units(rows, flow, shift, slack, pays, free, holes, floor):
    """Take units off candidates and places beyond the slack; count free units and holes."""
    for v in range(len(holes)):
        holes[v] = 0
    at_cost = np.empty(len(holes), np.int64)
    seen = np.full(len(holes), NONE, np.int64)
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
                    flow.unit_at_place[q] = NONE
                    flow.place_of_unit[u] = NONE
    for q in range(len(flow.unit_at_place)):
        holes[flow.volunteer_of_place[q]] += flow.unit_at_place[q] < 0
    for v in range(len(holes)):
        n_places = flow.first_place[v + 1] - flow.first_place[v]
        for q in range(flow.first_place[v], flow.first_place[v + 1]):
            if flow.is_full[v] or holes[v] == n_places or find_excess(v, flow, shift, holes, floor) >= -slack:
                break
            u = flow.unit_at_place[q]
            if u >= 0:
                flow.unit_at_place[q] = NONE
                flow.place_of_unit[u] = NONE
                holes[v] += 1
    total = 0
    for h in range(len(rows.start) - 1):
        free[h] = 0
        for u in range(flow.first_unit[h], flow.first_unit[h + 1]):
            free[h] += flow.place_of_unit[u] < 0
        total += free[h]
    return total


@step
def _sink(flow, offer, first, end, at):
    """Let the place ``at`` sink among those from ``first`` to ``end``, a binary heap by offer, until it fits.

    All have units, and these move with the offers.
    """
    while True:
        low = 2 * at - first + 1
        if low + 1 < end and offer[low + 1] < offer[low]:
            low += 1
        if low >= end or offer[at] <= offer[low]:
            return
        offer[at], offer[low] = offer[low], offer[at]
        flow.unit_at_place[at], flow.unit_at_place[low] = flow.unit_at_place[low], flow.unit_at_place[at]
        flow.place_of_unit[flow.unit_at_place[at]], flow.place_of_unit[flow.unit_at_place[low]] = at, low
        at = low


@step
def bid(rows, flow, shift, slack, holes, floor, most_reads):
    """Let free units bid for places (auction, Bertsekas and Castañon 1989), until none is free or too much was read.

    A unit takes the cheapest place; where all are taken it drives the lowest bidder out. Its bid is the price at which
    its next best would be cheaper, and the slack more. Invariant: a price is no higher than any bid there, so that all
    who have a place pay the least but for the slack. The places of a volunteer who is full are a heap by bid, the
    lowest first: a way out may have thousands.
    """
    n_units = len(flow.place_of_unit)
    waiting, offer = np.empty(n_units, np.int64), flow.price[flow.volunteer_of_place]
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
        best, second, v = FAR, FAR, np.int64(NONE)
        for k in range(rows.start[h], rows.start[h + 1]):
            total = np.int64(rows.cost[k] >> shift)
            if total + least >= second:
                break
            reads += 1
            w = np.int64(rows.volunteer[k])
            total += flow.price[w]
            if holes[w] > 0:
                total += max(find_gap(w, flow, shift, holes, floor), 0)
            if total < best:
                best, second, v = total, best, w
            elif total < second:
                second = total
        if v < 0:
            continue
        first, end = flow.first_place[v], flow.first_place[v + 1]
        is_hole = holes[v] > 0
        if is_hole:
            flow.price[v] += max(find_gap(v, flow, shift, holes, floor), 0)
            q = next_hole[v]
            while flow.unit_at_place[q] >= 0:
                q += 1
            next_hole[v] = q
            holes[v] -= 1
        else:
            q = first
            out = flow.unit_at_place[q]
            flow.place_of_unit[out] = NONE
            waiting[(head + count) % n_units] = out
            count += 1
        flow.place_of_unit[u] = q
        flow.unit_at_place[q] = u
        offer[q] = flow.price[v] + min(second - best, _HIGHEST_BID) + slack
        if holes[v] == 0:
            # the last hole filled makes the heap, from its last branch up; later only the first place changes
            for at in range(first + (end - first) // 2 - 1 if is_hole else first, first - 1, -1):
                _sink(flow, offer, first, end, at)
            flow.price[v] = max(flow.price[v], offer[first])
