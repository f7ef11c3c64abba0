"""Readers of cells, one a kind of column: each makes a value of a text, or says what the cell is at fault for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, TypeVar
from unicodedata import category

import numpy as np

from matcher.columns import Column, Kind
from matcher.frequency import per_week
from matcher.i18n import join_words
from matcher.particulars import find_level
from matcher.privacy import hide_landlines, hide_national_ids, hide_phones, hide_places, holds_national_id, holds_phone
from matcher.roster.amounts import HUGE, read_floor, read_metres, read_number, read_whole
from matcher.roster.availability import read_times
from matcher.roster.cell_faults import ROSTERS, CellFaultError
from matcher.roster.dates import NO_DATES, check_birth, check_year, read_date, read_days
from matcher.roster.model import ANY_TIME
from matcher.roster.numbers import is_phone, is_ruined
from matcher.roster.time_tokens import TimesError
from matcher.roster.word_lists import WordReading, prepare_reading, read_words
from matcher.settings import Settings
from matcher.settings.words import DASHES, DITTO_WORDS, NothingWords, collect_nothing_words, simplify

T = TypeVar("T")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)
_OF_EXCEL_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", re.ASCII)
"""What an id becomes that Excel took for a date, as 1-2."""
CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f" + "\u2028\u2029]"
"""Control characters but tabs and line ends, and the line ends of Unicode that few programs know, as a pattern."""
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"})
"""Categories of characters that show nothing: line breaks, control characters, what turns the direction of writing."""
_MARKS = r"()（）\[\]［］{}｛｝【】《》“”‘’「」｢｣\"'＂＇"
"""Brackets and quotation marks of any width that stand around a word."""
_MONTH_IS_ENOUGH = frozenset({"birth_date", "since", "paired_since", "waiting_since"})
_FLOORS = frozenset({"floor", "max_floor"})
_NO_LIMITS = frozenset({"max_floor", "max_walk_m"})
"""Numbers of which 不限 is a sound answer: none."""
_NOT_SERVED = re.compile(
    r"(?:暂|目前|尚|都)?(?:无|没有?|未|不)(?:享受|参加|接受|申请|申领|有)?过?(?:其他|其它|任何|别的|该|此)*(?:服务|项目|照护|关爱|补贴)*"
)
_NOT_SERVED_NOW = re.compile(
    r"取消|停止|已停|停了|停用|暂停|结束|终止|中止|到期|期满|退出|退了|曾|以前|过去|原有|[不无]需要?|不要|不用|拒绝|谢绝|待定|待批|待评|申请中"
    r"|已申请|在申请|未批|未通过|排队|等待|拟|将[要于]|计划|cancel|stopped|ended|expired|former|refus|declin|pending|applied|planned"
    r"|waiting|not needed"
)
"""Words of a service that is over, refused, or to come."""
_NO_PHONE = re.compile(r"(?:暂?无|没有?)(?:固定|联系|移动)?(?:电话|手机|座机|号码|联系方式)|不用手机|空号")
_UNDECIDED = re.compile(
    r"考虑|待定|犹豫|未定|再[说议定看]|未答复|未回复|联系不上|未联系|不确定|商量|pending|undecided|thinking",
    re.IGNORECASE,
)
_NAMES_DAY = re.compile(r"\d\s*[月日号起/.-]|\d{4}|至|直到|until|from|till|since")
_NOTE_AT_END = re.compile(r"\([^()]{0,40}\)$")
_NOTES_ALLOWED = frozenset({"living", "role", "area"})
_WITH_PARTNER = re.compile(
    r"(?:与|和|跟|随|同)(?:其)?(?:配偶|老伴|妻子?|丈夫|爱人|先生|太太)(?:同住|一起住?|居住|住|生活)*"
)
_WITH_OTHERS = re.compile(
    r"(?:与|和|跟|随|同|由)[^,、;]{0,6}(?:子女?|儿子?|女儿?|媳|婿|孙|家人|家属|亲属|亲戚|保姆|护工|兄|弟|姐|妹|侄|父|母)[^,、;]{0,8}"
)
_NEVER_LEFT = frozenset(
    {
        "至今",
        "今",
        "长期",
        "长期有效",
        "长期服务",
        "永久",
        "无期限",
        "无固定期限",
        "不限期",
        "未退出",
        "present",
        "permanent",
    }
)
"""What stands as a leaving date of who has not left."""
_RAISED = re.compile(r"(?<!不)(?<!非)(?<!无)(?<!没)(?<!不是)(?<!没有)(?:高|重点|危|红|high)")
"""Words of a high risk in a cell that says more, or is not sure: 中高, 高?, 红码."""
_EITHER_SEX = re.compile(
    r"(?:男女|男[/、,或]女|女[/、,或]男)性?(?:志愿者)?(?:(?:都|均|皆)?(?:可以?|行|不限|无所谓|一样))?"
)


@dataclass(frozen=True)
class ColumnContext:
    """What the cells of a column are read by: the column, its header in the file, the settings, the month's day."""

    column: Column
    header: str
    settings: Settings
    on: date | None
    kind: str

    @property
    def is_shown(self) -> bool:
        """Return whether values of the column stand in files in which no telephone number may."""
        return self.kind in ROSTERS and find_level(self.column.name) in {"full_names", "free"}

    @cached_property
    def nothing(self) -> NothingWords:
        """Return the words for nothing and for anything."""
        return collect_nothing_words(self.settings.words.nothing, self.settings.words.anything)

    @cached_property
    def words(self) -> WordReading:
        """Return what lists of words are read by."""
        return prepare_reading(self.column, self.header, self.settings)

    @cached_property
    def special(self) -> str:
        """Return the pattern of RE2 of cells that say nothing or stand for the one above."""
        return _spell_pattern(self.nothing)


@dataclass(frozen=True, slots=True)
class CellType:
    """How a kind of column is read: ``parse`` a cell that is not empty, what an empty one is, and the array's type."""

    parse: Callable[[str, ColumnContext], Any]
    empty: Any
    dtype: str


_SPACES = r"\s\p{Z}"
"""White space within brackets of a pattern of RE2, to which ``\\s`` is of ASCII alone."""


@lru_cache(maxsize=64)
def _spell_pattern(nothing: NothingWords) -> str:
    """Return a pattern of RE2 that finds every cell of a word for nothing or anything, or that stands for another."""
    words = sorted({*nothing.nothing, *nothing.anything, *DITTO_WORDS})
    spellings = [rf"[{_SPACES}]*".join(_spell_sign(sign) for sign in word) for word in words]
    word = rf"[{_MARKS}{_SPACES}]*(?:{'|'.join(spellings)})[{_MARKS}。.!！;；,，{_SPACES}]*"
    return rf"(?i)^[{_SPACES}]*(?:{word}|(?:{DASHES}|[\x{{ff00}}-\x{{ff0f}}{_SPACES}])+)[{_SPACES}]*$"


def _spell_sign(sign: str) -> str:
    """Return a sign for a pattern, in its full width too."""
    wide = chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else ""
    capital = chr(ord(sign.upper()) + 0xFEE0) if "a" <= sign <= "z" else ""
    return f"(?:{'|'.join(re.escape(one) for one in (sign, wide, capital) if one)})" if wide else re.escape(sign)


def take_empty(context: ColumnContext) -> Any:  # noqa: ANN401 - a cell may be anything
    """Return what an empty cell stands for.

    Raises:
        CellFaultError: the column must be filled in.
    """
    if context.column.required:
        raise CellFaultError("value_missing")
    return TYPES[context.column.kind].empty


def _says_nothing(text: str, context: ColumnContext) -> bool:
    """Return whether a cell of a roster is one of the words for nothing, or for anything where that is the same."""
    return context.nothing.is_nothing(text) or context.nothing.is_anything(text)


def _read_text(text: str, context: ColumnContext) -> str:
    if context.kind in ROSTERS:
        text = _drop_controls(text)
        if not text or _says_nothing(text, context):
            return str(take_empty(context))
        if context.column.name == "served_elsewhere" and (
            context.nothing.answers_no(text) or _NOT_SERVED.fullmatch(simplify(text))
        ):
            return ""
        if context.column.name == "served_elsewhere" and _NOT_SERVED_NOW.search(simplify(text)):
            raise CellFaultError("service_not_now", "")
    return _hide(text, context, lambda plain: plain)


def _leave(text: str, context: ColumnContext) -> str:
    return "" if context.nothing.is_nothing(text) else text


def _read_id(text: str, context: ColumnContext) -> str:
    if context.nothing.is_nothing(text):
        return str(take_empty(context))
    if is_ruined(text):
        raise CellFaultError("id_ruined")
    if _OF_EXCEL_DATE.fullmatch(text):
        raise CellFaultError("id_is_date")
    if holds_national_id(text):
        raise CellFaultError("id_is_national_id")
    if holds_phone(text):
        raise CellFaultError("id_is_phone")
    if any(category(sign) in _UNSEEN for sign in text):
        raise CellFaultError("id_has_unseen_signs")
    return text


def _read_phone(text: str, context: ColumnContext) -> str:
    if _says_nothing(text, context) or _NO_PHONE.fullmatch(simplify(text)):
        return ""
    if not is_phone(text):
        raise CellFaultError("phone_invalid")
    return text


def _read_list(text: str, context: ColumnContext) -> tuple[str, ...]:
    return _hide(_drop_controls(text), context, lambda plain: read_words(plain, context.words))


def _drop_controls(text: str) -> str:
    """Return a text with spaces in place of control characters but tabs and line ends, which no output is to hold."""
    plain, dropped = re.subn(CONTROLS, " ", text)
    return plain.strip() if dropped else text


def _hide(text: str, context: ColumnContext, read: Callable[[str], T]) -> T:
    """Read a text without the numbers that may not stand where its column may.

    Raises:
        CellFaultError: a roster's text had such a number; what is read without it is kept.
    """
    plain = hide_national_ids(text)
    if context.is_shown:
        plain = hide_places(hide_landlines(hide_phones(plain)))
    if plain != text and context.kind in ROSTERS:
        raise CellFaultError("number_hidden", read(plain))
    return read(plain)


def _read_number(text: str, context: ColumnContext) -> float:
    return np.nan if context.nothing.is_nothing(text) else read_number(text, context.column)


def _read_int(text: str, context: ColumnContext) -> float:
    column = context.column
    if context.nothing.is_nothing(text):
        if column.name == "capacity" and simplify(text) in {"无", "没有", "没", "none"}:
            raise CellFaultError("capacity_unclear")
        return np.nan
    if column.name in _NO_LIMITS and context.nothing.is_anything(text):
        return np.nan
    if column.name in _FLOORS:
        return read_floor(text, column)
    if column.name == "max_walk_m":
        return read_metres(text, column, context.header)
    return read_whole(text, column)


def _read_date(text: str, context: ColumnContext) -> np.datetime64:
    if _says_nothing(text, context) or text in NO_DATES:
        return NO_DATE
    if context.column.name == "left" and simplify(text) in _NEVER_LEFT:
        return NO_DATE
    month_is_enough = context.column.name in _MONTH_IS_ENOUGH
    try:
        day = read_date(text, month_is_enough=month_is_enough)
    except CellFaultError as fault:
        if isinstance(fault.kept, date):
            _check_day(fault.kept, context)
            raise CellFaultError(fault.code, np.datetime64(fault.kept, "us"), **fault.params) from fault
        raise
    _check_day(day, context)
    return np.datetime64(day, "us")


def _check_day(day: date, context: ColumnContext) -> None:
    if context.kind not in ROSTERS:
        return
    if context.column.name == "birth_date":
        check_birth(day, context.on)
    else:
        check_year(day, context.on)


def _read_dates(text: str, context: ColumnContext) -> tuple[date, ...]:
    if _says_nothing(text, context):
        return ()
    if not text.isdecimal():
        return read_days(text, context.on, context.settings.limits.days)
    try:  # a day as Excel counts them
        return (read_date(text),)
    except CellFaultError as fault:
        if isinstance(fault.kept, date):
            _check_day(fault.kept, context)
            raise CellFaultError(fault.code, (fault.kept,), **fault.params) from fault
    return read_days(text, context.on, context.settings.limits.days)


def _read_minutes(text: str, _context: ColumnContext) -> float:
    found = _TIME.fullmatch(text)
    if not found:
        raise CellFaultError("value_not_time")
    return 60.0 * int(found[1]) + int(found[2])


def _read_choice(text: str, context: ColumnContext) -> str:
    column = context.column
    codes = list_choice_words(column)
    word = simplify(text).rstrip("。.!")
    code = codes.get(word)
    if code is None and column.name in _NOTES_ALLOWED:
        code = codes.get(_NOTE_AT_END.sub("", word)) or _read_living(_NOTE_AT_END.sub("", word), column)
    if code is not None:
        return code
    if column.name == "consent":
        if context.nothing.is_nothing(text):
            return ""
        raise CellFaultError("consent_undecided" if _UNDECIDED.search(word) else "consent_unclear", "")
    if context.kind in ROSTERS and (_says_nothing(text, context) or _is_either_sex(word, column)):
        return ""
    if column.name == "risk" and _RAISED.search(word):
        raise CellFaultError("risk_assumed", "high")
    code = "status_dated" if column.name == "status" and _NAMES_DAY.search(word) else "value_not_choice"
    raise CellFaultError(code, choices=join_words(column.choice_label(c.code) for c in column.choices))


def _read_living(word: str, column: Column) -> str | None:
    """Return how somebody lives who lives with others: 与子女同住, 和老伴一起住."""
    if column.name != "living":
        return None
    return "couple" if _WITH_PARTNER.fullmatch(word) else "family" if _WITH_OTHERS.fullmatch(word) else None


def _is_either_sex(word: str, column: Column) -> bool:
    return column.name == "wanted_sex" and _EITHER_SEX.fullmatch(word) is not None


@lru_cache(maxsize=256)
def list_choice_words(column: Column) -> dict[str, str]:
    """Return a column's choices by every way to write them."""
    return {simplify(word): item.code for item in column.choices for word in (item.code, item.zh, *item.aliases)}


def _read_availability(text: str, context: ColumnContext) -> int:
    if context.nothing.is_anything(text) or (context.nothing.is_nothing(text) and not _says_never(text)):
        return ANY_TIME
    try:
        times = read_times(text)
    except TimesError as error:
        raise CellFaultError(error.code, None, part=error.part, **error.readings) from error
    if times.note:
        raise CellFaultError(f"availability_{times.note}", times.mask, hours=times.assumed)
    return times.mask


def _says_never(text: str) -> bool:
    """Return whether a word that says nothing elsewhere says of times that there are none."""
    return simplify(text) in {"无", "没有", "没", "暂无", "none", "暂时没有", "目前没有", "目前无"}


def read_clock(text: str) -> str:
    """Return the clock times of a cell; none where it can't be read."""
    try:
        return read_times(text).clock
    except TimesError:
        return ""


def _read_frequency(text: str, context: ColumnContext) -> float:
    if _says_nothing(text, context):
        return np.nan
    try:
        rate = per_week(text)
    except ValueError as error:
        raise CellFaultError("frequency_unreadable") from error
    column = context.column
    if not (column.low or 0) <= rate <= (HUGE if column.high is None else column.high):
        raise CellFaultError("value_out_of_range", low=f"{column.low:g}", high=f"{column.high:g}")
    return rate


NO_DATE = np.datetime64("NaT", "us")
TYPES: dict[Kind, CellType] = {
    "id": CellType(_read_id, "", "str"),
    "text": CellType(_read_text, "", "str"),
    "list": CellType(_read_list, (), "object"),
    "phone": CellType(_read_phone, "", "str"),
    "national_id": CellType(_leave, "", "str"),
    "int": CellType(_read_int, np.nan, "float64"),
    "number": CellType(_read_number, np.nan, "float64"),
    "date": CellType(_read_date, NO_DATE, "datetime64[us]"),
    "datetime_min": CellType(_read_minutes, np.nan, "float64"),
    "dates": CellType(_read_dates, (), "object"),
    "bool": CellType(_read_choice, "", "str"),
    "choice": CellType(_read_choice, "", "str"),
    "availability": CellType(_read_availability, ANY_TIME, "int64"),
    "frequency": CellType(_read_frequency, np.nan, "float64"),
}
