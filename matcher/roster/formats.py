"""From a file's bytes to rows of cells: CSV in its encodings and separators, sheets of workbooks, Parquet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import chain, islice, zip_longest

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue
from matcher.roster.cells import blank
from matcher.roster.no_tables import refuse_what_is_no_table, unreadable

_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PARQUET = b"PAR1"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TRIED_ROWS, _TRIED_CHARACTERS = 20, 1 << 16
_FEWEST_ZEROS = 4
_CHUNK_ROWS = 256
"""So few rows at once stay in the processor's cache: twice as fast as with thousands."""
_BATCH_ROWS = 8192
_BLOCK = 1 << 23
_HEADER_MATCHES = 2
"""So many known headers make a row a header for sure."""

Row = Sequence[object]
Fit = Callable[[Sequence[Row]], int]
"""How many columns the best header among some rows would name."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a source turned out to be.

    ``format`` is ``csv``, ``workbook``, ``parquet``, ``query`` or ``frame``; the others are empty where they don't
    apply. ``sheets`` are all sheets of a workbook that are not hidden; ``merged`` are the cells of the sheet that are
    merged over several rows: column, first and last row, all from 0.
    """

    format: str
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    merged: tuple[tuple[int, int, int], ...] = field(default=(), repr=False)

    @property
    def has_header_row(self) -> bool:
        """Whether its header is one of its rows, so that it must be found."""
        return self.format in {"csv", "workbook"}


def opened(content: bytes, file: str, fit: Fit, sheet: str = "") -> tuple[Form, Iterator[Row]]:
    """What a file is and its rows, blank ones too; what it is shows in its content, not in its name.

    Args:
        content: The whole file.
        file: Its name, for issues.
        fit: The CSV separator with the best fit is taken, and the first sheet with a header.
        sheet: The sheet to read, where it is a workbook.

    Raises:
        InputError: it can't be read; possibly only while the rows are taken.
    """
    refuse_what_is_no_table(content, file)
    if content.startswith(_WORKBOOK):
        return _workbook(content, file, fit, sheet)
    if sheet:
        raise unreadable(file, N_("it is no workbook and has no sheets"))
    if content.startswith(_PARQUET):
        return Form("parquet"), _parquet(content, file)
    return _csv(content, file, fit)


def sheets_of(content: bytes, file: str) -> tuple[str, ...]:
    """The names of a workbook's sheets that are not hidden.

    Raises:
        InputError: it is no workbook that can be read.
    """
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            return _visible(book)
    except (CalamineError, PasswordError) as error:
        raise _no_workbook(file, error) from error


def texts_at_once(content: bytes, form: Form, width: int) -> list[pa.Array] | None:
    """The columns of a regular CSV file, the rows above its header too; None where it must be read row by row.

    A file is regular where every record has as many cells as the first, ``width``, and every quote is closed.
    """
    if form.format != "csv" or content.count(b'"') % 2:
        return None
    names = [f"f{i}" for i in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            arrow_csv.ReadOptions(column_names=names, encoding=form.encoding.removesuffix("-sig"), block_size=_BLOCK),
            arrow_csv.ParseOptions(delimiter=form.separator, newlines_in_values=True, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns]


def texts_of_rows(rows: Iterable[Row]) -> list[pa.Array]:
    """The columns of rows of any length as text. In chunks, so that rows are gone before they burden memory."""
    rows = iter(rows)
    columns: list[list[pa.Array]] = []
    n = 0
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        cells = list(zip_longest(*chunk, fillvalue=""))
        columns += [[blank(n)] for _ in range(len(cells) - len(columns))]
        for i, column in enumerate(columns):
            column.append(texts(cells[i]) if i < len(cells) else blank(len(chunk)))
        n += len(chunk)
    return [pa.concat_arrays(column) for column in columns]


def texts(cells: Sequence[object]) -> pa.Array:
    """Cells as an array of text, those that are something else as a person would have typed them."""
    try:
        found = pa.array(cells, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([cell if isinstance(cell, str) else spelt(cell) for cell in cells], pa.string())
    return found.fill_null("") if found.null_count else found


def spelt(value: object) -> str:
    """A typed cell as text, as a person would have typed it; missing is empty."""
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return "; ".join(spelt(item) for item in value)
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        text = "yes" if value else "no"
    elif isinstance(value, float | np.floating):
        text = _spelt_float(float(value))
    elif isinstance(value, datetime):
        text = value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    else:
        text = str(value)
    return text


def _spelt_float(value: float) -> str:
    if math.isnan(value):
        return ""
    if abs(value) >= 1e15:  # digits beyond the 15th are lost: written as Excel shows it
        return f"{value:.5E}"
    return str(int(value)) if value.is_integer() else str(value)


def _csv(content: bytes, file: str, fit: Fit) -> tuple[Form, Iterator[Row]]:
    encoding = _encoding(content, file)
    start = _text(content, encoding).read(_TRIED_CHARACTERS)

    def fitness(separator: str) -> tuple[int, int]:
        top = list(islice(csv.reader(io.StringIO(start, newline=""), delimiter=separator), _TRIED_ROWS))
        return fit(top), max(map(len, top), default=0)

    separator = max(",;\t", key=fitness)
    return Form("csv", encoding, separator), _records(_text(content, encoding), file, separator)


def _encoding(content: bytes, file: str) -> str:
    """By its mark; else UTF-16 where every other byte is often 0, UTF-8 where all of it is, else GB18030."""
    told = [name for mark, name in _BOMS if content.startswith(mark)]
    for encoding in told or _utf16(content[:_TRIED_CHARACTERS]) or ["utf-8", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return encoding
    raise unreadable(file, N_("its text is neither UTF-8, GB18030 nor UTF-16"))


def _utf16(start: bytes) -> list[str]:
    """UTF-16 without its mark: commas, digits and line ends have a 0 before or after them."""
    before, after = start[::2].count(0), start[1::2].count(0)
    if before + after < _FEWEST_ZEROS or min(before, after) > max(before, after) / 10:
        return []
    return ["utf-16-be" if before > after else "utf-16-le"]


def _text(content: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")


def _records(text: io.TextIOWrapper, file: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise unreadable(file, f"{error} (CSV {reader.line_num})") from error


def _workbook(content: bytes, file: str, fit: Fit, wanted: str) -> tuple[Form, Iterator[Row]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = _visible(book)
        if wanted and wanted not in book.sheet_names:
            raise InputError([Issue("sheet_missing", file, value=wanted, params={"sheets": ", ".join(names)})])
        if not (wanted or names):
            raise unreadable(file, N_("it has no sheet that is not hidden"))
        name, sheet, rows = _given(book, wanted) if wanted else _first_with_header(book, names, fit)
        merged = _merged(sheet)
    except (CalamineError, PasswordError) as error:
        raise _no_workbook(file, error) from error
    return Form("workbook", sheet=name, sheets=names, merged=merged), rows


def _no_workbook(file: str, error: Exception) -> InputError:
    if isinstance(error, PasswordError):
        return unreadable(file, N_("it is protected by a password"))
    return unreadable(file, str(error) or type(error).__name__)


def _visible(book: CalamineWorkbook) -> tuple[str, ...]:
    return tuple(sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible)


Opened = tuple[str, CalamineSheet, Iterator[Row]]


def _given(book: CalamineWorkbook, name: str) -> Opened:
    sheet = book.get_sheet_by_name(name)
    return name, sheet, _rows_of_sheet(sheet)


def _first_with_header(book: CalamineWorkbook, names: Sequence[str], fit: Fit) -> Opened:
    """The first sheet whose top has a header for sure; where none has, the one that comes nearest."""
    best = -1
    for name in names:
        _name, sheet, rows = _given(book, name)
        top = list(islice(rows, _TRIED_ROWS))
        fitness = min(fit(top), _HEADER_MATCHES)
        if fitness > best:
            best, found = fitness, (name, sheet, chain(top, rows))
        if fitness == _HEADER_MATCHES:
            break
    return found


def _rows_of_sheet(sheet: CalamineSheet) -> Iterator[Row]:
    """A sheet's rows from its first row and column on."""
    if sheet.start is None:
        return iter(())
    rows = iter(sheet.iter_rows())
    left = [""] * sheet.start[1]
    return ([*left, *row] for row in rows) if left else rows


def _merged(sheet: CalamineSheet) -> tuple[tuple[int, int, int], ...]:
    """Cells merged over several rows: column, first and last row."""
    ranges = sheet.merged_cell_ranges or []
    return tuple(sorted((left, top, bottom) for (top, left), (bottom, _right) in ranges if bottom > top))


def _parquet(content: bytes, file: str) -> Iterator[Row]:
    """The names of its columns, then its rows."""
    try:
        source = parquet.ParquetFile(io.BytesIO(content))
        yield source.schema_arrow.names
        for batch in source.iter_batches(_BATCH_ROWS):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file, str(error)) from error
