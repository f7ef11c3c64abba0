"""Paused pairs, read anew: which of last month's pairs may go on, which pause, and whether the plan says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.roster.model import PairList
from matcher.verify.case import Case
from matcher.verify.dates import count_months
from matcher.verify.people import People, Side
from matcher.verify.violations import Findings, Violation

PAUSED = "paused"
Ids = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A pair of last month's list; months are counted from the year 0."""

    row: int
    ids: Ids
    is_paused: bool
    is_away: bool
    is_known: bool
    """Whether both are on the roster."""
    since: int
    begun: int
    """The month since which it pauses, this one where it does not yet."""


@dataclass(frozen=True, slots=True)
class PausedDue:
    """What the pairs must say of those that pause."""

    pairs: dict[Ids, tuple[int, int]]
    """The months since which each pair that pauses is one, and pauses."""
    borrowed: list[tuple[list[Ids], list[Ids]]]
    """Of each volunteer to whom somebody comes back: all pairs that go on, and those in a place lent, latest first."""


def split_paused(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table of pairs without those that pause, and these."""
    if "status" not in frame:
        return frame, frame.iloc[:0]
    paused = (frame["status"].astype(str) == PAUSED).to_numpy()
    return frame[~paused], frame[paused]


def _read_ids(pairs: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the ids of both sides; a column that lacks is read as empty, and told where the pairs are read."""
    ids = pairs.reindex(columns=["elder_id", "volunteer_id"]).astype(str)
    return ids["elder_id"].tolist(), ids["volunteer_id"].tolist()


def settle_paused(case: Case, active: pd.DataFrame, people: People) -> tuple[Case, PausedDue | None]:
    """Return the case in which last month's pairs are those that may go on, and what must pause.

    ``active`` has the case's pairs that do not pause. None is known of these where last month's pairs are not.
    """
    previous = case.lists.previous
    if previous is None:
        return case, None
    agreed = set(zip(*_read_ids(active), strict=True))
    pinned = set() if case.lists.pins is None else set(case.lists.pins.elder_id)
    rows = list(_read_rows(previous, people, count_months(case.horizon.start), agreed, pinned))
    month, most = count_months(case.horizon.start), case.settings.keep.paused_months
    over = _list_over(rows)
    pauses = [row for row in rows if row.is_away and month - row.begun < most and row not in over]
    others = over.union(pauses)
    going = [row for row in rows if row not in others and not (row.is_paused and row.is_away)]
    kept = np.zeros(len(previous), dtype=bool)
    kept[[row.row for row in going]] = True
    lists = replace(case.lists, previous=previous.where(kept))
    due = PausedDue(
        {row.ids: (row.since, row.begun) for row in pauses},
        list(_list_borrowed([row for row in going if row.is_known], people)),
    )
    return replace(case, lists=lists), due


def _list_over(rows: list[_Listed]) -> set[_Listed]:
    """Return the pairs of who stood in: an elder's pairs after the first, of the oldest that paused, that may go on."""
    over = set()
    for own in _group(rows, 0):
        theirs = sorted(own, key=lambda row: (not row.is_paused, row.since))
        back = next((i for i, row in enumerate(theirs) if row.is_known and not row.is_away), len(theirs))
        over |= set(theirs[back + 1 :])
    return over


def check_paused(paused: pd.DataFrame, due: PausedDue, findings: Findings) -> None:
    """Check that just those pairs pause that must, with their dates."""
    both = zip(*_read_ids(paused), strict=True)
    told = dict(zip(both, paused.index, strict=True))
    for ids in sorted(set(told) ^ set(due.pairs)):
        findings.add_one(Violation("paused" if ids in told else "paused_missing", *ids))
    for ids in sorted(set(told) & set(due.pairs)):
        for name, month in zip(("since", "paused_since"), due.pairs[ids], strict=True):
            day = paused[name].get(told[ids]) if name in paused else None
            if day is not None and not pd.isna(day) and count_months(pd.Timestamp(day).date()) != month:
                off = abs(count_months(pd.Timestamp(day).date()) - month)
                findings.add_one(Violation("wrong_amount", *ids, amount=float(off), what=name))


def _read_rows(previous: PairList, people: People, month: int, agreed: set[Ids], pinned: set[str]) -> Iterator[_Listed]:
    """Yield the rows of last month's list."""
    elder, volunteer = people.find_pairs(previous)
    elder_away, volunteer_away = _find_away(people.elders), _find_away(people.volunteers)
    leaves = people.volunteers.last_day < people.volunteers.last_of_month
    none: list[Any] = [None] * len(previous)
    since, begun = (
        none if dates is None else dates.astype("datetime64[D]").tolist()
        for dates in (previous.since, previous.paused_since)
    )
    months = none if previous.months is None else previous.months.tolist()
    status = previous.status or ("",) * len(previous)
    for row, ids in enumerate(zip(previous.elder_id, previous.volunteer_id, strict=True)):
        known = elder[row] >= 0 and volunteer[row] >= 0
        paused = status[row] == PAUSED
        away = known and ids not in agreed
        waits = elder_away[elder[row]] and ids[0] not in pinned and not leaves[volunteer[row]]
        away &= bool(waits or volunteer_away[volunteer[row]])
        first = month - 1
        if since[row] is not None:
            first = min(count_months(since[row]), month)
        elif months[row] is not None and months[row] == months[row]:
            first = month - int(months[row])
        pause = month if not paused else month - 1 if begun[row] is None else count_months(begun[row])
        yield _Listed(row, ids, paused, away, known, first, pause)


def _group(rows: list[_Listed], side: int) -> Collection[list[_Listed]]:
    """Return the pairs of each elder (side 0), or volunteer (1), of whom one is paused."""
    groups: dict[str, list[_Listed]] = {row.ids[side]: [] for row in rows if row.is_paused}
    for row in rows:
        if row.ids[side] in groups:
            groups[row.ids[side]].append(row)
    return groups.values()


def _list_borrowed(going: list[_Listed], people: People) -> Iterator[tuple[list[Ids], list[Ids]]]:
    """Yield a volunteer's pairs, and those of them made while one of the volunteer's paused, the latest first."""
    for theirs in _group(going, 1):
        since = min(row.begun for row in theirs if row.is_paused)
        later = [row for row in theirs if not row.is_paused and row.since >= since]
        later.sort(key=lambda row: (row.since, int(people.elders.find([row.ids[0]])[0])), reverse=True)
        yield [row.ids for row in theirs], [row.ids for row in later]


def _find_away(side: Side) -> NDArray[np.bool_]:
    """Return who is away for the whole month: by the status, or by days off on every day that were known before."""
    stays = ~(side.last_day < side.last_of_month)
    return np.asarray((side.paused | (side.off & ~side.told_off).all(axis=1)) & stays)
