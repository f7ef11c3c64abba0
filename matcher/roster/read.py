"""From rosters as people keep them to a table of text under the names of the column table.

CSV in UTF-8, GB18030 or UTF-16, with commas, semicolons or tabs; workbooks; Parquet; queries to databases; several of
them, or folders, as one. Title rows above the header, headers in either language or of the user's own, totals and
notes below. What the cells mean is ``convert``'s business.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.errors import InputError
from matcher.messages import Issue
from matcher.privacy import hide_numbers, hide_private
from matcher.roster.availability import render
from matcher.roster.cells import blank
from matcher.roster.clean import cleaned, filled, filled_down, no_people
from matcher.roster.columns_of_one_kind import join_columns
from matcher.roster.file_checks import explain_system_error, unreadable
from matcher.roster.formats import ALL_SHEETS, HEADER_WITHIN, Fit, Form, RawTable, open_file, spell, texts
from matcher.roster.header import (
    FreeNames,
    Header,
    Known,
    find_header,
    find_missing_columns,
    find_unknown_columns,
    known_headers,
    simplify,
)
from matcher.roster.query import Query
from matcher.roster.source import Sheet, Source, Sources, expand_sources, find_folders_inside, name_sources
from matcher.roster.special_cells import find_cell_faults, find_examples
from matcher.roster.table import Reading, Table, UnreadError, column_of, columns_of, show_cell
from matcher.roster.unread_sheets import belongs_elsewhere, find_unread_sheets
from matcher.roster.workbook import Merged
from matcher.settings.roster import Conventions

MUST_HAVE_ROWS = frozenset({"elders", "volunteers"})
RESERVED = frozenset({"row", "file", "clock", "building", "lane", "compound_key", "neighbourhood", "subdistrict_key"})
"""Names of columns that are made here; a source's own column of that name gets its letter added."""

_AS_WRITTEN = frozenset({"text", "list"})
_NO_CONVENTIONS = Conventions()


def read_table(
    sources: Sources,
    kind: str,
    conventions: Conventions = _NO_CONVENTIONS,
    names: Mapping[Source, str] | None = None,
) -> Table:
    """Read files, sheets or queries as one table.

    Args:
        sources: What to read; a folder stands for its files, ``*`` for all sheets of a workbook.
        kind: A key of ``columns.FILES``, or ``previous``.
        conventions: Headers of the user's own, and the encoding of texts.
        names: What issues call each source; else as short as can be.

    Raises:
        InputError: one is missing, can't be read, has no header, or no rows where it must have some; with the issues
            of all.
    """
    each = expand_sources(sources)
    names = names or name_sources(each)
    tables: list[Table] = []
    faults: list[Issue] = []
    for source in each:
        try:
            tables += _read(source, kind, conventions, names[source])
        except InputError as error:
            faults += error.issues
    if not faults and kind in MUST_HAVE_ROWS:
        faults = _find_empty(tables)
    if faults:
        raise UnreadError([*(issue for table in tables for issue in table.issues), *faults], _readings(tables))
    inside = tuple(Issue("folder_inside", folder, value=name) for folder, name in find_folders_inside(sources))
    table = _join_tables(tables, kind)
    return replace(table, issues=(*inside, *table.issues)) if inside else table


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A source as it stands: its name, all its rows, titles and blank ones too, and its header.

    ``people`` are the rows that hold people, ``ids`` the id in each row, empty where it holds none, all from 0;
    ``id_column`` is the place of the column of ids.
    """

    file: str
    raw: RawTable
    header: Header
    people: Sequence[int] = ()
    ids: Sequence[str] = ()
    id_column: int | None = None


def read_as_they_stand(
    sources: Sources,
    kind: str,
    conventions: Conventions = _NO_CONVENTIONS,
    names: Mapping[Source, str] | None = None,
) -> Iterator[Standing]:
    """Yield each source as it stands.

    Arguments as for ``read_table``. What can't be read, and answers of databases, are passed over.
    """
    known = known_headers(kind, conventions.aliases)
    try:
        each = expand_sources(sources)
    except InputError:
        return
    names = names or name_sources(each)
    for source in each:
        if isinstance(source, Query):
            continue
        with suppress(InputError):
            path, sheet = (source.path, source.name) if isinstance(source, Sheet) else (source, "")
            content = _read_bytes(path, names[source])
            fit = _fit(kind, conventions)
            for raw in open_file(content, names[source], fit, sheet=sheet, encoding=conventions.encoding, kinds=True):
                yield _describe_standing(raw, kind, known, _name_sheet(names[source], sheet, raw.form))


def _describe_standing(raw: RawTable, kind: str, known: Known, name: str) -> Standing:
    header = find_header(raw.rows(HEADER_WITHIN), known, raw.merged)
    below = header.above + header.rows
    body = replace(raw, columns=[cells[below:] for cells in raw.columns])
    reading = Reading(kind, name, "", raw.form, header.above + 1, header.rows, (), 0)
    people = (_make_table(header, body, reading, known).row - 1).tolist()
    at = next((i for i, cell in enumerate(header.cells) if (c := known.get(simplify(cell))) and c.name == "id"), None)
    ids = [""] * len(raw) if at is None else [text.strip() for text in raw.columns[at].to_pylist()]
    return Standing(name, raw, header, people, ids, at)


def table_of_frame(frame: pd.DataFrame, kind: str) -> Table:
    """Return an analyst's frame, typed or text, as if read from a file named ``kind`` with one header row."""
    known = known_headers(kind)
    titles = [str(name) for name in frame.columns]
    columns = []
    for i, title in enumerate(titles):
        column = known.get(simplify(title))
        is_time = column is not None and column.kind == "availability"
        columns.append(texts([_spell_mask(value) if is_time else spell(value) for value in frame.iloc[:, i].tolist()]))
    reading = Reading(kind, kind, "", Form("frame"), 1, 1, (), 0)
    return _make_table(Header(tuple(titles), 0, 1, 0), RawTable(reading.form, columns), reading, known)


def _read(source: Source, kind: str, conventions: Conventions, name: str) -> Iterator[Table]:
    known = known_headers(kind, conventions.aliases)
    if isinstance(source, Query):
        from matcher.roster.sql import answer  # noqa: PLC0415 - SQLAlchemy is loaded only where it is asked for

        titles, columns = answer(source, name)
        raw = RawTable(Form("query"), columns)
        reading = Reading(kind, name, _digest(titles, columns, known), raw.form, 0, 1, (), 0)
        yield _make_table(Header(titles, 0, 1, 0), raw, reading, known)
        return
    path, sheet = (source.path, source.name) if isinstance(source, Sheet) else (source, "")
    content = _read_bytes(path, name)
    sha256 = hashlib.sha256(content).hexdigest()
    opened = open_file(content, name, _fit(kind, conventions), sheet=sheet, encoding=conventions.encoding)
    del content
    for raw in opened:
        one = _name_sheet(name, sheet, raw.form)
        header = find_header(raw.rows(HEADER_WITHIN if raw.form.has_header_row else 1), known, raw.merged)
        if not header.matches:
            raise InputError([_explain_no_header(raw, kind, one)])
        below = header.above + header.rows
        body = replace(raw, columns=[cells[below:] for cells in raw.columns])
        row = header.above + 1 if raw.form.has_header_row else 0
        table = _make_table(header, body, Reading(kind, one, sha256, raw.form, row, header.rows, (), 0), known)
        if raw.others and kind in MUST_HAVE_ROWS:
            unread = find_unread_sheets(raw.others, table, kind, conventions.aliases)
            table = replace(table, issues=(*unread, *table.issues))
        yield table


def _fit(kind: str, conventions: Conventions) -> Fit:
    """Return how well some first rows fit a kind of file; a sheet of the other roster hardly does."""
    known = known_headers(kind, conventions.aliases)

    def fit(rows: Sequence[Sequence[object]], merged: Sequence[Merged], sheet: str) -> int:
        header = find_header(rows, known, merged)
        if sheet and belongs_elsewhere(header, sheet, kind, conventions.aliases):
            return min(header.matches, 1)
        return header.matches

    return fit


def _name_sheet(name: str, wanted: str, form: Form) -> str:
    """Return the name of a source; of all sheets of a workbook, of each of them."""
    return name.removesuffix(ALL_SHEETS) + form.sheet if wanted == ALL_SHEETS else name


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError([Issue("file_missing", name)]) from error
    except (OSError, ValueError) as error:
        raise unreadable(name, explain_system_error(error)) from error


def _digest(titles: Sequence[str], columns: Sequence[pa.Array], known: Known) -> str:
    """Return a hash of a query's answer: every header and cell with its length, but national IDs."""
    digest = hashlib.sha256()
    for title, cells in zip(titles, columns, strict=True):
        column = known.get(simplify(title))
        if column is None or column.kind != "national_id":
            for text in (title, *cells.to_pylist()):
                content = text.encode()
                digest.update(b"%d:%b" % (len(content), content))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """The columns of a source under their names, before anything is left out.

    ``same`` are the known columns, all of one name together, ``unknown`` those that the column table lacks;
    ``position`` tells the name at each place, ``read_as`` is ``Reading.columns``, ``asked`` are unknown headers.
    """

    same: dict[str, list[tuple[int, str, pa.Array]]]
    unknown: dict[str, pa.Array]
    position: dict[int, str]
    read_as: tuple[tuple[str, str], ...]
    asked: list[str]


def _name_columns(header: Header, raw: RawTable, known: Known) -> _Named:
    titles = [hide_numbers(cell or "") for cell in cleaned(texts(header.cells), plain=False).to_pylist()]
    n = len(raw)
    named = _Named({}, {}, {}, (), [])
    read_as: list[tuple[str, str]] = []
    names = FreeNames({*RESERVED, *(column.name for column in known.values())})
    for i, (title, cells) in enumerate(zip_longest(titles, raw.columns, fillvalue=None)):
        column = known.get(simplify(title or ""))
        values = cleaned(
            blank(n) if cells is None else cells, plain=column is not None and column.kind not in _AS_WRITTEN
        )
        if column is not None:
            named.same.setdefault(column.name, []).append((i, title or "", values))
            named.position[i] = column.name
            read_as.append((title or "", column.name))
        elif title or filled([values], n).any():
            name = names.take(title or "", i)
            named.unknown[name] = values
            named.position[i] = name
            named.asked.extend([name] if title else [])
            read_as.append((name, ""))
    return replace(named, read_as=tuple(read_as))


def _make_table(header: Header, raw: RawTable, reading: Reading, known: Known) -> Table:
    """Name, clean and check the columns; rows without content and rows that are no people go."""
    n = len(raw)
    first_row = max(reading.header_row, 1) + reading.header_rows
    row = np.arange(n, dtype=np.int64) + first_row
    named = _name_columns(header, raw, known)
    asked = set(named.asked)
    headers = {name: same[0][1] for name, same in named.same.items()}
    by_name, joined, faults = join_columns(named.same, reading.kind, reading.file, row)
    errors, by_name = find_cell_faults(by_name, headers, named.position, raw, first_row, reading)
    columns = {**by_name, **named.unknown}
    aside: dict[int, str] = {}
    examples: dict[int, tuple[str, str]] = {}
    if reading.kind in MUST_HAVE_ROWS and reading.form.has_header_row:
        aside = no_people(columns, headers, n)
        examples = {i: cell for i, cell in find_examples(columns, n).items() if i not in aside}
    keep = filled(list(columns.values()), n)
    keep[[at - first_row for _code, at, _column, _text in errors]] = True  # a row of errors alone is no blank one
    n_blank = int(np.count_nonzero(~keep))
    keep[[*aside, *examples]] = False
    columns, down = filled_down(columns, _find_merged(raw, named.position, first_row - 1, n), keep)
    hidden = [at + 1 - first_row for at in raw.hidden_rows if 0 <= at + 1 - first_row < n and keep[at + 1 - first_row]]
    first_title = next(iter(headers.values()), "")
    passed_over = Counter("header" if words == first_title else "total" for words in aside.values())
    passed_over["example"] = len(examples)
    issues = [
        *find_missing_columns(reading.kind, headers, reading.file),
        *(fault for fault in faults if fault.row is None or keep[fault.row - first_row]),
        *find_unknown_columns(named.asked, reading.kind, known, headers, reading.file),
        *(Issue("column_unknown", reading.file, column=name) for name in named.unknown if name not in asked),
        *_explain_hidden(hidden, row, reading.file),
        *(Issue("quote_stray", reading.file, at + 1, params={"rows": rows}) for at, rows in raw.stray_quotes),
        *(Issue(code, reading.file, at, column, text) for code, at, column, text in errors if keep[at - first_row]),
        *(Issue("row_passed_over", reading.file, int(row[i]), value=hide_private(words)) for i, words in aside.items()),
        *_explain_examples(examples, headers, row, reading),
    ]
    reading = replace(
        reading,
        columns=named.read_as,
        rows=int(keep.sum()),
        passed_over=tuple((what, count) for what, count in passed_over.items() if count),
        filled_down=tuple(down.items()),
        joined=joined,
        blank=n_blank,
        hidden_rows=len(hidden),
    )
    if not keep.all():
        columns = {name: cells.filter(pa.array(keep)) for name, cells in columns.items()}
        row = row[keep]
    part = np.zeros(len(row), dtype=np.int64)
    return Table(columns, row, part, (reading,), reading.kind, headers, tuple(named.unknown), tuple(issues))


def _explain_examples(
    examples: Mapping[int, tuple[str, str]], headers: Mapping[str, str], row: NDArray[np.int64], reading: Reading
) -> Iterator[Issue]:
    """Yield an issue for each row that is an example."""
    for i, (name, text) in examples.items():
        shown = show_cell(text, column_of(reading.kind, name)) if name in headers else hide_private(text)
        yield Issue("row_example", reading.file, int(row[i]), headers.get(name, name), shown)


def _explain_hidden(hidden: Sequence[int], row: NDArray[np.int64], file: str) -> list[Issue]:
    """Return an issue where people stand in rows that the workbook hides: they are read as the others."""
    if not len(hidden):
        return []
    rows = ", ".join(str(row[i]) for i in hidden[:_ROWS_TOLD]) + " …" * (len(hidden) > _ROWS_TOLD)
    return [Issue("rows_hidden", file, value=rows, params={"count": len(hidden)})]


_ROWS_TOLD = 10


def _find_merged(raw: RawTable, position: Mapping[int, str], below: int, n: int) -> dict[str, list[tuple[int, int]]]:
    """Return, for each column, the rows, counted below the header, over which cells of it are merged."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for top, left, bottom, _right in raw.merged:
        if bottom > top and left in position and below <= top < below + n:
            ranges.setdefault(position[left], []).append((top - below, bottom - below))
    return ranges


def _join_tables(tables: Sequence[Table], kind: str) -> Table:
    """Return tables one below the other; columns that one of them lacks are empty in its rows."""
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


def _find_empty(tables: Sequence[Table]) -> list[Issue]:
    """Return an issue for each table without rows where no table has any: one committee may have nobody."""
    empty = [Issue("file_empty", table.file) for table in tables if not len(table)]
    return empty if len(empty) == len(tables) else []


def _explain_no_header(raw: RawTable, kind: str, file: str) -> Issue:
    if not filled([cleaned(cells, plain=False) for cells in raw.columns], len(raw)).any():
        return Issue("file_empty", file)
    missing = ", ".join(column.header() for column in columns_of(kind) if column.required)
    return Issue("header_missing", file, params={"missing": missing})


def _spell_mask(value: object) -> str:
    """Return availability as text, where it is a mask already."""
    return render(value) if isinstance(value, int) else spell(value)
