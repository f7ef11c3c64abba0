"""Rows that part a sheet: headings between people, and the header of another table below the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from matcher.messages import Issue
from matcher.privacy import hide_private
from matcher.roster.cells import Mask, is_empty, matching
from matcher.roster.clean import filled
from matcher.roster.header import known_headers, simplify

_ROSTERS = ("elders", "volunteers")
_HEADING = re.compile(
    r"(?:居委会?|村|街道|镇|乡|小区|新村|片区?|块|组|队|苑|社区?|楼|弄|名单|名册|一览表?|人员|老人|长者|志愿者|对象)"
    r"(?:\s*[(（][^()（）]{0,20}[)）])?[\s:：]*$|^[(（]?[一二三四五六七八九十]{1,3}[)）]?[、.．]\S"
    r"|\b(?:elders?|clients?|volunteers?|list|group|team)\s*(?:\([^()]{0,20}\))?:?$",
    re.IGNORECASE,
)
_DECIDES = re.compile(
    r"退|去世|死亡|过世|注销|暂停|停止|搬|迁|离|拒|同意|未签|候补|待|不|非|已|原|former|left|past|waiting|paused|declined|new",
    re.IGNORECASE,
)
"""Words of a heading by which the people below it may not be what those above are."""
_OTHER = {"elders": re.compile("志愿者|volunteer", re.I), "volunteers": re.compile("老人|长者|elder|client", re.I)}
_FEWEST_HEADERS = 2
_BARE_NUMBER = r"^[0-9]{1,6}$"


@dataclass(slots=True)
class Partings:
    """What parts a table: harmless ``headings`` with their words, by position, and issues about the others."""

    headings: dict[int, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def find_partings(
    columns: Mapping[str, pa.Array], titles: Mapping[str, str], kind: str, file: str, first_row: int
) -> Partings:
    """Find headings and further headers among the rows below the header.

    Args:
        columns: All columns by name, in the file's order.
        titles: Header cells of the known ones, by name.
        kind: The kind of roster.
        file: What the source is called.
        first_row: The row of the first cell, as Excel counts.
    """
    found = Partings()
    for i in _find_headers(columns, titles):
        found.issues.append(Issue("table_second", file, params={"at": i + first_row}))
    for i, words in _find_headings(columns):
        if _DECIDES.search(words) or _OTHER[kind].search(words):
            told = {"at": i + first_row}
            found.issues.append(Issue("heading_inside", file, value=hide_private(words), params=told))
        found.headings[i] = words
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


def _find_headers(columns: Mapping[str, pa.Array], titles: Mapping[str, str]) -> list[int]:
    """Return the rows of which most filled cells are headers, and not those of the table itself."""
    if "id" not in titles or "name" not in titles:
        return []
    names, ids = columns["name"], columns["id"]
    likely = ~is_empty(names) & ~is_empty(ids) & ~matching(ids, r"\pN")
    words = {header for roster in _ROSTERS for header in known_headers(roster)}
    found = []
    for i in np.flatnonzero(likely).tolist():
        if simplify(names[i].as_py()) not in words and simplify(ids[i].as_py()) not in words:
            continue
        if all(columns[name][i].as_py() == title for name, title in titles.items()):
            continue
        cells = [text for cells in columns.values() if (text := cells[i].as_py())]
        count = sum(simplify(text) in words for text in cells)
        if count >= max(_FEWEST_HEADERS, len(cells) / 2):
            found.append(i)
    return found


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
    texts = ((int(i), first[int(i)].as_py()) for i in rows[alone])
    return [(i, text) for i, text in texts if _HEADING.search(text)]
