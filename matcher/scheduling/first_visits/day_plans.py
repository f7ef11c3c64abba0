"""Agendas: what people have in their days, whoever's contact it is, and whether a visit more fits in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.demand.travel_times import Homes, Walks
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import VISIT, Visits
from matcher.settings import Settings
from matcher.timetable.kernels.arrays import loop, step
from matcher.timetable.kernels.day_route import MOST, ROWS, put, shortest_walk
from matcher.timetable.kernels.day_windows import BETWEEN, MAX_CONTACTS, MAX_MINUTES, MAX_VISITS
from matcher.timetable.problem import Rules

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
START, END, HOME, LABEL = 0, 1, 2, 3
"""Columns of ``Agenda.entries``."""
NO = -1


NOON = 6
"""Place in ``Agenda.limits`` of the minute at which the second half-day begins; before it they are as in ``Rules``."""


class Agenda(NamedTuple):
    """The days of P people as the loops take them; cell p * D + d is person p's day d."""

    cell_start: Index
    """Where the entries of each cell begin, (P * D + 1,)."""
    filled: Index
    """How many there are, (P * D,); there is room for those that may be added."""
    entries: Index
    """From, to, at which of the person's homes (NO: a call) and a label, NO for what stands."""
    homes: Index
    """Where each person's matrix of walks begins, and how many places it has, (P, 2); see ``Walks``."""
    walks: Index
    limits: Index


def agenda_of(
    who: Index, whom: Index, days: Mask, standing: Visits, roster: Roster, horizon: Horizon, settings: Settings
) -> tuple[Agenda, Index, Index]:
    """The agendas of ``who``, with what stands in them; who the P people are; and where the elders' homes are.

    The people are roster indices in order; a home is a place in the matrix of who would walk to it, (n,).

    Args:
        who: Volunteers who may get a visit more, roster indices, (n,).
        whom: The elder to be visited, likewise.
        days: On which days, (n, D).
        standing: What all have in their days.
        roster: The people.
        horizon: The D dates.
        settings: Limits, hours, walks.
    """
    people = np.unique(who)
    day = (standing.day.astype("datetime64[D]") - np.datetime64(horizon.start)).astype(np.int64)
    theirs = np.flatnonzero(np.isin(standing.volunteer, people) & (day >= 0) & (day < horizon.days))
    is_visit = standing.kind[theirs] == VISIT
    walker, stands_of = np.searchsorted(people, who), np.searchsorted(people, standing.volunteer[theirs])
    size = max(len(roster.elders), 1)
    asked, stood = walker * size + whom, stands_of * size + standing.elder[theirs]
    homes = np.unique(np.concatenate([asked, stood[is_visit]]))
    first = np.searchsorted(homes // size, np.arange(len(people) + 1))
    walks = Walks.of(Homes.of(roster, settings), settings, people, homes % size, np.diff(first) + 1)
    home = np.searchsorted(homes, asked) - first[walker] + 1
    cell = stands_of * horizon.days + day[theirs]
    cells = len(people) * horizon.days
    count = np.bincount(cell, minlength=cells).astype(np.int64)
    row, on = np.nonzero(days)
    more = np.bincount(walker[row] * horizon.days + on, minlength=cells)
    limits = Rules.limits_of(settings.schedule)
    room = count + np.minimum(more, np.maximum(min(int(limits[MAX_CONTACTS]), MOST) - count, 0))
    cell_start = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    entries = np.full((int(cell_start[-1]), 4), NO, dtype=np.int64)
    order = np.argsort(cell, kind="stable")
    at = cell_start[cell[order]] + np.arange(len(order)) - (np.cumsum(count) - count)[cell[order]]
    entries[at, START], entries[at, END] = standing.start_min[theirs][order], standing.end_min[theirs][order]
    place = np.where(is_visit, np.searchsorted(homes, stood) - first[stands_of] + 1, NO)
    entries[at, HOME] = place[order]
    clock = settings.schedule.afternoon
    noon = int(clock[:2]) * 60 + int(clock[3:5])
    table = np.column_stack([walks.start[:-1], walks.places])
    parts = (cell_start, count, entries, table, walks.minutes, np.append(limits, noon))
    return Agenda(*(np.require(part, np.int64, ["C", "W"]) for part in parts)), people, home


class Paper(NamedTuple):
    """Something to reckon on: a day as ``shortest_walk`` takes it."""

    day: Index
    walk: Index
    order: Index
    start: Index


def paper() -> Paper:
    """A new sheet."""
    n = MOST + 1
    shapes = ((ROWS, n), (n, n), (MOST,), (MOST,))
    return Paper(*(np.zeros(shape, dtype=np.int64) for shape in shapes))


@step
def more_walking(p, cell, more, paper, agenda):
    """Minutes that somebody walks more with a visit more, (1, 4), on a day; NO where the day can't hold it."""
    limits, n = agenda.limits, agenda.filled[cell]
    first, base, homes = agenda.cell_start[cell], agenda.homes[p, 0], agenda.homes[p, 1]
    visits, minutes = np.int64(0), np.int64(0)
    before, after = np.int64(0), np.int64(0)
    for i in range(n + 1):  # as the day is, and then with the visit
        if i == n and n > 0:
            before = shortest_walk(paper.day, n, paper.walk, limits[BETWEEN], paper.order, paper.start)
        entry = agenda.entries[first + i] if i < n else more[0]
        home, place = np.int64(0), np.int64(NO)
        if entry[HOME] >= 0:
            home, place = entry[HOME], np.int64(i + 1)
            visits += 1
        minutes += entry[END] - entry[START]
        if visits > limits[MAX_VISITS] or i >= min(limits[MAX_CONTACTS], MOST):
            return np.int64(NO)
        half = np.int64(entry[START] >= limits[NOON])
        put(paper.day, np.int64(i), entry[START], entry[END], entry[END] - entry[START], place, half, np.int64(i))
        for j in range(i + 1):
            other = np.int64(0)
            if j > 0:
                other = max(agenda.entries[first + j - 1, HOME], 0)
            paper.walk[i + 1, j] = agenda.walks[base + home * homes + other]
            paper.walk[j, i + 1] = paper.walk[i + 1, j]
    after = shortest_walk(paper.day, n + 1, paper.walk, limits[BETWEEN], paper.order, paper.start)
    if before < 0 or after < 0 or after + minutes > limits[MAX_MINUTES]:
        return np.int64(NO)
    return max(after - before, 0)


@step
def add_to(cell, more, agenda):
    """Somebody has a visit more."""
    at = agenda.cell_start[cell] + agenda.filled[cell]
    for column in range(4):
        agenda.entries[at, column] = more[0, column]
    agenda.filled[cell] += 1


@step
def take_from(cell, label, agenda):
    """They do not have it after all."""
    last = agenda.cell_start[cell] + agenda.filled[cell] - 1
    for i in range(agenda.cell_start[cell], last):
        if agenda.entries[i, LABEL] == label:
            for column in range(4):
                agenda.entries[i, column] = agenda.entries[last, column]
    agenda.filled[cell] -= 1


@loop
def first_who_can(visits, option_start, walker, home, went, most_a_day, days, agenda, paper, chosen):
    """For each of some visits in turn, the first of those who might come along whose day holds it.

    Visit i, (n, 3) day, from and to, has the options ``option_start[i]`` to ``option_start[i + 1]``: people of the
    agenda, and which of their homes it leads to. Fills ``chosen``, (n,), with an option or NO; counts in ``went``,
    (P * D,), and adds to the agenda.
    """
    more = np.empty((1, 4), np.int64)
    for i in range(len(visits)):
        chosen[i] = NO
        more[0, START], more[0, END], more[0, LABEL] = visits[i, 1], visits[i, 2], NO
        for option in range(option_start[i], option_start[i + 1]):
            cell = walker[option] * days + visits[i, 0]
            more[0, HOME] = home[option]
            if went[cell] < most_a_day and more_walking(walker[option], cell, more, paper, agenda) >= 0:
                chosen[i] = option
                went[cell] += 1
                add_to(cell, more, agenda)
                break
