"""When people are free in a week: read from words, and written as words.

A week is a set of minutes. A phrase names days (周一三五, Mon-Fri, 工作日), halves of days (上午, pm) and clock times
(9:00-10:30, 下午2点到4点); times belong to the days named just before them, or just after where the phrase begins with
times. Days without times are free from morning to night, times without days on every day. Phrases may take away
(除周二外, 周末不行). ``docs/availability.md`` holds the grammar and a table of phrases, which a test reads from there.

Every character is read or the whole text is refused: what is not the same each week, and hours that may be weekdays
are asked about. Hours before 6:00 are read as of the afternoon, which is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from matcher.han import to_simplified
from matcher.i18n import language
from matcher.roster.model import ANY_TIME
from matcher.roster.time_tokens import (
    DAY_MIN,
    HALF_DAY,
    NOON_MIN,
    WEEK,
    WEEKEND,
    WORKING_DAYS,
    Kind,
    TimesError,
    Token,
    Window,
    cut_unread,
    scan_text,
    spell_minute,
)

_DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_WORDS = {
    "zh": {"any": "每天", "none": "无", "am": "上午", "pm": "下午", "part": "；", "day": "、", "to": "至"},
    "en": {"any": "daily", "none": "none", "am": " am", "pm": " pm", "part": "; ", "day": ", ", "to": "-"},
}
_TOLD = frozenset({"days", "times", "any", "holidays"})
"""Kinds of tokens that name when."""
_LISTED_HOLIDAYS = re.compile(r",\ ?(?:法定|国定|国家)?(?:节假日|节日|假日)(?:除外|以外|之外|不|没|休息)")
"""Holidays behind a comma that may part a list: 周六，周日，节假日除外."""
LONGEST = 500
"""Longer texts are refused."""

Note = Literal["", "open", "never", "holidays", "afternoon"]


class Times(NamedTuple):
    """What a text says: half-days as a mask of 14 bits, clock times, and whether that is worth a word.

    ``note`` is ``open`` where the text says that it depends, which counts as any time, ``never`` where it says that
    there is no time at all, ``holidays`` where it leaves out public holidays, on which the settings decide, and
    ``afternoon`` where hours are assumed to be of the afternoon: ``assumed`` has them.
    """

    mask: int
    clock: str
    note: Note
    assumed: str = ""


class _Segment(NamedTuple):
    """Tokens between two commas or verdicts: what is free, or what is not; ``said`` where a word says that it is."""

    free: bool
    said: bool
    tokens: tuple[Token, ...]


def read_times(text: str) -> Times:
    """Return when a text says that somebody is free; empty text is any time. Noon divides the halves of a day.

    Raises:
        TimesError: the text is not understood, or may be understood in two ways.
    """
    return (
        _read(to_simplified(unicodedata.normalize("NFKC", text).strip().lower())) if text else Times(ANY_TIME, "", "")
    )


def parse(text: str) -> int:
    """Return the half-days that a text names, as a mask of 14 bits (``model.ANY_TIME``); empty text is any time.

    A half-day of which only clock times are named is one of them: see ``clock``.

    Raises:
        TimesError: as ``read_times``.
    """
    return read_times(text).mask


def clock(text: str) -> str:
    """Return the clock times that a text names, as ``0:540-630,1:840-960``: weekday from Monday 0, and minutes.

    In order, none across noon, none in a half-day that is free as a whole.

    Raises:
        TimesError: as ``read_times``.
    """
    return read_times(text).clock


def windows(clock: str) -> dict[int, list[Window]]:
    """Return what ``clock`` gives, by half-day: ``2 * weekday + half``."""
    found: dict[int, list[Window]] = {}
    for item in filter(None, clock.split(",")):
        day, _, span = item.partition(":")
        start, end = (int(minute) for minute in span.split("-"))
        found.setdefault(2 * int(day) + (start >= NOON_MIN), []).append((start, end))
    return found


def render(mask: int, clock: str = "") -> str:
    """Write a mask and its clock times in words of the language in use, as they are read: 周一至周五上午；周六."""
    words, halves = _WORDS[language()], {3: "", 1: "am", 2: "pm"}
    if not mask:
        return words["none"]
    parts = []
    timed = windows(clock)
    mask &= ~sum(1 << half for half in timed)
    for half in sorted({_half(mask, day) for day in range(7)} - {0}, key=lambda half: _find_first(mask, half)):
        days = [day for day in range(7) if _half(mask, day) == half]
        named = words["any"] if len(days) == 7 else words["day"].join(_name_runs(days, words["to"]))
        parts.append(named + words.get(halves[half], ""))
    by_times: dict[tuple[Window, ...], list[int]] = {}
    for day in range(7):
        if spans := [span for half in (2 * day, 2 * day + 1) for span in timed.get(half, [])]:
            by_times.setdefault(tuple(_join(spans)), []).append(day)
    for times, days in by_times.items():
        named = words["any"] if len(days) == 7 else words["day"].join(_name_runs(days, words["to"]))
        parts.append(
            f"{named} " + words["day"].join(f"{spell_minute(start)}-{spell_minute(end)}" for start, end in times)
        )
    return words["part"].join(parts)


def _join(spans: Sequence[Window]) -> Iterator[Window]:
    """Yield spans of a day, those that noon parts as one."""
    start, end = spans[0]
    for next_start, next_end in spans[1:]:
        if next_start != end:
            yield start, end
            start = next_start
        end = next_end
    yield start, end


def _half(mask: int, day: int) -> int:
    return mask >> 2 * day & 3


def _find_first(mask: int, half: int) -> int:
    return next(day for day in range(7) if _half(mask, day) == half)


def _name_runs(days: list[int], to: str) -> Iterator[str]:
    """Yield the names of days, three or more in a row as a range."""
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


def _divide(week: int, note: Note = "") -> Times:
    """Return a set of minutes as half-days that are free as a whole, and clock times of the others."""
    mask, clock = 0, []
    for half in range(14):
        start = half * NOON_MIN
        minutes = week >> start & HALF_DAY
        mask |= (minutes != 0) << half
        if minutes and minutes != HALF_DAY:
            offset = start % DAY_MIN
            clock += [f"{half // 2}:{offset + first}-{offset + last}" for first, last in _find_runs(minutes)]
    return Times(mask, ",".join(clock), note)


def _find_runs(bits: int) -> Iterator[Window]:
    """Yield where runs of ones begin and end, the lowest first."""
    at = 0
    while bits:
        zeros = (bits & -bits).bit_length() - 1
        bits >>= zeros
        ones = (~bits & bits + 1).bit_length() - 1
        yield at + zeros, at + zeros + ones
        bits >>= ones
        at += zeros + ones


@lru_cache(maxsize=65536)
def _read(text: str) -> Times:
    if not text:
        return Times(ANY_TIME, "", "")
    if len(text) > LONGEST:
        raise TimesError(text[:20] + "…")
    tokens = list(scan_text(text))
    kinds = {token.kind for token in tokens} - {"comma", "part"}
    note, assumed = _find_note(tokens, text)
    if not kinds:
        raise TimesError(text)
    if kinds in ({"never"}, {"cannot"}):
        return Times(0, "", "never")
    if kinds <= {"open", "ask"}:
        return Times(ANY_TIME, "", "open")
    for token in tokens:
        if token.kind == "open":
            raise TimesError(cut_unread(text, token.at))
    same: dict[Kind, Kind] = {"never": "cannot", "rest": "can"}
    tokens = [token._replace(kind=same.get(token.kind, token.kind)) for token in tokens]
    tokens = [token for token in tokens if token.kind != "ask"]
    free: list[int] = []
    taken: list[int] = []
    said = anything = False
    for part in _split(tokens, "part"):
        segments, any_time = _divide_into_segments(part, text)
        anything |= any_time
        said |= any(segment.free and segment.said for segment in segments)
        free += _combine([segment for segment in segments if segment.free], text)
        taken += [_find_minutes([segment], text) for segment in segments if not segment.free]
    if not (free or taken or anything) or ("rest" in kinds and free):
        raise TimesError(text)
    if note and not (_unite(taken) or free or anything):
        raise TimesError(text, "availability_not_weekly")
    minutes = _unite(free) if free else WEEK
    if free and not said:
        _check_taken(minutes, taken, text)
    minutes &= ~_unite(taken)
    if not minutes:
        raise TimesError(text)
    return _divide(minutes, note)._replace(assumed=assumed)


def _find_note(tokens: Sequence[Token], text: str) -> tuple[Note, str]:
    """Return what is worth a word, and the hours that are assumed to be of the afternoon.

    Raises:
        TimesError: there are two things to tell, and a cell has one warning.
    """
    holidays = any(token.kind == "holidays" for token in tokens)
    assumed = ", ".join(dict.fromkeys(token.assumed for token in tokens if token.assumed))
    if holidays and assumed:
        raise TimesError(text)
    return "afternoon" if assumed else "holidays" if holidays else "", assumed


def _check_taken(minutes: int, taken: Sequence[int], text: str) -> None:
    """Check that what is not free is a part of what is: "Monday, Wednesday not" may be Monday alone, or all but these.

    Raises:
        TimesError: it is not; or holidays end a list of days of the weekend, of which all may be taken away.
    """
    apart = any(part and not part & minutes for part in taken)
    if apart or (0 in taken and not minutes & ~WEEKEND and _LISTED_HOLIDAYS.search(text)):
        raise TimesError(text)


def _split(tokens: Sequence[Token], kind: str) -> Iterator[list[Token]]:
    """Yield the tokens between those of one kind."""
    part: list[Token] = []
    for token in tokens:
        if token.kind == kind:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _divide_into_segments(tokens: Sequence[Token], text: str) -> tuple[list[_Segment], bool]:
    """Return what is free and what is not, and whether a word alone says that anything goes."""
    segments: list[_Segment] = []
    current: list[Token] = []
    anything = False
    at = 0

    def close(*, free: bool, said: bool) -> None:
        if current:
            segments.append(_Segment(free, said, tuple(current)))
            current.clear()

    while at < len(tokens):
        token = tokens[at]
        at += 1
        match token.kind:
            case "comma":
                close(free=True, said=False)
            case "can":
                if current:
                    close(free=True, said=True)
                elif segments and segments[-1].free:
                    segments[-1] = segments[-1]._replace(said=True)
                else:
                    anything = True
            case "without":
                if current and token.at and text.startswith(("不要", "不去"), token.at) and not _goes_on(tokens, at):
                    close(free=False, said=True)
                    continue
                close(free=True, said=False)
                at = _take_scope(tokens, at, current, text)
                close(free=False, said=True)
            case "cannot" | "outside":
                if (start := _find_exception(current, text)) > 0:
                    exception = current[start:]
                    del current[start:]
                    close(free=True, said=False)
                    current += exception
                if not current or _count_groups(current) > 1:
                    raise TimesError(cut_unread(text, current[0].at if current else token.at))
                close(free=False, said=True)
            case _:
                current.append(token)
    close(free=True, said=False)
    return segments, anything


def _find_exception(tokens: Sequence[Token], text: str) -> int:
    """Return where the last days begin, if all of them are days named before: 周一至周五 周三除外; else 0.

    Holidays that are joined to other days go with them: 周末、节假日除外.

    Raises:
        TimesError: they are joined to all working days, which may well be meant to be free.
    """
    last = max((i for i, token in enumerate(tokens) if token.kind in {"days", "holidays"}), default=0)
    earlier = _unite([token.minutes for token in tokens[:last] if token.kind in {"days", "any"}])
    if last and tokens[last].half == "joined":
        if not WORKING_DAYS & ~earlier:
            raise TimesError(text)
        return 0
    return last if last and not tokens[last].minutes & ~earlier else 0


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind in _TOLD


def _take_scope(tokens: Sequence[Token], at: int, scope: list[Token], text: str) -> int:
    """Put what a word as 除 takes away into ``scope``, and return where it ends: at 外, else at a verdict or comma."""
    ends = [i for i in range(at, len(tokens)) if tokens[i].kind in {"outside", "cannot"}]
    stop = ends[0] if ends and not any(token.kind == "without" for token in tokens[at : ends[0]]) else len(tokens)
    bounded = stop < len(tokens)
    while at < stop and (bounded or tokens[at].kind in _TOLD):
        if tokens[at].kind in _TOLD:
            scope.append(tokens[at])
        elif tokens[at].kind != "comma":
            raise TimesError(cut_unread(text, tokens[at].at))
        at += 1
    if not scope:
        raise TimesError(cut_unread(text, tokens[max(at - 1, 0)].at) if tokens else text)
    return at + 1 if bounded else at


def _combine(segments: Sequence[_Segment], text: str) -> list[int]:
    """Return the minutes of what is free: phrases up to a word as 都行 are read together."""
    runs: list[list[_Segment]] = []
    closed = True
    for segment in segments:
        if closed:
            runs.append([])
        runs[-1].append(segment)
        closed = segment.said
    groups = sum(_count_groups([token for segment in run for token in segment.tokens]) for run in runs)
    bare = [run for run in runs if all(token.kind == "times" for segment in run for token in segment.tokens)]
    if groups > 1 and bare and len(bare) < len(runs):
        raise TimesError(text)
    return [_find_minutes(run, text) for run in runs]


def _count_groups(tokens: Sequence[Token]) -> int:
    return len(_group(tokens))


def _group(tokens: Sequence[Token]) -> list[dict[str, list[Token]]]:
    """Return groups of days with their times: a new one begins where the kind of the first token comes back."""
    groups: list[dict[str, list[Token]]] = []
    before = ""
    first = "times" if tokens and tokens[0].kind == "times" else "days"
    for token in tokens:
        role = "times" if token.kind == "times" else "days"
        if not groups or (role == first and before != role):
            groups.append({"days": [], "times": []})
        groups[-1][role].append(token)
        before = role
    return groups


def _find_minutes(segments: Sequence[_Segment], text: str) -> int:
    """Return the minutes that segments name together.

    Raises:
        TimesError: some of several groups has no days, or a word for any time stands beside days of its own.
    """
    tokens = []
    for segment in segments:
        for token in segment.tokens:
            if token.kind == "holidays" and segment.free:
                raise TimesError(cut_unread(text, token.at), "availability_not_weekly")
        named = any(token.kind == "days" for token in segment.tokens)
        tokens += [token for token in segment.tokens if token.kind != "any" or not named]
    if {"any", "days"} <= {token.kind for token in tokens}:
        raise TimesError(text)
    for before, segment in pairwise(segments):
        kinds = [token.kind for token in segment.tokens]
        if "times" == before.tokens[-1].kind == kinds[0] != before.tokens[0].kind and set(kinds) != {"times"}:
            raise TimesError(text)  # Monday am, pm Wednesday
    groups = _group(tokens)
    if len(groups) > 1 and not all(group["days"] for group in groups):
        raise TimesError(text)
    minutes = 0
    for group in groups:
        days = _unite([token.minutes for token in group["days"]]) if group["days"] else WEEK
        minutes |= days & (_unite(_bound(group["times"])) or WEEK)
    return minutes


def _bound(times: Sequence[Token]) -> list[int]:
    """Return the times, without half-days that only say which half the clock times after them are of."""
    if any(token.minutes != WEEK and not token.half for token in times):
        times = [token for token in times if token.minutes != WEEK]  # 全天9:00-17:00 says what the day is
    kept = []
    for i, token in enumerate(times):
        after = times[i + 1] if i + 1 < len(times) else None
        clock = after is not None and not after.half and after.minutes != WEEK
        if not (token.half and clock and after is not None and after.minutes & token.minutes):
            kept.append(token.minutes)
    return kept


def _unite(sets: Sequence[int]) -> int:
    minutes = 0
    for item in sets:
        minutes |= item
    return minutes
