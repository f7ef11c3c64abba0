"""From a table of text to typed columns, as the column table says; every cell at fault becomes an issue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.columns import Column, Kind
from matcher.frequency import per_week
from matcher.messages import ISSUES, Issue
from matcher.privacy import hide_national_ids, holds_national_id
from matcher.roster import availability
from matcher.roster.cells import Mask, arrow, days, each, fixed_width, is_empty, matching, numbers_in, series, taken
from matcher.roster.model import ANY_TIME
from matcher.roster.numbers import is_phone, is_ruined
from matcher.roster.table import Table, columns_of

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)) ?(?:周?岁|层|楼|次|人|名|位|户|°)?", re.ASCII)
_DATE = re.compile(r"(\d{4})([-/.年])(\d{1,2})(?:([-/.月])(\d{1,2})日?|月?)(?:[ T]\d{1,2}:\d\d\S*)?", re.ASCII)
_DATE_CLOSE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)
_OF_EXCEL_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", re.ASCII)
"""What an id becomes that Excel took for a date, as 1-2."""
_BETWEEN = re.compile(r"[;,、，；/\n]")
_RANGE = re.compile(r"\s*(?:~|至|到)\s*")
_DAYS_APART = re.compile(r"[;,、\s]+")
_HUGE = 1e15
_NUMERALS = r"\pN零○一二三四五六七八九"
_MONTH_IS_ENOUGH = frozenset({"birth_date", "since"})
_SHORTEST_ID = 15
_LONGEST_RANGE_DAYS = 3660


class CellFaultError(ValueError):
    """A cell can't be what its column asks for: the code of the issue, and what fills its sentences."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class _Type:
    """How a kind of column is read: ``parse`` a cell that is not empty, what an empty one is, and the array's type."""

    parse: Callable[[str, Column], Any]
    empty: Any
    dtype: str


def convert(table: Table) -> tuple[pd.DataFrame, NDArray[np.bool_], list[Issue]]:
    """Typed columns for every column of the table's kind, those that the file lacks empty.

    Returns:
        The frame: all rows of the table; known columns in the order of the column table with the types of
        ``model.Roster`` (``datetime_min``: float64 minutes after midnight), ``row``, ``file``, then unknown columns
        as text. Cells at fault are empty in it. A mask of the rows in which a cell has an error. The issues, those of
        the header first, then by row.
    """
    n = len(table)
    found: list[Issue] = []
    columns: dict[str, pd.Series] = {}
    for column in columns_of(table.kind):
        if column.name in table.headers:
            columns[column.name], faults = _column(table.columns[column.name], column)
            found += [
                table.issue(fault.code, column.name, i, table.text(column.name, i), **fault.params)
                for i, fault in faults.items()
            ]
        else:
            columns[column.name] = _series([_TYPES[column.kind].empty], np.zeros(n, dtype=np.int64), column)
    if "availability" in columns:
        columns["clock"] = _clock(table)
    columns["row"] = pd.Series(table.row, dtype="int64")
    columns["file"] = series(table.files())
    unknown = {name: series(_without_national_ids(table.columns[name])) for name in table.unknown}
    frame = pd.DataFrame({**columns, **unknown}, copy=False)
    return frame, table.rows_of(found), [*table.issues, *table.in_order(found)]


def _without_national_ids(cells: pa.Array) -> pa.Array:
    return each(cells, hide_national_ids, ~matching(cells, _ORDINARY["text"]))


def _column(cells: pa.Array, column: Column) -> tuple[pd.Series, dict[int, CellFaultError]]:
    """A column's values, and its faults by position: ordinary cells at once, of the others each distinct one once."""
    if not len(cells):  # nothing in it tells its type
        return _series([_TYPES[column.kind].empty], np.empty(0, dtype=np.int64), column), {}
    ordinary, whole = _at_once(cells, column)
    if ordinary.all():
        return whole, {}
    rest = np.flatnonzero(~ordinary)
    coded = (cells.filter(pa.array(~ordinary)) if len(rest) < len(cells) else cells).dictionary_encode()
    codes = coded.indices.to_numpy()
    kind = _TYPES[column.kind]
    values: list[Any] = []
    faults: dict[int, CellFaultError] = {}
    for i, text in enumerate(coded.dictionary.to_pylist()):
        try:
            values.append(kind.parse(text, column) if text else _empty(column))
        except CellFaultError as fault:
            values.append(hide_national_ids(text) if ISSUES[fault.code].severity == "warning" else kind.empty)
            faults[i] = fault
    read = _series(values, codes, column)
    if ordinary.any():
        read = _mixed(whole, read, ordinary)
    at = np.flatnonzero(np.isin(codes, list(faults))) if faults else ()
    return read, {int(rest[i]): faults[int(codes[i])] for i in at}


def _mixed(whole: pd.Series, rest: pd.Series, ordinary: Mask) -> pd.Series:
    """``whole`` where cells are ordinary, ``rest`` in the order of the others."""
    if whole.dtype == "str":
        return series(pc.replace_with_mask(arrow(whole), pa.array(~ordinary), arrow(rest)))
    values = whole.to_numpy(copy=True)
    values[~ordinary] = rest.to_numpy()
    return pd.Series(values)


def _at_once(cells: pa.Array, column: Column) -> tuple[Mask, pd.Series]:
    """Which cells of a column are so ordinary that they need no reading one by one, and the column's values there."""
    if column.kind not in _ORDINARY:
        return np.zeros(len(cells), dtype=bool), series(cells)
    if column.kind == "text" and (pc.max(pc.utf8_length(cells)).as_py() or 0) < _SHORTEST_ID:
        ordinary = np.ones(len(cells), dtype=bool) if not column.required else ~is_empty(cells)
        return ordinary, series(cells)
    ordinary = matching(cells, _ORDINARY[column.kind])
    if column.kind == "number":
        return _numbers_at_once(cells, column, ordinary)
    if column.kind == "date":
        return _dates_at_once(cells, ordinary)
    if not column.required:
        ordinary |= is_empty(cells)
    return ordinary, series(cells)


def _numbers_at_once(cells: pa.Array, column: Column, ordinary: Mask) -> tuple[Mask, pd.Series]:
    values = np.full(len(cells), np.nan)
    values[ordinary] = pc.cast(cells.filter(pa.array(ordinary)), pa.float64()).to_numpy(zero_copy_only=False)
    low, high = (limit if limit is not None else sign * _HUGE for limit, sign in ((column.low, -1), (column.high, 1)))
    return ordinary & (values >= low) & (values <= high), pd.Series(values)


def _dates_at_once(cells: pa.Array, ordinary: Mask) -> tuple[Mask, pd.Series]:
    values = np.full(len(cells), _NO_DATE)
    digits = fixed_width(cells.filter(pa.array(ordinary)), len("2026-12-01"))
    values[ordinary] = days(*(numbers_in(digits, *place) for place in ((0, 4), (5, 7), (8, 10))))
    return ordinary & ~np.isnat(values), pd.Series(values)


def _series(values: list[Any], codes: NDArray[np.integer], column: Column) -> pd.Series:
    """The values that ``codes`` point at, in the type of the column's kind."""
    dtype = _TYPES[column.kind].dtype
    if dtype == "str":
        return series(taken(pa.array(values, pa.string()), codes))
    array = np.empty(len(values), dtype=dtype)
    array[:] = values
    return pd.Series(array[codes])


def _empty(column: Column) -> Any:  # noqa: ANN401 - a cell may be anything
    if column.required:
        raise CellFaultError("value_missing")
    return _TYPES[column.kind].empty


def _text(text: str, _column: Column) -> str:
    return hide_national_ids(text)


def _unchanged(text: str, _column: Column) -> str:
    return text


def _id(text: str, _column: Column) -> str:
    if is_ruined(text):
        raise CellFaultError("id_ruined")
    if _OF_EXCEL_DATE.fullmatch(text):
        raise CellFaultError("id_is_date")
    if holds_national_id(text):
        raise CellFaultError("id_is_national_id")
    return text


def _phone(text: str, _column: Column) -> str:
    if not is_phone(text):
        raise CellFaultError("phone_invalid")
    return text


def _list(text: str, _column: Column) -> tuple[str, ...]:
    return tuple(part.strip() for part in _BETWEEN.split(hide_national_ids(text)) if part.strip())


def _number(text: str, column: Column) -> float:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise CellFaultError("value_not_number", example=column.example or "3")
    value = float(found[1])
    low = -_HUGE if column.low is None else column.low
    high = _HUGE if column.high is None else column.high
    if not low <= value <= high:
        raise CellFaultError("value_out_of_range", low=f"{low:g}", high=f"{high:g}")
    return value


def _int(text: str, column: Column) -> float:
    value = _number(text, column)
    if not value.is_integer():
        raise CellFaultError("value_not_whole")
    return value


def _date(text: str, column: Column) -> np.datetime64:
    return np.datetime64(_day(text, month_is_enough=column.name in _MONTH_IS_ENOUGH), "us")


def _day(text: str, *, month_is_enough: bool = False) -> date:
    found = _DATE.fullmatch(text)
    if found:
        year, first, month, second, day = found.groups()
        if day is None and not month_is_enough:
            raise CellFaultError("value_not_date")
        if day is not None and second != ("月" if first == "年" else first):
            raise CellFaultError("value_not_date")
    elif close := _DATE_CLOSE.fullmatch(text):
        year, month, day = close.groups()
    else:
        raise CellFaultError("value_not_date")
    try:
        result = date(int(year), int(month), int(day or 1))
    except ValueError as error:
        raise CellFaultError("value_not_date") from error
    if not 1850 <= result.year <= 2200:
        raise CellFaultError("value_not_date")
    return result


def _dates(text: str, _column: Column) -> tuple[date, ...]:
    days: set[date] = set()
    for part in filter(None, (part.strip() for part in _DAYS_APART.split(_RANGE.sub("~", text)))):
        first, *last = [_day(end) for end in part.split("~", maxsplit=1)]
        length = (last[0] - first).days + 1 if last else 1
        if not 1 <= length <= _LONGEST_RANGE_DAYS:
            raise CellFaultError("value_not_date")
        days.update(first + timedelta(days=i) for i in range(length))
    return tuple(sorted(days))


def _minutes(text: str, _column: Column) -> float:
    found = _TIME.fullmatch(text)
    if not found:
        raise CellFaultError("value_not_time")
    return 60.0 * int(found[1]) + int(found[2])


def _choice(text: str, column: Column) -> str:
    code = _codes(column).get(_key(text))
    if code is None:
        raise CellFaultError("value_not_choice", choices="; ".join(column.choice_label(c.code) for c in column.choices))
    return code


@lru_cache(maxsize=256)
def _codes(column: Column) -> dict[str, str]:
    """A column's choices by every way to write them."""
    return {_key(word): item.code for item in column.choices for word in (item.code, item.zh, *item.aliases)}


def _key(word: str) -> str:
    return re.sub(r"\s", "", word).casefold()


def _availability(text: str, _column: Column) -> int:
    try:
        return availability.parse(text)
    except ValueError as error:
        raise CellFaultError("availability_unreadable", part=str(error)) from error


_CLOCK = Column("clock", "", "text", "")


def _clock(table: Table) -> pd.Series:
    """The clock times of the column ``availability``; empty where it has none or can't be read."""
    if "availability" not in table.headers:
        return _series([""], np.zeros(len(table), dtype=np.int64), _CLOCK)
    coded = table.columns["availability"].dictionary_encode()
    found = []
    for text in coded.dictionary.to_pylist():
        try:
            found.append(availability.clock(text))
        except ValueError:
            found.append("")
    return _series(found or [""], coded.indices.to_numpy(), _CLOCK)


def _frequency(text: str, column: Column) -> float:
    number = _NUMBER.fullmatch(text)
    if number:
        return _number(text, column)
    try:
        return per_week(text)
    except ValueError as error:
        raise CellFaultError("frequency_unreadable") from error


_ORDINARY: dict[Kind, str] = {
    "id": r"^[A-Za-z][A-Za-z0-9_-]{0,13}$",
    "phone": r"^1[3-9][0-9]{9}$",
    "number": r"^[0-9]{1,8}(?:\.[0-9]{1,12})?$",
    "text": rf"^(?:[^{_NUMERALS}]*[{_NUMERALS}]){{1,14}}[^{_NUMERALS}]*$|^[^{_NUMERALS}]+$",
    "date": r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
}
"""What cells look like that stand for themselves, or for their number or date; neither faults nor national IDs do."""
_NO_DATE = np.datetime64("NaT", "us")
_TYPES: dict[Kind, _Type] = {
    "id": _Type(_id, "", "str"),
    "text": _Type(_text, "", "str"),
    "list": _Type(_list, (), "object"),
    "phone": _Type(_phone, "", "str"),
    "national_id": _Type(_unchanged, "", "str"),
    "int": _Type(_int, np.nan, "float64"),
    "number": _Type(_number, np.nan, "float64"),
    "date": _Type(_date, _NO_DATE, "datetime64[us]"),
    "datetime_min": _Type(_minutes, np.nan, "float64"),
    "dates": _Type(_dates, (), "object"),
    "bool": _Type(_choice, "", "str"),
    "choice": _Type(_choice, "", "str"),
    "availability": _Type(_availability, ANY_TIME, "int64"),
    "frequency": _Type(_frequency, np.nan, "float64"),
}


def empty_frame(kind: str) -> pd.DataFrame:
    """No rows of a kind of file, typed as ``convert`` does."""
    nothing = np.empty(0, dtype=np.int64)
    columns = {column.name: _series([_TYPES[column.kind].empty], nothing, column) for column in columns_of(kind)}
    return pd.DataFrame({**columns, "row": nothing, "file": pd.Series([], dtype=str)})
