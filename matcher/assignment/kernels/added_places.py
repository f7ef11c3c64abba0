"""Places added to a solved assignment, tried and taken back: shortest paths found backwards, from the new place.

Nodes, arcs and prices are those of ``residual_paths.py``. A place more is worth the path from the sink to it that costs
least: whoever has none moves in somewhere, whoever is displaced moves on, the last one into the new place. Backwards
the search stays near the place, where forwards it would begin at everybody who has none. For that the candidates are
listed by volunteer. Whatever is changed is noted in a journal, and can be taken back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
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
    offer,
    pop_nearest,
)
from matcher.compiling import loop, step

SCANNED = 2
"""Place among a search's counts: how many candidates were looked at."""
OF_PRICE, OF_ELDER, OF_LOAD, OF_LIMITED_LOAD = 0, 1, 2, 3
"""Kinds of entries of a journal: what it was before, by node, elder or volunteer."""


class Reach(NamedTuple):
    """Candidates by volunteer: v's elders stand at ``first[v]`` to before ``last[v]``, each with a cost."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    elder: NDArray[np.int32]
    cost: NDArray[np.int64]


class Held(NamedTuple):
    """Plan and prices, changed in place: as ``residual_paths.Plan`` has them."""

    volunteer: NDArray[np.int64]
    cost: NDArray[np.int64]
    load: NDArray[np.int64]
    limited_load: NDArray[np.int64]
    price: NDArray[np.int64]


@loop
def list_by_volunteer(elder, volunteer, cost, first, of_elder, of_cost):
    """Put candidates in order of volunteer into the last two arrays; ``first`` says where each volunteer's begin."""
    at = first.copy()
    for k in range(len(elder)):
        v = volunteer[k]
        of_elder[at[v]] = elder[k]
        of_cost[at[v]] = cost[k]
        at[v] += 1


@step
def _note(kind, who, before, cost, journal, count):
    """Note what was before, and return how many notes there are."""
    journal[count, 0], journal[count, 1], journal[count, 2], journal[count, 3] = kind, who, before, cost
    return count + 1


@step
def _come(node, at, most, reach, sides, held, search):
    """Offer all nodes from which an elder could move to this one; return from which distance on nodes are of no use."""
    v, is_gate, price = (node - 1) >> 1, 1 - (node & 1), held.price
    search.counts[SCANNED] += reach.last[v] - reach.first[v]
    for k in range(reach.first[v], reach.last[v]):
        e = reach.elder[k]
        u = held.volunteer[e]
        if sides.limited[e] != is_gate or u == v:
            continue
        origin, pays = SINK, sides.unmatched_cost[e]
        if u >= 0:
            origin = 1 + 2 * u + is_gate
            pays = held.cost[e] + price[origin]
        far = at + reach.cost[k] + price[node] - pays
        if far < most and far < search.distance[origin]:
            offer(origin, far, np.int64(e), np.int64(v), np.int64(reach.cost[k]), np.int64(node), search)
            if origin == SINK:
                most = far
    return most


@step
def _come_by(node, at, most, sides, held, search):
    """Offer nodes from which a unit passes to this one while nobody moves; return as ``_come`` does."""
    v, price = (node - 1) >> 1, held.price
    nobody = np.int64(NOBODY)
    if node & 1 == 0:
        far = at + price[node] - price[node - 1]
        if held.limited_load[v] > 0 and far < most and far < search.distance[node - 1]:
            offer(node - 1, far, nobody, nobody, np.int64(0), np.int64(node), search)
        return most
    far = at + price[node] - price[node + 1]
    if held.limited_load[v] < sides.limit[v] and far < most and far < search.distance[node + 1]:
        offer(node + 1, far, nobody, nobody, np.int64(0), np.int64(node), search)
    if held.load[v] > 0:
        far = at + price[node] - sides.load_cost[0 if len(sides.load_cost) == 1 else v, held.load[v] - 1]
        if far < most and far < search.distance[SINK]:
            offer(SINK, far, nobody, nobody, np.int64(0), np.int64(node), search)
            most = far
    return most


@step
def _fit_price(v, reach, sides, held, journal, count):
    """Lower the price of a volunteer without elders to the least at which nobody would gain by going there."""
    most, most_limited = np.int64(0), np.int64(0)
    for k in range(reach.first[v], reach.last[v]):
        e = reach.elder[k]
        u = held.volunteer[e]
        pays = sides.unmatched_cost[e] if u < 0 else held.cost[e] + held.price[1 + 2 * u + sides.limited[e]]
        if sides.limited[e] == 0:
            most = max(most, pays - reach.cost[k])
        else:
            most_limited = max(most_limited, pays - reach.cost[k])
    if sides.limit[v] > 0:
        most = max(most, most_limited)
    count = _note(OF_PRICE, 1 + 2 * v, held.price[1 + 2 * v], 0, journal, count)
    count = _note(OF_PRICE, 2 + 2 * v, held.price[2 + 2 * v], 0, journal, count)
    held.price[1 + 2 * v] = most
    held.price[2 + 2 * v] = max(most, most_limited)
    return count


@step
def _move_along(root, held, search, journal, count):
    """Move a unit from the sink along the path that was found; return how many notes there are, and who gains."""
    served, node = 0, np.int64(SINK)
    while node != root:  # invariant: the units up to ``node`` are moved
        e, to = search.via[ELDER, node], search.via[ORIGIN, node]
        if e >= 0:
            count = _note(OF_ELDER, e, held.volunteer[e], held.cost[e], journal, count)
            served += held.volunteer[e] < 0
            held.volunteer[e], held.cost[e] = search.via[VOLUNTEER, node], search.via[COST, node]
        elif node == SINK:
            v = (to - 1) >> 1
            count = _note(OF_LOAD, v, held.load[v], 0, journal, count)
            held.load[v] -= 1
        else:
            v = (node - 1) >> 1
            count = _note(OF_LIMITED_LOAD, v, held.limited_load[v], 0, journal, count)
            held.limited_load[v] += 1 if node & 1 == 0 else -1
        node = to
    return count, served


@loop
def add_places(v, places, enough, reach, sides, held, search, journal):
    """Give a volunteer without elders places, one after the other as far as each gains; change all in place.

    Dijkstra's algorithm backwards on reduced costs, none of which is below 0. Lowering the price of each node by how
    much nearer it is than the sink keeps it so, and makes the path cost nothing: the plan stays a cheapest one.

    Args:
        v: The volunteer.
        places: How many there may be.
        enough: What they are to save: where they cannot any more, no further place is tried.
        reach: Candidates.
        sides: What elders and volunteers may.
        held: Plan and prices; there is no arc with a reduced cost below 0.
        search: Arrays for the search, ``distance`` all ``FAR``; they are left so.
        journal: Room for notes, int64 (many, 4).

    Returns:
        What the places save, how many elders more are served, what places that were not tried save at most beside (each
        no more than the one before), and how many notes the journal holds.
    """
    root = np.int64(1 + 2 * v)
    count = _fit_price(v, reach, sides, held, journal, 0)
    saved, served, rest = np.int64(0), 0, np.int64(0)
    for place in range(places):
        worth = held.price[root] - sides.load_cost[0 if len(sides.load_cost) == 1 else v, held.load[v]]
        if worth <= 0:
            break
        most, found = worth, False
        offer(root, np.int64(0), np.int64(NOBODY), np.int64(NOBODY), np.int64(0), np.int64(NOBODY), search)
        while search.counts[SIZE] > 0:  # invariant: what was popped is at its least distance, and all nearer was popped
            node = pop_nearest(search)
            if node == SINK:
                found = True
                break
            at = search.distance[node]
            most = _come(node, at, most, reach, sides, held, search)
            most = _come_by(node, at, most, sides, held, search)
        length = search.distance[SINK] if found else worth
        for i in range(search.counts[SEEN]):
            node = search.seen[i]
            if search.distance[node] < length:
                count = _note(OF_PRICE, node, held.price[node], 0, journal, count)
                held.price[node] -= length - search.distance[node]
        gains = 0
        if found:
            count, gains = _move_along(root, held, search, journal, count)
        for i in range(search.counts[SEEN]):
            search.distance[search.seen[i]] = FAR
        search.counts[SIZE] = 0
        search.counts[SEEN] = 0
        if not found:
            break
        count = _note(OF_LOAD, v, held.load[v], 0, journal, count)
        held.load[v] += 1
        saved += worth - length
        served += gains
        rest = (places - 1 - place) * (worth - length)
        if saved + rest < enough:
            break
        rest = np.int64(0)
    return saved, served, rest, count


@loop
def take_back(held, journal, count):
    """Set all that a journal notes to what it was before, the last first."""
    for i in range(count - 1, -1, -1):  # invariant: all after i is as it was before note i
        kind, who = journal[i, 0], journal[i, 1]
        if kind == OF_PRICE:
            held.price[who] = journal[i, 2]
        elif kind == OF_ELDER:
            held.volunteer[who], held.cost[who] = journal[i, 2], journal[i, 3]
        elif kind == OF_LOAD:
            held.load[who] = journal[i, 2]
        else:
            held.limited_load[who] = journal[i, 2]
