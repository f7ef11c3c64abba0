"""Tokens of texts about free times: days, half-days and clock times as sets of minutes of the week.

Every pattern is tried at one place and has a bound: reading takes time linear in the text. Numbers that may mean two
things end the reading, with both readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, cast

NOON_MIN, DAY_MIN = 12 * 60, 24 * 60
_MORNING_MIN, _NIGHT_MIN = 6 * 60, 21 * 60
_DAY = (1 << DAY_MIN) - 1
HALF_DAY = (1 << NOON_MIN) - 1
_EVERY_DAY = sum(1 << day * DAY_MIN for day in range(7))
"""The first minute of each day."""
WEEK = _EVERY_DAY * _DAY

Window = tuple[int, int]
"""From and to, minutes after midnight."""
Kind = Literal[
    "days",
    "any",
    "times",
    "can",
    "without",
    "outside",
    "cannot",
    "comma",
    "part",
    "open",
    "never",
    "ask",
    "holidays",
    "rest",
]


class TimesError(ValueError):
    """A text that is not read: the part that is not understood, the code of the issue, and readings to choose from."""

    def __init__(self, part: str, code: str = "availability_unreadable", **readings: str) -> None:
        self.part = part
        self.code = code
        self.readings = readings
        super().__init__(part)


class Token(NamedTuple):
    """A piece of a text. ``minutes`` of ``days`` and ``times`` is a set of minutes of the week.

    Public holidays are days of no week; their ``half`` is ``joined`` where they go on with a list of days.
    ``assumed`` are hours that are read as of the afternoon although no word says so: 14:00-16:00.
    """

    kind: Kind
    minutes: int
    at: int
    half: str = ""
    assumed: str = ""


class _Clock(NamedTuple):
    """Clock times as minutes of the day, and the hours that were assumed to be of the afternoon."""

    start: int
    end: int
    assumed: str = ""


def spell_minute(minute: int) -> str:
    """Return a minute of the day as a clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(days: Sequence[int]) -> int:
    """Return all minutes of some weekdays, Monday 0."""
    minutes = 0
    for day in days:
        minutes |= _DAY << day * DAY_MIN
    return minutes


def _list_days(first: int, last: int) -> list[int]:
    """Return the weekdays from one to another, over the week's end if need be."""
    return [day % 7 for day in range(first, first + (last - first) % 7 + 1)]


def _times(start: int, end: int) -> int:
    """Return the minutes from one to another of every day."""
    return ((1 << end - start) - 1 << start) * _EVERY_DAY


WORKING_DAYS, WEEKEND = _days(range(5)), _days((5, 6))
_AM, _PM = _times(0, NOON_MIN), _times(NOON_MIN, DAY_MIN)


_HOUR = r"(?:[01]?\d|2[0-4]|十[一二]?|[一二两三四五六七八九])"
_AT = (
    r"(?P<{0}half>上午|早上|早晨|清晨|早(?=\ ?[\d一二三四五六七八九十两])|中午|下午|午后)?"
    r"[\ :(]?\ ?(?P<{0}h>" + _HOUR + r")"
    r"(?:(?P<{0}sign>[:点时])钟?整?\ ?(?P<{0}m>[0-5]\d|半|一刻|三刻)?分?)?\ ?(?P<{0}ap>[ap]\.?m\.?(?![a-z]))?"
)
_TO = r"\ ?(?:至|到|-|~|–|—|to(?![a-z])|until|till)\ ?"
_RANGE = re.compile(_AT.format("a") + _TO + _AT.format("b") + r"(?![\d:点时])")
_AFTER = re.compile(_AT.format("a") + r"\ ?(?P<side>以后|之后|过后|后|开始|起|以前|之前|前)")
_AFTER_EN = re.compile(r"(?P<side>after|from|before|until|till)\ " + _AT.format("a") + r"(?![\d:])")
_MOMENT = re.compile(_AT.format("a") + r"(?![\d:])")
_BARE = re.compile(r"(\d{1,2})(?:\ ?[-~–—至到]\ ?(\d{1,2}))?(?![\d:点时])")
_SIGNS = ("sign", "ap", "half")
_WEEKDAY = re.compile(
    r"""
      (?:周|週|星期|礼拜) \ ? (?: (?P<zh>[一二三四五六日天]) | (?P<digit>[1-7])(?![\d:点时]) )
    | (?P<en> mon | tues? | wed(?:nes)? | thu(?:rs?)? | fri | sat(?:ur)? | sun )(?:days?)?\.?(?![a-z])
    """,
    re.VERBOSE,
)
_BARE_DAY = re.compile(
    r"(?:[\ 、,/和及与&]{1,3}([一二三四五六日天])|([一二三四五六日]))(?![点时个号月周天次])(?!\ ?刻)"
)
"""Weekday that goes on with a list; 天 only after a sign between, as 每周三天 are three days."""
_BARE_DIGIT = re.compile(r"[、,/和及与&]?([1-7])(?!\ ?[\d:点时\-~–—至到])")
_DAYS_TO = re.compile(r"\ ?(?:至|到|-|~|–|—|to(?![a-z])|through(?![a-z])|thru(?![a-z]))\ ?")
_BARE_LIST = re.compile(
    r"(?=[一二三四五六](?:[、,/和及与&至到\-~\ ]{1,2}[一二三四五六日天]|[一二三四五六日])(?![点时个号月天次]))"
)

_BARE_WITH_HALF = re.compile(r"[一二三四五六日天](?=\ ?(?:上午|下午|上下午|全天))")

_NOT_WEEKLY = re.compile(
    r"""
      隔[一1]?周 | 隔[一1]?(?:个?星期|个?礼拜) | 隔[一1]?[天日] | [单双](?:数)?(?:周|星期|礼拜|日|号|月)
    | 逢[单双\d]
    | 每[两二2三3四4](?:个)?(?:周|星期|礼拜|天|日) | 每(?:个)?(?:月|季度) | 月[初中底末] | [上中下]旬
    | 第?[一二三四五1-5]个(?:周|星期|礼拜) | 第[一二三四五1-5](?:周|个)? | 最后(?:一)?个?
    | [上下本这][一个]?(?:周|星期|礼拜|月)
    | 假期 | 寒暑?假 | 暑假 | 放假 | 春节 | 国庆 | 元旦 | 清明 | 端午 | 中秋 | 重阳 | 过年 | [年节][前后] | [上下]半年
    | 农历 | 阴历 | 旧历 | [春夏秋冬](?:天|季) | [雨晴阴雪]天 | 天[晴气] | 下雨 | 高温
    | \d{1,2}月 | \d{1,2}(?:-\d{1,2})?[日号] | 初[一二三四五六七八九十] | 十五
    | every\ (?:other|second|third|2nd|two) | alternate | fortnight(?:ly)? | bi-?weekly | monthly | of\ the\ month
    | (?:the\ )?(?:first|second|third|fourth|last|1st|2nd|3rd|4th)(?![a-z])
    | next\ | this\ week
    | odd | even(?!ing)
    """,
    re.VERBOSE,
)
_JOINS = re.compile(r"[、/&和及与或]\ ?$|(?<![a-z])(?:and|or)\ $")
"""Signs that join a word to the one before it: 周末、节假日."""
_NIGHT = re.compile(r"晚上|晚间|夜里|夜间|夜晚|半夜|深夜|傍晚|凌晨|evenings?|nights?")
_TOKEN = re.compile(
    r"""
      (?P<never> (?:目前|暂时?)?(?:没有|没|无)(?:有)?(?:空闲?|时间|任何时间)? $ | 都?没空 $ | 暂无(?:时间)? $
                 | (?:都|全)不行 $ | none $ | never $ | not\ available $ | unavailable $ | no\ time $ )
    | (?P<any>   随时 | 任何时间 | 任意时间 | 任何时候 | 什么时候 | 时间不限 | 不限时间 | 不限(?!周|星期|礼拜|[上下]午)
                 | (?:无|没有)(?:时间)?限制 | 无要求 | 没有?要求 | 随便 | 随意 | 随叫随到 | 无所谓
                 | 每天 | 每日 | 天天 | 每一天 | 全周 | 一周七天 | 全天候
                 | (?:any\ ?time|any\ ?day|any|always|whenever|daily|every\ ?day|all\ week)(?![a-z]) )
    | (?P<open>  看情况 | 视情况(?:而定)? | 可能 | 也许 | 或许
                 | 不一定 | 不确定 | 不固定 | 待定 | 未定 | 再约 | 另约 | 再说 | 再议
                 | 到时候?再[说看约] | it\ depends | depends | to\ be\ arranged | tbd | by\ arrangement
                 | 灵活 | 机动 | 临时通知 | flexible )
    | (?P<ask>   (?:请|需|需要|要|须)?(?:提前|事先|预先)(?:打?电话|联系|预约|通知|约|告知)(?:联系|预约|通知|约)?
                 | 电话(?:联系|预约|约) | 待?联系 | 预约 | call\ (?:first|ahead|before) | by\ appointment )
    | (?P<holidays> (?:法定|国定|国家)?(?:节假日|节日|假日) | (?:the\ )?(?:public\ |bank\ )?holidays?(?![a-z]) )
    | (?P<rest>  (?:其余|其[他它]|别的|另外)(?:的)?(?:时间段?|时候|时段|日子|几?天)?
                 (?:都|均|皆)?(?:可以?|行|有空|有时间|在家?|没问题|方便|ok)
                 | (?:all\ )?other\ (?:times|days)(?:\ ok(?:ay)?|\ fine)? )
    | (?P<work>  工作日 | (?:week|work)days?(?![a-z]) | working\ days? )
    | (?P<end>   周末 | 双休日? | 星期六日 | 周六日 | weekends?(?![a-z]) )
    | (?P<cannot> 不行 | 不可以? | 不能 | (?:没有?|无)(?:空闲?|时间) | 不方便 | 不便 | 不在家? | 不得空 | 有事
                 | (?:请?不要|请?勿|别)(?:再)?(?:来|打扰|扰|上门|探访)
                 | (?:要|得)?休息 )
    | (?P<both>  全天 | 整天 | 一整?天 | 白天 | 上下午 | (?:all|whole|full)\ day(?![a-z]) )
    | (?P<am>    上午 | 早上 | 早晨 | 清晨 | 上半天 | 中午以?前 | (?:mornings?|a\.?m\.?|before\ noon)(?![a-z])
                 | (?<=[一二三四五六日天1-7])上(?=$|[、,;/\s和]) )
    | (?P<pm>    下午 | 午后 | 下半天 | 中午以?后 | (?<=[一二三四五六日天1-7])下(?=$|[、,;/\s和])
                 | (?:afternoons?|p\.?m\.?|after\ noon)(?![a-z]) )
    | (?P<noon>  中午 | 午间 | (?:at\ )?(?:noon|midday)(?![a-z]) )
    | (?P<outside> 除外 | 以外 | 之外 | 外 | (?:are\ )?(?:excluded|excepted)(?![a-z]) )
    | (?P<without> 除去 | 除了 | 除 | 不含 | 不包[括含] | 避开 | 不要 | 不去
                 | (?:except(?:\ for)?|excluding|apart\ from|but\ not|not\ available|unavailable|not\ free|not|no)
                   (?![a-z]) )
    | (?P<can>   都?可以 | 都?行 | [均皆都]?可 | 都?有空闲? | 都?有时间 | 空闲 | 得空 | 空 | 都?方便 | 都?在家 | 都在
                 | 没问题 | 都?能
                 | (?:is\ |are\ )?(?:ok(?:ay)?|free|available|fine|possible|good)(?![a-z]) )
    | (?P<part>  [;\n。] )
    | (?P<comma> [,(\[] )
    | (?P<skip>  [\s、/&+.:)\]!|] | 和 | 及 | 以及 | 与 | 或者?
                 | 每周(?!\ ?[末一二三四五六日天1-7]) | 每(?:个|逢|到)?(?=周|星期|礼拜|工作)
                 | 逢(?=周|星期) | 的 | 在 | 是 | 都(?=没|不) | 也 | 均 | 从 | 只有 | 只能 | 只 | 仅 | 一般 | 通常
                 | 时间段? | 时段
                 | (?:and|or|every|each|on|in\ the|in|the|only|from|between|usually|to\ be)(?![a-z]) )
    """,
    re.VERBOSE,
)


_BRACKETED = re.compile(r"[(\[][^()\[\]]*[)\]]\s*")

_MEANINGS: dict[str, tuple[Kind, int]] = {
    "am": ("times", _AM),
    "pm": ("times", _PM),
    "noon": ("times", _times(11 * 60, 13 * 60)),
    "both": ("times", WEEK),
    "work": ("days", WORKING_DAYS),
    "end": ("days", WEEKEND),
    "any": ("any", WEEK),
}


def scan_text(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in its order.

    Raises:
        TimesError: at the first place where none begins.
    """
    at, half, named = 0, "", False
    while at < len(text):
        if found := _NOT_WEEKLY.match(text, at):
            raise TimesError(found[0].strip(), "availability_not_weekly")
        if found := _NIGHT.match(text, at):
            raise TimesError(found[0], "availability_night")
        if timed := _scan_times(text, at, half, named=named):
            clock, end, half = timed
            yield Token("times", _times(clock.start, clock.end), at, assumed=clock.assumed)
            at = end
            continue
        if weekdays := _scan_days(text, at, named=named):
            minutes, end = weekdays
            yield Token("days", minutes, at)
            at, half, named = end, "", True
            continue
        found = _TOKEN.match(text, at)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            raise TimesError(cut_unread(text, at))
        if kind != "skip" and not _opens_what_is_taken_away(text, at):
            token = _make_token(kind, at)
            if kind == "holidays" and _JOINS.search(text, max(0, at - 5), at):
                token = token._replace(half="joined")
            half = token.half if token.kind == "times" else ""
            named = named or token.kind == "days"
            yield token
        at = found.end()


def _opens_what_is_taken_away(text: str, at: int) -> bool:
    """Return whether a bracket opens before a verdict, which is of the words before it too: 周三（下午）不行."""
    found = _BRACKETED.match(text, at)
    verdict = _TOKEN.match(text, found.end()) if found else None
    return verdict is not None and verdict.lastgroup in {"cannot", "outside"}


def _make_token(kind: str, at: int) -> Token:
    """Return the token of a group of ``_TOKEN``."""
    named, minutes = _MEANINGS.get(kind, (cast("Kind", kind), 0))
    return Token(named, minutes, at, kind if kind in {"am", "pm"} else "")


def _scan_days(text: str, at: int, *, named: bool) -> tuple[int, int] | None:
    """Return the weekdays that are named from a place on, as minutes, and where they end; None where none is.

    Bare numerals go on with a list: 周一、三、五, 周一三五, 周1-5, 周一上午、三下午. A bare digit after a
    numeral may be an hour: 周三 3-6.
    """
    found = _WEEKDAY.match(text, at)
    days: list[int] = []
    if not found:
        bare = _BARE_LIST.match(text, at) or (_BARE_WITH_HALF.match(text, at) if named else None)
        if not bare or (at and re.match(r"[点时刻]", text[at - 1])):
            return None
        style, first, at = "zh", _number_day(text[at]), at + 1
    else:
        style, at = found.lastgroup or "", found.end()
        first = _number_day(found[style])
    while True:
        if (to := _DAYS_TO.match(text, at)) and (last := _scan_day(text, to.end(), style)):
            day, at = last
            days += _list_days(first, day)
        elif to and (_RANGE.match(text, at) is None) and not _is_hour(text, to.end()):
            raise TimesError(cut_unread(text, to.start()))
        else:
            days.append(first)
        more = _scan_listed_day(text, at, style)
        if more is None:
            break
        first, at = more
    return _days(days), at


def _scan_day(text: str, at: int, style: str) -> tuple[int, int] | None:
    """Return the weekday at the end of a range, and where it ends: named anew, or bare in the style of the first."""
    if found := _WEEKDAY.match(text, at):
        return _number_day(found[found.lastgroup or 0]), found.end()
    bare = {"zh": r"[一二三四五六日天](?![点时个号月半])", "digit": r"[1-7](?![\d:点时])"}.get(style)
    if bare and (found := re.compile(bare).match(text, at)):
        return _number_day(found[0]), found.end()
    return None


def _scan_listed_day(text: str, at: int, style: str) -> tuple[int, int] | None:
    """Return the next bare weekday of a list, and where it ends."""
    pattern = {"zh": _BARE_DAY, "digit": _BARE_DIGIT}.get(style)
    found = pattern.match(text, at) if pattern else None
    return (_number_day(found[1] or found[found.lastindex or 0]), found.end()) if found else None


def _is_hour(text: str, at: int) -> bool:
    return re.compile(r"\d").match(text, at) is not None


def _number_day(word: str) -> int:
    """Return a weekday's number, Monday 0."""
    if (found := "一二三四五六日".find(word.replace("天", "日"))) >= 0:
        return found
    if word.isdigit():
        return int(word) - 1
    return ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(word[:3])


def _scan_times(text: str, at: int, half: str, *, named: bool) -> tuple[_Clock, int, str] | None:
    """Return clock times from a place on, where they end, and the half-day they name.

    Args:
        text: The whole text.
        at: The place.
        half: The half-day named just before, which says whether 2点 is before noon.
        named: Whether a weekday is named before: 周三下午2-4 can only be hours.

    Raises:
        TimesError: the numbers may be hours in two ways, or are a moment without an end.
    """
    found = _RANGE.match(text, at)
    if found and _says_hours(found, "ab", half if named else ""):
        return _resolve(found, half), found.end(), _find_half(found, "b") or _find_half(found, "a") or half
    for pattern in (_AFTER, _AFTER_EN):
        if (found := pattern.match(text, at)) and (found["asign"] or found["aap"]):
            return _resolve_open(found, half), found.end(), ""
    if (found := _MOMENT.match(text, at)) and found["asign"]:
        raise TimesError(found[0].strip(), "availability_moment")
    if found := _BARE.match(text, at):
        _ask_for_hours(found)
    return None


def _says_hours(found: re.Match[str], sides: str, half: str) -> bool:
    """Return whether anything says that numbers are hours: a unit, a colon, am or pm, a half-day right before."""
    written = any(found[f"{side}{sign}"] for side in sides for sign in _SIGNS)
    return (written or bool(half)) and not (
        all(found[f"{side}h"].isdigit() is False for side in sides) and not any(found[f"{side}sign"] for side in sides)
    )


def _resolve(found: re.Match[str], half: str) -> _Clock:
    """Return the minutes of a range of clock times.

    Raises:
        TimesError: the times can be read in no way, or are at night.
    """
    start_half = _find_half(found, "a") or (_find_half(found, "b") if found["bap"] else "") or half
    end_half = _find_half(found, "b")
    start, end = _count_minutes(found, "a"), _count_minutes(found, "b")
    written = start, end
    if half and not _find_half(found, "a") and start >= (12 if half == "am" else 13) * 60:
        start_half = ""  # 上午、14:00-16:00 are two things
    start = _shift(start, start_half)
    if end_half:
        end = _shift(end, end_half)
    elif start_half in {"pm", "noon"}:
        end = _shift(end, start_half) if _shift(end, start_half) > start else end
    part = found[0].strip()
    if (start_half == "am" and written[0] > NOON_MIN) or (start_half == "am" and start < 5 * 60):
        raise TimesError(part)
    if not start < end <= DAY_MIN or (not start_half and start < _MORNING_MIN):
        return _assume_afternoon(part, *written)
    if end <= _MORNING_MIN or start >= _NIGHT_MIN:
        raise TimesError(part, "availability_night")
    return _Clock(start, end)


def _resolve_open(found: re.Match[str], half: str) -> _Clock:
    """Return the minutes from a time on, or up to it; a half-day that is named bounds them."""
    own = _find_half(found, "a") or half
    minute = _shift(_count_minutes(found, "a"), own)
    part = found[0].strip()
    assumed = ""
    if not own and minute < _MORNING_MIN:
        minute, _, assumed = _assume_afternoon(part, minute)
    after = found["side"] in {"以后", "之后", "过后", "后", "开始", "起", "after", "from"}
    low, high = {"am": (0, NOON_MIN), "pm": (NOON_MIN, DAY_MIN)}.get(own, (0, DAY_MIN))
    if found["aap"] and not half:  # until 4pm is from the morning on, as until 16:00
        low = 0
    start, end = (minute, high) if after else (low, minute)
    if not low <= start < end <= high or (after and start >= _NIGHT_MIN):
        raise TimesError(part)
    return _Clock(start, end, assumed)


def _find_half(found: re.Match[str], side: str) -> str:
    """Return which half-day a clock time's own words name: ``am``, ``pm``, ``noon`` or none."""
    if half := found[f"{side}ap"]:
        return "pm" if half.startswith("p") else "am"
    word = found[f"{side}half"]
    return "" if not word else "pm" if word in {"下午", "午后"} else "noon" if word == "中午" else "am"


def _count_minutes(found: re.Match[str], side: str) -> int:
    """Return a clock time as written, in minutes."""
    hour, rest = found[f"{side}h"], found[f"{side}m"] or "0"
    hours = int(hour) if hour.isdigit() else "零一二三四五六七八九十".find(hour[-1].replace("两", "二"))
    if hour in {"十一", "十二"}:
        hours += 10
    return 60 * hours + {"半": 30, "一刻": 15, "三刻": 45}.get(rest, int(rest) if rest.isdigit() else 0)


def _shift(minute: int, half: str) -> int:
    """Return a time of the half-day that is named: 2:00 in the afternoon is 14:00, 1:00 at noon 13:00."""
    if (half == "pm" and minute < NOON_MIN) or (half == "noon" and minute < 5 * 60):
        return minute + NOON_MIN
    return minute


def _ask_for_hours(found: re.Match[str]) -> None:
    """Refuse numbers that no unit says to be hours: they may be weekdays, too.

    Raises:
        TimesError: always, with both readings.
    """
    numbers = [int(number) for number in found.groups() if number]
    if all(1 <= number <= 7 for number in numbers):
        hours = "-".join(f"{hour + 12 if hour < 7 else hour}:00" for hour in numbers)
        days = ["周" + "一二三四五六日"[number - 1] for number in numbers]
        raise TimesError(found[0].strip(), "availability_hours_or_days", hours=hours, days="至".join(days))
    raise TimesError(found[0].strip())


def _assume_afternoon(part: str, *minutes: int) -> _Clock:
    """Return hours of the day as which times before 6:00 are meant: nobody is visited or called at 2:00 at night.

    Raises:
        TimesError: they are hours of the day in no way.
    """
    later = [minute + NOON_MIN if minute < 7 * 60 else minute for minute in minutes]
    if later != sorted(set(later)) or later == list(minutes) or later[0] < _MORNING_MIN or later[-1] > _NIGHT_MIN:
        raise TimesError(part)
    return _Clock(later[0], later[-1], "-".join(map(spell_minute, later)))


def cut_unread(text: str, at: int) -> str:
    """Return what was not understood, up to the next comma or space."""
    return re.split(r"[,、;\s]", text[at:].strip(), maxsplit=1)[0] or text[at : at + 1]
