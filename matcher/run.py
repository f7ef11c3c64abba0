"""The stages in order: read, match, schedule, write, verify, publish. The only room that knows them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.errors import InputError, VerificationError
from matcher.horizon import Horizon
from matcher.i18n import _, language
from matcher.matching import check_pins, plan_from_pairs
from matcher.matching import match as match_month
from matcher.messages import Issue
from matcher.month import Month
from matcher.outputs import tables
from matcher.outputs.folder import RunFolder
from matcher.outputs.summary import manifest, summary
from matcher.outputs.tables import Names, People
from matcher.plan import Plan
from matcher.roster import load_roster
from matcher.roster.convert import convert
from matcher.roster.model import PairList, Roster
from matcher.roster.pairs import load_file, load_pairs, load_visits
from matcher.roster.read import read_table
from matcher.schedule.planner import plan_visits
from matcher.schedule.visits import Visits
from matcher.settings import Settings
from matcher.verify import Verification
from matcher.verify import verify as verify_frames


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that a month is made from."""

    elders: Path
    volunteers: Path
    previous: Path | None = None
    pins: Path | None = None
    never: Path | None = None
    pairs: Path | None = None
    """Pairs made by any hand, to be scheduled or verified."""
    settings: Path | None = None

    def given(self) -> dict[str, Path]:
        """The files that are given, by their part."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: path for name, path in parts.items() if path is not None}


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


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the verifier found in files made by any hand."""

    verification: Verification
    issues: tuple[Issue, ...]
    roster: Roster
    companions: tuple[Path, ...]
    """Files beside the given ones that were taken into account."""


class BrokenRulesError(VerificationError):
    """The files as written break a rule; they were not published."""

    def __init__(self, verification: Verification, roster: Roster) -> None:
        self.verification = verification
        self.roster = roster
        super().__init__(_("the plan breaks rules; it was not written"))


@dataclass(slots=True)
class Stages:
    """Says which stage begins, and keeps how long each took."""

    begin: Callable[[str], None] = lambda _stage: None
    progress: Callable[[int, int], None] | None = None
    """Called with how much of the stage is done, and of how much."""
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Run a ``with`` block as a stage."""
        self.begin(stage)
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)


def check(inputs: Inputs, settings: Settings, horizon: Horizon | None = None) -> tuple[Roster, tuple[Issue, ...]]:
    """Every fault of every input, gathered; whether pins can stand is asked only when there are dates."""
    month, issues = _read(inputs, settings, horizon or Horizon.of_month("2000-01"), pins=horizon is not None)
    return month.roster, issues


def gather(
    inputs: Inputs, settings: Settings, horizon: Horizon, *, set_aside: bool = False
) -> tuple[Month, tuple[Issue, ...]]:
    """The month that the inputs describe, and their warnings; with ``set_aside``, without the rows at fault.

    Raises:
        InputError: with every issue of every input, when one is an error that can't be set aside.
    """
    month, issues = _read(inputs, settings, horizon)
    if any(issue.severity == "error" and not (set_aside and issue.row) for issue in issues):
        raise InputError(issues)
    return month, issues


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


def verify(
    inputs: Inputs,
    settings: Settings,
    horizon: Horizon,
    *,
    visits: Path | None = None,
    unmatched: Path | None = None,
    unscheduled: Path | None = None,
    set_aside: bool = False,
) -> Checked:
    """Hold a pairs file, and a visits file, made by any hand, against the rosters and the rules.

    Lists of unmatched elders and unscheduled contacts that lie beside them under their usual names count too.

    Raises:
        InputError: a file can't be read, or rows of it are at fault.
    """
    assert inputs.pairs is not None
    month, issues = gather(inputs, settings, horizon, set_aside=set_aside)
    beside_pairs = None if unmatched else _companion(inputs.pairs, "unmatched.csv")
    beside_visits = None if unscheduled or not visits else _companion(visits, "unscheduled.csv")
    verification = _verify(month, inputs.pairs, visits, unmatched or beside_pairs, unscheduled or beside_visits)
    companions = tuple(path for path in (beside_pairs, beside_visits) if path)
    return Checked(verification, issues, month.roster, companions)


Planned = tuple[Plan, "pd.DataFrame | None", tuple[Issue, ...]]


def _matched(month: Month, _inputs: Inputs, people: People) -> Planned:
    plan = match_month(month)
    return plan, tables.unmatched_frame(plan, people), ()


def _given(month: Month, inputs: Inputs, people: People) -> Planned:
    """The plan that a pairs file holds, with the reasons of the elders left out where they lie beside it."""
    assert inputs.pairs is not None
    pairs, issues = load_pairs(inputs.pairs, month.roster, "pairs")
    _stop_at(issues)
    plan = plan_from_pairs(month, pairs)
    beside = _companion(inputs.pairs, "unmatched.csv")
    if beside is None:
        return plan, None, tuple(issues)
    unmatched, found = load_file(beside, "unmatched")
    _stop_at(found)
    # who was given a partner by hand, or has left the roster, is not left out any more
    left_out = set(people.elder_id[:-1]) - set(people.elder_id[plan.elder])
    unmatched = unmatched[unmatched["elder_id"].isin(left_out)].sort_values("elder_id", kind="stable")
    unmatched = unmatched.assign(elder_name=people.elder_names(unmatched["elder_id"]))
    return plan, unmatched, (*issues, *found)


def _produce(
    job: Job,
    command: str,
    make: Callable[[Month, Inputs, People], Planned],
    *,
    scheduled: bool,
    stages: Stages,
) -> Done:
    started = datetime.now(UTC)
    with RunFolder(job.out, force=job.force, inputs=tuple(job.inputs.given().values())) as folder:
        with stages("read"):
            month, issues = gather(job.inputs, job.settings, job.horizon, set_aside=job.set_aside)
        people = People.of(month.roster, job.names)
        with stages("match"):
            plan, unmatched, more = make(month, job.inputs, people)
        visits = None
        if scheduled:
            with stages("schedule"):
                visits = _planned_visits(month, plan, stages)
        issues = (*issues, *more, *_calendar_issues(job.horizon, visits))
        with stages("write"):
            _write(folder, people, plan, visits, unmatched, issues)
        with stages("verify"):
            verification = _verify_written(month, folder.path)
        if not verification.ok:
            raise BrokenRulesError(verification, month.roster)
        reasons = () if unmatched is None else tuple(unmatched["reason"])
        figures = summary(month, plan, visits, reasons, issues, verification.checked)
        folder.write_json("summary.json", figures)
        folder.write_json("manifest.json", _manifest(job, command, started, stages))
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
    folder.write_csv("issues", tables.issues_frame(issues))
    if unmatched is not None:
        folder.write_csv("unmatched", unmatched)
    if visits is not None:
        folder.write_csv("visits", tables.visits_frame(visits, people))
        folder.write_csv("unscheduled", tables.unscheduled_frame(visits, people))


def _manifest(job: Job, command: str, started: datetime, stages: Stages) -> dict[str, Any]:
    options = {
        "lang": language(),
        "month": job.horizon.start.strftime("%Y-%m"),
        "names": job.names,
        "set_aside": job.set_aside,
    }
    times = {"seconds": stages.seconds, "started_at": started.isoformat(timespec="seconds")}
    return manifest(command, job.settings, job.inputs.given(), options, times)


def _calendar_issues(horizon: Horizon, visits: Visits | None) -> list[Issue]:
    if visits is None or visits.calendar_announced:
        return []
    return [Issue("calendar_unannounced", value=str(horizon.start.year))]


def _read(
    inputs: Inputs, settings: Settings, horizon: Horizon, *, pins: bool = True
) -> tuple[Month, tuple[Issue, ...]]:
    """The month without the rows at fault, and every issue of every input."""
    roster = load_roster(inputs.elders, inputs.volunteers, settings)
    issues = list(roster.issues)
    unreadable = any(issue.severity == "error" and issue.row is None for issue in issues)
    lists: dict[str, PairList] = {}
    for kind in ("previous", "pins", "never"):
        path = getattr(inputs, kind)
        if path is not None:
            lists[kind], found = load_pairs(path, roster, kind)
            # without a roster every id is unknown, which says nothing
            issues += [issue for issue in found if not (unreadable and "_unknown_" in issue.code)]
    month = Month(roster, horizon, settings, **lists)
    if pins and not unreadable:
        faults = check_pins(month)
        issues += faults
        faulty = [issue.row for issue in faults if issue.severity == "error" and issue.row]
        month = replace(month, pins=_without(month.pins, faulty))
    return month, tuple(issues)


def _without(pairs: PairList, rows: Sequence[int]) -> PairList:
    """The pairs of a list that are not in the given rows of its file."""
    keep = np.flatnonzero(~np.isin(pairs.row, rows))
    return PairList(
        pairs.elder[keep],
        pairs.volunteer[keep],
        tuple(pairs.elder_id[i] for i in keep),
        tuple(pairs.volunteer_id[i] for i in keep),
        pairs.row[keep],
        pairs.file,
    )


def _verify_written(month: Month, folder: Path) -> Verification:
    """Hold the files of a folder, as they were written, against the rules."""
    visits, unscheduled, unmatched = (
        _companion(folder / "pairs.csv", f"{name}.csv") for name in ("visits", "unscheduled", "unmatched")
    )
    return _verify(month, folder / "pairs.csv", visits, unmatched, unscheduled)


def _verify(
    month: Month, pairs: Path, visits: Path | None, unmatched: Path | None, unscheduled: Path | None
) -> Verification:
    pairs_frame, _faulty, issues = convert(read_table(pairs, "pairs"))
    frames: dict[str, pd.DataFrame | None] = {"visits": None, "unmatched": None, "unscheduled": None}
    if visits:
        frames["visits"], found = load_visits(visits)
        issues = [*issues, *found]
    for kind, path in (("unmatched", unmatched), ("unscheduled", unscheduled)):
        if path:
            frames[kind], found = load_file(path, kind)
            issues = [*issues, *found]
    _stop_at(issues)
    return verify_frames(
        month.roster,
        month.horizon,
        month.settings,
        pairs_frame,
        frames["visits"],
        unmatched=frames["unmatched"],
        unscheduled=frames["unscheduled"],
        previous=month.previous,
        pins=month.pins,
        never=month.never,
    )


def _companion(path: Path, name: str) -> Path | None:
    """The file of the given name beside another, if there is one."""
    beside = path.with_name(name)
    return beside if beside.is_file() else None


def _stop_at(issues: Sequence[Issue]) -> None:
    if any(issue.severity == "error" for issue in issues):
        raise InputError(issues)
