"""Rough prices by auctions from either side, compiled. Rows are as in ``row_scans.py``."""

from __future__ import annotations

import numpy as np

from matcher.assignment.kernels.row_scans import NOBODY
from matcher.compiling import loop

_FAR = 2**32
"""What the next best costs, beyond the best, where there is none: more than any two costs differ."""


@loop
def bid_as_elders(start, volunteer, cost, bidders, capacity, step, most_bids):
    """Return rough prices where places abound, by a forward auction (Bertsekas and Castañon 1989).

    Each of ``bidders`` bids for the cheapest place as much as makes the next best as dear, and a ``step`` more; the
    lowest bidder is driven out. Ends when nobody bids, or after ``most_bids``. Returns the places' prices,
    (n_volunteers,).
    """
    n_volunteers, n = len(capacity), len(bidders)
    place = np.zeros(n_volunteers + 1, np.int64)
    place[1:] = np.cumsum(capacity)
    bid = np.zeros(place[-1], np.int64)
    holder = np.full(place[-1], NOBODY, np.int64)
    load = np.zeros(n_volunteers, np.int64)
    price = np.zeros(n_volunteers, np.int64)
    waiting = bidders.copy()
    head, count, bids = 0, n, 0
    while count > 0 and bids < most_bids:
        e = waiting[head]
        head = head + 1 if head + 1 < n else 0
        count -= 1
        bids += 1
        best, second, v = np.int64(2**62), np.int64(2**62), NOBODY
        for k in range(start[e], start[e + 1]):
            if cost[k] >= second:
                break
            w = volunteer[k]
            if capacity[w] == 0:
                continue
            total = cost[k] + price[w]
            if total < best:
                best, second, v = total, best, w
            elif total < second:
                second = total
        if v == NOBODY:
            continue
        if load[v] < capacity[v]:
            slot = place[v] + load[v]
            load[v] += 1
        else:
            slot = place[v]
            for i in range(place[v] + 1, place[v + 1]):
                if bid[i] < bid[slot]:
                    slot = i
            waiting[(head + count) % n] = holder[slot]
            count += 1
        holder[slot] = e
        bid[slot] = price[v] + min(second - best, _FAR) + step
        if load[v] == capacity[v]:
            least = bid[place[v]]
            for i in range(place[v] + 1, place[v + 1]):
                least = min(least, bid[i])
            price[v] = least
    return price


@loop
def bid_as_places(first, elder_at, cost, capacity, paid, step, most_bids):
    """Return rough prices where places are short: the auction from the other side, places bid for elders.

    ``first``, ``elder_at`` and ``cost`` are the volunteers' rows in order of cost; ``paid`` is what each elder must be
    paid, (n_elders,), at first as is supposed. It is changed in place. Returns what a place then costs at least,
    (n_volunteers,): its rent is minus that.
    """
    n_volunteers = len(capacity)
    holder = np.full(len(paid), NOBODY, np.int64)
    free = capacity.copy()
    level = np.zeros(n_volunteers, np.int64)
    waiting = np.empty(n_volunteers, np.int64)
    is_waiting = capacity > 0
    count = 0
    for v in range(n_volunteers):
        if is_waiting[v]:
            waiting[count] = v
            count += 1
    head, bids = 0, 0
    while count > 0 and bids < most_bids:
        v = waiting[head]
        head = head + 1 if head + 1 < n_volunteers else 0
        count -= 1
        is_waiting[v] = False
        while free[v] > 0:
            bids += 1
            best, second, e = np.int64(2**62), np.int64(2**62), NOBODY
            for k in range(first[v], first[v + 1]):
                if cost[k] >= second:
                    break
                other = elder_at[k]
                if holder[other] == v:
                    continue
                total = cost[k] + paid[other]
                if total < best:
                    best, second, e = total, best, other
                elif total < second:
                    second = total
            if e == NOBODY:
                break
            loser = holder[e]
            if loser != NOBODY:
                free[loser] += 1
                if not is_waiting[loser]:
                    is_waiting[loser] = True
                    waiting[(head + count) % n_volunteers] = loser
                    count += 1
            holder[e] = v
            free[v] -= 1
            paid[e] += min(second - best, _FAR) + step
            level[v] = best + min(second - best, _FAR) + step
    # an elder held since lower levels may now be paid more, without being worth less to who holds them
    for v in range(n_volunteers):
        for k in range(first[v], first[v + 1]):
            if holder[elder_at[k]] == v:
                level[v] = max(level[v], cost[k] + paid[elder_at[k]])
    for v in range(n_volunteers):
        for k in range(first[v], first[v + 1]):
            if holder[elder_at[k]] == v:
                paid[elder_at[k]] = max(paid[elder_at[k]], level[v] - cost[k])
    return level
