"""The features of a month: what rules and the match compare, derived from its inputs as arrays over people."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.features.codes import Mask, PairKeys
from matcher.features.paused import PausedPairs, find_away, find_leaving
from matcher.features.people import PeopleFeatures, compute_people_features
from matcher.features.priority import is_high_risk
from matcher.features.shared_homes import number_shared_homes
from matcher.features.straight_line import Locations
from matcher.horizon import Horizon
from matcher.month import MonthData
from matcher.roster.model import PairList, Roster
from matcher.settings import Settings

Index = NDArray[np.int64]
Metres = NDArray[np.float64]
Months = NDArray[np.datetime64]


class Features:
    """The features of one month, each computed on first use.

    Elders and volunteers are indices into ``roster``; arrays over them have ``n_elders`` and ``n_volunteers`` entries.
    """

    def __init__(self, month: MonthData) -> None:
        self.month = month

    @property
    def roster(self) -> Roster:
        """Return the month's roster."""
        return self.month.roster

    @property
    def horizon(self) -> Horizon:
        """Return the month's dates."""
        return self.month.horizon

    @property
    def settings(self) -> Settings:
        """Return the month's settings."""
        return self.month.settings

    @property
    def n_elders(self) -> int:
        """Return how many elders are on the roster."""
        return self.month.n_elders

    @property
    def n_volunteers(self) -> int:
        """Return how many volunteers are on the roster."""
        return self.month.n_volunteers

    @cached_property
    def people(self) -> PeopleFeatures:
        """Return what rules compare of people, as numbers and bits."""
        return compute_people_features(self.roster, self.settings)

    # where people live

    @cached_property
    def locations(self) -> Locations:
        """Return where everybody lives."""
        return Locations.of(self.roster, self.settings)

    @cached_property
    def elder_xyz(self) -> NDArray[np.float64]:
        """Return ECEF metres of each elder, (n_elders, 3); NaN without coordinates."""
        return self.locations.xyz[: self.n_elders]

    @cached_property
    def volunteer_xyz(self) -> NDArray[np.float64]:
        """Return ECEF metres of each volunteer, (n_volunteers, 3); NaN without coordinates."""
        return self.locations.xyz[self.n_elders :]

    @cached_property
    def elder_mapped(self) -> Mask:
        """Return which elders have coordinates, (n_elders,)."""
        return self.locations.mapped[: self.n_elders]

    @cached_property
    def volunteer_mapped(self) -> Mask:
        """Return which volunteers have coordinates, (n_volunteers,)."""
        return self.locations.mapped[self.n_elders :]

    def measure_straight_m(self, elder: Index, volunteer: Index) -> Metres:
        """Return the straight line of each pair, metres; NaN where nobody knows it."""
        return self.locations.measure_m(elder, self.n_elders + volunteer)

    @cached_property
    def walk_limit_m(self) -> Metres:
        """Return the longest walk to each elder: by whether the elder lives in town or in the country."""
        limits = self.settings.distance
        rural = self.roster.elders["area"].to_numpy() == "rural"
        return np.where(rural, float(limits.rural_limit_m), float(limits.urban_limit_m))

    # what volunteers can take

    @cached_property
    def max_elders(self) -> Index:
        """Return the places of each volunteer by the roster."""
        return self.roster.volunteers["capacity"].to_numpy().astype(np.int64)

    @cached_property
    def capacity(self) -> Index:
        """Return each volunteer's capacity: elders, units or minutes a month, as ``capacity.unit`` says."""
        if self.settings.capacity.unit != "minutes":
            return self.max_elders
        minutes = self.roster.volunteers["minutes_per_month"]
        return minutes.fillna(float(self.settings.capacity.default_minutes)).to_numpy().astype(np.int64)

    @cached_property
    def backup_capacity(self) -> Index:
        """Return for how many elders each volunteer may be the second one."""
        places = self.roster.volunteers["backup_capacity"]
        return places.fillna(float(self.settings.backup.capacity)).to_numpy().astype(np.int64)

    @cached_property
    def high_risk(self) -> Mask:
        """Return which elders are of high risk or cannot look after themselves, (n_elders,)."""
        return is_high_risk(self.roster.elders)

    @cached_property
    def shared_home(self) -> Index:
        """Return the number of the home that each elder shares with others on the roster, -1 for the rest."""
        return number_shared_homes(self.roster.elders)

    # pairs that people gave

    @cached_property
    def paused_pairs(self) -> PausedPairs:
        """Return what becomes of last month's pairs where one of the two is away, or is back."""
        listed, roster = self.month.previous, self.roster
        away = find_away(roster.elders, self.horizon), find_away(roster.volunteers, self.horizon)
        pinned = self._index_partners(self.month.pins, gone=-1) >= 0
        agreed = self._index_partners(self.month.agreed, gone=-1)
        known = (listed.elder >= 0) & (listed.volunteer >= 0)
        gone = np.zeros(len(listed), dtype=bool)
        elder, volunteer = listed.elder[known], listed.volunteer[known]
        stays = ~find_leaving(roster.volunteers, self.horizon)
        gone[known] = ((away[0] & ~pinned)[elder] & stays[volunteer]) | away[1][volunteer]
        gone[known] &= agreed[elder] != volunteer
        this = np.datetime64(self.horizon.start, "M")
        since = _find_since(listed, this)
        return PausedPairs.find(listed, gone, since, this, self.settings.keep.paused_months)

    @property
    def previous(self) -> PairList:
        """Return last month's pairs that may go on: none that pause, and those that come back."""
        return self.paused_pairs.previous

    @cached_property
    def previous_volunteer(self) -> Index:
        """Return each elder's volunteer of last month: an index, -1 for none, -2 for one who is on no roster now."""
        return self._index_partners(self.previous, gone=-2)

    @cached_property
    def previous_backups(self) -> PairKeys | None:
        """Return elders and last month's second volunteers; None where no list names any."""
        previous = self.previous
        if previous.backup is None:
            return None
        return PairKeys.of(previous.elder, previous.backup, self.n_elders, self.n_volunteers)

    @cached_property
    def pinned_volunteer(self) -> Index:
        """Return each elder's pinned volunteer, -1 for none."""
        return self._index_partners(self.month.pins, gone=-1)

    @cached_property
    def never_pairs(self) -> PairKeys | None:
        """Return the never-pairs, None where there are none."""
        never = self.month.never
        return PairKeys.of(never.elder, never.volunteer, self.n_elders, self.n_volunteers)

    @cached_property
    def since(self) -> Months:
        """Return since which month each elder has had last month's volunteer, datetime64[M]; NaT for elders without.

        It is last month where the list does not say; this month where the list is this month's own and they began then.
        """
        previous = self.previous
        since = np.full(self.n_elders, np.datetime64("NaT", "M"))
        known = previous.elder >= 0
        since[previous.elder[known]] = _find_since(previous, np.datetime64(self.horizon.start, "M"))[known]
        return since

    @cached_property
    def months_together(self) -> Index:
        """Return for how many months each elder has had last month's volunteer; 0 for none and those of this month."""
        months = (np.datetime64(self.horizon.start, "M") - self.since).astype(np.int64)
        return np.where(np.isnat(self.since), 0, months)

    def _index_partners(self, pairs: PairList, gone: int) -> Index:
        """Return each elder's volunteer by a list, -1 for none; ``gone`` for a volunteer on no roster."""
        partner = np.full(self.n_elders, -1, dtype=np.int64)
        known = pairs.elder >= 0
        partner[pairs.elder[known]] = np.where(pairs.volunteer[known] >= 0, pairs.volunteer[known], gone)
        return partner


def _find_since(listed: PairList, month: np.datetime64) -> Months:
    """Return the month since which each listed pair stands: the month before where the list does not say."""
    told = listed.told_since(month)
    return np.where(np.isnat(told), month - np.timedelta64(1, "M"), np.minimum(told, month))
