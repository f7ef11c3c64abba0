"""A sample as files, headers and values in the language in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.columns import FILES, Column
from matcher.i18n import language
from matcher.roster import availability
from matcher.sample.make import Sample
from matcher.sample.words import IN_CHINESE

_SEPARATOR = {"en": "; ", "zh": "；"}


def write_sample(sample: Sample, out: Path) -> None:
    """Write elders.csv, volunteers.csv, previous.csv, pins.csv and never.csv into the existing folder ``out``.

    UTF-8 with BOM and CR LF, as Excel on Windows reads it best; the same sample gives the same bytes.
    """
    kinds = {"elders": "elders", "volunteers": "volunteers", "previous": "pairs", "pins": "pins", "never": "never"}
    for name, kind in kinds.items():
        frame: pd.DataFrame = getattr(sample, name)
        columns = [column for column in FILES[kind] if column.name in frame.columns]
        text = pd.DataFrame(
            {column.header(): _write_cells(frame[column.name], column) for column in columns}, dtype=object
        )
        text.to_csv(out / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _write_cells(values: pd.Series, column: Column) -> pd.Series:
    """Return a column as its cells are written; each distinct value is spelt once."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    spell = _choose_spelling(column)
    cells = np.array([*(spell(value) for value in distinct), ""], dtype=object)
    return pd.Series(cells[codes], dtype=object)


def _choose_spelling(column: Column) -> Callable[..., str]:
    """Return how a value of the column is written; missing values never come here."""
    spellings: dict[str, Callable[..., str]] = {
        "list": lambda value: _SEPARATOR[language()].join(_translate(word) for word in value.split(";") if word),
        "int": lambda value: str(int(value)),
        "number": lambda value: f"{value:.6f}",
        "date": lambda value: pd.Timestamp(value).date().isoformat(),
        "bool": column.choice_label,
        "choice": column.choice_label,
        "availability": lambda value: availability.render(int(value)),
    }
    return spellings.get(column.kind, _translate)


def _translate(word: str) -> str:
    """Return a word of the sample's tables in the language in use; names stay as they are."""
    return IN_CHINESE.get(word, word) if language() == "zh" else word
