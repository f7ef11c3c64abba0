"""Everything that a month is made from, read and checked: all faults of all files in one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.errors import InputError
from matcher.horizon import Horizon
from matcher.matching import check_pins
from matcher.messages import Issue
from matcher.month import Month
from matcher.roster import load_roster
from matcher.roster.convert import convert
from matcher.roster.model import PairList, Roster
from matcher.roster.pairs import load_pairs
from matcher.roster.read import read_table
from matcher.settings import Settings


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that a month is made from."""

    elders: Path
    volunteers: Path
    previous: Path | None = None
    pins: Path | None = None
    never: Path | None = None
    pairs: Path | None = None
    """Pairs made by any hand, to be scheduled or verified."""
    settings: Path | None = None

    def given(self) -> dict[str, Path]:
        """The files that are given, by their part."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: path for name, path in parts.items() if path is not None}


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What the inputs hold, without the rows at fault, and all their issues."""

    month: Month
    issues: tuple[Issue, ...]
    pairs: PairList
    """Pairs made by any hand; none where no such file is given."""
    unmatched: pd.DataFrame | None
    """Elders listed as unmatched beside those pairs."""


def check(
    inputs: Inputs, settings: Settings, horizon: Horizon | None = None
) -> tuple[Roster | None, tuple[Issue, ...]]:
    """Every fault of every input, and what of the rosters can be used: None where one can't be read at all.

    Whether pins can stand is asked only when there are dates.
    """
    try:
        gathered = read_inputs(inputs, settings, horizon or Horizon.of_month("2000-01"), pins_too=horizon is not None)
    except InputError as error:
        return None, error.issues
    return gathered.month.roster, gathered.issues


def gather(inputs: Inputs, settings: Settings, horizon: Horizon, *, set_aside: bool = False) -> Gathered:
    """The month that the inputs describe, and their warnings; with ``set_aside``, without the rows at fault.

    Raises:
        InputError: with every issue of every input, when one is an error that can't be set aside.
    """
    gathered = read_inputs(inputs, settings, horizon)
    stop_at(gathered.issues, set_aside=set_aside)
    return gathered


def companion(path: Path, name: str) -> Path | None:
    """The file of the given name beside another, if there is one."""
    beside = path.with_name(name)
    return beside if beside.is_file() else None


def stop_at(issues: Sequence[Issue], *, set_aside: bool, more: Sequence[Issue] = ()) -> None:
    """Raise all issues where one is an error; one that concerns a row counts only where rows can't be set aside."""
    if any(issue.severity == "error" and not (set_aside and issue.row) for issue in issues) or any(
        issue.severity == "error" for issue in more
    ):
        raise InputError([*issues, *more])


def read_inputs(inputs: Inputs, settings: Settings, horizon: Horizon, *, pins_too: bool = True) -> Gathered:
    """The month without the rows at fault, and every issue of every input.

    Raises:
        InputError: a roster can't be read at all; with the issues of all inputs.
    """
    lists: dict[str, PairList] = dict.fromkeys(("previous", "pins", "never", "pairs"), PairList.empty())
    paths = {kind: path for kind, path in inputs.given().items() if kind in lists}
    try:
        roster = load_roster(inputs.elders, inputs.volunteers, settings)
    except InputError as error:
        issues = list(error.issues)
        for kind, path in paths.items():
            read_frame(path, kind, issues)
        raise InputError(issues) from error
    issues = list(roster.issues)
    for kind, path in paths.items():
        lists[kind], found = _pair_list(path, roster, kind)
        issues += found
    beside = companion(inputs.pairs, "unmatched.csv") if inputs.pairs else None
    unmatched = read_frame(beside, "unmatched", issues) if beside else None
    pairs = lists.pop("pairs")
    month = Month(roster, horizon, settings, **lists)
    if pins_too:
        faults = check_pins(month)
        issues += faults
        faulty = [issue.row for issue in faults if issue.severity == "error" and issue.row]
        month = replace(month, pins=_without(month.pins, faulty))
    return Gathered(month, tuple(issues), pairs, unmatched)


def _pair_list(path: Path, roster: Roster, kind: str) -> tuple[PairList, list[Issue]]:
    try:
        return load_pairs(path, roster, kind)
    except InputError as error:
        return PairList.empty(), list(error.issues)


def read_frame(path: Path, kind: str, issues: list[Issue]) -> pd.DataFrame | None:
    """A file as a typed frame; its faults are added to ``issues``."""
    try:
        frame, _faulty, found = convert(read_table(path, kind))
    except InputError as error:
        issues += error.issues
        return None
    issues += found
    return frame


def _without(pairs: PairList, rows: Sequence[int]) -> PairList:
    """The pairs of a list that are not in the given rows of its file."""
    keep = np.flatnonzero(~np.isin(pairs.row, rows))
    return PairList(
        pairs.elder[keep],
        pairs.volunteer[keep],
        tuple(pairs.elder_id[i] for i in keep),
        tuple(pairs.volunteer_id[i] for i in keep),
        pairs.row[keep],
        pairs.file,
    )
