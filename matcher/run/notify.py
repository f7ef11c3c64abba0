"""Notices of a run: what people know before it, and the files that say who is to be told what."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from matcher.errors import InputError
from matcher.outputs import tables
from matcher.outputs.folder import RunFolder
from matcher.outputs.tables import PeopleNames
from matcher.outputs.volunteer_messages import write_messages
from matcher.programme import Programme
from matcher.roster.model import PairList, Roster
from matcher.roster.pairs import load_file, load_pairs
from matcher.run.inputs import Inputs, LoadedInputs
from matcher.run.prepared import PreparedPlan
from matcher.run_folder import find_beside
from matcher.schedule import Schedule
from matcher.scheduling.earlier import EarlierContacts
from matcher.scheduling.notices import KnownPlan, find_notices, take_pairs_of_contacts


def find_known(files: Inputs, inputs: LoadedInputs, this_month: EarlierContacts, since: date) -> KnownPlan:
    """Return this month's plan as people know it; last month's pairs where nobody has been told of this one.

    Args:
        files: The inputs' files.
        inputs: What they hold.
        this_month: The contacts of which people were told.
        since: The first day that may be another.
    """
    if not len(this_month):
        return KnownPlan(inputs.month.previous)
    contacts = this_month.known().schedule
    return KnownPlan(take_pairs_of_contacts(_read_pairs(files, inputs), contacts, since), contacts)


def write_notices(
    folder: RunFolder,
    prepared: PreparedPlan,
    schedule: Schedule,
    people: PeopleNames,
    known: KnownPlan,
    since: date,
    programme: Programme | None,
    before: Path | None,
) -> pd.DataFrame:
    """Write who is to be told of what changed, and volunteers' messages; return the notices.

    Args:
        folder: Where to.
        prepared: The month and its pairs.
        schedule: Its contacts.
        people: Names of both rosters.
        known: What people know.
        since: The first day that may be another.
        programme: Whose messages they are.
        before: The notices of this month so far, which stay in the file: somebody may not have been told yet.
    """
    roster, month = prepared.month.roster, prepared.month.horizon
    found = find_notices(known, prepared.plan, schedule, since)
    notices = tables.make_notices_frame(found, people, roster)
    earlier = _read_notices(before, roster) if before and known.contacts is not None else notices.iloc[:0]
    number = int(earlier["change_number"].max()) + 1 if len(earlier) else 1
    notices = notices.assign(change_number=number)
    both = pd.concat([earlier, notices], ignore_index=True) if len(earlier) else notices
    folder.write_csv("notices", both)
    everybody = known.contacts is None
    messages = write_messages(
        programme or Programme(), month, roster, people, schedule, found, since=since, everybody=everybody
    )
    folder.write_text("messages.txt", messages)
    return notices


def _read_pairs(files: Inputs, inputs: LoadedInputs) -> PairList:
    """Return the pairs of the month's earlier run, paused ones among them: those beside its contacts, else as given."""
    beside = find_beside(files.visits, "pairs.csv") if files.visits else None
    path = beside or files.pairs
    if path is None:
        return PairList.empty()
    try:
        return load_pairs(path, inputs.month.roster, "previous")[0]
    except InputError:  # contacts show them
        return PairList.empty()


def _read_notices(path: Path, roster: Roster) -> pd.DataFrame:
    """Return the notices of a file, in the columns of the table.

    Raises:
        InputError: it can't be read.
    """
    frame = load_file(path, "notices", roster)[0]
    return frame.assign(change_number=frame["change_number"].fillna(1).astype(int))
