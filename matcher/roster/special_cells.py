"""Cells that hold an error of Excel or a formula never calculated, and rows that are examples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matcher.roster.cells import matching
from matcher.roster.formats import RawTable
from matcher.roster.table import Reading, column_of

_ERROR = r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)$"
_NOTHING_IN = frozenset({"int", "number", "date", "dates"})
"""Columns in which a text file's ``#N/A`` is an empty cell: so other programs write one."""
_EXAMPLE = (
    r"(?i)示例|样例|范例|举例|填写说明|[(（【\[](?:例|示范|模板|样表)[)）】\]]|^(?:示范|模板|样表)$"
    r"|^例(?:[:：]|如|\d*$)|\bexample\b|^测试\S{0,4}$|^test\s?[0-9]*$|填写时请删除"
)
_WORDS_OF = ("id", "name", "address")
_FIRST_COLUMNS = 2

CellFault = tuple[str, int, str, str]
"""Code, row as Excel counts, header and text of a cell."""


def find_cell_faults(
    columns: Mapping[str, pa.Array],
    headers: Mapping[str, str],
    position: Mapping[int, str],
    raw: RawTable,
    first_row: int,
    reading: Reading,
) -> tuple[list[CellFault], dict[str, pa.Array]]:
    """Return the cells of known columns that hold an error or no value, and the columns without these.

    Args:
        columns: The known columns by name, below the header.
        headers: Their headers.
        position: The name of the column at each place.
        raw: The source, with the cells that its reader knows to be at fault.
        first_row: The row of the first cell, as Excel counts.
        reading: How the source is read.
    """
    found: dict[tuple[int, str], tuple[str, str]] = {}
    for row, at, text in raw.faults:
        name = position.get(at, "")
        if name in headers and 0 <= row + 1 - first_row < len(raw):
            found[row + 1, name] = ("cell_error", text) if text else ("formula_uncalculated", "")
    result = dict(columns)
    for name, cells in columns.items():
        wrong = matching(cells, _ERROR)
        if not wrong.any():
            continue
        if column_of(reading.kind, name).kind in _NOTHING_IN:
            wrong &= ~np.asarray(pc.equal(cells, "#N/A").to_numpy(zero_copy_only=False))
        for i in np.flatnonzero(wrong).tolist():
            found[i + first_row, name] = "cell_error", cells[i].as_py()
        result[name] = pc.if_else(pa.array(matching(cells, _ERROR)), "", cells)
    faults = [(code, row, headers[name], text) for (row, name), (code, text) in sorted(found.items())]
    return faults, result


def find_examples(columns: Mapping[str, pa.Array], n: int) -> dict[int, tuple[str, str]]:
    """Return the rows that are examples and no people, by position, each with the column and text that say so."""
    found: dict[int, tuple[str, str]] = {}
    names = dict.fromkeys([*list(columns)[:_FIRST_COLUMNS], *(name for name in _WORDS_OF if name in columns)])
    for name in names:
        cells = columns[name]
        for i in np.flatnonzero(matching(cells, _EXAMPLE)[:n]).tolist():
            found.setdefault(i, (name, cells[i].as_py()))
    return dict(sorted(found.items()))
