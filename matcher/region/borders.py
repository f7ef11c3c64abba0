"""Borders: which cities' people could be paired with each other, and what is solved as one for it.

In two steps. A city's scan tells the cells of a grid in which its people live; where no elder of one lives in a cell
beside a volunteer's of the other, no pair is within the limit. Of cities that may touch, every eligible pair across the
border is counted by the rules themselves: none, and they are proved apart; some, and they belong to one problem.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.errors import InputError, OldPartnersError
from matcher.features import Features
from matcher.geo.distance import to_ecef
from matcher.i18n import _, in_language
from matcher.matching.candidates import find_candidates, find_eligible_people
from matcher.region.task import CityOrder, write_json
from matcher.region.unite import find_people, unite_inputs
from matcher.roster.places import NAMES
from matcher.run import Inputs
from matcher.run.inputs import load_inputs, read_inputs
from matcher.settings import Settings

Index = NDArray[np.int64]
BorderOutcome = Literal["apart", "together", "not_together", "unknown"]
_BITS, _MIDDLE = 21, 1 << 20
"""Bits of each coordinate of a cell's number, and what is added so that none is negative."""
_SLACK = 1 + 1e-6
_SAME_IDS = "id_duplicate"


@dataclass(frozen=True, slots=True)
class Border:
    """Border of two cities that lie so near each other that people might be paired across.

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


def read_borders(record: Path, fingerprint: str) -> list[Border] | None:
    """Return the borders that were found from the same inputs; None where none were."""
    try:
        known = json.loads(record.read_text("utf-8"))
        if known["fingerprint"] == fingerprint:
            return [
                Border(tuple(one["cities"]), one["outcome"], one["crossing_pairs"], one["reason"])
                for one in known["borders"]
            ]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing was found yet, or nobody knows what
    return None


def write_borders(record: Path, fingerprint: str, borders: Sequence[Border]) -> None:
    """Keep the borders that were found, with what they follow from."""
    write_json(record, {"fingerprint": fingerprint, "borders": [border.describe() for border in borders]})


@dataclass(frozen=True, slots=True)
class ScanOrder:
    """A city to be scanned, and how wide the grid's cells are."""

    city: CityOrder
    cell_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Homes of a city's people: numbers of cells, and hashed names of places of those without coordinates."""

    name: str
    elders: Index = field(repr=False)
    volunteers: Index = field(repr=False)


def choose_cell_m(orders: Sequence[CityOrder]) -> float:
    """Return a width of cells such that two who may be paired live in the same cell or in neighbouring ones."""
    limits = (order.request.settings.distance for order in orders)
    return max(max(one.urban_limit_m, one.rural_limit_m) / one.detour_factor for one in limits) * _SLACK + 1


def scan_city(order: ScanOrder) -> Scan | None:
    """Return where a city's people live; None where its inputs are at fault: its own task says how."""
    request = order.city.request
    with in_language(order.city.lang):
        try:
            loaded = load_inputs(request.inputs, request.settings, request.horizon, set_aside=request.set_aside)
        except (OldPartnersError, OSError, ValueError):
            return None
        roster = loaded.month.roster
        return Scan(
            order.city.name,
            np.unique(np.concatenate([_spread(_find_cells(roster.elders, order.cell_m)), _hash_names(roster.elders)])),
            np.unique(np.concatenate([_find_cells(roster.volunteers, order.cell_m), _hash_names(roster.volunteers)])),
        )


def find_touching(scans: Sequence[Scan]) -> list[tuple[str, str]]:
    """Return the cities, two and two, between which somebody might be paired."""
    if len(scans) < 2:
        return []
    cell = np.concatenate([scan.volunteers for scan in scans])
    owner = np.repeat(np.arange(len(scans)), [len(scan.volunteers) for scan in scans])
    order = np.argsort(cell, kind="stable")
    cell, owner = cell[order], owner[order]
    found = set()
    for number, scan in enumerate(scans):
        first, last = np.searchsorted(cell, scan.elders), np.searchsorted(cell, scan.elders, side="right")
        none = np.empty(0, np.int64)
        where = np.concatenate([none, *(np.arange(a, b) for a, b in zip(first, last, strict=True) if b > a)])
        found |= {(min(number, other), max(number, other)) for other in np.unique(owner[where]).tolist()}
    return [(scans[a].name, scans[b].name) for a, b in sorted(found) if a != b]


def check_border(orders: tuple[CityOrder, CityOrder]) -> Border:
    """Return how many eligible pairs there are between two cities; those of both cities' settings where they differ."""
    one, other = orders
    names = (one.name, other.name)
    with in_language(one.lang), TemporaryDirectory(prefix="old-partners-") as scratch:
        try:
            inputs, _origins = unite_inputs(orders, scratch)
            both = [one.request.settings]
            if other.request.settings != one.request.settings:
                both.append(other.request.settings)
            counts = [_count_crossing(orders, inputs, settings) for settings in both]
        except (OldPartnersError, OSError, ValueError) as error:
            text = str(error) if isinstance(error, OldPartnersError) and not isinstance(error, InputError) else ""
            return Border(names, "unknown", reason=text or _("their inputs together can't be read"))
        pairs = max(count for count, _same in counts)
        if any(same for _count, same in counts):
            text = _("ids stand in both cities: give each its own, as with a letter for the city before it")
            return Border(names, "not_together", pairs, text)
        if not pairs:
            return Border(names, "apart")
        if len(both) > 1:
            return Border(names, "not_together", pairs, _("their settings differ"))
        return Border(names, "together", pairs)


def list_parts(names: Sequence[str], borders: Sequence[Border]) -> list[list[str]]:
    """Return the cities that are to be solved as one, in their order; most are alone."""
    place = {name: number for number, name in enumerate(names)}
    joined = [border.cities for border in borders if border.outcome == "together"]
    ends = np.array([[place[one], place[other]] for one, other in joined], dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(names), len(names)))
    _count, label = connected_components(graph, directed=False)
    parts: dict[int, list[str]] = {}
    for name, number in zip(names, label.tolist(), strict=True):
        parts.setdefault(number, []).append(name)
    return list(parts.values())


def _count_crossing(orders: Sequence[CityOrder], inputs: Inputs, settings: Settings) -> tuple[int, bool]:
    """Return how many eligible pairs cross, and whether ids stand in both cities."""
    loaded = read_inputs(inputs, settings, orders[0].request.horizon, pins_too=False)
    same = any(issue.code == _SAME_IDS and issue.severity == "error" for issue in loaded.issues)
    features = Features(loaded.month)
    elders, volunteers = find_eligible_people(features)
    people = [find_people(order, orders, loaded.month.roster) for order in orders]
    crossing = 0
    for (own, _theirs), (_ours, others) in ((people[0], people[1]), (people[1], people[0])):
        crossing += len(find_candidates(features, elders & own, volunteers & others))
    return crossing, same


def _find_cells(people: pd.DataFrame, cell_m: float) -> Index:
    """Return the numbers of the cells in which people with coordinates live."""
    xyz = to_ecef(people["lat"].to_numpy(np.float64), people["lng"].to_numpy(np.float64))
    cells = np.floor(xyz[np.isfinite(xyz).all(axis=1)] / cell_m).astype(np.int64) + _MIDDLE
    return np.unique((cells[:, 0] << 2 * _BITS) + (cells[:, 1] << _BITS) + cells[:, 2])


def _spread(cells: Index) -> Index:
    """Return cells and all that touch them."""
    steps = (-1, 0, 1)
    around = [(x << 2 * _BITS) + (y << _BITS) + z for x in steps for y in steps for z in steps]
    return np.unique(cells[:, None] + np.array(around, dtype=np.int64))


def _hash_names(people: pd.DataFrame) -> Index:
    """Return hashes, below 0, of the places of people without coordinates: they are near whoever shares a name."""
    without = people[people["lat"].isna()]
    names = {f"{name}\0{value}" for name in NAMES for value in without[name] if value}
    hashed = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names)
    return np.array([-1 - int.from_bytes(one, "big") // 2 for one in hashed], dtype=np.int64)
