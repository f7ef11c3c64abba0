"""Who the people of a roster are: national IDs, ages and dates of birth held against each other, and twins.

National IDs live here as long as a check takes. Nothing that is returned to others holds one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.i18n import N_
from matcher.messages import Issue
from matcher.privacy import hide_numbers, mask_name
from matcher.roster.address import name_buildings, parse
from matcher.roster.cells import (
    arrow,
    days,
    each,
    fixed_width,
    is_empty,
    matching,
    numbers_in,
    taken,
    without_spaces,
)
from matcher.roster.keys import Keys, combine_keys, find_first_other, make_keys
from matcher.roster.names import find_name_in_id, unify_names
from matcher.roster.numbers import national_id_problem, phone_numbers, spell_national_id
from matcher.roster.phones import list_phone_numbers
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
_MAY_BE_LANDLINE = "^[2-9][0-9]{3}[ -]?[0-9]{4}$"
_OWN_NUMBER = re.compile(r"20[0-4]\d|31\d")
"""How an id of eight digits begins that holds a year, or Shanghai's number."""
_SAME_BEGINNING = 4
_NO_ASCII = r"[^\x00-\x7F]"
_FOREIGN_NAME = "[A-Za-z]{3}"
_FEW_IDS = 3
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
        """Read IDs (texts as NFKC), checking length, date and check character after GB 11643."""
        key, born = np.full(len(cells), -1, dtype=np.int64), np.full(len(cells), _NO_DATE)
        male = np.zeros(len(cells), dtype=bool)
        ordinary = matching(cells, _WHOLE)
        plain = each(cells, spell_national_id, ~ordinary & ~is_empty(cells))
        whole = ordinary | matching(plain, _WHOLE)
        code = fixed_width(plain.filter(pa.array(whole)), 18)
        digit = code[:, :17].astype(np.int64) - ord("0")
        found = days(*(numbers_in(code, *place) for place in ((6, 10), (10, 12), (12, 14))))
        sound = (_CHECK_CHARACTERS[digit @ _WEIGHTS % 11] == code[:, 17]) & ~np.isnat(found)
        at = np.flatnonzero(whole)[sound]
        key[at], born[at], male[at] = numbers_in(code[sound], 0, 17), found[sound], digit[sound, 16] % 2 == 1
        return cls(key, born, male)


def check_identity(table: Table, frame: pd.DataFrame, ids: NationalIds, on: date | None) -> Iterator[Issue]:
    """Find what is wrong with, or contradicts, who the people of one roster are.

    Args:
        table: The roster as text.
        frame: Its typed columns, all rows.
        ids: Its national IDs.
        on: The date that ages are reckoned at; None: they are not checked.
    """
    yield from _find_phones_as_ids(table, frame)
    yield from _find_names_in_ids(table, frame)
    yield from _find_invalid(table, ids)
    same_id = find_first_other(ids.key)
    for i in np.flatnonzero(same_id >= 0).tolist():
        number = table.text("national_id", i)
        yield table.issue("national_id_duplicate", "national_id", i, number, **place(table, same_id[i]))
    yield from _find_twins(table, frame, ids, same_id)
    yield from _find_renamed(table, frame, ids)
    yield from _compare_with_ids(table, frame, ids)
    if on is not None:
        yield from _check_ages(table, frame, ids, on)


def place(table: Table, i: int) -> dict[str, object]:
    """Return where the i-th row stands, for the sentence of an issue about another row."""
    return {"other": int(table.row[i]), "other_file": table.readings[table.part[i]].file}


def make_name_keys(*columns: pd.Series) -> Keys:
    """Return keys of names, however they are spelt."""
    coded = pa.concat_arrays([arrow(column) for column in columns]).dictionary_encode()
    keys: Keys = make_keys(unify_names(coded.dictionary))[coded.indices.to_numpy()]
    return keys


def make_day_keys(*columns: pd.Series) -> Keys:
    """Return keys of one or several columns of dates below each other."""
    dates = np.concatenate([column.to_numpy(dtype="datetime64[D]") for column in columns])
    return np.where(np.isnat(dates), -1, dates.astype(np.int64) + _BEFORE_1970)


def _find_phones_as_ids(table: Table, frame: pd.DataFrame) -> Iterator[Issue]:
    """Find ids that are the row's own telephone number, and ask about those that look like one of a city.

    An id of eight digits may also be a number of the programme's own: such ones begin alike, with a year or an area.
    """
    ids = arrow(frame["id"])
    long = np.flatnonzero(matching(ids, _MAY_BE_LANDLINE))
    texts = {int(i): re.sub("[ -]", "", ids[int(i)].as_py()) for i in long}
    phones = {i: phone_numbers(frame["phone"].iloc[i]) for i in texts}
    own = [i for i, text in texts.items() if text in phones[i]]
    for i in own:
        yield table.issue("id_is_phone", "id", i, hide_numbers(texts[i]))
    begins = Counter(text[:_SAME_BEGINNING] for text in texts.values())
    if len(texts) >= _FEW_IDS and max(begins.values()) > len(texts) / 2:
        return
    for i in sorted({i for i, text in texts.items() if not _OWN_NUMBER.match(text)} - set(own)):
        yield table.issue("id_may_be_phone", "id", i, hide_numbers(texts[i]))


def _find_names_in_ids(table: Table, frame: pd.DataFrame) -> Iterator[Issue]:
    """Ask about ids that hold the row's own name, or what may be a name and stands in no other id."""
    may_hold = matching(arrow(frame["id"]), _NO_ASCII) | matching(arrow(frame["name"]), _FOREIGN_NAME)
    found: dict[int, tuple[str, str]] = {}
    for i in np.flatnonzero(may_hold).tolist():
        name = frame["name"].iloc[i]
        if held := find_name_in_id(frame["id"].iloc[i], name):
            found[i] = held, name
    count = Counter(held for held, _name in found.values())
    for i, (held, name) in found.items():
        if held == name or count[held] == 1:
            shown = unicodedata.normalize("NFKC", frame["id"].iloc[i])
            shown = re.sub(re.escape(held), mask_name(held), shown, flags=re.IGNORECASE)
            yield table.issue("id_may_hold_name", "id", i, shown)


def _find_invalid(table: Table, ids: NationalIds) -> Iterator[Issue]:
    for i in np.flatnonzero((ids.key < 0) & table.filled("national_id")).tolist():
        text = table.text("national_id", i)
        yield table.issue("national_id_invalid", "national_id", i, text, problem=national_id_problem(text))


def _find_twins(table: Table, frame: pd.DataFrame, ids: NationalIds, same_id: NDArray[np.int64]) -> Iterator[Issue]:
    """Ask about rows that may be of one person: of one name, and one telephone number, date of birth or home.

    What a national ID has told is not told again. Two who have different valid ones may share a date of birth.
    """
    name = make_name_keys(frame["name"])
    again = np.flatnonzero(find_first_other(name) >= 0)
    if not len(again):
        return
    rows = frame.iloc[again]
    found = np.full(len(again), -1, dtype=np.int64)
    shared = np.full(len(again), "", dtype=object)
    for what, other in (
        (N_("telephone number"), _find_by_phone(rows["phone"], name[again])),
        (N_("date of birth"), _find_by_birth(rows["birth_date"], name[again], ids.key[again])),
        (N_("address"), _find_by_home(rows, name[again])),
    ):
        new = (found < 0) & (other >= 0)
        found[new], shared[new] = other[new], what
    for at in np.flatnonzero((found >= 0) & (same_id[again] < 0)).tolist():
        i = int(again[at])
        where = place(table, int(again[found[at]]))
        yield table.issue("person_duplicate", "name", i, frame["name"].iloc[i], what=shared[at], **where)


def _find_renamed(table: Table, frame: pd.DataFrame, ids: NationalIds) -> Iterator[Issue]:
    """Ask about rows of two names that have one telephone number and one date of birth: 王秀英 and 王秀瑛."""
    born = np.flatnonzero(find_first_other(make_day_keys(frame["birth_date"])) >= 0)
    rows = frame[["phone", "birth_date", "name"]].iloc[born]
    key = ids.key[born]
    other = _find_by_phone(rows["phone"], make_day_keys(rows["birth_date"]))
    name = make_name_keys(rows["name"])
    differ = (key >= 0) & (key[other] >= 0)
    for at in np.flatnonzero((other >= 0) & (name != name[other]) & ~differ).tolist():
        i = int(born[at])
        yield table.issue("person_renamed", "name", i, frame["name"].iloc[i], **place(table, int(born[other[at]])))


def _find_by_phone(phones: pd.Series, key: Keys) -> NDArray[np.int64]:
    """Return for each row the first other of the same key and one of its telephone numbers; -1 where there is none."""
    who, numbers = list_phone_numbers(arrow(phones))
    other = find_first_other(combine_keys(key[who], make_keys(numbers)))
    found = np.full(len(phones), -1, dtype=np.int64)
    at = np.flatnonzero(other >= 0)[::-1]  # the first number of a cell is written last
    found[who[at]] = who[other[at]]
    return found


def _find_by_birth(born: pd.Series, name: Keys, national_id: Keys) -> NDArray[np.int64]:
    """Return for each row the first other of the same name and date of birth; -1 where their national IDs differ."""
    other = find_first_other(combine_keys(name, make_day_keys(born)))
    differ = (national_id >= 0) & (national_id[other] >= 0) & (national_id != national_id[other])
    return np.where(differ, -1, other)


def _find_by_home(rows: pd.DataFrame, name: Keys) -> NDArray[np.int64]:
    """Return for each row the first other of the same name and home; -1 where there is none.

    A home is a building with a room, or an address as written where these are not told. Rooms are read only of those
    who share a name and a building.
    """
    address, building = without_spaces(arrow(rows["address"])), name_buildings(rows)
    same = [find_first_other(combine_keys(name, make_keys(cells))) >= 0 for cells in (address, building)]
    near = np.flatnonzero(same[0] | same[1])
    address, building = taken(address, near), taken(building, near)
    room = each(address, lambda text: parse(text).room)
    told = pa.array(~is_empty(building) & ~is_empty(room))
    home = make_keys(pc.if_else(told, pc.binary_join_element_wise(building, room, "|"), address))
    other = find_first_other(combine_keys(name[near], home))
    found = np.full(len(rows), -1, dtype=np.int64)
    found[near] = np.where(other >= 0, near[other], -1)
    return found


def _compare_with_ids(table: Table, frame: pd.DataFrame, ids: NationalIds) -> Iterator[Issue]:
    """Find dates of birth and sexes that the national ID contradicts."""
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


def _check_ages(table: Table, frame: pd.DataFrame, ids: NationalIds, on: date) -> Iterator[Issue]:
    """Find ages that contradict the date of birth, and people too young or too old for the programme."""
    by_date = _count_years(frame["birth_date"].to_numpy(dtype="datetime64[D]"), on)
    by_id = _count_years(ids.born, on)
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


def _count_years(born: Dates, on: date) -> NDArray[np.float64]:
    """Return full years of age; NaN where the date is missing."""
    days = pd.DatetimeIndex(born)
    before = (days.month > on.month) | ((days.month == on.month) & (days.day > on.day))
    return np.asarray(on.year - days.year - before, dtype=np.float64)
