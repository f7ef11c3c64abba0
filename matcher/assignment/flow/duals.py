"""Prices (dual values) of the volunteers' places, from an optimal assignment.

The dual of the assignment problem (``certificate.py`` has it) has for each volunteer a price p_v of a place, and one
q_v >= p_v of a place for a limited elder. What an elder pays is the pair's cost and the price of the place, or the
unmatched cost. At the least optimal prices a place costs what it would save: p_v is the most that an elder would save
by it (0 at least, or what the last place taken costs by load).
"""

from __future__ import annotations

import numpy as np

from matcher.assignment.flow.kernels.least_duals import find_least_duals
from matcher.assignment.problem import AssignmentProblem, Index
from matcher.assignment.row_problem import RowProblem
from matcher.compiling import choose_form

_NOBODY = -1
SMALL = 150_000
"""Candidates up to which the search runs as plain Python: 59,000 take 0.1 s so, and compiling it 2 s to 4 s."""
_FEW_SCANS = 50
"""Scans an elder after which plain Python gives up: mostly it takes some five."""


def compute_least_duals(problem: AssignmentProblem, chosen: Index, unmatched_cost: Index) -> tuple[Index, Index]:
    """Return the least p and q that support ``chosen``, int64 (n_volunteers,) each.

    With an optimal assignment no round of displacements gains, so the search ends; otherwise it is stopped, and the
    certificate will show the gap.
    """
    n_elders, n = problem.n_elders, problem.n_volunteers
    by_elder = np.argsort(problem.elder, kind="stable")
    start = np.searchsorted(problem.elder[by_elder], np.arange(n_elders + 1))
    own = np.full(n_elders, _NOBODY, dtype=np.int64)
    rank = np.empty(len(by_elder), dtype=np.int64)
    rank[by_elder] = np.arange(len(by_elder))
    own[chosen >= 0] = rank[chosen[chosen >= 0]]
    arrays = (
        start,
        problem.volunteer[by_elder].astype(np.int32),
        problem.cost[by_elder].astype(np.int64),
        own,
        unmatched_cost.astype(np.int64),
        number_gates(problem),
        problem.capacity,
        get_load_costs(problem),
        get_limits(problem),
    )
    price, ended = np.empty(0, dtype=np.int64), False
    if len(problem.cost) <= SMALL:
        price, ended = choose_form(find_least_duals, is_small=True)(*arrays, _FEW_SCANS * n_elders)
    if not ended:
        price, _ = find_least_duals(*arrays, 100 + 1000 * n_elders)
    return price[:n], price[n:]


def number_gates(problem: AssignmentProblem | RowProblem) -> Index:
    """Return 0 for each elder, ``n_volunteers`` for a limited one: added to a volunteer's number it gives the gate."""
    if problem.limited is None:
        return np.zeros(problem.n_elders, dtype=np.int64)
    return np.where(problem.limited, problem.n_volunteers, 0).astype(np.int64)


def get_load_costs(problem: AssignmentProblem | RowProblem) -> Index:
    """Return the load costs, int64; one row of zeros for all volunteers where there are none, or no places."""
    if problem.load_cost is not None and problem.load_cost.size:
        return np.ascontiguousarray(problem.load_cost, dtype=np.int64)
    most = int(np.minimum(problem.capacity, problem.n_elders).max(initial=0))
    return np.zeros((1, most + 1), dtype=np.int64)


def get_limits(problem: AssignmentProblem | RowProblem) -> Index:
    """Return how many limited elders each volunteer may have; 0 where nobody is limited."""
    if problem.limit is None:
        return np.zeros(problem.n_volunteers, dtype=np.int64)
    return problem.limit.astype(np.int64)
