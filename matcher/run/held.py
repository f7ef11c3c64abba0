"""A run folder read back into memory with its rosters: what questions about the plan are asked of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from matcher.beside import begin
from matcher.errors import InputError, UsageError
from matcher.evidence import find_hash
from matcher.horizon import Horizon
from matcher.i18n import _
from matcher.matching.held_plan import HeldPlan, hold_plan
from matcher.messages import Issue
from matcher.month import MonthData
from matcher.roster import read_side
from matcher.roster.model import Roster
from matcher.roster.pairs import identify_pairs, load_beside, read_place_duals
from matcher.roster.read import read_table
from matcher.roster.source import list_sources
from matcher.roster.table import Table
from matcher.run.inputs import Inputs, read_frame, read_inputs, stop_at
from matcher.scheduling.absences import apply_absences
from matcher.settings import Settings

_LISTS = ("previous", "pins", "never")


@dataclass(frozen=True, slots=True, eq=False)
class HeldRun:
    """A run's plan in memory, and what is to be said before any answer."""

    plan: HeldPlan
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]
    joined: tuple[int, ...] = ()
    """Elders who have joined since, roster indices."""
    files: tuple[Path, ...] = ()
    """What was read: it is never written over."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenedRun:
    """A run folder with the month that it was made from, as the rosters now are."""

    folder: Path
    inputs: Inputs
    manifest: Mapping[str, Any]
    month: MonthData
    issues: tuple[Issue, ...]

    @property
    def set_aside(self) -> bool:
        """Return whether rows at fault are left out, as they were then."""
        return bool(self.manifest["options"].get("set_aside"))

    @property
    def files(self) -> tuple[Path, ...]:
        """Return what was read: it is never written over."""
        return (*self.inputs.paths(), *self.folder.iterdir())

    def read(self, inputs: Inputs, settings: Settings) -> tuple[MonthData, tuple[Issue, ...]]:
        """Return the run's month from other inputs or by other settings, without the rows at fault, and all faults."""
        return _read_month(self.folder, inputs, settings, self.month.horizon)

    def write_notes(self, new_elders: Path | None = None) -> tuple[str, ...]:
        """Return what is to be said before any answer; ``new_elders`` is a roster that was added."""
        changed = _note_changed(self.inputs, self.month.roster, self.manifest, new_elders)
        return (*note_version(self.manifest), *changed)


def open_run(folder: Path, inputs: Inputs, new_elders: Path | None = None) -> OpenedRun:
    """Return a run folder with the rosters and lists that it was made from.

    Month and settings are those that the folder's manifest tells. ``new_elders`` is a roster of elders who have joined
    since.

    Raises:
        UsageError: the folder is no run folder, was made by a version whose settings this one does not know, or lists
            are missing that the plan was made with.
        InputError: a file can't be read, or rows of it are at fault.
    """
    manifest = read_manifest(folder)
    settings, horizon = read_run_settings(folder, manifest), Horizon.of_month(manifest["options"]["month"])
    _ask_for_lists(folder, inputs, manifest)
    if new_elders is not None:
        inputs = replace(inputs, elders=(*list_sources(inputs.elders), new_elders))
    month, issues = _read_month(folder, inputs, settings, horizon)
    opened = OpenedRun(folder, inputs, manifest, month, issues)
    stop_at(issues, set_aside=opened.set_aside)
    return opened


def _read_month(
    folder: Path, inputs: Inputs, settings: Settings, horizon: Horizon
) -> tuple[MonthData, tuple[Issue, ...]]:
    """Return a run's month with the edits and absences that its folder tells, and all faults."""
    edits = folder / "edits.csv"
    loaded = read_inputs(inputs, settings, horizon, beside={"edits": edits} if edits.is_file() else None)
    month, issues = loaded.month, list(loaded.issues)
    absences = folder / "absences.csv"
    if absences.is_file() and (told := read_frame(absences, "absences", issues, month.roster)) is not None:
        month = apply_absences(month, told)
    return month, tuple(issues)


def hold_run(folder: Path, inputs: Inputs, new_elders: Path | None = None) -> HeldRun:
    """Return the plan of a run folder in memory, with the rosters and lists that it was made from.

    ``new_elders`` is a roster of elders who have joined since.

    Raises:
        UsageError: as ``open_run`` does.
        InputError: a file can't be read, or rows of it are at fault.
    """
    table = begin(partial(_read_pairs, folder))
    opened = open_run(folder, inputs, new_elders)
    month = opened.month
    pairs, found = identify_pairs(table(), month.roster)
    stop_at(found, set_aside=False)
    pairs = pairs.where(~pairs.is_paused)
    dual_m = _read_duals(folder, month.roster)
    joined = np.zeros(month.n_elders, dtype=bool)
    if new_elders is not None:
        joined = month.roster.elders["id"].isin(read_side(new_elders, "elders")["id"]).to_numpy()
    plan = hold_plan(month, pairs, dual_m, joined=joined)
    newcomers = tuple(np.flatnonzero(joined).tolist())
    return HeldRun(plan, opened.write_notes(new_elders), opened.issues, newcomers, opened.files)


def _read_pairs(folder: Path) -> Table:
    """Return the pairs of a run folder as text."""
    conventions = read_run_settings(folder, read_manifest(folder)).conventions()
    return read_table(folder / "pairs.csv", "pairs", conventions)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a run's manifest, with what is needed of it."""
    if not folder.is_dir():
        text = _("{path} is no folder: name one that old-partners match or run wrote")
        raise UsageError(text.format(path=folder))
    missing = [name for name in ("pairs.csv", "manifest.json") if not (folder / name).is_file()]
    if missing:
        text = _(
            "{path} holds no {file}: it is no whole run folder. Name the folder as old-partners match or run wrote it, "
            "or make the plan again"
        )
        raise UsageError(text.format(path=folder, file=missing[0]))
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        Horizon.of_month(manifest["options"]["month"])
        for told in manifest["inputs"].values():
            [one.get("sha256") for one in told]
        dict(manifest["settings"])
        dict(manifest.get("versions", {}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        text = _("manifest.json in {path} does not say how the plan was made: make the plan again")
        raise UsageError(text.format(path=folder)) from error
    return dict(manifest)


def read_run_settings(folder: Path, manifest: Mapping[str, Any]) -> Settings:
    """Return the settings that a plan was made by."""
    try:
        return Settings.model_validate(manifest["settings"])
    except (ValidationError, InputError) as error:
        text = _(
            "the plan in {path} was made by version {made} with settings that this version {this} does not know: make "
            "the plan again"
        )
        raise UsageError(text.format(path=folder, made=_get_version(manifest), this=version("old-partners"))) from error


def _ask_for_lists(folder: Path, inputs: Inputs, manifest: Mapping[str, Any]) -> None:
    """Raise ``UsageError`` where a list is not given that the plan was made with."""
    for kind in _LISTS:
        if kind in manifest["inputs"] and getattr(inputs, kind) is None:
            text = _("the plan in {path} was made with the list {file}: give it too, with --{kind}")
            raise UsageError(text.format(path=folder, file=_name_files(manifest, kind), kind=kind))


def _name_files(manifest: Mapping[str, Any], kind: str) -> str:
    """Return the names of the files that a plan was made from."""
    return ", ".join(str(one.get("file", "?")) for one in manifest["inputs"].get(kind, ()) if isinstance(one, Mapping))


def _get_version(manifest: Mapping[str, Any]) -> str:
    """Return by which version of this program a plan was made."""
    versions = manifest.get("versions")
    return str(versions.get("matcher", "?")) if isinstance(versions, Mapping) else "?"


def note_version(manifest: Mapping[str, Any]) -> list[str]:
    """Return what to say where another version made the plan."""
    made, this = _get_version(manifest), version("old-partners")
    if made == this:
        return []
    text = _("the plan was made by version {made}, this is {this}: what a pair costs may have been other then")
    return [text.format(made=made, this=this)]


def _note_changed(inputs: Inputs, roster: Roster, manifest: Mapping[str, Any], new_elders: Path | None) -> list[str]:
    """Return what to say of each file that is another than the plan was made from."""
    told = {kind: {one.get("sha256") for one in manifest["inputs"].get(kind, ())} for kind in ("elders", "volunteers")}
    if new_elders is not None:
        told["elders"].add(find_hash(new_elders))
    changed = [one.file for one in roster.readings if one.kind in told and one.sha256 not in told[one.kind]]
    for kind in _LISTS:
        path = getattr(inputs, kind)
        known = {one.get("sha256") for one in manifest["inputs"].get(kind, ())}
        if path is not None and find_hash(path) not in known:
            changed.append(path.name)
    text = _("{file} is another than the plan was made from: the answers hold for people as they are now")
    return [text.format(file=name) for name in dict.fromkeys(changed)]


def _read_duals(folder: Path, roster: Roster) -> NDArray[np.int64] | None:
    """Return what a place of each volunteer was worth; None where the folder does not say: they are found anew."""
    path = folder / "capacity.csv"
    if not path.is_file():
        return None
    try:
        frame, issues = load_beside(path, "capacity", roster)
    except InputError:
        return None
    return None if any(issue.severity == "error" for issue in issues) else read_place_duals(frame, roster)
