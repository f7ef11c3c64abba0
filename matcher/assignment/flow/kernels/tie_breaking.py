"""Among flows of equal cost the one that comes first, compiled."""

from __future__ import annotations

import numpy as np

from matcher.compiling import loop, step

_ONWARD, _BACK = 0, 1
"""Sides of a search: from its first node on, and back from its last."""


@loop
def find_first_flow(start, tail, head, capacity, into_start, into, flow, like):
    """Change ``flow``, in place, into the first one along arcs that all cost the same.

    Each of the first nodes, the choosers, sends one unit along one of its arcs. The first flow is that where chooser 0
    sends it along the first arc that any flow allows, then chooser 1 among the flows left, and so on. A chooser can
    change to an arc from whose head a residual path leads back to the chooser, through nobody who has chosen before.
    Of two with arcs to the same nodes the later one never has an earlier arc: else the two could change places.

    Args:
        start: Where each node's arcs start, (n_nodes + 1,): arcs are in order of tail, a chooser's in order of choice.
        tail: Of each arc, (n,).
        head: Of each arc, (n,).
        capacity: Of each arc, (n,).
        into_start: Where each node's incoming arcs start in ``into``, (n_nodes + 1,).
        into: Arcs in order of head, (n,). Changed in place: those that carry something are kept before the others.
        flow: On each arc, (n,).
        like: Of each chooser, the last one before with arcs to the same nodes, -1 for none, (n_choosers,).
    """
    n_nodes, turn = len(start) - 1, 0
    place, busy = np.empty(len(into), np.int64), np.zeros(n_nodes, np.int64)
    for i in range(len(into)):
        place[into[i]] = i
    for arc in range(len(flow)):
        if flow[arc] > 0:
            _swap(arc, into_start[head[arc]] + busy[head[arc]], into, place)
            busy[head[arc]] += 1
    graph = (start, tail, head, capacity, into_start, into, flow, busy)
    seen, via = np.zeros((2, n_nodes), np.int64), np.empty((2, n_nodes), np.int64)
    queue = np.empty((2, n_nodes), np.int64)
    choice = np.zeros(len(like), np.int64)
    for chooser in range(len(like)):
        first = start[chooser] + (choice[like[chooser]] if like[chooser] >= 0 else 0)
        for arc in range(first, start[chooser + 1]):
            choice[chooser] = arc - start[chooser]
            if flow[arc] > 0:
                break
            turn += 1
            ends = head[arc], chooser
            met = _find_meeting(ends, graph, seen, via, queue, turn)
            if met < 0:
                continue
            _send(arc, 1, graph, place)
            for side in range(2):
                node = met
                while node != ends[side]:
                    on, against = via[side, node] >> 1, via[side, node] & 1
                    _send(on, 1 - 2 * against, graph, place)
                    node = head[on] if against == (side == _ONWARD) else tail[on]
            break


@step
def _swap(arc, to, into, place):
    """Put an arc at a place among those into its head."""
    other, at = into[to], place[arc]
    into[to], into[at] = arc, other
    place[arc], place[other] = to, at


@step
def _send(arc, gain, graph, place):
    """Send a unit along an arc, or take one back."""
    _, _, head, _, into_start, into, flow, busy = graph
    node = head[arc]
    if flow[arc] == 0:
        _swap(arc, into_start[node] + busy[node], into, place)
        busy[node] += 1
    flow[arc] += gain
    if flow[arc] == 0:
        busy[node] -= 1
        _swap(arc, into_start[node] + busy[node], into, place)


@step
def _find_meeting(ends, graph, seen, via, queue, turn):
    """Return the node where paths from both ends meet; -1 where none leads from the one to the other.

    The side goes on where less has been looked at, what comes next included. ``via`` tells of each node and side by
    which arc it was reached (twice its number, and one more where against its direction).
    """
    start, tail, head, capacity, into_start, into, flow, busy = graph
    done, size, looked = np.zeros(2, np.int64), np.ones(2, np.int64), np.zeros(2, np.int64)
    for side in range(2):
        seen[side, ends[side]] = turn
        queue[side, 0] = ends[side]
    while done[0] < size[0] and done[1] < size[1]:
        at, other = queue[_ONWARD, done[_ONWARD]], queue[_BACK, done[_BACK]]
        onward = looked[_ONWARD] + start[at + 1] - start[at] + busy[at]
        back = looked[_BACK] + start[other + 1] - start[other] + into_start[other + 1] - into_start[other]
        side, node = (_ONWARD, at) if onward <= back else (_BACK, other)
        looked[side] = min(onward, back)
        done[side] += 1
        # on along arcs with room and against those that carry something; looking back it is the other way round
        n_out = start[node + 1] - start[node]
        n_in = busy[node] if side == _ONWARD else into_start[node + 1] - into_start[node]
        for i in range(n_out + n_in):
            out = i < n_out
            arc = start[node] + i if out else into[into_start[node] + i - n_out]
            against = out == (side == _BACK)
            if flow[arc] == 0 if against else flow[arc] >= capacity[arc]:
                continue
            other = head[arc] if out else tail[arc]
            # nodes before the chooser's are those who have chosen
            if other < ends[_BACK] or seen[side, other] == turn:
                continue
            seen[side, other] = turn
            via[side, other] = 2 * arc + against
            if seen[1 - side, other] == turn:
                return other
            queue[side, size[side]] = other
            size[side] += 1
    return -1
