"""A sheet of a workbook that holds a table and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from xlsxwriter import Workbook

from matcher.i18n import _

MOST_ROWS = 1_000_000
"""Rows of one sheet; Excel holds 1,048,576."""


def write_rows(
    book: Workbook,
    name: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    widths: Sequence[int],
) -> None:
    """Write a sheet of texts and numbers with a frozen header and filters; rows that no sheet holds are counted below.

    Numbers that are not known leave their cells empty.
    """
    sheet = book.add_worksheet(name)
    number = book.add_format({"num_format": "#,##0"})
    look = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.write_string(0, at, head, look)
        sheet.set_column(at, at, width)
    row = left_out = 0
    for values in rows:
        if row == MOST_ROWS:
            left_out += 1
            continue
        row += 1
        for at, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(row, at, value)
            elif not math.isnan(value):
                sheet.write_number(row, at, value, number)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, row), len(heads) - 1)
    if left_out:
        sheet.write_string(row + 1, 0, _("{count} more rows, which the sheet does not hold").format(count=left_out))
