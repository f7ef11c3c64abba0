"""Exchanges from a plan: a few volunteers and all their elders at a time, searched to the end."""

from __future__ import annotations

from matcher.assignment.generalised.components import Component
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.kernels import local_search
from matcher.assignment.generalised.lagrangian import Reals
from matcher.assignment.problem import Index

_SLICE = 2_000_000
"""Units of work (search nodes) between two looks at the deadline: about a tenth of a second."""
_MOST_NODES = 20_000
_LEVELS = 2048
"""Most capacity levels of the tables of an exchange."""
_SHARPEN = 30
"""Subgradient steps before an exchange is searched: the bound they give ends most exchanges at once."""
_KICK = 2.0
"""Cost on average of a move out of a dead end."""
_PATIENCE = 3
"""Slices without a better plan after which exchanges start anew near the best."""


def exchange(
    component: Component,
    best: Index,
    width: float,
    price: Reals,
    unmatched_cost: Index,
    budget: int,
    seed: int,
    deadline: Deadline,
    *,
    kicks_first: bool,
) -> tuple[Index, float]:
    """Return the best plan met within the component's limits, and the width that exchanges have come to.

    Args:
        component: What to search.
        best: The plan to begin with.
        width: How many volunteers an exchange takes in, on average.
        price: Prices of elders in metres, by which exchanges are bounded, (n_elders,).
        unmatched_cost: What leaving each elder out counts, (n_elders,).
        budget: Units of work.
        seed: Of what is drawn.
        deadline: When to stop.
        kicks_first: Whether to begin from the plan with some elders moved, as one does where nothing is found for long.
    """
    cost, chosen = component.compute_cost(best), best.copy()
    size = component.size
    spent, idle = 0, _PATIENCE if kicks_first else 0
    while spent < budget and not deadline.over:
        kick = idle >= _PATIENCE
        if kick:
            chosen, idle = best.copy(), 0
        work = _SLICE // 40 if kick else _SLICE
        _, width = local_search.improve_by_exchanges(
            component.start,
            component.volunteer,
            component.cost,
            component.use,
            component.first,
            component.by_volunteer,
            component.elder,
            component.capacity,
            unmatched_cost,
            price,
            chosen,
            size,
            width,
            (seed + spent) % 2**31,
            work,
            _MOST_NODES,
            _KICK if kick else 0.0,
            _SHARPEN,
            _LEVELS,
        )
        spent += work
        idle += 1
        total = component.compute_cost(chosen)
        if not component.is_within_limits(chosen):
            chosen = best.copy()
        elif total < cost:
            cost, best, idle = total, chosen.copy(), 0
    return best, width
