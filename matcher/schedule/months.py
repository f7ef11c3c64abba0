"""The months of all pairs: the quick plan, and for the volunteers it may serve short, proofs and the exact model.

A plan's worth is its ``score``: contacts first, then visits. Each volunteer's plan is compared with bounds that no plan
of theirs can beat, the cheap ones first:

1. each elder alone: as if the volunteer had no other elder
2. week by week: as if there were no other week, by the exact model of that week
3. the exact model of the month

so that every volunteer's contacts are as many as can be, and the visits among them too. The exact models have a limit
of effort; ``unproven`` counts the volunteers for whom it ran out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from matcher.schedule.caseload import Caseload, Index, score
from matcher.schedule.exact import best_plan
from matcher.schedule.limits import Grid
from matcher.schedule.quick import alone_score, contacts_first, sweep

_WEEK_EFFORT, _MONTH_EFFORT = 0.2, 2.0
"""Limits of the exact models, in CP-SAT's deterministic time; one in a thousand needs more than a tenth of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """A plan, (pairs, days), and by how much work it was proved best: each a number of volunteers."""

    grid: Grid
    short: int
    """Whose first plan fell short of bound 1."""
    modelled: int
    """Who needed the exact model of the month."""
    unproven: int
    """For whom the exact model ran out of effort."""


def plan_months(caseload: Caseload, tell: Callable[[int], None]) -> Months:
    """The best months of all pairs; ``tell`` is called with each number of pairs done, twice for each pair."""
    grid = sweep(caseload, caseload.empty_grid(), tell)
    bound = caseload.by_volunteer(alone_score(caseload))
    is_short = caseload.by_volunteer(score(grid)) < bound
    pairs = np.flatnonzero(is_short[caseload.volunteer])
    tell(len(grid) - len(pairs))
    if not len(pairs):
        return Months(grid, 0, 0, 0)
    some = _plan_short(caseload.of_pairs(pairs), grid[pairs], bound[is_short], tell)
    grid[pairs] = some.grid
    return Months(grid, int(is_short.sum()), some.modelled, some.unproven)


def _plan_short(caseload: Caseload, grid: Grid, bound: Index, tell: Callable[[int], None]) -> Months:
    """The months of volunteers whose first plan falls short of their ``bound``."""
    other = contacts_first(caseload)
    better = caseload.by_volunteer(score(other)) > caseload.by_volunteer(score(grid))
    grid = np.where(better[caseload.volunteer][:, None], other, grid)
    bound = np.minimum(bound, _week_by_week(caseload, grid))
    modelled, unproven, changed = 0, 0, []
    for volunteer, pairs in enumerate(_by_volunteer(caseload)):
        plan, limit = grid[pairs], int(bound[volunteer])
        if score(plan).sum() < limit:
            exact = best_plan(caseload.of_pairs(pairs), plan, limit, _MONTH_EFFORT)
            if score(exact.grid).sum() > score(plan).sum():
                grid[pairs] = exact.grid
                changed.append(pairs)
            modelled += 1
            unproven += not exact.proven
        tell(len(pairs))
    if changed:  # the exact model knows no habits: one sweep more brings them back
        rows = np.sort(np.concatenate(changed))
        grid[rows] = sweep(caseload.of_pairs(rows), grid[rows])
    return Months(grid, caseload.volunteers, modelled, unproven)


def _by_volunteer(caseload: Caseload) -> Iterator[Index]:
    """Each volunteer's pairs."""
    order = np.argsort(caseload.volunteer, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(caseload.volunteer[order])) + 1)


def _week_by_week(caseload: Caseload, grid: Grid) -> Index:
    """A score for each volunteer that no plan can beat: the sum of what the weeks could hold, one by one.

    ``grid`` is a plan: where it reaches what the elders could have alone in a week, that is the bound. Other weeks are
    modelled, and weeks that look alike only once: habits make many of them.
    """
    known: dict[bytes, int] = {}
    total = np.zeros(caseload.volunteers, dtype=np.int64)
    groups = list(_by_volunteer(caseload))
    for number in range(caseload.cadence.contacts.shape[1]):
        week, plan = caseload.of_week(number), grid[:, caseload.week == number]
        bound = week.by_volunteer(alone_score(week))
        for volunteer in np.flatnonzero(week.by_volunteer(score(plan)) < bound).tolist():
            pairs = groups[volunteer]
            mine = week.of_pairs(pairs)
            key = _key(mine)
            if key not in known:
                exact = best_plan(mine, plan[pairs], int(bound[volunteer]), _WEEK_EFFORT)
                known[key] = int(score(exact.grid).sum()) if exact.proven else int(bound[volunteer])
            bound[volunteer] = known[key]
        total += bound
    return total


def _key(caseload: Caseload) -> bytes:
    """The same for two weeks that differ at most in the elders' order."""
    cadence = caseload.cadence
    free = caseload.free.reshape(len(caseload.free), -1)
    rows = np.column_stack([free, cadence.contacts, cadence.visits, cadence.gap_days]).astype(np.uint8)
    return np.array(rows.shape).tobytes() + rows[np.lexsort(rows.T)].tobytes()
