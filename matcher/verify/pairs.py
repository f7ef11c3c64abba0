"""Checks of the pairs: who may be paired, how many, how far, how well the two fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import PairList
from matcher.verify.people import People
from matcher.verify.reference import Reference
from matcher.verify.straight_lines import measure_lines_m
from matcher.verify.tables import count_by
from matcher.verify.violations import Findings

WALK_TOLERANCE_M = 1.0
_MEASURED_RULES = {"own_limit": WALK_TOLERANCE_M, "stairs": 0.0}
"""Rules on the fit of two that are broken by an amount, and by how much at least."""
_OF_THE_FIRST = frozenset({"least_visits", "silence"})
"""Rules on how often two have time: second volunteers and stand-ins need not keep them."""


def check_pairs(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> pd.DataFrame:
    """Check all rules on pairs of known people; return the pairs with their straight lines and keys."""
    pairs = check_each_pair(pairs, reference, findings)
    by_elder = count_by(pairs[["elder", "row"]], ["elder"])
    findings.add("elder_twice", by_elder[by_elder["amount"] > 1])
    return pairs


def check_each_pair(
    pairs: pd.DataFrame, reference: Reference, findings: Findings, *, first: bool = True
) -> pd.DataFrame:
    """Check the rules on each two by themselves; return the pairs with their straight lines and keys."""
    people = reference.people
    pairs = pairs.assign(key=people.pair_keys(pairs["elder"], pairs["volunteer"]))
    pairs["straight_m"] = measure_straight_m(pairs, people)
    distinct = pairs.drop_duplicates("key")
    check_fit(distinct, reference, findings, first=first)
    _check_eligibility(distinct, reference, findings)
    return pairs


def check_fit(pairs: pd.DataFrame, reference: Reference, findings: Findings, *, first: bool = True) -> None:
    """Check the rules on what two are to each other, a row each: where they live, who they are, what people forbid.

    Args:
        pairs: Pairs, or contacts of two who are to fit like a pair, with their straight lines and keys.
        reference: The people, the settings, and the pairs known beforehand.
        findings: Takes what is broken.
        first: Whether the volunteers are the elders' own; of others it is not asked how often they have time.
    """
    listed = reference.pairs
    findings.add("no_place", pairs[pairs["straight_m"].isna() & ~pairs["key"].isin(listed.pins)])
    _check_distance(pairs, reference, findings)
    findings.add("never", pairs[pairs["key"].isin(listed.never)])
    _check_likeness(pairs, reference, findings, first=first)


def check_pins(pins: PairList, pairs: pd.DataFrame, people: People, findings: Findings) -> None:
    """Check that every pinned pair is there."""
    paired = set(people.pair_keys(pairs["elder"], pairs["volunteer"]).tolist())
    elder, volunteer = people.find_pairs(pins)
    known = (elder >= 0) & (volunteer >= 0)
    keys = np.where(known, people.pair_keys(elder, volunteer), -1)
    missing = {(pins.elder_id[i], pins.volunteer_id[i]) for i, pin in enumerate(keys.tolist()) if pin not in paired}
    for elder_id, volunteer_id in missing:
        findings.add_missing_pin(elder_id, volunteer_id)


def check_accounts(pairs: pd.DataFrame, unmatched: pd.DataFrame, people: People, findings: Findings) -> None:
    """Check that every elder of the roster is either paired or listed as unmatched, once."""
    n = len(people.elders.ids)
    paired = np.bincount(pairs["elder"], minlength=n) > 0
    times = np.bincount(unmatched["elder"], minlength=n)
    for kind, at_fault in (
        ("unaccounted", ~paired & (times == 0)),
        ("accounted_twice", (times > 0) & (paired + times > 1)),
    ):
        findings.add(kind, pd.DataFrame({"elder": np.flatnonzero(at_fault)}))


def measure_straight_m(pairs: pd.DataFrame, people: People) -> NDArray[np.float64]:
    """Return the straight line between the two of each pair, metres.

    Two without coordinates are as far apart as the setting for the building, lane or neighbourhood that they share.
    NaN where that is not known either.
    """
    ends = np.hstack([people.elders.place_deg[pairs["elder"]], people.volunteers.place_deg[pairs["volunteer"]]])
    known = ~np.isnan(ends).any(axis=1)
    metres = np.full(len(ends), np.nan)
    metres[known] = measure_lines_m(ends[known, :2], ends[known, 2:])
    neither = np.isnan(ends[:, :2]).any(axis=1) & np.isnan(ends[:, 2:]).any(axis=1)
    for i in np.flatnonzero(neither).tolist():
        two = int(pairs["elder"].iloc[i]), int(pairs["volunteer"].iloc[i])
        shared = (m for name, m in people.named_m.items() if people.fit.homes.are_one(name, *two))
        metres[i] = next(shared, np.nan)
    return metres


def _check_distance(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check the limit on the walk; pinned pairs may exceed it, last month's where the settings let them."""
    settings, listed = reference.settings, reference.pairs
    over_m = pairs["straight_m"] * settings.distance.detour_factor - reference.people.walk_limit_m[pairs["elder"]]
    allowed = pairs["key"].isin(listed.pins)
    if settings.keep.beyond_limit:
        allowed |= pairs["key"].isin(listed.previous)
    findings.add("distance", pairs.assign(amount=over_m)[(over_m > WALK_TOLERANCE_M) & ~allowed])


def _check_eligibility(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check consent, that both are there on some date, and that no other programme visits the elder.

    A pin lets a pair stand of whom one is away all the time, or whom another programme visits.
    """
    people, meetings, consent = reference.people, reference.meetings, reference.settings.consent
    if consent.required:
        findings.add("consent", pairs[~people.consenting[pairs["elder"]]])
    present = people.elder_present[pairs["elder"]] & people.volunteer_present[pairs["volunteer"]]
    away = meetings.find_away(people.elders)[pairs["elder"]] | meetings.find_away(people.volunteers)[pairs["volunteer"]]
    pinned = pairs["key"].isin(reference.pairs.pins)
    findings.add("dates", pairs[~present | (away & ~pinned)])
    if not consent.served_elsewhere:
        findings.add("served_elsewhere", pairs[people.fit.served_elsewhere[pairs["elder"]] & ~pinned])


def _check_likeness(pairs: pd.DataFrame, reference: Reference, findings: Findings, *, first: bool) -> None:
    """Check the rules on what the two are like, and when they have time; a pin overrules them."""
    settings, fit = reference.settings, reference.people.fit
    pairs = pairs[~pairs["key"].isin(reference.pairs.pins)]
    for rule, (amount, _price) in reference.measure_against(pairs, "hard").items():
        if rule in _OF_THE_FIRST and not first:
            continue
        faults = pairs.assign(amount=amount) if rule in _MEASURED_RULES else pairs
        findings.add(rule, faults[amount > _MEASURED_RULES.get(rule, 0)])
    if settings.sex.mode == "hard":
        findings.add("sex", pairs[fit.compare_sex(pairs)[0] > 0])
