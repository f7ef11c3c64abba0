"""The least that months of single pairs miss of the floors: visits first, and of such months the days of silence.

Dynamic programming over days, for many pairs at once: of all ways to come to a last contact, to a number of contacts
and of visits among them in its week, and to a number of visits in the month, the one with the fewest silent days.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.timetable.floors import Missed, find_silence_start
from matcher.timetable.problem import CALL, MAX_PER_WEEK, NONE, VISIT, Index, Mask, PairData

Days = NDArray[np.int32]
_NO_WAY = np.int32(1 << 28)
"""More days than any silence has, however many are added up."""
_TOGETHER = 2_000
"""Pairs whose ways are kept at once."""


class _Room(NamedTuple):
    """Contents of the weeks of n pairs beside what is fixed, and the visits of the month that count, (n,)."""

    contacts: Index
    """Contacts more, (n, weeks)."""
    visits: Index
    """Visits among them, (n, weeks)."""
    least: Index
    """Visits beyond which more make no difference."""


def find_least_missed(pairs: PairData, week: Index, possible: Mask) -> Missed:
    """Return what pairs miss at least if each had the volunteer to itself, both floors in one month.

    Args:
        pairs: The pairs; fixed contacts stand.
        week: Each day's week, (days,).
        possible: Days on which another visit, or call, could be, (n, days, kind).
    """
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    fixed, visits = (
        np.add.reduceat(which.astype(np.int64), starts, axis=1)
        for which in (pairs.fixed_kind != NONE, pairs.fixed_kind == VISIT)
    )
    room = _Room(
        np.clip(pairs.due - fixed, 0, MAX_PER_WEEK),
        np.clip(np.minimum(pairs.visits_due - visits, pairs.due - fixed), 0, MAX_PER_WEEK),
        pairs.least_visits,
    )
    size = np.column_stack([room.contacts.max(axis=1), room.visits.max(axis=1), room.least])
    missed = Missed(*np.zeros((2, len(pairs)), dtype=np.int64))
    for one in np.unique(size, axis=0):  # pairs with as many ways
        alike = np.flatnonzero((size == one).all(axis=1))
        for first in range(0, len(alike), _TOGETHER):
            rows = alike[first : first + _TOGETHER]
            part = _search(pairs.select(rows), week, possible[rows], _Room(*(column[rows] for column in room)))
            for column, found in zip(missed, part, strict=True):
                column[rows] = found
    return missed


def _search(pairs: PairData, week: Index, possible: Mask, room: _Room) -> Missed:
    """Return what pairs with as many ways miss at least."""
    n, days = pairs.fixed_kind.shape
    shape = tuple(int(column.max()) + 1 for column in room)
    begin, end = find_silence_start(pairs), pairs.on_programme[:, 1]
    gap = np.where(pairs.due.any(axis=1), pairs.max_gap, _NO_WAY)  # who is due none is never silent
    best = np.full((n, days + 1, *shape), _NO_WAY, dtype=np.int32)  # by the last contact, 0: none yet
    best[:, 0, 0, 0, 0] = 0
    last = np.concatenate([begin[:, None], np.broadcast_to(np.arange(days), (n, days))], axis=1)
    for d in range(days):  # invariant: ways up to d have the fewest silent days up to their last contact
        if d and week[d] != week[d - 1]:
            total = best[:, : d + 1].min(axis=(2, 3))
            best[:, : d + 1] = _NO_WAY
            best[:, : d + 1, 0, 0] = total
        silent = np.maximum(d - last[:, : d + 1] - 1 - gap[:, None], 0).astype(np.int32)
        here = np.minimum((best[:, : d + 1] + silent[:, :, None, None, None]).min(axis=1), _NO_WAY)
        kind = pairs.fixed_kind[:, d]
        best[:, d + 1] = _add_contact(here, possible[:, d] & (kind == NONE)[:, None], room, int(week[d]))
        best[kind == VISIT, d + 1] = _count_visit(here[kind == VISIT])
        best[kind == CALL, d + 1] = here[kind == CALL]
        best[kind != NONE, : d + 1] = _NO_WAY
    tail = np.maximum(np.maximum(end[:, None] - last, 0) - gap[:, None], 0).astype(np.int32)
    total = np.minimum((best + tail[:, :, None, None, None]).min(axis=(1, 2, 3)), _NO_WAY)
    most = (total < _NO_WAY).cumsum(axis=1).argmax(axis=1)  # the last number of visits that there is a way to
    return Missed(room.least - most, total[np.arange(n), most].astype(np.int64))


def _add_contact(here: Days, may: Mask, room: _Room, week: int) -> Days:
    """Return the fewest silent days with a contact more, (n, contacts, visits, month's visits)."""
    more = np.full_like(here, _NO_WAY)
    fits = np.arange(here.shape[1])[1:] <= room.contacts[:, [week]]
    visit_fits = np.arange(here.shape[2])[1:] <= room.visits[:, [week]]
    call = (may[:, CALL, None] & fits)[:, :, None, None]
    more[:, 1:] = np.where(call, here[:, :-1], _NO_WAY)
    visit = (may[:, VISIT, None, None] & fits[:, :, None] & visit_fits[:, None, :])[..., None]
    visited = np.where(visit, _count_visit(here[:, :-1, :-1]), _NO_WAY)
    more[:, 1:, 1:] = np.minimum(more[:, 1:, 1:], visited)
    return more


def _count_visit(here: Days) -> Days:
    """Return the ways with a visit more in the month; visits beyond the least are not counted."""
    counted = np.full_like(here, _NO_WAY)
    counted[..., 1:] = here[..., :-1]
    counted[..., -1] = np.minimum(counted[..., -1], here[..., -1])
    return counted
