"""Names of people as keys: one key for all spellings of a name."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa

from matcher.han import TRADITIONAL, to_simplified
from matcher.privacy import COMPOUND_SURNAMES
from matcher.roster.cells import each, matching

_ASIDE = re.compile(r"\(.*?\)|[\s.·•・]")
_COMMON_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
"""The surnames that most people in China have."""
_HAN_ALONE = r"^[\x{4e00}-\x{9fa5}]+$"
_HAN = re.compile(r"(?<![一-鿿])[一-鿿]{2,4}(?![一-鿿])")
_SHORTEST_FOREIGN = 3


def find_name_in_id(text: str, name: str) -> str:
    """Return what of an id is, or may be, a name: the person's own, or characters that may be somebody's; else empty.

    An id of many people, as one that begins with the name of a place, is for the caller to tell apart.
    """
    plain = unicodedata.normalize("NFKC", text)
    own = unicodedata.normalize("NFKC", name).strip()
    if len(own) >= (2 if _HAN.fullmatch(own) else _SHORTEST_FOREIGN) and own.casefold() in plain.casefold():
        return own
    found = [one for one in _HAN.findall(plain) if begins_with_surname(one)]
    return found[0] if found else ""


def begins_with_surname(text: str) -> bool:
    """Return whether characters begin with a usual surname, and may be somebody's name."""
    return text[:2] in COMPOUND_SURNAMES or (len(text) < 4 and to_simplified(text[0]) in _COMMON_SURNAMES)


def unify_name(name: str) -> str:
    """Return a name in one spelling: width, case, white space, dots, 陳 for 陈, and what stands in brackets."""
    return to_simplified(_ASIDE.sub("", unicodedata.normalize("NFKC", name)).casefold())


def unify_names(cells: pa.Array) -> pa.Array:
    """Return names each in one spelling; those of usual characters alone are in it."""
    usual = matching(cells, _HAN_ALONE) & ~matching(cells, f"[{TRADITIONAL}]")
    return each(cells, unify_name, ~usual)
