"""Rounding of a relaxation over columns: most columns taken whole stay, and candidates are searched for all others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.assignment.generalised.branch_and_cut import branch_and_cut
from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.dantzig_wolfe import ColumnSolution
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.neighbourhoods import Neighbourhoods
from matcher.assignment.problem import Index

_TRIED = ((0.5, 15), (0.75, 25), (1.0, 25), (1.5, 40))
"""Columns given up, of those taken whole, a volunteer without one; candidates of each elder searched."""
_NODES = 1000
_DETERRENT = 5.0
"""Times what limits are worth that an elder left out counts: enough to keep them, not so much as to drown the cost."""
_SHARE = 0.5
"""Share of the time left that a search may take."""
_NO_BOUND = -(2**62)


def round_columns(component: Component, solved: ColumnSolution, deadline: Deadline) -> Index | None:
    """Return a plan near the relaxation, within the component's limits; None: none was found.

    Columns alone rarely fit: what one volunteer lacks another has too much of. So some that are taken whole are given
    up too, of volunteers who are good for those in no column. Where the best plan leaves out more than the limits
    allow, more are given up.

    Args:
        component: What to solve.
        solved: Its relaxation over columns.
        deadline: When to stop.
    """
    whole = solved.take_whole()
    n_broken = len(component.capacity) - len(whole)
    unmatched_cost = _deter(component, solved)
    for share, near in _TRIED:
        if deadline.over:
            break
        # at prices of elders no unit has one of its own: candidates rank by cost alone
        nearby = Neighbourhoods.of(component, np.zeros(len(component.capacity)), near)
        fixed = nearby.give_up(whole, int(share * n_broken) + 1)
        rest, rows = nearby.leave_fixed(fixed, np.zeros(len(component.cost)))
        free = replace(rest, unmatched_cost=unmatched_cost[rest.elders], counts=None, limits=None)
        answer = branch_and_cut(
            free,
            np.ones(len(rows), dtype=bool),
            np.full(free.n_elders, not free.must_serve),
            _NO_BOUND,
            nodes=_NODES,
            time_s=deadline.take_share(_SHARE).left_s,
            stopped=deadline.stopped,
        )
        if answer.chosen is None:
            continue
        chosen = fixed.copy()
        chosen[rest.elders] = np.where(answer.chosen >= 0, rows[answer.chosen], NOBODY)
        if component.is_within_limits(chosen):
            return chosen
    return None


def _deter(component: Component, solved: ColumnSolution) -> Index:
    """Return what leaving each elder out counts in the search, (n_elders,)."""
    if component.counts is None:
        return component.unmatched_cost
    added = np.rint(_DETERRENT * solved.limit_price @ component.counts).astype(np.int64)
    return component.unmatched_cost + added
