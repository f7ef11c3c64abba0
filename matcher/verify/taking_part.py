"""Who takes part: elders who may be matched, and volunteers who may have elders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.verify.reference import Reference

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TakingPart:
    """The people who take part in a month.

    Where it is not known who was pinned, those of the pairs may have been, and take part for it.
    """

    elders: Mask
    """Elders who do in any case, (n elders,)."""
    possible_elders: Mask
    """Those who may, likewise."""
    volunteers: Mask
    """Volunteers who do in any case, (n volunteers,)."""
    possible_volunteers: Mask
    """Those who may, likewise."""

    @classmethod
    def find(cls, pairs: pd.DataFrame, reference: Reference, *, pins_known: bool) -> Self:
        """Return who takes part, of the roster and the pairs of known people."""
        pins, n = reference.pairs.pins, reference.people.n_volunteers
        sides = [(pins // n, pins % n)]
        if not pins_known:
            paired = pairs["elder"].to_numpy(np.int64), pairs["volunteer"].to_numpy(np.int64)
            sides.append((np.append(pins // n, paired[0]), np.append(pins % n, paired[1])))
        elders = [_find_elders(who, reference) for who, _others in sides]
        volunteers = [_find_volunteers(who, reference) for _others, who in sides]
        return cls(elders[0], elders[-1], volunteers[0], volunteers[-1])


def _find_elders(pinned: NDArray[np.int64], reference: Reference) -> Mask:
    """Return the elders whom nothing keeps from being matched; a pin lets some be all the same."""
    people, settings = reference.people, reference.settings
    open_ = people.elder_present.copy()
    if settings.consent.required:
        open_ &= people.consenting
    if not settings.capacity.most_high_risk:
        open_ &= ~people.high_risk
    free = ~reference.meetings.find_away(people.elders) & (people.elders.place_quality != "none")
    if not settings.consent.served_elsewhere:
        free &= ~people.fit.served_elsewhere
    free[pinned] = True
    return np.asarray(open_ & free, dtype=bool)


def _find_volunteers(pinned: NDArray[np.int64], reference: Reference) -> Mask:
    """Return the volunteers who may have elders."""
    away = reference.meetings.find_away(reference.people.volunteers)
    away[pinned] = False
    return np.asarray(reference.people.find_serving(pinned) & ~away, dtype=bool)
