"""Shortest paths in the residual network of a plan, to mend it after a change.

Successive shortest paths with potentials (Edmonds and Karp 1972; Ahuja, Magnanti and Orlin 1993, 9.7). Nothing here
knows how plan and prices were found.

Nodes are the sink (0), each volunteer v (1 + 2 v), and the volunteer's gate for limited elders (2 + 2 v). An elder goes
by a candidate to the volunteer, or to the gate, and from there to the sink, or straight to the sink, unmatched. Elders
are no nodes: each is held by the node that they go to. A path moves elders from node to node, so that one search tells
who is displaced by whom.

Prices are potentials of the nodes; the sink's is 0. An elder *pays* the pair's cost and the price of the node, or the
unmatched cost. A plan is a cheapest one where

- every elder pays the least of what they could pay,
- the last place taken of a volunteer costs no more than the price, and the next one no less,
- a gate is as dear as its volunteer while it has room, no dearer while nobody passes, and never cheaper to who passes.

That is: no arc of the residual network has a reduced cost below 0 (complementary slackness).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from matcher.compiling import loop, parallel_loop, step

SINK = 0
NOBODY = -1
FAR = np.int64(2**62)
"""A distance that no path has, and the unmatched cost of an elder who must be served."""
SIZE, SEEN = 0, 1
ELDER, VOLUNTEER, COST, ORIGIN = 0, 1, 2, 3


class Rows(NamedTuple):
    """Candidates: elder e's stand at ``first[e]`` to before ``last[e]``, in the problem's arrays or, beyond, in more.

    So a row can be replaced without a copy of all others.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    volunteer: NDArray[np.int32]
    cost: NDArray[np.int64]
    more_volunteer: NDArray[np.int32]
    more_cost: NDArray[np.int64]


class Sides(NamedTuple):
    """Both sides: an entry an elder in the first two, an entry a volunteer in the others."""

    unmatched_cost: NDArray[np.int64]
    limited: NDArray[np.int64]
    capacity: NDArray[np.int64]
    limit: NDArray[np.int64]
    load_cost: NDArray[np.int64]
    """A row a volunteer, or one row of zeros for all."""


class Plan(NamedTuple):
    """Plan and prices, changed in place."""

    volunteer: NDArray[np.int64]
    """Each elder's, ``NOBODY`` for none."""
    cost: NDArray[np.int64]
    """Of each elder's pair."""
    held: NDArray[np.int64]
    """The first elder whom each node holds; the others follow by ``after``."""
    after: NDArray[np.int64]
    before: NDArray[np.int64]
    load: NDArray[np.int64]
    """Units on the arc from each volunteer to the sink."""
    limited_load: NDArray[np.int64]
    """Units on the arc from each gate to its volunteer."""
    price: NDArray[np.int64]
    """Of each node."""


class Search(NamedTuple):
    """A search under way: what is known of nodes, (n_nodes,) each, and the heap of those to go on from."""

    distance: NDArray[np.int64]
    via: NDArray[np.int64]
    heap: NDArray[np.int64]
    place: NDArray[np.int64]
    seen: NDArray[np.int64]
    counts: NDArray[np.int64]


@step
def get_row(e, rows):
    """Return an elder's volunteers and what each costs."""
    a, b, n = rows.first[e], rows.last[e], len(rows.volunteer)
    if a >= n and b > a:
        return rows.more_volunteer[a - n : b - n], rows.more_cost[a - n : b - n]
    return rows.volunteer[a:b], rows.cost[a:b]


@step
def price_elder(e, rows, sides, price):
    """Return what an elder pays at least at some prices, unmatched or not."""
    volunteer, cost = get_row(e, rows)
    gate, least = 1 + sides.limited[e], sides.unmatched_cost[e]
    for k in range(len(volunteer)):
        least = min(least, cost[k] + price[gate + 2 * volunteer[k]])
    return least


@parallel_loop
def price_elders(rows, sides, price):
    """Return what each elder pays at least, int64 (n_elders,), over all candidates."""
    least = np.empty(len(rows.first), np.int64)
    for e in prange(len(least)):
        volunteer, cost = get_row(e, rows)
        gate, lowest = 1 + sides.limited[e], sides.unmatched_cost[e]
        for k in range(len(volunteer)):
            lowest = min(lowest, cost[k] + price[gate + 2 * volunteer[k]])
        least[e] = lowest
    return least


@step
def link(e, node, plan):
    """Put an elder on the list of a node."""
    plan.after[e], plan.before[e] = plan.held[node], NOBODY
    if plan.held[node] >= 0:
        plan.before[plan.held[node]] = e
    plan.held[node] = e


@step
def unlink(e, node, plan):
    """Take an elder off the list of a node."""
    if plan.before[e] >= 0:
        plan.after[plan.before[e]] = plan.after[e]
    else:
        plan.held[node] = plan.after[e]
    if plan.after[e] >= 0:
        plan.before[plan.after[e]] = plan.before[e]


@step
def start_search(n_nodes):
    """Return a search that knows nothing yet."""
    return Search(
        np.full(n_nodes, FAR, np.int64),
        np.empty((4, n_nodes), np.int64),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int64),
        np.empty(n_nodes, np.int64),
        np.zeros(2, np.int64),
    )


@step
def offer(node, reach, elder, volunteer, cost, origin, search):
    """Note that a node can be reached nearer than known, by an elder who moves there from ``origin`` or by nobody.

    The heap is a binary one of nodes by distance, then number.
    """
    if search.distance[node] == FAR:
        search.seen[search.counts[SEEN]] = node
        search.counts[SEEN] += 1
        search.place[node] = search.counts[SIZE]
        search.counts[SIZE] += 1
    search.distance[node] = reach
    search.via[ELDER, node], search.via[VOLUNTEER, node] = elder, volunteer
    search.via[COST, node], search.via[ORIGIN, node] = cost, origin
    i = search.place[node]
    while i > 0:  # invariant: in order but for the node at i, which may be nearer than those above
        up = search.heap[(i - 1) >> 1]
        if search.distance[up] < reach or (search.distance[up] == reach and up < node):
            break
        search.heap[i], search.place[up] = up, i
        i = (i - 1) >> 1
    search.heap[i], search.place[node] = node, i


@step
def pop_nearest(search):
    """Take the nearest node out of the heap and return it."""
    distance, heap = search.distance, search.heap
    top = heap[0]
    search.counts[SIZE] -= 1
    size = search.counts[SIZE]
    node = heap[size]
    i = 0
    while 2 * i + 1 < size:  # invariant: in order but for the node at i, which may be farther than those below
        down = 2 * i + 1
        if down + 1 < size:
            left, right = heap[down], heap[down + 1]
            if distance[right] < distance[left] or (distance[right] == distance[left] and right < left):
                down += 1
        below = heap[down]
        if distance[node] < distance[below] or (distance[node] == distance[below] and node < below):
            break
        heap[i], search.place[below] = below, i
        i = down
    heap[i], search.place[node] = node, i
    return top


@step
def _leave(e, origin, at, pays, most, rows, sides, plan, lacks, search):
    """Offer all nodes that an elder could go to; return the distance from which on nodes are of no use.

    That is the distance of the nearest node that lacks a unit: no path goes on from there.
    """
    volunteer, cost = get_row(e, rows)
    gate, price = 1 + sides.limited[e], plan.price
    for k in range(len(volunteer)):
        node = gate + 2 * volunteer[k]
        reach = at + cost[k] + price[node] - pays
        if reach < most and reach < search.distance[node]:
            offer(node, reach, e, np.int64(volunteer[k]), np.int64(cost[k]), origin, search)
            if lacks[node] > 0:
                most = reach
    if sides.unmatched_cost[e] < FAR:
        reach = at + sides.unmatched_cost[e] - pays
        if reach < most and reach < search.distance[SINK]:
            offer(SINK, reach, e, np.int64(NOBODY), np.int64(0), origin, search)
            if lacks[SINK] > 0:
                most = reach
    return most


@step
def _pass(node, to, reach, most, lacks, search):
    """Offer a node that a unit passes to while nobody moves; return the distance from which on nodes are of no use."""
    if reach < most and reach < search.distance[to]:
        offer(to, reach, np.int64(NOBODY), np.int64(NOBODY), np.int64(0), node, search)
        if lacks[to] > 0:
            return reach
    return most


@step
def _go_on(node, at, most, sides, plan, lacks, search):
    """Offer what a unit at a node can pass to while nobody moves: gate, volunteer and sink, forth and back."""
    price, one_row = plan.price, len(sides.load_cost) == 1
    if node == SINK:
        for v in range(len(sides.capacity)):
            if plan.load[v] > 0:
                last = sides.load_cost[0 if one_row else v, plan.load[v] - 1]
                most = _pass(node, 1 + 2 * v, at + price[1 + 2 * v] - last, most, lacks, search)
        return most
    v = (node - 1) >> 1
    if node & 1 == 0:
        if plan.limited_load[v] < sides.limit[v]:
            most = _pass(node, node - 1, at + price[node - 1] - price[node], most, lacks, search)
        return most
    if plan.limited_load[v] > 0:
        most = _pass(node, node + 1, at + price[node + 1] - price[node], most, lacks, search)
    if plan.load[v] < sides.capacity[v]:
        following = sides.load_cost[0 if one_row else v, plan.load[v]]
        most = _pass(node, SINK, at + following - price[node], most, lacks, search)
    return most


@loop
def send_unit(elder, root, rows, sides, plan, lacks):
    """Send a unit too many along a shortest path to a node that lacks one; change plan and prices in place.

    Dijkstra's algorithm on reduced costs, none of which is below 0. Raising the price of each node by how much nearer
    it is than the end keeps it so, and makes the path cost nothing: the plan stays a cheapest one of its units.

    Args:
        elder: Who has no place, ``NOBODY`` where the unit starts at a node.
        root: The node then, else ``NOBODY``.
        rows: Candidates.
        sides: What elders and volunteers may.
        plan: Plan and prices; there is no arc with a reduced cost below 0.
        lacks: Units that each node lacks, int64 (n_nodes,). One less where the path ends.

    Returns:
        What the path adds to the plan's cost, ``FAR`` where there is none (then nothing is changed), and its steps in
        order: elder (``NOBODY``: nobody moves), node left (``NOBODY``: from outside) and node gone to.
    """
    n_nodes = len(plan.price)
    search = start_search(n_nodes)
    most, start, end = FAR, np.int64(0), np.int64(NOBODY)
    if elder >= 0:
        start = price_elder(elder, rows, sides, plan.price)
        if start < FAR:
            most = _leave(elder, NOBODY, np.int64(0), start, most, rows, sides, plan, lacks, search)
    else:
        start = plan.price[root]
        offer(root, np.int64(0), elder, np.int64(NOBODY), np.int64(0), np.int64(NOBODY), search)
        if lacks[root] > 0:
            most = np.int64(0)
    while search.counts[SIZE] > 0:  # invariant: what was popped is at its least distance, and all nearer was popped
        node = pop_nearest(search)
        at = search.distance[node]
        if lacks[node] > 0:
            end = node
            break
        e = plan.held[node]
        while e >= 0:
            pays = sides.unmatched_cost[e] if node == SINK else plan.cost[e] + plan.price[node]
            most = _leave(e, node, at, pays, most, rows, sides, plan, lacks, search)
            e = plan.after[e]
        most = _go_on(node, at, most, sides, plan, lacks, search)
    if end < 0:
        return FAR, np.empty((0, 3), np.int64)
    length = search.distance[end]
    added = start + length - plan.price[end]
    for i in range(search.counts[SEEN]):
        node = search.seen[i]
        plan.price[node] += max(length - search.distance[node], 0)
    rise = plan.price[SINK]
    if rise != 0:
        for node in range(n_nodes):
            plan.price[node] -= rise
    lacks[end] -= 1
    return added, move_along(end, plan, search.via)


@step
def move_along(end, plan, via):
    """Move a unit along the path that was found, and return its steps."""
    count, node = 0, end
    while node >= 0 and (via[ELDER, node] >= 0 or via[ORIGIN, node] >= 0):
        count += 1
        node = via[ORIGIN, node]
    steps = np.empty((count, 3), np.int64)
    node = end
    for i in range(count - 1, -1, -1):  # invariant: the steps behind i are made; the path to ``node`` is still as found
        e, origin = via[ELDER, node], via[ORIGIN, node]
        steps[i, 0], steps[i, 1], steps[i, 2] = e, origin, node
        if e >= 0:
            if origin >= 0:
                unlink(e, origin, plan)
            plan.volunteer[e], plan.cost[e] = via[VOLUNTEER, node], via[COST, node]
            link(e, node, plan)
        elif node == SINK:
            plan.load[(origin - 1) >> 1] += 1
        elif origin == SINK:
            plan.load[(node - 1) >> 1] -= 1
        elif origin & 1 == 0:
            plan.limited_load[(node - 1) >> 1] += 1
        else:
            plan.limited_load[(origin - 1) >> 1] -= 1
        node = origin
    return steps


@loop
def free_overpaying(rows, sides, plan, lacks):
    """Free elders who could pay less elsewhere, each leaving a unit lacking where they were; return who they are."""
    freed, count = np.empty(len(rows.first), np.int64), 0
    for e in range(len(rows.first)):
        v = plan.volunteer[e]
        node = SINK if v < 0 else 1 + 2 * v + sides.limited[e]
        pays = sides.unmatched_cost[e] if v < 0 else plan.cost[e] + plan.price[node]
        if pays > price_elder(e, rows, sides, plan.price) or pays == FAR:
            unlink(e, node, plan)
            plan.volunteer[e] = NOBODY
            lacks[node] += 1
            freed[count] = e
            count += 1
    return freed[:count].copy()


@loop
def find_costs(rows, volunteer):
    """Return what each elder's pair costs, int64 (n_elders,): ``FAR`` where it is no candidate, 0 for no pair."""
    found = np.zeros(len(volunteer), np.int64)
    for e in range(len(volunteer)):
        if volunteer[e] >= 0:
            found[e] = FAR
            mine, cost = get_row(e, rows)
            for k in range(len(mine)):
                if mine[k] == volunteer[e]:
                    found[e] = cost[k]
                    break
    return found


@loop
def hold_elders(plan, limited):
    """Put each elder on the list of their node, in place; the lists are empty before."""
    for e in range(len(plan.volunteer) - 1, -1, -1):
        v = plan.volunteer[e]
        link(e, SINK if v < 0 else 1 + 2 * v + limited[e], plan)
