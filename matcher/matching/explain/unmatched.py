"""Why each elder without a volunteer has none: one proven reason and its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.features import Features
from matcher.geo.distance import geodesic_m
from matcher.matching.candidates import find_nearest
from matcher.matching.capacity import CapacityLeft
from matcher.matching.explain.outranked import PlaceHolders
from matcher.matching.explain.ruled_out import WhyRuledOut, explain_ruled_out
from matcher.matching.explain.short_of_capacity import ShortOfCapacity
from matcher.plan import Precedence, Shortage, Unmatched
from matcher.rules import Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of a plan that leaves elders out."""

    volunteer_of: Index
    """Each elder's volunteer in the plan, -1 for none, (n_elders,)."""
    volunteers: Mask
    """Those who take part, (n_volunteers,)."""
    capacity_left: CapacityLeft
    """What the plan leaves."""
    shortages: Sequence[Shortage]
    """Where places run out."""
    holders: PlaceHolders
    """Who holds the places there."""
    held_back: Index
    """Elders whom only a larger change budget would serve."""
    short_of_capacity: ShortOfCapacity
    """Elders for whom nobody of theirs has units or minutes enough."""


def explain_unmatched(
    features: Features, rules: Sequence[Rule], findings: Evidence, precedence: Precedence
) -> tuple[Unmatched, ...]:
    """Return a reason for each elder without a volunteer, in ascending order.

    A rule bars the elder; or no volunteer may serve the elder (asked of everybody on the roster around); or places run
    out, for want of volunteers, or because elders of earlier tiers hold them all.
    """
    left_out = np.flatnonzero(findings.volunteer_of < 0)
    reasons = _find_barred_elders(features, left_out, rules)
    short_of = {elder: short for short in findings.shortages for elder in short.unmatched.tolist()}
    reasons |= {elder: ("change_budget", {}) for elder in findings.held_back.tolist()}
    reasons |= {
        elder: found for elder, found in findings.short_of_capacity.list_reasons().items() if elder not in reasons
    }
    alone = np.array([e for e in left_out.tolist() if e not in reasons and e not in short_of], dtype=np.int64)
    ruled_out = explain_ruled_out(alone, rules, findings.capacity_left)
    last_tier = findings.holders.find_last_tier() if findings.shortages else np.zeros(0, dtype=np.int64)
    if "current" in features.settings.priority.order:
        # who keeps a place goes before nobody in the queue
        last_tier = np.where(np.isin(last_tier, precedence.tier[precedence.current]), 0, last_tier)
    metres = measure_nearest_m(features, left_out, np.flatnonzero(findings.volunteers))
    out = []
    for elder, nearest_m in zip(left_out.tolist(), metres.tolist(), strict=True):
        if elder in reasons:
            reason, evidence = reasons[elder]
            found = Unmatched(elder, reason, evidence, nearest_m)
        elif elder in short_of:
            tiers = int(precedence.tier[elder]), int(last_tier[elder])
            found = _explain_shortage(elder, nearest_m, short_of[elder], tiers, findings.holders)
        elif not findings.volunteers.any():
            found = Unmatched(elder, "no_volunteer", {}, nearest_m)
        else:
            found = _explain_without_candidate(features, elder, nearest_m, ruled_out.get(elder))
        out.append(found)
    return tuple(out)


def explain_left_out(features: Features, elders: Index, rules: Sequence[Rule]) -> tuple[Unmatched, ...]:
    """Return a reason for each of ``elders`` who is in none of the pairs that a hand made.

    A rule bars the elder, or the hand left the elder out.
    """
    barred = _find_barred_elders(features, elders, rules)
    return tuple(Unmatched(elder, *barred.get(elder, ("by_hand", {}))) for elder in elders.tolist())


def explain_without_volunteers(
    elder: int, rules: Sequence[Rule], volunteers: Mask, capacity_left: CapacityLeft
) -> Unmatched:
    """Return the reason of an elder whom a rule bars, or whom no volunteer may serve.

    ``volunteers`` are those who take part, (n_volunteers,).
    """
    features, one = capacity_left.features, np.array([elder])
    nearest_m = float(measure_nearest_m(features, one, np.flatnonzero(volunteers))[0])
    if (barred := _find_barred_elders(features, one, rules).get(elder)) is not None:
        return Unmatched(elder, *barred, nearest_m)
    if not volunteers.any():
        return Unmatched(elder, "no_volunteer", {}, nearest_m)
    why = explain_ruled_out(one, rules, capacity_left).get(elder)
    return _explain_without_candidate(features, elder, nearest_m, why)


def _find_barred_elders(
    features: Features, elders: Index, rules: Sequence[Rule]
) -> dict[int, tuple[str, dict[str, object]]]:
    """Return reason and evidence of those of ``elders`` whom a rule bars: the first that does."""
    out: dict[int, tuple[str, dict[str, object]]] = {}
    for rule in rules:
        if (barred := rule.bar_elders(features)) is None:
            continue
        code = rule.unmatched_reason or "not_eligible"
        evidence: dict[str, object] = {} if rule.unmatched_reason else {"rule": rule.sentence}
        for elder in elders[barred[elders]].tolist():
            out.setdefault(elder, (code, evidence))
    return out


def _explain_shortage(
    elder: int, nearest_m: float, shortage: Shortage, tiers: tuple[int, int], holders: PlaceHolders
) -> Unmatched:
    """Return the reason of an elder where places run out; ``tiers`` are the elder's and the last that holds places."""
    hall, (tier, last_tier) = shortage.hall, tiers
    evidence: dict[str, object] = {
        "elders": len(hall.elders),
        "volunteers": len(hall.volunteers),
        "places": hall.places,
        "missing": hall.missing,
        "missing_volunteers": shortage.missing_volunteers,
        "shortage": shortage.id,
        **({"closed": shortage.closed} if shortage.closed else {}),
    }
    if not 0 < last_tier < tier:
        return Unmatched(elder, "shortage", evidence, nearest_m, shortage=shortage.id)
    everybody, named = holders.find_holders(elder)
    evidence |= {"tier": tier, "last_tier": last_tier, "holders": len(everybody)}
    return Unmatched(elder, "outranked", evidence, nearest_m, shortage=shortage.id, outranked_by=tuple(named.tolist()))


def _explain_without_candidate(features: Features, elder: int, nearest_m: float, why: WhyRuledOut | None) -> Unmatched:
    """Return the reason of an elder whom no volunteer may serve: where all live, or other rules."""
    if why is None:
        return Unmatched(elder, "no_place", {}, nearest_m)
    limit_m = round(features.walk_limit_m[elder])
    evidence: dict[str, object] = {"limit_m": limit_m, "looked_at": why.looked_at, "in_reach": why.in_reach}
    reason = "ruled_out"
    if not why.in_reach and not np.isnan(nearest_m):
        reason = "no_volunteer_in_reach"
        evidence["nearest_m"] = round(nearest_m * features.settings.distance.detour_factor)
    return Unmatched(elder, reason, evidence, nearest_m, why.ruled_out, why.remedies)


def measure_nearest_m(features: Features, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """Return the straight line from each of ``elders`` to the nearest of ``volunteers``; NaN where none is known."""
    metres = np.full(len(elders), np.nan)
    mapped, volunteers = features.elder_mapped[elders], volunteers[features.volunteer_mapped[volunteers]]
    if mapped.any() and len(volunteers):
        nearest = find_nearest(features, elders[mapped], volunteers)
        metres[mapped] = measure_geodesic_m(features, elders[mapped], nearest)
    return metres


def measure_geodesic_m(features: Features, elders: Index, volunteers: Index) -> NDArray[np.float64]:
    """Return the straight line between each elder and the volunteer of the same entry, roster indices.

    It is geopy's geodesic; without coordinates what counts by the name that they share, NaN where they share none.
    """
    home, other = (
        frame[["lat", "lng"]].to_numpy(np.float64) for frame in (features.roster.elders, features.roster.volunteers)
    )
    ends = np.hstack([home[elders], other[volunteers]])
    mapped = np.isfinite(ends).all(axis=1)
    metres = np.full(len(ends), np.nan)
    metres[mapped] = geodesic_m(*ends[mapped].T)
    return features.locations.fill_by_name(elders, features.n_elders + volunteers, metres)
