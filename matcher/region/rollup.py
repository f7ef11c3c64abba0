"""The region's figures: its cities' own, side by side and added up, and what is proved of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pandas as pd

from matcher.columns import FILES
from matcher.i18n import join_words
from matcher.region.borders import Border
from matcher.region.task import CityResult

TABLES = {
    "cities": "cities.csv",
    "districts": "districts.csv",
    "tiers": "tiers.csv",
    "region_shortages": "shortages.csv",
}
"""Files of a region's tables, by their kind."""
_SUMMED = {
    "elders": ("on_roster", "taking_part", "matched", "unmatched", "from_outside"),
    "volunteers": ("on_roster", "taking_part", "places", "used"),
}


@dataclass(frozen=True, slots=True)
class RegionResult:
    """Outcome of a region.

    Attributes:
        name: Its name.
        month: The month, ``2026-12``.
        results: What became of each city, in the order of ``cities.toml``.
        borders: What is known of each two cities between which somebody may cross, or might.
        are_open: Whether people may cross borders; None where that was not looked at: there is one city.
    """

    name: str
    month: str
    results: tuple[CityResult, ...]
    borders: tuple[Border, ...] = ()
    are_open: bool = False

    @property
    def done(self) -> tuple[CityResult, ...]:
        """Return the cities that have a plan."""
        return tuple(result for result in self.results if result.outcome != "failed")

    @property
    def failed(self) -> tuple[CityResult, ...]:
        """Return the cities that have none."""
        return tuple(result for result in self.results if result.outcome == "failed")

    @property
    def exit_code(self) -> int:
        """Return the gravest of the cities' exit codes: of a broken rule, no plan, inputs, or the program itself."""
        codes = {result.exit_code for result in self.results}
        return next((code for code in (1, 4, 3, 2) if code in codes), 0)


def make_region_frame(region: RegionResult, kind: str) -> pd.DataFrame:
    """Return a table of the region, a kind of ``TABLES``."""
    rows: Iterable[Mapping[str, Any]]
    if kind == "cities":
        rows = [_describe_city(result) for result in region.results]
    elif kind == "region_shortages":
        rows = list(_list_shortages(region))
    else:
        rows = [{"city": one.name, **row} for one in region.done for row in one.figures[kind]]
        rows = [{**row, "waiting": row["taking_part"] - row["matched"]} for row in rows]
    return pd.DataFrame(list(rows), columns=[column.name for column in FILES[kind]])


def _describe_city(result: CityResult) -> dict[str, Any]:
    """Return a city's row."""
    row: dict[str, Any] = {"city": result.name, "outcome": result.outcome, "reason": result.reason}
    figures = result.figures
    if not figures:
        return row
    contacts = figures["schedule"] or {}
    return row | {
        "together": join_words(figures.get("together", ())),
        "elders": figures["elders"]["on_roster"],
        **{name: figures["elders"][name] for name in ("taking_part", "matched", "from_outside")},
        "volunteers": figures["volunteers"]["taking_part"],
        **{name: figures["volunteers"][name] for name in ("places", "used")},
        "contacts_planned": contacts.get("contacts_planned"),
        "contacts_missing": contacts["visits_missing"] + contacts["calls_missing"] if contacts else None,
        "cost_m": figures["cost_m"],
        "proved": bool(figures["proof"]["optimal"]),
    }


def _list_shortages(region: RegionResult) -> Iterable[dict[str, Any]]:
    """Yield a row for each city that has elders in a shortage."""
    cities: dict[tuple[object, ...], list[str]] = {}
    for result in region.done:
        for row in result.figures["shortages"]:
            cities.setdefault(_identify(result, row), []).append(result.name)
    for result in region.done:
        for row in result.figures["shortages"]:
            others = [name for name in cities[_identify(result, row)] if name != result.name]
            yield {"city": result.name, **row, "across": join_words(others)}


def _identify(result: CityResult, shortage: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what tells a shortage from all others of the region: its id, and the cities that were solved together."""
    return tuple(sorted((result.name, *result.figures.get("together", ())))), shortage["shortage_id"]


def summarise_region(region: RegionResult) -> dict[str, Any]:
    """Return the region's figures and proof, ready for JSON."""
    done = region.done
    totals = {
        side: {name: sum(one.figures[side][name] for one in done) for name in names} for side, names in _SUMMED.items()
    }
    contacts = [one.figures["schedule"] for one in done if one.figures["schedule"]]
    names = ("contacts_planned", "visits", "visits_missing", "calls_missing")
    return {
        "name": region.name,
        "month": region.month,
        "state": "done" if not region.failed else "incomplete",
        "cities": {
            "listed": len(region.results),
            "with_plan": [one.name for one in done],
            "failed": [{"city": one.name, "exit_code": one.exit_code} for one in region.failed],
        },
        **totals,
        "schedule": {name: sum(one[name] for one in contacts) for name in names} if contacts else None,
        "proof": _prove(region),
        "version": version("old-partners"),
    }


def _prove(region: RegionResult) -> dict[str, Any]:
    """Return the proof of the union: the sum of the proofs of what was solved apart, and what holds them apart.

    Where no eligible pair crosses from one part to another, the union's problem falls into the parts: its cheapest plan
    is theirs together, and the sum of their bounds bounds it.
    """
    parts = {tuple(sorted((one.name, *one.figures.get("together", ())))): one.figures["proof"] for one in region.done}
    proofs = [proof for proof in parts.values() if proof["objective_m"] is not None]
    cost, bound = (sum(proof[name] for proof in proofs) for name in ("objective_m", "bound_m"))
    loose = [border for border in region.borders if border.outcome in {"not_together", "unknown"}]
    are_apart = not region.are_open or (not loose and not region.failed)
    return {
        "objective_m": cost,
        "bound_m": bound,
        "gap": (cost - bound) / max(abs(cost), 1),
        "optimal": are_apart and all(proof["optimal"] for proof in proofs),
        "eligible_pairs": sum(proof["eligible_pairs"] for proof in proofs),
        "covers": _name_scope(region, loose),
        "parts": [list(names) for names in parts],
        "borders": [border.describe() for border in region.borders],
    }


def _name_scope(region: RegionResult, loose: Sequence[Border]) -> str:
    """Return over which pairs the bound is taken, as a code."""
    if not region.are_open:
        return "pairs_within_cities"
    if region.failed:
        return "cities_with_plan"
    return "pairs_within_parts" if loose else "all_pairs_of_all_cities"
