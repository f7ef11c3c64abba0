"""Sheets as a workbook, stamped from a template that XlsxWriter makes once.

XlsxWriter writes the looks, the columns and the page setup of each grid; here its rows are left out and others put in
their place, as inline strings. A city's 41,000 sheets so take a fifth of the time; tests hold the result against the
same sheets written by XlsxWriter alone (``write_slowly``). No cell is ever a formula, whatever a name begins with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from matcher.i18n import language
from matcher.outputs.handouts.rows import DAY_FORMATS, LOOKS, Cells, Grid, Look, Row, RowKind, Section, Sheet
from matcher.outputs.source_sheets import measure_width

FONTS = {"zh": "微软雅黑", "en": "Arial"}
_MM_PER_INCH, _PIXELS_PER_INCH = 25.4, 96
_MARGINS_INCH = {"left": 0.39, "right": 0.39, "top": 0.63, "bottom": 0.75}
_A4 = 9
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    # widths of columns count digits of this font, 7 pixels each: with Calibri, which only Windows has, they differ
    "default_format_properties": {"font_name": "Arial", "font_size": 10},
}
_MARGIN_TEXT = 255
"""Characters that Excel takes at the head or the foot of a page."""
_FOOT_LINE = 88
"""Characters of half width that fit a line there."""
_COMPRESSION = 1
"""Rows are much alike: the first level leaves a twelfth of them, in a third of the usual level's time."""
_TIME = (1980, 1, 1, 0, 0, 0)
"""The same sheets are the same bytes."""


def write_slowly(sheets: Sequence[Sheet]) -> bytes:
    """Return the sheets as a workbook, all of it by XlsxWriter."""
    held = BytesIO()
    with Workbook(held, _OPTIONS) as book:
        formats = {name: book.add_format(_describe_look(look, day=False)) for name, look in LOOKS.items()}
        formats |= {f"{name} day": book.add_format(_describe_look(look, day=True)) for name, look in LOOKS.items()}
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, formats)
    return held.getvalue()


def _describe_look(look: Look, *, day: bool) -> dict[str, object]:
    """Return a look as XlsxWriter takes it."""
    told: dict[str, object] = {
        "font_name": FONTS[language()],
        "font_size": look.size_pt,
        "bold": look.bold,
        "align": look.align,
        "valign": "vcenter",
        "text_wrap": True,
        "num_format": DAY_FORMATS[language()] if day else "@",
    }
    if look.border and look.align == "left":
        told["indent"] = 1
    if look.border:
        told |= {"border": 1, "border_color": "#808080"}
    if look.fill:
        told["bg_color"] = look.fill
    if look.colour:
        told["font_color"] = look.colour
    return told


def _write_sheet(worksheet: Worksheet, sheet: Sheet, formats: dict[str, Format]) -> None:
    worksheet.set_paper(_A4)
    worksheet.set_portrait()
    worksheet.set_margins(**_MARGINS_INCH)
    worksheet.fit_to_pages(1, 0)
    worksheet.hide_gridlines(2)
    worksheet.set_start_page(1)  # each sheet counts its own pages
    worksheet.set_header(_make_head(sheet.title), {"margin": 0.28})
    worksheet.set_footer(_make_foot(sheet.keep), {"margin": 0.28})
    for at, width_mm in enumerate(sheet.grid.widths_mm):
        worksheet.set_column_pixels(at, at, round(width_mm / _MM_PER_INCH * _PIXELS_PER_INCH))
    if repeated := sheet.find_repeated():
        worksheet.repeat_rows(*repeated)
    breaks = []
    for at, row in enumerate(sheet.list_rows()):
        worksheet.set_row(at, row.height_pt)
        _write_row(worksheet, at, row, formats)
        if row.new_page:
            breaks.append(at)
    worksheet.set_h_pagebreaks(breaks)


def _write_row(worksheet: Worksheet, at: int, row: Row, formats: dict[str, Format]) -> None:
    values = iter(row.values)
    for cells in row.kind.cells:
        look = formats[_name_format(cells)]
        if cells.last > cells.first:
            worksheet.merge_range(at, cells.first, at, cells.last, "", look)
        match cells.holds:
            case "blank":
                worksheet.write_blank(at, cells.first, None, look)
            case "day":
                worksheet.write_number(at, cells.first, int(next(values)), look)
            case _:
                worksheet.write_string(at, cells.first, str(next(values)), look)


def _name_format(cells: Cells) -> str:
    return f"{cells.look} day" if cells.holds == "day" else cells.look


def _make_head(title: str) -> str:
    """Return the head of each page: whose it is, and which page of how many."""
    text = title.replace("&", "&&")
    return f"&L&11 {text[: _MARGIN_TEXT - 30]}&R&11 &P"


def _make_foot(keep: str) -> str:
    """Return the foot of each page; Excel breaks no lines there."""
    lines, width = [""], 0
    for word in re.findall(r"[ -~]+? |[ -~]+$|.", keep.strip()):
        if width + measure_width(word) > _FOOT_LINE:
            lines.append("")
            width = 0
        lines[-1] += word
        width += measure_width(word)
    text = "\n".join(line.strip() for line in lines).replace("&", "&&")
    return f"&L&11 {text[: _MARGIN_TEXT - 10]}" if keep else ""


@dataclass(frozen=True, slots=True)
class Template:
    """The parts that workbooks of one language share, taken from one that XlsxWriter wrote.

    Attributes:
        parts: Files of the workbook that are the same in all.
        styles: The number of each format.
        heads: What stands before the rows of a sheet, by grid.
        page: Margins and paper, which stand after the rows.
    """

    parts: dict[str, bytes]
    styles: dict[str, int]
    heads: dict[str, str]
    page: str
    patterns: dict[tuple[RowKind, int, float], str] = field(default_factory=dict)
    """Rows with ``%`` where their values come, by kind, number and height: a sheet's are mostly those of others."""

    def write(self, sheets: Sequence[Sheet]) -> bytes:
        """Return the sheets as a workbook."""
        held = BytesIO()
        with ZipFile(held, "w") as file:
            parts: dict[str, str | bytes] = {"[Content_Types].xml": _list_types(len(sheets)), **self.parts}
            parts["xl/workbook.xml"] = _list_sheets(sheets)
            parts["xl/_rels/workbook.xml.rels"] = _list_relations(len(sheets))
            for name, content in parts.items():
                file.writestr(ZipInfo(name, _TIME), content, ZIP_DEFLATED, _COMPRESSION)
            for number, sheet in enumerate(sheets, start=1):
                info = ZipInfo(f"xl/worksheets/sheet{number}.xml", _TIME)
                file.writestr(info, self._fill_sheet(sheet, number == 1), ZIP_DEFLATED, _COMPRESSION)
        return held.getvalue()

    def _fill_sheet(self, sheet: Sheet, first: bool) -> bytes:
        """Return a sheet's file: head, rows, merged cells, page, breaks."""
        pieces = [self.heads[sheet.grid.name].replace(' tabSelected="1"', ' tabSelected="1"' if first else "")]
        merged: list[str] = []
        breaks: list[int] = []
        for number, (kind, values, height_pt, new_page) in enumerate(sheet.list_rows(), start=1):
            pattern = self.patterns.get((kind, number, height_pt)) or self._make_pattern(kind, number, height_pt)
            pieces.append(pattern % tuple([_escape(text) if type(text) is str else text for text in values]))
            merged += _list_merged(kind, number)
            if new_page:
                breaks.append(number - 1)
        pieces.append("</sheetData>")
        if merged:
            pieces.append(f'<mergeCells count="{len(merged)}">{"".join(merged)}</mergeCells>')
        pieces.append(self.page)
        foot = f"<oddFooter>{escape(_make_foot(sheet.keep), quote=False)}</oddFooter>" if sheet.keep else ""
        pieces.append(
            f"<headerFooter><oddHeader>{escape(_make_head(sheet.title), quote=False)}</oddHeader>{foot}</headerFooter>"
        )
        if breaks:
            marks = "".join(f'<brk id="{at}" max="16383" man="1"/>' for at in breaks)
            pieces.append(f'<rowBreaks count="{len(breaks)}" manualBreakCount="{len(breaks)}">{marks}</rowBreaks>')
        pieces.append("</worksheet>")
        return "".join(pieces).encode()

    def _make_pattern(self, kind: RowKind, number: int, height_pt: float) -> str:
        pieces = [f'<row r="{number}" ht="{height_pt:g}" customHeight="1">']
        for cells in kind.cells:
            style = self.styles[_name_format(cells)]
            place = f'r="{xl_col_to_name(cells.first)}{number}" s="{style}"'
            match cells.holds:
                case "blank":
                    pieces.append(f"<c {place}/>")
                case "day":
                    pieces.append(f"<c {place}><v>%d</v></c>")
                case _:
                    pieces.append(f'<c {place} t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>')
            for at in range(cells.first + 1, cells.last + 1):
                pieces.append(f'<c r="{xl_col_to_name(at)}{number}" s="{style}"/>')
        pattern = "".join((*pieces, "</row>"))
        self.patterns[kind, number, height_pt] = pattern
        return pattern


@cache
def make_template(lang: str, grids: tuple[Grid, ...]) -> Template:
    """Return the template of a language, which is the one in use."""
    assert lang == language()
    names = [name for look in LOOKS for name in (look, f"{look} day")]
    kinds = [
        RowKind("look", (Cells(0, 0, name.removesuffix(" day"), "day" if name.endswith(" day") else "blank"),))
        for name in names
    ]
    looks = [Row(kind, (0,) if kind.cells[0].holds == "day" else (), 15) for kind in kinds]  # type: ignore[arg-type]
    sheets = [Sheet(grid.name, "-", grid, [Section(rows=looks)]) for grid in grids]
    with ZipFile(BytesIO(write_slowly(sheets))) as file:
        parts = {name: file.read(name) for name in ("_rels/.rels", "xl/theme/theme1.xml", "xl/styles.xml")}
        written = [file.read(f"xl/worksheets/sheet{number}.xml").decode() for number in range(1, len(grids) + 1)]
    parts["_rels/.rels"] = re.sub(rb"<Relationship [^>]*docProps[^>]*/>", b"", parts["_rels/.rels"])
    numbers = re.findall(r'<c r="A\d+" s="(\d+)"', written[0])
    assert len(numbers) == len(names), numbers
    heads = {}
    for grid, xml in zip(grids, written, strict=True):
        head = re.sub(r"<dimension [^>]*/>", "", xml[: xml.index("<sheetData>")])
        heads[grid.name] = re.sub(
            r"<sheetView ", '<sheetView tabSelected="1" ', head.replace(' tabSelected="1"', "")
        ) + ("<sheetData>")
    page = re.search(r"</sheetData>(.*?)<headerFooter>", written[0], re.DOTALL)
    assert page is not None
    return Template(parts, dict(zip(names, map(int, numbers), strict=True)), heads, page[1])


_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What Excel would read as a character by its code."""


def _escape(text: str) -> str:
    """Return a text as it stands in a sheet's file."""
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return escape(text, quote=False)


@cache
def _list_merged(kind: RowKind, number: int) -> list[str]:
    """Return the merged cells of a row."""
    return [
        f'<mergeCell ref="{xl_col_to_name(cells.first)}{number}:{xl_col_to_name(cells.last)}{number}"/>'
        for cells in kind.cells
        if cells.last > cells.first
    ]


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_TYPE = "application/vnd.openxmlformats-officedocument"


def _list_types(count: int) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.spreadsheetml.worksheet+xml"/>'
        for i in range(1, count + 1)
    )
    return (
        f'{_XML}<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.spreadsheetml.sheet.main+xml"/>{sheets}'
        f'<Override PartName="/xl/theme/theme1.xml" ContentType="{_TYPE}.theme+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.spreadsheetml.styles+xml"/></Types>'
    )


def _list_relations(count: int) -> str:
    kinds = [(f"worksheets/sheet{i}.xml", "worksheet") for i in range(1, count + 1)]
    kinds += [("theme/theme1.xml", "theme"), ("styles.xml", "styles")]
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for i, (target, kind) in enumerate(kinds, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_OFFICE}/package/2006/relationships">{links}</Relationships>'


def _list_sheets(sheets: Sequence[Sheet]) -> str:
    """Return the workbook's own file: its sheets, and which rows their pages repeat."""
    listed = "".join(
        f'<sheet name="{escape(sheet.name)}" sheetId="{i}" r:id="rId{i}"/>' for i, sheet in enumerate(sheets, start=1)
    )
    titles = []
    for at, sheet in enumerate(sheets):
        if repeated := sheet.find_repeated():
            quoted = escape(sheet.name.replace("'", "''"), quote=False)
            rows = f"'{quoted}'!${repeated[0] + 1}:${repeated[1] + 1}"
            titles.append(f'<definedName name="_xlnm.Print_Titles" localSheetId="{at}">{rows}</definedName>')
    names = f"<definedNames>{''.join(titles)}</definedNames>" if titles else ""
    return (
        f'{_XML}<workbook xmlns="{_OFFICE}/spreadsheetml/2006/main" '
        f'xmlns:r="{_OFFICE}/officeDocument/2006/relationships"><workbookPr defaultThemeVersion="124226"/>'
        f'<bookViews><workbookView xWindow="240" yWindow="15" windowWidth="16095" windowHeight="9660"/></bookViews>'
        f'<sheets>{listed}</sheets>{names}<calcPr calcId="124519" fullCalcOnLoad="1"/></workbook>'
    )
