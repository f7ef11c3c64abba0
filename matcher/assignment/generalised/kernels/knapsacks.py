"""The Lagrangian bound of the generalised assignment problem: a knapsack for each volunteer, compiled.

Arrays are those of a part (``components.py``), candidates in order of volunteer: v's in ``first[v]:first[v + 1]``, with
``elder``, ``cost`` and ``use``. Numbers are int64 in units of 1 / scale of a metre, so that a bound is exact.

A knapsack that few candidates fill has few choices worth keeping: its states are listed. Where these become many, a
table says the least sum for each room.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import loop, step

_FEW = 8
"""A knapsack is solved by states while these are fewer than its levels by this factor, else by a table of levels."""
_NONE = -1
_FAR = np.int64(2**62)


class States(NamedTuple):
    """Choices of a knapsack, of which none takes less and costs less than another: each adds to a parent a candidate.

    The first is the empty one (Nemhauser and Ullmann 1969).
    """

    use: NDArray[np.int64]
    value: NDArray[np.int64]
    parent: NDArray[np.int64]
    candidate: NDArray[np.int64]


@step
def _make_states(first, capacity, levels):
    """Return room for the states of any one volunteer, and for two lists of them."""
    most, widest = np.int64(0), np.int64(0)
    for v in range(len(capacity)):
        most, widest = max(most, min(capacity[v], levels)), max(widest, first[v + 1] - first[v])
    longest = most // _FEW + 1
    n = 1 + widest * longest
    states = States(np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64))
    return states, np.empty((2, longest + 1), np.int64)


@step
def _list_states(v, shift, first, elder, cost, use, capacity, price, states, lists):
    """Return the cheapest state of a volunteer's knapsack; ``_NONE`` where there are too many.

    A list has its states in order of use, and each is cheaper than those before it.
    """
    room = capacity[v] // shift
    most = room // _FEW
    states.use[0], states.value[0], states.parent[0] = 0, 0, _NONE
    lists[0, 0] = 0
    n, size, now = 1, 1, 0
    for c in range(first[v], first[v + 1]):
        d = cost[c] - price[elder[c]]
        if d >= 0 or use[c] > capacity[v]:
            continue
        u = use[c] // shift
        i, j, longer, cheapest = 0, 0, 0, np.int64(1)
        while i < size or j < size:
            # invariant: the new list has the best of the states looked at, with the candidate or without, within room
            without = states.use[lists[now, i]] if i < size else _FAR
            with_it = states.use[lists[now, j]] + u if j < size else _FAR
            if i >= size and with_it > room:
                break
            if longer > most:
                return _NONE
            if without <= with_it:
                s = lists[now, i]
                i += 1
                if states.value[s] < cheapest:
                    cheapest = states.value[s]
                    lists[1 - now, longer] = s
                    longer += 1
                continue
            s = lists[now, j]
            j += 1
            if states.value[s] + d < cheapest:
                cheapest = states.value[s] + d
                longer -= longer > 0 and states.use[lists[1 - now, longer - 1]] == with_it
                states.use[n], states.value[n], states.parent[n], states.candidate[n] = with_it, cheapest, s, c
                lists[1 - now, longer] = n
                longer += 1
                n += 1
        size, now = longer, 1 - now
    return lists[now, size - 1]


@step
def _offer(least, row, room, use, change):
    """Offer a knapsack one more candidate; ``least[r]`` is its least sum with room r, ``row[r]``: it takes this one."""
    row[:use] = False
    # least[r] is still without the candidate for every r that is not looked at yet
    for r in range(room, use - 1, -1):
        value = least[r - use] + change
        row[r] = value < least[r]
        if row[r]:
            least[r] = value


@loop
def solve_knapsacks(first, elder, cost, use, capacity, price, taken, kept, least, levels):
    """Return the sum over volunteers of the least cost less price that capacity allows; count ``taken`` elders.

    ``kept`` is room for the choices, (most candidates of a volunteer, levels + 1); ``least`` for a row of sums.
    ``levels`` is the most that a capacity has: finer uses and rooms are both rounded down, which only lowers the bound.
    """
    taken[:] = 0
    total = np.int64(0)
    states, lists = _make_states(first, capacity, levels)
    for v in range(len(capacity)):
        a, b = first[v], first[v + 1]
        if a == b:
            continue
        shift = capacity[v] // levels + 1
        room = capacity[v] // shift
        all_use = np.int64(0)
        for c in range(a, b):
            if cost[c] < price[elder[c]] and use[c] <= capacity[v]:
                all_use += use[c]
        if all_use <= capacity[v]:
            for c in range(a, b):
                if cost[c] < price[elder[c]] and use[c] <= capacity[v]:
                    total += cost[c] - price[elder[c]]
                    taken[elder[c]] += 1
            continue
        s = _list_states(v, shift, first, elder, cost, use, capacity, price, states, lists)
        if s != _NONE:
            total += states.value[s]
            while s > 0:
                taken[elder[states.candidate[s]]] += 1
                s = states.parent[s]
            continue
        least[: room + 1] = 0
        for c in range(a, b):
            d = cost[c] - price[elder[c]]
            row = kept[c - a]
            if d >= 0 or use[c] > capacity[v]:
                continue
            u = use[c] // shift
            _offer(least, row, room, u, d)
        total += least[room]
        r = room
        for c in range(b - 1, a - 1, -1):
            if cost[c] < price[elder[c]] and use[c] <= capacity[v] and kept[c - a, r]:
                taken[elder[c]] += 1
                r -= use[c] // shift
    return total


@loop
def find_cheapest_columns(first, candidate, elder, cost, use, capacity, price, kept, least, member, count):
    """Write each volunteer's column of least cost less price; return the sum of these values.

    Volunteer v's column is ``member[first[v] : first[v] + count[v]]``, entries of ``candidate``. ``kept`` and ``least``
    are room as of ``solve_knapsacks``, for capacities as they are.
    """
    total = np.int64(0)
    for v in range(len(capacity)):
        room = capacity[v]
        least[: room + 1] = 0
        some = 0
        # kept[:some] says of the candidates member[first[v] : first[v] + some] with which room each is taken
        for c in range(first[v], first[v + 1]):
            d = cost[c] - price[elder[c]]
            u = use[c]
            if d >= 0 or u > room:
                continue
            row = kept[some]
            _offer(least, row, room, u, d)
            member[first[v] + some] = c
            some += 1
        total += least[room]
        end, r = first[v] + some, room
        # all that is taken with room r and later stands from ``end`` on
        for i in range(some - 1, -1, -1):
            c = member[first[v] + i]
            if kept[i, r]:
                r -= use[c]
                end -= 1
                member[end] = c
        count[v] = first[v] + some - end
        for i in range(count[v]):
            member[first[v] + i] = candidate[member[end + i]]
    return total


@loop
def raise_by_subgradient(
    first, elder, cost, use, capacity, unmatched_cost, price, target, steps, factor, kept, least, levels
):
    """Raise the bound by Polyak steps on the prices, from ``price`` and in place; return (bound, next factor).

    Polyak steps towards ``target`` along a running average of subgradients; prices stay at most ``unmatched_cost``,
    what
    leaving an elder out costs, and at least what the elder's cheapest candidate does, so that no sum leaves 64 bits.
    The bound is the sum of prices and of ``solve_knapsacks``.
    """
    n = len(price)
    taken = np.zeros(n, np.int64)
    # below their cheapest candidate nobody takes an elder, and above what leaving out costs everybody may
    floor = unmatched_cost.copy()
    for c in range(len(elder)):
        floor[elder[c]] = min(floor[elder[c]], cost[c])
    change = np.zeros(n)
    trial = price.copy()
    best = np.int64(-(2**62))
    idle = 0
    step = 0
    while step < steps and factor > 1e-4:
        step += 1
        bound = solve_knapsacks(first, elder, cost, use, capacity, trial, taken, kept, least, levels) + trial.sum()
        if bound > best:
            best = bound
            price[:] = trial
            idle = 0
        else:
            idle += 1
            if idle >= 15:
                factor *= 0.7
                idle = 0
                trial[:] = price
                change[:] = 0.0
                continue
        if bound >= target:
            break
        norm = 0.0
        exact = True
        for e in range(n):
            way = 1.0 - taken[e]
            if way > 0 and trial[e] >= unmatched_cost[e]:
                way = 0.0
            exact &= way == 0.0
            change[e] = 0.7 * change[e] + 0.3 * way
            norm += change[e] * change[e]
        if exact or norm < 1e-9:
            break
        length = factor * float(target - bound) / norm
        for e in range(n):
            # compared before it is made whole: a long step leaves 64 bits
            moved = trial[e] + np.rint(length * change[e])
            trial[e] = (
                floor[e]
                if moved <= floor[e]
                else (unmatched_cost[e] if moved >= unmatched_cost[e] else np.int64(moved))
            )
    return best, factor


@loop
def bound_if_taken(first, elder, cost, use, capacity, price, least, at_least, levels):
    """Write into ``at_least`` by how much the bound rises at least where a candidate is taken, an entry a candidate."""
    for v in range(len(capacity)):
        a, b = first[v], first[v + 1]
        shift = capacity[v] // levels + 1
        room = capacity[v] // shift
        least[: room + 1] = 0
        for c in range(a, b):
            d = cost[c] - price[elder[c]]
            if d >= 0 or use[c] > capacity[v]:
                continue
            u = use[c] // shift
            for r in range(room, u - 1, -1):
                least[r] = min(least[r], least[r - u] + d)
        for c in range(a, b):
            # the knapsack beside it may take it once more: lower than the truth, never higher
            left = (capacity[v] - use[c]) // shift
            at_least[c] = cost[c] - price[elder[c]] + least[left] - least[room]


@loop
def price_units_by_subgradient(start, volunteer, cost, use, capacity, unmatched_cost, target, steps, price):
    """Find prices of units for the linear relaxation, in place, float (n_volunteers,); return its bound.

    Elder e's candidates are ``start[e]:start[e + 1]``; each takes the cheapest at cost + use * price, or is left out
    at ``unmatched_cost``.
    """
    n, m = len(start) - 1, len(capacity)
    trial = price.copy()
    best = -np.inf
    factor = 1.0
    idle = 0
    used = np.zeros(m)
    change = np.zeros(m)
    for _ in range(steps):
        used[:] = 0.0
        bound = 0.0
        for e in range(n):
            least, at = float(unmatched_cost[e]), -1
            for c in range(start[e], start[e + 1]):
                value = cost[c] + use[c] * trial[volunteer[c]]
                if value < least:
                    least, at = value, c
            bound += least
            if at >= 0:
                used[volunteer[at]] += use[at]
        for v in range(m):
            bound -= capacity[v] * trial[v]
        if bound > best:
            best = bound
            price[:] = trial
            idle = 0
        else:
            idle += 1
            if idle >= 10:
                factor *= 0.7
                idle = 0
                trial[:] = price
        norm = 0.0
        for v in range(m):
            change[v] = 0.7 * change[v] + 0.3 * (used[v] - capacity[v])
            if trial[v] <= 0 and change[v] < 0:
                change[v] = 0.0
            norm += change[v] * change[v]
        if norm < 1e-9 or bound >= target:
            break
        length = factor * (target - bound) / norm
        for v in range(m):
            trial[v] = max(0.0, trial[v] + length * change[v])
    return best
