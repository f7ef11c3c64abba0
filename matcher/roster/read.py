"""From a file, as people keep them, to a table of text under the names of the column table.

CSV in UTF-8, GB18030 or UTF-16, with commas, semicolons or tabs, or a workbook's first sheet; title rows above the
header; headers in either language. What the cells mean is ``convert``'s business.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.columns import Column
from matcher.errors import InputError
from matcher.messages import Issue
from matcher.roster.availability import render
from matcher.roster.formats import rows_of, spelt, transposed, unreadable
from matcher.roster.table import Table, columns_of

HEADER_WITHIN = 20
"""The header is looked for in so many rows."""
MUST_HAVE_ROWS = frozenset({"elders", "volunteers"})
RESERVED = frozenset({"row", "file", "building"})
"""Names of columns that are made here; a file's own column of that name gets its letter added."""

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
        raise unreadable(path.name, error.strerror or str(error)) from error
    known = _known(kind)
    rows = rows_of(content, path.name, fit=lambda top: _header_at(top, known)[1])
    top = list(islice(rows, HEADER_WITHIN))
    at, matches = _header_at(top, known)
    if not matches:
        raise InputError([_no_header(chain(top, rows), kind, path.name)])
    body = transposed(chain(top[at + 1 :], rows))
    sha256 = hashlib.sha256(content).hexdigest()
    table = _table(top[at], body, kind, path.name, sha256, first_row=at + 2)
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
        body.append([_spelt_mask(value) if is_time else spelt(value) for value in frame.iloc[:, i].tolist()])
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
    for i, (title, cells) in enumerate(zip_longest(_cleaned(header, plain=False), body, fillvalue=())):
        column = known.get(_plain(title)) if isinstance(title, str) else None
        if column is None:
            values = _cleaned(cells, plain=False)
            if title or any(values):
                unknown[_free_name(title or "", i, {*unknown, *RESERVED, *(c.name for c in known.values())})] = values
        elif column.name in by_name:
            twice.setdefault(column.name, [headers[column.name]]).append(str(title))
        else:
            by_name[column.name] = _cleaned(cells, plain=column.kind not in _AS_WRITTEN)
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


def _no_header(rows: Iterable[Sequence[str]], kind: str, file: str) -> Issue:
    if not any(cell.strip() for row in rows for cell in row):
        return Issue("file_empty", file)
    missing = ", ".join(column.header() for column in columns_of(kind) if column.required)
    return Issue("header_missing", file, params={"missing": missing})


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
    return (counts.index(best) if best else 0), best


def _cleaned(cells: Sequence[str], *, plain: bool) -> list[str]:
    """A column's cells without surrounding space and without the quote that guards a formula.

    With ``plain``, in characters of usual width too (NFKC): for ids, numbers, dates and choices. What a column needs is
    seen in all its text at once: most columns of a city need nothing.
    """
    text = "\0".join(cells)
    if "'" in text:
        cells = [cell[1:] if _GUARDED.match(cell) else cell for cell in cells]
    cells = [cell.strip() for cell in cells]
    if any(mark in text for mark in _INVISIBLE):
        cells = [cell.strip(_INVISIBLE).strip() for cell in cells]
    if plain and not unicodedata.is_normalized("NFKC", text):
        cells = [unicodedata.normalize("NFKC", cell).strip() for cell in cells]
    return cells


def _spelt_mask(value: object) -> str:
    """Availability as text, where it is a mask already."""
    return render(value) if isinstance(value, int) else spelt(value)
