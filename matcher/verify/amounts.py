"""Whether what a table of pairs says of each is true: distance, cost by term, status, since when."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.settings import Settings
from matcher.verify.people import People
from matcher.verify.plan import WALK_TOLERANCE_M, Fixed
from matcher.verify.tables import COST_TERMS
from matcher.verify.violations import Findings

DISTANCE_TOLERANCE_M = 0.1
_ROUNDED = frozenset({"walking_cost_m", "own_limit_cost_m"})
"""Cost terms that follow from a distance: the last metre may be rounded otherwise."""

_OF_LAST_MONTH = frozenset({"keep_cost_m", "acquainted_cost_m"})
"""Cost terms that last month's pairs and their second volunteers say something about."""


def check_amounts(
    pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, horizon: Horizon, found: Findings
) -> None:
    """Amounts against our own; an empty cell claims nothing. ``pairs`` as ``check_pairs`` gives them back."""
    _tell(pairs, "distance_m", pairs["straight_m"], DISTANCE_TOLERANCE_M, found)
    _check_costs(pairs, _terms(pairs, people, settings, fixed, horizon), fixed, found)
    if "place_quality" in pairs:
        _tell_choice(pairs, "place_quality", people.elders.place_quality[pairs["elder"]].astype(str), found)
    if "same_building" in pairs:
        two = zip(pairs["elder"].tolist(), pairs["volunteer"].tolist(), strict=True)
        same = np.array([people.fit.homes.are_one("building", *pair) for pair in two], dtype=bool)
        _tell_choice(pairs, "same_building", np.where(same, "yes", "no"), found)
    if fixed.status_known:
        _check_status(pairs, fixed, found)
    if "since" in pairs and len(fixed.paired_before):
        _check_since(pairs, fixed, horizon, found)


def _terms(
    pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, horizon: Horizon
) -> dict[str, NDArray[np.float64]]:
    """What each cost term of each pair must be."""
    keep, this = settings.keep, _month(horizon)
    lasted = [this - fixed.since_month[pair] if pair in fixed.since_month else 0 for pair in pairs["key"].tolist()]
    further = np.minimum(np.array(lasted, dtype=float), keep.most_months) - 1
    terms = {
        "walking": np.rint(pairs["straight_m"].fillna(0.0).to_numpy() * settings.distance.detour_factor),
        "keep": np.where(further < 0, 0.0, -(keep.worth_m + keep.month_worth_m * further)),
        **people.fit.worths(pairs),
    }
    terms["acquainted"] = np.where(pairs["key"].isin(fixed.stood_in), -settings.acquainted.worth_m, terms["acquainted"])
    for rule, (amount, price) in people.fit.against(pairs, "soft").items():
        # how much too far or too high counts; against any other rule two either are or are not
        count = np.rint(amount) if rule in ("own_limit", "stairs") else (amount > 0).astype(float)
        terms[rule] = terms.get(rule, 0.0) + price * count
    asked, liked = people.fit.sex(pairs)
    mode, price = settings.sex.mode, settings.sex.penalty_m
    terms["sex"] = price * ((mode == "soft") * asked + (mode != "off") * liked)
    return terms


def _check_costs(pairs: pd.DataFrame, terms: dict[str, NDArray[np.float64]], fixed: Fixed, found: Findings) -> None:
    """Each term that the table has, and their sum; terms that it does not have count as they must be."""
    total, tolerance = pd.Series(0.0, pairs.index), 0.0
    known = fixed.keeping_known or "keep_cost_m" in pairs
    for name in COST_TERMS:
        expected = pd.Series(terms.get(name.removesuffix("_cost_m"), 0.0), pairs.index)
        leeway = WALK_TOLERANCE_M if name in _ROUNDED else 0.0
        if fixed.keeping_known or name not in _OF_LAST_MONTH:
            _tell(pairs, name, expected, leeway, found)
        total += pairs.get(name, expected)
        tolerance += 0.0 if name in pairs or not expected.any() else leeway
    for name in pairs.columns:
        if name.endswith("_cost_m") and name not in COST_TERMS:  # an analyst's own rule, which none but they can check
            total += pairs[name]
    if known:
        _tell(pairs, "cost_m", total, tolerance, found)


def _check_status(pairs: pd.DataFrame, fixed: Fixed, found: Findings) -> None:
    if "status" in pairs:
        expected = np.select(
            [
                pairs["key"].isin(fixed.pins),
                pairs["key"].isin(fixed.previous),
                pairs["elder"].isin(fixed.paired_before),
            ],
            ["pinned", "kept", "changed"],
            "new",
        )
        _tell_choice(pairs, "status", expected, found)


def _check_since(pairs: pd.DataFrame, fixed: Fixed, horizon: Horizon, found: Findings) -> None:
    """Last month's pairs stand since they did then, all others since this month; amounts in months."""
    this = _month(horizon)
    expected = [fixed.since_month.get(pair, this) for pair in pairs["key"].tolist()]
    days = pairs["since"].where(pairs["since"].notna(), 0.0).astype("int64").to_numpy()
    told = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 12 * 1970 + 1
    off = pd.Series(np.abs(told - np.array(expected, dtype=np.int64)), pairs.index)
    wrong = pairs["since"].notna() & (off > 0)
    found.add("wrong_amount", pairs[["elder", "volunteer", "row"]].assign(amount=off)[wrong], "since")


def _month(horizon: Horizon) -> int:
    return 12 * horizon.start.year + horizon.start.month


def _tell(pairs: pd.DataFrame, name: str, expected: pd.Series, tolerance: float, found: Findings) -> None:
    if name in pairs:
        off = (pairs[name] - expected).abs()
        found.add("wrong_amount", pairs[["elder", "volunteer", "row"]].assign(amount=off)[off > tolerance], name)


def _tell_choice(pairs: pd.DataFrame, name: str, expected: NDArray[np.str_], found: Findings) -> None:
    wrong = (pairs[name] != "") & (pairs[name] != expected)
    found.add("wrong_amount", pairs[["elder", "volunteer", "row"]].assign(amount=1)[wrong], name)
