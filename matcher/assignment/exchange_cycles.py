"""Exchange cycles: what sets two plans apart, as circuits of displacements that can each be made or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.problem import AssignmentProblem, Index

Mask = NDArray[np.bool_]
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class ExchangeCycle:
    """Elders who move from their place in one plan to that in another, and how many more pairs that keeps."""

    elders: tuple[int, ...]
    more: int


def combine(problem: AssignmentProblem, pairs: Mask, low: Index, high: Index, need: int) -> Index:
    """Return a plan between two that keeps at least ``need`` more of the ``pairs`` than ``low``, and few more.

    Where both plans are cheapest at some prices, so is each plan between them: rounds run along arcs of the flow on
    which the two differ, and these cost nothing at those prices.

    Args:
        problem: Whose plans they are.
        pairs: The candidates that count, a mask.
        low: Candidate of each elder, -1 for none, (n_elders,); keeps fewer.
        high: The same; keeps at least ``need`` more.
        need: How many more are wanted.
    """
    rounds = find_cycles(problem, pairs, low, high)
    made = _choose([one.more for one in rounds], need)
    elders = [elder for one, is_made in zip(rounds, made, strict=True) if is_made for elder in one.elders]
    chosen = low.copy()
    chosen[elders] = high[elders]
    return chosen


def find_cycles(problem: AssignmentProblem, pairs: Mask, low: Index, high: Index) -> list[ExchangeCycle]:
    """Return the exchange cycles that lead from ``low`` to ``high``.

    They are the circuits of the flow that takes one plan to the other.
    """
    moved = np.flatnonzero(low != high)
    more = _count_kept(pairs, high[moved]) - _count_kept(pairs, low[moved])
    tails, heads, sink = _find_gates(problem, moved, low), _find_gates(problem, moved, high), 2 * problem.n_volunteers
    onward_tails, onward_heads = _balance_arcs(problem.n_volunteers, tails, heads)
    arcs: dict[int, list[tuple[int, int]]] = {}
    # each node's arcs are taken from the end: in descending order the first elder moves first
    label = np.concatenate((moved, np.full(len(onward_tails), _NOBODY)))
    gain = dict(zip(moved.tolist(), more.tolist(), strict=True))
    whole = zip(
        np.concatenate((tails, onward_tails)).tolist(),
        np.concatenate((heads, onward_heads)).tolist(),
        label.tolist(),
        strict=True,
    )
    for tail, head, elder in reversed(list(whole)):
        arcs.setdefault(tail, []).append((head, elder))
    found = [
        ExchangeCycle(
            tuple(elder for elder in circle if elder >= 0), sum(gain[elder] for elder in circle if elder >= 0)
        )
        for circle in _label_circuits(arcs, [sink, *sorted(arcs)])
    ]
    return [one for one in found if one.elders]


def _count_kept(pairs: Mask, chosen: Index) -> Index:
    return np.where(chosen >= 0, pairs[chosen], False).astype(np.int64)


def _find_gates(problem: AssignmentProblem, elders: Index, chosen: Index) -> Index:
    """Return where each elder's unit enters: a volunteer's places, the gate of the limited (``n`` on), or the sink."""
    n, taken = problem.n_volunteers, chosen[elders]
    gate = np.where(taken >= 0, problem.volunteer[taken], 2 * n).astype(np.int64)
    if problem.limited is not None:
        gate[(taken >= 0) & problem.limited[elders]] += n
    return gate


def _balance_arcs(n: int, tails: Index, heads: Index) -> tuple[Index, Index]:
    """Return arcs, one a unit, from gates to places and from places to the sink that balance in and out."""
    surplus = np.bincount(heads, minlength=2 * n + 1) - np.bincount(tails, minlength=2 * n + 1)
    gates = surplus[n : 2 * n]
    places = surplus[:n] + gates
    v = np.arange(n)
    parts = [
        (n + v, v, np.maximum(gates, 0)),
        (v, n + v, np.maximum(-gates, 0)),
        (v, np.full(n, 2 * n), np.maximum(places, 0)),
        (np.full(n, 2 * n), v, np.maximum(-places, 0)),
    ]
    ends = [(np.repeat(tail, units), np.repeat(head, units)) for tail, head, units in parts]
    return np.concatenate([tail for tail, _ in ends]), np.concatenate([head for _, head in ends])


def _label_circuits(arcs: dict[int, list[tuple[int, int]]], nodes: list[int]) -> list[list[int]]:
    """Split arcs, as many into each node as out of it, into circuits that pass no node twice; return their labels."""
    circles = []
    for first in nodes:
        path: list[tuple[int, int]] = []  # node left, label of the arc taken
        place = {first: 0}
        node = first
        while arcs.get(node):
            head, label = arcs[node].pop()
            path.append((node, label))
            if head in place:
                circle = path[place[head] :]
                circles.append([label for _, label in circle])
                del path[place[head] :]
                for left, _ in circle:
                    place.pop(left, None)
                place[head] = len(path)
            else:
                place[head] = len(path)
            node = head
    return circles


def _choose(more: list[int], need: int) -> list[bool]:
    """Return which of some numbers to take, so that their sum is at least ``need`` and as little above as can be."""
    order = sorted(range(len(more)), key=lambda i: (-more[i], i))
    made, total = [False] * len(more), 0
    for i in order:
        if 0 < more[i] <= need - total:
            made[i], total = True, total + more[i]
    return made if total == need else _choose_exactly(more, need)


def _choose_exactly(more: list[int], need: int) -> list[bool]:
    """Choose as ``_choose`` does, over all sums that can be had (subset sum; a bit of ``reach`` for each sum)."""
    least = sum(min(number, 0) for number in more)
    reach = [1 << -least]
    for number in more:
        before = reach[-1]
        reach.append(before | (before << number if number >= 0 else before >> -number))
    sums = reach[-1] >> (need - least)
    assert sums, "the higher plan keeps enough"
    total = need - least + (sums & -sums).bit_length() - 1
    made = [False] * len(more)
    for i in reversed(range(len(more))):
        if not reach[i] >> total & 1:
            made[i], total = True, total - more[i]
    return made
