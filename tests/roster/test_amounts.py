"""Numbers, distances, floors and dates as people write them."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.columns import FILES, column
from matcher.frequency import per_week
from matcher.roster import convert
from matcher.roster.amounts import count
from matcher.roster.cell_faults import CellFaultError
from matcher.roster.dates import read_days
from matcher.settings import Settings
from tests.helpers.effort import some

ON = date(2026, 12, 1)


def read(kind, name, text, header="", on=ON):
    """A cell's value, and the code of its fault."""
    value, fault = convert._read_cell(text, convert.ColumnContext(column(kind, name), header, Settings(), on, kind))
    return value, fault.code if fault else None


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        *((text, 1) for text in ("1", "底楼", "底层", "一楼", "一层", "1F", "平房", "ground floor", "首层")),
        *((text, 2) for text in ("２", "2F", "二楼", "2nd floor", "F2", "第2层", "两层")),
        *(
            (text, 3)
            for text in (
                "3/6",
                "3楼（共6层）",
                "三层(总高6层)",
                "301室",
                "3楼301室",
                "3F/6F",
                "3楼/共6层",
                "共6层第3层",
                "三楼",
                "三",
            )
        ),
        *((text, 5) for text in ("5楼", "5层", "五楼", "5楼（带阁楼）")),
        *((text, 11) for text in ("十一楼", "1101室")),
        *((text, -1) for text in ("-1", "B1", "地下室", "负一楼", "地下一层")),
    ],
)
def test_floors(text, floor):
    assert read("elders", "floor", text) == (floor, None)


@pytest.mark.parametrize(
    "text", ["3-4", "顶楼", "高层", "6/3", "301", "108", "三四楼", "2.5", "三层楼", "阁楼", "4楼301室", "3/6/9"]
)
def test_floors_that_are_not_guessed(text):
    value, code = read("elders", "floor", text)
    assert pd.isna(value)
    assert code


@pytest.mark.parametrize(
    ("text", "floor"),
    [("3楼及以下", 3), ("3楼以下", 3), ("最高3楼", 3), ("不超过5楼", 5), ("三楼", 3), ("不能爬楼", 1), ("6", 6)],
)
def test_floors_to_climb_to(text, floor):
    assert read("volunteers", "max_floor", text) == (floor, None)


@pytest.mark.parametrize(
    ("text", "capacity"),
    [
        *(
            (text, 5)
            for text in (
                "5",
                "5人",
                "5位",
                "5个",
                "5户",
                "五",
                "最多5",
                "5个老人",
                "不超过5位",
                "结对5户",
                "服务5位",
                "1拖5",
                "1对5",
                "up to 5",
                "5 elders",
                "≤5",
                "<=5人",
                "限5人",
                "5对",
            )
        ),
        ("0", 0),
        ("两人", 2),
        ("十二", 12),
    ],
)
def test_capacities(text, capacity):
    assert read("volunteers", "capacity", text) == (capacity, None)


def test_capacities_that_are_asked_about():
    for text in ("3~5人", "3-5", "3到5位老人", "3或5"):
        assert read("volunteers", "capacity", text) == (3, "number_range")
    assert read("volunteers", "capacity", "无")[1] == "capacity_unclear"
    for text in ("不限", "看情况", "10+", "若干", "60", "5.5", "十十", "≥5", "5(暂停)", "<5"):
        value, code = read("volunteers", "capacity", text)
        assert pd.isna(value)
        assert code


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("2公里", 2000),
        ("两公里", 2000),
        ("半公里", 500),
        ("500米", 500),
        ("1km", 1000),
        ("0.8 km", 800),
        ("2里", 1000),
        ("500m以内", 500),
        ("不超过1公里", 1000),
        ("一千米", 1000),
        ("八百米", 800),
        ("1 mile", 1609),
        ("0.5 miles", 804),
        ("5百米", 500),
        ("两千米", 2000),
        ("1,000", 1000),
        ("≤800", 800),
        ("步行800米", 800),
        ("800米（步行）", 800),
        ("800", 800),
        ("50", 50),
        ("0", 0),
    ],
)
def test_distances(text, metres):
    for header in ("可接受距离", "最远步行(米)", "max_walk_m"):
        assert read("volunteers", "max_walk_m", text, header) == (metres, None)


def test_distances_that_are_asked_about():
    for text in ("2", "1", "1.5", "49"):
        for header in ("可接受距离", "最远步行(米)", "max_walk_m"):
            assert read("volunteers", "max_walk_m", text, header)[1] == "distance_unit"
    assert read("volunteers", "max_walk_m", "2", "最远距离(公里)") == (2000, None)
    assert read("volunteers", "max_walk_m", "1.5", "最远距离 km") == (1500, None)
    assert read("volunteers", "max_walk_m", "2", "Max distance (miles)") == (3218, None)
    for text in ("15分钟", "步行15分钟", "1站路", "本小区", "800-1000", "骑车3公里", "百米", "1,00"):
        assert read("volunteers", "max_walk_m", text)[1] == "distance_unreadable"
    assert read("volunteers", "max_walk_m", "80公里")[1] == "value_out_of_range"


@pytest.mark.parametrize(
    ("text", "n"), [("每月2次", 2), ("每月至少1次", 1), ("1次/月", 1), ("两次", 2), ("2 a month", 2)]
)
def test_visits_a_month(text, n):
    assert read("elders", "visits_per_month", text) == (n, None)


def test_visits_a_week_are_none_a_month():
    for text in ("每周1次", "双周", "每月1号"):
        assert read("elders", "visits_per_month", text)[1] == "value_not_number"


@pytest.mark.parametrize(
    ("text", "months"),
    [("3个月", 3), ("2年", 24), ("1年2个月", 14), ("一年零三个月", 15), ("半年", 6), ("7 months", 7), ("12", 12)],
)
def test_how_long_pairs_have_lasted(text, months):
    assert read("pairs", "months", text) == (months, None)


@pytest.mark.parametrize("number", range(1, 100))
def test_chinese_numerals(number):
    ones = "零一二三四五六七八九"
    tens, rest = divmod(number, 10)
    word = ("" if tens < 2 else ones[tens]) + ("十" if tens else "") + (ones[rest] if rest else "")
    assert count(word) == number


@pytest.mark.parametrize("text", ["三五个", "两三位", "四五人", "七八名", "最多五六人"])
def test_about_so_many_is_asked_about(text):
    assert np.isnan(read("volunteers", "capacity", text)[0])
    assert read("volunteers", "capacity", text)[1] == "value_not_number"


def test_numerals_set_as_digits_are_a_number():
    assert [count(word) for word in ("八五", "三〇一", "二一")] == [85, 301, 21]


@pytest.mark.parametrize(
    ("text", "born"),
    [
        *(
            (text, "1941-05-02")
            for text in (
                *(
                    "1941-05-02",
                    "1941/5/2",
                    "1941.5.2",
                    "1941年5月2日",
                    "19410502",
                    "1941-05-02 00:00:00",
                    "2 May 1941",
                ),
                *("May 2, 1941", "一九四一年五月二日", "民国三十年五月二日", "民国30年5月2日"),
            )
        ),
        *((text, "1941-05-01") for text in ("1941-05", "194105", "1941年5月", "民国30年5月")),
        ("1946.10", "1946-10-01"),
        ("1946.09", "1946-09-01"),
        ("1946.2", "1946-02-01"),
        ("1926-03-01", "1926-03-01"),
    ],
)
def test_births(text, born):
    value, code = read("elders", "birth_date", text)
    assert (str(value)[:10], code) == (born, None)


def test_dates_that_are_asked_about():
    assert read("elders", "birth_date", "1946.1")[1] == "date_month_lost"
    assert read("elders", "birth_date", "1941")[1] == "date_year_only"
    assert read("elders", "birth_date", "民国三十年")[1] == "date_year_only"
    value, code = read("elders", "birth_date", "15098")
    assert (str(value)[:10], code) == ("1941-05-02", "date_is_serial")
    days, code = read("elders", "days_off", "46423")
    assert ([str(day) for day in days], code) == (["2027-02-05"], "date_is_serial")
    assert read("elders", "days_off", "15098")[1] == "date_impossible"
    for text in ("41.5.2", "5/2/1941", "1941-13-02", "1941-02-30", "民国三十年十三月", "一九四一年十十月"):
        assert read("elders", "birth_date", text)[1] == "value_not_date", text
    for name in ("left", "joined", "waiting_since", "days_off"):
        for text in ("1926-12-05", "2062-12-05"):
            assert read("elders", name, text)[1] == "date_impossible"
    assert read("elders", "birth_date", "2062-03-01")[1] == "date_impossible"
    assert read("elders", "birth_date", "2062-03-01", on=None)[1] == "date_impossible"
    for text in ("12.1", "12.2", "12.3", "1.1"):  # 12.10, typed into Excel, is the number 12.1
        assert read("elders", "days_off", text)[1] == "date_day_lost", text
    for text, n in (("12.4", 1), ("12.10", 1), ("2.3", 1), ("12.1、12.5", 2), ("12.1-12.3", 3), ("12.1〜12.3", 3)):
        days, code = read("elders", "days_off", text)
        assert (len(days), code) == (n, None), text
    assert read("elders", "left", "2026-12-00")[1] == "value_not_date"
    assert read("elders", "birth_date", "1941-05-00")[1] == "value_not_date"
    assert read("elders", "birth_date", "1900-01-01")[1] == "date_impossible"  # where programs begin to count
    for text in ("0000-00-00", "0000-00-00 00:00:00", "1900/1/0"):
        value, code = read("elders", "left", text)
        assert (str(value), code) == ("NaT", None), text
    assert read("elders", "left", "2031-12-31")[1] is None
    assert read("elders", "left", "2032-01-01")[1] == "date_impossible"
    assert read("elders", "left", "9999-12-31")[1] is None
    assert read("elders", "left", "至今")[1] is None
    for text in ("长期", "永久", "无固定期限"):
        assert read("elders", "left", text)[1] is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-05~2026-12-08",
        "2026-12-05至2026-12-08",
        "2026-12-05—2026-12-08",
        "2026-12-05――2026-12-08",
        "2026-12-05 - 2026-12-08",
        "2026/12/5-2026/12/8",
        "2026.12.5-2026.12.8",
        "2026.12.5-12.8",
        "2026/12/5-8",
        "2026年12月5日至8日",
        "2026年12月5日—12月8日",
        "12月5日-8日",
        "12月5-8日",
        "12/5-12/8",
        "2026-12-05 to 2026-12-08",
        "20261205-20261208",
        "从12月5日到12月8日外出",
        "2026-12-05;2026-12-06、2026-12-07 2026-12-08",
        "12月5日、6日、7日、8日",
        "12月5、6、7、8日",
        "2026-12-05~2026-12-07，2026-12-06~2026-12-08",
    ],
)
def test_ranges_of_days(text):
    assert read("elders", "days_off", text) == (tuple(date(2026, 12, day) for day in range(5, 9)), None)


def test_days_without_a_year_are_near_the_month():
    assert read_days("1月3日", date(2026, 12, 1)) == (date(2027, 1, 3),)
    assert read_days("12月30日-1月2日", date(2026, 12, 1))[-1] == date(2027, 1, 2)
    assert read_days("12月30日", date(2027, 1, 1)) == (date(2026, 12, 30),)
    assert read_days("2月29日", date(2028, 1, 1)) == (date(2028, 2, 29),)
    assert len(read_days("10月1日-1月3日", date(2026, 12, 1))) == 95
    with pytest.raises(CellFaultError):  # its ends changed places, or it lasts almost a year
        read_days("12月8日-12月5日", date(2026, 12, 1))
    assert len(read_days("12月", date(2026, 12, 1))) == 31
    assert len(read_days("2026-12", date(2026, 12, 1))) == 31
    assert read_days("12月5日")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）", range(15, 24)),
        ("2月14日（周六）、2月28日（星期六）", (14, 28)),
        ("2026-02-16（除夕）", (16,)),
        ("2月22日(周天)~25日", range(22, 26)),
    ],
)
def test_days_of_a_notice_have_their_weekdays_behind_them(text, days):
    assert read_days(text, date(2026, 2, 1)) == tuple(date(2026, 2, day) for day in days)


@pytest.mark.parametrize("text", ["2月14日（周五）", "2月15日（周日）至23日（周二）"])
def test_a_weekday_that_the_day_is_not_is_no_days(text):
    with pytest.raises(CellFaultError, match="dates_unreadable"):
        read_days(text, date(2026, 2, 1))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("24 Dec", "2026-12-24", "2026-12-24"),
        ("24th December 2026", "2026-12-24", "2026-12-24"),
        ("24-26 Dec 2026", "2026-12-24", "2026-12-26"),
        ("Dec 24-26", "2026-12-24", "2026-12-26"),
        ("Dec 24, 2026", "2026-12-24", "2026-12-24"),
        ("26 Dec 2026 to 2 Jan 2027", "2026-12-26", "2027-01-02"),
        ("26 Dec - 2 Jan", "2026-12-26", "2027-01-02"),
    ],
)
def test_english_days(text, first, last):
    days = read_days(text, date(2026, 12, 1))
    assert (days[0].isoformat(), days[-1].isoformat()) == (first, last)
    assert len(days) == (days[-1] - days[0]).days + 1


@pytest.mark.parametrize("text", ["24 and 26 Dec", "24th & 26th of December 2026", "Dec 24 and 26", "24 Dec, 26 Dec"])
def test_two_english_days_are_not_those_between_them(text):
    assert read_days(text, date(2026, 12, 1)) == (date(2026, 12, 24), date(2026, 12, 26))


def test_english_days_that_are_not_guessed():
    for text in (
        "from 5 Dec",
        "until 10 Dec",
        "24/12",
        "every Friday in Dec",
        "31 Nov",
        "5 Decks",
        "Dec",
        "1-3 and 5 Dec",
    ):
        with pytest.raises(CellFaultError):
            read_days(text, date(2026, 12, 1))


def test_a_day_that_may_stand_before_its_month_is_asked_about():
    near = date(2026, 12, 1)
    for text in ("5/12", "5/12-8/12", "2026-12-01, 5.12"):
        with pytest.raises(CellFaultError, match="date_order_unclear"):
            read_days(text, near)
    assert read_days("11/12", near) == (date(2026, 11, 12),)
    assert read_days("12/5-8", near)[-1] == date(2026, 12, 8)
    assert read_days("5月12日", near) == (date(2027, 5, 12),)


def test_two_days_are_no_range():
    assert read("elders", "days_off", "2026-12-05,2026-12-08") == ((date(2026, 12, 5), date(2026, 12, 8)), None)


@pytest.mark.parametrize(
    "text",
    [
        "12月上旬",
        "春节",
        "每周三",
        "12月5日起",
        "2026-12-05至今",
        "5日",
        "12-5",
        "2026-02-30",
        "2026-12-24~2026-12-01",
        "2月30日",
        "圣诞",
    ],
)
def test_days_that_are_not_guessed(text):
    assert read("elders", "days_off", text) == ((), "dates_unreadable")


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1), st.sampled_from(["~", "至", " - ", "—"])
)
@settings(deadline=None)
def test_lists_of_ranges_are_their_days(spans, to):
    start = date(2026, 12, 1)
    ends = [(start + timedelta(days=first), start + timedelta(days=first + n)) for first, n in spans]
    text = "; ".join(f"{first.isoformat()}{to}{last.isoformat()}" for first, last in ends)
    days = {first + timedelta(days=i) for first, last in ends for i in range((last - first).days + 1)}
    assert read_days(text, ON) == tuple(sorted(days))


def test_what_ranges_multiply_is_bounded():
    """Thousands of ranges of ten years in a cell: refused by the cell's length, or counted once where they overlap."""
    assert read("elders", "days_off", "2026-12-01~2031-12-01;" * 5400)[1] == "cell_too_long"
    assert len(read("elders", "days_off", "2026-12-01~2031-12-01;" * 200)[0]) == 1827
    with pytest.raises(CellFaultError, match="dates_too_many"):
        read_days("2010-01-01~2031-12-01", ON)


@pytest.mark.parametrize(
    "name", ["name", "address", "health", "needs", "availability", "days_off", "phone", "floor", "birth_date"]
)
@pytest.mark.parametrize("piece", ["9", "一", "(", "周一、", "无", "、", "a ", "上海话", "2026-12-05~"])
def test_no_cell_is_longer_than_its_limit(name, piece):
    """Nothing of a cell beyond its limit is read by any pattern."""
    value, code = read("elders", name, (piece * 32_767).strip())
    assert code == "cell_too_long"
    assert not isinstance(value, float) or np.isnan(value)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("2次/周", 2),
        ("两次每周", 2),
        ("1次/天", 7),
        ("1次/2周", 0.5),
        ("3次/月", 0.7),
        ("一周两次", 2),
        ("每两周一次", 0.5),
        ("双周", 0.5),
        ("一", 1.0),
        ("每旬一次", 0.7),
        ("每季度一次", 1 / 13),
        ("一季一次", 1 / 13),
        ("两次", 2),
        ("每周至少2次", 2),
        ("≥2", 2),
        ("半月一次", 7 / 15),
    ],
)
def test_frequencies(text, rate):
    assert per_week(text) == pytest.approx(rate)


RUNAWAYS = [
    *(
        "患有",
        "有点",
        "病史",
        "+",
        "无",
        "可",
        "会听懂",
        "想要",
        "轻度",
        "9",
        "9 ",
        "一",
        "(",
        "至",
        "12月",
        "5日、",
        "9:",
        "周一",
        "1-",
        ".9",
    ),
    *("无患有认知", "认知障碍病史", "上海", "services ", "a ", "除", "不", "其他", "与子", "最多", "合计", "=", "'"),
]


@pytest.mark.parametrize("piece", RUNAWAYS)
def test_no_pattern_tries_a_cell_in_endless_ways(piece):
    """A pattern with two ways to one text never comes to an end on these: each cell is as long as cells may be."""
    for end in ("$", "", "x", "痴呆")[: some(4)]:
        text = (piece * 2000)[: 1990 - len(end)] + end
        for kind in ("elders", "volunteers"):
            for of in FILES[kind]:
                read(kind, of.name, text.strip(), "认知障碍" if of.name == "health" else "认知症培训")


@pytest.mark.parametrize("text", ["中高", "较高", "高？", "高（独居+失能）", "重点（高龄）", "红码", "低→高", "high?"])
def test_a_risk_that_may_be_high_counts_as_high_and_is_told(text):
    assert read("elders", "risk", text)[:2] == ("high", "risk_assumed")


@pytest.mark.parametrize("text", ["不高", "不是高风险", "非重点", "A类", "中低"])
def test_a_risk_of_other_words_is_left_aside_and_told(text):
    assert read("elders", "risk", text)[1] == "value_not_choice"
