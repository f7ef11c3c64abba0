"""Files as people keep them: encodings, separators, title rows, workbooks, headers in either language."""

import hashlib
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.columns import FILES
from matcher.errors import InputError
from matcher.i18n import in_language
from matcher.outputs.localised import guard_formulas
from matcher.roster import formats
from matcher.roster.convert import convert
from matcher.roster.formats import texts_of_rows
from matcher.roster.read import read_table, table_of_frame
from matcher.roster.source import Sheet, name_sources, parse_source
from matcher.roster.table import UnreadError
from matcher.roster.text_files import read_records
from matcher.settings import load as load_settings
from matcher.settings.roster import Conventions, LimitsSettings

ZH = "编号,姓名,经度,纬度,地址\nE1,张三,121.47,31.23,零陵路1号\nE2,李四,121.48,31.24,\n"


def table(tmp_path, content, kind="elders", name="名册.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, kind)


def faults(tmp_path, content, kind="elders"):
    with pytest.raises(InputError) as caught:
        table(tmp_path, content, kind)
    return [(i.code, i.file, i.row) for i in caught.value.issues], caught.value.issues


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end(tmp_path, encoding, separator, line_end):
    content = ZH.replace(",", separator).replace("\n", line_end).encode(encoding)
    read = table(tmp_path, content)
    assert read.frame["name"].tolist() == ["张三", "李四"]
    assert list(read.frame) == ["id", "name", "lng", "lat", "address"]
    assert read.row.tolist() == [2, 3]
    assert read.file == "名册.csv"
    assert read.readings[0].sha256 == hashlib.sha256(content).hexdigest()
    assert read.unknown == ()
    assert read.issues == ()


def test_a_separator_inside_cells_does_not_mislead(tmp_path):
    read = table(tmp_path, "编号;姓名;经度;纬度;方言\nE1;张,三,四,五,六;121;31;上海话\n")
    assert read.frame.loc[0, "name"] == "张,三,四,五,六"


def test_rows_count_as_excel_counts_them(tmp_path):
    top = "2026年12月名册,,,,\n\n编号,姓名,经度,纬度,备注\n"
    text = top + 'E1,张三,121,31,"一\n二\n三"\n,,,,\n\n , ,\u3000,,\nE2,李四,121,31,\n'
    read = table(tmp_path, text)
    assert read.frame["id"].tolist() == ["E1", "E2"]
    assert read.row.tolist() == [4, 8]
    assert read.frame.loc[0, "备注"] == "一\n二\n三"


def test_short_and_long_rows(tmp_path):
    read = table(tmp_path, ZH + "E3,王五,121\nE4,赵六,121,31,路,多,\n")
    assert read.frame["lat"].tolist() == ["31.23", "31.24", "", "31"]
    assert read.unknown == ("F",)
    assert read.frame["F"].tolist() == ["", "", "", "多"]


def test_headers_vary_in_case_width_space_and_stars(tmp_path):
    read = table(tmp_path, " ＩＤ *,Elder Name：,LONGITUDE, 纬 度 ,街道（镇）,phone\nE1,a,1,2,徐家汇,138\n")
    assert list(read.frame) == ["id", "name", "lng", "lat", "subdistrict", "phone"]
    assert read.header("lng") == "LONGITUDE"
    assert read.header("age") == "age"
    with in_language("zh"):
        assert read.header("age") == "年龄"


@pytest.mark.parametrize("kind", sorted(FILES))
def test_every_header_of_every_column_is_understood(kind):
    for column in FILES[kind]:
        for header in column.headers:
            assert list(table_of_frame(pd.DataFrame({header: ["x"]}), kind).frame) == [column.name]


def test_cells_are_cleaned_but_names_kept(tmp_path):
    read = table(tmp_path, "编号,姓名,经度,纬度,地址,状态\n\u200b Ｅ０１ ,\u3000张Ａ ,１２１．５,31,零陵路５号,'=1\n")
    assert read.frame.iloc[0].tolist() == ["E01", "张Ａ", "121.5", "31", "零陵路５号", "=1"]


@given(st.text(alphabet="'=+-@＝ \ta张"))
@settings(deadline=None)
def test_the_guard_against_formulas_is_undone(text):
    guarded = guard_formulas(pd.Series([text], dtype=str))
    frame = table_of_frame(pd.DataFrame({"id": ["E1"], "name": guarded}), "elders").frame
    assert frame.loc[0, "name"] == text.strip()


def test_a_quote_before_other_text_stays(tmp_path):
    assert table(tmp_path, "id,name,lng,lat\nE1,'t Hart,1,2\n").frame.loc[0, "name"] == "'t Hart"


@pytest.mark.parametrize("cell", ['="001"', "'001", "’001", '"=""001"""'])
def test_what_keeps_digits_as_text_is_no_part_of_an_id(tmp_path, cell):
    frame = table(tmp_path, f"id,name,lng,lat\n{cell},'t Hart,1,2\n").frame
    assert frame.loc[0, "id"] == "001"
    assert frame.loc[0, "name"] == "'t Hart"


def test_unknown_columns_are_kept_and_named(tmp_path):
    read = table(tmp_path, "序号,编号,姓名,经度,纬度,备注,备注,file,\n1,E1,张三,121,31,a,b,c,d\n")
    assert read.unknown == ("序号", "备注", "备注 (G)", "file (H)", "I")
    assert read.frame.loc[0, list(read.unknown)].tolist() == ["1", "a", "b", "c", "d"]
    assert sorted((i.code, i.row, i.column, i.severity) for i in read.issues) == sorted(
        ("column_unknown", None, name, "warning") for name in read.unknown
    )


def test_a_column_missing_and_a_column_twice(tmp_path):
    read = table(tmp_path, "编号,档案号,地址\nE1,D1,零陵路\n")
    missing, twice = read.issues
    assert (missing.code, missing.row, missing.column) == ("column_missing", None, "name")
    accepted = missing.advice().removeprefix("add it; accepted headers: ").split(", ")
    assert accepted[:3] == ["name", "姓名", "名字"]
    assert {"老人姓名", "长者姓名", "client name"} <= set(accepted)
    assert (twice.code, twice.row, twice.column) == ("column_twice", None, "id")
    assert twice.message() == "two columns are both id: 编号, 档案号"
    assert read.frame.loc[0, "id"] == "E1"


def test_no_such_file(tmp_path):
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "gone.csv", "elders")
    assert [(i.code, i.file) for i in caught.value.issues] == [("file_missing", "gone.csv")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe\x00", "it is no text, and no workbook either"),
        (b"id,name,lng,lat\n1,\x00,\x00\x00,4", "it is no text, and no workbook either"),
        ("编号,姓名\nE1,张三\n".encode()[:-3], "it is UTF-8 with bytes that are damaged or missing"),
        (b"PK\x03\x04 no workbook", None),
        (b"\xd0\xcf\x11\xe0 no workbook", None),
    ],
)
def test_unreadable(tmp_path, content, problem):
    codes, issues = faults(tmp_path, content)
    assert codes == [("file_unreadable", "名册.csv", None)]
    if problem:
        assert issues[0].params["problem"] == problem


def test_a_folder_without_rosters(tmp_path):
    (tmp_path / "~$名册.xlsx").write_bytes(b"")
    (tmp_path / "说明.docx").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        read_table(tmp_path, "elders")
    assert [(i.code, i.file) for i in caught.value.issues] == [("folder_empty", tmp_path.name)]


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,,\n , ,\n", "编号,姓名,经度,纬度\n\n,,\n".encode()])
def test_an_empty_roster(tmp_path, content):
    assert faults(tmp_path, content)[0] == [("file_empty", "名册.csv", None)]


@pytest.mark.parametrize("kind", ["pairs", "previous", "pins", "never", "visits", "unscheduled", "unmatched"])
def test_other_files_may_have_no_rows(tmp_path, kind):
    columns = FILES["pairs" if kind == "previous" else kind]
    frame, faulty, issues = convert(table(tmp_path, ",".join(c.zh for c in columns), kind))
    assert (len(frame), len(faulty), issues) == (0, 0, [])
    assert list(frame) == [*(c.name for c in columns), "row", "file"]


def test_no_header(tmp_path):
    codes, issues = faults(tmp_path, "张三,121\n李四,122\n")
    assert codes == [("header_missing", "名册.csv", None)]
    assert "id, name not found" in issues[0].message()
    assert faults(tmp_path, "标题\n" * 20 + ZH)[0] == codes
    assert table(tmp_path, "标题\n" * 19 + ZH).row.tolist() == [21, 22]


def workbook(path, rows, hidden_first=False):
    book = xlsxwriter.Workbook(path)
    if hidden_first:
        hidden = book.add_worksheet("藏")
        hidden.write_row(0, 0, ["编号", "姓名", "经度", "纬度"])
    sheet = book.add_worksheet("名册")
    if hidden_first:
        sheet.activate()
        sheet.set_first_sheet()
        hidden.hide()
    formats = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm", time: "hh:mm"}
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if type(cell) in formats:
                sheet.write_datetime(i, j, cell, book.add_format({"num_format": formats[type(cell)]}))
            else:
                sheet.write(i, j, cell)
    book.add_worksheet("别的").write(0, 0, "编号")
    book.close()


def test_a_workbook_with_typed_cells(tmp_path):
    path = tmp_path / "名册.xlsx"
    header = ["编号", "姓名", "经度", "纬度", "出生日期", "年龄", "电话", "身份证号", "是否同意", "加入日期"]
    rows = [
        ["", ""],
        ["", "老人名册"],
        ["", *header],
        ["", 12, "张三", 121.4737, 31, date(1941, 5, 2), 85.0, 13812345678, 310105194905120016, True],
        [],
        ["", "E2", "李四", 121, 31.5, "1941-05", None, "021-62345678", "", False, datetime(2026, 3, 5, 14, 22)],
    ]
    workbook(path, rows, hidden_first=True)
    read = read_table(path, "elders")
    assert read.row.tolist() == [4, 6]
    first, second = (read.frame.iloc[i].tolist() for i in range(2))
    assert first == ["12", "张三", "121.4737", "31", "1941-05-02", "85", "13812345678", "3.10105E+17", "yes", ""]
    assert second[-2:] == ["no", "2026-03-05 14:22:00"]
    frame, faulty, _ = convert(read)
    assert not faulty.any()
    assert frame["joined"].tolist() == [pd.NaT, pd.Timestamp(2026, 3, 5)]
    assert frame["birth_date"].tolist() == [pd.Timestamp(1941, 5, 2), pd.Timestamp(1941, 5, 1)]


def test_times_in_a_workbook(tmp_path):
    path = tmp_path / "visits.xlsx"
    header = [c.name for c in FILES["visits"]]
    workbook(path, [header, ["a", date(2026, 12, 1), time(9, 0), time(9, 45), "visit", "E1", "", "V1", "", 1]])
    frame, _faulty, issues = convert(read_table(path, "visits"))
    assert issues == []
    assert frame.loc[0, ["start", "end"]].tolist() == [540.0, 585.0]


def test_the_order_of_columns_and_rows_changes_nothing_but_rows(tmp_path):
    one = table(tmp_path, ZH)
    other = table(tmp_path, "地址,纬度,经度,姓名,编号\n,31.24,121.48,李四,E2\n零陵路1号,31.23,121.47,张三,E1\n")
    frames = [convert(t)[0].drop(columns="row").sort_values("id", ignore_index=True) for t in (one, other)]
    pd.testing.assert_frame_equal(*frames)


@given(
    st.lists(
        st.lists(
            st.sampled_from(["", "E1", " 张 ", '"a,b"', '"一\n二"', "1.5", '"q""q"', "2026-12-01"]),
            min_size=3,
            max_size=3,
        )
    ),
    st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
def test_a_file_read_at_once_is_as_read_row_by_row(rows, encoding, line_end):
    content = line_end.join(",".join(row) for row in [["id", "name", "lng"], *rows]).encode(encoding)
    records, _stray = read_records(content, encoding, ",", 3)
    one_by_one = texts_of_rows(records)
    at_once = formats._read_at_once(content, formats.Form("csv", encoding, ","), LimitsSettings())
    if at_once is not None:
        assert [cells.to_pylist() for cells in at_once] == [cells.to_pylist() for cells in one_by_one]


def test_regular_files_are_read_at_once():
    content, form = ZH.encode(), formats.Form("csv", "utf-8", ",")
    assert formats._read_at_once(content, form, LimitsSettings())[0].to_pylist() == ["编号", "E1", "E2"]
    assert formats._read_at_once(content + b"E3,x\n", form, LimitsSettings()) is None
    assert formats._read_at_once(content + b'"', form, LimitsSettings()) is None
    assert (
        formats._read_at_once(content + b'E3,"a\nb",1,2,\n', form, LimitsSettings()) is None
    )  # as many rows as lines, or row by row


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("id", ["E1", "1.0", "3.1E+17", "310105194105020016", "e", "", "E1", "张"]),
        ("id", ["000E000021", "000123", "PD-2023-00123", "2023-01-02", "00", "01055667788", "1381234567", "1_2-3"]),
        ("phone", ["13812345678", "021-55667788", "1381234567", "", "13812345678"]),
        ("lng", ["121.5", "1", "999", "-3", "", "121.5x", "1e5", "121", ".5", "121."]),
        ("address", ["零陵路1号", "310105194105020016", "", "1" * 14 + "路", "1" * 15, "a\n1"]),
    ],
)
def test_ordinary_cells_are_read_as_any_other(kind, cells, monkeypatch):
    from matcher.roster import convert as module

    def outcome():
        read = convert(table_of_frame(pd.DataFrame({kind: cells, "name": "x"}), "elders"))
        return read[0], read[1].tolist(), [(issue.code, issue.row, issue.value) for issue in read[2]]

    quick = outcome()
    monkeypatch.setattr(module, "_ORDINARY", {})
    slow = outcome()
    pd.testing.assert_frame_equal(quick[0], slow[0])
    assert quick[1:] == slow[1:]


def test_two_files_with_different_columns_are_one(tmp_path):
    (tmp_path / "a.csv").write_text(ZH, "utf-8")
    (tmp_path / "b.csv").write_text("姓名,编号,纬度,经度,电话,备注\n王五,E3,31,121,138,x\n", "utf-8")
    (tmp_path / "c.csv").write_text("编号,姓名,经度,纬度\n", "utf-8")
    read = read_table([tmp_path / name for name in ("a.csv", "b.csv", "c.csv")], "elders")
    assert read.frame["phone"].tolist() == ["", "", "138"]
    assert read.frame["address"].tolist() == ["零陵路1号", "", ""]
    assert list(read.frame)[-1] == "备注"
    assert read.files().to_pylist() == ["a.csv", "a.csv", "b.csv"]
    assert read.row.tolist() == [2, 3, 2]
    issue = read.issue("value_missing", "phone", 2, "")
    assert (issue.file, issue.row, issue.column) == ("b.csv", 2, "电话")
    assert read.rows_of([issue]).tolist() == [False, False, True]


def test_faults_of_several_files_come_together(tmp_path):
    (tmp_path / "a.csv").write_text("编号,经度\nE1,121\n", "utf-8")
    (tmp_path / "b.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(UnreadError) as caught:
        read_table([tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"], "elders")
    assert [(i.code, i.file) for i in caught.value.issues] == [
        ("column_missing", "a.csv"),
        ("file_unreadable", "b.csv"),
        ("file_missing", "c.csv"),
    ]
    assert [reading.file for reading in caught.value.readings] == ["a.csv"]


def test_a_sheet_that_is_not_there(tmp_path):
    workbook(tmp_path / "b.xlsx", [["编号"]])
    for source, code in (
        (Sheet(tmp_path / "b.xlsx", "无"), "sheet_missing"),
        (Sheet(tmp_path / "a.csv", "无"), "file_unreadable"),
    ):
        (tmp_path / "a.csv").write_text(ZH, "utf-8")
        with pytest.raises(InputError) as caught:
            read_table(source, "elders")
        assert [issue.code for issue in caught.value.issues] == [code]


@pytest.mark.parametrize("row", ["合计,2", "总 计：,", ",小计", "Total,2", "制表人：王五", "共计 25 人,"])
def test_rows_that_are_no_people_are_told(tmp_path, row):
    read = table(tmp_path, ZH + row + "\n")
    assert [(i.code, i.row, i.severity) for i in read.issues] == [("row_passed_over", 4, "warning")]
    assert len(read.frame) == 2


@pytest.mark.parametrize("row", ["E9,合计,121,31,路1号", "合计,合计,121,31,", "E9,王总计,,,", "E9,,,,"])
def test_people_are_never_passed_over(tmp_path, row):
    assert len(table(tmp_path, ZH + row + "\n").frame) == 3


def roster_with(*rows, header="编号,姓名,出生日期,地址"):
    people = ["E1,张三,1941-05-02,零陵路5号", "E2,李四,1942-05-02,零陵路6号"]
    return pd.DataFrame([row.split(",") for row in (*people, *rows)], columns=header.split(","))


def read_with(tmp_path, *rows):
    frame = roster_with(*rows)
    return table(tmp_path, frame.to_csv(index=False))


@pytest.mark.parametrize(
    "row",
    [
        "二居委（3人）,,,",
        "二村老人名单,,,",
        "菱湾居委会 小计,3人,,",
        "三组小计,3,,",
        "第1居委会 小计,3人,,",
        "3组小计,3,,",
        "1.本表一式两份,,,",
        "联系电话：54321234,,,",
        "填表人：张三,,审核：李四,",
        "North team (3):,,,",
        "退休老人名单,,,",
        "中原新村,,,",
        "太原路居委会,,,",
        "动迁小区,,,",
        "阳光志愿者服务队,,,",
        "Newtown group,,,",
    ],
)
def test_headings_and_footers_are_no_people(tmp_path, row):
    read = read_with(tmp_path, row)
    assert read.frame["id"].tolist() == ["E1", "E2"]
    assert [(issue.code, issue.row) for issue in read.issues if issue.row] == [("row_passed_over", 4)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("已退出老人,,,", "heading_inside"),
        ("暂停服务人员：,,,", "heading_inside"),
        ("志愿者名单,,,", "heading_inside"),
        ("未同意老人（3人）,,,", "heading_inside"),
        ("原结对老人,,,", "heading_inside"),
        ("Former clients list,,,", "heading_inside"),
        ("候补：,,,", "heading_inside"),
        ("去世,,,", "heading_inside"),
        ("以下12月起停止服务,,,", "heading_inside"),
        ("编号,姓名,结对人数,地址", "table_second"),
        ("姓名,编号,出生日期,地址", "table_second"),
    ],
)
def test_people_below_another_heading_or_header_are_asked_about(tmp_path, row, code):
    read = read_with(tmp_path, row, "V1,王五,1960-01-01,零陵路7号")
    (issue,) = (issue for issue in read.issues if issue.code == code)
    assert (issue.severity, issue.row, issue.params) == ("error", 5, {"at": 4})


@pytest.mark.parametrize(
    "row",
    [
        *(
            "id,name,birth date,address",
            "1,2,3,4",
            "A,B,C,D",
            "甲,乙,1,2",
            "必填,必填,如1941-05-02,",
            "文本,文本,日期,文本",
        ),
        *("(1),(2),(3),(4)", "（1）,（2）,（3）,（4）", "①,②,③,④", "第1列,第2列,第3列,第4列"),
    ],
)
def test_a_row_below_the_header_that_explains_it_is_nobody(tmp_path, row):
    row = row.replace("birth date", "date of birth")
    read = table(tmp_path, f"编号,姓名,出生日期,地址\n{row}\nE1,张三,1941-05-02,零陵路5号\n")
    assert read.frame["id"].tolist() == ["E1"]
    assert [(issue.code, issue.row) for issue in read.issues] == [("row_passed_over", 2)]


def test_a_row_that_numbers_columns_of_ticks_too_is_nobody(tmp_path):
    read = table(tmp_path, "编号,姓名,周一,周二,周三,地址\n1,2,3,4,5,6\nE1,张三,√,,,零陵路5号\n")
    assert read.frame["id"].tolist() == ["E1"]


def test_ids_that_count_up_are_people(tmp_path):
    read = table(tmp_path, "编号,姓名,年龄\n1,张三,80\n2,李四,81\n3,4,5\n")
    assert read.frame["id"].tolist() == ["1", "2", "3"]


def test_headers_of_english_programmes(tmp_path):
    header = (
        "Client ID,Client name,Consent given?,Preferred times,Lift?,Away dates,Start date,End date,Must speak,Notes"
    )
    read = table(tmp_path, f"{header}\nC1,Ann,Yes,Mon,No,,,,English,x\n")
    assert list(read.headers) == ["id", "name", "consent", "availability", "lift", "days_off", "joined", "left"]
    assert [(i.code, i.column) for i in read.issues] == [
        ("column_unknown_weighty", "Must speak"),
        ("column_unknown", "Notes"),
    ]


HEADERS_IN_BOTH = (
    "编号 ID,姓名/Name,性别 Sex,Date of birth（出生日期）,住址\tAddress,是否同意 Consent (Y/N),备注 Remarks,姓名 Phone"
)


def test_headers_in_both_languages(tmp_path):
    read = table(tmp_path, f"{HEADERS_IN_BOTH}\nE1,张三,女,1941-05-02,零陵路5号,是,1\n")
    assert list(read.headers) == ["id", "name", "sex", "birth_date", "address", "consent"]
    assert read.header("name") == "姓名/Name"


@pytest.mark.parametrize(
    "row", ["张三,,,", "E3,,,", "二居委,王五,,", "姓名,王五,1941-01-01,编号路1号", "合计1,王五,,", "E3,王小计,,"]
)
def test_no_person_is_taken_for_a_heading(tmp_path, row):
    read = read_with(tmp_path, row)
    assert len(read.frame) == 3
    assert not {"heading_inside", "table_second", "row_passed_over"} & {issue.code for issue in read.issues}


@pytest.mark.parametrize("row", ["Li Sum,E3", "王 小计,E3", "区小计,E3", "王苑,", "李楼,"])
def test_a_name_in_the_first_column_is_no_heading_and_no_total(tmp_path, row):
    read = table(tmp_path, f"姓名,编号\n张三,E1\n{row}\n")
    assert len(read.frame) == 2
    assert "row_passed_over" not in {issue.code for issue in read.issues}


def test_numbers_filled_down_below_the_last_person_are_nobody(tmp_path):
    rows = "".join(f"{i},,,\n" for i in range(2, 9))
    read = table(tmp_path, f"序号,编号,姓名,地址\n1,E1,张三,零陵路5号\n{rows}9,,李四,\n")
    assert read.frame["name"].tolist() == ["张三", "李四"]
    assert read.readings[0].blank == 7


def test_headers_of_ones_own(tmp_path):
    (tmp_path / "a.csv").write_text("工号,姓名,经度,纬度,门 牌\nE1,张三,121,31,路1号\n", "utf-8")
    read = read_table(
        tmp_path / "a.csv", "elders", Conventions((("工号", "编号"), ("门牌", "address"), ("别的", "volunteer_id")))
    )
    assert list(read.frame) == ["id", "name", "lng", "lat", "address"]
    with pytest.raises(InputError) as caught:
        load_settings(None, ['columns.aliases={"门牌"="住哪"}'])
    assert [(i.code, i.column) for i in caught.value.issues] == [("setting_invalid", "columns.aliases")]
    assert "address" in caught.value.issues[0].advice()


def test_what_a_person_names(tmp_path):
    (tmp_path / "a#b.csv").write_text(ZH, "utf-8")
    assert parse_source(str(tmp_path / "a#b.csv")) == tmp_path / "a#b.csv"
    assert parse_source("book.xlsx#老人") == Sheet(Path("book.xlsx"), "老人")
    names = name_sources([Path("x/a.csv"), Path("y/a.csv"), Sheet(Path("x/b.xlsx"), "S"), Path("x/a.csv")])
    assert list(names.values()) == ["x/a.csv", "y/a.csv", "b.xlsx#S"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("E9," + "x" * (1 << 20) + "x", "cell_endless"),
        ("E9" + "," * (1 << 15), "columns_endless"),
        ('E9,"x' + "," * (1 << 15), "columns_endless"),
    ],
)
def test_what_has_no_end_is_refused_before_it_takes_all_memory(tmp_path, line, code):
    path = tmp_path / "elders.csv"
    path.write_text(f"id,name\nE1,王秀英\n{line}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_table(path, "elders")
    assert [issue.code for issue in caught.value.issues] == [code]
