"""Branch and cut by HiGHS for a small component or a cluster of a large one: it closes gaps that CP-SAT leaves open.

Floating point guides it. A plan is checked in whole numbers; a bound is believed where ``is_exact_in_floats`` says so.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array

from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.cp_sat import CpSatSolution, Mask
from matcher.assignment.generalised.mute_stdout import mute_stdout
from matcher.assignment.problem import Index

LARGEST = 100_000
"""Costs beyond which sums of floating point are not trusted with a proof."""
_TOLERANCE = 1e-4
_INFEASIBLE = 2
_MOST_NODES = 2**31 - 1
"""HiGHS counts nodes in 32 bits."""


def is_exact_in_floats(component: Component, candidates: Mask, left_out: Mask) -> bool:
    """Return whether all costs shown are small enough for floating point."""
    shown = np.concatenate((component.cost[candidates], component.unmatched_cost[left_out]))
    return bool(np.abs(shown).max(initial=0) <= LARGEST)


def branch_and_cut(
    component: Component,
    candidates: Mask,
    left_out: Mask,
    lower: int,
    *,
    nodes: int,
    time_s: float | None,
    stopped: threading.Event,
) -> CpSatSolution:
    """Search plans of the given candidates, where the elders ``left_out`` may be left out, within so many nodes.

    No plan costs less than ``lower``.
    HiGHS can't be told to stop: it runs in a thread of its own, which is left to itself when ``stopped`` is set.
    """
    found: list[OptimizeResult] = []
    index, out = np.flatnonzero(candidates), np.flatnonzero(left_out)
    worker = threading.Thread(target=lambda: found.append(_solve(component, index, out, nodes, time_s)), daemon=True)
    with mute_stdout():
        worker.start()
        while worker.is_alive() and not stopped.is_set():
            worker.join(0.1)
    if not found:
        return CpSatSolution(None, lower, False)
    answer = found[0]
    if answer.status == _INFEASIBLE:
        return CpSatSolution(None, None, True)
    bound = answer.mip_dual_bound
    if bound is not None and math.isfinite(bound):
        lower = max(lower, math.ceil(bound - _TOLERANCE))
    return CpSatSolution(_read_plan(component, index, answer.x), lower, answer.status == 0)


def _solve(component: Component, index: Index, out: Index, nodes: int, time_s: float | None) -> OptimizeResult:
    """Return what HiGHS says of the integer program over the given candidates."""
    k, n = len(index), component.n_elders
    rows, width = np.concatenate((component.elder[index], out)), k + len(out)
    serve = coo_array((np.ones(width), (rows, np.arange(width))), shape=(n, width)).tocsr()
    use = component.use[index].astype(np.float64)
    load = coo_array((use, (component.volunteer[index], np.arange(k))), shape=(len(component.capacity), width)).tocsr()
    rules = [LinearConstraint(serve, 1, 1), LinearConstraint(load, ub=component.capacity.astype(np.float64))]
    if component.counts is not None and component.limits is not None and len(out):
        number, who = np.nonzero(component.counts[:, out])
        counts = component.counts[:, out][number, who].astype(np.float64)
        of_left_out = coo_array((counts, (number, k + who)), shape=(len(component.limits), width)).tocsr()
        rules.append(LinearConstraint(of_left_out, ub=component.limits.astype(np.float64)))
    limit = {} if time_s is None else {"time_limit": max(time_s, 0.1)}
    return milp(
        np.concatenate((component.cost[index], component.unmatched_cost[out])).astype(np.float64),
        constraints=rules,
        integrality=np.ones(width, dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"node_limit": min(nodes, _MOST_NODES), "mip_rel_gap": 0.0, **limit},  # type: ignore[arg-type]
    )


def _read_plan(component: Component, index: Index, values: NDArray[np.float64] | None) -> Index | None:
    """Return the plan of an answer, checked to be one; None where there is none."""
    if values is None:
        return None
    taken = index[values[: len(index)] > 0.5]
    chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
    chosen[component.elder[taken]] = taken
    used = np.zeros(len(component.capacity), dtype=np.int64)
    np.add.at(used, component.volunteer[taken], component.use[taken])
    return (
        chosen if (used <= component.capacity).all() and len(np.unique(component.elder[taken])) == len(taken) else None
    )
