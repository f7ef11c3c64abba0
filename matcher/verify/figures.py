"""Figures of files beside a plan: areas, shortages, and the counts and sums of the summary, each reckoned anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.capacity import RoomTaken
from matcher.verify.case import Tables
from matcher.verify.reference import Reference
from matcher.verify.tables import COST_TERMS, VOLUNTEER_AMOUNTS, read_numbers, read_texts
from matcher.verify.taking_part import TakingPart
from matcher.verify.violations import Findings, Violation

Bounds = tuple[float, float]
"""Least and most that a figure may be."""

_AREA = ("district", "subdistrict", "committee")
_COUNTED_STATUS = ("new", "kept", "changed", "pinned")


def check_areas(
    areas: pd.DataFrame,
    pairs: pd.DataFrame,
    taken: RoomTaken,
    taking_part: TakingPart,
    reference: Reference,
    findings: Findings,
) -> int:
    """Check the figures of each area in which somebody lives, whom to recruit apart; return how many areas there are.

    An area without a row counts as one of zeros.
    """
    people, room = reference.people, reference.room
    paired = np.isin(np.arange(len(people.elders.ids)), pairs["elder"])
    ones, serves = np.ones(len(paired), dtype=np.int64), (taking_part.volunteers, taking_part.possible_volunteers)
    part = (taking_part.elders, taking_part.possible_elders)
    free = [np.maximum(room - used, 0) for used in (taken.most, taken.least)]
    sides: tuple[tuple[pd.DataFrame, dict[str, tuple[NDArray[Any], NDArray[Any]]]], ...] = (
        (
            reference.roster.elders,
            {
                "elders": (ones, ones),
                "taking_part": part,
                "matched": (paired, paired),
                "waiting": (part[0] & ~paired, part[1] & ~paired),
            },
        ),
        (
            reference.roster.volunteers,
            {
                "volunteers": serves,
                "places": (room * serves[0], room * serves[1]),
                "places_free": (free[0] * serves[0], free[1] * serves[1]),
            },
        ),
    )
    keys = list(zip(*(read_texts(areas, name).tolist() for name in _AREA), strict=True))
    live: set[tuple[str, ...]] = set()
    for roster, figures in sides:
        homes = list(zip(*(read_texts(roster, name).tolist() for name in _AREA), strict=True))
        live |= set(homes)
        for name, bounds in figures.items():
            if name in areas:
                told = _sum_by_area(keys, read_numbers(areas, name).tolist())
                least, most = (_sum_by_area(homes, amounts.tolist()) for amounts in bounds)
                for area in sorted({*told, *least}):
                    what = f"areas.csv, {' '.join(filter(None, area))}: {name}"
                    _compare(told.get(area, 0), (least.get(area, 0), most.get(area, 0)), what, findings)
    return len(live)


def _sum_by_area(keys: Iterable[tuple[str, ...]], amounts: Iterable[float]) -> dict[tuple[str, ...], float]:
    """Return the sums of amounts by area."""
    sums: dict[tuple[str, ...], float] = {}
    for key, amount in zip(keys, amounts, strict=True):
        sums[key] = sums.get(key, 0) + float(amount)
    return sums


def check_shortages(shortages: pd.DataFrame, tables: Tables, pairs: pd.DataFrame, findings: Findings) -> None:
    """Check what follows from each shortage's figures, who is left out of it, and the recruits that all areas have.

    Which volunteers its elders may have is not asked.

    Args:
        shortages: The table.
        tables: Who is left out, and the areas, as far as they are there.
        pairs: The pairs, with ids.
        findings: Takes what is broken.
    """
    paired, ids = set(read_texts(pairs, "elder_id")), read_texts(shortages, "shortage_id").tolist()
    numbers = {name: read_numbers(shortages, name) for name in shortages.columns}
    left_out = [text.split("; ") if text else [] for text in read_texts(shortages, "unmatched").tolist()]
    for row, shortage in enumerate(ids):
        told = {name: float(column.iloc[row]) for name, column in numbers.items()}
        expected: dict[str, float] = {}
        if {"elders", "places"} <= told.keys():
            expected["missing_places"] = told["elders"] - told["places"]
        if told.get("usual_capacity", 0) >= 1 and "missing_places" in told:
            expected["missing_volunteers"] = -(-told["missing_places"] // told["usual_capacity"])
        for name, figure in expected.items():
            _compare(told.get(name), (figure, figure), f"shortages.csv, {shortage}: {name}", findings)
        if "unmatched" in shortages and "missing_places" in told:
            waiting = [one for one in left_out[row] if one not in paired]
            what = f"shortages.csv, {shortage}: unmatched"
            _compare(len(waiting), (told["missing_places"], len(waiting)), what, findings)
            _compare(len(left_out[row]), (len(waiting),) * 2, what, findings)
    if tables.areas is not None:
        for name, figure in (
            ("recruits", float(read_numbers(shortages, "recruits").sum())),
            ("recruits_serve", float(sum(map(len, left_out)))),
        ):
            if name in tables.areas and "recruits" in shortages and "unmatched" in shortages:
                claimed = float(read_numbers(tables.areas, name).sum())
                _compare(claimed, (figure if name == "recruits" else 0, figure), f"areas.csv: {name}", findings)


def check_shortage_ids(
    shortages: pd.DataFrame, unmatched: pd.DataFrame, reference: Reference, findings: Findings
) -> None:
    """Check that who is listed with a shortage is one of those left out of it, and the other way round."""
    if "shortage_id" not in unmatched or "unmatched" not in shortages:
        return
    ids, left_out = read_texts(shortages, "shortage_id").tolist(), read_texts(shortages, "unmatched").tolist()
    expected = {elder: id_ for id_, text in zip(ids, left_out, strict=True) for elder in text.split("; ")}
    elders, told = read_texts(unmatched, "elder_id").tolist(), read_texts(unmatched, "shortage_id").tolist()
    off = np.array([id_ != expected.get(elder, "") for elder, id_ in zip(elders, told, strict=True)], dtype=bool)
    place = reference.people.elders.find(elders)
    rows = pd.DataFrame({"elder": place, "amount": 1.0, "row": read_numbers(unmatched, "row")})
    findings.add("wrong_amount", rows[off & (place >= 0)], "shortage_id")


def check_summary(
    summary: Mapping[str, Any],
    tables: Tables,
    taken: RoomTaken,
    taking_part: TakingPart,
    reference: Reference,
    paused: int,
    findings: Findings,
) -> None:
    """Check counts and sums of the summary against the tables beside it; what it does not tell is not asked.

    Args:
        summary: The summary.
        tables: The tables; the pairs without those that pause.
        taken: The room that each volunteer's elders take.
        taking_part: Who takes part.
        reference: The people, the room.
        paused: How many pairs pause.
        findings: Takes what is broken.
    """
    expected = {
        **_count_people(tables, taken, taking_part, reference),
        **_count_pairs(tables.pairs, paused),
        **_sum_costs(tables.pairs, tables.capacity),
        **(_count_shortages(tables.shortages) if tables.shortages is not None else {}),
        **_count_contacts(tables),
    }
    for path, (least, most) in expected.items():
        _compare(_get(summary, path), (least, most), f"summary.json: {path}", findings)


def check_counts(summary: Mapping[str, Any], tables: Tables, findings: Findings) -> None:
    """Check the summary's counts by reason: of who is left out, and of what is missing."""
    counts: dict[str, Counter[str]] = {}
    if tables.unmatched is not None:
        counts["elders.unmatched_by_reason"] = Counter(read_texts(tables.unmatched, "reason").tolist())
    if tables.unscheduled is not None:
        missing: Counter[str] = Counter()
        numbers = read_numbers(tables.unscheduled, "missing").fillna(0).tolist()
        for reason, number in zip(read_texts(tables.unscheduled, "reason").tolist(), numbers, strict=True):
            missing[reason] += int(number)
        counts["schedule.missing_by_reason"] = missing
    for path, expected in counts.items():
        if isinstance(told := _get(summary, path), Mapping):
            for reason in sorted({*told, *expected}):
                number = expected[reason]
                _compare(told.get(reason, 0), (number, number), f"summary.json: {path}.{reason}", findings)


def _count_people(tables: Tables, taken: RoomTaken, taking_part: TakingPart, reference: Reference) -> dict[str, Bounds]:
    """Return what the summary must say of the people of both rosters."""
    people, room, n = reference.people, reference.room, len(reference.people.elders.ids)
    matched = len(tables.pairs)
    serves = taking_part.volunteers, taking_part.possible_volunteers
    figures: dict[str, Bounds] = {
        "elders.on_roster": (n, n),
        "elders.taking_part": (taking_part.elders.sum(), taking_part.possible_elders.sum()),
        "elders.matched": (matched, matched),
        "elders.unmatched": (n - matched, n - matched),
        "volunteers.on_roster": (len(people.volunteers.ids),) * 2,
        "volunteers.taking_part": (serves[0].sum(), serves[1].sum()),
        "volunteers.places": (room[serves[0]].sum(), room[serves[1]].sum()),
        "volunteers.used": (taken.least.sum(), taken.most.sum()),
    }
    for side, quality in (("elders", people.elders), ("volunteers", people.volunteers)):
        for code, count in Counter(quality.place_quality.tolist()).items():
            figures[f"{side}.by_place_quality.{code}"] = count, count
    return figures


def _count_pairs(pairs: pd.DataFrame, paused: int) -> dict[str, Bounds]:
    """Return what the summary must say of the pairs; a column that lacks claims nothing."""
    figures: dict[str, Bounds] = {"pairs.paused": (paused, paused)}
    for column, codes in (("status", _COUNTED_STATUS), ("same_building", ("yes",))):
        if column in pairs:
            count = Counter(read_texts(pairs, column).tolist())
            names = codes if column == "status" else (column,)
            figures |= {f"pairs.{name}": (count[code],) * 2 for name, code in zip(names, codes, strict=True)}
    return figures


def _sum_costs(pairs: pd.DataFrame, capacity: pd.DataFrame | None) -> dict[str, Bounds]:
    """Return the sums of what pairs and loads cost."""
    names = ("cost_m", *COST_TERMS) if "cost_m" in pairs else ()
    sums = {name: float(read_numbers(pairs, name).sum()) for name in names}
    figures = {f"cost.{name.replace('_cost_m', '_m')}": (total, total) for name, total in sums.items()}
    if "cost.cost_m" in figures:
        figures["cost.pairs_m"] = figures.pop("cost.cost_m")
    if capacity is not None and {*VOLUNTEER_AMOUNTS} <= {*capacity.columns}:
        missing = read_numbers(capacity, "missing")
        for path, total in (
            ("cost.loads_m", float(read_numbers(capacity, "load_cost_m").sum())),
            ("volunteers.below_minimum", float((missing > 0).sum())),
            ("volunteers.elders_below_minimum", float(missing.sum())),
        ):
            figures[path] = total, total
    return figures


def _count_shortages(shortages: pd.DataFrame) -> dict[str, Bounds]:
    """Return what the summary must say of shortages."""
    sums = {name: float(read_numbers(shortages, name).sum()) for name in shortages.columns}
    names = ("missing_places", "missing_volunteers", "recruits")
    figures = {f"elders.shortages.{name}": (sums[name],) * 2 for name in names if name in sums}
    return {"elders.shortages.count": (len(shortages),) * 2, **figures}


def _count_contacts(tables: Tables) -> dict[str, Bounds]:
    """Return what the summary must say of the contacts, made and missing."""
    if tables.visits is None or tables.unscheduled is None:
        return {}
    kinds, listed = Counter(read_texts(tables.visits, "kind").tolist()), tables.unscheduled
    missing, of_visits = read_numbers(listed, "missing").fillna(0), read_texts(listed, "kind") == "visit"
    paired = set(read_texts(tables.pairs, "elder_id").tolist())
    short = len(paired & set(read_texts(listed, "elder_id").tolist()))
    made = len(tables.visits)
    sums = {
        "contacts_planned": made,
        "visits": kinds["visit"],
        "calls": kinds["call"],
        "contacts_due": made + missing.sum(),
        "visits_missing": missing[of_visits].sum(),
        "calls_missing": missing[~of_visits].sum(),
        "visits_made_as_calls": read_numbers(listed, "as_calls").fillna(0).sum(),
        "elders_with_full_cadence": len(paired) - short,
    }
    return {f"schedule.{name}": (float(figure),) * 2 for name, figure in sums.items()}


def _get(summary: Mapping[str, Any], path: str) -> object:
    """Return what a summary says under keys joined by points; None where it says nothing."""
    found: object = summary
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _compare(claimed: object, bounds: Bounds, what: str, findings: Findings) -> None:
    """Add a violation where a figure is not within its bounds; what is no number claims nothing."""
    if isinstance(claimed, (int, float)) and not isinstance(claimed, bool) and np.isfinite(claimed):
        off = max(bounds[0] - claimed, claimed - bounds[1])
        if off > 1e-6:
            findings.add_one(Violation("wrong_figure", amount=float(off), what=what))
