"""From a file's bytes to its cells as columns of text: text files, sheets of workbooks, Parquet."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from matcher.errors import InputError
from matcher.i18n import N_, join_words
from matcher.messages import Issue
from matcher.privacy import show_name
from matcher.roster import workbook_reader
from matcher.roster.file_checks import OLE, ZIP, refuse_what_is_no_table, unreadable
from matcher.roster.sheet_marks import SheetMarks
from matcher.roster.text_files import (
    count_lines,
    find_encoding,
    find_separator,
    read_records,
    without_end_of_file,
)
from matcher.roster.workbook import Merged, SheetContent, read_sheets
from matcher.roster.workbook_reader import texts, texts_of_rows
from matcher.settings.roster import Conventions, LimitsSettings

__all__ = ["ALL_SHEETS", "Fit", "Form", "RawTable", "Row", "open_file", "spell", "texts", "texts_of_rows"]

ALL_SHEETS = "*"
HEADER_WITHIN = 20
"""The header is looked for in so many rows."""
_PARQUET = b"PAR1"
_BATCH_ROWS = 8192
_BLOCK = 1 << 23
_HEADER_MATCHES = 2
"""So many known headers make a row a header for sure."""

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Form:
    """What a source turned out to be.

    ``format`` is ``csv``, ``workbook``, ``parquet``, ``query`` or ``frame``; the others are empty where they don't
    apply. ``sheets`` are all sheets of a workbook that are not hidden.
    """

    format: str
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    @property
    def has_header_row(self) -> bool:
        """Tell whether its header is one of its rows, so that it must be found."""
        return self.format in {"csv", "workbook"}


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """All rows of a source as they stand, titles and blank ones too, as columns of text.

    Places count from 0. ``merged`` are cells merged into one. ``faults`` are cells that show an error, as ``#N/A``, or
    a formula never calculated, told by an empty text. ``stray_quotes`` are rows in which a quotation mark is not
    paired, each with how many rows it would have swallowed; ``long_rows`` have more cells than the rows of the text
    usually have. ``others`` are the sheets of the workbook that are not
    read. ``kinds`` tells each cell's kind, where it was asked for.
    """

    form: Form
    columns: Sequence[pa.Array] = field(repr=False)
    merged: Sequence[Merged] = ()
    faults: Sequence[tuple[int, int, str]] = ()
    hidden_rows: Sequence[int] = ()
    marks: SheetMarks = field(default_factory=SheetMarks)
    stray_quotes: tuple[tuple[int, int], ...] = ()
    long_rows: tuple[int, ...] = ()
    others: Sequence[SheetContent] = field(default=(), repr=False)
    widths: Sequence[tuple[int, float]] = ()
    kinds: Sequence[pa.Array] = field(default=(), repr=False)

    def __len__(self) -> int:
        return max(map(len, self.columns), default=0)

    def rows(self, stop: int | None = None) -> list[list[str]]:
        """Return the rows, or the first of them."""
        return rows_of(self.columns, stop)


Fit = Callable[[Sequence[Row], Sequence[Merged], str], int]
"""How well some first rows, with their merged cells and the sheet's name, fit the kind of file that is looked for: how
many columns the best header among them would name; below 0 where they are of another kind."""


def rows_of(columns: Sequence[pa.Array], stop: int | None = None) -> list[list[str]]:
    """Return columns as rows, or the first of them."""
    return [list(row) for row in zip(*(column.slice(0, stop).to_pylist() for column in columns), strict=True)]


def open_file(
    content: bytes, file: str, fit: Fit, conventions: Conventions, *, sheet: str = "", kinds: bool = False
) -> Iterator[RawTable]:
    """Yield what a file holds; what it is shows in its content, not in its name.

    Args:
        content: The whole file.
        file: Its name, for issues.
        fit: The separator with the best fit is taken, and the first sheet with a header.
        conventions: What the user says a text is in, and how large files may be.
        sheet: The sheet to read, where it is a workbook; ``*``: each that is not hidden.
        kinds: Whether the kinds of cells are wanted.

    Raises:
        InputError: it can't be read.
    """
    refuse_what_is_no_table(content, file)
    if content.startswith((ZIP, OLE)):
        yield from _open_workbook(content, file, fit, sheet, conventions.limits, kinds=kinds)
    elif sheet:
        raise unreadable(file, N_("it is no workbook and has no sheets"))
    elif content.startswith(_PARQUET):
        yield RawTable(Form("parquet"), _read_parquet(content, file, conventions.limits))
    else:
        yield _read_text(content, file, fit, conventions)


def spell(value: object) -> str:
    """Return a typed cell as text, as a person would have typed it; several are joined, missing is empty."""
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return "; ".join(spell(item) for item in value)
    return workbook_reader.spell(value)


# -- text files


def _read_text(content: bytes, file: str, fit: Fit, conventions: Conventions) -> RawTable:
    limits = conventions.limits
    encoding = find_encoding(content, file, conventions.encoding)
    content = without_end_of_file(content, encoding)
    separator, width = find_separator(content, encoding, lambda rows: fit(rows, (), ""))
    form = Form("csv", encoding, separator)
    if (columns := _read_at_once(content, form, limits)) is not None:
        return RawTable(form, columns)
    records, stray = read_records(content, encoding, separator, width)
    long: list[int] = []
    columns = texts_of_rows(_watch_width(records, width, long, file, limits))
    return RawTable(form, columns, stray_quotes=tuple(sorted(stray.items())), long_rows=tuple(long))


def _watch_width(
    records: Iterator[Sequence[str]], width: int, long: list[int], file: str, limits: LimitsSettings
) -> Iterator[Sequence[str]]:
    """Yield the records, and note those that are filled in beyond the usual width.

    Raises:
        InputError: one has more cells than a table can have, or all of them together.
    """
    widest = 1
    for n, record in enumerate(records):
        widest = max(widest, len(record))
        if widest > limits.columns:
            raise InputError([Issue("columns_endless", file, params={"at": n + 1, "most": limits.columns})])
        _refuse_cells(widest * n, file, limits)
        if width > 1 and len(record) > width and any(cell.strip() for cell in record[width:]):
            long.append(n)
        yield record


def _read_at_once(content: bytes, form: Form, limits: LimitsSettings) -> list[pa.Array] | None:
    """Return the columns of a regular text file; None where it must be read row by row.

    A file is regular where every record has as many cells as the first, and each record is one line: where quotation
    marks are not paired, it has fewer records than lines.
    """
    if content.count(b'"') % 2 or form.encoding.startswith("utf-16"):
        return None
    line = content[:_BLOCK].split(b"\n", 1)[0].split(b"\r", 1)[0].decode(form.encoding, "replace")
    if '"' in line or not line or line.count(form.separator) >= limits.columns:
        return None
    names = [f"f{i}" for i in range(line.count(form.separator) + 1)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            arrow_csv.ReadOptions(column_names=names, encoding=form.encoding.removesuffix("-sig"), block_size=_BLOCK),
            arrow_csv.ParseOptions(delimiter=form.separator, newlines_in_values=True, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, LookupError):
        return None
    if b'"' in content and table.num_rows != count_lines(content):
        return None
    return [column.combine_chunks() for column in table.columns]


def _refuse_cells(cells: int, file: str, limits: LimitsSettings) -> None:
    """Raise where a file has more cells than are read."""
    if cells > limits.cells:
        raise InputError([Issue("cells_endless", file, params={"most": limits.cells})])


# -- workbooks


def _open_workbook(
    content: bytes, file: str, fit: Fit, wanted: str, limits: LimitsSettings, *, kinds: bool
) -> Iterator[RawTable]:
    sheets = read_sheets(content, file, limits, kinds=kinds)
    names = tuple(show_name(sheet.name) for sheet in sheets if sheet.visible)
    if wanted == ALL_SHEETS:
        chosen = [sheet for sheet in sheets if sheet.visible]
    elif wanted:
        chosen = [sheet for sheet in sheets if sheet.name == wanted]
        if not chosen:
            raise InputError(
                [Issue("sheet_missing", file, value=show_name(wanted), params={"sheets": join_words(names)})]
            )
    else:
        chosen = [_best_fit([sheet for sheet in sheets if sheet.visible], fit)] if names else []
    if not chosen:
        raise unreadable(file, N_("it has no sheet that is not hidden"))
    for sheet in chosen:
        yield RawTable(
            Form("workbook", sheet=show_name(sheet.name), sheets=names),
            sheet.columns,
            sheet.merged,
            sheet.faults,
            sheet.hidden_rows,
            sheet.marks,
            others=[] if wanted else [other for other in sheets if other is not sheet],
            widths=sheet.widths,
            kinds=sheet.kinds,
        )


def _best_fit(sheets: Sequence[SheetContent], fit: Fit) -> SheetContent:
    """Return the first sheet whose top has a header for sure; where none has, the one that comes nearest."""
    found = [
        min(fit(rows_of(sheet.columns, HEADER_WITHIN), sheet.merged, sheet.name), _HEADER_MATCHES) for sheet in sheets
    ]
    return sheets[found.index(max(found))]


# -- Parquet


def _read_parquet(content: bytes, file: str, limits: LimitsSettings) -> list[pa.Array]:
    """Return its columns, the name of each on top."""
    try:
        source = parquet.ParquetFile(io.BytesIO(content))
        _refuse_cells(source.metadata.num_rows * source.metadata.num_columns, file, limits)
        titles = [texts([name]) for name in source.schema_arrow.names]
        pieces: list[list[pa.Array]] = [[title] for title in titles]
        for batch in source.iter_batches(_BATCH_ROWS):
            for column, cells in zip(pieces, batch.columns, strict=True):
                column.append(texts([spell(value) for value in _values(cells)]))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(file, N_("it is damaged, or no Parquet file")) from error
    return [pa.concat_arrays(column) for column in pieces]


def _values(cells: pa.Array) -> list[object]:
    """Return an array's values; text that is no UTF-8 as bytes."""
    try:
        return list(cells.to_pylist())
    except UnicodeDecodeError:
        return list(cells.cast(pa.large_binary() if pa.types.is_large_string(cells.type) else pa.binary()).to_pylist())
