"""The sheets of the plan workbook in one table: what each shows, which rows and columns people may edit.

Writing the workbook and reading it back follow from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from hashlib import blake2b

from matcher.columns import ELDERS, FILES, PLAN_EDITS, VOLUNTEERS, Column
from matcher.i18n import language

MEMORY = "_plan"
"""The hidden sheet that knows what every row said when it was written: the first row says of which month it is."""
LISTS = "_lists"
"""The hidden sheet that drop-downs refer to."""
FORMAT = "old-partners plan 1"
"""What the first cell of ``MEMORY`` says."""
GUIDE = ("How to use", "说明")
"""Titles of the sheet that explains, English and Chinese."""

_WHOLE = re.compile(r"(-?\d+)\.0+")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[ T]00:00(?::00)?")
_ENCODER = json.JSONEncoder(ensure_ascii=False)
"""One for all rows: ``json.dumps`` makes one anew each time."""
_TIME = re.compile(r"(?:(?:1899-12-3[01]|1900-01-00)[ T])?(\d{1,2}:\d\d)(?::00(?:\.0+)?)?")


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A sheet of the plan workbook.

    Attributes:
        kind: The kind of file that it shows.
        en: Its English title.
        zh: Its Chinese title.
        shows: Columns that may not be edited, in their order; those that say nothing are left out.
        key: Those of them that tell a row from all others.
        edits: Columns that may be edited.
        note: The columns of which the first that is shown carries the reason as a note.
    """

    kind: str
    en: str
    zh: str
    shows: tuple[str, ...]
    key: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    note: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return its title in the language in use."""
        return self.zh if language() == "zh" else self.en

    def header(self, name: str) -> str:
        """Return the header of a column in the language in use, in words."""
        return put_in_words(self.column(name).header())

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        side = VOLUNTEERS if self.kind == "capacity" else ELDERS
        known = PLAN_EDITS if name in self.edits else (*FILES[self.kind], *side)
        return next(column for column in known if column.name == name)


_ELDER_EDITS = ("elder_away", "elder_days_off")
_PEOPLE = ("elder_id", "elder_name", "volunteer_id", "volunteer_name")
PLAN_SHEETS = (
    PlanSheet(
        "pairs",
        "Pairs",
        "结对",
        (
            *("subdistrict", "committee", *_PEOPLE, "status", "since", "distance_m", "place_quality", "same_building"),
            *("paused_since", "backup_volunteer_id", "backup_volunteer_name"),
        ),
        ("elder_id", "volunteer_id"),
        ("change_to", "pin", "never", *_ELDER_EDITS),
        ("distance_m", "volunteer_name"),
    ),
    PlanSheet(
        "unmatched",
        "Unmatched",
        "未结对",
        (
            *("subdistrict", "committee", "elder_id", "elder_name", "reason", "tier", "waiting_since"),
            *("nearest_volunteer_m", "shortage_id"),
        ),
        ("elder_id",),
        ("change_to", "consent", *_ELDER_EDITS),
        ("reason", "elder_name"),
    ),
    PlanSheet(
        "capacity",
        "Volunteers",
        "志愿者",
        (
            *("subdistrict", "committee", "volunteer_id", "volunteer_name", "places", "load", "used", "high_risk"),
            "missing",
        ),
        ("volunteer_id",),
        ("volunteer_away", "volunteer_days_off"),
    ),
    PlanSheet(
        "shortages",
        "Shortages",
        "缺口",
        (
            *("shortage_id", "elders", "volunteers", "places", "missing_places", "missing_volunteers", "recruits"),
            *("recruit_where", "usual_capacity", "subdistricts", "committees", "unmatched"),
        ),
    ),
    PlanSheet(
        "changes",
        "Changes",
        "变动",
        (
            *("subdistrict", "committee", "elder_id", "elder_name", "previous_volunteer_id", "previous_volunteer_name"),
            *("volunteer_id", "volunteer_name", "reason", "place_for"),
        ),
        note=("reason", "elder_name"),
    ),
    PlanSheet(
        "visits",
        "Visits",
        "探访",
        ("date", "start", "end", "kind", *_PEOPLE, "committee", "in_place_of", "companion"),
    ),
    PlanSheet(
        "unscheduled",
        "Unscheduled",
        "未排",
        ("committee", *_PEOPLE, "week_start", "kind", "missing", "as_calls", "reason"),
        note=("reason", "elder_name"),
    ),
    PlanSheet("issues", "Issues", "问题", ("severity", "file", "row", "column", "value", "message", "advice")),
)
"""Sheets in the order of the workbook."""
SHEETS = {sheet.kind: sheet for sheet in PLAN_SHEETS}


def put_in_words(name: str) -> str:
    """Return a name that files give a column or a choice as people write it."""
    return name.replace("_", " ")


def spell_cell(value: object) -> str:
    """Return what a cell that is written says, as ``tidy_cell`` makes it of what is read back."""
    if isinstance(value, str):  # most are
        return " ".join(value.split())
    match value:
        case None:
            return ""
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case _:
            return " ".join(str(value).split())


def tidy_cell(text: str) -> str:
    """Return what a cell says that was read, however the program that saved it spells numbers, dates and times."""
    text = " ".join(text.split())
    if found := _WHOLE.fullmatch(text) or _MIDNIGHT.fullmatch(text) or _TIME.fullmatch(text):
        return f"{found[1]:0>5}" if ":" in found[1] else found[1]
    return text


def spell_row(cells: Sequence[str]) -> str:
    """Return what a row says as one text, which ``json`` reads back."""
    return _ENCODER.encode(cells)


def digest_row(cells: Sequence[str]) -> str:
    """Return what stands for a row that is only to be found changed or not."""
    return blake2b(spell_row(cells).encode(), digest_size=8).hexdigest()
