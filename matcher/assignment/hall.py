"""Shortages: sets of elders who depend on too few places (Hall's theorem)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.problem import AssignmentProblem, HallSet, Index

Mask = NDArray[np.bool_]


def find_hall_sets(problem: AssignmentProblem, chosen: Index, behind: Mask | None = None) -> list[HallSet]:
    """Return the shortages behind the unmatched elders of an assignment that serves as many as possible.

    Of one that might serve more, ``behind`` names the unmatched elders, (n_elders,), from whom no path leads to a free
    place.

    From an unmatched elder, go to all volunteers who may serve them, from there to the elders matched with those, and
    so on. Were there a free place on the way, one elder more could be served; so all volunteers reached are full, the
    elders reached may be served by them alone, and there are more of these than places. Parts that share nobody are
    shortages of their own; an unmatched elder without any candidate is in none.
    """
    has_candidate = np.zeros(problem.n_elders, dtype=bool)
    has_candidate[problem.elder] = True
    short = ((chosen < 0) if behind is None else behind) & has_candidate
    if not short.any():
        return []
    from scipy.sparse import coo_array  # noqa: PLC0415 - loading takes longer than most questions about a plan
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    elder_in, volunteer_in, gate_in = find_reached(problem, chosen, short)
    places = np.where(volunteer_in, problem.capacity, 0)
    if problem.limit is not None:
        places = np.where(gate_in & ~volunteer_in, problem.limit, places)
    arcs = elder_in[problem.elder]
    n = problem.n_elders
    graph = coo_array(
        (np.ones(arcs.sum(), dtype=np.int8), (problem.elder[arcs], n + problem.volunteer[arcs])),
        shape=(n + problem.n_volunteers,) * 2,
    )
    _, part = connected_components(graph, directed=False)
    elders, volunteers = np.flatnonzero(elder_in), np.flatnonzero(volunteer_in | gate_in)
    elders = elders[np.argsort(part[elders], kind="stable")]
    volunteers = volunteers[np.argsort(part[n + volunteers], kind="stable")]
    parts, first = np.unique(part[elders], return_index=True)
    elders_by_part = np.split(elders, first[1:])
    volunteer_edges = np.searchsorted(part[n + volunteers], [*parts, part.max() + 1])
    return [
        HallSet(group, (own := volunteers[a:b]), int(places[own].sum()))
        for group, a, b in zip(elders_by_part, volunteer_edges, volunteer_edges[1:], strict=False)
    ]


def find_reached(problem: AssignmentProblem, chosen: Index, short: Mask) -> tuple[Mask, Mask, Mask]:
    """Return masks of what alternating paths from the ``short`` elders reach: elders, volunteers, limited gates.

    A limited elder passes the volunteer's gate, and only where that has room reaches the volunteer's places.
    """
    matched = np.flatnonzero(chosen >= 0)
    partner = np.full(problem.n_elders, -1, dtype=np.int64)
    partner[matched] = problem.volunteer[chosen[matched]]
    nobody = np.zeros(problem.n_elders, dtype=bool)
    limited = nobody if problem.limited is None else problem.limited
    held = np.bincount(partner[matched[limited[matched]]], minlength=problem.n_volunteers)
    room = np.zeros(problem.n_volunteers, dtype=bool) if problem.limit is None else held < problem.limit
    elder_in, volunteer_in, gate_in = short.copy(), *np.zeros((2, problem.n_volunteers), dtype=bool)
    count = 0
    while (now := int(elder_in.sum())) > count:
        count = now
        arcs = elder_in[problem.elder]
        by_gate = limited[problem.elder] & arcs
        volunteer_in[problem.volunteer[arcs & ~by_gate]] = True
        gate_in[problem.volunteer[by_gate]] = True
        volunteer_in |= gate_in & room
        gate_in |= volunteer_in & (held > 0)
        at = partner[matched]
        elder_in[matched] |= np.where(limited[matched], gate_in[at], volunteer_in[at])
    return elder_in, volunteer_in, gate_in
