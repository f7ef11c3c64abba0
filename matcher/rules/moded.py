"""Rules on pairs that a setting makes hard (no pair may break them), soft (each that does costs metres) or off."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar

import numpy as np

from matcher.features import Features
from matcher.rules.base import Block, Cost, Loosened, Mask, Rule
from matcher.settings import Settings
from matcher.settings.matching import Mode


class ModedRule(Rule):
    """A rule that is hard, soft or off. Subclasses say which pairs break it; a pin stands whatever they say.

    Attributes:
        mode_path: Path of the setting that holds the mode.
        penalty_path: Path of the setting that says what a pair costs that breaks the rule where it is soft.
    """

    mode_path: ClassVar[str]
    penalty_path: ClassVar[str]
    yields_to_pins = True

    def find_breaches(self, features: Features, block: Block) -> Mask | None:
        """Return which pairs of the block break the rule, (n,); None where it has nothing to say."""
        raise NotImplementedError

    def get_mode(self, features: Features) -> Mode:
        """Return its mode under the month's settings."""
        mode: Mode = attrgetter(self.mode_path)(features.settings)
        return mode

    @classmethod
    def get_default_mode(cls) -> Mode:
        """Return its mode where nothing is set."""
        mode: Mode = attrgetter(cls.mode_path)(Settings())
        return mode

    def bar_pairs(self, features: Features, block: Block) -> Mask | None:
        """Return the pairs that break it, where it is hard."""
        return self.find_breaches(features, block) if self.get_mode(features) == "hard" else None

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return the penalty of pairs that break it, where it is soft."""
        penalty_m: int = attrgetter(self.penalty_path)(features.settings)
        if self.get_mode(features) != "soft" or not penalty_m:
            return None
        breaches = self.find_breaches(features, block)
        return None if breaches is None else breaches * np.int64(penalty_m)

    def loosen(self, features: Features, block: Block) -> Loosened | None:
        """Return the mode ``soft``, which bars nobody."""
        barred = self.bar_pairs(features, block)
        return None if barred is None else Loosened.to_word(self.mode_path, "soft", barred)
