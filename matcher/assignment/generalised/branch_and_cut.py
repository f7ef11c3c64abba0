"""A small part, or a cluster of a large one, by HiGHS: branch and cut, which closes gaps that CP-SAT leaves open.

Floating point guides it. A plan is looked at in whole numbers; a bound is believed where ``suits`` says so.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array

from matcher.assignment.generalised.components import NOBODY, Part
from matcher.assignment.generalised.cp_sat import Answer, Mask
from matcher.assignment.generalised.mute_stdout import silence
from matcher.assignment.problem import Index

LARGEST = 100_000
"""Costs beyond which sums of floating point are not trusted with a proof."""
_TOLERANCE = 1e-4
_INFEASIBLE = 2


def suits(part: Part, candidates: Mask, left_out: Mask) -> bool:
    """Whether all costs shown are small enough for floating point."""
    shown = np.concatenate((part.cost[candidates], part.unmatched_cost[left_out]))
    return bool(np.abs(shown).max(initial=0) <= LARGEST)


def branch_and_cut(
    part: Part,
    candidates: Mask,
    left_out: Mask,
    lower: int,
    *,
    nodes: int,
    time_s: float | None,
    stopped: threading.Event,
) -> Answer:
    """Search plans of the given candidates, where the elders ``left_out`` may be left out, within so many nodes.

    No plan costs less than ``lower``.
    HiGHS can't be told to stop: it runs in a thread of its own, which is left to itself when ``stopped`` is set.
    """
    found: list[OptimizeResult] = []
    index, out = np.flatnonzero(candidates), np.flatnonzero(left_out)
    worker = threading.Thread(target=lambda: found.append(_solve(part, index, out, nodes, time_s)), daemon=True)
    with silence():
        worker.start()
        while worker.is_alive() and not stopped.is_set():
            worker.join(0.1)
    if not found:
        return Answer(None, lower, False)
    answer = found[0]
    if answer.status == _INFEASIBLE:
        return Answer(None, None, True)
    bound = answer.mip_dual_bound
    if bound is not None and math.isfinite(bound):
        lower = max(lower, math.ceil(bound - _TOLERANCE))
    return Answer(_chosen(part, index, answer.x), lower, answer.status == 0)


def _solve(part: Part, index: Index, out: Index, nodes: int, time_s: float | None) -> OptimizeResult:
    k, n = len(index), part.n_elders
    rows, width = np.concatenate((part.elder[index], out)), k + len(out)
    serve = coo_array((np.ones(width), (rows, np.arange(width))), shape=(n, width)).tocsr()
    use = part.use[index].astype(np.float64)
    load = coo_array((use, (part.volunteer[index], np.arange(k))), shape=(len(part.capacity), width)).tocsr()
    limit = {} if time_s is None else {"time_limit": max(time_s, 0.1)}
    return milp(
        np.concatenate((part.cost[index], part.unmatched_cost[out])).astype(np.float64),
        constraints=[LinearConstraint(serve, 1, 1), LinearConstraint(load, ub=part.capacity.astype(np.float64))],
        integrality=np.ones(width, dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"node_limit": nodes, "mip_rel_gap": 0.0, **limit},  # type: ignore[arg-type]
    )


def _chosen(part: Part, index: Index, values: NDArray[np.float64] | None) -> Index | None:
    """The plan of an answer, None where there is none; it is looked at whether it is one."""
    if values is None:
        return None
    taken = index[values[: len(index)] > 0.5]
    chosen = np.full(part.n_elders, NOBODY, dtype=np.int64)
    chosen[part.elder[taken]] = taken
    used = np.zeros(len(part.capacity), dtype=np.int64)
    np.add.at(used, part.volunteer[taken], part.use[taken])
    return chosen if (used <= part.capacity).all() and len(np.unique(part.elder[taken])) == len(taken) else None
