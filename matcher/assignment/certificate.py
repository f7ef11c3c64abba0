"""The proof of optimality: a lower bound from prices over all eligible pairs, computed apart from the solver."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the plan costs and what no plan can beat, both in whole metres, unmatched elders' cost included.

    ``gap`` is 0 for a proven optimum. ``unmatched_cost_m`` is what one unmatched elder counts.
    """

    cost_m: int
    bound_m: int
    eligible_pairs: int
    unmatched_cost_m: int

    @property
    def optimal(self) -> bool:
        """Whether cost and bound meet."""
        return self.cost_m == self.bound_m

    @property
    def gap(self) -> float:
        """(cost - bound) / max(|cost|, 1)."""
        return (self.cost_m - self.bound_m) / max(abs(self.cost_m), 1)
