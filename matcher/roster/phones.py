"""Telephone numbers of a column's cells: most cells are one plain number, the others are taken apart."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matcher.roster.cells import is_empty, matching
from matcher.roster.numbers import phone_numbers

_PLAIN = "^1[3-9][0-9]{9}$"


def list_phone_numbers(cells: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """Return whose each number is, the place of its cell, and the numbers, in the order of cells; each once a cell."""
    plain = matching(cells, _PLAIN)
    rest = np.flatnonzero(~plain & ~is_empty(cells))
    found = [list(dict.fromkeys(phone_numbers(text))) for text in cells.take(pa.array(rest)).to_pylist()]
    who = np.concatenate([np.flatnonzero(plain), np.repeat(rest, [len(numbers) for numbers in found])])
    others = pa.array([number for numbers in found for number in numbers], pa.string())
    order = np.argsort(who, kind="stable")
    return who[order], pa.concat_arrays([cells.filter(pa.array(plain)), others]).take(pa.array(order))
