"""A bound for plans with groups, by Lagrangian relaxation of the places: prices pay for them, groups are kept whole.

At any prices each elder without a group, each group and each volunteer chooses alone; the sum of what they cost at
least is a bound (Geoffrion 1974). It is that of ``certificate.py``, but that a group chooses
for all its elders at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.certificate import sum_exactly
from matcher.assignment.groups.problem import GroupedProblem
from matcher.assignment.problem import Index

SCALE = 4
"""Prices are told in quarters of a unit: at whole ones rounding alone would leave a gap."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Prices of places, in units of 1 / SCALE, (n_volunteers,) each; ``limited`` are those that limited elders pay."""

    place: Index
    limited: Index


@dataclass(frozen=True, slots=True, eq=False)
class GroupBound:
    """The bound at some prices, and how far each candidate lies above it; all in units of 1 / SCALE.

    Attributes:
        total: No plan costs less.
        priced: Cost of each candidate with the price of its place, (n,).
        least: What each elder costs at least by itself, (n_elders,).
        excess: No plan with this candidate costs less than ``total`` and this, (n,).
        unmatched_excess: Likewise for leaving each elder out, (n_elders,).
        least_of_group: What each group costs at least, (n_groups,).
    """

    total: int
    priced: Index
    least: Index
    excess: Index
    unmatched_excess: Index
    least_of_group: Index

    @property
    def whole(self) -> int:
        """Return the bound in whole units: costs are whole, so it is rounded up."""
        return -(-self.total // SCALE)

    def least_shown(self, grouped: GroupedProblem, shown: NDArray[np.bool_]) -> Index:
        """Return, for each candidate, what its elder costs at least by the ``shown`` candidates or unmatched, (n,)."""
        problem = grouped.problem
        assert problem.unmatched_cost is not None
        least = SCALE * problem.unmatched_cost.astype(np.int64)
        np.minimum.at(least, problem.elder[shown], self.priced[shown])
        return least[problem.elder]


def compute_bound(grouped: GroupedProblem, prices: Prices) -> GroupBound:
    """Return the bound at some prices."""
    problem, group = grouped.problem, grouped.group
    assert problem.unmatched_cost is not None
    elder, volunteer = problem.elder.astype(np.int64), problem.volunteer.astype(np.int64)
    pays = prices.place[volunteer]
    if problem.limited is not None:
        pays = np.where(problem.limited[elder], prices.limited[volunteer], pays)
    priced = SCALE * problem.cost.astype(np.int64) + pays
    unmatched = SCALE * problem.unmatched_cost.astype(np.int64)
    least = unmatched.copy()
    np.minimum.at(least, elder, priced)
    total = sum_exactly(least[group < 0]) + _sum_least_load_costs(grouped, prices)
    if problem.limit is not None:
        slack = (prices.limited - prices.place).tolist()
        total -= sum(limit * worth for limit, worth in zip(problem.limit.tolist(), slack, strict=True))
    excess, unmatched_excess = priced - least[elder], unmatched - least
    least_of_group = np.zeros(grouped.n_groups, dtype=np.int64)
    rows = np.flatnonzero(group[elder] >= 0)
    if len(rows):
        least_of_group, together = _price_groups(grouped, rows, priced, unmatched, least)
        total += sum_exactly(least_of_group)
        excess[rows] = together
        members = np.flatnonzero(group >= 0)
        apart = np.zeros(grouped.n_groups, dtype=np.int64)
        np.add.at(apart, group[members], least[members])
        # the others of the group cost at least their own least
        unmatched_excess[members] += apart[group[members]] - least_of_group[group[members]]
    return GroupBound(total, priced, least, excess, np.maximum(unmatched_excess, 0), least_of_group)


def _price_groups(
    grouped: GroupedProblem, rows: Index, priced: Index, unmatched: Index, least: Index
) -> tuple[Index, Index]:
    """Return what each group costs at least, (n_groups,), and the excess of the candidates ``rows`` of their elders.

    A group has one volunteer, who serves some of its elders or all, or none; or where it may be split, each elder has
    the best and the group pays for a second volunteer.
    """
    problem, group, n = grouped.problem, grouped.group, grouped.problem.n_volunteers
    elder = problem.elder[rows].astype(np.int64)
    key, of_key = np.unique(group[elder] * n + problem.volunteer[rows], return_inverse=True)
    nobody, apart = np.zeros((2, grouped.n_groups), dtype=np.int64)
    members = np.flatnonzero(group >= 0)
    np.add.at(nobody, group[members], unmatched[members])
    np.add.at(apart, group[members], least[members])
    one = nobody[key // n]
    np.add.at(one, of_key, np.minimum(priced[rows] - unmatched[elder], 0))
    least_of_group = nobody.copy()
    np.minimum.at(least_of_group, key // n, one)
    together = one[of_key]
    # serving this very elder there costs more than the best that the volunteer can do for the group
    together = together + np.maximum(priced[rows] - unmatched[elder], 0)
    if grouped.split_cost is not None:
        least_of_group = np.minimum(least_of_group, apart + SCALE * grouped.split_cost)
        split = apart[group[elder]] + priced[rows] - least[elder] + SCALE * grouped.split_cost
        together = np.minimum(together, split)
    return least_of_group, together - least_of_group[group[elder]]


def _sum_least_load_costs(grouped: GroupedProblem, prices: Prices) -> int:
    """Return the sum over volunteers of the least, over loads, of load cost less what the places are worth."""
    gain = compute_place_costs(grouped, prices)
    return sum_exactly(np.minimum(gain, 0).sum(axis=1))


def compute_place_costs(grouped: GroupedProblem, prices: Prices) -> Index:
    """Return what each place costs when taken, less its price, 0 beyond the capacity; (n_volunteers, most places)."""
    problem = grouped.problem
    most = int(problem.capacity.max(initial=0)) if problem.load_cost is None else problem.load_cost.shape[1]
    load = np.zeros((problem.n_volunteers, most), dtype=np.int64)
    if problem.load_cost is not None:
        load += SCALE * problem.load_cost.astype(np.int64)
    return np.where(np.arange(most) < problem.capacity[:, None], load - prices.place[:, None], 0)
