"""How often: so many times in so many days, read from a number or from words (每两周一次, every 10 days).

A frequency is held as times a week, a float that settings and rosters can carry: 2.0 is twice a week, 0.5 every second
week, 0.7 every ten days. ``in_days`` gives the two whole numbers back.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

_LONGEST_DAYS = 366
_DIGITS = {"一": 1, "二": 2, "两": 2, "双": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_WORDS = {"once": 1, "twice": 2, "one": 1, "two": 2, "three": 3, "four": 4, "second": 2, "other": 2, "third": 3}
_DAYS = {
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "旬": 10,
    "月": 30,
    "季度": 91,
    "季": 91,
    "day": 1,
    "week": 7,
    "fortnight": 14,
    "month": 30,
}
_ALONE = {"daily": 7.0, "weekly": 1.0, "fortnightly": 0.5, "monthly": 7 / 30, "每天": 7.0, "每日": 7.0, "天天": 7.0}
_ALONE |= {
    "半月": 7 / 15,
    "半月一次": 7 / 15,
    "双周": 0.5,
    "双周一次": 0.5,
    "每半月": 7 / 15,
    "半个月一次": 7 / 15,
    "每半个月一次": 7 / 15,
}

_TIMES_FIRST = re.compile(
    r"(?P<times>\d+|[一二两三四五六七])次(?:/|每|一)?(?P<every>)(?P<n>\d+|[一二两三四五六])?个?(?P<unit>天|日|周|星期|礼拜|旬|月|季度?)"
)
_NUMBER = re.compile(r"(?P<number>\d+(?:\.\d+)?) ?次?|(?P<numeral>[一二两三四五六七])次?")
_AT_LEAST = re.compile(r"^(?:≥|>=|至少|最少|不少于)|(?<=[周天日月期拜])(?:至少|最少|不少于)")
"""Words of a least number: it is what is due."""
_CHINESE = re.compile(
    r"(?P<every>每|隔)?(?P<n>\d+|[一二两双三四五六七八九十])?个?(?P<unit>天|日|周|星期|礼拜|旬|月|季度?)(?:(?P<times>\d+|[一二两三四五六七])次)?"
)
"""Without 次 a number after 周 may be a weekday: 每周三."""
_TIMES = re.compile(
    r"(?P<times>\d+|once|twice|one|two|three|four)(?: times?| contacts?| visits?| calls?)?"
    r"(?: ?/ ?| an? | per | each | every | in )"
    r"(?:(?P<n>\d+|two|three|four|second|other|third) )?(?P<unit>day|week|fortnight|month)s?"
)
_EVERY = re.compile(r"every (?:(?P<n>\d+|two|three|four|second|other|third) )?(?P<unit>day|week|fortnight|month)s?")


@lru_cache(maxsize=4096)
def per_week(text: str) -> float:
    """Return how many times a week a text means; a number alone is times a week.

    A month counts as 30 days; 隔周 and 隔天 are every second week and day.

    Raises:
        ValueError: it is not understood, or is more often than daily, or less often than once a year.
    """
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().lower().rstrip("。.")
    text = _AT_LEAST.sub("", text, count=1).strip()
    if found := _NUMBER.fullmatch(text):
        rate = float(found["number"] or _DIGITS[found["numeral"]])
    elif text in _ALONE:
        rate = _ALONE[text]
    elif found := _CHINESE.fullmatch(close := text.replace(" ", "")) or _TIMES_FIRST.fullmatch(close):
        if not (found["every"] or found["times"]):
            raise ValueError(text)
        count = _read_whole(found["n"]) + (found["every"] == "隔")
        rate = 7 * _read_whole(found["times"]) / (count * _DAYS[found["unit"]])
    elif found := _TIMES.fullmatch(text) or _EVERY.fullmatch(text):
        times = _read_whole(found.groupdict().get("times"))
        rate = 7 * times / (_read_whole(found["n"]) * _DAYS[found["unit"]])
    else:
        raise ValueError(text)
    if rate > 7 or 0 < rate < 7 / _LONGEST_DAYS:
        raise ValueError(text)
    return rate


def in_days(rate: float) -> tuple[int, int]:
    """Return how many times in how many days: 2.0 a week is (2, 7), 0.7 is (1, 10), nothing is (0, 1)."""
    share = Fraction(rate / 7).limit_denominator(_LONGEST_DAYS)
    return share.numerator, share.denominator


def _read_whole(text: str | None) -> int:
    """Return a whole number in digits or words; 1 where there is none."""
    if not text:
        return 1
    return int(text) if text.isdigit() else _DIGITS.get(text) or _WORDS[text]
