"""One elder's best month: exact, for n elders at once, each with their own openness and dues.

A dynamic programme over the days, from the last to the first. Its state is how many days the next contact must wait
and what the week holds already; on each day the choice is a visit, a call or nothing. Everything else that bears on
the month (the volunteer's other elders, habits) comes in as the gain of a contact on a day.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.schedule.cadence import Cadence
from matcher.schedule.limits import EMPTY, Grid
from matcher.schedule.visits import CALL, VISIT

Gain = NDArray[np.int64]

NEVER = -(1 << 40)
"""Gain of a contact that can't be; no sum of gains makes up for it."""

_BLOCK = 50_000
"""Elders in one go: bounds the memory of the state."""


def best_months(gain: Gain, cadence: Cadence, week: NDArray[np.int64]) -> Grid:
    """The month of the greatest total gain for each of n elders.

    Args:
        gain: What a contact of each kind on each day is worth, (n, days, kind); ``NEVER`` where it can't be.
        cadence: What the n are due: no week gets more contacts or visits, and the gap is kept.
        week: Each day's week, (days,).

    Returns:
        The kind of each day's contact or ``EMPTY``, (n, days). Of equal months the one with the earlier contacts.
    """
    kinds = np.full(gain.shape[:2], EMPTY, dtype=np.int8)
    for group in _alike(cadence):
        for start in range(0, len(group), _BLOCK):
            some = group[start : start + _BLOCK]
            kinds[some] = _best(gain[some], cadence.of_pairs(some), week)
    return kinds


def _alike(cadence: Cadence) -> list[NDArray[np.int64]]:
    """Elders by gap and by the contacts and visits of their busiest week: they share the shape of their state."""
    shape = np.stack([cadence.gap_days, cadence.contacts.max(axis=1), cadence.visits.max(axis=1)], axis=1)
    _, group = np.unique(shape, axis=0, return_inverse=True)
    group = group.ravel()
    return [np.flatnonzero(group == number) for number in range(group.max(initial=-1) + 1)]


def _best(gain: Gain, cadence: Cadence, week: NDArray[np.int64]) -> Grid:
    """``best_months`` of elders that are alike."""
    n, days, _ = gain.shape
    gap = int(cadence.gap_days[0])
    contacts, visits = int(cadence.contacts.max()), int(cadence.visits.max())
    may_contact = np.arange(contacts + 1) < cadence.contacts[:, :, None]
    may_visit = np.arange(visits + 1) < cadence.visits[:, :, None]
    value = np.zeros((n, gap, contacts + 1, visits + 1), dtype=np.int64)
    choice = np.full((days, n, contacts + 1, visits + 1), EMPTY, dtype=np.int8)
    for day in reversed(range(days)):
        if day + 1 < days and week[day + 1] != week[day]:
            value = np.broadcast_to(value[:, :, :1, :1], value.shape)
        value, choice[day] = _step(value, gain[:, day], may_contact[:, week[day]], may_visit[:, week[day]])
    return _follow(choice, gap, week)


def _step(after: Gain, gain: Gain, may_contact: NDArray[np.bool_], may_visit: NDArray[np.bool_]) -> tuple[Gain, Grid]:
    """Value before a day from that ``after`` it, (n, wait, contacts, visits), and the choice where none must wait."""
    rest = after[:, 0]
    visit = np.full_like(rest, NEVER)
    visit[:, :-1, :-1] = after[:, -1, 1:, 1:] + gain[:, VISIT, None, None]
    visit[~(may_contact[:, :, None] & may_visit[:, None, :])] = NEVER
    call = np.full_like(rest, NEVER)
    call[:, :-1] = after[:, -1, 1:] + gain[:, CALL, None, None]
    call[~may_contact] = NEVER
    before = np.empty_like(after)
    before[:, 1:] = after[:, :-1]
    before[:, 0] = np.maximum(np.maximum(visit, call), rest)
    choice = np.where(visit >= np.maximum(call, rest), VISIT, np.where(call >= rest, CALL, EMPTY))
    return before, choice.astype(np.int8)


def _follow(choice: Grid, gap: int, week: NDArray[np.int64]) -> Grid:
    """The months that the choices lead to from an empty start."""
    days, n = choice.shape[:2]
    row = np.arange(n)
    wait, contacts, visits = (np.zeros(n, dtype=np.int64) for _ in range(3))
    kinds = np.full((n, days), EMPTY, dtype=np.int8)
    for day in range(days):
        if day and week[day] != week[day - 1]:
            contacts[:], visits[:] = 0, 0
        kinds[:, day] = np.where(wait == 0, choice[day, row, contacts, visits], EMPTY)
        made = kinds[:, day] != EMPTY
        wait = np.where(made, gap - 1, np.maximum(wait - 1, 0))
        contacts += made
        visits += kinds[:, day] == VISIT
    return kinds
