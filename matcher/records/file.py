"""A month's records as a file: read, and what the months after them take from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.columns import RECORDS
from matcher.errors import InputError
from matcher.messages import Issue
from matcher.records.planned import take_columns
from matcher.roster.cells import series
from matcher.roster.convert import convert, empty_frame
from matcher.roster.read import read_table

NAMES = [column.name for column in RECORDS]
_AS_WRITTEN = ("visit_id", "elder_id", "volunteer_id", "by_id", "source")
_FILLED = ("elder_id", "volunteer_id")


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Records of one month or several: ``frame`` has the columns of ``columns.RECORDS``, ``file`` and ``row``."""

    frame: pd.DataFrame
    issues: tuple[Issue, ...] = ()

    @classmethod
    def none(cls) -> Records:
        """Return no records."""
        return cls(empty_frame("records"))


def read_records(path: Path) -> Records:
    """Read a file of records that ``record`` wrote, ids as they stand.

    Rows at fault, as a hand in Excel may leave them, are not in the frame; the issues name them.

    Raises:
        InputError: the file can't be read.
    """
    table = read_table(path, "records")
    typed = [name for name in NAMES if name not in _AS_WRITTEN]
    frame, faulty, issues = convert(take_columns(table, typed))
    issues += [issue for issue in table.issues if issue.severity == "error" and issue not in issues]
    if any(issue.code == "column_missing" for issue in issues):
        raise InputError([issue for issue in issues if issue.code == "column_missing"])
    for name in _AS_WRITTEN:
        frame[name] = series(table.cells(name))
    for name in _FILLED:
        empty = ~table.filled(name)
        issues += [table.issue("value_missing", name, i, "") for i in np.flatnonzero(empty).tolist()]
        faulty = faulty | empty
    return Records(frame.loc[~faulty, [*NAMES, "file", "row"]].reset_index(drop=True), tuple(table.in_order(issues)))


def read_records_of_months(paths: tuple[Path, ...]) -> Records:
    """Read the records of several months as one, in the order of their dates.

    Raises:
        InputError: a file can't be read; with the faults of all.
    """
    parts = [empty_frame("records")]
    issues: list[Issue] = []
    faults: list[Issue] = []
    for path in paths:
        try:
            one = read_records(path)
        except InputError as error:
            faults += error.issues
        else:
            parts.append(one.frame)
            issues += one.issues
    if faults:
        raise InputError([*issues, *faults])
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return Records(frame.sort_values("date", kind="stable", ignore_index=True), tuple(issues))


def join_texts(*parts: pd.Series) -> pd.Series:
    """Return texts of several columns as one, row by row, with what no id holds between them."""
    joined = parts[0].astype("str")
    for part in parts[1:]:
        joined = joined + "\t" + part.astype("str")
    return joined
