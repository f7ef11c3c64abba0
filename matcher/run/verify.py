"""Plans in files, made by whatever hand, held against the rules."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.roster.model import Roster
from matcher.run.inputs import Inputs, LoadedInputs, read_frame, read_inputs, stop_at
from matcher.run_folder import find_beside, find_read_beside, find_verified
from matcher.scheduling.replanned import Replanned
from matcher.settings import Settings
from matcher.verify import CalendarFolder, Case, Lists, Planning, Tables, Verification
from matcher.verify import verify as verify_case


@dataclass(frozen=True, slots=True, eq=False)
class VerifiedFiles:
    """Outcome of the verification of files made by any hand."""

    verification: Verification
    issues: tuple[Issue, ...]
    roster: Roster
    beside: tuple[Path, ...]
    """Files beside the given ones that were taken into account."""


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """Files that hold a plan; their names are kinds of file."""

    pairs: Path
    visits: Path | None = None
    unmatched: Path | None = None
    unscheduled: Path | None = None
    capacity: Path | None = None
    cancelled: Path | None = None
    absences: Path | None = None
    areas: Path | None = None
    shortages: Path | None = None
    shared_homes: Path | None = None

    def paths(self) -> tuple[Path, ...]:
        """Return the files that there are."""
        return tuple(path for part in fields(self) if (path := getattr(self, part.name)))

    @classmethod
    def of_folder(cls, folder: Path) -> PlanFiles:
        """Return those that a folder holds under their usual names."""
        return cls(**find_verified(folder))

    def read(self, roster: Roster | None = None) -> tuple[dict[str, pd.DataFrame | None], list[Issue]]:
        """Return each as a typed frame, None where there is none, and the faults of all.

        With a roster, ids that lost their zeros in Excel are found again.
        """
        faults: list[Issue] = []
        paths = {part.name: getattr(self, part.name) for part in fields(self)}
        return {kind: read_frame(path, kind, faults, roster) if path else None for kind, path in paths.items()}, faults


def verify(
    inputs: Inputs,
    settings: Settings,
    horizon: Horizon,
    files: PlanFiles,
    *,
    start: date | None = None,
    calendars: Path | None = None,
    set_aside: bool = False,
) -> VerifiedFiles:
    """Hold a pairs file, and a visits file, made by any hand, against the rosters and the rules.

    Lists of unmatched elders and unscheduled contacts that lie beside them under their usual names count too.

    Args:
        inputs: Rosters and lists.
        settings: The settings that were planned with.
        horizon: The dates that were planned.
        files: What is to be verified.
        start: The day from which the month was planned anew; None: what replanned.csv beside the visits says.
        calendars: A folder of calendar files to hold against the visits, all of them.
        set_aside: Whether rows at fault are set aside.

    Raises:
        InputError: a file can't be read, or rows of it are at fault.
    """
    beside_visits = find_read_beside(files.visits, "visits") if files.visits else {}
    beside_pairs = find_read_beside(files.pairs, "pairs")
    is_own = files.visits is not None and files.visits.name == "visits.csv"  # else a hand wrote them beside a run's
    found = {
        "unmatched": None if files.unmatched else beside_pairs.get("unmatched"),
        "unscheduled": None if files.unscheduled else beside_visits.get("unscheduled"),
        "cancelled": beside_visits.get("cancelled") if is_own or calendars else None,
        "absences": beside_visits.get("absences") or beside_pairs.get("absences"),
        **{kind: _find_own(files.pairs, f"{kind}.csv") for kind in ("capacity", "areas", "shortages", "shared_homes")},
    }
    summary = _find_summary(files)
    read = {kind: beside_visits.get(kind) or beside_pairs.get(kind) for kind in ("edits", "surges", "replanned")}
    edits = read["edits"]
    loaded = read_inputs(inputs, settings, horizon, beside={kind: path for kind, path in read.items() if path})
    all_files = replace(files, **{kind: path for kind, path in found.items() if path})
    frames, faults = all_files.read(loaded.month.roster)
    stop_at(loaded.issues, set_aside=set_aside, more=faults)
    verification = verify_frames(
        loaded.month,
        frames,
        (*inputs.given(), *(["pins"] if edits else ()), *(["previous"] if len(loaded.month.previous) else ())),
        _find_earlier(loaded, horizon),
        _find_planning(start, loaded.replanned),
        CalendarFolder(calendars) if calendars else None,
        loaded.records,
        _read_summary(summary),
    )
    beside = tuple(path for path in (*found.values(), summary, read["surges"], read["replanned"]) if path)
    issues = (*loaded.issues, *faults, *verification.warnings)
    return VerifiedFiles(verification, issues, loaded.month.roster, beside)


def _find_own(pairs: Path, name: str) -> Path | None:
    """Return a table of a run folder that is about the pairs there; None where a hand wrote the pairs beside it."""
    return find_beside(pairs, name) if pairs.name == "pairs.csv" else None


def _find_summary(files: PlanFiles) -> Path | None:
    """Return the summary of a run folder, where all that is given are its own files."""
    given = {name: path for name in ("visits", "unmatched", "unscheduled") if (path := getattr(files, name))}
    own = all(path == files.pairs.with_name(f"{name}.csv") for name, path in given.items())
    return _find_own(files.pairs, "summary.json") if own else None


def _read_summary(path: Path | None) -> Mapping[str, Any] | None:
    """Return what a summary says; None where it can't be read."""
    try:
        figures = json.loads(path.read_text("utf-8-sig")) if path else None
    except (OSError, ValueError):
        return None
    return figures if isinstance(figures, dict) else None


def _find_planning(start: date | None, replanned: Replanned) -> Planning:
    """Return since when the month was planned anew: from ``start`` on, else as was told."""
    due_then = {elder: replanned.elders[elder] for elder in replanned.due_then}
    if start:
        return Planning(start, due_then=due_then, more_stand=replanned.more_stand)
    return Planning(replanned.everybody, starts=replanned.elders, due_then=due_then, more_stand=replanned.more_stand)


def _find_earlier(loaded: LoadedInputs, horizon: Horizon) -> pd.DataFrame | None:
    """Return the contacts before the month; None where none are known."""
    rows = loaded.as_planned.until(horizon.start).rows
    return rows if len(rows) else None


def verify_frames(
    month: MonthData,
    frames: Mapping[str, pd.DataFrame | None],
    given: Container[str] = ("previous", "pins"),
    earlier: pd.DataFrame | None = None,
    planning: Planning | None = None,
    calendars: CalendarFolder | None = None,
    records: pd.DataFrame | None = None,
    summary: Mapping[str, Any] | None = None,
) -> Verification:
    """Hold frames, by kind of file, against the rules; ``frames["pairs"]`` is there.

    Args:
        month: Rosters, dates, settings and lists.
        frames: The tables, by kind of file.
        given: The lists that people gave. One that is not given is not known, which is not the same as empty.
        earlier: Contacts of the month before, as planned.
        planning: How the month was planned.
        calendars: Calendar files that should hold the visits.
        records: What happened in the month before.
        summary: The summary of the plan.
    """
    pairs = frames["pairs"]
    assert pairs is not None
    tables = Tables(
        pairs,
        frames["visits"],
        unmatched=frames["unmatched"],
        unscheduled=frames["unscheduled"],
        capacity=frames["capacity"],
        cancelled=frames.get("cancelled"),
        absences=frames.get("absences"),
        areas=frames.get("areas"),
        shortages=frames.get("shortages"),
        shared_homes=frames.get("shared_homes"),
        summary=summary,
    )
    lists = Lists(
        month.previous if "previous" in given else None,
        month.pins if "pins" in given else None,
        month.never,
        month.last_run.waited_since,
        month.last_run.counted_since,
        earlier,
        records,
    )
    case = Case(month.roster, month.horizon, month.settings, tables, lists, planning or Planning(), calendars)
    return verify_case(case)
