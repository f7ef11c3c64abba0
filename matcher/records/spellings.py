"""Spellings of dates, minutes and outcomes on a sheet, turned into those of the column table.

What is not understood is left as it stands: the reader of the column asks about it.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date

from matcher.columns import OUTCOME
from matcher.roster.amounts import count
from matcher.roster.cell_faults import CellFaultError
from matcher.roster.dates import read_days
from matcher.roster.header import simplify

_WEEKDAY = re.compile(
    r"[\s(（]*(?:(?:周|星期|礼拜)[一二三四五六日天]|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)[)）]?\s*$"
    r"|(?<=[日号])[\s(（]*[一二三四五六日天][)）]?\s*$",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{1,2})\s*[日号]", re.ASCII)
_HOURS_AND_MINUTES = re.compile(
    r"(?:(?P<hours>\d{1,2}(?:\.\d{1,2})?|[一二两三四五六七八])个?(?P<half>半)?(?:小时|钟头|h(?:ours?|rs?)?)(?P<after>半)?)?"
    r"(?:(?P<minutes>\d{1,3}|[一二三四五六七八九十]{1,3})(?:分钟?|min(?:ute)?s?|m|'|′)?)?"
)
_HALF_HOUR = re.compile(r"半个?(?:小时|钟头)|half(?:an)?hour")
_QUARTERS = re.compile(r"(?P<n>[一二三123])刻钟?")
_CLOCK = re.compile(r"(\d{1,2})[:：](\d\d)(?:[:：]00)?", re.ASCII)
_ABOUT = re.compile(r"^(?:约|大约|差不多|about|ca\.?)|(?:左右|多|\.0)$")
_NOTE = re.compile(r"^(?P<word>[^()（）]+)[(（](?P<note>[^()（）]{1,80})[)）]$")
_SIGN_FIRST = re.compile(r"^(?P<sign>[A-Za-z✓√✗×])[\s.、:：．)）-]*(?P<word>\S.*)$")
_MOST_HOURS = 24


def spell_date(text: str, near: date) -> str:
    """Return a date as 2026-12-08, without its weekday, in the year that is nearest; else the text as it stands.

    A day alone, 8日, is one of the month of ``near``.
    """
    bare = _WEEKDAY.sub("", unicodedata.normalize("NFKC", text).strip())
    if re.match(r"\d{4}", bare):
        return bare
    if (day := _DAY.fullmatch(bare)) and 1 <= int(day[1]) <= monthrange(near.year, near.month)[1]:
        return near.replace(day=int(day[1])).isoformat()
    try:
        days = read_days(bare, near)
    except CellFaultError:
        return text
    return days[0].isoformat() if len(days) == 1 else text


def spell_minutes(text: str) -> str:
    """Return minutes as a number: 半小时 is 30, 1h is 60, 1小时20分 is 80; else the text as it stands."""
    word = _ABOUT.sub("", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower())
    if _HALF_HOUR.fullmatch(word):
        return "30"
    if quarters := _QUARTERS.fullmatch(word):
        return str(15 * _count(quarters["n"]))
    if clock := _CLOCK.fullmatch(word):
        hours, minutes = int(clock[1]), int(clock[2])
        return str(60 * hours + minutes) if hours < _MOST_HOURS and minutes < 60 else text
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


def _count(word: str) -> int:
    return int(word) if word.isascii() else count(word)


_CODES = {simplify(word): choice.code for choice in OUTCOME for word in (choice.code, choice.zh, *choice.aliases)}


def spell_outcome(text: str) -> str:
    """Return an outcome without what stands beside its word: a sign before it, a note in brackets behind it."""
    word = split_note(text)[0]
    if simplify(word) in _CODES:
        return word
    if found := _SIGN_FIRST.match(word):
        code = _CODES.get(simplify(found["sign"]))
        if code and code == _CODES.get(simplify(found["word"])):
            return code
    return text


def split_note(text: str) -> tuple[str, str]:
    """Return an outcome and the note in brackets behind it; no note where what stands before it is no outcome."""
    found = _NOTE.match(text.strip())
    if found and simplify(found["word"]) in _CODES:
        return found["word"].strip(), found["note"].strip()
    return text, ""
