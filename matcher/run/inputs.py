"""Everything that a month is made from, read and checked: all faults of all files in one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.beside import begin
from matcher.columns import column
from matcher.demand.calendar import Calendar
from matcher.errors import InputError, UsageError
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.matching import check_pins
from matcher.matching.candidates import prepare_features
from matcher.matching.edits import DecidedEdits
from matcher.messages import Issue
from matcher.month import LastRun, MonthData
from matcher.records import Records, read_records
from matcher.records.happened import apply_records
from matcher.records.unmet import find_unmet_since
from matcher.roster import load_roster
from matcher.roster.convert import convert, empty_frame
from matcher.roster.edits import list_workbooks
from matcher.roster.holidays import read_holidays
from matcher.roster.model import PairList, Roster
from matcher.roster.pairs import find_begun_later, find_many_unnamed, identify_pairs, load_beside, restore_ids
from matcher.roster.partners import read_partners
from matcher.roster.query import Query
from matcher.roster.read import read_table
from matcher.roster.source import Sources, find_paths, list_sources
from matcher.roster.table import Reading, Table, UnreadError
from matcher.run.edits import list_new_absences, load_edits
from matcher.run_folder import find_read_beside
from matcher.scheduling.absences import apply_absences
from matcher.scheduling.earlier import EarlierContacts, read_contacts, take_earlier
from matcher.scheduling.planned_by import PlannedBy
from matcher.scheduling.replanned import Replanned
from matcher.scheduling.told_surges import merge_surges
from matcher.settings import Settings, changed
from matcher.settings.month import SurgeSettings
from matcher.settings.roster import Conventions

_ROSTERS = ("elders", "volunteers")
_LISTS = ("previous", "pins", "never", "pairs")
_OF_MONTH = ("absences", "surges", "replanned", "planned_by", "edits")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a month is made from: rosters from wherever they are, and files."""

    elders: Sources
    volunteers: Sources
    previous: Path | None = None
    pins: Path | None = None
    never: Path | None = None
    pairs: Path | None = None
    """Pairs made by any hand, to be scheduled or verified."""
    previous_visits: Path | None = None
    """Last month's contacts."""
    visits: Path | None = None
    """This month's contacts as they stand."""
    records: Path | None = None
    """What happened last month: counts in place of what ``previous_visits`` planned."""
    settings: Path | None = None
    edits: tuple[Path, ...] | None = None
    """Plan workbooks that people filled in, or folders of them."""

    def given(self) -> dict[str, Sources]:
        """Return what is given, by its part."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: sources for name, sources in parts.items() if sources is not None}

    def list_known(self, month: MonthData) -> tuple[str, ...]:
        """Return the lists that are known, be they empty: where pairs are given, those that people gave."""
        if not self.pairs:
            return "previous", "pins"
        known = [name for name in ("previous", "pins") if len(getattr(month, name))]
        return tuple(dict.fromkeys((*self.given(), *known)))

    def files(self) -> dict[str, Path]:
        """Return the files that are given beside the rosters, by their part."""
        files = {name: path for name, path in self.given().items() if isinstance(path, Path) and name not in _ROSTERS}
        workbooks = list_workbooks(self.edits or ())
        return files | {f"workbook_{i}": path for i, path in enumerate(workbooks, start=1)}

    def beside(self) -> dict[str, Path]:
        """Return files of the last run that lie beside its pairs and tell more of it, by their part."""
        found = find_read_beside(self.previous, "previous") if self.previous else {}
        told = {kind: path for kind in _OF_MONTH if (path := self._find_of_month(kind))}
        return told | {f"previous_{kind}": path for kind, path in found.items()}

    def _find_of_month(self, kind: str) -> Path | None:
        """Return a file of this month's earlier run: beside its contacts, else beside its pairs."""
        given = [(name, getattr(self, name)) for name in ("visits", "pairs") if getattr(self, name)]
        found = [find_read_beside(path, name).get(kind) for name, path in given]
        return next((path for path in found if path), None)

    def paths(self) -> tuple[Path, ...]:
        """Return every file and folder that is read, those of databases too."""
        sources = [source for given in self.given().values() for source in list_sources(given)]
        databases = [source.file for source in sources if isinstance(source, Query) and source.file]
        return (*find_paths(sources), *databases)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedInputs:
    """What the inputs hold, without the rows at fault, and all their issues."""

    month: MonthData
    issues: tuple[Issue, ...]
    pairs: PairList
    """Pairs made by any hand; none where no such file is given."""
    paused: PairList
    """Those of them that pause."""
    unmatched: pd.DataFrame | None
    """Elders listed as unmatched beside those pairs."""
    absences: pd.DataFrame
    """Absences told in the course of the month, and who had left by the last run; ``month`` has them in its roster."""
    roster_as_given: Roster
    """The roster without these absences, but with what edits say of it."""
    earlier: EarlierContacts = field(default_factory=EarlierContacts.none)
    """Contacts of earlier runs, those of last month as they happened where records tell."""
    as_planned: EarlierContacts = field(default_factory=EarlierContacts.none)
    """The same as they were planned."""
    records: pd.DataFrame | None = None
    """What happened last month; None where no records are given."""
    replanned: Replanned = field(default_factory=Replanned)
    """Since when the month was planned anew, by earlier commands."""
    surge_before: SurgeSettings = field(default_factory=SurgeSettings)
    """The surges that earlier commands of the month were told, without those of this one."""
    edits: DecidedEdits | None = None
    """What people filled in in plan workbooks, and what earlier runs took of that; None where there is nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What ``check`` finds: the rosters, None where one can't be used at all, all issues, how sources were read."""

    roster: Roster | None
    issues: tuple[Issue, ...]
    readings: tuple[Reading, ...]


def check(inputs: Inputs, settings: Settings, horizon: Horizon | None = None) -> Report:
    """Return every fault of every input, how the rosters were read, and what of them can be used.

    Whether pins can stand is asked only when there are dates.
    """
    calendar = check_calendar(horizon, settings) if horizon else ()
    try:
        loaded = read_inputs(inputs, settings, horizon or _make_this_month(), pins_too=bool(horizon and inputs.pins))
    except UnreadError as error:
        return Report(None, (*error.issues, *calendar), error.readings)
    return Report(loaded.month.roster, (*loaded.issues, *calendar), loaded.month.roster.readings)


def check_calendar(horizon: Horizon, settings: Settings) -> tuple[Issue, ...]:
    """Return what is wrong with the calendar and the user's file of holidays, and which dates are in doubt."""
    schedule = settings.schedule
    try:
        doubts = Calendar.build(horizon, schedule).doubts
        own = read_holidays(schedule.holidays_file, horizon.start)
    except InputError as error:
        return error.issues
    return (*own.issues, *(doubt.explain(schedule.holidays_file) for doubt in doubts))


def load_inputs(inputs: Inputs, settings: Settings, horizon: Horizon, *, set_aside: bool = False) -> LoadedInputs:
    """Return the month that the inputs describe, and warnings; with ``set_aside``, without the rows at fault.

    Raises:
        InputError: with every issue of every input, when one is an error that can't be set aside.
    """
    loaded = read_inputs(inputs, settings, horizon)
    loaded = replace(loaded, issues=(*loaded.issues, *check_calendar(horizon, settings)))
    stop_at(loaded.issues, set_aside=set_aside)
    return loaded


def refuse_another_month(inputs: Inputs, horizon: Horizon, earlier: EarlierContacts) -> None:
    """Raise ``UsageError`` where this month's contacts are all of other months: none of them would stand."""
    others = len(earlier) and not len(earlier.in_horizon(horizon))
    if inputs.visits and not inputs.previous_visits and others:
        text = _("{path} holds no contact of {month:%Y-%m}; last month's are given with --previous-visits")
        raise UsageError(text.format(path=inputs.visits, month=horizon.start))


def stop_at(issues: Sequence[Issue], *, set_aside: bool, more: Sequence[Issue] = ()) -> None:
    """Raise all issues where one is an error; one that concerns a row counts only where rows can't be set aside."""
    if any(issue.severity == "error" and not (set_aside and issue.row) for issue in issues) or any(
        issue.severity == "error" for issue in more
    ):
        raise InputError([*issues, *more])


def read_inputs(
    inputs: Inputs,
    settings: Settings,
    horizon: Horizon,
    *,
    pins_too: bool = True,
    beside: Mapping[str, Path] | None = None,
) -> LoadedInputs:
    """Return the month without the rows at fault, and every issue of every input.

    ``beside`` are further files of earlier runs, by their part.

    Raises:
        UnreadError: a roster can't be read at all; with the issues of all inputs.
    """
    of_earlier_runs = inputs.beside() | dict(beside or {})
    # the volunteers are soon read: there is time beside the elders
    tables = begin(partial(_read_tables, inputs, settings.conventions()))
    contacts = begin(partial(read_contacts, [path for path in (inputs.previous_visits, inputs.visits) if path]))
    roster, issues, readings = _read_rosters(inputs, settings, horizon)
    settings, surge_before = _add_told_surges(settings, horizon, of_earlier_runs, issues)
    prepared = None
    if roster and pins_too and not inputs.pairs:  # pairs are to be made: rules are asked
        prepared = begin(partial(_prepare, MonthData(roster, horizon, settings)))
    lists = _read_lists(inputs, tables(), roster, horizon, issues)
    listed = find_read_beside(inputs.pairs, "pairs").get("unmatched") if inputs.pairs else None
    unmatched = read_frame(listed, "unmatched", issues, roster) if listed else None
    as_planned, found = take_earlier(contacts(), roster)
    issues += found
    records = _read_records(inputs.records, issues) if inputs.records else None
    if roster is None:
        raise UnreadError(issues, readings)
    pairs = lists.pop("pairs")
    absences = _read_absences(inputs.beside(), roster, issues)
    last_run = _read_last_run(inputs.beside(), unmatched, roster, issues)
    if inputs.previous and not _is_at_fault(inputs.previous, issues):
        waited = last_run.waited_since
        listed_then = np.zeros(len(roster.elders), dtype=bool) if waited is None else ~np.isnat(waited)
        issues += find_many_unnamed(lists["previous"], listed_then, roster, horizon.start, inputs.previous.name)
    earlier = as_planned
    if records is not None:
        happened = apply_records(as_planned.rows, records, settings.records.unconfirmed, horizon.start)
        earlier = EarlierContacts.of(happened, as_planned.cancelled, roster)
        earlier = replace(earlier, known_from=as_planned.known_from)
        if len(as_planned.until(horizon.start)):
            span = (as_planned.known_from.astype("datetime64[M]"), horizon.start)
            unmet = find_unmet_since(lists["previous"], happened, span, len(roster.elders))
            last_run = replace(last_run, unmet_since=unmet)
    earlier = replace(
        earlier,
        missing=_read_missing(inputs.visits, roster, issues),
        replanned=_read_replanned(of_earlier_runs, horizon, issues),
        planned_by=_read_planned_by(of_earlier_runs, issues),
    )
    month = MonthData(roster, horizon, settings, lists["previous"], lists["pins"], lists["never"], last_run)
    if prepared is not None:
        prepared()
    if pins_too:
        faults = check_pins(apply_absences(month, absences))
        issues += faults
        faulty = [issue.row for issue in faults if issue.severity == "error" and issue.row]
        month = replace(month, pins=_leave_out(month.pins, faulty))
    decided = load_edits(inputs.edits or (), of_earlier_runs, month, pairs if inputs.pairs else None, absences, issues)
    month = decided.month
    if decided.pairs is not None:
        pairs = decided.pairs
    absences = list_new_absences(decided, absences)
    month, roster = apply_absences(month, absences), month.roster
    is_paused = pairs.is_paused
    standing, paused = pairs.where(~is_paused), pairs.where(is_paused)
    return LoadedInputs(
        month,
        tuple(issues),
        standing,
        paused,
        unmatched,
        absences,
        roster,
        earlier,
        as_planned,
        records,
        earlier.replanned,
        surge_before,
        decided if decided.answers or inputs.edits else None,
    )


def _prepare(month: MonthData) -> None:
    """Compute what rules compare of a month's people; whoever asks the rules is told of a calendar at fault."""
    with suppress(InputError):
        prepare_features(month)


def _make_this_month() -> Horizon:
    return Horizon.of_month(f"{date.today():%Y-%m}")


def _is_at_fault(path: Path, issues: Sequence[Issue]) -> bool:
    """Return whether a file has an error: it then may name nobody, however whole it is."""
    return any(issue.severity == "error" and issue.file == path.name for issue in issues)


def _read_rosters(
    inputs: Inputs, settings: Settings, horizon: Horizon
) -> tuple[Roster | None, list[Issue], tuple[Reading, ...]]:
    """Return the rosters, None where one can't be read at all; their issues; how their sources were read."""
    try:
        roster = load_roster(inputs.elders, inputs.volunteers, settings, horizon.start)
    except UnreadError as error:
        return None, list(error.issues), error.readings
    return roster, list(roster.issues), roster.readings


def _read_tables(inputs: Inputs, conventions: Conventions) -> dict[str, Table | InputError]:
    """Return the lists of pairs that are given, by their part, as text; of one that can't be read, why."""
    tables: dict[str, Table | InputError] = {}
    for kind in _LISTS:
        if path := getattr(inputs, kind):
            try:
                tables[kind] = read_table(path, kind, conventions)
            except InputError as error:
                tables[kind] = error
    return tables


def _read_lists(
    inputs: Inputs,
    tables: Mapping[str, Table | InputError],
    roster: Roster | None,
    horizon: Horizon,
    issues: list[Issue],
) -> dict[str, PairList]:
    """Return the lists of pairs by their part; the faults are added to ``issues``."""
    lists = dict.fromkeys(_LISTS, PairList.empty())
    for kind, table in tables.items():
        if isinstance(table, InputError):
            issues += table.issues
            continue
        lists[kind], found = identify_pairs(table, roster)
        issues += found
    if roster and not (inputs.pairs and inputs.previous):
        lists["previous"], found = _complete_previous(inputs, roster, horizon, lists["previous"])
        issues += found
    return lists


def _complete_previous(
    inputs: Inputs, roster: Roster, horizon: Horizon, given: PairList
) -> tuple[PairList, list[Issue]]:
    """Return last month's pairs, as the rosters name them where no file does, and what is wrong with their dates."""
    if inputs.previous:
        return given, find_begun_later(given, horizon.end, "previous", "since")
    named, issues = read_partners(roster)
    return named, [*issues, *find_begun_later(named, horizon.end, "elders", "paired_since")]


def read_frame(path: Path, kind: str, issues: list[Issue], roster: Roster | None = None) -> pd.DataFrame | None:
    """Return a file as a typed frame, without the rows at fault; the faults are added to ``issues``."""
    try:
        table, restored = restore_ids(read_table(path, kind), roster)
        frame, faulty, found = convert(table)
    except InputError as error:
        issues += error.issues
        return None
    issues += [*restored, *found]
    return frame[~faulty].reset_index(drop=True) if faulty.any() else frame


def _read_records(path: Path, issues: list[Issue]) -> pd.DataFrame:
    """Return what happened, without the rows at fault; the faults are added to ``issues``."""
    try:
        found = read_records(path)
    except InputError as error:
        issues += error.issues
        return Records.none().frame
    issues += found.issues
    return found.frame


def _read_last_run(
    beside: Mapping[str, Path], unmatched: pd.DataFrame | None, roster: Roster, issues: list[Issue]
) -> LastRun:
    """Return what files beside last month's pairs tell of that run; without any, what this month's list hands on."""
    frames: dict[str, pd.DataFrame] = {}
    for name, path in beside.items():
        if name.endswith(_OF_MONTH):
            continue
        try:
            frames[name], found = load_beside(path, name.removeprefix("previous_"), roster)
            issues += found
        except InputError as error:
            issues += error.issues
    return LastRun.of(frames.get("previous_unmatched", unmatched), roster)


def _add_told_surges(
    settings: Settings, horizon: Horizon, beside: Mapping[str, Path], issues: list[Issue]
) -> tuple[Settings, SurgeSettings]:
    """Return the settings with the surges that earlier commands of the month were told; and these surges alone."""
    told = read_frame(beside["surges"], "surges", issues) if "surges" in beside else None
    without = changed(settings, {"surge.days": "", "surge.calls_only": ""})
    before, _same_issues = merge_surges(without, told, horizon)
    settings, contradicted = merge_surges(settings, told, horizon)
    issues += contradicted
    return settings, before.surge


def _read_missing(visits: Path | None, roster: Roster, issues: list[Issue]) -> pd.DataFrame | None:
    """Return what the run that wrote these visits listed as missing; None where nothing says it."""
    listed = find_read_beside(visits, "visits").get("unscheduled") if visits else None
    return read_frame(listed, "unscheduled", issues, roster) if listed else None


def _read_replanned(beside: Mapping[str, Path], horizon: Horizon, issues: list[Issue]) -> Replanned:
    """Return since when earlier commands planned the month anew."""
    told = read_frame(beside["replanned"], "replanned", issues) if "replanned" in beside else None
    return Replanned.read(told, horizon)


def _read_planned_by(beside: Mapping[str, Path], issues: list[Issue]) -> PlannedBy:
    """Return what the month's earlier run was planned by."""
    return PlannedBy.read(read_frame(beside["planned_by"], "planned_by", issues) if "planned_by" in beside else None)


def _read_absences(beside: Mapping[str, Path], roster: Roster, issues: list[Issue]) -> pd.DataFrame:
    """Return what was told of this month, and who had left by the last run; people of no roster are told of."""
    parts = [empty_frame("absences")]
    for name in ("absences", "previous_absences"):
        if name in beside and (frame := read_frame(beside[name], "absences", issues, roster)) is not None:
            parts.append(frame if name == "absences" else frame[frame["kind"] == "left"])
    rows = pd.concat(parts, ignore_index=True)
    known = np.zeros(len(rows), dtype=bool)
    for part, side in (("elder", "elders"), ("volunteer", "volunteers")):
        mine = np.flatnonzero(rows["part"] == part)
        if len(mine):  # else the ids of a city are looked through for nobody
            known[mine] = rows["person_id"].iloc[mine].isin(getattr(roster, side)["id"])
    header = column("absences", "person_id").header()
    issues += [
        Issue("absence_unknown_person", row["file"], int(row["row"]), header, row["person_id"])
        for row in rows[~known].to_dict("records")
    ]
    told = ["part", "person_id", "kind", "from", "to"]
    return rows.loc[known, told].drop_duplicates(ignore_index=True)


def _leave_out(pairs: PairList, rows: Sequence[int]) -> PairList:
    """Return the pairs of a list that are not in the given rows of its file."""
    return pairs.where(~np.isin(pairs.row, rows))
