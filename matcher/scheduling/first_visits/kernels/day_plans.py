"""Compiled loops: what people have in their days, whoever's contact it is, and whether a visit more fits in."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import loop, scalar_step, step
from matcher.timetable.kernels.day_route import (
    MAX_CONTACTS,
    Workspace,
    find_shortest_route,
    insert_contact,
    make_workspace,
)
from matcher.timetable.problem import Limits

Index = NDArray[np.int64]
NO = -1


class DayEntry(IntEnum):
    """Columns of ``DayPlans.entries``."""

    START = 0
    END = 1
    PLACE = 2
    """The person's place to which a visit leads; NO for a call."""
    LABEL = 3
    """A first visit that may move, else NO."""


class Matrix(IntEnum):
    """Columns of ``DayPlans.matrices``."""

    FIRST = 0
    """Where the person's matrix begins in ``travel_min``."""
    SIZE = 1
    """How many places it has."""


N_ENTRY = len(DayEntry)


class DayPlans(NamedTuple):
    """The days of P people as the loops take them; cell p * n_days + d is person p's day d."""

    cell_start: Index
    """Where the entries of each cell begin, (P * n_days + 1,)."""
    filled: Index
    """How many there are, (P * n_days,); those that may be added have room behind them."""
    entries: Index
    """What is in the days, (n, 4): see ``DayEntry``."""
    matrices: Index
    """Each person's matrix of walks, (P, 2): see ``Matrix``."""
    travel_min: Index
    """Minutes on foot, matrix after matrix."""
    half: Index
    """The half-day of each minute of a day, (1440,)."""
    accompanied: Index
    """To how many first visits the person comes along on the day, (P * n_days,)."""
    n_days: int
    max_accompanied: int
    """To how many one may come along on a day."""
    limits: Limits


class Space(NamedTuple):
    """Arrays to work in: a day's route, the walks between its contacts, and a visit as an entry."""

    route: Workspace
    travel_min: Index
    visit: Index


@step
def make_space():
    """Return arrays to work in."""
    n = MAX_CONTACTS + 1
    return Space(make_workspace(), np.empty((n, n), np.int64), np.empty(N_ENTRY, np.int64))


@scalar_step
def compute_extra_walk(p, cell, plans, space):
    """Return the minutes that somebody walks more on a day with ``space.visit``; NO where the day can't hold it."""
    limits, n = plans.limits, plans.filled[cell]
    first = plans.cell_start[cell]
    base, size = plans.matrices[p, Matrix.FIRST], plans.matrices[p, Matrix.SIZE]
    route, travel_min = space.route, space.travel_min
    visits, minutes = np.int64(0), np.int64(0)
    before, after = np.int64(0), np.int64(0)
    travel_min[0, 0] = 0
    # invariant: the route has the first i contacts, contact j at place j + 1, and ``travel_min`` the walks between them
    for i in range(n + 1):  # as the day is, and then with the visit
        if i == n and n > 0:
            before = find_shortest_route(route, n, travel_min, limits.pause_min)
        entry = plans.entries[first + i] if i < n else space.visit
        home, place = np.int64(0), np.int64(NO)
        if entry[DayEntry.PLACE] >= 0:
            home, place = entry[DayEntry.PLACE], np.int64(i + 1)
            visits += 1
        start, end = entry[DayEntry.START], entry[DayEntry.END]
        minutes += end - start
        if visits > limits.visits or i >= min(limits.contacts, MAX_CONTACTS):
            return np.int64(NO)
        insert_contact(route.day, np.int64(i), start, end, end - start, place, plans.half[start], np.int64(i))
        for j in range(i + 1):
            other = np.int64(0)
            if j > 0:
                other = max(plans.entries[first + j - 1, DayEntry.PLACE], 0)
            travel_min[i + 1, j] = plans.travel_min[base + home * size + other]
            travel_min[j, i + 1] = travel_min[i + 1, j]
    after = find_shortest_route(route, n + 1, travel_min, limits.pause_min)
    if before < 0 or after < 0 or after + minutes > limits.minutes:
        return np.int64(NO)
    return max(after - before, 0)


@scalar_step
def add_visit(cell, visit, plans):
    """Add a visit to somebody's day."""
    at = plans.cell_start[cell] + plans.filled[cell]
    for column in range(N_ENTRY):
        plans.entries[at, column] = visit[column]
    plans.filled[cell] += 1


@scalar_step
def remove_visit(cell, label, plans):
    """Take the visit with a label out of somebody's day; the last entry fills the gap."""
    last = plans.cell_start[cell] + plans.filled[cell] - 1
    for i in range(plans.cell_start[cell], last):
        if plans.entries[i, DayEntry.LABEL] == label:
            for column in range(N_ENTRY):
                plans.entries[i, column] = plans.entries[last, column]
    plans.filled[cell] -= 1


@loop
def choose_companions(visits, option_start, person, place, plans, chosen):
    """Choose for each of some visits in turn the first of those who might come along whose day holds it.

    Visit i, (n, 3) day, from and to, has the options ``option_start[i]`` to ``option_start[i + 1]``: people of the
    plans, and to which of their places it leads. Fills ``chosen``, (n,), with an option or NO; adds to the plans.
    """
    space = make_space()
    visit = space.visit
    for i in range(len(visits)):  # invariant: the plans hold the visits before i, each in its chosen companion's day
        chosen[i] = NO
        visit[DayEntry.START], visit[DayEntry.END], visit[DayEntry.LABEL] = visits[i, 1], visits[i, 2], NO
        for option in range(option_start[i], option_start[i + 1]):
            cell = person[option] * plans.n_days + visits[i, 0]
            visit[DayEntry.PLACE] = place[option]
            if plans.accompanied[cell] < plans.max_accompanied and (
                compute_extra_walk(person[option], cell, plans, space) >= 0
            ):
                chosen[i] = option
                plans.accompanied[cell] += 1
                add_visit(cell, visit, plans)
                break
