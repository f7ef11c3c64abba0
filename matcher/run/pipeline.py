"""A month from its inputs to a folder: read, match, schedule, write, verify what was written, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.errors import NoPlanError
from matcher.horizon import Horizon
from matcher.i18n import language
from matcher.matching import match as match_month
from matcher.matching.edits import Answer, price_edits
from matcher.matching.rematch import fill_places
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.outputs import left_out
from matcher.outputs.folder import RunFolder
from matcher.outputs.summary import make_manifest, summarise
from matcher.outputs.tables import Names, PeopleNames
from matcher.plan import Plan
from matcher.programme import Programme
from matcher.roster.model import Roster
from matcher.run.edits import list_answers
from matcher.run.inputs import Inputs, LoadedInputs, load_inputs, refuse_another_month
from matcher.run.issues import BrokenRulesError, ask_for_leaving_dates, list_notes
from matcher.run.notify import find_known, write_notices
from matcher.run.origins import Origins
from matcher.run.planned_by import find_planned_by
from matcher.run.prepared import (
    PeopleIds,
    PreparedPlan,
    find_concerned,
    find_ends,
    find_left_as_it_was,
    find_listed,
    leave_out_gone,
    list_ended,
    list_left_out,
    take_given_pairs,
    tell_new_seconds,
)
from matcher.run.stages import Stages
from matcher.run.verify import PlanFiles, verify_frames
from matcher.run.workbooks import write_beside
from matcher.run.write import (
    PageRequest,
    add_notes,
    carry_contacts,
    make_plan_contents,
    write_contacts,
    write_pages,
    write_plan,
    write_state,
    write_told,
)
from matcher.run_folder import CALENDARS, find_beside
from matcher.schedule import Schedule, name_elders
from matcher.scheduling.agreed import begin_changed_pairs, find_changed_elders, find_fallen, find_touched
from matcher.scheduling.earlier import EarlierContacts, drop_faulty
from matcher.scheduling.first_visits.companions import choose_companions
from matcher.scheduling.first_visits.late import find_late_first_visits
from matcher.scheduling.replanned import Replanned
from matcher.scheduling.schedule_month import Progress, schedule_month
from matcher.scheduling.visit_ids import count_changes
from matcher.settings import Settings
from matcher.verify import CalendarFolder, Planning, Verification

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
_MOST_CALENDARS = 300
"""Calendar files that are read again before a month is published: all of them would take minutes in a city."""


@dataclass(frozen=True, slots=True)
class RunRequest:
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
    only: PeopleIds = field(default_factory=PeopleIds)
    """People whose contacts are planned anew, and wholly; all other contacts stand. Nobody named: everybody's are."""
    fill: bool = False
    """Whether elders without a volunteer are given one where there are places; no pair changes."""
    calendars: bool = False
    """Whether calendar files are written too."""
    in_place: bool = False
    """Whether ``out`` is the folder that the month's earlier run is read from: it is replaced by the new one."""
    is_draft: bool = False
    """Whether nobody has been told of the month's earlier run."""
    page: PageRequest = field(default_factory=PageRequest)
    """Which pages and layers are written beside the tables."""
    programme: Programme | None = None
    """The programme in whose folder the command was called."""
    keep: Path | None = None
    """Where a run that is replaced goes; None: it goes for good."""
    origins: Origins = field(default_factory=Origins)
    """Where inputs that were put together come from."""


@dataclass(frozen=True, slots=True, eq=False)
class RunResult:
    """A month that was planned, verified and written to ``folder``."""

    month: MonthData
    plan: Plan
    schedule: Schedule | None
    issues: tuple[Issue, ...]
    summary: Mapping[str, Any]
    folder: Path
    notices: pd.DataFrame | None = None
    """Who is to be told of what changed, as notices.csv has it; None where no contacts were planned."""
    answers: tuple[Answer, ...] | None = None
    """What became of the edits of plan workbooks and of earlier runs; None where there were none."""

    @property
    def exit_code(self) -> int:
        """Return the exit code of a command that made it: not 0 where the elders were matched and nobody could be."""
        return 0 if self.plan.is_possible else NoPlanError.exit_code


class Pipeline:
    """A command that reads, plans, writes, verifies and publishes a month: the stages in order.

    Subclasses override what they do otherwise: ``prepare``, ``plan``, ``must_stand`` and ``first_day``.

    Attributes:
        command: The command's name, for the manifest.
        plans_contacts: Whether contacts are planned, not pairs alone.
        asks_surge: Whether everybody is called each day of a surge: not where only some people's contacts are planned.
        plans_everybody: Whether everybody's month is planned, as far as it has to be, by what the inputs say now.
        only_adds: Whether a surge comes into a month that is planned: nobody is planned anew.
    """

    command = ""
    plans_contacts = True
    asks_surge = True
    plans_everybody = False
    only_adds = False

    def __init__(self, request: RunRequest, stages: Stages | None = None) -> None:
        self.request = request
        self.stages = stages or Stages()

    @property
    def until(self) -> date | None:
        """Return the date before which contacts of ``inputs.visits`` have to stand as they are; None: none have to."""
        return None

    @property
    def start(self) -> date | None:
        """Return the day from which the month is planned anew; None: it is planned whole."""
        return None

    def prepare(self, inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
        """Return the month and the pairs that contacts are planned for."""
        raise NotImplementedError

    def plan(self, prepared: PreparedPlan, earlier: EarlierContacts, progress: Progress) -> Schedule:
        """Return the month's contacts."""
        raise NotImplementedError

    def must_stand(self, _prepared: PreparedPlan, earlier: Schedule) -> Mask:
        """Return which contacts of the earlier run must be there in the end."""
        return np.zeros(len(earlier), dtype=bool)

    def list_absences(self, inputs: LoadedInputs) -> pd.DataFrame:
        """Return the absences told in the course of the month, as absences.csv has them."""
        return inputs.absences

    def find_replanned(self, inputs: LoadedInputs, _prepared: PreparedPlan, _schedule: Schedule) -> Replanned:
        """Return since when the month was planned anew, by this command or one before."""
        return inputs.replanned

    @property
    def first_day(self) -> date:
        """Return the first day that may be another than people know."""
        return self.start or self.request.horizon.start

    def run(self) -> RunResult:
        """Run the stages.

        Raises:
            InputError: inputs are at fault.
            UsageError: the folder can't be written.
            VerificationError: the files as written break a rule.
        """
        started, request, stages = datetime.now(UTC), self.request, self.stages
        files = request.inputs.files() | request.inputs.beside()  # as they are now: they may go meanwhile
        read = () if request.in_place else request.inputs.paths()
        where = RunFolder(request.out, force=request.force, inputs=read, keep=request.keep)
        with where as folder, ExitStack() as beside:
            with stages("read"):
                inputs, earlier, faults = self._read()
            this_month = earlier.in_horizon(request.horizon)
            people = PeopleNames.of(inputs.month.roster, request.names)
            with stages("match"):
                prepared = self.prepare(inputs, people)
                answers = None if inputs.edits is None else list_answers(price_edits(prepared.plan, inputs.edits))
            month, plan, unmatched = prepared.month, prepared.plan, prepared.unmatched
            absences = self.list_absences(inputs)
            faults = [*faults, *prepared.issues, *ask_for_leaving_dates(inputs.roster_as_given, absences)]
            schedule, notices, changes = None, None, None
            if self.plans_contacts:
                with stages("schedule"):
                    schedule = self.plan(prepared, earlier, stages.progress)
                    schedule, unaccompanied = choose_companions(schedule, plan, earlier, self.first_day)
                    late = find_late_first_visits(schedule, plan, earlier, self.start)
                    faults = [*faults, *unaccompanied, *late]
            issues = request.origins.trace_issues((*inputs.issues, *faults))
            with stages("write"):
                frames = write_plan(folder, people, plan, unmatched, issues)
                write_told(folder, month.roster, people, request.names, answers, absences)
                carried, calendars = None, request.calendars
                if schedule is not None:
                    self._write_state(folder, prepared, schedule, inputs)
                    carried = carry_contacts(folder, month, people, schedule, earlier, calendars=calendars)
                    schedule = carried.schedule
                shown = partial(make_plan_contents, plan, people, frames, schedule)
                workbooks = beside.enter_context(
                    write_beside(folder.path, partial(shown, issues), plan.elder, schedule or ())
                )
                if carried is not None:
                    write_contacts(folder, month, people, carried, calendars=calendars, on_progress=stages.progress)
                    changes = count_changes(carried.schedule, this_month) if len(this_month) else None
                    notices = self._write_notices(folder, prepared, carried.schedule, people, inputs, this_month)
            with stages("verify"):
                verification = self._verify(folder, prepared, schedule, earlier, inputs)
            if not verification.ok:
                raise BrokenRulesError(verification, month.roster, request.inputs)
            issues = add_notes(folder, issues, list_notes(verification.notes))
            with stages("workbook"):
                workbooks.finish(partial(shown, issues), anew=bool(verification.notes))
            figures = summarise(
                month, plan, schedule, tuple(unmatched["reason"]), issues, verification.checked, changes
            )
            with stages("page"):
                write_pages(folder, request.page, plan, people, unmatched, schedule, figures, request.names)
            folder.write_json("summary.json", figures)
            folder.write_json("manifest.json", self._make_manifest(month.roster, files, started))
            return RunResult(month, plan, schedule, issues, figures, folder.publish(), notices, answers)

    def _read(self) -> tuple[LoadedInputs, EarlierContacts, Sequence[Issue]]:
        """Return the inputs, the contacts of earlier runs that can count, and faults among these."""
        request = self.request
        inputs = load_inputs(request.inputs, request.settings, request.horizon, set_aside=request.set_aside)
        refuse_another_month(request.inputs, request.horizon, inputs.earlier)
        earlier, faults = drop_faulty(inputs.earlier, request.horizon, self.until, set_aside=request.set_aside)
        return inputs, earlier, faults

    def _write_state(self, folder: RunFolder, prepared: PreparedPlan, schedule: Schedule, inputs: LoadedInputs) -> None:
        """Write what later commands of the month have to know."""
        month = prepared.month
        due_then = schedule.name_due_then(month.roster.elders["id"].tolist())
        write_state(folder, month, self.find_replanned(inputs, prepared, schedule).with_due_then(*due_then))
        planned_by = find_planned_by(inputs, prepared.plan, schedule, everybody=self.plans_everybody)
        folder.write_csv("planned_by", planned_by.make_frame())

    def _write_notices(
        self,
        folder: RunFolder,
        prepared: PreparedPlan,
        schedule: Schedule,
        people: PeopleNames,
        inputs: LoadedInputs,
        this_month: EarlierContacts,
    ) -> pd.DataFrame:
        """Write who is to be told of what changed; return the notices."""
        request = self.request
        told = EarlierContacts.none() if request.is_draft else this_month
        known = find_known(request.inputs, inputs, told, self.first_day)
        visits = request.inputs.visits if request.in_place else None
        before = find_beside(visits, "notices.csv") if visits else None
        return write_notices(folder, prepared, schedule, people, known, self.first_day, request.programme, before)

    def _verify(
        self,
        folder: RunFolder,
        prepared: PreparedPlan,
        schedule: Schedule | None,
        earlier: EarlierContacts,
        inputs: LoadedInputs,
    ) -> Verification:
        """Verify the files as written, with what had to stand, against the rosters as they were given."""
        request, month, this_month = self.request, prepared.month, earlier.in_horizon(self.request.horizon)
        frames, faulty = PlanFiles.of_folder(folder.path).read()
        assert not faulty, faulty
        must = self.must_stand(prepared, this_month.schedule)
        if schedule is not None:
            left = find_left_as_it_was(inputs, this_month.schedule, schedule) & self.only_adds
            must |= schedule.find_standing(this_month.schedule) | left
        kept = this_month.rows[must] if must.any() and self.until else None
        calendars, ids = schedule is not None and request.calendars, month.roster.elders["id"].tolist()
        due_then, more_stand = ({}, {}) if schedule is None else schedule.name_due_then(ids)
        starts, known = dict[str, date](), Replanned()
        if schedule is not None and self.until:
            known = known if self.start else self.find_replanned(inputs, prepared, schedule)
            starts = {**known.elders, **name_elders(schedule.stands_until, ids), **find_ends(inputs, prepared)}
        planning = Planning(
            self.start or known.everybody,
            kept,
            surge_calls=self.asks_surge,
            starts=starts,
            due_then=due_then,
            more_stand=frozenset(more_stand),
        )
        return verify_frames(
            replace(month, roster=inputs.roster_as_given),
            frames,
            request.inputs.list_known(month),
            inputs.as_planned.until(request.horizon.start).rows,
            planning,
            CalendarFolder(folder.path / CALENDARS, _MOST_CALENDARS) if calendars else None,
            inputs.records,
        )

    def _make_manifest(self, roster: Roster, files: Mapping[str, Path], started: datetime) -> dict[str, Any]:
        """Return what the month was made from, and how long each stage took."""
        request = self.request
        options = {
            "lang": language(),
            "month": request.horizon.start.strftime("%Y-%m"),
            "names": request.names,
            "set_aside": request.set_aside,
            "from": request.start.isoformat() if request.start else None,
            "elders": list(request.only.elders),
            "fill": request.fill,
            "volunteers": list(request.only.volunteers),
            "calendars": request.calendars,
            "homes": request.page.homes,
        }
        times = {"seconds": self.stages.seconds, "started_at": started.isoformat(timespec="seconds")}
        made_of = request.origins.readings
        return make_manifest(self.command, request.settings, roster.readings, files, made_of, options, times)


class Matching(Pipeline):
    """Match a month and write its plan."""

    command = "match"
    plans_contacts = False

    def prepare(self, inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
        """Match the month."""
        try:
            plan = match_month(inputs.month, on_progress=self.stages.progress)
        except NoPlanError as nobody:
            plan = nobody.plan  # its reasons are needed most
        return PreparedPlan(inputs.month, plan, left_out.make_unmatched_frame(plan, people))


class Scheduling(Pipeline):
    """Plan the contacts of pairs made by any hand (``inputs.pairs``), and write all."""

    command = "schedule"

    @property
    def asks_surge(self) -> bool:  # type: ignore[override]
        """Return whether everybody is called each day of a surge."""
        return not self.request.only

    @property
    def start(self) -> date | None:
        """Return the day from which the month is planned anew."""
        return self.request.start

    @property
    def first_day(self) -> date:
        """Return the first day that may be another than people know: days before a surge that comes in are over."""
        is_told = self.request.inputs.visits is not None and not self.request.is_draft
        return self.pairs_from if self.only_adds and is_told else super().first_day

    @property
    def until(self) -> date | None:
        """Return before which day contacts have to stand.

        A surge, and a new plan of some people, come into a month that is planned: what they do not touch stands.
        """
        whole = self.request.only or self.only_adds
        return self.request.horizon.end + timedelta(days=1) if whole else self.request.start

    @property
    def plans_everybody(self) -> bool:  # type: ignore[override]
        """Return whether the command is for everybody, and plans more than a surge."""
        return not (self.request.only or self.only_adds)

    def find_replanned(self, inputs: LoadedInputs, prepared: PreparedPlan, schedule: Schedule) -> Replanned:
        """Return since when the month was planned anew: from ``--from`` on, or of some elders."""
        start, known = self.request.start, inputs.replanned
        if not start:
            return known.plan_anew(self.pairs_from, list_ended(inputs, prepared)) if self.only_adds else known
        who = find_concerned(prepared, self.request.only, fill=self.request.fill)
        if who is None:
            return Replanned.of(start, schedule.stands_until, prepared.month.roster.elders["id"].tolist())
        earlier = inputs.earlier.in_horizon(self.request.horizon).known().schedule
        who = who | find_changed_elders(earlier, prepared.plan, start)
        return known.plan_anew(start, prepared.month.roster.elders["id"][who].tolist())

    def prepare(self, inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
        """Take the pairs as they are given; those that a hand put in the place of others begin on the day."""
        prepared = take_given_pairs(inputs, people)
        if self.request.fill:
            prepared = self._fill(inputs, people)
        if self.until is None or not len(inputs.earlier):
            return prepared
        contacts = inputs.earlier.in_horizon(self.request.horizon).known().schedule
        return replace(prepared, plan=begin_changed_pairs(prepared.plan, contacts, self.pairs_from))

    def _fill(self, inputs: LoadedInputs, people: PeopleNames) -> PreparedPlan:
        """Take the pairs as they are given, and find others for elders without one."""
        request, month = self.request, inputs.month
        pairs, issues = leave_out_gone(inputs)
        named = np.isin(month.roster.elders["id"].to_numpy(dtype=object), request.only.elders)
        plan = fill_places(month, pairs, request.start or request.horizon.start, named if named.any() else None)
        plan = replace(plan, paused=inputs.paused, had_no_pair=find_listed(inputs))
        unmatched, left_out_now = list_left_out(inputs, plan, people)
        return PreparedPlan(month, plan, unmatched, (*issues, *tell_new_seconds(inputs, plan), *left_out_now))

    def plan(self, prepared: PreparedPlan, earlier: EarlierContacts, progress: Progress) -> Schedule:
        """Plan everybody's contacts, or some people's."""
        who = find_concerned(prepared, self.request.only, fill=self.request.fill)
        surge_start = self.pairs_from if self.only_adds else None
        start, told = self.request.start, not self._tells_surge()
        return schedule_month(prepared.plan, earlier, start, who, progress, surge_start, is_surge_told=told)

    def must_stand(self, prepared: PreparedPlan, earlier: Schedule) -> Mask:
        """Return the contacts before the day, of other people, or that a surge does not touch."""
        request, plan = self.request, prepared.plan
        who = find_concerned(prepared, request.only, fill=request.fill)
        first = np.datetime64(request.start or request.horizon.start)
        if who is None and not self.only_adds:
            return np.asarray(earlier.day < first)
        fallen = find_fallen(earlier, plan, self.pairs_from)
        if who is None:
            return ~find_touched(earlier, plan) & ~fallen
        return np.asarray((earlier.elder >= 0) & ((earlier.day < first) | ~who[earlier.elder]) & ~fallen)

    @property
    def pairs_from(self) -> date:
        """Return the day from which changed pairs count: that of planning anew, else the first of a surge it brings."""
        days = filter(self.request.settings.surge.touches, self.request.horizon.dates())
        return self.request.start or next(days, self.request.horizon.start)

    @property
    def only_adds(self) -> bool:  # type: ignore[override]
        """Return whether a surge comes into a month that is planned, and not anew; one told before is in it already."""
        return not self.request.start and self._tells_surge()

    def _tells_surge(self) -> bool:
        """Return whether the command itself is told of a surge."""
        return any(map(self.request.settings.surge.touches, self.request.horizon.dates()))


class WholeMonth(Matching, Scheduling):
    """Match a month, plan its contacts, and write both."""

    command = "run"
    plans_contacts = True
    asks_surge = True
    plans_everybody = True
    start = None

    def find_replanned(self, _inputs: LoadedInputs, _prepared: PreparedPlan, _schedule: Schedule) -> Replanned:
        """Return that nothing is: the month is planned whole."""
        return Replanned()

    def must_stand(self, _prepared: PreparedPlan, earlier: Schedule) -> Mask:
        """Return that nothing must stand: the pairs are new."""
        return np.zeros(len(earlier), dtype=bool)


def match(request: RunRequest, stages: Stages | None = None) -> RunResult:
    """Match a month and write its plan; raise as ``Pipeline.run``."""
    return Matching(request, stages).run()


def run(request: RunRequest, stages: Stages | None = None) -> RunResult:
    """Match a month, plan its contacts, and write both; raise as ``Pipeline.run``."""
    return WholeMonth(request, stages).run()


def schedule(request: RunRequest, stages: Stages | None = None) -> RunResult:
    """Plan the contacts of pairs made by any hand (``inputs.pairs``), and write all; raise as ``Pipeline.run``."""
    return Scheduling(request, stages).run()
