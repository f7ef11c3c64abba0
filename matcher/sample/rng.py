"""Random numbers: every draw of a sample, made from PCG64's raw uniform numbers alone.

NumPy promises the stream of its bit generators, not what ``Generator.normal`` or ``choice`` make of it. Whoever needs
the same bytes next year draws uniform numbers and does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Rng:
    """Random numbers of one seed; the order of calls matters. Another ``stream`` of a seed has numbers of its own."""

    def __init__(self, seed: int, stream: int = 0) -> None:
        self._generator = np.random.Generator(np.random.PCG64([seed, stream] if stream else seed))

    def draw_uniform(self, n: int, low: ArrayLike = 0.0, high: ArrayLike = 1.0) -> Floats:
        """Draw ``n`` numbers in [low, high); the limits may differ from one to the next."""
        low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        return np.asarray(low + (high - low) * self._generator.random(n))

    def draw_bell(self, n: int, low: float, high: float) -> Floats:
        """Draw ``n`` numbers in [low, high), mostly in its middle: means of three uniform ones."""
        return np.asarray(low + (high - low) * self._generator.random((n, 3)).mean(axis=1))

    def draw_integers(self, n: int, low: ArrayLike, high: ArrayLike) -> Ints:
        """Draw ``n`` whole numbers from low to high, both included."""
        return np.floor(self.draw_uniform(n, low, np.asarray(high) + 1)).astype(np.int64)

    def draw_mask(self, n: int, share: float | Floats) -> Mask:
        """Draw ``n`` times yes or no; yes in ``share`` of them (one share, or n)."""
        return np.asarray(self._generator.random(n) < share)

    def draw_indices(self, n: int, weights: ArrayLike) -> Ints:
        """Draw ``n`` indices into ``weights``, each as often as it weighs."""
        return self.draw_indices_within(weights, np.zeros(n, dtype=np.int64), np.array([0, len(np.asarray(weights))]))

    def draw_indices_within(self, weights: ArrayLike, group: Ints, edges: Ints) -> Ints:
        """Draw for each of ``group`` an index i into ``weights`` with edges[group] <= i < edges[group + 1]."""
        total = np.concatenate(([0.0], np.cumsum(weights)))
        low, high = total[edges[group]], total[edges[group + 1]]
        found = np.searchsorted(total, self.draw_uniform(len(group), low, high), side="right") - 1
        return np.asarray(np.clip(found, edges[group], edges[group + 1] - 1))

    def draw_words(self, n: int, words: Sequence[str], weights: ArrayLike | None = None) -> NDArray[np.object_]:
        """Draw ``n`` of the words, each as often as it weighs."""
        return np.array(list(words), dtype=object)[
            self.draw_indices(n, np.ones(len(words)) if weights is None else weights)
        ]

    def permute(self, n: int) -> Ints:
        """Return the numbers 0 to n-1, shuffled."""
        return np.argsort(self._generator.random(n), kind="stable").astype(np.int64)

    def split(self, total: int, weights: Floats) -> Ints:
        """Return how many of ``total`` people each group gets by weight, each within one of its due."""
        due = np.cumsum(weights / weights.sum()) * total
        upto = np.floor(due[:-1] + self._generator.random()).astype(np.int64)
        return np.diff(np.minimum(upto, total), prepend=0, append=total)

    def draw_lists(self, n: int, shares: dict[str, float]) -> NDArray[np.object_]:
        """Draw ``n`` lists of words, joined by ``;``: each word is in its share of them."""
        words, chances = zip(*shares.items(), strict=True)
        bits = (self._generator.random((n, len(words))) < np.array(chances)) @ (1 << np.arange(len(words)))
        distinct, where = np.unique(bits, return_inverse=True)
        texts = [";".join(word for i, word in enumerate(words) if mask >> i & 1) for mask in distinct.tolist()]
        return np.array(texts, dtype=object)[where]
