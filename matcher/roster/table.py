"""A roster's rows as text, under the names of the column table, and how faults in them are told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from unicodedata import category

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matcher.columns import FILES, Column
from matcher.errors import InputError
from matcher.messages import Issue
from matcher.privacy import (
    coarsen_degrees,
    hide_landlines,
    hide_national_ids,
    hide_numbers,
    hide_phones,
    hide_places,
    hide_private,
    mask_name,
    mask_national_id,
    mask_phone,
)
from matcher.roster.address import building
from matcher.roster.cells import blank, is_empty, series
from matcher.roster.formats import Form, texts
from matcher.settings.words import DITTO_WORDS, simplify

_PARTS_OF_ADDRESS = re.compile("[路街道巷弄号幢栋村镇]")
_LONGEST_SHOWN = 80
_DEGREES = frozenset({"lng", "lat"})
"""121473701 lacks its point."""
_ROW_BITS = 40
_NAMES = frozenset({"name", "emergency_contact"})
_ADDRESSES = frozenset({"address", "registered_address"})
_NUMBERED = frozenset({"id", "int", "number", "date", "dates", "bool", "choice", "frequency"})
"""Kinds of columns in which a number of many digits may be just what is asked for."""


def columns_of(kind: str) -> tuple[Column, ...]:
    """Return the columns of a kind of file; ``previous`` is last month's ``pairs``."""
    return FILES["pairs" if kind == "previous" else kind]


@lru_cache(maxsize=1024)
def column_of(kind: str, name: str) -> Column:
    """Return the column ``name`` of a kind of file."""
    return next(column for column in columns_of(kind) if column.name == name)


@dataclass(frozen=True)
class Reading:
    """How one source was read: nothing is guessed silently.

    ``kind`` is the kind of file, ``file`` the name under which issues and rows know it. ``header_row`` counts as Excel
    does, 0 where the source names its columns itself; ``header_rows`` is 2 where cells are merged across two rows.
    ``columns`` are the source's headers in their order, each with the name of the column it was read as, or empty
    where the column table has none. ``rows`` counts people, ``blank`` rows without content below the header,
    ``passed_over`` those that are no people, by kind: totals and notes, examples, the header again.
    ``filled_down`` are names of columns with cells merged over several rows, each with how many cells took the value of
    the merged one above them. ``joined`` are columns that several headers name, each with those headers.
    ``hidden_rows`` counts people in rows that the workbook hides.
    ``sha256`` is of the file's bytes; of a query's, of its cells but national IDs.
    """

    kind: str
    file: str
    sha256: str
    form: Form
    header_row: int
    header_rows: int
    columns: tuple[tuple[str, str], ...]
    rows: int
    passed_over: tuple[tuple[str, int], ...] = ()
    filled_down: tuple[tuple[str, int], ...] = ()
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()
    blank: int = 0
    hidden_rows: int = 0

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Return the known columns' headers as the source has them, by name."""
        titles = {name: header for header, name in reversed(self.columns) if name}
        # what several headers ask for is answered in the cells already
        answered = {
            name: column_of(self.kind, name).zh for name, _titles in self.joined if name in ("health", "training")
        }
        return titles | answered


@dataclass(frozen=True, slots=True)
class RowAccount:
    """What became of the rows of a source below its header: every one of them is in one of these numbers."""

    kind: str
    file: str
    rows: int
    people: int
    set_aside: int
    blank: int
    passed_over: tuple[tuple[str, int], ...]
    """Rows that are no people, by kind: ``total`` (and notes), ``example``, ``header`` (once more)."""

    @classmethod
    def of(cls, reading: Reading, people: int) -> RowAccount:
        """Return the account of a source of which so many people are used."""
        passed_over = sum(count for _what, count in reading.passed_over)
        rows = reading.rows + reading.blank + passed_over
        set_aside = reading.rows - people
        return cls(reading.kind, reading.file, rows, people, set_aside, reading.blank, reading.passed_over)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows as text, from one source or several: ``columns`` has the known columns by name, then unknown ones.

    ``row`` (int64) counts rows as Excel does; ``part`` (int64) says which of ``readings`` a row is from; ``headers``
    are the known columns' headers as the first source that has them writes them; ``unknown`` are the columns that the
    table of columns does not know; ``issues`` are faults of the headers.
    """

    columns: Mapping[str, pa.Array] = field(repr=False)
    row: NDArray[np.int64]
    part: NDArray[np.int64]
    readings: tuple[Reading, ...]
    kind: str
    headers: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()

    def __len__(self) -> int:
        return len(self.row)

    @property
    def frame(self) -> pd.DataFrame:
        """Return the rows as a frame of text."""
        return pd.DataFrame({name: series(cells) for name, cells in self.columns.items()}, index=range(len(self)))

    @property
    def file(self) -> str:
        """Return the first source's name."""
        return self.readings[0].file

    def files(self, where: NDArray[np.bool_] | None = None) -> pa.Array:
        """Return the name of each row's source; with ``where``, of those rows alone."""
        part = self.part if where is None else self.part[where]
        return texts([reading.file for reading in self.readings]).take(pa.array(part))

    def column(self, name: str) -> Column:
        """Return the column of that name in the column table."""
        return column_of(self.kind, name)

    def header(self, name: str) -> str:
        """Return how the sources call a column; where they lack it, how they should."""
        return self.headers.get(name) or self.column(name).header()

    def cells(self, name: str) -> pa.Array:
        """Return a column's cells; empty where the sources lack it."""
        return self.columns[name] if name in self.headers else blank(len(self))

    def text(self, name: str, i: int) -> str:
        """Return the i-th cell of a column; empty where the sources lack it."""
        return str(self.columns[name][i].as_py()) if name in self.headers else ""

    def filled(self, name: str) -> NDArray[np.bool_]:
        """Tell which cells of a column hold anything."""
        return ~is_empty(self.cells(name))

    def issue(self, code: str, name: str, i: int, value: str, **params: object) -> Issue:
        """Return an issue about the cell of a column in the i-th row of the frame; what it shows is masked here."""
        safe = {
            key: hide_private(text) if isinstance(text, str) and key != "example" else text  # ours, and nobody's
            for key, text in params.items()
        }
        if "part" in safe:
            safe["part"] = _hide_part(str(params["part"]), value)
        reading = self.readings[self.part[i]]
        header = reading.headers.get(name) or self.header(name)
        return Issue(code, reading.file, int(self.row[i]), header, show_cell(value, self.column(name)), safe)

    def place(self, i: int, beside: int) -> int | str:
        """Return where the i-th row is, told to someone at another: its file too, where that is another."""
        row = int(self.row[i])
        return row if self.part[i] == self.part[beside] else f"{row} ({self.readings[self.part[i]].file})"

    def twins(self, code: str, name: str, texts: Sequence[str]) -> list[Issue]:
        """Return an issue for each row whose text another row has, with the first such row; empty ones are no twins."""
        places: dict[str, list[int]] = {}
        for i in np.flatnonzero(pd.Index(texts, dtype=str).duplicated(keep=False)).tolist():
            places.setdefault(texts[i], []).append(i)
        places.pop("", None)
        return [
            self.issue(code, name, i, text, other=self.place(twins[twins[0] == i], i))
            for text, twins in places.items()
            for i in twins
        ]

    def rows_of(self, issues: Sequence[Issue]) -> NDArray[np.bool_]:
        """Return a mask of the rows in which an issue is an error."""
        part = {reading.file: i for i, reading in enumerate(self.readings)}
        wrong = [
            (part[issue.file] << _ROW_BITS) + issue.row
            for issue in issues
            if issue.row is not None and issue.severity == "error"
        ]
        return np.isin((self.part << _ROW_BITS) + self.row, np.array(wrong, dtype=np.int64))

    def in_order(self, issues: Sequence[Issue]) -> list[Issue]:
        """Return issues in the order of the sources and their rows, those of headers first."""
        part = {reading.file: i for i, reading in enumerate(self.readings)}
        return sorted(issues, key=lambda issue: (issue.row is not None, part.get(issue.file, -1), issue.row or 0))


class UnreadError(InputError):
    """Inputs of which one can't be used at all, with how those were read that could be."""

    def __init__(self, issues: Sequence[Issue], readings: Sequence[Reading]) -> None:
        self.readings = tuple(readings)
        super().__init__(issues)


def _hide_part(part: str, cell: str) -> str:
    """Return the part of a cell that is not understood; all of the cell where it may be a piece of a hidden number."""
    shown = hide_private(cell)
    return shown if shown != cell and any(character.isnumeric() for character in part) else hide_private(part)


def _cut_at_unseen(value: str) -> str:
    """Return an id up to the first sign that nobody sees: where one stands for a lost comma, a name follows it."""
    unseen = (i for i, sign in enumerate(value) if not sign.isprintable() and category(sign) != "Zs")
    cut = next(unseen, len(value))
    return value if cut == len(value) else f"{value[:cut]}…"


def show_cell(value: str, column: Column) -> str:
    """Return a cell as an issue may show it: numbers that point at a person hidden wherever they are, not endless."""
    if simplify(value) in DITTO_WORDS:
        return value
    if column.kind == "phone":
        # a word says what is wrong, but may be a name
        return mask_phone(value) if any(character.isnumeric() for character in value) else mask_name(value)
    if column.kind == "national_id":
        return mask_national_id(value)
    if column.name in _NAMES:
        return mask_name(hide_national_ids(value))
    if column.name in _ADDRESSES:
        return hide_numbers(building(value)) or "…"
    if column.kind == "id":
        value = _cut_at_unseen(value)
    shows_number = column.kind in _NUMBERED and not _PARTS_OF_ADDRESS.search(value)  # 301室 is a floor, 8号301室 a home
    if not shows_number:
        value = hide_private(value)
    else:
        value = hide_phones(hide_national_ids(value))
        value = coarsen_degrees(value) if column.name in _DEGREES else hide_places(hide_landlines(value))
    return value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
