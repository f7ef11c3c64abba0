"""Elders whom no volunteer may serve: which rules forbid it, and which, giving way by how much, would not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from matcher.matching.candidates import by_name, measured
from matcher.matching.capacity_left import Spare
from matcher.month import MonthData
from matcher.plan import Loosening, RuledOut, Way
from matcher.rules import Block, Loosened, Rule
from matcher.settings import Settings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Metres = NDArray[np.float64]

REACH = 2
"""How far around an elder is looked, in limits of distance."""
NEAREST = 32
"""And at least so many volunteers."""
_GENTLE = 2
"""A number up to so many times the present one is a gentler step than to turn a rule soft or off."""
_BLOCK = 200_000
"""Pairs looked at in one go: bounds the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Barred:
    """What keeps an elder from all volunteers around."""

    looked_at: int
    in_reach: int
    """Those of them within the limit of distance."""
    ruled_out: tuple[RuledOut, ...]
    ways: tuple[Way, ...]


def why_barred(month: MonthData, elders: Index, rules: Sequence[Rule], spare: Spare) -> dict[int, Barred]:
    """For each of ``elders`` (roster indices, ascending, who take part) that has volunteers around: what bars them all.

    ``spare`` is the room that the plan leaves. Looked at are all on the roster within ``REACH`` limits, at least the
    ``NEAREST``, whoever shares a name of place with an elder without coordinates, and last month's volunteer.
    """
    whole = [(rule, rule.bars_volunteers(month)) for rule in rules]
    out: dict[int, Barred] = {}
    for block in _around(month, elders):
        bars = {}
        for rule, volunteers in whole:
            pairs = rule.bars_pairs(month, block)
            if volunteers is not None:
                pairs = volunteers[block.volunteer] if pairs is None else pairs | volunteers[block.volunteer]
            if pairs is not None and pairs.any():
                bars[rule] = pairs
        out |= _explained(month, block, bars, spare)
    return out


def _explained(month: MonthData, block: Block, bars: dict[Rule, Mask], spare: Spare) -> dict[int, Barred]:
    """The answers for the elders of a block, whose pairs are all in it."""
    who, place = np.unique(block.elder, return_inverse=True)
    n_bars = np.zeros(len(place), dtype=np.int64)
    for mask in bars.values():
        n_bars += mask
    reach = block.straight_m * month.settings.distance.detour_factor <= month.walk_limit_m[block.elder]
    looked_at, in_reach = np.bincount(place), np.bincount(place[reach], minlength=len(who))
    each = {rule: np.bincount(place[mask], minlength=len(who)) for rule, mask in bars.items()}
    alone = {rule: np.bincount(place[mask & (n_bars == 1)], minlength=len(who)) for rule, mask in bars.items()}
    single = np.zeros(len(who), dtype=bool)
    single[place[n_bars == 1]] = True
    # only these can be answers: paths of dials are text, and text is large
    rows = np.flatnonzero((n_bars == 1) | ~single[place])
    narrow = _Narrow(
        month, _rows(block, rows), place[rows], {rule: mask[rows] for rule, mask in bars.items()}, n_bars[rows], spare
    )
    ways = narrow.ways()
    out = {}
    for i, elder in enumerate(who.tolist()):
        ruled_out = tuple(
            RuledOut(rule.name, rule.sentence, int(each[rule][i]), int(alone[rule][i]))
            for rule in bars
            if each[rule][i]
        )
        ordered = sorted(ways.get(i, ()), key=lambda way: _gentleness(month.settings, way))
        out[elder] = Barred(int(looked_at[i]), int(in_reach[i]), ruled_out, tuple(ordered))
    return out


class _Narrow:
    """Pairs that one rule bars, and all pairs of elders who have none such: what must give way for each elder."""

    def __init__(
        self, month: MonthData, block: Block, place: Index, bars: dict[Rule, Mask], n_bars: Index, spare: Spare
    ) -> None:
        self._block, self._place, self._n_bars = block, place, n_bars
        self._bars = {rule: mask for rule, mask in bars.items() if mask.any()}
        self._dials = {rule: rule.loosened(month, block) for rule in self._bars}
        self._free = spare.takes(block.elder, block.volunteer)
        self._metres = np.nan_to_num(block.straight_m)

    def ways(self) -> dict[int, list[Way]]:
        """For each elder by place: each rule that alone bars somebody, giving way as little as it must.

        For elders without such a rule the fewest that bar any one volunteer, all of them with a dial if that can be.
        """
        out: dict[int, list[Way]] = {}
        stuck = np.zeros(len(self._place), dtype=np.int64)
        for rule, mask in self._bars.items():
            dial = self._dials[rule]
            path, value = (np.full(len(mask), ""), self._metres) if dial is None else (dial.path, dial.value)
            stuck += mask & (path == "")
            alone = np.flatnonzero(mask & (self._n_bars == 1))
            # a dial that moves it, a volunteer with a place, the least value, the nearest
            for row in self._first(alone, path == "", ~self._free, np.nan_to_num(value), self._metres):
                out.setdefault(int(self._place[row]), []).append(self._way(row))
        several = np.flatnonzero(self._n_bars > 1)
        for row in self._first(several, self._n_bars, stuck, ~self._free, self._metres):
            out.setdefault(int(self._place[row]), [self._way(row)])
        return out

    def _first(self, rows: Index, *keys: NDArray[Any]) -> list[int]:
        """For each elder among some pairs, the one that comes first by the keys, then by the volunteer's index."""
        order = np.lexsort([self._block.volunteer[rows], *(key[rows] for key in reversed(keys)), self._place[rows]])
        rows = rows[order]
        first: list[int] = rows[np.diff(self._place[rows], prepend=-1) > 0].tolist()
        return first

    def _way(self, row: int) -> Way:
        steps = []
        for rule, mask in self._bars.items():
            if mask[row]:
                path, value = _turned(self._dials[rule], row)
                steps.append(Loosening(rule.name, rule.sentence, path, value))
        return Way(tuple(steps), int(self._block.volunteer[row]), bool(self._free[row]))


def _turned(dial: Loosened | None, row: int) -> tuple[str, str]:
    """The path of a dial and what it must be for a pair; empty where it can't help."""
    path = "" if dial is None else str(dial.path[row])
    if dial is None or not path:
        return "", ""
    return path, dial.word if np.isnan(dial.value[row]) else f"{dial.value[row]:.0f}"


def _rows(block: Block, rows: Index) -> Block:
    return Block(block.elder[rows], block.volunteer[rows], block.straight_m[rows])


def _gentleness(settings: Settings, way: Way) -> tuple[bool, bool, bool, float]:
    """Sort key: ways with a dial, to a volunteer with a place, and small turns come first."""
    (step, *_more) = way.steps
    section, _, key = step.path.partition(".")
    now = getattr(getattr(settings, section, None), key, 0)
    if not step.value.isdigit():
        return (not way.settable, not way.free, True, 0.0)
    times = float(step.value) / max(float(now), 1.0) if now else 1.0
    return (not way.settable, not way.free, times > _GENTLE, times)


def _around(month: MonthData, elders: Index) -> Iterator[Block]:
    """All pairs of ``elders`` with the volunteers around, in blocks that hold whole elders, in order of elder."""
    who = np.zeros(month.n_elders, dtype=bool)
    who[elders] = True
    named = by_name(month, who, np.ones(month.n_volunteers, dtype=bool))
    before = month.previous_volunteer[elders]
    extra = (
        np.concatenate([named.elder, elders[before >= 0]]),
        np.concatenate([named.volunteer, before[before >= 0]]),
    )
    mapped, there = elders[month.elder_mapped[elders]], np.flatnonzero(month.volunteer_mapped)
    size = np.bincount(extra[0], minlength=month.n_elders)
    if len(mapped) and len(there):
        tree = cKDTree(month.volunteer_xyz[there])
        xyz = month.elder_xyz[mapped]
        nearest = np.asarray(tree.query(xyz, [min(NEAREST, len(there))])[0])[:, 0]
        radius = np.maximum(REACH * month.walk_limit_m[mapped] / month.settings.distance.detour_factor, nearest)
        radius *= 1 + 1e-9  # the farthest of the nearest is within it
        size[mapped] += tree.query_ball_point(xyz, radius, return_length=True)
    block_of = np.cumsum(size[elders]) // _BLOCK
    for number in np.unique(block_of):
        group = elders[block_of == number]
        mine = np.isin(extra[0], group)
        keys = [extra[0][mine] * month.n_volunteers + extra[1][mine]]
        here = np.flatnonzero(np.isin(mapped, group)) if len(there) else np.empty(0, dtype=np.int64)
        if len(here):
            lists = tree.query_ball_point(xyz[here], radius[here])
            counts = np.fromiter(map(len, lists), dtype=np.int64)
            near = there[np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(counts.sum()))]
            keys.append(np.repeat(mapped[here], counts) * month.n_volunteers + near)
        key = np.unique(np.concatenate(keys))
        if len(key):
            yield measured(month, *np.divmod(key, month.n_volunteers))
