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


def make_cells(text: pd.Series) -> pa.Array:
    """Return a column of text as one array; missing cells are empty."""
    column = pa.array(text, pa.string())
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.fill_null(column, "")


def spell_out(values: pd.Series, spell: Callable[[Any], str]) -> pa.Array:
    """Return every value in words: distinct ones, few among many rows, are spelt once. Missing ones are empty."""
    codes, distinct = pd.factorize(values, use_na_sentinel=True)
    words = pa.array([*(spell(value) for value in distinct), ""], pa.string())
    return words.take(pa.array(np.where(codes < 0, len(words) - 1, codes)))


def take_words(words: NDArray[np.object_], index: NDArray[np.integer]) -> pa.Array:
    """Return the words at some places; places below 0 count from the end."""
    return pa.array(words, pa.string()).take(pa.array(np.where(index < 0, index + len(words), index)))


def join_pieces(*pieces: pa.Array | str) -> pa.Array:
    """Return the pieces of each row one after another; a single text stands in every row."""
    return pc.binary_join_element_wise(*pieces, "")


def get_content(column: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return where each cell begins and the last one ends, one bound more than cells; and the bytes of all."""
    if not len(column):
        return np.zeros(1, dtype=np.int32), np.empty(0, dtype=np.uint8)
    _nulls, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return bounds - bounds[0], np.frombuffer(data or b"", dtype=np.uint8)[bounds[0] : bounds[-1]]


def wrap_as_text(column: pa.Array) -> ExtensionArray:
    """Return an array as a column of pandas' text."""
    text: ExtensionArray = pd.array(column, dtype="str")
    return text
