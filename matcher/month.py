"""Everything that one month's match is made from, as one value that rules read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.features import Features, PairKeys, compute_features
from matcher.features.priority import tiers
from matcher.geo.distance import to_ecef
from matcher.horizon import Horizon
from matcher.roster.model import PairList, Roster
from matcher.roster.places import NAMES
from matcher.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class LastRun:
    """What is known of the last run beside its pairs; None where nothing is."""

    waited_since: NDArray[np.datetime64] | None = None
    """Since which month each elder has waited by its list, datetime64[M] (n_elders,), NaT for those not on it."""
    price_m: NDArray[np.int64] | None = None
    """What a place of each volunteer was worth, (n_volunteers,): where the solver starts from."""


@dataclass(frozen=True, eq=False)
class MonthData:
    """The rosters, the dates, the settings, and what people fixed.

    Elders and volunteers are indices into ``roster``; arrays over them have ``n_elders`` and ``n_volunteers`` entries.
    """

    roster: Roster
    horizon: Horizon
    settings: Settings = field(default_factory=Settings)
    previous: PairList = field(default_factory=PairList.empty)
    pins: PairList = field(default_factory=PairList.empty)
    never: PairList = field(default_factory=PairList.empty)
    last_run: LastRun = field(default_factory=LastRun)

    @property
    def n_elders(self) -> int:
        """Elders on the roster."""
        return len(self.roster.elders)

    @property
    def n_volunteers(self) -> int:
        """Volunteers on the roster."""
        return len(self.roster.volunteers)

    @cached_property
    def features(self) -> Features:
        """What rules compare of people, as numbers and bits."""
        return compute_features(self.roster, self.settings)

    @cached_property
    def elder_xyz(self) -> NDArray[np.float64]:
        """ECEF metres of each elder, (n_elders, 3); NaN without coordinates."""
        return to_ecef(self.roster.elders["lat"].to_numpy(), self.roster.elders["lng"].to_numpy())

    @cached_property
    def volunteer_xyz(self) -> NDArray[np.float64]:
        """ECEF metres of each volunteer, (n_volunteers, 3); NaN without coordinates."""
        return to_ecef(self.roster.volunteers["lat"].to_numpy(), self.roster.volunteers["lng"].to_numpy())

    @cached_property
    def elder_mapped(self) -> NDArray[np.bool_]:
        """Which elders have coordinates, (n_elders,)."""
        return np.asarray(np.isfinite(self.elder_xyz).all(axis=1))

    @cached_property
    def volunteer_mapped(self) -> NDArray[np.bool_]:
        """Which volunteers have coordinates, (n_volunteers,)."""
        return np.asarray(np.isfinite(self.volunteer_xyz).all(axis=1))

    @cached_property
    def names(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the building, lane and neighbourhood of each elder and volunteer without coordinates, (n, 3) each.

        Equal numbers of a column are one building, lane or neighbourhood; -1 is unknown, or someone with coordinates.
        """
        both = pd.concat([self.roster.elders, self.roster.volunteers], ignore_index=True)
        numbers = np.full((len(both), len(NAMES)), -1, dtype=np.int64)
        unmapped = np.flatnonzero(~np.concatenate([self.elder_mapped, self.volunteer_mapped]))
        for i, name in enumerate(NAMES):
            codes, _ = pd.factorize(both[name].where(both[name] != "")[unmapped])
            numbers[unmapped, i] = codes
        return numbers[: self.n_elders], numbers[self.n_elders :]

    @cached_property
    def named_m(self) -> NDArray[np.float64]:
        """Straight line counted between two without coordinates, for each of ``names`` that they share, metres."""
        place = self.settings.place
        return np.array([0, place.same_lane_m, place.same_committee_m], dtype=np.float64)

    @cached_property
    def capacity(self) -> NDArray[np.int64]:
        """Places of each volunteer."""
        return self.roster.volunteers["capacity"].to_numpy().astype(np.int64)

    @cached_property
    def room(self) -> NDArray[np.int64]:
        """What each volunteer has room for, (n_volunteers,): elders, units or minutes a month by ``capacity.unit``."""
        if self.settings.capacity.unit != "minutes":
            return self.capacity
        told = self.roster.volunteers["minutes_per_month"]
        return told.fillna(float(self.settings.capacity.default_minutes)).to_numpy().astype(np.int64)

    @cached_property
    def backup_capacity(self) -> NDArray[np.int64]:
        """For how many elders each volunteer may be the second one."""
        told = self.roster.volunteers["backup_capacity"]
        return told.fillna(float(self.settings.backup.capacity)).to_numpy().astype(np.int64)

    @cached_property
    def walk_limit_m(self) -> NDArray[np.float64]:
        """The longest walk to each elder: by whether the elder lives in town or in the country."""
        limits = self.settings.distance
        rural = self.roster.elders["area"].to_numpy() == "rural"
        return np.where(rural, float(limits.rural_limit_m), float(limits.urban_limit_m))

    @cached_property
    def previous_volunteer(self) -> NDArray[np.int64]:
        """Each elder's volunteer of last month: an index, -1 for none, -2 for one who is on no roster now."""
        return self._partner(self.previous, gone=-2)

    @cached_property
    def stood_in(self) -> PairKeys | None:
        """Elders and last month's second volunteers; None where no list tells of any."""
        if self.previous.backup is None:
            return None
        return PairKeys.of(self.previous.elder, self.previous.backup, self.n_elders, self.n_volunteers)

    @cached_property
    def pinned_volunteer(self) -> NDArray[np.int64]:
        """Each elder's pinned volunteer, -1 for none."""
        return self._partner(self.pins, gone=-1)

    @cached_property
    def since(self) -> NDArray[np.datetime64]:
        """The month since which each elder has had last month's volunteer, datetime64[M]; NaT for elders without one.

        Last month where nothing tells of an earlier one.
        """
        since = np.full(self.n_elders, np.datetime64("NaT", "M"))
        known = self.previous.elder >= 0
        this = np.datetime64(self.horizon.start, "M")
        told = self.previous.told_since(this)
        since[self.previous.elder[known]] = np.where(np.isnat(told) | (told >= this), this - 1, told)[known]
        return since

    @cached_property
    def waiting_since(self) -> NDArray[np.datetime64]:
        """The month since which each elder waits for a volunteer, datetime64[M] (n_elders,); NaT if unknown, or not.

        Who had a volunteer last month does not wait. For others it is what the roster says, else the last run's list,
        else the month of joining.
        """
        this = np.datetime64(self.horizon.start, "M")
        since = np.full(self.n_elders, np.datetime64("NaT", "M"))
        told = self.roster.elders["waiting_since"].to_numpy().astype("datetime64[M]")
        joined = self.roster.elders["joined"].to_numpy().astype("datetime64[M]")
        for source in (told, self.last_run.waited_since, joined):
            if source is not None:
                since = np.where(np.isnat(since), source, since)
        since[self.previous_volunteer != -1] = np.datetime64("NaT")
        return np.where(since > this, this, since)

    @cached_property
    def months_waiting(self) -> NDArray[np.int64]:
        """Months for which each elder has waited, 0 for those who do not."""
        months = (np.datetime64(self.horizon.start, "M") - self.waiting_since).astype(np.int64)
        return np.where(np.isnat(self.waiting_since), 0, months)

    @cached_property
    def tier(self) -> NDArray[np.int64]:
        """Each elder's tier when places run out, (n_elders,): 1 comes first."""
        return tiers(self.roster.elders, self.months_waiting, self.horizon.start, self.settings.priority)

    @cached_property
    def months_together(self) -> NDArray[np.int64]:
        """Months for which each elder has had last month's volunteer, at least 1; 0 for elders without one."""
        months = (np.datetime64(self.horizon.start, "M") - self.since).astype(np.int64)
        return np.where(np.isnat(self.since), 0, months)

    @cached_property
    def never_pairs(self) -> PairKeys | None:
        """The never-pairs, None where there are none."""
        return PairKeys.of(self.never.elder, self.never.volunteer, self.n_elders, self.n_volunteers)

    def _partner(self, pairs: PairList, gone: int) -> NDArray[np.int64]:
        partner = np.full(self.n_elders, -1, dtype=np.int64)
        known = pairs.elder >= 0
        partner[pairs.elder[known]] = np.where(pairs.volunteer[known] >= 0, pairs.volunteer[known], gone)
        return partner
