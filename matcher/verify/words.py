"""Words, names, rooms and telephone numbers of the rosters, read anew."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from matcher.settings.words import ANSWERS, SAME

_ROOM = re.compile(r"(?:\d+[层楼])?0*(\d+)[室房]?", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
_LANDLINE = re.compile(r"(?:010|02\d)?[2-9]\d{7}|0[3-9]\d{2}[2-9]\d{6,7}", re.ASCII)
_COMMITTEE_ENDS = ("居民委员会", "居民区", "居委会", "居委", "村民委员会", "村委会", "村委")
_NO = ("", "无", "没有", "否", "不", "未享受", "no", "none", "n", "false", "0", "×")


def plain(text: object) -> str:
    """Return a text in usual width and lower case without white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).casefold()


def district(text: str) -> str:
    """Return a district's bare name."""
    bare = plain(text).removeprefix("中国").removeprefix("上海市")
    for end in ("新区", "区"):
        if bare.endswith(end):
            return bare[: -len(end)]
    return bare


def committee(text: str) -> str:
    """Return a residents' committee's bare name."""
    bare = plain(text)
    for end in _COMMITTEE_ENDS:
        if bare.endswith(end) and bare != end:
            return bare[: -len(end)]
    return bare


def room(address: str) -> str:
    """Return the room at the end of an address, where nothing but a floor stands before it; else empty."""
    tail = re.split("[号幢]", plain(address))[-1]
    found = _ROOM.fullmatch(tail)
    return found[1] if found and tail != plain(address) else ""


def phones(cell: str) -> set[str]:
    """Return the mobile numbers of a cell, and the landline that it is."""
    if not cell or _MOBILE.fullmatch(cell):
        return {cell} - {""}
    text = unicodedata.normalize("NFKC", cell)
    close = re.sub(r"[\s()-]", "", text)
    found = set(_MOBILE.findall(close)) | set(_MOBILE.findall(text))
    return found | ({close} if _LANDLINE.fullmatch(close) else set())


def is_served(text: str) -> bool:
    """Tell whether a cell names another programme."""
    return plain(text) not in _NO


class Vocabulary:
    """Which words mean the same, and which skills answer a need."""

    def __init__(self, same: Iterable[Sequence[str]], answered_by: dict[str, tuple[str, ...]]) -> None:
        groups: list[set[str]] = []
        for words in (*SAME, *same):
            group = {plain(word) for word in words}
            for other in [other for other in groups if other & group]:
                groups.remove(other)
                group |= other
            groups.append(group)
        self._name = {word: min(group) for group in groups for word in group}
        self._answers: dict[str, set[str]] = {}
        for table in (ANSWERS, answered_by):
            for need, skills in table.items():
                self._answers.setdefault(self.name(need), set()).update(self.name(skill) for skill in skills)

    def name(self, word: str) -> str:
        """Return one word for all that mean the same."""
        return self._name.get(plain(word), plain(word))

    def names(self, words: Iterable[str]) -> frozenset[str]:
        """Return the same of several."""
        return frozenset(self.name(word) for word in words)

    def answered(self, needs: frozenset[str], skills: frozenset[str]) -> int:
        """Count how many of the needs one of the skills answers."""
        return sum(need in skills or not skills.isdisjoint(self._answers.get(need, ())) for need in needs)
