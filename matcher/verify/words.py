"""Words, names, rooms and telephone numbers of the rosters, read again for the checks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from matcher.han import to_simplified
from matcher.settings.words import ANSWERS, ANYTHING, NOTHING, SAME

_ROOM = re.compile(r"(?:\d+[层楼])?0*(\d+)[室房]?", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII)
_LANDLINE = re.compile(r"(?:010|02\d|0[3-9]\d{2})?(?P<own>[2-9]\d{7})|0[3-9]\d{2}[2-9]\d{6}", re.ASCII)
_COMMITTEE_ENDS = ("居民委员会", "居民区", "居委会", "居委", "村民委员会", "村委会", "村委")
_TOWN_END = re.compile(r"(?<=..)(?:镇街道|街道|街镇|镇|乡)(?:办事处|办|人民政府)?$")
_OF_DISTRICT = re.compile(r"[^\d市]{1,7}?[区县](?=[^\d]{2,8}(?:街道|镇|乡))")
_OF_TOWN = re.compile(
    r"(?:.*市)?(?:[^\d市]{1,7}?[区县])?(?:[^\d弄号]{2,8}?街道(?:办事处|办)?|[^\d路弄号]{2,6}?镇(?![路街])(?:人民政府)?"
    r"|[^\d路弄号街镇]{2,4}?乡(?![路街小花苑]))"
)
"""City, district and town before the name of a committee."""
_COUNTED_COMMITTEE = re.compile(r"第?([\d〇零一二两三四五六七八九十百]+)居?(?=村|里|$)")
_COMMITTEE_NUMERAL = re.compile("[〇零一二两三四五六七八九十百]+(?=村|里|$)")
_NO = ("", "无", "没有", "否", "不", "未享受", "no", "none", "n", "false", "0", "×")
_SAYS_NOTHING = frozenset("".join(word.split()).casefold() for word in (*NOTHING, *ANYTHING))
_DIGIT = re.compile(r"\d", re.ASCII)
_WITHIN = re.compile("省|自治区")
_NO_CITY = re.compile("[区县路街镇]|[城都超]$")
_HOUSE = re.compile("[号幢]")
_SPELT_OTHERWISE = re.compile("[(,;。、·#〇零一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰栋第:]|号楼")
_ASIDE = re.compile(
    r"\([^()]*\)|[,;。、·]|^(?:[现实]?(?:居?住)?[地住]?址?|[现实]住):|第(?=[\d〇零一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰])"
)
"""Asides, marks between the parts of an address, words before it, and 第 before a number."""
_NUMERAL = re.compile(
    "[〇零一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰]+"
    "(?=[甲乙丙丁]?(?:支?弄|号|室|幢|栋|层|楼(?!梯)|单元|(?:村民)?小?组|(?:生产)?小?队))"
)
_FORMAL = dict(zip("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百", strict=True))
_DIGITS = {sign: digit for digit, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_DENIAL = re.compile(r"(?:否认|没有|没|无|未\w{0,2}|不\w?|no|not|without)(?:明显|任何|患|有)*$")


def plain(text: object) -> str:
    """Return a text in usual width and lower case without white space."""
    return _fold(str(text))


@lru_cache(maxsize=65_536)  # most cells of a roster say what others say too
def _fold(text: str) -> str:
    return to_simplified(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold())


def spell_address(text: str) -> str:
    """Return an address in plain signs, its numerals as digits, without asides: 张江路（近春晓路）一弄 → 张江路1弄."""
    bare = plain(text)
    if not _SPELT_OTHERWISE.search(bare):
        return bare
    bare = _NUMERAL.sub(_count_numeral, _ASIDE.sub("", bare))
    return bare.replace("#", "号").replace("号楼", "幢").replace("栋", "幢")


def _count_numeral(found: re.Match[str]) -> str:
    """Return a numeral in digits: 一百零八 → 108, 二〇一 → 201."""
    signs = [_FORMAL.get(sign, sign) for sign in found[0]]
    if not set(signs) & {"十", "百"}:
        return "".join(str(_DIGITS[sign]) for sign in signs)
    total = ones = 0
    for sign in signs:
        if sign in "十百":
            total, ones = total + (ones or 1) * (10 if sign == "十" else 100), 0
        else:
            ones = _DIGITS[sign]
    return str(total + ones)


def city(text: str) -> str:
    """Return the last city that a text names before its first digit; empty where it names none.

    A name in -城 or -都 tells nothing: it may be the beginning of 城市花园.
    """
    bare = plain(text)
    if "市" not in bare:
        return ""
    parts = _DIGIT.split(bare, maxsplit=1)[0].split("市")
    names = [_WITHIN.split(part)[-1] for part in parts[:-1]]
    known = [name for name in names if 2 <= len(name) <= 4 and not _NO_CITY.search(name)]
    return known[-1] if known else ""


@lru_cache(maxsize=4_096)  # few, and each one object for all who live there
def district(text: str) -> str:
    """Return a district's bare name."""
    bare = plain(text).removeprefix("中国").rpartition("市")[2]
    for end in ("新区", "区"):
        if bare.endswith(end):
            return bare[: -len(end)]
    return bare


@lru_cache(maxsize=4_096)
def town(text: str) -> str:
    """Return a subdistrict's bare name: 浦东新区张江镇人民政府 → 张江."""
    bare = plain(text).rpartition("市")[2]
    found = _OF_DISTRICT.match(bare)
    bare = bare[found.end() :] if found else bare
    return _TOWN_END.sub("", bare)


@lru_cache(maxsize=65_536)
def committee(text: str) -> str:
    """Return a residents' committee's bare name, its numerals as digits: 张江镇第一居委会 → 1."""
    bare = plain(text)
    within = _OF_TOWN.match(bare)
    name = _strip_end(bare[within.end() :]) if within else ""
    name = _COUNTED_COMMITTEE.sub(r"\1", name or _strip_end(bare))
    return _COMMITTEE_NUMERAL.sub(_count_numeral, name)


def _strip_end(name: str) -> str:
    """Return a name without the word for a committee; a village keeps its own: 海沈村民委员会 → 海沈村."""
    for end in _COMMITTEE_ENDS:
        if name.endswith(end):
            bare = name[: -len(end)]
            return f"{bare.removesuffix('村')}村" if end[0] == "村" else bare.removesuffix("社区")
    return name


def room(address: str) -> str:
    """Return the room at the end of an address, where at most a floor stands before it; empty where there is none."""
    bare = spell_address(address)
    tail = _HOUSE.split(bare)[-1]
    found = _ROOM.fullmatch(tail)
    return found[1] if found and tail != bare else ""


def phones(cell: str) -> set[str]:
    """Return the mobile numbers of a cell, and the landline that it is, of eight digits without its area code."""
    if not cell or _MOBILE.fullmatch(cell):
        return {cell} - {""}
    text = unicodedata.normalize("NFKC", cell)
    close = re.sub(r"[\s()-]", "", text)
    found = set(_MOBILE.findall(close)) | set(_MOBILE.findall(text))
    landline = _LANDLINE.fullmatch(close)
    return found | ({landline["own"] or close} if landline else set())


def share_number(cell: str, other: str) -> bool:
    """Return whether two cells have a number in common."""
    if not cell or not other:
        return False
    if _MOBILE.fullmatch(cell) and _MOBILE.fullmatch(other):  # most are one mobile number
        return cell == other
    return not phones(cell).isdisjoint(phones(other))


def is_served(text: str) -> bool:
    """Return whether a cell names another programme."""
    return says_something(text) and plain(text) not in _NO


def says_something(word: object) -> bool:
    """Return whether a word is one: not of dashes and dots alone, nor one for nothing or for anything."""
    bare = plain(word)
    return any(sign.isalnum() for sign in bare) and bare not in _SAYS_NOTHING


def tells_of(words: Iterable[str], parts: Iterable[str]) -> bool:
    """Return whether one of some words has one of ``parts`` in it and does not deny it."""
    signs = [plain(part) for part in parts]
    for word in map(plain, words):
        if any(sign in word and not _DENIAL.search(word[: word.index(sign)]) for sign in signs):
            return True
    return False


class Vocabulary:
    """Vocabulary: which words mean the same, and which skills answer a need."""

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
        """Return the same of several; words for nothing are left out."""
        return frozenset(self.name(word) for word in words if says_something(word))

    def answered(self, needs: frozenset[str], skills: frozenset[str]) -> int:
        """Count the needs that one of the skills answers."""
        return sum(need in skills or not skills.isdisjoint(self._answers.get(need, ())) for need in needs)
