"""Agendas: what people have in their days, whoever's contact it is, and whether a visit more fits in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule.arrays import loop, step
from matcher.schedule.caseload import Rules
from matcher.schedule.day_order import MOST, ROWS, put, shortest_walk
from matcher.schedule.days import BETWEEN, MAX_CONTACTS, MAX_MINUTES, MAX_VISITS
from matcher.schedule.visits import VISIT, Visits
from matcher.schedule.walks import Homes, Walks
from matcher.settings import Settings

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
START, END, HOME, LABEL = 0, 1, 2, 3
"""Columns of ``Agenda.entries``."""
NO = -1


class Agenda(NamedTuple):
    """The days of P people as the loops take them; cell p * D + d is person p's day d."""

    people: Index
    """Who they are, roster indices of volunteers in order, (P,)."""
    cell_start: Index
    """Where the entries of each cell begin, (P * D + 1,)."""
    filled: Index
    """How many there are, (P * D,); there is room for those that may be added."""
    entries: Index
    """From, to, at which of the person's homes (NO: a call) and a label, NO for what stands."""
    walk_start: Index
    """Where each person's matrix of walks begins, (P + 1,); see ``Walks``."""
    places: Index
    walks: Index
    limits: Index
    """As in ``Rules``."""
    noon_min: Index
    """When the second half-day begins, (1,)."""


def agenda_of(
    who: Index, whom: Index, days: Mask, standing: Visits, roster: Roster, horizon: Horizon, settings: Settings
) -> tuple[Agenda, Index]:
    """The agendas of ``who``, with what stands in them; and which of their homes the elder's is, (n,).

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
    noon = np.array([int(clock[:2]) * 60 + int(clock[3:5])], dtype=np.int64)
    parts = (cell_start, count, entries, walks.start, walks.places, walks.minutes, limits, noon)
    return Agenda(people.astype(np.int64), *(np.require(part, np.int64, ["C", "W"]) for part in parts)), home


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
def _walked(p, cell, more, paper, agenda):
    """Minutes walked on a day, NO where its contacts are too near each other.

    ``more`` (1, 4) is a contact more; none where it starts before 0.
    """
    n = agenda.filled[cell]
    total = n + np.int64(more[0, START] >= 0)
    if total == 0:
        return np.int64(0)
    homes = agenda.places[p]
    base = agenda.walk_start[p]
    for i in range(total):
        from_home = np.int64(0)
        entry = agenda.entries[agenda.cell_start[cell] + i] if i < n else more[0]
        place = np.int64(NO)
        if entry[HOME] >= 0:
            place = np.int64(i + 1)
            from_home = entry[HOME]
        half = np.int64(entry[START] >= agenda.noon_min[0])
        put(paper.day, np.int64(i), entry[START], entry[END], entry[END] - entry[START], place, half, np.int64(i))
        paper.walk[0, i + 1] = agenda.walks[base + from_home]
        paper.walk[i + 1, 0] = agenda.walks[base + from_home]
        for j in range(i):
            other = more[0, HOME]
            if j < n:
                other = agenda.entries[agenda.cell_start[cell] + j, HOME]
            minutes = agenda.walks[base + from_home * homes + max(other, 0)]
            paper.walk[i + 1, j + 1] = minutes
            paper.walk[j + 1, i + 1] = minutes
    return shortest_walk(paper.day, total, paper.walk, agenda.limits[BETWEEN], paper.order, paper.start)


@step
def more_walking(p, cell, more, paper, agenda):
    """Minutes that somebody walks more with a visit more on a day; NO where the day can't hold it."""
    limits, n = agenda.limits, agenda.filled[cell]
    visits, minutes = np.int64(1), more[0, END] - more[0, START]
    for i in range(agenda.cell_start[cell], agenda.cell_start[cell] + n):
        visits += agenda.entries[i, HOME] >= 0
        minutes += agenda.entries[i, END] - agenda.entries[i, START]
    if n + 1 > min(limits[MAX_CONTACTS], MOST) or visits > limits[MAX_VISITS]:
        return np.int64(NO)
    start = more[0, START]
    more[0, START] = -1
    before = _walked(p, cell, more, paper, agenda)
    more[0, START] = start
    after = _walked(p, cell, more, paper, agenda)
    if before < 0 or after < 0 or after + minutes > limits[MAX_MINUTES]:
        return np.int64(NO)
    return max(after - before, 0)


@step
def minutes_taken(cell, agenda):
    """Minutes of a day that are taken already."""
    taken = np.int64(0)
    for i in range(agenda.cell_start[cell], agenda.cell_start[cell] + agenda.filled[cell]):
        taken += agenda.entries[i, END] - agenda.entries[i, START]
    return taken


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
def first_who_can(visits, option_start, walker, home, went, most_a_day, days, agenda, sheet, chosen):
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
            if went[cell] < most_a_day and more_walking(walker[option], cell, more, sheet, agenda) >= 0:
                chosen[i] = option
                went[cell] += 1
                add_to(cell, more, agenda)
                break
