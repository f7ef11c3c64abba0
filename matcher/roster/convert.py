"""From a table of text to typed columns, as the column table says; every cell at fault becomes an issue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.columns import Column, Kind
from matcher.frequency import per_week
from matcher.messages import ISSUES, Issue
from matcher.privacy import hide_national_ids, holds_national_id, holds_phone
from matcher.roster.amounts import HUGE, read_floor, read_metres, read_number, read_whole
from matcher.roster.availability import TimesError, read_times
from matcher.roster.cell_faults import ROSTERS, CellFaultError, find_use
from matcher.roster.cells import Mask, arrow, days, each, fixed_width, is_empty, matching, numbers_in, series, taken
from matcher.roster.dates import (
    EARLIEST_YEAR,
    PROGRAMME_YEARS,
    YEARS_AHEAD,
    check_birth,
    check_year,
    read_date,
    read_days,
)
from matcher.roster.model import ANY_TIME
from matcher.roster.numbers import is_phone, is_ruined
from matcher.roster.table import Table, columns_of
from matcher.roster.word_lists import WordReading, prepare_reading, read_words
from matcher.settings import Settings
from matcher.settings.words import DASHES, DITTO, NO, NothingWords, collect_nothing_words, simplify

LONGEST_CELL = 2000
"""Longer cells are not read: no address, name or list of words is so long."""
LONGEST_DATES = 5000
"""The same for lists of days."""
_SHOWN_OF_LONG = 40
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)
_OF_EXCEL_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", re.ASCII)
"""What an id becomes that Excel took for a date, as 1-2."""
_NUMERALS = r"\pN零○一二三四五六七八九"
_MONTH_IS_ENOUGH = frozenset({"birth_date", "since"})
_SHORTEST_ID = 15
_FLOORS = frozenset({"floor", "max_floor"})
_NO_LIMITS = frozenset({"max_floor", "max_walk_m"})
"""Numbers of which 不限 is a sound answer: none."""
_HEADER_MATTERS = frozenset({"health", "training", "max_walk_m"})
"""Columns whose header says how their cells are meant: 认知障碍: 有; 最远距离(公里): 2."""
_HOME = ("address", "compound", "committee", "registered_address")
"""Any of these says where somebody lives, though coordinates do not."""
_NOT_SERVED = re.compile(
    r"(?:暂|目前|尚|都)?(?:无|没有?|未|不)(?:享受|参加|接受|申请|申领|有)?过?(?:其他|其它|任何|别的|该|此)*(?:服务|项目|照护|关爱|补贴)*"
)
_NO_PHONE = re.compile(r"(?:暂?无|没有?)(?:固定|联系|移动)?(?:电话|手机|座机|号码|联系方式)|不用手机|空号")
_UNDECIDED = re.compile(
    r"考虑|待定|犹豫|未定|再[说议定看]|未答复|未回复|联系不上|未联系|不确定|商量|pending|undecided|thinking",
    re.IGNORECASE,
)
_NOTE_AT_END = re.compile(r"\([^()]{0,40}\)$")
_NOTES_ALLOWED = frozenset({"living", "role", "area"})
_WITH_PARTNER = re.compile(
    r"(?:与|和|跟|随|同)(?:其)?(?:配偶|老伴|妻子?|丈夫|爱人|先生|太太)(?:同住|一起住?|居住|住|生活)*"
)
_WITH_OTHERS = re.compile(
    r"(?:与|和|跟|随|同|由)[^,、;]{0,6}(?:子女?|儿子?|女儿?|媳|婿|孙|家人|家属|亲属|亲戚|保姆|护工|兄|弟|姐|妹|侄|父|母)[^,、;]{0,8}"
)
_EITHER_SEX = re.compile(r"男女(?:志愿者)?(?:都|均|皆)?(?:可以?|行|不限|无所谓|一样)")


@dataclass(frozen=True)
class ColumnContext:
    """What the cells of a column are read by: the column, its header in the file, the settings, the month's day."""

    column: Column
    header: str
    settings: Settings
    on: date | None
    kind: str

    @cached_property
    def nothing(self) -> NothingWords:
        """Return the words for nothing and for anything."""
        return collect_nothing_words(self.settings.words.nothing, self.settings.words.anything)

    @cached_property
    def words(self) -> WordReading:
        """Return what lists of words are read by."""
        return prepare_reading(self.column, self.header, self.settings)

    @cached_property
    def special(self) -> str:
        """Return the pattern of RE2 of cells that say nothing or stand for the one above."""
        return _spell_pattern(self.nothing)


@dataclass(frozen=True, slots=True)
class _Type:
    """How a kind of column is read: ``parse`` a cell that is not empty, what an empty one is, and the array's type."""

    parse: Callable[[str, ColumnContext], Any]
    empty: Any
    dtype: str


def convert(
    table: Table, settings: Settings | None = None, on: date | None = None
) -> tuple[pd.DataFrame, NDArray[np.bool_], list[Issue]]:
    """Return typed columns for every column of the table's kind, those that the file lacks empty.

    Args:
        table: The rows as text.
        settings: What says which words mean what, and which rules protect somebody; None: the default.
        on: A day of the month that is planned, to which days without a year are near.

    Returns:
        The frame: all rows of the table; known columns in the order of the column table with the types of
        ``model.Roster`` (``datetime_min``: float64 minutes after midnight), ``row``, ``file``, then unknown columns
        as text. Cells at fault are empty in it. A mask of the rows in which a cell has an error. The issues, those of
        the header first, then by row.
    """
    n = len(table)
    settings = settings or Settings()
    found: list[Issue] = []
    columns: dict[str, pd.Series] = {}
    clocks = _make_series([""], np.zeros(n, dtype=np.int64), _CLOCK)
    for column in columns_of(table.kind):
        if column.name not in table.headers:
            columns[column.name] = _make_series([_TYPES[column.kind].empty], np.zeros(n, dtype=np.int64), column)
            continue
        columns[column.name], faults = _read_table_column(table, column, settings, on)
        found += [_tell(table, column, i, fault, settings) for i, fault in faults.items()]
        if column.kind == "availability":
            clocks = _read_clocks(table.columns[column.name])
    if "availability" in columns:
        columns["clock"] = clocks
    columns["row"] = pd.Series(table.row, dtype="int64")
    columns["file"] = series(table.files())
    unknown = {name: series(_hide_national_ids(table.columns[name])) for name in table.unknown}
    frame = pd.DataFrame({**columns, **unknown}, copy=False)
    return frame, table.rows_of(found), [*table.issues, *table.in_order(found)]


def _tell(table: Table, column: Column, i: int, fault: CellFaultError, settings: Settings) -> Issue:
    """Return the issue about a cell at fault; where nothing that protects somebody reads it, it is only unused."""
    text = table.text(column.name, i)
    text = text if len(text) <= LONGEST_CELL else text[:_SHOWN_OF_LONG] + "…"
    use = find_use(table.kind, column.name)
    unused = {}
    needed = use.is_needed(settings) or column.required
    if column.name in {"lng", "lat"} and table.kind in ROSTERS:
        needed = not any(table.text(name, i) for name in _HOME)
    if ISSUES[fault.code].severity == "error" and not needed:
        unused = {"unused": use.missing}
    return table.issue(fault.code, column.name, i, text, **fault.params, **unused)


def _hide_national_ids(cells: pa.Array) -> pa.Array:
    if (pc.max(pc.binary_length(cells)).as_py() or 0) < _SHORTEST_ID:
        return cells  # too short for one; the pattern takes milliseconds to compile, and columns may be thousands
    return each(cells, hide_national_ids, ~matching(cells, _ORDINARY["text"]))


def _read_table_column(
    table: Table, column: Column, settings: Settings, on: date | None
) -> tuple[pd.Series, dict[int, CellFaultError]]:
    """Return a column's values and faults; sources whose headers mean different things are read apart."""
    cells = table.columns[column.name]
    titles = [reading.headers.get(column.name, "") for reading in table.readings]
    if column.name not in _HEADER_MATTERS or len(set(titles)) == 1:
        title = titles[0] if column.name in _HEADER_MATTERS else ""
        return _read_column(cells, ColumnContext(column, title, settings, on, table.kind))
    faults: dict[int, CellFaultError] = {}
    values: list[Any] = [_TYPES[column.kind].empty] * len(cells)
    for title in dict.fromkeys(titles):
        parts = [part for part, other in enumerate(titles) if other == title]
        rows = np.flatnonzero(np.isin(table.part, parts))
        read, found = _read_column(cells.take(pa.array(rows)), ColumnContext(column, title, settings, on, table.kind))
        for at, value in zip(rows.tolist(), read.tolist(), strict=True):
            values[at] = value
        faults |= {int(rows[i]): fault for i, fault in found.items()}
    return _make_series(values, np.arange(len(cells)), column), dict(sorted(faults.items()))


def _read_column(cells: pa.Array, context: ColumnContext) -> tuple[pd.Series, dict[int, CellFaultError]]:
    """Return a column's values, and its faults by position.

    Ordinary cells are read at once, of the others each distinct one once.
    """
    column = context.column
    if not len(cells):  # nothing in it tells its type
        return _make_series([_TYPES[column.kind].empty], np.empty(0, dtype=np.int64), column), {}
    ordinary, whole = _read_at_once(cells, context)
    if ordinary.all():
        return whole, {}
    rest = np.flatnonzero(~ordinary)
    coded = (cells.filter(pa.array(~ordinary)) if len(rest) < len(cells) else cells).dictionary_encode()
    codes = coded.indices.to_numpy()
    values: list[Any] = []
    faults: dict[int, CellFaultError] = {}
    for i, text in enumerate(coded.dictionary.to_pylist()):
        value, fault = _read_cell(text, context)
        values.append(value)
        if fault:
            faults[i] = fault
    read = _make_series(values, codes, column)
    if ordinary.any():
        read = _merge(whole, read, ordinary)
    at = np.flatnonzero(np.isin(codes, list(faults))) if faults else ()
    return read, {int(rest[i]): faults[int(codes[i])] for i in at}


def _read_cell(text: str, context: ColumnContext) -> tuple[Any, CellFaultError | None]:
    """Return a cell's value, the empty one where it has none; and what it is at fault for."""
    kind = _TYPES[context.column.kind]
    try:
        _check_form(text, context)
        return (kind.parse(text, context) if text else _take_empty(context)), None
    except CellFaultError as fault:
        if fault.kept is not None:
            return fault.kept, fault
        return (hide_national_ids(text) if fault.code == "phone_invalid" else kind.empty), fault


def _check_form(text: str, context: ColumnContext) -> None:
    """Check what no kind of column may hold: texts without end, and cells that stand for the one above.

    Raises:
        CellFaultError: the cell is one of them.
    """
    most = LONGEST_DATES if context.column.kind == "dates" else LONGEST_CELL
    if len(text) > most:
        raise CellFaultError("cell_too_long", length=len(text), most=most)
    if text and simplify(text) in _DITTO and context.kind in ROSTERS:
        raise CellFaultError("cell_ditto")


def _merge(whole: pd.Series, rest: pd.Series, ordinary: Mask) -> pd.Series:
    """Return ``whole`` where cells are ordinary, ``rest`` in the order of the others."""
    if whole.dtype == "str":
        return series(pc.replace_with_mask(arrow(whole), pa.array(~ordinary), arrow(rest)))
    values = whole.to_numpy(copy=True)
    values[~ordinary] = rest.to_numpy()
    return pd.Series(values)


def _read_at_once(cells: pa.Array, context: ColumnContext) -> tuple[Mask, pd.Series]:
    """Return which cells are so ordinary that they need no reading one by one, and the column's values there."""
    column = context.column
    if column.kind not in _ORDINARY:
        return np.zeros(len(cells), dtype=bool), series(cells)
    if column.kind == "text":
        return _read_texts_at_once(cells, context)
    ordinary = matching(cells, _ORDINARY[column.kind])
    if column.kind == "number":
        return _read_numbers_at_once(cells, column, ordinary)
    if column.kind == "date":
        return _read_dates_at_once(cells, context, ordinary)
    if not column.required:
        ordinary |= is_empty(cells)
    return ordinary, series(cells)


def _read_texts_at_once(cells: pa.Array, context: ColumnContext) -> tuple[Mask, pd.Series]:
    longest = pc.max(pc.utf8_length(cells)).as_py() or 0
    if longest < _SHORTEST_ID:
        ordinary = ~is_empty(cells) if context.column.required else np.ones(len(cells), dtype=bool)
    else:
        ordinary = matching(cells, _ORDINARY["text"])
        if not context.column.required:
            ordinary |= is_empty(cells)
    ordinary &= ~matching(cells, context.special)
    if longest > LONGEST_CELL:
        ordinary &= pc.less_equal(pc.utf8_length(cells), LONGEST_CELL).to_numpy(zero_copy_only=False)
    if context.column.name == "served_elsewhere":
        ordinary &= is_empty(cells)
    return ordinary, series(cells)


def _read_numbers_at_once(cells: pa.Array, column: Column, ordinary: Mask) -> tuple[Mask, pd.Series]:
    values = np.full(len(cells), np.nan)
    values[ordinary] = pc.cast(cells.filter(pa.array(ordinary)), pa.float64()).to_numpy(zero_copy_only=False)
    low, high = (limit if limit is not None else sign * HUGE for limit, sign in ((column.low, -1), (column.high, 1)))
    return ordinary & (values >= low) & (values <= high), pd.Series(values)


def _read_dates_at_once(cells: pa.Array, context: ColumnContext, ordinary: Mask) -> tuple[Mask, pd.Series]:
    values = np.full(len(cells), _NO_DATE)
    digits = fixed_width(cells.filter(pa.array(ordinary)), len("2026-12-01"))
    values[ordinary] = days(*(numbers_in(digits, *place) for place in ((0, 4), (5, 7), (8, 10))))
    ordinary &= ~np.isnat(values)
    first, last = _limit_dates(context)
    return ordinary & (values >= np.datetime64(first)) & (values <= np.datetime64(last)), pd.Series(values)


def _limit_dates(context: ColumnContext) -> tuple[date, date]:
    """Return the first and last day that raise no question in a column of dates."""
    if context.kind not in ROSTERS:
        return date(EARLIEST_YEAR, 1, 1), date(2199, 12, 31)
    first, last = PROGRAMME_YEARS
    if context.column.name == "birth_date":
        return date(EARLIEST_YEAR, 1, 1), context.on or date(last, 1, 1)
    return date(first, 1, 1), date(context.on.year + YEARS_AHEAD if context.on else last, 12, 31)


def _make_series(values: list[Any], codes: NDArray[np.integer], column: Column) -> pd.Series:
    """Return the values that ``codes`` point at, in the type of the column's kind."""
    dtype = _TYPES[column.kind].dtype
    if dtype == "str":
        return series(taken(pa.array(values, pa.string()), codes))
    array = np.empty(len(values), dtype=dtype)
    array[:] = values
    return pd.Series(array[codes])


@lru_cache(maxsize=64)
def _spell_pattern(nothing: NothingWords) -> str:
    """Return a pattern of RE2 that finds every cell of a word for nothing or anything, or that stands for another."""
    words = sorted({*nothing.nothing, *nothing.anything, *_DITTO})
    spellings = [r"\s*".join(_spell_sign(sign) for sign in word) for word in words]
    return rf"(?i)^\s*(?:(?:{'|'.join(spellings)})[。.!！]*|(?:{DASHES}|[\x{{ff00}}-\x{{ff0f}}\s])+)\s*$"


def _spell_sign(sign: str) -> str:
    """Return a sign for a pattern, in its full width too."""
    wide = chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else ""
    capital = chr(ord(sign.upper()) + 0xFEE0) if "a" <= sign <= "z" else ""
    return f"(?:{'|'.join(re.escape(one) for one in (sign, wide, capital) if one)})" if wide else re.escape(sign)


def _take_empty(context: ColumnContext) -> Any:  # noqa: ANN401 - a cell may be anything
    if context.column.required:
        raise CellFaultError("value_missing")
    return _TYPES[context.column.kind].empty


def _says_nothing(text: str, context: ColumnContext) -> bool:
    """Return whether a cell of a roster is one of the words for nothing, or for anything where that is the same."""
    return context.nothing.is_nothing(text) or context.nothing.is_anything(text)


def _read_text(text: str, context: ColumnContext) -> str:
    if context.kind in ROSTERS:
        if _says_nothing(text, context):
            return str(_take_empty(context))
        if context.column.name == "served_elsewhere" and (
            simplify(text) in {simplify(word) for word in NO} or _NOT_SERVED.fullmatch(simplify(text))
        ):
            return ""
    return hide_national_ids(text)


def _leave(text: str, context: ColumnContext) -> str:
    return "" if context.nothing.is_nothing(text) else text


def _read_id(text: str, context: ColumnContext) -> str:
    if context.nothing.is_nothing(text):
        return str(_take_empty(context))
    if is_ruined(text):
        raise CellFaultError("id_ruined")
    if _OF_EXCEL_DATE.fullmatch(text):
        raise CellFaultError("id_is_date")
    if holds_national_id(text):
        raise CellFaultError("id_is_national_id")
    if holds_phone(text):
        raise CellFaultError("id_is_phone")
    return text


def _read_phone(text: str, context: ColumnContext) -> str:
    if _says_nothing(text, context) or _NO_PHONE.fullmatch(simplify(text)):
        return ""
    if not is_phone(text):
        raise CellFaultError("phone_invalid")
    return text


def _read_list(text: str, context: ColumnContext) -> tuple[str, ...]:
    return read_words(hide_national_ids(text), context.words)


def _read_number(text: str, context: ColumnContext) -> float:
    return np.nan if context.nothing.is_nothing(text) else read_number(text, context.column)


def _read_int(text: str, context: ColumnContext) -> float:
    column = context.column
    if context.nothing.is_nothing(text):
        if column.name == "capacity" and simplify(text) in {"无", "没有", "没", "none"}:
            raise CellFaultError("capacity_unclear")
        return np.nan
    if column.name in _NO_LIMITS and context.nothing.is_anything(text):
        return np.nan
    if column.name in _FLOORS:
        return read_floor(text, column)
    if column.name == "max_walk_m":
        return read_metres(text, column, context.header)
    return read_whole(text, column)


def _read_date(text: str, context: ColumnContext) -> np.datetime64:
    if _says_nothing(text, context) or (context.column.name == "left" and simplify(text) in {"至今", "今", "present"}):
        return _NO_DATE
    month_is_enough = context.column.name in _MONTH_IS_ENOUGH
    try:
        day = read_date(text, month_is_enough=month_is_enough)
    except CellFaultError as fault:
        if isinstance(fault.kept, date):
            _check_day(fault.kept, context)
            raise CellFaultError(fault.code, np.datetime64(fault.kept, "us"), **fault.params) from fault
        raise
    _check_day(day, context)
    return np.datetime64(day, "us")


def _check_day(day: date, context: ColumnContext) -> None:
    if context.kind not in ROSTERS:
        return
    if context.column.name == "birth_date":
        check_birth(day, context.on)
    else:
        check_year(day, context.on)


def _read_dates(text: str, context: ColumnContext) -> tuple[date, ...]:
    return () if _says_nothing(text, context) else read_days(text, context.on)


def _read_minutes(text: str, _context: ColumnContext) -> float:
    found = _TIME.fullmatch(text)
    if not found:
        raise CellFaultError("value_not_time")
    return 60.0 * int(found[1]) + int(found[2])


def _read_choice(text: str, context: ColumnContext) -> str:
    column = context.column
    codes = _list_codes(column)
    word = simplify(text).rstrip("。.!")
    code = codes.get(word)
    if code is None and column.name in _NOTES_ALLOWED:
        code = codes.get(_NOTE_AT_END.sub("", word)) or _read_living(_NOTE_AT_END.sub("", word), column)
    if code is not None:
        return code
    if column.name == "consent":
        if context.nothing.is_nothing(text):
            return ""
        raise CellFaultError("consent_undecided" if _UNDECIDED.search(word) else "consent_unclear", "")
    if context.kind in ROSTERS and (_says_nothing(text, context) or _is_either_sex(word, column)):
        return ""
    raise CellFaultError("value_not_choice", choices="; ".join(column.choice_label(c.code) for c in column.choices))


def _read_living(word: str, column: Column) -> str | None:
    """Return how somebody lives who lives with others: 与子女同住, 和老伴一起住."""
    if column.name != "living":
        return None
    return "couple" if _WITH_PARTNER.fullmatch(word) else "family" if _WITH_OTHERS.fullmatch(word) else None


def _is_either_sex(word: str, column: Column) -> bool:
    return column.name == "wanted_sex" and _EITHER_SEX.fullmatch(word) is not None


@lru_cache(maxsize=256)
def _list_codes(column: Column) -> dict[str, str]:
    """Return a column's choices by every way to write them."""
    return {simplify(word): item.code for item in column.choices for word in (item.code, item.zh, *item.aliases)}


def _read_availability(text: str, context: ColumnContext) -> int:
    if context.nothing.is_anything(text) or (context.nothing.is_nothing(text) and not _says_never(text)):
        return ANY_TIME
    try:
        times = read_times(text)
    except TimesError as error:
        raise CellFaultError(error.code, None, part=error.part, **error.readings) from error
    if times.note:
        raise CellFaultError(f"availability_{times.note}", times.mask)
    return times.mask


def _says_never(text: str) -> bool:
    """Return whether a word that says nothing elsewhere says of times that there are none."""
    return simplify(text) in {"无", "没有", "没", "暂无", "none", "暂时没有", "目前没有", "目前无"}


_CLOCK = Column("clock", "", "text", "")


def _read_clocks(cells: pa.Array) -> pd.Series:
    """Return the clock times of a column ``availability``; empty where it has none or can't be read."""
    coded = cells.dictionary_encode()
    found = [_read_clock(text) for text in coded.dictionary.to_pylist()]
    return _make_series(found or [""], coded.indices.to_numpy(), _CLOCK)


def _read_clock(text: str) -> str:
    try:
        return read_times(text).clock
    except TimesError:
        return ""


def _read_frequency(text: str, context: ColumnContext) -> float:
    if _says_nothing(text, context):
        return np.nan
    try:
        rate = per_week(text)
    except ValueError as error:
        raise CellFaultError("frequency_unreadable") from error
    column = context.column
    if not (column.low or 0) <= rate <= (HUGE if column.high is None else column.high):
        raise CellFaultError("value_out_of_range", low=f"{column.low:g}", high=f"{column.high:g}")
    return rate


_DITTO = frozenset(simplify(word) for word in DITTO)
_ORDINARY: dict[Kind, str] = {
    "id": r"^[A-Za-z_-]{1,8}[0-9][A-Za-z0-9_-]{0,8}$",
    "phone": r"^1[3-9][0-9]{9}$",
    "number": r"^[0-9]{1,8}(?:\.[0-9]{1,12})?$",
    "text": rf"^(?:[^{_NUMERALS}]*[{_NUMERALS}]){{1,14}}[^{_NUMERALS}]*$|^[^{_NUMERALS}]+$",
    "date": r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
}
"""What cells look like that stand for themselves, or for their number or date; neither faults nor national IDs do."""
_NO_DATE = np.datetime64("NaT", "us")
_TYPES: dict[Kind, _Type] = {
    "id": _Type(_read_id, "", "str"),
    "text": _Type(_read_text, "", "str"),
    "list": _Type(_read_list, (), "object"),
    "phone": _Type(_read_phone, "", "str"),
    "national_id": _Type(_leave, "", "str"),
    "int": _Type(_read_int, np.nan, "float64"),
    "number": _Type(_read_number, np.nan, "float64"),
    "date": _Type(_read_date, _NO_DATE, "datetime64[us]"),
    "datetime_min": _Type(_read_minutes, np.nan, "float64"),
    "dates": _Type(_read_dates, (), "object"),
    "bool": _Type(_read_choice, "", "str"),
    "choice": _Type(_read_choice, "", "str"),
    "availability": _Type(_read_availability, ANY_TIME, "int64"),
    "frequency": _Type(_read_frequency, np.nan, "float64"),
}


def empty_frame(kind: str) -> pd.DataFrame:
    """Return no rows of a kind of file, typed as ``convert`` does."""
    nothing = np.empty(0, dtype=np.int64)
    columns = {column.name: _make_series([_TYPES[column.kind].empty], nothing, column) for column in columns_of(kind)}
    return pd.DataFrame({**columns, "row": nothing, "file": pd.Series([], dtype=str)})
