"""Copies of rosters with ids: what stands beside the cells of a workbook goes with them."""

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color

from matcher.outputs.roster_copies import name_copies, write_copies
from matcher.roster.read import read_as_they_stand, read_table


@pytest.fixture
def copy(tmp_path):
    book = openpyxl.Workbook()
    for row in (["红色为已去世"], ["姓名", "地址"], *([f"张三{i}", f"零陵路{i}号"] for i in range(1, 6))):
        book.active.append(row)
    sheet = book.active
    sheet["A3"].font = Font(strike=True)
    sheet["A4"].fill = PatternFill("solid", fgColor="FFFF0000")
    sheet["A5"].fill = PatternFill("solid", fgColor=Color(theme=5, tint=0.5))
    sheet["A6"].font = Font(color="FF00B050")
    sheet["A7"].comment = Comment("11月已去世", "王")
    book.save(tmp_path / "名册.xlsx")
    standings = list(read_as_they_stand((tmp_path / "名册.xlsx",), "elders"))
    folder = tmp_path / "新名册"
    folder.mkdir()
    write_copies(folder, {"elders": standings}, name_copies([one.file for one in standings]))
    return folder / "名册.xlsx"


def test_lines_colours_and_notes_go_with_the_cells(copy):
    sheet = openpyxl.load_workbook(copy).active
    assert [sheet.cell(row, 1).value for row in (2, 3, 7)] == ["id", "LR00001", "LR00005"]
    assert [sheet.cell(row, 2).font.strike for row in (3, 4)] == [True, None]
    assert sheet["B4"].fill.fgColor.rgb == "FFFF0000"
    assert sheet["B5"].fill.fgColor.rgb not in {"00000000", "FFFF0000"}
    assert sheet["B6"].font.color.rgb == "FF00B050"
    assert sheet["B7"].comment.text == "11月已去世"
    assert sheet["B6"].fill.fill_type is None


def test_the_copy_is_asked_about_as_the_file_was(copy):
    issues = read_table(copy, "elders").issues
    assert [(issue.code, issue.row) for issue in issues if issue.code != "column_missing"] == [
        ("colours_decide", 1),
        ("row_struck", 3),
        ("remark_decides", 7),
    ]
