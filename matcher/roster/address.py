"""Addresses taken apart: district, road, lane, number, house, floor, room; and keys that say who lives in one building.

In Shanghai a lane (弄) and a number in it (号) are one building, as are a road and a number outside lanes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.han import to_simplified
from matcher.roster.cells import arrow, blank, is_empty

_ASIDE = re.compile(r"\(.*?\)|[\s,;。、·]")
_BRACKETS = re.compile(r"[(（].*?[)）]")
_PROVINCES = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾"
    "|内蒙古|广西|西藏|宁夏|新疆"
)
_TOWN_OR_ROAD_AFTER = r"(?=[^\d]{1,12}?[区县镇乡村路街])"
_NO_CITY = r"场|民|路|街|[一二三四五六七八九十]村"
_CITY = re.compile(
    rf"(?:中国)?(?:[^\d省市区路街]{{2,6}}省|[^\d省市区路街]{{2,8}}自治区|(?:{_PROVINCES})(?=[^\d市区路街]{{2,4}}市))?"
    rf"(?P<city>[^\d市区路街]{{2,4}}(?<!超)(?:(?<![城都])市(?!{_NO_CITY})|市(?!{_NO_CITY}){_TOWN_OR_ROAD_AFTER}))?"
    rf"(?P<within>[^\d市区县路街]{{2,4}}(?<![城都超])市(?!{_NO_CITY}))?"
)
"""A city, and one within it: 江苏省苏州市昆山市. 城市 and 都市 also begin names of compounds, which no road follows."""
_DISTRICT = re.compile(r"[^\d路弄号街镇村]{1,4}?(?:新区|(?<![小社园校厂景])区|县(?![前后东西南北中大城府衙路街]))")
_SHANGHAI = "黄浦|徐汇|长宁|静安|普陀|虹口|杨浦|闵行|宝山|嘉定|浦东|金山|松江|青浦|奉贤|崇明"
_BARE_DISTRICT = re.compile(
    rf"崇明县(?=城桥)|(?:{_SHANGHAI})(?="
    r"[^\d弄号]{2,8}?街道|[^\d路弄号]{2,6}?[镇乡](?![路街])|(?![东南西北中大新老支])[^\d路弄号街]{2,6}(?:路|大道))"
)
"""Shanghai's districts, which are often written without their last word before a town or a road: 浦东南路 is a road."""
_BARE_CITY = re.compile(rf"上海(?=(?:{_SHANGHAI})|[^\d路弄号街市]{{2,3}}区)")
_RENAMED = {"南汇": "浦东", "卢湾": "黄浦", "闸北": "静安", "崇明县": "崇明"}
"""Districts of Shanghai by the names that old addresses have."""
_TOWN = re.compile(
    r"[^\d弄号]{2,8}?街道(?:办事处|办)?|[^\d路弄号]{2,6}?镇(?![路街])(?:人民政府)?|[^\d路弄号街镇]{2,4}?乡(?![路街小花苑])"
)
_TOWN_END = re.compile(r"(?<=..)(?:镇街道|街道|街镇|镇|乡)(?:办事处|办|人民政府)?$")
_COUNTRY_TOWN = re.compile(r"(?<!街)[镇乡](?:人民政府)?$")
_COMMITTEE_END = re.compile(r"(?:社区)?(?:居民委员会|居民区|居委会|居委)$")
_NUMBERED_COMMITTEE = re.compile(r"第?([〇零一二两三四五六七八九十百]+)(?=村|里|$)|第(?=\d)")
_SHORT_COMMITTEE = re.compile(r"(?<=[\d一二三四五六七八九十])居$")
_VILLAGE_END = re.compile(r"村?(?:村民委员会|村委会|村委)$")
_VILLAGE = re.compile(r"(?P<village>\D{1,10}?村)(?:村?民?委(?:员?会)?)?(?P<rest>\D*\d+[组队])")
_NUMBER_SIGN = re.compile(r"(?<=\d)#")
_LIVES = re.compile(r"^(?:现住址?|现居住?地?址?|实住|实际居住地?址?|(?:住址|地址)(?=[:：]))[:：在]{0,2}")
"""Words before the address itself."""
_GROUP = re.compile(r"\d+[组队]")
_GROUP_WORDS = re.compile(r"第?(\d+)(?:(?:村民)?小?(组)|(?:生产)?小?(队))")
_ROAD = re.compile(r"路|街|大道|公路|弄|巷")
_NUMERAL = re.compile(
    r"([〇零一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰]+)"
    r"(?=[甲乙丙丁]?(?:支?弄|号|室|幢|栋|层|楼(?!梯)|单元|(?:村民)?小?组|(?:生产)?小?队))"
)
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百")
_ORDINAL = re.compile(r"第(?=\d+[甲乙丙丁]?(?:支?弄|号|室|幢|栋|单元))")
_DIGITS = dict(zip("〇零一二两三四五六七八九", "001223456789", strict=True))
_N = r"\d+(?:-\d+)?[甲乙丙丁]?"
_NO = r"号(?![线房铺])(?:之[\d一二三四五六七八九十]{1,2})?"
_LONGEST = 300
"""Characters that an address has at most: some patterns take the square of what they are given."""
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
_HOME = ("address", "compound")
_ORDINARY = r"^(?P<road>[^0-9(（]+)(?:0*(?P<lane>[0-9]+)弄)?0*(?P<number>[0-9]+)号(?:0*(?P<room>[0-9]+)室?)?$"
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

    def name_building(self) -> str:
        """Return road, lane, number and house, the town before a road that is none; empty where no building is told."""
        building = self.road and _join_within_road(self[3:7]) and self.road + _join_within_road(self[3:7])
        return building and (building if _ROAD.search(self.road) else self.town + building)


def parse(address: str) -> Address:
    """Take one address apart; whatever the text, nothing raises."""
    _, district, town, road, rest = _split(address)
    return Address(district, town, road, *_read_after_road(rest)[:-1])


def building(address: str) -> str:
    """Return the building that an address lies in, without city, district and, where a road is named, subdistrict.

    上海市徐汇区零陵路300弄5号602室 → 零陵路300弄5号. Empty where no house number or nothing before it is found.
    """
    return parse(address).name_building()


class HomeParts(NamedTuple):
    """Arrays of text over rows: the area that each address names, and the names of the home within it.

    ``village`` is named only before a group (组, 队). ``road``, ``lane`` and ``building`` have no area in them. Where
    ``road`` is a group alone (3组), the names mean nothing outside a village.
    """

    city: pa.Array
    district: pa.Array
    town: pa.Array
    village: pa.Array
    road: pa.Array
    lane: pa.Array
    building: pa.Array


def read_homes(frame: pd.DataFrame) -> HomeParts:
    """Take apart the address of each row.

    Args:
        frame: Columns ``address`` and, where there, ``compound``: it stands for the road where the address begins with
            its number.
    """
    address, compound = (_take_cells(frame, name) for name in _HOME)
    parts, ordinary = _read_ordinary(address)
    if ordinary.all():
        return parts
    rest = pa.array(~ordinary)
    coded, places = _find_distinct_rows([cells.filter(rest) for cells in (address, compound)])
    homes = [_read_home(*row) for row in coded]
    found = [pa.array(texts, pa.string()).take(places) for texts in zip(*homes, strict=True)]
    return HomeParts(*(pc.replace_with_mask(all_of, rest, some) for all_of, some in zip(parts, found, strict=True)))


def name_buildings(frame: pd.DataFrame) -> pa.Array:
    """Return the names of buildings without their areas, also where an issue about the area leaves the key empty.

    Args:
        frame: A roster's, with ``building``, ``address`` and ``compound``.
    """
    named = pc.replace_substring_regex(arrow(frame["building"]), r"(?s)^.*\|", "")
    homes = frame[[name for name in _HOME if name in frame]]  # columns of others may be thousands
    unnamed = is_empty(named)
    return pc.replace_with_mask(named, pa.array(unnamed), read_homes(homes[unnamed]).building)


def read_rooms(address: pa.Array) -> pa.Array:
    """Return the room of each address without leading zeros, empty where none is told, as ``parse`` has it."""
    _parts, ordinary = _read_ordinary(address)
    room = pc.fill_null(pc.struct_field(pc.extract_regex(address, _ORDINARY), "room"), "")
    rest = pa.array(~ordinary)
    others = [parse(text).room for text in address.filter(rest).to_pylist()]
    return pc.replace_with_mask(room, rest, pa.array(others, pa.string()))


def _read_ordinary(address: pa.Array) -> tuple[HomeParts, NDArray[np.bool_]]:
    """Take apart addresses like 徐汇区零陵路300弄5号602室, and tell which ones are like that.

    Their roads are few, and looked into once each; the numbers behind stand as they are.
    """
    found = pc.extract_regex(address, _ORDINARY)
    before, lane, number = (pc.fill_null(pc.struct_field(found, name), "") for name in ("road", "lane", "number"))
    coded = before.dictionary_encode()
    known = [_read_ordinary_road(text) for text in coded.dictionary.to_pylist()]
    city, district, town, road = (
        pa.array(texts, pa.string()).take(coded.indices) for texts in (zip(*known, strict=True) if known else [()] * 4)
    )
    lane = pc.if_else(pc.equal(lane, ""), "", pc.binary_join_element_wise(lane, "弄", ""))
    ordinary = ~is_empty(road)
    building = pc.if_else(pa.array(ordinary), pc.binary_join_element_wise(road, lane, number, "号", ""), "")
    lane = pc.if_else(pc.equal(lane, ""), "", pc.binary_join_element_wise(road, lane, ""))
    return HomeParts(city, district, town, blank(len(address)), road, lane, building), ordinary


def _read_ordinary_road(text: str) -> tuple[str, str, str, str]:
    """Return city, district, town and road before the first digit; no road where it must be looked into."""
    city, district, town, road, rest = _read_before_number(text)
    ordinary = bool(road) and not rest and not text[0].isdigit()
    return (city, district, town, road) if ordinary else ("", "", "", "")


def _read_home(address: str, compound: str) -> tuple[str, str, str, str, str, str, str]:
    if compound and address[:1].isdigit() and not _GROUP.match(_spell_plain(address)):
        address = compound + address
    city, district, town, road, rest = _split(address)
    village, road = _split_village(road)
    if not road or not rest:
        return city, district, town, village, "", "", ""
    lane, *_, within_road = _read_after_road(rest)
    return city, district, town, village, road, lane and f"{road}{lane}弄", within_road and road + within_road


def _split_village(road: str) -> tuple[str, str]:
    """Split the village from what follows it, where that is a group: 新丰村张家宅3组 → 新丰村, 张家宅3组."""
    found = _VILLAGE.fullmatch(road)
    return (found["village"], found["rest"]) if found else ("", road)


def is_group(road: str) -> bool:
    """Tell whether a road is no more than the number of a group."""
    return _GROUP.fullmatch(road) is not None


def _find_distinct_rows(columns: Sequence[pa.Array]) -> tuple[list[tuple[str, ...]], pa.Array]:
    """Return the distinct rows of some columns, and the place of each row among them."""
    rows = list(zip(*(cells.to_pylist() for cells in columns), strict=True))
    place = {row: i for i, row in enumerate(dict.fromkeys(rows))}
    return list(place), pa.array([place[row] for row in rows], pa.int64())


@lru_cache(maxsize=4096)
def strip_district(district: str) -> str:
    """Return a district's name without the city and its last word: 上海市浦东新区 → 浦东."""
    bare = re.sub(r"(?:新区|区)$", "", _strip_city(_ASIDE.sub("", _fold(district))))
    return _RENAMED.get(bare, bare)


@lru_cache(maxsize=4096)
def name_city(district: str) -> str:
    """Return the city that stands before a district's name, without its last word; empty where none does."""
    return _split_city(_ASIDE.sub("", _fold(district)))[0]


@lru_cache(maxsize=65536)
def strip_town(town: str) -> str:
    """Return the name of a subdistrict or town without what stands before and behind it.

    上海市浦东新区惠南镇人民政府 → 惠南, 潍坊新村街道办事处 → 潍坊新村.
    """
    text = _strip_city(_ASIDE.sub("", _fold(town)))
    if (found := _DISTRICT.match(text)) and _TOWN.fullmatch(text, found.end()):
        text = text[found.end() :]
    return _TOWN_END.sub("", text)


def is_country_town(town: str) -> bool:
    """Tell whether a name is that of a town (镇, 乡), not of a subdistrict of the city (街道)."""
    return _COUNTRY_TOWN.search(_ASIDE.sub("", town)) is not None


@lru_cache(maxsize=65536)
def strip_committee(committee: str) -> str:
    """Return the name of a residents' committee or village without what stands before and behind it.

    惠南镇海沈村村民委员会 → 海沈村, 源竹居委会 → 源竹: a village and a committee of one name are two. Numerals become
    digits: 第一居委会, 一居委 and 1居 → 1.
    """
    text = _strip_city(_ASIDE.sub("", _fold(committee)))
    district = _DISTRICT.match(text)
    town = _TOWN.match(text, district.end() if district else 0)
    bare = _COMMITTEE_END.sub("", _VILLAGE_END.sub("村", text[town.end() :] if town else text))
    bare = bare or _COMMITTEE_END.sub("", _VILLAGE_END.sub("村", text)) or text
    return _NUMBERED_COMMITTEE.sub(
        lambda found: _convert_numeral(found) if found[1] else "", _SHORT_COMMITTEE.sub("", bare)
    )


def _take_cells(frame: pd.DataFrame, name: str) -> pa.Array:
    return arrow(frame[name]) if name in frame else blank(len(frame))


def _split(address: str) -> tuple[str, str, str, str, str]:
    """Return city, district, town and road of an address, and the plain text from its lane, number or house on."""
    address = _BRACKETS.sub("", address[:_LONGEST])  # an aside may hold digits: 零陵路（近3号线）5号
    digit = _DIGIT.search(address)
    at = digit.start() if digit else len(address)
    at -= address[:at].endswith("第")  # 第3组
    city, district, town, road, rest = _read_before_number(address[:at])
    tail = address[at:]
    rest += tail if _PLAIN_TAIL.fullmatch(tail) else _spell_plain(tail)
    start = _START.search(rest)
    at = start.start() if start else len(rest)
    return city, district, town, road + rest[:at], rest[at:]


@lru_cache(maxsize=65536)
def _read_before_number(text: str) -> tuple[str, str, str, str, str]:
    """Return city, district, subdistrict or town, the road, and the text after it; the areas without 市 and 区."""
    city, text = _split_city(_spell_plain(text))
    start = _NUMBERED.search(text)  # a Chinese numeral, or a letter
    rest = text[start.start() :] if start else ""
    text = text.removesuffix(rest)
    district = town = ""
    if found := _DISTRICT.match(text) or _BARE_DISTRICT.match(text):
        district, text = strip_district(found[0]), text[found.end() :]
    if (found := _TOWN.match(text)) and found.end() < len(text):
        town, text = found[0], text[found.end() :]
    return city, district, town, text, rest


@lru_cache(maxsize=1 << 17)
def _read_after_road(rest: str) -> tuple[str, str, str, str, str, str, str]:
    """Return lane, branch, number, house, floor, room, and the building without its road."""
    found = _AFTER_ROAD.match(rest)
    assert found is not None  # every part of the pattern may be missing
    lane, branch, number, house, floor, room = (_ZEROS.sub("", part) if part else "" for part in found.groups())
    parts = lane, branch, number.replace("号", ""), house
    return *parts, floor, room, _join_within_road(parts)


def _join_within_road(parts: tuple[str, ...]) -> str:
    """Return a building by lane, branch, number and house; empty where there is neither number nor house."""
    lane, branch, number, house = parts
    if not (number or house):
        return ""
    return f"{lane and lane + '弄'}{branch and branch + '支弄'}{number and number + '号'}{house}"


def _strip_city(text: str) -> str:
    return _split_city(text)[1]


def _split_city(text: str) -> tuple[str, str]:
    """Return the city's name without its last word, the smaller of two, and the text after it."""
    if found := _BARE_CITY.match(text):
        return "上海", text[found.end() :]
    found = _CITY.match(text)
    assert found is not None  # every part of the pattern may be missing
    return (found["within"] or found["city"] or "").removesuffix("市"), text[found.end() :]


def _fold(text: str) -> str:
    """Return a text in usual width and simplified characters."""
    return to_simplified(unicodedata.normalize("NFKC", text))


def _spell_plain(text: str) -> str:
    """Spell a text in usual width, without asides and spaces, numerals as digits, a house without number as 幢."""
    text = _ASIDE.sub("", _fold(text)).upper()
    text = _NUMBER_SIGN.sub("号", _LIVES.sub("", text))
    text = _ORDINAL.sub("", _NUMERAL.sub(_convert_numeral, text))
    text = _GROUP_WORDS.sub(r"\1\2\3", text)
    return text.replace("号楼", "幢").replace("栋", "幢")


def _convert_numeral(found: re.Match[str]) -> str:
    """Convert a Chinese numeral below a thousand: 三十二 → 32, 一百零八 → 108, 二〇一 → 201, 叁 → 3."""
    word = found[1].translate(_FORMAL)
    if not set(word) & {"十", "百"}:
        return "".join(_DIGITS[sign] for sign in word)
    hundreds, _hundred, rest = word.rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    value = (
        100 * _convert_digits(hundreds, 1 if "百" in word else 0)
        + 10 * _convert_digits(tens, 1 if ten else 0)
        + _convert_digits(ones, 0)
    )
    return str(value)


def _convert_digits(word: str, empty: int) -> int:
    digits = "".join(_DIGITS.get(sign, "") for sign in word)
    return int(digits) if digits else empty
