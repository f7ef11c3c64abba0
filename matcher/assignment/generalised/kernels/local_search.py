"""Local search of the generalised assignment problem: exchanges among a few volunteers, each searched to its end.

Arrays of a component: elder e has candidates ``start[e]:start[e + 1]`` with ``volunteer``, ``cost`` and ``use``;
``by_volunteer`` lists candidates, volunteer v's in ``first[v]:first[v + 1]``.
"""

import numpy as np
from numba import njit

from matcher.assignment.generalised.kernels.branch_and_bound import EPS, find_best_exchange, tighten_bound

NOBODY = -1
_MOST_ELDERS = 160
_MOST_VOLUNTEERS = 24
_MOST_LEFT_OUT = 4
"""Elders left out who are taken in for each volunteer: more would drown the search where many are."""
_MOST_OPTIONS = _MOST_ELDERS * (_MOST_VOLUNTEERS + 2)


@njit(cache=True, nogil=True)
def _pick_volunteers(start, volunteer, price_cost, held, next_, chosen, k, picked, in_, rng_elder):
    """Grow a set of at most k volunteers who could swap elders, from the elder ``rng_elder``; return its size."""
    count = 0
    e = rng_elder
    if chosen[e] >= 0:
        picked[0] = volunteer[chosen[e]]
        in_[picked[0]] = 0
        count = 1
    tries = 0
    while count < k and tries < 8 * k:
        tries += 1
        # a near-cheapest other option of this elder: the cheapest of up to three drawn, by reduced cost
        best = NOBODY
        for _ in range(3):
            o = start[e] + np.random.randint(start[e + 1] - start[e])
            if in_[volunteer[o]] < 0 and (best < 0 or price_cost[o] < price_cost[best]):
                best = o
        if best >= 0:
            in_[volunteer[best]] = count
            picked[count] = volunteer[best]
            count += 1
        # go on from a random elder of a random volunteer picked
        if count:
            v = picked[np.random.randint(count)]
            if held[v] >= 0:
                steps = np.random.randint(8)
                e = held[v]
                for _ in range(steps):
                    e = next_[e] if next_[e] >= 0 else held[v]
    return count


@njit(cache=True, nogil=True)
def _gather_options(
    start,
    volunteer,
    reduced_all,
    use_all,
    first,
    by_volunteer,
    elder,
    left_out,
    chosen,
    held,
    next_,
    picked,
    in_,
    k,
    taken,
    begin,
    who,
    reduced,
    use,
    origin,
    size,
):
    """Gather the elders of the picked volunteers, those left out whom they could serve, and their options."""
    n = 0
    for p in range(k):
        e = held[picked[p]]
        while e >= 0 and n < _MOST_ELDERS:
            taken[n] = e
            n += 1
            e = next_[e]
        if e >= 0:
            return -1
    for p in range(k):
        a, b = first[picked[p]], first[picked[p] + 1]
        some = 0
        at = a + np.random.randint(b - a)
        for _ in range(b - a):
            e = elder[by_volunteer[at]]
            at = at + 1 if at + 1 < b else a
            if chosen[e] < 0 and n < _MOST_ELDERS and size[e] >= 0:
                size[e] = -size[e] - 1
                taken[n] = e
                n += 1
                some += 1
                if some >= _MOST_LEFT_OUT:
                    break
    for i in range(n):
        if size[taken[i]] < 0:
            size[taken[i]] = -size[taken[i]] - 1
    # the largest first: the small ones fill what is left
    for i in range(1, n):
        e = taken[i]
        key = size[e]
        j = i
        while j > 0 and size[taken[j - 1]] < key:
            taken[j] = taken[j - 1]
            j -= 1
        taken[j] = e
    options = 0
    for i in range(n):
        e = taken[i]
        begin[i] = options
        for o in range(start[e], start[e + 1]):
            p = in_[volunteer[o]]
            if p >= 0:
                if options >= len(who):
                    return -1
                who[options] = p
                reduced[options] = reduced_all[o]
                use[options] = use_all[o]
                origin[options] = o
                options += 1
        if options >= len(who):
            return -1
        who[options] = k
        reduced[options] = left_out[e]
        use[options] = 0
        origin[options] = NOBODY
        options += 1
    begin[n] = options
    return n


@njit(cache=True, nogil=True)
def assign_greedily(start, volunteer, cost, use, capacity, unit_price, first, elder, order, chosen):
    """Write a plan into chosen: the candidates ``first`` as far as there is room, then others by prices of units.

    Each elder in ``order`` is given the candidate with room that is cheapest at these prices.
    """
    left = capacity.copy()
    for o in first:
        if chosen[elder[o]] < 0 and use[o] <= left[volunteer[o]]:
            chosen[elder[o]] = o
            left[volunteer[o]] -= use[o]
    for e in order:
        if chosen[e] >= 0:
            continue
        least, at = np.inf, NOBODY
        for o in range(start[e], start[e + 1]):
            v = volunteer[o]
            value = cost[o] + use[o] * unit_price[v]
            if use[o] <= left[v] and value < least:
                least, at = value, o
        chosen[e] = at
        if at >= 0:
            left[volunteer[at]] -= use[at]


@njit(cache=True, nogil=True)
def fill_gaps(start, volunteer, cost, use, capacity, unmatched_cost, order, chosen):
    """Give each elder left out, in ``order``, the cheapest candidate that has room and costs less, into chosen."""
    left = capacity.copy()
    for e in range(len(chosen)):
        if chosen[e] >= 0:
            left[volunteer[chosen[e]]] -= use[chosen[e]]
    for e in order:
        if chosen[e] >= 0:
            continue
        least = unmatched_cost[e]
        for o in range(start[e], start[e + 1]):
            if use[o] <= left[volunteer[o]] and cost[o] < least:
                least = cost[o]
                chosen[e] = o
        if chosen[e] >= 0:
            left[volunteer[chosen[e]]] -= use[chosen[e]]


@njit(cache=True, nogil=True)
def _draw_dearest(start, chosen, reduced, left_out):
    """Return the dearest over the bound of three elders drawn at random."""
    n = len(start) - 1
    e, most = 0, -np.inf
    for _ in range(3):
        f = np.random.randint(n)
        of_f = left_out[f] if chosen[f] < 0 else reduced[chosen[f]]
        if of_f > most and start[f + 1] > start[f]:
            e, most = f, of_f
    return e


@njit(cache=True, nogil=True)
def _forbid(e, option, begin, origin, reduced, taken, n):
    """Forbid an elder's option within the exchange under way."""
    for i in range(n):
        if taken[i] == e:
            for o in range(begin[i], begin[i + 1]):
                if origin[o] == option:
                    reduced[o] = np.inf


@njit(cache=True, nogil=True)
def improve_by_exchanges(
    start,
    volunteer,
    cost,
    use_all,
    first,
    by_volunteer,
    elder,
    capacity,
    unmatched,
    price,
    chosen,
    size,
    width,
    seed,
    budget,
    most_nodes,
    heat,
    steps,
    levels,
):
    """Improve ``chosen`` in place until ``budget`` units of work are spent; return (gained, width).

    An exchange takes in ``width`` volunteers: more while searches end early, fewer where they do not. ``size`` orders
    elders within it; ``steps`` sharpen its bound, whose tables have at most so many ``levels`` of capacity. With
    ``heat`` > 0 it must move one elder, and may lose: ``heat`` on average; gained may then be negative.
    """
    np.random.seed(seed)
    n_elders, n_volunteers = len(start) - 1, len(capacity)
    reduced_all = np.empty(len(volunteer))
    left_out = np.empty(n_elders)
    held = np.full(n_volunteers, NOBODY)
    next_ = np.full(n_elders, NOBODY)
    for e in range(n_elders):
        left_out[e] = unmatched[e] - price[e]
        for o in range(start[e], start[e + 1]):
            reduced_all[o] = cost[o] - price[e]
        if chosen[e] >= 0:
            next_[e] = held[volunteer[chosen[e]]]
            held[volunteer[chosen[e]]] = e
    widest = min(n_volunteers, _MOST_VOLUNTEERS)
    picked = np.empty(widest, np.int64)
    in_ = np.full(n_volunteers, NOBODY)
    taken, choice = np.empty((2, _MOST_ELDERS), np.int64)
    begin = np.empty(_MOST_ELDERS + 1, np.int64)
    who, use, origin = np.empty((3, _MOST_OPTIONS), np.int64)
    reduced, trial = np.empty((2, _MOST_OPTIONS))
    room, shift = np.empty((2, widest), np.int64)
    table = np.empty((widest, _MOST_ELDERS + 1, min(capacity.max(), levels) + 1))
    rest, change = np.empty((2, _MOST_ELDERS + 1))
    gained = 0.0
    spent = 0
    while spent < budget:
        e = _draw_dearest(start, chosen, reduced_all, left_out)
        most = min(widest, max(2, int(width + np.random.random())))
        k = _pick_volunteers(start, volunteer, reduced_all, held, next_, chosen, most, picked, in_, e)
        n = _gather_options(
            start,
            volunteer,
            reduced_all,
            use_all,
            first,
            by_volunteer,
            elder,
            left_out,
            chosen,
            held,
            next_,
            picked,
            in_,
            k,
            taken,
            begin,
            who,
            reduced,
            use,
            origin,
            size,
        )
        for p in range(k):
            in_[picked[p]] = NOBODY
        spent += 200
        if n <= 0:
            width = max(2.0, width - 0.05)
            continue
        now = 0.0
        for i in range(n):
            now += left_out[taken[i]] if chosen[taken[i]] < 0 else reduced_all[chosen[taken[i]]]
        limit = now - 1.0
        if heat > 0:
            limit = now - heat * np.log(np.random.random() + 1e-12)
            _forbid(e, chosen[e], begin, origin, reduced, taken, n)
        cells = 0
        for p in range(k):
            room[p] = capacity[picked[p]]
            shift[p] = room[p] // levels + 1
            cells += (room[p] // shift[p] + 1) * n
        spent += (steps + 1) * (cells // 50)
        bound, near = tighten_bound(
            begin, who, reduced, use, room, shift, n, k, limit, steps, table, rest, choice, change, trial
        )
        if bound > limit + EPS:
            width = min(float(widest), width + 0.02)
            continue
        value, nodes = find_best_exchange(
            begin, who, reduced, use, room, shift, n, k, near, most_nodes, table, rest, choice
        )
        spent += nodes
        width = max(2.0, width - 0.1) if nodes > most_nodes else min(float(widest), width + 0.02)
        if value > near + EPS:
            continue
        gained += now - (value + limit - near)
        for p in range(k):
            held[picked[p]] = NOBODY
        for i in range(n):
            f = taken[i]
            chosen[f] = origin[choice[i]]
            if chosen[f] >= 0:
                next_[f] = held[volunteer[chosen[f]]]
                held[volunteer[chosen[f]]] = f
    return gained, width
