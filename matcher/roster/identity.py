"""Who the people of a roster are: national IDs, ages and dates of birth held against each other, and twins.

National IDs live here as long as a check takes. Nothing that is returned to others holds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.cells import (
    arrow,
    days,
    each,
    fixed_width,
    is_empty,
    matching,
    numbers_in,
    without_spaces,
)
from matcher.roster.keys import Keys, first_other, keys_of, together
from matcher.roster.numbers import national_id_problem, of_18_characters
from matcher.roster.table import Table

ELDER_FROM = 60
"""Age in years from which the law calls a person elderly."""
VOLUNTEER_AGES = (50, 75)
"""Ages that street notices ask volunteers to have."""
_AGE_SLACK = 2
"""Years that an age may be off: counted the traditional way, or not kept up since it was filled in."""
_WEIGHTS = np.array([2 ** (17 - i) % 11 for i in range(17)])
_CHECK_CHARACTERS = np.frombuffer(b"10X98765432", dtype=np.uint8)
_WHOLE = "^[0-9]{17}[0-9X]$"
_MONTH_ONLY = re.compile(r"\d{4}[-/.年]\d{1,2}月?", re.ASCII)
_NO_DATE = np.datetime64("NaT", "D")
_BEFORE_1970 = 100_000
"""Added to days from 1970 on, so that no date's key is negative."""

Dates = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class NationalIds:
    """The national IDs of a roster, a place a row; ``key`` is -1 and ``born`` NaT where there is no valid one."""

    key: Keys = field(repr=False)
    """The first 17 digits, which tell the check character; of IDs of 15 digits too."""
    born: Dates
    male: NDArray[np.bool_]

    @classmethod
    def of(cls, cells: pa.Array) -> NationalIds:
        """Read them (texts as NFKC), checking length, date and check character after GB 11643."""
        key, born = np.full(len(cells), -1, dtype=np.int64), np.full(len(cells), _NO_DATE)
        male = np.zeros(len(cells), dtype=bool)
        ordinary = matching(cells, _WHOLE)
        plain = each(cells, _plain, ~ordinary & ~is_empty(cells))
        whole = ordinary | matching(plain, _WHOLE)
        code = fixed_width(plain.filter(pa.array(whole)), 18)
        digit = code[:, :17].astype(np.int64) - ord("0")
        found = days(*(numbers_in(code, *place) for place in ((6, 10), (10, 12), (12, 14))))
        sound = (_CHECK_CHARACTERS[digit @ _WEIGHTS % 11] == code[:, 17]) & ~np.isnat(found)
        at = np.flatnonzero(whole)[sound]
        key[at], born[at], male[at] = numbers_in(code[sound], 0, 17), found[sound], digit[sound, 16] % 2 == 1
        return cls(key, born, male)


def _plain(text: str) -> str:
    return of_18_characters(text.replace(" ", "").upper())


def identity_issues(table: Table, frame: pd.DataFrame, ids: NationalIds, on: date | None) -> Iterator[Issue]:
    """What is wrong with, or contradicts, who the people of one roster are.

    Args:
        table: The roster as text.
        frame: Its typed columns, all rows.
        ids: Its national IDs.
        on: The date that ages are reckoned at; None: they are not checked.
    """
    yield from _invalid(table, ids)
    same_id = first_other(ids.key)
    for i in np.flatnonzero(same_id >= 0).tolist():
        number = table.text("national_id", i)
        yield table.issue("national_id_duplicate", "national_id", i, number, **place(table, same_id[i]))
    yield from _probable_twins(table, frame, same_id)
    yield from _against_id(table, frame, ids)
    if on is not None:
        yield from _ages(table, frame, ids, on)


def place(table: Table, i: int) -> dict[str, object]:
    """Where the i-th row stands, for the sentence of an issue about another row."""
    return {"other": int(table.row[i]), "other_file": table.readings[table.part[i]].file}


def text_keys(*columns: pd.Series) -> Keys:
    """Keys of one or several columns of text below each other, without any white space."""
    coded = pa.concat_arrays([arrow(column) for column in columns]).dictionary_encode()
    keys: Keys = keys_of(without_spaces(coded.dictionary))[coded.indices.to_numpy()]
    return keys


def day_keys(*columns: pd.Series) -> Keys:
    """Keys of one or several columns of dates below each other."""
    dates = np.concatenate([column.to_numpy(dtype="datetime64[D]") for column in columns])
    return np.where(np.isnat(dates), -1, dates.astype(np.int64) + _BEFORE_1970)


def _invalid(table: Table, ids: NationalIds) -> Iterator[Issue]:
    for i in np.flatnonzero((ids.key < 0) & table.filled("national_id")).tolist():
        text = table.text("national_id", i)
        yield table.issue("national_id_invalid", "national_id", i, text, problem=national_id_problem(text))


def _probable_twins(table: Table, frame: pd.DataFrame, same_id: NDArray[np.int64]) -> Iterator[Issue]:
    """Rows with one name, date of birth and address; what a national ID has told is not told again."""
    alike = together(text_keys(frame["name"]), day_keys(frame["birth_date"]))
    rows = np.flatnonzero(first_other(alike) >= 0)
    other = first_other(together(alike[rows], text_keys(frame["address"].iloc[rows])))
    for at in np.flatnonzero((other >= 0) & (same_id[rows] < 0)).tolist():
        i = int(rows[at])
        yield table.issue("person_duplicate", "name", i, frame["name"].iloc[i], **place(table, int(rows[other[at]])))


def _against_id(table: Table, frame: pd.DataFrame, ids: NationalIds) -> Iterator[Issue]:
    """Date of birth and sex that the national ID contradicts."""
    born = frame["birth_date"].to_numpy(dtype="datetime64[D]")
    both = ~np.isnat(born) & ~np.isnat(ids.born)
    same_month = born.astype("datetime64[M]") == ids.born.astype("datetime64[M]")
    for i in np.flatnonzero(both & (born != ids.born)).tolist():
        text = table.text("birth_date", i)
        if not (same_month[i] and _MONTH_ONLY.fullmatch(text)):
            yield table.issue("birth_date_against_id", "birth_date", i, text)
    male, female = ((frame["sex"] == sex).to_numpy(dtype=bool) for sex in ("male", "female"))
    for i in np.flatnonzero((ids.key >= 0) & np.where(ids.male, female, male)).tolist():
        yield table.issue("sex_against_id", "sex", i, table.text("sex", i))


def _ages(table: Table, frame: pd.DataFrame, ids: NationalIds, on: date) -> Iterator[Issue]:
    """Ages that contradict the date of birth, and people too young or too old for the programme."""
    by_date = _years(frame["birth_date"].to_numpy(dtype="datetime64[D]"), on)
    by_id = _years(ids.born, on)
    told = frame["age"].to_numpy(dtype=np.float64)
    known = np.where(np.isnan(by_date), by_id, by_date)
    for i in np.flatnonzero(np.abs(told - known) > _AGE_SLACK).tolist():
        yield table.issue(
            "age_against_birth_date", "age", i, table.text("age", i), age=int(known[i]), on=on.isoformat()
        )
    age = np.where(np.isnan(known), told, known)
    if table.kind == "elders":
        code, low, high = "elder_young", ELDER_FROM, 200
    else:
        code, (low, high) = "volunteer_age", VOLUNTEER_AGES
    for i in np.flatnonzero((age < low) | (age > high)).tolist():
        source = "age" if np.isnan(known[i]) else "national_id" if np.isnan(by_date[i]) else "birth_date"
        value = table.text(source, i)
        yield table.issue(code, source, i, value, age=int(age[i]), low=low, high=high)


def _years(born: Dates, on: date) -> NDArray[np.float64]:
    """Full years of age; NaN where the date is missing."""
    days = pd.DatetimeIndex(born)
    before = (days.month > on.month) | ((days.month == on.month) & (days.day > on.day))
    return np.asarray(on.year - days.year - before, dtype=np.float64)
