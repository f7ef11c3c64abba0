"""From a source's cells to a table: columns under their names, without what is no person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.i18n import N_, join_words
from matcher.messages import Issue
from matcher.privacy import hide_numbers, hide_private
from matcher.roster.cells import blank
from matcher.roster.clean import cleaned, filled, filled_down, no_people
from matcher.roster.columns_of_one_kind import join_columns
from matcher.roster.formats import RawTable, texts
from matcher.roster.header import (
    FreeNames,
    Header,
    Known,
    find_missing_columns,
    find_unknown_columns,
    simplify,
)
from matcher.roster.partings import Partings, find_numbered_only, find_partings
from matcher.roster.remarks import find_marked, find_notes, find_remarks
from matcher.roster.special_cells import find_cell_faults, find_examples
from matcher.roster.table import Reading, Table, column_of, show_cell
from matcher.roster.tick_columns import find_ticked

MUST_HAVE_ROWS = frozenset({"elders", "volunteers"})
RESERVED = frozenset({"row", "file", "clock", "building", "lane", "compound_key", "neighbourhood", "subdistrict_key"})
"""Names of columns that are made here; a source's own column of that name gets its letter added."""

_AS_WRITTEN = frozenset({"text", "list"})
_MOST_TICKED = 200
"""Among more unknown columns none is looked for that has a tick for an answer."""


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
    named = replace(named, read_as=tuple(read_as))
    return _join_ticked(named, known) if len(named.unknown) <= _MOST_TICKED else named


def _join_ticked(named: _Named, known: Known) -> _Named:
    """Return the columns with those that have a tick below each answer as one."""
    unknown = {at: name for at, name in named.position.items() if name in named.unknown and name in named.asked}
    cells = {at: named.unknown[name] for at, name in unknown.items()}
    columns = list(dict.fromkeys(known.values()))
    for found in find_ticked(unknown, cells, columns, frozenset(named.same)):
        gone = set(found.titles)
        named.same[found.name] = [(found.places[0], found.title, found.cells)]
        named = _Named(
            named.same,
            {name: one for name, one in named.unknown.items() if name not in gone},
            {at: found.name if at in found.places else name for at, name in named.position.items()},
            tuple((title, found.name if title in gone else name) for title, name in named.read_as),
            [title for title in named.asked if title not in gone],
        )
    return named


def make_table(header: Header, raw: RawTable, reading: Reading, known: Known) -> Table:
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
    in_order = {name: columns[name] for name in dict.fromkeys((*named.position.values(), *columns)) if name in columns}
    aside: dict[int, str] = {}
    partings = Partings()
    examples: dict[int, tuple[str, str]] = {}
    if reading.kind in MUST_HAVE_ROWS and reading.form.has_header_row:
        partings = find_partings(in_order, headers, reading.kind)
        aside = {**partings.nobody, **no_people(in_order, headers, n)}
        examples = {i: cell for i, cell in find_examples(in_order, n).items() if i not in aside}
    keep = filled(list(columns.values()), n)
    if reading.kind in MUST_HAVE_ROWS:
        keep &= ~find_numbered_only(by_name, named.unknown, n)
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
        *partings.tell(reading.file, row, keep),
        *_explain_hidden(hidden, row, reading.file),
        *_find_notes(aside, in_order, reading, row, keep),
        *_find_remarks(raw, named, by_name, headers, reading, row, keep),
        *(Issue("quote_stray", reading.file, at + 1, params={"rows": rows}) for at, rows in raw.stray_quotes),
        *_find_shifted(raw, header, first_row, keep, reading.file),
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


_SEPARATORS = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab")}


def _find_shifted(raw: RawTable, header: Header, first_row: int, keep: NDArray[np.bool_], file: str) -> Iterator[Issue]:
    """Yield an issue for each row of a text that goes on behind the header: a cell of it has been parted."""
    width = max((i + 1 for i, cell in enumerate(header.cells) if cell.strip()), default=0)
    for at in raw.long_rows:
        i = at + 1 - first_row
        if 0 <= i < len(keep) and keep[i] and any(cells[i].as_py().strip() for cells in raw.columns[width:]):
            yield Issue("row_shifted", file, at + 1, params={"separator": _SEPARATORS[raw.form.separator]})


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
    rows = join_words(str(row[i]) for i in hidden[:_ROWS_TOLD]) + " …" * (len(hidden) > _ROWS_TOLD)
    return [Issue("rows_hidden", file, value=rows, params={"count": len(hidden)})]


_ROWS_TOLD = 10


def _find_notes(
    aside: Mapping[int, str],
    columns: Mapping[str, pa.Array],
    reading: Reading,
    row: NDArray[np.int64],
    keep: NDArray[np.bool_],
) -> Iterator[Issue]:
    """Yield an issue for each cell of a row that is nobody and may decide something about somebody."""
    if aside:
        notes = ((int(row[i]), cell) for i in aside for cells in columns.values() if (cell := cells[i].as_py()))
        people = {name: columns[name].filter(pa.array(keep)) for name in ("name", "id") if name in columns}
        yield from find_notes(notes, people, reading.kind, reading.file)


def _find_remarks(
    raw: RawTable,
    named: _Named,
    columns: Mapping[str, pa.Array],
    headers: Mapping[str, str],
    reading: Reading,
    row: NDArray[np.int64],
    keep: NDArray[np.bool_],
) -> Iterator[Issue]:
    """Yield an issue for each remark and mark of a roster that the program does not read and that may decide much."""
    if reading.kind in MUST_HAVE_ROWS and len(row):
        kind, file = reading.kind, reading.file
        yield from find_marked(raw.marks, named.position, columns, headers, kind, file, int(row[0]), keep)
        yield from find_remarks(columns, named.unknown, headers, kind, file, row, keep)


def _find_merged(raw: RawTable, position: Mapping[int, str], below: int, n: int) -> dict[str, list[tuple[int, int]]]:
    """Return, for each column, the rows, counted below the header, over which cells of it are merged."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for top, left, bottom, _right in raw.merged:
        if bottom > top and left in position and below <= top < below + n:
            ranges.setdefault(position[left], []).append((top - below, bottom - below))
    return ranges
