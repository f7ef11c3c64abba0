"""Figures of the summary: counts, sums, distances and spreads, each reckoned anew from the tables beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.capacity import RoomTaken
from matcher.verify.case import Tables
from matcher.verify.figures import Bounds, compare
from matcher.verify.reference import Reference
from matcher.verify.shared_homes import find_shared_homes
from matcher.verify.tables import COST_TERMS, VOLUNTEER_AMOUNTS, read_numbers, read_texts
from matcher.verify.taking_part import TakingPart
from matcher.verify.tiers import Waiting, rank_in_tiers
from matcher.verify.violations import Findings

_COUNTED_STATUS = ("new", "kept", "changed", "pinned")
_OF_TIERS = ("taking_part", "matched")
_MEASURED = ("point", "building")
_UNPLACED = ("unmapped", "none")
_ROUNDED_M = 0.11
"""Distances in files, and their statistics, are rounded to a tenth of a metre."""
_ROUNDED = 0.000051
"""Shares are rounded to four digits."""


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
        **_count_loads(summary, tables.pairs, taking_part, reference),
        **_measure_distances(tables.pairs, "volunteer_id", "distance_m", reference),
        **_count_seconds(tables.pairs, reference),
        **_count_homes(tables.pairs, reference),
    }
    by_tier = _sum_tiers(summary)
    for path in by_tier:
        compare(by_tier[path], expected[path], f"summary.json: elders.by_tier, {path}", findings)
    for path, (least, most) in expected.items():
        compare(_get(summary, path), (least, most), f"summary.json: {path}", findings)


def check_single_tiers(
    summary: Mapping[str, Any],
    pairs: pd.DataFrame,
    waiting: Waiting,
    taking_part: TakingPart,
    reference: Reference,
    findings: Findings,
) -> None:
    """Check how many elders of each tier the summary says take part, and are matched.

    Where waiting makes tiers, and a volunteer's leaving in this month makes waiting, it depends on who had them.
    """
    priority = reference.settings.priority
    by_waiting = "waiting" in priority.order or priority.high_risk_after_months > 0
    told = _get(summary, "elders.by_tier")
    if not isinstance(told, list) or (by_waiting and any(month is not None for month in waiting.lost)):
        return
    rows = {row.get("tier"): row for row in told if isinstance(row, Mapping)}
    tier = np.array(rank_in_tiers(waiting, reference), dtype=np.int64)
    paired = np.isin(np.arange(len(tier)), pairs["elder"])
    sides = {"taking_part": (taking_part.elders, taking_part.possible_elders), "matched": (paired, paired)}
    for number in sorted({*tier.tolist(), *(key for key in rows if isinstance(key, int))}):
        for name, both in sides.items():
            least, most = (float((which & (tier == number)).sum()) for which in both)
            what = f"summary.json: elders.by_tier, {number}: {name}"
            compare(rows.get(number, {}).get(name, 0), (least, most), what, findings)


def check_month(
    summary: Mapping[str, Any],
    tables: Tables,
    contacts: pd.DataFrame,
    reference: Reference,
    findings: Findings,
) -> None:
    """Check what the summary tells of the month's ``contacts``, but not what another day or volunteer changes."""
    expected = {
        "first_visits.accompanied": float((contacts["companion"] >= 0).sum()),
        **(_measure_kept(tables.pairs, tables.unscheduled, reference) if tables.unscheduled is not None else {}),
    }
    for name, figure in expected.items():
        path = f"schedule.{name}"
        compare(_get(summary, path), (figure - _ROUNDED, figure + _ROUNDED), f"summary.json: {path}", findings)
    points, bound = (_get(summary, f"schedule.{name}") for name in ("points", "points_bound"))
    if isinstance(points, (int, float)) and isinstance(bound, (int, float)) and bound > 0:
        compare(points, (-np.inf, float(bound)), "summary.json: schedule.points", findings)
        gap = 1 - points / bound
        told = _get(summary, "schedule.points_gap")
        compare(told, (gap - _ROUNDED, gap + _ROUNDED), "summary.json: schedule.points_gap", findings)


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
                compare(told.get(reason, 0), (number, number), f"summary.json: {path}.{reason}", findings)


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


def _sum_tiers(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return what the summary tells of all tiers together; nothing where it tells of none."""
    tiers = _get(summary, "elders.by_tier")
    rows = [row for row in tiers if isinstance(row, Mapping)] if isinstance(tiers, list) else []
    sums = {
        name: pd.to_numeric(pd.Series([row.get(name) for row in rows]), errors="coerce").sum() for name in _OF_TIERS
    }
    return {f"elders.{name}": float(total) for name, total in sums.items()} if rows else {}


def _count_loads(
    summary: Mapping[str, Any], pairs: pd.DataFrame, taking_part: TakingPart, reference: Reference
) -> dict[str, Bounds]:
    """Return how many volunteers have so many elders, and so many of high risk: those who have any or take part."""
    people, figures = reference.people, dict[str, Bounds]()
    _known, elder, volunteer = _find_known(pairs, "volunteer_id", reference)
    has_pair = np.bincount(volunteer, minlength=len(people.volunteers.ids)) > 0
    serves = [part | has_pair for part in (taking_part.volunteers, taking_part.possible_volunteers)]
    for name, counts in (("loads", np.ones(len(elder), dtype=bool)), ("high_risk", people.high_risk[elder])):
        number = np.bincount(volunteer[counts], minlength=len(has_pair))
        told = _get(summary, f"volunteers.{name}")
        for key in {*map(str, number.tolist()), *(told if isinstance(told, Mapping) else ())}:
            has_so_many = number == int(key) if key.isdecimal() else np.zeros(len(number), dtype=bool)
            least, most = ((has_so_many & part).sum() for part in serves)
            figures[f"volunteers.{name}.{key}"] = float(least), float(most)
    return figures


def _count_seconds(pairs: pd.DataFrame, reference: Reference) -> dict[str, Bounds]:
    """Return what the summary must say of second volunteers."""
    if "backup_volunteer_id" not in pairs:
        return {}
    named = read_texts(pairs, "backup_volunteer_id").to_numpy() != ""
    with_second = pairs[named]
    of_each = Counter(read_texts(with_second, "backup_volunteer_id").tolist())
    counts = {
        "planned": len(with_second),
        "missing": len(pairs) - len(with_second),
        "volunteers": len(of_each),
        "most_of_one": max(of_each.values(), default=0),
    }
    distances = _measure_distances(with_second, "backup_volunteer_id", "backup_distance_m", reference)
    return {
        **{f"backups.{name}": (float(count),) * 2 for name, count in counts.items()},
        **{f"backups.{path}": bounds for path, bounds in distances.items()},
    }


def _count_homes(pairs: pd.DataFrame, reference: Reference) -> dict[str, Bounds]:
    """Return how many homes several elders with a volunteer share, and how many of these have several volunteers."""
    _known, elder, volunteer = _find_known(pairs, "volunteer_id", reference)
    volunteer_of = dict(zip(elder.tolist(), volunteer.tolist(), strict=True))
    homes = [[volunteer_of[one] for one in home if one in volunteer_of] for home in find_shared_homes(reference.roster)]
    shared, split = (sum(len(found) > 1 for found in kinds) for kinds in (homes, map(set, homes)))
    return {"shared_homes.homes": (shared, shared), "shared_homes.split": (split, split)}


def _measure_distances(pairs: pd.DataFrame, whose: str, column: str, reference: Reference) -> dict[str, Bounds]:
    """Return the statistics of a column of distances, those between measured homes alone, and what they rest on."""
    if column not in pairs:
        return {}
    known, elder, volunteer = _find_known(pairs, whose, reference)
    people, metres = reference.people, read_numbers(known, column).to_numpy()
    own, other = people.elders.place_quality[elder], people.volunteers.place_quality[volunteer]
    told = np.isfinite(metres)
    measured = told & np.isin(own, _MEASURED) & np.isin(other, _MEASURED)
    assumed = told & (np.isin(own, _UNPLACED) | np.isin(other, _UNPLACED))
    counts = {"measured": measured, "assumed": assumed, "unknown": ~told, "estimated": told & ~measured & ~assumed}
    figures = {f"distance_basis.{name}": (float(which.sum()),) * 2 for name, which in counts.items()}
    ordered = pd.Series(metres[measured])
    if not ordered.empty:
        statistics = {
            "mean": ordered.mean(),
            "p50": ordered.median(),
            "p90": ordered.quantile(0.9),
            "max": ordered.max(),
        }
        figures |= {f"distance_m.{name}": (each - _ROUNDED_M, each + _ROUNDED_M) for name, each in statistics.items()}
    return figures


def _find_known(
    pairs: pd.DataFrame, whose: str, reference: Reference
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of elders and of volunteers in a column who are on the rosters, with their indices there."""
    people = reference.people
    elder, volunteer = (
        people.elders.find(read_texts(pairs, "elder_id")),
        people.volunteers.find(read_texts(pairs, whose)),
    )
    known = (elder >= 0) & (volunteer >= 0)
    return pairs[known], elder[known], volunteer[known]


def _measure_kept(pairs: pd.DataFrame, unscheduled: pd.DataFrame, reference: Reference) -> dict[str, float]:
    """Return the share of elders with a volunteer who miss no contact, of all and by risk."""
    elders = read_texts(pairs, "elder_id")
    if elders.empty:
        return {}
    kept = ~elders.isin(read_texts(unscheduled, "elder_id"))
    risk_of = dict(zip(reference.people.elders.ids, reference.roster.elders["risk"].astype(str), strict=True))
    by_risk = kept.groupby(elders.map(risk_of).replace("", "unknown")).mean()
    return {
        "cadence_kept": float(kept.mean()),
        **{f"cadence_kept_by_risk.{risk}": float(share) for risk, share in by_risk.items()},
    }


def _get(summary: Mapping[str, Any], path: str) -> object:
    """Return what a summary says under keys joined by points; None where it says nothing."""
    found: object = summary
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
