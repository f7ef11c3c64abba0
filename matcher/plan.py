"""The plan as a value: who visits whom, who is left out and why, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.problem import Certificate
from matcher.month import Month


@dataclass(frozen=True, slots=True)
class Unmatched:
    """An elder without a volunteer. ``reason`` is a code of ``messages.UNMATCHED``, ``evidence`` fills its sentence."""

    elder: int
    reason: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    nearest_volunteer_m: float = float("nan")
    """Straight line to the nearest volunteer who takes part; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """An elder whose volunteer is another than last month, or gone (``volunteer`` -1)."""

    elder: int
    previous_volunteer_id: str
    volunteer: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeBudget:
    """What became of last month's pairs whose two may still be paired, pins and those of pinned elders aside."""

    pairs: int
    """How many there are."""
    forced: int
    """How many of them can't stand beside the others: volunteers have fewer places, or may have fewer of high risk."""
    broken: int
    """How many the plan breaks, those among them."""
    allowed: int | None = None
    """How many it may break beyond those; None: any number."""
    worth_m: int = 0
    """What one more might save, where the budget is used up and that is metres only, not an elder more or of an earlier
    tier; else 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Backups:
    """Who stands in for the volunteer of each pair, an entry a pair."""

    volunteer: NDArray[np.int64]
    """Roster indices, -1 for nobody."""
    distance_m: NDArray[np.float64]
    """Straight line from the elder, geopy's geodesic; NaN for nobody."""
    places: int
    """Places of all who might."""
    certificate: Certificate | None = None
    """The proof; None where nobody might, or pairs were made by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Pairs in order of elder, one entry each; indices into the month's roster.

    ``elder`` and ``volunteer`` int64; ``distance_m`` float64, geopy's geodesic; ``same_building`` bool; ``status``
    codes of ``columns.PAIR_STATUS``; ``cost_terms`` int64 metres by name (``walking``, ``keep``): their sum is a
    pair's cost.
    """

    month: Month
    elder: NDArray[np.int64]
    volunteer: NDArray[np.int64]
    distance_m: NDArray[np.float64]
    same_building: NDArray[np.bool_]
    status: tuple[str, ...]
    since: NDArray[np.datetime64]
    """The month since which the two are a pair, datetime64[M]: this one for new pairs."""
    cost_terms: Mapping[str, NDArray[np.int64]]
    unmatched: tuple[Unmatched, ...]
    changes: tuple[Change, ...]
    certificate: Certificate | None
    """The proof of optimality; None for pairs that were made by hand."""
    places: int
    """Places of all volunteers who take part."""
    eligible_pairs: int | None
    """How many pairs the rules allow, pins among them; None for pairs that were made by hand."""

    budget: ChangeBudget | None = None
    """What became of last month's pairs; None for pairs that were made by hand."""
    price_m: NDArray[np.int64] | None = None
    """What a place of each volunteer is worth, (n_volunteers,); None for pairs that were made by hand."""

    backups: Backups | None = None
    """Second volunteers; None where none were planned."""

    @property
    def load(self) -> NDArray[np.int64]:
        """How many elders each volunteer has, (n_volunteers,)."""
        return np.bincount(self.volunteer, minlength=self.month.n_volunteers)

    @property
    def cost_m(self) -> NDArray[np.int64]:
        """Each pair's cost: the sum of its terms, metres."""
        total = np.zeros(len(self.elder), dtype=np.int64)
        for term in self.cost_terms.values():
            total = total + term
        return total
