"""What a month is worth: every soft rule's points, one table. ``docs/schedule.md`` shows it.

| what | points | setting |
| --- | --- | --- |
| a contact | 1,000 | |
| of which a visit | 300 more | |
| a contact on a day on which one is due (a surge) | 600 more | |
| a contact on the elder's usual half-day of the week for its kind | 30 | worth.habit |
| days between two contacts, beside the even interval by more than half a day, squared | -3 a day² | worth.even |
| a day by which two contacts undercut the least gap | -50 | worth.close |
| a day without a contact beyond the longest gap | -100 | worth.long_gap |
| the same kind twice running, where the other is due as often | -10 | worth.alternate |
| a minute of walking, from home to the visits of a half-day and back | -1 | worth.walking |

The habit for a kind is as many half-days of the week as contacts of the kind are due in the fullest week: those with
the most contacts. A gap is open at the month's ends, where only its length beyond the longest counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.demand.cadence import Cadence
from matcher.demand.demand import Demand
from matcher.settings import Worth

CONTACT, VISIT, DAILY = 1000, 300, 600
GAPS = 100
"""Gaps in days that have a cost of their own."""
_UNEVEN_DAYS = 10
"""Days beside the even interval from which on it costs no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Spacing:
    """What the gaps and the kinds of n elders' contacts cost."""

    costs: NDArray[np.int64]
    """Cost of each gap in days, (classes, GAPS)."""
    cost_class: NDArray[np.int64]
    """Each elder's row of ``costs``, (n,)."""
    twice: NDArray[np.int64]
    """What two visits, and two calls, running cost each elder, (n, 2)."""

    @classmethod
    def of(cls, cadence: Cadence, demand: Demand, worth: Worth) -> Spacing:
        """The spacing that the cadence asks for."""
        interval = np.where(np.isfinite(cadence.interval_days), cadence.interval_days, 0.0)
        kinds = np.column_stack([interval, cadence.min_gap_days, cadence.max_gap_days])
        classes, cost_class = np.unique(kinds, axis=0, return_inverse=True)
        gap = np.arange(GAPS)
        even, least, most = (classes[:, [i]] for i in range(3))
        beside = np.clip(np.abs(gap - even) - 0.5, 0, _UNEVEN_DAYS)
        costs = np.where(even > 0, np.rint(worth.even * beside**2), 0)
        costs += worth.close * np.maximum(least - gap, 0)
        costs += np.where(even > 0, worth.long_gap * np.maximum(gap - 1 - most, 0), 0)
        visits = demand.visits.sum(axis=1)
        calls = demand.contacts.sum(axis=1) - visits
        both = (visits > 0) & (calls > 0)
        twice = worth.alternate * np.column_stack([both & (visits <= calls), both & (calls <= visits)])
        return cls(costs.astype(np.int64), cost_class.ravel().astype(np.int64), twice.astype(np.int64))


def weights(worth: Worth) -> NDArray[np.int64]:
    """The points as the compiled loops take them."""
    return np.array([CONTACT, VISIT, DAILY, worth.habit, worth.walking, worth.long_gap], dtype=np.int64)
