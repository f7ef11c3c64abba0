"""Columns of text as Arrow arrays: what most cells have in common is done at once, what few have one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
_NO_DAY = np.datetime64("NaT", "D")
_STR = pd.StringDtype(na_value=np.nan)
# what str.split() splits at; Arrow's own class knows ASCII only
_SPACE = r"[\t-\r\x1c- \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"


def blank(n: int) -> pa.Array:
    """Return so many empty cells."""
    return pa.repeat(pa.scalar("", pa.string()), n)


def arrow(series: pd.Series) -> pa.Array:
    """Return a column of a frame as one array of text."""
    cells = pa.array(series, pa.string())
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    return cells.cast(pa.string())  # pandas may have its own as large_string


def series(cells: pa.Array) -> pd.Series:
    """Return an array of text as a column of a frame."""
    return pd.Series(_STR.__from_arrow__(cells), copy=False)  # type: ignore[attr-defined]


def mask(found: pa.BooleanArray) -> Mask:
    """Return an array of truth values as NumPy's."""
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def is_empty(cells: pa.Array) -> Mask:
    """Return which cells are empty."""
    return np.asarray(pc.binary_length(cells).to_numpy() == 0)


def matching(cells: pa.Array, pattern: str) -> Mask:
    """Return in which cells a pattern of RE2 finds something."""
    return mask(pc.match_substring_regex(cells, pattern))


def taken(values: pa.Array, codes: NDArray[np.integer]) -> pa.Array:
    """Return the values that ``codes`` point at."""
    return values.take(pa.array(codes))


def each(cells: pa.Array, change: Callable[[str], str], where: Mask | None = None) -> pa.Array:
    """Change cells one by one, each distinct one once; with ``where``, only those."""
    if where is not None:
        if not where.any():
            return cells
        chosen = pa.array(where)
        return pc.replace_with_mask(cells, chosen, each(cells.filter(chosen), change))
    coded = cells.dictionary_encode()
    return pa.array([change(cell) for cell in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def each_row(columns: Sequence[pa.Array], make: Callable[..., str]) -> pa.Array:
    """Return what ``make`` makes of each row's cells; each distinct row is made once."""
    mixed = np.zeros(len(columns[0]), dtype=np.int64)
    for cells in columns:
        coded = cells.dictionary_encode()
        mixed = pd.factorize(mixed)[0] * (len(coded.dictionary) + 1) + coded.indices.to_numpy()
    codes = pd.factorize(mixed)[0]
    first = pa.array(np.flatnonzero(~pd.Series(mixed).duplicated().to_numpy()))
    rows = zip(*(cells.take(first).to_pylist() for cells in columns), strict=True)
    return taken(pa.array([make(*row) for row in rows], pa.string()), codes)


def without_spaces(cells: pa.Array) -> pa.Array:
    """Return cells without any white space, inside either."""
    return each(cells, lambda cell: "".join(cell.split()), matching(cells, _SPACE))


def fixed_width(cells: pa.Array, width: int) -> NDArray[np.uint8]:
    """Return cells of ``width`` bytes each as a matrix of bytes, a row a cell."""
    if not len(cells):
        return np.empty((0, width), dtype=np.uint8)
    _valid, offsets, content = cells.buffers()
    start = int(np.frombuffer(offsets, dtype=np.int32)[cells.offset])
    return np.frombuffer(content, np.uint8, width * len(cells), start).reshape(-1, width)


def numbers_in(matrix: NDArray[np.uint8], first: int, last: int) -> NDArray[np.int64]:
    """Return the numbers that digits stand for, from one column of a matrix of bytes up to another."""
    places = 10 ** np.arange(last - first - 1, -1, -1)
    return (matrix[:, first:last].astype(np.int64) - ord("0")) @ places


def days(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return dates from their numbers, NaT where there is no such date from 1850 on."""
    sound = (year >= 1850) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = (np.where(sound, year, 1970) - 1970) * 12 + np.where(sound, month, 1) - 1
    first = months.astype("datetime64[M]")
    dates = first.astype("datetime64[D]") + (np.where(sound, day, 1) - 1)
    return np.where(sound & (dates.astype("datetime64[M]") == first), dates, _NO_DAY)
