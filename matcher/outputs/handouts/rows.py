"""Sheets of paper as rows: what workbooks and pages to print are both made from.

A sheet is a grid of columns with sections one below the other; a section has rows of a head, of content and of a foot.
A row has a kind, which says what cells it has and how they look, and the values of these cells. So a writer prepares
each kind once, and a month of a city's contacts is filled into it row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from math import ceil
from typing import Literal, NamedTuple

from matcher.i18n import language
from matcher.outputs.source_sheets import measure_width

_PT_PER_MM = 72 / 25.4
PAGE_PT = 750
"""What a page holds between its margins, heads and feet."""
_LINE = 1.32
"""Height of a line of text, in its size."""
_PIXEL_PT = 0.75
"""Heights of rows are whole pixels, of which an inch has 96."""
_PADDING_MM = 2.5
"""What a cell's borders leave free, both sides together."""
_FULL = 0.92
"""Share of a line that is filled before a word goes to the next."""
_EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's dates."""

Align = Literal["left", "center", "right"]
Holds = Literal["text", "short", "day", "blank"]
"""What a cell holds: text of any length, text that never takes two lines, a date, or nothing until it is filled in."""


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a cell, in a workbook and on a page."""

    size_pt: float = 11
    bold: bool = False
    align: Align = "left"
    border: bool = False
    fill: str = ""
    colour: str = ""


LOOKS = {
    "title": Look(20, bold=True),
    "month": Look(13, align="right"),
    "office": Look(10.5, colour="#444444"),
    "box": Look(11, border=True, fill="#F4F1E6"),
    "heading": Look(13, bold=True),
    "head": Look(11, bold=True, align="center", border=True, fill="#E3E9EF"),
    "person": Look(12, bold=True, align="center", border=True),
    "cell": Look(11, border=True),
    "fine": Look(10.5, border=True),
    "middle": Look(11, align="center", border=True),
    "day": Look(10.5, align="center", border=True),
    "id": Look(6, align="center", border=True, colour="#8A8A8A"),
    "foot": Look(10.5),
    "sign": Look(12, align="right"),
    "card_small": Look(20),
    "card_name": Look(26, bold=True),
    "card": Look(22),
    "card_large": Look(28, bold=True),
    "card_rule": Look(20, colour="#444444"),
}
"""Every look. Nobody has to read what is smaller than 10.5 pt: ids are there for the way back into the computer."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a row, one or several merged: the first column and the last, from 0."""

    first: int
    last: int
    look: str
    holds: Holds = "text"


@dataclass(frozen=True, slots=True, eq=False)
class RowKind:
    """A kind of row.

    Attributes:
        name: What pages call it.
        cells: Its cells from left to right; blank ones have no value.
        least_pt: The least height.
    """

    name: str
    cells: tuple[Cells, ...]
    least_pt: float = 0


class Day(int):
    """A date as Excel counts it, which shows itself in words of the language in use."""

    shown: str

    @classmethod
    def of(cls, day: date) -> Day:
        """Return a date."""
        made = cls((day - _EPOCH).days)
        made.shown = show_day(day)
        return made

    def __str__(self) -> str:
        return self.shown


Value = str | Day


class Row(NamedTuple):
    """A row of a sheet: the values of its cells that are not blank."""

    kind: RowKind
    values: tuple[Value, ...]
    height_pt: float
    new_page: bool = False
    """Whether it is the first of a page."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns that the sheets of one kind share, in millimetres; 190 are as many as a sheet of A4 holds."""

    name: str
    widths_mm: tuple[float, ...]

    def make_row(self, kind: RowKind, *values: Value, new_page: bool = False) -> Row:
        """Return a row as high as its longest text needs."""
        return Row(kind, values, self._measure(kind, values), new_page)

    def _measure(self, kind: RowKind, values: Sequence[Value]) -> float:
        height, filled = float(kind.least_pt), iter(values)
        for cells in kind.cells:
            if cells.holds == "text":
                width_mm = sum(self.widths_mm[cells.first : cells.last + 1]) - _PADDING_MM
                size = LOOKS[cells.look].size_pt
                height = max(height, count_lines(str(next(filled)), width_mm, size) * size * _LINE + 4)
            elif cells.holds != "blank":
                next(filled)
        return ceil(height / _PIXEL_PT) * _PIXEL_PT


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that stand together; on pages, the head and the foot are repeated on each that the section goes over."""

    head: Sequence[Row] = ()
    rows: Sequence[Row] = ()
    foot: Sequence[Row] = ()
    whole: bool = False
    """Whether no page may break it."""

    def list_rows(self) -> Iterator[Row]:
        """Yield all its rows."""
        yield from self.head
        yield from self.rows
        yield from self.foot


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, and as many pages as it takes.

    Attributes:
        name: What the workbook calls it.
        title: What stands at the head of each page.
        grid: Its columns.
        sections: Its rows.
        keep: How to keep and destroy it: at the foot of each page.
        repeat: The section whose head a workbook repeats on the pages after; none below 0.
    """

    name: str
    title: str
    grid: Grid
    sections: Sequence[Section]
    keep: str = ""
    repeat: int = field(default=-1)

    def list_rows(self) -> Iterator[Row]:
        """Yield all rows, from top to bottom."""
        for section in self.sections:
            yield from section.list_rows()

    def find_repeated(self) -> tuple[int, int] | None:
        """Return the first and the last row that pages repeat, from 0; None for none."""
        if self.repeat < 0:
            return None
        before = sum(len(list(section.list_rows())) for section in self.sections[: self.repeat])
        return before, before + len(self.sections[self.repeat].head) - 1


def keep_heads_with_rows(sections: Sequence[Section]) -> list[Section]:
    """Return sections of which none leaves its head alone at the foot of a workbook's page."""
    kept: list[Section] = []
    left = float(PAGE_PT)
    for section in sections:
        head, rows = section.head, list(section.list_rows())
        begun = sum(row.height_pt for row in rows[: len(head) + 1])
        if head and kept and begun > left:
            head, left = [head[0]._replace(new_page=True), *head[1:]], PAGE_PT
        for row in rows:
            left = (PAGE_PT if row.height_pt > left else left) - row.height_pt
        kept.append(replace(section, head=head))
    return kept


@lru_cache(maxsize=1 << 14)
def count_lines(text: str, width_mm: float, size_pt: float) -> int:
    """Return how many lines a text takes in a cell."""
    half_widths = max(width_mm * _PT_PER_MM / size_pt * 2 * _FULL, 2)
    return sum(max(1, ceil(measure_width(line) / half_widths)) for line in text.split("\n"))


_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY_FORMATS = {"zh": '[$-804]m"月"d"日" aaaa', "en": "[$-409]ddd d mmm"}
"""How Excel shows a date. With 月 and 日 bare, LibreOffice shows other dates; aaa is 周三 here and 三 there."""


def show_day(day: date, *, weekday: bool = True) -> str:
    """Return a date without its year, as people say it."""
    if language() == "zh":
        return f"{day.month}月{day.day}日" + (f" {_WEEKDAYS['zh'][day.weekday()]}" if weekday else "")
    return (f"{_WEEKDAYS['en'][day.weekday()]} " if weekday else "") + f"{day.day} {_MONTHS[day.month - 1]}"


def show_month(day: date) -> str:
    """Return a month with its year, as people say it."""
    return f"{day.year}年{day.month}月" if language() == "zh" else f"{_MONTHS[day.month - 1]} {day.year}"


def show_weekday(weekday: int) -> str:
    """Return a weekday, Monday 0."""
    return _WEEKDAYS[language()][weekday]
