"""Cells of a roster's columns, made when they are first asked for: a city's roster has dozens that nobody reads."""

from __future__ import annotations

from typing import Any

import pandas as pd


class Cells(dict[str, list[Any]]):
    """The cells of each column that was asked for, by its name."""

    def __init__(self, people: pd.DataFrame) -> None:
        super().__init__()
        self._people = people

    def __missing__(self, name: str) -> list[Any]:
        """Read a column; equal texts are one object: a city's are millions."""
        column = self._people[name]
        if isinstance(column.dtype, pd.StringDtype):
            codes, distinct = pd.factorize(column, use_na_sentinel=False)
            texts = distinct.tolist()
            self[name] = cells = [texts[code] for code in codes.tolist()]
        else:
            self[name] = cells = column.tolist()
        return cells
