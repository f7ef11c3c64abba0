"""The assignment problem as a min-cost flow, solved by OR-Tools."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from matcher.assignment.problem import AssignmentProblem, Index

Mask = NDArray[np.bool_]


class SolverError(RuntimeError):
    """The solver did not answer as it must; never the user's fault."""


def displacement_bound(problem: AssignmentProblem) -> int:
    """A cost of an unmatched elder above any displacement: with it, a cheapest plan serves as many as possible.

    Proof sketch: if a plan could serve one elder more, there is an augmenting path (Berge). It passes each volunteer
    at most once, so with k volunteers who have candidates it adds at most k pairs and drops one less than it adds.
    That costs at most max(max, k * max - (k - 1) * min), which this exceeds by one; so taking the path saves, and
    the plan was not cheapest.
    """
    if not len(problem.cost):
        return 1
    k = len(np.unique(problem.volunteer))
    highest, lowest = int(problem.cost.max()), int(problem.cost.min())
    return max(k * highest - (k - 1) * lowest, highest, 0) + 1


def min_cost_assignment(problem: AssignmentProblem, unmatched_cost: Index) -> Index:
    """The candidate chosen for each elder, -1 unmatched, (n_elders,), at the least total cost.

    Nodes are elders, volunteers and one sink. An elder's unit goes over a candidate and a place to the sink, or
    straight there at ``unmatched_cost``, so that a flow always exists.
    """
    n_elders, n_volunteers = problem.n_elders, problem.n_volunteers
    if not n_elders:
        return np.empty(0, dtype=np.int64)
    elders, volunteers = np.arange(n_elders), n_elders + np.arange(n_volunteers)
    sink = n_elders + n_volunteers
    flow = min_cost_flow.SimpleMinCostFlow()
    # int32 nodes wrap silently beyond 2**31
    if sink >= 2**31 - 1:
        raise OverflowError(f"{sink} people are more than the solver can number")
    pair_arcs = flow.add_arcs_with_capacity_and_unit_cost(
        problem.elder.astype(np.int32),
        (n_elders + problem.volunteer).astype(np.int32),
        np.ones(len(problem.elder), dtype=np.int64),
        problem.cost,
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        volunteers.astype(np.int32),
        np.full(n_volunteers, sink, dtype=np.int32),
        np.minimum(problem.capacity, n_elders),
        np.zeros(n_volunteers, dtype=np.int64),
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        elders.astype(np.int32),
        np.full(n_elders, sink, dtype=np.int32),
        np.ones(n_elders, dtype=np.int64),
        unmatched_cost,
    )
    supplies = np.concatenate((np.ones(n_elders), np.zeros(n_volunteers), [-n_elders])).astype(np.int64)
    flow.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supplies)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverError(f"min-cost flow ended with {status.name}")
    taken = np.flatnonzero(flow.flows(pair_arcs))
    chosen = np.full(n_elders, -1, dtype=np.int64)
    chosen[problem.elder[taken]] = taken
    return chosen


def split_min_cost(
    elder: NDArray[np.int32],
    volunteer: NDArray[np.int32],
    cost: NDArray[np.int32],
    capacity: Index,
    short_elders: Mask,
    short_volunteers: Mask,
) -> Index:
    """The candidates of a cheapest largest matching, where a largest one is known to fill or to serve whom.

    Every place of the ``short_volunteers`` is filled by the ``short_elders``, some of whom are left out for nothing;
    every other elder is served. No cost is above a candidate's, which makes the scaling short.
    """
    n_elders, n_volunteers = len(short_elders), len(capacity)
    served, left_out = n_elders + n_volunteers, n_elders + n_volunteers + 1
    short = np.flatnonzero(short_elders).astype(np.int32)
    spare = np.flatnonzero(~short_volunteers & (capacity > 0))
    flow = min_cost_flow.SimpleMinCostFlow()
    pair_arcs = flow.add_arcs_with_capacity_and_unit_cost(
        elder, volunteer + np.int32(n_elders), np.ones(len(elder), dtype=np.int64), cost.astype(np.int64)
    )
    for tails, head, most in (
        ((n_elders + spare).astype(np.int32), served, capacity[spare]),
        (short, left_out, np.ones(len(short), dtype=np.int64)),
    ):
        heads = np.full(len(tails), head, dtype=np.int32)
        flow.add_arcs_with_capacity_and_unit_cost(tails, heads, most, np.zeros(len(tails), dtype=np.int64))
    filled = np.where(short_volunteers, capacity, 0)
    spare_elders, left = n_elders - len(short), len(short) - int(filled.sum())
    supplies = np.concatenate((np.ones(n_elders, dtype=np.int64), -filled, [-spare_elders, -left]))
    flow.set_nodes_supplies(np.arange(len(supplies), dtype=np.int32), supplies)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverError(f"min-cost flow ended with {status.name}")
    return np.flatnonzero(flow.flows(pair_arcs))
