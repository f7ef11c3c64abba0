"""From a frame in code names and codes to a frame as people read it: headers, labels and texts of one language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.columns import FILES, Column

_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")
"""Starts that spreadsheets may take for a formula. The leading quotes are there for the way back: readers take one
quote off such a text, so a text that has quotes of its own gets one more."""
_SUSPECT = frozenset("'=+-@＝＋－＠")


def localised(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The columns of ``columns.FILES[kind]``, in its order, as text under the headers of the language in use.

    ``frame`` has the columns by name: times of day in minutes, dates as datetime64, choices as codes, bool as bool
    or code; missing values become empty text. Text that a spreadsheet would take for a formula gets a leading quote.
    Sparse columns that ``frame`` lacks are left out.
    """
    columns = [column for column in FILES[kind] if not column.sparse or column.name in frame]
    return pd.DataFrame({column.header(): _as_text(frame[column.name], column) for column in columns}, dtype=str)


def guard_formulas(text: pd.Series[str]) -> pd.Series[str]:
    """Put a ``'`` before every text that a spreadsheet would take for a formula; readers take it off again."""
    words = text.to_numpy(dtype=object)  # iterating over a Series is ten times as slow
    # most texts are cleared by their first character, without the pattern
    suspect = np.array([word[:1] in _SUSPECT or word[:1].isspace() for word in words], dtype=bool)
    if not suspect.any():
        return text
    guarded = words.copy()
    guarded[suspect] = ["'" + word if _FORMULA.match(word) else word for word in words[suspect]]
    return pd.Series(guarded, index=text.index, dtype=str)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table of text as Excel on Windows reads it best: UTF-8 with BOM, lines ending in CR LF."""
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _as_text(values: pd.Series, column: Column) -> pd.Series[str]:
    if column.kind in ("id", "text"):
        return guard_formulas(values.astype(str))
    # few distinct values in many rows: each is spelt out once
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    spell = _spelling(column)
    words = np.array([*(spell(value) for value in distinct), ""], dtype=object)
    return pd.Series(words[codes], index=values.index, dtype=str)


def _spelling(column: Column) -> Callable[[object], str]:
    """How a value of the column is written; missing values never come here."""
    match column.kind:
        case "date":
            return lambda value: pd.Timestamp(value).date().isoformat()  # type: ignore[arg-type]
        case "datetime_min":
            return lambda value: "{:02}:{:02}".format(*divmod(int(value), 60))  # type: ignore[call-overload]
        case "int":
            return lambda value: str(int(value))  # type: ignore[call-overload]
        case "number":
            return lambda value: f"{value:.{column.decimals}f}"
        case "bool":
            return lambda value: column.choice_label({True: "yes", False: "no"}.get(value, str(value)))  # type: ignore[call-overload]
        case "choice":
            return lambda value: column.choice_label(str(value))
        case _:
            raise ValueError(f"no output has a column of kind {column.kind}")
