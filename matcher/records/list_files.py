"""The lists beside a month's records in one table: what each holds; writing, screens and docs follow it."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.i18n import N_


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list: its kind, a key of ``columns.FILES``, its heading and what it holds, marked with ``N_``."""

    kind: str
    title: str
    holds: str

    @property
    def name(self) -> str:
        """Return the name of its file."""
        return f"{self.kind}.csv"


LIST_FILES = (
    ListFile(
        "check_now",
        N_("Check at once"),
        N_("elders who were missed twice running, and nobody knows how they are: those of high risk first"),
    ),
    ListFile("silent", N_("No contact"), N_("elders without a confirmed contact for a week, or as set")),
    ListFile("not_reported", N_("Not reported"), N_("volunteers whose sheets are not in, or not whole")),
    ListFile("never_met", N_("Never met"), N_("new pairs of whom no visit is confirmed")),
    ListFile(
        "roster_changes",
        N_("Roster changes"),
        N_("what the rosters may have to say now: died, moved, refused, in hospital; to be confirmed by a person"),
    ),
    ListFile("reviews", N_("Reviews due"), N_("new pairs to talk with, and pairs to review, this month")),
    ListFile("expiries", N_("Expiring"), N_("courses and checks of volunteers that have expired or soon will")),
    ListFile("issues", N_("Issues"), N_("faults and warnings of the sheets")),
)
