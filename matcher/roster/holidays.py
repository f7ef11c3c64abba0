"""The user's own file of holidays and make-up workdays, read as any other list; what follows is not decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from matcher.columns import column
from matcher.errors import InputError
from matcher.messages import Issue
from matcher.roster.convert import convert
from matcher.roster.read import read_table


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A date of the file: ``kind`` is a code of ``columns.HOLIDAY_KIND``."""

    day: date
    kind: str
    paid_for: date | None
    """Of a make-up workday, the day off that it pays for."""


@dataclass(frozen=True, slots=True)
class HolidayFile:
    """The rows of a file, one a date, and warnings about it."""

    rows: tuple[HolidayRow, ...] = ()
    issues: tuple[Issue, ...] = ()


def read_holidays(file: str, on: date) -> HolidayFile:
    """Read a file of holidays: CSV or workbook, headers and words in either language, dates as people write them.

    Args:
        file: Its path; empty: there is none.
        on: A day of the month that is planned, to which dates without a year are near.

    Raises:
        InputError: it can't be read, or rows of it are at fault.
    """
    if not file:
        return HolidayFile()
    path = Path(file)
    try:
        state = path.stat()
    except OSError:
        return _read(path, on, (0, 0))  # which says what is the matter
    return _read(path, on, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=8)  # a month asks for its calendar a dozen times
def _read(path: Path, on: date, _state: tuple[int, int]) -> HolidayFile:
    frame, _faulty, issues = convert(read_table(path, "holidays", names={path: str(path)}), on=on)
    issues = [*issues, *_find_contradictions(frame, str(path))]
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
    rows = [
        HolidayRow(day, kind, None if pd.isna(paid_for) else paid_for.date())
        for days, kind, paid_for in zip(frame["date"], frame["kind"], frame["for"], strict=True)
        for day in days
    ]
    return HolidayFile(tuple(rows), tuple(issues))


def _find_contradictions(frame: pd.DataFrame, file: str) -> list[Issue]:
    """Return the rows that make a workday of another row's day off, or the other way round."""
    known: dict[date, tuple[str, int]] = {}
    issues = []
    for days, kind, row in zip(frame["date"], frame["kind"], frame["row"].tolist(), strict=True):
        for day in days:
            was, other = known.setdefault(day, (kind, row))
            if {was, kind} == {"holiday", "workday"}:
                header = column("holidays", "date").header()
                issues.append(Issue("holiday_contradicts", file, row, header, day.isoformat(), {"other": other}))
    return issues
