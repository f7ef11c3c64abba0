"""Answers as HTML tables, for notebooks: people by their ids, titles in the language in use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.i18n import join_words
from matcher.month import MonthData

_MOST = 20
"""People named in a cell."""
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Ids:
    """The ids of a month's people, by roster index."""

    elders: NDArray[np.object_]
    volunteers: NDArray[np.object_]

    @classmethod
    def of(cls, month: MonthData) -> Ids:
        """Return the ids of a month's people."""
        roster = month.roster
        return cls(roster.elders["id"].to_numpy(object), roster.volunteers["id"].to_numpy(object))

    def name_volunteer(self, volunteer: int) -> str:
        """Return a volunteer's id; nothing for nobody."""
        return str(self.volunteers[volunteer]) if volunteer >= 0 else ""

    def name_elders(self, elders: Sequence[int]) -> str:
        """Return elders' ids in a row, of many the first."""
        return join_words([*map(str, self.elders[list(elders[:_MOST])]), *(["…"] if len(elders) > _MOST else [])])


def write_table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table; a cell of None or NaN is empty."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{_write_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def write_frame(frame: pd.DataFrame) -> str:
    """Return a frame with its index as a table, of a long one the first rows and how many there are."""
    shown = frame.head(_MOST_ROWS)
    more = f"<p>{len(shown):,} / {len(frame):,}</p>" if len(shown) < len(frame) else ""
    return write_table(["", *map(str, frame.columns)], shown.itertuples()) + more


def _write_cell(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int | np.integer) else escape(str(cell))
