"""A plan as comparisons see it: in memory, or as the tables of a run folder hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from matcher.i18n import _, ngettext
from matcher.matching.areas import make_areas_frame
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_load_cost_m
from matcher.plan import DISTANCE_BASES, Plan
from matcher.roster.model import Roster

AREA = ("district", "subdistrict", "committee")
TABLES = ("pairs", "unmatched", "shortages", "areas", "changes", "capacity", "set_aside")
"""The tables of a run folder that a comparison reads."""
_STATUS = ("kept", "new", "changed", "pinned")
_TERM = "_cost_m"


@dataclass(frozen=True, slots=True, eq=False)
class ComparedPlan:
    """A plan as a comparison sees it; people are known by their ids."""

    pairs: pd.DataFrame
    """By elder's id: ``volunteer`` and ``distance_m``."""
    costs: pd.DataFrame
    """By elder's id, in the order of ``pairs``: the terms of each pair's cost, metres; their sum is its cost."""
    elders: pd.Index
    """Ids of all elders on the roster."""
    volunteers: pd.Index
    """Ids of volunteers who take part or have a pair."""
    figures: Mapping[str, float]
    """Figures by name, in their order; NaN where one is not known."""
    areas: pd.DataFrame | None
    """Counts by area, as ``make_areas_frame`` has them, with the area as index; None where they are not known."""
    roster: Roster | None = None
    """The people; None where only the tables are known."""
    notes: tuple[str, ...] = field(default=())
    """Remarks on tables that are not as the program wrote them."""
    in_part: frozenset[str] = frozenset()
    """``elder`` or ``volunteer`` where some of them may be missing above: the table that names them is not there."""

    @classmethod
    def of(cls, plan: Plan) -> ComparedPlan:
        """Return a plan in memory."""
        roster, features = plan.month.roster, plan.features
        elder_id, volunteer_id = (people["id"].to_numpy() for people in (roster.elders, roster.volunteers))
        ids = pd.Index(elder_id[plan.elder], dtype=object)
        serves = find_eligible_people(features, plan.rules)[1]
        pairs = pd.DataFrame(
            {"volunteer": volunteer_id[plan.volunteer].astype(object), "distance_m": plan.distance_m}, index=ids
        )
        costs = pd.DataFrame({name: np.asarray(term, np.int64) for name, term in plan.cost_terms.items()}, index=ids)
        loads_m = float(compute_load_cost_m(features, plan.load, serves).sum())
        metres = plan.distance_m[plan.distance_basis == "measured"]
        figures = _count(pairs, costs, Counter(row.reason for row in plan.unmatched), Counter(plan.status)) | {
            "unmatched": plan.month.n_elders - len(ids),
            "missing_places": sum(row.hall.missing for row in plan.shortages),
            "ended": len(plan.changes),
            "same_building": int(plan.same_building.sum()),
            **{f"distance_{name}": int((plan.distance_basis == name).sum()) for name in DISTANCE_BASES},
            "mean_m": float(metres.mean()) if len(metres) else np.nan,
            "longest_m": float(metres.max()) if len(metres) else np.nan,
            "loads_m": loads_m,
            "leaving_out_m": float(plan.leaving_out_m),
        }
        return cls(
            pairs,
            costs,
            pd.Index(elder_id, dtype=object),
            pd.Index(volunteer_id[serves | (plan.load > 0)], dtype=object),
            _complete(figures),
            make_areas_frame(plan).set_index(list(AREA)),
            roster,
        )

    @classmethod
    def of_tables(
        cls, frames: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], roster: Roster | None = None
    ) -> ComparedPlan:
        """Return a plan as the tables and the summary of its run folder hold it.

        What the summary alone knows is taken from it where it tells of these very pairs; else it is not known.
        """
        table = frames["pairs"]
        table = table[table["status"] != "paused"]
        struck_out = int((table["volunteer_id"] == "").sum())
        table = table[table["volunteer_id"] != ""]
        twice = table["elder_id"].duplicated()
        notes = [_note_twice(table["elder_id"][twice])] if twice.any() else []
        table = table[~twice]
        ids = pd.Index(table["elder_id"], dtype=object, name=None)
        pairs = pd.DataFrame(
            {"volunteer": table["volunteer_id"].to_numpy(object), "distance_m": table["distance_m"].to_numpy(float)},
            index=ids,
        )
        costs = _read_costs(table, ids)
        told = table["cost_m"].fillna(0).to_numpy(np.int64)
        if len(costs.columns) and (off := costs.sum(axis=1).to_numpy() != told).any():
            notes.append(_note_terms(ids[off]))
        none: dict[str, Any] = {}
        known = _is_of(summary, pairs, costs) and _has_loads(pairs, frames.get("capacity"))
        if summary and not known:
            notes.append(
                _(
                    "pairs.csv is not the one that summary.json tells of: somebody changed it by hand. Pairs and their "
                    "costs are told as they stand; distances and those left out are not known"
                )
            )
        cost, bases, metres = (
            summary.get(part, none) if known else none for part in ("cost", "distance_basis", "distance_m")
        )
        unmatched, capacity = frames.get("unmatched"), frames.get("capacity")
        nobody: Counter[str] = Counter()
        reasons = nobody if unmatched is None else Counter(unmatched["reason"])
        figures = _count(pairs, costs, reasons, Counter(table["status"])) | {
            "unmatched": np.nan if unmatched is None else float(len(unmatched) + struck_out),
            "missing_places": float(frames["shortages"]["missing_places"].sum()) if "shortages" in frames else np.nan,
            "ended": float(len(frames["changes"])) if "changes" in frames else np.nan,
            "same_building": int((table["same_building"] == "yes").sum()),
            **{f"distance_{name}": float(bases.get(name, np.nan)) for name in DISTANCE_BASES},
            "mean_m": _get_number(metres, "mean"),
            "longest_m": _get_number(metres, "max"),
            "loads_m": np.nan if capacity is None else float(capacity["load_cost_m"].sum()),
            "leaving_out_m": _get_number(cost, "leaving_out_m"),
        }
        people = [
            table["elder_id"],
            frames["pairs"]["elder_id"],
            *(() if unmatched is None else [unmatched["elder_id"]]),
        ]
        if "set_aside" in frames:
            aside = frames["set_aside"]
            people.append(aside["person_id"][aside["part"] == "elder"])
        serving = (
            table["volunteer_id"] if capacity is None else pd.concat([table["volunteer_id"], capacity["volunteer_id"]])
        )
        areas = frames["areas"].set_index(list(AREA)) if "areas" in frames else None
        return cls(
            pairs,
            costs,
            pd.Index(pd.unique(pd.concat(people)), dtype=object),
            pd.Index(pd.unique(serving), dtype=object),
            _complete(figures),
            areas,
            roster,
            tuple(notes),
            frozenset(part for part, table in (("elder", unmatched), ("volunteer", capacity)) if table is None),
        )

    def find_area(self, elders: pd.Index) -> pd.DataFrame | None:
        """Return the area of each elder, empty for who is not on the roster; None where no roster is known."""
        if self.roster is None:
            return None
        people = self.roster.elders.set_index("id")[list(AREA)].astype(object)
        return people.reindex(elders).fillna("")


def _read_costs(table: pd.DataFrame, ids: pd.Index) -> pd.DataFrame:
    """Return the terms of each pair's cost that say something."""
    names = [name for name in table if str(name).endswith(_TERM) and name != "cost_m"]
    terms = table[names].fillna(0).astype(np.int64).set_axis(ids)
    usual = ("walking", "keep")
    terms = terms.rename(columns=lambda name: str(name).removesuffix(_TERM))
    return terms[[name for name in terms if name in usual or terms[name].any()]]


def _is_of(summary: Mapping[str, Any], pairs: pd.DataFrame, costs: pd.DataFrame) -> bool:
    """Return whether a summary tells of these pairs."""
    try:
        return bool(
            summary["elders"]["matched"] == len(pairs)
            and summary["cost"]["pairs_m"] == int(costs.to_numpy(np.int64).sum())
        )
    except (KeyError, TypeError):
        return False


def _has_loads(pairs: pd.DataFrame, capacity: pd.DataFrame | None) -> bool:
    """Return whether volunteers have as many of these pairs as ``capacity.csv`` says, where it is there."""
    if capacity is None:
        return True
    told = capacity.groupby("volunteer_id")["load"].sum()
    count = pairs["volunteer"].value_counts()
    return bool(told[told > 0].to_dict() == count.to_dict())


def _get_number(figures: Mapping[str, Any], name: str) -> float:
    """Return a figure; NaN where it is not told."""
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) else np.nan


def _count(pairs: pd.DataFrame, costs: pd.DataFrame, reasons: Counter[str], status: Counter[str]) -> dict[str, float]:
    """Return the figures that follow from pairs, reasons and states."""
    load = pairs["volunteer"].value_counts()
    return {
        "served": len(pairs),
        **{f"unmatched_{reason}": reasons[reason] for reason in sorted(reasons)},
        **{name: status[name] for name in _STATUS},
        "most_elders": int(load.max()) if len(load) else 0,
        "volunteers_with_elders": len(load),
        "cost_m": int(costs.to_numpy(np.int64).sum()),
        **{f"cost_{name}_m": int(costs[name].sum()) for name in costs},
    }


_ORDER = (
    *("served", "unmatched", "unmatched_", "missing_places", *_STATUS, "ended", "same_building", "distance_"),
    *("mean_m", "longest_m", "most_elders", "volunteers_with_elders", "cost_m", "cost_", "loads_m"),
    *("leaving_out_m", "total_m"),
)
"""Names of figures, and how names of several of a kind begin, in their order."""


def _complete(figures: dict[str, float]) -> dict[str, float]:
    """Return the figures in order, with what the plan costs in all."""
    figures = figures | {"total_m": figures["cost_m"] + figures["loads_m"] + figures["leaving_out_m"]}
    return {name: float(figures[name]) for name in order_figures(figures)}


def order_figures(names: Mapping[str, object] | list[str]) -> list[str]:
    """Return names of figures in the order in which they are told, those of one kind as they come."""

    def rank(name: str) -> int:
        if name in _ORDER:
            return _ORDER.index(name)
        return next(i for i, kind in enumerate(_ORDER) if kind.endswith("_") and name.startswith(kind))

    return sorted(names, key=rank)


def _note_twice(elders: pd.Series) -> str:
    """Return what to say of elders who stand in pairs.csv twice."""
    text = ngettext(
        "pairs.csv names {elder} twice: somebody changed it by hand. The first row counts; correct the file",
        "pairs.csv names {count} elders twice, as {elder}: somebody changed it by hand. The first row of each counts; "
        "correct the file",
        len(elders),
    )
    return text.format(elder=elders.iloc[0], count=len(elders))


def _note_terms(elders: pd.Index) -> str:
    """Return what to say of pairs whose terms do not sum to their cost."""
    text = ngettext(
        "in pairs.csv the cost terms of {elder} do not sum to the pair's cost: somebody changed the file by hand. The "
        "terms count",
        "in pairs.csv the cost terms of {count} elders, as {elder}, do not sum to the pairs' costs: somebody changed "
        "the file by hand. The terms count",
        len(elders),
    )
    return text.format(elder=elders[0], count=len(elders))
