"""Pairs that take as much as each other, with all others held: a min-cost flow, the best of a very large neighbourhood.

See Ahuja, Ergun, Orlin and Punnen (2002) on such neighbourhoods. Where most elders take one unit and some take two, it
moves hundreds at once, all over a component, as no search of a few volunteers can.
"""

from __future__ import annotations

import numpy as np

from matcher.assignment.flow.min_cost_flow import solve_min_cost_flow
from matcher.assignment.generalised.components import NOBODY, Component
from matcher.assignment.generalised.lagrangian import Reals
from matcher.assignment.problem import AssignmentProblem, Index

_LARGEST = 2**60


def round_by_size(component: Component, left_out: Reals, unit_price: Reals) -> Index | None:
    """Round the relaxation size after size, the largest first; None: an elder takes more of one volunteer than another.

    Of each size as many are served as the relaxation serves, those of whom it leaves out least. Units cost what the
    relaxation says, so that who is placed first leaves to others what these need more.
    """
    size = component.size
    if not has_sizes(component):
        return None
    # a chain of displacements costs less than that
    left_out_cost = component.n_elders * (2 * int(np.abs(component.cost).max() + size.max() * unit_price.max()) + 1)
    if left_out_cost * (component.n_elders + len(unit_price)) > _LARGEST:
        return None
    chosen = np.full(component.n_elders, NOBODY, dtype=np.int64)
    left = component.capacity.copy()
    for units in np.unique(size[size > 1])[::-1].tolist():
        of_size = np.flatnonzero(size == units)
        n_served = round(float((1 - left_out[of_size]).sum()))
        wanted = np.zeros(component.n_elders, dtype=bool)
        wanted[of_size[np.argsort(left_out[of_size], kind="stable")[:n_served]]] = True
        rows = np.flatnonzero(wanted[component.elder] & (left >= units)[component.volunteer])
        if not len(rows):
            continue
        elders, elder = np.unique(component.elder[rows], return_inverse=True)
        priced = component.cost[rows] + np.rint(units * unit_price[component.volunteer[rows]]).astype(np.int64)
        flow = AssignmentProblem(elder.astype(np.int64), component.volunteer[rows], priced, left // units)
        found = solve_min_cost_flow(flow, np.full(len(elders), left_out_cost))
        taken = rows[found[found >= 0]]
        chosen[component.elder[taken]] = taken
        np.subtract.at(left, component.volunteer[taken], units)
    return replace_single_units(component, chosen)


def has_sizes(component: Component) -> bool:
    """Return whether each elder takes as much of one volunteer as of another, and somebody one unit."""
    size = component.size
    return bool((component.use == size[component.elder]).all()) and bool((size == 1).any())


def replace_single_units(component: Component, chosen: Index) -> Index:
    """Return the cheapest plan in which whoever takes more than one unit, or none, has the candidate of ``chosen``."""
    held = chosen[chosen >= 0]
    held = held[component.use[held] != 1]
    left = component.capacity.copy()
    np.subtract.at(left, component.volunteer[held], component.use[held])
    is_free = np.ones(component.n_elders, dtype=bool)
    is_free[component.elder[held]] = False
    rows = np.flatnonzero((component.use == 1) & is_free[component.elder] & (left > 0)[component.volunteer])
    elders, elder = np.unique(component.elder[rows], return_inverse=True)
    flow = AssignmentProblem(elder.astype(np.int64), component.volunteer[rows], component.cost[rows], left)
    found = solve_min_cost_flow(flow, component.unmatched_cost[elders])
    best = np.full(component.n_elders, NOBODY, dtype=np.int64)
    best[component.elder[held]] = held
    best[elders] = np.where(found >= 0, rows[found], NOBODY)
    return best


def may_replace_single_units(component: Component) -> bool:
    """Return whether somebody takes one unit, and costs are small enough for a flow."""
    largest = max(int(np.abs(component.cost).max()), int(np.abs(component.unmatched_cost).max()))
    within_range = largest * (component.n_elders + len(component.capacity)) <= _LARGEST
    return within_range and bool((component.use == 1).any())


def list_larger_by_gain(component: Component, chosen: Index, unit_price: Reals) -> Index:
    """Return the elders served with more than one unit, first whose units are worth most beside what they save."""
    served = np.flatnonzero(chosen >= 0)
    served = served[component.use[chosen[served]] > 1]
    taken = chosen[served]
    worth = component.use[taken] * unit_price[component.volunteer[taken]]
    gain = worth + component.cost[taken] - component.unmatched_cost[served]
    return served[np.argsort(-gain, kind="stable")]


def has_single_left_out(component: Component, chosen: Index) -> bool:
    """Return whether somebody is left out who takes one unit of some volunteer."""
    return bool((chosen[component.elder[component.use == 1]] < 0).any())
