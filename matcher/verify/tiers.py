"""Whether the list of unmatched elders says truly who comes first, and since when each has waited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import PairList, Roster
from matcher.settings import Settings
from matcher.verify.violations import Findings

_NOT_SINCE = -1


def check_tiers(
    unmatched: pd.DataFrame,
    roster: Roster,
    horizon: Horizon,
    settings: Settings,
    previous: PairList,
    waited_since: NDArray[np.datetime64] | None,
    found: Findings,
) -> None:
    """Each listed elder's ``tier`` and ``waiting_since`` (float days since 1970), where the table has them."""
    this = 12 * horizon.start.year + horizon.start.month
    since = _waiting_since(roster, previous, waited_since, this)
    if "tier" in unmatched:
        months = [0 if month == _NOT_SINCE else this - month for month in since]
        rank = _tiers(roster.elders, months, horizon.start, settings)
        expected = pd.Series([rank[elder] for elder in unmatched["elder"].tolist()], unmatched.index, dtype=float)
        _tell(unmatched, "tier", (unmatched["tier"] - expected).abs(), found)
    if "waiting_since" in unmatched:
        stands = [this if since[elder] == _NOT_SINCE else since[elder] for elder in unmatched["elder"].tolist()]
        told = [_month_of(day) for day in unmatched["waiting_since"].tolist()]
        off = [np.nan if month is None else abs(month - right) for month, right in zip(told, stands, strict=True)]
        _tell(unmatched, "waiting_since", pd.Series(off, unmatched.index, dtype=float), found)


def _tell(unmatched: pd.DataFrame, name: str, off: pd.Series, found: Findings) -> None:
    found.add("wrong_amount", unmatched[["elder", "row"]].assign(amount=off)[off > 0], name)


def _waiting_since(
    roster: Roster, previous: PairList, waited_since: NDArray[np.datetime64] | None, this: int
) -> list[int]:
    """The month, counted from year 0, since which each elder waits; ``_NOT_SINCE`` for those who do not."""
    had_one = set(previous.elder_id)
    elders = roster.elders
    listed = [None] * len(elders) if waited_since is None else waited_since.astype("datetime64[D]").tolist()
    rows = zip(elders["id"], elders["waiting_since"], listed, elders["joined"], strict=True)
    since = []
    for elder_id, told, on_list, joined in rows:
        days = [day for day in (told, on_list, joined) if day is not None and not pd.isna(day)]
        waits = elder_id not in had_one and days
        since.append(min(12 * days[0].year + days[0].month, this) if waits else _NOT_SINCE)
    return since


def _tiers(elders: pd.DataFrame, months_waiting: Sequence[int], on: date, settings: Settings) -> list[int]:
    """Each elder's tier, from 1, by sorting what each part of the order says of them."""
    priority = settings.priority
    parts = {
        "risk": [_risk(risk, care) for risk, care in zip(elders["risk"], elders["self_care"], strict=True)],
        "age": _below(_ages(elders, on), priority.age_bands),
        "waiting": _below(months_waiting, priority.waiting_bands),
    }
    standing = list(zip(*(parts[name] for name in priority.order), strict=True)) or [()] * len(elders)
    place = {who: tier for tier, who in enumerate(sorted(set(standing)), start=1)}
    return [place[who] for who in standing]


def _risk(risk: str, self_care: str) -> int:
    if risk == "high" or self_care == "unable":
        return 0
    return 1 if risk == "medium" else 2


def _below(amounts: Iterable[float], bands: Sequence[int]) -> list[int]:
    """How many of the bands each amount does not reach."""
    return [sum(not amount >= band for band in bands) for amount in amounts]


def _ages(elders: pd.DataFrame, on: date) -> list[float]:
    ages = []
    for born, told in zip(elders["birth_date"], elders["age"], strict=True):
        if pd.isna(born):
            ages.append(0.0 if pd.isna(told) else float(told))
        else:
            ages.append(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))
    return ages


def _month_of(day: float) -> int | None:
    """The month of a day since 1970, counted from year 0."""
    if np.isnan(day):
        return None
    when = date.fromordinal(date(1970, 1, 1).toordinal() + int(day))
    return 12 * when.year + when.month
