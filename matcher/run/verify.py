"""Plans in files, made by whatever hand, held against the rules."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

import pandas as pd

from matcher.horizon import Horizon
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.roster.model import Roster
from matcher.run.inputs import Gathered, Inputs, file_beside, read_frame, read_inputs, stop_at
from matcher.settings import Settings
from matcher.verify import Verification
from matcher.verify import verify as hold_against_rules


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What the verifier found in files made by any hand."""

    verification: Verification
    issues: tuple[Issue, ...]
    roster: Roster
    companions: tuple[Path, ...]
    """Files beside the given ones that were taken into account."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files that hold a plan; their names are kinds of file."""

    pairs: Path
    visits: Path | None = None
    unmatched: Path | None = None
    unscheduled: Path | None = None
    capacity: Path | None = None
    cancelled: Path | None = None

    @classmethod
    def of_folder(cls, folder: Path) -> Files:
        """Those that a folder holds under their usual names."""
        pairs = folder / "pairs.csv"
        return cls(pairs, *(file_beside(pairs, f"{part.name}.csv") for part in fields(cls)[1:]))

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
    *,
    visits: Path | None = None,
    unmatched: Path | None = None,
    unscheduled: Path | None = None,
    start: date | None = None,
    calendars: Path | None = None,
    set_aside: bool = False,
) -> Checked:
    """Hold a pairs file, and a visits file, made by any hand, against the rosters and the rules.

    Lists of unmatched elders and unscheduled contacts that lie beside them under their usual names count too.

    Raises:
        InputError: a file can't be read, or rows of it are at fault.
    """
    assert inputs.pairs is not None
    beside_pairs = None if unmatched else file_beside(inputs.pairs, "unmatched.csv")
    beside_visits = None if unscheduled or not visits else file_beside(visits, "unscheduled.csv")
    gone = file_beside(visits, "cancelled.csv") if visits and calendars else None
    files = Files(inputs.pairs, visits, unmatched or beside_pairs, unscheduled or beside_visits, cancelled=gone)
    gathered = read_inputs(replace(inputs, pairs=None), settings, horizon)
    frames, found = files.read(gathered.month.roster)
    faults = [issue for issue in found if issue.code != "ids_lost_zeros"]
    stop_at(gathered.issues, set_aside=set_aside, more=faults)
    verification = verify_frames(
        gathered.month, frames, inputs.given(), start=start, earlier=_earlier(gathered, horizon), calendars=calendars
    )
    companions = tuple(path for path in (beside_pairs, beside_visits) if path)
    return Checked(verification, (*gathered.issues, *found), gathered.month.roster, companions)


def _earlier(gathered: Gathered, horizon: Horizon) -> pd.DataFrame | None:
    """Contacts before the month; None where none are known."""
    rows = gathered.earlier.until(horizon.start).rows
    return rows if len(rows) else None


def verify_frames(
    month: MonthData,
    frames: Mapping[str, pd.DataFrame | None],
    given: Container[str] = ("previous", "pins"),
    kept: pd.DataFrame | None = None,
    start: date | None = None,
    earlier: pd.DataFrame | None = None,
    calendars: Path | None = None,
    most_calendars: int | None = None,
    surging: bool = True,
) -> Verification:
    """Hold frames, by kind of file, against the rules; ``frames["pairs"]`` is there.

    A list of people's that is not ``given`` is not known, which is not the same as empty. ``kept`` are contacts that
    had to stand,
    ``start`` is the day from which the month was planned anew, ``earlier`` holds contacts of the month before;
    ``calendars`` is a folder of calendar files, of which ``most_calendars`` are read (None: all);
    ``surging`` says whether a surge's daily calls had to be planned.
    """
    pairs = frames["pairs"]
    assert pairs is not None
    return hold_against_rules(
        month.roster,
        month.horizon,
        month.settings,
        pairs,
        frames["visits"],
        unmatched=frames["unmatched"],
        unscheduled=frames["unscheduled"],
        capacity=frames["capacity"],
        previous=month.previous if "previous" in given else None,
        pins=month.pins if "pins" in given else None,
        never=month.never,
        kept=kept,
        waited_since=month.last_run.waited_since,
        start=start,
        earlier=earlier,
        calendars=calendars,
        cancelled=frames.get("cancelled"),
        most_calendars=most_calendars,
        surging=surging,
    )
