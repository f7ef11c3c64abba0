"""Cells without what people and programs leave around them, and rows that are no people: totals, notes, blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.roster.cells import each, is_empty, mask, matching

_GUARDED = re.compile(r"'(?='*\s*[=+\-@＝＋－＠]|'*[\t\r\n])")
_AS_TEXT = re.compile(r'=\s*"((?:[^"]|"")*)"')
"""Formula that keeps digits as text, as exports write it so that Excel leaves their zeros: ="001"."""
_TEXT_SIGN = re.compile(r"['‘’`´](?=[0-9A-Za-z])")
"""Sign before what is to be text, typed where it became a part of it: '001, ’001 where the keyboard is Chinese."""
_INVISIBLE = "\ufeff\u200b\u200e\u200f"

_SUM = r"(?:本[页表])?(?:合\s*计|总\s*计|小\s*计|共\s*计|总人数|(?:grand\s*|sub-?)?totals?|sum)"
_COUNTED = r"[\s:：]*(?:共|为)?[\d,，.\s]*(?:人|户|名|位)?$"
_TOTAL = rf"(?i)^(?:\S{{1,20}}\s|\S{{0,20}}[会委村道镇区组队社苑])?\s*{_SUM}{_COUNTED}"
_ID_OF_PERSON = re.compile(r"(?=.*[0-9])(?![0-9]*$).+")
_NAME_OF_PERSON = re.compile(rf"(?!(?i:{_SUM}{_COUNTED}))[^\W\d_][^\d:：]+")
COLOURS_EXPLAINED = (
    r"^[(（\[【*＊]?(?:(?:[标备附]?注|说明|其中)[:：]?\s*)?(?:[0-9][.、．]\s*)?(?:标|涂|填充)?"
    r"[红黄绿蓝橙紫灰粉黑](?:色|底|字)\S{0,8}?\s*(?:[:：=＝—-]|为|表示|代表|是|指)"
)
"""Pattern of RE2 of a note on what a colour of the sheet means: 红色为已去世."""
_NOTE = (
    rf"{COLOURS_EXPLAINED}|"
    r"^(?:(?:联系|监督|咨询|服务|值班|办公|街道|居委会?)?电话|日期|单位|监制|打印时间)\s*[:：]"
    r"|^[(（]?[0-9一二三四五六七八九十]{1,2}\s*[.、．)）]\s*\S{0,40}(?:本表|此表|填写|填报|一式|须|应当|不得|如有)"
    r"|^(?:制表|填表|填报|审核|复核|审批|统计|联系人|经办|签[名字])\S{0,6}\s*[:：]|^(?:注|备注|说明|附注|note|notes|N\.B\.)\s*[:：]"
    r"|^(?:注|备注|说明|附注|日期|单位|(?:制表|填表|填报|审核|复核|统计|打印|更新|截止|报送|经办|负责)(?:日期|时间|单位|部门|人)?)$"
    r"|^[*＊※△▲☆★]\s*\S{0,20}(?:为|表示|代表|指)"
    r"|^第\s*[0-9一二三四五六七八九十]+\s*页|^共\s*[0-9]+\s*页|^(?i:page)\s*[0-9]+(?:\s*(?i:of|/)\s*[0-9]+)?$|^[-—]\s*[0-9]+\s*[-—]$"
    r"|^(?:共|共计|以上共|总共)\s*[0-9一二三四五六七八九十百]+\s*[人户名位条行]$|^[—\-(（\s]*以下(?:空白|无正文)|^(?i:EOF|END)$"
    r"|^[(（]?[0-9]+\s*(?:行受影响|[行条]记录|(?i:rows?(?:\s+affected|\s+in\s+set|\s+selected)?))[\s).。]*"
    r"(?:\([0-9.]+ sec\))?$"
    r"|^以上(?:共|合计)|^[(（]?续表[)）]?$|^\S{0,12}[(（]?(?:盖章|签章|公章)[)）]?\s*[:：]?$|^(?:主管|领导|负责人)\S{0,4}签[字名章]"
)
_COUNTED_BELOW = frozenset({"address", "phone", "national_id"})
_A_COUNT = r"^[0-9]{1,5}\s*[人户名位]?$|^[-—/]+$"
"""Number of people below these columns: a total's, not somebody's address or phone."""
_TAIL = 12
"""So many rows at the end may be those of who filled in and signed the sheet."""
_LEADING = 8
"""A row's first words are looked for in so many columns."""
_OF_PEOPLE = ("birth_date", "national_id", "phone", "address", "lng", "lat")
"""Who has any of these is a person, whatever the row begins with."""


def cleaned(cells: pa.Array, *, plain: bool) -> pa.Array:
    """Return a column's cells without space around them and without what keeps Excel from reading them.

    With ``plain``, in characters of usual width too (NFKC): for ids, numbers, dates and choices.
    """
    cells = each(cells, _unwrap_text, mask(pc.starts_with(cells, "=")))
    guarded = mask(pc.starts_with(cells, "'"))
    cells = each(cells, lambda cell: cell[1:] if _GUARDED.match(cell) else cell, guarded)
    if plain:
        cells = each(cells, lambda cell: cell[1:] if _TEXT_SIGN.match(cell) else cell, matching(cells, "^['‘’`´]"))
    cells = pc.utf8_trim_whitespace(cells)
    if pc.all(pc.string_is_ascii(cells)).as_py():
        return cells
    cells = pc.utf8_trim_whitespace(pc.utf8_trim(cells, _INVISIBLE))
    if plain:
        coded = cells.dictionary_encode()
        cells = pc.utf8_trim_whitespace(pc.utf8_normalize(coded.dictionary, "NFKC")).take(coded.indices)
    return cells


def _unwrap_text(cell: str) -> str:
    """Return the text that a formula keeps as text, any other cell as it is."""
    found = _AS_TEXT.fullmatch(cell.rstrip())
    return found[1].replace('""', '"') if found else cell


def filled(columns: Sequence[pa.Array], n: int) -> NDArray[np.bool_]:
    """Return which of ``n`` rows hold anything."""
    found = np.zeros(n, dtype=bool)
    for cells in columns:
        if found.all():
            break
        found |= ~is_empty(cells)
    return found


def no_people(
    columns: Mapping[str, pa.Array], titles: Mapping[str, str], n: int, proofs: Sequence[str] = _OF_PEOPLE
) -> dict[int, str]:
    """Find rows below the header that are no people: totals, notes under the table, the header once more.

    Args:
        columns: All columns by name, in the file's order.
        titles: Header cells of the known ones, by name.
        n: How many rows there are.
        proofs: Columns of which none but a row that is one holds anything.

    Returns:
        The first words of each such row, by its position.
    """
    telling = [columns[name] for name in proofs if name in columns]
    person = np.zeros(n, dtype=bool)
    for name in proofs:
        if name not in columns or person.all():
            continue
        proof = ~is_empty(columns[name])
        if name in _COUNTED_BELOW:
            proof &= ~matching(columns[name], _A_COUNT)
        person |= proof
    for i in range(max(0, n - _TAIL), n):  # 审核：李四 may stand below a date of birth
        person[i] &= not all(re.match(_NOTE, cells[i].as_py()) for cells in telling if cells[i].as_py())
    nobody = np.flatnonzero(~person)
    order = [cells.take(pa.array(nobody)) for cells in columns.values()] if len(nobody) else []
    likely = np.zeros(len(nobody), dtype=bool)
    for cells in order[:_LEADING]:
        likely |= matching(cells, f"{_TOTAL}|{_NOTE}")
    found = {}
    for at in np.flatnonzero(likely).tolist():
        words = next((cell for cell in (cells[at].as_py() for cells in order) if cell), "")
        is_total = re.search(_TOTAL, words) and not _names_somebody(columns, int(nobody[at]))
        if is_total or re.search(_NOTE, words):
            found[int(nobody[at])] = words
    for i in np.flatnonzero(_again(columns, titles, n)).tolist():
        found[i] = next(iter(titles.values()))
    return dict(sorted(found.items()))


def _names_somebody(columns: Mapping[str, pa.Array], i: int) -> bool:
    """Return whether a row has an id and a name as people have them: Li Sum, and 合计1 as an id, are no totals."""
    if "id" not in columns or "name" not in columns:
        return False
    number, name = (columns[column][i].as_py() for column in ("id", "name"))
    return bool(_ID_OF_PERSON.fullmatch(number) and _NAME_OF_PERSON.fullmatch(name))


def _again(columns: Mapping[str, pa.Array], titles: Mapping[str, str], n: int) -> NDArray[np.bool_]:
    """Return rows in which every known column holds its own header, as where pages were pasted together."""
    same = np.full(n, bool(titles))
    for name, title in titles.items():
        if not same.any():
            break
        same &= mask(pc.equal(columns[name], title))
    return same


def filled_down(
    columns: Mapping[str, pa.Array], merged: Mapping[str, Sequence[tuple[int, int]]], keep: NDArray[np.bool_]
) -> tuple[dict[str, pa.Array], dict[str, int]]:
    """Fill merged cells into each of their rows; return the columns, and how many cells of each were filled.

    Args:
        columns: All columns by name.
        merged: Those with such cells: the first and last row of each.
        keep: Rows that hold people; in no other is anything filled in.
    """
    result, counts = dict(columns), {}
    for name, ranges in merged.items():
        cells = columns[name]
        source = np.arange(len(cells))
        for first, last in ranges:
            source[first : last + 1] = first
        source[~keep | ~is_empty(cells)] = np.arange(len(cells))[~keep | ~is_empty(cells)]
        result[name] = cells.take(pa.array(source))
        if count := int(np.count_nonzero(is_empty(cells) & ~is_empty(result[name]))):
            counts[name] = count
    return result, counts
