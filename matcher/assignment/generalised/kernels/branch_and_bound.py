"""A few volunteers and their elders, searched to the end: depth first, under the bound of tabulated knapsacks.

Everything is priced by prices l of elders: an option's *reduced cost* is d = cost - l of its elder. For any l, what a
volunteer's elders cost is at least the least sum of d that a knapsack of the room left allows; these least sums,
tabulated over the elders still to come, bound every partial assignment at the cost of a look-up.

Elder i's options are ``begin[i]:begin[i + 1]``: ``who`` of k volunteers takes it (k: left out), ``reduced`` cost and
``use`` of the volunteer's ``room``. A table has a level for each ``shift`` units of room; rounding uses and rooms
down keeps a bound a bound.
"""

import numpy as np
from numba import njit

EPS = 1e-4
"""Costs are whole numbers; sums of reduced ones are good to this."""


@njit(cache=True, nogil=True)
def fill_tables(begin, who, reduced, use, room, shift, n, k, table, rest):
    """Fill the tables: table[v, i, r] over elders i…n-1 with r levels left; rest[i]: of those whom none wants."""
    for v in range(k):
        table[v, n, : room[v] // shift[v] + 1] = 0.0
    rest[n] = 0.0
    for i in range(n - 1, -1, -1):
        least = np.inf
        for v in range(k):
            levels = room[v] // shift[v] + 1
            table[v, i, :levels] = table[v, i + 1, :levels]
        for o in range(begin[i], begin[i + 1]):
            d = reduced[o]
            least = min(least, d)
            v = who[o]
            if v < k and d < 0 and use[o] <= room[v]:
                u = use[o] // shift[v]
                for r in range(u, room[v] // shift[v] + 1):
                    value = d + table[v, i + 1, r - u]
                    table[v, i, r] = min(table[v, i, r], value)
        rest[i] = rest[i + 1] + max(0.0, least)


@njit(cache=True, nogil=True)
def _count_takers(begin, who, reduced, use, room, shift, n, k, table, taken):
    """Return the bound that the tables give, and count how often each elder is taken at it."""
    bound = 0.0
    for i in range(n):
        least = np.inf
        for o in range(begin[i], begin[i + 1]):
            least = min(least, reduced[o])
        taken[i] = 0
        if least >= 0:
            bound += least
            taken[i] = 1
    for v in range(k):
        r = room[v] // shift[v]
        bound += table[v, 0, r]
        for i in range(n):
            if table[v, i, r] < table[v, i + 1, r]:
                taken[i] += 1
                for o in range(begin[i], begin[i + 1]):
                    if who[o] == v:
                        r -= use[o] // shift[v]
    return bound


@njit(cache=True, nogil=True)
def tighten_bound(begin, who, reduced, use, room, shift, n, k, limit, steps, table, rest, taken, change, trial):
    """Raise the bound of ``reduced`` by a few subgradient steps on the elders' prices; return (bound, limit).

    Prices change ``reduced`` in place, and ``limit`` with it. Stops where the bound is above the limit.
    """
    factor = 1.0
    best = -np.inf
    best_limit = limit
    idle = 0
    for i in range(n):
        change[i] = 0.0
    for o in range(begin[n]):
        trial[o] = reduced[o]
    moved = 0.0
    for _ in range(steps):
        fill_tables(begin, who, trial, use, room, shift, n, k, table, rest)
        bound = _count_takers(begin, who, trial, use, room, shift, n, k, table, taken) + moved
        if bound > best + 1e-9:
            best = bound
            best_limit = limit - moved
            for o in range(begin[n]):
                reduced[o] = trial[o]
            idle = 0
            if bound > limit + EPS:
                break
        else:
            idle += 1
            if idle >= 3:
                factor *= 0.6
                idle = 0
        norm = 0.0
        for i in range(n):
            change[i] = 0.5 * change[i] + (1.0 - taken[i])
            norm += change[i] * change[i]
        if norm < 1e-9:
            break
        length = factor * (limit + 1.0 - bound) / norm
        for i in range(n):
            delta = length * change[i]
            moved += delta
            for o in range(begin[i], begin[i + 1]):
                trial[o] -= delta
    return best, best_limit


@njit(cache=True, nogil=True)
def find_best_exchange(begin, who, reduced, use, room, shift, n, k, limit, most_nodes, table, rest, choice):
    """Assign n elders to k volunteers at the least sum of reduced costs, at most ``limit``.

    Depth first, children in order of their bound. Elder i's options are ``begin[i]:begin[i + 1]``; ``who`` is k for
    being left out. Costs are whole numbers: a better answer is better by 1.

    Returns (value, nodes): inf where nothing at most ``limit`` was found; ``choice`` holds the options. The search is
    complete where nodes <= most_nodes.
    """
    fill_tables(begin, who, reduced, use, room, shift, n, k, table, rest)
    left = room[:k].copy()
    widest = 0
    for i in range(n):
        widest = max(widest, begin[i + 1] - begin[i])
    order = np.empty((n, widest), np.int64)
    bound = np.empty((n, widest))
    width = np.zeros(n, np.int64)
    at = np.zeros(n, np.int64)
    paid = np.zeros(n + 1)
    best = np.inf
    nodes = 0
    i = 0
    fresh = True
    while i >= 0:
        if fresh:
            nodes += 1
            if nodes > most_nodes:
                break
            base = paid[i] + rest[i + 1]
            for v in range(k):
                base += table[v, i + 1, left[v] // shift[v]]
            count = 0
            for o in range(begin[i], begin[i + 1]):
                v = who[o]
                b = base + reduced[o]
                if v < k:
                    if use[o] > left[v]:
                        continue
                    b += table[v, i + 1, (left[v] - use[o]) // shift[v]] - table[v, i + 1, left[v] // shift[v]]
                if b > limit + EPS:
                    continue
                p = count
                while p > 0 and bound[i, p - 1] > b:
                    bound[i, p] = bound[i, p - 1]
                    order[i, p] = order[i, p - 1]
                    p -= 1
                bound[i, p] = b
                order[i, p] = o
                count += 1
            width[i] = count
            at[i] = 0
        else:
            o = order[i, at[i]]
            if who[o] < k:
                left[who[o]] += use[o]
            at[i] += 1
        if at[i] >= width[i] or bound[i, at[i]] > limit + EPS:
            i -= 1
            fresh = False
            continue
        o = order[i, at[i]]
        if who[o] < k:
            left[who[o]] -= use[o]
        paid[i + 1] = paid[i] + reduced[o]
        if i == n - 1:
            best = paid[n]
            limit = best - 1.0
            for j in range(n):
                choice[j] = order[j, at[j]]
            fresh = False
            continue
        i += 1
        fresh = True
    return best, nodes
