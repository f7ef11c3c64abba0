"""Stamped workbooks are what XlsxWriter writes, cell by cell, look by look, page by page."""

import re
import shutil
import subprocess
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from matcher.i18n import LANGUAGES, in_language, language
from matcher.outputs.handouts.rows import (
    PAGE_PT,
    Cells,
    Day,
    Grid,
    Row,
    RowKind,
    Section,
    Sheet,
    count_lines,
    keep_heads_with_rows,
)
from matcher.outputs.handouts.workbook import make_template, write_slowly
from matcher.outputs.handouts.write import GRIDS, make_coordinator_sheets, make_sheets
from matcher.programme import Programme
from tests.helpers.handouts import make_month, read_workbook
from tests.helpers.people import DECEMBER

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ODD = ["=1+1", "+86 21", "-5", "@sum", "<b>&amp;\"'", "𠮷野家 🏠", "a\nb", "_x0041_", " blank ", "%s %d", "欧阳" * 40]


def parse(file, name):
    return ElementTree.fromstring(file.read(name))


def read_looks(file):
    """Every format of a workbook in full, by its number."""
    styles = parse(file, "xl/styles.xml")
    parts = {
        tag: [ElementTree.tostring(item).decode() for item in styles.find(f"{NS}{tag}")]
        for tag in ("fonts", "fills", "borders")
    }
    numbers = {item.get("numFmtId"): item.get("formatCode") for item in styles.iter(f"{NS}numFmt")}
    looks = []
    for xf in styles.find(f"{NS}cellXfs"):
        place = xf.find(f"{NS}alignment")
        kinds = zip(("fonts", "fills", "borders"), ("fontId", "fillId", "borderId"), strict=True)
        looks.append(
            (
                *(parts[tag][int(xf.get(key))] for tag, key in kinds),
                numbers.get(xf.get("numFmtId"), xf.get("numFmtId")),
                None if place is None else tuple(sorted(place.items())),
            )
        )
    return looks


def describe(content):
    """All that a workbook holds, whatever its numbers of strings and formats are."""
    with ZipFile(BytesIO(content)) as file:
        book, looks = parse(file, "xl/workbook.xml"), read_looks(file)
        strings = []
        if "xl/sharedStrings.xml" in file.namelist():
            strings = ["".join(si.itertext()) for si in parse(file, "xl/sharedStrings.xml")]
        told = {
            "names": [(name.get("name"), name.get("localSheetId"), name.text) for name in book.iter(f"{NS}definedName")]
        }
        for number, sheet in enumerate(book.iter(f"{NS}sheet"), start=1):
            root = parse(file, f"xl/worksheets/sheet{number}.xml")
            cells = {}
            for cell in root.iter(f"{NS}c"):
                value = cell.find(f"{NS}v")
                text = strings[int(value.text)] if cell.get("t") == "s" else value.text if value is not None else ""
                text = "".join(cell.find(f"{NS}is").itertext()) if cell.get("t") == "inlineStr" else text
                assert cell.find(f"{NS}f") is None
                cells[cell.get("r")] = (text, looks[int(cell.get("s"))])
            told[sheet.get("name")] = {
                "cells": cells,
                "heights": {row.get("r"): float(row.get("ht")) for row in root.iter(f"{NS}row")},
                "merged": sorted(item.get("ref") for item in root.iter(f"{NS}mergeCell")),
                **{
                    tag: [ElementTree.tostring(item) for item in root.iter(f"{NS}{tag}")]
                    for tag in (
                        "sheetPr",
                        "sheetFormatPr",
                        "cols",
                        "pageMargins",
                        "pageSetup",
                        "headerFooter",
                        "rowBreaks",
                    )
                },
            }
    return told


def make_odd_sheets():
    kind = RowKind(
        "odd", (Cells(0, 0, "cell"), Cells(1, 2, "box"), Cells(3, 3, "day", "day"), Cells(4, 4, "id", "blank"))
    )
    grid = Grid("volunteer", GRIDS[0].widths_mm)
    rows = [
        grid.make_row(kind, text, text, Day.of(DECEMBER.start + timedelta(days=i)), new_page=i == 3)
        for i, text in enumerate(ODD)
    ]
    title = "2026 & 5 'A' <b>"
    return [
        Sheet("O'Neil <&> 𠮷", title, grid, [Section([rows[0]], rows[1:])], "keep & destroy " * 10, repeat=0),
        Sheet("empty", "-", grid, [Section()]),
    ]


def make_all_sheets():
    month = make_month(2)
    made = [sheet for _name, sheets in make_coordinator_sheets(month, Programme()) for sheet in sheets]
    for group in month.groups[:2]:
        made += make_sheets(month, Programme(), group)
    names = [f"{number} {sheet.name}" for number, sheet in enumerate(made)]
    return [Sheet(name, *_rest(sheet)) for name, sheet in zip(names, made, strict=True)]


def _rest(sheet):
    return sheet.title, sheet.grid, sheet.sections, sheet.keep, sheet.repeat


def stamp(sheets):
    return make_template(language(), GRIDS).write(sheets)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("make", [make_odd_sheets, make_all_sheets])
def test_stamped_is_what_xlsxwriter_writes(lang, make):
    with in_language(lang):
        sheets = make()
        stamped, slow = describe(stamp(sheets)), describe(write_slowly(sheets))
    assert stamped.keys() == slow.keys()
    for name in slow:
        assert stamped[name] == slow[name]


def test_another_reader_finds_the_same_in_both():
    sheets = make_all_sheets()
    assert read_workbook(stamp(sheets)) == read_workbook(write_slowly(sheets))


def test_the_same_sheets_are_the_same_bytes():
    assert stamp(make_odd_sheets()) == stamp(make_odd_sheets())


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_shows_the_same(tmp_path):
    sheets = make_odd_sheets()[:1]
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    with in_language("zh"):
        for name, content in (("stamped", stamp(sheets)), ("slow", write_slowly(sheets))):
            (tmp_path / f"{name}.xlsx").write_bytes(content)
    words = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", form]
    files = [str(tmp_path / f"{name}.xlsx") for name in ("stamped", "slow")]
    subprocess.run([*words, "--outdir", str(tmp_path), *files], check=True, capture_output=True, timeout=120)
    stamped, slow = ((tmp_path / f"{name}.csv").read_text("utf-8") for name in ("stamped", "slow"))
    assert stamped == slow
    assert stamped.startswith("=1+1,=1+1,,2026/12/1\n")


def test_heads_and_feet_stay_within_what_excel_takes():
    sheets = [
        Sheet("a", "&" * 300, GRIDS[0], [Section()], "字" * 200),
        Sheet("b", "x", GRIDS[0], [Section()], "word " * 40),
    ]
    with ZipFile(BytesIO(stamp(sheets))) as file:
        for number in (1, 2):
            root = parse(file, f"xl/worksheets/sheet{number}.xml")
            for tag in ("oddHeader", "oddFooter"):
                text = root.find(f".//{NS}{tag}").text
                assert 0 < len(text) <= 255
                assert re.search("&[LR]", text)


def test_lines_are_counted_by_what_they_hold():
    assert count_lines("", 20, 11) == 1
    assert count_lines("a\nb\n\nc", 20, 11) == 4
    assert count_lines("字" * 10, 20, 11) > count_lines("a" * 10, 20, 11)
    assert count_lines("字" * 5, 1, 72) == 5


def test_a_long_text_makes_its_row_higher():
    kind = RowKind("one", (Cells(0, 0, "cell"), Cells(1, 1, "id", "short")), 20)
    short, long = (GRIDS[0].make_row(kind, text, "x" * 99) for text in ("a", "字" * 99))
    assert isinstance(short, Row)
    assert short.height_pt == 20.25  # 27 pixels
    assert long.height_pt > 200


def test_no_head_stands_alone_at_the_foot_of_a_page():
    grid = Grid("test", (190,))
    head, row = (grid.make_row(RowKind(name, (Cells(0, 0, "cell"),), 50), name) for name in ("head", "row"))
    room = int(PAGE_PT // row.height_pt)
    for before, is_moved in ((room - 2, False), (room - 1, True), (room, True), (room + 1, False)):
        first, second = keep_heads_with_rows([Section(rows=[row] * before), Section([head], [row] * 3)])
        assert not any(one.new_page for one in first.list_rows())
        assert [one.new_page for one in second.list_rows()] == [is_moved, False, False, False]
