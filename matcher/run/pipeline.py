"""A month from its inputs to a folder: read, match, schedule, write, verify what was written, publish."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import column
from matcher.errors import UsageError, VerificationError
from matcher.horizon import Horizon
from matcher.i18n import _, language
from matcher.matching import match as match_month
from matcher.matching import plan_from_pairs
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.outputs import left_out, tables
from matcher.outputs.calendars import FOLDER
from matcher.outputs.folder import RunFolder
from matcher.outputs.summary import manifest, summary
from matcher.outputs.tables import Names, People
from matcher.plan import Plan
from matcher.roster.model import Roster
from matcher.run.inputs import Gathered, Inputs, gather
from matcher.run.stages import Stages
from matcher.run.verify import Files, verify_frames
from matcher.run.write import write_contacts, write_plan
from matcher.schedule import VISIT, Schedule
from matcher.scheduling.earlier import EarlierContacts, drop_faulty
from matcher.scheduling.first_visits.companions import choose_companions
from matcher.scheduling.notices import Notice
from matcher.scheduling.schedule_month import Progress, schedule_month
from matcher.scheduling.visit_ids import count_changes
from matcher.settings import Settings
from matcher.verify import Verification, Violation

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_MOST_CALENDARS = 300
"""Calendar files that are read again before a month is published: all of them would take minutes in a city."""


@dataclass(frozen=True, slots=True)
class PeopleIds:
    """Some elders and volunteers, by their ids."""

    elders: tuple[str, ...] = ()
    volunteers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody is named."""
        return bool(self.elders or self.volunteers)


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
    start: date | None = None
    """The day from which the month is planned anew; what is before it stands as ``inputs.visits`` has it."""
    only: PeopleIds = PeopleIds()
    """People whose contacts are planned anew, and wholly; all other contacts stand. Nobody named: everybody's are."""
    calendars: bool = False
    """Whether calendar files are written too."""


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A month that was planned, verified and written to ``folder``."""

    month: MonthData
    plan: Plan
    schedule: Schedule | None
    issues: tuple[Issue, ...]
    summary: Mapping[str, Any]
    folder: Path
    notices: pd.DataFrame | None = None
    """Who is to be told of what changed, as notices.csv has it; None where nobody asked."""


class BrokenRulesError(VerificationError):
    """The files as written break a rule; they were not published."""

    def __init__(self, verification: Verification, roster: Roster, inputs: Inputs) -> None:
        self.verification = verification
        self.roster = roster
        text = _("the plan breaks rules; it was not written")
        lists = [name for name in ("previous", "pins") if not getattr(inputs, name)]
        pairs = [one for one in verification.violations if one.elder_id and one.volunteer_id and not one.date]
        if inputs.pairs and pairs and lists:
            hint = _("pairs may stand by last month's list or by pins: give {options} as when the pairs were made")
            text = f"{text}. {hint.format(options=' '.join(f'--{name}' for name in lists))}"
        super().__init__(text)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The month and its pairs: what contacts are planned for."""

    month: MonthData
    plan: Plan
    unmatched: pd.DataFrame | None
    """Elders without a volunteer; None where nobody listed them."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a command does between reading and writing."""

    command: str
    prepare: Callable[[Gathered, People], Prepared]
    contacts: Callable[[Prepared, EarlierContacts, Progress], Schedule] | None = None
    """Plans contacts; None: only pairs are wanted."""
    until: date | None = None
    """Contacts of ``inputs.visits`` before this date have to stand as they are."""
    start: date | None = None
    """The day from which the month is planned anew."""
    stands: Callable[[Prepared, Schedule], Mask] = lambda _prepared, earlier: np.zeros(len(earlier), dtype=bool)
    """Which of those must be there in the end."""
    notify: Callable[[Prepared, Schedule, Schedule], Sequence[Notice]] | None = None
    """Who is to be told of what changed."""
    surging: bool = True
    """Whether everybody is called each day of a surge: not where only some people's contacts are planned."""


def match(job: Job, stages: Stages | None = None) -> Done:
    """Match a month and write its plan.

    Raises:
        InputError: inputs are at fault.
        NoPlanError: not one pair is possible.
        UsageError: the folder can't be written.
        VerificationError: the files as written break a rule.
    """
    stages = stages or Stages()
    return produce(job, Steps("match", _matching(stages)), stages)


def run(job: Job, stages: Stages | None = None) -> Done:
    """Match a month, plan its contacts, and write both; raises as ``match``."""
    stages = stages or Stages()
    return produce(job, Steps("run", _matching(stages), _plan_contacts_of(job), _until(job)), stages)


def schedule(job: Job, stages: Stages | None = None) -> Done:
    """Plan the contacts of pairs made by any hand (``inputs.pairs``), and write all; raises as ``match``."""

    def stands(prepared: Prepared, earlier: Schedule) -> Mask:
        who, first = find_concerned(prepared, job.only), np.datetime64(job.start or job.horizon.start)
        if who is None and _in_surge(job):  # what may change are visits
            visits = (earlier.kind == VISIT) & np.isin(earlier.elder, prepared.plan.elder)
            touched = np.array([job.settings.surge.touches(day) for day in earlier.day.tolist()], dtype=bool)
            return np.asarray(~(visits & touched))
        if who is None:
            return np.asarray(earlier.day < first)
        return np.asarray((earlier.elder >= 0) & ((earlier.day < first) | ~who[earlier.elder]))

    steps = Steps("schedule", given, _plan_contacts_of(job), _until(job), job.start, stands, surging=not job.only)
    return produce(job, steps, stages or Stages())


def find_concerned(prepared: Prepared, only: PeopleIds) -> Mask | None:
    """Return elders whose contacts alone are planned anew, (n_elders,); None: everybody's.

    Raises:
        UsageError: somebody is on no roster, or has no pair.
    """
    if not only:
        return None
    month, plan = prepared.month, prepared.plan
    who = np.zeros(month.n_elders, dtype=bool)
    sides = (
        (only.elders, month.roster.directory("elders"), plan.elder, _("no elder has the id {value}")),
        (only.volunteers, month.roster.directory("volunteers"), plan.volunteer, _("no volunteer has the id {value}")),
    )
    for ids, directory, paired, unknown in sides:
        for name in ids:
            place = directory.find(name, unknown)
            if not (paired == place).any():
                raise UsageError(_("{value} has no pair: nothing to plan anew").format(value=name))
            who[plan.elder[paired == place]] = True
    return who


def _matching(stages: Stages) -> Callable[[Gathered, People], Prepared]:
    def matched(gathered: Gathered, people: People) -> Prepared:
        plan = match_month(gathered.month, on_progress=stages.progress)
        return Prepared(gathered.month, plan, left_out.unmatched_frame(plan, people))

    return matched


def given(gathered: Gathered, people: People) -> Prepared:
    """Return the plan that a pairs file holds, and the elders left out where a file beside it lists them."""
    plan = plan_from_pairs(gathered.month, gathered.pairs)
    return Prepared(gathered.month, plan, still_left_out(gathered, plan, people))


def still_left_out(gathered: Gathered, plan: Plan, people: People) -> pd.DataFrame | None:
    """Return those of a list of elders left out who still are; None where there is no such list."""
    unmatched = gathered.unmatched
    if unmatched is None:
        return None
    # who was given a partner by hand, or is on no roster now, is not left out any more
    without = set(people.elder_id[:-1]) - set(people.elder_id[plan.elder])
    unmatched = unmatched[unmatched["elder_id"].isin(without)].sort_values("elder_id", kind="stable")
    return unmatched.assign(elder_name=people.elder_names(unmatched["elder_id"]))


def _plan_contacts_of(job: Job) -> Callable[[Prepared, EarlierContacts, Progress], Schedule]:
    def contacts(prepared: Prepared, earlier: EarlierContacts, progress: Progress) -> Schedule:
        who = find_concerned(prepared, job.only)
        return schedule_month(prepared.plan, earlier, job.start, who, progress)

    return contacts


def _until(job: Job) -> date | None:
    """Return before which day contacts have to stand.

    A surge, and a new plan of some people, come into a month that is planned already: what they do not touch stands.
    """
    return job.horizon.end + timedelta(days=1) if job.only or _in_surge(job) else job.start


def _in_surge(job: Job) -> bool:
    """Return whether a surge comes into a month that is planned, and not anew from a day on."""
    return not job.start and any(map(job.settings.surge.touches, job.horizon.dates()))


def produce(job: Job, steps: Steps, stages: Stages) -> Done:
    """Read, plan, write, verify and publish a month; raises as ``match``."""
    started = datetime.now(UTC)
    with RunFolder(job.out, force=job.force, inputs=job.inputs.paths()) as folder:
        with stages("read"):
            gathered = gather(job.inputs, job.settings, job.horizon, set_aside=job.set_aside)
            _refuse_another_month(job, gathered.earlier)
            earlier, faults = drop_faulty(gathered.earlier, job.horizon, steps.until, set_aside=job.set_aside)
        this_month = earlier.in_horizon(job.horizon)
        people = People.of(gathered.month.roster, job.names)
        with stages("match"):
            prepared = steps.prepare(gathered, people)
        month, plan, unmatched = prepared.month, prepared.plan, prepared.unmatched
        schedule, notices, since = None, None, None
        if steps.contacts:
            with stages("schedule"):
                schedule = steps.contacts(prepared, earlier, stages.progress)
                schedule, alone = choose_companions(schedule, plan, earlier, steps.start)
                faults = [*faults, *alone]
        issues = (*gathered.issues, *faults, *_calendar_issues(job.horizon, schedule))
        with stages("write"):
            write_plan(folder, people, plan, unmatched, issues)
            if len(month.roster.people_set_aside):
                folder.write_csv("set_aside", tables.set_aside_frame(month.roster, job.names))
            if schedule is not None:
                schedule = write_contacts(
                    folder, month, people, schedule, earlier, calendars=job.calendars, on_progress=stages.progress
                )
                since = count_changes(schedule, this_month) if len(this_month) else None
            if schedule is not None and steps.notify:
                found = steps.notify(prepared, schedule, this_month.known().schedule)
                notices = tables.notices_frame(found, people, month.roster, job.names)
                folder.write_csv("notices", notices)
        with stages("verify"):
            frames, faulty = Files.of_folder(folder.path).read()
            assert not faulty, faulty
            standing = this_month.rows[steps.stands(prepared, this_month.schedule)]
            kept = standing if len(standing) and steps.until else None
            given = job.inputs.given() if job.inputs.pairs else ("previous", "pins")
            verification = verify_frames(
                month,
                frames,
                given,
                kept,
                steps.start,
                earlier.until(job.horizon.start).rows,
                calendars=folder.path / FOLDER if schedule is not None and job.calendars else None,
                most_calendars=_MOST_CALENDARS,
                surging=steps.surging,
            )
        if not verification.ok:
            raise BrokenRulesError(verification, month.roster, job.inputs)
        if verification.notes:
            issues = (*issues, *_list_notes(verification.notes))
            folder.write_csv("issues", tables.issues_frame(issues))
        reasons = () if unmatched is None else tuple(unmatched["reason"])
        figures = summary(month, plan, schedule, reasons, issues, verification.checked, since)
        folder.write_json("summary.json", figures)
        folder.write_json("manifest.json", _manifest(job, month.roster, steps.command, started, stages))
        return Done(month, plan, schedule, issues, figures, folder.publish(), notices)


def _refuse_another_month(job: Job, earlier: EarlierContacts) -> None:
    """Raise ``UsageError`` where this month's contacts are all of other months: none of them would stand."""
    others = len(earlier) and not len(earlier.in_horizon(job.horizon))
    if job.inputs.visits and not job.inputs.previous_visits and others:
        text = _("{path} holds no contact of {month:%Y-%m}; last month's are given with --previous-visits")
        raise UsageError(text.format(path=job.inputs.visits, month=job.horizon.start))


def _list_notes(notes: Sequence[Violation]) -> list[Issue]:
    """Return the rules that contacts break which had to stand, as issues."""
    header = {side: column("visits", f"{side}_id").header() for side in ("elder", "volunteer")}
    return [
        Issue(
            "standing_breaks_rule",
            "visits.csv",
            note.row,
            header["elder" if note.elder_id else "volunteer"],
            note.elder_id or note.volunteer_id,
            {"rule": f"{note.message()}{f' ({note.date})' if note.date else ''}"},
        )
        for note in notes
    ]


def _manifest(job: Job, roster: Roster, command: str, started: datetime, stages: Stages) -> dict[str, Any]:
    options = {
        "lang": language(),
        "month": job.horizon.start.strftime("%Y-%m"),
        "names": job.names,
        "set_aside": job.set_aside,
        "from": job.start.isoformat() if job.start else None,
        "elders": list(job.only.elders),
        "volunteers": list(job.only.volunteers),
        "calendars": job.calendars,
    }
    times = {"seconds": stages.seconds, "started_at": started.isoformat(timespec="seconds")}
    return manifest(command, job.settings, roster.readings, job.inputs.files() | job.inputs.beside(), options, times)


def _calendar_issues(horizon: Horizon, schedule: Schedule | None) -> list[Issue]:
    if schedule is None or schedule.calendar_announced:
        return []
    return [Issue("calendar_unannounced", value=str(horizon.start.year))]
