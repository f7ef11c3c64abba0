"""Shortages as people can act on them: how many volunteers are missing, and where they would have to live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.assignment import HallSet
from matcher.columns import VOLUNTEERS, Kind
from matcher.features import Features
from matcher.matching.candidates import find_candidates
from matcher.matching.capacity import CapacityAfterPins
from matcher.month import MonthData
from matcher.plan import Recruit, Shortage
from matcher.roster.model import ANY_TIME, PairList, Roster
from matcher.rules import Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_HOME = ("district", "subdistrict", "committee", "compound", "address", "lng", "lat", "place_quality")
_KEYS = ("building", "lane", "neighbourhood")
_EMPTY: dict[Kind, object] = {
    "int": np.nan,
    "number": np.nan,
    "date": pd.NaT,
    "list": (),
    "dates": (),
    "availability": ANY_TIME,
}


def describe_shortages(
    features: Features,
    halls: Sequence[HallSet],
    volunteer_of: Index,
    after_pins: CapacityAfterPins,
    rules: Sequence[Rule],
) -> tuple[Shortage, ...]:
    """Return what the Hall sets of a plan mean, those that miss the most places first.

    ``volunteer_of`` is each elder's volunteer, -1 for none, (n_elders,); ``after_pins`` what pins leave.
    """
    ordered = sorted(halls, key=lambda hall: (-hall.missing, int(hall.elders.min())))
    left_out = [np.sort(hall.elders[volunteer_of[hall.elders] < 0]) for hall in ordered]
    capacity = compute_usual_capacity(features, after_pins.volunteers)
    recruits = _find_recruits(features, left_out, capacity, rules)
    width = len(str(len(ordered)))
    return tuple(
        Shortage(
            f"S{i + 1:0{width}}",
            hall,
            elders,
            capacity,
            found,
            int(after_pins.left[hall.volunteers].sum()) - hall.places,
        )
        for i, (hall, elders, found) in enumerate(zip(ordered, left_out, recruits, strict=True))
    )


def compute_usual_capacity(features: Features, volunteers: Mask) -> int:
    """Return the median of the places of the volunteers who take part; the default of settings where none does."""
    places = features.max_elders[volunteers]
    return max(1, int(np.median(places)) if len(places) else features.settings.capacity.default)


def make_neighbour_month(month: MonthData, homes: Index, capacity: int) -> MonthData:
    """Return the month with one volunteer at the home of each of the elders ``homes`` in place of its own."""
    return make_recruit_month(month, month.roster.elders.iloc[homes], np.full(len(homes), capacity))


def make_recruit_month(month: MonthData, homes: pd.DataFrame, capacity: Index) -> MonthData:
    """Return the month with one volunteer at each of some homes, rows of a roster, in place of its own.

    They are free at any time. Nothing else is known of them but where they live and how many places they have.
    """
    columns: dict[str, object] = {name: [""] * len(homes) for name in month.roster.volunteers.columns}
    columns |= {c.name: [_EMPTY.get(c.kind, "")] * len(homes) for c in VOLUNTEERS if c.kind != "national_id"}
    columns |= {name: homes[name].to_numpy() for name in (*_HOME, *_KEYS)}
    columns |= {"id": [f"+{i}" for i in range(len(homes))], "capacity": capacity.astype(float)}
    columns |= {"row": np.arange(len(homes))}
    frame = pd.DataFrame(columns)
    for c in VOLUNTEERS:
        if c.kind == "date":
            frame[c.name] = pd.to_datetime(frame[c.name])
    none = PairList.empty()
    return replace(month, roster=Roster(month.roster.elders, frame), previous=none, pins=none, never=none)


def _find_recruits(
    features: Features, left_out: Sequence[Index], capacity: int, rules: Sequence[Rule]
) -> list[tuple[Recruit, ...]]:
    """Return volunteers who would do for each group of elders, each living at the home of one of the group.

    Only rules on location are asked: in all else somebody can be found who suits. None has more elders of high risk
    than one may have.
    """
    if not left_out:
        return []
    elders = np.concatenate(left_out)
    group = np.repeat(np.arange(len(left_out)), [len(each) for each in left_out])
    beside = Features(make_neighbour_month(features.month, elders, capacity))
    who, whom = np.zeros(features.n_elders, dtype=bool), np.ones(len(elders), dtype=bool)
    who[elders] = True
    found = find_candidates(beside, who, whom, [rule for rule in rules if rule.concerns == "location"])
    number = np.zeros(features.n_elders, dtype=np.int64)
    number[elders] = np.arange(len(elders))
    home, elder = found.volunteer.astype(np.int64), number[found.elder]
    fits = (group[home] == group[elder]) & (home != elder)
    itself = np.arange(len(elders))  # whoever lives in the same home, is in reach
    home, elder = np.concatenate([home[fits], itself]), np.concatenate([elder[fits], itself])
    out: list[list[Recruit]] = [[] for _ in left_out]
    frail, most = features.high_risk[elders], features.settings.capacity.most_high_risk
    for site, served in cover_greedily(home, elder, len(elders), capacity, frail, most):
        out[group[site]].append(Recruit(int(elders[site]), tuple(np.sort(elders[served]).tolist())))
    return [tuple(sorted(each, key=lambda recruit: recruit.home)) for each in out]


def cover_greedily(
    site: Index, elder: Index, n: int, capacity: int, limited: Mask, limit: int
) -> list[tuple[int, Index]]:
    """Return few sites that serve all of n elders, at most ``capacity`` each, and whom each serves (greedy set cover).

    Each serves at most ``limit`` of the ``limited`` elders, (n,); where that is none, nobody serves these.

    ``site`` and ``elder`` are the pairs that may be, numbered from 0, each once. The elder in reach of the fewest
    sites goes first, to the site that serves the most of those still open, and takes the hardest of them along.
    """
    of_site, site_start = _group_by(site, elder, n)
    of_elder, elder_start = _group_by(elder, site, n)
    sites = np.diff(elder_start)
    open_, left = ~limited | (limit > 0), np.diff(site_start)
    out = []
    for first in np.argsort(sites, kind="stable").tolist():
        if not open_[first]:
            continue
        near = of_elder[elder_start[first] : elder_start[first + 1]]
        best = int(near[np.argmax(np.minimum(left[near], capacity))])
        there = of_site[site_start[best] : site_start[best + 1]]
        there = there[open_[there] & (there != first)]
        there = there[np.argsort(sites[there], kind="stable")]
        count = limited[first] + np.cumsum(limited[there])
        served = np.append(there[~limited[there] | (count <= limit)][: capacity - 1], first)
        open_[served] = False
        for each in served.tolist():
            left[of_elder[elder_start[each] : elder_start[each + 1]]] -= 1
        out.append((best, served))
    return out


def _group_by(key: Index, value: Index, n: int) -> tuple[Index, Index]:
    """Return the values by key, ascending, and where those of each key start, (n + 1,)."""
    order = np.lexsort((value, key))
    return value[order], np.concatenate(([0], np.cumsum(np.bincount(key, minlength=n))))
