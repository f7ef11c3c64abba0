"""Masks for what points at a person: names, telephone numbers, national IDs."""

from __future__ import annotations

import re

import pandas as pd

COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 "
    "钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 "
    "呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 南荣 第五 纳兰 完颜".split()
)
"""Surnames of two characters, after the Hundred Family Surnames."""

_MOBILE = re.compile(r"(?:\+?86|0086)?(1\d{10})")


def mask_name(name: str) -> str:
    """Keep the surname of a Chinese name, the first letter of any other: 张三 → 张*, 欧阳建国 → 欧阳*, Ann → A*."""
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
    digits = re.sub(r"[^\d+]", "", phone)
    if mobile := _MOBILE.fullmatch(digits):
        return f"{mobile[1][:3]}****{mobile[1][-4:]}"
    return f"****{digits[-4:]}" if len(digits) > 4 else "*" * len(phone)


def mask_national_id(number: str) -> str:
    """Keep the first three digits of a national ID, the province and half the city: 310***************."""
    number = number.strip()
    return number[:3] + "*" * (len(number) - 3) if len(number) > 6 else "*" * len(number)
