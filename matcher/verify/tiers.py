"""Tiers and waiting of unmatched elders: who comes first, and since when each has waited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from matcher.settings import Settings
from matcher.verify.case import Lists
from matcher.verify.dates import count_months, to_date
from matcher.verify.fit import is_high_risk
from matcher.verify.reference import Reference
from matcher.verify.violations import Findings

_NOT_WAITING = -1


def check_tiers(unmatched: pd.DataFrame, lists: Lists, reference: Reference, findings: Findings) -> None:
    """Check each listed elder's ``tier`` and ``waiting_since``, where the table has them.

    Last month's pairs are among the lists.
    """
    month, elders = reference.dates.month, reference.roster.elders
    since = _find_waiting_since(elders, lists, month)
    if "tier" in unmatched:
        months = [0 if begun == _NOT_WAITING else month - begun for begun in since]
        tiers = _rank_in_tiers(elders, months, reference.dates.horizon.start, reference.settings)
        expected = pd.Series([tiers[elder] for elder in unmatched["elder"].tolist()], unmatched.index, dtype=float)
        _report(unmatched, "tier", (unmatched["tier"] - expected).abs(), findings)
    if "waiting_since" in unmatched:
        begun = [month if since[elder] == _NOT_WAITING else since[elder] for elder in unmatched["elder"].tolist()]
        claimed = [to_date(day) for day in unmatched["waiting_since"].tolist()]
        off = [
            np.nan if day is None else abs(count_months(day) - right) for day, right in zip(claimed, begun, strict=True)
        ]
        _report(unmatched, "waiting_since", pd.Series(off, unmatched.index, dtype=float), findings)


def _report(unmatched: pd.DataFrame, name: str, off: pd.Series, findings: Findings) -> None:
    """Add the elders whose column is off."""
    findings.add("wrong_amount", unmatched[["elder", "row"]].assign(amount=off)[off > 0], name)


def _find_waiting_since(elders: pd.DataFrame, lists: Lists, month: int) -> list[int]:
    """Return the month, counted from the year 0, since which each elder waits; ``_NOT_WAITING`` for the others.

    The roster's own date counts first, then the last run's list, then the day of joining.
    """
    served = set() if lists.previous is None else set(lists.previous.elder_id)
    waited = lists.waited_since
    listed = [None] * len(elders) if waited is None else waited.astype("datetime64[D]").tolist()
    rows = zip(elders["id"], elders["waiting_since"], listed, elders["joined"], strict=True)
    since = []
    for elder_id, written, on_list, joined in rows:
        days = [day for day in (written, on_list, joined) if day is not None and not pd.isna(day)]
        waits = elder_id not in served and days
        since.append(min(count_months(days[0]), month) if waits else _NOT_WAITING)
    return since


def _rank_in_tiers(elders: pd.DataFrame, months_waiting: Sequence[int], on: date, settings: Settings) -> list[int]:
    """Return each elder's tier, from 1, by sorting the parts of the settings' order."""
    priority = settings.priority
    parts = {
        "risk": [_rank_risk(*cells) for cells in zip(elders["risk"], elders["self_care"], strict=True)],
        "age": _count_bands_below(_compute_ages(elders, on), priority.age_bands),
        "waiting": _count_bands_below(months_waiting, priority.waiting_bands),
    }
    standing = list(zip(*(parts[name] for name in priority.order), strict=True)) or [()] * len(elders)
    tier = {parts: number for number, parts in enumerate(sorted(set(standing)), start=1)}
    return [tier[parts] for parts in standing]


def _rank_risk(risk: str, self_care: str) -> int:
    """Return 0 for high risk, 1 for medium, 2 for all others."""
    if is_high_risk(risk, self_care):
        return 0
    return 1 if risk == "medium" else 2


def _count_bands_below(amounts: Iterable[float], bands: Sequence[int]) -> list[int]:
    """Return how many of the bands each amount does not reach."""
    return [sum(not amount >= band for band in bands) for amount in amounts]


def _compute_ages(elders: pd.DataFrame, on: date) -> list[float]:
    """Return each elder's age on a day, by the date of birth, else as written, else 0."""
    ages = []
    for born, written in zip(elders["birth_date"], elders["age"], strict=True):
        if pd.isna(born):
            ages.append(0.0 if pd.isna(written) else float(written))
        else:
            ages.append(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))
    return ages
