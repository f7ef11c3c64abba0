"""Figures of files beside a plan: areas and shortages, each reckoned anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.capacity import RoomTaken
from matcher.verify.case import Tables
from matcher.verify.reference import Reference
from matcher.verify.tables import read_numbers, read_texts
from matcher.verify.taking_part import TakingPart
from matcher.verify.violations import Findings, Violation

Bounds = tuple[float, float]
"""Least and most that a figure may be."""

_AREA = ("district", "subdistrict", "committee")


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
                    compare(told.get(area, 0), (least.get(area, 0), most.get(area, 0)), what, findings)
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
            compare(told.get(name), (figure, figure), f"shortages.csv, {shortage}: {name}", findings)
        if "unmatched" in shortages and "missing_places" in told:
            waiting = [one for one in left_out[row] if one not in paired]
            what = f"shortages.csv, {shortage}: unmatched"
            compare(len(waiting), (told["missing_places"], len(waiting)), what, findings)
            compare(len(left_out[row]), (len(waiting),) * 2, what, findings)
    if tables.areas is not None:
        for name, figure in (
            ("recruits", float(read_numbers(shortages, "recruits").sum())),
            ("recruits_serve", float(sum(map(len, left_out)))),
        ):
            if name in tables.areas and "recruits" in shortages and "unmatched" in shortages:
                claimed = float(read_numbers(tables.areas, name).sum())
                compare(claimed, (figure if name == "recruits" else 0, figure), f"areas.csv: {name}", findings)


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


def compare(claimed: object, bounds: Bounds, what: str, findings: Findings) -> None:
    """Add a violation where a figure is not within its bounds; what is no number claims nothing."""
    if isinstance(claimed, (int, float)) and not isinstance(claimed, bool) and np.isfinite(claimed):
        off = max(bounds[0] - claimed, claimed - bounds[1])
        if off > 1e-6:
            findings.add_one(Violation("wrong_figure", amount=float(off), what=what))
