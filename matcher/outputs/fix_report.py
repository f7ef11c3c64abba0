"""The fix report: a committee's own rows in a workbook, faulty cells coloured, with a note of what is wrong in each.

Rows, columns, title rows, merged cells, types and widths are as the files have them, so that it comes back as good as
it went.
The workbook holds names, telephone numbers and national IDs: it is the committee's own data on its way back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from matcher.columns import column
from matcher.errors import UsageError
from matcher.i18n import _
from matcher.messages import Issue
from matcher.outputs.source_sheets import (
    AS_TEXT,
    MOST_ROWS,
    Styles,
    find_header_row,
    measure_width,
    name_sheets,
    write_source,
)
from matcher.publishing import WholeFile, refuse_file
from matcher.roster.read import Standing

COLOURS = {"error": "#F8B4AE", "warning": "#FFE699"}
_NOTE_WIDTH_PX, _NOTE_LINE_PX, _NOTE_LINE = 320, 18, 44
_ROWS_IN_MEMORY = 100_000

Marks = dict[tuple[int, int], list[Issue]]
"""Issues by the cell that they are noted in: row and column, from 0."""


def write_fix_report(path: Path, sheets: Sequence[Standing], issues: Sequence[Issue]) -> None:
    """Write the workbook, whole or not at all, readable by its owner alone, in place of what is there.

    Args:
        path: The workbook to be.
        sheets: The inputs, a sheet each.
        issues: What is wrong in them; those of other files are passed over.

    Raises:
        UsageError: it can't be written, or a file has more rows than a sheet holds.
    """
    if longest := next((sheet for sheet in sheets if len(sheet.raw) > MOST_ROWS), None):
        raise UsageError(_("{file} has more rows than a worksheet holds; give fewer files").format(file=longest.file))
    many = sum(len(sheet.raw) for sheet in sheets) > _ROWS_IN_MEMORY  # then merged cells are given up
    with WholeFile(path, private=True) as file:
        # what is written row by row passes through a file of its own in the hidden folder
        options = {"constant_memory": many, "tmpdir": str(file.folder), "strings_to_formulas": False}
        book = Workbook(file.path, options)
        _fill(book, sheets, issues)
        book.close()
        file.publish()


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
    refuse_file(path, force=force, inputs=inputs)


def _fill(book: Workbook, sheets: Sequence[Standing], issues: Sequence[Issue]) -> None:
    styles = Styles(book)
    names = name_sheets([sheet.file for sheet in sheets])
    for sheet, name in zip(sheets, names, strict=True):
        own = [issue for issue in issues if issue.file == sheet.file]
        _write_sheet(book.add_worksheet(name), sheet, own, styles)
    _write_legend(book, sheets, names, issues, styles)


def _write_sheet(worksheet: Worksheet, sheet: Standing, issues: Sequence[Issue], styles: Styles) -> None:
    """Write all rows as they were; cells at fault coloured, with a note."""
    header_at, last = find_header_row(sheet), max(len(sheet.raw.columns) - 1, 0)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(header_at)
    worksheet.freeze_panes(header_at + 1, 0)
    worksheet.autofilter(header_at, 0, max(header_at, len(sheet.raw) - 1), last)
    worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
    marks = _find_marks(sheet, issues)
    write_source(worksheet, sheet, styles, {place: COLOURS[_find_worst(found)] for place, found in marks.items()})
    own_notes = {(row, at): note for row, at, note in sheet.raw.marks.notes}
    for (row, at), found in marks.items():
        _write_note(worksheet, row, at, found, own_notes.get((row, at), ""))


def _write_note(worksheet: Worksheet, row: int, at: int, issues: Sequence[Issue], own: str) -> None:
    """Write what is wrong in a cell and what to do, below the cell's own note, in a box that holds it."""
    told = [f"{issue.message()}\n→ {issue.advice()}" for issue in issues]
    note = "\n\n".join([own, *told] if own else told)
    lines = sum(1 + measure_width(line) // _NOTE_LINE for line in note.split("\n"))
    worksheet.write_comment(row, at, note, {"width": _NOTE_WIDTH_PX, "height": (lines + 1) * _NOTE_LINE_PX})


def _find_marks(sheet: Standing, issues: Sequence[Issue]) -> Marks:
    """Return the issues by cell; those of the whole file at their header, or at the first where they have none.

    What concerns a cell that is merged with others is noted in the one that shows.
    """
    header_at = find_header_row(sheet)
    places: dict[str, int] = {}
    for at, title in enumerate(sheet.header.cells):
        places.setdefault(title.strip(), at)
    covered = {
        (row, at): (top, left)
        for top, left, bottom, right in sheet.raw.merged
        for row in range(top, min(bottom, len(sheet.raw)) + 1)
        for at in range(left, right + 1)
    }
    marks: Marks = {}
    for issue in issues:
        place = (header_at if issue.row is None else issue.row - 1, places.get(issue.column, 0))
        marks.setdefault(covered.get(place, place), []).append(issue)
    return marks


def _find_worst(issues: Sequence[Issue]) -> str:
    return "error" if any(issue.severity == "error" for issue in issues) else "warning"


def _write_legend(
    book: Workbook,
    sheets: Sequence[Standing],
    names: Sequence[str],
    issues: Sequence[Issue],
    styles: Styles,
) -> None:
    """Write what the colours mean, how many faults each file has, and what concerns a whole file."""
    title = _("Legend")
    worksheet = book.add_worksheet(name_sheets([*names, title])[-1])
    worksheet.set_column(0, 0, 28)
    worksheet.set_column(1, 1, 90)
    worksheet.set_column(2, 3, 12)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": AS_TEXT})
    label = column("issues", "severity").choice_label
    note = _("the note in each coloured cell says what is wrong and what to do; correct the cells, send the file back")
    worksheet.write_string(0, 0, label("error"), styles.of("s", colour=COLOURS["error"]))
    worksheet.write_string(0, 1, _("must be corrected"), wrapped)
    worksheet.write_string(1, 0, label("warning"), styles.of("s", colour=COLOURS["warning"]))
    worksheet.write_string(1, 1, _("please look at it"), wrapped)
    worksheet.write_string(2, 1, note, wrapped)
    for at, text in enumerate((_("File"), _("of the whole file"), label("error"), label("warning"))):
        worksheet.write_string(4, at, text, styles.of("s", header=True))
    for row, sheet in enumerate(sheets, start=5):
        own = [issue for issue in issues if issue.file == sheet.file]
        count = Counter(issue.severity for issue in own)
        whole = "\n".join(f"{issue.message()} → {issue.advice()}" for issue in own if issue.row is None)
        for at, text in enumerate((sheet.file, whole, str(count["error"]), str(count["warning"]))):
            worksheet.write_string(row, at, text, wrapped)
