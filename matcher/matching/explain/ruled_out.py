"""Elders whom no volunteer may serve: which rules forbid it, and which of them, giving way by how much, would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.features import Features
from matcher.matching.candidates import find_sharing_name
from matcher.matching.capacity import CapacityLeft
from matcher.plan import Loosening, Remedy, RuledOut
from matcher.rules import Block, Loosened, Rule, measure_pairs
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
class WhyRuledOut:
    """The reasons why no volunteer around may serve an elder, and what would help."""

    looked_at: int
    in_reach: int
    """Those of them within the limit of distance."""
    ruled_out: tuple[RuledOut, ...]
    remedies: tuple[Remedy, ...]


def explain_ruled_out(elders: Index, rules: Sequence[Rule], capacity_left: CapacityLeft) -> dict[int, WhyRuledOut]:
    """Return what bars all volunteers around, for each of ``elders`` that has any.

    ``elders`` are roster indices, ascending, of elders who take part. Looked at are all volunteers on the roster within
    ``REACH`` limits, at least the ``NEAREST``, whoever shares a name of place with an elder without coordinates, and
    last month's volunteer.
    """
    features = capacity_left.features
    whole = [(rule, rule.bar_volunteers(features)) for rule in rules]
    out: dict[int, WhyRuledOut] = {}
    for block in _find_around(features, elders):
        bars = {}
        for rule, volunteers in whole:
            pairs = rule.bar_pairs(features, block)
            if volunteers is not None:
                pairs = volunteers[block.volunteer] if pairs is None else pairs | volunteers[block.volunteer]
            if pairs is not None and pairs.any():
                bars[rule] = pairs
        out |= _explain_block(block, bars, capacity_left)
    return out


def _explain_block(block: Block, bars: dict[Rule, Mask], capacity_left: CapacityLeft) -> dict[int, WhyRuledOut]:
    """Return the answers for the elders of a block, whose pairs are all in it."""
    features = capacity_left.features
    who, place = np.unique(block.elder, return_inverse=True)
    n_bars = np.zeros(len(place), dtype=np.int64)
    for mask in bars.values():
        n_bars += mask
    reach = block.straight_m * features.settings.distance.detour_factor <= features.walk_limit_m[block.elder]
    looked_at, in_reach = np.bincount(place), np.bincount(place[reach], minlength=len(who))
    each = {rule: np.bincount(place[mask], minlength=len(who)) for rule, mask in bars.items()}
    alone = {rule: np.bincount(place[mask & (n_bars == 1)], minlength=len(who)) for rule, mask in bars.items()}
    single = np.zeros(len(who), dtype=bool)
    single[place[n_bars == 1]] = True
    # only these can be answers: paths of dials are text, and text is large
    rows = np.flatnonzero((n_bars == 1) | ~single[place])
    some = {rule: mask[rows] for rule, mask in bars.items()}
    remedies = _RemedySearch(block.select(rows), place[rows], some, n_bars[rows], capacity_left).find_remedies()
    out = {}
    for i, elder in enumerate(who.tolist()):
        ruled_out = tuple(
            RuledOut(rule.name, rule.sentence, int(each[rule][i]), int(alone[rule][i]))
            for rule in bars
            if each[rule][i]
        )
        ordered = sorted(remedies.get(i, ()), key=lambda remedy: _rank_gentleness(features.settings, remedy))
        out[elder] = WhyRuledOut(int(looked_at[i]), int(in_reach[i]), ruled_out, tuple(ordered))
    return out


class _RemedySearch:
    """The search for what must give way for each elder: among pairs that one rule bars, else among all pairs.

    Args:
        block: Pairs that one rule bars, and all pairs of elders who have none such.
        place: The number of each pair's elder.
        bars: Which of the pairs each rule bars.
        n_bars: How many rules bar each pair.
        capacity_left: What the plan leaves.
    """

    def __init__(
        self, block: Block, place: Index, bars: dict[Rule, Mask], n_bars: Index, capacity_left: CapacityLeft
    ) -> None:
        self._block, self._place, self._n_bars = block, place, n_bars
        self._bars = {rule: mask for rule, mask in bars.items() if mask.any()}
        self._dials = {rule: rule.loosen(capacity_left.features, block) for rule in self._bars}
        self._free = capacity_left.can_take(block.elder, block.volunteer)
        self._metres = np.nan_to_num(block.straight_m)

    def find_remedies(self) -> dict[int, list[Remedy]]:
        """Return for each elder by number: each rule that alone bars somebody, giving way as little as it must.

        For elders without such a rule: the fewest that bar any one volunteer, all of them with a dial if that can be.
        """
        out: dict[int, list[Remedy]] = {}
        stuck = np.zeros(len(self._place), dtype=np.int64)
        for rule, mask in self._bars.items():
            dial = self._dials[rule]
            path, value = (np.full(len(mask), ""), self._metres) if dial is None else (dial.path, dial.value)
            stuck += mask & (path == "")
            alone = np.flatnonzero(mask & (self._n_bars == 1))
            # a dial that moves it, a volunteer with a place, the least value, the nearest
            for row in self._pick_first(alone, path == "", ~self._free, np.nan_to_num(value), self._metres):
                out.setdefault(int(self._place[row]), []).append(self._make_remedy(row))
        several = np.flatnonzero(self._n_bars > 1)
        for row in self._pick_first(several, self._n_bars, stuck, ~self._free, self._metres):
            out.setdefault(int(self._place[row]), [self._make_remedy(row)])
        return out

    def _pick_first(self, rows: Index, *keys: NDArray[Any]) -> list[int]:
        """Return the pair of each elder among ``rows`` that comes first by the keys, then by the volunteer's index."""
        order = np.lexsort([self._block.volunteer[rows], *(key[rows] for key in reversed(keys)), self._place[rows]])
        rows = rows[order]
        first: list[int] = rows[np.diff(self._place[rows], prepend=-1) > 0].tolist()
        return first

    def _make_remedy(self, row: int) -> Remedy:
        """Return the rules that must give way for one pair, and by how much."""
        steps = []
        for rule, mask in self._bars.items():
            if mask[row]:
                path, value = _read_dial(self._dials[rule], row)
                steps.append(Loosening(rule.name, rule.sentence, path, value))
        return Remedy(tuple(steps), int(self._block.volunteer[row]), bool(self._free[row]))


def _read_dial(dial: Loosened | None, row: int) -> tuple[str, str]:
    """Return the path of a dial and what it must be for a pair; empty where it can't help."""
    path = "" if dial is None else str(dial.path[row])
    if dial is None or not path:
        return "", ""
    return path, f"{dial.value[row]:.0f}" if dial.word is None else str(dial.word[row])


def _rank_gentleness(settings: Settings, remedy: Remedy) -> tuple[bool, bool, bool, float]:
    """Return a sort key: remedies with a dial, to a volunteer with a place, and of small turns come first."""
    (step, *_more) = remedy.steps
    section, _, key = step.path.partition(".")
    now = getattr(getattr(settings, section, None), key, 0)
    if not step.value.isdigit():
        return (not remedy.is_settable, not remedy.free, True, 0.0)
    times = float(step.value) / max(float(now), 1.0) if now else 1.0
    return (not remedy.is_settable, not remedy.free, times > _GENTLE, times)


def _find_around(features: Features, elders: Index) -> Iterator[Block]:
    """Yield all pairs of ``elders`` with the volunteers around, in blocks that hold whole elders, in order of elder."""
    who = np.zeros(features.n_elders, dtype=bool)
    who[elders] = True
    named = find_sharing_name(features, who, np.ones(features.n_volunteers, dtype=bool))
    before = features.previous_volunteer[elders]
    extra = (
        np.concatenate([named.elder, elders[before >= 0]]),
        np.concatenate([named.volunteer, before[before >= 0]]),
    )
    mapped, there = elders[features.elder_mapped[elders]], np.flatnonzero(features.volunteer_mapped)
    size = np.bincount(extra[0], minlength=features.n_elders)
    if len(mapped) and len(there):
        from scipy.spatial import cKDTree  # noqa: PLC0415 - loading takes longer than most questions about a plan

        tree = cKDTree(features.volunteer_xyz[there])
        xyz = features.elder_xyz[mapped]
        nearest = np.asarray(tree.query(xyz, [min(NEAREST, len(there))])[0])[:, 0]
        radius = np.maximum(REACH * features.walk_limit_m[mapped] / features.settings.distance.detour_factor, nearest)
        radius *= 1 + 1e-9  # the farthest of the nearest is within it
        size[mapped] += tree.query_ball_point(xyz, radius, return_length=True)
    block_of = np.cumsum(size[elders]) // _BLOCK
    for number in np.unique(block_of):
        group = elders[block_of == number]
        mine = np.isin(extra[0], group)
        keys = [extra[0][mine] * features.n_volunteers + extra[1][mine]]
        here = np.flatnonzero(np.isin(mapped, group)) if len(there) else np.empty(0, dtype=np.int64)
        if len(here):
            lists = tree.query_ball_point(xyz[here], radius[here])
            counts = np.fromiter(map(len, lists), dtype=np.int64)
            near = there[np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(counts.sum()))]
            keys.append(np.repeat(mapped[here], counts) * features.n_volunteers + near)
        key = np.unique(np.concatenate(keys))
        if len(key):
            yield measure_pairs(features, *np.divmod(key, features.n_volunteers))
