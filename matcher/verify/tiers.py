"""Tiers and waiting of unmatched elders: who comes first, and since when each has waited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.capacity import find_current
from matcher.verify.case import Lists
from matcher.verify.dates import count_months, to_date
from matcher.verify.fit import is_high_risk
from matcher.verify.reference import Reference
from matcher.verify.violations import Findings

_LOW, _RANK_OF_OTHERS = 2, 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """The months since which elders wait and since which that counts, from the year 0; None: unknown, or does not."""

    since: list[int | None]
    counted: list[int | None]
    current: set[int]
    """Elders who have not to wait: their pairs of last month can go on."""
    lost: list[int | None]
    """The months since which it counts for elders without a pair last month if their volunteer left in this one."""

    @classmethod
    def of(cls, lists: Lists, unmet: Mapping[str, int], reference: Reference) -> Waiting:
        """Read since when elders wait; last month's pairs are among the lists.

        Who had a volunteer who can't go on waits since this month, or since when nobody met them, and counts as waiting
        for some months longer. Of others the roster's own date counts first, then the last run's list, then the day of
        joining.
        ``unmet`` has since when elders of last month's pairs wait whom nobody met.
        """
        current = find_current(reference)
        elders, month = reference.roster.elders, reference.dates.month
        served = set() if lists.previous is None else set(lists.previous.elder_id)
        lists_of = [_read_list(dates, len(elders)) for dates in (lists.waited_since, lists.counted_since)]
        own = [_read_list(elders[name].to_numpy("datetime64[D]"), len(elders)) for name in ("waiting_since", "joined")]
        rows = zip(elders["id"].tolist(), own[0], *lists_of, own[1], strict=True)
        waiting = cls([], [], current, [])
        last_day, dates = reference.people.volunteers.last_day, reference.dates
        anybody_left = bool(((last_day >= dates.first - 1) & (last_day <= dates.last)).any())
        for elder_id, written, on_list, counted, joined in rows:
            begun, reckoned = None, None
            if elder_id in served:  # who is current waits if left out all the same
                begun = min(unmet.get(elder_id, month), month)
                reckoned = begun - reference.settings.priority.lost_months
            else:
                days = [day for day in (written, on_list, joined) if day is not None]
                begun = min(count_months(days[0]), month) if days else None
                both = [each for each in (begun, None if counted is None else count_months(counted)) if each]
                reckoned = min(both) if both else None
            waiting.since.append(begun)
            waiting.counted.append(reckoned)
            lost = month - reference.settings.priority.lost_months
            may_have_lost = anybody_left and elder_id not in served
            waiting.lost.append(min(lost, reckoned or lost) if may_have_lost else None)
        return waiting


def check_tiers(unmatched: pd.DataFrame, waiting: Waiting, reference: Reference, findings: Findings) -> None:
    """Check each listed elder's ``tier``, ``waiting_since`` and ``counted_since``, where the table has them."""
    month, elders = reference.dates.month, unmatched["elder"].tolist()
    if "tier" in unmatched:
        tiers = rank_in_tiers(waiting, reference)
        expected = pd.Series([tiers[elder] for elder in elders], unmatched.index, dtype=float)
        _report(unmatched, "tier", (unmatched["tier"] - expected).abs(), findings)
    nobody: list[int | None] = [None] * len(waiting.since)
    columns = (("waiting_since", waiting.since, nobody), ("counted_since", waiting.counted, waiting.lost))
    for name, since, or_since in columns:
        if name in unmatched:
            begun = [(since[elder], or_since[elder]) for elder in elders]
            claimed = [to_date(day) for day in unmatched[name].tolist()]
            off = [
                np.nan
                if day is None or count_months(day) == other
                else abs(count_months(day) - (month if right is None else right))
                for day, (right, other) in zip(claimed, begun, strict=True)
            ]
            _report(unmatched, name, pd.Series(off, unmatched.index, dtype=float), findings)


def check_unmet(
    pairs: pd.DataFrame,
    lists: Lists,
    unmet: Mapping[str, int],
    waiting: Waiting,
    reference: Reference,
    findings: Findings,
) -> None:
    """Check since when elders of pairs wait to be met, where the table says so; an empty cell claims nothing.

    Of last month's pairs the records tell. Who had none waits as an elder without a volunteer does.
    """
    if "waiting_since" not in pairs:
        return
    served = set() if lists.previous is None else set(lists.previous.elder_id)
    ids = reference.roster.elders["id"].tolist()
    off = []
    for elder, day in zip(pairs["elder"].tolist(), pairs["waiting_since"].tolist(), strict=True):
        claimed = to_date(day)
        right = unmet.get(ids[elder]) if ids[elder] in served else waiting.since[elder]
        if claimed is None:
            off.append(np.nan)
        elif right is None:
            off.append(max(1.0, abs(reference.dates.month - count_months(claimed))))
        else:
            off.append(float(abs(count_months(claimed) - right)))
    _report(pairs, "waiting_since", pd.Series(off, pairs.index, dtype=float), findings)


def _report(rows: pd.DataFrame, name: str, off: pd.Series, findings: Findings) -> None:
    """Add the elders whose column is off."""
    findings.add("wrong_amount", rows[["elder", "row"]].assign(amount=off)[off > 0], name)


def _read_list(dates: NDArray[np.datetime64] | None, n: int) -> list[date | None]:
    """Return the dates of the last run's list, None for those of whom it says none."""
    if dates is None:
        return [None] * n
    days: list[date | None] = dates.astype("datetime64[D]").tolist()
    return days


def rank_in_tiers(waiting: Waiting, reference: Reference) -> list[int]:
    """Return each elder's tier, from 1, by sorting the parts of the settings' order."""
    elders, priority, current = reference.roster.elders, reference.settings.priority, waiting.current
    months_waiting = [
        0 if begun is None or elder in current else max(reference.dates.month - begun, 0)
        for elder, begun in enumerate(waiting.counted)
    ]
    risks = [_rank_risk(*cells) for cells in zip(elders["risk"].tolist(), elders["self_care"].tolist(), strict=True)]
    after = priority.high_risk_after_months
    urgent = [bool(after) and risk == 0 and months >= after for risk, months in zip(risks, months_waiting, strict=True)]
    anybody_urgent, standing_current = any(urgent), []
    for elder, risk in enumerate(risks):
        if elder in current:
            standing_current.append(2 if anybody_urgent and risk == _LOW else 0)
        else:
            standing_current.append(1 if urgent[elder] else _RANK_OF_OTHERS)
    parts = {
        "current": standing_current,
        "high_risk": [risk > 0 for risk in risks],
        "risk": risks,
        "age": _count_bands_below(_compute_ages(elders, reference.dates.horizon.start), priority.age_bands),
        "waiting": _count_bands_below(months_waiting, priority.waiting_bands),
    }
    standing = list(zip(*(parts[name] for name in priority.order), strict=True)) or [()] * len(elders)
    tier = {parts: number for number, parts in enumerate(sorted(set(standing)), start=1)}
    return [tier[parts] for parts in standing]


def _rank_risk(risk: str, self_care: str) -> int:
    """Return 0 for high risk, 1 for medium, 2 for all others."""
    if is_high_risk(risk, self_care):
        return 0
    return 1 if risk == "medium" else _LOW


def _count_bands_below(amounts: Sequence[float] | NDArray[np.float64], bands: Sequence[int]) -> list[int]:
    """Return how many of the bands each amount does not reach."""
    below: list[int] = (~(np.asarray(amounts)[:, None] >= np.array(bands, dtype=float))).sum(axis=1).tolist()
    return below


def _compute_ages(elders: pd.DataFrame, on: date) -> NDArray[np.float64]:
    """Return each elder's age on a day, by the date of birth, else as written, else 0."""
    born = elders["birth_date"].to_numpy("datetime64[D]")
    years, months = born.astype("datetime64[Y]"), born.astype("datetime64[M]")
    month, day = (months - years).astype(np.int64) + 1, (born - months).astype(np.int64) + 1
    is_to_come = (on.month < month) | ((on.month == month) & (on.day < day))
    by_birth = on.year - (years.astype(np.int64) + 1970) - is_to_come
    written = np.nan_to_num(elders["age"].to_numpy(float, na_value=np.nan))
    return np.asarray(np.where(np.isnat(born), written, by_birth), dtype=np.float64)
