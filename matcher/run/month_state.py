"""The state of a programme's month: planned, handed out, recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from matcher.database import is_database
from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.programme import HandedOut, Programme
from matcher.records import read_records
from matcher.roster.pairs import load_file
from matcher.roster.source import find_paths, parse_source

Phase = Literal["unplanned", "matched", "draft", "handed_out", "over"]


@dataclass(frozen=True, slots=True)
class MonthState:
    """The state of a month.

    Attributes:
        month: The month, ``2027-01``.
        phase: How far it is; ``over``: it was handed out and its last day is past.
        volunteers: Volunteers with a contact in it.
        reported: Those of them of whom there are records.
        handed_out: When it was handed out; None where it was not.
        unread: Files of it that can't be read.
    """

    month: str
    phase: Phase
    volunteers: int = 0
    reported: int = 0
    handed_out: HandedOut | None = None
    unread: tuple[Path, ...] = ()


def read_month_state(programme: Programme, month: str, today: date) -> MonthState:
    """Return where a month stands today."""
    folder, handed_out = programme.month_folder(month), programme.read_handed_out(month)
    if not (folder / "pairs.csv").is_file():
        return MonthState(month, "unplanned", handed_out=handed_out)
    visits, unread = folder / "visits.csv", []
    if not visits.is_file():
        return MonthState(month, "matched", handed_out=handed_out)
    planned, reported = set[str](), set[str]()
    try:
        planned = set(load_file(visits, "visits", None)[0]["volunteer_id"])
    except InputError:
        unread.append(visits)
    records = programme.records_file(month)
    if records.is_file():
        try:
            frame = read_records(records).frame
            reported = set(frame["volunteer_id"])
        except InputError:
            unread.append(records)
    over = Horizon.of_month(month).end < today
    phase: Phase = "draft" if handed_out is None else "over" if over else "handed_out"
    return MonthState(month, phase, len(planned), len(planned & reported), handed_out, tuple(unread))


def find_missing_files(programme: Programme) -> list[tuple[str, str]]:
    """Return what the programme's file names and is not there, each with its key: ``files.elders``."""
    missing = []
    for roster in ("elders", "volunteers"):
        sources = programme.find_sources(roster)
        if not sources:
            missing.append((f"files.{roster}", ""))
        for text in sources:
            if not is_database(text):
                missing += [
                    (f"files.{roster}", str(path)) for path in find_paths(parse_source(text)) if not path.exists()
                ]
    for part in ("pins", "never", "settings", "holidays", "previous"):
        path = programme.find_file(part)
        if path is not None and not path.exists():
            missing.append((f"files.{part}", str(path)))
    return missing
