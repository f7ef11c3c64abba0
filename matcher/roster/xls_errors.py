"""Cells of Excel 97 workbooks that hold an error, which the library that reads workbooks gives as blank ones."""

from __future__ import annotations

import re

_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XLS_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_XLS_RECORD = re.compile(
    rb"(?P<begins>\x09\x08\x10\x00\x00\x06[\x05\x10\x20\x40]\x00)"
    rb"|\x05\x02\x08\x00(?P<value>..)(?P<value_at>..)..(?P<value_error>[\x00\x07\x0f\x17\x1d\x24\x2a])\x01"
    rb"|\x06\x00..(?P<result>..)(?P<result_at>..)..\x02.(?P<result_error>[\x00\x07\x0f\x17\x1d\x24\x2a])...\xff\xff",
    re.DOTALL,
)
"""Records of BIFF8 ([MS-XLS] 2.4.21, 2.4.24, 2.4.127): a sheet's begin, an error as value, one as a result."""


def find_xls_errors(content: bytes) -> dict[int, list[tuple[int, int, str]]]:
    """Return the cells of an old workbook that hold an error, by their sheet's place: row, column and error.

    Records are looked for without taking the file apart, so that what is no record may be found too. The library that
    reads workbooks gives the cell of an error as a blank one: only where it has nothing may an error be believed.
    """
    found: dict[int, list[tuple[int, int, str]]] = {}
    if not content.startswith(_XLS):
        return found
    sheet = -2  # the first part is the workbook's own
    for record in _XLS_RECORD.finditer(content):
        if record["begins"]:
            sheet += 1
            continue
        kind = "value" if record["value"] else "result"
        row, at = (int.from_bytes(record[name], "little") for name in (kind, f"{kind}_at"))
        found.setdefault(sheet, []).append((row, at, _XLS_ERRORS[record[f"{kind}_error"][0]]))
    return found
