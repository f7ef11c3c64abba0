"""A solved assignment in memory: a change of one row gives the new optimum, with its proof, by few shortest paths.

The optimum after a change differs from the one before by one path of displacements in the residual network for each
unit that the change moves (Ahuja, Magnanti and Orlin 1993, 9.11: sensitivity analysis by reoptimisation). The search
is in ``kernels/residual_paths.py``. Values are not changed in place: to take a change back is to go on from the value
before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matcher.assignment.certificate import certify, sum_exactly
from matcher.assignment.flow.min_cost_flow import bound_displacement
from matcher.assignment.kernels import residual_paths
from matcher.assignment.kernels.residual_paths import FAR, NOBODY, SINK, Plan, Rows, Sides
from matcher.assignment.problem import AssignmentProblem, Certificate, Index, check_integers, count_occurrences
from matcher.assignment.row_changes import (
    AddElder,
    AddVolunteer,
    Bar,
    Change,
    LeaveOut,
    Pin,
    RemoveElder,
    RemoveVolunteer,
    ReplaceRow,
    SetCapacity,
    SetLimit,
)
from matcher.compiling import choose_form

SMALL = 20_000
"""Candidates up to which searches run as plain Python: one over all takes some 0.1 s so, compiling it some seconds."""
_MANY = 2**31
"""A limit of limited elders that says nothing."""
_LARGEST = 2**61


class NoPlanLeftError(ValueError):
    """A change after which no plan keeps all pins."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A problem with a cheapest plan and the prices that prove it.

    Among plans of the same cost it is any one, not always the first, as ``solve`` has it.
    """

    rows: Rows
    sides: Sides
    plan: Plan
    pinned: NDArray[np.bool_]
    """Elders who are pinned, (n_elders,)."""
    paths: tuple[Index, ...] = ()
    """The paths of displacements that the last change took, steps in order: see ``residual_paths.send_unit``."""

    @classmethod
    def of(
        cls, problem: AssignmentProblem, chosen: Index, prices: Index, limited_prices: Index | None = None
    ) -> Solved:
        """Return a problem solved, from any plan and any prices: the nearer to the best, the sooner.

        Args:
            problem: With ``unmatched_cost``, without ``use``.
            chosen: Candidate of each elder, -1 unmatched, within capacities and limits, (n_elders,).
            prices: Of places, (n_volunteers,).
            limited_prices: Of places for limited elders, (n_volunteers,); None: as the others.

        Raises:
            ValueError: the problem has ``use`` or no ``unmatched_cost``.
        """
        if problem.use is not None or problem.unmatched_cost is None:
            raise ValueError("only problems without use and with unmatched_cost are solved along paths")
        draft = _Draft(_list_rows(problem), _list_sides(problem), _make_plan(problem, chosen))
        draft.fit_prices(prices, prices if limited_prices is None else limited_prices)
        draft.mend()
        return draft.finish()

    def change(self, *changes: Change) -> Solved:
        """Return the problem after some changes, one after the other, solved.

        Raises:
            NoPlanLeftError: no plan keeps all pins.
            ValueError: a change does not fit the problem: a number of nobody, costs of unfitting shapes.
            OverflowError: costs so large that sums would leave 64 bits.
        """
        draft = _Draft.copy(self)
        for each in changes:
            draft.apply(each)
        return draft.finish()

    @property
    def volunteer_of(self) -> Index:
        """Return each elder's volunteer, -1 for none, (n_elders,)."""
        return self.plan.volunteer

    @property
    def prices(self) -> Index:
        """Return what a place of each volunteer is worth, (n_volunteers,)."""
        return self.plan.price[1::2]

    @property
    def limited_prices(self) -> Index:
        """Return what a place for a limited elder is worth, (n_volunteers,)."""
        return np.maximum(self.plan.price[2::2], self.prices)

    @property
    def n_candidates(self) -> int:
        """Return the number of candidates."""
        return int((self.rows.last - self.rows.first).sum())

    @property
    def has_load_costs(self) -> bool:
        """Return whether loads cost something of their own."""
        return _has_load_costs(self.sides)

    @property
    def cost(self) -> int:
        """Return what the plan costs: pairs, loads and the unmatched."""
        served = self.plan.volunteer >= 0
        total = sum_exactly(self.plan.cost[served]) + sum_exactly(self.sides.unmatched_cost[~served])
        if self.has_load_costs:
            filled = np.arange(self.sides.load_cost.shape[1]) < self.plan.load[:, None]
            total += sum_exactly(np.broadcast_to(self.sides.load_cost, filled.shape)[filled])
        return total

    def get_candidates(self, elder: int) -> tuple[Index, Index]:
        """Return an elder's volunteers and what each costs."""
        volunteer, cost = _get_row(elder, self.rows)
        return volunteer.astype(np.int64), cost.astype(np.int64)

    def certify(self) -> Certificate:
        """Check the plan, and prove it from all candidates and the prices: see ``certificate.certify``.

        Elders' least costs are found by one compiled pass over all candidates. Taken as unmatched costs in a problem
        without a candidate they give the same bound.

        Raises:
            ValueError: the plan is none.
        """
        sides, price = self.sides, self.plan.price.copy()
        price[2::2] = self.limited_prices
        form = choose_form(residual_paths.price_elders, is_small=self.n_candidates <= SMALL)
        least = form(self.rows, sides, price)
        none = np.empty(0, dtype=np.int64)
        bare = AssignmentProblem(
            none,
            none,
            none,
            sides.capacity,
            unmatched_cost=least,
            load_cost=sides.load_cost if self.has_load_costs else None,
            limited=np.zeros(len(least), dtype=bool),
            limit=sides.limit,
        )
        nobody = np.full(len(least), NOBODY, dtype=np.int64)
        bound = certify(bare, nobody, self.prices, self.limited_prices).bound
        self._check()
        unmatched = sides.unmatched_cost[sides.unmatched_cost < FAR]
        return Certificate(self.cost, bound, self.n_candidates, int(unmatched.max(initial=0)))

    def _check(self) -> None:
        """Check that pairs are candidates at their costs, and keep capacities and limits; raise ``ValueError``."""
        plan, sides, n = self.plan, self.sides, len(self.sides.capacity)
        form = choose_form(residual_paths.find_costs, is_small=self.n_candidates <= SMALL)
        served = plan.volunteer >= 0
        if (form(self.rows, plan.volunteer)[served] != plan.cost[served]).any():
            raise ValueError("an elder has a volunteer who is no candidate at that cost")
        if (sides.unmatched_cost[~served] == FAR).any():
            raise ValueError("an elder who must be served is not")
        load = np.bincount(plan.volunteer[served], minlength=n)
        limited = np.bincount(plan.volunteer[served & (sides.limited > 0)], minlength=n)
        if (load > sides.capacity).any() or (limited > sides.limit).any() or (load != plan.load).any():
            raise ValueError("a volunteer has more elders than places, or more limited ones than the limit")

    def to_problem(self) -> AssignmentProblem:
        """Return the problem as it is after all changes, to be solved anew.

        Leaving out a pinned elder costs more than anything else: ``solve`` has them served where that can be.
        """
        rows, sides = self.rows, self.sides
        size = rows.last - rows.first
        entry = np.arange(size.sum()) + np.repeat(rows.first - np.cumsum(size) + size, size)
        volunteer = np.concatenate((rows.volunteer, rows.more_volunteer))[entry]
        cost = np.concatenate((rows.cost, rows.more_cost))[entry]
        is_limited = bool(sides.limited.any())
        must = sides.unmatched_cost == FAR
        unmatched = np.where(must, 0, sides.unmatched_cost)
        problem = AssignmentProblem(
            np.repeat(np.arange(len(size)), size),
            volunteer,
            cost,
            sides.capacity,
            unmatched_cost=unmatched,
            load_cost=sides.load_cost if self.has_load_costs else None,
            limited=sides.limited > 0 if is_limited else None,
            limit=sides.limit if is_limited else None,
        )
        if not must.any():
            return problem
        above = bound_displacement(problem) + 2 * int(np.abs(unmatched).max(initial=0))
        return problem.replace(unmatched_cost=np.where(must, above, unmatched))


@dataclass(slots=True, eq=False)
class _Draft:
    """A solved problem while it is changed, in place."""

    rows: Rows
    sides: Sides
    plan: Plan
    pinned: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    lacks: Index = field(init=False)
    """Units that each node lacks, (n_nodes,)."""
    paths: list[Index] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing lacking and nobody pinned."""
        self.lacks = np.zeros(len(self.plan.price), dtype=np.int64)
        if not len(self.pinned):
            self.pinned = np.zeros(len(self.rows.first), dtype=bool)

    @classmethod
    def copy(cls, solved: Solved) -> _Draft:
        """Return a draft that shares the candidates with a solved problem, and nothing that changes."""
        rows = solved.rows._replace(first=solved.rows.first.copy(), last=solved.rows.last.copy())
        sides = Sides(*(part.copy() for part in solved.sides))
        return cls(rows, sides, Plan(*(part.copy() for part in solved.plan)), solved.pinned.copy())

    def finish(self) -> Solved:
        """Return the result."""
        return Solved(self.rows, self.sides, self.plan, self.pinned, tuple(self.paths))

    @property
    def is_small(self) -> bool:
        """Return whether loops run as plain Python."""
        return len(self.rows.volunteer) <= SMALL

    @property
    def has_load_costs(self) -> bool:
        """Return whether loads cost something of their own."""
        return _has_load_costs(self.sides)

    def apply(self, change: Change) -> None:
        """Change the problem, and mend the plan."""
        match change:
            case AddElder():
                self.add_elder(change)
            case RemoveElder(elder):
                self.check_elder(elder)
                self.pinned[elder] = False
                self.sides.unmatched_cost[elder] = 0
                self.replace_row(elder, [], [])
            case AddVolunteer():
                self.add_volunteer(change)
            case RemoveVolunteer(volunteer):
                self.check_volunteer(volunteer)
                self.set_capacity(volunteer, 0)
            case Pin(elder, volunteer, cost):
                self.pin(elder, volunteer, cost)
            case Bar(elder, volunteer):
                self.check_elder(elder)
                mine, costs = _get_row(elder, self.rows)
                self.refuse_pinned(elder)
                self.replace_row(elder, mine[mine != volunteer], costs[mine != volunteer])
            case LeaveOut(elder):
                self.check_elder(elder)
                self.refuse_pinned(elder)
                self.replace_row(elder, [], [])
            case ReplaceRow(elder, mine, costs):
                self.check_elder(elder)
                self.refuse_pinned(elder)
                self.replace_row(elder, mine, costs)
            case SetCapacity(volunteer, capacity, load_cost):
                self.check_volunteer(volunteer)
                if load_cost is not None:
                    self.replace_load_cost(volunteer, capacity, load_cost)
                self.check_load_cost(volunteer, capacity)
                self.set_capacity(volunteer, capacity)
            case SetLimit(volunteer, limit):
                self.check_volunteer(volunteer)
                self.set_limit(volunteer, limit)

    # elders

    def add_elder(self, new: AddElder) -> None:
        """Add an elder at the end, and find the place."""
        elder = len(self.rows.first)
        self.check_costs(np.array([new.unmatched_cost]))
        self.rows = self.rows._replace(first=np.append(self.rows.first, 0), last=np.append(self.rows.last, 0))
        self.sides = self.sides._replace(
            unmatched_cost=np.append(self.sides.unmatched_cost, np.int64(new.unmatched_cost)),
            limited=np.append(self.sides.limited, np.int64(new.limited)),
        )
        plan = self.plan
        self.plan = plan._replace(
            volunteer=np.append(plan.volunteer, NOBODY),
            cost=np.append(plan.cost, 0),
            after=np.append(plan.after, NOBODY),
            before=np.append(plan.before, NOBODY),
        )
        self.pinned = np.append(self.pinned, False)
        self.widen_load_cost()
        _plain(residual_paths.link)(elder, SINK, self.plan)
        self.replace_row(elder, new.volunteer, new.cost)

    def pin(self, elder: int, volunteer: int, cost: int | None) -> None:
        """Pin an elder to a volunteer."""
        self.check_elder(elder)
        self.check_volunteer(volunteer)
        self.refuse_pinned(elder)
        if cost is None:
            mine, costs = _get_row(elder, self.rows)
            found = costs[mine == volunteer]
            if not len(found):
                raise ValueError(f"volunteer {volunteer} is no candidate of elder {elder}: give the cost of the pair")
            cost = int(found[0])
        self.pinned[elder] = True
        self.sides.unmatched_cost[elder] = FAR
        self.replace_row(elder, [volunteer], [cost])

    def replace_row(self, elder: int, volunteer: ArrayLike, cost: ArrayLike) -> None:
        """Give an elder other candidates, and another place where the present one is none or not the cheapest."""
        self.append_rows(np.array([elder]), [check_integers("volunteer", volunteer)], [check_integers("cost", cost)])
        self.settle(elder)

    def append_rows(self, elders: Index, volunteers: list[Index], costs: list[Index]) -> None:
        """Let some elders' candidates stand at the end of all."""
        rows = self.rows
        volunteer, cost = np.concatenate(volunteers), np.concatenate(costs)
        if [len(each) for each in volunteers] != [len(each) for each in costs]:
            raise ValueError("volunteer and cost must be of one length")
        if len(volunteer) and not 0 <= volunteer.min() <= volunteer.max() < len(self.sides.capacity):
            raise ValueError(f"volunteer must be from 0 to {len(self.sides.capacity) - 1}")
        if any(len(np.unique(each)) < len(each) for each in volunteers):
            raise ValueError("a volunteer stands twice among the candidates of an elder")
        self.check_costs(cost)
        kind = np.result_type(rows.cost, *([] if _fits(cost, rows.cost.dtype) else [np.int64]))
        base = rows.cost if kind == rows.cost.dtype else _freeze(rows.cost.astype(kind))
        size = np.array([len(each) for each in volunteers], dtype=np.int64)
        end = len(rows.volunteer) + len(rows.more_volunteer) + np.cumsum(size)
        rows.first[elders], rows.last[elders] = end - size, end
        self.rows = rows._replace(
            cost=base,
            more_volunteer=_freeze(np.concatenate((rows.more_volunteer, volunteer.astype(np.int32)))),
            more_cost=_freeze(np.concatenate((rows.more_cost.astype(kind), cost.astype(kind)))),
        )

    def settle(self, elder: int) -> None:
        """Find an elder the cheapest place, where the present one is none any more or not the cheapest."""
        plan, sides = self.plan, self.sides
        mine, costs = _get_row(elder, self.rows)
        volunteer = int(plan.volunteer[elder])
        node = SINK if volunteer < 0 else 1 + 2 * volunteer + int(sides.limited[elder])
        pays = int(sides.unmatched_cost[elder])
        if volunteer >= 0:
            same = costs[mine == volunteer]
            pays = int(same[0]) + int(plan.price[node]) if len(same) else int(FAR)
            plan.cost[elder] = same[0] if len(same) else 0
        elif len(mine) == 0 and pays < FAR:
            return
        prices = plan.price[1 + 2 * mine.astype(np.int64) + sides.limited[elder]]
        least = min(int((costs + prices).min(initial=FAR)), int(sides.unmatched_cost[elder]))
        if pays <= least < FAR:
            return
        _plain(residual_paths.unlink)(elder, node, plan)
        plan.volunteer[elder] = NOBODY
        self.lacks[node] += 1
        self.send(elder=elder)

    # volunteers

    def add_volunteer(self, new: AddVolunteer) -> None:
        """Add a volunteer at the end, without places, at a price at which nobody gains; then give the places."""
        v, sides, plan = len(self.sides.capacity), self.sides, self.plan
        elder, cost = check_integers("elder", new.elder), check_integers("cost", new.cost)
        if len(elder) != len(cost):
            raise ValueError("elder and cost must be of one length")
        if len(elder) and not 0 <= elder.min() <= elder.max() < len(plan.volunteer):
            raise ValueError(f"elder must be from 0 to {len(plan.volunteer) - 1}")
        if (new.load_cost is None) == self.has_load_costs:
            raise ValueError("load_cost is given just where the problem has load costs")
        free = ~self.pinned[elder]
        elder, cost = elder[free], cost[free]
        limit = _MANY if new.limit is None else new.limit
        self.sides = sides = sides._replace(capacity=np.append(sides.capacity, 0), limit=np.append(sides.limit, limit))
        served = plan.volunteer[elder] >= 0
        at = plan.price[1 + 2 * plan.volunteer[elder] + sides.limited[elder]]
        pays = np.where(served, plan.cost[elder] + at, sides.unmatched_cost[elder])
        price = int((pays - cost).max(initial=0))
        self.plan = plan._replace(
            held=np.append(plan.held, [NOBODY, NOBODY]),
            load=np.append(plan.load, 0),
            limited_load=np.append(plan.limited_load, 0),
            price=np.append(plan.price, [price, price]),
        )
        self.lacks = np.append(self.lacks, [0, 0])
        if new.load_cost is not None:
            self.replace_load_cost(v, new.capacity, new.load_cost)
        rows = [_get_row(e, self.rows) for e in elder.tolist()]
        if rows:
            mine = [np.append(volunteers, v) for volunteers, _ in rows]
            costs = [np.append(costs.astype(np.int64), c) for (_, costs), c in zip(rows, cost.tolist(), strict=True)]
            self.append_rows(elder, mine, costs)
        self.check_load_cost(v, new.capacity)
        self.set_capacity(v, new.capacity)

    def set_capacity(self, v: int, capacity: int) -> None:
        """Change the places of a volunteer, one after the other as far as they are worth filling."""
        if capacity < 0:
            raise ValueError("capacity must not be below 0")
        sides, plan, node = self.sides, self.plan, 1 + 2 * v
        row = 0 if len(sides.load_cost) == 1 else v
        # invariant: with the places so far no reduced cost is below 0
        while sides.capacity[v] < capacity:
            if plan.load[v] < sides.capacity[v] or plan.price[node] <= sides.load_cost[row, plan.load[v]]:
                sides.capacity[v] = capacity
                break
            sides.capacity[v] += 1
            plan.load[v] += 1
            self.lacks[node] += 1
            self.send(root=SINK)
        sides.capacity[v] = capacity
        while plan.load[v] > capacity:
            plan.load[v] -= 1
            self.lacks[SINK] += 1
            self.send(root=node)

    def set_limit(self, v: int, limit: int) -> None:
        """Change how many limited elders a volunteer may have, one after the other as far as the gate is dearer."""
        if limit < 0:
            raise ValueError("limit must not be below 0")
        sides, plan, node, gate = self.sides, self.plan, 1 + 2 * v, 2 + 2 * v
        # invariant: with the limit so far no reduced cost is below 0
        while sides.limit[v] < limit:
            if plan.limited_load[v] < sides.limit[v] or plan.price[gate] <= plan.price[node]:
                break
            sides.limit[v] += 1
            plan.limited_load[v] += 1
            self.lacks[gate] += 1
            self.send(root=node)
        sides.limit[v] = limit
        while plan.limited_load[v] > limit:
            plan.limited_load[v] -= 1
            self.lacks[node] += 1
            self.send(root=gate)

    def replace_load_cost(self, v: int, capacity: int, load_cost: ArrayLike) -> None:
        """Give a volunteer another row of load costs; as many places count as taken as are worth their price."""
        if not self.has_load_costs:
            raise ValueError("load_cost is given just where the problem has load costs")
        row = check_integers("load_cost", load_cost)
        if len(row) < capacity or (np.diff(row) < 0).any():
            raise ValueError("load_cost must be as long as the capacity and must not fall")
        self.check_costs(row)
        most = max(self.sides.load_cost.shape[1], len(row))
        n = len(self.sides.capacity)
        table = np.zeros((n, most), dtype=np.int64)
        before = self.sides.load_cost
        table[: n if len(before) == 1 else len(before), : before.shape[1]] = before
        table[:, before.shape[1] :] = table[:, before.shape[1] - 1 : before.shape[1]]
        table[v] = np.pad(row, (0, most - len(row)), mode="edge") if len(row) else 0
        self.sides = self.sides._replace(load_cost=table)
        load, mine = int(self.plan.load[v]), table[v, : self.sides.capacity[v]]
        price = int(self.plan.price[1 + 2 * v])
        worth = min(max(load, int((mine < price).sum())), int((mine <= price).sum()))
        self.plan.load[v] = worth
        node, to = (1 + 2 * v, SINK) if worth < load else (SINK, 1 + 2 * v)
        self.lacks[to] += abs(load - worth)
        for _ in range(abs(load - worth)):
            self.send(root=node)

    def check_load_cost(self, v: int, capacity: int) -> None:
        """Check that a volunteer's row of load costs is long enough for so many places."""
        self.widen_load_cost()
        if self.has_load_costs and self.sides.load_cost.shape[1] < capacity:
            raise ValueError(f"volunteer {v} has load costs for {self.sides.load_cost.shape[1]} elders alone")

    def widen_load_cost(self) -> None:
        """Make the one row of zeros as long as there are elders and one more."""
        need = len(self.rows.first) + 2
        if not self.has_load_costs and self.sides.load_cost.shape[1] < need:
            self.sides = self.sides._replace(load_cost=np.zeros((1, need + need // 8), dtype=np.int64))

    # the plan

    def fit_prices(self, prices: Index, limited_prices: Index) -> None:
        """Take prices as far as loads and limits allow."""
        plan, sides = self.plan, self.sides
        v = np.arange(len(sides.capacity))
        row = np.zeros_like(v) if len(sides.load_cost) == 1 else v
        width = sides.load_cost.shape[1]
        last = np.where(plan.load > 0, sides.load_cost[row, np.maximum(plan.load - 1, 0)], -FAR)
        following = np.where(plan.load < sides.capacity, sides.load_cost[row, np.minimum(plan.load, width - 1)], FAR)
        price = np.minimum(np.maximum(prices, last), following)
        room = plan.limited_load < sides.limit
        plan.price[1::2] = price
        plan.price[2::2] = np.where(room, price, np.maximum(price, limited_prices))

    def mend(self) -> None:
        """Make the plan a cheapest one at prices that fit the loads."""
        form = choose_form(residual_paths.free_overpaying, is_small=self.is_small)
        for elder in form(self.rows, self.sides, self.plan, self.lacks).tolist():
            self.send(elder=elder)
        self.paths.clear()

    def send(self, elder: int = NOBODY, root: int = NOBODY) -> None:
        """Lead a unit too many to where one lacks."""
        form = choose_form(residual_paths.send_unit, is_small=self.is_small)
        added, steps = form(np.int64(elder), np.int64(root), self.rows, self.sides, self.plan, self.lacks)
        if added == FAR:
            raise NoPlanLeftError("no plan keeps all pins")
        self.paths.append(steps)

    # checks

    def check_elder(self, elder: int) -> None:
        """Check that there is such an elder."""
        if not 0 <= elder < len(self.rows.first):
            raise ValueError(f"elder must be from 0 to {len(self.rows.first) - 1}")

    def check_volunteer(self, volunteer: int) -> None:
        """Check that there is such a volunteer."""
        if not 0 <= volunteer < len(self.sides.capacity):
            raise ValueError(f"volunteer must be from 0 to {len(self.sides.capacity) - 1}")

    def refuse_pinned(self, elder: int) -> None:
        """Check that an elder is not pinned."""
        if self.pinned[elder]:
            raise ValueError(f"elder {elder} is pinned")

    def check_costs(self, cost: Index) -> None:
        """Check that sums of costs fit 64 bits."""
        largest = max(abs(int(cost.max(initial=0))), abs(int(cost.min(initial=0))))
        if largest * (len(self.rows.first) + len(self.sides.capacity) + 3) >= _LARGEST:
            raise OverflowError(f"costs up to {largest} are too large")


def _list_rows(problem: AssignmentProblem) -> Rows:
    """Return a problem's candidates in order of elder; no copy where they are so and in 32 bits."""
    volunteer: NDArray[Any] = problem.volunteer
    cost: NDArray[Any] = problem.cost
    if not problem.by_elder:
        order = np.argsort(problem.elder, kind="stable")
        volunteer, cost = volunteer[order], cost[order]
    cost = cost.astype(np.int32 if _fits(cost, np.dtype(np.int32)) else np.int64, copy=False)
    end = np.cumsum(count_occurrences(problem.elder, problem.n_elders))
    first = np.concatenate(([0], end))[:-1]
    none = np.empty(0, dtype=np.int32)
    volunteer = volunteer.astype(np.int32, copy=False)
    return Rows(first, end, _freeze(volunteer), _freeze(cost), _freeze(none), _freeze(none.astype(cost.dtype)))


def _list_sides(problem: AssignmentProblem) -> Sides:
    """Return what elders and volunteers of a problem may."""
    n, n_elders = problem.n_volunteers, problem.n_elders
    assert problem.unmatched_cost is not None
    limited = np.zeros(n_elders, dtype=np.int64) if problem.limited is None else problem.limited.astype(np.int64)
    limit = np.full(n, _MANY, dtype=np.int64) if problem.limit is None else problem.limit.astype(np.int64)
    load_cost = np.zeros((1, n_elders + 2), dtype=np.int64)
    if problem.load_cost is not None and problem.load_cost.any():
        load_cost = np.ascontiguousarray(problem.load_cost, dtype=np.int64)
    return Sides(problem.unmatched_cost.astype(np.int64), limited, problem.capacity.copy(), limit, load_cost.copy())


def _has_load_costs(sides: Sides) -> bool:
    """Return whether loads cost something of their own."""
    return len(sides.load_cost) > 1 or bool(sides.load_cost.any())


def _make_plan(problem: AssignmentProblem, chosen: Index) -> Plan:
    """Return a plan at no prices."""
    n, n_elders = problem.n_volunteers, problem.n_elders
    served = chosen >= 0
    volunteer, cost = np.full(n_elders, NOBODY, dtype=np.int64), np.zeros(n_elders, dtype=np.int64)
    volunteer[served], cost[served] = problem.volunteer[chosen[served]], problem.cost[chosen[served]]
    limited = np.zeros(n_elders, dtype=np.int64) if problem.limited is None else problem.limited.astype(np.int64)
    nodes = np.full(2 * n + 1, NOBODY, dtype=np.int64)
    plan = Plan(
        volunteer,
        cost,
        nodes,
        np.full(n_elders, NOBODY, dtype=np.int64),
        np.full(n_elders, NOBODY, dtype=np.int64),
        np.bincount(volunteer[served], minlength=n),
        np.bincount(volunteer[served & (limited > 0)], minlength=n),
        np.zeros(2 * n + 1, dtype=np.int64),
    )
    choose_form(residual_paths.hold_elders, is_small=len(problem.elder) <= SMALL)(plan, limited)
    return plan


def _get_row(elder: int, rows: Rows) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return an elder's volunteers and what each costs."""
    first, last, n = int(rows.first[elder]), int(rows.last[elder]), len(rows.volunteer)
    if first >= n:
        return rows.more_volunteer[first - n : last - n], rows.more_cost[first - n : last - n]
    return rows.volunteer[first:last], rows.cost[first:last]


def _plain(function: Any) -> Any:  # noqa: ANN401 - of numba's own types
    """Return a step as plain Python, for one call."""
    return choose_form(function, is_small=True)


def _fits(cost: NDArray[Any], kind: np.dtype[Any]) -> bool:
    """Return whether costs fit a type."""
    limits = np.iinfo(kind)
    return int(cost.min(initial=0)) >= limits.min and int(cost.max(initial=0)) <= limits.max


def _freeze(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as read-only: loops take one kind."""
    view = array.view()
    view.setflags(write=False)
    return view
