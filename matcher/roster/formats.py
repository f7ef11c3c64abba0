"""From a file's bytes to rows of text: CSV in its encodings and separators, and the first sheet of a workbook."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time
from itertools import islice, zip_longest

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue

_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_TRIED_ROWS, _TRIED_CHARACTERS = 20, 1 << 16
_CHUNK_ROWS = 8192

Fit = Callable[[list[list[str]]], int]


def rows_of(content: bytes, file: str, fit: Fit) -> Iterator[list[str]]:
    """The rows of a file, blank ones too, as text.

    Args:
        content: The whole file; what it is shows here, not in its name.
        file: Its name, for issues.
        fit: How well the first rows are understood; the CSV separator with the best fit is taken.

    Raises:
        InputError: it can't be read; possibly only while the rows are taken.
    """
    if content.startswith(_WORKBOOK):
        return iter(_sheet(content, file))
    return _records(_text(content, file), file, fit)


def transposed(rows: Iterable[list[str]]) -> list[list[str]]:
    """The columns of rows of any length. In chunks, so that rows are gone before they burden memory."""
    rows = iter(rows)
    columns: list[list[str]] = []
    n = 0
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        for i, cells in enumerate(zip_longest(*chunk, fillvalue="")):
            if i == len(columns):
                columns.append([""] * n)
            columns[i].extend(cells)
        n += len(chunk)
        for column in columns:
            column.extend([""] * (n - len(column)))
    return columns


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


def unreadable(file: str, problem: str) -> InputError:
    """The error that a file can't be read."""
    return InputError([Issue("file_unreadable", file, params={"problem": problem})])


def _text(content: bytes, file: str) -> str:
    encodings = [name for mark, name in _BOMS if content.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise unreadable(file, N_("its text is neither UTF-8, GB18030 nor UTF-16"))


def _records(text: str, file: str, fit: Fit) -> Iterator[list[str]]:
    """The records of a CSV text, with the separator under which its start is understood best."""

    def fitness(separator: str) -> tuple[int, int]:
        top = list(islice(_reader(text[:_TRIED_CHARACTERS], separator, strict=False), _TRIED_ROWS))
        return fit(top), max(map(len, top), default=0)

    reader = _reader(text, max(",;\t", key=fitness), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise unreadable(file, f"{error} (CSV {reader.line_num})") from error


def _reader(text: str, separator: str, *, strict: bool) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)


def _sheet(content: bytes, file: str) -> list[list[str]]:
    """The first visible sheet of a workbook as text, from its first row and column on."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
            rows = book.get_sheet_by_name(names[0]).to_python(skip_empty_area=False)
    except PasswordError as error:
        raise unreadable(file, N_("it is protected by a password")) from error
    except (CalamineError, IndexError) as error:
        raise unreadable(file, str(error) or type(error).__name__) from error
    return [[cell if isinstance(cell, str) else spelt(cell) for cell in row] for row in rows]
