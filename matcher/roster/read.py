"""From a file, as people keep them, to a table of text under the names of the column table.

CSV in UTF-8, GB18030 or UTF-16, with commas, semicolons or tabs, or a workbook's first sheet; title rows above the
header; headers in either language. What the cells mean is ``convert``'s business.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from functools import lru_cache
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from matcher.columns import Column
from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue
from matcher.roster.availability import render
from matcher.roster.table import Table, columns_of

HEADER_WITHIN = 20
"""The header is looked for in so many rows."""
MUST_HAVE_ROWS = frozenset({"elders", "volunteers"})
RESERVED = frozenset({"row", "file", "building"})
"""Names of columns that are made here; a file's own column of that name gets its letter added."""

_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_AS_WRITTEN = frozenset({"text", "list"})
_GUARDED = re.compile(r"'(?='*\s*[=+\-@＝＋－＠]|'*[\t\r\n])")
_INVISIBLE = "\ufeff\u200b\u200e\u200f"


def read_table(path: Path, kind: str) -> Table:
    """Read a CSV file or the first sheet of a workbook.

    Args:
        path: The file; what it is shows in its content, not its name.
        kind: A key of ``columns.FILES``, or ``previous``.

    Raises:
        InputError: there is no such file, it can't be read, has no header, or no rows where it must have some.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError([Issue("file_missing", path.name)]) from error
    except OSError as error:
        raise _unreadable(path.name, error.strerror or str(error)) from error
    known = _known(kind)
    if content.startswith(_WORKBOOK):
        rows = _sheet(content, path.name)
    else:
        rows = _records(_text(content, path.name), path.name, known)
    sha256 = hashlib.sha256(content).hexdigest()
    if not any(cell.strip() for row in rows for cell in row):
        raise InputError([Issue("file_empty", path.name)])
    at, matches = _header_at(rows, known)
    if not matches:
        missing = ", ".join(column.header() for column in columns_of(kind) if column.required)
        raise InputError([Issue("header_missing", path.name, params={"missing": missing})])
    body = list(zip_longest(*rows[at + 1 :], fillvalue=""))
    table = _table(rows[at], body, kind, path.name, sha256, first_row=at + 2)
    if kind in MUST_HAVE_ROWS and table.frame.empty:
        raise InputError([Issue("file_empty", path.name)])
    return table


def table_of_frame(frame: pd.DataFrame, kind: str) -> Table:
    """An analyst's frame, typed or text, as if it had been read from a file named ``kind`` with one header row."""
    known = _known(kind)
    header = [str(name) for name in frame.columns]
    body = []
    for i, title in enumerate(header):
        column = known.get(_plain(title))
        is_time = column is not None and column.kind == "availability"
        body.append([_spelt_mask(value) if is_time else _spelt(value) for value in frame.iloc[:, i].tolist()])
    return _table(header, body, kind, kind, "", first_row=2)


def _table(
    header: Sequence[str], body: Sequence[Sequence[str]], kind: str, file: str, sha256: str, first_row: int
) -> Table:
    """Name, clean and check the columns; rows without content go."""
    known = _known(kind)
    by_name: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    unknown: dict[str, list[str]] = {}
    twice: dict[str, list[str]] = {}
    for i, (title, cells) in enumerate(zip_longest(map(_clean, header), body, fillvalue=())):
        column = known.get(_plain(title)) if isinstance(title, str) else None
        if column is None:
            values = _cleaned(cells, _clean)
            if title or any(values):
                unknown[_free_name(title or "", i, {*unknown, *RESERVED, *(c.name for c in known.values())})] = values
        elif column.name in by_name:
            twice.setdefault(column.name, [headers[column.name]]).append(str(title))
        else:
            by_name[column.name] = _cleaned(cells, _clean if column.kind in _AS_WRITTEN else _clean_plain)
            headers[column.name] = str(title)
    n = max(map(len, body), default=0)
    columns = {name: cells or [""] * n for name, cells in {**by_name, **unknown}.items()}
    filled = np.fromiter((any(cells) for cells in zip(*columns.values(), strict=True)), dtype=bool, count=n)
    frame = pd.DataFrame(columns, dtype=str)
    issues = [*_missing(kind, headers, file), *_doubled(kind, twice, file)]
    issues += [Issue("column_unknown", file, column=name) for name in unknown]
    row = np.arange(first_row, first_row + n, dtype=np.int64)[filled]
    if not filled.all():
        frame = frame[filled].reset_index(drop=True)
    return Table(frame, row, file, sha256, kind, headers, tuple(unknown), tuple(issues))


def _missing(kind: str, headers: Mapping[str, str], file: str) -> list[Issue]:
    return [
        Issue("column_missing", file, column=column.header(), params={"headers": ", ".join(column.headers)})
        for column in columns_of(kind)
        if column.required and column.name not in headers
    ]


def _doubled(kind: str, twice: Mapping[str, list[str]], file: str) -> list[Issue]:
    return [
        Issue("column_twice", file, column=column.header(), params={"headers": ", ".join(twice[column.name])})
        for column in columns_of(kind)
        if column.name in twice
    ]


def _free_name(title: str, index: int, taken: set[str]) -> str:
    """A name for an unknown column: its title, with the column's letter where that is empty or taken."""
    if title and title not in taken:
        return title
    letter = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letter = chr(ord("A") + rest) + letter
    return f"{title} ({letter})" if title else letter


@lru_cache(maxsize=32)
def _known(kind: str) -> dict[str, Column]:
    """A kind's columns by every header, as ``_plain`` writes them."""
    return {_plain(header): column for column in columns_of(kind) for header in column.headers}


def _plain(header: str) -> str:
    """A header without what people vary: width, case, spaces, underscores, a star or colon."""
    return re.sub(r"[\s_*:]", "", unicodedata.normalize("NFKC", header).casefold())


def _header_at(rows: Sequence[Sequence[str]], known: Mapping[str, Column]) -> tuple[int, int]:
    """Which row matches the most columns, the first of equals, and how many."""
    counts = [len({known[_plain(cell)].name for cell in row if _plain(cell) in known}) for row in rows[:HEADER_WITHIN]]
    best = max(counts, default=0)
    return counts.index(best), best


def _cleaned(cells: Sequence[str], clean: Callable[[str], str]) -> list[str]:
    """All cells of a column, each distinct text cleaned once."""
    distinct = {cell: clean(cell) for cell in dict.fromkeys(cells)}
    return [distinct[cell] for cell in cells]


def _clean(cell: str) -> str:
    """A cell without surrounding space and without the quote that guards it from being taken for a formula."""
    if cell.startswith("'") and _GUARDED.match(cell):
        cell = cell[1:]
    cell = cell.strip()
    return cell if cell.isascii() else cell.strip(_INVISIBLE).strip()


def _clean_plain(cell: str) -> str:
    """As ``_clean``, in characters of usual width: for ids, numbers, dates, choices."""
    cell = _clean(cell)
    return cell if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def _text(content: bytes, file: str) -> str:
    encodings = [name for mark, name in _BOMS if content.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable(file, N_("its text is neither UTF-8, GB18030 nor UTF-16"))


def _records(text: str, file: str, known: Mapping[str, Column]) -> list[list[str]]:
    """The records of a CSV text, with the separator under which its header is understood best."""

    def fit(separator: str) -> tuple[int, int]:
        start = list(islice(_reader(text, separator, strict=False), HEADER_WITHIN))
        return _header_at(start, known)[1] if start else 0, max(map(len, start), default=0)

    try:
        reader = _reader(text, max(",;\t", key=fit), strict=True)
        return list(reader)
    except csv.Error as error:
        raise _unreadable(file, f"{error} (CSV {reader.line_num})") from error


def _reader(text: str, separator: str, *, strict: bool) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)


def _sheet(content: bytes, file: str) -> list[list[str]]:
    """The first visible sheet of a workbook as text, from its first row and column on."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            names = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
            rows = book.get_sheet_by_name(names[0]).to_python(skip_empty_area=False)
    except PasswordError as error:
        raise _unreadable(file, N_("it is protected by a password")) from error
    except (CalamineError, IndexError) as error:
        raise _unreadable(file, str(error) or type(error).__name__) from error
    return [[cell if isinstance(cell, str) else _spelt(cell) for cell in row] for row in rows]


def _spelt(value: object) -> str:
    """A typed cell as text, as a person would have typed it; missing is empty."""
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return "; ".join(_spelt(item) for item in value)
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


def _spelt_mask(value: object) -> str:
    """Availability as text, where it is a mask already."""
    return render(value) if isinstance(value, int) else _spelt(value)


def _spelt_float(value: float) -> str:
    if math.isnan(value):
        return ""
    if abs(value) >= 1e15:  # digits beyond the 15th are lost: written as Excel shows it
        return f"{value:.5E}"
    return str(int(value)) if value.is_integer() else str(value)


def _unreadable(file: str, problem: str) -> InputError:
    return InputError([Issue("file_unreadable", file, params={"problem": problem})])
