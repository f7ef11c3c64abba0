"""Calendar files, read with the library icalendar and held against the contacts that they should hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import icalendar
import pandas as pd

from matcher.verify.case import CalendarFolder
from matcher.verify.dates import to_day
from matcher.verify.violations import Findings, Violation

_CONTACTS = uuid5(NAMESPACE_URL, "https://old-partners.invalid/contact")
_CANCELLED = "cancelled"
_CHINA = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Entry of a calendar: what an event should say."""

    owner: str
    elder_id: str
    day: date | None
    start_min: float
    end_min: float
    revision: float
    row: int | None


def check_calendars(
    calendars: CalendarFolder, visits: pd.DataFrame, cancelled: pd.DataFrame | None, findings: Findings
) -> int:
    """Check that every contact is once in its volunteer's file, and its companion's; what fell away is cancelled.

    Args:
        calendars: The folder of the files; cancellations are in its folder ``cancelled``.
        visits: Contacts as in visits.csv.
        cancelled: Those that fell away, as in cancelled.csv.
        findings: Takes what is broken.

    Returns:
        How many events were read.
    """
    folder, most = calendars.path, calendars.most_files
    files = sorted(folder.glob("*.ics"))
    if most is not None and len(files) > most:
        files = [files[i * len(files) // most] for i in range(most)]
        ids = {file.stem for file in files}
        companions = visits.get("companion", pd.Series("", index=visits.index))
        visits = visits[visits["volunteer_id"].isin(ids) | companions.isin(ids)]
        listed = None if cancelled is None else cancelled[cancelled["volunteer_id"].isin(ids)]
        expected, gone = _list_entries(visits, companions=True, only=ids), _list_entries(listed, companions=False)
        cancelling = [folder / _CANCELLED / file.name for file in files]
    else:
        expected, gone = _list_entries(visits, companions=True), _list_entries(cancelled, companions=False)
        cancelling = sorted((folder / _CANCELLED).glob("*.ics"))
    n_published = _check_files(files, expected, ("PUBLISH", "CONFIRMED"), findings)
    existing = [file for file in cancelling if file.is_file()]
    return n_published + _check_files(existing, gone, ("CANCEL", "CANCELLED"), findings)


def _list_entries(rows: pd.DataFrame | None, *, companions: bool, only: set[str] | None = None) -> dict[str, _Entry]:
    """Return what should be in calendars, by UID; the companions' too, or ``only`` those of some people."""
    entries: dict[str, _Entry] = {}
    for row in [] if rows is None else rows.to_dict("records"):
        owners = [str(row["volunteer_id"])]
        if companions and row.get("companion"):
            owners.append(str(row["companion"]))
        day = None if pd.isna(row["date"]) else pd.Timestamp(row["date"]).date()
        number = row.get("row")
        programme = row.get("programme", "")
        for owner in owners:
            if only is None or owner in only:
                revision = row.get("revision", 0)
                entries[str(uuid5(_CONTACTS, f"{programme}\n{row['visit_id']}\n{owner}"))] = _Entry(
                    owner,
                    str(row["elder_id"]),
                    day,
                    float(row["start"]),
                    float(row["end"]),
                    0.0 if pd.isna(revision) else float(revision),
                    None if number is None or pd.isna(number) else int(number),
                )
    return entries


def _check_files(
    files: list[Path], expected: dict[str, _Entry], method_and_status: tuple[str, str], findings: Findings
) -> int:
    """Check the events of files against what they should say, and return how many there are."""
    right_method, right_status = method_and_status
    seen: dict[str, Path] = {}
    events = 0
    for file in files:
        owners = set()
        for event, method in _read_events(file, findings):
            events += 1
            uid = str(event.get("UID", ""))
            entry = expected.get(uid)
            if entry is None or uid in seen:
                findings.add_one(Violation("calendar_extra", date=_read_date(event), what=file.name))
                continue
            seen[uid] = file
            owners.add(entry.owner)
            for what in _find_differences(event, entry, method == right_method, right_status):
                findings.add_one(
                    Violation("calendar_differs", entry.elder_id, entry.owner, entry.day, what=what, row=entry.row)
                )
        if len(owners) > 1:
            findings.add_one(Violation("calendar_differs", volunteer_id=min(owners), what="volunteer_id"))
    for uid, entry in expected.items():
        if uid not in seen:
            findings.add_one(Violation("calendar_missing", entry.elder_id, entry.owner, entry.day, row=entry.row))
    return events


def _read_events(file: Path, findings: Findings) -> Iterator[tuple[icalendar.Component, str]]:
    """Yield each event of a file, with the file's method."""
    try:
        calendar = icalendar.Calendar.from_ical(file.read_bytes())
        events = calendar.walk("VEVENT")
        method = str(calendar.get("METHOD", ""))
    except (ValueError, KeyError, IndexError):
        findings.add_one(Violation("calendar_unread", what=file.name))
        return
    for event in events:
        yield event, method


def _find_differences(event: icalendar.Component, entry: _Entry, method_fits: bool, status: str) -> Iterator[str]:
    """Yield the columns of visits.csv that an event contradicts."""
    start, end = _read_time(event, "DTSTART"), _read_time(event, "DTEND")
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


def _read_time(event: icalendar.Component, name: str) -> datetime | None:
    """Return a time in China; None where it is none."""
    try:
        moment: Any = event.decoded(name)
    except (KeyError, ValueError):
        return None
    offset = moment.utcoffset() if isinstance(moment, datetime) else None
    return (
        moment if isinstance(moment, datetime) and offset is not None and offset.total_seconds() == 8 * 3600 else None
    )


def _read_date(event: icalendar.Component) -> date | None:
    """Return the day of an event; None where it has none after 1970."""
    start = _read_time(event, "DTSTART")
    return start.date() if start is not None and to_day(start.date()) > 0 else None
