"""Amounts that a table of pairs claims: distance, cost by term, status, since when."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.pairs import WALK_TOLERANCE_M
from matcher.verify.reference import ListedPairs, Reference
from matcher.verify.tables import COST_TERMS
from matcher.verify.violations import Findings

DISTANCE_TOLERANCE_M = 0.1
_ROUNDED_TERMS = frozenset({"walking_cost_m", "own_limit_cost_m"})
"""Cost terms that follow from a distance: the last metre may be rounded otherwise."""
_TERMS_OF_LAST_MONTH = frozenset({"keep_cost_m", "acquainted_cost_m"})
"""Cost terms that depend on last month's pairs and their second volunteers."""


def check_amounts(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check the amounts of pairs, as ``check_pairs`` returns them; an empty cell claims nothing."""
    elders, listed = reference.people.elders, reference.pairs
    _check_number(pairs, "distance_m", pairs["straight_m"], DISTANCE_TOLERANCE_M, findings)
    _check_costs(pairs, _compute_terms(pairs, reference), listed, findings)
    if "place_quality" in pairs:
        _check_choice(pairs, "place_quality", elders.place_quality[pairs["elder"]].astype(str), findings)
    if "same_building" in pairs:
        same = reference.people.fit.homes.find_one("building", pairs)
        _check_choice(pairs, "same_building", np.where(same, "yes", "no"), findings)
    if listed.status_known:
        _check_status(pairs, listed, findings)
    if "since" in pairs and len(listed.paired_before):
        _check_since(pairs, reference, findings)


def _compute_terms(pairs: pd.DataFrame, reference: Reference) -> dict[str, NDArray[np.float64]]:
    """Return what each cost term of each pair must be."""
    settings, fit, listed = reference.settings, reference.people.fit, reference.pairs
    keep, month = settings.keep, reference.dates.month
    since = listed.since_month
    lent = set(listed.lent.tolist())
    worth = [pair in since and pair not in lent for pair in pairs["key"].tolist()]
    months = [
        max(month - since[pair], 1) if is_worth else 0 for pair, is_worth in zip(pairs["key"], worth, strict=True)
    ]
    further = np.minimum(np.array(months, dtype=float), keep.most_months) - 1
    terms = {
        "walking": np.rint(pairs["straight_m"].fillna(0.0).to_numpy() * settings.distance.detour_factor),
        "keep": np.where(further < 0, 0.0, -(keep.worth_m + keep.month_worth_m * further)),
        "missed_contacts": reference.meetings.compute_missed_m(pairs),
        **fit.compute_worths(pairs),
    }
    known = pairs["key"].isin(listed.second_before)
    terms["acquainted"] = np.where(known, -settings.acquainted.worth_m, terms["acquainted"])
    for rule, (amount, penalty_m) in reference.measure_against(pairs, "soft").items():
        # how much too far or too high counts; by every other rule two are against it or not
        count = np.rint(amount) if rule in ("own_limit", "stairs") else (amount > 0).astype(float)
        terms[rule] = terms.get(rule, 0.0) + penalty_m * count
    asked, liked = fit.compare_sex(pairs)
    mode, penalty_m = settings.sex.mode, settings.sex.penalty_m
    terms["sex"] = penalty_m * ((mode == "soft") * asked + (mode != "off") * liked)
    return terms


def _check_costs(
    pairs: pd.DataFrame, terms: dict[str, NDArray[np.float64]], listed: ListedPairs, findings: Findings
) -> None:
    """Check each term that the table has, and their sum; terms that it lacks, or leaves empty, count as they must be.

    What hangs on last month's pairs must be told where these are not known: else the sum is not known either.
    """
    total, tolerance = pd.Series(0.0, pairs.index), 0.0
    for name in COST_TERMS:
        expected = pd.Series(terms.get(name.removesuffix("_cost_m"), 0.0), pairs.index, dtype=float)
        leeway = WALK_TOLERANCE_M if name in _ROUNDED_TERMS else 0.0
        told = pairs[name] if name in pairs else pd.Series(np.nan, pairs.index)
        if listed.keeping_known or name not in _TERMS_OF_LAST_MONTH:
            _check_number(pairs, name, expected, leeway, findings)
            tolerance += leeway if (told.isna() & (expected != 0)).any() else 0.0
            told = told.fillna(expected)
        total += told
    for name in pairs.columns:
        if name.endswith("_cost_m") and name not in COST_TERMS:  # an analyst's own rule, which nobody else can check
            total += pairs[name]
    _check_number(pairs, "cost_m", total, tolerance, findings)


def _check_status(pairs: pd.DataFrame, listed: ListedPairs, findings: Findings) -> None:
    """Check whether each pair is called pinned, kept, changed or new as it is."""
    if "status" in pairs:
        # who is a pair since this month by a list of this month is what that list says
        of_this_month = np.array([listed.status_this_month.get(key, "") for key in pairs["key"].tolist()], dtype=str)
        expected = np.select(
            [
                pairs["key"].isin(listed.pins),
                of_this_month != "",
                pairs["key"].isin(listed.previous),
                pairs["elder"].isin(listed.paired_before),
            ],
            ["pinned", of_this_month, "kept", "changed"],
            "new",
        )
        _check_choice(pairs, "status", expected, findings)


def _check_since(pairs: pd.DataFrame, reference: Reference, findings: Findings) -> None:
    """Check since when pairs stand: last month's since they did then, all others since this month; in months.

    Two whose pair was broken in the month, and who are one again from a later day of it on, say that day.
    """
    since_month, month = reference.pairs.since_month, reference.dates.month
    expected = [since_month.get(pair, month) for pair in pairs["key"].tolist()]
    days = pairs["since"].where(pairs["since"].notna(), 0.0).astype("int64").to_numpy()
    claimed = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 12 * 1970 + 1
    began_late = (claimed == month) & (days > reference.dates.first)
    off = pd.Series(np.where(began_late, 0, np.abs(claimed - np.array(expected, dtype=np.int64))), pairs.index)
    findings.add("wrong_amount", pairs.assign(amount=off)[pairs["since"].notna() & (off > 0)], "since")


def _check_number(pairs: pd.DataFrame, name: str, expected: pd.Series, tolerance: float, findings: Findings) -> None:
    """Check a column of numbers, where the table has it."""
    if name in pairs:
        off = (pairs[name] - expected).abs()
        wrong = off > tolerance
        findings.add("wrong_amount", pairs[wrong].assign(amount=off[wrong]), name)


def _check_choice(pairs: pd.DataFrame, name: str, expected: NDArray[np.str_], findings: Findings) -> None:
    """Check a column of choices."""
    wrong = (pairs[name] != "") & (pairs[name] != expected)
    findings.add("wrong_amount", pairs[wrong].assign(amount=1), name)
