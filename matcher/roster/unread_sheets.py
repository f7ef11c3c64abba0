"""Sheets of a workbook that hold people and are not read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from matcher.messages import Issue
from matcher.privacy import show_name
from matcher.roster.formats import HEADER_WITHIN, rows_of
from matcher.roster.header import Aliases, Header, find_header, known_headers, simplify
from matcher.roster.table import Table
from matcher.roster.workbook import SheetContent

_OF_KIND = {
    "elders": re.compile(r"老人|长者|老年人|对象|elder", re.I),
    "volunteers": re.compile(r"志愿|volunteer", re.I),
}
_NAME = re.compile(r"[\u3400-\u9fff·]{2,8}|[A-Za-z][A-Za-z .'-]{1,40}")
_OF_CHANGES = re.compile(
    r"变动|变更|异动|退出|注销|去世|死亡|暂停|住院|请假|外出|搬|迁|离|停|拒|不同意|changes?|left|leavers|away|paused|closed",
    re.IGNORECASE,
)
"""Names of sheets that say what has become of people who stand on the roster."""
_FEWEST_FILLED = 3
_OTHER = {"elders": "volunteers", "volunteers": "elders"}


def belongs_elsewhere(header: Header, sheet: str, kind: str, aliases: Aliases) -> bool:
    """Return whether a sheet holds the other roster, by its name or, where that does not say, by its header."""
    if kind not in _OTHER:
        return False
    other = _OTHER[kind]
    own_name, other_name = bool(_OF_KIND[kind].search(sheet)), bool(_OF_KIND[other].search(sheet))
    if own_name != other_name:
        return other_name
    known = known_headers(other, aliases)
    return len({known[simplify(cell)].name for cell in header.cells if simplify(cell) in known}) > header.matches


def find_unread_sheets(sheets: Sequence[SheetContent], table: Table, kind: str, aliases: Aliases) -> Iterator[Issue]:
    """Yield an issue for each sheet that holds people of this roster whom no sheet that is read holds.

    And for each whose name says that it tells of changes to those who are read: 12月变动, 退出名单.
    """
    known = known_headers(kind, aliases)
    read = {name: set(table.columns[name].to_pylist()) for name in ("id", "name") if name in table.headers}
    for sheet in sheets:
        header = find_header(rows_of(sheet.columns, HEADER_WITHIN), known, sheet.merged)
        names = [known[simplify(cell)].name if simplify(cell) in known else "" for cell in header.cells]
        if belongs_elsewhere(header, sheet.name, kind, aliases):
            continue
        if header.matches < 2:
            key, people = "name", _name_below_no_header(sheet, table)
        elif "name" in names:
            key = "id" if "id" in names and "id" in read else "name"
            cells = sheet.columns[names.index(key)][header.above + header.rows :]
            people = [text.strip() for text in cells.to_pylist()]
        else:
            continue
        missing = [text for text in people if text and text not in read.get(key, ())]
        if not missing and people and _OF_CHANGES.search(sheet.name):
            count = {"people": len(set(filter(None, people)))}
            yield Issue("sheet_of_changes", table.file, value=show_name(sheet.name), params=count)
        if missing:
            told = {"people": len(missing), "file": table.file}
            yield Issue("sheet_not_read", table.file, value=show_name(sheet.name), params=told)


def _name_below_no_header(sheet: SheetContent, table: Table) -> list[str]:
    """Return whom a sheet without a header names where the sheet that is read does, half of their columns filled."""
    columns = [name for _title, name in table.readings[0].columns]
    if "name" not in columns or columns.index("name") >= len(sheet.columns):
        return []
    rows = zip(*(cells.to_pylist() for cells in sheet.columns), strict=True)
    at, fewest = columns.index("name"), max(_FEWEST_FILLED, len(columns) // 2)
    return [row[at].strip() for row in rows if _NAME.fullmatch(row[at].strip()) and sum(map(bool, row)) >= fewest]
