"""Who comes first when places run out: tiers of elders, by risk, age and months of waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.settings import PrioritySettings
from matcher.settings.schedule import Risk

Index = NDArray[np.int64]
RISKS: tuple[Risk, ...] = ("high", "medium", "low")
"""Tiers of risk by their rank."""
_RISK = {risk: rank for rank, risk in enumerate(RISKS)}
_LOW = 2


def compute_tiers(elders: pd.DataFrame, months_waiting: Index, on: date, priority: PrioritySettings) -> Index:
    """Return each elder's tier, (n_elders,): 1 comes first. Elders are alike where every part of the order is.

    Args:
        elders: The roster's.
        months_waiting: Of each elder, 0 for those who do not wait, (n_elders,).
        on: The date that ages are reckoned at.
        priority: What comes first.
    """
    ranks = {
        "risk": lambda: rank_risk(elders),
        "age": lambda: _count_bands_after(compute_ages(elders, on), priority.age_bands),
        "waiting": lambda: _count_bands_after(months_waiting.astype(np.float64), priority.waiting_bands),
    }
    combined = np.zeros(len(elders), dtype=np.int64)
    for part in priority.order:
        rank = ranks[part]()
        combined = combined * (int(rank.max(initial=0)) + 1) + rank
    return np.asarray(np.unique(combined, return_inverse=True)[1].reshape(-1) + 1, dtype=np.int64)


def find_waited_since(
    elders: pd.DataFrame, by_last_run: NDArray[np.datetime64] | None, on: date
) -> NDArray[np.datetime64]:
    """Return since which month each elder would wait, datetime64[M] (n_elders,), no later than that of ``on``.

    The roster says so, else the last run's list (``by_last_run``), else the month of joining; NaT where none does.
    """
    since = np.full(len(elders), np.datetime64("NaT", "M"))
    listed = elders["waiting_since"].to_numpy().astype("datetime64[M]")
    joined = elders["joined"].to_numpy().astype("datetime64[M]")
    for source in (listed, by_last_run, joined):
        if source is not None:
            since = np.where(np.isnat(since), source, since)
    this = np.datetime64(on, "M")
    return np.where(since > this, this, since)


def is_high_risk(elders: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which elders are of high risk or cannot look after themselves."""
    return ((elders["risk"] == "high") | (elders["self_care"] == "unable")).to_numpy(dtype=bool)


def rank_risk(elders: pd.DataFrame) -> Index:
    """Return 0 for elders of high risk, 1 for medium, 2 for low and unknown."""
    rank = elders["risk"].map(_RISK).fillna(_LOW).to_numpy(np.int64)
    return np.where(is_high_risk(elders), 0, rank)


def compute_ages(elders: pd.DataFrame, on: date) -> NDArray[np.float64]:
    """Return whole years of age by the date of birth, else by the column of ages; NaN where neither is known."""
    born = elders["birth_date"]
    birthday_to_come = (born.dt.month > on.month) | ((born.dt.month == on.month) & (born.dt.day > on.day))
    reckoned = on.year - born.dt.year - birthday_to_come
    return np.asarray(reckoned.where(born.notna(), elders["age"]), dtype=np.float64)


def _count_bands_after(amount: NDArray[np.float64], bands: Sequence[int]) -> Index:
    """Return how many of the ascending ``bands`` each amount does not reach; NaN reaches none."""
    return len(bands) - np.searchsorted(np.array(bands), np.nan_to_num(amount), side="right")
