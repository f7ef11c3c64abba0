"""Codes that blocks of millions of pairs compare quickly: names as numbers, words as bits, a few pairs among many."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[Any]

_WORD_BITS = 62
_WORDS = (1 << _WORD_BITS) - 1
ELDER_ANY, VOLUNTEER_ANY = 1 << 62, 1 << 63
"""Bits that two share where the elder's list, or the volunteer's, is empty and that stands for any word."""


class BySide(NamedTuple):
    """One feature of elders, (n_elders,), and of volunteers, (n_volunteers,)."""

    e: Codes
    v: Codes
    unknown: bool = False
    """Whether someone's is not known: -1."""


class PairKeys(NamedTuple):
    """A few pairs among all: which elders are in any, (n_elders,), and elder × n_volunteers + volunteer, ascending."""

    elders: Mask
    key: Index
    n_volunteers: int

    @classmethod
    def of(cls, elder: Index, volunteer: Index, n_elders: int, n_volunteers: int) -> PairKeys | None:
        """Return the pairs of roster indices; those with an index below 0 are nobody's. None where none is left."""
        known = (elder >= 0) & (volunteer >= 0)
        if not known.any():
            return None
        key = np.unique(elder[known] * n_volunteers + volunteer[known])
        elders = np.zeros(n_elders, dtype=bool)
        elders[key // n_volunteers] = True
        return cls(elders, key, n_volunteers)

    def contain(self, elder: Index, volunteer: Index) -> Mask:
        """Return which of n pairs are among these, (n,)."""
        found = self.elders[elder]
        at = np.flatnonzero(found)
        key = elder[at] * self.n_volunteers + volunteer[at]
        where = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        found[at] = self.key[where] == key
        return found


def plain(text: str) -> str:
    """Return a text in usual width without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def number_names(*columns: tuple[pd.Series, pd.Series]) -> BySide | None:
    """Return rows of names as numbers, equal for equal rows, -1 where the last is empty; None where a side has none."""
    if not all((side != "").any() for side in columns[-1]):
        return None
    codes = np.zeros(sum(map(len, columns[-1])), dtype=np.int64)
    for sides in columns:
        names, _ = pd.factorize(pd.concat(sides, ignore_index=True))
        codes, _ = pd.factorize(codes * (len(codes) + 1) + names)
    known = np.concatenate([(side != "").to_numpy(dtype=bool) for side in columns[-1]])
    numbers = np.where(known, codes, -1).astype(np.int32)
    elders, volunteers = np.split(numbers, [len(columns[-1][0])])
    return BySide(elders, volunteers, not known.all())


def encode_words(
    elders: pd.Series,
    of_elder: Callable[[Sequence[str]], Iterable[str]],
    volunteers: pd.Series,
    of_volunteer: Callable[[Sequence[str]], Iterable[str]],
    empty: int = 0,
) -> tuple[BySide, ...]:
    """Return lists of words as bits, of those words that both sides have; each distinct list is read once.

    ``empty`` tells whose empty lists stand for any word: ``ELDER_ANY``, ``VOLUNTEER_ANY``. No masks where a side has
    no list at all; but where only elders' stand for any, they ask, and volunteers without a list do not answer.
    """
    lists = [_read_distinct(elders, of_elder), _read_distinct(volunteers, of_volunteer)]
    known = [frozenset(chain.from_iterable(words)) for _, words in lists]
    if not all(known[:1] if empty == ELDER_ANY else known):
        return ()
    shared = sorted(known[0] & known[1])
    made = []
    for start in range(0, max(len(shared), 1), _WORD_BITS):
        bit = {word: 1 << i for i, word in enumerate(shared[start : start + _WORD_BITS])}
        sides = []
        for (codes, words), own, other in zip(
            lists, (ELDER_ANY, VOLUNTEER_ANY), (VOLUNTEER_ANY, ELDER_ANY), strict=True
        ):
            values = [sum(bit.get(word, 0) for word in some) | (other if some else other | own) for some in words]
            sides.append((np.array(values, dtype=np.uint64) & np.uint64(empty | _WORDS))[codes])
        made.append(BySide(sides[0], sides[1]))
    return tuple(made)


def _read_distinct(
    lists: pd.Series, words_of: Callable[[Sequence[str]], Iterable[str]]
) -> tuple[Index, list[frozenset[str]]]:
    """Return the number of each list among the distinct ones, and their words."""
    codes, distinct = pd.factorize(lists.to_numpy(dtype=object))
    return codes, [frozenset(words_of(cell)) for cell in distinct]


def holds_any(cells: pd.Series, parts: Sequence[str]) -> Mask:
    """Return which lists hold a word that has one of ``parts`` in it; each distinct list is read once."""
    wanted = [plain(part).casefold() for part in parts]
    codes, distinct = pd.factorize(cells.to_numpy(dtype=object))
    holds = [any(part in plain(word).casefold() for word in cell for part in wanted) for cell in distinct]
    return np.array(holds, dtype=bool)[codes]
