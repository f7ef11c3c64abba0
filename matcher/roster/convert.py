"""From a table of text to typed columns, as the column table says; every cell at fault becomes an issue."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.columns import Column, Kind
from matcher.messages import ISSUES, Issue
from matcher.privacy import NUMERAL, hide_national_ids
from matcher.roster.amounts import HUGE
from matcher.roster.cell_faults import ROSTERS, CellFaultError, find_use
from matcher.roster.cell_readers import CONTROLS, NO_DATE, TYPES, ColumnContext, read_clock, take_empty
from matcher.roster.cells import Mask, arrow, days, each, fixed_width, is_empty, matching, numbers_in, series, taken
from matcher.roster.dates import (
    EARLIEST_YEAR,
    OLDEST,
    PROGRAMME_YEARS,
    YEARS_AHEAD,
)
from matcher.roster.table import Reading, Table, columns_of
from matcher.settings import Settings
from matcher.settings.words import DITTO_WORDS, simplify

_SHOWN_OF_LONG = 40
_NUMERALS = rf"\pN{NUMERAL}"
_SHORTEST_ID = 15
_SHORTEST_HIDDEN = 7
"""Characters of the shortest telephone number, and of coordinates as short: 31.2304."""
_FEWEST_HIDDEN = 5
"""Digits of the coarsest coordinates that are cut: N31.230."""
_HEADER_MATTERS = frozenset({"health", "training", "max_walk_m"})
"""Columns whose header says how their cells are meant: 认知障碍: 有; 最远距离(公里): 2."""
_HOME = ("address", "compound", "committee", "registered_address")
"""Any of these says where somebody lives, though coordinates do not."""


LOST_SIGN = "\ufffd"
"""Sign that programs write for one that their encoding lacks, or that they could not read."""


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
            columns[column.name] = _make_series([TYPES[column.kind].empty], np.zeros(n, dtype=np.int64), column)
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
    text = text if len(text) <= settings.limits.cell_characters else text[:_SHOWN_OF_LONG] + "…"
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
    titles = [_find_header(reading, column.name) for reading in table.readings]
    if column.name not in _HEADER_MATTERS or len(set(titles)) == 1:
        title = titles[0] if column.name in _HEADER_MATTERS else ""
        return _read_column(cells, ColumnContext(column, title, settings, on, table.kind))
    faults: dict[int, CellFaultError] = {}
    values: list[Any] = [TYPES[column.kind].empty] * len(cells)
    for title in dict.fromkeys(titles):
        parts = [part for part, other in enumerate(titles) if other == title]
        rows = np.flatnonzero(np.isin(table.part, parts))
        read, found = _read_column(cells.take(pa.array(rows)), ColumnContext(column, title, settings, on, table.kind))
        for at, value in zip(rows.tolist(), read.tolist(), strict=True):
            values[at] = value
        faults |= {int(rows[i]): fault for i, fault in found.items()}
    return _make_series(values, np.arange(len(cells)), column), dict(sorted(faults.items()))


def _find_header(reading: Reading, name: str) -> str:
    """Return how a source calls a column; nothing where it joins several, whose cells no longer know their header."""
    return "" if name in dict(reading.joined) else reading.headers.get(name, "")


def _read_column(cells: pa.Array, context: ColumnContext) -> tuple[pd.Series, dict[int, CellFaultError]]:
    """Return a column's values, and its faults by position.

    Ordinary cells are read at once, of the others each distinct one once.
    """
    column = context.column
    if not len(cells):  # nothing in it tells its type
        return _make_series([TYPES[column.kind].empty], np.empty(0, dtype=np.int64), column), {}
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
    kind = TYPES[context.column.kind]
    try:
        _check_form(text, context)
        return (kind.parse(text, context) if text else take_empty(context)), None
    except CellFaultError as fault:
        if fault.kept is not None:
            return fault.kept, fault
        return (hide_national_ids(text) if fault.code == "phone_invalid" else kind.empty), fault


def _check_form(text: str, context: ColumnContext) -> None:
    """Check what no kind of column may hold: texts without end, and cells that stand for the one above.

    Raises:
        CellFaultError: the cell is one of them.
    """
    name = "days_characters" if context.column.kind == "dates" else "cell_characters"
    most = getattr(context.settings.limits, name)
    if len(text) > most:
        raise CellFaultError("cell_too_long", length=len(text), most=most, setting=f"limits.{name}")
    if LOST_SIGN in text and context.kind in ROSTERS:
        raise CellFaultError("cell_damaged")
    if text and simplify(text) in DITTO_WORDS and context.kind in ROSTERS:
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
    if column.kind == "id" and not ordinary.all():
        ordinary |= _find_plain_ids(cells, context)
    if column.kind == "number":
        return _read_numbers_at_once(cells, column, ordinary)
    if column.kind == "date":
        return _read_dates_at_once(cells, context, ordinary)
    if not column.required:
        ordinary |= is_empty(cells)
    return ordinary, series(cells)


_PLAIN_ID = r"^[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*$"
_FEW_DIGITS = r"^(?:[^0-9]*[0-9]){1,9}[^0-9]*$"
_LIKE_A_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
"""Form that Excel gives an id such as 1-2, which is asked about."""


def _find_plain_ids(cells: pa.Array, context: ColumnContext) -> Mask:
    """Return which cells are ids that say nothing else: letters, dashes, too few digits for a telephone number."""
    if any(sign.isdigit() for word in context.nothing.nothing for sign in word):
        return np.zeros(len(cells), dtype=bool)  # a word for nothing of the user's own may look like an id
    return matching(cells, _PLAIN_ID) & matching(cells, _FEW_DIGITS) & ~matching(cells, _LIKE_A_DATE)


_NO_WORD = r"^[\p{P}\p{S}\p{Z}]+$"
"""Signs alone, which mean nothing and are read one by one."""


def _read_texts_at_once(cells: pa.Array, context: ColumnContext) -> tuple[Mask, pd.Series]:
    longest = pc.max(pc.utf8_length(cells)).as_py() or 0
    if longest < (_SHORTEST_HIDDEN if context.is_shown else _SHORTEST_ID):
        ordinary = ~is_empty(cells) if context.column.required else np.ones(len(cells), dtype=bool)
    else:
        ordinary = matching(cells, _HIDES_NOTHING if context.is_shown else _ORDINARY["text"])
        if not context.column.required:
            ordinary |= is_empty(cells)
    ordinary &= ~matching(cells, context.special) & ~matching(cells, _NO_WORD)
    if context.kind in ROSTERS:
        ordinary &= ~matching(cells, CONTROLS) & ~matching(cells, LOST_SIGN)
    most = context.settings.limits.cell_characters
    if longest > most:
        ordinary &= pc.less_equal(pc.utf8_length(cells), most).to_numpy(zero_copy_only=False)
    if context.column.name == "served_elsewhere":
        ordinary &= is_empty(cells)
    return ordinary, series(cells)


def _read_numbers_at_once(cells: pa.Array, column: Column, ordinary: Mask) -> tuple[Mask, pd.Series]:
    values = np.full(len(cells), np.nan)
    values[ordinary] = pc.cast(cells.filter(pa.array(ordinary)), pa.float64()).to_numpy(zero_copy_only=False)
    low, high = (limit if limit is not None else sign * HUGE for limit, sign in ((column.low, -1), (column.high, 1)))
    return ordinary & (values >= low) & (values <= high), pd.Series(values)


def _read_dates_at_once(cells: pa.Array, context: ColumnContext, ordinary: Mask) -> tuple[Mask, pd.Series]:
    values = np.full(len(cells), NO_DATE)
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
        return date(context.on.year - OLDEST if context.on else EARLIEST_YEAR, 1, 1), context.on or date(last, 1, 1)
    return date(first, 1, 1), date(context.on.year + YEARS_AHEAD if context.on else last, 12, 31)


def _make_series(values: list[Any], codes: NDArray[np.integer], column: Column) -> pd.Series:
    """Return the values that ``codes`` point at, in the type of the column's kind."""
    dtype = TYPES[column.kind].dtype
    if dtype == "str":
        return series(taken(pa.array(values, pa.string()), codes))
    array = np.empty(len(values), dtype=dtype)
    array[:] = values
    return pd.Series(array[codes])


_CLOCK = Column("clock", "", "text", "")


def _read_clocks(cells: pa.Array) -> pd.Series:
    """Return the clock times of a column ``availability``; empty where it has none or can't be read."""
    coded = cells.dictionary_encode()
    found = [read_clock(text) for text in coded.dictionary.to_pylist()]
    return _make_series(found or [""], coded.indices.to_numpy(), _CLOCK)


def _spell_few_numerals(fewer_than: int) -> str:
    """Return a pattern of RE2 of texts with fewer numerals."""
    return rf"^(?:[^{_NUMERALS}]*[{_NUMERALS}]){{1,{fewer_than - 1}}}[^{_NUMERALS}]*$|^[^{_NUMERALS}]+$"


_ORDINARY: dict[Kind, str] = {
    "id": r"^(?:[A-Za-z_-]{1,8}|20[0-9]{6}-[A-Za-z]{1,8})[0-9][A-Za-z0-9_-]{0,8}$",  # or of a contact: 20261203-E00012
    "phone": r"^1[3-9][0-9]{9}$",
    "number": r"^[0-9]{1,8}(?:\.[0-9]{1,12})?$",
    "text": _spell_few_numerals(_SHORTEST_ID),
    "date": r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
}
"""What cells look like that stand for themselves, or for their number or date; neither faults nor national IDs do."""
_HIDES_NOTHING = _spell_few_numerals(_FEWEST_HIDDEN)
"""Texts whose digits are too few for a telephone number, and for coordinates."""


def empty_frame(kind: str) -> pd.DataFrame:
    """Return no rows of a kind of file, typed as ``convert`` does."""
    nothing = np.empty(0, dtype=np.int64)
    columns = {column.name: _make_series([TYPES[column.kind].empty], nothing, column) for column in columns_of(kind)}
    return pd.DataFrame({**columns, "row": nothing, "file": pd.Series([], dtype=str)})
