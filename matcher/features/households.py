"""Households and acquaintances: who shares a home or a telephone number, and who names whom."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.roster.address import name_buildings, read_rooms
from matcher.roster.cells import arrow, is_empty, mask, taken
from matcher.roster.phones import list_phone_numbers

Index = NDArray[np.int64]

Texts = tuple[Index, NDArray[np.object_]]
"""Whose each of some texts is, an index, and the texts."""


def find_homes(people: pd.DataFrame, others: pd.DataFrame) -> Texts:
    """Return building and room of those in whose building one of the others lives, where both are known.

    Buildings are compared by their names alone: two of one home must not be paired because of a slip in the area.
    """
    building, other = (name_buildings(frame) for frame in (people, others))
    near = np.flatnonzero(~is_empty(building) & mask(pc.is_in(building, other)))
    rooms = read_rooms(taken(arrow(people["address"]), near)).to_pylist()
    keys = [f"{key}|{room}" if room else "" for key, room in zip(taken(building, near).to_pylist(), rooms, strict=True)]
    return _drop_empty(near, keys)


def number_households(people: pd.DataFrame) -> Index:
    """Return a number for each one's home, equal for those of one building and room; -1 where these are not known."""
    who, keys = find_homes(people, people)
    found = np.full(len(people), -1, dtype=np.int64)
    found[who] = pd.factorize(keys)[0]
    return found


def find_phone_numbers(column: pd.Series) -> Texts:
    """Return every telephone number of each cell."""
    who, numbers = list_phone_numbers(arrow(column))
    return who, np.array(numbers.to_pylist(), dtype=object)


def _drop_empty(who: Index, texts: list[str]) -> Texts:
    array = np.array(texts, dtype=object)
    filled = array != ""
    return who[filled], array[filled]


def join_equal_texts(elders: Texts, volunteers: Texts) -> tuple[Index, Index]:
    """Return indices of the elders and volunteers of whom a text is equal, an entry a pair of equal texts."""
    sides = [
        pd.DataFrame({"text": texts, side: who}) for side, (who, texts) in zip("ev", (elders, volunteers), strict=True)
    ]
    two = sides[0].merge(sides[1], on="text")
    return two["e"].to_numpy(np.int64), two["v"].to_numpy(np.int64)


def find_named_ids(lists: pd.Series, ids: pd.Series) -> tuple[Index, Index]:
    """Return who names whom: indices of the lists and of the ids in them, an entry each; -1 for ids not there."""
    counts = np.array([len(cell) for cell in lists], dtype=np.int64)
    who = np.repeat(np.arange(len(counts)), counts)
    named = pd.Index(list(chain.from_iterable(lists)), dtype=str)
    return who, pd.Index(ids, dtype=str).get_indexer(named).astype(np.int64)
