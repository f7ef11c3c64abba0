"""Calendar files, read anew with the library icalendar, against the contacts that they should hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import icalendar
import pandas as pd

from matcher.verify.violations import EPOCH_ORDINAL, Findings, Violation

_CONTACTS = uuid5(NAMESPACE_URL, "https://old-partners.invalid/contact")
_CANCELLED = "cancelled"
_CHINA = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an event should say."""

    owner: str
    elder_id: str
    day: date | None
    start_min: float
    end_min: float
    revision: float
    row: int | None


def check_calendars(
    folder: Path, visits: pd.DataFrame, cancelled: pd.DataFrame | None, found: Findings, most: int | None = None
) -> int:
    """Every contact is once in its volunteer's file, and in that of who comes along; what fell away is cancelled.

    Args:
        folder: Where the files are; cancellations are in its folder ``cancelled``.
        visits: Contacts as in visits.csv.
        cancelled: Those that fell away, as in cancelled.csv.
        found: Takes what is broken.
        most: Read so many of the volunteers' files, evenly spread, and look for the contacts of these; None: all.

    Returns:
        How many events were read.
    """
    files = sorted(folder.glob("*.ics"))
    if most is not None and len(files) > most:
        files = [files[i * len(files) // most] for i in range(most)]
        ids = {file.stem for file in files}
        along = visits.get("companion", pd.Series("", index=visits.index))
        visits = visits[visits["volunteer_id"].isin(ids) | along.isin(ids)]
        listed = None if cancelled is None else cancelled[cancelled["volunteer_id"].isin(ids)]
        expected, gone = _entries(visits, along=True, only=ids), _entries(listed, along=False)
        taken_back = [folder / _CANCELLED / file.name for file in files]
    else:
        expected, gone = _entries(visits, along=True), _entries(cancelled, along=False)
        taken_back = sorted((folder / _CANCELLED).glob("*.ics"))
    published = _held(files, expected, "PUBLISH", "CONFIRMED", found)
    return published + _held([file for file in taken_back if file.is_file()], gone, "CANCEL", "CANCELLED", found)


def _entries(rows: pd.DataFrame | None, *, along: bool, only: set[str] | None = None) -> dict[str, _Entry]:
    """What should be in calendars, by UID."""
    entries: dict[str, _Entry] = {}
    for row in [] if rows is None else rows.to_dict("records"):
        owners = [str(row["volunteer_id"])]
        if along and row.get("companion"):
            owners.append(str(row["companion"]))
        day = None if pd.isna(row["date"]) else pd.Timestamp(row["date"]).date()
        number = row.get("row")
        for owner in owners:
            if only is None or owner in only:
                revision = row.get("revision", 0)
                entries[str(uuid5(_CONTACTS, f"{row['visit_id']}\n{owner}"))] = _Entry(
                    owner,
                    str(row["elder_id"]),
                    day,
                    float(row["start"]),
                    float(row["end"]),
                    0.0 if pd.isna(revision) else float(revision),
                    None if number is None or pd.isna(number) else int(number),
                )
    return entries


def _held(files: list[Path], expected: dict[str, _Entry], method: str, status: str, found: Findings) -> int:
    """Hold the events of files against what they should say; how many there are."""
    seen: dict[str, Path] = {}
    events = 0
    for file in files:
        owners = set()
        for event, told in _events(file, found):
            events += 1
            uid = str(event.get("UID", ""))
            entry = expected.get(uid)
            if entry is None or uid in seen:
                found.add_one(Violation("calendar_extra", *_of(event), what=file.name))
                continue
            seen[uid] = file
            owners.add(entry.owner)
            for what in _differences(event, entry, told == method, status):
                found.add_one(
                    Violation("calendar_differs", entry.elder_id, entry.owner, entry.day, what=what, row=entry.row)
                )
        if len(owners) > 1:
            found.add_one(Violation("calendar_differs", volunteer_id=min(owners), what="volunteer_id"))
    for uid, entry in expected.items():
        if uid not in seen:
            found.add_one(Violation("calendar_missing", entry.elder_id, entry.owner, entry.day, row=entry.row))
    return events


def _events(file: Path, found: Findings) -> Iterator[tuple[icalendar.Component, str]]:
    """Each event of a file, and the file's method."""
    try:
        calendar = icalendar.Calendar.from_ical(file.read_bytes())
        events = calendar.walk("VEVENT")
        method = str(calendar.get("METHOD", ""))
    except (ValueError, KeyError, IndexError):
        found.add_one(Violation("calendar_unread", what=file.name))
        return
    for event in events:
        yield event, method


def _differences(event: icalendar.Component, entry: _Entry, method_fits: bool, status: str) -> Iterator[str]:
    """Columns of visits.csv that an event contradicts."""
    start, end = _when(event, "DTSTART"), _when(event, "DTEND")
    if start is None or start.date() != entry.day:
        yield "date"
    elif start.hour * 60 + start.minute != entry.start_min:
        yield "start"
    if end is None or end.date() != entry.day or end.hour * 60 + end.minute != entry.end_min:
        yield "end"
    if str(event.get("SEQUENCE", "")) != f"{entry.revision:.0f}":
        yield "revision"
    if f"({entry.elder_id})" not in str(event.get("SUMMARY", "")):
        yield "elder_id"
    if not method_fits or str(event.get("STATUS", "")) != status:
        yield "status"


def _when(event: icalendar.Component, name: str) -> datetime | None:
    """A time in China, None where it is none."""
    try:
        moment: Any = event.decoded(name)
    except (KeyError, ValueError):
        return None
    offset = moment.utcoffset() if isinstance(moment, datetime) else None
    return (
        moment if isinstance(moment, datetime) and offset is not None and offset.total_seconds() == 8 * 3600 else None
    )


def _of(event: icalendar.Component) -> tuple[str, str, date | None]:
    """What can be told of an event that nobody knows: no ids, and its day."""
    start = _when(event, "DTSTART")
    inside = start is not None and start.date().toordinal() > EPOCH_ORDINAL
    return "", "", start.date() if start is not None and inside else None
