"""Every limit on what is read: what is beyond it is refused, the message names the setting, and raised it is read."""

import sqlite3

import pandas as pd
import pytest
import xlsxwriter

from matcher.errors import InputError
from matcher.messages import Issue
from matcher.roster import workbook_reader
from matcher.roster.check import check
from matcher.roster.header import simplify
from matcher.roster.query import Query
from matcher.roster.read import read_table
from matcher.settings import Settings
from matcher.settings.roster import LimitsSettings

HEADER = "id,name,address,days_off"
SOUND = "E1,王秀英,梅花路1弄5号602室,"


def text(*rows):
    def write(folder):
        path = folder / "elders.csv"
        path.write_text("\n".join([HEADER, SOUND, *rows]), "utf-8")
        return path

    return write


def parquet(folder):
    pd.DataFrame({"id": ["E1", "E2"], "name": ["王秀英", "李建国"]}).to_parquet(folder / "elders.parquet")
    return folder / "elders.parquet"


def book(folder):
    with xlsxwriter.Workbook(folder / "elders.xlsx", {"strings_to_urls": False}) as made:
        sheet = made.add_worksheet()
        for i, row in enumerate([["id", "name"], ["E1", "王秀英"], *([f"E{n}", "x" * 30_000] for n in range(2, 42))]):
            sheet.write_row(i, 0, [*row, f"{i} " * 10_000])
        sheet.write(10_000, 0, "E99")
    return folder / "elders.xlsx"


def answer(folder):
    with sqlite3.connect(folder / "r.db") as base:
        base.execute("CREATE TABLE r (id, name)")
        base.executemany("INSERT INTO r VALUES (?, ?)", [(f"E{n}", "x" * 900_000) for n in range(4)])
    base.close()
    return Query(f"sqlite:///{folder / 'r.db'}", "SELECT * FROM r")


CASES = [
    ("rows", 2, 4, text(SOUND), "rows_endless"),
    ("columns", 6, 7, text('E2,"x' + "," * 5), "columns_endless"),
    ("cells", 7, 100, text('E2,"x,,', SOUND, SOUND), "cells_endless"),
    ("cells", 3, 100, parquet, "cells_endless"),
    ("cells", 7, 100, answer, "cells_endless"),
    ("cell_bytes", 299, 300, text(f"E2,{'王' * 100},,"), "cell_endless"),
    ("cell_characters", 99, 100, text(f"E2,王,{'王' * 100},"), "cell_too_long"),
    ("days_characters", 9, 10, text("E2,王,,2026-12-24"), "cell_too_long"),
    ("days", 2, 3, text("E2,王,,2026-12-24~2026-12-26"), "dates_too_many"),
    ("unpacked_mb", 1, 3, book, "unpacks_endless"),
    ("unpacked_mb", 3, 4, answer, "unpacks_endless"),
]


def read(source, **limits):
    """Return the issues about a source that limits are made of."""
    settings = Settings(limits=LimitsSettings(**limits))
    try:
        _side, issues = check(read_table(source, "elders", settings.conventions()), settings)
    except InputError as error:
        return list(error.issues)
    return issues


@pytest.mark.parametrize(("name", "less", "enough", "make", "code"), CASES)
def test_what_is_beyond_a_limit_is_told_and_read_when_it_is_raised(tmp_path, name, less, enough, make, code):
    source = make(tmp_path)
    found = [issue for issue in read(source, **{name: less}) if issue.code == code]
    assert found
    assert f"limits.{name}" in found[0].advice()
    assert f"{less:,}" in found[0].message()
    assert code not in {issue.code for issue in read(source, **{name: enough})}


def test_more_memory_lets_a_larger_sheet_be_read(tmp_path):
    content = book(tmp_path).read_bytes()
    cells = workbook_reader.BYTES_A_CELL * 3 * 10_001
    with pytest.raises(workbook_reader.RefusedError, match="far_cell"):
        workbook_reader.read_workbook(content, memory=cells - 1)
    assert workbook_reader.read_workbook(content, memory=cells)
    for code in ("cell_far_away", "memory_short"):
        assert "limits.workbook_memory_mb" in Issue(code, params={"most": 4096}).advice()


def test_every_limit_is_tried():
    assert {name for name, *_rest in CASES} | {"workbook_memory_mb"} == set(LimitsSettings.model_fields)


@pytest.mark.parametrize("piece", ["((", "姓名(", " _(", "1、"])
def test_a_cell_longer_than_any_header_is_not_taken_apart(piece):
    """Cells of the first rows are looked at before any is cut: patterns that take the square of one stay away."""
    cell = piece * (32_000 // len(piece))
    assert simplify(cell) is cell
