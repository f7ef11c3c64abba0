"""Elders below a floor, and the reason: the restriction without which the two alone could keep more of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.demand.calendar import index_days, mark_days
from matcher.plan import Plan
from matcher.schedule import BelowFloor, Schedule
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.scheduling.past_weeks import PastWeeks
from matcher.timetable.floors import Missed, find_possible_contacts, measure_missed
from matcher.timetable.lone_months import find_least_missed
from matcher.timetable.problem import NONE, VISIT, Index, Mask, TimetableProblem


def find_free_days(plan: Plan, schedule: Schedule, past: PastWeeks, may_contact: Mask) -> tuple[Mask, Mask]:
    """Return the days of each pair that could have been planned otherwise, and those that nobody else fills.

    On the first nothing stands: nothing that was agreed before, and no first visit with a companion. Where a month is
    as it was planned first, nothing in it was agreed before. Both are (pairs, days), in the order of the plan.

    Args:
        plan: The pairs.
        schedule: The month's contacts.
        past: The contacts of the earlier run.
        may_contact: Days on which the pairs could be planned anew, (pairs, days).
    """
    n_elders, horizon = plan.month.n_elders, plan.month.horizon
    pair_of = np.full(n_elders, NONE)
    pair_of[plan.elder] = np.arange(len(plan.elder))
    changed = np.zeros(n_elders, dtype=bool)
    changed[past.made.elder[past.made.find_in(schedule) < 0]] = True
    is_first = past.stays & ~past.was_anew & ~changed
    paired = schedule.select(pair_of[schedule.elder] >= 0)
    pair, day = pair_of[paired.elder], index_days(paired.day, horizon)
    by_pair = plan.volunteer_of[paired.elder] == paired.volunteer
    agreed = (paired.find_in(past.made) >= 0) & ~is_first[paired.elder]
    own = np.ones_like(may_contact)
    own[pair[~by_pair], day[~by_pair]] = False
    free = (may_contact | is_first[plan.elder, None]) & own
    stands = agreed | paired.has_companion
    free[pair[stands], day[stands]] = False
    return free, own


def find_below_floor(
    template: ProblemTemplate, problem: TimetableProblem, free: Mask, own: Mask
) -> tuple[BelowFloor, ...]:
    """Return the pairs whose month, all of it fixed in ``problem``, misses a floor, and why.

    The reason is the first of these restrictions without which, and without those before it, the two could have missed
    less, the least visits before silence:

    - day_full: the volunteer has other elders, or a day may hold no more
    - agreed: contacts stand that were agreed before or with a companion, or days are over: all but the ``free`` ones
    - no_common_half_day: the two have no more hours in common
    - closed: days are closed
    - absent: one of the two is away
    - seldom_due: none of these; what is due comes too seldom

    ``free`` and ``own`` are those of ``find_free_days``, in the order of the template.
    """
    nothing = np.full((len(problem.pairs), problem.n_days), NONE, dtype=np.int8)
    missed = measure_missed(nothing, problem.pairs)
    rows = np.flatnonzero((missed.visits > 0) | (missed.silent_days > 0))
    why = _find_reasons(template, problem, missed.select(rows), free[rows], own[rows], rows)
    order = np.lexsort(
        (template.elder[rows], -missed.silent_days[rows], -missed.visits[rows], problem.pairs.rank[rows])
    )
    return tuple(
        BelowFloor(
            int(template.elder[row]),
            int(template.volunteer[row]),
            int(missed.visits[row]),
            int(missed.silent_days[row]),
            reason,
        )
        for row, reason in zip(rows[order].tolist(), why[order].tolist(), strict=True)
    )


def _find_reasons(
    template: ProblemTemplate, problem: TimetableProblem, missed: Missed, free: Mask, own: Mask, rows: Index
) -> NDArray[np.str_]:
    """Return why each of some ``rows`` of pairs misses what it does; the other arrays are theirs alone."""
    pairs, shared, present = problem.pairs.select(rows), problem.shared, template.present[rows]
    hours, open_ = find_possible_contacts(pairs, shared), present & template.calendar.is_open
    every = np.ones_like(hours)
    every[:, mark_days(template.settings.surge.calls_only, template.horizon), VISIT] = False
    causes = {
        "day_full": (free, open_[..., None] & hours),
        "agreed": (own, open_[..., None] & hours),
        "no_common_half_day": (own, np.repeat(open_[..., None], 2, axis=2)),
        "closed": (own, np.repeat(present[..., None], 2, axis=2)),
        "absent": (own, every),
    }
    why = np.full(len(rows), "seldom_due", dtype="<U20")
    left = np.arange(len(rows))
    for cause, (days, possible) in causes.items():
        made, may = pairs.fixed_kind[left], days[left]
        stands = np.where(may, np.int8(NONE), made)
        could = possible[left] & every[left]
        for kind in range(2):  # what is there could be there
            could[..., kind] |= made == kind
        alone = replace(pairs.select(left), fixed_kind=stands)
        found = find_least_missed(alone, shared.week, could & may[..., None])
        was = missed.select(left)
        better = (found.visits < was.visits) | ((found.visits == was.visits) & (found.silent_days < was.silent_days))
        why[left[better]] = cause
        left = left[~better]
    return why
