"""Which building an address means: the address cut after its house number, without what every address shares.

In Shanghai a lane (弄) and a number in it (号) are one building, as are a road and a number outside lanes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_ASIDE = re.compile(r"\(.*?\)|[\s,;。、·]")
_CITY = re.compile(r"(?:中国)?(?:[^\d省市区路街]{2,6}省)?(?:[^\d市区路街]{2,4}市(?!场|民))?")
_DISTRICT = re.compile(r"[^\d路弄号街镇村]{1,4}?(?:新区|(?<![小社园校厂景])区)")
_TOWN = re.compile(r"[^\d弄号]{2,8}?街道|[^\d路弄号]{2,6}?镇(?![路街])")
_ROAD = re.compile(r"路|街|大道|公路|弄|巷")
_HOUSE = re.compile(r"(?:\d+(?:-\d+)?[甲乙丙丁]?(?:幢|号(?![线房铺]))|[A-Z\d]+座)[甲乙丙丁]?")
_DIGIT = re.compile(r"\d")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def building(address: str) -> str:
    """The building an address lies in, without city, district and, where a road is named, subdistrict.

    上海市徐汇区零陵路300弄5号602室 → 零陵路300弄5号. Empty where no house number or nothing before it is found.
    """
    return _split(address)[1]


def building_keys(frame: pd.DataFrame) -> NDArray[np.object_]:
    """A key for each row's building, equal for one building; empty where it is unknown.

    Args:
        frame: Columns ``address`` and, where there, ``district`` (goes before the key in place of the address's own)
            and ``compound`` (stands for the road where the address begins with its number).
    """
    empty = [""] * len(frame)
    districts, compounds, addresses = (
        frame[name].tolist() if name in frame else empty for name in ("district", "compound", "address")
    )
    keys = np.empty(len(frame), dtype=object)
    keys[:] = [
        _key(address, district, compound)
        for address, district, compound in zip(addresses, districts, compounds, strict=True)
    ]
    return keys


def _key(address: str, district: str, compound: str) -> str:
    if address[:1].isdigit() and compound:
        address = compound + address
    own_district, house = _split(address)
    if not house:
        return ""
    district = _bare_district(district) or own_district
    return f"{district}|{house}" if district else house


def _split(address: str) -> tuple[str, str]:
    """The district that the address names, without its last word, and the building."""
    number = _DIGIT.search(address)
    start = number.start() if number else len(address)
    district, road = _before_number(address[:start])
    text = road + _plain(address[start:])
    end = 0
    for house in _HOUSE.finditer(text):
        end = house.end()
    if not end or text[0].isdigit():
        return district, ""
    return district, _ZEROS.sub("", text[:end])


@lru_cache(maxsize=65536)
def _before_number(text: str) -> tuple[str, str]:
    """District, and what is left without city, district and, before a road, subdistrict."""
    text = _without_city(_plain(text))
    district = ""
    if found := _DISTRICT.match(text):
        district, text = _bare_district(found[0]), text[found.end() :]
    if _ROAD.search(text) and (town := _TOWN.match(text)):
        text = text[town.end() :]
    return district, text


@lru_cache(maxsize=4096)
def _bare_district(district: str) -> str:
    return re.sub(r"(?:新区|区)$", "", _without_city(_plain(district)))


def _without_city(text: str) -> str:
    city = _CITY.match(text)
    return text[city.end() :] if city else text


def _plain(text: str) -> str:
    """Usual width, no asides, no spaces, one word for a house that is no number."""
    text = _ASIDE.sub("", unicodedata.normalize("NFKC", text)).upper()
    return text.replace("号楼", "幢").replace("栋", "幢")
