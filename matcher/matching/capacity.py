"""Capacity: what volunteers can take, what is left of it, and what loads cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.pair_use import compute_pair_use, sum_pair_use
from matcher.demand.volunteer_hours import get_volunteer_hours
from matcher.features import Features

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


# how many elders, for their least visits


def compute_capacity(features: Features) -> Index:
    """Return each volunteer's capacity, (n_volunteers,): no more elders than their own hours hold the least visits of.

    That is where least visits are asked for (``availability.least_visits`` hard); elders pinned beyond it stand.
    """
    settings = features.settings
    if settings.capacity.unit != "elders" or settings.availability.least_visits != "hard":
        return features.capacity
    held = get_volunteer_hours(features).elders_held
    if held is None:
        return features.capacity
    pinned = features.pinned_volunteer[features.pinned_volunteer >= 0]
    held = np.maximum(held, np.bincount(pinned, minlength=features.n_volunteers))
    return np.asarray(np.minimum(features.capacity, held))


# what is left


@dataclass(frozen=True, slots=True, eq=False)
class CapacityAfterPins:
    """What pins leave for the other elders, (n_volunteers,) each."""

    volunteers: Mask
    """Who takes part."""
    pinned: Index
    """How many elders are pinned to each."""
    left: Index
    """Places, units or minutes that no pin holds, 0 for those who take no part."""
    max_high_risk: Index
    """How many elders of high risk each may have beside the pins."""

    @classmethod
    def of(cls, features: Features, volunteers: Mask) -> CapacityAfterPins:
        """Return what the pins of a month leave; ``volunteers`` are those who take part."""
        pinned_volunteer, n = features.pinned_volunteer, features.n_volunteers
        is_pinned = pinned_volunteer >= 0
        pinned = np.bincount(pinned_volunteer[is_pinned], minlength=n)
        taken = sum_pair_use(features, np.flatnonzero(is_pinned), pinned_volunteer[is_pinned])
        high_risk = np.bincount(pinned_volunteer[is_pinned & features.high_risk], minlength=n)
        left = np.where(volunteers, np.maximum(compute_capacity(features) - taken, 0), 0)
        max_high_risk = np.maximum(features.settings.capacity.most_high_risk - high_risk, 0)
        return cls(volunteers, pinned, left, max_high_risk)


@dataclass(frozen=True, slots=True, eq=False)
class CapacityLeft:
    """What a plan leaves: who could still take an elder."""

    features: Features
    left: Index
    """Places, units or minutes that each volunteer has left, (n_volunteers,)."""
    no_more_high_risk: Mask
    """Volunteers who may have no further elder of high risk, (n_volunteers,)."""
    after_moves: Mask | None = None
    """Volunteers who would have a place if elders of theirs moved on, (n_volunteers,); None: nobody moves."""

    @classmethod
    def of(cls, features: Features, capacity: CapacityAfterPins, volunteer_of: Index) -> CapacityLeft:
        """Return what is left of a capacity after ``volunteer_of``, each elder's volunteer, -1 for none."""
        is_served = volunteer_of >= 0
        taken = sum_pair_use(features, np.flatnonzero(is_served), volunteer_of[is_served])
        high_risk = np.bincount(volunteer_of[is_served & features.high_risk], minlength=features.n_volunteers)
        return cls(features, capacity.left - taken, high_risk >= capacity.max_high_risk)

    @classmethod
    def of_all(cls, features: Features, volunteers: Mask, volunteer_of: Index) -> CapacityLeft:
        """Return what all pairs, pins among them, leave of the capacity of ``volunteers``, a mask."""
        nothing = np.zeros(features.n_volunteers, dtype=np.int64)
        capacity = np.where(volunteers, compute_capacity(features), 0)
        most_high_risk = np.full(features.n_volunteers, features.settings.capacity.most_high_risk, dtype=np.int64)
        return cls.of(features, CapacityAfterPins(volunteers, nothing, capacity, most_high_risk), volunteer_of)

    def can_take(self, elder: Index, volunteer: Index) -> Mask:
        """Return whether each volunteer could take the elder of the same entry, (n,)."""
        fits = compute_pair_use(self.features, elder, volunteer) <= self.left[volunteer]
        if self.after_moves is not None:
            fits |= self.after_moves[volunteer]
        return np.asarray(fits & ~(self.features.high_risk[elder] & self.no_more_high_risk[volunteer]))

    def with_moves(
        self, elder: Index | NDArray[np.int32], volunteer: Index | NDArray[np.int32], volunteer_of: Index
    ) -> CapacityLeft:
        """Return what is left where one elder more may move others by ``find_after_moves``.

        Where moves are limited, by a setting or by capacity that is no number of places, nobody moves.
        """
        settings = self.features.settings
        limits = (settings.capacity.unit != "elders", settings.household.mode == "hard", settings.keep.budget)
        if any(limits) or settings.keep.most_changes or self.no_more_high_risk.any():
            return self
        return replace(self, after_moves=find_after_moves(elder, volunteer, volunteer_of, self.left))


def find_after_moves(
    elder: Index | NDArray[np.int32], volunteer: Index | NDArray[np.int32], volunteer_of: Index, left: Index
) -> Mask:
    """Return the volunteers from whom an alternating path leads to a place that is left, (n_volunteers,).

    Args:
        elder: Candidate pairs, (n,): roster indices.
        volunteer: Their volunteers, (n,).
        volunteer_of: Each elder's volunteer in the plan, -1 for none.
        left: Places that each volunteer has left.
    """
    has_room, at = left > 0, volunteer_of.astype(np.int32)[elder]
    while True:  # all whose elders can go where there is room have room; who has room is asked no more
        asked = at >= 0
        asked[asked] = ~has_room[at[asked]]
        at, volunteer = at[asked], volunteer[asked]
        found = at[has_room[volunteer]]
        if not len(found):
            return np.asarray(has_room)
        has_room[found] = True


# what loads cost: least loads and fair loads


def compute_load_cost_m(features: Features, load: Index, volunteers: Mask) -> Index:
    """Return what each volunteer's number of elders costs beside the pairs' own cost, metres (n_volunteers,).

    ``load`` is how many elders each has. The second elder costs ``capacity.fair_m``, the third twice that, and so on:
    the sum rises faster than the load, so that even loads cost least. Each elder missing to ``capacity.minimum``, or to
    the places of a volunteer who has fewer, costs ``capacity.minimum_penalty_m``. Those who take no part
    (``volunteers`` is the mask of those who do) cost nothing without elders. What so many elders lack for want of the
    volunteer's hours is beside that (``demand.volunteer_hours``), where elders are counted.
    """
    settings = features.settings.capacity
    missing = count_missing_elders(features, load, volunteers)
    cost = settings.fair_m * (load * (load - 1) // 2) + settings.minimum_penalty_m * missing
    if (lacking := _compute_lacking_m(features, int(load.max(initial=0)))) is not None:
        cost = cost + lacking[np.arange(len(load)), load]
    return np.asarray(cost, dtype=np.int64)


def count_missing_elders(features: Features, load: Index, volunteers: Mask) -> Index:
    """Return how many elders each volunteer who takes part has fewer than the least, (n_volunteers,)."""
    return np.where(volunteers, np.maximum(_compute_least_load(features) - load, 0), 0)


def compute_further_cost_m(features: Features, load: Index) -> Index | None:
    """Return what each volunteer's next elders after ``load`` add to ``compute_load_cost_m``, (n_volunteers, most).

    None where no load costs anything. Costs do not fall along a row.
    """
    settings = features.settings.capacity
    most = int(features.max_elders.max(initial=0))
    before = load[:, None] + np.arange(most)
    lacking = _compute_lacking_m(features, int(before.max(initial=-1)) + 1)
    if lacking is None and not settings.fair_m and not (settings.minimum and settings.minimum_penalty_m):
        return None
    is_wanted = before < _compute_least_load(features)[:, None]
    cost = settings.fair_m * before - settings.minimum_penalty_m * is_wanted
    if lacking is not None:
        cost = cost + np.take_along_axis(np.diff(lacking, axis=1), before, axis=1)
    return np.asarray(cost, dtype=np.int64)


def _compute_lacking_m(features: Features, most: int) -> Index | None:
    """Return what up to ``most`` elders lack for want of each volunteer's hours, (n_volunteers, most + 1), metres."""
    if features.settings.capacity.unit != "elders":
        return None
    lacking = get_volunteer_hours(features).compute_lacking_m(most)
    return None if lacking is None else lacking.astype(np.int64)


def _compute_least_load(features: Features) -> Index:
    """Return the least load wanted of each volunteer, (n_volunteers,)."""
    places = compute_capacity(features) if features.settings.capacity.unit == "elders" else features.max_elders
    return np.minimum(features.settings.capacity.minimum, places)
