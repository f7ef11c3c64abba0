"""When made-up people are free: half-days of the week as bits (see ``roster.model.ANY_TIME``) and days off."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from matcher.horizon import Horizon
from matcher.roster.model import ANY_TIME
from matcher.sample.city import Texts
from matcher.sample.dice import Dice, Ints

_MORNING = 0b01
_WORKDAYS = 0b11_11_11_11_11
_WORKDAY_MORNINGS, _WORKDAY_AFTERNOONS = 0b01_01_01_01_01, 0b10_10_10_10_10
_DIALYSIS = tuple(sum(_MORNING << 2 * day for day in days) for days in ((0, 2, 4), (1, 3, 5)))
_OFF_WITHIN_DAYS = 75


def elder_hours(dice: Dice, n: int) -> Ints:
    """Mostly any time; some are at the hospital or the day centre on one to three half-days, a few have dialysis."""
    busy = np.zeros(n, dtype=np.int64)
    for share in (0.4, 0.25, 0.12):
        weekday_half = dice.whole(n, 0, 9)
        busy |= np.where(dice.chance(n, share), 1 << weekday_half, 0)
    dialysis = np.array(_DIALYSIS)[dice.whole(n, 0, 1)]
    return ANY_TIME & ~np.where(dice.chance(n, 0.015), dialysis, busy)


def volunteer_hours(dice: Dice, n: int) -> Ints:
    """Three to seven half-days for about half of them; for others workdays, their mornings or afternoons, any time."""
    wanted = dice.whole(n, 3, 7)
    liking = dice.uniform(14 * n).reshape(n, 14) + np.repeat([0.0, 0.5], [10, 4])  # weekends are for grandchildren
    chosen = (liking.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") < wanted[:, None]) @ (
        1 << np.arange(14)
    )
    usual = np.array([0, _WORKDAYS, _WORKDAY_MORNINGS, _WORKDAY_AFTERNOONS, ANY_TIME])
    kind = dice.index(n, (0.52, 0.22, 0.1, 0.1, 0.06))
    return np.where(kind == 0, chosen, usual[kind]).astype(np.int64)


def days_off(dice: Dice, n: int, share: float, horizon: Horizon) -> Texts:
    """For a share of people one day or a few in a row, from the month's first day on; as a cell has them."""
    texts = np.full(n, "", dtype=object)
    start, days = dice.whole(n, 0, _OFF_WITHIN_DAYS), dice.whole(n, 1, 6)
    for i in np.flatnonzero(dice.chance(n, share)).tolist():
        first = horizon.start + timedelta(days=int(start[i]))
        last = first + timedelta(days=int(days[i]) - 1)
        texts[i] = f"{first}" if first == last else f"{first}~{last}"
    return texts
