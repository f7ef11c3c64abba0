"""Candidates: every pair that the rules allow, and its cost. No nearest-k cut: who is left out here is never missed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.cores import count_cores
from matcher.features import Features
from matcher.month import MonthData
from matcher.rules import RULES, Block, Rule, measure_pairs

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_BLOCK = 500_000
"""Pairs looked at in one go: bounds the memory of the arrays that rules make, which is then used again for the next."""
_FEW = 1_000_000
"""Pairs of which each is measured: a subdistrict's, sooner than the loop for more of them is loaded."""
_MOST_CUBES, _LEAST_CUBE_M = 8, 16.0
"""Cubes of the grid that the longest walk reaches over; their least side."""
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


def find_eligible_people(features: Features, rules: Sequence[Rule] = RULES) -> tuple[Mask, Mask]:
    """Return which elders, (n_elders,), and which volunteers, (n_volunteers,), no rule bars."""
    elders, volunteers = np.ones(features.n_elders, dtype=bool), np.ones(features.n_volunteers, dtype=bool)
    for rule in rules:
        if (barred := rule.bar_elders(features)) is not None:
            elders &= ~barred
        if (barred := rule.bar_volunteers(features)) is not None:
            volunteers &= ~barred
    return elders, volunteers


def prepare_features(month: MonthData, rules: Sequence[Rule] = RULES) -> None:
    """Compute what rules compare of a month's people, which is remembered: beside reading lists of pairs, say."""
    features, none = Features(month), np.empty(0, dtype=np.int64)
    find_eligible_people(features, rules)
    _filter_allowed(features, measure_pairs(features, none, none), rules)


def find_candidates(
    features: Features,
    elders: Mask,
    volunteers: Mask,
    rules: Sequence[Rule] = RULES,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> Candidates:
    """Return every pair of the masked ``elders`` and ``volunteers`` that no rule bars.

    ``on_progress`` is called with the share of elders that is done.
    """
    mapped = elders & features.elder_mapped
    last = max(int(np.flatnonzero(mapped).max(initial=0)), 1)
    parts = []
    for part, end in _filter_blocks(features, mapped, volunteers & features.volunteer_mapped, rules):
        parts.append(part)
        on_progress(end / last)
    named = find_sharing_name(features, elders, volunteers)
    if len(named.elder):
        parts.append(_filter_allowed(features, named, rules))
    none = Candidates(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32))
    columns = {name: [getattr(part, name) for part in (none, *parts)] for name in _COLUMNS}
    parts.clear()
    found: list[Any] = [np.concatenate(columns.pop(name)) for name in _COLUMNS]  # one column is in memory twice
    if len(named.elder):
        order = np.argsort(found[0], kind="stable")
        found = [column[order] for column in found]
    for column in found:
        column.setflags(write=False)
    return Candidates(*found)


def _filter_blocks(
    features: Features, elders: Mask, volunteers: Mask, rules: Sequence[Rule]
) -> Iterator[tuple[Candidates, int]]:
    """Yield the pairs of each block that no rule bars, and the block's last elder.

    Blocks are looked at beside each other: numpy lets other threads run. The first is not, for it has the features
    computed that all ask for. No more blocks wait in memory than there are threads.
    """
    blocks = _list_nearby(features, elders, volunteers)
    for key in islice(blocks, 1):
        yield _measure_allowed(features, key, rules), _get_last(features, key)
    threads = count_cores()
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[Future[Candidates], int]] = deque()
        for key in blocks:
            waiting.append((pool.submit(_measure_allowed, features, key, rules), _get_last(features, key)))
            if len(waiting) > threads:
                first, end = waiting.popleft()
                yield first.result(), end
        for first, end in waiting:
            yield first.result(), end


def _get_last(features: Features, key: Index) -> int:
    """Return the last elder of some pairs that ``key`` stands for."""
    return int(key.max(initial=0)) // max(features.n_volunteers, 1)


def _measure_allowed(features: Features, key: Index, rules: Sequence[Rule]) -> Candidates:
    """Return those of the pairs that ``key`` stands for, in any order, that no rule bars, and their cost."""
    key = np.sort(key, kind="stable")  # it makes use of keys that come nearly in order, elder by elder
    key = key[np.diff(key, prepend=-1) > 0]  # one may be both near and of last month
    return _filter_allowed(features, measure_pairs(features, *np.divmod(key, features.n_volunteers)), rules)


def _filter_allowed(features: Features, block: Block, rules: Sequence[Rule]) -> Candidates:
    """Return the pairs of a block that no rule bars, and their cost."""
    keep = np.ones(len(block.elder), dtype=bool)
    for rule in rules:
        if (barred := rule.bar_pairs(features, block)) is not None:
            keep &= ~barred
    allowed = block.select(keep)
    cost = np.zeros(len(allowed.elder), dtype=np.int64)
    for term in compute_cost_terms(features, allowed, rules).values():
        cost += term
    # a city has 50 million pairs: half the memory where costs allow it, as they do unless a rule is extreme
    small = not len(cost) or (cost.min() >= -(2**31) and cost.max() < 2**31)
    whole = cost.astype(np.int32) if small else cost
    return Candidates(allowed.elder.astype(np.int32), allowed.volunteer.astype(np.int32), whole)


def compute_cost_terms(features: Features, block: Block, rules: Sequence[Rule] = RULES) -> dict[str, NDArray[np.int64]]:
    """Return each rule's cost of the block's pairs in whole metres, by the rule's name."""
    costs = ((rule.name, rule.compute_cost_m(features, block)) for rule in rules)
    return {name: cost for name, cost in costs if cost is not None}


def find_nearest(features: Features, elders: Index, volunteers: Index) -> Index:
    """Return the nearest of ``volunteers`` to each of ``elders``, both roster indices, all with coordinates."""
    tree = _make_tree(features.volunteer_xyz[volunteers])
    _, where = tree.query(features.elder_xyz[elders])
    return np.asarray(volunteers[where], dtype=np.int64)


def find_sharing_name(features: Features, elders: Mask, volunteers: Mask) -> Block:
    """Return pairs of the masked who have no coordinates and share a building, lane or neighbourhood."""
    elders, volunteers = elders & ~features.elder_mapped, volunteers & ~features.volunteer_mapped
    keys = [np.empty(0, dtype=np.int64)]
    for name in features.locations.names.T:
        here, there = name[: features.n_elders], name[features.n_elders :]
        who, whom = np.flatnonzero(elders & (here >= 0)), np.flatnonzero(volunteers & (there >= 0))
        whom = whom[np.argsort(there[whom], kind="stable")]
        start = np.searchsorted(there[whom], here[who])
        size = np.searchsorted(there[whom], here[who], side="right") - start
        offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        keys.append(_encode_pairs(features, np.repeat(who, size), whom[np.repeat(start, size) + offset]))
    return measure_pairs(features, *np.divmod(np.unique(np.concatenate(keys)), max(features.n_volunteers, 1)))


def _list_nearby(features: Features, elders: Mask, volunteers: Mask) -> Iterator[Index]:
    """Yield the keys of pairs that may be within the limit, and of last month's at any distance, elder by elder."""
    who, whom = np.flatnonzero(elders), np.flatnonzero(volunteers)
    if not len(who) or not len(whom):
        return
    radius_m = features.walk_limit_m[who] / features.settings.distance.detour_factor * _SLACK
    if len(who) * len(whom) <= _FEW:
        near = _encode_pairs(features, *_find_by_measuring(features, who, whom, radius_m))
        yield np.concatenate([near, _encode_pairs(features, *_find_last_month(features, who, volunteers))])
        return
    from matcher.matching.kernels.near_pairs import list_near  # noqa: PLC0415 - only a city pays for loading it

    grid = _Grid.of(features.volunteer_xyz[whom], whom, radius_m)
    points = np.ascontiguousarray(features.elder_xyz[who])
    start = 0
    while start < len(who):
        near = np.empty(_BLOCK + len(whom), dtype=np.int64)
        count, end = list_near(start, who, points, radius_m, *grid, features.n_volunteers, near)
        last_month = _encode_pairs(features, *_find_last_month(features, who[start:end], volunteers))
        yield np.concatenate([near[:count], last_month])
        start = end


def _find_by_measuring(
    features: Features, elders: Index, volunteers: Index, radius_m: NDArray[np.float64]
) -> tuple[Index, Index]:
    """Return all pairs within each elder's ``radius_m``, (n_elders,), of all that there could be."""
    square = np.zeros((len(elders), len(volunteers)))
    for here, there in zip(features.elder_xyz[elders].T, features.volunteer_xyz[volunteers].T, strict=True):
        square += (here[:, None] - there) ** 2
    i, j = np.nonzero(square <= radius_m[:, None] ** 2)
    return elders[i], volunteers[j]


def _encode_pairs(features: Features, elder: Index, volunteer: Index) -> Index:
    """Return one number a pair, which sorts by elder and then volunteer."""
    return elder * features.n_volunteers + volunteer


def _find_last_month(features: Features, elders: Index, volunteers: Mask) -> tuple[Index, Index]:
    """Return last month's pairs of some elders with the masked volunteers."""
    before = features.previous_volunteer[elders]
    stands = before >= 0
    stands[stands] = volunteers[before[stands]]
    return elders[stands], before[stands]


def _make_tree(xyz: NDArray[np.float64]) -> cKDTree:
    """Return the tree of points, (n, 3)."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - loading takes longer than most questions about a plan

    return cKDTree(xyz)


class _Grid(NamedTuple):
    """People in cubes of equal size, in order of these: see ``kernels.near_pairs``."""

    xyz: NDArray[np.float64]
    cube: Index
    people: Index
    low: NDArray[np.float64]
    size: float
    shape: Index

    @classmethod
    def of(cls, xyz: NDArray[np.float64], people: Index, reach_m: NDArray[np.float64]) -> _Grid:
        """Return the grid of people whose points are ``xyz``, for looking as far around as ``reach_m``.

        A look takes in a few cubes in each direction, however different the reaches are; and cubes can be numbered,
        though there are points all over the Earth.
        """
        size = max(float(reach_m.min()), float(reach_m.max()) / _MOST_CUBES, _LEAST_CUBE_M)
        low = xyz.min(axis=0)
        at = ((xyz - low) // size).astype(np.int64)
        shape = at.max(axis=0) + 1
        cube = (at[:, 0] * shape[1] + at[:, 1]) * shape[2] + at[:, 2]
        order = np.argsort(cube, kind="stable")
        return cls(np.ascontiguousarray(xyz[order]), cube[order], people[order], low, size, shape)
