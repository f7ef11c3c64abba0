"""Who equals whom, by numbers: of texts, of several columns together, within a roster and across both.

A key is an int64, equal for equal cells, -1 where nothing is known: nobody's twin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Keys = NDArray[np.int64]


def make_keys(cells: pa.Array) -> Keys:
    """Return a key for each text; -1 where it is empty."""
    coded = cells.dictionary_encode()
    keys: Keys = coded.indices.to_numpy().astype(np.int64)
    nothing = pc.index(coded.dictionary, "").as_py()
    if nothing >= 0:
        keys[keys == nothing] = -1
    return keys


def combine_keys(*keys: Keys) -> Keys:
    """Return a key for several at once; -1 where one of them is."""
    result = keys[0]
    for key in keys[1:]:
        known = (result >= 0) & (key >= 0)
        codes, others = pd.factorize(result)[0].astype(np.int64), pd.factorize(key)[0].astype(np.int64)
        result = np.where(known, codes * (others.max(initial=0) + 1) + others, -1)
    return result


def number_rows(rows: NDArray[Any]) -> tuple[Keys, Keys]:
    """Return the number of each row, (n, columns), among the distinct ones in ascending order, and the first of each.

    It is ``numpy.unique`` of rows, which sorts them all: here only the distinct ones are.
    """
    codes = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        values, _ = pd.factorize(column)
        codes, _ = pd.factorize(codes * (len(rows) + 1) + values)
    first = np.full(int(codes.max(initial=-1)) + 1, len(rows), dtype=np.int64)
    np.minimum.at(first, codes, np.arange(len(rows)))
    order = np.lexsort(rows[first].T[::-1])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes], first[order]


def find_first_other(keys: Keys) -> NDArray[np.int64]:
    """Return for each key the place of the first equal one elsewhere; -1 without one, or where nothing is known."""
    other = np.full(len(keys), -1, dtype=np.int64)
    places = np.flatnonzero(keys >= 0)
    places = places[pd.Series(keys[places]).duplicated(keep=False).to_numpy()]
    order = places[np.argsort(keys[places], kind="stable")]
    begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
    first = np.repeat(order[begins], np.diff(begins, append=len(order)))
    other[order] = first
    other[order[begins]] = order[begins + 1]
    return other


def find_first_match(keys: Keys, among: Keys) -> NDArray[np.int64]:
    """Return for each key the first place where it is among others; -1 where it is not, or nothing is known."""
    places = np.flatnonzero(among >= 0)
    places = places[~pd.Series(among[places]).duplicated().to_numpy()]
    found = pd.Index(among[places]).get_indexer(pd.Index(np.where(keys >= 0, keys, -1)))
    if not len(places):
        return np.full(len(keys), -1, dtype=np.int64)
    return np.where((found >= 0) & (keys >= 0), places[found], -1)
