"""Cells that hold two values: longitude with latitude, a name with a telephone number.

Maps give coordinates as one text, 121.4737,31.2304, in either order: in China the two numbers cannot be mistaken for
each other. Lists of contacts have 李四13812345678.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matcher.datum import strip_datum
from matcher.privacy import find_phones, holds_phone
from matcher.roster.cells import Mask, each, is_empty, mask
from matcher.roster.table import Reading, Table, column_of, columns_of
from matcher.settings.words import collect_nothing_words

_CHINESE = (
    "经纬度 经纬 坐标 位置坐标 地理坐标 经纬度坐标 坐标点 定位 定位坐标 地图坐标 经度纬度 纬度经度 经度,纬度 纬度,经度"
)
_ENGLISH = (
    "location coordinates coordinate coords lnglat lonlat latlng latlon lng,lat lat,lng lon,lat lat,lon gps point"
)
_PAIR_HEADERS = frozenset(f"{_CHINESE} {_ENGLISH}".split())
"""Headers of both coordinates, as ``_bare_header`` writes them."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
MINUTES = re.compile(r"\d\s*[°º度]\s*\d+(?:\.\d+)?\s*['′’分]", re.ASCII)
"""Degrees with minutes: 121°26′24″."""
_CONTACTS = (("emergency_contact", "emergency_contact_phone"), ("name", "phone"))
_LABEL = re.compile(r"(?:联系)?(?:电话|手机|号码|tel|phone)$|联系$", re.IGNORECASE)
_MARKS = string.whitespace + "\u3000\xa0,;:/|、，；："


def split_cells(table: Table) -> Table:
    """Return the table with two values of one cell in two columns.

    Coordinates are split in each source that has no two columns of them, or these empty. Telephone numbers are taken
    out of names where the cell for the number is empty. A pair that is not understood stays, and an issue asks.
    """
    for part in range(len(table.readings)):
        table = _split_coordinates(table, part)
    for name, phone in _CONTACTS:
        table = _split_contacts(table, name, phone)
    return table


def read_pair(text: str) -> tuple[str, str] | None:
    """Return longitude and latitude, as written, of a text that holds both and no other number; None otherwise."""
    plain = unicodedata.normalize("NFKC", text)
    numbers = _NUMBER.findall(plain)
    if len(numbers) != len(("lng", "lat")) or MINUTES.search(plain):
        return None
    first, second = numbers
    if _is_within("lng", first) and _is_within("lat", second):
        return first, second
    return (second, first) if _is_within("lat", first) and _is_within("lng", second) else None


def _is_within(name: str, number: str) -> bool:
    """Tell whether a number is within the limits of a column."""
    column = column_of("elders", name)
    assert column.low is not None
    assert column.high is not None
    return column.low <= float(number) <= column.high


def _split_coordinates(table: Table, part: int) -> Table:
    reading, here = table.readings[part], table.part == part
    if all((here & table.filled(name)).any() for name in ("lng", "lat")):
        return table
    title, name = next(_find_pairs(table, reading, here), ("", ""))
    if not title:
        return table
    cells = table.columns[name]
    pairs = {text: read_pair(text) for text in pc.unique(cells.filter(pa.array(here))).to_pylist()}
    columns = dict(table.columns)
    for i, coordinate in enumerate(("lng", "lat")):
        texts = {text: pair[i] if pair else "" for text, pair in pairs.items()}
        found = each(cells, lambda text, texts=texts: texts.get(text, ""))  # type: ignore[misc]
        columns[coordinate] = pc.if_else(pa.array(here), found, table.cells(coordinate))
    nothing = collect_nothing_words()
    strange = [text for text, pair in pairs.items() if text and not pair and not nothing.is_nothing(text)]
    unread = np.flatnonzero(here & mask(pc.is_in(cells, pa.array(strange, pa.string()))))
    split = _rename(replace(table, columns=columns), part, title, name, ("lng", "lat"))
    told = {i: str(cells[i].as_py()) for i in unread.tolist()}
    codes = {i: "place_minutes" if MINUTES.search(text) else "place_pair_unread" for i, text in told.items()}
    issues = [split.issue(codes[i], "lng", i, text) for i, text in told.items()]
    return replace(split, issues=(*split.issues, *issues))


def _find_pairs(table: Table, reading: Reading, here: Mask) -> Iterator[tuple[str, str]]:
    """Find the columns of a source that hold both coordinates, by their headers or by all that stands in them."""
    for title, known in reading.columns:
        name = known or title
        if known not in ("", "lng", "lat") or name not in table.columns:
            continue
        texts = pc.unique(table.columns[name].filter(pa.array(here))).to_pylist()
        filled = [text for text in texts if text]
        pairs = sum(read_pair(text) is not None for text in filled)
        named = _strip_header(title) in _PAIR_HEADERS
        if (pairs and (pairs == len(filled) or named)) or (named and any(map(MINUTES.search, filled))):
            yield title, name


def _strip_header(title: str) -> str:
    plain = unicodedata.normalize("NFKC", title).casefold().replace("、", ",").replace("/", ",")
    return strip_datum(re.sub(r"[\s_]", "", plain))


def _split_contacts(table: Table, name: str, phone: str) -> Table:
    """Take telephone numbers out of the column ``name`` where that of ``phone`` is empty."""
    if name not in table.headers or phone not in (column.name for column in columns_of(table.kind)):
        return table
    cells = table.columns[name]
    both = is_empty(table.cells(phone)) & mask(pc.match_substring_regex(cells, r"(?:\pN\PN{0,3}){6}\pN"))
    both &= np.asarray(each(cells, lambda text: "1" if holds_phone(text) else "", both)) == "1"
    if not both.any():
        return table
    columns = {
        **table.columns,
        name: each(cells, lambda text: _split_phones(text)[0], both),
        phone: pc.if_else(pa.array(both), each(cells, lambda text: _split_phones(text)[1], both), table.cells(phone)),
    }
    split = replace(table, columns=columns)
    for part in np.unique(table.part[both]).tolist():
        split = _rename(split, int(part), table.readings[part].headers[name], name, (name, phone))
    return split


def _split_phones(text: str) -> tuple[str, str]:
    """Return what is left of a text without its telephone numbers, and these."""
    names, phones, end = [], [], 0
    for first, last in find_phones(text):
        before = text[end:first].rstrip(_MARKS)
        names.append(_LABEL.sub("", before).rstrip(_MARKS))
        phones.append(unicodedata.normalize("NFKC", text[first:last]))
        end = last
    names.append(text[end:])
    rest = "、".join(part for part in (name.strip(_MARKS) for name in names) if part.strip("()（）"))
    return rest, "; ".join(phones)


def _rename(table: Table, part: int, title: str, name: str, names: Sequence[str]) -> Table:
    """Say that a source's column of a title was read as those of some names, and is unknown no more."""
    reading = table.readings[part]
    others = [pair for pair in reading.columns if pair[0] != title and pair[1] not in names]
    readings = list(table.readings)
    readings[part] = replace(reading, columns=(*others, *((title, one) for one in names)))
    headers = {**dict.fromkeys(names, title), **table.headers}
    still = {one for r in readings for one, column in r.columns if not column}
    columns = {key: cells for key, cells in table.columns.items() if key != name or key in still or key in headers}
    issues = [
        issue
        for issue in table.issues
        if not (issue.code.startswith("column_") and issue.file == reading.file and issue.column == name)
    ]
    return replace(
        table,
        columns=columns,
        readings=tuple(readings),
        headers=headers,
        unknown=tuple(one for one in table.unknown if one in still),
        issues=tuple(issues),
    )
