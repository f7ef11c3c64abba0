"""The tables of a run folder and a month's records, as a ledger takes them: the columns it keeps, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.errors import InputError, UsageError
from matcher.evidence import find_hash
from matcher.i18n import _
from matcher.messages import Issue
from matcher.roster.convert import empty_frame
from matcher.roster.model import Roster
from matcher.roster.pairs import load_columns

_KEPT = {
    "pairs": ("elder_id", "volunteer_id", "status", "since"),
    "changes": ("elder_id", "previous_volunteer_id", "reason"),
    "unmatched": ("elder_id", "reason", "waiting_since"),
    "shortages": ("shortage_id", "elders", "missing_places", "missing_volunteers", "recruits", "recruit_where"),
    "visits": ("visit_id", "date", "start", "end", "kind", "elder_id", "volunteer_id"),
    "unscheduled": ("elder_id", "volunteer_id", "week_start", "kind", "missing", "reason"),
}
"""What the ledger keeps of each file: no name, address or telephone number."""


@dataclass(frozen=True, slots=True)
class RunTables:
    """The tables of a run folder with the columns that the ledger keeps; those that the folder lacks are empty."""

    pairs: pd.DataFrame
    changes: pd.DataFrame
    unmatched: pd.DataFrame
    shortages: pd.DataFrame
    visits: pd.DataFrame
    unscheduled: pd.DataFrame


def find_source(path: Path) -> str:
    """Return the hash by which a run folder, or a file of records, is known again; empty where there is neither.

    A run's manifest tells it from any other: it holds the hashes of what was read, and when.

    Raises:
        OSError: it can't be read.
    """
    named = [path / name for name in ("manifest.json", "pairs.csv")] if path.is_dir() else [path]
    found = next((one for one in named if one.is_file()), None)
    return find_hash(found) if found else ""


def read_run(folder: Path, roster: Roster | None = None) -> RunTables:
    """Read a run folder.

    Raises:
        UsageError: it is no run folder.
        InputError: its files have faults; with all of them.
    """
    if not (folder / "pairs.csv").is_file():
        raise UsageError(_("{path} is no folder of a run: it holds no pairs.csv").format(path=folder))
    frames: dict[str, pd.DataFrame] = {}
    faults: list[Issue] = []
    for kind, names in _KEPT.items():
        frames[kind] = empty_frame(kind)
        if not (folder / f"{kind}.csv").is_file():
            continue
        try:
            frames[kind], issues = load_columns(folder / f"{kind}.csv", kind, names, roster)
        except InputError as error:
            faults += error.issues
        else:
            faults += [issue for issue in issues if issue.severity == "error"]
    if faults:
        raise InputError(faults)
    return RunTables(**frames)


def read_records(path: Path, roster: Roster | None = None) -> pd.DataFrame:
    """Read a month's records.

    Raises:
        InputError: the file has faults; with all of them.
    """
    names = ("visit_id", "date", "elder_id", "volunteer_id", "kind", "outcome", "minutes", "by_id")
    frame, issues = load_columns(path, "records", names, roster)
    if faults := [issue for issue in issues if issue.severity == "error"]:
        raise InputError(faults)
    return frame
