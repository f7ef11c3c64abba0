"""What a rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from matcher.month import MonthData

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


@dataclass(frozen=True, slots=True, eq=False)
class Loosened:
    """What one rule's dial would have to be for each pair of a block to be, (n,) each.

    ``path`` is a setting's (``distance.urban_limit_m``), or a roster's column (``volunteers.max_walk_m``); empty where
    the rule does not bar the pair, or no dial lets it be. ``value`` is the least number for it, NaN where ``word`` is
    what the setting must say.
    """

    path: NDArray[np.str_]
    value: Metres
    word: str = ""

    @classmethod
    def to_word(cls, path: str, word: str, barred: Mask) -> Loosened:
        """Pairs that a rule bars until a setting says ``word``."""
        return cls(np.where(barred, path, ""), np.full(len(barred), np.nan), word)

    @classmethod
    def to_least(cls, path: str | NDArray[np.str_], value: Metres, most: float, barred: Mask) -> Loosened:
        """Pairs that a rule bars until a setting is at least ``value``, which can't be more than ``most``."""
        helps = barred & (value <= most)
        return cls(np.where(helps, path, ""), np.where(helps, value, np.nan))


class Rule:
    """One thing that a pair must or should be. Subclasses override what applies; ``None`` means nothing to say.

    A rule sees blocks of millions of pairs: what it needs of people it takes from arrays over them
    (``month.features``), and where it has nothing to say, be it by the settings or for want of data, it says so
    without looking.

    Attributes:
        name: Stable name, in reports and tests; a cost rule's column is ``<name>_cost_m``.
        sentence: What the rule asks, marked with ``N_``.
        reads: Paths of the settings that it reads.
        yields_to_pins: Whether a pinned pair stands against it, with a warning; otherwise such a pin is an error.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()
    yields_to_pins: ClassVar[bool] = False

    def bars_elders(self, month: MonthData) -> Mask | None:
        """Elders who may not be matched at all, (n_elders,)."""
        return None

    def bars_volunteers(self, month: MonthData) -> Mask | None:
        """Volunteers who may not be matched at all, (n_volunteers,)."""
        return None

    def bars_pairs(self, month: MonthData, block: Block) -> Mask | None:
        """Which pairs of the block may not be, (n,)."""
        return None

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """What each pair costs in whole metres of walking, (n,); below 0 for what is worth having."""
        return None

    def loosened(self, month: MonthData, block: Block) -> Loosened | None:
        """How far its dial must be turned for each pair that it bars to be; None where it has no dial, or bars none."""
        return None
