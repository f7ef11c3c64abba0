"""Compiled loops: hours for first visits, one after another, and by others' making way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.schedule.agenda import (
    END,
    HOME,
    LABEL,
    NO,
    START,
    Paper,
    add_to,
    minutes_taken,
    more_walking,
    paper,
    take_from,
)
from matcher.schedule.arrays import loop, step
from matcher.schedule.day_order import MOST
from matcher.schedule.days import BETWEEN, VISIT_MIN

Index = NDArray[np.int64]
ROW, DAY, AT = 0, 1, 2
"""Columns of what is arranged: the place in ``Finder.pairs`` or NO, the day, the first minute."""


class Choices(NamedTuple):
    """Where the three of each first visit could meet if none had anything else to do; place n's come in a row."""

    start: Index
    """Where each place's begin, (n + 1,)."""
    row: Index
    """Places in ``Finder.pairs``: those of a place's first choice of a companion come first."""
    day: Index
    opens: Index
    closes: Index


class Three(NamedTuple):
    """Who they are: places in the agenda's people, and which of these people's homes the elder's is."""

    volunteer: Index
    volunteers_home: Index
    """By place, (n,)."""
    companion: Index
    companions_home: Index
    """By row of ``Finder.pairs``."""
    rank: Index
    """Which choice of a companion it is, likewise."""


class Sheet(NamedTuple):
    """Something to reckon on: a visit as an agenda has it, (1, 4), starts worth trying, whom else has been asked."""

    visit: Index
    starts: Index
    others: Index
    seen: Index
    paper: Paper


def sheet_for(n: int) -> Sheet:
    """A new sheet for n first visits."""
    others, seen = np.zeros(n, dtype=np.int64), np.full(n, NO, dtype=np.int64)
    starts = np.zeros(1 + 2 * MOST * (MOST + 1), dtype=np.int64)
    return Sheet(np.full((1, 4), NO, dtype=np.int64), starts, others, seen, paper())


@step
def _starts_of(i, p, home, cell, n, choices, agenda, starts):
    """Add starts worth trying, after what somebody has on the day, to n of them; returns how many there are.

    They are the first minutes at which one can be there after each thing.
    """
    entries, pause, length = agenda.entries, agenda.limits[BETWEEN], agenda.limits[VISIT_MIN]
    first = agenda.cell_start[cell]
    end = first + agenda.filled[cell]
    for entry in range(first, end):
        for other in range(first - 1, end):
            start = entries[entry, END] + pause
            if other >= first and entries[other, HOME] >= 0:
                walk = agenda.walks[agenda.walk_start[p] + entries[other, HOME] * agenda.places[p] + home]
                start = entries[entry, END] + max(pause, walk)
            new = start > choices.opens[i] and start + length <= choices.closes[i]
            for k in range(n):
                new = new and starts[k] != start
            if new:
                starts[n] = start
                n += 1
    return n


@step
def _place_best(place, made, closed, days, choices, three, went, most_a_day, agenda, sheet):
    """Arrange a first visit at the best hour that is left: first choice of companion, then least walking."""
    visit, length = sheet.visit, agenda.limits[VISIT_MIN]
    own, own_home = three.volunteer[place], three.volunteers_home[place]
    best, rank = np.int64(0), np.int64(-1)
    for i in range(choices.start[place], choices.start[place + 1]):
        row, day = choices.row[i], choices.day[i]
        if rank >= 0 and three.rank[row] > rank:
            break
        other, other_home = three.companion[row], three.companions_home[row]
        cell, other_cell = own * days + day, other * days + day
        if closed[i] or went[other_cell] >= most_a_day:
            continue
        load = minutes_taken(other_cell, agenda) // 10
        sheet.starts[0] = choices.opens[i]
        n = _starts_of(i, own, own_home, cell, np.int64(1), choices, agenda, sheet.starts)
        n = _starts_of(i, other, other_home, other_cell, n, choices, agenda, sheet.starts)
        for k in range(n):
            start = sheet.starts[k]
            visit[0, START], visit[0, END], visit[0, HOME] = start, start + length, own_home
            walked = more_walking(own, cell, visit, sheet.paper, agenda)
            if walked < 0:
                continue
            visit[0, HOME] = other_home
            others = more_walking(other, other_cell, visit, sheet.paper, agenda)
            key = (((walked + others + load) * 64 + day) * 2048 + start) * (1 << 24) + other
            if others >= 0 and (rank < 0 or key < best):
                best, rank = key, three.rank[row]
                made[place, ROW], made[place, DAY], made[place, AT] = row, day, start
    if rank >= 0:
        _enter(place, made, place, days, three, went, agenda, visit)
    return rank >= 0


@step
def _enter(place, made, label, days, three, went, agenda, visit):
    """Write a first visit into the days of the two."""
    row, day = made[place, ROW], made[place, DAY]
    other = three.companion[row] * days + day
    visit[0, START], visit[0, LABEL] = made[place, AT], label
    visit[0, END] = visit[0, START] + agenda.limits[VISIT_MIN]
    visit[0, HOME] = three.volunteers_home[place]
    add_to(three.volunteer[place] * days + day, visit, agenda)
    visit[0, HOME] = three.companions_home[row]
    add_to(other, visit, agenda)
    went[other] += 1


@step
def _strike(place, made, days, three, went, agenda):
    """Strike it out."""
    day = made[place, DAY]
    other = three.companion[made[place, ROW]] * days + day
    take_from(three.volunteer[place] * days + day, place, agenda)
    take_from(other, place, agenda)
    went[other] -= 1


@step
def _in_the_way(place, days, choices, three, agenda, sheet):
    """The first visits, in order, on days on which this one might be, of the people concerned; returns how many."""
    n = np.int64(0)
    for i in range(choices.start[place], choices.start[place + 1]):
        for side in range(2):
            p = three.volunteer[place] if side == 0 else three.companion[choices.row[i]]
            first = agenda.cell_start[p * days + choices.day[i]]
            for entry in range(first, first + agenda.filled[p * days + choices.day[i]]):
                label = agenda.entries[entry, LABEL]
                if label >= 0 and sheet.seen[label] != place:
                    sheet.seen[label] = place
                    at = n
                    while at > 0 and sheet.others[at - 1] > label:
                        sheet.others[at] = sheet.others[at - 1]
                        at -= 1
                    sheet.others[at] = label
                    n += 1
    return n


@step
def _make_way(place, made, closed, days, choices, three, went, most_a_day, agenda, sheet):
    """Arrange a first visit where another, on one of its days, makes way and finds another hour."""
    for k in range(_in_the_way(place, days, choices, three, agenda, sheet)):
        other = sheet.others[k]
        row, day, at = made[other, ROW], made[other, DAY], made[other, AT]
        _strike(other, made, days, three, went, agenda)
        if _place_best(place, made, closed, days, choices, three, went, most_a_day, agenda, sheet):
            if _place_best(other, made, closed, days, choices, three, went, most_a_day, agenda, sheet):
                return True
            _strike(place, made, days, three, went, agenda)
            made[place, ROW] = NO
        made[other, ROW], made[other, DAY], made[other, AT] = row, day, at
        _enter(other, made, other, days, three, went, agenda, sheet.visit)
    return False


@loop
def settle(queue, made, closed, days, choices, three, went, most_a_day, agenda, sheet):
    """Arrange first visits in turn, then those that found no hour by others' making way; fills ``made``, (n, 3).

    What is in it already stands.
    """
    for place in range(len(made)):
        if made[place, ROW] >= 0:
            _enter(place, made, np.int64(NO), days, three, went, agenda, sheet.visit)
    for turn in range(3):  # what made way for others may have left an hour: so once more in the end
        for i in range(len(queue)):
            place = queue[i]
            if made[place, ROW] >= 0:
                continue
            if turn == 1:
                _make_way(place, made, closed, days, choices, three, went, most_a_day, agenda, sheet)
            else:
                _place_best(place, made, closed, days, choices, three, went, most_a_day, agenda, sheet)
