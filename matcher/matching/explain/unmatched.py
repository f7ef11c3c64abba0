"""Why each elder without a volunteer has none: one proven reason and its evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.geo.distance import geodesic_m
from matcher.matching.candidates import known_m, nearest
from matcher.matching.capacity_left import Spare
from matcher.matching.explain.outranked import Rivals
from matcher.matching.explain.ruled_out import Barred, why_barred
from matcher.matching.explain.short_of_capacity import Cramped
from matcher.month import MonthData
from matcher.plan import Shortage, Unmatched
from matcher.rules import Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BARRED_BY = {
    "consent": "no_consent",
    "dates": "absent",
    "served_elsewhere": "served_elsewhere",
    "no_place": "no_place",
}
"""Reasons of elders whom a rule bars, by its name."""


def why_unmatched(
    month: MonthData,
    volunteer_of: Index,
    rules: Sequence[Rule],
    volunteers: Mask,
    spare: Spare,
    shortages: Sequence[Shortage],
    rivals: Rivals,
    held_back: Index,
    cramped: Cramped,
) -> tuple[Unmatched, ...]:
    """A reason for each elder without a volunteer, in ascending order.

    A rule bars the elder; or no volunteer may serve the elder (asked of everybody on the roster around); or places run
    out, for want of volunteers, or because elders of earlier tiers hold them all.

    Args:
        month: The month.
        volunteer_of: Each elder's volunteer in the plan, -1 for none, (n_elders,).
        rules: The rules of the plan.
        volunteers: Those who take part, (n_volunteers,).
        spare: The room that the plan leaves.
        shortages: Where places run out.
        rivals: Who holds the places there.
        held_back: Elders whom only a larger change budget would serve.
        cramped: Elders for whom nobody of theirs has units or minutes enough.
    """
    left_out = np.flatnonzero(volunteer_of < 0)
    reasons = _barred_elders(month, left_out, rules)
    short_of = {elder: short for short in shortages for elder in short.unmatched.tolist()}
    reasons |= {elder: ("change_budget", {}) for elder in held_back.tolist()}
    reasons |= {elder: found for elder, found in cramped.reasons().items() if elder not in reasons}
    alone = np.array([e for e in left_out.tolist() if e not in reasons and e not in short_of], dtype=np.int64)
    barred = why_barred(month, alone, rules, spare)
    last_tier = rivals.last_tier() if shortages else np.zeros(0, dtype=np.int64)
    metres = _nearest_m(month, left_out, np.flatnonzero(volunteers))
    out = []
    for elder, nearest_m in zip(left_out.tolist(), metres.tolist(), strict=True):
        if elder in reasons:
            reason, evidence = reasons[elder]
            found = Unmatched(elder, reason, evidence, nearest_m)
        elif elder in short_of:
            found = _short(month, elder, nearest_m, short_of[elder], int(last_tier[elder]), rivals)
        else:
            found = _without_volunteer(month, elder, nearest_m, barred.get(elder), bool(volunteers.any()))
        out.append(found)
    return tuple(out)


def _barred_elders(month: MonthData, elders: Index, rules: Sequence[Rule]) -> dict[int, tuple[str, dict[str, object]]]:
    """Reason and evidence of those of ``elders`` whom a rule bars: the first that does."""
    out: dict[int, tuple[str, dict[str, object]]] = {}
    for rule in rules:
        if (barred := rule.bars_elders(month)) is None:
            continue
        code = _BARRED_BY.get(rule.name, "not_eligible")
        evidence: dict[str, object] = {"rule": rule.sentence} if code == "not_eligible" else {}
        for elder in elders[barred[elders]].tolist():
            out.setdefault(elder, (code, evidence))
    return out


def _short(
    month: MonthData, elder: int, nearest_m: float, shortage: Shortage, last_tier: int, rivals: Rivals
) -> Unmatched:
    hall, tier = shortage.hall, int(month.tier[elder])
    evidence: dict[str, object] = {
        "elders": len(hall.elders),
        "volunteers": len(hall.volunteers),
        "places": hall.places,
        "missing": hall.missing,
        "missing_volunteers": shortage.missing_volunteers,
        "shortage": shortage.id,
    }
    if not 0 < last_tier < tier:
        return Unmatched(elder, "shortage", evidence, nearest_m, shortage=shortage.id)
    holders, named = rivals.holders(elder)
    evidence |= {"tier": tier, "last_tier": last_tier, "holders": len(holders)}
    return Unmatched(elder, "outranked", evidence, nearest_m, shortage=shortage.id, outranked_by=tuple(named.tolist()))


def _without_volunteer(
    month: MonthData, elder: int, nearest_m: float, barred: Barred | None, anyone: bool
) -> Unmatched:
    """No volunteer may serve the elder: because of where all live, or of other rules."""
    if not anyone:
        return Unmatched(elder, "no_volunteer", {}, nearest_m)
    if barred is None:
        return Unmatched(elder, "no_place", {}, nearest_m)
    limit_m = round(month.walk_limit_m[elder])
    evidence: dict[str, object] = {"limit_m": limit_m, "looked_at": barred.looked_at, "in_reach": barred.in_reach}
    reason = "ruled_out"
    if not barred.in_reach and not np.isnan(nearest_m):
        reason = "no_volunteer_in_reach"
        evidence["nearest_m"] = round(nearest_m * month.settings.distance.detour_factor)
    return Unmatched(elder, reason, evidence, nearest_m, barred.ruled_out, barred.ways)


def _nearest_m(month: MonthData, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """Straight line from each of ``elders`` to the nearest of ``volunteers``, geopy's; NaN where none is known."""
    metres = np.full(len(elders), np.nan)
    mapped, volunteers = month.elder_mapped[elders], volunteers[month.volunteer_mapped[volunteers]]
    if mapped.any() and len(volunteers):
        metres[mapped] = pair_m(month, elders[mapped], nearest(month, elders[mapped], volunteers))
    return metres


def pair_m(month: MonthData, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """Straight line between each elder and the volunteer of the same entry, roster indices.

    geopy's geodesic; without coordinates what counts by the name that they share, NaN where they share none.
    """
    home, other = (
        frame[["lat", "lng"]].to_numpy(np.float64) for frame in (month.roster.elders, month.roster.volunteers)
    )
    ends = np.hstack([home[elders], other[volunteers]])
    mapped = np.isfinite(ends).all(axis=1)
    metres = np.full(len(ends), np.nan)
    metres[mapped] = geodesic_m(*ends[mapped].T)
    return known_m(month, elders, volunteers, metres)
