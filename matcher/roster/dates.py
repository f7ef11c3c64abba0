"""Dates as people write them, alone (1941年5月, 19410502) and as days and ranges of days (12月5日至8日)."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from matcher.han import to_simplified
from matcher.roster.amounts import count
from matcher.roster.cell_faults import CellFaultError
from matcher.settings.roster import LimitsSettings

EARLIEST_YEAR, LATEST_YEAR = 1850, 2200
PROGRAMME_YEARS = (2000, 2050)
"""No date of the programme, which began in 2012, lies outside these years; a slip of the pen does."""
YEARS_AHEAD = 5
_FAR_DAYS = 62
"""Days off are written down some weeks before or after they are."""
_LONGEST_DAYS = 200
"""Days that a range without years lasts at most: a longer one is one whose ends changed places."""
OLDEST = 122
"""Years that the oldest person known has lived."""
_NO_END = frozenset({date(9999, 12, 31), date(2099, 12, 31), date(2999, 12, 31)})
"""Dates by which programs say that there is none."""
NO_DATES = frozenset({"0000-00-00", "0000-00-00 00:00:00", "1900-01-00", "1900/1/0"})
"""Texts of MySQL where there is no date, and of Excel where an empty cell is shown as one."""
_EXCEL_EPOCH = date(1899, 12, 30)
_ROC_EPOCH = 1911

_DATE = re.compile(r"(\d{4})([-/.年])(\d{1,2})(?:([-/.月])(\d{1,2})[日号]?|月?)(?:[ T]\d{1,2}:\d\d\S*)?", re.ASCII)
_CLOSE = re.compile(r"(\d{4})(\d\d)(\d\d)?", re.ASCII)
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.0)?", re.ASCII)
_YEAR = re.compile(r"(?:1[89]|20)\d\d年?", re.ASCII)
_MARKS_OF_DATES = re.compile(r"(?<=\d)[–—−·\\](?=\d)", re.ASCII)
_AROUND_SIGNS = re.compile(r"\s*([年月日])\s*")
_AFTER_DATE = re.compile(r"(?<=[\d月日])\s*(?:出?生(?:人|于)?|\((?:阳历|公历|新历|西历)\)|。|\.)$")
_LUNAR = re.compile(r"农历|阴历|旧历|[正腊闰]月|初[一二三四五六七八九十]|lunar", re.IGNORECASE)
_LOST_DAY = re.compile(r"(\d{1,2})\.([123])", re.ASCII)
_LOST_MONTH = re.compile(r"((?:1[89]|20)\d\d)\.1", re.ASCII)
_NUMERAL_DATE = re.compile(
    r"(?:(?P<roc>民国)(?P<nth>[〇零一二三四五六七八九十]{1,3}|元)|(?P<year>[〇零○一二三四五六七八九]{4}))年"
    r"(?:(?P<month>[一二三四五六七八九十]{1,2})月(?:(?P<day>[一二三四五六七八九十廿]{1,3})[日号]?)?)?"
)
_NUMERAL_DAY = re.compile(
    r"(?P<year>\d{4})年(?P<month>[一二三四五六七八九十]{1,2})月(?:(?P<day>[一二三四五六七八九十]{1,3})[日号]?)?",
    re.ASCII,
)
_ROC = re.compile(r"(?P<roc>民国)(?P<nth>\d{1,3})年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日?)?)?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY_FIRST = re.compile(rf"(?P<day>\d{{1,2}})[ -]{_MONTH_NAME},?[ -](?P<year>\d{{4}})", re.IGNORECASE)
_NAME_FIRST = re.compile(rf"{_MONTH_NAME} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})", re.IGNORECASE)


@lru_cache(maxsize=65536)
def read_date(text: str, *, month_is_enough: bool = False) -> date:
    """Return a date; with ``month_is_enough``, the first of a month that is told alone.

    Raises:
        CellFaultError: it is none, may be two, or (with what is kept) stands there as Excel counts days.
    """
    text = _spell_date(text)
    if _LUNAR.search(text):
        raise CellFaultError("date_lunar")
    if found := _LOST_MONTH.fullmatch(text):
        raise CellFaultError("date_month_lost", january=f"{found[1]}-01", october=f"{found[1]}-10")
    if _YEAR.fullmatch(text):
        raise CellFaultError("date_year_only")
    parts = _find_parts(text)
    if parts is None and _SERIAL.fullmatch(text):
        day = _EXCEL_EPOCH + timedelta(days=int(float(text)))
        raise CellFaultError("date_is_serial", day, date=day.isoformat())
    if parts is None or (parts[2] is None and not month_is_enough):
        raise CellFaultError("value_not_date")
    return _make_date(parts[0], parts[1], 1 if parts[2] is None else parts[2])


def check_year(day: date, on: date | None) -> None:
    """Check that a date of the programme lies in years that can be; ``on`` is a day of the month that is planned.

    Raises:
        CellFaultError: it does not.
    """
    first, last = PROGRAMME_YEARS
    last = on.year + YEARS_AHEAD if on else last
    if not first <= day.year <= last and day not in _NO_END:
        raise CellFaultError("date_impossible", year=day.year)


def check_birth(day: date, on: date | None) -> None:
    """Check that somebody alive can have been born on a day.

    Raises:
        CellFaultError: nobody can, as it is yet to come or too long ago: 1900-01-01 is where programs begin to count.
    """
    first = (on or day).year - OLDEST
    if day.year < first or day > (on or date(PROGRAMME_YEARS[1], 1, 1)):
        raise CellFaultError("date_impossible", year=day.year)


def _spell_date(text: str) -> str:
    """Return a date as most people write it: without spaces around 年 and 月, 1941—5—2 with hyphens."""
    text = _AFTER_DATE.sub("", to_simplified(text))
    return _MARKS_OF_DATES.sub("-", _AROUND_SIGNS.sub(r"\1", text))


def _find_parts(text: str) -> tuple[int, int, int | None] | None:
    """Return year, month and day of a text, the day None where it is not told; None where it is no date."""
    if found := _DATE.fullmatch(text):
        year, first, month, second, day = found.groups()
        if day is not None and second != ("月" if first == "年" else first):
            return None
        return int(year), int(month), int(day) if day else None
    if found := _CLOSE.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3]) if found[3] else None
    if found := _DAY_FIRST.fullmatch(text) or _NAME_FIRST.fullmatch(text):
        return int(found["year"]), _MONTHS.index(found["name"][:3].lower()) + 1, int(found["day"])
    if found := _ROC.fullmatch(text) or _NUMERAL_DATE.fullmatch(text) or _NUMERAL_DAY.fullmatch(text):
        if not found["month"]:
            raise CellFaultError("date_year_only")
        return _spell_out(found)
    return None


def _spell_out(found: re.Match[str]) -> tuple[int, int, int | None] | None:
    """Return year, month and day of a date in Chinese numerals or years of the republic: 民国三十年五月."""
    try:
        parts = found.groupdict()
        if parts.get("roc"):
            year = _ROC_EPOCH + (1 if found["nth"] == "元" else count(found["nth"]))
        else:
            digits = re.sub("[零○]", "〇", found["year"])
            year = int("".join(sign if sign.isdecimal() else str("〇一二三四五六七八九".find(sign)) for sign in digits))
        day = found["day"]
        return year, count(found["month"]), count(re.sub("廿", "二十", day)) if day else None
    except ValueError:
        return None


def _make_date(year: int, month: int, day: int) -> date:
    try:
        result = date(year, month, day)
    except ValueError as error:
        raise CellFaultError("value_not_date") from error
    if not EARLIEST_YEAR <= result.year <= LATEST_YEAR and result not in _NO_END:
        raise CellFaultError("value_not_date")
    return result


_TO = r"\s*(?:[~〜]|至|到|[—–―]{1,2}|[-‐−]{1,2}|to|until|till|through)\s*"
_FULL = r"(?P<{0}y>\d{{4}})(?P<{0}s>[-/.年])\s?(?P<{0}m>\d{{1,2}})(?:[-/.月])\s?(?P<{0}d>\d{{1,2}})(?!\d)[日号]?"
_MONTH_DAY = r"(?P<{0}m2>\d{{1,2}})(?:月|[/.](?=\d))(?P<{0}d2>\d{{1,2}})(?!\d)[日号]?"
_END_MONTH_DAY = r"(?P<{0}m2>\d{{1,2}})(?:月|[-/.](?=\d))(?P<{0}d2>\d{{1,2}})(?!\d)[日号]?"
_END_DAY = r"(?P<{0}d3>\d{{1,2}})(?![\d年月/.\-])[日号]?"
_LISTED_DAY = r"(?P<{0}d3>\d{{1,2}})(?=[日号]|(?:[、,]\d{{1,2}}){{1,31}}[日号]|(?:-|~|至|到)\d{{1,2}}[日号])[日号]?"
_CLOSE_FORM = r"(?P<{0}c>\d{{8}})(?!\d)"
_WHOLE_MONTH = r"(?:(?P<{0}wy>\d{{4}})[-/.年])?(?P<{0}wm>\d{{1,2}})月(?:份|全月|整月)?(?!\d|初|底|末|中|上|下)"
_ISO_MONTH = r"(?P<{0}iy>\d{{4}})-(?P<{0}im>\d{{2}})(?![-\d])"
_NOTE = (
    r"(?:\s*\((?:(?:[^()\d]{{1,20}}[、,])?(?:周|星期|礼拜)(?P<{0}wd>[一二三四五六日天])"
    r"|(?:农历|除夕|初)[^()\d]{{0,20}})\))?"
)
"""Remark that notices of holidays put behind a day: 2月15日（农历腊月二十八、周日）."""
_FIRST = "|".join(form.format("a") for form in (_CLOSE_FORM, _FULL, _MONTH_DAY, _WHOLE_MONTH, _ISO_MONTH, _LISTED_DAY))
_LAST = "|".join(form.format("b") for form in (_CLOSE_FORM, _FULL, _END_MONTH_DAY, _END_DAY))
_ITEM = re.compile(
    rf"(?:从|自)?(?:{_FIRST}){_NOTE.format('a')}(?:(?:起|开始)?{_TO}(?:{_LAST}){_NOTE.format('b')}(?:止|为止)?)?",
    re.IGNORECASE,
)
_TH = r"(?:st|nd|rd|th)?"
_DAYS_OF_MONTH = re.compile(
    rf"(?<![\d/.])(?<!\d[–-])(?P<day>\d{{1,2}}){_TH}(?: ?(?:-|–|to|(?P<both>and|&)) ?(?P<last>\d{{1,2}}){_TH})?"
    rf" (?:of )?{_MONTH_NAME}(?![a-z])"
    r"(?:,? (?P<year>\d{4}))?",
    re.IGNORECASE,
)
_MONTH_OF_DAYS = re.compile(
    rf"(?<![a-z]){_MONTH_NAME} (?P<day>\d{{1,2}}){_TH}(?!\d)"
    rf"(?: ?(?:-|–|(?P<both>and|&)) ?(?P<last>\d{{1,2}}){_TH}(?!\d| ?[a-z]))?"
    r"(?:,? (?P<year>\d{4}))?",
    re.IGNORECASE,
)
"""English days: 24-26 Dec 2026, 24th December; Dec 24-26."""
_BETWEEN = re.compile(
    r"T?00:00(?::00(?:\.0+)?)?(?![\d:])|[;,、。\s()]"
    r"|和|及|与|以及|and|外出|不在家?|住院|请假|旅游|旅行|回老?[家乡]|探亲|有事|不便|休息|期间|都?没空|全天"
)


@lru_cache(maxsize=65536)
def read_days(text: str, on: date | None = None, most_days: int = LimitsSettings().days) -> tuple[date, ...]:
    """Return the days that a text names, in order: dates, and ranges of which the end may leave out year and month.

    A day without a year is the one nearest to ``on``, a day of the month that is planned.

    Raises:
        CellFaultError: with the part that is none.
    """
    text = to_simplified(unicodedata.normalize("NFKC", text).strip())
    for named in (_DAYS_OF_MONTH, _MONTH_OF_DAYS):
        text = named.sub(_spell_named, text)
    _check_no_day_lost(text, on or date.today())
    spans: list[tuple[date, date]] = []
    at, month = 0, (0, 0)
    while at < len(text):
        if between := _BETWEEN.match(text, at):
            at = between.end()
            continue
        found = _ITEM.match(text, at)
        if not found:
            raise CellFaultError("dates_unreadable", part=_cut(text, at))
        first, last = _find_span(found, month, on or date.today())
        if not (first <= last and _is_weekday(first, found["awd"]) and _is_weekday(last, found["bwd"])):
            raise CellFaultError("dates_unreadable", part=found[0].strip())
        if found["am2"] and found["bm2"] and (last - first).days > _LONGEST_DAYS:  # 12月8日-12月5日
            raise CellFaultError("dates_unreadable", part=found[0].strip())
        for day in (first, last):
            check_year(day, on)
        _check_order(found, first, on or date.today())
        spans.append((first, last))
        at, month = found.end(), (last.year, last.month)
    return _list_days(spans, text, most_days)


def _spell_named(found: re.Match[str]) -> str:
    """Return days of a month that is named, as 2026-12-24~2026-12-26, without a year as 12月24日; 24 and 26 are two."""
    month, year = _MONTHS.index(found["name"][:3].lower()) + 1, found["year"]
    days = [int(found[name]) for name in ("day", "last") if found[name]]
    return (";" if found["both"] else "~").join(
        f"{year}-{month:02}-{day:02}" if year else f"{month}月{day}日" for day in days
    )


def _check_no_day_lost(text: str, near: date) -> None:
    """Check that a cell is no number that stands for two days: 12.10 typed into Excel is 12.1.

    Raises:
        CellFaultError: it is; with both.
    """
    if found := _LOST_DAY.fullmatch(text):
        try:
            first, tenth = (_place_near(int(found[1]), int(day), near) for day in (found[2], f"{found[2]}0"))
        except CellFaultError:  # 2.3 is no 30 February
            return
        raise CellFaultError("date_day_lost", first=first.isoformat(), tenth=tenth.isoformat())


def _find_span(found: re.Match[str], month: tuple[int, int], near: date) -> tuple[date, date]:
    """Return the first and last day of an item; ``month`` is that of the day named before it."""
    part = found.groupdict()
    try:
        if part["awm"] or (part["am"] is None and part["aim"]):
            year, number = int(part["awy"] or part["aiy"] or 0), int(part["awm"] or part["aim"])
            first = date(year, number, 1) if year else _place_near(number, 1, near)
            return first, first.replace(day=monthrange(first.year, first.month)[1])
        if part["ac"]:
            first = date(int(part["ac"][:4]), int(part["ac"][4:6]), int(part["ac"][6:]))
        elif part["ay"]:
            first = date(int(part["ay"]), int(part["am"]), int(part["ad"]))
        elif part["am2"]:
            first = _place_near(int(part["am2"]), int(part["ad2"]), near)
        elif month[0]:
            first = date(*month, int(part["ad3"]))
        else:
            raise CellFaultError("dates_unreadable", part=found[0].strip())
        return first, _find_end(part, first)
    except ValueError as error:
        if isinstance(error, CellFaultError):
            raise
        raise CellFaultError("dates_unreadable", part=found[0].strip()) from error


def _check_order(found: re.Match[str], first: date, near: date) -> None:
    """Check that a day written as 5/12 is hardly 5 December: it lies far from the month, the other reading in it.

    Raises:
        CellFaultError: it may well be; with both.
    """
    number, day = found["am2"], found["ad2"]
    if number is None or "月" in found[0] or abs(first - near).days <= _FAR_DAYS or int(day) != near.month:
        return
    other = near.replace(day=int(number))  # the number of a month is that of a day
    raise CellFaultError("date_order_unclear", first=first.isoformat(), other=other.isoformat())


def _is_weekday(day: date, written: str | None) -> bool:
    """Return whether a day is the weekday that is written behind it, if any is."""
    return written is None or "一二三四五六日".index(written.replace("天", "日")) == day.weekday()


def _find_end(part: dict[str, str | None], first: date) -> date:
    """Return the last day of a range, its year and month those of the first where they are left out."""
    if close := part["bc"]:
        return date(int(close[:4]), int(close[4:6]), int(close[6:]))
    if part["by"]:
        return date(int(part["by"]), int(part["bm"] or 0), int(part["bd"] or 0))
    if part["bm2"]:
        last = date(first.year, int(part["bm2"]), int(part["bd2"] or 0))
        return last if last >= first or part["ay"] else last.replace(year=first.year + 1)
    return first.replace(day=int(part["bd3"])) if part["bd3"] else first


def _place_near(month: int, day: int, near: date) -> date:
    """Return the day of a year so that it lies nearest to another."""
    days = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            days.append(date(year, month, day))
        except ValueError:  # 29 February
            continue
    if not days:
        raise CellFaultError("dates_unreadable", part=f"{month}-{day}")
    return min(days, key=lambda found: abs(found - near))


def _list_days(spans: list[tuple[date, date]], text: str, most: int) -> tuple[date, ...]:
    """Return every day of some spans once; spans that overlap are united first, so that none is counted often."""
    united: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if united and first <= united[-1][1]:
            united[-1] = united[-1][0], max(last, united[-1][1])
        else:
            united.append((first, last))
    n = sum((last - first).days + 1 for first, last in united)
    if n > most:
        raise CellFaultError("dates_too_many", days=n, most=most)
    if not n:
        raise CellFaultError("dates_unreadable", part=text)
    return tuple(first + timedelta(days=i) for first, last in united for i in range((last - first).days + 1))


def _cut(text: str, at: int) -> str:
    return re.split(r"[,、;\s]", text[at:].strip(), maxsplit=1)[0][:40] or text[at : at + 1]
