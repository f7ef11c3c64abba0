"""The exact plan of one volunteer, over a month or one week of it: a CP-SAT model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from matcher.schedule import SEED
from matcher.schedule.caseload import CONTACT, Caseload, Index, Mask, score
from matcher.schedule.limits import Grid
from matcher.schedule.visits import CALL, VISIT


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """The best plan found, (pairs, days), and whether it is proved that none has a higher ``score``."""

    grid: Grid
    proven: bool


def best_plan(caseload: Caseload, start: Grid, bound: int, effort: float) -> Exact:
    """The plan of one volunteer's caseload with the most contacts and, among those, the most visits.

    Args:
        caseload: Of one volunteer.
        start: A plan that obeys every rule; the result is no worse.
        bound: A ``score`` that no plan can beat.
        effort: When to give up, in CP-SAT's deterministic time (about a second each): same input, same result.
    """
    model = _Model(caseload)
    model.start_from(start)
    model.stop_at(bound)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.max_deterministic_time = effort
    # small models with a strong linear relaxation: presolving takes ten times longer than solving
    solver.parameters.cp_model_presolve = False
    solver.parameters.linearization_level = 2
    status = solver.solve(model.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        assert status == cp_model.UNKNOWN, solver.status_name(status)
        return Exact(start, proven=False)
    grid = model.grid(solver)
    if score(grid).sum() < score(start).sum():
        grid = start
    return Exact(grid, status == cp_model.OPTIMAL)


class _Model:
    """One Boolean for each contact that can be: elder, day, half-day and kind. One method for each rule."""

    def __init__(self, caseload: Caseload) -> None:
        self.caseload = caseload
        self.model = cp_model.CpModel()
        self.elder, self.day, self.half, self.kind = _possible(caseload)
        self.week = caseload.week[self.day]
        self.is_visit: Mask = self.kind == VISIT
        self.made = [self.model.new_bool_var("") for _ in range(len(self.elder))]
        # above all visits, as in a score, but small: the solver's arithmetic is the faster
        self.contact_worth = int(caseload.cadence.visits.sum()) + 1
        self._keep_gaps()
        self._keep_cadence()
        self._keep_windows()
        self._keep_daily_caps()
        worth = self.contact_worth + self.is_visit
        self.total = cp_model.LinearExpr.weighted_sum(self.made, worth.tolist())
        self.model.maximize(self.total)

    def start_from(self, grid: Grid) -> None:
        """Hint at a plan."""
        code = 2 * self.half + self.kind
        for variable, here in zip(self.made, (grid[self.elder, self.day] == code).tolist(), strict=True):
            self.model.add_hint(variable, here)

    def stop_at(self, bound: int) -> None:
        """Tell the solver that no plan has a higher ``score``."""
        contacts, visits = divmod(bound, CONTACT)
        self.model.add(self.total <= contacts * self.contact_worth + visits)

    def grid(self, solver: cp_model.CpSolver) -> Grid:
        """The plan that was found."""
        grid = self.caseload.empty_grid()
        made = np.array([solver.boolean_value(variable) for variable in self.made], dtype=bool)
        grid[self.elder[made], self.day[made]] = (2 * self.half + self.kind)[made]
        return grid

    def _keep_gaps(self) -> None:
        """At most one contact with an elder, of any kind, in any ``gap_days`` days on end: so at most one a day too."""
        everything = np.arange(len(self.elder))
        for who, mine in _groups(self.elder, everything):
            covered = -1
            for first in np.unique(self.day[mine]).tolist():
                end = first + int(self.caseload.cadence.gap_days[who])
                window = mine[(self.day[mine] >= first) & (self.day[mine] < end)]
                last = int(self.day[window].max())
                if last > covered:  # otherwise an earlier window holds this one
                    self.model.add_at_most_one(self.made[i] for i in window)
                    covered = last

    def _keep_cadence(self) -> None:
        """No week holds more contacts, or more visits, of an elder than are due."""
        weeks = self.caseload.cadence.contacts.shape[1]
        everything, visits = np.arange(len(self.elder)), np.flatnonzero(self.is_visit)
        cadence = self.caseload.cadence
        for due, some in ((cadence.contacts, everything), (cadence.visits, visits)):
            for cell, mine in _groups(self.elder * weeks + self.week, some):
                self._at_most(mine, int(due[cell // weeks, cell % weeks]))

    def _keep_windows(self) -> None:
        """What the contacts of a half-day take up fits its window; that of a day fits both together.

        Rooms are rounded down to units of the lengths' greatest common divisor, and visits are counted apart: that
        loses no plan and tightens the linear relaxation.
        """
        limits = self.caseload.limits
        unit = math.gcd(*limits.takes_min)
        everything = np.arange(len(self.elder))
        for cell, here in _groups(2 * self.day + self.half, everything):
            self._fit(here, limits.room_min[cell % 2] // unit, unit)
        for _, here in _groups(self.day, everything):
            self._fit(here, limits.day_room_min // unit, unit)

    def _fit(self, here: Index, room: int, unit: int) -> None:
        """What ``here`` takes up, counted in units, is at most ``room``."""
        takes = np.array(self.caseload.limits.takes_min)[self.kind[here]] // unit
        if takes.sum() > room:
            made = [self.made[i] for i in here]
            self.model.add(cp_model.LinearExpr.weighted_sum(made, takes.tolist()) <= room)
            self._at_most(here[self.is_visit[here]], room * unit // self.caseload.limits.takes_min[VISIT])

    def _keep_daily_caps(self) -> None:
        """No day holds more contacts, or more visits, than the volunteer takes on."""
        limits = self.caseload.limits
        for _, today in _groups(self.day, np.arange(len(self.elder))):
            self._at_most(today, limits.max_contacts)
        for _, today in _groups(self.day, np.flatnonzero(self.is_visit)):
            self._at_most(today, limits.max_visits)

    def _at_most(self, some: Index, most: int) -> None:
        if len(some) > most:
            self.model.add(cp_model.LinearExpr.sum([self.made[i] for i in some]) <= most)


def _possible(caseload: Caseload) -> tuple[Index, Index, Index, Index]:
    """Elder, day, half-day and kind of every contact that is due in its week and may be."""
    elder, day, half = (np.repeat(place, 2) for place in np.nonzero(caseload.free))
    kind = np.tile(np.array([VISIT, CALL]), len(elder) // 2)
    week = caseload.week[day]
    due = np.where(kind == VISIT, caseload.cadence.visits[elder, week], caseload.cadence.contacts[elder, week])
    keep = due > 0
    return elder[keep], day[keep], half[keep], kind[keep]


def _groups(key: Index, some: Index) -> Iterator[tuple[int, Index]]:
    """The members of ``some`` by their key."""
    order = some[np.argsort(key[some], kind="stable")]
    cuts = np.flatnonzero(np.diff(key[order])) + 1
    for group in np.split(order, cuts):
        if len(group):
            yield int(key[group[0]]), group
