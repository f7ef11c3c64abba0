"""How elders are spread over volunteers: least loads, fair loads, and how many of high risk one may have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.features.priority import is_high_risk
from matcher.month import MonthData

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def load_cost_m(month: MonthData, load: Index, volunteers: Mask) -> Index:
    """What each volunteer's number of elders costs beside the pairs' own cost, metres (n_volunteers,).

    ``load`` is how many elders each has. The second elder costs ``capacity.fair_m``, the third twice that, and so on:
    the sum rises faster than the load, so that even loads cost least. Each elder missing to ``capacity.minimum``, or to
    the places of a volunteer who has fewer, costs ``capacity.minimum_penalty_m``. Those who take no part
    (``volunteers`` is the mask of those who do) cost nothing without elders.
    """
    settings = month.settings.capacity
    missing = np.maximum(np.where(volunteers, _least(month), 0) - load, 0)
    cost = settings.fair_m * (load * (load - 1) // 2) + settings.minimum_penalty_m * missing
    return np.asarray(cost, dtype=np.int64)


def missing_elders(month: MonthData, load: Index, volunteers: Mask) -> Index:
    """How many elders each volunteer who takes part has fewer than the least, (n_volunteers,)."""
    return np.where(volunteers, np.maximum(_least(month) - load, 0), 0)


def further_cost_m(month: MonthData, load: Index) -> Index | None:
    """What each volunteer's next, second next … elder after ``load`` adds to ``load_cost_m``, (n_volunteers, most).

    None where no load costs anything. Costs do not fall along a row.
    """
    settings = month.settings.capacity
    if not settings.fair_m and not (settings.minimum and settings.minimum_penalty_m):
        return None
    most = int(month.capacity.max(initial=0))
    before = load[:, None] + np.arange(most)
    wanted = before < _least(month)[:, None]
    return np.asarray(settings.fair_m * before - settings.minimum_penalty_m * wanted, dtype=np.int64)


def high_risk(month: MonthData) -> Mask:
    """Elders of high risk, (n_elders,)."""
    return is_high_risk(month.roster.elders)


def _least(month: MonthData) -> Index:
    """The least load wanted of each volunteer."""
    return np.minimum(month.settings.capacity.minimum, month.capacity)
