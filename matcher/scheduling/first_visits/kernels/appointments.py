"""Compiled loops: hours for first visits, one after another, and by others' making way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.scheduling.first_visits.day_plans import END, HOME, LABEL, NO, START, add_to, more_walking, take_from
from matcher.timetable.kernels.arrays import loop, step
from matcher.timetable.kernels.day_windows import BETWEEN, VISIT_MIN

Index = NDArray[np.int64]
ROW, DAY, AT = 0, 1, 2
"""Columns of what is arranged: the place in ``Finder.pairs`` or NO, the day, the first minute."""


OPENS, CLOSES = 2, 3
"""Columns of ``Choices.spans`` beside ROW and DAY."""
WHO, HOME_OF, RANK = 0, 1, 2
"""Columns of who they are."""


class Choices(NamedTuple):
    """Where the three of n first visits could meet if none had anything else to do, and who they are.

    People are places in an agenda; homes are the elder's, as one of theirs.
    """

    start: Index
    """Where each first visit's begin, (n + 1,)."""
    spans: Index
    """Row of ``companions``, day, from and to, (m, 4); those of a first choice of companion come first."""
    own: Index
    """Each first visit's own volunteer and home, (n, 2)."""
    companions: Index
    """Who could come along, their home and which choice they are, (pairs, 3)."""


class Sheet(NamedTuple):
    """Something to reckon on."""

    visit: Index
    """A visit as an agenda has it, (1, 4)."""
    starts: Index
    """Hours worth trying."""
    others: Index
    """First visits that might make way; and by which each has been asked last, (2, n)."""


@step
def _starts_of(span, p, home, cell, n, agenda, starts):
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
                walk = agenda.walks[agenda.homes[p, 0] + entries[other, HOME] * agenda.homes[p, 1] + home]
                start = entries[entry, END] + max(pause, walk)
            new = start > span[OPENS] and start + length <= span[CLOSES]
            for k in range(n):
                new = new and starts[k] != start
            if new:
                starts[n] = start
                n += 1
    return n


@step
def _best_hour(place, made, closed, days, choices, went, most_a_day, agenda, sheet, paper):
    """Whether there is an hour left for a first visit; the best: first choice of companion, then least walking."""
    visit, length = sheet.visit, agenda.limits[VISIT_MIN]
    own, own_home = choices.own[place, WHO], choices.own[place, HOME_OF]
    best, rank = np.int64(0), np.int64(-1)
    for i in range(choices.start[place], choices.start[place + 1]):
        span = choices.spans[i]
        companion, day = choices.companions[span[ROW]], span[DAY]
        if rank >= 0 and companion[RANK] > rank:
            break
        cell, other_cell = own * days + day, companion[WHO] * days + day
        if closed[i] or went[other_cell] >= most_a_day:
            continue
        load = np.int64(0)  # minutes of the companion's day that are taken
        for entry in range(agenda.cell_start[other_cell], agenda.cell_start[other_cell] + agenda.filled[other_cell]):
            load += agenda.entries[entry, END] - agenda.entries[entry, START]
        sheet.starts[0] = span[OPENS]
        n = np.int64(1)
        for side in range(2):
            p, home, at = own, own_home, cell
            if side == 1:
                p, home, at = companion[WHO], companion[HOME_OF], other_cell
            n = _starts_of(span, p, home, at, n, agenda, sheet.starts)
        for k in range(n):
            walked = load // 10
            for side in range(2):
                p, at, visit[0, HOME] = own, cell, own_home
                if side == 1:
                    p, at, visit[0, HOME] = companion[WHO], other_cell, companion[HOME_OF]
                visit[0, START], visit[0, END] = sheet.starts[k], sheet.starts[k] + length
                more = more_walking(p, at, visit, paper, agenda)
                if more < 0:
                    walked = np.int64(NO)
                    break
                walked += more
            key = ((walked * 64 + day) * 2048 + sheet.starts[k]) * (1 << 24) + companion[WHO]
            if walked >= 0 and (rank < 0 or key < best):
                best, rank = key, companion[RANK]
                made[place, ROW], made[place, DAY], made[place, AT] = span[ROW], day, sheet.starts[k]
    return rank >= 0


@step
def _enter(place, made, label, sign, days, choices, went, agenda, visit):
    """Write a first visit that is arranged into the days of the two, or with a sign of -1 strike it out."""
    day, length = made[place, DAY], agenda.limits[VISIT_MIN]
    visit[0, START], visit[0, END], visit[0, LABEL] = made[place, AT], made[place, AT] + length, label
    for side in range(2):
        p, visit[0, HOME] = choices.own[place, WHO], choices.own[place, HOME_OF]
        if side == 1:
            companion = choices.companions[made[place, ROW]]
            p, visit[0, HOME] = companion[WHO], companion[HOME_OF]
            went[p * days + day] += sign
        if sign > 0:
            add_to(p * days + day, visit, agenda)
        else:
            take_from(p * days + day, label, agenda)


@step
def _in_the_way(place, days, choices, agenda, others):
    """The first visits, in order, on days on which this one might be, of the people concerned; returns how many."""
    n = np.int64(0)
    for i in range(choices.start[place], choices.start[place + 1]):
        for side in range(2):
            p = choices.own[place, WHO] if side == 0 else choices.companions[choices.spans[i, ROW], WHO]
            first = agenda.cell_start[p * days + choices.spans[i, DAY]]
            for entry in range(first, first + agenda.filled[p * days + choices.spans[i, DAY]]):
                label = agenda.entries[entry, LABEL]
                if label >= 0 and others[1, label] != place:
                    others[1, label] = place
                    at = n
                    while at > 0 and others[0, at - 1] > label:
                        others[0, at] = others[0, at - 1]
                        at -= 1
                    others[0, at] = label
                    n += 1
    return n


@loop
def settle(queue, made, closed, days, choices, went, most_a_day, agenda, sheet, paper):
    """Arrange first visits in turn, then those that found no hour by others' making way; fills ``made``, (n, 3).

    What is in it already stands. Another makes way, on one of their days, if it finds another hour.
    """
    for place in range(len(made)):
        if made[place, ROW] >= 0:
            _enter(np.int64(place), made, np.int64(NO), 1, days, choices, went, agenda, sheet.visit)
    for i in range(3 * len(queue)):  # what made way for others may have left an hour: so once more in the end
        place, other, turn = queue[i % len(queue)], np.int64(NO), i // len(queue)
        row, day, at = np.int64(NO), np.int64(NO), np.int64(NO)
        if made[place, ROW] >= 0:
            continue
        tries = _in_the_way(place, days, choices, agenda, sheet.others) if turn == 1 else np.int64(1)
        for k in range(tries):
            if turn == 1:
                other = sheet.others[0, k]
                row, day, at = made[other, ROW], made[other, DAY], made[other, AT]
                _enter(other, made, other, -1, days, choices, went, agenda, sheet.visit)
            both = place, other
            found = 0
            while found < 1 + (turn == 1):
                one = both[found]
                if not _best_hour(one, made, closed, days, choices, went, most_a_day, agenda, sheet, paper):
                    break
                _enter(one, made, one, 1, days, choices, went, agenda, sheet.visit)
                found += 1
            if turn != 1 or found == 2:
                break
            if found == 1:
                _enter(place, made, place, -1, days, choices, went, agenda, sheet.visit)
                made[place, ROW] = NO
            made[other, ROW], made[other, DAY], made[other, AT] = row, day, at
            _enter(other, made, other, 1, days, choices, went, agenda, sheet.visit)
