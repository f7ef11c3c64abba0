"""Addresses taken apart: district, road, lane, number, house, floor, room; and keys that say who lives in one building.

In Shanghai a lane (弄) and a number in it (号) are one building, as are a road and a number outside lanes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.roster.cells import arrow, blank, each_row, is_empty

_ASIDE = re.compile(r"\(.*?\)|[\s,;。、·]")
_CITY = re.compile(r"(?:中国)?(?:[^\d省市区路街]{2,6}省)?(?:[^\d市区路街]{2,4}市(?!场|民))?")
_DISTRICT = re.compile(r"[^\d路弄号街镇村]{1,4}?(?:新区|(?<![小社园校厂景])区)")
_TOWN = re.compile(r"[^\d弄号]{2,8}?街道|[^\d路弄号]{2,6}?镇(?![路街])")
_ROAD = re.compile(r"路|街|大道|公路|弄|巷")
_NUMERAL = re.compile(r"([〇零一二两三四五六七八九十百]+)(?=[甲乙丙丁]?(?:支?弄|号|室|幢|栋|层|楼(?!梯)|单元|组))")
_DIGITS = dict(zip("〇零一二两三四五六七八九", "001223456789", strict=True))
_N = r"\d+(?:-\d+)?[甲乙丙丁]?"
_NO = r"号(?![线房铺])"
_START = re.compile(rf"{_N}(?:支?弄|{_NO}|幢)|[A-Z\d]+座|[A-Z]+幢")
_AFTER_ROAD = re.compile(
    rf"""
    (?: (?P<lane>{_N})弄 )?
    (?: 第?(?P<branch>{_N})支?弄 )?
    (?: \D{{0,12}}? (?P<number>{_N}{_NO}[甲乙丙丁]?) )?
    (?: \D{{0,8}}? (?P<house>(?:\d+[甲乙丙丁]?|[A-Z]+)幢[甲乙丙丁]?|[A-Z\d]+座) )?
    (?: \D{{0,3}}?\w+?单元 )?
    (?: (?P<floor>-?\d+)(?:层|楼|F) )?
    (?: (?P<room>[A-Z]?\d+[A-Z甲乙丙丁]?(?:-\d+)?)(?:室|房|$)? )?
    """,
    re.VERBOSE,
)
_DIGIT = re.compile(r"\d")
_NUMBERED = re.compile(r"\d|[A-Z]+[座幢]")
_ORDINARY = r"^(?P<road>[^0-9]+)(?P<group>[0-9]+组)?(?:0*(?P<lane>[0-9]+)弄)?0*(?P<number>[0-9]+)号(?:[0-9]+室?)?$"
"""Of RE2; whatever it matches must mean the same to the patterns above."""
_PLAIN_TAIL = re.compile(r"[0-9A-Z弄号室幢-]*", re.ASCII)
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


class Address(NamedTuple):
    """The parts of an address as text without leading zeros, each empty where it is not told.

    Of 上海市徐汇区天平街道零陵路三百弄3支弄5号甲2幢6楼602室: district 徐汇 (without its last word), town 天平街道,
    road 零陵路, lane 300, branch 3, number 5甲, house 2幢, floor 6, room 602. A village, hamlet (宅) or compound stands
    as the road.
    """

    district: str = ""
    town: str = ""
    road: str = ""
    lane: str = ""
    branch: str = ""
    number: str = ""
    house: str = ""
    floor: str = ""
    room: str = ""

    def lane_name(self) -> str:
        """Road and lane, 零陵路300弄; empty where either is missing."""
        return f"{self.road}{self.lane}弄" if self.road and self.lane else ""

    def building_name(self) -> str:
        """The building: road, lane, number and house; empty where there is no road, or neither number nor house."""
        return self.road and _within_road(self[3:7]) and self.road + _within_road(self[3:7])


def parse(address: str) -> Address:
    """Take one address apart; whatever the text, nothing raises."""
    district, town, road, rest = _split(address)
    return Address(district, town, road, *_after_road(rest)[:-1])


def parse_all(addresses: pd.Series) -> pd.DataFrame:
    """The parts of every address, a column each as in ``Address``, with the index of ``addresses``."""
    codes, distinct = pd.factorize(addresses)
    parts = pd.DataFrame([parse(text) for text in distinct.tolist()], columns=Address._fields, dtype=str)
    return parts.take(codes).set_axis(addresses.index)


def building(address: str) -> str:
    """The building an address lies in, without city, district and, where a road is named, subdistrict.

    上海市徐汇区零陵路300弄5号602室 → 零陵路300弄5号. Empty where no house number or nothing before it is found.
    """
    return parse(address).building_name()


def home_keys(frame: pd.DataFrame) -> tuple[pa.Array, pa.Array]:
    """Keys of each row's building and lane, equal for one building or lane; empty where they are unknown.

    Args:
        frame: Columns ``address`` and, where there, ``district`` (goes before the key in place of the address's own)
            and ``compound`` (stands for the road where the address begins with its number).
    """
    columns = [_cells(frame, name) for name in ("address", "district", "compound")]
    buildings, lanes, told = _ordinary_keys(*columns[:2])
    if told.all():
        return buildings, lanes
    rest = pa.array(~told)
    found = [_home_keys(*row) for row in zip(*(cells.filter(rest).to_pylist() for cells in columns), strict=True)]
    return (
        pc.replace_with_mask(buildings, rest, pa.array([building for building, _lane in found], pa.string())),
        pc.replace_with_mask(lanes, rest, pa.array([lane for _building, lane in found], pa.string())),
    )


def _ordinary_keys(address: pa.Array, district: pa.Array) -> tuple[pa.Array, pa.Array, NDArray[np.bool_]]:
    """Keys of buildings and lanes of addresses like 徐汇区零陵路300弄5号602室, and which ones are like that.

    Their roads are few, and looked into once each; the numbers behind stand as they are.
    """
    parts = pc.extract_regex(address, _ORDINARY)
    road, group, lane, number = (
        pc.fill_null(pc.struct_field(parts, name), "") for name in ("road", "group", "lane", "number")
    )
    within = each_row([road, district], _within)
    told = ~is_empty(within)
    within = pc.binary_join_element_wise(within, group, "")
    lane = pc.if_else(pc.equal(lane, ""), "", pc.binary_join_element_wise(lane, "弄", ""))
    buildings = pc.binary_join_element_wise(within, lane, number, "号", "")
    lanes = pc.if_else(pc.equal(lane, ""), "", pc.binary_join_element_wise(within, lane, ""))
    return buildings, lanes, told


def _within(text: str, district: str) -> str:
    """District and road, as keys begin, of what stands before the first digit; empty where it must be looked into."""
    own_district, _town, road, rest = _before_number(text)
    if rest or not road or text[0].isdigit():
        return ""
    district = _bare_district(district) or own_district
    return f"{district}|{road}" if district else road


def _home_keys(address: str, district: str, compound: str) -> tuple[str, str]:
    if compound and address[:1].isdigit():
        address = compound + address
    own_district, _town, road, rest = _split(address)
    if not road or not rest:
        return "", ""
    lane, *_, building_name = _after_road(rest)
    within = _bare_district(district) or own_district
    within = f"{within}|{road}" if within else road
    return building_name and within + building_name, lane and f"{within}{lane}弄"


def area_keys(frame: pd.DataFrame, *names: str) -> pa.Array:
    """Keys of the area that the last of ``names`` is: ``district|name/name``; empty where that one is.

    Args:
        frame: Columns ``district`` and ``names``, any of which may be missing.
        names: Columns from the wider to the narrower, as ``subdistrict`` and ``committee``.
    """
    return each_row([_cells(frame, name) for name in ("district", *names)], area_key)


def area_key(district: str, *names: str) -> str:
    """One key as ``area_keys`` makes it."""
    if not names[-1]:
        return ""
    within = _bare_district(district)
    return (f"{within}|" if within else "") + "/".join(name for name in names if name)


def _cells(frame: pd.DataFrame, name: str) -> pa.Array:
    return arrow(frame[name]) if name in frame else blank(len(frame))


def _split(address: str) -> tuple[str, str, str, str]:
    """District, town and road of an address, and the plain text from its lane, number or house on."""
    digit = _DIGIT.search(address)
    at = digit.start() if digit else len(address)
    district, town, road, rest = _before_number(address[:at])
    tail = address[at:]
    rest += tail if _PLAIN_TAIL.fullmatch(tail) else _plain(tail)
    start = _START.search(rest)
    at = start.start() if start else len(rest)
    return district, town, road + rest[:at], rest[at:]


@lru_cache(maxsize=65536)
def _before_number(text: str) -> tuple[str, str, str, str]:
    """District, subdistrict or town where a road follows it, the road, and the text after it, all without the city."""
    text = _without_city(_plain(text))
    start = _NUMBERED.search(text)  # a Chinese numeral, or a letter
    rest = text[start.start() :] if start else ""
    text = text.removesuffix(rest)
    district = town = ""
    if found := _DISTRICT.match(text):
        district, text = _bare_district(found[0]), text[found.end() :]
    if _ROAD.search(text) and (found := _TOWN.match(text)):
        town, text = found[0], text[found.end() :]
    return district, town, text, rest


@lru_cache(maxsize=1 << 17)
def _after_road(rest: str) -> tuple[str, str, str, str, str, str, str]:
    """Lane, branch, number, house, floor, room, and the building without its road."""
    found = _AFTER_ROAD.match(rest)
    assert found is not None  # every part of the pattern may be missing
    lane, branch, number, house, floor, room = (_ZEROS.sub("", part) if part else "" for part in found.groups())
    parts = lane, branch, number.replace("号", ""), house
    return *parts, floor, room, _within_road(parts)


def _within_road(parts: tuple[str, ...]) -> str:
    """A building by lane, branch, number and house; empty where there is neither number nor house."""
    lane, branch, number, house = parts
    if not (number or house):
        return ""
    return f"{lane and lane + '弄'}{branch and branch + '支弄'}{number and number + '号'}{house}"


@lru_cache(maxsize=4096)
def _bare_district(district: str) -> str:
    return re.sub(r"(?:新区|区)$", "", _without_city(_ASIDE.sub("", unicodedata.normalize("NFKC", district))))


def _without_city(text: str) -> str:
    city = _CITY.match(text)
    return text[city.end() :] if city else text


def _plain(text: str) -> str:
    """Usual width, no asides, no spaces, numerals as digits, one word for a house that is no number."""
    text = _ASIDE.sub("", unicodedata.normalize("NFKC", text)).upper()
    text = _NUMERAL.sub(_number, text)
    return text.replace("号楼", "幢").replace("栋", "幢")


def _number(found: re.Match[str]) -> str:
    """A Chinese numeral below a thousand in digits: 三十二 → 32, 一百零八 → 108, 二〇一 → 201."""
    word = found[1]
    if not set(word) & {"十", "百"}:
        return "".join(_DIGITS[sign] for sign in word)
    hundreds, _hundred, rest = word.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = 100 * _small(hundreds, 1 if "百" in word else 0) + 10 * _small(tens, 1 if ten else 0) + _small(ones, 0)
    return str(value)


def _small(word: str, empty: int) -> int:
    digits = "".join(_DIGITS.get(sign, "") for sign in word)
    return int(digits) if digits else empty
