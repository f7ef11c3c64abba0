"""Places that were lent while a pair paused, and that who comes back needs: in elders, units or minutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.pair_use import compute_pair_use
from matcher.features import Features

Mask = NDArray[np.bool_]

_recent: list[tuple[Features, Mask]] = []


def get_lent_places(features: Features) -> Mask:
    """Return the elders whose pair holds a place that was lent, and that somebody who comes back needs, (n_elders,).

    They are no more than it takes for the volunteer's other pairs to fit, the latest first. What was asked for last is
    not computed again.
    """
    if not (_recent and _recent[0][0] is features):
        _recent[:] = [(features, _find_lent(features))]
    return _recent[0][1]


def _find_lent(features: Features) -> Mask:
    """Return the elders who give a lent place back."""
    paused, pairs = features.paused_pairs, features.previous
    lent = np.zeros(features.n_elders, dtype=bool)
    for volunteer in np.unique(pairs.volunteer[paused.is_borrowed]).tolist():
        theirs = np.flatnonzero((pairs.volunteer == volunteer) & (pairs.elder >= 0))
        use = compute_pair_use(features, pairs.elder[theirs], pairs.volunteer[theirs])
        too_many = int(use.sum()) - int(features.capacity[volunteer])
        order = np.lexsort((pairs.elder[theirs], paused.began[theirs]))[::-1]
        for row in order[paused.is_borrowed[theirs[order]]].tolist():
            if too_many <= 0:
                break
            lent[pairs.elder[theirs[row]]] = True
            too_many -= int(use[row])
    return lent
