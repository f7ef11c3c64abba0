"""Spellings of dates, minutes and outcomes on a sheet, turned into those of the column table.

What is not understood is left as it stands: the reader of the column asks about it.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date

from matcher.columns import OUTCOME
from matcher.outcomes import IS_CONTACT
from matcher.roster.amounts import count
from matcher.roster.cell_faults import CellFaultError
from matcher.roster.dates import read_days
from matcher.roster.header import simplify

_WEEKDAY = re.compile(
    r"[\s(（]*(?:(?:周|星期|礼拜)[一二三四五六日天]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)[)）]?\s*$"
    r"|(?<=[日号])[\s(（]*[一二三四五六日天][)）]?\s*$",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{1,2})\s*[日号]?", re.ASCII)
_MONTH_AND_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})(?:[-/.](?P<year>\d{4}))?", re.ASCII)
_LOST_DAY = re.compile(r"(\d{1,2})\.([123])", re.ASCII)
_NUMERALS = re.compile(r"(?P<month>[一二三四五六七八九十]{1,2})月(?P<day>[一二三四五六七八九十廿卅]{1,3})[日号]?")
_HOURS_AND_MINUTES = re.compile(
    r"(?:(?P<hours>\d{1,2}(?:\.\d{1,2})?|[一二两三四五六七八])个?(?P<half>半)?(?:小时|钟头|h(?:ours?|rs?)?)(?P<after>半)?)?"
    r"(?:(?P<minutes>\d{1,3}|[一二三四五六七八九十]{1,3})(?:分钟?|min(?:ute)?s?|m|'|′)?)?"
)
_HALF_HOUR = re.compile(r"半个?(?:小时|钟头)|half(?:an)?hour")
_QUARTERS = re.compile(r"(?P<n>[一二三123])刻钟?")
_CLOCKS = re.compile(r"(?:(\d{1,2}):(\d\d)(?:-{1,2}|[~—–―]{1,2}|至|到))?(\d{1,2}):(\d\d)(?::00)?", re.ASCII)
_ABOUT = re.compile(r"^(?:约|大约|差不多|about|ca\.?)|(?:左右|多|\.0)$")
_NOTE = re.compile(r"^(?P<word>[^()（）]+)[(（](?P<note>[^()（）]{1,80})[)）]$")
_SIGN_FIRST = re.compile(r"^(?P<sign>[A-Za-z✓√✗×])[\s.、:：．)）-]*(?P<word>\S.*)$")
_SIGN_AND_NOTE = re.compile(
    r"^(?P<word>[A-Za-z])(?:[\s.、:：．)）,，;；-]+(?=\S)|(?=[^\W\d_a-zA-Z]))(?P<note>.{1,80})$"
)
"""A letter of the legend and what follows it: H 顾华, D 瑞金医院, A敲门两次."""
_MOST_HOURS = 24


def spell_date(text: str, near: date) -> str:
    """Return a date as 2026-12-08, without its weekday, in the year that is nearest; else the text as it stands.

    A day alone, 8日 or 8, is one of the month of ``near``. Of 8/12/2026 and 12-8, whichever way they are read, that day
    is meant which lies in the month: 12/8 of a sheet of December. What may be two days (``find_lost_days``) stands.
    """
    bare = _WEEKDAY.sub("", unicodedata.normalize("NFKC", text).strip())
    if re.match(r"\d{4}", bare):
        return bare
    if find_lost_days(text, near):
        return text
    if (day := _DAY.fullmatch(bare)) and 1 <= int(day[1]) <= monthrange(near.year, near.month)[1]:
        return near.replace(day=int(day[1])).isoformat()
    if (found := _MONTH_AND_DAY.fullmatch(bare)) and (
        inside := _find_in_month(int(found[1]), int(found[2]), found["year"], near)
    ):
        return inside
    if found := _NUMERALS.fullmatch(bare):
        bare = f"{_count(found['month'])}月{_count(re.sub('卅', '三十', re.sub('廿', '二十', found['day'])))}日"
    try:
        days = read_days(bare, near)
    except CellFaultError:
        return text
    return days[0].isoformat() if len(days) == 1 else text


def find_lost_days(text: str, near: date) -> tuple[date, ...]:
    """Return the two days of the month of ``near`` that a number may mean, of which a 0 at the end is lost; else none.

    12.10 typed into Excel is 12.1.
    """
    found = _LOST_DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    days = (int(found[2]), 10 * int(found[2])) if found and int(found[1]) == near.month else ()
    if not days or days[-1] > monthrange(near.year, near.month)[1]:
        return ()
    return tuple(near.replace(day=day) for day in days)


def _find_in_month(first: int, second: int, year: str | None, near: date) -> str:
    """Return the day of the month of ``near`` that two numbers mean, month and day in either order; else nothing."""
    if year and int(year) != near.year:
        return ""
    days = {day for month, day in ((first, second), (second, first)) if month == near.month}
    inside = [day for day in days if 1 <= day <= monthrange(near.year, near.month)[1]]
    return near.replace(day=inside[0]).isoformat() if len(inside) == 1 else ""


def spell_minutes(text: str) -> str:
    """Return minutes as a number: 半小时 is 30, 1h is 60, 9:00-9:40 is 40; else the text as it stands."""
    word = _ABOUT.sub("", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower())
    if _HALF_HOUR.fullmatch(word):
        return "30"
    if quarters := _QUARTERS.fullmatch(word):
        return str(15 * _count(quarters["n"]))
    if clocks := _CLOCKS.fullmatch(word):
        return _count_between(*map(int, clocks.groups(default="0"))) or text
    found = _HOURS_AND_MINUTES.fullmatch(word)
    if not word or not found or (found["hours"] and not re.search(r"[小时钟头h]", word)):
        return text
    try:
        hours_min = 0.0
        if found["hours"]:
            number = float(found["hours"]) if found["hours"][0].isdigit() else count(found["hours"])
            hours_min = 60 * (number + 0.5 * bool(found["half"] or found["after"]))
        return str(round(hours_min + (_count(found["minutes"]) if found["minutes"] else 0)))
    except ValueError:
        return text


def _count_between(from_hour: int, from_minute: int, hour: int, minute: int) -> str:
    """Return the minutes from one time of the clock to another, or of 0:40; nothing where there are none."""
    is_clock = from_hour < _MOST_HOURS and hour < _MOST_HOURS and max(from_minute, minute) < 60
    minutes = 60 * (hour - from_hour) + minute - from_minute
    return str(minutes) if is_clock and minutes >= 0 else ""


def _count(word: str) -> int:
    return int(word) if word.isascii() else count(word)


_CODES = {simplify(word): choice.code for choice in OUTCOME for word in (choice.code, choice.zh, *choice.aliases)}


def spell_outcome(text: str) -> str:
    """Return an outcome without what stands beside its word: a sign before it, a note in brackets behind it."""
    word = split_note(text)[0]
    for bare in (word, word.removesuffix("了")):  # 去世了
        if simplify(bare) in _CODES:
            return bare
    if _CODES.get(simplify(bare := word.rstrip("✓√✔"))) == "done":  # 完成✓, √√
        return bare
    if found := _SIGN_FIRST.match(word):
        code = _CODES.get(simplify(found["sign"]))
        if code and code == _CODES.get(simplify(found["word"])):
            return code
    return text


def is_contact(text: str) -> bool:
    """Return whether a text is an outcome after which the elder has been met or spoken to."""
    return _CODES.get(simplify(text)) in IS_CONTACT


def split_note(text: str) -> tuple[str, str]:
    """Return an outcome and the note behind it, in brackets or after a letter; none where no outcome stands before it.

    A further outcome is no note: D/E is asked about.
    """
    found = _NOTE.match(text.strip()) or _SIGN_AND_NOTE.match(text.strip())
    if found and simplify(found["word"]) in _CODES and not _is_outcome(found["note"]):
        return found["word"].strip(), found["note"].strip()
    return text, ""


def _is_outcome(text: str) -> bool:
    """Return whether a note is, or begins with, an outcome of its own."""
    return simplify(text) in _CODES or bool(re.match(r"[A-Ia-i](?![A-Za-z0-9])", text.strip()))
