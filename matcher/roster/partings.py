"""Rows that part a sheet: headings between people, and the header of another table below the first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.privacy import hide_private
from matcher.roster.cells import Mask, is_empty, matching
from matcher.roster.clean import COLOURS_EXPLAINED, filled
from matcher.roster.header import known_headers, simplify

_ROSTERS = ("elders", "volunteers")
_HEADING = re.compile(
    r"(?:居委会?|村|街道|镇|乡|小区|新村|片区?|块|组|队|苑|社区?|楼|弄|名单|名册|一览表?|人员|老人|长者|志愿者|对象)"
    r"(?:\s*[(（][^()（）]{0,20}[)）])?[\s:：]*$|^[(（]?[一二三四五六七八九十]{1,3}[)）]?[、.．]\S"
    r"|\b(?:elders?|clients?|volunteers?|list|group|team)\s*(?:\([^()]{0,20}\))?:?$",
    re.IGNORECASE,
)
_DECIDES = re.compile(
    r"退(?![休役伍管])|去世|死亡|过世|已故|注销|暂停|停止|搬(?!来)|迁[出走往居]|离(?=[世开队职岗])|拒|[未不]同意|未签|候补"
    r"|待(?=[定签审确访结分安配服入补])|不(?=[愿再参接符])|非(?![遗凡常])|已(?=[退停暂离签拒脱结终解])|原(?=志愿|老人|结对|服务|队员|成员)"
    r"|\b(?:former|left|past (?:elders?|clients?|volunteers?|members?)|waiting|paused|declined|deceased)\b",
    re.IGNORECASE,
)
"""Words of a heading by which the people below it may not be what those above are; 退休, 太原路 and 动迁 are none."""
_LIST = r"(?:名单|名册|一览表?|信息|人员)?(?:\s*[(（][^()（）]{0,20}[)）])?[\s:：]*$"
_OTHER = {
    "elders": re.compile(rf"志愿者{_LIST}|\bvolunteers?(?: list)?\W*$", re.IGNORECASE),
    "volunteers": re.compile(rf"(?:老人|长者){_LIST}|\b(?:elders?|clients?)(?: list)?\W*$", re.IGNORECASE),
}
"""Headings above people of the other roster; a 志愿者服务队 above elders is theirs."""
_NAME = re.compile(r"[^\W\d一二三四五六七八九十]\w{1,2}")
"""Words in a column of names which a person may be called: 王苑."""
_FEWEST_HEADERS = 2
_LONGEST_HEADING = 20
"""Characters of words that head others and name no group: 以下12月起停止服务."""
_CAPTIONS_WITHIN, _FEWEST_CAPTIONS = 3, 3
_HINT = re.compile(
    r"[(（【\[]?(?:必填|选填|可选|可不填|不填|文本|字符|数字|数值|日期|下拉|单选|多选|是[/或、]否|有[/或、]无|男[/或、]女|(?:如|例|格式|填写?|请)\S.{0,60}"
    r"|required|optional|mandatory|text|number|date|yes/no|y/n|(?:e\.g\.|for example|such as|please)\s.{0,60}"
    r")[)）】\]]?",
    re.IGNORECASE | re.DOTALL,
)
"""Cells that say what is to be filled in below them."""
_AROUND_NUMBER = re.compile(r"^[(\[【<]\s*|^第|\s*[)\]】>]$|[列栏项]$")
_STEMS = frozenset("甲乙丙丁戊己")
_LARGEST_STEP = 3
"""Columns that are not numbered may stand between two that are."""
_BARE_NUMBER = r"^[0-9]{1,6}$"


@dataclass(slots=True)
class Partings:
    """Rows of a table that are nobody, with their words, by position.

    ``doubts`` are those of them below which the people may be no people of this roster, each with the code that asks.
    """

    nobody: dict[int, str] = field(default_factory=dict)
    doubts: dict[int, str] = field(default_factory=dict)

    def tell(self, file: str, row: NDArray[np.int64], keep: Mask) -> Iterator[Issue]:
        """Yield an issue for each person who stands below a heading or a header that leaves it open who they are.

        Args:
            file: What the source is called.
            row: The rows as Excel counts them.
            keep: Those that hold people.
        """
        ends = [*sorted(self.nobody), len(row)]
        for at, end in pairwise(ends):
            if code := self.doubts.get(at):
                told = {"at": int(row[at])}
                value = hide_private(self.nobody[at]) if code == "heading_inside" else ""
                for i in range(at + 1, end):
                    if keep[i]:
                        yield Issue(code, file, int(row[i]), value=value, params=told)


def find_partings(columns: Mapping[str, pa.Array], titles: Mapping[str, str], kind: str) -> Partings:
    """Find headings and further headers among the rows below the header.

    Args:
        columns: All columns by name, in the file's order.
        titles: Header cells of the known ones, by name.
        kind: The kind of roster.
    """
    found = Partings()
    for i, is_own in _find_headers(columns, titles, kind):
        found.nobody[i] = columns["id"][i].as_py()
        if not is_own:
            found.doubts[i] = "table_second"
    found.nobody |= _find_captions(columns, titles)
    for i, words in _find_headings(columns):
        if _DECIDES.search(words) or _OTHER[kind].search(words):
            found.doubts[i] = "heading_inside"
        found.nobody[i] = words
    return found


def find_numbered_only(known: Mapping[str, pa.Array], unknown: Mapping[str, pa.Array], n: int) -> Mask:
    """Return the rows that hold bare numbers of unknown columns alone: 序号 filled down below the last person."""
    rows = np.flatnonzero(~filled(list(known.values()), n))
    numbered = np.zeros(n, dtype=bool)
    if not len(rows):
        return numbered
    only = np.ones(len(rows), dtype=bool)
    for cells in unknown.values():
        some = cells.take(pa.array(rows))
        only &= is_empty(some) | matching(some, _BARE_NUMBER)
    numbered[rows] = only
    return numbered


def _find_headers(columns: Mapping[str, pa.Array], titles: Mapping[str, str], kind: str) -> Iterator[tuple[int, bool]]:
    """Yield the rows of which most filled cells are headers, and whether they are the table's own, in any language."""
    if "id" not in titles or "name" not in titles:
        return
    names, ids = columns["name"], columns["id"]
    likely = ~is_empty(names) & ~is_empty(ids) & ~matching(ids, r"\pN")
    words = {header for roster in _ROSTERS for header in known_headers(roster)}
    own = known_headers(kind)
    for i in np.flatnonzero(likely).tolist():
        if simplify(names[i].as_py()) not in words and simplify(ids[i].as_py()) not in words:
            continue
        here = {name: text for name, cells in columns.items() if (text := cells[i].as_py())}
        if all(here.get(name) == title for name, title in titles.items()):
            continue
        if sum(simplify(text) in words for text in here.values()) >= max(_FEWEST_HEADERS, len(here) / 2):
            known = {name: own.get(simplify(here[name])) for name in titles if name in here}
            yield i, all(column is not None and column.name == name for name, column in known.items())


def _find_captions(columns: Mapping[str, pa.Array], titles: Mapping[str, str]) -> dict[int, str]:
    """Return the rows right below the header that number its columns or say what to fill in, with their first words."""
    found = {}
    for i in range(min(_CAPTIONS_WITHIN, max(map(len, columns.values()), default=0))):
        texts = [part for cells in columns.values() if (text := cells[i].as_py()) for part in _take_apart(text)]
        is_hint = 2 * sum(_HINT.fullmatch(text) is not None for text in texts) > len(texts)
        if len(texts) < _FEWEST_CAPTIONS or "name" not in titles or not (is_hint or _counts_up(texts)):
            break
        found[i] = texts[0]
    return found


def _take_apart(text: str) -> list[str]:
    """Return the cells below the answers of which a column was made: 7 and 8 of 周一 7; 周二 8."""
    return [part.rpartition(" ")[2] for part in text.split("; ")] if "; " in text else [text]


def _counts_up(texts: Sequence[str]) -> bool:
    """Return whether texts number columns: 1, 2, 3; (1), (2); ①, ②; 第1列; A, B, C; 甲, 乙, 1, 2."""
    plain = (_AROUND_NUMBER.sub("", unicodedata.normalize("NFKC", text)) for text in texts)
    numbers = [text for text in plain if text not in _STEMS]
    if all(text.isdecimal() for text in numbers):
        counted = [int(text) for text in numbers]
    elif all(len(text) == 1 and text.isascii() and text.isupper() for text in numbers):
        counted = [ord(text) for text in numbers]
    else:
        return False
    return bool(counted) and all(one < other <= one + _LARGEST_STEP for one, other in pairwise(counted))


def _find_headings(columns: Mapping[str, pa.Array]) -> list[tuple[int, str]]:
    """Return the rows that hold words of a heading in their first filled cell, and nothing else."""
    first = next(iter(columns.values()), None)
    if first is None or "name" not in columns:
        return []
    rows = np.flatnonzero(~is_empty(first) & (is_empty(columns["name"]) | (first is columns["name"])))
    rows = rows[matching(first.take(pa.array(rows)), r"\p{Han}|[A-Za-z]{4}")]
    alone = np.ones(len(rows), dtype=bool)
    for cells in list(columns.values())[1:]:
        alone &= is_empty(cells.take(pa.array(rows)))
    texts = [(int(i), first[int(i)].as_py()) for i in rows[alone]]
    named = first is columns["name"]
    return [
        (i, text)
        for i, text in texts
        if not re.match(COLOURS_EXPLAINED, text)
        if (len(text) <= _LONGEST_HEADING and _DECIDES.search(text))
        or (_HEADING.search(text) and not (named and _NAME.fullmatch(text)))
    ]
