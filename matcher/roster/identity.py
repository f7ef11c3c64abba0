"""Who the people of a roster are: national IDs, ages and dates of birth held against each other, and twins.

National IDs live here as long as a check takes. Nothing that is returned to others holds one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.roster.numbers import national_id_problem, of_18_characters
from matcher.roster.table import Table

ELDER_FROM = 60
"""Age in years from which the law calls a person elderly."""
VOLUNTEER_AGES = (50, 75)
"""Ages that street notices ask volunteers to have."""
_AGE_SLACK = 2
"""Years that an age may be off: counted the traditional way, or not kept up since it was filled in."""
_WEIGHTS = np.array([2 ** (17 - i) % 11 for i in range(17)])
_PLACES = np.array([1000, 100, 10, 1])
_CHECK_CHARACTERS = np.array(list("10X98765432"))
_MONTH_ONLY = re.compile(r"\d{4}[-/.年]\d{1,2}月?", re.ASCII)
_NO_DATE = np.datetime64("NaT", "D")

Texts = NDArray[np.object_]
Dates = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class NationalIds:
    """The national IDs of a roster, a place a row; ``number`` is empty and ``born`` NaT where there is no valid one."""

    number: Texts = field(repr=False)
    """18 characters, IDs of 15 digits too."""
    born: Dates
    male: NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Sequence[str]) -> NationalIds:
        """Read them (texts as NFKC), checking length, date and check character after GB 11643."""
        plain = [text.replace(" ", "").upper() if text else "" for text in texts]
        plain = [of_18_characters(text) if len(text) == 15 else text for text in plain]
        at = np.flatnonzero([len(text) == 18 and text.isascii() for text in plain])
        code = np.array([plain[i] for i in at], dtype="U18").view(np.uint32).reshape(-1, 18).astype(np.int64)
        digit = code - ord("0")
        check = _CHECK_CHARACTERS[(digit[:, :17] @ _WEIGHTS) % 11]
        born = _dates(digit[:, 6:10] @ _PLACES, digit[:, 10:12] @ _PLACES[2:], digit[:, 12:14] @ _PLACES[2:])
        sound = ((digit[:, :17] >= 0) & (digit[:, :17] <= 9)).all(axis=1) & ~np.isnat(born)
        sound &= np.array([plain[i][17] for i in at], dtype="U1") == check
        result = cls(
            np.full(len(plain), "", dtype=object), np.full(len(plain), _NO_DATE), np.zeros(len(plain), dtype=bool)
        )
        result.number[at[sound]] = [plain[i] for i in at[sound]]
        result.born[at[sound]] = born[sound]
        result.male[at[sound]] = digit[sound, 16] % 2 == 1
        return result


def identity_issues(table: Table, frame: pd.DataFrame, ids: NationalIds, on: date | None) -> Iterator[Issue]:
    """What is wrong with, or contradicts, who the people of one roster are.

    Args:
        table: The roster as text.
        frame: Its typed columns, all rows.
        ids: Its national IDs.
        on: The date that ages are reckoned at; None: they are not checked.
    """
    yield from _invalid(table, ids)
    same_id = first_other(ids.number)
    for i in np.flatnonzero(same_id >= 0).tolist():
        yield table.issue("national_id_duplicate", "national_id", i, ids.number[i], **place(table, same_id[i]))
    yield from _probable_twins(table, frame, same_id)
    yield from _against_id(table, frame, ids)
    if on is not None:
        yield from _ages(table, frame, ids, on)


def first_other(keys: Texts) -> NDArray[np.int64]:
    """For each text the place of the first equal one elsewhere; -1 where there is none, or the text is empty."""
    other = np.full(len(keys), -1, dtype=np.int64)
    places: dict[str, list[int]] = {}
    for i in np.flatnonzero(pd.Index(keys).duplicated(keep=False) & (keys != "")).tolist():
        places.setdefault(keys[i], []).append(i)
    for same in places.values():
        other[same] = same[0]
        other[same[0]] = same[1]
    return other


def place(table: Table, i: int) -> dict[str, object]:
    """Where the i-th row stands, for the sentence of an issue about another row."""
    return {"other": int(table.row[i]), "other_file": table.readings[table.part[i]].file}


def joined(*parts: Texts) -> Texts:
    """Texts joined row by row; empty where one of them is."""
    filled = np.logical_and.reduce([part != "" for part in parts])
    result = np.full(len(filled), "", dtype=object)
    result[filled] = ["|".join(row) for row in zip(*(part[filled] for part in parts), strict=True)]
    return result


def texts_of(frame: pd.DataFrame, name: str) -> Texts:
    """A column as text without any white space, missing dates empty."""
    if frame[name].dtype.kind == "M":
        days = frame[name].to_numpy(dtype="datetime64[D]")
        return np.where(np.isnat(days), "", np.datetime_as_string(days)).astype(object)
    return np.array(["".join(text.split()) for text in frame[name].tolist()], dtype=object)


def _dates(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> Dates:
    """Dates from their numbers, NaT where there is no such date from 1850 on."""
    sound = (year >= 1850) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = (np.where(sound, year, 1970) - 1970) * 12 + np.where(sound, month, 1) - 1
    first = months.astype("datetime64[M]")
    dates = first.astype("datetime64[D]") + (np.where(sound, day, 1) - 1)
    return np.where(sound & (dates.astype("datetime64[M]") == first), dates, _NO_DATE)


def _invalid(table: Table, ids: NationalIds) -> Iterator[Issue]:
    texts = table.texts("national_id")
    for i in np.flatnonzero(ids.number == "").tolist():
        if texts[i]:
            problem = national_id_problem(texts[i])
            yield table.issue("national_id_invalid", "national_id", i, texts[i], problem=problem)


def _probable_twins(table: Table, frame: pd.DataFrame, same_id: NDArray[np.int64]) -> Iterator[Issue]:
    """Rows with one name, date of birth and address; what a national ID has told is not told again."""
    other = first_other(joined(*(texts_of(frame, name) for name in ("name", "birth_date", "address"))))
    for i in np.flatnonzero((other >= 0) & (same_id < 0)).tolist():
        yield table.issue("person_duplicate", "name", i, frame["name"].iloc[i], **place(table, other[i]))


def _against_id(table: Table, frame: pd.DataFrame, ids: NationalIds) -> Iterator[Issue]:
    """Date of birth and sex that the national ID contradicts."""
    born = frame["birth_date"].to_numpy(dtype="datetime64[D]")
    both = ~np.isnat(born) & ~np.isnat(ids.born)
    same_month = born.astype("datetime64[M]") == ids.born.astype("datetime64[M]")
    texts = table.texts("birth_date")
    for i in np.flatnonzero(both & (born != ids.born)).tolist():
        if not (same_month[i] and _MONTH_ONLY.fullmatch(texts[i])):
            yield table.issue("birth_date_against_id", "birth_date", i, texts[i])
    sex = frame["sex"].to_numpy(dtype=object)
    told = (ids.number != "") & (sex != "")
    texts = table.texts("sex")
    for i in np.flatnonzero(told & ((sex == "male") != ids.male)).tolist():
        yield table.issue("sex_against_id", "sex", i, texts[i])


def _ages(table: Table, frame: pd.DataFrame, ids: NationalIds, on: date) -> Iterator[Issue]:
    """Ages that contradict the date of birth, and people too young or too old for the programme."""
    by_date = _years(frame["birth_date"].to_numpy(dtype="datetime64[D]"), on)
    by_id = _years(ids.born, on)
    told = frame["age"].to_numpy(dtype=np.float64)
    known = np.where(np.isnan(by_date), by_id, by_date)
    texts = table.texts("age")
    for i in np.flatnonzero(np.abs(told - known) > _AGE_SLACK).tolist():
        yield table.issue("age_against_birth_date", "age", i, texts[i], age=int(known[i]), on=on.isoformat())
    source = np.where(~np.isnan(by_date), "birth_date", np.where(~np.isnan(by_id), "national_id", "age"))
    age = np.where(np.isnan(known), told, known)
    if table.kind == "elders":
        code, low, high = "elder_young", ELDER_FROM, 200
    else:
        code, (low, high) = "volunteer_age", VOLUNTEER_AGES
    for i in np.flatnonzero((age < low) | (age > high)).tolist():
        value = table.texts(source[i])[i]
        yield table.issue(code, source[i], i, value, age=int(age[i]), low=low, high=high)


def _years(born: Dates, on: date) -> NDArray[np.float64]:
    """Full years of age; NaN where the date is missing."""
    days = pd.DatetimeIndex(born)
    before = (days.month > on.month) | ((days.month == on.month) & (days.day > on.day))
    return np.asarray(on.year - days.year - before, dtype=np.float64)
