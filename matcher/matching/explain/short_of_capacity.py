"""Elders for whom nobody has units or minutes enough left, though somebody may serve them: what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.demand.pair_use import compute_pair_use
from matcher.i18n import N_
from matcher.matching.candidates import Candidates
from matcher.matching.capacity import CapacityLeft
from matcher.plan import Precedence, SearchReport

Index = NDArray[np.int64]
_UNITS = {"units": N_("units"), "minutes": N_("minutes")}
_MORE = {"elders": N_("more elders"), "units": N_("more units of service"), "minutes": N_("more minutes of service")}
_MORE_BESIDE = {
    "elders": N_("more elders and keeps as many places of those who have a pair"),
    "units": N_("more units of service and keeps as many places of those who have a pair"),
    "minutes": N_("more minutes of service and keeps as many places of those who have a pair"),
}
_MORE_BESIDE_FIRST = {
    "elders": N_("more elders and as many of each tier that comes before the count"),
    "units": N_("more units of service and as many to each tier that comes before the count"),
    "minutes": N_("more minutes of service and as many to each tier that comes before the count"),
}
"""Words for what a better plan would serve, by what counts; beside whom others come first, those with a pair or, where
high risk comes before some of them, all who come before the count."""


@dataclass(frozen=True, slots=True, eq=False)
class ShortOfCapacity:
    """Such elders, an entry each, in ascending order.

    Places that run out are proved by counting them. Units are not: they may be there and lie in pieces too small. So
    an elder's row says what the elder would take at least, how much is lacking, and whether it is proved that no plan
    serves more.
    """

    elder: Index
    volunteers: Index
    """How many volunteers may serve each."""
    needed: Index
    """The least that each takes of any of them."""
    lacking: Index
    """How much too little the volunteer has who comes nearest to having enough for each."""
    unit: str
    more: str
    """What a plan that serves more would serve."""
    proved: bool

    @classmethod
    def of(
        cls,
        candidates: Candidates,
        volunteer_of: Index,
        capacity_left: CapacityLeft,
        search: SearchReport | None,
        precedence: Precedence,
    ) -> ShortOfCapacity:
        """Return those left out who have candidates; nobody where places are counted (no ``search``)."""
        none = np.empty(0, dtype=np.int64)
        if search is None:
            return cls(none, none, none, none, "", "", proved=True)
        arcs = volunteer_of[candidates.elder] < 0
        who, whom = candidates.elder[arcs].astype(np.int64), candidates.volunteer[arcs].astype(np.int64)
        elder, first, count = np.unique(who, return_index=True, return_counts=True)
        if not len(elder):
            return cls(none, none, none, none, "", "", proved=True)
        # candidates come in order of elder
        features = capacity_left.features
        unit, counts_use = features.settings.capacity.unit, features.settings.priority.as_many == "use"
        more = _MORE
        if any(goal.tier for goal in search.goals[:1]):
            has_urgent = (precedence.comes_before_count & ~precedence.current).any()
            more = _MORE_BESIDE_FIRST if has_urgent else _MORE_BESIDE
        use = compute_pair_use(features, who, whom)
        needed = np.minimum.reduceat(use, first)
        lacking = np.minimum.reduceat(use - capacity_left.left[whom], first)
        return cls(
            elder,
            count,
            needed,
            lacking,
            _UNITS[unit],
            more[unit if counts_use else "elders"],
            search.most_more == 0,
        )

    def list_reasons(self) -> dict[int, tuple[str, dict[str, object]]]:
        """Return reason and evidence of each."""
        code = "no_room" if self.proved else "no_room_unproven"
        rows = zip(*(x.tolist() for x in (self.elder, self.volunteers, self.needed, self.lacking)), strict=True)
        told = {"unit": self.unit, "more": self.more}
        return {
            elder: (code, {"volunteers": volunteers, "needed": needed, "lacking": lacking, **told})
            for elder, volunteers, needed, lacking in rows
        }
