"""What ``check`` says of rosters as people really keep them: how each was read, and what is wrong with it."""

import re

import pandas as pd
import pytest

from matcher.commands import main
from matcher.messages import ISSUES
from matcher.roster import workbook
from tests.helpers.ugly import HEADER, UGLY, words_of
from tests.helpers.workbooks import ask_here

GOOD = "2 elders and 1 volunteer can be used"
# what is said, and the issues: code, file, row
SAID = {
    "gb18030_with_tabs": (["名册.csv: CSV, GB18030, tabs · header in row 1 · 2 people", GOOD], []),
    "utf16_semicolons": (["名册.csv: CSV, UTF-16, semicolons · header in row 1 · 2 people", GOOD], []),
    "bom_and_title_rows": (["CSV, UTF-8 (BOM), commas · header in row 3 · 2 people", GOOD], []),
    "totals_and_notes_below": (
        ["2 people · 3 other rows passed over", GOOD],
        [("row_passed_over", "名册.csv", row) for row in (4, 5, 6)],
    ),
    "pages_pasted_together": (["2 people · 1 other row passed over", GOOD], [("row_passed_over", "名册.csv", 4)]),
    "full_width_everything": (["编 号 → id", "经度＊ → lng", GOOD], []),
    "quoted_newlines": (["备注 → kept, not used", GOOD], [("column_unknown", "名册.csv", 0)]),
    "ragged_rows": (
        ["1 elder and 1 volunteer can be used; rows of 1 elder"],
        [*[("column_unknown", "名册.csv", 0)] * 2, ("row_shifted", "名册.csv", 3)],
    ),
    "blank_columns": (["2 people", GOOD], []),
    "merged_title_and_header": (["workbook, sheet 名册 · header in row 2–3 · 2 people", "经度 → lng", GOOD], []),
    "merged_committee_cells": (
        ["header in row 1 · 2 people · 1 other row passed over · merged cells filled down (居委 1)", GOOD],
        [("row_passed_over", "名册.xlsx", 5)],
    ),
    "cover_sheet_first": (["workbook, sheet 老人 (not read: 填表说明, 旧) · header in row 1", GOOD], []),
    "a_sheet_by_name": (["名册.xlsx#二居: workbook, sheet 二居 (not read: 一居)", "1 elder and 1 volunteer"], []),
    "all_sheets": (["名册.xlsx#一居: workbook", "名册.xlsx#二居: workbook", GOOD], []),
    "typed_cells": (["出生日期 → birth_date", "1 elder and 1 volunteer"], []),
    "a_folder_of_committees": (
        ["一居.csv: CSV, GB18030", "二居.xlsx: workbook", GOOD],
        [("column_unknown", "二居.xlsx", 0)],
    ),
    "the_same_name_twice": (["一居/名册.csv: CSV", "二居/名册.csv: CSV", GOOD], []),
    "an_id_in_two_files": (
        ["the id E1 is also in row 2 (二居.csv)", "0 elders"],
        [("id_duplicate", "一居.csv", 2), ("id_duplicate", "二居.csv", 2)],
    ),
    "parquet": (["名册.parquet: Parquet · 2 people", GOOD], []),
    "headers_of_their_own": (["门牌 → address", GOOD], []),
    "utf16_without_its_mark": (["名册.csv: CSV, UTF-16, commas · header in row 1 · 2 people", GOOD], []),
    "a_line_for_excel_first": (["CSV, UTF-8 (BOM), semicolons · header in row 2 · 2 people", GOOD], []),
    "header_in_row_seven": (["header in row 7 · 2 people", GOOD], []),
    "ids_taken_for_dates_and_numbers": (
        ["2026-01-02 was changed to a date", "3.10105E+17 was changed to a number", "the id is a national ID"],
        [("id_is_date", "名册.xlsx", 2), ("id_ruined", "名册.xlsx", 3), ("id_is_national_id", "名册.xlsx", 5)],
    ),
    "protected_by_a_password": (["protected by a password"], [("file_unreadable", "名册.xlsx", 0)]),
    "a_web_page_called_a_workbook": (["a web page"], [("file_unreadable", "名册.xls", 0)]),
    "a_stray_cell_in_the_far_corner": (["XFD1048576", "delete the rows"], [("cell_far_away", "名册.xlsx", 0)]),
    "a_folder_in_a_folder": (["the folder 去年 inside", GOOD], [("folder_inside", "各居委", 0)]),
    "a_database": (["sqlite:roster.db: database · 2 people", "编号 → id", GOOD], []),
}


def test_there_are_enough_of_them():
    assert set(SAID) == set(UGLY)
    assert len(UGLY) >= 15


@pytest.mark.parametrize("name", UGLY)
def test_what_check_says(name, tmp_path, capsys, monkeypatch):
    words = [*words_of(name, tmp_path), "--out", str(tmp_path / "out"), "--lang", "en", "--force"]
    code, told = main(words), capsys.readouterr()
    said = re.sub(r"\s+", " ", told.out)
    issues = pd.read_csv(tmp_path / "out" / "issues.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    found = [(row.code, row.file, int(row.row or 0)) for row in issues.itertuples()]
    expected, codes = SAID[name]
    # what the checks of rows may find besides is not the reading's business
    reading = {"row_passed_over", "column_unknown", "id_duplicate", "column_missing", "value_missing"}
    reading |= {
        "id_is_date",
        "id_ruined",
        "id_is_national_id",
        "file_unreadable",
        "cell_far_away",
        "folder_inside",
        "row_shifted",
    }
    assert sorted(row for row in found if row[0] in reading) == sorted(codes)
    for text in expected:
        assert re.search(r"(?<!\d)" + re.escape(text), said), (text, said)
    assert code == (2 if any(ISSUES[found].severity == "error" for found, _file, _row in codes) else 0)
    unread = {"file_unreadable", "cell_far_away"} & {row[0] for row in codes}
    assert all(f"{header} →" in said for header in HEADER[:2] if name != "full_width_everything" and not unread)
    if list(tmp_path.rglob("*.xls*")):  # the reader says the same here as in the child that bounds its memory
        monkeypatch.setattr(workbook._Child, "ask", ask_here)
        assert (main(words), capsys.readouterr()) == (code, told)


@pytest.mark.parametrize("name", ["gb18030_with_tabs", "merged_title_and_header"])
def test_it_is_said_in_chinese_too(name, tmp_path, capsys):
    assert main([*words_of(name, tmp_path), "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "老人名册  名册" in said
    assert "表头在第" in said
