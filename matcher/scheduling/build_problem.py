"""The caseload of a month: rosters, settings, demand and contacts that stand, as the planner's arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.cadence import Cadence
from matcher.demand.calendar import Calendar
from matcher.demand.demand import Demand
from matcher.demand.time_windows import Hours, minutes
from matcher.demand.travel_times import Homes, Walks
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import VISIT, Visits
from matcher.settings import Settings
from matcher.timetable.kernels.elder_dp import UNKNOWN
from matcher.timetable.objective import Spacing, weights
from matcher.timetable.problem import Caseload, Index, Pairs, Rules

_NOON_MIN = 12 * 60


@dataclass(frozen=True, slots=True, eq=False)
class Free:
    """Pairs, in order of volunteer and elder, as if nothing stood."""

    elder: Index
    volunteer: Index
    """Roster indices, (pairs,)."""
    pairs: Pairs
    rules: Rules
    homes: Homes
    start: np.datetime64
    """The first day."""
    settings: Settings

    @classmethod
    def of(
        cls,
        roster: Roster,
        elder: Index,
        volunteer: Index,
        horizon: Horizon,
        settings: Settings,
        calendar: Calendar,
        hours: Hours,
        demand: Demand,
        last_contact: NDArray[np.datetime64],
    ) -> Free:
        """``demand`` and ``last_contact`` have a row a pair."""
        schedule, start = settings.schedule, calendar.day[0]
        cadence = Cadence.usual(roster.elders, elder, horizon, schedule)
        spacing = Spacing.of(cadence, demand, settings.worth)
        can = hours.present & calendar.is_open & demand.may_contact
        last = np.where(np.isnat(last_contact), UNKNOWN, (last_contact - start).astype(np.int64))
        assert (last < 0).all(), "the last contact is before the horizon"
        pairs = Pairs(
            may=np.stack([can & demand.may_visit, can], axis=2),
            windows=hours.windows,
            forced=np.full(can.shape, -1, dtype=np.int8),
            daily=demand.daily,
            due=demand.contacts,
            visits_due=demand.visits,
            cost_class=spacing.cost_class,
            twice=spacing.twice,
            max_gap=cadence.max_gap_days,
            last=last.astype(np.int64),
            there=hours.there,
        )
        rules = Rules(
            calendar.week,
            calendar.weekday,
            hours.day_type,
            hours.half,
            demand.hot_min,
            Rules.limits_of(schedule),
            spacing.costs,
            weights(settings.worth),
        )
        return cls(elder, volunteer, pairs, rules, Homes.of(roster, settings), start, settings)

    def rows(self, rows: Index) -> Free:
        """Some of the pairs, in order."""
        return replace(self, elder=self.elder[rows], volunteer=self.volunteer[rows], pairs=self.pairs.rows(rows))

    def beside(self, fixed: Visits) -> Caseload:
        """The caseload beside contacts that stand."""
        elder, volunteer, days = self.elder, self.volunteer, self.pairs.may.shape[1]
        day = (fixed.day.astype("datetime64[D]") - self.start).astype(np.int64)
        inside = np.flatnonzero((day >= 0) & (day < days))
        forced = _forced(elder, fixed, inside, self.start, days)
        pairs = replace(self.pairs, forced=forced, may=self.pairs.may & (forced < 0)[:, :, None])
        homes, pair_start = np.unique(volunteer, return_index=True)
        pair_start = np.append(pair_start, len(volunteer)).astype(np.int64)
        stands, stand_start, places, who = _stands(elder, homes, pair_start, fixed, inside, self.start, self.settings)
        walks = Walks.of(self.homes, self.settings, homes, who, places)
        return Caseload(pairs, pair_start, stands, stand_start, walks, self.rules)


def _forced(elder: Index, fixed: Visits, inside: Index, start: np.datetime64, days: int) -> NDArray[np.int8]:
    """The kind of each pair's elder's contact that stands on a day, or -1, (pairs, days)."""
    forced = np.full((len(elder), days), -1, dtype=np.int8)
    order = np.argsort(elder)
    at = np.searchsorted(elder[order], fixed.elder[inside])
    at = order[np.minimum(at, len(elder) - 1)] if len(elder) else at
    known = elder[at] == fixed.elder[inside] if len(elder) else np.zeros(len(inside), dtype=bool)
    day = (fixed.day[inside] - start).astype(np.int64)
    forced[at[known], day[known]] = fixed.kind[inside][known]
    return forced


def _stands(
    elder: Index,
    homes: Index,
    pair_start: Index,
    fixed: Visits,
    inside: Index,
    start: np.datetime64,
    settings: Settings,
) -> tuple[Index, Index, Index, Index]:
    """Contacts that stand by volunteer; where each one's begin; places of each volunteer; the elders who live there."""
    at = np.searchsorted(homes, fixed.volunteer[inside])
    known = np.isin(fixed.volunteer[inside], homes)
    inside, at = inside[known], at[known]
    order = np.lexsort((fixed.elder[inside], fixed.start_min[inside], fixed.day[inside], at))
    inside, at = inside[order], at[order]
    stands = np.zeros((len(inside), 6), dtype=np.int64)
    stands[:, 0] = (fixed.day[inside] - start).astype(np.int64)
    stands[:, 1], stands[:, 2] = fixed.start_min[inside], fixed.end_min[inside]
    stands[:, 3] = fixed.kind[inside]
    stands[:, 5] = _half_of(fixed.start_min[inside], settings)
    own = [elder[pair_start[v] : pair_start[v + 1]].tolist() for v in range(len(homes))]
    for row, (v, i) in enumerate(zip(at.tolist(), inside.tolist(), strict=True)):
        whom = int(fixed.elder[i])
        if whom not in own[v]:
            own[v].append(whom)  # not one of the pairs: a place more to walk to
        stands[row, 4] = own[v].index(whom) + 1 if fixed.kind[i] == VISIT else -1
    stand_start = np.searchsorted(at, np.arange(len(homes) + 1)).astype(np.int64)
    places = np.array([1 + len(elders) for elders in own], dtype=np.int64)
    who = np.array([one for elders in own for one in elders], dtype=np.int64)
    return stands, stand_start, places, who


def _half_of(start_min: Index, settings: Settings) -> Index:
    morning, afternoon = minutes(settings.schedule.morning), minutes(settings.schedule.afternoon)
    in_morning = (morning[0] <= start_min) & (start_min < morning[1])
    in_afternoon = (afternoon[0] <= start_min) & (start_min < afternoon[1])
    return np.where(in_morning, 0, np.where(in_afternoon, 1, start_min >= _NOON_MIN)).astype(np.int64)
