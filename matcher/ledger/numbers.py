"""The numbers that stand for people, places, words and contacts in a ledger."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
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
PARTS = ("elder", "volunteer")
"""Names of these, in their order."""
NOBODY = NOWHERE = NO_WORD = 0
_DAYS = 32
"""A contact's number is its day of the month, and this many more for each further contact of the day."""
_STAMP = 8
"""Characters of the date that an id of ours begins with."""
_FOREIGN = 1 << 20
"""Numbers of contacts with ids of another form lie above."""


def number_month(month: str) -> int:
    """Return the number of a month: 202612 for 2026-12."""
    start = Horizon.of_month(month).start
    return 100 * start.year + start.month


class Register:
    """The numbers that a ledger has given to people, places and words; who and what is new gets the next.

    Args:
        connection: In a transaction; what is known is read once, when it is asked for.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._persons: dict[int, dict[str, int]] = {}
        self._texts: dict[str, dict[tuple[str, ...], int]] = {}

    def number_persons(self, part: int, ids: pd.Series) -> Numbers:
        """Return the numbers of people. An empty id is nobody, 0."""
        if part not in self._persons:
            rows = sa.select(PERSONS.c.id, PERSONS.c.person).where(PERSONS.c.part == part, PERSONS.c.id.is_not(None))
            self._persons[part] = {"": NOBODY} | dict(map(tuple, self._connection.execute(rows)))
        of = self._persons[part]
        codes, distinct = _encode(ids)
        if new := [text for text in distinct if text not in of]:
            last = self._connection.scalar(sa.select(sa.func.max(PERSONS.c.person))) or NOBODY
            numbers = np.arange(last + 1, last + 1 + len(new))
            insert_rows(self._connection, PERSONS, {"person": numbers, "part": part, "id": new})
            of |= dict(zip(new, numbers.tolist(), strict=True))
        return np.array([of[text] for text in distinct], dtype=np.int64)[codes]

    def number_places(self, areas: pd.DataFrame) -> Numbers:
        """Return the numbers of districts, subdistricts and committees, the columns of ``areas``."""
        key = np.zeros(len(areas), dtype=np.int64)
        for name in areas:
            codes, distinct = _encode(areas[name])
            key = key * (len(distinct) + 1) + codes
        _keys, first, position = np.unique(key, return_index=True, return_inverse=True)
        rows = list(areas.iloc[first].itertuples(index=False, name=None))
        return self._number(PLACES, rows)[position]

    def number_words(self, words: pd.Series) -> Numbers:
        """Return the numbers of words. An empty word is 0."""
        codes, distinct = _encode(words)
        return self._number(WORDS, [(word,) for word in distinct])[codes]

    def _number(self, table: sa.Table, rows: Sequence[tuple[str, ...]]) -> Numbers:
        number, *texts = table.columns
        if table.name not in self._texts:
            known = self._connection.execute(sa.select(number, *texts))
            self._texts[table.name] = {tuple(row[1:]): row[0] for row in known}
        of = self._texts[table.name]
        if new := [row for row in rows if row not in of]:
            numbers = np.arange(max(of.values()) + 1, max(of.values()) + 1 + len(new))
            columns: dict[str, Any] = {text.name: [row[i] for row in new] for i, text in enumerate(texts)}
            insert_rows(self._connection, table, {number.name: numbers, **columns})
            of |= dict(zip(new, numbers.tolist(), strict=True))
        return np.array([of[row] for row in rows], dtype=np.int64)


def _encode(texts: pd.Series | pa.Array) -> tuple[Numbers, list[str]]:
    """Return the distinct texts of a column, and which of them each row has."""
    coded = arrow(texts).fill_null("").dictionary_encode()
    return coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()


def number_visits(visit_id: pd.Series, elder_id: pd.Series, month: int) -> Numbers:
    """Return the number of each contact, which tells it from others of its elder in the month.

    An id of ours, ``20261203-E00012-2``, becomes its day, 3, and 32 for each contact before it on that day. An id of
    another form becomes a hash above 2²⁰. Contacts without an id, which were not planned, are -1, -2 … for each elder.
    """
    ids, elders = arrow(visit_id), arrow(elder_id)
    codes, stamps = _encode(pc.utf8_slice_codeunits(ids, 0, _STAMP))
    days = [int(stamp[6:]) if re.fullmatch(rf"{month}[0-3]\d", stamp, re.ASCII) else 0 for stamp in stamps]
    day = np.array(days, dtype=np.int64)[codes]
    own = pc.equal(pc.utf8_slice_codeunits(ids, _STAMP), pc.binary_join_element_wise("-", elders, ""))
    ours = own.to_numpy(zero_copy_only=False) & (day > 0)
    numbers = np.where(ours, day, 0)
    rest = np.flatnonzero(~ours)
    texts = ids.take(rest).fill_null("").to_pylist()
    for i, text, elder in zip(rest.tolist(), texts, elders.take(rest).to_pylist(), strict=True):
        numbers[i] = _number_other(text, f"-{elder}-", int(day[i]))
    without = pd.Series(elder_id[numbers == 0])
    numbers[numbers == 0] = -1 - without.groupby(without.to_numpy()).cumcount().to_numpy()
    return numbers


def _number_other(text: str, elder: str, day: int) -> int:
    """Return the number of one contact; 0 without an id.

    Args:
        text: Its id.
        elder: What stands between date and number in an id of ours.
        day: The day of the month that an id of ours begins with; 0: it begins otherwise.
    """
    if not text:
        return 0
    nth = text[_STAMP + len(elder) :]
    if day and text.startswith(elder, _STAMP) and re.fullmatch(r"[1-9]\d{0,3}", nth, re.ASCII):
        return day + _DAYS * (int(nth) - 1)
    return _FOREIGN + int.from_bytes(hashlib.blake2b(text.encode(), digest_size=3).digest())


def number_days(dates: pd.Series) -> NDArray[np.float64]:
    """Return dates as days since 1970-01-01; NaN where there is none."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))


def number_days_of_month(dates: pd.Series, month: int) -> Numbers:
    """Return dates as days of a month: 1 is its first; those of other months lie below and above.

    A day since 1970 takes a byte more in each row: 45 MB a year of a city.
    """
    first = np.datetime64(f"{month // 100}-{month % 100:02}-01")
    return np.asarray((dates.to_numpy().astype("datetime64[D]") - first).astype(np.int64) + 1)
