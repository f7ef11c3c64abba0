"""The tables of a run folder as frames, by kind of file."""

from __future__ import annotations

import pandas as pd

from matcher.matching.areas import make_areas_frame
from matcher.outputs import left_out, tables
from matcher.outputs.tables import PeopleNames
from matcher.plan import Plan
from matcher.schedule import Schedule


def make_plan_frames(plan: Plan, people: PeopleNames, unmatched: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Return the tables of a plan.

    Shortages are known only of plans that were matched here; the elders left out only where somebody listed them
    (``unmatched``).
    """
    frames = {
        "pairs": tables.make_pairs_frame(plan, people),
        "changes": tables.make_changes_frame(plan, people),
        "capacity": tables.make_capacity_frame(plan, people),
        "areas": make_areas_frame(plan),
    }
    if plan.split_homes:
        frames["shared_homes"] = tables.make_shared_homes_frame(plan, people)
    if unmatched is not None:
        frames["unmatched"] = unmatched
    if plan.eligible_pairs is not None or plan.shortages:
        frames["shortages"] = left_out.make_shortages_frame(plan, people)
    return frames


def make_schedule_frames(schedule: Schedule, people: PeopleNames) -> dict[str, pd.DataFrame]:
    """Return the tables of a schedule: its contacts, those without a place, and what a surge added or turned."""
    frame = tables.make_visits_frame(schedule, people)
    frames = {"visits": frame, "unscheduled": tables.make_unscheduled_frame(schedule, people)}
    if schedule.change is not None:
        changed = schedule.change != ""
        frames["supplement"] = frame[changed].assign(change=schedule.change[changed])
    return frames
