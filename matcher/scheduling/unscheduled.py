"""Why contacts have no place: the restriction that leaves too little of the week."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.demand.demand import Demand
from matcher.messages import UNSCHEDULED
from matcher.schedule import Unscheduled
from matcher.scheduling.build_problem import ProblemTemplate
from matcher.timetable.floors import find_possible_contacts
from matcher.timetable.problem import CALL, VISIT, Index, Mask, PairData, SharedArrays, TimetableProblem

Grid = NDArray[np.int8]
REASONS = tuple(UNSCHEDULED)
"""Codes of the reasons, by number."""


def list_unscheduled(
    template: ProblemTemplate, problem: TimetableProblem, grid: Grid, demand: Demand
) -> tuple[Unscheduled, ...]:
    """Return every gap between due and planned, by elder, week and kind."""
    short, as_calls = count_missing(grid, problem)
    some = np.flatnonzero(short.any(axis=(1, 2)) | as_calls.any(axis=1))
    elder, volunteer, short, as_calls = template.elder[some], template.volunteer[some], short[some], as_calls[some]
    replaced = np.stack([as_calls, np.zeros_like(as_calls)], axis=2)
    calendar = template.calendar
    pairs = problem.pairs.select(some)
    why = find_reasons(pairs, problem.shared, template.present[some], demand.select_pairs(some), calendar.is_open)
    week_start = calendar.day[np.flatnonzero(np.diff(calendar.week, prepend=-1))].tolist()
    pair, week, kind = np.nonzero(short + replaced)
    order = np.lexsort((kind, week, elder[pair]))
    pair, week, kind = pair[order], week[order], kind[order]
    return tuple(
        Unscheduled(who, whom, week_start[number], what, amount, REASONS[reason], calls)
        for who, whom, number, what, amount, reason, calls in zip(
            elder[pair].tolist(),
            volunteer[pair].tolist(),
            week.tolist(),
            kind.tolist(),
            short[pair, week, kind].tolist(),
            why[pair, week, kind].tolist(),
            replaced[pair, week, kind].tolist(),
            strict=True,
        )
    )


def count_missing(grid: Grid, problem: TimetableProblem) -> tuple[Index, Index]:
    """Count contacts of each kind that found no place, (pairs, weeks, kind), and visits made as calls, (pairs, weeks).

    Fixed contacts count as planned. A visit more than are due stands for a call, and a call more for a visit, so that
    what is planned and what is missing are together what is due, or what is planned where that is more.
    """
    pairs, week = problem.pairs, problem.shared.week
    kinds = np.where(grid >= 0, grid % 2, pairs.fixed_kind)
    visits, calls = (_count_by_week(kinds == kind, week) for kind in (VISIT, CALL))
    calls_due = pairs.due - pairs.visits_due
    visits_short, visits_more = np.maximum(pairs.visits_due - visits, 0), np.maximum(visits - pairs.visits_due, 0)
    as_calls = np.minimum(visits_short, np.maximum(calls - calls_due, 0))
    calls_short = np.maximum(calls_due - calls - visits_more, 0)
    return np.stack([visits_short - as_calls, calls_short], axis=2), as_calls


def find_reasons(pairs: PairData, shared: SharedArrays, present: Mask, demand: Demand, is_open: Mask) -> Index:
    """Return why each pair's week holds fewer contacts of a kind than due: places in ``REASONS``, (pairs, weeks, kind).

    Where n contacts (for the kind visit: n visits) are due, and on fewer than n of the week's days a contact of the
    kind could be made if the volunteer had nobody else, the first of these that is so:

    - closed: fewer than n days are open; or n days would do if closed days were open
    - absent: on fewer than n open days both are on the programme without a day off; or n days would do if both were
    - no_common_half_day: on fewer than n days the two have a time free, outside hot hours, as long as the contact
    - not_replanned: on fewer than n of these anything may be planned anew, or a visit

    Days on which something else is fixed count as the others do: it might have been a contact of this kind. Where n
    days or more are left, day_full: what the volunteer's days hold already leaves no place. That the volunteer's week
    can hold no more is proved for all but ``Schedule.unproven``.
    """
    week = shared.week
    fixed: Mask = pairs.fixed_kind >= 0
    out = np.zeros((*pairs.due.shape, 2), dtype=np.int64)
    can = find_possible_contacts(pairs, shared)
    for kind in (VISIT, CALL):
        common: Mask = can[:, :, VISIT] if kind == VISIT else np.logical_or(can[:, :, VISIT], can[:, :, CALL])
        may: Mask = demand.may_contact & demand.may_visit if kind == VISIT else demand.may_contact
        due = pairs.visits_due if kind == VISIT else pairs.due
        made: Mask = pairs.fixed_kind == VISIT if kind == VISIT else fixed
        open_days = np.broadcast_to(is_open, common.shape)

        def count(*masks: Mask, made: Mask = made) -> Index:
            """Count the days of each week on which all the masks hold, or a contact of the kind is fixed."""
            return _count_by_week(np.logical_and.reduce(masks) | made, week)

        too_few = count(open_days, present, common) < due
        tests = {
            "closed": too_few & ((count(open_days) < due) | (count(present, common) >= due)),
            "absent": too_few & ((count(open_days, present) < due) | (count(open_days, common) >= due)),
            "no_common_half_day": too_few,
            "not_replanned": count(open_days, present, common, may) < due,
        }
        codes = [REASONS.index(name) for name in tests]
        out[:, :, kind] = np.select(list(tests.values()), codes, REASONS.index("day_full"))
    if shared.limits.visits == 0:  # no visits a day at all: the volunteer's days are as good as full
        out[:, :, VISIT] = REASONS.index("day_full")
    return out


def _count_by_week(mask: Mask, week: Index) -> Index:
    """Count the days of each week that are set, (pairs, weeks)."""
    starts = np.flatnonzero(np.diff(week, prepend=-1))
    return np.add.reduceat(mask.astype(np.int64), starts, axis=1)
