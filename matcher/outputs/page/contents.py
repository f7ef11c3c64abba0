"""What a page shows, as values: people in order of id, homes and metres as coarse as asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from matcher.columns import PAIR_STATUS
from matcher.outputs.page.advice import Advice
from matcher.outputs.page.outlines import Outlines
from matcher.outputs.page.squares import Squares
from matcher.outputs.page.worth import Worth

Homes = Literal["squares", "exact"]
Index = NDArray[np.int64]
Degrees = NDArray[np.float64]

RISKS = ("", "low", "medium", "high")
STATUSES = tuple(choice.code for choice in PAIR_STATUS)
PLACE = "place"
"""The term that stands for all terms of a pair's cost which tell where the two live."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of one roster, in order of id."""

    id: NDArray[np.object_]
    name: NDArray[np.object_] | None
    """None: names are not shown."""
    lng: Degrees
    lat: Degrees
    """Where they are shown, WGS-84; NaN for nowhere."""
    committee: Index


@dataclass(frozen=True, slots=True, eq=False)
class Areas:
    """Committees and subdistricts in order of name, and their outlines; a name may be empty."""

    subdistricts: tuple[str, ...]
    committees: tuple[str, ...]
    subdistrict_of: Index
    """Of each committee."""
    subdistrict_outlines: Outlines
    committee_outlines: Outlines


@dataclass(frozen=True, slots=True, eq=False)
class ShortageRow:
    """A shortage as the page lists it."""

    id: str
    elders: int
    volunteers: int
    places: int
    missing: int
    missing_volunteers: int
    recruits: int
    recruit_where: str
    areas: str


@dataclass(frozen=True, slots=True, eq=False)
class PageContents:
    """All that a page shows of a run.

    Arrays over elders and volunteers are in order of id. Metres are as coarse as ``homes`` asks for.
    """

    month: date
    homes: Homes
    square_m: int
    least_people: int
    elders: People
    volunteers: People
    areas: Areas
    risk: Index
    """Of each elder, a place in ``RISKS``."""
    volunteer_of: Index
    status: Index
    """Of each pair by elder, a place in ``STATUSES``; -1 for none."""
    distance_m: Index
    """Straight line of the pair, rounded up as asked for; -1 where there is none or nobody knows."""
    terms: Mapping[str, Index]
    """Of each elder with a volunteer, the terms of the pair's cost."""
    reasons: tuple[str, ...]
    reason: Index
    """Of each elder without a volunteer, a place in ``reasons``; -1 for all others."""
    sentences: Mapping[str, tuple[str, ...]]
    """By language, the sentence of each elder without a volunteer, in order of id."""
    shortage_of: Index
    load: Index
    places: Index
    price_m: Index
    """What one place more of each volunteer is worth; -1 where that is not known."""
    is_short: NDArray[np.bool_]
    """Volunteers of a shortage: one place more would serve one elder more."""
    reach_m: Index
    """How far around each volunteer elders may live, in a straight line."""
    shortages: tuple[ShortageRow, ...]
    shortage_outlines: Outlines
    squares: Squares
    worth: Worth
    advice: tuple[Advice, ...]
    figures: Mapping[str, Any]
    """The month in numbers, as summary.json has it."""
    distance_counts: Index
    """Pairs by hundreds of metres apart."""
