"""Candidates: every pair that the rules allow, and its cost. No nearest-k cut: who is left out here is never missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matcher.geo.distance import straight_m
from matcher.month import MonthData
from matcher.rules import RULES, Block, Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BLOCK = 4_000_000
"""Pairs looked at in one go: bounds the memory of the arrays that rules make."""
_COLUMNS = ("elder", "volunteer", "cost_m")
_SLACK = 1 + 1e-6
"""Widens the search ball, so that rounding excludes nothing that the distance rule allows."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Allowed pairs in order of elder, one entry each: roster indices int32, whole metres int32; int64 at need."""

    elder: NDArray[np.int32]
    volunteer: NDArray[np.int32]
    cost_m: NDArray[np.int32] | Index

    def __len__(self) -> int:
        return len(self.elder)


def eligible_people(month: MonthData, rules: Sequence[Rule] = RULES) -> tuple[Mask, Mask]:
    """Which elders, (n_elders,), and which volunteers, (n_volunteers,), no rule bars."""
    elders, volunteers = np.ones(month.n_elders, dtype=bool), np.ones(month.n_volunteers, dtype=bool)
    for rule in rules:
        if (barred := rule.bars_elders(month)) is not None:
            elders &= ~barred
        if (barred := rule.bars_volunteers(month)) is not None:
            volunteers &= ~barred
    return elders, volunteers


def find_candidates(
    month: MonthData,
    elders: Mask,
    volunteers: Mask,
    rules: Sequence[Rule] = RULES,
    tell: Callable[[float], None] = lambda _share: None,
) -> Candidates:
    """Every pair of the masked ``elders`` and ``volunteers`` that no rule bars.

    ``tell`` is called with the share of elders that is done.
    """
    mapped = elders & month.elder_mapped
    last = max(int(np.flatnonzero(mapped).max(initial=0)), 1)
    parts = []
    for block in _nearby(month, mapped, volunteers & month.volunteer_mapped):
        parts.append(_allowed(month, block, rules))
        tell(int(block.elder.max(initial=0)) / last)
    named = by_name(month, elders, volunteers)
    if len(named.elder):
        parts.append(_allowed(month, named, rules))
    none = Candidates(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))
    found: list[Any] = [np.concatenate([getattr(part, name) for part in (none, *parts)]) for name in _COLUMNS]
    del parts
    if len(named.elder):
        order = np.argsort(found[0], kind="stable")
        found = [column[order] for column in found]
    for column in found:
        column.setflags(write=False)
    return Candidates(*found)


def _allowed(month: MonthData, block: Block, rules: Sequence[Rule]) -> Candidates:
    """The pairs of a block that no rule bars, and their cost."""
    keep = np.ones(len(block.elder), dtype=bool)
    for rule in rules:
        if (barred := rule.bars_pairs(month, block)) is not None:
            keep &= ~barred
    allowed = block.where(keep)
    cost = np.zeros(len(allowed.elder), dtype=np.int64)
    for term in cost_terms(month, allowed, rules).values():
        cost += term
    # a city has 50 million pairs: half the memory where costs allow it, as they do unless a rule is extreme
    small = not len(cost) or (cost.min() >= -(2**31) and cost.max() < 2**31)
    whole = cost.astype(np.int32) if small else cost
    return Candidates(allowed.elder.astype(np.int32), allowed.volunteer.astype(np.int32), whole)


def measured(month: MonthData, elder: Index, volunteer: Index) -> Block:
    """n pairs with their straight lines, for rules to look at."""
    metres = straight_m(month.elder_xyz[elder], month.volunteer_xyz[volunteer])
    return Block(elder, volunteer, known_m(month, elder, volunteer, metres))


def known_m(month: MonthData, elder: Index, volunteer: Index, metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """``metres`` between n pairs, but where they are NaN what counts by the narrowest name that the two share.

    NaN stays where they share none: nobody knows how far those two live apart.
    """
    unknown = np.flatnonzero(np.isnan(metres))
    if not len(unknown):
        return metres
    here, there = month.names[0][elder[unknown]], month.names[1][volunteer[unknown]]
    shared = (here == there) & (here >= 0)
    filled = metres.copy()
    filled[unknown] = np.where(shared.any(axis=1), month.named_m[shared.argmax(axis=1)], np.nan)
    return filled


def cost_terms(month: MonthData, block: Block, rules: Sequence[Rule] = RULES) -> dict[str, NDArray[np.int64]]:
    """Each rule's cost of the block's pairs in whole metres, by the rule's name."""
    costs = ((rule.name, rule.cost_m(month, block)) for rule in rules)
    return {name: cost for name, cost in costs if cost is not None}


def nearest(month: MonthData, elders: Index, volunteers: Index) -> Index:
    """The nearest of ``volunteers`` to each of ``elders``, both roster indices, all with coordinates."""
    tree = cKDTree(month.volunteer_xyz[volunteers])
    _, where = tree.query(month.elder_xyz[elders])
    return np.asarray(volunteers[where], dtype=np.int64)


def by_name(month: MonthData, elders: Mask, volunteers: Mask) -> Block:
    """Pairs of the masked who have no coordinates and share a building, lane or neighbourhood."""
    keys = [np.empty(0, dtype=np.int64)]
    for here, there in zip(month.names[0].T, month.names[1].T, strict=True):
        who, whom = np.flatnonzero(elders & (here >= 0)), np.flatnonzero(volunteers & (there >= 0))
        whom = whom[np.argsort(there[whom], kind="stable")]
        start = np.searchsorted(there[whom], here[who])
        size = np.searchsorted(there[whom], here[who], side="right") - start
        offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        keys.append(_key(month, np.repeat(who, size), whom[np.repeat(start, size) + offset]))
    return measured(month, *np.divmod(np.unique(np.concatenate(keys)), max(month.n_volunteers, 1)))


def _nearby(month: MonthData, elders: Mask, volunteers: Mask) -> Iterator[Block]:
    """Pairs that may be within the limit, and last month's at any distance: blocks in order of elder and volunteer."""
    who, whom = np.flatnonzero(elders), np.flatnonzero(volunteers)
    if not len(who) or not len(whom):
        return
    places = _Places.of(month.volunteer_xyz[whom], whom)
    tree = cKDTree(places.xyz)
    radius_m = month.walk_limit_m[who] / month.settings.distance.detour_factor * _SLACK
    reach = cKDTree(month.volunteer_xyz[whom]).query_ball_point(month.elder_xyz[who], radius_m, return_length=True)
    block = np.cumsum(reach) // _BLOCK
    for start, end in _runs(block):
        keys = [_key(month, *_last_month(month, who[start:end], volunteers))]
        for limit_m in np.unique(radius_m[start:end]):
            group = who[start:end][radius_m[start:end] == limit_m]
            keys.append(_key(month, *_within(month, group, tree, places, limit_m)))
        # sorted, and each pair once: one may be both near and of last month
        key = np.sort(np.concatenate(keys))
        key = key[np.diff(key, prepend=-1) > 0]
        yield measured(month, *np.divmod(key, month.n_volunteers))


def _key(month: MonthData, elder: Index, volunteer: Index) -> Index:
    return elder * month.n_volunteers + volunteer


def _last_month(month: MonthData, elders: Index, volunteers: Mask) -> tuple[Index, Index]:
    before = month.previous_volunteer[elders]
    stands = before >= 0
    stands[stands] = volunteers[before[stands]]
    return elders[stands], before[stands]


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Distinct points, (n, 3), and who is at each: ``people[start[i]:start[i + 1]]``."""

    xyz: NDArray[np.float64]
    start: Index
    people: Index

    @classmethod
    def of(cls, xyz: NDArray[np.float64], people: Index) -> _Places:
        """The places of ``people``, whose points are ``xyz``."""
        points, where = np.unique(xyz, axis=0, return_inverse=True)
        where = where.ravel()
        start = np.concatenate(([0], np.cumsum(np.bincount(where, minlength=len(points)))))
        return cls(points, start, people[np.argsort(where, kind="stable")])


def _within(month: MonthData, elders: Index, tree: cKDTree, there: _Places, radius_m: float) -> tuple[Index, Index]:
    """All pairs within ``radius_m``: found between places (people of one building share theirs), then spelt out."""
    here = _Places.of(month.elder_xyz[elders], elders)
    found = cKDTree(here.xyz).sparse_distance_matrix(tree, radius_m, output_type="ndarray")
    i, j = found["i"], found["j"]
    width = there.start[j + 1] - there.start[j]
    size = (here.start[i + 1] - here.start[i]) * width
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    width = np.repeat(width, size)
    elder = here.people[np.repeat(here.start[i], size) + offset // width]
    volunteer = there.people[np.repeat(there.start[j], size) + offset % width]
    return elder, volunteer


def _runs(sorted_values: Index) -> Iterator[tuple[int, int]]:
    """Start and end of each run of equal values."""
    edges = np.flatnonzero(np.diff(sorted_values)) + 1
    bounds = [0, *edges.tolist(), len(sorted_values)]
    yield from zip(bounds, bounds[1:], strict=False)
