"""What a rule is: the base class, the block of pairs that rules look at, and how far a rule must give way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from matcher.features import Features

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]
Metres = NDArray[np.float64]
Cost = NDArray[np.int64]
Concern = Literal["people", "location", "capacity"]
"""What a rule hangs on: what people are and wish; where they live; how much a volunteer can take on."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Pairs that rules look at in one go: roster indices and straight-line metres, (n,) each."""

    elder: Index
    volunteer: Index
    straight_m: Metres

    def select(self, mask: Mask | Index) -> Block:
        """Return some of the pairs, by a mask or by their indices."""
        if mask.dtype == np.bool_:
            if mask.all():
                return self
            mask = np.flatnonzero(mask)  # looked through once, not for each column
        return Block(self.elder[mask], self.volunteer[mask], self.straight_m[mask])


def measure_pairs(features: Features, elder: Index, volunteer: Index) -> Block:
    """Return n pairs with their straight lines, for rules to look at."""
    return Block(elder, volunteer, features.measure_straight_m(elder, volunteer))


@dataclass(frozen=True, slots=True, eq=False)
class Loosened:
    """How far one rule must give way for each pair of a block, (n,) each.

    ``path`` names the dial: a setting (``distance.urban_limit_m``) or a column of a roster (``volunteers.max_walk_m``).
    It is empty where the rule does not bar the pair, or where no dial allows the pair. ``value`` is the least number
    that allows it, NaN where ``path`` is empty. Where the setting must say a ``word`` instead, it is how many words
    further that one is.
    """

    path: NDArray[np.str_]
    value: Metres
    word: NDArray[np.str_] | None = None

    @classmethod
    def to_word(cls, path: str, word: str, barred: Mask) -> Loosened:
        """Return the answer for pairs that a rule bars until a setting says ``word``."""
        return cls.to_words(path, (word,), np.zeros(len(barred), dtype=np.int64), barred)

    @classmethod
    def to_words(cls, path: str, words: Sequence[str], step: Index, barred: Mask) -> Loosened:
        """Return the answer for pairs that a rule bars until a setting says one of ``words``, the gentlest first.

        ``step`` is the index of the first word that allows each pair, (n,).
        """
        return cls(np.where(barred, path, ""), np.where(barred, step, np.nan), np.asarray(words)[step])

    @classmethod
    def to_least(cls, path: str | NDArray[np.str_], value: Metres, most: float, barred: Mask) -> Loosened:
        """Return the answer for pairs that a rule bars until a setting is ``value``, at most ``most``."""
        helps = barred & (value <= most)
        return cls(np.where(helps, path, ""), np.where(helps, value, np.nan))


class Rule:
    """One thing that a pair must or should be. Subclasses override what applies; ``None`` means nothing to say.

    A rule sees blocks of millions of pairs. What it needs of people it takes from arrays over them (``Features``).
    Where it has nothing to say, by the settings or for want of data, it says so without looking at the pairs.

    All that the program knows of a rule stands here. The codes name rows of the tables of sentences in ``messages``;
    the violation that ``verify`` reports has the rule's own name there.

    Attributes:
        name: Stable name, in reports and tests; the column of a rule's cost is ``<name>_cost_m``.
        sentence: What the rule asks, marked with ``N_``.
        reads: Paths of the settings that it reads.
        concerns: What it hangs on. Rules on capacity are not asked of second volunteers and stand-ins; rules on
            location alone are asked of volunteers who are still to be found.
        yields_to_pins: Whether a pinned pair stands against it, with a warning; otherwise such a pin is an error.
        pin_issue: Code of ``messages.ISSUES`` for a pinned pair that it bars; empty: the general one.
        unmatched_reason: Code of ``messages.UNMATCHED`` for an elder whom it bars; empty: the general one.
        change_reason: Code of ``messages.CHANGES`` for a pair of last month that it bars; empty: the general one.
        volunteer_change_reason: The same where it bars the volunteer; empty: ``change_reason``.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()
    concerns: ClassVar[Concern] = "people"
    yields_to_pins: ClassVar[bool] = False
    pin_issue: ClassVar[str] = ""
    unmatched_reason: ClassVar[str] = ""
    change_reason: ClassVar[str] = ""
    volunteer_change_reason: ClassVar[str] = ""

    def bar_elders(self, features: Features) -> Mask | None:
        """Return elders who may not be matched at all, (n_elders,)."""
        return None

    def bar_volunteers(self, features: Features) -> Mask | None:
        """Return volunteers who may not be matched at all, (n_volunteers,)."""
        return None

    def bar_pairs(self, features: Features, block: Block) -> Mask | None:
        """Return which pairs of the block may not be, (n,)."""
        return None

    def compute_cost_m(self, features: Features, block: Block) -> Cost | None:
        """Return what each pair costs in whole metres of walking, (n,); below 0 for what is worth having."""
        return None

    def loosen(self, features: Features, block: Block) -> Loosened | None:
        """Return how far it must give way for each pair that it bars; None where it has no dial, or bars none."""
        return None
