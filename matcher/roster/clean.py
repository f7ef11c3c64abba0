"""Cells without what people and programs leave around them, and rows that are no people: totals, notes, blanks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_GUARDED = re.compile(r"'(?='*\s*[=+\-@＝＋－＠]|'*[\t\r\n])")
_INVISIBLE = "\ufeff\u200b\u200e\u200f"

_TOTAL = (
    r"(?i)^(?:本[页表])?(?:合\s*计|总\s*计|小\s*计|共\s*计|总人数|(?:grand\s*|sub-?)?totals?|sum)"
    r"[\s:：]*(?:共|为)?[\d,，.\s]*(?:人|户|名|位)?$"
)
_NOTE = r"^(?:制表|填表|填报|审核|统计|联系人|经办)\S{0,6}\s*[:：]|^(?:注|备注|说明|附注|note|notes|N\.B\.)\s*[:：]"
_LEADING = 8
"""A row's first words are looked for in so many columns."""
_OF_PEOPLE = ("birth_date", "national_id", "phone", "address", "lng", "lat")
"""Who has any of these is a person, whatever the row begins with."""


def cleaned(cells: pa.Array, *, plain: bool) -> pa.Array:
    """A column's cells without surrounding space and without the quote that guards a formula.

    With ``plain``, in characters of usual width too (NFKC): for ids, numbers, dates and choices.
    """
    if _any(pc.match_substring(cells, "'")):
        cells = each(cells, lambda cell: cell[1:] if _GUARDED.match(cell) else cell)
    cells = pc.utf8_trim_whitespace(cells)
    if _any(pc.match_substring_regex(cells, f"[{_INVISIBLE}]")):
        cells = each(cells, lambda cell: cell.strip(_INVISIBLE).strip())
    if plain and not pc.all(pc.string_is_ascii(cells)).as_py():
        cells = pc.utf8_trim_whitespace(pc.utf8_normalize(cells, "NFKC"))
    return cells


def each(cells: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Cells changed one by one, each distinct one once."""
    coded = cells.dictionary_encode()
    return pa.array([change(cell) for cell in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def filled(columns: Sequence[pa.Array], n: int) -> NDArray[np.bool_]:
    """Which of ``n`` rows hold anything."""
    found = np.zeros(n, dtype=bool)
    for cells in columns:
        if found.all():
            break
        found |= _mask(pc.not_equal(cells, ""))
    return found


def no_people(columns: Mapping[str, pa.Array], titles: Mapping[str, str], n: int) -> dict[int, str]:
    """Rows below the header that are no people: totals, notes under the table, the header once more.

    Args:
        columns: All columns by name, in the file's order.
        titles: Header cells of the known ones, by name.
        n: How many rows there are.

    Returns:
        The first words of each such row, by its position.
    """
    order = list(columns.values())
    likely = np.zeros(n, dtype=bool)
    for cells in order[:_LEADING]:
        likely |= _mask(pc.match_substring_regex(cells, f"{_TOTAL}|{_NOTE}"))
    found = {}
    for i in np.flatnonzero(likely).tolist():
        row = {name: cells[i].as_py() for name, cells in columns.items()}
        words = next((cell for cell in row.values() if cell), "")
        if not any(row.get(name) for name in _OF_PEOPLE) and re.search(f"{_TOTAL}|{_NOTE}", words):
            found[i] = words
    for i in np.flatnonzero(_again(columns, titles, n)).tolist():
        found[i] = next(iter(titles.values()))
    return dict(sorted(found.items()))


def _again(columns: Mapping[str, pa.Array], titles: Mapping[str, str], n: int) -> NDArray[np.bool_]:
    """Rows in which every known column holds its own header, as where pages were pasted together."""
    same = np.full(n, bool(titles))
    for name, title in titles.items():
        if not same.any():
            break
        same &= _mask(pc.equal(columns[name], title))
    return same


def _mask(found: pa.BooleanArray) -> NDArray[np.bool_]:
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _any(found: pa.BooleanArray) -> bool:
    return bool(pc.any(found).as_py())
