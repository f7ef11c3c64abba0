"""A month's files: tables of the plan and its contacts, and the calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.matching.edits import Answer
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.outputs import tables
from matcher.outputs.calendars import Entries, make_programme_key, write_calendars
from matcher.outputs.folder import RunFolder
from matcher.outputs.page import Homes, build_contents, write_geojson, write_page, write_public_page
from matcher.outputs.plan_workbook import PlanContents
from matcher.outputs.run_frames import make_plan_frames, make_schedule_frames
from matcher.outputs.tables import Names, PeopleNames
from matcher.plan import Plan
from matcher.roster.address import name_buildings
from matcher.roster.model import Roster
from matcher.run_folder import CALENDARS, LAYERS
from matcher.schedule import Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.replanned import Replanned
from matcher.scheduling.told_surges import list_surges
from matcher.scheduling.visit_ids import carry_ids_over


def write_plan(
    folder: RunFolder, people: PeopleNames, plan: Plan, unmatched: pd.DataFrame | None, issues: Sequence[Issue]
) -> dict[str, pd.DataFrame]:
    """Write who looks after whom, what changed, who is left out, and what is wrong with the inputs.

    Return the tables of the plan.
    """
    frames = make_plan_frames(plan, people, unmatched)
    for kind, frame in frames.items():
        folder.write_csv(kind, frame)
    folder.write_csv("issues", tables.make_issues_frame(issues))
    return frames


def make_plan_contents(
    plan: Plan,
    people: PeopleNames,
    frames: Mapping[str, pd.DataFrame],
    schedule: Schedule | None,
    issues: Sequence[Issue],
) -> PlanContents:
    """Return the plan, with the tables of ``write_plan``, as its workbooks show it."""
    frames = {**frames, "issues": tables.make_issues_frame(issues)}
    if schedule is not None:
        frames |= make_schedule_frames(schedule, people)
    return PlanContents.of(plan, frames, people)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What is asked for beside the tables: the report page, its layers, a page for everybody."""

    page: bool = True
    public: bool = False
    layers: bool = False
    homes: Homes = "squares"


def write_pages(
    folder: RunFolder,
    request: PageRequest,
    plan: Plan,
    people: PeopleNames,
    unmatched: pd.DataFrame,
    schedule: Schedule | None,
    figures: Mapping[str, Any],
    names: Names,
) -> None:
    """Write the report page, the page for everybody and the map's layers, as far as they are asked for."""
    if not (request.page or request.public or request.layers):
        return
    contents = build_contents(plan, people, unmatched, schedule, figures, names=names, homes=request.homes)
    if request.page:
        page = folder.path / "report.html"
        if request.homes == "exact":
            page.touch(mode=0o600)
        page.write_text(write_page(contents), "utf-8", newline="")
    if request.public:
        folder.write_text("public.html", write_public_page(contents))
    if request.layers:
        layers = folder.path / LAYERS
        layers.mkdir(mode=0o700 if request.homes == "exact" else 0o777)
        write_geojson(layers, contents)


def add_notes(folder: RunFolder, issues: tuple[Issue, ...], notes: Sequence[Issue]) -> tuple[Issue, ...]:
    """Return the issues with what verify notes, written anew where there is any."""
    if notes:
        issues = (*issues, *notes)
        folder.write_csv("issues", tables.make_issues_frame(issues))
    return issues


def write_told(
    folder: RunFolder,
    roster: Roster,
    people: PeopleNames,
    names: Names,
    answers: Sequence[Answer] | None,
    absences: pd.DataFrame,
) -> None:
    """Write what became of edits, who is away, and whose rows are set aside, where there is any of it."""
    if answers is not None:
        folder.write_csv("edits", tables.make_edits_frame(answers, people, names))
    if len(absences):
        folder.write_csv("absences", tables.make_absences_frame(absences, people))
    if len(roster.people_set_aside):
        folder.write_csv("set_aside", tables.set_aside_frame(roster, names))


def write_state(folder: RunFolder, month: MonthData, replanned: Replanned) -> None:
    """Write what later commands of the month have to know: its surges, and since when it was planned anew."""
    if surges := list_surges(month.settings.surge, month.horizon):
        folder.write_csv("surges", pd.DataFrame(surges))
    if replanned:
        folder.write_csv("replanned", replanned.make_frame())


@dataclass(frozen=True, slots=True, eq=False)
class CarriedContacts:
    """A month's contacts with the ids that they have from an earlier run, and those of that run that fell away."""

    schedule: Schedule
    cancelled: pd.DataFrame | None
    """None where there was no earlier run."""
    programme: str
    """The key by which calendars know the programme; empty where no calendars are written."""


def carry_contacts(
    folder: RunFolder,
    month: MonthData,
    people: PeopleNames,
    schedule: Schedule,
    earlier: EarlierContacts,
    *,
    calendars: bool,
) -> CarriedContacts:
    """Return the contacts with the ids of an earlier run, and write those of that run that fell away."""
    programme = _find_programme(earlier)
    if calendars:
        programme = programme or month.settings.calendar.programme or make_programme_key(month.roster.elders)
    earlier = earlier.in_horizon(month.horizon)
    if not (len(earlier) or len(earlier.cancelled)):
        return CarriedContacts(schedule, None, programme)
    shown = _add_places(tables.make_visits_frame(schedule, people), people, month) if calendars else None
    schedule, cancelled = carry_ids_over(schedule, earlier, people.elder_id, people.volunteer_id, shown)
    cancelled = cancelled.assign(
        elder_name=people.elder_names(cancelled["elder_id"]),
        volunteer_name=people.volunteer_names(cancelled["volunteer_id"]),
    )
    cancelled = cancelled.assign(programme=_get_programmes(cancelled).replace("", programme))
    unseen = (["programme"] if not programme else []) + (["place"] if not calendars else [])
    folder.write_csv("cancelled", cancelled.drop(columns=unseen, errors="ignore"))
    return CarriedContacts(schedule, cancelled, programme)


def write_contacts(
    folder: RunFolder,
    month: MonthData,
    people: PeopleNames,
    carried: CarriedContacts,
    *,
    calendars: bool,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the contacts, those that have no place, a surge's supplement, and calendars where they are asked for.

    ``on_progress`` is called with how many rows and files are written, and of how many.
    """
    frames = make_schedule_frames(carried.schedule, people)
    if calendars:
        frames["visits"] = _add_places(frames["visits"], people, month)
    if carried.programme:
        frames["visits"] = frames["visits"].assign(programme=carried.programme)
    frame = frames["visits"]
    total = len(frame) + (frame["volunteer_id"].nunique() if calendars and on_progress else 0)
    count = _counter(on_progress, total)
    for kind, table in frames.items():
        folder.write_csv(kind, table, count if kind == "visits" else None)
    if calendars:
        building = name_buildings(month.roster.elders).to_numpy(zero_copy_only=False)
        cancelled = frame.iloc[:0] if carried.cancelled is None else carried.cancelled
        entries = Entries(frame, cancelled, people, building)
        write_calendars(folder.path / CALENDARS, entries, month.horizon, month.settings.calendar, count)


def _find_programme(earlier: EarlierContacts) -> str:
    """Return the key by which calendars know the programme already, by the latest contact; empty where none do."""
    known = [key for rows in (earlier.cancelled, earlier.rows) for key in _get_programmes(rows.sort_values("date"))]
    return next(filter(None, reversed(known)), "")


def _get_programmes(rows: pd.DataFrame) -> pd.Series:
    return rows["programme"] if "programme" in rows else pd.Series("", index=rows.index, dtype=str)


def _add_places(visits: pd.DataFrame, people: PeopleNames, month: MonthData) -> pd.DataFrame:
    """Return the contacts with the building of each visit; empty for calls and where it is not known."""
    building = name_buildings(month.roster.elders).to_numpy(zero_copy_only=False)
    elder = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(visits["elder_id"]))
    place = np.where(visits["kind"] == "visit", np.append(building, "")[elder], "")
    return visits.assign(place=pd.Series(place, index=visits.index, dtype=str))


def _counter(on_progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None] | None:
    """Return a function that adds up steps and reports them."""
    if on_progress is None:
        return None
    done = 0

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        on_progress(min(done, total), total)

    return count
