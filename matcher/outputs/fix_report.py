"""The fix report: a committee's own rows in a workbook, faulty cells coloured, with a note of what is wrong in each.

Rows, columns and title rows stand where the files have them, every cell as text, so that no number is ruined again.
The workbook holds names, telephone numbers and national IDs: it is the committee's own data on its way back.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from matcher.columns import column
from matcher.errors import UsageError
from matcher.i18n import _
from matcher.messages import Issue

COLOURS = {"error": "#F8B4AE", "warning": "#FFE699"}
_AS_TEXT = 49
"""Excel's own number format ``@``."""
_MOST_ROWS = 1_048_576
_WIDTHS = 6, 40
"""Narrowest and widest column, in characters of half width."""
_ROWS_FOR_WIDTH = 200
_NAME_LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_NOTE_WIDTH_PX, _NOTE_LINE_PX, _NOTE_LINE = 320, 18, 44


@dataclass(frozen=True, slots=True, eq=False)
class RawSheet:
    """An input as it was: ``rows`` from the first on, the header's last row among them; ``file`` as issues name it."""

    file: str
    rows: Sequence[Sequence[str]]
    header_at: int
    titles: Sequence[str]
    """The headers, of two rows where cells are merged across them."""


def write_fix_report(path: Path, sheets: Sequence[RawSheet], issues: Sequence[Issue]) -> None:
    """Write the workbook, whole or not at all, readable by its owner alone, in place of what is there.

    Args:
        path: The workbook to be.
        sheets: The inputs, a sheet each.
        issues: What is wrong in them; those of other files are passed over.

    Raises:
        UsageError: it can't be written, or a file has more rows than a sheet holds.
    """
    if longest := next((sheet for sheet in sheets if len(sheet.rows) > _MOST_ROWS), None):
        raise UsageError(_("{file} has more rows than a worksheet holds; give fewer files").format(file=longest.file))
    work = path.with_name(f".old-partners-{secrets.token_hex(4)}.part")
    part = work / "report.xlsx"
    try:
        work.mkdir(mode=0o700)  # what is written row by row passes through a file of its own in there
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            options = {"constant_memory": True, "tmpdir": str(work), "strings_to_formulas": False}
            book = Workbook(file, options)
            _fill(book, sheets, issues)
            book.close()
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        problem = error.strerror or error
        raise UsageError(_("{path} can't be written: {problem}").format(path=path, problem=problem)) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def refuse_report(path: Path, *, force: bool, inputs: Sequence[Path] = ()) -> None:
    """Raise where a report is not to be written, before anything is read.

    Args:
        path: The workbook to be.
        force: Whether a file may be replaced.
        inputs: Files that are read, and never replaced.

    Raises:
        UsageError: it exists and ``force`` is not given, or it is an input, a folder, or no .xlsx.
    """
    if path.suffix.lower() != ".xlsx":
        raise UsageError(_("{path} is no name of a workbook; let it end in .xlsx").format(path=path))
    if any(path.resolve() == given.resolve() for given in inputs):
        raise UsageError(_("{path} is read now; choose another name").format(path=path))
    if path.exists() and not (force and path.is_file()):
        raise UsageError(_("{path} exists already; choose another name, or replace it with --force").format(path=path))


def _fill(book: Workbook, sheets: Sequence[RawSheet], issues: Sequence[Issue]) -> None:
    plain = {"num_format": _AS_TEXT, "valign": "vcenter"}
    formats = {name: book.add_format({**plain, "bg_color": colour}) for name, colour in COLOURS.items()}
    formats[""] = book.add_format(plain)
    formats["header"] = book.add_format({**plain, "bold": True, "bottom": 1})
    formats |= {
        f"header {name}": book.add_format({**plain, "bold": True, "bottom": 1, "bg_color": colour})
        for name, colour in COLOURS.items()
    }
    names = _sheet_names([sheet.file for sheet in sheets])
    for sheet, name in zip(sheets, names, strict=True):
        own = [issue for issue in issues if issue.file == sheet.file]
        _write_sheet(book.add_worksheet(name), sheet, own, formats)
    _write_legend(book, sheets, names, issues, formats)


def _write_sheet(worksheet: Worksheet, sheet: RawSheet, issues: Sequence[Issue], formats: Mapping[str, Format]) -> None:
    """All rows as they were; cells at fault coloured, with a note."""
    last = max(map(len, sheet.rows), default=1) - 1
    for at, width in enumerate(_column_widths(sheet)):
        worksheet.set_column(at, at, width)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(sheet.header_at)
    worksheet.freeze_panes(sheet.header_at + 1, 0)
    worksheet.autofilter(sheet.header_at, 0, max(sheet.header_at, len(sheet.rows) - 1), last)
    worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_MOST_ROWS}"})
    marks = _marks(sheet, issues)
    for row, cells in enumerate(sheet.rows):  # each row whole before the next: written ones are gone
        base = "header" if row == sheet.header_at else ""
        own = marks.get(row, {})
        for at, text in enumerate(cells):
            found = own.get(at, ())
            style = f"{base} {_worst(found)}".strip() if found else base
            if text:
                worksheet.write_string(row, at, text, formats[style])
            elif found:
                worksheet.write_blank(row, at, None, formats[style])
        for at, found in own.items():
            _write_note(worksheet, row, at, found)


def _write_note(worksheet: Worksheet, row: int, at: int, issues: Sequence[Issue]) -> None:
    """What is wrong in a cell and what to do, in a box that holds it."""
    note = "\n\n".join(f"{issue.message()}\n→ {issue.advice()}" for issue in issues)
    lines = sum(1 + _width(line) // _NOTE_LINE for line in note.split("\n"))
    worksheet.write_comment(row, at, note, {"width": _NOTE_WIDTH_PX, "height": (lines + 1) * _NOTE_LINE_PX})


def _marks(sheet: RawSheet, issues: Sequence[Issue]) -> dict[int, dict[int, list[Issue]]]:
    """The issues by row and column, from 0; those of no one row at the header's cell, where there is one."""
    places: dict[str, int] = {}
    for at, title in enumerate(sheet.titles):
        places.setdefault(title.strip(), at)
    marks: dict[int, dict[int, list[Issue]]] = {}
    for issue in issues:
        if issue.row is not None:
            marks.setdefault(issue.row - 1, {}).setdefault(places.get(issue.column, 0), []).append(issue)
        elif issue.column in places:
            marks.setdefault(sheet.header_at, {}).setdefault(places[issue.column], []).append(issue)
    return marks


def _worst(issues: Sequence[Issue]) -> str:
    return "error" if any(issue.severity == "error" for issue in issues) else "warning"


def _write_legend(
    book: Workbook,
    sheets: Sequence[RawSheet],
    names: Sequence[str],
    issues: Sequence[Issue],
    formats: Mapping[str, Format],
) -> None:
    """What the colours mean, how many faults each file has, and what concerns a whole file."""
    title = _("Legend")
    worksheet = book.add_worksheet(_sheet_names([*names, title])[-1])
    worksheet.set_column(0, 0, 28)
    worksheet.set_column(1, 1, 90)
    worksheet.set_column(2, 3, 12)
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": _AS_TEXT})
    label = column("issues", "severity").choice_label
    note = _("the note in each coloured cell says what is wrong and what to do; correct the cells, send the file back")
    worksheet.write_string(0, 0, label("error"), formats["error"])
    worksheet.write_string(0, 1, _("must be corrected"), wrapped)
    worksheet.write_string(1, 0, label("warning"), formats["warning"])
    worksheet.write_string(1, 1, _("please look at it"), wrapped)
    worksheet.write_string(2, 1, note, wrapped)
    for at, text in enumerate((_("File"), _("of the whole file"), label("error"), label("warning"))):
        worksheet.write_string(4, at, text, formats["header"])
    for row, sheet in enumerate(sheets, start=5):
        own = [issue for issue in issues if issue.file == sheet.file]
        count = Counter(issue.severity for issue in own)
        whole = "\n".join(f"{issue.message()} → {issue.advice()}" for issue in own if issue.row is None)
        for at, text in enumerate((sheet.file, whole, str(count["error"]), str(count["warning"]))):
            worksheet.write_string(row, at, text, wrapped)


def _column_widths(sheet: RawSheet) -> list[int]:
    """Wide enough for the header and the first rows below it, within ``_WIDTHS``."""
    low, high = _WIDTHS
    widths: defaultdict[int, int] = defaultdict(lambda: low)
    for cells in sheet.rows[sheet.header_at : sheet.header_at + _ROWS_FOR_WIDTH]:
        for at, text in enumerate(cells):
            widths[at] = max(widths[at], min(high, _width(text) + 3))
    return [widths[at] for at in range(max(widths, default=-1) + 1)]


def _width(text: str) -> int:
    """Characters of half width that a text takes: a Chinese one takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _sheet_names(files: Sequence[str]) -> list[str]:
    """A name for each sheet that Excel takes: short, without certain characters, none twice."""
    names: list[str] = []
    for file in files:
        stem = _FORBIDDEN.sub(" ", file).strip(" '")[:_NAME_LONGEST] or "-"
        name, number = stem, 1
        while name.casefold() in {other.casefold() for other in names}:
            number += 1
            ending = f" ({number})"
            name = stem[: _NAME_LONGEST - len(ending)] + ending
        names.append(name)
    return names
