"""Numbers are hidden by what they are, however they are spelt."""

import re

import pandas as pd
import pytest

from matcher.privacy import (
    hide_landlines,
    hide_national_ids,
    hide_numbers,
    hide_phones,
    hide_places,
    hide_private,
    holds_national_id,
    holds_phone,
)
from matcher.roster import make_roster
from matcher.settings import Settings

NATIONAL_IDS = [
    "310104{19500101}7893",
    "310104】【19500101】【7893",
    "310104“19500101”7893",
    "310104<19500101>7893",
    "310104&19500101&7893",
    "310104195001017893",
    "31010419500101789x",
    "310104 19500101 7893",
    "310104-19500101-7893",
    "3101 0419 5001 0178 93",
    "310104.19500101.7893",
    "３１０１０４１９５００１０１７８９３",
    "310104（19500101）7893",
    "三一〇一〇四一九五〇〇一〇一七八九三",
    "310104500101789",
    "310104 500101 789",
    "３１０１０４５００１０１７８９",
    "310104/19500101/7893",
    "310104，19500101，7893",
    "310104、19500101、7893",
    "310104;19500101;7893",
    "310104|19500101|7893",
    "310104    19500101    7893",
    "310104……19500101……7893",
    "310104\u200b19500101\u200b7893",
    "310104\xad195001017893",
    "310104 1950-01-01 7893",
    "310104(1950.01.01)7893",
    "310104（1950年01月01日）7893",
    "310104１９５００１０１七八九三",
    "三一〇一〇四 一九五〇〇一〇一 七八九三",
    "叁壹零壹零肆壹玖伍零零壹零壹柒捌玖叁",
]
PHONES = [
    "13812341111",
    "+8613812341111",
    "+86 138 1234 1111",
    "(+86)138-1234-1111",
    "0086-13812341111",
    "138.1234.1111",
    "138 1234 1111",
    "１３８１２３４１１１１",
    "一三八一二三四一一一一",
    "(021)64001111",
    "（021）6400 1111",
    "021-64001111",
    "+86 21 64001111",
    "0516-6401111",
    "64001111",
    "6400-1111",
    "400-820-1111",
    "138/1234/1111",
    "138,1234,1111",
    "138、1234、1111",
    "138|1234|1111",
    "138\u200b12341111",
    "1-3-8-1-2-3-4-1-1-1-1",
    "壹叁捌壹贰叁肆壹壹壹壹",
    "幺三八一二三四一一一一",
]
HARMLESS = [
    "2026-12-24 2026-12-28 2026-12-30",
    "2026-12-24; 2026-12-28~2026-12-31",
    "2026-1-2 2026-1-3 2026-1-4",
    "14:00-16:00, 15:00-17:00, 09:00-11:00",
    "周一二三四五 0900-1100",
    "2026-12-14; 2026-12-28~2026-12-31",
    "12-24 2026-12-28 2026-1-3",
    "周一二三四五六 09:00-11:00 14:00-16:00",
    "E0000123",
    "零陵路300弄5号",
    "一二三四五六七",
    "12",
    "",
]


def digits(text):
    return "".join(sign for sign in text if sign.isdigit())


@pytest.mark.parametrize("number", NATIONAL_IDS)
@pytest.mark.parametrize("around", ["{}", "身份证{}", "王老{}，独居", "id {} ok"])
def test_national_ids_are_stars(number, around):
    text = around.format(number)
    assert holds_national_id(text)
    for hide in (hide_national_ids, hide_numbers, hide_private):
        shown = hide(text)
        assert "***" in shown
        assert len(digits(shown)) == 3
        assert shown[: text.index(number)] == text[: text.index(number)]


@pytest.mark.parametrize("number", PHONES)
@pytest.mark.parametrize("around", ["{}", "电话{}", "李四{}", "{} 女儿"])
def test_telephone_numbers_are_stars(number, around):
    text = around.format(number)
    shown = hide_private(text)
    assert "****1111" in shown
    assert len(digits(shown)) <= 7
    assert not holds_national_id(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_such_number_stays(text):
    assert hide_numbers(text) == hide_national_ids(text) == hide_phones(text) == text
    assert not holds_national_id(text)
    assert not holds_phone(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("01-02, 310104 19500101 7893", "01-02, 310*****************"),
        ("310104195001017893310104194301011222", "310*********************************"),
        ("31010419500101789X310104194301011222", "310***************310***************"),
        ("3.10104195001018E+17", "3.1*****************"),
    ],
)
def test_a_national_id_behind_or_beside_other_digits_is_stars_too(text, shown):
    assert hide_national_ids(text) == hide_private(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("家在121.473701，31.230416", "家在121.47…,31.23…"),
        ("31.234 121.473", "31.23… 121.47…"),
        ("北纬31.230东经121.473", "北纬31.23…东经121.47…"),
        ("E121°28′25″ N31°14′04.5″", "E121°28′…″ N31°14′…″"),
        ("31°14.067'N", "31°14…'N"),
        ("１２１．４７３７０１", "121.47…"),
        ("lng=121.4737&lat=31.2304", "LNG=121.47…&LAT=31.23…"),
        ("121.47370123456789", "121.47…"),
    ],
)
def test_coordinates_in_a_text_are_coarse(text, shown):
    assert hide_places(text) == shown
    for hide in (hide_numbers, hide_private):
        assert not re.search(r"473|234|067", hide(text))


@pytest.mark.parametrize(
    "text",
    ["体温37.2度 血糖6.123", "38°5", "192.168.1.1", "1.2.3.4567", "2.345 km", "3.10105E+17", "2026.12.01", "5号602室"],
)
def test_what_is_no_coordinate_stays(text):
    assert hide_places(text) == text


def test_two_numbers_and_what_stands_between_them_stay_apart():
    text = "张三13812341111，李四０２１－６４００２２２２（子）"
    assert hide_private(text) == "张三138****1111，李四****2222（子）"


@pytest.mark.parametrize("column", ["name", "languages", "备注", "days_off", "birth_date", "health", "team", "floor"])
def test_no_issue_and_no_frame_shows_a_national_id_and_no_issue_a_telephone(column):
    """A volunteer for each number, however it is spelt."""
    ids, phones = [*NATIONAL_IDS[:9], *NATIONAL_IDS[18:24]], PHONES[:10]
    person = {"name": "a", "lng": "121.4737", "lat": "31.2304"}
    elders = pd.DataFrame([{**person, "id": "E1", "consent": "yes"}])
    volunteers = [{**person, "id": f"V{i}", column: number} for i, number in enumerate([*ids, *phones])]
    roster = make_roster(elders, pd.DataFrame(volunteers), Settings())
    shown = " ".join(f"{i.column} {i.value} {i.message()} {i.advice()}" for i in roster.issues)
    assert [issue.value for issue in roster.issues if len(digits(issue.value)) > 7] == []
    assert [number for number in (*ids, *phones) if number in shown] == []
    kept = roster.volunteers.to_csv()
    assert [number for number in ids if number in kept] == []


@pytest.mark.parametrize(
    ("column", "cell", "shown"),
    [
        ("availability", "一三八一二三四五六七八", "138****5678"),
        ("availability", "310104 19500101 7893", "310*****************"),
        ("days_off", "138、1234、5678", "138****5678"),
        ("days_off", "2026-12-24; 圣诞", "圣诞"),
    ],
)
def test_no_piece_of_a_number_is_told_as_what_is_not_understood(column, cell, shown):
    person = {"name": "a", "lng": "121.4737", "lat": "31.2304"}
    elders = pd.DataFrame([{**person, "id": "E1", "consent": "yes", column: cell}])
    roster = make_roster(elders, pd.DataFrame([{**person, "id": "V1"}]), Settings())
    assert [issue.params["part"] for issue in roster.issues if "part" in issue.params] == [shown]


@pytest.mark.parametrize("number", NATIONAL_IDS)
def test_a_national_id_however_written_is_no_id(number):
    person = {"name": "a", "lng": "121.4737", "lat": "31.2304"}
    elders = pd.DataFrame([{**person, "id": number, "consent": "yes"}])
    roster = make_roster(elders, pd.DataFrame([{**person, "id": "V1"}]), Settings())
    assert "id_is_national_id" in [issue.code for issue in roster.issues]
    assert roster.elders.empty


@pytest.mark.parametrize("text", ["64381234", "6438 1234", "6438-1234", "6438123", "打 64381234 找他"])
def test_landlines_among_numbers_that_stay(text):
    assert "6438" not in hide_landlines(text)


@pytest.mark.parametrize("text", ["20261332", "19410502", "2026-12-05", "300-5000", "121.47370123", "E64381234", "500"])
def test_what_is_no_landline_stays(text):
    assert hide_landlines(text) == text
