"""A part of a grouped problem by CP-SAT: the best plan of some elders and volunteers, all others as they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from matcher.assignment.groups.bound import SCALE, GroupBound, Prices, compute_place_costs
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.problem import Index

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Elders and volunteers who are planned anew; every elder of these volunteers is among them.

    Attributes:
        elders: Indices of the problem's elders.
        volunteers: Indices of the problem's volunteers.
        arcs: Candidates between them that may be taken.
        may_be_left_out: Which of the ``elders`` may be unmatched.
    """

    elders: Index
    volunteers: Index
    arcs: Index
    may_be_left_out: Mask


@dataclass(frozen=True, slots=True, eq=False)
class PartSolution:
    """The best plan of a part.

    Attributes:
        chosen: Candidate of each of the part's elders, -1 unmatched; None: none was found.
        bound: No plan of the part costs less than this above the bound at the prices; in units of 1 / SCALE.
        proved: Whether no plan of the part is cheaper.
    """

    chosen: Index | None
    bound: int
    proved: bool


def solve_part(
    grouped: GroupedProblem, prices: Prices, bound: GroupBound, part: Part, now: Index, effort: float
) -> PartSolution:
    """Return the best plan of a part.

    Costs are those above what each elder costs at least at the prices, and what free places are worth: integers, the
    smaller the nearer a plan is to the best.

    Args:
        grouped: The whole problem.
        prices: Of places.
        bound: At these prices.
        part: Who is planned anew.
        now: The candidate of each of the problem's elders so far: a hint.
        effort: Units of CP-SAT's deterministic time, about seconds.
    """
    problem, group = grouped.problem, grouped.group
    assert problem.unmatched_cost is not None
    model = cp_model.CpModel()
    arcs, elders = part.arcs.tolist(), part.elders.tolist()
    take = {arc: model.new_bool_var("") for arc in arcs}
    of_elder: dict[int, list[cp_model.IntVar]] = {elder: [] for elder in elders}
    of_volunteer: dict[int, list[tuple[cp_model.IntVar, bool]]] = {v: [] for v in part.volunteers.tolist()}
    at_home: dict[tuple[int, int], list[cp_model.IntVar]] = {}
    variables: list[cp_model.IntVar] = []
    costs: list[int] = []
    for arc in arcs:
        elder, volunteer = int(problem.elder[arc]), int(problem.volunteer[arc])
        of_elder[elder].append(take[arc])
        limited = problem.limited is not None and bool(problem.limited[elder])
        of_volunteer[volunteer].append((take[arc], limited))
        if group[elder] >= 0:
            at_home.setdefault((int(group[elder]), volunteer), []).append(take[arc])
        variables.append(take[arc])
        costs.append(int(bound.priced[arc] - bound.least[elder]))
    for elder, may in zip(elders, part.may_be_left_out.tolist(), strict=True):
        if may:
            left = model.new_bool_var("")
            of_elder[elder].append(left)
            variables.append(left)
            costs.append(int(SCALE * int(problem.unmatched_cost[elder]) - bound.least[elder]))
        model.add_exactly_one(of_elder[elder])
    gains = compute_place_costs(grouped, prices)[part.volunteers]
    offset = 0
    for volunteer, mine, gain in zip(part.volunteers.tolist(), of_volunteer.values(), gains, strict=True):
        places = int(problem.capacity[volunteer])
        used = [model.new_bool_var("") for _place in range(min(places, len(mine)))]
        model.add(sum(x for x, _limited in mine) == sum(used))
        for first, second in zip(used, used[1:], strict=False):
            model.add_implication(second, first)
        variables += used
        costs += [int(worth) for worth in gain[: len(used)]]
        offset -= int(np.minimum(gain, 0).sum())
        if problem.limit is not None:
            bound_by = [x for x, limited in mine if limited]
            limit, worth = int(problem.limit[volunteer]), int(prices.limited[volunteer] - prices.place[volunteer])
            if len(bound_by) > limit:
                model.add(sum(bound_by) <= limit)
            variables += bound_by
            costs += [-worth] * len(bound_by)
            offset += worth * limit
    _add_groups(model, grouped, at_home, variables, costs)
    model.minimize(cp_model.LinearExpr.weighted_sum(variables, costs))
    held = set(now[part.elders].tolist())
    for arc, variable in take.items():
        model.add_hint(variable, arc in held)
    return _solve(model, take, problem.elder, part, offset, effort)


def _add_groups(
    model: cp_model.CpModel,
    grouped: GroupedProblem,
    at_home: dict[tuple[int, int], list[cp_model.IntVar]],
    variables: list[cp_model.IntVar],
    costs: list[int],
) -> None:
    """Let each group have one volunteer, or pay for those beyond the first."""
    visited: dict[int, list[cp_model.IntVar]] = {}
    for (group, _volunteer), mine in at_home.items():
        comes = model.new_bool_var("")
        for variable in mine:
            model.add_implication(variable, comes)
        visited.setdefault(group, []).append(comes)
    for comers in visited.values():
        if grouped.split_cost is None:
            model.add_at_most_one(comers)
            continue
        further = model.new_int_var(0, len(comers), "")
        model.add(sum(comers) <= further + 1)
        variables.append(further)
        costs.append(SCALE * grouped.split_cost)


def _solve(
    model: cp_model.CpModel,
    take: dict[int, cp_model.IntVar],
    elder: Index,
    part: Part,
    offset: int,
    effort: float,
) -> PartSolution:
    """Run CP-SAT on one thread, so that the same part has the same answer."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = effort
    solver.parameters.catch_sigint_signal = False
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return PartSolution(None, 0, False)
    chosen = np.full(len(part.elders), -1, dtype=np.int64)
    taken = np.array([arc for arc, variable in take.items() if solver.boolean_value(variable)], dtype=np.int64)
    chosen[np.searchsorted(part.elders, elder[taken])] = taken
    proved = status == cp_model.OPTIMAL
    objective = solver.objective_value if proved else solver.best_objective_bound
    # told in floating point, whose last digits may be off
    least = math.ceil(objective - 1e-6 - abs(objective) * 2.0**-45) if math.isfinite(objective) else -offset
    return PartSolution(chosen, max(least + offset, 0), proved)
