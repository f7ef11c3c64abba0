"""When people are free in a week, read from and written as words: 周一上午; 周三 or Mon am; Wed.

Parts between ``;`` or line breaks stand for themselves. Inside a part, half-days belong to the days named just before
them (周一、三、五下午; 周一上午、下午), or just after where the part starts with a half-day (上午：周一 下午：周五).
A day without a half is free all day, a half without a day every day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from matcher.i18n import language
from matcher.roster.model import ANY_TIME

_AM = 0b01_01_01_01_01_01_01
_PM = _AM << 1
_DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_WORDS = {
    "zh": {"any": "每天", "none": "无", "am": "上午", "pm": "下午", "part": "；", "day": "、", "to": "至"},
    "en": {"any": "daily", "none": "none", "am": " am", "pm": " pm", "part": "; ", "day": ", ", "to": "-"},
}

_TOKEN = re.compile(
    r"""
      (?P<both> 全天 | 整天 | 上下午 | all\ day )
    | (?P<am>   上午 | 早上 | 早晨 | (?:mornings?|a\.?m)(?![a-z]) )
    | (?P<pm>   下午 | 午后 | (?:afternoons?|p\.?m)(?![a-z]) )
    | (?P<week> 每天 | 每日 | 天天 | 随时 | 不限 | (?:any\ ?time|daily|every\ ?day)(?![a-z]) )
    | (?P<work> 工作日 | (?:week|work)days?(?![a-z]) )
    | (?P<end>  周末 | 双休日 | weekends?(?![a-z]) )
    | (?:周|星期|礼拜) \ * (?P<zh>[一二三四五六日天1-7])
    | (?P<bare> [一二三四五六日天1-7] )
    | (?P<en>   (?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?(?![a-z]) )
    | (?P<to>   \ *(?: 至 | 到 | - | ~ | — | – | (?:to|through)(?![a-z]) )\ * )
    | (?P<skip> [\s,、/&.:和及与每的] | (?:and|every|each|on|in\ the)(?![a-z]) | 均可 | 都?可以? )
    """,
    re.VERBOSE,
)
_NEVER = frozenset({"无", "没有", "无空", "none", "never"})
Token = tuple[Literal["days", "halves"], int]


@lru_cache(maxsize=65536)
def parse(text: str) -> int:
    """The half-days that a text names, as a mask of 14 bits (``model.ANY_TIME``); empty text is any time.

    Raises:
        ValueError: with the part that was not understood.
    """
    text = unicodedata.normalize("NFKC", text).strip().lower()
    if not text:
        return ANY_TIME
    mask = 0
    for part in re.split(r"[;\n]", text):
        mask |= _part(part.strip()) if part.strip() else 0
    return mask


def render(mask: int) -> str:
    """A mask in words of the language in use, as ``parse`` reads them: 周一至周五上午；周六."""
    words, halves = _WORDS[language()], {3: "", 1: "am", 2: "pm"}
    if not mask:
        return words["none"]
    parts = []
    for half in sorted({_half(mask, day) for day in range(7)} - {0}, key=lambda half: _first(mask, half)):
        days = [day for day in range(7) if _half(mask, day) == half]
        named = words["any"] if len(days) == 7 else words["day"].join(_runs(days, words["to"]))
        parts.append(named + words.get(halves[half], ""))
    return words["part"].join(parts)


def _half(mask: int, day: int) -> int:
    return mask >> 2 * day & 3


def _first(mask: int, half: int) -> int:
    return next(day for day in range(7) if _half(mask, day) == half)


def _runs(days: list[int], to: str) -> Iterator[str]:
    """Names of days, three or more in a row as a range."""
    prefix, names = ("周", _DAYS["zh"]) if language() == "zh" else ("", _DAYS["en"])
    start = 0
    for i, day in enumerate(days):
        if i + 1 < len(days) and days[i + 1] == day + 1:
            continue
        run, start = days[start : i + 1], i + 1
        if len(run) > 2:
            yield f"{prefix}{names[run[0]]}{to}{prefix}{names[run[-1]]}"
        else:
            yield from (prefix + names[item] for item in run)


def _part(part: str) -> int:
    """The mask of what stands between two semicolons."""
    if part in _NEVER:
        return 0
    tokens = list(_tokens(part))
    if not tokens:
        raise ValueError(part)
    groups: list[dict[str, int]] = []
    before = ""
    for kind, mask in tokens:
        if not groups or (kind == tokens[0][0] and before != kind):
            groups.append({"days": 0, "halves": 0})
        groups[-1][kind] |= mask
        before = kind
    if len(groups) > 1 and not all(group["days"] for group in groups):
        raise ValueError(part)
    whole = 0
    for group in groups:
        whole |= (group["days"] or ANY_TIME) & (group["halves"] or ANY_TIME)
    return whole


def _tokens(part: str) -> Iterator[Token]:
    """Days and halves in the order of the text; ranges are resolved."""
    at, from_day, last_day, named = 0, -1, -1, False
    while at < len(part):
        found = _TOKEN.match(part, at)
        kind = found.lastgroup if found else None
        if found is None or (kind == "bare" and not named):
            raise ValueError(_unread(part, at))
        at = found.end()
        if kind in {"zh", "bare", "en"}:
            day, named = _day(found[kind]), kind != "en"
            first = day if from_day < 0 else from_day
            yield "days", _span(first, day)
            from_day, last_day = -1, day
        elif kind == "to":
            if last_day < 0 or from_day >= 0:
                raise ValueError(_unread(part, found.start()))
            from_day = last_day
        elif kind != "skip":
            if from_day >= 0:
                raise ValueError(_unread(part, found.start()))
            last_day = -1
            yield _fixed(kind)
    if from_day >= 0:
        raise ValueError(part)


def _fixed(kind: str | None) -> Token:
    match kind:
        case "am":
            return "halves", _AM
        case "pm":
            return "halves", _PM
        case "both":
            return "halves", ANY_TIME
        case "work":
            return "days", _span(0, 4)
        case "end":
            return "days", _span(5, 6)
        case _:
            return "days", ANY_TIME


def _day(word: str) -> int:
    """Monday 0."""
    if (found := "一二三四五六日".find(word.replace("天", "日"))) >= 0:
        return found
    if word.isdigit():
        return int(word) - 1
    return [name.lower() for name in _DAYS["en"]].index(word[:3])


def _span(first: int, last: int) -> int:
    """All half-days from one weekday to another, over the week's end if need be."""
    mask = 0
    for day in range(first, first + (last - first) % 7 + 1):
        mask |= 3 << 2 * (day % 7)
    return mask


def _unread(part: str, at: int) -> str:
    """What was not understood, up to the next comma or space."""
    return re.split(r"[,、\s]", part[at:].strip(), maxsplit=1)[0]
