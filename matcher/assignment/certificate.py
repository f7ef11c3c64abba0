"""The proof of optimality: a lower bound from prices over all eligible pairs, computed apart from the solver."""

from __future__ import annotations

import numpy as np

from matcher.assignment.problem import AssignmentProblem, Certificate, Index
from matcher.assignment.row_problem import RowProblem

_BLOCK = 250_000
"""Candidates priced in one go: bounds the memory."""


def certify(
    problem: AssignmentProblem | RowProblem, chosen: Index, prices: Index, limited_prices: Index | None = None
) -> Certificate:
    """Check an assignment and prove a bound for it, from the problem's arrays alone.

    For any prices p of a volunteer's units, and q >= p of those that limited elders take, the cost of every assignment
    is at least the sum of

    - over elders: min(unmatched_cost_e, min over candidates (cost_ev + use_ev * p_v)), with q_v for limited elders;
    - over volunteers: min over loads k = 0 … capacity_v of (load_cost_v1 + … + load_cost_vk - k p_v);
    - over volunteers: -limit_v (q_v - p_v)

    (weak duality). So the bound holds whatever the solver did; only its tightness rests on good prices.

    Args:
        problem: With ``unmatched_cost``.
        chosen: Candidate of each elder, -1 unmatched, (n_elders,).
        prices: p, integers (n_volunteers,).
        limited_prices: q, integers (n_volunteers,); None: as p.

    Raises:
        ValueError: ``chosen`` is no assignment: an elder with another's candidate, a volunteer over capacity or limit;
            or a price of limited elders is below the others'.
    """
    unmatched_cost = problem.unmatched_cost
    assert unmatched_cost is not None
    total = compute_cost(problem, chosen)
    limited_prices = prices if limited_prices is None else limited_prices
    if (limited_prices < prices).any():
        raise ValueError("a price of limited elders is below the others'")
    find_least = _compute_least_costs_by_row if isinstance(problem, RowProblem) else _compute_least_costs
    least = find_least(problem, prices, limited_prices)  # type: ignore[arg-type]
    bound = sum_exactly(least) + _sum_least_load_costs(problem, prices)
    if problem.limit is not None:
        bound -= _multiply_exactly(problem.limit, limited_prices - prices)
    n_pairs = problem.n_pairs if isinstance(problem, RowProblem) else len(problem.elder)
    return Certificate(total, bound, n_pairs, int(unmatched_cost.max(initial=0)))


def compute_cost(problem: AssignmentProblem | RowProblem, chosen: Index) -> int:
    """Check that a choice is an assignment, and return what it costs."""
    matched = np.flatnonzero(chosen >= 0)
    taken = chosen[matched]
    if isinstance(problem, RowProblem):
        begin, end = problem.start[:-1][problem.row[matched]], problem.start[1:][problem.row[matched]]
        is_own, surcharge, use = (begin <= taken) & (taken < end), problem.surcharge[matched], None
    else:
        is_own, surcharge, use = problem.elder[taken] == matched, np.zeros(len(taken), dtype=np.int64), problem.use
    if not is_own.all():
        raise ValueError("an elder is given a candidate of somebody else")
    volunteer = problem.volunteer[taken]
    units = np.ones(len(taken), dtype=np.int64) if use is None else use[taken]
    used = np.zeros(problem.n_volunteers, dtype=np.int64)
    np.add.at(used, volunteer, units)
    if (used > problem.capacity).any():
        raise ValueError("a volunteer is given more elders than places")
    if problem.limited is not None and problem.limit is not None:
        limited = np.bincount(volunteer[problem.limited[matched]], minlength=problem.n_volunteers)
        if (limited > problem.limit).any():
            raise ValueError("a volunteer is given more limited elders than the limit")
    assert problem.unmatched_cost is not None
    total = sum_exactly(problem.cost[taken] + surcharge) + sum_exactly(problem.unmatched_cost[chosen < 0])
    if problem.load_cost is not None:
        filled = np.arange(problem.load_cost.shape[1]) < used[:, None]
        total += sum_exactly(problem.load_cost[filled])
    return total


def _compute_least_costs(problem: AssignmentProblem, prices: Index, limited_prices: Index) -> Index:
    """Return what each elder costs at least at these prices, (n_elders,)."""
    assert problem.unmatched_cost is not None
    elder, least = problem.elder, problem.unmatched_cost.astype(np.int64)
    by_elder = None if problem.by_elder else np.argsort(elder, kind="stable")
    for begin in range(0, len(elder), _BLOCK):
        block = slice(begin, begin + _BLOCK) if by_elder is None else by_elder[begin : begin + _BLOCK]
        price = prices[problem.volunteer[block]]
        if problem.limited is not None:
            price = np.where(problem.limited[elder[block]], limited_prices[problem.volunteer[block]], price)
        if problem.use is not None:
            price = price * problem.use[block]
        first = np.flatnonzero(np.diff(elder[block], prepend=-1))
        cheapest = np.minimum.reduceat(problem.cost[block] + price, first)
        who = elder[block][first]
        least[who] = np.minimum(least[who], cheapest)
    return least


def _compute_least_costs_by_row(problem: RowProblem, prices: Index, limited_prices: Index) -> Index:
    """Return what each elder costs at least at these prices, (n_elders,): the least of their row, and the surcharge."""
    least = problem.unmatched_cost.astype(np.int64)
    limited = np.zeros(len(least), dtype=bool) if problem.limited is None else problem.limited
    start, has_any = problem.start, np.diff(problem.start) > 0
    block = np.minimum(np.searchsorted(start, np.arange(0, start[-1] + _BLOCK, _BLOCK)), len(has_any))
    has_any_of_elder = has_any[problem.row]
    for kind, of_place in ((~limited, prices), (limited, limited_prices)):
        of_row = np.zeros(len(has_any), dtype=np.int64)
        for begin, end in zip(block, block[1:], strict=False):
            rows = begin + np.flatnonzero(has_any[begin:end])
            if len(rows):
                part = slice(start[begin], start[end])
                priced = problem.cost[part] + of_place[problem.volunteer[part]]
                of_row[rows] = np.minimum.reduceat(priced, start[rows] - start[begin])
        who = kind & has_any_of_elder
        least[who] = np.minimum(least[who], of_row[problem.row[who]] + problem.surcharge[who])
    return least


def _sum_least_load_costs(problem: AssignmentProblem | RowProblem, prices: Index) -> int:
    """Return the sum over volunteers of the least, over loads, of load cost less what the places are worth."""
    if problem.load_cost is None:
        return -_multiply_exactly(problem.capacity, np.maximum(prices, 0))
    most = problem.load_cost.shape[1]
    gain = np.where(np.arange(most) < problem.capacity[:, None], problem.load_cost - prices[:, None], 0)
    # costs do not fall along a row, so that the best load is where the next elder would cost more than the price
    return sum_exactly(np.minimum(gain, 0).sum(axis=1))


def sum_exactly(values: Index) -> int:
    """Return a sum as a Python integer, where 64 bits might not hold it."""
    halves = values.astype(np.int64)
    return (int((halves >> 32).sum()) << 32) + int((halves & 0xFFFFFFFF).sum())


def _multiply_exactly(a: Index, b: Index) -> int:
    """Return a sum of products as a Python integer: a capacity times a price may leave 64 bits."""
    some = np.flatnonzero((a != 0) & (b != 0))
    return sum(x * y for x, y in zip(a[some].tolist(), b[some].tolist(), strict=True))
