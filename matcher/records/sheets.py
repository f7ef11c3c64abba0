"""From filled-in sheets and lists to one table of text: every sheet of every workbook, every block of a sheet.

A sheet may hold other things above its records (an instruction, the elders of a volunteer) and below them (a legend, a
line to sign): its header is looked for as far down as it takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matcher.errors import InputError
from matcher.i18n import LANGUAGES, N_, _, in_language, join_words
from matcher.messages import Issue
from matcher.roster.cells import blank, matching
from matcher.roster.clean import cleaned, filled, filled_down, no_people
from matcher.roster.columns_of_one_kind import join_columns
from matcher.roster.file_checks import OLE, ZIP
from matcher.roster.formats import ALL_SHEETS, RawTable, Row, open_file
from matcher.roster.header import Known, find_unknown_columns, known_headers, simplify
from matcher.roster.read import read_bytes
from matcher.roster.source import Sheet, Source, expand_sources, name_sources
from matcher.roster.table import Reading, Table, columns_of
from matcher.roster.workbook import Merged
from matcher.settings.roster import Conventions

KIND = "record_sheets"
_HEADER_MATCHES = 2
_ERROR = r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)$"
_SLICE = 24
"""So many rows at once are looked through for a header: most sheets have theirs among the first."""
_READERS = 2
"""Workbooks that are read at once: each by a process of its own."""
_AS_WRITTEN = frozenset({"text", "list"})
_PAGES = (N_("coordinator"), N_("Team leader"), N_("Elders' cards"))
"""Sheets of hand-outs that hold no records, by the names that ``outputs.handouts`` gives them."""
_WHO = ("visit_id", "date", "elder_id", "elder_name")
_REPORTED = ("done", "outcome")
PROOFS = ("date", "elder_id", "elder_name")
"""A row in which any of these holds something is a contact, whatever it begins with."""


@dataclass(frozen=True, slots=True, eq=False)
class SheetTable:
    """The rows below all headers, as text, and where they are from.

    ``source_of_part`` is the place in ``files`` of each of the table's readings; ``is_note`` are rows of totals and
    notes; ``without_records`` are sheets that hold no records, by their names.
    """

    table: Table
    is_note: np.ndarray[tuple[int], np.dtype[np.bool_]]
    files: tuple[str, ...]
    source_of_part: np.ndarray[tuple[int], np.dtype[np.int64]]
    without_records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Rows under one header: the known columns by name, and the row of each as Excel counts."""

    reading: Reading
    columns: dict[str, pa.Array]
    row: np.ndarray[tuple[int], np.dtype[np.int64]]
    headers: dict[str, str]
    unknown: tuple[str, ...]
    notes: tuple[int, ...] = ()
    """Positions of rows that are totals or notes, by what stands in columns of no known name."""
    issues: tuple[Issue, ...] = ()


@dataclass(slots=True)
class _Found:
    """The contents of a source."""

    blocks: list[_Block] = field(default_factory=list)
    without_records: list[str] = field(default_factory=list)
    passed_over: list[Issue] = field(default_factory=list)
    faults: list[Issue] = field(default_factory=list)


def read_sheet_table(
    sources: Sequence[Source],
    conventions: Conventions,
    on_progress: Callable[[int, int], None] | None = None,
) -> SheetTable:
    """Read files as one table of text; two workbooks at once.

    Raises:
        InputError: a file is missing, can't be read, or holds no records; with the faults of all.
    """
    each = expand_sources(sources)
    names = name_sources(each)
    known = known_headers(KIND, conventions.aliases)
    found: list[_Found] = []
    with ThreadPoolExecutor(_READERS) as pool:  # the processes that parse are others: no lock is held
        for one in pool.map(lambda source: _read_source(source, names[source], known, conventions), each):
            found.append(one)
            if on_progress:
                on_progress(len(found), len(each))
    faults = [fault for one in found for fault in one.faults]
    blocks = [block for one in found for block in one.blocks]
    faults += _ask_for_columns(blocks)
    passed_over = [issue for one in found for issue in one.passed_over]
    if not blocks and not faults:  # pages alone: somebody means other files
        faults = [_tell_header_missing(issue.file) for issue in passed_over]
    if faults:
        raise InputError(faults)
    source_of_part = np.repeat(np.arange(len(each)), [len(one.blocks) for one in found]).astype(np.int64)
    without = tuple(name for one in found for name in one.without_records)
    table, is_note = _join_blocks(blocks, known)
    table = replace(table, issues=(*passed_over, *table.issues))
    return SheetTable(table, is_note, tuple(names[source] for source in each), source_of_part, without)


def _ask_for_columns(blocks: Sequence[_Block]) -> list[Issue]:
    """Return an issue for each block whose columns can't say which contact a row is about, or what became of it."""
    issues = []
    for block in blocks:
        has = block.headers.keys()
        if "visit_id" not in has and not ("date" in has and {"elder_id", "elder_name"} & has):
            issues.append(Issue("record_columns_missing", block.reading.file, block.reading.header_row))
    return issues


def _read_source(source: Source, name: str, known: Known, conventions: Conventions) -> _Found:
    path, sheet = (source.path, source.name) if isinstance(source, Sheet) else (source, "")
    assert isinstance(path, Path)
    found, sheets = _Found(), list[str]()
    try:
        content = read_bytes(path, name)
        wanted = sheet or (ALL_SHEETS if content.startswith((ZIP, OLE)) else "")
        sha256 = hashlib.sha256(content).hexdigest()
        for raw in open_file(content, name, _make_fit(known), conventions, sheet=wanted):
            sheets.append(raw.form.sheet)
            own = name.removesuffix(f"#{sheet}") if sheet else name
            own = f"{own}#{raw.form.sheet}" if len(raw.form.sheets) > 1 else own
            blocks = list(_find_blocks(raw, own, sha256, known))
            found.blocks += blocks
            if not blocks and len(raw):
                found.without_records.append(own)
    except InputError as error:
        found.faults += error.issues
        return found
    if found.blocks:
        return found
    if sheets and all(_is_page(sheet) for sheet in sheets):
        found.passed_over.append(Issue("record_page", name))
    else:
        found.faults.append(_tell_header_missing(name))
    return found


def _is_page(sheet: str) -> bool:
    """Return whether a sheet is a page of hand-outs that holds no records, in whatever language it was written."""
    for lang in LANGUAGES:
        with in_language(lang):
            if sheet in {_(name) for name in _PAGES}:
                return True
    return False


def _tell_header_missing(name: str) -> Issue:
    """Return the issue of a file without a header of records."""
    told = join_words(column.header() for column in columns_of(KIND) if column.name in (*_WHO[:2], *_REPORTED))
    return Issue("record_header_missing", name, params={"missing": told})


def _make_fit(known: Known) -> Callable[[Sequence[Row], Sequence[Merged], str], int]:
    """Return how many columns the best row among some names: by it the separator of a text file is found."""

    def fit(rows: Sequence[Row], _merged: Sequence[Merged], _sheet: str) -> int:
        return max((len(_name_cells([str(cell) for cell in row], known)) for row in rows), default=0)

    return fit


def _name_cells(row: Sequence[str], known: Known) -> dict[int, str]:
    """Return the names of the columns that a row's cells name, by their places."""
    return {i: known[key].name for i, cell in enumerate(row) if cell and (key := simplify(cell)) in known}


def _is_header(row: Sequence[str], known: Known) -> bool:
    names = set(_name_cells(row, known).values())
    return len(names) >= _HEADER_MATCHES and bool(names & {*_WHO}) and bool(names & {*_REPORTED})


def _find_blocks(raw: RawTable, file: str, sha256: str, known: Known) -> Iterator[_Block]:
    """Yield the rows below each header of a sheet; a header that is repeated below itself begins a block like it."""
    n = len(raw)
    first = _find_first_header(raw, known)
    if first is None:
        return
    heads = [first, *_find_further_headers(raw, first, known)]
    for at, until in zip(heads, [*heads[1:], n], strict=True):
        yield _make_block(raw, at, until, file, sha256, known)


def _find_first_header(raw: RawTable, known: Known) -> int | None:
    for start in range(0, len(raw), _SLICE):
        for i, row in enumerate(zip(*(cells.slice(start, _SLICE).to_pylist() for cells in raw.columns), strict=True)):
            if _is_header(row, known):
                return start + i
        if not raw.form.has_header_row:
            break
    return None


def _find_further_headers(raw: RawTable, first: int, known: Known) -> list[int]:
    """Return the rows below the first header that are headers: candidates name a column where the first does."""
    row = [cells[first].as_py() for cells in raw.columns]
    place = next(iter(_name_cells(row, known)))
    below = raw.columns[place].slice(first + 1)
    likely = (
        np.flatnonzero(pc.is_in(below, value_set=_list_titles(row[place])).to_numpy(zero_copy_only=False)) + first + 1
    )
    return [at for at in likely.tolist() if _is_header([cells[at].as_py() for cells in raw.columns], known)]


@lru_cache(maxsize=64)
def _list_titles(own: str) -> pa.Array:
    """Return a title of the user's own, and those of all columns."""
    return pa.array(sorted({own, *(title for column in columns_of(KIND) for title in column.headers)}))


def _make_block(raw: RawTable, at: int, until: int, file: str, sha256: str, known: Known) -> _Block:
    titles = [cells[at].as_py().strip() for cells in raw.columns]
    n = until - at - 1
    row = np.arange(at + 2, until + 1, dtype=np.int64)
    same: dict[str, list[tuple[int, str, pa.Array]]] = {}
    read_as: list[tuple[str, str]] = []
    unknown = []
    for i, title in enumerate(titles):
        column = known.get(simplify(title)) if title else None
        cells = raw.columns[i].slice(at + 1, n)
        if column is not None:
            same.setdefault(column.name, []).append((i, title, cells))
        elif title and filled([cells], n).any():
            unknown.append(title)
        read_as.append((title, column.name if column else ""))
    columns = {name: given[0][2] for name, given in same.items()}
    issues: list[Issue] = []
    if any(len(given) > 1 for given in same.values()):
        columns, _joined, issues = join_columns(same, KIND, file, row)
    position = {given[0][0]: name for name, given in same.items()}
    merged: dict[str, list[tuple[int, int]]] = {}
    for top, left, bottom, _right in raw.merged:
        if bottom > top and left in position and at < top < until:
            merged.setdefault(position[left], []).append((top - at - 1, min(bottom, until - 1) - at - 1))
    if merged:
        columns = filled_down(columns, merged, np.ones(n, dtype=bool))[0]
    headers = {name: given[0][1] for name, given in same.items()}
    for fault_row, place, text in raw.faults:
        if at < fault_row < until and place in position:
            code = "cell_error" if text else "formula_uncalculated"
            issues.append(Issue(code, file, fault_row + 1, headers[position[place]], text))
    reading = Reading(KIND, file, sha256, raw.form, at + 1, 1, tuple(read_as), n)
    notes: tuple[int, ...] = ()
    if not all(
        name for _title, name in read_as
    ):  # a total may stand in a column of no known name: else it is found later
        every = {str(i): cells.slice(at + 1, n) for i, cells in enumerate(raw.columns)}
        proofs = [str(i) for i, (_title, name) in enumerate(read_as) if name in PROOFS]
        notes = tuple(no_people(every, {}, n, proofs))
    return _Block(reading, columns, row, headers, tuple(unknown), notes, tuple(issues))


def _join_blocks(blocks: Sequence[_Block], known: Known) -> tuple[Table, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return all blocks as one table, cleaned, without rows that hold nothing; and which rows are totals or notes."""
    names = [column.name for column in columns_of(KIND) if any(column.name in block.headers for block in blocks)]
    headers = {name: next(block.headers[name] for block in blocks if name in block.headers) for name in names}
    sizes = [len(block.row) for block in blocks]
    row = np.concatenate([block.row for block in blocks])
    part = np.repeat(np.arange(len(blocks)), sizes).astype(np.int64)
    is_note = np.zeros(len(row), dtype=bool)
    for block, first in zip(blocks, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True):
        is_note[[first + at for at in block.notes]] = True
    columns = {}
    kinds = {column.name: column.kind for column in columns_of(KIND)}
    for name in names:  # pieces are let go as they are joined: a city's are half a gigabyte
        pieces = [
            block.columns.pop(name) if name in block.columns else blank(size)
            for block, size in zip(blocks, sizes, strict=True)
        ]
        columns[name] = cleaned(pa.concat_arrays(pieces), plain=kinds[name] not in _AS_WRITTEN)
        del pieces
    keep = filled(list(columns.values()), len(row))
    readings = tuple(
        replace(block.reading, rows=int(count))
        for block, count in zip(blocks, np.bincount(part[keep], minlength=len(blocks)), strict=True)
    )
    if not keep.all():
        for name in names:
            columns[name] = columns[name].filter(pa.array(keep))
        row, part, is_note = row[keep], part[keep], is_note[keep]
    issues = [*_tell_unknown(blocks, known), *(issue for block in blocks for issue in block.issues)]
    table = Table(columns, row, part, readings, KIND, headers, (), tuple(issues))
    return _take_out_errors(table), is_note


def _tell_unknown(blocks: Sequence[_Block], known: Known) -> list[Issue]:
    """Return an issue for each header that is not known, with the first file that has it: a city has thousands."""
    told: set[str] = set()
    issues: list[Issue] = []
    for block in blocks:
        if new := [title for title in block.unknown if title not in told]:
            issues += find_unknown_columns(new, KIND, known, block.headers, block.reading.file)
            told.update(new)
    return issues


def _take_out_errors(table: Table) -> Table:
    """Return the table without cells in which Excel shows an error, and an issue for each."""
    columns, issues = dict(table.columns), list(table.issues)
    for name, cells in table.columns.items():
        wrong = matching(cells, _ERROR)
        if wrong.any():
            told = {(issue.file, issue.row, issue.column) for issue in issues}
            for i in np.flatnonzero(wrong).tolist():
                issue = table.issue("cell_error", name, i, cells[i].as_py())
                issues += [] if (issue.file, issue.row, issue.column) in told else [issue]
            columns[name] = pc.if_else(pa.array(wrong), "", cells)
    return replace(table, columns=columns, issues=tuple(issues))
