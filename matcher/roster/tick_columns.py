"""Columns with a tick below each answer: 周一, 周二 …; 男, 女; 高, 中, 低. They are read as one column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from matcher.columns import Column
from matcher.i18n import join_words
from matcher.roster.availability import read_times
from matcher.roster.cell_readers import list_choice_words
from matcher.roster.time_tokens import TimesError
from matcher.settings.words import NO, YES, collect_nothing_words, simplify

_HALF = ("上午", "下午")
_DAY = re.compile(
    r"(?:周|星期|礼拜)[一二三四五六日天](?:[(（]?(?:上午|下午)[)）]?)?|(?:上午|下午)|周末|双休日|工作日"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s?(?:am|pm|morning|afternoon)?|weekends?|weekdays?",
    re.IGNORECASE,
)
_CHOICES = ("sex", "risk", "living")
"""Columns whose answers nobody takes for those of another one."""
_NUMBER = re.compile(r"\d{1,3}|[A-Z]", re.ASCII)
_FEWEST = 2
_CAPTIONS_WITHIN = 3
_YES, _NO = ({simplify(word) for word in words} for words in ((*YES, "可", "可以", "✅"), NO))

_Spell = Callable[[Sequence[tuple[str, str]]], str]


class Ticked(NamedTuple):
    """A column made of several: its name, their places and titles, and the cells."""

    name: str
    places: tuple[int, ...]
    titles: tuple[str, ...]
    cells: pa.Array

    @property
    def title(self) -> str:
        """Return the titles as one header."""
        return join_words(self.titles)


def find_ticked(
    titles: Mapping[int, str], cells: Mapping[int, pa.Array], columns: Sequence[Column], known: frozenset[str]
) -> Iterator[Ticked]:
    """Yield the columns that unknown ones make together, which the source has in no column of their own.

    Args:
        titles: The header of each unknown column, by its place.
        cells: Its cells.
        columns: The columns of the kind of file.
        known: Names of those that the source has.
    """
    days = {at: title for at, title in titles.items() if _names_days(title)}
    if len(days) >= _FEWEST and "availability" not in known and any(c.name == "availability" for c in columns):
        yield _join("availability", days, cells, _spell_times)
    for column in columns:
        if column.name in _CHOICES and column.name not in known:
            codes = {at: list_choice_words(column).get(simplify(title), "") for at, title in titles.items()}
            named = {at: titles[at] for at, code in codes.items() if code and not _is_tick(titles[at])}
            ticks = all(_holds_ticks(cells[at]) for at in named)
            if len({codes[at] for at in named}) >= _FEWEST and ticks:
                yield _join(column.name, named, cells, _spell_choice)


def _names_days(title: str) -> bool:
    if not _DAY.fullmatch(title.strip()):
        return False
    try:
        return not read_times(title).note
    except TimesError:
        return False


def _names_half(title: str) -> bool:
    return any(half in title for half in _HALF)


def _holds_ticks(cells: pa.Array) -> bool:
    """Return whether a column holds ticks alone, but for a row below the header that numbers the columns."""
    numbers = [text for text in cells[:_CAPTIONS_WITHIN].to_pylist() if not _is_tick(text)]
    below = cells[_CAPTIONS_WITHIN:].unique().to_pylist()
    return all(map(_is_tick, below)) and len(numbers) <= 1 and all(_NUMBER.fullmatch(text) for text in numbers)


def _is_tick(text: str) -> bool:
    word = simplify(text)
    return not text or word in _YES or word in _NO or collect_nothing_words().is_nothing(text)


def _join(name: str, titles: Mapping[int, str], cells: Mapping[int, pa.Array], spell: _Spell) -> Ticked:
    rows = zip(*(cells[at].to_pylist() for at in titles), strict=True)
    joined = pa.array([spell(list(zip(titles.values(), row, strict=True))) for row in rows], pa.string())
    return Ticked(name, tuple(titles), tuple(titles.values()), joined)


def _spell_times(row: Sequence[tuple[str, str]]) -> str:
    """Return what a row of ticks says of free times: 周一; 周三上午. A row with × or 无 alone is asked about.

    Ticks below days and below 上午 and 下午 narrow each other.
    """
    halves = [title for title, text in row if title.strip() in _HALF and simplify(text) in _YES]
    has_days = any(simplify(text) in _YES and not _names_half(title) for title, text in row)
    free: list[str] = []
    others: list[str] = []
    for title, text in row:
        word = simplify(text)
        if word in _YES and halves and has_days and title.strip() in _HALF:
            continue
        if word in _YES and halves and not _names_half(title):
            free.extend(title + half for half in halves)
        elif word in _YES:
            free.append(title)
        elif word in _NO:
            others.append(f"{title} ×")  # 周三无 alone would be read as free on all other days
        elif text and not collect_nothing_words().is_nothing(text):
            free.append(f"{title} {text}")
    return "; ".join(free or others)


def _spell_choice(row: Sequence[tuple[str, str]]) -> str:
    """Return the answers that a row ticks: several are asked about, as any cell that names two.

    A row that numbers the columns keeps its numbers, by which it is found to be nobody.
    """
    if not all(_is_tick(text) for _title, text in row):
        return "; ".join(f"{title} {text}" for title, text in row if text)
    return "、".join(title for title, text in row if simplify(text) in _YES)
