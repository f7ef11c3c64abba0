"""A file's rows as text, under the names of the column table, and how faults in them are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import FILES, Column
from matcher.messages import Issue
from matcher.privacy import mask_national_id, mask_phone
from matcher.roster.numbers import hide_national_ids

_LONGEST_SHOWN = 80


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a kind of file; ``previous`` is last month's ``pairs``."""
    return FILES["pairs" if kind == "previous" else kind]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A file's rows as text: ``frame`` has the known columns by name, in the file's order, then unknown ones.

    ``row`` (int64) counts rows as Excel does; ``headers`` are the known columns' headers as the file has them;
    ``unknown`` are the columns that the table of columns does not know; ``issues`` are faults of the header.
    """

    frame: pd.DataFrame
    row: NDArray[np.int64]
    file: str
    sha256: str
    kind: str
    headers: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name in the column table."""
        return next(column for column in columns_of(self.kind) if column.name == name)

    def header(self, name: str) -> str:
        """How the file calls a column; where it lacks it, how it should."""
        return self.headers.get(name) or self.column(name).header()

    def texts(self, name: str) -> list[str]:
        """A column's cells; empty where the file lacks it."""
        return self.frame[name].tolist() if name in self.headers else [""] * len(self.row)

    def issue(self, code: str, name: str, i: int, value: str, **params: object) -> Issue:
        """An issue about the cell of a column in the i-th row of the frame; what it shows is masked here."""
        safe = {key: hide_national_ids(text) if isinstance(text, str) else text for key, text in params.items()}
        return Issue(code, self.file, int(self.row[i]), self.header(name), _shown(value, self.column(name)), safe)

    def twins(self, code: str, name: str, texts: Sequence[str]) -> list[Issue]:
        """An issue for each row whose text another row has too, with the first such row; empty texts are no twins."""
        places: dict[str, list[int]] = {}
        for i in np.flatnonzero(pd.Index(texts).duplicated(keep=False)).tolist():
            places.setdefault(texts[i], []).append(i)
        places.pop("", None)
        return [
            self.issue(code, name, i, text, other=int(self.row[twins[twins[0] == i]]))
            for text, twins in places.items()
            for i in twins
        ]

    def rows_of(self, issues: Sequence[Issue]) -> NDArray[np.bool_]:
        """A mask of the rows in which an issue is an error."""
        wrong = [issue.row for issue in issues if issue.row is not None and issue.severity == "error"]
        return np.isin(self.row, np.array(wrong, dtype=np.int64))


def _shown(value: str, column: Column) -> str:
    """A cell as an issue may show it: numbers that point at a person hidden wherever they are, not endless."""
    if column.kind == "phone":
        return mask_phone(value)
    if column.kind == "national_id":
        return mask_national_id(value)
    value = hide_national_ids(value)
    return value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
