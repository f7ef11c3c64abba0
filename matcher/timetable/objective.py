"""The objective: what the planner maximises, in points. This is the one place that says so; docs/schedule.md shows it.

| what | points | setting |
| --- | --- | --- |
| a contact | 1,000 | |
| of which a visit | 300 more | |
| a contact on a day on which one is due (a surge), a visit on a day on which it had better be | 600 more | |
| a contact that keeps the elder's weekly pattern for its kind | 30 | worth.habit |
| days between two contacts, beside the even interval by more than half a day, squared | -3 a day² | worth.even |
| a day by which two contacts undercut the least gap | -50 | worth.close |
| a day without a contact beyond the longest gap | -100 | worth.long_gap |
| the same kind twice running, where the other is due as often | -10 | worth.alternate |
| a minute of walking, from home to the visits of a half-day and back | -1 | worth.walking |

The weekly pattern for a kind is a set of half-days of the week: those with the most contacts of that kind. It has as
many as contacts of the kind are due in the fullest week. A gap is open at the month's ends: only its length beyond
the longest gap counts there.

Before all points come the floors (``floors.py``): each elder has the month's least visits, and no silence beyond the
longest gap. Then contacts come first, then visits, then the rest. The points alone do not promise that; the search over
weeks does (``kernels/week_search.py``), and where floors are missed the exact month (``exact_month.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

GAPS = 100
"""Gaps in days that have a cost of their own. Longer ones cost as the last, and the long gap's cost a day more."""
SILENT_DAY = 1 << 22
"""A day of silence beyond the longest gap, while floors come first: more than all points of one elder's month.

These are below 2**20 for 31 days: 31 contacts of at most 2,000; 31 gaps that cost at most 2,700; 1,440 minutes of
walking a day at 10 points.
"""
MISSING_VISIT = 1 << 32
"""A visit below the month's least: more than 2**10 silent days. 31 of them stay far above ``elder_dp.NEVER``."""
_UNEVEN_DAYS = 10
"""Days beside the even interval from which on a gap costs no more for it."""


class Objective(NamedTuple):
    """What each thing is worth or costs, in whole points, none of them negative."""

    weekly_pattern: int
    """A contact that keeps the elder's weekly pattern."""
    uneven: int
    """A day² beside the even interval."""
    close: int
    """A day by which the least gap is undercut."""
    long_gap: int
    """A day without a contact beyond the longest gap."""
    repeat: int
    """The same kind twice running."""
    walking: int
    """A minute on foot."""
    contact: int = 1000
    visit: int = 300
    """A visit, beside what it is worth as a contact."""
    floor_visit: int = 0
    """A visit below the month's least: nothing in points; see ``MISSING_VISIT``."""
    daily: int = 600
    """A contact on a day on which one is due, or a visit on one on which it had better be."""


class Spacing(NamedTuple):
    """How n elders' contacts should follow each other; every field (n,)."""

    interval_days: NDArray[np.float64]
    """Days from one contact to the next if all were evenly spaced; infinite where none are due."""
    min_gap_days: Index
    max_gap_days: Index
    visits: Index
    """Visits due in the month."""
    calls: Index
    """Calls due in the month."""


@dataclass(frozen=True, slots=True, eq=False)
class SpacingCosts:
    """What the gaps and the kinds of n elders' contacts cost."""

    gap_cost: Index
    """Cost of each gap in days, (classes, GAPS)."""
    floor_gap_cost: Index
    """The same with ``SILENT_DAY`` for each day beyond the longest gap, (classes, GAPS)."""
    cost_class: Index
    """Each elder's row of ``gap_cost``, (n,)."""
    repeat_cost: Index
    """What two visits, and two calls, running cost each elder, (n, 2)."""

    @classmethod
    def compute(cls, spacing: Spacing, objective: Objective) -> SpacingCosts:
        """Return the costs of elders: those whose intervals and gaps are the same share a class."""
        interval = np.where(np.isfinite(spacing.interval_days), spacing.interval_days, 0.0)
        kinds = np.column_stack([interval, spacing.min_gap_days, spacing.max_gap_days])
        classes, cost_class = np.unique(kinds, axis=0, return_inverse=True)
        gap = np.arange(GAPS)
        even, least, most = (classes[:, [i]] for i in range(3))
        beside = np.clip(np.abs(gap - even) - 0.5, 0, _UNEVEN_DAYS)
        costs = np.where(even > 0, np.rint(objective.uneven * beside**2), 0)
        costs += objective.close * np.maximum(least - gap, 0)
        silent_days = np.where(even > 0, np.maximum(gap - 1 - most, 0), 0)
        floors = costs + SILENT_DAY * silent_days
        costs += objective.long_gap * silent_days
        visits, calls = spacing.visits, spacing.calls
        both = (visits > 0) & (calls > 0)
        repeat_cost = objective.repeat * np.column_stack([both & (visits <= calls), both & (calls <= visits)])
        return cls(
            costs.astype(np.int64),
            floors.astype(np.int64),
            cost_class.ravel().astype(np.int64),
            repeat_cost.astype(np.int64),
        )
