"""The workbook that goes back to a committee: its own rows, faults coloured and explained."""

import os
import stat
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from matcher.commands import main
from matcher.i18n import in_language
from matcher.messages import Issue
from matcher.outputs import fix_report
from matcher.outputs.fix_report import COLOURS, write_fix_report
from matcher.roster.formats import Form, RawTable
from matcher.roster.header import Header
from matcher.roster.read import Standing
from matcher.roster.workbook_reader import texts_of_rows

NATIONAL_ID = "990105194105021001"  # made up, with a wrong check character
ELDERS = [
    ["鹤泽居委会名册", "", "", "", "", "", ""],
    [],
    ["编号", "姓名", "身份证号", "联系电话", "经度(WGS-84)", "纬度(WGS-84)", "是否同意", "备注"],
    ["E1", "张三", NATIONAL_ID, "02162345678", "121.47", "31.23", "是", "=1+1"],
    ["E1", "李四", "", "", "121.47", "31.23", "也许", "007"],
]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def standing(file, rows, **more):
    """A source as it stands, with its header on top."""
    return Standing(file, RawTable(Form("csv"), texts_of_rows(rows), **more), Header(tuple(rows[0]), 0, 1, 1))


@pytest.fixture
def files(tmp_path):
    (tmp_path / "elders.csv").write_text("\r\n".join(",".join(row) for row in ELDERS), "gb18030")
    (tmp_path / "volunteers.csv").write_text("id,name,lng_wgs84,lat_wgs84\nV1,Ann,121,31\n", "utf-8")
    return tmp_path


def check(files, *words, report="issues.xlsx", lang="en"):
    people = [f"--{kind}={files / kind}.csv" for kind in ("elders", "volunteers")]
    return main(["check", *people, "--fix-report", str(files / report), "--lang", lang, *words])


def parts(path):
    with zipfile.ZipFile(path) as book:
        assert book.testzip() is None
        return {name: book.read(name).decode() for name in book.namelist()}


def notes(parts, number=1):
    tree = ElementTree.fromstring(parts[f"xl/comments{number}.xml"])
    return {
        note.get("ref"): "".join(text.text or "" for text in note.iter(f"{MAIN}t"))
        for note in tree.iter(f"{MAIN}comment")
    }


def fills(parts, number=1):
    """The colour of each coloured cell of a sheet."""
    styles = ElementTree.fromstring(parts["xl/styles.xml"])
    colours = [fill.find(f".//{MAIN}fgColor") for fill in styles.find(f"{MAIN}fills")]
    of_style = [int(style.get("fillId")) for style in styles.find(f"{MAIN}cellXfs")]
    sheet = ElementTree.fromstring(parts[f"xl/worksheets/sheet{number}.xml"])
    found = {cell.get("r"): colours[of_style[int(cell.get("s", 0))]] for cell in sheet.iter(f"{MAIN}c")}
    return {ref: f"#{colour.get('rgb')[2:]}" for ref, colour in found.items() if colour is not None}


def test_rows_stand_as_they_were_as_text(files, capsys):
    assert check(files) == 2
    with CalamineWorkbook.from_path(files / "issues.xlsx") as book:
        assert book.sheet_names == ["elders.csv", "volunteers.csv", "Legend"]
        rows = book.get_sheet_by_name("elders.csv").to_python(skip_empty_area=False)
        legend = book.get_sheet_by_name("Legend").to_python()
    assert rows == [row + [""] * (8 - len(row)) for row in ELDERS]
    assert legend[0][:2] == ["error", "must be corrected"]
    assert legend[5] == [
        "elders.csv",
        "the column 备注 is not used → nothing to do, if the program has no use for it",
        "2",
        "3",
    ]
    assert legend[6] == ["volunteers.csv", "", "0", "0"]
    said = " ".join(capsys.readouterr().out.split())
    assert "the rows with their faults marked are in" in said
    assert "It holds names, phone numbers and national IDs as the files do" in said


def test_every_cell_is_text_and_nothing_is_a_formula(files):
    check(files)
    sheet = parts(files / "issues.xlsx")["xl/worksheets/sheet1.xml"]
    cells = [cell for cell in ElementTree.fromstring(sheet).iter(f"{MAIN}c") if cell.find("*") is not None]
    assert {cell.get("t") for cell in cells} == {"s"}
    assert "<f>" not in sheet
    assert 'numFmtId="49"' in parts(files / "issues.xlsx")["xl/styles.xml"]


def test_faults_are_coloured_and_explained(files):
    check(files)
    found = parts(files / "issues.xlsx")
    red, yellow = COLOURS["error"], COLOURS["warning"]
    assert fills(found) == {"A4": red, "C4": yellow, "A5": red, "G5": yellow, "H3": yellow}
    told = notes(found)
    assert set(told) == {"A4", "C4", "A5", "G5", "H3"}
    assert told["A4"] == "the id E1 is also in row 5\n→ give each person one row and an id of their own"
    assert NATIONAL_ID not in "".join(told.values())
    sheet = found["xl/worksheets/sheet1.xml"]
    assert 'topLeftCell="A4"' in sheet
    assert '<autoFilter ref="A3:H5"' in sheet
    assert 'numberStoredAsText="1"' in sheet


def test_in_chinese(files):
    check(files, lang="zh")
    with CalamineWorkbook.from_path(files / "issues.xlsx") as book:
        assert book.sheet_names[-1] == "图例"
    assert notes(parts(files / "issues.xlsx"))["A4"] == "编号 E1 在第 5 行也有\n→ 请让每人只占一行，各用各的编号"


def test_it_is_for_the_owner_alone_and_leaves_nothing_else(files):
    check(files)
    assert stat.S_IMODE((files / "issues.xlsx").stat().st_mode) == 0o600
    assert {path.name for path in files.iterdir()} == {"elders.csv", "volunteers.csv", "issues.xlsx"}


def test_what_is_not_replaced(files, capsys):
    (files / "issues.xlsx").write_text("mine")
    assert check(files) == 2
    assert "exists already" in capsys.readouterr().err
    assert (files / "issues.xlsx").read_text() == "mine"
    assert check(files, "--force") == 2
    assert zipfile.is_zipfile(files / "issues.xlsx")
    assert check(files, report="issues.csv") == 2
    assert "let it end in .xlsx" in capsys.readouterr().err
    (files / "folder.xlsx").mkdir()
    assert check(files, "--force", report="folder.xlsx") == 2
    assert "is a folder" in " ".join(capsys.readouterr().err.split())
    (files / "elders.csv").rename(files / "e.xlsx")
    words = ["check", "--elders", str(files / "e.xlsx"), "--volunteers", str(files / "volunteers.csv"), "--force"]
    assert main([*words, "--fix-report", str(files / "e.xlsx")]) == 2
    assert "is read now" in " ".join(capsys.readouterr().err.split())
    assert (files / "e.xlsx").read_bytes().startswith("鹤泽".encode("gb18030"))


def test_where_it_cannot_be_written(files, capsys):
    assert check(files, report="nowhere/issues.xlsx") == 2
    assert "can't be written" in capsys.readouterr().err


def test_half_written_is_not_written(files, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (files / "issues.xlsx").write_text("mine")
    assert check(files, "--force") == 2
    assert (files / "issues.xlsx").read_text() == "mine"
    assert {path.name for path in files.iterdir()} == {"elders.csv", "volunteers.csv", "issues.xlsx"}


def test_a_file_that_cannot_be_read_has_no_sheet(files):
    (files / "elders.csv").unlink()
    assert check(files) == 2
    with CalamineWorkbook.from_path(files / "issues.xlsx") as book:
        assert book.sheet_names == ["volunteers.csv", "Legend"]


def test_names_of_sheets_are_such_that_excel_takes_them(tmp_path):
    long = "鹤泽居委会二〇二六年十二月独居老人名册（最终版）修改.xlsx"
    files = [long + "a", long + "b", "a/b:[c]*?.csv", "A B  C.csv", "a b  c  .csv", "Legend", "''"]
    rows = [["编号"], ["E1"]]
    write_fix_report(tmp_path / "a.xlsx", [standing(file, rows) for file in files], [])
    with CalamineWorkbook.from_path(tmp_path / "a.xlsx") as book:
        names = book.sheet_names
    assert len({name.casefold() for name in names}) == len(files) + 1
    assert max(map(len, names)) <= 31
    assert names[5:] == ["Legend", "-", "Legend (2)"]


def test_a_fault_of_a_column_that_is_not_there_marks_the_row(tmp_path):
    issues = [Issue("value_missing", "f", 2, "name"), Issue("column_missing", "f", column="x", params={"headers": "x"})]
    write_fix_report(tmp_path / "a.xlsx", [standing("f", [["id"], ["", "b"]])], issues)
    found = parts(tmp_path / "a.xlsx")
    assert fills(found) == {"A1": COLOURS["error"], "A2": COLOURS["error"]}
    with CalamineWorkbook.from_path(tmp_path / "a.xlsx") as book, in_language("en"):
        assert "the column x is missing" in book.get_sheet_by_name("Legend").to_python()[5][1]


def test_more_rows_than_a_sheet_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(fix_report, "MOST_ROWS", 1)
    with pytest.raises(fix_report.UsageError, match="more rows than a worksheet holds"):
        write_fix_report(tmp_path / "a.xlsx", [standing("f", [["id"], ["1"]])], [])
    assert list(Path(tmp_path).iterdir()) == []
