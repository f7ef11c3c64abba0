"""A month from its inputs to a folder: read, match, schedule, write, verify what was written, publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.errors import VerificationError
from matcher.horizon import Horizon
from matcher.i18n import _, language
from matcher.matching import match as match_month
from matcher.matching import plan_from_pairs
from matcher.messages import Issue
from matcher.month import Month
from matcher.outputs import left_out, tables
from matcher.outputs.folder import RunFolder
from matcher.outputs.summary import manifest, summary
from matcher.outputs.tables import Names, People
from matcher.plan import Plan
from matcher.roster.model import Roster
from matcher.run.inputs import Gathered, Inputs, gather
from matcher.run.stages import Stages
from matcher.run.verified import Files, verify_frames
from matcher.schedule.planner import plan_visits
from matcher.schedule.visits import Visits
from matcher.settings import Settings
from matcher.verify import Verification


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for: files, dates, settings, and where and how to write."""

    inputs: Inputs
    horizon: Horizon
    out: Path
    settings: Settings = field(default_factory=Settings)
    names: Names = "masked"
    set_aside: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A month that was planned, verified and written to ``folder``."""

    month: Month
    plan: Plan
    visits: Visits | None
    issues: tuple[Issue, ...]
    summary: Mapping[str, Any]
    folder: Path


class BrokenRulesError(VerificationError):
    """The files as written break a rule; they were not published."""

    def __init__(self, verification: Verification, roster: Roster) -> None:
        self.verification = verification
        self.roster = roster
        super().__init__(_("the plan breaks rules; it was not written"))


def match(job: Job, stages: Stages | None = None) -> Done:
    """Match a month and write its plan.

    Raises:
        InputError: inputs are at fault.
        NoPlanError: not one pair is possible.
        UsageError: the folder can't be written.
        VerificationError: the files as written break a rule.
    """
    return _produce(job, "match", _matched, scheduled=False, stages=stages or Stages())


def run(job: Job, stages: Stages | None = None) -> Done:
    """Match a month, plan its contacts, and write both; raises as ``match``."""
    return _produce(job, "run", _matched, scheduled=True, stages=stages or Stages())


def schedule(job: Job, stages: Stages | None = None) -> Done:
    """Plan the contacts of pairs made by any hand (``inputs.pairs``), and write all; raises as ``match``."""
    return _produce(job, "schedule", _given, scheduled=True, stages=stages or Stages())


Planned = tuple[Plan, "pd.DataFrame | None"]


def _matched(gathered: Gathered, people: People) -> Planned:
    plan = match_month(gathered.month)
    return plan, left_out.unmatched_frame(plan, people)


def _given(gathered: Gathered, people: People) -> Planned:
    """The plan that a pairs file holds, and the elders left out where a file beside it lists them."""
    plan = plan_from_pairs(gathered.month, gathered.pairs)
    unmatched = gathered.unmatched
    if unmatched is not None:
        # who was given a partner by hand, or is on no roster now, is not left out any more
        without = set(people.elder_id[:-1]) - set(people.elder_id[plan.elder])
        unmatched = unmatched[unmatched["elder_id"].isin(without)].sort_values("elder_id", kind="stable")
        unmatched = unmatched.assign(elder_name=people.elder_names(unmatched["elder_id"]))
    return plan, unmatched


def _produce(
    job: Job,
    command: str,
    make: Callable[[Gathered, People], Planned],
    *,
    scheduled: bool,
    stages: Stages,
) -> Done:
    started = datetime.now(UTC)
    with RunFolder(job.out, force=job.force, inputs=job.inputs.paths()) as folder:
        with stages("read"):
            gathered = gather(job.inputs, job.settings, job.horizon, set_aside=job.set_aside)
        month, people = gathered.month, People.of(gathered.month.roster, job.names)
        with stages("match"):
            plan, unmatched = make(gathered, people)
        visits = None
        if scheduled:
            with stages("schedule"):
                visits = _planned_visits(month, plan, stages)
        issues = (*gathered.issues, *_calendar_issues(job.horizon, visits))
        with stages("write"):
            _write(folder, people, plan, visits, unmatched, issues)
        with stages("verify"):
            frames, faults = Files.of_folder(folder.path).read()
            assert not faults, faults
            verification = verify_frames(month, frames)
        if not verification.ok:
            raise BrokenRulesError(verification, month.roster)
        reasons = () if unmatched is None else tuple(unmatched["reason"])
        figures = summary(month, plan, visits, reasons, issues, verification.checked)
        folder.write_json("summary.json", figures)
        folder.write_json("manifest.json", _manifest(job, month.roster, command, started, stages))
        return Done(month, plan, visits, issues, figures, folder.publish())


def _planned_visits(month: Month, plan: Plan, stages: Stages) -> Visits:
    return plan_visits(
        month.roster, plan.elder, plan.volunteer, month.horizon, month.settings, progress=stages.progress
    )


def _write(
    folder: RunFolder,
    people: People,
    plan: Plan,
    visits: Visits | None,
    unmatched: pd.DataFrame | None,
    issues: Sequence[Issue],
) -> None:
    folder.write_csv("pairs", tables.pairs_frame(plan, people))
    folder.write_csv("changes", tables.changes_frame(plan, people))
    folder.write_csv("prices", tables.prices_frame(plan, people))
    folder.write_csv("issues", tables.issues_frame(issues))
    if unmatched is not None:
        folder.write_csv("unmatched", unmatched)
    if plan.eligible_pairs is not None:
        folder.write_csv("shortages", left_out.shortages_frame(plan, people))
    if visits is not None:
        folder.write_csv("visits", tables.visits_frame(visits, people))
        folder.write_csv("unscheduled", tables.unscheduled_frame(visits, people))


def _manifest(job: Job, roster: Roster, command: str, started: datetime, stages: Stages) -> dict[str, Any]:
    options = {
        "lang": language(),
        "month": job.horizon.start.strftime("%Y-%m"),
        "names": job.names,
        "set_aside": job.set_aside,
    }
    times = {"seconds": stages.seconds, "started_at": started.isoformat(timespec="seconds")}
    return manifest(command, job.settings, roster.readings, job.inputs.files() | job.inputs.beside(), options, times)


def _calendar_issues(horizon: Horizon, visits: Visits | None) -> list[Issue]:
    if visits is None or visits.calendar_announced:
        return []
    return [Issue("calendar_unannounced", value=str(horizon.start.year))]
