"""Calendars: a file a volunteer, as phones, Outlook and Google take them (iCalendar, RFC 5545 and 5546).

``calendars/V00001.ics`` holds the month's contacts, ``calendars/cancelled/V00001.ics`` takes back those that fell away
since an earlier run. A contact keeps its UID, which none of another programme has, from run to run, and its SEQUENCE
rises whenever it changes: a calendar that has it already moves it, and does not show it twice.

The library icalendar makes what is the same in all files. Events are put together column by column, for a city has 1.8
million of them and the library's object model would take five minutes; tests hold them against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.outputs.calendar_marks import ZONE
from matcher.outputs.filenames import make_file_names
from matcher.outputs.tables import PeopleNames
from matcher.outputs.text import get_content, join_pieces, make_cells, spell_out
from matcher.run_folder import CANCELLED
from matcher.settings.month import CalendarSettings

NAMESPACE = uuid5(NAMESPACE_URL, "https://old-partners.invalid/contact")
"""The UUIDs of contacts are version 5, of this namespace: the same contact, the same UUID, and nobody's id in it."""
_BLOCK = 100_000
"""Events put together in one go: bounds the memory."""
_LINE_END = r"\r\n?|[\n\x0b\x0c]|\x{85}|\x{2028}|\x{2029}"
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f]|[\x{80}-\x{9f}]"
"""What no TEXT of RFC 5545, 3.3.11, may hold; its lines end in an escaped n."""
_LINE = 75
"""Octets of a line before it is folded."""
_TIMES = ("start", "end")
_KEY_LENGTH = 12


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Contacts that go into calendars, as in ``visits.csv`` with ``programme``, and what the frames leave out."""

    contacts: pd.DataFrame
    cancelled: pd.DataFrame
    """Contacts of an earlier run that fell away; their ``revision`` is raised already."""
    people: PeopleNames
    building: NDArray[np.object_]
    """Where each elder of ``people`` lives, cut at the building; empty where unknown."""


def write_calendars(
    folder: Path,
    entries: Entries,
    horizon: Horizon,
    settings: CalendarSettings,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write the calendars into ``folder``, which is made; return how many files it holds in the end.

    Names are as in the frames, masked or in full; of addresses there is the building, and no telephone number.
    ``on_progress`` is called with each number of files written.
    """
    from matcher.outputs.calendar_heads import write_head  # noqa: PLC0415 - icalendar takes long to load

    files = 0
    for frame, method, where in (
        (entries.contacts, "PUBLISH", folder),
        (entries.cancelled, "CANCEL", folder / CANCELLED),
    ):
        if method == "PUBLISH" or len(frame):
            where.mkdir()
        if not len(frame):
            continue
        events = _list_events(frame, entries, along=method == "PUBLISH")
        names = make_file_names(pd.unique(events["owner"]).tolist())
        for owner, name, letters in _group_by_owner(events, method, horizon, settings):
            with (where / f"{names[owner]}.ics").open("wb") as file:
                file.writelines([write_head(method, name), letters, b"END:VCALENDAR\r\n"])
            files += 1
            if on_progress:
                on_progress(1)
    return files


def make_programme_key(elders: pd.DataFrame) -> str:
    """Return a key that no other programme's roster of elders has, and that does not tell who is on it."""
    people = "\n".join(sorted(elders["id"] + "\t" + elders["name"] + "\t" + elders["address"]))
    return uuid5(NAMESPACE, people).hex[:_KEY_LENGTH]


def make_uid(programme: str, visit_id: str, owner: str) -> str:
    """Return the UID of a programme's contact in its owner's calendar: ``uuid5`` of all three, three times as fast."""
    name = f"{programme}\n{visit_id}\n{owner}"
    digest = sha1(NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _list_events(frame: pd.DataFrame, entries: Entries, *, along: bool) -> pd.DataFrame:
    """Return one row an event, in order of whose calendar it is in (``owner``), date and start.

    ``along`` says whether who comes along has it too. What fell away is a row for each calendar that held it: of a
    contact that changed hands, who came along may be the one who makes it now.
    """
    people = entries.people
    visit = (frame["kind"] == "visit").to_numpy()
    place = pd.Index(people.elder_id[:-1]).get_indexer(pd.Index(frame["elder_id"]))
    same = ["programme", "visit_id", "date", "start", "end", "revision", "elder_id", "elder_name", "companion"]
    whole = dict.fromkeys((*_TIMES, "revision"), np.int64)  # of an earlier run's files they may be read as floats
    events = (
        frame[same]
        .reset_index(drop=True)
        .astype(whole)
        .assign(
            owner=frame["volunteer_id"].to_numpy(),
            owner_name=frame["volunteer_name"].to_numpy(),
            what=pd.Series(np.where(visit, _("Visit"), _("Call")), dtype=str),
            where=pd.Series(np.where(visit, np.append(entries.building, "")[place], ""), dtype=str),
            note=_write_notes(frame.reset_index(drop=True), people),
        )
    )
    beside = events[(events["companion"] != "") & along]
    if len(beside):
        with_whom = beside["owner_name"] + " (" + beside["owner"] + ")"
        beside = beside.assign(
            owner=beside["companion"],
            owner_name=people.volunteer_names(beside["companion"]),
            what=_("Go along to"),
            note="\n" + _("with") + " " + with_whom,
        )
        events = pd.concat([events, beside], ignore_index=True)
    return events.sort_values(["owner", "date", "start", "visit_id"], kind="stable", ignore_index=True)


def _write_notes(frame: pd.DataFrame, people: PeopleNames) -> pd.Series:
    """Return what else the volunteer should know of each contact: who comes along, whose place is taken."""
    notes = pd.Series("", index=frame.index, dtype=str)
    for name, words in (("companion", _("accompanied by")), ("in_place_of", _("in place of"))):
        ids = frame.loc[frame[name] != "", name]
        if len(ids):
            notes[ids.index] += "\n" + words + " " + people.volunteer_names(ids) + " (" + ids + ")"
    return notes


def _group_by_owner(
    events: pd.DataFrame, method: str, horizon: Horizon, settings: CalendarSettings
) -> Iterator[tuple[str, str, memoryview]]:
    """Yield whose calendar, their name, and the bytes of its events."""
    owner = events["owner"].to_numpy(dtype=object)
    edges = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    starts, ends = np.append([0], edges), np.append(edges, len(owner))
    block = ends // _BLOCK
    for number in np.unique(block).tolist():
        mine = np.flatnonzero(block == number)
        first = int(starts[mine[0]])
        rows = events.iloc[first : int(ends[mine[-1]])].reset_index(drop=True)
        bounds, letters = get_content(_write_events(rows, method, horizon, settings))
        for i in mine.tolist():
            begin, end = int(starts[i]) - first, int(ends[i]) - first
            yield owner[starts[i]], rows["owner_name"].iloc[begin], letters[bounds[begin] : bounds[end]].data


def _write_events(rows: pd.DataFrame, method: str, horizon: Horizon, settings: CalendarSettings) -> pa.Array:
    """Return each event as text; properties in the library's order."""
    from matcher.outputs.calendar_heads import write_organizer  # noqa: PLC0415 - as above

    date = spell_out(rows["date"], "{:%Y%m%d}".format)
    start, end = (spell_out(rows[name], lambda minutes: "{:02}{:02}00".format(*divmod(minutes, 60))) for name in _TIMES)
    stamp = datetime.combine(horizon.start, datetime.min.time())
    ids = [
        make_uid(*three)
        for three in zip(*(rows[name].tolist() for name in ("programme", "visit_id", "owner")), strict=True)
    ]
    standing = method == "PUBLISH"
    return join_pieces(
        "BEGIN:VEVENT\r\n",
        _write_property("SUMMARY", rows["what"] + " " + rows["elder_name"] + " (" + rows["elder_id"] + ")"),
        *(f"DTSTART;TZID={ZONE}:", date, "T", start),
        *(f"\r\nDTEND;TZID={ZONE}:", date, "T", end),
        *("\r\nDTSTAMP:", spell_out(rows["revision"], lambda n: f"{stamp + timedelta(minutes=n):%Y%m%dT%H%M%SZ}")),
        *("\r\nUID:", pa.array(ids, pa.string())),
        *("\r\nSEQUENCE:", spell_out(rows["revision"], str)),
        "\r\nCLASS:PRIVATE\r\n",
        _write_property("DESCRIPTION", rows["visit_id"] + rows["note"]),
        _write_property("LOCATION", rows["where"]),
        write_organizer(settings),
        f"STATUS:{'CONFIRMED' if standing else 'CANCELLED'}\r\n",
        f"TRANSP:{'OPAQUE' if standing else 'TRANSPARENT'}\r\nEND:VEVENT\r\n",
    )


def _write_property(name: str, values: pd.Series) -> pa.Array:
    """Return the line of each text: escaped, folded where it is long, left out where it is empty."""
    text = pc.replace_substring_regex(pc.replace_substring_regex(make_cells(values), _LINE_END, "\n"), _CONTROL, "")
    for mark, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = pc.replace_substring(text, mark, escaped)
    lines = join_pieces(f"{name}:", text)
    long = np.flatnonzero(pc.greater(pc.binary_length(lines), _LINE).to_numpy(zero_copy_only=False))
    if len(long):
        folded = lines.take(pa.array(long)).to_pylist()
        whole = lines.to_numpy(zero_copy_only=False).copy()
        whole[long] = [_fold(line) for line in folded]
        lines = pa.array(whole, pa.string())
    return pc.if_else(pc.equal(text, ""), "", join_pieces(lines, "\r\n"))


def _fold(line: str) -> str:
    """Return a line cut after at most 75 octets, what follows a cut beginning with a space.

    Never within a character, nor between a backslash and what it escapes: some calendars can't read that.
    """
    parts, width = [""], 0
    for character in line:
        octets = len(character.encode())
        if width + octets > _LINE:
            whole = parts[-1].rstrip("\\")
            escape = "\\" if (len(parts[-1]) - len(whole)) % 2 else ""
            parts[-1] = parts[-1].removesuffix(escape)
            parts.append(escape)
            width = 1 + len(escape)
        parts[-1] += character
        width += octets
    return "\r\n ".join(parts)
