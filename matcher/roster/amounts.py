"""Numbers as people write them in cells: 3~5人, 底楼, 3/6, 301室, 2公里, 最多五位."""

from __future__ import annotations

import re
import unicodedata

from matcher.columns import Column
from matcher.han import to_simplified
from matcher.roster.cell_faults import CellFaultError

HUGE = 1e15
SHORTEST_WALK_M = 50
"""Nobody who walks at all walks less far: a smaller number without a unit may count kilometres."""

_NUMERALS = "零一二三四五六七八九"
_ABOUT = re.compile("一二|二三|三[四五]|四五|五六|六七|七八|八九")
"""Numerals side by side by which people say that they do not count: 两三位, 三五个."""
_CHINESE = r"[零〇一二两三四五六七八九十]{1,3}"
_N = rf"(?:\d{{1,6}}|{_CHINESE})"
_TO = r" ?(?:~|-|–|—|至|到|或) ?"
_UNITS = (
    r"(?:周?岁|层|楼|次|人|名|位|户|个|对|°|个?老人|位老人|名老人|户老人|分钟?|minutes?|elders?|clients?"
    r"|people|times?)?"
)
_PLAIN = re.compile(rf"([+-]?(?:\d{{1,15}}(?:\.\d{{0,15}})?|\.\d{{1,15}})) ?{_UNITS}", re.ASCII)
_WORDED = re.compile(rf"({_CHINESE}) ?{_UNITS}")
_AT_MOST = re.compile(
    r"^(?:最多|至多|可?结对|可?服务|不超过|不多于|不大于|上限|最高|限|可|约|大约"
    r"|≤|<=|up to|at most|no more than|max(?:imum)?\.?) ?:?"
    r"|(?<=.) ?(?:以内|以下|及以下|为止|封顶|左右|内)"
)
_A_MONTH = re.compile(r"^(?:每个?月|一个?月|月)(?:至少|不少于|最少)? ?|(?: ?/ ?| ?每)月$|(?: a| per|/) ?month$")
"""Words around a number of visits a month, which its header says too: 每月2次, 1次/月."""
_LASTED = re.compile(
    rf"(?:(?P<years>{_N}) ?年零?)?(?:(?P<months>{_N}) ?个?月)?|(?P<half>半年)|(?P<en>\d{{1,4}}) ?months?"
)
"""Time that a pair has lasted: 3个月, 1年2个月."""
_COUNT_RANGE = re.compile(rf"({_N}){_TO}({_N}) ?{_UNITS}")
_ONE_FOR = re.compile(rf"[1一] ?(?:对|:|比|带|拖|\+) ?({_N})")

_GROUND = frozenset(
    {"底楼", "底层", "首层", "首楼", "地面", "平房", "一楼底层", "底", "ground", "groundfloor", "g", "gf"}
)
_BELOW = re.compile(rf"(?:地下|负|b|-)({_N})?(?:层|楼|室|f)?|地下室")
_FLOOR = re.compile(rf"第?({_N})(?:层|楼|f|/f)?|[fl]({_N})")
_FLOOR_OF = re.compile(rf"第?({_N})(?:层|楼|f)? ?/ ?共?({_N})(?:层|楼|f)?")
_FLOOR_OF_WORDS = re.compile(rf"共({_N})(?:层|楼)[,、 ]?(?:住|在|第|居住?)*({_N})(?:层|楼)")
_ROOM = re.compile(r"(?:(\d{1,2})(?:楼|层|f)[\- ]?)?(\d{1,2})\d\d(?:室|房|号房|房间)")
_ORDINAL_EN = re.compile(r"(\d{1,2})(?:st|nd|rd|th) ?(?:floor|fl)?|(?:floor|level) ?(\d{1,2})")
_STOREYS = re.compile(r"\((?:楼)?(?:共|总高?|全)\d+[层楼]\)$", re.ASCII)
_NOTE = re.compile(r"(?<=[层楼f\d])\([^()\d]{0,40}\)$")
_NO_CLIMB = frozenset({"不能爬楼", "不爬楼", "爬不动", "只能底楼", "仅底楼", "只限底楼", "无电梯不行"})

_HUNDREDS = re.compile(rf"({_N}) ?(百|千)(?=米|$)")
_DISTANCE = re.compile(
    rf"(\d{{1,6}}(?:\.\d{{1,3}})?|{_CHINESE}|半) ?"
    r"(公里|千米|km|kms|kilometres?|kilometers?|华里|里地?|米|m|metres?|meters?|miles?|mi|yards?|yd)?"
)
_UNIT_M = {"公": 1000, "千": 1000, "k": 1000, "华": 500, "里": 500, "米": 1, "m": 1, "mi": 1609, "y": 0.9144}
_DEGREES = re.compile(r"\d\s*[°º度]\s*\d|\d\s*['′’分]|\d\s+\d")
_HEADER_UNIT = re.compile(r"公里|千米|\bkm\b|[(（_]km|米|\bm\b|_m$|metre|meter|miles?\b", re.IGNORECASE)


def simplify_cell(text: str) -> str:
    """Return a cell in usual width and small letters, with single spaces."""
    return re.sub(r"\s+", " ", to_simplified(unicodedata.normalize("NFKC", text))).strip().lower().rstrip("。")


def count(word: str) -> int:
    """Return the number that digits or Chinese numerals up to 99 stand for, or numerals set as digits are: 一〇三.

    Raises:
        ValueError: the numerals make no number, or are two that stand for about so many: 三五 is three to five.
    """
    if word.isdigit():
        return int(word)
    word = word.replace("〇", "零").replace("两", "二")
    tens, ten, ones = word.partition("十")
    if not ten:
        if _ABOUT.fullmatch(word):
            raise ValueError(word)
        return int("".join(str(_NUMERALS.index(sign)) for sign in word))
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        raise ValueError(word)
    return 10 * (_NUMERALS.index(tens) if tens else 1) + (_NUMERALS.index(ones) if ones else 0)


def read_number(text: str, column: Column) -> float:
    """Return a number with or without the unit of its column, in its limits.

    Raises:
        CellFaultError: it is none.
    """
    simple = simplify_cell(text)
    if found := _PLAIN.fullmatch(simple):
        return _check_limits(float(found[1]), column)
    bare = _AT_MOST.sub("", simple, count=2) if column.kind == "int" else simple
    if column.name == "visits_per_month":
        bare = _A_MONTH.sub("", bare)
    for pattern in (_PLAIN, _WORDED):
        if (found := pattern.fullmatch(bare)) and column.kind == "int":
            return _check_limits(_count(found[1], column) if pattern is _WORDED else float(found[1]), column)
    if column.name in ("lng", "lat") and _DEGREES.search(simple):
        raise CellFaultError("place_minutes")
    raise CellFaultError("value_not_number", example=column.example or "3")


def read_whole(text: str, column: Column) -> float:
    """Return a whole number; of a range the lower one, with a warning.

    Raises:
        CellFaultError: it is none, or a range.
    """
    simple = simplify_cell(text)
    if column.name == "months" and (found := _LASTED.fullmatch(simple)) and simple:
        years, months = (_count(found[name], column) if found[name] else 0.0 for name in ("years", "months"))
        return _check_limits(6.0 if found["half"] else float(found["en"] or 12 * years + months), column)
    if found := _COUNT_RANGE.fullmatch(simple):
        low, high = _count(found[1], column), _count(found[2], column)
        if low < high:
            raise CellFaultError("number_range", _check_limits(low, column), low=f"{low:g}", high=f"{high:g}")
    if column.name == "capacity" and (found := _ONE_FOR.fullmatch(simple)):
        return _check_limits(_count(found[1], column), column)
    value = read_number(text, column)
    if not value.is_integer():
        raise CellFaultError("value_not_whole")
    return value


def read_floor(text: str, column: Column) -> float:
    """Return a floor: 底楼, 2F, 3/6 (the third of six), 301室, B1.

    Raises:
        CellFaultError: it is none.
    """
    simple = _STOREYS.sub("", _NOTE.sub("", simplify_cell(text)))
    if column.name == "max_floor":
        simple = re.sub(
            r"^(?:最高|最多|不超过|能爬|可爬|可上|限|≤|<=)(?:到|至)?|(?:及以下|以下|以内|为止|及以内)$", "", simple
        )
    close = simple.replace(" ", "")
    if close in _GROUND or close in _NO_CLIMB:
        return 1.0
    if _PLAIN.fullmatch(simple):
        return read_whole(simple, column)
    for pattern, place in ((_FLOOR_OF, 1), (_FLOOR_OF_WORDS, 2)):
        if found := pattern.fullmatch(simple):
            return _take_floor(found[place], found[3 - place], column)
    if (found := _ROOM.fullmatch(close)) and found[1] in {None, found[2]}:
        return _check_limits(float(found[2]), column)
    if close and (found := _BELOW.fullmatch(close)):
        return _check_limits(-_count(found[1] or "1", column), column)
    found = _FLOOR.fullmatch(close) or _ORDINAL_EN.fullmatch(close)
    if not found:
        raise CellFaultError("value_not_number", example="3")
    return _check_limits(_count(found[1] or found[2], column), column)


def read_metres(text: str, column: Column, header: str) -> float:
    """Return a distance in metres: 500米, 2公里, 1km; without a unit, in that of the header, else in metres.

    Raises:
        CellFaultError: it is none, or so small that it may count kilometres.
    """
    simple = re.sub(
        r"^(?:步行)?(?:最多|最远|不超过|约|≤|<=|up to|at most)? ?| ?(?:以内|之内|内|左右|的?路程|\(步行\))$",
        "",
        re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", simplify_cell(text)),
    )
    if hundreds := _HUNDREDS.match(simple):
        metres = _count(hundreds[1], column) * (100 if hundreds[2] == "百" else 1000)
        simple = f"{metres:g}{simple[hundreds.end() :] or '米'}"
    found = _DISTANCE.fullmatch(simple)
    if not found:
        raise CellFaultError("distance_unreadable")
    number = 0.5 if found[1] == "半" else _count(found[1], column) if not found[1][0].isdigit() else float(found[1])
    unit = found[2] or ""
    if not unit and (told := _HEADER_UNIT.findall(header.split("max_walk_m", maxsplit=1)[0])):
        unit = told[-1].strip("(（_").lower()
    if not found[2] and 0 < number < SHORTEST_WALK_M and not unit.startswith(("公", "千", "k", "mi")):
        raise CellFaultError("distance_unit", number=f"{number:g}")
    metres = number * _UNIT_M["mi" if unit.startswith("mi") else unit[0]] if unit else number
    return _check_limits(float(round(metres)), column)


def _take_floor(floor: str, floors: str, column: Column) -> float:
    one, of = _count(floor, column), _count(floors, column)
    if one > of:
        raise CellFaultError("value_not_number", example="3")
    return _check_limits(one, column)


def _count(word: str, column: Column) -> float:
    try:
        return float(count(word))
    except ValueError as error:
        raise CellFaultError("value_not_number", example=column.example or "3") from error


def _check_limits(value: float, column: Column) -> float:
    low = -HUGE if column.low is None else column.low
    high = HUGE if column.high is None else column.high
    if not low <= value <= high:
        raise CellFaultError("value_out_of_range", low=f"{low:g}", high=f"{high:g}")
    return value
