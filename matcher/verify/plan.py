"""Checks of the pairs: who may be paired, how many, how far, how well the two fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from geopy.distance import geodesic
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import PairList
from matcher.settings import Settings
from matcher.verify.people import People
from matcher.verify.tables import listed, tally
from matcher.verify.violations import Findings

WALK_TOLERANCE_M = 1.0
COUNTED_FAULTS = {"own_limit": WALK_TOLERANCE_M, "stairs": 0.0}
"""Rules on the fit of two that are broken by an amount, and by how much at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """What people fixed beforehand, as sets of pair keys (see ``key``)."""

    previous: NDArray[np.int64]
    pins: NDArray[np.int64]
    never: NDArray[np.int64]
    paired_before: NDArray[np.int64]
    """Elders of last month's pairs, also where the volunteer has gone since."""
    keeping_known: bool
    """Whether last month's pairs are known: otherwise nobody can say what a kept pair is worth."""
    status_known: bool
    """Whether the pins are known too: otherwise nobody can say what a pair's status must be."""
    stood_in: NDArray[np.int64]
    """Elders with last month's second volunteers."""
    since_month: dict[int, int]
    """Since which month each of last month's pairs stands, by its key, counted from year 0."""

    @classmethod
    def of(
        cls, previous: PairList | None, pins: PairList | None, never: PairList, people: People, horizon: Horizon
    ) -> Fixed:
        """Read the lists anew, by their ids."""

        def keys(pairs: PairList) -> NDArray[np.int64]:
            elder, volunteer = listed(pairs, people)
            known = (elder >= 0) & (volunteer >= 0)
            return key(elder[known], volunteer[known], people)

        before, fixed = previous or PairList.empty(), pins or PairList.empty()
        return cls(
            previous=keys(before),
            pins=keys(fixed),
            never=keys(never),
            paired_before=people.elders.find(before.elder_id),
            keeping_known=previous is not None,
            status_known=previous is not None and pins is not None,
            stood_in=_stood_in(before, people),
            since_month=_since(before, people, 12 * horizon.start.year + horizon.start.month),
        )


def _stood_in(before: PairList, people: People) -> NDArray[np.int64]:
    """Keys of last month's second volunteers with their elders."""
    if before.backup is None:
        return np.empty(0, dtype=np.int64)
    elder, _first = listed(before, people)
    known = (elder >= 0) & (before.backup >= 0)
    return key(elder[known], before.backup[known], people)


def _since(before: PairList, people: People, this: int) -> dict[int, int]:
    """The month since which each of last month's pairs stands: as told, else by the months told, else last month."""
    elder, volunteer = listed(before, people)
    known = key(elder, volunteer, people).tolist()
    none = [None] * len(known)
    since = none if before.since is None else before.since.astype("datetime64[D]").tolist()
    months = none if before.months is None else before.months.tolist()
    found = {}
    for pair, day, lasted, sound in zip(known, since, months, (elder >= 0) & (volunteer >= 0), strict=True):
        if sound:
            told = this
            if day is not None:
                told = 12 * day.year + day.month
            elif lasted is not None and not math.isnan(lasted):
                told = this - int(lasted)
            found[pair] = min(told, this - 1)
    return found


def key(
    elder: NDArray[np.int64] | pd.Series, volunteer: NDArray[np.int64] | pd.Series, people: People
) -> NDArray[np.int64]:
    """One number for each two."""
    keys = np.asarray(elder, np.int64) * len(people.volunteers.ids) + np.asarray(volunteer, np.int64)
    return keys.astype(np.int64)


def check_pairs(pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> pd.DataFrame:
    """All rules on pairs of known people, each two judged once; the pairs, with their straight lines and keys."""
    pairs = judge_pairs(pairs, people, settings, fixed, found)
    _check_elder_twice(pairs, found)
    return pairs


def judge_pairs(pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> pd.DataFrame:
    """The rules on each two by themselves; the pairs, with their straight lines and keys."""
    pairs = pairs.assign(key=key(pairs["elder"], pairs["volunteer"], people))
    pairs["straight_m"] = straight_m(pairs, people)
    distinct = pairs.drop_duplicates("key")
    found.add("no_place", _who(distinct)[distinct["straight_m"].isna() & ~distinct["key"].isin(fixed.pins)])
    _check_distance(distinct, people, settings, fixed, found)
    _check_eligibility(distinct, people, settings, found)
    found.add("never", _who(distinct)[distinct["key"].isin(fixed.never)])
    _check_fit(distinct, people, settings, fixed, found)
    return pairs


def check_pins(pins: PairList, pairs: pd.DataFrame, people: People, found: Findings) -> None:
    """Every pinned pair must be there."""
    there = set(key(pairs["elder"], pairs["volunteer"], people).tolist())
    elder, volunteer = listed(pins, people)
    known = (elder >= 0) & (volunteer >= 0)
    keys = np.where(known, key(elder, volunteer, people), -1)
    missing = {(pins.elder_id[i], pins.volunteer_id[i]) for i, pin in enumerate(keys.tolist()) if pin not in there}
    for elder_id, volunteer_id in missing:
        found.add_pair_missing(elder_id, volunteer_id)


def check_accounts(pairs: pd.DataFrame, unmatched: pd.DataFrame, people: People, found: Findings) -> None:
    """Every elder of the roster is either paired or listed as unmatched, once."""
    n = len(people.elders.ids)
    paired = np.bincount(pairs["elder"], minlength=n) > 0
    times = np.bincount(unmatched["elder"], minlength=n)
    for rule, at_fault in (
        ("unaccounted", ~paired & (times == 0)),
        ("accounted_twice", (times > 0) & (paired + times > 1)),
    ):
        found.add(rule, pd.DataFrame({"elder": np.flatnonzero(at_fault)}))


def straight_m(pairs: pd.DataFrame, people: People) -> NDArray[np.float64]:
    """Geopy's geodesic (WGS-84) between the two of each pair, metres; computed once for each two places.

    Two without coordinates are as far apart as the setting for the building, lane or neighbourhood that they share.
    NaN where that is not known either.
    """
    ends = np.hstack([people.elders.place_deg[pairs["elder"]], people.volunteers.place_deg[pairs["volunteer"]]])
    known = ~np.isnan(ends).any(axis=1)
    distinct, place = np.unique(ends[known], axis=0, return_inverse=True)
    metres = np.full(len(ends), np.nan)
    metres[known] = np.array([geodesic(end[:2], end[2:]).m for end in distinct.tolist()], dtype=float)[
        place.reshape(-1)
    ]
    neither = np.isnan(ends[:, :2]).any(axis=1) & np.isnan(ends[:, 2:]).any(axis=1)
    for i in np.flatnonzero(neither).tolist():
        two = int(pairs["elder"].iloc[i]), int(pairs["volunteer"].iloc[i])
        shared = (m for name, m in people.named_m.items() if people.fit.homes.are_one(name, *two))
        metres[i] = next(shared, np.nan)
    return metres


def _who(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[["elder", "volunteer", "row"]]


def _check_elder_twice(pairs: pd.DataFrame, found: Findings) -> None:
    by_elder = tally(pairs[["elder", "row"]], ["elder"])
    found.add("elder_twice", by_elder[by_elder["amount"] > 1])


def _check_distance(pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> None:
    over_m = pairs["straight_m"] * settings.distance.detour_factor - people.walk_limit_m[pairs["elder"]]
    allowed = pairs["key"].isin(fixed.pins)
    if settings.keep.beyond_limit:
        allowed |= pairs["key"].isin(fixed.previous)
    found.add("distance", _who(pairs).assign(amount=over_m)[(over_m > WALK_TOLERANCE_M) & ~allowed])


def _check_eligibility(pairs: pd.DataFrame, people: People, settings: Settings, found: Findings) -> None:
    if settings.consent.required:
        found.add("consent", _who(pairs)[~people.consenting[pairs["elder"]]])
    elders, volunteers = people.elders, people.volunteers
    # an elder may come or go within the month; a volunteer has to stay to its end
    eligible_people = (elders.active & elders.on_programme.any(axis=1))[pairs["elder"]]
    serves = (volunteers.active & volunteers.on_programme[:, -1])[pairs["volunteer"]]
    found.add("dates", _who(pairs)[~(eligible_people & serves)])


def _check_fit(pairs: pd.DataFrame, people: People, settings: Settings, fixed: Fixed, found: Findings) -> None:
    """Rules on how the two fit; a pin stands against any of them."""
    pairs = pairs[~pairs["key"].isin(fixed.pins)]
    if not settings.consent.served_elsewhere:
        found.add("served_elsewhere", _who(pairs)[people.fit.served_elsewhere[pairs["elder"]]])
    for rule, (amount, _price) in people.fit.against(pairs, "hard").items():
        faults = _who(pairs).assign(amount=amount) if rule in COUNTED_FAULTS else _who(pairs)
        found.add(rule, faults[amount > COUNTED_FAULTS.get(rule, 0)])
    if settings.sex.mode == "hard":
        found.add("sex", _who(pairs)[people.fit.sex(pairs)[0] > 0])
