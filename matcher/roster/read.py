"""From rosters as people keep them to a table of text under the names of the column table.

CSV in UTF-8, GB18030 or UTF-16, with commas, semicolons or tabs; workbooks; Parquet; queries to databases; several of
them, or folders, as one. Title rows above the header, headers in either language or of the user's own, totals and
notes below. What the cells mean is ``convert``'s business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matcher.errors import InputError, explain_system_error
from matcher.evidence import read_input
from matcher.i18n import join_words
from matcher.messages import Issue
from matcher.roster.availability import render
from matcher.roster.cells import blank
from matcher.roster.clean import cleaned, filled
from matcher.roster.file_checks import unreadable
from matcher.roster.formats import ALL_SHEETS, HEADER_WITHIN, Fit, Form, RawTable, open_file, spell, texts
from matcher.roster.header import (
    Header,
    Known,
    find_header,
    known_headers,
    simplify,
)
from matcher.roster.make_table import MUST_HAVE_ROWS, make_table
from matcher.roster.query import Query
from matcher.roster.remarks import find_notes
from matcher.roster.source import Sheet, Source, Sources, expand_sources, find_folders_inside, name_sources
from matcher.roster.table import Reading, Table, UnreadError, columns_of
from matcher.roster.unread_sheets import belongs_elsewhere, find_unread_sheets
from matcher.roster.workbook import Merged
from matcher.settings.roster import Conventions, LimitsSettings

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
            content = read_bytes(path, names[source])
            fit = _fit(kind, conventions)
            for raw in open_file(content, names[source], fit, conventions, sheet=sheet, kinds=True):
                yield _describe_standing(raw, kind, known, _name_sheet(names[source], sheet, raw.form))


def _describe_standing(raw: RawTable, kind: str, known: Known, name: str) -> Standing:
    header = find_header(raw.rows(HEADER_WITHIN), known, raw.merged)
    below = header.above + header.rows
    body = replace(raw, columns=[cells[below:] for cells in raw.columns])
    reading = Reading(kind, name, "", raw.form, header.above + 1, header.rows, (), 0)
    people = (make_table(header, body, reading, known).row - 1).tolist()
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
    return make_table(Header(tuple(titles), 0, 1, 0), RawTable(reading.form, columns), reading, known)


def _read(source: Source, kind: str, conventions: Conventions, name: str) -> Iterator[Table]:
    known = known_headers(kind, conventions.aliases)
    if isinstance(source, Query):
        from matcher.roster.sql import ask_database  # noqa: PLC0415 - SQLAlchemy is loaded only where it is asked for

        titles, columns = ask_database(source, name, conventions)
        raw = RawTable(Form("query"), columns)
        reading = Reading(kind, name, _digest(titles, columns, known), raw.form, 0, 1, (), 0)
        yield make_table(Header(titles, 0, 1, 0), raw, reading, known)
        return
    path, sheet = (source.path, source.name) if isinstance(source, Sheet) else (source, "")
    content = read_bytes(path, name)
    sha256 = hashlib.sha256(content).hexdigest()
    opened = open_file(content, name, _fit(kind, conventions), conventions, sheet=sheet)
    del content
    for raw in opened:
        one = _name_sheet(name, sheet, raw.form)
        _refuse_what_is_too_large(raw, kind, one, conventions.limits)
        header = find_header(raw.rows(HEADER_WITHIN if raw.form.has_header_row else 1), known, raw.merged)
        if not header.matches:
            raise InputError([_explain_no_header(raw, kind, one)])
        below = header.above + header.rows
        body = replace(raw, columns=[cells[below:] for cells in raw.columns])
        row = header.above + 1 if raw.form.has_header_row else 0
        table = make_table(header, body, Reading(kind, one, sha256, raw.form, row, header.rows, (), 0), known)
        if kind in MUST_HAVE_ROWS and raw.form.has_header_row:
            above = raw.rows(header.above)
            notes = ((at, cell) for at, cells in enumerate(above, 1) for cell in map(spell, cells) if cell.strip())
            table = replace(table, issues=(*find_notes(notes, table.columns, kind, one), *table.issues))
        if raw.others and kind in MUST_HAVE_ROWS:
            unread = find_unread_sheets(raw.others, table, kind, conventions.aliases)
            table = replace(table, issues=(*unread, *table.issues))
        yield table


def _refuse_what_is_too_large(raw: RawTable, kind: str, file: str, limits: LimitsSettings) -> None:
    """Look for what makes every later step slow: cells without end, and more people than a country has on one list.

    Raises:
        InputError: there is some.
    """
    for cells in raw.columns:
        if len(cells) and (pc.max(pc.binary_length(cells)).as_py() or 0) > limits.cell_bytes:
            row = pc.index(pc.greater(pc.binary_length(cells), limits.cell_bytes), True).as_py() + 1
            raise InputError([Issue("cell_endless", file, params={"at": row, "most": limits.cell_bytes})])
    if kind in MUST_HAVE_ROWS and len(raw) > limits.rows:
        raise InputError([Issue("rows_endless", file, params={"rows": len(raw), "most": limits.rows})])


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


def read_bytes(path: Path, name: str) -> bytes:
    """Return the content of a file.

    Raises:
        InputError: it is missing or can't be read.
    """
    try:
        return read_input(path)
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
    missing = join_words(column.header() for column in columns_of(kind) if column.required)
    return Issue("header_missing", file, params={"missing": missing})


def _spell_mask(value: object) -> str:
    """Return availability as text, where it is a mask already."""
    return render(value) if isinstance(value, int) else spell(value)
