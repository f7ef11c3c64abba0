"""Availability in words, both ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.i18n import LANGUAGES, in_language
from matcher.roster.availability import clock, parse, render
from matcher.roster.model import ANY_TIME

MON, TUE, WED, THU, FRI, SAT, SUN = (3 << 2 * day for day in range(7))
AM = sum(1 << 2 * day for day in range(7))
PM = AM << 1
WORK = MON | TUE | WED | THU | FRI


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("", ANY_TIME),
        ("周一上午", MON & AM),
        ("周三", WED),
        ("周一上午; 周三", MON & AM | WED),
        ("周一上午，周三", MON & AM | WED),
        ("周一上午\n周三", MON & AM | WED),
        ("周一至周五", WORK),
        ("周一到五", WORK),
        ("星期一～星期五", WORK),
        ("周1-5上午", WORK & AM),
        ("周一、三、五下午", (MON | WED | FRI) & PM),
        ("周一三五", MON | WED | FRI),
        ("周一/周三 下午", (MON | WED) & PM),
        ("周一上午、三下午", MON & AM | WED & PM),
        ("周一上午、下午", MON),
        ("周一上下午", MON),
        ("星期日", SUN),
        ("周天", SUN),
        ("礼拜六", SAT),
        ("周五至周一", FRI | SAT | SUN | MON),
        ("工作日", WORK),
        ("工作日上午；周末全天", WORK & AM | SAT | SUN),
        ("每天", ANY_TIME),
        ("全天", ANY_TIME),
        ("上午", AM),
        ("上午、下午", ANY_TIME),
        ("每周二、四下午均可", (TUE | THU) & PM),
        ("上午：周一、周三　下午：周五", (MON | WED) & AM | FRI & PM),
        ("无", 0),
        ("Mon am", MON & AM),
        ("Ｍｏｎ　ＡＭ； Wed", MON & AM | WED),
        ("Mon-Fri", WORK),
        ("monday to friday p.m.", WORK & PM),
        ("Tues, Thurs and Sat afternoons", (TUE | THU | SAT) & PM),
        ("weekdays am; weekends", WORK & AM | SAT | SUN),
        ("daily", ANY_TIME),
        ("mornings", AM),
        ("every Sunday morning", SUN & AM),
        ("none", 0),
    ],
)
def test_parse(text, mask):
    assert parse(text) == mask


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("周一上午; 周八", "周八"),
        ("周一晚上", "晚上"),
        ("周一 9-11", "9-11"),
        ("周一 11:00-9:00", "11:00-9:00"),
        ("下周一", "下周一"),
        ("除周三外", "除周三外"),
        ("一三五", "一三五"),
        ("周一至", "周一至"),
        ("至周五", "至周五"),
        ("周一上午-周三", "-周三"),
        ("周一至至周五", "至周五"),
        ("周一至上午", "上午"),
        ("上午周一；下午、", None),
        ("上午周一，上午周三 下午", "上午周一,上午周三 下午"),
        ("Mon am, Funday", "funday"),
        ("monsoon", "monsoon"),
        ("，", ","),
        ("随叫随到", "随叫随到"),
    ],
)
def test_not_understood(text, part):
    if part is None:
        assert parse(text) == MON & AM | PM
        return
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text)
    assert str(caught.value) == part


@given(st.integers(0, ANY_TIME), st.sampled_from(LANGUAGES))
@settings(deadline=None)
def test_round_trip(mask, lang):
    with in_language(lang):
        text = render(mask)
    assert parse(text) == mask
    assert parse(text.replace("周", "星期").upper()) == mask


@pytest.mark.parametrize(
    ("mask", "en", "zh"),
    [
        (ANY_TIME, "daily", "每天"),
        (AM, "daily am", "每天上午"),
        (WORK & PM | SAT, "Mon-Fri pm; Sat", "周一至周五下午；周六"),
        (MON | TUE & AM | WED, "Mon, Wed; Tue am", "周一、周三；周二上午"),
        (0, "none", "无"),
    ],
)
def test_render(mask, en, zh):
    with in_language("en"):
        assert render(mask) == en
    with in_language("zh"):
        assert render(mask) == zh


@pytest.mark.parametrize(
    ("text", "mask", "hours"),
    [
        ("周一 9:00-10:30", 0b1, "0:540-630"),
        ("Tue 14:00-16:00", 0b1000, "1:840-960"),
        ("Tue 2pm-4pm", 0b1000, "1:840-960"),
        ("周三下午2点-4点", 0b100000, "2:840-960"),
        ("周二9点半至10点半", 0b100, "1:570-630"),
        ("周一上午; 周一 10:00-11:00", 0b1, ""),  # the morning holds it
        ("周一上午、14:00-16:00", 0b11, "0:840-960"),
        ("Mon 11:00-14:00", 0b11, "0:660-720,0:720-840"),  # noon divides the halves
        ("Mon 9:00-10:00, 9:30-11:00", 0b1, "0:540-660"),
        ("Mon 9-11am; Wed", 0b110001, "0:540-660"),
        ("周一、三 9:00-10:00", 0b010001, "0:540-600,2:540-600"),
    ],
)
def test_clock_times(text, mask, hours):
    assert (parse(text), clock(text)) == (mask, hours)
    for language in LANGUAGES:
        with in_language(language):
            written = render(mask, hours)
        assert (parse(written), clock(written)) == (mask, hours)
