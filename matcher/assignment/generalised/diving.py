"""A plan from the relaxation by diving: those who are split are settled one after the other, each at what is cheapest.

Where the relaxation is a flow of copies, one who is settled moves few others: the flow is mended along shortest paths,
so that each choice is tried and its price known (Wolsey 1998, section 12.5, on diving; ``solved`` on the paths).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.solve_flow import solve_flow
from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.flow_relaxation import Copies
from matcher.assignment.problem import Index
from matcher.assignment.row_changes import LeaveOut, NoPlanLeftError, Pin
from matcher.assignment.solved import Solved

_PATIENCE = 10
"""Passes after which whoever is served in part is left out: what is missing would only go on from one to another."""


def dive(component: Component, rng: np.random.Generator, deadline: Deadline) -> Index:
    """Return a plan near the relaxation, candidates of the component, -1 left out, (n_elders,).

    Args:
        component: One of which ``can_flow`` holds.
        rng: Of the order in which elders are settled.
        deadline: After it whoever is not settled is left out.
    """
    copies = Copies.of(component)
    flow = solve_flow(copies.problem)
    solved = Solved.of(copies.problem, flow.chosen, flow.prices)
    passes = 0
    while True:
        volunteer = solved.volunteer_of
        is_split = _find_split(volunteer, copies)
        if not is_split.any() or deadline.over:
            break
        for elder in rng.permutation(np.flatnonzero(is_split)).tolist():
            mine = range(int(copies.first[elder]), int(copies.first[elder + 1]))
            held = sorted({int(solved.volunteer_of[copy]) for copy in mine})
            if len(held) > 1:
                solved = _settle(solved, mine, held, passes >= _PATIENCE)
        passes += 1
    settled = np.where(is_split, NOBODY, volunteer[copies.first[:-1]])
    chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
    taken = np.flatnonzero(component.volunteer == settled[component.elder])
    chosen[component.elder[taken]] = taken
    return chosen


def _find_split(volunteer: Index, copies: Copies) -> NDArray[np.bool_]:
    """Return which elders have copies with more than one volunteer, or left out in part, (n_elders,)."""
    of_first = volunteer[copies.first[:-1]]
    elsewhere = copies.owner[volunteer != of_first[copies.owner]]
    is_split = np.zeros(len(of_first), dtype=bool)
    is_split[elsewhere] = True
    return is_split


def _settle(solved: Solved, copies: Sequence[int], held: Sequence[int], is_late: bool) -> Solved:
    """Return the flow where all copies of an elder are with one of the volunteers who hold some, or are left out."""
    tried = [] if is_late and held[0] == NOBODY else [v for v in held if v != NOBODY]
    best: Solved | None = None
    for volunteer in tried:
        try:
            found = solved.change(*(Pin(copy, volunteer, None) for copy in copies))
        except NoPlanLeftError:
            continue
        if best is None or found.cost < best.cost:
            best = found
    if best is None:
        best = solved.change(*(LeaveOut(copy) for copy in copies))
    return best
