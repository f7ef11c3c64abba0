"""Room: what weeks can hold at most beside what stands, counted again and again for the same volunteers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import Calendar
from matcher.demand.demand import Demand
from matcher.demand.time_windows import Hours
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import Visits
from matcher.scheduling.build_problem import Free
from matcher.settings import Settings
from matcher.timetable.solve import most_held

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Room:
    """What some weeks of volunteers can hold at most.

    What a week can hold does not depend on other weeks. So these few will do to see what contacts that stand in them
    take away.

    Args:
        roster: The people.
        elder: Each pair's elder, as ``plan_visits`` takes it.
        volunteer: Each pair's volunteer.
        horizon: The dates of the month.
        settings: What is due, when and how long.
        demand: What is due in the month, a row a pair.
        weeks: From which to which week of the month.

    Raises:
        InputError: as ``plan_visits``.
    """

    def __init__(
        self,
        roster: Roster,
        elder: Index,
        volunteer: Index,
        horizon: Horizon,
        settings: Settings,
        demand: Demand,
        weeks: tuple[int, int],
    ) -> None:
        spans, demand = horizon.weeks()[slice(*weeks)], demand.of_weeks(*weeks)
        self._week, self._before = demand.week, (spans[0].start - horizon.start).days
        horizon = Horizon(spans[0].start, spans[-1].end)
        order = np.lexsort((elder, volunteer))
        elder, volunteer, demand = elder[order], volunteer[order], demand.of_pairs(order)
        calendar = Calendar.of(horizon, settings.schedule)
        hours = Hours.of(roster, elder, volunteer, calendar, settings.schedule)
        unknown = np.full(len(elder), np.datetime64("NaT", "D"))
        self._free = Free.of(roster, elder, volunteer, horizon, settings, calendar, hours, demand, unknown)
        self.people, self._elders = len(roster.volunteers), len(roster.elders)
        self.weeks = len(spans)

    def week(self, day: Index) -> Index:
        """The places among these weeks of days of the month."""
        return self._week[day - self._before]

    def most(self, who: Mask, standing: Visits, least: Index | None = None) -> Index:
        """The most that the weeks of some volunteers can hold beside what stands: see ``most_held``.

        Args:
            who: Which volunteers of the roster, (V,).
            standing: What stands, of whomever; what concerns none of them is passed over.
            least: As in ``most_held``, with a row for each volunteer of the roster.

        Returns:
            A row for each volunteer of the roster, (V, weeks), 0 for those who are not asked about.
        """
        out = np.zeros((self.people, self.weeks), dtype=np.int64)
        free = self._free.rows(np.flatnonzero(who[self._free.volunteer]))
        if len(free.elder):
            theirs = np.zeros(self._elders, dtype=bool)
            theirs[free.elder] = True
            load = free.beside(standing.where(who[standing.volunteer] | theirs[standing.elder]))
            volunteers = np.unique(free.volunteer)
            out[volunteers] = most_held(load, None if least is None else least[volunteers])
        return out
