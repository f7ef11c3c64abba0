"""The assignment problem as a min-cost flow, solved by OR-Tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.problem import AssignmentProblem, Index, count_occurrences
from matcher.assignment.row_problem import RowProblem

if TYPE_CHECKING:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64] | NDArray[np.int32]
_KINDS = (np.int32, np.int32, np.int64, np.int64)
"""Of an arc's tail, head, capacity and cost."""


class SolverError(RuntimeError):
    """An answer of the solver that is not what it must be; never the user's fault."""


def bound_displacement(problem: AssignmentProblem) -> int:
    """Return a cost of an unmatched elder above any displacement: at it a cheapest plan serves as many as possible.

    Proof sketch: if a plan could serve one elder more, there is an augmenting path (Berge). It passes each gate of a
    volunteer (limited elders have one of their own) at most once, so with k gates that candidates lead to it adds at
    most k pairs and drops one less than it adds. A pair costs from min to max, load cost included, so that the path
    costs at most max(max, k * max - (k - 1) * min), which this exceeds by one; so taking the path saves, and the plan
    was not cheapest.
    """
    if not len(problem.cost):
        return 1
    k = int((count_occurrences(problem.volunteer, problem.n_volunteers) > 0).sum()) * (
        1 if problem.limited is None else 2
    )
    highest, lowest = int(problem.cost.max()), int(problem.cost.min())
    if problem.load_cost is not None and problem.load_cost.size:
        highest, lowest = highest + int(problem.load_cost.max()), lowest + int(problem.load_cost.min())
    return max(k * highest - (k - 1) * lowest, highest, 0) + 1


def bound_exchange(problem: AssignmentProblem) -> int:
    """Return the same for paths that serve one elder in place of another, and so drop as many pairs as they add."""
    lowest = int(problem.cost.min(initial=0))
    if problem.load_cost is not None:
        lowest += int(problem.load_cost.min(initial=0))
    return bound_displacement(problem) + max(0, -lowest)


def _make_flow() -> SimpleMinCostFlow:
    """Return an empty network."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow  # noqa: PLC0415 - questions about a plan solve none

    return SimpleMinCostFlow()


def solve_min_cost_flow(problem: AssignmentProblem, unmatched_cost: Index) -> Index:
    """Return the candidate chosen for each elder, -1 unmatched, (n_elders,), at the least total cost.

    Nodes are elders, volunteers, a gate before each volunteer for limited elders, and one sink. An elder's unit goes
    over a candidate and a place to the sink, or straight there at ``unmatched_cost``, so that a flow always exists.
    """
    n_elders, n = problem.n_elders, problem.n_volunteers
    if not n_elders:
        return np.empty(0, dtype=np.int64)
    limited = np.zeros(n_elders, dtype=bool) if problem.limited is None else problem.limited
    n_gates = 2 * n if limited.any() else n
    sink = n_elders + n_gates
    flow = _make_flow()
    # int32 nodes wrap silently beyond 2**31
    if sink >= 2**31 - 1:
        raise OverflowError(f"{sink} people are more than the solver can number")
    gate = problem.volunteer if n_gates == n else problem.volunteer + n * limited[problem.elder]
    pair_arcs = _add_arcs(flow, problem.elder, n_elders + gate, 1, problem.cost)
    if n_gates > n:
        v = np.arange(n)
        assert problem.limit is not None
        _add_arcs(flow, n_elders + n + v, n_elders + v, np.minimum(problem.limit, n_elders), 0)
    volunteer, places, cost, _ = list_place_arcs(problem)
    _add_arcs(flow, n_elders + volunteer, sink, places, cost)
    _add_arcs(flow, np.arange(n_elders), sink, 1, unmatched_cost)
    supplies = np.concatenate((np.ones(n_elders), np.zeros(n_gates), [-n_elders])).astype(np.int64)
    flow.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supplies)
    chosen = np.full(n_elders, -1, dtype=np.int64)
    _solve(flow)
    taken = np.flatnonzero(flow.flows(pair_arcs))
    chosen[problem.elder[taken]] = taken
    return chosen


def list_place_arcs(problem: AssignmentProblem | RowProblem) -> tuple[Index, Index, Index, Index]:
    """Return each run of places that cost the same: volunteer, how many, what each costs, how many come before."""
    n = problem.n_volunteers
    most = np.minimum(problem.capacity, problem.n_elders)
    if problem.load_cost is None:
        return np.arange(n), most, np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    cost = problem.load_cost
    begins = np.diff(cost, axis=1, prepend=0) != 0
    begins[:, :1] = True
    begins &= np.arange(cost.shape[1]) < most[:, None]
    volunteer, place = np.nonzero(begins)
    last = np.append(volunteer[1:] != volunteer[:-1], True)
    ends = np.where(last, most[volunteer], np.append(place[1:], 0))
    return volunteer, ends - place, cost[volunteer, place].astype(np.int64), place


def _add_arcs(
    flow: SimpleMinCostFlow,
    tails: Integers,
    heads: Integers | int,
    most: Integers | int,
    cost: Integers | int,
) -> NDArray[np.int32]:
    """Add arcs, numbers standing for arrays of themselves; the solver would cut fractions off without a word."""
    n = len(tails)
    arrays = [np.broadcast_to(x, n).astype(kind) for x, kind in zip((tails, heads, most, cost), _KINDS, strict=True)]
    return np.asarray(flow.add_arcs_with_capacity_and_unit_cost(*arrays))


def _solve(flow: SimpleMinCostFlow) -> None:
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverError(f"min-cost flow ended with {status.name}")


def solve_on_reduced_costs(
    hub: Integers, volunteer: Integers, reduced_cost: Integers, size: Index, least: Index, most: Index
) -> Index:
    """Return how many units of each hub go by each candidate, (n,), in a cheapest plan.

    All units of all hubs go.

    Args:
        hub: Of each candidate.
        volunteer: Of each candidate.
        reduced_cost: Of each candidate.
        size: How many units each hub has.
        least: How many places of each volunteer must be filled.
        most: How many can be.

    Raises:
        SolverError: there is no such plan.
    """
    n_hubs, n = len(size), len(most)
    flow = _make_flow()
    pair_arcs = _add_arcs(flow, hub, n_hubs + volunteer, np.minimum(size[hub], most[volunteer]), reduced_cost)
    spare = np.flatnonzero(most > least)
    _add_arcs(flow, n_hubs + spare, n_hubs + n, (most - least)[spare], 0)
    supplies = np.concatenate((size, -least, [int(least.sum()) - int(size.sum())]))
    flow.set_nodes_supplies(np.arange(len(supplies), dtype=np.int32), supplies)
    _solve(flow)
    return np.asarray(flow.flows(pair_arcs), dtype=np.int64)
