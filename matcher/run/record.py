"""The records of a month: sheets read, merged with the records so far, written with the lists that follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from matcher.errors import UsageError
from matcher.evidence import note_missing
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.messages import Issue
from matcher.outputs.folder import RunFolder, write_file
from matcher.outputs.tables import Names, PeopleNames, make_issues_frame
from matcher.records import ReadSheets, Records, SheetAccount, read_planned, read_records, read_sheets
from matcher.records.file import read_records_of_months
from matcher.records.list_files import LIST_FILES
from matcher.records.lists import Situation, make_lists
from matcher.records.merge import Merged, merge_records
from matcher.roster import load_roster
from matcher.roster.source import Source, Sources, find_paths
from matcher.run.inputs import stop_at
from matcher.settings import Settings

LISTS = frozenset(one.name for one in LIST_FILES)
"""Names of what the folder of lists may hold."""


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """A request for records: the sheets, the month as planned, where its records are, and how to read and write."""

    sheets: tuple[Source, ...]
    elders: Sources
    volunteers: Sources
    plan: Path
    """The run folder of the month."""
    records: Path
    """The file of records, read where there is one and written; its lists lie in a folder of its name beside it."""
    horizon: Horizon
    today: date
    previous_records: tuple[Path, ...] = ()
    settings: Settings = field(default_factory=Settings)
    names: Names = "masked"
    set_aside: bool = False
    replace: bool = False
    """Whether sheets count where they contradict the records so far."""

    @property
    def lists(self) -> Path:
        """Return the folder of the lists."""
        return self.records.with_suffix("")


@dataclass(frozen=True, slots=True, eq=False)
class RecordResult:
    """The records of a month after sheets came in, and what follows from them."""

    situation: Situation
    merged: Merged
    accounts: tuple[SheetAccount, ...]
    issues: tuple[Issue, ...]
    lists: dict[str, pd.DataFrame]
    records: Path
    folder: Path


def record(request: RecordRequest, on_progress: Callable[[int, int], None] | None = None) -> RecordResult:
    """Read sheets, merge them with a month's records, and write these and their lists, all or nothing.

    Raises:
        InputError: an input can't be read; or rows of sheets are at fault, and are not to be set aside.
        UsageError: a file or folder can't be written.
    """
    if request.records.suffix.lower() != ".csv":
        raise UsageError(_("{path} is no CSV file; name one with --records").format(path=request.records))
    roster = load_roster(request.elders, request.volunteers, request.settings, request.horizon.start)
    planned = read_planned(request.plan, roster, request.horizon, request.today)
    stands = _read_standing(request.records)
    before = read_records_of_months(request.previous_records)
    stop_at((*stands.issues, *before.issues), set_aside=False)
    found = read_sheets(request.sheets, planned, request.settings, on_progress) if request.sheets else ReadSheets.none()
    merged = merge_records(stands.frame, found.records, replace=request.replace)
    issues = (*found.issues, *merged.issues)
    stop_at(issues, set_aside=request.set_aside)
    accounts = _count_contradictions(found, merged.issues)
    earlier = before.frame[before.frame["date"] < pd.Timestamp(request.horizon.start)]
    situation = Situation.of(planned, merged.records, earlier, roster, request.settings)
    lists = _name_people(make_lists(situation), PeopleNames.of(roster, request.names))
    _write(request, merged.records, lists, issues)
    return RecordResult(situation, merged, accounts, issues, lists, request.records, request.lists)


def _read_standing(path: Path) -> Records:
    """Return the records so far; that there are none is kept as evidence."""
    if path.exists():
        return read_records(path)
    note_missing(path)
    return Records.none()


def _count_contradictions(found: ReadSheets, issues: Sequence[Issue]) -> tuple[SheetAccount, ...]:
    """Return the accounts of the sheets, in which rows that contradict others are faults and no records."""
    rows = {(issue.file, issue.row) for issue in issues}
    count = Counter(found.file_of_sheet[file] for file, _row in rows)
    return tuple(
        replace(one, records=one.records - count[one.file], faults=one.faults + count[one.file])
        for one in found.accounts
    )


def _write(
    request: RecordRequest, records: pd.DataFrame, lists: dict[str, pd.DataFrame], issues: Sequence[Issue]
) -> None:
    """Write the lists and the records; the lists' folder is whole before the records take their place."""
    if not request.records.parent.exists():
        with suppress(OSError):  # whoever writes there says why it can't be
            request.records.parent.mkdir(parents=True)
    given = [*find_paths(request.sheets), *request.previous_records]
    with RunFolder(request.lists, force=True, files=LISTS, inputs=given, private=True) as folder:
        for kind, frame in lists.items():
            folder.write_csv(kind, frame)
        folder.write_csv("issues", make_issues_frame(issues))
        write_file(request.records, records, "records", private=True)
        folder.publish()


def _name_people(lists: dict[str, pd.DataFrame], people: PeopleNames) -> dict[str, pd.DataFrame]:
    """Return the lists with names beside the ids."""
    named = {}
    for kind, frame in lists.items():
        columns = {}
        if "elder_id" in frame:
            columns["elder_name"] = people.elder_names(frame["elder_id"])
        if "volunteer_id" in frame:
            columns["volunteer_name"] = people.volunteer_names(frame["volunteer_id"])
        if "person_id" in frame:
            columns["person_name"] = people.elder_names(frame["person_id"])
        named[kind] = frame.assign(**columns)
    return named
