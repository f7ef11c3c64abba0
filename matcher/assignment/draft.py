"""A solved assignment while single rows of it are changed, in place: see ``solved.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matcher.assignment.kernels import backward_paths, residual_paths
from matcher.assignment.kernels.backward_paths import Near
from matcher.assignment.kernels.residual_paths import FAR, NOBODY, SINK, Plan, Rows, Sides
from matcher.assignment.problem import Index, check_integers
from matcher.assignment.row_changes import (
    AddElder,
    AddVolunteer,
    Bar,
    Change,
    LeaveOut,
    NoPlanLeftError,
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
MANY = 2**31
"""A limit of limited elders that says nothing."""
_NEAR = 16
"""Share of the range of pairs' costs up to which a candidate's reduced cost is little."""
_LARGEST = 2**61


@dataclass(slots=True, eq=False)
class Draft:
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
    def copy(cls, rows: Rows, sides: Sides, plan: Plan, pinned: NDArray[np.bool_]) -> Draft:
        """Return a draft that shares the candidates with a solved problem, and nothing that changes."""
        rows = rows._replace(first=rows.first.copy(), last=rows.last.copy())
        return cls(rows, Sides(*(part.copy() for part in sides)), Plan(*(part.copy() for part in plan)), pinned.copy())

    @property
    def is_small(self) -> bool:
        """Return whether loops run as plain Python."""
        return len(self.rows.volunteer) <= SMALL

    @property
    def has_load_costs(self) -> bool:
        """Return whether loads cost something of their own."""
        return has_load_costs(self.sides)

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
                mine, costs = get_row(elder, self.rows)
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
            mine, costs = get_row(elder, self.rows)
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
        kind = np.result_type(rows.cost, *([] if fits(cost, rows.cost.dtype) else [np.int64]))
        base = rows.cost if kind == rows.cost.dtype else freeze(rows.cost.astype(kind))
        size = np.array([len(each) for each in volunteers], dtype=np.int64)
        end = len(rows.volunteer) + len(rows.more_volunteer) + np.cumsum(size)
        rows.first[elders], rows.last[elders] = end - size, end
        self.rows = rows._replace(
            cost=base,
            more_volunteer=freeze(np.concatenate((rows.more_volunteer, volunteer.astype(np.int32)))),
            more_cost=freeze(np.concatenate((rows.more_cost.astype(kind), cost.astype(kind)))),
        )

    def settle(self, elder: int) -> None:
        """Find an elder the cheapest place, where the present one is none any more or not the cheapest."""
        plan, sides = self.plan, self.sides
        mine, costs = get_row(elder, self.rows)
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
        limit = MANY if new.limit is None else new.limit
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
        rows = [get_row(e, self.rows) for e in elder.tolist()]
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
        near: Near | None = None
        margin = int(np.ptp(plan.cost)) // _NEAR + 1
        # invariant: with the places so far no reduced cost is below 0
        while sides.capacity[v] < capacity:
            if plan.load[v] < sides.capacity[v] or plan.price[node] <= sides.load_cost[row, plan.load[v]]:
                break
            sides.capacity[v] += 1
            if near is None:
                near = self.list_near(margin, node)
                left = margin
            plan.load[v] += 1
            self.lacks[node] += 1
            fallen = self.fetch(node, left, near)
            left -= fallen
            if fallen == FAR:
                self.send(root=SINK)
                near = None
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

    def list_near(self, margin: int, end: int) -> Near:
        """Return candidates of little reduced cost by node, and all of one node."""
        arrays = self.rows, self.sides, self.plan, np.int64(margin), np.int64(end)
        find = choose_form(backward_paths.find_near, is_small=self.is_small)
        form = choose_form(backward_paths.list_near, is_small=self.is_small)
        return Near(*form(*arrays, *find(*arrays)))

    def fetch(self, end: int, margin: int, near: Near) -> int:
        """Lead a unit from the sink to where one lacks; return ``FAR`` where near candidates do not tell how."""
        form = choose_form(backward_paths.fetch_unit, is_small=self.is_small)
        fallen, steps = form(np.int64(end), np.int64(margin), self.sides, self.plan, self.lacks, near)
        if fallen < FAR:
            self.paths.append(steps)
        return int(fallen)

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


def has_load_costs(sides: Sides) -> bool:
    """Return whether loads cost something of their own."""
    return len(sides.load_cost) > 1 or bool(sides.load_cost.any())


def get_row(elder: int, rows: Rows) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return an elder's volunteers and what each costs."""
    first, last, n = int(rows.first[elder]), int(rows.last[elder]), len(rows.volunteer)
    if first >= n:
        return rows.more_volunteer[first - n : last - n], rows.more_cost[first - n : last - n]
    return rows.volunteer[first:last], rows.cost[first:last]


def _plain(function: Any) -> Any:  # noqa: ANN401 - of numba's own types
    """Return a step as plain Python, for one call."""
    return choose_form(function, is_small=True)


def fits(cost: NDArray[Any], kind: np.dtype[Any]) -> bool:
    """Return whether costs fit a type."""
    limits = np.iinfo(kind)
    return int(cost.min(initial=0)) >= limits.min and int(cost.max(initial=0)) <= limits.max


def freeze(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as read-only: loops take one kind."""
    view = array.view()
    view.setflags(write=False)
    return view
