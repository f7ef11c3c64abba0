"""Filled-in sheets read: every way to write them, every fault with its place, every row in a number."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
import xlsxwriter

from matcher.errors import InputError
from matcher.records import read_sheets
from matcher.roster.source import Sheet
from matcher.settings import Settings
from tests.helpers.records import plan_month, visit_id

HEADER = "编号,日期,时间,老人,方式,完成,分钟,情况,备注"


def write(path, rows, header=HEADER, encoding="utf-8"):
    path.write_text("\n".join([header, *rows]) + "\n", encoding)
    return path


def read(tmp_path, rows, header=HEADER, *, planned=None, encoding="utf-8"):
    path = write(tmp_path / "表.csv", rows, header, encoding)
    return read_sheets([path], planned or plan_month(), Settings())


def faults(found):
    return [(issue.code, issue.row) for issue in found.issues if issue.severity == "error"]


def rows_of(found, *names):
    return list(found.records[list(names)].itertuples(index=False, name=None))


def test_a_sheet_as_it_is_handed_out(tmp_path):
    found = read(
        tmp_path,
        [
            f"{visit_id(1, 'E001')},2026-12-01,09:00-09:30,王秀英,上门,✓,40,,血压正常",
            f"{visit_id(4, 'E001')},2026-12-04,,王秀英,电话,,,A,",
            f"{visit_id(8, 'E001')},2026-12-08,,王秀英,上门,,,,",
        ],
    )
    assert not found.issues
    [account] = found.accounts
    assert (account.rows, account.records, account.blank, account.faults) == (3, 2, 1, 0)
    assert rows_of(found, "visit_id", "outcome", "remark", "source") == [
        (visit_id(1, "E001"), "done", "血压正常", "表.csv:2"),
        (visit_id(4, "E001"), "no_answer", "", "表.csv:3"),
    ]
    assert found.records["minutes"].tolist()[0] == 40
    assert rows_of(found, "elder_id", "volunteer_id", "kind") == [("E001", "V01", "visit"), ("E001", "V01", "call")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    row = f"{visit_id(1, 'E001')},2026-12-01,,王秀英,上门,√,半小时,,"
    found = read(tmp_path, [row, row.replace("半小时", "半小时")], encoding=encoding)
    assert not found.issues
    assert found.records["minutes"].tolist() == [30, 30]


@pytest.mark.parametrize(
    ("done", "outcome"),
    [
        *((word, "done") for word in ("✓", "√", "是", "1", "y", "Y", "✔", "已完成", "v", "OK")),
        *((word, "missed") for word in ("✗", "×", "x", "N", "否", "0", "未完成")),
        *((word, "no_answer") for word in ("A", "a", "无人应答", "A 无人应答", "A.敲门不应", "家里没人")),
        *((word, "in_hospital") for word in ("D", "住院", "in hospital", "住院（瑞金）")),
        *((word, "died") for word in ("F", "去世", "已故")),
    ],
)
def test_outcomes_as_people_write_them(tmp_path, done, outcome):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},,,,,,,{done},"])
    assert not found.issues
    assert found.records["outcome"].tolist() == [outcome]


def test_a_note_in_brackets_is_kept_as_a_remark(tmp_path):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},,,,,,,住院（瑞金医院）,子女陪同"])
    assert rows_of(found, "outcome", "remark") == [("in_hospital", "瑞金医院; 子女陪同")]


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        *(("40", 40), ("40分", 40), ("40分钟", 40), ("约40分钟", 40), ("40 min", 40), ("40'", 40), ("４０", 40)),
        *(
            ("半小时", 30),
            ("半个小时", 30),
            ("1h", 60),
            ("1小时", 60),
            ("一小时", 60),
            ("一个半小时", 90),
            ("1.5小时", 90),
        ),
        *(("1小时20分", 80), ("两小时", 120), ("一刻钟", 15), ("三刻钟", 45), ("0:40", 40), ("1:05:00", 65)),
        *(("二十分钟", 20), ("半小时左右", 30), ("half an hour", 30)),
    ],
)
def test_minutes_as_people_write_them(tmp_path, written, minutes):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},,,,,✓,{written},,"])
    assert not found.issues
    assert found.records["minutes"].tolist() == [minutes]


@pytest.mark.parametrize("written", ["0", "600", "-5", "1.5", "很久", "一两个小时吧", "3:75", "十十分"])
def test_impossible_minutes_are_asked(tmp_path, written):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},,,,,✓,{written},,"])
    assert len(faults(found)) == 1
    assert found.issues[0].column == "分钟"
    assert not len(found.records)


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-01",
        "2026/12/1",
        "2026年12月1日",
        "12月1日",
        "12月1日 周二",
        "12月1日（星期二）",
        "12/1",
        "20261201",
        "12月1日二",
    ],
)
def test_dates_as_people_write_them(tmp_path, written):
    found = read(tmp_path, [f",{written},,李阿妹,电话,✓,,,"], planned=plan_month())
    assert [code for code, _row in faults(found)] == ["record_volunteer_missing"]
    found = read(tmp_path, [f"{written},李阿妹,马爱英,电话,✓"], "日期,老人,志愿者,方式,完成")
    assert not found.issues
    assert found.records["date"].dt.date.tolist() == [date(2026, 12, 1)]


def test_by_date_elder_and_volunteer(tmp_path):
    """Ids, ids without their zeros, names; a contact that was not planned is a record too."""
    header = "日期,老人编号,老人,志愿者,方式,结果"
    found = read(
        tmp_path,
        [
            "2026-12-01,E001,,V01,,✓",
            "2026-12-02,,李阿妹,马爱英,,拒绝",
            "2026-12-11,40,,韩福英,,✓",
            "2026-12-05,,E003,V01,电话,✓",
            "2026-12-09,,李阿妹,,,✓",
        ],
        header,
    )
    assert not found.issues
    assert rows_of(found, "visit_id", "elder_id", "volunteer_id", "kind") == [
        (visit_id(1, "E001"), "E001", "V01", "visit"),
        (visit_id(2, "E002"), "E002", "V01", "visit"),
        (visit_id(11, "0040"), "0040", "V02", "call"),
        ("", "E003", "V01", "call"),
        (visit_id(9, "E002"), "E002", "V01", "call"),
    ]


def test_a_page_tells_whose_the_rows_without_id_are(tmp_path):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},,,,,✓,,,", ",2026-12-06,,李阿妹,上门,✓,20,,"])
    assert not found.issues
    assert rows_of(found, "visit_id", "volunteer_id")[1] == ("", "V01")


def test_names_masked_or_in_full_agree_with_the_plan(tmp_path):
    rows = [f"{visit_id(1, 'E001')},,,王*,,✓,,,", f"{visit_id(2, 'E002')},,,李 阿妹,,✓,,,"]
    assert not read(tmp_path, rows).issues


FAULTS = {
    "record_visit_unknown": "20261130-E001,,,,,✓,,,",
    "record_elder_differs": f"{visit_id(1, 'E001')},,,李阿妹,,✓,,,",
    "record_elder_unknown": ",2026-12-05,,赵六,上门,✓,,,",
    "record_name_ambiguous": ",2026-12-05,,王秀英,上门,✓,,,",
    "record_date_missing": ",,,李阿妹,上门,✓,,,",
    "record_elder_missing": ",2026-12-05,,,上门,✓,,,",
    "record_kind_missing": ",2026-12-06,,李阿妹,,✓,,,",
    "record_outcome_missing": f"{visit_id(2, 'E002')},,,,,,40,,",
    "record_disagrees": f"{visit_id(2, 'E002')},,,,,✓,,A,",
    "record_outside_month": f"{visit_id(2, 'E002')},2026-11-02,,,,✓,,,",
    "record_in_future": f"{visit_id(2, 'E002')},2026-12-21,,,,✓,,,",
    "value_not_date": f"{visit_id(2, 'E002')},上周,,,,✓,,,",
    "value_not_choice": f"{visit_id(2, 'E002')},,,,,,,去了没去,",
    "cell_error": f"{visit_id(2, 'E002')},,,,,#REF!,,,",
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_has_its_place(tmp_path, code):
    """Beside a sound row, which tells whose page it is, and a blank one."""
    rows = [f"{visit_id(1, 'E001')},,,,,✓,,,", FAULTS[code], f"{visit_id(8, 'E001')},,,,,,,,"]
    found = read(tmp_path, rows)
    assert faults(found) == [(code, 3)]
    [account] = found.accounts
    assert (account.rows, account.records, account.blank, account.faults, account.notes) == (3, 1, 1, 1, 0)
    assert all(issue.message() and issue.advice() for issue in found.issues)


def test_faults_of_who_came(tmp_path):
    header = "编号,志愿者,完成,情况,代访人"
    found = read(
        tmp_path,
        [
            f"{visit_id(1, 'E001')},韩福英,✓,,",
            f"{visit_id(4, 'E001')},,,H,",
            f"{visit_id(8, 'E001')},,,A,韩福英",
            f"{visit_id(2, 'E002')},,✓,,孙七",
            f"{visit_id(9, 'E002')},,✓,,韩福英",
            f"{visit_id(3, 'E003')},,,H,V02",
            f"{visit_id(10, 'E003')},孙七,✓,,",
        ],
        header,
    )
    assert faults(found) == [
        ("record_volunteer_differs", 2),
        ("record_by_disagrees", 4),
        ("record_volunteer_unknown", 5),
        ("record_volunteer_differs", 8),
    ]
    assert [issue.code for issue in found.issues if issue.severity == "warning"] == ["record_by_missing"]
    assert rows_of(found, "outcome", "by_id") == [("swapped", ""), ("swapped", "V02"), ("done", "")]


def test_moved_contacts_and_those_before_the_pair_are_told(tmp_path):
    found = read(tmp_path, [f"{visit_id(8, 'E001')},2026-12-10,,,,✓,,,"], planned=plan_month(since="2026-12-16"))
    assert {issue.code for issue in found.issues} == {"record_moved", "record_before_pair"}
    assert found.records["date"].dt.date.tolist() == [date(2026, 12, 10)]


def make_handout(path):
    """Write two volunteers' sheets with elders above, a legend below and a page of another kind."""
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": '[$-804]m"月"d"日" aaa'})
    pages = {"马爱英": [(1, "E001", "✓"), (4, "E001", "")], "韩福英": [(3, "E003", "住院"), (10, "E003", "")]}
    for name, contacts in pages.items():
        sheet = book.add_worksheet(name)
        sheet.write(0, 0, f"探访记录表　{name}")
        for i in range(40):
            sheet.write_row(2 + i, 0, ["老人", "地址", "电话"] if not i else [f"某{i}", "潍坊路11弄", ""])
        sheet.write_row(45, 0, HEADER.split(","))
        for i, (number, elder, sign) in enumerate(contacts):
            sheet.write(46 + i, 0, visit_id(number, elder))
            sheet.write_datetime(46 + i, 1, datetime(2026, 12, number), day)
            sheet.write_datetime(46 + i, 2, time(9, 0))
            sheet.write(46 + i, 7, sign)
        sheet.write_row(48, 0, HEADER.split(","))
        sheet.write(49, 0, visit_id(8, "E001") if name == "马爱英" else "")
        sheet.write(49, 5, "√" if name == "马爱英" else "")
        sheet.write(50, 0, "✓ 完成  A 无人应答  B 拒绝")
        sheet.write(51, 0, "签名：")
    book.add_worksheet("组长").write_row(0, 0, ["志愿者", "老人数"])
    book.close()
    return path


def test_a_workbook_with_several_volunteers_sheets(tmp_path):
    found = read_sheets([make_handout(tmp_path / "一组.xlsx")], plan_month(), Settings())
    assert not found.issues
    [account] = found.accounts
    assert (account.rows, account.records, account.blank, account.notes) == (9, 3, 2, 4)
    assert found.without_records == ("一组.xlsx#组长",)
    assert rows_of(found, "visit_id", "outcome", "source") == [
        (visit_id(1, "E001"), "done", "一组.xlsx#马爱英:47"),
        (visit_id(8, "E001"), "done", "一组.xlsx#马爱英:50"),
        (visit_id(3, "E003"), "in_hospital", "一组.xlsx#韩福英:47"),
    ]


def test_one_sheet_of_a_workbook(tmp_path):
    path = make_handout(tmp_path / "一组.xlsx")
    found = read_sheets([Sheet(path, "韩福英")], plan_month(), Settings())
    assert len(found.records) == 1


def test_merged_dates_and_two_columns_of_one_kind(tmp_path):
    path = tmp_path / "合并.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["日期", "老人", "志愿者", "方式", "结果", "完成情况", "完成"])
    sheet.merge_range(1, 0, 2, 0, "2026-12-05")
    sheet.write_row(1, 1, ["E001", "V01", "电话", "", "✓"])
    sheet.write_row(2, 1, ["E002", "V01", "电话", "", "", "✓"])
    book.close()
    found = read_sheets([path], plan_month(), Settings())
    assert [issue.code for issue in found.issues] == ["columns_first_filled"]
    assert found.records["date"].dt.day.tolist() == [5, 5]


def test_what_can_not_be_read(tmp_path):
    """All files' faults at once."""
    odd = write(tmp_path / "odd.csv", ["1,2,3"], "一,二,三")
    half = write(tmp_path / "half.csv", ["E001,✓,5"], "老人,完成,分钟")
    with pytest.raises(InputError) as caught:
        read_sheets([odd, half, tmp_path / "gone.csv"], plan_month(), Settings())
    assert [issue.code for issue in caught.value.issues] == [
        "record_header_missing",
        "file_missing",
        "record_columns_missing",
    ]


def test_unknown_columns_are_told_once(tmp_path):
    one = write(tmp_path / "a.csv", [f"{visit_id(1, 'E001')},✓,好"], "编号,完成,心情")
    two = write(tmp_path / "b.csv", [f"{visit_id(4, 'E001')},✓,好"], "编号,完成,心情")
    found = read_sheets([one, two], plan_month(), Settings())
    assert [(issue.code, issue.file) for issue in found.issues] == [("column_unknown", "a.csv")]


def test_nothing_private_is_kept_or_told(tmp_path):
    header = "编号,老人,完成,备注"
    found = read(
        tmp_path,
        [
            f"{visit_id(1, 'E001')},,✓,子女电话13812345678，住5号602室",
            f"{visit_id(4, 'E001')},310105194102150026,✓,身份证310105194102150026",
        ],
        header,
    )
    told = found.records["remark"].tolist() + [issue.value + issue.message() for issue in found.issues]
    assert not any(number in text for text in told for number in ("13812345678", "602室", "194102150026"))


@pytest.mark.parametrize(
    ("text", "day"),
    [("8", 8), ("12-8", 8), ("12/8", 8), ("8/12/2026", 8), ("12/8/2026", 8), ("12/30/2026", 30), ("十二月廿三日", 23)],
)
def test_a_date_that_can_be_read_two_ways_lies_in_the_month(tmp_path, text, day):
    rows, header = [f"{text},张金宝,V02,上门,✓"], "日期,老人,志愿者编号,方式,完成"
    found = read(tmp_path, rows, header, planned=plan_month(today=date(2026, 12, 31)))
    assert found.records["date"].dt.day.tolist() == [day]


def test_a_date_of_another_month_is_asked_about_whichever_way_it_is_read(tmp_path):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},8/9/2026,,王秀英,上门,✓,,,"])
    assert faults(found) == [("value_not_date", 2)]


def test_a_letter_and_what_follows_it(tmp_path):
    rows = [
        f"{visit_id(1, 'E001')},,,,,,,D 瑞金医院,",
        f"{visit_id(4, 'E001')},,,,,,,H 韩福英,",
        f"{visit_id(8, 'E001')},,,,,,,D/E,",
    ]
    found = read(tmp_path, rows)
    assert rows_of(found, "outcome", "remark") == [("in_hospital", "瑞金医院"), ("swapped", "韩福英")]
    assert ("value_not_choice", 4) in faults(found)


def test_what_is_struck_out_tells_nothing(tmp_path):
    rows = [f"{visit_id(1, 'E001')},,,,,/,—,/,/", f"{visit_id(4, 'E001')},,,,,✗,0,,"]
    found = read(tmp_path, rows)
    assert (found.accounts[0].blank, faults(found)) == (1, [])
    assert rows_of(found, "outcome") == [("missed",)]
    assert found.records["minutes"].isna().all()


def test_minutes_told_by_the_clock(tmp_path):
    rows = [f"{visit_id(1, 'E001')},,,,,✓,9:00-9:40,,", f"{visit_id(4, 'E001')},,,,,✓,9:40-9:00,,"]
    found = read(tmp_path, rows)
    assert found.records["minutes"].tolist() == [40]
    assert faults(found) == [("value_not_number", 3)]


def test_totals_are_no_contacts_whatever_column_they_stand_in(tmp_path):
    rows = [f"1,{visit_id(1, 'E001')},2026-12-01,王秀英,✓,40", "合计,1,,,,40", ",,,,合计：1次,"]
    found = read(tmp_path, rows, header="序号,编号,日期,老人,完成,分钟")
    [account] = found.accounts
    assert (account.records, account.notes, account.faults) == (1, 1, 1)


def test_a_contact_with_another_than_the_planned_volunteer_is_asked_about(tmp_path):
    found = read(tmp_path, ["2026-12-02,李阿妹,V02,上门,✓"], header="日期,老人,志愿者编号,方式,完成")
    assert [(issue.code, issue.severity) for issue in found.issues] == [("record_beside_plan", "warning")]
    assert rows_of(found, "visit_id", "volunteer_id") == [("", "V02")]


def test_what_stands_behind_a_tick_is_kept(tmp_path):
    rows = [f"{visit_id(1, 'E001')},,,,,✓（血压高）,,,", f"{visit_id(4, 'E001')},,,,,,,去世了,"]
    found = read(tmp_path, rows)
    assert rows_of(found, "outcome", "remark") == [("done", "血压高"), ("died", "")]


@pytest.mark.parametrize(
    ("outcome", "remark", "is_told"),
    [
        ("✓", "老人已搬到女儿家", True),
        ("A", "邻居说住院了，12-8 回", True),
        ("✓", "passed away on Sunday", True),
        ("D", "住院", False),
        ("F", "去世", False),
        ("✓", "老伴去世后情绪低落", False),
        ("✓", "要求换人", False),
        ("✓", "血压高", False),
    ],
)
def test_a_remark_that_says_what_became_of_the_elder_is_told(tmp_path, outcome, remark, is_told):
    found = read(tmp_path, [f"{visit_id(1, 'E001')},,,,,,,{outcome},{remark}"])
    assert [(i.code, i.severity) for i in found.issues] == [("record_remark_decides", "warning")] * is_told
    assert len(found.records) == 1


def test_a_tick_whose_remark_names_a_stand_in_is_asked_about(tmp_path):
    rows = [f"{visit_id(1, 'E001')},,,,,✓,,,韩福英代", f"{visit_id(4, 'E001')},,,,,✓,,,马爱英代取药"]
    found = read(tmp_path, rows)
    assert [(issue.code, issue.row) for issue in found.issues] == [("record_by_in_remark", 2)]
    assert rows_of(found, "outcome") == [("done",), ("done",)]
