"""Notices: who is to be told what when a volunteer is away or has left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from matcher.plan import Plan
from matcher.schedule import KINDS, NOBODY, Schedule
from matcher.scheduling.absences import Absence

Part = Literal["elder", "volunteer"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell a person; people are roster indices.

    ``code`` is one of ``messages.NOTICES``; the further fields fill its sentence.
    """

    part: Part
    person: int
    code: str
    absent: int
    """The volunteer who is away or has left."""
    day: date | None = None
    """The date of the contact; None: it is about the pair."""
    start_min: int | None = None
    elder: int = NOBODY
    stand_in: int = NOBODY
    """Who makes the contact, comes along, or has the elder now."""
    whom: int = NOBODY
    """Whom to go along with."""
    since: date | None = None
    """The first day of a new pair."""


def find_notices_of_absence(plan: Plan, schedule: Schedule, earlier: Schedule, absence: Absence) -> list[Notice]:
    """Return what to tell stand-ins and elders, elders for whom nobody was found, and those with another companion.

    Args:
        plan: The pairs.
        schedule: The month with stand-ins.
        earlier: The month as it was planned.
        absence: Who is away, and when.
    """
    absent = absence.find_volunteer(plan.month.roster)
    earlier = earlier.select(absence.includes(earlier))
    days = schedule.day.astype("datetime64[D]").tolist()
    position = {key: i for i, key in enumerate(zip(schedule.elder.tolist(), days, strict=True))}
    notices: list[Notice] = []
    for elder, day, kind in _iterate(earlier.select(earlier.volunteer == absent), "elder", "day", "kind"):
        at = position.get((elder, day))
        if at is None:
            notices.append(Notice("elder", elder, f"none_{KINDS[kind]}", absent, day))
            continue
        stand_in, start_min = int(schedule.volunteer[at]), int(schedule.start_min[at])
        notices.append(
            Notice("volunteer", stand_in, f"stand_in_{KINDS[kind]}", absent, day, start_min=start_min, elder=elder)
        )
        notices.append(
            Notice("elder", elder, f"other_{KINDS[kind]}", absent, day, start_min=start_min, stand_in=stand_in)
        )
    for elder, volunteer, day in _iterate(earlier.select(earlier.companion == absent), "elder", "volunteer", "day"):
        at = position.get((elder, day))
        if at is None or schedule.volunteer[at] != volunteer:
            continue  # told of as a contact in other hands
        who, about = int(schedule.companion[at]), {"start_min": int(schedule.start_min[at]), "elder": elder}
        if who < 0:
            notices.append(Notice("volunteer", volunteer, "alone", absent, day, **about))
            continue
        notices.append(Notice("volunteer", volunteer, "other_companion", absent, day, **about, stand_in=who))
        notices.append(Notice("volunteer", who, "accompany", absent, day, **about, whom=volunteer))
    return notices


def find_notices_of_leaving(plan: Plan, absence: Absence) -> list[Notice]:
    """Return what to tell those who have another elder now, another volunteer, or nobody."""
    absent, day = absence.find_volunteer(plan.month.roster), absence.first
    notices: list[Notice] = []
    for change in plan.changes:
        if change.previous_volunteer_id != absence.volunteer_id:
            continue
        elder, volunteer = change.elder, change.volunteer
        if volunteer < 0:
            notices.append(Notice("elder", elder, "no_volunteer", absent))
            continue
        notices.append(Notice("volunteer", volunteer, "new_elder", absent, elder=elder, since=day))
        notices.append(Notice("elder", elder, "new_volunteer", absent, stand_in=volunteer, since=day))
    return notices


def _iterate(schedule: Schedule, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield some columns of each contact, in order of day and start."""
    ordered = schedule.select(np.lexsort((schedule.start_min, schedule.day)))
    return zip(*(getattr(ordered, name).tolist() for name in names), strict=True)
