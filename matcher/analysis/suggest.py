"""Suggest: volunteers for an elder who joins while everybody else's pair stands, or but a few move."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.analysis.html import Ids, write_table
from matcher.analysis.why import Move
from matcher.columns import column
from matcher.i18n import _
from matcher.matching.candidates import find_candidates
from matcher.matching.capacity import CapacityLeft, compute_load_cost_m
from matcher.matching.explain.unmatched import explain_without_volunteers, measure_geodesic_m
from matcher.matching.held_plan import HeldPlan
from matcher.plan import Unmatched

Index = NDArray[np.int64]

MOST = 5
"""Volunteers suggested."""
_FAR = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Suggestion:
    """A volunteer for an elder, and who moves so that there is a place."""

    volunteer: int
    cost_m: int
    """What the pair itself costs."""
    distance_m: float
    """Straight line; NaN where it is not known."""
    moves: tuple[Move, ...]
    """Others who move, each into the place that the next one leaves; none where the volunteer has a place free."""
    metres: int
    """What the plan costs more: the pair, the moves and the load of who takes one elder more."""
    mends_m: int = 0
    """Metres of it, below 0, by which the last moves are worth it without the elder too: they mend a plan that is not
    the best, as after a change by hand."""
    mends_from: int = 0
    """The first of these moves, a place in ``moves``."""


@dataclass(frozen=True, slots=True, eq=False)
class Suggestions:
    """The volunteers suggested for an elder, the cheapest first."""

    elder: int
    found: tuple[Suggestion, ...]
    unmatched: Unmatched | None
    """Why there is no volunteer at all for the elder; None where somebody may serve them."""
    volunteers: int
    """How many may serve the elder."""
    ids: Ids = field(repr=False)
    of_home: tuple[int, ...] = ()
    """Volunteers of those who share the elder's home, where no other may come; none where that is not asked."""

    def _repr_html_(self) -> str:
        """Return the volunteers as a table, for a notebook."""
        titles = (column("pairs", name).header() for name in ("volunteer_id", "distance_m", "cost_m"))
        rows = (
            (
                self.ids.name_volunteer(one.volunteer),
                one.distance_m,
                one.cost_m,
                one.metres,
                self.ids.name_elders([move.elder for move in one.moves]),
            )
            for one in self.found
        )
        return write_table((*titles, _("the plan costs more, m"), _("elders who move")), rows)


def suggest_volunteers(held: HeldPlan, elder: int, most_moves: int = 0, most: int = MOST) -> Suggestions:
    """Return the cheapest volunteers for an elder without one, where at most so many others move.

    Each volunteer stands once, with the cheapest simple path of displacements that ends at a free place. All pairs are
    as given; pinned ones stand. Found by depth-first search with bounds from the prices of the best plan.

    Args:
        held: The plan.
        elder: Who joins, a roster index.
        most_moves: How many others may move.
        most: How many volunteers to suggest.

    Raises:
        ValueError: others are to move, and paths do not price the plan (``held.unpriced``).
    """
    if most_moves and held.unpriced:
        raise ValueError(f"with {held.unpriced} nobody else is moved")
    left = held.find_capacity_left()
    who = np.zeros(held.features.n_elders, dtype=bool)
    who[elder] = held.eligible[0][elder]
    row = find_candidates(held.features, who, held.eligible[1], held.rules)
    if not len(row):
        reason = explain_without_volunteers(elder, held.rules, held.eligible[1], left)
        return Suggestions(elder, (), reason, 0, Ids.of(held.month))
    of_home, *mine = _join_home(held, elder, row.volunteer.astype(np.int64), row.cost_m.astype(np.int64))
    search = _Search.of(held, left, most, most_moves)
    search.lead(elder, (mine[0], mine[1]), 0, (), most_moves)
    found = tuple(_make_suggestion(held, elder, metres, chain) for metres, chain in search.list_best())
    return Suggestions(elder, found, None, len(row), Ids.of(held.month), of_home)


def _join_home(held: HeldPlan, elder: int, volunteer: Index, cost_m: Index) -> tuple[tuple[int, ...], Index, Index]:
    """Return the home's volunteers where no other may come, and an elder's volunteers with what each costs.

    Where that is soft, a volunteer who is none of the home's is one more there, and costs so much more.
    """
    household, there = held.features.settings.household, held.find_home_volunteers(elder)
    if not len(there):
        return (), volunteer, cost_m
    same = np.isin(volunteer, there)
    if household.mode == "soft":
        return (), volunteer, cost_m + household.worth_m * ~same
    return tuple(there.tolist()), volunteer[same], cost_m[same]


Chain = tuple[tuple[int, int], ...]
"""Who goes to whom, from the elder who joins on; roster indices."""


@dataclass(slots=True, eq=False)
class _Search:
    """A depth-first search for the cheapest chains."""

    held: HeldPlan
    left: CapacityLeft
    most: int
    start: Index
    """Where each of the problem's elders' candidates start."""
    price: Index
    """Of each volunteer's places in the best plan, (n_volunteers,); 0 where none is known."""
    further_m: Index
    """What one elder more costs each volunteer by load, (n_volunteers,)."""
    slack: int
    """How much less than its reduced costs a chain may cost: what the end may save, and what the given plan wastes."""
    elders_of: dict[int, list[int]]
    """Elders of each volunteer who may move."""
    moves_needed: Index
    """Fewest elders who move until each volunteer has a place, (n_volunteers,)."""
    best: dict[int, tuple[int, Chain]] = field(default_factory=dict)
    """By the first volunteer: the cheapest chain."""

    @classmethod
    def of(cls, held: HeldPlan, left: CapacityLeft, most: int, moves: int) -> _Search:
        """Return a search over a plan, for chains in which so many elders move."""
        numbered, features = held.numbered, held.features
        start = np.zeros(1, dtype=np.int64)
        if numbered is not None:  # candidates come in order of elder
            start = np.searchsorted(numbered.problem.elder, np.arange(len(numbered.elders) + 1))
        price = np.zeros(features.n_volunteers, dtype=np.int64)
        if held.solved is not None and numbered is not None:
            price[numbered.volunteers] = held.solved.prices[: len(numbered.volunteers)]
        load = np.bincount(held.given[held.given >= 0], minlength=features.n_volunteers)
        more = compute_load_cost_m(features, load + 1, held.eligible[1])
        further_m = more - compute_load_cost_m(features, load, held.eligible[1])
        movable = np.flatnonzero((held.given >= 0) & (features.pinned_volunteer < 0))
        elders_of: dict[int, list[int]] = {}
        for e in movable.tolist():
            elders_of.setdefault(int(held.given[e]), []).append(e)
        free = left.left > 0
        needed = _count_moves_needed(held, free, start, movable, moves)
        search = cls(held, left, most, start, price, further_m, 0, elders_of, needed)
        search.slack = max(int((price - further_m)[free].max(initial=0)), 0) + search._sum_waste(movable)
        return search

    def _sum_waste(self, movable: Index) -> int:
        """Return how much elders pay in the given plan beyond the least that they could, at the best plan's prices."""
        solved = self.held.solved
        if solved is None or (self.held.is_best and not solved.sides.limited.any()):
            return 0
        waste = 0
        for e in movable.tolist():
            volunteers, costs = self.list_row(e)
            own = volunteers == self.held.given[e]
            if own.any():
                paid = costs + self.price[volunteers]
                waste += int(paid[own][0] - paid.min())
        return waste

    def list_row(self, elder: int) -> tuple[Index, Index]:
        """Return an elder's volunteers, roster indices, and what each pair costs in metres."""
        numbered = self.held.numbered
        if numbered is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        e = int(np.searchsorted(numbered.elders, elder))
        if e == len(numbered.elders) or numbered.elders[e] != elder:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        rows = slice(int(self.start[e]), int(self.start[e + 1]))
        cost = numbered.problem.cost[rows].astype(np.int64) + numbered.leaving_out_m[e]
        return numbered.volunteers[numbered.problem.volunteer[rows]], cost

    def lead(self, elder: int, row: tuple[Index, Index], so_far: int, chain: Chain, moves: int) -> None:
        """Lead an elder to each volunteer who is not in the chain yet, the cheapest by reduced cost first.

        ``row`` are the elder's volunteers and what each pair costs, ``so_far`` is what the chain costs.
        """
        volunteers, costs = row
        origin = chain[-1][1] if chain else -1
        if origin >= 0:
            own = costs[volunteers == origin]
            if not len(own):  # a pair against the rules: what it costs is not among the candidates
                own = self.held.compute_cost_m(np.array([elder]), np.array([origin]))
            costs = costs - own[0]
        seen = {volunteer for _, volunteer in chain}
        total = so_far + costs
        least = total + self.price[volunteers]
        takes = self.left.can_take(np.full(len(volunteers), elder), volunteers)
        for k in np.lexsort((volunteers, least)).tolist():
            if least[k] - self.slack >= self._get_limit():
                break
            volunteer = int(volunteers[k])
            if volunteer in seen:
                continue
            longer = (*chain, (elder, volunteer))
            if takes[k]:
                self._note(int(total[k]) + int(self.further_m[volunteer]), longer)
            elif 0 < moves >= self.moves_needed[volunteer]:
                for other in self.elders_of.get(volunteer, ()):
                    if self._can_replace(elder, other, volunteer):
                        self.lead(other, self.list_row(other), int(total[k]), longer, moves - 1)

    def _can_replace(self, elder: int, other: int, volunteer: int) -> bool:
        """Return whether an elder may come to a volunteer in place of another: the limit on high risk allows it."""
        high_risk = self.held.features.high_risk
        return bool(not high_risk[elder] or high_risk[other] or not self.left.no_more_high_risk[volunteer])

    def _get_limit(self) -> int:
        """Return from which cost on a chain is of no use: that of the last one suggested."""
        costs = sorted(cost for cost, _ in self.best.values())
        return costs[self.most - 1] if len(costs) >= self.most else _FAR

    def _note(self, metres: int, chain: Chain) -> None:
        """Keep a chain where it is the cheapest that begins with its volunteer."""
        first = chain[0][1]
        if first not in self.best or metres < self.best[first][0]:
            self.best[first] = metres, chain

    def list_best(self) -> list[tuple[int, Chain]]:
        """Return the cheapest chains, each with what it costs."""
        ordered = sorted(self.best.items(), key=lambda item: (item[1][0], len(item[1][1]), item[0]))
        return [one for _, one in ordered[: self.most]]


def _count_moves_needed(held: HeldPlan, free: NDArray[np.bool_], start: Index, movable: Index, moves: int) -> Index:
    """Return how many elders move at least until each volunteer has a place, ``moves + 1`` for more, (n_volunteers,).

    It is a breadth-first search from who has a place back along candidates; it does not ask whom a place is for.
    """
    needed = np.where(free, 0, moves + 1)
    numbered = held.numbered
    if numbered is None:
        return needed
    has_any = np.diff(start) > 0
    first, elder = start[:-1][has_any], numbered.elders[has_any]
    volunteer, may_move = numbered.volunteers[numbered.problem.volunteer], np.isin(elder, movable)
    for _round in range(moves):
        nearest = np.minimum.reduceat(needed[volunteer], first)
        np.minimum.at(needed, held.given[elder[may_move]], nearest[may_move] + 1)
    return needed


def _make_suggestion(held: HeldPlan, elder: int, metres: int, chain: Chain) -> Suggestion:
    """Return a chain as a suggestion."""
    who, whom = (np.array(part, dtype=np.int64) for part in zip(*chain, strict=True))
    cost = held.compute_cost_m(who, whom)
    before = held.given[who[1:]]
    was = held.compute_cost_m(who[1:], before)
    moves = tuple(
        Move(e, v, w, more)
        for e, v, w, more in zip(
            who[1:].tolist(), before.tolist(), whom[1:].tolist(), (cost[1:] - was).tolist(), strict=True
        )
    )
    distance_m = float(measure_geodesic_m(held.features, np.array([elder]), whom[:1])[0])
    return Suggestion(int(whom[0]), int(cost[0]), distance_m, moves, metres, *_find_mended(held, moves))


def _find_mended(held: HeldPlan, moves: tuple[Move, ...]) -> tuple[int, int]:
    """Return how much the last moves of a chain save by themselves at most, below 0, and the first of them.

    They end at a free place, so they may be made whether the elder joins or not. In a best plan none saves anything.
    """
    if held.solved is not None and held.is_best:
        return 0, 0
    load = np.bincount(held.given[held.given >= 0], minlength=held.features.n_volunteers)
    usual = int(compute_load_cost_m(held.features, load, held.eligible[1]).sum())
    least = 0, 0
    for first in range(len(moves)):
        after = load.copy()
        after[moves[first].before] -= 1
        after[moves[-1].after] += 1
        loads = int(compute_load_cost_m(held.features, after, held.eligible[1]).sum()) - usual
        saved = sum(move.metres for move in moves[first:]) + loads
        least = min(least, (saved, first), key=lambda one: (one[0], -one[1]))
    return least
