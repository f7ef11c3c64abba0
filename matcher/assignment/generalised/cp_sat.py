"""A component by CP-SAT: proves that no plan is cheaper, or finds one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.problem import Index

Mask = NDArray[np.bool_]
_LAST_DIGITS = 2.0**-45
"""Share of a bound told in floating point that rounding may have added."""


@dataclass(frozen=True, slots=True, eq=False)
class CpSatSolution:
    """What CP-SAT says of the plans within the limits given.

    Attributes:
        chosen: The best plan met, candidates of the component, (n_elders,); None: none.
        bound: No plan within the limits costs less; None: there is none (left).
        done: Whether the search came to its end.
    """

    chosen: Index | None
    bound: int | None
    done: bool


class CpSatSearch:
    """A search that can be stopped from another thread."""

    def __init__(self) -> None:
        self._solver = cp_model.CpSolver()
        self._stopped = False

    def stop(self) -> None:
        """End the search as soon as may be."""
        self._stopped = True
        self._solver.stop_search()

    def solve(
        self,
        component: Component,
        candidates: Mask,
        left_out: Mask,
        lower: int,
        upper: int | None,
        hint: Index,
        *,
        effort: float,
        time_s: float | None,
        seed: int,
    ) -> CpSatSolution:
        """Search plans of the given candidates that cost from ``lower`` to ``upper``.

        Args:
            component: What to solve.
            candidates: Those that may be taken.
            left_out: Elders who may be left out.
            lower: No plan costs less.
            upper: The most that a plan may cost; None: no limit.
            hint: A plan to start from.
            effort: Units of CP-SAT's deterministic time, about seconds.
            time_s: Seconds at most; None: no limit.
            seed: Of the search.
        """
        model, take = _build_model(component, candidates, left_out, upper, hint)
        parameters = self._solver.parameters
        parameters.num_workers = 1
        parameters.linearization_level = 2  # the knapsacks' cuts carry the proof
        parameters.random_seed = seed % 2**31
        parameters.max_deterministic_time = effort
        parameters.catch_sigint_signal = False
        if time_s is not None:
            parameters.max_time_in_seconds = max(time_s, 0.01)
        if self._stopped:
            return CpSatSolution(None, lower, False)
        status = self._solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return CpSatSolution(None, None, True)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return CpSatSolution(None, max(lower, _round_up(self._solver.best_objective_bound, lower)), False)
        chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
        taken = np.array([i for i, x in take.items() if self._solver.boolean_value(x)], dtype=np.int64)
        chosen[component.elder[taken]] = taken
        if status == cp_model.OPTIMAL:
            return CpSatSolution(chosen, max(lower, component.compute_cost(chosen)), True)
        return CpSatSolution(chosen, max(lower, _round_up(self._solver.best_objective_bound, lower)), False)


def _round_up(bound: float, otherwise: int) -> int:
    """Return the least whole cost not below a floating-point bound, whose last digits may be off."""
    return math.ceil(bound - 1e-6 - abs(bound) * _LAST_DIGITS) if math.isfinite(bound) else otherwise


def _build_model(
    component: Component, candidates: Mask, left_out: Mask, upper: int | None, hint: Index
) -> tuple[cp_model.CpModel, dict[int, cp_model.IntVar]]:
    """Build the model of the given candidates within the limits of cost."""
    model = cp_model.CpModel()
    index = np.flatnonzero(candidates).tolist()
    take = {i: model.new_bool_var("") for i in index}
    left = {e: model.new_bool_var("") for e in np.flatnonzero(left_out).tolist()}
    by_elder: list[list[cp_model.IntVar]] = [[] for _ in range(component.n_elders)]
    by_volunteer: list[list[int]] = [[] for _ in range(len(component.capacity))]
    elder, volunteer = component.elder.tolist(), component.volunteer.tolist()
    for i in index:
        by_elder[elder[i]].append(take[i])
        by_volunteer[volunteer[i]].append(i)
    for e, variable in left.items():
        by_elder[e].append(variable)
    for variables in by_elder:
        model.add_exactly_one(variables)
    use, cost = component.use.tolist(), component.cost.tolist()
    for v, mine in enumerate(by_volunteer):
        units = cp_model.LinearExpr.weighted_sum([take[i] for i in mine], [use[i] for i in mine])
        model.add(units <= int(component.capacity[v]))
    if component.counts is not None and component.limits is not None:
        for counts, limit in zip(component.counts.tolist(), component.limits.tolist(), strict=True):
            model.add(cp_model.LinearExpr.weighted_sum([*left.values()], [counts[e] for e in left]) <= limit)
    total = cp_model.LinearExpr.weighted_sum(
        [*take.values(), *left.values()], [*(cost[i] for i in index), *(int(component.unmatched_cost[e]) for e in left)]
    )
    if upper is not None:
        model.add(total <= upper)
    model.minimize(total)
    hinted = set(hint[hint >= 0].tolist())
    for i, variable in take.items():
        model.add_hint(variable, i in hinted)
    return model, take
