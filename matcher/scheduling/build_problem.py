"""The timetable problem of a month: rosters, settings, demand and fixed contacts become arrays here, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.cadence import Cadence
from matcher.demand.calendar import Calendar, index_days
from matcher.demand.demand import Demand
from matcher.demand.time_windows import TimeWindows, find_half_days
from matcher.demand.travel_times import Homes, TravelTimes
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import VISIT, Schedule
from matcher.settings import ScheduleSettings, Settings, WorthSettings
from matcher.timetable.objective import Objective, Spacing, SpacingCosts
from matcher.timetable.problem import (
    NONE,
    UNKNOWN,
    Fixed,
    Index,
    Limits,
    Mask,
    PairData,
    SharedArrays,
    TimetableProblem,
    enumerate_weekly_patterns,
)


@dataclass(frozen=True, slots=True, eq=False)
class ProblemTemplate:
    """The problem of some pairs, ordered by volunteer and elder, as if nothing were fixed."""

    elder: Index
    volunteer: Index
    """Roster indices, (pairs,)."""
    present: Mask
    """Whether both are on the programme and neither has the day off, (pairs, days)."""
    pairs: PairData
    shared: SharedArrays
    homes: Homes
    calendar: Calendar
    horizon: Horizon
    settings: Settings

    @classmethod
    def build(
        cls, roster: Roster, elder: Index, volunteer: Index, horizon: Horizon, settings: Settings, demand: Demand
    ) -> ProblemTemplate:
        """Return the template of pairs, (n,) roster indices, which are due ``demand``.

        Raises ``InputError`` as ``Calendar.build``.
        """
        schedule, calendar = settings.schedule, Calendar.build(horizon, settings.schedule)
        windows = TimeWindows.find(roster, elder, volunteer, calendar, schedule)
        cadence = Cadence.compute(roster.elders, elder, horizon, schedule)
        risk = roster.elders["risk"].to_numpy()[elder].astype(str)
        objective = make_objective(settings.worth)
        visits = demand.visits.sum(axis=1)
        calls = demand.contacts.sum(axis=1) - visits
        spacing = Spacing(cadence.interval_days, cadence.min_gap_days, cadence.max_gap_days, visits, calls)
        costs = SpacingCosts.compute(spacing, objective)
        can = windows.present & calendar.is_open & demand.may_contact
        last = np.where(np.isnat(demand.last_contact), UNKNOWN, index_days(demand.last_contact, horizon))
        assert (last < 0).all(), "the last contact is before the horizon"
        pairs = PairData(
            allowed=np.stack([can & demand.may_visit, can & demand.may_call], axis=2),
            windows=windows.windows,
            fixed_kind=np.full(can.shape, NONE, dtype=np.int8),
            daily=np.stack([demand.daily | demand.timely, demand.daily], axis=2),
            due=demand.contacts,
            visits_due=demand.visits,
            keeps_weekdays=cadence.keeps_weekdays,
            cost_class=costs.cost_class,
            repeat_cost=costs.repeat_cost,
            max_gap=cadence.max_gap_days,
            last_contact=last.astype(np.int64),
            on_programme=windows.on_programme,
            least_visits=np.minimum(cadence.least_visits, demand.visits.sum(axis=1)),
            rank=np.select([risk == "high", risk == "medium"], [0, 1], 2).astype(np.int64),
        )
        patterns, pattern_start = enumerate_weekly_patterns()
        shared = SharedArrays(
            week=calendar.week,
            weekday=calendar.weekday,
            day_type=windows.day_type,
            half=windows.half,
            no_visit_min=demand.no_visit_min,
            gap_cost=costs.gap_cost,
            floor_gap_cost=costs.floor_gap_cost,
            patterns=patterns,
            pattern_start=pattern_start,
            limits=make_limits(schedule),
            objective=objective,
        )
        homes = Homes.find(roster, settings)
        return cls(elder, volunteer, windows.present, pairs, shared, homes, calendar, horizon, settings)

    def select(self, rows: Index) -> ProblemTemplate:
        """Return some of the pairs, in order."""
        return replace(
            self,
            elder=self.elder[rows],
            volunteer=self.volunteer[rows],
            present=self.present[rows],
            pairs=self.pairs.select(rows),
        )

    def add_fixed(self, fixed: Schedule) -> TimetableProblem:
        """Return the problem beside fixed contacts; those outside the horizon are passed over."""
        day = index_days(fixed.day, self.horizon)
        inside = (day >= 0) & (day < self.horizon.days)
        day, fixed = day[inside], fixed.select(inside)
        fixed_kind = self._find_fixed_kinds(fixed, day)
        pairs = replace(self.pairs, fixed_kind=fixed_kind, allowed=self.pairs.allowed & (fixed_kind < 0)[:, :, None])
        volunteers, pair_start = np.unique(self.volunteer, return_index=True)
        pair_start = np.append(pair_start, len(self.volunteer)).astype(np.int64)
        theirs = np.isin(fixed.volunteer, volunteers)
        rows, of, whom, places = self._tabulate_fixed(fixed.select(theirs), day[theirs], volunteers, pair_start)
        travel = TravelTimes.compute(self.homes, self.settings, volunteers, whom, places)
        return TimetableProblem(
            pairs=pairs,
            pair_start=pair_start,
            fixed=rows,
            fixed_start=np.searchsorted(of, np.arange(len(volunteers) + 1)).astype(np.int64),
            travel_min=travel.minutes,
            travel_start=travel.start,
            places=travel.places,
            shared=self.shared,
        )

    def _find_fixed_kinds(self, fixed: Schedule, day: Index) -> NDArray[np.int8]:
        """Return the kind of each pair's elder's fixed contact on a day, or NONE, (pairs, days)."""
        kinds = np.full((len(self.elder), self.horizon.days), NONE, dtype=np.int8)
        if len(self.elder):
            order = np.argsort(self.elder)
            at = np.searchsorted(self.elder[order], fixed.elder)
            pair = order[np.minimum(at, len(order) - 1)]
            known = self.elder[pair] == fixed.elder
            kinds[pair[known], day[known]] = fixed.kind[known]
        return kinds

    def _tabulate_fixed(
        self, fixed: Schedule, day: Index, volunteers: Index, pair_start: Index
    ) -> tuple[Index, Index, Index, Index]:
        """Return fixed contacts in order, (m, 6), and the place of each one's volunteer; and the places to walk to.

        These are who lives at each, volunteer by volunteer, and how many each volunteer has, home among them.
        """
        of = np.searchsorted(volunteers, fixed.volunteer)
        order = np.lexsort((fixed.elder, fixed.start_min, day, of))
        of, elder, kind = of[order], fixed.elder[order], fixed.kind[order]
        rows = np.zeros((len(of), len(Fixed)), dtype=np.int64)
        rows[:, Fixed.DAY], rows[:, Fixed.KIND] = day[order], kind
        rows[:, Fixed.START], rows[:, Fixed.END] = fixed.start_min[order], fixed.end_min[order]
        rows[:, Fixed.HALF] = find_half_days(rows[:, Fixed.START], self.settings.schedule)
        pair_of = np.full(max(self.elder.max(initial=0), elder.max(initial=0)) + 1, NONE, dtype=np.int64)
        pair_of[self.elder] = np.arange(len(self.elder))
        pair = pair_of[elder]
        place = np.where((pair_start[of] <= pair) & (pair < pair_start[of + 1]), pair - pair_start[of] + 1, NONE)
        others: list[list[int]] = [[] for _ in volunteers]
        for row in np.flatnonzero(place == NONE).tolist():  # not one of the pairs: a place more to walk to
            v, who = int(of[row]), int(elder[row])
            if who not in others[v]:
                others[v].append(who)
            place[row] = pair_start[v + 1] - pair_start[v] + 1 + others[v].index(who)
        rows[:, Fixed.PLACE] = np.where(kind == VISIT, place, NONE)
        more = np.array([len(each) for each in others], dtype=np.int64)
        whom = np.insert(self.elder, np.repeat(pair_start[1:], more), [who for each in others for who in each])
        return rows, of, whom, np.diff(pair_start) + 1 + more


def make_limits(schedule: ScheduleSettings) -> Limits:
    """Return the limits that the settings give."""
    return Limits(
        contacts=schedule.max_contacts_per_day,
        visits=schedule.max_visits_per_day,
        minutes=schedule.max_minutes_per_day,
        pause_min=schedule.between_min,
        visit_min=schedule.visit_min,
        call_min=schedule.call_min,
    )


def make_objective(worth: WorthSettings) -> Objective:
    """Return the points that the settings give."""
    return Objective(
        weekly_pattern=worth.habit,
        uneven=worth.even,
        close=worth.close,
        long_gap=worth.long_gap,
        repeat=worth.alternate,
        walking=worth.walking,
    )
