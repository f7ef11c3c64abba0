"""Masks for what points at a person: names, telephone numbers, rooms, national IDs.

Numbers are looked for as they are meant, not as they are spelt: characters of any width (NFKC), Chinese numerals,
signs that nobody sees, spaces, dashes, dots and brackets between the digits, a country code before them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_COMPOUND = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
    "段干百里呼延东郭南门羊舌微生梁丘左丘东门西门南荣第五纳兰完颜"
)
COMPOUND_SURNAMES = frozenset(re.findall("..", _COMPOUND))
"""Surnames of two characters, after the Hundred Family Surnames."""

_MOBILE = re.compile(r"(?:0086|86)?(1\d{10})", re.ASCII)
_ROOM_ANYWHERE = re.compile(
    r"(?<=[号幢栋座楼元])[^号幢栋座楼元\d]{0,4}[A-Za-z]?\d+.*|[A-Za-z]?\d+[A-Za-z]?(?=室)", re.ASCII
)
_SPACING = r"\s\-‐‑‒–—―−_.·•()\[\]*'’"
_BETWEEN = rf"[{_SPACING}]{{0,8}}"
"""What people put between the digits of one number."""
_DIGIT = rf"{_BETWEEN}\d"
_PARTING = rf"[{_SPACING}/\\,、。:;~#=|+&@!?%$^`{{}}<>\"“”„「」『』【】〈〉《》〔〕年月日]"
"""What also stands between the parts of one number: such a number has to make sense."""
_PARTED_DIGIT = rf"{_PARTING}{{0,8}}\d"
_NEW_ID = re.compile(rf"(?<!\d)\d(?:{_PARTED_DIGIT}){{16}}{_PARTING}{{0,8}}(?:X|\d(?!\d))", re.ASCII)
_GLUED_IDS = re.compile(r"\d{30,}", re.ASCII)
_OLD_ID = re.compile(rf"(?<!\d)\d(?:{_DIGIT}){{14}}(?!\d)", re.ASCII)
_RUINED = re.compile(r"(?<![\d.])\d\.\d{7,}E\+?\d\d(?!\d)", re.ASCII)
"""A long number that a program wrote with a power of ten: most of its digits still stand there."""
_PHONE = re.compile(
    rf"""
      (?<!\d) (?:\(?\+?(?:00)?86\)?{_BETWEEN})? 1{_BETWEEN}[3-9](?:{_DIGIT}){{9}} (?!\d)
    | (?<!\d) 1[3-9]\d {_PARTING}{{1,3}} \d{{4}} {_PARTING}{{1,3}} \d{{4}} (?!\d)
    | (?<!\d) (?:\(?\+?(?:00)?86\)?{_BETWEEN})? \(?0[1-9]\d{{1,2}}\)? {_BETWEEN} [2-9]\d{{2,3}}{_BETWEEN}\d{{4}} (?!\d)
    | (?<!\d) \(?(?:\+|00)86\)? {_BETWEEN} [1-9]\d{{1,2}} {_BETWEEN} [2-9]\d{{2,3}}{_BETWEEN}\d{{4}} (?!\d)
    | (?<!\d) (?:400|800) {_BETWEEN} \d{{3}} {_BETWEEN} \d{{4}} (?!\d)
    """,
    re.ASCII | re.VERBOSE,
)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}(?!\d)", re.ASCII)
_LONGEST_DATE = 10
_LONG_NUMBER = re.compile(
    r"(?<![\dA-Za-z])(?<!\d\.)\d{7,}(?!\d)(?!\.\d)|(?<![\d-])[2-9]\d{2,3}[- ]\d{4}(?![\d-])", re.ASCII
)
"""A run of digits as long as a telephone number without its area code; not the decimals of a coordinate."""
_LANDLINE = re.compile(r"(?<![\dA-Za-z.])(?!20)(?:[2-9]\d{3}[- ]?\d{4}|[2-9]\d{6})(?![\d.-])", re.ASCII)
"""A telephone number without its area code; 20261332 is rather a date that cannot be."""
NUMERAL = "〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺"
_NUMERALS = str.maketrans(NUMERAL, "0001234567891234567892361")
_NUMERAL_RUN = re.compile(rf"[{NUMERAL}](?:{_BETWEEN}[{NUMERAL}]){{10,}}|[\d{NUMERAL}]{{11,}}")
"""Chinese numerals as many as a mobile number has, or as many of them and of digits close together."""
_SOME_NUMERALS = re.compile(rf"[{NUMERAL}](?:{_BETWEEN}[{NUMERAL}]){{2,}}")
"""Numerals of one number; fewer of them are a name's before its telephone number (李四138…)."""
_FINE_DEGREES = re.compile(
    r"(?P<kept>[°度]\s*\d{1,2})[.．]\d+|(?P<minutes>['′’分]\s*)\d[\d.．]*|(?P<degrees>(?<!\d)\d{1,3}[.．]\d\d|\d{4})\d+"
)
"""Digits of degrees that are finer than some 1 km: decimals of minutes, seconds, decimals from the third on."""
_FINE = r"(?<![\d.])\d{1,3}\.\d{3,}(?![\d.]*\d)(?!E[+\-]?\d)"
_BESIDE = r"\s{0,3}[°度]?\s{0,3}[NSEW]?\s{0,3}[,;/|、 ]\s{0,3}[NSEW东西南北经纬度:]{0,4}\s{0,3}-?"
_PLACE = re.compile(
    rf"""
      {_FINE}{_BESIDE}{_FINE}
    | (?<![\d.])\d{{1,3}}\.\d{{4,}}(?![\d.]*\d)(?!E[+\-]?\d)
    | {_FINE}\s{{0,3}}[°度NSEW]
    | (?<![A-Z])(?:[NSEW]|[经纬]度?|LAT|LATITUDE|LON|LONG|LNG|LONGITUDE)\s{{0,3}}[:=]?\s{{0,3}}-?{_FINE}
    | (?<!\d)\d{{1,3}}\s{{0,3}}[°度]\s{{0,3}}\d{{1,2}}(?:\.\d+|\s{{0,3}}['′’分]\s{{0,3}}\d[\d.]*)
    """,
    re.ASCII | re.VERBOSE,
)
"""Coordinates within some 100 m: a number with the decimals of one, two beside each other, or what says so."""
_PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83, 91)
)
"""First two digits of national IDs (GB/T 2260); 91 are foreigners with leave to stay."""
_CENTURIES = frozenset({"18", "19", "20"})
_FEWEST_DIGITS = 7
_SHORTEST_ID = 15
_SHORTEST_PLACE = 5

Mask = Callable[[str], str]
Test = Callable[[re.Match[str]], bool]


def mask_name(name: str) -> str:
    """Keep a Chinese surname or any other name's first letter: 张三 → 张*, 欧阳建国 → 欧阳*, Ann → A*."""
    name = name.strip()
    if not name:
        return ""
    surname = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:surname] + "*"


def mask_names(names: pd.Series) -> pd.Series:
    """Mask every name of a column of text, as ``mask_name`` does."""
    return names.str.strip().map({name: mask_name(name) for name in names.str.strip().unique()})


def mask_phone(phone: str) -> str:
    """Keep the ends of a mobile number (138****1234), the last four digits of any other (****5678)."""
    digits = _take_digits(phone)
    if mobile := _MOBILE.fullmatch(digits):
        return f"{mobile[1][:3]}****{mobile[1][-4:]}"
    return f"****{digits[-4:]}" if len(digits) >= _FEWEST_DIGITS else "*" * len(phone)


def mask_national_id(number: str) -> str:
    """Keep the first three digits of a national ID, the province and half the city: 310***************."""
    number = number.strip()
    if len(number) < _FEWEST_DIGITS:
        return "*" * len(number)
    return (number if number.isascii() else _take_digits(number))[:3] + "*" * (len(number) - 3)


def hide_national_ids(text: str) -> str:
    """Replace each thing that has the form of a national ID by its first three digits and stars."""
    if len(text) < _SHORTEST_ID:
        return text
    for pattern in (_NEW_ID, _OLD_ID):
        text = _replace(text, pattern, mask_national_id, _is_national_id)
    for pattern in (_GLUED_IDS, _RUINED):
        text = _replace(text, pattern, mask_national_id, _is_any)
    return text


def show_name(name: str) -> str:
    """Return the name of a file or sheet as it may be shown, without a national ID that stands in it.

    Bytes that are no UTF-8, as in archives from Chinese Windows, are �.
    """
    return hide_national_ids(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def hide_phones(text: str) -> str:
    """Replace each telephone number, mobile or with its area code, as ``mask_phone`` does; lists of dates are none."""
    return _replace(text, _PHONE, mask_phone, _is_no_date) if len(text) >= _FEWEST_DIGITS else text


def hide_landlines(text: str) -> str:
    """Replace each telephone number without its area code, where other numbers are to stay."""
    return _replace(text, _LANDLINE, mask_phone, _is_any) if len(text) >= _FEWEST_DIGITS else text


def coarsen_degrees(text: str) -> str:
    """Cut degrees to some 1 km, in which many people live: 31.2304 → 31.23…, 31°14'04" → 31°14'…."""
    return _FINE_DEGREES.sub(lambda found: f"{found['kept'] or found['minutes'] or found['degrees']}…", text)


def hide_places(text: str) -> str:
    """Coarsen coordinates that stand in a text, as ``coarsen_degrees`` does."""
    return _replace(text, _PLACE, coarsen_degrees, _is_any) if len(text) >= _SHORTEST_PLACE else text


def hide_numbers(text: str) -> str:
    """Hide national IDs, telephone numbers and any other number of seven digits or more, and coarsen coordinates."""
    text = hide_places(hide_national_ids(text))
    if len(text) < _FEWEST_DIGITS:
        return text
    return _replace(hide_phones(text), _LONG_NUMBER, mask_phone, _is_no_date)


def hide_private(text: str) -> str:
    """Hide numbers in a free text, and cut addresses at the building: 5号602室 → 5号…."""
    if len(text) < 3:
        return text
    return _ROOM_ANYWHERE.sub("…", hide_numbers(text))


def holds_national_id(text: str) -> bool:
    """Tell whether there is a national ID in a text; with its last digits wrong, it still points at a person."""
    if len(text) < _SHORTEST_ID:
        return False
    plain = _spell_plain(text)[0]
    dated = any(_find(pattern, plain, lambda found: _is_dated(found[0])) for pattern in (_NEW_ID, _OLD_ID))
    return dated or _GLUED_IDS.search(plain) is not None


def holds_phone(text: str) -> bool:
    """Tell whether there is a telephone number in a text, mobile or with its area code."""
    return len(text) >= _FEWEST_DIGITS and bool(find_phones(text))


def find_phones(text: str) -> list[tuple[int, int]]:
    """Return where telephone numbers begin and end in a text."""
    plain, at = _spell_plain(text)
    return [(at[number.start()], at[number.end() - 1] + 1) for number in _find(_PHONE, plain, _is_no_date)]


def _replace(text: str, pattern: re.Pattern[str], mask: Mask, is_one: Test) -> str:
    """Mask what a pattern finds in the plain form of a text, and leave the rest as it is written."""
    plain, at = _spell_plain(text)
    parts, end = [], 0
    for found in _find(pattern, plain, is_one):
        first, last = at[found.start()], at[found.end() - 1] + 1
        parts += [text[end:first], mask(found[0])]
        end = last
    return "".join((*parts, text[end:])) if parts else text


def _find(pattern: re.Pattern[str], plain: str, is_one: Test) -> list[re.Match[str]]:
    """Return what a pattern finds and a test accepts; what the test refuses may overlap with what it accepts."""
    accepted, start = [], 0
    while found := pattern.search(plain, start):
        if is_one(found):
            accepted.append(found)
            start = found.end()
        else:
            start = found.start() + 1
    return accepted


def _is_any(_found: re.Match[str]) -> bool:
    return True


def _is_no_date(found: re.Match[str]) -> bool:
    """Tell whether what a pattern found is not, even in part, a date with its separators."""
    around = _DATE.finditer(found.string, max(found.start() - _LONGEST_DATE, 0), found.end() + _LONGEST_DATE)
    return not any(day.start() < found.end() and day.end() > found.start() for day in around)


def _spell_plain(text: str) -> tuple[str, range | list[int]]:
    """Return a text in usual width, capitals and digits, and for each of its characters its place in ``text``."""
    if text.isascii():
        return text.upper(), range(len(text))
    seen = [i for i, sign in enumerate(text) if unicodedata.category(sign) != "Cf"]
    digits = _NUMERAL_RUN.sub(_translate_numerals, "".join(text[i] for i in seen))
    forms = [_spell_sign_plain(sign) for sign in digits]
    return "".join(forms), [i for i, form in zip(seen, forms, strict=True) for _sign in form]


def _translate_numerals(run: re.Match[str]) -> str:
    return _SOME_NUMERALS.sub(lambda some: some[0].translate(_NUMERALS), run[0])


@lru_cache(maxsize=65536)
def _spell_sign_plain(sign: str) -> str:
    """Return a character in usual width and capitals; a digit of any script as one of ours."""
    plain = unicodedata.normalize("NFKC", sign).upper()
    return str(unicodedata.decimal(plain)) if plain.isdecimal() and len(plain) == 1 else plain


def _take_digits(text: str) -> str:
    """Return the digits of a text in usual width, and the check character X where one ends it."""
    return re.sub(r"[^0-9X]", "", _spell_plain(text)[0])


def _is_national_id(found: re.Match[str]) -> bool:
    """Tell whether digits of the right number are a national ID; where things stand between them, by their meaning."""
    return _take_digits(found[0]) == found[0] or _is_dated(found[0])


def _is_dated(found: str) -> bool:
    """Tell whether 15 or 18 digits hold a date of birth; but for 18 close together, whether a province comes first."""
    digits = _take_digits(found)
    if len(digits) == 18 == len(found):
        return _is_date(digits[6:14])
    born = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    return born[:2] in _CENTURIES and _is_date(born) and int(digits[:2]) in _PROVINCES


@lru_cache(maxsize=65536)
def _is_date(text: str) -> bool:
    try:
        return 1850 <= date(int(text[:4]), int(text[4:6]), int(text[6:])).year <= date.max.year
    except ValueError:
        return False
