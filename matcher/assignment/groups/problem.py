"""The grouped problem: an assignment problem whose elders of one group should have one volunteer, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.certificate import compute_cost
from matcher.assignment.problem import AssignmentProblem, Index

Mask = NDArray[np.bool_]
ALONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class GroupedProblem:
    """An assignment problem with groups of elders.

    Each volunteer of a group beyond the first costs ``split_cost``. A plan of the problem without groups costs no more
    than the same plan here, so a bound of that problem holds here too.
    """

    problem: AssignmentProblem
    """With ``unmatched_cost``, without ``use``."""
    group: Index
    """The group of each elder, integers from 0, ALONE for none, (n_elders,)."""
    split_cost: int | None
    """None: a group never has two volunteers."""

    @property
    def n_groups(self) -> int:
        """Return the number of groups."""
        return int(self.group.max(initial=ALONE)) + 1

    def count_further_volunteers(self, chosen: Index) -> Index:
        """Return how many volunteers each group has beyond the first, (n_groups,)."""
        members = np.flatnonzero((self.group >= 0) & (chosen >= 0))
        n = self.problem.n_volunteers
        keys = np.unique(self.group[members] * n + self.problem.volunteer[chosen[members]])
        return np.maximum(np.bincount(keys // max(n, 1), minlength=self.n_groups) - 1, 0)

    def is_allowed(self, chosen: Index) -> bool:
        """Return whether a plan splits no group that may not be split."""
        return self.split_cost is not None or not self.count_further_volunteers(chosen).any()

    def compute_cost(self, chosen: Index) -> int:
        """Return what a plan costs, split groups included; raise ``ValueError`` where it is no assignment."""
        return compute_cost(self.problem, chosen) + (self.split_cost or 0) * int(
            self.count_further_volunteers(chosen).sum()
        )


@dataclass(frozen=True, slots=True, eq=False)
class GroupedOutcome:
    """The best plan found, and what is proved of it.

    Attributes:
        chosen: Candidate index of each elder, -1 unmatched, (n_elders,).
        cost: Of the chosen candidates, the loads, the unmatched and the split groups.
        bound: No plan costs less.
        prices: Of places, from the problem without groups, (n_volunteers,).
        most_served: No plan serves more elders, split groups or not; where the costs ask for as many as possible.
    """

    chosen: Index
    cost: int
    bound: int
    prices: Index
    most_served: int
