"""Every fault of a roster, with its row, column and value; and what a sound roster becomes."""

import unicodedata
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.columns import ELDERS, VOLUNTEERS
from matcher.errors import InputError
from matcher.i18n import in_language
from matcher.roster import load_roster, make_roster
from matcher.roster.convert import convert
from matcher.roster.model import ANY_TIME
from matcher.roster.numbers import is_phone, national_id_problem
from matcher.roster.read import table_of_frame
from matcher.settings import Settings

NATIONAL_ID = "110105194912310011"  # made up, with a right check digit
OLD_ID = "110105491231002"
ELDER = {"id": "E1", "name": "张三", "lng_wgs84": "121.47", "lat_wgs84": "31.23", "consent": "是"}
VOLUNTEER = {"id": "V1", "name": "李四", "lng_wgs84": "121.47", "lat_wgs84": "31.23"}


def frame(base, *rows):
    letter = base["id"][0]
    complete = [{**base, "id": f"{letter}{i}", **row} for i, row in enumerate(rows, 1)]
    return pd.DataFrame(complete).fillna("")


def elders(*rows, **sections):
    return make_roster(frame(ELDER, *rows), frame(VOLUNTEER, {}), Settings.model_validate(sections))


def volunteers(*rows, **sections):
    return make_roster(frame(ELDER, {}), frame(VOLUNTEER, *rows), Settings.model_validate(sections))


def told(roster):
    return [(i.code, i.file, i.row, i.column, i.value) for i in roster.issues]


def structural(elder_frame, volunteer_frame, **sections):
    with pytest.raises(InputError) as caught:
        make_roster(elder_frame, volunteer_frame, Settings.model_validate(sections))
    return [(i.code, i.file, i.row, i.column) for i in caught.value.issues]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("name", "", "value_missing"),
        ("name", "不详", "value_missing"),
        ("id", "13812345678", "id_is_phone"),
        ("lng_wgs84", "500", "value_out_of_range"),
        ("lng_wgs84", "东经121", "value_not_number"),
        ("lng_wgs84", "1e2", "value_not_number"),
        ("lng_wgs84", "0", "value_out_of_range"),
        ("committee", "同上", "cell_ditto"),
        ("address", "梅" * 2001, "cell_too_long"),
        ("left", "2026-12", "value_not_date"),
        ("left", "2062-12-01", "date_impossible"),
        ("left", "1926-12-01", "date_impossible"),
        ("days_off", "2026-12-24; 圣诞", "dates_unreadable"),
        ("days_off", "2026-12-24~2026-12-01", "dates_unreadable"),
        ("days_off", "1926-12-24", "date_impossible"),
        ("days_off", "2010-01-01~2040-01-01", "dates_too_many"),
        ("status", "飞升", "value_not_choice"),
        ("wanted_sex", "随缘", "value_not_choice"),
        ("认知障碍", "待评估", "question_unreadable"),
        ("health", "无高血压、认知障碍", "denial_unclear"),
        ("availability", "周一晚上", "availability_night"),
        ("availability", "周三 3-6", "availability_hours_or_days"),
    ],
)
def test_a_cell_that_must_be_mended(column, value, code):
    roster = elders({column: value}, {})
    shown = {"id": "138****5678", "address": "…", "name": value and "不*"}.get(column, value)
    assert [fault[:4] for fault in told(roster)] == [(code, "elders", 2, column)]
    assert roster.issues[0].value == shown
    assert roster.issues[0].severity == "error"
    assert len(roster.set_aside_elders) == (column != "id")
    assert roster.elders["id"].tolist() == ["E2"]


@pytest.mark.parametrize("sign", ["\n", "\t", "\x1b", "\x85", "\u202e", "\u200b", "\u2028", "\ufffe"])
def test_an_id_with_signs_that_nobody_sees_is_refused(sign):
    assert [fault[:4] for fault in told(elders({"id": f"E{sign}1"}, {}))] == [
        ("id_has_unseen_signs", "elders", 2, "id")
    ]


def test_what_stands_for_the_cell_above_is_shown_as_it_is_written():
    issues = elders({"phone": "同上", "emergency_contact": "同上"}, {}).issues
    assert [issue.value for issue in issues if issue.code == "cell_ditto"] == ["同上", "同上"]


@pytest.mark.parametrize(
    ("cell", "hours", "days"), [("周三 3-6", "15:00-18:00", "周三至周六"), ("2、4上午", "14:00", "周二")]
)
def test_both_readings_of_a_number_are_those_of_the_cell(cell, hours, days):
    (issue,) = elders({"availability": cell}, {}).issues
    assert (issue.params["hours"], issue.params["days"]) == (hours, days)


@pytest.mark.parametrize(
    "text",
    [
        "1941 年 5 月 2 日",
        "1941年五月二日",
        "民國三十年五月二日",
        "1941—5—2",
        "1941·5·2",
        "1941.05.02.",
        "1941年5月2日生",
        "1941年5月2日（阳历）",
    ],
)
def test_dates_of_birth_as_offices_write_them(text):
    roster = elders({"birth_date": text}, {})
    assert (roster.issues, str(roster.elders["birth_date"][0])[:10]) == ((), "1941-05-02")


@pytest.mark.parametrize(
    "address",
    [
        "户籍：零陵路300弄5号；现住：龙华路100弄3号",
        "零陵路300弄5号602室（户籍），现住龙华路100弄3号",
        "原零陵路300弄5号，现搬至龙华路100弄3号",
        "零陵路300弄5号/龙华路100弄3号",
        "零陵路300弄5号、龙华路100弄3号",
    ],
)
def test_a_cell_with_two_addresses_is_asked_about(address):
    roster = elders({"address": address}, {})
    assert [(i.code, i.severity, i.row) for i in roster.issues] == [("address_of_two", "error", 2)]


@pytest.mark.parametrize(
    "address", ["零陵路300弄5-7号", "零陵路300弄5号602、604室", "实住零陵路300弄5号", "零陵路300弄5号（原3号）"]
)
def test_a_cell_with_one_address_is_none_of_two(address):
    assert elders({"address": address}, {}).issues == ()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("floor", "1_0", "value_not_number"),
        ("floor", "2.5", "value_not_whole"),
        ("floor", "顶楼", "value_not_number"),
        ("age", "126", "value_out_of_range"),
        ("visits_per_month", "32", "value_out_of_range"),
        ("visits_per_week", "8", "frequency_unreadable"),
        ("birth_date", "1941-02-30", "value_not_date"),
        ("birth_date", "41-02-03", "value_not_date"),
        ("birth_date", "1941-02/03", "value_not_date"),
        ("birth_date", "0941-02-03", "value_not_date"),
        ("birth_date", "1941", "date_year_only"),
        ("birth_date", "1946.1", "date_month_lost"),
        ("birth_date", "1941年农历五月初二", "date_lunar"),
        ("birth_date", "1941年5月2日(农历)", "date_lunar"),
        ("birth_date", "阴历1941.5.2", "date_lunar"),
        ("birth_date", "1941年腊月", "date_lunar"),
        ("birth_date", "2062-03-01", "date_impossible"),
        ("joined", "2099-02", "value_not_date"),
        ("sex", "男女", "value_not_choice"),
        ("living", "空巢", "value_not_choice"),
        ("self_care", "还行", "value_not_choice"),
        ("risk", "?!", "value_not_choice"),
    ],
)
def test_a_cell_that_is_not_used_costs_nobody(column, value, code):
    roster = elders({column: value}, {})
    assert told(roster) == [(code, "elders", 2, column, value)]
    issue = roster.issues[0]
    assert (issue.severity, "the cell is not used" in issue.message()) == ("warning", True)
    assert roster.elders["id"].tolist() == ["E1", "E2"]
    assert roster.set_aside_elders == frozenset()


def test_what_a_rule_that_is_not_hard_reads_costs_nobody():
    """The same cells must be mended only as long as the rule that reads them protects somebody."""
    for column, value, path in (
        ("wanted_sex", "随缘", "sex.mode"),
        ("认知障碍", "待评估", "training.dementia"),
    ):
        section, key = path.split(".")
        assert elders({column: value}).set_aside_elders == {"E1"}
        assert elders({column: value}, **{section: {key: "soft"}}).set_aside_elders == frozenset()
    assert volunteers({"max_walk_m": "2"}).set_aside_volunteers == {"V1"}
    assert volunteers({"max_walk_m": "2"}, distance={"own_limit": "off"}).set_aside_volunteers == frozenset()
    assert volunteers({"max_floor": "顶楼"}).set_aside_volunteers == {"V1"}
    assert volunteers({"max_floor": "顶楼"}, stairs={"mode": "off"}).set_aside_volunteers == frozenset()
    assert elders({"risk": "?!"}, training={"high_risk": "hard"}).set_aside_elders == {"E1"}


def test_coordinates_that_are_no_numbers_matter_only_where_nothing_else_says_where():
    roster = elders({"lng_wgs84": "x", "address": "零陵路3号"}, {"lng_wgs84": "x"})
    assert [(i.code, i.row, i.severity) for i in roster.issues if i.column == "lng_wgs84"] == [
        ("value_not_number", 2, "warning"),
        ("value_not_number", 3, "error"),
    ]
    assert roster.elders["id"].tolist() == ["E1"]


@pytest.mark.parametrize(
    ("column", "value", "message", "advice"),
    [
        ("lng_wgs84", "x", "x is not a number", "write a number, as in 121.4737"),
        ("floor", "y", "y is not a number; the cell is not used: no stairs are counted", "write a number, as in 3"),
        (
            "age",
            "-1",
            "-1 is not between 0 and 125; the cell is not used: the age is not known",
            "correct the cell",
        ),
        ("status", "y", "y is not understood", "write one of: active, paused, left"),
        (
            "availability",
            "周一;x",
            "the times 周一;x can't be read at x",
            "write them as 周一上午; 周三, or as Mon am; Wed",
        ),
    ],
)
def test_what_is_said(column, value, message, advice):
    issue = elders({column: value}).issues[0]
    assert (issue.message(), issue.advice()) == (message, advice)


def test_headers_and_choices_are_said_as_the_user_knows_them():
    with in_language("zh"):
        roster = make_roster(
            frame(ELDER, {"人员状态": "z", "楼层": "y"}),
            frame(VOLUNTEER, {}),
            Settings(),
        )
    assert [(i.column, i.value) for i in roster.issues] == [("人员状态", "z"), ("楼层", "y")]
    assert roster.issues[0].params["choices"] == "在册、暂停、退出"


def test_bounds_belong_to_the_range():
    roster = elders(
        {"age": "0", "lng_wgs84": "73", "lat_wgs84": "3"}, {"age": "125", "lng_wgs84": "136", "lat_wgs84": "54"}
    )
    assert (told(roster), len(roster.elders)) == ([], 2)


def test_ids_missing_are_no_twins():
    assert told(elders({"id": ""}, {"id": ""})) == [("value_missing", "elders", row, "id", "") for row in (2, 3)]


@pytest.mark.parametrize("value", ["3.10105E+17", "1.2e+05", "12.0"])
def test_an_id_ruined(value):
    assert told(elders({"id": value})) == [("id_ruined", "elders", 2, "id", value)]


def test_an_id_that_is_a_national_id():
    roster = elders({"id": NATIONAL_ID})
    assert told(roster) == [("id_is_national_id", "elders", 2, "id", "110***************")]
    assert roster.set_aside_elders == frozenset()


def test_ids_twice_name_both_rows_and_set_all_aside():
    roster = elders({"id": "A"}, {"id": "B"}, {"id": "Ａ"}, {"id": "A"})
    assert [(i.code, i.row, i.column, i.value, i.params["other"]) for i in roster.issues] == [
        ("id_duplicate", 2, "id", "A", 4),
        ("id_duplicate", 4, "id", "A", 2),
        ("id_duplicate", 5, "id", "A", 2),
    ]
    assert roster.elders["id"].tolist() == ["B"]
    assert roster.set_aside_elders == {"A"}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("110105194912310022", "a digit is wrong"),
        ("110105194912310000", "the last digits were lost in Excel"),
        ("1.10105E+17", "changed to a number by Excel"),
        ("11010519491231002", "not 18 characters"),
        ("110105491331002", "no such date of birth"),
        ("110105194913310021", "no such date of birth"),
    ],
)
def test_a_national_id_at_fault(value, problem):
    roster = elders({"身份证": value})
    issue = roster.issues[0]
    assert (issue.code, issue.row, issue.column, issue.severity) == ("national_id_invalid", 2, "身份证", "warning")
    assert issue.params == {"problem": problem}
    assert issue.value == value[:3] + "*" * (len(value) - 3)
    assert roster.elders["id"].tolist() == ["E1"]
    assert "national_id" not in roster.elders


def test_sound_national_ids():
    assert told(elders({"national_id": NATIONAL_ID}, {"national_id": OLD_ID})) == []
    assert told(elders({"national_id": NATIONAL_ID}, {"national_id": "11010519491231002x"})) == []
    assert national_id_problem("11010519491231002X") == ""


@given(st.integers(0, 16), st.integers(1, 9))
@settings(deadline=None)
def test_one_wrong_digit_is_always_seen(place, step):
    digits = list(NATIONAL_ID)
    digits[place] = str((int(digits[place]) + step) % 10)
    assert national_id_problem("".join(digits))


def test_no_national_id_is_kept_or_shown_wherever_it_stands():
    columns = [c.name for c in ELDERS if c.name not in {"lng", "lat"}]
    for value in (
        NATIONAL_ID,
        OLD_ID,
        NATIONAL_ID[:-1] + "3",
        NATIONAL_ID[:-1] + "x",
        f"证{NATIONAL_ID}号",
        f"SFZ{NATIONAL_ID}a",
    ):
        rows = [{name: value} for name in [*columns, "监护人", "lng_wgs84", "lat_wgs84"]]
        roster = elders(*rows)
        for issue in roster.issues:
            assert value not in f"{issue} {issue.message()} {issue.advice()}"
        kept = roster.elders.drop(columns="id").to_csv()
        assert value not in kept
        assert "***" in kept


SHOWN = ("name", "district", "subdistrict", "committee", "compound", "languages", "interests", "acquainted")


@pytest.mark.parametrize(
    "number", ["13812345678", "'138 1234 5678", "１３８１２３４５６７８", "021-62345678", "62345678"]
)
def test_a_number_in_a_column_that_files_show_is_hidden_and_told(number):
    roster = elders({"phone": "13900000000", **dict.fromkeys(SHOWN, f"莲桥{number}")})
    hidden = [issue for issue in roster.issues if issue.code == "number_hidden"]
    assert {issue.column for issue in hidden} == set(SHOWN)
    kept = roster.elders[list(SHOWN)].to_csv() + "".join(issue.value for issue in roster.issues)
    assert "****5678" in kept
    assert "2345" not in unicodedata.normalize("NFKC", kept).replace(" ", "")
    assert len(roster.elders) == 1


@pytest.mark.parametrize("degrees", ["31.2304", "31.230412", "３１.2304", "N31.230", "31°14'5\"", "3\u200b1.2304"])
def test_a_latitude_alone_in_a_column_that_files_show_is_cut_and_told(degrees):
    roster = elders(dict.fromkeys(SHOWN, f"莲桥{degrees}"))
    assert {issue.column for issue in roster.issues if issue.code == "number_hidden"} == set(SHOWN)
    kept = roster.elders[list(SHOWN)].to_csv() + "".join(issue.value for issue in roster.issues)
    assert degrees not in kept
    assert kept.count("…") >= len(SHOWN)


def test_a_number_in_a_column_of_papers_stays():
    roster = elders({"needs": "找女儿13812345678", "health": "高血压"})
    assert "number_hidden" not in {issue.code for issue in roster.issues}
    assert "13812345678" in str(roster.elders["needs"].tolist())


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1b", "\x7f", "\x85", "\x9b"])
def test_control_characters_end_at_the_door(sign):
    roster = elders({"name": f"王{sign}秀英", "committee": f"{sign}莲桥", "interests": f"唱歌{sign}、下棋"})
    person = roster.elders.iloc[0]
    assert (person["name"], person["committee"], person["interests"]) == ("王 秀英", "莲桥", ("唱歌", "下棋"))


def test_an_id_that_holds_a_line_break_is_shown_up_to_it():
    issue = next(issue for issue in elders({"id": "E4\n王秀英"}).issues if issue.code == "id_has_unseen_signs")
    assert issue.value == "E4…"


@pytest.mark.parametrize(
    "value",
    [
        "13812345678",
        "+86 138 1234 5678",
        "0086-13812345678",
        "138-1234-5678",
        "021-62345678",
        "(021)62345678",
        "62345678",
        "0512-6234567",
        "+86 21 62345678",
        "021-62345678转123",
        "62345678/13812345678",
        "13812345678; 62345678",
    ],
)
def test_phones(value):
    assert is_phone(value)
    roster = elders({"phone": value})
    assert (told(roster), roster.elders.loc[0, "phone"]) == ([], value)


@pytest.mark.parametrize(
    ("value", "masked"),
    [("12812345678", "128****5678"), ("1381234567", "****4567"), ("1.38E+10", "********"), ("x", "x*")],
)
@pytest.mark.parametrize("column", ["phone", "emergency_contact_phone"])
def test_a_phone_at_fault(value, masked, column):
    roster = elders({column: value})
    assert told(roster) == [("phone_invalid", "elders", 2, column, masked)]
    assert roster.issues[0].severity == "warning"
    assert roster.elders.loc[0, column] == value


@pytest.mark.parametrize(
    ("lng", "lat", "shown"),
    [
        ("31.2345678", "121.3456789", ["31.23…, 121.34…"]),  # swapped
        ("116.3876543", "39.9876543", ["116.38…, 39.98…"]),  # far from the others
        ("121.3456789E", "31.2345678x", ["121.34…E", "31.23…x"]),
        ("1213456789", "31234567", ["1213…", "3123…"]),
        ("121°20'44.44\"?", "31°14.0740'?", ["121°20'…\"?", "31°14…'?"]),
    ],
)
def test_no_issue_tells_where_exactly_a_home_is(lng, lat, shown):
    near = [{"lng_wgs84": f"121.47{n}", "lat_wgs84": "31.23"} for n in range(9)]
    found = elders(*near, {"lng_wgs84": lng, "lat_wgs84": lat}).issues
    assert [issue.value for issue in found if issue.column in ("lng_wgs84", "lat_wgs84")] == shown


def test_places_swapped_are_said_once():
    roster = elders({"lng_wgs84": "31.23", "lat_wgs84": "121.47"}, {"lng_wgs84": "31.23"})
    assert told(roster) == [
        ("place_swapped", "elders", 2, "lng_wgs84", "31.23, 121.47"),
        ("value_out_of_range", "elders", 3, "lng_wgs84", "31.23"),
    ]
    assert roster.elders.empty


def test_dates_reversed():
    roster = volunteers({"joined": "2026-05-02", "left": "2026-05-01"}, {"joined": "2026-05-01", "left": "2026-05-01"})
    assert told(roster) == [("dates_reversed", "volunteers", 2, "left", "2026-05-01")]
    assert roster.volunteers["id"].tolist() == ["V2"]
    assert roster.set_aside_volunteers == {"V1"}


def test_more_visits_than_contacts():
    rows = [
        {"contacts_per_week": c, "visits_per_month": v}
        for c, v in [("1", "5"), ("1", "4"), ("0", ""), ("", "9"), ("", "8")]
    ]
    roster = elders(*rows)
    assert told(roster) == [
        ("visits_exceed_contacts", "elders", row, "visits_per_month", value) for row, value in [(2, "5"), (5, "9")]
    ]
    assert len(roster.elders) == 5
    assert told(elders({"contacts_per_week": "0", "visits_per_month": "9"})) == []
    assert told(elders({}, schedule={"contacts_per_week": 0})) == []
    assert told(elders({}, schedule={"contacts_per_week": 1, "visits_per_week": 2.1})) == []
    assert told(elders({"contacts_per_week": "7", "visits_per_month": "31"})) == []
    # who asks for a contact every two weeks is visited no more often, whatever everybody else is
    assert told(elders({"contacts_per_week": "0.5"})) == []


def test_columns_unknown_follow_as_text():
    roster = elders({"序号": "1", "building": "x"})
    assert told(roster) == [("column_unknown", "elders", None, "序号", "")]
    assert roster.issues[0].severity == "warning"
    assert roster.elders.columns[-1] == "序号"
    assert roster.elders.loc[0, ["序号", "building"]].tolist() == ["1", ""]


def test_faults_of_the_form_of_both_rosters_come_together_with_all_others():
    elder_frame = frame(ELDER, {"age": "x"}).drop(columns=["lng_wgs84", "consent"])
    volunteer_frame = frame(VOLUNTEER, {"编号": "V1"}).drop(columns="lat_wgs84")
    assert structural(elder_frame, volunteer_frame) == [
        ("column_missing", "elders", None, "lng_wgs84"),
        ("consent_column_missing", "elders", None, "consent"),
        ("value_not_number", "elders", 2, "age"),
        ("column_twice", "volunteers", None, "id"),
        ("column_missing", "volunteers", None, "lat_wgs84"),
    ]


def test_consent_kept_elsewhere():
    without = frame(ELDER, {}).drop(columns="consent")
    assert structural(without, frame(VOLUNTEER, {})) == [("consent_column_missing", "elders", None, "consent")]
    roster = make_roster(without, frame(VOLUNTEER, {}), Settings.model_validate({"consent": {"required": False}}))
    assert roster.issues == ()


def test_files_that_cannot_be_read_come_together(tmp_path):
    (tmp_path / "v.csv").write_text("编号,姓名,经度,纬度\n")
    with pytest.raises(InputError) as caught:
        load_roster(tmp_path / "e.csv", tmp_path / "v.csv", Settings())
    assert [(i.code, i.file) for i in caught.value.issues] == [("file_missing", "e.csv"), ("file_empty", "v.csv")]


def test_a_file_s_rows_and_hashes(tmp_path):
    e, v = tmp_path / "e.csv", tmp_path / "v.csv"
    e.write_text(
        "名册\n\n编号,姓名,经度(WGS-84),纬度,是否同意\nE2,张三,121,31,是\n\nE1,李四,121,x,是\nE0,王五,121,31,否\n",
        "gb18030",
    )
    v.write_text("id,name,lng_wgs84,lat_wgs84\nV1,a,121,31\n")
    roster = load_roster(e, v, Settings())
    assert told(roster) == [("value_not_number", "e.csv", 6, "纬度", "x")]
    assert roster.elders[["id", "row", "file"]].to_numpy().tolist() == [["E0", 7, "e.csv"], ["E2", 4, "e.csv"]]
    assert [(r.kind, r.file) for r in roster.readings] == [("elders", "e.csv"), ("volunteers", "v.csv")]
    assert len(roster.readings[0].sha256) == 64


FULL = {
    "sex": "女",
    "birth_date": "1941年5月2日",
    "age": "85岁",
    "phone": "１３８１２３４５６７８",
    "address": "上海市徐汇区零陵路300弄5号602室",
    "district": "徐汇区",
    "languages": "上海话、普通话/宁波话；",
    "availability": "周一上午",
    "days_off": "2026-12-24；2026/12/30 ～ 2027.1.2, 20261224",
    "joined": "2024/1/5 0:00:00",
    "area": "郊区",
    "floor": "6层",
    "lift": "无",
    "risk": "重点关注",
    "contacts_per_week": "3次",
    "visits_per_month": "4.0",
}


def test_types_are_as_promised():
    roster = elders({**FULL, "其他": "y"}, {})
    people = roster.elders
    names = [c.name for c in ELDERS if c.name != "national_id"]
    assert list(people) == [*names, "clock", "row", "file", "building", "lane", "neighbourhood", "其他"]
    got = people.loc[0]
    assert got["birth_date"] == pd.Timestamp(1941, 5, 2)
    assert got["joined"] == pd.Timestamp(2024, 1, 5)
    assert got["days_off"] == (
        date(2026, 12, 24),
        date(2026, 12, 30),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 2),
    )
    assert got["languages"] == ("上海话", "普通话", "宁波话")
    assert got[["sex", "phone", "area", "lift", "risk", "consent"]].tolist() == [
        "female",
        "13812345678",
        "rural",
        "no",
        "high",
        "yes",
    ]
    assert got[["age", "floor", "contacts_per_week", "visits_per_month", "availability"]].tolist() == [85, 6, 3, 4, 1]
    assert got["building"] == "徐汇|零陵路300弄5号"
    empty = people.loc[1]
    assert (empty["availability"], empty["languages"], empty["days_off"], empty["sex"]) == (ANY_TIME, (), (), "")
    assert pd.isna(empty["birth_date"])
    assert np.isnan(empty["floor"])
    dtypes = {"row": "int64", "availability": "int64", "floor": "float64", "joined": "datetime64[us]", "id": "str"}
    assert {name: str(people[name].dtype) for name in dtypes} == dtypes


def test_columns_that_a_file_lacks_have_the_same_types():
    bare, full = elders({}).elders, elders(FULL).elders
    assert bare.dtypes.to_dict() == full.dtypes.to_dict()


def test_capacity_by_setting():
    roster = volunteers({"capacity": "2"}, {}, capacity={"default": 4})
    assert roster.volunteers["capacity"].tolist() == [2.0, 4.0]
    assert volunteers({}).volunteers["capacity"].tolist() == [5.0]
    assert [c.name for c in VOLUNTEERS if c.name not in roster.volunteers] == ["national_id"]


def test_rosters_are_in_order_of_id_whatever_the_order_of_rows():
    one = elders({"id": "E10"}, {"id": "E2", "age": "80"}, {"id": "E1"}).elders
    other = elders({"id": "E1"}, {"id": "E10"}, {"id": "E2", "age": "80"}).elders
    assert one["id"].tolist() == ["E1", "E10", "E2"]
    pd.testing.assert_frame_equal(one.drop(columns="row"), other.drop(columns="row"))


def test_a_roster_s_own_frames_make_it_again():
    first = make_roster(
        frame(ELDER, {**FULL, "其他": "y"}, {"availability": "无"}), frame(VOLUNTEER, {"capacity": "3"}), Settings()
    )
    again = make_roster(first.elders, first.volunteers, Settings())
    assert [i.code for i in again.issues] == ["column_unknown", "availability_never"]
    pd.testing.assert_frame_equal(first.elders.drop(columns="file"), again.elders.drop(columns="file"))
    pd.testing.assert_frame_equal(first.volunteers.drop(columns="file"), again.volunteers.drop(columns="file"))


def test_typed_frames():
    typed = pd.DataFrame(
        {
            "id": [12, 13],
            "name": ["张三", None],
            "lng": [121.4737, 121.5],
            "lat": [31.2304, 31.25],
            "consent": [True, False],
            "joined": [pd.Timestamp(2024, 1, 5), pd.NaT],
            "days_off": [[date(2026, 12, 24)], ()],
            "age": pd.array([81, None], dtype="Int64"),
        }
    )
    roster = make_roster(typed, frame(VOLUNTEER, {}), Settings())
    assert told(roster) == [("value_missing", "elders", 3, "name", "")]
    got = roster.elders.loc[0]
    assert got[["id", "lng", "lat", "consent", "age"]].tolist() == ["12", 121.4737, 31.2304, "yes", 81.0]
    assert got["days_off"] == (date(2026, 12, 24),)
    assert roster.set_aside_elders == {"13"}


@pytest.mark.parametrize(
    ("value", "minutes"), [("09:30", 570), ("9:05", 545), ("23:59", 1439), ("14:00:00", 840), ("９：３０", 570)]
)
def test_times(value, minutes):
    got, faulty, issues = convert(table_of_frame(visit(start=value), "visits"))
    assert (got.loc[0, "start"], faulty.tolist(), issues) == (minutes, [False], [])


@pytest.mark.parametrize("value", ["24:00", "9", "9:60", "九点", "9:30:15"])
def test_a_time_at_fault(value):
    _, faulty, issues = convert(table_of_frame(visit(start=value), "visits"))
    assert faulty.tolist() == [True]
    assert [(i.code, i.file, i.row, i.column, i.value) for i in issues] == [
        ("value_not_time", "visits", 2, "start", value)
    ]


def visit(**cells):
    row = {"visit_id": "a", "date": "2026-12-01", "start": "9:00", "end": "9:45", "kind": "上门", "elder_id": "E1"}
    return pd.DataFrame([{**row, "volunteer_id": "V1", "order_of_day": "1", **cells}])


def test_long_values_are_cut_in_issues():
    assert len(elders({"availability": "x" * 500}).issues[0].value) == 81


def test_many_rows_at_fault_all_get_told():
    roster = elders(*({"age": "x"} for _ in range(300)))
    assert [i.row for i in roster.issues] == list(range(2, 302))


def test_more_visits_than_contacts_tells_both_in_a_week():
    rows = {"contacts_per_week": "every 10 days"}, {"contacts_per_week": "2", "risk": "high"}, {"visits_per_week": "3"}
    by_risk = {"visits_per_week_by_risk": {"high": 3}, "contacts_per_week_by_risk": {"medium": 4}}
    roster = elders(*rows, {"visits_per_week": "3", "risk": "medium"}, schedule=by_risk)
    assert [(issue.row, issue.message()) for issue in roster.issues] == [
        (4, "3 visits a week are more than 2 contacts a week; contacts are raised to fit"),
    ]
