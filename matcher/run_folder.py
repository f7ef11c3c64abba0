"""The files of a run folder in one table: what each holds, who writes it, what reads it back, whom it tells of.

Writing, reading an earlier run, verifying, the README and the names that ``--force`` may replace follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matcher.columns import FILES, Column
from matcher.i18n import N_

Stage = Literal["plan", "schedule", "notices", "edits", "issues", "report"]
Particulars = Literal["none", "ids", "names"]

CALENDARS = "calendars"
"""The folder inside a run folder that holds a calendar file for each volunteer."""
CANCELLED = "cancelled"
"""The folder in there that takes back contacts which fell away."""
LAYERS = "layers"
"""The folder inside a run folder that holds the layers of the page's map."""
PLANS = "plans"
"""The folder inside a run folder that holds a plan workbook a subdistrict, where one for all would be too large."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file of a run folder.

    Attributes:
        name: Its name.
        stage: What it comes from.
        holds: A sentence for the README, marked with ``N_``.
        particulars: Whom it tells of: of nobody, of people by their ids alone, or by names too (masked unless
            ``--names full`` is given).
        read_beside: Inputs (``run.inputs.Inputs``) beside which it is found and read.
        verified: Whether the verifier reads it again before the folder is published.
    """

    name: str
    stage: Stage
    holds: str
    particulars: Particulars
    read_beside: tuple[str, ...] = ()
    verified: bool = False

    @property
    def kind(self) -> str:
        """Return the kind of file, a key of ``columns.FILES`` where it is a table."""
        return Path(self.name).stem

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of a table; none of a workbook or a JSON file."""
        return FILES.get(self.kind, ()) if self.name.endswith(".csv") else ()


RUN_FILES = (
    RunFile(
        "pairs.csv",
        "plan",
        N_(
            "who looks after whom: straight-line distance, whether new, kept, changed or pinned, since when, cost by "
            "rule"
        ),
        "names",
        verified=True,
    ),
    RunFile(
        "unmatched.csv",
        "plan",
        N_("elders without a volunteer, with the reason and its evidence"),
        "names",
        read_beside=("previous", "pairs"),
        verified=True,
    ),
    RunFile(
        "shortages.csv",
        "plan",
        N_("where places run out: who depends on whom, how many volunteers are missing, and where to look for them"),
        "names",
    ),
    RunFile(
        "areas.csv",
        "plan",
        N_("each residents' committee: elders, those matched and waiting, volunteers, places, whom to recruit there"),
        "none",
    ),
    RunFile(
        "shared_homes.csv",
        "plan",
        N_("elders who share a home and have different volunteers, and what it would cost that they have one"),
        "names",
    ),
    RunFile("changes.csv", "plan", N_("last month's pairs that ended, and why"), "names"),
    RunFile(
        "capacity.csv",
        "plan",
        N_("each volunteer's places, load and elders of high risk, and what a place is worth"),
        "names",
        verified=True,
    ),
    RunFile("visits.csv", "schedule", N_("every visit and call: date, start, end"), "names", verified=True),
    RunFile(
        "unscheduled.csv",
        "schedule",
        N_("contacts that could not be scheduled, and why"),
        "names",
        read_beside=("visits",),
        verified=True,
    ),
    RunFile(
        "cancelled.csv",
        "schedule",
        N_("with `--visits` of an earlier run: contacts that fell away"),
        "names",
        read_beside=("visits",),
        verified=True,
    ),
    RunFile(
        "supplement.csv",
        "schedule",
        N_("with `--surge` or `--calls-only`: what is added or turned on which day"),
        "names",
    ),
    RunFile(
        "absences.csv",
        "notices",
        N_("who is away or has left, as `substitute` was told; every later command of the month reads it"),
        "names",
        read_beside=("visits", "pairs", "previous"),
        verified=True,
    ),
    RunFile(
        "surges.csv",
        "notices",
        N_("heat, cold and days of calls only, as `--surge` told; every later command of the month reads it"),
        "none",
        read_beside=("visits", "pairs"),
    ),
    RunFile(
        "replanned.csv",
        "notices",
        N_(
            "the day from which the month, or an elder's, was planned anew, as `--from` told; `verify` and later "
            "commands read it"
        ),
        "ids",
        read_beside=("visits", "pairs"),
    ),
    RunFile(
        "planned_by.csv",
        "notices",
        N_(
            "checksums of what each volunteer's month was planned by: where a later command finds them unchanged, it "
            "plans nothing anew"
        ),
        "ids",
        read_beside=("visits",),
    ),
    RunFile(
        "notices.csv",
        "notices",
        N_("who is to be told what: pairs, first visits and contacts that are other than people know"),
        "names",
    ),
    RunFile(
        "messages.txt",
        "notices",
        N_("a short message for each volunteer, to paste into WeChat or an SMS: surnames and dates alone"),
        "names",
    ),
    RunFile(
        "plan.xlsx",
        "edits",
        N_(
            "all of this as a workbook for people; what is written into its yellow columns is read back with "
            "`--edits`; a large roster of several subdistricts has one for each in the folder `plans`"
        ),
        "names",
    ),
    RunFile(
        "edits.csv",
        "edits",
        N_("with `--edits`: what became of each edit, by which rule and at what price; later commands read it"),
        "names",
        read_beside=("pairs", "visits", "previous"),
    ),
    RunFile("issues.csv", "issues", N_("faults and warnings of the inputs"), "ids"),
    RunFile(
        "set_aside.csv",
        "issues",
        N_("with `--set-aside`: who is left out because their row is at fault, and what to correct"),
        "names",
    ),
    RunFile(
        "report.html",
        "report",
        N_(
            "all of this as a page with a map, charts and tables, in both languages, for any browser; it loads nothing "
            "and shows nobody at home; `--no-page` leaves it out"
        ),
        "ids",
    ),
    RunFile(
        "public.html",
        "report",
        N_("with `--public`: elders with and without a volunteer by committee, no number that points at somebody"),
        "none",
    ),
    RunFile("summary.json", "report", N_("counts, cost, bound and gap, distances, loads, cadence kept"), "none"),
    RunFile("manifest.json", "report", N_("SHA-256 of each input, settings, versions, times"), "ids"),
)
PATTERNS = frozenset({file.name for file in RUN_FILES}) | {
    f"{CALENDARS}/*.ics",
    f"{CALENDARS}/{CANCELLED}/*.ics",
    f"{LAYERS}/*.geojson",
    f"{PLANS}/*.xlsx",
}
"""Everything that a run folder may hold, as patterns of paths."""


def find_beside(path: Path, name: str) -> Path | None:
    """Return the file of the given name beside another, if there is one."""
    beside = path.with_name(name)
    return beside if beside.is_file() else None


def find_read_beside(path: Path, part: str) -> dict[str, Path]:
    """Return the files of an earlier run that lie beside one of its files and are read with it, by kind.

    Args:
        path: The file that is given.
        part: What it is given as: a name of ``run.inputs.Inputs``.
    """
    found = {file.kind: find_beside(path, file.name) for file in RUN_FILES if part in file.read_beside}
    return {kind: beside for kind, beside in found.items() if beside}


def find_verified(folder: Path) -> dict[str, Path]:
    """Return the files of a folder that the verifier reads, by kind."""
    return {file.kind: folder / file.name for file in RUN_FILES if file.verified and (folder / file.name).is_file()}
