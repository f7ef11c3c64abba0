"""Why an elder's volunteer is another than last month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.candidates import measured
from matcher.month import Month
from matcher.plan import Change
from matcher.rules import Distance, Never

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def why_changed(month: Month, volunteer_of: Index, takes_part: tuple[Mask, Mask]) -> tuple[Change, ...]:
    """Every elder of the roster whose pair of last month does not stand, with the first reason that applies.

    ``volunteer_of`` is each elder's volunteer in the plan, -1 for none, (n_elders,). The reasons are asked in the order
    of ``messages.CHANGES``: someone is gone, then what forbids the pair, then the plan's own choice.
    """
    previous = month.previous
    listed = (previous.elder >= 0) & (volunteer_of[previous.elder] != previous.volunteer)
    rows = np.flatnonzero(listed)
    rows = rows[np.argsort(previous.elder[rows], kind="stable")]
    elder, volunteer = previous.elder[rows], previous.volunteer[rows]
    reason = _reasons(month, elder, volunteer, takes_part)
    return tuple(
        Change(int(e), previous.volunteer_id[row], int(volunteer_of[e]), str(why))
        for e, row, why in zip(elder, rows, reason, strict=True)
    )


def _reasons(month: Month, elder: Index, volunteer: Index, takes_part: tuple[Mask, Mask]) -> NDArray[np.str_]:
    gone = volunteer < 0
    known = np.where(gone, 0, volunteer)  # any index: where the volunteer is gone, that is the reason
    block = measured(month, elder, known) if month.n_volunteers else None
    never = Never().bars_pairs(month, block) if block else None
    far = Distance().bars_pairs(month, block) if block else gone
    wanted = np.bincount(volunteer[~gone], minlength=month.n_volunteers)
    kept = np.bincount(_kept(month, elder), minlength=month.n_volunteers)
    full = (wanted + kept)[known] > month.capacity[known] if month.n_volunteers else gone
    tests = {
        "volunteer_gone": gone,
        "no_place": np.isnan(block.straight_m) if block else gone,
        "volunteer_absent": ~takes_part[1][known] if month.n_volunteers else gone,
        "elder_not_eligible": ~takes_part[0][elder],
        "never_pair": never if never is not None else np.zeros(len(elder), dtype=bool),
        "pinned": month.pinned_volunteer[elder] >= 0,
        "beyond_limit": far,
        "capacity": full,
    }
    return np.select(list(tests.values()), list(tests), default="better_plan")


def _kept(month: Month, changed: Index) -> Index:
    """The volunteers of last month's pairs that stand, one entry a pair."""
    stands = (month.previous.elder >= 0) & (month.previous.volunteer >= 0)
    stands &= ~np.isin(month.previous.elder, changed)
    return month.previous.volunteer[stands]
