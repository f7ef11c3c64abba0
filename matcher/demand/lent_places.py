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
    asked = np.flatnonzero((pairs.elder >= 0) & np.isin(pairs.volunteer, pairs.volunteer[paused.is_borrowed]))
    if not len(asked):
        return lent
    elder, volunteer = pairs.elder[asked], pairs.volunteer[asked]
    use = compute_pair_use(features, elder, volunteer)
    too_many = np.bincount(volunteer, use, features.n_volunteers).astype(np.int64) - features.capacity
    latest_first = np.lexsort((elder, paused.began[asked]))[::-1]
    for row in latest_first[paused.is_borrowed[asked[latest_first]]].tolist():
        if too_many[volunteer[row]] > 0:
            lent[elder[row]] = True
            too_many[volunteer[row]] -= use[row]
    return lent
