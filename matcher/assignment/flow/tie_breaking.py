"""Among the plans of least cost, the one that comes first: which of them a solver finds is an accident.

The first elder has the first volunteer whom any plan of least cost gives them; of the plans left so does the second,
and so on. To be left out comes after all volunteers. So the answer depends neither on the order of candidates nor on
how, or from which start, it was found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.duals import number_gates
from matcher.assignment.flow.kernels.tie_breaking import find_first_flow
from matcher.assignment.flow.min_cost_flow import list_place_arcs
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import AssignmentProblem, Index, count_occurrences
from matcher.assignment.row_problem import RowProblem
from matcher.compiling import choose_form

Mask = NDArray[np.bool_]
SMALL = 3_000
"""Arcs up to which the search runs as plain Python: 1,100 take 0.01 s so, and compiling it 2 s."""
_BLOCK = 1_000_000
"""Candidates looked at in one go: bounds the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """Arcs in order of tail, then head: nodes are elders, volunteers, their gates for limited elders, the sink."""

    tail: Index
    head: Index
    capacity: Index
    flow: Index

    @classmethod
    def join(cls, *parts: tuple[Index, Index, Index, Index | Mask]) -> tuple[Arcs, Index]:
        """Return arcs of several kinds one after another, and where each of them stood."""
        tail, head, capacity, flow = (np.concatenate(columns).astype(np.int64) for columns in zip(*parts, strict=True))
        order = np.lexsort((head, tail))
        return cls(tail[order], head[order], capacity[order], flow[order]), order


def break_ties(problem: AssignmentProblem | RowProblem, chosen: Index, prices: Index, limited_prices: Index) -> Index:
    """Return the first of the plans that cost as much as ``chosen``, a plan of least cost; candidates, (n_elders,).

    At prices that prove a plan, the plans of least cost are the flows over what is tight: candidates that cost an elder
    just what they pay, and places that cost just their price (complementary slackness).

    Args:
        problem: With ``unmatched_cost``, without ``use``.
        chosen: Candidate of each elder, -1 unmatched, (n_elders,).
        prices: Of places, (n_volunteers,): they prove the plan.
        limited_prices: Of places for limited elders, (n_volunteers,).
    """
    n_elders, sink = problem.n_elders, problem.n_elders + 2 * problem.n_volunteers
    assert problem.unmatched_cost is not None
    gate_of, price = number_gates(problem), np.concatenate((prices, limited_prices))
    matched = np.flatnonzero(chosen >= 0)
    own = chosen[matched]
    pays = problem.unmatched_cost.astype(np.int64)
    pays[matched] = problem.cost[own] + price[gate_of[matched] + problem.volunteer[own]]
    if isinstance(problem, RowProblem):
        pays[matched] += problem.surcharge[matched]
        elder, tight = _find_tight_in_rows(problem, gate_of, price, pays)
    else:
        tight = _find_tight(problem, gate_of, price, pays)
        elder = problem.elder[tight].astype(np.int64)
    may_stay_out = pays == problem.unmatched_cost
    if (count_occurrences(elder, n_elders) + may_stay_out <= 1).all():
        return chosen
    volunteer = problem.volunteer[tight].astype(np.int64)
    out = np.flatnonzero(may_stay_out)
    arcs, order = Arcs.join(
        (elder, n_elders + gate_of[elder] + volunteer, np.ones_like(elder), chosen[elder] == tight),
        (out, np.full_like(out, sink), np.ones_like(out), chosen[out] < 0),
        *_list_tight_places(problem, chosen, prices, limited_prices),
    )
    nodes, into = np.arange(sink + 2), np.argsort(arcs.head, kind="stable")
    start, into_start = np.searchsorted(arcs.tail, nodes), np.searchsorted(arcs.head[into], nodes)
    find_first = choose_form(find_first_flow, is_small=len(arcs.tail) <= SMALL)
    like = _find_like(start[: n_elders + 1], arcs.head)
    find_first(start, arcs.tail, arcs.head, arcs.capacity, into_start, into, arcs.flow, like)
    taken = order[arcs.flow > 0]
    taken = taken[taken < len(tight)]
    first = np.full(n_elders, -1, dtype=np.int64)
    first[elder[taken]] = tight[taken]
    return first


def _find_like(start: Index, head: Index) -> Index:
    """Return the last elder before each who has arcs to the same nodes, -1 for none, (n_elders,)."""
    size = np.diff(start)
    # rows of one length side by side: equal ones are found by sorting them
    like = np.full(len(size), -1, dtype=np.int64)
    for length in np.unique(size[size > 0]).tolist():
        elder = np.flatnonzero(size == length)
        rows = head[start[elder][:, None] + np.arange(length)]
        order = np.lexsort((elder, *rows.T))
        same = (rows[order[1:]] == rows[order[:-1]]).all(axis=1)
        like[elder[order[1:][same]]] = elder[order[:-1][same]]
    return like


def _list_tight_places(
    problem: AssignmentProblem | RowProblem, chosen: Index, prices: Index, limited_prices: Index
) -> list[tuple[Index, Index, Index, Index]]:
    """Return arcs from gates to volunteers where a limited elder's place is no dearer, and from tight places on."""
    n_elders, n = problem.n_elders, problem.n_volunteers
    taken = problem.volunteer[chosen[chosen >= 0]]
    volunteer, places, cost, before = list_place_arcs(problem)
    taken_of_run = np.clip(count_occurrences(taken, n)[volunteer] - before, 0, places)
    tight = cost == prices[volunteer]
    volunteer = volunteer[tight]
    arcs = [(n_elders + volunteer, np.full_like(volunteer, n_elders + 2 * n), places[tight], taken_of_run[tight])]
    if problem.limited is not None and problem.limit is not None:
        limited_load = count_occurrences(problem.volunteer[chosen[problem.limited & (chosen >= 0)]], n)
        v = np.flatnonzero(limited_prices == prices)
        arcs.append((n_elders + n + v, n_elders + v, problem.limit[v], limited_load[v]))
    return arcs


def _find_tight_in_rows(problem: RowProblem, gate_of: Index, price: Index, pays: Index) -> tuple[Index, Index]:
    """Return pairs of an elder and a candidate that costs the elder just what they pay."""
    arrays = problem.start[:-1], problem.start[1:], problem.row, problem.volunteer, problem.cost
    elder, tight = row_scans.find_tight_pairs(*arrays, gate_of, price, pays - problem.surcharge)
    return elder, tight


def _find_tight(problem: AssignmentProblem, gate_of: Index, price: Index, pays: Index) -> Index:
    """Return the candidates that cost an elder just what they pay."""
    found = [np.empty(0, dtype=np.int64)]
    for begin in range(0, len(problem.elder), _BLOCK):
        elder, volunteer, cost = (
            part[begin : begin + _BLOCK] for part in (problem.elder, problem.volunteer, problem.cost)
        )
        gate = volunteer if problem.limited is None else gate_of[elder] + volunteer
        found.append(begin + np.flatnonzero(cost + price[gate] == pays[elder]))
    return np.concatenate(found)
