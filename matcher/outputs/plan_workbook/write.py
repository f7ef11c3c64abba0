"""The plan workbook as a file: sheets for people, and hidden ones that remember what every row said.

The sheets are not protected: Excel would let nobody sort a protected sheet with locked cells. What is changed outside
the yellow columns is found by the hidden sheet when the workbook comes back.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from matcher.columns import Column
from matcher.i18n import _, language
from matcher.outputs.filenames import make_file_names
from matcher.outputs.plan_workbook.contents import Cell, PlanContents, SheetCells
from matcher.outputs.source_sheets import AS_TEXT, measure_width
from matcher.plan_sheets import FORMAT, GUIDE, LISTS, MEMORY, digest_row, put_in_words, spell_cell, spell_row
from matcher.run_folder import PLANS

_LARGE = 3_000
"""Elders of one workbook at most, where the roster has several subdistricts."""
_MANY_CELLS = 400_000
"""Workbooks of more cells are written row by row, in little memory."""
_OF_PEOPLE = ("pairs", "unmatched", "capacity", "changes")
"""Sheets whose people each have a workbook; what is said of nobody is in the CSV files alone."""
_YELLOW = "#FFF2CC"
_WIDTHS = 8, 42
_FIRST_DAY, _DAY_MIN = date(1899, 12, 30), 1440
"""What Excel counts days from, and minutes of a day: counted here, which is quicker than XlsxWriter's own way."""
_ROWS_FOR_WIDTH = 200
_HEADER_LINE, _HEADER_HEIGHT = 14, 34
"""Characters of half width of a header's line, and the height of two lines in points."""
_NOTE = {"width": 320, "height": 110, "font_size": 9}
_FIRST_CHOICE = 2
_VOLUNTEERS_AT = 12
"""Column of ``LISTS`` that names all volunteers."""


def write_plan_workbooks(folder: Path, contents: PlanContents) -> None:
    """Write plan.xlsx into a folder; where the roster is large and has several subdistricts, one a subdistrict."""
    sheets = contents.sheets
    elders = sum(len(one) for one in sheets if one.sheet.kind in ("pairs", "unmatched"))
    areas = sorted({area for one in sheets if one.sheet.kind in _OF_PEOPLE for area in one.area.tolist()})
    if elders <= _LARGE or len(areas) < 2:
        _write_workbook(folder / "plan.xlsx", sheets, contents, contents.volunteers)
        return
    (folder / PLANS).mkdir()
    names = make_file_names([area or "-" for area in areas])
    volunteers = defaultdict(list)
    for area, told in zip(contents.volunteer_area.tolist(), contents.volunteers, strict=True):
        volunteers[area].append(told)
    parts = [(one, _group_rows(one.area.tolist())) for one in sheets]
    for area in areas:
        own = [one.select(rows[area]) for one, rows in parts if area in rows]
        _write_workbook(folder / PLANS / f"{names[area or '-']}.xlsx", own, contents, volunteers[area])


def _group_rows(areas: Sequence[str]) -> dict[str, list[int]]:
    """Return the rows of each area."""
    rows: dict[str, list[int]] = {}
    for row, area in enumerate(areas):
        rows.setdefault(area, []).append(row)
    return rows


def _write_workbook(
    path: Path, sheets: Sequence[SheetCells], contents: PlanContents, volunteers: Sequence[str]
) -> None:
    cells = sum(len(one) * len(one.columns) for one in sheets)
    work = path.with_name(f"{path.stem}.part")
    work.mkdir()  # what is written row by row passes through files of its own in there
    options = {
        "constant_memory": cells > _MANY_CELLS,
        "tmpdir": str(work),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(path, options) as book:
        # the same month gives the same bytes
        book.set_properties({"created": datetime(contents.month.year, contents.month.month, 1)})
        looks = _Looks(book)
        elders = [id_ for one in sheets if one.sheet.kind == "unmatched" for id_ in one.columns["elder_id"]]
        lists = _Lists({str(id_): contents.nearest.get(str(id_), ()) for id_ in elders}, volunteers)
        for one in sheets:
            _write_sheet(book.add_worksheet(one.sheet.title), one, looks, lists)
        _write_guide(book.add_worksheet(GUIDE[language() == "zh"]), sheets, contents.month, looks)
        _write_memory(book.add_worksheet(MEMORY), sheets, contents.month)
        _write_lists(book.add_worksheet(LISTS), lists)
    shutil.rmtree(work)


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists that drop-downs offer: volunteers near each elder, and all of them."""

    nearest: dict[str, Sequence[str]]
    volunteers: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Looks:
    """Formats of a workbook, made when they are first needed."""

    book: Workbook
    made: dict[str, Format] = field(default_factory=dict)

    def get(self, name: str) -> Format:
        """Return the format of a kind of cell: header, edit header, edit, text, whole number, date, time, wrapped."""
        if name not in self.made:
            header = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
            looks: dict[str, dict[str, object]] = {
                "header": {**header, "bg_color": "#DDEBF7"},
                "edit header": {**header, "bg_color": "#FFD966"},
                "edit": {
                    "bg_color": _YELLOW,
                    "locked": False,
                    "num_format": AS_TEXT,
                    "border": 1,
                    "border_color": "#D9D9D9",
                },
                "text": {"num_format": AS_TEXT, "valign": "vcenter"},
                "wrapped": {"num_format": AS_TEXT, "valign": "vcenter", "text_wrap": True},
                "number": {"num_format": "#,##0", "valign": "vcenter"},
                "date": {"num_format": "yyyy-mm-dd", "align": "left", "valign": "vcenter"},
                "time": {"num_format": "hh:mm", "align": "left", "valign": "vcenter"},
            }
            self.made[name] = self.book.add_format(looks[name])
        return self.made[name]


def _write_sheet(worksheet: Worksheet, cells: SheetCells, looks: _Looks, lists: _Lists) -> None:
    sheet, shown = cells.sheet, cells.list_shown()
    edits = [sheet.column(name) for name in sheet.edits]
    columns = [sheet.column(name) for name in shown]
    last, rows = len(columns) + len(edits) - 1, len(cells)
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.set_row(0, _HEADER_HEIGHT)
    worksheet.freeze_panes(1, 0)
    worksheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(last)}{rows + 1}"})
    texts = [cells.columns[name] for name in shown]
    for at, column in enumerate(columns):
        wide = [measure_width(spell_cell(cell)) + 2 for cell in texts[at][:_ROWS_FOR_WIDTH]]
        worksheet.set_column(
            at, at, _choose_width([*wide, min(measure_width(put_in_words(column.header())), _HEADER_LINE) + 3])
        )
        worksheet.write_string(0, at, put_in_words(column.header()), looks.get("header"))
    for at, column in enumerate(edits, start=len(columns)):
        worksheet.set_column(at, at, 26 if column.name == "change_to" else 16)
        worksheet.write_string(0, at, put_in_words(column.header()), looks.get("edit header"))
        worksheet.write_comment(0, at, _explain(column), _NOTE)
        _add_choices(worksheet, at, column, rows, shown, lists)
    note_at = next((shown.index(name) for name in sheet.note if name in shown), None)
    look = [_choose_look(looks, cells.columns[name]) for name in shown]
    edit_look = looks.get("edit")
    for row in range(rows):
        for at, own in enumerate(texts):
            _write_cell(worksheet, row + 1, at, own[row], look[at])
        for at in range(len(columns), last + 1):
            worksheet.write_blank(row + 1, at, None, edit_look)
        if note_at is not None and (note := cells.notes[row]):
            worksheet.write_comment(row + 1, note_at, note, _NOTE)
    worksheet.autofilter(0, 0, rows, last)


def _choose_width(widths: Sequence[int]) -> int:
    low, high = _WIDTHS
    return min(high, max(low, *widths))


def _choose_look(looks: _Looks, cells: Sequence[Cell]) -> Format:
    """Return the format of a column, by its first cell that says something."""
    first = next((cell for cell in cells if cell not in (None, "")), "")
    match first:
        case int():
            return looks.get("number")
        case time():
            return looks.get("time")
        case date():
            return looks.get("date")
    longest = max((measure_width(str(cell)) for cell in cells[:_ROWS_FOR_WIDTH]), default=0)
    return looks.get("wrapped" if longest > _WIDTHS[1] else "text")


def _write_cell(worksheet: Worksheet, row: int, at: int, cell: Cell, look: Format) -> None:
    """Write a cell by its type; no text is ever taken for a formula."""
    if isinstance(cell, str):
        if cell:
            worksheet.write_string(row, at, cell, look)
    elif isinstance(cell, int):
        worksheet.write_number(row, at, cell, look)
    elif isinstance(cell, date):
        worksheet.write_number(row, at, (cell - _FIRST_DAY).days, look)
    elif cell is not None:
        worksheet.write_number(row, at, (60 * cell.hour + cell.minute) / _DAY_MIN, look)


def _explain(column: Column) -> str:
    """Return what to write into a column."""
    parts = [_(column.text), column.example]
    return "\n".join(part for part in parts if part)


def _add_choices(worksheet: Worksheet, at: int, column: Column, rows: int, shown: Sequence[str], lists: _Lists) -> None:
    """Add a column's drop-down; other answers are taken too, and asked about when they come back."""
    source: str | list[str] | None = None
    if column.choices:
        source = [column.choice_label(choice.code) for choice in column.choices]
    elif column.name == "change_to" and "volunteer_id" in shown and lists.volunteers:
        name = xl_col_to_name(_VOLUNTEERS_AT)
        source = f"={LISTS}!${name}$1:${name}${len(lists.volunteers)}"
    elif column.name == "change_to" and any(lists.nearest.values()):
        # by the elder's id, not by the row: a sheet that is sorted keeps its drop-downs where they were
        own = f"MATCH(${xl_col_to_name(shown.index('elder_id'))}2,{LISTS}!$A:$A,0)"
        source = f"=OFFSET({LISTS}!$C$1,{own}-1,0,1,INDEX({LISTS}!$B:$B,{own}))"
    if source:
        worksheet.data_validation(1, at, rows, at, {"validate": "list", "source": source, "error_type": "information"})


def _write_memory(worksheet: Worksheet, sheets: Sequence[SheetCells], month: date) -> None:
    """Write what every row says; of rows that nobody may edit, what stands for it."""
    worksheet.very_hidden()
    for at, text in enumerate((FORMAT, f"{month:%Y-%m}", language())):
        worksheet.write_string(0, at, text)
    row = 1
    for one in sheets:
        shown = one.list_shown()
        spelt = [_spell_column(one.columns[name]) for name in shown]
        worksheet.write_string(row, 0, one.sheet.kind)
        worksheet.write_string(row, 1, json.dumps(shown))
        row += 1
        for cells in zip(*spelt, strict=True):
            told = spell_row(cells) if one.sheet.edits else digest_row(cells)
            worksheet.write_string(row, 1, told)
            row += 1


def _spell_column(cells: Sequence[Cell]) -> list[str]:
    """Return what each cell says; equal cells are spelt once."""
    spelt = {cell: spell_cell(cell) for cell in set(cells)}
    return [spelt[cell] for cell in cells]


def _write_lists(worksheet: Worksheet, lists: _Lists) -> None:
    worksheet.very_hidden()
    nearest = list(lists.nearest.items())
    for row in range(max(len(nearest), len(lists.volunteers))):
        if row < len(nearest):
            elder, near = nearest[row]
            worksheet.write_string(row, 0, elder)
            worksheet.write_number(row, 1, max(len(near), 1))
            for at, told in enumerate(near, start=_FIRST_CHOICE):
                worksheet.write_string(row, at, told)
        if row < len(lists.volunteers):
            worksheet.write_string(row, _VOLUNTEERS_AT, lists.volunteers[row])


def _write_guide(worksheet: Worksheet, sheets: Sequence[SheetCells], month: date, looks: _Looks) -> None:
    """Write what may be edited, and how the workbook comes back."""
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_column(0, 0, 22)
    worksheet.set_column(1, 1, 26)
    worksheet.set_column(2, 2, 80)
    lines = (
        _(
            "Plan of {month}. Fill in the yellow columns only; rows may be sorted, filtered, deleted and inserted."
        ).format(month=f"{month:%Y-%m}"),
        _("Send the workbook back as it is, as .xlsx: old-partners match --edits plan.xlsx reads it."),
        _(
            "edits.csv then answers every cell that was filled in. Several copies may come back: what contradicts is "
            "asked."
        ),
        _("What is changed elsewhere is not taken: corrections of names, addresses and places belong in the rosters."),
        _("Notes in the cells say why. Drop-downs offer volunteers; any other id or full name may be typed as well."),
    )
    for row, line in enumerate(lines):
        worksheet.write_string(row, 0, line)
    head = (_("Sheet"), _("column"), _("meaning"))
    for at, text in enumerate(head):
        worksheet.write_string(len(lines) + 1, at, text, looks.get("header"))
    row = len(lines) + 2
    for sheet in (one.sheet for one in sheets if one.sheet.edits):
        for name in sheet.edits:
            column = sheet.column(name)
            worksheet.write_string(row, 0, sheet.title, looks.get("text"))
            worksheet.write_string(row, 1, put_in_words(column.header()), looks.get("edit"))
            worksheet.write_string(row, 2, _explain(column).replace("\n", " · "), looks.get("wrapped"))
            row += 1
    alike = [(one.sheet, name, cell) for one in sheets for name, cell in one.list_alike()]
    if alike:
        worksheet.write_string(row + 1, 0, _("The same in every row, and left out there:"))
    for at, (sheet, name, cell) in enumerate(alike, start=row + 2):
        worksheet.write_string(at, 0, sheet.title, looks.get("text"))
        worksheet.write_string(at, 1, sheet.header(name), looks.get("text"))
        worksheet.write_string(at, 2, spell_cell(cell), looks.get("wrapped"))
