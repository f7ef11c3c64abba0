"""Borders: which cities' people could be paired with each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

BorderOutcome = Literal["apart", "together", "not_together", "unknown"]


@dataclass(frozen=True, slots=True)
class Border:
    """What is known of two cities that lie so near each other that people might be paired across.

    Attributes:
        cities: Their names.
        outcome: ``apart``: no eligible pair crosses; ``together``: some do, and the two are solved as one;
            ``not_together``: some do, and they could not be; ``unknown``: it could not be looked at.
        pairs: Eligible pairs that cross, either way.
        reason: Why they could not be solved as one, in the language in use.
    """

    cities: tuple[str, str]
    outcome: BorderOutcome
    pairs: int = 0
    reason: str = ""

    def describe(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "cities": list(self.cities),
            "outcome": self.outcome,
            "crossing_pairs": self.pairs,
            "reason": self.reason,
        }
