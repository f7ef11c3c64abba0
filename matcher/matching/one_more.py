"""What a setting would have to be so that one elder more could be served: limit on high risk, or change budget."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.assignment import AssignmentProblem, solve
from matcher.features import Features
from matcher.matching.build_problem import NumberedProblem

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_MOST_WORK = 20_000_000
"""Candidates looked at in all, an elder held back after the other: for more, the least budget is not sought."""


def find_least_limits(features: Features, numbered: NumberedProblem, chosen: Index) -> dict[int, int]:
    """Return the least ``capacity.most_high_risk`` by which each elder left out could be served beside all others.

    By roster index; nobody where the limit says nothing, or where no limit would help. A plan stays a plan under a
    higher limit. So an elder could be served if and only if an alternating path leads from them to a free place
    (Berge's lemma); the limit is raised one by one.
    """
    problem = numbered.problem
    left_out = np.flatnonzero((chosen < 0) & (np.bincount(problem.elder, minlength=problem.n_elders) > 0))
    if problem.limit is None or not len(left_out):
        return {}
    is_pinned = features.pinned_volunteer >= 0
    pinned = np.bincount(features.pinned_volunteer[is_pinned & features.high_risk], minlength=features.n_volunteers)
    most = features.settings.capacity.most_high_risk
    slack = most - pinned[numbered.volunteers]
    out: dict[int, int] = {}
    highest = int((problem.capacity - slack).max())
    if not find_placeable(problem, chosen, slack + highest)[left_out].any():
        return {}
    for more in range(1, highest + 1):
        could = left_out[find_placeable(problem, chosen, np.maximum(slack + more, 0))[left_out]]
        for elder in numbered.elders[could].tolist():
            out.setdefault(elder, most + more)
        if len(out) == len(left_out):
            break
    return out


def find_placeable(problem: AssignmentProblem, chosen: Index, limit: Index) -> Mask:
    """Return the elders from whom an alternating path leads to a free place, (n_elders,), by the given limits.

    Found backwards: a volunteer is open to somebody where a place is free or can be made free by an elder who could go
    elsewhere; to a limited elder only where the gate has room too, or a limited elder could go.
    """
    matched = np.flatnonzero(chosen >= 0)
    partner = problem.volunteer[chosen[matched]]
    limited = np.zeros(problem.n_elders, dtype=bool) if problem.limited is None else problem.limited
    held = np.bincount(partner[limited[matched]], minlength=problem.n_volunteers)
    has_room = held < limit
    is_open = np.bincount(partner, minlength=problem.n_volunteers) < problem.capacity
    is_open_to_limited = is_open & has_room
    placeable = np.zeros(problem.n_elders, dtype=bool)
    by_gate = limited[problem.elder]
    count = -1
    while (now := int(placeable.sum())) > count:  # invariant: who is marked has a path of at most so many rounds
        count = now
        opens = np.where(by_gate, is_open_to_limited[problem.volunteer], is_open[problem.volunteer])
        placeable[problem.elder[opens]] = True
        is_open[partner[placeable[matched]]] = True
        is_open_to_limited[partner[placeable[matched] & limited[matched]]] = True
        is_open_to_limited |= is_open & has_room
    return placeable


def find_least_budgets(numbered: NumberedProblem, chosen: Index, held_back: Index, can_stand: int) -> dict[int, int]:
    """Return the least change budget by which each elder held back could be served beside all who are, by roster index.

    Each is a flow of its own: of all plans that serve these elders, one that keeps the most of last month's pairs.
    ``held_back`` are roster indices; ``can_stand`` is how many of those pairs fit together.
    """
    problem, out = numbered.problem, dict[int, int]()
    if len(held_back) * len(problem.elder) > _MOST_WORK:
        return out
    served = chosen >= 0
    for elder in np.searchsorted(numbered.elders, held_back).tolist():
        wanted = served.copy()
        wanted[elder] = True
        rows = wanted[problem.elder]
        kept = numbered.existing[rows]
        plan = solve(
            problem.replace(
                elder=problem.elder[rows],
                volunteer=problem.volunteer[rows],
                cost=-kept.astype(np.int64),
                unmatched_cost=np.where(wanted, problem.n_elders + 1, 0),
                load_cost=None,
            )
        )
        if (plan.chosen[wanted] >= 0).all():
            out[int(numbered.elders[elder])] = can_stand - int(kept[plan.chosen[wanted]].sum())
    return out
