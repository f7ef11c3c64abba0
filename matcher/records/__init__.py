"""Records of what happened: filled-in sheets read, merged and listed; a month of records as a value and as a file."""

from matcher.records.file import Records, read_records
from matcher.records.planned import PlannedMonth, read_planned
from matcher.records.read import ReadSheets, SheetAccount, read_sheets

__all__ = [
    "PlannedMonth",
    "ReadSheets",
    "Records",
    "SheetAccount",
    "read_planned",
    "read_records",
    "read_sheets",
]
