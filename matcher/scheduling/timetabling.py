"""Timetabling: pairs become dated, timed contacts, and what has no place is named with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from matcher.demand.calendar import index_days
from matcher.demand.demand import Demand
from matcher.horizon import Horizon
from matcher.roster.model import Roster
from matcher.schedule import Schedule
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.unscheduled import list_unscheduled
from matcher.settings import Settings
from matcher.timetable.problem import Index, Planned, TimetableProblem
from matcher.timetable.solve import TimetableSolution, list_contacts, solve_timetable


def plan_visits(
    roster: Roster,
    elder: Index,
    volunteer: Index,
    horizon: Horizon,
    settings: Settings,
    *,
    fixed: Schedule | None = None,
    demand: Demand | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Schedule:
    """Plan the contacts of all pairs in the horizon.

    Every hard rule of the settings' ``schedule`` section is kept. Each volunteer's contacts are as many as can be, then
    the visits among them, then the points of ``timetable.objective`` are as high as was found. ``Schedule.unproven``
    counts where the first two are not proved. Same pairs, same result, in whatever order they come.

    Args:
        roster: The people.
        elder: Each pair's elder, index into the roster; no elder comes twice.
        volunteer: Each pair's volunteer, index into the roster.
        horizon: The dates to plan.
        settings: What is due, when and how long.
        fixed: Contacts that may not move: before the day from which a month is planned anew, or pinned by hand. They
            come back as they are (people, day, times, kind), among the others in order. They count towards what their
            elder is due in the week and in the elder's gaps, whichever volunteer makes them, and they fill the day of
            their volunteer, also with elders who are not among the pairs. Their elders get nothing else on that day.
        demand: What is due and when it may be, a row a pair as in ``elder``; None: ``Demand.compute_usual``.
        progress: Called now and then with steps done and steps in all.

    Raises:
        InputError: the holidays of a year are not known, or their file is at fault.
    """
    order = np.lexsort((elder, volunteer))
    demand = (demand or Demand.compute_usual(roster, elder, horizon, settings)).select_pairs(order)
    elder, volunteer = elder[order], volunteer[order]
    assert len(np.unique(elder)) == len(elder), "an elder has one volunteer"
    fixed = fixed if fixed is not None else Schedule.empty()
    template = ProblemTemplate.build(roster, elder, volunteer, horizon, settings, demand)
    problem = template.add_fixed(fixed)
    solution = solve_timetable(problem, _make_step_counter(progress, len(elder)))
    visits = _make_schedule(template, problem, solution, fixed)
    return replace(
        visits,
        unscheduled=list_unscheduled(template, problem, solution.grid, demand),
        contacts_due=int(demand.contacts.sum()) + count_beyond_due(elder, demand, fixed, horizon),
        calendar_announced=not template.calendar.doubts,
        unproven=solution.unproven,
        points=int(solution.points.sum()),
        points_bound=int(solution.bound.sum()),
    )


def count_beyond_due(elder: Index, demand: Demand, fixed: Schedule, horizon: Horizon) -> int:
    """Count fixed contacts that nobody would be due now: of elders who are no pair's, or more than the week's."""
    day = index_days(fixed.day, horizon)
    who, day = np.unique(np.column_stack([fixed.elder, day]), axis=0).reshape(-1, 2).T
    row_of = np.full(max(elder.max(initial=0), who.max(initial=0)) + 1, -1, dtype=np.int64)
    row_of[elder] = np.arange(len(elder))
    row = row_of[who]
    held = np.zeros_like(demand.contacts)
    np.add.at(held, (row[row >= 0], demand.week[day[row >= 0]]), 1)
    return int(np.maximum(held - demand.contacts, 0).sum() + (row < 0).sum())


def _make_step_counter(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None]:
    """Return a function that adds up steps and passes the sum to ``progress``."""
    done = 0

    def add_steps(steps: int) -> None:
        """Add steps."""
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    return add_steps


def _make_schedule(
    template: ProblemTemplate, problem: TimetableProblem, solution: TimetableSolution, fixed: Schedule
) -> Schedule:
    """Return all contacts in order: those planned, and the fixed ones as they are."""
    rows = list_contacts(problem, solution.grid)
    walking = int(rows[:, Planned.WALK_MIN].sum())
    rows = rows[rows[:, Planned.PAIR] >= 0]
    pair = rows[:, Planned.PAIR]
    planned = Schedule(
        elder=template.elder[pair],
        volunteer=template.volunteer[pair],
        day=template.calendar.day[rows[:, Planned.DAY]],
        start_min=rows[:, Planned.START],
        end_min=rows[:, Planned.END],
        kind=rows[:, Planned.KIND],
        order_of_day=rows[:, Planned.ORDER],
    )
    return replace(planned.merged_with(fixed), walking_min=walking)
