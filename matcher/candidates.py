"""Candidates: every pair that the rules allow, and its cost. No nearest-k cut: who is left out here is never missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matcher.geo.distance import straight_m
from matcher.month import Month
from matcher.rules import RULES, Block, Rule

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BLOCK = 4_000_000
"""Pairs looked at in one go: bounds the memory of the arrays that rules make."""
_SLACK = 1 + 1e-6
"""Widens the search ball, so that rounding excludes nothing that the distance rule allows."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Allowed pairs in order of elder, then volunteer, one entry each: roster indices int64, whole metres int64."""

    elder: Index
    volunteer: Index
    cost_m: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.elder)


def takes_part(month: Month, rules: Sequence[Rule] = RULES) -> tuple[Mask, Mask]:
    """Which elders, (n_elders,), and which volunteers, (n_volunteers,), no rule bars."""
    elders, volunteers = np.ones(month.n_elders, dtype=bool), np.ones(month.n_volunteers, dtype=bool)
    for rule in rules:
        if (barred := rule.bars_elders(month)) is not None:
            elders &= ~barred
        if (barred := rule.bars_volunteers(month)) is not None:
            volunteers &= ~barred
    return elders, volunteers


def find_candidates(month: Month, elders: Mask, volunteers: Mask, rules: Sequence[Rule] = RULES) -> Candidates:
    """Every pair of the masked ``elders`` and ``volunteers`` that no rule bars."""
    parts: list[tuple[Index, NDArray[np.int64]]] = []
    for elder, volunteer in _nearby(month, np.flatnonzero(elders), np.flatnonzero(volunteers)):
        block = measured(month, elder, volunteer)
        keep = np.ones(len(elder), dtype=bool)
        for rule in rules:
            if (barred := rule.bars_pairs(month, block)) is not None:
                keep &= ~barred
        allowed = block.where(keep)
        cost = np.zeros(len(allowed.elder), dtype=np.int64)
        for term in cost_terms(month, allowed, rules).values():
            cost += term
        parts.append((allowed.elder * month.n_volunteers + allowed.volunteer, cost))
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Candidates(none, none, none)
    # a pair may be found twice (near, and of last month): unique also sorts, whatever the order of the search
    key, first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
    cost = np.concatenate([part[1] for part in parts])[first]
    return Candidates(key // month.n_volunteers, key % month.n_volunteers, cost)


def measured(month: Month, elder: Index, volunteer: Index) -> Block:
    """n pairs with their straight lines, for rules to look at."""
    return Block(elder, volunteer, straight_m(month.elder_xyz[elder], month.volunteer_xyz[volunteer]))


def cost_terms(month: Month, block: Block, rules: Sequence[Rule] = RULES) -> dict[str, NDArray[np.int64]]:
    """Each rule's cost of the block's pairs in whole metres, by the rule's name."""
    costs = ((rule.name, rule.cost_m(month, block)) for rule in rules)
    return {name: cost for name, cost in costs if cost is not None}


def in_reach(month: Month, elders: Index, volunteers: Index) -> Index:
    """How many of ``volunteers`` live within the walk limit of each of ``elders``, both roster indices."""
    if not len(elders) or not len(volunteers):
        return np.zeros(len(elders), dtype=np.int64)
    tree = cKDTree(month.volunteer_xyz[volunteers])
    radius = month.walk_limit_m[elders] / month.settings.distance.detour_factor
    return np.asarray(tree.query_ball_point(month.elder_xyz[elders], radius, return_length=True), dtype=np.int64)


def nearest(month: Month, elders: Index, volunteers: Index) -> Index:
    """The nearest of ``volunteers`` to each of ``elders``, both roster indices; ``volunteers`` is not empty."""
    tree = cKDTree(month.volunteer_xyz[volunteers])
    _, where = tree.query(month.elder_xyz[elders])
    return np.asarray(volunteers[where], dtype=np.int64)


def _nearby(month: Month, elders: Index, volunteers: Index) -> Iterator[tuple[Index, Index]]:
    """Pairs that may be within the limit, in blocks, and last month's pairs at any distance."""
    if not len(elders) or not len(volunteers):
        return
    for limit_m in np.unique(month.walk_limit_m[elders]):
        group = elders[month.walk_limit_m[elders] == limit_m]
        radius_m = limit_m / month.settings.distance.detour_factor * _SLACK
        yield from _within(month, group, volunteers, radius_m)
    takes_elder = np.isin(month.previous.elder, elders)
    both = takes_elder & np.isin(month.previous.volunteer, volunteers)
    yield month.previous.elder[both], month.previous.volunteer[both]


def _within(month: Month, elders: Index, volunteers: Index, radius_m: float) -> Iterator[tuple[Index, Index]]:
    """All pairs within ``radius_m``: found between places (people of one building share theirs), then spelt out."""
    here, elders_at = _places(month.elder_xyz[elders], elders)
    there, volunteers_at = _places(month.volunteer_xyz[volunteers], volunteers)
    tree = cKDTree(there)
    reach = tree.query_ball_point(here, radius_m, return_length=True)
    block = np.cumsum(reach) // _BLOCK
    for number in np.unique(block):
        places = np.flatnonzero(block == number)
        found = cKDTree(here[places]).sparse_distance_matrix(tree, radius_m, output_type="ndarray")
        yield from _spell_out(places[found["i"]], found["j"], elders_at, volunteers_at)


def _places(xyz: NDArray[np.float64], people: Index) -> tuple[NDArray[np.float64], tuple[Index, Index]]:
    """Distinct points, and who is at each: (start of each point's run with one more at the end, people by point)."""
    points, where = np.unique(xyz, axis=0, return_inverse=True)
    where = where.ravel()
    start = np.concatenate(([0], np.cumsum(np.bincount(where, minlength=len(points)))))
    return points, (start, people[np.argsort(where, kind="stable")])


def _spell_out(
    here: Index, there: Index, elders_at: tuple[Index, Index], volunteers_at: tuple[Index, Index]
) -> Iterator[tuple[Index, Index]]:
    """Everybody at each place of ``here`` with everybody at the same entry of ``there``, in blocks."""
    elder_start, elders = elders_at
    volunteer_start, volunteers = volunteers_at
    n_elders = elder_start[here + 1] - elder_start[here]
    n_volunteers = volunteer_start[there + 1] - volunteer_start[there]
    size = n_elders * n_volunteers
    block = np.cumsum(size) // _BLOCK
    for start, end in _runs(block):
        count = size[start:end]
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        width = np.repeat(n_volunteers[start:end], count)
        yield (
            elders[np.repeat(elder_start[here[start:end]], count) + offset // width],
            volunteers[np.repeat(volunteer_start[there[start:end]], count) + offset % width],
        )


def _runs(sorted_values: Index) -> Iterator[tuple[int, int]]:
    """Start and end of each run of equal values."""
    edges = np.flatnonzero(np.diff(sorted_values)) + 1
    bounds = [0, *edges.tolist(), len(sorted_values)]
    yield from ((a, b) for a, b in zip(bounds, bounds[1:], strict=False) if a < b)
