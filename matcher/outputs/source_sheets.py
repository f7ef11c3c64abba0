"""A source's rows in a worksheet as they stand: types of cells, merged cells, widths, title rows.

Texts stay texts and numbers numbers, so that no id loses its zeros and a sheet comes back as good as it went.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from xlsxwriter import Workbook
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.roster.read import Standing

MOST_ROWS = 1_048_576
"""Rows of a worksheet."""
AS_TEXT = 49
"""Excel's own number format ``@``."""
_AS_DATE = "yyyy-mm-dd"
_WIDTHS = 6, 40
"""Narrowest and widest column, in characters of half width."""
_ROWS_FOR_WIDTH = 200
_LONGEST_NAME = 31


@dataclass(frozen=True, slots=True)
class Styles:
    """Formats of a workbook, made when they are first needed: those of one look for each kind of cell."""

    book: Workbook
    made: dict[tuple[str, str], Format] = field(default_factory=dict)

    def of(self, kind: str, *, header: bool = False, colour: str = "", ink: str = "", struck: bool = False) -> Format:
        """Return the format for a kind of cell (``s``, ``n``, ``d``, ``b``)."""
        key = (kind, f"{header} {colour} {ink} {struck}")
        if key not in self.made:
            look: dict[str, object] = {"valign": "vcenter"}
            if kind in {"s", ""}:
                look["num_format"] = AS_TEXT
            elif kind == "d":
                look["num_format"] = _AS_DATE
            if header:
                look |= {"bold": True, "bottom": 1}
            if colour:
                look["bg_color"] = colour
            if ink:
                look["font_color"] = ink
            if struck:
                look["font_strikeout"] = True
            self.made[key] = self.book.add_format(look)
        return self.made[key]


def write_source(
    worksheet: Worksheet,
    standing: Standing,
    styles: Styles,
    colours: Mapping[tuple[int, int], str] | None = None,
    first_column: Sequence[str] | None = None,
) -> None:
    """Write all rows of a source as they are, with their notes, colours and lines through them.

    Args:
        worksheet: Where to.
        standing: The source.
        styles: The workbook's formats.
        colours: Of cells, by row and column from 0, in place of their own.
        first_column: Cells of a column to be put before the others.
    """
    raw, header_at = standing.raw, find_header_row(standing)
    shift = 0 if first_column is None else 1
    struck = set(raw.marks.struck)
    own = {(row, at): (ground, ink) for row, at, ground, ink in raw.marks.colours}
    colours = {place: f"#{ground}" for place, (ground, _ink) in own.items() if ground} | dict(colours or {})
    inks = {place: f"#{ink}" for place, (_ground, ink) in own.items() if ink}
    for row, at, note in raw.marks.notes:
        worksheet.write_comment(row, at + shift, note)
    for at, width in _find_widths(standing).items():
        worksheet.set_column(at + shift, at + shift, width)
    if first_column is not None:
        worksheet.set_column(0, 0, max(map(measure_width, first_column), default=0) + 3)
    rows, kinds = raw.rows(), _list_kinds(standing)
    places = {
        (row, at): (bottom, right)
        for row, at, bottom, right in raw.merged
        if bottom < len(rows) and (bottom, right) != (row, at)
    }
    for row, cells in enumerate(rows):
        header = header_at - standing.header.rows < row <= header_at
        if first_column is not None:
            worksheet.write_string(row, 0, first_column[row], styles.of("s", header=row == header_at))
        for at, text in enumerate(cells):
            colour = colours.get((row, at), "")
            kind = kinds[row][at] if kinds else "s"
            style = styles.of(
                kind if text else "s",
                header=header,
                colour=colour,
                ink=inks.get((row, at), ""),
                struck=(row, at) in struck,
            )
            if (row, at) in places:
                bottom, right = places[row, at]
                with suppress(OverlappingRange):
                    worksheet.merge_range(row, at + shift, bottom, right + shift, "", style)
            _write_cell(worksheet, row, at + shift, text, kind, style)
            if not text and colour:
                worksheet.write_blank(row, at + shift, None, style)


def _write_cell(worksheet: Worksheet, row: int, at: int, text: str, kind: str, style: Format) -> None:
    if not text:
        return
    with suppress(ValueError):
        match kind:
            case "n":
                worksheet.write_number(row, at, float(text), style)
                return
            case "d":
                worksheet.write_datetime(row, at, datetime.fromisoformat(text), style)
                return
            case "b":
                worksheet.write_boolean(row, at, text == "yes", style)
                return
    worksheet.write_string(row, at, text, style)


def _list_kinds(standing: Standing) -> list[list[str]]:
    columns = standing.raw.kinds
    return [list(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]


def find_header_row(standing: Standing) -> int:
    """Return the row that the header ends in, from 0."""
    return standing.header.above + standing.header.rows - 1


def _find_widths(standing: Standing) -> dict[int, float]:
    """Return the source's own widths; else wide enough for the header and the first rows below it, notes aside."""
    low, high = _WIDTHS
    widths: defaultdict[int, float] = defaultdict(lambda: low)
    header_at = find_header_row(standing)
    for cells in standing.raw.rows(header_at + _ROWS_FOR_WIDTH)[header_at:]:
        if sum(map(bool, cells)) < min(2, len(cells)):
            continue
        for at, text in enumerate(cells):
            widths[at] = max(widths[at], min(high, measure_width(text) + 3))
    return {**widths, **{at: min(width, 255.0) for at, width in standing.raw.widths}}


def measure_width(text: str) -> int:
    """Return the characters of half width that a text takes: a Chinese one takes two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)


def name_sheets(files: Sequence[str]) -> list[str]:
    """Return a name for each sheet that Excel takes: short, without certain characters, none twice."""
    names: list[str] = []
    for file in files:
        stem = "".join(" " if character in "[]:*?/\\" else character for character in file)
        stem = stem.strip(" '")[:_LONGEST_NAME] or "-"
        name, number = stem, 1
        while name.casefold() in {other.casefold() for other in names}:
            number += 1
            ending = f" ({number})"
            name = stem[: _LONGEST_NAME - len(ending)] + ending
        names.append(name)
    return names
