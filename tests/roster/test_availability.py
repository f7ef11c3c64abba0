"""Availability in words, both ways."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.columns import column
from matcher.i18n import LANGUAGES, in_language
from matcher.messages import ISSUES
from matcher.roster import convert
from matcher.roster.availability import clock, parse, read_times, render, windows
from matcher.roster.model import ANY_TIME
from matcher.roster.time_tokens import TimesError
from matcher.settings import Settings
from tests.helpers.effort import some

DOCS = Path(__file__).parents[2] / "docs"

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
        ("一三五", MON | WED | FRI),
        ("除周三外", ANY_TIME & ~WED),
        ("周三（下午）不行", ANY_TIME & ~(WED & PM)),
        ("周二、周五（下午）除外", ANY_TIME & ~((TUE | FRI) & PM)),
        ("周一至周五上午（周三）不行", WORK & ~WED & AM),
        ("随叫随到", ANY_TIME),
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
        ("下周一", "下周"),
        ("周一至", "至"),
        ("至周五", "至周五"),
        ("周一上午-周三", "-周三"),
        ("周一至至周五", "至至周五"),
        ("周一至上午", "至上午"),
        ("上午周一，上午周三 下午", "上午周一,上午周三 下午"),
        ("Mon am, Funday", "funday"),
        ("monsoon", "monsoon"),
        ("，", ","),
        ("周一上午，看情况", "看情况"),
        ("除外", "除外"),
        ("不行周三，周四", "不行周三"),
        ("除周三上午和别的外", "别的外"),
        ("except", "except"),
        ("周一，周一不行", "周一,周一不行"),
        ("下午9点-11点", "下午9点-11点"),
        ("周" * 501, "周" * 20 + "…"),
    ],
)
def test_not_understood(text, part):
    with pytest.raises(TimesError, match=r".") as caught:
        parse(text)
    assert str(caught.value) == part


def test_times_after_the_day_they_belong_to():
    assert parse("上午周一；下午、") == MON & AM | PM


def read_phrases(language):
    """Yield each phrase of the document of a language, and what it says that the program reads."""
    text = (DOCS / f"availability{'' if language == 'en' else '.zh-CN'}.md").read_text("utf-8")
    for line in text[text.index("\n### ") :].splitlines():
        if line.startswith("| ") and "---" not in line and not line.startswith(("| phrase", "| 写法")):
            yield tuple(cell.strip() for cell in line.strip("| ").split(" | "))


def tell(text, language):
    """Return what the program reads of a cell, in the words of the document."""
    context = convert.ColumnContext(column("elders", "availability"), "", Settings(), None, "elders")
    mask, fault = convert._read_cell(text, context)
    if fault and fault.kept is None:
        return f"`{fault.code}`"
    with in_language(language):
        return render(mask, convert.read_clock(text)) + (f" `{fault.code}`" if fault else "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_of_the_document(language):
    phrases = list(read_phrases(language))
    assert len(phrases) >= 150
    assert {phrase: tell(phrase, language) for phrase, _ in phrases} == dict(phrases)
    assert [phrase for phrase, _ in phrases] == [phrase for phrase, _ in read_phrases("en")]


def read_or_refuse(text):
    """Return what is read; or None, the code and the part that is not understood."""
    try:
        return read_times(text), "", ""
    except TimesError as error:
        return None, error.code, error.part


@given(
    st.lists(
        st.sampled_from(sorted({piece for phrase, _ in read_phrases("en") for piece in re.findall(r"\w|\W", phrase)}))
    )
)
@settings(deadline=None, max_examples=some(400))
def test_whatever_is_written_is_read_or_refused(pieces):
    text = "".join(pieces)
    times, code, part = read_or_refuse(text)
    assert not code or (code in ISSUES and (part or not text.strip()))
    if times is None:
        return
    assert 0 <= times.mask <= ANY_TIME
    for half, spans in windows(times.clock).items():
        assert times.mask >> half & 1
        assert all(0 <= start < end <= 24 * 60 and (start >= 720) == half % 2 for start, end in spans)
    if times.note == "":
        again = read_times(render(times.mask, times.clock))
        assert (again.mask, again.clock) == (times.mask, times.clock)


DAY_WORDS = {"周一": MON, "周三": WED, "周六": SAT, "工作日": WORK, "周末": SAT | SUN}
HALF_WORDS = {"上午": AM, "下午": PM, "": ANY_TIME}


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(DAY_WORDS)), st.sampled_from(sorted(HALF_WORDS)), st.booleans()), min_size=1
    )
)
@settings(deadline=None)
def test_phrases_add_and_take_away(phrases):
    """By hand: what is free is united, and what is not is taken from it; from all the week where nothing is free."""
    text = "；".join(f"{day}{half}{'有空' if free else '没空'}" for day, half, free in phrases)
    named = [(DAY_WORDS[day] & HALF_WORDS[half], free) for day, half, free in phrases]
    free = sum(1 << i for i in range(14) if any(mask >> i & 1 and ok for mask, ok in named))
    if not any(ok for _mask, ok in named):
        free = ANY_TIME
    taken = sum(1 << i for i in range(14) if any(mask >> i & 1 and not ok for mask, ok in named))
    if free & ~taken:
        assert parse(text) == free & ~taken
    else:
        with pytest.raises(TimesError):
            parse(text)


@pytest.mark.parametrize("piece", ["周一、", "9", "一", "(", "除周一外", "周一不行，", "9:00-10:00、", "a", "上午"])
def test_the_longest_cell_costs_no_more_than_a_moment(piece):
    """Counted, not timed: longer texts are refused before anything is read."""
    with pytest.raises(TimesError):
        parse(piece * 32_767)


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
