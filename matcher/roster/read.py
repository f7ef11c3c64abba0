"""From rosters as people keep them to a table of text under the names of the column table.

CSV in UTF-8, GB18030 or UTF-16, with commas, semicolons or tabs; workbooks; Parquet; queries to databases; several of
them, or folders, as one. Title rows above the header, headers in either language or of the user's own, totals and
notes below. What the cells mean is ``convert``'s business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from matcher.errors import InputError
from matcher.i18n import N_
from matcher.messages import Issue
from matcher.privacy import hide_numbers, hide_private
from matcher.roster.availability import render
from matcher.roster.cells import blank
from matcher.roster.clean import cleaned, filled, filled_down, no_people
from matcher.roster.formats import Form, Row, opened, sheets_of, spelt, texts, texts_at_once, texts_of_rows
from matcher.roster.header import (
    HEADER_WITHIN,
    Aliases,
    Header,
    Known,
    doubled_columns,
    find_header,
    free_name,
    known_headers,
    missing_columns,
    plain,
)
from matcher.roster.no_tables import unreadable
from matcher.roster.query import Query
from matcher.roster.source import ALL_SHEETS, Sheet, Source, Sources, expanded, folders_inside, named
from matcher.roster.table import Reading, Table, UnreadError, columns_of

MUST_HAVE_ROWS = frozenset({"elders", "volunteers"})
RESERVED = frozenset({"row", "file", "clock", "building", "lane", "compound_key", "neighbourhood", "subdistrict_key"})
"""Names of columns that are made here; a source's own column of that name gets its letter added."""

_AS_WRITTEN = frozenset({"text", "list"})


def read_table(sources: Sources, kind: str, aliases: Aliases = (), names: Mapping[Source, str] | None = None) -> Table:
    """Read files, sheets or queries as one table.

    Args:
        sources: What to read; a folder stands for its files, ``*`` for all sheets of a workbook.
        kind: A key of ``columns.FILES``, or ``previous``.
        aliases: Headers of the user's own.
        names: What issues call each source; else as short as can be.

    Raises:
        InputError: one is missing, can't be read, has no header, or no rows where it must have some; with the issues
            of all.
    """
    each = expanded(sources)
    names = names or named(each)
    tables: list[Table] = []
    faults: list[Issue] = []
    for source in each:
        try:
            tables += [_read(one, kind, aliases, name) for one, name in _sheets(source, names[source])]
        except InputError as error:
            faults += error.issues
    if not faults and kind in MUST_HAVE_ROWS:
        faults = _without_rows(tables)
    if faults:
        raise UnreadError([*(issue for table in tables for issue in table.issues), *faults], _readings(tables))
    inside = tuple(Issue("folder_inside", folder, value=name) for folder, name in folders_inside(sources))
    table = _joined(tables, kind)
    return replace(table, issues=(*inside, *table.issues)) if inside else table


def as_they_stand(
    sources: Sources, kind: str, aliases: Aliases = (), names: Mapping[Source, str] | None = None
) -> Iterator[tuple[str, list[list[str]], Header]]:
    """Each source's name, all its rows as they stand, titles and blank ones too, and its header.

    Arguments as for ``read_table``. What can't be read, and answers of databases, are passed over.
    """
    known = known_headers(kind, aliases)
    try:
        each = expanded(sources)
    except InputError:
        return
    names = names or named(each)
    for given in each:
        with suppress(InputError):
            for source, name in _sheets(given, names[given]):
                if isinstance(source, Query):
                    continue
                path, sheet = (source.path, source.name) if isinstance(source, Sheet) else (source, "")
                _form, found = opened(_content(path, name), name, lambda top: find_header(top, known).matches, sheet)
                rows = [[spelt(cell) for cell in row] for row in found]
                yield name, rows, find_header(rows, known)


def table_of_frame(frame: pd.DataFrame, kind: str) -> Table:
    """An analyst's frame, typed or text, as if it had been read from a file named ``kind`` with one header row."""
    known = known_headers(kind)
    titles = [str(name) for name in frame.columns]
    columns = []
    for i, title in enumerate(titles):
        column = known.get(plain(title))
        is_time = column is not None and column.kind == "availability"
        columns.append(texts([_spelt_mask(value) if is_time else spelt(value) for value in frame.iloc[:, i].tolist()]))
    return _table(Header(tuple(titles), 0, 1, 0), columns, Reading(kind, kind, "", Form("frame"), 1, 1, (), 0), known)


def _sheets(source: Source, name: str) -> Iterator[tuple[Source, str]]:
    """A source and its name; where it is all sheets of a workbook, each of them."""
    if isinstance(source, Sheet) and source.name == ALL_SHEETS:
        for sheet in sheets_of(_content(source.path, name), name):
            yield Sheet(source.path, sheet), name.removesuffix(ALL_SHEETS) + sheet
    else:
        yield source, name


def _read(source: Source, kind: str, aliases: Aliases, name: str) -> Table:
    known = known_headers(kind, aliases)
    if isinstance(source, Query):
        from matcher.roster.sql import answer  # noqa: PLC0415 - SQLAlchemy is loaded only where it is asked for

        titles, columns = answer(source, name)
        reading = Reading(kind, name, _digest(titles, columns, known), Form("query"), 0, 1, (), 0)
        return _table(Header(titles, 0, 1, 0), columns, reading, known)
    path, sheet = (source.path, source.name) if isinstance(source, Sheet) else (source, "")
    content = _content(path, name)
    form, rows = opened(content, name, lambda top: find_header(top, known).matches, sheet)
    top = list(islice(rows, HEADER_WITHIN if form.has_header_row else 1))
    header = find_header(top, known)
    if not header.matches:
        raise InputError([_no_header(chain(top, rows), kind, name)])
    sha256 = hashlib.sha256(content).hexdigest()
    below = header.above + header.rows
    whole = texts_at_once(content, form, len(top[0]))
    del content
    columns = texts_of_rows(chain(top[below:], rows)) if whole is None else [cells[below:] for cells in whole]
    row = header.above + 1 if form.has_header_row else 0
    return _table(header, columns, Reading(kind, name, sha256, form, row, header.rows, (), 0), known)


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError([Issue("file_missing", name)]) from error
    except PermissionError as error:
        raise unreadable(name, N_("it is open in another program, as Excel, or not yours to read")) from error
    except OSError as error:
        raise unreadable(name, error.strerror or str(error)) from error


def _digest(titles: Sequence[str], columns: Sequence[pa.Array], known: Known) -> str:
    """A hash of a query's answer: every header and cell with its length, but national IDs."""
    digest = hashlib.sha256()
    for title, cells in zip(titles, columns, strict=True):
        column = known.get(plain(title))
        if column is None or column.kind != "national_id":
            for text in (title, *cells.to_pylist()):
                content = text.encode()
                digest.update(b"%d:%b" % (len(content), content))
    return digest.hexdigest()


def _table(header: Header, body: Sequence[pa.Array], reading: Reading, known: Known) -> Table:
    """Name, clean and check the columns; rows without content and rows that are no people go."""
    titles = [hide_numbers(title or "") for title in cleaned(texts(header.cells), plain=False).to_pylist()]
    by_name: dict[str, pa.Array] = {}
    headers: dict[str, str] = {}
    unknown: dict[str, pa.Array] = {}
    twice: dict[str, list[str]] = {}
    read_as: list[tuple[str, str]] = []
    n = max(map(len, body), default=0)
    position: dict[str, int] = {}
    for i, (title, cells) in enumerate(zip_longest(titles, body)):
        column = known.get(plain(title or ""))
        values = blank(n) if cells is None else cells
        if column is None:
            values = cleaned(values, plain=False)
            if title or filled([values], n).any():
                name = free_name(title or "", i, {*unknown, *RESERVED, *(c.name for c in known.values())})
                unknown[name] = values
                position[name] = i
                read_as.append((name, ""))
        elif column.name in by_name:
            twice.setdefault(column.name, [headers[column.name]]).append(title)
        else:
            by_name[column.name] = cleaned(values, plain=column.kind not in _AS_WRITTEN)
            headers[column.name] = title
            position[column.name] = i
            read_as.append((title, column.name))
    columns = {**by_name, **unknown}
    aside = no_people(columns, headers, n) if reading.kind in MUST_HAVE_ROWS and reading.form.has_header_row else {}
    keep = filled(list(columns.values()), n)
    keep[list(aside)] = False
    columns, down = filled_down(columns, _merged(reading, position, n), keep)
    row = np.arange(n, dtype=np.int64) + max(reading.header_row, 1) + reading.header_rows
    issues = [
        *missing_columns(reading.kind, headers, reading.file),
        *doubled_columns(reading.kind, twice, reading.file),
    ]
    issues += [Issue("column_unknown", reading.file, column=name) for name in unknown]
    issues += [
        Issue("row_passed_over", reading.file, int(row[i]), value=hide_private(words)) for i, words in aside.items()
    ]
    reading = replace(
        reading, columns=tuple(read_as), rows=int(keep.sum()), passed_over=len(aside), filled_down=tuple(down.items())
    )
    if not keep.all():
        columns = {name: cells.filter(pa.array(keep)) for name, cells in columns.items()}
        row = row[keep]
    part = np.zeros(len(row), dtype=np.int64)
    return Table(columns, row, part, (reading,), reading.kind, headers, tuple(unknown), tuple(issues))


def _merged(reading: Reading, position: Mapping[str, int], n: int) -> dict[str, list[tuple[int, int]]]:
    """For each column the rows, counted below the header, over which cells of it are merged."""
    below = reading.header_row - 1 + reading.header_rows
    ranges: dict[str, list[tuple[int, int]]] = {}
    names = {i: name for name, i in position.items()}
    for i, first, last in reading.form.merged:
        if i in names and below <= first < below + n:
            ranges.setdefault(names[i], []).append((first - below, last - below))
    return ranges


def _joined(tables: Sequence[Table], kind: str) -> Table:
    """Tables one below the other; columns that one of them lacks are empty in its rows."""
    if len(tables) == 1:
        return tables[0]
    headers = {name: title for table in reversed(tables) for name, title in table.headers.items()}
    unknown = tuple(dict.fromkeys(name for table in tables for name in table.unknown))
    order = [column.name for column in columns_of(kind) if column.name in headers]
    columns = {
        name: pa.concat_arrays([table.columns.get(name, blank(len(table))) for table in tables])
        for name in (*order, *unknown)
    }
    return Table(
        columns,
        np.concatenate([table.row for table in tables]),
        np.repeat(np.arange(len(tables)), [len(table.row) for table in tables]).astype(np.int64),
        _readings(tables),
        kind,
        headers,
        unknown,
        tuple(issue for table in tables for issue in table.issues),
    )


def _readings(tables: Sequence[Table]) -> tuple[Reading, ...]:
    return tuple(reading for table in tables for reading in table.readings)


def _without_rows(tables: Sequence[Table]) -> list[Issue]:
    """An issue for each table without rows where no table has any: one committee may have nobody."""
    empty = [Issue("file_empty", table.file) for table in tables if not len(table)]
    return empty if len(empty) == len(tables) else []


def _no_header(rows: Iterator[Row], kind: str, file: str) -> Issue:
    if not any(spelt(cell).strip() for row in rows for cell in row):
        return Issue("file_empty", file)
    missing = ", ".join(column.header() for column in columns_of(kind) if column.required)
    return Issue("header_missing", file, params={"missing": missing})


def _spelt_mask(value: object) -> str:
    """Availability as text, where it is a mask already."""
    return render(value) if isinstance(value, int) else spelt(value)
