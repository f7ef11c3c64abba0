"""When people are free in a week, read from and written as words: 周一上午; 周三 or Mon am; Wed; Thu 9:00-10:30.

Parts between ``;`` or line breaks stand for themselves. Inside a part, half-days belong to the days named just before
them (周一、三、五下午; 周一上午、下午), or just after where the part starts with a half-day (上午：周一 下午：周五).
A day without a half is free all day, a half without a day every day. Clock times stand where half-days do and may
follow one, which says whether 2点 is before noon: 周一 9:00-10:30; 周三下午2点-4点; Tue 2pm-4pm.
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

_NOON_MIN, _DAY_MIN = 12 * 60, 24 * 60
_AT = (
    r"(?P<{0}half>上午|下午)?\ *(?P<{0}h>[01]?\d|2[0-4])"
    r"(?:(?P<{0}sign>[:点时])\ *(?P<{0}m>[0-5]\d|半)?分?)?\ *(?P<{0}ap>[ap]\.?m)?"
)
_CLOCK = re.compile(_AT.format("a") + r"\ *(?:至|到|-|~|—|–|to(?![a-z]))\ *" + _AT.format("b") + r"(?![\d:点时])")
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
Window = tuple[int, int]
"""From and to, minutes after midnight."""
Token = tuple[Literal["days", "halves", "clock"], int, Window]
_NO_WINDOW = (0, 0)


def parse(text: str) -> int:
    """The half-days that a text names, as a mask of 14 bits (``model.ANY_TIME``); empty text is any time.

    A half-day of which only clock times are named is one of them: see ``clock``. Noon divides the halves.

    Raises:
        ValueError: with the part that was not understood.
    """
    return _read(text)[0]


def clock(text: str) -> str:
    """The clock times that a text names, as ``0:540-630,1:840-960``: weekday from Monday 0, minutes after midnight.

    In order, none across noon, none in a half-day that is free as a whole. Raises as ``parse``.
    """
    return _read(text)[1]


def windows(clock: str) -> dict[int, list[Window]]:
    """What ``clock`` gives, by half-day: ``2 * weekday + half``."""
    found: dict[int, list[Window]] = {}
    for item in filter(None, clock.split(",")):
        day, _, span = item.partition(":")
        start, end = (int(minute) for minute in span.split("-"))
        found.setdefault(2 * int(day) + (start >= _NOON_MIN), []).append((start, end))
    return found


@lru_cache(maxsize=65536)
def _read(text: str) -> tuple[int, str]:
    text = unicodedata.normalize("NFKC", text).strip().lower()
    if not text:
        return ANY_TIME, ""
    whole, timed = 0, set[tuple[int, int, int]]()
    for part in re.split(r"[;\n]", text):
        if part.strip():
            halves, times = _part(part.strip())
            whole |= halves
            timed |= times
    by_half: dict[int, list[Window]] = {}
    for day, start, end in sorted(timed):
        half = 2 * day + (start >= _NOON_MIN)
        spans = by_half.setdefault(half, [])
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    kept = {half: spans for half, spans in sorted(by_half.items()) if not whole >> half & 1}
    mask = whole | sum(1 << half for half in kept)
    return mask, ",".join(f"{half // 2}:{start}-{end}" for half, spans in kept.items() for start, end in spans)


def render(mask: int, clock: str = "") -> str:
    """A mask and its clock times in words of the language in use, as ``parse`` reads them: 周一至周五上午；周六."""
    words, halves = _WORDS[language()], {3: "", 1: "am", 2: "pm"}
    if not mask:
        return words["none"]
    parts = []
    timed = windows(clock)
    mask &= ~sum(1 << half for half in timed)
    for half in sorted({_half(mask, day) for day in range(7)} - {0}, key=lambda half: _first(mask, half)):
        days = [day for day in range(7) if _half(mask, day) == half]
        named = words["any"] if len(days) == 7 else words["day"].join(_runs(days, words["to"]))
        parts.append(named + words.get(halves[half], ""))
    by_times: dict[tuple[Window, ...], list[int]] = {}
    for day in range(7):
        if spans := [span for half in (2 * day, 2 * day + 1) for span in timed.get(half, [])]:
            by_times.setdefault(tuple(spans), []).append(day)
    for times, days in by_times.items():
        named = words["any"] if len(days) == 7 else words["day"].join(_runs(days, words["to"]))
        parts.append(f"{named} " + words["day"].join(f"{_spelt(start)}-{_spelt(end)}" for start, end in times))
    return words["part"].join(parts)


def _spelt(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


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


def _part(part: str) -> tuple[int, set[tuple[int, int, int]]]:
    """What stands between two semicolons: the half-days, and times as weekday, from and to in minutes."""
    if part in _NEVER:
        return 0, set()
    tokens = _merged(list(_tokens(part)))
    if not tokens:
        raise ValueError(part)
    groups: list[dict[str, int]] = []
    times: list[list[Window]] = []
    before = ""
    for kind, mask, window in tokens:
        # clock times stand where half-days do
        role = "days" if kind == "days" else "halves"
        first = "days" if tokens[0][0] == "days" else "halves"
        if not groups or (role == first and before != role):
            groups.append({"days": 0, "halves": 0})
            times.append([])
        groups[-1][role] |= mask
        times[-1] += [window] if kind == "clock" else []
        before = role
    if len(groups) > 1 and not all(group["days"] for group in groups):
        raise ValueError(part)
    whole, timed = 0, set()
    for group, spans in zip(groups, times, strict=True):
        days = group["days"] or ANY_TIME
        whole |= days & group["halves"] if spans else days & (group["halves"] or ANY_TIME)
        timed |= {
            (day, start, end)
            for day in range(7)
            if days >> 2 * day & 3
            for span in spans
            for start, end in _at_noon(span)
        }
    return whole, timed


def _at_noon(span: Window) -> list[Window]:
    start, end = span
    return [(start, _NOON_MIN), (_NOON_MIN, end)] if start < _NOON_MIN < end else [span]


def _merged(tokens: list[Token]) -> list[Token]:
    """Half-days that only say which half the clock times right after them belong to, taken into those."""
    out: list[Token] = []
    for kind, mask, (start, end) in tokens:
        if kind == "clock" and out and out[-1][0] == "halves" and out[-1][1] in {_AM, _PM}:
            afternoon = out[-1][1] == _PM
            if afternoon and end <= _NOON_MIN:
                start, end = start + _NOON_MIN, end + _NOON_MIN  # noqa: PLW2901 - as meant
            if (start >= _NOON_MIN) == afternoon:
                out.pop()
        out.append((kind, mask, (start, end)))
    return out


def _tokens(part: str) -> Iterator[Token]:
    """Days, halves and clock times in the order of the text; ranges are resolved."""
    at, from_day, last_day, named = 0, -1, -1, False
    while at < len(part):
        timed = _CLOCK.match(part, at)
        if timed and from_day < 0 and (window := _times(timed, part, at)):
            at, last_day = timed.end(), -1
            yield "clock", 0, window
            continue
        found = _TOKEN.match(part, at)
        kind = found.lastgroup if found else None
        if found is None or (kind == "bare" and not named):
            raise ValueError(_unread(part, at))
        at = found.end()
        if kind in {"zh", "bare", "en"}:
            day, named = _day(found[kind]), kind != "en"
            first = day if from_day < 0 else from_day
            yield "days", _span(first, day), _NO_WINDOW
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


def _times(found: re.Match[str], part: str, at: int) -> Window | None:
    """A range of clock times; None where nothing says that its numbers are hours."""
    signs = ("asign", "bsign", "aap", "bap", "ahalf", "bhalf")
    if not any(found[sign] for sign in signs):
        return None
    start, end = _minute(found, "a", found["bap"]), _minute(found, "b", found["aap"])
    if found["ahalf"] == "下午" and not found["bhalf"] and end <= _NOON_MIN:
        end += _NOON_MIN
    if not start < end <= _DAY_MIN:
        raise ValueError(_unread(part, at))
    return start, end


def _minute(found: re.Match[str], side: str, other: str | None) -> int:
    hour, rest = int(found[f"{side}h"]), found[f"{side}m"]
    half = found[f"{side}ap"] or (other if side == "a" else None) or ""
    if (half.startswith("p") or found[f"{side}half"] == "下午") and hour < 12:
        hour += 12
    return 60 * hour + (30 if rest == "半" else int(rest or 0))


def _fixed(kind: str | None) -> Token:
    match kind:
        case "am":
            return "halves", _AM, _NO_WINDOW
        case "pm":
            return "halves", _PM, _NO_WINDOW
        case "both":
            return "halves", ANY_TIME, _NO_WINDOW
        case "work":
            return "days", _span(0, 4), _NO_WINDOW
        case "end":
            return "days", _span(5, 6), _NO_WINDOW
        case _:
            return "days", ANY_TIME, _NO_WINDOW


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
