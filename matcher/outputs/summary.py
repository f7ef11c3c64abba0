"""What a month comes to, in numbers, and what it was made from: summary.json and manifest.json."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.assignment import Certificate
from matcher.columns import PAIR_STATUS
from matcher.demand.pair_use import sum_pair_use
from matcher.demand.time_windows import find_half_days
from matcher.evidence import find_hash
from matcher.matching.candidates import find_eligible_people
from matcher.matching.capacity import compute_load_cost_m, count_missing_elders
from matcher.matching.explain.proof import counts_use, list_claims, list_scope
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.plan import DISTANCE_BASES, Backups, Plan, SearchReport, find_distance_bases
from matcher.privacy import show_name
from matcher.roster.table import Reading, RowAccount
from matcher.schedule import VISIT, Schedule
from matcher.settings import Settings

PACKAGES = ("ortools", "pandas", "numpy", "scipy", "geopy", "holidays")
"""Libraries whose version may change a result."""


def summarise(
    month: MonthData,
    plan: Plan,
    schedule: Schedule | None,
    unmatched_reasons: Iterable[str],
    issues: Sequence[Issue],
    checked: Mapping[str, int],
    since_earlier: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return counts, costs and shares of a plan and, where there is one, its schedule; ready for JSON.

    The proof's keys are null for pairs made by hand: those have no certificate. ``checked`` counts what the verifier
    looked at, by rule; a plan that breaks one is never written. ``since_earlier`` counts what became of an earlier
    run's contacts.
    """
    elders, volunteers = find_eligible_people(plan.features)
    frail = np.bincount(plan.volunteer[plan.features.high_risk[plan.elder]], minlength=month.n_volunteers)
    missing = count_missing_elders(plan.features, plan.load, volunteers)
    basis = plan.distance_basis
    out: dict[str, Any] = {
        "plan_possible": plan.is_possible,
        "elders": {
            "on_roster": month.n_elders,
            "taking_part": int(elders.sum()),
            "matched": len(plan.elder),
            "unmatched": month.n_elders - len(plan.elder),
            "unmatched_by_reason": _count_codes(unmatched_reasons),
            "by_tier": _count_by_tier(plan, elders),
            "shortages": _summarise_shortages(plan),
            "by_place_quality": _count_codes(month.roster.elders["place_quality"]),
        },
        "volunteers": {
            "on_roster": month.n_volunteers,
            "taking_part": int(volunteers.sum()),
            "capacity_unit": month.settings.capacity.unit,
            "places": plan.places,
            "used": int(sum_pair_use(plan.features, plan.elder, plan.volunteer).sum()),
            "loads": _count_loads(plan.load, volunteers),
            "high_risk": _count_loads(frail, volunteers),
            "below_minimum": int((missing > 0).sum()),
            "elders_below_minimum": int(missing.sum()),
            "by_place_quality": _count_codes(month.roster.volunteers["place_quality"]),
            "without_place": _find_unplaced(month.roster.volunteers),
        },
        "pairs": {
            **{choice.code: plan.status.count(choice.code) for choice in PAIR_STATUS},
            "paused": len(plan.paused),
            "change_budget": _summarise_budget(plan),
            "ended_by_reason": _count_codes(row.reason for row in plan.changes),
            "same_building": int(plan.same_building.sum()),
            "eligible": plan.eligible_pairs,
        },
        "shared_homes": _summarise_shared_homes(plan),
        "distance_m": _summarise_distances(plan.distance_m[basis == "measured"]),
        "distance_basis": _count_bases(basis),
        "cost": {
            "pairs_m": int(plan.cost_m.sum()),
            "loads_m": int(compute_load_cost_m(plan.features, plan.load, volunteers).sum()),
            "leaving_out_m": plan.leaving_out_m,
            **{f"{name}_m": int(metres.sum()) for name, metres in plan.cost_terms.items()},
        },
        "proof": _summarise_claims(plan) | _summarise_proof(plan.certificate) | _summarise_search(plan.search),
        "issues": _count_codes(issue.severity for issue in issues),
        "rows": [_count_rows(account) for account in month.roster.accounts],
        "verification": {"checked": dict(checked), "violations": 0},
    }
    if plan.backups is not None:
        out["backups"] = _summarise_backups(plan, plan.backups)
    if schedule is not None:
        out["schedule"] = {
            **_summarise_schedule(plan, schedule, around=since_earlier is not None),
            "longest_gap_days": checked.get("longest_gap_days"),
            "since_earlier_run": None if since_earlier is None else dict(since_earlier),
            "first_visits": _summarise_first_visits(schedule, issues),
        }
    return out


def _summarise_first_visits(schedule: Schedule, issues: Sequence[Issue]) -> dict[str, Any]:
    """Return how many first visits somebody comes along to, to how many nobody does and why, and how many are late."""
    codes = [issue.code for issue in issues if issue.code.startswith("first_visit_")]
    return {
        "accompanied": int(schedule.has_companion.sum()),
        "alone": _count_codes(code for code in codes if code != "first_visit_late"),
        "late": codes.count("first_visit_late"),
    }


def _count_rows(account: RowAccount) -> dict[str, Any]:
    """Return what became of a source's rows: ``rows`` is the sum of all that follows."""
    return {
        "file": account.file,
        "roster": account.kind,
        "rows": account.rows,
        "people": account.people,
        "set_aside": account.set_aside,
        "blank": account.blank,
        "totals_and_notes": dict(account.passed_over).get("total", 0),
        "examples": dict(account.passed_over).get("example", 0),
        "headers": dict(account.passed_over).get("header", 0),
    }


def make_manifest(
    command: str,
    settings: Settings,
    readings: Iterable[Reading],
    files: Mapping[str, Path],
    made_of: Mapping[Path, Sequence[Reading]],
    options: Mapping[str, Any],
    times: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a folder was made from. Only ``times`` differs from one run to the next.

    ``readings`` are the rosters' sources, ``files`` the other files by their part in the run, ``made_of`` the sources
    of those that were put together; they are named without their folders.
    """
    inputs = {
        part: list(map(_cite, made_of[path]))
        if path in made_of
        else [{"file": show_name(path.name), "sha256": find_hash(path)}]
        for part, path in files.items()
    }
    for reading in readings:
        inputs.setdefault(reading.kind, []).append(_cite(reading))
    return {
        "command": command,
        "inputs": inputs,
        "options": dict(options),
        "settings": settings.model_dump(mode="json"),
        "times": dict(times),
        "versions": {
            "matcher": version("old-partners"),
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
    }


def _cite(reading: Reading) -> dict[str, str]:
    """Return a source as evidence."""
    return {"file": reading.file, "sha256": reading.sha256}


def _find_unplaced(people: pd.DataFrame) -> list[str]:
    """Return the ids of those of whom nothing says where they live, so that they take no part."""
    ids: list[str] = people.loc[people["place_quality"] == "none", "id"].tolist()
    return ids


def _summarise_backups(plan: Plan, backups: Backups) -> dict[str, Any]:
    has_one = backups.volunteer >= 0
    basis = find_distance_bases(
        plan.month, plan.elder[has_one], backups.volunteer[has_one], backups.distance_m[has_one]
    )
    who, count = np.unique(backups.volunteer[backups.volunteer >= 0], return_counts=True)
    return {
        "planned": int(count.sum()),
        "missing": int((backups.volunteer < 0).sum()),
        "volunteers": len(who),
        "most_of_one": int(count.max(initial=0)),
        "places": backups.places,
        "distance_m": _summarise_distances(backups.distance_m[has_one][basis == "measured"]),
        "distance_basis": _count_bases(basis),
        "proof": _summarise_proof(backups.certificate),
    }


def _count_bases(basis: NDArray[np.str_]) -> dict[str, int]:
    return {name: int((basis == name).sum()) for name in DISTANCE_BASES}


def _summarise_claims(plan: Plan) -> dict[str, Any]:
    """Return what is proved, and over which plans, as codes; in what serving as many as possible counts."""
    counted = plan.month.settings.capacity.unit if counts_use(plan) else "elders"
    return {"claims": list(list_claims(plan)), "scope": list(list_scope(plan)), "counted_in": counted}


def _summarise_proof(proof: Certificate | None) -> dict[str, Any]:
    if proof is None:
        return dict.fromkeys(("objective_m", "bound_m", "gap", "optimal", "eligible_pairs", "unmatched_cost_m"))
    return {
        "objective_m": proof.cost,
        "bound_m": proof.bound,
        "gap": proof.gap,
        "optimal": proof.optimal,
        "eligible_pairs": proof.eligible_pairs,
        "unmatched_cost_m": proof.unmatched_cost,
    }


def _summarise_search(search: SearchReport | None) -> dict[str, Any]:
    """Return what the proof says of each goal where units or minutes count; metres then are of pairs alone."""
    if search is None:
        return {}
    return {
        "status": search.status,
        "optimal": search.status == "optimal",
        "gap": search.gap,
        "certified_bound_m": search.certified_bound,
        "most_more_served": search.most_more,
        "goals": [
            {
                "tier": goal.tier or None,
                "left_out": goal.left_out,
                "bound": goal.bound,
                "gap": goal.left_out - goal.bound,
            }
            for goal in search.goals
        ],
    }


def _summarise_shortages(plan: Plan) -> dict[str, int] | None:
    """Return how many shortages there are, and what they miss; None for pairs made by hand."""
    if plan.eligible_pairs is None:
        return None
    return {
        "count": len(plan.shortages),
        "missing_places": sum(row.hall.missing for row in plan.shortages),
        "missing_volunteers": sum(row.missing_volunteers for row in plan.shortages),
        "recruits": sum(len(row.recruits) for row in plan.shortages),
    }


def _summarise_shared_homes(plan: Plan) -> dict[str, int]:
    """Return how many homes several elders with a volunteer share, and how many of them have several volunteers."""
    home = plan.features.shared_home[plan.elder]
    shared = np.bincount(home[home >= 0])
    return {"homes": int((shared > 1).sum()), "split": len(plan.split_homes)}


def _count_by_tier(plan: Plan, elders: NDArray[np.bool_]) -> list[dict[str, int]]:
    """Return how many elders of each tier take part and are matched, first tiers first."""
    tier, top = plan.precedence.tier, int(plan.precedence.tier.max(initial=0)) + 1
    there, matched = np.bincount(tier[elders], minlength=top), np.bincount(tier[plan.elder], minlength=top)
    return [
        {"tier": number, "taking_part": int(there[number]), "matched": int(matched[number])}
        for number in np.flatnonzero(there + matched).tolist()
    ]


def _summarise_distances(distance_m: NDArray[np.float64]) -> dict[str, float | None]:
    distance_m = distance_m[~np.isnan(distance_m)]
    if not len(distance_m):
        return dict.fromkeys(("mean", "p50", "p90", "max"))
    p50, p90 = np.percentile(distance_m, (50, 90))
    figures = {"mean": distance_m.mean(), "p50": p50, "p90": p90, "max": distance_m.max()}
    return {name: round(float(metres), 1) for name, metres in figures.items()}


def _summarise_budget(plan: Plan) -> dict[str, int | None] | None:
    """Return what became of last month's pairs whose two may still be paired; None for pairs made by hand."""
    return None if plan.budget is None else asdict(plan.budget)


def _count_loads(load: NDArray[np.int64], volunteers: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many volunteers who take part, or have a pair, look after 0, 1, 2 … elders."""
    histogram = np.bincount(load[volunteers | (load > 0)])
    return {str(elders): int(count) for elders, count in enumerate(histogram)}


def _summarise_schedule(plan: Plan, schedule: Schedule, *, around: bool) -> dict[str, Any]:
    short = {row.elder for row in schedule.unscheduled} & set(plan.elder.tolist())
    missing: Counter[str] = Counter()
    for row in schedule.unscheduled:
        if row.missing:
            missing[row.reason] += row.missing
    made = int((schedule.kind == VISIT).sum())
    return {
        "below_floor": _list_below_floor(plan, schedule),
        "contacts_due": schedule.contacts_due,
        "contacts_planned": len(schedule),
        "visits": made,
        "calls": len(schedule) - made,
        "elders_with_full_cadence": len(plan.elder) - len(short),
        "cadence_kept": 1 - len(short) / len(plan.elder) if len(plan.elder) else None,
        "cadence_kept_by_risk": _measure_kept_by_risk(plan, short),
        "outings": _count_outings(schedule, plan.month.settings),
        "contacts_per_volunteer": _measure_spread(np.bincount(schedule.volunteer)[np.unique(schedule.volunteer)]),
        "visits_missing": sum(row.missing for row in schedule.unscheduled if row.kind == VISIT),
        "calls_missing": sum(row.missing for row in schedule.unscheduled if row.kind != VISIT),
        "visits_made_as_calls": sum(row.as_calls for row in schedule.unscheduled),
        "missing_by_reason": dict(sorted(missing.items())),
        "calendar_announced": schedule.calendar_announced,
        "claim": _find_schedule_claim(schedule, around=around),
        "volunteers_unproven": schedule.unproven,
        **_summarise_points(schedule),
    }


def _find_schedule_claim(schedule: Schedule, *, around: bool) -> str:
    """Return what is proved of the month, a code of ``messages.SCHEDULE_PROOF``; ``around`` contacts that stand."""
    if schedule.unproven is None:
        return "changed_only"
    if schedule.unproven:
        return "unproven"
    return "most_contacts_around" if around else "most_contacts"


def _list_below_floor(plan: Plan, schedule: Schedule) -> list[dict[str, Any]]:
    """Return the pairs whose month misses a floor, with the reason."""
    elders, volunteers = (people["id"].tolist() for people in (plan.month.roster.elders, plan.month.roster.volunteers))
    return [
        {
            "elder_id": elders[row.elder],
            "volunteer_id": volunteers[row.volunteer],
            "visits_missing": row.visits_missing,
            "silent_days": row.silent_days,
            "reason": row.reason,
        }
        for row in schedule.below_floor
    ]


def _summarise_points(schedule: Schedule) -> dict[str, float | None]:
    """Return what the months are worth, what none can be worth more than, and the difference as a share."""
    bound = schedule.points_bound
    if bound <= 0:
        return {"points": schedule.points or None, "points_bound": None, "points_gap": None}
    return {"points": schedule.points, "points_bound": bound, "points_gap": round(1 - schedule.points / bound, 5)}


def _measure_kept_by_risk(plan: Plan, short: set[int]) -> dict[str, float]:
    """Return the share of the paired elders of each risk tier who miss no contact; ``unknown`` without a tier."""
    risk = plan.month.roster.elders["risk"].to_numpy(dtype=object)[plan.elder]
    kept = ~np.isin(plan.elder, list(short))
    return {str(tier) or "unknown": round(float(kept[risk == tier].mean()), 4) for tier in sorted(set(risk))}


def _count_outings(schedule: Schedule, settings: Settings) -> int:
    """Count the half-days of volunteers that have a visit: they leave the house for it."""
    day = schedule.day.astype("datetime64[D]").astype(np.int64)
    half = find_half_days(schedule.start_min, settings.schedule)
    out = schedule.kind == VISIT
    return len(np.unique(np.column_stack([schedule.volunteer[out], day[out], half[out]]), axis=0))


def _measure_spread(counts: NDArray[np.int64]) -> dict[str, float] | None:
    """Return least, median and most."""
    if not len(counts):
        return None
    return {"min": int(counts.min()), "p50": float(np.median(counts)), "max": int(counts.max())}


def _count_codes(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items()))
