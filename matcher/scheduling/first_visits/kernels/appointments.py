"""Compiled loops: appointments for first visits: one after another, then by others' making way.

A greedy insertion with exchanges (ejections of one): each first visit in turn gets the best appointment that is left;
one that finds none asks the others, one by one, to make way, which another does if it finds another appointment.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.compiling import loop, scalar_step
from matcher.scheduling.first_visits.kernels.day_plans import (
    NO,
    DayEntry,
    Matrix,
    add_visit,
    compute_extra_walk,
    make_space,
    remove_visit,
)
from matcher.timetable.kernels.day_route import MAX_CONTACTS

Index = NDArray[np.int64]
_DAY_BASE = 1 << 6
"""Days of a horizon, at most two months, are below it."""
_MINUTE_BASE = 1 << 11
"""Minutes of a day, 1,440, are below it."""
_PERSON_BASE = 1 << 24
"""People are below it, 16 million. So a key of less than 2**22 minutes' walk fits into 63 bits."""
_LOAD_PER_MIN = 10
"""Minutes of a companion's day that count as a minute of walking."""
_BY_MAKING_WAY = 1
"""The second of three turns: in the first and the last nobody makes way."""


class Appointment(IntEnum):
    """Columns of what is arranged for a first visit."""

    PAIR = 0
    """Who comes along, as a place in ``AppointmentFinder.pairs``, or NO."""
    DAY = 1
    START = 2


class Span(IntEnum):
    """Columns of ``Choices.spans``; the first two as in ``Appointment``."""

    PAIR = 0
    DAY = 1
    OPENS = 2
    CLOSES = 3


class Party(IntEnum):
    """Columns of who they are."""

    PERSON = 0
    PLACE = 1
    """The elder's home as one of the person's places."""
    RANK = 2
    """Of a companion: which choice they are."""


N_APPOINTMENT = len(Appointment)


class Choices(NamedTuple):
    """Where the three of n first visits could meet if none had anything else to do, and who they are."""

    start: Index
    """Where each first visit's begin, (n + 1,)."""
    spans: Index
    """When, with whom along, (m, 4): see ``Span``. Those of a first choice of companion come first."""
    own: Index
    """Each first visit's own volunteer, (n, 2): see ``Party``."""
    companions: Index
    """Who could come along, (pairs, 3): see ``Party``."""


@scalar_step
def _add_starts(span, p, place, cell, n, plans, starts):
    """Add starts worth trying, after what somebody has on the day, to n of them; return how many there are.

    They are the first minutes at which one can be there after each thing: no other start walks less.
    """
    pause, length = plans.limits.pause_min, plans.limits.visit_min
    matrix, size = plans.matrices[p, Matrix.FIRST], plans.matrices[p, Matrix.SIZE]
    first = plans.cell_start[cell]
    end = first + plans.filled[cell]
    for entry in range(first, end):
        for other in range(first - 1, end):  # before the first: the pause alone
            start = plans.entries[entry, DayEntry.END] + pause
            if other >= first and plans.entries[other, DayEntry.PLACE] >= 0:
                walk = plans.travel_min[matrix + plans.entries[other, DayEntry.PLACE] * size + place]
                start = plans.entries[entry, DayEntry.END] + max(pause, walk)
            new = start > span[Span.OPENS] and start + length <= span[Span.CLOSES]
            for k in range(n):
                new = new and starts[k] != start
            if new:
                starts[n] = start
                n += 1
    return n


@scalar_step
def _find_best_start(which, made, closed, choices, plans, space, starts):
    """Return whether an appointment is left for a first visit; ``made`` gets the best.

    That is the first choice of companion, then the least walking, a tenth of the companion's load counted as walking,
    then the first day and minute.
    """
    visit, length = space.visit, plans.limits.visit_min
    own, own_place = choices.own[which, Party.PERSON], choices.own[which, Party.PLACE]
    best, rank = np.int64(0), np.int64(-1)
    for i in range(choices.start[which], choices.start[which + 1]):  # invariant: ``best`` is that of the spans before i
        span = choices.spans[i]
        companion, day = choices.companions[span[Span.PAIR]], span[Span.DAY]
        if rank >= 0 and companion[Party.RANK] > rank:
            break
        along = companion[Party.PERSON]
        cell, other_cell = own * plans.n_days + day, along * plans.n_days + day
        if closed[i] or plans.accompanied[other_cell] >= plans.max_accompanied:
            continue
        load_min = np.int64(0)
        for entry in range(plans.cell_start[other_cell], plans.cell_start[other_cell] + plans.filled[other_cell]):
            load_min += plans.entries[entry, DayEntry.END] - plans.entries[entry, DayEntry.START]
        starts[0] = span[Span.OPENS]
        n = np.int64(1)
        for side in range(2):
            p, place, at = own, own_place, cell
            if side == 1:
                p, place, at = along, companion[Party.PLACE], other_cell
            n = _add_starts(span, p, place, at, n, plans, starts)
        for k in range(n):
            walked = load_min // _LOAD_PER_MIN
            for side in range(2):
                p, at, visit[DayEntry.PLACE] = own, cell, own_place
                if side == 1:
                    p, at, visit[DayEntry.PLACE] = along, other_cell, companion[Party.PLACE]
                visit[DayEntry.START], visit[DayEntry.END] = starts[k], starts[k] + length
                more = compute_extra_walk(p, at, plans, space)
                if more < 0:
                    walked = np.int64(NO)
                    break
                walked += more
            key = ((walked * _DAY_BASE + day) * _MINUTE_BASE + starts[k]) * _PERSON_BASE + along
            if walked >= 0 and (rank < 0 or key < best):
                best, rank = key, companion[Party.RANK]
                made[which, Appointment.PAIR], made[which, Appointment.DAY] = span[Span.PAIR], day
                made[which, Appointment.START] = starts[k]
    return rank >= 0


@scalar_step
def _write_visit(which, made, label, sign, choices, plans, visit):
    """Write a first visit that is arranged into the days of the two, or with a sign of -1 strike it out."""
    day, start = made[which, Appointment.DAY], made[which, Appointment.START]
    visit[DayEntry.START], visit[DayEntry.END], visit[DayEntry.LABEL] = start, start + plans.limits.visit_min, label
    for side in range(2):
        p, visit[DayEntry.PLACE] = choices.own[which, Party.PERSON], choices.own[which, Party.PLACE]
        if side == 1:
            companion = choices.companions[made[which, Appointment.PAIR]]
            p, visit[DayEntry.PLACE] = companion[Party.PERSON], companion[Party.PLACE]
            plans.accompanied[p * plans.n_days + day] += sign
        if sign > 0:
            add_visit(p * plans.n_days + day, visit, plans)
        else:
            remove_visit(p * plans.n_days + day, label, plans)


@scalar_step
def _list_conflicting_visits(which, choices, plans, others, asked_by):
    """List first visits, in order, on days on which this one might be, of the people concerned; return how many."""
    n = np.int64(0)
    for i in range(choices.start[which], choices.start[which + 1]):
        for side in range(2):
            p = choices.own[which, Party.PERSON]
            if side == 1:
                p = choices.companions[choices.spans[i, Span.PAIR], Party.PERSON]
            cell = p * plans.n_days + choices.spans[i, Span.DAY]
            first = plans.cell_start[cell]
            for entry in range(first, first + plans.filled[cell]):
                label = plans.entries[entry, DayEntry.LABEL]
                if label >= 0 and asked_by[label] != which:
                    asked_by[label] = which
                    at = n
                    while at > 0 and others[at - 1] > label:  # invariant: ``others[:n]`` ascends, each of them once
                        others[at] = others[at - 1]
                        at -= 1
                    others[at] = label
                    n += 1
    return n


@loop
def schedule_in_turn(queue, made, closed, choices, plans):
    """Arrange first visits in turn, then those that found no appointment by others' making way.

    Fills ``made``, (n, 3): see ``Appointment``. What is in it already is fixed. Another makes way, on one of their
    days, if it finds another appointment.
    """
    space = make_space()
    visit = space.visit
    visit[:] = NO
    starts = np.empty(1 + 2 * MAX_CONTACTS * (MAX_CONTACTS + 1), np.int64)
    others, asked_by = np.empty(len(made), np.int64), np.empty(len(made), np.int64)
    asked_by[:] = NO
    for which in range(len(made)):
        if made[which, Appointment.PAIR] >= 0:
            _write_visit(np.int64(which), made, np.int64(NO), 1, choices, plans, visit)
    # invariant: what ``made`` holds is in the plans, and nothing else of the first visits
    for i in range(3 * len(queue)):  # what made way for others may have left an appointment: so once more in the end
        which, other, turn = queue[i % len(queue)], np.int64(NO), i // len(queue)
        pair, day, start = np.int64(NO), np.int64(NO), np.int64(NO)
        if made[which, Appointment.PAIR] >= 0:
            continue
        tries = np.int64(1)
        if turn == _BY_MAKING_WAY:
            tries = _list_conflicting_visits(which, choices, plans, others, asked_by)
        for k in range(tries):
            if turn == _BY_MAKING_WAY:
                other = others[k]
                pair, day = made[other, Appointment.PAIR], made[other, Appointment.DAY]
                start = made[other, Appointment.START]
                _write_visit(other, made, other, -1, choices, plans, visit)
            both = which, other
            found = 0
            while found < 1 + (turn == _BY_MAKING_WAY):
                one = both[found]
                if not _find_best_start(one, made, closed, choices, plans, space, starts):
                    break
                _write_visit(one, made, one, 1, choices, plans, visit)
                found += 1
            if turn != _BY_MAKING_WAY or found == 2:
                break
            if found == 1:
                _write_visit(which, made, which, -1, choices, plans, visit)
                made[which, Appointment.PAIR] = NO
            made[other, Appointment.PAIR], made[other, Appointment.DAY] = pair, day
            made[other, Appointment.START] = start
            _write_visit(other, made, other, 1, choices, plans, visit)
