"""Shortest paths from the sink to a node that lacks a unit, searched backward from there over near candidates alone.

A search from the sink passes all places that stay empty, all over a city. One that comes to it from where a place is
gained mostly ends near by. It needs to know who could go to a node, so that near candidates are listed by node first:
those whose reduced cost is no more than a margin.

A path by a candidate that is not near is longer than the margin and the way on from there. So the path found is a
shortest one, and prices stay right for all candidates, where it is no longer than the margin beside the distance of the
nearest other node on the way; all candidates of the volunteer at the end are taken as near.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from matcher.assignment.kernels.residual_paths import (
    COST,
    ELDER,
    FAR,
    NOBODY,
    ORIGIN,
    SEEN,
    SINK,
    SIZE,
    VOLUNTEER,
    get_row,
    move_along,
    offer,
    pop_nearest,
    start_search,
)
from matcher.compiling import loop, parallel_loop, step

_FIRST = 32
"""Near candidates of an elder that are noted when they are counted; whoever has more is looked at again."""


class Near(NamedTuple):
    """Near candidates by node: those of node i are ``start[i]`` to ``start[i + 1]``."""

    start: NDArray[np.int64]
    elder: NDArray[np.int32]
    cost: NDArray[np.int64]


@parallel_loop
def find_near(rows, sides, plan, margin, end):
    """Return how many candidates of each elder are near, (n_elders,), and where in the row the first of them stand.

    All candidates of the volunteer of ``end`` are.
    """
    # at such a price everybody's are
    price = plan.price.copy()
    price[end], price[end + 1] = -FAR, -FAR
    count, offset = np.zeros(len(rows.first), np.int64), np.empty((len(rows.first), _FIRST), np.int32)
    for e in prange(len(rows.first)):
        v, gate = plan.volunteer[e], 1 + sides.limited[e]
        limit = margin + (sides.unmatched_cost[e] if v < 0 else plan.cost[e] + plan.price[gate + 2 * v])
        volunteer, cost = get_row(e, rows)
        found = 0
        for k in range(len(volunteer)):
            if cost[k] + price[gate + 2 * volunteer[k]] <= limit:
                if found < _FIRST:
                    offset[e, found] = k
                found += 1
        count[e] = found
    return count, offset


@loop
def list_near(rows, sides, plan, margin, end, count, offset):
    """Return near candidates by node; the last arguments are as ``find_near`` returns them."""
    total, n_nodes = count.sum(), len(plan.price)
    elder, at, cost = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int64)
    start, i = np.zeros(n_nodes + 1, np.int64), 0
    for e in range(len(rows.first)):
        v, gate = plan.volunteer[e], 1 + sides.limited[e]
        limit = margin + (sides.unmatched_cost[e] if v < 0 else plan.cost[e] + plan.price[gate + 2 * v])
        volunteer, price = get_row(e, rows)
        for k in range(count[e] if count[e] <= _FIRST else len(volunteer)):
            j = offset[e, k] if count[e] <= _FIRST else k
            node = gate + 2 * np.int64(volunteer[j])
            is_end = node == end or node == end + 1
            if count[e] <= _FIRST or is_end or price[j] + plan.price[node] <= limit:
                elder[i], at[i], cost[i] = e, node, price[j]
                start[node + 1] += 1
                i += 1
    start = np.cumsum(start)
    place = start[:-1].copy()
    by_elder, by_cost = np.empty(total, np.int32), np.empty(total, np.int64)
    for i in range(total):
        by_elder[place[at[i]]], by_cost[place[at[i]]] = elder[i], cost[i]
        place[at[i]] += 1
    return start, by_elder, by_cost


@step
def _come_to(node, at, sides, plan, near, search):
    """Offer all nodes from which a unit can come to one at distance ``at``, by an elder who moves or by nobody."""
    price, nobody = plan.price, np.int64(NOBODY)
    for i in range(near.start[node], near.start[node + 1]):
        e = np.int64(near.elder[i])
        v = plan.volunteer[e]
        origin = np.int64(SINK) if v < 0 else 1 + 2 * v + sides.limited[e]
        pays = sides.unmatched_cost[e] if v < 0 else plan.cost[e] + price[origin]
        reach = at + near.cost[i] + price[node] - pays
        if origin != node and pays < FAR and reach < search.distance[origin]:
            offer(origin, reach, e, (node - 1) >> 1, near.cost[i], node, search)
    v = (node - 1) >> 1
    if node & 1 == 0:
        if plan.limited_load[v] > 0 and at + price[node] - price[node - 1] < search.distance[node - 1]:
            offer(node - 1, at + price[node] - price[node - 1], nobody, nobody, np.int64(0), node, search)
        return
    if plan.limited_load[v] < sides.limit[v] and at + price[node] - price[node + 1] < search.distance[node + 1]:
        offer(node + 1, at + price[node] - price[node + 1], nobody, nobody, np.int64(0), node, search)
    if plan.load[v] > 0:
        last = sides.load_cost[0 if len(sides.load_cost) == 1 else v, plan.load[v] - 1]
        if at + price[node] - last < search.distance[SINK]:
            offer(np.int64(SINK), at + price[node] - last, nobody, nobody, np.int64(0), node, search)


@loop
def fetch_unit(end, margin, sides, plan, lacks, near):
    """Send a unit from the sink along a shortest path to ``end``, which lacks one; change plan and prices in place.

    Dijkstra's algorithm on reduced costs, backward. Returns by how much reduced costs of candidates that are not near
    may have fallen, ``FAR`` where the margin does not do (then nothing is changed), and the path's steps as of
    ``residual_paths.send_unit``.
    """
    none = np.empty((0, 3), np.int64)
    search = start_search(len(plan.price))
    offer(end, np.int64(0), np.int64(NOBODY), np.int64(NOBODY), np.int64(0), np.int64(NOBODY), search)
    nearest = FAR
    # invariant: what was popped is at its least distance over near candidates, and all nearer was popped
    while search.counts[SIZE] > 0:
        node = pop_nearest(search)
        at = search.distance[node]
        if nearest == FAR and (node + 1) >> 1 != (end + 1) >> 1:
            nearest = at
        if nearest < FAR and at - nearest > margin:
            return FAR, none
        if node == SINK:
            for i in range(search.counts[SEEN]):
                seen = search.seen[i]
                plan.price[seen] -= max(at - search.distance[seen], 0)
            lacks[end] -= 1
            return at - nearest, _move_forward(plan, search.via)
        _come_to(node, at, sides, plan, near, search)
    return FAR, none


@step
def _move_forward(plan, via):
    """Turn the way found around, from the sink on, and move a unit along; return its steps."""
    onward = np.empty_like(via)
    node, end = np.int64(SINK), np.int64(SINK)
    onward[ELDER, node], onward[ORIGIN, node] = NOBODY, NOBODY
    while via[ORIGIN, node] >= 0:  # invariant: ``onward`` leads from ``node`` back to the sink
        end = via[ORIGIN, node]
        onward[ELDER, end], onward[VOLUNTEER, end] = via[ELDER, node], via[VOLUNTEER, node]
        onward[COST, end], onward[ORIGIN, end] = via[COST, node], node
        node = end
    return move_along(end, plan, onward)
