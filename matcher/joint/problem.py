"""The joint problem as plain arrays: who is matched with whom, and on which days they have their contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

VISIT, CALL = 0, 1
HALVES, KINDS = 2, 2


@dataclass(frozen=True, slots=True, eq=False)
class VolunteerWeek:
    """A week of one volunteer, or several that are alike: m candidates of the volunteer's, d days."""

    times: int
    """How many weeks are like this one."""
    candidates: Index
    """(m,)."""
    may: Mask
    """Whether the two may have a contact on a day, in a half-day, of a kind, (m, d, 2, 2)."""
    contacts_due: Index
    visits_due: Index
    """(m,) each."""
    minutes: Index
    """The volunteer's free minutes of each half-day, (d, 2)."""
    spans: Index
    """In how many spans these lie, (d, 2): after the last contact of a span no pause is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class JointProblem:
    """n candidates of E elders and V volunteers, and the volunteers' weeks.

    A plan gives each elder one volunteer at most, each volunteer no more elders than ``capacity``, and each pair days
    for contacts: one a day, no more in a week than are due, within what the volunteer's days hold. It costs each pair's
    cost, ``unmatched_cost`` of each elder left out, and ``contact_cost`` and ``visit_cost`` for what is missing to
    ``contacts_best`` and ``visits_best`` of each elder served.
    """

    elder: Index
    volunteer: Index
    cost: Index
    """(n,) each."""
    capacity: Index
    """(V,)."""
    unmatched_cost: Index
    contacts_best: Index
    visits_best: Index
    """(E,) each."""
    weeks: tuple[VolunteerWeek, ...]
    contact_cost: int
    visit_cost: int
    visit_min: int
    call_min: int
    pause_min: int
    max_contacts: int
    max_visits: int
    max_minutes: int
    """Limits of a volunteer's day; the minutes are those of the contacts, without the walks."""
