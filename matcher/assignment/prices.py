"""Prices (dual values) of the volunteers' places, from an optimal assignment.

The dual of the assignment problem: maximise sum(y_e) - sum(capacity_v * p_v) over p_v >= 0 with
y_e <= cost_ev + p_v for every candidate and y_e <= unmatched_cost_e. At the least optimal prices a place costs what it
would save: p_v = max over candidates (y_e - cost_ev, 0), where a matched elder's y_e is the cost of their pair plus the
price of the place they take (complementary slackness), an unmatched elder's their unmatched cost.
"""

from __future__ import annotations

import numpy as np

from matcher.assignment.problem import AssignmentProblem, Index


def place_prices(problem: AssignmentProblem, chosen: Index, unmatched_cost: Index) -> Index:
    """The least prices that support ``chosen``, int64 (n_volunteers,).

    A Bellman-Ford over volunteers (an elder is contracted into theirs): whenever a price rises, the elders matched
    there can pay more elsewhere. With an optimal assignment no round of displacements gains, so it ends; otherwise
    it is stopped, and the certificate will show the gap.
    """
    by_elder = np.argsort(problem.elder, kind="stable")
    volunteer, cost = problem.volunteer[by_elder], problem.cost[by_elder]
    start = np.searchsorted(problem.elder[by_elder], np.arange(problem.n_elders + 1))
    matched = chosen >= 0
    partner = np.where(matched, problem.volunteer[chosen], -1) if len(problem.volunteer) else chosen
    own_cost = np.where(matched, problem.cost[chosen], unmatched_cost) if len(problem.cost) else unmatched_cost
    elders_of = np.argsort(partner, kind="stable")
    elders_start = np.searchsorted(partner[elders_of], np.arange(problem.n_volunteers + 1))

    prices = np.zeros(problem.n_volunteers, dtype=np.int64)
    elders = np.arange(problem.n_elders)
    for _ in range(problem.n_volunteers + 1):
        arcs, count = _ranges(start, elders)
        pays = own_cost[elders] + np.where(matched[elders], prices[partner[elders]], 0)
        before = prices.copy()
        np.maximum.at(prices, volunteer[arcs], np.repeat(pays, count) - cost[arcs])
        risen = np.flatnonzero(prices > before)
        if not len(risen):
            break
        elders = elders_of[_ranges(elders_start, risen)[0]]
    return prices


def _ranges(start: Index, rows: Index) -> tuple[Index, Index]:
    """Positions of all entries of ``rows`` in a table whose rows begin at ``start``, and each row's count."""
    count = start[rows + 1] - start[rows]
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(start[rows], count) + offset, count
