"""Columns of text as Arrow arrays: a city's files are put together column by column, not cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray


def cells(text: pd.Series) -> pa.Array:
    """A column of text as one array; missing cells are empty."""
    column = pa.array(text, pa.string())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.fill_null(column, "")


def spelt(values: pd.Series, spell: Callable[[Any], str]) -> pa.Array:
    """Every value in words: the distinct ones, few among many rows, are spelt out once. Missing ones are empty."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    words = pa.array([*(spell(value) for value in distinct), ""], pa.string())
    return words.take(pa.array(np.where(codes < 0, len(words) - 1, codes)))


def taken(words: NDArray[np.object_], index: NDArray[np.integer]) -> pa.Array:
    """The words at some places; places below 0 count from the end."""
    return pa.array(words, pa.string()).take(pa.array(np.where(index < 0, index + len(words), index)))


def joined(*pieces: pa.Array | str) -> pa.Array:
    """The pieces of each row one after another; a single text stands in every row."""
    return pc.binary_join_element_wise(*pieces, "")


def content(column: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Where each cell begins and the last one ends, one bound more than there are cells; and the bytes of them all."""
    if not len(column):
        return np.zeros(1, dtype=np.int32), np.empty(0, dtype=np.uint8)
    _nulls, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return bounds - bounds[0], np.frombuffer(data or b"", dtype=np.uint8)[bounds[0] : bounds[-1]]


def as_text(column: pa.Array) -> ExtensionArray:
    """An array as a column of pandas' text."""
    text: ExtensionArray = pd.array(column, dtype="str")
    return text
