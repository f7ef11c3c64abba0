"""Week capacity: what weeks can hold at most beside what is fixed, counted again and again for the same volunteers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import Schedule
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.settings import Settings
from matcher.timetable.solve import compute_most_held

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


class WeekCapacity:
    """What some weeks of volunteers can hold at most.

    What a week can hold does not depend on other weeks. So these few will do to see what contacts that are fixed in
    them take away.

    Args:
        roster: The people.
        elder: Each pair's elder, as ``plan_visits`` takes it.
        volunteer: Each pair's volunteer.
        horizon: The dates of the month.
        settings: What is due, when and how long.
        demand: What is due in the month, a row a pair.
        weeks: From which to before which week of the month.

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
        spans, demand = horizon.weeks()[slice(*weeks)], demand.select_weeks(*weeks)
        self._week, self._days_before = demand.week, (spans[0].start - horizon.start).days
        order = np.lexsort((elder, volunteer))
        self._template = ProblemTemplate.build(
            roster,
            elder[order],
            volunteer[order],
            Horizon(spans[0].start, spans[-1].end),
            settings,
            demand.select_pairs(order),
        )
        self.n_volunteers, self._n_elders = len(roster.volunteers), len(roster.elders)
        self.n_weeks = len(spans)

    def index_weeks(self, day: Index) -> Index:
        """Return the places among these weeks of days of the month."""
        return self._week[day - self._days_before]

    def compute_most(self, who: Mask, fixed: Schedule, least: Index | None = None) -> Index:
        """Return the most that the weeks of some volunteers can hold beside what is fixed: see ``compute_most_held``.

        Args:
            who: Which volunteers of the roster, (V,).
            fixed: What is fixed, of whomever; what concerns none of them is passed over.
            least: As in ``compute_most_held``, with a row for each volunteer of the roster.

        Returns:
            A row for each volunteer of the roster, (V, weeks), 0 for those who are not asked about.
        """
        out = np.zeros((self.n_volunteers, self.n_weeks), dtype=np.int64)
        template = self._template.select(np.flatnonzero(who[self._template.volunteer]))
        if len(template.elder):
            theirs = np.zeros(self._n_elders, dtype=bool)
            theirs[template.elder] = True
            problem = template.add_fixed(fixed.select(who[fixed.volunteer] | theirs[fixed.elder]))
            volunteers = np.unique(template.volunteer)
            out[volunteers] = compute_most_held(problem, None if least is None else least[volunteers])
        return out
