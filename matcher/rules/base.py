"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from matcher.month import Month

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]
Metres = NDArray[np.float64]
Cost = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """n pairs that rules look at in one go: roster indices and straight-line metres, each (n,)."""

    elder: Index
    volunteer: Index
    straight_m: Metres

    def where(self, mask: Mask) -> Block:
        """The pairs of the mask."""
        return Block(self.elder[mask], self.volunteer[mask], self.straight_m[mask])


class Rule:
    """One thing that a pair must or should be. Subclasses override what applies; ``None`` means nothing to say.

    Attributes:
        name: Stable name, in reports and tests; a cost rule's column is ``<name>_cost_m``.
        sentence: What the rule asks, marked with ``N_``.
        reads: Paths of the settings that it reads.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()

    def bars_elders(self, month: Month) -> Mask | None:
        """Elders who may not be matched at all, (n_elders,)."""
        return None

    def bars_volunteers(self, month: Month) -> Mask | None:
        """Volunteers who may not be matched at all, (n_volunteers,)."""
        return None

    def bars_pairs(self, month: Month, block: Block) -> Mask | None:
        """Which pairs of the block may not be, (n,)."""
        return None

    def cost_m(self, month: Month, block: Block) -> Cost | None:
        """What each pair costs in whole metres of walking, (n,); below 0 for what is worth having."""
        return None
