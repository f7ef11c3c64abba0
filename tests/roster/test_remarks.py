"""Remarks, notes and lines through cells, which no column is read from, are told where they may decide something."""

import time
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font

from matcher.roster.read import read_table, table_of_frame
from matcher.roster.remarks import find_matter
from matcher.roster.sheet_marks import find_marks

HEADER = ["编号", "姓名", "地址", "联系电话", "备注"]
CODES = {"row_struck", "cell_struck", "name_remark", "remark_decides"}


def told(table):
    return [(i.code, i.row, i.column) for i in table.issues if i.code in CODES]


def book(tmp_path, mark):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tom's 一村 & 二村"
    for row in (["老人名册"], HEADER, *([f"E{i}", f"张三{i}", f"零陵路{i}号", "13812345678", ""] for i in range(1, 4))):
        sheet.append(row)
    mark(sheet)
    book.save(tmp_path / "名册.xlsx")
    return read_table(tmp_path / "名册.xlsx", "elders")


def strike(*cells):
    def mark(sheet):
        for cell in cells:
            sheet[cell].font = Font(strike=True)

    return mark


def test_a_person_struck_through_is_asked_about(tmp_path):
    table = book(tmp_path, strike("A4", "B4", "C4"))
    assert told(table) == [("row_struck", 4, "姓名")]
    assert {issue.severity for issue in table.issues if issue.code == "row_struck"} == {"error"}


def test_another_cell_struck_through_is_told(tmp_path):
    assert told(book(tmp_path, strike("D5", "E5", "A1", "B2", "F9"))) == [("cell_struck", 5, "联系电话")]


def test_what_is_not_struck_through_is_no_matter(tmp_path):
    def mark(sheet):
        sheet["A4"].font = Font(bold=True)
        sheet["A5"].font = Font(strike=False)

    assert told(book(tmp_path, mark)) == []


def test_notes_beside_people_are_told_where_they_decide(tmp_path):
    def mark(sheet):
        sheet["B4"].comment = Comment("居委:\n已于11月<去世>", "居委")
        sheet["B5"].comment = Comment("喜欢聊天", "居委")
        sheet["B2"].comment = Comment("去世的请写退出日期", "居委")

    table = book(tmp_path, mark)
    assert told(table) == [("remark_decides", 4, "姓名")]
    assert next(issue for issue in table.issues if issue.code == "remark_decides").value == "已于11月<去世>"


def people(column, cell, kind="elders"):
    row = {"编号": "E1", "姓名": "张三", "地址": "零陵路5号", column: cell}
    return told(table_of_frame(pd.DataFrame([row]), kind))


@pytest.mark.parametrize(
    "cell",
    [
        "11月已去世",
        "喜欢聊天；12月起住院",
        "搬到女儿家",
        "已入住区养老院",
        "不要安排V003",
        "有轻度失智",
        "暂停至12月15日",
        "passed away in May",
        "In hospital until 5 Jan",
        "never with Mr Lee",
        "老太太已去世",
        "王先生已去世",
        "孙奶奶住院",
        "女儿来电：老人已去世",
        "随儿子出国",
        "老伴病故后搬到女儿家",
        "老伴和本人均已去世",
        "女儿不同意上门",
        "不接受探访",
        "moved away with her son",
    ],
)
def test_a_remark_that_may_decide_is_told_by_its_row(cell):
    assert people("备注", cell) == [("remark_decides", 2, "备注")]
    assert people("职业", cell) == []


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "喜欢聊天",
        "老伴2019年去世",
        "丈夫去世，儿子住院",
        "未住院",
        "无认知障碍",
        "已出院",
        "喜欢旅游",
        "只要有人聊天就开心",
        "不想和人多说话",
        "husband died in 2019",
        "女儿去世后独居",
        "老伴去年去世",
        "其夫已故",
        "独子病故",
        "先生去世",
        "保姆回老家",
        "原志愿者已退出",
        "曾住院",
        "去年住院两次",
        "2015年搬到本小区",
        "动迁户",
        "不愿去养老院",
        "住养老院对面",
        "拒绝拍照",
        "与媳妇有矛盾",
        "必须由女儿签字",
        "不要安排在上午",
        "要求换灯泡",
        "认知障碍筛查正常",
        "not moved away",
        "has not been in hospital",
        "moved to this address in 2019",
        "retired hospital nurse",
        "declining health",
        "her husband of fifty years died",
    ],
)
def test_a_remark_that_decides_nothing_is_silent(cell):
    assert people("备注", cell) == []


@pytest.mark.parametrize("cell", ["李四（已去世）", "李四\n(搬走)", "Lee (deceased)", "李母（已去世）"])
def test_a_remark_behind_a_name_is_asked_about(cell):
    assert people("姓名", cell) == [("name_remark", 2, "姓名")]


@pytest.mark.parametrize("cell", ["李四（女）", "欧阳 娜娜", "Lee (Bob)", "李四（丧偶，老伴去世）", "李四（动迁户）"])
def test_a_bracket_behind_a_name_is_no_remark(cell):
    assert people("姓名", cell) == []


def test_a_volunteer_asks_for_no_consent_of_an_elder():
    assert find_matter("拒绝", "volunteers") is None


@pytest.mark.parametrize(
    ("column", "cell", "remark"),
    [
        ("状态", "退出", "11月去世"),
        ("退出日期", "2026-11-03", "11月去世"),
        ("状态", "暂停", "住院"),
        ("是否同意", "否", "拒绝上门"),
        ("健康状况", "认知症", "患认知症"),
    ],
)
def test_a_remark_is_silent_beside_the_column_that_says_it(column, cell, remark):
    row = {"编号": "E1", "姓名": "张三", "地址": "零陵路5号", "备注": remark}
    assert told(table_of_frame(pd.DataFrame([{**row, column: cell}]), "elders")) == []
    assert people("备注", remark) == [("remark_decides", 2, "备注")]


@pytest.mark.parametrize("column", ["子女情况", "配偶情况", "家属备注"])
def test_a_column_about_another_one_is_read_so(column):
    assert people(column, "已去世") == []
    assert people(column, "老人已去世") == [("remark_decides", 2, column)]


@pytest.mark.parametrize("cell", ["在敬老院工作", "原结对老人已去世", "老人住院", "到养老院慰问"])
def test_what_became_of_an_elder_is_no_matter_of_a_volunteer(cell):
    assert people("备注", cell, "volunteers") == []


def test_marks_of_a_hostile_workbook_take_no_square_of_its_length(tmp_path):
    frame = "<fonts>" + "<font>" * 200_000 + "</fonts><cellXfs>"
    with zipfile.ZipFile(tmp_path / "名册.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/styles.xml", frame)
        book.writestr("xl/workbook.xml", "<sheet " * 200_000)
    started = time.perf_counter()
    assert find_marks((tmp_path / "名册.xlsx").read_bytes()) == {}
    assert time.perf_counter() - started < 10
