"""Masks for what points at a person: names, telephone numbers, rooms, national IDs."""

from __future__ import annotations

import re

import pandas as pd

_COMPOUND = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
    "段干百里呼延东郭南门羊舌微生梁丘左丘东门西门南荣第五纳兰完颜"
)
COMPOUND_SURNAMES = frozenset(re.findall("..", _COMPOUND))
"""Surnames of two characters, after the Hundred Family Surnames."""

_MOBILE = re.compile(r"(?:0086|86)?(1\d{10})", re.ASCII)
_PHONE_ANYWHERE = re.compile(r"(?<!\d)(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8})(?!\d)", re.ASCII)
_ROOM_ANYWHERE = re.compile(
    r"(?<=[号幢栋座楼元])[^号幢栋座楼元\d]{0,4}[A-Za-z]?\d+.*|[A-Za-z]?\d+[A-Za-z]?(?=室)", re.ASCII
)


def mask_name(name: str) -> str:
    """Keep a Chinese surname or any other name's first letter: 张三 → 张*, 欧阳建国 → 欧阳*, Ann → A*."""
    name = name.strip()
    if not name:
        return ""
    surname = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:surname] + "*"


def mask_names(names: pd.Series) -> pd.Series:
    """``mask_name`` of every name of a column of text."""
    return names.str.strip().map({name: mask_name(name) for name in names.str.strip().unique()})


def mask_phone(phone: str) -> str:
    """Keep the ends of a mobile number (138****1234), the last four digits of any other (****5678)."""
    digits = re.sub(r"[^0-9]", "", phone)
    if mobile := _MOBILE.fullmatch(digits):
        return f"{mobile[1][:3]}****{mobile[1][-4:]}"
    return f"****{digits[-4:]}" if len(digits) > 6 else "*" * len(phone)


def hide_private(text: str) -> str:
    """Free text with telephone numbers masked and addresses cut at the building: 5号602室 → 5号…."""
    if len(text) < 3:
        return text
    text = _PHONE_ANYWHERE.sub(lambda found: mask_phone(found[0]), text)
    return _ROOM_ANYWHERE.sub("…", text)


def mask_national_id(number: str) -> str:
    """Keep the first three digits of a national ID, the province and half the city: 310***************."""
    number = number.strip()
    return number[:3] + "*" * (len(number) - 3) if len(number) > 6 else "*" * len(number)
