"""The quick plan: every volunteer's elders one after another, all volunteers at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matcher.schedule.cadence import Cadence
from matcher.schedule.caseload import Caseload, Index, Mask, score
from matcher.schedule.habits import contact_worth, gains
from matcher.schedule.limits import EMPTY, Grid, Load
from matcher.schedule.single import NEVER, best_months
from matcher.schedule.visits import VISIT


def _no_tell(_pairs: int) -> None:
    """Nobody listens."""


def sweep(caseload: Caseload, grid: Grid, tell: Callable[[int], None] = _no_tell) -> Grid:
    """Plan each elder's month anew beside what ``grid`` holds of the volunteer's others: from ``grid`` to a better one.

    Each elder keeps at least as many contacts, and with as many at least as many visits, because the old month can
    still be had. From an empty grid this is the first plan.

    Args:
        caseload: Whose months.
        grid: A plan that obeys every rule, (pairs, days).
        tell: Called after each turn with the number of pairs planned in it.
    """
    grid = grid.copy()
    load = Load(caseload.volunteers, grid.shape[1], caseload.limits)
    turn = _turns(caseload)
    turns = [np.flatnonzero(turn == number) for number in range(turn.max(initial=-1) + 1)]
    for pairs in turns:
        load.add(caseload.volunteer[pairs], grid[pairs])
    for pairs in turns:
        load.remove(caseload.volunteer[pairs], grid[pairs])
        grid[pairs] = _plan_beside(caseload, pairs, load)
        load.add(caseload.volunteer[pairs], grid[pairs])
        tell(len(pairs))
    return grid


def contacts_first(caseload: Caseload) -> Grid:
    """A plan for volunteers with little room: calls for everybody, which take less time, then visits where they fit."""
    cadence = caseload.cadence
    calls_only = Cadence(cadence.contacts, np.zeros_like(cadence.visits), cadence.gap_days)
    grid = sweep(replace(caseload, cadence=calls_only), caseload.empty_grid())
    for _ in range(2):
        grid = sweep(caseload, grid)
    return grid


def alone_score(caseload: Caseload) -> Index:
    """What each elder could have if the volunteer had no other, as ``score``: no plan beats it, (pairs,)."""
    days = caseload.free.shape[1]
    room = Load(1, days, caseload.limits).has_room(np.zeros(1, dtype=np.int64))
    possible = (caseload.free[..., None] & room).any(axis=2)
    gain = np.where(possible, contact_worth(days), NEVER)
    return score(best_months(gain, caseload.cadence, caseload.week))


def _turns(caseload: Caseload) -> Index:
    """Each pair's place among its volunteer's, from 0: whoever is free least comes first."""
    volunteer = caseload.volunteer
    order = np.lexsort((np.arange(len(volunteer)), caseload.free.sum(axis=(1, 2)), volunteer))
    first = np.searchsorted(volunteer[order], volunteer[order])
    turn = np.empty(len(volunteer), dtype=np.int64)
    turn[order] = np.arange(len(volunteer)) - first
    return turn


def _plan_beside(caseload: Caseload, pairs: Index, load: Load) -> Grid:
    """The best months of pairs of different volunteers, beside what their volunteers' days hold already."""
    volunteer, cadence = caseload.volunteer[pairs], caseload.cadence.of_pairs(pairs)
    possible: Mask = caseload.free[pairs][..., None] & load.has_room(volunteer)
    company = load.visits[volunteer] > 0
    gain = np.empty(possible.shape, dtype=np.int64)
    per_week = np.stack([cadence.contacts.max(axis=1), cadence.visits.max(axis=1), cadence.gap_days], axis=1)
    kinds, group = np.unique(per_week, axis=0, return_inverse=True)
    for number, (contacts, visits, gap) in enumerate(kinds.tolist()):
        some = np.flatnonzero(group.ravel() == number)
        gain[some] = gains(possible[some], company[some], (contacts, visits, gap), caseload.weekday)
    half = gain.argmax(axis=2)  # the better half-day by day and kind
    kind = best_months(gain.max(axis=2), cadence, caseload.week)
    chosen = np.take_along_axis(half, np.maximum(kind, VISIT).astype(np.int64)[..., None], axis=2)[..., 0]
    return np.where(kind == EMPTY, EMPTY, 2 * chosen + kind).astype(np.int8)
