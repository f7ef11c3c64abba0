"""Annealing of a component's plan by ejection chains: what most lowers the cost where volunteers are many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.assignment.generalised.components import Component
from matcher.assignment.generalised.deadline import Deadline
from matcher.assignment.generalised.kernels.ejection_chains import ChainProblem, improve_by_ejection_chains
from matcher.assignment.generalised.lagrangian import Reals
from matcher.assignment.problem import Index

_NEAR = 10
"""Candidates of each elder that chains try, those of least reduced cost."""
_DEEPEST, _MOST_NODES = 16, 2_000
"""Ejections of a chain at most, and nodes of its search. Shorter ones end dearer, longer ones take too long."""
_SLICE = 1_000_000
"""Nodes between two looks at the clock: about a tenth of a second."""
_HOT, _COLD = 1.7, 0.06
"""Heat at the start and at the end, as a share of what an elder's second-best candidate costs more: the median."""
_LEAST_HOT, _LEAST_COLD = 0.8, 0.25
"""In metres: costs are whole, so that a lower heat allows nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Annealing:
    """A component at prices of units, ready for chains.

    Attributes:
        component: The component.
        arrays: What the compiled loop reads.
        scale: What an elder's second-best candidate costs more than the best, with units at their price: the median.
    """

    component: Component
    arrays: ChainProblem
    scale: float

    @classmethod
    def of(cls, component: Component, unit_price: Reals) -> Annealing:
        """Find reduced costs at prices of units, and the candidates that chains try."""
        start, n = component.start, component.n_elders
        total = component.cost + component.use * unit_price[component.volunteer]
        unmatched = component.unmatched_cost.astype(np.float64)
        least = np.minimum(np.minimum.reduceat(total, start[:-1]), unmatched)
        reduced = total - least[component.elder]
        order = np.lexsort((component.volunteer, reduced, component.elder))
        rank = np.arange(len(order)) - start[component.elder]  # elders are in order already
        near = order[rank < _NEAR]
        second = reduced[order[rank == 1]]
        arrays = ChainProblem(
            start,
            component.volunteer,
            component.use,
            component.capacity,
            component.first,
            reduced,
            unmatched - least,
            _number_groups(component),
            component.counts is None and not component.must_serve,
            np.searchsorted(component.elder[near], np.arange(n + 1)),
            near,
            unit_price.astype(np.float64),
        )
        return cls(component, arrays, float(np.median(second)) if len(second) else 0.0)

    def improve(self, chosen: Index, nodes: int, share: float, seed: int, deadline: Deadline) -> Index:
        """Return the best plan met from ``chosen`` on, while the heat falls; as good by all limits.

        The heat begins at this ``share`` of the greatest. Where the time left runs out first, it falls as time passes.
        """
        hot = share * max(_HOT * self.scale, _LEAST_HOT)
        cold = min(hot, max(_COLD * self.scale, _LEAST_COLD))
        now, met = chosen.copy(), np.empty_like(chosen)
        best, least = chosen, self.component.compute_cost(chosen)
        begun_s = deadline.left_s
        for number, spent in enumerate(range(0, nodes, _SLICE)):
            if deadline.over:
                break
            passed = spent / nodes
            if begun_s is not None and deadline.left_s is not None:
                passed = max(passed, 1 - max(deadline.left_s, 0.0) / max(begun_s, 1e-9))
            heat = hot * (cold / hot) ** passed
            improve_by_ejection_chains(
                self.arrays, now, met, heat, _DEEPEST, _MOST_NODES, min(_SLICE, nodes - spent), (seed + number) % 2**31
            )
            cost = self.component.compute_cost(met)
            if cost < least:
                best, least = met.copy(), cost
        return best


def _number_groups(component: Component) -> Index:
    """Return numbers of elders who count alike in each limit, (n_elders,)."""
    if component.counts is None:
        return np.zeros(component.n_elders, dtype=np.int64)
    _, group = np.unique(component.counts, axis=1, return_inverse=True)
    return np.asarray(group, dtype=np.int64).ravel()
