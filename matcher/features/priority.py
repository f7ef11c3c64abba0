"""What decides who comes first when places run out: risk, age, months of waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.settings.schedule import Risk

Index = NDArray[np.int64]
RISKS: tuple[Risk, ...] = ("high", "medium", "low")
"""Tiers of risk by their rank."""
_RISK = {risk: rank for rank, risk in enumerate(RISKS)}
LOW = 2
"""The rank of low risk, and of unknown."""


def is_high_risk(elders: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which elders are of high risk or cannot look after themselves."""
    return ((elders["risk"] == "high") | (elders["self_care"] == "unable")).to_numpy(dtype=bool)


def rank_risk(elders: pd.DataFrame) -> Index:
    """Return 0 for elders of high risk, 1 for medium, 2 for low and unknown."""
    rank = elders["risk"].map(_RISK).fillna(LOW).to_numpy(np.int64)
    return np.where(is_high_risk(elders), 0, rank)


def compute_ages(elders: pd.DataFrame, on: date) -> NDArray[np.float64]:
    """Return whole years of age by the date of birth, else by the column of ages; NaN where neither is known."""
    born = elders["birth_date"]
    birthday_to_come = (born.dt.month > on.month) | ((born.dt.month == on.month) & (born.dt.day > on.day))
    reckoned = on.year - born.dt.year - birthday_to_come
    return np.asarray(reckoned.where(born.notna(), elders["age"]), dtype=np.float64)


def count_bands(amount: NDArray[np.float64], bands: Sequence[int]) -> Index:
    """Return how many of the ascending ``bands`` each amount reaches; NaN reaches none."""
    return np.searchsorted(np.array(bands), np.nan_to_num(amount), side="right").astype(np.int64)
