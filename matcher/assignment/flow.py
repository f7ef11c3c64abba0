"""The assignment problem as a min-cost flow, solved by OR-Tools."""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from matcher.assignment.problem import AssignmentProblem, Index


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
