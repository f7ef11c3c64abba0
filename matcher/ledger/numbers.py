"""The numbers that stand for people, places, words and contacts in a ledger."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.ledger.schema import PERSONS, PLACES, WORDS
from matcher.ledger.store import insert_rows
from matcher.roster.cells import arrow

Numbers = NDArray[np.int64]
ELDER, VOLUNTEER = 0, 1
NOBODY = NOWHERE = NO_WORD = 0
_DAYS = 32
"""A contact's number is its day of the month, and this many more for each further contact of the day."""
_FOREIGN = 1 << 20
"""Numbers of contacts with ids of another form lie above."""


def number_month(month: str) -> int:
    """Return the number of a month: 202612 for 2026-12."""
    start = Horizon.of_month(month).start
    return 100 * start.year + start.month


def number_persons(connection: sa.Connection, part: int, ids: pd.Series) -> Numbers:
    """Return the numbers of people; those who are new get one. An empty id is nobody, 0."""
    known = connection.execute(sa.select(PERSONS.c.id, PERSONS.c.person).where(PERSONS.c.part == part)).all()
    of = {text: number for text, number in known if text is not None}
    codes, distinct = pd.factorize(ids.to_numpy(dtype=object))
    new = [text for text in distinct if text and text not in of]
    if new:
        last = connection.execute(sa.select(sa.func.max(PERSONS.c.person))).scalar() or NOBODY
        numbers = np.arange(last + 1, last + 1 + len(new))
        insert_rows(connection, PERSONS, {"person": numbers, "part": part, "id": new})
        of |= dict(zip(new, numbers.tolist(), strict=True))
    return np.array([of[text] if text else NOBODY for text in distinct], dtype=np.int64)[codes]


def number_places(connection: sa.Connection, rows: Sequence[tuple[str, str, str]]) -> Numbers:
    """Return the numbers of district, subdistrict and committee; those that are new get one."""
    return _number(connection, PLACES, rows)


def number_words(connection: sa.Connection, words: Iterable[str]) -> Numbers:
    """Return the numbers of words; those that are new get one. An empty word is 0."""
    return _number(connection, WORDS, [(word,) for word in words])


def _number(connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[str, ...]]) -> Numbers:
    number, *texts = table.columns
    known = connection.execute(sa.select(*texts, number)).all()
    of: dict[tuple[str, ...], int] = {tuple(found[:-1]): found[-1] for found in known}
    new = [row for row in dict.fromkeys(rows) if row not in of]
    if new:
        numbers = np.arange(max(of.values()) + 1, max(of.values()) + 1 + len(new))
        columns: dict[str, Any] = {text.name: [row[i] for row in new] for i, text in enumerate(texts)}
        insert_rows(connection, table, {number.name: numbers, **columns})
        of |= dict(zip(new, numbers.tolist(), strict=True))
    return np.array([of[row] for row in rows], dtype=np.int64)


def number_visits(visit_id: pd.Series, elder_id: pd.Series, month: int) -> Numbers:
    """Return the number of each contact, which tells it from others of its elder in the month.

    An id of ours, ``20261203-E00012-2``, becomes its day, 3, and 32 for each contact before it on that day. An id of
    another form becomes a hash above 2²⁰. Contacts without an id, which were not planned, are -1, -2 … for each elder.
    """
    ids, elders = arrow(visit_id), arrow(elder_id)
    tail = pc.utf8_slice_codeunits(ids, 8)
    ours = pc.and_(
        pc.equal(pc.utf8_slice_codeunits(ids, 0, 6), str(month)),
        pc.equal(tail, pc.binary_join_element_wise("-", elders, "")),
    )
    day = pc.utf8_slice_codeunits(ids, 6, 8)
    ours = pc.and_(ours, pc.match_substring_regex(day, r"^[0-3][0-9]$")).to_numpy(zero_copy_only=False)
    numbers = np.zeros(len(ids), dtype=np.int64)
    numbers[ours] = pc.cast(day.filter(pa.array(ours)), pa.int64()).to_numpy()
    for i in np.flatnonzero(~ours).tolist():
        numbers[i] = _number_other(str(ids[i]), str(elders[i]), month)
    without = pd.Series(elder_id[numbers == 0])
    numbers[numbers == 0] = -1 - without.groupby(without.to_numpy()).cumcount().to_numpy()
    return numbers


def _number_other(text: str, elder: str, month: int) -> int:
    """Return the number of one contact; 0 without an id."""
    if not text:
        return 0
    if found := re.fullmatch(rf"{month}([0-3]\d)-{re.escape(elder)}-([1-9]\d{{0,3}})", text):
        return int(found[1]) + _DAYS * (int(found[2]) - 1)
    return _FOREIGN + int.from_bytes(hashlib.blake2b(text.encode(), digest_size=3).digest())


def number_days(dates: pd.Series) -> NDArray[np.float64]:
    """Return dates as days since 1970-01-01; NaN where there is none."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))
