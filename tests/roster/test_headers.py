"""Headers as people write them: explained, numbered, over three rows, of other offices; notes above them."""

import openpyxl
import pandas as pd
import pytest

from matcher.roster import make_roster
from matcher.roster.header import find_near_header, known_headers, simplify
from matcher.roster.read import read_table
from matcher.settings import Settings


def names_column(kind, header):
    column = known_headers(kind).get(simplify(header))
    return column and column.name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("地址\n（具体到室）", "address"),
        ("家庭住址（详细到门牌号）", "address"),
        ("手机号码(11位)", "phone"),
        ("身份证号码（18位）", "national_id"),
        ("出生日期（格式：1941-05-02）", "birth_date"),
        ("性别（男、女）", "sex"),
        ("居住状况（独居、纯老、其他）", "living"),
        ("自理能力(自理/半自理/不能自理)", "self_care"),
        ("是否同意（请填是或否）", "consent"),
        ("可探访时间（周几、上午/下午）", "availability"),
        ("联系电话2", "phone"),
        ("手机（1）", "phone"),
        ("紧急联系人1", "emergency_contact"),
        ("紧急联系电话2", "emergency_contact_phone"),
        ("村（居）委会", "committee"),
        ("乡镇", "subdistrict"),
        ("去世日期", "left"),
        ("1. 姓名（必填）", "name"),
        ("3、您的年龄", "age"),
        ("（4）请填写家庭住址", "address"),
        ("Q5.您的手机号码：", "phone"),
        ("您是否同意参加老伙伴计划", "consent"),
        ("所属居（村）委", "committee"),
    ],
)
def test_headers_that_say_how_to_fill_them_in_or_are_numbered(header, name):
    assert names_column("elders", header) == name


@pytest.mark.parametrize(
    "header",
    [
        "联系电话（子女）",
        "电话(请填子女)",
        "地址（户籍）",
        "地址(以身份证为准)",
        "探访频次（次/月）",
        "健康状况（如认知障碍）",
        "是否同意（请填不同意的）",
        "紧急联系人2",
        "楼层2",
    ],
)
def test_brackets_and_numbers_that_say_something_else_are_asked_about(header):
    assert names_column("elders", header) is None


def test_a_second_contact_is_not_asked_about_as_something_else():
    assert find_near_header("紧急联系人2", known_headers("elders"), {"emergency_contact"}) is None


def book(tmp_path, *rows, merged=()):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for cells in merged:
        made.active.merge_cells(cells)
    path = tmp_path / "名册.xlsx"
    made.save(path)
    return read_table(path, "elders")


PERSON = ["E1", "张三", "女", "零陵路1号"]


def test_a_header_of_three_rows(tmp_path):
    rows = (
        ["编号", "基本信息", "", ""],
        ["", "身份", "", "住址"],
        ["", "姓名", "性别", "地址"],
    )
    for merged in (("A1:A3", "B1:D1", "B2:C2"), ()):
        read = book(tmp_path, *rows, PERSON, merged=merged)
        assert list(read.headers) == ["id", "name", "sex", "address"]
        assert read.row.tolist() == [4]


@pytest.mark.parametrize(
    ("header", "yes", "no"),
    [("是否去世", "left", ""), ("是否住院", "paused", ""), ("是否健在", "", "left"), ("是否在岗", "", None)],
)
def test_a_header_that_asks_for_a_status(header, yes, no):
    for cell, status in (("是", yes), ("√", yes), ("否", no), ("", ""), ("说不清", None), ("2026-11-05", None)):
        row = {"编号": "E1", "姓名": "张三", "地址": "零陵路1号", "是否同意": "是", header: cell}
        frame = pd.DataFrame([row])
        volunteers = pd.DataFrame({"id": ["V1"], "name": ["李四"], "address": ["零陵路2号"]})
        made = make_roster(frame, volunteers, Settings())
        assert made.elders["status"].tolist() == ([] if status is None else [status])


def test_two_headers_that_ask_for_a_status_do_not_contradict(tmp_path):
    content = "编号,姓名,状态,是否去世,是否迁出\nE1,张三,,否,是\nE2,李四,在册,否,否\nE3,王五,在册,是,否\n"
    (tmp_path / "e.csv").write_text(content, "utf-8")
    read = read_table(tmp_path / "e.csv", "elders")
    assert read.frame["status"].tolist()[1] == "在册"
    assert [(i.code, i.row) for i in read.issues if i.severity == "error"] == [("columns_contradict", 4)]


def test_numbered_columns_are_joined(tmp_path):
    table = "编号,姓名,结对老人1,结对老人2,结对老人3\nV1,李四,张三,王五,\n"
    (tmp_path / "v.csv").write_text(table, "utf-8")
    read = read_table(tmp_path / "v.csv", "volunteers")
    assert read.frame["elders"].tolist() == ["张三; 王五"]


@pytest.mark.parametrize("count", ["2人", "2", "共2户", "—", ""])
def test_a_total_that_counts_below_an_address_is_nobody(tmp_path, count):
    read = book(tmp_path, ["编号", "姓名", "性别", "地址"], PERSON, ["小计", "", "", count.removeprefix("共")])
    assert read.frame["id"].tolist() == ["E1"]
    assert [(issue.code, issue.row) for issue in read.issues] == [("row_passed_over", 3)]


@pytest.mark.parametrize(
    "legend", ["红色：已去世", "红色底纹为已去世老人", "标红色的为已搬走", "注：黄色字体表示住院", "说明：灰色为拒访"]
)
def test_what_a_colour_means_is_told(tmp_path, legend):
    header = ["编号", "姓名", "性别", "地址"]
    above = book(tmp_path, ["老人名册", "", legend], header, PERSON)
    assert [(issue.code, issue.row) for issue in above.issues] == [("colours_decide", 1)]
    below = book(tmp_path, header, PERSON, [], [legend], ["绿色：新增"], [*PERSON[:1], "李四", "男", "零陵路2号"])
    assert [(i.code, i.row) for i in below.issues if i.code != "row_passed_over"] == [("colours_decide", 4)]
    assert below.frame["name"].tolist() == ["张三", "李四"]


def test_a_colour_that_decides_nothing_and_places_named_after_one(tmp_path):
    read = book(tmp_path, ["蓝色港湾小区：退休人员名册", "黄色为新增"], ["编号", "姓名", "性别", "地址"], PERSON)
    assert read.issues == ()


def test_a_note_above_the_header_that_names_somebody(tmp_path):
    read = book(tmp_path, ["说明：张三已去世"], ["编号", "姓名", "性别", "地址"], PERSON)
    assert [(issue.code, issue.row) for issue in read.issues] == [("remark_decides", 1)]


def test_a_refusal_below_an_unknown_header_is_no_column_to_pass_over(tmp_path):
    read = book(tmp_path, ["编号", "姓名", "是否拒绝", "室号", "民族"], ["E1", "张三", "是", "101", "汉"])
    codes = {issue.column: issue.code for issue in read.issues}
    assert codes == {"是否拒绝": "column_unknown_weighty", "室号": "column_unknown_weighty", "民族": "column_unknown"}
