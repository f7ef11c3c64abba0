"""Paused pairs: one of the two is away for the month, and the pair goes on when they are back.

A pair pauses where a person's status says so or where days off hold every day of the month. It stands in pairs.csv with
its date, takes no place and no contacts, and its place is lent. It comes back as last month's pair, whoever stood in
meanwhile. After ``keep.paused_months`` it has ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.roster.model import TOLD_DAYS_OFF, PairList

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PausedPairs:
    """What becomes of last month's pairs where one of the two is away for this month, or was for the last."""

    previous: PairList
    """Last month's pairs that may go on: those that come back stand in the place of who stood in."""
    paused: PairList
    """Pairs that pause this month; ``paused_since`` is told of each."""
    changed: PairList
    """Pairs that end by it, or pause from this month on."""
    reasons: tuple[str, ...]
    """Why, of each: a code of ``messages.CHANGES``."""
    is_back: Mask
    """Mask of those of ``previous`` that paused, and come back."""
    is_borrowed: Mask
    """Mask of those of ``previous`` in a lent place: made while one of the volunteer's paused who is back."""
    began: NDArray[np.datetime64]
    """The month since which each of ``previous`` stands, datetime64[M]."""

    @classmethod
    def find(
        cls,
        listed: PairList,
        gone: Mask,
        since: NDArray[np.datetime64],
        month: np.datetime64,
        most_months: int,
    ) -> PausedPairs:
        """Sort last month's pairs.

        Args:
            listed: Last month's pairs as listed, paused ones among them.
            gone: Listed pairs of whom one is away for the whole month.
            since: The month since which each listed pair stands, datetime64[M].
            month: This month, datetime64[M].
            most_months: For so many months a pair pauses; 0: none does.
        """
        was = np.array(listed.status or ("",) * len(listed), dtype=object) == "paused"
        known = (listed.elder >= 0) & (listed.volunteer >= 0)
        told = np.full(len(listed), np.datetime64("NaT", "M")) if listed.paused_since is None else listed.paused_since
        last_month = month - np.timedelta64(1, "M")
        begun = np.where(was & ~np.isnat(told), told, np.where(was, last_month, month)).astype("datetime64[M]")
        short = (month - begun).astype(np.int64) < most_months
        pauses = gone & short
        ended = was & gone & ~short
        back = was & ~gone
        stood_in = _find_stood_in(listed, was, known & ~gone, since)
        pauses, ended = pauses & ~stood_in, ended & ~stood_in
        changed = np.flatnonzero((pauses & ~was) | ended | stood_in)
        reasons = np.select([pauses, ended], ["paused", "paused_too_long"], "own_volunteer_back")
        goes_on = ~(pauses | ended | stood_in)
        borrowed = _find_borrowed(listed, goes_on & known, back, since, begun)
        paused = listed.where(pauses)
        return cls(
            listed.where(goes_on),
            paused.with_dates(_keep_days(listed, since)[pauses], begun[pauses]),
            listed.where(np.isin(np.arange(len(listed)), changed)),
            tuple(reasons[changed].tolist()),
            back[goes_on],
            borrowed[goes_on],
            since[goes_on],
        )


def _keep_days(listed: PairList, since: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return the day since which each listed pair stands; the first of its month where none is told, datetime64[D]."""
    first = since.astype("datetime64[D]")
    if listed.since is None:
        return first
    return np.where(listed.since.astype("datetime64[M]") == since, listed.since, first)


def _find_stood_in(listed: PairList, was: Mask, here: Mask, since: NDArray[np.datetime64]) -> Mask:
    """Return the pairs of volunteers who stood in for one who is back, (n,).

    Of an elder's pairs the one that paused and stands longest comes first. Whoever stood in for a volunteer may have
    paused in turn, and another stood in there. Of all these the first with both of the pair ``here`` goes on. Those
    after it are over, those before it pause on.
    """
    order = np.lexsort((since, ~was, listed.elder))
    rank = np.empty(len(listed), dtype=np.int64)
    rank[order] = np.arange(len(listed))
    has_paused = np.isin(listed.elder, listed.elder[was]) & (listed.elder >= 0)
    first = np.full(int(listed.elder.max(initial=-1)) + 1, len(listed), dtype=np.int64)
    np.minimum.at(first, listed.elder[has_paused & here], rank[has_paused & here])
    stood_in = has_paused.copy()
    stood_in[has_paused] = rank[has_paused] > first[listed.elder[has_paused]]
    return np.asarray(stood_in, dtype=bool)


def _find_borrowed(
    listed: PairList, goes_on: Mask, back: Mask, since: NDArray[np.datetime64], begun: NDArray[np.datetime64]
) -> Mask:
    """Return the pairs made since one of the volunteer's paused who is back, (n,)."""
    borrowed = np.zeros(len(listed), dtype=bool)
    for volunteer in np.unique(listed.volunteer[goes_on & back]).tolist():
        theirs = goes_on & (listed.volunteer == volunteer)
        borrowed |= theirs & ~back & (since >= begun[theirs & back].min())
    return borrowed


def find_away(people: pd.DataFrame, horizon: Horizon) -> Mask:
    """Return who is away for the whole month: by the status, or as days off that were known before hold every day."""
    away = (people["status"] == "paused").to_numpy().copy()
    dates = horizon.dates()
    told = people.get(TOLD_DAYS_OFF, pd.Series([()] * len(people), index=people.index)).tolist()
    off = people["days_off"].tolist()
    for person, count in enumerate(map(len, off)):
        if count >= len(dates):
            away[person] |= set(dates) <= set(off[person]) - set(told[person])
    return np.asarray(away & ~find_leaving(people, horizon))


def find_leaving(people: pd.DataFrame, horizon: Horizon) -> Mask:
    """Return who is gone before the month's last day: no pair pauses with somebody who does not come back."""
    left = people["left"].to_numpy().astype("datetime64[D]")
    return np.asarray(left < np.datetime64(horizon.end))  # comparisons with NaT (an empty date) are False
