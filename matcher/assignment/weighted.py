"""Problems where a pair takes more or fewer units of the volunteer's capacity: generalised assignment, by CP-SAT."""

from __future__ import annotations

import math

import numpy as np
from ortools.sat.python import cp_model

from matcher.assignment.problem import AssignmentProblem, Outcome


def solve_weighted(
    problem: AssignmentProblem, *, time_limit_s: float | None = None, seed: int = 0, workers: int | None = None
) -> Outcome:
    """The cheapest assignment; arguments as ``solve``."""
    model = cp_model.CpModel()
    use = problem.use
    assert use is not None
    take = [model.new_bool_var("") for _ in range(len(problem.elder))]
    total = cp_model.LinearExpr.weighted_sum(take, problem.cost.tolist())
    for elder in range(problem.n_elders):
        mine = [take[i] for i in np.flatnonzero(problem.elder == elder)]
        if problem.unmatched_cost is None:
            model.add_exactly_one(mine)
        else:
            left_out = model.new_bool_var("")
            model.add_exactly_one([*mine, left_out])
            total += int(problem.unmatched_cost[elder]) * left_out
    for volunteer, capacity in enumerate(problem.capacity.tolist()):
        here = np.flatnonzero(problem.volunteer == volunteer)
        units = cp_model.LinearExpr.weighted_sum([take[i] for i in here], use[here].tolist())
        model.add(units <= capacity)
    model.minimize(total)
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = workers or 0
    if time_limit_s is not None:
        solver.parameters.max_time_in_seconds = time_limit_s
    status = solver.solve(model)
    chosen = np.full(problem.n_elders, -1, dtype=np.int64)
    if status == cp_model.INFEASIBLE:
        return Outcome("infeasible", chosen)
    bound = math.ceil(solver.best_objective_bound - 1e-6)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Outcome("unknown", chosen, bound=bound)
    taken = np.flatnonzero([solver.boolean_value(variable) for variable in take])
    chosen[problem.elder[taken]] = taken
    cost = round(solver.objective_value)
    return Outcome("optimal" if status == cp_model.OPTIMAL else "feasible", chosen, cost, bound)
