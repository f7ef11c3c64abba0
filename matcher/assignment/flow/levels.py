"""Who can be served at all: a largest matching that is best by tier, and the levels that it splits a city into.

A volunteer's level is that of the first tier among the unmatched elders who reach them (Dulmage and Mendelsohn 1958, a
level each tier). Above level 0 every place is taken, and of each level only elders of its own tier may be left out. No
candidate from level to level is in any best plan, and within them an unmatched elder costs what it costs beside others
of the tier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.candidate_rows import SharedRows
from matcher.assignment.flow.kernels import bipartite_matching
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import Index

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class DulmageMendelsohn:
    """A best matching by weight, and the level of everybody: 0 for those who depend on no scarce place."""

    partner: Index
    """Each elder's volunteer, -1 for none."""
    elders: Index
    """Each elder's level."""
    volunteers: Index
    """Each volunteer's level: above 0 all places are taken."""
    reached_by: Index
    """The elder by whom each volunteer above level 0 is reached from one left out; they may be paired."""
    optional: Mask
    """Elders who weigh no more than their level: of them alone some are left out."""

    @classmethod
    def of(cls, rows: SharedRows, capacity: Index, weight: Index) -> DulmageMendelsohn:
        """Return the decomposition, which is the same whatever best matching shows it."""
        by_row = rows.first, rows.last, rows.row, rows.volunteer
        columns = bipartite_matching.list_rows(rows.first, rows.last, rows.volunteer, len(capacity))
        order = np.argsort(-weight, kind="stable")
        partner = bipartite_matching.find_max_cardinality_matching(
            *by_row, *columns, rows.edges, rows.members, capacity, order
        )
        level, reached_by = bipartite_matching.find_max_weight_served_set(*by_row, capacity, weight, partner)
        reached_by = np.where(level > 0, reached_by, row_scans.NOBODY)
        elder_level = bipartite_matching.compute_elder_levels(*by_row, level, weight)
        return cls(partner, elder_level, level, reached_by, elder_level == weight)
