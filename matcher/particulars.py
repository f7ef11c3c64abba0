"""What of a person may stand where: one row a particular, from which the page on privacy and its test follow.

A level names the outputs that may hold the value as it is in the roster. What no row names is written nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from matcher.i18n import N_

Level = Literal["copies", "exact_homes", "papers", "full_names", "free"]
LEVELS: dict[Level, str] = {
    "copies": N_("in nothing but copies of the roster that go back to whom it came from"),
    "exact_homes": N_(
        "in copies of the roster that go back to whom it came from, and on the report page with --homes exact; else in "
        "squares that several elders share"
    ),
    "papers": N_("in hand-outs, which are for who needs them for a visit, and in copies of the roster"),
    "full_names": N_("masked everywhere but in hand-outs, in copies of the roster and with --names full"),
    "free": N_("as it is, wherever a plan needs it"),
}
"""What each level allows, strictest first. Copies are of ``--fix-report``, ``--write-ids``, ``locate``."""


@dataclass(frozen=True, slots=True)
class Particular:
    """Columns of the rosters, by name, whose values may stand in the outputs of a level."""

    columns: tuple[str, ...]
    level: Level
    text: str


PARTICULARS = (
    Particular(
        ("national_id",), "copies", N_("read to check for people who are on a roster twice, then dropped; never an id")
    ),
    Particular(
        ("birth_date", "age", "registered_address"),
        "copies",
        N_("decides on age and on families; a plan names neither"),
    ),
    Particular(("lng", "lat"), "exact_homes", N_("a plan holds distances, no places; the report page has a map")),
    Particular(
        ("phone", "emergency_contact", "emergency_contact_relation", "emergency_contact_phone"),
        "papers",
        N_("for the volunteer who goes there, and the leader"),
    ),
    Particular(
        ("address", "floor", "lift"),
        "papers",
        N_("with the door number; calendars and the plan workbook name the building at most"),
    ),
    Particular(
        ("health", "self_care", "living", "needs", "served_elsewhere"),
        "papers",
        N_("what to mind on a visit; a rule that bars a pair is named, and a word that no rule knows"),
    ),
    Particular(("name",), "full_names", N_("the surname or first letter, and a star")),
    Particular(
        ("id",),
        "free",
        N_(
            "stands in every file and in names of files, so it is to hold no name and no number of anybody: national "
            "IDs and telephone numbers are refused, and check warns of what looks like a name"
        ),
    ),
    Particular(
        (
            *("sex", "district", "subdistrict", "committee", "compound", "place_quality", "area"),
            *("languages", "interests", "acquainted", "availability", "days_off", "joined", "left", "status", "risk"),
            *("wanted_sex", "wanted_languages", "consent", "volunteer", "elders", "paired_since", "waiting_since"),
            *("contacts_per_week", "visits_per_week", "visits_per_month", "capacity", "minutes_per_month"),
            *("backup_capacity", "skills", "training", "training_expires", "health_check_expires"),
            *("background_check_expires", "max_walk_m", "max_floor", "team", "role"),
        ),
        "free",
        N_("what pairs, reasons, figures and lists are made of"),
    ),
)


def find_level(column: str) -> Level:
    """Return the level of a column of a roster; what has no row is as strict as can be."""
    return next((one.level for one in PARTICULARS if column in one.columns), "copies")
