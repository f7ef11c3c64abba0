"""Columns with a tick below each answer are read as one column, or asked about."""

import openpyxl
import pandas as pd
import pytest

from matcher.roster.availability import render
from matcher.roster.convert import convert
from matcher.roster.read import read_table, table_of_frame


def read(kind="elders", **columns):
    n = len(next(iter(columns.values())))
    people = {"编号": [f"E{i}" for i in range(n)], "姓名": ["张三"] * n}
    table = table_of_frame(pd.DataFrame({**people, **columns}), kind)
    frame, _faulty, issues = convert(table)
    return frame, [(issue.code, issue.row) for issue in issues if issue.code != "consent_column_missing"]


def test_ticks_below_weekdays_are_free_times():
    frame, issues = read(周一=["√", "", "上午"], 周三=["1", "有", "9:00-11:00"], 周五下午=["", "√", "无"])
    assert issues == []
    assert [render(mask, clock) for mask, clock in zip(frame["availability"], frame["clock"], strict=True)] == [
        "Mon, Wed",
        "Wed; Fri pm",
        "Mon am; Wed 09:00-11:00",
    ]


def test_ticks_below_halves_of_days_and_english_days():
    frame, issues = read("volunteers", 上午=["√", ""], 下午=["", "√"])
    assert (issues, [render(mask) for mask in frame["availability"]]) == ([], ["daily am", "daily pm"])
    frame, issues = read("volunteers", Mon=["yes", ""], **{"Tue pm": ["", "y"]})
    assert (issues, [render(mask) for mask in frame["availability"]]) == ([], ["Mon", "Tue pm"])


def test_ticks_below_days_and_halves_of_days_narrow_each_other():
    ticks = {
        "周一": ["√", "", "√"],
        "周二": ["√", "", ""],
        "上午": ["√", "√", ""],
        "下午": ["", "", ""],
        "周末": ["", "", "√"],
    }
    frame, issues = read(**ticks)
    assert issues == []
    assert [render(mask) for mask in frame["availability"]] == ["Mon, Tue am", "daily am", "Mon, Sat, Sun"]


def test_a_row_that_numbers_columns_of_answers_is_nobody(tmp_path):
    text = "编号,姓名,男,女,地址\n1,2,3,4,5\nE1,张三,√,,零陵路5号\nE2,李四,,√,零陵路6号\n"
    (tmp_path / "老人.csv").write_text(text, "utf-8")
    frame, _faulty, _issues = convert(read_table(tmp_path / "老人.csv", "elders"))
    assert frame[["id", "sex"]].to_numpy().tolist() == [["E1", "male"], ["E2", "female"]]


@pytest.mark.parametrize("titles", [("是", "否"), ("Y", "N"), ("有", "无")])
def test_columns_headed_yes_and_no_are_no_answers_of_a_question_unknown(titles):
    frame, _issues = read(**dict(zip(titles, (["√", ""], ["", "√"]), strict=True)))
    assert not {"living", "risk"} & {name for name in frame if frame[name].astype(str).str.len().gt(0).any()}


def test_a_formula_without_a_value_below_a_day_is_asked_about(tmp_path):
    book = openpyxl.Workbook()
    for row in (["编号", "姓名", "地址", "周一", "周三"], ["E1", "张三", "零陵路5号", "=IF(1,1,0)", "√"]):
        book.active.append(row)
    book.save(tmp_path / "老人.xlsx")
    issues = read_table(tmp_path / "老人.xlsx", "elders").issues
    assert [(issue.code, issue.row) for issue in issues] == [("formula_uncalculated", 2)]


@pytest.mark.parametrize("cell", ["x", "×", "无", "看孙子"])
def test_what_is_no_tick_for_sure_is_asked_about(cell):
    _frame, issues = read(周一=["", cell], 周二=["√", ""])
    assert issues == [("availability_unreadable", 3)]


def test_ticks_below_choices():
    frame, issues = read(男=["√", ""], 女=["", "√"], 高=["", "√"], 中=["√", ""], 低=["", ""])
    assert issues == []
    assert frame["sex"].tolist() == ["male", "female"]
    assert frame["risk"].tolist() == ["medium", "high"]
    assert "男" not in frame


def test_two_ticks_are_asked_about():
    _frame, issues = read(男=["√", "√"], 女=["", "√"])
    assert issues == [("value_not_choice", 3)]


def test_a_column_of_its_own_counts_and_others_are_told():
    frame, issues = read(可探访时间=["周二", ""], 周一=["√", ""], 周三=["", "√"], 男=["甲", "乙"], 女=["", ""])
    assert [render(mask) for mask in frame["availability"]] == ["Tue", "daily"]
    assert all(code.startswith("column_unknown") for code, _row in issues)
    assert len(issues) == 4
