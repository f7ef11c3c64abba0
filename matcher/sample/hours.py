"""When made-up people are free: half-days of the week as bits (see ``roster.model.ANY_TIME``) and days off."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from matcher.horizon import Horizon
from matcher.roster.model import ANY_TIME
from matcher.sample.city import Texts
from matcher.sample.rng import Ints, Rng

_MORNING = 0b01
_WORKDAYS = 0b11_11_11_11_11
_WORKDAY_MORNINGS, _WORKDAY_AFTERNOONS = 0b01_01_01_01_01, 0b10_10_10_10_10
_DIALYSIS = tuple(sum(_MORNING << 2 * day for day in days) for days in ((0, 2, 4), (1, 3, 5)))
_OFF_WITHIN_DAYS = 75


def draw_elder_hours(rng: Rng, n: int) -> Ints:
    """Draw half-days: mostly any time but for one to three at the hospital or the day centre; a few have dialysis."""
    busy = np.zeros(n, dtype=np.int64)
    for share in (0.4, 0.25, 0.12):
        weekday_half = rng.draw_integers(n, 0, 9)
        busy |= np.where(rng.draw_mask(n, share), 1 << weekday_half, 0)
    dialysis = np.array(_DIALYSIS)[rng.draw_integers(n, 0, 1)]
    return ANY_TIME & ~np.where(rng.draw_mask(n, 0.015), dialysis, busy)


def draw_volunteer_hours(rng: Rng, n: int) -> Ints:
    """Draw half-days: three to seven for about half of them; for others workdays, mornings, afternoons, any time."""
    wanted = rng.draw_integers(n, 3, 7)
    liking = rng.draw_uniform(14 * n).reshape(n, 14) + np.repeat([0.0, 0.5], [10, 4])  # weekends are for grandchildren
    chosen = (liking.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") < wanted[:, None]) @ (
        1 << np.arange(14)
    )
    usual = np.array([0, _WORKDAYS, _WORKDAY_MORNINGS, _WORKDAY_AFTERNOONS, ANY_TIME])
    kind = rng.draw_indices(n, (0.52, 0.22, 0.1, 0.1, 0.06))
    return np.where(kind == 0, chosen, usual[kind]).astype(np.int64)


def draw_days_off(rng: Rng, n: int, share: float, horizon: Horizon) -> Texts:
    """Draw for a share of people one day or a few in a row, from the month's first day on; as a cell has them."""
    texts = np.full(n, "", dtype=object)
    start, days = rng.draw_integers(n, 0, _OFF_WITHIN_DAYS), rng.draw_integers(n, 1, 6)
    for i in np.flatnonzero(rng.draw_mask(n, share)).tolist():
        first = horizon.start + timedelta(days=int(start[i]))
        last = first + timedelta(days=int(days[i]) - 1)
        texts[i] = f"{first}" if first == last else f"{first}~{last}"
    return texts
