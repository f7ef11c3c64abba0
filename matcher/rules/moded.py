"""Rules on pairs that a setting makes hard (no pair may break them), soft (each that does costs metres) or off."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar

import numpy as np

from matcher.month import MonthData
from matcher.rules.base import Block, Cost, Loosened, Mask, Rule
from matcher.settings import Settings
from matcher.settings.matching import Mode


class ModedRule(Rule):
    """A rule that is hard, soft or off. Subclasses say which pairs are against it; a pin stands whatever they say.

    Attributes:
        mode_path: Path of the setting that holds the mode.
        penalty_path: Path of the setting that says what a pair against a soft rule costs.
    """

    mode_path: ClassVar[str]
    penalty_path: ClassVar[str]
    yields_to_pins = True

    def against(self, month: MonthData, block: Block) -> Mask | None:
        """Which pairs of the block are against the rule, (n,); None where it has nothing to say."""
        raise NotImplementedError

    def mode(self, month: MonthData) -> Mode:
        """Its mode under the month's settings."""
        mode: Mode = attrgetter(self.mode_path)(month.settings)
        return mode

    @classmethod
    def default_mode(cls) -> Mode:
        """Its mode where nothing is set."""
        mode: Mode = attrgetter(cls.mode_path)(Settings())
        return mode

    def bars_pairs(self, month: MonthData, block: Block) -> Mask | None:
        """Pairs against it, where it is hard."""
        return self.against(month, block) if self.mode(month) == "hard" else None

    def cost_m(self, month: MonthData, block: Block) -> Cost | None:
        """Its price for pairs against it, where it is soft."""
        price: int = attrgetter(self.penalty_path)(month.settings)
        if self.mode(month) != "soft" or not price:
            return None
        against = self.against(month, block)
        return None if against is None else against * np.int64(price)

    def loosened(self, month: MonthData, block: Block) -> Loosened | None:
        """Soft, its mode bars nobody."""
        barred = self.bars_pairs(month, block)
        return None if barred is None else Loosened.to_word(self.mode_path, "soft", barred)
