"""A month's files: tables of the plan and its contacts, and the calendars."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.messages import Issue
from matcher.month import MonthData
from matcher.outputs import left_out, tables
from matcher.outputs.calendars import FOLDER, Entries, write_calendars
from matcher.outputs.folder import RunFolder
from matcher.outputs.tables import People
from matcher.plan import Plan
from matcher.roster.address import name_buildings
from matcher.scheduling.earlier import Before
from matcher.scheduling.schedule_month import Contacts
from matcher.scheduling.visit_ids import carried_over


def write_plan(
    folder: RunFolder, people: People, plan: Plan, unmatched: pd.DataFrame | None, issues: Sequence[Issue]
) -> None:
    """Who looks after whom, what changed, who is left out, and what is wrong with the inputs."""
    folder.write_csv("pairs", tables.pairs_frame(plan, people))
    folder.write_csv("changes", tables.changes_frame(plan, people))
    folder.write_csv("capacity", tables.capacity_frame(plan, people))
    folder.write_csv("issues", tables.issues_frame(issues))
    if unmatched is not None:
        folder.write_csv("unmatched", unmatched)
    if plan.eligible_pairs is not None or plan.shortages:
        folder.write_csv("shortages", left_out.shortages_frame(plan, people))


def write_contacts(
    folder: RunFolder,
    month: MonthData,
    people: People,
    contacts: Contacts,
    before: Before,
    *,
    calendars: bool,
    tell: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """The contacts, those that have no place, and against an earlier run those that fell away; a surge's supplement.

    ``tell`` is called with how many rows and files are written, and of how many.
    """
    earlier = before.of_horizon(month.horizon)
    frame = tables.visits_frame(
        contacts.visits, people, in_place_of=contacts.in_place_of, accompanied_by=contacts.accompanied_by
    )
    if calendars:
        building = name_buildings(month.roster.elders).to_numpy(zero_copy_only=False)
        frame = frame.assign(place=_find_places(frame, people, building))
    cancelled = frame.iloc[:0]
    if len(earlier.contacts) or len(earlier.cancelled):
        frame, cancelled = carried_over(frame, earlier)
        cancelled = cancelled.assign(
            elder_name=people.elder_names(cancelled["elder_id"]),
            volunteer_name=people.volunteer_names(cancelled["volunteer_id"]),
        )
        folder.write_csv("cancelled", cancelled if calendars else cancelled.drop(columns="place", errors="ignore"))
    written = _counter(tell, len(frame) + (frame["volunteer_id"].nunique() if calendars and tell else 0))
    folder.write_csv("visits", frame, written)
    folder.write_csv("unscheduled", tables.unscheduled_frame(contacts.visits, people))
    if contacts.change is not None:
        changed = contacts.change != ""
        folder.write_csv("supplement", frame[changed].assign(change=contacts.change[changed]))
    if calendars:
        entries = Entries(frame, cancelled, people, building)
        write_calendars(folder.path / FOLDER, entries, month.horizon, month.settings.calendar, written)
    return frame


def _find_places(frame: pd.DataFrame, people: People, building: NDArray[np.object_]) -> pd.Series[str]:
    """Return the building of each visit, empty for calls and where it is not known."""
    place = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(frame["elder_id"]))
    known = np.append(building, "")[place]
    return pd.Series(np.where(frame["kind"] == "visit", known, ""), index=frame.index, dtype=str)


def _counter(tell: Callable[[int, int], None] | None, total: int) -> Callable[[int], None] | None:
    """Something that adds up steps and tells."""
    if tell is None:
        return None
    done = 0

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        tell(min(done, total), total)

    return count
