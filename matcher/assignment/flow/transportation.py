"""A city as a transportation problem: hubs of elders who are alike, exact prices first, then OR-Tools' plan at them.

1. Elders with the same row of candidates, but for a constant, are a hub: it is as if they lived at one door.
2. The compiled method (``kernels/transportation.py``) sees few candidates of each hub, in stages of ever finer costs.
   Every so many phases all candidates are priced, and those that undercut what a hub pays are let in.
3. When none is left out that undercuts, prices are exact. A plan is the cheapest where it takes only candidates of
   no reduced cost and fills every place above the floor price (complementary slackness): OR-Tools finds it as a flow.

Where a largest matching has split the city into levels (``DulmageMendelsohn``), those above 0 have all places filled,
and a way out: a volunteer beyond the others, with a place for each elder who is left out there. Without levels there
is one way out for all, with a place for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.flow.candidate_rows import Groups, SharedRows
from matcher.assignment.flow.kernels import hub_flow, hub_rows
from matcher.assignment.flow.kernels import transportation as kernels
from matcher.assignment.flow.levels import DulmageMendelsohn
from matcher.assignment.flow.min_cost_flow import SolverError, solve_on_reduced_costs
from matcher.assignment.kernels import row_scans
from matcher.assignment.problem import Index, count_occurrences

Mask = NDArray[np.bool_]

_NEAREST = 16
"""Candidates of each hub that are there from the start."""
_PHASES = 15
"""Phases after which all candidates are priced: rarely enough to cost little, often enough to shorten the rest."""
_FEW = 1 / 100
"""Candidates left out that may undercut at the end of a stage with slack, a unit: the next stage lets them in."""
_MOST_DEAR = 200
"""Volunteers with places that must be filled up to whom the first stage fills them one after another."""
_READS = 50
"""How often candidates let in may be read while units bid for places, in one go."""
_BUCKETS = 2**14
"""Distances that a search can tell apart at first; eight times more where they do not do, up to ``_MOST_BUCKETS``."""
_MOST_BUCKETS = 2**22
SPAN = 2**30
"""Costs, load costs, and what leaving out costs beside them, must each span less."""


@dataclass(frozen=True, slots=True, eq=False)
class TransportationPlan:
    """The cheapest plan, and prices that prove it.

    Attributes:
        partner: Each elder's volunteer, -1 for none, (n_elders,).
        price: Of each volunteer's places, within a level beside what leaving out costs there, (n_volunteers,).
    """

    partner: Index
    price: Index


class Hubs:
    """Elders who are alike, and all their candidates, as rows in order of cost; ways out count as volunteers."""

    def __init__(
        self,
        rows: SharedRows,
        capacity: Index,
        load_cost: Index,
        split: DulmageMendelsohn | None,
        unmatched_cost: Index,
        base_cost: Index,
    ) -> None:
        """Group elders.

        Args:
            rows: All elders' candidates.
            capacity: Places of each volunteer.
            load_cost: What those cost in turn, (n_volunteers, most places); one row for all alike.
            split: Levels; None: one way out for all.
            unmatched_cost: What leaving each elder out costs, (n_elders,).
            base_cost: What counts as nothing of that, (n_elders,).
        """
        n_elders, n = rows.n_elders, len(capacity)
        level, volunteer_level = np.zeros(n_elders, np.int64), np.zeros(n, np.int64)
        may_stay_out = np.ones(n_elders, dtype=bool)
        if split is not None:
            level, volunteer_level = split.elders, split.volunteers
            may_stay_out = split.optional & (level > 0)
        out_level = np.unique(level[may_stay_out])
        out = np.where(may_stay_out, n + np.searchsorted(out_level, level), -1)
        out_cost = np.where(may_stay_out, unmatched_cost - base_cost - rows.dearest, 0)
        key = rows.row
        for kind in (2 * level + may_stay_out, out_cost):
            values, number = np.unique(kind, return_inverse=True)
            key = key * len(values) + number.reshape(-1)
        self.groups, self.hub_of_elder = Groups.of(key)
        first, self.size = self.groups.members[self.groups.edges[:-1]], np.diff(self.groups.edges)
        self.start, self.volunteer, self.cost = hub_rows.build_hub_rows(
            rows.first[rows.row[first]],
            rows.last[rows.row[first]],
            rows.volunteer,
            rows.cost,
            level[first],
            np.where(capacity > 0, volunteer_level, -1),  # nobody has candidates without a place
            out[first],
            out_cost[first],
        )
        left_out = np.array([n_elders])
        if split is not None:
            left_out = np.array([(level == at).sum() - capacity[volunteer_level == at].sum() for at in out_level])
        left_out = left_out.astype(np.int64)
        self.out_level, self.volunteer_level = out_level, volunteer_level if split is not None else None
        by_level = np.flatnonzero(may_stay_out)[np.argsort(level[may_stay_out], kind="stable")]
        self.out_base = base_cost[by_level[np.searchsorted(level[by_level], out_level)]]
        self.capacity = np.concatenate((capacity, left_out)).astype(np.int64)
        n_out, rank = len(left_out), np.arange(capacity.sum()) - np.repeat(np.cumsum(capacity) - capacity, capacity)
        row = np.repeat(np.arange(n) if len(load_cost) > 1 else np.zeros(n, dtype=np.int64), capacity)
        self.place_cost = np.append(load_cost[row, rank], np.zeros(left_out.sum(), dtype=np.int64))
        self.is_full = np.concatenate((volunteer_level > 0, np.full(n_out, split is not None)))

    def measure_spread(self) -> tuple[int, int]:
        """Return the middle half of a hub's candidates from end to end, the median, and all candidates' span.

        A mean would follow the few hubs whose middle half ends at a way out, which may cost a hundred times as much.
        """
        if not len(self.cost):
            return 0, 0
        first, size = self.start[:-1], np.diff(self.start)
        first, size = first[size > 0], size[size > 0]
        dearer, cheaper = (self.cost[first + size * part // 4].astype(np.int64) for part in (3, 1))
        return int(np.median(dearer - cheaper)), int(self.cost.max()) - int(self.cost.min())


class Transportation:
    """Hubs' plan and prices, from rough to exact."""

    def __init__(self, hubs: Hubs, partner: Index) -> None:
        """Begin with no plan, prices of 0, and the nearest candidates, those of a matching ``partner`` among them."""
        self.hubs = hubs
        self.mask = np.zeros(len(hubs.cost), dtype=bool)
        hub_rows.mark_first(hubs.start, self.mask, _NEAREST)
        matched = np.flatnonzero(partner >= 0)
        hub_rows.mark_given(hubs.start, hubs.volunteer, hubs.hub_of_elder[matched], partner[matched], self.mask)
        outs = np.flatnonzero(hubs.volunteer >= len(hubs.capacity) - len(hubs.out_level))
        self.mask[outs] = True
        n_units, n_places = int(hubs.size.sum()), int(hubs.capacity.sum())
        self.flow = hub_flow.Flow(
            np.concatenate(([0], np.cumsum(hubs.size))),
            np.concatenate(([0], np.cumsum(hubs.capacity))),
            np.repeat(np.arange(len(hubs.size), dtype=np.int32), hubs.size),
            np.repeat(np.arange(len(hubs.capacity), dtype=np.int32), hubs.capacity),
            np.full(n_units, -1, dtype=np.int32),
            np.full(n_places, -1, dtype=np.int32),
            hubs.place_cost,
            np.zeros(len(hubs.capacity), dtype=np.int64),
            hubs.is_full,
            np.arange(len(hubs.capacity)) >= len(hubs.capacity) - len(hubs.out_level),
        )
        self.floor = np.zeros(1, dtype=np.int64)
        self.pays = np.zeros(len(hubs.size), dtype=np.int64)

    def run(self) -> None:
        """Bring prices and plan from rough to exact.

        Raises:
            SolverError: there is no plan, or none that prices of this size show.
        """
        stages = list_stages(*self.hubs.measure_spread())
        before = None
        for shift, slack in stages:
            if before is not None:
                self.flow.price[:] <<= before - shift
                self.floor <<= before - shift
            self._run_stage(shift, slack, is_first=before is None)
            before = shift

    def _run_stage(self, shift: int, slack: int, *, is_first: bool) -> None:
        """Find the cheapest plan by costs in steps of ``2**shift``, but for the slack.

        The first stage begins anew where prices found among the nearest candidates are too high for many places.
        """
        hubs, n_buckets, run = self.hubs, _BUCKETS, 0
        while True:
            some = hub_flow.Rows(*row_scans.select_rows(hubs.start, hubs.volunteer, hubs.cost, self.mask))
            columns = hub_flow.Columns(*hub_rows.transpose(*some, len(hubs.capacity)))
            most_dear = _MOST_DEAR if is_first and run == 1 else len(hubs.capacity)
            limits = n_buckets, _PHASES, _READS * len(some.cost), most_dear
            left = kernels.run_stage(some, columns, self.flow, self.floor, shift, slack, *limits, self.pays)
            run += 1
            if left == kernels.TOO_DEAR:
                self._drop_plan()
                continue
            if left == kernels.TOO_FAR:
                n_buckets *= 8
                if n_buckets > _MOST_BUCKETS:
                    raise SolverError("a transportation problem without a plan")
            price = self.flow.price
            cheaper = hub_rows.find_cheaper(
                hubs.start, hubs.volunteer, hubs.cost, price, price.min(initial=0), self.pays, shift, self.mask
            )
            if left == 0 and cheaper <= slack * _FEW * len(self.flow.place_of_unit):
                return

    def _drop_plan(self) -> None:
        """Let no place be taken, at prices of 0."""
        self.flow.place_of_unit[:] = -1
        self.flow.unit_at_place[:] = -1
        self.flow.price[:] = 0
        self.floor[:] = 0

    def lower_prices(self) -> None:
        """Lower exact prices to the least that prove the plan: they do not depend on how it was found."""
        hubs = self.hubs
        kernels.lower_prices(hub_flow.Rows(hubs.start, hubs.volunteer, hubs.cost), self.flow, self.floor[0], self.pays)

    def solve_at_prices(self) -> Index:
        """Return each elder's volunteer, -1 for none, in OR-Tools' plan over what the exact prices leave."""
        hubs, price = self.hubs, self.flow.price
        tight = hub_rows.list_tight(hubs.start, hubs.volunteer, hubs.cost, self.mask, price, self.pays)
        hub: Index = np.asarray(np.searchsorted(hubs.start, tight, side="right") - 1, dtype=np.int64)
        volunteer = hubs.volunteer[tight].astype(np.int64)
        at = self.flow.volunteer_of_place
        above = hubs.place_cost + self.floor[0] - price[at]
        least, most = (count_occurrences(at[hubs.is_full[at] | mask], len(price)) for mask in (above < 0, above <= 0))
        units = solve_on_reduced_costs(hub, volunteer, np.zeros(len(tight), dtype=np.int64), hubs.size, least, most)
        partner = hubs.groups.distribute(hub, volunteer, units)
        return np.where(partner < len(price) - len(hubs.out_level), partner, -1)

    def get_prices(self) -> Index:
        """Return what places cost, (n_volunteers,).

        Those of a level above 0 count from its way out, which costs as much as leaving somebody out there.
        """
        hubs, price = self.hubs, self.flow.price
        n = len(price) - len(hubs.out_level)
        if hubs.volunteer_level is None:
            return np.asarray(price[:n] - self.floor[0])
        rank = np.searchsorted(hubs.out_level, hubs.volunteer_level)
        base = np.append(hubs.out_base - price[n:], -self.floor[0])
        return np.asarray(price[:n] + base[np.where(hubs.volunteer_level > 0, rank, len(hubs.out_level))])


def list_stages(spread: int, span: int) -> list[tuple[int, int]]:
    """Return shift and slack of each stage.

    The first takes steps of an eighth of the spread, and four of them as slack: prices that start from nothing have far
    to rise, a bid at a time. Steps that were an eighth of the span would let most candidates in where a few cost much
    more or less than the others, as pairs worth keeping do.

    Args:
        spread: By how much candidates of one hub mostly differ.
        span: By how much any two candidates differ: never so many steps that buckets could not tell them apart.
    """
    first = max(spread.bit_length() - 3, span.bit_length() - _MOST_BUCKETS.bit_length())
    rough = [(shift, 1) for shift in range(first, 2, -2)]
    return [*([(first, 4)] if rough else []), *rough, *([(0, 1)] if rough else []), (0, 0)]


def solve_transportation(
    rows: SharedRows,
    capacity: Index,
    load_cost: Index,
    partner: Index,
    split: DulmageMendelsohn | None,
    unmatched_cost: Index,
    base_cost: Index,
) -> TransportationPlan:
    """Return the cheapest plan and prices that prove it, as far as candidates within levels go.

    Arguments are as of ``Hubs``; ``partner`` is any largest matching.

    Raises:
        SolverError: no plan was found.
    """
    transportation = Transportation(Hubs(rows, capacity, load_cost, split, unmatched_cost, base_cost), partner)
    transportation.run()
    partner = transportation.solve_at_prices()
    transportation.lower_prices()
    return TransportationPlan(partner, transportation.get_prices())
