"""Weekly habits: the weekdays and half-days on which an elder can expect the volunteer, to work in most weeks."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matcher.schedule.single import NEVER
from matcher.schedule.visits import CALL, VISIT

Mask = NDArray[np.bool_]
Score = NDArray[np.int64]

# What counts in choosing a habit, for each weekday of it.
_WEEK = 16  # a week in which the contact is possible
_OUTING = 3  # a week in which the volunteer is out visiting then anyway
_SPREAD = 8  # a day more between the contacts that are closest

# What counts in following it on a day. All together stay below _HABITS.
_ON_DAY, _AS_KIND, _IN_HALF, _IN_COMPANY = 256, 128, 64, 16
_HABITS = 512


def gains(possible: Mask, company: Mask, per_week: tuple[int, int, int], weekday: NDArray[np.int64]) -> Score:
    """What each contact is worth to n elders: a contact above all, then a visit, then the habit, then shared outings.

    No sum of lesser goods in a month outweighs one greater.

    Args:
        possible: Whether a contact can be, (n, days, half-day, kind).
        company: Whether the volunteer visits somebody else then, (n, days, half-day).
        per_week: Contacts in a full week, visits among them, and the gap in days.
        weekday: Each day's weekday, (days,).

    Returns:
        The gain of each possible contact, ``NEVER`` for others, (n, days, half-day, kind).
    """
    on_day, half = _habit(possible, company, per_week, weekday)
    day_habit: Mask = on_day[:, weekday]
    bonus = np.zeros(possible.shape, dtype=np.int64)
    bonus += _ON_DAY * (day_habit[..., VISIT] | day_habit[..., CALL])[:, :, None, None]
    bonus += _AS_KIND * day_habit[:, :, None, :]
    bonus += _IN_HALF * (half[:, weekday][:, :, None, :] == np.arange(2)[:, None])
    bonus[..., VISIT] += _IN_COMPANY * company
    return np.where(possible, bonus + contact_worth(len(weekday)), NEVER)


def contact_worth(days: int) -> Score:
    """What a contact of each kind is worth apart from habits, (2,): see ``gains``."""
    visit = _HABITS * (days + 1)
    contact = visit * (days + 1)
    return np.array([contact + visit, contact], dtype=np.int64)


def _habit(
    possible: Mask, company: Mask, per_week: tuple[int, int, int], weekday: NDArray[np.int64]
) -> tuple[Mask, Score]:
    """The weekdays of each elder's habit by kind, (n, 7, kind), and each weekday's best half-day, (n, 7, kind)."""
    works = _WEEK * possible.astype(np.int64)
    works[..., VISIT] += _OUTING * (company & possible[..., VISIT])
    of_weekday = (weekday[:, None] == np.arange(7)).astype(np.int64)
    weekly = np.tensordot(works, of_weekday, axes=(1, 0))  # (n, half-day, kind, 7)
    weekly = weekly.transpose(0, 3, 1, 2)
    patterns, spread = _patterns(*per_week)
    # whole numbers far below 2**53: float64 is exact, and a product of floats is many times faster
    score = weekly.max(axis=2).reshape(-1, 14).astype(np.float64) @ patterns.reshape(-1, 14).T + spread
    return np.asarray(patterns[score.argmax(axis=1)] > 0), weekly.argmax(axis=2)


@cache
def _patterns(contacts: int, visits: int, gap: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All ways to spread a week's contacts, 0/1 by (way, weekday, kind), and what their spacing is worth, (way,)."""
    patterns, spread = [], []
    for weekdays in combinations(range(7), contacts):
        week_on = (*weekdays[1:], *(day + 7 for day in weekdays[:1]))
        closest = min((after - day for day, after in zip(weekdays, week_on, strict=True)), default=7)
        if closest < gap:
            continue
        for visit_days in combinations(weekdays, visits):
            pattern = np.zeros((7, 2))
            pattern[list(weekdays), CALL] = 1
            pattern[list(visit_days)] = np.eye(2)[VISIT]
            patterns.append(pattern)
            spread.append(_SPREAD * closest)
    return np.array(patterns), np.array(spread, dtype=np.float64)
