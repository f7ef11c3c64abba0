"""Telephone numbers and national IDs: whether they can be right. Nothing here keeps or shows one."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from matcher.i18n import N_

_NUMBER = re.compile(
    r"""
      (?:(?:\+|00)?86)? 1[3-9]\d{9}
    | (?: (?: 0(?:10|2\d) | (?:\+|00)86(?:10|2\d) )? [2-9]\d{7} | (?: 0 | (?:\+|00)86 ) [3-9]\d{2}[2-9]\d{6,7} )
      (?: (?:转|ext|x|\#) \d{1,6} )?
    """,
    re.ASCII | re.VERBOSE,
)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_COUNTRY = re.compile(r"^(?:\+|00)86(?=[2-9]\d{9,}|10)", re.ASCII)
_CODES = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)|^0(?:10|2\d|[3-9]\d\d)(?=[2-9]\d{7}$)", re.ASCII)
_BETWEEN = re.compile(r"[/;,、|\n]")
_SPACING = re.compile(r"[\s()\-.]")
_WORDS = re.compile(r"[^\x00-\x7f转、]+:?")
"""Whose a number is, or what kind: 手机:, (女儿); not the words that announce an extension."""
_EXTENSION = re.compile(r"(?<!\d)(\d{7,20})-(?=\d{1,6}$)", re.ASCII)

_RUINED = re.compile(r"\d(?:\.\d+)?E\+\d+|\d+\.\d+", re.ASCII | re.IGNORECASE)
_OLD = re.compile(r"\d{15}", re.ASCII)
_NEW = re.compile(r"\d{17}[\dX]", re.ASCII)
_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))


def is_ruined(text: str) -> bool:
    """Return whether Excel made a number of a text of digits: ``3.10105E+17``, ``12.0``."""
    return _RUINED.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Return whether a text (NFKC) holds telephone numbers of mainland China, one or several, and nothing else.

    An area code may be missing, an extension may follow; words of whose number it is are no fault.
    """
    if _MOBILE.fullmatch(text):
        return True
    numbers = _split_numbers(text)
    return bool(numbers) and all(_NUMBER.fullmatch(number) for number in numbers)


def phone_numbers(text: str) -> list[str]:
    """Return the digits of each number in a text (NFKC), as they are compared; wrong ones are left out.

    They have no country code and no extension, and those of eight digits no area code: one row has it, another not.
    """
    if not text or _MOBILE.fullmatch(text):
        return [text] if text else []
    bare = (re.split(r"[^\d+]", number)[0] for number in _split_numbers(text) if _NUMBER.fullmatch(number))
    return [_CODES.sub("", _COUNTRY.sub("0", number)) for number in bare]


def _split_numbers(text: str) -> list[str]:
    """Return the numbers of a text without spacing; white space parts them only where each part is whole."""
    numbers = []
    if not text.isascii():
        text = _WORDS.sub(" ", text.replace("分机", "转").replace("或", "/"))
    for part in _BETWEEN.split(text):
        words = [_compact(word) for word in part.split()]
        whole = len(words) > 1 and all(_NUMBER.fullmatch(word) for word in words)
        numbers += words if whole else [_compact(part)]
    return [number for number in numbers if number]


def _compact(text: str) -> str:
    return _SPACING.sub("", _EXTENSION.sub(r"\1#", text.strip(" ():")))


def spell_national_id(text: str) -> str:
    """Return a national ID (NFKC), whatever stands between its digits, as one of 18 characters; or what there is."""
    number = _bare_national_id(text)
    if not _OLD.fullmatch(number):
        return number
    number = f"{number[:6]}19{number[6:]}"
    return number + _check_character(number)


def _bare_national_id(text: str) -> str:
    """Return a text in capitals without white space; only the digits and X where these alone are a national ID's."""
    close = re.sub(r"\s", "", text).upper()
    bare = re.sub(r"[^\dX]", "", close, flags=re.ASCII)
    return bare if not is_ruined(close) and (_OLD.fullmatch(bare) or _NEW.fullmatch(bare)) else close


def national_id_problem(text: str) -> str:
    """Return why a text (NFKC) can't be a national ID, in untranslated words; empty where it can.

    18 characters after GB 11643 (check character by ISO 7064 MOD 11-2), or the 15 digits of the cards before 1999.
    """
    number = _bare_national_id(text)
    if is_ruined(number):
        return N_("changed to a number by Excel")
    if _OLD.fullmatch(number):
        return "" if _is_date("19" + number[6:12]) else N_("no such date of birth")
    if not _NEW.fullmatch(number):
        return N_("not 18 characters")
    if number[-1] == _check_character(number):
        return "" if _is_date(number[6:14]) else N_("no such date of birth")
    return N_("the last digits were lost in Excel") if number.endswith("000") else N_("a digit is wrong")


def _check_character(number: str) -> str:
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]


@lru_cache(maxsize=65536)
def _is_date(text: str) -> bool:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).year >= 1850
    except ValueError:
        return False
