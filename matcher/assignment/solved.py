"""A solved assignment in memory: a change of one row gives the new optimum, with its proof, by few shortest paths.

The optimum after a change differs from the one before by one path of displacements in the residual network for each
unit that the change moves (Ahuja, Magnanti and Orlin 1993, 9.11: sensitivity analysis by reoptimisation). The search
is in ``kernels/residual_paths.py``. Values are not changed in place: to take a change back is to go on from the value
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.assignment.certificate import certify, sum_exactly
from matcher.assignment.draft import MANY, SMALL, Draft, fits, freeze, get_row, has_load_costs
from matcher.assignment.flow.min_cost_flow import bound_displacement
from matcher.assignment.kernels import residual_paths
from matcher.assignment.kernels.residual_paths import FAR, NOBODY, Plan, Rows, Sides
from matcher.assignment.problem import AssignmentProblem, Certificate, Index, count_occurrences
from matcher.assignment.row_changes import Change
from matcher.compiling import choose_form


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
        draft = Draft(_list_rows(problem), _list_sides(problem), _make_plan(problem, chosen))
        draft.fit_prices(prices, prices if limited_prices is None else limited_prices)
        draft.mend()
        return cls(draft.rows, draft.sides, draft.plan, draft.pinned)

    def change(self, *changes: Change) -> Solved:
        """Return the problem after some changes, one after the other, solved.

        Raises:
            NoPlanLeftError: no plan keeps all pins.
            ValueError: a change does not fit the problem: a number of nobody, costs of unfitting shapes.
            OverflowError: costs so large that sums would leave 64 bits.
        """
        draft = Draft.copy(self.rows, self.sides, self.plan, self.pinned)
        for each in changes:
            draft.apply(each)
        return Solved(draft.rows, draft.sides, draft.plan, draft.pinned, tuple(draft.paths))

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
        return has_load_costs(self.sides)

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
        volunteer, cost = get_row(elder, self.rows)
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


def _list_rows(problem: AssignmentProblem) -> Rows:
    """Return a problem's candidates in order of elder; no copy where they are so and in 32 bits."""
    volunteer: NDArray[Any] = problem.volunteer
    cost: NDArray[Any] = problem.cost
    if not problem.by_elder:
        order = np.argsort(problem.elder, kind="stable")
        volunteer, cost = volunteer[order], cost[order]
    cost = cost.astype(np.int32 if fits(cost, np.dtype(np.int32)) else np.int64, copy=False)
    end = np.cumsum(count_occurrences(problem.elder, problem.n_elders))
    first = np.concatenate(([0], end))[:-1]
    none = np.empty(0, dtype=np.int32)
    volunteer = volunteer.astype(np.int32, copy=False)
    return Rows(first, end, freeze(volunteer), freeze(cost), freeze(none), freeze(none.astype(cost.dtype)))


def _list_sides(problem: AssignmentProblem) -> Sides:
    """Return what elders and volunteers of a problem may."""
    n, n_elders = problem.n_volunteers, problem.n_elders
    assert problem.unmatched_cost is not None
    limited = np.zeros(n_elders, dtype=np.int64) if problem.limited is None else problem.limited.astype(np.int64)
    limit = np.full(n, MANY, dtype=np.int64) if problem.limit is None else problem.limit.astype(np.int64)
    load_cost = np.zeros((1, n_elders + 2), dtype=np.int64)
    if problem.load_cost is not None and problem.load_cost.any():
        load_cost = np.ascontiguousarray(problem.load_cost, dtype=np.int64)
    return Sides(problem.unmatched_cost.astype(np.int64), limited, problem.capacity.copy(), limit, load_cost.copy())


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
